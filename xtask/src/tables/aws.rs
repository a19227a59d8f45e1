//! The table of AWS's managed policies. Read are the policies as the project iam-dataset keeps them (<https://github.com/iann0036/iam-dataset>,
//! MIT) and writes what they say of AI services and of escalation: names, actions and resources, each list once.

use anyhow::Result;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Where the table of AWS goes.
const AWS: &str = "crates/identity/src/aws/managed.json";

/// Services of which every action matters.
const SERVICES: [&str; 7] =
    ["aoss", "bedrock", "bedrock-agentcore", "bedrock-mantle", "s3vectors", "sagemaker", "sagemaker-mlflow"];

/// Actions of other services: reading and writing data and secrets, running code with a role, changing who may what.
const ACTIONS: &str = "\
    amplify:CreateApp amplify:UpdateApp apprunner:CreateService apprunner:UpdateService \
    athena:GetQueryResults athena:StartQueryExecution aws-marketplace:Subscribe \
    batch:RegisterJobDefinition batch:SubmitJob cloudformation:CreateChangeSet cloudformation:CreateStack \
    cloudformation:CreateStackSet cloudformation:ExecuteChangeSet cloudformation:SetStackPolicy \
    cloudformation:UpdateStack cloudformation:UpdateStackSet cloudtrail:DeleteTrail \
    cloudtrail:PutEventSelectors cloudtrail:StopLogging cloudtrail:UpdateTrail codebuild:CreateProject \
    codebuild:StartBuild codebuild:StartBuildBatch codebuild:UpdateProject codepipeline:CreatePipeline \
    codepipeline:UpdatePipeline codestar:CreateProject cognito-identity:SetIdentityPoolRoles \
    cognito-idp:AdminSetUserPassword datapipeline:ActivatePipeline datapipeline:CreatePipeline \
    datapipeline:PutPipelineDefinition dynamodb:GetItem dynamodb:PutItem dynamodb:Query dynamodb:Scan \
    dynamodb:UpdateItem ec2-instance-connect:OpenTunnel ec2-instance-connect:SendSSHPublicKey \
    ec2:AssociateIamInstanceProfile ec2:AuthorizeSecurityGroupIngress ec2:CreateLaunchTemplate \
    ec2:CreateLaunchTemplateVersion ec2:ModifyInstanceAttribute ec2:ReplaceIamInstanceProfileAssociation \
    ec2:RequestSpotInstances ec2:RunInstances ec2:StartInstances ec2:StopInstances ecr:BatchGetImage \
    ecr:CompleteLayerUpload ecr:GetAuthorizationToken ecr:GetDownloadUrlForLayer ecr:InitiateLayerUpload \
    ecr:PutImage ecr:SetRepositoryPolicy ecr:UploadLayerPart ecs:CreateService ecs:ExecuteCommand \
    ecs:RegisterTaskDefinition ecs:RunTask ecs:StartTask ecs:UpdateService eks:AccessKubernetesApi \
    eks:AssociateAccessPolicy eks:CreateAccessEntry eks:CreatePodIdentityAssociation \
    eks:UpdateAccessEntry eks:UpdatePodIdentityAssociation elasticmapreduce:AddJobFlowSteps \
    elasticmapreduce:RunJobFlow es:ESHttpDelete es:ESHttpGet es:ESHttpPost es:ESHttpPut \
    es:UpdateDomainConfig execute-api:Invoke glue:CreateDevEndpoint glue:CreateJob glue:CreateSession \
    glue:CreateTrigger glue:RunStatement glue:StartJobRun glue:UpdateDevEndpoint glue:UpdateJob \
    iam:AddRoleToInstanceProfile iam:AddUserToGroup iam:AttachGroupPolicy iam:AttachRolePolicy \
    iam:AttachUserPolicy iam:CreateAccessKey iam:CreateInstanceProfile iam:CreateLoginProfile \
    iam:CreateOpenIDConnectProvider iam:CreatePolicyVersion iam:CreateRole iam:CreateServiceLinkedRole \
    iam:CreateServiceSpecificCredential iam:CreateUser iam:DeleteRolePermissionsBoundary \
    iam:DeleteRolePolicy iam:DeleteUserPermissionsBoundary iam:DeleteUserPolicy iam:DetachRolePolicy \
    iam:DetachUserPolicy iam:PassRole iam:PutGroupPolicy iam:PutRolePermissionsBoundary iam:PutRolePolicy \
    iam:PutUserPermissionsBoundary iam:PutUserPolicy iam:ResetServiceSpecificCredential \
    iam:SetDefaultPolicyVersion iam:UpdateAccessKey iam:UpdateAssumeRolePolicy iam:UpdateLoginProfile \
    iam:UpdateSAMLProvider imagebuilder:CreateComponent kendra:BatchPutDocument kendra:Query \
    kendra:Retrieve kendra:StartDataSourceSyncJob kendra:UpdateDataSource kms:CreateGrant kms:Decrypt \
    kms:Encrypt kms:GenerateDataKey kms:PutKeyPolicy kms:ReEncryptFrom kms:ReEncryptTo \
    lambda:AddPermission lambda:CreateEventSourceMapping lambda:CreateFunction \
    lambda:CreateFunctionUrlConfig lambda:GetFunction lambda:InvokeFunction lambda:InvokeFunctionUrl \
    lambda:PublishLayerVersion lambda:UpdateFunctionCode lambda:UpdateFunctionConfiguration \
    logs:DeleteLogGroup logs:FilterLogEvents logs:GetLogEvents logs:GetQueryResults logs:PutLogEvents \
    logs:PutResourcePolicy logs:PutSubscriptionFilter logs:StartLiveTail logs:StartQuery logs:Unmask \
    neptune-db:ReadDataViaQuery neptune-graph:ReadDataViaQuery neptune-graph:WriteDataViaQuery \
    organizations:AttachPolicy organizations:DeletePolicy organizations:DetachPolicy \
    organizations:UpdatePolicy qbusiness:Chat qbusiness:ChatSync rds-data:ExecuteStatement rds-db:connect \
    rds:ModifyDBCluster redshift-data:ExecuteStatement redshift:GetClusterCredentials s3:DeleteObject \
    s3:GetObject s3:GetObjectVersion s3:ListBucket s3:PutBucketAcl s3:PutBucketNotification \
    s3:PutBucketPolicy s3:PutBucketPublicAccessBlock s3:PutObject s3:PutObjectAcl \
    s3:PutReplicationConfiguration secretsmanager:BatchGetSecretValue secretsmanager:GetSecretValue \
    secretsmanager:PutResourcePolicy secretsmanager:PutSecretValue secretsmanager:UpdateSecret \
    sns:Publish sqs:ReceiveMessage sqs:SendMessage ssm:GetParameter ssm:GetParameters \
    ssm:GetParametersByPath ssm:PutParameter ssm:SendCommand ssm:StartSession \
    sso:AttachManagedPolicyToPermissionSet sso:CreateAccountAssignment sso:PutInlinePolicyToPermissionSet \
    states:CreateStateMachine states:StartExecution states:UpdateStateMachine sts:AssumeRole \
    sts:AssumeRoleWithSAML sts:AssumeRoleWithWebIdentity sts:GetFederationToken";

