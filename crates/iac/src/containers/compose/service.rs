//! A Compose service as the one document of containers has it.
//! <https://docs.docker.com/reference/compose-file/services/>

use std::collections::BTreeMap;
use std::sync::Arc;

use collect::{Tree, normalise};
use model::{Node, Reference, Value};

use super::interpolate::{Variables, dotenv};
use super::merge::canonical;
use crate::containers::dockerfile::{self, user_id};
use crate::containers::text::{Holes, Word, hide};
use crate::containers::{Container, Entries, command};
use crate::file::SourceFile;

/// The address that a port is published on when none is written.
const ALL: &str = "0.0.0.0";
/// What stands for a published port that is chosen when the container starts.
const ANY: &str = "(any free)";

/// The service as it is written, secrets marked, other services referred to.
pub(crate) fn document(service: &Node) -> Node {
    let service = canonical(service);
    let Some(entries) = service.as_map() else { return service };
    let mut entries = (**entries).clone();
    if let Some(environment) = entries.get_mut("environment") {
        *environment = hidden(environment);
    }
    for key in ["command", "entrypoint"] {
        if let Some(words) = entries.get_mut(key) {
            *words = hidden_words(words);
        }
    }
    if let Some(args) = entries.get("build").and_then(|b| b.get("args")).map(hidden)
        && let Some(build) = entries.get_mut("build")
    {
        catalog::DocPath::parse("args").put(build, args);
    }
    for key in ["depends_on", "links"] {
        if let Some(named) = entries.get_mut(key) {
            *named = referring(named);
        }
    }
    entries.retain(|_, node| !node.is_null());
    Node { value: Value::map(entries), ..service }
}

fn hidden(pairs: &Node) -> Node {
    let Value::Map(entries) = &pairs.value else { return pairs.clone() };
    let entries = entries.iter().map(|(name, value)| (name.clone(), hide(name, value.clone())));
    Node { value: Value::map(entries.collect()), ..pairs.clone() }
}

fn hidden_words(node: &Node) -> Node {
    match &node.value {
        Value::List(words) => {
            let mut after = false;
            let each = words.iter().map(|word| {
                let text = word.as_str().unwrap_or_default();
                let (secret, next) = command::secret_word(text);
                let script = text.contains([' ', '\n']) && command::secret_script(text);
                let held = secret || script || after && !text.starts_with(['-', '$']);
                after = next;
                Node { sensitive: word.sensitive || held, ..word.clone() }
            });
            Node { value: Value::list(each.collect()), ..node.clone() }
        }
        Value::String(text) => {
            Node { sensitive: node.sensitive || command::secret_script(text), ..node.clone() }
        }
        _ => node.clone(),
    }
}

/// Names of services with what they name, in a list or as keys.
fn referring(node: &Node) -> Node {
    let from = |name: &str| {
        let address = name.split(':').next().unwrap_or(name);
        Some(Arc::new(Reference { address: address.into(), attribute: "".into(), via: None }))
    };
    let value = match &node.value {
        Value::List(items) => {
            Value::list(items.iter().map(|n| Node { from: n.as_str().and_then(from), ..n.clone() }).collect())
        }
        Value::Map(entries) => Value::map(
            entries.iter().map(|(k, n)| (k.clone(), Node { from: from(k), ..n.clone() })).collect(),
        ),
        other => other.clone(),
    };
    Node { value, ..node.clone() }
}

fn list(node: Option<&Node>) -> &[Node] {
    node.and_then(Node::as_list).map_or(&[], |l| &l[..])
}

fn given<'n>(service: &'n Node, key: &str) -> Option<&'n Node> {
    service.get(key).filter(|n| !n.is_null())
}

