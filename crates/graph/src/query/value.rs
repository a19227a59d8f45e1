//! Values of the language: their equality with three answers, and their total order.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::error::Exceeded;

/// Elements of a single value, all levels together: a text's bytes count one for each 16.
const MAX_WEIGHT: usize = 1 << 20;
/// Lists and maps inside each other.
const MAX_NESTING: usize = 32;

/// A node or relationship is its number in the table it came from.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    #[default]
    Null,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Text(Arc<str>),
    List(Arc<List>),
    Map(Arc<Map>),
    Node(u32),
    Relationship(u32),
    Path(Arc<Path>),
}

/// A list that knows how large it is, so that one that holds itself many times over is refused when it is made.
#[derive(Debug, Default, PartialEq)]
pub struct List {
    items: Vec<Value>,
    size: Size,
}

#[derive(Debug, Default, PartialEq)]
pub struct Map {
    entries: BTreeMap<Arc<str>, Value>,
    size: Size,
}

/// One node more than relationships.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    pub nodes: Vec<u32>,
    pub relationships: Vec<u32>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Size {
    weight: usize,
    nesting: usize,
}

impl Size {
    fn around<'v>(values: impl Iterator<Item = &'v Value>) -> Result<Size, Exceeded> {
        let mut size = Size { weight: 1, nesting: 1 };
        for value in values {
            let inner = value.size();
            size.weight = size.weight.saturating_add(inner.weight);
            size.nesting = size.nesting.max(inner.nesting + 1);
        }
        if size.weight > MAX_WEIGHT {
            return Err(Exceeded::Value(MAX_WEIGHT));
        }
        if size.nesting > MAX_NESTING {
            return Err(Exceeded::Nesting(MAX_NESTING));
        }
        Ok(size)
    }
}

impl std::ops::Deref for List {
    type Target = [Value];
    fn deref(&self) -> &[Value] {
        &self.items
    }
}

impl std::ops::Deref for Map {
    type Target = BTreeMap<Arc<str>, Value>;
    fn deref(&self) -> &BTreeMap<Arc<str>, Value> {
        &self.entries
    }
}

impl Value {
    pub fn text(text: impl AsRef<str>) -> Self {
        Value::Text(Arc::from(text.as_ref()))
    }

    pub fn list(items: Vec<Value>) -> Result<Self, Exceeded> {
        let size = Size::around(items.iter())?;
        Ok(Value::List(Arc::new(List { items, size })))
    }

    pub fn map(entries: BTreeMap<Arc<str>, Value>) -> Result<Self, Exceeded> {
        let size = Size::around(entries.values())?;
        Ok(Value::Map(Arc::new(Map { entries, size })))
    }

    /// Text that an operation made; refused when it grows beyond all measure.
    pub(super) fn made(text: String) -> Result<Self, Exceeded> {
        Self::made_of(text.len())?;
        Ok(Value::Text(text.into()))
    }

    /// Whether a text of so many bytes can be a value.
    pub(super) fn made_of(bytes: usize) -> Result<(), Exceeded> {
        if bytes / 16 > MAX_WEIGHT { Err(Exceeded::Value(MAX_WEIGHT)) } else { Ok(()) }
    }

    fn size(&self) -> Size {
        let flat = |weight| Size { weight, nesting: 0 };
        match self {
            Value::List(list) => list.size,
            Value::Map(map) => map.size,
            Value::Text(text) => flat(1 + text.len() / 16),
            Value::Path(path) => flat(1 + path.nodes.len()),
            _ => flat(1),
        }
    }

    /// How many elements it has, all levels together: what it costs to look at or to keep.
    pub(super) fn weight(&self) -> usize {
        self.size().weight
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The word for its type in messages.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Boolean(_) => "a boolean",
            Value::Integer(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
            Value::Node(_) => "a node",
            Value::Relationship(_) => "a relationship",
            Value::Path(_) => "a path",
        }
    }

    /// `=`: `None` where a null decides.
    pub fn equals(&self, other: &Value) -> Option<bool> {
        match (self, other) {
            (Value::Null, _) | (_, Value::Null) => None,
            (Value::List(a), Value::List(b)) => {
                if a.len() != b.len() {
                    return Some(false);
                }
                all(a.iter().zip(b.iter()).map(|(a, b)| a.equals(b)))
            }
            (Value::Map(a), Value::Map(b)) => {
                if !a.keys().eq(b.keys()) {
                    return Some(false);
                }
                all(a.values().zip(b.values()).map(|(a, b)| a.equals(b)))
            }
            (Value::Integer(_) | Value::Float(_), Value::Integer(_) | Value::Float(_)) => {
                Some(self.compare_numbers(other) == Some(Ordering::Equal))
            }
            (a, b) => Some(a == b),
        }
    }

