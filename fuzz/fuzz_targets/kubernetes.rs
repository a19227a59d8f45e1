//! Any text as a manifest, a kustomization's patch, a Compose file and a Dockerfile at once: no panic, not even one that is
//! caught (the fuzzer's hook ends at it all the same), and every value can be shown.
#![no_main]

use std::sync::OnceLock;

use catalog::Catalog;
use collect::{Source, Tree};
use iac::containers::{compose::Compose, dockerfile::Dockerfiles};
use iac::kubernetes::Kubernetes;
use libfuzzer_sys::fuzz_target;

const BASE: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d, labels: {a: b}}\nspec: {template: {spec: {containers: [{name: c, image: vllm/vllm-openai, args: [--port, '1']}]}}}\n";

fuzz_target!(|text: &str| {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    let catalog = CATALOG.get_or_init(Catalog::embedded);
    let tree = Tree::of_texts([
        ("plain/a.yaml", text),
        ("free/kustomization.yaml", text),
        ("free/b.yaml", BASE),
        (
            "over/kustomization.yaml",
            "resources: [b.yaml]\npatches:\n- {target: {kind: Deployment}, path: p.yaml}\n",
        ),
        ("over/b.yaml", BASE),
        ("over/p.yaml", text),
        ("chart/Chart.yaml", "name: c\n"),
        ("chart/values.yaml", text),
        ("c/compose.yaml", text),
        ("c/.env", text),
        ("d/Dockerfile", text),
        ("e/compose.yaml", "services: {a: {build: ../d, env_file: ../c/.env, command: vllm serve $X}}\n"),
    ]);
    let sources: [&dyn Source; 3] = [&Kubernetes { catalog }, &Compose { catalog }, &Dockerfiles { catalog }];
    for source in sources {
        let seen = source.observe(&tree);
        for asset in &seen.assets {
            let _ = asset.document.display();
            let _ = asset.document.references(1_000);
        }
    }
});
