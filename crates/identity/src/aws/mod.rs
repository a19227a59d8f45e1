//! Effective permissions on AWS: who may do an action on an asset, by every policy that the graph shows.
//!
//! Here are the tables that all questions share and the answers to them; what one principal may do to one thing is
//! decided in `evaluate`, and what lets somebody become a role in `trust`. Nobody writes out the product of
//! principals and resources: who may do something everywhere is one shared group, and only statements that name a
//! resource are looked up, by what its ARN begins with.

mod actor;
mod arn;
mod condition;
mod evaluate;
mod index;
mod keys;
mod managed;
mod own;
mod pattern;
mod policy;
#[cfg(test)]
mod tests;
mod trust;
mod truth;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use catalog::Catalog;
use graph::{Graph, Holder, Holders, On, Permissions, Principal, Request};
use model::{Coverage, CoverageStatus, Grounds};

use actor::{Actor, Shelf};
use arn::{Account, Names};
use evaluate::{Answer, Ask, Thing};
use index::Index;
use keys::Subject;
use pattern::Pattern;
use policy::{Statement, Who};
use truth::Truth;

/// Everything that is read once.
#[derive(Debug)]
struct World<'g> {
    names: Names<'g>,
    shelf: Shelf,
    actors: Vec<Actor>,
    actor_of: HashMap<usize, usize>,
    /// For each policy: those who have it.
    having: HashMap<usize, Vec<usize>>,
    own: HashMap<usize, own::Own>,
    controls: Vec<Control>,
}

/// A policy of an organisation.
#[derive(Debug)]
struct Control {
    policy: usize,
    name: Arc<str>,
    /// What it is attached to: accounts, units, the root.
    targets: Vec<Arc<str>>,
    /// A resource control policy.
    of_resources: bool,
}

/// An action, the kind of thing and what is known of the request.
type Key = (Arc<str>, Arc<str>, Vec<(Arc<str>, Arc<str>)>);
/// A group that many things share: by configuration, key and those who are left out.
type Shared = HashMap<(Arc<str>, Option<usize>, Vec<usize>), Arc<Holders>>;

#[derive(Debug)]
pub(crate) struct Aws<'g> {
    world: World<'g>,
    indexes: Mutex<BTreeMap<Key, Arc<Index>>>,
    shared: Mutex<BTreeMap<Key, Shared>>,
    notes: Mutex<BTreeSet<Coverage>>,
}

impl<'g> Aws<'g> {
    pub(crate) fn derive(graph: &'g Graph, _: &'g Catalog) -> Self {
        let mut names = Names::new(graph);
        let mut shelf = Shelf::default();
        let actors = actor::actors(&mut names, &mut shelf);
        let own = own::policies(&mut names, &mut shelf);
        let controls = own::controls(&mut names, &mut shelf);
        let mut having: HashMap<usize, Vec<usize>> = HashMap::new();
        for (index, actor) in actors.iter().enumerate() {
            for policy in actor.policies.iter() {
                having.entry(*policy).or_default().push(index);
            }
        }
        let actor_of = actors.iter().enumerate().map(|(i, a)| (a.asset, i)).collect();
        let mut notes: BTreeSet<Coverage> = shelf.notes.drain(..).collect();
        notes.extend(apart(&actors));
        let world = World { names, shelf, actors, actor_of, having, own, controls };
        Aws { world, indexes: Mutex::default(), shared: Mutex::default(), notes: Mutex::new(notes) }
    }

    /// The statements about an action, found by resource.
    fn index(&self, action: &str, thing_kind: &str, request: &[(Arc<str>, Arc<str>)]) -> Arc<Index> {
        let key = (action.into(), thing_kind.into(), request.to_vec());
        let mut indexes = self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
        let made = indexes.entry(key).or_insert_with(|| {
            if !managed::is_told(action) {
                let reason = format!("what AWS managed policies say of {action} is not described");
                let note = Coverage::note("identity", "aws", CoverageStatus::Partial, reason);
                self.notes.lock().unwrap_or_else(PoisonError::into_inner).insert(note);
            }
            Arc::new(Index::new(&self.world, action, thing_kind))
        });
        made.clone()
    }

