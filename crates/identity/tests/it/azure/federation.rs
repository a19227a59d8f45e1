//! Who signs in as an identity through a federated credential.

use super::*;

const SIGN_IN: &str = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedSignIn/action";
const GITHUB: &str = "https://token.actions.githubusercontent.com";

fn credential(issuer: &str, subject: &str) -> String {
    format!(
        r#"
resource "azurerm_federated_identity_credential" "c" {{
  name      = "c"
  parent_id = azurerm_user_assigned_identity.app.id
  issuer    = {issuer}
  subject   = "{subject}"
  audience  = ["api://AzureADTokenExchange"]
}}
"#
    )
}

const DEPLOY_JOB: &str = "on:\n  push:\n    branches: [main]\npermissions:\n  id-token: write\njobs:\n  deploy:\n    runs-on: ubuntu-latest\n    environment: prod\n    steps:\n      - run: az login\n  build:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n";

#[test]
fn pipelines_of_the_repository_that_is_trusted() {
    let app = "azurerm_user_assigned_identity.app";
    for (subject, want) in [
        (
            "repo:acme/ai:environment:prod",
            vec!["<pipelines of GitHub repository acme/ai (environment prod)>: allowed", "deploy"],
        ),
        (
            "repo:acme/ai:environment:test",
            vec!["<pipelines of GitHub repository acme/ai (environment test)>: allowed"],
        ),
        (
            "repo:acme/ai:ref:refs/heads/main",
            vec!["<pipelines of GitHub repository acme/ai (branch main)>: allowed", "build"],
        ),
        (
            "repo:acme/ai:ref:refs/heads/dev",
            vec!["<pipelines of GitHub repository acme/ai (branch dev)>: allowed"],
        ),
        (
            "repo:acme/ai:pull_request",
            vec!["<pipelines of GitHub repository acme/ai (pull requests)>: allowed"],
        ),
    ] {
        let text = format!("{ESTATE}{}", credential(&format!("\"{GITHUB}\""), subject));
        let catalog = catalog();
        let graph =
            graphs::of_texts(catalog, &[("main.tf", &text), (".github/workflows/deploy.yml", DEPLOY_JOB)]);
        let access = Access::derive(&graph, catalog);
        let found = answers(&graph, &access, &[SIGN_IN], On::Asset(index(&graph, app)), &[]);
        assert_eq!(found.len(), want.len(), "{subject}: {found:?}");
        for (line, part) in found.iter().zip(want) {
            assert!(line.contains(part), "{subject}: {line}");
            assert!(part.starts_with('<') || line.contains("is in repository acme/ai"), "{line}");
        }
    }
}

#[test]
fn wildcards_let_many_in() {
    let flexible = |expression: &str| {
        format!(
            r#"
resource "azuread_application" "a" {{
  display_name = "a"
}}
resource "azuread_application_flexible_federated_identity_credential" "c" {{
  display_name               = "c"
  application_id             = azuread_application.a.id
  issuer                     = "{GITHUB}"
  audience                   = "api://AzureADTokenExchange"
  claims_matching_expression = "{expression}"
}}
"#
        )
    };
    for (expression, want) in [
        ("claims['sub'] matches '*'", "<any GitHub repository>: allowed"),
        ("claims['sub'] matches 'repo:*'", "<any GitHub repository>: allowed"),
        ("claims['sub'] matches 'repo:acme/*'", "<any GitHub repository acme/*>: allowed"),
        (
            "claims['sub'] matches 'repo:acme/ai:ref:refs/heads/*'",
            "<pipelines of GitHub repository acme/ai (branch *)>: allowed",
        ),
        (
            "claims['sub'] eq 'repo:acme/ai:pull_request' and claims['x'] eq 'y'",
            "<pipelines of GitHub repository acme/ai (pull requests)>: allowed",
        ),
    ] {
        check(&flexible(expression), &[(SIGN_IN, "azuread_application.a", &[want])]);
    }
}

#[test]
fn service_accounts_of_a_cluster() {
    let issuer = "azurerm_kubernetes_cluster.k.oidc_issuer_url";
    let cluster = "resource \"azurerm_kubernetes_cluster\" \"k\" {\n name = \"k\"\n}\n";
    let text = format!("{ESTATE}{cluster}{}", credential(issuer, "system:serviceaccount:chat:api"));
    let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: api\n  namespace: chat\n";
    let catalog = catalog();
    let graph = graphs::of_texts(catalog, &[("main.tf", &text), ("k8s/sa.yaml", account)]);
    let access = Access::derive(&graph, catalog);
    let on = On::Asset(index(&graph, "azurerm_user_assigned_identity.app"));
    let found = answers(&graph, &access, &[SIGN_IN], on, &[]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("conditional if its cluster is the issuer that"), "{found:?}");
    check_files(
        &[("main.tf", &text)],
        &[(
            SIGN_IN,
            "azurerm_user_assigned_identity.app",
            &[
                "<Kubernetes service account chat/api of ${azurerm_kubernetes_cluster.k.oidc_issuer_url}>: allowed",
            ],
        )],
    );
}

#[test]
fn others_are_outside_and_what_is_not_known_is_unknown() {
    let other = "<project_path:acme/ai:ref_type:branch:ref:main of gitlab.com>: allowed";
    let text = credential("\"https://gitlab.com\"", "project_path:acme/ai:ref_type:branch:ref:main");
    check(
        &text,
        &[
            (SIGN_IN, "azurerm_user_assigned_identity.app", &[other]),
            (SIGN_IN, "azurerm_user_assigned_identity.other", &[]),
        ],
    );
    let open =
        format!("variable \"subject\" {{}}\n{}", credential("\"https://gitlab.com\"", "${var.subject}"));
    let unknown = "<a subject of gitlab.com that is not known>: unknown, which subject is trusted is not known: unknown (variable subject has no value)";
    check(&open, &[(SIGN_IN, "azurerm_user_assigned_identity.app", &[unknown])]);
}

#[test]
fn a_subject_that_is_composed_still_names_what_it_is_made_of() {
    let open = format!(
        "variable \"repository\" {{}}\n{}",
        credential(&format!("\"{GITHUB}\""), "repo:${var.repository}:environment:prod")
    );
    let some = "<pipelines of GitHub repository … (environment prod)>: allowed";
    check(&open, &[(SIGN_IN, "azurerm_user_assigned_identity.app", &[some])]);
    let account = r#"
resource "azurerm_kubernetes_cluster" "k" {
  name = "k"
}
resource "kubernetes_service_account" "api" {
  metadata {
    name      = "api"
    namespace = var.namespace
    annotations = {
      "azure.workload.identity/client-id" = azurerm_user_assigned_identity.app.client_id
    }
  }
}
variable "namespace" {}
"#;
    let subject = "system:serviceaccount:${var.namespace}:${kubernetes_service_account.api.metadata[0].name}";
    let text = format!("{account}{}", credential("azurerm_kubernetes_cluster.k.oidc_issuer_url", subject));
    check(
        &text,
        &[(SIGN_IN, "azurerm_user_assigned_identity.app", &["kubernetes_service_account.api: allowed"])],
    );
}
