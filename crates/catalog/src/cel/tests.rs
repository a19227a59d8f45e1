//! The evaluator over the lattice, and against the `cel` crate's own interpreter where every value is known.

use std::sync::Arc;

use model::{Node, Reference, Value};
use proptest::prelude::*;
use serde_json::json;

use super::eval::{Evaluation, Read, World};
use super::syntax::Program;
use super::template::Template;
use super::value::{ListValue, Undecided, Val};
use crate::node_of_json;

/// Two assets: 0 has the document, 1 is what it uses; the list of what uses 0 is not complete.
struct Pair {
    documents: [Node; 2],
}

impl<'a> World<'a> for &'a Pair {
    fn today(&self) -> Option<Arc<str>> {
        Some("2026-11-21".into())
    }
    fn document(&self, asset: usize) -> &'a Node {
        &self.documents[asset]
    }
    fn attribute(
        &self,
        asset: usize,
        name: &str,
        evaluation: &mut Evaluation<'_, 'a>,
    ) -> Result<Val<'a>, Undecided> {
        match name {
            "name" => Ok(Val::text(format!("asset-{asset}"))),
            "open" => evaluation.nested(&Program::compile("doc.access == 'Enabled'").unwrap().expr, asset),
            "circular" => evaluation.nested(&Program::compile("asset.circular").unwrap().expr, asset),
            _ => Err(Undecided::Unknown(format!("no fact {name}").into())),
        }
    }
    fn neighbours(&self, asset: usize, relation: &str, _: Option<&str>, incoming: bool) -> ListValue<'a> {
        match (asset, relation, incoming) {
            (0, "uses", false) => ListValue { items: vec![Val::Asset(1)], open: None },
            (0, "uses", true) => {
                ListValue { items: vec![Val::Asset(1)], open: Some("one end is not known".into()) }
            }
            _ => ListValue::default(),
        }
    }
}

fn pair() -> Pair {
    let mut first = node_of_json(&json!({
        "access": "Enabled", "count": 3, "flag": "true", "nil": null, "empty": [],
        "rules": [{"value": "10.0.0.0/8"}, {"value": "0.0.0.0/0"}],
        "later": {"$unknown": "variable x has no value"},
        "key": {"$ref": "aws_kms_key.k.arn"},
        "policy": {"Statement": {"Effect": "Allow", "Action": "bedrock:*", "Resource": ["*"]}},
        "mixed": [1, {"$unknown": "later"}, 3],
    }));
    let hole = model::Piece::Hole { reason: "known after apply".into(), from: None };
    let text =
        Value::text([model::Piece::Text("arn:aws:s3:::".into()), hole, model::Piece::Text("/*".into())]);
    crate::DocPath::parse("partly").put(&mut first, text.into());
    Pair { documents: [first, node_of_json(&json!({"access": "Disabled"}))] }
}

/// The value as text, or why there is none.
fn value(expression: &str) -> String {
    let pair = pair();
    let world = &pair;
    let program = match Program::compile(expression) {
        Ok(program) => program,
        Err(message) => return format!("syntax: {message}"),
    };
    let mut evaluation = Evaluation::new(0, &world);
    match evaluation.eval(&program.expr) {
        Ok(Val::Bool(b)) => b.to_string(),
        Ok(Val::Number(n)) => n.to_string(),
        Ok(Val::Text(t)) => format!("{t:?}"),
        Ok(Val::Node(n)) => n.display(),
        Ok(Val::Made(n)) => n.display(),
        Ok(other) => other.type_name().to_owned(),
        Err(undecided) => format!("? {}", undecided.reason()),
    }
}

