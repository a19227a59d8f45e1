//! What of a check's patch an asset's document still lacks. Writing it into a file is `iac`'s, proving it `engine`'s.

use catalog::{Catalog, Constant, DocPath, Fix, Step, Text, constant_node};
use model::Asset;

/// What of the patch is of the asset's kind, and is not so already: said in its document or done by the provider.
pub fn wanting<'f>(
    catalog: &'f Catalog,
    fix: &'f Fix,
    asset: &'f Asset,
) -> impl Iterator<Item = (&'f Text, &'f Constant)> {
    let kind = catalog.kind(&asset.kind);
    // A check on several kinds has the words of each.
    let known = move |path: &str| {
        kind.is_some_and(|kind| {
            let steps = DocPath::parse(path).0;
            steps.iter().all(|step| match step {
                // A user's own name (of a label, of a metadata entry) is on no card.
                Step::Key(key) if key.contains(['-', '/']) => true,
                Step::Key(key) => kind.spelling(key).as_ref() == Some(key),
                Step::Each => true,
            })
        })
    };
    fix.set.iter().map(|(path, value)| (path, value)).filter(move |(path, value)| {
        let now = DocPath::parse(path).find(&asset.document);
        known(path)
            && (now.is_empty() || now.iter().any(|now| now.display() != constant_node(value).display()))
    })
}
