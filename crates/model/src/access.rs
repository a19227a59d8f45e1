//! What an attacker can have of an asset, how sure that is, and the grounds that a permission or a route rests on.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Evidence;
use crate::vocabulary::vocabulary;

vocabulary! {
    /// What somebody has of an asset. See [`Level::implies`] for what a level brings with it.
    Level, "level":
    /// Can send packets or requests to it.
    Reach = "reach",
    /// Can use it as its users do: call the model, talk to the agent, sign in to the service.
    Use = "use",
    /// Runs own code or own commands in it, and so holds the identity that it runs as.
    Execute = "execute",
    /// Owns it: can change what it is, or acts as the identity that it is.
    Control = "control",
    /// Reads what it holds: data, weights, prompts, the value of a secret.
    Read = "read",
    /// Changes what it holds: data, weights, what an agent or a model takes in.
    Write = "write",
    /// Has a key that opens it; of use with a route to it.
    Key = "key",
}

impl Level {
    /// The levels that this one brings with it, itself left out.
    pub fn implies(self) -> &'static [Level] {
        match self {
            Level::Control => &[Level::Execute, Level::Use, Level::Reach, Level::Read, Level::Write],
            Level::Execute => &[Level::Use, Level::Reach],
            Level::Use => &[Level::Reach],
            Level::Reach | Level::Read | Level::Write | Level::Key => &[],
        }
    }
}

/// How sure it is that something is allowed. What is not allowed has no verdict at all.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(tag = "verdict", content = "because", rename_all = "lowercase")]
pub enum Verdict {
    Allowed,
    /// Allowed if all of these hold, each a sentence: `aws:SourceVpce is vpce-1`.
    Conditional(Vec<Arc<str>>),
    /// Not known, and why.
    Unknown(Arc<str>),
}

impl Verdict {
    /// Both are needed: the conditions of both; unknown if either is.
    #[must_use]
    pub fn and(self, other: Verdict) -> Verdict {
        match (self, other) {
            (Verdict::Unknown(why), _) | (_, Verdict::Unknown(why)) => Verdict::Unknown(why),
            (Verdict::Conditional(mut all), Verdict::Conditional(more)) => {
                all.extend(more);
                all.sort();
                all.dedup();
                Verdict::Conditional(all)
            }
            (Verdict::Conditional(all), Verdict::Allowed) | (Verdict::Allowed, Verdict::Conditional(all)) => {
                Verdict::Conditional(all)
            }
            (Verdict::Allowed, Verdict::Allowed) => Verdict::Allowed,
        }
    }

    /// Either is enough: the surer one, and of two that are as sure the one with fewer conditions.
    #[must_use]
    pub fn or(self, other: Verdict) -> Verdict {
        let rank = |v: &Verdict| match v {
            Verdict::Allowed => (0, 0),
            Verdict::Conditional(all) => (1, all.len()),
            Verdict::Unknown(_) => (2, 0),
        };
        match rank(&self).cmp(&rank(&other)).then_with(|| self.cmp(&other)) {
            std::cmp::Ordering::Greater => other,
            _ => self,
        }
    }

    pub fn word(&self) -> &'static str {
        match self {
            Verdict::Allowed => "allowed",
            Verdict::Conditional(_) => "conditional",
            Verdict::Unknown(_) => "unknown",
        }
    }
}

/// One reason why a permission or a route is there: a sentence, and the place that it was read from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Grounds {
    /// `policy read of role app allows s3:GetObject on arn:aws:s3:::data/*`.
    pub says: Arc<str>,
    pub evidence: Evidence,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_join() {
        let when = |all: &[&str]| Verdict::Conditional(all.iter().map(|c| Arc::from(*c)).collect());
        let unknown = || Verdict::Unknown("why".into());
        assert_eq!(Verdict::Allowed.and(when(&["a"])), when(&["a"]));
        assert_eq!(when(&["b", "a"]).and(when(&["a"])), when(&["a", "b"]));
        assert_eq!(when(&["a"]).and(unknown()), unknown());
        assert_eq!(when(&["a", "b"]).or(when(&["c"])), when(&["c"]));
        assert_eq!(unknown().or(when(&["c"])), when(&["c"]));
        assert_eq!(when(&["c"]).or(Verdict::Allowed), Verdict::Allowed);
    }

    #[test]
    fn implied_levels_imply_nothing_new() {
        for level in Level::ALL {
            for implied in level.implies() {
                assert!(implied.implies().iter().all(|l| level.implies().contains(l)), "{level} {implied}");
            }
        }
    }
}
