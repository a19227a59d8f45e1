//! `stance paths`.

use std::path::{Path, PathBuf};

use anyhow::Result;
use engine::{PathOptions, Request, Settings};
use model::Severity;

use crate::End;
use crate::arguments::{PathsFormat, PathsOptions};
use crate::scan::{accepted, given, load, while_patient, write};

pub(crate) fn run(catalog: Option<&Path>, options: &PathsOptions) -> Result<End> {
    let settings = Settings::read(&options.path)?;
    let folder =
        if options.path.is_file() { options.path.parent().unwrap_or(&options.path) } else { &options.path };
    let beside = |path: &String| folder.join(path);
    let catalog = catalog.map(Path::to_owned).or_else(|| settings.catalog.as_ref().map(beside));
    let catalog = load(catalog.as_deref())?;
    let exceptions = settings.exceptions.as_ref().map(beside);
    let mut files: Vec<PathBuf> = settings.var_file.iter().map(beside).collect();
    files.extend(options.var_file.iter().cloned());
    let least = match &options.min_risk {
        Some(word) => word.parse()?,
        None => Severity::Info,
    };
    let request = Request {
        root: options.path.clone(),
        given: given(&files, &options.var)?,
        exceptions: accepted(exceptions.as_deref(), folder)?,
        paths: Some(PathOptions {
            without: options.without.clone(),
            ways: options.ways,
            keep: options.keep.clone(),
            ..PathOptions::default()
        }),
        ..Request::default()
    };
    let mut snapshot = while_patient(|| engine::scan(&request, &catalog))?;
    snapshot.attack.paths.retain(|path| {
        path.risk.level >= least
            && (!options.bypassing || !path.bypasses.is_empty())
            && (options.entry.is_empty() || options.entry.iter().any(|e| **e == *path.entry))
    });
    let text = match options.format {
        PathsFormat::Json => report::paths::json(&snapshot.attack),
        PathsFormat::Terminal => report::paths::terminal(&snapshot),
    };
    write(&text, options.output.as_deref())?;
    Ok(if snapshot.attack.paths.is_empty() { End::Clean } else { End::Findings })
}
