//! Patterns of nodes and relationships.

use winnow::Parser as _;
use winnow::combinator::{delimited, opt, preceded, repeat, separated, terminated};

use super::{
    Input, Parsed, at_symbol, at_word, here, keyword, link, map, name, next, peek, position, refuse, symbol,
    variable, whole,
};
use crate::query::ast::{Direction, Length, Name, NodePattern, Pattern, RelationshipPattern, Shortest};
use crate::query::lexer::Kind;

pub(super) fn patterns(input: &mut Input<'_>) -> Parsed<Vec<Pattern>> {
    separated(1.., pattern, symbol(",")).parse_next(input)
}

fn pattern(input: &mut Input<'_>) -> Parsed<Pattern> {
    let named = input.state.tokens.get(position(input) + 1).is_some_and(|t| t.kind == Kind::Symbol("="));
    let path = if named { Some(terminated(variable, symbol("=")).parse_next(input)?) } else { None };
    let shortest = if at_word(input, "shortestPath") {
        Some(Shortest::One)
    } else if at_word(input, "allShortestPaths") {
        Some(Shortest::All)
    } else {
        None
    };
    if shortest.is_none() {
        return Ok(Pattern { path, ..chain(input)? });
    }
    let span = here(input);
    let pattern =
        preceded(name("shortestPath"), delimited(symbol("("), chain, symbol(")"))).parse_next(input)?;
    if pattern.relationships.len() != 1 {
        return refuse(
            input,
            &span,
            "a shortest path is asked for with a single relationship",
            "write shortestPath((a)-[*]->(b))",
        );
    }
    Ok(Pattern { path, shortest, ..pattern })
}

/// Nodes with relationships between them.
pub(super) fn chain(input: &mut Input<'_>) -> Parsed<Pattern> {
    let mut nodes = vec![node(input)?];
    let mut relationships = Vec::new();
    while at_symbol(input, "-") || at_symbol(input, "<") {
        link(input)?;
        relationships.push(relationship(input)?);
        nodes.push(node(input)?);
    }
    // What might go on here is worth a word when the text does not.
    let at = position(input);
    input.state.missed(at, "a relationship");
    Ok(Pattern { path: None, shortest: None, nodes, relationships })
}

fn node(input: &mut Input<'_>) -> Parsed<NodePattern> {
    next(input, "a node such as (n:Label)", |t| (t.kind == Kind::Symbol("(")).then_some(()))?;
    let variable = opt(variable).parse_next(input)?;
    let labels = labels(input)?;
    let properties = opt(map).parse_next(input)?.unwrap_or_default();
    symbol(")").parse_next(input)?;
    Ok(NodePattern { variable, labels, properties })
}

/// `:A:B`
pub(super) fn labels(input: &mut Input<'_>) -> Parsed<Vec<Name>> {
    repeat(0.., preceded(symbol(":"), name("a label"))).parse_next(input)
}

fn relationship(input: &mut Input<'_>) -> Parsed<RelationshipPattern> {
    let left = opt(symbol("<")).parse_next(input)?.is_some();
    symbol("-").parse_next(input)?;
    let mut relationship = match opt(symbol("[")).parse_next(input)? {
        Some(()) => terminated(inside, symbol("]")).parse_next(input)?,
        None => RelationshipPattern {
            variable: None,
            types: Vec::new(),
            properties: Vec::new(),
            direction: Direction::Both,
            length: None,
        },
    };
    symbol("-").parse_next(input)?;
    let right = opt(symbol(">")).parse_next(input)?.is_some();
    relationship.direction = match (left, right) {
        (true, false) => Direction::Left,
        (false, true) => Direction::Right,
        _ => Direction::Both,
    };
    Ok(relationship)
}

fn inside(input: &mut Input<'_>) -> Parsed<RelationshipPattern> {
    let variable = opt(variable).parse_next(input)?;
    let further = preceded((symbol("|"), opt(symbol(":"))), name("a relationship type"));
    let types =
        opt(preceded(symbol(":"), (name("a relationship type"), repeat(0.., further)))).parse_next(input)?;
    let types = types.map_or_else(Vec::new, |(first, more): (Name, Vec<Name>)| [vec![first], more].concat());
    let length = opt(preceded(symbol("*"), length)).parse_next(input)?;
    let properties = opt(map).parse_next(input)?.unwrap_or_default();
    Ok(RelationshipPattern { variable, types, properties, direction: Direction::Both, length })
}

/// What follows `*`.
fn length(input: &mut Input<'_>) -> Parsed<Length> {
    let span = here(input);
    let from = opt(whole).parse_next(input)?;
    let length = match opt(symbol("..")).parse_next(input)? {
        Some(()) => Length { from: from.unwrap_or(1), to: opt(whole).parse_next(input)? },
        None => Length { from: from.unwrap_or(1), to: from },
    };
    match length.to {
        Some(to) if to < length.from => {
            refuse(input, &span, format!("no path is at least {} and at most {to} long", length.from), "")
        }
        _ => Ok(length),
    }
}

/// Whether a bracket opens a pattern that stands where an expression could: `(a)-[…]->()`.
pub(super) fn follows(input: &Input<'_>) -> bool {
    let tokens = input.state.tokens;
    let Some(closes) = peek(input).and_then(|t| t.closes) else { return false };
    let kind = |at: usize| tokens.get(at).map(|t| &t.kind);
    let is = |at: usize, symbol| matches!(kind(at), Some(Kind::Symbol(s)) if *s == symbol);
    let first = position(input) + 1;
    // Inside: nothing, a variable, labels, a map.
    let starts = match kind(first) {
        Some(Kind::Word(_) | Kind::Quoted(_)) => {
            is(first + 1, ")") || is(first + 1, ":") || is(first + 1, "{")
        }
        Some(Kind::Symbol(s)) => matches!(*s, ")" | ":" | "{"),
        _ => false,
    };
    let at = closes + 1;
    let dash = if is(at, "<") { at + 1 } else { at };
    let bracket_closes = |at: usize| tokens.get(at).and_then(|t| t.closes);
    starts
        && is(dash, "-")
        && match kind(dash + 1) {
            Some(Kind::Symbol("-")) => true,
            Some(Kind::Symbol("[")) => bracket_closes(dash + 1).is_some_and(|end| is(end + 1, "-")),
            _ => false,
        }
}

/// The patterns and condition of `EXISTS { … }`; the brace is read already.
pub(super) fn block(input: &mut Input<'_>) -> Parsed<(Vec<Pattern>, Option<Box<crate::query::ast::Expr>>)> {
    opt(keyword("MATCH")).parse_next(input)?;
    let patterns = patterns(input)?;
    let condition = opt(super::clause::condition).parse_next(input)?;
    symbol("}").parse_next(input)?;
    Ok((patterns, condition.map(Box::new)))
}
