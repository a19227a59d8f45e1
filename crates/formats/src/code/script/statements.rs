//! Statements and declarations.

use oxc_ast::ast;
use oxc_span::GetSpan as _;

use super::*;

impl<'s> Lower<'s> {
    /// A block with its directives (`"use server"`), which stay as texts.
    pub(super) fn body(&mut self, directives: &[ast::Directive], body: &[ast::Statement]) -> Vec<Stmt<'s>> {
        let mut out = Vec::with_capacity(body.len());
        for directive in directives {
            let text = Expr::Text(self.quoted(&directive.expression));
            out.push(Stmt::Expr(self.add(text, directive.expression.span)));
        }
        self.into(body, &mut out);
        out
    }

    /// The statements of a block, after what is there already.
    pub(super) fn into(&mut self, body: &[ast::Statement], out: &mut Vec<Stmt<'s>>) {
        body.iter().for_each(|stmt| self.statement(stmt, out));
    }

    pub(super) fn block(&mut self, body: &[ast::Statement]) -> Vec<Stmt<'s>> {
        let mut out = Vec::with_capacity(body.len());
        self.into(body, &mut out);
        out
    }

    /// The statement under a condition or in a loop, with or without braces.
    fn under(&mut self, stmt: &ast::Statement) -> Vec<Stmt<'s>> {
        let mut out = Vec::new();
        self.statement(stmt, &mut out);
        out
    }

    fn statement(&mut self, stmt: &ast::Statement, out: &mut Vec<Stmt<'s>>) {
        if self.too_deep(stmt.span()) {
            return;
        }
        self.depth += 1;
        self.written(stmt, out);
        self.depth -= 1;
    }

    fn written(&mut self, stmt: &ast::Statement, out: &mut Vec<Stmt<'s>>) {
        match stmt {
            ast::Statement::BlockStatement(block) => self.into(&block.body, out),
            ast::Statement::ExpressionStatement(e) => self.effect(&e.expression, out),
            ast::Statement::IfStatement(branch) => {
                let test = self.expr(&branch.test);
                let then = self.under(&branch.consequent);
                let other = branch.alternate.as_ref().map(|other| self.under(other)).unwrap_or_default();
                out.push(Stmt::If { test, then, other });
            }
            ast::Statement::ForStatement(each) => {
                match &each.init {
                    Some(ast::ForStatementInit::VariableDeclaration(init)) => self.variables(init, out),
                    Some(init) => init.as_expression().into_iter().for_each(|e| self.effect(e, out)),
                    None => {}
                }
                let over = each.test.as_ref().map(|test| self.expr(test));
                let mut body = self.under(&each.body);
                each.update.iter().for_each(|update| self.effect(update, &mut body));
                out.push(Stmt::Loop { target: None, over, body });
            }
            ast::Statement::ForInStatement(each) => out.push(self.each(&each.left, &each.right, &each.body)),
            ast::Statement::ForOfStatement(each) => out.push(self.each(&each.left, &each.right, &each.body)),
            ast::Statement::WhileStatement(each) => {
                let over = Some(self.expr(&each.test));
                out.push(Stmt::Loop { target: None, over, body: self.under(&each.body) });
            }
            ast::Statement::DoWhileStatement(each) => {
                let body = self.under(&each.body);
                out.push(Stmt::Loop { target: None, over: Some(self.expr(&each.test)), body });
            }
            ast::Statement::LabeledStatement(labelled) => self.statement(&labelled.body, out),
            ast::Statement::ReturnStatement(r) => {
                let value = r.argument.as_ref().map(|value| self.expr(value));
                out.push(Stmt::Return(value));
            }
            ast::Statement::SwitchStatement(switch) => self.switch(switch, out),
            ast::Statement::ThrowStatement(throw) => self.effect(&throw.argument, out),
            ast::Statement::TryStatement(attempt) => {
                let body = self.block(&attempt.block.body);
                let handlers = attempt.handler.iter().map(|handler| self.block(&handler.body.body)).collect();
                let finally = attempt.finalizer.iter().flat_map(|last| self.block(&last.body)).collect();
                out.push(Stmt::Try { body, handlers, finally });
            }
            ast::Statement::WithStatement(with) => {
                let items = vec![(self.expr(&with.object), None)];
                out.push(Stmt::With { items, body: self.under(&with.body) });
            }
            ast::Statement::BreakStatement(_)
            | ast::Statement::ContinueStatement(_)
            | ast::Statement::DebuggerStatement(_)
            | ast::Statement::EmptyStatement(_) => {}
            other => {
                if let Some(declaration) = other.as_declaration() {
                    self.declaration(declaration, out);
                } else if let Some(module) = other.as_module_declaration() {
                    self.module(module, out);
                }
            }
        }
    }

    /// An expression for its effect.
    pub(super) fn effect(&mut self, e: &ast::Expression, out: &mut Vec<Stmt<'s>>) {
        match e {
            ast::Expression::YieldExpression(y) => {
                if let Some(value) = &y.argument {
                    let value = self.expr(value);
                    out.push(Stmt::Yield(value));
                }
            }
            ast::Expression::AssignmentExpression(assign) => {
                if matches!(assign.right, ast::Expression::FunctionExpression(_)) {
                    self.anchor = Some(assign.span.start);
                }
                let (target, value, add) = self.assigned(assign);
                let assigning = if add { Assigning::Add } else { Assigning::Set };
                out.push(Stmt::Assign { target, value: Some(value), kind: None, assigning });
            }
            // Minified code separates its statements by commas.
            ast::Expression::SequenceExpression(all) if !self.too_deep(all.span) => {
                self.depth += 1;
                all.expressions.iter().for_each(|e| self.effect(e, out));
                self.depth -= 1;
            }
            other => {
                let value = self.expr(other);
                out.push(Stmt::Expr(value));
            }
        }
    }

    fn each(
        &mut self,
        left: &ast::ForStatementLeft,
        over: &ast::Expression,
        body: &ast::Statement,
    ) -> Stmt<'s> {
        let target = match left {
            ast::ForStatementLeft::VariableDeclaration(v) => {
                v.declarations.first().map(|v| self.pattern(&v.id))
            }
            left => left.as_assignment_target().map(|target| self.target(target)),
        };
        let over = Some(self.expr(over));
        Stmt::Loop { target, over, body: self.under(body) }
    }

    /// Each case is a branch of its own, since one may fall through to the next; empty ones join the next.
    fn switch(&mut self, switch: &ast::SwitchStatement, out: &mut Vec<Stmt<'s>>) {
        let subject = self.expr(&switch.discriminant);
        let mut tests = Vec::new();
        for case in &switch.cases {
            tests.push(case.test.as_ref().map_or(subject, |test| {
                let right = self.expr(test);
                self.add(Expr::Join { join: Join::Compare, left: subject, right }, case.span)
            }));
            let then = self.block(&case.consequent);
            if then.is_empty() {
                continue;
            }
            let test = match *tests {
                [only] => only,
                _ => self.other(std::mem::take(&mut tests), case.span),
            };
            tests.clear();
            out.push(Stmt::If { test, then, other: Vec::new() });
        }
    }

    pub(super) fn declaration(&mut self, declaration: &ast::Declaration, out: &mut Vec<Stmt<'s>>) {
        match declaration {
            ast::Declaration::VariableDeclaration(all) => self.variables(all, out),
            ast::Declaration::FunctionDeclaration(f) => {
                if f.body.is_some() {
                    let function = self.function(f, f.span);
                    out.push(Stmt::Function(function));
                }
            }
            ast::Declaration::ClassDeclaration(class) => {
                let class = self.class(class);
                out.push(Stmt::Class(class));
            }
            ast::Declaration::TSTypeAliasDeclaration(alias) => self.alias(alias, out),
            ast::Declaration::TSInterfaceDeclaration(interface) => {
                let interface = self.interface(interface);
                out.push(Stmt::Class(interface));
            }
            ast::Declaration::TSEnumDeclaration(all) => {
                let all = self.constants(all);
                out.push(Stmt::Class(all));
            }
            ast::Declaration::TSExternalModuleDeclaration(module) => {
                module.body.iter().for_each(|body| self.into(&body.body, out));
            }
            ast::Declaration::TSNamespaceDeclaration(space) => {
                let mut body = &space.body;
                while let ast::TSNamespaceDeclarationBody::TSNamespaceDeclaration(inner) = body {
                    body = &inner.body;
                }
                if let ast::TSNamespaceDeclarationBody::TSModuleBlock(block) = body {
                    self.into(&block.body, out);
                }
            }
            ast::Declaration::TSGlobalDeclaration(global) => self.into(&global.body.body, out),
            ast::Declaration::TSImportEqualsDeclaration(import) => self.import_equals(import, out),
        }
    }

    fn variables(&mut self, all: &ast::VariableDeclaration, out: &mut Vec<Stmt<'s>>) {
        use ast::VariableDeclarationKind::{AwaitUsing, Using};
        for (index, variable) in all.declarations.iter().enumerate() {
            let target = self.pattern(&variable.id);
            let kind = variable.type_annotation.as_ref().map(|kind| self.kind(&kind.type_annotation));
            let value = variable.init.as_ref().map(|init| {
                if index == 0 {
                    self.document(init, all.span.start);
                }
                self.expr(init)
            });
            out.push(match value {
                // What follows in the block is not its body: names stay known after a `with`.
                Some(value) if matches!(all.kind, Using | AwaitUsing) => {
                    Stmt::With { items: vec![(value, Some(target))], body: Vec::new() }
                }
                _ => Stmt::Assign { target, value, kind, assigning: Assigning::Declare },
            });
        }
    }

    /// Notes that the documentation at the start of a statement is that of its value.
    fn document(&mut self, value: &ast::Expression, start: u32) {
        if matches!(
            value,
            ast::Expression::ArrowFunctionExpression(_)
                | ast::Expression::FunctionExpression(_)
                | ast::Expression::ClassExpression(_)
        ) {
            self.anchor.get_or_insert(start);
        }
    }

    /// `enum`: a class whose fields are constants, numbered where nothing is said.
    fn constants(&mut self, all: &ast::TSEnumDeclaration) -> ClassId {
        let mut next = Some(0);
        let mut body = Vec::with_capacity(all.body.members.len());
        for member in &all.body.members {
            let at = member.id.span();
            let target = match &member.id {
                ast::TSEnumMemberName::Identifier(name) => self.name(name.span),
                ast::TSEnumMemberName::String(text) | ast::TSEnumMemberName::ComputedString(text) => {
                    self.add(Expr::Name(self.unquoted(text)), at)
                }
                ast::TSEnumMemberName::ComputedTemplateString(_) => self.other([], at),
            };
            let value = match &member.initializer {
                Some(value) => {
                    let value = self.expr(value);
                    next = match self.unit.expr(value) {
                        Expr::Int(last) => last.checked_add(1),
                        _ => None,
                    };
                    Some(value)
                }
                None => {
                    let number = next;
                    next = number.and_then(|n: i64| n.checked_add(1));
                    number.map(|number| self.add(Expr::Int(number), at))
                }
            };
            body.push(Stmt::Assign { target, value, kind: None, assigning: Assigning::Declare });
        }
        self.plain_class(all.id.span, all.span, Vec::new(), body)
    }

    /// A class without methods: an enumeration, an interface, a type of an object.
    pub(super) fn plain_class(
        &mut self,
        name: oxc_span::Span,
        at: oxc_span::Span,
        bases: Vec<ExprId>,
        body: Vec<Stmt<'s>>,
    ) -> ClassId {
        let documentation = self.documented(at.start);
        self.unit.add_class(Class {
            name: Some(self.slice(name)),
            bases,
            marks: Vec::new(),
            documentation,
            body,
            span: span(at),
            name_span: span(name),
        })
    }
}
