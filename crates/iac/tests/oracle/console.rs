//! `terraform console`, asked for many expressions at once.
//!
//! Fed from a pipe, the console prints only the last result, and an error ends it. So a batch is one expression: a
//! list of what `try` makes of each, so that an expression which fails does not take the others with it. One that
//! does not even parse does: then the batch is halved until that one stands alone. The list arrives as base64, which
//! the console prints without escapes.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use base64::Engine as _;

use crate::case::Case;

/// The console reads lines of less than 64 KiB.
const LONGEST_LINE: usize = 60_000;
const BATCH: usize = 64;
/// Consoles at a time.
const CONSOLES: usize = 4;

pub(crate) struct Terraform {
    /// A copy of the case's module; the console needs no provider.
    folder: tempfile::TempDir,
}

fn terraform(folder: &Path) -> Command {
    let mut command = Command::new("terraform");
    // Neither a user's settings nor a look for a newer version.
    command.current_dir(folder).env_remove("TF_CLI_CONFIG_FILE").env("CHECKPOINT_DISABLE", "1");
    command
}

impl Terraform {
    /// Whether there is a `terraform` on the path that runs.
    pub(crate) fn is_there() -> bool {
        terraform(Path::new(".")).arg("version").output().is_ok_and(|o| o.status.success())
    }

    pub(crate) fn inside(case: &Case) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut has_modules = false;
        for (name, text) in case.files() {
            let path = folder.path().join(&name);
            fs::create_dir_all(path.parent().unwrap_or(folder.path()))?;
            fs::write(path, &text)?;
            has_modules |= name.ends_with(".tf") && name.contains('/');
        }
        if has_modules {
            // Modules of the same folder only: nothing is downloaded.
            let output = terraform(folder.path()).args(["init", "-backend=false", "-no-color"]).output()?;
            assert!(output.status.success(), "{}: {}", case.name(), String::from_utf8_lossy(&output.stderr));
        }
        Ok(Terraform { folder })
    }

    /// For each expression the JSON text of its value, `error`, `sensitive` or `unknown`.
    pub(crate) fn answers(&self, expressions: &[&str]) -> io::Result<Vec<String>> {
        // What does not parse stands alone from the start: two open quotes would close each other.
        let parses =
            |e: &str| matches!(formats::hcl::parse_expression(e), (Some(_), problems) if problems.is_empty());
        let (sound, odd): (Vec<&str>, Vec<&str>) = expressions.iter().partition(|e| parses(e));
        let batches: Vec<&[&str]> = sound.chunks(BATCH).chain(odd.chunks(1)).collect();
        let ask = |batches: &[&[&str]]| -> io::Result<Vec<String>> {
            Ok(batches.iter().map(|batch| self.batch(batch)).collect::<io::Result<Vec<_>>>()?.concat())
        };
        let share = batches.len().div_ceil(CONSOLES).max(1);
        let answers = thread::scope(|scope| {
            let consoles: Vec<_> = batches.chunks(share).map(|part| scope.spawn(move || ask(part))).collect();
            consoles.into_iter().map(|console| console.join().unwrap()).collect::<io::Result<Vec<_>>>()
        })?;
        let answer_of: HashMap<&str, String> = sound.into_iter().chain(odd).zip(answers.concat()).collect();
        Ok(expressions.iter().map(|e| answer_of.get(e).cloned().unwrap_or_default()).collect())
    }

    fn batch(&self, expressions: &[&str]) -> io::Result<Vec<String>> {
        let tries: Vec<String> =
            expressions.iter().map(|e| format!("try(jsonencode({e}),\"error\")")).collect();
        let line = format!("base64encode(jsonencode([{}]))", tries.join(","));
        let printed = if line.len() < LONGEST_LINE { self.ask(&line)? } else { String::new() };
        let decoded = printed
            .strip_prefix('"')
            .and_then(|p| p.strip_suffix('"'))
            .and_then(|text| base64::engine::general_purpose::STANDARD.decode(text).ok())
            .and_then(|json| serde_json::from_slice::<Vec<String>>(&json).ok())
            .filter(|answers| answers.len() == expressions.len());
        Ok(match (decoded, expressions) {
            (Some(answers), _) => answers,
            (None, [_]) if printed == "(known after apply)" => vec!["unknown".to_owned()],
            (None, [_]) if printed == "(sensitive value)" => vec!["sensitive".to_owned()],
            (None, [_]) => vec!["error".to_owned()],
            (None, many) => {
                let (left, right) = many.split_at(many.len() / 2);
                [self.batch(left)?, self.batch(right)?].concat()
            }
        })
    }

    /// The last line that the console prints for one line of input.
    fn ask(&self, line: &str) -> io::Result<String> {
        let mut child = terraform(self.folder.path())
            .arg("console")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        if let Some(mut input) = child.stdin.take() {
            // It may end before it has read everything; then what it printed tells.
            _ = writeln!(input, "{line}");
        }
        let output = child.wait_with_output()?;
        Ok(String::from_utf8_lossy(&output.stdout).lines().last().unwrap_or_default().trim().to_owned())
    }
}
