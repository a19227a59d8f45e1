//! What values cost, in the steps that [`Root::step`](super::instance::Root::step) counts. A step is worth about a hundred
//! bytes that are kept, or a fraction of a microsecond of work.
//!
//! Nodes are shared, so a small value can spell out a vast one: every walk here ends after [`MAX_WALK`] nodes.

use std::sync::Arc;

use model::{Node, Value};

/// An object is kept as a tree whose smallest leaf has room for eleven entries.
pub(crate) const OBJECT: usize = 8;
/// Bytes of text to a step.
const TEXT: usize = 64;
const MAX_WALK: usize = 1_000_000;
/// Levels that a walk follows; it recurses.
const MAX_DEPTH: usize = 128;

/// What all of `node` takes, if that is no more than `limit` nodes and not nested deeper than `depth` levels.
pub(crate) fn within(node: &Node, limit: usize, depth: usize) -> Option<usize> {
    let mut walk = Walk { left: limit + 1, depth, cost: 0, shared: true };
    walk.visit(node, 0);
    (walk.left > 0).then_some(walk.cost)
}

/// What `node` takes that nothing else holds already: what a call has made, not what it handed through.
pub(crate) fn made(node: &Node) -> usize {
    let mut walk = Walk { left: MAX_WALK, depth: MAX_DEPTH, cost: 0, shared: false };
    walk.visit(node, 0);
    walk.cost
}

/// What all of `node` takes, or takes to look at.
pub(crate) fn whole(node: &Node) -> usize {
    at_most(node, MAX_WALK)
}

/// The same, not looking further once it is more than `limit`.
pub(crate) fn at_most(node: &Node, limit: usize) -> usize {
    let mut walk = Walk { left: limit.min(MAX_WALK), depth: MAX_DEPTH, cost: 0, shared: true };
    walk.visit(node, 0);
    walk.cost
}

struct Walk {
    left: usize,
    depth: usize,
    cost: usize,
    /// Whether what others hold too counts again.
    shared: bool,
}

impl Walk {
    fn visit(&mut self, node: &Node, depth: usize) {
        if depth > self.depth {
            self.left = 0;
        }
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        self.cost += 1;
        match &node.value {
            Value::String(text) if self.counts(text) => self.cost += text.len() / TEXT,
            Value::Template(pieces) if self.counts(pieces) => self.cost += pieces.len(),
            Value::List(items) if self.counts(items) => items.iter().for_each(|n| self.visit(n, depth + 1)),
            Value::Map(entries) if self.counts(entries) => {
                self.cost += OBJECT;
                entries.values().for_each(|n| self.visit(n, depth + 1));
            }
            Value::Json(inner) if self.counts(inner) => self.visit(inner, depth + 1),
            _ => {}
        }
    }

    fn counts<T: ?Sized>(&self, held: &Arc<T>) -> bool {
        self.shared || Arc::strong_count(held) == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_is_not_made_again() {
        let inner = Value::list(vec![1.into(), 2.into(), 3.into()]);
        let list: Node = Value::list(vec![inner.clone().into(), inner.into()]).into();
        assert_eq!((made(&list), whole(&list)), (3, 9));
        assert_eq!((within(&list, 9, 2), within(&list, 8, 2), within(&list, 9, 1)), (Some(9), None, None));
        let text: Node = Node::from(&*"x".repeat(6400));
        assert_eq!(made(&text), 101);
        assert_eq!((made(&text.clone()), whole(&text)), (1, 101));
    }

    #[test]
    fn a_value_that_doubles_itself_costs_a_bounded_walk() {
        let mut node = Node::from(1);
        for _ in 0..60 {
            node = Value::list(vec![node.clone(), node]).into();
        }
        assert_eq!(whole(&node), MAX_WALK);
        assert_eq!(within(&node, 1_000, 64), None);
    }
}
