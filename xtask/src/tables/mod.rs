//! `cargo xtask tables PROVIDER FILE…`: the providers' built-in roles as the compact tables that `identity` holds.
//!
//! The lists are downloaded by hand; nothing here fetches them, and nothing in the product reads them.

mod google;

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// Writes the table of one provider; the answer says which and how large.
pub(crate) fn write(root: &Path, provider: &str, files: &[&str]) -> Result<String> {
    let texts = files.iter().map(|file| read(Path::new(file))).collect::<Result<Vec<_>>>()?;
    let (path, table) = match provider {
        "google" => ("crates/identity/src/google/roles.txt", google::table(&texts)?),
        other => bail!("no table is made for {other:?}"),
    };
    std::fs::write(root.join(path), &table).with_context(|| format!("cannot write {path}"))?;
    Ok(format!("tables: {path}, {} bytes", table.len()))
}

/// The text of a list, which may be compressed.
fn read(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut text = String::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        flate2::read::GzDecoder::new(&*bytes).read_to_string(&mut text)?;
    } else {
        text = String::from_utf8(bytes)?;
    }
    Ok(text)
}
