//! Conditions, three-valued: true, false, or not known and why.
//!
//! A condition is a node: a bool that is `assumed` where it rests on a parameter's default, or unknown.

use std::collections::BTreeMap;
use std::sync::Arc;

use formats::data::Datum;
use model::{Node, Piece, Value};

use super::eval::{Evaluated, Scope, carry};
use super::functions::{same, text_of, unknown_of};

impl Scope<'_, '_> {
    /// Whether a condition of the template holds.
    pub(super) fn condition(&self, name: &str, at: &Datum) -> Node {
        if let Some(known) = self.stack.truths.borrow().get(name) {
            return known
                .clone()
                .unwrap_or_else(|| Node::unknown(format!("the condition {name} depends on itself")));
        }
        let Some(declared) = self.stack.conditions().get(name).cloned() else {
            return self.fault(at, format!("there is no condition {name}"));
        };
        self.stack.truths.borrow_mut().insert(declared.id.clone(), None);
        let scope = self.beside(&declared.source, &declared.loops);
        let truth = self.root.deeper(|| scope.truth(&declared.datum), |unknown| unknown);
        let truth = Node { at: Some(Arc::new(declared.header())), from: None, mentions: None, ..truth };
        self.stack.truths.borrow_mut().insert(declared.id.clone(), Some(truth.clone()));
        truth
    }

    /// The truth of a condition's expression.
    fn truth(&self, datum: &Datum) -> Node {
        // Inside conditions a mapping with this one key names another.
        if let (None, Some([only])) = (&datum.tag, datum.as_map())
            && &*only.key == "Condition"
        {
            return self.condition_function("Condition", &only.value, datum);
        }
        self.truth_of(&self.value(datum), datum)
    }

    fn truth_of(&self, node: &Node, datum: &Datum) -> Node {
        match &node.value {
            Value::Bool(_) | Value::Unknown(_) => node.clone(),
            Value::String(text) if text.eq_ignore_ascii_case("true") => {
                Node { value: Value::Bool(true), ..node.clone() }
            }
            Value::String(text) if text.eq_ignore_ascii_case("false") => {
                Node { value: Value::Bool(false), ..node.clone() }
            }
            Value::Template(_) => unknown_of(node),
            other => self.fault(datum, format!("a {} is no condition", other.type_name())),
        }
    }

    pub(super) fn condition_function(&self, name: &str, argument: &Datum, whole: &Datum) -> Node {
        let truths = |count| match self.arguments(name, argument, count) {
            Ok(items) => Ok(items.iter().map(|item| self.truth(item)).collect::<Vec<_>>()),
            Err(fault) => Err(fault),
        };
        match name {
            "Condition" => match argument.as_str() {
                Some(name) => {
                    let name = super::template::looped(&self.loops, name)
                        .and_then(text_of)
                        .unwrap_or_else(|| self.key(&Arc::from(name)));
                    self.condition(&name, whole)
                }
                None => self.fault(whole, format!("a condition is named by {}", argument.type_name())),
            },
            "Fn::Not" => match truths(1..=1).as_deref() {
                Ok([one]) => match one.value {
                    Value::Bool(flag) => Node { value: Value::Bool(!flag), ..one.clone() },
                    _ => one.clone(),
                },
                Ok(_) => Node::null(),
                Err(fault) => fault.clone(),
            },
            "Fn::And" => truths(1..=100).map_or_else(|fault| fault, |all| decide(&all, false)),
            "Fn::Or" => truths(1..=100).map_or_else(|fault| fault, |all| decide(&all, true)),
            "Fn::Equals" => match self.arguments(name, argument, 2..=2) {
                Ok([a, b]) => equal(&self.value(a), &self.value(b)),
                Ok(_) => Node::null(),
                Err(fault) => fault,
            },
            _ => Node::unknown(format!("{name} is known at deployment")),
        }
    }

