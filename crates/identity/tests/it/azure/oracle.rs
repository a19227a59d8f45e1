//! Small universes of assignments, asked in both ways: by the crate, and by the definition read out loud.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

const ACTIONS: [&str; 6] = [KEYS, DEPLOY, STORAGE_KEYS, CHAT, BLOB_READ, BLOB_WRITE];
const CONTROL: [&str; 3] = [KEYS, DEPLOY, STORAGE_KEYS];
const PATTERNS: [&str; 8] = [
    "*",
    "*/action",
    "Microsoft.CognitiveServices/*",
    "Microsoft.Storage/storageAccounts/*/action",
    "Microsoft.Storage/*/write",
    KEYS,
    BLOB_READ,
    "*/deployments/*",
];
/// Scopes by what they are, each with the one above it.
const SCOPES: [(&str, Option<usize>); 5] = [
    ("data.azurerm_subscription.current.id", None),
    ("azurerm_resource_group.rg.id", Some(0)),
    ("azurerm_storage_account.data.id", Some(1)),
    ("azurerm_storage_container.docs.id", Some(2)),
    ("azurerm_cognitive_account.ai.id", Some(1)),
];
const THINGS: [(&str, usize); 4] = [
    ("azurerm_resource_group.rg", 1),
    ("azurerm_storage_account.data", 2),
    ("azurerm_storage_container.docs", 3),
    ("azurerm_cognitive_account.ai", 4),
];
const PEOPLE: [&str; 3] =
    ["azurerm_user_assigned_identity.app", "azurerm_user_assigned_identity.other", "azuread_group.team"];

type Lists = [Vec<usize>; 4];

/// Every way to split the text, one letter at a time.
fn naive(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => {
            naive(rest, text) || text.split_first().is_some_and(|(_, t)| naive(pattern, t))
        }
        (Some((p, rest)), Some((t, more))) => p.eq_ignore_ascii_case(t) && naive(rest, more),
        _ => false,
    }
}

fn allows(lists: &Lists, action: &str) -> bool {
    let any = |list: &Vec<usize>| list.iter().any(|p| naive(PATTERNS[*p].as_bytes(), action.as_bytes()));
    match CONTROL.contains(&action) {
        true => any(&lists[0]) && !any(&lists[1]),
        false => any(&lists[2]) && !any(&lists[3]),
    }
}

fn within(mut inner: usize, outer: usize) -> bool {
    loop {
        if inner == outer {
            return true;
        }
        match SCOPES[inner].1 {
            Some(above) => inner = above,
            None => return false,
        }
    }
}

fn config(roles: &[Vec<Lists>], assignments: &[(usize, usize, usize)], members: &[usize]) -> String {
    let mut text = ESTATE.to_owned();
    let people: Vec<String> = members.iter().map(|m| format!("{}.principal_id", PEOPLE[*m])).collect();
    _ = write!(
        text,
        "resource \"azuread_group\" \"team\" {{\n display_name = \"team\"\n members = [{}]\n}}\n",
        people.join(", ")
    );
    for (i, permissions) in roles.iter().enumerate() {
        _ = writeln!(
            text,
            "resource \"azurerm_role_definition\" \"r{i}\" {{\n name = \"r{i}\"\n scope = \"/\""
        );
        for lists in permissions {
            let words = ["actions", "not_actions", "data_actions", "not_data_actions"];
            let lines = words.iter().zip(lists).map(|(word, list)| {
                let list: Vec<String> = list.iter().map(|p| format!("{:?}", PATTERNS[*p])).collect();
                format!("{word} = [{}]\n", list.join(", "))
            });
            _ = writeln!(text, "permissions {{\n{}}}", lines.collect::<String>());
        }
        text += "}\n";
    }
    for (i, (role, who, scope)) in assignments.iter().enumerate() {
        let who = PEOPLE[*who];
        let id = if who.starts_with("azuread") { "object_id" } else { "principal_id" };
        _ = writeln!(
            text,
            "resource \"azurerm_role_assignment\" \"a{i}\" {{\n scope = {}\n role_definition_id = azurerm_role_definition.r{role}.role_definition_resource_id\n principal_id = {who}.{id}\n}}",
            SCOPES[*scope].0
        );
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn answers_are_those_of_the_definition(
        roles in prop::collection::vec(prop::collection::vec(prop::array::uniform4(prop::collection::vec(0..PATTERNS.len(), 0..3)), 1..3), 1..4),
        picks in prop::collection::vec((any::<prop::sample::Index>(), 0..PEOPLE.len(), 0..SCOPES.len()), 0..6),
        members in prop::collection::btree_set(0..2usize, 0..3),
    ) {
        let assignments: Vec<(usize, usize, usize)> =
            picks.iter().map(|(role, who, scope)| (role.index(roles.len()), *who, *scope)).collect();
        let members: Vec<usize> = members.into_iter().collect();
        let catalog = catalog();
        let graph = graphs::of_texts(catalog, &[("main.tf", &config(&roles, &assignments, &members))]);
        let access = Access::derive(&graph, catalog);
        for (thing, place) in THINGS {
            let on = On::Asset(index(&graph, thing));
            for action in ACTIONS {
                let mut want: BTreeSet<String> = BTreeSet::new();
                for (role, who, scope) in &assignments {
                    if within(place, *scope) && roles[*role].iter().any(|lists| allows(lists, action)) {
                        want.insert(format!("{}: allowed", PEOPLE[*who]));
                        let team = if *who == 2 { members.as_slice() } else { &[] };
                        want.extend(team.iter().map(|m| format!("{}: allowed", PEOPLE[*m])));
                    }
                }
                let found: BTreeSet<String> = answers(&graph, &access, &[action], on, &[]).into_iter().collect();
                prop_assert_eq!(&found, &want, "{} on {}", action, thing);
            }
        }
    }
}
