//! The code of a notebook: its code cells, one after the other, and the line of the file each line stands on.

use std::sync::Arc;

use formats::LineIndex;
use formats::code::Language;
use formats::data::{Data, parse_json};

use super::text::Source;

/// The code of a Jupyter notebook; why there is none, when it is no notebook in Python.
pub(crate) fn code(path: Arc<str>, json: &str) -> Result<Source, String> {
    let (datum, _, problems) = parse_json(json);
    let Some(notebook) = datum else {
        return Err(problems.first().map_or("not a notebook".to_owned(), |problem| problem.message.clone()));
    };
    let kernel = notebook.get("metadata").and_then(|m| m.get("kernelspec"));
    let language = kernel.and_then(|k| k.get("language")).and_then(|l| l.as_str()).unwrap_or("python");
    if !language.eq_ignore_ascii_case("python") {
        return Err(format!("a notebook in {language} is not read as code"));
    }
    let index = LineIndex::new(json);
    let line_of = |at: u32| index.line_column(json, at).0;
    let (mut text, mut lines) = (String::new(), Vec::new());
    let mut push = |line: &str, at: u32| {
        text.push_str(line);
        if !line.ends_with('\n') {
            text.push('\n');
        }
        lines.push(at);
    };
    for cell in notebook.get("cells").and_then(|cells| cells.as_list()).unwrap_or_default() {
        if cell.get("cell_type").and_then(|kind| kind.as_str()) != Some("code") {
            continue;
        }
        let Some(source) = cell.get("source") else { continue };
        let pieces = match &source.value {
            Data::List(pieces) => pieces.iter().collect(),
            _ => vec![source],
        };
        // A cell in another language says so in its first line.
        let first = pieces.iter().find_map(|piece| piece.as_str()).unwrap_or_default().trim_start();
        let foreign = first.starts_with("%%")
            && !["%%time", "%%capture", "%%timeit", "%%python"].iter().any(|m| first.starts_with(m));
        if foreign {
            continue;
        }
        for piece in pieces {
            let at = line_of(piece.place().start);
            for line in piece.as_str().unwrap_or_default().split_inclusive('\n') {
                let magic = line.trim_start().starts_with("%%");
                push(if magic { "\n" } else { line }, at);
            }
        }
    }
    Ok(Source { path, language: Language::Python, text, lines: Some(lines) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_cells_and_their_lines() {
        let json = "{\"cells\": [\n {\"cell_type\": \"markdown\", \"source\": [\"# x\"]},\n {\"cell_type\": \"code\", \"source\": [\n  \"%%time\\n\",\n  \"a = 1\\n\",\n  \"b = 2\"\n ]},\n {\"cell_type\": \"code\", \"source\": \"c = 3\\nd = 4\"},\n {\"cell_type\": \"code\", \"source\": [\"%%bash\\n\", \"ls\"]}\n]}";
        let source = code("n.ipynb".into(), json).unwrap();
        assert_eq!(source.text, "\na = 1\nb = 2\nc = 3\nd = 4\n");
        assert_eq!(source.lines, Some(vec![4, 5, 6, 8, 8]));
    }

    #[test]
    fn what_is_no_notebook_says_why() {
        let r = "{\"metadata\": {\"kernelspec\": {\"language\": \"R\"}}, \"cells\": []}";
        assert_eq!(code("n.ipynb".into(), r).unwrap_err(), "a notebook in R is not read as code");
        assert!(code("n.ipynb".into(), "{").is_err());
    }
}
