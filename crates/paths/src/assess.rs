//! What paths say of findings and assets: the risk of a finding in its context, and the posture of scopes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::{AttackPaths, FindingRisk, Outcome, Posture, Severity, Status};

use crate::attack::AttackGraph;
use crate::rules::Start;

impl AttackGraph<'_> {
    /// The risk of each outcome, in their order; none for what is no open fault, or could not be evaluated.
    ///
    /// A finding has the risk of the worst path that its fix would break. One that is on no path has its own severity
    /// where an attacker gets at the asset at all, and no more than medium where nothing leads there.
    pub fn finding_risks(&self, paths: &AttackPaths) -> Vec<Option<FindingRisk>> {
        let mut on: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        for (index, path) in paths.paths.iter().enumerate() {
            for fix in path.steps.iter().flat_map(|step| &step.fixes).filter(|fix| fix.check.is_some()) {
                on.entry(&fix.id).or_default().insert(index);
            }
        }
        let exposed = self.exposed();
        self.facts
            .outcomes
            .iter()
            .map(|outcome| {
                if outcome.status != Status::Fail || outcome.suppressed.is_some() {
                    return None;
                }
                let id = format!("{}@{}", outcome.check, outcome.asset);
                let mine = on.get(&*id);
                Some(match mine.and_then(|paths| paths.first()) {
                    // Paths are sorted, the riskiest first.
                    Some(worst) => FindingRisk {
                        level: paths.paths[*worst].risk.level,
                        paths: mine.into_iter().flatten().map(|i| paths.paths[*i].id.clone()).collect(),
                        because: "the worst attack path that its fix breaks".into(),
                    },
                    None => self.off_path(outcome, &exposed),
                })
            })
            .collect()
    }

    fn off_path(&self, outcome: &Outcome, exposed: &BTreeSet<u32>) -> FindingRisk {
        let asset = self.facts.graph.find(&outcome.asset);
        let (level, because) = match asset.is_some_and(|asset| exposed.contains(&(asset as u32))) {
            true => (outcome.severity, "its severity: an attacker gets at the asset"),
            false => (outcome.severity.min(Severity::Medium), "no attack path leads to the asset"),
        };
        FindingRisk { level, paths: Vec::new(), because: because.into() }
    }

    /// Assets of which an attacker has anything at all, from any entry.
    fn exposed(&self) -> BTreeSet<u32> {
        let reached = self.net.reach(&self.entries);
        let states = reached.iter().filter_map(|node| match self.starts.get(node) {
            Some(Some(Start::State(state))) => Some(state.asset),
            _ => None,
        });
        states.collect()
    }

    /// The posture of the estate and of each scope.
    ///
    /// An asset begins with 100 points and loses those of each of its findings (`posture` in the weights, by the
    /// finding's risk). A scope has the mean of its assets' points and the least of them, half and half: one bad asset
    /// is seen, and so are many middling ones. Only AI assets and what serves them count.
    pub fn posture(&self, risks: &[Option<FindingRisk>]) -> Option<Posture> {
        let weights = &self.facts.catalog.risk.posture;
        let points = |level: Severity| {
            let row = weights.iter().find(|(name, _)| &**name == level.as_str());
            row.map_or(0.0, |(_, points)| *points)
        };
        let graph = self.facts.graph;
        let counted = (0..graph.assets().len()).filter(|asset| graph.is_ai(*asset));
        let mut scores: BTreeMap<usize, f64> = counted.map(|asset| (asset, 100.0)).collect();
        for (outcome, risk) in self.facts.outcomes.iter().zip(risks) {
            let Some(risk) = risk else { continue };
            if let Some(score) = graph.find(&outcome.asset).and_then(|asset| scores.get_mut(&asset)) {
                *score = (*score - points(risk.level)).max(0.0);
            }
        }
        let mut scopes: BTreeMap<Arc<str>, Vec<f64>> = BTreeMap::new();
        for (asset, score) in &scores {
            scopes.entry(graph.assets()[*asset].scope.clone()).or_default().push(*score);
        }
        let all: Vec<f64> = scores.into_values().collect();
        let (score, worst, mean) = combined(&all)?;
        let scopes = scopes.into_iter().filter_map(|(scope, all)| Some((scope, combined(&all)?.0)));
        Some(Posture { score, worst, mean, assets: all.len(), scopes: scopes.collect() })
    }
}

/// Mean and worst, half and half, rounded down.
fn combined(scores: &[f64]) -> Option<(u8, u8, u8)> {
    let worst = scores.iter().copied().reduce(f64::min)?;
    let mean = scores.iter().sum::<f64>() / scores.len() as f64;
    Some((((worst + mean) / 2.0) as u8, worst as u8, mean as u8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_half_its_worst_and_half_its_mean() {
        for (scores, want) in [
            (&[100.0, 100.0][..], Some((100, 100, 100))),
            (&[100.0, 0.0], Some((25, 0, 50))),
            (&[70.0], Some((70, 70, 70))),
            (&[], None),
        ] {
            assert_eq!(combined(scores), want, "{scores:?}");
        }
    }
}
