//! The query language: cases as data (`*.cases` beside this file), its limits, and what holds for any text.
//!
//! A case is the query, a line `=>`, and the header and rows of its answer, or `! ` and a part of the error. The names after
//! `#` are the features of the openCypher technology compatibility kit that say the same in their words.

mod limits;
mod templates;

use std::fmt::Write as _;

use graph::query::{Builder, Limits, Parameters, Properties, Query, Table, Value, read_value};

/// A small world: four people, where they work and what they own.
const WORLD: &str = "
node ann :Person {name: 'Ann', age: 38, city: 'Oslo'}
node bob :Person {name: 'Bob', age: 25, city: 'Oslo'}
node cid :Person:Admin {name: 'Cid', age: 53, city: 'Rome'}
node dee :Person {name: 'Dee'}
node acme :Company {name: 'Acme'}
node logs :Bucket {name: 'logs', public: true, sizes: [1, 2, 3]}
node box :Bucket {name: 'box', public: false}
edge ann KNOWS bob {since: 2010}
edge bob KNOWS cid {since: 2015}
edge cid KNOWS ann {since: 2020}
edge ann WORKS_AT acme {role: 'dev'}
edge bob WORKS_AT acme {role: 'ops'}
edge cid OWNS logs {}
edge dee OWNS box {}
edge dee LIKES dee {}
";

pub(crate) fn world() -> Table {
    let mut builder = Builder::default();
    let mut nodes: Vec<(&str, u32)> = Vec::new();
    for line in WORLD.lines().filter(|line| !line.is_empty()) {
        let (words, properties) = line.split_at(line.find('{').unwrap());
        let properties: Properties = match read_value(properties) {
            Value::Map(map) => (**map).clone(),
            other => panic!("{other:?}"),
        };
        let node = |name: &str| nodes.iter().find(|(known, _)| *known == name).unwrap().1;
        match words.split_whitespace().collect::<Vec<_>>()[..] {
            ["node", name, labels] => {
                nodes.push((name, builder.node(labels[1..].split(':'), properties)));
            }
            ["edge", from, kind, to] => _ = builder.relationship(node(from), kind, node(to), properties),
            _ => panic!("{line}"),
        }
    }
    builder.build()
}

fn answered(query: &str, table: &Table) -> String {
    let parameters = Parameters::from([
        ("name".into(), Value::text("Ann")),
        ("names".into(), read_value("['Ann', 'Cid']")),
        ("least".into(), Value::Integer(30)),
    ]);
    let answer = match Query::parse(query)
        .map_err(Into::into)
        .and_then(|q| q.run(table, &parameters, &Limits::default()))
    {
        Ok(answer) => answer,
        Err(error) => return format!("! {}\n", error.to_string().lines().next().unwrap_or_default()),
    };
    let mut out = format!("{}\n", answer.columns.join(" | "));
    for row in &answer.rows {
        let cells: Vec<String> = row.iter().map(|value| value.literal(table).to_string()).collect();
        _ = writeln!(out, "{}", cells.join(" | "));
    }
    for note in &answer.notes {
        _ = writeln!(out, "note: {note}");
    }
    out
}

/// Runs every case of a file. With `UPDATE_CASES` set, writes down what came instead, to be read before it is kept.
fn check(name: &str, cases: &str) {
    let table = world();
    let mut whole = String::new();
    let mut count = 0;
    for block in cases.split("\n\n").map(str::trim).filter(|block| !block.is_empty()) {
        let (query, _) = block.split_once("=>").unwrap_or((block, ""));
        let comment: String =
            query.lines().take_while(|l| l.starts_with('#')).map(|l| format!("{l}\n")).collect();
        let query: String = query.lines().filter(|l| !l.starts_with('#')).collect::<Vec<_>>().join("\n");
        if query.trim().is_empty() {
            whole.push_str(&format!("{block}\n\n"));
            continue;
        }
        count += 1;
        _ = write!(whole, "{comment}{}\n=>\n{}\n", query.trim(), answered(query.trim(), &table));
    }
    if std::env::var_os("UPDATE_CASES").is_some() {
        let path = format!("{}/tests/it/query/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::write(path, whole.trim_end().to_owned() + "\n").unwrap();
        return;
    }
    for (want, got) in cases.trim().split("\n\n").zip(whole.trim().split("\n\n")) {
        assert_eq!(got.trim(), want.trim());
    }
    assert!(count > 0, "{name} has no cases");
}

macro_rules! cases {
    ($($test:ident = $file:literal),+ $(,)?) => {
        $(#[test] fn $test() { check($file, include_str!($file)); })+
    };
}

cases! {
    patterns = "patterns.cases",
    paths = "paths.cases",
    conditions = "conditions.cases",
    projections = "projections.cases",
    expressions = "expressions.cases",
    functions = "functions.cases",
    mistakes = "mistakes.cases",
}
