//! Ids of Azure Resource Manager, known or partly known, and whether what one names lies within another.
//!
//! In one configuration the subscription and the resource group that it is deployed to are each one, known or not.
//! Source: "Understand scope for Azure RBAC", <https://learn.microsoft.com/azure/role-based-access-control/scope-overview>.

use std::sync::Arc;

use catalog::Catalog;
use graph::Graph;
use model::{Node, Piece, Value, Verdict};

/// A name in an id.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Part {
    /// In lower case.
    Known(Arc<str>),
    /// The one that the configuration is deployed to.
    Own,
    /// Text with holes, or only a reason.
    Open(Arc<str>),
}

/// A resource id taken apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Arm {
    pub(super) subscription: Part,
    pub(super) group: Option<Part>,
    /// The provider and the types, in lower case, each type with its name: `microsoft.storage/storageaccounts`, `stx`.
    pub(super) types: Vec<(Arc<str>, Part)>,
}

/// Whether a scope holds a thing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Cover {
    Yes,
    If(Arc<str>),
    Unknown(Arc<str>),
    No,
}

impl Cover {
    /// Both must hold.
    fn and(self, other: Cover) -> Cover {
        self.max(other)
    }

    /// A verdict as it holds through this cover; `None` where it does not reach at all.
    pub(super) fn verdict(&self, verdict: Verdict) -> Option<Verdict> {
        match self {
            Cover::Yes => Some(verdict),
            Cover::If(condition) => Some(verdict.and(Verdict::Conditional(vec![condition.clone()]))),
            Cover::Unknown(why) => Some(verdict.and(Verdict::Unknown(why.clone()))),
            Cover::No => None,
        }
    }
}

impl Part {
    fn known(text: &str) -> Part {
        Part::Known(text.to_lowercase().into())
    }

    fn within(&self, thing: &Part, what: &str, same: bool) -> Cover {
        match (self, thing) {
            (Part::Known(a), Part::Known(b)) if a == b => Cover::Yes,
            (Part::Known(_), Part::Known(_)) => Cover::No,
            (Part::Own, Part::Own) if same => Cover::Yes,
            // Two configurations that say nothing of where they go are not taken to meet.
            (Part::Own, Part::Own) => Cover::No,
            (Part::Known(name), Part::Own) | (Part::Own, Part::Known(name)) => {
                Cover::If(format!("the configuration is deployed to {what} {name}").into())
            }
            (Part::Open(text), Part::Own) if what == "subscription" => Cover::If(
                format!("the configuration is deployed to the {what} of the scope{}", told(text)).into(),
            ),
            (Part::Open(text), _) => {
                Cover::Unknown(format!("which {what} the scope names is not known{}", told(text)).into())
            }
            (_, Part::Open(text)) => Cover::Unknown(
                format!("the name of the {what} is not known{}, and the scope may be it", told(text)).into(),
            ),
        }
    }
}

/// A piece of a text on the way to an id.
enum Letter<'t> {
    Text(&'t str),
    Hole(Part),
}

impl Arm {
    /// The id that a whole text names.
    pub(super) fn of_text(text: &str) -> Option<Arm> {
        Arm::of_segments(&segments(&[Letter::Text(text)]))
    }

    /// The id that a value names, whose holes `own` may know to be what the configuration is deployed to.
    pub(super) fn of_node(node: &Node, own: &dyn Fn(&Piece) -> bool) -> Option<Arm> {
        match &node.value {
            Value::String(text) => Arm::of_text(text),
            Value::Template(pieces) => Arm::of_segments(&segments(&letters(pieces, own))),
            _ => None,
        }
    }

    fn of_segments(segments: &[Part]) -> Option<Arm> {
        // A hole that is the id of the subscription itself stands for both of its segments.
        let (subscription, rest) = match segments {
            [Part::Known(word), subscription, rest @ ..] if &**word == "subscriptions" => {
                (subscription, rest)
            }
            [Part::Own, rest @ ..] => (&Part::Own, rest),
            _ => return None,
        };
        let (group, types) = below(rest)?;
        Some(Arm { subscription: subscription.clone(), group, types })
    }

