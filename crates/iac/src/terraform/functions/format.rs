//! `format` and `formatlist`. A value that is not known leaves a hole in the text.

use model::{Node, Number, Piece, Value};
use unicode_segmentation::UnicodeSegmentation;

use super::text::{detached, joined, known, pieces, unknown_because};
use super::{json, limits, number};
use crate::terraform::types::{number_text, to_bool, to_number, to_string};

type Result<T = Node> = std::result::Result<T, String>;

/// The widest field and the most digits: far more than anybody reads.
const MAX_WIDTH: usize = 4096;

/// One `%` directive: flags, width, precision, the argument that it names, and its letter.
struct Verb<'a> {
    raw: &'a str,
    flags: &'a str,
    width: usize,
    precision: Option<usize>,
    argument: Option<usize>,
    letter: char,
}

impl Verb<'_> {
    fn has(&self, flag: char) -> bool {
        self.flags.contains(flag)
    }
}

enum Token<'a> {
    Text(&'a str),
    Verb(Verb<'a>),
}

fn tokens(format: &str) -> Result<Vec<Token<'_>>> {
    let mut all = Vec::new();
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        all.push(Token::Text(&rest[..at]));
        rest = &rest[at..];
        if rest.starts_with("%%") {
            all.push(Token::Text("%"));
            rest = &rest[2..];
            continue;
        }
        let (verb, length) = verb(rest)?;
        all.push(Token::Verb(verb));
        rest = &rest[length..];
    }
    all.push(Token::Text(rest));
    Ok(all)
}

fn verb(text: &str) -> Result<(Verb<'_>, usize)> {
    let bytes = text.as_bytes();
    let run = |from: usize, of: fn(&u8) -> bool| from + bytes[from..].iter().take_while(|b| of(b)).count();
    let number = |from: usize, to: usize| -> Result<usize> {
        text[from..to]
            .parse()
            .ok()
            .filter(|n| *n <= MAX_WIDTH)
            .ok_or_else(|| format!("a width in {text:.20?} is above {MAX_WIDTH}"))
    };
    let flags_end = run(1, |b| matches!(b, b'+' | b'-' | b' ' | b'#' | b'0'));
    let mut at = run(flags_end, u8::is_ascii_digit);
    let width = if at > flags_end { number(flags_end, at)? } else { 0 };
    let mut precision = None;
    if bytes.get(at) == Some(&b'.') {
        let end = run(at + 1, u8::is_ascii_digit);
        precision = Some(if end > at + 1 { number(at + 1, end)? } else { 0 });
        at = end;
    }
    let mut argument = None;
    if bytes.get(at) == Some(&b'[') {
        let end = run(at + 1, u8::is_ascii_digit);
        argument = text[at + 1..end].parse().ok().filter(|n| *n > 0);
        if argument.is_none() || bytes.get(end) != Some(&b']') {
            return Err(format!("invalid argument number in the format {text:.20?}"));
        }
        at = end + 1;
    }
    match text[at..].chars().next() {
        Some(letter) if letter.is_ascii_alphabetic() => {
            let raw = &text[..=at];
            Ok((Verb { raw, flags: &text[1..flags_end], width, precision, argument, letter }, at + 1))
        }
        Some(other) => Err(format!("unrecognised character {other:?} in the format {text:.20?}")),
        None => Err(format!("the format ends inside {text:?}")),
    }
}

pub(super) fn format(args: &[Node]) -> Result {
    if args[0].as_str().is_none() {
        return Ok(unknown_because(&args[0]));
    }
    let tokens = tokens(known(&args[0]))?;
    written(&tokens, &args[1..].iter().collect::<Vec<_>>())
}

