//! The functions of ARM templates and of Bicep that need nothing but values, over values known only in part.
//!
//! A function gives what a deployment would compute, and what depends on something unknown is unknown and says so in the
//! function's own words (`uniqueString(resourceGroup().id)`), so that two such values can be told apart. Functions that
//! read the template, its scopes or files, or take lambdas, are the evaluator's.
//! <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions>,
//! <https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-functions>

mod array;
mod date;
mod encoding;
mod format;
mod hash;
pub(crate) mod json;
mod network;
mod numeric;
mod object;
mod surroundings;
mod text;
mod uri;

use std::sync::Arc;

use model::{Node, Value};

use super::access::{carry, joined, mention};
use super::eval::Evaluated;
use super::scope::{is_scope, pieces, text_of};

pub(crate) use surroundings::{environment, role};

/// Bytes of text that a call may make.
pub(crate) const MAX_TEXT: usize = 1 << 20;
/// Elements that a call may make.
const MAX_ITEMS: usize = 100_000;
/// Levels of values inside each other that a call follows.
const MAX_DEPTH: usize = 64;
/// Nodes that a call looks at. Nodes are shared, so a small value can spell out a vast one.
const MAX_NODES: usize = 1_000_000;
/// Letters of an argument in the words for what is unknown.
const MAX_SHOWN: usize = 160;

/// When a function can run.
#[derive(Clone, Copy)]
enum Needs {
    /// All of its arguments must be known.
    Known,
    /// It takes apart itself what is known.
    Any,
}

struct Function {
    name: &'static str,
    least: usize,
    most: usize,
    needs: Needs,
    run: fn(&[Node]) -> Evaluated,
}

const MANY: usize = usize::MAX;

const fn known(name: &'static str, least: usize, most: usize, run: fn(&[Node]) -> Evaluated) -> Function {
    Function { name, least, most, needs: Needs::Known, run }
}

const fn partly(name: &'static str, least: usize, most: usize, run: fn(&[Node]) -> Evaluated) -> Function {
    Function { name, least, most, needs: Needs::Any, run }
}

