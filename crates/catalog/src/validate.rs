//! The laws of cards: every name on a card exists. Messages carry file, line and, where one is near, a suggestion.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use crate::card::{KindCard, Text};
use crate::cel::{Names, Program, Template};
use crate::path::{DocPath, fold};
use crate::suggest::did_you_mean;
use crate::{CardError, Catalog};

/// `asset.NAME` for every asset.
pub(crate) const BUILT_IN: [&str; 8] = ["name", "kind", "class", "id", "address", "type", "ai", "doc"];

/// Keys of the envelopes that every provider's documents have.
const ENVELOPE: [&str; 17] = [
    "name",
    "id",
    "type",
    "kind",
    "location",
    "identity.type",
    "identity.principalId",
    "identity.userAssignedIdentities",
    "sku.name",
    "sku.tier",
    "tags",
    "parent",
    "properties",
    "project",
    "labels",
    "Tags",
    "zones",
];

/// The attribute paths that a card names, without `[]`.
pub(crate) fn known_paths(card: &KindCard) -> BTreeSet<String> {
    let mut paths: BTreeSet<String> = ENVELOPE.iter().map(|s| (*s).to_owned()).collect();
    let mut add = |prefix: &str, path: &str| {
        let whole = if prefix.is_empty() { path.to_owned() } else { format!("{prefix}.{path}") };
        paths.insert(plain(&whole));
    };
    for mapping in card.terraform.iter().chain(&card.parts) {
        for (path, _) in &mapping.set {
            add(&mapping.into, path);
        }
        for path in mapping.attributes.iter().flat_map(|rule| &rule.to) {
            add(&mapping.into, path);
        }
        if mapping.attributes.is_empty() && !mapping.into.is_empty() {
            add("", &mapping.into);
        }
    }
    for path in card.defaults.iter().map(|(path, _)| path).chain(&card.attributes).chain(&card.secret) {
        add("", path);
    }
    for path in card.relations.iter().flat_map(|rule| &rule.from) {
        add("", path);
    }
    paths
}

fn plain(path: &str) -> String {
    path.replace("[]", "")
}

/// The names that an expression on these kinds may use.
pub(crate) struct CardNames<'c> {
    pub(crate) catalog: &'c Catalog,
    pub(crate) kinds: Vec<&'c KindCard>,
    pub(crate) relations: &'c HashSet<Arc<str>>,
}

impl Names for CardNames<'_> {
    fn document(&self, path: &str) -> Option<String> {
        let path = plain(path);
        let fits = |card: &&KindCard| {
            let known = known_paths(card);
            let inside = |k: &String| {
                k == &path
                    || k.strip_prefix(&path).is_some_and(|rest| rest.starts_with('.'))
                    || path.strip_prefix(&**k).is_some_and(|rest| rest.starts_with('.')) && k != "properties"
            };
            // Under `auto` any attribute may be there, but not another spelling of one that the card knows.
            let automatic = card.native.as_deref().is_some_and(|n| n.starts_with("AWS::"))
                || card.terraform.iter().any(|m| m.auto.is_some());
            known.iter().any(inside) || automatic && !known.iter().any(|k| fold(k) == fold(&path))
        };
        if self.kinds.iter().any(fits) {
            return None;
        }
        let known: BTreeSet<String> = self.kinds.iter().flat_map(|k| known_paths(k)).collect();
        let kinds = self.kinds.iter().map(|k| &*k.kind.text).collect::<Vec<_>>().join(", ");
        let hint = did_you_mean(&path, known.iter().map(|s| &**s));
        Some(format!(
            "no card of {kinds} names the attribute {path}{hint}; a documented one can be listed under `attributes`"
        ))
    }

    fn attribute(&self, name: &str) -> Option<String> {
        if BUILT_IN.contains(&name) {
            return None;
        }
        let lacking = self.kinds.iter().find(|k| !k.facts.iter().any(|(fact, _)| &*fact.text == name))?;
        let known = lacking.facts.iter().map(|(fact, _)| &*fact.text).chain(BUILT_IN);
        Some(format!("{} has no fact {name:?}{}", lacking.kind.text, did_you_mean(name, known)))
    }

    fn relation(&self, name: &str) -> Option<String> {
        if self.relations.contains(name) {
            return None;
        }
        let hint = did_you_mean(name, self.relations.iter().map(|r| &**r));
        Some(format!("no card states the relation {name:?}{hint}"))
    }

    fn kind(&self, name: &str) -> Option<String> {
        self.catalog.unknown_kind(name)
    }
}

impl Catalog {
    pub(crate) fn unknown_kind(&self, name: &str) -> Option<String> {
        let known = match name.strip_suffix('.') {
            Some(_) => self.kinds.iter().any(|k| k.card.kind.text.starts_with(name)),
            None => self.kind(name).is_some(),
        };
        let all = self.kinds.iter().map(|k| &*k.card.kind.text);
        (!known).then(|| format!("unknown kind {name:?}{}", did_you_mean(name, all)))
    }

