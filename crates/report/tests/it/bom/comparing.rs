//! What changed between two bills, what is wrong with one, and who signed it.

use model::Snapshot;
use report::bom::{Bom, BomFormat, Signer, Verifier, diff, read, render_diff, verify};
use serde_json::{Value as Json, json};

use super::support::{large, small};
use super::{FORMATS, options, render};

/// A CycloneDX bill of another maker.
fn foreign(components: &Json) -> String {
    json!({ "bomFormat": "CycloneDX", "specVersion": "1.6", "components": components }).to_string()
}

fn changes(before: &Json, after: &Json) -> String {
    render_diff(&diff(&read(&foreign(before)).unwrap(), &read(&foreign(after)).unwrap()))
}

#[test]
fn components_meet_by_what_they_are() {
    let package = |version: &str| json!({ "type": "library", "name": "a", "version": version, "purl": format!("pkg:npm/a@{version}") });
    let model = |name: &str, publisher: &str| json!({ "type": "machine-learning-model", "name": name, "supplier": { "name": publisher } });
    let with = |mut item: Json, key: &str, value: Json| {
        item[key] = value;
        item
    };
    for (before, after, want) in [
        (json!([]), json!([]), "0 added, 0 removed, 0 changed\n"),
        (
            json!([package("1")]),
            json!([package("2")]),
            "~ library a 2\n    version: 1 → 2\n\n0 added, 0 removed, 1 changed\n",
        ),
        // Of two versions one stays and one moves.
        (
            json!([package("1"), package("3")]),
            json!([package("3"), package("4")]),
            "~ library a 4\n    version: 1 → 4\n\n0 added, 0 removed, 1 changed\n",
        ),
        (
            json!([package("1")]),
            json!([package("1"), package("2")]),
            "+ library a 2\n\n1 added, 0 removed, 0 changed\n",
        ),
        (
            json!([model("m", "A")]),
            json!([model("m", "B")]),
            "+ machine-learning-model m\n- machine-learning-model m\n\n1 added, 1 removed, 0 changed\n",
        ),
        (
            json!([package("1")]),
            json!([with(package("1"), "hashes", json!([{ "alg": "SHA-1", "content": "ab" }]))]),
            "~ library a 1\n    hash: (none) → SHA-1:ab\n\n0 added, 0 removed, 1 changed\n",
        ),
        (
            json!([with(package("1"), "evidence", json!({ "occurrences": [{ "location": "a" }] }))]),
            json!([package("1")]),
            "0 added, 0 removed, 0 changed\n",
        ),
        // A nested component is a component.
        (
            json!([with(package("1"), "components", json!([model("m", "A")]))]),
            json!([package("1")]),
            "- machine-learning-model m\n\n0 added, 1 removed, 0 changed\n",
        ),
    ] {
        assert_eq!(changes(&before, &after), want, "{before} {after}");
    }
}

fn changed() -> Snapshot {
    let mut snapshot = large();
    snapshot.assets.retain(|a| &*a.kind != "code.guardrail");
    for asset in &mut snapshot.assets {
        let text = match &*asset.address {
            "azurerm_cognitive_deployment.chat" => {
                json!({ "name": "chat", "properties": { "model": { "format": "OpenAI", "name": "gpt-5", "version": "2025-08-07" } } })
            }
            "mcp-server/desk" => {
                json!({ "name": "desk", "transport": "http", "authenticated": true, "tools": [{ "name": "lookup" }, { "name": "drop" }] })
            }
            _ => continue,
        };
        asset.document = super::support::node(&text);
    }
    snapshot
}

