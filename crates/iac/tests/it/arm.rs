//! ARM JSON templates in, documents out.

use std::collections::BTreeMap;

use collect::{Source as _, Tree};
use iac::arm::Arm;
use model::{Asset, Node, Observations};
use serde_json::{Value as Json, json};

use super::{catalog, notes};

const SCHEMA: &str = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";

fn observe(files: &[(&str, &str)]) -> Observations {
    Arm { catalog: catalog() }.observe(&Tree::of_texts(files.iter().copied()))
}

/// A template with these sections.
fn template(sections: &Json) -> String {
    let mut whole = json!({ "$schema": SCHEMA, "contentVersion": "1.0.0.0" });
    whole.as_object_mut().unwrap().extend(sections.as_object().unwrap().clone());
    serde_json::to_string_pretty(&whole).unwrap()
}

/// The documents of the tests' own resources by address; ids without the deployment's own scope.
fn documents(seen: &Observations) -> Json {
    let own = seen.assets.iter().filter(|asset| asset.source_type.to_lowercase().starts_with("test."));
    let document = |asset: &Asset| {
        let text = serde_json::to_string(&asset.document).unwrap();
        let group =
            "/subscriptions/${? subscription().subscriptionId}/resourceGroups/${? resourceGroup().name}";
        (asset.address.to_string(), serde_json::from_str(&text.replace(group, "~")).unwrap())
    };
    Json::Object(own.map(document).collect())
}

fn noted(seen: &Observations) -> Vec<String> {
    notes(seen).into_iter().filter(|note| !note.ends_with("has no card")).collect()
}

/// Asserts every document of a template, and that nothing is noted.
#[track_caller]
fn check(sections: &Json, expected: &Json) {
    let seen = observe(&[("azuredeploy.json", &template(sections))]);
    assert_eq!(documents(&seen), *expected, "\nnotes: {:#?}", notes(&seen));
    assert_eq!(noted(&seen), Vec::<String>::new());
}

/// Asserts what an expression evaluates to, as a property of a resource in a template with `sections`.
#[track_caller]
fn value(sections: &Json, expression: &Json, expected: &Json) {
    let mut sections = sections.clone();
    let resource = json!({"type": "Test.A/bs", "apiVersion": "2024-01-01", "name": "n", "properties": {"x": expression}});
    sections["resources"] = json!([resource]);
    check(&sections, &json!({"Test.A/bs/n": {"name": "n", "properties": {"x": expected}}}));
}

fn asset<'s>(seen: &'s Observations, address: &str) -> &'s Asset {
    let found = seen.assets.iter().find(|a| &*a.address == address);
    found.unwrap_or_else(|| panic!("no {address}: {:#?} {:#?}", documents(seen), notes(seen)))
}

/// What a value is from: `account.id`.
fn from(node: &Node) -> String {
    node.from.as_ref().map(ToString::to_string).unwrap_or_default()
}

#[test]
fn parameters_variables_and_functions_have_their_values() {
    let sections = json!({
        "parameters": {
            "given": {"type": "string", "defaultValue": "[concat('d', '-', parameters('other'))]"},
            "other": {"type": "string", "defaultValue": "o"},
            "none": {"type": "string"},
            "absent": {"type": "string", "nullable": true},
        },
        "variables": {
            "one": "[toUpper(parameters('GIVEN'))]",
            "nested": {"list": ["[variables('one')]", 2]},
            "copy": [{"name": "made", "count": 2, "input": "[concat('m', copyIndex('made', 1))]"}],
        },
        "functions": [{"namespace": "own", "members": {"twice": {
            "parameters": [{"name": "text", "type": "string"}],
            "output": {"type": "string", "value": "[concat(parameters('text'), parameters('text'))]"},
        }}}],
    });
    for (expression, expected) in [
        (json!("[variables('nested').list[0]]"), json!("D-O")),
        (json!("[variables('made')]"), json!(["m1", "m2"])),
        (json!("[own.twice('ab')]"), json!("abab")),
        (json!("[[not an expression]"), json!("[not an expression]")),
        (json!("[parameters('none')]"), json!({"$unknown": "parameter none has no value"})),
        (json!("[concat('a-', parameters('none'))]"), json!({"$text": "a-${? parameter none has no value}"})),
        (json!("[if(empty(parameters('absent')), 'none', 'some')]"), json!("none")),
        (json!("[and(false(), equals(parameters('none'), 'x'))]"), json!(false)),
        (json!("[if(true(), 'lazy', fail('no'))]"), json!("lazy")),
        (json!("[map(range(0, 2), lambda('i', concat('x', lambdaVariables('i'))))]"), json!(["x0", "x1"])),
        (
            json!({"copy": [{"name": "disks", "count": 2, "input": {"lun": "[copyIndex('disks')]"}}]}),
            json!({"disks": [{"lun": 0}, {"lun": 1}]}),
        ),
        (json!("[tryGet(variables('nested'), 'no', 'such')]"), json!(null)),
    ] {
        value(&sections, &expression, &expected);
    }
}

