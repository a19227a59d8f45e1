//! Command lines of containers: which program runs, with which flags.
//!
//! Shell text is read, never run. Variables are put in from the container's environment; what is left is not known.

use std::collections::BTreeMap;
use std::sync::Arc;

use formats::shell;
use model::{Node, Value};

use super::text::{Holes, Word, is_hole, names_a_secret};

/// Words of a command line; more are not read.
const MAX_WORDS: usize = 2_000;
/// Bytes that variables may make of one word.
const MAX_EXPANDED: usize = 64 << 10;

/// Scripts inside scripts.
const MAX_EVAL: usize = 3;

/// A program and its words.
#[derive(Clone, Debug, Default)]
pub(crate) struct Command {
    /// How many of the words name the program: 0 where the image does, 3 in `python -m module`.
    pub(crate) program: usize,
    pub(crate) words: Vec<Word>,
    /// Why there may be further flags.
    pub(crate) open: Option<Arc<str>>,
}

/// The value of a variable; `None` where there is none of that name.
pub(crate) type Lookup<'l> = dyn FnMut(&str, &mut Holes) -> Option<String> + 'l;

/// `$(NAME)` as Kubernetes puts variables in: `$$` is a dollar, what is not set stays as it is written.
/// <https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/>
pub(crate) fn expand_kubernetes(text: &str, holes: &mut Holes, lookup: &mut Lookup<'_>) -> String {
    let mut all = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        all.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("$$") {
            all.push('$');
            rest = after;
            continue;
        }
        let name = rest.strip_prefix("$(").and_then(|inner| inner.split_once(')'));
        match name.map(|(name, after)| (lookup(name, holes), after)) {
            Some((Some(value), after)) if all.len() + value.len() <= MAX_EXPANDED => {
                all.push_str(&value);
                rest = after;
            }
            _ => {
                all.push('$');
                rest = &rest[1..];
            }
        }
    }
    all + rest
}

/// A shell's word with its variables put in.
fn expand_shell(word: &shell::Word, holes: &mut Holes, lookup: &mut Lookup<'_>) -> String {
    let mut all = String::new();
    for piece in &word.pieces {
        let text = match piece {
            shell::Piece::Text(text) => text.clone(),
            shell::Piece::Variable { name, default } => match (lookup(name, holes), default) {
                (Some(value), _) => value,
                (None, Some(default)) if !default.contains('$') => default.clone(),
                (None, _) => {
                    let reason = match &**name {
                        "@" | "*" => "the arguments of the container".to_owned(),
                        name => format!("environment variable {name} has no value"),
                    };
                    holes.unknown(&reason).into()
                }
            },
            shell::Piece::Substitution(_) => holes.unknown("the output of a command").into(),
        };
        if all.len() + text.len() <= MAX_EXPANDED {
            all += &text;
        }
    }
    all
}

/// The commands of shell text, variables that it sets itself put in. Those that only make a word of another are left out.
pub(crate) fn of_shell(
    script: &Word,
    holes: &mut Holes,
    lookup: &mut Lookup<'_>,
    depth: usize,
) -> Vec<Command> {
    let mut set: BTreeMap<String, String> = BTreeMap::new();
    let mut found = Vec::new();
    let mut end = 0;
    for command in shell::commands(&script.text) {
        if command.span.start < end {
            continue;
        }
        end = command.span.end;
        let mut words: Vec<Word> = Vec::new();
        for word in command.words.iter().take(MAX_WORDS) {
            let mut own = |name: &str, holes: &mut Holes| match set.get(name) {
                Some(value) => Some(value.clone()),
                None => lookup(name, holes),
            };
            let text = expand_shell(word, holes, &mut own);
            words.push(Word { text, ..script.clone() });
        }
        let mut front = 0;
        let mut assigned = Vec::new();
        while let Some(word) = words.get(front) {
            match (&*word.text, assignment(&word.text)) {
                ("exec" | "nohup" | "export" | "env" | "sudo" | "time", _) => front += 1,
                (_, Some((name, value))) => {
                    assigned.push((name.to_owned(), value.to_owned()));
                    front += 1;
                }
                _ => break,
            }
        }
        set.extend(assigned);
        words.drain(..front);
        if words.first().is_some_and(|w| w.text == "eval") && depth < MAX_EVAL {
            let text = words[1..].iter().map(|w| &*w.text).collect::<Vec<_>>().join(" ");
            found.extend(of_shell(&Word { text, ..script.clone() }, holes, lookup, depth + 1));
        } else if !words.is_empty() {
            found.push(Command { program: program(&words), words, open: None });
        }
    }
    found
}

fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let valid = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    (valid && !name.as_bytes()[0].is_ascii_digit()).then_some((name, value))
}

/// The last part of a program's path.
pub(crate) fn base(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

pub(crate) fn is_shell(program: &str) -> bool {
    matches!(base(program), "sh" | "bash" | "ash" | "dash" | "zsh")
}

/// How many words name the program that runs.
pub(crate) fn program(words: &[Word]) -> usize {
    let text = |i: usize| words.get(i).map_or("", |w| &*w.text);
    if base(text(0)).starts_with("python") {
        // Switches of the interpreter: `python -u -m module`, `python script.py`.
        let switches =
            (1..words.len()).take_while(|i| matches!(text(*i), "-u" | "-O" | "-B" | "-E" | "-s" | "-I"));
        let at = 1 + switches.count();
        return (at + if text(at) == "-m" { 2 } else { 1 }).min(words.len());
    }
    words.len().min(1)
}

/// The commands that a command line runs: itself, or those of the script it gives to a shell.
pub(crate) fn of_line(
    words: Vec<Word>,
    named: bool,
    holes: &mut Holes,
    lookup: &mut Lookup<'_>,
) -> Vec<Command> {
    // `tini -- program`, `env A=b program`
    let mut words: Vec<Word> = words.into_iter().take(MAX_WORDS).collect();
    while words.len() > 1 && matches!(base(&words[0].text), "tini" | "dumb-init" | "env" | "nohup" | "exec") {
        words.remove(0);
        while words.len() > 1 && (words[0].text.starts_with('-') || assignment(&words[0].text).is_some()) {
            words.remove(0);
        }
    }
    let shell = words.first().is_some_and(|w| is_shell(&w.text));
    if shell {
        let is_c = |w: &Word| w.text.starts_with('-') && !w.text.starts_with("--") && w.text.ends_with('c');
        let script = words.iter().position(is_c).and_then(|c| words.get(c + 1)).cloned();
        if let Some(script) = script {
            let found = of_shell(&script, holes, lookup, 0);
            if !found.is_empty() {
                return found;
            }
        }
        let open = Some(Arc::from("a script of the image decides the arguments"));
        return vec![Command { program: words.len().min(2), words, open }];
    }
    let scripted = named && words.first().is_some_and(|w| w.text.ends_with(".sh"));
    let open = scripted.then(|| Arc::from("a script of the image decides the arguments"));
    let program = if named { program(&words) } else { 0 };
    vec![Command { program, words, open }]
}

/// Flags that take no value, whatever stands behind them.
fn is_switch(name: &str) -> bool {
    ["enable-", "disable-", "no-", "trust-remote-code", "allow-root", "skip-"]
        .iter()
        .any(|p| name.starts_with(p))
        || matches!(name, "debug" | "verbose" | "reload" | "share" | "help" | "version")
}

/// What a command is given.
pub(crate) struct Arguments {
    /// By flag; `positional` holds the rest.
    pub(crate) entries: BTreeMap<Arc<str>, Node>,
    /// Why there may be further flags.
    pub(crate) open: Option<Arc<str>>,
}

/// Long flags lose their hyphens, and their underscores become hyphens (`--api_key` is `api-key`) unless the name has
/// dots (`ServerApp.allow_origin`).
pub(crate) fn arguments(command: &Command, holes: &Holes) -> Arguments {
    let mut entries: BTreeMap<Arc<str>, Node> = BTreeMap::new();
    let mut positional = Vec::new();
    let mut open = command.open.clone();
    let mut words = command.words.iter().skip(command.program).peekable();
    let mut flags = true;
    while let Some(word) = words.next() {
        let text = &*word.text;
        if flags && text == "--" {
            flags = false;
            continue;
        }
        let behind = text.strip_prefix('-').unwrap_or_default();
        let numeric = behind.starts_with(|c: char| c.is_ascii_digit() || c == '.');
        if !flags || !text.starts_with('-') || text == "-" || numeric {
            let node = holes.node(text, word);
            if text.starts_with(is_hole) && !node.sensitive {
                open.get_or_insert_with(|| "an argument is not known".into());
            }
            positional.push(node);
            continue;
        }
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(holes.node(unquoted(value), word))),
            None => (text, None),
        };
        let name = name.trim_start_matches('-');
        let name = if name.contains('.') { name.to_owned() } else { name.replace('_', "-") };
        if name.is_empty() || name.contains(is_hole) {
            open.get_or_insert_with(|| "the name of a flag is not known".into());
            continue;
        }
        let value = value.unwrap_or_else(|| {
            let takes = |next: &Word| {
                let bare = next.text.strip_prefix('-');
                let is_value =
                    bare.is_none_or(|b| b.is_empty() || b.starts_with(|c: char| c.is_ascii_digit()));
                is_value
                    && (!is_switch(&name)
                        || matches!(&*next.text.to_lowercase(), "true" | "false" | "0" | "1"))
            };
            match words.next_if(|next| takes(next)) {
                Some(next) => holes.node(&next.text, next),
                None => Node { at: word.at.clone(), assumed: word.assumed, ..true.into() },
            }
        });
        let secret = names_a_secret(&name) && value.as_bool().is_none() && value.as_str() != Some("");
        let value = Node { sensitive: value.sensitive || secret, ..value };
        match entries.get_mut(&*name) {
            None => _ = entries.insert(name.into(), value),
            Some(old) => match &mut old.value {
                Value::List(items) => Arc::make_mut(items).push(value),
                _ => {
                    let at = old.at.clone();
                    let both = vec![std::mem::take(old), value];
                    *old = Node { at, ..Value::list(both).into() };
                }
            },
        }
    }
    if !positional.is_empty() {
        let at = positional[0].at.clone();
        entries.insert("positional".into(), Node { at, ..Value::list(positional).into() });
    }
    Arguments { entries, open }
}

