//! Functions of lists and maps. They hand whole elements through: position, provenance and flags stay.
//!
//! A node does not tell a map from an object or a list from a tuple. Where Terraform would convert elements to the
//! one type that a *map* or *list* has (`lookup` with a default of another type, `concat` of a list of strings and
//! one of numbers), the elements stay as they are here.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{List, Map, Node, Value};
use unicode_segmentation::UnicodeSegmentation;

use super::limits::{self, Budget};
use super::numeric::whole;
use super::text::unknown_because;
use crate::terraform::types::{common_type, convert, equal_within, never_empty, to_bool};

type Result<T = Node> = std::result::Result<T, String>;

/// A value of the shape that a function needs, or the answer that it is not known.
type Taken<T> = Result<std::result::Result<T, Node>>;

/// Goes on with what was taken, or answers that it is not known.
macro_rules! known {
    ($taken:expr) => {
        match $taken? {
            Ok(value) => value,
            Err(unknown) => return Ok(unknown),
        }
    };
}

fn list_in(node: &Node) -> Taken<&List> {
    match &node.value {
        Value::List(items) => Ok(Ok(items)),
        Value::Unknown(_) => Ok(Err(unknown_because(node))),
        other => Err(format!("a list is needed, not a {}", other.type_name())),
    }
}

fn map_in(node: &Node) -> Taken<&Map> {
    match &node.value {
        Value::Map(entries) => Ok(Ok(entries)),
        Value::Unknown(_) => Ok(Err(unknown_because(node))),
        other => Err(format!("a map is needed, not a {}", other.type_name())),
    }
}

fn index_in(node: &Node) -> Taken<usize> {
    if node.is_unknown() {
        return Ok(Err(unknown_because(node)));
    }
    usize::try_from(whole(node)?).map(Ok).map_err(|_| "an index must not be negative".to_owned())
}

fn key_in(node: &Node) -> Taken<&Arc<str>> {
    Ok(if let Value::String(key) = &node.value { Ok(key) } else { Err(unknown_because(node)) })
}

fn list(items: Vec<Node>) -> Result {
    limits::items(items.len())?;
    Ok(Value::list(items).into())
}

pub(super) fn length(args: &[Node]) -> Result {
    let count = match &args[0].value {
        Value::List(items) => items.len(),
        Value::Map(entries) => entries.len(),
        Value::String(text) => text.graphemes(true).count(),
        Value::Unknown(_) | Value::Template(_) => return Ok(unknown_because(&args[0])),
        Value::Json(_) => return length(&[super::json::as_text(&args[0])?]),
        other => return Err(format!("a list, a map or a string is needed, not a {}", other.type_name())),
    };
    Ok((count as i64).into())
}

pub(super) fn element(args: &[Node]) -> Result {
    let items = known!(list_in(&args[0]));
    let index = known!(index_in(&args[1]));
    if items.is_empty() {
        return Err("an empty list has no elements".to_owned());
    }
    Ok(items[index % items.len()].clone())
}

/// The given default, when there is one, stands for a missing key.
pub(super) fn lookup(args: &[Node]) -> Result {
    let entries = known!(map_in(&args[0]));
    let key = known!(key_in(&args[1]));
    match (entries.get(key), args.get(2)) {
        (Some(node), _) | (None, Some(node)) => Ok(node.clone()),
        (None, None) => Err(format!("the map has no key {key:?}")),
    }
}

pub(super) fn keys(args: &[Node]) -> Result {
    list(known!(map_in(&args[0])).keys().map(|k| k.clone().into()).collect())
}

pub(super) fn values(args: &[Node]) -> Result {
    list(known!(map_in(&args[0])).values().cloned().collect())
}

/// Later arguments win. Nulls are passed over.
pub(super) fn merge(args: &[Node]) -> Result {
    let mut all = BTreeMap::new();
    for arg in args.iter().filter(|n| !n.is_null()) {
        let entries = known!(map_in(arg));
        limits::items(all.len() + entries.len())?;
        all.extend(entries.iter().map(|(k, n)| (k.clone(), n.clone())));
    }
    Ok(Value::map(all).into())
}

pub(super) fn zipmap(args: &[Node]) -> Result {
    let (keys, values) = (known!(list_in(&args[0])), known!(list_in(&args[1])));
    if keys.len() != values.len() {
        return Err(format!("there are {} keys, but {} values", keys.len(), values.len()));
    }
    let mut all = BTreeMap::new();
    for (key, value) in keys.iter().zip(values.iter()) {
        if key.is_null() {
            return Err("a key must not be null".to_owned());
        }
        all.insert(known!(key_in(key)).clone(), value.clone());
    }
    // The keys of an object carry no marks of their own.
    let sensitive = keys.iter().any(|key| key.sensitive);
    Ok(Node { sensitive, ..Value::map(all).into() })
}