    fn on_asset(
        &self,
        action: &Arc<str>,
        asset: usize,
        request: &[(Arc<str>, Arc<str>)],
    ) -> Vec<Arc<Holders>> {
        let lower = action.to_ascii_lowercase();
        let kind = &self.world.names.graph.assets()[asset].kind;
        let index = self.index(&lower, kind, request);
        let thing = self.world.thing(asset, &lower);
        let ask = index.ask(request);
        let touched = index.touched(&self.world, &thing);
        let mut alone: BTreeSet<usize> = touched.allowed;
        alone.extend(&touched.denied);
        let mut groups = Vec::new();
        match touched.by_itself || thing.own_policy_needed {
            true => alone.extend(&index.everywhere),
            false => {
                alone.extend(&index.varied);
                let group = self.everywhere(&lower, &index, &thing, request, &touched.denied);
                groups.extend(Some(group).filter(|g| !g.0.is_empty()));
            }
        }
        let mut named = self.world.named(&thing, &ask);
        named.extend(&touched.named);
        // Of another configuration, whose account may be another, only who and what is named counts.
        let account = self.world.names.account(asset);
        let near =
            |i: &usize| self.world.same_account(&account, &self.world.actors[*i].account) == Truth::Yes;
        alone.retain(near);
        alone.extend(&named);
        let mut holders: Vec<Holder> = Vec::new();
        for actor in alone {
            let actor = &self.world.actors[actor];
            let answer = self.world.judge(actor, &thing, &ask);
            let answer = self.decrypted(answer, actor, asset, &lower);
            holders.extend(holder(Principal::Asset(actor.asset), answer));
        }
        holders.extend(self.world.outsiders(&thing, &ask, &lower));
        if !holders.is_empty() {
            groups.push(Arc::new(sorted(holders)));
        }
        groups
    }

    /// Those who may do it to everything of this kind in the configuration, without the `but`.
    fn everywhere(
        &self,
        action: &str,
        index: &Index,
        thing: &Thing,
        request: &[(Arc<str>, Arc<str>)],
        but: &BTreeSet<usize>,
    ) -> Arc<Holders> {
        let world = &self.world;
        let asset = thing.asset.unwrap_or_default();
        let scope = &world.names.graph.assets()[asset].scope;
        let lock = thing.asset.and_then(|asset| world.lock(asset, action));
        let but: Vec<usize> = but.iter().filter(|i| index.everywhere.contains(i)).copied().collect();
        let key: Key = (action.into(), world.names.graph.assets()[asset].kind.clone(), request.to_vec());
        let place = (scope.clone(), lock, but);
        let known = || {
            let shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
            shared.get(&key).and_then(|groups| groups.get(&place)).cloned()
        };
        if let Some(group) = known() {
            return group;
        }
        // Nothing that names one thing counts here: it is the same for all of them.
        let any = Thing { parts: index.forms.clone(), policy: None, ..thing.clone() };
        let ask = index.ask(request);
        let account = world.names.account(asset);
        let mut holders = Vec::new();
        for actor in index.everywhere.difference(&index.varied).filter(|i| !place.2.contains(i)) {
            let actor = &world.actors[*actor];
            // Whether two configurations share an account is not known, and said in the notes.
            if world.same_account(&account, &actor.account) != Truth::Yes {
                continue;
            }
            let answer = self.decrypted(world.judge(actor, &any, &ask), actor, asset, action);
            holders.extend(holder(Principal::Asset(actor.asset), answer));
        }
        let group = Arc::new(sorted(holders));
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.entry(key).or_default().entry(place).or_insert(group).clone()
    }

