//! Python, read by ruff's parser. A match statement becomes branches, a comprehension one [`Expr::Each`] for each `for`.

use std::borrow::Cow;

use ruff_python_ast as ast;
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::{Ranged, TextRange};

use super::tree::*;
use super::{Join, MAX_DEPTH};
use crate::Span;

/// Lowers a module, or the joined cells of a notebook (`%` and `!` lines are passed over).
pub(super) fn parse(source: &str) -> Unit<'_> {
    let mut unit = Unit::new(Language::Python, source);
    if u32::try_from(source.len()).is_err() {
        unit.problem(Span::default(), "longer than 4 GiB and not read");
        return unit;
    }
    let parsed = parse_unchecked(source, ParseOptions::from(Mode::Ipython));
    for error in parsed.errors() {
        unit.problem(span(error.location), error.error.to_string().to_lowercase());
    }
    let mut lower = Lower { unit, source, depth: 0, deep: false, class: None };
    let body = match parsed.syntax() {
        ast::Mod::Module(module) => lower.block(&module.body),
        ast::Mod::Expression(_) => Vec::new(),
    };
    // A tree nested without measure is dropped by as deep a recursion, so it is not dropped at all.
    if lower.deep {
        std::mem::forget(parsed);
    }
    let mut unit = lower.unit;
    unit.body = body;
    unit
}

fn span(range: TextRange) -> Span {
    Span { start: range.start().to_u32(), end: range.end().to_u32() }
}

struct Lower<'s> {
    unit: Unit<'s>,
    source: &'s str,
    depth: u32,
    /// Whether something was nested too deep.
    deep: bool,
    class: Option<ClassId>,
}

