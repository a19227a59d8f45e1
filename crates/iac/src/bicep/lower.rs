//! A Bicep file as a template: the same that ARM JSON says in its words.

use std::sync::Arc;

use formats::Span;
use formats::bicep::{self, Body, Declaration, DeclarationKind};

use super::expr::{UNREAD, entries, expr, invalid, repeat};
use super::files::{Files, From, Parsed, is_parameters};
use super::shapes::{Shapes, declared};
use crate::arm::template::{
    Beside, Entry, Expr, ExprKind, Function, Given, Import, Module, ModuleSource, Output, Parameter,
    Resource, TargetScope, Template, Variable, nested_type, take,
};

/// A file, and what of it cannot be evaluated.
pub(crate) struct Lowered {
    pub(crate) template: Template,
    /// In a file of parameters.
    pub(crate) values: Vec<Given>,
    pub(crate) notes: Vec<(Span, String)>,
}

pub(crate) fn lower(file: &Parsed, files: &Files) -> Lowered {
    let template = Template::new(file.source.clone());
    let lowered = Lowered { template, values: Vec::new(), notes: Vec::new() };
    let mut lowering = Lowering { file, files, shapes: Shapes::new(files), extensions: Vec::new(), lowered };
    lowering.extensions();
    lowering.imports();
    file.syntax.declarations.iter().for_each(|declaration| lowering.declaration(declaration));
    lowering.lowered
}

struct Lowering<'f> {
    file: &'f Parsed,
    files: &'f Files,
    shapes: Shapes<'f>,
    /// What it is called here, and what it is.
    extensions: Vec<(Arc<str>, Arc<str>)>,
    lowered: Lowered,
}

impl<'f> Lowering<'f> {
    fn extensions(&mut self) {
        for declaration in &self.file.syntax.declarations {
            let DeclarationKind::Extension { of, alias, .. } = &declaration.kind else { continue };
            let what: Arc<str> = match &of.kind {
                bicep::ExprKind::Variable(name) | bicep::ExprKind::String(name) => name.clone(),
                _ => continue,
            };
            let alias = alias.as_ref().map_or_else(|| what.clone(), |alias| alias.text.clone());
            self.extensions.push((alias, what));
        }
    }

    fn imports(&mut self) {
        for (name, From { reference, exported }) in &self.file.imports {
            let path: Arc<str> = match self.file.target(reference) {
                Some(path) => path.into(),
                None => reference.clone(),
            };
            let is_type = exported.as_ref().is_some_and(|exported| {
                self.files.get(&path).is_some_and(|other| other.types.contains_key(exported))
            });
            if !is_type {
                let import = Import { name: name.clone(), exported: exported.clone(), path };
                self.lowered.template.imports.push(import);
            }
        }
    }

    fn declaration(&mut self, declaration: &'f Declaration) {
        let template = &mut self.lowered.template;
        match &declaration.kind {
            DeclarationKind::TargetScope(value) => {
                template.target_scope = match value.as_str() {
                    Some("subscription") => TargetScope::Subscription,
                    Some("managementGroup") => TargetScope::ManagementGroup,
                    Some("tenant") => TargetScope::Tenant,
                    _ => TargetScope::ResourceGroup,
                };
            }
            DeclarationKind::Parameter { name, value, .. } if is_parameters(self.file.path()) => {
                let value =
                    value.as_ref().map_or_else(|| invalid(UNREAD, declaration.span), |of| expr(of, 0));
                // Other values of the file may name it.
                template.variables.push(Variable { name: name.text.clone(), value: value.clone() });
                self.lowered.values.push(Given { name: name.text.clone(), value });
            }
            DeclarationKind::Parameter { name, of, value } => {
                let shape = declared(&mut self.shapes, self.file, declaration, of.as_ref());
                template.parameters.push(Parameter {
                    name: name.text.clone(),
                    span: Span { start: declaration.header.start, end: declaration.span.end },
                    of: shape.of.into(),
                    default: value.as_ref().map(|value| expr(value, 0)),
                    secure: shape.secure,
                    nullable: shape.nullable,
                    secure_paths: shape.secure_paths,
                });
            }
            DeclarationKind::Variable { name, value, .. } => {
                template.variables.push(Variable { name: name.text.clone(), value: expr(value, 0) });
            }
            DeclarationKind::Function { name, parameters, body, .. } => template.functions.push(Function {
                namespace: None,
                name: name.text.clone(),
                parameters: parameters.iter().map(|(name, _)| name.text.clone()).collect(),
                body: expr(body, 0),
            }),
            DeclarationKind::Resource(resource) => {
                let resource = self.resource(declaration, resource, None);
                self.lowered.template.resources.extend(resource);
            }
            DeclarationKind::Module(module) => {
                let module = self.module(declaration, module);
                self.lowered.template.modules.push(module);
            }
            DeclarationKind::Output { name, of, value } => {
                let shape = declared(&mut self.shapes, self.file, declaration, Some(of));
                template.outputs.push(Output {
                    name: name.text.clone(),
                    span: declaration.span,
                    of: shape.of.into(),
                    secure: shape.secure,
                    condition: None,
                    value: expr(value, 0),
                });
            }
            // Types matter where they are used; the rest says nothing of what is deployed.
            DeclarationKind::Type { .. }
            | DeclarationKind::Metadata { .. }
            | DeclarationKind::Assert { .. }
            | DeclarationKind::Test { .. }
            | DeclarationKind::Import { .. }
            | DeclarationKind::Extension { .. }
            | DeclarationKind::ExtensionConfig { .. }
            | DeclarationKind::Using { .. }
            | DeclarationKind::Extends(_) => {}
        }
    }

