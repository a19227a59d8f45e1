//! Templates: no panic on any text, and every span of a text or an interpolation is a range of it.
#![no_main]

use formats::hcl::{Part, parse_template};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (parts, problems) = parse_template(text);
    problems.iter().for_each(|p| _ = &text[p.span.start as usize..p.span.end as usize]);
    ranges(text, &parts);
});

fn ranges(text: &str, parts: &[Part]) {
    for part in parts {
        match part {
            Part::Text(_, span) => _ = &text[span.start as usize..span.end as usize],
            Part::Interpolation(of) => _ = &text[of.span.start as usize..of.span.end as usize],
            Part::If { then, otherwise, .. } => [then, otherwise].into_iter().for_each(|p| ranges(text, p)),
            Part::For { body, .. } => ranges(text, body),
        }
    }
}
