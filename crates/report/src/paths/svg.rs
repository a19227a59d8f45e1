//! Attack paths as a picture: a self-contained SVG without scripts, for light and dark pages.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use model::{Severity, Snapshot};

use super::layout::{Layout, Plan, layout};
use super::map::{Edge, Map, Node};
use super::words::doubts;
use crate::screen::clip;
use crate::text::{counted, visible};

/// Sizes in pixels.
const WIDE: f64 = 210.0;
const BETWEEN: f64 = 190.0;
const GAP: f64 = 26.0;
const MARGIN: f64 = 24.0;
const HEAD: f64 = 58.0;
const LINE: f64 = 14.0;
const BELOW: f64 = 10.0;
/// Columns of a node's and of an edge's text.
const NAME: usize = 24;
const LABEL: usize = 30;
/// Ways inside one node, and labels of one line, that are written out.
const FEW: usize = 3;
/// Characters of one tooltip.
const TIP: usize = 1_200;

/// The picture of the shown paths, as many as fit into one.
pub(super) fn svg(snapshot: &Snapshot) -> String {
    let map = Map::bounded(snapshot);
    // What is drawn as one line: all ways from one node to another.
    let mut lines: BTreeMap<(usize, usize), Vec<&Edge<'_>>> = BTreeMap::new();
    for edge in &map.edges {
        lines.entry((edge.from, edge.to)).or_default().push(edge);
    }
    let ends: Vec<(usize, usize)> = lines.keys().copied().collect();
    let heights: Vec<f64> = map.nodes.iter().map(height).collect();
    let layout = layout(&Plan { heights: &heights, edges: &ends, gap: GAP });
    let depth = layout.depth.max(1) as f64;
    let width = (2.0 * MARGIN + depth * WIDE + (depth - 1.0) * BETWEEN).max(520.0);
    let height = HEAD + layout.height + 2.0 * MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" role=\"img\" aria-labelledby=\"title\">\n<title id=\"title\">{}</title>\n",
        heading(&map)
    );
    out.push_str(STYLE);
    head(&mut out, &map, width);
    let mut labels = Labels::of(&ends);
    for (index, (ends, edges)) in lines.iter().enumerate() {
        line(&mut out, *ends, edges, layout.passes[index].as_deref(), &layout, &heights, &mut labels);
    }
    for (index, item) in map.nodes.iter().enumerate() {
        node(&mut out, item, x(layout.layers[index]), y(layout.tops[index]), heights[index]);
    }
    out.push_str("</svg>\n");
    out
}

