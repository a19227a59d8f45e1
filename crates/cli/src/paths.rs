//! `stance paths`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use engine::{Catalog, PathOptions, Request, Settings};
use model::{Severity, Snapshot};
use report::paths::{Fate, Format, Saved, View};

use crate::End;
use crate::arguments::{PathsFormat, PathsOptions};
use crate::scan::{accepted, colored, given, load, while_patient, width, write};
use crate::sources::Files;

pub(crate) fn run(catalog: Option<&Path>, options: &PathsOptions) -> Result<End> {
    let settings = Settings::read(&options.path)?;
    let folder =
        if options.path.is_file() { options.path.parent().unwrap_or(&options.path) } else { &options.path };
    let beside = |path: &String| folder.join(path);
    let catalog = catalog.map(Path::to_owned).or_else(|| settings.catalog.as_ref().map(beside));
    let catalog = load(catalog.as_deref())?;
    let exceptions = settings.exceptions.as_ref().map(beside);
    let mut files: Vec<PathBuf> = settings.var_file.iter().map(beside).collect();
    files.extend(options.given.var_file.iter().cloned());
    known_entries(&catalog, &options.entry)?;
    let saved = options.verify.as_deref().map(saved).transpose()?;
    let search = PathOptions {
        without: options.without.clone(),
        ways: saved.as_ref().map_or(options.ways, |saved| saved.ways().max(options.ways)),
        keep: [&*settings.keep, &*options.keep].concat(),
        ..PathOptions::default()
    };
    let break_from = search.break_from;
    let request = Request {
        root: options.path.clone(),
        given: given(&files, &options.given.var)?,
        exceptions: accepted(exceptions.as_deref(), folder)?,
        paths: Some(search),
        ..Request::default()
    };
    let mut snapshot = while_patient(|| engine::scan(&request, &catalog))?;
    if let Some(saved) = saved {
        return verify(&saved, &snapshot, options);
    }
    let all = snapshot.attack.paths.len();
    let wanted = wanted(options)?;
    snapshot.attack.paths.retain(wanted);
    let sources = Files::new(&options.path);
    let shown = report::Options {
        color: colored(options.color, options.output.is_none()),
        width: width(),
        all: false,
        quiet: options.quiet,
        verbose: options.verbose,
        min_severity: Severity::Info,
        sources: &sources,
        root: &options.path.display().to_string(),
        catalog_version: env!("CARGO_PKG_VERSION"),
        tool_version: env!("CARGO_PKG_VERSION"),
    };
    let view = View {
        snapshot: &snapshot,
        catalog: &catalog,
        options: &shown,
        break_from,
        left_out: all - snapshot.attack.paths.len(),
    };
    let text = text(&view, options)?;
    write(&text, options.output.as_deref())?;
    Ok(if snapshot.attack.paths.is_empty() { End::Clean } else { End::Findings })
}

fn text(view: &View<'_>, options: &PathsOptions) -> Result<String> {
    if let Some(step) = &options.explain {
        let parsed = step.rsplit_once('.').and_then(|(path, number)| Some((path, number.parse().ok()?)));
        let Some((path, number)) = parsed else {
            bail!("{step:?} names no step; a step is a path and its number: path-6e8c473636.2");
        };
        return match report::paths::explain(view, path, number) {
            Some(text) => Ok(text),
            None => bail!("{}", unknown(view.snapshot, path, Some(number))),
        };
    }
    if let Some(id) = &options.only
        && view.snapshot.attack.paths.is_empty()
    {
        bail!("no path is called {id:?}; `stance paths {}` lists them", view.options.root);
    }
    Ok(match options.format {
        PathsFormat::Terminal => report::paths::terminal(view, options.only.as_deref()),
        PathsFormat::Json => report::paths::render(view, Format::Json),
        PathsFormat::Sarif => report::paths::render(view, Format::Sarif),
        PathsFormat::Svg => report::paths::render(view, Format::Svg),
        PathsFormat::Mermaid => report::paths::render(view, Format::Mermaid),
        PathsFormat::Dot => report::paths::render(view, Format::Dot),
        PathsFormat::Opengraph => report::paths::render(view, Format::OpenGraph),
    })
}

/// Which paths are asked for.
fn wanted(options: &PathsOptions) -> Result<impl Fn(&model::AttackPath) -> bool + '_> {
    let least = match &options.min_risk {
        Some(word) => word.parse()?,
        None => Severity::Info,
    };
    Ok(move |path: &model::AttackPath| {
        path.risk.level >= least
            && (!options.bypassing || !path.bypasses.is_empty())
            && (options.entry.is_empty() || options.entry.iter().any(|entry| **entry == *path.entry))
            && options.only.as_ref().is_none_or(|only| **only == *path.id)
    })
}

/// A misspelt entry would otherwise silently select nothing.
fn known_entries(catalog: &Catalog, wanted: &[String]) -> Result<()> {
    for entry in wanted {
        if !catalog.entries.iter().any(|card| *card.entry.text == **entry) {
            let known: Vec<&str> = catalog.entries.iter().map(|card| &*card.entry.text).collect();
            bail!("no entry is called {entry:?}; one of {}", known.join(", "));
        }
    }
    Ok(())
}

fn unknown(snapshot: &Snapshot, id: &str, number: Option<usize>) -> String {
    match (snapshot.attack.paths.iter().find(|path| *path.id == *id), number) {
        (Some(path), Some(number)) => {
            format!("path {id} has {} steps, and no step {number}", path.steps.len())
        }
        _ => format!("no path is called {id:?}"),
    }
}

fn saved(path: &Path) -> Result<Saved> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Saved::read(&text).with_context(|| path.display().to_string())
}

fn verify(saved: &Saved, snapshot: &Snapshot, options: &PathsOptions) -> Result<End> {
    let verified = report::paths::verify(saved, &snapshot.attack);
    let text = match options.format {
        PathsFormat::Terminal => {
            let color = colored(options.color, options.output.is_none());
            report::paths::verified(&verified, color, width())
        }
        PathsFormat::Json => report::paths::verified_json(&verified),
        _ => bail!("--verify writes to a terminal or as JSON"),
    };
    write(&text, options.output.as_deref())?;
    let left = verified.iter().any(|verified| verified.fate != Fate::Gone);
    Ok(if left { End::Findings } else { End::Clean })
}
