//! Regular expressions: `regex`, `regexall` and the search of `replace`, in RE2's syntax.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Node, Value};
use regex::{Captures, Regex, RegexBuilder};

use super::limits;
use super::text::{known, string};

type Result<T = Node> = std::result::Result<T, String>;

/// Bytes that a compiled expression may take.
const MAX_COMPILED: usize = 1 << 20;
const MAX_NESTING: u32 = 100;
/// The most times that RE2 repeats something.
const MAX_REPEAT: u32 = 1000;

fn compile(pattern: &str) -> Result<Regex> {
    RegexBuilder::new(&translate(pattern)?)
        .size_limit(MAX_COMPILED)
        .dfa_size_limit(MAX_COMPILED)
        .nest_limit(MAX_NESTING)
        .build()
        .map_err(|e| match e {
            regex::Error::CompiledTooBig(_) => {
                format!("the expression compiles to more than {MAX_COMPILED} bytes")
            }
            e => format!(
                "invalid regular expression: {}",
                e.to_string().lines().last().unwrap_or("").trim_start_matches("error: ")
            ),
        })
}

/// RE2's syntax in that of the `regex` crate. What only one of them knows is refused or escaped: `\d \s \w \b` know
/// only ASCII, `\Q…\E` quotes, `\101` is octal, a brace that counts nothing and a bracket or set operator inside a
/// class stand for themselves, and a repetition cannot be repeated.
fn translate(pattern: &str) -> Result<String> {
    let mut to = Translation { out: String::with_capacity(pattern.len()), rest: pattern, repeated: false };
    while let Some(c) = to.next() {
        let repeated = std::mem::take(&mut to.repeated);
        match c {
            '\\' => to.escape(false)?,
            '[' => to.class()?,
            '*' | '+' | '?' | '{' => to.repetition(c, repeated)?,
            '(' if to.rest.starts_with('?') => {
                let flags = to.rest[1..].split([':', ')', '<', 'P']).next().unwrap_or_default();
                if flags.contains(['x', 'u', 'R', 'r']) {
                    return Err(format!("invalid regular expression: unsupported flags {flags:.10?}"));
                }
                to.out.push('(');
            }
            c => to.out.push(c),
        }
    }
    Ok(to.out)
}

struct Translation<'p> {
    out: String,
    rest: &'p str,
    /// Whether what was written last is a repetition.
    repeated: bool,
}

