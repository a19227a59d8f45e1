//! Label selectors, and the workloads that they select.
//! <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/>

use std::collections::{BTreeMap, HashMap};

use model::{Node, Value};

/// What pods are told by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selector {
    equal: Vec<(String, String)>,
    /// (key, whether it must be one of the values, values)
    of: Vec<(String, bool, Vec<String>)>,
    /// (key, whether it must be there)
    exists: Vec<(String, bool)>,
}

impl Selector {
    /// A map of labels, as Services have it. `None` where it selects nothing or is not known.
    pub(crate) fn of_map(node: &Node) -> Option<Selector> {
        let equal = labels(node)?;
        (!equal.is_empty()).then(|| Selector { equal: equal.into_iter().collect(), ..Selector::default() })
    }

    /// `matchLabels` and `matchExpressions`; an empty one selects everything. `None` where it is not known.
    pub(crate) fn of_object(node: &Node) -> Option<Selector> {
        let mut selector = Selector::default();
        if let Some(map) = node.get("matchLabels").filter(|n| !n.is_null()) {
            selector.equal = labels(map)?.into_iter().collect();
        }
        let expressions = node.get("matchExpressions").and_then(Node::as_list);
        for expression in expressions.iter().flat_map(|list| list.iter()) {
            let key = expression.get("key")?.as_str()?.to_owned();
            let values = || {
                let values = expression.get("values").and_then(Node::as_list)?;
                values.iter().map(|v| v.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
            };
            match expression.get("operator")?.as_str()? {
                "In" => selector.of.push((key, true, values()?)),
                "NotIn" => selector.of.push((key, false, values()?)),
                "Exists" => selector.exists.push((key, true)),
                "DoesNotExist" => selector.exists.push((key, false)),
                _ => return None,
            }
        }
        (node.as_map().is_some() || node.is_null()).then_some(selector)
    }

    /// The text form: `a=b,c!=d,e in (f, g),h,!i`.
    pub(crate) fn of_text(text: &str) -> Option<Selector> {
        let mut selector = Selector::default();
        let mut rest = text.trim();
        while !rest.is_empty() {
            // A comma inside brackets does not end a requirement.
            let mut depth = 0;
            let end = rest.find(|c| {
                depth += i32::from(c == '(') - i32::from(c == ')');
                c == ',' && depth == 0
            });
            let (one, after) = rest.split_at(end.unwrap_or(rest.len()));
            rest = after.trim_start_matches(',').trim();
            let one = one.trim();
            if let Some((key, values)) = one.split_once(" in ").or_else(|| one.split_once(" notin ")) {
                let values = values.trim().strip_prefix('(')?.strip_suffix(')')?;
                let values = values.split(',').map(|v| v.trim().to_owned()).collect();
                selector.of.push((key.trim().to_owned(), !one.contains(" notin "), values));
            } else if let Some((key, value)) = one.split_once("!=") {
                selector.of.push((key.trim().to_owned(), false, vec![value.trim().to_owned()]));
            } else if let Some((key, value)) = one.split_once('=') {
                let value = value.trim_start_matches('=').trim();
                selector.equal.push((key.trim().to_owned(), value.to_owned()));
            } else {
                let key = one.strip_prefix('!');
                selector.exists.push((key.unwrap_or(one).trim().to_owned(), key.is_none()));
            }
        }
        Some(selector)
    }

    pub(crate) fn fits(&self, labels: &Labels) -> bool {
        self.equal.iter().all(|(k, v)| labels.get(k) == Some(v))
            && self.of.iter().all(|(k, within, values)| match labels.get(k) {
                Some(value) => values.contains(value) == *within,
                None => !within,
            })
            && self.exists.iter().all(|(k, there)| labels.contains_key(k) == *there)
    }
}

/// Labels of a pod.
pub(crate) type Labels = BTreeMap<String, String>;

/// Labels as a document has them; what is not known is left out. `None` where they are no map.
pub(crate) fn labels(node: &Node) -> Option<Labels> {
    let text = |value: &Node| match &value.value {
        Value::String(text) => Some(text.to_string()),
        Value::Bool(_) | Value::Number(_) => Some(value.display()),
        _ => None,
    };
    Some(node.as_map()?.iter().filter_map(|(k, v)| Some((k.to_string(), text(v)?))).collect())
}

/// The pods of a scope, found by one of their labels.
#[derive(Debug, Default)]
pub(crate) struct Pods {
    by_namespace: HashMap<String, Vec<usize>>,
    by_label: HashMap<(String, String, String), Vec<usize>>,
    labels: Vec<Labels>,
}

impl Pods {
    /// Takes a pod in; its index is the number of those before it.
    pub(crate) fn push(&mut self, namespace: &str, labels: Labels) {
        let index = self.labels.len();
        self.by_namespace.entry(namespace.to_owned()).or_default().push(index);
        for (key, value) in &labels {
            let key = (namespace.to_owned(), key.clone(), value.clone());
            self.by_label.entry(key).or_default().push(index);
        }
        self.labels.push(labels);
    }

    /// The pods of a namespace that a selector fits.
    pub(crate) fn selected<'p>(
        &'p self,
        namespace: &str,
        selector: &'p Selector,
    ) -> impl Iterator<Item = usize> + 'p {
        let candidates = match selector.equal.first() {
            Some((key, value)) => self.by_label.get(&(namespace.to_owned(), key.clone(), value.clone())),
            None => self.by_namespace.get(namespace),
        };
        let all = candidates.map_or(&[][..], |c| c).iter().copied();
        all.filter(move |index| selector.fits(&self.labels[*index]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_of_both_forms_fit() {
        let pod: Labels = [("app", "vllm"), ("tier", "model")].map(|(k, v)| (k.into(), v.into())).into();
        for (text, want) in [
            ("app=vllm", true),
            ("app==vllm,tier!=web", true),
            ("app in (x, vllm),!gone", true),
            ("app notin (vllm)", false),
            ("tier,gone", false),
            ("", true),
        ] {
            assert_eq!(Selector::of_text(text).is_some_and(|s| s.fits(&pod)), want, "{text}");
        }
        let node = |json| catalog::node_of_json(&json);
        let object = serde_json::json!({"matchLabels": {"app": "vllm"}, "matchExpressions": [{"key": "tier", "operator": "Exists"}]});
        assert!(Selector::of_object(&node(object)).unwrap().fits(&pod));
        assert_eq!(Selector::of_object(&node(serde_json::json!({}))), Some(Selector::default()));
        assert_eq!(
            Selector::of_map(&node(serde_json::json!({}))),
            None,
            "a Service without labels has no pods"
        );
    }
}
