//! One template file: its text as data, whether it is a template at all, and what it declares, unevaluated.

use std::rc::Rc;
use std::sync::Arc;

use collect::normalise;
use formats::Span;
use formats::data::{Comment, Data, Datum, Entry, parse_json};
use model::{Node, Position};

use super::lenient;
use crate::file::SourceFile;

/// Folders above a template in which the end of a URL is sought.
const LEVELS: usize = 3;

/// A parsed file.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) file: SourceFile,
    pub(super) datum: Datum,
    pub(super) comments: Vec<Comment>,
    /// `path:line:column` and what is wrong there.
    pub(super) problems: Vec<(String, String)>,
}

/// Reads JSON or YAML. Without a value there are only problems.
pub(super) fn parse(path: &Arc<str>, text: String) -> Result<Parsed, Vec<(String, String)>> {
    let is_json = text.trim_start_matches('\u{feff}').trim_start().starts_with('{');
    let (mut datum, mut comments, mut problems) =
        if is_json { parse_json(&text) } else { (None, Vec::new(), Vec::new()) };
    let mut text = text;
    if datum.is_none() {
        // A flow mapping of YAML may begin with a brace, too.
        let read = lenient::parse(&mut text);
        if read.problems.is_empty() || !is_json {
            datum = read.documents.into_iter().next();
            (comments, problems) = (read.comments, read.problems);
        }
    }
    let file = SourceFile::new(path.clone(), text);
    let placed =
        |problem: &formats::Problem| (file.position(problem.span).to_string(), problem.message.clone());
    let problems: Vec<_> = problems.iter().map(placed).collect();
    match datum {
        Some(datum) => Ok(Parsed { file, datum, comments, problems }),
        None => Err(problems),
    }
}

/// Whether a text may be a template: what every template says somewhere.
pub(super) fn may_be_template(text: &str) -> bool {
    (text.contains("Resources") || text.contains("Fn::ForEach"))
        && ["AWSTemplateFormatVersion", "AWS::", "Custom::", "Alexa::"].iter().any(|key| text.contains(key))
}

/// A template: resources with types, or the keys that only a template has beside resources.
pub(super) fn is_template(datum: &Datum) -> bool {
    let Some(resources) = datum.get("Resources") else { return false };
    let declares =
        |entry: &Entry| entry.value.get("Type").and_then(Datum::as_str).is_some_and(|t| t.contains("::"));
    datum.get("AWSTemplateFormatVersion").is_some()
        || datum.get("Transform").is_some() && resources.as_map().is_some()
        || resources.as_map().is_some_and(|entries| entries.iter().any(declares))
}

/// Transforms that the template asks for.
pub(super) fn transforms(datum: &Datum) -> Vec<&Datum> {
    match datum.get("Transform") {
        Some(Datum { value: Data::List(items), .. }) => items.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    }
}

/// What names the templates that this one nests.
pub(super) fn nested(datum: &Datum) -> impl Iterator<Item = &Datum> {
    let resources = datum.get("Resources").and_then(Datum::as_map).unwrap_or_default();
    resources.iter().filter_map(|entry| local_template(&entry.value))
}

/// The file that the URL or path of a nested template means, seen from the template at `from`: the file of that path,
/// or of the path that the URL ends with, beside the template or not far above it, as repositories lay out what they
/// upload.
pub(super) fn nested_file(named: &Datum, from: &str, exists: &dyn Fn(&str) -> bool) -> Option<String> {
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let (text, is_whole) = ending(named)?;
    let (rest, levels) = match text.split_once("://") {
        Some((_, rest)) => (rest.split_once('/')?.1, LEVELS),
        None if !is_whole || text.contains('}') => (text, LEVELS),
        None => (text, 0),
    };
    let rest = rest.rsplit_once('}').map_or(rest, |(_, rest)| rest);
    let rest = if levels == 0 { rest } else { rest.trim_start_matches('/') };
    if rest.is_empty() || rest.starts_with('/') || rest.contains('\0') {
        return None;
    }
    let paths = (0..=levels).map(|up| normalise(&format!("{folder}/{}{rest}", "../".repeat(up))));
    paths.into_iter().find(|path| exists(path))
}

/// The end of a text that is known without evaluation, and whether that is all of it.
fn ending(datum: &Datum) -> Option<(&str, bool)> {
    let function = match (&datum.tag, &datum.value) {
        (Some(tag), _) => Some((&**tag, datum)),
        (None, Data::Map(entries)) => match &entries[..] {
            [only] => Some((only.key.strip_prefix("Fn::")?, &only.value)),
            _ => None,
        },
        _ => return datum.as_str().map(|text| (text, true)),
    };
    match (function?, function?.1.as_list()) {
        (("Sub", argument), None) => argument.as_str().map(|text| (text, true)),
        (("Sub", _), Some([text, ..])) => text.as_str().map(|text| (text, true)),
        (("Join", _), Some([_, list])) => list.as_list()?.last()?.as_str().map(|text| (text, false)),
        _ => None,
    }
}

/// What names the template of a nested stack: what CDK wrote to disk, else the URL or location.
pub(super) fn local_template(resource: &Datum) -> Option<&Datum> {
    let properties = resource.get("Properties");
    match resource.get("Type").and_then(Datum::as_str)? {
        "AWS::CloudFormation::Stack" => {
            let asset = resource.get("Metadata").and_then(|m| m.get("aws:asset:path"));
            asset.or_else(|| properties?.get("TemplateURL"))
        }
        "AWS::Serverless::Application" => properties?.get("Location"),
        _ => None,
    }
}

/// `Fn::ForEach` variables in force, the innermost first.
pub(super) type Loops = Option<Rc<Loop>>;

#[derive(Debug)]
pub(super) struct Loop {
    pub(super) name: Arc<str>,
    pub(super) value: Node,
    pub(super) outer: Loops,
}

/// The value of a loop variable.
pub(super) fn looped<'l>(loops: &'l Loops, name: &str) -> Option<&'l Node> {
    let chain = std::iter::successors(loops.as_deref(), |l| l.outer.as_deref());
    chain.into_iter().find(|l| &*l.name == name).map(|l| &l.value)
}

/// Something that a section of a template declares under a name.
#[derive(Clone, Debug)]
pub(super) struct Declared {
    pub(super) id: Arc<str>,
    /// The file it stands in: the template or a file that was included.
    pub(super) source: Arc<Parsed>,
    pub(super) key_span: Span,
    pub(super) datum: Datum,
    pub(super) loops: Loops,
}

impl Declared {
    /// Where its name stands.
    pub(super) fn header(&self) -> Position {
        self.source.file.position(self.key_span)
    }

    /// The type of a resource; empty where none is written.
    pub(super) fn kind(&self) -> &str {
        self.datum.get("Type").and_then(Datum::as_str).unwrap_or_default()
    }
}

/// A scalar as it is written, where its text says more than its value (`0123`, `1.10`).
pub(super) fn written<'p>(parsed: &'p Parsed, datum: &Datum) -> Option<&'p str> {
    match datum.value {
        Data::Bool(_) | Data::Int(_) | Data::Float(_) => {
            parsed.file.text.get(datum.span.start as usize..datum.span.end as usize)
        }
        _ => None,
    }
}

/// `datum` without its tag.
pub(super) fn untagged(datum: &Datum) -> Datum {
    Datum { tag: None, ..datum.clone() }
}
