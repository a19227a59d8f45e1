//! ARM JSON: no panic and no endless evaluation, whatever a template or an expression says.
#![no_main]

use std::sync::OnceLock;

use catalog::Catalog;
use collect::{Source as _, Tree};
use iac::arm::Arm;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    let catalog = CATALOG.get_or_init(Catalog::embedded);
    let whole = if text.starts_with('{') { text.to_owned() } else { around(text) };
    let tree = Tree::of_texts([("azuredeploy.json", whole), ("nested.json", around("parameters('p')"))]);
    let seen = Arm { catalog }.observe(&tree);
    let fault = |reason: &str| reason.starts_with("internal error");
    assert!(!seen.coverage.iter().any(|c| c.reason.as_deref().is_some_and(fault)), "a fault was caught");
});

/// A template in which the text is an expression at every place where one may be.
fn around(text: &str) -> String {
    let expression = serde_json::to_string(&format!("[{text}]")).unwrap_or_default();
    format!(
        r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
"parameters": {{"p": {{"type": "string"}}, "d": {{"type": "object", "defaultValue": {{"a": [1, "x"]}}}}}},
"variables": {{"v": {expression}, "w": ["a", {{"b": 2}}]}},
"functions": [{{"namespace": "n", "members": {{"f": {{"parameters": [{{"name": "x"}}], "output": {{"value": "[parameters('x')]"}}}}}}}}],
"resources": [
  {{"type": "Microsoft.Storage/storageAccounts", "name": "s", "properties": {{"x": {expression}}}}},
  {{"type": "Microsoft.Storage/storageAccounts/blobServices", "name": {expression}, "copy": {{"name": "c", "count": 2}}}},
  {{"type": "Microsoft.Resources/deployments", "name": "d", "condition": {expression}, "properties": {{"templateLink": {{"relativePath": "nested.json"}}, "parameters": {{"p": {{"value": {expression}}}}}}}}}
],
"outputs": {{"o": {{"type": "string", "value": {expression}}}}}}}"#
    )
}
