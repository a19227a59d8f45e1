//! Which crate may use which: ours by the table of floors, others by a reason and, for heavy ones, by their owner.
//!
//! Cargo manifests are read line by line, because a violation needs its line and a reason is a comment.

use super::{Violation, violation};
use crate::tree::Tree;

/// The arrows between our crates, and the only place that states them. Siblings on a floor never use each other.
const ARROWS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("formats", &[]),
    ("catalog", &["model"]),
    ("graph", &["catalog", "model"]),
    ("collect", &["model"]),
    ("iac", &["catalog", "collect", "formats", "model"]),
    ("scan", &["catalog", "collect", "formats", "model"]),
    ("identity", &["catalog", "graph", "model"]),
    ("network", &["catalog", "graph", "model"]),
    ("paths", &["catalog", "graph", "model"]),
    ("policy", &["catalog", "graph", "model"]),
    ("report", &["catalog", "graph", "model"]),
    (
        "engine",
        &[
            "catalog", "collect", "formats", "graph", "iac", "identity", "model", "network", "paths",
            "policy", "scan",
        ],
    ),
    ("cli", &["catalog", "engine", "graph", "model", "paths", "policy", "report"]),
    ("xtask", &["catalog", "model"]),
];

/// Heavy dependencies and the crates that may use them outside tests. `deny.toml` says the same to cargo-deny.
const OWNERS: &[(&str, &[&str])] = &[
    ("annotate-snippets", &["report"]),
    ("anyhow", &["cli", "xtask"]),
    ("cel", &["catalog"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("ed25519-dalek", &["report"]),
    ("gix", &["collect"]),
    ("hcl-edit", &["formats"]),
    ("ignore", &["collect"]),
    ("indicatif", &["cli"]),
    ("jsonc-parser", &["formats"]),
    ("oxc_parser", &["formats"]),
    ("rayon", &["collect", "engine", "iac", "scan"]),
    ("ruff_python_parser", &["formats"]),
    ("saphyr-parser", &["formats"]),
    ("tree-sitter", &["formats"]),
];

/// Not told apart by cargo-deny: too many libraries use it themselves.
const NOT_IN_DENY: &[&str] = &["anyhow"];

/// One dependency line of a manifest.
struct Dependency<'a> {
    path: &'a str,
    line: usize,
    crate_name: &'a str,
    name: &'a str,
    text: &'a str,
    for_tests: bool,
}

pub(super) fn arrows(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (path, _) in manifests(tree) {
        if allowed(crate_of(path)).is_none() {
            found.push(violation(
                path,
                1,
                format!("crate `{}` has no row in the table of arrows", crate_of(path)),
            ));
        }
    }
    for dependency in dependencies(tree).filter(|dependency| !dependency.for_tests) {
        let Dependency { path, line, crate_name, name, .. } = dependency;
        if allowed(name).is_some() && allowed(crate_name).is_some_and(|allowed| !allowed.contains(&name)) {
            found.push(violation(path, line, format!("`{crate_name}` may not use `{name}`")));
        }
    }
    found
}

pub(super) fn reasons(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for Dependency { path, line, name, text, .. } in dependencies(tree) {
        let (entry, reason) = text.split_once('#').unwrap_or((text, ""));
        if !entry.contains("workspace = true") {
            found.push(violation(
                path,
                line,
                format!("the version of `{name}` belongs in the workspace's list"),
            ));
        }
        if allowed(name).is_none() && reason.trim().is_empty() {
            found.push(violation(path, line, format!("dependency `{name}` has no reason: `{entry}# why`")));
        }
    }
    found
}

pub(super) fn owners(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for Dependency { path, line, crate_name, name, for_tests, .. } in dependencies(tree) {
        let Some((_, owners)) = OWNERS.iter().find(|(heavy, _)| *heavy == name) else { continue };
        if !for_tests && !owners.contains(&crate_name) {
            let owners = owners.join(", ");
            found.push(violation(path, line, format!("`{name}` belongs to {owners}, not to `{crate_name}`")));
        }
    }
    found
}

/// The two tables of owners agree: a `wrappers` list may name libraries that need the crate, but of ours only its owners.
pub(super) fn owners_in_deny(tree: &Tree) -> Vec<Violation> {
    let path = "deny.toml";
    let Some(text) = tree.files.get(path) else { return Vec::new() };
    let mut found = Vec::new();
    for (heavy, owners) in OWNERS.iter().filter(|(heavy, _)| !NOT_IN_DENY.contains(heavy)) {
        let entry = format!("crate = \"{heavy}\"");
        let Some((line, row)) = text.lines().enumerate().find(|(_, row)| row.contains(&entry)) else {
            found.push(violation(path, 1, format!("`{heavy}` has owners, but no ban with `wrappers`")));
            continue;
        };
        for (ours, _) in ARROWS {
            if row.contains(&format!("\"{ours}\"")) != owners.contains(ours) {
                let owners = owners.join(", ");
                found.push(violation(path, line + 1, format!("the owners of `{heavy}` are {owners}")));
                break;
            }
        }
    }
    found
}

fn allowed(crate_name: &str) -> Option<&'static [&'static str]> {
    ARROWS.iter().find(|(name, _)| *name == crate_name).map(|(_, allowed)| *allowed)
}

