//! Deny policies: checked before any allow policy, inherited like those, with exceptions.
//! <https://cloud.google.com/iam/docs/deny-overview>, <https://cloud.google.com/iam/docs/principal-identifiers>

use std::sync::Arc;

use graph::{Graph, Principal};
use model::{Evidence, Node, Value};

use super::condition::{Condition, Truth};
use super::members::{SERVICE_ACCOUNT, Who, evidence};
use super::places::{Level, Place, Places};

const POLICY: &str = "google.iam.deny-policy";

/// Who is denied or excepted.
#[derive(Clone, Debug)]
enum Denied {
    Everybody,
    Asset(usize),
    /// A member of an allow policy: `user:a@example.com`.
    Member(Arc<str>),
    Group(Arc<str>),
    /// Every account of a project.
    Project(usize),
    /// Whoever that is.
    Unclear,
}

/// One rule of a policy.
#[derive(Clone, Debug)]
pub(super) struct Deny {
    pub(super) place: Place,
    pub(super) name: Arc<str>,
    pub(super) evidence: Evidence,
    pub(super) condition: Option<Condition>,
    principals: Vec<Denied>,
    exceptions: Vec<Denied>,
    permissions: Vec<Arc<str>>,
    excepted: Vec<Arc<str>>,
    /// A list that is not wholly known.
    unclear: bool,
}

/// Every rule of a graph.
pub(super) fn read(graph: &Graph, places: &mut Places<'_>) -> Vec<Deny> {
    let mut found = Vec::new();
    for (asset, thing) in graph.assets().iter().enumerate() {
        if &*thing.kind != POLICY {
            continue;
        }
        let Some(parent) = thing.document.get("parent") else { continue };
        let place = Place::Container(attached_to(places, asset, parent));
        let rules = thing.document.get("rules").and_then(Node::as_list);
        for rule in rules.into_iter().flat_map(|rules| rules.iter()).filter_map(|rule| rule.get("denyRule")) {
            let mut unclear = false;
            let mut texts = |key: &str| -> Vec<Node> {
                match rule.get(key).map(|n| &n.value) {
                    Some(Value::List(items)) => items.to_vec(),
                    Some(Value::Unknown(_)) => {
                        unclear = true;
                        Vec::new()
                    }
                    _ => Vec::new(),
                }
            };
            let principals = texts("deniedPrincipals");
            let exceptions = texts("exceptionPrincipals");
            let permissions = texts("deniedPermissions");
            let excepted = texts("exceptionPermissions");
            let mut who =
                |nodes: Vec<Node>| nodes.iter().map(|n| principal(graph, places, asset, n)).collect();
            let names =
                |nodes: Vec<Node>| nodes.iter().map(|n| Arc::from(permission(&n.display()))).collect();
            let condition = rule.at_path("denialCondition.expression").filter(|c| !c.is_null());
            found.push(Deny {
                place,
                name: thing.name.as_str().into(),
                evidence: evidence(graph, asset, rule.get("deniedPermissions")),
                condition: condition.map(|c| Condition::new(c.display().into())),
                principals: who(principals),
                exceptions: who(exceptions),
                permissions: names(permissions),
                excepted: names(excepted),
                unclear,
            });
        }
    }
    found
}

/// `cloudresourcemanager.googleapis.com%2Fprojects%2Fp`, which is mostly composed of a reference.
fn attached_to(places: &mut Places<'_>, asset: usize, parent: &Node) -> usize {
    let text = parent.display().replace("%2F", "/").replace("%2f", "/");
    let level = [Level::Project, Level::Folder, Level::Organization]
        .into_iter()
        .find(|level| text.contains(&format!("{}s/", level.word())))
        .unwrap_or(Level::Project);
    let value = match &parent.value {
        Value::String(_) => Value::string(&text),
        other => other.clone(),
    };
    places.named(level, asset, &Node { value, ..parent.clone() })
}

/// `storage.objects.get` of `storage.googleapis.com/objects.get`.
fn permission(text: &str) -> String {
    match text.split_once(".googleapis.com/") {
        Some(("cloudresourcemanager", rest)) => format!("resourcemanager.{rest}"),
        Some((service, rest)) => format!("{service}.{rest}"),
        None => text.to_owned(),
    }
}

