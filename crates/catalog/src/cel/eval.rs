//! Evaluation: three values, borrowed documents, and a record of what was read.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Node, Number, Piece, Value};

use super::syntax::{Expr, Operator, Quantifier};
use super::value::{ListValue, Undecided, Val};

/// Steps that one evaluation may take; far above any honest check on any honest document.
const MAX_STEPS: u32 = 2_000_000;
/// Facts that read facts; deeper means that they read each other.
const MAX_FACTS: u32 = 16;

/// The graph that an expression looks at. Assets are named by index.
pub trait World<'a> {
    /// The date of the run, ISO 8601; `None` where it is not known.
    fn today(&self) -> Option<Arc<str>>;
    fn document(&self, asset: usize) -> &'a Node;
    /// A built-in attribute or a fact: `asset.NAME`. Facts are evaluated with [`Evaluation::nested`].
    fn attribute(
        &self,
        asset: usize,
        name: &str,
        evaluation: &mut Evaluation<'_, 'a>,
    ) -> Result<Val<'a>, Undecided>;
    /// The other ends of a relation, as [`Val::Asset`]s.
    fn neighbours(&self, asset: usize, relation: &str, kind: Option<&str>, incoming: bool) -> ListValue<'a>;
}

/// Something that an evaluation looked at.
#[derive(Clone, Debug)]
pub enum Read<'a> {
    Node(&'a Node),
    /// A value that was computed from nodes, and stands where they stand.
    Made(Arc<Node>),
    Asset(usize),
}

/// One evaluation under way.
pub struct Evaluation<'w, 'a> {
    pub world: &'w dyn World<'a>,
    /// The asset that `doc` and `asset` mean.
    pub subject: usize,
    variables: Vec<(Arc<str>, Val<'a>)>,
    /// What decided, in the order of reading: of a true `||` only the true side, of a true `exists` only its witness. May
    /// hold duplicates.
    pub reads: Vec<Read<'a>>,
    steps: u32,
    facts: u32,
}

/// Evaluates `expr` for the asset `subject`.
pub fn evaluate<'a>(
    expr: &Expr,
    subject: usize,
    world: &dyn World<'a>,
) -> (Result<Val<'a>, Undecided>, Vec<Read<'a>>) {
    let mut evaluation = Evaluation::new(subject, world);
    let result = evaluation.eval(expr);
    (result, evaluation.reads)
}

pub(super) type Result<T, E = Undecided> = std::result::Result<T, E>;

pub(super) fn mismatch(message: impl AsRef<str>) -> Undecided {
    Undecided::Mismatch(Arc::from(message.as_ref()))
}

impl<'w, 'a> Evaluation<'w, 'a> {
    pub fn new(subject: usize, world: &'w dyn World<'a>) -> Self {
        Evaluation { world, subject, variables: Vec::new(), reads: Vec::new(), steps: 0, facts: 0 }
    }

