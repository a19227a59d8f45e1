//! The native syntax: `.tf` and `.tfvars` files, single expressions and single templates.
//!
//! A file is cut at its top-level attributes and blocks, and each is parsed by itself, so that a mistake costs the one
//! piece that holds it.

use std::collections::HashSet;

use super::lex::{Lexed, Mode, Piece, REST_NOT_READ, lex};
use super::lower::{Origin, Place};
use super::template::Literals;
use super::{Expr, File, MAX_PROBLEMS, Part, too_long};
use crate::{Problem, Span};

/// Reads a file of native syntax.
pub fn parse(text: &str) -> (File, Vec<Problem>) {
    let mut file = File::default();
    file.body.span = Span::new(0, text.len());
    if let Some(problem) = too_long(text) {
        return (file, vec![problem]);
    }
    let mark = '\u{feff}';
    if !text.starts_with(mark) {
        return parse_body(text, file);
    }
    // The byte order mark becomes three blanks, so that every offset stays true.
    let blank = " ".repeat(mark.len_utf8()) + &text[mark.len_utf8()..];
    parse_body(&blank, file)
}

fn parse_body(text: &str, mut file: File) -> (File, Vec<Problem>) {
    let Lexed { text: rewritten, pieces, comments } = lex(text, Mode::Body);
    file.comments = comments;
    let mut problems = Vec::new();
    let mut names = HashSet::new();
    for Piece { span, problem } in pieces {
        if problems.len() >= MAX_PROBLEMS {
            problems.push(Problem { span, message: REST_NOT_READ.to_owned() });
            break;
        }
        if let Some(problem) = problem {
            problems.push(*problem);
            continue;
        }
        let range = span.start as usize..span.end as usize;
        let origin = Origin { text: &text[range.clone()], place: Place::Offset(range.start) };
        match hcl_edit::parser::parse_body(&rewritten[range.clone()]) {
            Ok(body) => {
                let known = file.body.attributes.len();
                origin.body(body, &mut file.body);
                if let Some(attribute) = file.body.attributes.get(known)
                    && !names.insert(attribute.name.clone())
                {
                    let message = format!("the attribute {} is set a second time", attribute.name);
                    problems.push(Problem { span: attribute.name_span, message });
                    file.body.attributes.truncate(known);
                }
            }
            Err(error) if error.message().starts_with(NO_PLACE) => {
                // Where the text ends too soon the parser names no place; behind a mark that fits nowhere it does.
                let marked = format!("{}\n;", &rewritten[range]);
                let error = hcl_edit::parser::parse_body(&marked).err().unwrap_or(error);
                problems.push(origin.problem(&error));
            }
            Err(error) => problems.push(origin.problem(&error)),
        }
    }
    (file, problems)
}

/// Reads one expression. Newlines mean nothing, as inside of brackets.
pub fn parse_expression(text: &str) -> (Option<Expr>, Vec<Problem>) {
    if let Some(problem) = too_long(text) {
        return (None, vec![problem]);
    }
    let lexed = lex(text, Mode::Expression);
    if let Some(problem) = lexed.pieces.into_iter().find_map(|piece| piece.problem) {
        return (None, vec![*problem]);
    }
    let start = lexed.text.len() - lexed.text.trim_ascii_start().len();
    let range = start..lexed.text.trim_ascii_end().len().max(start);
    let origin = Origin { text: &text[range.clone()], place: Place::Offset(start) };
    match hcl_edit::parser::parse_expr(&lexed.text[range]) {
        Ok(expr) => (Some(origin.expr(expr)), Vec::new()),
        Err(error) => (None, vec![origin.problem(&error)]),
    }
}

/// Reads a template that is the whole text, such as a file given to `templatefile`.
pub fn parse_template(text: &str) -> (Vec<Part>, Vec<Problem>) {
    parse_template_at(text, Place::Offset(0))
}

