//! A container of a pod, as the one document of containers has it: environment, ports, mounts and security put together
//! from container, pod, volumes, config maps and service account.
//!
//! <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/>

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use model::{Node, Number, Position, Reference, Value};

use super::manifest::{Manifest, address};
use super::pods::Pod;
use super::secrets;
use crate::containers::text::{Holes, hide};
use crate::containers::{Container, Entries, command};

/// The resources of one scope, by address.
pub(crate) type Resources<'m> = HashMap<String, &'m Manifest>;

/// A pod's surroundings.
pub(crate) struct Context<'c> {
    pub(crate) resources: &'c Resources<'c>,
    pub(crate) manifest: &'c Manifest,
    pub(crate) namespace: &'c str,
}

fn refers(address: String, attribute: impl Into<Arc<str>>) -> Arc<Reference> {
    Arc::new(Reference { address: address.into(), attribute: attribute.into(), via: None })
}

fn text<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    node.get(key).and_then(Node::as_str).filter(|t| !t.is_empty())
}

fn put(entries: &mut Entries, key: &str, node: Option<&Node>) {
    if let Some(node) = node.filter(|n| !n.is_null()) {
        entries.insert(key.into(), node.clone());
    }
}

fn map(at: Option<&Arc<Position>>, entries: Entries) -> Node {
    Node { at: at.cloned(), ..Value::map(entries).into() }
}

