//! Functions, classes, parameters and what stands in them: how the front ends of the languages read by tree-sitter declare.

use std::borrow::Cow;
use std::collections::HashMap;
use std::mem;

use tree_sitter::Node;

use super::syntax::{Walk, span};
use super::tree::*;
use crate::Span;

/// What stands beside the name and the body of a function.
#[derive(Default)]
pub(super) struct Head<'s> {
    pub(super) params: Vec<Param<'s>>,
    pub(super) marks: Vec<ExprId>,
    pub(super) returns: Option<ExprId>,
    pub(super) documentation: Option<(Cow<'s, str>, Span)>,
}

/// What is written of a type outside it: `func (s *Server) Run()`, `impl Server { … }`.
pub(super) struct Attached<'s> {
    class: &'s str,
    base: Option<ExprId>,
    marks: Vec<ExprId>,
    body: Vec<Stmt<'s>>,
    span: Span,
}

impl<'s> Walk<'s> {
    pub(super) fn function(
        &mut self,
        node: Node,
        name: Option<(&'s str, Node)>,
        head: Head<'s>,
        body: impl FnOnce(&mut Self) -> Vec<Stmt<'s>>,
    ) -> FunctionId {
        let class = self.class.take();
        let yields = mem::take(&mut self.yields);
        let (_, body) = self.apart(body);
        self.class = class;
        self.yields = yields;
        let Head { params, marks, returns, documentation } = head;
        self.unit.add_function(Function {
            name: name.map(|(name, _)| name),
            params,
            marks,
            returns,
            documentation,
            body,
            // What is written inside an expression belongs to no class.
            class: name.and(class),
            span: span(node),
            name_span: span(name.map_or(node, |(_, node)| node)),
        })
    }

    pub(super) fn class(
        &mut self,
        node: Node,
        name: Option<Node>,
        bases: Vec<ExprId>,
        head: Head<'s>,
        body: impl FnOnce(&mut Self, &mut Vec<Stmt<'s>>),
    ) -> ClassId {
        let id = self.unit.add_class(Class {
            name: name.map(|name| self.slice(name)),
            bases,
            marks: head.marks,
            documentation: head.documentation,
            body: Vec::new(),
            span: span(node),
            name_span: span(name.unwrap_or(node)),
        });
        let outer = self.class.replace(id);
        let mut out = Vec::new();
        let (_, ()) = self.apart(|walk| body(walk, &mut out));
        self.class = outer;
        self.unit.classes[id.0 as usize].body = out;
        id
    }

    /// A parameter as it is most often written.
    pub(super) fn param(&mut self, node: Node, name: &'s str, kind: Option<ExprId>) -> Param<'s> {
        Param {
            name,
            pattern: None,
            default: None,
            kind,
            passing: Passing::Plain,
            marks: Vec::new(),
            span: span(node),
        }
    }

    /// The fields that a parameter list of a class declares, and the constructor that fills them.
    pub(super) fn fill(
        &mut self,
        node: Node,
        params: Vec<Param<'s>>,
        fields: &[bool],
        out: &mut Vec<Stmt<'s>>,
    ) {
        let mut body = Vec::new();
        for (param, _) in params.iter().zip(fields).filter(|(_, field)| **field) {
            let target = self.unit.add(Expr::Name(param.name), param.span);
            out.push(Stmt::Assign { target, value: None, kind: param.kind, assigning: Assigning::Declare });
            let this = self.unit.add(Expr::Name("this"), param.span);
            let target = self.unit.add(Expr::Member { of: this, name: param.name }, param.span);
            let value = Some(self.unit.add(Expr::Name(param.name), param.span));
            body.push(Stmt::Assign { target, value, kind: None, assigning: Assigning::Set });
        }
        let head = Head { params, ..Head::default() };
        let function = self.function(node, Some(("constructor", node)), head, |_| body);
        out.push(Stmt::Function(function));
    }

    pub(super) fn assign(
        &mut self,
        target: ExprId,
        value: Option<ExprId>,
        kind: Option<ExprId>,
        assigning: Assigning,
    ) -> Stmt<'s> {
        Stmt::Assign { target, value, kind, assigning }
    }

    /// Keeps members for the class of a name, wherever in the file that is.
    pub(super) fn members(&mut self, class: &'s str, base: Option<ExprId>, body: Vec<Stmt<'s>>, node: Node) {
        let marks = mem::take(&mut self.marks);
        self.attached.push(Attached { class, base, marks, body, span: span(node) });
    }

    pub(super) fn attach(&mut self, out: &mut Vec<Stmt<'s>>) {
        let mut known: HashMap<&str, ClassId> = HashMap::new();
        for (index, class) in self.unit.classes.iter().enumerate() {
            if let Some(name) = class.name {
                known.entry(name).or_insert(ClassId(index as u32));
            }
        }
        for Attached { class: name, base, marks, body, span } in mem::take(&mut self.attached) {
            let id = *known.entry(name).or_insert_with(|| {
                let id = self.unit.add_class(Class {
                    name: Some(name),
                    bases: Vec::new(),
                    marks: Vec::new(),
                    documentation: None,
                    body: Vec::new(),
                    span,
                    name_span: span,
                });
                out.push(Stmt::Class(id));
                id
            });
            for stmt in &body {
                if let Stmt::Function(function) = stmt {
                    self.unit.functions[function.0 as usize].class = Some(id);
                }
            }
            let class = &mut self.unit.classes[id.0 as usize];
            class.bases.extend(base);
            class.marks.extend(marks);
            class.body.extend(body);
        }
    }
}
