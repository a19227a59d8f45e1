//! The `Policies` of a SAM function: managed policies, statements, and SAM's policy templates.
//!
//! Actions of the templates are from
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html>;
//! those that are not listed here are not worked out.

use std::sync::Arc;

use model::{Node, Piece, Value};

use super::eval::mentioning;
use super::serverless::{object, stands, text};

/// What one entry grants.
pub(super) enum Granted {
    /// The ARN of a managed policy.
    Managed(Node),
    /// A policy document.
    Inline(Node),
    Unknown(String),
}

/// Managed policies that stand under a path.
const SERVICE_ROLE: [&str; 7] = [
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaDynamoDBExecutionRole",
    "AWSLambdaENIManagementAccess",
    "AWSLambdaKinesisExecutionRole",
    "AWSLambdaRole",
    "AWSLambdaSQSQueueExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
];

const READ_BUCKET: &str =
    "s3:GetObject s3:ListBucket s3:GetBucketLocation s3:GetObjectVersion s3:GetLifecycleConfiguration";
const TABLE: [&str; 2] =
    ["dynamodb:{Region}:{AccountId}:table/{}", "dynamodb:{Region}:{AccountId}:table/{}/index/*"];
const BUCKET: [&str; 2] = ["s3:::{}", "s3:::{}/*"];

