//! Functions, classes, their parameters and their documentation.

use oxc_ast::ast;
use oxc_span::GetSpan as _;

use super::*;

impl<'s> Lower<'s> {
    pub(super) fn function(&mut self, f: &ast::Function, at: oxc_span::Span) -> FunctionId {
        let name = f.id.as_ref().map(|id| id.span);
        self.define(f, name, Vec::new(), at)
    }

    /// A function under a name that may stand elsewhere, as a method's does.
    pub(super) fn define(
        &mut self,
        f: &ast::Function,
        name: Option<oxc_span::Span>,
        marks: Vec<ExprId>,
        at: oxc_span::Span,
    ) -> FunctionId {
        let documentation = self.documented(at.start);
        let class = self.class.take();
        let mut body = Vec::new();
        let params = self.params(&f.params, &mut body);
        let returns = f.return_type.as_ref().map(|kind| self.kind(&kind.type_annotation));
        if let Some(written) = &f.body {
            let written = self.body(&written.directives, &written.statements);
            body.extend(written);
        }
        self.class = class;
        self.unit.add_function(Function {
            name: name.map(|name| self.slice(name)),
            params,
            marks,
            returns,
            documentation,
            body,
            class,
            span: span(at),
            name_span: span(name.unwrap_or(at)),
        })
    }

    pub(super) fn arrow(&mut self, f: &ast::ArrowFunctionExpression) -> FunctionId {
        let documentation = self.documented(f.span.start);
        let class = self.class.take();
        let mut body = Vec::new();
        let params = self.params(&f.params, &mut body);
        let returns = f.return_type.as_ref().map(|kind| self.kind(&kind.type_annotation));
        match &f.body {
            ast::ArrowFunctionBody::FunctionBody(written) => {
                body = self.body(&written.directives, &written.statements);
            }
            value => {
                if let Some(value) = value.as_expression() {
                    body.push(Stmt::Return(Some(self.expr(value))));
                }
            }
        }
        self.class = class;
        self.unit.add_function(Function {
            name: None,
            params,
            marks: Vec::new(),
            returns,
            documentation,
            body,
            class: None,
            span: span(f.span),
            name_span: span(f.span),
        })
    }

    /// The parameters; one that is a property of the object as well (`constructor(private client: Client)`) is assigned to it.
    fn params(&mut self, params: &ast::FormalParameters, body: &mut Vec<Stmt<'s>>) -> Vec<Param<'s>> {
        let mut out = Vec::with_capacity(params.items.len());
        for item in &params.items {
            let marks = self.marks(&item.decorators);
            let kind = item.type_annotation.as_ref().map(|kind| self.kind(&kind.type_annotation));
            let default = item.initializer.as_deref().map(|default| self.expr(default));
            let (name, pattern) = self.param_name(&item.pattern);
            if item.accessibility.is_some() || item.readonly || item.r#override {
                let at = item.pattern.span();
                let of = self.add(Expr::Name("this"), at);
                let target = self.add(Expr::Member { of, name }, at);
                let value = Some(self.add(Expr::Name(name), at));
                body.push(Stmt::Assign { target, value, kind, assigning: Assigning::Set });
            }
            let passing = Passing::Plain;
            out.push(Param { name, pattern, default, kind, passing, marks, span: span(item.span) });
        }
        if let Some(rest) = &params.rest {
            let (name, pattern) = self.param_name(&rest.rest.argument);
            out.push(Param {
                name,
                pattern,
                default: None,
                kind: rest.type_annotation.as_ref().map(|kind| self.kind(&kind.type_annotation)),
                passing: Passing::Rest,
                marks: self.marks(&rest.decorators),
                span: span(rest.span),
            });
        }
        out
    }

    fn param_name(&mut self, pattern: &ast::BindingPattern) -> (&'s str, Option<ExprId>) {
        match pattern {
            ast::BindingPattern::BindingIdentifier(name) => (self.slice(name.span), None),
            pattern => ("", Some(self.pattern(pattern))),
        }
    }

    pub(super) fn class(&mut self, class: &ast::Class) -> ClassId {
        let documentation = self.documented(first(&class.decorators, class.span));
        let marks = self.marks(&class.decorators);
        let mut bases: Vec<_> = class.heritage.iter().map(|base| self.expr(&base.expression)).collect();
        bases.extend(class.implements.iter().map(|base| self.type_name(&base.expression)));
        let name = class.id.as_ref().map(|id| id.span);
        let id = self.unit.add_class(Class {
            name: name.map(|name| self.slice(name)),
            bases,
            marks,
            documentation,
            body: Vec::new(),
            span: span(class.span),
            name_span: span(name.unwrap_or(class.span)),
        });
        let outer = self.class.replace(id);
        let mut body = Vec::with_capacity(class.body.body.len());
        class.body.body.iter().for_each(|element| self.element(element, &mut body));
        self.class = outer;
        self.unit.classes[id.0 as usize].body = body;
        id
    }

