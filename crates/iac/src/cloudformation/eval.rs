//! From the data of a template to nodes: which mapping is a function, which text has loop variables in it.
//!
//! What each function does is in [`super::functions`], what names lead to in [`super::names`].

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use formats::data::{Data, Datum, Entry};
use model::{Node, Number, Piece, Position, Reference, Value};

use super::root::Root;
use super::stack::Stack;
use super::template::{Loops, Parsed, looped, untagged, written};
use crate::terraform::cost;

/// Longer texts are not made.
const MAX_TEXT: usize = 1 << 20;
/// References that one text keeps.
const MAX_MENTIONS: usize = 16;
/// An account id that is written as a number.
const ACCOUNT_DIGITS: usize = 12;

/// A value; none where `AWS::NoValue` takes away what it would have been the value of.
pub(super) type Evaluated = Option<Node>;

/// What a loop does with its template, in the scope of one element.
type Body<'b> = dyn FnMut(&Scope<'_, '_>, &Datum) -> Result<(), Arc<str>> + 'b;

/// Where an expression stands: its stack, its file, the loops around it.
pub(super) struct Scope<'s, 'r> {
    pub(super) root: &'s Root<'r>,
    pub(super) stack: Rc<Stack>,
    pub(super) source: Arc<Parsed>,
    pub(super) loops: Loops,
}

impl Scope<'_, '_> {
    /// The value of `datum`, standing where it is written.
    pub(super) fn eval(&self, datum: &Datum) -> Evaluated {
        if let Err(reason) = self.root.spend(1) {
            return Some(self.place(datum, Value::Unknown(reason.into()).into()));
        }
        self.root.deeper(|| self.one(datum), |unknown| Some(self.place(datum, unknown)))
    }

    /// The same, null for nothing.
    pub(super) fn value(&self, datum: &Datum) -> Node {
        self.eval(datum).unwrap_or_default()
    }

    fn one(&self, datum: &Datum) -> Evaluated {
        if let Some(tag) = &datum.tag {
            return self.tagged(tag, datum);
        }
        let value = match &datum.value {
            Data::Null => Value::Null,
            Data::Bool(b) => Value::Bool(*b),
            Data::Float(f) => Number::from_f64(*f).map_or(Value::Null, Value::Number),
            Data::Int(int) => match written(&self.source, datum) {
                Some(text) if is_identifier(text) => Value::String(text.into()),
                _ => Value::Number(Number::Int(*int)),
            },
            Data::Text(text) => return Some(self.place(datum, self.substituted(text))),
            Data::List(items) => {
                if self.root.spend(items.len() / 4).is_err() {
                    return Some(self.place(datum, Node::unknown("the list is too long")));
                }
                Value::list(items.iter().filter_map(|item| self.eval(item)).collect())
            }
            Data::Map(entries) => return self.mapping(entries, datum),
        };
        Some(self.place(datum, value.into()))
    }

    /// A mapping: a function, or an object.
    fn mapping(&self, entries: &[Entry], datum: &Datum) -> Evaluated {
        if let [only] = entries
            && (only.key.starts_with("Fn::") && !only.key.starts_with("Fn::ForEach::") || &*only.key == "Ref")
        {
            return self.function(&only.key, &only.value, datum);
        }
        let mut map = BTreeMap::new();
        if let Err(reason) = self.entries(entries, &mut map) {
            return Some(self.place(datum, Value::Unknown(reason).into()));
        }
        Some(self.place(datum, Value::map(map).into()))
    }

    /// The entries of an object, with what loops and included files add to them.
    fn entries(&self, entries: &[Entry], map: &mut BTreeMap<Arc<str>, Node>) -> Result<(), Arc<str>> {
        self.root.spend(cost::OBJECT + entries.len())?;
        for entry in entries {
            if entry.key.starts_with("Fn::ForEach::") {
                self.each(&entry.value, &mut |scope, body| {
                    scope.entries(body.as_map().unwrap_or_default(), map)
                })?;
            } else if &*entry.key == "Fn::Transform" {
                match self.include(&entry.value, &entry.value).value {
                    Value::Map(included) => {
                        map.extend(included.iter().map(|(k, v)| (k.clone(), v.clone())));
                    }
                    Value::Unknown(reason) => return Err(reason),
                    _ => {}
                }
            } else if let Some(value) = self.eval(&entry.value) {
                map.insert(self.key(&entry.key), value);
            }
        }
        Ok(())
    }