#[test]
fn three_values() {
    for (expression, want) in [
        ("doc.access == 'Enabled'", "true"),
        ("doc.absent == 'x'", "? absent is not set and its default is not known"),
        ("doc.later == 'x'", "? variable x has no value"),
        // A decided side wins, on either side.
        ("doc.later == 'x' || true", "true"),
        ("doc.absent.deep == 1 && false", "false"),
        ("true && doc.later == 'x'", "? variable x has no value"),
        ("!doc.later", "? variable x has no value"),
        ("doc.later ? 1 : 2", "? variable x has no value"),
        ("has(doc.absent.deep)", "false"),
        ("has(doc.nil)", "false"),
        ("has(doc.later)", "? variable x has no value"),
        ("has(doc.key)", "true"),
        ("otherwise(doc.absent, 'd')", "\"d\""),
        ("otherwise(doc.later, 'd') == 'd'", "? variable x has no value"),
        ("known(doc.later)", "false"),
        ("given(doc.access)", "true"),
        ("given(doc.absent.deep)", "false"),
        ("given(doc.nil) || given(doc.empty) || given('')", "false"),
        ("given(doc.key)", "true"),
        ("enabled(doc.flag) && enabled('On') && enabled(1) && enabled(true)", "true"),
        ("enabled(doc.absent) || enabled(doc.nil) || enabled('maybe') || enabled('False')", "false"),
        ("disabled('False') && disabled(0) && disabled(' off')", "true"),
        ("disabled(doc.absent) || disabled(doc.flag)", "false"),
        ("enabled(doc.later)", "? variable x has no value"),
        ("enabled(doc.rules)", "? a list is no switch"),
        ("given(doc.later)", "? variable x has no value"),
        ("given(doc.rules) && given(doc.count) && given(doc.partly)", "true"),
        ("known(doc.access)", "true"),
        ("reference(doc.key)", "\"aws_kms_key.k.arn\""),
        ("doc.key == 'arn:aws:kms:::key/1'", "false"),
        ("doc.key == doc.key", "true"),
        ("today > '2026-01-01'", "true"),
        ("unknown('the tools are in the code')", "? the tools are in the code"),
        ("unknown('the tools are in the code') && false", "false"),
    ] {
        assert_eq!(value(expression), want, "{expression}");
    }
}

#[test]
fn lists_and_macros() {
    for (expression, want) in [
        ("doc.rules.exists(r, open_cidr(r.value))", "true"),
        ("doc.rules.all(r, open_cidr(r.value))", "false"),
        ("doc.rules.exists_one(r, open_cidr(r.value))", "true"),
        ("size(doc.rules.filter(r, public_cidr(r.value)))", "1"),
        ("doc.rules.map(r, r.value).join(',')", "\"10.0.0.0/8,0.0.0.0/0\""),
        ("doc.rules.map(r, open_cidr(r.value), 'open')[0]", "\"open\""),
        ("doc.mixed.exists(n, n == 3)", "true"),
        ("doc.mixed.exists(n, n == 4)", "? later"),
        ("doc.mixed.all(n, n == 1)", "false"),
        ("size(doc.mixed)", "3"),
        ("3 in doc.mixed", "true"),
        ("4 in doc.mixed", "? later"),
        ("size(as_list(doc.absent))", "0"),
        ("as_list(doc.access)[0]", "Enabled"),
        ("doc.empty.exists(x, true)", "false"),
        ("doc.rules[5].value", "? an element of the list is not set and its default is not known"),
        ("statements(doc.policy)[0].Action[0]", "bedrock:*"),
        ("statements(doc.policy).exists(s, s.Action.exists(a, glob(a, 'bedrock:InvokeModel')))", "true"),
        ("size(statements(doc.absent))", "0"),
        ("'a' in {'a': 1} && {'a': 1}['a'] == 1", "true"),
    ] {
        assert_eq!(value(expression), want, "{expression}");
    }
}

