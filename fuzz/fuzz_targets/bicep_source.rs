//! Any text as a template, as a module of it, and as a file of its values: no panic, not even one that is caught (the
//! fuzzer's hook ends at it all the same), and every value can be shown.
#![no_main]

use std::sync::OnceLock;

use catalog::Catalog;
use collect::{Source as _, Tree};
use iac::bicep::Bicep;
use libfuzzer_sys::fuzz_target;

const ROOT: &str =
    "module m 'main.bicep' = { name: 'm', params: { location: 'x' } }\noutput o object = m.outputs\n";

fuzz_target!(|text: &str| {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    let catalog = CATALOG.get_or_init(Catalog::embedded);
    let values = format!("using 'main.bicep'\n{text}");
    let files =
        [("main.bicep", text), ("root.bicep", ROOT), ("shared.bicep", text), ("p.bicepparam", &*values)];
    let seen = Bicep { catalog }.observe(&Tree::of_texts(files));
    for asset in &seen.assets {
        let _ = asset.document.display();
        let _ = asset.document.references(1_000);
    }
});
