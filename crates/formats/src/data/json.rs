//! JSON, with the comments and trailing commas that deployment templates may have.

use std::collections::HashMap;
use std::sync::Arc;

use jsonc_parser::ast::{ObjectPropName, Value};
use jsonc_parser::common::{Range, Ranged as _};
use jsonc_parser::{CollectOptions, CommentCollectionStrategy, ParseOptions, parse_to_ast};

use super::{Comment, Data, Datum, Entry, MAX_DEPTH, MAX_PROBLEMS, MAX_VALUES};
use crate::{Problem, Span};

const LENIENT: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_loose_object_property_names: false,
    allow_trailing_commas: true,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// Reads JSON text. No value where the text is not JSON at all.
pub fn parse_json(text: &str) -> (Option<Datum>, Vec<Comment>, Vec<Problem>) {
    let json = text.strip_prefix('\u{feff}').unwrap_or(text);
    let skipped = text.len() - json.len();
    if let Some(problem) = too_much(text) {
        return (None, Vec::new(), vec![problem]);
    }
    let mut reader = Reader { skipped, problems: Vec::new() };
    let options = CollectOptions { comments: CommentCollectionStrategy::Separate, tokens: false };
    match parse_to_ast(json, &options, &LENIENT) {
        Ok(parsed) => {
            let datum = parsed.value.as_ref().map(|value| reader.datum(value));
            if datum.is_none() {
                reader.complain(Span::new(0, text.len()), "the file holds no JSON value".to_owned());
            }
            let mut comments: Vec<Comment> = parsed
                .comments
                .iter()
                .flat_map(|map| map.values().flat_map(|list| list.iter()))
                .map(|comment| Comment {
                    span: reader.span(comment.range()),
                    text: comment.text().trim().to_owned(),
                })
                .collect();
            comments.sort_by_key(|comment| comment.span);
            comments.dedup();
            (datum, comments, reader.problems)
        }
        Err(error) => {
            let message = error.kind().to_string();
            let message = message.trim_end_matches('.');
            let mut letters = message.chars();
            let first = letters.next().map(|c| c.to_ascii_lowercase());
            let lower: String = first.into_iter().chain(letters).collect();
            reader.complain(reader.span(error.range()), format!("not JSON: {lower}"));
            (None, Vec::new(), reader.problems)
        }
    }
}

/// What would cost the parser too much stack or memory. Comments are not told from values here: a bracket in one counts.
fn too_much(text: &str) -> Option<Problem> {
    let (mut depth, mut values, mut in_string, mut escaped) = (0_usize, 0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'\n' => in_string = false,
            _ if in_string => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' => values += 1,
            _ => {}
        }
        let message = match (depth > MAX_DEPTH, values > MAX_VALUES) {
            (true, _) => format!("nested deeper than {MAX_DEPTH} levels"),
            (_, true) => format!("there are more than {MAX_VALUES} values: the file is not read"),
            _ => continue,
        };
        return Some(Problem { span: Span::new(at, at + 1), message });
    }
    None
}

struct Reader {
    /// The length of the byte order mark.
    skipped: usize,
    problems: Vec<Problem>,
}

impl Reader {
    fn span(&self, range: Range) -> Span {
        Span::new(range.start + self.skipped, range.end + self.skipped)
    }

    fn complain(&mut self, span: Span, message: String) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem { span, message });
        }
    }

    fn datum(&mut self, value: &Value<'_>) -> Datum {
        let span = self.span(value.range());
        let data = match value {
            Value::NullKeyword(_) => Data::Null,
            Value::BooleanLit(lit) => Data::Bool(lit.value),
            Value::NumberLit(lit) => number(lit.value),
            Value::StringLit(lit) => Data::Text(Arc::from(&*lit.value)),
            Value::Array(array) => {
                Data::List(Arc::new(array.elements.iter().map(|element| self.datum(element)).collect()))
            }
            Value::Object(object) => {
                let mut entries: Vec<Entry> = Vec::with_capacity(object.properties.len());
                let mut index: HashMap<Arc<str>, usize> = HashMap::new();
                for property in &object.properties {
                    let key: Arc<str> = match &property.name {
                        ObjectPropName::String(lit) => Arc::from(&*lit.value),
                        ObjectPropName::Word(word) => Arc::from(word.value),
                    };
                    let key_span = self.span(property.name.range());
                    let value = self.datum(&property.value);
                    put(&mut entries, &mut index, Entry { key, key_span, value }, |span, message| {
                        self.complain(span, message);
                    });
                }
                Data::Map(Arc::new(entries))
            }
        };
        Datum::new(data, span)
    }
}

/// Adds an entry; of two entries of one key the later stands, as JSON and YAML readers have it, and is complained of.
pub(super) fn put(
    entries: &mut Vec<Entry>,
    index: &mut HashMap<Arc<str>, usize>,
    entry: Entry,
    mut complain: impl FnMut(Span, String),
) {
    match index.get(&entry.key) {
        Some(at) => {
            complain(entry.key_span, format!("{:?} is written twice, the last one is taken", entry.key));
            entries[*at] = entry;
        }
        None => {
            index.insert(entry.key.clone(), entries.len());
            entries.push(entry);
        }
    }
}

/// The number of its decimal text.
pub(super) fn number(text: &str) -> Data {
    match (text.parse::<i64>(), text.parse::<f64>()) {
        (Ok(int), _) => Data::Int(int),
        (_, Ok(float)) if float.is_finite() => Data::Float(float),
        _ => Data::Text(Arc::from(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_where_they_are_written() {
        let text = "{\n  // the name\n  \"name\": \"é\", \"n\": [1, 2.5, null],\n}";
        let (datum, comments, problems) = parse_json(text);
        let datum = datum.unwrap();
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(comments.iter().map(|c| &*c.text).collect::<Vec<_>>(), ["the name"]);
        let name = datum.get("name").unwrap();
        assert_eq!(&text[name.span.start as usize..name.span.end as usize], "\"é\"");
        let items = datum.get("n").unwrap().as_list().unwrap();
        assert_eq!(
            items.iter().map(|i| i.value.clone()).collect::<Vec<_>>(),
            [Data::Int(1), Data::Float(2.5), Data::Null]
        );
    }

    #[test]
    fn what_is_not_json_is_named() {
        let deep = "[".repeat(100_000);
        for (text, want) in [
            ("{\"a\": }", "not JSON"),
            ("", "the file holds no JSON value"),
            (&*deep, "nested deeper than 128 levels"),
            ("{\"a\": 1, \"a\": 2}", "\"a\" is written twice"),
        ] {
            let (_, _, problems) = parse_json(text);
            assert!(problems[0].message.starts_with(want), "{problems:?}");
        }
    }
}
