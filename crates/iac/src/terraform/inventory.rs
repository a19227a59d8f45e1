//! Resources in Terraform's words become assets and parts, by the cards of their types. Whether a resource is evaluated
//! from its source or was read from a plan or a state makes no difference here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use catalog::{Catalog, DocPath, Kind};
use model::{
    Asset, AssetId, Coverage, CoverageStatus, Evidence, Link, Node, Observations, Part, Reference, Value,
};

use super::recorded::is_secret;
use super::{mapping, provider};

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

/// One resource instance.
pub(crate) struct Resource<'r> {
    /// `azurerm_search_service`
    pub(crate) kind: &'r Arc<str>,
    /// Below the root: `module.m.aws_s3_bucket.b["x"]`.
    pub(crate) address: &'r Arc<str>,
    /// Attributes, and blocks as lists; it stands where the resource is declared.
    pub(crate) body: &'r Node,
    /// The provider configuration it belongs to: `aws.west`.
    pub(crate) configuration: &'r str,
    /// Ids that are known for certain.
    pub(crate) ids: BTreeSet<Arc<str>>,
}

/// What the inventory asks of the dialect that fills it.
pub(crate) trait Dialect {
    /// Whether there is room for a document; the error says why not.
    fn room(&self, document: &Node) -> Result<(), String>;
    /// The settings of a provider configuration, where it has any.
    fn provider(&self, configuration: &str, address: &Arc<str>) -> Option<Node>;
}

/// Collects what one root has.
pub(crate) struct Inventory<'c> {
    source: &'static str,
    scope: Arc<str>,
    pub(crate) catalog: &'c Catalog,
    pub(crate) seen: Observations,
    /// Scope assets by address, and what else they are called.
    names: BTreeMap<Arc<str>, BTreeSet<Arc<str>>>,
    /// Scope assets that are among the assets, with the project that Google's resources are in.
    made: BTreeMap<Arc<str>, Option<Node>>,
}

impl<'c> Inventory<'c> {
    pub(crate) fn new(source: &'static str, scope: Arc<str>, catalog: &'c Catalog) -> Self {
        let (seen, names, made) = (Observations::default(), BTreeMap::new(), BTreeMap::new());
        Inventory { source, scope, catalog, seen, names, made }
    }

    /// What was collected.
    pub(crate) fn finish(mut self) -> Observations {
        for asset in &mut self.seen.assets {
            if let Some(names) = self.names.get(&asset.address) {
                asset.aliases.extend(names.iter().cloned());
            }
        }
        self.seen
    }

    /// A data source that looks up the scope of a provider configuration is another name of it.
    pub(crate) fn look_up(&mut self, configuration: &str, address: String) {
        if let Some((scope, _)) = provider::scope_of(configuration) {
            self.names.entry(scope).or_default().insert(address.into());
        }
    }

    /// Takes one resource in.
    pub(crate) fn resource(&mut self, dialect: &dyn Dialect, one: &Resource<'_>) {
        let catalog = self.catalog;
        let body = &mapping::trimmed(one.body);
        let one = &Resource { body, ids: one.ids.clone(), ..*one };
        let mapped = match &**one.kind {
            "azapi_resource" | "azapi_update_resource" | "azapi_data_plane_resource" => self.azapi(one),
            kind if kind.starts_with("awscc_") => catalog.awscc(kind).map(|card| {
                let rules = card.card.terraform.first().cloned().unwrap_or_default();
                (card, None, mapping::cloud_control(card, &rules, body))
            }),
            _ => None,
        };
        if let Some((card, owner, document)) = mapped {
            self.add(dialect, card, one, document, owner);
            return;
        }
        let refs = catalog.terraform(one.kind);
        if refs.is_empty() {
            self.no_card(one);
        }
        for at in refs {
            let (card, rules) = catalog.mapping(*at);
            let document = mapping::document(card, rules, body);
            let owner = rules
                .part_of
                .as_ref()
                .map(|by| (body.get(by).cloned().unwrap_or_default(), rules.into.clone()));
            self.add(dialect, card, one, document, owner);
        }
    }

