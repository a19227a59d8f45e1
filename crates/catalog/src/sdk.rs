//! Cards of SDKs and frameworks: which names of a library mean what, so that code that uses it can be understood.
//!
//! Data only; resolving a name in a program to a name on a card is `scan`'s.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::card::{Constant, Text};

/// What a library gives to programs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SdkCard {
    pub sdk: Text,
    pub title: Arc<str>,
    /// `python`, `script` (JavaScript and TypeScript), `go`, `jvm` (Java and Kotlin), `csharp`, `rust`.
    pub languages: Vec<Arc<str>>,
    /// Package URLs without a version: `pkg:pypi/openai`.
    pub packages: Vec<Arc<str>>,
    pub pages: Vec<Arc<str>>,
    /// A file that has none of these words does not use the library; the names of its modules when the card has none.
    pub keywords: Vec<Arc<str>>,
    pub names: Vec<Signature>,
    pub file: Arc<str>,
}

/// What a name means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Signature {
    /// `openai`, `@aws-sdk/client-bedrock-runtime`; `builtins` for what needs no import, `*` for a method of anything.
    pub module: Text,
    /// The name inside it: [`SdkCard::paths`] says how it is written.
    pub path: Text,
    pub role: Role,
    /// What a sink or an untrusted source is: `command`, `sql`.
    pub what: Option<Arc<str>>,
    /// Constants of the document.
    pub set: Vec<(Arc<str>, Constant)>,
    /// Where in a call the document's values stand, by key; the first place that is there counts.
    pub takes: Vec<(Arc<str>, Vec<Take>)>,
    /// Environment variables that the library itself reads when a value is not given.
    pub environment: Vec<(Arc<str>, Vec<Arc<str>>)>,
    /// What the library takes when nothing is given.
    pub defaults: Vec<(Arc<str>, Constant)>,
    /// What the result behaves as.
    pub gives: Option<Gives>,
    /// Arguments that must have these values for the signature to hold.
    pub when: Vec<(Take, Constant)>,
}

/// What a call makes, or does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A client of an AI service.
    Service,
    /// A model, or a client that is bound to one.
    Model,
    /// Asks a model; what it returns is the model's output. Its receiver is a service, model or agent.
    Call,
    /// A prompt.
    Prompt,
    Agent,
    Tool,
    McpServer,
    McpClient,
    VectorStore,
    KnowledgeBase,
    Dataset,
    Guardrail,
    TrainingJob,
    /// Adds to the document of its receiver: a node of a graph, a tool of a server.
    Part,
    /// Reads an environment variable: `name`, `default`.
    Environment,
    /// Reads a file of settings: `path`.
    Settings,
    /// A base class whose fields are settings that the environment may replace.
    SettingsClass,
    /// Text from outside: a request's body, a page, a file of a user.
    Untrusted,
    /// A place where text that nobody checked does harm: `data`.
    Sink,
    /// Returns a harmless form of its argument for sinks of a kind (`what`), or of every kind.
    Clean,
    /// Nothing by itself; only a step to other names.
    Step,
}

/// A place in a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Take {
    pub from: From,
    /// Properties inside it: `config.systemInstruction`.
    pub inside: Vec<Arc<str>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum From {
    /// `name`: a named argument.
    Named(Arc<str>),
    /// `0`: an argument by its place.
    Place(u32),
    /// `.name`: the argument of a setter of that name in the chain of calls (`builder().name(x).build()`).
    Setter(Arc<str>),
    /// `*`: every argument.
    Every,
    /// `decorated`: the function or class below the decorator.
    Decorated,
    /// `receiver`: what the method is called on.
    Receiver,
    /// `arguments`: every argument from a place on.
    After(u32),
}

/// What a result behaves as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Gives {
    /// `receiver`: what the method was called on.
    Receiver,
    /// `0`: its argument.
    Argument(u32),
    /// `text`: data, of which no name is known.
    Text,
    /// Another name of the same library, as module and path: `OpenAI()`.
    Name(Arc<str>),
}

/// One step of a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Segment {
    /// `.name`; `*` for any.
    Name(Arc<str>),
    /// `()`: what a call returns, or an object of the class.
    Call,
    /// `("text")`: what a call with that first argument returns.
    CallWith(Arc<str>),
    /// `[]`: an element, or what is awaited one by one.
    Element,
}

