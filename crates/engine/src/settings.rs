//! `stance.toml`: what a repository wants of every scan. Options of the command line win over it.

use std::path::Path;

use model::Severity;
use serde::Deserialize;

use crate::RunError;

/// The name of the file, at the scanned root.
const FILE: &str = "stance.toml";

/// Settings of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Settings {
    /// Severity from which on findings end with exit code 1, or `never`.
    pub fail_on: Option<String>,
    pub min_severity: Option<Severity>,
    /// Checks to run, by id or pattern.
    pub check: Vec<String>,
    /// Checks not to run.
    pub exclude: Vec<String>,
    /// Terraform variable files, relative to the root.
    pub var_file: Vec<String>,
    /// The exceptions file, relative to the root.
    pub exceptions: Option<String>,
    /// A catalogue folder beside the built-in one, relative to the root.
    pub catalog: Option<String>,
}

impl Settings {
    /// Reads the settings at `root`; a root without them has none.
    pub fn read(root: &Path) -> Result<Settings, RunError> {
        let folder = if root.is_file() { root.parent().unwrap_or(root) } else { root };
        let path = folder.join(FILE);
        match collect::read_regular(&path) {
            Ok(text) => {
                Settings::parse(&text).map_err(|e| RunError::Settings(format!("{}{e}", path.display())))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Settings::default()),
            Err(error) => Err(RunError::Unreadable { path: path.display().to_string(), error }),
        }
    }

    fn parse(text: &str) -> Result<Settings, String> {
        toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |s| s.start);
            let line = text.as_bytes()[..start.min(text.len())].iter().filter(|b| **b == b'\n').count() + 1;
            format!(":{line}: {}", error.message())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_and_mistakes_named() {
        let settings =
            Settings::parse("fail-on = \"high\"\nmin-severity = \"low\"\nexclude = [\"aws-*\"]\n").unwrap();
        assert_eq!(settings.min_severity, Some(Severity::Low));
        assert_eq!(settings.exclude, ["aws-*"]);
        let wrong = Settings::parse("\nfail_on = \"high\"\n").unwrap_err();
        assert!(wrong.starts_with(":2: unknown field `fail_on`"), "{wrong}");
    }
}