fn manifests(tree: &Tree) -> impl Iterator<Item = (&str, &str)> {
    let ours = |path: &str| {
        let parts: Vec<&str> = path.split('/').collect();
        matches!(parts[..], ["crates", _, "Cargo.toml"] | ["xtask", "Cargo.toml"])
    };
    tree.matching("", "/Cargo.toml").filter(move |(path, _)| ours(path))
}

fn crate_of(manifest: &str) -> &str {
    manifest.trim_end_matches("/Cargo.toml").rsplit('/').next().unwrap_or_default()
}

/// The lines of `[dependencies]`, `[dev-dependencies]`, `[build-dependencies]` and their relatives for a target.
/// A dependency with a table of its own (`[dependencies.x]`) counts as one line, its heading.
fn dependencies(tree: &Tree) -> impl Iterator<Item = Dependency<'_>> {
    manifests(tree).flat_map(|(path, text)| {
        let crate_name = crate_of(path);
        let mut section = "";
        text.lines().enumerate().filter_map(move |(index, text)| {
            let heading = text.trim_start().strip_prefix('[').and_then(|rest| rest.split_once(']'));
            let name = if let Some((heading, _)) = heading {
                section = heading.trim();
                section.rsplit_once("dependencies.").map(|(_, name)| name)?
            } else {
                let name = text.split(['.', '=', ' ']).next().filter(|name| !name.is_empty());
                name.filter(|name| section.ends_with("dependencies") && !name.starts_with('#'))?
            };
            let for_tests = section.contains("dev-dependencies");
            Some(Dependency { path, line: index + 1, crate_name, name, text, for_tests })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::said;
    use super::*;

    #[test]
    fn an_arrow_that_is_not_in_the_table_is_reported() {
        let policy = "[package]\nname = \"policy\"\n[dependencies]\nmodel.workspace = true\niac.workspace = true\n\
                      [dev-dependencies]\niac.workspace = true # snippets\n[build-dependencies]\ncollect = { workspace = true }\n";
        assert_eq!(
            said(arrows, &[("crates/policy/Cargo.toml", policy), ("crates/attic/Cargo.toml", "")]),
            [
                "crates/attic/Cargo.toml:1: crate `attic` has no row in the table of arrows",
                "crates/policy/Cargo.toml:5: `policy` may not use `iac`",
                "crates/policy/Cargo.toml:9: `policy` may not use `collect`",
            ]
        );
    }

    #[test]
    fn the_table_of_arrows_has_no_circle() {
        for (row, (name, uses)) in ARROWS.iter().enumerate() {
            for used in *uses {
                let below = ARROWS[..row].iter().any(|(earlier, _)| earlier == used);
                assert!(below, "{name} uses {used}, which does not stand above it in the table");
            }
        }
    }

    #[test]
    fn a_dependency_without_a_reason_or_with_a_version_of_its_own_is_reported() {
        let manifest = "[dependencies]\nmodel.workspace = true\nserde.workspace = true # cards\nregex.workspace = true\n\
                        toml = \"1\" # settings\n# a comment\n\n[target.'cfg(unix)'.dependencies]\nlibc.workspace = true #\n\
                        [dependencies.csv]\nfeatures = []\n[lints]\nworkspace = true\n";
        assert_eq!(
            said(reasons, &[("crates/iac/Cargo.toml", manifest)]),
            [
                "crates/iac/Cargo.toml:4: dependency `regex` has no reason: `regex.workspace = true# why`",
                "crates/iac/Cargo.toml:5: the version of `toml` belongs in the workspace's list",
                "crates/iac/Cargo.toml:9: dependency `libc` has no reason: `libc.workspace = true # why`",
                "crates/iac/Cargo.toml:10: the version of `csv` belongs in the workspace's list",
                "crates/iac/Cargo.toml:10: dependency `csv` has no reason: `[dependencies.csv]# why`",
            ]
        );
    }

    #[test]
    fn a_heavy_dependency_outside_its_owner_is_reported() {
        let manifest = "[dependencies]\ncel.workspace = true # why not\n[dev-dependencies]\nclap.workspace = true # a test\n";
        assert_eq!(
            said(owners, &[("crates/policy/Cargo.toml", manifest), ("crates/catalog/Cargo.toml", manifest)]),
            ["crates/policy/Cargo.toml:2: `cel` belongs to catalog, not to `policy`"]
        );
    }

    #[test]
    fn deny_toml_must_name_the_same_owners() {
        let rows = OWNERS.iter().filter(|(heavy, _)| !NOT_IN_DENY.contains(heavy));
        let row = |(heavy, owners): &(&str, &[&str])| {
            format!("{{ crate = \"{heavy}\", wrappers = [\"divan\", \"{}\"] }},\n", owners.join("\", \""))
        };
        let good: String = rows.map(row).collect();
        assert_eq!(said(owners_in_deny, &[("deny.toml", &good)]), [""; 0]);
        let bad =
            good.replace("\"catalog\"", "\"policy\"").replace("crate = \"ignore\"", "crate = \"walkdir\"");
        assert_eq!(
            said(owners_in_deny, &[("deny.toml", &bad)]),
            [
                "deny.toml:2: the owners of `cel` are catalog",
                "deny.toml:1: `ignore` has owners, but no ban with `wrappers`"
            ]
        );
    }
}
