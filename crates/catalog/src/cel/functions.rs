//! The functions of expressions, in one table.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, OnceLock};

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use model::{Node, Piece, Value};
use regex::{Regex, RegexBuilder};

use super::eval::{Evaluation, hole_of};
use super::reading::Plain;
use super::syntax::Expr;
use super::value::{Undecided, Val};

type Result<T> = std::result::Result<T, Undecided>;

/// A function of the language. The target of a method call is the first argument; arguments arrive unevaluated.
pub struct Function {
    pub name: &'static str,
    pub arity: RangeInclusive<usize>,
    pub run: for<'a> fn(&mut Evaluation<'_, 'a>, &[Expr]) -> Result<Val<'a>>,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

macro_rules! functions {
    ($($name:literal $arity:expr => $run:expr;)*) => {
        /// Every function.
        pub(crate) static FUNCTIONS: &[Function] = &[$(Function { name: $name, arity: $arity, run: $run }),*];
    };
}

functions! {
    "size" 1..=1 => size;
    "out" 2..=3 => |e, args| follow(e, args, false);
    "in" 2..=3 => |e, args| follow(e, args, true);
    "relation_exists" 2..=2 => relation_exists;
    "otherwise" 2..=2 => otherwise;
    "as_list" 1..=1 => as_list;
    "keys" 1..=1 => keys;
    "known" 1..=1 => known;
    "reference" 1..=1 => reference;
    "given" 1..=1 => given;
    "secret" 1..=1 => secret;
    "enabled" 1..=1 => |e, args| switched(e, args, true);
    "disabled" 1..=1 => |e, args| switched(e, args, false);
    "unknown" 1..=1 => unknown;
    "glob" 2..=2 => glob_matches;
    "open_cidr" 1..=1 => |e, args| cidr(e, args, is_open);
    "public_cidr" 1..=1 => |e, args| cidr(e, args, has_public_address);
    "statements" 1..=1 => statements_of;
    "matches" 2..=2 => matches_regex;
    "contains" 2..=2 => contains;
    "startsWith" 2..=2 => starts_with;
    "endsWith" 2..=2 => ends_with;
    "lowerAscii" 1..=1 => |e, args| mapped(e, args, str::to_ascii_lowercase);
    "upperAscii" 1..=1 => |e, args| mapped(e, args, str::to_ascii_uppercase);
    "trim" 1..=1 => trim;
    "split" 2..=2 => split;
    "join" 1..=2 => join;
    "base64_decode" 1..=1 => base64_decode;
    "string" 1..=1 => to_text;
    "int" 1..=1 => to_int;
    "double" 1..=1 => |e, args| e.number(&args[0]).map(Val::Number);
}

/// The function of that name.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|f| f.name == name)
}

fn mismatch(message: impl AsRef<str>) -> Undecided {
    Undecided::Mismatch(Arc::from(message.as_ref()))
}

fn size<'a>(e: &mut Evaluation<'_, 'a>, args: &[Expr]) -> Result<Val<'a>> {
    let value = e.eval(&args[0])?;
    if let Ok(Plain::Text(text)) = e.plain(&value) {
        return Ok(Val::Number((text.chars().count() as i64).into()));
    }
    if let Plain::Partly(pieces) = e.plain(&value)? {
        return Err(hole_of(&pieces));
    }
    let list = e.items(&value)?;
    match &list.open {
        Some(reason) => Err(Undecided::Unknown(reason.clone())),
        None => Ok(Val::Number((list.items.len() as i64).into())),
    }
}

fn follow<'a>(e: &mut Evaluation<'_, 'a>, args: &[Expr], incoming: bool) -> Result<Val<'a>> {
    let Val::Asset(asset) = e.eval(&args[0])? else { return Err(mismatch("relations are of assets")) };
    let relation = e.text(&args[1])?;
    let kind = args.get(2).map(|kind| e.text(kind)).transpose()?;
    let found = e.world.neighbours(asset, &relation, kind.as_deref(), incoming);
    e.spend(found.items.len())?;
    Ok(Val::List(Arc::new(found)))
}