/// Keys and elements change places: each element becomes a key, with the keys that listed it in order.
pub(super) fn transpose(args: &[Node]) -> Result {
    let mut all: BTreeMap<Arc<str>, Vec<Node>> = BTreeMap::new();
    let mut count = 0;
    for (key, items) in known!(map_in(&args[0])).iter() {
        for item in known!(list_in(items)).iter() {
            count += 1;
            limits::items(count)?;
            let item = crate::terraform::types::to_string(item)?;
            all.entry(known!(key_in(&item)).clone()).or_default().push(key.clone().into());
        }
    }
    Ok(Value::map(all.into_iter().map(|(k, v)| (k, Value::list(v).into())).collect()).into())
}

pub(super) fn concat(args: &[Node]) -> Result {
    if args.is_empty() {
        return Err("at least one list is needed".to_owned());
    }
    let mut all = Vec::new();
    for arg in args {
        let items = known!(list_in(arg));
        limits::items(all.len() + items.len())?;
        all.extend(items.iter().cloned());
    }
    list(all)
}

/// An unknown value directly in the argument may be a list, so that then nothing is known. Inside an inner list it
/// stays what it most often is: one element.
pub(super) fn flatten(args: &[Node]) -> Result {
    struct Flat {
        out: Vec<Node>,
        budget: Budget,
    }
    impl Flat {
        /// The flags of a list hold for all that was in it.
        fn walk(&mut self, items: &[Node], sensitive: bool, assumed: bool, depth: usize) -> Result<()> {
            for item in items {
                self.budget.visit(depth)?;
                let (sensitive, assumed) = (sensitive || item.sensitive, assumed || item.assumed);
                match &item.value {
                    Value::List(inner) => self.walk(inner, sensitive, assumed, depth + 1)?,
                    _ => self.out.push(Node { sensitive, assumed, ..item.clone() }),
                }
                limits::items(self.out.len())?;
            }
            Ok(())
        }
    }
    let items = known!(list_in(&args[0]));
    if let Some(unknown) = items.iter().find(|n| n.is_unknown()) {
        return Ok(unknown_because(unknown));
    }
    let mut flat = Flat { out: Vec::new(), budget: Budget::default() };
    flat.walk(items, false, false, 0)?;
    list(flat.out)
}

pub(super) fn reverse(args: &[Node]) -> Result {
    list(known!(list_in(&args[0])).iter().rev().cloned().collect())
}

pub(super) fn slice(args: &[Node]) -> Result {
    let items = known!(list_in(&args[0]));
    let (start, end) = (known!(index_in(&args[1])), known!(index_in(&args[2])));
    if end > items.len() {
        return Err(format!("the end {end} is beyond the {} elements", items.len()));
    }
    if start > end {
        return Err(format!("the start {start} is after the end {end}"));
    }
    list(items[start..end].to_vec())
}

pub(super) fn chunklist(args: &[Node]) -> Result {
    let items = known!(list_in(&args[0]));
    let size = known!(index_in(&args[1]));
    let size = if size == 0 { items.len().max(1) } else { size };
    list(items.chunks(size).map(|chunk| Value::list(chunk.to_vec()).into()).collect())
}

/// At most 1024 values, as in Terraform.
pub(super) fn range(args: &[Node]) -> Result {
    const MOST: usize = 1024;
    use super::number::{add, subtract};
    use model::Number;
    let zero = Number::Int(0);
    let (start, end) = match args {
        [end] => (zero, super::numeric::of(end)),
        [start, end, ..] => (super::numeric::of(start), super::numeric::of(end)),
        [] => return Err("at least one number is needed".to_owned()),
    };
    let down = end < start;
    let step = match args {
        [_, _, step] => super::numeric::of(step),
        _ => Number::Int(if down { -1 } else { 1 }),
    };
    if (step < zero) != down && start != end && step != zero {
        return Err("the end must lie in the direction of the step".to_owned());
    }
    let mut all = Vec::new();
    let mut at = start;
    while if down { at > end } else { at < end } {
        if all.len() == MOST {
            return Err(format!("more than {MOST} values would be generated"));
        }
        all.push(Value::Number(at).into());
        at = add(at, step)
            .filter(|next| subtract(*next, at) != Some(zero) || step == zero)
            .ok_or("the values are out of range")?;
    }
    list(all)
}

pub(super) fn contains(args: &[Node]) -> Result {
    let items = known!(list_in(&args[0]));
    let mut budget = Budget::default();
    Ok(any(items.iter().map(|item| equal_within(item, &args[1], &mut budget)), args))
}

/// Whether any answer is yes: else not known, if one of them is not.
fn any(answers: impl Iterator<Item = Option<bool>>, args: &[Node]) -> Node {
    let mut open = false;
    for answer in answers {
        match answer {
            Some(true) => return true.into(),
            Some(false) => {}
            None => open = true,
        }
    }
    if open { unknown_in(args) } else { false.into() }
}

fn unknown_in(args: &[Node]) -> Node {
    let unknown = args.iter().find(|n| n.first_unknown(limits::MAX_NODES).is_some());
    unknown_because(unknown.unwrap_or(&args[0]))
}

