//! Workload identity federation: whose tokens a pool takes, and which of them a member of a binding is.
//!
//! A provider maps claims of a token to attributes, and may refuse tokens by a condition; a member names tokens by an
//! attribute. Whether strangers get in is found by asking both for a token of a stranger, who can choose anything in it
//! but the names that others own.
//! <https://cloud.google.com/iam/docs/workload-identity-federation>,
//! <https://docs.github.com/actions/reference/security/oidc>, <https://docs.gitlab.com/ci/secrets/id_token_authentication/>

use std::sync::Arc;

use graph::{Graph, Principal};
use model::{Grounds, Node, Value, Verdict};

use super::condition::{Condition, Term, Truth, Variables, Words};
use super::members::{Who, evidence};

const PROVIDER: &str = "google.iam.workload-identity-provider";
const JOB: &str = "ci.pipeline.job";

/// Who issues the tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Issuer {
    GitHub,
    GitLab,
    Aws,
    /// Issues tokens to members of one organisation only, as far as is known.
    Private,
}

impl Issuer {
    fn of(provider: &Node) -> Issuer {
        let given = |path: &str| provider.at_path(path).filter(|n| !n.is_null());
        if given("aws").is_some() {
            return Issuer::Aws;
        }
        let uri = given("oidc.issuerUri").map(Node::display).unwrap_or_default();
        let host = uri.trim_start_matches("https://").trim_end_matches('/');
        match host {
            "token.actions.githubusercontent.com" => Issuer::GitHub,
            "gitlab.com" => Issuer::GitLab,
            _ => Issuer::Private,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Issuer::GitHub => "GitHub",
            Issuer::GitLab => "GitLab",
            Issuer::Aws => "AWS",
            Issuer::Private => "its issuer",
        }
    }

    fn anybody(self) -> Option<&'static str> {
        match self {
            Issuer::GitHub => Some("any GitHub repository"),
            Issuer::GitLab => Some("any GitLab project"),
            Issuer::Aws | Issuer::Private => None,
        }
    }

    /// Claims that name something which only its owner can have a token of.
    fn owned(self) -> &'static [&'static str] {
        match self {
            Issuer::GitHub => &[
                "repository",
                "repository_id",
                "repository_owner",
                "repository_owner_id",
                "sub",
                "job_workflow_ref",
                "workflow_ref",
                "enterprise",
                "enterprise_id",
            ],
            Issuer::GitLab => &[
                "project_path",
                "project_id",
                "namespace_path",
                "namespace_id",
                "root_namespace_id",
                "sub",
                "user_login",
                "user_id",
                "user_email",
                "ci_config_ref_uri",
            ],
            Issuer::Aws | Issuer::Private => &[],
        }
    }

    /// Whether a text speaks only of claims that everybody chooses for their own tokens: branch, environment, workflow.
    fn leaves_choice(self, text: &str) -> bool {
        let fixed = ["actor", "user_", "attribute.", "google.", "has("];
        self.anybody().is_some() && !self.owned().iter().chain(&fixed).any(|name| text.contains(name))
    }

    fn system(self) -> Option<&'static str> {
        match self {
            Issuer::GitHub => Some("github"),
            Issuer::GitLab => Some("gitlab"),
            Issuer::Aws | Issuer::Private => None,
        }
    }
}

/// A token of somebody who owns nothing that the condition may speak of.
struct Stranger<'p> {
    issuer: Issuer,
    mapping: Option<&'p Node>,
}

impl Stranger<'_> {
    fn claim(&self, name: &str) -> Term {
        match self.issuer.owned().contains(&name) {
            true => Term::Text(Words::Strange),
            false => Term::Anything,
        }
    }

    /// What an attribute is mapped from.
    fn attribute(&self, name: &str) -> Term {
        let mapped = self.mapping.and_then(|mapping| mapping.get(name)).and_then(Node::as_str);
        match mapped.and_then(|from| from.trim().strip_prefix("assertion.")) {
            Some(claim) if !claim.contains(['.', '(', ' ', '+', '[']) => self.claim(claim),
            // Composed of claims: strange if any of them is.
            _ => {
                let owned =
                    |from: &str| self.issuer.owned().iter().any(|c| from.contains(&format!("assertion.{c}")));
                match mapped.is_some_and(owned) {
                    true => Term::Text(Words::Strange),
                    false => Term::Anything,
                }
            }
        }
    }
}

