//! `yamldecode`: one YAML document, with the words and numbers that Terraform recognises in plain scalars.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use model::{Node, Number, Value};
use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, Tag};

use super::limits::{self, MAX_DEPTH};
use super::text::{known, normal};
use crate::terraform::types;

type Result<T = Node> = std::result::Result<T, String>;

const CORE: &str = "tag:yaml.org,2002:";

pub(super) fn yamldecode(args: &[Node]) -> Result {
    let text = known(&args[0]);
    limits::text(text.len())?;
    let origin = Node { from: None, default: false, value: Value::Null, ..args[0].clone() };
    let mut builder = Builder { origin, open: Vec::new(), anchors: HashMap::new(), root: None, count: 0 };
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
        let (event, _) = event.map_err(|e| format!("invalid YAML: {e}"))?;
        if let Event::DocumentStart(..) = event {
            documents += 1;
            if documents > 1 {
                return Err("the text has more than one YAML document".to_owned());
            }
        }
        builder.take(event)?;
    }
    builder.root.ok_or_else(|| "the text has no YAML document".to_owned())
}

/// A collection that is being read, with the number of its anchor.
enum Open {
    List(Vec<Node>, usize),
    Map { entries: BTreeMap<Arc<str>, Node>, key: Option<Arc<str>>, anchor: usize },
}

struct Builder {
    origin: Node,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    root: Option<Node>,
    count: usize,
}

impl Builder {
    fn take(&mut self, event: Event<'_>) -> Result<()> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let value = scalar(&text, style == ScalarStyle::Plain, tag.as_deref())?;
                self.done(value, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                check_tag(tag.as_deref(), "seq")?;
                self.start(Open::List(Vec::new(), anchor))
            }
            Event::MappingStart(_, anchor, tag) => {
                check_tag(tag.as_deref(), "map")?;
                self.start(Open::Map { entries: BTreeMap::new(), key: None, anchor })
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open::List(items, anchor)) => self.done(Value::list(items), anchor),
                Some(Open::Map { entries, anchor, .. }) => self.done(Value::map(entries), anchor),
                None => Ok(()),
            },
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).cloned();
                self.put(node.ok_or("an alias refers to an anchor that is not complete")?)
            }
            _ => Ok(()),
        }
    }

    fn start(&mut self, open: Open) -> Result<()> {
        if self.open.len() >= MAX_DEPTH {
            return Err(format!("the value is nested deeper than {MAX_DEPTH} levels"));
        }
        if matches!(self.open.last(), Some(Open::Map { key: None, .. })) {
            return Err("only text can be a key".to_owned());
        }
        self.open.push(open);
        Ok(())
    }

    fn done(&mut self, value: Value, anchor: usize) -> Result<()> {
        let node = Node { value, ..self.origin.clone() };
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        self.put(node)
    }

    fn put(&mut self, node: Node) -> Result<()> {
        self.count += 1;
        limits::items(self.count)?;
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List(items, _)) => items.push(node),
            Some(Open::Map { entries, key, .. }) => match key.take() {
                None => {
                    let text = types::to_string(&node).map_err(|_| "only text can be a key")?;
                    *key = Some(text.as_str().ok_or("a key must not be null")?.into());
                }
                Some(merge) if &*merge == "<<" => match &node.value {
                    Value::Map(merged) => entries.extend(merged.iter().map(|(k, n)| (k.clone(), n.clone()))),
                    other => return Err(format!("a {} cannot be merged into a map", other.type_name())),
                },
                Some(key) => _ = entries.insert(key, node),
            },
        }
        Ok(())
    }
}

fn unsupported(tag: &Tag) -> String {
    format!("unsupported tag \"{}{}\"", tag.handle(), tag.suffix())
}

fn check_tag(tag: Option<&Tag>, only: &str) -> Result<()> {
    match tag {
        Some(tag) if tag.handle() != CORE || tag.suffix() != only => Err(unsupported(tag)),
        _ => Ok(()),
    }
}

fn scalar(text: &str, plain: bool, tag: Option<&Tag>) -> Result<Value> {
    let wanted = match tag {
        None => "",
        Some(tag) if tag.handle() == CORE => tag.suffix(),
        Some(tag) => return Err(unsupported(tag)),
    };
    let as_text = || Value::String(normal(text));
    // What is quoted is text, whatever its tag says.
    let found = if plain { plain_scalar(text)? } else { as_text() };
    let fits = match wanted {
        "" => true,
        "str" | "binary" => return Ok(as_text()),
        _ if !plain => true,
        "null" => matches!(found, Value::Null),
        "bool" => matches!(found, Value::Bool(_)),
        "int" => matches!(found, Value::Number(Number::Int(_))),
        "float" => matches!(found, Value::Number(_)),
        "timestamp" => matches!(found, Value::String(_)),
        _ => return Err(unsupported(tag.unwrap_or(&Tag::new("", "")))),
    };
    if fits { Ok(found) } else { Err(format!("cannot read {text:.40?} as {wanted}")) }
}

