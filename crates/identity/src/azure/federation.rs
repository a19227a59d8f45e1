//! Who may sign in as an identity through a federated credential: pipelines, service accounts of clusters, others.
//!
//! Asked as `Microsoft.ManagedIdentity/userAssignedIdentities/federatedSignIn/action`, a name of our own: no role gives
//! it, only the credentials on the identity (or the application) do. Sources: "Workload identity federation",
//! <https://learn.microsoft.com/entra/workload-id/workload-identity-federation>; "Flexible federated identity credentials",
//! <https://learn.microsoft.com/entra/workload-id/workload-identities-flexible-federated-identity-credentials>;
//! "OpenID Connect reference", <https://docs.github.com/actions/reference/security/oidc>.

use std::sync::Arc;

use graph::Principal;
use model::{Asset, Node, Value, Verdict};

use super::directory::APPLICATION;
use super::grants::{Grant, Member, Place};
use super::principals::evidence;
use super::reader::Reader;
use super::roles::{Block, Plane, Role, SIGN_IN, matches};

const IDENTITY: &str = "azure.managed-identity.user-assigned-identity";
const GITHUB: &str = "token.actions.githubusercontent.com";
const JOB: &str = "ci.pipeline.job";
const ACCOUNT: &str = "kubernetes.core.service-account";

/// What a credential asks of a token.
enum Subject {
    /// The subject itself.
    Is(String),
    /// A pattern with `*` for any text.
    Like(String),
    /// Text with holes, or nothing that is known.
    Open(String),
}

