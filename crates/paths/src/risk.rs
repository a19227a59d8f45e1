//! Risk: likelihood in bands and impact in points, every factor kept.
//!
//! A likelihood is a judgement on a scale of costs (tenths of a halving) and is told as a band, never as a chance. It can
//! only fall with each step and only rise with each way that is added, so a fix never raises a risk and an exposure
//! never lowers one.

use std::sync::Arc;

use catalog::RiskCard;
use model::{Factor, Risk, Severity, Verdict};

/// Tenths of a halving: round(−10·log2 p), between 0 and 255.
pub(crate) fn cost(p: f64) -> u8 {
    let tenths = (-10.0 * p.max(1e-9).log2()).round();
    tenths.clamp(0.0, 255.0) as u8
}

/// The likelihood that a cost stands for.
pub(crate) fn likelihood(cost: u32) -> f64 {
    (-f64::from(cost) / 10.0).exp2()
}

/// What a verdict takes off.
pub(crate) fn doubt(weights: &RiskCard, verdict: &Verdict) -> f64 {
    match verdict {
        Verdict::Allowed => 1.0,
        Verdict::Conditional(_) => weights.conditional,
        Verdict::Unknown(_) => weights.unknown,
    }
}

/// The risk of a way whose steps cost so much, to something of such an impact.
pub(crate) fn of(weights: &RiskCard, cost: u32, impact: u8, factors: Vec<Factor>) -> Risk {
    let p = likelihood(cost);
    let band = weights.bands.iter().position(|(_, least)| p >= *least).unwrap_or(weights.bands.len() - 1);
    let row = weights.matrix.iter().find(|(least, _)| impact >= *least).or(weights.matrix.last());
    let level = row.and_then(|(_, levels)| levels.get(band)).and_then(|l| l.parse().ok());
    let name = weights.bands.get(band).map_or_else(|| Arc::from("rare"), |(name, _)| name.clone());
    Risk {
        level: level.unwrap_or(Severity::Info),
        likelihood: name,
        impact,
        order: (p * f64::from(impact) * 1000.0).round() / 1000.0,
        factors,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalog::Catalog;

    #[test]
    fn likelihoods_and_costs_are_one_scale() {
        for (p, want) in [(1.0, 0), (0.95, 1), (0.5, 10), (0.4, 13), (0.2, 23), (0.0, 255)] {
            assert_eq!(cost(p), want, "{p}");
        }
        assert!((likelihood(10) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn risk_rises_with_likelihood_and_with_impact() {
        let catalog = Catalog::embedded();
        for impact in 1..=10 {
            for dearer in 1..200 {
                let here = of(&catalog.risk, dearer - 1, impact, Vec::new());
                let less_likely = of(&catalog.risk, dearer, impact, Vec::new());
                assert!(less_likely.level <= here.level && less_likely.order <= here.order);
                let worse = of(&catalog.risk, dearer, (impact + 1).min(10), Vec::new());
                assert!(worse.level >= less_likely.level && worse.order >= less_likely.order);
            }
        }
    }
}
