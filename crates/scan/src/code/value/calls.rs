//! What a call is known to give: settings, text methods, functions of the program that return a constant.

use catalog::sdk::{Gives, Role, Signature};
use formats::code::{Call, Expr, ExprId};
use model::{Node, Piece, Value};

use super::super::refer::{Evaluator, Thing};
use super::super::repo::Place;
use super::super::scopes::Bound;

impl<'s> Evaluator<'_, 's, '_> {
    pub(super) fn call_value(&self, place: Place, call: &Call<'s>) -> Node {
        let at = |expr: ExprId| Place { expr, ..place };
        for thing in self.refer(at(call.callee)) {
            match thing {
                Thing::Library { .. } => {
                    let Some(signature) = self.signature(thing) else { continue };
                    match signature.role {
                        Role::Environment => {
                            let name = self
                                .taken(place, signature, "name")
                                .or_else(|| call.args.first().map(|a| at(a.value)));
                            let default = self.taken(place, signature, "default").map(|p| self.value(p));
                            let name = name.map(|p| self.value(p));
                            if let Some(name) = name.as_ref().and_then(Node::as_str) {
                                return self.variable(place, name, default);
                            }
                        }
                        Role::Step if matches!(signature.gives, Some(Gives::Argument(_))) => {
                            let Some(Gives::Argument(index)) = signature.gives else { continue };
                            if let Some(arg) = call.args.get(index as usize) {
                                let node = self.value(at(arg.value));
                                if !node.is_unknown() {
                                    return self.passed(place, node);
                                }
                            }
                        }
                        Role::Settings => {
                            if let Some(node) = self.settings_file(place, signature, call) {
                                return self.passed(place, node);
                            }
                        }
                        _ => {}
                    }
                }
                Thing::Function { file, id } => {
                    let returns = &self.repo.file(file).scopes.returns[id.0 as usize];
                    if let [only] = returns[..] {
                        return self.passed(place, self.value(Place { file, expr: only }));
                    }
                }
                _ => {}
            }
        }
        let Expr::Member { of, name } = self.expr(at(call.callee)) else { return self.wrapped(place, call) };
        let of = at(*of);
        match *name {
            "get" | "getProperty" | "GetValue" if !call.args.is_empty() => {
                if let Some(node) = self.environment_index(place, of, at(call.args[0].value)) {
                    let default = call.args.get(1).map(|arg| self.value(at(arg.value)));
                    let name = self.value(at(call.args[0].value));
                    return name.as_str().map_or(node, |name| self.variable(place, name, default));
                }
                let (whole, key) = (self.value(of), self.value(at(call.args[0].value)));
                let found = self.looked_up(place, &whole, &key);
                match call.args.get(1) {
                    Some(default) if found.is_unknown() => {
                        Node { assumed: true, ..self.passed(place, self.value(at(default.value))) }
                    }
                    _ => found,
                }
            }
            "strip" | "rstrip" | "lstrip" | "trim" | "trimEnd" | "trimStart" | "toString" | "encode"
            | "decode" | "trimIndent" | "stripIndent" | "to_string" | "to_owned" | "into" | "as_str"
            | "clone" | "get_secret_value" | "unwrap" | "expect" => {
                let node = self.value(of);
                let trimmed = match &node.value {
                    Value::String(text) if name.contains("rip") || name.contains("rim") => {
                        Value::string(text.trim_matches('/').trim())
                    }
                    other => other.clone(),
                };
                self.passed(place, Node { value: trimmed, ..node })
            }
            "lower" | "toLowerCase" | "upper" | "toUpperCase" => {
                let node = self.value(of);
                let folded = match &node.value {
                    Value::String(text) if name.contains("ower") => Value::string(text.to_lowercase()),
                    Value::String(text) => Value::string(text.to_uppercase()),
                    other => other.clone(),
                };
                self.passed(place, Node { value: folded, ..node })
            }
            "format" | "formatted" => self.formatted(place, of, call),
            "unwrap_or" | "unwrap_or_else" | "getOrDefault" | "orElse" => {
                let (first, default) =
                    (self.value(of), call.args.first().map(|arg| self.given(at(arg.value))));
                match default {
                    Some(default) if first.is_unknown() && !default.is_unknown() => {
                        let from = first.from;
                        Node { assumed: true, from, ..self.passed(place, default) }
                    }
                    _ => self.passed(place, first),
                }
            }
            "join" => match self.value(of).as_str() {
                Some(separator) if call.args.len() == 1 => {
                    let separator = Piece::Text(separator.into());
                    let list = self.value(at(call.args[0].value));
                    let Some(items) = list.as_list() else { return self.unknown(place) };
                    let mut pieces = Vec::new();
                    for (index, item) in items.iter().enumerate() {
                        if index > 0 {
                            pieces.push(separator.clone());
                        }
                        match &item.value {
                            Value::String(text) => pieces.push(Piece::Text(text.clone())),
                            _ => pieces
                                .push(Piece::Hole { reason: "not known before it runs".into(), from: None }),
                        }
                    }
                    self.here(place, Value::text(pieces))
                }
                _ => self.wrapped(place, call),
            },
            _ => self.wrapped(place, call),
        }
    }

    /// A value, or what a function without a parameter that matters gives: `|_| "x".to_string()`.
    fn given(&self, place: Place) -> Node {
        if let Expr::Function(id) = self.expr(place)
            && let [only] = self.repo.file(place.file).scopes.returns[id.0 as usize][..]
        {
            return self.value(Place { expr: only, ..place });
        }
        self.value(place)
    }

