//! Rules of roles, and whether one allows a request.
//! <https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources>

use std::sync::Arc;

use model::{Node, Position, Value, Verdict};

/// Resources that stand beside namespaces; a role that holds in a namespace says nothing about them.
const CLUSTER_SCOPED: [&str; 26] = [
    "apiservices",
    "certificatesigningrequests",
    "clusterrolebindings",
    "clusterroles",
    "clusterservingruntimes",
    "clusterstoragecontainers",
    "componentstatuses",
    "csidrivers",
    "csinodes",
    "customresourcedefinitions",
    "flowschemas",
    "groups",
    "ingressclasses",
    "mutatingwebhookconfigurations",
    "nodes",
    "persistentvolumes",
    "priorityclasses",
    "profiles",
    "runtimeclasses",
    "selfsubjectaccessreviews",
    "storageclasses",
    "subjectaccessreviews",
    "tokenreviews",
    "users",
    "validatingwebhookconfigurations",
    "volumeattachments",
];

/// Values of one list of a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) all: Vec<Arc<str>>,
    /// There may be others, and why they are not known.
    pub(super) unclear: Option<Arc<str>>,
}

impl Words {
    pub(super) fn of(texts: &[&str]) -> Self {
        Words { all: texts.iter().map(|text| Arc::from(*text)).collect(), unclear: None }
    }

    fn read(rule: &Node, key: &str) -> Self {
        let mut words = Words::default();
        match rule.get(key).map(|node| &node.value) {
            Some(Value::List(items)) => {
                for item in items.iter() {
                    match &item.value {
                        Value::String(text) => words.all.push(text.clone()),
                        Value::Null => {}
                        _ => words.unclear = Some(format!("a value of {key} is not known").into()),
                    }
                }
            }
            Some(Value::Unknown(reason)) => words.unclear = Some(reason.clone()),
            Some(Value::String(text)) => words.all.push(text.clone()),
            _ => {}
        }
        words
    }

    fn has(&self, fits: impl Fn(&str) -> bool) -> Answer {
        match (self.all.iter().any(|word| fits(word)), &self.unclear) {
            (true, _) => Ok(true),
            (false, Some(reason)) => Err(reason.clone()),
            (false, None) => Ok(false),
        }
    }
}

/// Yes, no, or why that is not known.
type Answer = Result<bool, Arc<str>>;

/// One rule of a role.
#[derive(Clone, Debug, Default)]
pub(super) struct Rule {
    pub(super) verbs: Words,
    pub(super) groups: Words,
    pub(super) resources: Words,
    pub(super) names: Words,
    pub(super) urls: Words,
    pub(super) at: Option<Arc<Position>>,
}

impl Rule {
    pub(super) fn read(rule: &Node) -> Self {
        Rule {
            verbs: Words::read(rule, "verbs"),
            groups: Words::read(rule, "apiGroups"),
            resources: Words::read(rule, "resources"),
            names: Words::read(rule, "resourceNames"),
            urls: Words::read(rule, "nonResourceURLs"),
            at: rule.get("resources").and_then(|n| n.at.clone()).or_else(|| rule.at.clone()),
        }
    }

    /// Whether it allows the request; `whole` says that its role holds in the whole cluster.
    pub(super) fn allows(&self, ask: &Ask<'_>, target: &Target, whole: bool) -> Option<Verdict> {
        let answers = match ask.url {
            Some(url) => vec![
                Ok(whole),
                self.verbs.has(|v| v == "*" || v == ask.verb),
                self.urls.has(|p| is_url(p, url)),
            ],
            None => vec![
                Ok(whole || !ask.is_beside_namespaces(target)),
                self.verbs.has(|verb| verb == "*" || verb == ask.verb),
                self.groups.has(|group| group == "*" || ask.resource == "*" || group == ask.group),
                self.resources.has(|pattern| ask.is(pattern)),
            ],
        };
        if answers.contains(&Ok(false)) {
            return None;
        }
        let known = match answers.into_iter().find_map(Result::err) {
            Some(reason) => Verdict::Unknown(reason),
            None => Verdict::Allowed,
        };
        if ask.url.is_some() || self.names.all.is_empty() && self.names.unclear.is_none() {
            return Some(known);
        }
        // Of what is made or is many there is no name to compare.
        if ask.sub.is_empty() && matches!(ask.verb, "create" | "deletecollection") {
            return None;
        }
        let named = target.name.as_deref().filter(|_| target.is_of(ask));
        match named.map(|name| self.names.has(|other| other == name)) {
            Some(Ok(true)) => Some(known),
            Some(Ok(false)) => None,
            Some(Err(reason)) => Some(known.and(Verdict::Unknown(reason))),
            None => {
                let names: Vec<&str> = self.names.all.iter().map(|name| &**name).collect();
                let says = match &self.names.unclear {
                    None => format!("it is one of the {} named {}", ask.resource, names.join(", ")),
                    Some(_) => format!("it is one of the {} that are named", ask.resource),
                };
                Some(known.and(Verdict::Conditional(vec![says.into()])))
            }
        }
    }
}