/// By name in lower case, sorted.
static TABLE: &[Function] = &[
    known("add", 2, 2, numeric::add),
    // Changes the type alone.
    partly("any", 1, 1, |arguments| Ok(arguments[0].clone())),
    partly("array", 1, 1, array::array),
    known("base64", 1, 1, encoding::base64),
    known("base64tojson", 1, 1, encoding::base64_to_json),
    known("base64tostring", 1, 1, encoding::base64_to_string),
    known("bool", 1, 1, numeric::bool),
    known("builduri", 1, 1, uri::build),
    known("cidrhost", 2, 2, network::host),
    known("cidrsubnet", 3, 3, network::subnet),
    partly("concat", 1, MANY, array::concat),
    partly("contains", 2, 2, array::contains),
    partly("createarray", 0, MANY, array::create),
    partly("createobject", 0, MANY, object::create),
    known("datauri", 1, 1, encoding::data_uri),
    known("datauritostring", 1, 1, encoding::data_uri_to_string),
    known("datetimeadd", 2, 3, date::add),
    known("datetimefromepoch", 1, 1, date::from_epoch),
    known("datetimetoepoch", 1, 1, date::to_epoch),
    known("distinct", 1, 1, array::union),
    known("div", 2, 2, numeric::div),
    partly("empty", 1, 1, array::empty),
    known("endswith", 2, 2, text::ends_with),
    partly("equals", 2, 2, numeric::equals),
    partly("fail", 1, 1, numeric::fail),
    partly("false", 0, 0, |_| Ok(false.into())),
    partly("first", 1, 1, array::first),
    partly("flatten", 1, 1, array::flatten),
    known("float", 1, 1, numeric::float),
    partly("format", 1, MANY, format::format),
    known("greater", 2, 2, numeric::greater),
    known("greaterorequals", 2, 2, numeric::greater_or_equals),
    known("guid", 1, MANY, hash::guid),
    partly("indexfromend", 2, 2, array::index_from_end),
    known("indexof", 2, 2, array::index_of),
    known("int", 1, 1, numeric::int),
    known("intersection", 2, MANY, array::intersection),
    partly("items", 1, 1, object::items),
    partly("join", 2, 2, text::join),
    partly("json", 1, 1, json::parse),
    partly("last", 1, 1, array::last),
    known("lastindexof", 2, 2, array::last_index_of),
    partly("length", 1, 1, array::length),
    known("less", 2, 2, numeric::less),
    known("lessorequals", 2, 2, numeric::less_or_equals),
    known("like", 2, 2, text::like),
    known("max", 1, MANY, numeric::max),
    known("min", 1, MANY, numeric::min),
    known("mod", 2, 2, numeric::modulo),
    known("mul", 2, 2, numeric::mul),
    partly("newguid", 0, 0, |_| Ok(Node::unknown("newGuid()"))),
    partly("not", 1, 1, numeric::not),
    partly("null", 0, 0, |_| Ok(Node::null())),
    partly("objectkeys", 1, 1, object::keys),
    known("padleft", 2, 3, text::pad_left),
    known("parsecidr", 1, 1, network::parse),
    known("parseuri", 1, 1, uri::parse),
    partly("pickzones", 3, 5, |_| Ok(Node::unknown("the zones of the region"))),
    partly("providers", 1, 2, |_| Ok(Node::unknown("what the provider offers"))),
    known("range", 2, 2, array::range),
    partly("readcliarg", 1, 2, surroundings::argument),
    partly("readenvironmentvariable", 1, 2, surroundings::variable),
    partly("readenvvar", 1, 2, surroundings::variable),
    partly("replace", 3, 3, text::replace),
    partly("shallowmerge", 1, 1, object::shallow_merge),
    partly("skip", 2, 2, array::skip),
    partly("split", 2, 2, text::split),
    known("startswith", 2, 2, text::starts_with),
    partly("string", 1, 1, text::string),
    known("sub", 2, 2, numeric::sub),
    known("substring", 2, 3, text::substring),
    partly("take", 2, 2, array::take),
    partly("tologicalzone", 3, 3, |_| Ok(Node::unknown("the zones of the subscription"))),
    partly("tologicalzones", 3, 3, |_| Ok(Node::unknown("the zones of the subscription"))),
    partly("tolower", 1, 1, text::lower),
    partly("tophysicalzone", 3, 3, |_| Ok(Node::unknown("the zones of the subscription"))),
    partly("tophysicalzones", 3, 3, |_| Ok(Node::unknown("the zones of the subscription"))),
    partly("toupper", 1, 1, text::upper),
    partly("trim", 1, 1, text::trim),
    partly("true", 0, 0, |_| Ok(true.into())),
    partly("tryindexfromend", 2, 2, array::try_index_from_end),
    partly("union", 1, MANY, array::union_of),
    known("uniquestring", 1, MANY, hash::unique_string),
    partly("uri", 2, 2, uri::uri),
    known("uricomponent", 1, 1, uri::component),
    known("uricomponenttostring", 1, 1, uri::component_to_string),
    partly("utcnow", 0, 1, |_| Ok(Node::unknown("utcNow()"))),
];