#[test]
fn what_a_change_of_code_changes_in_the_bill() {
    let bill = |snapshot: &Snapshot| read(&render(snapshot, BomFormat::CycloneDx)).unwrap();
    insta::assert_snapshot!(render_diff(&diff(&bill(&large()), &bill(&changed()))), @"
    + model gpt-5 2025-08-07
    - guardrail pii
    - model gpt-4.1 2025-04-14
    ~ agent triage
        protected-by: code.guardrail:pii → (none)
    ~ mcp-server desk
        authenticated: false → true
        tool: close → drop
    ~ model-deployment chat
        uses-model: model:openai/gpt-4.1@2025-04-14 → model:openai/gpt-5@2025-08-07

    1 added, 2 removed, 3 changed
    ");
    assert!(diff(&bill(&large()), &bill(&large())).is_empty());
}

#[test]
fn the_two_formats_tell_of_the_same_things() {
    let [cyclonedx, spdx] = FORMATS.map(|format| read(&render(&large(), format)).unwrap());
    let found = diff(&cyclonedx, &spdx);
    assert!(found.is_empty(), "{}", render_diff(&found));
}

#[test]
fn what_does_not_hold_together_is_told() {
    let bill = |patch: &Json| {
        let mut bill = json!({
            "bomFormat": "CycloneDX", "specVersion": "1.7",
            "components": [{ "type": "library", "bom-ref": "a", "name": "a" }, { "type": "library", "bom-ref": "b", "name": "b" }],
            "dependencies": [{ "ref": "a", "dependsOn": ["b"] }],
        });
        for (key, value) in patch.as_object().unwrap() {
            bill[key] = value.clone();
        }
        let text = bill.to_string();
        verify(&read(&text).unwrap(), &text)
    };
    assert_eq!(bill(&json!({})).problems, Vec::<String>::new());
    assert_eq!(bill(&json!({})).unchanged, None, "another tool's");
    for (patch, want) in [
        (json!({ "specVersion": "2.0" }), r#"specVersion "2.0" is not one of 1.2 to 1.7"#),
        (
            json!({ "dependencies": [{ "ref": "a", "dependsOn": ["c"] }] }),
            r#"a refers to "c", which is not in the bill"#,
        ),
        (
            json!({ "dependencies": [{ "ref": "a" }, { "ref": "a" }] }),
            r#"the dependencies of "a" are told twice"#,
        ),
        (json!({ "services": [{ "bom-ref": "a", "name": "s" }] }), r#"two things have the bom-ref "a""#),
        (json!({ "services": [{ "bom-ref": "s" }] }), r#"the component "s" has no name"#),
    ] {
        assert_eq!(bill(&patch).problems, [want], "{patch}");
    }
    let graph = json!({ "@context": "c", "@graph": [
        { "type": "SpdxDocument", "spdxId": "urn:d" }, { "type": "Relationship", "spdxId": "urn:r", "from": "urn:d", "to": ["urn:x"] },
    ] });
    let text = graph.to_string();
    assert_eq!(
        verify(&read(&text).unwrap(), &text).problems,
        [r#"urn:r refers to "urn:x", which is not in the bill"#]
    );
}

#[test]
fn what_is_no_bill_is_refused() {
    for (text, want) in [
        ("", "not JSON"),
        ("[]", "neither CycloneDX"),
        (r#"{"bomFormat":"SPDX"}"#, "neither"),
        (&"[".repeat(100_000), "not JSON"),
    ] {
        let error = read(text).unwrap_err().to_string();
        assert!(error.starts_with(want), "{error}");
    }
    assert!(read(&foreign(&json!({ "name": 1 }))).unwrap().is_empty(), "of the wrong shape: nothing listed");
}

#[test]
fn a_signature_holds_for_these_bytes_and_this_key_alone() {
    let (signer, other) = (Signer::from_bytes(&[7; 32]), Signer::from_bytes(&[8; 32]));
    for format in FORMATS {
        let bill = Bom::of(&small(), "desk").render(format, &options(true));
        let envelope = signer.sign(&bill, format);
        assert_eq!(envelope, signer.sign(&bill, format), "the same bytes each time");
        signer.verifier().check(&envelope, &bill, format).unwrap();
        let error = |verifier: &Verifier, envelope: &str, bill: &str, format| {
            verifier.check(envelope, bill, format).unwrap_err().to_string()
        };
        let changed = bill.replacen("triage", "triagf", 1);
        assert_eq!(
            error(&signer.verifier(), &envelope, &changed, format),
            "the envelope holds another document"
        );
        assert_eq!(
            error(&other.verifier(), &envelope, &bill, format),
            "no signature of the envelope is one of this key"
        );
        // A payload that was changed with the document is not what was signed.
        let mut forged: Json = serde_json::from_str(&envelope).unwrap();
        let honest: Json = serde_json::from_str(&signer.sign(&changed, format)).unwrap();
        forged["payload"] = honest["payload"].clone();
        assert_eq!(
            error(&signer.verifier(), &forged.to_string(), &changed, format),
            "no signature of the envelope is one of this key"
        );
        let wrong = if format == BomFormat::Spdx { BomFormat::CycloneDx } else { BomFormat::Spdx };
        assert!(
            error(&signer.verifier(), &envelope, &bill, wrong).starts_with("the envelope says that it holds")
        );
        assert!(error(&signer.verifier(), "{}", &bill, format).starts_with("the envelope cannot be read"));
    }
    assert!(Signer::from_pem("-----BEGIN PRIVATE KEY-----").is_err() && Verifier::from_pem("").is_err());
}
