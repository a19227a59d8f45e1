//! TOML 1.1, as the one tree of values.
//!
//! Tables, dotted keys and arrays of tables are the library's to put together; what it could read of a text with
//! mistakes is kept. Dates and times are text.

use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Data, Datum, Entry, MAX_DEPTH, MAX_PROBLEMS, MAX_VALUES};
use crate::{Problem, Span};

/// Reads TOML text. A text with mistakes gives the values that could be read.
pub fn parse_toml(text: &str) -> (Datum, Vec<Problem>) {
    let toml = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader { skipped: text.len() - toml.len(), left: MAX_VALUES, problems: Vec::new() };
    // The library holds every token at once.
    if toml.bytes().filter(|b| matches!(b, b'=' | b',')).count() > MAX_VALUES {
        let message = format!("there are more than {MAX_VALUES} values: the file is not read");
        let span = Span::new(0, 0);
        return (Datum::new(Data::Map(Arc::default()), span), vec![Problem { span, message }]);
    }
    let (table, errors) = DeTable::parse_recoverable(toml);
    for error in errors.iter().take(MAX_PROBLEMS) {
        let span = error.span().unwrap_or(0..0);
        let message = error.message().lines().next().unwrap_or_default().trim_end_matches('.');
        reader.complain(reader.span(span), format!("not TOML: {message}"));
    }
    let span = reader.span(table.span());
    (Datum::new(reader.table(table.into_inner(), 0), span), reader.problems)
}

struct Reader {
    /// The length of the byte order mark.
    skipped: usize,
    /// Values that may still be made.
    left: usize,
    problems: Vec<Problem>,
}

impl Reader {
    fn span(&self, range: std::ops::Range<usize>) -> Span {
        Span::new(range.start + self.skipped, range.end + self.skipped)
    }

    fn complain(&mut self, span: Span, message: String) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem { span, message });
        }
    }

    fn table(&mut self, table: DeTable<'_>, depth: usize) -> Data {
        let mut entries: Vec<Entry> = Vec::with_capacity(table.len());
        for (key, value) in table {
            let key_span = self.span(key.span());
            let value = self.value(value, depth + 1);
            entries.push(Entry { key: Arc::from(&*key.into_inner()), key_span, value });
        }
        // The library sorts by name.
        entries.sort_by_key(|entry| entry.key_span.start);
        Data::Map(Arc::new(entries))
    }

    fn value(&mut self, value: Spanned<DeValue<'_>>, depth: usize) -> Datum {
        let span = self.span(value.span());
        if depth > MAX_DEPTH || self.left == 0 {
            self.complain(span, format!("nested deeper than {MAX_DEPTH} levels, or too many values"));
            return Datum::new(Data::Null, span);
        }
        self.left -= 1;
        let data = match value.into_inner() {
            DeValue::String(text) => Data::Text(Arc::from(&*text)),
            DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(int) => Data::Int(int),
                Err(_) => Data::Text(Arc::from(number.as_str())),
            },
            DeValue::Float(number) => match number.as_str().parse::<f64>() {
                Ok(float) if float.is_finite() => Data::Float(float),
                _ => Data::Text(Arc::from(number.as_str())),
            },
            DeValue::Boolean(b) => Data::Bool(b),
            DeValue::Datetime(time) => Data::Text(Arc::from(&*time.to_string())),
            DeValue::Array(items) => {
                Data::List(Arc::new(items.into_iter().map(|item| self.value(item, depth + 1)).collect()))
            }
            DeValue::Table(table) => self.table(table, depth),
        };
        Datum::new(data, span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_become_maps_with_places() {
        let text =
            "b.c = 1\na = \"é\"\n[[p]]\nn = 'x' # one\n[[p]]\nn = 2.5\nwhen = 2026-01-01\n[t]\nok = true\n";
        let (datum, problems) = parse_toml(text);
        assert!(problems.is_empty(), "{problems:?}");
        let keys: Vec<&str> = datum.as_map().unwrap().iter().map(|e| &*e.key).collect();
        assert_eq!(keys, ["b", "a", "p", "t"]);
        let of = |d: &Datum| text[d.span.start as usize..d.span.end as usize].to_owned();
        let items = datum.get("p").unwrap().as_list().unwrap();
        assert_eq!(of(items[0].get("n").unwrap()), "'x'");
        assert_eq!(items[1].get("n").unwrap().value, Data::Float(2.5));
        assert_eq!(items[1].get("when").unwrap().as_str(), Some("2026-01-01"));
        assert_eq!(datum.get("b").unwrap().get("c").unwrap().value, Data::Int(1));
    }

    #[test]
    fn a_text_with_a_mistake_is_read_around_it() {
        let (datum, problems) = parse_toml("a = 1\nb = = 2\nc = 3\n");
        assert_eq!(datum.get("a").unwrap().value, Data::Int(1));
        assert_eq!(datum.get("c").unwrap().value, Data::Int(3));
        assert!(problems[0].message.starts_with("not TOML: "), "{problems:?}");
        let deep = format!("a = {}", "[".repeat(100_000));
        assert!(!parse_toml(&deep).1.is_empty());
    }
}
