//! Two states of an estate compared, for a terminal and for the comment of a pull request. Attack paths come first.

use std::fmt::Write as _;

use model::{Changes, Comparison, Line, Severity};

use crate::markdown::prose;
use crate::palette::Style;
use crate::paths::words::SENTENCE;
use crate::screen::Screen;
use crate::text::visible;

/// Lines of one list that a pull request shows at most.
const MAX_LINES: usize = 50;

/// The parts, what matters most first.
fn parts(comparison: &Comparison) -> [(&'static str, &Changes); 4] {
    [
        ("Attack paths", &comparison.paths),
        ("Permissions", &comparison.permissions),
        ("Findings", &comparison.findings),
        ("Assets", &comparison.assets),
    ]
}

fn lists(changes: &Changes) -> [(&'static str, &'static str, &[Line]); 3] {
    [("+", "new", &changes.new), ("-", "gone", &changes.removed), ("~", "changed", &changes.changed)]
}

fn is_empty(changes: &Changes) -> bool {
    lists(changes).iter().all(|(_, _, lines)| lines.is_empty())
}

pub fn json(comparison: &Comparison) -> String {
    crate::json::pretty(comparison)
}

pub fn terminal(comparison: &Comparison, color: bool, width: usize) -> String {
    let mut screen = Screen::new(color, width);
    for (title, changes) in parts(comparison) {
        if is_empty(changes) {
            screen.flow(0, 2, &[(Style::Faint, format!("{title}: no difference").into())]);
            continue;
        }
        screen.flow(0, 2, &[(Style::Strong, format!("{title}: {}", counts(changes)).into())]);
        for (sign, _, lines) in lists(changes) {
            let style = match sign {
                "+" => Style::Severity(Severity::High),
                "-" => Style::Good,
                _ => Style::Severity(Severity::Medium),
            };
            for line in lines {
                let worth = line.level.parse().map_or(Style::Unknown, Style::Severity);
                let title = visible(&line.title, SENTENCE);
                let level = level(line);
                screen.item(2, &(style, sign.into()), 2, &[(worth, level.into()), (Style::Plain, title)]);
                for change in &line.changes {
                    screen.flow(6, 8, &[(Style::Faint, visible(change, SENTENCE))]);
                }
            }
        }
    }
    screen.text
}

pub fn markdown(comparison: &Comparison) -> String {
    let opened = comparison.paths.new.len();
    let mut out = match opened {
        0 => "## This change opens no attack path\n".to_owned(),
        1 => "## This change opens an attack path\n".to_owned(),
        many => format!("## This change opens {many} attack paths\n"),
    };
    for (title, changes) in parts(comparison) {
        if is_empty(changes) {
            continue;
        }
        let _ = writeln!(out, "\n### {title}: {}\n", counts(changes));
        for (_, word, lines) in lists(changes) {
            for line in lines.iter().take(MAX_LINES) {
                let _ = writeln!(out, "- **{word}** {}{}", level(line), prose(&line.title));
                for change in &line.changes {
                    let _ = writeln!(out, "  - {}", prose(change));
                }
            }
            if lines.len() > MAX_LINES {
                let _ = writeln!(out, "- and {} more {word}", lines.len() - MAX_LINES);
            }
        }
    }
    out
}

fn level(line: &Line) -> String {
    if line.level.is_empty() { String::new() } else { format!("{}: ", line.level) }
}

fn counts(changes: &Changes) -> String {
    let lists = lists(changes);
    let told = lists.iter().filter(|(_, _, lines)| !lines.is_empty());
    told.map(|(_, word, lines)| format!("{} {word}", lines.len())).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pull_request_says_first_what_it_opens() {
        let line = |title: &str| Line {
            id: title.into(),
            title: title.into(),
            level: "high".into(),
            changes: vec!["a → b".into()],
        };
        let paths = Changes { new: vec![line("From *outside*")], ..Changes::default() };
        let comparison = Comparison { paths, ..Comparison::default() };
        let want = "## This change opens an attack path\n\n### Attack paths: 1 new\n\n- **new** high: From \\*outside\\*\n  - a → b\n";
        assert_eq!(markdown(&comparison), want);
        assert!(markdown(&Comparison::default()).contains("opens no attack path"));
        let text = terminal(&comparison, false, 100);
        assert!(text.starts_with("Attack paths: 1 new\n  + high: From *outside*\n      a → b\n"), "{text}");
        assert!(text.contains("Assets: no difference"));
    }
}
