//! Kinds that share: what a card takes over from the kind it is like, and checks on all kinds below a name.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use model::Class;

use crate::card::{Cards, CheckCard, KindCard, Text};

impl Cards {
    /// Gives every kind what the kind it is `like` has. One step only: a kind that others are like is like none.
    pub(crate) fn inherit(&mut self) {
        let named: HashSet<&str> = self.kinds.iter().filter_map(|k| k.like.as_deref()).collect();
        let bases = self.kinds.iter().filter(|k| named.contains(&*k.kind.text) && k.like.is_none());
        let bases: HashMap<Arc<str>, KindCard> = bases.map(|k| (k.kind.text.clone(), k.clone())).collect();
        for card in &mut self.kinds {
            if let Some(base) = card.like.as_ref().and_then(|like| bases.get(&like.text)) {
                card.inherit(base);
            }
        }
    }
}

impl KindCard {
    /// Takes over what a card says for all that are like it. What stands here already stays.
    fn inherit(&mut self, base: &KindCard) {
        fn named<T: Clone>(mine: &mut Vec<(Text, T)>, theirs: &[(Text, T)]) {
            let new = theirs.iter().filter(|(name, _)| !mine.iter().any(|(n, _)| n.text == name.text));
            let new: Vec<_> = new.cloned().collect();
            mine.extend(new);
        }
        named(&mut self.defaults, &base.defaults);
        named(&mut self.facts, &base.facts);
        let stated: Vec<Arc<str>> = self.relations.iter().map(|r| r.relation.text.clone()).collect();
        let more = base.relations.iter().filter(|r| !stated.contains(&r.relation.text));
        self.relations.extend(more.cloned());
        self.attributes.extend(base.attributes.iter().cloned());
        self.secret.extend(base.secret.iter().cloned());
    }
}

impl CheckCard {
    /// Whether it is on a kind of this id and class. A final dot in `on` takes all kinds below.
    pub fn is_on(&self, kind: &str, class: Class) -> bool {
        let named = |on: &Text| &**on == kind || on.ends_with('.') && kind.starts_with(&**on);
        self.class == Some(class) || self.on.iter().any(named)
    }
}