    /// `"…{name}…".format(name=x)`.
    pub(super) fn formatted(&self, place: Place, of: Place, call: &Call<'s>) -> Node {
        let template = self.value(of);
        let Some(template) = template.as_str() else { return self.unknown(place) };
        let mut pieces = Vec::new();
        let (mut rest, mut next) = (template, 0);
        while let Some(open) = rest.find('{') {
            pieces.push(Piece::Text(rest[..open].into()));
            let Some(close) = rest[open..].find('}') else { break };
            let name = &rest[open + 1..open + close];
            let by_place = name.parse().ok().or_else(|| name.is_empty().then_some(next));
            next += 1;
            let arg = match by_place {
                Some(index) => call.args.iter().filter(|arg| arg.name.is_none()).nth(index),
                None => call.args.iter().find(|arg| arg.name == Some(name)),
            };
            match arg {
                Some(arg) => self.add_pieces(Place { expr: arg.value, ..place }, &mut pieces),
                None => pieces.push(Piece::Hole { reason: "not known before it runs".into(), from: None }),
            }
            rest = &rest[open + close + 1..];
        }
        pieces.push(Piece::Text(rest.into()));
        self.here(place, Value::text(pieces))
    }

    /// `"…%s…" % x`.
    pub(super) fn percent(&self, place: Place, template: Place, given: Place) -> Node {
        let template = self.value(template);
        let Some(template) = template.as_str() else { return self.unknown(place) };
        let several: Vec<Place> = match self.expr(given) {
            Expr::List(items) => items.iter().map(|item| Place { expr: *item, ..given }).collect(),
            _ => vec![given],
        };
        let mut pieces = Vec::new();
        let mut rest = template;
        for value in several {
            let Some(hole) = rest.find("%s").or_else(|| rest.find("%d")) else { return self.unknown(place) };
            pieces.push(Piece::Text(rest[..hole].into()));
            self.add_pieces(value, &mut pieces);
            rest = &rest[hole + 2..];
        }
        pieces.push(Piece::Text(rest.into()));
        self.here(place, Value::text(pieces))
    }

    /// A call that only passes its argument on: `SecretStr("…")`, `dedent("…")`, `URI.create("…")`, `param.String("…")`.
    pub(super) fn wrapped(&self, place: Place, call: &Call<'s>) -> Node {
        const PASSING: [&str; 28] = [
            "ModelId",
            "SecretStr",
            "AzureKeyCredential",
            "dedent",
            "cleandoc",
            "str",
            "String",
            "Uri",
            "URI",
            "create",
            "of",
            "string",
            "to_string",
            "aws.String",
            "F",
            "Path",
            "URL",
            "ApiKeyCredential",
            "OpenAPIKey",
            "StringValue",
            "from",
            "valueOf",
            "Ptr",
            "Some",
            "Field",
            "ModelName",
            "Trim",
            "BinaryData",
        ];
        let name = match self.expr(Place { expr: call.callee, ..place }) {
            Expr::Name(name) | Expr::Member { name, .. } => *name,
            _ => "",
        };
        let named_default = call.args.iter().find(|arg| name == "Field" && arg.name == Some("default"));
        let only = match &call.args[..] {
            [only] if only.name.is_none() => Some(only),
            [first, ..] if name == "Field" && first.name.is_none() => Some(first),
            _ => named_default,
        };
        match only {
            Some(arg) if PASSING.contains(&name) => {
                self.passed(place, self.value(Place { expr: arg.value, ..place }))
            }
            _ => self.unknown(place),
        }
    }

    /// What a settings file holds: `yaml.safe_load(open("config.yaml"))`.
    pub(super) fn settings_file(&self, place: Place, signature: &Signature, call: &Call<'s>) -> Option<Node> {
        let at = |expr: ExprId| Place { expr, ..place };
        let path =
            self.taken(place, signature, "path").or_else(|| call.args.first().map(|arg| at(arg.value)))?;
        let path = self.path_of(path)?;
        let file = self.repo.file(place.file);
        self.settings().file(file.path(), &file.scope, &path)
    }

    /// The path behind an opened file: `open("x")`, `Path("x").read_text()`, `f` of `with open("x") as f`.
    pub(super) fn path_of(&self, place: Place) -> Option<String> {
        if let Some(text) = self.value(place).as_str() {
            return Some(text.to_owned());
        }
        match self.expr(place) {
            Expr::Call(call) => {
                let callee = Place { expr: call.callee, ..place };
                if let Expr::Member { of, name: "read" | "read_text" | "open" } = self.expr(callee) {
                    return self.deeper(|| self.path_of(Place { expr: *of, ..place })).flatten();
                }
                let first = call.args.first()?;
                self.deeper(|| self.path_of(Place { expr: first.value, ..place })).flatten()
            }
            Expr::Name(name) => {
                self.bindings(place, name).into_iter().find_map(|binding| match binding.bound {
                    Bound::Value { value, .. } => {
                        self.deeper(|| self.path_of(Place { expr: value, ..place })).flatten()
                    }
                    _ => None,
                })
            }
            Expr::Join { right, .. } => {
                self.deeper(|| self.path_of(Place { expr: *right, ..place })).flatten()
            }
            _ => None,
        }
    }
}
