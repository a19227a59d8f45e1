//! Recorded values as the body of a resource, in the form that the evaluator gives it: what is not set is absent, what is
//! not known yet says so and keeps what it refers to.

use std::collections::BTreeMap;
use std::sync::Arc;

use formats::data::{Data, Datum, Entry};
use model::{Node, Number, Reference, Value};

use super::marks::{Marks, is_secret};
use crate::file::SourceFile;

/// What a provider keeps for its own ends beside what was asked for.
const BOOKKEEPING: [&str; 4] = ["tags_all", "terraform_labels", "effective_labels", "timeouts"];
/// Written blocks of one kind that are compared with the recorded ones.
const MAX_BLOCKS: usize = 1_000;

/// What the configuration says about a value.
#[derive(Clone, Copy)]
pub(super) enum Written<'p> {
    /// Nothing is known of what is written: a state, or a block that was made by `dynamic`.
    Unseen,
    /// It is not written: the provider decides.
    Not,
    /// An expression: its `references` and `constant_value`.
    Expression(&'p Datum),
    /// A block, or an object of expressions.
    Block(&'p Datum),
    /// The blocks of one kind, in the order of the text.
    Blocks(&'p [Datum]),
}

impl<'p> Written<'p> {
    pub(super) fn of(datum: &'p Datum) -> Written<'p> {
        match &datum.value {
            Data::List(items) => Written::Blocks(items),
            Data::Map(entries) => {
                let is_key = |e: &Entry| matches!(&*e.key, "references" | "constant_value");
                match entries.is_empty() || entries.iter().any(is_key) {
                    true => Written::Expression(datum),
                    false => Written::Block(datum),
                }
            }
            _ => Written::Unseen,
        }
    }

    fn attribute(self, name: &str) -> Written<'p> {
        match self {
            Written::Block(block) => block.get(name).map_or(Written::Not, Written::of),
            Written::Not => Written::Not,
            Written::Expression(_) => self,
            Written::Unseen | Written::Blocks(_) => Written::Unseen,
        }
    }
}

/// A value with what stands about it elsewhere.
#[derive(Clone, Copy)]
pub(super) struct Told<'p> {
    pub(super) value: Option<&'p Datum>,
    /// `after_unknown`: `true` where the value is not known yet.
    pub(super) unknown: Option<&'p Datum>,
    pub(super) marks: Option<&'p Marks>,
    pub(super) written: Written<'p>,
}

/// Makes bodies.
pub(super) struct Reader<'r> {
    pub(super) file: &'r SourceFile,
    /// Whether values of any type stand with their types, as in a stored state.
    pub(super) typed: bool,
    /// What an expression refers to.
    pub(super) references: &'r dyn Fn(&Datum) -> Vec<Arc<Reference>>,
}

