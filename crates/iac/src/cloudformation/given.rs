//! Parameter files: the AWS CLI's list, CodePipeline's mapping, and the deployment file of Git sync.
//! <https://docs.aws.amazon.com/cli/latest/reference/cloudformation/create-stack.html>
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/git-sync-concepts-terms.html>
//!
//! Nothing in such a file says which template it is for. It is taken when it is the only one that can be meant.

use std::collections::BTreeMap;
use std::sync::Arc;

use collect::normalise;
use formats::data::{Data, Datum};
use model::{Coverage, CoverageStatus, Node, Value};

use super::template::{Parsed, written};

/// Values for the parameters of a template.
#[derive(Debug)]
pub(super) struct Given {
    path: Arc<str>,
    /// The template that the file names.
    template: Option<String>,
    values: BTreeMap<Arc<str>, Node>,
}

/// Whether a text may be a parameter file.
pub(super) fn may_be_given(text: &str) -> bool {
    text.contains("ParameterKey") || text.contains("\"Parameters\"") || text.contains("template-file-path")
}

/// Reads a parameter file; none for anything else.
pub(super) fn read(parsed: &Parsed) -> Option<Given> {
    let path = parsed.file.path.clone();
    let value = |datum: &Datum| {
        let text = match (&datum.value, written(parsed, datum)) {
            (Data::Text(text), _) => Some(text.clone()),
            (_, Some(text)) => Some(text.into()),
            _ => None,
        };
        text.map(|text| Node { at: Some(parsed.file.place(datum)), ..Value::String(text).into() })
    };
    if let Some(items) = parsed.datum.as_list() {
        let pair = |item: &Datum| {
            let key: Arc<str> = item.get("ParameterKey")?.as_str()?.into();
            Some((key, item.get("ParameterValue").and_then(value)))
        };
        let pairs: Option<Vec<_>> = items.iter().map(pair).collect();
        let values: BTreeMap<_, _> =
            pairs?.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
        return Some(Given { path, template: None, values });
    }
    let template = parsed.datum.get("template-file-path").and_then(Datum::as_str).map(str::to_owned);
    let section = if template.is_some() { "parameters" } else { "Parameters" };
    let entries = parsed.datum.get(section)?.as_map()?;
    if parsed.datum.get("Resources").is_some() {
        return None;
    }
    let values: Option<BTreeMap<_, _>> =
        entries.iter().map(|entry| Some((entry.key.clone(), value(&entry.value)?))).collect();
    Some(Given { path, template, values: values? })
}

/// The values for a template, and a note where several files could be meant.
pub(super) fn of(template: &Parsed, files: &[Given]) -> (BTreeMap<Arc<str>, Node>, Option<Coverage>) {
    let path = &*template.file.path;
    let declared = template.datum.get("Parameters");
    let (folder, name) = split(path);
    let stem = name.split('.').next().unwrap_or(name);
    let fits = |given: &&Given| {
        !given.values.is_empty()
            && given.values.keys().all(|key| declared.and_then(|d| d.get(key)).is_some())
            && match &given.template {
                Some(named) => {
                    let named = normalise(named);
                    path == named || path.ends_with(&format!("/{named}"))
                }
                None => is_beside(folder, split(&given.path).0),
            }
    };
    let fitting: Vec<&Given> = files.iter().filter(fits).collect();
    let of_name: Vec<&Given> =
        fitting.iter().copied().filter(|g| split(&g.path).1.starts_with(stem)).collect();
    match (&fitting[..], &of_name[..]) {
        ([], _) => (BTreeMap::new(), None),
        ([one], _) | (_, [one]) => (one.values.clone(), None),
        _ => {
            let names: Vec<&str> = fitting.iter().take(5).map(|given| &*given.path).collect();
            let reason =
                format!("several parameter files fit this template, none is taken: {}", names.join(", "));
            (BTreeMap::new(), Some(Coverage::note(super::SOURCE, path, CoverageStatus::Skipped, reason)))
        }
    }
}

fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// The template's folder, one below it, or one beside it.
fn is_beside(template: &str, parameters: &str) -> bool {
    let outer = |path: &str| path.rsplit_once('/').map_or(String::new(), |(outer, _)| outer.to_owned());
    parameters == template
        || !parameters.is_empty() && outer(parameters) == template
        || !parameters.is_empty() && !template.is_empty() && outer(parameters) == outer(template)
}
