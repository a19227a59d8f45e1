//! Groups: "any one of these", interned, so that many rules that start from the same holders share one node.

use std::sync::Arc;

use model::{Grounds, Verdict};

use super::{Rules, Start};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct GroupId(pub u32);

/// One of a group, and how sure it is that it belongs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Member {
    pub start: Start,
    pub verdict: Verdict,
    /// Empty where nothing has to be granted.
    pub grounds: Arc<[Grounds]>,
    /// What takes it out of the group.
    pub fix: Option<u32>,
}

impl Member {
    pub(crate) fn sure(start: Start) -> Member {
        Member { start, verdict: Verdict::Allowed, grounds: Arc::from([]), fix: None }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Group {
    pub members: Vec<Member>,
}

impl Rules {
    /// A group of these; one that is sure of itself and alone needs none.
    pub(crate) fn group(&mut self, mut members: Vec<Member>) -> Start {
        members.sort();
        members.dedup();
        if let [only] = &*members
            && only.verdict == Verdict::Allowed
            && only.grounds.is_empty()
        {
            return only.start;
        }
        let id = GroupId(self.groups.len() as u32);
        self.groups.push(Group { members });
        Start::Group(id)
    }
}
