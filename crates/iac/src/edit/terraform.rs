//! From a path of the document to the words of a Terraform resource: the rules of the card, read backwards.

use std::sync::Arc;

use catalog::{AttributeRule, Case, Constant, DocPath, Kind, Step, TerraformMapping, recase, snake};

use crate::terraform::mapping::OWN_NAMES;

/// What to set in a resource, and whether on the way lies text that holds JSON.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Target {
    pub(crate) steps: Vec<Step>,
    pub(crate) value: Constant,
}

/// Every way in which a mapping can say `value` at a path of the document; the first is the usual one.
pub(crate) fn targets(
    kind: &Kind,
    mapping: &TerraformMapping,
    path: &[Step],
    value: &Constant,
) -> Vec<Target> {
    let into = DocPath::parse(&mapping.into).0;
    let Some(inner) = path.strip_prefix(&*into) else { return Vec::new() };
    let mut found: Vec<Target> =
        mapping.attributes.iter().filter_map(|rule| by_rule(rule, inner, value)).collect();
    if found.is_empty()
        && let Some(case) = mapping.auto
    {
        found.extend(by_name(kind, mapping, case, inner, value));
    }
    found
}

fn by_rule(rule: &AttributeRule, path: &[Step], value: &Constant) -> Option<Target> {
    let from = DocPath::parse(&rule.from);
    for to in &rule.to {
        let to = DocPath::parse(to);
        // A rule that takes the first of several cannot be read backwards.
        if to.depth() != from.depth() {
            continue;
        }
        let Some(rest) = path.strip_prefix(&*to.0) else { continue };
        let plain = rule.map.is_empty() && !rule.not && !rule.keys && !rule.list && rule.prefix.is_none();
        let value = match rest {
            [] if rule.json => return None,
            [] => inverse(rule, value)?,
            _ if plain => value.clone(),
            _ => return None,
        };
        let steps = from.0.iter().chain(rest).cloned().collect();
        return Some(Target { steps, value });
    }
    None
}

/// The Terraform value that the rule maps to `value`.
fn inverse(rule: &AttributeRule, value: &Constant) -> Option<Constant> {
    if let Some((from, _)) = rule.map.iter().find(|(_, to)| to == value) {
        return Some(match &**from {
            "true" => Constant::Bool(true),
            "false" => Constant::Bool(false),
            text => Constant::Text(text.into()),
        });
    }
    match value {
        Constant::Null => Some(Constant::Null),
        Constant::Bool(b) if rule.not => Some(Constant::Bool(!b)),
        _ if rule.not => None,
        Constant::Text(text) if rule.prefix.is_some() => {
            let text = text.strip_prefix(rule.prefix.as_deref()?)?;
            Some(Constant::Text(text.into()))
        }
        Constant::Map(entries) if rule.keys => {
            Some(Constant::List(entries.iter().map(|(k, _)| Constant::Text(k.clone())).collect()))
        }
        Constant::List(items) if rule.list => match &**items {
            [one] => Some(one.clone()),
            _ => None,
        },
        _ if rule.keys || rule.list => None,
        value => Some(value.clone()),
    }
}

/// By the spelling of names, where the mapping takes over what it does not list.
fn by_name(
    kind: &Kind,
    mapping: &TerraformMapping,
    case: Case,
    path: &[Step],
    value: &Constant,
) -> Option<Target> {
    let steps = names(kind, case, path)?;
    let dotted: Vec<&str> =
        steps.iter().filter_map(|s| if let Step::Key(k) = s { Some(&**k) } else { None }).collect();
    let dotted = dotted.join(".");
    // What the card maps by hand is not taken over by name.
    if mapping.attributes.iter().any(|rule| rule.from.replace("[]", "") == dotted) {
        return None;
    }
    Some(Target { steps, value: value.clone() })
}

/// The steps of a path in Terraform's spelling, if the document's spelling follows from that.
pub(crate) fn names(kind: &Kind, case: Case, path: &[Step]) -> Option<Vec<Step>> {
    let mut own = false;
    path.iter()
        .map(|step| {
            let Step::Key(key) = step else { return Some(Step::Each) };
            if own {
                return Some(step.clone());
            }
            let name = snake(key);
            own = OWN_NAMES.contains(&&*name);
            let back: Arc<str> = kind.spelling(&name).unwrap_or_else(|| recase(&name, case).into());
            (back == *key).then(|| Step::Key(name.into()))
        })
        .collect()
}

/// The attribute of the owner that a satellite's `by` takes: most take its id.
pub(crate) fn reference(by: &str) -> &'static str {
    match by {
        _ if by.ends_with("arn") => "arn",
        _ if by.ends_with("name") => "name",
        _ => "id",
    }
}

/// Where a path lies in an `azapi` resource: beside the body what the resource takes itself.
pub(crate) fn azapi(path: &[Step]) -> Vec<Step> {
    match path {
        [Step::Key(first), ..] if ["name", "location", "tags", "identity"].contains(&&**first) => {
            path.to_vec()
        }
        [Step::Key(first), rest @ ..] if &**first == "parent" => {
            [Step::Key("parent_id".into())].iter().chain(rest).cloned().collect()
        }
        _ => [Step::Key("body".into())].iter().chain(path).cloned().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalog::Text;

    #[test]
    fn rules_are_read_backwards() {
        let text = |t: &str| Constant::Text(t.into());
        let rule = |from: &str, to: &str| AttributeRule {
            from: Text { text: from.into(), line: 1 },
            to: vec![to.into()],
            ..AttributeRule::default()
        };
        let bools = vec![("true".into(), text("Enabled")), ("false".into(), text("Disabled"))];
        for (rule, path, value, want) in [
            (
                AttributeRule { map: bools, ..rule("public", "p.access") },
                "p.access",
                text("Disabled"),
                Some(("public", "false")),
            ),
            (
                AttributeRule { not: true, ..rule("auth", "p.off") },
                "p.off",
                Constant::Bool(true),
                Some(("auth", "false")),
            ),
            (
                rule("acls.action", "p.acls.action"),
                "p.acls.action",
                text("Deny"),
                Some(("acls.action", "Deny")),
            ),
            (rule("v[].size", "V[].Size"), "V[].Size", Constant::Int(2), Some(("v[].size", "2"))),
            (rule("v[].size", "V.Size"), "V.Size", Constant::Int(2), None),
            (rule("meta", "m"), "m.a-b", text("x"), Some(("meta.a-b", "x"))),
            (AttributeRule { json: true, ..rule("doc", "D") }, "D", text("x"), None),
            (
                AttributeRule { prefix: Some("pre-".into()), ..rule("a", "A") },
                "A",
                text("pre-x"),
                Some(("a", "x")),
            ),
            (
                AttributeRule { list: true, ..rule("a", "A") },
                "A",
                Constant::List(vec![text("x")]),
                Some(("a", "x")),
            ),
            (rule("a", "A"), "B", text("x"), None),
        ] {
            let found = by_rule(&rule, &DocPath::parse(path).0, &value);
            let want = want.map(|(path, value)| (DocPath::parse(path).0, value.to_owned()));
            let shown = found.map(|t| (t.steps, catalog::constant_node(&t.value).display()));
            assert_eq!(shown, want, "{path}");
        }
    }
}