    /// A key with loop variables filled in; `*` for one that is not known.
    pub(super) fn key(&self, key: &Arc<str>) -> Arc<str> {
        if self.loops.is_none() || !key.contains("{") {
            return key.clone();
        }
        match self.substituted(key).value {
            Value::String(text) => text,
            Value::Template(pieces) => {
                let shown = pieces.iter().map(|piece| match piece {
                    Piece::Text(text) => &**text,
                    Piece::Hole { .. } => "*",
                });
                shown.collect::<String>().into()
            }
            _ => "*".into(),
        }
    }

    /// Text with the variables of loops filled in: `${Name}`, and `&{Name}` without what is not a letter or digit.
    fn substituted(&self, text: &Arc<str>) -> Node {
        if self.loops.is_none() || !text.contains('{') {
            return text.clone().into();
        }
        let mut composed = Composed::default();
        let mut rest: &str = text;
        while let Some(at) = rest.find("${").into_iter().chain(rest.find("&{")).min() {
            let name = rest[at + 2..].split_once('}').map(|(name, _)| name);
            let value = name.and_then(|name| looped(&self.loops, name));
            let (Some(name), Some(value)) = (name, value) else {
                composed.text(&rest[..at + 2]);
                rest = &rest[at + 2..];
                continue;
            };
            composed.text(&rest[..at]);
            match value.as_str().filter(|_| rest[at..].starts_with('&')) {
                Some(plain) => {
                    composed.text(&plain.chars().filter(char::is_ascii_alphanumeric).collect::<String>());
                }
                None => composed.add(value),
            }
            rest = &rest[at + 2 + name.len() + 1..];
        }
        composed.text(rest);
        composed.finish(self.root)
    }

    fn tagged(&self, tag: &Arc<str>, datum: &Datum) -> Evaluated {
        let argument = untagged(datum);
        match &**tag {
            "Ref" | "Condition" => self.function(tag, &argument, datum),
            "GetAtt" | "Sub" | "Join" | "Split" | "Select" | "FindInMap" | "ImportValue" | "Base64"
            | "Cidr" | "GetAZs" | "If" | "And" | "Or" | "Not" | "Equals" | "Transform" | "Length"
            | "ToJsonString" | "Contains" | "ValueOf" => {
                self.function(&format!("Fn::{tag}"), &argument, datum)
            }
            _ => Some(self.fault(datum, format!("!{tag} is no function of templates"))),
        }
    }

    /// Calls `body` with the template of a `Fn::ForEach` once for each element of its collection.
    pub(super) fn each(&self, argument: &Datum, body: &mut Body<'_>) -> Result<(), Arc<str>> {
        let Some([name, collection, template]) = argument.as_list() else {
            self.fault(argument, "Fn::ForEach has a variable, a list and a template");
            return Ok(());
        };
        let Some(name) = name.as_str() else {
            self.fault(name, format!("the variable of Fn::ForEach is {}", name.type_name()));
            return Ok(());
        };
        let values = self.value(collection);
        let items = match &values.value {
            Value::List(items) => items.to_vec(),
            Value::Unknown(_) | Value::Template(_) => {
                let reason = values.first_unknown(64).unwrap_or_default();
                self.root.note_at(
                    &self.position(collection),
                    format!("the list of Fn::ForEach is not known: {reason}"),
                );
                vec![Node {
                    from: None,
                    ..Node::unknown(format!("the list of Fn::ForEach is not known: {reason}"))
                }]
            }
            other => {
                self.fault(collection, format!("Fn::ForEach goes over a {}", other.type_name()));
                return Ok(());
            }
        };
        for value in items {
            self.root.spend(1)?;
            let value = Node { assumed: value.assumed || values.assumed, ..value };
            let inner = super::template::Loop { name: name.into(), value, outer: self.loops.clone() };
            let scope = Scope {
                root: self.root,
                stack: self.stack.clone(),
                source: self.source.clone(),
                loops: Some(Rc::new(inner)),
            };
            let done = self.root.deeper(
                || body(&scope, template),
                |unknown| Err(unknown.first_unknown(1).unwrap_or_default()),
            );
            done?;
        }
        Ok(())
    }

