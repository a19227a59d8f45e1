//! Terraform's built-in functions, over values that may be known only in part.
//!
//! [`call`] checks the arguments against the declared [`table`] and runs the function. An `Err` is what Terraform
//! would report as an error at this call. What depends on something that is not known is
//! [`Value::Unknown`](model::Value::Unknown), with the reason. Functions that need their arguments unevaluated, or to
//! evaluate text (`try`, `can`, `templatefile`, `templatestring`), and those that only set a flag (`sensitive`,
//! `nonsensitive`, `issensitive`) are not here but with the evaluator.
//!
//! Where results can differ from Terraform's:
//! - Numbers are `i64` or `f64` (see [`number`]), not 512 binary digits: `1/3` has 16 digits, and whole numbers from
//!   2⁶³ on are rounded. Infinity is an error.
//! - A value does not tell a list from a tuple or a map from an object (see [`collection`]).
//! - Terraform cannot format a null of no type (`format("%v", null)`), and can one of a type; here all nulls have one.
//! - Grapheme clusters are those of a later Unicode, in which some Indic conjuncts are one cluster.
//! - `base64gzip` compresses to other bytes; rare character sets are not known (see [`encoding`]).
//! - A resource's `id`, `arn` or `self_link` is taken to be neither null nor empty before it is known, so that
//!   `coalesce` and `compact` can keep it.
//! - Limits on size and depth are errors (see [`limits`]).

mod collection;
mod conversion;
mod date;
mod encoding;
mod filesystem;
mod format;
mod hash;
mod ip;
mod json;
pub(in crate::terraform) mod limits;
pub mod number;
mod numeric;
mod regular;
mod set;
mod string;
mod table;
#[cfg(test)]
mod testing;
mod text;
mod yaml_decode;
mod yaml_encode;

use model::{Node, Value};

pub use json::render_json;
pub use table::NAMES;

pub(in crate::terraform) use json::as_text;
pub(in crate::terraform) use text::normal;

use crate::terraform::types;
use limits::{MAX_DEPTH, MAX_NODES};
use table::{Flags, Function, Param, Run, TABLE};

/// Why a path is not known that begins with the folder that Terraform runs in. `abspath` makes such paths, and a
/// function that reads files takes them back.
pub const WORKING_FOLDER: &str = "the folder that Terraform runs in";

/// The files that functions may read. Paths are as the configuration writes them.
pub trait Files {
    /// The bytes of a file.
    fn read(&self, path: &str) -> Result<Vec<u8>, String>;
    /// Whether there is a file. An `Err` when there is something else.
    fn exists(&self, path: &str) -> Result<bool, String>;
    /// All regular files below a folder, at any depth: each as its path from that folder, with `/` between its
    /// parts. None for a folder that does not exist.
    fn list(&self, folder: &str) -> Result<Vec<String>, String>;
}

/// Whether there is such a function here, by its plain name or as `core::name`, or it may be one of a provider.
pub fn exists(name: &str) -> bool {
    find(name).is_some() || name.starts_with("provider::")
}

fn find(name: &str) -> Option<&'static Function> {
    let name = name.strip_prefix("core::").unwrap_or(name);
    TABLE.iter().find(|f| f.name == name)
}

/// Calls a function. The result has no position of its own unless it was handed through.
pub fn call(name: &str, args: &[Node], files: &dyn Files) -> Result<Node, String> {
    if name.starts_with("provider::") {
        return Ok(Node::unknown(format!("{name:.80} is a function of a provider")));
    }
    let function = find(name).ok_or_else(|| format!("there is no function {name:.80}"))?;
    function.run(args, files).map_err(|error| {
        // An error may quote what it is about.
        if args.iter().any(|n| flags(n).0) {
            format!("{name} fails on a value that is sensitive or too large")
        } else {
            error
        }
    })
}

/// Whether any part of a value is secret, and whether any is assumed. A value too large to examine is both.
fn flags(node: &Node) -> (bool, bool) {
    fn walk(node: &Node, found: &mut (bool, bool), budget: &mut usize, depth: usize) {
        if *budget == 0 || depth > MAX_DEPTH {
            *found = (true, true);
        }
        found.0 |= node.sensitive;
        found.1 |= node.assumed;
        if *found == (true, true) {
            return;
        }
        *budget -= 1;
        match &node.value {
            Value::List(items) => items.iter().for_each(|n| walk(n, found, budget, depth + 1)),
            Value::Map(entries) => entries.values().for_each(|n| walk(n, found, budget, depth + 1)),
            Value::Json(inner) => walk(inner, found, budget, depth + 1),
            _ => {}
        }
    }
    let mut found = (false, false);
    walk(node, &mut found, &mut { MAX_NODES }, 0);
    found
}

