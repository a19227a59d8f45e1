//! Expressions, by the precedence of their operators. Operators of one precedence make one node of the tree.

use winnow::Parser as _;
use winnow::combinator::{delimited, opt, preceded, separated};

use super::{
    Input, Parsed, at_symbol, at_word, backtrack, deeper, is_reserved, keyword, map, name, next, pattern,
    peek, position, symbol, variable,
};
use crate::query::Value;
use crate::query::ast::{Access, Arithmetic, Comparison, Expr, Quantifier, Test};
use crate::query::lexer::{Kind, Token};
use winnow::stream::Stream as _;

/// How tightly an operator binds; operators of one binding form one chain, from left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Or,
    Xor,
    And,
    Not,
    Comparison,
    Test,
    Sum,
    Product,
    Power,
    Sign,
}

enum Operator {
    Or,
    Xor,
    And,
    Comparison(Comparison),
    Arithmetic(Arithmetic),
    Test,
}

pub(super) fn expression(input: &mut Input<'_>) -> Parsed<Expr> {
    deeper(input, |input| binding(input, Binding::Or))
}

/// An operand and all operators after it that bind at least as tightly as `least`.
fn binding(input: &mut Input<'_>, least: Binding) -> Parsed<Expr> {
    let mut left = operand(input)?;
    // The binding of the chain that `left` is, if this loop made it: what stands in brackets is not added to.
    let mut chain: Option<Binding> = None;
    loop {
        let Some((operator, binds)) = operator(input).filter(|(_, binds)| *binds >= least) else {
            return Ok(left);
        };
        if matches!(operator, Operator::Test) {
            let tested = test(input)?;
            left = match left {
                Expr::Test(subject, mut tests) if chain == Some(Binding::Test) => {
                    tests.push(tested);
                    Expr::Test(subject, tests)
                }
                subject => Expr::Test(Box::new(subject), vec![tested]),
            };
            chain = Some(Binding::Test);
            continue;
        }
        input.next_token();
        let right = tighter(input, binds)?;
        let joined = chain == Some(binds);
        chain = Some(binds);
        left = match (operator, left) {
            (Operator::Or, Expr::Or(items)) if joined => Expr::Or(pushed(items, right)),
            (Operator::Or, left) => Expr::Or(vec![left, right]),
            (Operator::Xor, Expr::Xor(items)) if joined => Expr::Xor(pushed(items, right)),
            (Operator::Xor, left) => Expr::Xor(vec![left, right]),
            (Operator::And, Expr::And(items)) if joined => Expr::And(pushed(items, right)),
            (Operator::And, left) => Expr::And(vec![left, right]),
            (Operator::Comparison(op), Expr::Comparison(first, rest)) if joined => {
                Expr::Comparison(first, pushed(rest, (op, right)))
            }
            (Operator::Comparison(op), left) => Expr::Comparison(Box::new(left), vec![(op, right)]),
            (Operator::Arithmetic(op), Expr::Arithmetic(first, rest)) if joined => {
                Expr::Arithmetic(first, pushed(rest, (op, right)))
            }
            (Operator::Arithmetic(op), left) => Expr::Arithmetic(Box::new(left), vec![(op, right)]),
            (Operator::Test, left) => left,
        };
    }
}

fn pushed<T>(mut items: Vec<T>, item: T) -> Vec<T> {
    items.push(item);
    items
}

/// The right side of an operator: everything that binds more tightly.
fn tighter(input: &mut Input<'_>, than: Binding) -> Parsed<Expr> {
    use Binding::*;
    let next = match than {
        Or => Xor,
        Xor => And,
        And => Not,
        Not | Comparison => Test,
        Test => Sum,
        Sum => Product,
        Product => Power,
        Power | Sign => Sign,
    };
    binding(input, next)
}

