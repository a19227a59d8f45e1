//! What a kustomization changes in every resource: names, namespaces, labels, images and replicas.
//! <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/>
//!
//! Which resources there are, and patches, are `kustomize`'s.

use std::collections::BTreeMap;
use std::sync::Arc;

use catalog::DocPath;
use model::{Node, Value};

use super::manifest::{Manifest, rewritten};

/// Kinds whose names get no prefix and no suffix.
const KEEP_NAMES: [&str; 3] = ["CustomResourceDefinition", "APIService", "Namespace"];

fn put(body: &mut Node, path: &str, value: Node) {
    DocPath::parse(path).put(body, value);
}

/// The place of a value, with the place that it was put there from behind it.
fn through(value: Node, old: &Node) -> Node {
    let at = match (&old.at, &value.at) {
        (Some(old), Some(new)) => Some(Arc::new((**old).clone().through(new.clone()))),
        (old, new) => new.clone().or_else(|| old.clone()),
    };
    Node { at, ..value }
}

pub(crate) fn prefix_and_suffix(manifest: &mut Manifest, prefix: &str, suffix: &str) {
    if KEEP_NAMES.contains(&&*manifest.kind) {
        return;
    }
    let Some(old) = manifest.body.at_path("metadata.name").cloned() else { return };
    if let Some(name) = old.as_str() {
        let name = Node { value: Value::string(format!("{prefix}{name}{suffix}")), ..old.clone() };
        put(&mut manifest.body, "metadata.name", name);
    }
}

pub(crate) fn namespace(manifest: &mut Manifest, namespace: &Node) {
    if &*manifest.kind == "Namespace" {
        let old = manifest.body.at_path("metadata.name").cloned().unwrap_or_default();
        put(&mut manifest.body, "metadata.name", through(namespace.clone(), &old));
    } else if !manifest.is_cluster_scoped() {
        let old = manifest.body.at_path("metadata.namespace").or(manifest.body.get("metadata")).cloned();
        put(&mut manifest.body, "metadata.namespace", through(namespace.clone(), &old.unwrap_or_default()));
    }
    // The default account of a namespace is there in every one.
    if let Some(subjects) = manifest.body.get("subjects").filter(|_| manifest.kind.ends_with("RoleBinding")) {
        let changed = rewritten(subjects, &mut |_, subject| {
            let is = |key: &str, text: &str| subject.get(key).and_then(Node::as_str) == Some(text);
            (is("kind", "ServiceAccount") && is("name", "default")).then(|| {
                let mut subject = subject.clone();
                put(&mut subject, "namespace", namespace.clone());
                subject
            })
        });
        if let Some(changed) = changed {
            put(&mut manifest.body, "subjects", changed);
        }
    }
}

/// Where labels go beside the metadata.
#[derive(Clone, Copy)]
pub(crate) struct Reach {
    pub(crate) selectors: bool,
    pub(crate) templates: bool,
}

pub(crate) fn labels(manifest: &mut Manifest, pairs: &BTreeMap<Arc<str>, Node>, reach: Reach) {
    let mut paths = vec!["metadata.labels"];
    // What a selector does not say, it does not begin to say.
    let mut there = Vec::new();
    let workload = matches!(&*manifest.group, "apps" | "batch");
    if workload && (reach.selectors || reach.templates) {
        paths.push(match &*manifest.kind {
            "CronJob" => "spec.jobTemplate.spec.template.metadata.labels",
            _ => "spec.template.metadata.labels",
        });
    }
    if reach.selectors {
        match (&*manifest.group, &*manifest.kind) {
            ("core", "Service" | "ReplicationController") => paths.push("spec.selector"),
            ("apps", _) => paths.push("spec.selector.matchLabels"),
            ("policy", "PodDisruptionBudget") => there.push("spec.selector.matchLabels"),
            ("networking.k8s.io", "NetworkPolicy") => there.push("spec.podSelector.matchLabels"),
            _ => {}
        }
    }
    paths.extend(there.into_iter().filter(|path| manifest.body.at_path(path).is_some_and(|n| !n.is_null())));
    for path in paths {
        for (key, value) in pairs {
            // A key may have dots: it is no path.
            let mut map =
                manifest.body.at_path(path).cloned().unwrap_or_else(|| Value::map(BTreeMap::new()).into());
            if let Value::Map(entries) = &mut map.value {
                Arc::make_mut(entries).insert(key.clone(), value.clone());
                put(&mut manifest.body, path, map);
            }
        }
    }
}

