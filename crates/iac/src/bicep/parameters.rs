//! The values that a root is deployed with: `.bicepparam` files, and JSON files of parameters beside a template.
//! <https://learn.microsoft.com/azure/azure-resource-manager/bicep/parameter-files>
//!
//! The Azure Developer CLI fills `${NAME}` in JSON files from its environment. A variable that is not set is the empty
//! text: <https://github.com/Azure/azure-dev/pull/2896>. It is taken to be not set only where the template's own default
//! says the same; elsewhere the value is not known.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use collect::Tree;
use formats::bicep::{DeclarationKind, TypeKind};
use formats::data::parse_json;
use model::{Coverage, CoverageStatus};

use super::SOURCE;
use super::files::{Files, Parsed, is_bicep, is_parameters};
use super::lower::lower;
use crate::arm::json::parameter_file as parameter_file_of_json;
use crate::arm::template::{Expr, ExprKind, Given, ParameterFile};
use crate::file::SourceFile;

/// Files of values that extend each other.
const MAX_BASES: usize = 8;

/// The files of values for one template, each with its path, in the order of their paths.
pub(crate) type ByTemplate = BTreeMap<Arc<str>, Vec<(Arc<str>, Arc<ParameterFile>)>>;

pub(crate) fn is_json(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.ends_with(".json") && name.contains(".parameters.")
}

/// Every file of values that was walked, by the template that it is for.
pub(crate) fn by_template(tree: &Tree, files: &Files, notes: &mut Vec<Coverage>) -> ByTemplate {
    let mut found = ByTemplate::new();
    for path in tree.files() {
        let given = if is_parameters(path) {
            files.get(path).and_then(|file| bicep(files, file, notes))
        } else if is_json(path) {
            template_of(path)
                .and_then(|template| Some((json(tree, path, files.get(&template)?, notes)?, template)))
        } else {
            None
        };
        if let Some((file, template)) = given {
            found.entry(template.into()).or_default().push((path.clone(), file));
        }
    }
    found
}

/// The template beside a JSON file of parameters: `main.bicep` of `main.parameters.json` and `main.prod.parameters.json`.
fn template_of(path: &str) -> Option<String> {
    let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
    let stem = name.split('.').next()?;
    Some(if folder.is_empty() { format!("{stem}.bicep") } else { format!("{folder}/{stem}.bicep") })
}

fn bicep(files: &Files, file: &Parsed, notes: &mut Vec<Coverage>) -> Option<(Arc<ParameterFile>, String)> {
    let (reference, span) = file.using()?; // `using none` is a base of others
    let mut note = |reason: String| {
        let place = file.source.position(span).to_string();
        notes.push(Coverage::note(SOURCE, place, CoverageStatus::Partial, reason));
    };
    let template = file.target(reference).filter(|path| is_bicep(path));
    let Some(template) = template else {
        note(format!("the template {reference} is no Bicep file on disk, these values are not used"));
        return None;
    };
    if files.get(&template).is_none() {
        note(format!("cannot read the template {reference}, these values are not used"));
        return None;
    }
    let mut seen = BTreeSet::new();
    Some((parameter_file(files, file, notes, &mut seen), template))
}

fn parameter_file(
    files: &Files,
    file: &Parsed,
    notes: &mut Vec<Coverage>,
    seen: &mut BTreeSet<Arc<str>>,
) -> Arc<ParameterFile> {
    seen.insert(file.path().clone());
    let mut bases = Vec::new();
    if let Some((reference, span)) = file.extends() {
        let path = file.target(reference);
        let base = path.as_deref().filter(|path| !seen.contains(*path) && seen.len() < MAX_BASES);
        match base.and_then(|path| files.get(path)) {
            Some(base) => bases.push(parameter_file(files, base, notes, seen)),
            None => {
                let place = file.source.position(span).to_string();
                let reason = format!("the values of {reference} cannot be had");
                notes.push(Coverage::note(SOURCE, place, CoverageStatus::Partial, reason));
            }
        }
    }
    let mut lowered = lower(file, files);
    // In a form that is to be filled in, what is empty says nothing.
    let is_empty = |given: &Given| given.value.as_str() == Some("");
    if lowered.values.iter().filter(|given| is_empty(given)).count() * 2 >= lowered.values.len() {
        lowered.values.retain(|given| !is_empty(given));
    }
    Arc::new(ParameterFile { template: Arc::new(lowered.template), values: lowered.values, bases })
}