impl Context<'_> {
    /// The container, in the form that all dialects share.
    pub(crate) fn container(&self, pod: &Pod<'_>, node: &Node, name: &str) -> Container {
        let mut container = Container {
            name: name.into(),
            at: node.at.clone(),
            image: node.get("image").filter(|n| !n.is_null()).cloned(),
            entrypoint: node.get("command").filter(|n| !n.is_null()).cloned(),
            arguments: node.get("args").filter(|n| !n.is_null()).cloned(),
            kubernetes: true,
            ..Container::default()
        };
        self.environment(node, &mut container);
        let mut details = Entries::new();
        let at = |node: Option<&Node>| node.and_then(|n| n.at.clone()).or_else(|| container.at.clone());
        let ports = list(node, "ports").map(port).collect();
        details.insert("ports".into(), Node { at: at(node.get("ports")), ..Value::list(ports).into() });
        let mounts = list(node, "volumeMounts").map(|mount| self.mount(pod, mount)).collect();
        details
            .insert("mounts".into(), Node { at: at(node.get("volumeMounts")), ..Value::list(mounts).into() });
        put(&mut details, "resources", node.get("resources"));
        put(&mut details, "gpu", gpu(node.get("resources")).as_ref());
        details.insert("security".into(), security(pod.spec, node));
        let (account, mounted) = self.account(pod);
        details.insert("serviceAccount".into(), account);
        details.insert("tokenMounted".into(), mounted);
        details.insert("namespace".into(), self.namespace.into());
        details.insert("workload".into(), Node::from(self.manifest.kind.clone()));
        container.details = details;
        container
    }

    fn environment(&self, node: &Node, container: &mut Container) {
        for source in list(node, "envFrom") {
            let prefix = text(source, "prefix").unwrap_or_default();
            for (key, kind) in [("configMapRef", "ConfigMap"), ("secretRef", "Secret")] {
                let Some(name) = source.get(key).and_then(|r| text(r, "name")) else { continue };
                let from = address(kind, Some(self.namespace), name);
                let Some(manifest) = self.resources.get(&from) else {
                    container.open_environment =
                        Some(format!("{kind} {name}, which may set it, is not in this configuration").into());
                    continue;
                };
                for field in ["data", "stringData"] {
                    for (key, _) in
                        manifest.body.get(field).and_then(Node::as_map).iter().flat_map(|m| m.iter())
                    {
                        let value = self.held(kind, name, key, source);
                        container.environment.insert(format!("{prefix}{key}").into(), value);
                    }
                }
            }
        }
        for entry in list(node, "env") {
            let Some(name) = text(entry, "name") else { continue };
            let value = match (entry.get("value").filter(|n| !n.is_null()), entry.get("valueFrom")) {
                (Some(value), _) => hide(name, expanded(value, &container.environment)),
                (None, Some(from)) => self.value_from(from),
                (None, None) => Node { at: entry.at.clone(), ..Node::from("") },
            };
            container.environment.insert(name.into(), value);
        }
    }

    fn value_from(&self, from: &Node) -> Node {
        for (key, kind) in [("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")] {
            let Some(selected) = from.get(key) else { continue };
            if let (Some(name), Some(key)) = (text(selected, "name"), text(selected, "key")) {
                return self.held(kind, name, key, selected);
            }
            return Node { at: selected.at.clone(), ..Node::unknown("the reference is not complete") };
        }
        Node { at: from.at.clone(), ..Node::unknown("known when the pod runs") }
    }

    /// A key of a config map or a secret. What a secret holds is not looked at.
    fn held(&self, kind: &str, name: &str, key: &str, at: &Node) -> Node {
        let address = address(kind, Some(self.namespace), name);
        let found = self.resources.get(&address).and_then(|m| m.body.get("data")?.get(key));
        let from = Some(refers(address, format!("data.{key}")));
        if kind == "Secret" {
            return Node {
                from,
                at: at.at.clone(),
                sensitive: true,
                ..Value::Unknown(secrets::reason()).into()
            };
        }
        let value = match found {
            Some(node) => node.value.clone(),
            None => Value::unknown(format!("{kind} {name} is not in this configuration")),
        };
        let place = match (&at.at, found.and_then(|f| f.at.clone())) {
            (Some(at), Some(origin)) => Some(Arc::new((**at).clone().through(origin))),
            (at, _) => at.clone(),
        };
        hide(key, Node { value, from, at: place, ..Node::default() })
    }

    fn mount(&self, pod: &Pod<'_>, mount: &Node) -> Node {
        let mut entries = Entries::new();
        put(&mut entries, "path", mount.get("mountPath"));
        put(&mut entries, "readOnly", mount.get("readOnly"));
        put(&mut entries, "subPath", mount.get("subPath"));
        let name = text(mount, "name").unwrap_or_default();
        let volume = list(pod.spec, "volumes").find(|v| text(v, "name") == Some(name));
        let kind =
            volume.and_then(|volume| volume.as_map()).and_then(|m| m.iter().find(|(k, _)| &***k != "name"));
        let (kind, source) = match kind {
            Some((kind, volume)) => {
                let keys =
                    ["path", "claimName", "secretName", "name", "driver", "server", "image", "reference"];
                (kind.clone(), keys.iter().find_map(|key| volume.get(key)).cloned())
            }
            // Of a stateful set's own claims.
            None if volume.is_none() && self.manifest.body.at_path("spec.volumeClaimTemplates").is_some() => {
                ("persistentVolumeClaim".into(), Some(Node { at: mount.at.clone(), ..name.into() }))
            }
            None => ("emptyDir".into(), None),
        };
        entries.insert("type".into(), Node { at: volume.unwrap_or(mount).at.clone(), ..kind.into() });
        put(&mut entries, "source", source.as_ref());
        map(mount.at.as_ref(), entries)
    }

    /// The service account, and whether its token is mounted.
    /// <https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/>
    fn account(&self, pod: &Pod<'_>) -> (Node, Node) {
        let given = pod.spec.get("serviceAccountName").or_else(|| pod.spec.get("serviceAccount"));
        let at = pod.spec.at.clone();
        let account = match given.filter(|n| n.as_str() != Some("") && !n.is_null()) {
            Some(account) => account.clone(),
            None => Node { at: at.clone(), default: true, ..Node::from("default") },
        };
        let from = address("ServiceAccount", Some(self.namespace), &account.display());
        let declared = self.resources.get(&from).and_then(|m| m.body.get("automountServiceAccountToken"));
        let written = pod.spec.get("automountServiceAccountToken").filter(|n| !n.is_null()).or(declared);
        let mounted = match written {
            Some(written) => written.clone(),
            None => Node { at, default: true, ..true.into() },
        };
        (Node { from: Some(refers(from, "metadata.name")), ..account }, mounted)
    }
}

