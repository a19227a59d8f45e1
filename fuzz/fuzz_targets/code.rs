//! Source code: no panic and no overflow on any text in any language, and every span is a range of it. The first byte says the
//! language.
#![no_main]

use formats::code::{ExprId, Language, markup_of, parse, scripts_of};
use libfuzzer_sys::fuzz_target;

const LANGUAGES: [Language; 9] = [
    Language::Python,
    Language::JavaScript,
    Language::TypeScript,
    Language::Tsx,
    Language::Go,
    Language::Java,
    Language::CSharp,
    Language::Rust,
    Language::Kotlin,
];

fuzz_target!(|text: &str| {
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return };
    let text = chars.as_str();
    let unit = parse(LANGUAGES[first as usize % LANGUAGES.len()], text);
    let spans = (0..unit.len()).map(|id| unit.span(ExprId(id))).chain(unit.problems.iter().map(|p| p.span));
    spans.for_each(|span| _ = &text[span.start as usize..span.end as usize]);
    // Expressions are made of those before them, so that reading them ends.
    (0..unit.len()).for_each(|id| unit.children(ExprId(id), |child| assert!(child.0 < id)));
    scripts_of(text).into_iter().for_each(|(_, range)| _ = &text[range]);
    markup_of(text).into_iter().for_each(|range| _ = &text[range]);
});
