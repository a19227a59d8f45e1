//! What is found does not depend on what files are called or in which order they are read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use proptest::prelude::*;

use super::corpus::{Case, cases, labels, observe, relations};

type Found = (BTreeMap<String, Vec<String>>, BTreeSet<String>);

/// An application of its own, whatever the case is: settings are found beside it wherever it stands.
fn application(case: &Case) -> BTreeMap<String, String> {
    let mut files = case.files.clone();
    files.entry("requirements.txt".to_owned()).or_default();
    files
}

fn found(files: &BTreeMap<String, String>) -> Found {
    let seen = observe(files);
    (labels(&seen), relations(&seen))
}

/// Names that no other file of the case says, so that the file may be called anything.
fn is_free(path: &str, files: &BTreeMap<String, String>) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    let is_code = matches!(
        extension,
        "py" | "ipynb" | "ts" | "tsx" | "js" | "mjs" | "go" | "java" | "kt" | "cs" | "rs"
    );
    let is_special = matches!(stem, "__init__" | "index" | "mod" | "lib" | "main" | "setup");
    is_code && !is_special && !files.values().any(|text| text.contains(stem))
}

/// The case as it would be found under other names.
fn renamed(files: &BTreeMap<String, String>, folder: &str, letters: &[char]) -> BTreeMap<String, String> {
    let mut letters = letters.iter().cycle();
    let rename = |path: &String| match path.rsplit_once('/') {
        _ if !is_free(path, files) => path.clone(),
        Some((parent, name)) => format!("{parent}/{}_{name}", letters.next().unwrap()),
        None => format!("{}_{path}", letters.next().unwrap()),
    };
    let paths: Vec<String> = files.keys().map(rename).collect();
    files.values().zip(paths).map(|(text, path)| (format!("{folder}{path}"), text.clone())).collect()
}

fn known() -> &'static [(Case, Found)] {
    static KNOWN: OnceLock<Vec<(Case, Found)>> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let each = |case: Case| {
            let found = found(&application(&case));
            (case, found)
        };
        cases().into_iter().map(each).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn other_names_of_files_change_nothing(
        index in any::<prop::sample::Index>(),
        folder in prop::sample::select(vec!["", "moved/", "a/b/", "zoo/src/"]),
        letters in prop::collection::vec(prop::char::range('a', 'z'), 1..8),
    ) {
        let (case, before) = index.get(known());
        let after = found(&renamed(&application(case), folder, &letters));
        prop_assert_eq!(&after, before, "{}", case.name);
    }
}
