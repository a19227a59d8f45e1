//! What an expression is known to be: constants through names, defaults, attributes, text with holes, the environment and
//! settings files. What cannot be known is unknown, with the expression as it is written.

use std::collections::BTreeMap;
use std::sync::Arc;

use catalog::sdk::{From, Role, Signature, Take};
use formats::code::{Call, Expr, ExprId, Join, Part, Passing};
use model::{Node, Number, Piece, Position, Value};

use super::refer::{Evaluator, Thing};
use super::repo::Place;
use super::scopes::{Bound, Taken};
use super::settings::Settings;

/// Values that are kept where one of several may hold.
const MOST: usize = 4;
/// Bytes of one text that is kept whole.
const LONGEST: usize = 64 << 10;

impl<'s> Evaluator<'_, 's, '_> {
    /// The value of an expression; where several may hold, unknown, and the reason lists them.
    pub(crate) fn value(&self, place: Place) -> Node {
        if let Some(known) = self.values.borrow().get(&place) {
            return known.clone();
        }
        self.values.borrow_mut().insert(place, self.unknown(place));
        let found = self.deeper(|| self.compute(place)).unwrap_or_else(|| self.unknown(place));
        self.values.borrow_mut().insert(place, found.clone());
        found
    }

    /// Every value that an expression may have, as far as they are known; never empty.
    pub(crate) fn alternatives(&self, place: Place) -> Vec<Node> {
        let at = |expr: ExprId| Place { expr, ..place };
        let several = |places: Vec<Place>| -> Vec<Node> {
            let mut found: Vec<Node> = Vec::new();
            for node in places
                .into_iter()
                .flat_map(|inner| self.deeper(|| self.alternatives(inner)).unwrap_or_default())
            {
                if found.len() < MOST && !found.iter().any(|known| same(known, &node)) {
                    found.push(node);
                }
            }
            found
        };
        let found = match self.expr(place) {
            Expr::Choose { then, other, .. } => several(vec![at(*then), at(*other)]),
            Expr::Name(name) => {
                let bindings = self.bindings(place, name);
                let plain = |bound: Bound<'s>| match bound {
                    Bound::Value { value, taken: Taken::Whole } => Some(vec![at(value)]),
                    Bound::Value { value, taken: Taken::Element } => {
                        match self.written(at(value)).map(|w| (w, self.expr(w))) {
                            Some((w, Expr::List(items))) => {
                                Some(items.iter().take(MOST).map(|i| Place { expr: *i, ..w }).collect())
                            }
                            _ => None,
                        }
                    }
                    Bound::Param(function, index) => {
                        let mut given = self.arguments_for(place.file, function, index);
                        let params = &self.repo.file(place.file).unit.function(function).params;
                        given.extend(params.get(index as usize).and_then(|p| p.default).map(at));
                        (given.len() > 1).then_some(given)
                    }
                    _ => None,
                };
                let places: Option<Vec<Vec<Place>>> = bindings.iter().map(|b| plain(b.bound)).collect();
                match places {
                    Some(places) if !places.is_empty() && !bindings.iter().any(|b| b.adds) => {
                        several(places.concat())
                    }
                    _ => Vec::new(),
                }
            }
            _ => Vec::new(),
        };
        let known: Vec<Node> = found.into_iter().filter(|node| !node.is_unknown()).collect();
        if known.is_empty() { vec![self.value(place)] } else { known }
    }

    pub(crate) fn position(&self, place: Place) -> Arc<Position> {
        self.repo.file(place.file).position_of(place.expr)
    }

    fn here(&self, place: Place, value: Value) -> Node {
        Node::from(value).at(self.position(place))
    }

    /// A value that came from elsewhere, as it stands here.
    fn passed(&self, place: Place, node: Node) -> Node {
        let here = self.position(place);
        let at = match &node.at {
            Some(origin) if **origin != *here => Arc::new(here.leading_to(origin)),
            _ => here,
        };
        Node { at: Some(at), ..node }
    }

    fn unknown(&self, place: Place) -> Node {
        let text = self.repo.file(place.file).unit.text(place.expr);
        let mut shown: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if shown.len() > 80 {
            let cut = (0..=77).rev().find(|i| shown.is_char_boundary(*i)).unwrap_or(0);
            shown.truncate(cut);
            shown.push('…');
        }
        self.here(place, Value::unknown(format!("not known before it runs: {shown}")))
    }

    fn compute(&self, place: Place) -> Node {
        let at = |expr: ExprId| Place { expr, ..place };
        match self.expr(place) {
            Expr::Null => self.here(place, Value::Null),
            Expr::Bool(b) => self.here(place, Value::Bool(*b)),
            Expr::Int(i) => self.here(place, Value::Number(Number::Int(*i))),
            Expr::Float(f) => self.here(place, Number::from_f64(*f).map_or(Value::Null, Value::Number)),
            Expr::Text(text) => self.here(place, Value::string(cut(text))),
            Expr::Format(parts) => {
                let mut pieces = Vec::new();
                for part in parts {
                    match part {
                        Part::Text(text) => pieces.push(Piece::Text(cut(text).into())),
                        Part::Hole(hole) => self.into_pieces(at(*hole), &mut pieces),
                    }
                }
                self.here(place, Value::text(pieces))
            }
            Expr::List(items) => {
                let nodes = items.iter().take(200).map(|item| self.value(at(*item)));
                self.here(place, Value::list(nodes.collect()))
            }
            Expr::Map(entries) => {
                let mut map = BTreeMap::new();
                for (key, value) in entries.iter().take(200) {
                    let node = self.value(at(*value));
                    match key {
                        Some(key) => {
                            let name = match self.expr(at(*key)) {
                                Expr::Name(name) if self.is_script(place) => Some(Arc::from(*name)),
                                _ => self.value(at(*key)).as_str().map(Arc::from),
                            };
                            if let Some(name) = name {
                                map.insert(name, node);
                            }
                        }
                        None => {
                            if let Some(inner) = node.as_map() {
                                map.extend(inner.iter().map(|(k, v)| (k.clone(), v.clone())));
                            }
                        }
                    }
                }
                self.here(place, Value::map(map))
            }
            Expr::Name(name) => self.name(place, name),
            Expr::Member { of, name } => self.member_value(place, at(*of), name),
            Expr::Index { of, key } => {
                if let Some(inner) = self.entry(at(*of), at(*key)) {
                    return self.passed(place, self.value(inner));
                }
                if let Some(node) = self.environment_index(place, at(*of), at(*key)) {
                    return node;
                }
                let (of, key) = (self.value(at(*of)), self.value(at(*key)));
                self.looked_up(place, &of, &key)
            }
            Expr::Call(call) => self.call_value(place, call),
            Expr::Join { join: Join::Add, left, right } => {
                let (mut pieces, mut lists) = (Vec::new(), Vec::new());
                for side in [*left, *right] {
                    match self.value(at(side)) {
                        Node { value: Value::List(items), .. } => lists.extend(items.iter().cloned()),
                        _ => self.into_pieces(at(side), &mut pieces),
                    }
                }
                match lists.is_empty() {
                    false => self.here(place, Value::list(lists)),
                    true if pieces.iter().any(|piece| matches!(piece, Piece::Text(_))) => {
                        self.here(place, Value::text(pieces))
                    }
                    true => self.unknown(place),
                }
            }
            // The first that holds something; a variable of the environment that is not known may hold nothing.
            Expr::Join { join: Join::Or, left, right } => {
                let first = self.value(at(*left));
                match &first.value {
                    Value::Null => self.passed(place, self.value(at(*right))),
                    Value::String(text) if text.is_empty() => self.passed(place, self.value(at(*right))),
                    Value::Unknown(_) => {
                        let second = self.value(at(*right));
                        if second.is_unknown() || second.is_null() {
                            return self.passed(place, first);
                        }
                        let from = first.from.or(second.from.clone());
                        Node { assumed: true, from, ..self.passed(place, second) }
                    }
                    _ => self.passed(place, first),
                }
            }
            Expr::Choose { .. } => self.one_of(place, self.alternatives(place)),
            Expr::Wait(of) | Expr::Spread(of) => self.value(at(*of)),
            Expr::Assign { value, .. } => self.value(at(*value)),
            _ => self.unknown(place),
        }
    }

    fn is_script(&self, place: Place) -> bool {
        super::names::family(self.repo.file(place.file).language()) == "script"
    }

    fn into_pieces(&self, place: Place, pieces: &mut Vec<Piece>) {
        let node = self.value(place);
        match &node.value {
            Value::String(text) => pieces.push(Piece::Text(text.clone())),
            Value::Template(inner) => pieces.extend(inner.iter().cloned()),
            Value::Number(_) | Value::Bool(_) => pieces.push(Piece::Text(node.display().into())),
            Value::Unknown(reason) => {
                pieces.push(Piece::Hole { reason: reason.clone(), from: node.from.clone() })
            }
            _ => pieces.push(Piece::Hole { reason: "a value of another type".into(), from: None }),
        }
    }

    fn one_of(&self, place: Place, found: Vec<Node>) -> Node {
        let mut found = found.into_iter();
        let Some(first) = found.next() else { return self.unknown(place) };
        let rest: Vec<Node> = found.filter(|other| !same(&first, other)).collect();
        if rest.is_empty() {
            return self.passed(place, first);
        }
        let shown: Vec<String> =
            std::iter::once(&first).chain(&rest).map(|n| format!("{:?}", n.brief())).collect();
        self.here(place, Value::unknown(format!("one of {}", shown.join(", "))))
    }

    fn name(&self, place: Place, name: &str) -> Node {
        let bindings = self.bindings(place, name);
        if bindings.is_empty() {
            return self.constant_elsewhere(place).unwrap_or_else(|| self.unknown(place));
        }
        if bindings.iter().any(|binding| binding.adds) {
            return self.unknown(place);
        }
        let mut found = Vec::new();
        for binding in &bindings {
            found.push(self.bound_value(place, binding.bound));
        }
        self.one_of(place, found)
    }

    /// A name that a star import or a file of the same package gives.
    fn constant_elsewhere(&self, place: Place) -> Option<Node> {
        let Expr::Name(name) = self.expr(place) else { return None };
        let other = self.repo.shared(place.file, name, None)?;
        let written = self.written_top(other, name)?;
        Some(self.passed(place, self.value(written)))
    }

    fn bound_value(&self, place: Place, bound: Bound<'s>) -> Node {
        let file = place.file;
        match bound {
            Bound::Value { value, taken } => {
                let whole = Place { file, expr: value };
                match taken {
                    Taken::Whole | Taken::Entered => self.value(whole),
                    Taken::Key(key) => match self.property(whole, key) {
                        Some(inner) => self.value(inner),
                        None => self.key_value(place, whole, key),
                    },
                    Taken::Index(index) => {
                        let node = self.value(whole);
                        let item = node.as_list().and_then(|items| items.get(index as usize));
                        item.cloned().unwrap_or_else(|| self.unknown(place))
                    }
                    Taken::Element => self.unknown(place),
                }
            }
            Bound::Param(function, index) => {
                let Some(param) = self.repo.file(file).unit.function(function).params.get(index as usize)
                else {
                    return self.unknown(place);
                };
                if param.passing != Passing::Plain || param.pattern.is_some() {
                    return self.unknown(place);
                }
                let given: Vec<Node> = self
                    .arguments_for(file, function, index)
                    .into_iter()
                    .map(|inner| self.value(inner))
                    .collect();
                let default = param.default.map(|expr| self.value(Place { file, expr }));
                match (given.is_empty(), default) {
                    (true, Some(default)) => Node { assumed: true, ..default },
                    (true, None) => self.unknown(place),
                    (false, default) => {
                        let all = given.into_iter().chain(default).filter(|node| !node.is_null());
                        self.one_of(place, all.collect())
                    }
                }
            }
            Bound::Import(_) => {
                let written = self.written_import(place, bound);
                written.map_or_else(|| self.unknown(place), |written| self.value(written))
            }
            Bound::Kind(_) | Bound::Function(_) | Bound::Class(_) => self.unknown(place),
        }
    }

    /// `const { KEY } = process.env`.
    fn key_value(&self, place: Place, whole: Place, key: &str) -> Node {
        let reads = self.refer(whole).into_iter().any(|thing| {
            matches!(thing, Thing::Library { name, file, .. } if self.repo.names(file).member(name, key)
                .and_then(|name| self.repo.names(file).signature(name)).is_some_and(|s| s.role == Role::Environment))
        });
        if reads {
            return self.variable(place, key, None);
        }
        let node = self.value(whole);
        node.get(key).cloned().unwrap_or_else(|| self.unknown(place))
    }

    fn written_import(&self, place: Place, bound: Bound<'s>) -> Option<Place> {
        let Bound::Import(index) = bound else { return None };
        let import = &self.repo.file(place.file).scopes.imports[index as usize];
        match self.repo.module(place.file, import, &import.module) {
            super::repo::Module::File(other) => {
                let name = import.name?;
                let exports = &self.repo.file(other).scopes.exports;
                let exported = exports.iter().find(|e| e.name == name).and_then(|e| e.value);
                exported.map(|expr| Place { file: other, expr }).or_else(|| self.first_top(other, name))
            }
            _ => None,
        }
    }

    /// The expression that a name of a module was bound to last.
    fn first_top(&self, file: u32, name: &str) -> Option<Place> {
        self.repo.file(file).scopes.top(name).into_iter().find_map(|binding| match binding.bound {
            Bound::Value { value, taken: Taken::Whole } => Some(Place { file, expr: value }),
            bound @ Bound::Import(_) => {
                let place = Place { file, expr: ExprId(0) };
                self.deeper(|| self.written_import(place, bound)).flatten()
            }
            _ => None,
        })
    }

    fn member_value(&self, place: Place, of: Place, name: &str) -> Node {
        // `process.env.NAME`.
        for thing in self.refer(of) {
            match thing {
                Thing::Library { name: at, file, .. } => {
                    let names = self.repo.names(file);
                    let member = names.member(at, name).and_then(|member| names.signature(member));
                    if member.or_else(|| names.signature(at)).is_some_and(|s| s.role == Role::Environment) {
                        return self.variable(place, name, None);
                    }
                }
                Thing::Class { file, id } | Thing::Object { file, id, .. } => {
                    if let Some(node) = self.attribute_value(place, file, id, name) {
                        return node;
                    }
                }
                Thing::Module { file } => {
                    if let Some(found) = self.first_top(file, name) {
                        return self.passed(place, self.value(found));
                    }
                }
                _ => {}
            }
        }
        if let Some(inner) = self.property(of, name) {
            return self.passed(place, self.value(inner));
        }
        let whole = self.value(of);
        match whole.get(name) {
            Some(inner) => self.passed(place, inner.clone()),
            None => self.unknown(place),
        }
    }

    /// An attribute of a class of the program: of settings also what the environment says.
    fn attribute_value(
        &self,
        place: Place,
        file: u32,
        class: formats::code::ClassId,
        name: &str,
    ) -> Option<Node> {
        let of = self.repo.file(file);
        let bindings = of.scopes.attributes[class.0 as usize].get(name);
        let settings = of.unit.class(class).bases.iter().any(|base| {
            self.refer(Place { file, expr: *base })
                .iter()
                .any(|thing| self.signature(*thing).is_some_and(|s| s.role == Role::SettingsClass))
        });
        let found: Vec<Node> = bindings
            .into_iter()
            .flatten()
            .filter(|binding| matches!(binding.bound, Bound::Value { .. } | Bound::Param(..)))
            .map(|binding| {
                self.bound_value(Place { file, expr: place_of(binding.bound, place) }, binding.bound)
            })
            .collect();
        if settings {
            let default = found.into_iter().next_back().filter(|node| !node.is_unknown());
            return Some(self.variable(place, &name.to_uppercase(), default));
        }
        (!found.is_empty()).then(|| self.one_of(place, found))
    }

    fn looked_up(&self, place: Place, of: &Node, key: &Node) -> Node {
        let found = match (&of.value, &key.value) {
            (_, Value::String(key)) => of.get(key).cloned(),
            (Value::List(items), Value::Number(Number::Int(i))) => {
                usize::try_from(*i).ok().and_then(|i| items.get(i)).cloned()
            }
            _ => None,
        };
        found.map_or_else(|| self.unknown(place), |node| self.passed(place, node))
    }

    /// `os.environ["NAME"]`, `process.env["NAME"]`, `configuration["A:B"]`.
    fn environment_index(&self, place: Place, of: Place, key: Place) -> Option<Node> {
        let reads = self.refer(of).into_iter().any(|thing| {
            let Thing::Library { name, file, .. } = thing else { return false };
            let names = self.repo.names(file);
            let role = |name| names.signature(name).is_some_and(|s| s.role == Role::Environment);
            role(name) || names.element(name).is_some_and(role) || names.member(name, "*").is_some_and(role)
        });
        let key = self.value(key);
        reads.then(|| match key.as_str() {
            Some(name) => self.variable(place, name, None),
            None => self.unknown(place),
        })
    }

    /// A variable of the environment.
    pub(crate) fn variable(&self, place: Place, name: &str, default: Option<Node>) -> Node {
        let scope = &self.repo.file(place.file).scope;
        let reference = model::Reference {
            address: format!("environment/{name}").into(),
            attribute: "".into(),
            via: None,
        };
        let from = Some(Arc::new(reference));
        if let Some(known) = self.settings().variable(scope, name) {
            return Node { from, assumed: true, ..self.passed(place, known) };
        }
        match default {
            Some(default) if !default.is_unknown() && !default.is_null() => {
                Node { from, assumed: true, ..self.passed(place, default) }
            }
            _ => Node { from, ..self.here(place, Value::unknown(format!("environment variable {name}"))) },
        }
    }

    pub(crate) fn settings(&self) -> &Settings<'_> {
        self.repo.settings()
    }

    fn call_value(&self, place: Place, call: &Call<'s>) -> Node {
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
                    (self.value(of), call.args.first().map(|arg| self.value(at(arg.value))));
                match default {
                    Some(default) if first.is_unknown() && !default.is_unknown() => {
                        let from = first.from.clone();
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

    /// `"…{name}…".format(name=x)`.
    fn formatted(&self, place: Place, of: Place, call: &Call<'s>) -> Node {
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
                Some(arg) => self.into_pieces(Place { expr: arg.value, ..place }, &mut pieces),
                None => pieces.push(Piece::Hole { reason: "not known before it runs".into(), from: None }),
            }
            rest = &rest[open + close + 1..];
        }
        pieces.push(Piece::Text(rest.into()));
        self.here(place, Value::text(pieces))
    }

    /// A call that only passes its argument on: `SecretStr("…")`, `dedent("…")`, `URI.create("…")`, `param.String("…")`.
    fn wrapped(&self, place: Place, call: &Call<'s>) -> Node {
        const PASSING: [&str; 27] = [
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
    fn settings_file(&self, place: Place, signature: &Signature, call: &Call<'s>) -> Option<Node> {
        let at = |expr: ExprId| Place { expr, ..place };
        let path =
            self.taken(place, signature, "path").or_else(|| call.args.first().map(|arg| at(arg.value)))?;
        let path = self.path_of(path)?;
        let file = self.repo.file(place.file);
        self.settings().file(file.path(), &file.scope, &path)
    }

    /// The path behind an opened file: `open("x")`, `Path("x").read_text()`, `f` of `with open("x") as f`.
    fn path_of(&self, place: Place) -> Option<String> {
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

    /// Where a signature says that a value of a call stands; the first place that is there.
    pub(crate) fn taken(&self, place: Place, signature: &Signature, key: &str) -> Option<Place> {
        let (_, takes) = signature.takes.iter().find(|(name, _)| &**name == key)?;
        takes.iter().find_map(|take| self.take(place, take))
    }

    pub(crate) fn take(&self, place: Place, take: &Take) -> Option<Place> {
        let call = self.call_of(place)?;
        let placed = |index: u32| {
            let mut placed = call.args.iter().filter(|arg| arg.name.is_none() && !arg.spread);
            placed.nth(index as usize).map(|arg| Place { expr: arg.value, ..place })
        };
        let first = match &take.from {
            From::Named(name) => call
                .args
                .iter()
                .find(|arg| arg.name == Some(&**name))
                .map(|arg| Place { expr: arg.value, ..place })
                .or_else(|| {
                    let spread = call.args.iter().filter(|arg| arg.spread);
                    let mut inside = spread.map(|arg| Place { expr: arg.value, ..place });
                    inside.find_map(|inner| self.property(inner, name))
                }),
            From::Place(index) => placed(*index),
            From::After(index) => placed(*index),
            From::Every => call.args.first().map(|arg| Place { expr: arg.value, ..place }),
            From::Receiver => match self.expr(Place { expr: call.callee, ..place }) {
                Expr::Member { of, .. } => Some(Place { expr: *of, ..place }),
                _ => None,
            },
            From::Setter(name) => self.setter(place, name),
            From::Decorated => None,
        }?;
        take.inside.iter().try_fold(first, |at, key| self.property(at, key))
    }

    /// The argument of a setter in the chain of calls that ends here.
    fn setter(&self, place: Place, name: &str) -> Option<Place> {
        let mut at = place;
        for _ in 0..64 {
            let call = self.call_of(at)?;
            let callee = Place { expr: call.callee, ..at };
            let Expr::Member { of, name: here } = self.expr(callee) else { return None };
            if *here == name {
                return call.args.first().map(|arg| Place { expr: arg.value, ..at });
            }
            at = Place { expr: *of, ..at };
            if let Expr::Name(_) = self.expr(at) {
                at = self.written(at)?;
            }
        }
        None
    }
}

/// An expression to hang a question about a binding on.
fn place_of(bound: Bound, place: Place) -> ExprId {
    match bound {
        Bound::Value { value, .. } => value,
        _ => place.expr,
    }
}

fn cut(text: &str) -> &str {
    if text.len() <= LONGEST {
        return text;
    }
    let end = (0..=LONGEST).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    &text[..end]
}

/// Whether two values are the same, wherever they stand.
pub(crate) fn same(a: &Node, b: &Node) -> bool {
    match (&a.value, &b.value) {
        (Value::Unknown(a), Value::Unknown(b)) => a == b,
        _ => a.value.type_name() == b.value.type_name() && a.display() == b.display(),
    }
}
