//! Cards of attack paths: techniques (`catalog/techniques`), entries and targets (`catalog/entries`, `catalog/targets`),
//! and the weights of risk (`catalog/risk.yaml`). Shapes and their way from YAML; what they mean for a graph is told in
//! the crate `paths`.

use std::sync::Arc;

use model::{Class, Level};
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;

use crate::card::Text;
use crate::raw::{CardError, OneOrMany, Pairs, arcs, text, texts};

/// One thing that an attacker can do: needs, all of which must hold, and what it gains.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TechniqueCard {
    pub technique: Text,
    /// What the attacker does, as a noun phrase: "Start a notebook with a role that can be passed".
    pub title: Arc<str>,
    /// Kinds that the subject (`asset`) may have; a final dot takes all kinds below. Classes count too.
    pub on: Vec<Text>,
    pub class: Vec<Class>,
    /// CEL: where it is false the technique does not work; where it cannot be decided the step is unknown.
    pub when: Option<Text>,
    pub needs: Vec<Need>,
    /// Level to CEL that gives an asset or a list of assets.
    pub gains: Vec<(Level, Text)>,
    /// The sentence of the step, a template.
    pub does: Text,
    /// A row of `likelihood` in the weights.
    pub likelihood: Text,
    /// The AI verb that it answers: a cell of the matrix identity × verb × resource.
    pub verb: Option<Text>,
    pub fix: Option<TechniqueFix>,
    /// MITRE ATT&CK and ATLAS techniques.
    pub attack: Vec<Arc<str>>,
    pub atlas: Vec<Arc<str>>,
    /// Ids of the same technique in other catalogues: `pathfinding:sagemaker-001`.
    pub same_as: Vec<Arc<str>>,
    pub pages: Vec<Arc<str>>,
    pub file: Arc<str>,
}

/// One thing that a technique needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Need {
    /// A way in: the id of an entry's card.
    Entry(Text),
    /// A level on an asset; of several assets any one.
    Level(Level, Text),
    /// A permission. All permissions of one technique are of one principal, who is the attacker.
    May(May),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct May {
    /// Any one of them.
    pub actions: Vec<Text>,
    /// CEL that gives an asset or a list; absent: on something that the attacker makes or chooses.
    pub of: Option<Text>,
    /// What is known of the request: condition key to value.
    pub with: Vec<(Arc<str>, Arc<str>)>,
    /// Not the attacker but this outsider may: a service that a role trusts. A condition and no premise.
    pub by: Option<Arc<str>>,
    /// Not the attacker but one of these workloads may (CEL), by its own identity; the attacker uses it, and it does
    /// what it is asked to.
    pub through: Option<Text>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TechniqueFix {
    /// What breaks the step, a template.
    pub say: Text,
    /// Checks whose finding on the subject is this same fault.
    pub checks: Vec<Text>,
}

/// Where an attacker begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EntryCard {
    pub entry: Text,
    pub title: Arc<str>,
    pub says: Arc<str>,
    /// A row of `likelihood`: how likely it is that somebody stands there.
    pub likelihood: Text,
    pub file: Arc<str>,
}

/// What an attacker wants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetCard {
    pub target: Text,
    pub title: Arc<str>,
    pub on: Vec<Text>,
    pub class: Vec<Class>,
    pub when: Option<Text>,
    /// Levels that do the harm; each is a target of its own.
    pub levels: Vec<Level>,
    /// From 1 to 10.
    pub impact: u8,
    /// What makes it worse: CEL, by how much, and in words.
    pub raise: Vec<Raise>,
    pub why: Arc<str>,
    pub file: Arc<str>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Raise {
    pub when: Text,
    pub by: u8,
    pub because: Arc<str>,
}

