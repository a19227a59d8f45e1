//! Any text as a query: refused with its place, or run over a small graph within its limits.
#![no_main]

use std::sync::OnceLock;

use graph::query::{Builder, Limits, Parameters, Properties, Query, Table, Value};
use libfuzzer_sys::fuzz_target;

const LIMITS: Limits = Limits { rows: 1_000, steps: 100_000, memory: 16 << 20 };

fn world() -> Table {
    let mut builder = Builder::default();
    for name in ["a", "b", "c", "d"] {
        let properties = [("name".into(), Value::text(name)), ("n".into(), Value::Integer(1)), ("x".into(), Value::Float(0.5))];
        builder.node(["A", name], Properties::from(properties));
    }
    for (from, kind, to) in [(0, "T", 1), (1, "T", 2), (2, "U", 0), (2, "U", 3), (3, "T", 3)] {
        builder.relationship(from, kind, to, Properties::from([("since".into(), Value::Integer(2010))]));
    }
    builder.build()
}

fuzz_target!(|text: &str| {
    static WORLD: OnceLock<Table> = OnceLock::new();
    let Ok(query) = Query::parse(text) else { return };
    let again = Query::parse(&query.to_string());
    assert!(again.is_ok_and(|again| again.same(&query)), "{query}");
    let table = WORLD.get_or_init(world);
    if let Ok(answer) = query.run(table, &Parameters::from([("p".into(), Value::text("a"))]), &LIMITS) {
        for value in answer.rows.iter().flatten() {
            let _ = value.literal(table).to_string();
        }
    }
});
