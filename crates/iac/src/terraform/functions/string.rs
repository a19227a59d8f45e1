//! Functions of text, on text that may be known in part: exact where the known pieces decide, else not known.
//! `format` and regular expressions have files of their own.

use model::{Node, Piece, Value};
use unicode_segmentation::UnicodeSegmentation;

use super::text::{detached, joined, known, map, pieces, string, unknown_because};
use super::{limits, numeric, regular};

type Result<T = Node> = std::result::Result<T, String>;

/// Terraform's letter case is per character: no character becomes several, and no context is looked at.
fn one(c: char, mut cased: impl Iterator<Item = char>) -> char {
    match (cased.next(), cased.next()) {
        (Some(only), None) => only,
        _ => c,
    }
}

fn lower_char(c: char) -> char {
    // U+0130 is the one letter whose lower case is longer in full than by itself.
    if c == 'İ' { 'i' } else { one(c, c.to_lowercase()) }
}

fn upper_char(c: char) -> char {
    one(c, c.to_uppercase())
}

fn title_char(c: char) -> char {
    // The four digraphs have a title case of their own; three code points stand together for each.
    match c {
        'Ǆ'..='ǆ' => 'ǅ',
        'Ǉ'..='ǉ' => 'ǈ',
        'Ǌ'..='ǌ' => 'ǋ',
        'Ǳ'..='ǳ' => 'ǲ',
        c => upper_char(c),
    }
}

pub(super) fn lower(args: &[Node]) -> Result {
    map(&args[0], |t| t.chars().map(lower_char).collect())
}

pub(super) fn upper(args: &[Node]) -> Result {
    map(&args[0], |t| t.chars().map(upper_char).collect())
}

/// Letters at the start and after a separator: a space, or ASCII that is neither letter, digit nor underscore.
pub(super) fn title(args: &[Node]) -> Result {
    let separates =
        |c: char| if c.is_ascii() { !c.is_ascii_alphanumeric() && c != '_' } else { c.is_whitespace() };
    let mut previous = ' ';
    string(
        known(&args[0])
            .chars()
            .map(|c| if separates(std::mem::replace(&mut previous, c)) { title_char(c) } else { c })
            .collect::<String>(),
    )
}

pub(super) fn strrev(args: &[Node]) -> Result {
    string(known(&args[0]).graphemes(true).rev().collect::<String>())
}

pub(super) fn indent(args: &[Node]) -> Result {
    if args[0].is_unknown() {
        return Ok(unknown_because(&args[0]));
    }
    let count = usize::try_from(numeric::whole(&args[0])?)
        .map_err(|_| "cannot indent by less than 0 spaces".to_owned())?;
    limits::text(count)?;
    let newline = format!("\n{}", " ".repeat(count));
    let lines = pieces(&args[1])?
        .iter()
        .map(|p| if let Piece::Text(t) = p { t.matches('\n').count() } else { 0 })
        .sum::<usize>();
    limits::text(lines.saturating_mul(newline.len()))?;
    map(&args[1], |t| t.replace('\n', &newline))
}

/// Removes what `left` and `right` trim from the ends. A hole at an end may lose something too, so it is no longer
/// the value that it stood for.
fn trim_ends(node: &Node, left: impl Fn(&str) -> &str, right: impl Fn(&str) -> &str) -> Result {
    let mut pieces = pieces(node)?.into_owned();
    // Whether the end was found in this piece.
    fn trim(piece: &mut Piece, trim: &dyn Fn(&str) -> &str) -> bool {
        let (changed, found) = match &*piece {
            Piece::Text(t) => (Piece::Text(trim(t).into()), !trim(t).is_empty()),
            hole => (detached(hole), true),
        };
        *piece = changed;
        found
    }
    for piece in &mut pieces {
        if trim(piece, &left) {
            break;
        }
    }
    for piece in pieces.iter_mut().rev() {
        if trim(piece, &right) {
            break;
        }
    }
    joined(pieces)
}

pub(super) fn trimspace(args: &[Node]) -> Result {
    trim_ends(&args[0], str::trim_start, str::trim_end)
}

pub(super) fn chomp(args: &[Node]) -> Result {
    trim_ends(&args[0], |t| t, |t| t.trim_end_matches(['\r', '\n']))
}