/// The weights of risk: one file, every number in it a judgement unless it says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RiskCard {
    pub version: u32,
    /// Rows of likelihood: name, probability, what it stands for.
    pub likelihood: Vec<(Text, f64, Arc<str>)>,
    /// What is taken off where a verdict is not `allowed`.
    pub conditional: f64,
    pub unknown: f64,
    /// Least probability of each band, from the most likely down.
    pub bands: Vec<(Arc<str>, f64)>,
    /// Least impact of each row, from the worst down, and the level of risk for each band.
    pub matrix: Vec<(u8, Vec<Arc<str>>)>,
    /// Points that a path of each level takes off a posture of 100.
    pub posture: Vec<(Arc<str>, f64)>,
    pub file: Arc<str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawTechnique {
    technique: Spanned<String>,
    title: String,
    #[serde(default)]
    on: OneOrMany<String>,
    #[serde(default)]
    class: Vec<Class>,
    when: Option<Spanned<String>>,
    needs: Vec<RawNeed>,
    gains: Pairs<Spanned<String>>,
    does: Spanned<String>,
    likelihood: Spanned<String>,
    verb: Option<Spanned<String>>,
    fix: Option<RawTechniqueFix>,
    #[serde(default)]
    attack: Vec<String>,
    #[serde(default)]
    atlas: Vec<String>,
    #[serde(default)]
    same_as: Vec<String>,
    pages: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawTechniqueFix {
    say: Spanned<String>,
    #[serde(default)]
    checks: Vec<Spanned<String>>,
}

/// `{ entry: internet }`, `{ reach: asset }`, `{ may: [...], of: asset, with: {…}, by: service }`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawNeed {
    entry: Option<Spanned<String>>,
    reach: Option<Spanned<String>>,
    #[serde(rename = "use")]
    uses: Option<Spanned<String>>,
    execute: Option<Spanned<String>>,
    control: Option<Spanned<String>>,
    read: Option<Spanned<String>>,
    write: Option<Spanned<String>>,
    key: Option<Spanned<String>>,
    #[serde(default)]
    may: Vec<Spanned<String>>,
    of: Option<Spanned<String>>,
    #[serde(default)]
    with: Pairs<String>,
    by: Option<String>,
    through: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawEntry {
    entry: Spanned<String>,
    title: String,
    says: String,
    likelihood: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawTarget {
    target: Spanned<String>,
    title: String,
    #[serde(default)]
    on: OneOrMany<String>,
    #[serde(default)]
    class: Vec<Class>,
    when: Option<Spanned<String>>,
    levels: Vec<Level>,
    impact: u8,
    #[serde(default)]
    raise: Vec<RawRaise>,
    why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawRaise {
    when: Spanned<String>,
    by: u8,
    because: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawRisk {
    version: u32,
    likelihood: Pairs<RawLikelihood>,
    conditional: f64,
    unknown: f64,
    bands: Pairs<f64>,
    matrix: Vec<RawRow>,
    posture: Pairs<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawLikelihood {
    p: f64,
    says: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawRow {
    impact: u8,
    levels: Vec<String>,
}

fn kinds(on: OneOrMany<String>, line: u32) -> Vec<Text> {
    on.0.into_iter().map(|kind| Text { text: kind.into(), line }).collect()
}

pub(crate) fn technique(raw: RawTechnique, file: &str) -> Result<TechniqueCard, CardError> {
    let id = text(&raw.technique);
    let needs = raw.needs.into_iter().map(|raw| need(raw, &id, file)).collect::<Result<_, _>>()?;
    let gains = raw.gains.0.into_iter().map(|(level, of)| {
        let (level, of) = (text(&level), text(&of));
        let parsed = level.parse::<Level>().map_err(|error| wrong(file, &level, error.to_string()))?;
        Ok((parsed, of))
    });
    Ok(TechniqueCard {
        title: raw.title.into(),
        on: kinds(raw.on, id.line),
        class: raw.class,
        when: raw.when.as_ref().map(text),
        needs,
        gains: gains.collect::<Result<_, CardError>>()?,
        does: text(&raw.does),
        likelihood: text(&raw.likelihood),
        verb: raw.verb.as_ref().map(text),
        fix: raw.fix.map(|fix| TechniqueFix { say: text(&fix.say), checks: texts(&fix.checks) }),
        attack: arcs(raw.attack),
        atlas: arcs(raw.atlas),
        same_as: arcs(raw.same_as),
        pages: arcs(raw.pages),
        file: file.into(),
        technique: id,
    })
}

fn need(raw: RawNeed, id: &Text, file: &str) -> Result<Need, CardError> {
    let levels = [
        (Level::Reach, raw.reach),
        (Level::Use, raw.uses),
        (Level::Execute, raw.execute),
        (Level::Control, raw.control),
        (Level::Read, raw.read),
        (Level::Write, raw.write),
        (Level::Key, raw.key),
    ];
    let mut found: Vec<Need> =
        levels.into_iter().filter_map(|(level, of)| Some(Need::Level(level, text(&of?)))).collect();
    found.extend(raw.entry.as_ref().map(|entry| Need::Entry(text(entry))));
    if !raw.may.is_empty() {
        let with = raw.with.0.into_iter().map(|(key, value)| (Arc::from(key.value), Arc::from(value)));
        found.push(Need::May(May {
            actions: texts(&raw.may),
            of: raw.of.as_ref().map(text),
            with: with.collect(),
            by: raw.by.map(Arc::from),
            through: raw.through.as_ref().map(text),
        }));
    }
    match <[Need; 1]>::try_from(found) {
        Ok([need]) => Ok(need),
        Err(_) => Err(wrong(file, id, "a need is one of: entry, a level, may".into())),
    }
}

pub(crate) fn entry(raw: RawEntry, file: &str) -> EntryCard {
    EntryCard {
        entry: text(&raw.entry),
        title: raw.title.into(),
        says: raw.says.trim().into(),
        likelihood: text(&raw.likelihood),
        file: file.into(),
    }
}

pub(crate) fn target(raw: RawTarget, file: &str) -> TargetCard {
    let id = text(&raw.target);
    let raise =
        raw.raise.into_iter().map(|r| Raise { when: text(&r.when), by: r.by, because: r.because.into() });
    TargetCard {
        on: kinds(raw.on, id.line),
        target: id,
        title: raw.title.into(),
        class: raw.class,
        when: raw.when.as_ref().map(text),
        levels: raw.levels,
        impact: raw.impact,
        raise: raise.collect(),
        why: raw.why.trim().into(),
        file: file.into(),
    }
}

pub(crate) fn risk(raw: RawRisk, file: &str) -> RiskCard {
    let named = |pairs: Pairs<f64>| pairs.0.into_iter().map(|(n, p)| (Arc::from(n.value), p)).collect();
    let rows = raw.likelihood.0.into_iter().map(|(name, row)| (text(&name), row.p, Arc::from(row.says)));
    RiskCard {
        version: raw.version,
        likelihood: rows.collect(),
        conditional: raw.conditional,
        unknown: raw.unknown,
        bands: named(raw.bands),
        matrix: raw.matrix.into_iter().map(|row| (row.impact, arcs(row.levels))).collect(),
        posture: named(raw.posture),
        file: file.into(),
    }
}

fn wrong(file: &str, at: &Text, message: String) -> CardError {
    CardError { file: file.into(), line: at.line, message }
}