pub(super) fn formatlist(args: &[Node]) -> Result {
    if args[0].as_str().is_none() {
        return Ok(unknown_because(&args[0]));
    }
    let mut count = None;
    for (i, arg) in args[1..].iter().enumerate() {
        match &arg.value {
            // It could be a list of any length.
            Value::Unknown(_) => return Ok(unknown_because(arg)),
            Value::List(items) => match count {
                Some(count) if count != items.len() => {
                    return Err(format!(
                        "argument {} has {} elements where another has {count}",
                        i + 2,
                        items.len()
                    ));
                }
                _ => count = Some(items.len()),
            },
            _ => {}
        }
    }
    let tokens = tokens(known(&args[0]))?;
    limits::items(count.unwrap_or(1).saturating_mul(args.len()))?;
    let mut length = 0;
    let row = |i: usize| -> Result {
        let row: Vec<&Node> = args[1..].iter().map(|n| n.as_list().map_or(n, |items| &items[i])).collect();
        let text = written(&tokens, &row).map_err(|e| format!("element {i}: {e}"))?;
        length += text.as_str().map_or(0, str::len);
        limits::text(length)?;
        Ok(text)
    };
    Ok(Value::list((0..count.unwrap_or(1)).map(row).collect::<Result<_>>()?).into())
}