impl<'s> Lower<'s> {
    /// The source text of a range, and of a name as it is written.
    fn slice(&self, range: TextRange) -> &'s str {
        self.source.get(range.start().to_usize()..range.end().to_usize()).unwrap_or_default()
    }

    fn identifier(&self, name: &ast::Identifier) -> &'s str {
        self.slice(name.range)
    }

    fn too_deep(&mut self, at: TextRange) -> bool {
        if self.depth < MAX_DEPTH {
            return false;
        }
        if !self.deep {
            self.unit.problem(
                span(at),
                format!("nested deeper than {MAX_DEPTH} levels; what is below is not read"),
            );
        }
        self.deep = true;
        true
    }

    fn block(&mut self, body: &[ast::Stmt]) -> Vec<Stmt<'s>> {
        let mut out = Vec::with_capacity(body.len());
        if body.first().is_some_and(|first| self.too_deep(first.range())) {
            return out;
        }
        self.depth += 1;
        for stmt in body {
            self.statement(stmt, &mut out);
        }
        self.depth -= 1;
        out
    }

    fn statement(&mut self, stmt: &ast::Stmt, out: &mut Vec<Stmt<'s>>) {
        match stmt {
            ast::Stmt::FunctionDef(def) => out.push(self.function(def)),
            ast::Stmt::ClassDef(def) => out.push(self.class(def)),
            ast::Stmt::Return(r) => {
                let value = r.value.as_deref().map(|value| self.expr(value));
                out.push(Stmt::Return(value));
            }
            ast::Stmt::Assign(assign) => {
                let value = self.expr(&assign.value);
                for target in &assign.targets {
                    let target = self.expr(target);
                    out.push(Stmt::Assign {
                        target,
                        value: Some(value),
                        kind: None,
                        assigning: Assigning::Set,
                    });
                }
            }
            ast::Stmt::AnnAssign(assign) => {
                let target = self.expr(&assign.target);
                let kind = Some(self.expr(&assign.annotation));
                let value = assign.value.as_deref().map(|value| self.expr(value));
                out.push(Stmt::Assign { target, value, kind, assigning: Assigning::Declare });
            }
            ast::Stmt::AugAssign(assign) => {
                let target = self.expr(&assign.target);
                let value = Some(self.expr(&assign.value));
                out.push(Stmt::Assign { target, value, kind: None, assigning: Assigning::Add });
            }
            ast::Stmt::TypeAlias(alias) => {
                let (target, value) = (self.expr(&alias.name), Some(self.expr(&alias.value)));
                out.push(Stmt::Assign { target, value, kind: None, assigning: Assigning::Declare });
            }
            ast::Stmt::For(each) => {
                let (target, over) = (Some(self.expr(&each.target)), Some(self.expr(&each.iter)));
                let body = self.block(&each.body);
                out.push(Stmt::Loop { target, over, body });
                out.extend(self.block(&each.orelse));
            }
            ast::Stmt::While(each) => {
                let over = Some(self.expr(&each.test));
                let body = self.block(&each.body);
                out.push(Stmt::Loop { target: None, over, body });
                out.extend(self.block(&each.orelse));
            }
            ast::Stmt::If(branch) => {
                let test = self.expr(&branch.test);
                let then = self.block(&branch.body);
                let mut other = Vec::new();
                for clause in branch.elif_else_clauses.iter().rev() {
                    let body = self.block(&clause.body);
                    other = match &clause.test {
                        Some(test) => vec![Stmt::If { test: self.expr(test), then: body, other }],
                        None => body,
                    };
                }
                out.push(Stmt::If { test, then, other });
            }
            ast::Stmt::With(with) => {
                let items = with.items.iter().map(|item| {
                    let value = self.expr(&item.context_expr);
                    (value, item.optional_vars.as_deref().map(|target| self.expr(target)))
                });
                let items = items.collect();
                let body = self.block(&with.body);
                out.push(Stmt::With { items, body });
            }
            ast::Stmt::Match(matched) => {
                let subject = self.expr(&matched.subject);
                for case in &matched.cases {
                    let mut then = Vec::new();
                    self.pattern(&case.pattern, subject, &mut then);
                    let body = self.block(&case.body);
                    then.extend(body);
                    let test = case.guard.as_deref().map_or(subject, |guard| self.expr(guard));
                    out.push(Stmt::If { test, then, other: Vec::new() });
                }
            }
            ast::Stmt::Raise(raise) => {
                if let Some(error) = &raise.exc {
                    let error = self.expr(error);
                    out.push(Stmt::Expr(error));
                }
            }
            ast::Stmt::Try(attempt) => {
                let mut body = self.block(&attempt.body);
                body.extend(self.block(&attempt.orelse));
                let handlers = attempt.handlers.iter().map(|handler| {
                    let ast::ExceptHandler::ExceptHandler(handler) = handler;
                    self.block(&handler.body)
                });
                let handlers = handlers.collect();
                let finally = self.block(&attempt.finalbody);
                out.push(Stmt::Try { body, handlers, finally });
            }
            ast::Stmt::Assert(assert) => {
                let test = self.expr(&assert.test);
                out.push(Stmt::Expr(test));
            }
            ast::Stmt::Import(import) => {
                for alias in &import.names {
                    let module = self.identifier(&alias.name);
                    let (module, local) = match &alias.asname {
                        Some(local) => (module, self.identifier(local)),
                        // `import a.b` binds `a`; `a.b` is reached through it.
                        None => {
                            let first = module.split('.').next().unwrap_or(module);
                            (first, first)
                        }
                    };
                    let module = Cow::Borrowed(module);
                    out.push(Stmt::Import(Import {
                        module,
                        up: 0,
                        name: None,
                        local,
                        span: span(alias.range),
                    }));
                }
            }
            ast::Stmt::ImportFrom(import) => {
                let module = import.module.as_ref().map_or("", |module| self.identifier(module));
                for alias in &import.names {
                    let name = self.identifier(&alias.name);
                    let local = alias.asname.as_ref().map_or(name, |local| self.identifier(local));
                    out.push(Stmt::Import(Import {
                        module: Cow::Borrowed(module),
                        up: import.level,
                        name: Some(name),
                        local,
                        span: span(alias.range),
                    }));
                }
            }
            ast::Stmt::Expr(e) => match &*e.value {
                ast::Expr::Yield(y) => {
                    if let Some(value) = &y.value {
                        let value = self.expr(value);
                        out.push(Stmt::Yield(value));
                    }
                }
                ast::Expr::YieldFrom(y) => {
                    let value = self.expr(&y.value);
                    out.push(Stmt::Yield(value));
                }
                // Texts that stand alone are documentation, read where they belong.
                ast::Expr::StringLiteral(_) | ast::Expr::EllipsisLiteral(_) => {}
                other => {
                    let value = self.expr(other);
                    out.push(Stmt::Expr(value));
                }
            },
            ast::Stmt::Delete(_)
            | ast::Stmt::Global(_)
            | ast::Stmt::Nonlocal(_)
            | ast::Stmt::Pass(_)
            | ast::Stmt::Break(_)
            | ast::Stmt::Continue(_)
            | ast::Stmt::IpyEscapeCommand(_) => {}
        }
    }

    /// The names that a pattern binds, each to the whole subject.
    fn pattern(&mut self, pattern: &ast::Pattern, subject: ExprId, out: &mut Vec<Stmt<'s>>) {
        if self.too_deep(pattern.range()) {
            return;
        }
        self.depth += 1;
        let mut bind = |this: &mut Self, name: &ast::Identifier| {
            let target = this.unit.add(Expr::Name(this.slice(name.range)), span(name.range));
            out.push(Stmt::Assign { target, value: Some(subject), kind: None, assigning: Assigning::Set });
        };
        match pattern {
            ast::Pattern::MatchAs(p) => {
                if let Some(name) = &p.name {
                    bind(self, name);
                }
                if let Some(inner) = &p.pattern {
                    self.pattern(inner, subject, out);
                }
            }
            ast::Pattern::MatchStar(p) => {
                if let Some(name) = &p.name {
                    bind(self, name);
                }
            }
            ast::Pattern::MatchSequence(p) => p.patterns.iter().for_each(|p| self.pattern(p, subject, out)),
            ast::Pattern::MatchMapping(p) => p.patterns.iter().for_each(|p| self.pattern(p, subject, out)),
            ast::Pattern::MatchOr(p) => p.patterns.iter().for_each(|p| self.pattern(p, subject, out)),
            ast::Pattern::MatchClass(p) => {
                let keywords = p.arguments.keywords.iter().map(|k| &k.pattern);
                p.arguments.patterns.iter().chain(keywords).for_each(|p| self.pattern(p, subject, out));
            }
            ast::Pattern::MatchValue(_) | ast::Pattern::MatchSingleton(_) => {}
        }
        self.depth -= 1;
    }

    fn documentation(&self, body: &[ast::Stmt]) -> Option<(Cow<'s, str>, Span)> {
        let ast::Stmt::Expr(first) = body.first()? else { return None };
        let ast::Expr::StringLiteral(text) = &*first.value else { return None };
        Some((self.literal(text), span(text.range)))
    }

    fn marks(&mut self, decorators: &[ast::Decorator]) -> Vec<ExprId> {
        decorators.iter().map(|decorator| self.expr(&decorator.expression)).collect()
    }

    fn function(&mut self, def: &ast::StmtFunctionDef) -> Stmt<'s> {
        let marks = self.marks(&def.decorator_list);
        let is_static = def.decorator_list.iter().any(|d| self.slice(d.expression.range()) == "staticmethod");
        let params = self.params(&def.parameters, self.class.is_some() && !is_static);
        let returns = def.returns.as_deref().map(|kind| self.expr(kind));
        let class = self.class.take();
        let body = self.block(&def.body);
        self.class = class;
        let function = Function {
            name: Some(self.identifier(&def.name)),
            params,
            marks,
            returns,
            documentation: self.documentation(&def.body),
            body,
            class,
            span: span(def.range),
            name_span: span(def.name.range),
        };
        Stmt::Function(self.unit.add_function(function))
    }

    fn params(&mut self, params: &ast::Parameters, method: bool) -> Vec<Param<'s>> {
        let mut out = Vec::new();
        for (index, param) in params.posonlyargs.iter().chain(&params.args).enumerate() {
            let passing = if method && index == 0 { Passing::Receiver } else { Passing::Plain };
            let default = param.default.as_deref().map(|default| self.expr(default));
            out.push(self.param(&param.parameter, default, passing));
        }
        if let Some(rest) = &params.vararg {
            out.push(self.param(rest, None, Passing::Rest));
        }
        for param in &params.kwonlyargs {
            let default = param.default.as_deref().map(|default| self.expr(default));
            out.push(self.param(&param.parameter, default, Passing::Plain));
        }
        if let Some(named) = &params.kwarg {
            out.push(self.param(named, None, Passing::Named));
        }
        out
    }

    fn param(&mut self, param: &ast::Parameter, default: Option<ExprId>, passing: Passing) -> Param<'s> {
        Param {
            name: self.identifier(&param.name),
            pattern: None,
            default,
            kind: param.annotation.as_deref().map(|kind| self.expr(kind)),
            passing,
            marks: Vec::new(),
            span: span(param.range),
        }
    }

    fn class(&mut self, def: &ast::StmtClassDef) -> Stmt<'s> {
        let marks = self.marks(&def.decorator_list);
        let bases = def.arguments.iter().flat_map(|arguments| arguments.args.iter());
        let bases = bases.map(|base| self.expr(base)).collect();
        let class = Class {
            name: Some(self.identifier(&def.name)),
            bases,
            marks,
            documentation: self.documentation(&def.body),
            body: Vec::new(),
            span: span(def.range),
            name_span: span(def.name.range),
        };
        let id = self.unit.add_class(class);
        let outer = self.class.replace(id);
        let body = self.block(&def.body);
        self.class = outer;
        self.unit.classes[id.0 as usize].body = body;
        Stmt::Class(id)
    }

    fn add(&mut self, expr: Expr<'s>, range: TextRange) -> ExprId {
        self.unit.add(expr, span(range))
    }

    fn all<'e>(&mut self, each: impl IntoIterator<Item = &'e ast::Expr>) -> Box<[ExprId]> {
        each.into_iter().map(|e| self.expr(e)).collect()
    }

    fn expr(&mut self, e: &ast::Expr) -> ExprId {
        if self.too_deep(e.range()) {
            return self.add(Expr::Other(Box::default()), e.range());
        }
        self.depth += 1;
        let lowered = self.form(e);
        self.depth -= 1;
        self.add(lowered, e.range())
    }

    fn form(&mut self, e: &ast::Expr) -> Expr<'s> {
        match e {
            ast::Expr::NoneLiteral(_) => Expr::Null,
            ast::Expr::BooleanLiteral(b) => Expr::Bool(b.value),
            ast::Expr::NumberLiteral(n) => match &n.value {
                ast::Number::Int(i) => i.as_i64().map_or_else(|| Expr::Other(Box::default()), Expr::Int),
                ast::Number::Float(f) => Expr::Float(*f),
                ast::Number::Complex { .. } => Expr::Other(Box::default()),
            },
            ast::Expr::StringLiteral(text) => Expr::Text(self.literal(text)),
            ast::Expr::BytesLiteral(_) | ast::Expr::EllipsisLiteral(_) | ast::Expr::IpyEscapeCommand(_) => {
                Expr::Other(Box::default())
            }
            ast::Expr::FString(text) => self.format(text),
            ast::Expr::TString(text) => {
                let holes = text.value.elements().filter_map(|part| part.as_interpolation());
                Expr::Other(holes.map(|hole| self.expr(&hole.expression)).collect())
            }
            ast::Expr::Name(name) => Expr::Name(self.slice(name.range)),
            ast::Expr::Attribute(a) => {
                let of = self.expr(&a.value);
                Expr::Member { of, name: self.identifier(&a.attr) }
            }
            ast::Expr::Subscript(s) => {
                let of = self.expr(&s.value);
                Expr::Index { of, key: self.expr(&s.slice) }
            }
            ast::Expr::Call(call) => self.call(call),
            ast::Expr::List(list) => Expr::List(self.all(&list.elts)),
            ast::Expr::Tuple(list) => Expr::List(self.all(&list.elts)),
            ast::Expr::Set(list) => Expr::List(self.all(&list.elts)),
            ast::Expr::Dict(dict) => {
                let entry = |item: &ast::DictItem| {
                    let key = item.key.as_ref().map(|key| self.expr(key));
                    (key, self.expr(&item.value))
                };
                Expr::Map(dict.items.iter().map(entry).collect())
            }
            ast::Expr::BoolOp(op) => {
                let join = if op.op == ast::BoolOp::Or { Join::Or } else { Join::And };
                self.joined(join, &op.values, op.range)
            }
            ast::Expr::BinOp(op) => {
                let join = match op.op {
                    ast::Operator::Add => Join::Add,
                    ast::Operator::Mod => Join::Percent,
                    ast::Operator::BitOr => Join::Bar,
                    _ => Join::Other,
                };
                let (left, right) = (self.expr(&op.left), self.expr(&op.right));
                Expr::Join { join, left, right }
            }
            ast::Expr::Compare(c) => {
                let left = self.expr(&c.left);
                let right = self.all(&c.comparators);
                let right = match *right {
                    [only] => only,
                    _ => self.add(Expr::Other(right), c.range),
                };
                Expr::Join { join: Join::Compare, left, right }
            }
            ast::Expr::UnaryOp(op) => match (op.op, self.expr(&op.operand)) {
                (ast::UnaryOp::USub, of) => match self.unit.expr(of) {
                    Expr::Int(i) => Expr::Int(i.wrapping_neg()),
                    Expr::Float(f) => Expr::Float(-f),
                    _ => Expr::Other([of].into()),
                },
                (_, of) => Expr::Other([of].into()),
            },
            ast::Expr::If(choose) => {
                let (test, then) = (self.expr(&choose.test), self.expr(&choose.body));
                Expr::Choose { test, then, other: self.expr(&choose.orelse) }
            }
            ast::Expr::Named(named) => {
                let value = self.expr(&named.value);
                Expr::Assign { target: self.expr(&named.target), value }
            }
            ast::Expr::Await(of) => Expr::Wait(self.expr(&of.value)),
            ast::Expr::Yield(y) => Expr::Other(self.all(y.value.as_deref())),
            ast::Expr::YieldFrom(y) => Expr::Other(self.all([&*y.value])),
            ast::Expr::Starred(of) => Expr::Spread(self.expr(&of.value)),
            ast::Expr::Slice(s) => Expr::Other(
                self.all([&s.lower, &s.upper, &s.step].into_iter().filter_map(|bound| bound.as_deref())),
            ),
            ast::Expr::Lambda(lambda) => {
                let params = lambda.parameters.as_deref().map(|params| self.params(params, false));
                let class = self.class.take();
                let value = self.expr(&lambda.body);
                self.class = class;
                Expr::Function(self.unit.add_function(Function {
                    name: None,
                    params: params.unwrap_or_default(),
                    marks: Vec::new(),
                    returns: None,
                    documentation: None,
                    body: vec![Stmt::Return(Some(value))],
                    class: None,
                    span: span(lambda.range),
                    name_span: span(lambda.range),
                }))
            }
            ast::Expr::ListComp(c) => self.comprehension(&c.elt, None, &c.generators),
            ast::Expr::SetComp(c) => self.comprehension(&c.elt, None, &c.generators),
            ast::Expr::Generator(c) => self.comprehension(&c.elt, None, &c.generators),
            ast::Expr::DictComp(c) => self.comprehension(&c.value, c.key.as_deref(), &c.generators),
        }
    }

    /// `a or b or c` from the left.
    fn joined(&mut self, join: Join, values: &[ast::Expr], range: TextRange) -> Expr<'s> {
        let mut values = values.iter();
        let Some(first) = values.next() else { return Expr::Null };
        let mut left = self.expr(first);
        let mut last = Expr::Other([left].into());
        let mut rest = values.peekable();
        while let Some(value) = rest.next() {
            let right = self.expr(value);
            last = Expr::Join { join, left, right };
            if rest.peek().is_some() {
                left = self.add(last.clone(), range);
            }
        }
        last
    }

    fn comprehension(
        &mut self,
        element: &ast::Expr,
        key: Option<&ast::Expr>,
        generators: &[ast::Comprehension],
    ) -> Expr<'s> {
        let value = self.expr(element);
        let value = match key {
            Some(key) => {
                let entry = (Some(self.expr(key)), value);
                self.add(Expr::Map([entry].into()), element.range())
            }
            None => value,
        };
        let mut inner = value;
        let mut last = Expr::Other([value].into());
        for (index, each) in generators.iter().enumerate().rev() {
            let (target, over) = (self.expr(&each.target), self.expr(&each.iter));
            last = Expr::Each { target, over, element: inner };
            if index > 0 {
                inner = self.add(last.clone(), each.range);
            }
        }
        last
    }

    fn call(&mut self, call: &ast::ExprCall) -> Expr<'s> {
        let callee = self.expr(&call.func);
        let mut args = Vec::with_capacity(call.arguments.args.len() + call.arguments.keywords.len());
        for arg in &call.arguments.args {
            let (value, spread) = match arg {
                ast::Expr::Starred(of) => (self.expr(&of.value), true),
                other => (self.expr(other), false),
            };
            args.push(Arg { name: None, value, spread });
        }
        for keyword in &call.arguments.keywords {
            let name = keyword.arg.as_ref().map(|name| self.identifier(name));
            let value = self.expr(&keyword.value);
            args.push(Arg { name, value, spread: name.is_none() });
        }
        Expr::Call(Box::new(Call { callee, args: args.into(), construct: false }))
    }

    /// A string literal, from the source where nothing in it is escaped.
    fn literal(&self, text: &ast::ExprStringLiteral) -> Cow<'s, str> {
        match text.as_single_part_string() {
            Some(single) => self.piece(&single.value, single.content_range()),
            None => Cow::Owned(text.value.to_str().to_owned()),
        }
    }

    fn piece(&self, value: &str, range: TextRange) -> Cow<'s, str> {
        let written = self.slice(range);
        if written == value { Cow::Borrowed(written) } else { Cow::Owned(value.to_owned()) }
    }

    fn format(&mut self, text: &ast::ExprFString) -> Expr<'s> {
        let mut parts = Vec::new();
        for part in &text.value {
            match part {
                ast::FStringPart::Literal(literal) => {
                    parts.push(Part::Text(self.piece(&literal.value, literal.content_range())));
                }
                ast::FStringPart::FString(f) => {
                    for element in &f.elements {
                        match element {
                            ast::InterpolatedStringElement::Literal(literal) => {
                                parts.push(Part::Text(self.piece(&literal.value, literal.range)));
                            }
                            ast::InterpolatedStringElement::Interpolation(hole) => {
                                parts.push(Part::Hole(self.expr(&hole.expression)));
                            }
                        }
                    }
                }
            }
        }
        Expr::Format(parts.into())
    }
}

#[cfg(test)]
mod tests;
