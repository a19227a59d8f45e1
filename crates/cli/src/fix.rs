//! `stance fix`: shows proven changes, and writes them into the scanned folder when asked to.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use engine::{FileChange, FixSelection, Plan, Request, Selection, Settings, Verdict};

use crate::End;
use crate::arguments::FixOptions;
use crate::scan::{accepted, given, known_checks, load, while_patient, write};

pub(crate) fn run(catalog: Option<&Path>, options: &FixOptions) -> Result<End> {
    let settings = Settings::read(&options.path)?;
    let folder =
        if options.path.is_file() { options.path.parent().unwrap_or(&options.path) } else { &options.path };
    let beside = |path: &String| folder.join(path);
    let catalog = catalog.map(Path::to_owned).or_else(|| settings.catalog.as_ref().map(beside));
    let catalog = load(catalog.as_deref())?;
    let exceptions = options.exceptions.clone().or_else(|| settings.exceptions.as_ref().map(beside));
    let mut files: Vec<PathBuf> = settings.var_file.iter().map(beside).collect();
    files.extend(options.given.var_file.iter().cloned());
    known_checks(&catalog, &Selection { only: options.check.clone(), without: Vec::new() })?;
    let request = Request {
        root: options.path.clone(),
        home: false,
        // A change is judged by every check, whichever findings are to be fixed.
        selection: Selection { only: Vec::new(), without: settings.exclude },
        given: given(&files, &options.given.var)?,
        exceptions: accepted(exceptions.as_deref(), folder)?,
        ..Request::default()
    };
    let checks = if options.check.is_empty() { settings.check } else { options.check.clone() };
    let wanted = FixSelection { checks, address: None, with_unsafe: options.with_unsafe };
    let plan = while_patient(|| engine::fix(&request, &catalog, &wanted))?;
    let mut out = shown(&plan);
    let proven = plan.proposals.iter().filter(|p| p.verdict == Verdict::Proven).count();
    if !options.write {
        if proven > 0 {
            writeln!(out, "# `--write` changes {}", files_word(plan.files.len()))?;
        }
        write(&out, None)?;
        return Ok(if proven > 0 { End::Findings } else { End::Clean });
    }
    let root = folder_of(&options.path)?;
    // Everything is looked at before anything is written.
    let targets: Vec<PathBuf> =
        plan.files.iter().map(|change| target(&root, change)).collect::<Result<_>>()?;
    for (change, path) in plan.files.iter().zip(&targets) {
        replace(path, change)?;
        writeln!(out, "# written: {}", change.path)?;
    }
    write(&out, None)?;
    Ok(End::Clean)
}

/// Every proposal as a comment and its diff. Each diff is of its change alone: two may touch the same lines.
fn shown(plan: &Plan) -> String {
    let mut out = String::new();
    let mut line = |text: String| {
        // Text of the scanned files must not become a line of the diff, nor move the cursor.
        let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        out.push_str(&format!("# {clean}\n"));
    };
    let count = |verdict: fn(&Verdict) -> bool| plan.proposals.iter().filter(|p| verdict(&p.verdict)).count();
    let (proven, withheld) = (count(|v| *v == Verdict::Proven), count(|v| *v == Verdict::Withheld));
    let refused = plan.proposals.len() - proven - withheld;
    line(format!("{proven} fixes proven, {withheld} withheld, {refused} not possible"));
    for proposal in plan.proposals.iter().filter(|p| p.verdict != Verdict::Proven) {
        let reason = match &proposal.verdict {
            Verdict::Refused(reason) => format!("not possible: {reason}"),
            _ => "withheld: it could break a working deployment; --unsafe includes it".to_owned(),
        };
        line(format!("{}  {}  {}: {reason}", proposal.severity, proposal.check, proposal.address));
    }
    for proposal in plan.proposals.iter().filter(|p| p.verdict == Verdict::Proven) {
        let mut head = String::new();
        _ = writeln!(head);
        let title: String =
            format!("{}  {}  {}: {}", proposal.severity, proposal.check, proposal.address, proposal.title);
        let clean: String = title.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        _ = writeln!(head, "# {clean}\n# proven: {} gone, nothing new", proposal.check);
        out.push_str(&head);
        let visible = |c: char| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c };
        out.extend(proposal.diff.chars().map(visible));
    }
    out
}

fn files_word(count: usize) -> String {
    if count == 1 { "1 file".into() } else { format!("{count} files") }
}

fn folder_of(path: &Path) -> Result<PathBuf> {
    let real = path.canonicalize().with_context(|| format!("cannot read {}", path.display()))?;
    Ok(if real.is_dir() { real } else { real.parent().unwrap_or(&real).to_owned() })
}

/// The file of a change: below the root, reached through no link, and as it was when it was read.
fn target(root: &Path, change: &FileChange) -> Result<PathBuf> {
    let named = root.join(&*change.path);
    let real = named.canonicalize().with_context(|| format!("cannot read {}", change.path))?;
    if !real.starts_with(root) {
        bail!("{} leads out of {}, nothing is written", change.path, root.display());
    }
    if real != named {
        bail!("{} is reached through a link, nothing is written", change.path);
    }
    unchanged(&real, change)?;
    Ok(real)
}

fn unchanged(path: &Path, change: &FileChange) -> Result<()> {
    let now = fs::read(path).with_context(|| format!("cannot read {}", change.path))?;
    if now != change.before.as_bytes() {
        bail!("{} has changed meanwhile, it is not written", change.path);
    }
    Ok(())
}

/// Writes the whole file beside its place and puts it there in one step.
fn replace(path: &Path, change: &FileChange) -> Result<()> {
    let cannot = || format!("cannot write {}", change.path);
    let folder = path.parent().unwrap_or(path);
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = folder.join(format!(".{name}.{}.stance", std::process::id()));
    let written = (|| -> Result<()> {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).open(&beside)?;
        file.write_all(change.after.as_bytes())?;
        file.set_permissions(fs::metadata(path)?.permissions())?;
        file.sync_all()?;
        unchanged(path, change)?;
        Ok(fs::rename(&beside, path)?)
    })();
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written.with_context(cannot)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(path: &str, before: &str) -> FileChange {
        FileChange { path: path.into(), before: before.into(), after: "new\n".into() }
    }

    #[cfg(unix)]
    #[test]
    fn only_files_of_the_folder_that_are_as_they_were_are_written() {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("o.tf"), "old\n").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::write(root.join("a.tf"), "old\n").unwrap();
        std::os::unix::fs::symlink(outside.path().join("o.tf"), root.join("out.tf")).unwrap();
        std::os::unix::fs::symlink(root.join("a.tf"), root.join("in.tf")).unwrap();
        for (path, before, want) in [
            ("out.tf", "old\n", "leads out of"),
            ("in.tf", "old\n", "through a link"),
            ("a.tf", "other\n", "has changed meanwhile"),
            ("none.tf", "old\n", "cannot read none.tf"),
        ] {
            let error = target(&root, &change(path, before)).unwrap_err().to_string();
            assert!(error.contains(want), "{path}: {error}");
        }
        let ok = change("a.tf", "old\n");
        replace(&target(&root, &ok).unwrap(), &ok).unwrap();
        assert_eq!(fs::read_to_string(root.join("a.tf")).unwrap(), "new\n");
        assert_eq!(fs::read_dir(&root).unwrap().count(), 3, "nothing is left behind");
    }
}