pub(super) fn parse_template_at(text: &str, place: Place<'_>) -> (Vec<Part>, Vec<Problem>) {
    if let Some(problem) = too_long(text) {
        return (Vec::new(), vec![problem]);
    }
    let origin = Origin { text, place };
    let lexed = lex(text, Mode::Template);
    if let Some(problem) = lexed.pieces.into_iter().find_map(|piece| piece.problem) {
        let (start, end) = (problem.span.start as usize, problem.span.end as usize);
        return (Vec::new(), vec![Problem { span: origin.span(Some(start..end)), message: problem.message }]);
    }
    match hcl_edit::parser::parse_template(&lexed.text) {
        Ok(template) => (origin.template(template, Literals::Bare), Vec::new()),
        Err(error) => (Vec::new(), vec![origin.problem(&error)]),
    }
}

impl Origin<'_> {
    fn problem(&self, error: &hcl_edit::parser::Error) -> Problem {
        // The parser speaks of bytes, of the last one where it met the end, and of the next one in these two cases.
        let behind =
            ["invalid object value", "invalid escape"].iter().any(|m| error.message().starts_with(m));
        let at = self.text.floor_char_boundary(error.location().offset().saturating_sub(usize::from(behind)));
        let width = self.text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        Problem { span: self.span(Some(at..at + width)), message: message(error.message(), &self.text[at..]) }
    }
}

/// What the parser says when it gave up on all that it tried.
const NO_PLACE: &str = "unexpected token";

