//! `stance mcp` and `stance scan --home`: the lock of MCP servers, and the configurations of one person.

use std::fs;

use super::{Folder, assert_refused, command};

const CLIENT: &str =
    r#"{ "mcpServers": { "search": { "command": "npx", "args": ["-y", "@example/search@1.0.0"] } } }"#;

#[test]
fn a_lock_tells_what_has_changed_since() {
    let folder = Folder::of(&[(".mcp.json", CLIENT), ("AGENTS.md", "Use tabs.\n")]);
    assert_refused(&folder.run(&["mcp", "verify"]), &["mcp.lock.json", "stance mcp lock"]);
    assert_eq!(folder.run(&["mcp", "lock"]).code, Some(0));
    let lock = folder.read("mcp.lock.json");
    let same = folder.run(&["mcp", "verify"]);
    assert_eq!((same.code, &*same.out), (Some(0), ""));
    folder.run(&["mcp", "lock"]);
    assert_eq!(folder.read("mcp.lock.json"), lock, "the same folder gives the same lock");
    folder.write(".mcp.json", &CLIENT.replace("1.0.0", "1.0.1"));
    let changed = folder.run(&["mcp", "verify"]);
    assert_eq!(changed.code, Some(1));
    assert!(changed.out.contains("package.version: 1.0.0 → 1.0.1"), "{}", changed.out);
    folder.write("mcp.lock.json", "{}");
    assert_refused(&folder.run(&["mcp", "verify"]), &["mcp.lock.json", "not a lock"]);
}

#[test]
fn of_a_home_only_configurations_of_clients_are_read() {
    let home = Folder::of(&[
        (".cursor/mcp.json", CLIENT),
        ("main.tf", "resource \"aws_s3_bucket\" \"b\" {}\n"),
        ("project/.mcp.json", CLIENT),
    ]);
    let run = command(home.path(), &["scan", "--home", "--format", "json", "--fail-on", "never"])
        .env("HOME", home.path())
        .output()
        .unwrap();
    let report: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    let places: Vec<&str> = report["assets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|asset| asset["locations"][0]["path"].as_str().unwrap())
        .collect();
    assert_eq!(places, ["~/.cursor/mcp.json", "~/.cursor/mcp.json"]);
    fs::remove_dir_all(home.path().join(".cursor")).unwrap();
    let none = command(home.path(), &["scan", "--home"]).env("HOME", home.path()).output().unwrap();
    assert_eq!(none.status.code(), Some(0));
    assert_refused(&home.run(&["scan", "--home", "project"]), &["--home"]);
}
