//! Pods inside manifests: of workloads, and of custom resources that hold pod templates anywhere.
//!
//! They are found by their shape, a list of containers, so that a custom resource needs no code of its own.

use model::{Node, Value};

use super::manifest::Manifest;
use super::selectors::Labels;

/// Levels at which pods are looked for.
const MAX_DEPTH: usize = 14;
/// Pods of one manifest.
const MAX_PODS: usize = 500;

/// The specification of a pod.
pub(crate) struct Pod<'m> {
    pub(crate) spec: &'m Node,
    pub(crate) labels: Labels,
    /// Its containers, and those beside them that keep running.
    pub(crate) containers: Vec<&'m Node>,
}

/// The pods of a manifest.
pub(crate) fn pods(manifest: &Manifest) -> Vec<Pod<'_>> {
    if matches!((&*manifest.group, &*manifest.kind), ("core", "ConfigMap" | "Secret")) {
        return Vec::new();
    }
    let mut found = Vec::new();
    walk(&manifest.body, None, 0, &mut found);
    found
}

fn is_container(node: &Node) -> bool {
    node.as_map().is_some_and(|m| m.contains_key("image") || m.contains_key("name"))
}

fn walk<'m>(node: &'m Node, metadata: Option<&'m Node>, depth: usize, found: &mut Vec<Pod<'m>>) {
    if depth > MAX_DEPTH || found.len() >= MAX_PODS {
        return;
    }
    match &node.value {
        Value::Map(entries) => {
            let list = |key: &str| entries.get(key).and_then(Node::as_list).map_or(&[][..], |l| &l[..]);
            let mut containers: Vec<&Node> = list("containers").iter().filter(|c| is_container(c)).collect();
            if !containers.is_empty() {
                // <https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/>
                let runs = |c: &&Node| c.get("restartPolicy").and_then(Node::as_str) == Some("Always");
                containers.extend(list("initContainers").iter().filter(runs));
            } else {
                // A step of an Argo workflow.
                let one = ["container", "script"].iter().filter_map(|key| entries.get(*key));
                containers.extend(one.filter(|c| c.get("image").is_some()));
            }
            if !containers.is_empty() {
                let own = metadata.or_else(|| entries.get("metadata"));
                let labels = own.and_then(|m| m.get("labels")).and_then(super::selectors::labels);
                found.push(Pod { spec: node, labels: labels.unwrap_or_default(), containers });
                return;
            }
            for (key, child) in entries.iter() {
                let beside = entries.get("metadata").filter(|_| &**key == "spec");
                walk(child, beside, depth + 1, found);
            }
        }
        Value::List(items) => items.iter().for_each(|item| walk(item, None, depth + 1, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::manifest::read;
    use super::*;

    #[test]
    fn pods_are_found_in_any_workload() {
        for (text, want) in [
            ("kind: Pod\nspec: {containers: [{name: a}]}", "{\"app\": \"o\"}:1"),
            (
                "kind: Deployment\nspec: {template: {metadata: {labels: {app: t}}, spec: {containers: [{name: a}], initContainers: [{name: b}, {name: c, restartPolicy: Always}]}}}",
                "{\"app\": \"t\"}:2",
            ),
            (
                "kind: RayCluster\nspec: {headGroupSpec: {template: {spec: {containers: [{name: h}]}}}, workerGroupSpecs: [{template: {spec: {containers: [{name: w}]}}}]}",
                "{}:1 {}:1",
            ),
            ("kind: Workflow\nspec: {templates: [{name: x, container: {image: y}}]}", "{}:1"),
            ("kind: ConfigMap\ndata: {containers: [{name: a}]}", ""),
        ] {
            let text = format!("apiVersion: v1\nmetadata: {{name: x, labels: {{app: o}}}}\n{text}\n");
            let read = read("a.yaml", text, false);
            let found = pods(&read.manifests[0]);
            let shown: Vec<String> =
                found.iter().map(|p| format!("{:?}:{}", p.labels, p.containers.len())).collect();
            assert_eq!(shown.join(" "), want);
        }
    }
}
