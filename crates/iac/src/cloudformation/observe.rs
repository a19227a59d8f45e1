//! One root template to observations: every resource of its stacks in CloudFormation's own words.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use catalog::Catalog;
use collect::Tree;
use formats::data::Datum;
use model::{CoverageStatus, Link, Node, Observations, Value};

use super::eval::Scope;
use super::names::ACCOUNT;
use super::root::{Files, Root};
use super::stack::Stack;
use super::template::{Declared, Parsed};
use super::{cdk, document, nested, serverless};
use crate::native::{Observer, Resource};
use crate::terraform::{cost, mapping};

/// Types that deploy nothing of an estate.
const HELPERS: [&str; 4] = [
    "AWS::CDK::Metadata",
    "AWS::CloudFormation::WaitCondition",
    "AWS::CloudFormation::WaitConditionHandle",
    "AWS::CloudFormation::Macro",
];

/// Evaluates the template at `path`.
pub(super) fn root(
    catalog: &Catalog,
    tree: &Tree,
    files: &Files,
    path: &Arc<str>,
    given: BTreeMap<Arc<str>, Node>,
) -> Observations {
    let Some(parsed) = files.get(path) else { return Observations::default() };
    let root = Root::new(tree, catalog, files, path.clone());
    let assembly = cdk::assembly(tree, path);
    let mut stack = Stack::new(parsed.clone(), given);
    stack.known = assembly.known.clone();
    root.add(stack);
    let observer = Observer::new(super::SOURCE, path.clone(), catalog);
    let mut walk = Walk { root: &root, observer, assembly };
    // Nested stacks join the list while it is walked.
    let mut index = 0;
    loop {
        let Some(stack) = root.stacks.borrow().get(index).cloned() else { break };
        walk.stack(&stack);
        index += 1;
    }
    walk.account(parsed);
    let mut seen = walk.observer.seen;
    seen.coverage.extend(root.take_notes());
    seen
}

struct Walk<'w, 'r> {
    root: &'w Root<'r>,
    observer: Observer<'r>,
    assembly: cdk::Assembly,
}

impl Walk<'_, '_> {
    fn stack(&mut self, stack: &Rc<Stack>) {
        let scope =
            Scope { root: self.root, stack: stack.clone(), source: stack.parsed.clone(), loops: None };
        scope.prepare();
        for transform in super::template::transforms(&stack.parsed.datum) {
            let name = transform.as_str().or_else(|| transform.get("Name").and_then(Datum::as_str));
            let name = name.unwrap_or_default();
            let known = name.starts_with("AWS::Serverless") || name == "AWS::LanguageExtensions";
            if !known {
                let place = scope.position(transform).to_string();
                self.root
                    .note(&place, format!("the macro {name} is not run: what it changes is not assessed"));
            }
        }
        let globals = stack.serverless.then(|| stack.parsed.datum.get("Globals")).flatten();
        let globals = globals.map(|datum| scope.value(datum)).unwrap_or_default();
        for declared in &stack.resources().items {
            if !self.root.grow(1) {
                break;
            }
            self.resource(&scope, declared, &globals);
        }
    }

    fn resource(&mut self, scope: &Scope<'_, '_>, declared: &Declared, globals: &Node) {
        let header = declared.header();
        let place = header.to_string();
        if declared.datum.as_map().is_none() || declared.kind().is_empty() {
            self.root.note(&place, format!("{} is no resource: it has no type", declared.id));
            return;
        }
        let kind = declared.kind();
        let inner = scope.beside(&declared.source, &declared.loops);
        if let Some(condition) = declared.datum.get("Condition") {
            let truth = match condition.as_str() {
                Some(name) => inner.condition(&inner.key(&Arc::from(name)), condition),
                None => inner.fault(condition, format!("a condition is named by {}", condition.type_name())),
            };
            let address = inner.address(&declared.id);
            match &truth.value {
                Value::Bool(true) => {}
                Value::Bool(false) => {
                    if truth.assumed && !HELPERS.contains(&kind) {
                        let reason = format!("\"{address}\" is turned off by the default of a parameter");
                        self.root.note_as(CoverageStatus::Skipped, &place, reason);
                    }
                    return;
                }
                Value::Unknown(reason) if !HELPERS.contains(&kind) => {
                    let name = condition.as_str().unwrap_or_default();
                    let reason = format!("\"{address}\" depends on the condition {name}: {reason}");
                    self.root.note(&place, reason);
                }
                _ => {}
            }
        }
        if HELPERS.contains(&kind) {
            return;
        }
        if nested::is_stack(kind) {
            nested::stack(&inner, declared);
            return;
        }
        let properties = match declared.datum.get("Properties").and_then(|datum| inner.eval(datum)) {
            Some(node) if !matches!(node.value, Value::Null) => node,
            _ => Value::map(BTreeMap::new()).into(),
        };
        if !matches!(properties.value, Value::Map(_) | Value::Unknown(_)) {
            self.root.note(
                &place,
                format!("the properties of {} are a {}", declared.id, properties.value.type_name()),
            );
            return;
        }
        let (construct, source) = self.assembly.origin(self.root.tree, &declared.id);
        let construct = construct.filter(|_| !scope.stack.nested).or_else(|| {
            let path = declared.datum.get("Metadata")?.get("aws:cdk:path")?.as_str()?;
            Some(path.into())
        });
        let at = match source.filter(|_| !scope.stack.nested) {
            Some(source) => header.through(Arc::new(source)),
            None => header,
        };
        let at = Some(Arc::new(at));
        let aliases = construct.iter().flat_map(|path| names_of(path)).chain(inner.known_arn(declared));
        let aliases: BTreeSet<Arc<str>> = aliases.collect();
        if kind.starts_with("AWS::Serverless::") {
            self.serverless(scope, declared, globals, Node { at, ..properties }, aliases);
            return;
        }
        let address = inner.address(&declared.id);
        self.add(kind, &address, aliases, Node { at, ..properties });
    }

