//! Which expressions are sets, by how they are written: a set's elements are their own keys. A value does not tell,
//! as a set is kept as a list.

use formats::hcl::{Expr, ExprKind, Step};
use model::Node;

use super::access::{Pairs, pairs};
use super::eval::Scope;
use super::module::attribute;
use super::types::Type;

/// Expressions that are followed, from a name to what it was set to.
const MAX_FOLLOWED: usize = 16;

impl Scope<'_, '_> {
    /// What a `for` goes over. A set's elements are their own keys.
    pub(super) fn elements(&self, of: &Expr, collection: &Node) -> Result<Pairs, String> {
        let items = pairs(collection)?;
        if self.is_set(of) {
            return Ok(items.map(|all| all.into_iter().map(|(_, value)| (value.clone(), value)).collect()));
        }
        Ok(items)
    }

    /// Whether `expr` is certainly a set.
    fn is_set(&self, expr: &Expr) -> bool {
        self.is_set_within(expr, MAX_FOLLOWED)
    }

    fn is_set_within(&self, expr: &Expr, left: usize) -> bool {
        let Some(left) = left.checked_sub(1) else { return false };
        match &expr.kind {
            ExprKind::Parens(inner) => self.is_set_within(inner, left),
            ExprKind::Call { name, args, .. } => match name.strip_prefix("core::").unwrap_or(name) {
                "toset" | "setunion" | "setintersection" | "setsubtract" | "fileset" => true,
                "setproduct" => args.iter().any(|arg| self.is_set_within(arg, left)),
                "try" | "coalesce" | "sensitive" | "nonsensitive" => {
                    args.first().is_some_and(|arg| self.is_set_within(arg, left))
                }
                _ => false,
            },
            // Beside a set, a tuple is one too.
            ExprKind::Conditional(_, then, otherwise) => {
                let branches = [then, otherwise].map(|branch| {
                    let fits = matches!(branch.kind, ExprKind::List(_) | ExprKind::Null);
                    (self.is_set_within(branch, left), fits)
                });
                branches.iter().any(|(set, _)| *set) && branches.iter().all(|(set, fits)| *set || *fits)
            }
            ExprKind::Traversal(source, steps) => match (&source.kind, steps.as_slice()) {
                (ExprKind::Variable(name), [Step::Attr(of, _), rest @ ..]) if !self.hides(name) => {
                    match &**name {
                        "var" => self.variable_is_set(of, rest),
                        "local" if rest.is_empty() => self.local_is_set(of, left),
                        _ => false,
                    }
                }
                _ => false,
            },
            _ => false,
        }
    }

    fn local_is_set(&self, name: &str, left: usize) -> bool {
        let local = self.instance.module.locals.get(name);
        // A local does not see the names that the expression stands in.
        let scope = Scope { frame: None, ..*self };
        local.is_some_and(|local| scope.is_set_within(&local.item.value, left))
    }

    /// What the variable's type says about it, or about something inside of it.
    fn variable_is_set(&self, name: &str, steps: &[Step]) -> bool {
        let declared = self.instance.module.variables.get(name);
        let constraint = declared.and_then(|declared| attribute(&declared.item.body, "type"));
        let Some(Ok(mut of)) = constraint.map(Type::parse) else { return false };
        for step in steps {
            of = match (of, step) {
                (Type::Object(mut attributes), Step::Attr(name, _)) => match attributes.remove(name) {
                    Some((of, _)) => of,
                    None => return false,
                },
                (Type::Map(of), Step::Attr(..) | Step::Index(_)) | (Type::List(of), Step::Index(_)) => *of,
                _ => return false,
            };
        }
        matches!(of, Type::Set(_))
    }
}
