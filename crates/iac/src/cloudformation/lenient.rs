//! YAML as CloudFormation's own reader takes it: the lines of a quoted text may stand further left than the YAML
//! specification lets them.
//!
//! Such lines are moved to the right and the text is read again. Every line keeps its number; the columns on those
//! lines move.

use formats::data::{Documents, parse_yaml};

/// Quoted texts that are moved in one file.
const MAX_MOVED: usize = 50;
/// Text that is read again.
const MAX_BYTES: usize = 8 << 20;
/// Lines of one quoted text.
const MAX_LINES: usize = 2_000;
/// How far they are moved: further than anything is nested.
const INDENT: &str = "                                                                ";

/// Reads YAML text, moving what has to be moved.
pub(super) fn parse(text: &mut String) -> Documents {
    let mut read = parse_yaml(text);
    let mut last = None;
    for _ in 0..MAX_MOVED.min(MAX_BYTES / text.len().max(1)) {
        let refused =
            read.problems.iter().find(|p| p.message.contains("invalid indentation in quoted scalar"));
        let at = refused.map(|problem| problem.span.start as usize).filter(|at| last != Some(*at));
        // Refused again where it was moved already, it is no matter of indentation.
        let Some(moved) = at.and_then(|at| moved(text, at)) else { break };
        last = at;
        let again = parse_yaml(&moved);
        *text = moved;
        read = again;
    }
    read
}

/// The text with the lines of the quoted text that opens at `opened` further to the right.
fn moved(text: &str, opened: usize) -> Option<String> {
    let quote = text.get(opened..)?.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let first_end = opened + text[opened..].find('\n')? + 1;
    let mut out = text[..first_end].to_owned();
    let mut rest = &text[first_end..];
    for _ in 0..MAX_LINES {
        let (line, tail) = rest.split_at(rest.find('\n').map_or(rest.len(), |end| end + 1));
        out.push_str(INDENT);
        out.push_str(line);
        rest = tail;
        if line.contains(quote) || rest.is_empty() {
            break;
        }
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_text_may_stand_to_the_left() {
        let mut text = "a:\n  b: \"one\n  two it's\n  three\"\n  c: 'x\n  y'\n  d: 1\n".to_owned();
        let read = parse(&mut text);
        assert!(read.problems.is_empty(), "{:?}", read.problems);
        let a = read.documents[0].get("a").unwrap();
        assert_eq!(a.get("b").unwrap().as_str(), Some("one two it's three"));
        assert_eq!(a.get("c").unwrap().as_str(), Some("x y"));
        assert!(text[..a.get("d").unwrap().span.start as usize].lines().count() == 7);
    }

    #[test]
    fn what_cannot_be_moved_is_left() {
        let mut text = "a: \"x\n".to_owned();
        assert!(!parse(&mut text).problems.is_empty());
        assert_eq!(text, "a: \"x\n");
    }
}
