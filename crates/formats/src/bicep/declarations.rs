//! Declarations, their decorators, and the bodies of resources and modules.
//! <https://learn.microsoft.com/azure/azure-resource-manager/bicep/file>

use super::lex::Kind;
use super::parser::{Parser, REST_NOT_READ};
use super::{
    Body, Declaration, DeclarationKind, Decorator, Entry, Expr, ExprKind, Imported, Module, Name, Object,
    Repeat, Resource, Type, TypeKind,
};
use crate::Span;

impl Parser<'_> {
    pub(super) fn file(&mut self) -> Vec<Declaration> {
        let mut declarations = Vec::new();
        loop {
            self.skip_newline();
            if self.peek() == Kind::End {
                return declarations;
            }
            if self.exhausted() {
                let start = self.position();
                while self.bump().kind != Kind::End {}
                let span = self.span_from(start);
                self.problem_past_the_limit(span, REST_NOT_READ);
                return declarations;
            }
            self.begin_declaration();
            let declaration = self.declaration();
            let whole = declaration.is_some() && !self.abandoned;
            declarations.extend(declaration);
            self.begin_declaration();
            if !whole {
                // Giving up inside of brackets stops at the next declaration.
                if !self.at_declaration() {
                    self.skip_to_declaration();
                }
            } else if !matches!(self.peek(), Kind::NewLine | Kind::End) {
                self.unexpected("a new line");
                self.skip_to_declaration();
            }
        }
    }

    /// At the top, or in the body of a resource.
    pub(super) fn declaration(&mut self) -> Option<Declaration> {
        self.deeper(|parser| {
            let start = parser.position();
            let decorators = parser.decorators();
            if parser.abandoned {
                return None;
            }
            let keyword = parser.token(0);
            let word = if keyword.kind == Kind::Word { parser.slice(keyword.span()) } else { "" };
            let (kind, header) = match word {
                "targetScope" => {
                    parser.bump();
                    let header = parser.span_from(keyword.start);
                    (DeclarationKind::TargetScope(parser.assigned()), header)
                }
                "metadata" => {
                    let (name, header) = parser.named("metadata")?;
                    (DeclarationKind::Metadata { name, value: parser.assigned() }, header)
                }
                "assert" => {
                    let (name, header) = parser.named("assertion")?;
                    (DeclarationKind::Assert { name, value: parser.assigned() }, header)
                }
                "type" => {
                    let (name, header) = parser.named("type")?;
                    let value = match parser.expect(Kind::Assign, "`=` and a type") {
                        Some(_) => parser.of_type(false),
                        None => parser.no_type(),
                    };
                    (DeclarationKind::Type { name, value }, header)
                }
                "param" => parser.parameter()?,
                "var" => {
                    let (name, mut header) = parser.named("variable")?;
                    let typed = !matches!(parser.peek(), Kind::Assign | Kind::NewLine | Kind::End);
                    let of = typed.then(|| parser.of_type(false));
                    header.end = parser.end_before();
                    (DeclarationKind::Variable { name, of, value: parser.assigned() }, header)
                }
                "output" => {
                    let (name, mut header) = parser.named("output")?;
                    let of = parser.of_type(true);
                    header.end = parser.end_before();
                    (DeclarationKind::Output { name, of, value: parser.assigned() }, header)
                }
                "func" => parser.function()?,
                "resource" => parser.resource()?,
                "module" => parser.module()?,
                "test" => {
                    let (name, mut header) = parser.named("test")?;
                    let path = parser.text("the path of a file")?;
                    header.end = parser.end_before();
                    parser.expect(Kind::Assign, "`=`")?;
                    (DeclarationKind::Test { name, path, body: parser.object(false)? }, header)
                }
                "import" => parser.import()?,
                "extension" | "provider" => {
                    parser.bump();
                    parser.extension(keyword.start)?
                }
                "extensionConfig" => {
                    let (name, header) = parser.named("extension")?;
                    (DeclarationKind::ExtensionConfig { name, with: parser.with()? }, header)
                }
                "using" => {
                    parser.bump();
                    let none = parser.eat_word("none").is_some();
                    let path = if none { None } else { Some(parser.text("the path of a file or `none`")?) };
                    let header = parser.span_from(keyword.start);
                    (DeclarationKind::Using { path, with: parser.with()? }, header)
                }
                "extends" => {
                    parser.bump();
                    let path = parser.text("the path of a file")?;
                    (DeclarationKind::Extends(path), parser.span_from(keyword.start))
                }
                _ if decorators.is_empty() => {
                    parser.unexpected("a declaration such as `param`, `var`, `resource` or `module`");
                    return None;
                }
                _ => {
                    parser.unexpected("a declaration behind its decorators");
                    return None;
                }
            };
            Some(Declaration { decorators, kind, header, span: parser.span_from(start) })
        })
    }

    pub(super) fn decorators(&mut self) -> Vec<Decorator> {
        let mut decorators = Vec::new();
        while self.peek() == Kind::At {
            match self.decorator() {
                Some(decorator) => decorators.push(decorator),
                None => self.skip_line(),
            }
            if self.eat(Kind::NewLine).is_none() {
                self.unexpected("a new line behind a decorator");
            }
        }
        decorators
    }

    fn decorator(&mut self) -> Option<Decorator> {
        let start = self.bump().start;
        let mut name = self.name("the name of a decorator")?;
        let mut namespace = None;
        if self.eat(Kind::Dot).is_some() {
            let inner = self.name("the name of a decorator")?;
            namespace = Some(std::mem::replace(&mut name, inner));
        }
        let arguments = if self.peek() == Kind::OpenParen { self.arguments()? } else { Vec::new() };
        Some(Decorator { namespace, name, arguments, span: self.span_from(start) })
    }

    /// The keyword, and the name behind it; with the span of both.
    fn named(&mut self, what: &str) -> Option<(Name, Span)> {
        let start = self.bump().start;
        let name = self.name(&format!("a name for the {what}"))?;
        Some((name, self.span_from(start)))
    }

    /// `= value`; what cannot be read is skipped.
    fn assigned(&mut self) -> Expr {
        let value = self.expect(Kind::Assign, "`=` and a value").and_then(|_| {
            let from = self.position();
            self.expression().or_else(|| {
                self.skip_line();
                Some(self.invalid(from))
            })
        });
        value.unwrap_or_else(|| {
            let from = self.position();
            self.skip_line();
            self.invalid(from)
        })
    }

    /// A type; what cannot be read of it is skipped, up to what is assigned.
    fn of_type(&mut self, optional_resource: bool) -> Type {
        let from = self.position();
        self.declared_type(optional_resource).unwrap_or_else(|| {
            while !matches!(self.peek(), Kind::Assign | Kind::NewLine | Kind::End) && !self.abandoned {
                if self.at_declaration() {
                    self.abandon();
                } else {
                    self.bump();
                }
            }
            Type { kind: TypeKind::Invalid, span: self.span_from(from) }
        })
    }

    fn no_type(&mut self) -> Type {
        let from = self.position();
        self.skip_line();
        Type { kind: TypeKind::Invalid, span: self.span_from(from) }
    }

    fn text(&mut self, what: &str) -> Option<Expr> {
        if matches!(self.peek(), Kind::Text | Kind::TextStart) {
            return self.string();
        }
        self.unexpected(what);
        None
    }

    fn parameter(&mut self) -> Option<(DeclarationKind, Span)> {
        let (name, mut header) = self.named("parameter")?;
        let of = (self.peek() != Kind::Assign).then(|| self.of_type(false));
        header.end = self.end_before();
        let value = (self.peek() == Kind::Assign).then(|| self.assigned());
        Some((DeclarationKind::Parameter { name, of, value }, header))
    }

    fn function(&mut self) -> Option<(DeclarationKind, Span)> {
        let (name, mut header) = self.named("function")?;
        let mut parameters = Vec::new();
        self.items(Kind::OpenParen, Kind::CloseParen, "`)`", |parser| {
            let name = parser.name("a name for the parameter")?;
            parameters.push((name, parser.declared_type(false)?));
            Some(())
        })?;
        let returns = self.declared_type(false)?;
        header.end = self.end_before();
        self.expect(Kind::Arrow, "`=>`")?;
        self.skip_newline();
        let from = self.position();
        let body = self.expression();
        if body.is_none() {
            self.skip_line();
        }
        let body = body.unwrap_or_else(|| self.invalid(from));
        Some((DeclarationKind::Function { name, parameters, returns, body }, header))
    }

    fn resource(&mut self) -> Option<(DeclarationKind, Span)> {
        let (name, mut header) = self.named("resource")?;
        let of = self.text("the type of the resource, as text")?;
        let existing = self.eat_word("existing").is_some();
        header.end = self.end_before();
        let body = self.body(true);
        Some((DeclarationKind::Resource(Resource { name, of, existing, body }), header))
    }

    fn module(&mut self) -> Option<(DeclarationKind, Span)> {
        let (name, mut header) = self.named("module")?;
        let path = self.text("the path of the module, as text")?;
        header.end = self.end_before();
        let body = self.body(false);
        Some((DeclarationKind::Module(Module { name, path, body }), header))
    }

    /// What a resource or a module is assigned. What cannot be read of it may hold anything.
    fn body(&mut self, resources: bool) -> Body {
        let start = self.position();
        let (mut repeat, mut condition) = (None, None);
        let object = self.body_parts(resources, &mut repeat, &mut condition);
        let object = object.unwrap_or_else(|| {
            self.skip_line();
            let unread = self.invalid(start);
            Object { span: unread.span, entries: vec![Entry::Spread(unread)] }
        });
        let span = object.span.to(Span { start: object.span.start, end: self.end_before() });
        Body { repeat, condition, object, span }
    }

    fn body_parts(
        &mut self,
        resources: bool,
        repeat: &mut Option<Repeat>,
        condition: &mut Option<Expr>,
    ) -> Option<Object> {
        self.expect(Kind::Assign, "`=`")?;
        if self.peek() == Kind::NewLine && self.is_word(1, "if") {
            self.bump();
        }
        let repeated = self.peek() == Kind::OpenSquare;
        if repeated {
            *repeat = Some(self.repeat()?);
        }
        if self.eat_word("if").is_some() {
            if self.peek() != Kind::OpenParen {
                self.unexpected("a condition in parentheses");
                return None;
            }
            *condition = Some(self.parens_or_lambda()?);
        }
        if self.peek() != Kind::OpenBrace {
            self.unexpected(if repeated { "`{` or `if`" } else { "`{`, `[` or `if`" });
            return None;
        }
        let object = self.object(resources)?;
        if repeated {
            self.skip_newline();
            if self.expect(Kind::CloseSquare, "`]`").is_none() {
                self.skip_line();
            }
        }
        Some(object)
    }

    fn import(&mut self) -> Option<(DeclarationKind, Span)> {
        let start = self.bump().start;
        let what = match self.peek() {
            // The word that extensions had before they had their own.
            Kind::Text | Kind::TextStart => return self.extension(start),
            Kind::Star => {
                self.bump();
                self.expect_word("as")?;
                Imported::All(self.name("a name for what is imported")?)
            }
            Kind::OpenBrace => Imported::Symbols(self.symbols()?),
            _ => {
                self.unexpected("`{`, `*` or an extension");
                return None;
            }
        };
        self.expect_word("from")?;
        let from = self.text("the path of a file")?;
        Some((DeclarationKind::Import { what, from }, self.span_from(start)))
    }

    fn symbols(&mut self) -> Option<Vec<(Name, Option<Name>)>> {
        let mut symbols = Vec::new();
        self.items(Kind::OpenBrace, Kind::CloseBrace, "`}`", |parser| {
            let name = match parser.peek() {
                Kind::Text => {
                    let text = parser.string()?;
                    Name { text: text.as_str().unwrap_or_default().into(), span: text.span }
                }
                _ => parser.name("the name of what is imported")?,
            };
            let alias =
                if parser.eat_word("as").is_some() { Some(parser.name("another name")?) } else { None };
            symbols.push((name, alias));
            Some(())
        })?;
        Some(symbols)
    }

    /// Behind the keyword.
    fn extension(&mut self, start: u32) -> Option<(DeclarationKind, Span)> {
        let of = match self.peek() {
            Kind::Word => {
                let name = self.name("the name of an extension")?;
                Expr { kind: ExprKind::Variable(name.text), span: name.span }
            }
            _ => self.text("the name of an extension")?,
        };
        let header = self.span_from(start);
        let with = self.with()?;
        let alias =
            if self.eat_word("as").is_some() { Some(self.name("a name for the extension")?) } else { None };
        Some((DeclarationKind::Extension { of, with, alias }, header))
    }

    /// `with { … }`, if it stands here.
    fn with(&mut self) -> Option<Option<Object>> {
        if self.eat_word("with").is_none() {
            return Some(None);
        }
        Some(Some(self.object(false)?))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{MAX_PROBLEMS, parse, show};

    #[test]
    fn declarations() {
        let cases = [
            ("targetScope = 'subscription'", r#"targetScope = "subscription""#),
            ("metadata a = { b: 'c' }", r#"metadata a = {"b": "c"}"#),
            ("param a string", "param a string"),
            ("param a string = 'b'", r#"param a string = "b""#),
            (
                "@secure()\n@sys.description('b')\n\nparam a string?",
                r#"@secure() @sys.description("b") param a string?"#,
            ),
            ("@allowed([\n  'a'\n])\nparam a string", r#"@allowed(["a"]) param a string"#),
            ("param a = readEnvironmentVariable('B', 'c')", r#"param a = readEnvironmentVariable("B" "c")"#),
            ("var a = 1", "var a = 1"),
            ("@export()\nvar a int[] = [1]", "@export() var a int[] = [1]"),
            ("func f(a string, b int?) string => '${a}'", "func f(a string, b int?) string => <a>"),
            ("func f() bool =>\n true", "func f() bool => true"),
            ("output a string = b.c", "output a string = b.c"),
            ("output a resource = b", "output a resource = b"),
            ("assert a = b < 1", "assert a = (Less b 1)"),
            ("test a 'b.bicep' = {\n params: {}\n}", r#"test a "b.bicep" = {"params": {}}"#),
            ("using 'a.bicep'", r#"using "a.bicep""#),
            ("using none", "using none"),
            ("using 'a' with {\n b: 1\n}", r#"using "a" with {"b": 1}"#),
            ("extends 'a.bicepparam'", r#"extends "a.bicepparam""#),
            ("import { a, b as c\n 'd-e' as f } from 'g'", r#"import a, b as c, d-e as f from "g""#),
            ("import * as a from 'b'", r#"import * as a from "b""#),
            ("import 'az@1.0.0' with {} as a", r#"extension "az@1.0.0" with {} as a"#),
            ("extension microsoftGraphV1", "extension microsoftGraphV1"),
            ("extension 'br:a/b:1' with {\n c: 1\n} as d", r#"extension "br:a/b:1" with {"c": 1} as d"#),
            ("provider kubernetes with { a: b } as k", r#"extension kubernetes with {"a": b} as k"#),
            ("extensionConfig a with {\n b: 1\n}", r#"extensionConfig a with {"b": 1}"#),
            ("extensionConfig a", "extensionConfig a"),
        ];
        for (text, want) in cases {
            let (file, problems) = parse(text);
            assert_eq!(show::problems(&problems), [""; 0], "{text}");
            assert_eq!(show::file(&file), [want], "{text}");
            let span = file.declarations[0].span;
            assert_eq!(&text[span.start as usize..span.end as usize], text);
        }
    }

    #[test]
    fn bodies() {
        let cases = [
            ("{\n  a: 1\n}", r#"{"a": 1}"#),
            ("if (a) {\n}", "if (a) {}"),
            ("\n  if (\n a && b\n) {\n}", "if ((And a b)) {}"),
            ("[for a in b: {\n  c: a\n}]", r#"for a in b: {"c": a}"#),
            ("[\nfor (a, i) in b: if (i > 0) {\n}\n]", "for a,i in b: if ((Greater i 0)) {}"),
        ];
        for (text, want) in cases {
            let (file, problems) =
                parse(&format!("resource r 'a/b@1' existing = {text}\nmodule m './m.bicep' = {text}\n"));
            assert_eq!(show::problems(&problems), [""; 0], "{text}");
            let want = [
                format!(r#"resource r "a/b@1" existing = {want}"#),
                format!(r#"module m "./m.bicep" = {want}"#),
            ];
            assert_eq!(show::file(&file), want, "{text}");
        }
    }

    #[test]
    fn nested_resources() {
        let text = "
resource a 'x/a@1' = {
  name: 'n'
  resource: 'a property'
  @batchSize(1)
  resource b 'b@2' = [for c in d: {
    resource e 'e' existing = {
      name: 'o'
    }
  }]
resource f 'f' = {
}
}";
        let (file, problems) = parse(text);
        assert_eq!(show::problems(&problems), [""; 0]);
        let nested = r#"resource b "b@2" = for c in d: {resource e "e" existing = {"name": "o"}}"#;
        let want = format!(
            r#"resource a "x/a@1" = {{"name": "n", "resource": "a property", @batchSize(1) {nested}, resource f "f" = {{}}}}"#
        );
        assert_eq!(show::file(&file), [want]);
    }

    #[test]
    fn mistakes() {
        let cases: [(&str, &[&str], &[&str]); 9] = [
            (
                "foo\nvar a = 1",
                &["var a = 1"],
                &["0..3 expected a declaration such as `param`, `var`, `resource` or `module`, found `foo`"],
            ),
            (
                "foo {\n bar\n}\nvar a = 1",
                &["var a = 1"],
                &[
                    "0..3 expected a declaration such as `param`, `var`, `resource` or `module`, found `foo`",
                    "0..12 nothing is read from here to the next declaration",
                ],
            ),
            (
                "var a = 1 2\nvar b = 1",
                &["var a = 1", "var b = 1"],
                &["10..11 expected a new line, found `2`"],
            ),
            (
                "var a =\nvar b = 1",
                &["var a = ?", "var b = 1"],
                &["7..7 expected an expression, the line ends"],
            ),
            ("var a", &["var a = ?"], &["5..5 expected `=` and a value, the text ends"]),
            ("@a(\nvar b = 1", &["var b = 1"], &["4..7 expected `)`, found `var`"]),
            (
                "resource a 'x/y@1' = 1\nvar b = 1",
                &[r#"resource a "x/y@1" = {...?}"#, "var b = 1"],
                &["21..22 expected `{`, `[` or `if`, found `1`"],
            ),
            (
                "resource a 'x/y@1' = if b {\n c: 1\n}\nvar b = 1",
                &[r#"resource a "x/y@1" = {...?}"#, "var b = 1"],
                &["24..25 expected a condition in parentheses, found `b`"],
            ),
            ("@secure()", &[], &["9..9 expected a declaration behind its decorators, the text ends"]),
        ];
        for (text, want, problems) in cases {
            let (file, found) = parse(text);
            assert_eq!(show::file(&file), *want, "{text}");
            let found: Vec<String> =
                show::problems(&found).into_iter().filter(|p| !p.contains("a new line behind")).collect();
            assert_eq!(found, *problems, "{text}");
        }
    }

    #[test]
    fn problems_are_bounded() {
        let (_, problems) = parse(&"var\n".repeat(1_000));
        assert_eq!(problems.len(), MAX_PROBLEMS + 1);
        assert!(problems.iter().any(|p| p.message.ends_with("the rest of the file is not read")));
    }
}