impl Reader<'_> {
    pub(super) fn federation(&mut self) {
        for index in 0..self.graph.assets().len() {
            let asset = &self.graph.assets()[index];
            let kinds = ["azure.managed-identity.federated-credential", "azure.entra.federated-credential"];
            if !kinds.contains(&&*asset.kind) {
                continue;
            }
            let identity = [IDENTITY, APPLICATION].into_iter();
            let identity =
                identity.flat_map(|k| self.graph.ends(index, "granted-on", Some(k), false).assets).next();
            let Some(identity) = identity else {
                self.note(
                    asset,
                    format!("the identity of federated credential {} is not in the estate", asset.name),
                );
                continue;
            };
            let document = asset.document.get("properties").unwrap_or(&asset.document);
            let issuer = document.get("issuer").cloned().unwrap_or_default();
            let subject = subject(document);
            let members = self.bearers(index, identity, &issuer, &subject);
            let who: Arc<str> = match &subject {
                Subject::Is(text) => format!("a token of {} for {text}", host(&issuer)).into(),
                Subject::Like(text) => format!("any token of {} for {text}", host(&issuer)).into(),
                Subject::Open(text) => format!("a token of {} ({text})", host(&issuer)).into(),
            };
            let grant = Grant {
                members: members.into(),
                who,
                role: Arc::new(Role {
                    name: "federated credential".into(),
                    blocks: vec![Block::of(Plane::SignIn, [SIGN_IN])],
                    unknown: None,
                }),
                what: format!("the trust of federated credential {}", asset.name).into(),
                place: self.people.label(identity),
                needs: None,
                condition: None,
                evidence: evidence(asset),
            };
            self.grants.add(Place::Asset(identity), grant);
        }
    }

    /// Those who can come by a token that the credential accepts.
    fn bearers(&self, index: usize, identity: usize, issuer: &Node, subject: &Subject) -> Vec<Member> {
        let member = |principal, verdict| Member { principal, verdict, through: Vec::new() };
        let outside = |text: String| member(Principal::Outside(text.into()), Verdict::Allowed);
        let address = issuer.as_str().unwrap_or("");
        if address.contains(GITHUB) {
            return self.github(identity, subject);
        }
        let text = match subject {
            Subject::Is(text) | Subject::Like(text) | Subject::Open(text) => text,
        };
        if let Some(account) = self.named_account(index) {
            let verdict = self.of_account(index, account, identity, issuer);
            return vec![member(Principal::Asset(account), verdict)];
        }
        if let Some(rest) = text.strip_prefix("system:serviceaccount:") {
            let (namespace, name) = rest.split_once(':').unwrap_or(("*", rest));
            let accounts = self.graph.assets().iter().enumerate().filter(|(_, a)| &*a.kind == ACCOUNT);
            let found: Vec<Member> = accounts
                .filter(|(_, account)| {
                    let meta = |key: &str| account.document.at_path(key).and_then(Node::as_str);
                    let in_namespace = meta("metadata.namespace").unwrap_or("default");
                    matches(namespace, in_namespace)
                        && meta("metadata.name").is_some_and(|n| matches(name, n))
                })
                .map(|(i, _)| member(Principal::Asset(i), self.of_account(index, i, identity, issuer)))
                .collect();
            if found.is_empty() {
                return vec![outside(format!(
                    "Kubernetes service account {namespace}/{name} of {}",
                    host(issuer)
                ))];
            }
            return found;
        }
        vec![match subject {
            Subject::Is(text) => outside(format!("{text} of {}", host(issuer))),
            Subject::Like(text) => outside(format!("any {text} of {}", host(issuer))),
            Subject::Open(why) => {
                let who =
                    Principal::Outside(format!("a subject of {} that is not known", host(issuer)).into());
                member(who, Verdict::Unknown(format!("which subject is trusted is not known: {why}").into()))
            }
        }]
    }

    /// The service account whose name a subject is made of.
    fn named_account(&self, index: usize) -> Option<usize> {
        let document = &self.graph.assets()[index].document;
        let subject = document.at_path("properties.subject").or_else(|| document.get("subject"))?;
        let composed = subject.as_str().is_none() && subject.brief().starts_with("system:serviceaccount:");
        composed.then(|| self.graph.named(index, subject, &[ACCOUNT.into()])).flatten()
    }

    /// How sure it is that the tokens of a service account are those of the issuer.
    fn of_account(&self, index: usize, account: usize, identity: usize, issuer: &Node) -> Verdict {
        if self.linked(&self.graph.assets()[account], identity) {
            return Verdict::Allowed;
        }
        let of = self.people.label(index);
        Verdict::Conditional(vec![
            format!("its cluster is the issuer that {of} trusts ({})", host(issuer)).into(),
        ])
    }

    /// Whether a service account says that it signs in as the identity.
    fn linked(&self, account: &Asset, identity: usize) -> bool {
        let annotations = account.document.at_path("metadata.annotations");
        let Some(client) = annotations.and_then(|a| a.get("azure.workload.identity/client-id")) else {
            return false;
        };
        let from = self.graph.find(&account.id);
        from.and_then(|from| self.graph.named(from, client, &[IDENTITY.into(), APPLICATION.into()]))
            == Some(identity)
    }

    fn github(&self, identity: usize, subject: &Subject) -> Vec<Member> {
        let member = |principal, verdict| Member { principal, verdict, through: Vec::new() };
        let text = match subject {
            Subject::Is(text) | Subject::Like(text) => text.as_str(),
            Subject::Open(why) => {
                let who = Principal::Outside("a GitHub repository that is not known".into());
                let why = format!("which subject is trusted is not known: {why}");
                let mut all = vec![member(who, Verdict::Unknown(why.into()))];
                all.extend(self.jobs(identity, "", None));
                return all;
            }
        };
        let rest = text.strip_prefix("repo:").unwrap_or(text);
        let (repository, what) = rest.split_once(':').unwrap_or((rest, "*"));
        let holes = what.contains(['…', '$']);
        let runs = if holes {
            what.split(['…', '$']).next().unwrap_or("").to_owned() + "*"
        } else {
            what.to_owned()
        };
        let owner = repository.split('/').next().unwrap_or("*");
        let mut all = Vec::new();
        if owner.contains('*') || !text.starts_with("repo:") && text.contains('*') {
            all.push(member(Principal::AnyAccount("any GitHub repository".into()), Verdict::Allowed));
        } else if repository.contains('*') {
            let who = format!("any GitHub repository {repository}");
            all.push(member(Principal::Outside(who.into()), Verdict::Allowed));
        } else {
            let who = format!("pipelines of GitHub repository {repository} ({})", said(what));
            all.push(member(Principal::Outside(who.into()), Verdict::Allowed));
        }
        all.extend(self.jobs(identity, repository, Some(&runs)));
        all
    }

    /// The jobs of the estate that may get such a token.
    fn jobs(&self, identity: usize, repository: &str, what: Option<&str>) -> Vec<Member> {
        let jobs = self.graph.assets().iter().enumerate().filter(|(_, a)| &*a.kind == JOB);
        let fits = jobs.filter(|(_, job)| {
            let text = |key: &str| job.document.get(key).and_then(Node::as_str);
            let may_ask =
                match job.document.at_path("permissions.id-token").map(|n| (n.as_str(), n.is_unknown())) {
                    Some((word, unknown)) => word == Some("write") || unknown,
                    None => text("permissions") == Some("write-all"),
                };
            text("system") == Some("github") && may_ask && what.is_none_or(|what| job_fits(job, what))
        });
        fits.map(|(i, job)| {
            let runs_as = self.graph.ends(i, "runs-as", None, false).assets.contains(&identity);
            let verdict = match (runs_as, what) {
                (true, Some(_)) => Verdict::Allowed,
                (_, None) => Verdict::Unknown("which subject the credential trusts is not known".into()),
                (false, Some(_)) => {
                    Verdict::Conditional(vec![format!("{} is in repository {repository}", job.name).into()])
                }
            };
            Member { principal: Principal::Asset(i), verdict, through: Vec::new() }
        })
        .collect()
    }
}

