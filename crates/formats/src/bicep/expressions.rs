//! Expressions, objects and arrays.
//! <https://learn.microsoft.com/azure/azure-resource-manager/bicep/operators>

use super::lex::Kind;
use super::parser::Parser;
use super::{BinaryOp, Entry, Expr, ExprKind, For, Item, Name, Object, Property, Repeat, UnaryOp};
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

    /// `( … )` with any number of expressions.
    pub(super) fn arguments(&mut self) -> Option<Vec<Expr>> {
        let mut arguments = Vec::new();
        self.items(Kind::OpenParen, Kind::CloseParen, "`)`", |parser| {
            let from = parser.position();
            let argument = parser.expression();
            if argument.is_none() {
                parser.skip_entry(Kind::CloseParen);
            }
            arguments.push(argument.unwrap_or_else(|| parser.invalid(from)));
            Some(())
        })?;
        Some(arguments)
    }

    fn array(&mut self) -> Option<Expr> {
        let start = self.position();
        let mut items = Vec::new();
        self.items(Kind::OpenSquare, Kind::CloseSquare, "`]`", |parser| {
            let from = parser.position();
            let spread = parser.eat(Kind::Ellipsis).is_some();
            let value = parser.expression();
            if value.is_none() {
                parser.skip_entry(Kind::CloseSquare);
            }
            let value = value.unwrap_or_else(|| parser.invalid(from));
            items.push(if spread { Item::Spread(value) } else { Item::Value(value) });
            Some(())
        })?;
        Some(Expr { kind: ExprKind::Array(items), span: self.span_from(start) })
    }

    /// Items between brackets, with newlines or commas between them. What `read` cannot read it skips itself, or it ends
    /// the whole.
    pub(super) fn items(
        &mut self,
        open: Kind,
        close: Kind,
        shown: &str,
        mut read: impl FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        self.expect(open, "an opening bracket")?;
        let before = self.operators;
        let mut most = before;
        self.skip_newline();
        let closed = loop {
            if self.abandoned {
                return None;
            }
            if self.eat(close).is_some() {
                break true;
            }
            if self.at_the_end_of_brackets() {
                break false;
            }
            self.operators = before;
            let from = self.at();
            let item = read(self);
            most = most.max(self.operators);
            item?;
            let newline = self.eat(Kind::NewLine).is_some();
            let comma = self.eat(Kind::Comma).is_some();
            self.skip_newline();
            if !newline && !comma && self.peek() != close {
                if self.at_the_end_of_brackets() {
                    break false;
                }
                self.unexpected(&format!("{shown}, a comma or a new line"));
                self.skip_entry(close);
                if self.at() == from {
                    self.bump(); // read nothing and skipped nothing
                }
                self.eat(Kind::Comma);
                self.skip_newline();
            }
        };
        self.operators = most;
        if !closed {
            self.unexpected(shown);
            if self.at_declaration() {
                self.abandon();
                return None;
            }
        }
        Some(())
    }

    /// Whether the bracket around cannot be closed any more.
    fn at_the_end_of_brackets(&self) -> bool {
        matches!(self.peek(), Kind::End | Kind::TextMiddle | Kind::TextEnd) || self.at_declaration()
    }

    pub(super) fn object(&mut self, resources: bool) -> Option<Object> {
        let start = self.position();
        let mut entries = Vec::new();
        // A nested resource looks like one at the top, but for its type: there it is a single segment.
        let nested = |parser: &Self| {
            let of = parser.token(2);
            let segment = !parser.slice(of.span()).contains('/') || !parser.at_declaration();
            resources && parser.is_word(0, "resource") && parser.token(1).kind == Kind::Word && segment
        };
        self.expect(Kind::OpenBrace, "`{`")?;
        let before = self.operators;
        let mut most = before;
        self.skip_newline();
        while !self.abandoned {
            let is_nested = nested(self);
            if self.peek() == Kind::CloseBrace || (self.at_the_end_of_brackets() && !is_nested) {
                break;
            }
            self.operators = before;
            let (from, start) = (self.at(), self.position());
            let entry = if is_nested || (resources && self.peek() == Kind::At) {
                self.declaration().map(|declaration| Entry::Resource(Box::new(declaration)))
            } else if self.eat(Kind::Ellipsis).is_some() {
                self.expression().map(Entry::Spread)
            } else {
                self.property().map(Entry::Property)
            };
            most = most.max(self.operators);
            let whole = entry.is_some();
            entries.push(entry.unwrap_or_else(|| Entry::Spread(self.invalid(start))));
            self.end_entry(whole, from);
        }
        self.operators = most;
        if self.abandoned || self.eat(Kind::CloseBrace).is_none() {
            self.unexpected("`}`");
            entries.push(Entry::Spread(self.invalid(self.end_before())));
            if self.at_declaration() {
                self.abandon();
            }
        }
        Some(Object { entries, span: self.span_from(start) })
    }

    /// The newline or comma behind an entry that began at token `from`.
    fn end_entry(&mut self, whole: bool, from: usize) {
        if self.abandoned {
            return;
        }
        if !whole {
            self.skip_entry(Kind::CloseBrace);
        } else if !matches!(self.peek(), Kind::NewLine | Kind::Comma | Kind::CloseBrace) {
            if !matches!(self.peek(), Kind::End | Kind::TextMiddle | Kind::TextEnd) {
                self.unexpected("`}`, a comma or a new line");
            }
            self.skip_entry(Kind::CloseBrace);
        }
        self.skip_newline();
        self.eat(Kind::Comma);
        self.skip_newline();
        if self.at() == from && !matches!(self.peek(), Kind::TextMiddle | Kind::TextEnd) {
            self.bump();
        }
    }

    fn property(&mut self) -> Option<Property> {
        let start = self.position();
        let key = match self.peek() {
            Kind::Word => {
                let token = self.bump();
                let text = self.slice(token.span()).into();
                Expr { kind: ExprKind::String(text), span: token.span() }
            }
            Kind::Text | Kind::TextStart => self.string()?,
            _ => {
                self.unexpected("the name of a property");
                return None;
            }
        };
        let colon = self.expect(Kind::Colon, "`:` and the value of the property");
        let from = self.position();
        let value = colon.and_then(|_| self.expression());
        if value.is_none() {
            self.skip_entry(Kind::CloseBrace);
        }
        let value = value.unwrap_or_else(|| self.invalid(from));
        Some(Property { key, value, span: self.span_from(start) })
    }

    /// Whether `[ for` stands here.
    pub(super) fn at_for(&self) -> bool {
        self.peek() == Kind::OpenSquare
            && self.is_word(if self.token(1).kind == Kind::NewLine { 2 } else { 1 }, "for")
    }

    fn for_expression(&mut self) -> Option<Expr> {
        let start = self.position();
        let repeat = self.repeat()?;
        let body = self.expression()?;
        self.skip_newline();
        self.expect(Kind::CloseSquare, "`]`")?;
        Some(Expr { kind: ExprKind::For(Box::new(For { repeat, body })), span: self.span_from(start) })
    }

    /// `[for item in collection:`
    pub(super) fn repeat(&mut self) -> Option<Repeat> {
        self.expect(Kind::OpenSquare, "`[`")?;
        self.skip_newline();
        self.expect_word("for")?;
        let (item, index) = if self.eat(Kind::OpenParen).is_some() {
            let item = self.name("a name for the item")?;
            self.expect(Kind::Comma, "a comma and a name for the index")?;
            let index = self.name("a name for the index")?;
            self.expect(Kind::CloseParen, "`)`")?;
            (item, Some(index))
        } else {
            (self.name("a name for the item")?, None)
        };
        self.expect_word("in")?;
        let over = self.expression()?;
        self.expect(Kind::Colon, "`:` and what is repeated")?;
        Some(Repeat { item, index, over })
    }

    /// What stands for an expression that could not be read.
    pub(super) fn invalid(&self, start: u32) -> Expr {
        Expr { kind: ExprKind::Invalid, span: Span { start, end: self.end_before().max(start) } }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Entry, MAX_DEPTH, parse, parse_expression, show};

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
    fn objects_and_arrays() {
        check(&[
            ("{}", "{}"),
            ("{ a: 1, 'b-c': true\n'${d}': null }", r#"{"a": 1, "b-c": true, <d>: null}"#),
            ("{\n  a: 1 // one\n\n  // two\n  ...b\n}", r#"{"a": 1, ...b}"#),
            ("{ resource: 1, for: 2, true: 3 }", r#"{"resource": 1, "for": 2, "true": 3}"#),
            ("[]", "[]"),
            ("[1, 2\n 3, ...a]", "[1 2 3 ...a]"),
            ("[\n  1,\n  2,\n]", "[1 2]"),
            ("[for a in b: a.c]", "(for a in b: a.c)"),
            ("[\nfor (a, i) in [1]: {\n b: i\n}\n]", r#"(for a,i in [1]: {"b": i})"#),
            ("[for a in b: [for c in a: c]]", "(for a in b: (for c in a: c))"),
        ]);
    }

    #[test]
    fn what_cannot_be_read_is_told_once_and_the_rest_is_kept() {
        let cases = [
            ("{ a: +, b: 1 }", r#"{"a": ?, "b": 1}"#, "5..6"),
            ("{\n a: [1 2]\n b: 3\n}", r#"{"a": [1], "b": 3}"#, "9..10"),
            ("{\n a b\n c: 3\n}", r#"{"a": ?, "c": 3}"#, "5..6"),
            ("{\n = 1\n c: 3\n}", r#"{...?, "c": 3}"#, "3..4"),
            ("{\n a: f(1, *)\n c: 3\n}", r#"{"a": f(1 ?), "c": 3}"#, "11..12"),
            ("{\n a: '${1 +}'\n c: 3\n}", r#"{"a": <?>, "c": 3}"#, "12..14"),
            ("{\n a: '${b c}d'\n c: 3\n}", r#"{"a": <b "d">, "c": 3}"#, "11..12"),
            ("{\n a: (1, 2)\n c: 3\n}", r#"{"a": ?, "c": 3}"#, "6..12"),
            ("{\n a: 99999999999999999999\n c: 3\n}", r#"{"a": ?, "c": 3}"#, "6..26"),
            ("{\n a: [1 )\n c: 3\n]\n}", r#"{"a": [1 c ? 3]}"#, ""),
        ];
        for (text, want, at) in cases {
            let (file, problems) = parse(&format!("var x = {text}\nvar y = 1\n"));
            let shown = show::file(&file);
            if !at.is_empty() {
                assert_eq!(shown, [format!("var x = {want}").as_str(), "var y = 1"], "{text}");
                let spans = problems.iter().map(|p| format!("{}..{}", p.span.start - 8, p.span.end - 8));
                assert_eq!(spans.collect::<Vec<_>>(), [at], "{text} {problems:?}");
            }
            assert_eq!(shown.last().map(String::as_str), Some("var y = 1"), "{text}");
        }
    }

    #[test]
    fn a_missing_bracket_ends_at_the_next_declaration() {
        for text in [
            "var x = {\n a: {\n  b: 1\n}\nvar y = 2\n",
            "var x = [\n 1\nvar y = 2\n",
            "var x = f(\n 1\nvar y = 2\n",
            "var x = (\n 1\nvar y = 2\n",
            "var x = a[\nvar y = 2\n",
            "resource x 'a/b@1' = {\n p: {\n}\nresource y 'a/c@1' = {\n}\n",
        ] {
            let (file, problems) = parse(text);
            assert_eq!(file.declarations.len(), 2, "{text} {:?}", show::file(&file));
            assert_eq!(problems.len(), 1, "{text} {problems:?}");
        }
    }

    #[test]
    fn positions_of_what_can_be_edited() {
        let text = "var x = {\n  a: { b: 'c' } // d\n}\n";
        let (file, _) = parse(text);
        let spans = show::Spans::of_file(&file).all;
        let slices: Vec<&str> =
            spans.iter().map(|span| &text[span.start as usize..span.end as usize]).collect();
        let whole = text.trim_end();
        let (outer, property, inner) = (&whole[8..], "a: { b: 'c' }", "{ b: 'c' }");
        // The comment, the header, the declaration, its name, and from there inwards.
        let want =
            ["// d", "var x", whole, "x", outer, outer, property, "a", inner, inner, "b: 'c'", "b", "'c'"];
        assert_eq!(slices, want);
        let (expr, _) = parse_expression("{ a: 1, 'a': 2, b: 3 }");
        let Some(super::ExprKind::Object(object)) = expr.map(|expr| expr.kind) else {
            return assert_eq!(1, 2);
        };
        assert_eq!(object.get("a").map(show::expr).as_deref(), Some("1"));
        assert!(object.get("c").is_none());
        assert!(object.entries.iter().all(|entry| matches!(entry, Entry::Property(_))));
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