/// The container of a service.
pub(crate) fn container(tree: &Tree, name: &Arc<str>, service: &Node, folder: &str) -> Container {
    let service = &canonical(service);
    let built = given(service, "build").and_then(|build| built(tree, build, folder));
    let mut container = Container {
        name: name.clone(),
        at: service.at.clone(),
        image: given(service, "image").cloned(),
        entrypoint: given(service, "entrypoint").cloned(),
        arguments: given(service, "command").cloned(),
        ..Container::default()
    };
    let mut details = Entries::new();
    let mut exposed: Vec<Node> = Vec::new();
    if let Some(image) = built {
        // An entry point of the service does away with both of the image.
        if container.entrypoint.is_none() {
            container.entrypoint = image.entrypoint;
            container.arguments = container.arguments.or(image.command);
        }
        container.base = image.base;
        container.environment = image.environment;
        exposed = image.ports;
        if given(service, "user").is_none()
            && let Some(user) = &image.user
        {
            details.insert("user".into(), user.clone());
        }
    }
    environment(tree, service, folder, &mut container);
    let at = |value: Value, node: Option<&Node>| Node {
        at: node.and_then(|n| n.at.clone()).or_else(|| service.at.clone()),
        ..value.into()
    };
    let written = service.get("ports");
    let mut ports: Vec<Node> = list(written).iter().flat_map(port).collect();
    for node in list(service.get("expose")).iter().chain(&exposed) {
        ports.extend(container_port(node, &ports));
    }
    let image_user = details.remove("user");
    details.insert("ports".into(), at(Value::list(ports), written));
    let mounts = list(service.get("volumes")).iter().filter_map(mount).collect();
    details.insert("mounts".into(), at(Value::list(mounts), service.get("volumes")));
    if let Some(gpu) = gpu(service) {
        details.insert("gpu".into(), gpu);
    }
    if let Some(resources) = service.at_path("deploy.resources").filter(|n| !n.is_null()) {
        details.insert("resources".into(), resources.clone());
    }
    let security = security(service, image_user.as_ref());
    details.insert("security".into(), at(Value::map(security), None));
    details.insert("workload".into(), "Service".into());
    container.details = details;
    container
}

/// What the Dockerfile of a service makes.
fn built(tree: &Tree, build: &Node, folder: &str) -> Option<dockerfile::Image> {
    let text = |key: &str| build.get(key).and_then(Node::as_str);
    let context = build.as_str().or_else(|| text("context")).unwrap_or(".");
    if context.contains("://") || context.starts_with("git@") {
        return None;
    }
    let file = text("dockerfile").unwrap_or("Dockerfile");
    let path = normalise(&format!("{folder}/{context}/{file}"));
    let content = match text("dockerfile_inline") {
        Some(inline) => inline.to_owned(),
        None => tree.read_text(&path).ok()?,
    };
    let file = SourceFile::new(path, content);
    let read = formats::dockerfile::parse(&file.text);
    let args = build.get("args").map(|args| {
        let shell = Node::from(Value::map([(Arc::from("args"), args.clone())].into()));
        canonical(&shell).get("args").cloned().unwrap_or_default()
    });
    let given: BTreeMap<String, Node> = args
        .as_ref()
        .and_then(Node::as_map)
        .iter()
        .flat_map(|m| m.iter())
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.to_string(), value.clone()))
        .collect();
    dockerfile::image(&file, &read.instructions, text("target"), &given)
}

fn environment(tree: &Tree, service: &Node, folder: &str, container: &mut Container) {
    let beside = normalise(&format!("{folder}/.env"));
    let variables = Variables::new(dotenv(&tree.read_text(&beside).unwrap_or_default()));
    let files = match service.get("env_file") {
        Some(one) if one.as_list().is_none() => std::slice::from_ref(one),
        many => list(many),
    };
    for entry in files {
        let file = entry.as_str().or_else(|| entry.get("path").and_then(Node::as_str));
        let Some(file) = file else { continue };
        match tree.read_text(&normalise(&format!("{folder}/{file}"))) {
            Ok(text) => {
                for (name, value) in dotenv(&text) {
                    let node = Node { at: entry.at.clone(), ..Node::from(&*value) };
                    let node = variables.put_in(&node);
                    container.environment.insert((&*name).into(), hide(&name, node));
                }
            }
            Err(_) => {
                container.open_environment =
                    Some(format!("{file}, which may set it, is not in this configuration").into());
            }
        }
    }
    for (name, value) in service.get("environment").and_then(Node::as_map).iter().flat_map(|m| m.iter()) {
        let value =
            if value.is_null() { variables.passed_on(name, value) } else { hide(name, value.clone()) };
        container.environment.insert(name.clone(), value);
    }
}

fn number(text: &str, holes: &Holes, word: &Word) -> Node {
    match text.parse::<i64>() {
        Ok(number) => Node { at: word.at.clone(), assumed: word.assumed, ..number.into() },
        Err(_) => holes.node(text, word),
    }
}

