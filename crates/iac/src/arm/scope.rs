//! Where things are deployed to, and the ids of things: made of names, and taken apart again.
//!
//! An id is text of which the subscription and the resource group are mostly not known. Two ids are the same when they
//! read the same, holes and all: a hole says what it stands for.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Node, Piece, Reference, Value};

use super::template::TargetScope;

pub(crate) const GROUP: &str = "resourceGroup()";
pub(crate) const SUBSCRIPTION: &str = "subscription()";

/// A scope that resources are deployed to.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) level: TargetScope,
    /// The subscription's id.
    pub(crate) subscription: Node,
    /// The name of the resource group or of the management group.
    pub(crate) group: Node,
    /// The address of the scope's asset.
    pub(crate) address: Arc<str>,
}

impl Place {
    /// Where a root of that scope goes: nobody has said.
    pub(crate) fn of_root(level: TargetScope) -> Place {
        let (address, group) = match level {
            TargetScope::ResourceGroup => (GROUP, "the resource group of the deployment"),
            TargetScope::Subscription => (SUBSCRIPTION, ""),
            TargetScope::ManagementGroup => ("managementGroup()", "the management group of the deployment"),
            TargetScope::Tenant => ("tenant()", ""),
        };
        // The same as what `subscription().subscriptionId` and `resourceGroup().name` give: ids compare by that.
        let subscription = Arc::from(SUBSCRIPTION);
        let address = Arc::from(address);
        Place {
            level,
            subscription: Node {
                from: reference(&subscription, "subscriptionId"),
                ..Node::unknown("the subscription of the deployment")
            },
            group: match group {
                "" => Node::null(),
                _ => Node { from: reference(&address, "name"), ..Node::unknown(group) },
            },
            address,
        }
    }

    /// The id of the scope, which the ids of what is in it begin with.
    pub(crate) fn id(&self) -> Vec<Piece> {
        let mut id = Vec::new();
        match self.level {
            TargetScope::ResourceGroup => {
                push(&mut id, "/subscriptions/", &self.subscription);
                push(&mut id, "/resourceGroups/", &self.group);
            }
            TargetScope::Subscription => push(&mut id, "/subscriptions/", &self.subscription),
            TargetScope::ManagementGroup => {
                push(&mut id, "/providers/Microsoft.Management/managementGroups/", &self.group);
            }
            TargetScope::Tenant => {}
        }
        id
    }

    /// The id as a value that names the scope.
    pub(crate) fn id_node(&self) -> Node {
        let id = match self.level {
            TargetScope::Tenant => Value::string("/"),
            _ => Value::text(self.id()),
        };
        Node { from: reference(&self.address, "id"), ..id.into() }
    }

    /// What `resourceGroup()` and its kin give: the members that nobody can know are found on access.
    pub(crate) fn node(&self) -> Node {
        let mut entries: BTreeMap<Arc<str>, Node> = BTreeMap::new();
        let plain = |value: Value| Node::from(value);
        entries.insert("id".into(), plain(self.id_node().value));
        let kind = match self.level {
            TargetScope::ResourceGroup => "Microsoft.Resources/resourceGroups",
            TargetScope::Subscription => "Microsoft.Resources/subscriptions",
            TargetScope::ManagementGroup => "Microsoft.Management/managementGroups",
            TargetScope::Tenant => "Microsoft.Management/tenants",
        };
        entries.insert("type".into(), kind.into());
        let known = |node: &Node| !node.is_unknown() && !node.is_null();
        if known(&self.group) {
            entries.insert("name".into(), self.group.clone());
        }
        if self.level == TargetScope::Subscription && known(&self.subscription) {
            entries.insert("subscriptionId".into(), self.subscription.clone());
        }
        Node { from: reference(&self.address, ""), ..Value::map(entries).into() }
    }

    /// The subscription that this is in, or is.
    pub(crate) fn subscription_place(&self) -> Place {
        let address = match self.subscription.as_str() {
            Some(id) => format!("subscription('{id}')").into(),
            None => SUBSCRIPTION.into(),
        };
        Place { level: TargetScope::Subscription, group: Node::null(), address, ..self.clone() }
    }

