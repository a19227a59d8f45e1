//! TOML as the one tree of data, each value with its place.

use std::sync::Arc;

use formats::data::{Data, Datum, Entry};
use formats::{Problem, Span};
use toml::de::{DeTable, DeValue};

/// Reads TOML text; what stands behind a mistake is read too.
pub(super) fn parse_toml(text: &str) -> (Datum, Vec<Problem>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let problems = errors.iter().take(50).map(|error| {
        let span = error.span().map_or(Span::new(0, 0), |s| Span::new(s.start, s.end));
        Problem { span, message: format!("not TOML: {}", error.message().to_lowercase()) }
    });
    let whole = Span::new(0, text.len());
    (Datum::new(map(table.get_ref()), whole), problems.collect())
}

// The parser bounds how deep tables and arrays stand in each other.
fn map(table: &DeTable<'_>) -> Data {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().as_ref().into(),
            key_span: Span::new(key.span().start, key.span().end),
            value: Datum::new(data(value.get_ref()), Span::new(value.span().start, value.span().end)),
        })
        .collect();
    entries.sort_by_key(|entry| entry.key_span);
    Data::Map(Arc::new(entries))
}

fn data(value: &DeValue<'_>) -> Data {
    match value {
        DeValue::String(text) => Data::Text(text.as_ref().into()),
        DeValue::Integer(int) => {
            let digits = int.as_str().replace('_', "");
            i64::from_str_radix(&digits, int.radix()).map_or_else(|_| Data::Text(digits.into()), Data::Int)
        }
        DeValue::Float(float) => float.as_str().replace('_', "").parse().map_or(Data::Null, Data::Float),
        DeValue::Boolean(b) => Data::Bool(*b),
        DeValue::Datetime(when) => Data::Text(when.to_string().into()),
        DeValue::Array(items) => {
            let item = |v: &toml::Spanned<DeValue<'_>>| {
                Datum::new(data(v.get_ref()), Span::new(v.span().start, v.span().end))
            };
            Data::List(Arc::new(items.iter().map(item).collect()))
        }
        DeValue::Table(table) => map(table),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_keep_their_places_and_mistakes_are_passed_over() {
        let text =
            "a = 1\n[mcp_servers.x]\ncommand = \"npx\"\nargs = [\"-y\", 2.5, 0x1F]\n[broken\n[c]\nd = true\n";
        let (datum, problems) = parse_toml(text);
        let server = datum.get("mcp_servers").and_then(|d| d.get("x")).unwrap();
        let command = server.get("command").unwrap();
        assert_eq!(&text[command.span.start as usize..command.span.end as usize], "\"npx\"");
        assert_eq!(server.get("args").and_then(Datum::as_list).map(<[Datum]>::len), Some(3));
        assert_eq!(datum.get("c").and_then(|d| d.get("d")).map(|d| d.value.clone()), Some(Data::Bool(true)));
        assert!(!problems.is_empty());
    }

    #[test]
    fn hostile_texts_are_read() {
        let deep = format!("a = {}{}", "[".repeat(100_000), "]".repeat(100_000));
        let dotted = format!("{}x = 1", "a.".repeat(100_000));
        for text in [&*deep, &*dotted, "=", "[[", "\u{0}", "a = \"\"\"", "a.b = 1\na = 2", "é = 'é"] {
            _ = parse_toml(text);
        }
    }
}