impl Translation<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn repetition(&mut self, c: char, repeated: bool) -> Result<()> {
        if c == '{' {
            let count = self.rest.split_once('}').map(|(count, _)| count).filter(|count| {
                let (least, most) = count.split_once(',').unwrap_or((count, ""));
                !least.is_empty() && least.bytes().chain(most.bytes()).all(|b| b.is_ascii_digit())
            });
            let Some(count) = count else {
                self.out.push_str(r"\{");
                return Ok(());
            };
            if count.split(',').any(|n| n.parse::<u32>().is_ok_and(|n| n > MAX_REPEAT)) {
                return Err(format!("invalid regular expression: a repetition is above {MAX_REPEAT}"));
            }
            self.out.push_str(&format!("{{{count}}}"));
            self.rest = &self.rest[count.len() + 1..];
        } else {
            self.out.push(c);
        }
        if repeated {
            return Err("invalid regular expression: a repetition cannot be repeated".to_owned());
        }
        // A question mark after a repetition only makes it lazy.
        if let Some(rest) = self.rest.strip_prefix('?') {
            self.rest = rest;
            self.out.push('?');
        }
        self.repeated = true;
        Ok(())
    }

    fn class(&mut self) -> Result<()> {
        self.out.push('[');
        if let Some(rest) = self.rest.strip_prefix('^') {
            self.rest = rest;
            self.out.push('^');
        }
        let mut first = true;
        while let Some(c) = self.next() {
            match c {
                ']' if !first => {
                    self.out.push(']');
                    return Ok(());
                }
                '\\' => self.escape(true)?,
                '[' => match self.rest.find(":]") {
                    Some(end) if self.rest.starts_with(':') && end < 14 => {
                        self.out.push_str(&format!("[{}:]", &self.rest[..end]));
                        self.rest = &self.rest[end + 2..];
                    }
                    _ => self.out.push_str(r"\["),
                },
                ']' | '&' | '~' => self.out.push_str(&format!("\\{c}")),
                '-' if self.rest.starts_with('-') => self.out.push_str(r"\-"),
                c => self.out.push(c),
            }
            first = false;
        }
        Err("invalid regular expression: a class does not end".to_owned())
    }

    fn escape(&mut self, in_class: bool) -> Result<()> {
        let Some(c) = self.next() else {
            return Err("invalid regular expression: a backslash at the end".to_owned());
        };
        let unknown = || Err(format!("invalid regular expression: unknown escape \\{c}"));
        match c {
            'd' => self.out.push_str(if in_class { "0-9" } else { "[0-9]" }),
            's' => self.out.push_str(if in_class { r"\t\n\f\r " } else { r"[\t\n\f\r ]" }),
            'w' => self.out.push_str(if in_class { "0-9A-Za-z_" } else { "[0-9A-Za-z_]" }),
            'D' => self.out.push_str("[^0-9]"),
            'S' => self.out.push_str(r"[^\t\n\f\r ]"),
            'W' => self.out.push_str("[^0-9A-Za-z_]"),
            'b' if !in_class => self.out.push_str(r"(?-u:\b)"),
            'B' | 'A' | 'z' if !in_class => self.out.push_str(&format!("\\{c}")),
            'Q' if !in_class => {
                let (quoted, after) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
                self.out.push_str(&regex::escape(quoted));
                self.rest = after;
            }
            'E' if !in_class => {}
            'a' | 'f' | 'n' | 'r' | 't' | 'v' => self.out.push_str(&format!("\\{c}")),
            'x' | 'p' | 'P' => {
                self.out.push_str(&format!("\\{c}"));
                if let Some((name, _)) = self.rest.split_once('}')
                    && name.starts_with('{')
                {
                    self.rest = &self.rest[name.len() + 1..];
                    self.out.push_str(&format!("{name}}}"));
                }
            }
            '0'..='7' => {
                let more = self.rest.bytes().take(2).take_while(|b| matches!(b, b'0'..=b'7')).count();
                // One digit other than zero would be a back reference.
                if c != '0' && more == 0 {
                    return unknown();
                }
                let code = u32::from_str_radix(&format!("{c}{}", &self.rest[..more]), 8).unwrap_or_default();
                self.rest = &self.rest[more..];
                self.out.push_str(&format!(r"\x{{{code:x}}}"));
            }
            c if c.is_ascii_punctuation() => self.out.push_str(&format!(r"\x{:02x}", u32::from(c))),
            _ => return unknown(),
        }
        Ok(())
    }
}

/// What one match gives: the text, or its groups as a list, or as a map when they have names.
fn value(regex: &Regex, found: &Captures<'_>) -> Result {
    let group = |i: usize| found.get(i).map_or_else(|| Ok(Node::null()), |m| string(m.as_str()));
    if regex.captures_len() == 1 {
        return group(0);
    }
    let names: Vec<&str> = regex.capture_names().skip(1).flatten().collect();
    if names.is_empty() {
        return Ok(Value::list((1..found.len()).map(group).collect::<Result<_>>()?).into());
    }
    let named = regex.capture_names().enumerate().filter_map(|(i, name)| Some((i, name?)));
    let entries = named.map(|(i, name)| Ok((Arc::from(name), group(i)?)));
    Ok(Value::map(entries.collect::<Result<BTreeMap<_, _>>>()?).into())
}

