//! Expressions over one row.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use regex::Regex;

use super::ast::Quantifier;
use super::budget::Budget;
use super::error::QueryError;
use super::operators;
use super::plan::{Access, Expr, Matching, Test};
use super::value::all;
use super::{PropertyGraph, Reading, Table, Value};

type Result<T> = std::result::Result<T, QueryError>;

/// Values of all slots of a query.
pub(super) type Row = [Value];

/// What evaluation needs beside the row, and what it learns on the way.
pub(super) struct Context<'g> {
    pub graph: &'g dyn PropertyGraph,
    pub table: &'g Table,
    pub budget: Budget,
    unknown: RefCell<Unknown>,
    expressions: RefCell<HashMap<Arc<str>, Regex>>,
}

/// Properties that were asked for and are not known: how often, and a reason.
type Unknown = BTreeMap<Arc<str>, (usize, Arc<str>)>;

/// A regular expression compiles to at most so many bytes.
const MAX_EXPRESSION: usize = 1 << 20;

impl<'g> Context<'g> {
    pub(super) fn new(graph: &'g dyn PropertyGraph, budget: Budget) -> Self {
        Context {
            graph,
            table: graph.table(),
            budget,
            unknown: RefCell::default(),
            expressions: RefCell::default(),
        }
    }

    /// What was asked for and is not known, for people.
    pub(super) fn unknown(&self) -> Vec<String> {
        let unknown = self.unknown.borrow();
        let line = |(name, (times, reason)): (&Arc<str>, &(usize, Arc<str>))| {
            format!("{name} is not known where it was read {times} times, and counts as null: {reason}")
        };
        unknown.iter().map(line).collect()
    }

    /// A property of a node; null where it is not set, or not known.
    pub(super) fn node_property(&self, node: u32, name: &str) -> Value {
        match self.graph.property(node, name) {
            Reading::Known(value) => value,
            Reading::Absent => Value::Null,
            Reading::Unknown(reason) => {
                let mut unknown = self.unknown.borrow_mut();
                unknown.entry(name.into()).or_insert((0, reason)).0 += 1;
                Value::Null
            }
        }
    }

    pub(super) fn property(&self, of: &Value, name: &str) -> Result<Value> {
        Ok(match of {
            Value::Null => Value::Null,
            Value::Node(node) => self.node_property(*node, name),
            Value::Relationship(relationship) => {
                self.table.relationship_properties(*relationship).get(name).cloned().unwrap_or_default()
            }
            Value::Map(map) => map.get(name).cloned().unwrap_or_default(),
            other => return Err(QueryError::Value(format!("cannot read {name} of {}", other.type_name()))),
        })
    }

    pub(super) fn has_labels(&self, node: u32, labels: &[Option<u32>]) -> bool {
        labels.iter().all(|label| label.is_some_and(|label| self.table.has_label(node, label)))
    }

    /// Whether a condition holds; not known counts as not.
    pub(super) fn holds(&self, condition: &Expr, row: &mut Row) -> Result<bool> {
        Ok(self.truth(condition, row)? == Some(true))
    }

    fn truth(&self, expr: &Expr, row: &mut Row) -> Result<Option<bool>> {
        match self.eval(expr, row)? {
            Value::Boolean(b) => Ok(Some(b)),
            Value::Null => Ok(None),
            other => Err(QueryError::Value(format!("{} is no condition", other.type_name()))),
        }
    }

