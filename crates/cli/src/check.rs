//! `stance check`: list, show and test.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use catalog::CheckCard;
use engine::Catalog;
use model::Confidence;

use crate::End;
use crate::scan::{load, write};

pub(crate) fn list(catalog: Option<&Path>, provider: Option<&str>) -> Result<End> {
    let catalog = load(catalog)?;
    let of_provider =
        |id: &str| provider.is_none_or(|p| id.strip_prefix(p).is_some_and(|rest| rest.starts_with('-')));
    let checks: Vec<_> = catalog.checks.iter().filter(|c| of_provider(&c.card.id)).collect();
    if checks.is_empty() {
        bail!("no checks of provider {:?}", provider.unwrap_or_default());
    }
    let mut out = String::new();
    let widest = checks.iter().map(|c| c.card.id.len()).max().unwrap_or(0);
    for check in &checks {
        writeln!(out, "{:widest$}  {:8}  {}", &*check.card.id.text, check.card.severity, check.card.title)?;
    }
    writeln!(out, "\n{} checks over {} kinds", checks.len(), catalog.kinds.len())?;
    write(&out, None)?;
    Ok(End::Clean)
}

pub(crate) fn show(catalog: Option<&Path>, id: &str) -> Result<End> {
    let catalog = load(catalog)?;
    let Some(check) = catalog.check(id) else {
        let ids = catalog.checks.iter().map(|c| &*c.card.id.text);
        bail!("no check {id:?}{}", catalog::did_you_mean(id, ids));
    };
    let card = &check.card;
    let mut out = String::new();
    writeln!(out, "{}\n{}\n", card.title, "─".repeat(card.title.chars().count()))?;
    writeln!(out, "id          {}", &*card.id.text)?;
    writeln!(out, "severity    {}", card.severity)?;
    if card.confidence != Confidence::High {
        writeln!(out, "confidence  at most {}", card.confidence)?;
    }
    let on: Vec<&str> = card.on.iter().map(|k| &**k).collect();
    match card.class {
        Some(class) => writeln!(out, "on          every asset of class {class}")?,
        None => writeln!(out, "on          {}", on.join(", "))?,
    }
    writeln!(out, "\nWhy it matters\n  {}", wrapped(&card.why))?;
    if let Some(when) = &card.when {
        writeln!(out, "\nApplies when\n  {}", wrapped(when))?;
    }
    writeln!(out, "\nFails when\n  {}", wrapped(&card.fail))?;
    let facts = facts_of(&catalog, card);
    if !facts.is_empty() {
        writeln!(out, "\nWhere")?;
        for (name, fact) in facts {
            writeln!(out, "  {name} is {}", wrapped(&fact))?;
        }
    }
    if let Some(fix) = &card.fix {
        writeln!(out, "\nFix\n  {}", wrapped(&fix.say))?;
        for (path, value) in &fix.set {
            writeln!(out, "    {} = {}", path.text, catalog::constant_node(value).display())?;
        }
    }
    if !card.maps.is_empty() {
        writeln!(out, "\nMaps to")?;
        for control in &card.maps {
            writeln!(out, "  {:28}  {}", &*control.text, title_of(&catalog, control))?;
        }
    }
    if !card.same_as.is_empty() {
        writeln!(out, "\nSame as\n  {}", card.same_as.join("\n  "))?;
    }
    if !card.pages.is_empty() {
        writeln!(out, "\nSources\n  {}", card.pages.join("\n  "))?;
    }
    write(&out, None)?;
    Ok(End::Clean)
}