    /// What is encrypted with a customer's key is read with that key.
    fn decrypted(&self, (truth, mut grounds): Answer, actor: &Actor, asset: usize, action: &str) -> Answer {
        let Some(key) = self.world.lock(asset, action).filter(|_| !truth.is_no()) else {
            return (truth, grounds);
        };
        let service = action.split(':').next().unwrap_or_default();
        let request = [(Arc::from("kms:ViaService"), Arc::from(format!("{service}.*.amazonaws.com")))];
        let index = self.index("kms:decrypt", "aws.kms.key", &request);
        let thing = self.world.thing(key, "kms:decrypt");
        let (opens, more) = self.world.judge(actor, &thing, &index.ask(&request));
        if action.starts_with("secretsmanager:") || opens == Truth::Yes {
            grounds.extend(more);
            return (truth.and(opens), grounds);
        }
        // The key of a bucket is for objects that are written with no word of another.
        let key = &thing.name;
        let other = Truth::when(
            format!("the object is not encrypted with KMS key {key}"),
            format!("the object is encrypted with KMS key {key}"),
        );
        if opens.rank() < other.rank() || matches!(opens, Truth::If(_)) {
            grounds.extend(more);
        }
        (truth.and(opens.or(other)), grounds)
    }

    fn anywhere(
        &self,
        action: &Arc<str>,
        thing: &Thing,
        request: &[(Arc<str>, Arc<str>)],
    ) -> Vec<Arc<Holders>> {
        let index = self.index(&action.to_ascii_lowercase(), "", request);
        let ask = index.ask(request);
        let judged = index.any.iter().filter_map(|actor| {
            let actor = &self.world.actors[*actor];
            holder(Principal::Asset(actor.asset), self.world.judge(actor, thing, &ask))
        });
        let holders = sorted(judged.collect());
        if holders.0.is_empty() { Vec::new() } else { vec![Arc::new(holders)] }
    }
}

impl Permissions for Aws<'_> {
    /// A question for `sts:AssumeRole` is one for everything that makes somebody the role: `AssumeRoleWithWebIdentity`
    /// and `AssumeRoleWithSAML` too. Services of AWS are [`Principal::Outside`] by their name, `sagemaker.amazonaws.com`.
    fn who_can(&self, request: &Request<'_>) -> Vec<Arc<Holders>> {
        let mut groups = Vec::new();
        for action in request.actions {
            match request.on {
                On::Asset(asset) if asset < self.world.names.graph.assets().len() => {
                    groups.extend(self.on_asset(action, asset, request.context));
                    if action.eq_ignore_ascii_case("sts:AssumeRole") {
                        groups.extend(trust::federated(self, asset, request.context));
                    }
                }
                On::Asset(_) => {}
                On::Any => groups.extend(self.anywhere(action, &Thing::any(), request.context)),
                On::Named(text) => {
                    let pattern = Pattern::glob(text);
                    match self.world.names.of_arn(&pattern)[..] {
                        [asset] => groups.extend(self.on_asset(action, asset, request.context)),
                        _ => groups.extend(self.anywhere(
                            action,
                            &Thing::named(text, pattern),
                            request.context,
                        )),
                    }
                }
            }
        }
        groups
    }

    fn notes(&self) -> Vec<Coverage> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

impl Thing {
    fn any() -> Self {
        Thing {
            asset: None,
            parts: Vec::new(),
            account: None,
            policy: None,
            own_policy_needed: false,
            name: "any".into(),
        }
    }

    fn named(text: &str, pattern: Pattern) -> Self {
        Thing { parts: vec![pattern], name: text.into(), ..Thing::any() }
    }
}

/// Different configurations whose accounts are not known.
fn apart(actors: &[Actor]) -> Option<Coverage> {
    let unknown: BTreeSet<&Account> =
        actors.iter().map(|a| &a.account).filter(|a| matches!(a, Account::Of(_))).collect();
    let reason = "whether these configurations are deployed to one account is not known: \
                  permissions on all resources are taken to end with their configuration";
    (unknown.len() > 1).then(|| {
        let scopes: Vec<&str> = unknown
            .iter()
            .take(5)
            .filter_map(|a| match a {
                Account::Of(scope) => Some(&**scope),
                _ => None,
            })
            .collect();
        Coverage::note("identity", scopes.join(", "), CoverageStatus::Partial, reason)
    })
}

fn holder(principal: Principal, (truth, mut grounds): Answer) -> Option<Holder> {
    let verdict = truth.verdict()?;
    let mut seen = BTreeSet::new();
    grounds.retain(|g: &Grounds| seen.insert(g.clone()));
    Some(Holder { principal, verdict, grounds: grounds.into() })
}