impl Variables for Stranger<'_> {
    fn variable(&self, path: &str) -> Term {
        match path.strip_prefix("assertion.") {
            Some(claim) => self.claim(claim),
            None => self.attribute(path),
        }
    }
}

/// Pools and the jobs that may have tokens of them.
pub(super) struct Federation<'g> {
    graph: &'g Graph,
    providers: Vec<usize>,
    jobs: Vec<usize>,
}

/// What a member says behind its pool.
struct Named<'t> {
    /// `google.subject`, `attribute.repository`; none for the whole pool.
    attribute: Option<String>,
    value: &'t str,
}

impl<'g> Federation<'g> {
    pub(super) fn new(graph: &'g Graph) -> Self {
        let of = |kind: &str| {
            let all = graph.assets().iter().enumerate();
            all.filter(|(_, asset)| &*asset.kind == kind).map(|(index, _)| index).collect()
        };
        Federation { graph, providers: of(PROVIDER), jobs: of(JOB) }
    }

    /// Who `principal://…` and `principalSet://…` are.
    pub(super) fn who(&self, from: usize, on: Option<usize>, member: &Node, text: &Arc<str>) -> Vec<Who> {
        let outside =
            |name: String, verdict: Verdict| Who::new(Principal::Outside(name.into()), text).when(verdict);
        if !text.contains("workloadIdentityPools/") && !text.contains("google_iam_workload_identity_pool") {
            return vec![outside(text.to_string(), Verdict::Allowed)];
        }
        let providers = self.of_pool(from, member, text);
        if providers.is_empty() {
            let reason = Verdict::Unknown("which tokens the pool takes is not described here".into());
            return vec![outside(text.to_string(), reason)];
        }
        let named = named(text);
        providers.into_iter().flat_map(|provider| self.tokens(provider, on, &named, text)).collect()
    }

    /// The providers of the pool that a member names.
    fn of_pool(&self, from: usize, member: &Node, text: &str) -> Vec<usize> {
        let scope = &self.graph.assets()[from].scope;
        let referred = member.references(32);
        let pools = |node: &Node| -> Vec<Arc<str>> {
            let all = node.references(32);
            let pools = all.iter().flat_map(|r| r.chain()).map(|r| r.address.clone());
            pools.filter(|a| a.contains("google_iam_workload_identity_pool.")).collect()
        };
        let wanted: Vec<Arc<str>> = referred
            .iter()
            .flat_map(|r| r.chain())
            .map(|r| r.address.clone())
            .filter(|a| a.contains("google_iam_workload_identity_pool."))
            .collect();
        let written = text.split_once("workloadIdentityPools/").and_then(|(_, rest)| rest.split('/').next());
        let fits = |provider: &&usize| {
            let asset = &self.graph.assets()[**provider];
            let Some(parent) = asset.document.get("parent") else { return false };
            let here = asset.scope == *scope && pools(parent).iter().any(|pool| wanted.contains(pool));
            let same = parent.as_str().is_some_and(|pool| {
                let pool = pool.rsplit('/').next().unwrap_or(pool);
                written == Some(pool)
            });
            here || same
        };
        self.providers.iter().filter(fits).copied().collect()
    }

