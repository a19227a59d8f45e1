//! The words in which the rooms that derive speak to each other: who may do what, and what reaches what.
//!
//! `identity` answers [`Permissions`], `network` answers [`Reachability`], `paths` asks both. Answers come in shared
//! groups: many resources with one group of holders, many workloads with one set of routes. Nobody ever writes out
//! the product of principals and resources.

use std::sync::Arc;

use model::{Coverage, Grounds, Verdict};

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Principal {
    /// An asset by index: a role, a user, a service account, a workload or an agent with an identity of its own, a
    /// CI job whose token a cloud accepts.
    Asset(usize),
    /// Everybody, without signing in.
    Anyone,
    /// Everybody who has an account of that kind, whoever gave it: `any AWS account`, `any Google account`,
    /// `any GitHub repository`.
    AnyAccount(Arc<str>),
    /// Somebody definite whom the estate does not describe, as written: another account, a group, an app.
    Outside(Arc<str>),
}

/// What it is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum On<'r> {
    /// An asset by index, or what it holds: the objects of a bucket, the versions of a secret.
    Asset(usize),
    /// Something that whoever acts makes or chooses: a notebook that does not exist yet. Holders on any resource count.
    Any,
    /// A resource by its id or a pattern of ids, in the provider's form.
    Named(&'r str),
}

/// A question: who may do one of `actions` on something?
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// In the provider's form: `s3:GetObject`, `Microsoft.CognitiveServices/accounts/listKeys/action`,
    /// `aiplatform.customJobs.create`, `create pods`. Any one of them will do.
    pub actions: &'r [Arc<str>],
    pub on: On<'r>,
    /// What is known of the request: `iam:PassedToService` is `sagemaker.amazonaws.com`.
    pub context: &'r [(Arc<str>, Arc<str>)],
}

/// One who may.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Holder {
    pub principal: Principal,
    pub verdict: Verdict,
    /// The statements, assignments or bindings that decide, the most telling first. Never empty.
    pub grounds: Arc<[Grounds]>,
}

/// Some who may, sorted, each principal once. One `Arc` for one group: whoever asks may tell groups apart by address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holders(pub Vec<Holder>);

/// Who may do what.
pub trait Permissions {
    /// Everybody who may; a principal may be in several groups (take the surest verdict).
    fn who_can(&self, request: &Request<'_>) -> Vec<Arc<Holders>>;
    /// What could not be understood or is not described: a policy that does not parse, a role that is not known.
    fn notes(&self) -> Vec<Coverage>;
}

/// Where requests come from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    Internet,
    /// Addresses outside the estate that are not the whole internet: `203.0.113.0/24`.
    Range(Arc<str>),
    /// An asset from which an attacker sends: a workload, a virtual machine.
    Asset(usize),
}

/// One route that is open. Many origins and many assets may share one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Route {
    pub from: Arc<[Origin]>,
    /// Assets by index that are reached.
    pub to: Arc<[usize]>,
    /// `tcp 443`, `any port`.
    pub ports: Arc<str>,
    pub verdict: Verdict,
    /// The rules and addresses that decide. Never empty.
    pub grounds: Arc<[Grounds]>,
}

/// What reaches what.
pub trait Reachability {
    /// Every route, sorted.
    fn routes(&self) -> &[Route];
    fn notes(&self) -> Vec<Coverage>;
}
