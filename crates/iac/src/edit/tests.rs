//! Edits of texts, one table for each syntax, and their law: what was set is there, and all else is as it was.

use super::*;
use catalog::Step;
use proptest::prelude::*;

fn text(t: &str) -> Constant {
    Constant::Text(t.into())
}

/// The text with the value set in its first block, or in the mapping that it is.
fn edited(syntax: Syntax, source: &str, path: &str, value: &Constant) -> Result<String, String> {
    let shape = match syntax {
        Syntax::Hcl => hcl::block(&native::parse(source).0.body.blocks[0]),
        Syntax::Bicep => {
            let file = language::parse(source).0;
            let language::DeclarationKind::Resource(resource) = &file.declarations[0].kind else {
                unreachable!()
            };
            bicep::object(&resource.body.object)
        }
        Syntax::Json => data::shape(source, &parse_json(source).0.unwrap()),
        _ => data::shape(source, &parse_yaml(source).documents[0]),
    };
    let mut editor = Editor::new(source, syntax);
    editor.set(&shape, &DocPath::parse(path).0, value)?;
    Ok(apply(source, &editor.into_edits()).unwrap())
}

fn check(syntax: Syntax, cases: &[(&str, &str, Constant, &str)]) {
    for (source, path, value, want) in cases {
        let got = edited(syntax, source, path, value).unwrap_or_else(|error| format!("error: {error}"));
        assert_eq!(got, *want, "{path} in\n{source}");
    }
}

#[test]
fn hcl() {
    let long = "resource \"a\" \"b\" {\n  # first\n  name     = \"x\" # why\n  location = var.l\n\n  acls {\n    bypass = [\"A\"]\n  }\n\n  lifecycle {\n  }\n}\n";
    check(
        Syntax::Hcl,
        &[
            (
                long,
                "longer_name",
                Constant::Int(1),
                &long
                    .replace("name     =", "name        =")
                    .replace("location = var.l\n", "location    = var.l\n  longer_name = 1\n"),
            ),
            (long, "location", text("w"), &long.replace("var.l", "\"w\"")),
            (long, "public", Constant::Bool(false), &long.replace("var.l\n", "var.l\n  public   = false\n")),
            (
                long,
                "acls.default_action",
                text("Deny"),
                &long.replace(
                    "bypass = [\"A\"]\n",
                    "bypass         = [\"A\"]\n    default_action = \"Deny\"\n",
                ),
            ),
            (
                long,
                "acls.bypass",
                Constant::List(vec![text("B")]),
                &long.replace("[\"A\"]", "[\n      \"B\"\n    ]"),
            ),
            (
                long,
                "identity.type",
                text("SystemAssigned"),
                &long.replace(
                    "  }\n\n  life",
                    "  }\n\n  identity {\n    type = \"SystemAssigned\"\n  }\n\n  life",
                ),
            ),
            (
                long,
                "metadata.a-b",
                text("x"),
                &long.replace("var.l\n", "var.l\n  metadata = {\n    a-b = \"x\"\n  }\n"),
            ),
            (long, "name", Constant::Null, &long.replace("  name     = \"x\" # why\n", "")),
            ("r \"a\" \"b\" {}\n", "a", Constant::Bool(true), "r \"a\" \"b\" {\n  a = true\n}\n"),
            (
                "r \"a\" \"b\" { x = 1 }\n",
                "a",
                Constant::Bool(true),
                "r \"a\" \"b\" {\n  x = 1\n  a = true\n}\n",
            ),
            (
                "r \"a\" \"b\" {\n  # none\n}\n",
                "a",
                Constant::Int(1),
                "r \"a\" \"b\" {\n  a = 1\n  # none\n}\n",
            ),
            (
                "r \"a\" \"b\" {\n  count = 2\n}\n",
                "a",
                Constant::Int(1),
                "r \"a\" \"b\" {\n  count = 2\n\n  a     = 1\n}\n",
            ),
            (
                "r \"a\" \"b\" {\r\n  x = 1\r\n}\r\n",
                "y",
                text("${z}"),
                "r \"a\" \"b\" {\r\n  x = 1\r\n  y = \"$${z}\"\r\n}\r\n",
            ),
            (
                "r \"a\" \"b\" {\n  x = <<E\nhi\nE\n}\n",
                "y",
                Constant::Int(1),
                "r \"a\" \"b\" {\n  x = <<E\nhi\nE\n  y = 1\n}\n",
            ),
            (
                "r \"a\" \"b\" {\n  v {\n    s = 1\n  }\n  v {\n  }\n}\n",
                "v[].s",
                Constant::Int(2),
                "r \"a\" \"b\" {\n  v {\n    s = 2\n  }\n  v {\n    s = 2\n  }\n}\n",
            ),
            (
                "r \"a\" \"b\" {\n  dynamic \"v\" {\n    for_each = x\n    content {\n      s = v.value\n    }\n  }\n}\n",
                "v.s",
                Constant::Int(2),
                "r \"a\" \"b\" {\n  dynamic \"v\" {\n    for_each = x\n    content {\n      s = 2\n    }\n  }\n}\n",
            ),
            (
                "r \"a\" \"b\" {\n  body = {\n    properties = {}\n  }\n}\n",
                "body.properties.off",
                Constant::Bool(true),
                "r \"a\" \"b\" {\n  body = {\n    properties = {\n      off = true\n    }\n  }\n}\n",
            ),
            (
                "r \"a\" \"b\" {\n  body = jsonencode({ properties = { \"x\" : 1 } })\n}\n",
                "body.properties.off",
                Constant::Bool(true),
                "r \"a\" \"b\" {\n  body = jsonencode({ properties = { \"x\" : 1, off = true } })\n}\n",
            ),
            (
                "r \"a\" \"b\" {\n  body = {\n    \"x\" = 1,\n    \"yy\" = 2,\n  }\n}\n",
                "body.off",
                Constant::Bool(true),
                "r \"a\" \"b\" {\n  body = {\n    \"x\" = 1,\n    \"yy\" = 2,\n    \"off\" = true,\n  }\n}\n",
            ),
            (
                "r \"a\" \"b\" {\n  body = merge(x, y)\n}\n",
                "body.off",
                Constant::Bool(true),
                "error: body is computed by `merge(x, y)`",
            ),
            ("r \"a\" \"b\" {\n}\n", "v[].s", Constant::Int(2), "error: there is no v to set it in"),
        ],
    );
}

