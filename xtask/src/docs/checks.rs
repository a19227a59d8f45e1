//! `docs/checks/*.md`: a page for each service with its checks, each as a person needs it who has to act on it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use catalog::{Catalog, Check, Constant};
use serde::Deserialize;

use super::{cell, page_of, shelf};
use crate::tree::Tree;

/// The dialects of a case, as far as a page shows them.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Case {
    expect: String,
    terraform: Option<String>,
    bicep: Option<String>,
    cloudformation: Option<String>,
    kubernetes: Option<String>,
    compose: Option<String>,
    dockerfile: Option<String>,
    github: Option<String>,
}

impl Case {
    /// The text of the first dialect it has, with the name that highlighters know.
    fn text(&self) -> Option<(&'static str, &str)> {
        let dialects = [
            ("hcl", &self.terraform),
            ("bicep", &self.bicep),
            ("yaml", &self.cloudformation),
            ("yaml", &self.kubernetes),
            ("yaml", &self.compose),
            ("dockerfile", &self.dockerfile),
            ("yaml", &self.github),
        ];
        dialects.into_iter().find_map(|(name, text)| Some((name, text.as_deref()?)))
    }
}

/// Longer examples are left to the tests.
const MAX_EXAMPLE: usize = 30;

pub(super) fn pages(catalog: &Catalog, tree: &Tree, pages: &mut BTreeMap<String, String>) {
    let mut shelves: BTreeMap<&str, Vec<&Check>> = BTreeMap::new();
    for check in &catalog.checks {
        shelves.entry(shelf(&check.card.file, "checks")).or_default().push(check);
    }
    let mut index = String::from(
        "# Checks\n\nWritten from the cards in `catalog/checks`; `stance check show ID` prints the same.\n",
    );
    _ = writeln!(index, "{} checks.", catalog.checks.len());
    for (shelf, mut checks) in shelves {
        checks
            .sort_by(|a, b| b.card.severity.cmp(&a.card.severity).then(a.card.id.text.cmp(&b.card.id.text)));
        let page = page_of(shelf);
        _ = write!(index, "\n## [{shelf}]({page})\n\n| severity | check | what it finds |\n|---|---|---|\n");
        let mut text = format!("# Checks: {shelf}\n");
        for check in checks {
            let (id, card) = (&check.card.id.text, &check.card);
            _ = writeln!(index, "| {} | [{id}]({page}#{id}) | {} |", card.severity, cell(&card.title));
            one(check, tree, &mut text);
        }
        pages.insert(format!("docs/checks/{page}"), text);
    }
    pages.insert("docs/checks/README.md".into(), index);
}

fn one(check: &Check, tree: &Tree, out: &mut String) {
    let card = &check.card;
    _ = write!(out, "\n## {}\n\n**{}**\n\n", card.id.text, card.title);
    let kinds = card.on.iter().map(|k| format!("`{}`", k.text)).collect::<Vec<_>>().join(", ");
    let on = card.class.map_or(kinds, |class| format!("every asset of class `{class}`"));
    _ = write!(
        out,
        "Severity {}, confidence {}. On {on}.\n\n{}\n\n",
        card.severity, card.confidence, card.why
    );
    if let Some(when) = &card.when {
        _ = write!(out, "Applies when:\n\n```cel\n{}\n```\n\n", when.text);
    }
    _ = write!(out, "Fails when:\n\n```cel\n{}\n```\n", card.fail.text);
    if let Some(fix) = &card.fix {
        let safe = if fix.safe { " The patch cannot break a working deployment." } else { "" };
        _ = write!(out, "\n**Fix.** {}{safe}\n", fix.say);
        for (path, value) in &fix.set {
            _ = write!(out, "\n    {} = {}\n", path.text, shown(value));
        }
    }
    for (expect, title) in [("fail", "Found in"), ("pass", "Not found in")] {
        if let Some((language, text)) = example(tree, &card.file, expect) {
            _ = write!(out, "\n{title}:\n\n```{language}\n{}\n```\n", text.trim_end());
        }
    }
    for (title, items) in [
        ("Controls", card.maps.iter().map(|m| m.text.to_string()).collect::<Vec<_>>()),
        ("Others call it", card.same_as.iter().map(ToString::to_string).collect()),
    ] {
        if !items.is_empty() {
            _ = write!(out, "\n{title}: {}\n", items.join(", "));
        }
    }
    if !card.pages.is_empty() {
        let links = card.pages.iter().map(|p| format!("<{p}>")).collect::<Vec<_>>().join(" ");
        _ = write!(out, "\nSource: {links}\n");
    }
}

/// The first short case that expects this, in a language.
fn example(tree: &Tree, card: &str, expect: &str) -> Option<(&'static str, String)> {
    let tests = tree.files.get(&card.replace("check.yaml", "tests.yaml"))?;
    let cases: Vec<Case> = serde_saphyr::from_str(tests).ok()?;
    let fitting = cases.iter().filter(|case| case.expect == expect);
    let (language, text) =
        fitting.filter_map(Case::text).find(|(_, text)| text.lines().count() <= MAX_EXAMPLE)?;
    Some((language, text.to_owned()))
}

fn shown(value: &Constant) -> String {
    match value {
        Constant::Null => "null".into(),
        Constant::Bool(b) => b.to_string(),
        Constant::Int(i) => i.to_string(),
        Constant::Float(f) => f.to_string(),
        Constant::Text(t) => format!("{t:?}"),
        Constant::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Constant::Map(entries) => {
            let each = entries.iter().map(|(k, v)| format!("{k}: {}", shown(v)));
            format!("{{{}}}", each.collect::<Vec<_>>().join(", "))
        }
    }
}