/// Calls a function: `lower` is its name in lower case, `name` as it is written. The result has no position of its own
/// unless it was handed through.
pub(crate) fn call(lower: &str, name: &str, arguments: &[Node]) -> Evaluated {
    let at = TABLE.binary_search_by(|f| f.name.cmp(lower));
    let function = at.map(|at| &TABLE[at]).map_err(|_| format!("there is no function {name:.80}"))?;
    if arguments.len() < function.least || arguments.len() > function.most {
        return Err(format!("{name:.80} does not take {} arguments", arguments.len()));
    }
    // JSON text that a template has made is text to all but those that read it as JSON.
    let written;
    let arguments = match lower {
        "json" | "string" | "array" | "createarray" | "createobject" => arguments,
        _ if arguments.iter().any(|a| matches!(a.value, Value::Json(_))) => {
            let text = |a: &Node| match a.value {
                Value::Json(_) => joined([a]).map(|text| Node { at: a.at.clone(), ..text }),
                _ => Ok(a.clone()),
            };
            written = arguments.iter().map(text).collect::<Result<Vec<_>, _>>()?;
            &written
        }
        _ => arguments,
    };
    let open = matches!(function.needs, Needs::Known)
        && arguments.iter().any(|a| a.first_unknown(MAX_NODES).is_some());
    let result = if open { Ok(not_known(name, arguments)) } else { (function.run)(arguments) };
    let (sensitive, assumed) =
        arguments.iter().map(flags).fold((false, false), |(s, a), n| (s || n.0, a || n.1));
    let mut result = result.map_err(|error| {
        // An error may quote what it is about.
        if sensitive { format!("{name:.80} fails on a sensitive value") } else { error }
    })?;
    if matches!(&result.value, Value::Unknown(reason) if reason.is_empty()) {
        result = not_known(name, arguments);
    }
    // What is handed through (the first of a list) has its own marks; what is made has those of all that it is made of.
    let handed =
        matches!(lower, "first" | "last" | "items" | "union" | "concat" | "createarray" | "createobject")
            && matches!(result.value, Value::List(_) | Value::Map(_));
    if handed {
        result = carry(result, arguments);
    } else {
        result.sensitive |= sensitive;
        result.assumed |= assumed;
    }
    if matches!(result.value, Value::String(_) | Value::Template(_) | Value::Unknown(_))
        && result.from.is_none()
    {
        for argument in arguments {
            mention(&mut result, argument);
            if let Value::List(items) = &argument.value {
                items.iter().take(16).for_each(|item| mention(&mut result, item));
            }
        }
    }
    Ok(result)
}

/// Whether any part of a value is secret, and whether any is assumed. A value too large to examine is both.
fn flags(node: &Node) -> (bool, bool) {
    fn walk(node: &Node, found: &mut (bool, bool), left: &mut usize, depth: usize) {
        if *left == 0 || depth > MAX_DEPTH {
            *found = (true, true);
        }
        found.0 |= node.sensitive;
        found.1 |= node.assumed;
        if *found == (true, true) {
            return;
        }
        *left -= 1;
        match &node.value {
            Value::List(items) => items.iter().for_each(|n| walk(n, found, left, depth + 1)),
            Value::Map(entries) => entries.values().for_each(|n| walk(n, found, left, depth + 1)),
            Value::Json(inner) => walk(inner, found, left, depth + 1),
            _ => {}
        }
    }
    let mut found = (false, false);
    walk(node, &mut found, &mut { MAX_NODES }, 0);
    found
}

/// Functions that make text, by which things are named: two such texts must be told apart.
const NAMING: [&str; 17] = [
    "base64",
    "first",
    "format",
    "guid",
    "int",
    "join",
    "last",
    "padleft",
    "range",
    "replace",
    "skip",
    "split",
    "string",
    "substring",
    "take",
    "uniquestring",
    "uri",
];

/// What a call gives that depends on something unknown: the call in words, where it makes a name, else why.
fn not_known(name: &str, arguments: &[Node]) -> Node {
    if !NAMING.contains(&name.to_ascii_lowercase().as_str())
        && let Some(reason) = arguments.iter().find_map(|a| a.first_unknown(MAX_NODES))
    {
        return Value::Unknown(reason).into();
    }
    let shown: Vec<String> = arguments.iter().map(shown).collect();
    let call = format!("{name}({})", shown.join(", "));
    if call.len() <= MAX_SHOWN {
        return Node::unknown(call);
    }
    let cut: String = call.chars().take(MAX_SHOWN).collect();
    Node::unknown(format!("{cut}…"))
}

