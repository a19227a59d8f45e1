//! The intrinsic functions. <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>
//!
//! `Ref` and `Fn::GetAtt` are in [`super::names`], conditions in [`super::conditions`].

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use formats::data::{Data, Datum};
use model::{Node, Number, Value};

use super::eval::{Composed, Evaluated, Scope, carry, mentioning};
use super::networks;
use super::template::looped;
use crate::terraform::cost;

/// Elements of a list that a function makes.
const MAX_ITEMS: usize = 10_000;

impl Scope<'_, '_> {
    pub(super) fn function(&self, name: &str, argument: &Datum, whole: &Datum) -> Evaluated {
        let value = match name {
            "Ref" => return self.reference(argument, whole),
            "Fn::GetAtt" => self.attribute(argument, whole),
            "Fn::Sub" => return self.sub(argument, whole),
            "Fn::Join" => self.join(argument, whole),
            "Fn::Split" => self.split(argument, whole),
            "Fn::Select" => return self.select(argument, whole),
            "Fn::FindInMap" => return self.find_in_map(argument, whole),
            "Fn::If" => return self.branch(argument, whole),
            "Condition" | "Fn::And" | "Fn::Or" | "Fn::Not" | "Fn::Equals" | "Fn::Contains" => {
                self.condition_function(name, argument, whole)
            }
            "Fn::ImportValue" => {
                let name = self.value(argument);
                mentioning(Node::unknown(format!("the export {} of another stack", name.display())), &name)
            }
            "Fn::Base64" => self.base64(argument),
            "Fn::Cidr" => self.cidr(argument, whole),
            "Fn::GetAZs" => Node::unknown("the availability zones are known at deployment"),
            "Fn::Transform" => return Some(self.include(argument, whole)),
            "Fn::Length" => self.length(argument, whole),
            "Fn::ToJsonString" => {
                let inner = self.value(argument);
                match inner.value {
                    Value::Unknown(_) => inner,
                    _ => carry(Value::Json(Arc::new(inner.clone())).into(), &inner),
                }
            }
            "Fn::ValueOf" | "Fn::ValueOfAll" | "Fn::RefAll" | "Fn::EachMemberIn" | "Fn::EachMemberEquals" => {
                Node::unknown(format!("{name} is known at deployment"))
            }
            _ => return Some(self.fault(whole, format!("{name} is no function of templates"))),
        };
        Some(self.place(whole, value))
    }

