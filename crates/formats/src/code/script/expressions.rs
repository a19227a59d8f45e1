//! Expressions.

use oxc_ast::ast;
use oxc_ast::ast::{AssignmentOperator, BinaryOperator, LogicalOperator, UnaryOperator};
use oxc_span::GetSpan as _;

use super::*;

impl<'s> Lower<'s> {
    /// Adds what is one level deeper, unless that is too deep.
    pub(super) fn nested(&mut self, at: oxc_span::Span, form: impl FnOnce(&mut Self) -> Expr<'s>) -> ExprId {
        if self.too_deep(at) {
            return self.other([], at);
        }
        self.depth += 1;
        let lowered = form(self);
        self.depth -= 1;
        self.add(lowered, at)
    }

    pub(super) fn expr(&mut self, e: &ast::Expression) -> ExprId {
        // What says something of the type alone is the expression inside.
        let mut e = e;
        loop {
            e = match e {
                ast::Expression::ParenthesizedExpression(inner) => &inner.expression,
                ast::Expression::TSAsExpression(inner) => &inner.expression,
                ast::Expression::TSSatisfiesExpression(inner) => &inner.expression,
                ast::Expression::TSTypeAssertion(inner) => &inner.expression,
                ast::Expression::TSNonNullExpression(inner) => &inner.expression,
                ast::Expression::TSInstantiationExpression(inner) => &inner.expression,
                _ => break,
            };
        }
        self.nested(e.span(), |this| this.form(e))
    }

