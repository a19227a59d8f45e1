//! One root module to observations: every resource instance mapped by the card of its type.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use catalog::{DocPath, Kind};
use collect::Tree;
use model::{
    Asset, AssetId, Coverage, CoverageStatus, Evidence, Link, Node, Observations, Part, Reference, Value,
};

use super::instance::{Calls, Instance, Repetition, ResourceInstance, Root};
use super::module::{Modules, attribute};
use super::{Terraform, body, cost, mapping, provider, variables};

/// How a note on a resource type without a card begins.
pub(crate) const NO_CARD: &str = "resource type \"";

/// Providers whose resources are no part of any estate.
const HELPERS: [&str; 12] = [
    "random",
    "null",
    "time",
    "local",
    "tls",
    "template",
    "archive",
    "http",
    "external",
    "terraform",
    "modtm",
    "cloudinit",
];

/// Whether a resource type is of a provider that manages nothing of an estate.
pub(crate) fn is_helper(kind: &str) -> bool {
    HELPERS.iter().any(|helper| kind.split('_').next() == Some(helper))
}

/// Evaluates the root module in `folder`.
pub(crate) fn root(
    source: &Terraform<'_>,
    tree: &Tree,
    modules: &Modules,
    folder: &Arc<str>,
) -> Observations {
    let Some(module) = modules.by_folder.get(folder) else { return Observations::default() };
    let (given, notes) =
        variables::given(tree, source.catalog, modules.values.get(folder).map_or(&[], |v| v), &source.given);
    let root = Root::new(modules, tree, source.catalog, folder.clone(), given);
    root.add_instance(Instance::new(module, String::new(), String::new(), None));
    let mut observer = Observer { root: &root, seen: Observations::default(), scopes: BTreeMap::new() };
    observer.seen.coverage.extend(notes);
    // Children join the list while it is walked.
    let mut index = 0;
    while index < root.instances.borrow().len() {
        let instance = root.instance(index);
        observer.instance(&instance);
        index += 1;
    }
    let Observer { mut seen, scopes, .. } = observer;
    for asset in &mut seen.assets {
        if let Some(names) = scopes.get(&asset.address) {
            asset.aliases.extend(names.iter().cloned());
        }
    }
    seen.coverage.extend(root.notes.take());
    seen
}

struct Observer<'r, 'm> {
    root: &'r Root<'m>,
    seen: Observations,
    /// Scope assets by address, and what else they are called.
    scopes: BTreeMap<Arc<str>, BTreeSet<Arc<str>>>,
}