    /// `parent` is the type of the resource that this one is written inside of.
    fn resource(
        &mut self,
        declaration: &Declaration,
        resource: &bicep::Resource,
        parent: Option<&str>,
    ) -> Option<Resource> {
        let Some(of) = resource.of.as_str() else {
            let message = "the type of this resource is not written as plain text, it is not assessed";
            self.lowered.notes.push((declaration.header, message.to_owned()));
            return None;
        };
        let (own, version) = of.rsplit_once('@').unwrap_or((of, ""));
        let native = match parent {
            Some(parent) => nested_type(parent, own),
            None => own.into(),
        };
        let Body { repeat: repeated, condition, object, .. } = &resource.body;
        let children = object.entries.iter().filter_map(|entry| match entry {
            bicep::Entry::Resource(child) => match &child.kind {
                DeclarationKind::Resource(inner) => self.resource(child, inner, Some(&native)),
                _ => None,
            },
            bicep::Entry::Property(_) | bicep::Entry::Spread(_) => None,
        });
        let children = children.collect();
        let Beside { mut taken, rest } = take(entries(object, 0), &["name", "parent", "scope", "dependsOn"]);
        Some(Resource {
            symbol: Some(resource.name.text.clone()),
            extension: self.extension(&native),
            api_version: (!version.is_empty()).then(|| Expr::text(version, resource.of.span)),
            native,
            existing: resource.existing,
            name: taken.remove("name"),
            parent: taken.remove("parent"),
            scope: taken.remove("scope"),
            condition: condition.as_ref().map(|condition| expr(condition, 0)),
            repeat: repeated.as_ref().map(|of| repeat(of, 0)),
            body: Expr { kind: ExprKind::Object(rest), span: object.span },
            children,
            header: declaration.header,
        })
    }

    /// The extension that a type is of. Azure's own types begin with a namespace that holds a dot.
    fn extension(&self, native: &str) -> Option<Arc<str>> {
        let has_namespace = native.split_once('/').is_some_and(|(space, _)| space.contains('.'));
        let found = self.extensions.iter().find(|(_, what)| {
            let what = what.to_ascii_lowercase();
            if what.contains("microsoftgraph") {
                native.get(..16).is_some_and(|start| start.eq_ignore_ascii_case("Microsoft.Graph/"))
            } else if what.contains("radius") {
                native.starts_with("Applications.") || native.starts_with("Radius.")
            } else {
                !has_namespace
            }
        });
        found.map(|(alias, _)| alias.clone())
    }

    fn module(&mut self, declaration: &Declaration, module: &bicep::Module) -> Module {
        let source = match module.path.as_str() {
            Some(reference) => match self.file.target(reference) {
                Some(path) => ModuleSource::File(path.into()),
                None => ModuleSource::Absent(format!("module {reference} is not on disk").into()),
            },
            None => ModuleSource::Absent("the path of the module is not written as plain text".into()),
        };
        let Body { repeat: repeated, condition, object, .. } = &module.body;
        let Beside { mut taken, rest } = take(entries(object, 0), &["name", "params", "scope"]);
        let unread = rest.iter().find_map(|entry| match entry {
            Entry::Spread(Expr { kind: ExprKind::Invalid(reason), span }) => Some(invalid(reason, *span)),
            Entry::Spread(_) | Entry::Pair { .. } => None,
        });
        Module {
            symbol: Some(module.name.text.clone()),
            name: taken.remove("name"),
            source,
            arguments: taken.remove("params").or(unread),
            scope: taken.remove("scope"),
            subscription: None,
            resource_group: None,
            condition: condition.as_ref().map(|condition| expr(condition, 0)),
            repeat: repeated.as_ref().map(|of| repeat(of, 0)),
            header: declaration.header,
        }
    }
}

#[cfg(test)]
mod tests {
    use collect::Tree;

    use super::*;

    fn lowered(text: &str) -> Lowered {
        let other = "@export()\nvar v = 1\n@export()\ntype t = int";
        let tree = Tree::of_texts([("i/main.bicep", text), ("i/o.bicep", other)]);
        let files = Files::read(&tree);
        lower(files.get("i/main.bicep").unwrap(), &files)
    }

