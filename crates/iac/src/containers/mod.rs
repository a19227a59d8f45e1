//! Containers, whichever dialect states them: the one document of a container whose software a card recognises, and
//! the dialects that state nothing but containers (Compose, Dockerfiles).
//!
//! Which software there is stands on the kinds' cards; how Kubernetes states containers is `kubernetes`'.

pub(crate) mod command;
pub mod compose;
pub mod dockerfile;
pub(crate) mod image;
pub(crate) mod signs;
pub(crate) mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use catalog::Kind;
use model::{Asset, AssetId, Evidence, Node, Position, Value};

use command::Command;
pub(crate) use signs::Signs;
use text::{Holes, Word};

/// Entries of a document.
pub(crate) type Entries = BTreeMap<Arc<str>, Node>;

/// A container as a dialect states it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Container {
    pub(crate) name: Arc<str>,
    pub(crate) at: Option<Arc<Position>>,
    pub(crate) image: Option<Node>,
    /// The image it is built from, where that is known too.
    pub(crate) base: Option<Node>,
    /// What is run, in place of the image's entry point: a list of words, or text that is split like a shell's.
    pub(crate) entrypoint: Option<Node>,
    /// What that is given.
    pub(crate) arguments: Option<Node>,
    pub(crate) environment: Entries,
    /// Why there may be further variables.
    pub(crate) open_environment: Option<Arc<str>>,
    /// Why nothing that is not stated here is known.
    pub(crate) open: Option<Arc<str>>,
    /// Whether `$(NAME)` in words stands for a variable.
    pub(crate) kubernetes: bool,
    /// What else the document has: ports, mounts, security …
    pub(crate) details: Entries,
}

/// A recognised software: its kind and the container's document.
pub(crate) type Software<'c> = (&'c Kind, Node);

impl Container {
    /// The document, if a card recognises the software.
    pub(crate) fn software<'c>(&self, signs: &Signs<'c>) -> Option<Software<'c>> {
        let mut holes = Holes::default();
        let image = self.image.as_ref().and_then(|image| holes.word(image));
        let base = self.base.as_ref().and_then(|image| holes.word(image));
        let commands = self.commands(&mut holes);
        let names = [&image, &base];
        let images: Vec<String> =
            names.into_iter().flatten().map(|word| image::parse(&word.text).full()).collect();
        let (sign, index) = signs.recognise(&images, &commands, self.environment.keys())?;
        // Of several commands the last is what keeps a container running.
        let chosen = index.unwrap_or_else(|| commands.len().saturating_sub(1));
        let guessed = index.is_none() && commands.len() > 1;
        let mut command = commands.into_iter().nth(chosen).unwrap_or_default();
        if guessed {
            command.open.get_or_insert_with(|| "a script decides the arguments".into());
        }
        let mut document: Entries = self.details.clone();
        document.insert("name".into(), Node { at: self.at.clone(), ..self.name.clone().into() });
        if let Some(word) = image.as_ref().or(base.as_ref()) {
            document.insert("image".into(), image::document(word, &holes));
        }
        let mut given = command::arguments(&command, &holes);
        let mut environment = self.environment.clone();
        let open_arguments = given.open.take().or_else(|| self.open.clone());
        let open_environment = self.open_environment.as_ref().or(self.open.as_ref());
        let mut details: Vec<(&'static str, Entries)> = Vec::new();
        for (section, key) in sign.mentioned() {
            let (entries, reason) = match section {
                "arguments" => (&mut given.entries, open_arguments.as_ref()),
                "environment" => (&mut environment, open_environment),
                _ => continue,
            };
            if let Some(reason) = reason {
                entries.entry(key.into()).or_insert_with(|| self.unknown(reason));
            }
        }
        if let Some(reason) = &self.open {
            for section in ["ports", "mounts", "gpu", "resources"] {
                document.entry(section.into()).or_insert_with(|| self.unknown(reason));
            }
            let mut security = match document.get("security").map(|node| &node.value) {
                Some(Value::Map(entries)) => (**entries).clone(),
                _ => Entries::new(),
            };
            let told = sign.mentioned().filter(|(section, _)| *section == "security");
            for (_, key) in told {
                security.entry(key.into()).or_insert_with(|| self.unknown(reason));
            }
            details.push(("security", security));
        }
        let words = command::words(&command, &holes);
        let of_words = words.first().and_then(|word| word.at.clone());
        let whole = |at: Option<Arc<Position>>, value: Value| Node { at, ..value.into() };
        document.insert("command".into(), whole(of_words.clone(), Value::list(words)));
        details.push(("arguments", given.entries));
        details.push(("environment", environment));
        for (section, entries) in details {
            let at = if section == "arguments" { of_words.clone() } else { None };
            document.insert(section.into(), whole(at.or_else(|| self.at.clone()), Value::map(entries)));
        }
        let mut document = whole(self.at.clone(), Value::map(document));
        sign.kind.mark_secrets(&mut document);
        Some((sign.kind, document))
    }

    fn unknown(&self, reason: &Arc<str>) -> Node {
        Node { at: self.at.clone(), ..Node::unknown(reason) }
    }

    fn commands(&self, holes: &mut Holes) -> Vec<Command> {
        let environment = &self.environment;
        let mut lookup =
            |name: &str, holes: &mut Holes| environment.get(name).and_then(|value| holes.flatten(value));
        let mut words: Vec<Word> = Vec::new();
        let mut shown: BTreeSet<usize> = BTreeSet::new();
        for given in [&self.entrypoint, &self.arguments] {
            let before = words.len();
            match given.as_ref().map(|node| (&node.value, node)) {
                Some((Value::List(items), _)) => words.extend(items.iter().filter_map(|n| holes.word(n))),
                Some((_, node)) => {
                    let text = holes.word(node);
                    words.extend(text.into_iter().flat_map(|text| split(&text)));
                }
                None => {}
            }
            if words.len() > before {
                shown.insert(before);
            }
        }
        if self.kubernetes {
            for word in &mut words {
                word.text = command::expand_kubernetes(&word.text, holes, &mut lookup);
            }
        }
        let named = self.entrypoint.as_ref().is_some_and(|e| !e.is_null())
            || words.first().is_some_and(|w| command::base(&w.text).starts_with("python"));
        if words.is_empty() { Vec::new() } else { command::of_line(words, named, holes, &mut lookup) }
    }
}

