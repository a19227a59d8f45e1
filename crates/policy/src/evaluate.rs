//! One outcome for each check and asset that it applies to.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use catalog::cel::{Evaluation, Read, Undecided};
use catalog::{Catalog, Check};
use graph::{Estate, Graph};
use model::{Asset, Class, Confidence, Evidence, Node, Outcome, Position, Severity, Status, Value};

use crate::fix;

/// Places that one outcome names at most.
const MAX_EVIDENCE: usize = 8;

/// Which checks are run. Empty lists select all.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Ids, or beginnings of ids with a final `*`.
    pub only: Vec<String>,
    pub without: Vec<String>,
}

impl Selection {
    fn takes(&self, id: &str) -> bool {
        let named = |patterns: &[String]| patterns.iter().any(|p| catalog::cel::glob(p, id));
        (self.only.is_empty() || named(&self.only)) && !named(&self.without)
    }
}

/// Evaluates the selected checks, in the stable order of a snapshot. `today` is an ISO 8601 date; empty if not known.
pub fn evaluate(graph: &Graph, catalog: &Catalog, selection: &Selection, today: &str) -> Vec<Outcome> {
    let today = (!today.is_empty()).then(|| Arc::from(today));
    let estate = Estate { graph, catalog, today };
    // Checks are looked up by kind once, not for each asset.
    let mut by_kind: BTreeMap<&str, Vec<&Check>> = BTreeMap::new();
    let mut outcomes = Vec::new();
    for (index, asset) in graph.assets().iter().enumerate() {
        let checks = by_kind.entry(&asset.kind).or_insert_with(|| {
            catalog.checks_on(&asset.kind, asset.class).filter(|c| selection.takes(&c.card.id)).collect()
        });
        for check in checks.iter() {
            outcomes.extend(outcome(&estate, check, index, asset));
        }
    }
    outcomes.sort_by(|a, b| {
        let by_severity = || b.severity.cmp(&a.severity);
        let by_check = || (&a.check, &a.discriminator).cmp(&(&b.check, &b.discriminator));
        a.asset.cmp(&b.asset).then_with(by_severity).then_with(by_check)
    });
    outcomes
}

fn outcome(estate: &Estate<'_>, check: &Check, index: usize, asset: &Asset) -> Option<Outcome> {
    let card = &check.card;
    let mut evaluation = Evaluation::new(index, estate);
    let applies = match check.when() {
        Ok(None) => Ok(true),
        Ok(Some(program)) => evaluation.decide(&program.expr),
        Err(message) => Err(Undecided::Mismatch(message.into())),
    };
    if applies == Ok(false) {
        return None;
    }
    // What made the check apply tells less than what made it fail.
    let condition = std::mem::take(&mut evaluation.reads);
    let verdict = applies.and_then(|_| match check.fail() {
        Ok(program) => evaluation.decide(&program.expr),
        Err(message) => Err(Undecided::Mismatch(message.into())),
    });
    let reads = std::mem::take(&mut evaluation.reads);
    let (status, because) = match verdict {
        Ok(true) => {
            let sentence = check.because().map(|template| template.render(&mut evaluation));
            (Status::Fail, sentence.unwrap_or_else(|message| message.to_owned()))
        }
        Ok(false) => (Status::Pass, String::new()),
        Err(undecided) => (Status::Unknown, undecided.reason()),
    };
    Some(Outcome {
        check: card.id.text.clone(),
        title: card.title.clone(),
        status,
        severity: card.severity,
        confidence: confidence(card.confidence, reads.iter().chain(&condition)),
        asset: asset.id.clone(),
        address: asset.address.clone(),
        discriminator: "".into(),
        because,
        why: card.why.clone(),
        fix: card.fix.as_ref().map(|f| f.say.clone()),
        patch: Vec::new(),
        evidence: match status {
            // What passed has nothing to point at but the asset.
            Status::Pass => asset.evidence.first().cloned().into_iter().collect(),
            _ => evidence(estate, card, index, &reads, &condition),
        },
        same_as: card.same_as.clone(),
        maps: card.maps.iter().map(|m| m.text.clone()).collect(),
        suppressed: None,
        risk: None,
    })
}