    /// A value where it is used, with the place of what it was passed on from behind it.
    pub(super) fn place(&self, datum: &Datum, node: Node) -> Node {
        let at = self.source.file.place(datum);
        let at = match &node.at {
            Some(origin) if **origin != *at => Arc::new((*at).clone().through(origin.clone())),
            _ => at,
        };
        Node { at: Some(at), ..node }
    }

    pub(super) fn position(&self, datum: &Datum) -> Position {
        self.source.file.position(datum.place())
    }

    /// Something that is not as the language wants it: noted, and not known.
    pub(super) fn fault(&self, datum: &Datum, message: impl Into<String>) -> Node {
        let message = message.into();
        self.root.note_at(&self.position(datum), message.clone());
        self.place(datum, Node::unknown(message))
    }

    pub(super) fn beside(&self, source: &Arc<Parsed>, loops: &Loops) -> Self {
        Scope { root: self.root, stack: self.stack.clone(), source: source.clone(), loops: loops.clone() }
    }
}

/// Digits that are a name and no quantity: an account id, or a number with a zero in front.
fn is_identifier(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
        && (text.len() == ACCOUNT_DIGITS || text.len() > 1 && text.starts_with('0'))
}

/// Text under composition, with what it refers to.
#[derive(Default)]
pub(super) struct Composed {
    pieces: Vec<Piece>,
    size: usize,
    marks: Node,
    failed: Option<Arc<str>>,
}

impl Composed {
    pub(super) fn text(&mut self, text: &str) {
        self.size += text.len();
        if self.size <= MAX_TEXT {
            self.pieces.push(Piece::Text(text.into()));
        }
    }

    /// Adds a value as the text that it is.
    pub(super) fn add(&mut self, node: &Node) {
        match &node.value {
            Value::String(text) => self.text(text),
            Value::Number(number) => self.text(&number.to_string()),
            Value::Bool(flag) => self.text(if *flag { "true" } else { "false" }),
            Value::Null => {}
            Value::Template(pieces) => {
                self.size +=
                    pieces.iter().map(|p| if let Piece::Text(t) = p { t.len() } else { 8 }).sum::<usize>();
                if self.size <= MAX_TEXT {
                    self.pieces.extend(pieces.iter().cloned());
                }
            }
            Value::Json(inner) => match crate::terraform::functions::render_json(inner) {
                Ok(text) => self.text(&text),
                Err(reason) => self.pieces.push(Piece::Hole { reason, from: None }),
            },
            Value::Unknown(reason) => {
                self.size += 8;
                if self.size <= MAX_TEXT {
                    self.pieces.push(Piece::Hole { reason: reason.clone(), from: node.from.clone() });
                }
            }
            Value::List(_) | Value::Map(_) => {
                self.failed =
                    Some(format!("a {} stands where text is needed", node.value.type_name()).into());
            }
        }
        self.mark(node);
    }

    /// Keeps what a value refers to and whether it is secret or assumed.
    pub(super) fn mark(&mut self, node: &Node) {
        self.marks = mentioning(carry(std::mem::take(&mut self.marks), node), node);
    }

    /// What keeps this from being text.
    pub(super) fn failed(&self) -> Option<&Arc<str>> {
        self.failed.as_ref()
    }

    pub(super) fn finish(self, root: &Root<'_>) -> Node {
        let Composed { pieces, size, marks, failed } = self;
        let value = match (failed, root.spend(size / 64 + pieces.len())) {
            (Some(reason), _) => Value::Unknown(reason),
            (_, Err(reason)) => Value::Unknown(reason.into()),
            _ if size > MAX_TEXT => Value::unknown("the text is too long"),
            _ => Value::text(pieces),
        };
        Node { value, ..marks }
    }
}

/// `node` with the marks of what it was made from.
pub(super) fn carry(mut node: Node, from: &Node) -> Node {
    node.sensitive |= from.sensitive;
    node.assumed |= from.assumed;
    node
}

/// `node` with what `value` refers to among its mentions.
pub(super) fn mentioning(mut node: Node, value: &Node) -> Node {
    let new: Vec<Arc<Reference>> =
        value.from.iter().chain(value.mentions.iter().flat_map(|m| m.iter())).cloned().collect();
    if !new.is_empty() {
        let all = Arc::make_mut(node.mentions.get_or_insert_default());
        all.extend(new);
        all.truncate(MAX_MENTIONS);
    }
    node
}
