//! A user's folder of cards, with every kind of mistake and malice.

use std::fmt::Write as _;

use catalog::Catalog;

const CHECK: &str = "id: own-check
title: Own
on: aws.s3.bucket
severity: low
fail: doc.BucketName == \"x\"
because: \"it is {doc.BucketName}\"
why: It is.
fix:
  say: Do it.
pages: [https://example.com]
maps: [mcsb:NS-2]
";

const KIND: &str = "kind: own.kind
class: data-store
title: Own
pages: [https://example.com]
name: label
terraform:
  own_kind:
    attributes:
      name: label
facts:
  named: doc.label == \"x\"
relations:
  contains: { from: parent, reverse: true }
";

fn errors(files: &[(&str, String)]) -> Vec<String> {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.clone()));
    let (catalog, report) = Catalog::with_files(files);
    assert!(catalog.kind("aws.s3.bucket").is_some(), "the other cards stand");
    report.errors.iter().map(ToString::to_string).collect()
}

/// Asserts that a card gives an error at its file, with a line, in these words.
#[track_caller]
fn check(path: &str, text: &str, words: &str) {
    let errors = errors(&[(path, text.to_owned())]);
    let place = format!("catalog/{path}:");
    let line = |e: &str| e.strip_prefix(&place).and_then(|rest| rest.split(':').next()?.parse::<u32>().ok());
    let found = errors.iter().any(|e| line(e).is_some_and(|l| l > 0) && e.contains(words));
    assert!(found, "{words:?} is not in {errors:#?}\n{text:.300}");
}

const CHECKS: &str = "checks/own/check.yaml";
const KINDS: &str = "kinds/own/kind.yaml";

#[test]
fn honest_cards_are_accepted() {
    assert_eq!(errors(&[(CHECKS, CHECK.into()), (KINDS, KIND.into())]), Vec::<String>::new());
}

#[test]
fn what_is_no_card_is_refused() {
    for text in
        ["", "\0", "[]", "- a", "x", "a: b: c", "{", "\t- x", "id: [", "--- a\n--- b", "!!binary x", "&a *a"]
    {
        check(CHECKS, text, "");
        check(KINDS, text, "");
    }
    check(CHECKS, &"[".repeat(100_000), "");
    check(KINDS, &"{a: ".repeat(100_000), "");
    check(CHECKS, &("- ".repeat(100_000) + "a"), "");
}

#[test]
fn aliases_do_not_explode() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for i in 1..12 {
        let last = format!("*a{}", i - 1);
        writeln!(bomb, "a{i}: &a{i} [{}]", [&*last; 10].join(", ")).unwrap();
    }
    for (path, card) in [(CHECKS, CHECK), (KINDS, KIND)] {
        check(path, &format!("{card}{bomb}"), "");
    }
    let aliases = bomb.replace("a0:", "fix: { say: x, set: { a0:").lines().collect::<Vec<_>>().join("\n");
    check(CHECKS, &format!("{}{aliases}", CHECK.replace("fix:\n  say: Do it.\n", "")), "");
}

#[test]
fn mistakes_on_a_check_are_named() {
    for (find, put, words) in [
        ("aws.s3.bucket", "aws.s3.buckets", "unknown kind \"aws.s3.buckets\""),
        ("on: aws.s3.bucket", "on: [aws.s3.bucket, nope]", "unknown kind \"nope\""),
        ("on: aws.s3.bucket\n", "", ""),
        ("severity: low", "severity: 7", ""),
        ("severity: low", "severity: [low]", ""),
        ("doc.BucketName ==", "doc.bucketName ==", "BucketName"),
        ("doc.BucketName ==", "asset.nope ==", "has no fact \"nope\""),
        ("doc.BucketName ==", "nope ==", "unknown name \"nope\""),
        ("doc.BucketName ==", "nope(doc.BucketName) ==", "unknown function"),
        (
            "doc.BucketName ==",
            "asset.out(\"nope\").exists(x, true) ==",
            "no card states the relation \"nope\"",
        ),
        ("doc.BucketName ==", "size(asset.out(\"contains\", \"nope\")) ==", "unknown kind"),
        ("doc.BucketName == \"x\"", "doc.BucketName.matches(\"(\")", "unclosed group"),
        ("doc.BucketName == \"x\"", "doc.BucketName ==", ""),
        ("{doc.BucketName}", "{doc.BucketName", "brace"),
        ("mcsb:NS-2", "mcsb:NOPE-1", "NOPE-1"),
        ("mcsb:NS-2", "nope:NS-2", "nope"),
        ("mcsb:NS-2", "NS-2", ""),
        ("why: It is.", "why: 1\nwhy: 2", ""),
        ("title: Own", "titel: Own", "titel"),
    ] {
        assert!(CHECK.contains(find), "{find}");
        check(CHECKS, &CHECK.replacen(find, put, 1), words);
    }
    let deep = format!("fail: '{}doc.BucketName == \"x\"{}'", "(".repeat(4_000), ")".repeat(4_000));
    check(CHECKS, &CHECK.replace("fail: doc.BucketName == \"x\"", &deep), "");
}

#[test]
fn mistakes_on_a_kind_are_named() {
    for (find, put, words) in [
        ("class: data-store", "class: nope", "nope"),
        ("doc.label ==", "doc.labl ==", "labl"),
        ("from: parent", "form: parent", "form"),
        ("name: label\nterraform", "name: 7\nterraform: {}\nterraform", ""),
        ("      name: label", "      name: { to: label, map: 7 }", ""),
        ("      name: label", "      \"a[]\": \"b[].c[]\"", "[]"),
        ("{ from: parent, reverse: true }", "{ from: parent, to: [nope] }", "unknown kind \"nope\""),
        ("pages: [https://example.com]\n", "", "page"),
    ] {
        assert!(KIND.contains(find), "{find}");
        check(KINDS, &KIND.replacen(find, put, 1), words);
    }
}

#[test]
fn facts_that_read_each_other_are_undecided() {
    let circular = KIND.replace("named: doc.label == \"x\"", "a: asset.b\n  b: asset.a");
    assert_eq!(errors(&[(KINDS, circular)]), Vec::<String>::new());
}
