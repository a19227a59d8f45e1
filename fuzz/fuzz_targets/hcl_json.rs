//! JSON syntax: no panic on any text, and every span of an attribute or problem is a range of it.
#![no_main]

use formats::hcl::{Body, parse_json, parse_json_variables};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for read in [parse_json, parse_json_variables] {
        let (file, problems) = read(text);
        ranges(text, &file.body);
        problems.iter().for_each(|p| _ = &text[p.span.start as usize..p.span.end as usize]);
    }
});

fn ranges(text: &str, body: &Body) {
    for attribute in &body.attributes {
        let _ = &text[attribute.span.start as usize..attribute.span.end as usize];
    }
    for block in &body.blocks {
        let _ = &text[block.header.start as usize..block.header.end as usize];
        ranges(text, &block.body);
    }
}
