//! `stance bom`: the bill of materials of a folder, and what can be asked of the file afterwards.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use engine::{Request, Selection, Settings};
use report::bom::{self, Bom, BomFormat, BomOptions, Listing};

use crate::End;
use crate::arguments::{BomCommand, BomDiffFormat, BomFileFormat, BomOptions as Options};
use crate::scan::{given, load, while_patient, write};

/// Larger files are no bill that anybody wrote, in bytes.
const MAX_FILE: u64 = 512 << 20;
/// The time of creation where no build gives one.
const EPOCH: &str = "1970-01-01T00:00:00Z";

pub(crate) fn run(catalog: Option<&Path>, options: &Options) -> Result<End> {
    match &options.command {
        Some(BomCommand::Diff { before, after, format, exit_zero }) => {
            compare(before, after, *format, *exit_zero)
        }
        Some(BomCommand::Verify { file, key, signature }) => {
            check(file, key.as_deref(), signature.as_deref())
        }
        None => make(catalog, options),
    }
}

fn make(catalog: Option<&Path>, options: &Options) -> Result<End> {
    let settings = Settings::read(&options.path)?;
    let folder =
        if options.path.is_file() { options.path.parent().unwrap_or(&options.path) } else { &options.path };
    let beside = |path: &String| folder.join(path);
    let catalog = catalog.map(Path::to_owned).or_else(|| settings.catalog.as_ref().map(beside));
    let catalog = load(catalog.as_deref())?;
    let mut files: Vec<PathBuf> = settings.var_file.iter().map(beside).collect();
    files.extend(options.given.var_file.iter().cloned());
    let signer = match &options.sign {
        Some(path) => Some(bom::Signer::from_pem(&read(path)?).with_context(|| path.display().to_string())?),
        None => None,
    };
    // What is wrong with the assets is no part of a bill: no check has the empty name, so that none is asked.
    let request = Request {
        root: options.path.clone(),
        selection: Selection { only: vec![String::new()], without: Vec::new() },
        given: given(&files, &options.given.var)?,
        ..Request::default()
    };
    let snapshot = while_patient(|| engine::scan(&request, &catalog))?;
    let bill = Bom::of(&snapshot, &name(options)?);
    let created = created(std::env::var("SOURCE_DATE_EPOCH").ok().as_deref())?;
    let format = match options.format {
        BomFileFormat::Cyclonedx => BomFormat::CycloneDx,
        BomFileFormat::Spdx => BomFormat::Spdx,
    };
    let view = BomOptions {
        evidence: !options.no_evidence,
        tool_version: env!("CARGO_PKG_VERSION"),
        created: &created,
    };
    if options.per_workload {
        let Some(folder) = &options.output else { bail!("--per-workload needs --output FOLDER") };
        return per_workload(&bill, folder, format, &view, signer.as_ref());
    }
    let text = bill.render(format, &view);
    write(&text, options.output.as_deref())?;
    if let (Some(signer), Some(path)) = (&signer, &options.output) {
        write(&signer.sign(&text, format), Some(&envelope_of(path)))?;
    }
    Ok(End::Clean)
}

/// One file for each workload, and an index of them on standard output.
fn per_workload(
    bill: &Bom,
    folder: &Path,
    format: BomFormat,
    view: &BomOptions<'_>,
    signer: Option<&bom::Signer>,
) -> Result<End> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let ending = match format {
        BomFormat::CycloneDx => "cdx.json",
        BomFormat::Spdx => "spdx.json",
    };
    let mut index = String::new();
    for (name, thing) in bill.workload_files() {
        let own = bill.of_workload(&thing.reference);
        let path = folder.join(format!("{name}.{ending}"));
        let text = own.render(format, view);
        write(&text, Some(&path))?;
        if let Some(signer) = signer {
            write(&signer.sign(&text, format), Some(&envelope_of(&path)))?;
        }
        index.push_str(&format!(
            "{name}.{ending}\t{}\t{}\t{} components\n",
            thing.class,
            thing.reference,
            own.things.len()
        ));
    }
    write(&index, None)?;
    Ok(End::Clean)
}