    fn tokens(&self, provider: usize, on: Option<usize>, named: &Named<'_>, text: &Arc<str>) -> Vec<Who> {
        let asset = &self.graph.assets()[provider];
        let document = &asset.document;
        if document.get("disabled").and_then(Node::as_bool) == Some(true) {
            return Vec::new();
        }
        let issuer = Issuer::of(document);
        let mapping = document.get("attributeMapping");
        let condition = document.get("attributeCondition").filter(|c| !c.is_null());
        let stranger = Stranger { issuer, mapping };
        let admits = match condition.map(|c| (&c.value, c)) {
            None => (Truth::Yes, None),
            Some((Value::String(expression), _)) => {
                let condition = Condition::new(expression.clone());
                let chosen = issuer.leaves_choice(expression);
                let holds = condition.holds(&stranger);
                (if chosen { holds.or(Truth::Yes) } else { holds }, Some(condition.brief()))
            }
            Some((_, node)) => (Truth::Depends, Some(node.display())),
        };
        let is_member = match &named.attribute {
            None => Truth::Yes,
            Some(attribute) => match stranger.attribute(attribute) {
                // Only its owner has a token with that value.
                Term::Text(Words::Strange) => Truth::No,
                _ => {
                    let from = mapping.and_then(|mapping| mapping.get(attribute)).and_then(Node::as_str);
                    from.map_or(Truth::Depends, |from| {
                        if issuer.leaves_choice(from) { Truth::Yes } else { Truth::Depends }
                    })
                }
            },
        };
        let grounds = vec![Grounds {
            says: match &admits.1 {
                Some(condition) => {
                    format!("provider {} of the pool takes tokens where {condition}", asset.name)
                }
                None => {
                    format!("provider {} of the pool takes every token of {}", asset.name, issuer.title())
                }
            }
            .into(),
            evidence: evidence(self.graph, provider, condition.or(mapping)),
        }];
        let mut who = Vec::new();
        let mut add = |principal: Principal, verdict: Verdict| {
            who.push(Who { principal, text: text.clone(), verdict, grounds: grounds.clone() });
        };
        let tokens = self.described(issuer, named, admits.1.as_deref(), document);
        if let Some(anybody) = issuer.anybody() {
            match admits.0.and(is_member) {
                Truth::Yes => add(Principal::AnyAccount(anybody.into()), Verdict::Allowed),
                Truth::Depends => {
                    let open =
                        condition.and_then(|c| c.as_str()).map(|_| admits.1.clone()).unwrap_or_default();
                    let chosen = named.attribute.as_ref().map(|a| format!("{a} is {}", named.value));
                    let mut all: Vec<Arc<str>> = chosen.into_iter().map(Arc::from).collect();
                    all.extend(open.filter(|_| admits.0 == Truth::Depends).map(Arc::from));
                    match all.is_empty() {
                        true => add(
                            Principal::AnyAccount(anybody.into()),
                            Verdict::Unknown("which tokens the provider takes is not known".into()),
                        ),
                        false => add(Principal::AnyAccount(anybody.into()), Verdict::Conditional(all)),
                    }
                }
                Truth::No => add(Principal::Outside(tokens.clone().into()), Verdict::Allowed),
            }
        } else {
            add(Principal::Outside(tokens.clone().into()), Verdict::Allowed);
        }
        let is_open = admits.0.and(is_member) == Truth::Yes;
        for (job, names_it) in self.jobs_with_tokens(issuer, provider, on) {
            let verdict = match is_open {
                true => Verdict::Allowed,
                false => Verdict::Conditional(vec![format!("its tokens are those of {tokens}").into()]),
            };
            let mut why = grounds.clone();
            if let Some(node) = names_it {
                let says = format!("job {} signs in through it", self.graph.assets()[job].name).into();
                why.push(Grounds { says, evidence: evidence(self.graph, job, Some(node)) });
            }
            who.push(Who { principal: Principal::Asset(job), text: text.clone(), verdict, grounds: why });
        }
        who
    }

    /// `GitHub repository acme/app`, `GitHub tokens where assertion.repository_owner == 'acme'`.
    fn described(
        &self,
        issuer: Issuer,
        named: &Named<'_>,
        condition: Option<&str>,
        provider: &Node,
    ) -> String {
        let mapped = |attribute: &str| {
            let mapping = provider.get("attributeMapping")?;
            mapping
                .get(attribute)?
                .as_str()
                .map(|from| from.trim().trim_start_matches("assertion.").to_owned())
        };
        let claim = named.attribute.as_deref().map(|a| mapped(a).unwrap_or_else(|| a.to_owned()));
        let value = named.value;
        match (issuer, claim.as_deref()) {
            (Issuer::GitHub, Some("repository")) => format!("GitHub repository {value}"),
            (Issuer::GitHub, Some("repository_owner")) => format!("GitHub repositories of {value}"),
            (Issuer::GitLab, Some("project_path")) => format!("GitLab project {value}"),
            (Issuer::GitLab, Some("namespace_path")) => format!("GitLab projects of {value}"),
            (Issuer::Aws, None) => {
                let account = provider.at_path("aws.accountId").map(Node::display).unwrap_or_default();
                format!("AWS account {account}")
            }
            (Issuer::Aws, Some(claim)) => format!("AWS identity with {claim} {value}"),
            (Issuer::Private, claim) => {
                let issuer = provider.at_path("oidc.issuerUri").map_or_else(|| "saml".into(), Node::display);
                match claim {
                    Some(claim) => format!("token of {issuer} with {claim} {value}"),
                    None => format!("tokens of {issuer}"),
                }
            }
            (_, Some(claim)) => format!("{} token with {claim} {value}", issuer.title()),
            (_, None) => match condition {
                Some(condition) => format!("{} tokens where {condition}", issuer.title()),
                None => format!("{} tokens", issuer.title()),
            },
        }
    }

