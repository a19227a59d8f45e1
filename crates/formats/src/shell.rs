//! The words of shell scripts: enough of POSIX shell to tell which programs a script runs with which arguments.
//!
//! Nothing is executed or expanded. Variables and substitutions stay in a word as pieces; control words (`if`, `then`,
//! `for`) are dropped from the front of a command, functions and here-documents are passed over.

use crate::Span;

/// Commands of one script; more are not read.
const MAX_COMMANDS: usize = 10_000;
/// Substitutions inside each other.
const MAX_DEPTH: usize = 16;

/// One simple command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    pub span: Span,
    pub words: Vec<Word>,
}

/// One word of a command, quotes removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    pub pieces: Vec<Piece>,
}

/// A piece of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    /// `$NAME`, `${NAME}`, with the default of `${NAME:-default}`.
    Variable {
        name: String,
        default: Option<String>,
    },
    /// `$(…)` or backquotes.
    Substitution(String),
}

impl Word {
    /// The word as text; variables and substitutions as they are written.
    pub fn text(&self) -> String {
        let piece = |p: &Piece| match p {
            Piece::Text(text) => text.clone(),
            Piece::Variable { name, default: None } => format!("${{{name}}}"),
            Piece::Variable { name, default: Some(default) } => format!("${{{name}:-{default}}}"),
            Piece::Substitution(inner) => format!("$({inner})"),
        };
        self.pieces.iter().map(piece).collect()
    }

    /// The word if nothing in it is left to a shell.
    pub fn literal(&self) -> Option<String> {
        let mut all = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => all.push_str(text),
                _ => return None,
            }
        }
        Some(all)
    }

    fn push(&mut self, c: char) {
        match self.pieces.last_mut() {
            Some(Piece::Text(text)) => text.push(c),
            _ => self.pieces.push(Piece::Text(c.into())),
        }
    }
}

/// The commands of a script in their order, those inside `$(…)` behind the one they stand in.
pub fn commands(script: &str) -> Vec<Command> {
    let mut found = Vec::new();
    read(script, 0, 0, &mut found);
    found
}

/// Words that may stand before a command.
const CONTROL: [&str; 13] =
    ["if", "then", "else", "elif", "fi", "do", "done", "while", "until", "!", "{", "}", "time"];