    #[test]
    fn resources_leave_what_stands_beside_the_document() {
        let text = "
resource a 'Microsoft.X/ys@2024-01-01' = if (b) {
  name: 'n'
  scope: g
  dependsOn: [c]
  location: l
  ...d
  resource e 'zs' = [for (f, i) in h: {
    name: 'o'
  }]
}
resource k 'Microsoft.X/ys/zs@2024-01-01' existing = {
  parent: a
  name: 'p'
}";
        let template = lowered(text).template;
        let [a, k] = &template.resources[..] else { return assert_eq!(template.resources.len(), 2) };
        assert_eq!((a.symbol.as_deref(), &*a.native), (Some("a"), "Microsoft.X/ys"));
        assert_eq!(a.api_version.as_ref().and_then(Expr::as_str), Some("2024-01-01"));
        assert_eq!(a.name.as_ref().and_then(Expr::as_str), Some("n"));
        assert!(a.condition.is_some() && a.repeat.is_none() && a.scope.is_some() && !a.existing);
        let ExprKind::Object(body) = &a.body.kind else { return assert_eq!("the body", "an object") };
        assert!(
            matches!(&body[..], [Entry::Pair { key, .. }, Entry::Spread(_)] if key.as_str() == Some("location"))
        );
        assert_eq!(
            &text[a.header.start as usize..a.header.end as usize],
            "resource a 'Microsoft.X/ys@2024-01-01'"
        );
        let [e] = &a.children[..] else { return assert_eq!(a.children.len(), 1) };
        let index = e.repeat.as_ref().and_then(|of| of.index.as_deref());
        assert_eq!((&*e.native, index, e.api_version.is_none()), ("Microsoft.X/ys/zs", Some("i"), true));
        assert!(k.existing && k.parent.is_some());
    }

    #[test]
    fn modules_lead_to_files_or_say_why_not() {
        let text = "
module a 'm/a.bicep' = { name: 'n', params: { x: 1 } }
module b '../b.bicep' = {
  scope: s
  = 1
}
module c 'br/public:avm/x:1.0' = [for d in e: if (f) { params: {} }]
module g 'm/${h}.bicep' = {}";
        let template = lowered(text).template;
        let sources: Vec<String> =
            template.modules.iter().map(|module| format!("{:?}", module.source)).collect();
        assert_eq!(
            sources,
            [
                r#"File("i/m/a.bicep")"#,
                r#"File("b.bicep")"#,
                r#"Absent("module br/public:avm/x:1.0 is not on disk")"#,
                r#"Absent("the path of the module is not written as plain text")"#,
            ]
        );
        let [a, b, c, _] = &template.modules[..] else { return assert_eq!(template.modules.len(), 4) };
        assert!(matches!(a.arguments.as_ref().map(|of| &of.kind), Some(ExprKind::Object(_))));
        assert!(matches!(b.arguments.as_ref().map(|of| &of.kind), Some(ExprKind::Invalid(_))), "{b:?}");
        assert!(c.condition.is_some() && c.repeat.is_some());
    }

    #[test]
    fn the_rest_of_a_file() {
        let text = "
targetScope = 'subscription'
import { v as w, t } from 'o.bicep'
import * as all from 'br:x/y:1'
extension microsoftGraphV1 as graph
@secure()
param p string? = 'd'
var x = -1
func f(a string, b int) string => a
resource app 'Microsoft.Graph/applications@v1.0' = { displayName: 'n' }
@secure()
output o object = {}
resource bad '${x}' = {}";
        let Lowered { template, notes, .. } = lowered(text);
        assert_eq!(template.target_scope, TargetScope::Subscription);
        let imports: Vec<_> =
            template.imports.iter().map(|of| (&*of.name, of.exported.as_deref(), &*of.path)).collect();
        assert_eq!(imports, [("w", Some("v"), "i/o.bicep"), ("all", None, "br:x/y:1")]);
        let p = &template.parameters[0];
        assert_eq!((&*p.of, p.secure, p.nullable, p.default.is_some()), ("string", true, true, true));
        assert!(matches!(template.variables[0].value.kind, ExprKind::Int(-1)));
        assert_eq!(
            template.functions[0].parameters.iter().map(|name| &**name).collect::<Vec<_>>(),
            ["a", "b"]
        );
        assert_eq!(template.resources.len(), 1);
        assert_eq!(template.resources[0].extension.as_deref(), Some("graph"));
        assert!(template.outputs[0].secure);
        assert_eq!(notes.len(), 1);
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = |count: usize| lowered(&format!("var x = {}1", "1 + ".repeat(count))).template;
        let unread = |template: &Template| format!("{:?}", template.variables[0].value).contains("Invalid");
        assert!(!unread(&deep(100)));
        assert!(unread(&deep(200)));
    }
}
