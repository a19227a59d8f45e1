//! The exceptions file: a YAML list of faults that somebody has accepted, each with owner, reason and expiry.

use std::path::Path;

use policy::Exception;
use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::RunError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    check: Spanned<String>,
    asset: String,
    owner: String,
    reason: String,
    expires: Option<String>,
}

/// Reads an exceptions file; its places are relative to `root` where it lies below.
pub fn read(path: &Path, root: &Path) -> Result<Vec<Exception>, RunError> {
    let text = collect::read_regular(path)
        .map_err(|error| RunError::Unreadable { path: path.display().to_string(), error })?;
    parse(&path.strip_prefix(root).unwrap_or(path).display().to_string(), &text).map_err(RunError::Settings)
}

fn parse(file: &str, text: &str) -> Result<Vec<Exception>, String> {
    let entries: Vec<Entry> = serde_saphyr::from_str(text).map_err(|error| {
        let line = error.location().map_or(1, |l| l.line());
        format!("{file}:{line}: {}", error.to_string().lines().next().unwrap_or_default())
    })?;
    let each = entries.into_iter().map(|entry| {
        let place = format!("{file}:{}", entry.check.referenced.line());
        for (what, value) in [("owner", &entry.owner), ("reason", &entry.reason)] {
            if value.trim().is_empty() {
                return Err(format!("{place}: an exception needs its {what}"));
            }
        }
        if let Some(date) = entry.expires.as_deref().filter(|d| !is_date(d)) {
            return Err(format!("{place}: {date:?} is not a date of the form 2027-01-31"));
        }
        Ok(Exception {
            check: entry.check.value,
            asset: entry.asset,
            owner: entry.owner,
            reason: entry.reason,
            expires: entry.expires,
            place,
        })
    });
    each.collect()
}

fn is_date(text: &str) -> bool {
    let part = |range: std::ops::Range<usize>| text.get(range).and_then(|t| t.parse::<u32>().ok());
    text.len() == 10
        && text.as_bytes()[4] == b'-'
        && text.as_bytes()[7] == b'-'
        && part(0..4).is_some()
        && part(5..7).is_some_and(|m| (1..=12).contains(&m))
        && part(8..10).is_some_and(|d| (1..=31).contains(&d))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_has_an_owner_a_reason_and_a_real_date() {
        let good = "- check: azure-*\n  asset: main.tf*\n  owner: ml-team\n  reason: accepted\n  expires: 2027-01-31\n";
        let read = parse("e.yaml", good).unwrap();
        assert_eq!((&*read[0].place, read[0].expires.as_deref()), ("e.yaml:1", Some("2027-01-31")));
        for (text, want) in [
            ("- check: a\n  asset: b\n  owner: ''\n  reason: r\n", "e.yaml:1: an exception needs its owner"),
            (
                "- check: a\n  asset: b\n  owner: o\n  reason: r\n  expires: soon\n",
                "e.yaml:1: \"soon\" is not a date",
            ),
            ("- check: a\n  asset: b\n  owner: o\n", "reason"),
        ] {
            let message = parse("e.yaml", text).unwrap_err();
            assert!(message.contains(want), "{message}");
        }
    }
}
