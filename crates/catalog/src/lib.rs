//! The catalogue: cards for kinds, checks and frameworks, loaded, validated, embedded, and the expressions on them.
//!
//! What a card says is applied to documents here (defaults, secrets, relations, aliases); evaluating a check over a
//! graph is `policy`'s, mapping a dialect to documents is `iac`'s. No IO: a user's cards arrive as text.

mod agents;
mod attack;
mod card;
pub mod cel;
mod document;
mod example;
mod family;
mod packages;
mod path;
mod query;
mod raw;
mod raw_sdk;
pub mod sdk;
mod secret;
mod suggest;
mod technique;
mod validate;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use model::Class;

pub use agents::{AgentFile, FileFormat, FileRole, KnownServer, ProductCard, Setting};
pub use attack::{Plan, Target, TargetPlan, Technique};
pub use card::{
    AttributeRule, Case, CheckCard, Constant, Fix, FrameworkCard, KindCard, Recognise, RelationRule,
    TerraformMapping, Text,
};
pub use document::{constant_node, node_of_json};
pub use example::expand;
pub use packages::{AiPackages, PackageRole, PackagesCard, Retired};
pub use path::{DocPath, Step, fold, recase, snake};
pub use query::{QueryCard, QueryParameter};
pub use raw::CardError;
pub use secret::{SecretCard, SecretCategory, SecretContext, SecretRule};
pub use suggest::did_you_mean;
pub use technique::{EntryCard, May, Need, Raise, RiskCard, TargetCard, TechniqueCard, TechniqueFix};

use card::Cards;
use cel::{Program, Template};

/// Compiled when first needed; most cards are not needed in most runs.
type Compiled<T> = OnceLock<Result<T, String>>;

/// A check with its compiled expressions.
#[derive(Debug)]
pub struct Check {
    pub card: CheckCard,
    when: Compiled<Option<Program>>,
    fail: Compiled<Program>,
    because: Compiled<Template>,
}

impl Check {
    fn new(card: CheckCard) -> Self {
        Check { card, when: OnceLock::new(), fail: OnceLock::new(), because: OnceLock::new() }
    }

    pub fn when(&self) -> Result<Option<&Program>, &str> {
        let compile = || self.card.when.as_ref().map(|text| Program::compile(text)).transpose();
        self.when.get_or_init(compile).as_ref().map(Option::as_ref).map_err(|e| &**e)
    }

    pub fn fail(&self) -> Result<&Program, &str> {
        self.fail.get_or_init(|| Program::compile(&self.card.fail)).as_ref().map_err(|e| &**e)
    }

    pub fn because(&self) -> Result<&Template, &str> {
        self.because.get_or_init(|| Template::compile(&self.card.because)).as_ref().map_err(|e| &**e)
    }
}

/// A kind with its compiled facts.
#[derive(Debug)]
pub struct Kind {
    pub card: KindCard,
    facts: BTreeMap<Arc<str>, (Text, Compiled<Program>)>,
    /// The names on the card, by what two spellings of one name have in common.
    spellings: OnceLock<HashMap<String, Arc<str>>>,
}

impl Kind {
    fn new(card: KindCard) -> Self {
        let facts =
            card.facts.iter().map(|(name, fact)| (name.text.clone(), (fact.clone(), OnceLock::new())));
        let facts = facts.collect();
        Kind { card, facts, spellings: OnceLock::new() }
    }

    /// How the card spells `name` (`kms_key_id`), if it does: `KMSKeyId`.
    pub fn spelling(&self, name: &str) -> Option<Arc<str>> {
        let collect = || {
            let card = &self.card;
            let mappings = card.terraform.iter().chain(&card.parts);
            let targets = mappings.flat_map(|m| {
                m.attributes.iter().flat_map(|r| &r.to).chain(m.set.iter().map(|(p, _)| p)).chain([&m.into])
            });
            let paths = targets
                .map(|p| &**p)
                .chain(card.defaults.iter().map(|(p, _)| &**p))
                .chain(card.attributes.iter().map(|p| &**p))
                .chain(card.relations.iter().flat_map(|r| r.from.iter().map(|p| p.trim_end_matches("{}"))))
                .chain([&*card.name]);
            let mut known = HashMap::new();
            for step in paths.flat_map(|path| DocPath::parse(path).0) {
                if let Step::Key(name) = step {
                    known.entry(fold(&name)).or_insert(name);
                }
            }
            known
        };
        self.spellings.get_or_init(collect).get(&fold(name)).cloned()
    }

    /// The fact of that name; `None` if the card has none.
    pub fn fact(&self, name: &str) -> Option<Result<&Program, &str>> {
        let (text, program) = self.facts.get(name)?;
        Some(program.get_or_init(|| Program::compile(text)).as_ref().map_err(|e| &**e))
    }
}