#[test]
fn json() {
    let long = "{\n  // c\n  \"a\": 1, \"b\": {\n    \"c\": [{ \"d\": 1 }, {}]\n  } // end\n}\n";
    check(
        Syntax::Json,
        &[
            (long, "a", text("x\"y"), &long.replace(": 1,", ": \"x\\\"y\",")),
            (long, "b.e", Constant::Bool(true), &long.replace("{}]\n", "{}],\n    \"e\": true\n")),
            (
                long,
                "f.g",
                Constant::Bool(true),
                &long.replace("  } // end\n", "  }, // end\n  \"f\": {\n    \"g\": true\n  }\n"),
            ),
            (
                long,
                "b.c[].d",
                Constant::Int(2),
                &long.replace("{ \"d\": 1 }, {}", "{ \"d\": 2 }, {\n      \"d\": 2\n    }"),
            ),
            ("{\"a\": {\"b\": 1}}", "a.c", Constant::Null, "{\"a\": {\"b\": 1}}"),
            ("{\"a\": {\"b\": 1}}", "a.c.d", Constant::Int(1), "{\"a\": {\"b\": 1, \"c\": { \"d\": 1 }}}"),
            ("{\n  \"a\": 1,\n  \"b\": 2\n}\n", "b", Constant::Null, "{\n  \"a\": 1\n}\n"),
            ("{\n  \"a\": 1,\n  \"b\": 2\n}\n", "a", Constant::Null, "{\n  \"b\": 2\n}\n"),
            ("{\"a\": {\"Ref\": \"P\"}}", "a", Constant::Int(1), "{\"a\": 1}"),
            ("{\"a\": {\"Fn::If\": []}}", "a.b", Constant::Int(1), "error: a is computed by Fn::If"),
            ("{\"a\": \"[x]\"}", "a.b", Constant::Int(1), "error: a is no block that can be written into"),
        ],
    );
}

