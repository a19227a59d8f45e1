//! Tokens to a query: the primitives of the grammar, and what is said where the text does not follow it.

mod clause;
mod expression;
mod pattern;

use std::ops::Range;
use std::sync::Arc;

use winnow::combinator::{alt, delimited, separated};
use winnow::error::{EmptyError, ErrMode};
use winnow::stream::{Stateful, Stream as _, TokenSlice};
use winnow::{ModalResult, Parser};

use super::ast::{Name, Union};
use super::error::Mistake;
use super::lexer::{self, Kind, Token};

/// Brackets nest no deeper than this, so that nothing that walks a tree runs out of stack.
const MAX_DEPTH: usize = 48;
/// Clauses and relationships of one query: each is a level of the stack when the query runs.
const MAX_LINKS: usize = 96;

type Input<'t> = Stateful<TokenSlice<'t, Token>, State<'t>>;
type Parsed<T> = ModalResult<T, EmptyError>;

/// Where the parser got to, kept over what it tries in vain.
#[derive(Clone, Debug, Default)]
struct State<'t> {
    text: &'t str,
    tokens: &'t [Token],
    /// The farthest token that did not fit, and what would have.
    farthest: usize,
    expected: Vec<&'static str>,
    /// Something more telling than that.
    mistake: Option<Box<Mistake>>,
    depth: usize,
    links: usize,
}

/// Reads a query.
pub(super) fn parse(text: &str) -> Result<Union, Mistake> {
    let tokens = lexer::tokens(text)?;
    let mut input =
        Input { input: TokenSlice::new(&tokens), state: State { text, tokens: &tokens, ..State::default() } };
    match clause::union(&mut input) {
        Ok(query) => Ok(query),
        Err(_) => Err(mistake(&tokens, input.state)),
    }
}

fn mistake(tokens: &[Token], mut state: State<'_>) -> Mistake {
    if let Some(mistake) = state.mistake.take() {
        return *mistake;
    }
    let end = tokens.len().saturating_sub(1);
    let Some(found) = tokens.get(state.farthest.min(end)) else {
        return Mistake::at(state.text, &(0..0), "the query is empty");
    };
    state.expected.sort_unstable();
    state.expected.dedup();
    // Symbols last, and told apart from the commas between them.
    let (words, symbols): (Vec<&str>, Vec<&str>) =
        state.expected.iter().partition(|expected| expected.starts_with(|c: char| c.is_alphabetic()));
    let symbols = symbols.into_iter().map(|symbol| format!("{symbol:?}"));
    let named: Vec<String> = words.into_iter().map(str::to_owned).chain(symbols).collect();
    let expected = match &*named {
        [] => "something else".to_owned(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    };
    let message = format!("expected {expected}, found {}", described(found, state.text));
    let mistake = Mistake::at(state.text, &found.span, message);
    match &found.kind {
        Kind::Word(word) => {
            let upper = word.to_uppercase();
            let keywords = state
                .expected
                .iter()
                .copied()
                .filter(|e| e.chars().all(|c| c.is_ascii_uppercase() || c == ' '));
            match catalog::did_you_mean(&upper, keywords).trim_matches([' ', '(', ')']) {
                "" => mistake,
                suggestion => mistake.help(suggestion.replace('"', "")),
            }
        }
        _ => mistake,
    }
}

fn described(token: &Token, text: &str) -> String {
    match &token.kind {
        Kind::End => "the end of the query".to_owned(),
        _ => text[token.span.clone()].chars().take(40).collect(),
    }
}

impl<'t> State<'t> {
    fn missed(&mut self, at: usize, expected: &'static str) {
        if at > self.farthest {
            self.farthest = at;
            self.expected.clear();
        }
        if at == self.farthest {
            self.expected.push(expected);
        }
    }
}

fn backtrack<T>() -> Parsed<T> {
    Err(ErrMode::Backtrack(EmptyError))
}

/// Gives up, with a message of its own.
fn refuse<T>(
    input: &mut Input<'_>,
    span: &Range<usize>,
    message: impl Into<String>,
    help: &str,
) -> Parsed<T> {
    let mistake = Mistake::at(input.state.text, span, message);
    let mistake = if help.is_empty() { mistake } else { mistake.help(help) };
    input.state.mistake = Some(Box::new(mistake));
    Err(ErrMode::Cut(EmptyError))
}

/// The index of the next token.
fn position(input: &Input<'_>) -> usize {
    input.state.tokens.len() - input.input.eof_offset()
}

fn peek<'t>(input: &Input<'t>) -> Option<&'t Token> {
    input.state.tokens.get(position(input))
}

/// Where the next token stands.
fn here(input: &Input<'_>) -> Range<usize> {
    peek(input).map_or(0..0, |t| t.span.clone())
}

