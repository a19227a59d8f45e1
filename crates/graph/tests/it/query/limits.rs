//! Nothing that anybody can ask takes without end, and an answer that would be too large is none.

use graph::query::{Builder, Exceeded, Limits, Parameters, Properties, Query, QueryError, Table, Value};
use proptest::prelude::*;

use super::world;

/// Nodes that all lead to each other.
fn dense(nodes: u32) -> Table {
    let mut builder = Builder::default();
    let name = |i: u32| Properties::from([("n".into(), Value::Integer(i64::from(i)))]);
    for i in 0..nodes {
        builder.node(["N"], name(i));
    }
    for from in 0..nodes {
        for to in 0..nodes {
            builder.relationship(from, "T", to, Properties::new());
        }
    }
    builder.build()
}

fn many(nodes: u32) -> Table {
    let mut builder = Builder::default();
    for _ in 0..nodes {
        builder.node(["N"], Properties::new());
    }
    builder.build()
}

fn limited(query: &str, table: &Table, limits: &Limits) -> Exceeded {
    match Query::parse(query).unwrap().run(table, &Parameters::new(), limits) {
        Err(QueryError::Limit(limit)) => limit,
        other => panic!("{query}: {other:?}"),
    }
}

#[test]
fn what_grows_without_end_ends_with_the_limit_it_met() {
    let (dense, many) = (dense(30), many(10_000));
    let limits = Limits { rows: 1_000, steps: 200_000, memory: 4 << 20 };
    for (query, table) in [
        ("MATCH (a), (b), (c) RETURN count(*)", &many),
        ("MATCH (a), (b), (c) WHERE a.n + b.n = c.n RETURN a", &many),
        ("MATCH p = (a)-[*]->(b) RETURN count(p)", &dense),
        ("MATCH (a)-[*]-(b) RETURN DISTINCT b.n", &dense),
        (
            "MATCH p = allShortestPaths((a)-[*]-(b)) RETURN count(p) + reduce(s = 0, x IN range(1, 1000000) | s + x)",
            &dense,
        ),
        ("UNWIND range(1, 1000000) AS x UNWIND range(1, 1000000) AS y RETURN count(*)", &many),
        ("RETURN [x IN range(1, 100000) | [y IN range(1, 100000) | y]]", &many),
        ("MATCH (a) WHERE EXISTS { (b), (c) WHERE id(c) < 0 } RETURN a", &many),
    ] {
        assert_eq!(limited(query, table, &limits), Exceeded::Steps(200_000), "{query}");
    }
    let roomy = Limits { steps: 2_000_000, ..limits };
    for query in [
        "MATCH (a), (b) WITH collect([a, b, a, b]) AS all RETURN size(all)",
        "MATCH (a), (b) RETURN a, b, [a, b, a, b] AS x ORDER BY x",
        "MATCH (a), (b) WITH DISTINCT a, b RETURN count(*)",
        "MATCH (a), (b) WITH a, b, count(*) AS n RETURN count(*)",
    ] {
        assert_eq!(limited(query, &many, &roomy), Exceeded::Memory(4 << 20), "{query}");
    }
    assert_eq!(limited("MATCH (a) RETURN a", &many, &limits), Exceeded::Rows(1_000));
    assert_eq!(
        limited("MATCH (a) RETURN a UNION ALL MATCH (a) RETURN a", &many, &limits),
        Exceeded::Rows(1_000)
    );
}

#[test]
fn values_that_double_themselves_are_refused() {
    let table = Table::default();
    for query in [
        "RETURN reduce(l = [1], x IN range(1, 60) | [l, l])",
        "RETURN reduce(l = [1], x IN range(1, 60) | l + l)",
        "RETURN reduce(t = 'ab', x IN range(1, 60) | t + t)",
        "RETURN reduce(m = {}, x IN range(1, 60) | {a: m, b: m})",
        "RETURN range(0, 9223372036854775807)",
        "RETURN reduce(t = 'aaaaaaaaaaaaaaaa', x IN range(1, 20) | replace(t, 'a', t))",
    ] {
        limited(query, &table, &Limits::default());
    }
}