    fn serverless(
        &mut self,
        scope: &Scope<'_, '_>,
        declared: &Declared,
        globals: &Node,
        properties: Node,
        aliases: BTreeSet<Arc<str>>,
    ) {
        let kind = declared.kind();
        let own = kind.rsplit("::").next().unwrap_or_default();
        let properties = match globals.get(own) {
            Some(globals) => serverless::over(globals, properties, 0),
            None => properties,
        };
        let written = serverless::write_out(kind, &declared.id, &scope.stack.prefix, &properties);
        let Some(written) = written else {
            let address = scope.address(&declared.id);
            self.add(kind, &address, aliases, properties);
            return;
        };
        for (node, reason) in written.notes {
            let place = node.at.as_ref().map_or_else(|| declared.header().to_string(), ToString::to_string);
            self.root.note(&place, reason);
        }
        for made in written.made {
            if made.id != *declared.id && !self.root.grow(1) {
                return;
            }
            let aliases = if made.id == *declared.id { aliases.clone() } else { BTreeSet::new() };
            self.add(made.native, &scope.address(&made.id), aliases, made.document);
        }
    }

    fn add(&mut self, native: &str, address: &Arc<str>, aliases: BTreeSet<Arc<str>>, document: Node) {
        let document = match self.root.spend(cost::whole(&document) / 4) {
            Ok(()) => document::finished(self.root.catalog, native, mapping::trimmed(&document)),
            Err(reason) => Node { value: Value::Unknown(reason.into()), ..document },
        };
        let before = self.observer.seen.assets.len();
        self.observer.resource(Resource {
            native: native.into(),
            address: address.clone(),
            aliases,
            document,
        });
        if self.observer.seen.assets.len() > before {
            self.observer.contains(&Arc::from(ACCOUNT), address, Some("aws.account"));
        }
    }

    /// The account that the template is deployed to.
    fn account(&mut self, parsed: &Parsed) {
        if self.observer.seen.assets.is_empty() && self.observer.seen.parts.is_empty() {
            return;
        }
        let at = parsed.datum.entry("Resources").map(|entry| Arc::new(parsed.file.position(entry.key_span)));
        let mut document: BTreeMap<Arc<str>, Node> = BTreeMap::new();
        for (name, key) in [(ACCOUNT, "AccountId"), ("AWS::Region", "region")] {
            if let Some(known) = self.assembly.known.get(name) {
                document.insert(key.into(), known.clone());
            }
        }
        let document = Node { at, ..Value::map(document).into() };
        let (native, address) = ("AWS::Account".into(), Arc::from(ACCOUNT));
        self.observer.resource(Resource { native, address, aliases: BTreeSet::new(), document });
        self.beyond();
    }

    /// What CloudFormation has no resource type for may be in the account all the same: that a template lacks it says
    /// nothing. Only services that the template uses are spoken of.
    fn beyond(&mut self) {
        for kind in self.root.catalog.kinds.iter().map(|kind| &kind.card) {
            let name = &kind.kind.text;
            let Some((service, _)) = name.rsplit_once('.') else { continue };
            let used = |asset: &model::Asset| asset.kind.starts_with(service);
            if kind.native.is_some()
                || !name.starts_with("aws.")
                || !self.observer.seen.assets.iter().any(used)
            {
                continue;
            }
            let reason = format!("CloudFormation has no resource type for this: {}", kind.title);
            self.observer.seen.links.push(Link {
                from: self.observer.id(ACCOUNT),
                relation: "contains".into(),
                kinds: vec![name.clone()],
                target: Node::unknown(reason),
                reverse: false,
            });
        }
    }
}

/// The path of a construct, with and without the name that CDK gives to its resource.
fn names_of(path: &str) -> Vec<Arc<str>> {
    let short = path.strip_suffix("/Resource").or_else(|| path.strip_suffix("/Default"));
    [Some(path), short].into_iter().flatten().map(Arc::from).collect()
}
