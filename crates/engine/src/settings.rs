//! `stance.toml`: what a repository wants of every scan. Options of the command line win over it.

use std::path::{Component, Path};

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
    /// Assets that must stay as they are, by address or id: no fix of an attack path is done to them.
    pub keep: Vec<String>,
}

impl Settings {
    /// Reads the settings at `root`; a root without them has none.
    pub fn read(root: &Path) -> Result<Settings, RunError> {
        let folder = if root.is_file() { root.parent().unwrap_or(root) } else { root };
        let path = folder.join(FILE);
        match collect::read_regular(&path) {
            Ok(text) => {
                let settings = Settings::parse(&text).and_then(|settings| settings.confined(folder));
                settings.map_err(|e| RunError::Settings(format!("{}{e}", path.display())))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Settings::default()),
            Err(error) => Err(RunError::Unreadable { path: path.display().to_string(), error }),
        }
    }

    /// A scanned folder may name its own files, and no others.
    fn confined(self, folder: &Path) -> Result<Settings, String> {
        let root = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        for path in self.var_file.iter().chain(&self.exceptions).chain(&self.catalog) {
            // A file that is not there is its reader's to report.
            let real = folder.join(path).canonicalize();
            let leaves =
                Path::new(path).components().any(|c| !matches!(c, Component::Normal(_) | Component::CurDir));
            if leaves || real.is_ok_and(|real| !real.starts_with(&root)) {
                return Err(format!(
                    ": {path:?} leads out of the scanned folder; name it on the command line"
                ));
            }
        }
        Ok(self)
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
        for path in ["/etc/passwd", "../other.tfvars", "a/../../b"] {
            let settings = Settings { var_file: vec![path.to_owned()], ..Settings::default() };
            let refused = settings.confined(Path::new(".")).unwrap_err();
            assert!(refused.contains("leads out of the scanned folder"), "{refused}");
        }
        let own = Settings { exceptions: Some("policy/accepted.yaml".to_owned()), ..Settings::default() };
        assert!(own.confined(Path::new(".")).is_ok());
        let wrong = Settings::parse("\nfail_on = \"high\"\n").unwrap_err();
        assert!(wrong.starts_with(":2: unknown field `fail_on`"), "{wrong}");
    }
}