#[test]
fn few_rows_of_many_need_little() {
    let many = many(10_000);
    let limits = Limits { rows: 10, steps: 500_000, memory: 1 << 20 };
    for query in [
        "MATCH (a), (b) RETURN a, b LIMIT 5",
        "MATCH (a) RETURN a ORDER BY id(a) DESC LIMIT 5",
        "MATCH (a) RETURN count(*)",
    ] {
        let answer = Query::parse(query).unwrap().run(&many, &Parameters::new(), &limits);
        assert!(answer.is_ok_and(|a| a.rows.len() <= 5), "{query}");
    }
}

#[test]
fn the_shortest_way_through_a_dense_graph_costs_its_relationships() {
    let dense = dense(100);
    let limits = Limits { steps: 50_000, ..Limits::default() };
    let query = "MATCH p = shortestPath((a {n: 0})-[*]->(b {n: 99})) RETURN length(p)";
    let answer = Query::parse(query).unwrap().run(&dense, &Parameters::new(), &limits).unwrap();
    assert_eq!(answer.rows, [[Value::Integer(1)]]);
}

#[test]
fn texts_that_nest_or_go_on_are_refused() {
    for (open, inner, close) in [
        ("(", "1", ")"),
        ("[", "", "]"),
        ("{a: ", "1", "}"),
        ("NOT ", "true", ""),
        ("-", "1", ""),
        ("CASE WHEN ", "1", ""),
    ] {
        let text = format!("RETURN {}{inner}{}", open.repeat(5_000), close.repeat(5_000));
        let _ = Query::parse(&text);
    }
    let long = |joint: &str| format!("RETURN {}", vec!["1"; 6_000].join(joint));
    for joint in [" + ", " ^ ", " = ", ", ", " AND ", " IN ", " - -"] {
        let _ = Query::parse(&long(joint)).map(|q| q.run(&world(), &Parameters::new(), &Limits::default()));
    }
    assert!(Query::parse(&format!("MATCH (){} RETURN 1", "--()".repeat(5_000))).is_err());
    assert!(Query::parse(&"WITH 1 AS a ".repeat(5_000)).is_err());
    assert!(Query::parse(&" ".repeat(100_000)).is_err());
    assert!(Query::parse(&format!("MATCH (a){}", "()".repeat(20_000))).is_err());
}

/// Words and signs of the language in any order come nearer to it than letters do.
fn nearly() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "MATCH",
        "OPTIONAL",
        "WHERE",
        "RETURN",
        "WITH",
        "UNWIND",
        "AS",
        "(a)",
        "(b:Person)",
        "-[r:KNOWS]->",
        "-[*1..2]-",
        "<-",
        "-",
        ">",
        "a",
        "a.name",
        "n",
        "1",
        "'x'",
        "null",
        "[",
        "]",
        "{",
        "}",
        "(",
        ")",
        ",",
        "count(*)",
        "x IN",
        "|",
        "AND",
        "NOT",
        "=",
        "<",
        "+",
        "..",
        "ORDER BY",
        "LIMIT 1",
        "CASE",
        "WHEN",
        "THEN",
        "END",
        "EXISTS {",
        "shortestPath(",
        "all(",
        "reduce(",
        "UNION",
        "DISTINCT",
        "*",
        "$name",
        ":A",
        "p =",
    ]);
    prop::collection::vec(word, 0..24).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn any_text_is_a_query_or_a_mistake_in_it(text in prop_oneof![any::<String>(), nearly(), "[ -~]{0,80}"]) {
        let limits = Limits { rows: 100, steps: 20_000, memory: 1 << 20 };
        match Query::parse(&text) {
            Ok(query) => {
                let parameters = Parameters::from([("name".into(), Value::text("Ann"))]);
                if let Err(error) = query.run(&world(), &parameters, &limits) {
                    prop_assert!(!error.to_string().is_empty());
                }
                // Printed, it reads as the same query.
                let printed = query.to_string();
                let again = Query::parse(&printed);
                prop_assert!(again.as_ref().is_ok_and(|again| again.same(&query)), "{printed}: {again:?}");
            }
            Err(mistake) => {
                prop_assert!(mistake.line >= 1 && mistake.column >= 1 && !mistake.message.is_empty());
            }
        }
    }
}