fn read(script: &str, offset: usize, depth: usize, found: &mut Vec<Command>) {
    let mut reader = Reader { text: script, at: 0, heredocs: Vec::new(), inner: Vec::new() };
    while reader.at < script.len() && found.len() < MAX_COMMANDS {
        let start = reader.at;
        let mut words = reader.command();
        while words.first().and_then(Word::literal).is_some_and(|w| CONTROL.contains(&&*w)) {
            words.remove(0);
        }
        let written = script[start..reader.at].trim_end_matches([';', '&', '|', '\n', ' ', '\t', '\r']);
        let lead = written.len() - written.trim_start().len();
        if !words.is_empty() {
            let span = Span::new(offset + start + lead, offset + start + written.len());
            found.push(Command { span, words });
        }
        let inner = std::mem::take(&mut reader.inner);
        for (at, text) in inner {
            if depth < MAX_DEPTH {
                read(&text, offset + at, depth + 1, found);
            }
        }
        if reader.at == start {
            reader.at += 1; // nothing can stand still
            while !script.is_char_boundary(reader.at) {
                reader.at += 1;
            }
        }
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    /// Ends of here-documents that begin after this line.
    heredocs: Vec<String>,
    /// Substitutions and where they stand.
    inner: Vec<(usize, String)>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn takes(&mut self, text: &str) -> bool {
        let found = self.text[self.at..].starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    /// The words up to the end of a simple command.
    fn command(&mut self) -> Vec<Word> {
        let mut words = Vec::new();
        let mut word: Option<Word> = None;
        while let Some(c) = self.peek() {
            match c {
                ' ' | '\t' | '\r' => {
                    self.at += 1;
                    words.extend(word.take());
                }
                '\n' => {
                    self.at += 1;
                    self.here_documents();
                    break;
                }
                '\\' if self.takes("\\\n") || self.takes("\\\r\n") => words.extend(word.take()),
                ';' | '&' | '|' | '(' | ')' => {
                    self.at += 1;
                    break;
                }
                '#' if word.is_none() => {
                    let rest = &self.text[self.at..];
                    self.at += rest.find('\n').unwrap_or(rest.len());
                }
                '<' if self.text[self.at..].starts_with("<<") && !self.text[self.at..].starts_with("<<<") => {
                    self.at += 2;
                    self.takes("-");
                    words.extend(word.take());
                    while self.peek().is_some_and(|c| c == ' ' || c == '\t') {
                        self.at += 1;
                    }
                    let mut end = Word::default();
                    while self.peek().is_some_and(|c| !c.is_whitespace() && !";&|()<>".contains(c)) {
                        self.piece(&mut end);
                    }
                    self.heredocs.push(end.text());
                }
                '>' | '<' => {
                    // A redirection: its target is no argument.
                    self.at += 1;
                    word = word.filter(|w| w.literal().is_none_or(|t| t.parse::<u8>().is_err()));
                    words.extend(word.take());
                    while self.peek().is_some_and(|c| ">&<| \t".contains(c)) {
                        self.at += 1;
                    }
                    let mut target = Word::default();
                    while self.peek().is_some_and(|c| !c.is_whitespace() && !";&|()<>".contains(c)) {
                        self.piece(&mut target);
                    }
                }
                _ => {
                    let mut open = word.take().unwrap_or_default();
                    self.piece(&mut open);
                    word = Some(open);
                }
            }
        }
        words.extend(word);
        words
    }

    /// The bodies of here-documents are text, not commands.
    fn here_documents(&mut self) {
        for end in std::mem::take(&mut self.heredocs) {
            while self.at < self.text.len() {
                let rest = &self.text[self.at..];
                let line = rest.split('\n').next().unwrap_or_default();
                self.at += (line.len() + 1).min(rest.len());
                if line.trim() == end {
                    break;
                }
            }
        }
    }

    /// One character or construct of a word.
    fn piece(&mut self, word: &mut Word) {
        match self.next() {
            Some('\\') => {
                if let Some(c) = self.next() {
                    word.push(c);
                }
            }
            Some('\'') => {
                word.pieces.push(Piece::Text(String::new()));
                while let Some(c) = self.next().filter(|c| *c != '\'') {
                    word.push(c);
                }
            }
            Some('"') => {
                word.pieces.push(Piece::Text(String::new()));
                while let Some(c) = self.peek() {
                    match c {
                        '"' => {
                            self.at += 1;
                            break;
                        }
                        '\\' => {
                            self.at += 1;
                            match self.next() {
                                Some('\n') | None => {}
                                Some(c @ ('"' | '\\' | '$' | '`')) => word.push(c),
                                Some(c) => {
                                    word.push('\\');
                                    word.push(c);
                                }
                            }
                        }
                        '$' => {
                            self.at += 1;
                            self.dollar(word);
                        }
                        c => {
                            self.at += c.len_utf8();
                            word.push(c);
                        }
                    }
                }
            }
            Some('`') => {
                let start = self.at;
                let rest = &self.text[start..];
                let end = rest.find('`').unwrap_or(rest.len());
                self.at = (start + end + 1).min(self.text.len());
                self.inner.push((start, rest[..end].to_owned()));
                word.pieces.push(Piece::Substitution(rest[..end].to_owned()));
            }
            Some('$') => self.dollar(word),
            Some(c) => word.push(c),
            None => {}
        }
    }

    /// What stands behind a `$`.
    fn dollar(&mut self, word: &mut Word) {
        if self.takes("{{") {
            // A pipeline's expression, which its runner puts in before the shell sees it.
            let rest = &self.text[self.at..];
            let end = rest.find("}}").unwrap_or(rest.len());
            "${{".chars().chain(rest[..end].chars()).chain("}}".chars()).for_each(|c| word.push(c));
            self.at = (self.at + end + 2).min(self.text.len());
        } else if self.takes("{") {
            let rest = &self.text[self.at..];
            let end = rest.find('}').unwrap_or(rest.len());
            let inner = &rest[..end];
            self.at = (self.at + end + 1).min(self.text.len());
            let (name, default) = match inner.split_once(":-").or_else(|| inner.split_once('-')) {
                Some((name, default)) => (name, Some(default.to_owned())),
                None => (inner, None),
            };
            let name = name.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '_').to_owned();
            word.pieces.push(Piece::Variable { name, default });
        } else if self.takes("(") {
            let start = self.at;
            let mut open = 1_usize;
            while let Some(c) = self.next() {
                match c {
                    '(' => open += 1,
                    ')' => open -= 1,
                    _ => {}
                }
                if open == 0 {
                    break;
                }
            }
            let end = if open == 0 { self.at - 1 } else { self.at };
            let inner = self.text[start..end].to_owned();
            self.inner.push((start, inner.clone()));
            word.pieces.push(Piece::Substitution(inner));
        } else {
            let rest = &self.text[self.at..];
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            if end == 0 {
                word.push('$');
                return;
            }
            self.at += end;
            word.pieces.push(Piece::Variable { name: rest[..end].to_owned(), default: None });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(script: &str) -> Vec<String> {
        let words = |c: &Command| c.words.iter().map(Word::text).collect::<Vec<_>>().join("|");
        commands(script).iter().map(words).collect()
    }

    #[test]
    fn scripts_are_commands_of_words() {
        for (script, want) in [
            ("vllm serve 'my model' --port=8000", vec!["vllm|serve|my model|--port=8000"]),
            ("a && b -x \"$Y z\" || c; d # no", vec!["a", "b|-x|${Y} z", "c", "d"]),
            (
                "az deployment group create \\\n  --template-file infra/main.bicep\n",
                vec!["az|deployment|group|create|--template-file|infra/main.bicep"],
            ),
            ("if test -f x; then terraform apply; fi", vec!["test|-f|x", "terraform|apply"]),
            ("cat <<EOF > out\nnot a command\nEOF\nls", vec!["cat", "ls"]),
            (
                "x=$(aws sts get-caller-identity) ${A:-b}",
                vec!["x=$(aws sts get-caller-identity)|${A:-b}", "aws|sts|get-caller-identity"],
            ),
            ("echo ${{ github.event.issue.title }} 2>&1 >log", vec!["echo|${{ github.event.issue.title }}"]),
            ("", vec![]),
        ] {
            assert_eq!(shown(script), want, "{script}");
        }
    }

    #[test]
    fn commands_stand_where_they_are_written() {
        let script = "cd x\n  make  test ; done\n";
        let cut = |c: &Command| script[c.span.start as usize..c.span.end as usize].to_owned();
        assert_eq!(commands(script).iter().map(cut).collect::<Vec<_>>(), ["cd x", "make  test"]);
    }

    proptest! {
        #[test]
        fn any_text_is_read(script in "[ -~\n$({`'\"é<&|;]{0,200}") {
            for command in commands(&script) {
                prop_assert!(command.span.start <= command.span.end);
            }
        }
    }
}
