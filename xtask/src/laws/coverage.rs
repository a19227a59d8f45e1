//! The law of `catalog/coverage.yaml`: what the field checks is checked by a card of ours, or left out for a written reason.
//!
//! Which check covers a row is on the check (`same-as`), and only there; whether it truly does is for its tests.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::cards::{line_of_key, parse};
use super::{Violation, violation};
use crate::tree::Tree;

const FILE: &str = "catalog/coverage.yaml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    peer: String,
    id: String,
    what: String,
    reason: Option<String>,
    /// Only where the row is nobody's, so that there is no id for `same-as`.
    #[serde(default)]
    checks: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Check {
    id: String,
    #[serde(default)]
    same_as: Vec<String>,
}

/// Every row has a check or a reason, and every `same-as` has its row.
pub(super) fn floor(tree: &Tree) -> Vec<Violation> {
    let cards = tree.matching("catalog/checks/", "/check.yaml");
    // A card that does not read is another law's.
    let cards: Vec<_> =
        cards.filter_map(|(path, text)| Some((path, text, parse::<Check>(text).ok()?))).collect();
    let Some((_, text)) = tree.matching(FILE, "").next() else {
        let missing = violation(FILE, 1, "missing");
        return if cards.is_empty() { Vec::new() } else { vec![missing] };
    };
    let listed = match parse::<Vec<Row>>(text) {
        Ok(listed) => listed,
        Err(error) => return vec![violation(FILE, 1, error)],
    };
    let ids: BTreeSet<&str> = cards.iter().map(|(_, _, check)| &*check.id).collect();
    let named: BTreeSet<&str> =
        cards.iter().flat_map(|(_, _, check)| &check.same_as).map(|same| &**same).collect();
    let mut found = Vec::new();
    let mut rows = BTreeSet::new();
    for row in &listed {
        let name = format!("{}:{}", row.peer, row.id);
        let mut say =
            |say: String| found.push(violation(FILE, line_of_row(text, row), format!("{name}: {say}")));
        if row.what.trim().is_empty() {
            say("does not say what it checks".into());
        }
        for check in row.checks.iter().filter(|check| !ids.contains(&***check)) {
            say(format!("there is no check `{check}`"));
        }
        let covered = named.contains(&*name) || !row.checks.is_empty();
        match (covered, row.reason.as_deref().map(str::trim)) {
            (false, None | Some("")) => say("no check is the same, and no reason says why".into()),
            (true, Some(_)) => say("has a check, and a reason for having none".into()),
            _ => {}
        }
        if !rows.insert(name.clone()) {
            say("stands here twice".into());
        }
    }
    for (path, text, check) in &cards {
        for same in check.same_as.iter().filter(|same| !rows.contains(*same)) {
            let say = format!("`same-as` names {same}, which is not in {FILE}");
            found.push(violation(path, line_of_key(text, "same-as"), say));
        }
    }
    found
}

/// The line of a row, which is written on one line; the first where it is not.
fn line_of_row(text: &str, row: &Row) -> usize {
    let (peer, id) = (format!("peer: {},", row.peer), &*row.id);
    let fits = |line: &str| {
        line.contains(&peer)
            && (line.contains(&format!("id: {id},")) || line.contains(&format!("id: \"{id}\",")))
    };
    text.lines().position(fits).map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::super::said;
    use super::*;

    const FLOOR: &str = "\
- { peer: acme, id: bucket-open, what: A bucket is closed }
- { peer: acme, id: tags, what: A bucket has tags, reason: style }
- { peer: nobody, id: agents, what: Agents, checks: [aws-s3-open] }
";
    const OPEN: (&str, &str) =
        ("catalog/checks/aws/s3/open/check.yaml", "id: aws-s3-open\nsame-as: ['acme:bucket-open']\n");

    #[test]
    fn a_floor_that_is_whole_is_silent() {
        assert!(said(floor, &[(FILE, FLOOR), OPEN]).is_empty());
        assert!(said(floor, &[]).is_empty());
    }

    #[test]
    fn each_row_has_a_check_or_a_reason_and_not_both() {
        let rows = format!(
            "{FLOOR}- {{ peer: acme, id: keys, what: ' ' }}
- {{ peer: acme, id: bucket-open, what: Again, reason: none }}
- {{ peer: nobody, id: y, what: Y, checks: [aws-s3-gone] }}\n"
        );
        assert_eq!(
            said(floor, &[(FILE, &rows), OPEN]),
            [
                "catalog/coverage.yaml:4: acme:keys: does not say what it checks",
                "catalog/coverage.yaml:4: acme:keys: no check is the same, and no reason says why",
                "catalog/coverage.yaml:1: acme:bucket-open: has a check, and a reason for having none",
                "catalog/coverage.yaml:1: acme:bucket-open: stands here twice",
                "catalog/coverage.yaml:6: nobody:y: there is no check `aws-s3-gone`",
            ]
        );
    }

    #[test]
    fn each_same_as_has_a_row() {
        let check =
            ("catalog/checks/aws/s3/old/check.yaml", "id: aws-s3-old\nsame-as: [acme:gone, other:x]\n");
        assert_eq!(
            said(floor, &[(FILE, FLOOR), OPEN, check]),
            [
                "catalog/checks/aws/s3/old/check.yaml:2: `same-as` names acme:gone, which is not in catalog/coverage.yaml",
                "catalog/checks/aws/s3/old/check.yaml:2: `same-as` names other:x, which is not in catalog/coverage.yaml",
            ]
        );
    }

    #[test]
    fn a_floor_that_is_missing_or_does_not_read_is_said() {
        assert_eq!(said(floor, &[OPEN]), ["catalog/coverage.yaml:1: missing"]);
        assert!(
            said(floor, &[(FILE, "1\n"), OPEN])[0].starts_with("catalog/coverage.yaml:1: not such a card: ")
        );
    }
}
