//! Clauses: what a query is made of, in which order, and which it may not have.

use winnow::Parser as _;
use winnow::combinator::{opt, preceded, separated};

use super::expression::expression;
use super::{
    Input, Parsed, at_symbol, at_word, either, here, keyword, link, next, pattern, peek, position, refuse,
    symbol, variable,
};
use crate::query::ast::{Clause, Expr, Item, Name, Order, Projection, Union};
use crate::query::lexer::Kind;

/// Clauses of the language that would change the graph or leave it.
const REFUSED: [&str; 14] = [
    "CREATE", "MERGE", "SET", "DELETE", "DETACH", "REMOVE", "DROP", "FOREACH", "ALTER", "CALL", "LOAD",
    "USE", "START", "GRANT",
];

pub(super) fn union(input: &mut Input<'_>) -> Parsed<Union> {
    let mut parts = vec![single(input)?];
    let mut kinds: Vec<bool> = Vec::new();
    while at_word(input, "UNION") {
        let span = here(input);
        keyword("UNION").parse_next(input)?;
        kinds.push(opt(keyword("ALL")).parse_next(input)?.is_some());
        if kinds.iter().any(|all| *all != kinds[0]) {
            return refuse(input, &span, "UNION and UNION ALL cannot be mixed", "");
        }
        parts.push(single(input)?);
    }
    opt(symbol(";")).parse_next(input)?;
    if !peek(input).is_some_and(|t| t.kind == Kind::End) {
        writing(input)?;
        next(input, "the end of the query", |_| None::<()>)?;
    }
    Ok(Union { parts, all: kinds.first().copied().unwrap_or(false) })
}

/// Clauses up to a RETURN.
fn single(input: &mut Input<'_>) -> Parsed<Vec<Clause>> {
    let mut clauses = Vec::new();
    loop {
        link(input)?;
        writing(input)?;
        if at_word(input, "RETURN") {
            keyword("RETURN").parse_next(input)?;
            clauses.push(Clause::Return(projection(input)?));
            return Ok(clauses);
        }
        let clause = if at_word(input, "MATCH") || at_word(input, "OPTIONAL") {
            matching(input)?
        } else if at_word(input, "UNWIND") {
            unwind(input)?
        } else if at_word(input, "WITH") {
            keyword("WITH").parse_next(input)?;
            let projection = projection(input)?;
            Clause::With { projection, condition: opt(condition).parse_next(input)? }
        } else {
            let at = position(input);
            for expected in ["MATCH", "OPTIONAL MATCH", "UNWIND", "WITH", "RETURN"] {
                input.state.missed(at, expected);
            }
            return super::backtrack();
        };
        clauses.push(clause);
    }
}

/// Refuses a clause that writes.
fn writing(input: &mut Input<'_>) -> Parsed<()> {
    let Some(token) = peek(input) else { return Ok(()) };
    let Kind::Word(word) = &token.kind else { return Ok(()) };
    let word = word.to_uppercase();
    if !REFUSED.contains(&&*word) {
        return Ok(());
    }
    let message = format!("{word} is refused: the graph is read-only");
    refuse(
        input,
        &token.span,
        message,
        "a query is made of MATCH, OPTIONAL MATCH, WHERE, UNWIND, WITH and RETURN",
    )
}

fn matching(input: &mut Input<'_>) -> Parsed<Clause> {
    let optional = opt(keyword("OPTIONAL")).parse_next(input)?.is_some();
    keyword("MATCH").parse_next(input)?;
    let patterns = pattern::patterns(input)?;
    Ok(Clause::Match { optional, patterns, condition: opt(condition).parse_next(input)? })
}

pub(super) fn condition(input: &mut Input<'_>) -> Parsed<Expr> {
    preceded(keyword("WHERE"), expression).parse_next(input)
}

fn unwind(input: &mut Input<'_>) -> Parsed<Clause> {
    let (list, name) =
        (preceded(keyword("UNWIND"), expression), preceded(keyword("AS"), variable)).parse_next(input)?;
    Ok(Clause::Unwind { list, name })
}

fn projection(input: &mut Input<'_>) -> Parsed<Projection> {
    let distinct = opt(keyword("DISTINCT")).parse_next(input)?.is_some();
    let all = at_symbol(input, "*");
    if all {
        symbol("*").parse_next(input)?;
    }
    let items: Vec<Item> = match all {
        true => opt(preceded(symbol(","), separated(1.., item, symbol(","))))
            .parse_next(input)?
            .unwrap_or_default(),
        false => separated(1.., item, symbol(",")).parse_next(input)?,
    };
    let order = preceded((keyword("ORDER"), keyword("BY")), separated(1.., order, symbol(",")));
    Ok(Projection {
        distinct,
        all,
        items,
        order: opt(order).parse_next(input)?.unwrap_or_default(),
        skip: opt(preceded(keyword("SKIP"), expression)).parse_next(input)?,
        limit: opt(preceded(keyword("LIMIT"), expression)).parse_next(input)?,
    })
}

fn item(input: &mut Input<'_>) -> Parsed<Item> {
    let start = here(input).start;
    let expr = expression(input)?;
    let end = here(input).start;
    if let Some(name) = opt(preceded(keyword("AS"), variable)).parse_next(input)? {
        return Ok(Item { expr, name, renamed: true });
    }
    let name = match &expr {
        Expr::Variable(name) => name.clone(),
        _ => Name { text: input.state.text[start..end].trim().into(), span: start..end },
    };
    Ok(Item { expr, name, renamed: false })
}

fn order(input: &mut Input<'_>) -> Parsed<Order> {
    let expr = expression(input)?;
    let descending = opt(either("DESC", "DESCENDING")).parse_next(input)?.is_some();
    if !descending {
        opt(either("ASC", "ASCENDING")).parse_next(input)?;
    }
    Ok(Order { expr, descending })
}