    /// The place that an id names, at the asset of that address.
    pub(crate) fn of_id(id: &Node, address: &Arc<str>) -> Option<Place> {
        let segments = segments(&pieces(id));
        let at = |index: usize| segments.get(index).map(|s| text_of(s).to_lowercase()).unwrap_or_default();
        let place = |level, subscription: Option<&Vec<Piece>>, group: Option<&Vec<Piece>>| Place {
            level,
            subscription: subscription.map(|s| Value::text(s.iter().cloned()).into()).unwrap_or_default(),
            group: group.map(|s| Value::text(s.iter().cloned()).into()).unwrap_or_default(),
            address: address.clone(),
        };
        Some(match (segments.len(), at(0).as_str(), at(2).as_str()) {
            (0, _, _) => place(TargetScope::Tenant, None, None),
            (2, "subscriptions", _) => place(TargetScope::Subscription, segments.get(1), None),
            (4, "subscriptions", "resourcegroups") => {
                place(TargetScope::ResourceGroup, segments.get(1), segments.get(3))
            }
            (4, "providers", "managementgroups") => {
                place(TargetScope::ManagementGroup, None, segments.get(3))
            }
            _ => return None,
        })
    }
}

pub(crate) fn reference(address: &Arc<str>, attribute: &str) -> Option<Arc<Reference>> {
    Some(Arc::new(Reference { address: address.clone(), attribute: attribute.into(), via: None }))
}

/// Whether an address is a scope's: text that a scope's id or name is part of names something else than the scope.
pub(crate) fn is_scope(address: &str) -> bool {
    address.ends_with(')')
}

fn push(id: &mut Vec<Piece>, before: &str, value: &Node) {
    id.push(Piece::Text(before.into()));
    id.extend(pieces(value));
}

/// A value as pieces of text.
pub(crate) fn pieces(value: &Node) -> Vec<Piece> {
    match &value.value {
        Value::String(text) => vec![Piece::Text(text.clone())],
        Value::Template(pieces) => pieces.to_vec(),
        Value::Bool(b) => vec![Piece::Text(if *b { "True" } else { "False" }.into())],
        Value::Number(n) => vec![Piece::Text(n.to_string().into())],
        Value::Unknown(reason) => {
            let from = value.from.clone().filter(|from| !is_scope(&from.address));
            let reason = match &value.from {
                Some(scope) if from.is_none() => Arc::from(scope.to_string()),
                _ => reason.clone(),
            };
            vec![Piece::Hole { reason, from }]
        }
        other => vec![Piece::Hole { reason: format!("a {}", other.type_name()).into(), from: None }],
    }
}

/// The pieces between the slashes of the known text, but for empty ones.
pub(crate) fn segments(pieces: &[Piece]) -> Vec<Vec<Piece>> {
    let mut segments = split(pieces);
    segments.retain(|segment| !segment.is_empty());
    segments
}

/// The pieces between the slashes of the known text.
pub(crate) fn split(pieces: &[Piece]) -> Vec<Vec<Piece>> {
    let mut segments: Vec<Vec<Piece>> = vec![Vec::new()];
    for piece in pieces {
        match piece {
            Piece::Text(text) => {
                for (i, part) in text.split('/').enumerate() {
                    if i > 0 {
                        segments.push(Vec::new());
                    }
                    if let (false, Some(open)) = (part.is_empty(), segments.last_mut()) {
                        open.push(Piece::Text(part.into()));
                    }
                }
            }
            hole @ Piece::Hole { .. } => {
                if let Some(open) = segments.last_mut() {
                    open.push(hole.clone());
                }
            }
        }
    }
    segments
}

/// Pieces as they are shown, which is what ids are compared by.
pub(crate) fn text_of(pieces: &[Piece]) -> String {
    pieces.iter().map(Piece::to_string).collect()
}

/// What two spellings of an id have in common.
pub(crate) fn same_id(id: &Node) -> String {
    text_of(&pieces(id)).trim_end_matches('/').to_lowercase()
}

