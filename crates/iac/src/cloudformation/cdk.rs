//! What CDK writes beside a synthesised template: the constructs behind logical ids, the source lines that made them,
//! and the environment. <https://docs.aws.amazon.com/cdk/v2/guide/deploy.html#deploy-how-synth-cloud-assembly>

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use collect::Tree;
use formats::data::{Datum, parse_json};
use model::{Node, Position};

/// Construct paths that are looked at in one manifest.
const MAX_PATHS: usize = 100_000;
/// Folders that a source path is tried without.
const MAX_FOLDERS: usize = 24;

/// What is known of one template.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    /// By logical id.
    constructs: HashMap<Arc<str>, Construct>,
    /// Pseudo parameters.
    pub(super) known: BTreeMap<Arc<str>, Node>,
}

#[derive(Debug)]
struct Construct {
    path: Arc<str>,
    trace: Option<String>,
}

/// Reads the manifest beside the template at `path`.
pub(super) fn assembly(tree: &Tree, path: &str) -> Assembly {
    let mut assembly = Assembly::default();
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    if !name.ends_with(".template.json") {
        return assembly;
    }
    let beside = |file: &str| if folder.is_empty() { file.to_owned() } else { format!("{folder}/{file}") };
    let Some(manifest) = read(tree, &beside("manifest.json")) else { return assembly };
    let artifacts = manifest.get("artifacts").and_then(Datum::as_map).unwrap_or_default();
    for entry in artifacts {
        let artifact = &entry.value;
        let properties = artifact.get("properties");
        let file = properties.and_then(|p| p.get("templateFile")).and_then(Datum::as_str);
        if file != Some(name) {
            continue;
        }
        assembly.environment(artifact, &entry.key);
        assembly.metadata(artifact.get("metadata"));
        let more = artifact.get("additionalMetadataFile").and_then(Datum::as_str);
        if let Some(more) =
            more.filter(|file| !file.contains(['/', '\\'])).and_then(|file| read(tree, &beside(file)))
        {
            assembly.metadata(Some(&more));
        }
    }
    assembly
}

fn read(tree: &Tree, path: &str) -> Option<Datum> {
    if tree.is_file(path) != Ok(true) {
        return None;
    }
    parse_json(&tree.read_text(path).ok()?).0
}

impl Assembly {
    /// `aws://123456789012/eu-west-1` and the stack's name.
    fn environment(&mut self, artifact: &Datum, id: &str) {
        let text = |datum: Option<&Datum>| datum.and_then(Datum::as_str).map(str::to_owned);
        let environment = text(artifact.get("environment")).unwrap_or_default();
        let places = environment.strip_prefix("aws://").and_then(|rest| rest.split_once('/'));
        let (account, region) = places.unwrap_or_default();
        let stack = text(artifact.get("properties").and_then(|p| p.get("stackName")))
            .unwrap_or_else(|| id.to_owned());
        for (name, value) in
            [("AWS::AccountId", account), ("AWS::Region", region), ("AWS::StackName", &stack)]
        {
            if !value.is_empty() && !value.starts_with("unknown-") {
                self.known.insert(name.into(), value.into());
            }
        }
    }

    fn metadata(&mut self, metadata: Option<&Datum>) {
        for entry in metadata.and_then(Datum::as_map).unwrap_or_default().iter().take(MAX_PATHS) {
            for item in entry.value.as_list().unwrap_or_default() {
                if item.get("type").and_then(Datum::as_str) != Some("aws:cdk:logicalId") {
                    continue;
                }
                let Some(id) = item.get("data").and_then(Datum::as_str) else { continue };
                let trace = item.get("trace").and_then(Datum::as_list).unwrap_or_default();
                let own = trace.iter().filter_map(Datum::as_str).find(|line| is_own(line));
                let construct = Construct {
                    path: entry.key.trim_start_matches('/').into(),
                    trace: own.map(str::to_owned),
                };
                self.constructs.insert(id.into(), construct);
            }
        }
    }

    /// The construct's path, and the source line that made the resource.
    pub(super) fn origin(&self, tree: &Tree, id: &str) -> (Option<Arc<str>>, Option<Position>) {
        match self.constructs.get(id) {
            Some(construct) => (
                Some(construct.path.clone()),
                construct.trace.as_deref().and_then(|trace| source(tree, trace)),
            ),
            None => (None, None),
        }
    }
}

/// A line of a stack trace that is not the library's.
fn is_own(line: &str) -> bool {
    line.contains(':')
        && !["node_modules", "node:internal", "site-packages", "<anonymous>"]
            .iter()
            .any(|part| line.contains(part))
}

/// `new Bucket (/home/a/app/lib/stack.ts:12:5)` as a place below the root.
fn source(tree: &Tree, line: &str) -> Option<Position> {
    let place = line
        .rsplit_once('(')
        .map_or(line, |(_, rest)| rest)
        .trim()
        .trim_start_matches("at ")
        .trim_end_matches(')');
    let mut parts = place.rsplitn(3, ':');
    let (column, line, path) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?);
    let path = path.replace('\\', "/");
    let mut rest: &str = path.trim_start_matches("file://").trim_start_matches('/');
    for _ in 0..MAX_FOLDERS {
        if !rest.contains("..") && tree.is_file(rest) == Ok(true) {
            return Some(Position::point(rest.into(), line, column));
        }
        rest = rest.split_once('/')?.1;
    }
    None
}