fn json(tree: &Tree, path: &str, template: &Parsed, notes: &mut Vec<Coverage>) -> Option<Arc<ParameterFile>> {
    let mut note =
        |place: String, status, reason: String| notes.push(Coverage::note(SOURCE, place, status, reason));
    let text = match tree.read_text(path) {
        Ok(text) => text,
        Err(reason) => {
            note(path.to_owned(), CoverageStatus::Failed, reason);
            return None;
        }
    };
    let (datum, _, problems) = parse_json(&text);
    let source = Arc::new(SourceFile::new(path, text));
    for problem in &problems {
        note(source.position(problem.span).to_string(), CoverageStatus::Partial, problem.message.clone());
    }
    let mut file = parameter_file_of_json(&source, datum.as_ref()?)?;
    let declared = declared(template);
    for given in &mut file.values {
        let Some(declared) = declared.get(&given.name.to_ascii_lowercase()) else { continue };
        let span = given.value.span;
        if let (ExprKind::Call { arguments, .. }, true) = (&mut given.value.kind, declared.empty)
            && arguments.len() == 1
        {
            arguments.push(Expr::text("", span));
        }
        if let (Some(name), ExprKind::Call { .. } | ExprKind::Interpolation(_)) =
            (declared.convert, &given.value.kind)
        {
            let text = std::mem::replace(&mut given.value, Expr::new(ExprKind::Null, span));
            given.value.kind = ExprKind::Call { name: name.into(), arguments: vec![text] };
        }
    }
    if problems.is_empty() {
        notes.push(Coverage::read(SOURCE, path));
    }
    Some(Arc::new(file))
}

/// What `azd` minds of a parameter when it fills in a variable of the environment.
struct Declared {
    /// The function that makes of text what the parameter wants, if that is not text.
    convert: Option<&'static str>,
    /// The default is the empty text, which is also what a variable says that is not set.
    empty: bool,
}