fn relation_exists<'a>(e: &mut Evaluation<'_, 'a>, args: &[Expr]) -> Result<Val<'a>> {
    let Val::List(found) = follow(e, args, false)? else { return Ok(Val::Bool(false)) };
    // Even an end that is not known is an end.
    Ok(Val::Bool(!found.items.is_empty() || found.open.is_some()))
}

fn otherwise<'a>(e: &mut Evaluation<'_, 'a>, args: &[Expr]) -> Result<Val<'a>> {
    match e.eval(&args[0]) {
        Err(Undecided::Missing(_)) | Ok(Val::Null) => e.eval(&args[1]),
        Ok(Val::Node(node)) if node.is_null() => e.eval(&args[1]),
        other => other,
    }
}

fn as_list<'a>(e: &mut Evaluation<'_, 'a>, args: &[Expr]) -> Result<Val<'a>> {
    let value = match e.eval(&args[0]) {
        Err(Undecided::Missing(_)) => Val::Null,
        other => other?,
    };
    match &value {
        Val::Null => Ok(Val::list(Vec::new())),
        Val::Node(node) if node.is_null() => Ok(Val::list(Vec::new())),
        Val::Node(Node { value: Value::Unknown(reason), .. }) => Err(Undecided::Unknown(reason.clone())),
        Val::Node(Node { value: Value::List(_), .. }) | Val::List(_) => e.items(&value).map(Val::List),
        Val::Made(node) if matches!(node.value, Value::List(_)) => e.items(&value).map(Val::List),
        _ => Ok(Val::list(vec![value])),
    }
}

fn keys<'a>(e: &mut Evaluation<'_, 'a>, args: &[Expr]) -> Result<Val<'a>> {
    let value = match e.eval(&args[0]) {
        Err(Undecided::Missing(_)) => return Ok(Val::list(Vec::new())),
        other => other?,
    };
    let _ = e.plain(&value)?;
    match e.keys(&value)? {
        Some(keys) => Ok(Val::list(keys.into_iter().map(Val::Text).collect())),
        None => Err(mismatch(format!("a {} has no keys", value.type_name()))),
    }
}

/// Whether a value is known. A value that is only partly known is not; an absent one has no answer.
fn known<'a>(e: &mut Evaluation<'_, 'a>, args: &[Expr]) -> Result<Val<'a>> {
    let value = match e.eval(&args[0]) {
        Err(Undecided::Unknown(_)) => return Ok(Val::Bool(false)),
        other => other?,
    };
    match e.plain(&value) {
        Err(Undecided::Unknown(_)) | Ok(Plain::Partly(_)) => Ok(Val::Bool(false)),
        other => other.map(|_| Val::Bool(true)),
    }
}

/// The attribute that a value is set from, `aws_bedrock_guardrail.g.version`; null when it is set from none.
fn reference<'a>(e: &mut Evaluation<'_, 'a>, args: &[Expr]) -> Result<Val<'a>> {
    let from = match e.eval(&args[0])? {
        Val::Node(node) => node.from.clone(),
        Val::Made(node) => node.from.clone(),
        _ => None,
    };
    Ok(from.map_or(Val::Null, |reference| Val::text(reference.to_string())))
}

/// No answer, for a fact that a kind of resource cannot tell; the reason is shown.
fn unknown<'a>(e: &mut Evaluation<'_, 'a>, args: &[Expr]) -> Result<Val<'a>> {
    let reason = e.text(&args[0])?;
    Err(Undecided::Unknown(reason))
}

/// Whether a value is set to something: it is neither absent nor null nor empty. What is set from elsewhere (a secret's
/// key) is something, though its value is not known.
fn given<'a>(e: &mut Evaluation<'_, 'a>, args: &[Expr]) -> Result<Val<'a>> {
    let value = match e.eval(&args[0]) {
        Err(Undecided::Missing(_)) => return Ok(Val::Bool(false)),
        other => other?,
    };
    if matches!(&value, Val::Node(Node { value: Value::Unknown(_), from: Some(_), .. })) {
        return Ok(Val::Bool(true));
    }
    let something = match e.plain(&value)? {
        Plain::Null => false,
        Plain::Text(text) => !text.is_empty(),
        Plain::Partly(pieces) if pieces.iter().any(|p| matches!(p, Piece::Text(t) if !t.is_empty())) => true,
        Plain::Partly(pieces) => return Err(hole_of(&pieces)),
        Plain::Other(_) => match &value {
            Val::Node(Node { value: Value::List(items), .. }) => !items.is_empty(),
            Val::Node(node) => node.as_map().is_none_or(|map| !map.is_empty()),
            _ => true,
        },
        Plain::Bool(_) | Plain::Number(_) => true,
    };
    Ok(Val::Bool(something))
}

