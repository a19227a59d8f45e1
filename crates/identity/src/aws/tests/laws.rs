//! Laws over small universes, against an evaluator that does nothing clever.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{Estate, ask};

const ACTIONS: [&str; 3] = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"];

#[derive(Clone, Debug)]
struct Said {
    allow: bool,
    not_action: bool,
    actions: Vec<&'static str>,
    not_resource: bool,
    resources: Vec<&'static str>,
}

fn said() -> impl Strategy<Value = Said> {
    let action = prop::sample::select(vec!["s3:GetObject", "s3:Put*", "s3:*", "*", "s3:Get?bject", "ec2:*"]);
    let resource = prop::sample::select(vec![
        "*",
        "arn:aws:s3:::data/*",
        "arn:aws:s3:::*",
        "arn:aws:s3:::other/*",
        "arn:aws:s3:::d*/*",
    ]);
    (
        any::<bool>(),
        prop::bool::weighted(0.2),
        prop::collection::vec(action, 1..3),
        prop::bool::weighted(0.2),
        prop::collection::vec(resource, 1..3),
    )
        .prop_map(|(allow, not_action, actions, not_resource, resources)| Said {
            allow,
            not_action,
            actions,
            not_resource,
            resources,
        })
}

fn json(statements: &[Said]) -> String {
    let one = |s: &Said| {
        serde_json::json!({
            "Effect": if s.allow { "Allow" } else { "Deny" },
            if s.not_action { "NotAction" } else { "Action" }: s.actions,
            if s.not_resource { "NotResource" } else { "Resource" }: s.resources,
        })
        .to_string()
    };
    statements.iter().map(one).collect::<Vec<_>>().join(",")
}

fn fits(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.first(), text.first()) {
        (None, None) => true,
        (Some(b'*'), _) => fits(&pattern[1..], text) || !text.is_empty() && fits(pattern, &text[1..]),
        (Some(b'?'), Some(_)) => fits(&pattern[1..], &text[1..]),
        (Some(p), Some(t)) => p.eq_ignore_ascii_case(t) && fits(&pattern[1..], &text[1..]),
        _ => false,
    }
}

/// What the documentation says of one request, word by word.
fn allowed(statements: &[Said], action: &str) -> bool {
    let object = "arn:aws:s3:::data/some/object";
    let any = |patterns: &[&str], text: &str| patterns.iter().any(|p| fits(p.as_bytes(), text.as_bytes()));
    let matches =
        |s: &&Said| any(&s.actions, action) != s.not_action && any(&s.resources, object) != s.not_resource;
    let mut matching = statements.iter().filter(matches).peekable();
    matching.peek().is_some() && matching.all(|s| s.allow)
}

fn holders(identity: &[Said], boundary: &[Said], bucket: &[Said]) -> Vec<BTreeSet<String>> {
    let (role, boundary) = (json(identity), json(boundary));
    let principal = r#"{"Principal": {"AWS": ["arn:aws:iam::1:role/app", "arn:aws:iam::1:user/ann"]},"#;
    let bucket = json(bucket).replace('{', principal);
    let graph =
        Estate { role: &role, user: &role, boundary: &boundary, bucket: &bucket, ..Estate::default() }
            .graph();
    let told = |action: &&str| ask(&graph, action, "data").lines().map(str::to_owned).collect();
    ACTIONS.iter().map(told).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn the_answer_is_that_of_the_documentation(
        identity in prop::collection::vec(said(), 0..4),
        boundary in prop::collection::vec(said(), 0..3),
        bucket in prop::collection::vec(said(), 0..3),
    ) {
        let told = holders(&identity, &boundary, &bucket);
        for (action, told) in ACTIONS.iter().zip(told) {
            let object = |all: &[Said], allow: bool| {
                let only: Vec<Said> = all.iter().filter(|s| s.allow == allow).cloned().map(|s| Said { allow: true, ..s }).collect();
                allowed(&only, action)
            };
            let denied = |all: &[&[Said]]| all.iter().any(|p| object(p, false));
            let bound = boundary.is_empty() || object(&boundary, true);
            let app = !denied(&[&identity, &boundary, &bucket]) && bound && (object(&identity, true) || object(&bucket, true));
            let ann = !denied(&[&identity, &bucket]) && (object(&identity, true) || object(&bucket, true));
            let expected: BTreeSet<String> = [("app", app), ("ann", ann)].into_iter().filter(|(_, may)| *may).map(|(who, _)| who.to_owned()).collect();
            prop_assert_eq!(told, expected, "{}", action);
        }
    }

    #[test]
    fn more_allows_never_take_and_more_denials_never_give(
        identity in prop::collection::vec(said(), 0..4),
        bucket in prop::collection::vec(said(), 0..2),
        more in said(),
        to_bucket in any::<bool>(),
    ) {
        let before = holders(&identity, &[], &bucket);
        let (mut wider, mut bucket_wider) = (identity, bucket);
        if to_bucket { bucket_wider.push(more.clone()) } else { wider.push(more.clone()) }
        let after = holders(&wider, &[], &bucket_wider);
        for (before, after) in before.iter().zip(&after) {
            match more.allow {
                true => prop_assert!(before.is_subset(after), "{before:?} {after:?}"),
                false => prop_assert!(after.is_subset(before), "{before:?} {after:?}"),
            }
        }
    }
}
