//! `stance query`: what is asked, how the answer is written, and what is refused.

use super::*;

const COUNT: &str = "MATCH (n:Notebook) RETURN n.name AS name, n.ai AS ai";

#[test]
fn an_answer_is_a_table_json_or_csv() {
    let folder = Folder::notebook();
    let table = folder.run(&["query", COUNT, "."]);
    assert_eq!((table.code, &*table.err), (Some(0), ""), "{table:?}");
    assert_eq!(
        table.out.lines().map(str::trim_end).collect::<Vec<_>>(),
        ["name  ai", "────  ────", "lab   true", "", "1 row"]
    );

    let csv = folder.run(&["query", COUNT, ".", "--format", "csv"]);
    assert_eq!(csv.out.replace("\r\n", "\n"), "name,ai\nlab,true\n");

    let json = folder.run(&["query", COUNT, ".", "--format", "json"]);
    let answer: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(answer["columns"], serde_json::json!(["name", "ai"]));
    assert_eq!(answer["rows"], serde_json::json!([{ "name": "lab", "ai": true }]));
}

#[test]
fn an_answer_goes_to_a_file_and_a_query_comes_from_one() {
    let folder = Folder::notebook();
    folder.write("names.cypher", "MATCH (n:Notebook) WHERE n.name = $name RETURN n.name AS name");
    let run = folder.run(&[
        "query",
        "--file",
        "names.cypher",
        "--param",
        "name=lab",
        "--format",
        "csv",
        "-o",
        "names.csv",
        ".",
    ]);
    assert_eq!((run.code, &*run.out), (Some(0), ""), "{run:?}");
    assert_eq!(folder.read("names.csv").replace("\r\n", "\n"), "name\nlab\n");
}

#[test]
fn a_mistake_is_pointed_at_and_help_is_near() {
    let folder = Folder::notebook();
    for (query, words) in [
        ("MATCH (n RETURN n", &["line 1, column 10", "^^^^^^"][..]),
        ("MATCH (n) RETURN m", &["variable m is not defined", "^"]),
        ("MATCH (n) DELETE n", &["DELETE", "^"]),
        ("MATCH (n) WHERE n.name = $who RETURN n", &["parameter $who has no value"]),
    ] {
        assert_refused(&folder.run(&["query", query, "."]), words);
    }
    assert_refused(&folder.run(&["query", "."]), &["expected"]);
    assert_refused(&folder.run(&["query", "--template", "key-aut", "."]), &["no template", "key-auth"]);
    let unknown = ["query", "--template", "choke-assets", "--param", "mots=3", "."];
    assert_refused(&folder.run(&unknown), &["no parameter mots", "most"]);
}

/// What nothing has is no mistake: a person is told, and the answer is empty.
#[test]
fn a_word_that_nothing_has_is_noted_with_the_nearest() {
    let folder = Folder::notebook();
    let run = folder.run(&["query", "MATCH (n:Notebok) RETURN n.name AS name", ".", "--format", "csv"]);
    assert_eq!((run.code, &*run.out.replace("\r\n", "\n")), (Some(0), "name\n"), "{run:?}");
    assert!(run.err.contains("Notebok") && run.err.contains("Notebook"), "{}", run.err);
    // A word that this folder lacks and another could have is none.
    for query in ["MATCH (n:Agent) RETURN n", "MATCH ()-[r:HAS_KEY_OF|MAY_INVOKE_MODEL]->(:Target) RETURN r"]
    {
        let run = folder.run(&["query", query, "."]);
        assert_eq!((run.code, &*run.err), (Some(0), ""), "{run:?}");
    }
    let run = folder.run(&["query", "MATCH ()-[r:CAN_REED]->() RETURN r", "."]);
    assert!(run.err.contains("CAN_REED") && run.err.contains("CAN_READ"), "{}", run.err);
}

#[test]
fn templates_are_listed_and_asked() {
    let folder = Folder::notebook();
    let list = folder.run(&["query", "--list-templates"]);
    assert_eq!(list.code, Some(0));
    assert!(list.out.lines().count() >= 27, "{}", list.out);
    assert!(list.out.contains("findings-on-ai — Faults of AI assets\n"), "{}", list.out);

    let run = folder.run(&[
        "query",
        "--template",
        "findings-on-ai",
        "--param",
        "severities=['high']",
        "--format",
        "csv",
        ".",
    ]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.out.contains(DIRECT) && !run.out.contains("\nmedium"), "{}", run.out);
}

#[test]
fn an_answer_that_is_cut_is_no_answer() {
    let folder = Folder::notebook();
    let rows = ["query", "UNWIND range(1, 100) AS n RETURN n", ".", "--max-rows", "10"];
    assert_refused(&folder.run(&rows), &["10", "Nothing is shown"]);
    let steps = ["query", "MATCH (a), (b), (c) RETURN count(*) AS n", ".", "--max-steps", "5"];
    assert_refused(&folder.run(&steps), &["5", "Nothing is shown"]);
}

/// Steps and entries are nodes and relationships like any other.
#[test]
fn steps_of_attacks_can_be_asked_for() {
    let folder = Folder::of(&[(
        "main.tf",
        "resource \"aws_s3_bucket\" \"open\" {\n  bucket = \"open\"\n}\nresource \"aws_s3_bucket_policy\" \"open\" {\n  bucket = aws_s3_bucket.open.id\n  policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Principal = \"*\", Action = \"s3:GetObject\", Resource = \"${aws_s3_bucket.open.arn}/*\" }] })\n}\n",
    )]);
    let query = "MATCH (e:Entry)-[r:CAN_READ]->(d) RETURN e.entry AS entry, d.name AS data, r.technique AS technique, r.file AS file";
    let run = folder.run(&["query", query, ".", "--format", "csv"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.out.contains("internet,open,aws-s3-read,main.tf"), "{}", run.out);
}
