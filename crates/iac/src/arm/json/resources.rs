//! Resources and nested deployments.

use std::sync::Arc;

use formats::Span;
use formats::data::{Data, Datum, Entry as Pair};

use super::{Lower, get};
use crate::arm::modules::NATIVE;
use crate::arm::template::{Entry, Expr, ExprKind, Module, ModuleSource, Resource, Template, nested_type};

/// What stands beside the document.
const BESIDE: [&str; 16] = [
    "type",
    "apiVersion",
    "apiProfile",
    "name",
    "scope",
    "condition",
    "copy",
    "dependsOn",
    "comments",
    "metadata",
    "resources",
    "existing",
    "import",
    "extension",
    "asserts",
    "@options",
];
/// Resources inside each other.
const MAX_RESOURCES_DEEP: usize = 8;

impl<'f> Lower<'f> {
    /// Takes in one resource of a template, or of another resource's list.
    pub(super) fn resource(
        &mut self,
        symbol: Option<&Pair>,
        datum: &'f Datum,
        around: Option<(&str, usize)>,
        template: &mut Template,
    ) -> Option<Resource> {
        let Some(entries) = datum.as_map() else {
            self.complain(datum.span, format!("a resource is {}", datum.type_name()));
            return None;
        };
        let Some(own) = get(datum, "type").and_then(Datum::as_str).filter(|own| !own.starts_with('[')) else {
            self.complain(datum.span, "a resource whose type is not written is not assessed");
            return None;
        };
        // An extension's type carries its version: `core/Service@v1`.
        let own = own.split('@').next().unwrap_or_default();
        let (depth, native) = match around {
            Some((outer, depth)) => (depth + 1, nested_type(outer, own)),
            None => (0, own.into()),
        };
        let header = match (symbol, datum.entry("type")) {
            (Some(symbol), _) => symbol.key_span,
            (None, Some(entry)) => Span { start: entry.key_span.start, end: entry.value.span.end },
            (None, None) => datum.span,
        };
        let symbol = symbol.map(|symbol| symbol.key.clone());
        if own.eq_ignore_ascii_case(NATIVE) {
            let module = self.module(symbol, datum, header);
            template.modules.push(module);
            return None;
        }
        let extension = get(datum, "extension").or_else(|| get(datum, "import"));
        let is_beside = |key: &str| BESIDE.iter().any(|name| key.eq_ignore_ascii_case(name));
        let body = self.entries(entries.iter().filter(|entry| !is_beside(&entry.key)));
        let mut resource = Resource {
            symbol,
            native,
            api_version: get(datum, "apiVersion").map(|it| self.expr(it)),
            existing: matches!(get(datum, "existing").map(|it| &it.value), Some(Data::Bool(true))),
            name: get(datum, "name").map(|it| self.expr(it)),
            parent: None,
            scope: get(datum, "scope").map(|it| self.expr(it)),
            extension: extension.and_then(Datum::as_str).map(Arc::from),
            condition: get(datum, "condition").map(|it| self.expr(it)),
            repeat: get(datum, "copy").filter(|copy| copy.as_map().is_some()).map(|copy| self.repeat(copy)),
            body: Expr::new(ExprKind::Object(body), datum.span),
            children: Vec::new(),
            header,
        };
        if let Some(children) = get(datum, "resources") {
            if depth >= MAX_RESOURCES_DEEP {
                self.complain(
                    children.span,
                    "resources are nested too deeply, the innermost are not assessed",
                );
            } else {
                resource.children = self.children(children, &resource.native, depth, template);
            }
        }
        match around {
            Some(_) => Some(resource),
            None => {
                template.resources.push(resource);
                None
            }
        }
    }

    fn children(
        &mut self,
        children: &'f Datum,
        native: &str,
        depth: usize,
        template: &mut Template,
    ) -> Vec<Resource> {
        let around = Some((native, depth));
        match &children.value {
            Data::List(items) => {
                items.iter().filter_map(|item| self.resource(None, item, around, template)).collect()
            }
            Data::Map(entries) => entries
                .iter()
                .filter_map(|entry| self.resource(Some(entry), &entry.value, around, template))
                .collect(),
            _ => {
                self.complain(children.span, format!("resources is {}, not a list", children.type_name()));
                Vec::new()
            }
        }
    }

