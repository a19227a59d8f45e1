//! From a value that names a thing to the asset it names.

use std::collections::HashMap;
use std::sync::Arc;

use model::{Asset, Node, Piece, Reference, Value};

/// Parts of a value that are looked at for references; more name nothing.
const MAX_NODES: usize = 64;

/// What a value turned out to name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Asset(usize),
    /// Something definite that is not among the assets: its text.
    Elsewhere(String),
    /// Not known, and why.
    Unknown { text: String, reason: Arc<str> },
}

/// Looks assets up by (scope, address) and by (alias).
#[derive(Debug, Default)]
pub(crate) struct Names {
    by_address: HashMap<(Arc<str>, Arc<str>), usize>,
    by_alias: HashMap<String, Vec<usize>>,
}

impl Names {
    pub(crate) fn new(assets: &[Asset]) -> Self {
        let mut names = Names::default();
        for (index, asset) in assets.iter().enumerate() {
            names.by_address.insert((asset.scope.clone(), asset.address.clone()), index);
            for alias in asset.aliases.iter() {
                names.by_alias.entry(alias.to_lowercase()).or_default().push(index);
            }
        }
        names
    }

    /// The asset that `target` names, seen from `scope`, among those that `fits` accepts.
    pub(crate) fn find(&self, scope: &Arc<str>, target: &Node, assets: &[Asset], fits: &dyn Fn(&Asset) -> bool) -> Target {
        let references = target.references(MAX_NODES);
        for reference in &references {
            for step in reference.chain() {
                if let Some(index) = self.by_reference(scope, step)
                    && fits(&assets[index])
                {
                    return Target::Asset(index);
                }
            }
        }
        match &target.value {
            Value::String(text) => match self.by_text(scope, text, assets, fits) {
                Some(index) => Target::Asset(index),
                None => Target::Elsewhere(text.to_string()),
            },
            Value::Template(pieces) if references.is_empty() => {
                Target::Unknown { text: target.display(), reason: hole(pieces) }
            }
            Value::Unknown(reason) if references.is_empty() => {
                Target::Unknown { text: target.display(), reason: reason.clone() }
            }
            _ => Target::Elsewhere(target.display()),
        }
    }

    fn by_reference(&self, scope: &Arc<str>, reference: &Reference) -> Option<usize> {
        self.by_address.get(&(scope.clone(), reference.address.clone())).copied()
    }

    /// By id or name: in the same configuration first, elsewhere only when the name is unmistakable.
    fn by_text(&self, scope: &Arc<str>, text: &str, assets: &[Asset], fits: &dyn Fn(&Asset) -> bool) -> Option<usize> {
        let candidates = self.by_alias.get(&text.to_lowercase())?;
        let fitting = || candidates.iter().copied().filter(|i| fits(&assets[*i]));
        if let Some(here) = fitting().find(|i| assets[*i].scope == *scope) {
            return Some(here);
        }
        // A bare name says little outside its configuration; an id says what it is.
        let is_id = text.contains('/') || text.starts_with("arn:");
        let mut all = fitting();
        match (all.next(), all.next()) {
            (Some(only), None) if is_id => Some(only),
            _ => None,
        }
    }
}

fn hole(pieces: &[Piece]) -> Arc<str> {
    let reason = pieces.iter().find_map(|p| match p {
        Piece::Hole { reason, .. } => Some(reason.clone()),
        Piece::Text(_) => None,
    });
    reason.unwrap_or_else(|| "text is only partly known".into())
}
