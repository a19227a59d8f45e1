//! Who becomes a role by a token of somebody else: jobs of pipelines, service accounts of clusters, other providers.
//!
//! Sources: "Configuring OpenID Connect in Amazon Web Services",
//! <https://docs.github.com/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws>; "OpenID Connect
//! reference", <https://docs.github.com/actions/reference/security/oidc>; "IAM roles for service accounts",
//! <https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html>; "EKS Pod Identities",
//! <https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html>; "Configure OpenID Connect in AWS",
//! <https://docs.gitlab.com/ci/cloud_services/aws/>.

use std::collections::BTreeSet;
use std::sync::Arc;

use graph::{Holder, Holders, Principal};
use model::{Evidence, Grounds, Node};

use super::condition::{self, Clause, Keys, Known};
use super::evaluate::{Ask, Thing};
use super::keys::{Context, Subject};
use super::pattern::{Pattern, Token};
use super::policy::{Statement, Who};
use super::truth::Truth;
use super::{Aws, World, holder, sorted};

type Pair = (Arc<str>, Arc<str>);

/// Everybody who becomes a role by another's token.
pub(super) fn federated(aws: &Aws<'_>, role: usize, request: &[Pair]) -> Vec<Arc<Holders>> {
    let world = &aws.world;
    if &*world.names.graph.assets()[role].kind != "aws.iam.role" {
        return Vec::new();
    }
    let mut holders = Vec::new();
    for action in ["sts:assumerolewithwebidentity", "sts:assumerolewithsaml"] {
        let index = aws.index(action, "aws.iam.role", request);
        let ask = index.ask(request);
        let thing = world.thing(role, action);
        let Some(policy) = thing.policy else { continue };
        for number in &ask.relevant[policy] {
            let statement = &world.shelf.policies[policy].statements[*number as usize];
            if !statement.allow || statement.broken.is_some() {
                continue;
            }
            for who in &statement.who {
                let Who::Federated(provider) = who else { continue };
                let grant = Grant { world, statement, thing: &thing, ask: &ask, role };
                match action.ends_with("saml") {
                    true => {
                        let truth = grant.truth(None, &[]);
                        let name = format!("whoever SAML provider {provider} signs in");
                        holders.extend(grant.holder(Principal::Outside(name.into()), truth));
                    }
                    false => grant.token(provider, &mut holders),
                }
            }
        }
    }
    holders.extend(pods(world, role));
    if holders.is_empty() { Vec::new() } else { vec![Arc::new(sorted(holders))] }
}

/// A statement that lets in whoever has a token of a provider.
struct Grant<'a, 'g> {
    world: &'a World<'g>,
    statement: &'a Statement,
    thing: &'a Thing,
    ask: &'a Ask<'a>,
    role: usize,
}

/// The keys of a request with a token.
struct Bearer<'a> {
    context: Context<'a>,
    subject: Option<&'a Pattern>,
}

impl Keys for Bearer<'_> {
    fn get(&self, key: &str) -> Known {
        match (key.rsplit(':').next(), self.subject) {
            (Some("sub"), Some(subject)) => Known::Values(vec![subject.clone()]),
            _ => self.context.get(key),
        }
    }

    fn variable(&self, index: usize) -> Option<Vec<Token>> {
        self.context.variable(index)
    }
}

impl Grant<'_, '_> {
    /// Whether a token with a subject, a pattern of what it may be, is let in. Clauses on `but` hold.
    fn truth(&self, subject: Option<&Pattern>, but: &[&str]) -> Truth {
        let context = Context {
            world: self.world,
            subject: Subject::Federated,
            asset: self.thing.asset,
            request: self.ask.request,
        };
        let keys = Bearer { context, subject };
        let counts = |clause: &&Clause| !but.iter().any(|but| clause.key.ends_with(but));
        let clauses: Vec<Clause> = self.statement.conditions.iter().filter(counts).cloned().collect();
        let held = condition::holds(&clauses, &keys);
        let Some(part) = self.thing.parts.first() else { return held };
        self.world.without_own_denials(held, None, self.thing, part, self.ask, &context, &mut Vec::new())
    }

