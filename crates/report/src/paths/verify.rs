//! Attack paths that were saved, held against those of now: still there, changed, or gone.

use std::collections::{BTreeMap, BTreeSet};

use model::{AttackPath, AttackPaths, Evidence, PathStep, Severity, Verdict};
use serde::{Deserialize, Serialize};

use super::words::{NAME, SENTENCE, place};
use crate::palette::Style;
use crate::screen::Screen;
use crate::text::{counted, visible};

/// Paths as `stance paths --format json` or a scan in JSON has them; of each what is compared.
#[derive(Clone, Debug, Deserialize)]
pub struct Saved {
    paths: Vec<SavedPath>,
}

#[derive(Clone, Debug, Deserialize)]
struct SavedPath {
    id: String,
    #[serde(default)]
    title: String,
    risk: SavedRisk,
    entry: String,
    target: SavedTarget,
    steps: Vec<SavedStep>,
}

#[derive(Clone, Debug, Deserialize)]
struct SavedRisk {
    level: String,
}

#[derive(Clone, Debug, Deserialize)]
struct SavedTarget {
    asset: String,
    level: String,
}

#[derive(Clone, Debug, Deserialize)]
struct SavedStep {
    technique: String,
    to: String,
    gain: String,
    #[serde(default)]
    says: String,
    verdict: String,
    #[serde(default)]
    because: serde_json::Value,
    #[serde(default)]
    evidence: Vec<SavedGrounds>,
}

#[derive(Clone, Debug, Deserialize)]
struct SavedGrounds {
    says: String,
    evidence: Evidence,
}

/// Why a text is no saved paths.
#[derive(Debug, thiserror::Error)]
pub enum SavedError {
    #[error("no JSON of attack paths: {0}")]
    Json(#[from] serde_json::Error),
    #[error("no JSON of attack paths: neither `paths` nor `attack` is in it")]
    Shape,
}

impl Saved {
    /// Reads what `stance paths --format json` or `stance scan --format json` wrote.
    pub fn read(text: &str) -> Result<Saved, SavedError> {
        let mut whole: serde_json::Value = serde_json::from_str(text)?;
        let attack = match whole.get_mut("attack") {
            Some(attack) => attack.take(),
            None => whole,
        };
        match attack.get("paths") {
            Some(_) => Ok(serde_json::from_value(attack)?),
            None => Err(SavedError::Shape),
        }
    }

    /// The most ways from one entry to one target: as many are to be searched now.
    pub fn ways(&self) -> usize {
        let mut ways: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
        for path in &self.paths {
            *ways.entry(path.ends()).or_default() += 1;
        }
        ways.into_values().max().unwrap_or(1)
    }
}

impl SavedPath {
    fn ends(&self) -> (&str, &str, &str) {
        (&self.entry, &self.target.asset, &self.target.level)
    }
}

impl SavedStep {
    fn key(&self) -> (&str, &str, &str) {
        (&self.technique, &self.to, &self.gain)
    }
}

/// What became of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// The same steps, as sure, on the same grounds.
    There,
    /// There is a way from the same entry to the same target, and it is not the same.
    Changed,
    Gone,
}

/// One saved path and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verified {
    pub id: String,
    pub title: String,
    /// The risk that it had.
    pub risk: String,
    pub fate: Fate,
    /// The path of now that stands for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<String>,
    /// What is different, step by step.
    pub says: Vec<String>,
}

/// Every saved path, in its order.
pub fn verify(saved: &Saved, now: &AttackPaths) -> Vec<Verified> {
    let same: BTreeSet<&str> = saved.paths.iter().map(|path| &*path.id).collect();
    let steps: BTreeSet<(&str, &str, &str)> = now.paths.iter().flat_map(|p| &p.steps).map(key).collect();
    let known = |step: &SavedStep| steps.contains(&step.key());
    let fate = |path: &SavedPath| {
        if let Some(now) = now.paths.iter().find(|now| *now.id == path.id) {
            let (changed, says) = compared(path, now);
            let fate = if changed { Fate::Changed } else { Fate::There };
            return (fate, Some(now.id.to_string()), says);
        }
        // A way of now that is itself among the saved ones stands for itself.
        let others = now.paths.iter().filter(|now| {
            let ends = (&*now.entry, &*now.target.asset.0, now.target.level.as_str());
            ends == path.ends() && !same.contains(&*now.id)
        });
        match others.max_by_key(|now| path.steps.iter().filter(|step| has(now, step)).count()) {
            Some(now) => (Fate::Changed, Some(now.id.to_string()), other_way(path, now)),
            None => {
                let says = gone(path, known);
                (Fate::Gone, None, says)
            }
        }
    };
    let verified = saved.paths.iter().map(|path| {
        let (fate, now, says) = fate(path);
        Verified {
            id: path.id.clone(),
            title: path.title.clone(),
            risk: path.risk.level.clone(),
            fate,
            now,
            says,
        }
    });
    verified.collect()
}

fn has(now: &AttackPath, step: &SavedStep) -> bool {
    now.steps.iter().any(|s| key(s) == step.key())
}

/// What makes a step the same one.
fn key(step: &PathStep) -> (&str, &str, &str) {
    (&step.technique, &step.to.0, step.gain.as_str())
}

