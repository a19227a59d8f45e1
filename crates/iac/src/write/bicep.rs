//! A set of ARM documents as a Bicep file.

use std::fmt::Write as _;

use super::{Set, Term, arm_attribute, containing, host, last_segment, owner};
use crate::edit::value::{Lines, Syntax};

const LINES: Lines<'static> = Lines { syntax: Syntax::Bicep, newline: "\n", unit: "  ", flat: false };
/// Versions are not told apart here.
pub(super) const VERSION: &str = "2025-01-01";

pub(super) fn write(set: &mut Set<'_>) -> String {
    let mut body = String::new();
    for (index, resource) in set.resources.iter().enumerate() {
        let mut head: Vec<(String, String)> = Vec::new();
        if let Some(parent) = containing(resource.native) {
            let of = resource.document.get("parent").map(|node| set.term(node, 0));
            let symbol = match owner(set, resource.native, of.as_ref()) {
                Some((owner, between)) => {
                    let mut symbol = format!("r{}", owner + 1);
                    for (depth, kind) in between.iter().enumerate() {
                        let own = format!("s{}x{depth}", index + 1);
                        _ = writeln!(
                            body,
                            "resource {own} '{kind}@{VERSION}' existing = {{\n  parent: {symbol}\n  name: 'default'\n}}\n"
                        );
                        symbol = own;
                    }
                    symbol
                }
                None => {
                    let name = of.as_ref().and_then(last_segment).map(Term::Text);
                    let name = name.unwrap_or_else(|| set.parameter(false));
                    let name = text(&name, "");
                    _ = writeln!(
                        body,
                        "resource p{} '{parent}@{VERSION}' existing = {{\n  name: {name}\n}}\n",
                        index + 1
                    );
                    format!("p{}", index + 1)
                }
            };
            head.push(("parent".into(), symbol));
        }
        let mut without = vec!["parent"];
        if let Some(owner) = host(set, resource) {
            head.push(("scope".into(), format!("r{}", owner + 1)));
            without.push("scope");
        }
        let document = match resource.scope.strip_prefix("properties.") {
            Some(inner) if !head.is_empty() => super::arm::pruned(resource.document, inner),
            _ => resource.document.clone(),
        };
        let entries = set.entries(&document, &without);
        _ = writeln!(body, "resource r{} '{}@{VERSION}' = {{", index + 1, resource.native);
        for (key, value) in head {
            _ = writeln!(body, "  {key}: {value}");
        }
        for (key, value) in entries {
            _ = writeln!(body, "  {}: {}", name(&key), text(&value, "  "));
        }
        body.push_str("}\n\n");
    }
    let mut out = String::new();
    for (index, secret) in set.parameters.iter().enumerate() {
        let decorator = if *secret { "@secure()\n" } else { "" };
        _ = writeln!(out, "{decorator}param v{} string", index + 1);
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out + body.trim_end() + "\n"
}

fn name(key: &Term) -> String {
    match key {
        Term::Text(key) => LINES.key(key),
        other => format!("'{}'", hole(other)),
    }
}

fn hole(term: &Term) -> String {
    match term {
        Term::Text(piece) => {
            let quoted = LINES.text(piece);
            quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
        }
        other => format!("${{{}}}", text(other, "")),
    }
}

fn text(term: &Term, indent: &str) -> String {
    match term {
        Term::Null => "null".into(),
        Term::Bool(b) => b.to_string(),
        Term::Number(n) => n.to_string(),
        Term::Text(text) => LINES.text(text),
        Term::Parameter(index) => format!("v{}", index + 1),
        Term::Attribute(index, attribute) => {
            let attribute = arm_attribute(attribute).unwrap_or_else(|| format!("properties.{attribute}"));
            format!("r{}.{attribute}", index + 1)
        }
        Term::Joined(parts) => format!("'{}'", parts.iter().map(hole).collect::<String>()),
        Term::List(items) if items.is_empty() => "[]".into(),
        Term::Map(entries) if entries.is_empty() => "{}".into(),
        Term::List(items) => {
            let inner = format!("{indent}  ");
            let items: String = items.iter().map(|i| format!("\n{inner}{}", text(i, &inner))).collect();
            format!("[{items}\n{indent}]")
        }
        Term::Map(entries) => {
            let inner = format!("{indent}  ");
            let entries: String =
                entries.iter().map(|(k, v)| format!("\n{inner}{}: {}", name(k), text(v, &inner))).collect();
            format!("{{{entries}\n{indent}}}")
        }
    }
}
