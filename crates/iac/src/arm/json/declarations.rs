//! Parameters, functions and outputs.

use std::sync::Arc;

use formats::data::{Data, Datum};

use super::{Lower, get};
use crate::arm::template::{Expr, ExprKind, For, Function, Output, Parameter};

/// Definitions that lead to each other.
const MAX_DEFINITIONS: usize = 16;
/// Properties of types that are looked at for secrets.
const MAX_PATHS: usize = 1_000;

impl Lower<'_> {
    pub(super) fn parameters(&mut self, datum: &Datum) -> Vec<Parameter> {
        let Some(entries) = get(datum, "parameters").and_then(Datum::as_map) else { return Vec::new() };
        let mut parameters = Vec::new();
        for entry in entries {
            let declared = &entry.value;
            if declared.as_map().is_none() {
                self.complain(declared.span, format!("parameter {} is {}", entry.key, declared.type_name()));
                continue;
            }
            let (of, secure) = declared_type(datum, declared);
            let default = get(declared, "defaultValue").map(|default| self.expr(default));
            let mut secure_paths = Vec::new();
            if !secure {
                secure_properties(datum, declared, &mut Vec::new(), &mut secure_paths, &mut { MAX_PATHS });
            }
            let may_be_null =
                |d: &Datum| matches!(get(d, "nullable").map(|n| &n.value), Some(Data::Bool(true)));
            let nullable = may_be_null(declared) || may_be_null(resolved(datum, declared));
            let span = entry.key_span;
            let name = entry.key.clone();
            parameters.push(Parameter { name, span, of, default, secure, nullable, secure_paths });
        }
        parameters
    }

    pub(super) fn functions(&mut self, datum: &Datum) -> Vec<Function> {
        let mut functions = Vec::new();
        for group in get(datum, "functions").and_then(Datum::as_list).unwrap_or_default() {
            let namespace: Option<Arc<str>> = get(group, "namespace").and_then(Datum::as_str).map(Arc::from);
            for member in get(group, "members").and_then(Datum::as_map).unwrap_or_default() {
                let parameters =
                    get(&member.value, "parameters").and_then(Datum::as_list).unwrap_or_default();
                let parameters =
                    parameters.iter().filter_map(|p| get(p, "name")?.as_str().map(Arc::from)).collect();
                let Some(value) = get(&member.value, "output").and_then(|output| get(output, "value")) else {
                    self.complain(member.key_span, format!("function {} has no output", member.key));
                    continue;
                };
                let body = self.expr(value);
                functions.push(Function {
                    namespace: namespace.clone(),
                    name: member.key.clone(),
                    parameters,
                    body,
                });
            }
        }
        functions
    }

    pub(super) fn outputs(&mut self, datum: &Datum) -> Vec<Output> {
        let mut outputs = Vec::new();
        for entry in get(datum, "outputs").and_then(Datum::as_map).unwrap_or_default() {
            let declared = &entry.value;
            let (of, secure) = declared_type(datum, declared);
            let value = match (get(declared, "value"), get(declared, "copy")) {
                (Some(value), _) => self.expr(value),
                (None, Some(copy)) => {
                    let repeat = self.repeat(copy);
                    let body = match get(copy, "input") {
                        Some(input) => self.expr(input),
                        None => Expr::new(ExprKind::Null, copy.span),
                    };
                    Expr::new(ExprKind::For(Box::new(For { repeat, body })), copy.span)
                }
                (None, None) => {
                    self.complain(entry.key_span, format!("output {} has no value", entry.key));
                    continue;
                }
            };
            let condition = get(declared, "condition").map(|condition| self.expr(condition));
            let (name, span) = (entry.key.clone(), entry.key_span);
            outputs.push(Output { name, span, of, secure, condition, value });
        }
        outputs
    }
}

/// What a `$ref` leads to: `#/definitions/name`.
fn resolved<'d>(template: &'d Datum, mut declared: &'d Datum) -> &'d Datum {
    for _ in 0..MAX_DEFINITIONS {
        let Some(name) = get(declared, "$ref").and_then(Datum::as_str) else { return declared };
        let name = name.rsplit('/').next().unwrap_or_default();
        match get(template, "definitions").and_then(|definitions| definitions.get(name)) {
            Some(found) => declared = found,
            None => return declared,
        }
    }
    declared
}

/// The type in lower case, and whether it is secure.
fn declared_type(template: &Datum, declared: &Datum) -> (Arc<str>, bool) {
    let declared = resolved(template, declared);
    let of = get(declared, "type").and_then(Datum::as_str).unwrap_or_default().to_ascii_lowercase();
    match &*of {
        "securestring" => ("string".into(), true),
        "secureobject" => ("object".into(), true),
        _ => (of.into(), false),
    }
}

/// The properties of a type that are secure themselves.
fn secure_properties(
    template: &Datum,
    declared: &Datum,
    path: &mut Vec<Arc<str>>,
    found: &mut Vec<Arc<str>>,
    left: &mut usize,
) {
    if path.len() > MAX_DEFINITIONS || *left == 0 {
        return;
    }
    *left -= 1;
    let declared = resolved(template, declared);
    let mut inner = |name: Arc<str>, of: &Datum| {
        path.push(name);
        if declared_type(template, of).1 {
            found.push(path.join(".").into());
        } else {
            secure_properties(template, of, path, found, left);
        }
        path.pop();
    };
    for property in get(declared, "properties").and_then(Datum::as_map).unwrap_or_default() {
        inner(property.key.clone(), &property.value);
    }
    for all in ["items", "additionalProperties"] {
        if let Some(of) = get(declared, all).filter(|of| of.as_map().is_some()) {
            inner("*".into(), of);
        }
    }
}
