//! What `Ref` and `Fn::GetAtt … Arn` return, for the types whose names are written in templates or named by others.
//!
//! From "Return values" of each type's page below
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/>, and the forms of ARNs from
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/>. A type that is not listed returns an id that
//! is known after deployment.

/// The attribute that most types have.
pub(super) const ARN: &str = "Arn";

/// What `Ref` returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Returns {
    Name,
    Arn,
    Id,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    pub(super) returns: Returns,
    /// The property that holds the name.
    pub(super) name: Option<&'static str>,
    /// The ARN as text over the properties.
    pub(super) arn: Option<&'static str>,
}

/// What is known of a type.
pub(super) fn of(kind: &str) -> Option<&'static Facts> {
    TYPES.binary_search_by(|(name, _)| (*name).cmp(kind)).ok().map(|at| &TYPES[at].1)
}

/// An attribute that is the same for every resource of a type: what a template deploys is the guardrail's working draft.
pub(super) fn constant(kind: &str, attribute: &str) -> Option<&'static str> {
    ((kind, attribute) == ("AWS::Bedrock::Guardrail", "Version")).then_some("DRAFT")
}

const fn name(name: &'static str) -> Facts {
    Facts { returns: Returns::Name, name: Some(name), arn: None }
}

const fn name_arn(name: &'static str, arn: &'static str) -> Facts {
    Facts { returns: Returns::Name, name: Some(name), arn: Some(arn) }
}

const fn arn(name: &'static str, arn: &'static str) -> Facts {
    Facts { returns: Returns::Arn, name: Some(name), arn: Some(arn) }
}

const fn bare_arn(name: &'static str) -> Facts {
    Facts { returns: Returns::Arn, name: Some(name), arn: None }
}

const fn id(name: &'static str) -> Facts {
    Facts { returns: Returns::Id, name: Some(name), arn: None }
}

const fn id_arn(name: &'static str, arn: &'static str) -> Facts {
    Facts { returns: Returns::Id, name: Some(name), arn: Some(arn) }
}

const LAMBDA: &str = "arn:{Partition}:lambda:{Region}:{AccountId}:function:{FunctionName}";
const STATES: &str = "arn:{Partition}:states:{Region}:{AccountId}:stateMachine:{StateMachineName}";
const TABLE: &str = "arn:{Partition}:dynamodb:{Region}:{AccountId}:table/{TableName}";

