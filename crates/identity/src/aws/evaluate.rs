//! May one principal do one thing? The order of AWS's own evaluation, over what is known.
//!
//! An explicit deny anywhere wins; control policies of the organisation cut; then a resource's own policy and those
//! of the principal grant, within its permissions boundary. In one account either side is enough, but for KMS keys
//! and the trust of roles; between accounts both are needed. "Policy evaluation logic",
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>.
//!
//! Not here: policies of VPC endpoints, because nobody has to take that way, and session policies, which no
//! configuration states.

use std::sync::Arc;

use model::Grounds;

use super::World;
use super::actor::Actor;
use super::arn::Account;
use super::condition;
use super::keys::{Context, Subject};
use super::pattern::{Meets, Pattern};
use super::policy::{Statement, Who};
use super::truth::Truth;

/// What it is done to.
#[derive(Clone, Debug)]
pub(super) struct Thing {
    pub(super) asset: Option<usize>,
    /// The ARNs that the action may be about. None: whatever the principal may choose.
    pub(super) parts: Vec<Pattern>,
    pub(super) account: Option<Account>,
    /// Its own policy, by index.
    pub(super) policy: Option<usize>,
    /// Nothing but its own policy lets anybody in: KMS keys, roles.
    pub(super) own_policy_needed: bool,
    /// How to name it.
    pub(super) name: Arc<str>,
}

/// One action with what is known of the request.
#[derive(Clone, Debug)]
pub(super) struct Ask<'a> {
    pub(super) request: &'a [(Arc<str>, Arc<str>)],
    /// For each policy: its statements about the action.
    pub(super) relevant: &'a [Vec<u32>],
}

/// An answer with what it rests on.
pub(super) type Answer = (Truth, Vec<Grounds>);

/// How a resource's policy names a principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Naming {
    /// By its ARN, or as everybody.
    Itself,
    /// By a session of the role.
    Session,
    /// By its account, which decides itself.
    Account,
}

impl<'g> World<'g> {
    fn statements<'w>(&'w self, policy: usize, ask: &Ask<'w>) -> impl Iterator<Item = &'w Statement> {
        let statements = &self.shelf.policies[policy].statements;
        ask.relevant[policy].iter().map(move |index| &statements[*index as usize])
    }

