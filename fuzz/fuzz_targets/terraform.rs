//! Any text as a root module, with a module and a template beside it: no panic, not even one that is caught (the
//! fuzzer's hook ends at it all the same), and every value can be shown.
#![no_main]

use std::sync::OnceLock;

use catalog::Catalog;
use collect::{Source as _, Tree};
use iac::terraform::{Given, Terraform};
use libfuzzer_sys::fuzz_target;

const CHILD: &str = "variable \"v\" {}\nresource \"aws_s3_bucket\" \"b\" { bucket = var.v }\noutput \"o\" { value = aws_s3_bucket.b }\n";

fuzz_target!(|text: &str| {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    let catalog = CATALOG.get_or_init(Catalog::embedded);
    let tree = Tree::of_texts([("main.tf", text), ("m/main.tf", CHILD), ("t.tpl", text)]);
    let seen = Terraform { catalog, given: Given::default() }.observe(&tree);
    for asset in &seen.assets {
        let _ = asset.document.display();
        let _ = asset.document.references(1_000);
    }
});
