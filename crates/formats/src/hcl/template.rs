//! From the templates of the parser to ours: strip markers, the indentation of `<<-` heredocs, and escapes, applied to
//! the texts as Terraform does it.

use std::sync::Arc;

use hcl_edit::template::{Directive, Element, Strip, Template};
use hcl_edit::{Span as _, Spanned};

use super::lower::Origin;
use super::{ExprKind, Part};

/// What the literals of a template come from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Literals {
    /// Between quotes: backslash escapes, one text between two sequences.
    Quoted,
    /// Terraform reads it line by line; `flush` removes the indentation.
    Heredoc { flush: bool },
    /// A file given to `templatefile` or a JSON string, line by line too.
    Bare,
}

/// A template of nothing but text is a string.
pub(super) fn kind(mut parts: Vec<Part>) -> ExprKind {
    match parts.as_slice() {
        [] => ExprKind::String(Arc::from("")),
        [Part::Text(..)] => match parts.pop() {
            Some(Part::Text(text, _)) => ExprKind::String(text),
            _ => ExprKind::Template(parts),
        },
        _ => ExprKind::Template(parts),
    }
}

/// The template in the order of the source, as Terraform's scanner sees it. The rules of strip markers and of
/// indentation speak of neighbours in this order, across the borders of directives.
enum Token {
    /// A quoted text, or one line of it with its end.
    Text(String),
    /// `${ … }`, `%{ … }`.
    Sequence(Strip),
}

impl Origin<'_> {
    pub(super) fn template(&self, from: Template, literals: Literals) -> Vec<Part> {
        let mut tokens = Vec::new();
        self.tokens(&from, literals, &mut tokens);
        strip(&mut tokens);
        if literals == (Literals::Heredoc { flush: true }) {
            unindent(&mut tokens);
        }
        let texts = tokens.into_iter().filter_map(|token| match token {
            Token::Text(text) => Some(text),
            Token::Sequence(_) => None,
        });
        self.parts(from, literals, &mut { texts })
    }

    /// The text of a literal as it stands in the source, in the units that Terraform's scanner makes of it.
    fn lines(&self, literal: &Spanned<String>) -> impl Iterator<Item = &str> {
        let source = self.text.get(literal.span().unwrap_or_default()).unwrap_or_default();
        source.split_inclusive('\n')
    }

    fn tokens(&self, from: &Template, literals: Literals, into: &mut Vec<Token>) {
        for element in from {
            match element {
                Element::Literal(literal) if literals == Literals::Quoted => {
                    into.push(Token::Text(literal.as_str().to_owned()));
                }
                Element::Literal(literal) => {
                    let unescaped = |line: &str| line.replace("$${", "${").replace("%%{", "%{");
                    into.extend(self.lines(literal).map(|line| Token::Text(unescaped(line))));
                }
                Element::Interpolation(from) => into.push(Token::Sequence(from.strip)),
                Element::Directive(directive) => match &**directive {
                    Directive::If(from) => {
                        into.push(Token::Sequence(from.if_expr.strip));
                        self.tokens(&from.if_expr.template, literals, into);
                        if let Some(otherwise) = &from.else_expr {
                            into.push(Token::Sequence(otherwise.strip));
                            self.tokens(&otherwise.template, literals, into);
                        }
                        into.push(Token::Sequence(from.endif_expr.strip));
                    }
                    Directive::For(from) => {
                        into.push(Token::Sequence(from.for_expr.strip));
                        self.tokens(&from.for_expr.template, literals, into);
                        into.push(Token::Sequence(from.endfor_expr.strip));
                    }
                },
            }
        }
    }

    /// The tree again, with the texts that [`Self::tokens`] took from it in the same order.
    fn parts(
        &self,
        from: Template,
        literals: Literals,
        texts: &mut impl Iterator<Item = String>,
    ) -> Vec<Part> {
        let mut parts = Vec::new();
        for element in from {
            match element {
                Element::Literal(literal) => {
                    let count = if literals == Literals::Quoted { 1 } else { self.lines(&literal).count() };
                    let mut lines = texts.take(count);
                    let mut text = lines.next().unwrap_or_default();
                    lines.for_each(|line| text.push_str(&line));
                    if !text.is_empty() {
                        parts.push(Part::Text(text.into(), self.span(literal.span())));
                    }
                }
                Element::Interpolation(from) => parts.push(Part::Interpolation(self.expr(from.expr))),
                Element::Directive(directive) => parts.push(match *directive {
                    Directive::If(from) => Part::If {
                        condition: self.expr(from.if_expr.cond_expr),
                        then: self.parts(from.if_expr.template, literals, texts),
                        otherwise: match from.else_expr {
                            Some(otherwise) => self.parts(otherwise.template, literals, texts),
                            None => Vec::new(),
                        },
                    },
                    Directive::For(from) => Part::For {
                        key_var: from.for_expr.key_var.map(|name| name.as_str().into()),
                        value_var: from.for_expr.value_var.as_str().into(),
                        collection: self.expr(from.for_expr.collection_expr),
                        body: self.parts(from.for_expr.template, literals, texts),
                    },
                }),
            }
        }
        parts
    }
}

