//! ARM JSON templates and files of parameters, lowered to the shared representation.
//! <https://learn.microsoft.com/azure/azure-resource-manager/templates/syntax>
//!
//! Which files are templates, and which parameters go with which, is the source's to say.

mod declarations;
mod parameters;
mod resources;

use std::sync::Arc;

use formats::Span;
use formats::data::{Data, Datum, Entry as Pair};

use super::expression;
use super::template::{
    Entry, Expr, ExprKind, For, Item, Library, Loop, Over, TargetScope, Template, Variable,
};
use crate::file::SourceFile;

pub(crate) use parameters::parameter_file;

/// Nested templates inside each other.
const MAX_TEMPLATES_DEEP: usize = 24;

/// The scope that a `$schema` says a template is deployed to; nothing for what is no template.
pub(crate) fn target_scope(datum: &Datum) -> Option<TargetScope> {
    let schema = datum.get("$schema")?.as_str()?.trim_end_matches('#').to_ascii_lowercase();
    let name = schema.rsplit('/').next()?;
    Some(match name {
        "deploymenttemplate.json" => TargetScope::ResourceGroup,
        "subscriptiondeploymenttemplate.json" => TargetScope::Subscription,
        "managementgroupdeploymenttemplate.json" => TargetScope::ManagementGroup,
        "tenantdeploymenttemplate.json" => TargetScope::Tenant,
        _ => return None,
    })
}

/// Whether Bicep's compiler wrote the template.
pub(crate) fn is_compiled(datum: &Datum) -> bool {
    let generator = datum.get("metadata").and_then(|m| m.get("_generator"));
    generator
        .and_then(|g| g.get("name"))
        .and_then(Datum::as_str)
        .is_some_and(|n| n.eq_ignore_ascii_case("bicep"))
}

/// Lowers one template file; what is wrong in it is told with its place.
pub(crate) fn template<'f>(file: &'f Arc<SourceFile>, datum: &'f Datum) -> (Template, Vec<(Span, String)>) {
    let mut lower =
        Lower { file, problems: Vec::new(), depth: 0, symbolic: false, loaded: false, variables: None };
    let template = lower.template(datum);
    (template, lower.problems)
}

/// A library of templates by their paths.
pub(crate) fn library(templates: impl IntoIterator<Item = (Arc<str>, Arc<Template>)>) -> Library {
    Library { templates: templates.into_iter().map(|(path, template)| (path, Ok(template))).collect() }
}

struct Lower<'f> {
    file: &'f Arc<SourceFile>,
    /// The variables of the template that is being read.
    variables: Option<&'f Datum>,
    /// Whether it is the value of a variable: what begins like an expression is escaped there.
    loaded: bool,
    problems: Vec<(Span, String)>,
    /// Templates around this one.
    depth: usize,
    /// Whether resources are a map by symbolic names.
    symbolic: bool,
}

impl<'f> Lower<'f> {
    fn complain(&mut self, span: Span, message: impl Into<String>) {
        self.problems.push((span, message.into()));
    }

    fn template(&mut self, datum: &'f Datum) -> Template {
        let mut template = Template::new(self.file.clone());
        template.target_scope = target_scope(datum).unwrap_or_default();
        if self.depth > MAX_TEMPLATES_DEEP {
            self.complain(datum.span, "templates are nested too deeply, the innermost are not read");
            return template;
        }
        self.depth += 1;
        let outer = (self.symbolic, self.variables);
        self.variables = get(datum, "variables");
        let resources = get(datum, "resources");
        let version = get(datum, "languageVersion").and_then(Datum::as_str);
        self.symbolic =
            version.is_some_and(|v| v.starts_with('2')) || resources.is_some_and(|r| r.as_map().is_some());
        template.parameters = self.parameters(datum);
        template.variables = self.variables(datum);
        template.functions = self.functions(datum);
        template.outputs = self.outputs(datum);
        match resources.map(|r| (&r.value, r)) {
            Some((Data::List(items), _)) => {
                for item in items.iter() {
                    self.resource(None, item, None, &mut template);
                }
            }
            Some((Data::Map(entries), _)) => {
                for entry in entries.iter() {
                    self.resource(Some(entry), &entry.value, None, &mut template);
                }
            }
            Some((_, other)) => {
                self.complain(other.span, format!("resources is {}, not a list", other.type_name()));
            }
            None => {}
        }
        (self.symbolic, self.variables) = outer;
        self.depth -= 1;
        template
    }