/// The operator that stands next, without taking it.
fn operator(input: &Input<'_>) -> Option<(Operator, Binding)> {
    use Comparison::*;
    let arithmetic = |a| Operator::Arithmetic(a);
    let comparison = |c| (Operator::Comparison(c), Binding::Comparison);
    Some(match &peek(input)?.kind {
        Kind::Symbol(symbol) => match *symbol {
            "=" => comparison(Equal),
            "<>" | "!=" => comparison(Unequal),
            "<" => comparison(Less),
            "<=" => comparison(LessOrEqual),
            ">" => comparison(Greater),
            ">=" => comparison(GreaterOrEqual),
            "+" => (arithmetic(Arithmetic::Add), Binding::Sum),
            "-" => (arithmetic(Arithmetic::Subtract), Binding::Sum),
            "*" => (arithmetic(Arithmetic::Multiply), Binding::Product),
            "/" => (arithmetic(Arithmetic::Divide), Binding::Product),
            "%" => (arithmetic(Arithmetic::Modulo), Binding::Product),
            "^" => (arithmetic(Arithmetic::Power), Binding::Power),
            "=~" => (Operator::Test, Binding::Test),
            _ => return None,
        },
        Kind::Word(word) => match &*word.to_ascii_uppercase() {
            "OR" => (Operator::Or, Binding::Or),
            "XOR" => (Operator::Xor, Binding::Xor),
            "AND" => (Operator::And, Binding::And),
            "IN" | "IS" | "STARTS" | "ENDS" | "CONTAINS" => (Operator::Test, Binding::Test),
            _ => return None,
        },
        _ => return None,
    })
}

fn test(input: &mut Input<'_>) -> Parsed<Test> {
    let right = |input: &mut Input<'_>| tighter(input, Binding::Test);
    let word = |word| at_word(input, word);
    let (is_in, is_starts, is_ends, is_contains, is_is) =
        (word("IN"), word("STARTS"), word("ENDS"), word("CONTAINS"), word("IS"));
    input.next_token();
    Ok(if is_in {
        Test::In(right(input)?)
    } else if is_starts {
        Test::StartsWith(preceded(keyword("WITH"), right).parse_next(input)?)
    } else if is_ends {
        Test::EndsWith(preceded(keyword("WITH"), right).parse_next(input)?)
    } else if is_contains {
        Test::Contains(right(input)?)
    } else if is_is {
        let not = opt(keyword("NOT")).parse_next(input)?.is_some();
        keyword("NULL").parse_next(input)?;
        if not { Test::IsNotNull } else { Test::IsNull }
    } else {
        Test::Matches(right(input)?)
    })
}

/// Signs and NOT, then an atom with what hangs on it.
fn operand(input: &mut Input<'_>) -> Parsed<Expr> {
    if at_word(input, "NOT") {
        let mut odd = false;
        while at_word(input, "NOT") {
            input.next_token();
            odd = !odd;
        }
        let inner = binding(input, Binding::Comparison)?;
        let not = Expr::Not(Box::new(inner));
        return Ok(if odd { not } else { Expr::Not(Box::new(not)) });
    }
    let mut minus = None;
    while at_symbol(input, "-") || at_symbol(input, "+") {
        minus = Some(minus.unwrap_or(false) != at_symbol(input, "-"));
        input.next_token();
    }
    let inner = accessed(input)?;
    Ok(match (minus, inner) {
        (Some(true), Expr::Literal(Value::Integer(number))) => Expr::Literal(Value::Integer(-number)),
        (Some(true), Expr::Literal(Value::Float(number))) => Expr::Literal(Value::Float(-number)),
        (Some(true), inner) => Expr::Negate(Box::new(inner)),
        (_, inner) => inner,
    })
}

fn accessed(input: &mut Input<'_>) -> Parsed<Expr> {
    let base = atom(input)?;
    let mut accesses = Vec::new();
    loop {
        if opt(symbol(".")).parse_next(input)?.is_some() {
            accesses.push(Access::Property(name("a property").parse_next(input)?));
        } else if opt(symbol("[")).parse_next(input)?.is_some() {
            accesses.push(index(input)?);
        } else if at_symbol(input, ":") && matches!(base, Expr::Variable(_)) && accesses.is_empty() {
            accesses.push(Access::Labels(pattern::labels(input)?));
            break;
        } else {
            break;
        }
    }
    Ok(if accesses.is_empty() { base } else { Expr::Access(Box::new(base), accesses) })
}

