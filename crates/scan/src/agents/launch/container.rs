//! What `docker run` and its kin give a container of the machine, and which image they start.

use std::collections::BTreeMap;

use model::{Node, Piece, Value};

use super::{Launch, Package, flags, shown, value_of};

/// What a container is given of the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Container {
    pub privileged: bool,
    pub host_network: bool,
    pub mounts: Vec<Mount>,
    pub capabilities: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mount {
    pub source: String,
    pub target: String,
    pub read_only: bool,
}

/// Options of `docker run` that take a value.
const CONTAINER_VALUED: [&str; 40] = [
    "-e",
    "--env",
    "--env-file",
    "-v",
    "--volume",
    "--mount",
    "--network",
    "--net",
    "--name",
    "-p",
    "--publish",
    "-w",
    "--workdir",
    "-u",
    "--user",
    "--entrypoint",
    "-l",
    "--label",
    "--cap-add",
    "--cap-drop",
    "--security-opt",
    "--add-host",
    "-m",
    "--memory",
    "--cpus",
    "--platform",
    "--pull",
    "--tmpfs",
    "--device",
    "--dns",
    "-h",
    "--hostname",
    "--log-driver",
    "--restart",
    "--runtime",
    "--gpus",
    "--shm-size",
    "--ulimit",
    "--pid",
    "--ipc",
];

pub(super) fn container(words: &[Node], launch: &mut Launch) {
    let (options, rest) = flags(words, &CONTAINER_VALUED);
    let mut given = Container::default();
    for option in &options {
        let value = value_of(option);
        let value = value.as_deref();
        match (&*option.0, value) {
            ("--privileged", value) => given.privileged |= value != Some("false"),
            ("--network" | "--net", Some("host")) => given.host_network = true,
            ("--cap-add", Some(name)) => given.capabilities.push(name.to_ascii_uppercase()),
            ("-v" | "--volume", Some(volume)) => given.mounts.extend(volume_of(volume)),
            ("--mount", Some(mount)) => given.mounts.extend(mount_of(mount)),
            ("-e" | "--env", Some(set)) => {
                if let Some((name, text)) = set.split_once('=') {
                    launch.environment.push((name.to_owned(), behind_equals(option.1, text)));
                }
            }
            _ => {}
        }
    }
    launch.container = Some(given);
    let Some((image, after)) = rest.split_first() else { return };
    launch.arguments = after.to_vec();
    launch.package = Some(image_package(&shown(image)));
}

/// The value of `NAME=VALUE` with the holes that the word has.
fn behind_equals(word: Option<&Node>, text: &str) -> Node {
    let at = word.and_then(|w| w.at.clone());
    let value = match word.map(|w| &w.value) {
        Some(Value::Template(pieces)) => {
            let mut pieces = pieces.to_vec();
            if let Some(Piece::Text(first)) = pieces.first_mut() {
                let value = first.split_once('=').map(|(_, v)| v.to_owned());
                *first = value.unwrap_or_default().into();
            }
            Value::text(pieces)
        }
        _ => Value::string(text),
    };
    Node { at, ..value.into() }
}

/// `source:target[:options]`, where the source may be a Windows path. A name without `/` is a volume, not a folder.
fn volume_of(text: &str) -> Option<Mount> {
    let windows = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.get(1..3).is_some_and(|s| s == ":\\" || s == ":/");
    let split = text.get(if windows { 2 } else { 0 }..)?.find(':')? + if windows { 2 } else { 0 };
    let (source, rest) = (&text[..split], &text[split + 1..]);
    let (target, options) = rest.split_once(':').unwrap_or((rest, ""));
    let path = source.contains(['/', '\\', '.', '~', '$', '…']);
    let read_only = options.split(',').any(|o| o == "ro");
    path.then(|| Mount { source: source.into(), target: target.into(), read_only })
}

/// `type=bind,src=…,dst=…,ro`.
fn mount_of(text: &str) -> Option<Mount> {
    let parts: BTreeMap<&str, &str> = text.split(',').map(|p| p.split_once('=').unwrap_or((p, ""))).collect();
    let get = |names: &[&str]| names.iter().find_map(|n| parts.get(n)).map(|v| (*v).to_owned());
    let source = get(&["src", "source"]).filter(|_| parts.get("type") == Some(&"bind"))?;
    let target = get(&["dst", "target", "destination"]).unwrap_or_default();
    Some(Mount { source, target, read_only: parts.contains_key("ro") || parts.contains_key("readonly") })
}

/// An image by repository, tag and digest; only a digest pins it.
fn image_package(image: &str) -> Package {
    let (rest, digest) = image.split_once('@').map_or((image, None), |(n, d)| (n, Some(d)));
    let slash = rest.rfind('/').map_or(0, |at| at + 1);
    let (name, tag) = match rest[slash..].find(':') {
        Some(at) => (&rest[..slash + at], Some(&rest[slash + at + 1..])),
        None => (rest, None),
    };
    let name = name.trim_start_matches("docker.io/").trim_start_matches("library/");
    Package {
        ecosystem: "docker",
        name: name.into(),
        version: digest.or(tag).map(str::to_owned),
        pinned: digest.is_some_and(|d| d.starts_with("sha256:")),
    }
}
