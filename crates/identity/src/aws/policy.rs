//! Policy documents: their statements, with everything that names something resolved as far as it can be.
//!
//! "IAM JSON policy elements reference",
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html>.

use std::sync::Arc;

use model::{Evidence, Grounds, Node, Value};

use super::arn::{Account, Names};
use super::condition::{self, Clause};
use super::pattern::{Meets, Pattern};
use super::truth::Truth;

#[derive(Clone, Debug)]
pub(super) struct Policy {
    pub(super) statements: Vec<Statement>,
    pub(super) grounds: Grounds,
}

#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) allow: bool,
    /// In lower case.
    actions: Vec<Pattern>,
    not_actions: bool,
    /// Which actions it is about is not known.
    any_action: bool,
    pub(super) resources: Vec<Pattern>,
    pub(super) not_resources: bool,
    pub(super) who: Vec<Who>,
    pub(super) not_who: bool,
    pub(super) conditions: Vec<Clause>,
    /// What of it is not known: it may say anything.
    pub(super) broken: Option<Arc<str>>,
    pub(super) grounds: Grounds,
}

/// Whom a statement of a resource's policy is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Everybody,
    /// An account as a whole: it decides who of its own.
    Account(Account),
    /// A role or user of the estate.
    Asset(usize),
    /// A session of a role of the estate.
    Session(usize),
    /// A role or user that the estate does not describe.
    Elsewhere(Pattern, Arc<str>),
    Service(Arc<str>),
    Federated(Arc<str>),
    /// An account by its canonical user, or what cannot be told.
    Other(Arc<str>),
}

/// Where a policy is: its words for sentences, and the place to show when a statement has none.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) label: String,
    pub(super) evidence: Evidence,
    pub(super) from: usize,
}

impl Place {
    fn grounds(&self, at: Option<&Node>, says: String) -> Grounds {
        let evidence = match at.and_then(|n| n.at.as_ref()) {
            Some(at) => Evidence::Source((**at).clone()),
            None => self.evidence.clone(),
        };
        Grounds { says: says.into(), evidence }
    }
}

/// Reads a policy document. Statements that are not known stay, broken.
pub(super) fn parse(names: &mut Names<'_>, place: &Place, document: &Node) -> Policy {
    let label = &place.label;
    let inner = match &document.value {
        Value::Json(inner) => inner,
        _ => document,
    };
    let unknown = |why: &str| Policy {
        statements: vec![Statement::unknown(place, document, why)],
        grounds: place.grounds(Some(document), format!("{label} is not known: {why}")),
    };
    let statement = match &inner.value {
        Value::Unknown(reason) => return unknown(reason),
        Value::Template(_) => return unknown("its text is only partly known"),
        Value::String(text) if text.trim().is_empty() => None,
        Value::String(_) => return unknown("it is not JSON"),
        Value::Null => None,
        Value::Map(_) => inner.get("Statement").or_else(|| inner.get("statement")),
        _ => return unknown("it is no policy document"),
    };
    let each: &[Node] = match statement.map(|s| &s.value) {
        None | Some(Value::Null) => &[],
        Some(Value::List(each)) => each,
        Some(_) => statement.map(std::slice::from_ref).unwrap_or_default(),
    };
    let statements = each.iter().map(|s| read(names, place, s)).collect();
    Policy { statements, grounds: place.grounds(Some(document), label.clone()) }
}

fn read(names: &mut Names<'_>, place: &Place, node: &Node) -> Statement {
    let Some(fields) = node.as_map() else {
        let why = node.first_unknown(64).unwrap_or_else(|| "a statement is no map".into());
        return Statement::unknown(place, node, &why);
    };
    let get = |key: &str| fields.get(key).filter(|n| !n.is_null());
    let (not_actions, action) = (get("NotAction").is_some(), get("NotAction").or_else(|| get("Action")));
    let (actions, mut broken) = texts(names, place.from, action, true);
    let any_action = broken.is_some();
    let (not_resources, resource) =
        (get("NotResource").is_some(), get("NotResource").or_else(|| get("Resource")));
    let (resources, why) = texts(names, place.from, resource, false);
    broken = broken.or(why);
    let (not_who, principal) =
        (get("NotPrincipal").is_some(), get("NotPrincipal").or_else(|| get("Principal")));
    let who = principal.map(|p| principals(names, place.from, p)).unwrap_or_default();
    let allow = match get("Effect").and_then(Node::as_str) {
        Some(effect) if effect.eq_ignore_ascii_case("allow") => true,
        Some(effect) if effect.eq_ignore_ascii_case("deny") => false,
        _ => {
            broken = Some("the effect of a statement is not known".into());
            true
        }
    };
    let conditions = get("Condition").map(|c| condition::parse(names, place.from, c)).unwrap_or_default();
    let verb = if allow { "allows" } else { "denies" };
    let mut says = format!("{} {verb} {}", place.label, shown(not_actions, action, 3));
    if let Some(resource) = resource {
        says = format!("{says} on {}", shown(not_resources, Some(resource), 2));
    }
    if let Some(principal) = principal {
        says = format!("{says} to {}", shown_principal(not_who, principal));
    }
    Statement {
        allow,
        actions,
        not_actions,
        any_action,
        resources,
        not_resources,
        who,
        not_who,
        conditions,
        broken,
        grounds: place.grounds(Some(node), says),
    }
}