/// `[i]`, `[a..b]`; the bracket is read already.
fn index(input: &mut Input<'_>) -> Parsed<Access> {
    let slice = |input: &mut Input<'_>, from| {
        let to = if at_symbol(input, "]") { None } else { Some(expression(input)?) };
        Ok(Access::Slice(from, to))
    };
    let access = if opt(symbol("..")).parse_next(input)?.is_some() {
        slice(input, None)?
    } else {
        let first = expression(input)?;
        match opt(symbol("..")).parse_next(input)? {
            Some(()) => slice(input, Some(first))?,
            None => Access::Index(first),
        }
    };
    symbol("]").parse_next(input)?;
    Ok(access)
}

fn atom(input: &mut Input<'_>) -> Parsed<Expr> {
    let Some(token) = peek(input) else { return backtrack() };
    match &token.kind {
        Kind::Symbol("(") => bracket(input),
        Kind::Symbol("[") => list(input),
        Kind::Symbol("{") => deeper(input, map).map(Expr::Map),
        Kind::Word(word) => word_atom(input, token, word),
        Kind::Quoted(_) => named(input),
        _ => next(input, "an expression", |token| {
            Some(match &token.kind {
                Kind::Text(text) => Expr::Literal(Value::Text(text.clone())),
                Kind::Integer(number) => Expr::Literal(Value::Integer(*number)),
                Kind::Float(number) => Expr::Literal(Value::Float(*number)),
                Kind::Parameter(name) => Expr::Parameter(super::name_of(name, token)),
                _ => return None,
            })
        }),
    }
}

/// Brackets around an expression, or a pattern as a condition.
fn bracket(input: &mut Input<'_>) -> Parsed<Expr> {
    if pattern::follows(input) {
        let pattern = deeper(input, pattern::chain)?;
        return Ok(Expr::Exists { patterns: vec![pattern], condition: None });
    }
    delimited(symbol("("), expression, symbol(")")).parse_next(input)
}

fn word_atom(input: &mut Input<'_>, token: &Token, word: &str) -> Parsed<Expr> {
    let followed_by = |symbol: &str| {
        let next = input.state.tokens.get(position(input) + 1);
        next.is_some_and(|t| matches!(t.kind, Kind::Symbol(s) if s == symbol))
    };
    let (call, block) = (followed_by("("), followed_by("{"));
    let literal = |input: &mut Input<'_>, value| {
        input.next_token();
        Ok(Expr::Literal(value))
    };
    match &*word.to_ascii_uppercase() {
        "NULL" => literal(input, Value::Null),
        "TRUE" => literal(input, Value::Boolean(true)),
        "FALSE" => literal(input, Value::Boolean(false)),
        "CASE" => deeper(input, case),
        "ALL" if call => quantified(input, Quantifier::All),
        "ANY" if call => quantified(input, Quantifier::Any),
        "NONE" if call => quantified(input, Quantifier::None),
        "SINGLE" if call => quantified(input, Quantifier::Single),
        "REDUCE" if call => reduce(input),
        "EXISTS" | "COUNT" if block => {
            let count = word.eq_ignore_ascii_case("COUNT");
            input.next_token();
            let (patterns, condition) =
                deeper(input, |input| preceded(symbol("{"), pattern::block).parse_next(input))?;
            Ok(if count { Expr::Count { patterns, condition } } else { Expr::Exists { patterns, condition } })
        }
        _ if call && (!is_reserved(word) || word.eq_ignore_ascii_case("exists")) => function(input),
        _ if is_reserved(word) => next(input, "an expression", |_| None),
        _ => {
            input.next_token();
            Ok(Expr::Variable(super::name_of(&word.into(), token)))
        }
    }
}