/// Where a Terraform resource type is mapped: the kind and the mapping on its card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MappingRef {
    pub kind: usize,
    pub mapping: usize,
}

/// Every card, indexed.
#[derive(Debug)]
pub struct Catalog {
    pub kinds: Vec<Kind>,
    pub checks: Vec<Check>,
    pub frameworks: Vec<FrameworkCard>,
    pub sdks: Vec<sdk::SdkCard>,
    /// Products that run agents, by name.
    pub agents: Vec<ProductCard>,
    ai_packages: AiPackages,
    pub secrets: Vec<SecretCard>,
    pub techniques: Vec<Technique>,
    pub entries: Vec<EntryCard>,
    pub targets: Vec<Target>,
    pub risk: RiskCard,
    /// Questions to the graph, by name.
    pub queries: Vec<QueryCard>,
    by_kind: HashMap<Arc<str>, usize>,
    by_native: HashMap<String, usize>,
    by_awscc: HashMap<String, usize>,
    by_part: HashMap<String, Vec<MappingRef>>,
    recognised: Vec<usize>,
    by_terraform: HashMap<Arc<str>, Vec<MappingRef>>,
    by_check: HashMap<Arc<str>, usize>,
}

/// What loading a user's cards found.
#[derive(Debug, Default)]
pub struct LoadReport {
    pub errors: Vec<CardError>,
    /// Cards of ours that the user's replace.
    pub notices: Vec<String>,
}

impl Catalog {
    /// The catalogue that is compiled in.
    pub fn embedded() -> Catalog {
        Catalog::of(embedded())
    }

    /// The compiled-in catalogue with a user's cards beside it: `files` are (path below the folder, text).
    pub fn with_files(files: impl IntoIterator<Item = (String, String)>) -> (Catalog, LoadReport) {
        let mut cards = embedded();
        let mut report = LoadReport::default();
        let mut theirs = Cards::default();
        let mut files: Vec<_> = files.into_iter().collect();
        files.sort();
        for (file, text) in files {
            let Some(role) = raw::role(Path::new(&file)) else { continue };
            if let Err(error) = raw::read(role, &format!("catalog/{file}"), &text, &mut theirs) {
                report.errors.push(error);
            }
        }
        unique(&mut theirs.kinds, |k| &k.kind, |k| &k.file, &mut report);
        unique(&mut theirs.checks, |c| &c.id, |c| &c.file, &mut report);
        unique(&mut theirs.frameworks, |f| &f.framework, |f| &f.file, &mut report);
        unique(&mut theirs.sdks, |s| &s.sdk, |s| &s.file, &mut report);
        replace(&mut cards.kinds, theirs.kinds, |k| &k.kind, &mut report);
        replace(&mut cards.checks, theirs.checks, |c| &c.id, &mut report);
        replace(&mut cards.frameworks, theirs.frameworks, |f| &f.framework, &mut report);
        replace(&mut cards.sdks, theirs.sdks, |s| &s.sdk, &mut report);
        unique(&mut theirs.agents, |a| &a.product, |a| &a.file, &mut report);
        replace(&mut cards.agents, theirs.agents, |a| &a.product, &mut report);
        cards.packages.extend(theirs.packages);
        unique(&mut theirs.secrets, |s| &s.provider, |s| &s.file, &mut report);
        replace(&mut cards.secrets, theirs.secrets, |s| &s.provider, &mut report);
        unique(&mut theirs.techniques, |t| &t.technique, |t| &t.file, &mut report);
        replace(&mut cards.techniques, theirs.techniques, |t| &t.technique, &mut report);
        unique(&mut theirs.entries, |e| &e.entry, |e| &e.file, &mut report);
        replace(&mut cards.entries, theirs.entries, |e| &e.entry, &mut report);
        unique(&mut theirs.targets, |t| &t.target, |t| &t.file, &mut report);
        replace(&mut cards.targets, theirs.targets, |t| &t.target, &mut report);
        if theirs.risk.is_some() && theirs.risk != cards.risk {
            report.notices.push("risk.yaml replaces the built-in weights".into());
            cards.risk = theirs.risk;
        }
        unique(&mut theirs.queries, |q| &q.query, |q| &q.file, &mut report);
        replace(&mut cards.queries, theirs.queries, |q| &q.query, &mut report);
        cards.sort();
        let catalog = Catalog::of(cards);
        report.errors.extend(catalog.validate());
        (catalog, report)
    }

