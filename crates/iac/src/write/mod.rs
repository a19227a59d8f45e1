//! Provider documents written as templates of their own: Bicep, ARM JSON, CloudFormation, Kubernetes.
//!
//! What is known is written as it is, a reference to another resource of the set in the dialect's words, and what is not
//! known as a parameter without a value. What the provider fills in by itself is left out.

mod arm;
mod bicep;
mod cloudformation;
mod kubernetes;

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Node, Number, Piece, Reference, Value};

/// Deeper than any real document.
const MAX_DEPTH: usize = 48;

/// A dialect that documents can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    Arm,
    Bicep,
    CloudFormation,
    CloudFormationJson,
    Kubernetes,
}

impl Dialect {
    pub const ALL: [Dialect; 5] = [
        Dialect::Arm,
        Dialect::Bicep,
        Dialect::CloudFormation,
        Dialect::CloudFormationJson,
        Dialect::Kubernetes,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Dialect::Arm => "arm",
            Dialect::Bicep => "bicep",
            Dialect::CloudFormation | Dialect::CloudFormationJson => "cloudformation",
            Dialect::Kubernetes => "kubernetes",
        }
    }

    /// A name of a file that this dialect's source looks into.
    pub fn file(self) -> &'static str {
        match self {
            Dialect::Arm => "azuredeploy.json",
            Dialect::Bicep => "main.bicep",
            Dialect::CloudFormation => "template.yaml",
            Dialect::CloudFormationJson => "template.json",
            Dialect::Kubernetes => "manifest.yaml",
        }
    }

    /// Whether a provider's type can be declared in it.
    pub fn takes(self, native: &str) -> bool {
        match self {
            // A deployment is what a template makes of itself, and a subscription is where it goes.
            Dialect::Arm | Dialect::Bicep => {
                let outside = ["Microsoft.Resources/deployments", "Microsoft.Resources/subscriptions"];
                native.starts_with("Microsoft.") && !outside.contains(&native)
            }
            Dialect::CloudFormation | Dialect::CloudFormationJson => native.contains("::"),
            Dialect::Kubernetes => kubernetes::takes(native),
        }
    }
}

/// A resource to write.
#[derive(Clone, Debug)]
pub struct Resource<'a> {
    /// The provider's type: `Microsoft.Search/searchServices`, `AWS::S3::Bucket`.
    pub native: &'a str,
    /// What other documents call it by.
    pub address: &'a str,
    pub document: &'a Node,
    /// Where the document names what an extension resource hangs on.
    pub scope: &'a str,
}

/// A template, and what each resource is called in it, in the order of the resources.
#[derive(Clone, Debug)]
pub struct Template {
    pub text: String,
    pub names: Vec<String>,
}

/// Writes the resources as one template. Every type must be one that the dialect takes.
pub fn write(dialect: Dialect, resources: &[Resource<'_>]) -> Template {
    let names: Vec<String> = (0..resources.len()).map(|i| format!("r{}", i + 1)).collect();
    let mut set = Set { resources, parameters: Vec::new() };
    let text = match dialect {
        Dialect::Arm => arm::write(&mut set),
        Dialect::Bicep => bicep::write(&mut set),
        Dialect::CloudFormation => cloudformation::write(&mut set, false),
        Dialect::CloudFormationJson => cloudformation::write(&mut set, true),
        Dialect::Kubernetes => kubernetes::write(&mut set),
    };
    let names = match dialect {
        Dialect::CloudFormation | Dialect::CloudFormationJson => {
            names.iter().map(|name| name.to_uppercase()).collect()
        }
        Dialect::Kubernetes => resources.iter().map(|r| kubernetes::address(r)).collect(),
        _ => names,
    };
    Template { text, names }
}

/// The resources of a template and the parameters that it needs.
struct Set<'r> {
    resources: &'r [Resource<'r>],
    /// Whether each is secret.
    parameters: Vec<bool>,
}

/// A value before it is put into the words of a dialect.
#[derive(Clone, Debug, PartialEq)]
enum Term {
    Null,
    Bool(bool),
    Number(Number),
    Text(Arc<str>),
    List(Vec<Term>),
    /// Keys may be computed.
    Map(Vec<(Term, Term)>),
    /// An attribute of a resource of the set.
    Attribute(usize, Arc<str>),
    Parameter(usize),
    /// Text composed of others.
    Joined(Vec<Term>),
}