    fn holder(&self, principal: Principal, truth: Truth) -> Option<Holder> {
        holder(principal, (truth, vec![self.statement.grounds.clone()]))
    }

    /// What subjects the statement asks for; none: any.
    fn subjects(&self) -> Vec<&Pattern> {
        let clauses = self.statement.conditions.iter().filter(|c| c.key.ends_with(":sub") && c.is_positive());
        clauses.flat_map(Clause::values).collect()
    }

    fn token(&self, provider: &str, holders: &mut Vec<Holder>) {
        let keys = || self.statement.conditions.iter().filter_map(|c| c.key.rsplit_once(':'));
        let named =
            keys().find(|(_, claim)| matches!(*claim, "sub" | "aud")).map(|(issuer, _)| issuer.to_owned());
        let path = provider.split_once("oidc-provider/").map_or(provider, |(_, issuer)| issuer);
        let issuer = named.unwrap_or_else(|| path.trim_start_matches("https://").to_owned());
        let subjects = self.subjects();
        let of_cluster = |p: &&Pattern| self.world.names.shown(p).starts_with("system:serviceaccount:");
        if issuer.contains("token.actions.githubusercontent.com") {
            self.github(&subjects, holders);
            self.jobs("github", holders);
        } else if issuer.contains("gitlab") {
            self.named(&issuer, &subjects, "any GitLab project", holders);
            self.jobs("gitlab", holders);
        } else if issuer.contains("oidc.eks.") || subjects.iter().any(of_cluster) {
            self.service_accounts(&issuer, &subjects, holders);
        } else if issuer == "cognito-identity.amazonaws.com" {
            let guests =
                self.statement.conditions.iter().filter(|c| c.key.ends_with(":amr")).flat_map(Clause::values);
            let guests = guests.filter_map(Pattern::known).any(|v| v == "unauthenticated");
            let truth = self.truth(None, &[":amr"]);
            let principal = match guests {
                true => Principal::Anyone,
                false => Principal::Outside("whoever signs in to the Cognito identity pool".into()),
            };
            holders.extend(self.holder(principal, truth));
        } else {
            self.named(&issuer, &subjects, &format!("any subject of {issuer}"), holders);
        }
    }

    /// A repository of GitHub, or any: `repo:OWNER/NAME:…`.
    fn github(&self, subjects: &[&Pattern], holders: &mut Vec<Holder>) {
        // The job chooses the audience of its token.
        let rest = self.truth(None, &[":aud", ":sub"]);
        let mut names: Vec<(Option<String>, Truth)> = Vec::new();
        for subject in subjects {
            let shown = self.world.names.shown(subject);
            let mut parts = shown.split(':');
            let (kind, repository) = (parts.next(), parts.next());
            let behind: Vec<&str> = parts.collect();
            let owner = repository.and_then(|r| r.split('/').next()).unwrap_or_default();
            let narrowed = match behind[..] {
                [] | ["*"] => rest.clone(),
                _ => rest.clone().and(Truth::when(
                    format!("the token's subject is {shown}"),
                    format!("the token's subject is not {shown}"),
                )),
            };
            let of_one = kind == Some("repo") && !owner.is_empty() && !owner.contains(['*', '?']);
            names.push((repository.filter(|_| of_one).map(str::to_owned), narrowed));
        }
        if subjects.is_empty() {
            // A subject may still be asked for in another way, and is then part of the answer.
            names.push((None, self.truth(None, &[":aud"])));
        }
        for (name, truth) in names {
            let principal = match name {
                Some(name) if name.contains(['*', '?']) => {
                    Principal::Outside(format!("GitHub repositories {name}").into())
                }
                Some(name) => Principal::Outside(format!("GitHub repository {name}").into()),
                None => Principal::AnyAccount("any GitHub repository".into()),
            };
            holders.extend(self.holder(principal, truth));
        }
    }

