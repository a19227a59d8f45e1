//! Files that a program reads its settings from, beside it in the tree: `.env` and structured text.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use collect::{Tree, normalise};
use model::{Node, Position, Value};

use super::repo::parent;

/// Larger settings files are not read for the values of a program.
const LARGEST: usize = 1 << 20;

/// Answers for the settings of programs; each file is read once.
pub(crate) struct Settings<'t> {
    tree: &'t Tree,
    /// By folder of the application: the variables of its `.env`.
    variables: BTreeMap<Arc<str>, BTreeMap<String, Node>>,
    files: RefCell<BTreeMap<String, Option<Node>>>,
}

/// Whether a file is a `.env` that a program is started with; examples of one say nothing about it.
pub(crate) fn is_environment_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let rest = name.strip_prefix(".env").filter(|rest| rest.is_empty() || rest.starts_with('.'));
    rest.is_some_and(|rest| {
        !["example", "sample", "template", "dist", "test"].iter().any(|word| rest.contains(word))
    })
}

impl<'t> Settings<'t> {
    pub(crate) fn of(tree: &'t Tree, scope_of: impl Fn(&str) -> Arc<str>) -> Self {
        let mut variables: BTreeMap<Arc<str>, BTreeMap<String, Node>> = BTreeMap::new();
        for path in tree.files().iter().filter(|path| is_environment_file(path)) {
            let Ok(text) = tree.read_text(path) else { continue };
            let known = variables.entry(scope_of(path)).or_default();
            for (index, line) in text.lines().enumerate() {
                if let Some((name, value, column)) = assignment(line) {
                    let at = Position::point(path.clone(), index as u32 + 1, column);
                    let node = Node::from(Value::string(value)).at(Arc::new(at));
                    known.entry(name.to_owned()).or_insert(Node { sensitive: is_secret(name), ..node });
                }
            }
        }
        Settings { tree, variables, files: RefCell::default() }
    }

    /// A variable of the `.env` of an application, or of a folder above it.
    pub(crate) fn variable(&self, scope: &str, name: &str) -> Option<Node> {
        let mut folder = scope;
        loop {
            if let Some(found) = self.variables.get(folder).and_then(|known| known.get(name)) {
                return Some(found.clone());
            }
            if folder.is_empty() {
                break;
            }
            folder = parent(folder);
        }
        self.application_setting(scope, name)
    }

    /// A setting of .NET, which stands in `appsettings.json` beside the application: `A:B`, `A__B`.
    fn application_setting(&self, scope: &str, name: &str) -> Option<Node> {
        let name = name.replace("__", ":");
        if !name.contains(':') {
            return None;
        }
        ["appsettings.json", "appsettings.Production.json", "appsettings.Development.json"].iter().find_map(
            |file| {
                let whole = self.read(normalise(&format!("{scope}/{file}")))?;
                let found = name.split(':').try_fold(&whole, |node, key| node.get(key))?;
                Some(Node { sensitive: is_secret(&name), ..found.clone() })
            },
        )
    }

    /// What a structured file holds; `path` as a program of the file at `from` names it.
    pub(crate) fn file(&self, from: &str, scope: &str, path: &str) -> Option<Node> {
        if path.starts_with('/') || path.contains(':') {
            return None;
        }
        let near = [format!("{}/{path}", parent(from)), format!("{scope}/{path}"), path.to_owned()];
        near.iter().find_map(|path| self.read(normalise(path)))
    }

    fn read(&self, path: String) -> Option<Node> {
        if let Some(known) = self.files.borrow().get(&path) {
            return known.clone();
        }
        let found = self.parsed(&path);
        self.files.borrow_mut().insert(path, found.clone());
        found
    }

    fn parsed(&self, path: &str) -> Option<Node> {
        let path = self
            .tree
            .files()
            .binary_search_by(|file| (**file).cmp(path))
            .ok()
            .map(|i| &self.tree.files()[i])?;
        let text = self.tree.read_text(path).ok().filter(|text| text.len() <= LARGEST)?;
        crate::data::settings(path, &text)
    }
}

/// `export NAME="value" # comment`: name, value and the column of the value.
fn assignment(line: &str) -> Option<(&str, &str, u32)> {
    let (name, value) = line.split_once('=')?;
    let name = name.trim().trim_start_matches("export ").trim();
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return None;
    }
    let value = value.trim();
    let quoted = ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.split(quote).next());
    let value = quoted.unwrap_or_else(|| value.split(" #").next().unwrap_or(value).trim());
    let column = line[..line.find('=')? + 1].chars().count() as u32 + 1;
    (!value.is_empty()).then_some((name, value, column))
}

/// Whether a variable of that name holds a secret.
pub(crate) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["key", "secret", "token", "password", "passwd", "credential"].iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_an_environment_file() {
        for (line, want) in [
            ("A=b", Some(("A", "b", 3))),
            ("export A = \"b c\" # d", Some(("A", "b c", 11))),
            ("A=b # c", Some(("A", "b", 3))),
            ("# A=b", None),
            ("A=", None),
            ("not a line", None),
        ] {
            assert_eq!(assignment(line), want, "{line}");
        }
    }

    #[test]
    fn only_what_a_program_is_started_with() {
        for (path, want) in [
            (".env", true),
            ("a/.env.production", true),
            ("a/.env.example", false),
            (".environment", false),
            ("env", false),
        ] {
            assert_eq!(is_environment_file(path), want, "{path}");
        }
    }
}
