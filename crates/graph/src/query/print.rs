//! A query as text again, in one form: what is printed reads as the same query.

use std::fmt::{self, Display, Formatter};

use super::ast::{
    Access, Arithmetic, Clause, Comparison, Direction, Expr, Length, Name, NodePattern, Pattern, Projection,
    Quantifier, RelationshipPattern, Shortest, Test, Union,
};
use super::grammar::is_reserved;
use super::{Table, show};

impl Display for Name {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match is_reserved(&self.text) {
            true => write!(f, "`{}`", self.text),
            false => f.write_str(&show::name(&self.text)),
        }
    }
}

/// Items with something between them.
struct Joined<'i, T>(&'i [T], &'static str);

impl<T: Display> Display for Joined<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (i, item) in self.0.iter().enumerate() {
            write!(f, "{}{item}", if i > 0 { self.1 } else { "" })?;
        }
        Ok(())
    }
}

/// Something that may not be there, with what comes before it.
struct Maybe<'i, T>(&'static str, Option<&'i T>);

impl<T: Display> Display for Maybe<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.1.map_or(Ok(()), |item| write!(f, "{}{item}", self.0))
    }
}

/// An operand: in brackets, so that precedence need not be thought of.
struct Operand<'e>(&'e Expr);

impl Display for Operand<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Expr::Literal(_)
            | Expr::Parameter(_)
            | Expr::Variable(_)
            | Expr::List(_)
            | Expr::Map(_)
            | Expr::Call { .. } => {
                write!(f, "{}", self.0)
            }
            other => write!(f, "({other})"),
        }
    }
}

impl Display for Union {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (i, part) in self.parts.iter().enumerate() {
            if i > 0 {
                f.write_str(if self.all { " UNION ALL " } else { " UNION " })?;
            }
            write!(f, "{}", Joined(part, " "))?;
        }
        Ok(())
    }
}

impl Display for Clause {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Clause::Match { optional, patterns, condition } => {
                let optional = if *optional { "OPTIONAL " } else { "" };
                write!(
                    f,
                    "{optional}MATCH {}{}",
                    Joined(patterns, ", "),
                    Maybe(" WHERE ", condition.as_ref())
                )
            }
            Clause::Unwind { list, name } => write!(f, "UNWIND {list} AS {name}"),
            Clause::With { projection, condition } => {
                write!(f, "WITH {projection}{}", Maybe(" WHERE ", condition.as_ref()))
            }
            Clause::Return(projection) => write!(f, "RETURN {projection}"),
        }
    }
}

impl Display for Projection {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(if self.distinct { "DISTINCT " } else { "" })?;
        if self.all {
            f.write_str(if self.items.is_empty() { "*" } else { "*, " })?;
        }
        for (i, item) in self.items.iter().enumerate() {
            write!(f, "{}{}", if i > 0 { ", " } else { "" }, item.expr)?;
            if item.renamed {
                write!(f, " AS {}", item.name)?;
            }
        }
        for (i, order) in self.order.iter().enumerate() {
            let before = if i > 0 { ", " } else { " ORDER BY " };
            write!(f, "{before}{}{}", order.expr, if order.descending { " DESC" } else { "" })?;
        }
        write!(f, "{}{}", Maybe(" SKIP ", self.skip.as_ref()), Maybe(" LIMIT ", self.limit.as_ref()))
    }
}

impl Display for Pattern {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            write!(f, "{path} = ")?;
        }
        f.write_str(match self.shortest {
            Some(Shortest::One) => "shortestPath(",
            Some(Shortest::All) => "allShortestPaths(",
            None => "",
        })?;
        for (i, node) in self.nodes.iter().enumerate() {
            write!(f, "{node}{}", Maybe("", self.relationships.get(i)))?;
        }
        f.write_str(if self.shortest.is_some() { ")" } else { "" })
    }
}

fn properties(f: &mut Formatter<'_>, properties: &[(Name, Expr)]) -> fmt::Result {
    if properties.is_empty() { Ok(()) } else { write!(f, " {}", Entries(properties)) }
}

struct Entries<'e>(&'e [(Name, Expr)]);

impl Display for Entries<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (i, (key, value)) in self.0.iter().enumerate() {
            write!(f, "{}{key}: {value}", if i > 0 { ", " } else { "" })?;
        }
        f.write_str("}")
    }
}

impl Display for NodePattern {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "({}", Maybe("", self.variable.as_ref()))?;
        for label in &self.labels {
            write!(f, ":{label}")?;
        }
        properties(f, &self.properties)?;
        f.write_str(")")
    }
}

impl Display for RelationshipPattern {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(if self.direction == Direction::Left { "<-[" } else { "-[" })?;
        write!(f, "{}", Maybe("", self.variable.as_ref()))?;
        for (i, kind) in self.types.iter().enumerate() {
            write!(f, "{}{kind}", if i > 0 { "|" } else { ":" })?;
        }
        write!(f, "{}", Maybe("*", self.length.as_ref()))?;
        properties(f, &self.properties)?;
        f.write_str(if self.direction == Direction::Right { "]->" } else { "]-" })
    }
}