    fn variables(&mut self, datum: &Datum) -> Vec<Variable> {
        let Some(entries) = get(datum, "variables").and_then(Datum::as_map) else { return Vec::new() };
        let mut variables = Vec::new();
        for entry in entries {
            match self.copies(entry) {
                Some(copies) => {
                    variables.extend(copies.into_iter().map(|(name, value)| Variable { name, value }));
                }
                None => {
                    let value = self.expr(&entry.value);
                    variables.push(Variable { name: entry.key.clone(), value });
                }
            }
        }
        variables
    }

    /// The loops of a `copy` property, each with the name of the property that it makes.
    fn copies(&mut self, entry: &Pair) -> Option<Vec<(Arc<str>, Expr)>> {
        if !entry.key.eq_ignore_ascii_case("copy") {
            return None;
        }
        let items = entry.value.as_list()?;
        let is_loop = |item: &Datum| get(item, "name").is_some() && get(item, "count").is_some();
        if items.is_empty() || !items.iter().all(is_loop) {
            return None;
        }
        let mut copies = Vec::new();
        for item in items {
            let name: Arc<str> = get(item, "name").and_then(Datum::as_str).unwrap_or_default().into();
            let repeat = self.repeat(item);
            let body = match get(item, "input") {
                Some(input) => self.expr(input),
                None => Expr::new(ExprKind::Null, item.span),
            };
            let kind = ExprKind::For(Box::new(For { repeat, body }));
            copies.push((name, Expr::new(kind, item.span)));
        }
        Some(copies)
    }

    /// `{ name, count }`
    fn repeat(&mut self, copy: &Datum) -> Loop {
        let name = get(copy, "name").and_then(Datum::as_str).map(Arc::from);
        let count = match get(copy, "count") {
            Some(count) => self.expr(count),
            None => {
                self.complain(copy.span, "a loop without count");
                Expr::new(ExprKind::Int(0), copy.span)
            }
        };
        Loop { name, item: None, index: None, over: Over::Count(count) }
    }

    fn text(&mut self, text: &Arc<str>, span: Span) -> Expr {
        if self.loaded && text.starts_with("[[") {
            let unescaped = Arc::from(&text[1..]);
            self.loaded = false;
            let expr = self.text(&unescaped, span);
            self.loaded = true;
            return expr;
        }
        // Without escapes every letter stands where it is in the text.
        let plain = (span.end - span.start) as usize == text.len() + 2;
        match expression::parse(text, span, plain.then_some(span.start + 1)) {
            Ok(expr) => expr,
            Err(message) => {
                self.complain(span, message.clone());
                Expr::new(ExprKind::Invalid(message.into()), span)
            }
        }
    }

    fn expr(&mut self, datum: &Datum) -> Expr {
        let kind = match &datum.value {
            Data::Null => ExprKind::Null,
            Data::Bool(b) => ExprKind::Bool(*b),
            Data::Int(i) => ExprKind::Int(*i),
            Data::Float(f) => ExprKind::Float(*f),
            Data::Text(text) => return self.text(text, datum.span),
            Data::List(items) => {
                let items = items.iter().map(|item| Item { value: self.expr(item), spread: false });
                ExprKind::Array(items.collect())
            }
            Data::Map(entries) => ExprKind::Object(self.entries(entries.iter())),
        };
        Expr::new(kind, datum.span)
    }

    fn entries<'e>(&mut self, entries: impl Iterator<Item = &'e Pair>) -> Vec<Entry> {
        let mut all = Vec::new();
        for entry in entries {
            match self.copies(entry) {
                Some(copies) => {
                    let pair = |(name, value): (Arc<str>, Expr)| Entry::Pair {
                        key: Expr::text(name, value.span),
                        value,
                    };
                    all.extend(copies.into_iter().map(pair));
                }
                None => {
                    let key = self.text(&entry.key, entry.key_span);
                    all.push(Entry::Pair { key, value: self.expr(&entry.value) });
                }
            }
        }
        all
    }
}

/// The value of a key, whose case templates do not mind.
fn get<'d>(datum: &'d Datum, key: &str) -> Option<&'d Datum> {
    datum.get(key).or_else(|| {
        let entries = datum.as_map()?;
        entries.iter().find(|entry| entry.key.eq_ignore_ascii_case(key)).map(|entry| &entry.value)
    })
}