#[test]
fn the_graph() {
    for (expression, want) in [
        ("asset.open", "true"),
        ("asset.out('uses').exists(a, a.open)", "false"),
        ("asset.out('uses').exists(a, a.doc.access == 'Disabled' && a.name == 'asset-1')", "true"),
        ("asset.in('uses').exists(a, a.open)", "? one end is not known"),
        ("asset.in('uses').exists(a, !a.open)", "true"),
        ("asset.in('uses').all(a, a.open)", "false"),
        ("size(asset.in('uses'))", "? one end is not known"),
        ("asset.in('uses').filter(a, a.open).exists(a, true)", "? one end is not known"),
        ("asset.relation_exists('uses')", "true"),
        ("asset.circular", "? facts refer to each other"),
    ] {
        assert_eq!(value(expression), want, "{expression}");
    }
}

#[test]
fn text_that_is_known_in_part() {
    for (expression, want) in [
        ("doc.partly.startsWith('arn:aws:')", "true"),
        ("doc.partly.startsWith('arn:gcp')", "false"),
        ("doc.partly.startsWith('arn:aws:s3:::data')", "? known after apply"),
        ("doc.partly.endsWith('/*')", "true"),
        ("doc.partly.endsWith('x')", "false"),
        ("doc.partly.contains('s3')", "true"),
        ("doc.partly.contains('data')", "? known after apply"),
        ("doc.partly == 'https://x'", "false"),
        ("doc.partly == 'arn:aws:s3:::b/*'", "? known after apply"),
        ("glob('*', doc.partly)", "true"),
        ("glob('arn:aws:kms:*', doc.partly)", "false"),
        ("doc.partly.upperAscii().startsWith('ARN:AWS:')", "true"),
        ("doc.partly.upperAscii().endsWith('x')", "false"),
        ("doc.partly.upperAscii() == 'ARN:AWS:S3:::B/*'", "? known after apply"),
        ("doc.partly.trim() == 'x'", "? known after apply"),
        ("doc.flag && doc.count == '3'", "true"),
        ("doc.access.matches('^Ena')", "true"),
        ("doc.access.matches('(')", "? regular expression \"(\": error: unclosed group"),
        ("doc.access.upperAscii() + '!'", "\"ENABLED!\""),
        ("base64_decode('ZXhwb3J0IFRPS0VOPXg=')", "\"export TOKEN=x\""),
        ("base64_decode('ZXhwb3J0\\nIFRPS0VOPXg')", "\"export TOKEN=x\""),
        ("base64_decode('no base64!')", "? the text is not base64"),
        ("base64_decode(doc.later)", "? variable x has no value"),
    ] {
        assert_eq!(value(expression), want, "{expression}");
    }
}

#[test]
fn chains_are_bounded() {
    for link in ["1 + ", "1 < ", "true || "] {
        let chain = link.repeat(2_000) + link.split(' ').next().unwrap_or("1");
        assert_eq!(value(&chain), "syntax: expression has more than 300 operators", "{link}");
    }
    let longest = "1 + ".repeat(140) + "1";
    assert_eq!(value(&longest), "141");
}

#[test]
fn mistakes_are_named() {
    for (expression, want) in [
        ("doc.acess ==", "syntax: "),
        ("sise(doc.rules)", "syntax: unknown function \"sise\" (did you mean \"size\"?)"),
        ("size()", "syntax: size is called with 0 arguments"),
        ("doc.count.x", "? x is read of a number"),
        ("doc.access > 3", "? string and number are not ordered"),
        ("1 / 0", "? arithmetic overflow or division by zero"),
    ] {
        assert!(value(expression).starts_with(want), "{expression}: {}", value(expression));
    }
}

#[test]
fn what_was_read_is_evidence() {
    let pair = pair();
    let world = &pair;
    let program =
        Program::compile("doc.count > 1 && asset.out('uses').exists(a, a.doc.access == 'Disabled')").unwrap();
    let mut evaluation = Evaluation::new(0, &world);
    assert!(matches!(evaluation.eval(&program.expr), Ok(Val::Bool(true))));
    let read: Vec<String> = evaluation
        .reads
        .iter()
        .map(|r| match r {
            Read::Node(node) => node.display(),
            Read::Made(node) => node.display(),
            Read::Asset(asset) => format!("asset {asset}"),
        })
        .collect();
    assert_eq!(read, ["3", "asset 1", "Disabled"]);
}

