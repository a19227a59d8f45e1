//! `stance scan`.

use std::fs;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use engine::{Exceptions, Given, Request, Selection, Settings, VariableFile};
use indicatif::{ProgressBar, ProgressStyle};
use model::Severity;

use crate::End;
use crate::arguments::{Color, Format, ScanOptions};
use crate::sources::Files;

/// A scan that takes longer shows that it is alive.
const PATIENCE: Duration = Duration::from_secs(2);

/// The exceptions file that is read when none is named.
const EXCEPTIONS: &str = "stance-exceptions.yaml";

pub(crate) fn run(catalog: Option<&Path>, options: &ScanOptions) -> Result<End> {
    let settings = Settings::read(&options.path)?;
    let folder =
        if options.path.is_file() { options.path.parent().unwrap_or(&options.path) } else { &options.path };
    let beside = |path: &String| folder.join(path);
    let gate = gate(options.fail_on.as_deref().or(settings.fail_on.as_deref()))?;
    let min_severity = match &options.min_severity {
        Some(word) => word.parse()?,
        None => settings.min_severity.unwrap_or(Severity::Info),
    };
    let catalog = catalog.map(Path::to_owned).or_else(|| settings.catalog.as_ref().map(beside));
    let catalog = load(catalog.as_deref())?;
    let exceptions = options.exceptions.clone().or_else(|| settings.exceptions.as_ref().map(beside));
    let mut files: Vec<PathBuf> = settings.var_file.iter().map(beside).collect();
    files.extend(options.given.var_file.iter().cloned());
    let either =
        |ours: &[String], theirs: &[String]| if ours.is_empty() { theirs.to_vec() } else { ours.to_vec() };
    let selection = Selection {
        only: either(&options.check, &settings.check),
        without: [&*options.exclude, &*settings.exclude].concat(),
    };
    known_checks(&catalog, &selection)?;
    let root = if options.home { home()? } else { options.path.clone() };
    let request = Request {
        root: root.clone(),
        home: options.home,
        selection,
        given: given(&files, &options.given.var)?,
        exceptions: accepted(exceptions.as_deref(), folder)?,
        secrets: secrets(options.history),
        // A saved scan can be compared with a later one, permissions and all.
        paths: Some(engine::PathOptions {
            permissions: options.format == Format::Json,
            keep: settings.keep,
            ..engine::PathOptions::default()
        }),
    };
    let snapshot = while_patient(|| engine::scan(&request, &catalog))?;
    let sources = Files::new(&root);
    let view = report::Options {
        color: colored(options.color, options.output.is_none()),
        width: width(),
        all: options.all,
        quiet: options.quiet,
        verbose: options.verbose,
        min_severity,
        sources: &sources,
        root: &root.display().to_string(),
        catalog_version: env!("CARGO_PKG_VERSION"),
        tool_version: env!("CARGO_PKG_VERSION"),
    };
    let format = match options.format {
        Format::Terminal => report::Format::Terminal,
        Format::Json => report::Format::Json,
        Format::Sarif => report::Format::Sarif,
        Format::Markdown => report::Format::Markdown,
    };
    write(&report::render(&snapshot, format, &view), options.output.as_deref())?;
    let reached = gate.is_some_and(|gate| snapshot.outcomes.iter().any(|o| engine::reaches(o, gate)));
    Ok(if reached { End::Findings } else { End::Clean })
}

/// How keys are looked for. An organisation's own salt is a secret, so it is no argument.
fn secrets(history: bool) -> engine::SecretOptions {
    let mut options = engine::SecretOptions { history, ..engine::SecretOptions::default() };
    if let Some(salt) = std::env::var("STANCE_SALT").ok().filter(|salt| !salt.is_empty()) {
        options.salt = salt.into();
    }
    options
}

/// The catalogue, with the user's folder beside it. Its mistakes are shown all at once.
pub(crate) fn load(folder: Option<&Path>) -> Result<engine::Catalog> {
    let Some(folder) = folder else { return Ok(engine::Catalog::embedded()) };
    let files = engine::catalog_files(folder)?;
    let (catalog, found) = engine::Catalog::with_files(files);
    for notice in &found.notices {
        eprintln!("stance: notice: {notice}");
    }
    if !found.errors.is_empty() {
        let lines: Vec<String> = found.errors.iter().map(|e| format!("  {e}")).collect();
        bail!("the catalogue in {} has mistakes:\n{}", folder.display(), lines.join("\n"));
    }
    Ok(catalog)
}

