//! Parameters: what was given, else the default, as the parameter's type.

use std::sync::Arc;

use formats::data::{Data, Datum};
use model::{Node, Number, Value};

use super::eval::{Scope, carry};
use super::template::{Declared, written};

/// Elements of a list that a parameter's text holds.
const MAX_ITEMS: usize = 10_000;

/// The value of a declared parameter.
pub(super) fn value(scope: &Scope<'_, '_>, name: &str) -> Node {
    if let Some(known) = scope.stack.values.borrow().get(name) {
        return known.clone();
    }
    let Some(declared) = scope.stack.parameters.get(name) else { return Node::null() };
    let value = of(scope, declared);
    scope.stack.values.borrow_mut().insert(declared.id.clone(), value.clone());
    value
}

fn of(scope: &Scope<'_, '_>, declared: &Declared) -> Node {
    let text = |key: &str| declared.datum.get(key).and_then(Datum::as_str);
    let kind = text("Type").unwrap_or("String");
    let hidden = match declared.datum.get("NoEcho").map(|d| &d.value) {
        Some(Data::Bool(flag)) => *flag,
        Some(Data::Text(text)) => text.eq_ignore_ascii_case("true"),
        _ => false,
    };
    let given = scope.stack.given.get(&declared.id);
    let default = declared.datum.get("Default").filter(|d| !matches!(d.value, Data::Null));
    let value = match (given, default) {
        (Some(given), _) => given.clone(),
        (None, Some(default)) => {
            let node = match written(&declared.source, default) {
                Some(text) => Value::string(text).into(),
                None => scope.beside(&declared.source, &declared.loops).value(default),
            };
            let at = Some(declared.source.file.place(default));
            Node { at, assumed: !scope.stack.nested, ..node }
        }
        (None, None) => {
            let unknown = Node::unknown(format!("parameter {} has no value", declared.id));
            Node { at: Some(Arc::new(declared.header())), ..unknown }
        }
    };
    let node = typed(scope, value, kind);
    Node { sensitive: node.sensitive || hidden, ..node }
}

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html>
fn typed(scope: &Scope<'_, '_>, node: Node, kind: &str) -> Node {
    if kind.starts_with("AWS::SSM::Parameter::Value<") {
        return match &node.value {
            Value::Unknown(_) => node,
            _ => Node {
                value: Value::unknown(format!("the value of SSM parameter {}", node.display())),
                ..node
            },
        };
    }
    if kind == "CommaDelimitedList" || kind.starts_with("List<") {
        let Value::String(text) = &node.value else { return node };
        if scope.root.spend(text.len() / 16).is_err() {
            return Node { value: Value::unknown("the list is too long"), ..node };
        }
        let numbers = kind == "List<Number>";
        let item = |text: &str| {
            let item = Node { at: node.at.clone(), ..carry(text.trim().into(), &node) };
            if numbers { number(item) } else { item }
        };
        let items = text.split(',').take(MAX_ITEMS).map(item).collect();
        return Node { value: Value::list(items), ..node };
    }
    if kind == "Number" { number(node) } else { node }
}

fn number(node: Node) -> Node {
    match node.as_str().and_then(|text| Number::parse(text.trim())) {
        Some(number) => Node { value: Value::Number(number), ..node },
        None => node,
    }
}