/// Whether a value is a secret or holds one: a secure parameter, a key that is read while deploying. What a module gives out
/// that is not there to be read may be one.
fn secret<'a>(e: &mut Evaluation<'_, 'a>, args: &[Expr]) -> Result<Val<'a>> {
    /// Parts of a value that are looked at.
    const LIMIT: usize = 10_000;
    fn holds(node: &Node, left: &mut usize) -> bool {
        if node.sensitive || *left == 0 {
            return true;
        }
        *left -= 1;
        match &node.value {
            Value::List(items) => items.iter().any(|item| holds(item, left)),
            Value::Map(entries) => entries.values().any(|entry| holds(entry, left)),
            Value::Json(inner) => holds(inner, left),
            _ => false,
        }
    }
    let value = match e.eval(&args[0]) {
        Err(Undecided::Missing(_)) => return Ok(Val::Bool(false)),
        other => other?,
    };
    // Reading it is what makes it evidence; that it is not known is no answer to whether it is a secret.
    let _ = e.plain(&value);
    let node: &Node = match &value {
        Val::Node(node) => node,
        Val::Made(node) => node,
        _ => return Ok(Val::Bool(false)),
    };
    if holds(node, &mut { LIMIT }) {
        return Ok(Val::Bool(true));
    }
    let outside = node.references(LIMIT).into_iter().any(|from| from.attribute.starts_with("outputs."));
    match node.first_unknown(LIMIT) {
        Some(reason) if outside => Err(Undecided::Unknown(reason)),
        _ => Ok(Val::Bool(false)),
    }
}

/// Whether a switch is set to on (or to off), in the words that flags and environment variables have for it. One that
/// is not set is neither.
fn switched<'a>(e: &mut Evaluation<'_, 'a>, args: &[Expr], want: bool) -> Result<Val<'a>> {
    let words = if want { ["true", "1", "yes", "on", "t"] } else { ["false", "0", "no", "off", "f"] };
    let value = match e.eval(&args[0]) {
        Err(Undecided::Missing(_)) => return Ok(Val::Bool(false)),
        other => other?,
    };
    Ok(Val::Bool(match e.plain(&value)? {
        Plain::Null => false,
        Plain::Bool(flag) => flag == want,
        Plain::Number(number) => number == i64::from(want).into(),
        Plain::Text(text) => words.iter().any(|word| text.trim().eq_ignore_ascii_case(word)),
        Plain::Partly(pieces) => return Err(hole_of(&pieces)),
        Plain::Other(_) => return Err(mismatch(format!("a {} is no switch", value.type_name()))),
    }))
}

fn glob_matches<'a>(e: &mut Evaluation<'_, 'a>, args: &[Expr]) -> Result<Val<'a>> {
    let pattern = e.pieces(&args[0])?;
    if matches!(&*pattern, [Piece::Text(p)] if &**p == "*") {
        return Ok(Val::Bool(true));
    }
    let text = e.pieces(&args[1])?;
    match (&*pattern, &*text) {
        ([Piece::Text(pattern)], [Piece::Text(text)]) => {
            e.spend(pattern.len() + text.len())?;
            Ok(Val::Bool(glob(pattern, text)))
        }
        // The known beginnings decide as long as the pattern's has no wildcard.
        ([Piece::Text(a), ..], [Piece::Text(b), ..]) => {
            let literal = a.split(['*', '?']).next().unwrap_or_default().to_ascii_lowercase();
            let known = b.to_ascii_lowercase();
            let shared = literal.len().min(known.len());
            if literal.as_bytes()[..shared] == known.as_bytes()[..shared] {
                Err(if pattern.len() > 1 { hole_of(&pattern) } else { hole_of(&text) })
            } else {
                Ok(Val::Bool(false))
            }
        }
        _ => Err(if pattern.len() > 1 { hole_of(&pattern) } else { hole_of(&text) }),
    }
}

