//! The patterns of a MATCH as nodes and edges between slots, and its conditions parted at AND.

use std::sync::Arc;

use super::planner::{Condition, Edge, Goal, Node, PathOf};
use super::{Lower, Sort};
use crate::query::ast::{self, Name};
use crate::query::error::{Mistake, QueryError};
use crate::query::plan::{Access, Expr, Matching, Slot};

impl Lower<'_> {
    pub(super) fn matching(
        &mut self,
        patterns: &[ast::Pattern],
        condition: Option<&ast::Expr>,
    ) -> Result<Matching, QueryError> {
        let bound: Vec<Slot> = self.scope.iter().map(|v| v.slot).collect();
        let first = self.frame;
        let mut goal = Goal { bound, ..Goal::default() };
        let mut elements = Vec::new();
        for pattern in patterns {
            self.pattern(pattern, &mut goal, &mut elements)?;
        }
        // Properties in patterns are conditions like those of WHERE; they can name any variable of the MATCH.
        for (slot, properties) in elements {
            self.property_conditions(slot, properties, &mut goal)?;
        }
        match condition {
            Some(ast::Expr::And(parts)) => {
                for part in parts {
                    self.condition(part, &mut goal)?;
                }
            }
            Some(condition) => self.condition(condition, &mut goal)?,
            None => {}
        }
        let mut matching = goal.plan(self.graph.table());
        let declared = self.scope.iter().filter(|v| v.slot >= first).map(|v| v.slot);
        matching.binds = declared.collect();
        Ok(matching)
    }

    /// A pattern as a condition: its new variables end with it.
    pub(super) fn inner_matching(
        &mut self,
        patterns: &[ast::Pattern],
        condition: Option<&ast::Expr>,
    ) -> Result<Matching, QueryError> {
        let depth = self.scope.len();
        let first = self.frame;
        let matching = self.matching(patterns, condition);
        self.scope.truncate(depth);
        // Of what stands inside, only what comes from outside is used.
        self.used.retain(|slot| *slot < first);
        matching
    }

    /// Adds a pattern to the goal; `elements` are the slots whose properties it states.
    fn pattern<'p>(
        &mut self,
        pattern: &'p ast::Pattern,
        goal: &mut Goal,
        elements: &mut Vec<(Slot, &'p [(Name, ast::Expr)])>,
    ) -> Result<(), QueryError> {
        let mut nodes: Vec<Slot> = Vec::new();
        for node in &pattern.nodes {
            let slot = self.pattern_node(node, goal)?;
            nodes.push(slot);
            elements.push((slot, &node.properties));
        }
        let mut relationships = Vec::new();
        for (i, relationship) in pattern.relationships.iter().enumerate() {
            let edge = self.pattern_edge(relationship, pattern, (nodes[i], nodes[i + 1]), goal)?;
            relationships.push(edge.relationship);
            if edge.length.is_none() && edge.shortest.is_none() {
                elements.push((edge.relationship, &relationship.properties));
            }
            goal.edges.push(edge);
        }
        if let Some(name) = &pattern.path {
            let slot = self.declare(name, Sort::Path)?;
            goal.paths.push(PathOf { slot, nodes, relationships });
        }
        Ok(())
    }

    fn pattern_node(&mut self, node: &ast::NodePattern, goal: &mut Goal) -> Result<Slot, QueryError> {
        let slot = match &node.variable {
            Some(name) => self.element(name, Sort::Node)?.0,
            None => self.slot(),
        };
        let labels = self.labels(&node.labels);
        match goal.nodes.iter_mut().find(|known| known.slot == slot) {
            Some(known) => known.labels.extend(labels),
            None => goal.nodes.push(Node { slot, labels }),
        }
        if node.variable.is_some() {
            self.used.push(slot);
        }
        Ok(slot)
    }

    /// The slot of a variable in a pattern, and whether it was there before.
    fn element(&mut self, name: &Name, sort: Sort) -> Result<(Slot, bool), Mistake> {
        match self.find(&name.text).map(|v| (v.slot, v.sort)) {
            None => Ok((self.bind(name.text.clone(), sort), false)),
            Some((slot, known)) if known == sort || known == Sort::Value => Ok((slot, true)),
            Some((_, known)) => {
                let message = format!("{} is {} and cannot be {} too", name.text, known.word(), sort.word());
                Err(self.mistake(&name.span, message))
            }
        }
    }

    fn pattern_edge(
        &mut self,
        relationship: &ast::RelationshipPattern,
        pattern: &ast::Pattern,
        (from, to): (Slot, Slot),
        goal: &Goal,
    ) -> Result<Edge, QueryError> {
        let sort = if relationship.length.is_some() { Sort::Relationships } else { Sort::Relationship };
        let (slot, known) = match &relationship.variable {
            Some(name) => self.element(name, sort)?,
            None => (self.slot(), false),
        };
        if known {
            self.used.push(slot);
        }
        let name = relationship.variable.as_ref();
        if let Some(name) = name.filter(|_| known) {
            let here = goal.edges.iter().any(|edge| edge.relationship == slot);
            if here || sort == Sort::Relationships {
                let message = format!("relationship {} stands in the pattern twice", name.text);
                let message = if here { message } else { format!("{} is already declared", name.text) };
                return Err(self.mistake(&name.span, message).into());
            }
        }
        let table = self.graph.table();
        let mut types = Vec::new();
        for name in &relationship.types {
            match table.relationship_kind(&name.text) {
                Some(kind) => types.push(kind),
                None => self.unmet("relationship of type", &name.text, table.types(), |words| words.types),
            }
        }
        let mut properties = Vec::new();
        if relationship.length.is_some() || pattern.shortest.is_some() {
            for (key, value) in &relationship.properties {
                let (value, used) = self.tracked(value)?;
                properties.push((key.text.clone(), value));
                if used.iter().any(|slot| !goal.bound.contains(slot)) {
                    let message = "of a path, relationships are compared with what an earlier clause found";
                    return Err(self.mistake(&key.span, message).into());
                }
            }
        }
        Ok(Edge {
            from,
            to,
            relationship: slot,
            bound: known,
            types: (!relationship.types.is_empty()).then_some(types),
            direction: relationship.direction,
            length: relationship.length,
            shortest: pattern.shortest,
            properties,
            read: relationship.variable.is_some() || pattern.path.is_some(),
        })
    }

    fn property_conditions(
        &mut self,
        slot: Slot,
        properties: &[(Name, ast::Expr)],
        goal: &mut Goal,
    ) -> Result<(), QueryError> {
        for (key, value) in properties {
            let (value, needs) = self.tracked(value)?;
            let equality = Some((slot, key.text.clone(), value.clone(), needs.clone()));
            let read = Expr::Access(Box::new(Expr::Slot(slot)), vec![Access::Property(key.text.clone())]);
            let expr = Expr::Comparison(Box::new(read), vec![(ast::Comparison::Equal, value)]);
            goal.conditions.push(Condition { expr, needs: [needs, vec![slot]].concat(), equality });
        }
        Ok(())
    }

    /// An expression and the slots that it names, which count as used here too.
    fn tracked(&mut self, expr: &ast::Expr) -> Result<(Expr, Vec<Slot>), QueryError> {
        let before = std::mem::take(&mut self.used);
        let lowered = self.expr(expr);
        let used = std::mem::replace(&mut self.used, before);
        self.used.extend(&used);
        Ok((lowered?, used))
    }

    /// One condition of a WHERE. Labels and equalities are remembered for finding nodes by.
    fn condition(&mut self, condition: &ast::Expr, goal: &mut Goal) -> Result<(), QueryError> {
        if let ast::Expr::And(parts) = condition {
            return parts.iter().try_for_each(|part| self.condition(part, goal));
        }
        let (expr, needs) = self.tracked(condition)?;
        if let Expr::Access(base, accesses) = &expr
            && let (Expr::Slot(slot), [Access::Labels(labels)]) = (&**base, &**accesses)
            && let Some(node) = goal.nodes.iter_mut().find(|node| node.slot == *slot)
            && !goal.bound.contains(slot)
        {
            node.labels.extend(labels);
        }
        let equality = equality(&expr).map(|(slot, name, value)| {
            let other = needs.iter().copied().filter(|need| *need != slot).collect();
            (slot, name, value, other)
        });
        goal.conditions.push(Condition { expr, needs, equality });
        Ok(())
    }
}

/// `n.name = value`, either way round, where the value does not speak of `n`.
fn equality(expr: &Expr) -> Option<(Slot, Arc<str>, Expr)> {
    let Expr::Comparison(left, rest) = expr else { return None };
    let [(ast::Comparison::Equal, right)] = &**rest else { return None };
    let property = |side: &Expr| {
        let Expr::Access(base, accesses) = side else { return None };
        match (&**base, &**accesses) {
            (Expr::Slot(slot), [Access::Property(name)]) => Some((*slot, name.clone())),
            _ => None,
        }
    };
    match (property(left), property(right)) {
        (Some((slot, name)), None) => Some((slot, name, right.clone())),
        (None, Some((slot, name))) => Some((slot, name, (**left).clone())),
        _ => None,
    }
}
