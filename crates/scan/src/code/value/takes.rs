//! Where in a call the values stand that a card speaks of.

use catalog::sdk::{From, Signature, Take};
use formats::code::Expr;

use super::super::refer::Evaluator;
use super::super::repo::Place;

impl<'s> Evaluator<'_, 's, '_> {
    /// Where a signature says that a value of a call stands; the first place that is there.
    pub(crate) fn taken(&self, place: Place, signature: &Signature, key: &str) -> Option<Place> {
        let (_, takes) = signature.takes.iter().find(|(name, _)| &**name == key)?;
        takes.iter().find_map(|take| self.take(place, take))
    }

    pub(crate) fn take(&self, place: Place, take: &Take) -> Option<Place> {
        let call = self.call_of(place)?;
        let placed = |index: u32| {
            let mut placed = call.args.iter().filter(|arg| arg.name.is_none() && !arg.spread);
            placed.nth(index as usize).map(|arg| Place { expr: arg.value, ..place })
        };
        let first = match &take.from {
            From::Named(name) => call
                .args
                .iter()
                .find(|arg| arg.name == Some(&**name))
                .map(|arg| Place { expr: arg.value, ..place })
                .or_else(|| {
                    let spread = call.args.iter().filter(|arg| arg.spread);
                    let mut inside = spread.map(|arg| Place { expr: arg.value, ..place });
                    inside.find_map(|inner| self.property(inner, name))
                }),
            From::Place(index) => placed(*index),
            From::After(index) => placed(*index),
            From::Every => call.args.first().map(|arg| Place { expr: arg.value, ..place }),
            From::Receiver => match self.expr(Place { expr: call.callee, ..place }) {
                Expr::Member { of, .. } => Some(Place { expr: *of, ..place }),
                _ => None,
            },
            From::Setter(name) => self.setter(place, name),
            From::Decorated => None,
        }?;
        take.inside.iter().try_fold(first, |at, key| self.property(at, key))
    }

    /// Whether the arguments of a call are those that a signature holds for.
    pub(crate) fn holds(&self, place: Place, signature: &Signature) -> bool {
        signature.when.iter().all(|(take, want)| {
            let given = self.take(place, take).map(|at| self.value(at));
            given.is_some_and(|given| given.display() == catalog::constant_node(want).display())
        })
    }

    /// The argument of a setter: in the chain of calls that ends here or goes on from here, or of an option among the
    /// arguments (`New(WithModel("x"))`).
    pub(crate) fn setter(&self, place: Place, name: &str) -> Option<Place> {
        self.setter_before(place, name).or_else(|| self.setter_after(place, name)).or_else(|| {
            let call = self.call_of(place)?;
            call.args.iter().find_map(|arg| {
                let option = Place { expr: arg.value, ..place };
                let inner = self.call_of(option)?;
                let called = match self.expr(Place { expr: inner.callee, ..place }) {
                    Expr::Name(called) | Expr::Member { name: called, .. } => *called,
                    _ => return None,
                };
                let first = inner.args.first().filter(|_| called == name)?;
                Some(Place { expr: first.value, ..place })
            })
        })
    }

    fn setter_after(&self, place: Place, name: &str) -> Option<Place> {
        let mut at = place;
        for _ in 0..64 {
            at = *self.received.get(&at)?;
            let call = self.call_of(at)?;
            if let Expr::Member { name: here, .. } = self.expr(Place { expr: call.callee, ..at })
                && *here == name
            {
                return call.args.first().map(|arg| Place { expr: arg.value, ..at });
            }
        }
        None
    }

    fn setter_before(&self, place: Place, name: &str) -> Option<Place> {
        let mut at = place;
        for _ in 0..64 {
            let call = self.call_of(at)?;
            let callee = Place { expr: call.callee, ..at };
            let Expr::Member { of, name: here } = self.expr(callee) else { return None };
            if *here == name {
                return call.args.first().map(|arg| Place { expr: arg.value, ..at });
            }
            at = Place { expr: *of, ..at };
            if let Expr::Name(_) = self.expr(at) {
                at = self.written(at)?;
            }
        }
        None
    }
}
