//! Guardrails and gateways that a path leaves aside: ways to a model that skip what was put in front of it.

use std::collections::BTreeSet;

use graph::Graph;
use model::{AssetId, AttackPath, Class, Level};

/// Relations by which something stands in front of a model: it calls it, leads to it, or is it under another name.
const LEADS: [&str; 6] = ["calls", "uses-model", "connects-to", "routes-to", "serves", "same-service"];
/// How many things may stand one behind the other.
const DEPTH: usize = 4;

/// What stands in front of the path's target and is not passed: a gateway, or whatever else has a guardrail on the way to
/// it. Empty where the path passes one of them, or where nothing stands there.
pub(crate) fn bypassed(graph: &Graph, path: &AttackPath) -> Vec<AssetId> {
    let Some(target) = graph.find(&path.target.asset).filter(|_| path.target.level == Level::Use) else {
        return Vec::new();
    };
    let class = graph.assets()[target].class;
    if !matches!(class, Class::AiService | Class::ModelDeployment | Class::Model | Class::Agent) {
        return Vec::new();
    }
    let guards = guards(graph, target);
    let passed = |guard: &usize| path.steps.iter().any(|step| step.to == graph.assets()[*guard].id);
    if guards.iter().any(passed) {
        return Vec::new();
    }
    guards.into_iter().map(|guard| graph.assets()[guard].id.clone()).collect()
}

/// Gateways in front of an asset, and callers of it that have a guardrail.
fn guards(graph: &Graph, target: usize) -> BTreeSet<usize> {
    let mut guards = BTreeSet::new();
    // What stands in front of a service stands in front of the models that are deployed in it.
    let contains = graph.incoming(target).iter().filter(|edge| &*edge.relation == "contains");
    let services =
        contains.map(|edge| edge.from as usize).filter(|i| graph.assets()[*i].class == Class::AiService);
    let mut open: Vec<usize> = services.chain([target]).collect();
    let mut seen: BTreeSet<usize> = open.iter().copied().collect();
    for _ in 0..DEPTH {
        let mut next = Vec::new();
        for asset in open {
            for edge in graph.incoming(asset).iter().filter(|edge| LEADS.contains(&&*edge.relation)) {
                let caller = edge.from as usize;
                if seen.insert(caller) {
                    // What leads to a program that asks the model is that program's door, and checks nothing of the model's.
                    let program = matches!(graph.assets()[asset].class, Class::Workload | Class::Compute);
                    if is_gateway(graph, caller) && !program || has_guardrail(graph, caller) {
                        guards.insert(caller);
                    }
                    next.push(caller);
                }
            }
        }
        open = next;
    }
    guards
}

fn is_gateway(graph: &Graph, asset: usize) -> bool {
    let asset = &graph.assets()[asset];
    asset.class == Class::Api || asset.kind.split(['.', '-']).any(|word| word == "gateway")
}

fn has_guardrail(graph: &Graph, asset: usize) -> bool {
    graph.outgoing(asset).iter().any(|edge| &*edge.relation == "uses-guardrail")
}
