//! Who is somebody without a document saying so: workloads that run as an account which Google made.
//!
//! Where a workload names no account, it is the default account of its project, or a service agent, and those have roles
//! that no configuration grants. Such a workload is a principal of its own here.
//! <https://cloud.google.com/iam/docs/service-account-types#default>, <https://cloud.google.com/iam/docs/service-agents>

use std::collections::BTreeMap;
use std::sync::Arc;

use graph::{Graph, Principal};
use model::{Node, Verdict};

use super::bindings::{Reader, Role};
use super::members::{Who, evidence};
use super::places::{Place, title};
use super::roles::EDITOR;

/// What a workload runs as when it names nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Default {
    /// The default account of Compute Engine.
    Compute,
    /// The default account of Compute Engine, if the attribute at that path is there at all: else nobody.
    ComputeIf(&'static str),
    /// A service agent with that role on the project.
    Agent(&'static str),
}

/// Kinds of workloads, where their document names an account, and what they are where it does not.
const WORKLOADS: [(&str, &str, Default); 7] = [
    ("google.cloud-run.service", "template.serviceAccount", Default::Compute),
    ("google.compute.instance", "serviceAccount.email", Default::ComputeIf("serviceAccount")),
    ("google.dataproc.cluster", "config.gceClusterConfig.serviceAccount", Default::Compute),
    ("google.notebooks.instance", "serviceAccount", Default::Compute),
    ("google.notebooks.runtime", "accessConfig.runtimeOwner", Default::ComputeIf("virtualMachine")),
    (
        "google.vertex-ai.reasoning-engine",
        "spec.serviceAccount",
        Default::Agent("roles/aiplatform.reasoningEngineServiceAgent"),
    ),
    ("google.workbench.instance", "gceSetup.serviceAccounts", Default::Compute),
];

/// Adds the bindings that nobody writes down.
pub(super) fn add(reader: &mut Reader<'_, '_>) {
    let graph = reader.graph;
    let mut machines: BTreeMap<usize, Vec<Who>> = BTreeMap::new();
    for (asset, thing) in graph.assets().iter().enumerate() {
        let Some((_, path, default)) = WORKLOADS.iter().find(|(kind, ..)| *kind == &*thing.kind) else {
            continue;
        };
        let Some(project) = reader.places.project(asset) else { continue };
        match default {
            Default::Compute | Default::ComputeIf(_) if is_default(graph, asset, path, *default) => {
                let text: Arc<str> = format!("{} as the default service account", title(thing)).into();
                let who = Who::new(Principal::Asset(asset), &text).when(scopes(&thing.document));
                machines.entry(project).or_default().push(who);
            }
            Default::Agent(role) if given(&thing.document, path).is_none() => {
                let text: Arc<str> = format!("{} as a service agent", title(thing)).into();
                let who = Who::new(Principal::Asset(asset), &text);
                let at = evidence(graph, asset, None);
                let role = Role::Predefined((*role).into());
                let binding = reader.add(Place::Container(project), role, None, at);
                reader.bindings[binding].who.push(who);
            }
            _ => {}
        }
    }
    for (binding, text) in std::mem::take(&mut reader.default_compute) {
        let project = match reader.bindings[binding].place {
            Place::Container(container) | Place::Family(container, _) => Some(container),
            Place::Resource(asset) => reader.places.project(asset),
        };
        let outside = Who::new(Principal::Outside(text.clone()), &text);
        let here = project.and_then(|project| machines.get(&project)).into_iter().flatten();
        let number =
            text.split_once("-compute@").map(|(before, _)| before.trim_start_matches("serviceAccount:"));
        let elsewhere = |who: &Who| match number {
            // A number says which project's account it is, and a name of that project may not say its number.
            Some(number) if !number.contains('$') => who
                .clone()
                .when(Verdict::Conditional(vec![format!("{number} is the number of its project").into()])),
            _ => who.clone(),
        };
        let who: Vec<Who> = here.map(elsewhere).chain([outside]).collect();
        reader.bindings[binding].who.extend(who);
    }
    for (project, who) in machines {
        let condition: Arc<str> =
            "automatic role grants to default service accounts are not turned off".into();
        for who in who {
            let Principal::Asset(asset) = who.principal else { continue };
            let at = evidence(graph, asset, None);
            let binding = reader.add(Place::Container(project), Role::Predefined(EDITOR.into()), None, at);
            let who = who.when(Verdict::Conditional(vec![condition.clone()]));
            reader.bindings[binding].who.push(who);
        }
    }
}

fn given<'n>(document: &'n Node, path: &str) -> Option<&'n Node> {
    document.at_path(path).filter(|node| !node.is_null() && node.as_str() != Some(""))
}

fn is_default(graph: &Graph, asset: usize, path: &str, default: Default) -> bool {
    let document = &graph.assets()[asset].document;
    if let Default::ComputeIf(needed) = default
        && given(document, needed).is_none()
    {
        return false;
    }
    match given(document, path) {
        None => true,
        Some(node) => {
            let text = node.display();
            text.contains("-compute@developer.gserviceaccount.com")
                || text.contains("google_compute_default_service_account.")
        }
    }
}

/// What the access scopes of a machine leave of its account's rights.
fn scopes(document: &Node) -> Verdict {
    let Some(scopes) = document.at_path("serviceAccount.scopes").and_then(Node::as_list) else {
        return Verdict::Allowed;
    };
    let all = |scope: &Node| {
        let text = scope.display();
        text.ends_with("cloud-platform") || !matches!(scope.value, model::Value::String(_))
    };
    if scopes.iter().any(all) {
        return Verdict::Allowed;
    }
    let names: Vec<String> =
        scopes.iter().map(|s| s.display().rsplit('/').next().unwrap_or_default().to_owned()).collect();
    Verdict::Conditional(vec![format!("its access scopes {} cover it", names.join(", ")).into()])
}
