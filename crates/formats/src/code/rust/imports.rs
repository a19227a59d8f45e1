//! The trees of `use`.

use std::borrow::Cow;

use tree_sitter::Node;

use super::super::syntax::{Walk, first, named, span};
use super::super::tree::*;

/// One tree of `use`: each leaf is a name of the module that the parts before it say.
pub(super) fn import<'s>(w: &mut Walk<'s>, node: Node, prefix: &[&'s str], out: &mut Vec<Stmt<'s>>) {
    let mut add = |prefix: &[&'s str], name: Option<&'s str>, local: &'s str| {
        let module = match *prefix {
            [only] => Cow::Borrowed(only),
            _ => Cow::Owned(prefix.join(".")),
        };
        out.push(Stmt::Import(Import { module, up: 0, name, local, span: span(node) }));
    };
    let path_of = |w: &mut Walk<'s>, path: Option<Node>| {
        let path = path.map_or("", |path| w.slice(path));
        let mut whole = prefix.to_vec();
        whole.extend(path.split("::").map(str::trim).filter(|part| !part.is_empty()));
        let length = whole.iter().map(|part| part.len() + 1).sum();
        w.spend(length).then_some(whole)
    };
    match node.kind() {
        "use_list" => {
            w.deeper(node, |w| named(node).into_iter().for_each(|leaf| import(w, leaf, prefix, out)));
        }
        "scoped_use_list" => {
            let Some(whole) = path_of(w, node.child_by_field_name("path")) else { return };
            if let Some(list) = node.child_by_field_name("list") {
                import(w, list, &whole, out);
            }
        }
        "use_wildcard" => {
            if let Some(whole) = path_of(w, first(node)) {
                add(&whole, Some("*"), "*");
            }
        }
        kind => {
            let (path, alias) = match kind {
                "use_as_clause" => (node.child_by_field_name("path"), node.child_by_field_name("alias")),
                _ => (Some(node), None),
            };
            let Some(mut whole) = path_of(w, path) else { return };
            // `use a::b::{self}` is `use a::b`.
            if whole.len() > 1 && whole.last() == Some(&"self") {
                whole.pop();
            }
            let Some((last, module)) = whole.split_last() else { return };
            let local = alias.map_or(*last, |alias| w.slice(alias));
            match module {
                [] => add(&[last], None, local),
                _ => add(module, Some(last), local),
            }
        }
    }
}