impl Reader<'_> {
    /// The body of a resource that is declared at `at`.
    pub(super) fn body(&self, at: &Datum, told: Told<'_>) -> Node {
        let node = self.map(told, told.marks.is_some_and(|m| m.whole));
        let node = node.unwrap_or_else(|| Value::map(BTreeMap::new()).into());
        Node { at: Some(self.file.place(at)), ..node }
    }

    /// Nothing where the value is not set.
    fn value(&self, name: &str, told: Told<'_>, hidden: bool) -> Option<Node> {
        let told = match self.typed {
            true => Told { value: told.value.map(untyped), ..told },
            false => told,
        };
        let hidden = hidden || told.marks.is_some_and(|m| m.whole) || is_secret(name);
        let node = match (told.unknown.map(|u| &u.value), told.value.map(|v| (&v.value, v))) {
            (Some(Data::Bool(true)), _) => self.not_known(told)?,
            (_, Some((Data::List(items), list))) => self.list(name, list, items, told, hidden)?,
            (_, Some((Data::Map(_), map))) => {
                let node = self.map(told, hidden)?;
                self.referring(Node { at: Some(self.file.place(map)), ..node }, told)
            }
            // Objects of which nothing is known yet.
            (Some(Data::Map(_)), None | Some((Data::Null, _))) => self.map(told, hidden)?,
            (_, None | Some((Data::Null, _))) => return None,
            (_, Some((data, datum))) => {
                let value = scalar(data)?;
                let unset = matches!(&value, Value::String(text) if text.is_empty());
                if unset && !matches!(told.written, Written::Expression(_)) {
                    return None;
                }
                self.referring(Node { at: Some(self.file.place(datum)), ..value.into() }, told)
            }
        };
        let private = node.as_str().is_some_and(|text| text.contains("PRIVATE KEY-----"));
        Some(Node { sensitive: node.sensitive || hidden || private, ..node })
    }

    fn map(&self, told: Told<'_>, hidden: bool) -> Option<Node> {
        let entries = |datum: Option<&Datum>| -> Vec<Arc<str>> {
            datum.and_then(Datum::as_map).into_iter().flatten().map(|e| e.key.clone()).collect()
        };
        let mut names = entries(told.value);
        names.extend(entries(told.unknown));
        names.sort();
        names.dedup();
        // Looked up in a table: a document may have a map of very many entries.
        let (values, unknowns) = (table(told.value), table(told.unknown));
        let mut body = BTreeMap::new();
        for name in names {
            if BOOKKEEPING.contains(&&*name) {
                continue;
            }
            let inner = Told {
                value: values.get(&*name).copied(),
                unknown: unknowns.get(&*name).copied(),
                marks: told.marks.and_then(|m| m.inside(&name)),
                written: told.written.attribute(&name),
            };
            if let Some(node) = self.value(&name, inner, hidden) {
                body.insert(name, node);
            }
        }
        let empty = body.is_empty() && !matches!(told.written, Written::Expression(_) | Written::Block(_));
        (!empty).then(|| Value::map(body).into())
    }

    fn list(&self, name: &str, list: &Datum, items: &[Datum], told: Told<'_>, hidden: bool) -> Option<Node> {
        if items.is_empty() && !matches!(told.written, Written::Expression(_)) {
            return None;
        }
        let unknowns = told.unknown.and_then(Datum::as_list).unwrap_or_default();
        let blocks = match told.written {
            Written::Blocks(blocks) if agree(blocks, items) => blocks,
            _ => &[],
        };
        let mut referred = match told.written {
            Written::Expression(expression) => (self.references)(expression),
            _ => Vec::new(),
        };
        let open = unknowns.iter().filter(|u| matches!(u.value, Data::Bool(true))).count();
        // In the order of the text, where there is one for each.
        let in_order = (referred.len() == open).then(|| std::mem::take(&mut referred));
        let mut in_order = in_order.unwrap_or_default().into_iter();
        let elements = items.iter().enumerate().map(|(index, item)| {
            let unknown = unknowns.get(index);
            if matches!(unknown.map(|u| &u.value), Some(Data::Bool(true)))
                && let Some(reference) = in_order.next()
            {
                let node = Node { from: Some(reference), ..Node::unknown(LATER) };
                return Node { sensitive: hidden, ..node.at(self.file.place(list)) };
            }
            let inner = Told {
                value: Some(item),
                unknown,
                marks: told.marks.and_then(|m| m.inside(&index.to_string())),
                written: match (told.written, blocks.get(index)) {
                    (Written::Blocks(_), Some(block)) => Written::Block(block),
                    (Written::Expression(_), _) => told.written,
                    _ => Written::Unseen,
                },
            };
            self.value(name, inner, hidden).unwrap_or_else(|| match &item.value {
                Data::Map(_) => Node::from(Value::map(BTreeMap::new())).at(self.file.place(item)),
                Data::Text(text) => Node::from(text.clone()).at(self.file.place(item)),
                _ => Node::null().at(self.file.place(item)),
            })
        });
        Some(Node::from(Value::list(elements.collect())).at(self.file.place(list)))
    }

    fn not_known(&self, told: Told<'_>) -> Option<Node> {
        let place = |datum: &Datum| Some(self.file.place(datum));
        match told.written {
            Written::Not => None,
            Written::Expression(expression) => {
                let unknown = Node { at: place(expression), ..Node::unknown(LATER) };
                let mut referred = (self.references)(expression);
                referred.dedup();
                Some(match referred.len() {
                    0 => unknown,
                    1 => Node { from: referred.pop(), ..unknown },
                    _ => Node { mentions: Some(Arc::new(referred)), ..unknown },
                })
            }
            _ => Some(Node { at: told.unknown.and_then(place), ..Node::unknown(LATER) }),
        }
    }

    /// A known value keeps what its expression refers to.
    fn referring(&self, node: Node, told: Told<'_>) -> Node {
        let Written::Expression(expression) = told.written else { return node };
        if matches!(node.value, Value::List(_) | Value::Map(_) | Value::Unknown(_)) {
            return node;
        }
        let referred = (self.references)(expression);
        let mentions = (!referred.is_empty()).then(|| Arc::new(referred));
        Node { mentions, ..node }
    }
}

const LATER: &str = "known after apply";

fn table(datum: Option<&Datum>) -> BTreeMap<&str, &Datum> {
    datum.and_then(Datum::as_map).into_iter().flatten().map(|e| (&*e.key, &e.value)).collect()
}

/// A value of any type is stored with its type: `{"value": …, "type": "string"}`.
fn untyped(datum: &Datum) -> &Datum {
    let is_type = |kind: &Datum| match &kind.value {
        Data::Text(name) => matches!(&**name, "string" | "number" | "bool" | "dynamic"),
        Data::List(items) => {
            let name = items.first().and_then(Datum::as_str);
            items.len() == 2 && matches!(name, Some("object" | "tuple" | "list" | "set" | "map"))
        }
        _ => false,
    };
    match (datum.as_map().map(<[Entry]>::len), datum.get("value"), datum.get("type")) {
        (Some(2), Some(value), Some(kind)) if is_type(kind) => value,
        _ => datum,
    }
}

fn scalar(data: &Data) -> Option<Value> {
    Some(match data {
        Data::Bool(b) => Value::Bool(*b),
        Data::Int(i) => Value::Number(Number::Int(*i)),
        Data::Float(f) => Value::Number(Number::from_f64(*f)?),
        Data::Text(text) => Value::String(text.clone()),
        Data::Null | Data::List(_) | Data::Map(_) => return None,
    })
}

/// Whether the written blocks are the recorded ones, one by one. Blocks of a set are recorded in an order of its own.
fn agree(blocks: &[Datum], items: &[Datum]) -> bool {
    let same = |block: &Datum, item: &Datum| {
        block.as_map().into_iter().flatten().all(|e| {
            let (constant, value) = (e.value.get("constant_value"), item.get(&e.key));
            match (constant.map(|c| &c.value), value.map(|v| &v.value)) {
                (None | Some(Data::Null | Data::List(_) | Data::Map(_)), _) | (_, None) => true,
                (Some(constant), Some(value)) => constant == value,
            }
        })
    };
    blocks.len() == items.len()
        && blocks.len() <= MAX_BLOCKS
        && blocks.iter().zip(items).all(|(block, item)| same(block, item))
}
