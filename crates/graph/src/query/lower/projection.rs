//! WITH and RETURN: columns, groups, order, and which variables are left.

use super::{Lower, Sort, Variable};
use crate::query::ast::{self, Item, Name};
use crate::query::error::QueryError;
use crate::query::plan::{Column, Operator, Project};

impl Lower<'_> {
    pub(super) fn projection(
        &mut self,
        projection: &ast::Projection,
        condition: Option<&ast::Expr>,
        is_with: bool,
    ) -> Result<Operator, QueryError> {
        let items = self.items(projection, is_with)?;
        let before = self.scope.clone();
        let (columns, grouped) = self.columns(&items)?;
        // From here on the columns have names of their own.
        let after: Vec<Variable> = items
            .iter()
            .zip(&columns)
            .map(|(item, column)| {
                let sort = match &item.expr {
                    ast::Expr::Variable(name) => self.find(&name.text).map_or(Sort::Value, |v| v.sort),
                    _ => Sort::Value,
                };
                Variable { name: item.name.text.clone(), slot: column.slot, sort }
            })
            .collect();
        // What was there before can still be named where each row of the result is one row from before.
        let narrowed = grouped || projection.distinct;
        self.columns = items.iter().zip(&columns).map(|(i, c)| (i.expr.clone(), c.slot)).collect();
        self.scope = if narrowed { after.clone() } else { [&before[..], &after[..]].concat() };
        if grouped {
            self.hidden = before;
        } else {
            self.aggregates = None;
        }
        let order = projection.order.iter().map(|order| Ok((self.expr(&order.expr)?, order.descending)));
        let order = order.collect::<Result<Vec<_>, QueryError>>()?;
        let aggregates = self.aggregates.take().unwrap_or_default();
        let condition = condition.map(|condition| self.expr(condition)).transpose()?;
        self.hidden.clear();
        self.columns.clear();
        // Numbers of rows are the same for all rows.
        self.scope.clear();
        let skip = projection.skip.as_ref().map(|skip| self.expr(skip)).transpose()?;
        let limit = projection.limit.as_ref().map(|limit| self.expr(limit)).transpose()?;
        self.scope = after;
        let distinct = projection.distinct;
        let project =
            Project { items: columns, aggregates, grouped, distinct, order, skip, limit, condition };
        Ok(Operator::Project(Box::new(project)))
    }

    /// The items as written, with what `*` stands for.
    fn items(&mut self, projection: &ast::Projection, is_with: bool) -> Result<Vec<Item>, QueryError> {
        let mut items = Vec::new();
        if projection.all {
            let named = |v: &Variable| Name { text: v.name.clone(), span: 0..0 };
            items.extend(self.scope.iter().map(named).map(|name| Item {
                expr: ast::Expr::Variable(name.clone()),
                name,
                renamed: false,
            }));
            items.sort_by(|a, b| a.name.text.cmp(&b.name.text));
            if items.is_empty() {
                return Err(self.mistake(&(0..0), "* stands for all variables, and there are none").into());
            }
        }
        items.extend(projection.items.iter().cloned());
        for (i, item) in items.iter().enumerate() {
            if is_with && !item.renamed && !matches!(item.expr, ast::Expr::Variable(_)) {
                let mistake = self.mistake(&item.name.span, "an expression in WITH needs a name");
                return Err(mistake.help(format!("write {} AS name", item.name.text)).into());
            }
            if items[..i].iter().any(|other| other.name.text == item.name.text) {
                return Err(self
                    .mistake(&item.name.span, format!("two columns are called {}", item.name.text))
                    .into());
            }
        }
        Ok(items)
    }

    /// The columns, and whether rows are grouped by those that do not aggregate.
    fn columns(&mut self, items: &[Item]) -> Result<(Vec<Column>, bool), QueryError> {
        self.aggregates = Some(Vec::new());
        let mut columns = Vec::new();
        for item in items {
            let before = self.aggregates.as_ref().map_or(0, Vec::len);
            let expr = self.expr(&item.expr)?;
            let aggregates = self.aggregates.as_ref().map_or(0, Vec::len) > before;
            let slot = self.slot();
            columns.push(Column { expr, slot, aggregates });
        }
        if !columns.iter().any(|c| c.aggregates) {
            return Ok((columns, false));
        }
        // Beside an aggregate there can only be what is the same for the whole group: other columns.
        self.aggregates = Some(Vec::new());
        self.columns = items
            .iter()
            .zip(&columns)
            .filter(|(_, c)| !c.aggregates)
            .map(|(i, c)| (i.expr.clone(), c.slot))
            .collect();
        for (item, column) in items.iter().zip(&mut columns).filter(|(_, c)| c.aggregates) {
            self.used.clear();
            column.expr = self.expr(&item.expr)?;
            if let Some(slot) = self.used.first() {
                let name = self.scope.iter().find(|v| v.slot == *slot).map_or("a variable", |v| &*v.name);
                let message =
                    format!("{name} differs within a group, so it cannot stand beside an aggregate");
                let help = format!("put it into a column of its own: WITH {name}, count(*) AS n");
                return Err(self.mistake(&item.name.span, message).help(help).into());
            }
        }
        self.columns.clear();
        Ok((columns, true))
    }
}