/// `[[address:]published:]container[/protocol]`, or its long form.
fn port(node: &Node) -> Option<Node> {
    let mut entries = Entries::new();
    let at = |value: Node| Node { at: node.at.clone(), ..value };
    let all = || Node { at: node.at.clone(), default: true, ..Node::from(ALL) };
    if node.as_map().is_some() {
        for (from, to) in [
            ("target", "container"),
            ("published", "published"),
            ("protocol", "protocol"),
            ("name", "name"),
            ("host_ip", "address"),
        ] {
            if let Some(value) = given(node, from) {
                let number = value.as_str().and_then(|t| t.parse::<i64>().ok()).map(Node::from);
                let number = number.map(|n| Node { at: value.at.clone(), assumed: value.assumed, ..n });
                entries.insert(to.into(), number.unwrap_or_else(|| value.clone()));
            }
        }
        if entries.contains_key("published") {
            entries.entry("address".into()).or_insert_with(all);
        }
        return Some(at(Value::map(entries).into()));
    }
    let mut holes = Holes::default();
    let word = holes.word(node)?;
    let (text, protocol) = match word.text.rsplit_once('/') {
        Some((text, protocol)) => (text, Some(protocol)),
        None => (&*word.text, None),
    };
    // An address of IPv6 stands in brackets.
    let (address, rest) = match text.strip_prefix('[').and_then(|t| t.split_once("]:")) {
        Some((address, rest)) => (Some(address), rest),
        None => (None, text),
    };
    let mut parts: Vec<&str> = rest.split(':').collect();
    let container = parts.pop().unwrap_or_default();
    let published = parts.pop();
    let address = address.map(str::to_owned).or_else(|| (!parts.is_empty()).then(|| parts.join(":")));
    entries.insert("container".into(), number(container, &holes, &word));
    // A port alone is published on any free one.
    let published = match published.filter(|p| !p.is_empty()) {
        Some(published) => number(published, &holes, &word),
        None => at(ANY.into()),
    };
    entries.insert("published".into(), published);
    let address = address.filter(|a| !a.is_empty()).map(|a| holes.node(&a, &word));
    entries.insert("address".into(), address.unwrap_or_else(all));
    if let Some(protocol) = protocol {
        entries.insert("protocol".into(), holes.node(protocol, &word));
    }
    Some(at(Value::map(entries).into()))
}

/// A port that is only open to other containers, unless it is there already.
fn container_port(node: &Node, ports: &[Node]) -> Option<Node> {
    let text = node.display();
    let (port, protocol) = text.split_once('/').map_or((&*text, None), |(p, proto)| (p, Some(proto)));
    if ports.iter().any(|p| p.get("container").is_some_and(|c| c.display() == port)) {
        return None;
    }
    let mut entries = Entries::new();
    let value = port.parse::<i64>().map_or_else(|_| node.clone(), Node::from);
    entries.insert("container".into(), Node { at: node.at.clone(), ..value });
    if let Some(protocol) = protocol {
        entries.insert("protocol".into(), Node { at: node.at.clone(), ..protocol.into() });
    }
    Some(Node { at: node.at.clone(), ..Value::map(entries).into() })
}

/// `source:target[:mode]`, or its long form.
fn mount(node: &Node) -> Option<Node> {
    let mut entries = Entries::new();
    let at = |value: Node| Node { at: node.at.clone(), ..value };
    if node.as_map().is_some() {
        for (from, to) in
            [("target", "path"), ("source", "source"), ("type", "type"), ("read_only", "readOnly")]
        {
            given(node, from).into_iter().for_each(|value| _ = entries.insert(to.into(), value.clone()));
        }
        return Some(at(Value::map(entries).into()));
    }
    let mut holes = Holes::default();
    let word = holes.word(node)?;
    let mut parts: Vec<&str> = word.text.split(':').collect();
    let mode = parts.pop_if(|last| parts_mode(last));
    let target = parts.pop().unwrap_or_default();
    let source = parts.join(":");
    let kind = match source.chars().next() {
        None => "volume",
        Some('.' | '/' | '~') => "bind",
        Some(c) if super::super::text::is_hole(c) => "bind",
        Some(_) => "volume",
    };
    entries.insert("path".into(), holes.node(target, &word));
    entries.insert("type".into(), at(kind.into()));
    if !source.is_empty() {
        entries.insert("source".into(), holes.node(&source, &word));
    }
    if let Some(mode) = mode {
        entries.insert("readOnly".into(), at(mode.split(',').any(|m| m == "ro").into()));
    }
    Some(at(Value::map(entries).into()))
}

fn parts_mode(last: &str) -> bool {
    last.split(',').all(|m| {
        matches!(
            m,
            "ro" | "rw"
                | "z"
                | "Z"
                | "cached"
                | "delegated"
                | "consistent"
                | "nocopy"
                | "rprivate"
                | "rshared"
        )
    })
}

