//! The documents of resources: what the template says of each, with what it is part of and hangs on.

use std::rc::Rc;
use std::sync::Arc;

use catalog::DocPath;
use model::{Node, Piece, Reference, Value};

use super::access::member;
use super::eval::Evaluated;
use super::resources::shown;
use super::root::{Instance, One, Root, error_node, once_only};
use super::scope::{self, pieces, taken_apart};
use super::symbols::Target;
use crate::terraform::cost;
use crate::terraform::mapping::trimmed;

/// Levels of a document in which ids are looked for.
const MAX_DEPTH: usize = 48;

impl Root<'_> {
    /// The provider's document, as far as the template says it.
    pub(crate) fn document(&self, one: &Rc<One>) -> Evaluated {
        let cyclic = || format!("{} depends on itself", shown(one.resource()));
        once_only(&one.document, cyclic, || {
            let resource = one.resource();
            let scope = self.scope_of(one);
            let body = scope.eval(&resource.body).and_then(|body| {
                self.step(cost::whole(&body))?;
                Ok(body)
            });
            let mut body = match body {
                Ok(body) => trimmed(&body),
                Err(message) => {
                    scope.note(resource.header, message.clone());
                    error_node(&message)
                }
            };
            let at = Arc::new(scope.position(resource.header));
            let mut put = |path: &str, found: Result<Option<Node>, String>| {
                let node = match found {
                    Ok(None) => return,
                    Ok(Some(node)) => node,
                    Err(message) => {
                        scope.note(resource.header, message.clone());
                        Node { at: Some(at.clone()), ..error_node(&message) }
                    }
                };
                let path = DocPath::parse(path);
                if path.find(&body).is_empty() {
                    path.put(&mut body, Node { at: node.at.clone().or_else(|| Some(at.clone())), ..node });
                }
            };
            put("name", self.names(one).map(|names| names.last().cloned()));
            put("parent", self.parent_id(one));
            let card = self.run.catalog.native(&one.native).map(|kind| kind.card.scope.clone());
            put(card.as_deref().unwrap_or("scope"), self.extends(one, card.as_deref()));
            self.meet(&one.instance, &mut body, 0);
            Ok(Node { at: Some(at), ..body })
        })
    }

    /// Ids that are written out, or composed as text, are of what they name.
    fn meet(&self, instance: &Rc<Instance>, node: &mut Node, depth: usize) {
        if depth > MAX_DEPTH || !holds_id(node, depth) {
            return;
        }
        match &mut node.value {
            Value::List(items) => {
                Arc::make_mut(items).iter_mut().for_each(|item| self.meet(instance, item, depth + 1));
            }
            Value::Map(entries) => {
                for (key, entry) in Arc::make_mut(entries) {
                    if is_id(key) && entry.from.is_none() {
                        entry.from = self.met(instance, &key.clone().into());
                    }
                    self.meet(instance, entry, depth + 1);
                }
            }
            _ if node.from.is_none() => node.from = self.met(instance, node),
            _ => {}
        }
    }

    fn met(&self, instance: &Rc<Instance>, id: &Node) -> Option<Arc<Reference>> {
        let (native, names) = taken_apart(id)?;
        let one = self.declared(instance, &native, &names, Some(id)).ok()??;
        scope::reference(&self.address(&one), "id")
    }

    /// The id of the parent, written or by the leading segments of the name.
    fn parent_id(&self, one: &Rc<One>) -> Result<Option<Node>, String> {
        let resource = one.resource();
        if resource.native != one.native {
            return Ok(None);
        }
        let scope = self.scope_of(one);
        if let Some(around) = &one.around {
            return self.same_line(around, one).then(|| self.real_id(around)).transpose();
        }
        if let Some(expr) = &resource.parent {
            let id = match scope.target(expr)? {
                Some(Target::One(parent)) => self.real_id(&parent)?,
                _ => self.as_id(&one.instance, &scope.eval(expr)?)?,
            };
            return Ok(Some(scope.place(id, expr.span)));
        }
        let names = self.names(one)?;
        let Some((before, _)) = one.native.rsplit_once('/') else { return Ok(None) };
        let count = before.matches('/').count();
        if count == 0 || names.len() != count + 1 {
            return Ok(None);
        }
        let base = match &resource.scope {
            Some(_) => pieces(&self.hangs_on(one)?.unwrap_or_default()),
            None => one.instance.place.id(),
        };
        let id = self.named(&one.instance, before, &names[..count], &base)?;
        Ok(Some(Node { at: names.first().and_then(|n| n.at.clone()), ..id }))
    }

    /// Whether a resource inside another is also below it by its type.
    fn same_line(&self, around: &One, one: &One) -> bool {
        one.native.len() > around.native.len()
            && one.native.is_char_boundary(around.native.len())
            && one.native[..around.native.len()].eq_ignore_ascii_case(&around.native)
    }

    fn real_id(&self, one: &Rc<One>) -> Evaluated {
        self.id(&self.real(one)?)
    }

    /// What an extension resource hangs on: without a word of its own, the scope of the deployment.
    fn extends(&self, one: &Rc<One>, card: Option<&str>) -> Result<Option<Node>, String> {
        if let Some(around) = one.around.as_ref().filter(|around| !self.same_line(around, one)) {
            return self.real_id(around).map(Some);
        }
        let resource = one.resource();
        if let Some(expr) = &resource.scope {
            let scope = self.scope_of(one);
            if let Some(Target::One(target)) = scope.target(expr)? {
                return Ok(Some(scope.place(self.real_id(&target)?, expr.span)));
            }
        }
        let found = self.hangs_on(one)?;
        let extension =
            one.native.starts_with("Microsoft.Authorization/") || card.is_some_and(|c| c != "scope");
        if found.is_some() || !extension || one.native.matches('/').count() > 1 {
            return Ok(found);
        }
        Ok(Some(one.instance.place.id_node()))
    }

    /// A member of a resource, as `symbol.name` reads it.
    pub(crate) fn resource_member(&self, one: &Rc<One>, name: &str) -> Evaluated {
        let real = self.real(one)?;
        let address = self.address(&real);
        let plain =
            |value: Node, attribute: &str| Node { from: scope::reference(&address, attribute), ..value };
        Ok(match name {
            "id" => self.id(&real)?,
            "name" => {
                let names = self.names(one)?;
                let own = names.last().cloned().unwrap_or_default();
                let via = own.from.clone();
                let mut own = plain(own, "name");
                if let (Some(from), Some(via)) = (&mut own.from, via) {
                    Arc::make_mut(from).via = Some(via);
                }
                own
            }
            "type" => one.native.clone().into(),
            "apiVersion" => match &one.resource().api_version {
                Some(version) => self.scope_of(one).eval(version)?,
                None => Node::unknown("the version is not written"),
            },
            _ => {
                let document = self.document(&real)?;
                let whole = Node { from: scope::reference(&address, ""), ..document };
                member(&whole, name)?.unwrap_or_default()
            }
        })
    }

    /// A resource as a whole value.
    pub(crate) fn resource_value(&self, one: &Rc<One>) -> Evaluated {
        let real = self.real(one)?;
        let mut whole = self.document(&real)?;
        for name in ["id", "type"] {
            let value = self.resource_member(one, name)?;
            DocPath::parse(name).put(&mut whole, Node { from: None, ..value });
        }
        Ok(Node { from: scope::reference(&self.address(&real), ""), at: None, ..whole })
    }
}

/// Whether a text is the id of something in a subscription.
fn is_id(text: &str) -> bool {
    text.starts_with("/subscriptions/") && text.contains("/providers/")
}

/// Whether a value that is no reference yet is an id, or holds one.
fn holds_id(node: &Node, depth: usize) -> bool {
    match &node.value {
        _ if depth > MAX_DEPTH => false,
        Value::String(text) => node.from.is_none() && is_id(text),
        Value::Template(all) => {
            let start = matches!(all.first(), Some(Piece::Text(text)) if text.starts_with("/subscriptions/"));
            node.from.is_none() && start
        }
        Value::List(items) => items.iter().any(|item| holds_id(item, depth + 1)),
        Value::Map(entries) => entries.iter().any(|(key, entry)| is_id(key) || holds_id(entry, depth + 1)),
        _ => false,
    }
}
