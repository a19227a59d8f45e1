//! Dockerfiles as a list of instructions: continued lines joined, here-documents taken up, exec form told from shell form.
//!
//! Variables are not put in, and what an instruction means is not known here.
//! <https://docs.docker.com/reference/dockerfile/>

use crate::data::parse_json;
use crate::{Problem, Span};

/// Instructions of one file; more are not read.
const MAX_INSTRUCTIONS: usize = 20_000;
/// Problems that one file reports.
const MAX_PROBLEMS: usize = 20;

/// One file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dockerfile {
    pub instructions: Vec<Instruction>,
    pub comments: Vec<(Span, String)>,
    pub problems: Vec<Problem>,
}

/// One instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    pub span: Span,
    /// In capitals: `FROM`.
    pub keyword: String,
    /// `--platform=x` is (`platform`, `x`).
    pub flags: Vec<(String, String)>,
    /// Everything behind keyword and flags, on one line.
    pub text: String,
    /// The words of the exec form.
    pub exec: Option<Vec<String>>,
    /// The texts of its here-documents.
    pub heredocs: Vec<String>,
}

/// Reads a Dockerfile.
pub fn parse(text: &str) -> Dockerfile {
    let mut file = Dockerfile::default();
    let mut escape = '\\';
    let mut lines = Lines { text, at: usize::from(text.starts_with('\u{feff}')) * 3 };
    let mut directives = true;
    while let Some((start, line)) = lines.next() {
        let trimmed = line.trim();
        if let Some(comment) = trimmed.strip_prefix('#') {
            if directives && let Some((name, value)) = comment.split_once('=') {
                if name.trim().eq_ignore_ascii_case("escape") && value.trim() == "`" {
                    escape = '`';
                }
            } else {
                directives = false;
            }
            let from = start + line.find('#').unwrap_or(0);
            file.comments.push((Span::new(from, start + line.trim_end().len()), comment.trim().to_owned()));
            continue;
        }
        directives = false;
        if trimmed.is_empty() {
            continue;
        }
        if file.instructions.len() >= MAX_INSTRUCTIONS {
            let message = format!("more than {MAX_INSTRUCTIONS} instructions; the rest is not read");
            file.problems.push(Problem { span: Span::new(start, start), message });
            break;
        }
        let from = start + (line.len() - line.trim_start().len());
        let mut joined = String::new();
        let mut end = start + line.trim_end().len();
        let mut part = line;
        loop {
            let body = part.trim_end();
            match body.strip_suffix(escape) {
                Some(body) => joined.push_str(body),
                None => {
                    joined.push_str(part.trim_end_matches(['\r', '\n']));
                    break;
                }
            }
            // Comments and empty lines may stand between continued lines.
            let next = loop {
                match lines.next() {
                    Some((at, next)) if next.trim().is_empty() || next.trim_start().starts_with('#') => {
                        if let Some(comment) = next.trim().strip_prefix('#') {
                            file.comments
                                .push((Span::new(at, at + next.trim_end().len()), comment.trim().to_owned()));
                        }
                    }
                    other => break other,
                }
            };
            let Some((at, next)) = next else { break };
            end = at + next.trim_end().len();
            part = next;
        }
        let mut instruction = instruction(&joined, Span::new(from, end));
        if !instruction.keyword.bytes().all(|b| b.is_ascii_alphabetic()) || instruction.keyword.is_empty() {
            if file.problems.len() < MAX_PROBLEMS {
                let message = "not an instruction".to_owned();
                file.problems.push(Problem { span: Span::new(from, end), message });
            }
            continue;
        }
        if matches!(&*instruction.keyword, "RUN" | "COPY" | "ADD") {
            for (name, tabs) in heredocs(&instruction.text) {
                let mut body = String::new();
                while let Some((at, line)) = lines.next() {
                    end = at + line.trim_end().len();
                    let bare = line.trim_end_matches(['\r', '\n']);
                    if if tabs { bare.trim_start_matches('\t') } else { bare } == name {
                        break;
                    }
                    body.push_str(line);
                }
                instruction.heredocs.push(body);
            }
            instruction.span = Span::new(from, end);
        }
        file.instructions.push(instruction);
    }
    file
}