/// The words of text that no shell reads; variables in it are left as they are written.
fn split(text: &Word) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let (mut open, mut quote): (Option<String>, Option<char>) = (None, None);
    let mut chars = text.text.chars();
    let mut finish = |open: &mut Option<String>| {
        words.extend(open.take().map(|word| Word { text: word, ..text.clone() }));
    };
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some('\''), c) => open.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                quote = Some(c);
                open.get_or_insert_default();
            }
            (_, '\\') => match chars.next() {
                Some('\n') | None => {}
                Some(c) => open.get_or_insert_default().push(c),
            },
            (None, c) if c.is_whitespace() => finish(&mut open),
            (_, c) => open.get_or_insert_default().push(c),
        }
    }
    finish(&mut open);
    words
}

/// The asset of a recognised software.
pub(crate) fn asset(
    scope: &Arc<str>,
    id: AssetId,
    address: String,
    kind: &Kind,
    document: Node,
    aliases: BTreeSet<Arc<str>>,
) -> Asset {
    let name = document.get("name").and_then(Node::as_str).unwrap_or(&address).to_owned();
    let evidence = match document.at.as_deref() {
        Some(at) => Evidence::Source(at.clone()),
        None => Evidence::Pointer { document: scope.clone(), pointer: (&*address).into() },
    };
    Asset {
        id,
        kind: kind.card.kind.text.clone(),
        class: kind.card.class,
        name,
        address: address.into(),
        scope: scope.clone(),
        source_type: "container".into(),
        aliases,
        document,
        evidence: vec![evidence],
        sightings: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_split_as_a_shell_would() {
        for (text, want) in [
            ("a 'b c' \"d \\\" e\" f\\ g", vec!["a", "b c", "d \" e", "f g"]),
            ("a \\\n  b\n", vec!["a", "b"]),
            ("--token=''", vec!["--token="]),
            ("''", vec![""]),
            ("", vec![]),
        ] {
            let words = split(&Word { text: text.into(), ..Word::default() });
            assert_eq!(words.iter().map(|w| &*w.text).collect::<Vec<_>>(), want, "{text}");
        }
    }
}
