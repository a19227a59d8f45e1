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

fn compile(pattern: &str) -> Result<Regex> {
    RegexBuilder::new(&translate(pattern)?)
        .size_limit(MAX_COMPILED)
        .dfa_size_limit(MAX_COMPILED)
        .nest_limit(MAX_NESTING)
        .build()
        .map_err(|e| match e {
            regex::Error::CompiledTooBig(_) => format!("the expression compiles to more than {MAX_COMPILED} bytes"),
            e => format!("invalid regular expression: {}", e.to_string().lines().last().unwrap_or("").trim_start_matches("error: ")),
        })
}

/// RE2's syntax in that of the `regex` crate: `\d \s \w \b` know only ASCII, `\Q…\E` quotes, and a bracket or set
/// operator inside a class stands for itself.
fn translate(pattern: &str) -> Result<String> {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars().peekable();
    let mut in_class = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('d') => out.push_str(if in_class { "0-9" } else { "[0-9]" }),
                Some('s') => out.push_str(if in_class { r"\t\n\f\r " } else { r"[\t\n\f\r ]" }),
                Some('w') => out.push_str(if in_class { "0-9A-Za-z_" } else { "[0-9A-Za-z_]" }),
                Some('D') => out.push_str("[^0-9]"),
                Some('S') => out.push_str(r"[^\t\n\f\r ]"),
                Some('W') => out.push_str("[^0-9A-Za-z_]"),
                Some(c @ ('b' | 'B')) if !in_class => out.push_str(&format!(r"(?-u:\{c})")),
                Some('Q') if !in_class => {
                    let rest: String = chars.by_ref().collect();
                    let (quoted, after) = rest.split_once("\\E").unwrap_or((&rest, ""));
                    out.push_str(&regex::escape(quoted));
                    out.push_str(&translate(after)?);
                    return Ok(out);
                }
                Some(c @ ('u' | 'U' | 'C' | 'Z' | 'G' | '<' | '>')) => {
                    return Err(format!("invalid regular expression: unknown escape \\{c}"));
                }
                Some(c @ '1'..='9') => {
                    return Err(format!("invalid regular expression: back references such as \\{c} are not supported"));
                }
                Some('0') => {
                    let mut octal = 0;
                    for _ in 0..2 {
                        let Some(digit) = chars.peek().and_then(|c| c.to_digit(8)) else { break };
                        octal = octal * 8 + digit;
                        chars.next();
                    }
                    out.push_str(&format!(r"\x{{{octal:x}}}"));
                }
                Some(c) => {
                    out.push('\\');
                    out.push(c);
                }
                None => out.push('\\'),
            },
            '[' if in_class => {
                if chars.peek() == Some(&':') {
                    out.push('[');
                } else {
                    out.push_str(r"\[");
                }
            }
            '[' => {
                in_class = true;
                out.push('[');
                if chars.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
                if chars.next_if_eq(&']').is_some() {
                    out.push_str(r"\]");
                }
            }
            ']' if in_class => {
                // The end of `[:alpha:]` ends the inner class only.
                if out.ends_with(':') && out.rfind("[:").is_some_and(|at| at + 1 < out.len() - 1 && !out[at + 2..out.len() - 1].contains(']')) {
                    out.push(']');
                } else {
                    in_class = false;
                    out.push(']');
                }
            }
            '&' | '~' if in_class => {
                out.push('\\');
                out.push(c);
            }
            '-' if in_class && chars.peek() == Some(&'-') => out.push_str(r"\-"),
            c => out.push(c),
        }
    }
    Ok(out)
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
        let re = |pattern: &'static str, text: &'static str, want| ("regex", vec![pattern.into(), text.into()], want);
        check(&[
            re("[a-z]+", "12abc34", r#""abc""#),
            re("([a-z])([0-9])?", "a", r#"["a",null]"#),
            re("(?P<x>[a-z])(?P<y>[0-9])?", "a1", r#"{"x":"a","y":"1"}"#),
            re("(?P<x>a)(b)", "ab", "error: invalid regular expression: named and unnamed groups cannot be mixed"),
            re("x", "abc", "error: the pattern does not match any part of the text"),
            re(r"\w+", "é_a", r#""_a""#),
            re(r"\bfoo\b", "éfoo foo", r#""foo""#),
            re(r"\Qa.b\E+", "xa.bb", r#""a.bb""#),
            re(r"[[:alpha:]_]+", "12ab_c", r#""ab_c""#),
            re(r"[]a]+", "x]a", r#""]a""#),
            re(r"[[a]+", "x[a", r#""[a""#),
            re(r"[a&&b]+", "a&b", r#""a\u0026b""#),
            re(r"[\w.-]+", "é a.b-c", r#""a""#),
            re(r"(?U)a+", "aaa", r#""a""#),
            re(r"\pL+", "1é", r#""é""#),
            re(r"\C", "a", r"error: invalid regular expression: unknown escape \C"),
            re(r"((((a{100}){100}){100}){100})", "a", "error: the expression compiles to more than 1048576 bytes"),
            ("regexall", vec!["a*".into(), "baac".into()], r#"["","aa",""]"#),
            ("regexall", vec!["(?P<a>x)|y".into(), "xy".into()], r#"[{"a":"x"},{"a":null}]"#),
            ("replace", vec!["abc".into(), "/(b)(c)/".into(), "$2$1".into()], r#""acb""#),
            ("replace", vec!["abc".into(), "/(b)/".into(), "${1}x$1x".into()], r#""abxc""#),
            ("replace", vec!["abc".into(), "/z*/".into(), "-".into()], r#""-a-b-c-""#),
            ("replace", vec!["abc".into(), "/b/".into(), "$$".into()], r#""a$c""#),
        ]);
    }
}