/// What of a repository may sign in, for a person.
fn said(what: &str) -> String {
    match what.split_once(':') {
        Some(("environment", name)) => format!("environment {name}"),
        Some(("ref", name)) => {
            name.strip_prefix("refs/heads/").map_or(name.to_owned(), |b| format!("branch {b}"))
        }
        _ if what == "pull_request" => "pull requests".into(),
        _ if what == "*" => "all of them".into(),
        _ => what.into(),
    }
}

/// Whether a run of a job may have a subject that ends so: `environment:prod`, `ref:refs/heads/main`, `pull_request`.
fn job_fits(job: &Asset, what: &str) -> bool {
    let environment = job.document.get("environment").filter(|e| !e.is_null());
    let name = environment.map(|e| e.get("name").unwrap_or(e));
    if let Some(wanted) = what.strip_prefix("environment:") {
        return name.is_some_and(|n| n.as_str().is_none_or(|n| matches(wanted, n)));
    }
    if what == "*" {
        return true;
    }
    // A job with an environment has that for its subject, whatever has started it.
    if name.is_some_and(|n| n.as_str().is_some()) {
        return false;
    }
    let triggers = job.document.get("triggers").and_then(Node::as_list).cloned().unwrap_or_default();
    let event = |t: &Node| t.get("event").and_then(Node::as_str).map(str::to_owned);
    if what == "pull_request" {
        return triggers.iter().any(|t| event(t).as_deref() == Some("pull_request"));
    }
    let Some(branch) = what.strip_prefix("ref:refs/heads/") else { return true };
    triggers.iter().any(|trigger| match event(trigger).as_deref() {
        Some("pull_request") => false,
        Some("push") => {
            let branches = trigger.get("branches").and_then(Node::as_list);
            branches.is_none_or(|list| {
                let names = list.iter().map(|b| b.as_str().map(|b| b.replace("**", "*")));
                names.into_iter().any(|b| b.is_none_or(|b| matches(&b, branch) || matches(branch, &b)))
            })
        }
        _ => true,
    })
}

fn subject(document: &Node) -> Subject {
    let expression = document.get("claimsMatchingExpression").map(|e| e.get("value").unwrap_or(e));
    if let Some(expression) = expression.filter(|e| !e.is_null()) {
        let Some(text) = expression.as_str() else { return Subject::Open(expression.brief()) };
        // `claims['sub'] matches 'repo:org/*'`; what else it asks only narrows this.
        let claim = text.split(" and ").find(|part| part.contains("claims['sub']")).unwrap_or(text);
        let operand = claim.rsplit_once(" '").and_then(|(_, rest)| rest.trim_end().strip_suffix('\''));
        return match operand {
            Some(operand) if claim.contains(" matches ") && claim.contains("'sub'") => {
                Subject::Like(operand.into())
            }
            Some(operand) if claim.contains(" eq ") && claim.contains("'sub'") => Subject::Is(operand.into()),
            _ => Subject::Open(text.into()),
        };
    }
    match document.get("subject").map(|s| (&s.value, s)) {
        Some((Value::String(text), _)) => Subject::Is(text.to_string()),
        // Which repository it is may be left to a variable: it is still one.
        Some((Value::Template(_), node)) if node.brief().starts_with("repo:") => Subject::Is(node.brief()),
        Some((_, node)) if !node.is_null() => Subject::Open(node.brief()),
        _ => Subject::Open("no subject is written".into()),
    }
}

/// The issuer in a sentence.
fn host(issuer: &Node) -> String {
    if issuer.is_null() {
        return "an issuer that is not written".into();
    }
    let text = issuer.brief();
    let host = text.strip_prefix("https://").unwrap_or(&text);
    host.trim_end_matches('/').to_owned()
}
