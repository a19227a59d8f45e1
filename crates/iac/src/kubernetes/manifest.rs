//! Manifests as they stand in files: which documents of a file are resources of a cluster, and what they are called.
//!
//! What a kind means, and what kustomizations do to manifests, is not known here.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use formats::data::{Comment, Data, Datum, parse_json, parse_yaml};
use model::{Coverage, CoverageStatus, Node, Piece, Position, Value};

use super::SOURCE;
use crate::file::SourceFile;

/// Manifests of one file; more are not read.
pub(crate) const MAX_MANIFESTS: usize = 50_000;
/// Lists inside lists.
const MAX_LISTS: usize = 4;

/// One resource.
#[derive(Clone, Debug)]
pub(crate) struct Manifest {
    /// The API group; `core` for the one without a name.
    pub(crate) group: Arc<str>,
    pub(crate) version: Arc<str>,
    pub(crate) kind: Arc<str>,
    /// Everything but `apiVersion` and `kind`.
    pub(crate) body: Node,
}

/// What a file holds.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) manifests: Vec<Manifest>,
    /// The first document, of a file that is named as a kustomization.
    pub(crate) document: Option<Node>,
    pub(crate) comments: Vec<model::Comment>,
    pub(crate) notes: Vec<Coverage>,
}

/// Groups that were given up, and their successors.
fn current<'g>(group: &'g str, kind: &str) -> &'g str {
    match (group, kind) {
        ("", _) => "core",
        ("extensions", "Ingress" | "NetworkPolicy" | "IngressClass") => "networking.k8s.io",
        ("extensions", "Deployment" | "DaemonSet" | "ReplicaSet") => "apps",
        _ => group,
    }
}

/// Groups of files that have a manifest's form but are read by programs, not by a cluster.
fn is_configuration(group: &str) -> bool {
    const GROUPS: [&str; 14] = [
        "kustomize.config.k8s.io",
        "kind.x-k8s.io",
        "skaffold",
        "eksctl.io",
        "kubeadm.k8s.io",
        "kubelet.config.k8s.io",
        "kubeproxy.config.k8s.io",
        "kubescheduler.config.k8s.io",
        "apiserver.config.k8s.io",
        "audit.k8s.io",
        "client.authentication.k8s.io",
        "backstage.io",
        "config.kubernetes.io",
        "ctlptl.dev",
    ];
    GROUPS.contains(&group) || group.ends_with(".config.k8s.io") && group != "imagepolicy.config.k8s.io"
}

impl Manifest {
    /// A document as a manifest, if it says that it is one.
    pub(crate) fn of(node: &Node) -> Option<Manifest> {
        let text = |key: &str| node.get(key).and_then(Node::as_str).filter(|t| !t.is_empty());
        let (api, kind) = (text("apiVersion")?, text("kind")?);
        let (group, version) = api.rsplit_once('/').unwrap_or(("", api));
        let mut entries: BTreeMap<Arc<str>, Node> = (**node.as_map()?).clone();
        entries.remove("apiVersion");
        entries.remove("kind");
        Some(Manifest {
            group: current(group, kind).into(),
            version: version.into(),
            kind: kind.into(),
            body: Node { at: node.at.clone(), ..Value::map(entries).into() },
        })
    }

    /// `apps/Deployment`
    pub(crate) fn native(&self) -> String {
        format!("{}/{}", self.group, self.kind)
    }

    /// Its name; of one whose name the cluster completes the beginning, with `*`.
    pub(crate) fn name(&self) -> Option<String> {
        let metadata = self.body.get("metadata")?;
        let given = |key: &str| metadata.get(key).filter(|n| !n.is_null()).map(Node::display);
        given("name").or_else(|| given("generateName").map(|start| start + "*")).filter(|n| !n.is_empty())
    }

    /// The namespace that is written.
    pub(crate) fn namespace(&self) -> Option<String> {
        let node = self.body.at_path("metadata.namespace")?;
        Some(node.display()).filter(|n| !n.is_empty() && !node.is_null())
    }

    pub(crate) fn at(&self) -> Option<&Arc<Position>> {
        self.body.at.as_ref()
    }

    /// Whether it stands beside namespaces, not in one.
    pub(crate) fn is_cluster_scoped(&self) -> bool {
        is_cluster_scoped(&self.kind)
    }

    /// `Deployment/namespace/name`
    pub(crate) fn address(&self) -> String {
        let name = self.name().unwrap_or_default();
        match self.is_cluster_scoped() {
            true => address(&self.kind, None, &name),
            false => address(&self.kind, Some(self.namespace().as_deref().unwrap_or("default")), &name),
        }
    }

