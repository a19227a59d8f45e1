//! The laws of the catalogue's folders: a card is where its id says, is tested, and cites its sources.
//!
//! Whether a card means anything (its expressions, paths and mappings) is for the `catalog` crate, which loads it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Violation, violation};
use crate::tree::Tree;

const CHECKS: &str = "catalog/checks/";
const KINDS: &str = "catalog/kinds/";
const FRAMEWORKS: &str = "catalog/frameworks/";
const TECHNIQUES: &str = "catalog/techniques/";
/// Folders of one file for each card, and the key of its id.
const FLAT: [(&str, &str); 3] =
    [("catalog/entries/", "entry"), ("catalog/targets/", "target"), ("catalog/queries/", "query")];

#[derive(Deserialize)]
struct Check {
    id: String,
}

#[derive(Deserialize)]
struct Case {
    expect: String,
}

#[derive(Deserialize)]
struct Technique {
    technique: String,
}

#[derive(Deserialize)]
struct StepCase {
    steps: Vec<String>,
}

#[derive(Deserialize)]
struct Kind {
    kind: String,
    #[serde(default)]
    pages: Vec<String>,
}

#[derive(Deserialize)]
struct Framework {
    framework: String,
    source: String,
}

/// A check lies in the folder that its id names, has its tests beside it, and they show every answer it can give.
pub(super) fn checks(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut folders: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for (path, text) in tree.matching(CHECKS, ".yaml") {
        let Some((folder, file)) = path.rsplit_once('/') else { continue };
        folders.entry(folder).or_default().push((file, text));
    }
    let mut ids: BTreeMap<String, &str> = BTreeMap::new();
    for (folder, files) in folders {
        let file = |name: &str| files.iter().find(|(file, _)| *file == name).map(|(_, text)| *text);
        let path = |name: &str| format!("{folder}/{name}");
        match file("check.yaml") {
            None => found.push(violation(&path("check.yaml"), 1, "missing")),
            Some(text) => match parse::<Check>(text) {
                Err(error) => found.push(violation(&path("check.yaml"), 1, error)),
                Ok(Check { id }) => {
                    let expected = folder.trim_start_matches(CHECKS).replace('/', "-");
                    let line = line_of_key(text, "id");
                    if id != expected {
                        let say = format!("the id of this folder is `{expected}`, not `{id}`");
                        found.push(violation(&path("check.yaml"), line, say));
                    }
                    if let Some(other) = ids.insert(id, folder) {
                        found.push(violation(&path("check.yaml"), line, format!("{other} has the same id")));
                    }
                }
            },
        }
        match file("tests.yaml") {
            None => found.push(violation(&path("tests.yaml"), 1, "missing")),
            Some(text) => match parse::<Vec<Case>>(text) {
                Err(error) => found.push(violation(&path("tests.yaml"), 1, error)),
                Ok(cases) => {
                    for answer in ["pass", "fail", "unknown"] {
                        if !cases.iter().any(|case| case.expect == answer) {
                            found.push(violation(
                                &path("tests.yaml"),
                                1,
                                format!("no case expects `{answer}`"),
                            ));
                        }
                    }
                }
            },
        }
    }
    found
}

/// A technique lies in the folder that its id names, and has cases beside it: one with steps, and a hardened one without.
pub(super) fn techniques(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (path, text) in tree.matching(TECHNIQUES, "/technique.yaml") {
        let folder = path.trim_end_matches("/technique.yaml");
        match parse::<Technique>(text) {
            Err(error) => found.push(violation(path, 1, error)),
            Ok(Technique { technique }) => {
                let expected = folder.trim_start_matches(TECHNIQUES).replace('/', "-");
                if technique != expected {
                    let say = format!("the technique of this folder is `{expected}`, not `{technique}`");
                    found.push(violation(path, line_of_key(text, "technique"), say));
                }
            }
        }
        let tests = format!("{folder}/tests.yaml");
        match tree.files.get(&*tests).map(|text| parse::<Vec<StepCase>>(text)) {
            None => found.push(violation(&tests, 1, "missing")),
            Some(Err(error)) => found.push(violation(&tests, 1, error)),
            Some(Ok(cases)) => {
                let hardened = cases.iter().filter(|case| case.steps.is_empty()).count();
                if hardened == 0 || hardened == cases.len() {
                    let say = "one case has steps, and one, the hardened twin, has none";
                    found.push(violation(&tests, 1, say));
                }
            }
        }
    }
    found
}

