//! The AI verb matrix for people and programs.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{AssetId, Cell, Coverage, Foothold, Level, Matrix, Severity, Snapshot, Verdict};

use crate::palette::Style;
use crate::paths::place;
use crate::paths::words::{NAME, SENTENCE, doubts, has};
use crate::screen::{Screen, fitted};
use crate::select;
use crate::text::{columns, counted, visible};

/// Grounds of one cell, and reasons of what was not assessed, that are told.
const FEW: usize = 3;
const REASONS: usize = 10;
/// Columns of the longest verdict and the room after it.
const VERDICT: usize = 13;

/// Addresses and names of assets.
pub type Assets = BTreeMap<AssetId, (Arc<str>, String)>;

/// `{"cells": […], "cut": false}`, indented, ended with a line break.
pub fn json(matrix: &Matrix) -> String {
    crate::json::pretty(matrix)
}

/// By resource, then by verb: who, how sure, and the statement that decides.
pub fn terminal(matrix: &Matrix, assets: &Assets, notes: &[Coverage], color: bool, width: usize) -> String {
    let mut screen = Screen::new(color, width);
    let verb = matrix.cells.iter().map(|cell| columns(&cell.verb)).max().unwrap_or(0) + 2;
    let mut resource = None;
    for cell in &matrix.cells {
        if resource != Some(&cell.resource) {
            screen.blank();
            let title = screen.palette.paint(Style::Strong, &named(assets, &cell.resource));
            screen.text.push_str(&format!("{title}\n"));
            resource = Some(&cell.resource);
        }
        row(&mut screen, cell, assets, verb);
    }
    if matrix.cells.is_empty() {
        screen.flow(0, 2, &[(Style::Plain, "nobody that is known here".into())]);
    }
    if matrix.cut {
        let line = format!("more than {} cells: ask for a narrower part", matrix.cells.len());
        screen.blank();
        screen.flow(0, 2, &[(Style::Unknown, line.into())]);
    }
    not_assessed(&mut screen, notes);
    screen.text
}

fn row(screen: &mut Screen, cell: &Cell, assets: &Assets, verb: usize) {
    let who = match &cell.who {
        Foothold::Entry { entry } => visible(entry, NAME).into_owned(),
        Foothold::Asset { asset, .. } => named(assets, asset),
    };
    let style = match cell.verdict {
        Verdict::Allowed => Style::Severity(Severity::High),
        Verdict::Conditional(_) => Style::Severity(Severity::Medium),
        Verdict::Unknown(_) => Style::Unknown,
    };
    let verdict = screen.palette.paint(style, &format!("{:<VERDICT$}", cell.verdict.word()));
    let label = fitted(&visible(&cell.verb, NAME), verb);
    screen.text.push_str(&format!("  {label}{verdict}{who}\n"));
    for doubt in doubts(&cell.verdict) {
        screen.flow(6, 8, &[(Style::Unknown, visible(&doubt, SENTENCE))]);
    }
    for need in &cell.needs {
        let what = match need {
            Foothold::Entry { entry } => format!("a way in: {}", visible(entry, NAME)),
            // What is needed beside a key is a way to where it fits.
            Foothold::Asset { asset, level: Level::Reach } => format!("a route to {}", named(assets, asset)),
            Foothold::Asset { asset, level } => format!("to {}", has(*level, &named(assets, asset))),
        };
        screen.flow(6, 8, &[(Style::Unknown, format!("needs {what} too").into())]);
    }
    for grounds in cell.grounds.iter().take(FEW) {
        screen.flow(6, 8, &[(Style::Plain, visible(&grounds.says, SENTENCE))]);
        let arrow = screen.palette.paint(Style::Gutter, "-->");
        screen.text.push_str(&format!("        {arrow} {}\n", visible(&place(&grounds.evidence), 2 * NAME)));
    }
    if cell.grounds.len() > FEW {
        let more = format!("… and {}", counted(cell.grounds.len() - FEW, "more ground"));
        screen.flow(6, 8, &[(Style::Faint, more.into())]);
    }
}

fn named(assets: &Assets, id: &AssetId) -> String {
    let Some((address, name)) = assets.get(id) else { return visible(&id.0, NAME).into_owned() };
    let address = visible(address, NAME);
    match address.ends_with(&**name) {
        true => address.into_owned(),
        false => format!("{address} ({})", visible(name, NAME)),
    }
}

/// One line for each reason, the places beside it.
fn not_assessed(screen: &mut Screen, notes: &[Coverage]) {
    let snapshot = Snapshot { coverage: notes.to_vec(), ..Snapshot::default() };
    let gaps = select::gaps(&snapshot);
    if gaps.is_empty() {
        return;
    }
    screen.heading("Not assessed");
    for gap in gaps.iter().take(REASONS) {
        let mut places: Vec<_> = gap.places.iter().take(FEW).map(|p| visible(p.path, NAME)).collect();
        places.retain(|path| !path.is_empty());
        if gap.places.len() > FEW {
            places.push(format!("… and {} more", gap.places.len() - FEW).into());
        }
        let places = if places.is_empty() { String::new() } else { format!("({})", places.join(", ")) };
        let spans = [(Style::Plain, visible(&gap.reason, SENTENCE)), (Style::Faint, places.into())];
        screen.item(2, &(Style::Faint, select::status_word(gap.status).into()), 9, &spans);
    }
    if gaps.len() > REASONS {
        let more = format!("… and {}", counted(gaps.len() - REASONS, "more reason"));
        screen.flow(2, 4, &[(Style::Faint, more.into())]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{CoverageStatus, Evidence, Grounds, Position};

    #[test]
    fn rows_stand_below_each_other_and_reasons_once() {
        let cell = |verb: &str, who: Foothold, verdict: Verdict| Cell {
            who,
            verb: verb.into(),
            resource: AssetId("a#b".into()),
            technique: "t".into(),
            verdict,
            grounds: vec![Grounds {
                says: "the policy allows it".into(),
                evidence: Evidence::Source(Position::point("main.tf".into(), 3, 5)),
            }],
            needs: vec![],
        };
        let app = Foothold::Asset { asset: AssetId("a#app".into()), level: Level::Control };
        let internet = Foothold::Entry { entry: "inter\u{1b}[2Jnet".into() };
        let cells = vec![
            cell("invoke-model", internet, Verdict::Allowed),
            cell("read-data", app, Verdict::Conditional(vec!["it is Monday".into()])),
        ];
        let assets = Assets::from([(AssetId("a#b".into()), ("aws_s3_bucket.b".into(), "data".to_owned()))]);
        let note =
            |path: &str| Coverage::note("identity", path, CoverageStatus::Partial, "no account is known");
        let matrix = Matrix { cells, cut: false };
        let text = terminal(&matrix, &assets, &[note("a.tf"), note("b.tf")], false, 100);
        insta::assert_snapshot!(text, @r"
        aws_s3_bucket.b (data)
          invoke-model  allowed      inter␛[2Jnet
              the policy allows it
                --> main.tf:3:5
          read-data     conditional  a#app
              if it is Monday
              the policy allows it
                --> main.tf:3:5

        Not assessed
          partial  no account is known (a.tf, b.tf)
        ");
    }
}