    /// Whether it is only a piece of a resource, meant to be laid over another.
    pub(crate) fn is_fragment(&self) -> bool {
        fn has_directive(node: &Node, depth: usize) -> bool {
            match &node.value {
                Value::Map(entries) if depth < 12 => {
                    entries.contains_key("$patch") || entries.values().any(|n| has_directive(n, depth + 1))
                }
                Value::List(items) if depth < 12 => items.iter().any(|n| has_directive(n, depth + 1)),
                _ => false,
            }
        }
        let template = match (&*self.group, &*self.kind) {
            ("apps", _) | ("batch", "Job") => self.body.at_path("spec.template.spec"),
            ("batch", "CronJob") => self.body.at_path("spec.jobTemplate.spec.template.spec"),
            ("core", "Pod") => self.body.get("spec"),
            _ => return has_directive(&self.body, 0),
        };
        let containers = template.and_then(|pod| pod.get("containers")).and_then(Node::as_list);
        let whole = containers.is_some_and(|c| !c.is_empty() && c.iter().all(|c| c.get("image").is_some()));
        !whole || has_directive(&self.body, 0)
    }
}

/// The address of a resource.
pub(crate) fn address(kind: &str, namespace: Option<&str>, name: &str) -> String {
    match namespace {
        Some(namespace) => format!("{kind}/{namespace}/{name}"),
        None => format!("{kind}/{name}"),
    }
}

/// Kinds that stand beside namespaces. <https://kubernetes.io/docs/reference/kubernetes-api/>, and those of projects for
/// machine learning.
pub(crate) fn is_cluster_scoped(kind: &str) -> bool {
    const KINDS: [&str; 47] = [
        "APIService",
        "AdminNetworkPolicy",
        "BaselineAdminNetworkPolicy",
        "CSIDriver",
        "CSINode",
        "CertificateSigningRequest",
        "ClusterExternalSecret",
        "ClusterImagePolicy",
        "ClusterIssuer",
        "ClusterPolicy",
        "ClusterQueue",
        "ClusterRole",
        "ClusterRoleBinding",
        "ClusterSecretStore",
        "ClusterServingRuntime",
        "ClusterStorageContainer",
        "ClusterTrainingRuntime",
        "ClusterTrustBundle",
        "CustomResourceDefinition",
        "DeviceClass",
        "EC2NodeClass",
        "FlowSchema",
        "GatewayClass",
        "IngressClass",
        "LocalModelCache",
        "LocalModelNodeGroup",
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "NodePool",
        "PersistentVolume",
        "PodSecurityPolicy",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "Profile",
        "ResourceFlavor",
        "ResourceSlice",
        "RuntimeClass",
        "SecurityContextConstraints",
        "StorageClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
        "WorkloadPriorityClass",
    ];
    KINDS.binary_search(&kind).is_ok()
}

/// Whether a text is filled in by a program before it is a manifest.
fn is_template(text: &str) -> bool {
    ["{{", "{%", "<%"].iter().any(|mark| text.contains(mark))
}

/// Whether a text may hold manifests.
pub(crate) fn may_hold(text: &str) -> bool {
    text.contains("apiVersion") && text.contains("kind")
}

/// Reads a file's text; `named` where the file is a kustomization by its name.
pub(crate) fn read(path: &str, text: String, named: bool) -> Read {
    let mut read = Read::default();
    if !named && !may_hold(&text) {
        return read;
    }
    let file = SourceFile::new(path, text);
    let json = path.ends_with(".json");
    let (documents, comments, problems) = if json {
        let (document, comments, problems) = parse_json(&file.text);
        (document.into_iter().collect(), comments, problems)
    } else {
        let read = parse_yaml(&without_definitions(&file.text));
        (read.documents, read.comments, read.problems)
    };
    let looks = documents.iter().any(|d| d.get("apiVersion").is_some() && d.get("kind").is_some());
    if !problems.is_empty() && !looks && !file.text.lines().any(|line| line.starts_with("apiVersion:")) {
        return read; // not a manifest at all, and not ours to complain about
    }
    if !problems.is_empty() && is_template(&file.text) {
        let reason = "a template that another program fills in; scan what it renders";
        read.notes.push(Coverage::note(SOURCE, path, CoverageStatus::Skipped, reason));
        return read;
    }
    for problem in &problems {
        let place = file.position(problem.span).to_string();
        // A key that is written twice is read as its last value, and the rest of the document is as it is.
        let whole =
            documents.iter().any(|d| d.span.start <= problem.span.start && problem.span.start < d.span.end);
        let status = if whole { CoverageStatus::Partial } else { CoverageStatus::Failed };
        read.notes.push(Coverage::note(SOURCE, place, status, problem.message.clone()));
    }
    read.comments = allowed(&file, &comments);
    for document in &documents {
        take(&file, document, &mut read, 0);
    }
    if named {
        read.document = documents.first().map(|document| file.node(document));
    }
    if !read.manifests.is_empty() || named {
        read.notes.push(Coverage::read(SOURCE, path));
    }
    read
}