/// `~` removes the white space of the text next to it: of one line, where texts are lines.
fn strip(tokens: &mut [Token]) {
    for i in 0..tokens.len() {
        let Token::Sequence(marks) = tokens[i] else { continue };
        if marks.strip_start()
            && let Some(Token::Text(before)) = i.checked_sub(1).and_then(|before| tokens.get_mut(before))
        {
            before.truncate(before.trim_end().len());
        }
        if marks.strip_end()
            && let Some(Token::Text(after)) = tokens.get_mut(i + 1)
        {
            let blank = after.len() - after.trim_start().len();
            after.drain(..blank);
        }
    }
}

/// Removes the white space that all lines of a `<<-` heredoc begin with. As in Terraform, a blank line does not count
/// and stays as it is, and neither does what follows a line end that a strip marker has removed.
fn unindent(tokens: &mut [Token]) {
    let mut least = usize::MAX;
    let mut at_line_start = true;
    let mut indented = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        if std::mem::take(&mut at_line_start) {
            least = least.min(match token {
                Token::Text(text) if text.ends_with('\n') && text.trim_start().is_empty() => usize::MAX,
                Token::Text(text) => {
                    indented.push(i);
                    text.chars().take_while(|c| c.is_whitespace()).count()
                }
                Token::Sequence(_) => 0,
            });
        }
        at_line_start = matches!(token, Token::Text(text) if text.ends_with('\n'));
    }
    for i in indented {
        if let Token::Text(text) = &mut tokens[i] {
            let blank = text.char_indices().nth(least).map_or(text.len(), |(at, _)| at);
            text.drain(..blank);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{parse, parse_template, show};

    /// The expected values are what `terraform console` says of the same text.
    #[test]
    fn quoted() {
        let cases = [
            (r#""a ${x} b""#, r#"<"a " x " b">"#),
            (r#""a\n ${~ x ~} \n\n b""#, r#"<"a" x "b">"#),
            (r#""a ${~ x ~}   ${ y ~} b""#, r#"<"a" x y "b">"#),
            (r#""$$${x} %%%{ $$ $a %b""#, r#""$${x} %%{ $$ $a %b""#),
            (r#""%{ if a }b%{ else }c%{ endif }""#, r#"<if a <"b"> <"c">>"#),
            (r#""%{ if a ~} b %{~ endif } c""#, r#"<if a <"b"> <> " c">"#),
            (r#""%{ for k, v in m }${k}=${v},%{ endfor }""#, r#"<for k,v in m <k "=" v ",">>"#),
            (r#""${"a${"b"}"}""#, r#"<<"a" "b">>"#),
            ("\"${ [\n  x, # one\n] }\"", "<[x]>"),
        ];
        for (text, want) in cases {
            let (file, problems) = parse(&format!("a = {text}\n"));
            assert_eq!(show::problems(&problems), [""; 0], "{text}");
            assert_eq!(show::expr(&file.body.attributes[0].value), want, "{text}");
        }
    }

    #[test]
    fn heredocs() {
        let cases = [
            ("<<E\nE", r#""""#),
            ("<<-E\n  E", r#""""#),
            ("<<E\n  a\nE", r#""  a\n""#),
            ("<<E\n  a\n  E", r#""  a\n""#),
            ("<<E\r\na\r\nE", r#""a\r\n""#),
            ("<<-E\n    a\n      b\n\n    E", r#""a\n  b\n\n""#),
            ("<<-E\n\n      a\n\n  E", r#""\na\n\n""#),
            ("<<-E\n    a ${x}\n   \n    ${y} b\n    E", r#"<"a " x "\n   \n" y " b\n">"#),
            ("<<-E\n  ${x}\n    a\n  E", r#"<x "\n  a\n">"#),
            ("<<-E\n${x}\n    a\n  E", r#"<x "\n    a\n">"#),
            ("<<-E\n\t \ta\n\t   b\n\tE", r#""a\n b\n""#),
            ("<<E\na\n   ${~ x ~}\n   \n   b\nE", r#"<"a\n" x "   \n   b\n">"#),
            (
                "<<-E\n  %{ for i in l ~}\n  item ${i}\n  %{ endfor ~}\n  E",
                r#"<for i in l <"  item " i "\n">>"#,
            ),
            (
                "<<-E\n    a\n    %{ if x ~}\n      b\n    %{ endif ~}\n    c\n    E",
                r#"<"a\n" if x <"      b\n"> <> "    c\n">"#,
            ),
            ("<<-E\n    a\n  $${x} b\n   %%{ if\n  E", r#""  a\n${x} b\n %{ if\n""#),
            ("<<E\nE # no\nE)\n Ex\nE", r#""E # no\nE)\n Ex\n""#),
            ("<<E\n\"a\" \\n { # é\nE", r#""\"a\" \\n { # é\n""#),
        ];
        for (text, want) in cases {
            let (file, problems) = parse(&format!("x {{\n a = {text}\n b = <<E\n1\nE\n}}\n"));
            assert_eq!(show::problems(&problems), [""; 0], "{text}");
            let attributes = &file.body.blocks[0].body.attributes;
            assert_eq!(show::expr(&attributes[0].value), want, "{text}");
            assert_eq!(show::expr(&attributes[1].value), r#""1\n""#, "{text}");
        }
        // Inside of brackets the line of the marker holds nothing else either.
        let (file, problems) = parse("a = f(<<E\n1\nE\n, { b = <<E\n2\nE\n})\n");
        assert_eq!(show::problems(&problems), [""; 0]);
        assert_eq!(show::body(&file.body), r#"a = f("1\n" {"b": "2\n"})"#);
    }

    #[test]
    fn whole_texts() {
        let cases = [
            ("", ""),
            ("a \"b\" \\n $${c}\n", r#""a \"b\" \\n ${c}\n""#),
            ("a\n   ${~ x ~}\n\n  b", r#""a\n" x "\n  b""#),
            ("%{ if a }\nb\n%{ endif }", r#"if a <"\nb\n"> <>"#),
        ];
        for (text, want) in cases {
            let (parts, problems) = parse_template(text);
            assert_eq!((show::parts(&parts).as_str(), problems), (want, vec![]), "{text}");
        }
        for (text, at) in [("a ${", 2), ("a ${ b", 2), ("${}", 2), ("%{ if a }b", 0), ("%{ else }", 0)] {
            let (_, problems) = parse_template(text);
            assert_eq!(
                problems.iter().map(|p| p.span.start).collect::<Vec<_>>(),
                [at],
                "{text} {problems:?}"
            );
        }
    }
}
