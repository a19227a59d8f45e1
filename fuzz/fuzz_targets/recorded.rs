//! Any text as a plan and as a state, beside a module and a record of it: no panic, not even one that is caught (the
//! fuzzer's hook ends at it all the same), every value can be shown, and what is the same can be merged.
#![no_main]

use std::sync::OnceLock;

use catalog::Catalog;
use collect::{Source as _, Tree};
use iac::terraform::{TerraformPlan, TerraformState};
use libfuzzer_sys::fuzz_target;

const STATE: &str = r#"{"version": 4, "resources": [{"mode": "managed", "type": "aws_s3_bucket", "name": "b",
    "instances": [{"attributes": {"id": "b", "bucket": "b", "arn": "arn:aws:s3:::b"}}]}]}"#;

fuzz_target!(|text: &str| {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    let catalog = CATALOG.get_or_init(Catalog::embedded);
    let files = [("plan.json", text), ("terraform.tfstate", text), ("other/terraform.tfstate", STATE)];
    let tree = Tree::of_texts(files);
    let mut seen = TerraformPlan { catalog }.observe(&tree);
    seen.extend(TerraformState { catalog }.observe(&tree));
    for asset in &seen.assets {
        let _ = asset.document.display();
        let _ = asset.document.references(1_000);
    }
});
