//! `docs/techniques/*.md`: a page for each folder of techniques, with what each needs and gains and what breaks it, and an
//! index with entries, targets and the weights of risk.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use catalog::{Catalog, Need, TechniqueCard};

use super::cell;

pub(super) fn pages(catalog: &Catalog, pages: &mut BTreeMap<String, String>) {
    let mut shelves: BTreeMap<&str, Vec<&TechniqueCard>> = BTreeMap::new();
    for technique in &catalog.techniques {
        let below = technique.card.file.trim_start_matches("catalog/techniques/");
        let shelf = below.split('/').next().unwrap_or_default();
        shelves.entry(shelf).or_default().push(&technique.card);
    }
    let mut index = String::from(
        "# Techniques\n\nWhat attackers can do, written from the cards in `catalog/techniques`.\n",
    );
    _ = writeln!(index, "{} techniques.", catalog.techniques.len());
    around(catalog, &mut index);
    for (shelf, cards) in shelves {
        _ = write!(
            index,
            "\n## [{shelf}]({shelf}.md)\n\n| technique | what the attacker does | MITRE | also known as |\n|---|---|---|---|\n"
        );
        let mut text = format!("# Techniques: {shelf}\n");
        for card in cards {
            let id = &card.technique.text;
            let mitre: Vec<&str> = card.attack.iter().chain(&card.atlas).map(|t| &**t).collect();
            let same: Vec<&str> = card.same_as.iter().map(|t| &**t).collect();
            let (title, mitre, same) = (cell(&card.title), mitre.join(", "), same.join(", "));
            _ = writeln!(index, "| [{id}]({shelf}.md#{id}) | {title} | {mitre} | {same} |");
            one(card, &mut text);
        }
        pages.insert(format!("docs/techniques/{shelf}.md"), text);
    }
    pages.insert("docs/techniques/README.md".into(), index);
}

/// Entries, targets and weights.
fn around(catalog: &Catalog, out: &mut String) {
    out.push_str("\n## Entries\n\n| entry | who | likelihood |\n|---|---|---|\n");
    for card in &catalog.entries {
        _ = writeln!(
            out,
            "| {} | {}. {} | {} |",
            card.entry.text,
            cell(&card.title),
            cell(&card.says),
            card.likelihood.text
        );
    }
    out.push_str("\n## Targets\n\n| target | levels | impact | why |\n|---|---|---|---|\n");
    for target in &catalog.targets {
        let card = &target.card;
        let levels: Vec<&str> = card.levels.iter().map(|level| level.as_str()).collect();
        let (title, why) = (cell(&card.title), cell(&card.why));
        _ = writeln!(
            out,
            "| {}: {title} | {} | {} | {why} |",
            card.target.text,
            levels.join(", "),
            card.impact
        );
    }
    out.push_str("\n## Likelihoods\n\n| row | weight | of what |\n|---|---|---|\n");
    for (row, p, says) in &catalog.risk.likelihood {
        _ = writeln!(out, "| {} | {p} | {} |", row.text, cell(says));
    }
}

fn one(card: &TechniqueCard, out: &mut String) {
    let code = |text: &str| format!("`{}`", text.split_whitespace().collect::<Vec<_>>().join(" "));
    _ = write!(out, "\n## {}\n\n{}.\n\n", card.technique.text, card.title);
    let classes = card.class.iter().map(|class| format!("class `{class}`"));
    let on: Vec<String> = card.on.iter().map(|kind| code(kind)).chain(classes).collect();
    _ = writeln!(out, "- on: {}", on.join(", "));
    if let Some(when) = &card.when {
        _ = writeln!(out, "- when: {}", code(when));
    }
    for need in &card.needs {
        let need = match need {
            Need::Entry(entry) => format!("to come from `{}`", entry.text),
            Need::Level(level, of) => format!("{level} of {}", code(of)),
            Need::May(may) => {
                let actions: Vec<String> = may.actions.iter().map(|action| code(action)).collect();
                let who = may.by.as_ref().map_or_else(String::new, |by| format!("that `{by}` "));
                let of = may.of.as_ref().map_or_else(String::new, |of| format!(" on {}", code(of)));
                let with: Vec<String> = may.with.iter().map(|(k, v)| format!("`{k}` = `{v}`")).collect();
                let with =
                    if with.is_empty() { String::new() } else { format!(", with {}", with.join(", ")) };
                format!("{who}may {}{of}{with}", actions.join(" or "))
            }
        };
        _ = writeln!(out, "- needs: {need}");
    }
    for (level, of) in &card.gains {
        _ = writeln!(out, "- gains: {level} of {}", code(of));
    }
    _ = writeln!(out, "- likelihood: {}", card.likelihood.text);
    if let Some(verb) = &card.verb {
        _ = writeln!(out, "- verb: `{}`", verb.text);
    }
    if let Some(fix) = &card.fix {
        let say = fix.say.split_whitespace().collect::<Vec<_>>().join(" ");
        _ = writeln!(out, "- broken by: {}", say.replace('{', "`{").replace('}', "}`"));
    }
    for page in &card.pages {
        _ = writeln!(out, "- <{page}>");
    }
}