fn written(tokens: &[Token<'_>], args: &[&Node]) -> Result {
    let (mut next, mut highest, mut length) = (0, 0, 0);
    let mut out = Vec::new();
    for token in tokens {
        match token {
            Token::Text(text) => out.push(Piece::Text((*text).into())),
            Token::Verb(verb) => {
                let index = verb.argument.map_or(next, |n| n - 1);
                next = index + 1;
                highest = highest.max(next);
                let arg = args.get(index).ok_or_else(|| {
                    format!("{} needs argument {next}, but there are {}", verb.raw, args.len())
                })?;
                let written =
                    write(verb, arg).map_err(|e| format!("unsupported value for {}: {e}", verb.raw))?;
                length +=
                    written.iter().map(|p| if let Piece::Text(t) = p { t.len() } else { 0 }).sum::<usize>();
                limits::text(length)?;
                out.extend(written);
            }
        }
    }
    if highest < args.len() {
        return Err(format!("too many arguments: the format uses only {highest}"));
    }
    joined(out)
}

/// A text that one character more or less would change: then a hole does not become part of it as it is.
fn whole_only(verb: &Verb<'_>, pieces: Vec<Piece>, form: impl Fn(&str) -> String) -> Vec<Piece> {
    match Value::text(pieces.iter().cloned()) {
        Value::String(text) => vec![Piece::Text(form(&text).into())],
        _ if verb.width == 0 && verb.precision.is_none() => pieces,
        _ => pieces.iter().find(|p| matches!(p, Piece::Hole { .. })).map(detached).into_iter().collect(),
    }
}

fn write(verb: &Verb<'_>, node: &Node) -> Result<Vec<Piece>> {
    let text = |text: String| Ok(vec![Piece::Text(text.into())]);
    if node.is_null() && verb.letter != 'v' {
        return Err("null cannot be formatted".to_owned());
    }
    match verb.letter {
        'v' => match &node.value {
            Value::Number(n) if !verb.has('#') => text(padded_number(verb, number::shortest(n.as_f64()))),
            Value::String(_) | Value::Template(_) | Value::Unknown(_) | Value::Json(_) if !verb.has('#') => {
                Ok(whole_only(verb, pieces(node)?.into_owned(), |t| padded(verb, t)))
            }
            _ => Ok(whole_only(verb, json::pieces(node)?, |t| padded(verb, t))),
        },
        's' => {
            let node = to_string(node).map_err(|_| "a string is required")?;
            Ok(whole_only(verb, pieces(&node)?.into_owned(), |t| padded(verb, &cut(verb, t))))
        }
        'q' => {
            let node = to_string(node).map_err(|_| "a string is required")?;
            let quote = |t: &str| {
                let mut out = String::new();
                json::quote(&cut(verb, t), &mut out);
                padded(verb, &out)
            };
            match Value::text(pieces(&node)?.iter().cloned()) {
                Value::String(t) => text(quote(&t)),
                other => Ok(whole_only(verb, json::pieces(&other.into())?, quote)),
            }
        }
        't' => match to_bool(node)?.value {
            Value::Bool(b) => text(b.to_string()),
            _ => Ok(hole(node)),
        },
        'b' | 'd' | 'o' | 'x' | 'X' => match to_number(node)?.value {
            Value::Number(n) => text(integer(verb, n)?),
            _ => Ok(hole(node)),
        },
        'e' | 'E' | 'f' | 'g' | 'G' => match to_number(node)?.value {
            Value::Number(n) => text(float(verb, n.as_f64())),
            _ => Ok(hole(node)),
        },
        _ => Err("there is no such verb".to_owned()),
    }
}

fn hole(node: &Node) -> Vec<Piece> {
    let reason = node.first_unknown(limits::MAX_NODES).unwrap_or_else(|| "the value is not known".into());
    vec![Piece::Hole { reason, from: None }]
}

fn integer(verb: &Verb<'_>, n: Number) -> Result<String> {
    let value = match n {
        Number::Int(i) => i128::from(i),
        Number::Float(f) if f.fract() == 0.0 && verb.letter == 'd' => {
            return Ok(padded_number(verb, signed(verb, number_text(Number::Float(f)))));
        }
        Number::Float(f) if f.fract() == 0.0 && f.abs() < 1e38 => f as i128,
        Number::Float(_) => return Err("a whole number is required".to_owned()),
    };
    let size = value.unsigned_abs();
    let (prefix, digits) = match verb.letter {
        'b' => ("0b", format!("{size:b}")),
        'o' => ("0", format!("{size:o}")),
        'x' => ("0x", format!("{size:x}")),
        'X' => ("0X", format!("{size:X}")),
        _ => ("", size.to_string()),
    };
    let zeros = "0".repeat(verb.precision.unwrap_or(0).saturating_sub(digits.len()));
    let prefix = if verb.has('#') { prefix } else { "" };
    let minus = if value < 0 { "-" } else { "" };
    Ok(padded_number(verb, signed(verb, format!("{minus}{prefix}{zeros}{digits}"))))
}

fn float(verb: &Verb<'_>, value: f64) -> String {
    let text = match (verb.letter.to_ascii_lowercase(), verb.precision) {
        ('f', precision) => number::fixed(value, precision.unwrap_or(6)),
        ('e', precision) => number::scientific(value, Some(precision.unwrap_or(6))),
        (_, Some(precision)) => number::general(value, precision),
        (_, None) => number::shortest(value),
    };
    let text = if verb.letter.is_ascii_uppercase() { text.to_ascii_uppercase() } else { text };
    padded_number(verb, signed(verb, text))
}

fn signed(verb: &Verb<'_>, text: String) -> String {
    match text.starts_with('-') {
        false if verb.has('+') => format!("+{text}"),
        false if verb.has(' ') => format!(" {text}"),
        _ => text,
    }
}

fn padded_number(verb: &Verb<'_>, text: String) -> String {
    let missing = verb.width.saturating_sub(text.len());
    if verb.has('-') {
        text + &" ".repeat(missing)
    } else if verb.has('0') && verb.precision.is_none_or(|_| !"bdoxX".contains(verb.letter)) {
        let sign = usize::from(text.starts_with(['-', '+', ' ']));
        format!("{}{}{}", &text[..sign], "0".repeat(missing), &text[sign..])
    } else {
        " ".repeat(missing) + &text
    }
}

/// Width counts grapheme clusters. The `0` flag pads text with zeros on whichever side.
fn padded(verb: &Verb<'_>, text: &str) -> String {
    let missing = if verb.width == 0 { 0 } else { verb.width.saturating_sub(text.graphemes(true).count()) };
    let padding = if verb.has('0') { "0" } else { " " }.repeat(missing);
    if verb.has('-') { format!("{text}{padding}") } else { format!("{padding}{text}") }
}

fn cut(verb: &Verb<'_>, text: &str) -> String {
    match verb.precision {
        Some(count) => text.graphemes(true).take(count).collect(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use model::Node;

    use crate::terraform::functions::testing::{check, list, n, partly};

    fn f(
        format: &'static str,
        args: Vec<Node>,
        want: &'static str,
    ) -> (&'static str, Vec<Node>, &'static str) {
        ("format", [vec![Node::from(format)], args].concat(), want)
    }

    #[test]
    fn verbs() {
        check(&[
            f("%d|%5d|%-5d|%05d|%+d|% d|%.3d", vec![42.into(); 7], r#""42|   42|42   |00042|+42| 42|042""#),
            f("%x %X %#o %#b", vec![255.into(), 255.into(), 8.into(), 5.into()], r#""ff FF 010 0b101""#),
            f(
                "%f %.2f %8.3f %e %g %G",
                vec![n(1.5), n(2.345), n(1.23456), n(12345.678), n(1e21), n(1e-7)],
                r#""1.500000 2.34    1.235 1.234568e+04 1e+21 1E-07""#,
            ),
            f(
                "%v %v %v %+v",
                vec![1_000_000.into(), 100_000.into(), n(0.1), 12.into()],
                r#""1e+06 100000 0.1 12""#,
            ),
            f(
                "%5s|%-5s|%.2s|%05s",
                vec!["ab".into(), "ab".into(), "abcdef".into(), "ab".into()],
                r#""   ab|ab   |ab|000ab""#,
            ),
            f("%4s|%.1s", vec!["👨‍👩‍👧".into(), "👨‍👩‍👧x".into()], r#""   👨‍👩‍👧|👨‍👩‍👧""#),
            f(
                "%q %#v %v",
                vec!["é\n".into(), "x".into(), list([1.into(), "a".into()])],
                r#""\"é\\n\" \"x\" [1,\"a\"]""#,
            ),
            f("%[2]s %[1]s", vec!["a".into(), "b".into()], r#""b a""#),
            f("%t %s", vec!["true".into(), n(1e21)], r#""true 1000000000000000000000""#),
            f("100%%", vec![], r#""100%""#),
            f("%d", vec![n(1.5)], "error: unsupported value for %d: a whole number is required"),
            f("%s", vec![list([])], "error: unsupported value for %s: a string is required"),
            f("%s", vec![], "error: %s needs argument 1, but there are 0"),
            f("%s", vec!["a".into(), "b".into()], "error: too many arguments: the format uses only 1"),
            f("%z", vec![1.into()], "error: unsupported value for %z: there is no such verb"),
            f("%*d", vec![1.into()], "error: unrecognised character '*' in the format \"%*d\""),
            f("%", vec![], "error: the format ends inside \"%\""),
            f("%99999d", vec![1.into()], "error: a width in \"%99999d\" is above 4096"),
            f("%v", vec![Node::null()], r#""null""#),
            f("%s", vec![Node::null()], "error: unsupported value for %s: null cannot be formatted"),
        ]);
    }

    #[test]
    fn what_is_not_known_leaves_a_hole() {
        check(&[
            f("a-%s-%v", vec![partly("x", ""), partly("", "")], "a-x${a.b.name}-${a.b.name}"),
            f("%5s", vec![partly("x", "")], "unknown: later"),
            f("%d", vec![partly("", "")], "unknown: later"),
            f("%q", vec![partly("\"", "")], r#""\"${a.b.name}""#),
            f("%v", vec![list([partly("x", ""), 1.into()])], r#"["x${a.b.name}",1]"#),
            (
                "formatlist",
                vec!["%s-%s".into(), list(["a".into(), partly("", "")]), "x".into()],
                r#"["a-x","${a.b.name}-x"]"#,
            ),
            ("formatlist", vec!["%s".into(), Node::unknown("later")], "unknown: later"),
            (
                "formatlist",
                vec!["%s%s".into(), list([1.into()]), list([])],
                "error: argument 3 has 0 elements where another has 1",
            ),
            ("formatlist", vec!["%s".into(), list([])], "[]"),
        ]);
    }
}