/// What differs between a path and the same path of now, and whether more than places moved.
fn compared(path: &SavedPath, now: &AttackPath) -> (bool, Vec<String>) {
    let (mut changed, mut says) = (false, Vec::new());
    if path.risk.level != now.risk.level.as_str() {
        says.push(format!("its risk was {} and is {}", path.risk.level, now.risk.level));
        changed = true;
    }
    for (index, (was, is)) in path.steps.iter().zip(&now.steps).enumerate() {
        let number = index + 1;
        if was.verdict != is.verdict.word() || was.because != because(&is.verdict) {
            let doubts = super::words::doubts(&is.verdict).join(", ");
            let doubts = if doubts.is_empty() { doubts } else { format!(" {doubts}") };
            says.push(format!("step {number} was {} and is {}{doubts}", was.verdict, is.verdict.word()));
            changed = true;
        }
        for old in &was.evidence {
            match is.evidence.iter().find(|new| *new.says == old.says) {
                None => {
                    let at = place(&old.evidence);
                    says.push(format!("step {number} no longer rests on: {} ({at})", old.says));
                    changed = true;
                }
                Some(new) if place(&new.evidence) != place(&old.evidence) => {
                    let (old, new) = (place(&old.evidence), place(&new.evidence));
                    says.push(format!("step {number}: what stood at {old} stands at {new}"));
                }
                Some(_) => {}
            }
        }
        for new in is.evidence.iter().filter(|new| was.evidence.iter().all(|old| old.says != *new.says)) {
            says.push(format!("step {number} now rests on: {} ({})", new.says, place(&new.evidence)));
            changed = true;
        }
    }
    (changed, says)
}

/// What stands beside a verdict in JSON.
fn because(verdict: &Verdict) -> serde_json::Value {
    match verdict {
        Verdict::Allowed => serde_json::Value::Null,
        Verdict::Conditional(all) => all.iter().map(|c| c.to_string()).collect(),
        Verdict::Unknown(why) => why.to_string().into(),
    }
}

fn other_way(path: &SavedPath, now: &AttackPath) -> Vec<String> {
    let mut says = Vec::new();
    for (index, step) in path.steps.iter().enumerate().filter(|(_, step)| !has(now, step)) {
        says.push(format!("step {} is gone: {}", index + 1, step.says));
    }
    let new = |step: &&PathStep| path.steps.iter().all(|old| old.key() != key(step));
    says.extend(now.steps.iter().filter(new).map(|step| format!("instead: {}", step.says)));
    if says.is_empty() {
        says.push("the same steps in another order".to_owned());
    }
    says
}

fn gone(path: &SavedPath, known: impl Fn(&SavedStep) -> bool) -> Vec<String> {
    let mut says = Vec::new();
    for (index, step) in path.steps.iter().enumerate().filter(|(_, step)| !known(step)) {
        let at: Vec<String> = step.evidence.iter().take(2).map(|g| place(&g.evidence)).collect();
        let at = if at.is_empty() { String::new() } else { format!(" (it rested on {})", at.join(", ")) };
        says.push(format!("step {} is gone: {}{at}", index + 1, step.says));
    }
    if says.is_empty() {
        says.push("its steps are parts of other paths, and lead there no more".to_owned());
    }
    says
}

/// What became of each, for a person: those that are there first.
pub fn verified(all: &[Verified], color: bool, width: usize) -> String {
    let mut screen = Screen::new(color, width);
    let mut sorted: Vec<&Verified> = all.iter().collect();
    sorted.sort_by_key(|verified| verified.fate);
    for verified in sorted {
        let (style, word) = match verified.fate {
            Fate::There => (risk_style(&verified.risk), "there"),
            Fate::Changed => (Style::Unknown, "changed"),
            Fate::Gone => (Style::Good, "gone"),
        };
        let mut spans = vec![
            (Style::Plain, visible(&verified.title, SENTENCE)),
            (Style::Faint, format!("[{}]", visible(&verified.id, NAME)).into()),
        ];
        if let Some(now) = verified.now.as_ref().filter(|now| **now != verified.id) {
            spans.push((Style::Faint, format!("now [{}]", visible(now, NAME)).into()));
        }
        screen.item(0, &(style, word.into()), 9, &spans);
        for line in &verified.says {
            screen.flow(9, 11, &[(Style::Faint, visible(line, SENTENCE))]);
        }
    }
    screen.blank();
    let count = |fate: Fate| all.iter().filter(|v| v.fate == fate).count();
    let (there, changed, gone) = (count(Fate::There), count(Fate::Changed), count(Fate::Gone));
    let line = format!("{}: {there} there, {changed} changed, {gone} gone", counted(all.len(), "saved path"));
    screen.flow(0, 2, &[(Style::Strong, line.into())]);
    screen.text
}

fn risk_style(risk: &str) -> Style {
    risk.parse::<Severity>().map_or(Style::Strong, Style::Severity)
}

/// `{"paths": [{"id", "title", "risk", "fate", "now", "says"}]}`.
pub fn verified_json(all: &[Verified]) -> String {
    crate::json::pretty(&serde_json::json!({ "paths": all }))
}