pub(super) fn trim(args: &[Node]) -> Result {
    let Value::String(set) = &args[1].value else { return Ok(unknown_because(&args[1])) };
    let inside = |c: char| set.contains(c);
    trim_ends(&args[0], |t| t.trim_start_matches(inside), |t| t.trim_end_matches(inside))
}

/// Whether partly known text begins with `prefix`, as far as the known pieces decide.
fn begins(pieces: &[Piece], prefix: &str) -> Option<bool> {
    match pieces.first() {
        _ if prefix.is_empty() => Some(true),
        None => Some(false),
        Some(Piece::Text(t)) if t.starts_with(prefix) => Some(true),
        Some(Piece::Text(t)) if pieces.len() == 1 || !prefix.starts_with(&**t) => Some(false),
        _ => None,
    }
}

fn ends(pieces: &[Piece], suffix: &str) -> Option<bool> {
    match pieces.last() {
        _ if suffix.is_empty() => Some(true),
        None => Some(false),
        Some(Piece::Text(t)) if t.ends_with(suffix) => Some(true),
        Some(Piece::Text(t)) if pieces.len() == 1 || !suffix.ends_with(&**t) => Some(false),
        _ => None,
    }
}

fn decided(answer: Option<bool>, args: &[Node]) -> Node {
    answer.map_or_else(|| unknown_because(&args[0]), Node::from)
}

pub(super) fn startswith(args: &[Node]) -> Result {
    let Value::String(prefix) = &args[1].value else { return Ok(unknown_because(&args[1])) };
    Ok(decided(begins(&pieces(&args[0])?, prefix), args))
}

pub(super) fn endswith(args: &[Node]) -> Result {
    let Value::String(suffix) = &args[1].value else { return Ok(unknown_because(&args[1])) };
    Ok(decided(ends(&pieces(&args[0])?, suffix), args))
}

pub(super) fn strcontains(args: &[Node]) -> Result {
    let Value::String(part) = &args[1].value else { return Ok(unknown_because(&args[1])) };
    let pieces = pieces(&args[0])?;
    let found = pieces.iter().any(|p| matches!(p, Piece::Text(t) if t.contains(&**part)));
    let whole = pieces.iter().all(|p| matches!(p, Piece::Text(_)));
    Ok(decided((found || whole).then_some(found || part.is_empty()), args))
}

pub(super) fn trimprefix(args: &[Node]) -> Result {
    let Value::String(prefix) = &args[1].value else { return Ok(unknown_because(&args[1])) };
    let mut pieces = pieces(&args[0])?.into_owned();
    match begins(&pieces, prefix) {
        Some(true) => {
            if let Some(Piece::Text(t)) = pieces.first_mut() {
                *t = t[prefix.len()..].into();
            }
            joined(pieces)
        }
        Some(false) => joined(pieces),
        None => Ok(unknown_because(&args[0])),
    }
}

pub(super) fn trimsuffix(args: &[Node]) -> Result {
    let Value::String(suffix) = &args[1].value else { return Ok(unknown_because(&args[1])) };
    let mut pieces = pieces(&args[0])?.into_owned();
    match ends(&pieces, suffix) {
        Some(true) => {
            if let Some(Piece::Text(t)) = pieces.last_mut() {
                *t = t[..t.len() - suffix.len()].into();
            }
            joined(pieces)
        }
        Some(false) => joined(pieces),
        None => Ok(unknown_because(&args[0])),
    }
}

/// A search between slashes is a regular expression.
pub(super) fn replace(args: &[Node]) -> Result {
    let (Value::String(search), Value::String(by)) = (&args[1].value, &args[2].value) else {
        return Ok(unknown_because(if args[1].as_str().is_none() { &args[1] } else { &args[2] }));
    };
    if search.len() > 1 && search.starts_with('/') && search.ends_with('/') {
        return match &args[0].value {
            Value::String(text) => regular::replace(text, &search[1..search.len() - 1], by),
            _ => Ok(unknown_because(&args[0])),
        };
    }
    let pieces = pieces(&args[0])?;
    if pieces.len() > 1 && pieces.windows(2).any(|pair| straddles(pair, search)) {
        return Ok(unknown_because(&args[0]));
    }
    let matches = |p: &Piece| if let Piece::Text(t) = p { t.matches(&**search).count() } else { 0 };
    limits::text(pieces.iter().map(matches).sum::<usize>().saturating_mul(by.len()))?;
    map(&args[0], |t| t.replace(&**search, by))
}

