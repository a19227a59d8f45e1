//! What holds for any text, and for every file of a folder of real ones.

use std::fmt::Write as _;
use std::path::Path;

use proptest::prelude::*;

use super::{MAX_DEPTH, parse, parse_expression, show};
use crate::Span;

/// What operators and nesting together may add to the height of a tree; see the limits of the parser.
const MAX_HEIGHT: usize = 500 + 8 * MAX_DEPTH;

fn inside(text: &str, spans: &[Span]) -> Result<(), TestCaseError> {
    for span in spans {
        let slice = text.get(span.start as usize..span.end as usize);
        prop_assert!(slice.is_some(), "{span:?} is no range of {text:?}");
    }
    Ok(())
}

fn holds(text: &str) -> Result<(), TestCaseError> {
    let (file, problems) = parse(text);
    let spans = show::Spans::of_file(&file);
    inside(text, &spans.all)?;
    prop_assert!(spans.height <= MAX_HEIGHT);
    inside(text, &problems.iter().map(|p| p.span).collect::<Vec<_>>())?;
    let unread = show::file(&file).join("\n").replace("\"", "'");
    // What could not be read is told.
    prop_assert!(!unread.contains("...?") || !problems.is_empty() || text.contains('?'), "{text:?}");
    let (expr, problems) = parse_expression(text);
    prop_assert_eq!(expr.is_some(), problems.is_empty());
    let mut spans = show::Spans::default();
    expr.iter().for_each(|expr| spans.expr(expr));
    inside(text, &spans.all)?;
    inside(text, &problems.iter().map(|p| p.span).collect::<Vec<_>>())
}

/// Pieces of the language in any order: much nearer to a file than any string is.
fn fragments() -> impl Strategy<Value = String> {
    let fragment = proptest::sample::select(vec![
        "a",
        "é",
        "for ",
        " in ",
        "if ",
        "resource ",
        "param ",
        "type ",
        "func ",
        "import ",
        "with ",
        "existing ",
        "'x'",
        "'a/b@1' ",
        "'",
        "'''",
        "$'''",
        "$$",
        "\\",
        "\\n",
        "\\u{1}",
        "=",
        "==",
        "=~",
        "=>",
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        "${",
        "<",
        ">",
        "|",
        "\n",
        "\r\n",
        "\nvar x = 1\n",
        "\n}\n",
        " ",
        "#",
        "\n#d",
        "//",
        "/*",
        "*/",
        ",",
        ":",
        "::",
        "?",
        "??",
        ".",
        "...",
        "*",
        "0",
        "99999999999999999999",
        "-",
        "!",
        "^",
        "&&",
        "@",
        "null",
        "\u{feff}",
    ]);
    proptest::collection::vec(fragment, 0..40).prop_map(|fragments| fragments.concat())
}

/// An expression that the compiler accepts.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[a-e]{1,3}".prop_map(|name| format!("v{name}")),
        any::<u32>().prop_map(|n| n.to_string()),
        Just("null".to_owned()),
        "[ a-zé#/{}$%\"]{0,8}".prop_map(|text| format!("'{}'", text.replace("${", ""))),
    ];
    leaf.prop_recursive(4, 40, 4, |inner| {
        let items = proptest::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            items.clone().prop_map(|items| format!("[ // list\n{}\n]", items.join("\n"))),
            items.clone().prop_map(|items| format!("[{}]", items.join(", "))),
            items.clone().prop_map(|items| format!("f(\n{})", items.join(", /* , */\n"))),
            items.prop_map(|items| {
                let mut text = "{\n".to_owned();
                for (i, item) in items.iter().enumerate() {
                    let _ = writeln!(text, "  k{i}: {item} // entry");
                }
                text + "}"
            }),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(\n{a} ?? {b}\n)")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(c ? {a}\n : {b})")),
            inner.clone().prop_map(|a| format!("[for (x, i) in y: {a}]")),
            inner.clone().prop_map(|a| format!("map(y, (x, i) =>\n {a})")),
            inner.prop_map(|a| format!("a.?b[?^1]!::c.d({a})")),
        ]
    })
}

