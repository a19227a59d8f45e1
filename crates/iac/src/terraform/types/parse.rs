//! Type expressions: `map(object({ name = string, size = optional(number, 1) }))`.

use std::collections::BTreeMap;
use std::sync::Arc;

use formats::Span;
use formats::hcl::{Expr, ExprKind, UnaryOp, parse_expression};
use model::{Node, Number, Value};

use super::{Optional, Type};
use crate::terraform::functions::limits::MAX_DEPTH;

type Parsed<T> = Result<T, (Span, String)>;

impl Type {
    /// Reads the `type` expression of an input variable. The defaults inside `optional(type, default)` have no
    /// position, as the expression does not know its file.
    pub fn parse(expr: &Expr) -> Parsed<Type> {
        parse(expr, 0)
    }
}

fn parse(expr: &Expr, depth: usize) -> Parsed<Type> {
    let fail = |message: &str| Err((expr.span, message.to_owned()));
    if depth > MAX_DEPTH {
        return fail("the type is nested too deeply");
    }
    match &expr.kind {
        ExprKind::Parens(inner) => parse(inner, depth + 1),
        // The JSON syntax writes a whole type as text.
        ExprKind::String(text) if text.contains('(') => {
            let (Some(inner), problems) = parse_expression(text) else { return fail("text is not a type") };
            if !problems.is_empty() {
                return fail("text is not a type");
            }
            parse(&inner, depth + 1).map_err(|(_, message)| (expr.span, message))
        }
        // Quoted keywords are how Terraform 0.11 wrote them, and how the JSON syntax writes simple ones.
        ExprKind::Variable(word) | ExprKind::String(word) => match &**word {
            "any" => Ok(Type::Any),
            "string" => Ok(Type::String),
            "number" => Ok(Type::Number),
            "bool" => Ok(Type::Bool),
            "list" => Ok(Type::List(Box::new(Type::Any))),
            "map" => Ok(Type::Map(Box::new(Type::Any))),
            "set" | "object" | "tuple" => fail(&format!("{word} needs an argument, as in {word}(…)")),
            other => fail(&format!("{other} is not a type")),
        },
        ExprKind::Call { name, args, .. } => {
            let [arg] = args.as_slice() else {
                return fail(&format!("{name} needs exactly one argument"));
            };
            match &**name {
                "list" => Ok(Type::List(Box::new(parse(arg, depth + 1)?))),
                "set" => Ok(Type::Set(Box::new(parse(arg, depth + 1)?))),
                "map" => Ok(Type::Map(Box::new(parse(arg, depth + 1)?))),
                "tuple" => match &arg.kind {
                    ExprKind::List(items) => {
                        Ok(Type::Tuple(items.iter().map(|i| parse(i, depth + 1)).collect::<Parsed<_>>()?))
                    }
                    _ => fail("tuple needs a list of types"),
                },
                "object" => match &arg.kind {
                    ExprKind::Object(entries) => object(entries, depth + 1),
                    _ => fail("object needs a map of attribute types"),
                },
                "optional" => fail("optional is only for the attributes of an object"),
                other => fail(&format!("{other} is not a type")),
            }
        }
        _ => fail("a type is a keyword such as string, or a constructor such as list(string)"),
    }
}

fn object(entries: &[(Expr, Expr)], depth: usize) -> Parsed<Type> {
    let mut attributes = BTreeMap::new();
    for (key, value) in entries {
        let name = match &key.kind {
            ExprKind::String(name) | ExprKind::Variable(name) => name.clone(),
            _ => return Err((key.span, "an attribute's name must be written out".to_owned())),
        };
        let attribute = match &value.kind {
            ExprKind::Call { name, args, .. } if &**name == "optional" => match args.as_slice() {
                [of] => (parse(of, depth)?, Optional::Null),
                [of, default] => {
                    let of = parse(of, depth)?;
                    let default = literal(default, depth)?;
                    let default = super::convert(&default, &of)
                        .map_err(|e| (value.span, format!("the default does not fit its type: {e}")))?;
                    (of, Optional::Default(default))
                }
                _ => return Err((value.span, "optional takes a type and perhaps a default".to_owned())),
            },
            _ => (parse(value, depth)?, Optional::No),
        };
        if attributes.insert(name.clone(), attribute).is_some() {
            return Err((key.span, format!("the attribute {name} is given twice")));
        }
    }
    Ok(Type::Object(attributes))
}

