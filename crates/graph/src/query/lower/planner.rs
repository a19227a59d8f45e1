//! In which order a pattern is looked for: from the rarest node along relationships, and every condition as soon as what it
//! names is there.

use std::sync::Arc;

use crate::query::Table;
use crate::query::ast::{Direction, Length, Shortest};
use crate::query::plan::{Action, Expand, Expr, Matching, Slot, Source, Step};

/// What a MATCH is to find.
#[derive(Debug, Default)]
pub(super) struct Goal {
    /// What earlier clauses found.
    pub bound: Vec<Slot>,
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
    pub paths: Vec<PathOf>,
    pub conditions: Vec<Condition>,
}

#[derive(Debug)]
pub(super) struct Node {
    pub slot: Slot,
    pub labels: Vec<Option<u32>>,
}

#[derive(Clone, Debug)]
pub(super) struct Edge {
    pub from: Slot,
    pub to: Slot,
    pub relationship: Slot,
    pub bound: bool,
    pub types: Option<Vec<u32>>,
    pub direction: Direction,
    pub length: Option<Length>,
    pub shortest: Option<Shortest>,
    pub properties: Vec<(Arc<str>, Expr)>,
    pub read: bool,
}

#[derive(Debug)]
pub(super) struct PathOf {
    pub slot: Slot,
    pub nodes: Vec<Slot>,
    pub relationships: Vec<Slot>,
}

#[derive(Debug)]
pub(super) struct Condition {
    pub expr: Expr,
    pub needs: Vec<Slot>,
    /// Where it says that a property of a node equals a value: the node, the property, the value, and what that needs.
    pub equality: Option<(Slot, Arc<str>, Expr, Vec<Slot>)>,
}

/// What following a relationship of any length is taken to cost.
const FAR: u64 = 1 << 32;

impl Goal {
    pub(super) fn plan(mut self, table: &Table) -> Matching {
        let mut steps = Vec::new();
        let mut known = self.bound.clone();
        let before = self.ready(&known);
        for node in self.nodes.iter().filter(|node| known.contains(&node.slot)) {
            steps.push(step(Action::Check { slot: node.slot, labels: node.labels.clone() }));
        }
        let mut unique: Vec<Slot> = Vec::new();
        loop {
            let action = match self.next_edge(&known, table) {
                Some(at) => {
                    let edge = self.edges.swap_remove(at);
                    let action = self.expand(&edge, &known, &unique);
                    unique.push(edge.relationship);
                    known.extend([edge.from, edge.to, edge.relationship]);
                    action
                }
                None => match self.next_node(&known, table) {
                    Some((slot, from)) => {
                        known.push(slot);
                        Action::Scan { slot, from }
                    }
                    None => break,
                },
            };
            steps.push(Step { action, filters: self.ready(&known) });
        }
        for path in std::mem::take(&mut self.paths) {
            known.push(path.slot);
            let PathOf { slot, nodes, relationships } = path;
            steps.push(Step {
                action: Action::Path { slot, nodes, relationships },
                filters: self.ready(&known),
            });
        }
        let mut matching = Matching { steps, binds: Vec::new(), before };
        // Whatever is left names something that is not of this MATCH and was declared without a value.
        let left = self.conditions.drain(..).map(|c| c.expr);
        match matching.steps.last_mut() {
            Some(last) => last.filters.extend(left),
            None => matching.before.extend(left),
        }
        matching
    }

    /// Takes the conditions that can be decided now.
    fn ready(&mut self, known: &[Slot]) -> Vec<Expr> {
        let decided = |c: &mut Condition| c.needs.iter().all(|need| known.contains(need));
        self.conditions.extract_if(.., decided).map(|c| c.expr).collect()
    }

    /// The cheapest relationship to follow from what is known.
    fn next_edge(&self, known: &[Slot], table: &Table) -> Option<usize> {
        let cost = |edge: &Edge| {
            let (from, to) = (known.contains(&edge.from), known.contains(&edge.to));
            if !from && !to {
                return None;
            }
            let into = if from && to { 0 } else { 1 };
            let types = match &edge.types {
                Some(types) => types.iter().map(|kind| u64::from(table.count_of_type(*kind))).sum(),
                None => u64::from(table.relationships()),
            };
            let far = if edge.length.is_some() || edge.shortest.is_some() { FAR } else { 0 };
            Some(into * (types + 1) + far)
        };
        let costs = self.edges.iter().enumerate().filter_map(|(i, edge)| Some((cost(edge)?, i)));
        costs.min().map(|(_, i)| i)
    }

    fn expand(&self, edge: &Edge, known: &[Slot], unique: &[Slot]) -> Action {
        let reversed = !known.contains(&edge.from);
        let (from, to) = if reversed { (edge.to, edge.from) } else { (edge.from, edge.to) };
        let direction = match (edge.direction, reversed) {
            (Direction::Left, true) => Direction::Right,
            (Direction::Right, true) => Direction::Left,
            (direction, _) => direction,
        };
        let labels = self.nodes.iter().find(|node| node.slot == to);
        let expand = Expand {
            from,
            to,
            into: known.contains(&to),
            relationship: edge.relationship,
            bound: edge.bound,
            types: edge.types.clone(),
            direction,
            length: edge.length,
            reversed,
            properties: edge.properties.clone(),
            labels: labels.map(|node| node.labels.clone()).unwrap_or_default(),
            unique: unique.to_vec(),
            read: edge.read || !unique.is_empty() || !self.edges.is_empty(),
        };
        match edge.shortest {
            Some(which) => Action::Shortest { expand, which },
            None => Action::Expand(expand),
        }
    }

    /// The rarest node that is not known, and how it is found.
    fn next_node(&self, known: &[Slot], table: &Table) -> Option<(Slot, Source)> {
        let candidates = self.nodes.iter().filter(|node| !known.contains(&node.slot)).map(|node| {
            let by_label =
                node.labels.iter().map(|label| label.map_or(0, |label| table.with_label(label).len() as u32));
            let by_label = by_label.min().unwrap_or_else(|| table.nodes());
            let indexed = self.conditions.iter().filter_map(|c| c.equality.as_ref()).filter_map(|equality| {
                let (slot, name, value, needs) = equality;
                let usable = *slot == node.slot && needs.iter().all(|need| known.contains(need));
                let count = table.selectivity(name).filter(|_| usable)?;
                Some((count, name, value))
            });
            let best = indexed.min_by_key(|(count, ..)| *count).filter(|(count, ..)| *count < by_label);
            let cost = best.as_ref().map_or(by_label, |(count, ..)| *count);
            let property = best.map(|(_, name, value)| (name.clone(), value.clone()));
            (cost, node.slot, Source { labels: node.labels.clone(), property })
        });
        candidates.min_by_key(|(cost, slot, _)| (*cost, *slot)).map(|(_, slot, source)| (slot, source))
    }
}

fn step(action: Action) -> Step {
    Step { action, filters: Vec::new() }
}