    pub(super) fn eval(&self, expr: &Expr, row: &mut Row) -> Result<Value> {
        self.budget.look(1)?;
        Ok(match expr {
            Expr::Constant(value) => value.clone(),
            Expr::Slot(slot) => row[*slot].clone(),
            Expr::List(items) => Value::list(self.evals(items, row)?)?,
            Expr::Map(entries) => {
                let entries = entries.iter().map(|(key, value)| Ok((key.clone(), self.eval(value, row)?)));
                Value::map(entries.collect::<Result<_>>()?)?
            }
            Expr::Access(base, accesses) => {
                let base = self.eval(base, row)?;
                let (base, accesses) = self.attribute(base, accesses);
                accesses.iter().try_fold(base, |value, access| self.access(&value, access, row))?
            }
            Expr::Negate(inner) => operators::negate(&self.eval(inner, row)?)?,
            Expr::Not(inner) => self.truth(inner, row)?.map(|b| !b).into(),
            Expr::And(items) => self.decide(items, row, false)?,
            Expr::Or(items) => self.decide(items, row, true)?,
            Expr::Xor(items) => {
                let truths =
                    items.iter().map(|item| self.truth(item, row)).collect::<Result<Option<Vec<bool>>>>()?;
                truths.map(|all| all.into_iter().fold(false, |a, b| a != b)).into()
            }
            Expr::Arithmetic(first, rest) => {
                let mut left = self.eval(first, row)?;
                for (operator, right) in rest {
                    let right = self.eval(right, row)?;
                    left = operators::arithmetic(*operator, left, right)?;
                    self.budget.look(left.weight())?;
                }
                left
            }
            Expr::Comparison(first, rest) => {
                let mut left = self.eval(first, row)?;
                let mut answers = Vec::new();
                for (comparison, right) in rest {
                    let right = self.eval(right, row)?;
                    self.budget.look(left.weight().min(right.weight()))?;
                    answers.push(operators::compare(*comparison, &left, &right));
                    left = right;
                }
                all(answers.into_iter()).into()
            }
            Expr::Test(subject, tests) => {
                let subject = self.eval(subject, row)?;
                tests.iter().try_fold(subject, |value, test| self.test(&value, test, row))?
            }
            Expr::Case { subject, branches, otherwise } => {
                let subject = subject.as_ref().map(|subject| self.eval(subject, row)).transpose()?;
                for (when, then) in branches {
                    let taken = match &subject {
                        Some(subject) => subject.equals(&self.eval(when, row)?) == Some(true),
                        None => self.holds(when, row)?,
                    };
                    if taken {
                        return self.eval(then, row);
                    }
                }
                otherwise.as_ref().map_or(Ok(Value::Null), |otherwise| self.eval(otherwise, row))?
            }
            Expr::Call(function, arguments) => {
                let arguments = self.evals(arguments, row)?;
                self.budget.look(arguments.iter().map(Value::weight).sum())?;
                (function.call)(self, &arguments)?
            }
            Expr::Comprehension { slot, list, condition, result } => {
                let Some(items) = self.items(list, row)? else { return Ok(Value::Null) };
                let mut kept = Vec::new();
                for item in items {
                    row[*slot] = item;
                    let keep = match condition {
                        Some(condition) => self.holds(condition, row)?,
                        None => true,
                    };
                    if keep {
                        kept.push(match result {
                            Some(result) => self.eval(result, row)?,
                            None => row[*slot].clone(),
                        });
                    }
                }
                Value::list(kept)?
            }
            Expr::Quantified { quantifier, slot, list, condition } => {
                let Some(items) = self.items(list, row)? else { return Ok(Value::Null) };
                let mut answers = Vec::new();
                for item in items {
                    row[*slot] = item;
                    answers.push(match condition {
                        Some(condition) => self.truth(condition, row)?,
                        None => self.truth(&Expr::Slot(*slot), row)?,
                    });
                }
                quantified(*quantifier, &answers).into()
            }
            Expr::Reduce { total, start, slot, list, step } => {
                let Some(items) = self.items(list, row)? else { return Ok(Value::Null) };
                row[*total] = self.eval(start, row)?;
                for item in items {
                    row[*slot] = item;
                    row[*total] = self.eval(step, row)?;
                    self.budget.look(row[*total].weight())?;
                }
                row[*total].clone()
            }
            Expr::Exists(matching) => self.count(matching, row, 1).map(|n| Value::Boolean(n > 0))?,
            Expr::Count(matching) => self.count(matching, row, i64::MAX).map(Value::Integer)?,
        })
    }

    fn evals(&self, items: &[Expr], row: &mut Row) -> Result<Vec<Value>> {
        items.iter().map(|item| self.eval(item, row)).collect()
    }

    /// The elements of a list; `None` for null.
    fn items(&self, list: &Expr, row: &mut Row) -> Result<Option<Vec<Value>>> {
        match self.eval(list, row)? {
            Value::Null => Ok(None),
            Value::List(list) => {
                self.budget.look(list.len())?;
                Ok(Some(list.to_vec()))
            }
            other => Err(QueryError::Value(format!("expected a list, and found {}", other.type_name()))),
        }
    }

    /// AND and OR: `decisive` is the answer that settles it, whatever the others are.
    fn decide(&self, items: &[Expr], row: &mut Row, decisive: bool) -> Result<Value> {
        let mut known = true;
        for item in items {
            match self.truth(item, row)? {
                Some(answer) if answer == decisive => return Ok(Value::Boolean(decisive)),
                Some(_) => {}
                None => known = false,
            }
        }
        Ok(if known { Value::Boolean(!decisive) } else { Value::Null })
    }