struct Lines<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lines<'t> {
    fn next(&mut self) -> Option<(usize, &'t str)> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let line = rest.split_inclusive('\n').next()?;
        let start = self.at;
        self.at += line.len();
        Some((start, line))
    }
}

fn instruction(joined: &str, span: Span) -> Instruction {
    let (keyword, rest) = cut(joined);
    let keyword = keyword.to_ascii_uppercase();
    let mut rest = rest;
    let mut flags = Vec::new();
    while rest.starts_with("--") && !matches!(&*keyword, "ENV" | "LABEL" | "ARG") {
        let (flag, after) = cut(rest);
        let (name, value) = flag[2..].split_once('=').unwrap_or((&flag[2..], ""));
        flags.push((name.to_owned(), value.to_owned()));
        rest = after;
    }
    // Only a list of nothing but text is the exec form; anything else is a shell's.
    let list = rest.starts_with('[').then(|| parse_json(rest)).filter(|(.., problems)| problems.is_empty());
    let exec = list.and_then(|(datum, ..)| {
        let items = datum.as_ref()?.as_list()?;
        items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
    });
    Instruction { span, keyword, flags, text: rest.to_owned(), exec, heredocs: Vec::new() }
}

/// The first word, and what stands behind it.
fn cut(text: &str) -> (&str, &str) {
    let text = text.trim();
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    (&text[..end], text[end..].trim_start())
}

/// The here-documents that an instruction opens: their ends, and whether tabs before those do not count.
fn heredocs(text: &str) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("<<") {
        let before = text[..at].chars().next_back();
        let rest = &text[at + 2..];
        if before == Some('<') || rest.starts_with('<') {
            continue; // a here-string
        }
        let (rest, tabs) = rest.strip_prefix('-').map_or((rest, false), |rest| (rest, true));
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
        let rest = quote.map_or(rest, |_| &rest[1..]);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        if end > 0 && rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && found.len() < 16 {
            found.push((rest[..end].to_owned(), tabs));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(text: &str) -> Vec<String> {
        let one = |i: &Instruction| {
            let exec = i.exec.as_ref().map(|e| format!(" {e:?}")).unwrap_or_default();
            let flags: String = i.flags.iter().map(|(k, v)| format!(" {k}={v}")).collect();
            format!("{}{flags} {}{exec} {:?}", i.keyword, i.text, i.heredocs)
        };
        parse(text).instructions.iter().map(one).collect()
    }

    #[test]
    fn instructions_are_joined_and_told_apart() {
        for (text, want) in [
            ("from a:1 AS b\n", vec!["FROM a:1 AS b []"]),
            ("FROM --platform=x a\r\nUSER 1\r\n", vec!["FROM platform=x a []", "USER 1 []"]),
            ("RUN a \\\n  # note\n\n  && b\nCMD c", vec!["RUN a   && b []", "CMD c []"]),
            (
                "CMD [\"a\", \"b c\"]\nENTRYPOINT [a]\n",
                vec!["CMD [\"a\", \"b c\"] [\"a\", \"b c\"] []", "ENTRYPOINT [a] []"],
            ),
            ("RUN <<EOF\nx\nFROM y\nEOF\nUSER z\n", vec!["RUN <<EOF [\"x\\nFROM y\\n\"]", "USER z []"]),
            ("# escape=`\nRUN a `\n b\\\nUSER c", vec!["RUN a  b\\ []", "USER c []"]),
            ("ENV A=--b\n", vec!["ENV A=--b []"]),
            ("", vec![]),
        ] {
            assert_eq!(shown(text), want, "{text}");
        }
        let file = parse("# syntax=x\n# stance:allow y\nFROM z\n{{ t }}\n");
        assert_eq!(file.comments[1].1, "stance:allow y");
        assert_eq!(file.problems.len(), 1);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[ -~\n\r\\\\#<é`]{0,200}") {
            for instruction in parse(&text).instructions {
                prop_assert!(instruction.span.start <= instruction.span.end);
                prop_assert!(text.get(instruction.span.start as usize..instruction.span.end as usize).is_some());
            }
        }
    }
}