/// A template: its parameter, its actions, and the resources behind `arn:aws:` (none: every resource).
type Template = (&'static str, &'static str, &'static str, &'static [&'static str]);

/// By name, sorted.
const TEMPLATES: &[Template] = &[
    ("AWSSecretsManagerGetSecretValuePolicy", "SecretArn", "secretsmanager:GetSecretValue", &["{arn}"]),
    ("CloudWatchPutMetricPolicy", "", "cloudwatch:PutMetricData", &[]),
    (
        "ComprehendBasicAccessPolicy",
        "",
        "comprehend:BatchDetectKeyPhrases comprehend:DetectDominantLanguage comprehend:DetectEntities comprehend:BatchDetectEntities comprehend:DetectKeyPhrases comprehend:DetectSentiment comprehend:BatchDetectDominantLanguage comprehend:BatchDetectSentiment",
        &[],
    ),
    (
        "DynamoDBCrudPolicy",
        "TableName",
        "dynamodb:GetItem dynamodb:DeleteItem dynamodb:PutItem dynamodb:Scan dynamodb:Query dynamodb:UpdateItem dynamodb:BatchWriteItem dynamodb:BatchGetItem dynamodb:DescribeTable dynamodb:ConditionCheckItem",
        &TABLE,
    ),
    (
        "DynamoDBReadPolicy",
        "TableName",
        "dynamodb:GetItem dynamodb:Scan dynamodb:Query dynamodb:BatchGetItem dynamodb:DescribeTable",
        &TABLE,
    ),
    (
        "DynamoDBWritePolicy",
        "TableName",
        "dynamodb:PutItem dynamodb:UpdateItem dynamodb:BatchWriteItem",
        &TABLE,
    ),
    (
        "EventBridgePutEventsPolicy",
        "EventBusName",
        "events:PutEvents",
        &["events:{Region}:{AccountId}:event-bus/{}"],
    ),
    ("KMSDecryptPolicy", "KeyId", "kms:Decrypt", &["kms:{Region}:{AccountId}:key/{}"]),
    ("KMSEncryptPolicy", "KeyId", "kms:Encrypt", &["kms:{Region}:{AccountId}:key/{}"]),
    (
        "LambdaInvokePolicy",
        "FunctionName",
        "lambda:InvokeFunction",
        &["lambda:{Region}:{AccountId}:function:{}*"],
    ),
    (
        "RekognitionDetectOnlyPolicy",
        "",
        "rekognition:DetectFaces rekognition:DetectLabels rekognition:DetectModerationLabels rekognition:DetectText",
        &[],
    ),
    (
        "S3CrudPolicy",
        "BucketName",
        "s3:GetObject s3:ListBucket s3:GetBucketLocation s3:GetObjectVersion s3:PutObject s3:PutObjectAcl s3:GetLifecycleConfiguration s3:PutLifecycleConfiguration s3:DeleteObject",
        &BUCKET,
    ),
    ("S3ReadPolicy", "BucketName", READ_BUCKET, &BUCKET),
    ("S3WritePolicy", "BucketName", "s3:PutObject s3:PutObjectAcl s3:PutLifecycleConfiguration", &BUCKET),
    ("SNSPublishMessagePolicy", "TopicName", "sns:Publish", &["sns:{Region}:{AccountId}:{}"]),
    (
        "SQSPollerPolicy",
        "QueueName",
        "sqs:ChangeMessageVisibility sqs:ChangeMessageVisibilityBatch sqs:DeleteMessage sqs:DeleteMessageBatch sqs:GetQueueAttributes sqs:ReceiveMessage",
        &["sqs:{Region}:{AccountId}:{}"],
    ),
    ("SQSSendMessagePolicy", "QueueName", "sqs:SendMessage*", &["sqs:{Region}:{AccountId}:{}"]),
    (
        "SSMParameterReadPolicy",
        "ParameterName",
        "ssm:GetParameters ssm:GetParameter ssm:GetParametersByPath",
        &["ssm:{Region}:{AccountId}:parameter/{}"],
    ),
    (
        "SageMakerCreateEndpointConfigPolicy",
        "EndpointConfigName",
        "sagemaker:CreateEndpointConfig",
        &["sagemaker:{Region}:{AccountId}:endpoint-config/{}"],
    ),
    (
        "SageMakerCreateEndpointPolicy",
        "EndpointName",
        "sagemaker:CreateEndpoint",
        &["sagemaker:{Region}:{AccountId}:endpoint/{}"],
    ),
    (
        "StepFunctionsExecutionPolicy",
        "StateMachineName",
        "states:StartExecution",
        &["states:{Region}:{AccountId}:stateMachine:{}"],
    ),
    ("TextractPolicy", "", "textract:*", &[]),
];

/// What an entry of `Policies` grants.
pub(super) fn granted(item: &Node) -> Granted {
    match &item.value {
        Value::String(name) if name.starts_with("arn:") => Granted::Managed(item.clone()),
        Value::String(name) => {
            let path = if SERVICE_ROLE.contains(&&**name) { "service-role/" } else { "" };
            let arn = format!("arn:aws:iam::aws:policy/{path}{name}");
            Granted::Managed(Node { value: Value::string(arn), ..item.clone() })
        }
        Value::Unknown(_) | Value::Template(_) => Granted::Managed(item.clone()),
        Value::Map(map) if map.contains_key("Statement") => Granted::Inline(item.clone()),
        Value::Map(map) => match map.iter().next() {
            Some((name, parameters)) if map.len() == 1 => template(name, parameters, item),
            _ => Granted::Unknown("an entry of Policies is neither a policy nor a policy template".into()),
        },
        other => Granted::Unknown(format!("an entry of Policies is a {}", other.type_name())),
    }
}

fn template(name: &str, parameters: &Node, place: &Node) -> Granted {
    let Ok(at) = TEMPLATES.binary_search_by(|(known, ..)| (*known).cmp(name)) else {
        return Granted::Unknown(format!("what the policy template {name} grants is not worked out"));
    };
    let (_, parameter, actions, resources) = TEMPLATES[at];
    let value = parameters.get(parameter).cloned().unwrap_or_else(|| Node::unknown("not written"));
    let resources = match resources {
        [] => vec![text("*", place)],
        some => some.iter().map(|form| resource(form, &value, place)).collect(),
    };
    let actions = actions.split(' ').map(|action| text(action, place)).collect();
    let statement = object(
        [
            ("Effect", text("Allow", place)),
            ("Action", stands(Value::list(actions), place)),
            ("Resource", stands(Value::list(resources), place)),
        ],
        place,
    );
    let statements = stands(Value::list(vec![statement]), place);
    Granted::Inline(object([("Version", text("2012-10-17", place)), ("Statement", statements)], place))
}

/// `form` with the parameter's value in it.
fn resource(form: &str, value: &Node, place: &Node) -> Node {
    if form == "{arn}" {
        return value.clone();
    }
    let hole = |name: &str| {
        let from = model::Reference { address: name.into(), attribute: "".into(), via: None };
        Piece::Hole { reason: "known at deployment".into(), from: Some(Arc::new(from)) }
    };
    let mut pieces = vec![Piece::Text("arn:aws:".into())];
    let mut rest = form;
    while let Some((before, after)) = rest.split_once('{') {
        pieces.push(Piece::Text(before.into()));
        let (name, tail) = after.split_once('}').unwrap_or((after, ""));
        match (name, &value.value) {
            ("", Value::String(text)) => pieces.push(Piece::Text(text.clone())),
            ("", Value::Template(inner)) => pieces.extend(inner.iter().cloned()),
            ("", Value::Unknown(reason)) => {
                pieces.push(Piece::Hole { reason: reason.clone(), from: value.from.clone() });
            }
            ("", other) => {
                let reason = format!("a {} stands where a name is needed", other.type_name());
                pieces.push(Piece::Hole { reason: reason.into(), from: None });
            }
            _ => pieces.push(hole(&format!("AWS::{name}"))),
        }
        rest = tail;
    }
    pieces.push(Piece::Text(rest.into()));
    mentioning(stands(Value::text(pieces), place), value)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    type Entries = BTreeMap<Arc<str>, Node>;

    #[test]
    fn templates_are_written_out() {
        assert!(TEMPLATES.is_sorted_by(|a, b| a.0 < b.0));
        let parameters: Entries = [(Arc::from("BucketName"), Node::from("data"))].into();
        let entry: Entries = [(Arc::from("S3WritePolicy"), Value::map(parameters).into())].into();
        let policy = match granted(&Value::map(entry).into()) {
            Granted::Inline(policy) => policy,
            _ => Node::null(),
        };
        let json = serde_json::to_string(&policy).unwrap();
        assert_eq!(
            json,
            r#"{"Statement":[{"Action":["s3:PutObject","s3:PutObjectAcl","s3:PutLifecycleConfiguration"],"Effect":"Allow","Resource":["arn:aws:s3:::data","arn:aws:s3:::data/*"]}],"Version":"2012-10-17"}"#
        );
        let unknown: Entries = [(Arc::from("NobodyKnowsPolicy"), Node::null())].into();
        assert!(matches!(granted(&Value::map(unknown).into()), Granted::Unknown(_)));
    }
}