    /// Of a node, `n.a.b.c` is read at once: only what stands there need be known, and not all that stands beside it.
    fn attribute<'e>(&self, base: Value, accesses: &'e [Access]) -> (Value, &'e [Access]) {
        let Value::Node(node) = base else { return (base, accesses) };
        let names: Vec<&str> = accesses
            .iter()
            .map_while(|access| match access {
                Access::Property(name) => Some(&**name),
                _ => None,
            })
            .collect();
        if names.len() < 2 {
            return (base, accesses);
        }
        let path = names.join(".");
        match self.graph.property(node, &path) {
            Reading::Absent => (base, accesses),
            _ => (self.node_property(node, &path), &accesses[names.len()..]),
        }
    }

    fn access(&self, value: &Value, access: &Access, row: &mut Row) -> Result<Value> {
        match access {
            Access::Property(name) => self.property(value, name),
            Access::Index(index) => match (value, self.eval(index, row)?) {
                (Value::Null, _) | (_, Value::Null) => Ok(Value::Null),
                (Value::List(list), Value::Integer(at)) => Ok(operators::place(at, list.len())
                    .and_then(|at| list.get(at))
                    .cloned()
                    .unwrap_or_default()),
                (Value::Map(_) | Value::Node(_) | Value::Relationship(_), Value::Text(name)) => {
                    self.property(value, &name)
                }
                (value, index) => Err(QueryError::Value(format!(
                    "{} has no element at {}",
                    value.type_name(),
                    index.type_name()
                ))),
            },
            Access::Slice(from, to) => {
                let end = |end: &Option<Expr>, row: &mut Row| {
                    end.as_ref().map(|end| self.eval(end, row)).transpose()
                };
                let (from, to) = (end(from, row)?, end(to, row)?);
                let sliced = operators::slice(value, from.as_ref(), to.as_ref())?;
                self.budget.look(sliced.weight())?;
                Ok(sliced)
            }
            Access::Labels(labels) => match value {
                Value::Null => Ok(Value::Null),
                Value::Node(node) => Ok(Value::Boolean(self.has_labels(*node, labels))),
                other => Err(QueryError::Value(format!("{} has no labels", other.type_name()))),
            },
        }
    }

    fn test(&self, value: &Value, test: &Test, row: &mut Row) -> Result<Value> {
        let texts = |right: &Expr, row: &mut Row, holds: fn(&str, &str) -> bool| {
            Ok(match (value, self.eval(right, row)?) {
                (Value::Text(a), Value::Text(b)) => Value::Boolean(holds(a, &b)),
                _ => Value::Null,
            })
        };
        match test {
            Test::IsNull => Ok(Value::Boolean(value.is_null())),
            Test::IsNotNull => Ok(Value::Boolean(!value.is_null())),
            Test::In(list) => {
                let list = self.eval(list, row)?;
                self.budget.look(list.weight())?;
                operators::is_in(value, &list).map(Value::from)
            }
            Test::StartsWith(right) => texts(right, row, |a, b| a.starts_with(b)),
            Test::EndsWith(right) => texts(right, row, |a, b| a.ends_with(b)),
            Test::Contains(right) => texts(right, row, |a, b| a.contains(b)),
            Test::Matches(right) => match (value, self.eval(right, row)?) {
                (Value::Text(text), Value::Text(pattern)) => {
                    self.budget.look(value.weight())?;
                    self.matches(text, &pattern).map(Value::Boolean)
                }
                _ => Ok(Value::Null),
            },
        }
    }

    /// Whether all of a text fits a regular expression.
    fn matches(&self, text: &str, pattern: &Arc<str>) -> Result<bool> {
        if let Some(expression) = self.expressions.borrow().get(pattern) {
            return Ok(expression.is_match(text));
        }
        let whole = format!("^(?:{pattern})$");
        let expression = regex::RegexBuilder::new(&whole)
            .size_limit(MAX_EXPRESSION)
            .build()
            .map_err(|error| QueryError::Value(format!("{pattern:?} is no regular expression: {error}")))?;
        let fits = expression.is_match(text);
        let mut expressions = self.expressions.borrow_mut();
        // As many as anybody writes; more come from data, and are compiled each time.
        if expressions.len() < 16 {
            expressions.insert(pattern.clone(), expression);
        } else {
            self.budget.look(pattern.len() * 100)?;
        }
        Ok(fits)
    }

    /// How many matches there are, counted up to `enough`.
    fn count(&self, matching: &Matching, row: &mut Row, enough: i64) -> Result<i64> {
        let mut found = 0;
        self.find(matching, row, &mut |_| {
            found += 1;
            Ok(found < enough)
        })?;
        Ok(found)
    }
}

fn quantified(quantifier: Quantifier, answers: &[Option<bool>]) -> Option<bool> {
    let unknown = answers.contains(&None);
    let yes = answers.iter().filter(|a| **a == Some(true)).count();
    let settled = |answer: bool| (!unknown).then_some(answer);
    match quantifier {
        Quantifier::All => all(answers.iter().copied()),
        Quantifier::None => all(answers.iter().map(|a| a.map(|b| !b))),
        Quantifier::Any if yes > 0 => Some(true),
        Quantifier::Any => settled(false),
        Quantifier::Single if yes > 1 => Some(false),
        Quantifier::Single => settled(yes == 1),
    }
}
