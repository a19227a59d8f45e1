//! Where manifests name other resources.
//!
//! Names are found by the shape around them, so that custom resources which hold pods or follow the conventions of the
//! API are understood too. Nothing is looked up here.
//! <https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#object-references>

use std::sync::Arc;

use model::{Node, Value};

use super::manifest::{Manifest, address, is_cluster_scoped, rewritten};

/// A name in a manifest.
pub(crate) struct Named<'n> {
    /// The kind of what is named.
    pub(crate) kind: &'n str,
    /// The namespace of what is named; none for what stands beside namespaces.
    pub(crate) namespace: Option<&'n str>,
    pub(crate) name: &'n Node,
}

impl Named<'_> {
    pub(crate) fn address(&self) -> String {
        address(self.kind, self.namespace, &self.name.display())
    }
}

/// What to do with a name: another value for it, or nothing.
pub(crate) type Visit<'v> = dyn FnMut(&Named<'_>) -> Option<Node> + 'v;

/// The manifest's body with the names replaced that `visit` gives another value for.
pub(crate) fn rewrite(manifest: &Manifest, visit: &mut Visit<'_>) -> Option<Node> {
    if matches!((&*manifest.group, &*manifest.kind), ("core", "ConfigMap" | "Secret" | "Event")) {
        return None;
    }
    let own = manifest.namespace();
    let mut walk = Walk { own: own.as_deref().unwrap_or("default"), kind: &manifest.kind, visit };
    walk.node("", &manifest.body)
}

struct Walk<'w, 'v> {
    /// The namespace of the manifest.
    own: &'w str,
    /// The kind of the manifest.
    kind: &'w str,
    visit: &'w mut Visit<'v>,
}

/// What a key says that its text names.
fn by_text(key: &str, outer: &str, kind: &str) -> Option<&'static str> {
    Some(match key {
        "serviceAccountName" | "serviceAccount" => "ServiceAccount",
        "claimName" => "PersistentVolumeClaim",
        "secretName" => "Secret",
        "storageClassName" => "StorageClass",
        "ingressClassName" => "IngressClass",
        "gatewayClassName" => "GatewayClass",
        "serviceName" if kind == "StatefulSet" || outer == "backend" => "Service",
        "volumeName" if kind == "PersistentVolumeClaim" => "PersistentVolume",
        _ => return None,
    })
}

/// What a key says that the object behind it names by its `name`, where that object has no `kind`.
fn by_object(key: &str, outer: &str, kind: &str) -> Option<&'static str> {
    Some(match key {
        "secretKeyRef" | "secretRef" | "imagePullSecrets" | "certificateRefs" => "Secret",
        "configMapKeyRef" | "configMapRef" | "configMap" => "ConfigMap",
        "secret" if outer == "sources" => "Secret",
        "secrets" if kind == "ServiceAccount" => "Secret",
        "service" if matches!(outer, "backend" | "clientConfig" | "defaultBackend") => "Service",
        "backendRefs" | "backendRef" => "Service",
        "parentRefs" => "Gateway",
        "claimRef" => "PersistentVolumeClaim",
        _ => return None,
    })
}

impl Walk<'_, '_> {
    fn node(&mut self, key: &str, node: &Node) -> Option<Node> {
        match &node.value {
            // The elements of a list stand under the list's key.
            Value::List(_) => rewritten(node, &mut |_, child| {
                let named = self.object(key, "", child);
                let inner = self.node(key, named.as_ref().unwrap_or(child));
                inner.or(named)
            }),
            Value::Map(_) => rewritten(node, &mut |child, value| self.entry(child, key, value)),
            _ => None,
        }
    }

    fn entry(&mut self, key: &str, outer: &str, value: &Node) -> Option<Node> {
        match &value.value {
            Value::String(text) => {
                if key == "host" && outer == "destination" {
                    return self.host(text, value);
                }
                let kind = by_text(key, outer, self.kind).filter(|_| !text.is_empty())?;
                self.name(kind, None, value)
            }
            Value::Template(_) | Value::Unknown(_) => None,
            _ => {
                let named = self.object(key, outer, value);
                let inner = self.node(key, named.as_ref().unwrap_or(value));
                inner.or(named)
            }
        }
    }

