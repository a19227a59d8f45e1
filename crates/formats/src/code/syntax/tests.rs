//! Tests of `syntax`.

use proptest::prelude::*;

use super::super::{parse, show::show};
use super::*;

const ALL: [Language; 5] = [Language::Go, Language::Java, Language::CSharp, Language::Kotlin, Language::Rust];

/// An expression where each language takes one.
fn within(language: Language, expression: &str) -> String {
    match language {
        Language::Go => format!("package a\nfunc f() {{ x := {expression} }}\n"),
        Language::Java | Language::CSharp => {
            format!("class A {{ void f() {{ var x = {expression}; }} }}\n")
        }
        Language::Kotlin => format!("fun f() {{\n val x = {expression}\n}}\n"),
        _ => format!("fn f() {{ let x = {expression}; }}\n"),
    }
}

#[test]
fn nesting_without_measure_is_cut() {
    for language in ALL {
        for expression in [
            format!("{}1{}", "(".repeat(100_000), ")".repeat(100_000)),
            "1 + ".repeat(5_000) + "1",
            format!("a{}", ".b()".repeat(5_000)),
            format!("{}1{}", "f(".repeat(2_000), ")".repeat(2_000)),
        ] {
            let source = within(language, &expression);
            let unit = parse(language, &source);
            assert!(!unit.problems.is_empty(), "{language:?} {}", &source[..50]);
        }
    }
}

#[test]
fn brackets_that_are_never_closed_end() {
    for language in ALL {
        for piece in
            ["(", "[", "{", "f(", "a<", "\"${", "if (a) { ", "class A { ", "-", "'", "x => ", "fn(", "a!("]
        {
            let source = within(language, &piece.repeat(500));
            let unit = parse(language, &source);
            assert!(!unit.problems.is_empty(), "{language:?} {piece}");
        }
    }
}

#[test]
fn what_takes_long_to_parse_is_not_read() {
    for language in [Language::Java, Language::CSharp] {
        let source = within(language, &"a<".repeat(50_000));
        let unit = parse(language, &source);
        assert!(unit.body.is_empty());
        assert_eq!(unit.problems.len(), 1);
    }
}

#[test]
fn branches_without_measure_are_cut() {
    for (language, piece) in [
        (Language::Go, "if a { b() } else "),
        (Language::Java, "if (a) b(); else "),
        (Language::CSharp, "if (a) b(); else "),
        (Language::Kotlin, "if (a) b() else "),
        (Language::Rust, "if a { b() } else "),
    ] {
        let block = format!("{}{{ c() }}", piece.repeat(2_000));
        let source = match language {
            Language::Java | Language::CSharp => format!("class A {{ void f() {{ {block} }} }}"),
            Language::Kotlin => format!("fun f() {{ {block} }}"),
            Language::Go => format!("func f() {{ {block} }}"),
            _ => format!("fn f() {{ {block} }}"),
        };
        let unit = parse(language, &source);
        assert!(!unit.problems.is_empty(), "{language:?}");
    }
}

#[test]
fn a_file_too_large_is_not_read() {
    let source = " ".repeat(MAX_BYTES + 1);
    assert_eq!(parse(Language::Go, &source).problems.len(), 1);
}

#[test]
fn many_arms_give_a_shallow_choice() {
    let arms: String = (0..5_000).map(|i| format!("case {i} -> {i}; ")).collect();
    let source = format!("class A {{ int f(int k) {{ return switch (k) {{ {arms} default -> 0; }}; }} }}");
    let unit = parse(Language::Java, &source);
    assert!(unit.problems.is_empty());
    assert!(show(&unit).contains("4999"));
}

proptest! {
    #[test]
    fn any_text_is_read(text in "\\PC{0,200}", language in 0..5usize) {
        parse(ALL[language], &text);
    }

    #[test]
    fn any_words_are_read(
        words in proptest::collection::vec(
            proptest::sample::select(vec![
                "class", "A", "fun", "func", "fn", "(", ")", "{", "}", "[", "]", "<", ">", "=", "=>", "->", ":", ";",
                ",", ".", "\"", "\"\"\"", "$\"", "${", "`", "'", "\\", "x", "if", "else", "switch", "when", "match", "case",
                "new", "return", "let", "val", "var", "import", "use", "using", "package", "@", "#[", "!", "?", "::", "&",
                "impl", "struct", "type", "for", "in", "try", "catch", "1", "json!", "format!", "//", "/**", "*/", "\n", "é",
            ]),
            0..60,
        ),
        language in 0..5usize,
    ) {
        parse(ALL[language], &words.join(" "));
    }
}
