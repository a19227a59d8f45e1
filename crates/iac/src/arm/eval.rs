//! Expressions to nodes. Errors are those that a deployment would stop at; what is not known is a node that says so.
//!
//! Positions: a container (property, element, argument) gives its place to what stands in it, with the place where the
//! value itself was written behind it. An error ends at the container too: the rest of the document is kept.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use formats::Span;
use model::{CoverageStatus, Node, Position, Value};

use super::access::{carry, element, joined, member, unknown_reason};
use super::operators;
use super::root::{FrameRole, Frames, Instance, One, Root, error_node, framed, frames};
use super::template::{Entry, Expr, ExprKind, For, Item, Loop, Over, Symbol};
use crate::terraform::{cost, types};

/// Elements that one loop over values may make.
const MAX_ELEMENTS: usize = 100_000;
/// Places behind a place that are kept.
const MAX_TRAIL: usize = 6;

pub(crate) type Evaluated = Result<Node, String>;

/// Where an expression is evaluated.
#[derive(Clone)]
pub(crate) struct Scope<'r, 't> {
    pub(crate) root: &'r Root<'t>,
    /// The template whose names are meant.
    pub(crate) instance: Rc<Instance>,
    pub(crate) frames: Frames,
    /// The resource in whose body this stands: the resources inside it can be named here.
    pub(crate) within: Option<Rc<One>>,
}

impl<'r, 't> Scope<'r, 't> {
    pub(crate) fn new(root: &'r Root<'t>, instance: &Rc<Instance>, frames: &Frames) -> Self {
        Scope { root, instance: instance.clone(), frames: frames.clone(), within: None }
    }

    pub(crate) fn with(&self, frames: Frames) -> Self {
        Scope { frames, ..self.clone() }
    }

    pub(crate) fn position(&self, span: Span) -> Position {
        self.instance.template.file.position(span)
    }

    pub(crate) fn note(&self, span: Span, reason: impl Into<String>) {
        let place = self.position(span).to_string();
        self.root.note(CoverageStatus::Partial, &place, reason);
    }

    /// `node` as it stands at `span`: that place, and behind it the place it came from.
    pub(crate) fn place(&self, node: Node, span: Span) -> Node {
        let mut here = self.position(span);
        if let Some(origin) = &node.at {
            if origin.path == here.path && origin.line == here.line && origin.column == here.column {
                return node;
            }
            if origin.trail().count() <= MAX_TRAIL {
                here.via = Some(origin.clone());
            }
        }
        Node { at: Some(Arc::new(here)), ..node }
    }

    /// The value as it stands in a container. What cannot be evaluated is not known, with a note.
    pub(crate) fn placed(&self, expr: &Expr) -> Node {
        let node = self.eval(expr).unwrap_or_else(|message| {
            self.note(expr.span, message.clone());
            error_node(&message)
        });
        self.place(node, expr.span)
    }

    pub(crate) fn eval(&self, expr: &Expr) -> Evaluated {
        self.root.deeper(|| {
            self.root.step(1)?;
            self.eval_kind(expr)
        })
    }

    fn eval_kind(&self, expr: &Expr) -> Evaluated {
        Ok(match &expr.kind {
            ExprKind::Null => Node::null(),
            ExprKind::Bool(b) => (*b).into(),
            ExprKind::Int(i) => (*i).into(),
            ExprKind::Float(f) => match model::Number::from_f64(*f) {
                Some(number) => Value::Number(number).into(),
                None => return Err("the number is too large".into()),
            },
            ExprKind::Text(text) => text.clone().into(),
            ExprKind::Interpolation(parts) => {
                let parts = parts.iter().map(|part| self.eval(part)).collect::<Result<Vec<_>, _>>()?;
                let text = joined(&parts)?;
                self.root.step(cost::made(&text))?;
                text
            }
            ExprKind::Array(items) => self.array(items)?,
            ExprKind::Object(entries) => self.object(entries)?,
            ExprKind::Name(name) => self.name(name)?,
            ExprKind::Property { of, name, safe } => self.property(of, name, *safe)?,
            ExprKind::Index { of, index, safe, from_end } => {
                if let Some(target) = self.target(expr)? {
                    return self.target_value(&target);
                }
                let (of, index) = (self.eval(of)?, self.eval(index)?);
                match element(&of, &index, *from_end)? {
                    Some(found) => carry(found, [&of, &index]),
                    None if *safe => Node::null(),
                    None if index.sensitive => return Err("nothing has this index".into()),
                    None => return Err(format!("there is no element {:.80}", index.display())),
                }
            }
            ExprKind::Nested { .. } => match self.target(expr)? {
                Some(target) => self.target_value(&target)?,
                None => return Err("only a resource has resources inside it".into()),
            },
            ExprKind::Call { name, arguments } => self.call(name, arguments, expr.span)?,
            ExprKind::Method { of, name, arguments } => self.method(of, name, arguments, expr.span)?,
            ExprKind::Unary(operator, operand) => operators::unary(*operator, &self.eval(operand)?)?,
            ExprKind::Binary(operator, left, right) => operators::binary(self, *operator, left, right)?,
            ExprKind::Conditional(condition, then, otherwise) => {
                self.conditional(condition, then, otherwise)?
            }
            ExprKind::Lambda { .. } => return Err("a lambda stands where a value is needed".into()),
            ExprKind::For(expr) => self.for_expr(expr)?,
            ExprKind::Invalid(reason) => Value::Unknown(reason.clone()).into(),
        })
    }