fn compare(before: &Path, after: &Path, format: BomDiffFormat, exit_zero: bool) -> Result<End> {
    let (before, after) = (open(before)?.1, open(after)?.1);
    let found = bom::diff(&before, &after);
    let text = match format {
        BomDiffFormat::Terminal => bom::render_diff(&found),
        BomDiffFormat::Json => bom::render_diff_json(&found),
    };
    write(&text, None)?;
    Ok(if found.is_empty() || exit_zero { End::Clean } else { End::Findings })
}

fn check(file: &Path, key: Option<&Path>, signature: Option<&Path>) -> Result<End> {
    let (text, listing) = open(file)?;
    let verified = bom::verify(&listing, &text);
    let mut out = String::new();
    for problem in &verified.problems {
        out.push_str(&format!("FAIL  {problem}\n"));
    }
    let mut good = verified.problems.is_empty();
    if good {
        out.push_str(&format!("ok    {} components, every reference leads to one\n", listing.len()));
    }
    match verified.unchanged {
        Some(true) => out.push_str("ok    the serial number is that of the content\n"),
        Some(false) => {}
        None => out.push_str("note  made by another tool: the serial number says nothing of the content\n"),
    }
    let envelope = signature.map_or_else(|| envelope_of(file), Path::to_owned);
    match key {
        Some(key) => {
            let verifier = bom::Verifier::from_pem(&read(key)?).with_context(|| key.display().to_string())?;
            match verifier.check(&read(&envelope)?, &text, listing.format) {
                Ok(()) => out.push_str("ok    signed with this key\n"),
                Err(error) => {
                    good = false;
                    out.push_str(&format!("FAIL  {error}\n"));
                }
            }
        }
        None if envelope.exists() => out.push_str("note  there is a signature; --key checks it\n"),
        None => out.push_str("note  not signed\n"),
    }
    write(&out, None)?;
    Ok(if good { End::Clean } else { End::Findings })
}

/// A bill's text, and what it lists.
fn open(path: &Path) -> Result<(String, Listing)> {
    let text = read(path)?;
    let listing = bom::read(&text).with_context(|| format!("cannot read {}", path.display()))?;
    Ok((text, listing))
}

fn read(path: &Path) -> Result<String> {
    let size = fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?.len();
    if size > MAX_FILE {
        bail!("{} is larger than {} MiB", path.display(), MAX_FILE >> 20);
    }
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Where the signature of a file lies.
fn envelope_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".dsse.json");
    PathBuf::from(name)
}

/// What the bill is of, where `--name` does not say: the folder's own name.
fn name(options: &Options) -> Result<String> {
    if let Some(name) = &options.name {
        return Ok(name.clone());
    }
    let full =
        options.path.canonicalize().with_context(|| format!("cannot read {}", options.path.display()))?;
    Ok(full.file_name().map_or_else(|| "root".to_owned(), |name| name.to_string_lossy().into_owned()))
}

/// The time of creation that a reproducible build gives, in seconds since 1970.
/// <https://reproducible-builds.org/specs/source-date-epoch/>
fn created(epoch: Option<&str>) -> Result<String> {
    let Some(epoch) = epoch.filter(|e| !e.is_empty()) else { return Ok(EPOCH.to_owned()) };
    let seconds =
        epoch.parse().with_context(|| format!("SOURCE_DATE_EPOCH is {epoch:?}, and no number of seconds"))?;
    let time = jiff::Timestamp::from_second(seconds).context("SOURCE_DATE_EPOCH is out of range")?;
    Ok(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_creation_is_that_of_the_build_or_none() {
        assert_eq!(created(None).unwrap(), EPOCH);
        assert_eq!(created(Some("1700000000")).unwrap(), "2023-11-14T22:13:20Z");
        assert!(created(Some("today")).is_err());
    }
}