/// A whole file, and a change to it: a range cut out, and a fragment in its place.
fn changed() -> impl Strategy<Value = String> {
    let whole = (expression(), expression())
        .prop_map(|(a, b)| format!("{EXAMPLE}\nvar x = {a}\noutput y object = {b}\n"));
    (whole, any::<prop::sample::Index>(), 0_usize..30, fragments()).prop_map(|(whole, at, length, with)| {
        let start = whole.floor_char_boundary(at.index(whole.len()));
        let end = whole.floor_char_boundary((start + length).min(whole.len()));
        format!("{}{}{}", &whole[..start], &with[..with.floor_char_boundary(length)], &whole[end..])
    })
}

const EXAMPLE: &str = r"
targetScope = 'resourceGroup' // scope
import { a, b as c } from './x.bicep'
@description('''
Where
''')
@allowed(['a', 'b'])
param location string?
type t = {
  @secure()
  name: 'a' | 'b'
  *: string[]?
}
func f(a string, b int) string => '${a}${b}'
resource r 'Microsoft.X/y@2024-01-01' = [for (i, n) in range(0, 2): if (n > 0) {
  name: 'n${i}'
  properties: union(a, { b: [1, -2] })
  resource child 'z' = {
    name: 'c'
  }
}]
module m 'br/public:a/b:1.0' = if (!x) {
  params: { a: r[0]::child.id, ...other }
}
";

proptest! {
    #[test]
    fn any_string_is_read(text in "\\PC*") {
        holds(&text)?;
    }

    #[test]
    fn any_fragments_are_read(text in fragments()) {
        holds(&text)?;
    }

    #[test]
    fn any_change_is_read(text in changed()) {
        holds(&text)?;
    }

    #[test]
    fn a_mistake_does_not_reach_the_next_resource(text in fragments()) {
        let (file, problems) = parse(&format!("{text}\nresource n 't/u@1' = {{\n}}\n"));
        let resource = |of: &super::Declaration| show::declaration(of).contains("resource n \"t/u@1\" = {}");
        // What is left open in a string or a comment hides what follows, until it is found to be open.
        let hidden = text.contains("'''") || text.contains("/*");
        prop_assert!(hidden || file.declarations.iter().any(resource), "{:?} {:?}", show::file(&file), problems);
    }

    #[test]
    fn well_formed_text_gives_no_problem(value in expression()) {
        let text = format!("var a = {value}\n@d({value})\nparam b object = {value}\n{EXAMPLE}");
        let (file, problems) = parse(&text);
        prop_assert_eq!(show::problems(&problems), vec![""; 0], "{}", text);
        prop_assert_eq!(file.declarations.len(), 9);
        let (alone, problems) = parse_expression(&value);
        prop_assert_eq!(problems, vec![]);
        let alone = show::expr(&alone.unwrap());
        prop_assert_eq!(show::declaration(&file.declarations[0]), format!("var a = {alone}"));
        prop_assert_eq!(show::declaration(&file.declarations[1]), format!("@d({alone}) param b object = {alone}"));
    }
}

fn walk(folder: &Path, read: &mut impl FnMut(&Path)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_symlink() {
            continue;
        } else if path.is_dir() {
            walk(&path, read);
        } else {
            read(&path);
        }
    }
}

/// `STANCE_BICEP_REPOS` names a folder of checked-out repositories whose files the compiler accepts.
#[test]
fn real_files_give_no_problem() {
    let Some(folder) = std::env::var_os("STANCE_BICEP_REPOS") else {
        println!("skipped: STANCE_BICEP_REPOS names no folder of repositories");
        return;
    };
    let (mut files, mut failures) = (0, Vec::new());
    walk(folder.as_ref(), &mut |path| {
        let name = path.to_string_lossy();
        if !name.ends_with(".bicep") && !name.ends_with(".bicepparam") {
            return;
        }
        let text = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
        let (file, problems) = parse(&text);
        files += 1;
        inside(&text, &show::Spans::of_file(&file).all).unwrap();
        let lines = crate::LineIndex::new(&text);
        let place = |span: Span| lines.line_column(&text, span.start);
        failures.extend(problems.iter().map(|p| format!("{name}: {:?} {}", place(p.span), p.message)));
    });
    println!("{files} files");
    assert_eq!(failures, [""; 0]);
    assert!(files > 0, "no file was found");
}