    fn array(&self, items: &[Item]) -> Evaluated {
        self.root.step(items.len())?;
        let mut list = Vec::with_capacity(items.len());
        for item in items {
            let value = self.placed(&item.value);
            if !item.spread {
                list.push(value);
                continue;
            }
            match &value.value {
                Value::List(inner) => {
                    self.root.step(inner.len())?;
                    list.extend(inner.iter().map(|n| carry(n.clone(), [&value])));
                }
                Value::Unknown(_) => {
                    return Ok(carry(Value::Unknown(unknown_reason(&value)).into(), [&value]));
                }
                other => return Err(format!("a {} cannot be spread into an array", other.type_name())),
            }
        }
        Ok(Value::list(list).into())
    }

    pub(crate) fn object(&self, entries: &[Entry]) -> Evaluated {
        self.root.step(cost::OBJECT + entries.len())?;
        let mut map: BTreeMap<Arc<str>, Node> = BTreeMap::new();
        let mut marks = Node::null();
        for entry in entries {
            match entry {
                Entry::Pair { key, value } => {
                    let key = match &key.kind {
                        ExprKind::Text(text) => text.clone().into(),
                        _ => self.eval(key)?,
                    };
                    let mut value = self.placed(value);
                    let name: Arc<str> = match &key.value {
                        Value::String(name) => name.clone(),
                        Value::Null | Value::List(_) | Value::Map(_) => {
                            return Err(format!("a {} is no name of a property", key.value.type_name()));
                        }
                        // An id that is not known stands under its expression.
                        _ => key.display().into(),
                    };
                    if value.from.is_none() && matches!(value.value, Value::Map(_)) {
                        // A map keyed by ids (as identities are) names by its keys.
                        value.from = key.from.clone().or_else(|| key.references(8).into_iter().next());
                    }
                    marks = carry(marks, [&key]);
                    map.insert(name, value);
                }
                Entry::Spread(expr) => {
                    let value = self.placed(expr);
                    match &value.value {
                        Value::Map(inner) => {
                            self.root.step(inner.len())?;
                            map.extend(inner.iter().map(|(k, v)| (k.clone(), carry(v.clone(), [&value]))));
                        }
                        Value::Null => {}
                        Value::Unknown(_) => {
                            return Ok(carry(Value::Unknown(unknown_reason(&value)).into(), [&value]));
                        }
                        other => {
                            return Err(format!("a {} cannot be spread into an object", other.type_name()));
                        }
                    }
                }
            }
        }
        Ok(carry(Value::map(map).into(), [&marks]))
    }

    fn conditional(&self, condition: &Expr, then: &Expr, otherwise: &Expr) -> Evaluated {
        let condition = self.eval(condition)?;
        let node = match operators::to_bool(&condition)? {
            Ok(true) => self.eval(then)?,
            Ok(false) => self.eval(otherwise)?,
            Err(reason) => {
                // Whatever the condition, the result is one of these; if they agree it does not matter which.
                let (a, b) = (self.eval(then), self.eval(otherwise));
                if let (Ok(a), Ok(b)) = (&a, &b)
                    && types::equal(a, b) == Some(true)
                {
                    return Ok(carry(a.clone(), [b]));
                }
                let sensitive = [&a, &b].into_iter().flatten().any(|node| node.sensitive);
                Node { sensitive, ..Value::Unknown(reason).into() }
            }
        };
        Ok(carry(node, [&condition]))
    }