/// IAM-style wildcards: `*` any run, `?` any one character, ASCII case ignored. Linear in practice, O(n·m) at worst.
pub fn glob(pattern: &str, text: &str) -> bool {
    let (p, t) = (pattern.as_bytes(), text.as_bytes());
    let (mut pi, mut ti) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while ti < t.len() {
        match p.get(pi) {
            Some(b'*') => {
                retry = Some((pi + 1, ti));
                pi += 1;
            }
            Some(c) if *c == b'?' || c.eq_ignore_ascii_case(&t[ti]) => {
                pi += 1;
                ti += 1;
            }
            _ => match retry {
                Some((after, from)) => {
                    pi = after;
                    ti = from + 1;
                    retry = Some((after, from + 1));
                }
                None => return false,
            },
        }
    }
    p[pi..].iter().all(|c| *c == b'*')
}

fn cidr<'a>(e: &mut Evaluation<'_, 'a>, args: &[Expr], test: fn(&str) -> Option<bool>) -> Result<Val<'a>> {
    let text = e.text(&args[0])?;
    test(text.trim()).map(Val::Bool).ok_or_else(|| mismatch(format!("{text:?} is not an address range")))
}

fn is_open(text: &str) -> Option<bool> {
    if ["*", "any", "internet", "0.0.0.0", "::/0"].iter().any(|w| text.eq_ignore_ascii_case(w)) {
        return Some(true);
    }
    match text.rsplit_once('/') {
        Some((address, "0")) if address.parse::<IpAddr>().is_ok() => Some(true),
        Some((address, _)) if address.parse::<IpAddr>().is_ok() => Some(false),
        // A service tag or a single address is never everything.
        _ => Some(false),
    }
}

fn has_public_address(text: &str) -> Option<bool> {
    if is_open(text)? {
        return Some(true);
    }
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits.parse::<u32>().ok()?)),
        None => (text, None),
    };
    if let Ok(ip) = address.parse::<Ipv4Addr>() {
        let bits = bits.unwrap_or(32);
        let inside = |base: Ipv4Addr, size: u32| {
            bits >= size && (u32::from(ip) ^ u32::from(base)).checked_shr(32 - size).unwrap_or(0) == 0
        };
        let private = inside(Ipv4Addr::new(10, 0, 0, 0), 8)
            || inside(Ipv4Addr::new(172, 16, 0, 0), 12)
            || inside(Ipv4Addr::new(192, 168, 0, 0), 16)
            || inside(Ipv4Addr::new(100, 64, 0, 0), 10)
            || inside(Ipv4Addr::new(127, 0, 0, 0), 8)
            || inside(Ipv4Addr::new(169, 254, 0, 0), 16);
        return Some(!private);
    }
    let ip = address.parse::<Ipv6Addr>().ok()?;
    Some(!(ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local()))
}

fn statements_of<'a>(e: &mut Evaluation<'_, 'a>, args: &[Expr]) -> Result<Val<'a>> {
    let value = match e.eval(&args[0]) {
        Err(Undecided::Missing(_)) => return Ok(Val::list(Vec::new())),
        other => other?,
    };
    let _ = e.plain(&value)?; // records the policy as evidence, and is undecided where the policy is
    let node: &Node = match &value {
        Val::Node(node) => node,
        Val::Made(node) => node,
        Val::Null => return Ok(Val::list(Vec::new())),
        _ => return Err(mismatch("a policy is a document")),
    };
    let statements = statements(node).map_err(Undecided::Unknown)?;
    e.spend(statements.len())?;
    Ok(Val::list(statements.into_iter().map(|s| Val::Made(Arc::new(s))).collect()))
}

