//! The expressions of ARM JSON, `[concat(parameters('a'), '-x')]`, read into the shared representation.
//!
//! The grammar is calls, literals, property and index access. What ARM writes as a call but means as syntax (`if`,
//! `lambda`, `lambdaVariables`) becomes that syntax, because it is not evaluated as a call.
//! <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-expressions>

use std::sync::Arc;

use formats::Span;

use super::template::{Expr, ExprKind, MAX_NESTING};

/// Whether a JSON text is an expression, and not itself.
pub(crate) fn is_expression(text: &str) -> bool {
    text.starts_with('[') && text.ends_with(']') && !text.starts_with("[[")
}

/// Reads a JSON text: an expression, or text that stands for itself (`[[x]` is `[x]`). `at` is where the JSON text stands,
/// and `inside` where its first character does, if each of its characters stands there as itself.
pub(crate) fn parse(text: &Arc<str>, at: Span, inside: Option<u32>) -> Result<Expr, String> {
    if !is_expression(text) {
        let plain = match text.strip_prefix("[[") {
            Some(rest) if text.ends_with(']') => format!("[{rest}").into(),
            _ => text.clone(),
        };
        return Ok(Expr::text(plain, at));
    }
    let mut parser = Parser { text, position: 1, at, inside, depth: 0 };
    let mut expr = parser.expression()?;
    parser.blank();
    if parser.position + 1 != text.len() {
        return Err(parser.fault("what follows cannot be read"));
    }
    expr.span = at;
    Ok(expr)
}

struct Parser<'t> {
    text: &'t str,
    position: usize,
    at: Span,
    inside: Option<u32>,
    depth: usize,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        // The closing bracket belongs to the JSON text.
        self.text.get(self.position..self.text.len() - 1).unwrap_or_default()
    }

    fn blank(&mut self) {
        self.position += self.rest().len() - self.rest().trim_start().len();
    }

    fn fault(&self, message: &str) -> String {
        let rest: String = self.rest().chars().take(20).collect();
        if rest.is_empty() {
            format!("the expression ends too early: {message}")
        } else {
            format!("{message} at {rest:?} in the expression")
        }
    }

    fn eat(&mut self, mark: char) -> bool {
        self.blank();
        let there = self.rest().starts_with(mark);
        if there {
            self.position += mark.len_utf8();
        }
        there
    }

    fn span(&self, from: usize) -> Span {
        match self.inside {
            Some(start) => {
                let at = |offset: usize| start as usize + offset;
                Span::new(at(from), at(self.position))
            }
            None => self.at,
        }
    }

    fn expression(&mut self) -> Result<Expr, String> {
        self.depth += 1;
        if self.depth > MAX_NESTING / 2 {
            return Err("the expression is nested too deeply".into());
        }
        self.blank();
        let start = self.position;
        let mut expr = self.primary()?;
        let mut chained = 0;
        loop {
            let before = self.position;
            chained += 1;
            if chained > MAX_NESTING / 2 {
                return Err("the expression has too many steps".into());
            }
            if self.eat('.') {
                self.blank();
                let name = self.name().ok_or_else(|| self.fault("a property name is expected"))?;
                let of = Box::new(expr);
                let kind = if self.eat('(') {
                    ExprKind::Method { of, name, arguments: self.arguments()? }
                } else {
                    ExprKind::Property { of, name, safe: false }
                };
                expr = Expr::new(kind, self.span(start));
            } else if self.eat('[') {
                let index = Box::new(self.expression()?);
                if !self.eat(']') {
                    return Err(self.fault("] is expected"));
                }
                let kind = ExprKind::Index { of: Box::new(expr), index, safe: false, from_end: false };
                expr = Expr::new(kind, self.span(start));
            } else {
                self.position = before;
                break;
            }
        }
        self.depth -= 1;
        Ok(expr)
    }

    fn primary(&mut self) -> Result<Expr, String> {
        let start = self.position;
        let first = self.rest().chars().next().ok_or_else(|| self.fault("a value is expected"))?;
        let kind = if first == '\'' {
            ExprKind::Text(self.literal()?)
        } else if first.is_ascii_digit() || matches!(first, '-' | '+') {
            self.number()?
        } else {
            let name = self.name().ok_or_else(|| self.fault("a value is expected"))?;
            if self.eat('(') {
                call(name, self.arguments()?)
            } else {
                match name.to_ascii_lowercase().as_str() {
                    "true" => ExprKind::Bool(true),
                    "false" => ExprKind::Bool(false),
                    "null" => ExprKind::Null,
                    // `contoso` of `contoso.uniqueName()`.
                    _ => ExprKind::Name(name),
                }
            }
        };
        Ok(Expr::new(kind, self.span(start)))
    }

    fn name(&mut self) -> Option<Arc<str>> {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').unwrap_or(rest.len());
        let name: Arc<str> = rest[..end].into();
        self.position += end;
        (!name.is_empty()).then_some(name)
    }

    /// `'it''s'`
    fn literal(&mut self) -> Result<Arc<str>, String> {
        let mut text = String::new();
        let mut rest = self.rest()[1..].chars().peekable();
        let mut length = 1;
        while let Some(c) = rest.next() {
            length += c.len_utf8();
            if c != '\'' {
                text.push(c);
            } else if rest.next_if_eq(&'\'').is_some() {
                length += 1;
                text.push('\'');
            } else {
                self.position += length;
                return Ok(text.into());
            }
        }
        Err("a text in the expression does not end".into())
    }

    fn number(&mut self) -> Result<ExprKind, String> {
        let rest = self.rest();
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
        let end = rest.find(|c| !part(c)).unwrap_or(rest.len());
        let text = &rest[..end];
        let kind = match (text.parse::<i64>(), text.parse::<f64>()) {
            (Ok(int), _) => ExprKind::Int(int),
            (_, Ok(float)) if float.is_finite() => ExprKind::Float(float),
            _ => return Err(self.fault("a number is expected")),
        };
        self.position += end;
        Ok(kind)
    }

    /// What stands behind `(`, and `)`.
    fn arguments(&mut self) -> Result<Vec<Expr>, String> {
        let mut arguments = Vec::new();
        if self.eat(')') {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.expression()?);
            if self.eat(')') {
                return Ok(arguments);
            }
            if !self.eat(',') {
                return Err(self.fault("a comma or ) is expected"));
            }
        }
    }
}