fn principal(graph: &Graph, places: &mut Places<'_>, asset: usize, node: &Node) -> Denied {
    let text = node.display();
    if text == "principalSet://goog/public:all" {
        return Denied::Everybody;
    }
    if let Some(email) = text.strip_prefix("principal://goog/subject/") {
        return Denied::Member(format!("user:{email}").into());
    }
    if let Some(email) = text.strip_prefix("principalSet://goog/group/") {
        return Denied::Group(format!("group:{email}").into());
    }
    if let Some((_, email)) = text.split_once("/serviceAccounts/") {
        let value = match &node.value {
            Value::String(_) => Value::string(email),
            other => other.clone(),
        };
        let named = Node { value, ..node.clone() };
        return match graph.named(asset, &named, &[SERVICE_ACCOUNT.into()]) {
            Some(account) => Denied::Asset(account),
            None => Denied::Member(format!("serviceAccount:{email}").into()),
        };
    }
    if text.contains("://cloudresourcemanager.googleapis.com/projects/") {
        return Denied::Project(places.named(Level::Project, asset, node));
    }
    match node.as_str() {
        Some(text) if text.contains("workloadIdentityPools/") => Denied::Member(text.into()),
        _ => Denied::Unclear,
    }
}

impl Deny {
    /// Whether the rule denies this to them, its condition left aside.
    pub(super) fn denies(&self, who: &Who, permission: &str, places: &Places<'_>) -> Truth {
        let named = |list: &[Arc<str>]| list.iter().any(|pattern| fits(pattern, permission));
        if named(&self.excepted) || !named(&self.permissions) && !self.unclear {
            return Truth::No;
        }
        let any = |list: &[Denied]| list.iter().map(|d| d.is(who, places)).fold(Truth::No, Truth::or);
        let denied = any(&self.principals).and(any(&self.exceptions).not());
        if self.unclear { denied.and(Truth::Depends).or(Truth::Depends) } else { denied }
    }
}

impl Denied {
    fn is(&self, who: &Who, places: &Places<'_>) -> Truth {
        let is_user = who.text.starts_with("user:");
        match self {
            Denied::Everybody => Truth::Yes,
            Denied::Asset(account) => (who.principal == Principal::Asset(*account)).into(),
            Denied::Member(text) => (who.text.eq_ignore_ascii_case(text)).into(),
            // Who is in a group is not seen here.
            Denied::Group(text) => match who.text.eq_ignore_ascii_case(text) {
                true => Truth::Yes,
                false if is_user => Truth::Depends,
                false => Truth::No,
            },
            Denied::Project(project) => match who.principal {
                Principal::Asset(asset) => (places.project(asset) == Some(*project)).into(),
                _ => Truth::No,
            },
            Denied::Unclear => match who.principal {
                Principal::Anyone | Principal::AnyAccount(_) => Truth::No,
                _ => Truth::Depends,
            },
        }
    }
}

/// `storage.objects.*`, `storage.*.*`, or the permission itself.
fn fits(pattern: &str, permission: &str) -> bool {
    let (mut a, mut b) = (pattern.split('.'), permission.split('.'));
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some("*"), Some(_)) => {}
            (Some(x), Some(y)) if x == y => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_told_in_the_words_of_allow_policies() {
        for (text, want) in [
            ("storage.googleapis.com/objects.get", "storage.objects.get"),
            (
                "cloudresourcemanager.googleapis.com/projects.setIamPolicy",
                "resourcemanager.projects.setIamPolicy",
            ),
            ("iam.googleapis.com/serviceAccountKeys.create", "iam.serviceAccountKeys.create"),
        ] {
            assert_eq!(permission(text), want);
        }
        assert!(
            fits("storage.objects.*", "storage.objects.get") && fits("storage.*.*", "storage.objects.get")
        );
        assert!(
            !fits("storage.objects.*", "storage.buckets.get")
                && !fits("storage.objects", "storage.objects.get")
        );
    }
}