    fn all<'e, 'a: 'e>(&mut self, all: impl IntoIterator<Item = &'e ast::Expression<'a>>) -> Box<[ExprId]> {
        all.into_iter().map(|e| self.expr(e)).collect()
    }

    fn form(&mut self, e: &ast::Expression) -> Expr<'s> {
        match e {
            ast::Expression::BooleanLiteral(b) => Expr::Bool(b.value),
            ast::Expression::NullLiteral(_) => Expr::Null,
            ast::Expression::NumericLiteral(n) => self.number(n),
            ast::Expression::BigIntLiteral(n) => match n.value.parse() {
                Ok(number) => Expr::Int(number),
                Err(_) => Expr::Other(Box::default()),
            },
            ast::Expression::StringLiteral(text) => Expr::Text(self.quoted(text)),
            ast::Expression::TemplateLiteral(text) => self.template(text),
            ast::Expression::Identifier(name) => match self.slice(name.span) {
                "undefined" => Expr::Null,
                name => Expr::Name(name),
            },
            ast::Expression::Super(_) | ast::Expression::ThisExpression(_) => {
                Expr::Name(self.slice(e.span()))
            }
            ast::Expression::ArrayExpression(array) => {
                Expr::List(array.elements.iter().map(|element| self.array_element(element)).collect())
            }
            ast::Expression::ObjectExpression(object) => {
                Expr::Map(object.properties.iter().map(|property| self.property(property)).collect())
            }
            ast::Expression::ArrowFunctionExpression(f) => Expr::Function(self.arrow(f)),
            ast::Expression::FunctionExpression(f) => Expr::Function(self.function(f, f.span)),
            ast::Expression::ClassExpression(class) => Expr::Class(self.class(class)),
            ast::Expression::AssignmentExpression(assign) => {
                let (target, mut value, add) = self.assigned(assign);
                if add {
                    value = self.add(Expr::Join { join: Join::Add, left: target, right: value }, assign.span);
                }
                Expr::Assign { target, value }
            }
            ast::Expression::AwaitExpression(of) => Expr::Wait(self.expr(&of.argument)),
            ast::Expression::BinaryExpression(op) => {
                let join = match op.operator {
                    BinaryOperator::Addition => Join::Add,
                    BinaryOperator::Equality
                    | BinaryOperator::Inequality
                    | BinaryOperator::StrictEquality
                    | BinaryOperator::StrictInequality
                    | BinaryOperator::LessThan
                    | BinaryOperator::LessEqualThan
                    | BinaryOperator::GreaterThan
                    | BinaryOperator::GreaterEqualThan
                    | BinaryOperator::In
                    | BinaryOperator::Instanceof => Join::Compare,
                    _ => Join::Other,
                };
                let (left, right) = (self.expr(&op.left), self.expr(&op.right));
                Expr::Join { join, left, right }
            }
            ast::Expression::LogicalExpression(op) => {
                let join = match op.operator {
                    LogicalOperator::And => Join::And,
                    LogicalOperator::Or | LogicalOperator::Coalesce => Join::Or,
                };
                let (left, right) = (self.expr(&op.left), self.expr(&op.right));
                Expr::Join { join, left, right }
            }
            ast::Expression::CallExpression(call) => self.call(call),
            ast::Expression::NewExpression(new) => {
                let callee = self.expr(&new.callee);
                Expr::Call(Box::new(Call { callee, args: self.args(&new.arguments), construct: true }))
            }
            ast::Expression::ImportExpression(import) => {
                let callee = self.add(Expr::Name("import"), oxc_span::Span::sized(import.span.start, 6));
                let args = [Some(&import.source), import.options.as_ref()].into_iter().flatten();
                let args = args.map(|e| Arg { name: None, value: self.expr(e), spread: false }).collect();
                Expr::Call(Box::new(Call { callee, args, construct: false }))
            }
            ast::Expression::TaggedTemplateExpression(tagged) => {
                let callee = self.expr(&tagged.tag);
                let text = self.template(&tagged.quasi);
                let value = self.add(text, tagged.quasi.span);
                let args = [Arg { name: None, value, spread: false }].into();
                Expr::Call(Box::new(Call { callee, args, construct: false }))
            }
            ast::Expression::ChainExpression(chain) => match &chain.expression {
                ast::ChainElement::CallExpression(call) => self.call(call),
                ast::ChainElement::TSNonNullExpression(inner) => self.form(&inner.expression),
                element => match element.as_member_expression() {
                    Some(member) => self.member_form(member),
                    None => Expr::Other(Box::default()),
                },
            },
            ast::Expression::ConditionalExpression(choose) => {
                let (test, then) = (self.expr(&choose.test), self.expr(&choose.consequent));
                Expr::Choose { test, then, other: self.expr(&choose.alternate) }
            }
            ast::Expression::SequenceExpression(all) => Expr::Other(self.all(&all.expressions)),
            ast::Expression::UnaryExpression(op) => self.unary(op),
            ast::Expression::UpdateExpression(op) => Expr::Other([self.simple_target(&op.argument)].into()),
            ast::Expression::YieldExpression(y) => Expr::Other(self.all(&y.argument)),
            ast::Expression::PrivateInExpression(op) => Expr::Other([self.expr(&op.right)].into()),
            ast::Expression::ImportMeta(meta) => {
                let of = self.add(Expr::Name("import"), oxc_span::Span::sized(meta.span.start, 6));
                Expr::Member { of, name: "meta" }
            }
            ast::Expression::JSXElement(element) => self.jsx(element),
            ast::Expression::JSXFragment(fragment) => self.fragment(fragment),
            other => match other.as_member_expression() {
                Some(member) => self.member_form(member),
                None => Expr::Other(Box::default()),
            },
        }
    }

    pub(super) fn number(&self, number: &ast::NumericLiteral) -> Expr<'s> {
        let written = self.slice(number.span);
        let whole = !written.contains('.') && (written.starts_with("0x") || !written.contains(['e', 'E']));
        // Every whole number below 2^53 is itself as a float.
        if whole && number.value < 9_007_199_254_740_992.0 {
            Expr::Int(number.value as i64)
        } else {
            Expr::Float(number.value)
        }
    }

    pub(super) fn unary(&mut self, op: &ast::UnaryExpression) -> Expr<'s> {
        let of = self.expr(&op.argument);
        match (op.operator, self.unit.expr(of)) {
            (UnaryOperator::UnaryNegation, Expr::Int(i)) => Expr::Int(i.wrapping_neg()),
            (UnaryOperator::UnaryNegation, Expr::Float(f)) => Expr::Float(-f),
            // `void 0` is what minified code writes for `undefined`.
            (UnaryOperator::Void, Expr::Int(_)) => Expr::Null,
            _ => Expr::Other([of].into()),
        }
    }

    pub(super) fn template(&mut self, text: &ast::TemplateLiteral) -> Expr<'s> {
        let piece = |this: &Self, quasi: &ast::TemplateElement| {
            // Escapes that mean nothing are let be in a tagged template.
            let value = quasi.value.cooked.as_ref().unwrap_or(&quasi.value.raw);
            this.piece(value, quasi.span)
        };
        if let ([only], []) = (text.quasis.as_slice(), text.expressions.as_slice()) {
            return Expr::Text(piece(self, only));
        }
        let mut parts = Vec::with_capacity(text.quasis.len() + text.expressions.len());
        for (index, quasi) in text.quasis.iter().enumerate() {
            let written = piece(self, quasi);
            if !written.is_empty() {
                parts.push(Part::Text(written));
            }
            if let Some(hole) = text.expressions.get(index) {
                parts.push(Part::Hole(self.expr(hole)));
            }
        }
        Expr::Format(parts.into())
    }

    fn array_element(&mut self, element: &ast::ArrayExpressionElement) -> ExprId {
        match element {
            ast::ArrayExpressionElement::SpreadElement(all) => {
                let of = self.expr(&all.argument);
                self.add(Expr::Spread(of), all.span)
            }
            element => match element.as_expression() {
                Some(e) => self.expr(e),
                None => self.add(Expr::Null, element.span()),
            },
        }
    }

    fn property(&mut self, property: &ast::ObjectPropertyKind) -> (Option<ExprId>, ExprId) {
        match property {
            ast::ObjectPropertyKind::SpreadProperty(all) => (None, self.expr(&all.argument)),
            ast::ObjectPropertyKind::ObjectProperty(property) => {
                let key = if property.computed {
                    property.key.as_expression().map(|key| self.expr(key))
                } else {
                    Some(self.key(&property.key))
                };
                let value = match &property.value {
                    // A method, a getter or a setter is named by its key.
                    ast::Expression::FunctionExpression(f) if f.id.is_none() => {
                        let name = if property.computed { None } else { self.key_name(&property.key) };
                        self.anchor = Some(property.span.start);
                        self.nested(f.span, |this| Expr::Function(this.define(f, name, Vec::new(), f.span)))
                    }
                    value => {
                        if matches!(value, ast::Expression::ArrowFunctionExpression(_)) {
                            self.anchor = Some(property.span.start);
                        }
                        self.expr(value)
                    }
                };
                (key, value)
            }
        }
    }

    /// The key of a property: a text when it is a name.
    pub(super) fn key(&mut self, key: &ast::PropertyKey) -> ExprId {
        let at = key.span();
        match key {
            ast::PropertyKey::StaticIdentifier(_) | ast::PropertyKey::PrivateIdentifier(_) => {
                self.add(Expr::Text(Cow::Borrowed(self.slice(at))), at)
            }
            key => match key.as_expression() {
                Some(e) => self.expr(e),
                None => self.other([], at),
            },
        }
    }

    pub(super) fn member(&mut self, member: &ast::MemberExpression) -> ExprId {
        self.nested(member.span(), |this| this.member_form(member))
    }

    fn member_form(&mut self, member: &ast::MemberExpression) -> Expr<'s> {
        match member {
            ast::MemberExpression::ComputedMemberExpression(m) => {
                let of = self.expr(&m.object);
                Expr::Index { of, key: self.expr(&m.expression) }
            }
            ast::MemberExpression::StaticMemberExpression(m) => {
                let of = self.expr(&m.object);
                Expr::Member { of, name: self.slice(m.property.span) }
            }
            ast::MemberExpression::PrivateFieldExpression(m) => {
                let of = self.expr(&m.object);
                Expr::Member { of, name: self.slice(m.field.span) }
            }
        }
    }

    fn call(&mut self, call: &ast::CallExpression) -> Expr<'s> {
        let callee = self.expr(&call.callee);
        Expr::Call(Box::new(Call { callee, args: self.args(&call.arguments), construct: false }))
    }

    fn args(&mut self, arguments: &[ast::Argument]) -> Box<[Arg<'s>]> {
        let mut args = Vec::with_capacity(arguments.len());
        for argument in arguments {
            match argument {
                ast::Argument::SpreadElement(all) => {
                    args.push(Arg { name: None, value: self.expr(&all.argument), spread: true });
                }
                argument => {
                    if let Some(e) = argument.as_expression() {
                        args.push(Arg { name: None, value: self.expr(e), spread: false });
                    }
                }
            }
        }
        args.into()
    }

    /// Target and value of an assignment, and whether it adds. `a ||= b` assigns `a || b`.
    pub(super) fn assigned(&mut self, assign: &ast::AssignmentExpression) -> (ExprId, ExprId, bool) {
        let target = self.target(&assign.left);
        let right = self.expr(&assign.right);
        let join = match assign.operator {
            AssignmentOperator::Assign => return (target, right, false),
            AssignmentOperator::Addition => return (target, right, true),
            AssignmentOperator::LogicalOr | AssignmentOperator::LogicalNullish => Join::Or,
            AssignmentOperator::LogicalAnd => Join::And,
            _ => Join::Other,
        };
        let value = self.add(Expr::Join { join, left: target, right }, assign.span);
        (target, value, false)
    }
}
