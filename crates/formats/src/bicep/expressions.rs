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
