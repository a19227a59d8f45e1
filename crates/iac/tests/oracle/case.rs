//! The cases: folders of expressions, of the answers to them, and of the module that they are asked in.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use collect::Tree;
use iac::terraform::{evaluate, functions::render_json};
use model::{Node, Value};

const EXPRESSIONS: &str = "expressions.txt";
const ANSWERS: &str = "answers.txt";
/// Evaluation recurses: it has this much room in the product too.
const STACK: usize = 256 << 20;

pub(crate) struct Case {
    folder: PathBuf,
    expressions: String,
}

/// Every folder with expressions, in the order of their names.
pub(crate) fn cases() -> Vec<Case> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle");
    let mut folders = vec![here.join("functions"), here.join("language")];
    folders.extend(fs::read_dir(here.join("configurations")).unwrap().map(|entry| entry.unwrap().path()));
    folders.sort();
    let case = |folder: PathBuf| {
        let expressions = fs::read_to_string(folder.join(EXPRESSIONS)).unwrap();
        Case { folder, expressions }
    };
    folders.into_iter().map(case).collect()
}

impl Case {
    pub(crate) fn name(&self) -> &str {
        self.folder.file_name().and_then(|name| name.to_str()).unwrap()
    }

    pub(crate) fn expressions(&self) -> Vec<&str> {
        self.expressions.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
    }

    pub(crate) fn recorded(&self) -> Vec<String> {
        let text = fs::read_to_string(self.folder.join(ANSWERS)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    pub(crate) fn record(&self, answers: &[String]) {
        fs::write(self.folder.join(ANSWERS), answers.join("\n") + "\n").unwrap();
    }

    /// The module: path inside the folder and text.
    pub(crate) fn files(&self) -> Vec<(String, String)> {
        let mut files = Vec::new();
        let mut open = vec![self.folder.clone()];
        while let Some(folder) = open.pop() {
            for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                let name = path.strip_prefix(&self.folder).unwrap().to_str().unwrap().replace('\\', "/");
                if path.is_dir() {
                    open.push(path);
                } else if name != EXPRESSIONS && name != ANSWERS {
                    files.push((name, fs::read_to_string(path).unwrap()));
                }
            }
        }
        files.sort();
        files
    }

    /// Our answers, in the words of `answers.txt`.
    pub(crate) fn our_answers(&self) -> Vec<String> {
        let tree = Tree::of_texts(self.files());
        let ask = || self.expressions().iter().map(|e| answer(evaluate(e, &tree))).collect();
        thread::scope(|scope| {
            thread::Builder::new().stack_size(STACK).spawn_scoped(scope, ask).unwrap().join().unwrap()
        })
    }
}

fn answer(value: Result<Node, String>) -> String {
    match value {
        Err(_) => "error".to_owned(),
        Ok(node) if is_sensitive(&node) => "sensitive".to_owned(),
        Ok(node) => render_json(&node).map_or_else(|_| "unknown".to_owned(), |json| json.to_string()),
    }
}

/// Whether anything in a value is: then so is the JSON text of it.
fn is_sensitive(node: &Node) -> bool {
    let inside = match &node.value {
        Value::List(items) => items.iter().any(is_sensitive),
        Value::Map(entries) => entries.values().any(is_sensitive),
        Value::Json(inner) => is_sensitive(inner),
        _ => false,
    };
    node.sensitive || inside
}
