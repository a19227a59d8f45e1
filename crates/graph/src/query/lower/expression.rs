//! Expressions: every name found, or said to be missing with the nearest one that is there.

use super::{Lower, Sort};
use crate::query::aggregate::Aggregation;
use crate::query::ast::{self, Name};
use crate::query::error::{Mistake, QueryError};
use crate::query::functions;
use crate::query::plan::{Access, Aggregate, Expr, Slot, Test};

type Lowered<T = Expr> = Result<T, QueryError>;

impl Lower<'_> {
    pub(super) fn expr(&mut self, expr: &ast::Expr) -> Lowered {
        if let Some((_, slot)) = self.columns.iter().find(|(column, _)| column == expr) {
            return Ok(Expr::Slot(*slot));
        }
        Ok(match expr {
            ast::Expr::Literal(value) => Expr::Constant(value.clone()),
            ast::Expr::Parameter(name) => Expr::Constant(self.parameter(name)?),
            ast::Expr::Variable(name) => Expr::Slot(self.named(name)?),
            ast::Expr::List(items) => Expr::List(self.exprs(items)?),
            ast::Expr::Map(entries) => {
                let entries = entries.iter().map(|(key, value)| Ok((key.text.clone(), self.expr(value)?)));
                Expr::Map(entries.collect::<Lowered<_>>()?)
            }
            ast::Expr::Access(base, accesses) => {
                let base = self.boxed(base)?;
                let accesses = accesses.iter().map(|access| self.access(access));
                Expr::Access(base, accesses.collect::<Lowered<_>>()?)
            }
            ast::Expr::Negate(inner) => Expr::Negate(self.boxed(inner)?),
            ast::Expr::Not(inner) => Expr::Not(self.boxed(inner)?),
            ast::Expr::And(items) => Expr::And(self.exprs(items)?),
            ast::Expr::Or(items) => Expr::Or(self.exprs(items)?),
            ast::Expr::Xor(items) => Expr::Xor(self.exprs(items)?),
            ast::Expr::Arithmetic(first, rest) => Expr::Arithmetic(self.boxed(first)?, self.chained(rest)?),
            ast::Expr::Comparison(first, rest) => Expr::Comparison(self.boxed(first)?, self.chained(rest)?),
            ast::Expr::Test(subject, tests) => {
                let subject = self.boxed(subject)?;
                let tests = tests.iter().map(|test| self.test(test));
                Expr::Test(subject, tests.collect::<Lowered<_>>()?)
            }
            ast::Expr::Case { subject, branches, otherwise } => Expr::Case {
                subject: self.optional(subject.as_deref())?,
                branches: branches
                    .iter()
                    .map(|(when, then)| Ok((self.expr(when)?, self.expr(then)?)))
                    .collect::<Lowered<_>>()?,
                otherwise: self.optional(otherwise.as_deref())?,
            },
            ast::Expr::Call { function, distinct, arguments } => self.call(function, *distinct, arguments)?,
            ast::Expr::CountAll => self.aggregate(Aggregation::Count, None, false, None)?,
            ast::Expr::Comprehension { variable, list, condition, result } => {
                let list = self.boxed(list)?;
                self.within(variable, |lower, slot| {
                    let condition = lower.optional(condition.as_deref())?;
                    Ok(Expr::Comprehension {
                        slot,
                        list,
                        condition,
                        result: lower.optional(result.as_deref())?,
                    })
                })?
            }
            ast::Expr::Quantified { quantifier, variable, list, condition } => {
                let list = self.boxed(list)?;
                self.within(variable, |lower, slot| {
                    let condition = lower.optional(condition.as_deref())?;
                    Ok(Expr::Quantified { quantifier: *quantifier, slot, list, condition })
                })?
            }
            ast::Expr::Reduce { total, start, variable, list, step } => {
                let (start, list) = (self.boxed(start)?, self.boxed(list)?);
                self.within(total, |lower, total| {
                    lower.within(variable, |lower, slot| {
                        Ok(Expr::Reduce { total, start, slot, list, step: lower.boxed(step)? })
                    })
                })?
            }
            ast::Expr::Exists { patterns, condition } => {
                Expr::Exists(Box::new(self.inner_matching(patterns, condition.as_deref())?))
            }
            ast::Expr::Count { patterns, condition } => {
                Expr::Count(Box::new(self.inner_matching(patterns, condition.as_deref())?))
            }
        })
    }

    fn boxed(&mut self, expr: &ast::Expr) -> Lowered<Box<Expr>> {
        self.expr(expr).map(Box::new)
    }

    fn exprs(&mut self, items: &[ast::Expr]) -> Lowered<Vec<Expr>> {
        items.iter().map(|item| self.expr(item)).collect()
    }

    fn optional(&mut self, expr: Option<&ast::Expr>) -> Lowered<Option<Box<Expr>>> {
        expr.map(|expr| self.boxed(expr)).transpose()
    }

    fn chained<O: Copy>(&mut self, rest: &[(O, ast::Expr)]) -> Lowered<Vec<(O, Expr)>> {
        rest.iter().map(|(operator, right)| Ok((*operator, self.expr(right)?))).collect()
    }

    /// Lowers what can name one more variable, which belongs to it alone.
    fn within<T>(
        &mut self,
        variable: &Name,
        inner: impl FnOnce(&mut Self, Slot) -> Lowered<T>,
    ) -> Lowered<T> {
        let depth = self.scope.len();
        let slot = self.bind(variable.text.clone(), Sort::Value);
        // An aggregate is over rows, and here there are elements.
        let aggregates = self.aggregates.take();
        let result = inner(self, slot);
        self.aggregates = aggregates;
        self.scope.truncate(depth);
        self.used.retain(|used| *used != slot);
        result
    }

    fn access(&mut self, access: &ast::Access) -> Lowered<Access> {
        Ok(match access {
            ast::Access::Property(name) => {
                if !self.graph.knows_property(&name.text) {
                    let known: Vec<_> = self.graph.table().property_names().cloned().collect();
                    let suggestion = catalog::did_you_mean(&name.text, known.iter().map(|k| &**k));
                    if !suggestion.is_empty() {
                        self.notes
                            .push(format!("nothing in the graph has the property {}{suggestion}", name.text));
                    }
                }
                Access::Property(name.text.clone())
            }
            ast::Access::Index(index) => Access::Index(self.expr(index)?),
            ast::Access::Slice(from, to) => {
                let mut end = |end: &Option<ast::Expr>| end.as_ref().map(|end| self.expr(end)).transpose();
                Access::Slice(end(from)?, end(to)?)
            }
            ast::Access::Labels(names) => Access::Labels(self.labels(names)),
        })
    }

    fn test(&mut self, test: &ast::Test) -> Lowered<Test> {
        Ok(match test {
            ast::Test::IsNull => Test::IsNull,
            ast::Test::IsNotNull => Test::IsNotNull,
            ast::Test::In(list) => Test::In(self.expr(list)?),
            ast::Test::StartsWith(text) => Test::StartsWith(self.expr(text)?),
            ast::Test::EndsWith(text) => Test::EndsWith(self.expr(text)?),
            ast::Test::Contains(text) => Test::Contains(self.expr(text)?),
            ast::Test::Matches(pattern) => Test::Matches(self.expr(pattern)?),
        })
    }

    fn parameter(&self, name: &Name) -> Result<crate::query::Value, Mistake> {
        self.parameters.get(&name.text).cloned().ok_or_else(|| {
            let suggestion = catalog::did_you_mean(&name.text, self.parameters.keys().map(|k| &**k));
            self.mistake(&name.span, format!("parameter ${} has no value{suggestion}", name.text))
        })
    }

    fn call(&mut self, name: &Name, distinct: bool, arguments: &[ast::Expr]) -> Lowered {
        if let Some(aggregation) = Aggregation::named(&name.text) {
            return match arguments {
                [argument] => self.aggregate(aggregation, Some(argument), distinct, Some(name)),
                _ => Err(self.mistake(&name.span, format!("{}() takes one argument", name.text)).into()),
            };
        }
        // Of a pattern it asks whether it matches, and not whether that is known.
        if let ([pattern @ ast::Expr::Exists { .. }], true) =
            (arguments, name.text.eq_ignore_ascii_case("exists"))
        {
            return self.expr(pattern);
        }
        let Some(function) = functions::find(&name.text) else {
            let suggestion = catalog::did_you_mean(&name.text, functions::names());
            return Err(self
                .mistake(&name.span, format!("there is no function {}(){suggestion}", name.text))
                .into());
        };
        if distinct {
            let message = format!("DISTINCT means nothing to {}(), which does not aggregate", name.text);
            return Err(self.mistake(&name.span, message).into());
        }
        if !function.arguments.contains(&arguments.len()) {
            let (least, most) = (function.arguments.start(), function.arguments.end());
            let wanted = match (least, most) {
                (least, &usize::MAX) => format!("at least {least}"),
                (least, most) if least == most => least.to_string(),
                (least, most) => format!("{least} to {most}"),
            };
            let message = format!("{}() takes {wanted} arguments and has {}", name.text, arguments.len());
            return Err(self.mistake(&name.span, message).into());
        }
        Ok(Expr::Call(function, self.exprs(arguments)?))
    }

    /// Puts an aggregate aside; what is left in its place is the slot of its result.
    fn aggregate(
        &mut self,
        aggregation: Aggregation,
        argument: Option<&ast::Expr>,
        distinct: bool,
        name: Option<&Name>,
    ) -> Lowered {
        let span = name.map_or(0..0, |n| n.span.clone());
        if self.aggregating {
            return Err(self.mistake(&span, "an aggregate cannot stand inside another").into());
        }
        if self.aggregates.is_none() {
            let message = "an aggregate such as count() stands in WITH or RETURN";
            return Err(self.mistake(&span, message).help("compute it in WITH … AS n, then use n").into());
        }
        self.aggregating = true;
        // Inside, columns are what they were before they were columns.
        let columns = std::mem::take(&mut self.columns);
        let hidden = std::mem::take(&mut self.hidden);
        let depth = self.scope.len();
        self.scope.extend(hidden.iter().cloned());
        let argument = argument.map(|argument| self.expr(argument)).transpose();
        self.scope.truncate(depth);
        self.hidden = hidden;
        self.columns = columns;
        self.aggregating = false;
        let argument = argument?;
        let slot = self.slot();
        if let Some(aggregates) = &mut self.aggregates {
            aggregates.push(Aggregate { aggregation, argument, distinct, slot });
        }
        Ok(Expr::Slot(slot))
    }
}
