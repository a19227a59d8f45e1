//! The JSON syntax: `.tf.json` and `.tfvars.json` files, to the same tree as the native syntax.
//!
//! JSON does not tell blocks from attributes. As in Terraform the names do, for what the language itself defines; in
//! the bodies of resources, data sources and providers every object stays the value of an attribute.
//! <https://developer.hashicorp.com/terraform/language/syntax/json>

use std::collections::HashMap;
use std::sync::Arc;

use jsonc_parser::ast::{Array, Object, ObjectPropName, StringLit, Value};
use jsonc_parser::common::{Range, Ranged as _};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::lower::Place;
use super::native::parse_template_at;
use super::template;
use super::{Attribute, Block, Body, Comment, Expr, ExprKind, File, MAX_PROBLEMS, Part, too_long};
use crate::{Problem, Span};

/// Objects and arrays inside each other.
const MAX_DEPTH: usize = 128;
/// Members and elements of a file.
const MAX_VALUES: usize = 1_000_000;

/// Reads a configuration in JSON, `.tf.json`.
pub fn parse_json(text: &str) -> (File, Vec<Problem>) {
    read(text, Reader { templates: true, ..Reader::default() })
}

/// Reads values of variables in JSON, `.tfvars.json`: every member is an attribute, and Terraform takes strings as they
/// are, without interpolation.
pub fn parse_json_variables(text: &str) -> (File, Vec<Problem>) {
    read(text, Reader::default())
}

fn read(text: &str, mut reader: Reader) -> (File, Vec<Problem>) {
    let mut body = Body { span: Span::new(0, text.len()), ..Body::default() };
    if let Some(problem) = too_long(text).or_else(|| too_much(text)) {
        reader.problems.push(problem);
    } else {
        let mark = '\u{feff}';
        let json = text.strip_prefix(mark).unwrap_or(text);
        reader.skipped = text.len() - json.len();
        match parse_to_ast(json, &CollectOptions::default(), &STRICT) {
            Ok(parsed) => {
                let kind = if reader.templates { "" } else { NO_BLOCKS };
                match &parsed.value {
                    Some(value) => reader.body(json, value, kind, &mut body),
                    None => {
                        reader.complain(Span::new(0, text.len()), "the file holds no JSON value".to_owned());
                    }
                }
            }
            Err(error) => {
                let message = error.kind().to_string();
                let message = message.trim_end_matches('.');
                let mut letters = message.chars();
                let first = letters.next().map(|c| c.to_ascii_lowercase());
                let span = reader.span(error.range());
                reader.complain(
                    span,
                    format!("not JSON: {}", first.into_iter().chain(letters).collect::<String>()),
                );
            }
        }
    }
    (File { body, comments: reader.comments }, reader.problems)
}

const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// What would cost the parser too much stack or memory.
fn too_much(text: &str) -> Option<Problem> {
    let (mut depth, mut values, mut in_string, mut escaped) = (0_usize, 0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' => values += 1,
            _ => {}
        }
        let message = match (depth > MAX_DEPTH, values > MAX_VALUES) {
            (true, _) => format!("nested deeper than {MAX_DEPTH} levels"),
            (_, true) => format!("there are more than {MAX_VALUES} values: the file is not read"),
            _ => continue,
        };
        return Some(Problem { span: Span::new(at, at + 1), message });
    }
    None
}

/// A body in which every member is an attribute.
const NO_BLOCKS: &str = "-";

/// How many labels the blocks called `name` have in a body of the given kind (`""` for the file); nothing if it is an
/// attribute there.
fn labels(body: &str, name: &str) -> Option<usize> {
    match (body, name) {
        ("", "resource" | "data" | "ephemeral" | "action" | "list") => Some(2),
        ("", "module" | "provider" | "variable" | "output" | "check" | "run" | "mock_provider") => Some(1),
        ("", "locals" | "terraform" | "moved" | "import" | "removed") => Some(0),
        ("terraform", "backend" | "provider_meta") => Some(1),
        ("terraform", "required_providers" | "cloud") | ("cloud", "workspaces") => Some(0),
        ("variable", "validation") | ("output", "precondition") | ("check", "assert") => Some(0),
        ("check", "data") => Some(2),
        ("resource" | "data" | "ephemeral" | "removed", "lifecycle" | "connection") => Some(0),
        ("resource" | "removed", "provisioner") => Some(1),
        ("provisioner", "connection") | ("dynamic", "content") => Some(0),
        ("lifecycle", "precondition" | "postcondition" | "action_trigger") => Some(0),
        ("resource" | "data" | "ephemeral" | "provider" | "content", "dynamic") => Some(1),
        _ => None,
    }
}