#[test]
fn marks_stay_with_values() {
    let text = template(&json!({
        "parameters": {
            "secret": {"type": "secureString"},
            "settings": {"$ref": "#/definitions/settings"},
            "plain": {"type": "string", "defaultValue": "p"},
        },
        "definitions": {"settings": {"type": "object", "properties": {"key": {"type": "securestring"}, "name": {"type": "string"}}}},
        "resources": [{"type": "Test.A/bs", "apiVersion": "1", "name": "n", "properties": {
            "secret": "[concat('x', parameters('secret'))]",
            "settings": "[parameters('settings')]",
            "plain": "[toUpper(parameters('plain'))]",
            "vault": "[parameters('vault')]",
        }}],
    }));
    let given = json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {
            "secret": {"reference": {"keyVault": {"id": "/x"}, "secretName": "s"}},
            "settings": {"value": {"key": "k", "name": "n"}},
        },
    });
    let given = serde_json::to_string_pretty(&given).unwrap();
    let seen = observe(&[("azuredeploy.json", &text), ("azuredeploy.parameters.json", &given)]);
    let document = &asset(&seen, "Test.A/bs/n").document;
    let at = |path: &str| document.at_path(path).unwrap();
    assert!(at("properties.secret").sensitive && at("properties.settings.key").sensitive);
    assert!(!at("properties.settings.name").sensitive);
    assert!(at("properties.plain").assumed && !at("properties.settings").assumed);
    let trail: Vec<String> =
        at("properties.settings").at.iter().flat_map(|a| a.trail()).map(ToString::to_string).collect();
    assert_eq!(trail, ["azuredeploy.json:36:21", "azuredeploy.parameters.json:14:16"]);
    assert_eq!(noted(&seen), ["azuredeploy.json:37:18: there is no parameter vault"]);
}

#[test]
fn classic_and_symbolic_templates_are_the_same() {
    let account = json!({
        "type": "Test.A/accounts", "apiVersion": "2024-01-01", "name": "[parameters('name')]",
        "location": "[resourceGroup().location]", "comments": "said", "dependsOn": [],
        "tags": {"a": "b"}, "properties": {"access": "Disabled"},
    });
    let child = json!({
        "type": "Test.A/accounts/models", "apiVersion": "2024-01-01", "name": "[concat(parameters('name'), '/m')]",
        "copy": {"name": "many", "count": 1},
    });
    let parameters = json!({"name": {"type": "string", "defaultValue": "acct"}});
    let account_document = json!({
        "name": "acct", "location": {"$ref": "resourceGroup().location"}, "tags": {"a": "b"},
        "properties": {"access": "Disabled"},
    });
    let child_document = json!({"name": "m", "parent": {"$text": "~/providers/Test.A/accounts/acct"}});
    check(
        &json!({"parameters": parameters, "resources": [account, child]}),
        &json!({"Test.A/accounts/acct": account_document, "Test.A/accounts/acct/models/m": child_document}),
    );
    check(
        &json!({"languageVersion": "2.0", "parameters": parameters, "resources": {"account": account, "model": child}}),
        &json!({"account": account_document, "model[0]": child_document}),
    );
    let mut inline = account;
    inline["resources"] = json!([{"type": "models", "apiVersion": "2024-01-01", "name": "m"}]);
    check(
        &json!({"parameters": parameters, "resources": [inline]}),
        &json!({"Test.A/accounts/acct": account_document, "Test.A/accounts/acct/models/m": child_document}),
    );
}

