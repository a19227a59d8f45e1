//! Plans and states in which anything may stand anywhere: no fault of ours, whatever is read.

use collect::{Source as _, Tree};
use iac::terraform::{TerraformPlan, TerraformState};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{catalog, notes};

const FILES: [&str; 3] = [
    include_str!("recorded/plan.json"),
    include_str!("recorded/shown.json"),
    include_str!("recorded/terraform.tfstate"),
];

/// What is put in the place of something else.
fn odd(which: usize) -> Json {
    let all = [
        json!(null),
        json!(true),
        json!(-1),
        json!(""),
        json!("terraform_data.base[\"\u{301}.\\\"]["),
        json!("module."),
        json!([]),
        json!([[], [true], {}]),
        json!({}),
        json!({"value": {"value": 1, "type": "string"}, "type": ["object", {}]}),
        json!({"references": ["var.in", "module.m.out", "terraform_data.inner.id", "", ".", "["], "constant_value": {}}),
    ];
    all[which % all.len()].clone()
}

/// Replaces what stands at a random place: each step goes to one of the children.
fn tamper(json: &mut Json, path: &[usize], with: usize) {
    let Some((step, rest)) = path.split_first() else {
        *json = odd(with);
        return;
    };
    let child = match json {
        Json::Array(items) if !items.is_empty() => {
            let index = step % items.len();
            items.get_mut(index)
        }
        Json::Object(entries) if !entries.is_empty() => {
            let index = step % entries.len();
            entries.values_mut().nth(index)
        }
        _ => None,
    };
    match child {
        Some(child) => tamper(child, rest, with),
        None => *json = odd(with),
    }
}

proptest! {
    #[test]
    fn anything_may_stand_anywhere(
        file in 0..FILES.len(),
        changes in prop::collection::vec((prop::collection::vec(0..40usize, 1..9), 0..11usize), 1..12),
    ) {
        let mut json: Json = serde_json::from_str(FILES[file]).unwrap();
        for (path, with) in &changes {
            tamper(&mut json, path, *with);
        }
        let text = json.to_string();
        let tree = Tree::of_texts([("infra/plan.json", &*text), ("infra/terraform.tfstate", &*text)]);
        let mut seen = TerraformPlan { catalog: catalog() }.observe(&tree);
        seen.extend(TerraformState { catalog: catalog() }.observe(&tree));
        prop_assert!(!notes(&seen).iter().any(|note| note.contains("internal error")), "{:?}", notes(&seen));
        for asset in &seen.assets {
            let _ = asset.document.display();
        }
    }
}
