//! `stance diff`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use engine::{PathOptions, Request, Settings, Side};
use model::{Comparison, Line, Severity};

use crate::End;
use crate::arguments::{DiffFormat, DiffOptions};
use crate::scan::{accepted, colored, given, load, while_patient, width, write};

pub(crate) fn run(catalog: Option<&Path>, options: &DiffOptions) -> Result<End> {
    // Settings and exceptions are those of what the change leads to.
    let head = Path::new(&options.head);
    let folder = if head.is_dir() { head } else { &options.folder };
    let settings = Settings::read(folder)?;
    let beside = |path: &String| folder.join(path);
    let catalog = catalog.map(Path::to_owned).or_else(|| settings.catalog.as_ref().map(beside));
    let catalog = load(catalog.as_deref())?;
    let exceptions = settings.exceptions.as_ref().map(beside);
    let mut files: Vec<PathBuf> = settings.var_file.iter().map(beside).collect();
    files.extend(options.given.var_file.iter().cloned());
    let gate: Severity = options.fail_on.parse()?;
    let request = Request {
        given: given(&files, &options.given.var)?,
        exceptions: accepted(exceptions.as_deref(), folder)?,
        paths: Some(PathOptions { permissions: true, ..PathOptions::default() }),
        ..Request::default()
    };
    let (base, head) = (side(&options.base, &options.folder)?, side(&options.head, &options.folder)?);
    let comparison = while_patient(|| engine::compare(&base, &head, &request, &catalog))?;
    let text = match options.format {
        DiffFormat::Terminal => {
            let color = colored(options.color, options.output.is_none());
            report::comparison::terminal(&comparison, color, width())
        }
        DiffFormat::Markdown => report::comparison::markdown(&comparison),
        DiffFormat::Json => report::comparison::json(&comparison),
    };
    write(&text, options.output.as_deref())?;
    Ok(if opens(&comparison, gate) { End::Findings } else { End::Clean })
}

/// A folder or a saved scan if there is one of that name, else a revision.
fn side(text: &str, folder: &Path) -> Result<Side> {
    let path = Path::new(text);
    if path.is_dir() {
        return Ok(Side::Folder(path.to_owned()));
    }
    if path.is_file() {
        let read = std::fs::read_to_string(path).with_context(|| format!("cannot read {text}"))?;
        return Ok(Side::Saved { name: text.to_owned(), text: read });
    }
    Ok(Side::Revision { folder: folder.to_owned(), revision: text.to_owned() })
}

/// Whether the change opens a path, or makes one worse, of at least that risk.
fn opens(comparison: &Comparison, gate: Severity) -> bool {
    let reaches = |line: &&Line| line.level.parse::<Severity>().is_ok_and(|level| level >= gate);
    let worse = |line: &&Line| {
        line.changes.iter().filter_map(|change| change.strip_prefix("risk: ")?.split_once(" → ")).any(
            |(old, new)| match (old.parse::<Severity>(), new.parse::<Severity>()) {
                (Ok(old), Ok(new)) => new > old,
                _ => false,
            },
        )
    };
    comparison.paths.new.iter().any(|line| reaches(&line))
        || comparison.paths.changed.iter().filter(reaches).any(|line| worse(&line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Changes;

    #[test]
    fn only_a_new_or_a_worse_path_is_an_opening() {
        let line = |level: &str, change: &str| Line {
            id: "i".into(),
            title: "t".into(),
            level: level.into(),
            changes: vec![change.to_owned()],
        };
        let paths = |new: Vec<Line>, changed: Vec<Line>| Comparison {
            paths: Changes { new, changed, removed: vec![line("critical", "")] },
            ..Comparison::default()
        };
        for (comparison, want) in [
            (paths(vec![], vec![]), false),
            (paths(vec![line("high", "")], vec![]), true),
            (paths(vec![line("low", "")], vec![]), false),
            (paths(vec![], vec![line("high", "risk: medium → high")]), true),
            (paths(vec![], vec![line("medium", "risk: high → medium")]), false),
            (paths(vec![], vec![line("high", "steps: a → b")]), false),
        ] {
            assert_eq!(opens(&comparison, Severity::Medium), want);
        }
    }
}