impl Function {
    fn run(&self, args: &[Node], files: &dyn Files) -> Result<Node, String> {
        let args = self.arguments(args)?;
        let mut result = match self.run {
            Run::Never(reason) => Node::unknown(reason),
            Run::Known(run) => match args.iter().find_map(|a| a.first_unknown(MAX_NODES)) {
                Some(reason) => Value::Unknown(reason).into(),
                None => run(&args)?,
            },
            Run::Partly(run) => run(&args)?,
            Run::Files(run) => run(&args, files)?,
        };
        let (sensitive, assumed) = match self.flags {
            Flags::Computed => args.iter().map(flags).fold((false, false), |(s, a), n| (s || n.0, a || n.1)),
            Flags::HandedThrough => (args.iter().any(|n| n.sensitive), args.iter().any(|n| n.assumed)),
        };
        result.sensitive |= sensitive;
        result.assumed |= assumed;
        Ok(result)
    }

    /// The arguments as the function takes them: counted, without nulls that it does not take, and converted.
    fn arguments(&self, args: &[Node]) -> Result<Vec<Node>, String> {
        let (least, most) = (self.params.len(), self.rest.map_or(self.params.len(), |_| usize::MAX));
        if args.len() < least || args.len() > most {
            let plural = if least == 1 { "" } else { "s" };
            let bound = if most == usize::MAX { "at least " } else { "" };
            return Err(format!("{} takes {bound}{least} argument{plural}, not {}", self.name, args.len()));
        }
        let params = self.params.iter().copied().chain(self.rest.into_iter().cycle());
        let convert = |(i, (arg, param)): (usize, (&Node, Param))| {
            param.accept(arg).map_err(|e| format!("argument {} of {}: {e}", i + 1, self.name))
        };
        args.iter().zip(params).enumerate().map(convert).collect()
    }
}

impl Param {
    fn accept(self, arg: &Node) -> Result<Node, String> {
        if matches!(self, Param::Nullable) {
            return Ok(arg.clone());
        }
        if arg.is_null() {
            return Err("the value must not be null".to_owned());
        }
        let with = |items: Result<Vec<Node>, String>| Ok(Node { value: Value::list(items?), ..arg.clone() });
        match (self, &arg.value) {
            (Param::Any | Param::Nullable, _) | (_, Value::Unknown(_)) => Ok(arg.clone()),
            (Param::Text, _) => as_text(&types::to_string(arg)?),
            (Param::Document, _) => types::to_string(arg),
            (Param::Number, _) => types::to_number(arg),
            (Param::List, Value::List(items)) => with(types::list_of(items)),
            (Param::Texts, Value::List(items)) => with(types::strings(items)),
            (Param::List | Param::Texts, other) => {
                Err(format!("a list is needed, not a {}", other.type_name()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::testing::{NoFiles, check, list};
    use super::*;

    #[test]
    fn every_function_has_one_row() {
        let names: BTreeSet<&str> = NAMES.iter().copied().collect();
        assert_eq!(names.len(), TABLE.len());
        assert!(exists("core::length") && exists("provider::aws::arn_parse") && !exists("try"));
    }

    #[test]
    fn arguments_are_counted_and_converted() {
        check(&[
            ("core::upper", vec![true.into()], r#""TRUE""#),
            ("upper", vec![], "error: upper takes 1 argument, not 0"),
            ("pow", vec![1.into()], "error: pow takes 2 arguments, not 1"),
            ("format", vec![], "error: format takes at least 1 argument, not 0"),
            ("upper", vec![Node::null()], "error: argument 1 of upper: the value must not be null"),
            ("abs", vec!["x".into()], "error: argument 1 of abs: \"x\" is not the decimal form of a number"),
            ("sort", vec!["x".into()], "error: argument 1 of sort: a list is needed, not a string"),
            ("nope", vec![], "error: there is no function nope"),
            (
                "provider::aws::arn_parse",
                vec!["x".into()],
                "unknown: provider::aws::arn_parse is a function of a provider",
            ),
            ("timestamp", vec![], "unknown: the time of the run is not known before apply"),
            (
                "bcrypt",
                vec![list([])],
                "error: argument 1 of bcrypt: string required, but the value is a list",
            ),
            ("bcrypt", vec!["x".into(), 5.into()], "unknown: the salt is not known before apply"),
        ]);
    }

    #[test]
    fn json_text_is_rendered_where_text_is_needed() {
        let json = call("jsonencode", &[list(["a".into()])], &NoFiles).unwrap();
        check(&[
            ("upper", vec![json.clone()], r#""[\"A\"]""#),
            ("base64encode", vec![json.clone()], r#""WyJhIl0=""#),
            ("length", vec![json.clone()], "5"),
            ("join", vec!["".into(), list([json.clone()])], r#""[\"a\"]""#),
            ("jsondecode", vec![json], r#"["a"]"#),
        ]);
    }
}
