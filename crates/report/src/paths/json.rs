//! Attack paths as JSON: `{"paths": [{"id", "risk", "entry", "target", "steps": […]}], "choke_points", "smallest_fix",
//! "posture", "assets", "not_assessed"}`. `docs/schemas/paths.schema.json` is its schema.

use std::collections::{BTreeMap, BTreeSet};

use model::{AssetId, AttackPaths, Class, Coverage, CoverageStatus, Foothold, Snapshot};
use serde::Serialize;

#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    attack: &'a AttackPaths,
    /// What the ids in it stand for.
    assets: BTreeMap<&'a AssetId, Named<'a>>,
    not_assessed: Vec<&'a Coverage>,
}

#[derive(Serialize)]
struct Named<'a> {
    name: &'a str,
    kind: &'a str,
    class: Class,
    address: &'a str,
}

/// One object, indented, ended with a line break.
pub(super) fn json(snapshot: &Snapshot) -> String {
    let mut ids: BTreeSet<&AssetId> = BTreeSet::new();
    for path in &snapshot.attack.paths {
        ids.insert(&path.target.asset);
        ids.extend(&path.bypasses);
        for step in &path.steps {
            ids.insert(&step.to);
            ids.extend(step.from.iter().filter_map(|from| match from {
                Foothold::Asset { asset, .. } => Some(asset),
                Foothold::Entry { .. } => None,
            }));
        }
    }
    ids.extend(snapshot.attack.choke_points.iter().map(|point| &point.asset));
    let named = snapshot.assets.iter().filter(|asset| ids.contains(&asset.id));
    let assets =
        named.map(|a| (&a.id, Named { name: &a.name, kind: &a.kind, class: a.class, address: &a.address }));
    crate::json::pretty(&Whole {
        attack: &snapshot.attack,
        assets: assets.collect(),
        not_assessed: snapshot.coverage.iter().filter(|c| c.status != CoverageStatus::Read).collect(),
    })
}
