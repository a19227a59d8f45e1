//! Answers for snippets as users write them.

use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};

use catalog::{Catalog, DocPath};
use collect::{Source, Tree};
use graph::{Graph, Holders, On, Ontology, Permissions as _, Principal, Request};
use iac::terraform::Given;
use model::{Asset, Link, Node, Part, Verdict};

use super::Aws;

mod conditions;
mod laws;
mod sides;
mod snippets;
mod statements;
mod trusts;

struct Cards<'c>(&'c Catalog);

impl Ontology for Cards<'_> {
    fn complete(&self, asset: &mut Asset) {
        if let Some(kind) = self.0.kind(&asset.kind) {
            kind.apply_defaults(&mut asset.document);
            kind.mark_secrets(&mut asset.document);
        }
    }

    fn aliases(&self, asset: &Asset) -> Vec<Arc<str>> {
        self.0.kind(&asset.kind).map(|kind| kind.aliases(&asset.document)).unwrap_or_default()
    }

    fn unique_name(&self, asset: &Asset) -> Option<Arc<str>> {
        self.0.kind(&asset.kind)?.unique_name(&asset.document)
    }

    fn links(&self, asset: &Asset) -> Vec<Link> {
        self.0.kind(&asset.kind).map(|kind| kind.links(asset)).unwrap_or_default()
    }

    fn join(&self, owner: &mut Node, part: &Part) {
        match part.into.strip_suffix("[]") {
            Some(list) => DocPath::parse(list).append(owner, part.body.clone()),
            None => DocPath::parse(&part.into).put(owner, part.body.clone()),
        }
    }
}

fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(Catalog::embedded)
}

fn graph_of(tree: &Tree) -> Graph {
    let sources = iac::sources(catalog(), &Given::default());
    let sources: Vec<&dyn Source> = sources.iter().map(|s| &**s).collect();
    graph::build(collect::run(&sources, tree), &Cards(catalog()))
}

/// The graph of some files.
fn files(texts: &[(&str, &str)]) -> Graph {
    graph_of(&Tree::of_texts(texts.iter().copied()))
}

fn terraform(text: &str) -> Graph {
    files(&[("main.tf", text)])
}

#[expect(clippy::panic, reason = "a helper of tests is a test")]
fn find(graph: &Graph, address: &str) -> usize {
    let found = graph.assets().iter().position(|a| *a.address == *address || a.name == address);
    found.unwrap_or_else(|| {
        panic!("no {address} among {:?}", graph.assets().iter().map(|a| &a.address).collect::<Vec<_>>())
    })
}

/// `role app: allowed`, a line for each who may, the surest verdict of each.
fn told(graph: &Graph, groups: &[Arc<Holders>]) -> String {
    let mut all: Vec<(Principal, Verdict)> = Vec::new();
    for holder in groups.iter().flat_map(|g| &g.0) {
        assert!(!holder.grounds.is_empty(), "{holder:?}");
        match all.iter_mut().find(|(p, _)| *p == holder.principal) {
            Some((_, verdict)) => *verdict = verdict.clone().or(holder.verdict.clone()),
            None => all.push((holder.principal.clone(), holder.verdict.clone())),
        }
    }
    let mut lines: Vec<String> = all
        .into_iter()
        .map(|(principal, verdict)| {
            let who = match principal {
                Principal::Asset(index) => graph.assets()[index].name.clone(),
                Principal::Anyone => "anyone".into(),
                Principal::AnyAccount(what) => what.to_string(),
                Principal::Outside(who) => who.to_string(),
            };
            match verdict {
                Verdict::Allowed => who,
                Verdict::Conditional(all) => format!("{who} if {}", all.join("; ")),
                Verdict::Unknown(why) => format!("{who} unknown: {why}"),
            }
        })
        .collect();
    lines.sort();
    lines.join("\n")
}

fn ask_in(graph: &Graph, action: &str, on: On<'_>, context: &[(&str, &str)]) -> String {
    let aws = Aws::derive(graph, catalog());
    let actions = [Arc::from(action)];
    let context: Vec<(Arc<str>, Arc<str>)> =
        context.iter().map(|(k, v)| (Arc::from(*k), Arc::from(*v))).collect();
    told(graph, &aws.who_can(&Request { actions: &actions, on, context: &context }))
}

/// Who may do an action on the asset at an address.
fn ask(graph: &Graph, action: &str, address: &str) -> String {
    ask_in(graph, action, On::Asset(find(graph, address)), &[])
}

