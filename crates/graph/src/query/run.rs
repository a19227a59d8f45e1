//! Running a plan: every clause hands rows to the next one; only what sorts, groups or tells rows apart keeps any.

use std::collections::{BTreeMap, BTreeSet};

use super::Value;
use super::aggregate::Running;
use super::error::QueryError;
use super::evaluate::{Context, Row};
use super::plan::{Operator, Part, Plan, Project, Slot};
use super::value::Ordered;

type Result<T> = std::result::Result<T, QueryError>;

/// The rows of an answer.
pub(super) fn run(plan: &Plan, context: &Context<'_>) -> Result<Vec<Vec<Value>>> {
    let mut rows: Vec<Vec<Value>> = Vec::new();
    let mut seen = BTreeSet::new();
    let distinct = plan.parts.len() > 1 && !plan.all;
    for part in &plan.parts {
        let mut take = |row: Vec<Value>| {
            if distinct {
                context.budget.hold(weight(&row))?;
                if !seen.insert(Ordered(row.clone())) {
                    return Ok(());
                }
            }
            context.budget.rows(rows.len() + 1)?;
            context.budget.hold(weight(&row))?;
            rows.push(row);
            Ok(())
        };
        Pipeline::new(part, context).run(&mut take)?;
    }
    Ok(rows)
}

fn weight(row: &[Value]) -> usize {
    1 + row.iter().map(Value::weight).sum::<usize>()
}

/// What a projection keeps.
#[derive(Default)]
struct Kept {
    groups: BTreeMap<Ordered, Vec<Running>>,
    seen: BTreeSet<Ordered>,
    /// Rows that wait for the order: keys, values of the columns, whether the condition holds.
    sorted: Vec<Waiting>,
    skip: usize,
    limit: usize,
    /// Rows that came, after DISTINCT.
    passed: usize,
}

struct Waiting {
    keys: Vec<Value>,
    values: Vec<Value>,
    holds: bool,
}

struct Pipeline<'p, 'g> {
    part: &'p Part,
    context: &'p Context<'g>,
    kept: Vec<Kept>,
}

type Sink<'t> = dyn FnMut(Vec<Value>) -> Result<()> + 't;

impl<'p, 'g> Pipeline<'p, 'g> {
    fn new(part: &'p Part, context: &'p Context<'g>) -> Self {
        Pipeline { part, context, kept: part.operators.iter().map(|_| Kept::default()).collect() }
    }

    fn run(mut self, take: &mut Sink<'_>) -> Result<()> {
        let mut row = vec![Value::Null; self.part.frame];
        for (at, operator) in self.part.operators.iter().enumerate() {
            if let Operator::Project(project) = operator {
                self.kept[at].skip = self.amount(project.skip.as_ref(), "SKIP", 0)?;
                self.kept[at].limit = self.amount(project.limit.as_ref(), "LIMIT", usize::MAX)?;
            }
        }
        self.push(0, &mut row, take)?;
        // Everything that came before a clause is through when that clause's turn comes.
        for at in 0..self.part.operators.len() {
            self.drain(at, &mut row, take)?;
        }
        Ok(())
    }

    /// The number after SKIP or LIMIT.
    fn amount(&self, expr: Option<&super::plan::Expr>, what: &str, missing: usize) -> Result<usize> {
        let Some(expr) = expr else { return Ok(missing) };
        match self.context.eval(expr, &mut [])? {
            Value::Integer(number) if number >= 0 => Ok(usize::try_from(number).unwrap_or(usize::MAX)),
            other => {
                let found = operators_text(&other);
                Err(QueryError::Value(format!(
                    "{what} takes a whole number that is not negative, and found {found}"
                )))
            }
        }
    }