/// The home folder of whoever runs the program.
pub(crate) fn home() -> Result<PathBuf> {
    let names = ["HOME", "USERPROFILE"];
    let found = names.into_iter().filter_map(std::env::var_os).find(|v| !v.is_empty());
    found.map(PathBuf::from).context("neither HOME nor USERPROFILE says where the home folder is")
}

fn gate(word: Option<&str>) -> Result<Option<Severity>> {
    match word {
        Some("never") => Ok(None),
        Some(word) => Ok(Some(word.parse()?)),
        None => Ok(Some(Severity::Low)),
    }
}

/// A misspelt check would otherwise silently select nothing.
pub(crate) fn known_checks(catalog: &engine::Catalog, selection: &Selection) -> Result<()> {
    for pattern in selection.only.iter().chain(&selection.without) {
        if !catalog.checks.iter().any(|c| catalog::cel::glob(pattern, &c.card.id)) {
            let ids = catalog.checks.iter().map(|c| &*c.card.id.text);
            bail!(
                "no check {pattern:?}{}; `stance check list` lists them",
                catalog::did_you_mean(pattern, ids)
            );
        }
    }
    Ok(())
}

pub(crate) fn given(files: &[PathBuf], values: &[String]) -> Result<Given> {
    let files = files.iter().map(|path| {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(VariableFile { path: path.display().to_string(), text })
    });
    let values = values.iter().map(|value| {
        let (name, value) =
            value.split_once('=').with_context(|| format!("--var {value} is not NAME=VALUE"))?;
        Ok((name.trim().to_owned(), value.to_owned()))
    });
    Ok(Given { files: files.collect::<Result<_>>()?, values: values.collect::<Result<_>>()? })
}

pub(crate) fn accepted(named: Option<&Path>, folder: &Path) -> Result<Exceptions> {
    let today = jiff::Zoned::now().date().to_string();
    let path = match named {
        Some(path) => path.to_owned(),
        None => folder.join(EXCEPTIONS),
    };
    if named.is_none() && !path.exists() {
        return Ok(Exceptions { declared: Vec::new(), today });
    }
    Ok(Exceptions { declared: engine::read_exceptions(&path, folder)?, today })
}

/// Runs `work`; on a terminal, a sign of life appears when it takes long.
pub(crate) fn while_patient<T>(work: impl FnOnce() -> T) -> T {
    if !std::io::stderr().is_terminal() {
        return work();
    }
    let bar = ProgressBar::new_spinner();
    bar.set_style(ProgressStyle::default_spinner());
    bar.set_draw_target(indicatif::ProgressDrawTarget::hidden());
    let (done, waiting) = std::sync::mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let bar = &bar;
        scope.spawn(move || {
            if waiting.recv_timeout(PATIENCE) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                bar.set_draw_target(indicatif::ProgressDrawTarget::stderr());
                bar.set_message("evaluating infrastructure code");
                bar.enable_steady_tick(Duration::from_millis(120));
                let _ = waiting.recv();
                bar.finish_and_clear();
            }
        });
        let result = work();
        drop(done);
        result
    })
}

/// Whether to write colours, when they are left to the terminal.
pub(crate) fn colored(wanted: Color, to_screen: bool) -> bool {
    match wanted {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            let refused = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
            to_screen && std::io::stdout().is_terminal() && !refused
        }
    }
}

pub(crate) fn width() -> usize {
    let columns = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    let of_terminal = || std::io::stdout().is_terminal().then(|| console::Term::stdout().size().1.into());
    columns.or_else(of_terminal).unwrap_or(100).clamp(60, 160)
}

/// Writes a result to a file, or to standard output.
pub(crate) fn write(text: &str, output: Option<&Path>) -> Result<()> {
    match output {
        Some(path) => fs::write(path, text).with_context(|| format!("cannot write {}", path.display())),
        None => match std::io::stdout().lock().write_all(text.as_bytes()) {
            // A reader that has seen enough (`| head`) is no error.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            other => other.context("cannot write the result"),
        },
    }
}