#[test]
fn references_lead_to_what_is_declared() {
    let seen = observe(&[(
        "infra/main.json",
        &template(&json!({
            "variables": {"name": "[concat('st', uniqueString(resourceGroup().id))]"},
            "resources": [
                {"type": "Test.A/stores", "apiVersion": "1", "name": "[variables('name')]", "properties": {"tier": "Hot"}},
                {"type": "Test.M/identities", "apiVersion": "1", "name": "uai"},
                {"type": "Test.A/users", "apiVersion": "1", "name": "user", "identity": {
                    "type": "UserAssigned",
                    "userAssignedIdentities": {"[resourceId('Test.M/identities', 'uai')]": {}},
                }, "properties": {
                    "id": "[resourceId('Test.A/stores', variables('name'))]",
                    "written": "[reference(variables('name')).tier]",
                    "computed": "[reference(resourceId('Test.A/stores', variables('name')), '2024-01-01').endpoint]",
                    "principal": "[reference('uai', '1', 'Full').identity.principalId]",
                    "key": "[listKeys(variables('name'), '1').keys[0].value]",
                    "text": "[format('key={0};', listKeys(variables('name'), '1').keys[0].value)]",
                    "composed": "[format('{0}/providers/Test.A/stores/{1}', resourceGroup().id, variables('name'))]",
                    "outside": "[resourceId('other', 'Test.A/stores', 'x')]",
                    "same": "[resourceId(subscription().subscriptionId, resourceGroup().name, 'Test.A/stores', variables('name'))]",
                }},
                {"type": "Microsoft.Authorization/roleAssignments", "apiVersion": "1", "name": "r", "scope": "[format('Test.A/stores/{0}', variables('name'))]"},
                {"type": "Test.A/stores/providers/roleAssignments", "apiVersion": "1", "name": "[concat(variables('name'), '/Microsoft.Authorization/old')]"},
                {"type": "Microsoft.Authorization/roleAssignments", "apiVersion": "1", "name": "wide"},
            ],
        })),
    )]);
    let user = &asset(&seen, "Test.A/users/user").document;
    let at = |path: &str| user.at_path(path).unwrap();
    let store = "Test.A/stores/[variables('name')]";
    for (path, attribute) in [
        ("id", "id"),
        ("same", "id"),
        ("composed", "id"),
        ("written", "properties.tier"),
        ("computed", "properties.endpoint"),
        ("key", "listKeys().keys[0].value"),
    ] {
        assert_eq!(from(at(&format!("properties.{path}"))), format!("{store}.{attribute}"), "{path}");
    }
    assert_eq!(at("properties.written").as_str(), Some("Hot"));
    assert_eq!(from(at("properties.principal")), "Test.M/identities/uai.identity.principalId");
    assert_eq!(from(at("properties.outside")), "");
    let text = at("properties.text");
    assert!(text.sensitive && at("properties.key").sensitive);
    assert_eq!(text.references(8)[0].to_string(), format!("{store}.listKeys().keys[0].value"));
    let identities = at("identity.userAssignedIdentities").as_map().unwrap();
    assert_eq!(identities.values().map(from).collect::<Vec<_>>(), ["Test.M/identities/uai.id"]);
    let grants: BTreeMap<&str, String> = seen
        .assets
        .iter()
        .filter(|a| &*a.kind == "azure.authorization.role-assignment")
        .map(|a| (&*a.name, from(a.document.at_path("properties.scope").unwrap())))
        .collect();
    let id = format!("{store}.id");
    let want = [("old", id.clone()), ("r", id), ("wide", "resourceGroup().id".to_owned())];
    assert_eq!(grants, want.into_iter().collect());
    assert_eq!(noted(&seen), Vec::<String>::new());
}

#[test]
fn conditions_are_three_valued() {
    let resource = |name: &str, condition: &str| json!({"type": "Test.A/bs", "apiVersion": "1", "name": name, "condition": condition});
    let seen = observe(&[(
        "azuredeploy.json",
        &template(&json!({
            "parameters": {
                "on": {"type": "bool", "defaultValue": false},
                "open": {"type": "bool"},
            },
            "resources": [
                resource("yes", "[not(parameters('on'))]"),
                resource("no", "[equals(1, 2)]"),
                resource("assumed", "[parameters('on')]"),
                resource("unknown", "[parameters('open')]"),
            ],
        })),
    )]);
    let names: Vec<String> =
        seen.assets.iter().filter(|a| &*a.source_type == "Test.A/bs").map(|a| a.name.clone()).collect();
    assert_eq!(names, ["yes", "unknown"]);
    assert_eq!(
        noted(&seen),
        [
            "azuredeploy.json:30:7: a resource of type Test.A/bs is turned off by the default of a parameter",
            "azuredeploy.json:36:7: a resource of type Test.A/bs depends on a condition that is not known: parameter open has no value",
        ]
    );
}

