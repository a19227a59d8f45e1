//! Which provider configuration a resource belongs to, and the scope asset (account, subscription, project) it stands
//! for.

use std::rc::Rc;
use std::sync::Arc;

use formats::hcl::{Expr, ExprKind, Step};

use super::instance::{Instance, Root};
use super::module::attribute;

/// A provider's configuration family and the kind of the scope that it works in.
pub(crate) const SCOPES: [(&str, &str); 3] =
    [("aws", "aws.account"), ("azurerm", "azure.subscription"), ("google", "google.project")];

/// Providers that work in the scope of another.
fn family(provider: &str) -> &str {
    match provider {
        "awscc" => "aws",
        "azapi" | "azuread" => "azurerm",
        "google-beta" => "google",
        other => other,
    }
}

/// Data sources that look up the scope their provider configuration works in.
pub(crate) const LOOK_UPS: [&str; 6] = [
    "azurerm_subscription",
    "azurerm_client_config",
    "azapi_client_config",
    "aws_caller_identity",
    "google_project",
    "google_client_config",
];

/// `aws.west` of an expression in a `provider` or `providers` argument.
fn name_of(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Variable(name) => Some(name.to_string()),
        ExprKind::String(name) => Some(name.to_string()),
        ExprKind::Traversal(source, steps) => match (&source.kind, steps.first()) {
            (ExprKind::Variable(name), Some(Step::Attr(alias, _))) => Some(format!("{name}.{alias}")),
            _ => None,
        },
        _ => None,
    }
}

/// The root's provider configuration that a resource of `instance` uses: `aws`, `aws.west`.
pub(crate) fn configuration(
    root: &Root<'_>,
    instance: &Rc<Instance<'_>>,
    kind: &str,
    meta: Option<&Expr>,
) -> String {
    let default = kind.split('_').next().unwrap_or(kind).to_owned();
    let mut name = meta.and_then(name_of).unwrap_or(default);
    let mut at = instance.clone();
    while let Some(parent) = at.parent.clone() {
        let caller = root.instance(parent.instance);
        let call = caller.module.calls.get(&parent.call);
        let passed = call.and_then(|call| attribute(&call.item.body, "providers"));
        if let Some(Expr { kind: ExprKind::Object(entries), .. }) = passed {
            let entry = entries.iter().find(|(key, _)| name_of(key).as_deref() == Some(&*name));
            if let Some(outer) = entry.and_then(|(_, value)| name_of(value)) {
                name = outer;
            }
        }
        at = caller;
    }
    name
}

/// The scope of a provider configuration: its address and the kind of the asset. `None` for providers without one.
pub(crate) fn scope_of(configuration: &str) -> Option<(Arc<str>, &'static str)> {
    let (provider, alias) = match configuration.split_once('.') {
        Some((provider, alias)) => (provider, Some(alias)),
        None => (configuration, None),
    };
    let family = family(provider);
    let (_, kind) = SCOPES.iter().find(|(name, _)| *name == family)?;
    let address = match alias {
        Some(alias) => format!("provider.{family}.{alias}"),
        None => format!("provider.{family}"),
    };
    Some((address.into(), kind))
}

/// The provider blocks that may configure a scope, the family's own first.
pub(crate) fn block_names(configuration: &str) -> Vec<String> {
    let (provider, alias) = configuration.split_once('.').unwrap_or((configuration, ""));
    let named = |p: &str| if alias.is_empty() { p.to_owned() } else { format!("{p}.{alias}") };
    let mut names = vec![named(family(provider))];
    names.extend(
        ["awscc", "azapi", "google-beta"].iter().filter(|p| family(p) == family(provider)).map(|p| named(p)),
    );
    names
}
