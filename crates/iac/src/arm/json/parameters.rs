//! Files of parameters.
//! <https://learn.microsoft.com/azure/azure-resource-manager/templates/parameter-files>
//!
//! The Azure Developer CLI fills placeholders in them (`${NAME}`, `${NAME=default}`) from its environment:
//! <https://learn.microsoft.com/azure/developer/azure-developer-cli/manage-environment-variables>.

use std::sync::Arc;

use formats::Span;
use formats::data::{Data, Datum};

use super::get;
use super::resources::secret;
use crate::arm::template::{Entry, Expr, ExprKind, Given, Item, ParameterFile, Template};
use crate::file::SourceFile;

/// Words that the quickstart templates' own pipeline replaces.
const GENERATED: [&str; 5] = ["GEN-UNIQUE", "GEN-PASSWORD", "GEN-SSH-PUB-KEY", "GEN-GUID", "GET-PREREQ"];

/// The values of a JSON file of parameters; nothing if it is none.
pub(crate) fn parameter_file(file: &Arc<SourceFile>, datum: &Datum) -> Option<ParameterFile> {
    let schema = get(datum, "$schema").and_then(Datum::as_str).unwrap_or_default().to_ascii_lowercase();
    let entries = get(datum, "parameters")?.as_map()?;
    let has_values = |d: &Datum| get(d, "value").is_some() || get(d, "reference").is_some();
    let says_so = schema.contains("deploymentparameters.json");
    if !says_so && (entries.is_empty() || !entries.iter().all(|e| has_values(&e.value))) {
        return None;
    }
    let mut values = Vec::new();
    for entry in entries {
        let value = match (get(&entry.value, "value"), get(&entry.value, "reference")) {
            (Some(value), _) => plain(value),
            (None, Some(reference)) => secret(reference.span),
            (None, None) => continue,
        };
        values.push(Given { name: entry.key.clone(), value });
    }
    // In a form that is to be filled in, as tools generate it, what is empty says nothing.
    if values.iter().filter(|given| is_empty(&given.value)).count() * 2 >= values.len() {
        values.retain(|given| !is_empty(&given.value));
    }
    Some(ParameterFile { template: Arc::new(Template::new(file.clone())), values, bases: Vec::new() })
}

fn is_empty(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Null | ExprKind::Bool(false) | ExprKind::Int(0) => true,
        ExprKind::Text(text) => text.is_empty(),
        ExprKind::Array(items) => items.is_empty(),
        ExprKind::Object(entries) => entries.is_empty(),
        _ => false,
    }
}

/// A value as it is written: files of parameters hold no expressions.
fn plain(datum: &Datum) -> Expr {
    let kind = match &datum.value {
        Data::Null => ExprKind::Null,
        Data::Bool(b) => ExprKind::Bool(*b),
        Data::Int(i) => ExprKind::Int(*i),
        Data::Float(f) => ExprKind::Float(*f),
        Data::Text(text) if GENERATED.iter().any(|word| text.starts_with(word)) => {
            ExprKind::Invalid("the value is generated before deployment".into())
        }
        Data::Text(text) => return placeholders(text, datum.span),
        Data::List(items) => {
            ExprKind::Array(items.iter().map(|item| Item { value: plain(item), spread: false }).collect())
        }
        Data::Map(entries) => {
            let pair = |e: &formats::data::Entry| Entry::Pair {
                key: Expr::text(e.key.clone(), e.key_span),
                value: plain(&e.value),
            };
            ExprKind::Object(entries.iter().map(pair).collect())
        }
    };
    Expr::new(kind, datum.span)
}

/// Text with its placeholders as what they ask the environment for.
pub(crate) fn placeholders(text: &Arc<str>, span: Span) -> Expr {
    let mut parts = Vec::new();
    let mut rest: &str = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((inside, tail)) = after.split_once('}') else { break };
        let (name, default) = inside.split_once('=').map_or((inside, None), |(n, d)| (n, Some(d)));
        let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        if name.is_empty() || !name.chars().all(is_name) {
            break;
        }
        if !before.is_empty() {
            parts.push(Expr::text(before, span));
        }
        let arguments = [Some(name), default].into_iter().flatten().map(|t| Expr::text(t, span)).collect();
        let call = ExprKind::Call { name: "readEnvironmentVariable".into(), arguments };
        parts.push(Expr::new(call, span));
        rest = tail;
    }
    if parts.is_empty() {
        return Expr::text(text.clone(), span);
    }
    if !rest.is_empty() {
        parts.push(Expr::text(rest, span));
    }
    match <[Expr; 1]>::try_from(parts) {
        Ok([only]) => only,
        Err(parts) => Expr::new(ExprKind::Interpolation(parts), span),
    }
}
