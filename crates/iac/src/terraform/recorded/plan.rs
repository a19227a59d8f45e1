//! A plan to observations: what there will be once it is applied.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use catalog::Catalog;
use formats::data::{Data, Datum};
use model::{Coverage, CoverageStatus, Standing};

use super::configuration::{Configuration, key_of};
use super::marks::Marks;
use super::values::{Reader, Told, Written};
use super::{MAX_INSTANCES, Made, PLAN, Providers, ids, signed, too_many};
use crate::file::SourceFile;
use crate::terraform::inventory::{Inventory, Resource};
use crate::terraform::provider;

pub(super) fn observe(file: &SourceFile, plan: &Datum, catalog: &Catalog) -> Made {
    let version = plan.get("format_version").and_then(Datum::as_str).unwrap_or_default();
    let planned = ["planned_values", "resource_changes"].iter().any(|key| plan.get(key).is_some());
    if version.is_empty() || !planned {
        return Ok(model::Observations::default());
    }
    if !version.starts_with("0.") && !version.starts_with("1.") {
        let reason = format!("format version {version} of plans is not known");
        return Err((CoverageStatus::Skipped, reason));
    }
    let resources = resources(plan);
    let addresses: BTreeSet<&str> = resources.iter().map(|r| r.address).collect();
    let configuration = Configuration::new(file, plan, addresses);
    let mut providers = configuration.providers();
    let mut inventory = Inventory::new(PLAN, file.path.clone(), catalog);
    look_ups(file, plan, &configuration, &mut providers, &mut inventory);
    for (key, reason) in [
        ("errored", "the plan ended with an error, resources may be missing"),
        ("complete", "the plan is not complete, resources may be missing"),
    ] {
        let said = plan.get(key).map(|d| &d.value);
        if said == Some(&Data::Bool(key == "errored")) {
            inventory.seen.coverage.push(Coverage::note(PLAN, &file.path, CoverageStatus::Partial, reason));
        }
    }
    for (index, one) in resources.iter().filter(|one| one.is_managed).enumerate() {
        if index == MAX_INSTANCES {
            too_many(&mut inventory, PLAN, &file.path);
            break;
        }
        let module = configuration.module(one.module);
        let name = format!("{}.{}", one.kind, one.name);
        let written = configuration.resource(&module, &name);
        let key = key_of(one.address);
        let references = |expression: &Datum| configuration.references(&module, key, expression);
        let reader = Reader { file, typed: false, references: &references };
        let told = Told {
            value: one.values,
            unknown: one.unknown,
            marks: Some(&one.marks),
            written: match written.and_then(|w| w.get("expressions")) {
                Some(expressions) => Written::Block(expressions),
                None if written.is_some() => Written::Not,
                None => Written::Unseen,
            },
        };
        let body = reader.body(one.at, told);
        let configuration = configuration.provider(written, one.kind);
        let (kind, address): (Arc<str>, Arc<str>) = (one.kind.into(), one.address.into());
        let ids = ids(&body);
        let resource =
            Resource { kind: &kind, address: &address, body: &body, configuration: &configuration, ids };
        inventory.resource(&providers, &resource);
    }
    Ok(signed(inventory.finish(), PLAN, Standing::Planned, &file.path))
}

/// One instance of the plan.
struct Planned<'p> {
    at: &'p Datum,
    is_managed: bool,
    kind: &'p str,
    name: &'p str,
    address: &'p str,
    module: &'p str,
    values: Option<&'p Datum>,
    unknown: Option<&'p Datum>,
    marks: Marks,
}

