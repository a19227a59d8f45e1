//! Functions of sets, and the conversions that give collections. A set is a list in Terraform's order.

use model::{Node, Value};

use super::limits::{self, Budget};
use super::text::unknown_because;
use crate::terraform::types::{distinct_of, equal_within, list_of, set_of};

type Result<T = Node> = std::result::Result<T, String>;

fn items(node: &Node) -> std::result::Result<&[Node], Node> {
    if let Value::List(items) = &node.value { Ok(items) } else { Err(unknown_because(node)) }
}

type Sets = Vec<Vec<Node>>;

/// The arguments as sets of one element type: unknown if any of them is.
fn sets(args: &[Node]) -> Result<std::result::Result<Sets, Node>> {
    let mut all = Vec::new();
    let mut sizes = Vec::new();
    for arg in args {
        match items(arg) {
            Ok(items) => {
                limits::items(all.len() + items.len())?;
                sizes.push(items.len());
                all.extend(items.iter().cloned());
            }
            Err(unknown) => return Ok(Err(unknown)),
        }
    }
    let mut all = list_of(&all)?.into_iter();
    let sets = sizes.into_iter().map(|n| set_of(all.by_ref().take(n).collect()));
    sets.collect::<Result<_>>().map(Ok)
}

pub(super) fn setunion(args: &[Node]) -> Result {
    match sets(args)? {
        Ok(sets) => Ok(Value::list(set_of(sets.into_iter().flatten().collect())?).into()),
        Err(unknown) => Ok(unknown),
    }
}

pub(super) fn setintersection(args: &[Node]) -> Result {
    filtered(args, |first, others, budget| {
        let mut known = Some(true);
        for set in others {
            match member(first, set, budget) {
                Some(false) => return Some(false),
                Some(true) => {}
                None => known = None,
            }
        }
        known
    })
}

pub(super) fn setsubtract(args: &[Node]) -> Result {
    filtered(args, |first, others, budget| member(first, others.first()?, budget).map(|found| !found))
}

/// The elements of the first set that are to be kept.
fn filtered(args: &[Node], keep: impl Fn(&Node, &[Vec<Node>], &mut Budget) -> Option<bool>) -> Result {
    let sets = match sets(args)? {
        Ok(sets) => sets,
        Err(unknown) => return Ok(unknown),
    };
    let Some((first, others)) = sets.split_first() else { return Ok(Value::list(Vec::new()).into()) };
    let mut budget = Budget::default();
    let mut kept = Vec::new();
    for node in first {
        match keep(node, others, &mut budget) {
            Some(true) => kept.push(node.clone()),
            Some(false) => {}
            None => {
                let open = args.iter().find(|n| n.first_unknown(limits::MAX_NODES).is_some());
                return Ok(unknown_because(open.unwrap_or(node)));
            }
        }
    }
    Ok(Value::list(kept).into())
}

/// Whether a set has the element; `None` when that depends on what is not known.
fn member(node: &Node, set: &[Node], budget: &mut Budget) -> Option<bool> {
    let mut open = false;
    for other in set {
        match equal_within(node, other, budget) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => open = true,
        }
    }
    if open { None } else { Some(false) }
}

/// All combinations, the last argument changing fastest. Each argument's elements are of one type.
pub(super) fn setproduct(args: &[Node]) -> Result {
    if args.len() < 2 {
        return Err("at least two sets are needed".to_owned());
    }
    let mut total = 1usize;
    let mut columns = Vec::new();
    for arg in args {
        match &arg.value {
            Value::List(items) => {
                total = total.saturating_mul(items.len());
                columns.push(list_of(items)?);
            }
            Value::Unknown(_) => return Ok(unknown_because(arg)),
            other => return Err(format!("a set or a list is needed, not a {}", other.type_name())),
        }
    }
    limits::items(total.saturating_mul(args.len()))?;
    let mut rows: Vec<Vec<Node>> = vec![Vec::new()];
    for column in &columns {
        let extended = |row: &Vec<Node>| {
            let row = row.clone();
            column
                .iter()
                .map(move |node| [row.as_slice(), std::slice::from_ref(node)].concat())
                .collect::<Vec<_>>()
        };
        rows = rows.iter().flat_map(extended).collect();
    }
    Ok(Value::list(rows.into_iter().map(|row| Value::list(row).into()).collect()).into())
}

/// Each element once, in the order of their first places.
pub(super) fn distinct(args: &[Node]) -> Result {
    let items = match items(&args[0]) {
        Ok(items) => items,
        Err(unknown) => return Ok(unknown),
    };
    Ok(Value::list(distinct_of(items.to_vec())?).into())
}
