//! The search for attack paths as pure algorithms: they know nodes, edges, costs and fixes, and nothing of assets.
//!
//! A [`Net`] is a directed hypergraph in the form of an AND/OR graph. An *any* node is reached when one of its incoming
//! edges has a reached source; an *all* node when every one has. What is derived is always the least fixpoint, so a
//! circle of premises proves nothing. Techniques, risk and words for people live elsewhere in this crate.
//!
//! Every algorithm is linear in the size of the net or carries a bound on its work, and none enumerates paths. Removing
//! an edge means that this step can no longer be taken: an *all* node that needs it is then never reached. Removal can
//! therefore only make nodes dearer or unreachable, and that is what makes fixes and choke points meaningful.
//!
//! | question | answer | time |
//! |---|---|---|
//! | what is reached, also after fixes | [`Net::reach`], [`Net::reach_without`] | O(V + E) |
//! | from which entries | [`Net::matrix`] | O(V + E) for 64 entries, O(64 E) at worst |
//! | how likely at best | [`Net::cheapest`], [`Net::derivations`] | O(V + E + largest cost) |
//! | by which steps | [`Net::proof`], [`Net::k_best`] | size of the proof; bounded |
//! | what most best proofs share | [`Net::shares`] | O(V + E) |
//! | what alone cuts targets off | [`Net::choke_nodes`], [`Net::choke_fixes`] | O(E log V); O(E) for 64 fixes |
//! | what to fix | [`Net::smallest_fixes`] | NP-hard; exact within a bound, else with a lower bound |

mod bits;
mod build;
mod cheapest;
mod choke;
mod closed;
mod dominators;
mod fixes;
mod flow;
mod gates;
mod hitting;
mod k_best;
mod matrix;
mod net;
mod part;
mod proof;
mod reach;
mod shares;
mod spread;

pub use bits::Bits;
pub use build::{Builder, TooLarge};
pub use cheapest::Costs;
pub use choke::{Choke, Chokes, How};
pub use closed::Removal;
pub use fixes::Fixes;
pub use k_best::KBest;
pub use matrix::Matrix;
pub use net::{Edge, Net};
pub use proof::Proof;
pub use shares::Shares;

/// A node, counted from zero in the order in which the builder made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

/// An edge, counted from zero in the order in which the builder was given it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EdgeId(pub u32);

/// A fix by the caller's own number. Applying it removes every edge that carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FixId(pub u32);

impl NodeId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}
