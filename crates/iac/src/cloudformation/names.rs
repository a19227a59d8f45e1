//! What names lead to: parameters, pseudo parameters, resources and what they return, outputs of nested stacks.

use std::sync::Arc;

use formats::data::Datum;
use model::{Node, Reference};

use super::eval::{Composed, Evaluated, Scope};
use super::facts::{self, Returns};
use super::template::{Declared, looped};
use super::{nested, parameters};

/// Why a value is not known that only the deployment makes.
const DEPLOYED: &str = "known after deployment";
/// The address of the account that a template is deployed to.
pub(super) const ACCOUNT: &str = "AWS::AccountId";

impl Scope<'_, '_> {
    /// `Ref`.
    pub(super) fn reference(&self, argument: &Datum, whole: &Datum) -> Evaluated {
        if let (Some(name), None) = (argument.as_str(), &argument.tag) {
            return self.named(&self.key(&Arc::from(name)), whole);
        }
        // With language extensions, a function may make the name.
        let name = self.value(argument);
        match name.as_str() {
            Some(name) => self.named(name, whole),
            None if name.first_unknown(64).is_some() => {
                Some(self.place(whole, super::functions::unknown_of(&name)))
            }
            None => Some(self.fault(whole, format!("Ref is given {}", argument.type_name()))),
        }
    }

    /// What a name stands for, used at `at`.
    pub(super) fn named(&self, name: &str, at: &Datum) -> Evaluated {
        if let Some(value) = looped(&self.loops, name) {
            return Some(self.place(at, value.clone()));
        }
        if name == "AWS::NoValue" {
            return None;
        }
        if name.starts_with("AWS::") {
            return Some(self.place(at, self.pseudo(name)));
        }
        if self.stack.parameters.contains_key(name) {
            let value = self.root.deeper(|| parameters::value(self, name), |unknown| unknown);
            return Some(self.place(at, value));
        }
        if let Some(declared) = self.stack.resources().get(name).cloned() {
            let value = self.returned(&declared);
            return Some(self.place(at, value));
        }
        if let Some((owner, rest)) = self.generated(name) {
            let attribute = if rest == "Role" { "RoleName" } else { "Id" };
            return Some(self.place(at, self.deployed(&owner, attribute)));
        }
        Some(self.fault(at, format!("{name} is not declared in this template")))
    }

    /// What a pseudo parameter is. The partition is taken to be the commercial one: no verdict tells them apart.
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html>
    fn pseudo(&self, name: &str) -> Node {
        if let Some(known) = self.stack.known.get(name) {
            return known.clone();
        }
        match name {
            "AWS::Partition" => "aws".into(),
            "AWS::URLSuffix" => "amazonaws.com".into(),
            _ => {
                let from = Reference { address: name.into(), attribute: "".into(), via: None };
                let what = match name {
                    "AWS::AccountId" => "the account",
                    "AWS::Region" => "the region",
                    "AWS::StackName" | "AWS::StackId" => "the stack",
                    _ => "this",
                };
                let reason = format!("{what} is known at deployment");
                Node { from: Some(Arc::new(from)), ..Node::unknown(reason) }
            }
        }
    }

    /// `Fn::GetAtt`.
    pub(super) fn attribute(&self, argument: &Datum, whole: &Datum) -> Node {
        if let (Some(text), None) = (argument.as_str(), &argument.tag) {
            let text = self.key(&Arc::from(text));
            return match text.split_once('.') {
                Some((resource, attribute)) => self.attribute_of(resource, attribute, whole),
                None => self.fault(whole, format!("Fn::GetAtt names no attribute of {text}")),
            };
        }
        match self.arguments("Fn::GetAtt", argument, 2..=8) {
            Ok([resource, attribute @ ..]) => {
                let parts: Vec<Node> = attribute.iter().map(|part| self.value(part)).collect();
                let name = self.value(resource);
                let texts: Option<Vec<&str>> = parts.iter().map(Node::as_str).collect();
                match (name.as_str(), texts) {
                    (Some(resource), Some(attribute)) => {
                        self.attribute_of(resource, &attribute.join("."), whole)
                    }
                    (Some(resource), None) => {
                        let address = self.address(resource);
                        self.place(whole, self.deployed(&address, ""))
                    }
                    _ => self.place(whole, super::functions::unknown_of(&name)),
                }
            }
            Ok([]) => Node::null(),
            Err(fault) => fault,
        }
    }

    /// An attribute of a resource, used at `at`.
    pub(super) fn attribute_of(&self, resource: &str, attribute: &str, at: &Datum) -> Node {
        let resource = self.key(&Arc::from(resource));
        let Some(declared) = self.stack.resources().get(&resource).cloned() else {
            return match self.generated(&resource) {
                Some((owner, _)) => self.place(at, self.deployed(&owner, attribute)),
                None => self.fault(at, format!("{resource} is not declared in this template")),
            };
        };
        let address = self.address(&resource);
        if let Some(output) = attribute.strip_prefix("Outputs.")
            && nested::is_stack(declared.kind())
        {
            let value = self.root.deeper(|| nested::output(self, &declared, output), Some);
            return self.place(at, value.unwrap_or_else(|| self.deployed(&address, attribute)));
        }
        let facts = facts::of(declared.kind());
        if let Some(template) = facts.and_then(|facts| facts.arn).filter(|_| attribute == facts::ARN) {
            return self.place(at, self.arn(&declared, template));
        }
        if let Some(constant) = facts::constant(declared.kind(), attribute) {
            return self.place(at, self.from(constant.into(), &address, attribute));
        }
        // What the document says itself, like a name.
        let own = facts.and_then(|facts| facts.name).filter(|name| *name == attribute);
        if let Some(value) = own.and_then(|name| self.property(&declared, name)) {
            return self.place(at, self.from(value, &address, attribute));
        }
        self.place(at, self.deployed(&address, attribute))
    }