pub(super) fn index(args: &[Node]) -> Result {
    let items = known!(list_in(&args[0]));
    let mut budget = Budget::default();
    for (i, item) in items.iter().enumerate() {
        match equal_within(item, &args[1], &mut budget) {
            Some(true) => return Ok((i as i64).into()),
            Some(false) => {}
            None => return Ok(unknown_in(args)),
        }
    }
    Err("the list does not contain the value".to_owned())
}

fn decide(args: &[Node], deciding: bool) -> Result {
    let items = known!(list_in(&args[0]));
    let mut open = None;
    for (i, item) in items.iter().enumerate() {
        match to_bool(item).map_err(|e| format!("element {i}: {e}"))?.value {
            Value::Bool(b) if b == deciding => return Ok(deciding.into()),
            Value::Null if !deciding => return Ok(false.into()),
            Value::Bool(_) | Value::Null => {}
            _ => open = Some(item),
        }
    }
    Ok(open.map_or_else(|| Node::from(!deciding), unknown_because))
}

pub(super) fn alltrue(args: &[Node]) -> Result {
    decide(args, false)
}

pub(super) fn anytrue(args: &[Node]) -> Result {
    decide(args, true)
}

/// Elements that are certainly neither null nor empty stay; one that could be either makes the list not known.
pub(super) fn compact(args: &[Node]) -> Result {
    let items = known!(list_in(&args[0]));
    let mut kept = Vec::new();
    for item in items.iter() {
        if never_empty(item) {
            kept.push(item.clone());
        } else if !item.is_null() && item.as_str().is_none() {
            return Ok(unknown_because(item));
        }
    }
    list(kept)
}

/// The first argument that is neither null nor the empty string, as the type that all arguments share.
pub(super) fn coalesce(args: &[Node]) -> Result {
    if args.is_empty() {
        return Err("at least one value is needed".to_owned());
    }
    let shared = common_type(args, &mut Budget::default())?;
    for arg in args {
        if never_empty(arg) {
            // Values that Terraform knows by their type may look as if they shared none: they stay as they are.
            return match &shared {
                Some(shared) => convert(arg, shared).or_else(|_| Ok(arg.clone())),
                None if common_type(args.iter().filter(|n| scalar(n)), &mut Budget::default())?.is_none() => {
                    Err("all arguments must be of one type".to_owned())
                }
                None => Ok(arg.clone()),
            };
        }
        if arg.is_unknown() || matches!(arg.value, Value::Template(_)) {
            return Ok(unknown_because(arg));
        }
    }
    Err("every argument is null or empty".to_owned())
}

fn scalar(node: &Node) -> bool {
    !matches!(node.value, Value::List(_) | Value::Map(_))
}

pub(super) fn coalescelist(args: &[Node]) -> Result {
    for arg in args {
        if arg.is_null() {
            return Err("every argument must be a list, not null".to_owned());
        }
        if !known!(list_in(arg)).is_empty() {
            return Ok(arg.clone());
        }
    }
    Err("every list is empty".to_owned())
}

pub(super) fn one(args: &[Node]) -> Result {
    match known!(list_in(&args[0])).as_slice() {
        [] => Ok(Node::null()),
        [only] => Ok(only.clone()),
        more => Err(format!("a list of at most one element is needed, not of {}", more.len())),
    }
}

/// Elements of the first list at whose place the second has one of the third's.
pub(super) fn matchkeys(args: &[Node]) -> Result {
    let (values, keys, wanted) =
        (known!(list_in(&args[0])), known!(list_in(&args[1])), known!(list_in(&args[2])));
    if values.len() != keys.len() {
        return Err(format!("there are {} values, but {} keys", values.len(), keys.len()));
    }
    // Keys and search set are compared as one type.
    let both: Vec<Node> = keys.iter().chain(wanted.iter()).cloned().collect();
    let both = crate::terraform::types::list_of(&both)?;
    let (keys, wanted) = both.split_at(keys.len());
    let mut budget = Budget::default();
    let mut kept = Vec::new();
    for (value, key) in values.iter().zip(keys) {
        match any(wanted.iter().map(|w| equal_within(key, w, &mut budget)), args).value {
            Value::Bool(true) => kept.push(value.clone()),
            Value::Bool(false) => {}
            _ => return Ok(unknown_in(args)),
        }
    }
    list(kept)
}

/// Text only, in the order of its bytes.
pub(super) fn sort(args: &[Node]) -> Result {
    let items = known!(list_in(&args[0]));
    if items.iter().any(Node::is_null) {
        return Err("a null element cannot be sorted".to_owned());
    }
    if items.len() > 1
        && let Some(item) = items.iter().find(|n| n.as_str().is_none())
    {
        return Ok(unknown_because(item));
    }
    let mut sorted = items.to_vec();
    sorted.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    list(sorted)
}

#[cfg(test)]
#[path = "collection_tests.rs"]
mod tests;