/// Whether a match could lie across the border between known text and a hole.
fn straddles(pair: &[Piece], search: &str) -> bool {
    let proper = || search.char_indices().map(|(at, _)| at).filter(|at| *at > 0);
    match pair {
        _ if search.is_empty() => true,
        [Piece::Text(before), Piece::Hole { .. }] => proper().any(|at| before.ends_with(&search[..at])),
        [Piece::Hole { .. }, Piece::Text(after)] => proper().any(|at| after.starts_with(&search[at..])),
        _ => false,
    }
}

pub(super) fn split(args: &[Node]) -> Result {
    let (separator, text) = (known(&args[0]), known(&args[1]));
    limits::items(if separator.is_empty() { text.len() } else { text.matches(separator).count() })?;
    let parts: Vec<Node> = if separator.is_empty() {
        // Between characters, not between what a reader takes for them.
        text.chars().map(|c| Node::from(c.to_string().as_str())).collect()
    } else {
        text.split(separator).map(Node::from).collect()
    };
    Ok(Value::list(parts).into())
}

/// The arguments after the separator are lists of text, which may be unknown themselves.
pub(super) fn join(args: &[Node]) -> Result {
    if args.len() < 2 {
        return Err("at least one list is needed".to_owned());
    }
    let separator = pieces(&args[0])?;
    let mut out: Vec<Piece> = Vec::new();
    let mut length = 0;
    let mut index = 0;
    for list in &args[1..] {
        let Value::List(items) = &list.value else { return Ok(unknown_because(list)) };
        for item in items.iter() {
            if item.is_null() {
                return Err(format!("element {index} is null, which cannot be joined"));
            }
            if index > 0 {
                out.extend(separator.iter().cloned());
            }
            index += 1;
            let item = pieces(item)?;
            length += item
                .iter()
                .chain(separator.iter())
                .map(|p| if let Piece::Text(t) = p { t.len() } else { 16 })
                .sum::<usize>();
            limits::text(length)?;
            out.extend(item.iter().cloned());
        }
    }
    joined(out)
}

/// By grapheme clusters. A negative offset counts from the end, a negative length means all the rest.
pub(super) fn substr(args: &[Node]) -> Result {
    if let Some(unknown) = args[1..].iter().find(|n| n.is_unknown()) {
        return Ok(unknown_because(unknown));
    }
    let (offset, length) = (numeric::whole(&args[1])?, numeric::whole(&args[2])?);
    let pieces = pieces(&args[0])?;
    let (Piece::Text(first), whole) = (match pieces.first() {
        None => return string(""),
        Some(first) => (first, pieces.len() == 1),
    }) else {
        return Ok(unknown_because(&args[0]));
    };
    let graphemes: Vec<&str> = first.graphemes(true).collect();
    let count = graphemes.len();
    let index = |n: i64| usize::try_from(n).unwrap_or(usize::MAX);
    if whole {
        let start =
            if offset < 0 { index((count as i64).saturating_add(offset).max(0)) } else { index(offset) };
        let take = if length < 0 { count } else { index(length) };
        return string(graphemes.into_iter().skip(start).take(take).collect::<String>());
    }
    // A hole follows, and what it brings may join the last cluster before it.
    let settled = count - 1;
    if offset < 0 || index(offset) > settled {
        return Ok(unknown_because(&args[0]));
    }
    if length < 0 {
        let mut rest = vec![Piece::Text(graphemes[index(offset)..].concat().into())];
        rest.extend(pieces[1..].iter().cloned());
        return joined(rest);
    }
    match index(offset).checked_add(index(length)) {
        Some(end) if end <= settled => string(graphemes[index(offset)..end].concat()),
        _ => Ok(unknown_because(&args[0])),
    }
}

#[cfg(test)]
mod tests {
    use crate::terraform::functions::testing::{check, list, partly};