/// A call, or the syntax that ARM writes as one.
fn call(name: Arc<str>, mut arguments: Vec<Expr>) -> ExprKind {
    match (name.to_ascii_lowercase().as_str(), &*arguments) {
        ("if", [_, _, _]) => {
            let mut parts = arguments.into_iter().map(Box::new);
            match (parts.next(), parts.next(), parts.next()) {
                (Some(condition), Some(then), Some(otherwise)) => {
                    ExprKind::Conditional(condition, then, otherwise)
                }
                _ => ExprKind::Null,
            }
        }
        ("lambda", [parameters @ .., _]) if parameters.iter().all(|p| p.as_str().is_some()) => {
            let parameters = parameters.iter().filter_map(|p| p.as_str().map(Arc::from)).collect();
            match arguments.pop() {
                Some(body) => ExprKind::Lambda { parameters, body: Box::new(body) },
                None => ExprKind::Null,
            }
        }
        ("lambdavariables", [one]) if one.as_str().is_some() => {
            ExprKind::Name(one.as_str().unwrap_or_default().into())
        }
        _ => ExprKind::Call { name, arguments },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expression in the manner of a term.
    fn show(expr: &Expr) -> String {
        let list = |all: &[Expr]| all.iter().map(show).collect::<Vec<_>>().join(", ");
        match &expr.kind {
            ExprKind::Text(text) => format!("{text:?}"),
            ExprKind::Int(i) => i.to_string(),
            ExprKind::Float(f) => f.to_string(),
            ExprKind::Bool(b) => b.to_string(),
            ExprKind::Name(name) => format!("${name}"),
            ExprKind::Call { name, arguments } => format!("{name}({})", list(arguments)),
            ExprKind::Method { of, name, arguments } => format!("{}.{name}({})", show(of), list(arguments)),
            ExprKind::Property { of, name, .. } => format!("{}.{name}", show(of)),
            ExprKind::Index { of, index, .. } => format!("{}[{}]", show(of), show(index)),
            ExprKind::Conditional(c, a, b) => format!("{} ? {} : {}", show(c), show(a), show(b)),
            ExprKind::Lambda { parameters, body } => format!("({}) => {}", parameters.join(", "), show(body)),
            other => format!("{other:?}"),
        }
    }

    fn parsed(text: &str) -> Result<Expr, String> {
        parse(&text.into(), Span::new(0, text.len() + 2), Some(1))
    }

    #[test]
    fn expressions_and_texts() {
        for (text, want) in [
            ("plain", "\"plain\""),
            ("[[literal]", "\"[literal]\""),
            ("[not an expression", "\"[not an expression\""),
            ("[concat('a''b', 'c')]", "concat(\"a'b\", \"c\")"),
            ("[ parameters( 'x' ).y[0].z ]", "parameters(\"x\").y[0].z"),
            (
                "[variables('v')['key with space'][copyIndex(-1)]]",
                "variables(\"v\")[\"key with space\"][copyIndex(-1)]",
            ),
            ("[if(true, 1.5, null())]", "true ? 1.5 : null()"),
            ("[contoso.name(1)]", "$contoso.name(1)"),
            (
                "[map(variables('a'), lambda('x', lambdaVariables('x').id))]",
                "map(variables(\"a\"), (x) => $x.id)",
            ),
            ("['[x]']", "\"[x]\""),
        ] {
            assert_eq!(parsed(text).map(|e| show(&e)).as_deref(), Ok(want), "{text}");
        }
        for bad in ["[concat('a'", "[concat('a)]", "[concat('a' 'b')]", "[]", "[a b]", "[x.]", "[1x]"] {
            assert!(bad.ends_with(']') == parsed(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn places_are_inside_the_text() {
        let text = "[concat(parameters('a'), 'b')]";
        let expr = parsed(text).unwrap();
        assert_eq!((expr.span.start, expr.span.end), (0, 32));
        let ExprKind::Call { arguments, .. } = &expr.kind else { unreachable!("a call") };
        // One further than in the text, which stands in quotes.
        assert_eq!((arguments[0].span.start, arguments[0].span.end), (9, 24));
    }

    #[test]
    fn deep_nesting_is_refused() {
        let deep = format!("[{}1{}]", "f(".repeat(5_000), ")".repeat(5_000));
        assert!(parsed(&deep).is_err());
        let long = format!("[a(){}]", ".b".repeat(5_000));
        assert!(parsed(&long).is_err());
    }
}