/// A request: `create pods/exec`, `get secrets`, `create inferenceservices.serving.kserve.io`, `get /metrics`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ask<'a> {
    pub(super) verb: &'a str,
    pub(super) resource: &'a str,
    group: &'a str,
    sub: &'a str,
    url: Option<&'a str>,
}

impl<'a> Ask<'a> {
    pub(super) fn parse(action: &'a str) -> Option<Self> {
        let (verb, rest) = action.trim().split_once(' ')?;
        let rest = rest.trim();
        if rest.starts_with('/') {
            return Some(Ask { verb, resource: "", group: "", sub: "", url: Some(rest) });
        }
        let (resource, sub) = rest.split_once('/').unwrap_or((rest, ""));
        let (resource, group) = resource.split_once('.').unwrap_or((resource, ""));
        Some(Ask { verb, resource, group, sub, url: None })
    }

    /// Whether a rule's resource is what is asked for.
    fn is(&self, pattern: &str) -> bool {
        if pattern == "*" || self.resource == "*" {
            return true;
        }
        let (resource, sub) = pattern.split_once('/').unwrap_or((pattern, ""));
        let same = resource == self.resource || resource == "*" && !self.sub.is_empty();
        same && sub == self.sub
    }

    /// Whether what is asked for is of no namespace. A namespace itself is of its own, and a cluster's role may be bound in
    /// one.
    fn is_beside_namespaces(&self, target: &Target) -> bool {
        match (self.verb, self.resource) {
            ("bind", _) => false,
            ("get" | "update" | "patch" | "delete", "namespaces") => target.namespace.is_none(),
            (_, "namespaces") => true,
            (_, resource) => CLUSTER_SCOPED.contains(&resource),
        }
    }
}

fn is_url(pattern: &str, url: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => url.starts_with(start),
        None => pattern == url,
    }
}

/// What it is done to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Target {
    pub(super) namespace: Option<Arc<str>>,
    pub(super) name: Option<Arc<str>>,
    /// `secrets`: what the name is of; none where any kind of thing may have it.
    pub(super) resource: Option<Arc<str>>,
}

impl Target {
    fn is_of(&self, ask: &Ask<'_>) -> bool {
        self.resource.as_deref().is_none_or(|resource| resource == ask.resource)
    }
}