fn named(input: &mut Input<'_>) -> Parsed<Expr> {
    variable.map(Expr::Variable).parse_next(input)
}

fn function(input: &mut Input<'_>) -> Parsed<Expr> {
    let function = name("a function").parse_next(input)?;
    symbol("(").parse_next(input)?;
    if at_symbol(input, "*") && function.text.eq_ignore_ascii_case("count") {
        (symbol("*"), symbol(")")).parse_next(input)?;
        return Ok(Expr::CountAll);
    }
    let distinct = opt(keyword("DISTINCT")).parse_next(input)?.is_some();
    let arguments = separated(0.., expression, symbol(",")).parse_next(input)?;
    symbol(")").parse_next(input)?;
    Ok(Expr::Call { function, distinct, arguments })
}

/// `[1, 2]`, `[x IN list WHERE … | …]`
fn list(input: &mut Input<'_>) -> Parsed<Expr> {
    let start = position(input);
    let word = |at: usize| input.state.tokens.get(start + at);
    let names = word(1).is_some_and(|t| matches!(&t.kind, Kind::Quoted(_) | Kind::Word(_)));
    let comprehension = names && word(2).is_some_and(|t| super::is_word(t, "IN"));
    if !comprehension {
        let items = separated(0.., expression, symbol(","));
        return delimited(symbol("["), items, symbol("]")).map(Expr::List).parse_next(input);
    }
    symbol("[").parse_next(input)?;
    let (variable, list, condition) = filter(input)?;
    let result = opt(preceded(symbol("|"), expression)).parse_next(input)?.map(Box::new);
    symbol("]").parse_next(input)?;
    // `[x IN xs]` is the one place where a list of a condition and a comprehension read alike; it is the latter.
    Ok(Expr::Comprehension { variable, list, condition, result })
}

type Filter = (super::Name, Box<Expr>, Option<Box<Expr>>);

/// `x IN list WHERE condition`
fn filter(input: &mut Input<'_>) -> Parsed<Filter> {
    let variable = variable(input)?;
    let list = preceded(keyword("IN"), expression).parse_next(input)?;
    let condition = opt(super::clause::condition).parse_next(input)?;
    Ok((variable, Box::new(list), condition.map(Box::new)))
}

fn quantified(input: &mut Input<'_>, quantifier: Quantifier) -> Parsed<Expr> {
    input.next_token();
    let (variable, list, condition) = delimited(symbol("("), filter, symbol(")")).parse_next(input)?;
    Ok(Expr::Quantified { quantifier, variable, list, condition })
}

/// `reduce(total = 0, x IN list | total + x)`
fn reduce(input: &mut Input<'_>) -> Parsed<Expr> {
    input.next_token();
    symbol("(").parse_next(input)?;
    let total = variable(input)?;
    let start = Box::new(preceded(symbol("="), expression).parse_next(input)?);
    symbol(",").parse_next(input)?;
    let variable = variable(input)?;
    let list = Box::new(preceded(keyword("IN"), expression).parse_next(input)?);
    let step = Box::new(preceded(symbol("|"), expression).parse_next(input)?);
    symbol(")").parse_next(input)?;
    Ok(Expr::Reduce { total, start, variable, list, step })
}

fn case(input: &mut Input<'_>) -> Parsed<Expr> {
    input.next_token();
    let subject = if at_word(input, "WHEN") { None } else { Some(Box::new(expression(input)?)) };
    let mut branches = Vec::new();
    while at_word(input, "WHEN") || branches.is_empty() {
        let when = preceded(keyword("WHEN"), expression).parse_next(input)?;
        branches.push((when, preceded(keyword("THEN"), expression).parse_next(input)?));
    }
    let otherwise = opt(preceded(keyword("ELSE"), expression)).parse_next(input)?.map(Box::new);
    keyword("END").parse_next(input)?;
    Ok(Expr::Case { subject, branches, otherwise })
}
