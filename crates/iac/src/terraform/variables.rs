//! Values of root variables: `terraform.tfvars`, `*.auto.tfvars`, files and values named on the command line, in
//! Terraform's order of precedence.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use collect::Tree;
use formats::LineIndex;
use formats::hcl;
use model::{Coverage, CoverageStatus, Node};

use super::instance::{Instance, Repetition, Root};
use super::module::Module;

/// Values from the command line, in the order in which they were given; a later one wins.
#[derive(Clone, Debug, Default)]
pub struct Given {
    pub files: Vec<VariableFile>,
    /// `--var NAME=VALUE`
    pub values: Vec<(String, String)>,
}

/// A file of values outside of the tree, as text.
#[derive(Clone, Debug)]
pub struct VariableFile {
    pub path: String,
    pub text: String,
}

/// Whether a file of that name holds values of variables.
pub(crate) fn is_variables(path: &str) -> bool {
    path.ends_with(".tfvars") || path.ends_with(".tfvars.json")
}

/// Whether Terraform reads the file by itself.
fn is_automatic(name: &str) -> bool {
    matches!(name, "terraform.tfvars" | "terraform.tfvars.json")
        || name.ends_with(".auto.tfvars")
        || name.ends_with(".auto.tfvars.json")
}

/// The files of values that Terraform reads by itself, by folder: `terraform.tfvars` first, then the others by name.
pub(crate) fn automatic(files: &[Arc<str>]) -> HashMap<Arc<str>, Vec<Arc<str>>> {
    let mut by_folder: HashMap<Arc<str>, Vec<Arc<str>>> = HashMap::new();
    for path in files.iter().filter(|p| is_variables(p)) {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        if is_automatic(name) {
            by_folder.entry(folder.into()).or_default().push(path.clone());
        }
    }
    for paths in by_folder.values_mut() {
        paths.sort_by_key(|path| {
            let first = path.ends_with("terraform.tfvars") || path.ends_with("terraform.tfvars.json");
            (!first, path.clone())
        });
    }
    by_folder
}

/// The values for a root module whose own files of values are `automatic`, and notes on files that could not be read.
pub(crate) fn given(
    tree: &Tree,
    automatic: &[Arc<str>],
    given: &Given,
) -> (BTreeMap<Arc<str>, Node>, Vec<Coverage>) {
    let mut values = BTreeMap::new();
    let mut notes = Vec::new();
    for path in automatic {
        match tree.read_text(path) {
            Ok(text) => {
                let (read, problems) = values_of(tree, path, &text);
                if problems.is_empty() {
                    notes.push(Coverage::read(super::SOURCE, path));
                }
                values.extend(read);
                notes.extend(problems);
            }
            Err(reason) => notes.push(Coverage::note(super::SOURCE, path, CoverageStatus::Failed, reason)),
        }
    }
    for file in &given.files {
        let (read, problems) = values_of(tree, &file.path, &file.text);
        values.extend(read);
        notes.extend(problems);
    }
    for (name, value) in &given.values {
        values.insert(Arc::from(&**name), Node::from(&**value));
    }
    (values, notes)
}

/// The values in one file. Only literals and functions may stand there, so an empty module is scope enough.
fn values_of(tree: &Tree, path: &str, text: &str) -> (BTreeMap<Arc<str>, Node>, Vec<Coverage>) {
    let (file, problems) =
        if path.ends_with(".json") { hcl::parse_json_variables(text) } else { hcl::parse(text) };
    let lines = LineIndex::new(text);
    let mut notes: Vec<Coverage> = problems
        .into_iter()
        .map(|problem| {
            let (line, column) = lines.line_column(text, problem.span.start);
            let place = format!("{path}:{line}:{column}");
            Coverage::note(super::SOURCE, place, CoverageStatus::Partial, problem.message)
        })
        .collect();
    let module = Module::of_values(path, text);
    let modules = super::module::Modules::default();
    let root = Root::new(&modules, tree, "".into(), BTreeMap::new());
    let instance = std::rc::Rc::new(Instance::new(&module, String::new(), String::new(), None));
    let repetition = Repetition::default();
    let scope = root.scope(&instance, 0, &repetition);
    let mut values = BTreeMap::new();
    for attribute in &file.body.attributes {
        match scope.placed(&attribute.value) {
            Ok(node) => _ = values.insert(attribute.name.clone(), node),
            Err(message) => {
                let place = scope.position(attribute.value.span).to_string();
                notes.push(Coverage::note(super::SOURCE, place, CoverageStatus::Partial, message));
            }
        }
    }
    (values, notes)
}

/// A value from the command line for a variable that is not text is read as an expression, as Terraform does.
pub(crate) fn expression(text: &str) -> Option<hcl::Expr> {
    let (expr, problems) = hcl::parse_expression(text);
    if problems.is_empty() { expr } else { None }
}
