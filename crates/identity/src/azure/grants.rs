//! What every system of rights comes down to: somebody has a role at a place.

use std::collections::HashMap;
use std::sync::Arc;

use graph::Principal;
use model::{Evidence, Grounds, Verdict};

use super::condition::Condition;
use super::roles::Role;
use super::scope::{Arm, Part};

/// What an owner has, in place of a role.
pub(super) const OWNERSHIP: &str = "ownership";

/// Where a grant holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// An asset, and everything that it contains.
    Asset(usize),
    /// What lies below an asset under types and names that are no asset's.
    Below(usize, Vec<(Arc<str>, Part)>),
    /// A resource id that is not an asset's, seen from a configuration.
    Id(Arm, Arc<str>),
    /// What a reference names that is no asset: a data source. By configuration and address.
    Address(Arc<str>, Arc<str>),
    /// A management group that is no asset, by what names it, seen from a configuration.
    ManagementGroup(Arc<str>, Arc<str>),
    /// Everything.
    Everywhere,
    /// Everything in the Entra tenant of a configuration.
    Tenant(Arc<str>),
    /// Something in reach of a configuration, and why it is not known what.
    Unknown(Arc<str>, Arc<str>),
}

/// One of those that a grant is given to.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) principal: Principal,
    pub(super) verdict: Verdict,
    /// How it comes to be one of them: by which group.
    pub(super) through: Vec<Grounds>,
}

/// Somebody has a role.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub(super) members: Arc<[Member]>,
    /// Whom the statement itself names, for its sentence.
    pub(super) who: Arc<str>,
    pub(super) role: Arc<Role>,
    /// What the role is called in a sentence: `role Reader`, `access policy`.
    pub(super) what: Arc<str>,
    pub(super) place: Arc<str>,
    /// What must be done before it holds.
    pub(super) needs: Option<Arc<str>>,
    pub(super) condition: Option<Arc<Condition>>,
    pub(super) evidence: Evidence,
}

/// A statement that takes rights away from whoever has them.
#[derive(Clone, Debug)]
pub(super) struct Denial {
    pub(super) name: Arc<str>,
    pub(super) place: usize,
    pub(super) role: Role,
    pub(super) everybody: bool,
    pub(super) of: Vec<Principal>,
    pub(super) except: Vec<Principal>,
    /// Some of those it is of, or not of, could not be told.
    pub(super) open: bool,
    pub(super) children: bool,
}

/// All grants, by place.
#[derive(Debug, Default)]
pub(super) struct Grants {
    pub(super) places: Vec<Place>,
    pub(super) at: Vec<Vec<Grant>>,
    index: HashMap<Place, usize>,
    pub(super) denials: Vec<Denial>,
}

impl Grants {
    pub(super) fn add(&mut self, place: Place, grant: Grant) {
        let index = *self.index.entry(place.clone()).or_insert_with(|| {
            self.places.push(place);
            self.at.push(Vec::new());
            self.at.len() - 1
        });
        self.at[index].push(grant);
    }

    pub(super) fn place(&self, place: &Place) -> Option<usize> {
        self.index.get(place).copied()
    }
}