/// <https://docs.docker.com/compose/how-tos/gpu-support/>
fn gpu(service: &Node) -> Option<Node> {
    for device in list(service.at_path("deploy.resources.reservations.devices")) {
        let is_gpu = list(device.get("capabilities")).iter().any(|c| c.as_str() == Some("gpu"));
        if is_gpu || device.get("driver").and_then(Node::as_str) == Some("nvidia") {
            let ids = list(device.get("device_ids"));
            let count = given(device, "count").cloned();
            let number = (!ids.is_empty()).then(|| Node::from(ids.len() as i64));
            return Some(
                count.or(number).unwrap_or_else(|| Node { at: device.at.clone(), ..Node::from("all") }),
            );
        }
    }
    let runtime = given(service, "runtime").filter(|r| r.as_str() == Some("nvidia"));
    given(service, "gpus")
        .cloned()
        .or_else(|| runtime.map(|r| Node { at: r.at.clone(), ..Node::from("all") }))
}

fn security(service: &Node, image_user: Option<&Node>) -> Entries {
    let mut entries = Entries::new();
    let mut put = |key: &str, node: Option<Node>| {
        node.into_iter().for_each(|node| _ = entries.insert(key.into(), node));
    };
    put("privileged", given(service, "privileged").cloned());
    put("readOnlyRootFilesystem", given(service, "read_only").cloned());
    put(
        "runAsUser",
        given(service, "user").or(image_user).map(|user| match user.as_str() {
            Some(_) => user_id(user),
            None => user.clone(),
        }),
    );
    for (key, name) in [("network_mode", "hostNetwork"), ("pid", "hostPID"), ("ipc", "hostIPC")] {
        put(
            name,
            given(service, key).map(|mode| match mode.as_str() {
                Some(text) => Node { value: Value::Bool(text == "host"), ..mode.clone() },
                None => mode.clone(),
            }),
        );
    }
    let mut capabilities = Entries::new();
    for (key, name) in [("cap_add", "add"), ("cap_drop", "drop")] {
        given(service, key).into_iter().for_each(|caps| _ = capabilities.insert(name.into(), caps.clone()));
    }
    if !capabilities.is_empty() {
        put("capabilities", Some(Node { at: service.at.clone(), ..Value::map(capabilities).into() }));
    }
    for option in list(service.get("security_opt")) {
        let Some(text) = option.as_str() else { continue };
        let (name, value) = text.split_once([':', '=']).unwrap_or((text, "true"));
        let at = |value: Node| Node { at: option.at.clone(), ..value };
        match name {
            "no-new-privileges" => put("allowPrivilegeEscalation", Some(at((value == "false").into()))),
            "seccomp" | "apparmor" => {
                let kind = if value == "unconfined" { "Unconfined" } else { "Localhost" };
                let profile = Value::map([(Arc::from("type"), at(kind.into()))].into());
                let key = if name == "seccomp" { "seccompProfile" } else { "appArmorProfile" };
                put(key, Some(at(profile.into())));
            }
            _ => {}
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(node: &Node) -> String {
        let port = |key: &str| node.get(key).map_or("-".into(), Node::display);
        format!("{} {} {}", port("address"), port("published"), port("container"))
    }

    #[test]
    fn ports_are_read_in_every_form() {
        for (text, want) in [
            ("8000:80", "0.0.0.0 8000 80"),
            ("127.0.0.1:8000:80/tcp", "127.0.0.1 8000 80"),
            ("80", "0.0.0.0 (any free) 80"),
            ("[::1]:8000:80", "::1 8000 80"),
            ("8000-8001:80-81", "0.0.0.0 8000-8001 80-81"),
        ] {
            assert_eq!(shown(&port(&text.into()).unwrap()), want, "{text}");
        }
        let long = catalog::node_of_json(&serde_json::json!({"target": 80, "published": "8000"}));
        assert_eq!(shown(&port(&long).unwrap()), "0.0.0.0 8000 80");
    }

    #[test]
    fn mounts_are_read_in_every_form() {
        for (text, want) in [
            ("./data:/data:ro", "bind ./data /data true"),
            ("models:/m", "volume models /m -"),
            ("/cache", "volume - /cache -"),
            ("/var/run/docker.sock:/var/run/docker.sock", "bind /var/run/docker.sock /var/run/docker.sock -"),
        ] {
            let mount = mount(&text.into()).unwrap();
            let part = |key: &str| mount.get(key).map_or("-".into(), Node::display);
            let got = format!("{} {} {} {}", part("type"), part("source"), part("path"), part("readOnly"));
            assert_eq!(got, want, "{text}");
        }
    }
}
