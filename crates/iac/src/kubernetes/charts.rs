//! Helm charts. Their templates are programs over values, and a scan runs nothing: what is said in the open is the
//! images in `values.yaml`, and each chart's note names how it can be rendered.
//! <https://helm.sh/docs/topics/charts/>

use std::collections::BTreeMap;
use std::sync::Arc;

use catalog::Catalog;
use collect::Tree;
use model::{AssetId, Coverage, CoverageStatus, Node, Observations, Value};

use super::SOURCE;
use super::kustomize::folder_of;
use crate::containers::{self, Container, Signs};
use crate::file::SourceFile;

/// Levels of values.
const MAX_DEPTH: usize = 12;
/// Images of one chart.
const MAX_IMAGES: usize = 200;

/// The folders of charts.
#[derive(Debug, Default)]
pub(crate) struct Charts {
    folders: Vec<String>,
}

pub(crate) fn find(tree: &Tree) -> Charts {
    let charts = tree.files().iter().filter(|p| p.rsplit('/').next() == Some("Chart.yaml"));
    Charts { folders: charts.map(|p| folder_of(p).to_owned()).collect() }
}

impl Charts {
    /// Whether a file is a chart's own, and no manifest.
    pub(crate) fn holds(&self, path: &str) -> bool {
        self.folders.iter().any(|folder| {
            let below = if folder.is_empty() {
                Some(path)
            } else {
                path.strip_prefix(&**folder).and_then(|p| p.strip_prefix('/'))
            };
            below.is_some_and(|below| {
                ["templates/", "charts/", "crds/"].iter().any(|own| below.starts_with(own))
                    || !below.contains('/') && (below.starts_with("values") || below.starts_with("Chart."))
            })
        })
    }

    /// Charts that are no part of another one.
    fn own(&self) -> impl Iterator<Item = &String> {
        let inside = |folder: &str| {
            self.folders.iter().any(|outer| {
                let below = if outer.is_empty() { Some(folder) } else { folder.strip_prefix(&**outer) };
                below.is_some_and(|below| below.trim_start_matches('/').starts_with("charts/"))
            })
        };
        self.folders.iter().filter(move |folder| !inside(folder))
    }
}

/// A note on each chart, and the software that its values name.
pub(crate) fn observe(catalog: &Catalog, tree: &Tree, charts: &Charts) -> Observations {
    let mut seen = Observations::default();
    let signs = Signs::new(catalog);
    for folder in charts.own() {
        let shown = if folder.is_empty() { "." } else { folder };
        let place = if folder.is_empty() { "Chart.yaml".to_owned() } else { format!("{folder}/Chart.yaml") };
        let reason = format!(
            "a Helm chart is not run; to have it assessed, scan what `helm template {shown} > rendered.yaml` writes"
        );
        seen.coverage.push(Coverage::note(SOURCE, place, CoverageStatus::Skipped, reason));
        let values =
            if folder.is_empty() { "values.yaml".to_owned() } else { format!("{folder}/values.yaml") };
        if let Ok(text) = tree.read_text(&values) {
            software(&signs, shown, &SourceFile::new(values, text), &mut seen);
        }
    }
    seen
}

fn software(signs: &Signs<'_>, chart: &str, file: &SourceFile, seen: &mut Observations) {
    let read = formats::data::parse_yaml(&file.text);
    let Some(values) = read.documents.first() else { return };
    let mut found: BTreeMap<String, Node> = BTreeMap::new();
    images(&file.node(values), "", 0, &mut found);
    let scope: Arc<str> = chart.into();
    for (path, image) in found {
        let name: Arc<str> = if path.is_empty() { "image".into() } else { path.as_str().into() };
        let container = Container {
            name: name.clone(),
            at: image.at.clone(),
            image: Some(image),
            open: Some("the chart's templates decide it, and they are not run".into()),
            ..Container::default()
        };
        let Some((kind, document)) = container.software(signs) else { continue };
        let address = format!("values/{name}");
        let id = AssetId(format!("{scope}#{address}").into());
        seen.assets.push(containers::asset(&scope, id, address, kind, document, Default::default()));
    }
}

/// Objects of a repository and a tag, as charts have them by custom: their references by their path.
fn images(node: &Node, path: &str, depth: usize, found: &mut BTreeMap<String, Node>) {
    let Some(entries) = node.as_map().filter(|_| depth < MAX_DEPTH && found.len() < MAX_IMAGES) else {
        return;
    };
    let text = |key: &str| entries.get(key).map(Node::display).filter(|t| !t.is_empty() && t != "null");
    let last = path.rsplit('.').next().unwrap_or_default();
    if last.to_lowercase().contains("image")
        && let Some(repository) = text("repository").filter(|r| !r.contains(char::is_whitespace))
    {
        let registry = text("registry").map(|r| r + "/").unwrap_or_default();
        let tag = text("tag").map(|t| format!(":{t}")).unwrap_or_default();
        let digest = text("digest").map(|d| format!("@{d}")).unwrap_or_default();
        let reference = format!("{registry}{repository}{tag}{digest}");
        let at = entries.get("repository").and_then(|n| n.at.clone());
        // The values of a chart are its defaults.
        let node = Node { at, assumed: true, ..Value::string(reference).into() };
        let owner = path.strip_suffix(last).unwrap_or_default().trim_end_matches('.');
        found.insert(if owner.is_empty() { last.to_owned() } else { owner.to_owned() }, node);
        return;
    }
    for (key, value) in entries.iter() {
        let below = if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
        images(value, &below, depth + 1, found);
    }
}
