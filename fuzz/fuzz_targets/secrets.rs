//! Any bytes behind a keyword and in files of several sorts: no panic, and every key lies inside the text.
#![no_main]

use std::sync::OnceLock;

use catalog::Catalog;
use collect::{Source as _, Tree};
use libfuzzer_sys::fuzz_target;
use scan::secrets::{Options, Scanner, Secrets};

fuzz_target!(|bytes: &[u8]| {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    static SCANNER: OnceLock<Scanner<'static>> = OnceLock::new();
    let catalog = CATALOG.get_or_init(Catalog::embedded);
    let scanner = SCANNER.get_or_init(|| Scanner::new(catalog));
    let _ = scanner.forms("a.env", bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        let tree = Tree::of_texts([("a.py", text), ("b.ipynb", text), (".mcp.json", text)]);
        let seen = Secrets { catalog, options: Options::default() }.observe(&tree);
        for asset in &seen.assets {
            let _ = asset.document.display();
        }
    }
});