/// The statements of an IAM policy document, `Action`, `NotAction`, `Resource` and `NotResource` as lists. A statement
/// that is itself unknown makes the whole answer unknown, with its reason.
pub fn statements(policy: &Node) -> std::result::Result<Vec<Node>, Arc<str>> {
    const LISTS: [&str; 4] = ["Action", "NotAction", "Resource", "NotResource"];
    let inner = match &policy.value {
        Value::Json(inner) => inner,
        Value::Unknown(reason) => return Err(reason.clone()),
        _ => policy,
    };
    let Some(statement) = inner.get("Statement") else { return Ok(Vec::new()) };
    let each: &[Node] = match &statement.value {
        Value::List(items) => items,
        _ => std::slice::from_ref(statement),
    };
    let normal = |statement: &Node| match &statement.value {
        Value::Unknown(reason) => Err(reason.clone()),
        _ => {
            let mut entries = statement.as_map().map(|m| (**m).clone()).unwrap_or_default();
            for key in LISTS {
                if let Some(value) = entries.get_mut(key)
                    && !matches!(value.value, Value::List(_) | Value::Unknown(_))
                {
                    *value = Node { at: value.at.clone(), ..Value::list(vec![value.clone()]).into() };
                }
            }
            Ok(Node { value: Value::map(entries), ..statement.clone() })
        }
    };
    each.iter().map(normal).collect()
}

/// Regular expressions are compiled once; the linear-time engine and the size limit bound a hostile one.
pub(super) fn regex(pattern: &str) -> Result<Arc<Regex>> {
    type Cache = Mutex<HashMap<String, std::result::Result<Arc<Regex>, Arc<str>>>>;
    static CACHE: OnceLock<Cache> = OnceLock::new();
    let mut cache =
        CACHE.get_or_init(Cache::default).lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if cache.len() > 256 {
        cache.clear();
    }
    let entry = cache.entry(pattern.to_owned()).or_insert_with(|| {
        let built = RegexBuilder::new(pattern).size_limit(1 << 20).dfa_size_limit(1 << 20).build();
        built.map(Arc::new).map_err(|error| {
            let last = error.to_string().lines().last().unwrap_or_default().trim().to_owned();
            Arc::from(format!("regular expression {pattern:?}: {last}"))
        })
    });
    entry.clone().map_err(Undecided::Mismatch)
}

fn matches_regex<'a>(e: &mut Evaluation<'_, 'a>, args: &[Expr]) -> Result<Val<'a>> {
    let text = e.text(&args[0])?;
    let pattern = e.text(&args[1])?;
    e.spend(text.len() / 64)?;
    Ok(Val::Bool(regex(&pattern)?.is_match(&text)))
}

fn contains<'a>(e: &mut Evaluation<'_, 'a>, args: &[Expr]) -> Result<Val<'a>> {
    let value = e.eval(&args[0])?;
    if !matches!(e.plain(&value)?, Plain::Text(_) | Plain::Partly(_)) {
        let needle = e.eval(&args[1])?;
        return e.member(&needle, &value).map(Val::Bool);
    }
    let (text, needle) = (e.pieces(&args[0])?, e.text(&args[1])?);
    let found = text.iter().any(|p| matches!(p, Piece::Text(t) if t.contains(&*needle)));
    if found || text.len() == 1 && matches!(text[0], Piece::Text(_)) {
        Ok(Val::Bool(found))
    } else {
        Err(hole_of(&text))
    }
}

fn starts_with<'a>(e: &mut Evaluation<'_, 'a>, args: &[Expr]) -> Result<Val<'a>> {
    let (text, prefix) = (e.pieces(&args[0])?, e.text(&args[1])?);
    match text.first() {
        Some(Piece::Text(t)) if t.starts_with(&*prefix) => Ok(Val::Bool(true)),
        Some(Piece::Text(t)) if text.len() == 1 || !prefix.starts_with(&**t) => Ok(Val::Bool(false)),
        _ => Err(hole_of(&text)),
    }
}

fn ends_with<'a>(e: &mut Evaluation<'_, 'a>, args: &[Expr]) -> Result<Val<'a>> {
    let (text, suffix) = (e.pieces(&args[0])?, e.text(&args[1])?);
    match text.last() {
        Some(Piece::Text(t)) if t.ends_with(&*suffix) => Ok(Val::Bool(true)),
        Some(Piece::Text(t)) if text.len() == 1 || !suffix.ends_with(&**t) => Ok(Val::Bool(false)),
        _ => Err(hole_of(&text)),
    }
}

/// The text with every known piece mapped; what is not known stays a hole, so that its end may still be looked at.
fn mapped<'a>(e: &mut Evaluation<'_, 'a>, args: &[Expr], map: fn(&str) -> String) -> Result<Val<'a>> {
    let pieces = e.pieces(&args[0])?;
    if let [Piece::Text(text)] = &*pieces {
        return Ok(Val::text(map(text)));
    }
    let mapped = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => Piece::Text(map(text).into()),
        hole @ Piece::Hole { .. } => hole.clone(),
    });
    Ok(Val::Made(Arc::new(Value::text(mapped).into())))
}

