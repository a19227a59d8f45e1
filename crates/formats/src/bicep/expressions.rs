//! Operators, steps, calls and lambdas; what stands between brackets is read in `containers`.
//! <https://learn.microsoft.com/azure/azure-resource-manager/bicep/operators>

use super::lex::Kind;
use super::parser::Parser;
use super::{BinaryOp, Expr, ExprKind, Name, UnaryOp};
use crate::Span;

/// The operator and how strongly it binds.
fn binary(kind: Kind) -> Option<(BinaryOp, u8)> {
    Some(match kind {
        Kind::Star => (BinaryOp::Mul, 7),
        Kind::Slash => (BinaryOp::Div, 7),
        Kind::Percent => (BinaryOp::Mod, 7),
        Kind::Plus => (BinaryOp::Add, 6),
        Kind::Minus => (BinaryOp::Sub, 6),
        Kind::Less => (BinaryOp::Less, 5),
        Kind::LessEq => (BinaryOp::LessEq, 5),
        Kind::Greater => (BinaryOp::Greater, 5),
        Kind::GreaterEq => (BinaryOp::GreaterEq, 5),
        Kind::Eq => (BinaryOp::Eq, 4),
        Kind::NotEq => (BinaryOp::NotEq, 4),
        Kind::Like => (BinaryOp::Like, 4),
        Kind::NotLike => (BinaryOp::NotLike, 4),
        Kind::And => (BinaryOp::And, 3),
        Kind::Or => (BinaryOp::Or, 2),
        Kind::Coalesce => (BinaryOp::Coalesce, 1),
        _ => return None,
    })
}

