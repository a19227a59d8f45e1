//! Arrays, objects, arguments and `for`: what stands between brackets, and how reading goes on inside of them.
//! <https://learn.microsoft.com/azure/azure-resource-manager/bicep/data-types>

use super::lex::Kind;
use super::parser::Parser;
use super::{Entry, Expr, ExprKind, For, Item, Object, Property, Repeat};

impl Parser<'_> {
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

    pub(super) fn array(&mut self) -> Option<Expr> {
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

    pub(super) fn for_expression(&mut self) -> Option<Expr> {
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
}

#[cfg(test)]
mod tests {
    use super::super::{Entry, parse, parse_expression, show};

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
}