    fn element(&mut self, element: &ast::ClassElement, out: &mut Vec<Stmt<'s>>) {
        match element {
            ast::ClassElement::StaticBlock(block) => self.into(&block.body, out),
            ast::ClassElement::MethodDefinition(method) if method.value.body.is_some() => {
                self.anchor = Some(first(&method.decorators, method.span));
                let marks = self.marks(&method.decorators);
                let name = if method.computed { None } else { self.key_name(&method.key) };
                let function = self.define(&method.value, name, marks, method.span);
                out.push(Stmt::Function(function));
            }
            ast::ClassElement::PropertyDefinition(field) => {
                let value = (field.value.as_ref(), field.type_annotation.as_deref());
                self.field(&field.decorators, &field.key, field.computed, value, out);
            }
            ast::ClassElement::AccessorProperty(field) => {
                let value = (field.value.as_ref(), field.type_annotation.as_deref());
                self.field(&field.decorators, &field.key, field.computed, value, out);
            }
            // Overloads and abstract methods only declare types.
            ast::ClassElement::MethodDefinition(_) | ast::ClassElement::TSIndexSignature(_) => {}
        }
    }

    /// A field; its decorators, for which an assignment has no place, stand before it.
    fn field(
        &mut self,
        decorators: &[ast::Decorator],
        key: &ast::PropertyKey,
        computed: bool,
        (value, kind): (Option<&ast::Expression>, Option<&ast::TSTypeAnnotation>),
        out: &mut Vec<Stmt<'s>>,
    ) {
        for mark in self.marks(decorators) {
            out.push(Stmt::Expr(mark));
        }
        let at = key.span();
        let target = match self.key_name(key) {
            Some(name) if !computed => self.name(name),
            _ => {
                let of = self.add(Expr::Name("this"), at);
                let key = self.key(key);
                self.add(Expr::Index { of, key }, at)
            }
        };
        // Methods written as arrows are documented where the field begins.
        let kind = kind.map(|kind| self.kind(&kind.type_annotation));
        let value = value.map(|value| {
            if matches!(value, ast::Expression::ArrowFunctionExpression(_)) {
                self.anchor = Some(at.start);
            }
            let class = self.class.take();
            let value = self.expr(value);
            self.class = class;
            value
        });
        out.push(Stmt::Assign { target, value, kind, assigning: Assigning::Declare });
    }

    /// Where the name of a member stands, without quotes, when it is written out.
    pub(super) fn key_name(&self, key: &ast::PropertyKey) -> Option<oxc_span::Span> {
        match key {
            ast::PropertyKey::StaticIdentifier(name) => Some(name.span),
            ast::PropertyKey::PrivateIdentifier(name) => Some(name.span),
            ast::PropertyKey::StringLiteral(text) if text.span.size() >= 2 => Some(text.span.shrink(1)),
            ast::PropertyKey::NumericLiteral(number) => Some(number.span),
            _ => None,
        }
    }

    fn marks(&mut self, decorators: &[ast::Decorator]) -> Vec<ExprId> {
        decorators.iter().map(|decorator| self.expr(&decorator.expression)).collect()
    }

    /// The documentation comment before what begins here, or before the statement it is the value of.
    pub(super) fn documented(&mut self, start: u32) -> Option<(Cow<'s, str>, Span)> {
        let anchor = self.anchor.take();
        [Some(start), anchor].into_iter().flatten().find_map(|start| {
            let after = self.documentation.partition_point(|(attached, _)| *attached <= start);
            let (attached, at) = *self.documentation.get(after.checked_sub(1)?)?;
            (attached == start).then(|| (plain(self.slice(at)), span(at)))
        })
    }
}

/// Where a definition begins with its decorators.
fn first(decorators: &[ast::Decorator], at: oxc_span::Span) -> u32 {
    decorators.first().map_or(at.start, |first| first.span.start.min(at.start))
}

/// A documentation comment without its marks.
fn plain(comment: &str) -> Cow<'_, str> {
    let inner = comment.strip_prefix("/**").unwrap_or(comment);
    let inner = inner.strip_suffix("*/").unwrap_or(inner).trim();
    if !inner.contains('\n') {
        return Cow::Borrowed(inner.trim_start_matches('*').trim());
    }
    let lines = inner.lines().map(|line| {
        let line = line.trim();
        let bare = line.strip_prefix('*').unwrap_or(line);
        bare.strip_prefix(' ').unwrap_or(bare)
    });
    Cow::Owned(lines.collect::<Vec<_>>().join("\n").trim().to_owned())
}