impl Take {
    /// Reads `name`, `0`, `0.property`, `.setter`, `*`, `decorated`, `receiver`, `1..`.
    pub fn parse(text: &str) -> Result<Take, String> {
        let inside = |parts: std::str::Split<'_, char>| parts.map(Arc::from).collect::<Vec<Arc<str>>>();
        if let Some(setter) = text.strip_prefix('.') {
            let mut parts = setter.split('.');
            let name = parts.next().filter(|name| !name.is_empty()).ok_or("a setter has a name: `.name`")?;
            return Ok(Take { from: From::Setter(name.into()), inside: inside(parts) });
        }
        if let Some(place) = text.strip_suffix("..") {
            let place = place.parse().map_err(|_| format!("{text:?}: a number stands before `..`"))?;
            return Ok(Take { from: From::After(place), inside: Vec::new() });
        }
        let mut parts = text.split('.');
        let first = parts.next().filter(|first| !first.is_empty()).ok_or("empty")?;
        let from = match first {
            "*" => From::Every,
            "decorated" => From::Decorated,
            "receiver" => From::Receiver,
            digits if digits.bytes().all(|b| b.is_ascii_digit()) => {
                From::Place(digits.parse().map_err(|_| format!("{text:?}: too large"))?)
            }
            name => From::Named(name.into()),
        };
        Ok(Take { from, inside: inside(parts) })
    }
}

impl Gives {
    pub(crate) fn parse(text: &str) -> Gives {
        match text {
            "receiver" => Gives::Receiver,
            "text" => Gives::Text,
            digits if digits.parse::<u32>().is_ok() => Gives::Argument(digits.parse().unwrap_or_default()),
            name => Gives::Name(name.into()),
        }
    }
}

impl Signature {
    /// The names that the path stands for: `{A,B}().c` is `A().c` and `B().c`.
    pub fn paths(&self) -> Result<Vec<Vec<Segment>>, String> {
        alternatives(&self.path).iter().map(|path| segments(path)).collect()
    }

    /// The modules that it stands in: `{a,b}` is two.
    pub fn modules(&self) -> Vec<String> {
        alternatives(&self.module)
    }
}

/// Unfolds `{a,b}`.
fn alternatives(text: &str) -> Vec<String> {
    let Some((before, rest)) = text.split_once('{') else { return vec![text.to_owned()] };
    let Some((each, after)) = rest.split_once('}') else { return vec![text.to_owned()] };
    let after = alternatives(after);
    each.split(',')
        .flat_map(|one| after.iter().map(move |after| format!("{before}{}{after}", one.trim())))
        .collect()
}

/// Reads `A().b[].c` and `client("x").y`.
pub fn segments(path: &str) -> Result<Vec<Segment>, String> {
    let mut out = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("(\"") {
            let (text, after) =
                after.split_once("\")").ok_or_else(|| format!("{path:?}: `(\"` without `\")`"))?;
            out.push(Segment::CallWith(text.into()));
            rest = after;
        } else if let Some(after) = rest.strip_prefix("()") {
            out.push(Segment::Call);
            rest = after;
        } else if let Some(after) = rest.strip_prefix("[]") {
            out.push(Segment::Element);
            rest = after;
        } else {
            rest = rest.strip_prefix('.').unwrap_or(rest);
            let end = rest.find(['.', '(', '[']).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            if name.is_empty() || name.contains([')', ']', '{', '}', ' ']) {
                return Err(format!("{path:?}: not a name"));
            }
            out.push(Segment::Name(name.into()));
            rest = after;
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_unfolded() {
        let shown = |path: &str| -> Vec<String> {
            let each = |segments: Vec<Segment>| {
                let one = |s: &Segment| match s {
                    Segment::Name(name) => format!(".{name}"),
                    Segment::Call => "()".into(),
                    Segment::CallWith(text) => format!("('{text}')"),
                    Segment::Element => "[]".into(),
                };
                segments.iter().map(one).collect::<String>()
            };
            alternatives(path).iter().map(|path| segments(path).map_or_else(|e| e, each)).collect()
        };
        for (path, want) in [
            ("OpenAI", &[".OpenAI"][..]),
            ("{A,B}().c.{d,e}", &[".A().c.d", ".A().c.e", ".B().c.d", ".B().c.e"]),
            ("client(\"bedrock-runtime\").converse", &[".client('bedrock-runtime').converse"]),
            ("f()[].text", &[".f()[].text"]),
            ("a..b", &["\"a..b\": not a name"]),
        ] {
            assert_eq!(shown(path), want, "{path}");
        }
    }

    #[test]
    fn places_in_a_call() {
        for (text, from, inside) in [
            ("model", From::Named("model".into()), &[][..]),
            ("0", From::Place(0), &[]),
            ("0.model", From::Place(0), &["model"]),
            ("config.system_instruction", From::Named("config".into()), &["system_instruction"]),
            (".modelName", From::Setter("modelName".into()), &[]),
            ("1..", From::After(1), &[]),
            ("decorated", From::Decorated, &[]),
        ] {
            let inside: Vec<Arc<str>> = inside.iter().map(|s| Arc::from(*s)).collect();
            assert_eq!(Take::parse(text), Ok(Take { from, inside }), "{text}");
        }
        assert!(Take::parse("").is_err());
    }
}
