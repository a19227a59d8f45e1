//! Attack paths in SARIF: a rule for each kind of target, a result for each path, its steps a code flow.

use std::collections::BTreeMap;

use model::{AttackPath, Confidence, PathStep, Snapshot};

use super::shape::*;
use super::{level, pascal_case, physical, security_severity, without_links};
use crate::Options;
use crate::paths::words::{Names, doubts};

const PAGE: &str =
    "Each step rests on the places that the code flow names. Breaking any one of them breaks the path.";

/// The rules and the results of paths of at least the least severity; `first` is the index of the first rule.
pub(super) fn results<'a>(
    snapshot: &'a Snapshot,
    options: &Options<'_>,
    first: usize,
) -> (Vec<Rule<'a>>, Vec<ResultEntry<'a>>) {
    let names = Names::of(snapshot);
    let shown = || snapshot.attack.paths.iter().filter(|path| path.risk.level >= options.min_severity);
    let mut by_target: BTreeMap<&str, Vec<&AttackPath>> = BTreeMap::new();
    for path in shown() {
        by_target.entry(&path.target.target).or_default().push(path);
    }
    let index: BTreeMap<&str, usize> = by_target.keys().enumerate().map(|(i, t)| (*t, first + i)).collect();
    let results = shown().map(|path| result(path, &names, index[&*path.target.target])).collect();
    (by_target.iter().map(|(target, paths)| rule(target, paths)).collect(), results)
}

fn id(target: &str) -> String {
    format!("attack-path-{target}")
}

fn rule<'a>(target: &str, paths: &[&'a AttackPath]) -> Rule<'a> {
    let first = paths[0];
    let worst = paths.iter().map(|path| path.risk.level).max().unwrap_or(first.risk.level);
    let why = &*first.target.why;
    let mut tags: Vec<&str> = vec!["security", "ai", "attack-path"];
    let ids =
        paths.iter().flat_map(|path| &path.steps).flat_map(|step| step.attack.iter().chain(&step.atlas));
    for id in ids {
        // GitHub keeps twenty tags of a rule.
        if !tags.contains(&&**id) && tags.len() < 20 {
            tags.push(id);
        }
    }
    Rule {
        id: id(target).into(),
        name: pascal_case(&id(target)),
        short_description: Message::plain(format!(
            "Attack path to {}",
            crate::paths::words::in_sentence(&first.target.title)
        )),
        full_description: Message::plain(why),
        help: Message { text: format!("{why}\n\n{PAGE}").into(), markdown: Some(format!("{why}\n\n{PAGE}")) },
        default_configuration: Configuration { level: level(worst) },
        properties: RuleProperties {
            security_severity: security_severity(worst),
            precision: Confidence::Medium.as_str(),
            tags,
            same_as: Vec::new(),
        },
    }
}

fn result<'a>(path: &'a AttackPath, names: &Names<'a>, rule_index: usize) -> ResultEntry<'a> {
    let asset = names.asset(&path.target.asset);
    let places = || path.steps.iter().flat_map(|step| &step.evidence).filter_map(|g| g.evidence.position());
    // Where it begins is where a reviewer looks; a target may be defined far from any fault.
    let at = places().next().or(asset.and_then(|asset| asset.position()));
    let says: Vec<&str> = path.steps.iter().map(|step| &*step.says).collect();
    let message = format!(
        "{} ({}): {}. Likelihood {}, impact {}.",
        names.way(path),
        crate::paths::words::in_sentence(&path.target.title),
        says.join("; then "),
        path.risk.likelihood,
        path.risk.impact
    );
    let mut seen = vec![at.map(|p| (&*p.path, p.line, p.column))];
    let related = places().filter(|p| {
        let here = Some((&*p.path, p.line, p.column));
        let new = !seen.contains(&here);
        seen.push(here);
        new
    });
    let related = related.enumerate().map(|(index, position)| Location {
        id: Some(index),
        message: None,
        physical_location: Some(physical(position)),
        logical_locations: vec![],
    });
    let locations: Vec<FlowLocation<'a>> = path.steps.iter().flat_map(|step| flow(step, names)).collect();
    let confidence = path.steps.iter().map(confidence).min().unwrap_or(Confidence::High);
    ResultEntry {
        rule_id: id(&path.target.target).into(),
        rule_index,
        kind: "fail",
        level: level(path.risk.level),
        message: Message::plain(without_links(&message)),
        locations: [Location {
            id: None,
            message: None,
            physical_location: at.map(physical),
            logical_locations: vec![logical(&path.target.asset.0, asset)],
        }],
        related_locations: related.collect(),
        code_flows: match locations.is_empty() {
            true => vec![],
            false => vec![CodeFlow { thread_flows: [ThreadFlow { locations }] }],
        },
        partial_fingerprints: BTreeMap::from([("stance/v1", path.id.to_string())]),
        suppressions: vec![],
        fixes: vec![],
        properties: ResultProperties {
            severity: path.risk.level.as_str(),
            confidence: confidence.as_str(),
            asset: &path.target.asset.0,
            patch: &[],
            paths: vec![&*path.id],
        },
    }
}

fn logical<'a>(id: &'a str, asset: Option<&'a model::Asset>) -> Logical<'a> {
    Logical {
        fully_qualified_name: asset.map_or(id, |asset| &*asset.address),
        name: asset.map(|asset| &*asset.name),
        kind: "resource",
    }
}

/// A step: what the attacker does, at the first place that it rests on, then its other places and what they say.
fn flow<'a>(step: &'a PathStep, names: &Names<'a>) -> Vec<FlowLocation<'a>> {
    let mut says = format!("{} ({} → {})", step.says, names.start(step), names.gain(step));
    for doubt in doubts(&step.verdict) {
        says.push_str(&format!("; {doubt}"));
    }
    let asset = names.asset(&step.to);
    let location = |text: &str, position: Option<&model::Position>| FlowLocation {
        location: Location {
            id: None,
            message: Some(Message::plain(without_links(text))),
            physical_location: position.map(physical),
            logical_locations: vec![logical(&step.to.0, asset)],
        },
    };
    let mut grounds = step.evidence.iter().filter_map(|g| Some((&*g.says, g.evidence.position()?)));
    let first = grounds.next().map(|(_, position)| position);
    let mut flow = vec![location(&says, first.or(asset.and_then(|asset| asset.position())))];
    flow.extend(grounds.map(|(says, position)| location(says, Some(position))));
    flow
}

fn confidence(step: &PathStep) -> Confidence {
    match step.verdict.word() {
        "allowed" => Confidence::High,
        "conditional" => Confidence::Medium,
        _ => Confidence::Low,
    }
}
