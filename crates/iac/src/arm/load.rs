//! Files that expressions load: `loadTextContent('x.txt')` and its kin. Paths are relative to the template's own file.
//! <https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-functions-files>

use base64::Engine as _;
use formats::data::{Datum, parse_json, parse_yaml};
use model::{Node, Value};

use super::access::{element, member};
use super::eval::{Evaluated, Scope};
use crate::file::SourceFile;

/// The largest file that is loaded, in bytes. Bicep takes no more than 128 Ki letters.
const MAX_FILE: usize = 1 << 20;
/// Steps of a path into a loaded document.
const MAX_STEPS: usize = 64;

impl Scope<'_, '_> {
    /// The answer of a function that loads files, if it is one.
    pub(crate) fn loaded(&self, lower: &str, values: &[Node]) -> Option<Evaluated> {
        let document = |of: fn(&str) -> Result<Datum, String>| self.document(values, of);
        Some(match lower {
            "loadtextcontent" => self.read(values).and_then(|(_, bytes)| {
                String::from_utf8(bytes)
                    .map(|text| (&*text).into())
                    .map_err(|_| "the file is not UTF-8".into())
            }),
            "loadfileasbase64" => self
                .read(values)
                .map(|(_, bytes)| Node::from(&*base64::engine::general_purpose::STANDARD.encode(bytes))),
            "loadjsoncontent" => document(|text| {
                let (datum, _, problems) = parse_json(text);
                let problem = problems.into_iter().next();
                datum.ok_or_else(|| problem.map_or_else(|| "not JSON".to_owned(), |p| p.message))
            }),
            "loadyamlcontent" => document(|text| {
                let read = parse_yaml(text);
                let problem = read.problems.into_iter().next();
                let first = read.documents.into_iter().next();
                first.ok_or_else(|| problem.map_or_else(|| "not YAML".to_owned(), |p| p.message))
            }),
            "loaddirectoryfileinfo" => Ok(Node::unknown("the files of a folder")),
            _ => return None,
        })
    }

    /// The path below the scanned root, and the bytes.
    fn read(&self, values: &[Node]) -> Result<(String, Vec<u8>), String> {
        let name = values.first().and_then(Node::as_str).ok_or("the file to load is not known")?;
        let own = &self.instance.template.file.path;
        let folder = own.rsplit_once('/').map_or("", |(folder, _)| folder);
        let path = collect::normalise(&format!("{folder}/{name}"));
        let bytes =
            self.root.run.tree.read(&path).map_err(|error| format!("cannot load {path:.200}: {error}"))?;
        if bytes.len() > MAX_FILE {
            return Err(format!("cannot load {path:.200}: larger than {MAX_FILE} bytes"));
        }
        self.root.step(bytes.len() / 64)?;
        Ok((path, bytes))
    }

    fn document(&self, values: &[Node], parse: fn(&str) -> Result<Datum, String>) -> Evaluated {
        let (path, bytes) = self.read(values)?;
        let text = String::from_utf8(bytes).map_err(|_| "the file is not UTF-8".to_owned())?;
        let datum = parse(&text).map_err(|error| format!("cannot load {path:.200}: {error}"))?;
        let node = SourceFile::new(path, text).node(&datum);
        match values.get(1).and_then(Node::as_str) {
            Some(way) => along(node, way),
            None => Ok(node),
        }
    }
}

/// What stands at a simple JSONPath: `$.a.b[0]`, `.a['b']`. Others (filters, wildcards) are not followed.
fn along(mut node: Node, way: &str) -> Evaluated {
    let mut rest = way.trim_start_matches('$');
    for _ in 0..MAX_STEPS {
        if rest.is_empty() {
            return Ok(node);
        }
        let found;
        if let Some(inner) = rest.strip_prefix('[') {
            let end = inner.find(']').ok_or("the path into the file does not end")?;
            let key = inner[..end].trim_matches(['\'', '"']);
            found = match key.parse::<i64>() {
                Ok(at) => element(&node, &at.into(), false)?,
                Err(_) => member(&node, key)?,
            };
            rest = &inner[end + 1..];
        } else {
            let inner = rest.strip_prefix('.').unwrap_or(rest);
            let end = inner.find(['.', '[']).unwrap_or(inner.len());
            let key = &inner[..end];
            if key.is_empty() || key.contains('*') {
                return Ok(Value::unknown("the path into the file is not followed").into());
            }
            found = member(&node, key)?;
            rest = &inner[end..];
        }
        node = found.ok_or_else(|| format!("there is nothing at {way:.80} in the file"))?;
    }
    Err("the path into the file is too long".into())
}
