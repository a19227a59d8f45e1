//! Attack paths in the language of Graphviz (<https://graphviz.org/doc/info/lang.html>).

use std::fmt::Write as _;

use model::{Severity, Snapshot};

use super::map::Map;
use super::words::doubts;
use crate::screen::clip;
use crate::text::visible;

const LABEL: usize = 40;

/// A directed graph from left to right.
pub(super) fn dot(snapshot: &Snapshot) -> String {
    let map = Map::whole(snapshot);
    let mut out = String::from(
        "digraph \"attack paths\" {\n  rankdir=LR;\n  bgcolor=\"transparent\";\n  \
         node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica\", fillcolor=\"#ffffff\"];\n  \
         edge [fontname=\"Helvetica\", fontsize=10];\n",
    );
    for (index, node) in map.nodes.iter().enumerate() {
        let class = node.asset.map_or("entry", |asset| asset.class.as_str());
        let label = format!("{}\\n{}", escaped(&clip(&node.name, LABEL)), escaped(class));
        let shape = match (node.is_entry, node.target.is_some()) {
            (true, _) => "oval",
            (_, true) => "doubleoctagon",
            _ => "box",
        };
        let color = if node.is_entry { "#475569" } else { color(node.risk) };
        _ = writeln!(
            out,
            "  n{index} [label=\"{label}\", shape={shape}, color=\"{color}\", tooltip=\"{}\"];",
            escaped(node.id)
        );
    }
    for edge in &map.edges {
        let label = escaped(&clip(&visible(&format!("{}: {}", edge.step.gain, edge.step.title), 200), LABEL));
        let mut tooltip = vec![edge.step.says.clone()];
        tooltip.extend(doubts(&edge.step.verdict));
        let style = if edge.step.verdict.word() == "allowed" { "solid" } else { "dashed" };
        _ = writeln!(
            out,
            "  n{} -> n{} [label=\"{label}\", style={style}, color=\"{}\", tooltip=\"{}\"];",
            edge.from,
            edge.to,
            color(edge.risk),
            escaped(&tooltip.join("; "))
        );
    }
    out.push_str("}\n");
    out
}

fn color(risk: Severity) -> &'static str {
    match risk {
        Severity::Critical => "#b42318",
        Severity::High => "#c4541a",
        Severity::Medium => "#9a6b00",
        Severity::Low => "#1c7a94",
        Severity::Info => "#3f57b5",
    }
}

/// The inside of a quoted text. Graphviz reads `\N` and `&amp;` in it too.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible(text, 400).chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_name_ends_its_text() {
        for (text, want) in [
            ("plain", "plain"),
            ("a\"]; b -> c", "a\\\"]; b -&gt; c"),
            ("\\N \\", "\\\\N \\\\"),
            ("&amp; </svg>", "&amp;amp; &lt;/svg&gt;"),
            ("a\nb", "a␊b"),
        ] {
            assert_eq!(escaped(text), want);
        }
    }
}
