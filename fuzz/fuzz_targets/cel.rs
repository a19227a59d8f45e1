//! Any text as an expression and as a sentence: compiled or refused, and evaluated over a small document.
#![no_main]

use std::sync::{Arc, OnceLock};

use catalog::cel::{Evaluation, ListValue, Program, Template, Undecided, Val, World};
use catalog::node_of_json;
use libfuzzer_sys::fuzz_target;
use model::Node;

const DOCUMENT: &str = r#"{
    "name": "a-b_c", "n": 7, "yes": true, "none": null, "list": ["x", "10.0.0.0/8", 3, {"k": "v"}], "map": {"a": {"b": 1}},
    "later": {"$unknown": "not known"}, "ref": {"$ref": "aws_s3_bucket.b.arn"},
    "policy": {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Principal": "*"}}
}"#;

struct One(Node);

impl<'a> World<'a> for &'a One {
    fn document(&self, _: usize) -> &'a Node {
        &self.0
    }
    fn attribute(&self, asset: usize, name: &str, _: &mut Evaluation<'_, 'a>) -> Result<Val<'a>, Undecided> {
        match name {
            "other" => Ok(Val::Asset(asset)),
            _ => Err(Undecided::Missing(name.into())),
        }
    }
    fn neighbours(&self, asset: usize, _: &str, kind: Option<&str>, _: bool) -> ListValue<'a> {
        ListValue { items: vec![Val::Asset(asset)], open: kind.map(Arc::from) }
    }
    fn today(&self) -> Option<Arc<str>> {
        Some("2027-01-15".into())
    }
}

fuzz_target!(|text: &str| {
    static ONE: OnceLock<One> = OnceLock::new();
    let one = ONE.get_or_init(|| One(node_of_json(&serde_json::from_str(DOCUMENT).unwrap_or_default())));
    let world = &one;
    if let Ok(program) = Program::compile(text) {
        if let Err(undecided) = Evaluation::new(0, world).eval(&program.expr) {
            assert!(!undecided.reason().is_empty());
        }
    }
    if let Ok(template) = Template::compile(text) {
        let _ = template.render(&mut Evaluation::new(0, world));
    }
});