/// The text with the definitions of custom resources blanked: they are long, and no things of their own.
fn without_definitions(text: &str) -> Cow<'_, str> {
    const KIND: &str = "kind: CustomResourceDefinition";
    if !text.contains(KIND) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut document = String::new();
    let mut finish = |document: &mut String| {
        if document.lines().any(|line| line.trim_end() == KIND) {
            // Every byte but the ends of lines, so that what follows stays where it is.
            let blank =
                document.bytes().map(|b| if matches!(b, b'\n' | b'\r') { char::from(b) } else { ' ' });
            kept.extend(blank);
        } else {
            kept.push_str(document);
        }
        document.clear();
    };
    let mut first = true;
    for line in text.split_inclusive('\n') {
        if line.starts_with("---") && !std::mem::replace(&mut first, false) {
            finish(&mut document);
            // The mark between two documents belongs to neither.
            document.push_str(line);
            if line.trim_end() == "---" {
                finish(&mut document);
            }
            continue;
        }
        first = false;
        document.push_str(line);
    }
    finish(&mut document);
    Cow::Owned(kept)
}

/// Comments that accept findings.
pub(crate) fn allowed(file: &SourceFile, comments: &[Comment]) -> Vec<model::Comment> {
    let ours = comments.iter().filter(|c| c.text.contains("stance:"));
    let kept = ours.map(|c| model::Comment {
        path: file.path.clone(),
        line: file.position(c.span).line,
        text: c.text.clone(),
    });
    kept.collect()
}

fn take(file: &SourceFile, document: &Datum, read: &mut Read, depth: usize) {
    let text = |key: &str| document.get(key).and_then(Datum::as_str);
    let (Some(api), Some(kind)) = (text("apiVersion"), text("kind")) else { return };
    let group = api.rsplit_once('/').map_or("", |(group, _)| group);
    let place = || file.position(document.place()).to_string();
    if is_configuration(group) || kind == "CustomResourceDefinition" {
        return; // a definition of types is no thing of its own
    }
    if kind == "List" || kind.ends_with("List") && document.get("items").is_some() {
        match document.get("items").map(|items| (&items.value, items)) {
            Some((Data::List(items), _)) if depth < MAX_LISTS => {
                items.iter().for_each(|item| take(file, item, read, depth + 1));
            }
            Some((Data::Null, _)) | None => {}
            Some((_, items)) => {
                let reason = format!("items of a list are {}, and cannot be read", items.type_name());
                read.notes.push(Coverage::note(SOURCE, place(), CoverageStatus::Partial, reason));
            }
        }
        return;
    }
    if read.manifests.len() >= MAX_MANIFESTS {
        if read.manifests.len() == MAX_MANIFESTS {
            let reason = format!("more than {MAX_MANIFESTS} resources in a file; the rest is not read");
            if read.notes.last().and_then(|n| n.reason.as_deref()) != Some(&*reason) {
                read.notes.push(Coverage::note(SOURCE, place(), CoverageStatus::Failed, reason));
            }
        }
        return;
    }
    let named = document.get("metadata").is_some_and(|m| {
        ["name", "generateName"].iter().any(|key| m.get(key).is_some_and(|n| n.value != Data::Null))
    });
    if !named {
        let known = document.get("spec").is_some() || document.get("metadata").is_some();
        if known {
            let reason = format!("{kind} has no name and is not read");
            read.notes.push(Coverage::note(SOURCE, place(), CoverageStatus::Partial, reason));
        }
        return;
    }
    let node = filled_in(&file.node(document));
    let node = node.unwrap_or_else(|| file.node(document));
    read.manifests.extend(Manifest::of(&node));
}