/// Each principal once, with its surest verdict.
fn sorted(mut holders: Vec<Holder>) -> Holders {
    let rank = |holder: &Holder| Truth::from_verdict(holder.verdict.clone()).rank();
    holders.sort_by(|a, b| {
        a.principal.cmp(&b.principal).then_with(|| rank(a).cmp(&rank(b))).then_with(|| a.cmp(b))
    });
    holders.dedup_by(|a, b| a.principal == b.principal);
    Holders(holders)
}

/// Services that answer whoever did not sign in, where a policy lets everybody in.
const ANONYMOUS: [&str; 6] = ["s3", "sns", "sqs", "es", "lambda", "execute-api"];

impl World<'_> {
    fn thing(&self, asset: usize, action: &str) -> Thing {
        let found = &self.names.graph.assets()[asset];
        let arns = self.names.arns(asset);
        let parts = match arns.is_empty() {
            true => vec![Pattern::new(vec![pattern::symbol(asset)])],
            false => parts_of(&found.kind, action, arns),
        };
        Thing {
            asset: Some(asset),
            parts,
            account: Some(self.names.account(asset)),
            policy: self.own.get(&asset).map(|own| own.policy),
            own_policy_needed: matches!(&*found.kind, "aws.kms.key") && action.starts_with("kms:")
                || matches!(&*found.kind, "aws.iam.role") && action.starts_with("sts:"),
            name: Arc::from(&*found.name),
        }
    }

    /// The customer's key that a reader of an asset needs.
    fn lock(&self, asset: usize, action: &str) -> Option<usize> {
        match action {
            "s3:getobject" | "s3:getobjectversion" | "secretsmanager:getsecretvalue" => {
                let ends = self.names.graph.ends(asset, "encrypted-with", Some("aws.kms.key"), false);
                ends.assets.first().copied()
            }
            _ => None,
        }
    }

    /// Whether the thing's own policy denies the action to somebody, or may.
    fn denies_by_itself(&self, thing: &Thing, ask: &Ask<'_>) -> bool {
        let Some(policy) = thing.policy else { return false };
        let context = keys::Context {
            world: self,
            subject: Subject::Whoever,
            asset: thing.asset,
            request: ask.request,
        };
        ask.relevant[policy].iter().map(|i| &self.shelf.policies[policy].statements[*i as usize]).any(
            |statement| {
                statement.broken.is_some()
                    || !statement.allow && !condition::holds(&statement.conditions, &context).is_no()
            },
        )
    }

    /// Principals that the thing's own policy names, or may name by what they are.
    fn named(&self, thing: &Thing, ask: &Ask<'_>) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let Some(policy) = thing.policy else { return found };
        for index in &ask.relevant[policy] {
            let statement = &self.shelf.policies[policy].statements[*index as usize];
            if !statement.allow || statement.broken.is_some() {
                continue;
            }
            for who in &statement.who {
                match who {
                    Who::Asset(asset) | Who::Session(asset) => found.extend(self.actor_of.get(asset)),
                    Who::Account(account) if thing.account.as_ref() != Some(account) => {
                        let theirs = |i: &usize| self.actors[*i].account == *account;
                        found.extend((0..self.actors.len()).filter(theirs));
                    }
                    Who::Everybody if statement.conditions.iter().any(condition::Clause::is_of_principal) => {
                        let here = |actor: &Actor| thing.account.as_ref() == Some(&actor.account);
                        found.extend((0..self.actors.len()).filter(|i| here(&self.actors[*i])));
                    }
                    _ => {}
                }
            }
            if statement.not_who {
                found.extend(0..self.actors.len());
            }
        }
        found
    }

    /// Whoever else the thing's own policy lets in.
    fn outsiders(&self, thing: &Thing, ask: &Ask<'_>, action: &str) -> Vec<Holder> {
        let mut found: Vec<Holder> = own::access_control_list(self, thing, action).into_iter().collect();
        let Some(policy) = thing.policy else { return found };
        for index in &ask.relevant[policy] {
            let statement = &self.shelf.policies[policy].statements[*index as usize];
            if !statement.allow {
                continue;
            }
            if let Some(why) = &statement.broken {
                let answer = (Truth::Unknown(why.clone()), vec![statement.grounds.clone()]);
                let name = format!("whoever the policy of {} names", thing.name);
                found.extend(holder(Principal::Outside(name.into()), answer));
                continue;
            }
            for who in &statement.who {
                found.extend(self.outsider(statement, who, thing, ask, action));
            }
        }
        found
    }

    fn outsider(
        &self,
        statement: &Statement,
        who: &Who,
        thing: &Thing,
        ask: &Ask<'_>,
        action: &str,
    ) -> Option<Holder> {
        let outside = |subject, name: &str| {
            holder(Principal::Outside(name.into()), self.judge_outside(statement, subject, thing, ask))
        };
        match who {
            Who::Everybody => self.everybody(statement, thing, ask, action),
            Who::Account(account) => {
                let own = thing.account.as_ref() == Some(account);
                let name = match account {
                    Account::Known(account) => format!("AWS account {account}"),
                    Account::Of(scope) => format!("the account of {scope}"),
                    Account::Unsaid(text) => format!("AWS account {text}"),
                };
                (!own).then(|| outside(Subject::Outside { account: Some(account), arn: None }, &name))?
            }
            Who::Elsewhere(arn, shown) => outside(Subject::Outside { account: None, arn: Some(arn) }, shown),
            Who::Service(service) => outside(Subject::Service(service), service),
            Who::Other(text) => outside(Subject::Outside { account: None, arn: None }, text),
            // What another account's session or role of the estate may do is asked of itself.
            Who::Asset(_) | Who::Session(_) | Who::Federated(_) => None,
        }
    }

    /// Everybody: without signing in where the service allows that, else whoever has an account.
    fn everybody(&self, statement: &Statement, thing: &Thing, ask: &Ask<'_>, action: &str) -> Option<Holder> {
        let service = action.split(':').next().unwrap_or_default();
        let shut = |answer: Answer| own::past_public_access_block(self, thing, answer);
        if ANONYMOUS.contains(&service) {
            let answer = shut(self.judge_outside(statement, Subject::Anonymous, thing, ask));
            let locked = thing.asset.and_then(|asset| self.lock(asset, action));
            let answer = match locked {
                Some(key) => {
                    let key = &self.names.graph.assets()[key].name;
                    let caveat = Truth::when(
                        format!(
                            "the object is not encrypted with KMS key {key}, by which nobody reads without signing in"
                        ),
                        format!("the object is encrypted with KMS key {key}"),
                    );
                    (answer.0.and(caveat), answer.1)
                }
                None => answer,
            };
            if let Some(found) = holder(Principal::Anyone, answer) {
                return Some(found);
            }
        }
        // A condition may say which organisation or account.
        let narrowed = |key: &str, what: &str| {
            let clause = statement.conditions.iter().find(|c| *c.key == *key && c.is_positive())?;
            let mut values = clause.values().filter_map(Pattern::known);
            let one = values.next()?;
            values.next().is_none().then(|| format!("{what} {one}"))
        };
        let whose = narrowed("aws:principalorgid", "AWS organization")
            .or_else(|| narrowed("aws:principalaccount", "AWS account"));
        let answer = self.judge_outside(statement, Subject::Outside { account: None, arn: None }, thing, ask);
        match whose {
            Some(whose) => holder(Principal::Outside(whose.into()), answer),
            None => holder(Principal::AnyAccount("any AWS account".into()), shut(answer)),
        }
    }
}

/// Which of a thing's ARNs an action is about.
fn parts_of(kind: &str, action: &str, arns: &[Pattern]) -> Vec<Pattern> {
    match kind {
        "aws.s3.bucket" if is_about_objects(action) => arns[1..].to_vec(),
        "aws.s3.bucket" if action.starts_with("s3:") => arns[..1].to_vec(),
        _ => arns.to_vec(),
    }
}

/// Whether an action of S3, in lower case, is about objects and not about the bucket.
fn is_about_objects(action: &str) -> bool {
    let Some(name) = action.strip_prefix("s3:") else { return false };
    name.contains("object") && !name.contains("bucket") && !name.contains("createjob")
        || matches!(name, "abortmultipartupload" | "listmultipartuploadparts" | "bypassgovernanceretention")
}
