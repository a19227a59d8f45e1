//! What an attacker wants: target cards applied to the graph, with the impact of each and what makes it.

use std::sync::Arc;

use catalog::cel::Evaluation;
use catalog::{Target, TargetCard};
use graph::Estate;
use model::Factor;

use crate::rules::{Facts, State};

/// One target: a state, and how bad it is if an attacker has it.
#[derive(Clone, Debug)]
pub(crate) struct Wanted<'f> {
    pub card: &'f TargetCard,
    pub state: State,
    /// 1 to 10.
    pub impact: u8,
    pub factors: Vec<Factor>,
}

/// Every target, by asset and level; of several cards on one state the one with the greatest impact.
pub(crate) fn wanted<'f>(facts: &Facts<'f>) -> Vec<Wanted<'f>> {
    let today = (!facts.today.is_empty()).then(|| Arc::from(facts.today));
    let estate = Estate { graph: facts.graph, catalog: facts.catalog, today };
    let mut found: Vec<Wanted<'f>> = Vec::new();
    for (index, asset) in facts.graph.assets().iter().enumerate() {
        let cards = facts.catalog.targets.iter().filter(|t| t.is_on(&asset.kind, asset.class));
        for target in cards {
            let Some((impact, factors)) = impact(target, index, &estate) else { continue };
            found.extend(target.card.levels.iter().map(|level| Wanted {
                card: &target.card,
                state: State { asset: index as u32, level: *level },
                impact,
                factors: factors.clone(),
            }));
        }
    }
    found.sort_by(|a, b| {
        let by_worth = || b.impact.cmp(&a.impact).then_with(|| a.card.target.text.cmp(&b.card.target.text));
        a.state.cmp(&b.state).then_with(by_worth)
    });
    found.dedup_by_key(|wanted| wanted.state);
    found
}

/// The impact on one asset; none if the card does not apply. What is not known raises nothing.
fn impact(target: &Target, asset: usize, estate: &Estate<'_>) -> Option<(u8, Vec<Factor>)> {
    let plan = target.plan().ok()?;
    if let Some(when) = &plan.when
        && Evaluation::new(asset, estate).decide(&when.expr) != Ok(true)
    {
        return None;
    }
    let card = &target.card;
    let mut impact = card.impact;
    let name = format!("impact of {}", card.target.text);
    let mut factors = vec![Factor { name: name.into(), value: f64::from(card.impact) }];
    for (raise, program) in card.raise.iter().zip(&plan.raise) {
        if Evaluation::new(asset, estate).decide(&program.expr) == Ok(true) {
            impact = impact.saturating_add(raise.by);
            factors.push(Factor { name: raise.because.clone(), value: f64::from(raise.by) });
        }
    }
    Some((impact.min(10), factors))
}