    #[test]
    fn known_text() {
        check(&[
            ("lower", vec!["ÀÉ İ ẞ ΑΣ".into()], r#""àé i ß ασ""#),
            ("upper", vec!["ß ŉ ﬁ i ǆ".into()], r#""ß ŉ ﬁ I Ǆ""#),
            (
                "title",
                vec!["hello world-foo_bar o'neil éa 1a ǆ".into()],
                r#""Hello World-Foo_bar O'Neil Éa 1a ǅ""#,
            ),
            ("strrev", vec!["👨‍👩‍👧aé".into()], r#""éa👨‍👩‍👧""#),
            ("indent", vec![2.into(), "a\nb\n\nc".into()], r#""a\n  b\n  \n  c""#),
            ("indent", vec![(-1).into(), "a".into()], "error: cannot indent by less than 0 spaces"),
            ("trim", vec!["abcba".into(), "ab".into()], r#""c""#),
            ("trimspace", vec![" \t\n a \u{a0}".into()], r#""a""#),
            ("chomp", vec!["a\r\n\n".into()], r#""a""#),
            ("replace", vec!["aaa".into(), "aa".into(), "b".into()], r#""ba""#),
            ("replace", vec!["abc".into(), "".into(), "-".into()], r#""-a-b-c-""#),
            ("split", vec!["".into(), "é👍".into()], r#"["é","👍"]"#),
            ("split", vec![",".into(), "".into()], r#"[""]"#),
            ("substr", vec!["hello".into(), (-3).into(), 2.into()], r#""ll""#),
            ("substr", vec!["hello".into(), (-10).into(), 2.into()], r#""he""#),
            ("substr", vec!["👨‍👩‍👧ab".into(), 0.into(), 2.into()], r#""👨‍👩‍👧a""#),
            ("join", vec![",".into(), list(["a".into(), 1.into()]), list(["b".into()])], r#""a,1,b""#),
            (
                "join",
                vec![",".into(), list([model::Node::null()])],
                "error: element 0 is null, which cannot be joined",
            ),
            ("strcontains", vec!["abc".into(), "b".into()], "true"),
            ("startswith", vec!["".into(), "a".into()], "false"),
        ]);
    }

    #[test]
    fn partly_known_text() {
        // The text is `arn:${a.b.name}:End`.
        let t = || partly("arn:", ":End");
        check(&[
            ("lower", vec![t()], "arn:${? later}:end"),
            ("replace", vec![t(), ":".into(), "-".into()], "arn-${? later}-End"),
            ("replace", vec![t(), "rn".into(), "x".into()], "ax:${? later}:End"),
            ("replace", vec![t(), ":x".into(), "-".into()], "unknown: later"),
            ("trimprefix", vec![t(), "arn:".into()], "${a.b.name}:End"),
            ("trimprefix", vec![t(), "x".into()], "arn:${a.b.name}:End"),
            ("trimprefix", vec![t(), "arn:x".into()], "unknown: later"),
            ("trimsuffix", vec![t(), "nd".into()], "arn:${a.b.name}:E"),
            ("trimspace", vec![partly("  ", "  ")], "${? later}"),
            ("trimspace", vec![partly(" a", "")], "a${? later}"),
            ("startswith", vec![t(), "arn".into()], "true"),
            ("startswith", vec![t(), "b".into()], "false"),
            ("startswith", vec![t(), "arn:b".into()], "unknown: later"),
            ("endswith", vec![t(), "x".into()], "false"),
            ("strcontains", vec![t(), "rn".into()], "true"),
            ("strcontains", vec![t(), "z".into()], "unknown: later"),
            ("substr", vec![t(), 0.into(), 3.into()], r#""arn""#),
            ("substr", vec![t(), 0.into(), 4.into()], "unknown: later"),
            ("substr", vec![t(), 1.into(), (-1).into()], "rn:${a.b.name}:End"),
            ("split", vec![":".into(), t()], "unknown: later"),
            ("join", vec!["-".into(), list([t(), "x".into()])], "arn:${a.b.name}:End-x"),
            ("join", vec!["-".into(), list([partly("", ""), "x".into()])], "${a.b.name}-x"),
            ("join", vec!["-".into(), list([partly("", "")])], "${a.b.name}"),
            ("indent", vec![2.into(), partly("a\n", "\nb")], "a\n  ${? later}\n  b"),
            ("title", vec![t()], "unknown: later"),
        ]);
    }
}