/// What `{{ … }}` in a text stands for is not known.
fn filled_in(node: &Node) -> Option<Node> {
    match &node.value {
        Value::String(text) if text.contains("{{") => {
            let mut pieces = Vec::new();
            let mut rest: &str = text;
            while let Some(start) = rest.find("{{") {
                let Some(end) = rest[start..].find("}}") else { break };
                pieces.push(Piece::Text(rest[..start].into()));
                let reason = format!("{} is filled in later", &rest[start..start + end + 2]);
                pieces.push(Piece::Hole { reason: reason.into(), from: None });
                rest = &rest[start + end + 2..];
            }
            pieces.push(Piece::Text(rest.into()));
            pieces.retain(|piece| !matches!(piece, Piece::Text(t) if t.is_empty()));
            let value = match &*pieces {
                [Piece::Hole { reason, .. }] => Value::Unknown(reason.clone()),
                _ => Value::text(pieces),
            };
            Some(Node { value, ..node.clone() })
        }
        _ => rewritten(node, &mut |_, child| filled_in(child)),
    }
}

/// A list or map with those of its children replaced that `change` gives another value for. What does not change is
/// shared.
pub(crate) fn rewritten(node: &Node, change: &mut dyn FnMut(&str, &Node) -> Option<Node>) -> Option<Node> {
    let value = match &node.value {
        Value::List(items) => {
            let changed: Vec<(usize, Node)> =
                items.iter().enumerate().filter_map(|(i, n)| Some((i, change("", n)?))).collect();
            if changed.is_empty() {
                return None;
            }
            let mut items = (**items).clone();
            changed.into_iter().for_each(|(i, n)| items[i] = n);
            Value::list(items)
        }
        Value::Map(entries) => {
            let changed: Vec<(Arc<str>, Node)> =
                entries.iter().filter_map(|(k, n)| Some((k.clone(), change(k, n)?))).collect();
            if changed.is_empty() {
                return None;
            }
            let mut entries = (**entries).clone();
            entries.extend(changed);
            Value::map(entries)
        }
        _ => return None,
    };
    Some(Node { value, ..node.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_sorted_for_the_search() {
        for kind in ["APIService", "Namespace", "ClusterRole", "WorkloadPriorityClass", "Profile"] {
            assert!(is_cluster_scoped(kind), "{kind}");
        }
        assert!(!is_cluster_scoped("Deployment"));
    }

    #[test]
    fn definitions_are_blanked_where_they_stand() {
        let one = "apiVersion: v1\nkind: Pod\nmetadata: {name: é}\n";
        let definition = "apiVersion: x/v1\nkind: CustomResourceDefinition\nspec: [\u{e9}\n";
        for text in
            [format!("{definition}---\n{one}"), format!("---\n{definition}---\n{one}---\n{definition}")]
        {
            let blanked = without_definitions(&text);
            assert_eq!((blanked.len(), blanked.find(one)), (text.len(), text.find(one)));
            let read = read("a.yaml", text.clone(), false);
            assert_eq!((read.manifests.len(), read.notes.len()), (1, 1), "{text}: {:?}", read.notes);
            let line = text[..text.find(one).unwrap()].lines().count() as u32 + 1;
            assert_eq!(read.manifests[0].at().unwrap().line, line);
        }
        assert!(matches!(without_definitions(one), Cow::Borrowed(_)));
    }

    #[test]
    fn documents_are_told_apart() {
        let read = |text: &str| {
            let read = read("a.yaml", text.into(), false);
            let notes = read.notes.iter().filter_map(|n| n.reason.clone());
            read.manifests
                .iter()
                .map(|m| format!("{} {}", m.native(), m.address()))
                .chain(notes)
                .collect::<Vec<_>>()
        };
        for (text, want) in [
            ("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n", vec!["core/Pod Pod/default/p"]),
            (
                "apiVersion: v1\nkind: List\nitems:\n- apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: d, namespace: n}\n",
                vec!["apps/Deployment Deployment/n/d"],
            ),
            (
                "apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {generateName: i-}\n",
                vec!["networking.k8s.io/Ingress Ingress/default/i-*"],
            ),
            (
                "apiVersion: v1\nkind: Namespace\nmetadata: {name: '{{ ns }}'}\n",
                vec!["core/Namespace Namespace/unknown ({{ ns }} is filled in later)"],
            ),
            (
                "apiVersion: v1\nkind: Pod\nmetadata: {name: {{ x }}}\n",
                vec!["a template that another program fills in; scan what it renders"],
            ),
            ("apiVersion: v1\nkind: Pod\nspec: {}\n", vec!["Pod has no name and is not read"]),
            ("apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\nmetadata: {name: x}\n", vec![]),
            ("# apiVersion kind\na: {{ b }}\n", vec![]),
        ] {
            assert_eq!(read(text), want, "{text}");
        }
    }
}