    fn for_expr(&self, expr: &For) -> Evaluated {
        let (items, marks) = match self.items(&expr.repeat)? {
            Ok(items) => items,
            Err(unknown) => return Ok(unknown),
        };
        if items.len() > MAX_ELEMENTS {
            return Err(format!("a loop makes more than {MAX_ELEMENTS} elements"));
        }
        let mut list = Vec::with_capacity(items.len());
        for (at, item) in items.into_iter().enumerate() {
            self.root.step(1)?;
            let frames = expr.repeat.frames(item, (at as i64).into(), FrameRole::CopyOfValues, &self.frames);
            list.push(self.with(frames).placed(&expr.body));
        }
        Ok(carry(Value::list(list).into(), [&marks]))
    }

    /// What a loop goes over, and the marks of it; or what stands for a loop over what is not known.
    pub(crate) fn items(&self, repeat: &Loop) -> Result<Result<(Vec<Node>, Node), Node>, String> {
        match &repeat.over {
            Over::Items(expr) => {
                let over = self.eval(expr)?;
                match &over.value {
                    Value::List(items) => {
                        self.root.step(items.len())?;
                        let of = Node { value: Value::Null, ..over.clone() };
                        let items = items.iter().enumerate();
                        let items =
                            items.map(|(i, n)| super::access::inside(&of, &format!("[{i}]"), n)).collect();
                        Ok(Ok((items, Node { from: None, at: None, ..of })))
                    }
                    Value::Unknown(_) => Ok(Err(Node { at: None, from: None, ..over })),
                    other => Err(format!("a loop goes over an array, not over a {}", other.type_name())),
                }
            }
            Over::Count(expr) => {
                let count = self.eval(expr)?;
                let number = match &count.value {
                    Value::Number(n) => n.as_i64(),
                    Value::String(text) => text.trim().parse().ok(),
                    Value::Unknown(_) | Value::Template(_) => {
                        return Ok(Err(carry(Value::Unknown(unknown_reason(&count)).into(), [&count])));
                    }
                    _ => None,
                };
                let number = number.ok_or("the number of a loop is no whole number")?;
                let number = usize::try_from(number).map_err(|_| "the number of a loop is negative")?;
                let number = number.min(MAX_ELEMENTS + 1);
                self.root.step(number)?;
                let marks = Node { value: Value::Null, at: None, from: None, ..count };
                Ok(Ok(((0..number).map(|i| (i as i64).into()).collect(), marks)))
            }
        }
    }

    /// A lambda called with these arguments.
    pub(crate) fn apply(&self, parameters: &[Arc<str>], body: &Expr, arguments: &[Node]) -> Evaluated {
        let mut inner = self.frames.clone();
        for (name, value) in parameters.iter().zip(arguments) {
            inner = framed(name, value.clone(), FrameRole::Local, &inner);
        }
        self.with(inner).eval(body)
    }

    // ---- names ----

    pub(crate) fn local(&self, name: &str) -> Option<&Node> {
        frames(&self.frames).find(|f| f.role == FrameRole::Local && &*f.name == name).map(|f| &f.value)
    }

    fn name(&self, name: &Arc<str>) -> Evaluated {
        if let Some(value) = self.local(name) {
            return Ok(value.clone());
        }
        if let Some(target) = self.named_target(name)? {
            return self.target_value(&target);
        }
        match self.instance.template.index().symbols.get(name) {
            Some(Symbol::Parameter(at)) => self.root.parameter(&self.instance, *at),
            Some(Symbol::Variable(at)) => self.root.variable(&self.instance, *at),
            Some(Symbol::Import(at)) => self.root.imported(&self.instance, *at),
            Some(Symbol::Function(_)) => Err(format!("{name:.80} is a function and must be called")),
            Some(Symbol::Resource(_) | Symbol::Module(_)) | None => {
                Err(format!("there is nothing called {name:.80}"))
            }
        }
    }

    fn property(&self, of: &Expr, name: &Arc<str>, safe: bool) -> Evaluated {
        if let Some(found) = self.symbolic(of, name)? {
            return Ok(found);
        }
        if let ExprKind::Name(alias) = &of.kind
            && self.local(alias).is_none()
            && let Some(Symbol::Import(at)) = self.instance.template.index().symbols.get(alias)
            && self.instance.template.imports[*at].exported.is_none()
        {
            let library = self.root.library(&self.instance.template.imports[*at].path)?;
            return self.root.exported(&library, name);
        }
        let of = self.eval(of)?;
        match member(&of, name)? {
            Some(found) => Ok(found),
            None if safe => Ok(Node::null()),
            None if of.is_null() => Err(format!("property {name:.80?} is read of null")),
            None => Err(format!("there is no property {name:.80?}")),
        }
    }
}