/// No surer than the card, and no surer than what was read: a variable's default may be overridden.
fn confidence<'r>(card: Confidence, reads: impl Iterator<Item = &'r Read<'r>>) -> Confidence {
    let assumed = { reads }.any(|read| match read {
        Read::Node(node) => node.assumed,
        Read::Made(node) => node.assumed,
        Read::Asset(_) => false,
    });
    if assumed { card.min(Confidence::Medium) } else { card }
}

/// The places that decided: first the attribute that the fix would change, then what was read of the asset itself, and
/// the asset where nothing of it was read; then what other assets contributed, and last what made the check apply.
fn evidence(
    estate: &Estate<'_>,
    card: &catalog::CheckCard,
    index: usize,
    reads: &[Read<'_>],
    condition: &[Read<'_>],
) -> Vec<Evidence> {
    let asset = &estate.graph.assets()[index];
    let fixed =
        card.fix.iter().flat_map(|f| fix::wanting(estate.catalog, f, asset)).filter_map(|(path, _)| {
            let node = asset.document.at_path(&path.replace("[]", ""))?;
            node.at.as_deref().filter(|_| !node.default)
        });
    // A value says more than the block it stands in.
    let (values, containers): (Vec<&Read<'_>>, Vec<&Read<'_>>) = reads.iter().partition(|r| !is_container(r));
    let place = |read: &&Read<'_>| -> Option<Position> {
        match read {
            Read::Node(node) => node.at.as_deref().cloned(),
            Read::Made(node) => node.at.as_deref().cloned(),
            Read::Asset(other) if estate.graph.assets()[*other].class == Class::Scope => None,
            Read::Asset(other) => {
                let stated = estate.graph.stated_at(index, *other);
                stated.or_else(|| estate.graph.assets()[*other].position()).cloned()
            }
        }
    };
    let mut places: Vec<Position> = values.iter().filter_map(place).collect();
    for container in &containers {
        // A block whose inside is already pointed at adds nothing.
        let inside = container_places(container);
        if !places.iter().any(|at| inside.contains(&key(at))) {
            places.extend(place(container));
        }
    }
    let own = places_of(&asset.document);
    let (mine, others): (Vec<&Position>, Vec<&Position>) =
        places.iter().partition(|at| own.contains(&key(at)));
    let mut first: Vec<&Position> = fixed.chain(mine).collect();
    if first.is_empty() {
        first.extend(asset.position());
    }
    let mut seen = HashSet::new();
    let applied: Vec<Position> =
        condition.iter().filter(|r| !is_container(r)).filter_map(|r| place(&r)).collect();
    let all =
        first.into_iter().chain(others).chain(&applied).filter(|at| seen.insert(key(at))).take(MAX_EVIDENCE);
    let mut found: Vec<Evidence> = all.map(|at| Evidence::Source(at.clone())).collect();
    if found.is_empty() {
        found.extend(asset.evidence.first().cloned());
    }
    found
}

fn is_container(read: &Read<'_>) -> bool {
    let holds = |node: &Node| matches!(node.value, Value::List(_) | Value::Map(_) | Value::Json(_));
    match read {
        Read::Node(node) => holds(node),
        Read::Made(node) => holds(node),
        Read::Asset(_) => false,
    }
}

fn container_places<'r>(read: &'r Read<'_>) -> HashSet<PlaceKey<'r>> {
    match read {
        Read::Node(node) => places_of(node),
        Read::Made(node) => places_of(node),
        Read::Asset(_) => HashSet::new(),
    }
}

type PlaceKey<'p> = (&'p str, u32, u32);

fn key(position: &Position) -> PlaceKey<'_> {
    (&position.path, position.line, position.column)
}

/// Every place of a document.
fn places_of(document: &Node) -> HashSet<PlaceKey<'_>> {
    let mut places = HashSet::new();
    let mut open = vec![document];
    while let Some(node) = open.pop() {
        places.extend(node.at.as_deref().map(key));
        match &node.value {
            Value::List(items) => open.extend(items.iter()),
            Value::Map(entries) => open.extend(entries.values()),
            Value::Json(inner) => open.push(inner),
            _ => {}
        }
    }
    places
}

/// Whether an outcome reaches a gate.
pub fn reaches(outcome: &Outcome, gate: Severity) -> bool {
    outcome.is_open_fault() && outcome.severity >= gate
}
