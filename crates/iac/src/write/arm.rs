//! A set of ARM documents as a deployment template in JSON.

use std::sync::Arc;

use catalog::{Constant, DocPath, Step};
use model::{Node, Value};

use super::bicep::VERSION;
use super::{Set, Term, arm_attribute, containing, host, last_segment, owner};
use crate::edit::value::{Lines, Syntax};

const SCHEMA: &str = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";

pub(super) fn write(set: &mut Set<'_>) -> String {
    let names: Vec<String> = (0..set.resources.len()).map(|index| full_name(set, index)).collect();
    let mut resources = Vec::new();
    for (index, resource) in set.resources.iter().enumerate() {
        let mut entries = vec![
            (key("type"), Constant::Text(resource.native.into())),
            (key("apiVersion"), Constant::Text(VERSION.into())),
        ];
        let whole = match names[index].strip_prefix('\'').and_then(|n| n.strip_suffix('\'')) {
            Some(literal) if !literal.contains("''") => literal.to_owned(),
            _ => format!("[{}]", names[index]),
        };
        entries.push((key("name"), Constant::Text(whole.into())));
        let mut document = resource.document.clone();
        if let Some(owner) = host(set, resource) {
            entries.push((key("scope"), Constant::Text(format!("[{}]", id(set, &names, owner)).into())));
            if let Some(inner) = resource.scope.strip_prefix("properties.") {
                document = pruned(&document, inner);
            }
        }
        for (name, value) in set.entries(&document, &["name", "parent", "scope"]) {
            entries.push((text_of(set, &names, &name), constant(set, &names, &value)));
        }
        resources.push((Arc::from(format!("r{}", index + 1)), Constant::Map(entries)));
    }
    let parameters = set.parameters.iter().enumerate().map(|(index, secret)| {
        let kind = if *secret { "securestring" } else { "string" };
        (
            Arc::from(format!("v{}", index + 1)),
            Constant::Map(vec![(key("type"), Constant::Text(kind.into()))]),
        )
    });
    let template = Constant::Map(vec![
        (key("$schema"), Constant::Text(SCHEMA.into())),
        (key("languageVersion"), Constant::Text("2.0".into())),
        (key("contentVersion"), Constant::Text("1.0.0.0".into())),
        (key("parameters"), Constant::Map(parameters.collect())),
        (key("resources"), Constant::Map(resources)),
    ]);
    let lines = Lines { syntax: Syntax::Json, newline: "\n", unit: "  ", flat: false };
    lines.value(&template, "") + "\n"
}

fn key(name: &str) -> Arc<str> {
    name.into()
}

/// A document without `properties.PATH`, which the dialect says outside of it.
pub(super) fn pruned(document: &Node, path: &str) -> Node {
    fn without(node: &Node, steps: &[Step]) -> Node {
        let (Some(map), Some((Step::Key(key), rest))) = (node.as_map(), steps.split_first()) else {
            return node.clone();
        };
        let mut map = (**map).clone();
        match rest {
            [] => _ = map.remove(key),
            _ => {
                if let Some(inner) = map.get(key).map(|inner| without(inner, rest)) {
                    map.insert(key.clone(), inner);
                }
            }
        }
        Node { value: Value::map(map), ..node.clone() }
    }
    without(document, &DocPath::parse(&format!("properties.{path}")).0)
}

/// The name with those of the resources it is contained in, as an expression: `'account/deployment'`.
fn full_name(set: &mut Set<'_>, index: usize) -> String {
    let resource = &set.resources[index];
    let own = resource.document.get("name").map(|node| set.term(node, 0));
    let own = own.filter(|name| *name != Term::Null).unwrap_or_else(|| set.parameter(false));
    let own = match own {
        // A name that is another's attribute is not written by name: what it is must be known to write it.
        Term::Attribute(..) => set.parameter(false),
        own => own,
    };
    let own = expression(set, &[], &own);
    if containing(resource.native).is_none() {
        return own;
    }
    let of = resource.document.get("parent").map(|node| set.term(node, 0));
    let above = match owner(set, resource.native, of.as_ref()) {
        Some((owner, between)) if owner != index => {
            between.iter().fold(full_name(set, owner), |above, _| below(&above, "'default'"))
        }
        _ => match of.as_ref().and_then(last_segment) {
            Some(name) => quoted(&name),
            None => expression_or_parameter(set),
        },
    };
    below(&above, &own)
}

