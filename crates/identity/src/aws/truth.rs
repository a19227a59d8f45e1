//! Three-valued logic with its reasons: yes, no, yes if something holds that nobody can tell here, or not known at all.

use std::sync::Arc;

use model::Verdict;

/// Something that is not decided here: the sentence for it, and the one for its opposite.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Caveat {
    pub(super) holds: Arc<str>,
    pub(super) fails: Arc<str>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    No,
    Yes,
    /// If all of these hold. Never empty.
    If(Vec<Caveat>),
    Unknown(Arc<str>),
}

impl Truth {
    pub(super) fn when(holds: impl Into<Arc<str>>, fails: impl Into<Arc<str>>) -> Self {
        Truth::If(vec![Caveat { holds: holds.into(), fails: fails.into() }])
    }

    pub(super) fn of(known: bool) -> Self {
        if known { Truth::Yes } else { Truth::No }
    }

    pub(super) fn is_no(&self) -> bool {
        matches!(self, Truth::No)
    }

    /// Both hold. What would need something and its opposite is no.
    #[must_use]
    pub(super) fn and(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::No, _) | (_, Truth::No) => Truth::No,
            (Truth::Unknown(why), _) | (_, Truth::Unknown(why)) => Truth::Unknown(why),
            (Truth::Yes, other) | (other, Truth::Yes) => other,
            (Truth::If(mut all), Truth::If(more)) => {
                if all.iter().any(|a| more.iter().any(|b| a.holds == b.fails)) {
                    return Truth::No;
                }
                all.extend(more);
                all.sort();
                all.dedup_by(|a, b| a.holds == b.holds);
                Truth::If(all)
            }
        }
    }

    /// Either holds: the surer of the two.
    #[must_use]
    pub(super) fn or(self, other: Truth) -> Truth {
        if other.rank() < self.rank() { other } else { self }
    }

    /// The less, the surer.
    pub(super) fn rank(&self) -> (u8, usize) {
        match self {
            Truth::Yes => (0, 0),
            Truth::If(all) => (1, all.len()),
            Truth::Unknown(_) => (2, 0),
            Truth::No => (3, 0),
        }
    }

    #[must_use]
    pub(super) fn not(self) -> Truth {
        match self {
            Truth::No => Truth::Yes,
            Truth::Yes => Truth::No,
            Truth::Unknown(why) => Truth::Unknown(why),
            Truth::If(all) => match &all[..] {
                [one] => Truth::If(vec![Caveat { holds: one.fails.clone(), fails: one.holds.clone() }]),
                _ => {
                    let all: Vec<&str> = all.iter().map(|c| &*c.holds).collect();
                    let all = all.join(" and ");
                    Truth::when(format!("unless {all}"), all)
                }
            },
        }
    }

    /// What is not allowed has no verdict.
    pub(super) fn verdict(self) -> Option<Verdict> {
        match self {
            Truth::No => None,
            Truth::Yes => Some(Verdict::Allowed),
            Truth::Unknown(why) => Some(Verdict::Unknown(why)),
            Truth::If(all) => {
                let mut all: Vec<Arc<str>> = all.into_iter().map(|c| c.holds).collect();
                all.sort();
                all.dedup();
                Some(Verdict::Conditional(all))
            }
        }
    }

    pub(super) fn from_verdict(verdict: Verdict) -> Truth {
        match verdict {
            Verdict::Allowed => Truth::Yes,
            Verdict::Unknown(why) => Truth::Unknown(why),
            Verdict::Conditional(all) => {
                let caveat = |holds: Arc<str>| Caveat { fails: format!("unless {holds}").into(), holds };
                Truth::If(all.into_iter().map(caveat).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn when(text: &str) -> Truth {
        Truth::when(text, format!("not {text}"))
    }

    #[test]
    fn both_either_and_not() {
        let unknown = || Truth::Unknown("why".into());
        assert_eq!(when("a").and(when("a").not()), Truth::No, "a thing and its opposite");
        assert_eq!(when("a").and(when("a")), when("a"));
        assert_eq!(unknown().and(Truth::No), Truth::No);
        assert_eq!(unknown().and(when("a")), unknown());
        assert_eq!(unknown().or(when("a")), when("a"));
        assert_eq!(when("a").and(when("b")).or(when("c")), when("c"));
        assert_eq!(when("a").not().not(), when("a"));
        assert_eq!(
            when("a").and(when("b")).not().verdict(),
            Some(Verdict::Conditional(vec!["unless a and b".into()]))
        );
        assert_eq!(Truth::No.verdict(), None);
    }
}
