//! Two texts as a unified diff that shows no secret: lines that may hold one are left out of the context.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::Arc;

use model::{Asset, Node, Value};
use similar::{DiffOp, TextDiff};

/// Lines of context around a change.
const CONTEXT: usize = 3;
/// Nodes of one document that are searched for secrets.
const MAX_NODES: usize = 100_000;

/// The lines on which values stand that must not be shown.
#[derive(Debug, Default)]
pub(crate) struct Hidden(HashMap<Arc<str>, HashSet<u32>>);

impl Hidden {
    pub(crate) fn of(assets: &[Asset]) -> Hidden {
        let mut hidden = Hidden::default();
        for asset in assets {
            let mut open: Vec<(&Node, bool)> = vec![(&asset.document, false)];
            let mut left = MAX_NODES;
            while let Some((node, inside)) = open.pop() {
                let secret = inside || node.sensitive;
                if secret {
                    for place in node.at.iter().flat_map(|at| at.trail()) {
                        let lines = hidden.0.entry(place.path.clone()).or_default();
                        lines.extend(place.line..=place.end_line.clamp(place.line, place.line + 500));
                    }
                }
                if left == 0 {
                    continue;
                }
                left -= 1;
                match &node.value {
                    Value::List(items) => open.extend(items.iter().map(|n| (n, secret))),
                    Value::Map(entries) => open.extend(entries.values().map(|n| (n, secret))),
                    Value::Json(inner) => open.push((inner, secret)),
                    _ => {}
                }
            }
        }
        hidden
    }

    fn holds(&self, path: &str, line: usize, text: &str) -> bool {
        let known = self.0.get(path).is_some_and(|lines| lines.contains(&(line as u32)));
        known || looks_secret(text)
    }
}

/// A literal under a name that secrets have, whoever declares it.
fn looks_secret(line: &str) -> bool {
    let Some((name, value)) = line.split_once(['=', ':']) else { return line.contains("-----BEGIN") };
    let name = name.to_ascii_lowercase();
    let named = [
        "password",
        "passwd",
        "secret",
        "token",
        "connection_string",
        "connectionstring",
        "access_key",
        "api_key",
        "apikey",
        "private_key",
    ];
    let literal =
        value.trim_start().starts_with(['"', '\'', '<', '|']) || !value.contains(['.', '(', '!', '[']);
    named.iter().any(|word| name.contains(word)) && literal && value.trim().len() > 5
}

/// The diff, with `a/` and `b/` before the path as git has it.
pub(crate) fn unified(path: &str, before: &str, after: &str, hidden: &Hidden) -> String {
    let diff = TextDiff::from_lines(before, after);
    let (old, new) = (diff.old_slices(), diff.new_slices());
    let secret = |line: usize| old.get(line).is_some_and(|text| hidden.holds(path, line + 1, text));
    let mut hunks: Vec<(usize, usize, Vec<DiffOp>)> = Vec::new();
    for op in diff.ops().iter().filter(|op| !matches!(op, DiffOp::Equal { .. })) {
        let range = op.old_range();
        let floor = hunks.last().map_or(0, |(_, end, _)| *end);
        let start =
            (0..CONTEXT).fold(range.start, |at, _| if at > floor && !secret(at - 1) { at - 1 } else { at });
        let end =
            (0..CONTEXT).fold(range.end, |at, _| if at < old.len() && !secret(at) { at + 1 } else { at });
        match hunks.last_mut() {
            Some((_, last, ops)) if start <= *last => {
                *last = end;
                ops.push(*op);
            }
            _ => hunks.push((start, end, vec![*op])),
        }
    }
    if hunks.is_empty() {
        return String::new();
    }
    let mut out = format!("--- a/{path}\n+++ b/{path}\n");
    let mut shift = 0_isize;
    for (index, (start, end, ops)) in hunks.iter().enumerate() {
        // Context behind one hunk may reach into the next one's changes no further than its start.
        let end = hunks.get(index + 1).map_or(*end, |(next, ..)| (*end).min(*next));
        let grown: isize =
            ops.iter().map(|op| op.new_range().len() as isize - op.old_range().len() as isize).sum();
        let (length, new_length) = (end - start, (end - start).saturating_add_signed(grown));
        let first = |at: usize, length: usize| if length == 0 { at } else { at + 1 };
        let new_start = start.saturating_add_signed(shift);
        _ = writeln!(
            out,
            "@@ -{},{length} +{},{new_length} @@",
            first(*start, length),
            first(new_start, new_length)
        );
        let mut line = |sign: char, text: &str| {
            let bare = text.strip_suffix('\n').unwrap_or(text);
            _ = writeln!(out, "{sign}{}", bare.strip_suffix('\r').unwrap_or(bare));
            if !text.ends_with('\n') {
                out.push_str("\\ No newline at end of file\n");
            }
        };
        let mut at = *start;
        for op in ops {
            old[at..op.old_range().start].iter().for_each(|text| line(' ', text));
            for removed in op.old_range() {
                line('-', if secret(removed) { "(sensitive)\n" } else { old[removed] });
            }
            op.new_range().for_each(|added| line('+', new[added]));
            at = op.old_range().end;
        }
        old[at..end].iter().for_each(|text| line(' ', text));
        shift += grown;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_is_what_git_reads() {
        let before = "a\nb\nc\nd\ne\n1\n2\nf\ng\nh\ni\n";
        let after = before.replace("b\n", "B\n").replace("h\n", "h\nx\n");
        let want = "--- a/f.tf\n+++ b/f.tf\n@@ -1,5 +1,5 @@\n a\n-b\n+B\n c\n d\n e\n@@ -8,4 +8,5 @@\n f\n g\n h\n+x\n i\n";
        assert_eq!(unified("f.tf", before, &after, &Hidden::default()), want);
        assert_eq!(unified("f.tf", before, before, &Hidden::default()), "");
        let added = unified("f.tf", "a", "a\nb\n", &Hidden::default());
        assert_eq!(
            added,
            "--- a/f.tf\n+++ b/f.tf\n@@ -1,1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n"
        );
    }

    #[test]
    fn secrets_are_not_context() {
        let before = "x = 1\npassword = \"hunter22\"\na = 1\nb = 2\nkey = 3\n";
        let hidden = Hidden([("f".into(), HashSet::from([5]))].into());
        let shown = unified("f", before, &before.replace("a = 1", "a = 2"), &hidden);
        assert_eq!(shown, "--- a/f\n+++ b/f\n@@ -3,2 +3,2 @@\n-a = 1\n+a = 2\n b = 2\n");
    }
}
