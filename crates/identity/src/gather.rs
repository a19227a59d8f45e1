//! Holders as they are found, one binding after the other.

use std::collections::BTreeMap;
use std::sync::Arc;

use graph::{Holder, Holders, Principal};
use model::{Grounds, Verdict};

/// Grounds of one holder that are kept; more tell nothing new.
const MAX_GROUNDS: usize = 4;

/// Each principal once, with its surest verdict and the grounds for it first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gathered {
    found: BTreeMap<Principal, (Verdict, Vec<Grounds>)>,
}

impl Gathered {
    pub(crate) fn add(&mut self, principal: Principal, verdict: Verdict, mut grounds: Vec<Grounds>) {
        let Some((old, kept)) = self.found.get_mut(&principal) else {
            grounds.truncate(MAX_GROUNDS);
            self.found.insert(principal, (verdict, grounds));
            return;
        };
        let better = old.clone().or(verdict.clone());
        if better == verdict && *old != verdict {
            std::mem::swap(kept, &mut grounds);
            *old = better;
        }
        for ground in grounds {
            if kept.len() < MAX_GROUNDS && !kept.contains(&ground) {
                kept.push(ground);
            }
        }
    }

    pub(crate) fn holders(self) -> Option<Arc<Holders>> {
        let holder = |(principal, (verdict, grounds)): (Principal, (Verdict, Vec<Grounds>))| Holder {
            principal,
            verdict,
            grounds: grounds.into(),
        };
        let holders: Vec<Holder> = self.found.into_iter().map(holder).collect();
        (!holders.is_empty()).then(|| Arc::new(Holders(holders)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Evidence;

    #[test]
    fn the_surest_verdict_counts_and_its_grounds_come_first() {
        let because = |says: &str| Grounds {
            says: says.into(),
            evidence: Evidence::Pointer { document: "d".into(), pointer: "".into() },
        };
        let mut gathered = Gathered::default();
        gathered.add(Principal::Anyone, Verdict::Unknown("why".into()), vec![because("a")]);
        gathered.add(Principal::Anyone, Verdict::Allowed, vec![because("b")]);
        gathered.add(Principal::Anyone, Verdict::Conditional(vec!["c".into()]), vec![because("c")]);
        let holders = gathered.holders().unwrap();
        assert_eq!(holders.0.len(), 1);
        let holder = &holders.0[0];
        assert_eq!(holder.verdict, Verdict::Allowed);
        assert_eq!(holder.grounds.iter().map(|g| &*g.says).collect::<Vec<_>>(), ["b", "a", "c"]);
        assert!(Gathered::default().holders().is_none());
    }
}