    fn context<'w>(&'w self, subject: Subject<'w>, thing: &Thing, ask: &Ask<'w>) -> Context<'w> {
        Context { world: self, subject, asset: thing.asset, request: ask.request }
    }

    /// Whether a principal may do it.
    pub(super) fn judge(&self, actor: &Actor, thing: &Thing, ask: &Ask<'_>) -> Answer {
        let context = self.context(Subject::Actor(actor), thing, ask);
        let same =
            thing.account.as_ref().map_or(Truth::Yes, |account| self.same_account(account, &actor.account));
        let mut best: Answer = (Truth::No, Vec::new());
        let mut consider = |answer: Answer| {
            if answer.0.rank() < best.0.rank() {
                best = answer;
            }
        };
        // What the principal's own policies give.
        for policy in actor.policies.iter() {
            for statement in self.statements(*policy, ask).filter(|s| s.allow) {
                let held = condition::holds(&statement.conditions, &context);
                if held.is_no() {
                    continue;
                }
                for (truth, part) in parts(self, statement, thing, &context) {
                    let own = truth.and(held.clone());
                    let mut grounds = vec![statement.grounds.clone()];
                    let granted = if thing.own_policy_needed {
                        own.and(self.let_in(actor, thing, &part, ask, &context, &mut grounds))
                    } else if let Truth::Yes = same {
                        own
                    } else {
                        let both = self.let_in(actor, thing, &part, ask, &context, &mut Vec::new());
                        let here = own.clone().and(same.clone());
                        let across = own.and(both);
                        here.or(across)
                    };
                    let granted = granted.and(self.bounded(actor, thing, &part, ask, &context, &mut grounds));
                    consider(self.unless_denied(actor, granted, thing, &part, ask, &context, grounds));
                }
            }
        }
        // What the thing's own policy gives it by name.
        if let Some(policy) = thing.policy.filter(|_| !same.is_no()) {
            for statement in self.statements(policy, ask).filter(|s| s.allow && s.broken.is_none()) {
                let Some((named, naming)) = self.names_actor(statement, actor) else { continue };
                let held = condition::holds(&statement.conditions, &context);
                if naming == Naming::Account || held.is_no() {
                    continue;
                }
                for (truth, part) in parts(self, statement, thing, &context) {
                    let mut grounds = vec![statement.grounds.clone()];
                    let mut granted = truth.and(held.clone()).and(named.clone()).and(same.clone());
                    // What names a user or a session is not bounded by what a boundary leaves out.
                    if actor.role && naming != Naming::Session {
                        granted = granted.and(self.bounded(actor, thing, &part, ask, &context, &mut grounds));
                    }
                    consider(self.unless_denied(actor, granted, thing, &part, ask, &context, grounds));
                }
            }
        }
        best
    }

    /// Whether the thing's own policy lets the principal in, by itself or through its account.
    fn let_in(
        &self,
        actor: &Actor,
        thing: &Thing,
        part: &Pattern,
        ask: &Ask<'_>,
        context: &Context<'_>,
        grounds: &mut Vec<Grounds>,
    ) -> Truth {
        let Some(policy) = thing.policy else { return Truth::No };
        let mut best = Truth::No;
        let mut why = None;
        for statement in self.statements(policy, ask).filter(|s| s.allow) {
            let truth = match (&statement.broken, self.names_actor(statement, actor)) {
                (Some(broken), _) => Truth::Unknown(broken.clone()),
                (None, None) => continue,
                (None, Some((named, _))) => {
                    let on = covers(self, statement, part, thing, context);
                    named.and(on).and(condition::holds(&statement.conditions, context))
                }
            };
            if truth.rank() < best.rank() {
                why = Some(statement.grounds.clone());
                best = truth;
            }
        }
        grounds.extend(why);
        best
    }

    /// Whether the permissions boundary, if there is one, allows it too.
    fn bounded(
        &self,
        actor: &Actor,
        thing: &Thing,
        part: &Pattern,
        ask: &Ask<'_>,
        context: &Context<'_>,
        grounds: &mut Vec<Grounds>,
    ) -> Truth {
        let Some(boundary) = actor.boundary else { return Truth::Yes };
        let mut best = Truth::No;
        for statement in self.statements(boundary, ask).filter(|s| s.allow) {
            let label = &self.shelf.policies[boundary].grounds.says;
            let truth = match &statement.broken {
                Some(_) => Truth::when(
                    format!("the permissions boundary, {label}, allows it"),
                    format!("the permissions boundary, {label}, does not allow it"),
                ),
                None => {
                    let on = covers(self, statement, part, thing, context);
                    on.and(condition::holds(&statement.conditions, context))
                }
            };
            if truth.rank() < best.rank() {
                best = truth;
                grounds.push(statement.grounds.clone());
            }
        }
        best
    }

    /// What is left of a grant once everything that may deny it has spoken.
    #[expect(clippy::too_many_arguments, reason = "the parts of one question")]
    fn unless_denied(
        &self,
        actor: &Actor,
        granted: Truth,
        thing: &Thing,
        part: &Pattern,
        ask: &Ask<'_>,
        context: &Context<'_>,
        mut grounds: Vec<Grounds>,
    ) -> Answer {
        let mut left = granted;
        let policies = actor.policies.iter().copied().chain(actor.boundary);
        for statement in policies.flat_map(|p| self.statements(p, ask)).filter(|s| !s.allow) {
            left = self.without(left, statement, Truth::Yes, thing, part, context, &mut grounds);
            if left.is_no() {
                return (Truth::No, Vec::new());
            }
        }
        for control in self.controls.iter().filter(|c| !c.of_resources && !actor.service_linked) {
            let applies = self.applies(control, &actor.account);
            for statement in self.statements(control.policy, ask).filter(|s| !s.allow) {
                left = self.without(left, statement, applies.clone(), thing, part, context, &mut grounds);
            }
        }
        left = self.without_own_denials(left, Some(actor), thing, part, ask, context, &mut grounds);
        if left.is_no() { (Truth::No, Vec::new()) } else { (left, grounds) }
    }

    /// The denials of the thing's own policy and of its organisation's resource control policies.
    #[expect(clippy::too_many_arguments, reason = "the parts of one question")]
    pub(super) fn without_own_denials(
        &self,
        mut left: Truth,
        actor: Option<&Actor>,
        thing: &Thing,
        part: &Pattern,
        ask: &Ask<'_>,
        context: &Context<'_>,
        grounds: &mut Vec<Grounds>,
    ) -> Truth {
        if let Some(policy) = thing.policy {
            for statement in self.statements(policy, ask) {
                if statement.broken.is_some() && !thing.own_policy_needed {
                    let name = &thing.name;
                    let caveat = Truth::when(
                        format!("the policy of {name}, which is not known, does not deny it"),
                        format!("the policy of {name} denies it"),
                    );
                    left = left.and(caveat);
                }
                if statement.allow || statement.broken.is_some() {
                    continue;
                }
                let named = match actor {
                    Some(actor) => self.names_actor(statement, actor).map_or(Truth::No, |(named, _)| named),
                    None => self.names_outsider(statement, context.subject),
                };
                left = self.without(left, statement, named, thing, part, context, grounds);
            }
        }
        if let Some(account) = &thing.account {
            for control in self.controls.iter().filter(|c| c.of_resources) {
                let applies = self.applies(control, account);
                for statement in self.statements(control.policy, ask).filter(|s| !s.allow) {
                    left = self.without(left, statement, applies.clone(), thing, part, context, grounds);
                }
            }
        }
        left
    }

    /// A grant without what one statement denies.
    #[expect(clippy::too_many_arguments, reason = "the parts of one question")]
    fn without(
        &self,
        left: Truth,
        statement: &Statement,
        applies: Truth,
        thing: &Thing,
        part: &Pattern,
        context: &Context<'_>,
        grounds: &mut Vec<Grounds>,
    ) -> Truth {
        if left.is_no() || applies.is_no() {
            return left;
        }
        if let Some(why) = &statement.broken {
            return left
                .and(Truth::when(format!("it is not denied ({why})"), format!("it is denied ({why})")));
        }
        let on = denied(self, statement, part, thing, context);
        if on.is_no() {
            return left;
        }
        let denied = on.and(condition::holds(&statement.conditions, context)).and(applies);
        match denied {
            Truth::No => left,
            denied => {
                if denied != Truth::Yes {
                    grounds.push(statement.grounds.clone());
                }
                left.and(denied.not())
            }
        }
    }

    /// Whether a control policy reaches an account.
    fn applies(&self, control: &super::Control, account: &Account) -> Truth {
        if control.targets.is_empty() {
            return Truth::No;
        }
        let mut best = Truth::No;
        for target in &control.targets {
            let truth = match account {
                Account::Known(account)
                    if target.len() == 12 && target.bytes().all(|b| b.is_ascii_digit()) =>
                {
                    Truth::of(**account == **target)
                }
                _ => {
                    let name = &control.name;
                    Truth::when(
                        format!("the control policy {name}, attached to {target}, holds for the account"),
                        format!(
                            "the control policy {name}, attached to {target}, does not hold for the account"
                        ),
                    )
                }
            };
            best = best.or(truth);
        }
        best
    }

    /// Whether and how a statement of a resource's policy names a principal of the graph.
    fn names_actor(&self, statement: &Statement, actor: &Actor) -> Option<(Truth, Naming)> {
        let mut best: Option<(Truth, Naming)> = None;
        for who in &statement.who {
            let found = match who {
                Who::Everybody => (Truth::Yes, Naming::Itself),
                Who::Asset(asset) if *asset == actor.asset => (Truth::Yes, Naming::Itself),
                Who::Session(asset) if *asset == actor.asset => (Truth::Yes, Naming::Session),
                Who::Elsewhere(arn, _) if arn.meets(&actor.arn) == Meets::Covers => {
                    (Truth::Yes, Naming::Itself)
                }
                Who::Account(account) => (self.same_account(account, &actor.account), Naming::Account),
                _ => continue,
            };
            if found.0.is_no() {
                continue;
            }
            let surer = |known: &(Truth, Naming)| {
                (found.0.rank(), found.1 == Naming::Account) < (known.0.rank(), known.1 == Naming::Account)
            };
            if best.as_ref().is_none_or(surer) {
                best = Some(found);
            }
        }
        match statement.not_who {
            false => best,
            true => {
                let but = best.map_or(Truth::Yes, |(named, _)| named.not());
                (!but.is_no()).then_some((but, Naming::Itself))
            }
        }
    }

    /// The same for somebody whom the graph does not describe.
    fn names_outsider(&self, statement: &Statement, subject: Subject<'_>) -> Truth {
        let one = |who: &Who| match (who, subject) {
            (Who::Everybody, _) => Truth::Yes,
            (Who::Account(named), Subject::Outside { account: Some(account), .. }) => {
                self.same_account(named, account)
            }
            (Who::Elsewhere(named, _), Subject::Outside { arn: Some(arn), .. }) => {
                Truth::of(named.meets(arn) == Meets::Covers)
            }
            (Who::Service(named), Subject::Service(service)) => Truth::of(**named == *service),
            _ => Truth::No,
        };
        let named = statement.who.iter().map(one).fold(Truth::No, Truth::or);
        if statement.not_who { named.not() } else { named }
    }

    pub(super) fn same_account(&self, a: &Account, b: &Account) -> Truth {
        match (a, b) {
            (Account::Known(a), Account::Known(b)) => Truth::of(a == b),
            (Account::Of(a), Account::Of(b)) if a == b => Truth::Yes,
            (Account::Of(a), Account::Of(b)) => {
                let (a, b) = (a.min(b), a.max(b));
                Truth::when(
                    format!("{a} and {b} are deployed to one account"),
                    format!("{a} and {b} are deployed to different accounts"),
                )
            }
            (Account::Known(known), Account::Of(_))
            | (Account::Of(_), Account::Known(known))
            | (Account::Unsaid(known), _)
            | (_, Account::Unsaid(known)) => {
                Truth::when(format!("the account is {known}"), format!("the account is not {known}"))
            }
        }
    }

    /// What somebody outside may do by one statement of the thing's own policy.
    pub(super) fn judge_outside(
        &self,
        statement: &Statement,
        subject: Subject<'_>,
        thing: &Thing,
        ask: &Ask<'_>,
    ) -> Answer {
        let context = self.context(subject, thing, ask);
        let held = condition::holds(&statement.conditions, &context);
        let mut best: Answer = (Truth::No, Vec::new());
        for (truth, part) in parts(self, statement, thing, &context) {
            let mut grounds = vec![statement.grounds.clone()];
            let granted = truth.and(held.clone());
            let left = self.without_own_denials(granted, None, thing, &part, ask, &context, &mut grounds);
            if left.rank() < best.0.rank() {
                best = (left, grounds);
            }
        }
        best
    }
}

