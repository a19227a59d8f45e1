//! Cards as written in YAML, and their way into [`crate::card`]. Shape only: whether names exist is checked elsewhere.

use std::fmt;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

use model::{Class, Confidence, Severity};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use crate::card::{
    AttributeRule, Cards, Case, CheckCard, Constant, Fix, FrameworkCard, KindCard, Recognise, RelationRule,
    TerraformMapping, Text,
};
use crate::{packages, technique};

/// A YAML mapping in the order of the file.
pub(crate) struct Pairs<V>(pub(crate) Vec<(Spanned<String>, V)>);

impl<V> Default for Pairs<V> {
    fn default() -> Self {
        Pairs(Vec::new())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Pairs<V> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor<V>(PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for PairsVisitor<V> {
            type Value = Pairs<V>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<V>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(PairsVisitor(PhantomData))
    }
}

/// A value that is written as text or as a mapping; told apart by what stands there, so that errors name the place.
struct TextOr<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de> + From<String>> Visitor<'de> for TextOr<T> {
    type Value = T;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text or a mapping")
    }
    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        Ok(T::from(text.to_owned()))
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

/// One item, or a list of them.
pub(crate) struct OneOrMany<T>(pub(crate) Vec<T>);

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        OneOrMany(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ManyVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for ManyVisitor<T> {
            type Value = OneOrMany<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("one item or a list of items")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<OneOrMany<T>, E> {
                T::deserialize(text.to_owned().into_deserializer()).map(|item| OneOrMany(vec![item]))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OneOrMany<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(|item| OneOrMany(vec![item]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<OneOrMany<T>, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(OneOrMany(items))
            }
        }
        deserializer.deserialize_any(ManyVisitor(PhantomData))
    }
}

pub(crate) fn text(spanned: &Spanned<String>) -> Text {
    let line = u32::try_from(spanned.referenced.line()).unwrap_or(0);
    Text { text: spanned.value.trim().into(), line }
}

pub(crate) fn texts(items: &[Spanned<String>]) -> Vec<Text> {
    items.iter().map(text).collect()
}

pub(crate) fn arcs(items: Vec<String>) -> Vec<Arc<str>> {
    items.into_iter().map(Arc::from).collect()
}

pub(crate) fn constant(value: serde_json::Value) -> Constant {
    match value {
        serde_json::Value::Null => Constant::Null,
        serde_json::Value::Bool(b) => Constant::Bool(b),
        serde_json::Value::Number(n) => match n.as_i64() {
            Some(int) => Constant::Int(int),
            None => Constant::Float(n.as_f64().unwrap_or_default()),
        },
        serde_json::Value::String(s) => Constant::Text(s.into()),
        serde_json::Value::Array(items) => Constant::List(items.into_iter().map(constant).collect()),
        serde_json::Value::Object(entries) => {
            Constant::Map(entries.into_iter().map(|(k, v)| (Arc::from(k), constant(v))).collect())
        }
    }
}

pub(crate) fn constants(pairs: Pairs<serde_json::Value>) -> Vec<(Arc<str>, Constant)> {
    pairs.0.into_iter().map(|(k, v)| (Arc::from(k.value), constant(v))).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawKind {
    kind: Spanned<String>,
    like: Option<Spanned<String>>,
    class: Class,
    native: Option<String>,
    title: String,
    #[serde(default)]
    pages: Vec<String>,
    name: Option<String>,
    scope: Option<String>,
    unique: Option<Spanned<String>>,
    #[serde(default)]
    aliases: Vec<Spanned<String>>,
    #[serde(default)]
    secret: Vec<Spanned<String>>,
    #[serde(default)]
    attributes: Vec<Spanned<String>>,
    #[serde(default)]
    terraform: Pairs<RawMapping>,
    #[serde(default)]
    parts: Pairs<RawMapping>,
    recognise: Option<RawRecognise>,
    #[serde(default)]
    defaults: Pairs<serde_json::Value>,
    #[serde(default)]
    facts: Pairs<Spanned<String>>,
    #[serde(default)]
    relations: Pairs<OneOrMany<RawRelation>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawRecognise {
    #[serde(default)]
    images: OneOrMany<String>,
    #[serde(default)]
    commands: OneOrMany<String>,
    #[serde(default)]
    environment: OneOrMany<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawMapping {
    part_of: Option<String>,
    #[serde(default)]
    into: String,
    #[serde(default)]
    set: Pairs<serde_json::Value>,
    auto: Option<RawCase>,
    #[serde(default)]
    lists: Vec<String>,
    #[serde(default)]
    attributes: Pairs<RawAttribute>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawCase {
    Camel,
    Pascal,
}

struct RawAttribute(RawRule);

impl<'de> Deserialize<'de> for RawAttribute {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOr(PhantomData)).map(RawAttribute)
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawRule {
    to: OneOrMany<String>,
    #[serde(default)]
    map: Pairs<serde_json::Value>,
    #[serde(default)]
    not: bool,
    #[serde(default)]
    json: bool,
    #[serde(default)]
    keys: bool,
    #[serde(default)]
    list: bool,
    prefix: Option<String>,
    default: Option<serde_json::Value>,
}

impl From<String> for RawRule {
    fn from(path: String) -> Self {
        RawRule { to: OneOrMany(vec![path]), ..RawRule::default() }
    }
}

struct RawRelation(RawRelationRule);

impl<'de> Deserialize<'de> for RawRelation {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOr(PhantomData)).map(RawRelation)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawRelationRule {
    from: OneOrMany<String>,
    #[serde(default)]
    to: OneOrMany<String>,
    #[serde(default)]
    outside: OneOrMany<String>,
    #[serde(default)]
    reverse: bool,
}

impl From<String> for RawRelationRule {
    fn from(path: String) -> Self {
        RawRelationRule {
            from: OneOrMany(vec![path]),
            to: OneOrMany::default(),
            outside: OneOrMany::default(),
            reverse: false,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawCheck {
    id: Spanned<String>,
    title: String,
    #[serde(default)]
    on: OneOrMany<String>,
    class: Option<Class>,
    severity: Severity,
    #[serde(default = "sure")]
    confidence: Confidence,
    when: Option<Spanned<String>>,
    fail: Spanned<String>,
    because: Spanned<String>,
    why: String,
    fix: Option<RawFix>,
    #[serde(default)]
    pages: Vec<String>,
    #[serde(default)]
    maps: Vec<Spanned<String>>,
    #[serde(default)]
    same_as: Vec<String>,
}

fn sure() -> Confidence {
    Confidence::High
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawFix {
    say: String,
    #[serde(default)]
    set: Pairs<serde_json::Value>,
    #[serde(default)]
    safe: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawFramework {
    framework: Spanned<String>,
    title: String,
    version: String,
    source: String,
    #[serde(default, rename = "publisher")]
    _publisher: Option<String>,
    #[serde(default, rename = "note")]
    _note: Option<String>,
    #[serde(default, rename = "licence")]
    _licence: Option<String>,
    controls: Pairs<String>,
}

/// A card that could not be read: `file:line: what`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardError {
    pub file: Arc<str>,
    pub line: u32,
    pub message: String,
}

impl fmt::Display for CardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

pub(crate) fn yaml<T: DeserializeOwned>(file: &str, source: &str) -> Result<T, CardError> {
    serde_saphyr::from_str(source).map_err(|error| {
        let line = error.location().map_or(1, |l| u32::try_from(l.line()).unwrap_or(1));
        let message = error.to_string();
        // The first line says it; the rest is an excerpt for a terminal.
        let first = message.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        CardError { file: file.into(), line, message: first }
    })
}

/// Which card a path below a catalogue folder holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Kind,
    Check,
    Framework,
    Sdk,
    Agents,
    Packages,
    Secret,
    Technique,
    Entry,
    Target,
    Risk,
    Query,
}

/// The role of `path` (relative to the catalogue folder), `None` for anything that is not a card.
pub(crate) fn role(path: &Path) -> Option<Role> {
    let first = path.components().next()?.as_os_str().to_str()?;
    let name = path.file_name()?.to_str()?;
    match first {
        "kinds" if name.ends_with(".yaml") => Some(Role::Kind),
        "checks" if name == "check.yaml" => Some(Role::Check),
        "frameworks" if name.ends_with(".yaml") => Some(Role::Framework),
        "code" if name.ends_with(".yaml") => Some(Role::Sdk),
        "agents" if name.ends_with(".yaml") => Some(Role::Agents),
        "packages" if name.ends_with(".yaml") => Some(Role::Packages),
        "secrets" if name.ends_with(".yaml") => Some(Role::Secret),
        "techniques" if name == "technique.yaml" => Some(Role::Technique),
        "entries" if name.ends_with(".yaml") => Some(Role::Entry),
        "targets" if name.ends_with(".yaml") => Some(Role::Target),
        "risk.yaml" => Some(Role::Risk),
        "queries" if name.ends_with(".yaml") => Some(Role::Query),
        _ => None,
    }
}

/// Reads one card into `cards`.
pub(crate) fn read(role: Role, file: &str, source: &str, cards: &mut Cards) -> Result<(), CardError> {
    match role {
        Role::Kind => cards.kinds.push(kind(yaml(file, source)?, file)),
        Role::Check => cards.checks.push(check(yaml(file, source)?, file)),
        Role::Framework => cards.frameworks.push(framework(yaml(file, source)?, file)),
        Role::Sdk => cards.sdks.push(crate::raw_sdk::sdk(yaml(file, source)?, file)?),
        Role::Agents => cards.agents.push(crate::agents::read(file, source)?),
        Role::Packages => cards.packages.push(packages::card(yaml(file, source)?, file)),
        Role::Secret => cards.secrets.push(crate::secret::secrets(yaml(file, source)?, file)),
        Role::Technique => cards.techniques.push(technique::technique(yaml(file, source)?, file)?),
        Role::Entry => cards.entries.push(technique::entry(yaml(file, source)?, file)),
        Role::Target => cards.targets.push(technique::target(yaml(file, source)?, file)),
        Role::Risk => cards.risk = Some(technique::risk(yaml(file, source)?, file)),
        Role::Query => cards.queries.push(crate::query::query(yaml(file, source)?, file)),
    }
    Ok(())
}

fn kind(raw: RawKind, file: &str) -> KindCard {
    let relations = raw.relations.0.into_iter().flat_map(|(name, rules)| {
        let name = text(&name);
        rules.0.into_iter().map(move |RawRelation(rule)| RelationRule {
            relation: name.clone(),
            from: arcs(rule.from.0),
            to: rule.to.0.into_iter().map(|kind| Text { text: kind.into(), line: name.line }).collect(),
            outside: arcs(rule.outside.0),
            reverse: rule.reverse,
        })
    });
    KindCard {
        kind: text(&raw.kind),
        like: raw.like.as_ref().map(text),
        class: raw.class,
        native: raw.native.map(Arc::from),
        title: raw.title.into(),
        pages: arcs(raw.pages),
        name: raw.name.as_deref().unwrap_or("name").into(),
        scope: raw.scope.as_deref().unwrap_or("scope").into(),
        unique: raw.unique.as_ref().map(text),
        aliases: texts(&raw.aliases),
        secret: texts(&raw.secret),
        attributes: texts(&raw.attributes),
        terraform: raw.terraform.0.into_iter().map(|(name, raw)| mapping(text(&name), raw)).collect(),
        parts: raw.parts.0.into_iter().map(|(name, raw)| mapping(text(&name), raw)).collect(),
        recognise: raw.recognise.map(|raw| Recognise {
            images: arcs(raw.images.0),
            commands: arcs(raw.commands.0),
            environment: arcs(raw.environment.0),
        }),
        defaults: raw.defaults.0.into_iter().map(|(path, value)| (text(&path), constant(value))).collect(),
        facts: raw.facts.0.into_iter().map(|(name, fact)| (text(&name), text(&fact))).collect(),
        relations: relations.collect(),
        file: file.into(),
    }
}

fn mapping(resource: Text, raw: RawMapping) -> TerraformMapping {
    TerraformMapping {
        resource,
        part_of: raw.part_of.map(Arc::from),
        into: raw.into.into(),
        set: constants(raw.set),
        auto: raw.auto.map(|case| match case {
            RawCase::Camel => Case::Camel,
            RawCase::Pascal => Case::Pascal,
        }),
        lists: arcs(raw.lists),
        attributes: raw.attributes.0.into_iter().map(|(from, rule)| attribute(text(&from), rule)).collect(),
    }
}

fn attribute(from: Text, RawAttribute(rule): RawAttribute) -> AttributeRule {
    AttributeRule {
        from,
        to: arcs(rule.to.0),
        map: constants(rule.map),
        not: rule.not,
        json: rule.json,
        keys: rule.keys,
        list: rule.list,
        prefix: rule.prefix.map(Arc::from),
        default: rule.default.map(constant),
    }
}

fn check(raw: RawCheck, file: &str) -> CheckCard {
    let id = text(&raw.id);
    CheckCard {
        on: raw.on.0.into_iter().map(|kind| Text { text: kind.into(), line: id.line }).collect(),
        id,
        title: raw.title.into(),
        class: raw.class,
        severity: raw.severity,
        confidence: raw.confidence,
        when: raw.when.as_ref().map(text),
        fail: text(&raw.fail),
        because: text(&raw.because),
        why: raw.why.trim().into(),
        fix: raw.fix.map(|fix| Fix {
            say: fix.say.trim().into(),
            set: fix.set.0.into_iter().map(|(path, value)| (text(&path), constant(value))).collect(),
            safe: fix.safe,
        }),
        pages: arcs(raw.pages),
        maps: texts(&raw.maps),
        same_as: arcs(raw.same_as),
        file: file.into(),
    }
}

fn framework(raw: RawFramework, file: &str) -> FrameworkCard {
    FrameworkCard {
        framework: text(&raw.framework),
        title: raw.title.into(),
        version: raw.version.into(),
        source: raw.source.into(),
        controls: raw
            .controls
            .0
            .into_iter()
            .map(|(id, title)| (Arc::from(id.value), Arc::from(title)))
            .collect(),
        file: file.into(),
    }
}