/// Entries, targets and queries are called as their files are.
pub(super) fn flat(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (folder, key) in FLAT {
        for (path, text) in tree.matching(folder, ".yaml") {
            let expected = path.trim_start_matches(folder).trim_end_matches(".yaml");
            match parse::<BTreeMap<String, serde_json::Value>>(text) {
                Err(error) => found.push(violation(path, 1, error)),
                Ok(card) if card.get(key).and_then(|id| id.as_str()) == Some(expected) => {}
                Ok(_) => {
                    let say = format!("the {key} of this file is `{expected}`");
                    found.push(violation(path, line_of_key(text, key), say));
                }
            }
        }
    }
    found
}

/// A kind lies where its name says, and says where its facts come from.
pub(super) fn kinds(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (path, text) in tree.matching(KINDS, ".yaml") {
        match parse::<Kind>(text) {
            Err(error) => found.push(violation(path, 1, error)),
            Ok(Kind { kind, pages }) => {
                let expected = path.trim_start_matches(KINDS).trim_end_matches(".yaml").replace('/', ".");
                if kind != expected {
                    let say = format!("the kind of this file is `{expected}`, not `{kind}`");
                    found.push(violation(path, line_of_key(text, "kind"), say));
                }
                if !pages.iter().any(|page| page.starts_with("https://")) {
                    let say = "cites no page: `pages: [https://…]`, where its facts come from";
                    found.push(violation(path, line_of_key(text, "pages"), say));
                }
            }
        }
    }
    found
}

pub(super) fn frameworks(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (path, text) in tree.matching(FRAMEWORKS, ".yaml") {
        match parse::<Framework>(text) {
            Err(error) => found.push(violation(path, 1, error)),
            Ok(Framework { framework, source }) => {
                let expected = path.trim_start_matches(FRAMEWORKS).trim_end_matches(".yaml");
                if framework != expected {
                    let say = format!("the framework of this file is `{expected}`, not `{framework}`");
                    found.push(violation(path, line_of_key(text, "framework"), say));
                }
                if !source.starts_with("https://") {
                    let say = "its source is not a page: `source: https://…`";
                    found.push(violation(path, line_of_key(text, "source"), say));
                }
            }
        }
    }
    found
}