#[test]
fn the_example_estate() {
    let of = |folder: &str| {
        let path = format!("{}/../../examples/estate/{folder}", env!("CARGO_MANIFEST_DIR"));
        graph_of(&Tree::open(std::path::Path::new(&path), collect::Limits::default(), iac::wants).unwrap())
    };
    let claims = of("claims-agent");
    assert_eq!(
        ask(&claims, "s3:GetObject", "Claims"),
        "AgentRole\nLookupRole\nanyone if the public access block of the bucket, which new buckets have, is off"
    );
    assert_eq!(ask(&claims, "sts:AssumeRole", "AgentRole"), "bedrock.amazonaws.com");
    assert_eq!(ask_in(&claims, "bedrock:InvokeModel", On::Any, &[]), "AgentRole\nFiguresRole");
    let support = of("support-agent");
    let passed = [("iam:PassedToService", "sagemaker.amazonaws.com")];
    let notebook = On::Asset(find(&support, "aws_iam_role.notebook"));
    assert_eq!(ask_in(&support, "iam:PassRole", notebook, &passed), "support-notebook");
    assert!(ask(&support, "s3:GetObject", "aws_s3_bucket.articles").contains("anyone if it is one of"));
    assert_eq!(
        ask(&support, "bedrock:Retrieve", "aws_bedrockagent_knowledge_base.articles"),
        "support-agent"
    );
}

/// A JSON text as a heredoc of Terraform.
fn heredoc(json: &str) -> String {
    format!("<<EOF\n{}\nEOF", json.replace("${", "$${"))
}

/// A policy of statements, given as JSON.
fn policy_of(statements: &str) -> String {
    heredoc(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#))
}

/// What a small estate is made of: role `app` and user `ann` (tags team = ml), bucket `data` (tag team = ml), key `k`.
#[derive(Default)]
struct Estate<'t> {
    /// Statements of the role's inline policy, and of the user's.
    role: &'t str,
    user: &'t str,
    boundary: &'t str,
    user_boundary: &'t str,
    bucket: &'t str,
    key: &'t str,
    scp: &'t str,
    rcp: &'t str,
    trust: &'t str,
    more: &'t str,
}

impl Estate<'_> {
    fn graph(&self) -> Graph {
        let mut text = String::new();
        let trust = match self.trust {
            "" => {
                r#"{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}"#
            }
            trust => trust,
        };
        let bound = |statements: &str, name: &str| match statements {
            "" => String::new(),
            _ => format!("permissions_boundary = aws_iam_policy.{name}.arn"),
        };
        let (role_bound, user_bound) =
            (bound(self.boundary, "boundary"), bound(self.user_boundary, "user_boundary"));
        write!(text, "resource \"aws_iam_role\" \"app\" {{\nname = \"app\"\ntags = {{ team = \"ml\" }}\n{role_bound}\nassume_role_policy = {}\n}}\n", policy_of(trust)).unwrap();
        write!(text, "resource \"aws_iam_user\" \"ann\" {{\nname = \"ann\"\ntags = {{ team = \"ml\" }}\n{user_bound}\n}}\n").unwrap();
        text.push_str(
            "resource \"aws_s3_bucket\" \"data\" {\nbucket = \"data\"\ntags = { team = \"ml\" }\n}\n",
        );
        text.push_str(
            "resource \"aws_s3_bucket_public_access_block\" \"data\" {\nbucket = aws_s3_bucket.data.id\n}\n",
        );
        let mut add = |kind: &str, name: &str, head: &str, field: &str, statements: &str| {
            if !statements.is_empty() {
                write!(
                    text,
                    "resource \"{kind}\" \"{name}\" {{\n{head}\n{field} = {}\n}}\n",
                    policy_of(statements)
                )
                .unwrap();
            }
        };
        add("aws_iam_role_policy", "p", "name = \"p\"\nrole = aws_iam_role.app.id", "policy", self.role);
        add("aws_iam_user_policy", "u", "name = \"u\"\nuser = aws_iam_user.ann.name", "policy", self.user);
        add("aws_iam_policy", "boundary", "name = \"boundary\"", "policy", self.boundary);
        add("aws_iam_policy", "user_boundary", "name = \"user-boundary\"", "policy", self.user_boundary);
        add("aws_s3_bucket_policy", "b", "bucket = aws_s3_bucket.data.id", "policy", self.bucket);
        add("aws_kms_key", "k", "description = \"k\"", "policy", self.key);
        add("aws_organizations_policy", "s", "name = \"guard\"", "content", self.scp);
        add(
            "aws_organizations_policy",
            "r",
            "name = \"fence\"\ntype = \"RESOURCE_CONTROL_POLICY\"",
            "content",
            self.rcp,
        );
        if !self.scp.is_empty() {
            text.push_str("resource \"aws_organizations_policy_attachment\" \"s\" {\npolicy_id = aws_organizations_policy.s.id\ntarget_id = \"r-root\"\n}\n");
        }
        if !self.rcp.is_empty() {
            text.push_str("resource \"aws_organizations_policy_attachment\" \"r\" {\npolicy_id = aws_organizations_policy.r.id\ntarget_id = \"r-root\"\n}\n");
        }
        text.push_str(self.more);
        terraform(&text)
    }
}

const ALL: &str = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;
