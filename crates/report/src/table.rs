//! The answer to a query: a table for a terminal, JSON for programs, CSV for spreadsheets.

use std::fmt::Write as _;

use graph::query::{Answer, Properties, Table, Value};
use serde_json::{Map, Value as Json, json};

use crate::screen::fitted;
use crate::text::{columns, counted, escape_json, visible};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFormat {
    Terminal,
    /// An object of `columns`, `rows` and `notes`; each row is an object by column.
    Json,
    /// RFC 4180 with a header. A text that a spreadsheet would take for a formula has `'` before it.
    Csv,
}

/// Characters of one cell on a terminal; more are cut.
const MAX_CELL: usize = 400;
/// A column is never narrower than this to make room for others.
const NARROW: usize = 12;

/// The whole answer, ending in a line break; `width` is that of the terminal.
pub fn render(answer: &Answer, table: &Table, format: TableFormat, width: usize) -> String {
    match format {
        TableFormat::Terminal => terminal(answer, table, width),
        TableFormat::Json => json(answer, table),
        TableFormat::Csv => spreadsheet(answer, table),
    }
}

fn terminal(answer: &Answer, table: &Table, width: usize) -> String {
    let cell = |value: &Value| match value {
        Value::Null => String::new(),
        value => visible(&value.shown(table).to_string(), MAX_CELL).replace('\n', " "),
    };
    let header: Vec<String> = answer.columns.iter().map(|c| visible(c, MAX_CELL).into_owned()).collect();
    let rows: Vec<Vec<String>> = answer.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    let mut widths: Vec<usize> = header.iter().map(|c| columns(c)).collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(columns(cell));
        }
    }
    narrow(&mut widths, width);
    let mut out = String::new();
    let ruler: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
    for row in [&header, &ruler].into_iter().chain(&rows) {
        let cells = row.iter().zip(&widths).map(|(cell, width)| fitted(cell, *width));
        let line: Vec<String> = cells.collect();
        _ = writeln!(out, "{}", line.join("  ").trim_end());
    }
    _ = writeln!(out, "\n{}", counted(rows.len(), "row"));
    out
}

/// Takes from the widest columns until a row fits.
fn narrow(widths: &mut [usize], room: usize) {
    let gaps = 2 * widths.len().saturating_sub(1);
    let mut over = (widths.iter().sum::<usize>() + gaps).saturating_sub(room);
    while over > 0 {
        let Some(widest) = widths.iter_mut().max().filter(|width| **width > NARROW) else { return };
        *widest -= 1;
        over -= 1;
    }
}

fn json(answer: &Answer, table: &Table) -> String {
    let row = |row: &Vec<Value>| {
        let cells =
            answer.columns.iter().zip(row).map(|(name, value)| (name.to_string(), of_value(value, table)));
        Json::Object(cells.collect())
    };
    let rows: Vec<Json> = answer.rows.iter().map(row).collect();
    let whole = json!({ "columns": answer.columns, "rows": rows, "notes": answer.notes });
    let mut text = escape_json(serde_json::to_string_pretty(&whole).unwrap_or_default());
    text.push('\n');
    text
}

fn of_value(value: &Value, table: &Table) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Boolean(truth) => json!(truth),
        Value::Integer(number) => json!(number),
        // What JSON has no number for is null there, and must not look like a value that is not set.
        Value::Float(number) if !number.is_finite() => json!(value.shown(table).to_string()),
        Value::Float(number) => json!(number),
        Value::Text(text) => json!(text),
        Value::List(items) => items.iter().map(|item| of_value(item, table)).collect(),
        Value::Map(entries) => Json::Object(of_properties(entries, table)),
        Value::Node(node) => json!({
            "labels": table.node_labels(*node).collect::<Vec<_>>(),
            "properties": of_properties(table.node_properties(*node), table),
        }),
        Value::Relationship(relationship) => {
            let (from, to) = table.ends(*relationship);
            json!({
                "type": table.relationship_type(*relationship),
                "from": name(from, table),
                "to": name(to, table),
                "properties": of_properties(table.relationship_properties(*relationship), table),
            })
        }
        Value::Path(path) => {
            let nodes: Vec<Json> =
                path.nodes.iter().map(|node| of_value(&Value::Node(*node), table)).collect();
            let relationships = path.relationships.iter().map(|r| of_value(&Value::Relationship(*r), table));
            json!({ "nodes": nodes, "relationships": relationships.collect::<Vec<_>>() })
        }
    }
}