/// The patterns of a value or a list, and what of it could not be read. Actions are in lower case.
fn texts(
    names: &mut Names<'_>,
    from: usize,
    node: Option<&Node>,
    actions: bool,
) -> (Vec<Pattern>, Option<Arc<str>>) {
    let (mut found, mut broken) = (Vec::new(), None);
    for item in node.into_iter().flat_map(each) {
        let made = match (&item.value, actions) {
            (Value::String(text), true) => Some(Pattern::glob(&text.to_ascii_lowercase())),
            (_, true) => None,
            (_, false) => names.pattern(from, item, true),
        };
        match made {
            Some(pattern) => found.push(pattern),
            None => {
                broken = Some(item.first_unknown(64).unwrap_or_else(|| "a value of it is no text".into()));
            }
        }
    }
    (found, broken)
}

fn each(node: &Node) -> &[Node] {
    match &node.value {
        Value::List(each) => each,
        _ => std::slice::from_ref(node),
    }
}

fn shown(not: bool, node: Option<&Node>, most: usize) -> String {
    let all: Vec<String> = node.into_iter().flat_map(each).map(Node::brief).collect();
    let mut said = all.iter().take(most).cloned().collect::<Vec<_>>().join(", ");
    if all.len() > most {
        said = format!("{said} and {} more", all.len() - most);
    }
    match (not, all.is_empty()) {
        (_, true) => "nothing".into(),
        (true, _) => format!("all but {said}"),
        (false, _) => said,
    }
}

fn shown_principal(not: bool, node: &Node) -> String {
    let said = match node.as_map() {
        Some(kinds) => kinds.values().map(|v| shown(false, Some(v), 2)).collect::<Vec<_>>().join(", "),
        None => node.brief(),
    };
    let said = if said == "*" { "everybody".to_owned() } else { said };
    if not { format!("all but {said}") } else { said }
}

/// Whom `Principal` or `NotPrincipal` names.
fn principals(names: &mut Names<'_>, from: usize, node: &Node) -> Vec<Who> {
    let mut found = Vec::new();
    match (node.as_map(), node.as_str()) {
        (Some(kinds), _) => {
            for (kind, values) in kinds.iter() {
                for value in each(values) {
                    let text: Arc<str> = value.brief().into();
                    found.push(match &**kind {
                        "AWS" => aws_principal(names, from, value),
                        "Service" => Who::Service(text),
                        "Federated" => Who::Federated(issuer(names, from, value).unwrap_or(text)),
                        _ => Who::Other(text),
                    });
                }
            }
        }
        (None, Some("*")) => found.push(Who::Everybody),
        _ => found.push(Who::Other(node.brief().into())),
    }
    found
}

/// The address of an identity provider that the graph describes.
fn issuer(names: &Names<'_>, from: usize, node: &Node) -> Option<Arc<str>> {
    let provider = names.named(from, node, &["aws.iam.oidc-provider".into()])?;
    let url = names.graph.assets()[provider].document.get("Url")?.as_str()?;
    Some(format!("oidc-provider/{}", url.trim_start_matches("https://")).into())
}