    /// `<`: `None` where the two cannot be compared.
    pub fn compare(&self, other: &Value) -> Option<Ordering> {
        match (self, other) {
            (Value::Boolean(a), Value::Boolean(b)) => Some(a.cmp(b)),
            (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
            (Value::Integer(_) | Value::Float(_), Value::Integer(_) | Value::Float(_)) => {
                self.compare_numbers(other)
            }
            (Value::List(a), Value::List(b)) => {
                let differing = a.iter().zip(b.iter()).find(|(a, b)| a.equals(b) != Some(true));
                differing.map_or(Some(a.len().cmp(&b.len())), |(a, b)| a.compare(b))
            }
            _ => None,
        }
    }

    /// Of numbers: exact, also between whole numbers and fractions; `None` with NaN.
    fn compare_numbers(&self, other: &Value) -> Option<Ordering> {
        match (self, other) {
            (Value::Integer(a), Value::Integer(b)) => Some(a.cmp(b)),
            (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
            (Value::Integer(a), Value::Float(b)) => compare_exactly(*a, *b),
            (Value::Float(a), Value::Integer(b)) => compare_exactly(*b, *a).map(Ordering::reverse),
            _ => None,
        }
    }

    /// The order of ORDER BY, in which everything has a place: maps, nodes, relationships, lists, paths, texts, booleans,
    /// numbers, null. Two values that are equal here are one for DISTINCT and for groups.
    pub fn order(&self, other: &Value) -> Ordering {
        let by = self.rank().cmp(&other.rank());
        by.then_with(|| match (self, other) {
            (Value::Node(a), Value::Node(b)) | (Value::Relationship(a), Value::Relationship(b)) => a.cmp(b),
            (Value::List(a), Value::List(b)) => order_all(a.iter(), b.iter()),
            (Value::Map(a), Value::Map(b)) => {
                a.keys().cmp(b.keys()).then_with(|| order_all(a.values(), b.values()))
            }
            (Value::Path(a), Value::Path(b)) => {
                (&a.nodes, &a.relationships).cmp(&(&b.nodes, &b.relationships))
            }
            (Value::Text(a), Value::Text(b)) => a.cmp(b),
            (Value::Boolean(a), Value::Boolean(b)) => a.cmp(b),
            // NaN after every other number.
            (a, b) => a.compare_numbers(b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan())),
        })
    }

    fn is_nan(&self) -> bool {
        matches!(self, Value::Float(f) if f.is_nan())
    }

    fn rank(&self) -> u8 {
        match self {
            Value::Map(_) => 0,
            Value::Node(_) => 1,
            Value::Relationship(_) => 2,
            Value::List(_) => 3,
            Value::Path(_) => 4,
            Value::Text(_) => 5,
            Value::Boolean(_) => 6,
            Value::Integer(_) | Value::Float(_) => 7,
            Value::Null => 8,
        }
    }
}

/// Values in the order of ORDER BY: keys of groups and of DISTINCT.
#[derive(Clone, Debug)]
pub(super) struct Ordered(pub(super) Vec<Value>);

impl PartialEq for Ordered {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Ordered {}
impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> Ordering {
        order_all(self.0.iter(), other.0.iter())
    }
}

fn order_all<'v>(a: impl Iterator<Item = &'v Value>, mut b: impl Iterator<Item = &'v Value>) -> Ordering {
    for left in a {
        let Some(right) = b.next() else { return Ordering::Greater };
        match left.order(right) {
            Ordering::Equal => {}
            decided => return decided,
        }
    }
    if b.next().is_some() { Ordering::Less } else { Ordering::Equal }
}

/// Whether all hold: false if any does not, else not known if any is not known.
pub(super) fn all(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = true;
    for answer in answers {
        match answer {
            Some(false) => return Some(false),
            Some(true) => {}
            None => known = false,
        }
    }
    known.then_some(true)
}

/// A whole number beside a fraction, without rounding either.
fn compare_exactly(whole: i64, fraction: f64) -> Option<Ordering> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0; // 2^63
    if fraction.is_nan() {
        None
    } else if fraction >= LIMIT {
        Some(Ordering::Less)
    } else if fraction < -LIMIT {
        Some(Ordering::Greater)
    } else {
        let floor = fraction.floor();
        let by_floor = whole.cmp(&(floor as i64));
        Some(if by_floor == Ordering::Equal && fraction > floor { Ordering::Less } else { by_floor })
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Boolean(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Integer(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Value::Float(value)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::text(text)
    }
}

impl From<Arc<str>> for Value {
    fn from(text: Arc<str>) -> Self {
        Value::Text(text)
    }
}

impl From<Option<bool>> for Value {
    fn from(value: Option<bool>) -> Self {
        value.map_or(Value::Null, Value::Boolean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(items: &[Value]) -> Value {
        Value::list(items.to_vec()).unwrap()
    }

    #[test]
    fn equality_has_three_answers() {
        let (one, null) = (Value::Integer(1), Value::Null);
        for (a, b, want) in [
            (one.clone(), Value::Float(1.0), Some(true)),
            (one.clone(), Value::text("1"), Some(false)),
            (null.clone(), null.clone(), None),
            (list(&[one.clone(), null.clone()]), list(&[one.clone(), one.clone()]), None),
            (Value::Float(f64::NAN), Value::Float(f64::NAN), Some(false)),
            (Value::Integer(i64::MAX), Value::Float(9_223_372_036_854_775_808.0), Some(false)),
            (list(&[one.clone(), null]), list(&[Value::Integer(2), one]), Some(false)),
        ] {
            assert_eq!(a.equals(&b), want, "{a:?} {b:?}");
        }
    }

    #[test]
    fn everything_has_a_place_in_the_order() {
        let sorted = [
            Value::map(BTreeMap::new()).unwrap(),
            Value::Node(3),
            Value::Relationship(0),
            list(&[]),
            list(&[Value::Integer(1)]),
            Value::text("a"),
            Value::Boolean(false),
            Value::Integer(1),
            Value::Float(1.5),
            Value::Integer(2),
            Value::Float(f64::INFINITY),
            Value::Float(f64::NAN),
            Value::Null,
        ];
        for (i, a) in sorted.iter().enumerate() {
            for (j, b) in sorted.iter().enumerate() {
                assert_eq!(a.order(b), i.cmp(&j), "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn a_value_that_doubles_itself_is_refused() {
        let mut value = Value::Integer(1);
        let refused = (0..64).find_map(|_| match Value::list(vec![value.clone(), value.clone()]) {
            Ok(twice) => {
                value = twice;
                None
            }
            Err(limit) => Some(limit),
        });
        assert!(matches!(refused, Some(Exceeded::Value(_) | Exceeded::Nesting(_))));
    }
}
