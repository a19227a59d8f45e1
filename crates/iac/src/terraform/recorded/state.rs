//! A state to observations: what the last deployment has made, with its ids.

use std::sync::Arc;

use catalog::Catalog;
use formats::data::{Data, Datum};
use model::{CoverageStatus, Standing};

use super::marks::Marks;
use super::plan::in_modules;
use super::values::{Reader, Told, Written};
use super::{MAX_INSTANCES, Made, Providers, STATE, ids, signed, too_many};
use crate::file::SourceFile;
use crate::terraform::inventory::{Inventory, Resource};
use crate::terraform::provider;

pub(super) fn observe(file: &SourceFile, state: &Datum, catalog: &Catalog) -> Made {
    if state.get("encrypted_data").is_some() {
        return Err((CoverageStatus::Skipped, "the state is encrypted".into()));
    }
    let instances = match state.get("values") {
        Some(values) if state.get("format_version").is_some() => shown(values),
        _ => match (state.get("version").map(|v| &v.value), state.get("backend")) {
            (_, Some(_)) => return Ok(model::Observations::default()), // where the state is, not what it is
            (Some(Data::Int(4)), None) => stored(state),
            (Some(Data::Int(version)), None) => {
                return Err((CoverageStatus::Skipped, format!("version {version} of states is not read")));
            }
            _ if file.path.ends_with(".tfstate") => {
                return Err((CoverageStatus::Failed, "not a Terraform state".into()));
            }
            _ => return Ok(model::Observations::default()),
        },
    };
    let mut inventory = Inventory::new(STATE, file.path.clone(), catalog);
    let mut providers = Providers::default();
    let references = |_: &Datum| Vec::new();
    let reader = Reader { file, typed: true, references: &references };
    let body = |one: &Instance<'_>| {
        let told =
            Told { value: one.values, unknown: None, marks: Some(&one.marks), written: Written::Unseen };
        reader.body(one.at, told)
    };
    for one in instances.iter().filter(|one| !one.is_managed && provider::LOOK_UPS.contains(&one.kind)) {
        inventory.look_up(&one.provider, one.address.clone());
        providers.found(&one.provider, one.kind, &body(one));
    }
    for (index, one) in instances.iter().filter(|one| one.is_managed).enumerate() {
        if index == MAX_INSTANCES {
            too_many(&mut inventory, STATE, &file.path);
            break;
        }
        let body = body(one);
        let (kind, address): (Arc<str>, Arc<str>) = (one.kind.into(), one.address.as_str().into());
        let ids = ids(&body);
        let resource =
            Resource { kind: &kind, address: &address, body: &body, configuration: &one.provider, ids };
        inventory.resource(&providers, &resource);
    }
    Ok(signed(inventory.finish(), STATE, Standing::Recorded, &file.path))
}

struct Instance<'s> {
    at: &'s Datum,
    is_managed: bool,
    kind: &'s str,
    address: String,
    provider: String,
    values: Option<&'s Datum>,
    marks: Marks,
}

/// A state as it is stored: each resource with its instances.
fn stored(state: &Datum) -> Vec<Instance<'_>> {
    let mut found = Vec::new();
    for resource in state.get("resources").and_then(Datum::as_list).into_iter().flatten() {
        let text = |key: &str| resource.get(key).and_then(Datum::as_str);
        let (Some(mode), Some(kind), Some(name)) = (text("mode"), text("type"), text("name")) else {
            continue;
        };
        let module = text("module").map(|m| format!("{m}.")).unwrap_or_default();
        let data = if mode == "managed" { "" } else { "data." };
        for instance in resource.get("instances").and_then(Datum::as_list).into_iter().flatten() {
            // What is deposed is about to be deleted: another instance has taken its address.
            if instance.get("deposed").is_some() {
                continue;
            }
            let key = match instance.get("index_key").map(|k| &k.value) {
                Some(Data::Int(index)) => format!("[{index}]"),
                Some(Data::Text(name)) => format!("[{name:?}]"),
                _ => String::new(),
            };
            found.push(Instance {
                at: instance,
                is_managed: mode == "managed",
                kind,
                address: format!("{module}{data}{kind}.{name}{key}"),
                provider: text("provider").map_or_else(|| default(kind), configuration),
                values: instance.get("attributes"),
                marks: Marks::of_paths(instance.get("sensitive_attributes")),
            });
        }
    }
    found
}

/// A state as `terraform show -json` writes it.
fn shown(values: &Datum) -> Vec<Instance<'_>> {
    let mut found = Vec::new();
    in_modules(values, &mut |resource, _| {
        let text = |key: &str| resource.get(key).and_then(Datum::as_str);
        let (Some(mode), Some(kind), Some(address)) = (text("mode"), text("type"), text("address")) else {
            return;
        };
        if resource.get("deposed_key").is_some() {
            return;
        }
        found.push(Instance {
            at: resource,
            is_managed: mode == "managed",
            kind,
            address: address.to_owned(),
            provider: default(kind), // its alias is not told
            values: resource.get("values"),
            marks: Marks::of_values(resource.get("sensitive_values")),
        });
    });
    found
}

fn default(kind: &str) -> String {
    kind.split('_').next().unwrap_or(kind).to_owned()
}

/// `provider["registry.terraform.io/hashicorp/azurerm"].west` as `azurerm.west`.
fn configuration(provider: &str) -> String {
    let (_, named) = provider.rsplit_once("provider[\"").unwrap_or(("", provider));
    let (address, alias) = named.split_once("\"]").unwrap_or((named, ""));
    let name = address.rsplit('/').next().unwrap_or(address);
    format!("{name}{alias}")
}