/// One entry of `images`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Image {
    pub(crate) name: String,
    pub(crate) new_name: Option<String>,
    pub(crate) new_tag: Option<String>,
    pub(crate) digest: Option<String>,
    /// The entry.
    pub(crate) node: Node,
}

impl Image {
    fn renamed(&self, reference: &str) -> Option<String> {
        let (name, digest) = match reference.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (reference, None),
        };
        let last = name.rfind('/').map_or(0, |slash| slash + 1);
        let (name, tag) = match name[last..].find(':') {
            Some(colon) => (&name[..last + colon], Some(&name[last + colon + 1..])),
            None => (name, None),
        };
        if name != self.name {
            return None;
        }
        let mut all = self.new_name.clone().unwrap_or_else(|| name.to_owned());
        let (new_tag, new_digest) = (self.new_tag.as_deref(), self.digest.as_deref());
        let tag = if new_tag.is_some() || new_digest.is_some() { new_tag } else { tag };
        let digest = if new_tag.is_some() || new_digest.is_some() { new_digest } else { digest };
        tag.into_iter().for_each(|tag| all += &format!(":{tag}"));
        digest.into_iter().for_each(|digest| all += &format!("@{digest}"));
        Some(all)
    }
}

/// The body with the images of its containers renamed.
pub(crate) fn images(body: &Node, images: &[Image]) -> Option<Node> {
    fn walk(key: &str, node: &Node, images: &[Image]) -> Option<Node> {
        match (key, &node.value) {
            ("containers" | "initContainers" | "ephemeralContainers", Value::List(_)) => {
                rewritten(node, &mut |_, container| {
                    rewritten(container, &mut |key, value| {
                        let reference = value.as_str().filter(|_| key == "image")?;
                        let (image, renamed) =
                            images.iter().find_map(|i| Some((i, i.renamed(reference)?)))?;
                        let new = Node { at: image.node.at.clone(), ..Value::string(renamed).into() };
                        Some(through(new, value))
                    })
                })
            }
            (_, Value::Map(_)) => rewritten(node, &mut |key, child| walk(key, child, images)),
            (_, Value::List(_)) => rewritten(node, &mut |_, child| walk("", child, images)),
            _ => None,
        }
    }
    walk("", body, images)
}

pub(crate) fn replicas(manifest: &mut Manifest, count: &Node) {
    let kinds = ["Deployment", "ReplicaSet", "ReplicationController", "StatefulSet"];
    if kinds.contains(&&*manifest.kind) {
        put(&mut manifest.body, "spec.replicas", count.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_renamed_by_their_name() {
        let image = |new_name: Option<&str>, new_tag: Option<&str>, digest: Option<&str>| Image {
            name: "vllm/vllm-openai".into(),
            new_name: new_name.map(str::to_owned),
            new_tag: new_tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
            node: Node::null(),
        };
        for (image, reference, want) in [
            (image(Some("mirror/v"), None, None), "vllm/vllm-openai:v1", Some("mirror/v:v1")),
            (image(None, Some("v2"), None), "vllm/vllm-openai@sha256:1", Some("vllm/vllm-openai:v2")),
            (image(None, None, Some("sha256:2")), "vllm/vllm-openai:v1", Some("vllm/vllm-openai@sha256:2")),
            (image(None, Some("v2"), None), "x/vllm/vllm-openai:v1", None),
        ] {
            assert_eq!(image.renamed(reference).as_deref(), want, "{reference}");
        }
    }
}
