//! Native syntax: no panic on any text, and every span of a block or attribute is a range of it.
#![no_main]

use formats::hcl::{Body, parse, parse_expression};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (file, problems) = parse(text);
    ranges(text, &file.body);
    let spans = problems.iter().map(|p| p.span).chain(file.comments.iter().map(|c| c.span));
    spans.for_each(|span| _ = &text[span.start as usize..span.end as usize]);
    let _ = parse_expression(text);
});

fn ranges(text: &str, body: &Body) {
    for attribute in &body.attributes {
        let _ = &text[attribute.span.start as usize..attribute.span.end as usize];
    }
    for block in &body.blocks {
        let _ = &text[block.header.start as usize..block.header.end as usize];
        let _ = &text[block.body.span.start as usize..block.body.span.end as usize];
        ranges(text, &block.body);
    }
}
