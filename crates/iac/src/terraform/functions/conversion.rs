//! The conversions that are called by name. Null stays null, and what is not known stays not known.

use model::Node;

use crate::terraform::types::{self, Type};

type Result = std::result::Result<Node, String>;

pub(super) fn tostring(args: &[Node]) -> Result {
    types::to_string(&args[0])
}

pub(super) fn tonumber(args: &[Node]) -> Result {
    types::to_number(&args[0])
}

pub(super) fn tobool(args: &[Node]) -> Result {
    types::to_bool(&args[0])
}

pub(super) fn tolist(args: &[Node]) -> Result {
    types::convert(&args[0], &Type::List(Box::new(Type::Any)))
}

pub(super) fn toset(args: &[Node]) -> Result {
    types::convert(&args[0], &Type::Set(Box::new(Type::Any)))
}

pub(super) fn tomap(args: &[Node]) -> Result {
    types::convert(&args[0], &Type::Map(Box::new(Type::Any)))
}

/// No value of a configuration that is only read is ephemeral.
pub(super) fn ephemeralasnull(args: &[Node]) -> Result {
    Ok(args[0].clone())
}

#[cfg(test)]
mod tests {
    use crate::terraform::functions::testing::{check, list, map, partly};
    use model::Node;

    #[test]
    fn conversions() {
        check(&[
            ("tostring", vec![1.into()], r#""1""#),
            ("tostring", vec![Node::null()], "null"),
            ("tostring", vec![partly("a", "")], "a${a.b.name}"),
            ("tostring", vec![list([])], "error: string required, but the value is a list"),
            ("tonumber", vec!["+5".into()], "5"),
            ("tobool", vec!["True".into()], "error: \"True\" is not a bool: only \"true\" and \"false\" are"),
            ("toset", vec![list([3.into(), 1.into(), Node::null(), 3.into()])], "[1,3,null]"),
            ("tolist", vec![list([1.into(), "a".into(), true.into()])], r#"["1","a","true"]"#),
            ("tomap", vec![map([("a", 1.into()), ("b", "x".into())])], r#"{"a":"1","b":"x"}"#),
            ("tomap", vec![list([])], "error: map required, but the value is a list"),
        ]);
    }
}
