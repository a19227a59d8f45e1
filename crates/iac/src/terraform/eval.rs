//! Expressions to nodes. Errors are Terraform's own (an index out of range); what is not known is a node that says so.
//!
//! Positions: a container (attribute, object entry, list element) gives its place to what stands in it, with the place
//! where the value itself was written behind it.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use formats::Span;
use formats::hcl::{Expr, ExprKind, For, Step};
use model::{Node, Position, Value};

use super::access::{self, attr, carry, mention, relative, unknown_reason};
use super::files::ModuleFiles;
use super::instance::{Calls, Instance, Key, Repetition, Root};
use super::operators;
use super::template::normal;
use super::{cost, functions, types};

/// Elements that one `for` may make.
const MAX_ELEMENTS: usize = 100_000;
/// Places behind a place that are kept.
const MAX_TRAIL: usize = 6;

pub(crate) type Evaluated = Result<Node, String>;

/// Variables of `for` expressions and of `dynamic` blocks, innermost first.
pub(crate) struct Frame<'f> {
    pub(crate) name: &'f str,
    pub(crate) value: Node,
    pub(crate) outer: Option<&'f Frame<'f>>,
}

/// Where an expression is evaluated.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'s, 'm> {
    pub(crate) root: &'s Root<'m>,
    pub(crate) instance: &'s Rc<Instance<'m>>,
    pub(crate) file: usize,
    pub(crate) repetition: &'s Repetition,
    pub(crate) frame: Option<&'s Frame<'s>>,
    /// Replaces the module's names altogether, inside `templatefile`.
    pub(crate) template: Option<&'s Node>,
}

impl<'s, 'm> Scope<'s, 'm> {
    pub(crate) fn position(&self, span: Span) -> Arc<Position> {
        self.instance.module.position(self.file, span)
    }

    /// `node` as it stands at `span`: that place, and behind it the place it came from.
    pub(crate) fn place(&self, node: Node, span: Span) -> Node {
        if self.template.is_some() {
            return node;
        }
        let mut here = self.instance.module.files[self.file].position(span);
        if let Some(origin) = &node.at {
            let same = origin.path == here.path && origin.line == here.line && origin.column == here.column;
            if same {
                return node;
            }
            if origin.trail().count() <= MAX_TRAIL {
                here.via = Some(origin.clone());
            }
        }
        Node { at: Some(Arc::new(here)), ..node }
    }

    pub(crate) fn in_file(&self, file: usize) -> Self {
        Scope { file, ..*self }
    }