    fn module(&mut self, symbol: Option<Arc<str>>, datum: &'f Datum, header: Span) -> Module {
        // Without properties everything is absent, as it is from any value that is no map.
        let properties = get(datum, "properties").unwrap_or(datum);
        let source = self.module_source(properties);
        let arguments = match get(properties, "parameters") {
            Some(parameters) => Some(self.arguments(parameters)),
            None => get(properties, "parametersLink").map(|link| {
                Expr::new(ExprKind::Invalid("the parameters are in a linked file".into()), link.span)
            }),
        };
        Module {
            symbol,
            name: get(datum, "name").map(|it| self.expr(it)),
            source,
            arguments,
            scope: get(datum, "scope").map(|it| self.expr(it)),
            subscription: get(datum, "subscriptionId").map(|it| self.expr(it)),
            resource_group: get(datum, "resourceGroup").map(|it| self.expr(it)),
            condition: get(datum, "condition").map(|it| self.expr(it)),
            repeat: get(datum, "copy").filter(|copy| copy.as_map().is_some()).map(|copy| self.repeat(copy)),
            header,
        }
    }

    fn module_source(&mut self, properties: &'f Datum) -> ModuleSource {
        if let Some(inner) = get(properties, "template").filter(|inner| inner.as_map().is_some()) {
            let options = get(properties, "expressionEvaluationOptions").and_then(|o| get(o, "scope"));
            let inner_scope = match options.and_then(Datum::as_str) {
                Some(scope) => scope.eq_ignore_ascii_case("inner"),
                // A symbolic template knows no other.
                None => self.symbolic,
            };
            let template = Arc::new(self.template(inner));
            return if inner_scope { ModuleSource::Inner(template) } else { ModuleSource::Outer(template) };
        }
        if let Some(loaded) =
            get(properties, "template").and_then(Datum::as_str).and_then(|t| self.variable(t))
        {
            let outer = std::mem::replace(&mut self.loaded, true);
            let template = Arc::new(self.template(loaded));
            self.loaded = outer;
            return ModuleSource::Inner(template);
        }
        let Some(link) = get(properties, "templateLink") else {
            let written = get(properties, "template").is_some();
            let reason = if written { "its template is computed" } else { "it has no template" };
            return ModuleSource::Absent(reason.into());
        };
        match get(link, "relativePath").or_else(|| get(link, "uri")) {
            Some(uri) => ModuleSource::Link(self.expr(uri)),
            None if get(link, "id").is_some() => {
                ModuleSource::Absent("its template is a template spec".into())
            }
            None => ModuleSource::Absent("its link has no address".into()),
        }
    }

    /// The template in a variable, as Bicep's compiler writes one that is loaded from a file: `[variables('$fxv#0')]`.
    fn variable(&self, text: &str) -> Option<&'f Datum> {
        let name = text.strip_prefix("[variables('")?.strip_suffix("')]")?;
        self.variables?.get(name).filter(|value| super::target_scope(value).is_some())
    }

    /// `{ name: { value } }` as `{ name: value }`.
    fn arguments(&mut self, parameters: &Datum) -> Expr {
        let Some(entries) = parameters.as_map() else {
            return unwrapped(self.expr(parameters));
        };
        let mut all = Vec::new();
        for entry in entries {
            let key = Expr::text(entry.key.clone(), entry.key_span);
            let value = match (get(&entry.value, "value"), get(&entry.value, "reference")) {
                (Some(value), _) => self.expr(value),
                (None, Some(reference)) => secret(reference.span),
                (None, None) => {
                    let of = Box::new(self.expr(&entry.value));
                    Expr::new(ExprKind::Property { of, name: "value".into(), safe: true }, entry.value.span)
                }
            };
            all.push(Entry::Pair { key, value });
        }
        Expr::new(ExprKind::Object(all), parameters.span)
    }
}

/// What a reference to a key vault gives.
pub(super) fn secret(span: Span) -> Expr {
    Expr::new(ExprKind::Call { name: "getSecret".into(), arguments: Vec::new() }, span)
}

/// Arguments that are computed as a whole: `mapValues(all, it => it.value)`.
fn unwrapped(all: Expr) -> Expr {
    let span = all.span;
    let it: Arc<str> = "it".into();
    let of = Box::new(Expr::new(ExprKind::Name(it.clone()), span));
    let value = Expr::new(ExprKind::Property { of, name: "value".into(), safe: true }, span);
    let lambda = ExprKind::Lambda { parameters: vec![it], body: Box::new(value) };
    let arguments = vec![all, Expr::new(lambda, span)];
    Expr::new(ExprKind::Call { name: "mapValues".into(), arguments }, span)
}