#[test]
fn sentences_read_well_whatever_is_known() {
    let mut pair = pair();
    let default = Node { default: true, ..Node::from("Allow") };
    crate::DocPath::parse("action").put(&mut pair.documents[0], default);
    let from = Reference { address: "a.b".into(), attribute: "id".into(), via: None };
    let secret = Node { sensitive: true, from: Some(Arc::new(from)), ..Node::from("hunter2") };
    crate::DocPath::parse("secret").put(&mut pair.documents[0], secret);
    let world = &pair;
    let sentence = "{doc.access}, {doc.absent}, {doc.action}, {doc.later}, {size(doc.rules)}, {doc.empty}, {doc.secret}, {'{' + doc.access + '}'}";
    let template = Template::compile(sentence).unwrap();
    let text = template.render(&mut Evaluation::new(0, &world));
    let want = "Enabled, not set, Allow (default), unknown (variable x has no value), 2, none, (sensitive), {Enabled}";
    assert_eq!(text, want);
    assert!(Template::compile("{doc.access").is_err());
}

/// Expressions over known integers and bools, as the `cel` crate also evaluates them.
fn known_expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        (-9i64..9).prop_map(|n| format!("({n})")),
        Just("x".to_owned()),
        Just("size(list)".to_owned()),
    ];
    let number = leaf.prop_recursive(3, 12, 2, |inner| {
        (inner.clone(), prop_oneof!["\\+", "-", "\\*"], inner)
            .prop_map(|(a, op, b)| format!("({a} {} {b})", op.trim_start_matches('\\')))
    });
    let compare = (number.clone(), prop_oneof!["==", "!=", "<", "<=", ">", ">="], number.clone())
        .prop_map(|(a, op, b)| format!("({a} {op} {b})"));
    let quantified = (prop_oneof!["all", "exists", "exists_one"], number.clone())
        .prop_map(|(q, n)| format!("list.{q}(i, i < {n})"));
    let member = number.prop_map(|n| format!("({n} in list)"));
    prop_oneof![compare, quantified, member].prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            (inner.clone(), prop_oneof!["&&", "\\|\\|"], inner.clone())
                .prop_map(|(a, op, b)| format!("({a} {} {b})", op.replace('\\', ""))),
            inner.clone().prop_map(|a| format!("!{a}")),
            (inner.clone(), inner.clone(), inner).prop_map(|(c, a, b)| format!("({c} ? {a} : {b})")),
        ]
    })
}

proptest! {
    #[test]
    fn known_values_evaluate_as_in_the_cel_crate(
        text in known_expression(),
        x in -20i64..20,
        list in proptest::collection::vec(-5i64..5, 0..4),
    ) {
        let mut context = cel::Context::default();
        context.add_variable_from_value("x", x);
        context.add_variable_from_value("list", list.clone());
        let theirs = cel::Program::compile(&text).unwrap().execute(&context).unwrap();
        let pair = Pair { documents: [node_of_json(&json!({"x": x, "list": list})), Node::null()] };
        let ours = text.replace("list", "doc.list").replace('x', "doc.x").replace("edoc.xists", "exists");
        let world = &pair;
        let program = Program::compile(&ours).unwrap();
        let result = Evaluation::new(0, &world).eval(&program.expr);
        prop_assert!(
            matches!((&result, &theirs), (Ok(Val::Bool(a)), cel::Value::Bool(b)) if a == b),
            "{ours}: ours {:?}, theirs {:?}", result.map(|v| v.type_name().to_owned()), theirs
        );
    }

    #[test]
    fn no_text_panics(text in ".{0,60}") {
        if let Ok(program) = Program::compile(&text) {
            let pair = pair();
            let world = &pair;
            let _ = Evaluation::new(0, &world).eval(&program.expr);
        }
        let _ = Template::compile(&text);
    }
}