    fn name(&mut self, kind: &str, namespace: Option<&str>, name: &Node) -> Option<Node> {
        let namespace = (!is_cluster_scoped(kind)).then_some(namespace.unwrap_or(self.own));
        (self.visit)(&Named { kind, namespace, name })
    }

    /// An object that names a resource by its `name`.
    fn object(&mut self, key: &str, outer: &str, node: &Node) -> Option<Node> {
        let entries = node.as_map()?;
        let name = entries.get("name").filter(|n| n.as_str().is_some_and(|t| !t.is_empty()))?;
        let written = entries.get("kind").and_then(Node::as_str);
        let refers = key.ends_with("Ref") || key.ends_with("Refs") || matches!(key, "subjects");
        let kind = match written {
            Some("User" | "Group") if key == "subjects" => return None,
            Some(kind) if refers => kind.to_owned(),
            _ => by_object(key, outer, self.kind)?.to_owned(),
        };
        let namespace = entries.get("namespace").and_then(Node::as_str).filter(|n| !n.is_empty());
        let named = self.name(&kind, namespace, name)?;
        let mut entries = (**entries).clone();
        entries.insert("name".into(), named);
        Some(Node { value: Value::Map(Arc::new(entries)), ..node.clone() })
    }

    /// A host name of a service: `name`, `name.namespace`, `name.namespace.svc.cluster.local`.
    fn host(&mut self, text: &str, value: &Node) -> Option<Node> {
        let mut parts = text.split('.');
        let (name, namespace, rest) = (parts.next()?, parts.next(), parts.next());
        if rest.is_some_and(|rest| rest != "svc") || name.is_empty() {
            return None;
        }
        let short = Node { value: Value::string(name), ..value.clone() };
        let named = self.name("Service", namespace, &short)?;
        Some(Node { value: value.value.clone(), ..named })
    }
}

#[cfg(test)]
mod tests {
    use super::super::manifest::read;
    use super::*;

    #[test]
    fn names_are_found_by_their_surroundings() {
        for (text, want) in [
            (
                "kind: Deployment\nspec: {template: {spec: {serviceAccountName: sa, imagePullSecrets: [{name: pull}], volumes: [{name: v, configMap: {name: c}}, {name: w, secret: {secretName: s}}, {name: x, persistentVolumeClaim: {claimName: p}}, {name: y, projected: {sources: [{secret: {name: z}}]}}], containers: [{name: k, env: [{name: E, valueFrom: {secretKeyRef: {name: e, key: f}}}], envFrom: [{configMapRef: {name: g}}]}]}}}",
                "ConfigMap/n/c ConfigMap/n/g PersistentVolumeClaim/n/p Secret/n/e Secret/n/pull Secret/n/s Secret/n/z ServiceAccount/n/sa",
            ),
            (
                "kind: RoleBinding\nroleRef: {kind: ClusterRole, name: r}\nsubjects: [{kind: ServiceAccount, name: a, namespace: m}, {kind: User, name: u}]",
                "ClusterRole/r ServiceAccount/m/a",
            ),
            (
                "kind: Ingress\nspec: {tls: [{secretName: t}], defaultBackend: {service: {name: d}}, rules: [{http: {paths: [{backend: {service: {name: s}}}]}}]}",
                "Secret/n/t Service/n/d Service/n/s",
            ),
            (
                "kind: HTTPRoute\nspec: {parentRefs: [{name: g}], rules: [{backendRefs: [{name: s}, {kind: InferencePool, name: p}]}]}",
                "Gateway/n/g InferencePool/n/p Service/n/s",
            ),
            (
                "kind: HorizontalPodAutoscaler\nspec: {scaleTargetRef: {kind: Deployment, name: d}}",
                "Deployment/n/d",
            ),
            (
                "kind: VirtualService\nspec: {http: [{route: [{destination: {host: s.m.svc.cluster.local}}]}]}",
                "Service/m/s",
            ),
        ] {
            let text = format!("apiVersion: x/v1\nmetadata: {{name: x, namespace: n}}\n{text}\n");
            let read = read("a.yaml", text, false);
            let mut found = Vec::new();
            let changed = rewrite(&read.manifests[0], &mut |named| {
                found.push(named.address());
                None
            });
            assert!(changed.is_none());
            found.sort();
            assert_eq!(found.join(" "), want);
        }
    }
}