/// One name below another, both expressions.
fn below(above: &str, own: &str) -> String {
    match (above.strip_suffix('\''), own.strip_prefix('\'')) {
        (Some(above), Some(own)) => format!("{above}/{own}"),
        _ => format!("concat({above}, '/', {own})"),
    }
}

fn expression_or_parameter(set: &mut Set<'_>) -> String {
    let term = set.parameter(false);
    expression(set, &[], &term)
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn id(set: &Set<'_>, names: &[String], index: usize) -> String {
    let name = &names[index];
    let segments = match name.strip_prefix('\'').and_then(|n| n.strip_suffix('\'')) {
        Some(literal) => literal.split('/').map(|part| format!("'{part}'")).collect::<Vec<_>>().join(", "),
        None => match name.strip_prefix("concat(").and_then(|n| n.strip_suffix(')')) {
            Some(parts) => parts.replace(", '/', ", ", "),
            None => name.clone(),
        },
    };
    format!("resourceId('{}', {segments})", set.resources[index].native)
}

fn expression(set: &Set<'_>, names: &[String], term: &Term) -> String {
    match term {
        Term::Text(text) => quoted(text),
        Term::Parameter(index) => format!("parameters('v{}')", index + 1),
        Term::Attribute(index, attribute) => match arm_attribute(attribute).as_deref() {
            Some("id") => id(set, names, *index),
            Some("name") => match names.get(*index) {
                Some(whole) if !whole.starts_with("concat(") => {
                    let own = whole.trim_matches('\'').rsplit('/').next().unwrap_or_default();
                    if whole.starts_with('\'') { format!("'{own}'") } else { whole.clone() }
                }
                Some(whole) => {
                    whole.trim_end_matches(')').rsplit(", '/', ").next().unwrap_or_default().to_owned()
                }
                None => String::new(),
            },
            Some(path) if path.starts_with("properties.") => {
                format!("reference({}, '{VERSION}').{}", id(set, names, *index), &path["properties.".len()..])
            }
            Some(path) => format!("reference({}, '{VERSION}', 'full').{path}", id(set, names, *index)),
            None => format!("reference({}, '{VERSION}').{attribute}", id(set, names, *index)),
        },
        Term::Joined(parts) => {
            let parts: Vec<String> = parts.iter().map(|part| expression(set, names, part)).collect();
            format!("concat({})", parts.join(", "))
        }
        Term::Null => "null()".into(),
        Term::Bool(b) => format!("{b}()"),
        Term::Number(n) => n.to_string(),
        // Lists and maps are written as such and never inside an expression.
        Term::List(_) | Term::Map(_) => "null()".into(),
    }
}

fn text_of(set: &Set<'_>, names: &[String], term: &Term) -> Arc<str> {
    match term {
        // A literal bracket is doubled.
        Term::Text(text) if text.starts_with('[') => format!("[{text}").into(),
        Term::Text(text) => text.clone(),
        other => format!("[{}]", expression(set, names, other)).into(),
    }
}

fn constant(set: &Set<'_>, names: &[String], term: &Term) -> Constant {
    match term {
        Term::Null => Constant::Null,
        Term::Bool(b) => Constant::Bool(*b),
        Term::Number(model::Number::Int(i)) => Constant::Int(*i),
        Term::Number(model::Number::Float(f)) => Constant::Float(*f),
        Term::List(items) => Constant::List(items.iter().map(|item| constant(set, names, item)).collect()),
        Term::Map(entries) => Constant::Map(
            entries.iter().map(|(k, v)| (text_of(set, names, k), constant(set, names, v))).collect(),
        ),
        other => Constant::Text(text_of(set, names, other)),
    }
}