#[derive(Default)]
struct Reader {
    templates: bool,
    /// The length of the byte order mark.
    skipped: usize,
    comments: Vec<Comment>,
    problems: Vec<Problem>,
}

impl Reader {
    fn span(&self, range: Range) -> Span {
        Span::new(range.start + self.skipped, range.end + self.skipped)
    }

    fn complain(&mut self, span: Span, message: String) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem { span, message });
        }
    }

    /// Whether this member is a comment, which is kept.
    fn comment(&mut self, name: &ObjectPropName, value: &Value) -> bool {
        let is_comment = name.as_str() == "//";
        if let (true, Value::StringLit(text)) = (is_comment, value) {
            self.comments.push(Comment { span: self.span(text.range), text: text.value.trim().to_owned() });
        }
        is_comment
    }

    /// The members of an object, or of several objects in an array, as attributes and blocks.
    fn body(&mut self, text: &str, value: &Value, kind: &str, into: &mut Body) {
        let objects: Vec<&Object> = match value {
            Value::Object(object) => vec![object],
            Value::Array(Array { elements, .. }) => elements.iter().filter_map(Value::as_object).collect(),
            _ => Vec::new(),
        };
        let others: Vec<&Value> = match value {
            Value::Object(_) => Vec::new(),
            Value::Array(array) => array.elements.iter().filter(|e| e.as_object().is_none()).collect(),
            other => vec![other],
        };
        for other in others {
            self.complain(self.span(other.range()), "an object is expected here".to_owned());
        }
        // Of two members with one name the later counts.
        let mut known: HashMap<&str, usize> = HashMap::new();
        for object in objects {
            for member in &object.properties {
                if self.comment(&member.name, &member.value) {
                    continue;
                }
                let name = member.name.as_str();
                let name_span = self.span(member.name.range());
                if let Some(count) = labels(kind, name) {
                    let header = Header { kind: name, labels: Vec::new(), span: name_span };
                    self.blocks(text, &member.value, header, count, &mut into.blocks);
                    continue;
                }
                let value = self.expr(text, &member.value);
                let attribute =
                    Attribute { name: name.into(), name_span, span: name_span.to(value.span), value };
                match known.get(name).and_then(|i| into.attributes.get_mut(*i)) {
                    Some(earlier) => *earlier = attribute,
                    None => {
                        known.insert(name, into.attributes.len());
                        into.attributes.push(attribute);
                    }
                }
            }
        }
    }

    /// Labels by nesting, then a body or an array of bodies.
    fn blocks(&mut self, text: &str, value: &Value, header: Header, missing: usize, into: &mut Vec<Block>) {
        match value {
            Value::NullKeyword(_) => {}
            Value::Array(array) => {
                for element in &array.elements {
                    self.blocks(text, element, header.clone(), missing, into);
                }
            }
            Value::Object(object) if missing > 0 => {
                for member in &object.properties {
                    if self.comment(&member.name, &member.value) {
                        continue;
                    }
                    let mut labelled = header.clone();
                    labelled.labels.push(member.name.as_str().into());
                    labelled.span = self.span(member.name.range());
                    self.blocks(text, &member.value, labelled, missing - 1, into);
                }
            }
            Value::Object(object) => {
                let mut body = Body { span: self.span(object.range), ..Body::default() };
                self.body(text, value, header.kind, &mut body);
                into.push(Block {
                    kind: header.kind.into(),
                    labels: header.labels,
                    header: header.span,
                    body,
                });
            }
            _ => {
                let message = format!("an object is expected for a block of the type {}", header.kind);
                self.complain(self.span(value.range()), message);
            }
        }
    }

    fn expr(&mut self, text: &str, value: &Value) -> Expr {
        let span = self.span(value.range());
        let kind = match value {
            Value::NullKeyword(_) => ExprKind::Null,
            Value::BooleanLit(value) => ExprKind::Bool(value.value),
            Value::NumberLit(number) => match number.value.parse() {
                Ok(int) => ExprKind::Int(int),
                Err(_) => ExprKind::Float(number.value.parse().unwrap_or(f64::MAX)),
            },
            Value::StringLit(string) => return self.string(text, string),
            Value::Array(array) => {
                ExprKind::List(array.elements.iter().map(|e| self.expr(text, e)).collect())
            }
            Value::Object(object) => {
                let mut entries = Vec::with_capacity(object.properties.len());
                for member in &object.properties {
                    if self.comment(&member.name, &member.value) {
                        continue;
                    }
                    let key = match &member.name {
                        ObjectPropName::String(name) => self.string(text, name),
                        ObjectPropName::Word(name) => {
                            Expr { kind: ExprKind::String(name.value.into()), span: self.span(name.range) }
                        }
                    };
                    entries.push((key, self.expr(text, &member.value)));
                }
                ExprKind::Object(entries)
            }
        };
        Expr { kind, span }
    }

    /// A string is a template. One that is a single sequence is that expression itself.
    fn string(&mut self, text: &str, string: &StringLit) -> Expr {
        let span = self.span(string.range);
        let value: &str = &string.value;
        if !self.templates || !(value.contains("${") || value.contains("%{")) {
            return Expr { kind: ExprKind::String(value.into()), span };
        }
        let raw = text.get(string.range.start + 1..string.range.end.saturating_sub(1)).unwrap_or_default();
        let first = string.range.start + 1 + self.skipped;
        let pairs = if raw.len() == value.len() { vec![(0, first)] } else { escapes(raw, first) };
        let (mut parts, problems) = parse_template_at(value, Place::Mapped(&pairs));
        for problem in problems {
            // The text is kept, so that a check still sees that there is one.
            parts = vec![Part::Text(value.into(), span)];
            self.complain(problem.span, problem.message);
        }
        match (parts.pop(), parts.is_empty()) {
            (Some(Part::Interpolation(only)), true) => only,
            (last, _) => {
                parts.extend(last);
                Expr { kind: template::kind(parts), span }
            }
        }
    }
}