    /// Evaluates another expression (a fact) for another asset, keeping what it reads.
    pub fn nested(&mut self, expr: &Expr, subject: usize) -> Result<Val<'a>> {
        if self.facts >= MAX_FACTS {
            return Err(mismatch("facts refer to each other"));
        }
        self.facts += 1;
        let outer = std::mem::replace(&mut self.subject, subject);
        let variables = std::mem::take(&mut self.variables);
        let result = self.eval(expr);
        self.variables = variables;
        self.subject = outer;
        self.facts -= 1;
        result
    }

    /// Counts work; an expression that takes too much of it is undecided.
    pub(super) fn spend(&mut self, steps: usize) -> Result<()> {
        self.steps = self.steps.saturating_add(u32::try_from(steps).unwrap_or(u32::MAX));
        if self.steps > MAX_STEPS {
            Err(mismatch("expression takes too long on this document"))
        } else {
            Ok(())
        }
    }

    pub fn eval(&mut self, expr: &Expr) -> Result<Val<'a>> {
        self.spend(1)?;
        Ok(match expr {
            Expr::Null => Val::Null,
            Expr::Bool(b) => Val::Bool(*b),
            Expr::Number(n) => Val::Number(*n),
            Expr::Text(t) => Val::Text(t.clone()),
            Expr::List(items) => Val::list(items.iter().map(|e| self.eval(e)).collect::<Result<_>>()?),
            Expr::Map(entries) => {
                let mut map = BTreeMap::new();
                for (key, value) in entries {
                    map.insert(self.text(key)?, self.eval(value)?);
                }
                Val::Map(Arc::new(map))
            }
            Expr::Variable(name) => self.variable(name)?,
            Expr::Select(operand, field) => {
                let base = self.eval(operand)?;
                match self.field(&base, field)? {
                    Some(value) => value,
                    None => {
                        self.absent(&base);
                        return Err(Undecided::Missing(path_of(operand, field).into()));
                    }
                }
            }
            Expr::Has(operand, field) => Val::Bool(self.has(operand, field)?),
            Expr::Index(operand, index) => self.index(operand, index)?,
            Expr::Not(a) => Val::Bool(!self.bool(a)?),
            Expr::Negate(a) => {
                let number = self.number(a)?;
                Val::Number(Number::from_f64(-number.as_f64()).unwrap_or(number))
            }
            Expr::And(a, b) => Val::Bool(self.logic(a, b, false)?),
            Expr::Or(a, b) => Val::Bool(self.logic(a, b, true)?),
            Expr::Conditional(condition, then, otherwise) => {
                if self.bool(condition)? {
                    self.eval(then)?
                } else {
                    self.eval(otherwise)?
                }
            }
            Expr::Binary(operator, a, b) => self.binary(*operator, a, b)?,
            Expr::Quantified(quantifier, range, variable, predicate) => {
                Val::Bool(self.quantified(*quantifier, range, variable, predicate)?)
            }
            Expr::Collect { range, variable, keep, result } => {
                self.collect(range, variable, keep.as_deref(), result.as_deref())?
            }
            Expr::Call(function, args) => (function.run)(self, args)?,
            Expr::Foreign(name, _) => return Err(mismatch(format!("unknown function {name:?}"))),
        })
    }

    fn variable(&mut self, name: &str) -> Result<Val<'a>> {
        if let Some((_, value)) = self.variables.iter().rev().find(|(v, _)| &**v == name) {
            return Ok(value.clone());
        }
        match name {
            "doc" => Ok(Val::Node(self.world.document(self.subject))),
            "asset" => Ok(Val::Asset(self.subject)),
            "today" => {
                let unknown = || Undecided::Unknown("the date of the run is not known".into());
                self.world.today().map(Val::Text).ok_or_else(unknown)
            }
            _ => Err(mismatch(format!("unknown name {name:?}"))),
        }
    }

    /// A field of a value; `None` where it is absent.
    pub(super) fn field(&mut self, base: &Val<'a>, field: &str) -> Result<Option<Val<'a>>> {
        match base {
            Val::Node(node) => {
                let node: &'a Node = node;
                match &node.value {
                    Value::Map(_) | Value::Json(_) if node.as_map().is_some() => {
                        Ok(node.get(field).map(Val::Node))
                    }
                    Value::Unknown(reason) => {
                        self.reads.push(Read::Node(node));
                        Err(Undecided::Unknown(reason.clone()))
                    }
                    Value::Null => Ok(None),
                    other => Err(mismatch(format!("{field} is read of a {}", other.type_name()))),
                }
            }
            Val::Made(node) => match &node.value {
                Value::Unknown(reason) => Err(Undecided::Unknown(reason.clone())),
                _ => Ok(node.get(field).map(|n| Val::Made(Arc::new(n.clone())))),
            },
            Val::Map(map) => Ok(map.get(field).cloned()),
            Val::Asset(asset) if field == "doc" => Ok(Some(Val::Node(self.world.document(*asset)))),
            Val::Asset(asset) => self.world.attribute(*asset, field, self).map(Some),
            Val::Null => Ok(None),
            other => Err(mismatch(format!("{field} is read of a {}", other.type_name()))),
        }
    }

    fn has(&mut self, operand: &Expr, field: &str) -> Result<bool> {
        let base = match self.eval(operand) {
            Ok(base) => base,
            Err(Undecided::Missing(_)) => return Ok(false),
            Err(other) => return Err(other),
        };
        match self.field(&base, field)? {
            None | Some(Val::Null) => {
                self.absent(&base);
                Ok(false)
            }
            Some(Val::Node(node)) => {
                self.reads.push(Read::Node(node));
                match &node.value {
                    Value::Null => Ok(false),
                    // An attribute set from another resource is set, whatever its value turns out to be.
                    Value::Unknown(reason) if node.from.is_none() => Err(Undecided::Unknown(reason.clone())),
                    _ => Ok(true),
                }
            }
            Some(Val::Made(node)) => Ok(!node.is_null()),
            Some(_) => Ok(true),
        }
    }

    /// What is absent has no place; what it is absent from has.
    fn absent(&mut self, base: &Val<'a>) {
        match base {
            Val::Node(node) => self.reads.push(Read::Node(node)),
            Val::Made(node) => self.reads.push(Read::Made(node.clone())),
            _ => {}
        }
    }

    fn index(&mut self, operand: &Expr, index: &Expr) -> Result<Val<'a>> {
        let base = self.eval(operand)?;
        if let Ok(key) = self.text(index) {
            let Some(value) = self.field(&base, &key)? else {
                self.absent(&base);
                return Err(Undecided::Missing(path_of(operand, &key).into()));
            };
            return Ok(value);
        }
        let position = self.number(index)?.as_i64().and_then(|i| usize::try_from(i).ok());
        let list = self.items(&base)?;
        match position.and_then(|i| list.items.get(i)) {
            Some(item) => Ok(item.clone()),
            None => match &list.open {
                Some(reason) => Err(Undecided::Unknown(reason.clone())),
                None => Err(Undecided::Missing("an element of the list".into())),
            },
        }
    }

    /// `&&` (decided by false) and `||` (decided by true): a decided side wins over an undecided one.
    fn logic(&mut self, a: &Expr, b: &Expr, decisive: bool) -> Result<bool> {
        let before = self.reads.len();
        let first = self.bool(a);
        if first == Ok(decisive) {
            return Ok(decisive);
        }
        let between = self.reads.len();
        let second = self.bool(b);
        if second == Ok(decisive) {
            // What the other side read had no part in it.
            self.reads.drain(before..between);
            return Ok(decisive);
        }
        first.and(second)
    }

    fn quantified(
        &mut self,
        quantifier: Quantifier,
        range: &Expr,
        variable: &Arc<str>,
        predicate: &Expr,
    ) -> Result<bool> {
        let list = self.evaluated_items(range)?;
        let mut undecided = list.open.clone().map(Undecided::Unknown);
        let mut count = 0_usize;
        let before = self.reads.len();
        let mut telling: Vec<Read<'a>> = Vec::new();
        let (mut furthest, mut tie) = (0, false);
        for item in &list.items {
            self.reads.truncate(before);
            self.look_at(item);
            let start = self.steps;
            match (quantifier, self.with(variable, item.clone(), |e| e.bool(predicate))) {
                // The reads of this element, the witness, are the ones that stay.
                (Quantifier::Exists, Ok(true)) => return Ok(true),
                (Quantifier::All, Ok(false)) => return Ok(false),
                (Quantifier::ExistsOne, Ok(true)) => count += 1,
                (_, Ok(_)) => {}
                (_, Err(reason)) => undecided = undecided.or(Some(reason)),
            }
            // Without a witness the element that got furthest tells most; several that got as far tell nothing.
            let reached = self.steps - start;
            tie = reached == furthest || tie && reached < furthest;
            if reached > furthest {
                furthest = reached;
                telling = self.reads.drain(before..).collect();
            }
        }
        self.reads.truncate(before);
        if !tie {
            self.reads.append(&mut telling);
        }
        match (quantifier, undecided) {
            (Quantifier::ExistsOne, _) if count > 1 => Ok(false),
            (_, Some(reason)) => Err(reason),
            (Quantifier::Exists, None) => Ok(false),
            (Quantifier::All, None) => Ok(true),
            (Quantifier::ExistsOne, None) => Ok(count == 1),
        }
    }

    fn collect(
        &mut self,
        range: &Expr,
        variable: &Arc<str>,
        keep: Option<&Expr>,
        result: Option<&Expr>,
    ) -> Result<Val<'a>> {
        let list = self.evaluated_items(range)?;
        let mut open = list.open.clone();
        let mut items = Vec::new();
        for item in &list.items {
            let before = self.reads.len();
            self.look_at(item);
            let kept = match keep {
                None => true,
                Some(keep) => match self.with(variable, item.clone(), |e| e.bool(keep)) {
                    Ok(kept) => kept,
                    Err(reason) => {
                        open = open.or_else(|| Some(reason.reason().into()));
                        continue;
                    }
                },
            };
            if !kept {
                self.reads.truncate(before); // what was left out had no part in the result
            } else {
                items.push(match result {
                    Some(result) => self.with(variable, item.clone(), |e| e.eval(result))?,
                    None => item.clone(),
                });
            }
        }
        Ok(Val::open_list(items, open))
    }

    /// An asset that is looked at is evidence; a node becomes it when it is read.
    fn look_at(&mut self, item: &Val<'a>) {
        if let Val::Asset(asset) = item {
            self.reads.push(Read::Asset(*asset));
        }
    }

    fn with<T>(&mut self, variable: &Arc<str>, value: Val<'a>, run: impl FnOnce(&mut Self) -> T) -> T {
        self.variables.push((variable.clone(), value));
        let result = run(self);
        self.variables.pop();
        result
    }

    fn binary(&mut self, operator: Operator, a: &Expr, b: &Expr) -> Result<Val<'a>> {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let compare = |e: &mut Self, accept: &[std::cmp::Ordering]| {
            let (a, b) = (e.eval(a)?, e.eval(b)?);
            Ok(Val::Bool(accept.contains(&e.compare(&a, &b)?)))
        };
        match operator {
            Operator::Equal | Operator::NotEqual => {
                let (a, b) = (self.eval(a)?, self.eval(b)?);
                Ok(Val::Bool(self.equal(&a, &b)? == (operator == Operator::Equal)))
            }
            Operator::Less => compare(self, &[Less]),
            Operator::LessEqual => compare(self, &[Less, Equal]),
            Operator::Greater => compare(self, &[Greater]),
            Operator::GreaterEqual => compare(self, &[Greater, Equal]),
            Operator::In => {
                let needle = self.eval(a)?;
                let haystack = self.eval(b)?;
                self.member(&needle, &haystack).map(Val::Bool)
            }
            Operator::Add => {
                let (left, right) = (self.eval(a)?, self.eval(b)?);
                self.add(&left, &right)
            }
            Operator::Subtract | Operator::Multiply | Operator::Divide | Operator::Modulo => {
                let (a, b) = (self.number(a)?, self.number(b)?);
                arithmetic(operator, a, b)
            }
        }
    }

    fn add(&mut self, a: &Val<'a>, b: &Val<'a>) -> Result<Val<'a>> {
        if let (Val::List(_), _) | (_, Val::List(_)) = (a, b) {
            let (a, b) = (self.items(a)?, self.items(b)?);
            self.spend(a.items.len() + b.items.len())?;
            let items = a.items.iter().chain(&b.items).cloned().collect();
            return Ok(Val::open_list(items, a.open.clone().or_else(|| b.open.clone())));
        }
        if let (Ok(a), Ok(b)) = (self.as_number(a), self.as_number(b)) {
            return arithmetic(Operator::Add, a, b);
        }
        let (a, b) = (self.as_text(a)?, self.as_text(b)?);
        self.spend((a.len() + b.len()) / 16)?;
        Ok(Val::text(format!("{a}{b}")))
    }

    pub(super) fn member(&mut self, needle: &Val<'a>, haystack: &Val<'a>) -> Result<bool> {
        if let Some(keys) = self.keys(haystack)? {
            let needle = self.as_text(needle)?;
            return Ok(keys.contains(&needle));
        }
        let list = self.items(haystack)?;
        let mut undecided = list.open.clone().map(Undecided::Unknown);
        for item in &list.items {
            match self.equal(needle, item) {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(reason) => undecided = undecided.or(Some(reason)),
            }
        }
        undecided.map_or(Ok(false), Err)
    }

    /// The keys of a map; `None` if it is something else.
    pub(super) fn keys(&mut self, value: &Val<'a>) -> Result<Option<Vec<Arc<str>>>> {
        Ok(match value {
            Val::Map(map) => Some(map.keys().cloned().collect()),
            Val::Node(node) => {
                self.reads.push(Read::Node(node));
                node.as_map().map(|m| m.keys().cloned().collect())
            }
            Val::Made(node) => node.as_map().map(|m| m.keys().cloned().collect()),
            _ => None,
        })
    }
}

