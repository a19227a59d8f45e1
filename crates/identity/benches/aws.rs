//! Ten thousand principals with a policy each, and a hundred thousand resources, of each of which it is asked who may.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use catalog::Catalog;
use graph::{Graph, On, Ontology, Permissions as _, Request};
use identity::Access;
use model::{Asset, AssetId, Class, Evidence, Link, Node, Observations, Part, Position, Value};

const PRINCIPALS: usize = 10_000;
const BUCKETS: usize = 80_000;
const PROFILES: usize = 20_000;

fn main() {
    divan::main();
}

struct Plain;

impl Ontology for Plain {
    fn complete(&self, _: &mut Asset) {}
    fn aliases(&self, _: &Asset) -> Vec<Arc<str>> {
        Vec::new()
    }
    fn links(&self, _: &Asset) -> Vec<Link> {
        Vec::new()
    }
    fn join(&self, _: &mut Node, _: &Part) {}
}

fn map(entries: &[(&str, Node)]) -> Node {
    let entries: BTreeMap<Arc<str>, Node> = entries.iter().map(|(k, v)| (Arc::from(*k), v.clone())).collect();
    Value::map(entries).into()
}

fn asset(kind: &str, class: Class, name: &str, document: Node) -> Asset {
    let path = Position::point("main.tf".into(), 1, 1);
    Asset {
        id: AssetId(format!("infra#{kind}.{name}").into()),
        kind: kind.into(),
        class,
        name: name.into(),
        address: format!("{kind}.{name}").into(),
        scope: "infra".into(),
        source_type: kind.into(),
        aliases: BTreeSet::new(),
        document,
        evidence: vec![Evidence::Source(path)],
        sightings: Vec::new(),
    }
}

fn statement(actions: &[&str], resources: &[String]) -> Node {
    let list = |all: Vec<Node>| -> Node { Value::list(all).into() };
    map(&[
        ("Effect", "Allow".into()),
        ("Action", list(actions.iter().map(|a| Node::from(*a)).collect())),
        ("Resource", list(resources.iter().map(|r| Node::from(&**r)).collect())),
    ])
}

/// A role in twenty may read everything, the others some buckets by name or prefix, and one in ten calls every model.
fn graph() -> Graph {
    let mut assets = Vec::new();
    for i in 0..PRINCIPALS {
        let mut statements = match i % 20 {
            0 => vec![statement(&["s3:Get*"], &["*".to_owned()])],
            _ => {
                let some = (0..8).map(|n| format!("arn:aws:s3:::bucket-{:05}/*", (i * 8 + n) % BUCKETS));
                let wide = [format!("arn:aws:s3:::bucket-{:04}*/*", i % 8_000)];
                vec![statement(&["s3:GetObject", "s3:PutObject"], &some.chain(wide).collect::<Vec<_>>())]
            }
        };
        if i % 10 == 0 {
            statements.push(statement(&["bedrock:Invoke*"], &["*".to_owned()]));
        }
        let policy = map(&[
            ("PolicyName", "p".into()),
            ("PolicyDocument", map(&[("Statement", Value::list(statements).into())])),
        ]);
        let name = format!("role-{i}");
        let document = map(&[("RoleName", (&*name).into()), ("Policies", Value::list(vec![policy]).into())]);
        assets.push(asset("aws.iam.role", Class::Identity, &name, document));
    }
    for i in 0..BUCKETS {
        let name = format!("bucket-{i:05}");
        assets.push(asset("aws.s3.bucket", Class::DataStore, &name, map(&[("BucketName", (&*name).into())])));
    }
    for i in 0..PROFILES {
        let name = format!("profile-{i}");
        assets.push(asset("aws.bedrock.inference-profile", Class::ModelDeployment, &name, map(&[])));
    }
    graph::build(Observations { assets, ..Observations::default() }, &Plain)
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn who_may_do_what(bencher: divan::Bencher<'_, '_>) {
    let (graph, catalog) = (graph(), Catalog::embedded());
    bencher.bench(|| {
        let access = Access::derive(&graph, &catalog);
        let mut holders = 0;
        for (index, asset) in graph.assets().iter().enumerate() {
            let actions: &[&str] = match &*asset.kind {
                "aws.s3.bucket" => &["s3:GetObject", "s3:PutObject"],
                "aws.bedrock.inference-profile" => &["bedrock:InvokeModel"],
                _ => continue,
            };
            for action in actions {
                let request = Request { actions: &[Arc::from(*action)], on: On::Asset(index), context: &[] };
                holders += access.who_can(&request).iter().map(|group| group.0.len()).sum::<usize>();
            }
        }
        holders
    });
}