/// Light colours first, for programs that know no media queries.
const STYLE: &str = "<style>
.page{fill:#fff}.box{fill:#fff;stroke:#d0d7de;stroke-width:1.5}.entry .box{fill:#eef2f7;stroke:#475569}
text{font:13px system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;fill:#1f2328}
.name{font-weight:600}.small{font-size:10.5px;fill:#57606a}.title{font-size:16px;font-weight:600}
.way{fill:none;stroke-width:1.75}.halo{stroke:#fff;stroke-width:4;paint-order:stroke;stroke-linejoin:round}
.unsure{stroke-dasharray:5 4}.target .box{stroke-width:3}
.critical .box,.critical .way{stroke:#b42318}.high .box,.high .way{stroke:#c4541a}
.medium .box,.medium .way{stroke:#9a6b00}.low .box,.low .way{stroke:#1c7a94}.info .box,.info .way{stroke:#3f57b5}
.critical .mark{fill:#b42318}.high .mark{fill:#c4541a}.medium .mark{fill:#9a6b00}.low .mark{fill:#1c7a94}.info .mark{fill:#3f57b5}
@media (prefers-color-scheme:dark){
.page{fill:#0d1117}.box{fill:#161b22;stroke:#30363d}.entry .box{fill:#1c2430;stroke:#94a3b8}
text{fill:#e6edf3}.small{fill:#9da7b3}.halo{stroke:#0d1117}
.critical .box,.critical .way{stroke:#ff7b72}.high .box,.high .way{stroke:#f0883e}
.medium .box,.medium .way{stroke:#d9a520}.low .box,.low .way{stroke:#4cb8d4}.info .box,.info .way{stroke:#8da2fb}
.critical .mark{fill:#ff7b72}.high .mark{fill:#f0883e}.medium .mark{fill:#d9a520}.low .mark{fill:#4cb8d4}.info .mark{fill:#8da2fb}
}
</style>
";

fn x(layer: usize) -> f64 {
    MARGIN + layer as f64 * (WIDE + BETWEEN)
}

fn y(top: f64) -> f64 {
    HEAD + MARGIN + top
}

/// A name, a class, and a line for each way inside.
fn height(node: &Node<'_>) -> f64 {
    let inside = node.inside.len().min(FEW) + usize::from(node.inside.len() > FEW);
    42.0 + LINE * (inside + usize::from(node.target.is_some())) as f64
}

fn heading(map: &Map<'_>) -> String {
    let rest = match map.left_out {
        0 => String::new(),
        more => format!(" (and {more} of less risk, not drawn)"),
    };
    format!("{}{rest}", counted(map.drawn, "attack path"))
}

/// The title, and what the colours mean.
fn head(out: &mut String, map: &Map<'_>, width: f64) {
    _ = writeln!(out, "<rect class=\"page\" width=\"100%\" height=\"100%\"/>");
    _ = writeln!(out, "<text class=\"title\" x=\"{MARGIN}\" y=\"34\">{}</text>", heading(map));
    let mut at = MARGIN;
    for risk in [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info] {
        if map.nodes.iter().all(|node| node.risk != risk) {
            continue;
        }
        _ = writeln!(
            out,
            "<g class=\"{risk}\"><rect class=\"mark\" x=\"{at}\" y=\"46\" width=\"10\" height=\"10\" rx=\"2\"/>\
             <text class=\"small\" x=\"{}\" y=\"55\">{risk}</text></g>",
            at + 15.0
        );
        at += 78.0;
    }
    if map.edges.iter().any(|edge| edge.step.verdict.word() != "allowed") && at + 200.0 < width {
        _ = writeln!(
            out,
            "<text class=\"small\" x=\"{at}\" y=\"55\">dashed: conditional or not known</text>"
        );
    }
}

fn node(out: &mut String, node: &Node<'_>, left: f64, top: f64, height: f64) {
    let class =
        node.asset.map_or(if node.is_entry { "entry" } else { "asset" }, |asset| asset.class.as_str());
    let kind = match (node.is_entry, node.target.is_some()) {
        (true, _) => "entry".to_owned(),
        (_, true) => format!("target {}", node.risk),
        _ => node.risk.to_string(),
    };
    let mut tip = vec![node.name.clone(), class.to_owned(), node.id.to_owned()];
    tip.extend(node.asset.and_then(|asset| asset.position()).map(|at| at.to_string()));
    tip.extend(node.target.map(|(title, impact)| format!("target: {title}, impact {impact}")));
    tip.extend(node.inside.iter().map(|(level, step)| format!("{level}: {}", step.says)));
    _ = writeln!(out, "<g class=\"{kind}\"><title>{}</title>", tooltip(&tip));
    let rx = if node.is_entry { 20 } else { 6 };
    _ = writeln!(
        out,
        "<rect class=\"box\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{WIDE}\" height=\"{height:.1}\" rx=\"{rx}\"/>"
    );
    let mut lines: Vec<(&str, String)> =
        vec![("name", clip(&node.name, NAME).into_owned()), ("small", class.to_owned())];
    lines.extend(node.target.map(|(title, impact)| {
        let title = super::words::in_sentence(title);
        ("small", format!("◎ {} ({impact})", clip(&visible(&title, 200), NAME + 1)))
    }));
    for (level, step) in node.inside.iter().take(FEW) {
        let text = format!("↻ {level}: {}", visible(&step.title, 200));
        lines.push(("small", clip(&text, NAME + 6).into_owned()));
    }
    if node.inside.len() > FEW {
        lines.push(("small", format!("↻ and {} more", node.inside.len() - FEW)));
    }
    let mut baseline = top + 19.0;
    for (style, text) in lines {
        _ = writeln!(
            out,
            "<text class=\"{style}\" x=\"{:.1}\" y=\"{baseline:.1}\">{}</text>",
            left + 12.0,
            escaped(&text)
        );
        baseline += LINE + if style == "name" { 2.0 } else { 0.0 };
    }
    out.push_str("</g>\n");
}

/// One line with its arrow and labels.
fn line(
    out: &mut String,
    (from, to): (usize, usize),
    edges: &[&Edge<'_>],
    passes: Option<&[f64]>,
    layout: &Layout,
    heights: &[f64],
    labels: &mut Labels,
) {
    let risk = edges.iter().map(|edge| edge.risk).max().unwrap_or(Severity::Info);
    let sure = edges.iter().any(|edge| edge.step.verdict.word() == "allowed");
    let middle = |node: usize| y(layout.tops[node]) + heights[node] / 2.0;
    // What leads back leaves at the left and enters at the right, a little below what leads there.
    let back = passes.is_none();
    let (start, end) = match back {
        false => ((x(layout.layers[from]) + WIDE, middle(from)), (x(layout.layers[to]) - 7.0, middle(to))),
        true => {
            let (left, right) = (x(layout.layers[from]), x(layout.layers[to]) + WIDE + 7.0);
            ((left, middle(from) + BELOW), (right, middle(to) + BELOW))
        }
    };
    let between = passes.into_iter().flatten().enumerate().flat_map(|(index, top)| {
        let left = x(layout.layers[from] + 1 + index);
        [(left, y(*top)), (left + WIDE, y(*top))]
    });
    let points: Vec<(f64, f64)> = between.chain([end]).collect();
    let mut path = format!("M{:.1} {:.1}", start.0, start.1);
    let mut at = start;
    for point in &points {
        let bend = (point.0 - at.0) / 2.0;
        _ = write!(
            path,
            " C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}",
            at.0 + bend,
            at.1,
            point.0 - bend,
            point.1,
            point.0,
            point.1
        );
        at = *point;
    }
    let mut tip = Vec::new();
    for edge in edges {
        tip.push(format!("{} {}: {}", edge.step.technique, edge.step.gain, edge.step.says));
        tip.extend(doubts(&edge.step.verdict));
        tip.push(edge.paths.iter().copied().collect::<Vec<_>>().join(" "));
    }
    let unsure = if sure { "" } else { " unsure" };
    _ = writeln!(
        out,
        "<g class=\"{risk}\"><title>{}</title><path class=\"way{unsure}\" d=\"{path}\"/>",
        tooltip(&tip)
    );
    _ = writeln!(out, "<path class=\"mark\" d=\"M{:.1} {:.1} l-8 -4.5 v9 z\"/>", end.0 + 7.0, end.1);
    let mut texts: Vec<String> = edges
        .iter()
        .take(FEW)
        .map(|edge| {
            let text = format!("{}: {}", edge.step.gain, visible(&edge.step.title, 200));
            clip(&text, LABEL).into_owned()
        })
        .collect();
    if edges.len() > FEW {
        texts.push(format!("and {} more", edges.len() - FEW));
    }
    let (x, anchor, mut baseline) = labels.place((from, to), (start, end), back, texts.len());
    for text in texts {
        _ = writeln!(
            out,
            "<text class=\"small halo\" text-anchor=\"{anchor}\" x=\"{x:.1}\" y=\"{baseline:.1}\">{}</text>",
            escaped(&text)
        );
        baseline += 12.0;
    }
    out.push_str("</g>\n");
}

/// Where the text of a line stands: at the end where fewer lines meet, above the line and what is written there.
struct Labels {
    /// Lines out of and into each node.
    degrees: BTreeMap<(usize, bool), usize>,
    /// Rows of text written there.
    written: BTreeMap<(usize, bool, bool), usize>,
}

impl Labels {
    fn of(ends: &[(usize, usize)]) -> Self {
        let mut degrees = BTreeMap::new();
        for (from, to) in ends {
            *degrees.entry((*from, false)).or_default() += 1;
            *degrees.entry((*to, true)).or_default() += 1;
        }
        Labels { degrees, written: BTreeMap::new() }
    }

    /// The anchor's place and kind, and the first baseline.
    fn place(
        &mut self,
        (from, to): (usize, usize),
        (start, end): ((f64, f64), (f64, f64)),
        back: bool,
        rows: usize,
    ) -> (f64, &'static str, f64) {
        let at_end = self.degrees[&(to, true)] <= self.degrees[&(from, false)];
        let ((x, y), node) = if at_end { (end, to) } else { (start, from) };
        let written = self.written.entry((node, at_end, back)).or_default();
        let before = *written as f64 * 12.0;
        *written += rows;
        let rows = rows as f64 * 12.0;
        let baseline = if back { y + 13.0 + before } else { y + 7.0 - rows - before };
        // Text runs from the node into the gap beside it.
        let right = at_end == back;
        if right { (x + 6.0, "start", baseline) } else { (x - 6.0, "end", baseline) }
    }
}

/// Lines of a tooltip.
fn tooltip(lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| visible(line, 300).into_owned()).collect();
    let mut text = lines.join("\n");
    if let Some((end, _)) = text.char_indices().nth(TIP) {
        text.truncate(end);
        text.push('…');
    }
    escaped_lines(&text)
}

/// Text between tags. What reorders or hides text is shown as its number, so it has no effect here either.
fn escaped(text: &str) -> String {
    escaped_lines(&visible(text, TIP))
}

fn escaped_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // No characters of XML 1.0 (section 2.2).
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