    /// The id of an asset, as far as it or what holds it tells.
    pub(super) fn of_asset(graph: &Graph, catalog: &Catalog, index: usize) -> Option<Arm> {
        let asset = graph.assets().get(index)?;
        if let Some(known) = asset.aliases.iter().find_map(|alias| Arm::of_text(alias)) {
            return Some(known);
        }
        let above = |kind: &str| graph.ends(index, "contains", Some(kind), true).assets.first().copied();
        let written = asset.document.get("name").and_then(Node::as_str).is_some();
        let unnamed = asset.name.contains(['$', '…']) || asset.name.starts_with("unknown (");
        let name = if unnamed || !written && *asset.name == *asset.address {
            Part::Open(asset.name.as_str().into())
        } else {
            Part::known(&asset.name)
        };
        match &*asset.kind {
            "azure.subscription" => {
                let subscription = match asset.document.get("subscriptionId").and_then(Node::as_str) {
                    Some(id) => Part::known(id),
                    None => Part::Own,
                };
                return Some(Arm { subscription, group: None, types: Vec::new() });
            }
            "azure.resources.resource-group" => {
                let subscription = above("azure.subscription").and_then(|s| Arm::of_asset(graph, catalog, s));
                let subscription = subscription.map_or(Part::Own, |s| s.subscription);
                let group = if asset.name.ends_with("resourceGroup()") { Part::Own } else { name };
                return Some(Arm { subscription, group: Some(group), types: Vec::new() });
            }
            _ => {}
        }
        let native = catalog.kind(&asset.kind)?.card.native.as_deref()?.to_lowercase();
        let mut steps = native.split('/');
        let first = format!("{}/{}", steps.next()?, steps.next()?);
        let kinds: Vec<Arc<str>> = std::iter::once(first.into()).chain(steps.map(Arc::from)).collect();
        // The nearest thing above that is no scope: the account of a deployment.
        let holders = graph.ends(index, "contains", Some("azure."), true).assets;
        let is_scope = |i: &usize| graph.assets()[*i].class == model::Class::Scope;
        let parent = holders.iter().copied().find(|i| !is_scope(i) && *i != index);
        let parent = parent.filter(|_| kinds.len() > 1).and_then(|i| Arm::of_asset(graph, catalog, i));
        let (subscription, group, mut types) = match parent {
            Some(arm) if arm.types.len() < kinds.len() => (arm.subscription, arm.group, arm.types),
            _ => {
                let group = holders
                    .iter()
                    .copied()
                    .find(|i| &*graph.assets()[*i].kind == "azure.resources.resource-group");
                let group = group.and_then(|g| Arm::of_asset(graph, catalog, g));
                let subscription = above("azure.subscription").and_then(|s| Arm::of_asset(graph, catalog, s));
                let subscription = subscription.map(|s| s.subscription);
                let (own, group) = match group {
                    Some(arm) => (arm.subscription, arm.group),
                    None => (
                        Part::Own,
                        asset.document.get("parent").filter(|_| kinds.len() == 1).map(named_group),
                    ),
                };
                (subscription.unwrap_or(own), group, Vec::new())
            }
        };
        while types.len() + 1 < kinds.len() {
            let kind = kinds[types.len()].clone();
            let name = match kind.ends_with("services") && !types.is_empty() {
                true => Part::known("default"),
                false => Part::Open(format!("the {kind} above {}", asset.name).into()),
            };
            types.push((kind, name));
        }
        types.push((kinds.last()?.clone(), name));
        Some(Arm { subscription, group, types })
    }

    /// Its last type and name.
    pub(super) fn end(&self) -> (Arc<str>, Part) {
        match (self.types.last(), &self.group) {
            (Some((kind, name)), _) => (kind.clone(), name.clone()),
            (None, Some(group)) => ("resourcegroups".into(), group.clone()),
            (None, None) => ("subscriptions".into(), self.subscription.clone()),
        }
    }

    /// Whether what `thing` names lies within this, both seen from one configuration or not.
    pub(super) fn covers(&self, thing: &Arm, same: bool) -> Cover {
        // Seen from elsewhere, only a resource that is named in full is known again.
        let whole = |arm: &Arm| arm.subscription != Part::Own && !matches!(arm.subscription, Part::Open(_));
        let in_full = || self.types.last().is_some_and(|(_, name)| matches!(name, Part::Known(_)));
        if !same && !(whole(self) && (whole(thing) || in_full())) {
            return Cover::No;
        }
        let mut cover = self.subscription.within(&thing.subscription, "subscription", same);
        match (&self.group, &thing.group) {
            (Some(group), Some(its)) => cover = cover.and(group.within(its, "resource group", same)),
            (Some(_), None) if thing.types.is_empty() => return Cover::No,
            (Some(_), None) => cover = cover.and(Cover::Unknown("its resource group is not known".into())),
            (None, _) => {}
        }
        cover.and(begins(&thing.types, &self.types, same))
    }
}

/// What pieces of text say behind the id that they begin with: a resource group, and types with names.
pub(super) fn behind(pieces: &[Piece]) -> Option<Behind> {
    below(&segments(&letters(pieces, &|_| false)))
}

pub(super) type Behind = (Option<Part>, Vec<(Arc<str>, Part)>);

fn letters<'p>(pieces: &'p [Piece], own: &dyn Fn(&Piece) -> bool) -> Vec<Letter<'p>> {
    let letter = |piece: &'p Piece| match piece {
        Piece::Text(text) => Letter::Text(text),
        hole if own(hole) => Letter::Hole(Part::Own),
        hole => Letter::Hole(Part::Open(brief(hole).into())),
    };
    pieces.iter().map(letter).collect()
}