    /// The elements of a function's argument, if there are as many as it takes.
    pub(super) fn arguments<'d>(
        &self,
        name: &str,
        argument: &'d Datum,
        count: std::ops::RangeInclusive<usize>,
    ) -> Result<&'d [Datum], Node> {
        match argument.as_list() {
            Some(items) if argument.tag.is_none() && count.contains(&items.len()) => Ok(items),
            Some(items) => Err(self.fault(argument, format!("{name} is given {} arguments", items.len()))),
            None => Err(self.fault(argument, format!("{name} is given {}", argument.type_name()))),
        }
    }

    fn sub(&self, argument: &Datum, whole: &Datum) -> Evaluated {
        let (text, names) = match &argument.value {
            Data::List(items) if argument.tag.is_none() => match &items[..] {
                [text, names] => (text, names.as_map().unwrap_or_default()),
                [text] => (text, &[][..]),
                _ => return Some(self.fault(whole, "Fn::Sub has a text and a mapping")),
            },
            _ => (argument, &[][..]),
        };
        let made = match text.tag.is_none() {
            true => text.as_str().map(Arc::from),
            false => None,
        };
        let text_value: Arc<str> = match made {
            Some(plain) => plain,
            None => match self.value(text) {
                Node { value: Value::String(made), .. } => made,
                unknown if unknown.is_unknown() => return Some(self.place(whole, unknown_of(&unknown))),
                other => {
                    let message = format!("the text of Fn::Sub is a {}", other.value.type_name());
                    return Some(self.fault(whole, message));
                }
            },
        };
        let text_value = &*text_value;
        let variable = |name: &str| -> Evaluated {
            if let Some(entry) = names.iter().find(|entry| &*entry.key == name) {
                return self.eval(&entry.value);
            }
            if let Some(value) = looped(&self.loops, name) {
                return Some(value.clone());
            }
            match name.split_once('.') {
                Some((resource, attribute)) => Some(self.attribute_of(resource, attribute, text)),
                None => self.named(name, text),
            }
        };
        // Text that is nothing but a variable is that variable.
        if let Some(name) = text_value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'))
            && !name.contains(['{', '}', '!'])
        {
            let value = variable(name.trim())?;
            if matches!(
                value.value,
                Value::String(_) | Value::Template(_) | Value::Unknown(_) | Value::Json(_)
            ) {
                return Some(self.place(whole, value));
            }
        }
        let mut composed = Composed::default();
        let mut rest = text_value;
        while let Some((before, after)) = rest.split_once("${") {
            composed.text(before);
            let Some((name, tail)) = after.split_once('}') else {
                composed.text("${");
                rest = after;
                continue;
            };
            match name.strip_prefix('!') {
                Some(literal) => composed.text(&format!("${{{literal}}}")),
                None => composed.add(&variable(name.trim()).unwrap_or_default()),
            }
            rest = tail;
        }
        composed.text(rest);
        Some(self.composed(composed, whole))
    }

    /// Text that was composed, or why it could not be.
    fn composed(&self, composed: Composed, whole: &Datum) -> Node {
        match composed.failed().cloned() {
            Some(reason) => self.fault(whole, &*reason),
            None => self.place(whole, composed.finish(self.root)),
        }
    }

    fn join(&self, argument: &Datum, whole: &Datum) -> Node {
        let (delimiter, list) = match self.arguments("Fn::Join", argument, 2..=2) {
            Ok([delimiter, list]) => (self.value(delimiter), self.value(list)),
            Ok(_) => return Node::null(),
            Err(fault) => return fault,
        };
        let Value::List(items) = &list.value else {
            return match list.value {
                Value::Unknown(_) | Value::Template(_) => mentioning(unknown_of(&list), &list),
                _ => self.fault(whole, format!("Fn::Join is given a {}", list.value.type_name())),
            };
        };
        let mut composed = Composed::default();
        composed.mark(&Node { from: None, ..list.clone() });
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                composed.add(&delimiter);
            }
            // A list in a list is joined like its elements by some of CloudFormation's own examples.
            match &item.value {
                Value::List(inner) => {
                    for (j, item) in inner.iter().enumerate() {
                        if j > 0 {
                            composed.add(&delimiter);
                        }
                        composed.add(item);
                    }
                }
                _ => composed.add(item),
            }
        }
        self.composed(composed, whole)
    }

    fn split(&self, argument: &Datum, whole: &Datum) -> Node {
        let (delimiter, text) = match self.arguments("Fn::Split", argument, 2..=2) {
            Ok([delimiter, text]) => (self.value(delimiter), self.value(text)),
            Ok(_) => return Node::null(),
            Err(fault) => return fault,
        };
        match (delimiter.as_str(), &text.value) {
            (Some(""), _) => self.fault(whole, "the delimiter of Fn::Split is empty"),
            (Some(delimiter), Value::String(string)) => {
                let part = |part: &str| mentioning(carry(part.into(), &text), &text);
                if self.root.spend(string.len() / 16).is_err() {
                    return Node::unknown("the list is too long");
                }
                let items: Vec<Node> = string.split(delimiter).take(MAX_ITEMS).map(part).collect();
                carry(Value::list(items).into(), &text)
            }
            (Some(_), Value::Unknown(_) | Value::Template(_) | Value::Json(_)) => {
                mentioning(unknown_of(&text), &text)
            }
            _ => self.fault(whole, format!("Fn::Split is given a {}", text.value.type_name())),
        }
    }

    fn select(&self, argument: &Datum, whole: &Datum) -> Evaluated {
        let (index, list) = match self.arguments("Fn::Select", argument, 2..=2) {
            Ok([index, list]) => (self.value(index), self.value(list)),
            Ok(_) => return None,
            Err(fault) => return Some(fault),
        };
        let number = match &index.value {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            Value::Unknown(_) | Value::Template(_) => return Some(self.place(whole, unknown_of(&index))),
            _ => None,
        };
        let Some(number) = number.and_then(|n| usize::try_from(n).ok()) else {
            return Some(self.fault(whole, format!("{} is no index of a list", index.display())));
        };
        let value = match &list.value {
            Value::List(items) => match items.get(number) {
                Some(item) => carry(item.clone(), &list),
                None => {
                    let message = format!("Fn::Select takes element {number} of a list of {}", items.len());
                    return Some(self.fault(whole, message));
                }
            },
            Value::Unknown(_) | Value::Template(_) => mentioning(unknown_of(&list), &list),
            other => {
                return Some(self.fault(whole, format!("Fn::Select is given a {}", other.type_name())));
            }
        };
        Some(self.place(whole, carry(value, &index)))
    }

    fn find_in_map(&self, argument: &Datum, whole: &Datum) -> Evaluated {
        let (map, first, second, options) = match self.arguments("Fn::FindInMap", argument, 3..=4) {
            Ok([map, first, second, rest @ ..]) => (map, first, second, rest.first()),
            Ok(_) => return None,
            Err(fault) => return Some(fault),
        };
        let default = options.and_then(|options| options.get("DefaultValue"));
        let (name, first, second) = (self.value(map), self.value(first), self.value(second));
        let Some(name) = name.as_str() else { return Some(self.place(whole, unknown_of(&name))) };
        let Some(declared) = self.stack.mappings.get(name) else {
            return Some(match default {
                Some(default) => return self.eval(default),
                None => self.fault(whole, format!("there is no mapping {name}")),
            });
        };
        // Of keys that are not known every one may be meant: what all of them lead to is the value.
        let rows = keyed(&declared.datum, &first);
        if self.root.spend(rows.len()).is_err() {
            return Some(Node::unknown("the mapping is too large"));
        }
        let mut found: Option<Node> = None;
        let mut agreed = true;
        let complete = text_of(&first).is_some() && text_of(&second).is_some();
        for row in &rows {
            for cell in keyed(row, &second) {
                let value = declared.source.file.node(cell);
                if self.root.spend(cost::at_most(&value, MAX_ITEMS)).is_err() {
                    return Some(Node::unknown("the mapping is too large"));
                }
                match &found {
                    Some(other) if !same(other, &value) => agreed = false,
                    Some(_) => {}
                    None => found = Some(value),
                }
            }
        }
        let marked = |node: Node| carry(carry(node, &first), &second);
        match found {
            Some(value) if agreed && (complete || default.is_none()) => {
                Some(self.place(whole, marked(value)))
            }
            None if default.is_some() => default.and_then(|default| self.eval(default)),
            None if complete => {
                let keys = format!("{} and {}", first.display(), second.display());
                Some(self.fault(whole, format!("the mapping {name} has nothing for {keys}")))
            }
            _ => {
                let open = if text_of(&first).is_none() { &first } else { &second };
                Some(self.place(whole, marked(Node { from: None, ..unknown_of(open) })))
            }
        }
    }

    fn base64(&self, argument: &Datum) -> Node {
        let text = self.value(argument);
        match &text.value {
            Value::String(plain) => {
                _ = self.root.spend(plain.len() / 32);
                let encoded: Node = Value::string(STANDARD.encode(plain.as_bytes())).into();
                mentioning(carry(encoded, &text), &text)
            }
            _ => mentioning(carry(unknown_of(&text), &text), &text),
        }
    }

    fn cidr(&self, argument: &Datum, whole: &Datum) -> Node {
        let arguments = match self.arguments("Fn::Cidr", argument, 2..=3) {
            Ok(arguments) => arguments.iter().map(|a| self.value(a)).collect::<Vec<_>>(),
            Err(fault) => return fault,
        };
        let open = arguments.iter().find(|a| matches!(a.value, Value::Unknown(_) | Value::Template(_)));
        if let Some(open) = open {
            return mentioning(unknown_of(open), open);
        }
        let number = |node: &Node| match &node.value {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        let made = arguments[0].as_str().zip(number(&arguments[1])).and_then(|(block, count)| {
            let bits = arguments.get(2).map(&number);
            networks::subnets(block, count, bits.unwrap_or(None))
        });
        match made {
            Some(blocks) => {
                let list = Value::list(blocks.iter().map(|b| Node::from(&**b)).collect());
                arguments.iter().fold(list.into(), carry)
            }
            None => self.fault(whole, "Fn::Cidr cannot divide the block like this"),
        }
    }

    fn length(&self, argument: &Datum, whole: &Datum) -> Node {
        let list = self.value(argument);
        match &list.value {
            Value::List(items) => carry(Value::Number(Number::Int(items.len() as i64)).into(), &list),
            Value::Unknown(_) | Value::Template(_) => unknown_of(&list),
            other => self.fault(whole, format!("Fn::Length is given a {}", other.type_name())),
        }
    }

    /// `Fn::Transform`: a local file that `AWS::Include` names is taken in; macros are not run.
    pub(super) fn include(&self, argument: &Datum, whole: &Datum) -> Node {
        match self.included(argument) {
            Ok((parsed, _)) => self.beside(&parsed, &self.loops).value(&parsed.datum),
            Err(reason) => self.fault(whole, reason),
        }
    }

    /// The file that a transform takes in.
    pub(super) fn included(
        &self,
        argument: &Datum,
    ) -> Result<(Arc<super::template::Parsed>, String), String> {
        let argument = argument.as_list().and_then(|items| items.first()).unwrap_or(argument);
        let name = argument.get("Name").map(|name| self.value(name)).unwrap_or_default();
        if name.as_str() != Some("AWS::Include") {
            return Err(format!("the macro {} is not run", name.display()));
        }
        let location = argument.get("Parameters").and_then(|p| p.get("Location"));
        let location = location.map(|l| self.value(l)).unwrap_or_default();
        let path = location.as_str().and_then(|text| self.stack.local(text, &self.source.file.path));
        let path = path.ok_or_else(|| format!("the included {} is not on disk", location.display()))?;
        if *path == *self.source.file.path || self.stack.ancestors.iter().any(|a| **a == *path) {
            return Err(format!("{path} includes itself"));
        }
        match self.root.tree.is_file(&path) {
            Ok(true) => {}
            Ok(false) => return Err(format!("the included {path} is not on disk")),
            Err(reason) => return Err(format!("the included {path}: {reason}")),
        }
        let parsed = self.root.load(&path).map_err(|reason| format!("the included {path}: {reason}"))?;
        Ok((parsed, path))
    }
}

