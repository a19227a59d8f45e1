//! Functions that take lambdas: `map(list, item => …)` and its kin.
//! <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-lambda>

use std::sync::Arc;

use model::{Node, Value};

use super::access::{carry, inside, unknown_reason};
use super::eval::{Evaluated, Scope};
use super::template::{Expr, ExprKind};
use crate::terraform::cost;

impl Scope<'_, '_> {
    pub(crate) fn lambda_call(&self, lower: &str, arguments: &[Expr]) -> Option<Evaluated> {
        if !matches!(lower, "filter" | "map" | "mapvalues" | "reduce" | "sort" | "toobject" | "groupby") {
            return None;
        }
        Some(self.with_lambda(lower, arguments))
    }

    fn with_lambda(&self, lower: &str, arguments: &[Expr]) -> Evaluated {
        let [over, rest @ ..] = arguments else { return Err(format!("{lower} needs arguments")) };
        let over = self.eval(over)?;
        let lambdas: Vec<(&[Arc<str>], &Expr)> = rest
            .iter()
            .filter_map(|argument| match &argument.kind {
                ExprKind::Lambda { parameters, body } => Some((&**parameters, &**body)),
                _ => None,
            })
            .collect();
        let Some((parameters, body)) = lambdas.first().copied() else {
            return Err(format!("{lower} needs a lambda"));
        };
        if over.is_unknown() {
            return Ok(carry(Value::Unknown(unknown_reason(&over)).into(), [&over]));
        }
        if lower == "mapvalues" {
            let Value::Map(entries) = &over.value else { return Err("mapValues goes over an object".into()) };
            self.root.step(entries.len())?;
            let made = entries.iter().map(|(key, value)| {
                let value = self.apply(parameters, body, &[inside(&over, key, value)])?;
                Ok((key.clone(), value))
            });
            return Ok(Value::map(made.collect::<Result<_, String>>()?).into());
        }
        let Value::List(list) = &over.value else { return Err(format!("{lower} goes over an array")) };
        self.root.step(list.len())?;
        let of = Node { value: Value::Null, ..over.clone() };
        let items = list.iter().enumerate().map(|(i, n)| inside(&of, &format!("[{i}]"), n));
        let items: Vec<Node> = items.collect();
        let numbered = |at: usize, item: &Node| [item.clone(), (at as i64).into()];
        let text = |node: Node| match &node.value {
            Value::String(text) => Ok(Ok(text.clone())),
            Value::Unknown(_) | Value::Template(_) => Ok(Err(unknown_reason(&node))),
            other => Err(format!("a {} is no name of a property", other.type_name())),
        };
        let made: Node = match lower {
            "map" => {
                let made = items.iter().enumerate().map(|(at, item)| {
                    self.root.step(1)?;
                    self.apply(parameters, body, &numbered(at, item))
                });
                Value::list(made.collect::<Result<_, String>>()?).into()
            }
            "filter" => {
                let mut kept = Vec::new();
                for (at, item) in items.iter().enumerate() {
                    match super::operators::to_bool(&self.apply(parameters, body, &numbered(at, item))?)? {
                        Ok(true) => kept.push(item.clone()),
                        Ok(false) => {}
                        Err(reason) => return Ok(Value::Unknown(reason).into()),
                    }
                }
                Value::list(kept).into()
            }
            "reduce" => {
                let mut so_far = self.eval(rest.first().ok_or("reduce needs an initial value")?)?;
                for (at, item) in items.iter().enumerate() {
                    let arguments = [so_far, item.clone(), (at as i64).into()];
                    so_far = self.apply(parameters, body, &arguments)?;
                    self.root.settled(&so_far)?;
                }
                so_far
            }
            "sort" => return self.sorted(items, parameters, body),
            "toobject" => {
                let mut entries = std::collections::BTreeMap::new();
                for item in &items {
                    let key = match text(self.apply(parameters, body, std::slice::from_ref(item))?)? {
                        Ok(key) => key,
                        Err(reason) => return Ok(Value::Unknown(reason).into()),
                    };
                    let value = match lambdas.get(1) {
                        Some((parameters, body)) => {
                            self.apply(parameters, body, std::slice::from_ref(item))?
                        }
                        None => item.clone(),
                    };
                    entries.insert(key, value);
                }
                Value::map(entries).into()
            }
            _ => {
                let mut groups: std::collections::BTreeMap<Arc<str>, Vec<Node>> = Default::default();
                for item in &items {
                    match text(self.apply(parameters, body, std::slice::from_ref(item))?)? {
                        Ok(key) => groups.entry(key).or_default().push(item.clone()),
                        Err(reason) => return Ok(Value::Unknown(reason).into()),
                    }
                }
                let groups = groups.into_iter().map(|(key, items)| (key, Value::list(items).into()));
                Value::map(groups.collect()).into()
            }
        };
        self.root.step(cost::made(&made))?;
        Ok(carry(made, [&of]))
    }

    /// The items in the order that the lambda gives: true where its first argument comes before its second.
    fn sorted(&self, items: Vec<Node>, parameters: &[Arc<str>], body: &Expr) -> Evaluated {
        /// Whether one comes before the other, or why that is not known.
        type Decided = Result<Result<bool, Arc<str>>, String>;
        /// A merge of two sorted runs asks for each item at most once.
        fn merge(
            a: Vec<Node>,
            b: Vec<Node>,
            later_first: &mut dyn FnMut(&Node, &Node) -> Decided,
        ) -> Result<Result<Vec<Node>, Arc<str>>, String> {
            let mut out = Vec::with_capacity(a.len() + b.len());
            let (mut left, mut right) = (a.into_iter().peekable(), b.into_iter().peekable());
            while let (Some(x), Some(y)) = (left.peek(), right.peek()) {
                match later_first(y, x)? {
                    Ok(true) => out.extend(right.next()),
                    Ok(false) => out.extend(left.next()),
                    Err(reason) => return Ok(Err(reason)),
                }
            }
            out.extend(left);
            out.extend(right);
            Ok(Ok(out))
        }
        let mut later_first = |y: &Node, x: &Node| {
            self.root.step(1)?;
            super::operators::to_bool(&self.apply(parameters, body, &[y.clone(), x.clone()])?)
        };
        let mut runs: Vec<Vec<Node>> = items.into_iter().map(|item| vec![item]).collect();
        while runs.len() > 1 {
            let mut next = Vec::with_capacity(runs.len().div_ceil(2));
            let mut pairs = runs.into_iter();
            while let Some(a) = pairs.next() {
                match pairs.next() {
                    Some(b) => match merge(a, b, &mut later_first)? {
                        Ok(merged) => next.push(merged),
                        Err(reason) => return Ok(Value::Unknown(reason).into()),
                    },
                    None => next.push(a),
                }
            }
            runs = next;
        }
        Ok(Value::list(runs.pop().unwrap_or_default()).into())
    }
}