    fn of(mut cards: Cards) -> Catalog {
        cards.inherit();
        let kinds: Vec<Kind> = cards.kinds.into_iter().map(Kind::new).collect();
        let checks: Vec<Check> = cards.checks.into_iter().map(Check::new).collect();
        let mut catalog = Catalog {
            by_kind: kinds.iter().enumerate().map(|(i, k)| (k.card.kind.text.clone(), i)).collect(),
            by_check: checks.iter().enumerate().map(|(i, c)| (c.card.id.text.clone(), i)).collect(),
            by_native: HashMap::new(),
            by_awscc: HashMap::new(),
            by_part: HashMap::new(),
            recognised: Vec::new(),
            by_terraform: HashMap::new(),
            kinds,
            checks,
            frameworks: cards.frameworks,
            sdks: cards.sdks,
            agents: cards.agents,
            ai_packages: AiPackages::new(&cards.packages),
            secrets: cards.secrets,
            techniques: cards.techniques.into_iter().map(Technique::new).collect(),
            entries: cards.entries,
            targets: cards.targets.into_iter().map(Target::new).collect(),
            risk: cards.risk.unwrap_or_default(),
            queries: cards.queries,
        };
        for (kind, card) in catalog.kinds.iter().map(|k| &k.card).enumerate() {
            if let Some(native) = &card.native {
                catalog.by_native.insert(native.to_ascii_lowercase(), kind);
                if let Some(name) = awscc_name(native) {
                    catalog.by_awscc.insert(name, kind);
                }
            }
            for (mapping, terraform) in card.terraform.iter().enumerate() {
                let refs = catalog.by_terraform.entry(terraform.resource.text.clone()).or_default();
                refs.push(MappingRef { kind, mapping });
            }
            for (mapping, part) in card.parts.iter().enumerate() {
                let refs = catalog.by_part.entry(part.resource.to_ascii_lowercase()).or_default();
                refs.push(MappingRef { kind, mapping });
            }
            if card.recognise.is_some() {
                catalog.recognised.push(kind);
            }
        }
        catalog
    }

    pub fn kind(&self, id: &str) -> Option<&Kind> {
        self.by_kind.get(id).map(|i| &self.kinds[*i])
    }

    pub fn query(&self, name: &str) -> Option<&QueryCard> {
        self.queries.iter().find(|card| &*card.query == name)
    }

    pub fn check(&self, id: &str) -> Option<&Check> {
        self.by_check.get(id).map(|i| &self.checks[*i])
    }

    /// The kind of a provider's own type (`Microsoft.Search/searchServices`), case ignored.
    pub fn native(&self, native: &str) -> Option<&Kind> {
        self.by_native.get(&native.to_ascii_lowercase()).map(|i| &self.kinds[*i])
    }

    /// The kinds that a resource of a provider's own type is a piece of, and how.
    pub fn parts(&self, native: &str) -> impl Iterator<Item = (&Kind, &TerraformMapping)> {
        let refs = self.by_part.get(&native.to_ascii_lowercase()).map_or(&[][..], |refs| refs);
        refs.iter().map(|at| (&self.kinds[at.kind], &self.kinds[at.kind].card.parts[at.mapping]))
    }

    /// The kinds of software that containers are recognised by.
    pub fn recognised(&self) -> impl Iterator<Item = &Kind> {
        self.recognised.iter().map(|i| &self.kinds[*i])
    }

    /// The kind behind an `awscc_…` resource type.
    pub fn awscc(&self, resource: &str) -> Option<&Kind> {
        self.by_awscc.get(resource).map(|i| &self.kinds[*i])
    }

    /// How a Terraform resource type is mapped; empty for a type without a card.
    pub fn terraform(&self, resource: &str) -> &[MappingRef] {
        self.by_terraform.get(resource).map_or(&[], |refs| refs)
    }

    pub fn mapping(&self, at: MappingRef) -> (&Kind, &TerraformMapping) {
        let kind = &self.kinds[at.kind];
        (kind, &kind.card.terraform[at.mapping])
    }

    /// Which packages are of AI.
    pub fn ai_packages(&self) -> &AiPackages {
        &self.ai_packages
    }

    /// The checks on a kind, by id.
    pub fn checks_on(&self, kind: &str, class: Class) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(move |check| check.card.is_on(kind, class))
    }
}

/// The cards that are compiled in, as they were written.
fn embedded() -> Cards {
    static BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/catalog.bin"));
    // Written by this crate's own build script from the same types.
    postcard::from_bytes(BYTES).unwrap_or_default()
}