/// The next token if `fits` makes something of it; else `expected` is what was wanted.
fn next<'t, T>(
    input: &mut Input<'t>,
    expected: &'static str,
    fits: impl FnOnce(&'t Token) -> Option<T>,
) -> Parsed<T> {
    match peek(input).and_then(fits) {
        Some(made) => {
            input.next_token();
            Ok(made)
        }
        None => {
            let at = position(input);
            input.state.missed(at, expected);
            backtrack()
        }
    }
}

fn symbol<'t>(symbol: &'static str) -> impl Parser<Input<'t>, (), ErrMode<EmptyError>> {
    move |input: &mut Input<'t>| next(input, symbol, |t| (t.kind == Kind::Symbol(symbol)).then_some(()))
}

fn keyword<'t>(keyword: &'static str) -> impl Parser<Input<'t>, (), ErrMode<EmptyError>> {
    move |input: &mut Input<'t>| next(input, keyword, |t| is_word(t, keyword).then_some(()))
}

fn is_word(token: &Token, keyword: &str) -> bool {
    matches!(&token.kind, Kind::Word(word) if word.eq_ignore_ascii_case(keyword))
}

fn at_word(input: &Input<'_>, keyword: &str) -> bool {
    peek(input).is_some_and(|t| is_word(t, keyword))
}

fn at_symbol(input: &Input<'_>, symbol: &str) -> bool {
    peek(input).is_some_and(|t| matches!(t.kind, Kind::Symbol(s) if s == symbol))
}

/// Words that never name a variable, so that a clause is not taken for one.
const RESERVED: [&str; 34] = [
    "AND",
    "AS",
    "ASC",
    "ASCENDING",
    "CASE",
    "CONTAINS",
    "DESC",
    "DESCENDING",
    "DISTINCT",
    "ELSE",
    "END",
    "ENDS",
    "EXISTS",
    "FALSE",
    "IN",
    "IS",
    "LIMIT",
    "MATCH",
    "NOT",
    "NULL",
    "OPTIONAL",
    "OR",
    "ORDER",
    "RETURN",
    "SKIP",
    "STARTS",
    "THEN",
    "TRUE",
    "UNION",
    "UNWIND",
    "WHEN",
    "WHERE",
    "WITH",
    "XOR",
];

pub(in crate::query) fn is_reserved(word: &str) -> bool {
    RESERVED.iter().any(|r| r.eq_ignore_ascii_case(word))
}

/// A name of a variable.
fn variable(input: &mut Input<'_>) -> Parsed<Name> {
    next(input, "a variable", |token| match &token.kind {
        Kind::Word(word) if !is_reserved(word) => Some(name_of(word, token)),
        Kind::Quoted(word) => Some(name_of(word, token)),
        _ => None,
    })
}

/// A name where no keyword can stand: of a label, a type, a property.
fn name<'t>(expected: &'static str) -> impl Parser<Input<'t>, Name, ErrMode<EmptyError>> {
    move |input: &mut Input<'t>| {
        next(input, expected, |token| match &token.kind {
            Kind::Word(word) | Kind::Quoted(word) => Some(name_of(word, token)),
            _ => None,
        })
    }
}

fn name_of(word: &Arc<str>, token: &Token) -> Name {
    Name { text: word.clone(), span: token.span.clone() }
}

/// `key: value` pairs between braces.
fn map(input: &mut Input<'_>) -> Parsed<Vec<(Name, super::ast::Expr)>> {
    let entry =
        (name("a property"), symbol(":"), expression::expression).map(|(key, (), value)| (key, value));
    delimited(symbol("{"), separated(0.., entry, symbol(",")), symbol("}")).parse_next(input)
}

/// Runs `inner` one bracket deeper.
fn deeper<T>(input: &mut Input<'_>, inner: impl FnOnce(&mut Input<'_>) -> Parsed<T>) -> Parsed<T> {
    if input.state.depth >= MAX_DEPTH {
        let span = here(input);
        return refuse(input, &span, format!("expressions nest deeper than {MAX_DEPTH}"), "");
    }
    input.state.depth += 1;
    let result = inner(input);
    input.state.depth -= 1;
    result
}

/// Counts a clause or a relationship.
fn link(input: &mut Input<'_>) -> Parsed<()> {
    input.state.links += 1;
    if input.state.links > MAX_LINKS {
        let span = here(input);
        return refuse(
            input,
            &span,
            format!("the query has more than {MAX_LINKS} clauses and relationships"),
            "",
        );
    }
    Ok(())
}

/// A whole number of a pattern's length.
fn whole(input: &mut Input<'_>) -> Parsed<usize> {
    next(input, "a whole number", |token| match token.kind {
        Kind::Integer(number) => usize::try_from(number).ok(),
        _ => None,
    })
}

/// Either keyword.
fn either<'t>(a: &'static str, b: &'static str) -> impl Parser<Input<'t>, (), ErrMode<EmptyError>> {
    alt((keyword(a), keyword(b)))
}