#[test]
fn nested_deployments_take_and_give_values() {
    let inner = |scope: &str, value: &str| {
        json!({
            "type": "Microsoft.Resources/deployments", "apiVersion": "1", "name": format!("dep-{scope}"),
            "properties": {
                "mode": "Incremental",
                "expressionEvaluationOptions": {"scope": scope},
                "parameters": {"name": {"value": "[parameters('name')]"}},
                "template": {
                    "$schema": SCHEMA, "contentVersion": "1.0.0.0",
                    "parameters": {"name": {"type": "string"}},
                    "variables": {"v": "inner"},
                    "resources": [{"type": "Test.A/bs", "apiVersion": "1", "name": value}],
                    "outputs": {"made": {"type": "string", "value": "[resourceId('Test.A/bs', 'i-x-inner')]"}},
                },
            },
        })
    };
    check(
        &json!({
            "parameters": {"name": {"type": "string", "defaultValue": "x"}},
            "variables": {"v": "outer"},
            "resources": [
                inner("inner", "[concat('i-', parameters('name'), '-', variables('v'))]"),
                inner("outer", "[concat('o-', parameters('name'), '-', variables('v'))]"),
                {"type": "Test.A/cs", "apiVersion": "1", "name": "c", "properties": {
                    "made": "[reference('dep-inner').outputs.made.value]",
                }},
            ],
        }),
        &json!({
            "module.dep-inner.Test.A/bs/i-x-inner": {"name": "i-x-inner"},
            "module.dep-outer.Test.A/bs/o-x-outer": {"name": "o-x-outer"},
            "Test.A/cs/c": {"name": "c", "properties": {"made": {"$ref": "~"}}},
        })
        .as_object()
        .map(|o| {
            let mut o = o.clone();
            o["Test.A/cs/c"]["properties"]["made"] = json!({"$text": "~/providers/Test.A/bs/i-x-inner"});
            Json::Object(o)
        })
        .unwrap(),
    );
}

#[test]
fn linked_templates_are_read_from_beside_and_are_no_roots() {
    let linked = template(&json!({
        "parameters": {"name": {"type": "string"}},
        "resources": [{"type": "Test.A/bs", "apiVersion": "1", "name": "[parameters('name')]"}],
    }));
    let link = |name: &str, uri: Json| {
        json!({"type": "Microsoft.Resources/deployments", "apiVersion": "1", "name": name, "properties": {
            "templateLink": uri, "parameters": {"name": {"value": name}},
        }})
    };
    let root = template(&json!({
        "parameters": {"_artifactsLocation": {"type": "string", "defaultValue": "[deployment().properties.templateLink.uri]"}},
        "resources": [
            link("a", json!({"uri": "[uri(parameters('_artifactsLocation'), 'nested/one.json')]"})),
            link("b", json!({"relativePath": "nested/one.json"})),
            link("c", json!({"uri": "https://example.com/elsewhere.json?sig=x"})),
        ],
    }));
    let seen = observe(&[("t/azuredeploy.json", &root), ("t/nested/one.json", &linked)]);
    assert_eq!(
        documents(&seen),
        json!({"module.a.Test.A/bs/a": {"name": "a"}, "module.b.Test.A/bs/b": {"name": "b"}})
    );
    assert!(seen.assets.iter().all(|a| &*a.scope == "t/azuredeploy.json"), "the linked template is no root");
    assert_eq!(
        noted(&seen),
        [
            "t/azuredeploy.json:54:7: nested deployment: its template example.com/elsewhere.json is not on disk, its resources are not assessed"
        ]
    );
}