/// By type, sorted.
const TYPES: &[(&str, Facts)] = &[
    ("AWS::Bedrock::Agent", id("AgentName")),
    ("AWS::Bedrock::ApplicationInferenceProfile", id("InferenceProfileName")),
    ("AWS::Bedrock::DataAutomationProject", bare_arn("ProjectName")),
    ("AWS::Bedrock::Flow", bare_arn("Name")),
    ("AWS::Bedrock::Guardrail", bare_arn("Name")),
    ("AWS::Bedrock::KnowledgeBase", id("Name")),
    ("AWS::Bedrock::Prompt", bare_arn("Name")),
    ("AWS::BedrockAgentCore::ApiKeyCredentialProvider", bare_arn("Name")),
    ("AWS::BedrockAgentCore::Memory", bare_arn("Name")),
    ("AWS::BedrockAgentCore::WorkloadIdentity", name("Name")),
    (
        "AWS::CloudTrail::Trail",
        name_arn("TrailName", "arn:{Partition}:cloudtrail:{Region}:{AccountId}:trail/{TrailName}"),
    ),
    (
        "AWS::CodeCommit::Repository",
        id_arn("RepositoryName", "arn:{Partition}:codecommit:{Region}:{AccountId}:{RepositoryName}"),
    ),
    ("AWS::DynamoDB::GlobalTable", name_arn("TableName", TABLE)),
    ("AWS::DynamoDB::Table", name_arn("TableName", TABLE)),
    (
        "AWS::ECR::Repository",
        name_arn("RepositoryName", "arn:{Partition}:ecr:{Region}:{AccountId}:repository/{RepositoryName}"),
    ),
    ("AWS::Events::Rule", name_arn("Name", "arn:{Partition}:events:{Region}:{AccountId}:rule/{Name}")),
    ("AWS::IAM::Group", name_arn("GroupName", "arn:{Partition}:iam::{AccountId}:group{Path}{GroupName}")),
    (
        "AWS::IAM::InstanceProfile",
        name_arn(
            "InstanceProfileName",
            "arn:{Partition}:iam::{AccountId}:instance-profile{Path}{InstanceProfileName}",
        ),
    ),
    (
        "AWS::IAM::ManagedPolicy",
        arn("ManagedPolicyName", "arn:{Partition}:iam::{AccountId}:policy{Path}{ManagedPolicyName}"),
    ),
    ("AWS::IAM::Role", name_arn("RoleName", "arn:{Partition}:iam::{AccountId}:role{Path}{RoleName}")),
    ("AWS::IAM::User", name_arn("UserName", "arn:{Partition}:iam::{AccountId}:user{Path}{UserName}")),
    ("AWS::KMS::Alias", name("AliasName")),
    ("AWS::Kinesis::Stream", name_arn("Name", "arn:{Partition}:kinesis:{Region}:{AccountId}:stream/{Name}")),
    ("AWS::Lambda::Function", name_arn("FunctionName", LAMBDA)),
    ("AWS::Lambda::LayerVersion", bare_arn("LayerName")),
    ("AWS::Lambda::Url", bare_arn("TargetFunctionArn")),
    ("AWS::Lambda::Version", bare_arn("FunctionName")),
    (
        "AWS::Logs::LogGroup",
        name_arn("LogGroupName", "arn:{Partition}:logs:{Region}:{AccountId}:log-group:{LogGroupName}:*"),
    ),
    ("AWS::OpenSearchServerless::Collection", id("Name")),
    (
        "AWS::OpenSearchService::Domain",
        name_arn("DomainName", "arn:{Partition}:es:{Region}:{AccountId}:domain/{DomainName}"),
    ),
    ("AWS::S3::Bucket", name_arn("BucketName", "arn:{Partition}:s3:::{BucketName}")),
    ("AWS::SNS::Topic", arn("TopicName", "arn:{Partition}:sns:{Region}:{AccountId}:{TopicName}")),
    ("AWS::SQS::Queue", id_arn("QueueName", "arn:{Partition}:sqs:{Region}:{AccountId}:{QueueName}")),
    ("AWS::SSM::Parameter", name("Name")),
    (
        "AWS::SageMaker::CodeRepository",
        arn(
            "CodeRepositoryName",
            "arn:{Partition}:sagemaker:{Region}:{AccountId}:code-repository/{CodeRepositoryName}",
        ),
    ),
    ("AWS::SageMaker::Domain", id("DomainName")),
    (
        "AWS::SageMaker::Endpoint",
        arn("EndpointName", "arn:{Partition}:sagemaker:{Region}:{AccountId}:endpoint/{EndpointName}"),
    ),
    (
        "AWS::SageMaker::EndpointConfig",
        arn(
            "EndpointConfigName",
            "arn:{Partition}:sagemaker:{Region}:{AccountId}:endpoint-config/{EndpointConfigName}",
        ),
    ),
    ("AWS::SageMaker::FeatureGroup", name("FeatureGroupName")),
    ("AWS::SageMaker::MlflowTrackingServer", name("TrackingServerName")),
    (
        "AWS::SageMaker::Model",
        arn("ModelName", "arn:{Partition}:sagemaker:{Region}:{AccountId}:model/{ModelName}"),
    ),
    ("AWS::SageMaker::ModelCard", name("ModelCardName")),
    (
        "AWS::SageMaker::ModelPackageGroup",
        arn(
            "ModelPackageGroupName",
            "arn:{Partition}:sagemaker:{Region}:{AccountId}:model-package-group/{ModelPackageGroupName}",
        ),
    ),
    (
        "AWS::SageMaker::NotebookInstance",
        arn(
            "NotebookInstanceName",
            "arn:{Partition}:sagemaker:{Region}:{AccountId}:notebook-instance/{NotebookInstanceName}",
        ),
    ),
    (
        "AWS::SageMaker::NotebookInstanceLifecycleConfig",
        arn(
            "NotebookInstanceLifecycleConfigName",
            "arn:{Partition}:sagemaker:{Region}:{AccountId}:notebook-instance-lifecycle-config/{NotebookInstanceLifecycleConfigName}",
        ),
    ),
    ("AWS::SageMaker::Pipeline", name("PipelineName")),
    ("AWS::SageMaker::StudioLifecycleConfig", name("StudioLifecycleConfigName")),
    ("AWS::SecretsManager::Secret", bare_arn("Name")),
    ("AWS::Serverless::Function", name_arn("FunctionName", LAMBDA)),
    ("AWS::Serverless::SimpleTable", name_arn("TableName", TABLE)),
    (
        "AWS::Serverless::StateMachine",
        arn("Name", "arn:{Partition}:states:{Region}:{AccountId}:stateMachine:{Name}"),
    ),
    ("AWS::StepFunctions::StateMachine", arn("StateMachineName", STATES)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_found() {
        assert!(TYPES.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(of("AWS::S3::Bucket").map(|f| f.returns), Some(Returns::Name));
        assert!(of("AWS::EC2::VPC").is_none());
    }
}
