//! What turns many values into one. Nulls are left out, as everywhere in the language.

use std::collections::BTreeSet;

use super::Value;
use super::budget::Budget;
use super::error::QueryError;
use super::value::Ordered;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aggregation {
    Count,
    Sum,
    Average,
    Least,
    Greatest,
    Collect,
    /// Of a sample, with n - 1.
    Deviation,
}

impl Aggregation {
    pub(super) fn named(name: &str) -> Option<Aggregation> {
        Some(match &*name.to_ascii_lowercase() {
            "count" => Aggregation::Count,
            "sum" => Aggregation::Sum,
            "avg" => Aggregation::Average,
            "min" => Aggregation::Least,
            "max" => Aggregation::Greatest,
            "collect" => Aggregation::Collect,
            "stdev" => Aggregation::Deviation,
            _ => return None,
        })
    }

    pub(super) const NAMES: [&'static str; 7] = ["count", "sum", "avg", "min", "max", "collect", "stDev"];
}

/// The values of one group so far.
#[derive(Debug)]
pub(super) struct Running {
    aggregation: Aggregation,
    seen: Option<BTreeSet<Ordered>>,
    count: i64,
    sum: Value,
    /// Mean and squared distances, by Welford's method.
    mean: f64,
    squares: f64,
    best: Value,
    collected: Vec<Value>,
}

impl Running {
    pub(super) fn new(aggregation: Aggregation, distinct: bool) -> Self {
        Running {
            aggregation,
            seen: distinct.then(BTreeSet::new),
            count: 0,
            sum: Value::Integer(0),
            mean: 0.0,
            squares: 0.0,
            best: Value::Null,
            collected: Vec::new(),
        }
    }

    /// Takes one more value; `None` is a row of `count(*)`.
    pub(super) fn add(&mut self, value: Option<Value>, budget: &Budget) -> Result<(), QueryError> {
        let Some(value) = value else {
            self.count += 1;
            return Ok(());
        };
        if value.is_null() {
            return Ok(());
        }
        if let Some(seen) = &mut self.seen {
            if !seen.insert(Ordered(vec![value.clone()])) {
                return Ok(());
            }
            budget.hold(value.weight())?;
        }
        self.count += 1;
        match self.aggregation {
            Aggregation::Count => {}
            Aggregation::Sum | Aggregation::Average | Aggregation::Deviation => self.number(&value)?,
            Aggregation::Least | Aggregation::Greatest => {
                let wanted = match self.aggregation {
                    Aggregation::Least => std::cmp::Ordering::Less,
                    _ => std::cmp::Ordering::Greater,
                };
                if self.best.is_null() || value.order(&self.best) == wanted {
                    self.best = value;
                }
            }
            Aggregation::Collect => {
                budget.hold(value.weight())?;
                self.collected.push(value);
            }
        }
        Ok(())
    }

    fn number(&mut self, value: &Value) -> Result<(), QueryError> {
        let number = match value {
            Value::Integer(i) => *i as f64,
            Value::Float(f) => *f,
            other => return Err(QueryError::Value(format!("cannot add up {}", other.type_name()))),
        };
        self.sum = match (&self.sum, value) {
            (Value::Integer(a), Value::Integer(b)) => match a.checked_add(*b) {
                Some(sum) => Value::Integer(sum),
                None => return Err(QueryError::Value("the sum does not fit into 64 bits".into())),
            },
            (Value::Integer(a), _) => Value::Float(*a as f64 + number),
            (Value::Float(a), _) => Value::Float(a + number),
            (other, _) => other.clone(),
        };
        let distance = number - self.mean;
        self.mean += distance / self.count as f64;
        self.squares += distance * (number - self.mean);
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Value, QueryError> {
        Ok(match self.aggregation {
            Aggregation::Count => Value::Integer(self.count),
            Aggregation::Sum => self.sum,
            Aggregation::Average if self.count == 0 => Value::Null,
            Aggregation::Average => Value::Float(self.mean),
            Aggregation::Deviation if self.count < 2 => Value::Float(0.0),
            Aggregation::Deviation => Value::Float((self.squares / (self.count - 1) as f64).sqrt()),
            Aggregation::Least | Aggregation::Greatest => self.best,
            Aggregation::Collect => Value::list(self.collected)?,
        })
    }
}