    fn named(&self, issuer: &str, subjects: &[&Pattern], any: &str, holders: &mut Vec<Holder>) {
        if subjects.is_empty() {
            holders.extend(self.holder(Principal::AnyAccount(any.into()), self.truth(None, &[":aud"])));
        }
        for subject in subjects {
            let shown = self.world.names.shown(subject);
            let name = format!("{shown} of {issuer}");
            holders.extend(self.holder(Principal::Outside(name.into()), self.truth(None, &[":aud", ":sub"])));
        }
    }

    /// Jobs of the scanned repository that may ask for a token.
    fn jobs(&self, system: &str, holders: &mut Vec<Holder>) {
        let graph = self.world.names.graph;
        for (index, asset) in graph.assets().iter().enumerate().filter(|(_, a)| &*a.kind == "ci.pipeline.job")
        {
            let doc = &asset.document;
            if doc.get("system").and_then(Node::as_str) != Some(system) || !asks_for_tokens(doc) {
                continue;
            }
            let truths =
                subjects_of(doc, system).into_iter().map(|subject| self.truth(Some(&subject), &[":aud"]));
            let mut truth = truths.fold(Truth::No, Truth::or);
            // One that does not name this role may do so all the same: whoever writes the pipeline decides.
            let named =
                graph.outgoing(index).iter().any(|e| e.to as usize == self.role && &*e.relation == "runs-as");
            let others = graph.outgoing(index).iter().any(|e| &*e.relation == "runs-as");
            if others && !named && truth == Truth::Yes {
                truth = truth.and(Truth::when(
                    "the job asks for this role and not for its own",
                    "the job asks for its own role",
                ));
            }
            holders.extend(self.holder(Principal::Asset(index), truth));
        }
    }

    fn service_accounts(&self, issuer: &str, subjects: &[&Pattern], holders: &mut Vec<Holder>) {
        let names = &self.world.names;
        let graph = names.graph;
        let mut found = false;
        for (index, asset) in graph.assets().iter().enumerate() {
            if &*asset.kind != "kubernetes.core.service-account" {
                continue;
            }
            let text = |path: &str| asset.document.at_path(path).and_then(Node::as_str).map(str::to_owned);
            let namespace = text("metadata.namespace").unwrap_or_else(|| "*".into());
            let name = text("metadata.name").unwrap_or_else(|| "*".into());
            let subject = Pattern::glob(&format!("system:serviceaccount:{namespace}:{name}"));
            let annotated = asset
                .document
                .at_path("metadata.annotations")
                .and_then(|a| a.get("eks.amazonaws.com/role-arn"));
            let annotated = annotated.is_some_and(|node| {
                let kinds = [Arc::from("aws.iam.role")];
                let arn = node.as_str().map(Pattern::literal);
                names.named(index, node, &kinds) == Some(self.role)
                    || arn.is_some_and(|arn| names.of_arn(&arn).contains(&self.role))
            });
            if subjects.is_empty() && !annotated {
                continue;
            }
            let mut truth = self.truth(Some(&subject), &[":aud"]);
            if !annotated {
                truth = truth.and(Truth::when(
                    format!("the service account is in the cluster of {issuer}"),
                    format!("the service account is in another cluster than that of {issuer}"),
                ));
            }
            let one = self.holder(Principal::Asset(index), truth);
            found |= one.is_some();
            holders.extend(one);
        }
        if subjects.is_empty() {
            let any = format!("any service account of the cluster of {issuer}");
            holders.extend(self.holder(Principal::AnyAccount(any.into()), self.truth(None, &[":aud"])));
        } else if !found {
            for subject in subjects {
                let shown = names.shown(subject);
                let name = shown.strip_prefix("system:serviceaccount:").unwrap_or(&shown);
                let name = format!("service account {name} of the cluster of {issuer}");
                holders.extend(
                    self.holder(Principal::Outside(name.into()), self.truth(None, &[":aud", ":sub"])),
                );
            }
        }
    }
}