impl Set<'_> {
    /// The resource of the set that a reference leads to, by its address or that of one instance.
    fn resource(&self, reference: &Reference) -> Option<usize> {
        self.resources.iter().position(|r| *r.address == *reference.address)
    }

    fn parameter(&mut self, secret: bool) -> Term {
        self.parameters.push(secret);
        Term::Parameter(self.parameters.len() - 1)
    }

    fn reference(&self, reference: Option<&Arc<Reference>>) -> Option<Term> {
        let reference = reference?;
        reference.chain().find_map(|r| Some(Term::Attribute(self.resource(r)?, r.attribute.clone())))
    }

    fn term(&mut self, node: &Node, depth: usize) -> Term {
        if depth > MAX_DEPTH {
            return self.parameter(false);
        }
        if let Some(term) = self.reference(node.from.as_ref()) {
            return term;
        }
        match &node.value {
            _ if node.sensitive => self.parameter(true),
            Value::Null => Term::Null,
            Value::Bool(b) => Term::Bool(*b),
            Value::Number(n) => Term::Number(*n),
            Value::String(text) => Term::Text(text.clone()),
            Value::Unknown(_) => self.parameter(false),
            Value::Json(inner) => self.term(inner, depth + 1),
            Value::List(items) => Term::List(items.iter().map(|item| self.term(item, depth + 1)).collect()),
            Value::Template(pieces) => {
                let parts = pieces.iter().map(|piece| match piece {
                    Piece::Text(text) => Term::Text(text.clone()),
                    Piece::Hole { from, .. } => {
                        self.reference(from.as_ref()).unwrap_or_else(|| self.parameter(false))
                    }
                });
                Term::Joined(parts.collect())
            }
            Value::Map(entries) => {
                let written = entries.iter().map(|(key, value)| {
                    let term = self.entry(key, value, depth);
                    (term.0, term.1)
                });
                Term::Map(written.collect())
            }
        }
    }

    /// An entry whose key stands for a reference has that reference as its key.
    fn entry(&mut self, key: &Arc<str>, value: &Node, depth: usize) -> (Term, Term) {
        let computed = key.starts_with("${") || value.from.as_ref().is_some_and(|f| f.to_string() == **key);
        if computed {
            let bare = Node { from: None, ..value.clone() };
            let name = self.reference(value.from.as_ref()).unwrap_or_else(|| self.parameter(false));
            return (name, self.term(&bare, depth + 1));
        }
        (Term::Text(key.clone()), self.term(value, depth + 1))
    }

    /// The entries of a document but for those named.
    fn entries(&mut self, document: &Node, without: &[&str]) -> Vec<(Term, Term)> {
        let Some(entries) = document.as_map() else { return Vec::new() };
        let kept: BTreeMap<Arc<str>, Node> = entries
            .iter()
            .filter(|(key, _)| !without.contains(&&***key))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        match self.term(&Node::from(Value::map(kept)), 0) {
            Term::Map(entries) => entries,
            _ => Vec::new(),
        }
    }
}

/// The ARM name of an attribute of another resource, where it has one.
fn arm_attribute(attribute: &str) -> Option<String> {
    match attribute {
        "" | "id" => Some("id".into()),
        "name" => Some("name".into()),
        a if a.starts_with("properties.") || a.starts_with("identity.") => Some(a.to_owned()),
        a if a.starts_with("identity") && a.ends_with("principal_id") => Some("identity.principalId".into()),
        _ => None,
    }
}

/// What stands behind the last `/` of an id.
fn last_segment(term: &Term) -> Option<Arc<str>> {
    match term {
        Term::Text(text) => text.rsplit('/').find(|part| !part.is_empty()).map(Arc::from),
        _ => None,
    }
}

/// The type of the resource that contains those of a type: `Microsoft.X/a/b` is contained in `Microsoft.X/a`.
fn containing(native: &str) -> Option<&str> {
    (native.matches('/').count() > 1).then(|| native.rsplit_once('/').map(|(head, _)| head)).flatten()
}

/// What a child resource stands in, where that is in the set.
fn owner(set: &Set<'_>, native: &str, of: Option<&Term>) -> Option<(usize, Vec<String>)> {
    let Some(Term::Attribute(owner, _)) = of else { return None };
    // Between the two may lie services of which there is but one: `blobServices/default`.
    let mut between = Vec::new();
    let mut above = containing(native);
    while let Some(kind) = above {
        if set.resources[*owner].native.eq_ignore_ascii_case(kind) {
            between.reverse();
            return Some((*owner, between));
        }
        between.push(kind.to_owned());
        above = containing(kind);
    }
    None
}

/// What an extension resource hangs on: an Azure resource of the set that is no group.
fn host(set: &Set<'_>, resource: &Resource<'_>) -> Option<usize> {
    let extends = |set: &Set<'_>, term: Option<Term>| match term {
        Some(Term::Attribute(owner, _))
            if !set.resources[owner].native.starts_with("Microsoft.Resources/") =>
        {
            Some(owner)
        }
        _ => None,
    };
    let scope = resource.document.at_path(resource.scope).and_then(|node| set.reference(node.from.as_ref()));
    let parent = resource.document.get("parent").filter(|_| containing(resource.native).is_none());
    let parent = parent.and_then(|node| set.reference(node.from.as_ref()));
    extends(set, scope).or_else(|| extends(set, parent))
}

#[cfg(test)]
mod tests;