#[test]
fn scopes_contain_what_is_deployed_to_them() {
    let text = template(&json!({
        "resources": [
            {"type": "Microsoft.Resources/resourceGroups", "apiVersion": "1", "name": "rg", "location": "eastus"},
            {"type": "Microsoft.Resources/deployments", "apiVersion": "1", "name": "d", "resourceGroup": "rg", "properties": {
                "expressionEvaluationOptions": {"scope": "inner"},
                "template": {"$schema": SCHEMA, "resources": [{"type": "Test.A/bs", "apiVersion": "1", "name": "b"}]},
            }},
        ],
    }))
    .replace("deploymentTemplate.json#\",\n  \"contentVersion", "subscriptionDeploymentTemplate.json#\",\n  \"contentVersion");
    let text = text.replacen("2019-04-01/deploymentTemplate", "2018-05-01/subscriptionDeploymentTemplate", 1);
    let seen = observe(&[("main.json", &text)]);
    let mut contained: Vec<String> = seen
        .links
        .iter()
        .map(|link| format!("{} in {}", link.from.0.replace("main.json#", ""), from(&link.target)))
        .collect();
    contained.sort();
    let group = "Microsoft.Resources/resourceGroups/rg";
    assert_eq!(
        contained,
        [
            format!("{group} in subscription()"),
            "deployment() in subscription()".to_owned(),
            format!("module.d in {group}"),
            format!("module.d.Test.A/bs/b in {group}"),
        ]
    );
}

#[test]
fn what_goes_wrong_is_told_with_its_place() {
    for (sections, want) in [
        (
            json!({"variables": {"a": "[variables('b')]", "b": "[variables('a')]"}, "resources": [{"type": "Test.A/bs", "name": "n", "properties": {"x": "[variables('a')]"}}]}),
            "azuredeploy.json:8:14: variable a depends on itself",
        ),
        (json!({"resources": [{"type": "Test.A/bs", "name": "n", "properties": {"x": "[concat('a'"}}]}), ""),
        (
            json!({"resources": [{"type": "Test.A/bs", "name": "n", "properties": {"x": "[concat('a']"}}]}),
            "azuredeploy.json:8:14: the expression ends too early: a comma or ) is expected",
        ),
        (json!({"resources": ["text"]}), "azuredeploy.json:5:5: a resource is text"),
        (
            json!({"resources": {"x": {"type": "Test.A/bs", "name": "n", "copy": {"name": "l", "count": -1}}}}),
            "azuredeploy.json:5:5: x cannot be evaluated: the number of a loop is negative",
        ),
    ] {
        let seen = observe(&[("azuredeploy.json", &template(&sections))]);
        assert_eq!(noted(&seen).first().map_or("", |n| n), want, "{sections}");
    }
}

#[test]
fn vast_loops_come_to_an_end() {
    let many = json!({"name": "l", "count": 1_000_000});
    let seen = observe(&[(
        "azuredeploy.json",
        &template(&json!({
            "variables": {"copy": [{"name": "v", "count": 1_000_000, "input": "[copyIndex('v')]"}]},
            "resources": [
                {"type": "Test.A/bs", "name": "[concat('n', copyIndex())]", "copy": many},
                {"type": "Test.A/cs", "name": "c", "properties": {"x": "[variables('v')]", "y": "[range(0, 1000000)]"}},
            ],
        })),
    )]);
    assert_eq!(
        noted(&seen),
        [
            "azuredeploy.json:7:18: more than 2000 instances of a loop, the rest is not assessed",
            "azuredeploy.json:16:14: a loop makes more than 100000 elements",
            "azuredeploy.json:17:14: the result has more than 100000 elements",
        ]
    );
    assert_eq!(seen.assets.iter().filter(|a| &*a.source_type == "Test.A/bs").count(), 2_000);
}

#[test]
fn only_templates_are_read() {
    for text in [
        "{\"$schema\": \"https://schema.management.azure.com/schemas/0.1.2-preview/CreateUIDefinition.MultiVm.json#\"}",
        "{\"properties\": {\"policyRule\": {\"then\": {\"details\": {\"deployment\": {\"template\": {\"$schema\": \"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#\"}}}}}}}",
        "not JSON at all, deploymentTemplate.json",
        "[]",
    ] {
        let seen = observe(&[("some.json", text)]);
        assert_eq!((seen.assets.len(), seen.coverage.len()), (0, 0), "{text}");
    }
}
