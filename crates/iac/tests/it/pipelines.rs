//! Pipelines: every system's jobs in one form.

use collect::{Source as _, Tree};
use iac::pipelines::Pipelines;
use serde_json::{Value as Json, json};

use crate::{catalog, documents, notes};

fn observe(files: &[(&str, &str)]) -> model::Observations {
    Pipelines { catalog: catalog() }.observe(&Tree::of_texts(files.iter().copied()))
}

/// One job's document, cut down to `keys`.
fn job(files: &[(&str, &str)], address: &str, keys: &[&str]) -> Json {
    let seen = observe(files);
    let found = documents(&seen);
    let document = found.get(address).unwrap_or_else(|| panic!("no {address} in {:?}", found.keys()));
    Json::Object(keys.iter().filter_map(|k| Some(((*k).to_owned(), document.get(*k)?.clone()))).collect())
}

#[test]
fn a_workflow_gives_its_jobs_what_stands_around_them() {
    let workflow = "
name: Deploy
on: { push: { branches: [main] }, workflow_dispatch: }
permissions: { id-token: write }
env: { ROOT: infra }
defaults: { run: { working-directory: stacks } }
jobs:
  deploy:
    runs-on: [self-hosted, gpu]
    environment: { name: production }
    env: { STACK: '${{ env.ROOT }}/prod', KEY: '${{ secrets.OPENAI_API_KEY }}' }
    steps:
      - uses: Azure/Login@v2
        with: { client-id: '${{ vars.CLIENT }}' }
      - uses: ./.github/actions/apply
        with: { folder: '${{ env.STACK }}' }
      - run: az deployment group create --template-file main.bicep -p t='${{ github.event.inputs.tag }}'
";
    let action = "
inputs: { folder: { default: x } }
runs:
  using: composite
  steps:
    - run: terraform apply
      shell: bash
      env: { IN: '${{ inputs.folder }}' }
";
    let files = [(".github/workflows/deploy.yml", workflow), (".github/actions/apply/action.yml", action)];
    let found = job(
        &files,
        "deploy",
        &["workflow", "triggers", "permissions", "runner", "environment", "variables", "deploys", "secrets"],
    );
    assert_eq!(
        found,
        json!({
            "workflow": "Deploy",
            "triggers": [{ "event": "push", "branches": ["main"] }, { "event": "workflow_dispatch" }],
            "permissions": { "id-token": "write" },
            "runner": ["self-hosted", "gpu"],
            "environment": "production",
            "variables": { "ROOT": "infra", "STACK": "infra/prod", "KEY": { "$sensitive": true } },
            "deploys": [{ "tool": "terraform", "path": "." }, { "tool": "azure", "path": "stacks/main.bicep" }],
            "secrets": ["OPENAI_API_KEY"],
        })
    );
    let steps = job(&files, "deploy", &["steps"])["steps"].clone();
    assert_eq!(steps[0]["action"], "azure/login");
    assert_eq!(steps[0]["with"]["client-id"], json!({ "$ref": "vars.CLIENT" }));
    assert_eq!(steps[2]["variables"]["IN"], "infra/prod");
    assert_eq!(steps[3]["expressions"], json!(["github.event.inputs.tag"]));
    assert_eq!(steps[3]["commands"][0][4], "--template-file");
    assert_eq!(notes(&observe(&files)), Vec::<String>::new());
}

#[test]
fn azure_templates_stand_in_their_place() {
    let pipeline = "
trigger: { branches: { include: [main] } }
pr: none
pool: { vmImage: ubuntu-latest }
variables: [{ name: env, value: prod }]
stages:
  - stage: infra
    jobs:
      - template: templates/deploy.yml
        parameters: { folder: infra, connection: main }
";
    let template = "
parameters:
  - { name: folder, type: string }
  - { name: connection, type: string, default: other }
jobs:
  - deployment: apply
    environment: production
    strategy:
      runOnce:
        deploy:
          steps:
            - ${{ if eq(variables.env, 'prod') }}:
              - script: terraform apply
                workingDirectory: $(Build.SourcesDirectory)/tf
            - task: AzureResourceManagerTemplateDeployment@3
              inputs:
                azureResourceManagerConnection: ${{ parameters.connection }}
                csmFile: $(System.DefaultWorkingDirectory)/arm/main.json
";
    let files = [("azure-pipelines.yml", pipeline), ("templates/deploy.yml", template)];
    assert_eq!(
        job(&files, "infra.apply", &["system", "environment", "runner", "deploys", "triggers"]),
        json!({
            "system": "azure",
            "environment": "production",
            "runner": ["ubuntu-latest"],
            "deploys": [{ "tool": "terraform", "path": "tf" }, { "tool": "azure", "path": "arm/main.json" }],
            "triggers": [{ "event": "push", "branches": ["main"] }],
        })
    );
    let steps = job(&files, "infra.apply", &["steps"])["steps"].clone();
    assert_eq!(steps[1]["with"]["azureResourceManagerConnection"], "main");
}

#[test]
fn gitlab_jobs_extend_each_other() {
    let root = "
include: [{ local: /ci/base.yml }, { remote: 'https://example.com/x.yml' }]
variables: { REGION: { value: eu, description: where } }
default: { image: python }
deploy:
  extends: .base
  environment: { name: prod }
  script:
    - cd infra
    - [terraform init, terraform apply]
";
    let base = "
.base:
  id_tokens: { AWS: { aud: sts } }
  variables: { A: b }
";
    let files = [(".gitlab-ci.yml", root), ("ci/base.yml", base)];
    assert_eq!(
        job(&files, "deploy", &["container", "environment", "idTokens", "variables"]),
        json!({
            "container": "python",
            "environment": "prod",
            "idTokens": { "AWS": { "aud": "sts" } },
            "variables": { "A": "b", "REGION": "eu" },
        })
    );
    assert_eq!(observe(&files).assets.len(), 1);
}

#[test]
fn what_is_wrong_is_noted_where_it_stands() {
    for (file, text, want) in [
        (
            ".github/workflows/a.yml",
            "on: push\njobs: [x]\n",
            ".github/workflows/a.yml:1:1: a workflow without jobs",
        ),
        (
            ".github/workflows/a.yml",
            "jobs:\n  x: 1\n",
            ".github/workflows/a.yml:2:6: job x is a number, not a mapping",
        ),
        (
            ".github/workflows/a.yml",
            "jobs:\n  x:\n    steps: no\n",
            ".github/workflows/a.yml:3:12: steps are text, not a list",
        ),
        (".github/workflows/a.yml", "a: [\n", ".github/workflows/a.yml:2:1: not YAML: "),
        (
            "azure-pipelines.yml",
            "steps:\n- template: other.yml\n",
            "azure-pipelines.yml:2:13: other.yml is not read: no such file",
        ),
        (
            "azure-pipelines.yml",
            "steps:\n- template: azure-pipelines.yml\n",
            "azure-pipelines.yml:2:13: azure-pipelines.yml is not read",
        ),
        (
            ".gitlab-ci.yml",
            "a:\n  extends: b\nb:\n  extends: a\nx: 3\n",
            ".gitlab-ci.yml:5:4: job x is a number, not a mapping",
        ),
    ] {
        let found = notes(&observe(&[(file, text)]));
        assert!(found.iter().any(|n| n.starts_with(want)), "{text}: {found:?}");
    }
}