#[test]
fn yaml() {
    let long = "a: 1 # one\nb:\n  # why\n  c: x\n\n  d:\n    - e: 1\n    - e: 2\nf: {g: 1}\n\n# end\n";
    check(
        Syntax::Yaml,
        &[
            (long, "a", text("2"), &long.replace("a: 1", "a: '2'")),
            (long, "b.c", text("it's: x"), &long.replace("c: x", "c: 'it''s: x'")),
            (long, "b.g.h", Constant::Bool(true), &long.replace("- e: 2\n", "- e: 2\n  g:\n    h: true\n")),
            (long, "b.d[].e", Constant::Int(3), &long.replace("e: 1", "e: 3").replace("e: 2", "e: 3")),
            (
                long,
                "b.d[].x",
                Constant::Int(3),
                &long.replace("e: 1", "e: 1\n      x: 3").replace("e: 2", "e: 2\n      x: 3"),
            ),
            (long, "f.h", text("on"), &long.replace("g: 1", "g: 1, h: 'on'")),
            (
                long,
                "z",
                Constant::List(vec![text("p"), Constant::Int(1)]),
                &long.replace("g: 1}", "g: 1}\nz:\n  - p\n  - 1"),
            ),
            (long, "b.c", Constant::Null, &long.replace("  c: x\n", "")),
            ("a: \"q\"\n", "a", text("r"), "a: \"r\"\n"),
            ("a: { b: !Sub 'x' } # c\n", "a.d", Constant::Int(1), "a: { b: !Sub 'x', d: 1 } # c\n"),
            ("a: !If [x, y, z]\n", "a", Constant::Bool(true), "a: true\n"),
            ("a: !If [x, y, z]\n", "a.b", Constant::Bool(true), "error: a is computed by !If"),
            ("a:\n  Fn::If:\n    - x\n    - y\nb: 1\n", "a", Constant::Bool(true), "a: true\nb: 1\n"),
            ("a:\nb: 1\n", "a.c", Constant::Int(1), "a:\n  c: 1\nb: 1\n"),
            ("a: &x {b: 1}\nc: *x\n", "c", Constant::Int(1), "a: &x {b: 1}\nc: 1\n"),
            ("a: &x {b: 1}\nc: *x\n", "c.b", Constant::Int(1), "error: c is computed by an alias"),
            ("a: |\n  text\n  more\nb: 1\n", "a", text("x"), "a: x\nb: 1\n"),
            ("a: {}\n", "a.b", Constant::Int(1), "a: {b: 1}\n"),
        ],
    );
}

#[test]
fn bicep_files() {
    let long = "resource a 'T@1' = {\n  name: 'x' // why\n  properties: {\n    acls: { bypass: 'A' }\n    // last\n  }\n  dependsOn: [\n    b\n  ]\n}\n";
    check(
        Syntax::Bicep,
        &[
            (long, "name", text("it's ${x}"), &long.replace("'x'", "'it\\'s \\${x}'")),
            (long, "properties.public", text("No"), &long.replace("'A' }\n", "'A' }\n    public: 'No'\n")),
            (long, "properties.acls.action", text("Deny"), &long.replace("'A' }", "'A', action: 'Deny' }")),
            (
                long,
                "identity.type",
                text("S"),
                &long.replace("  ]\n", "  ]\n  identity: {\n    type: 'S'\n  }\n"),
            ),
            (long, "name", Constant::Null, &long.replace("  name: 'x' // why\n", "")),
            (long, "name.x", Constant::Int(1), "error: name is no block that can be written into"),
            (
                "resource a 'T@1' = if (x) {\n  tags: y\n}\n",
                "tags.z",
                text("w"),
                "error: tags is computed by `y`",
            ),
            (
                "resource a 'T@1' = [for i in l: {\n  properties: {}\n}]\n",
                "properties.off",
                Constant::Bool(true),
                "resource a 'T@1' = [for i in l: {\n  properties: {\n    off: true\n  }\n}]\n",
            ),
        ],
    );
}

