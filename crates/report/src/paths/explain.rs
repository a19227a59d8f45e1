//! Everything that is known of one step: what it needs, what it rests on, how likely it is and where that comes from.

use model::{AttackPath, Foothold, PathStep};

use super::View;
use super::terminal::Sheet;
use super::words::{NAME, SENTENCE, number, page, quoted};
use crate::palette::Style;
use crate::text::visible;

/// Columns of the words at the left.
const ROOM: usize = 12;

/// Step `number`, counted from 1, of the path `id`; none if there is no such step.
pub fn explain(view: &View<'_>, id: &str, number: usize) -> Option<String> {
    let path = view.snapshot.attack.paths.iter().find(|path| *path.id == *id)?;
    let step = path.steps.get(number.checked_sub(1)?)?;
    let mut sheet = Sheet::new(view);
    let title = format!("step {number} of {}, {}", path.steps.len(), visible(&path.id, NAME));
    sheet.screen.flow(0, 2, &[(Style::Heading, title.into())]);
    let way = sheet.names.way(path);
    sheet.told(0, "path", ROOM, &[(Style::Plain, way.into())]);
    sheet.told(0, "does", ROOM, &[(Style::Strong, visible(&step.says, SENTENCE))]);
    needs(&mut sheet, path, step);
    let brings: Vec<&str> = step.gain.implies().iter().map(|level| level.as_str()).collect();
    let mut gains = vec![(Style::Plain, sheet.names.gain(step).into())];
    if !brings.is_empty() {
        gains.push((Style::Faint, format!("(which brings {})", brings.join(", ")).into()));
    }
    sheet.told(0, "gains", ROOM, &gains);
    sheet.told(0, "verdict", ROOM, &[(Style::Plain, step.verdict.word().into())]);
    sheet.verdict(ROOM, step);
    likelihood(&mut sheet, path, step);
    sheet.screen.heading("Rests on");
    for grounds in &step.evidence {
        sheet.grounds(2, grounds, path.risk.level);
    }
    if step.evidence.is_empty() {
        sheet.screen.flow(2, 4, &[(Style::Plain, "how things are put together, and no single place".into())]);
    }
    if !step.fixes.is_empty() {
        sheet.screen.heading("Broken by any one of");
    }
    for fix in &step.fixes {
        sheet.screen.item(2, &(Style::Good, "fix".into()), 5, &[(Style::Plain, visible(&fix.say, SENTENCE))]);
        if let Some(check) = &fix.check {
            let text = format!("the finding of {}", visible(check, NAME));
            sheet.screen.flow(7, 9, &[(Style::Faint, text.into())]);
        }
        let without = format!("--without {}", visible(&quoted(&fix.id), SENTENCE));
        sheet.screen.flow(7, 9, &[(Style::Faint, without.into())]);
    }
    technique(&mut sheet, step);
    Some(sheet.screen.text)
}

/// What the step starts from, and which step gave it.
fn needs(sheet: &mut Sheet<'_>, path: &AttackPath, step: &PathStep) {
    for (index, from) in step.from.iter().enumerate() {
        let word = if index == 0 { "needs" } else { "and" };
        let gave = match from {
            Foothold::Entry { entry } => {
                let card = sheet.view.catalog.entries.iter().find(|card| *card.entry.text == **entry);
                card.map(|card| format!("({})", visible(&card.says, SENTENCE)))
            }
            Foothold::Asset { asset, level } => {
                let gives =
                    |s: &PathStep| s.to == *asset && (s.gain == *level || s.gain.implies().contains(level));
                path.steps.iter().position(gives).map(|at| format!("(from step {})", at + 1))
            }
        };
        let mut spans = vec![(Style::Plain, sheet.names.foothold(from).into())];
        spans.extend(gave.map(|gave| (Style::Faint, gave.into())));
        sheet.told(0, word, ROOM, &spans);
    }
}

/// The row of the weights, what it stands for, and what doubt takes off.
fn likelihood(sheet: &mut Sheet<'_>, path: &AttackPath, step: &PathStep) {
    let weights = &sheet.view.catalog.risk;
    let known = sheet.view.catalog.techniques.iter().find(|t| *t.card.technique.text == *step.technique);
    let name = known.map_or("certain", |technique| &*technique.card.likelihood.text);
    let row = weights.likelihood.iter().find(|(row, ..)| &**row == name);
    let mut spans = vec![(Style::Plain, name.to_owned().into())];
    if let Some((_, p, says)) = row {
        spans.push((Style::Plain, number(*p).into()));
        spans.push((Style::Faint, format!("“{says}”").into()));
    }
    let doubt = match step.verdict.word() {
        "conditional" => Some(weights.conditional),
        "unknown" => Some(weights.unknown),
        _ => None,
    };
    if let Some(doubt) = doubt {
        spans.push((Style::Plain, format!("× {} {}", step.verdict.word(), number(doubt)).into()));
    }
    let from =
        format!("from the weights, {}", if weights.file.is_empty() { "risk.yaml" } else { &weights.file });
    spans.push((Style::Faint, from.into()));
    sheet.told(0, "likelihood", ROOM, &spans);
    let (likelihood, impact) = super::terminal::factors(path);
    let whole = format!(
        "{}; likelihood {}: {likelihood}; impact {}: {impact}",
        path.risk.level, path.risk.likelihood, path.risk.impact
    );
    sheet.told(0, "whole path", ROOM, &[(Style::Faint, whole.into())]);
}

/// The card: what it is called, when it works, what it is called elsewhere, its pages.
fn technique(sheet: &mut Sheet<'_>, step: &PathStep) {
    sheet.screen.heading("Technique");
    let known = sheet.view.catalog.techniques.iter().find(|t| *t.card.technique.text == *step.technique);
    let name = format!("{}: {}", visible(&step.technique, NAME), visible(&step.title, SENTENCE));
    sheet.screen.flow(2, 4, &[(Style::Plain, name.into())]);
    if let Some(technique) = known {
        if let Some(when) = &technique.card.when {
            let when = when.split_whitespace().collect::<Vec<_>>().join(" ");
            sheet.told(
                2,
                "works where",
                ROOM + 2,
                &[(Style::Plain, visible(&when, SENTENCE).into_owned().into())],
            );
        }
        for may in technique.card.needs.iter().filter_map(|need| match need {
            catalog::Need::May(may) => Some(may),
            _ => None,
        }) {
            let actions: Vec<&str> = may.actions.iter().map(|action| &*action.text).collect();
            sheet.told(2, "permission", ROOM + 2, &[(Style::Plain, actions.join(" or ").into())]);
        }
        if !technique.card.same_as.is_empty() {
            sheet.told(2, "same as", ROOM + 2, &[(Style::Plain, technique.card.same_as.join(", ").into())]);
        }
        let card = visible(&technique.card.file, NAME);
        sheet.told(2, "card", ROOM + 2, &[(Style::Faint, card)]);
    }
    let ids = step.attack.iter().chain(&step.atlas).filter_map(|id| page(id));
    let pages = known.into_iter().flat_map(|t| t.card.pages.iter().map(|page| page.to_string()));
    let mut seen: Vec<String> = Vec::new();
    for page in ids.chain(pages) {
        if !seen.contains(&page) {
            sheet.screen.flow(2, 4, &[(Style::Faint, visible(&page, SENTENCE))]);
            seen.push(page);
        }
    }
    if known.is_none() {
        let text = "a way that the network leaves open: no card, but the rules of the network themselves";
        sheet.screen.flow(2, 4, &[(Style::Faint, text.into())]);
    }
}