/// The reason of the first hole in partly known text.
pub(super) fn hole_of(pieces: &[Piece]) -> Undecided {
    let reason = pieces.iter().find_map(|p| match p {
        Piece::Hole { reason, .. } => Some(reason.clone()),
        Piece::Text(_) => None,
    });
    Undecided::Unknown(reason.unwrap_or_else(|| "text is only partly known".into()))
}

fn arithmetic<'a>(operator: Operator, a: Number, b: Number) -> Result<Val<'a>> {
    let exact = match (a, b, operator) {
        (Number::Int(a), Number::Int(b), Operator::Add) => a.checked_add(b),
        (Number::Int(a), Number::Int(b), Operator::Subtract) => a.checked_sub(b),
        (Number::Int(a), Number::Int(b), Operator::Multiply) => a.checked_mul(b),
        (Number::Int(a), Number::Int(b), Operator::Divide) => a.checked_div(b),
        (Number::Int(a), Number::Int(b), Operator::Modulo) => a.checked_rem(b),
        _ => {
            let (a, b) = (a.as_f64(), b.as_f64());
            let float = match operator {
                Operator::Add => a + b,
                Operator::Subtract => a - b,
                Operator::Multiply => a * b,
                Operator::Divide => a / b,
                _ => a % b,
            };
            return Number::from_f64(float).map(Val::Number).ok_or_else(|| mismatch("not a finite number"));
        }
    };
    exact
        .map(|int| Val::Number(Number::Int(int)))
        .ok_or_else(|| mismatch("arithmetic overflow or division by zero"))
}

/// `a.b` of an expression, for messages.
fn path_of(operand: &Expr, field: &str) -> String {
    match operand {
        Expr::Variable(name) if &**name == "doc" => field.to_owned(),
        Expr::Variable(_) => field.to_owned(),
        Expr::Select(inner, middle) => format!("{}.{field}", path_of(inner, middle)),
        _ => field.to_owned(),
    }
}