/// The words of YAML 1.1, the numbers of YAML 1.2, and time stamps, which become text in RFC 3339.
fn plain_scalar(text: &str) -> Result<Value> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => {
            Value::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => {
            Value::Bool(false)
        }
        ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf"
        | "-.Inf" | "-.INF" => return Err("only finite numbers are supported".to_owned()),
        _ => match number(text) {
            Some(number) => Value::Number(number),
            None => timestamp(text).map_or_else(|| Value::String(normal(text)), Value::string),
        },
    })
}

fn number(text: &str) -> Option<Number> {
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            return i64::from_str_radix(digits, radix)
                .ok()
                .filter(|_| !digits.starts_with(['+', '-']))
                .map(Number::Int);
        }
    }
    Number::parse(text).filter(|_| text.bytes().any(|b| b.is_ascii_digit()))
}

/// `2006-1-2`, `2006-1-2 15:4:5.9`, `2006-1-2T15:4:5.9+07:00`, as RFC 3339 without a fraction.
fn timestamp(text: &str) -> Option<String> {
    let digits = |t: &str, most: usize| -> Option<u32> {
        (1..=most).contains(&t.len()).then_some(())?;
        t.bytes().all(|b| b.is_ascii_digit()).then(|| t.parse().ok())?
    };
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some((&text[at..=at], &text[at + 1..]))),
        None => (text, None),
    };
    let [year, month, day] = date.split('-').collect::<Vec<_>>()[..] else { return None };
    let year = digits(year, 4).filter(|_| year.len() == 4)?;
    let (month, day) = (digits(month, 2)?, digits(day, 2)?);
    let mut clock = "00:00:00".to_owned();
    let mut zone = "Z";
    if let Some((separator, time)) = time {
        let time = if separator == " " {
            time
        } else {
            let at = time.find(['Z', '+', '-'])?;
            zone = &time[at..];
            &time[..at]
        };
        let (whole, fraction) = time.split_once('.').unwrap_or((time, "0"));
        digits(fraction, 9)?;
        let [hour, minute, second] = whole.split(':').collect::<Vec<_>>()[..] else { return None };
        clock = format!("{:02}:{:02}:{:02}", digits(hour, 2)?, digits(minute, 2)?, digits(second, 2)?);
    }
    let stamp = format!("{year:04}-{month:02}-{day:02}T{clock}{zone}");
    super::date::is_stamp(&stamp).then_some(stamp)
}

#[cfg(test)]
mod tests {
    use crate::terraform::functions::testing::check;

    #[test]
    fn documents_are_read_as_terraform_reads_them() {
        let yaml = |text: &'static str, want| ("yamldecode", vec![text.into()], want);
        check(&[
            yaml("a: 1\nb: [x, y]\nc: {d: null}", r#"{"a":1,"b":["x",true],"c":{"d":null}}"#),
            yaml(
                "[yes, No, on, tRue, ~, nULL, '', 'yes']",
                r#"[true,false,true,"tRue",null,"nULL","","yes"]"#,
            ),
            yaml(
                "[0x1F, 0o17, 017, 1_000, 0b11, 1e3, 5., +.5, 1e, 1.2.3]",
                r#"[31,15,17,"1_000","0b11",1000,5,0.5,"1e","1.2.3"]"#,
            ),
            yaml(
                "[2020-1-1, 2020-01-01T01:02:03.5+01:00, 2020-01-01 01:02:03, 2020-13-01]",
                r#"["2020-01-01T00:00:00Z","2020-01-01T01:02:03+01:00","2020-01-01T01:02:03Z","2020-13-01"]"#,
            ),
            yaml("a: &x {k: 1}\nb:\n  <<: *x\n  z: 2", r#"{"a":{"k":1},"b":{"k":1,"z":2}}"#),
            yaml("b: 1\n<<: {b: 2}", r#"{"b":2}"#),
            yaml("1: x\ntrue: y\n1.5: z", r#"{"1":"x","1.5":"z","true":true}"#),
            yaml("a: |\n  x\n  y\nb: >-\n  x\n\n  y\n", r#"{"a":"x\ny\n","b":"x\ny"}"#),
            yaml("[!!str 12, !!int '12', !!float 1, !!null '']", r#"["12","12",1,""]"#),
            yaml("---\n", "null"),
            yaml("", "error: the text has no YAML document"),
            yaml("a: 1\n---\nb: 2", "error: the text has more than one YAML document"),
            yaml("? [a]\n: b", "error: only text can be a key"),
            yaml("null: x", "error: a key must not be null"),
            yaml("!foo x", "error: unsupported tag \"!foo\""),
            yaml("!!int x", "error: cannot read \"x\" as int"),
            yaml("a: &a [*a]", "error: an alias refers to an anchor that is not complete"),
            yaml("<<: 1", "error: a number cannot be merged into a map"),
            yaml("[.nan]", "error: only finite numbers are supported"),
        ]);
    }
}