fn list<'n>(node: &'n Node, key: &str) -> impl Iterator<Item = &'n Node> {
    node.get(key).and_then(Node::as_list).map_or(&[][..], |l| &l[..]).iter()
}

/// A value with the variables before it put in.
fn expanded(value: &Node, environment: &Entries) -> Node {
    if !value.as_str().is_some_and(|t| t.contains('$')) {
        return value.clone();
    }
    let mut holes = Holes::default();
    let Some(word) = holes.word(value) else { return value.clone() };
    let mut lookup = |name: &str, holes: &mut Holes| environment.get(name).and_then(|v| holes.flatten(v));
    let text = command::expand_kubernetes(&word.text, &mut holes, &mut lookup);
    let node = holes.node(&text, &word);
    Node { from: node.from.or_else(|| value.from.clone()), ..node }
}

fn port(port: &Node) -> Node {
    let mut entries = Entries::new();
    put(&mut entries, "container", port.get("containerPort"));
    put(&mut entries, "published", port.get("hostPort"));
    if port.get("hostPort").is_some_and(|p| !p.is_null()) {
        let address = port.get("hostIP").filter(|n| n.as_str().is_some_and(|t| !t.is_empty())).cloned();
        let all = Node { at: port.at.clone(), default: true, ..Node::from("0.0.0.0") };
        entries.insert("address".into(), address.unwrap_or(all));
    }
    put(&mut entries, "protocol", port.get("protocol"));
    put(&mut entries, "name", port.get("name"));
    map(port.at.as_ref(), entries)
}

/// The accelerators that a container asks for. <https://kubernetes.io/docs/tasks/manage-gpus/scheduling-gpus/>
fn gpu(resources: Option<&Node>) -> Option<Node> {
    const NAMES: [&str; 8] = [
        "nvidia.com/",
        "amd.com/gpu",
        "gpu.intel.com/",
        "habana.ai/gaudi",
        "google.com/tpu",
        "aws.amazon.com/neuron",
        "huawei.com/",
        "cloud-tpus.google.com/",
    ];
    let resources = resources?;
    for key in ["limits", "requests"] {
        for (name, count) in resources.get(key).and_then(Node::as_map).iter().flat_map(|m| m.iter()) {
            if NAMES.iter().any(|n| name.starts_with(n)) && !count.is_null() {
                let number = count.as_str().and_then(Number::parse).map(Value::Number);
                return Some(Node { value: number.unwrap_or_else(|| count.value.clone()), ..count.clone() });
            }
        }
    }
    None
}

/// What the container says, and what the pod says for all of them.
/// <https://kubernetes.io/docs/tasks/configure-pod-container/security-context/>
fn security(pod: &Node, container: &Node) -> Node {
    const OF_POD: [&str; 7] = [
        "runAsUser",
        "runAsGroup",
        "runAsNonRoot",
        "seccompProfile",
        "seLinuxOptions",
        "appArmorProfile",
        "windowsOptions",
    ];
    let mut entries = BTreeMap::new();
    let of_pod = pod.get("securityContext");
    for key in OF_POD {
        put(&mut entries, key, of_pod.and_then(|context| context.get(key)));
    }
    let own = container.get("securityContext");
    for (key, value) in own.and_then(Node::as_map).iter().flat_map(|m| m.iter()) {
        put(&mut entries, key, Some(value));
    }
    for key in ["hostNetwork", "hostPID", "hostIPC", "hostUsers"] {
        put(&mut entries, key, pod.get(key));
    }
    map(own.or(of_pod).unwrap_or(container).at.as_ref(), entries)
}