/// `BASE/providers/Microsoft.A/b/NAME/c/NAME`.
pub(crate) fn make_id(base: Vec<Piece>, native: &str, names: &[Node]) -> Value {
    let mut id = base;
    let (namespace, types) = native.split_once('/').unwrap_or((native, ""));
    let is_group = native.eq_ignore_ascii_case("Microsoft.Resources/resourceGroups");
    let is_subscription = native.eq_ignore_ascii_case("Microsoft.Resources/subscriptions");
    if !is_group && !is_subscription {
        id.push(Piece::Text(format!("/providers/{namespace}").into()));
    }
    for (at, part) in types.split('/').enumerate() {
        id.push(Piece::Text(format!("/{part}").into()));
        if let Some(name) = names.get(at) {
            push(&mut id, "/", name);
        }
    }
    Value::text(id)
}

/// The type and the names that an id ends in: of `/…/providers/Microsoft.A/b/x/c/y` or of `Microsoft.A/b/x/c/y`.
pub(crate) fn taken_apart(id: &Node) -> Option<(Arc<str>, Vec<Node>)> {
    let all = pieces(id);
    let segments = segments(&all);
    let known = |at: usize| match &**segments.get(at)? {
        [Piece::Text(text)] => Some(text.clone()),
        _ => None,
    };
    let last =
        (0..segments.len()).rev().find(|at| known(*at).is_some_and(|t| t.eq_ignore_ascii_case("providers")));
    let start = match last {
        Some(at) => at + 1,
        None if known(0).is_some_and(|first| first.contains('.')) => 0,
        None => {
            let group =
                segments.len() == 4 && known(2).is_some_and(|t| t.eq_ignore_ascii_case("resourceGroups"));
            let name: Node = Value::text(segments.get(3)?.iter().cloned()).into();
            return group.then(|| ("Microsoft.Resources/resourceGroups".into(), vec![name]));
        }
    };
    let mut native = known(start)?.to_string();
    let mut names = Vec::new();
    for pair in segments.get(start + 1..)?.chunks(2) {
        let [Piece::Text(part)] = &*pair[0] else { return None };
        native.push('/');
        native.push_str(part);
        names.push(Value::text(pair.get(1)?.iter().cloned()).into());
    }
    (!names.is_empty()).then(|| (native.into(), names))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Node {
        text.into()
    }

    #[test]
    fn ids_are_made_and_taken_apart() {
        let place = Place::of_root(TargetScope::ResourceGroup);
        let id: Node = make_id(place.id(), "Microsoft.A/b/c", &[text("x"), Node::unknown("later")]).into();
        assert_eq!(
            id.display(),
            "/subscriptions/${? subscription().subscriptionId}/resourceGroups/${? resourceGroup().name}/providers/Microsoft.A/b/x/c/${? later}"
        );
        let (native, names) = taken_apart(&id).unwrap();
        assert_eq!((&*native, names[0].as_str(), names.len()), ("Microsoft.A/b/c", Some("x"), 2));
        let nested = "/subscriptions/s/resourceGroups/g/providers/Microsoft.A/b/x/providers/Microsoft.D/e/y";
        for (id, want) in [
            (nested, Some(("Microsoft.D/e", "y"))),
            ("Microsoft.A/b/x", Some(("Microsoft.A/b", "x"))),
            ("/subscriptions/s/resourceGroups/g", Some(("Microsoft.Resources/resourceGroups", "g"))),
            ("plain", None),
            ("", None),
            ("/providers/Microsoft.A/b", None),
        ] {
            let found = taken_apart(&text(id)).map(|(n, names)| (n.to_string(), names[0].display()));
            assert_eq!(found, want.map(|(n, name)| (n.to_owned(), name.to_owned())), "{id}");
        }
    }

    #[test]
    fn places_of_ids() {
        let address: Arc<str> = "rg".into();
        for (id, level) in [
            ("/subscriptions/s/resourceGroups/g", Some(TargetScope::ResourceGroup)),
            ("/subscriptions/s", Some(TargetScope::Subscription)),
            ("/providers/Microsoft.Management/managementGroups/m", Some(TargetScope::ManagementGroup)),
            ("/", Some(TargetScope::Tenant)),
            ("/subscriptions/s/resourceGroups/g/providers/Microsoft.A/b/x", None),
        ] {
            let place = Place::of_id(&text(id), &address);
            assert_eq!(place.as_ref().map(|p| p.level), level, "{id}");
            if let Some(place) = place {
                assert_eq!(same_id(&place.id_node()), id.trim_end_matches('/').to_lowercase());
            }
        }
    }
}