    /// `azapi_…`: the kind is in the `type` argument, `Microsoft.Search/searchServices@2025-05-01`.
    #[expect(
        clippy::type_complexity,
        reason = "kind, owner and place of a part, document: read once, where it is made"
    )]
    fn azapi(&self, one: &Resource<'_>) -> Option<(&'c Kind, Option<(Node, Arc<str>)>, Node)> {
        let native = one.body.get("type")?.as_str()?.split('@').next()?.to_owned();
        let card = self.catalog.native(&native)?;
        let document = crate::native::as_azure_reads(Some(card), mapping::azapi(one.body), 0);
        let owner = (&**one.kind == "azapi_update_resource").then(|| {
            let named = one.body.get("resource_id").or_else(|| one.body.get("name"));
            (named.cloned().unwrap_or_default(), Arc::from(""))
        });
        Some((card, owner, document))
    }

    fn no_card(&mut self, one: &Resource<'_>) {
        let kind = one.kind;
        if is_helper(kind) {
            return;
        }
        let native = one.body.get("type").and_then(Node::as_str).filter(|_| kind.starts_with("azapi_"));
        let shown = native.map_or(&**kind, |n| n.split('@').next().unwrap_or(n));
        let place = one.body.at.as_ref().map(ToString::to_string).unwrap_or_default();
        let reason = format!("{NO_CARD}{shown}\" has no card");
        self.seen.coverage.push(Coverage::note(self.source, place, CoverageStatus::Skipped, reason));
    }

    fn add(
        &mut self,
        dialect: &dyn Dialect,
        card: &Kind,
        one: &Resource<'_>,
        document: Node,
        owner: Option<(Node, Arc<str>)>,
    ) {
        let evidence = evidence_of(one.body);
        if let Some((owner, into)) = owner {
            self.seen.parts.push(Part {
                kind: card.card.kind.text.clone(),
                scope: self.scope.clone(),
                address: one.address.clone(),
                owner,
                into,
                body: document,
                evidence: evidence.unwrap_or(Evidence::Pointer {
                    document: self.scope.clone(),
                    pointer: one.address.clone(),
                }),
            });
            return;
        }
        let id = self.id(one.address);
        let mut document = match dialect.room(&document) {
            Ok(()) => document,
            Err(message) => Node { value: Value::unknown(message), ..document },
        };
        if let Some((address, scope_kind)) = provider::scope_of(one.configuration) {
            self.scope(dialect, &address, scope_kind, one.configuration, evidence.as_ref());
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
            scope: self.scope.clone(),
            source_type: one.kind.clone(),
            aliases: one.ids.clone(),
            document,
            evidence: evidence.into_iter().collect(),
            sightings: Vec::new(),
        });
    }

    /// Google's resources are in the provider's project where they do not say another.
    fn inherit(&self, address: &Arc<str>, scope_kind: &str, document: &mut Node) {
        if scope_kind != "google.project" || document.get("project").is_some() {
            return;
        }
        if let Some(Some(project)) = self.made.get(address) {
            DocPath::parse("project").put(document, project.clone());
        }
    }

    fn id(&self, address: &str) -> AssetId {
        let folder = if self.scope.is_empty() { "." } else { &*self.scope };
        AssetId(format!("{folder}#{address}").into())
    }

    /// The account, subscription or project that a provider configuration works in.
    fn scope(
        &mut self,
        dialect: &dyn Dialect,
        address: &Arc<str>,
        kind: &'static str,
        configuration: &str,
        used_at: Option<&Evidence>,
    ) {
        if self.made.contains_key(address) {
            return;
        }
        self.names.entry(address.clone()).or_default();
        let Some(card) = self.catalog.kind(kind) else { return };
        let settings = dialect.provider(configuration, address);
        let evidence = settings.as_ref().and_then(evidence_of).or_else(|| used_at.cloned());
        let mut document = settings.unwrap_or_else(|| Value::map(BTreeMap::new()).into());
        if let Value::Map(entries) = &mut document.value {
            for (name, node) in Arc::make_mut(entries) {
                node.sensitive |= is_secret(name);
            }
        }
        self.made.insert(address.clone(), document.get("project").cloned());
        let text = |key: &str| document.get(key).and_then(Node::as_str).map(str::to_owned);
        let name = ["project", "subscription_id", "region", "alias"].iter().find_map(|key| text(key));
        self.seen.assets.push(Asset {
            id: self.id(address),
            kind: kind.into(),
            class: card.card.class,
            name: name.unwrap_or_else(|| address.to_string()),
            address: address.clone(),
            scope: self.scope.clone(),
            source_type: "provider".into(),
            aliases: BTreeSet::new(),
            document,
            evidence: evidence.into_iter().collect(),
            sightings: Vec::new(),
        });
    }
}

fn evidence_of(body: &Node) -> Option<Evidence> {
    body.at.as_ref().map(|at| Evidence::Source((**at).clone()))
}
