//! The AI verb matrix: identity × verb × resource, each cell allowed, conditional or unknown, with the statement that
//! decides. A verb is answered by the techniques whose cards name it, so the matrix and the paths never disagree.

use std::sync::Arc;

use model::{Cell, Foothold, Grounds, Matrix, Verdict};

use crate::attack::AttackGraph;
use crate::rules::{Member, Origins, Rule, Start};

/// Cells that one answer gives at most.
const MAX_CELLS: usize = 100_000;

impl AttackGraph<'_> {
    /// The verbs that cards speak of.
    pub fn verbs(&self) -> Vec<Arc<str>> {
        let cards = self.facts.catalog.techniques.iter();
        let mut verbs: Vec<Arc<str>> =
            cards.filter_map(|t| t.card.verb.as_ref().map(|v| v.text.clone())).collect();
        verbs.sort();
        verbs.dedup();
        verbs
    }

    /// Every cell whose verb, identity and resource are wanted. Identities and resources are indices of assets.
    pub fn matrix(
        &self,
        verb: &dyn Fn(&str) -> bool,
        who: &dyn Fn(&Foothold) -> bool,
        resource: &dyn Fn(usize) -> bool,
    ) -> Matrix {
        let mut matrix = Matrix::default();
        for rule in &self.rules.rules {
            let Origins::Card(card) = rule.origin else { continue };
            let card = &self.facts.catalog.techniques[card as usize].card;
            let Some(name) = card.verb.as_ref().filter(|name| verb(name)) else { continue };
            if !resource(rule.subject as usize) {
                continue;
            }
            for (start, verdict, grounds) in self.permitted(rule) {
                let Some(foothold) = self.foothold(start).filter(|foothold| who(foothold)) else { continue };
                if matrix.cells.len() >= MAX_CELLS {
                    matrix.cut = true;
                    return matrix;
                }
                matrix.cells.push(Cell {
                    who: foothold,
                    verb: name.text.clone(),
                    resource: self.facts.graph.assets()[rule.subject as usize].id.clone(),
                    technique: card.technique.text.clone(),
                    verdict,
                    grounds,
                    needs: self.other_needs(rule),
                });
            }
        }
        matrix.cells.sort_by(|a, b| {
            (&a.resource, &a.verb, &a.who, &a.technique).cmp(&(&b.resource, &b.verb, &b.who, &b.technique))
        });
        matrix.cells.dedup_by(|a, b| (&a.resource, &a.verb, &a.who) == (&b.resource, &b.verb, &b.who));
        matrix
    }

    /// Those whom a permission of the rule lets, and where it has none whoever stands at its needs.
    fn permitted(&self, rule: &Rule) -> Vec<(Start, Verdict, Vec<Grounds>)> {
        let by_permission = rule.needs.iter().rfind(|need| self.is_permission(**need));
        let need = by_permission.or(rule.needs.last());
        let mut found = Vec::new();
        let mut open: Vec<(Start, Verdict, Vec<Grounds>)> =
            need.map(|need| (*need, rule.verdict.clone(), Vec::new())).into_iter().collect();
        while let Some((start, verdict, grounds)) = open.pop() {
            let Start::Group(group) = start else {
                let mut grounds = grounds;
                grounds.extend(rule.grounds.iter().cloned());
                found.push((start, verdict, grounds));
                continue;
            };
            for member in &self.rules.groups[group.0 as usize].members {
                let Member { start, verdict: theirs, grounds: why, .. } = member;
                let all = grounds.iter().chain(why.iter()).cloned().collect();
                open.push((*start, verdict.clone().and(theirs.clone()), all));
            }
        }
        found
    }

    /// Whether a need is a group of holders of a permission.
    fn is_permission(&self, need: Start) -> bool {
        let Start::Group(group) = need else { return false };
        self.rules.groups[group.0 as usize]
            .members
            .iter()
            .any(|member| !member.grounds.is_empty() || matches!(member.start, Start::Group(_)))
    }

    fn other_needs(&self, rule: &Rule) -> Vec<Foothold> {
        let others = rule.needs.iter().filter(|need| !self.is_permission(**need));
        if rule.needs.len() < 2 {
            return Vec::new();
        }
        others.filter_map(|need| self.foothold(*need)).collect()
    }
}