impl Parser<'_> {
    pub(super) fn whole_expression(&mut self) -> Option<Expr> {
        self.skip_newline();
        let expr = self.expression()?;
        self.skip_newline();
        self.expect(Kind::End, "the end of the expression")?;
        Some(expr)
    }

    pub(super) fn expression(&mut self) -> Option<Expr> {
        self.deeper(|parser| {
            let condition = parser.binary(0)?;
            if parser.peek_past_newline() != Kind::Question {
                return Some(condition);
            }
            parser.skip_newline();
            parser.bump();
            parser.operator()?;
            let yes = parser.expression()?;
            if parser.peek_past_newline() == Kind::Colon {
                parser.skip_newline();
            }
            parser.expect(Kind::Colon, "`:` and the value if the condition is false")?;
            let no = parser.expression()?;
            let span = condition.span.to(no.span);
            Some(Expr { kind: ExprKind::Conditional(Box::new(condition), Box::new(yes), Box::new(no)), span })
        })
    }

    fn binary(&mut self, weakest: u8) -> Option<Expr> {
        let mut left = self.unary()?;
        while let Some((operator, strength)) = binary(self.peek()).filter(|(_, strength)| *strength > weakest)
        {
            self.bump();
            self.operator()?;
            let right = self.binary(strength)?;
            let span = left.span.to(right.span);
            left = Expr { kind: ExprKind::Binary(Box::new(left), operator, Box::new(right)), span };
        }
        Some(left)
    }

    fn unary(&mut self) -> Option<Expr> {
        let operator = match self.peek() {
            Kind::Minus => UnaryOp::Neg,
            Kind::Bang => UnaryOp::Not,
            _ => return self.member(),
        };
        let start = self.bump().start;
        let of = self.member()?;
        Some(Expr { kind: ExprKind::Unary(operator, Box::new(of)), span: self.span_from(start) })
    }

    /// A primary expression and the steps behind it.
    fn member(&mut self) -> Option<Expr> {
        let mut of = self.primary()?;
        loop {
            let kind = match self.peek() {
                Kind::OpenSquare => {
                    self.bump();
                    let safe = self.eat(Kind::Question).is_some();
                    let from_end = self.eat(Kind::Hat).is_some();
                    let index = Box::new(self.expression()?);
                    self.expect(Kind::CloseSquare, "`]`")?;
                    ExprKind::Index { of: Box::new(of), index, safe, from_end }
                }
                Kind::Dot => {
                    self.bump();
                    let safe = self.eat(Kind::Question).is_some();
                    let name = self.name("the name of a property or function")?;
                    if self.peek() == Kind::OpenParen && !safe {
                        let on = of.span.start;
                        let arguments = self.arguments()?;
                        let kind = ExprKind::Call { on: Some(Box::new(of)), name, arguments };
                        of = Expr { kind, span: self.span_from(on) };
                        self.operator()?;
                        continue;
                    }
                    ExprKind::Member { of: Box::new(of), name, safe }
                }
                Kind::DoubleColon => {
                    self.bump();
                    ExprKind::Nested { of: Box::new(of), name: self.name("the name of a nested resource")? }
                }
                Kind::Bang => {
                    self.bump();
                    ExprKind::NonNull(Box::new(of))
                }
                _ => return Some(of),
            };
            let start = match &kind {
                ExprKind::Index { of, .. } | ExprKind::Member { of, .. } | ExprKind::Nested { of, .. } => {
                    of.span.start
                }
                ExprKind::NonNull(of) => of.span.start,
                _ => self.position(),
            };
            of = Expr { kind, span: self.span_from(start) };
            self.operator()?;
        }
    }

    pub(super) fn primary(&mut self) -> Option<Expr> {
        let token = self.token(0);
        let span = token.span();
        let kind = match token.kind {
            Kind::Integer => {
                self.bump();
                match self.slice(span).parse() {
                    Ok(number) => ExprKind::Int(number),
                    Err(_) => {
                        self.problem(span, "the number is too large");
                        ExprKind::Invalid
                    }
                }
            }
            Kind::Text | Kind::TextStart => return self.string(),
            Kind::OpenBrace => {
                let object = self.object(false)?;
                return Some(Expr { span: object.span, kind: ExprKind::Object(object) });
            }
            Kind::OpenSquare if self.at_for() => return self.for_expression(),
            Kind::OpenSquare => return self.array(),
            Kind::OpenParen => return self.parens_or_lambda(),
            Kind::Word => return self.word(),
            _ => {
                self.unexpected("an expression");
                return None;
            }
        };
        Some(Expr { kind, span })
    }

    fn word(&mut self) -> Option<Expr> {
        let name = self.name("a name")?;
        let span = name.span;
        let kind = match (&*name.text, self.peek()) {
            (_, Kind::OpenParen) => {
                let arguments = self.arguments()?;
                let kind = ExprKind::Call { on: None, name, arguments };
                return Some(Expr { kind, span: self.span_from(span.start) });
            }
            (_, Kind::Arrow) => return self.lambda(vec![name], span.start),
            ("true", _) => ExprKind::Bool(true),
            ("false", _) => ExprKind::Bool(false),
            ("null", _) => ExprKind::Null,
            _ => ExprKind::Variable(name.text),
        };
        Some(Expr { kind, span })
    }

    /// At `=>`; its body may stand on the next line.
    fn lambda(&mut self, parameters: Vec<Name>, start: u32) -> Option<Expr> {
        self.bump();
        self.skip_newline();
        if self.at_declaration() {
            self.unexpected("an expression");
            self.abandon();
        }
        let body = Box::new(self.expression()?);
        Some(Expr { kind: ExprKind::Lambda { parameters, body }, span: self.span_from(start) })
    }

    pub(super) fn parens_or_lambda(&mut self) -> Option<Expr> {
        let start = self.position();
        let mut items = self.arguments()?;
        if self.peek() == Kind::Arrow {
            let mut parameters = Vec::with_capacity(items.len());
            for item in items {
                let ExprKind::Variable(text) = item.kind else {
                    self.problem(item.span, "a parameter of a lambda is a name");
                    return None;
                };
                parameters.push(Name { text, span: item.span });
            }
            return self.lambda(parameters, start);
        }
        let span = self.span_from(start);
        let (Some(inner), true) = (items.pop(), items.is_empty()) else {
            self.problem(span, "parentheses hold exactly one expression");
            return Some(Expr { kind: ExprKind::Invalid, span });
        };
        Some(Expr { kind: ExprKind::Parens(Box::new(inner)), span })
    }

    /// What stands for an expression that could not be read.
    pub(super) fn invalid(&self, start: u32) -> Expr {
        Expr { kind: ExprKind::Invalid, span: Span { start, end: self.end_before().max(start) } }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{MAX_DEPTH, parse, parse_expression, show};

    fn check(cases: &[(&str, &str)]) {
        for (text, want) in cases {
            let (expr, problems) = parse_expression(text);
            assert_eq!(show::problems(&problems), [""; 0], "{text}");
            let expr = expr.unwrap();
            assert_eq!(show::expr(&expr), *want, "{text}");
            assert_eq!((expr.span.start as usize, expr.span.end as usize), (0, text.len()), "{text}");
        }
    }

    #[test]
    fn operators() {
        check(&[
            ("1 + 2 * 3 - 4", "(Sub (Add 1 (Mul 2 3)) 4)"),
            ("a % b / c", "(Div (Mod a b) c)"),
            ("a ?? b || c && d == e < -f", "(Coalesce a (Or b (And c (Eq d (Less e (Neg f))))))"),
            ("a =~ 'b' && a !~ 'c' || a != d", r#"(Or (And (Like a "b") (NotLike a "c")) (NotEq a d))"#),
            ("a >= 1 && !b", "(And (GreaterEq a 1) (Not b))"),
            ("!a.b!.c", "(Not a.b!.c)"),
            ("a ? b : c ? d : e", "(if a b (if c d e))"),
            ("a ? b ? c : d : e", "(if a (if b c d) e)"),
            ("a\n  ? b\n  : c", "(if a b c)"),
            ("(a\n)", "(a)"),
            ("18446744073709551615", "18446744073709551615"),
        ]);
    }

    #[test]
    fn steps_and_calls() {
        check(&[
            ("a.b.?c[0][?'x'][^1][?^2]::d!", r#"a.b.?c[0][?"x"][^1][?^2]::d!"#),
            ("az.resourceGroup().location", "az.resourceGroup().location"),
            ("f(\n  a,\n  b\n)", "f(a b)"),
            ("f(a, b,)", "f(a b)"),
            ("f()", "f()"),
            ("map(a, x => x.b)", "map(a (x => x.b))"),
            ("reduce(a, {}, (x, y) =>\n union(x, y))", "reduce(a {} (x y => union(x y)))"),
            ("() => 1", "( => 1)"),
            ("a.true.null", "a.true.null"),
        ]);
    }

    #[test]
    fn depth_and_length_are_bounded() {
        let depth = MAX_DEPTH - 2;
        for (text, fine) in [
            ("[".repeat(depth) + &"]".repeat(depth), true),
            ("[".repeat(depth + 9) + &"]".repeat(depth + 9), false),
            ("a ? b : ".repeat(depth) + "c", true),
            ("a ? b : ".repeat(depth + 9) + "c", false),
            ("f(".repeat(100_000), false),
            ("{a:".repeat(100_000), false),
            ("'${".repeat(100_000), false),
            ("(".repeat(100_000), false),
            ("a => ".repeat(100_000), false),
            ("a.".repeat(400) + "b", true),
            ("a.".repeat(100_000) + "b", false),
            ("1+".repeat(400) + "1", true),
            ("1+".repeat(100_000) + "1", false),
            ("a!".to_owned() + &"!".repeat(100_000), false),
            (format!("[{}]", "a.b + c, ".repeat(1_000)), true),
        ] {
            let (file, problems) = parse(&format!("var x = {text}\nvar y = 1\n"));
            assert_eq!(problems.is_empty(), fine, "{}… {:?}", &text[..9], problems.first());
            assert_eq!(show::file(&file).last().map(String::as_str), Some("var y = 1"), "{}…", &text[..9]);
        }
    }
}