/// An argument in the words for what is unknown.
fn shown(node: &Node) -> String {
    if let Some(from) = node.from.as_ref().filter(|from| is_scope(&from.address)) {
        return from.to_string();
    }
    match &node.value {
        _ if node.sensitive => "(sensitive)".to_owned(),
        Value::Unknown(reason) => node.from.as_ref().map_or_else(|| reason.to_string(), ToString::to_string),
        Value::String(text) => format!("'{text:.40}'"),
        Value::Template(_) => shortened(&text_of(&pieces(node))),
        Value::Null => "null".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => n.to_string(),
        Value::List(_) => "an array".to_owned(),
        Value::Map(_) => "an object".to_owned(),
        Value::Json(_) => "JSON".to_owned(),
    }
}

/// The ids of the deployment's own scopes by the words that a template has for them.
fn shortened(text: &str) -> String {
    const SUBSCRIPTION: &str = "/subscriptions/${? subscription().subscriptionId}";
    const GROUP: &str = "/resourceGroups/${? resourceGroup().name}";
    text.replace(&format!("{SUBSCRIPTION}{GROUP}"), "resourceGroup().id")
        .replace(SUBSCRIPTION, "subscription().id")
}

/// Marks that the call itself is what is not known.
fn open() -> Evaluated {
    Ok(Value::Unknown("".into()).into())
}

fn text(node: &Node) -> Result<&Arc<str>, String> {
    match &node.value {
        Value::String(text) => Ok(text),
        other => Err(format!("a {} stands where text is needed", other.type_name())),
    }
}

fn int(node: &Node) -> Result<i64, String> {
    match &node.value {
        Value::Number(n) => n.as_i64().ok_or_else(|| "a whole number is needed".to_owned()),
        other => Err(format!("a {} stands where a number is needed", other.type_name())),
    }
}

fn list(node: &Node) -> Result<&model::List, String> {
    node.as_list().ok_or_else(|| format!("a {} stands where an array is needed", node.value.type_name()))
}

fn made(text: impl AsRef<str>) -> Evaluated {
    let text = text.as_ref();
    if text.len() > MAX_TEXT {
        Err(format!("the text is longer than {MAX_TEXT} bytes"))
    } else {
        Ok(text.into())
    }
}

fn bounded(items: Vec<Node>) -> Evaluated {
    if items.len() > MAX_ITEMS {
        return Err(format!("the result has more than {MAX_ITEMS} elements"));
    }
    Ok(Value::list(items).into())
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    pub(crate) fn run(name: &str, arguments: &serde_json::Value) -> Result<String, String> {
        let arguments: Vec<Node> =
            arguments.as_array().into_iter().flatten().map(catalog::node_of_json).collect();
        let result = call(&name.to_lowercase(), name, &arguments)?;
        Ok(serde_json::to_string(&result).unwrap_or_default())
    }

    /// Each case: function, arguments, the result as JSON; `Err` for a refusal.
    #[track_caller]
    pub(crate) fn check(cases: &[(&str, serde_json::Value, Result<&str, ()>)]) {
        for (name, arguments, want) in cases {
            let found = run(name, arguments);
            assert_eq!(found.as_deref().map_err(|_| ()), *want, "{name}{arguments}: {found:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_table_is_sorted() {
        assert!(TABLE.windows(2).all(|pair| pair[0].name < pair[1].name));
    }

    #[test]
    fn what_is_unknown_says_what_it_is() {
        testing::check(&[
            (
                "uniqueString",
                json!([{"$unknown": "parameter x has no value"}, "y"]),
                Ok(r#"{"$unknown":"uniqueString(parameter x has no value, 'y')"}"#),
            ),
            ("nonsense", json!([]), Err(())),
            ("toLower", json!([]), Err(())),
        ]);
    }
}