/// Keeps the first of several cards of one id; the others are errors.
fn unique<T>(cards: &mut Vec<T>, id: fn(&T) -> &Text, file: fn(&T) -> &Arc<str>, report: &mut LoadReport) {
    let mut first: HashMap<Arc<str>, Arc<str>> = HashMap::new();
    cards.retain(|card| match first.get(&id(card).text) {
        Some(other) => {
            let message = format!("{} is already the id of {other}", id(card).text);
            report.errors.push(CardError { file: file(card).clone(), line: id(card).line, message });
            false
        }
        None => first.insert(id(card).text.clone(), file(card).clone()).is_none(),
    });
}

/// Puts `theirs` over `ours` by id; what was replaced with something else is noticed.
fn replace<T: PartialEq>(ours: &mut Vec<T>, theirs: Vec<T>, id: fn(&T) -> &Text, report: &mut LoadReport) {
    for card in theirs {
        match ours.iter_mut().find(|c| id(c).text == id(&card).text) {
            Some(old) if *old == card => {}
            Some(old) => {
                report.notices.push(format!("{} replaces a card of the built-in catalogue", id(&card).text));
                *old = card;
            }
            None => ours.push(card),
        }
    }
}

/// `AWS::Bedrock::KnowledgeBase` → `awscc_bedrock_knowledge_base`, as the Cloud Control provider names its resources.
fn awscc_name(native: &str) -> Option<String> {
    let mut parts = native.split("::");
    let (Some("AWS"), Some(service), Some(resource), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    Some(format!("awscc_{}_{}", service.to_ascii_lowercase(), snake(resource)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cloud_control_names() {
        for (native, want) in [
            ("AWS::Bedrock::KnowledgeBase", Some("awscc_bedrock_knowledge_base")),
            ("AWS::S3::Bucket", Some("awscc_s3_bucket")),
            ("AWS::EC2::VPCEndpoint", Some("awscc_ec2_vpc_endpoint")),
            ("Microsoft.Search/searchServices", None),
        ] {
            assert_eq!(awscc_name(native).as_deref(), want, "{native}");
        }
    }

    #[test]
    fn two_cards_of_one_id_are_a_mistake() {
        let card =
            "framework: mine\ntitle: Mine\nversion: '1'\nsource: https://example.org\ncontrols: { A: a }\n";
        let files = ["frameworks/a.yaml", "frameworks/b.yaml"].map(|file| (file.to_owned(), card.to_owned()));
        let (_, report) = Catalog::with_files(files);
        let errors: Vec<String> = report.errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            errors,
            ["catalog/frameworks/b.yaml:1: mine is already the id of catalog/frameworks/a.yaml"]
        );
    }

    #[test]
    fn a_kind_has_what_the_kind_it_is_like_has_and_a_check_is_on_all_kinds_below() {
        let kind = |id: &str, rest: &str| {
            let text =
                format!("kind: mine.{id}\nclass: workload\ntitle: T\npages: [https://example.org]\n{rest}");
            (format!("kinds/mine/{id}.yaml"), text)
        };
        let check = "id: mine-open\ntitle: T\non: mine.\nseverity: low\nfail: asset.open\nbecause: '{doc.port}'\nwhy: W\n";
        let (catalog, report) = Catalog::with_files([
            kind(
                "base",
                "attributes: [port]\ndefaults: { port: 1 }\nfacts: { open: doc.port == 1, name_it: '1' }\n",
            ),
            kind("b", "like: mine.base\ndefaults: { port: 2 }\nfacts: { open: doc.port == 2 }\n"),
            kind("c", "like: mine.b\n"),
            ("checks/mine/open/check.yaml".to_owned(), check.to_owned()),
        ]);
        let errors: Vec<String> = report.errors.iter().map(ToString::to_string).collect();
        let on_a_copy = "catalog/kinds/mine/c.yaml:5: mine.b is like another kind itself";
        let lacking = "catalog/checks/mine/open/check.yaml:5: mine.c has no fact \"open\"";
        assert_eq!(errors, [lacking, on_a_copy]);
        let b = &catalog.kind("mine.b").unwrap().card;
        let facts: Vec<(&str, &str)> = b.facts.iter().map(|(n, f)| (&**n, &**f)).collect();
        assert_eq!(facts, [("open", "doc.port == 2"), ("name_it", "1")]);
        assert_eq!(b.defaults.len(), 1);
        let on = |kind: &str| catalog.checks_on(kind, Class::Workload).any(|c| &*c.card.id == "mine-open");
        assert!(on("mine.b") && !on("minefield"));
    }

    #[test]
    fn the_embedded_catalogue_is_whole() {
        let catalog = Catalog::embedded();
        assert!(!catalog.kinds.is_empty(), "the embedded form does not read back");
        let errors: Vec<_> = catalog.validate().iter().map(ToString::to_string).collect();
        assert!(errors.is_empty(), "{}", errors.join("\n"));
    }
}
