//! Tables that crates embed, made from published data: one file for each provider. Facts only, in our own form.

mod azure;

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::read::GzDecoder;

/// Writes the table of a provider from a file of published data (`.json` or `.json.gz`), as it was on `date`.
pub(crate) fn write(root: &Path, provider: &str, file: &str, date: &str) -> Result<String> {
    let (path, text) = match provider {
        "azure" => azure::table(&read(file)?, date)?,
        other => bail!("no table is made for {other}"),
    };
    fs::write(root.join(path), &text).with_context(|| format!("cannot write {path}"))?;
    Ok(format!("{path}: {} lines, {} bytes", text.lines().count(), text.len()))
}

fn read(file: &str) -> Result<serde_json::Value> {
    let open = File::open(file).with_context(|| format!("cannot open {file}"))?;
    let mut text = String::new();
    let mut reader: Box<dyn Read> =
        if file.ends_with(".gz") { Box::new(GzDecoder::new(open)) } else { Box::new(open) };
    reader.read_to_string(&mut text).with_context(|| format!("cannot read {file}"))?;
    serde_json::from_str(&text).with_context(|| format!("{file} is not JSON"))
}
