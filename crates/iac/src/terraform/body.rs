//! Bodies to nodes: attributes under their names, nested blocks as lists of objects, `dynamic` blocks expanded.

use std::collections::BTreeMap;
use std::sync::Arc;

use formats::hcl::{Block, Body, Expr, ExprKind};
use model::{Node, Value};

use super::access::{carry, pairs};
use super::cost;
use super::eval::{Frame, Scope};
use super::instance::error_node;
use super::module::{In, attribute, made_kind};

/// Arguments of Terraform itself, not of the resource.
const META: [&str; 8] =
    ["count", "for_each", "provider", "depends_on", "lifecycle", "provisioner", "connection", "providers"];

/// Blocks inside each other.
const MAX_DEPTH: usize = 32;
/// Blocks that one `dynamic` makes.
const MAX_BLOCKS: usize = 5_000;

/// The body of a resource or data source. An attribute that cannot be evaluated is unknown, with a note at its place.
pub(crate) fn resource(scope: &Scope<'_, '_>, block: &In<Block>, address: &str) -> Node {
    let mut node = body(scope, Some(block), &block.item.body, address, true, 0);
    node.at = Some(scope.position(block.item.header));
    node
}

/// Any body, such as a provider's.
pub(crate) fn plain(scope: &Scope<'_, '_>, block: &In<Block>, address: &str) -> Node {
    let mut node = body(scope, Some(block), &block.item.body, address, false, 0);
    node.at = Some(scope.position(block.item.header));
    node
}

/// `declared` is the whole, where this is the body of one and so may stand in several files.
fn body(
    scope: &Scope<'_, '_>,
    declared: Option<&In<Block>>,
    body: &Body,
    address: &str,
    is_resource: bool,
    depth: usize,
) -> Node {
    let within = |name: &str| scope.in_file(declared.map_or(scope.file, |whole| whole.file_of(name)));
    let mut entries: BTreeMap<Arc<str>, Node> = BTreeMap::new();
    for item in &body.attributes {
        if is_resource && META.contains(&&*item.name) {
            continue;
        }
        let scope = &within(&item.name);
        entries.insert(item.name.clone(), value(scope, &item.value, address, &item.name, item.span));
    }
    let mut blocks: BTreeMap<Arc<str>, Result<Vec<Node>, Node>> = BTreeMap::new();
    for block in &body.blocks {
        if is_resource && META.contains(&&*block.kind) {
            continue;
        }
        let kind = made_kind(block);
        let scope = &within(&kind);
        let made = match (&*block.kind, block.labels.first()) {
            ("dynamic", Some(_)) => dynamic(scope, block, address, depth),
            _ => Ok(vec![nested(scope, block, address, depth)]),
        };
        let all = blocks.entry(kind).or_insert_with(|| Ok(Vec::new()));
        match (&mut *all, made) {
            (Ok(list), Ok(made)) => list.extend(made),
            (Err(_), _) => {}
            (_, Err(unknown)) => *all = Err(unknown),
        }
    }
    for (kind, made) in blocks {
        let node = match made {
            Ok(list) => {
                let at = list.first().and_then(|n| n.at.clone());
                Node { at, ..Value::list(list).into() }
            }
            Err(unknown) => unknown,
        };
        entries.insert(kind, node);
    }
    Value::map(entries).into()
}

/// The value of an attribute, whose whole `name = value` is its place.
fn value(scope: &Scope<'_, '_>, expr: &Expr, address: &str, name: &str, span: formats::Span) -> Node {
    let node = scope.eval(expr).unwrap_or_else(|message| {
        let place = scope.position(expr.span).to_string();
        scope.root.note(&place, format!("{address}: {name} cannot be evaluated: {message}"));
        error_node(&message)
    });
    // A literal of several lines is pointed at by its first line.
    let span = match &expr.kind {
        ExprKind::Object(_) | ExprKind::List(_) | ExprKind::Call { .. } | ExprKind::For(_) => {
            formats::Span { start: span.start, end: span.end.min(span.start + name.len() as u32) }
        }
        _ => span,
    };
    scope.place(node, span)
}

fn nested(scope: &Scope<'_, '_>, block: &Block, address: &str, depth: usize) -> Node {
    let position = scope.position(block.header);
    if depth >= MAX_DEPTH || scope.root.step(cost::OBJECT).is_err() {
        return Node::unknown("blocks are nested too deeply").at(position);
    }
    body(scope, None, &block.body, address, false, depth + 1).at(position)
}

/// The blocks of a `dynamic` block; the error is the unknown that stands for all of them.
fn dynamic(scope: &Scope<'_, '_>, block: &Block, address: &str, depth: usize) -> Result<Vec<Node>, Node> {
    let position = scope.position(block.header);
    let unknown = |message: &str| error_node(message).at(position.clone());
    let noted = |message: String| {
        scope.root.note(&position.to_string(), format!("{address}: {message}"));
        unknown(&message)
    };
    let Some(each) = attribute(&block.body, "for_each") else {
        return Err(noted("a dynamic block needs for_each".into()));
    };
    let Some(content) = block.body.blocks.iter().find(|b| &*b.kind == "content") else {
        return Err(noted("a dynamic block needs content".into()));
    };
    let collection = scope.eval(each).map_err(&noted)?;
    if collection.is_null() {
        return Ok(Vec::new());
    }
    let items = match pairs(&collection).map_err(&noted)? {
        Ok(items) => items,
        Err(reason) => {
            let node: Node = Value::Unknown(reason).into();
            return Err(node.at(position));
        }
    };
    if items.len() > MAX_BLOCKS {
        return Err(noted(format!("a dynamic block makes {} blocks, more than {MAX_BLOCKS}", items.len())));
    }
    scope.root.step(2 * cost::OBJECT * items.len()).map_err(&noted)?;
    let kind = block.labels.first().map_or("", |label| &**label);
    let iterator = match attribute(&block.body, "iterator").map(|e| &e.kind) {
        Some(ExprKind::Variable(name)) => &**name,
        _ => kind,
    };
    let is_set = |value: &Node| matches!(collection.value, Value::List(_)) && value.as_str().is_some();
    let blocks = items.into_iter().map(|(key, value)| {
        let value = carry(value, [&collection]);
        let key = if is_set(&value) { value.clone() } else { key };
        let entries = [(Arc::from("key"), key), (Arc::from("value"), value)];
        let frame = Frame { name: iterator, value: Value::map(entries.into()).into(), outer: scope.frame };
        let inner = scope.with_frame(&frame);
        body(&inner, None, &content.body, address, false, depth + 1).at(position.clone())
    });
    Ok(blocks.collect())
}