/// The entries of a mapping that a key may mean.
fn keyed<'d>(map: &'d Datum, key: &Node) -> Vec<&'d Datum> {
    match text_of(key) {
        Some(key) => map.get(&key).into_iter().collect(),
        None => map.as_map().unwrap_or_default().iter().map(|entry| &entry.value).collect(),
    }
}

/// The text of a value that is known.
pub(super) fn text_of(node: &Node) -> Option<Arc<str>> {
    match &node.value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string().into()),
        Value::Bool(flag) => Some(if *flag { "true" } else { "false" }.into()),
        _ => None,
    }
}

/// What stands for a value that needs `node` and cannot have it.
pub(super) fn unknown_of(node: &Node) -> Node {
    let reason = node.first_unknown(64).unwrap_or_else(|| "not known".into());
    Node { assumed: node.assumed, sensitive: node.sensitive, ..Value::Unknown(reason).into() }
}

/// Whether two values are the same, as far as both are known.
pub(super) fn same(a: &Node, b: &Node) -> bool {
    fn walk(a: &Node, b: &Node, left: &mut usize) -> bool {
        if *left == 0 {
            return false;
        }
        *left -= 1;
        match (&a.value, &b.value) {
            (Value::Null, Value::Null) => true,
            (Value::List(x), Value::List(y)) => {
                x.len() == y.len() && x.iter().zip(y.iter()).all(|(x, y)| walk(x, y, left))
            }
            (Value::Map(x), Value::Map(y)) => {
                x.len() == y.len()
                    && x.iter().zip(y.iter()).all(|((k, x), (l, y))| k == l && walk(x, y, left))
            }
            (Value::Template(x), Value::Template(y)) => x == y,
            (Value::Json(x), Value::Json(y)) => walk(x, y, left),
            (Value::Unknown(_), Value::Unknown(_)) => a.from.is_some() && a.from == b.from,
            _ => matches!((text_of(a), text_of(b)), (Some(x), Some(y)) if x == y),
        }
    }
    walk(a, b, &mut { MAX_ITEMS })
}