/// The parts of the thing that a statement is about, each with how sure that is.
fn parts(
    world: &World<'_>,
    statement: &Statement,
    thing: &Thing,
    context: &Context<'_>,
) -> Vec<(Truth, Pattern)> {
    let variable = |index| condition::Keys::variable(context, index);
    if thing.parts.is_empty() {
        // Whoever acts picks one of what the statement allows.
        if let Some(why) = &statement.broken {
            return vec![(Truth::Unknown(why.clone()), super::arn::anything())];
        }
        return match statement.not_resources || statement.resources.is_empty() {
            true => vec![(Truth::Yes, super::arn::anything())],
            false => statement.resources.iter().map(|r| (Truth::Yes, r.clone())).collect(),
        };
    }
    thing.parts.iter().flat_map(|part| statement.on(&world.names, part, &variable)).collect()
}

/// Whether a statement allows a part too.
fn covers(
    world: &World<'_>,
    statement: &Statement,
    part: &Pattern,
    thing: &Thing,
    context: &Context<'_>,
) -> Truth {
    let variable = |index| condition::Keys::variable(context, index);
    let met = statement
        .on(&world.names, part, &variable)
        .into_iter()
        .map(|(truth, _)| truth)
        .fold(Truth::No, Truth::or);
    match met {
        // Of what may be chosen there is something that both allow.
        Truth::If(_) if thing.parts.is_empty() && !statement.not_resources => Truth::Yes,
        met => met,
    }
}

/// Whether a statement denies a part.
fn denied(
    world: &World<'_>,
    statement: &Statement,
    part: &Pattern,
    thing: &Thing,
    context: &Context<'_>,
) -> Truth {
    let variable = |index| condition::Keys::variable(context, index);
    let met = statement
        .on(&world.names, part, &variable)
        .into_iter()
        .map(|(truth, _)| truth)
        .fold(Truth::No, Truth::or);
    match met {
        // Whoever may choose takes what is not denied.
        Truth::If(_) if thing.parts.is_empty() => Truth::No,
        met => met,
    }
}