    pub(crate) fn with_frame<'t>(&'t self, frame: &'t Frame<'t>) -> Scope<'t, 'm>
    where
        's: 't,
    {
        Scope { frame: Some(frame), ..*self }
    }

    /// Evaluates an expression in its place.
    pub(crate) fn placed(&self, expr: &Expr) -> Evaluated {
        self.eval(expr).map(|node| self.place(node, expr.span))
    }

    pub(crate) fn eval(&self, expr: &Expr) -> Evaluated {
        self.root.step(1)?;
        self.root.deeper(|| self.eval_kind(expr))
    }

    fn eval_kind(&self, expr: &Expr) -> Evaluated {
        Ok(match &expr.kind {
            ExprKind::Null => Node::null(),
            ExprKind::Bool(b) => (*b).into(),
            ExprKind::Int(i) => (*i).into(),
            ExprKind::Float(f) => match model::Number::from_f64(*f) {
                Some(number) => Value::Number(number).into(),
                None => return Err("number is too large".into()),
            },
            ExprKind::String(text) => normal(text).into(),
            ExprKind::Template(parts) => self.template(parts)?,
            ExprKind::List(items) => {
                self.root.step(items.len())?;
                let items = items.iter().map(|item| self.placed(item)).collect::<Result<Vec<_>, _>>()?;
                Value::list(items).into()
            }
            ExprKind::Object(entries) => self.object(entries)?,
            ExprKind::Variable(name) => self.root_name(name, &[])?,
            ExprKind::Traversal(source, steps) => self.traversal(source, steps)?,
            ExprKind::Call { name, args, spread } => self.call(name, args, *spread, expr.span)?,
            ExprKind::Unary(operator, operand) => operators::unary(*operator, &self.eval(operand)?)?,
            ExprKind::Binary(left, operator, right) => operators::binary(self, left, *operator, right)?,
            ExprKind::Conditional(condition, then, otherwise) => {
                self.conditional(condition, then, otherwise)?
            }
            ExprKind::For(expr) => self.for_expr(expr)?,
            ExprKind::Parens(inner) => self.eval(inner)?,
        })
    }

    fn object(&self, entries: &[(Expr, Expr)]) -> Evaluated {
        self.root.step(cost::OBJECT + entries.len())?;
        let mut map = BTreeMap::new();
        let mut marks = Node::null();
        let mut unknown_key = None;
        for (key, value) in entries {
            let value = self.placed(value)?;
            // A bare word is a name, and a number or a bool is the text of it.
            let key = if matches!(key.kind, ExprKind::Null) { "null".into() } else { self.eval(key)? };
            // Keys carry no marks of their own.
            marks = carry(marks, [&key]);
            match types::to_string(&key)?.value {
                Value::String(key) => _ = map.insert(key, value),
                Value::Null => return Err("an object key is null".into()),
                _ => {
                    unknown_key = key.first_unknown(64).or_else(|| Some("an object key is not known".into()));
                }
            }
        }
        let made = match unknown_key {
            Some(reason) => Value::Unknown(reason),
            None => Value::map(map),
        };
        Ok(carry(made.into(), [&marks]))
    }

    fn conditional(&self, condition: &Expr, then: &Expr, otherwise: &Expr) -> Evaluated {
        let condition = types::to_bool(&self.eval(condition)?)?;
        match condition.value {
            Value::Bool(true) => self.beside(self.eval(then)?, otherwise),
            Value::Bool(false) => self.beside(self.eval(otherwise)?, then),
            Value::Null => Err("the condition is null".into()),
            _ => {
                // Whatever the condition, the result is one of these; if they agree it does not matter which.
                let (a, b) = (self.eval(then), self.eval(otherwise));
                if let (Ok(a), Ok(b)) = (&a, &b)
                    && types::equal(a, b) == Some(true)
                {
                    return Ok(a.clone());
                }
                let reason =
                    condition.first_unknown(64).unwrap_or_else(|| "the condition is not known".into());
                Ok(Value::Unknown(reason).into())
            }
        }
        .map(|node| carry(node, [&condition]))
    }

    /// The chosen branch of a conditional, as the type that both branches convert to. Without such a type it stays
    /// what it is: a value that is not known whole may look like another type than it has.
    fn beside(&self, chosen: Node, other: &Expr) -> Evaluated {
        // Other values are not changed by a conversion.
        let converts = match &chosen.value {
            Value::Bool(_) | Value::Number(_) => true,
            Value::List(_) | Value::Map(_) => !access::holds_resource(&chosen),
            _ => false,
        };
        if !converts {
            return Ok(chosen);
        }
        let Ok(other) = self.eval(other) else { return Ok(chosen) };
        self.root.step(cost::whole(&chosen) + cost::whole(&other))?;
        match types::alike(&chosen, &other) {
            Some(alike) => {
                self.root.step(cost::made(&alike))?;
                Ok(alike)
            }
            None => Ok(chosen),
        }
    }

    fn for_expr(&self, expr: &For) -> Evaluated {
        let collection = self.eval(&expr.collection)?;
        let items: Vec<(Node, Node)> = match self.elements(&expr.collection, &collection)? {
            Ok(items) => items,
            Err(reason) => return Ok(carry(Value::Unknown(reason).into(), [&collection])),
        };
        self.root.step(cost::OBJECT + items.len())?;
        let mut list = Vec::new();
        let mut marks = Node::null();
        let mut map: BTreeMap<Arc<str>, Node> = BTreeMap::new();
        let mut groups: BTreeMap<Arc<str>, Vec<Node>> = BTreeMap::new();
        for (key, value) in items {
            let outer = Frame { name: expr.key_var.as_deref().unwrap_or(""), value: key, outer: self.frame };
            let inner =
                Frame { name: &expr.value_var, value: carry(value, [&collection]), outer: Some(&outer) };
            let scope = Scope { frame: Some(&inner), ..*self };
            if let Some(condition) = &expr.condition {
                let kept = types::to_bool(&scope.eval(condition)?)?;
                match kept.value {
                    Value::Bool(true) => {}
                    Value::Bool(false) => continue,
                    Value::Null => return Err("the condition of a for expression is null".into()),
                    _ => {
                        let reason = unknown_reason(&kept);
                        return Ok(Value::Unknown(reason).into());
                    }
                }
            }
            let value = scope.placed(&expr.value)?;
            let Some(key) = &expr.key else {
                list.push(value);
                if list.len() > MAX_ELEMENTS {
                    return Err(format!("a for expression makes more than {MAX_ELEMENTS} elements"));
                }
                continue;
            };
            let key = types::to_string(&scope.eval(key)?)?;
            marks = carry(marks, [&key]);
            if key.is_null() {
                return Err("a key of a for expression is null".into());
            }
            let Value::String(name) = &key.value else {
                let reason = unknown_reason(&key);
                return Ok(Value::Unknown(reason).into());
            };
            if expr.grouping {
                groups.entry(name.clone()).or_default().push(value);
            } else if map.insert(name.clone(), value).is_some() {
                let shown = if key.sensitive { "(sensitive)".to_owned() } else { format!("{name:?}") };
                return Err(format!("two elements of the for expression have the key {shown}"));
            }
        }
        let node: Node = match (&expr.key, expr.grouping) {
            (None, _) => Value::list(list).into(),
            (Some(_), false) => Value::map(map).into(),
            (Some(_), true) => {
                Value::map(groups.into_iter().map(|(k, v)| (k, Value::list(v).into())).collect()).into()
            }
        };
        Ok(carry(node, [&collection, &marks]))
    }

    // ---- functions ----

    fn call(&self, name: &str, args: &[Expr], spread: bool, span: Span) -> Evaluated {
        let name = name.strip_prefix("core::").unwrap_or(name);
        match name {
            "try" => {
                let mut last = "try needs an argument".to_owned();
                for arg in args {
                    match self.eval(arg) {
                        Ok(node) => return Ok(node),
                        Err(message) => last = message,
                    }
                }
                return Err(last);
            }
            "can" => {
                let [arg] = args else { return Err("can needs exactly one argument".into()) };
                return Ok(self.eval(arg).is_ok().into());
            }
            _ => {}
        }
        let mut values = Vec::with_capacity(args.len());
        for (i, arg) in args.iter().enumerate() {
            let value = self.eval(arg)?;
            if spread && i + 1 == args.len() {
                match &value.value {
                    Value::List(items) => {
                        self.root.step(items.len())?;
                        values.extend(items.iter().map(|item| carry(item.clone(), [&value])));
                    }
                    Value::Unknown(_) => return Ok(Node { from: None, at: None, ..value }),
                    other => {
                        return Err(format!(
                            "only a list can be spread with ..., not a {}",
                            other.type_name()
                        ));
                    }
                }
            } else {
                values.push(value);
            }
        }
        match (name, &*values) {
            ("sensitive", [value]) => return Ok(Node { sensitive: true, ..value.clone() }),
            ("nonsensitive", [value]) => return Ok(Node { sensitive: false, ..value.clone() }),
            ("issensitive", [value]) => return Ok(value.sensitive.into()),
            ("templatefile", [path, variables]) => return self.templatefile(path, variables),
            ("templatestring", [template, variables]) => match &template.value {
                Value::String(text) => return self.rendered(text, variables, "templatestring"),
                _ => return Ok(Node { from: None, ..Value::Unknown(unknown_reason(template)).into() }),
            },
            _ => {}
        }
        self.root.step(8)?;
        values.iter().try_for_each(|value| self.root.look(value))?;
        let files = ModuleFiles { root: self.root };
        let result = functions::call(name, &values, &files)?;
        self.root.step(cost::made(&result))?;
        let result = match &result.value {
            Value::String(_) | Value::Template(_) if result.from.is_none() => {
                let mut result = result;
                values.iter().for_each(|value| mention(&mut result, value));
                result
            }
            _ => result,
        };
        // What a function makes stands where the call stands; what it hands through keeps its own place.
        if result.at.is_none() && matches!(result.value, Value::Json(_) | Value::Map(_)) {
            return Ok(self.place(result, span));
        }
        Ok(result)
    }

    // ---- names ----

    fn traversal(&self, source: &Expr, steps: &[Step]) -> Evaluated {
        let (node, taken) = match &source.kind {
            ExprKind::Variable(name) => {
                let taken = self.name_length(name);
                let names: Vec<&str> = steps.iter().take(taken).map_while(attr_name).collect();
                if names.len() < taken {
                    return Err(format!("{name} must be followed by a name"));
                }
                if let ("module", [call]) = (&**name, &*names)
                    && let Some((output, taken)) = self.output(call, &steps[taken..])?
                {
                    return self.steps(output, &steps[1 + taken..]);
                }
                (self.root_name(name, &names)?, taken)
            }
            _ => (self.eval(source)?, 0),
        };
        self.steps(node, &steps[taken..])
    }

    /// `module.NAME.OUTPUT` or `module.NAME[KEY].OUTPUT`, and how many steps after the name it took.
    fn output(&self, call: &str, steps: &[Step]) -> Result<Option<(Node, usize)>, String> {
        let calls = self.root.calls(self.instance, call)?;
        let Calls::Instances(instances) = &*calls else { return Ok(None) };
        match (&**instances, steps) {
            ([(Key::Only, index)], [Step::Attr(name, _), ..]) => {
                Ok(Some((self.root.output(*index, name)?, 1)))
            }
            (_, [Step::Index(key), Step::Attr(name, _), ..]) => {
                let key = types::to_string(&self.eval(key)?)?;
                let same = |k: &Key| match k {
                    Key::Name(name) => key.as_str() == Some(name),
                    Key::Index(i) => key.as_str() == Some(&i.to_string()),
                    Key::Only | Key::Any(_) => false,
                };
                match instances.iter().find(|(k, _)| same(k)) {
                    Some((_, index)) => Ok(Some((self.root.output(*index, name)?, 2))),
                    None => Ok(None),
                }
            }
            _ => Ok(None),
        }
    }

    /// How many steps after a root name belong to the name itself (`data.TYPE.NAME`).
    fn name_length(&self, name: &str) -> usize {
        if self.hides(name) {
            return 0;
        }
        match name {
            "var" | "local" | "module" | "each" | "count" | "path" | "terraform" => 1,
            "self" => 0,
            "data" | "ephemeral" | "resource" => 2,
            _ => 1,
        }
    }

    /// Whether a name of the module, such as `var`, means something else here.
    pub(crate) fn hides(&self, name: &str) -> bool {
        self.template.is_some() || self.frame_value(name).is_some()
    }

    fn frame_value(&self, name: &str) -> Option<&Node> {
        std::iter::successors(self.frame, |f| f.outer).find(|f| f.name == name).map(|f| &f.value)
    }

    fn root_name(&self, name: &str, rest: &[&str]) -> Evaluated {
        if let Some(value) = self.frame_value(name) {
            return Ok(value.clone());
        }
        if let Some(variables) = self.template {
            return variables
                .get(name)
                .cloned()
                .ok_or_else(|| format!("the template has no variable {name:?}"));
        }
        match (name, rest) {
            ("var", [name]) => self.root.variable(self.instance, name),
            ("local", [name]) => self.root.local(self.instance, name),
            ("module", [name]) => self.root.module_value(self.instance, name),
            ("data", [kind, name]) => self.root.resource_value(self.instance, true, kind, name),
            ("resource", [kind, name]) => self.root.resource_value(self.instance, false, kind, name),
            ("each", ["key"]) => {
                self.repetition.each_key.clone().ok_or_else(|| "each is used without for_each".into())
            }
            ("each", ["value"]) => {
                self.repetition.each_value.clone().ok_or_else(|| "each is used without for_each".into())
            }
            ("count", ["index"]) => {
                self.repetition.count_index.clone().ok_or_else(|| "count is used without count".into())
            }
            ("path", ["module"]) => Ok((&*relative(&self.root.folder, &self.instance.module.folder)).into()),
            ("path", ["root" | "cwd"]) => Ok(".".into()),
            ("terraform", ["workspace"]) => Ok(Node { assumed: true, ..Node::from("default") }),
            ("ephemeral" | "self" | "terraform", _) => {
                Ok(Node::unknown(format!("{name} is known only during apply")))
            }
            (kind, [name]) => self.root.resource_value(self.instance, false, kind, name),
            _ => Err(format!("{name:?} is not a name that can be read here")),
        }
    }

    fn steps(&self, mut node: Node, steps: &[Step]) -> Evaluated {
        for (i, step) in steps.iter().enumerate() {
            self.root.step(1)?;
            node = match step {
                Step::Attr(name, _) => attr(&node, name)?,
                Step::Index(index) => {
                    let index = self.eval(index)?;
                    operators::index(&node, &index)?
                }
                Step::FullSplat(_) => return self.splat(&node, &steps[i + 1..]),
                Step::AttrSplat(_) => {
                    // Attribute steps belong to the splat; an index after them takes one of the results.
                    let inside = steps[i + 1..].iter().take_while(|s| matches!(s, Step::Attr(..))).count();
                    let result = self.splat(&node, &steps[i + 1..i + 1 + inside])?;
                    return self.steps(result, &steps[i + 1 + inside..]);
                }
            };
        }
        Ok(node)
    }

    fn splat(&self, node: &Node, steps: &[Step]) -> Evaluated {
        let items = match &node.value {
            Value::Null => Vec::new(),
            Value::List(items) => items.iter().map(|item| carry(item.clone(), [node])).collect(),
            Value::Unknown(_) => {
                let inner = self.steps(node.clone(), steps)?;
                return Ok(Node { value: Value::Unknown(unknown_reason(node)), ..inner });
            }
            _ => vec![node.clone()],
        };
        self.root.step(items.len())?;
        let items = items.into_iter().map(|item| self.steps(item, steps)).collect::<Result<Vec<_>, _>>()?;
        Ok(Value::list(items).into())
    }
}

fn attr_name(step: &Step) -> Option<&str> {
    match step {
        Step::Attr(name, _) => Some(name),
        _ => None,
    }
}
