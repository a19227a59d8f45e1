//! The built-in roles of Azure: from role definitions as the API lists them to the table that `identity` embeds.
//!
//! Every role stays, with every action: a role that is not in the table has no known rights, and an action that was
//! left out would be denied in silence. Actions are compared without regard to case, so they are written in lower case.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::{Context, Result};
use serde_json::Value;

const PATH: &str = "crates/identity/src/azure/roles.txt";
/// The four lists of a role's permission, in the order in which the table has them.
const LISTS: [&str; 4] = ["actions", "notActions", "dataActions", "notDataActions"];

pub(crate) fn table(data: &Value, date: &str) -> Result<(&'static str, String)> {
    let roles = data.as_array().context("a list of role definitions is expected")?;
    let mut actions = BTreeSet::new();
    let mut conditions = BTreeSet::new();
    for permission in roles.iter().flat_map(permissions) {
        actions.extend(LISTS.iter().flat_map(|list| texts(&permission[list])));
        conditions.extend(condition(permission));
    }
    let number: BTreeMap<&String, usize> = actions.iter().enumerate().map(|(i, a)| (a, i)).collect();
    let mut lines = BTreeMap::new();
    for role in roles {
        let (Some(guid), Some(name)) = (role["name"].as_str(), role["roleName"].as_str()) else { continue };
        let mut line = format!("{}|{}", guid.to_lowercase(), name.trim());
        for permission in permissions(role) {
            let lists =
                LISTS.map(|list| numbers(texts(&permission[list]).filter_map(|a| number.get(&a).copied())));
            let condition =
                condition(permission).and_then(|c| conditions.iter().position(|known| *known == c));
            let condition = condition.map_or_else(String::new, |i| i.to_string());
            _ = write!(line, "|{}/{condition}", lists.join("/"));
        }
        lines.insert(guid.to_lowercase(), line);
    }
    let mut out = format!(
        "# Built-in roles of Azure, as of {date}. Made by `cargo xtask tables azure`; do not edit.\n\
         # Source: role definitions as the Azure API lists them (Microsoft.Authorization/roleDefinitions), collected by\n\
         # iann0036/iam-dataset (MIT licence); described at https://learn.microsoft.com/azure/role-based-access-control/built-in-roles\n\
         # Actions, sorted: how many bytes each shares with the one before, and the rest.\n"
    );
    let mut before = "";
    for action in &actions {
        let shared = before.bytes().zip(action.bytes()).take_while(|(a, b)| a == b).count();
        _ = writeln!(out, "{shared} {}", &action[shared..]);
        before = action;
    }
    out += "# Conditions\n";
    conditions.iter().for_each(|condition| _ = writeln!(out, "{condition}"));
    out += "# Roles: guid|name|permissions, each actions/notActions/dataActions/notDataActions/condition; of sorted numbers\n\
            # the first, then the steps\n";
    lines.values().for_each(|line| _ = writeln!(out, "{line}"));
    Ok((PATH, out))
}

fn permissions(role: &Value) -> impl Iterator<Item = &Value> {
    role["permissions"].as_array().into_iter().flatten()
}

fn texts(list: &Value) -> impl Iterator<Item = String> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|text| text.trim().to_ascii_lowercase())
}

fn condition(permission: &Value) -> Option<String> {
    let text = permission["condition"].as_str()?;
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn numbers(all: impl Iterator<Item = usize>) -> String {
    let sorted: BTreeSet<usize> = all.collect();
    let mut before = 0;
    let mut steps = Vec::new();
    for number in sorted {
        steps.push((number - before).to_string());
        before = number;
    }
    steps.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_become_lines_of_numbers() {
        let data = serde_json::json!([{
            "name": "GUID", "roleName": "R",
            "permissions": [{ "actions": ["B/c", "A/b"], "notActions": ["A/bc"], "dataActions": [], "condition": "x  y" }],
        }]);
        let (_, text) = table(&data, "2026-01-01").unwrap();
        let lines: Vec<&str> = text.lines().filter(|l| !l.starts_with('#')).collect();
        assert_eq!(lines, ["0 a/b", "3 c", "0 b/c", "x y", "guid|R|0 2/1///0"]);
    }
}