    /// Jobs that can have a token of the issuer, with where they name the provider or the account. A job that may ask for
    /// no token has none.
    fn jobs_with_tokens(
        &self,
        issuer: Issuer,
        provider: usize,
        on: Option<usize>,
    ) -> Vec<(usize, Option<&'g Node>)> {
        let Some(system) = issuer.system() else { return Vec::new() };
        let mut found = Vec::new();
        for job in &self.jobs {
            let document = &self.graph.assets()[*job].document;
            if document.get("system").and_then(Node::as_str) != Some(system) {
                continue;
            }
            let steps = document.get("steps").and_then(Node::as_list).map_or(&[][..], |l| &l[..]);
            let input = |step: &'g Node, key: &str| step.get("with").and_then(|with| with.get(key));
            let mut named = steps.iter().filter_map(|step| {
                let through = input(step, "workload_identity_provider");
                let account = input(step, "service_account");
                let through = through.filter(|node| self.names(*job, node, provider));
                let account = account.filter(|node| self.is_account(*job, node, on));
                through.or(account)
            });
            let named = named.next();
            let may_ask = match issuer {
                Issuer::GitHub => {
                    let rights = document.get("permissions");
                    let right = rights.and_then(|r| r.get("id-token")).and_then(Node::as_str);
                    right == Some("write") || rights.and_then(Node::as_str) == Some("write-all")
                }
                _ => document.get("idTokens").is_some_and(|tokens| !tokens.is_null()),
            };
            if named.is_some() || may_ask && self.signs_in(document) {
                found.push((*job, named));
            }
        }
        found
    }

    /// Whether a job signs in to Google at all, whichever provider its variables say.
    fn signs_in(&self, job: &Node) -> bool {
        let steps = job.get("steps").and_then(Node::as_list).map_or(&[][..], |l| &l[..]);
        let unclear = |step: &Node| {
            let through = step.get("with").and_then(|with| with.get("workload_identity_provider"));
            through.is_some_and(|through| through.as_str().is_none())
        };
        steps.iter().any(unclear) || job.get("idTokens").is_some_and(|t| !t.is_null())
    }

    /// Whether `projects/1/locations/global/workloadIdentityPools/pool/providers/name` is this provider.
    fn names(&self, job: usize, node: &Node, provider: usize) -> bool {
        if self.graph.named(job, node, &[PROVIDER.into()]) == Some(provider) {
            return true;
        }
        let document = &self.graph.assets()[provider].document;
        let id = document.get("workloadIdentityPoolProviderId").and_then(Node::as_str);
        let pool = document.get("parent").and_then(Node::as_str);
        let text = node.as_str().unwrap_or_default();
        let mut ends = text.rsplit("/providers/");
        let (name, rest) = (ends.next(), ends.next().unwrap_or_default());
        id.is_some()
            && name == id
            && pool
                .is_none_or(|pool| rest.ends_with(&format!("/{}", pool.rsplit('/').next().unwrap_or(pool))))
    }

    fn is_account(&self, job: usize, node: &Node, on: Option<usize>) -> bool {
        let Some(on) = on else { return false };
        if self.graph.named(job, node, &[super::members::SERVICE_ACCOUNT.into()]) == Some(on) {
            return true;
        }
        let id = self.graph.assets()[on].document.get("accountId").and_then(Node::as_str);
        let name = node.as_str().and_then(|address| address.split_once('@')).map(|(name, _)| name);
        id.is_some() && id == name
    }
}

/// What stands behind the pool: `/subject/S`, `/group/G`, `/attribute.NAME/VALUE`, `/*`.
fn named(text: &str) -> Named<'_> {
    for (marker, attribute) in [("/subject/", "google.subject"), ("/group/", "google.groups")] {
        if let Some((_, value)) = text.split_once(marker) {
            return Named { attribute: Some(attribute.into()), value };
        }
    }
    let attribute = text.split_once("/attribute.").and_then(|(_, rest)| rest.split_once('/'));
    match attribute {
        Some((name, value)) => Named { attribute: Some(format!("attribute.{name}")), value },
        None => Named { attribute: None, value: "" },
    }
}