    /// `Fn::If`.
    pub(super) fn branch(&self, argument: &Datum, whole: &Datum) -> Evaluated {
        let (name, then, otherwise) = match self.arguments("Fn::If", argument, 3..=3) {
            Ok([name, then, otherwise]) => (name, then, otherwise),
            Ok(_) => return None,
            Err(fault) => return Some(fault),
        };
        let truth = match name.as_str().filter(|_| name.tag.is_none()) {
            Some(name) => self.condition(&self.key(&Arc::from(name)), whole),
            None => self.truth(name),
        };
        match &truth.value {
            Value::Bool(true) => self.eval(then).map(|node| carry(self.place(whole, node), &truth)),
            Value::Bool(false) => self.eval(otherwise).map(|node| carry(self.place(whole, node), &truth)),
            Value::Unknown(reason) => {
                let reason: Arc<str> = match name.as_str() {
                    Some(name) => format!("depends on the condition {name}: {reason}").into(),
                    None => reason.clone(),
                };
                match (self.eval(then), self.eval(otherwise)) {
                    (None, None) => None,
                    (then, otherwise) => {
                        let either = either(then.as_ref(), otherwise.as_ref(), &reason, 0);
                        Some(self.place(whole, either))
                    }
                }
            }
            _ => Some(self.fault(whole, "the condition of Fn::If is no condition")),
        }
    }
}

/// What is known of one of two values: what they share; of objects, key by key.
fn either(a: Option<&Node>, b: Option<&Node>, reason: &Arc<str>, depth: usize) -> Node {
    match (a, b) {
        (Some(a), Some(b)) if same(a, b) => a.clone(),
        (Some(Node { value: Value::Map(x), .. }), Some(Node { value: Value::Map(y), .. })) if depth < 16 => {
            let mut map = BTreeMap::new();
            for key in x.keys().chain(y.keys()) {
                if !map.contains_key(key) {
                    map.insert(key.clone(), either(x.get(key), y.get(key), reason, depth + 1));
                }
            }
            Node { at: a.and_then(|a| a.at.clone()), ..Value::map(map).into() }
        }
        (a, b) => {
            let at = a.or(b).and_then(|n| n.at.clone());
            let sensitive = a.is_some_and(|n| n.sensitive) || b.is_some_and(|n| n.sensitive);
            Node { at, sensitive, ..Value::Unknown(reason.clone()).into() }
        }
    }
}

/// `Fn::Or` where `by` is true, `Fn::And` where it is false: one that equals `by` decides.
fn decide(all: &[Node], by: bool) -> Node {
    let deciding = all.iter().filter(|n| n.as_bool() == Some(by)).min_by_key(|n| n.assumed);
    if let Some(one) = deciding {
        return one.clone();
    }
    match all.iter().find(|n| n.is_unknown()) {
        Some(unknown) => unknown.clone(),
        None => all.iter().fold(Value::Bool(!by).into(), carry),
    }
}

fn equal(a: &Node, b: &Node) -> Node {
    let marks = carry(carry(Node::null(), a), b);
    let open = |n: &Node| n.first_unknown(1_000).is_some();
    let value = match (open(a), open(b)) {
        (false, false) => Value::Bool(same(a, b)),
        _ if same(a, b) && !matches!(a.value, Value::Unknown(_)) => Value::Bool(true),
        _ if never_empty(a, b) || never_empty(b, a) => Value::Bool(false),
        _ if ends_differ(a, b) || ends_differ(b, a) => Value::Bool(false),
        (true, _) => unknown_of(a).value,
        _ => unknown_of(b).value,
    };
    Node { sensitive: false, value, ..marks }
}

/// Whether one is what a deployment gives a resource, and the other no text at all.
fn never_empty(deployed: &Node, text: &Node) -> bool {
    deployed.is_unknown() && deployed.from.is_some() && text.as_str() == Some("")
}

/// Whether text that is known in part cannot be a known text.
fn ends_differ(partly: &Node, text: &Node) -> bool {
    let (Value::Template(pieces), Some(text)) = (&partly.value, text_of(text)) else { return false };
    let starts = |p: &Piece| matches!(p, Piece::Text(start) if !text.starts_with(&**start));
    let ends = |p: &Piece| matches!(p, Piece::Text(end) if !text.ends_with(&**end));
    pieces.first().is_some_and(starts) || pieces.last().is_some_and(ends)
}