/// Every value of the data by its path.
fn flattened(datum: &Datum, path: String, out: &mut Vec<(String, String)>) {
    match (datum.as_map(), datum.as_list()) {
        (Some(entries), _) => {
            entries.iter().for_each(|e| flattened(&e.value, format!("{path}.{}", e.key), out));
        }
        (_, Some(items)) => items.iter().for_each(|item| flattened(item, format!("{path}[]"), out)),
        _ => out.push((path, format!("{:?}", datum.value))),
    }
}

fn tree() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value as V;
    let leaf = prop_oneof![
        any::<bool>().prop_map(V::from),
        any::<i32>().prop_map(V::from),
        "[a-z :#'\"{}\\-]{0,6}".prop_map(V::from),
        Just(V::Null)
    ];
    let inner = leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(V::from),
            prop::collection::btree_map("[a-d]", inner, 0..4)
                .prop_map(|m| V::Object(m.into_iter().collect())),
        ]
    });
    prop::collection::btree_map("[a-d]", inner, 1..4).prop_map(|m| V::Object(m.into_iter().collect()))
}

proptest! {
    #[test]
    fn what_is_set_is_there_and_all_else_is_as_it_was(
        value in tree(), path in "[a-e](\\.[a-e]){0,2}", set in "[a-z ]{1,5}", pretty in any::<bool>(), yaml in any::<bool>()
    ) {
        let lines = |syntax, flat| Lines { syntax, newline: "\n", unit: "  ", flat };
        let constant = constant(&value);
        let (syntax, source) = match yaml {
            true => {
                let block = value::yaml_block(&lines(Syntax::Yaml, false), &constant, "");
                (Syntax::Yaml, format!("{}\n# end\n", block.trim_start_matches('\n')))
            }
            false => (Syntax::Json, lines(Syntax::Json, !pretty).value(&constant, "")),
        };
        let read = |text: &str| match yaml {
            true => parse_yaml(text).documents.into_iter().next(),
            false => parse_json(text).0,
        };
        let before = read(&source).unwrap();
        let mut old = Vec::new();
        flattened(&before, String::new(), &mut old);
        if let Ok(text) = edited(syntax, &source, &path, &Constant::Text((&*set).into())) {
            let after = read(&text).unwrap();
            let found = path.split('.').try_fold(&after, |d, k| d.get(k));
            prop_assert_eq!(found.and_then(Datum::as_str), Some(&*set), "{}\n---\n{}", source, text);
            let mut new = Vec::new();
            flattened(&after, String::new(), &mut new);
            let elsewhere = |list: Vec<(String, String)>| -> Vec<_> {
                let at = format!(".{path}");
                // A null on the way is replaced by a mapping.
                let on_the_way = |p: &str| at.starts_with(p) || p.starts_with(&at);
                list.into_iter().filter(|(p, _)| !on_the_way(p)).collect()
            };
            prop_assert_eq!(elsewhere(old), elsewhere(new), "{}\n---\n{}", source, text);
            prop_assert_eq!(source.matches("# end").count(), text.matches("# end").count());
        }
    }
}

fn constant(value: &serde_json::Value) -> Constant {
    match value {
        serde_json::Value::Null => Constant::Null,
        serde_json::Value::Bool(b) => Constant::Bool(*b),
        serde_json::Value::Number(n) => Constant::Int(n.as_i64().unwrap()),
        serde_json::Value::String(s) => text(s),
        serde_json::Value::Array(items) => Constant::List(items.iter().map(constant).collect()),
        serde_json::Value::Object(entries) => {
            Constant::Map(entries.iter().map(|(k, v)| (k.as_str().into(), constant(v))).collect())
        }
    }
}

#[test]
fn steps_are_the_catalogues() {
    assert_eq!(DocPath::parse("a[].b").0, [Step::Key("a".into()), Step::Each, Step::Key("b".into())]);
}
