//! What an expression is known to be: constants through names, defaults, attributes, text with holes, the environment and
//! settings files. What cannot be known is unknown, with the expression as it is written.

mod calls;
mod environment;
mod names;
mod takes;

use std::collections::BTreeMap;
use std::sync::Arc;

use formats::code::{Expr, ExprId, Join, Part};
use model::{Node, Number, Piece, Position, Value};

use super::refer::Evaluator;
use super::repo::Place;
use super::scopes::{Bound, Taken};

/// Values that are kept where one of several may hold.
const MOST: usize = 4;
/// Bytes of one text that is kept whole.
const LONGEST: usize = 64 << 10;

impl<'s> Evaluator<'_, 's, '_> {
    /// The value of an expression; where several may hold, unknown, and the reason lists them.
    pub(crate) fn value(&self, place: Place) -> Node {
        if let Some(known) = self.values.borrow().get(&place) {
            return known.clone();
        }
        self.values.borrow_mut().insert(place, self.unknown(place));
        let found = self.deeper(|| self.compute(place)).unwrap_or_else(|| self.unknown(place));
        self.values.borrow_mut().insert(place, found.clone());
        found
    }

    /// Every value that an expression may have, as far as they are known; never empty.
    pub(crate) fn alternatives(&self, place: Place) -> Vec<Node> {
        let at = |expr: ExprId| Place { expr, ..place };
        let several = |places: Vec<Place>| -> Vec<Node> {
            let mut found: Vec<Node> = Vec::new();
            for node in places
                .into_iter()
                .flat_map(|inner| self.deeper(|| self.alternatives(inner)).unwrap_or_default())
            {
                if found.len() < MOST && !found.iter().any(|known| same(known, &node)) {
                    found.push(node);
                }
            }
            found
        };
        let found = match self.expr(place) {
            Expr::Choose { then, other, .. } => several(vec![at(*then), at(*other)]),
            Expr::Name(name) => {
                let bindings = self.bindings(place, name);
                let plain = |bound: Bound<'s>| match bound {
                    Bound::Value { value, taken: Taken::Whole } => Some(vec![at(value)]),
                    Bound::Value { value, taken: Taken::Element } => {
                        match self.written(at(value)).map(|w| (w, self.expr(w))) {
                            Some((w, Expr::List(items))) => {
                                Some(items.iter().take(MOST).map(|i| Place { expr: *i, ..w }).collect())
                            }
                            _ => None,
                        }
                    }
                    Bound::Param(function, index) => {
                        let mut given = self.arguments_for(place.file, function, index);
                        let params = &self.repo.file(place.file).unit.function(function).params;
                        given.extend(params.get(index as usize).and_then(|p| p.default).map(at));
                        (given.len() > 1).then_some(given)
                    }
                    _ => None,
                };
                let places: Option<Vec<Vec<Place>>> = bindings.iter().map(|b| plain(b.bound)).collect();
                match places {
                    Some(places) if !places.is_empty() && !bindings.iter().any(|b| b.adds) => {
                        several(places.concat())
                    }
                    _ => Vec::new(),
                }
            }
            _ => Vec::new(),
        };
        let known: Vec<Node> = found.into_iter().filter(|node| !node.is_unknown()).collect();
        if known.is_empty() { vec![self.value(place)] } else { known }
    }

    pub(crate) fn position(&self, place: Place) -> Arc<Position> {
        self.repo.file(place.file).position_of(place.expr)
    }

    fn here(&self, place: Place, value: Value) -> Node {
        Node::from(value).at(self.position(place))
    }

    /// A value that came from elsewhere, as it stands here.
    fn passed(&self, place: Place, node: Node) -> Node {
        let here = self.position(place);
        let at = match &node.at {
            Some(origin) if **origin != *here => Arc::new(here.leading_to(origin)),
            _ => here,
        };
        Node { at: Some(at), ..node }
    }

    fn unknown(&self, place: Place) -> Node {
        let text = self.repo.file(place.file).unit.text(place.expr);
        let mut shown: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if shown.len() > 80 {
            let cut = (0..=77).rev().find(|i| shown.is_char_boundary(*i)).unwrap_or(0);
            shown.truncate(cut);
            shown.push('…');
        }
        self.here(place, Value::unknown(format!("not known before it runs: {shown}")))
    }

    fn compute(&self, place: Place) -> Node {
        let at = |expr: ExprId| Place { expr, ..place };
        match self.expr(place) {
            Expr::Null => self.here(place, Value::Null),
            Expr::Bool(b) => self.here(place, Value::Bool(*b)),
            Expr::Int(i) => self.here(place, Value::Number(Number::Int(*i))),
            Expr::Float(f) => self.here(place, Number::from_f64(*f).map_or(Value::Null, Value::Number)),
            Expr::Text(text) => self.here(place, Value::string(cut(text))),
            Expr::Format(parts) => {
                let mut pieces = Vec::new();
                for part in parts {
                    match part {
                        Part::Text(text) => pieces.push(Piece::Text(cut(text).into())),
                        Part::Hole(hole) => self.add_pieces(at(*hole), &mut pieces),
                    }
                }
                self.here(place, Value::text(pieces))
            }
            Expr::List(items) => {
                let nodes = items.iter().take(200).map(|item| self.value(at(*item)));
                self.here(place, Value::list(nodes.collect()))
            }
            Expr::Map(entries) => {
                let mut map = BTreeMap::new();
                for (key, value) in entries.iter().take(200) {
                    let node = self.value(at(*value));
                    match key {
                        Some(key) => {
                            let name = match self.expr(at(*key)) {
                                Expr::Name(name) if self.is_script(place) => Some(Arc::from(*name)),
                                _ => self.value(at(*key)).as_str().map(Arc::from),
                            };
                            if let Some(name) = name {
                                map.insert(name, node);
                            }
                        }
                        None => {
                            if let Some(inner) = node.as_map() {
                                map.extend(inner.iter().map(|(k, v)| (k.clone(), v.clone())));
                            }
                        }
                    }
                }
                self.here(place, Value::map(map))
            }
            Expr::Name(name) => self.name(place, name),
            Expr::Member { of, name } => self.member_value(place, at(*of), name),
            Expr::Index { of, key } => {
                if let Some(inner) = self.entry(at(*of), at(*key)) {
                    return self.passed(place, self.value(inner));
                }
                if let Some(node) = self.environment_index(place, at(*of), at(*key)) {
                    return node;
                }
                let (of, key) = (self.value(at(*of)), self.value(at(*key)));
                self.looked_up(place, &of, &key)
            }
            Expr::Call(call) => self.call_value(place, call),
            Expr::Join { join: Join::Add, left, right } => {
                let (mut pieces, mut lists) = (Vec::new(), Vec::new());
                for side in [*left, *right] {
                    match self.value(at(side)) {
                        Node { value: Value::List(items), .. } => lists.extend(items.iter().cloned()),
                        _ => self.add_pieces(at(side), &mut pieces),
                    }
                }
                match lists.is_empty() {
                    false => self.here(place, Value::list(lists)),
                    true if pieces.iter().any(|piece| matches!(piece, Piece::Text(_))) => {
                        self.here(place, Value::text(pieces))
                    }
                    true => self.unknown(place),
                }
            }
            // The first that holds something; a variable of the environment that is not known may hold nothing.
            Expr::Join { join: Join::Or, left, right } => {
                let first = self.value(at(*left));
                match &first.value {
                    Value::Null => self.passed(place, self.value(at(*right))),
                    Value::String(text) if text.is_empty() => self.passed(place, self.value(at(*right))),
                    Value::Unknown(_) => {
                        let second = self.value(at(*right));
                        if second.is_unknown() || second.is_null() {
                            return self.passed(place, first);
                        }
                        let from = first.from.or(second.from.clone());
                        Node { assumed: true, from, ..self.passed(place, second) }
                    }
                    _ => self.passed(place, first),
                }
            }
            Expr::Join { join: Join::Percent, left, right } => self.percent(place, at(*left), at(*right)),
            Expr::Choose { .. } => self.one_of(place, self.alternatives(place)),
            Expr::Wait(of) | Expr::Spread(of) => self.value(at(*of)),
            Expr::Assign { value, .. } => self.value(at(*value)),
            _ => self.unknown(place),
        }
    }

    fn is_script(&self, place: Place) -> bool {
        super::names::family(self.repo.file(place.file).language()) == "script"
    }

    fn add_pieces(&self, place: Place, pieces: &mut Vec<Piece>) {
        let node = self.value(place);
        match &node.value {
            Value::String(text) => pieces.push(Piece::Text(text.clone())),
            Value::Template(inner) => pieces.extend(inner.iter().cloned()),
            Value::Number(_) | Value::Bool(_) => pieces.push(Piece::Text(node.display().into())),
            Value::Unknown(reason) => {
                pieces.push(Piece::Hole { reason: reason.clone(), from: node.from.clone() });
            }
            _ => pieces.push(Piece::Hole { reason: "a value of another type".into(), from: None }),
        }
    }

    fn one_of(&self, place: Place, found: Vec<Node>) -> Node {
        let mut found = found.into_iter();
        let Some(first) = found.next() else { return self.unknown(place) };
        let rest: Vec<Node> = found.filter(|other| !same(&first, other)).collect();
        if rest.is_empty() {
            return self.passed(place, first);
        }
        let shown: Vec<String> =
            std::iter::once(&first).chain(&rest).map(|n| format!("{:?}", n.brief())).collect();
        self.here(place, Value::unknown(format!("one of {}", shown.join(", "))))
    }

    fn looked_up(&self, place: Place, of: &Node, key: &Node) -> Node {
        let found = match (&of.value, &key.value) {
            (_, Value::String(key)) => of.get(key).cloned(),
            (Value::List(items), Value::Number(Number::Int(i))) => {
                usize::try_from(*i).ok().and_then(|i| items.get(i)).cloned()
            }
            _ => None,
        };
        found.map_or_else(|| self.unknown(place), |node| self.passed(place, node))
    }
}

/// An expression to hang a question about a binding on.
fn place_of(bound: Bound, place: Place) -> ExprId {
    match bound {
        Bound::Value { value, .. } => value,
        _ => place.expr,
    }
}

fn cut(text: &str) -> &str {
    if text.len() <= LONGEST {
        return text;
    }
    let end = (0..=LONGEST).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    &text[..end]
}

/// Whether two values are the same, wherever they stand.
pub(crate) fn same(a: &Node, b: &Node) -> bool {
    match (&a.value, &b.value) {
        (Value::Unknown(a), Value::Unknown(b)) => a == b,
        _ => a.value.type_name() == b.value.type_name() && a.display() == b.display(),
    }
}