/// Whether a job may ask for a token of its own.
fn asks_for_tokens(doc: &Node) -> bool {
    if doc.get("idTokens").is_some_and(|n| !n.is_null()) {
        return true;
    }
    let Some(permissions) = doc.get("permissions") else { return false };
    permissions.as_str() == Some("write-all")
        || permissions.get("id-token").and_then(Node::as_str) == Some("write")
}

/// The subjects that a job's token may have.
fn subjects_of(doc: &Node, system: &str) -> Vec<Pattern> {
    if system == "gitlab" {
        return vec![Pattern::glob("project_path:*/*:ref_type:*:ref:*")];
    }
    let environment = doc.get("environment").filter(|n| !n.is_null());
    if let Some(environment) = environment {
        let name =
            environment.as_str().or_else(|| environment.get("name").and_then(Node::as_str)).unwrap_or("*");
        let name = if name.contains("${") { "*" } else { name };
        return vec![Pattern::glob(&format!("repo:*/*:environment:{name}"))];
    }
    let mut found = BTreeSet::new();
    for trigger in super::actor::flat(doc.get("triggers")) {
        let branches = super::actor::flat(trigger.get("branches"));
        match trigger.get("event").and_then(Node::as_str) {
            Some("pull_request") => _ = found.insert("repo:*/*:pull_request".to_owned()),
            Some("push") if !branches.is_empty() => {
                for branch in branches {
                    // `**` crosses slashes, `!` excludes: any branch, then.
                    let name = branch.as_str().filter(|b| !b.contains(['!', '+', '['])).unwrap_or("*");
                    found.insert(format!("repo:*/*:ref:refs/heads/{}", name.replace("**", "*")));
                }
            }
            Some("push") | None => {
                found.extend(["repo:*/*:ref:refs/heads/*", "repo:*/*:ref:refs/tags/*"].map(str::to_owned));
            }
            Some(_) => _ = found.insert("repo:*/*:ref:refs/*".to_owned()),
        }
    }
    if found.is_empty() {
        found.insert("repo:*/*:*".to_owned());
    }
    found.iter().map(|subject| Pattern::glob(subject)).collect()
}

/// Service accounts to which an association gives the role.
fn pods(world: &World<'_>, role: usize) -> Vec<Holder> {
    let graph = world.names.graph;
    let mut found = Vec::new();
    for (index, asset) in graph.assets().iter().enumerate() {
        if &*asset.kind != "aws.eks.pod-identity-association" {
            continue;
        }
        let kinds = [Arc::from("aws.iam.role")];
        let names_role =
            asset.document.get("RoleArn").is_some_and(|n| world.names.named(index, n, &kinds) == Some(role));
        if !names_role {
            continue;
        }
        let text = |field: &str| asset.document.get(field).map_or_else(|| "…".into(), Node::brief);
        let (namespace, name) = (text("Namespace"), text("ServiceAccount"));
        let says = format!("a pod identity association gives the role to service account {namespace}:{name}");
        let pointer = || Evidence::Pointer { document: asset.id.0.clone(), pointer: "".into() };
        let evidence = asset.evidence.first().cloned().unwrap_or_else(pointer);
        let grounds = vec![Grounds { says: says.into(), evidence }];
        let is_it = |a: &model::Asset, path: &str, wanted: &str| {
            a.document.at_path(path).and_then(Node::as_str).is_none_or(|known| known == wanted)
        };
        let accounts =
            graph.assets().iter().enumerate().filter(|(_, a)| &*a.kind == "kubernetes.core.service-account");
        let mut fitting = accounts
            .filter(|(_, a)| is_it(a, "metadata.namespace", &namespace) && is_it(a, "metadata.name", &name))
            .map(|(i, _)| Principal::Asset(i))
            .peekable();
        match fitting.peek() {
            Some(_) => found.extend(fitting.filter_map(|p| holder(p, (Truth::Yes, grounds.clone())))),
            None => {
                let name = format!("service account {namespace}:{name}");
                found.extend(holder(Principal::Outside(name.into()), (Truth::Yes, grounds)));
            }
        }
    }
    found
}