fn trim<'a>(e: &mut Evaluation<'_, 'a>, args: &[Expr]) -> Result<Val<'a>> {
    Ok(Val::text(e.text(&args[0])?.trim()))
}

fn split<'a>(e: &mut Evaluation<'_, 'a>, args: &[Expr]) -> Result<Val<'a>> {
    let (text, separator) = (e.text(&args[0])?, e.text(&args[1])?);
    e.spend(text.len())?;
    Ok(Val::list(text.split(&*separator).map(Val::text).collect()))
}

fn join<'a>(e: &mut Evaluation<'_, 'a>, args: &[Expr]) -> Result<Val<'a>> {
    let list = e.evaluated_items(&args[0])?;
    if let Some(reason) = &list.open {
        return Err(Undecided::Unknown(reason.clone()));
    }
    let separator = args.get(1).map(|s| e.text(s)).transpose()?;
    let texts = list.items.iter().map(|item| e.as_text(item)).collect::<Result<Vec<_>>>()?;
    e.spend(texts.iter().map(|t| t.len()).sum())?;
    Ok(Val::text(texts.join(separator.as_deref().unwrap_or_default())))
}

/// The text inside base64, padding optional and line breaks ignored; bytes that are no text become replacement characters.
fn base64_decode<'a>(e: &mut Evaluation<'_, 'a>, args: &[Expr]) -> Result<Val<'a>> {
    const FORGIVING: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let text = e.text(&args[0])?;
    e.spend(text.len() / 64)?;
    let letters: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let bytes = FORGIVING.decode(letters).map_err(|_| mismatch("the text is not base64"))?;
    Ok(Val::text(String::from_utf8_lossy(&bytes)))
}

fn to_text<'a>(e: &mut Evaluation<'_, 'a>, args: &[Expr]) -> Result<Val<'a>> {
    let value = e.eval(&args[0])?;
    match e.plain(&value)? {
        Plain::Text(text) => Ok(Val::Text(text)),
        Plain::Bool(flag) => Ok(Val::text(flag.to_string())),
        Plain::Number(number) => Ok(Val::text(number.to_string())),
        Plain::Partly(pieces) => Err(hole_of(&pieces)),
        Plain::Null | Plain::Other(_) => Err(mismatch(format!("a {} has no text", value.type_name()))),
    }
}

fn to_int<'a>(e: &mut Evaluation<'_, 'a>, args: &[Expr]) -> Result<Val<'a>> {
    let number = e.number(&args[0])?;
    let int = number.as_i64().or_else(|| model::Number::from_f64(number.as_f64().trunc())?.as_i64());
    int.map(|i| Val::Number(i.into())).ok_or_else(|| mismatch(format!("{number} is not a whole number")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glob_is_iam_s() {
        for (pattern, text, want) in [
            ("*", "", true),
            ("bedrock:*", "bedrock:InvokeModel", true),
            ("bedrock:Invoke*Stream", "bedrock:InvokeModelWithResponseStream", true),
            ("BEDROCK:invoke?odel", "bedrock:InvokeModel", true),
            ("bedrock:*", "sagemaker:InvokeEndpoint", false),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxbyy", false),
            ("", "x", false),
        ] {
            assert_eq!(glob(pattern, text), want, "{pattern} {text}");
        }
    }

    #[test]
    fn address_ranges() {
        for (text, open, public) in [
            ("0.0.0.0/0", Some(true), Some(true)),
            ("::/0", Some(true), Some(true)),
            ("*", Some(true), Some(true)),
            ("10.0.0.0/8", Some(false), Some(false)),
            ("10.0.0.0/7", Some(false), Some(true)),
            ("172.20.1.0/24", Some(false), Some(false)),
            ("203.0.113.7", Some(false), Some(true)),
            ("fd00::/8", Some(false), Some(false)),
            ("VirtualNetwork", Some(false), None),
        ] {
            assert_eq!((is_open(text), has_public_address(text)), (open, public), "{text}");
        }
    }
}
