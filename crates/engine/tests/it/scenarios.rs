//! `examples/paths`: scenarios, each with a path that must be there and a hardened twin in which it is gone.

use std::path::{Path, PathBuf};

use engine::{Catalog, PathOptions, Request};
use model::{AttackPath, Severity, Snapshot};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    #[allow(dead_code, reason = "for readers")]
    title: String,
    path: Expected,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    entry: String,
    /// The address of the target.
    target: String,
    level: String,
    /// Techniques that the path takes, in this order, others between them.
    #[serde(default)]
    through: Vec<String>,
    /// Least risk.
    #[serde(default)]
    risk: Option<String>,
    /// Addresses of guardrails and gateways that the path leaves aside.
    #[serde(default)]
    bypasses: Vec<String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/paths")
}

fn scan(folder: &Path, catalog: &Catalog, without: Vec<String>) -> Snapshot {
    let paths = PathOptions { without, break_from: Severity::Info, ..PathOptions::default() };
    let request = Request { root: folder.to_owned(), paths: Some(paths), ..Request::default() };
    engine::scan(&request, catalog).unwrap()
}

fn to_target<'s>(snapshot: &'s Snapshot, expected: &Expected) -> Vec<&'s AttackPath> {
    let is_target = |path: &&AttackPath| {
        let asset = snapshot.assets.iter().find(|a| a.id == path.target.asset);
        *path.entry == *expected.entry
            && path.target.level.as_str() == expected.level
            && asset.is_some_and(|asset| *asset.address == *expected.target)
    };
    snapshot.attack.paths.iter().filter(is_target).collect()
}

fn takes(path: &AttackPath, through: &[String]) -> bool {
    let mut wanted = through.iter().peekable();
    for step in &path.steps {
        if wanted.peek().is_some_and(|name| ***name == *step.technique) {
            wanted.next();
        }
    }
    wanted.peek().is_none()
}

/// What is wrong with one scenario.
fn faults(folder: &Path, catalog: &Catalog) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join("scenario.yaml")).unwrap();
    let scenario: Scenario = match serde_saphyr::from_str(&text) {
        Ok(scenario) => scenario,
        Err(error) => return vec![format!("scenario.yaml: {error}")],
    };
    let expected = &scenario.path;
    let mut faults = Vec::new();
    let open = scan(&folder.join("open"), catalog, Vec::new());
    let titles = |snapshot: &Snapshot| {
        let lines = snapshot.attack.paths.iter().map(|p| {
            let steps: Vec<&str> = p.steps.iter().map(|s| &*s.technique).collect();
            format!("\n      {} {} {}: {}", p.entry, p.target.level, p.target.asset, steps.join(", "))
        });
        lines.take(12).collect::<String>()
    };
    let found = to_target(&open, expected);
    match found.iter().find(|path| takes(path, &expected.through)) {
        None => faults.push(format!("the path is not found; there are{}", titles(&open))),
        Some(path) => {
            if path.steps.iter().any(|step| step.evidence.is_empty()) {
                faults.push("a step has no evidence".into());
            }
            let least: Severity = expected.risk.as_deref().unwrap_or("low").parse().unwrap();
            if path.risk.level < least {
                faults.push(format!("its risk is {}, not at least {least}", path.risk.level));
            }
            for wanted in &expected.bypasses {
                let address =
                    |id: &model::AssetId| open.assets.iter().find(|a| a.id == *id).map(|a| a.address.clone());
                if !path.bypasses.iter().any(|id| address(id).is_some_and(|a| *a == **wanted)) {
                    faults.push(format!("it is not told to leave {wanted} aside"));
                }
            }
            // The fixes that are named break it.
            let fixes: Vec<String> =
                path.steps.iter().flat_map(|s| &s.fixes).map(|f| f.id.to_string()).collect();
            let fixed = scan(&folder.join("open"), catalog, fixes);
            if to_target(&fixed, expected).iter().any(|p| takes(p, &expected.through)) {
                faults.push("its own fixes leave it".into());
            }
        }
    }
    let hardened = scan(&folder.join("hardened"), catalog, Vec::new());
    if !to_target(&hardened, expected).is_empty() {
        faults.push(format!("the hardened twin has a path too; there are{}", titles(&hardened)));
    }
    if hardened.assets.is_empty() {
        faults.push("the hardened twin is empty".into());
    }
    faults
}

#[test]
fn every_path_is_found_and_gone_in_the_hardened_twin() {
    let catalog = Catalog::embedded();
    let mut folders: Vec<PathBuf> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|p| p.is_dir())
        .collect();
    folders.sort();
    let count = folders.len();
    let mut wrong = Vec::new();
    for folder in folders {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        wrong.extend(faults(&folder, &catalog).into_iter().map(|fault| format!("{name}: {fault}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 30, "there are {count} scenarios");
}
