//! Nested stacks: templates on disk that a resource of the outer template deploys.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use model::{CoverageStatus, Node, Value};

use super::eval::Scope;
use super::stack::Stack;
use super::template::{Declared, local_template, nested_file};

/// Stacks inside each other.
const MAX_DEPTH: usize = 16;

/// Whether a type deploys another template.
pub(super) fn is_stack(kind: &str) -> bool {
    matches!(kind, "AWS::CloudFormation::Stack" | "AWS::Serverless::Application")
}

/// The stack that a resource nests; none, with a note, where its template is not at hand.
pub(super) fn stack(scope: &Scope<'_, '_>, declared: &Declared) -> Option<Rc<Stack>> {
    if let Some(known) = scope.stack.children.borrow().get(&declared.id) {
        return known.clone();
    }
    // Busy while it is made: its parameters may refer to its own outputs.
    scope.stack.children.borrow_mut().insert(declared.id.clone(), None);
    let made = match make(scope, declared) {
        Ok(stack) => stack,
        Err(reason) => {
            let reason =
                format!("{reason}; the resources of the nested stack {} are not assessed", declared.id);
            scope.root.note_as(CoverageStatus::Skipped, &declared.header().to_string(), reason);
            None
        }
    };
    scope.stack.children.borrow_mut().insert(declared.id.clone(), made.clone());
    made
}

fn make(scope: &Scope<'_, '_>, declared: &Declared) -> Result<Option<Rc<Stack>>, String> {
    let inner = scope.beside(&declared.source, &declared.loops);
    let named = local_template(&declared.datum).ok_or("it names no template")?;
    let exists = |path: &str| scope.root.tree.is_file(path) == Ok(true);
    let url = inner.value(named);
    let local = url.as_str().and_then(|text| scope.stack.local(text, &declared.source.file.path));
    let path = local.filter(|path| exists(path));
    let path = path.or_else(|| nested_file(named, &declared.source.file.path, &exists));
    let path: Arc<str> = path.ok_or_else(|| format!("the template {} is not on disk", url.display()))?.into();
    let outer = &scope.stack;
    if outer.path == path || outer.ancestors.contains(&path) {
        return Err(format!("{path} nests itself"));
    }
    if outer.ancestors.len() >= MAX_DEPTH {
        return Err("stacks are nested too deeply".into());
    }
    let parsed = scope.root.load(&path).map_err(|reason| format!("the template {path}: {reason}"))?;
    let parameters = declared.datum.get("Properties").and_then(|p| p.get("Parameters"));
    let given: BTreeMap<Arc<str>, Node> = match parameters.map(|p| inner.value(p)) {
        Some(Node { value: Value::Map(map), .. }) => (*map).clone(),
        _ => BTreeMap::new(),
    };
    let mut ancestors = outer.ancestors.clone();
    ancestors.push(outer.path.clone());
    let mut stack = Stack::new(parsed, given);
    stack.prefix = format!("{}{}.", outer.prefix, declared.id);
    stack.ancestors = ancestors;
    stack.nested = true;
    stack.known = outer
        .known
        .iter()
        .filter(|(name, _)| !name.starts_with("AWS::Stack"))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    Ok(scope.root.add(stack))
}

/// An output of a nested stack.
pub(super) fn output(scope: &Scope<'_, '_>, declared: &Declared, name: &str) -> Option<Node> {
    let stack = stack(scope, declared)?;
    if let Some(known) = stack.outputs_known.borrow().get(name) {
        return known.clone().or_else(|| Some(Node::unknown(format!("the output {name} depends on itself"))));
    }
    let inner = Scope { root: scope.root, stack: stack.clone(), source: stack.parsed.clone(), loops: None };
    inner.prepare();
    let output = stack.outputs().get(name).cloned()?;
    stack.outputs_known.borrow_mut().insert(output.id.clone(), None);
    let scope = inner.beside(&output.source, &output.loops);
    let value = output.datum.get("Value").map(|value| scope.value(value)).unwrap_or_default();
    stack.outputs_known.borrow_mut().insert(output.id.clone(), Some(value.clone()));
    Some(value)
}