/// The facts that a check reads, directly or through other facts, each with its expression.
fn facts_of(catalog: &Catalog, card: &CheckCard) -> BTreeMap<String, String> {
    let mut known = BTreeMap::new();
    let kinds = catalog.kinds.iter().filter(|kind| card.is_on(&kind.card.kind, kind.card.class));
    let all: Vec<_> = kinds.flat_map(|kind| &kind.card.facts).collect();
    let mut open: Vec<String> = card.when.iter().chain([&card.fail]).map(|text| text.to_string()).collect();
    while let Some(expression) = open.pop() {
        for word in expression.split("asset.").skip(1) {
            let name: String = word.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let fact = all.iter().find(|(fact, _)| *fact.text == *name);
            if let Some((_, text)) = fact
                && !known.contains_key(&name)
            {
                known.insert(name, text.to_string());
                open.push(text.to_string());
            }
        }
    }
    known
}

fn title_of(catalog: &Catalog, control: &str) -> String {
    let Some((framework, id)) = control.split_once(':') else { return String::new() };
    let Some(card) = catalog.frameworks.iter().find(|f| &*f.framework.text == framework) else {
        return String::new();
    };
    let title = card.controls.iter().find(|(known, _)| &**known == id).map_or("", |(_, title)| title);
    format!("{title} ({} {})", card.title, card.version)
}

fn wrapped(text: &str) -> String {
    let mut out = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > 96 {
            out.push_str("\n  ");
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out
}

/// Runs the cases of a catalogue folder, or of one folder inside one.
pub(crate) fn test(catalog: Option<&Path>, folder: Option<&Path>) -> Result<End> {
    let named = folder
        .map(Path::to_owned)
        .or_else(|| catalog.map(Path::to_owned))
        .unwrap_or_else(|| PathBuf::from("catalog"));
    let (root, below) = catalogue_of(catalog, &named)?;
    let files = engine::catalog_files(&root)?;
    let (cards, found) = Catalog::with_files(files.clone());
    let report = engine::run_cases(&cards, &files, &below);
    let keys = engine::run_examples(&cards, &files, &below);
    let mut out = String::new();
    for error in &found.errors {
        writeln!(out, "card  {error}")?;
    }
    for failure in report.failures.iter().chain(&keys.failures) {
        writeln!(out, "FAIL  {}: {}", failure.place, failure.message)?;
    }
    let failed = report.failures.len() + keys.failures.len();
    let bad = found.errors.len() + failed;
    if report.cases + keys.cases == 0 && bad == 0 {
        bail!("no cases in {}", named.display());
    }
    writeln!(
        out,
        "{} checks, {} cases, {} of them in several dialects{}{}: {} failed, {} mistakes on cards",
        report.checks,
        report.cases,
        report.in_several,
        among(&report.dialects),
        of_keys(&keys),
        failed,
        found.errors.len()
    )?;
    write(&out, None)?;
    Ok(if bad == 0 { End::Clean } else { End::Findings })
}

/// What was run of the cards of keys.
fn of_keys(keys: &engine::CaseReport) -> String {
    match keys.checks {
        0 => String::new(),
        forms => format!("; {forms} forms of keys, {} examples", keys.cases),
    }
}

/// The dialects that cases were written in or translated into.
fn among(dialects: &BTreeSet<&str>) -> String {
    match dialects.len() {
        0 | 1 => String::new(),
        _ => format!(" ({})", dialects.iter().copied().collect::<Vec<_>>().join(", ")),
    }
}

/// The catalogue folder that holds `named`, and the path of `named` below it.
fn catalogue_of(root: Option<&Path>, named: &Path) -> Result<(PathBuf, String)> {
    let named =
        named.canonicalize().map_err(|error| anyhow::anyhow!("cannot read {}: {error}", named.display()))?;
    let root = match root {
        Some(root) => root.canonicalize()?,
        None => {
            let holds = |p: &&Path| ["checks", "kinds"].iter().any(|f| p.join(f).is_dir());
            named.ancestors().find(holds).unwrap_or(&named).to_owned()
        }
    };
    let below = named.strip_prefix(&root).unwrap_or(Path::new("")).to_string_lossy().replace('\\', "/");
    Ok((root, below))
}