impl Display for Length {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.from, Maybe("", self.to.as_ref()))
    }
}

impl Display for Arithmetic {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Arithmetic::Add => "+",
            Arithmetic::Subtract => "-",
            Arithmetic::Multiply => "*",
            Arithmetic::Divide => "/",
            Arithmetic::Modulo => "%",
            Arithmetic::Power => "^",
        })
    }
}

impl Display for Comparison {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Comparison::Equal => "=",
            Comparison::Unequal => "<>",
            Comparison::Less => "<",
            Comparison::LessOrEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => ">=",
        })
    }
}

impl Display for Test {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Test::IsNull => f.write_str("IS NULL"),
            Test::IsNotNull => f.write_str("IS NOT NULL"),
            Test::In(list) => write!(f, "IN {}", Operand(list)),
            Test::StartsWith(text) => write!(f, "STARTS WITH {}", Operand(text)),
            Test::EndsWith(text) => write!(f, "ENDS WITH {}", Operand(text)),
            Test::Contains(text) => write!(f, "CONTAINS {}", Operand(text)),
            Test::Matches(pattern) => write!(f, "=~ {}", Operand(pattern)),
        }
    }
}

impl Display for Access {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Access::Property(name) => write!(f, ".{name}"),
            Access::Index(index) => write!(f, "[{index}]"),
            Access::Slice(from, to) => {
                write!(f, "[{}..{}]", Maybe("", from.as_ref()), Maybe("", to.as_ref()))
            }
            Access::Labels(labels) => labels.iter().try_for_each(|label| write!(f, ":{label}")),
        }
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let all = |f: &mut Formatter<'_>, items: &[Expr], between: &'static str| {
            let operands: Vec<Operand<'_>> = items.iter().map(Operand).collect();
            write!(f, "{}", Joined(&operands, between))
        };
        match self {
            Expr::Literal(value) => write!(f, "{}", value.literal(&Table::default())),
            Expr::Parameter(name) => write!(f, "${}", show::name(&name.text)),
            Expr::Variable(name) => write!(f, "{name}"),
            Expr::List(items) => write!(f, "[{}]", Joined(items, ", ")),
            Expr::Map(entries) => write!(f, "{}", Entries(entries)),
            Expr::Access(base, accesses) => write!(f, "{}{}", Operand(base), Joined(accesses, "")),
            Expr::Negate(inner) => write!(f, "-{}", Operand(inner)),
            Expr::Not(inner) => write!(f, "NOT {}", Operand(inner)),
            Expr::And(items) => all(f, items, " AND "),
            Expr::Or(items) => all(f, items, " OR "),
            Expr::Xor(items) => all(f, items, " XOR "),
            Expr::Arithmetic(first, rest) => {
                write!(f, "{}", Operand(first))?;
                rest.iter().try_for_each(|(operator, right)| write!(f, " {operator} {}", Operand(right)))
            }
            Expr::Comparison(first, rest) => {
                write!(f, "{}", Operand(first))?;
                rest.iter().try_for_each(|(comparison, right)| write!(f, " {comparison} {}", Operand(right)))
            }
            Expr::Test(subject, tests) => write!(f, "{} {}", Operand(subject), Joined(tests, " ")),
            Expr::Case { subject, branches, otherwise } => {
                write!(f, "CASE{}", Maybe(" ", subject.as_deref()))?;
                for (when, then) in branches {
                    write!(f, " WHEN {when} THEN {then}")?;
                }
                write!(f, "{} END", Maybe(" ELSE ", otherwise.as_deref()))
            }
            Expr::Call { function, distinct, arguments } => {
                write!(
                    f,
                    "{function}({}{})",
                    if *distinct { "DISTINCT " } else { "" },
                    Joined(arguments, ", ")
                )
            }
            Expr::CountAll => f.write_str("count(*)"),
            Expr::Comprehension { variable, list, condition, result } => {
                let (condition, result) =
                    (Maybe(" WHERE ", condition.as_deref()), Maybe(" | ", result.as_deref()));
                write!(f, "[{variable} IN {list}{condition}{result}]")
            }
            Expr::Quantified { quantifier, variable, list, condition } => {
                let word = match quantifier {
                    Quantifier::All => "all",
                    Quantifier::Any => "any",
                    Quantifier::None => "none",
                    Quantifier::Single => "single",
                };
                write!(f, "{word}({variable} IN {list}{})", Maybe(" WHERE ", condition.as_deref()))
            }
            Expr::Reduce { total, start, variable, list, step } => {
                write!(f, "reduce({total} = {start}, {variable} IN {list} | {step})")
            }
            Expr::Exists { patterns, condition } => {
                write!(f, "EXISTS {{ {}{} }}", Joined(patterns, ", "), Maybe(" WHERE ", condition.as_deref()))
            }
            Expr::Count { patterns, condition } => {
                write!(f, "COUNT {{ {}{} }}", Joined(patterns, ", "), Maybe(" WHERE ", condition.as_deref()))
            }
        }
    }
}
