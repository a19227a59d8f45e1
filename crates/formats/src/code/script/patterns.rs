//! What takes a value apart: of declarations and parameters (binding patterns), and of assignments (targets). Both become a
//! [`Expr::Map`] or [`Expr::List`] of the names that are bound; a default is an assignment to its name.

use oxc_ast::ast;
use oxc_span::GetSpan as _;

use super::*;

impl<'s> Lower<'s> {
    pub(super) fn pattern(&mut self, pattern: &ast::BindingPattern) -> ExprId {
        let at = pattern.span();
        if self.too_deep(at) {
            return self.other([], at);
        }
        self.depth += 1;
        let lowered = match pattern {
            ast::BindingPattern::BindingIdentifier(name) => Expr::Name(self.slice(name.span)),
            ast::BindingPattern::ObjectPattern(object) => {
                let mut entries = Vec::with_capacity(object.properties.len());
                for property in &object.properties {
                    let key = self.key(&property.key);
                    entries.push((Some(key), self.pattern(&property.value)));
                }
                if let Some(rest) = &object.rest {
                    entries.push((None, self.pattern(&rest.argument)));
                }
                Expr::Map(entries.into())
            }
            ast::BindingPattern::ArrayPattern(array) => {
                let mut items = Vec::with_capacity(array.elements.len());
                for element in &array.elements {
                    items.push(match element {
                        Some(element) => self.pattern(element),
                        None => self.other([], at),
                    });
                }
                if let Some(rest) = &array.rest {
                    let of = self.pattern(&rest.argument);
                    items.push(self.add(Expr::Spread(of), rest.span));
                }
                Expr::List(items.into())
            }
            ast::BindingPattern::AssignmentPattern(default) => {
                let target = self.pattern(&default.left);
                Expr::Assign { target, value: self.expr(&default.right) }
            }
        };
        self.depth -= 1;
        self.add(lowered, at)
    }

    /// What is assigned to.
    pub(super) fn target(&mut self, target: &ast::AssignmentTarget) -> ExprId {
        let at = target.span();
        if let Some(simple) = target.as_simple_assignment_target() {
            return self.simple_target(simple);
        }
        if self.too_deep(at) {
            return self.other([], at);
        }
        self.depth += 1;
        let lowered = match target {
            ast::AssignmentTarget::ArrayAssignmentTarget(array) => {
                let mut items = Vec::with_capacity(array.elements.len());
                for element in &array.elements {
                    items.push(match element {
                        Some(element) => self.maybe_default(element),
                        None => self.other([], at),
                    });
                }
                if let Some(rest) = &array.rest {
                    let of = self.target(&rest.target);
                    items.push(self.add(Expr::Spread(of), rest.span));
                }
                Expr::List(items.into())
            }
            ast::AssignmentTarget::ObjectAssignmentTarget(object) => {
                let mut entries = Vec::with_capacity(object.properties.len());
                for property in &object.properties {
                    entries.push(self.target_property(property));
                }
                if let Some(rest) = &object.rest {
                    entries.push((None, self.target(&rest.target)));
                }
                Expr::Map(entries.into())
            }
            _ => Expr::Other(Box::default()),
        };
        self.depth -= 1;
        self.add(lowered, at)
    }

    fn target_property(&mut self, property: &ast::AssignmentTargetProperty) -> (Option<ExprId>, ExprId) {
        match property {
            ast::AssignmentTargetProperty::AssignmentTargetPropertyIdentifier(short) => {
                let at = short.binding.span;
                let key = self.add(Expr::Text(Cow::Borrowed(self.slice(at))), at);
                let target = self.name(at);
                let value = match &short.init {
                    Some(default) => {
                        let value = self.expr(default);
                        self.add(Expr::Assign { target, value }, short.span)
                    }
                    None => target,
                };
                (Some(key), value)
            }
            ast::AssignmentTargetProperty::AssignmentTargetPropertyProperty(long) => {
                let key = self.key(&long.name);
                (Some(key), self.maybe_default(&long.binding))
            }
        }
    }

    fn maybe_default(&mut self, target: &ast::AssignmentTargetMaybeDefault) -> ExprId {
        match target {
            ast::AssignmentTargetMaybeDefault::AssignmentTargetWithDefault(default) => {
                let target = self.target(&default.binding);
                let value = self.expr(&default.init);
                self.add(Expr::Assign { target, value }, default.span)
            }
            target => match target.as_assignment_target() {
                Some(target) => self.target(target),
                None => self.other([], target.span()),
            },
        }
    }

    pub(super) fn simple_target(&mut self, target: &ast::SimpleAssignmentTarget) -> ExprId {
        match target {
            ast::SimpleAssignmentTarget::AssignmentTargetIdentifier(name) => self.name(name.span),
            ast::SimpleAssignmentTarget::TSAsExpression(inner) => self.expr(&inner.expression),
            ast::SimpleAssignmentTarget::TSSatisfiesExpression(inner) => self.expr(&inner.expression),
            ast::SimpleAssignmentTarget::TSNonNullExpression(inner) => self.expr(&inner.expression),
            ast::SimpleAssignmentTarget::TSTypeAssertion(inner) => self.expr(&inner.expression),
            member => match member.as_member_expression() {
                Some(member) => self.member(member),
                None => self.other([], member.span()),
            },
        }
    }
}