/// The parser's message in words that help, where it is one of the common ones.
fn message(parser: &str, rest: &str) -> String {
    let found = match rest.chars().next() {
        None => "the end".to_owned(),
        Some('\n' | '\r') => "the end of the line".to_owned(),
        Some(c) => format!("`{}`", c.escape_debug()),
    };
    let rules = [
        ("invalid expression", "an expression is expected"),
        ("invalid nesting depth", "nested deeper than 64 levels"),
        ("invalid binary operation", "more than 128 operators in one expression"),
        ("invalid object item; expected unique", "the object has this key twice"),
        ("invalid object item", "`,`, a newline or `}` is expected after an entry of an object"),
        ("invalid object value", "`=` or `:` is expected after the key of an object"),
        ("invalid attribute; expected unique", "this attribute is set a second time"),
        ("invalid structure", "`=`, `{` or a block label is expected after a name"),
        ("invalid block body", "an attribute, a block or `}` is expected"),
        ("invalid traversal operator", "an attribute name, an index or `*` is expected after `.`"),
        ("invalid escape sequence", "no such escape sequence in a string"),
        ("invalid unicode", "no such Unicode escape in a string"),
        ("expected newline", "the end of the line is expected here"),
        (NO_PLACE, "this cannot be read as HCL"),
    ];
    if parser.starts_with(NO_PLACE) && rest.starts_with("%{") {
        return "this directive is neither `if` nor `for`, or nothing ends it".to_owned();
    }
    match rules.iter().find(|(prefix, _)| parser.starts_with(prefix)) {
        Some((_, ours)) if !ours.contains("expected") => (*ours).to_owned(),
        Some((_, ours)) => format!("{ours}, found {found}"),
        None => format!("{parser}, found {found}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ExprKind, Step, show};
    use super::*;

    fn expression(text: &str) -> String {
        let (expr, problems) = parse_expression(text);
        assert_eq!(problems, [], "{text}");
        show::expr(&expr.unwrap())
    }

    #[test]
    fn expressions() {
        let cases = [
            ("null", "null"),
            (" true # why", "true"),
            ("/* a */ -5 /* b */", "-5"),
            ("1.5e2", "150"),
            ("9223372036854775807", "9223372036854775807"),
            ("9223372036854775808", "9.223372036854776e18"),
            (r#""a\n\t\"\\\u00e9\U0001F600$${x}%%{y} $ %""#, r#""a\n\t\"\\é😀${x}%{y} $ %""#),
            ("var.a[0].b", "var.a[0].b"),
            ("list.0.name", "list[0].name"),
            ("a.*.b[*].c", "a.*.b[*].c"),
            ("each.value[\"k\"][local.i]", "each.value[\"k\"][local.i]"),
            ("a + b * c - d", "(Sub (Add a (Mul b c)) d)"),
            ("a || b && c == d", "(Or a (And b (Eq c d)))"),
            ("a <= 1 != !b", "(NotEq (LessEq a 1) (Not b))"),
            ("-a.b", "(Neg a.b)"),
            ("a ? b : c ? d : e", "(if a b (if c d e))"),
            ("(a\n + b)", "((Add a b))"),
            ("a ?\n b :\n c", "(if a b c)"),
            ("f()", "f()"),
            ("f(a, [b]...)", "f(a [b]...)"),
            ("provider::aws::arn_parse(x)", "provider::aws::arn_parse(x)"),
            ("[1, # one\n 2,\n]", "[1 2]"),
            ("{ a = 1, \"b\" : 2, (c) = 3, d.e = 4 }", "{\"a\": 1, \"b\": 2, (c): 3, d.e: 4}"),
            ("[for x in xs : x.a if x.b]", "(for x in xs: x.a if x.b)"),
            ("[for i, x in c ?\n a : b : i]", "(for i,x in (if c a b): i)"),
            (
                "{\n for k, v in m : # pairs\n k => v...\n if v != null\n}",
                "(for k,v in m: k => v... if (NotEq v null))",
            ),
            ("{for x in xs : x => {\n a = 1\n b = 2\n}}", "(for x in xs: x => {\"a\": 1, \"b\": 2})"),
            ("\"${x}\"", "<x>"),
            ("{ a = 1, b = 2, a = 3 }", "{\"b\": 2, \"a\": 3}"),
            ("{\n a = {\n b = 1 }\n c = 2\n a = 4\n}", "{\"c\": 2, \"a\": 4}"),
        ];
        for (text, want) in cases {
            assert_eq!(expression(text), want, "{text}");
        }
    }

    #[test]
    fn long_objects_keep_the_last_of_two_keys() {
        let entries: String = (0..20).map(|i| format!("k{i} = {i}, ")).collect();
        let shown = expression(&format!("{{ {entries} k3 = 33 }}"));
        assert!(shown.contains("\"k3\": 33") && !shown.contains("\"k3\": 3,"), "{shown}");
    }

    #[test]
    fn spans_cover_exactly_what_was_read() {
        let text = "\u{feff}# é\r\nresource \"a\" \"b\" /* { */ {\r\n  size = 1 + max(2, x.y)\r\n  in { é = [\"${v}\"] }\r\n}\r\n";
        let (file, problems) = parse(text);
        assert_eq!(problems, []);
        let at = |span: Span| &text[span.start as usize..span.end as usize];
        let block = &file.body.blocks[0];
        assert_eq!(at(block.header), "resource \"a\" \"b\"");
        assert_eq!(at(block.body.span), &text[text.find("\r\n  size").unwrap()..text.len() - 3]);
        let size = &block.body.attributes[0];
        assert_eq!((at(size.name_span), at(size.span)), ("size", "size = 1 + max(2, x.y)"));
        let ExprKind::Binary(left, _, right) = &size.value.kind else { unreachable!("{size:?}") };
        assert_eq!((at(left.span), at(right.span)), ("1", "max(2, x.y)"));
        let ExprKind::Call { args, .. } = &right.kind else { unreachable!("{right:?}") };
        let ExprKind::Traversal(_, steps) = &args[1].kind else { unreachable!("{args:?}") };
        let Step::Attr(_, step) = &steps[0] else { unreachable!("{steps:?}") };
        assert_eq!(at(*step), "y");
        assert_eq!(at(block.body.blocks[0].body.attributes[0].value.span), "[\"${v}\"]");
        assert_eq!(at(file.comments[0].span), "# é");
    }

    #[test]
    fn bodies() {
        let cases = [
            ("", ""),
            ("a = 1\nb = 2", "a = 1; b = 2"),
            ("a = 1 // one\n/* two */ b = 2\r\n", "a = 1; b = 2"),
            ("x {}\ny a \"b\" { c = 1 }\n", "x {  }; y a b { c = 1 }"),
            ("x {\n  y {\n    z = [\n      1,\n    ]\n  }\n  w = 1\n}\n", "x { w = 1; y { z = [1] } }"),
            ("x { # why\n}\n", "x {  }"),
            ("a = {# b\rc\r\n}\r\n", "a = {}"),
            ("a = { b = 1 }\nc = \"}\" # {\n", "a = {\"b\": 1}; c = \"}\""),
            ("x {\n  a = \"${\"}\"}\"\n}\n", "x { a = <\"}\"> }"),
        ];
        for (text, want) in cases {
            let (file, problems) = parse(text);
            assert_eq!((show::body(&file.body).as_str(), problems), (want, vec![]), "{text}");
        }
    }

    #[test]
    fn comments_are_taken_where_they_are_comments() {
        let text = "# a\nx = \"# no\" // b\n/* c\n d */\ny = <<E\n# no\n${ 1 /* e */ }\nE\nz = [ # f\n]\n";
        let (file, _) = parse(text);
        let taken: Vec<&str> = file.comments.iter().map(|c| c.text.as_str()).collect();
        assert_eq!(taken, ["a", "b", "c", "d", "e", "f"]);
    }

    #[test]
    fn a_mistake_costs_one_piece() {
        let cases = [
            // Each mistake stands between two attributes that are still read.
            ("b = \"x\n", "10..12 a string is not closed at the end of its line"),
            ("b = \"${x\n", "11..13 `${` is not closed"),
            ("b = \"${x\"\n", "10..15 a string is not closed at the end of its line"),
            ("b = [1, 2\n", "10..11 `[` is not closed"),
            ("b = (1 + 2]\n", "10..17 `(` is closed by `]`"),
            ("x {\n  y = 1\n", "8..9 `{` is not closed"),
            ("x {\n  y = [1\n}\n", "16..17 `[` is not closed before `}`"),
            ("x {\n  y = 1 2\n}\n", "18..19 the end of the line is expected here, found `2`"),
            ("x {\n  y = 'z'\n}\n", "16..17 an expression is expected, found `\\'`"),
            ("x {\n  y =\n}\n", "15..16 an expression is expected, found the end of the line"),
            ("x \"a\"\n{\n}\n", "6..13 the brace of a block must open on the line of its type and labels"),
            ("}\n", "6..7 `}` closes nothing"),
            ("b = \"\\q\"\n", "12..13 no such escape sequence in a string"),
            ("b = <<E\n x\n", "10..13 the heredoc <<E is not closed: no line holds its marker alone"),
            ("b = << E\n", "10..12 a heredoc begins with `<<` or `<<-`, a marker and the end of the line"),
            ("a = 2\n", "6..7 the attribute a is set a second time"),
            ("x {\n y = 1\n y = 2\n}\n", "18..19 this attribute is set a second time"),
            ("b = {\n  c 1\n}\n", "16..17 `=` or `:` is expected after the key of an object, found `1`"),
            (
                "b = {\n  c = 1 d = 2\n}\n",
                "20..21 `,`, a newline or `}` is expected after an entry of an object, found `d`",
            ),
            ("b = a.\n", "13..13 an attribute name, an index or `*` is expected after `.`, found the end"),
            ("b\n", "7..8 `=`, `{` or a block label is expected after a name, found the end of the line"),
            ("x { y = 1, z = 2 }\n", "15..16 an attribute, a block or `}` is expected, found `,`"),
            ("é!\n", ""),
        ];
        for (broken, want) in cases {
            let text = format!("a = 1\n{broken}c = 3\n");
            let (file, problems) = parse(&text);
            if want.is_empty() {
                assert_eq!(problems.len(), 1, "{text}");
            } else {
                assert_eq!(show::problems(&problems), [want], "{text}");
            }
            assert_eq!(show::body(&file.body), "a = 1; c = 3", "{text}");
        }
        let (file, problems) = parse("a = 1\n/* b\nc = 3\n");
        assert_eq!(show::body(&file.body), "a = 1");
        assert_eq!(show::problems(&problems), ["6..8 a comment is not closed by `*/`"]);
    }

    #[test]
    fn an_unclosed_block_ends_where_the_next_begins() {
        let text = "resource \"a\" \"b\" {\n  x = 1\n\nresource \"c\" \"d\" {\n  y = 2\n}\n";
        let (file, problems) = parse(text);
        assert_eq!(show::problems(&problems), ["17..18 `{` is not closed before the next block"]);
        assert_eq!(show::body(&file.body), "resource c d { y = 2 }");
    }

    #[test]
    fn hostile_text_is_refused_soon() {
        let many = 100_000;
        let cases = [
            ("a = ", "[", "nested deeper than 128 levels"),
            ("a = ", "{a=", "nested deeper than 128 levels"),
            ("a = ", "\"${", "nested deeper than 128 levels"),
            ("a = ", "f(", "nested deeper than 128 levels"),
            ("", "a {\n", "nested deeper than 128 levels"),
            ("a = ", "!", "nested deeper than 64 levels"),
            ("a = ", "-", "nested deeper than 64 levels"),
            ("a = ", "a ? b : ", "nested deeper than 64 levels"),
            ("a = ", "1+", "more than 128 operators in one expression"),
            ("a = x", ".a", "this has more than 500000 tokens"),
        ];
        for (before, repeated, want) in cases {
            let times = if want.contains("tokens") { 6 * many } else { many };
            let (_, problems) = parse(&format!("{before}{}", repeated.repeat(times)));
            assert_eq!(problems.first().map(|p| p.message.as_str()), Some(want), "{repeated}");
            assert!(problems.len() <= MAX_PROBLEMS + 1, "{repeated}");
        }
        let entries: String = (0..20_000).map(|i| format!("k{i}=1,")).collect();
        let (_, problems) = parse(&format!("a = {{{entries}}}\nb = 1\n"));
        let want = "4..5 this object has too many entries to be read in bounded time";
        assert_eq!(show::problems(&problems), [want]);
        let (_, problems) = parse(&"x".repeat(super::super::MAX_TEXT + 1));
        assert_eq!(show::problems(&problems), ["0..0 the text is longer than 16 MiB and is not read"]);
    }

    #[test]
    fn reading_stops_after_many_errors() {
        let (_, problems) = parse(&"a = \"\n".repeat(1000));
        assert_eq!(problems.len(), MAX_PROBLEMS + 1);
        assert_eq!(problems[MAX_PROBLEMS].message, REST_NOT_READ);
        let (_, problems) = parse(&"a = <<E\n".repeat(1000));
        assert!(problems.len() < MAX_PROBLEMS && problems.last().unwrap().message == REST_NOT_READ);
    }

    #[test]
    fn what_is_allowed_still_fits_a_small_stack() {
        let nested = format!("a = {}x{}\n", "[{ b = (\"${f(".repeat(10), ")}\") }]".repeat(10));
        let operators = format!("b = 1{}\n", " + 1".repeat(128));
        let read = move || {
            let (file, problems) = parse(&(nested + &operators));
            assert_eq!((file.body.attributes.len(), problems), (2, vec![]));
        };
        std::thread::Builder::new().stack_size(1 << 20).spawn(read).unwrap().join().unwrap();
    }
}