    /// What `Ref` of a resource returns.
    fn returned(&self, declared: &Declared) -> Node {
        let address = self.address(&declared.id);
        let facts = facts::of(declared.kind());
        match facts.map(|facts| (facts.returns, facts)) {
            Some((Returns::Name, facts)) => {
                let name = facts.name.unwrap_or("Id");
                match self.property(declared, name) {
                    Some(value) => self.from(value, &address, name),
                    None => self.deployed(&address, name),
                }
            }
            Some((Returns::Arn, facts)) => match facts.arn {
                Some(template) => self.arn(declared, template),
                None => self.deployed(&address, facts::ARN),
            },
            _ => self.deployed(&address, "Id"),
        }
    }

    /// An ARN with the name in it, where that is known.
    fn arn(&self, declared: &Declared, template: &str) -> Node {
        let address = self.address(&declared.id);
        let mut composed = Composed::default();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            composed.text(before);
            let Some((name, tail)) = after.split_once('}') else { break };
            match name {
                "Partition" | "Region" | "AccountId" => composed.add(&self.pseudo(&format!("AWS::{name}"))),
                "Path" => match self.property(declared, name) {
                    Some(path) => composed.add(&path),
                    None => composed.text("/"),
                },
                _ => match self.property(declared, name) {
                    Some(value) if !value.is_unknown() => composed.add(&value),
                    // Without its name an ARN says no more than whose it is.
                    _ => return self.deployed(&address, facts::ARN),
                },
            }
            rest = tail;
        }
        composed.text(rest);
        let text = composed.finish(self.root);
        self.from(Node { mentions: None, ..text }, &address, facts::ARN)
    }

    /// The ARN of a resource as other texts of its template compose it, if its name is written.
    pub(super) fn known_arn(&self, declared: &Declared) -> Option<Arc<str>> {
        let arn = self.arn(declared, facts::of(declared.kind())?.arn?);
        (!arn.is_unknown()).then(|| arn.display().into())
    }

    /// A first-level property of a resource, evaluated on its own; none where it is not written.
    fn property(&self, declared: &Declared, name: &str) -> Option<Node> {
        let key = (declared.id.clone(), Arc::from(name));
        if let Some(known) = self.stack.properties.borrow().get(&key) {
            let busy = || Some(Node::unknown(format!("the {name} of {} depends on itself", declared.id)));
            return known.clone().unwrap_or_else(busy);
        }
        self.stack.properties.borrow_mut().insert(key.clone(), None);
        let scope = self.beside(&declared.source, &declared.loops);
        let properties = declared.datum.get("Properties");
        let find = || match properties {
            Some(properties) if properties.tag.is_none() => {
                properties.get(name).and_then(|datum| scope.eval(datum))
            }
            _ => None,
        };
        let value = self.root.deeper(find, Some).filter(|node| !node.is_null());
        self.stack.properties.borrow_mut().insert(key, Some(value.clone()));
        value
    }

    pub(super) fn address(&self, id: &str) -> Arc<str> {
        format!("{}{id}", self.stack.prefix).into()
    }

    /// A value that only the deployment makes.
    fn deployed(&self, address: &Arc<str>, attribute: &str) -> Node {
        let from = Reference { address: address.clone(), attribute: attribute.into(), via: None };
        Node { from: Some(Arc::new(from)), ..Node::unknown(DEPLOYED) }
    }

    /// `value` as an attribute of a resource.
    fn from(&self, value: Node, address: &Arc<str>, attribute: &str) -> Node {
        let via = value.from.clone();
        let from = Reference { address: address.clone(), attribute: attribute.into(), via };
        Node { from: Some(Arc::new(from)), ..value }
    }

    /// The address of something that SAM makes under a name of its own: `FunctionRole`, `Api.Stage`.
    fn generated<'n>(&self, name: &'n str) -> Option<(Arc<str>, &'n str)> {
        if !self.stack.serverless {
            return None;
        }
        if matches!(name, "ServerlessRestApi" | "ServerlessHttpApi" | "ServerlessWebSocketApi")
            || name.starts_with("ServerlessRestApi")
            || name.starts_with("ServerlessHttpApi")
        {
            return Some((self.address(name), ""));
        }
        // The longest id that the name begins with.
        let owner = (1..name.len()).rev().filter(|at| name.is_char_boundary(*at)).find_map(|at| {
            let declared = self.stack.resources().get(&name[..at])?;
            declared.kind().starts_with("AWS::Serverless::").then_some(at)
        })?;
        let rest = &name[owner..];
        match rest.strip_prefix('.') {
            Some(rest) => Some((self.address(&name[..owner]), rest)),
            None => Some((self.address(name), rest)),
        }
    }
}
