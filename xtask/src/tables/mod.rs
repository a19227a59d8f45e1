//! `cargo xtask tables PROVIDER DATE FILE…`: tables that crates embed, made from published lists as they were on a date.
//! One file for each provider; facts only, in our own form. The lists are downloaded by hand, nothing here fetches them.

mod aws;
mod azure;
mod google;

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// Writes the table of one provider; the answer says which and how large.
pub(crate) fn write(root: &Path, provider: &str, date: &str, files: &[&str]) -> Result<String> {
    let texts = files.iter().map(|file| read(Path::new(file))).collect::<Result<Vec<_>>>()?;
    let (path, text) = match (provider, &*texts) {
        ("aws", [policies]) => aws::write(policies, date)?,
        ("azure", [roles]) => azure::table(&serde_json::from_str(roles)?, date)?,
        ("google", _) => ("crates/identity/src/google/roles.txt", google::table(&texts)?),
        (other, _) => bail!("no table is made for {other:?} from {} files", files.len()),
    };
    std::fs::write(root.join(path), &text).with_context(|| format!("cannot write {path}"))?;
    Ok(format!("{path}: {} lines, {} bytes", text.lines().count(), text.len()))
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