fn checked(pattern: &str) -> Result<Regex> {
    let regex = compile(pattern)?;
    let names = regex.capture_names().skip(1).flatten().count();
    if names > 0 && names + 1 < regex.captures_len() {
        return Err("invalid regular expression: named and unnamed groups cannot be mixed".to_owned());
    }
    Ok(regex)
}

pub(super) fn regex(args: &[Node]) -> Result {
    let regex = checked(known(&args[0]))?;
    match regex.captures(known(&args[1])) {
        Some(found) => value(&regex, &found),
        None => Err("the pattern does not match any part of the text".to_owned()),
    }
}

pub(super) fn regexall(args: &[Node]) -> Result {
    let regex = checked(known(&args[0]))?;
    let mut all = Vec::new();
    let mut parts = 0;
    for found in regex.captures_iter(known(&args[1])) {
        parts += found.len();
        limits::items(parts)?;
        all.push(value(&regex, &found)?);
    }
    Ok(Value::list(all).into())
}

pub(super) fn replace(text: &str, pattern: &str, by: &str) -> Result {
    let regex = compile(pattern)?;
    let mut out = String::new();
    let mut last = 0;
    for found in regex.captures_iter(text) {
        let Some(all) = found.get(0) else { continue };
        out.push_str(&text[last..all.start()]);
        // `$1x` names the group `1x` in both languages, and a group that does not exist is empty.
        found.expand(by, &mut out);
        limits::text(out.len())?;
        last = all.end();
    }
    out.push_str(&text[last..]);
    string(out)
}

#[cfg(test)]
mod tests {
    use crate::terraform::functions::testing::check;

    #[test]
    fn expressions_are_those_of_re2() {
        let re = |pattern: &'static str, text: &'static str, want| {
            ("regex", vec![pattern.into(), text.into()], want)
        };
        check(&[
            re("[a-z]+", "12abc34", r#""abc""#),
            re("([a-z])([0-9])?", "a", r#"["a",null]"#),
            re("(?P<x>[a-z])(?P<y>[0-9])?", "a1", r#"{"x":"a","y":"1"}"#),
            re(
                "(?P<x>a)(b)",
                "ab",
                "error: invalid regular expression: named and unnamed groups cannot be mixed",
            ),
            re("x", "abc", "error: the pattern does not match any part of the text"),
            re(r"\w+", "é_a", r#""_a""#),
            re(r"\bfoo\b", "éfoo foo", r#""foo""#),
            re(r"\Qa.b\E+", "xa.bb", r#""a.bb""#),
            re(r"[[:alpha:]_]+", "12ab_c", r#""ab_c""#),
            re(r"[]a]+", "x]a", r#""]a""#),
            re(r"[[a]+", "x[a", r#""[a""#),
            re(r"[a&&b]+", "a&b", r#""a\u0026b""#),
            re(r"[\w.-]+", "é a.b-c", r#""a.b-c""#),
            re(r"(?U)a+", "aaa", r#""a""#),
            re(r"\pL+", "1é", r#""é""#),
            re(r"\C", "a", r"error: invalid regular expression: unknown escape \C"),
            re(
                r"((((a{100}){100}){100}){100})",
                "a",
                "error: the expression compiles to more than 1048576 bytes",
            ),
            ("regexall", vec!["a*".into(), "baac".into()], r#"["","aa",""]"#),
            ("regexall", vec!["(?P<a>x)|y".into(), "xy".into()], r#"[{"a":"x"},{"a":null}]"#),
            ("replace", vec!["abc".into(), "/(b)(c)/".into(), "$2$1".into()], r#""acb""#),
            ("replace", vec!["abc".into(), "/(b)/".into(), "${1}x$1x".into()], r#""abxc""#),
            ("replace", vec!["abc".into(), "/z*/".into(), "-".into()], r#""-a-b-c-""#),
            ("replace", vec!["abc".into(), "/b/".into(), "$$".into()], r#""a$c""#),
        ]);
    }
}