/// The parameters of a template by their names in lower case.
fn declared(template: &Parsed) -> HashMap<String, Declared> {
    let convert = |kind: &TypeKind| match kind {
        TypeKind::Name(name) => match &**name {
            "bool" => Some("bool"),
            "int" => Some("int"),
            "object" | "array" => Some("json"),
            _ => None,
        },
        TypeKind::Array(_) | TypeKind::Object(_) => Some("json"),
        _ => None,
    };
    let declared = template.syntax.declarations.iter().filter_map(|declaration| match &declaration.kind {
        DeclarationKind::Parameter { name, of: Some(declared), value } => {
            let mut kind = &declared.kind;
            while let TypeKind::Nullable(inner) | TypeKind::Parens(inner) = kind {
                kind = &inner.kind;
            }
            let empty = value.as_ref().is_some_and(|value| value.as_str() == Some(""));
            Some((name.text.to_ascii_lowercase(), Declared { convert: convert(kind), empty }))
        }
        _ => None,
    });
    declared.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(of: &Expr) -> String {
        match &of.kind {
            ExprKind::Text(text) => format!("{text:?}"),
            ExprKind::Int(value) => value.to_string(),
            ExprKind::Bool(value) => value.to_string(),
            ExprKind::Null => "null".to_owned(),
            ExprKind::Call { name, arguments } => {
                format!("{name}({})", arguments.iter().map(shown).collect::<Vec<_>>().join(", "))
            }
            ExprKind::Interpolation(parts) => parts.iter().map(shown).collect::<Vec<_>>().join(" & "),
            ExprKind::Array(items) => {
                format!("[{}]", items.iter().map(|item| shown(&item.value)).collect::<Vec<_>>().join(", "))
            }
            other => format!("{other:?}"),
        }
    }

    fn values(files: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
        let tree = Tree::of_texts(files.iter().copied());
        let mut notes = Vec::new();
        let found = by_template(&tree, &Files::read(&tree), &mut notes);
        let shown = found.iter().flat_map(|(template, files)| {
            files.iter().map(move |(path, file)| {
                let mut all: Vec<&ParameterFile> = vec![file];
                all.extend(file.bases.iter().map(|base| &**base));
                let values: Vec<String> = all
                    .iter()
                    .map(|file| {
                        let value = |given: &Given| format!("{}={}", given.name, shown(&given.value));
                        file.values.iter().map(value).collect::<Vec<_>>().join(" ")
                    })
                    .collect();
                format!("{template} {path}: {}", values.join(" < "))
            })
        });
        let notes =
            notes.iter().filter_map(|note| Some(format!("{}: {}", note.path, note.reason.as_deref()?)));
        (shown.collect(), notes.collect())
    }

    #[test]
    fn files_of_parameters() {
        let template = "param a string\nparam b bool\nparam c object?\nparam d int[]\nparam e string = ''";
        let (found, notes) = values(&[
            ("i/main.bicep", template),
            (
                "i/dev.bicepparam",
                "using './main.bicep'\nextends 'base.bicepparam'\nparam a = 'x'\nparam b = true",
            ),
            ("i/base.bicepparam", "using none\nparam a = 'base'"),
            (
                "i/main.parameters.json",
                r#"{"parameters": {
                    "a": {"value": "n-${ENV_NAME}"}, "b": {"value": "${B=true}"}, "c": {"value": "${C}"},
                    "d": {"value": [1, "${ x }"]}, "e": {"value": "${E}"}
                }}"#,
            ),
            ("i/other.parameters.json", r#"{"parameters": {}}"#),
            ("i/form.bicepparam", "using 'main.bicep'\nparam a = ''\nparam b = false"),
        ]);
        assert_eq!(
            found,
            [
                r#"i/main.bicep i/dev.bicepparam: a="x" b=true < a="base""#,
                "i/main.bicep i/form.bicepparam: b=false",
                "i/main.bicep i/main.parameters.json: a=\"n-\" & readEnvironmentVariable(\"ENV_NAME\") \
                 b=bool(readEnvironmentVariable(\"B\", \"true\")) c=json(readEnvironmentVariable(\"C\")) \
                 d=[1, \"${ x }\"] e=readEnvironmentVariable(\"E\", \"\")",
            ]
        );
        assert_eq!(notes, [""; 0]);
    }

    #[test]
    fn values_that_lead_nowhere_are_noted() {
        let (found, notes) = values(&[
            ("a.bicepparam", "using 'br:x/y:1'\n"),
            ("b.bicepparam", "using 'absent.bicep'\n"),
            ("c.bicepparam", "using 'c.bicep'\nextends 'd.bicepparam'\nparam p = 1"),
            ("d.bicepparam", "using 'c.bicep'\nextends 'c.bicepparam'\nparam q = 1"),
            ("c.bicep", ""),
        ]);
        assert_eq!(found, ["c.bicep c.bicepparam: p=1 < q=1", "c.bicep d.bicepparam: q=1 < p=1"]);
        assert_eq!(
            notes,
            [
                "a.bicepparam:1:7: the template br:x/y:1 is no Bicep file on disk, these values are not used",
                "b.bicepparam:1:7: cannot read the template absent.bicep, these values are not used",
                "d.bicepparam:2:9: the values of c.bicepparam cannot be had",
                "c.bicepparam:2:9: the values of d.bicepparam cannot be had",
            ]
        );
    }
}