impl<'m> Observer<'_, 'm> {
    fn instance(&mut self, instance: &Rc<Instance<'m>>) {
        for (kind, name) in
            instance.module.data.keys().filter(|(kind, _)| provider::LOOK_UPS.contains(&&**kind))
        {
            let meta = instance.module.data.get(&(kind.clone(), name.clone()));
            let meta = meta.and_then(|data| attribute(&data.item.body, "provider"));
            let configuration = provider::configuration(self.root, instance, kind, meta);
            if let Some((address, _)) = provider::scope_of(&configuration) {
                let name = format!("{}data.{kind}.{name}", instance.prefix);
                self.scopes.entry(address).or_default().insert(name.into());
            }
        }
        for ((kind, name), declared) in &instance.module.resources {
            self.root.next_one();
            match self.root.resource(instance, false, kind, name) {
                Ok(instances) => {
                    let meta = attribute(&declared.item.body, "provider");
                    let configuration = provider::configuration(self.root, instance, kind, meta);
                    for one in instances.iter() {
                        self.resource(kind, one, &configuration);
                    }
                }
                Err(message) => {
                    let place = instance.module.position(declared.file, declared.item.header).to_string();
                    self.root.note(&place, format!("{kind}.{name} cannot be evaluated: {message}"));
                }
            }
        }
        // Modules come after a module's own resources: many of them must not crowd those out.
        for (name, call) in &instance.module.calls {
            self.root.next_one();
            let note = |reason: String| {
                let place = instance.module.position(call.file, call.item.header).to_string();
                self.root.note(&place, reason);
            };
            match self.root.calls(instance, name).as_deref() {
                Ok(Calls::Absent(reason)) => note(format!("{reason}, its resources are not assessed")),
                Ok(Calls::Instances(_)) => {}
                Err(message) => note(format!("module {name} cannot be evaluated: {message}")),
            }
        }
    }

    fn note(&mut self, place: &str, status: CoverageStatus, reason: String) {
        self.seen.coverage.push(Coverage::note(super::SOURCE, place, status, reason));
    }

    fn resource(&mut self, kind: &Arc<str>, one: &ResourceInstance, configuration: &str) {
        let catalog = self.root.catalog;
        let one = &ResourceInstance { body: mapping::trimmed(&one.body), ..one.clone() };
        let mapped = match &**kind {
            "azapi_resource" | "azapi_update_resource" | "azapi_data_plane_resource" => self.azapi(kind, one),
            _ if kind.starts_with("awscc_") => match catalog.awscc(kind) {
                Some(card) => {
                    let rules = card.card.terraform.first().cloned().unwrap_or_default();
                    Some((card, None, mapping::cloud_control(card, &rules, &one.body)))
                }
                None => None,
            },
            _ => None,
        };
        if let Some((card, owner, document)) = mapped {
            self.add(card, kind, one, configuration, document, owner);
            return;
        }
        let refs = catalog.terraform(kind);
        if refs.is_empty() {
            self.no_card(kind, one);
        }
        for at in refs {
            let (card, rules) = catalog.mapping(*at);
            let document = mapping::document(card, rules, &one.body);
            let owner = rules
                .part_of
                .as_ref()
                .map(|by| (one.body.get(by).cloned().unwrap_or_default(), rules.into.clone()));
            self.add(card, kind, one, configuration, document, owner);
        }
    }

    /// `azapi_…`: the kind is in the `type` argument, `Microsoft.Search/searchServices@2025-05-01`.
    #[expect(
        clippy::type_complexity,
        reason = "kind, owner and place of a part, document: read once, where it is made"
    )]
    fn azapi(
        &self,
        kind: &str,
        one: &ResourceInstance,
    ) -> Option<(&'m Kind, Option<(Node, Arc<str>)>, Node)> {
        let native = one.body.get("type")?.as_str()?.split('@').next()?.to_owned();
        let card = self.root.catalog.native(&native)?;
        let document = mapping::azapi(&one.body);
        let owner = (kind == "azapi_update_resource").then(|| {
            let named = one.body.get("resource_id").or_else(|| one.body.get("name"));
            (named.cloned().unwrap_or_default(), Arc::from(""))
        });
        Some((card, owner, document))
    }

    fn no_card(&mut self, kind: &str, one: &ResourceInstance) {
        if is_helper(kind) {
            return;
        }
        let native = one.body.get("type").and_then(Node::as_str).filter(|_| kind.starts_with("azapi_"));
        let shown = native.map_or(kind, |n| n.split('@').next().unwrap_or(n));
        let place = one.body.at.as_ref().map(ToString::to_string).unwrap_or_default();
        self.note(&place, CoverageStatus::Skipped, format!("{NO_CARD}{shown}\" has no card"));
    }

    fn add(
        &mut self,
        card: &Kind,
        kind: &Arc<str>,
        one: &ResourceInstance,
        configuration: &str,
        document: Node,
        owner: Option<(Node, Arc<str>)>,
    ) {
        let evidence = evidence_of(&one.body);
        if let Some((owner, into)) = owner {
            self.seen.parts.push(Part {
                kind: card.card.kind.text.clone(),
                scope: self.root.folder.clone(),
                address: one.address.clone(),
                owner,
                into,
                body: document,
                evidence: evidence.unwrap_or(Evidence::Pointer {
                    document: self.root.folder.clone(),
                    pointer: one.address.clone(),
                }),
            });
            return;
        }
        let id = self.id(&one.address);
        let mut document = match self.root.step(cost::whole(&document)) {
            Ok(()) => document,
            Err(message) => Node { value: Value::unknown(message), ..document },
        };
        if let Some((address, scope_kind)) = provider::scope_of(configuration) {
            self.scope(&address, scope_kind, configuration, evidence.as_ref());
            self.inherit(&address, scope_kind, &mut document);
            let from = Reference { address, attribute: "".into(), via: None };
            self.seen.links.push(Link {
                from: id.clone(),
                relation: "contains".into(),
                kinds: vec![scope_kind.into()],
                target: Node { from: Some(Arc::new(from)), ..Node::unknown("the provider's configuration") },
                reverse: true,
            });
        }
        let name = document.at_path(&card.card.name).filter(|n| !n.is_null()).map(Node::display);
        self.seen.assets.push(Asset {
            id,
            kind: card.card.kind.text.clone(),
            class: card.card.class,
            name: name.unwrap_or_else(|| one.address.to_string()),
            address: one.address.clone(),
            scope: self.root.folder.clone(),
            source_type: kind.clone(),
            aliases: BTreeSet::new(),
            document,
            evidence: evidence.into_iter().collect(),
        });
    }

    /// Google's resources are in the provider's project where they do not say another.
    fn inherit(&self, address: &Arc<str>, scope_kind: &str, document: &mut Node) {
        if scope_kind != "google.project" || document.get("project").is_some() {
            return;
        }
        let scope = self.seen.assets.iter().find(|a| a.address == *address);
        if let Some(project) = scope.and_then(|a| a.document.get("project")) {
            DocPath::parse("project").put(document, project.clone());
        }
    }

    fn id(&self, address: &str) -> AssetId {
        let folder = if self.root.folder.is_empty() { "." } else { &*self.root.folder };
        AssetId(format!("{folder}#{address}").into())
    }

    /// The account, subscription or project that a provider configuration works in.
    fn scope(
        &mut self,
        address: &Arc<str>,
        kind: &'static str,
        configuration: &str,
        used_at: Option<&Evidence>,
    ) {
        if self.seen.assets.iter().any(|a| a.address == *address) {
            return;
        }
        self.scopes.entry(address.clone()).or_default();
        let Some(card) = self.root.catalog.kind(kind) else { return };
        let instance = self.root.instance(0);
        let mut document: Node = Value::map(BTreeMap::new()).into();
        let mut evidence = used_at.cloned();
        let repetition = Repetition::default();
        for name in provider::block_names(configuration) {
            if let Some(block) = instance.module.providers.get(&*name) {
                let scope = self.root.scope(&instance, block.file, &repetition);
                document = body::plain(&scope, block, address);
                evidence = evidence_of(&document).or(evidence);
                break;
            }
        }
        let text = |key: &str| document.get(key).and_then(Node::as_str).map(str::to_owned);
        let name = ["project", "subscription_id", "region", "alias"].iter().find_map(|key| text(key));
        self.seen.assets.push(Asset {
            id: self.id(address),
            kind: kind.into(),
            class: card.card.class,
            name: name.unwrap_or_else(|| address.to_string()),
            address: address.clone(),
            scope: self.root.folder.clone(),
            source_type: "provider".into(),
            aliases: BTreeSet::new(),
            document,
            evidence: evidence.into_iter().collect(),
        });
    }
}

fn evidence_of(body: &Node) -> Option<Evidence> {
    body.at.as_ref().map(|at| Evidence::Source((**at).clone()))
}
