//! Type expressions.
//! <https://learn.microsoft.com/azure/azure-resource-manager/bicep/user-defined-data-types>

use super::lex::Kind;
use super::parser::Parser;
use super::{Name, TupleItem, Type, TypeKind, TypeProperty, UnaryOp};

impl Parser<'_> {
    /// A type as a declaration names it: also `resource 'type@version'`.
    pub(super) fn declared_type(&mut self, optional: bool) -> Option<Type> {
        if self.abandoned {
            return None;
        }
        if !self.is_word(0, "resource") || self.token(1).kind == Kind::Less {
            return self.type_expression();
        }
        let start = self.bump().start;
        let of = match self.peek() {
            Kind::Text | Kind::TextStart => Some(Box::new(self.string()?)),
            _ if optional => None,
            _ => {
                self.unexpected("the type of the resource, as text");
                return None;
            }
        };
        Some(Type { kind: TypeKind::Resource(of), span: self.span_from(start) })
    }

    /// Perhaps a union: its bars may begin lines.
    pub(super) fn type_expression(&mut self) -> Option<Type> {
        self.deeper(|parser| {
            let start = parser.position();
            let mut union = parser.eat_bar();
            let first = parser.unary_type()?;
            let mut members = vec![first];
            while parser.eat_bar() {
                union = true;
                members.push(parser.unary_type()?);
            }
            match members.pop() {
                Some(only) if !union => Some(only),
                last => {
                    members.extend(last);
                    Some(Type { kind: TypeKind::Union(members), span: parser.span_from(start) })
                }
            }
        })
    }

    fn eat_bar(&mut self) -> bool {
        if self.peek_past_newline() != Kind::Pipe {
            return false;
        }
        self.skip_newline();
        self.bump();
        true
    }

    fn unary_type(&mut self) -> Option<Type> {
        let start = self.position();
        let operator = match self.peek() {
            Kind::Minus => Some(UnaryOp::Neg),
            Kind::Bang => Some(UnaryOp::Not),
            _ => None,
        };
        if operator.is_some() {
            self.bump();
        }
        let mut of = self.member_type()?;
        if let Some(operator) = operator {
            of = Type { kind: TypeKind::Unary(operator, Box::new(of)), span: self.span_from(start) };
        }
        loop {
            let kind = match self.peek() {
                Kind::Question => TypeKind::Nullable(Box::new(of)),
                Kind::Bang => TypeKind::NonNull(Box::new(of)),
                _ => return Some(of),
            };
            self.bump();
            of = Type { kind, span: self.span_from(start) };
            self.operator()?;
        }
    }

    fn member_type(&mut self) -> Option<Type> {
        let start = self.position();
        let mut of = self.primary_type()?;
        loop {
            let kind = match self.peek() {
                Kind::OpenSquare => {
                    self.bump();
                    let kind = if self.peek() == Kind::CloseSquare {
                        TypeKind::Array(Box::new(of))
                    } else if self.eat(Kind::Star).is_some() {
                        TypeKind::Items(Box::new(of))
                    } else {
                        TypeKind::Index { of: Box::new(of), index: Box::new(self.expression()?) }
                    };
                    self.expect(Kind::CloseSquare, "`]`")?;
                    kind
                }
                Kind::Dot => {
                    self.bump();
                    if self.eat(Kind::Star).is_some() {
                        TypeKind::Additional(Box::new(of))
                    } else {
                        let name = self.name("the name of a property or type")?;
                        if self.peek() == Kind::Less {
                            let arguments = self.type_arguments()?;
                            TypeKind::Generic { on: Some(Box::new(of)), name, arguments }
                        } else {
                            TypeKind::Member { of: Box::new(of), name }
                        }
                    }
                }
                _ => return Some(of),
            };
            of = Type { kind, span: self.span_from(start) };
            self.operator()?;
        }
    }

    fn primary_type(&mut self) -> Option<Type> {
        let start = self.position();
        let kind = match self.peek() {
            Kind::Integer | Kind::Text | Kind::TextStart => TypeKind::Literal(Box::new(self.primary()?)),
            Kind::Word if ["true", "false", "null"].iter().any(|word| self.is_word(0, word)) => {
                TypeKind::Literal(Box::new(self.primary()?))
            }
            Kind::Word => {
                let name = self.name("the name of a type")?;
                if self.peek() == Kind::Less {
                    TypeKind::Generic { on: None, name, arguments: self.type_arguments()? }
                } else {
                    TypeKind::Name(name.text)
                }
            }
            Kind::OpenBrace => TypeKind::Object(self.object_type()?),
            Kind::OpenSquare => TypeKind::Tuple(self.tuple_type()?),
            Kind::OpenParen => {
                self.bump();
                let inner = self.type_expression()?;
                self.expect(Kind::CloseParen, "`)`")?;
                TypeKind::Parens(Box::new(inner))
            }
            _ => {
                self.unexpected("a type");
                return None;
            }
        };
        Some(Type { kind, span: self.span_from(start) })
    }

    fn type_arguments(&mut self) -> Option<Vec<Type>> {
        let mut arguments = Vec::new();
        self.items(Kind::Less, Kind::Greater, "`>`", |parser| {
            arguments.push(parser.type_expression()?);
            Some(())
        })?;
        Some(arguments)
    }

    fn object_type(&mut self) -> Option<Vec<TypeProperty>> {
        let mut properties = Vec::new();
        self.items(Kind::OpenBrace, Kind::CloseBrace, "`}`", |parser| {
            let decorators = parser.decorators();
            let start = parser.position();
            let name = match parser.peek() {
                Kind::Star => {
                    parser.bump();
                    Some(None)
                }
                Kind::Text => {
                    let text = parser.string();
                    text.map(|text| {
                        Some(Name { text: text.as_str().unwrap_or_default().into(), span: text.span })
                    })
                }
                _ => parser.name("the name of a property").map(Some),
            };
            let read = name.and_then(|name| {
                parser.expect(Kind::Colon, "`:` and a type")?;
                Some((name, parser.type_expression()?))
            });
            match read {
                Some((name, of)) => {
                    properties.push(TypeProperty { decorators, name, of, span: parser.span_from(start) });
                }
                None => parser.skip_entry(Kind::CloseBrace),
            }
            Some(())
        })?;
        Some(properties)
    }

    fn tuple_type(&mut self) -> Option<Vec<TupleItem>> {
        let mut items = Vec::new();
        self.items(Kind::OpenSquare, Kind::CloseSquare, "`]`", |parser| {
            let decorators = parser.decorators();
            let from = parser.position();
            let of = parser.type_expression();
            if of.is_none() {
                parser.skip_entry(Kind::CloseSquare);
            }
            let of = of.unwrap_or_else(|| Type { kind: TypeKind::Invalid, span: parser.span_from(from) });
            items.push(TupleItem { decorators, of });
            Some(())
        })?;
        Some(items)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{DeclarationKind, parse, show};

    #[test]
    fn types() {
        let cases = [
            ("string", "string"),
            ("string?", "string?"),
            ("int[][]?", "int[][]?"),
            ("'a' | 'b' | null", r#"("a" | "b" | null)"#),
            ("\n  | 'a'\n  | 'b'", r#"("a" | "b")"#),
            ("-1 | 2 | !true", "((Neg 1) | 2 | (Not true))"),
            ("('a' | 'b')[]", r#"(("a" | "b"))[]"#),
            ("{}", "{}"),
            ("{\n  a: string\n  'b-c': int?\n  *: bool\n}", "{a: string, b-c: int?, *: bool}"),
            (
                "{\n  @secure()\n  @sys.minLength(1)\n  a: string\n}",
                "{@secure() @sys.minLength(1) a: string}",
            ),
            ("{ a: string, b: { c: int } }", "{a: string, b: {c: int}}"),
            ("[\n  int\n  @description('b')\n  string\n]", r#"[int @description("b") string]"#),
            ("a.b[0][*].*!", "a.b[0][*].*!"),
            ("resourceInput<'a/b@1'>.properties", r#"resourceInput<"a/b@1">.properties"#),
            ("sys.resourceOutput<'a/b@1'>?", r#"sys.resourceOutput<"a/b@1">?"#),
            ("resource 'a/b@1'", r#"resource "a/b@1""#),
            ("resource<'a/b@1'>", r#"resource<"a/b@1">"#),
            ("true | false", "(true | false)"),
        ];
        for (text, want) in cases {
            let (file, problems) = parse(&format!("param x {text} = 1\ntype y = {text}\n"));
            assert_eq!(show::problems(&problems), [""; 0], "{text}");
            let want = [format!("param x {want} = 1"), format!("type y = {want}")];
            assert_eq!(show::file(&file), want, "{text}");
        }
    }

    #[test]
    fn a_bad_type_leaves_the_rest() {
        for (text, want) in [
            ("param x * = 1", "param x ? = 1"),
            ("param x = 1", "param x = 1"),
            ("param x", "param x ?"),
            ("type x = {\n  a: *\n  b: int\n}", "type x = {b: int}"),
            ("type x = [\n  *\n  int\n]", "type x = [? int]"),
            ("type x = 'a' | \n", "type x = ?"),
            ("output x string", "output x string = ?"),
        ] {
            let (file, problems) = parse(&format!("{text}\nvar y = 1"));
            assert_eq!(show::file(&file), [want, "var y = 1"], "{text} {problems:?}");
            assert_eq!(
                problems.len(),
                usize::from(want.contains('?')).max(usize::from(text.contains('*'))),
                "{text}"
            );
        }
    }

    #[test]
    fn chains_of_types_are_bounded() {
        for text in ["[]".repeat(100_000), "?".repeat(100_000), ".a".repeat(100_000)] {
            let (file, problems) = parse(&format!("type x = y{text}\nvar y = 1"));
            assert_eq!(problems.len(), 1);
            assert!(matches!(file.declarations.last().unwrap().kind, DeclarationKind::Variable { .. }));
        }
        let (_, problems) = parse(&format!("type x = {}", "'a' | ".repeat(10_000) + "'b'"));
        assert_eq!(problems, []);
    }
}