fn segments(letters: &[Letter<'_>]) -> Vec<Part> {
    let mut segments: Vec<Part> = Vec::new();
    let mut open: Option<Part> = None;
    for letter in letters {
        match letter {
            Letter::Text(text) => {
                for (i, piece) in text.split('/').enumerate() {
                    if i > 0 {
                        segments.extend(open.take());
                    }
                    open = match open.take() {
                        None if piece.is_empty() => None,
                        None if piece.contains('*') => Some(Part::Open(piece.into())),
                        None => Some(Part::known(piece)),
                        Some(before) if piece.is_empty() => Some(before),
                        Some(before) => Some(joined(&before, piece)),
                    };
                }
            }
            Letter::Hole(hole) => {
                open = Some(match open.take() {
                    None => hole.clone(),
                    Some(before) => joined(&before, "…"),
                });
            }
        }
    }
    segments.extend(open);
    segments
}

fn below(segments: &[Part]) -> Option<Behind> {
    let word = |at: usize| match segments.get(at) {
        Some(Part::Known(word)) => Some(&**word),
        _ => None,
    };
    let mut at = 0;
    let mut group = None;
    if word(at) == Some("resourcegroups") {
        group = Some(segments.get(at + 1)?.clone());
        at += 2;
    }
    let mut types = Vec::new();
    while at < segments.len() {
        // An extension resource begins a provider of its own.
        if word(at) == Some("providers") {
            let kind = format!("{}/{}", word(at + 1)?, word(at + 2)?);
            types.push((kind.into(), segments.get(at + 3)?.clone()));
            at += 4;
        } else {
            types.push((word(at)?.into(), segments.get(at + 1)?.clone()));
            at += 2;
        }
    }
    Some((group, types))
}

/// Whether types with names begin with others.
pub(super) fn begins(types: &[(Arc<str>, Part)], with: &[(Arc<str>, Part)], same: bool) -> Cover {
    if with.len() > types.len() {
        return Cover::No;
    }
    let mut cover = Cover::Yes;
    for ((kind, name), (its_kind, its_name)) in with.iter().zip(types) {
        if kind != its_kind {
            return Cover::No;
        }
        cover = cover.and(name.within(its_name, "resource", same));
    }
    cover
}

/// A text with holes behind a sentence, where it is short enough to tell anything.
fn told(text: &str) -> String {
    if text.len() > 60 || text.contains(['{', '[']) { String::new() } else { format!(" ({text})") }
}

fn joined(before: &Part, piece: &str) -> Part {
    match before {
        Part::Known(text) | Part::Open(text) => Part::Open(format!("{text}{piece}").into()),
        Part::Own => Part::Open(format!("…{piece}").into()),
    }
}

fn brief(piece: &Piece) -> String {
    match piece {
        Piece::Hole { from: None, reason } => reason.to_string(),
        other => other.to_string(),
    }
}

/// The resource group that a resource names.
fn named_group(node: &Node) -> Part {
    match node.as_str() {
        Some(name) => Part::known(name.rsplit('/').next().unwrap_or(name)),
        None => Part::Open(node.brief().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_hold_what_lies_below_them() {
        let unknown = |why: &str| Cover::Unknown(why.into());
        let account = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a";
        for (scope, thing, want) in [
            ("/subscriptions/S", account, Cover::Yes),
            ("/subscriptions/t", account, Cover::No),
            ("/subscriptions/s/resourcegroups/G", account, Cover::Yes),
            ("/subscriptions/s/resourceGroups/gg", account, Cover::No),
            (account, account, Cover::Yes),
            (account, "/subscriptions/s/resourceGroups/g", Cover::No),
            (account, &format!("{account}/blobServices/default/containers/c"), Cover::Yes),
            (&format!("{account}/blobServices/default/containers/c"), account, Cover::No),
            (&account.replace("/a", "/ab"), account, Cover::No),
            (
                &account.replace("storageAccounts/a", "storageAccounts/a*"),
                account,
                unknown("which resource the scope names is not known (a*)"),
            ),
        ] {
            let (scope, thing) = (Arm::of_text(scope).unwrap(), Arm::of_text(thing).unwrap());
            assert_eq!(scope.covers(&thing, true), want, "{scope:?} {thing:?}");
        }
        for text in
            ["", "/", "/subscriptions", "/subscriptions/", "x", "/providers/a/b", "/subscriptions/s/x"]
        {
            assert!(Arm::of_text(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_hole_is_what_the_configuration_is_deployed_to_where_it_says_so() {
        let hole = |reason: &str| Piece::Hole { reason: reason.into(), from: None };
        let text = |t: &str| Piece::Text(t.into());
        let own = |piece: &Piece| matches!(piece, Piece::Hole { reason, .. } if reason.contains("()"));
        let arm = |pieces: Vec<Piece>| Arm::of_node(&Value::text(pieces).into(), &own).unwrap();
        let here = arm(vec![text("/subscriptions/"), hole("subscription().subscriptionId")]);
        let group = arm(vec![hole("subscription().id"), text("/resourceGroups/g")]);
        let other = arm(vec![text("/subscriptions/"), hole("variable x has no value")]);
        assert_eq!(here.covers(&group, true), Cover::Yes);
        assert_eq!(here.covers(&group, false), Cover::No);
        let same = "the configuration is deployed to the subscription of the scope (variable x has no value)";
        assert_eq!(other.covers(&group, true), Cover::If(same.into()));
        assert_eq!(group.covers(&here, true), Cover::No);
    }
}
