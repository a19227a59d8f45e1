//! Every format on one small estate, as its reader sees it.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod bom;
mod estate;
mod json;
mod markdown;
mod paths;
mod sarif;
mod saved;
mod terminal;

use report::{Format, render};

#[test]
fn the_same_snapshot_gives_the_same_bytes() {
    let files = estate::files();
    let options = estate::options(&files);
    for format in [Format::Terminal, Format::Json, Format::Sarif, Format::Markdown] {
        let text = render(&estate::snapshot(), format, &options);
        assert_eq!(text, render(&estate::snapshot(), format, &options), "{format:?}");
        assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{format:?}");
    }
}
