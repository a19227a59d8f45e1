//! What holds for any text, and for every file of a folder of real ones.

use std::fmt::Write as _;
use std::path::Path;

use proptest::prelude::*;

use super::{parse, parse_expression, parse_json, parse_json_variables, parse_template, show};
use crate::Span;

fn inside(text: &str, spans: &[Span]) -> Result<(), TestCaseError> {
    for span in spans {
        let slice = text.get(span.start as usize..span.end as usize);
        prop_assert!(slice.is_some(), "{span:?} is no range of {text:?}");
    }
    Ok(())
}

fn holds(text: &str) -> Result<(), TestCaseError> {
    for read in [parse, parse_json, parse_json_variables] {
        let (file, problems) = read(text);
        inside(text, &show::spans(&file, &problems))?;
    }
    let (expr, problems) = parse_expression(text);
    prop_assert_eq!(expr.is_some(), problems.is_empty());
    let mut spans: Vec<Span> = problems.iter().map(|p| p.span).collect();
    expr.iter().for_each(|expr| show::of_expr(expr, &mut spans));
    let (parts, problems) = parse_template(text);
    spans.extend(problems.iter().map(|p| p.span));
    show::of_parts(&parts, &mut spans);
    inside(text, &spans)
}

/// Pieces of the language in any order: much nearer to a file than any string is.
fn fragments() -> impl Strategy<Value = String> {
    let fragment = proptest::sample::select(vec![
        "a",
        "é",
        "for ",
        "in ",
        "if ",
        "resource ",
        "\"x\"",
        "\"",
        "\\",
        "\\n",
        "=",
        "==",
        "=>",
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        "${",
        "${~",
        "~}",
        "%{",
        "%{ if ",
        "%{ endif }",
        "$${",
        "<<E\n",
        "<<-E\n",
        "\nE\n",
        "E",
        "\n",
        "\r\n",
        " ",
        "#",
        "//",
        "/*",
        "*/",
        ",",
        ":",
        "?",
        ".",
        "...",
        "*",
        "0",
        "1.5",
        "-",
        "!",
        "&&",
        "null",
        "\u{feff}",
    ]);
    proptest::collection::vec(fragment, 0..40).prop_map(|fragments| fragments.concat())
}

/// An expression that Terraform accepts.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[a-e]{1,3}".prop_map(|name| format!("v{name}")),
        any::<u32>().prop_map(|n| n.to_string()),
        Just("null".to_owned()),
        "[ a-zé#/{}$%']{0,8}".prop_map(|text| format!("\"{}\"", text.replace("${", "").replace("%{", ""))),
    ];
    leaf.prop_recursive(4, 40, 4, |inner| {
        let items = proptest::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            items.clone().prop_map(|items| format!("[ # list\n{}\n]", items.join(",\n"))),
            items.clone().prop_map(|items| format!("f(\n{})", items.join(", /* , */"))),
            items.prop_map(|items| {
                let mut text = "{\n".to_owned();
                for (i, item) in items.iter().enumerate() {
                    let _ = writeln!(text, "  k{i} = {item} // entry");
                }
                text + "}"
            }),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}\n + {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(c ? {a}\n : {b})")),
            (inner.clone(), inner.clone())
                .prop_map(|(a, b)| format!("\"a ${{{a}}}%{{ if x ~}}\\n${{ {b} ~}}%{{ endif }}\"")),
            inner.clone().prop_map(|a| format!("[for x in\n {a} : x.y[*].z]")),
            (inner.clone(), inner.clone())
                .prop_map(|(a, b)| format!("{{\nfor k, v in {a} :\n k =>\n {b}...\n}}")),
            inner.prop_map(|a| format!("<<-E\n  E it is not\n  ${{{a}}} \"\n  E\n")),
        ]
    })
}

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
    fn a_mistake_does_not_reach_the_next_resource(text in fragments()) {
        // What is left open in a heredoc or a comment hides what follows.
        let text = text.replace(['<', '*'], "");
        let (file, _) = parse(&format!("{text}\nresource \"t\" \"n\" {{\n}}\n"));
        prop_assert!(file.body.blocks.iter().any(|block| &*block.kind == "resource" && block.labels.len() == 2));
    }

    #[test]
    fn well_formed_text_gives_no_problem(value in expression()) {
        let text = format!("a = {value}\nb \"c\" {{\n  d = {value}\n  e {{\n f = {value}\n }}\n}}\n");
        let (file, problems) = parse(&text);
        prop_assert_eq!(show::problems(&problems), vec![""; 0], "{}", text);
        prop_assert_eq!((file.body.attributes.len(), file.body.blocks.len()), (1, 1));
        inside(&text, &show::spans(&file, &[]))?;
        let block = &file.body.blocks[0].body;
        let values = [&file.body.attributes[0], &block.attributes[0], &block.blocks[0].body.attributes[0]];
        let shown = values.map(|attribute| show::expr(&attribute.value));
        prop_assert!(shown.iter().all(|one| *one == shown[0]));
        let (alone, problems) = parse_expression(&value);
        prop_assert_eq!(problems, vec![]);
        prop_assert_eq!(alone.map(|expr| show::expr(&expr)), Some(shown[0].clone()));
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

/// `STANCE_REPOS` names a folder of checked-out repositories whose files Terraform accepts.
#[test]
fn real_files_give_no_problem() {
    let Some(folder) = std::env::var_os("STANCE_REPOS") else {
        println!("skipped: STANCE_REPOS names no folder of repositories");
        return;
    };
    let (mut files, mut failures) = (0, Vec::new());
    walk(folder.as_ref(), &mut |path| {
        let name = path.to_string_lossy();
        let json = [".tf.json", ".tfvars.json"].iter().any(|end| name.ends_with(end));
        if !json && ![".tf", ".tfvars"].iter().any(|end| name.ends_with(end)) {
            return;
        }
        let text = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
        let (file, problems) = if json { parse_json(&text) } else { parse(&text) };
        files += 1;
        inside(&text, &show::spans(&file, &problems)).unwrap();
        failures.extend(problems.iter().map(|p| format!("{name}: {} {}", p.span.start, p.message)));
    });
    assert_eq!(failures, [""; 0]);
    assert!(files > 0, "no file was found");
}
