//! Taking the steps of a MATCH: each step fills slots of the row and hands it on, so that nothing is kept but the row.

use super::ast::{Direction, Length};
use super::error::QueryError;
use super::evaluate::{Context, Row};
use super::plan::{Action, Expand, Expr, Matching, Slot, Source, Step};
use super::value::Path;
use super::{Value, table};

type Result<T> = std::result::Result<T, QueryError>;

/// Takes a row; false when it needs no more.
pub(super) type Take<'t> = dyn FnMut(&mut Row) -> Result<bool> + 't;

/// How a path goes from one node to the next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hop {
    pub relationship: u32,
    pub node: u32,
}

impl Context<'_> {
    /// Every match, handed to `take`; false if that wanted no more.
    pub(super) fn find(&self, matching: &Matching, row: &mut Row, take: &mut Take<'_>) -> Result<bool> {
        if !self.pass(&matching.before, row)? {
            return Ok(true);
        }
        self.step(&matching.steps, row, take)
    }

    fn pass(&self, filters: &[Expr], row: &mut Row) -> Result<bool> {
        for filter in filters {
            if !self.holds(filter, row)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn step(&self, steps: &[Step], row: &mut Row, take: &mut Take<'_>) -> Result<bool> {
        let Some((step, rest)) = steps.split_first() else { return take(row) };
        let mut next = |row: &mut Row| {
            if self.pass(&step.filters, row)? { self.step(rest, row, take) } else { Ok(true) }
        };
        match &step.action {
            Action::Scan { slot, from } => self.scan(*slot, from, row, &mut next),
            Action::Check { slot, labels } => match row[*slot] {
                Value::Node(node) if self.has_labels(node, labels) => next(row),
                Value::Node(_) | Value::Null => Ok(true),
                ref other => Err(QueryError::Value(format!(
                    "{} cannot stand as a node in a pattern",
                    other.type_name()
                ))),
            },
            Action::Expand(expand) => match expand.length {
                None => self.expand(expand, row, &mut next),
                Some(length) => self.walk(expand, length, row, &mut next),
            },
            Action::Shortest { expand, which } => self.shortest(expand, *which, row, &mut next),
            Action::Path { slot, nodes, relationships } => {
                row[*slot] = self.path(nodes, relationships, row);
                next(row)
            }
        }
    }

    fn scan(&self, slot: Slot, source: &Source, row: &mut Row, next: &mut Take<'_>) -> Result<bool> {
        let mut visit = |node: u32, row: &mut Row| {
            self.budget.look(1)?;
            if !self.has_labels(node, &source.labels) {
                return Ok(true);
            }
            row[slot] = Value::Node(node);
            next(row)
        };
        if let Some((name, value)) = &source.property {
            let value = self.eval(value, row)?;
            if let Some(nodes) = self.table.with_property(name, &value) {
                return each(nodes.iter().copied(), |node| visit(node, row));
            }
        }
        if source.labels.contains(&None) {
            return Ok(true);
        }
        let rarest = source.labels.iter().flatten().map(|label| self.table.with_label(*label));
        match rarest.min_by_key(|nodes| nodes.len()) {
            Some(nodes) => each(nodes.iter().copied(), |node| visit(node, row)),
            None => each(0..self.table.nodes(), |node| visit(node, row)),
        }
    }

    /// Along one relationship.
    fn expand(&self, expand: &Expand, row: &mut Row, next: &mut Take<'_>) -> Result<bool> {
        let Some(from) = node_at(row, expand.from) else { return Ok(true) };
        let into = if expand.into { Some(node_at(row, expand.to)) } else { None };
        let bound = if expand.bound { Some(row[expand.relationship].clone()) } else { None };
        if let Some(other) = bound.as_ref().filter(|b| !matches!(b, Value::Relationship(_) | Value::Null)) {
            let message = format!("{} cannot stand as a relationship in a pattern", other.type_name());
            return Err(QueryError::Value(message));
        }
        for hop in self.hops(expand, from) {
            self.budget.look(1)?;
            let fits = into.is_none_or(|into| into == Some(hop.node))
                && bound.as_ref().is_none_or(|bound| *bound == Value::Relationship(hop.relationship))
                && !used(hop.relationship, &expand.unique, row)
                && (expand.into || self.has_labels(hop.node, &expand.labels));
            if !fits {
                continue;
            }
            row[expand.relationship] = Value::Relationship(hop.relationship);
            row[expand.to] = Value::Node(hop.node);
            if !next(row)? {
                return Ok(false);
            }
        }
        if let Some(bound) = bound {
            row[expand.relationship] = bound;
        }
        Ok(true)
    }

    /// Along paths of some length: depth first, no relationship twice in one path. The path so far is the only state.
    fn walk(&self, expand: &Expand, length: Length, row: &mut Row, next: &mut Take<'_>) -> Result<bool> {
        let Some(start) = node_at(row, expand.from) else { return Ok(true) };
        let into = if expand.into { Some(node_at(row, expand.to)) } else { None };
        let wanted = self.wanted(expand, row)?;
        let most = length.to.unwrap_or(usize::MAX);
        let mut path: Vec<Hop> = Vec::new();
        if length.from == 0 && !self.arrive(expand, &path, start, into, row, next)? {
            return Ok(false);
        }
        let mut open: Vec<Box<dyn Iterator<Item = Hop> + '_>> = Vec::new();
        if most > 0 {
            open.push(Box::new(self.hops(expand, start)));
        }
        while let Some(hops) = open.last_mut() {
            let Some(hop) = hops.next() else {
                open.pop();
                path.pop();
                continue;
            };
            self.budget.look(1 + path.len() / 16)?;
            let again = path.iter().any(|h| h.relationship == hop.relationship);
            if again || used(hop.relationship, &expand.unique, row) || !self.fits(hop.relationship, &wanted) {
                continue;
            }
            path.push(hop);
            if path.len() >= length.from && !self.arrive(expand, &path, hop.node, into, row, next)? {
                return Ok(false);
            }
            if path.len() < most {
                self.budget.hold(1)?;
                open.push(Box::new(self.hops(expand, hop.node)));
                self.budget.release(1);
            } else {
                path.pop();
            }
        }
        Ok(true)
    }

    /// Hands on a row that leads to `node`, if that is where it should.
    pub(super) fn arrive(
        &self,
        expand: &Expand,
        path: &[Hop],
        node: u32,
        into: Option<Option<u32>>,
        row: &mut Row,
        next: &mut Take<'_>,
    ) -> Result<bool> {
        let there = match into {
            Some(into) => into == Some(node),
            None => self.has_labels(node, &expand.labels),
        };
        if !there {
            return Ok(true);
        }
        if expand.read {
            self.budget.look(path.len())?;
            let mut relationships: Vec<Value> =
                path.iter().map(|h| Value::Relationship(h.relationship)).collect();
            if expand.reversed {
                relationships.reverse();
            }
            row[expand.relationship] = Value::list(relationships)?;
        }
        row[expand.to] = Value::Node(node);
        next(row)
    }

    /// What the properties of every relationship of a path must be.
    pub(super) fn wanted<'e>(&self, expand: &'e Expand, row: &mut Row) -> Result<Vec<(&'e str, Value)>> {
        expand.properties.iter().map(|(name, value)| Ok((&**name, self.eval(value, row)?))).collect()
    }

    pub(super) fn fits(&self, relationship: u32, wanted: &[(&str, Value)]) -> bool {
        let properties = self.table.relationship_properties(relationship);
        wanted
            .iter()
            .all(|(name, value)| properties.get(*name).is_some_and(|p| p.equals(value) == Some(true)))
    }

    /// The relationships that can be followed from a node; one that leads back to it is followed once.
    pub(super) fn hops(&self, expand: &Expand, node: u32) -> impl Iterator<Item = Hop> + use<'_> {
        let out = match expand.direction {
            Direction::Right | Direction::Both => self.table.outgoing(node),
            Direction::Left => &[],
        };
        let both = expand.direction == Direction::Both;
        let incoming = match expand.direction {
            Direction::Left | Direction::Both => self.table.incoming(node),
            Direction::Right => &[],
        };
        let types = expand.types.clone();
        let hop = |step: &table::Step| Hop { relationship: step.relationship, node: step.node };
        let incoming = incoming.iter().filter(move |step| !both || step.node != node);
        out.iter()
            .chain(incoming)
            .filter(move |step| types.as_ref().is_none_or(|types| types.contains(&step.kind)))
            .map(hop)
    }

    /// The path through these slots, which hold nodes, relationships and lists of relationships.
    fn path(&self, nodes: &[Slot], relationships: &[Slot], row: &Row) -> Value {
        let Some(start) = nodes.first().and_then(|slot| node_at(row, *slot)) else { return Value::Null };
        let mut path = Path { nodes: vec![start], relationships: Vec::new() };
        let mut at = start;
        let mut go = |relationship: u32| {
            let (from, to) = self.table.ends(relationship);
            at = if from == at { to } else { from };
            path.nodes.push(at);
            path.relationships.push(relationship);
        };
        for slot in relationships {
            match &row[*slot] {
                Value::Relationship(relationship) => go(*relationship),
                Value::List(list) => {
                    for relationship in list.iter() {
                        if let Value::Relationship(relationship) = relationship {
                            go(*relationship);
                        }
                    }
                }
                _ => return Value::Null,
            }
        }
        Value::Path(path.into())
    }
}

pub(super) fn node_at(row: &Row, slot: Slot) -> Option<u32> {
    match row[slot] {
        Value::Node(node) => Some(node),
        _ => None,
    }
}

/// Whether one of these slots holds the relationship, which a MATCH uses once.
pub(super) fn used(relationship: u32, slots: &[Slot], row: &Row) -> bool {
    slots.iter().any(|slot| match &row[*slot] {
        Value::Relationship(other) => *other == relationship,
        Value::List(list) => list.contains(&Value::Relationship(relationship)),
        _ => false,
    })
}

fn each(nodes: impl Iterator<Item = u32>, mut visit: impl FnMut(u32) -> Result<bool>) -> Result<bool> {
    for node in nodes {
        if !visit(node)? {
            return Ok(false);
        }
    }
    Ok(true)
}