#[derive(Clone)]
struct Header<'a> {
    kind: &'a str,
    labels: Vec<Arc<str>>,
    /// The innermost label, or the type where there is none.
    span: Span,
}

/// Where the text behind each escape of a JSON string stands: offsets in the value with offsets in the file.
fn escapes(raw: &str, first: usize) -> Vec<(usize, usize)> {
    let mut pairs = vec![(0, first)];
    let (mut at, mut value) = (0, 0);
    let unit = |at: usize| {
        let digits = raw.get(at + 2..at + 6).filter(|_| raw.get(at..at + 2) == Some("\\u"))?;
        u32::from_str_radix(digits, 16).ok()
    };
    while let Some(plain) = raw.get(at..).and_then(|rest| rest.find('\\')) {
        at += plain;
        value += plain;
        let (length, character) = match unit(at) {
            None => (2, Some('n')),
            Some(high @ 0xD800..=0xDBFF) => {
                let low = unit(at + 6).unwrap_or_default().wrapping_sub(0xDC00) & 0x3FF;
                (12, char::from_u32(0x10000 + ((high - 0xD800) << 10) + low))
            }
            Some(code) => (6, char::from_u32(code)),
        };
        at = (at + length).min(raw.len());
        value += character.map_or(3, char::len_utf8);
        pairs.push((value, first + at));
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::super::show;
    use super::*;

    #[test]
    fn blocks_are_told_from_attributes_by_their_names() {
        let cases = [
            ("{}", ""),
            (
                r#"{"locals": {"a": 1, "b": [true, null, 1.5, "x"]}}"#,
                r#"locals { a = 1; b = [true null 1.5 "x"] }"#,
            ),
            (
                r#"{"resource": {"t": {"n": {"size": 1, "net": [{"a": 1}], "tags": {"k": "v"}}, "m": {}}}}"#,
                r#"resource t n { size = 1; net = [{"a": 1}]; tags = {"k": "v"} }; resource t m {  }"#,
            ),
            (
                r#"{"resource": [{"t": {"n": [{"a": 1}, {"a": 2}]}}]}"#,
                "resource t n { a = 1 }; resource t n { a = 2 }",
            ),
            (
                r#"{"terraform": {"required_version": "1", "backend": {"s3": {"bucket": "b"}}, "required_providers": {"aws": {"source": "s"}}}}"#,
                r#"terraform { required_version = "1"; backend s3 { bucket = "b" }; required_providers { aws = {"source": "s"} } }"#,
            ),
            (
                r#"{"resource": {"t": {"n": {"lifecycle": {"ignore_changes": ["a"]}, "dynamic": {"set": {"for_each": "${x}", "content": {"v": "${set.value}"}}}}}}}"#,
                r#"resource t n { lifecycle { ignore_changes = ["a"] }; dynamic set { for_each = x; content { v = set.value } } }"#,
            ),
            (
                r#"{"provider": {"aws": [{"alias": "a"}, {"alias": "b"}]}}"#,
                r#"provider aws { alias = "a" }; provider aws { alias = "b" }"#,
            ),
            (
                r#"{"variable": {"v": {"type": "list(string)", "default": null}}}"#,
                r#"variable v { type = "list(string)"; default = null }"#,
            ),
            (r#"[{"locals": {"a": 1}}, {"locals": {"b": 2}}]"#, "locals { a = 1 }; locals { b = 2 }"),
            (
                r#"{"locals": {"//": "why", "a": {"//": "how", "b": 1, "b": 2}, "c": 1, "c": 2}}"#,
                r#"locals { a = {"b": 1, "b": 2}; c = 2 }"#,
            ),
        ];
        for (text, want) in cases {
            let (file, problems) = parse_json(text);
            assert_eq!(
                (show::body(&file.body).as_str(), show::problems(&problems)),
                (want, vec![]),
                "{text}"
            );
        }
        let (file, _) = parse_json(r#"{"//": " top ", "locals": {"a": {"//": "in"}}}"#);
        assert_eq!(file.comments.iter().map(|c| c.text.as_str()).collect::<Vec<_>>(), ["top", "in"]);
    }

    #[test]
    fn strings_are_templates() {
        let cases = [
            (r#""a""#, r#""a""#),
            (r#""${var.a}""#, "var.a"),
            (r#""a ${var.b} c""#, r#"<"a " var.b " c">"#),
            (r#""${f(\"a\")}""#, r#"f("a")"#),
            (r#""$${a}""#, r#""${a}""#),
            (r#""\ud83d\ude00 \u00e9 ${a}""#, r#"<"😀 é " a>"#),
            (r#"{"${a}": "x"}"#, r#"{a: "x"}"#),
        ];
        for (text, want) in cases {
            let (file, problems) = parse_json(&format!(r#"{{"locals": {{"a": {text}}}}}"#));
            assert_eq!(show::problems(&problems), [""; 0], "{text}");
            assert_eq!(show::expr(&file.body.blocks[0].body.attributes[0].value), want, "{text}");
        }
    }

    #[test]
    fn values_of_variables_are_literal() {
        let (file, problems) = parse_json_variables("\u{feff}{\"data\": {\"a\": \"${b}\"}, \"module\": 1}");
        assert_eq!(problems, []);
        assert_eq!(show::body(&file.body), r#"data = {"a": "${b}"}; module = 1"#);
    }

    #[test]
    fn spans_are_those_of_the_file() {
        let text = "\u{feff}{\"locals\": {\"a\": \"\\n\\u00e9\\ud83d\\ude00é ${x.y} \\\" ${ z }\"}}";
        let (file, problems) = parse_json(text);
        assert_eq!(problems, []);
        let block = &file.body.blocks[0];
        let at = |span: Span| &text[span.start as usize..span.end as usize];
        assert_eq!(at(block.header), "\"locals\"");
        let attribute = &block.body.attributes[0];
        assert_eq!(at(attribute.name_span), "\"a\"");
        let ExprKind::Template(parts) = &attribute.value.kind else { unreachable!("{attribute:?}") };
        let texts: Vec<&str> = parts
            .iter()
            .map(|part| match part {
                Part::Text(_, span) | Part::Interpolation(Expr { span, .. }) => at(*span),
                _ => unreachable!("{part:?}"),
            })
            .collect();
        assert_eq!(texts, ["\\n\\u00e9\\ud83d\\ude00é ", "x.y", " \\\" ", "z"]);
    }

    #[test]
    fn mistakes_are_told() {
        let cases = [
            ("", "0..0 the file holds no JSON value"),
            ("1", "0..1 an object is expected here"),
            (r#"{"a": 1,}"#, "7..8 not JSON: trailing commas are not allowed"),
            ("{// no\n}", "1..6 not JSON: comments are not allowed"),
            (r#"{"a" 1}"#, "5..6 not JSON: expected colon after the string or word in object property"),
            (r#"{"resource": {"t": 1}}"#, "19..20 an object is expected for a block of the type resource"),
            (r#"{"locals": {"a": "${"}}"#, "18..20 `${` is not closed"),
            (r#"{"locals": {"a": "\n${b c}"}}"#, "24..25 expected `}`, found `c`"),
        ];
        for (text, want) in cases {
            assert_eq!(show::problems(&parse_json(text).1), [want], "{text}");
        }
        for text in ["[".repeat(100_000), "{\"a\":".repeat(100_000)] {
            assert_eq!(parse_json(&text).1[0].message, "nested deeper than 128 levels");
        }
        let long = format!("[{}1]", "1,".repeat(MAX_VALUES + 1));
        assert_eq!(
            parse_json(&long).1[0].message,
            "there are more than 1000000 values: the file is not read"
        );
    }
}