/// Where the table goes, and its text.
pub(super) fn write(data: &str, date: &str) -> Result<(&'static str, String)> {
    let policies: BTreeMap<String, Value> = serde_json::from_str(data)?;
    let (table, _) = table(&policies, date);
    Ok((AWS, format!("{table}\n")))
}

/// Values by number, each once.
#[derive(Default)]
struct Numbered {
    values: Vec<Value>,
    numbers: BTreeMap<String, usize>,
}

impl Numbered {
    fn number(&mut self, value: Value) -> usize {
        let next = self.values.len();
        let number = *self.numbers.entry(value.to_string()).or_insert(next);
        if number == next {
            self.values.push(value);
        }
        number
    }
}

fn table(policies: &BTreeMap<String, Value>, date: &str) -> (Value, usize) {
    let kept: BTreeSet<String> = ACTIONS.split_whitespace().map(str::to_ascii_lowercase).collect();
    let (mut actions, mut resources, mut conditions, mut statements) =
        (Numbered::default(), Numbered::default(), Numbered::default(), Numbered::default());
    let (mut named, mut others) = (Map::new(), BTreeSet::new());
    for (key, policy) in policies {
        // A service-linked role's policy cannot be attached to any other.
        if key.contains("aws-service-role/") {
            continue;
        }
        let name = key.rsplit('/').next().unwrap_or(key);
        let mut says = BTreeSet::new();
        for statement in list(&policy["document"]["Statement"]) {
            let not_action = statement.get("NotAction").is_some();
            let about = list(&statement[if not_action { "NotAction" } else { "Action" }]);
            let about: BTreeSet<&str> =
                about.iter().filter_map(|a| a.as_str()).filter(|a| matters(a, &kept)).collect();
            if about.is_empty() && !not_action {
                continue;
            }
            let not_resource = statement.get("NotResource").is_some();
            let on = list(&statement[if not_resource { "NotResource" } else { "Resource" }]);
            let on: BTreeSet<&str> = on.iter().filter_map(|r| r.as_str()).collect();
            let effect = if statement["Effect"] == "Allow" { "+" } else { "-" };
            let flags = format!(
                "{effect}{}{}",
                if not_action { "a" } else { "" },
                if not_resource { "r" } else { "" }
            );
            let condition = statement.get("Condition").map(|c| conditions.number(c.clone()));
            let row = json!([flags, actions.number(json!(about)), resources.number(json!(on)), condition]);
            says.insert(statements.number(row));
        }
        match says.is_empty() {
            true => _ = others.insert(name.to_owned()),
            false => _ = named.insert(name.to_owned(), json!(says)),
        }
    }
    others.retain(|name| !named.contains_key(name));
    let count = named.len();
    let services = SERVICES.iter().map(|s| format!("{s}:*"));
    let table = json!({
        "source": "https://github.com/iann0036/iam-dataset",
        "date": date,
        "kept": services.chain(kept.iter().cloned()).collect::<Vec<_>>(),
        "actions": actions.values,
        "resources": resources.values,
        "conditions": conditions.values,
        "statements": statements.values,
        "policies": named,
        "others": others.into_iter().collect::<Vec<_>>().join(" "),
    });
    (table, count)
}

fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(each) => each.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

/// Whether a pattern of actions takes one that is kept.
fn matters(pattern: &str, kept: &BTreeSet<String>) -> bool {
    let pattern = pattern.to_ascii_lowercase();
    let service = pattern.split(':').next().unwrap_or_default();
    if service.contains('*') || SERVICES.contains(&service) {
        return true;
    }
    match pattern.contains(['*', '?']) {
        true => kept.iter().any(|action| fits(pattern.as_bytes(), action.as_bytes())),
        false => kept.contains(&pattern),
    }
}

fn fits(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.first(), text.first()) {
        (None, None) => true,
        (Some(b'*'), _) => fits(&pattern[1..], text) || !text.is_empty() && fits(pattern, &text[1..]),
        (Some(b'?'), Some(_)) => fits(&pattern[1..], &text[1..]),
        (Some(p), Some(t)) => p == t && fits(&pattern[1..], &text[1..]),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_keeps_what_matters() {
        let policies = json!({
            "arn:aws:iam::aws:policy/Reads": { "document": { "Statement": [
                { "Effect": "Allow", "Action": ["s3:Get*", "polly:*"], "Resource": "*" },
                { "Effect": "Deny", "NotAction": ["iam:*", "polly:*"], "NotResource": ["a"] },
            ] } },
            "arn:aws:iam::aws:policy/Speaks": { "document": { "Statement": { "Effect": "Allow", "Action": "polly:*", "Resource": "*" } } },
        });
        let policies: BTreeMap<String, Value> = serde_json::from_value(policies).unwrap();
        let (table, count) = table(&policies, "2026-01-01");
        assert_eq!(count, 1);
        assert_eq!(table["actions"], json!([["s3:Get*"], ["iam:*"]]));
        assert_eq!(table["statements"], json!([["+", 0, 0, null], ["-ar", 1, 1, null]]));
        assert_eq!((&table["policies"], &table["others"]), (&json!({ "Reads": [0, 1] }), &json!("Speaks")));
    }
}
