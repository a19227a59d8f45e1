//! One line of source with the place underlined: clipped to a width, with deceiving characters made visible and
//! secrets withheld. Nothing here knows the outcome that points at the line.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use model::{AssetId, Node, Position, Snapshot, Value};

use crate::Sources;
use crate::text::{columns, shape};

/// A line as it is shown. The underline counts columns of `text`; its length is 0 where the place does not lie in
/// the line (any more).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Excerpt {
    pub(crate) text: String,
    pub(crate) underline: (usize, usize),
}

/// The line at `position` in at most `width` columns, if it still exists.
pub(crate) fn excerpt(
    position: &Position,
    width: usize,
    sources: &dyn Sources,
    secrets: &Secrets<'_>,
) -> Option<Excerpt> {
    let line = sources.line(&position.path, position.line)?;
    let line = line.lines().next().unwrap_or_default();
    let line = secrets.mask(&position.path, position.line, line);
    if line.trim().is_empty() {
        return None;
    }
    Some(layout(&line, position, width.max(20)))
}

/// Underlines the place in its line and cuts the line around it.
fn layout(line: &str, position: &Position, width: usize) -> Excerpt {
    let start = (position.column as usize).saturating_sub(1);
    let end = match position.end_line {
        same if same == position.line => (position.end_column as usize).saturating_sub(1),
        _ => usize::MAX,
    };
    // No character that could be shown is farther than `width` from the place; deep indentation says nothing.
    let indent = line.chars().take_while(|c| c.is_whitespace()).count().min(start);
    let first = indent.saturating_sub(4).max(start.saturating_sub(width));
    let mut cells: Vec<(usize, Cow<'static, str>)> = Vec::new();
    let mut rest = line.chars().enumerate().skip(first);
    for (at, c) in rest.by_ref().take(2 * width) {
        cells.push((at, if c == '\t' { Cow::Borrowed("    ") } else { shape(c) }));
    }
    while rest.clone().next().is_none() && cells.last().is_some_and(|(_, cell)| cell.trim().is_empty()) {
        cells.pop();
    }
    let more_after = rest.next().is_some();
    let marked = |at: usize| at == start || (start < at && at < end);
    let size = |cells: &[(usize, Cow<'_, str>)]| cells.iter().map(|(_, cell)| columns(cell)).sum::<usize>();

    let mut from = 0;
    let before = cells.iter().take_while(|(at, _)| *at < start).count();
    let upto = cells.iter().take_while(|(at, _)| *at < start || marked(*at)).count();
    let cut_before = first > indent;
    if cut_before || size(&cells[..upto]) + 1 > width && size(&cells) > width {
        // Keep a third of the width as context before the place.
        while from < before && size(&cells[from..before]) > width / 3 {
            from += 1;
        }
    }
    let mut text = String::new();
    let (mut column, mut underline) = (0, (0, 0));
    if from > 0 || cut_before {
        text.push('…');
        column = 1;
    }
    let all_fit = !more_after && column + size(&cells[from..]) <= width;
    let room = if all_fit { width } else { width - 1 };
    let mut cut_after = more_after;
    for (at, cell) in &cells[from..] {
        let wide = columns(cell);
        if column + wide > room {
            cut_after = true;
            break;
        }
        if marked(*at) {
            if underline.1 == 0 {
                underline.0 = column;
            }
            underline.1 = column + wide - underline.0;
        }
        text.push_str(cell);
        column += wide;
    }
    if cut_after {
        text.push('…');
    }
    Excerpt { text, underline }
}

/// Where sensitive values were written, so that no excerpt shows them.
#[derive(Default)]
pub(crate) struct Secrets<'a> {
    /// By path.
    spans: HashMap<&'a str, Vec<&'a Position>>,
    /// Assets whose documents are too large to look through: nothing of theirs is shown.
    pub(crate) unexamined: HashSet<&'a AssetId>,
}

impl<'a> Secrets<'a> {
    pub(crate) fn of(snapshot: &'a Snapshot) -> Self {
        let mut secrets = Secrets::default();
        for asset in &snapshot.assets {
            let mut budget = 100_000;
            if !secrets.collect(&asset.document, asset.position(), &mut budget, 0) {
                secrets.unexamined.insert(&asset.id);
            }
        }
        secrets
    }

    /// False when the document is too large or too deep. A value without a place of its own is somewhere in `around`.
    fn collect(
        &mut self,
        node: &'a Node,
        around: Option<&'a Position>,
        budget: &mut usize,
        depth: usize,
    ) -> bool {
        if *budget == 0 || depth > 128 {
            return false;
        }
        *budget -= 1;
        let at = node.at.as_deref().or(around);
        if node.sensitive {
            for position in at.into_iter().flat_map(Position::trail) {
                self.spans.entry(&position.path).or_default().push(position);
            }
        }
        match &node.value {
            Value::List(items) => items.iter().all(|n| self.collect(n, at, budget, depth + 1)),
            Value::Map(entries) => entries.values().all(|n| self.collect(n, at, budget, depth + 1)),
            Value::Json(inner) => self.collect(inner, at, budget, depth + 1),
            _ => true,
        }
    }

    /// The line up to the first sensitive value in it.
    fn mask<'l>(&self, path: &str, line: u32, text: &'l str) -> Cow<'l, str> {
        let spans = self.spans.get(path).map(Vec::as_slice).unwrap_or_default();
        let kept = spans
            .iter()
            .filter(|s| s.line <= line && line <= s.end_line.max(s.line))
            .map(|s| if s.line == line { (s.column as usize).saturating_sub(1) } else { 0 })
            .min();
        match kept {
            Some(kept) => text.chars().take(kept).chain("(sensitive)".chars()).collect::<String>().into(),
            None => text.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str, columns: (u32, u32), width: usize) -> String {
        let mut position = Position::point("f".into(), 1, columns.0);
        position.end_column = columns.1;
        let Excerpt { text, underline } = layout(line, &position, width);
        format!("{text}\n{}{}", " ".repeat(underline.0), "^".repeat(underline.1))
    }

    #[test]
    fn the_place_is_underlined() {
        for (line, place, want) in [
            ("  a = true", (3, 11), "  a = true\n  ^^^^^^^^"),
            ("a = 1", (5, 5), "a = 1\n    ^"),
            ("\ta = 1", (2, 3), "    a = 1\n    ^"),
            ("名 = \"模型\" # x", (5, 9), "名 = \"模型\" # x\n     ^^^^^^"),
            ("a\u{1b}b = 1", (3, 4), "a␛b = 1\n  ^"),
            ("x\u{202e}y", (2, 3), "x\\u{202e}y\n ^^^^^^^^"),
            ("short", (40, 50), "short\n"),
            ("            deep = 1", (13, 17), "    deep = 1\n    ^^^^"),
            ("trailing   ", (1, 9), "trailing\n^^^^^^^^"),
        ] {
            assert_eq!(shown(line, place, 60), want);
        }
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let line = format!("{}TARGET{}", "a".repeat(100_000), "b".repeat(100_000));
        assert_eq!(shown(&line, (100_001, 100_007), 30), "…aaaaaaaaaaTARGETbbbbbbbbbbbb…\n           ^^^^^^");
        assert_eq!(shown(&"a".repeat(50), (1, 4), 30), format!("{}…\n^^^", "a".repeat(29)));
        assert_eq!(shown(&format!("{}END", "a".repeat(50)), (51, 54), 30), "…aaaaaaaaaaEND\n           ^^^");
        for width in 20..60 {
            let text = shown(&line, (100_001, 100_007), width);
            assert!(text.lines().all(|l| columns(l) <= width), "{width}: {text}");
        }
    }

    #[test]
    fn several_lines_are_underlined_to_the_end_of_the_first() {
        let position = Position { end_line: 4, ..Position::point("f".into(), 1, 3) };
        assert_eq!(layout("  rules {", &position, 40).underline, (2, 7));
    }

    #[test]
    fn a_sensitive_value_without_a_place_hides_what_is_around_it() {
        let inner = Node { sensitive: true, ..Node::from("hunter2") };
        let around = Position { end_line: 5, ..Position::point("f".into(), 2, 3) };
        let outer = Node { at: Some(around.into()), ..Value::list(vec![inner]).into() };
        let mut secrets = Secrets::default();
        assert!(secrets.collect(&outer, None, &mut 10, 0));
        assert_eq!(secrets.mask("f", 3, "hunter2"), "(sensitive)");
        assert!(!secrets.collect(&outer, None, &mut 1, 0), "too large to examine");
    }

    #[test]
    fn lines_of_a_sensitive_value_are_withheld() {
        let position = Position { end_line: 3, ..Position::point("f".into(), 1, 7) };
        let mut secrets = Secrets::default();
        secrets.spans.insert("f", vec![&position]);
        assert_eq!(secrets.mask("f", 1, "key = <<EOT"), "key = (sensitive)");
        assert_eq!(secrets.mask("f", 2, "hunter2"), "(sensitive)");
        assert_eq!(secrets.mask("f", 4, "next = 1"), "next = 1");
        assert_eq!(secrets.mask("g", 1, "key = <<EOT"), "key = <<EOT");
    }
}