/// `inferenceservices` of `InferenceService`, `networkpolicies` of `NetworkPolicy`.
pub(super) fn plural(kind: &str) -> String {
    let kind = kind.to_ascii_lowercase();
    match kind.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if kind.ends_with(['s', 'x']) || kind.ends_with("ch") => format!("{kind}es"),
        _ => format!("{kind}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rule(groups: &[&str], resources: &[&str], verbs: &[&str], names: &[&str]) -> Rule {
        Rule {
            verbs: Words::of(verbs),
            groups: Words::of(groups),
            resources: Words::of(resources),
            names: Words::of(names),
            ..Rule::default()
        }
    }

    #[test]
    fn a_rule_allows_what_all_of_its_lists_have() {
        let anywhere = Target::default();
        let yes = Some(Verdict::Allowed);
        for (rule, action, whole, want) in [
            (rule(&[""], &["pods"], &["get"], &[]), "get pods", true, true),
            (rule(&[""], &["pods"], &["get"], &[]), "create pods", true, false),
            (rule(&[""], &["pods"], &["*"], &[]), "create pods", true, true),
            (rule(&["apps"], &["pods"], &["*"], &[]), "create pods", true, false),
            (rule(&["*"], &["*"], &["*"], &[]), "create inferenceservices.serving.kserve.io", true, true),
            (
                rule(&["serving.kserve.io"], &["*"], &["create"], &[]),
                "create inferenceservices.serving.kserve.io",
                true,
                true,
            ),
            (rule(&[""], &["pods"], &["*"], &[]), "create pods/exec", true, false),
            (rule(&[""], &["pods/exec"], &["create"], &[]), "create pods/exec", true, true),
            (rule(&[""], &["pods/exec"], &["create"], &[]), "create pods", true, false),
            (rule(&[""], &["*"], &["create"], &[]), "create pods/exec", true, true),
            (rule(&[""], &["*/exec"], &["create"], &[]), "create pods/exec", true, true),
            (rule(&[""], &["*/exec"], &["create"], &[]), "create pods", true, false),
            (rule(&[""], &["pods/*"], &["create"], &[]), "create pods/exec", true, false),
            (rule(&[""], &["secrets"], &["create"], &["a"]), "create secrets", true, false),
            (rule(&[""], &["nodes"], &["get"], &[]), "get nodes", false, false),
            (rule(&[""], &["nodes"], &["get"], &[]), "get nodes", true, true),
            (
                rule(&["rbac.authorization.k8s.io"], &["clusterroles"], &["bind"], &[]),
                "bind clusterroles.rbac.authorization.k8s.io",
                false,
                true,
            ),
            (
                rule(&["rbac.authorization.k8s.io"], &["clusterroles"], &["escalate"], &[]),
                "escalate clusterroles.rbac.authorization.k8s.io",
                false,
                false,
            ),
            (rule(&[""], &["namespaces"], &["create"], &[]), "create namespaces", false, false),
            (
                rule(&[""], &["serviceaccounts/token"], &["create"], &[]),
                "create serviceaccounts/token",
                false,
                true,
            ),
        ] {
            let ask = Ask::parse(action).unwrap();
            assert_eq!(rule.allows(&ask, &anywhere, whole) == yes, want, "{rule:?} {action}");
        }
    }

    #[test]
    fn names_limit_a_rule_to_them() {
        let limited = rule(&[""], &["secrets"], &["get"], &["a", "b"]);
        let ask = Ask::parse("get secrets").unwrap();
        let target = |name: &str, of: &str| Target {
            namespace: Some("n".into()),
            name: Some(name.into()),
            resource: Some(of.into()),
        };
        assert_eq!(limited.allows(&ask, &target("a", "secrets"), true), Some(Verdict::Allowed));
        assert_eq!(limited.allows(&ask, &target("c", "secrets"), true), None);
        let depends = Some(Verdict::Conditional(vec!["it is one of the secrets named a, b".into()]));
        assert_eq!(limited.allows(&ask, &target("c", "pods"), true), depends);
        assert_eq!(limited.allows(&ask, &Target::default(), true), depends);
        let urls = Rule {
            verbs: Words::of(&["get"]),
            urls: Words::of(&["/healthz/*", "/metrics"]),
            ..Rule::default()
        };
        for (url, want) in [("get /metrics", true), ("get /healthz/a", true), ("get /api", false)] {
            let ask = Ask::parse(url).unwrap();
            assert_eq!(urls.allows(&ask, &Target::default(), true).is_some(), want);
            assert_eq!(urls.allows(&ask, &Target::default(), false), None);
        }
        let holes = Rule {
            resources: Words { all: Vec::new(), unclear: Some("no value".into()) },
            ..rule(&[""], &[], &["get"], &[])
        };
        assert_eq!(holes.allows(&ask, &Target::default(), true), Some(Verdict::Unknown("no value".into())));
        assert_eq!(holes.allows(&Ask::parse("list secrets").unwrap(), &Target::default(), true), None);
    }

    #[test]
    fn kinds_have_plurals() {
        for (kind, want) in [
            ("InferenceService", "inferenceservices"),
            ("NetworkPolicy", "networkpolicies"),
            ("Ingress", "ingresses"),
            ("Gateway", "gateways"),
            ("Pod", "pods"),
            ("RayCluster", "rayclusters"),
        ] {
            assert_eq!(plural(kind), want);
        }
    }

    proptest! {
        /// What Kubernetes' own documentation says, read plainly: each list has the word or a wildcard.
        #[test]
        fn rules_are_as_a_plain_reading_of_them(
            verbs in proptest::sample::subsequence(vec!["get", "create", "*"], 0..3),
            groups in proptest::sample::subsequence(vec!["", "apps", "*"], 0..3),
            resources in proptest::sample::subsequence(vec!["pods", "pods/exec", "secrets", "*/exec", "*"], 0..4),
            verb in proptest::sample::select(vec!["get", "create"]),
            group in proptest::sample::select(vec!["", ".apps"]),
            resource in proptest::sample::select(vec!["pods", "secrets"]),
            sub in proptest::sample::select(vec!["", "/exec"]),
        ) {
            let action = format!("{verb} {resource}{group}{sub}");
            let combined = format!("{resource}{sub}");
            let plain = verbs.iter().any(|v| [verb, "*"].contains(v))
                && groups.iter().any(|g| [group.trim_start_matches('.'), "*"].contains(g))
                && resources.iter().any(|r| *r == combined || *r == "*" || *r == "*/exec" && sub == "/exec");
            let rule = rule(&groups, &resources, &verbs, &[]);
            let found = rule.allows(&Ask::parse(&action).unwrap(), &Target::default(), true).is_some();
            prop_assert_eq!(found, plain, "{}", action);
        }
    }
}