pub(super) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_saphyr::from_str(text)
        .map_err(|error| format!("not such a card: {}", first_line(&error.to_string())))
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// The line of a key at the root of a card; the first line when there is none.
pub(super) fn line_of_key(text: &str, key: &str) -> usize {
    let is_key = |line: &str| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':'));
    text.lines().position(is_key).map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::super::said;
    use super::*;

    const CASES: &str = "- expect: pass\n  document: { a: [1] }\n- expect: fail\n- expect: unknown\n";

    #[test]
    fn a_check_must_lie_in_its_folder_and_be_tested_with_every_answer() {
        let files = [
            ("catalog/checks/aws/s3/good/check.yaml", "# about\nid: aws-s3-good\nfail: x\n"),
            ("catalog/checks/aws/s3/good/tests.yaml", CASES),
            ("catalog/checks/aws/s3/moved/check.yaml", "title: moved\nid: aws-s3-good\n"),
            ("catalog/checks/aws/s3/moved/tests.yaml", "- expect: pass\n- expect: none\n"),
            ("catalog/checks/aws/s3/untested/check.yaml", "id: aws-s3-untested\n"),
            ("catalog/checks/aws/s3/wild/tests.yaml", CASES),
        ];
        assert_eq!(
            said(checks, &files),
            [
                "catalog/checks/aws/s3/moved/check.yaml:2: the id of this folder is `aws-s3-moved`, not `aws-s3-good`",
                "catalog/checks/aws/s3/moved/check.yaml:2: catalog/checks/aws/s3/good has the same id",
                "catalog/checks/aws/s3/moved/tests.yaml:1: no case expects `fail`",
                "catalog/checks/aws/s3/moved/tests.yaml:1: no case expects `unknown`",
                "catalog/checks/aws/s3/untested/tests.yaml:1: missing",
                "catalog/checks/aws/s3/wild/check.yaml:1: missing",
            ]
        );
    }

    #[test]
    fn a_technique_must_lie_in_its_folder_and_have_a_hardened_case() {
        let card = "technique: aws-s3-read\n";
        let both = "- steps: [a -> b]\n- steps: []\n";
        let files = [
            ("catalog/techniques/aws/s3-read/technique.yaml", card),
            ("catalog/techniques/aws/s3-read/tests.yaml", both),
            ("catalog/techniques/aws/moved/technique.yaml", card),
            ("catalog/techniques/aws/moved/tests.yaml", "- steps: [a -> b]\n"),
            ("catalog/techniques/aws/untested/technique.yaml", "technique: aws-untested\n"),
        ];
        assert_eq!(
            said(techniques, &files),
            [
                "catalog/techniques/aws/moved/technique.yaml:1: the technique of this folder is `aws-moved`, not `aws-s3-read`",
                "catalog/techniques/aws/moved/tests.yaml:1: one case has steps, and one, the hardened twin, has none",
                "catalog/techniques/aws/untested/tests.yaml:1: missing",
            ]
        );
        let files =
            [("catalog/targets/data.yaml", "target: other\n"), ("catalog/entries/a.yaml", "entry: a\n")];
        assert_eq!(said(flat, &files), ["catalog/targets/data.yaml:1: the target of this file is `data`"]);
    }

    #[test]
    fn two_folders_may_not_spell_the_same_id() {
        let files = [
            ("catalog/checks/aws/s3-open/x/check.yaml", "id: aws-s3-open-x\n"),
            ("catalog/checks/aws/s3-open/x/tests.yaml", CASES),
            ("catalog/checks/aws/s3/open-x/check.yaml", "id: aws-s3-open-x\n"),
            ("catalog/checks/aws/s3/open-x/tests.yaml", CASES),
        ];
        assert_eq!(
            said(checks, &files),
            ["catalog/checks/aws/s3/open-x/check.yaml:1: catalog/checks/aws/s3-open/x has the same id"]
        );
    }

    #[test]
    fn a_card_that_is_not_yaml_is_reported_and_does_not_stop_the_others() {
        let files = [
            ("catalog/checks/a/b/c/check.yaml", "id: [\n"),
            ("catalog/checks/a/b/c/tests.yaml", "expect: pass\n"),
            ("catalog/checks/a/b/d/check.yaml", "id: a-b-c\n"),
            ("catalog/checks/a/b/d/tests.yaml", CASES),
        ];
        let said = said(checks, &files);
        assert!(said[0].starts_with("catalog/checks/a/b/c/check.yaml:1: not such a card: "), "{said:?}");
        assert!(said[1].starts_with("catalog/checks/a/b/c/tests.yaml:1: not such a card: "), "{said:?}");
        assert_eq!(
            said[2],
            "catalog/checks/a/b/d/check.yaml:1: the id of this folder is `a-b-d`, not `a-b-c`"
        );
    }

    #[test]
    fn a_kind_must_lie_at_its_name_and_cite_a_page() {
        let files = [
            (
                "catalog/kinds/azure/search/service.yaml",
                "kind: azure.search.service\npages: [https://a.example/b]\n",
            ),
            (
                "catalog/kinds/azure/search/index.yaml",
                "class: data\nkind: azure.search.service\npages:\n  - none\n",
            ),
        ];
        assert_eq!(
            said(kinds, &files),
            [
                "catalog/kinds/azure/search/index.yaml:2: the kind of this file is `azure.search.index`, not `azure.search.service`",
                "catalog/kinds/azure/search/index.yaml:3: cites no page: `pages: [https://…]`, where its facts come from",
            ]
        );
    }

    #[test]
    fn a_framework_must_lie_at_its_name_and_name_its_source() {
        let files = [("catalog/frameworks/mcsb.yaml", "framework: mcsb-v2\nsource: a book\n")];
        assert_eq!(
            said(frameworks, &files),
            [
                "catalog/frameworks/mcsb.yaml:1: the framework of this file is `mcsb`, not `mcsb-v2`",
                "catalog/frameworks/mcsb.yaml:2: its source is not a page: `source: https://…`",
            ]
        );
    }
}
