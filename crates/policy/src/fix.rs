//! A check's patch of the document, put into the words of the asset's source language.

use catalog::{
    AttributeRule, Catalog, CheckCard, Constant, DocPath, Fix, Step, TerraformMapping, Text, constant_node,
};
use model::Asset;

/// What of the patch is of the asset's kind, and is not so already: said in its document or done by the provider.
pub fn wanting<'f>(
    catalog: &'f Catalog,
    fix: &'f Fix,
    asset: &'f Asset,
) -> impl Iterator<Item = (&'f Text, &'f Constant)> {
    let kind = catalog.kind(&asset.kind);
    // A check on several kinds has the words of each.
    let known = move |path: &str| {
        kind.is_some_and(|kind| {
            let steps = DocPath::parse(path).0;
            steps.iter().all(|step| match step {
                // A user's own name (of a label, of a metadata entry) is on no card.
                Step::Key(key) if key.contains(['-', '/']) => true,
                Step::Key(key) => kind.spelling(key).as_ref() == Some(key),
                Step::Each => true,
            })
        })
    };
    fix.set.iter().map(|(path, value)| (path, value)).filter(move |(path, value)| {
        let now = DocPath::parse(path).find(&asset.document);
        known(path)
            && (now.is_empty() || now.iter().any(|now| now.display() != constant_node(value).display()))
    })
}

/// Lines to write: `public_network_access_enabled = false`. Empty where the patch has no words in the language.
pub(crate) fn patch(catalog: &Catalog, check: &CheckCard, asset: &Asset) -> Vec<String> {
    let Some(fix) = &check.fix else { return Vec::new() };
    let lines = wanting(catalog, fix, asset).map(|(path, value)| {
        let terraform = catalog.kind(&asset.kind).and_then(|kind| {
            let own = kind
                .card
                .terraform
                .iter()
                .filter(|m| *m.resource.text == *asset.source_type && m.part_of.is_none());
            let parts = kind.card.terraform.iter().filter(|m| m.part_of.is_some());
            own.clone().chain(parts).find_map(|m| in_terraform(m, path, value))
        });
        match &*asset.source_type {
            "azapi_resource" => Some(nested(&format!("body.{}", path.text), " = {", &shown(value))),
            _ => terraform,
        }
    });
    // A patch that can be said only in part would mislead.
    lines.collect::<Option<Vec<_>>>().unwrap_or_default()
}

fn in_terraform(mapping: &TerraformMapping, path: &str, value: &Constant) -> Option<String> {
    let at = |to: &str| match &*mapping.into {
        "" => to.to_owned(),
        into => format!("{into}.{to}"),
    };
    for rule in &mapping.attributes {
        if !rule.to.iter().any(|to| at(to) == path) || DocPath::parse(&rule.from).depth() > 0 {
            continue;
        }
        if let Some(value) = inverse(rule, value) {
            let line = nested(&rule.from, " {", &value);
            return Some(match mapping.part_of {
                Some(_) => format!("{line}    (in {})", mapping.resource.text),
                None => line,
            });
        }
    }
    None
}

/// `a.b` set to a value, each step opened by `open`: `a { b = value }`.
fn nested(path: &str, open: &str, value: &str) -> String {
    let closing = " }".repeat(path.matches('.').count());
    format!("{} = {value}{closing}", path.replace('.', &format!("{open} ")))
}

/// The Terraform value that the rule maps to `value`.
fn inverse(rule: &AttributeRule, value: &Constant) -> Option<String> {
    if rule.json || rule.keys || rule.list || rule.prefix.is_some() {
        return None;
    }
    if let Some((from, _)) = rule.map.iter().find(|(_, to)| to == value) {
        return Some(match &**from {
            "true" | "false" => from.to_string(),
            text => format!("{text:?}"),
        });
    }
    match (rule.not, value) {
        (true, Constant::Bool(b)) => Some((!b).to_string()),
        (true, _) => None,
        (false, value) => Some(shown(value)),
    }
}

fn shown(value: &Constant) -> String {
    match value {
        Constant::Null => "null".into(),
        Constant::Bool(b) => b.to_string(),
        Constant::Int(i) => i.to_string(),
        Constant::Float(f) => f.to_string(),
        Constant::Text(t) => format!("{t:?}"),
        Constant::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Constant::Map(entries) => {
            let each = entries.iter().map(|(k, v)| format!("{k} = {}", shown(v)));
            format!("{{ {} }}", each.collect::<Vec<_>>().join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_reads_as_terraform() {
        let text = |t: &str| Constant::Text(t.into());
        let rule = |from: &str, to: &str| AttributeRule {
            from: Text { text: from.into(), line: 1 },
            to: vec![to.into()],
            ..AttributeRule::default()
        };
        let mapping = TerraformMapping {
            resource: Text { text: "azurerm_cognitive_account".into(), line: 1 },
            attributes: vec![
                AttributeRule { map: vec![("false".into(), text("Disabled"))], ..rule("public", "p.access") },
                AttributeRule { not: true, ..rule("local_auth", "p.disableLocalAuth") },
                rule("acls.default_action", "p.acls.defaultAction"),
            ],
            ..TerraformMapping::default()
        };
        for (path, value, want) in [
            ("p.access", text("Disabled"), Some("public = false")),
            ("p.disableLocalAuth", Constant::Bool(true), Some("local_auth = false")),
            ("p.acls.defaultAction", text("Deny"), Some("acls { default_action = \"Deny\" }")),
            ("p.other", text("x"), None),
        ] {
            assert_eq!(in_terraform(&mapping, path, &value).as_deref(), want, "{path}");
        }
    }
}
