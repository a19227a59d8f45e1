//! Expressions of any size and depth are compiled or refused, and evaluated within bounds.

use std::sync::Arc;

use catalog::cel::{Evaluation, ListValue, Program, Template, Undecided, Val, World};
use catalog::node_of_json;
use model::Node;
use serde_json::json;

/// A world of one document.
struct One(Node);

impl<'a> World<'a> for &'a One {
    fn document(&self, _: usize) -> &'a Node {
        &self.0
    }
    fn attribute(&self, _: usize, name: &str, _: &mut Evaluation<'_, 'a>) -> Result<Val<'a>, Undecided> {
        Err(Undecided::Missing(name.into()))
    }
    fn neighbours(&self, _: usize, _: &str, _: Option<&str>, _: bool) -> ListValue<'a> {
        ListValue { items: Vec::new(), open: None }
    }
    fn today(&self) -> Option<Arc<str>> {
        None
    }
}

fn document() -> One {
    let many: Vec<i64> = (0..1000).collect();
    One(node_of_json(&json!({"a": "a".repeat(10_000), "n": 1, "many": many, "deep": {"a": {"a": {"a": 1}}}})))
}

/// What an expression comes to: its value, `undecided: …` or `refused: …`.
fn outcome(source: &str) -> String {
    let program = match Program::compile(source) {
        Ok(program) => program,
        Err(message) => {
            assert!(!message.contains('\n'), "one line: {message}");
            return format!("refused: {message}");
        }
    };
    let one = document();
    let world = &one;
    match Evaluation::new(0, &world).eval(&program.expr) {
        Ok(Val::Bool(b)) => b.to_string(),
        Ok(value) => value.type_name().to_owned(),
        Err(undecided) => format!("undecided: {}", undecided.reason()),
    }
}

#[test]
fn depth_and_length_are_bounded() {
    let many = |unit: &str, count: usize| unit.repeat(count);
    for (case, source, expected) in [
        ("too long", many("1 + ", 100_000) + "1", "refused: expression is longer than 16384 bytes"),
        ("parentheses", many("(", 8_000) + "1" + &many(")", 8_000), "refused: "),
        ("open", many("(", 16_000), "refused: "),
        ("lists", many("[", 8_000) + &many("]", 8_000), "refused: "),
        ("maps", many("{'a':", 2_000) + "1" + &many("}", 2_000), "refused: "),
        ("calls", many("as_list(", 1_800) + "1" + &many(")", 1_800), "refused: "),
        ("macros", many("[1].all(x, ", 1_300) + "true" + &many(")", 1_300), "refused: "),
        ("conditional", many("true ? true : ", 1_100) + "false", "refused: "),
        ("not", many("!", 16_000) + "true", "refused: expression has more than 300 operators"),
        ("negation", many("-", 16_000) + "1", "refused: expression has more than 300 operators"),
        ("and", many("true && ", 2_000) + "true", "refused: expression has more than 300 operators"),
        ("or", many("false || ", 1_700) + "true", "refused: expression has more than 300 operators"),
        ("sum", many("1 + ", 150) + "1", "number"),
        ("selection", "doc".to_owned() + &many(".deep", 150), "undecided: "),
        ("index", "doc".to_owned() + &many("['a']", 150), "undecided: "),
        ("methods", "doc.a".to_owned() + &many(".trim()", 140), "string"),
        ("long sum", many("1 + ", 2_000) + "1", "refused: expression has more than 300 operators"),
    ] {
        let found = outcome(&source);
        assert!(found.starts_with(expected), "{case}: {found:.200}");
    }
}

#[test]
fn work_is_bounded() {
    for (case, source) in [
        ("quantifiers", "doc.many.all(a, doc.many.all(b, doc.many.all(c, a + b + c >= 0)))"),
        ("maps", "size(doc.many.map(a, doc.many.map(b, doc.many.map(c, c)))) > 0"),
        ("membership", "doc.many.all(a, doc.many.all(b, !(-1 in doc.many)))"),
        ("equality", "doc.many.all(a, doc.many.all(b, doc.many == doc.many))"),
        (
            "concatenation",
            "size(doc.many.map(a, doc.a + doc.a + doc.a + doc.a + doc.a)) > 0 && doc.many.all(a, doc.many.all(b, size(doc.a + doc.a) > 0))",
        ),
        ("patterns", "doc.many.all(a, doc.many.all(b, !doc.a.matches('(a+)+b')))"),
        ("wildcards", "doc.many.all(a, doc.many.all(b, !glob('*a*a*a*a*a*a*a*a*b', doc.a)))"),
        ("splits", "doc.many.all(a, doc.many.all(b, size(doc.a.split('')) > 0))"),
    ] {
        let found = outcome(source);
        assert!(found.starts_with("undecided: ") && found.contains("too long"), "{case}: {found}");
    }
}

#[test]
fn patterns_do_not_explode() {
    for (source, expected) in [
        ("doc.a.matches('(a+)+$')", "true"),
        ("doc.a.matches('(a|aa)+b')", "false"),
        ("doc.a.matches('(')", "undecided: "),
        ("doc.a.matches('((a{100}){100}){100}')", "undecided: "),
        ("doc.a.matches('\\\\p{Greek}')", "false"),
    ] {
        let found = outcome(source);
        assert!(found.starts_with(expected), "{source}: {found}");
    }
}

#[test]
fn sentences_of_any_shape() {
    for (source, is_good) in [
        ("plain", true),
        ("{doc.n} and {doc.a}", true),
        ("{doc.missing.deeper}", true),
        ("{", false),
        ("{}", false),
        ("}", true),
        ("{'}'}", true),
        ("{\"{\"}", true),
        ("{doc.n", false),
        ("{nope(doc.n)}", false),
        (&*"{doc.n}".repeat(5_000), true),
        (&*"{".repeat(100_000), false),
    ] {
        let template = Template::compile(source);
        assert_eq!(template.is_ok(), is_good, "{source:.40}: {:?}", template.err());
        if let Ok(template) = template {
            let one = document();
            let world = &one;
            let sentence = template.render(&mut Evaluation::new(0, &world));
            assert!(sentence.len() < 200_000, "{source:.40}");
        }
    }
}

#[test]
fn a_document_that_doubles_itself_is_read_within_bounds() {
    let mut node = Node::from(1);
    for _ in 0..60 {
        node = model::Value::list(vec![node.clone(), node]).into();
    }
    let entries = [(Arc::from("d"), node)];
    let one = One(model::Value::map(entries.into()).into());
    for source in [
        "doc.d == doc.d",
        "doc.d in [1]",
        "string(doc.d) == ''",
        "size(doc.d) == 2",
        "doc.d.exists(x, x == 1)",
        "statements(doc.d).exists(s, s.Action == '')",
        "doc.d.join(',') == ''",
        "has(doc.d)",
    ] {
        let program = Program::compile(source).unwrap();
        let world = &one;
        let _ = Evaluation::new(0, &world).eval(&program.expr);
        let sentence = Template::compile(&format!("{{{source}}} {{doc.d}}")).unwrap();
        assert!(sentence.render(&mut Evaluation::new(0, &world)).len() < 10_000, "{source}");
    }
}
