//! A fix as its outcome states it: a unified diff, or lines to write where there is no file to change.
//!
//! The diff is read here and not made.

/// One run of changed lines in a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Change<'p> {
    pub(crate) path: &'p str,
    /// The first line that goes, or the line before which the new ones come; from 1.
    pub(crate) line: u32,
    pub(crate) removed: Vec<&'p str>,
    pub(crate) added: Vec<&'p str>,
}

impl<'p> Change<'p> {
    /// Without the lines of which only the blanks change.
    pub(crate) fn telling(&self) -> Change<'p> {
        let bare = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let among = |line: &str, others: &[&str]| others.iter().any(|other| bare(other) == bare(line));
        let keep = |lines: &[&'p str], others: &[&str]| -> Vec<&'p str> {
            lines.iter().filter(|line| !among(line, others)).copied().collect()
        };
        let (removed, added) = (keep(&self.removed, &self.added), keep(&self.added, &self.removed));
        let before = self.removed.iter().take_while(|line| among(line, &self.added)).count() as u32;
        Change { path: self.path, line: self.line + before, removed, added }
    }
}

/// Whether the text is a unified diff.
pub(crate) fn is_diff(patch: &str) -> bool {
    patch.starts_with("--- a/")
}

/// The runs of changed lines of a unified diff, in its order.
pub(crate) fn changes(patch: &str) -> Vec<Change<'_>> {
    let mut found: Vec<Change<'_>> = Vec::new();
    let (mut path, mut line, mut open) = ("", 0_u32, false);
    // A line of a file may begin like a header: what a hunk announces is the hunk's.
    let (mut old_left, mut new_left) = (0_u32, 0_u32);
    for text in patch.lines() {
        if old_left == 0 && new_left == 0 {
            open = false;
            if let Some(rest) = text.strip_prefix("+++ b/") {
                path = rest;
            } else if let Some((old, new)) = text.strip_prefix("@@ -").and_then(header) {
                (line, old_left, new_left) = (if old.1 == 0 { old.0 + 1 } else { old.0 }, old.1, new.1);
            }
            continue;
        }
        let (sign, body) = text.split_at_checked(1).unwrap_or((" ", ""));
        if sign == "\\" {
            continue;
        }
        if sign == "+" || sign == "-" {
            if !open {
                found.push(Change { path, line, removed: Vec::new(), added: Vec::new() });
                open = true;
            }
            let Some(change) = found.last_mut() else { continue };
            if sign == "+" {
                change.added.push(body);
            } else {
                change.removed.push(body);
            }
        } else {
            open = false;
        }
        if sign != "+" {
            line += 1;
            old_left = old_left.saturating_sub(1);
        }
        if sign != "-" {
            new_left = new_left.saturating_sub(1);
        }
    }
    found
}

/// `1,4 +1,5 @@` as the two ranges.
fn header(text: &str) -> Option<((u32, u32), (u32, u32))> {
    let (old, new) = text.split_once(" +")?;
    let range = |text: &str| {
        let (start, length) = text.split_once(',').unwrap_or((text, "1"));
        Some((start.parse().ok()?, length.parse().ok()?))
    };
    Some((range(old)?, range(new.split_once(" @@")?.0)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_is_read_by_its_counts() {
        let diff = "--- a/x.tf\n+++ b/x.tf\n@@ -2,3 +2,3 @@\n a\n--- b\n+++ c\n d\n@@ -9,0 +9,1 @@\n+e\n";
        let of = |line, removed: &[&'static str], added: &[&'static str]| Change {
            path: "x.tf",
            line,
            removed: removed.to_vec(),
            added: added.to_vec(),
        };
        assert!(is_diff(diff));
        assert_eq!(changes(diff), [of(3, &["-- b"], &["++ c"]), of(10, &[], &["e"])]);
        let moved = of(3, &["a  = 1", "b  = 2", "c"], &["a = 1", "b = 3", "c"]);
        assert_eq!(moved.telling(), of(4, &["b  = 2"], &["b = 3"]));
        assert_eq!(changes("--- a/x\n@@ -nonsense\n"), []);
    }
}
