//! Attack paths as a flowchart of Mermaid (<https://mermaid.js.org/syntax/flowchart.html>), which GitHub and others
//! draw in Markdown.

use std::fmt::Write as _;

use model::{Severity, Snapshot};

use super::map::Map;
use crate::screen::clip;
use crate::text::visible;

const LABEL: usize = 40;

/// A flowchart from left to right.
pub(super) fn mermaid(snapshot: &Snapshot) -> String {
    let map = Map::bounded(snapshot);
    let mut out = "flowchart LR\n".to_owned();
    for (index, node) in map.nodes.iter().enumerate() {
        let class =
            node.asset.map(|asset| format!("<br/>{}", escaped(asset.class.as_str()))).unwrap_or_default();
        let label = format!("{}{class}", escaped(&clip(&node.name, LABEL)));
        let (open, close) = match (node.is_entry, node.target.is_some()) {
            (true, _) => ("([", "])"),
            (_, true) => ("{{", "}}"),
            _ => ("[", "]"),
        };
        let kind = if node.is_entry { "entry" } else { node.risk.as_str() };
        _ = writeln!(out, "  n{index}{open}\"{label}\"{close}:::{kind}");
    }
    for edge in &map.edges {
        let label = format!("{}: {}", edge.step.gain, edge.step.title);
        let label = escaped(&clip(&visible(&label, 200), LABEL));
        // What is not sure is dotted.
        let arrow = if edge.step.verdict.word() == "allowed" { "-->" } else { "-.->" };
        _ = writeln!(out, "  n{} {arrow}|\"{label}\"| n{}", edge.from, edge.to);
    }
    for (class, fill, stroke) in [
        ("entry", "#eef2f7", "#475569"),
        (Severity::Critical.as_str(), "#fde2e2", "#b42318"),
        (Severity::High.as_str(), "#fdeadf", "#c4541a"),
        (Severity::Medium.as_str(), "#fdf3d7", "#9a6b00"),
        (Severity::Low.as_str(), "#e0f0f5", "#1c7a94"),
        (Severity::Info.as_str(), "#e8ecfb", "#3f57b5"),
    ] {
        _ = writeln!(out, "  classDef {class} fill:{fill},stroke:{stroke},color:#1f2328");
    }
    if map.left_out > 0 {
        _ = writeln!(out, "  %% {} more paths of less risk are not drawn", map.left_out);
    }
    out
}

/// Everything but letters, digits and a few harmless marks as a character reference, so that nothing is syntax, markup
/// or Markdown.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible(text, 400).chars() {
        match c {
            ' ' | '.' | ',' | '-' | '/' | ':' | '…' => out.push(c),
            c if c.is_alphanumeric() => out.push(c),
            c => _ = write!(out, "#{};", u32::from(c)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_name_is_syntax() {
        for (text, want) in [
            ("data-lake/prod: a.b", "data-lake/prod: a.b"),
            ("a\"]; click b", "a#34;#93;#59; click b"),
            ("<b>`x`</b>", "#60;b#62;#96;x#96;#60;/b#62;"),
            ("a\nb\u{202e}", "a#9226;b#92;u#123;202e#125;"),
            ("x#quot;", "x#35;quot#59;"),
            ("模型", "模型"),
        ] {
            assert_eq!(escaped(text), want);
        }
    }
}