/// What there will be: the planned values, with what their changes say besides.
fn resources(plan: &Datum) -> Vec<Planned<'_>> {
    let mut changes: HashMap<&str, &Datum> = HashMap::new();
    for change in plan.get("resource_changes").and_then(Datum::as_list).into_iter().flatten() {
        if let (Some(address), None) = (change.get("address").and_then(Datum::as_str), change.get("deposed"))
        {
            changes.insert(address, change);
        }
    }
    let mut found = Vec::new();
    match plan.get("planned_values") {
        Some(values) => in_modules(values, &mut |resource, module| {
            let change =
                resource.get("address").and_then(Datum::as_str).and_then(|a| changes.get(a).copied());
            found.extend(planned(resource, change, module));
        }),
        None => {
            let listed = plan.get("resource_changes").and_then(Datum::as_list).unwrap_or_default();
            let stays = |change: &&Datum| change.get("deposed").is_none() && !is_gone(change);
            found.extend(listed.iter().filter(stays).filter_map(|change| {
                let module = change.get("module_address").and_then(Datum::as_str).unwrap_or_default();
                planned(change, Some(change), module)
            }));
        }
    }
    found
}

/// Whether a change takes the resource away, and brings none in its place.
fn is_gone(change: &Datum) -> bool {
    let actions = change.get("change").and_then(|c| c.get("actions")).and_then(Datum::as_list);
    let mut actions = actions.into_iter().flatten().filter_map(Datum::as_str).peekable();
    actions.peek().is_some() && actions.all(|action| matches!(action, "delete" | "forget"))
}

fn planned<'p>(resource: &'p Datum, change: Option<&'p Datum>, module: &'p str) -> Option<Planned<'p>> {
    let text = |key: &str| resource.get(key).and_then(Datum::as_str);
    let inner = change.and_then(|c| c.get("change"));
    let sensitive = inner.and_then(|c| c.get("after_sensitive")).or_else(|| resource.get("sensitive_values"));
    Some(Planned {
        at: resource,
        is_managed: text("mode")? == "managed",
        kind: text("type")?,
        name: text("name")?,
        address: text("address")?,
        module,
        values: resource.get("values").or_else(|| inner?.get("after")),
        unknown: inner.and_then(|c| c.get("after_unknown")),
        marks: Marks::of_values(sensitive),
    })
}

/// Every resource of a module tree, with the address of its module.
pub(super) fn in_modules<'p>(values: &'p Datum, found: &mut dyn FnMut(&'p Datum, &'p str)) {
    let mut open: Vec<&Datum> = values.get("root_module").into_iter().collect();
    while let Some(module) = open.pop() {
        let address = module.get("address").and_then(Datum::as_str).unwrap_or_default();
        for resource in module.get("resources").and_then(Datum::as_list).into_iter().flatten() {
            found(resource, address);
        }
        let children = module.get("child_modules").and_then(Datum::as_list).unwrap_or_default();
        open.extend(children.iter().rev());
    }
}

/// Data sources that look up a provider's scope: other names of it, and what they found.
fn look_ups(
    file: &SourceFile,
    plan: &Datum,
    configuration: &Configuration<'_>,
    providers: &mut Providers,
    inventory: &mut Inventory<'_>,
) {
    let references = |_: &Datum| Vec::new();
    let reader = Reader { file, typed: false, references: &references };
    let before = plan.get("prior_state").and_then(|state| state.get("values"));
    for values in [before, plan.get("planned_values")].into_iter().flatten() {
        in_modules(values, &mut |resource, module| {
            let text = |key: &str| resource.get(key).and_then(Datum::as_str);
            let (Some("data"), Some(kind), Some(name)) = (text("mode"), text("type"), text("name")) else {
                return;
            };
            if !provider::LOOK_UPS.contains(&kind) {
                return;
            }
            let module = Rc::clone(&configuration.module(module));
            let written = configuration.resource(&module, &format!("data.{kind}.{name}"));
            let used = configuration.provider(written, kind);
            inventory.look_up(&used, text("address").unwrap_or_default().to_owned());
            let marks = Marks::of_values(resource.get("sensitive_values"));
            let told = Told {
                value: resource.get("values"),
                unknown: None,
                marks: Some(&marks),
                written: Written::Unseen,
            };
            providers.found(&used, kind, &reader.body(resource, told));
        });
    }
}