/// What a node is told by: its id, else its name.
fn name(node: u32, table: &Table) -> Json {
    let properties = table.node_properties(node);
    let found = ["id", "name"].into_iter().find_map(|key| properties.get(key));
    found.map_or_else(|| json!(node), |value| of_value(value, table))
}

fn of_properties(properties: &Properties, table: &Table) -> Map<String, Json> {
    properties.iter().map(|(name, value)| (name.to_string(), of_value(value, table))).collect()
}

fn spreadsheet(answer: &Answer, table: &Table) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = answer.columns.iter().map(|c| harmless(c.to_string()));
    let rows = answer.rows.iter().map(|row| row.iter().map(|value| cell(value, table)).collect::<Vec<_>>());
    let mut written = writer.write_record(header);
    for row in rows {
        written = written.and_then(|()| writer.write_record(row));
    }
    // Writing to memory does not fail.
    let bytes = written.ok().and_then(|()| writer.into_inner().ok()).unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

fn cell(value: &Value, table: &Table) -> String {
    match value {
        Value::Null => String::new(),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) => value.shown(table).to_string(),
        other => harmless(other.shown(table).to_string()),
    }
}

/// Text from a scanned file must not run as a formula of a spreadsheet.
/// <https://owasp.org/www-community/attacks/CSV_Injection>
fn harmless(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use graph::query::{Builder, Limits, Parameters, Query};

    use super::*;

    fn asked(query: &str, format: TableFormat, width: usize) -> String {
        let mut builder = Builder::default();
        let node = |name: &str| Properties::from([("name".into(), Value::text(name))]);
        let a = builder.node(["Agent"], node("helper"));
        let b = builder.node(["DataStore"], node("=1+1"));
        builder.relationship(a, "READS_FROM", b, Properties::new());
        let table = builder.build();
        let answer =
            Query::parse(query).unwrap().run(&table, &Parameters::new(), &Limits::default()).unwrap();
        render(&answer, &table, format, width)
    }

    #[test]
    fn a_terminal_shows_a_table() {
        let query = "MATCH p = (a)-->(b) RETURN a.name AS agent, p, 1.0 AS n, null AS nothing";
        let want = [
            "agent   p                                               n    nothing",
            "──────  ──────────────────────────────────────────────  ───  ───────",
            "helper  (helper:Agent)-[:READS_FROM]->(=1+1:DataStore)  1.0",
            "",
            "1 row",
        ];
        assert_eq!(asked(query, TableFormat::Terminal, 80).lines().collect::<Vec<_>>(), want);
    }

    #[test]
    fn a_wide_table_is_cut_to_the_terminal() {
        let query = "RETURN 'a long text of many words that goes on' AS a, 'short' AS b";
        let want = [
            "a                        b",
            "───────────────────────  ─────",
            "a long text of many wo…  short",
            "",
            "1 row",
        ];
        assert_eq!(asked(query, TableFormat::Terminal, 30).lines().collect::<Vec<_>>(), want);
    }

    #[test]
    fn json_tells_nodes_from_texts() {
        let text = asked("MATCH (a:Agent)-[r]->() RETURN a, r, [1, 'x'] AS list", TableFormat::Json, 80);
        let answer: Json = serde_json::from_str(&text).unwrap();
        let relationship = json!({ "type": "READS_FROM", "from": "helper", "to": "=1+1", "properties": {} });
        let node = json!({ "labels": ["Agent"], "properties": { "name": "helper" } });
        assert_eq!(answer["rows"], json!([{ "a": node, "r": relationship, "list": [1, "x"] }]));
        assert_eq!(answer["columns"], json!(["a", "r", "list"]));
    }

    #[test]
    fn a_spreadsheet_runs_no_formula() {
        let text = asked(
            "MATCH (b:DataStore) RETURN b.name AS name, -1 AS n, 'a,\"b\"' AS quoted",
            TableFormat::Csv,
            80,
        );
        assert_eq!(text, "name,n,quoted\n'=1+1,-1,\"a,\"\"b\"\"\"\n");
    }
}