/// A default: only literals, as Terraform reads it before there is anything to refer to.
fn literal(expr: &Expr, depth: usize) -> Parsed<Node> {
    if depth > MAX_DEPTH {
        return Err((expr.span, "the default is nested too deeply".to_owned()));
    }
    let fail = || Err((expr.span, "a default inside a type must be a literal".to_owned()));
    Ok(match &expr.kind {
        ExprKind::Null => Node::null(),
        ExprKind::Bool(b) => (*b).into(),
        ExprKind::Int(i) => (*i).into(),
        ExprKind::Float(f) => match Number::from_f64(*f) {
            Some(number) => Value::Number(number).into(),
            None => return fail(),
        },
        ExprKind::String(s) => s.clone().into(),
        ExprKind::Parens(inner) => literal(inner, depth + 1)?,
        ExprKind::Unary(UnaryOp::Neg, inner) => match literal(inner, depth + 1)?.value {
            Value::Number(Number::Int(i)) => match i.checked_neg() {
                Some(i) => i.into(),
                None => return fail(),
            },
            Value::Number(Number::Float(f)) => Value::Number(Number::Float(-f)).into(),
            _ => return fail(),
        },
        ExprKind::List(items) => {
            Value::list(items.iter().map(|i| literal(i, depth + 1)).collect::<Parsed<_>>()?).into()
        }
        ExprKind::Object(entries) => {
            let mut map: BTreeMap<Arc<str>, Node> = BTreeMap::new();
            for (key, value) in entries {
                let name = super::to_string(&literal(key, depth + 1)?).map_err(|e| (key.span, e))?;
                let Value::String(name) = name.value else { return fail() };
                map.insert(name, literal(value, depth + 1)?);
            }
            Value::map(map).into()
        }
        _ => return fail(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expr(kind: ExprKind) -> Expr {
        Expr { kind, span: Span::new(3, 9) }
    }
    fn word(text: &str) -> Expr {
        expr(ExprKind::Variable(text.into()))
    }
    fn call(name: &str, args: Vec<Expr>) -> Expr {
        expr(ExprKind::Call { name: name.into(), args, spread: false })
    }
    fn object(entries: Vec<(&str, Expr)>) -> Expr {
        let entries = entries.into_iter().map(|(k, v)| (expr(ExprKind::String(k.into())), v)).collect();
        call("object", vec![expr(ExprKind::Object(entries))])
    }

    #[test]
    fn constructors_nest() {
        let text = |e: &Expr| format!("{:?}", Type::parse(e).unwrap());
        assert_eq!(text(&call("list", vec![call("map", vec![word("any")])])), "List(Map(Any))");
        assert_eq!(text(&word("list")), "List(Any)");
        assert_eq!(text(&expr(ExprKind::String("set(list(bool))".into()))), "Set(List(Bool))");
        let tuple = call("tuple", vec![expr(ExprKind::List(vec![word("string"), word("bool")]))]);
        assert_eq!(text(&tuple), "Tuple([String, Bool])");
    }

    #[test]
    fn defaults_are_converted_to_their_type() {
        let default = expr(ExprKind::Unary(UnaryOp::Neg, Box::new(expr(ExprKind::Int(5)))));
        let of = object(vec![("a", call("optional", vec![word("string"), default])), ("b", word("number"))]);
        let of = Type::parse(&of).unwrap();
        let attribute = |name| {
            if let Type::Object(all) = &of { all.get(name).map(|(_, optional)| optional) } else { None }
        };
        assert!(matches!(attribute("a"), Some(Optional::Default(node)) if node.as_str() == Some("-5")));
        assert!(matches!(attribute("b"), Some(Optional::No)));
    }

    #[test]
    fn faults_have_a_span_and_say_what_is_wrong() {
        for (bad, want) in [
            (word("strng"), "strng is not a type"),
            (word("set"), "set needs an argument, as in set(…)"),
            (call("list", vec![]), "list needs exactly one argument"),
            (call("optional", vec![word("string")]), "optional is only for the attributes of an object"),
            (object(vec![("a", word("bool")), ("a", word("bool"))]), "the attribute a is given twice"),
            (
                object(vec![("a", call("optional", vec![word("string"), word("x")]))]),
                "a default inside a type must be a literal",
            ),
        ] {
            assert_eq!(Type::parse(&bad).unwrap_err(), (Span::new(3, 9), want.to_owned()));
        }
        let deep = (0..200).fold(word("string"), |inner, _| call("list", vec![inner]));
        assert!(Type::parse(&deep).is_err());
    }
}
