//! What no text file may contain.

use super::{Violation, violation};
use crate::tree::Tree;

/// Folders of somebody's machine. Taken apart here, so that this file does not break its own law.
const MACHINE: &[&str] = &[concat!("/", "work/"), concat!("/", "root/"), concat!("/tmp/", "bash_jobs")];

/// A path that exists on one machine only says nothing to a reader. `https://host/work/x` and `a/work/x` are not meant.
pub(super) fn no_machine_paths(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (path, text) in &tree.files {
        for (index, line) in text.lines().enumerate() {
            for machine in MACHINE {
                let absolute = |at: usize| {
                    let before = line[..at].chars().next_back();
                    !before.is_some_and(|c| c.is_alphanumeric() || "/.-_~*}])".contains(c))
                };
                if line.match_indices(machine).any(|(at, _)| absolute(at)) {
                    found.push(violation(path, index + 1, format!("`{machine}` is a path of one machine")));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::said;
    use super::*;

    #[test]
    fn a_path_of_one_machine_is_reported() {
        let (work, root) = (MACHINE[0], MACHINE[1]);
        let text = format!("see https://example.com{work}x and docs{work}y\ncd {work}main\nHOME={root}x\n");
        assert_eq!(
            said(no_machine_paths, &[("docs/a.md", &text)]),
            [
                format!("docs/a.md:2: `{work}` is a path of one machine"),
                format!("docs/a.md:3: `{root}` is a path of one machine"),
            ]
        );
    }
}