/// Quotes inside a word (`--token=''`) were meant for a shell that never sees them.
fn unquoted(value: &str) -> &str {
    let cut = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    cut('\'').or_else(|| cut('"')).unwrap_or(value)
}

/// The words of a command as values; what belongs to a flag for a secret is not shown.
pub(crate) fn words(command: &Command, holes: &Holes) -> Vec<Node> {
    let mut after = false;
    let mut shown = Vec::new();
    for word in &command.words {
        let mut node = holes.node(&word.text, word);
        let (secret, next) = secret_word(&word.text);
        node.sensitive |= secret || after && !word.text.starts_with('-');
        after = next;
        shown.push(node);
    }
    shown
}

/// Whether a word holds a secret, and whether the next one does.
pub(crate) fn secret_word(text: &str) -> (bool, bool) {
    if let Some((name, value)) = text.split_once('=') {
        let flag = name.starts_with('-') || assignment(text).is_some();
        let written = !unquoted(value).is_empty() && !value.starts_with('$');
        return (flag && written && !name.contains(' ') && names_a_secret(name), false);
    }
    (super::text::holds_a_password(text), text.starts_with("--") && names_a_secret(text))
}

/// Whether shell text holds a secret.
pub(crate) fn secret_script(text: &str) -> bool {
    shell::commands(text).iter().any(|command| {
        let mut after = false;
        command.words.iter().any(|word| {
            let shown = word.text();
            let (secret, next) = secret_word(&shown);
            let held = secret || after && !shown.starts_with('-') && !shown.starts_with('$');
            after = next;
            held
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &[&str]) -> Vec<Word> {
        text.iter().map(|t| Word { text: (*t).into(), ..Word::default() }).collect()
    }

    fn parsed(text: &[&str], named: bool) -> Vec<String> {
        let mut holes = Holes::default();
        let mut lookup = |name: &str, _: &mut Holes| (name == "PORT").then(|| "8000".to_owned());
        let commands = of_line(line(text), named, &mut holes, &mut lookup);
        let shown = |command: &Command| {
            let given = arguments(command, &holes);
            let entries = given.entries.iter().map(|(k, v)| format!("{k}={}", v.display()));
            let open = given.open.map(|o| format!("({o})"));
            entries.chain(open).collect::<Vec<_>>().join(" ")
        };
        commands.iter().map(shown).collect()
    }

    #[test]
    fn command_lines_become_flags() {
        for (text, named, want) in [
            (
                &["vllm", "serve", "m", "--port=1", "--api_key", "k", "--trust-remote-code"][..],
                true,
                "api-key=(sensitive) port=1 positional=[\"serve\", \"m\"] trust-remote-code=true",
            ),
            (&["--host", "0.0.0.0", "--x", "-1", "-v", "-p", "80"], false, "host=0.0.0.0 p=80 v=true x=-1"),
            (
                &["python3", "-u", "-m", "vllm.api", "--enable-lora", "m"],
                true,
                "enable-lora=true positional=[\"m\"]",
            ),
            (
                &["jupyter", "lab", "--ServerApp.token=''", "--ServerApp.allow_origin=*"],
                true,
                "ServerApp.allow_origin=* ServerApp.token= positional=[\"lab\"]",
            ),
            (&["x", "--a", "1", "--a", "2", "--", "--b"], true, "a=[\"1\", \"2\"] positional=[\"--b\"]"),
            (
                &["/bin/bash", "-c", "cd /x; export MODEL=m; exec vllm serve $MODEL --port $PORT"],
                true,
                "positional=[\"/x\"]|port=8000 positional=[\"serve\", \"m\"]",
            ),
            (
                &["sh", "-c", "eval \"vllm serve $(head -1 x) --port $PORT\""],
                true,
                "port=8000 positional=[\"serve\", \"unknown (the output of a command)\"] (an argument is not known)",
            ),
            (&["sh", "/start.sh"], true, "(a script of the image decides the arguments)"),
            (
                &["sh", "-c", "vllm serve $EXTRA"],
                true,
                "positional=[\"serve\", \"unknown (environment variable EXTRA has no value)\"] (an argument is not known)",
            ),
            (&["tini", "-g", "--", "mlflow", "server"], true, "positional=[\"server\"]"),
        ] {
            assert_eq!(parsed(text, named).join("|"), want, "{text:?}");
        }
    }

    #[test]
    fn kubernetes_puts_variables_in() {
        let mut lookup = |name: &str, _: &mut Holes| (name == "A").then(|| "1".to_owned());
        for (text, want) in [("x$(A)y", "x1y"), ("$$(A)", "$(A)"), ("$(B) $A $", "$(B) $A $"), ("$(A", "$(A")]
        {
            assert_eq!(expand_kubernetes(text, &mut Holes::default(), &mut lookup), want);
        }
    }

    #[test]
    fn secrets_in_words_are_told() {
        for (text, want) in [
            ("--api-key=abc", (true, false)),
            ("--api-key=$(KEY)", (false, false)),
            ("--api-key", (false, true)),
            ("--max-tokens=5", (false, false)),
            ("--token=''", (false, false)),
            ("TOKEN=abc", (true, false)),
        ] {
            assert_eq!(secret_word(text), want, "{text}");
        }
        assert!(
            secret_script("vllm serve --api-key sk-1 m") && !secret_script("vllm serve --api-key $KEY m")
        );
    }
}