/// "AWS JSON policy elements: Principal",
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>.
pub(super) fn aws_principal(names: &mut Names<'_>, from: usize, node: &Node) -> Who {
    let shown: Arc<str> = node.brief().into();
    if node.as_str() == Some("*") {
        return Who::Everybody;
    }
    if node.as_str().is_some_and(|t| t.len() == 12 && t.bytes().all(|b| b.is_ascii_digit())) {
        return Who::Account(Account::Known(shown));
    }
    let kinds: [Arc<str>; 2] = ["aws.iam.role".into(), "aws.iam.user".into()];
    // A value that refers to a resource as a whole is that; one that a reference is only a piece of is read below.
    if (node.is_unknown() || node.from.is_some())
        && let Some(found) = names.named(from, node, &kinds)
    {
        return Who::Asset(found);
    }
    let Some(pattern) = names.pattern(from, node, false) else { return Who::Other(shown) };
    let (Some(account), Some(resource)) = (pattern.part(4), pattern.part(5)) else {
        return match node.value {
            // `${data.aws_caller_identity.current.account_id}` alone.
            Value::Unknown(_) => match names.whose(from, &pattern.tokens, &shown) {
                Account::Unsaid(text) => Who::Other(text),
                account => Who::Account(account),
            },
            _ => Who::Other(shown),
        };
    };
    if super::pattern::text(resource).as_deref() == Some("root") {
        let account = names.whose(from, account, &shown);
        return Who::Account(account);
    }
    let session =
        super::pattern::text(resource).and_then(|t| Some(t.strip_prefix("assumed-role/")?.to_owned()));
    if let Some(session) = session {
        let role = session.split('/').next().unwrap_or(&session);
        let account = super::pattern::text(account).unwrap_or_default();
        let role = Pattern::literal(&format!("arn:aws:iam::{account}:role/{role}"));
        if let Some(found) = names.of_arn(&role).first() {
            return Who::Session(*found);
        }
        return Who::Elsewhere(pattern, shown);
    }
    let found = names.of_arn(&pattern);
    let here = &names.graph.assets()[from].scope;
    let near = found.iter().find(|i| names.graph.assets()[**i].scope == *here);
    match near.or(found.first().filter(|_| found.len() == 1)) {
        Some(found) => Who::Asset(*found),
        None => Who::Elsewhere(pattern, shown),
    }
}

impl Statement {
    pub(super) fn unknown(place: &Place, node: &Node, why: &str) -> Self {
        let why: Arc<str> = format!("{} is not known: {why}", place.label).into();
        Statement {
            allow: true,
            actions: vec![Pattern::glob("*")],
            not_actions: false,
            any_action: true,
            resources: vec![Pattern::glob("*")],
            not_resources: false,
            who: vec![Who::Everybody],
            not_who: false,
            conditions: Vec::new(),
            broken: Some(why.clone()),
            grounds: place.grounds(Some(node), why.to_string()),
        }
    }

    /// Whether it is about an action, given in lower case as a literal.
    pub(super) fn has_action(&self, action: &Pattern) -> bool {
        let named = self.actions.iter().any(|a| a.meets(action) == Meets::Covers);
        // What is not known may name it too.
        named != self.not_actions || self.any_action
    }

    /// Whether it is about what is asked for, and about which part of it.
    pub(super) fn on(
        &self,
        names: &Names<'_>,
        thing: &Pattern,
        variable: &dyn Fn(usize) -> Option<Vec<super::pattern::Token>>,
    ) -> Vec<(Truth, Pattern)> {
        if let Some(why) = &self.broken {
            return vec![(Truth::Unknown(why.clone()), thing.clone())];
        }
        if self.not_resources {
            let but = self.resources.iter().fold(Truth::Yes, |all, p| {
                let (met, _) = one(names, p, thing, variable);
                all.and(met.not())
            });
            return if but.is_no() { Vec::new() } else { vec![(but, thing.clone())] };
        }
        if self.resources.is_empty() {
            // A resource's own policy that names no resource is about it.
            return vec![(Truth::Yes, thing.clone())];
        }
        let mut met: Vec<(Truth, Pattern)> = Vec::new();
        for pattern in &self.resources {
            match one(names, pattern, thing, variable) {
                (Truth::No, _) => {}
                (Truth::Yes, part) => return vec![(Truth::Yes, part)],
                found => met.push(found),
            }
        }
        met
    }
}

/// One pattern of a statement against what is asked for, and the part of it that both are about.
fn one(
    names: &Names<'_>,
    pattern: &Pattern,
    thing: &Pattern,
    variable: &dyn Fn(usize) -> Option<Vec<super::pattern::Token>>,
) -> (Truth, Pattern) {
    let mut open: Option<Arc<str>> = None;
    let filled;
    let pattern = match pattern.variables {
        false => pattern,
        true => {
            let missing = std::cell::Cell::new(None);
            filled = pattern.with_variables(&|index| {
                variable(index).unwrap_or_else(|| {
                    missing.set(Some(index));
                    vec![super::pattern::STAR]
                })
            });
            open = missing.get().map(|index| names.variables[index].clone());
            &filled
        }
    };
    let truth = match pattern.meets(thing) {
        Meets::No => Truth::No,
        Meets::Covers => Truth::Yes,
        Meets::Some => {
            let part = names.shown(pattern);
            Truth::when(format!("it is one of {part}"), format!("it is none of {part}"))
        }
        Meets::Perhaps(hole) => Truth::Unknown(names.why(hole)),
    };
    let part = match truth {
        Truth::If(_) => pattern.clone(),
        _ => thing.clone(),
    };
    match open {
        Some(key) if !truth.is_no() => {
            let caveat = Truth::when(format!("{key} is in the name"), format!("{key} is not in the name"));
            (truth.and(caveat), part)
        }
        _ => (truth, part),
    }
}