    /// Hands a row to a clause; false when it needs no more.
    fn push(&mut self, at: usize, row: &mut Row, take: &mut Sink<'_>) -> Result<bool> {
        let (part, context) = (self.part, self.context);
        let Some(operator) = part.operators.get(at) else {
            take(part.result.iter().map(|slot| row[*slot].clone()).collect())?;
            return Ok(true);
        };
        match operator {
            Operator::Match { matching, optional } => {
                let mut found = false;
                let more = context.find(matching, row, &mut |row| {
                    found = true;
                    self.push(at + 1, row, take)
                })?;
                if found || !optional {
                    return Ok(more);
                }
                for slot in &matching.binds {
                    row[*slot] = Value::Null;
                }
                self.push(at + 1, row, take)
            }
            Operator::Unwind { list, slot } => {
                let items = match context.eval(list, row)? {
                    Value::Null => return Ok(true),
                    Value::List(list) => list,
                    other => {
                        row[*slot] = other;
                        return self.push(at + 1, row, take);
                    }
                };
                for item in items.iter() {
                    context.budget.look(1)?;
                    row[*slot] = item.clone();
                    if !self.push(at + 1, row, take)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Operator::Project(project) if project.grouped => {
                self.group(at, project, row)?;
                Ok(true)
            }
            Operator::Project(project) => {
                let values: Result<Vec<Value>> =
                    project.items.iter().map(|c| context.eval(&c.expr, row)).collect();
                self.projected(at, project, values?, row, take)
            }
        }
    }

    /// Adds a row to its group.
    fn group(&mut self, at: usize, project: &Project, row: &mut Row) -> Result<()> {
        let context = self.context;
        let keys = project.items.iter().filter(|c| !c.aggregates).map(|c| context.eval(&c.expr, row));
        let keys = Ordered(keys.collect::<Result<_>>()?);
        let groups = &mut self.kept[at].groups;
        if !groups.contains_key(&keys) {
            context.budget.hold(weight(&keys.0) + 4 * project.aggregates.len())?;
            groups.insert(keys.clone(), fresh(project));
        }
        let Some(running) = groups.get_mut(&keys) else { return Ok(()) };
        for (aggregate, running) in project.aggregates.iter().zip(running) {
            let value =
                aggregate.argument.as_ref().map(|argument| context.eval(argument, row)).transpose()?;
            running.add(value, &context.budget)?;
        }
        Ok(())
    }

    /// A row of columns: told apart, put in order, or handed on.
    fn projected(
        &mut self,
        at: usize,
        project: &Project,
        values: Vec<Value>,
        row: &mut Row,
        take: &mut Sink<'_>,
    ) -> Result<bool> {
        let context = self.context;
        if project.distinct {
            let key = Ordered(values.clone());
            if self.kept[at].seen.contains(&key) {
                return Ok(true);
            }
            context.budget.hold(weight(&key.0))?;
            self.kept[at].seen.insert(key);
        }
        for (column, value) in project.items.iter().zip(&values) {
            row[column.slot] = value.clone();
        }
        let kept = &mut self.kept[at];
        if project.order.is_empty() {
            kept.passed += 1;
            if kept.passed > kept.skip.saturating_add(kept.limit) {
                return Ok(false);
            }
            let (last, wanted) =
                (kept.passed == kept.skip.saturating_add(kept.limit), kept.passed > kept.skip);
            let holds = match &project.condition {
                Some(condition) if wanted => context.holds(condition, row)?,
                _ => true,
            };
            return Ok((!wanted || !holds || self.push(at + 1, row, take)?) && !last);
        }
        let keys = project.order.iter().map(|(key, _)| context.eval(key, row)).collect::<Result<Vec<_>>>()?;
        let holds = match &project.condition {
            Some(condition) => context.holds(condition, row)?,
            None => true,
        };
        context.budget.hold(weight(&keys) + weight(&values))?;
        let kept = &mut self.kept[at];
        kept.sorted.push(Waiting { keys, values, holds });
        // Of many rows only those are kept that can still be among the first.
        let enough = kept.skip.saturating_add(kept.limit);
        if kept.sorted.len() >= enough.saturating_mul(2).max(1024) {
            sort(project, &mut kept.sorted);
            for gone in kept.sorted.drain(enough..) {
                context.budget.release(weight(&gone.keys) + weight(&gone.values));
            }
        }
        Ok(true)
    }

    /// Hands on what a clause kept until all rows were there.
    fn drain(&mut self, at: usize, row: &mut Row, take: &mut Sink<'_>) -> Result<()> {
        let Some(Operator::Project(project)) = self.part.operators.get(at) else { return Ok(()) };
        if project.grouped {
            self.drain_groups(at, project, row, take)?;
        }
        if project.order.is_empty() {
            return Ok(());
        }
        let kept = &mut self.kept[at];
        let mut sorted = std::mem::take(&mut kept.sorted);
        let (skip, limit) = (kept.skip, kept.limit);
        sort(project, &mut sorted);
        for waiting in sorted.into_iter().skip(skip).take(limit) {
            self.context.budget.release(weight(&waiting.keys) + weight(&waiting.values));
            if !waiting.holds {
                continue;
            }
            let slots = project.items.iter().map(|c| c.slot);
            fill(row, slots, waiting.values);
            if !self.push(at + 1, row, take)? {
                break;
            }
        }
        Ok(())
    }

    fn drain_groups(
        &mut self,
        at: usize,
        project: &Project,
        row: &mut Row,
        take: &mut Sink<'_>,
    ) -> Result<()> {
        let mut groups = std::mem::take(&mut self.kept[at].groups);
        // Without keys there is one group, also of no rows.
        if groups.is_empty() && project.items.iter().all(|c| c.aggregates) {
            groups.insert(Ordered(Vec::new()), fresh(project));
        }
        for (keys, running) in groups {
            for (aggregate, running) in project.aggregates.iter().zip(running) {
                row[aggregate.slot] = running.finish()?;
            }
            let slots = project.items.iter().filter(|c| !c.aggregates).map(|c| c.slot);
            fill(row, slots, keys.0);
            let mut values = Vec::with_capacity(project.items.len());
            for column in &project.items {
                values.push(match column.aggregates {
                    true => self.context.eval(&column.expr, row)?,
                    false => row[column.slot].clone(),
                });
            }
            if !self.projected(at, project, values, row, take)? {
                break;
            }
        }
        Ok(())
    }
}

fn fill(row: &mut Row, slots: impl Iterator<Item = Slot>, values: Vec<Value>) {
    for (slot, value) in slots.zip(values) {
        row[slot] = value;
    }
}

fn fresh(project: &Project) -> Vec<Running> {
    project.aggregates.iter().map(|a| Running::new(a.aggregation, a.distinct)).collect()
}

/// By the keys, and where those are equal in the order the rows came.
fn sort(project: &Project, rows: &mut [Waiting]) {
    rows.sort_by(|a, b| {
        let keys = project.order.iter().zip(a.keys.iter().zip(&b.keys));
        let orders = keys.map(|((_, descending), (a, b))| {
            let order = a.order(b);
            if *descending { order.reverse() } else { order }
        });
        orders.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
    });
}

fn operators_text(value: &Value) -> String {
    super::operators::scalar_text(value).unwrap_or_else(|| value.type_name().to_owned())
}
