//! The machine-readable report, `stance.scan/1`: keys are only ever added to this shape. Untrusted text stays what
//! it is; characters that could deceive a terminal are written as JSON escapes.

use std::collections::HashMap;

use model::{
    Asset, AssetId, Coverage, CoverageStatus, Node, Outcome, Position, Relation, Sighting, Snapshot, Status,
    Suppression, Value,
};
use serde::Serialize;

use crate::Options;
use crate::select;
use crate::text::escape_json;

const SCHEMA: &str = "stance.scan/1";
/// A document that expands to more nodes, or nests deeper, is named but not written out.
const MAX_NODES: usize = 200_000;
const MAX_DEPTH: usize = 128;

#[derive(Serialize)]
struct Scan<'a> {
    schema: &'static str,
    coverage: Vec<CoverageEntry<'a>>,
    assets: Vec<AssetEntry<'a>>,
    relations: &'a [Relation],
    outcomes: Vec<OutcomeEntry<'a>>,
    /// Attack paths, choke points, the smallest set of fixes, posture, permissions.
    attack: &'a model::AttackPaths,
}

#[derive(Serialize)]
struct CoverageEntry<'a> {
    source: &'a str,
    path: &'a str,
    status: CoverageStatus,
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct AssetEntry<'a> {
    id: &'a AssetId,
    kind: &'a str,
    class: model::Class,
    name: &'a str,
    address: &'a str,
    locations: Vec<Location<'a>>,
    /// Who saw it, the sighting that defines it first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    seen_in: Vec<SeenIn<'a>>,
    document: Document<'a>,
}

#[derive(Serialize)]
struct SeenIn<'a> {
    source: &'a str,
    standing: model::Standing,
    scope: &'a str,
    address: &'a str,
    location: Option<Location<'a>>,
    /// Why it is taken for the same thing; absent for the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    matched: Option<&'a model::Match>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Document<'a> {
    Whole(&'a Node),
    TooLarge {
        #[serde(rename = "$unknown")]
        reason: &'static str,
    },
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct OutcomeEntry<'a> {
    check: &'a str,
    title: &'a str,
    status: Status,
    severity: model::Severity,
    confidence: model::Confidence,
    asset: &'a AssetId,
    address: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    discriminator: &'a str,
    because: &'a str,
    locations: Vec<Location<'a>>,
    fix: Option<&'a str>,
    patch: &'a [String],
    same_as: Vec<&'a str>,
    maps: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressed: Option<&'a Suppression>,
    /// In the context of attack paths.
    #[serde(skip_serializing_if = "Option::is_none")]
    risk: Option<&'a model::FindingRisk>,
}

pub(crate) fn render(snapshot: &Snapshot, options: &Options<'_>) -> String {
    let assets: HashMap<&AssetId, &Asset> = snapshot.assets.iter().map(|a| (&a.id, a)).collect();
    let scan = Scan {
        schema: SCHEMA,
        coverage: snapshot.coverage.iter().map(coverage).collect(),
        assets: snapshot.assets.iter().map(asset).collect(),
        relations: &snapshot.relations,
        outcomes: select::outcomes(snapshot, options.min_severity)
            .filter(|o| options.all || o.status != Status::Pass)
            .map(|o| outcome(o, assets.get(&o.asset).copied()))
            .collect(),
        attack: &snapshot.attack,
    };
    pretty(&scan)
}

/// Indented JSON with a line break at its end.
pub(crate) fn pretty(value: &impl Serialize) -> String {
    // Only a map with keys that are not text, or a failing writer, could make this fail: neither occurs.
    let mut json =
        serde_json::to_string_pretty(value).unwrap_or_else(|e| format!("{{\"error\": {:?}}}", e.to_string()));
    json.push('\n');
    escape_json(json)
}

fn coverage(entry: &Coverage) -> CoverageEntry<'_> {
    CoverageEntry {
        source: &entry.source,
        path: &entry.path,
        status: entry.status,
        reason: entry.reason.as_deref(),
    }
}

fn asset(asset: &Asset) -> AssetEntry<'_> {
    let fits = fits(&asset.document, &mut { MAX_NODES }, 0);
    AssetEntry {
        id: &asset.id,
        kind: &asset.kind,
        class: asset.class,
        name: &asset.name,
        address: &asset.address,
        locations: asset.evidence.iter().filter_map(|e| e.position()).map(location).collect(),
        seen_in: asset.sightings.iter().map(seen_in).collect(),
        document: match fits {
            true => Document::Whole(&asset.document),
            false => Document::TooLarge { reason: "the document is too large to write" },
        },
    }
}

fn seen_in(sighting: &Sighting) -> SeenIn<'_> {
    SeenIn {
        source: &sighting.source,
        standing: sighting.standing,
        scope: &sighting.scope,
        address: &sighting.address,
        location: sighting.evidence.as_ref().and_then(|e| e.position()).map(location),
        matched: sighting.matched.as_ref(),
    }
}

fn outcome<'a>(outcome: &'a Outcome, asset: Option<&'a Asset>) -> OutcomeEntry<'a> {
    OutcomeEntry {
        check: &outcome.check,
        title: &outcome.title,
        status: outcome.status,
        severity: outcome.severity,
        confidence: outcome.confidence,
        asset: &outcome.asset,
        address: &outcome.address,
        discriminator: &outcome.discriminator,
        because: &outcome.because,
        locations: select::places(outcome, asset).iter().map(|p| location(p.position)).collect(),
        fix: outcome.fix.as_deref(),
        patch: &outcome.patch,
        same_as: outcome.same_as.iter().map(|s| &**s).collect(),
        maps: outcome.maps.iter().map(|s| &**s).collect(),
        suppressed: outcome.suppressed.as_ref(),
        risk: outcome.risk.as_ref(),
    }
}

fn location(position: &Position) -> Location<'_> {
    Location { path: &position.path, line: position.line, column: position.column }
}

/// Whether a document can be written within the limits. Shared parts count each time they occur, as they are
/// written each time.
fn fits(node: &Node, budget: &mut usize, depth: usize) -> bool {
    if *budget == 0 || depth > MAX_DEPTH {
        return false;
    }
    *budget -= 1;
    match &node.value {
        _ if node.sensitive => true,
        Value::List(items) => items.iter().all(|n| fits(n, budget, depth + 1)),
        Value::Map(entries) => entries.values().all(|n| fits(n, budget, depth + 1)),
        Value::Json(inner) => fits(inner, budget, depth + 1),
        _ => true,
    }
}