    /// Everything that is wrong with the cards.
    pub fn validate(&self) -> Vec<CardError> {
        let mut relations: HashSet<Arc<str>> = self
            .kinds
            .iter()
            .flat_map(|k| k.card.relations.iter().map(|r| r.relation.text.clone()))
            .collect();
        // What readers of code and the joining of code and infrastructure state by themselves.
        relations.extend(["contains", "uses", "runs", "deployed-as", "same-as", "given-key"].map(Arc::from));
        let mut errors = Vec::new();
        for kind in &self.kinds {
            self.validate_kind(&kind.card, &relations, &mut errors);
        }
        for check in &self.checks {
            self.validate_check(&check.card, &relations, &mut errors);
        }
        for framework in &self.frameworks {
            if framework.controls.is_empty() {
                errors.push(error(
                    &framework.file,
                    &framework.framework,
                    "a framework without controls".into(),
                ));
            }
        }
        self.validate_attack(&relations, &mut errors);
        self.validate_secrets(&mut errors);
        errors.sort_by(|a, b| (&a.file, a.line, &a.message).cmp(&(&b.file, b.line, &b.message)));
        errors.dedup();
        errors
    }

    fn validate_kind(&self, card: &KindCard, relations: &HashSet<Arc<str>>, errors: &mut Vec<CardError>) {
        let mut push = |text: &Text, message: String| errors.push(error(&card.file, text, message));
        if card.pages.is_empty() {
            push(&card.kind, "no page of documentation is cited under `pages`".into());
        }
        let base = card.like.as_ref().and_then(|like| self.kind(like));
        if let Some(like) = &card.like {
            match &base {
                None => push(like, format!("unknown kind {:?}", like.text)),
                Some(base) if base.card.like.is_some() => {
                    push(like, format!("{} is like another kind itself", like.text));
                }
                Some(_) => {}
            }
        }
        if let Some(unique) = card.unique.as_ref().filter(|path| !known_paths(card).contains(&***path)) {
            push(unique, format!("{} is no path of this kind's document", unique.text));
        }
        for part in card.parts.iter().filter(|part| part.part_of.is_none()) {
            push(&part.resource, "a part names what it is part of: `part-of`".into());
        }
        for mapping in card.terraform.iter().chain(&card.parts) {
            for rule in &mapping.attributes {
                let from = DocPath::parse(&rule.from).depth();
                for to in rule.to.iter().map(|to| DocPath::parse(to).depth()) {
                    if to != from && to != 0 && from != 0 {
                        push(&rule.from, format!("{} has {from} `[]`, its target has {to}", rule.from.text));
                    }
                }
            }
        }
        for rule in &card.relations {
            for kind in &rule.to {
                if let Some(message) = self.unknown_kind(kind) {
                    push(kind, message);
                }
            }
        }
        let names = CardNames { catalog: self, kinds: vec![card], relations };
        // What is taken over from another card is that card's to answer for.
        let own = |fact: &&(Text, Text)| !base.is_some_and(|base| base.card.facts.contains(fact));
        for (_, fact) in card.facts.iter().filter(own) {
            match Program::compile(fact) {
                Ok(program) => program.check(&names).into_iter().for_each(|m| push(fact, m)),
                Err(message) => push(fact, message),
            }
        }
    }

    fn validate_check(
        &self,
        card: &crate::CheckCard,
        relations: &HashSet<Arc<str>>,
        errors: &mut Vec<CardError>,
    ) {
        let mut push = |text: &Text, message: String| errors.push(error(&card.file, text, message));
        for on in &card.on {
            if let Some(message) = self.unknown_kind(on) {
                push(on, message);
            }
        }
        if card.on.is_empty() == card.class.is_none() {
            push(&card.id, "a check is `on` kinds or on a `class`, and not on both".into());
        }
        let kinds = self.kinds.iter().map(|k| &k.card);
        let kinds: Vec<&KindCard> = kinds.filter(|k| card.is_on(&k.kind, k.class)).collect();
        if kinds.is_empty() {
            return;
        }
        let names = CardNames { catalog: self, kinds, relations };
        for text in card.when.iter().chain([&card.fail]) {
            match Program::compile(text) {
                Ok(program) => program.check(&names).into_iter().for_each(|m| push(text, m)),
                Err(message) => push(text, message),
            }
        }
        match Template::compile(&card.because) {
            Ok(template) => template.check(&names).into_iter().for_each(|m| push(&card.because, m)),
            Err(message) => push(&card.because, message),
        }
        for (path, _) in card.fix.iter().flat_map(|fix| &fix.set) {
            if let Some(message) = names.document(path) {
                push(path, message);
            }
        }
        for control in &card.maps {
            if let Some(message) = self.unknown_control(control) {
                push(control, message);
            }
        }
    }

    fn unknown_control(&self, control: &str) -> Option<String> {
        let Some((framework, id)) = control.split_once(':') else {
            return Some(format!("{control:?} is not of the form framework:control"));
        };
        let Some(card) = self.frameworks.iter().find(|f| &*f.framework.text == framework) else {
            let known = self.frameworks.iter().map(|f| &*f.framework.text);
            return Some(format!("unknown framework {framework:?}{}", did_you_mean(framework, known)));
        };
        if card.controls.iter().any(|(known, _)| &**known == id) {
            return None;
        }
        let hint = did_you_mean(id, card.controls.iter().map(|(known, _)| &**known));
        Some(format!("{framework} has no control {id:?}{hint}"))
    }
}

pub(crate) fn error(file: &Arc<str>, text: &Text, message: String) -> CardError {
    CardError { file: file.clone(), line: text.line, message }
}
