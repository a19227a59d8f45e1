//! What stands in a template beside plain resources: pieces of others, SAM, CDK, JSON in texts.

use serde_json::json;

use super::{document, documents, node, notes, observe, trail};

#[test]
fn pieces_of_other_resources_are_parts() {
    let text = "
Resources:
  A: { Type: 'AWS::IAM::Role' }
  B: { Type: 'AWS::IAM::Role' }
  P:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: p
      PolicyDocument: { Statement: [] }
      Roles: [!Ref A, !Ref B]
  U:
    Type: AWS::EC2::SecurityGroupIngress
    Properties: { GroupId: !GetAtt G.GroupId, CidrIp: 0.0.0.0/0, FromPort: 22, ToPort: 22, IpProtocol: tcp }
  G: { Type: 'AWS::EC2::SecurityGroup' }
";
    let seen = observe(&[("t.yaml", text)]);
    let parts: Vec<String> = seen
        .parts
        .iter()
        .map(|p| format!("{} {} {} {} {}", p.address, p.kind, p.owner.display(), p.into, p.body.display()))
        .collect();
    assert_eq!(
        parts,
        [
            "P aws.iam.role ${A.RoleName} Policies[] {PolicyDocument: {Statement: []}, PolicyName: \"p\"}",
            "P aws.iam.role ${B.RoleName} Policies[] {PolicyDocument: {Statement: []}, PolicyName: \"p\"}",
            "U aws.ec2.security-group ${G.GroupId} SecurityGroupIngress[] {CidrIp: \"0.0.0.0/0\", FromPort: 22, IpProtocol: \"tcp\", ToPort: 22}",
        ]
    );
    assert_eq!(notes(&seen), Vec::<String>::new());
}

#[test]
fn texts_that_encode_json_are_read() {
    let text = "
Resources:
  P:
    Type: AWS::OpenSearchServerless::AccessPolicy
    Properties:
      Name: p
      Policy: !Sub >-
        [{\"Rules\": [{\"Resource\": [\"collection/${AWS::StackName}-x\"]}], \"Principal\": [\"${R.Arn}\"]}]
      Tags: [{ Key: Name, Value: n }]
  R: { Type: 'AWS::IAM::Role' }
";
    assert_eq!(
        document(text, "P"),
        json!({
            "Name": "p",
            "Policy": [{"Rules": [{"Resource": [{"$text": "collection/${AWS::StackName}-x"}]}], "Principal": [{"$ref": "R.Arn"}]}],
            "Tags": {"Name": "n"},
        })
    );
}

const SAM: &str = "
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: python3.12
    Environment: { Variables: { STAGE: prod } }
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: s3://code/fn.zip
      Environment: { Variables: { TABLE: t } }
      Policies:
        - AmazonBedrockFullAccess
        - S3ReadPolicy: { BucketName: data }
        - Statement:
            - { Effect: Allow, Action: 'bedrock:*', Resource: '*' }
        - NobodyKnowsPolicy: {}
      FunctionUrlConfig:
        AuthType: NONE
      Events:
        Upload: { Type: S3, Properties: { Bucket: !Ref Data } }
  Data: { Type: 'AWS::S3::Bucket', Properties: { NotificationConfiguration: !GetAtt Fn.Arn, Role: !GetAtt FnRole.Arn } }
";

#[test]
fn sam_functions_are_written_out() {
    let seen = observe(&[("t.yaml", SAM)]);
    let documents = documents(&seen);
    assert_eq!(
        documents["Fn"],
        json!({
            "Runtime": "python3.12",
            "Environment": {"Variables": {"STAGE": "prod", "TABLE": "t"}},
            "Code": {"S3Bucket": "code", "S3Key": "fn.zip"},
            "Role": {"$ref": "FnRole.Arn"},
        })
    );
    let role = &documents["FnRole"];
    assert_eq!(
        role["ManagedPolicyArns"],
        json!([
            "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
            "arn:aws:iam::aws:policy/AmazonBedrockFullAccess"
        ])
    );
    assert_eq!(
        role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"],
        json!({"Service": "lambda.amazonaws.com"})
    );
    let policies = &role["Policies"];
    assert_eq!(
        policies[0]["PolicyDocument"]["Statement"][0]["Resource"],
        json!(["arn:aws:s3:::data", "arn:aws:s3:::data/*"])
    );
    assert_eq!(policies[1]["PolicyName"], json!("FnRolePolicy2"));
    assert_eq!(
        documents["FnUrl"],
        json!({"TargetFunctionArn": {"$ref": "Fn.FunctionName"}, "AuthType": "NONE"})
    );
    assert_eq!(documents["FnUrlPublicPermissions"]["Principal"], json!("*"));
    assert_eq!(documents["FnUploadPermission"]["Principal"], json!("s3.amazonaws.com"));
    assert_eq!(documents["Data"]["Role"], json!({"$ref": "FnRole.Arn"}));
    let position = |address: &str| {
        let asset = seen.assets.iter().find(|a| &*a.address == address).unwrap();
        asset.position().unwrap().to_string()
    };
    assert_eq!(
        (&*position("Fn"), &*position("FnRole"), &*position("FnUrl")),
        ("t.yaml:8:3", "t.yaml:14:9", "t.yaml:20:9")
    );
    assert_eq!(
        notes(&seen),
        ["t.yaml:18:11: what the policy template NobodyKnowsPolicy grants is not worked out"]
    );
}

#[test]
fn cdk_leads_back_to_constructs() {
    let template = json!({"Resources": {
        "DataB1": {"Type": "AWS::S3::Bucket", "Properties": {"X": {"Ref": "AWS::Region"}}, "Metadata": {"aws:cdk:path": "App/Data/Resource"}},
        "CDKMetadata": {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "v2"}},
        "Inner": {
            "Type": "AWS::CloudFormation::Stack",
            "Properties": {"TemplateURL": {"Fn::Sub": "https://s3.${AWS::Region}.amazonaws.com/a/b.json"}},
            "Metadata": {"aws:asset:path": "AppInner.nested.template.json"},
        },
    }});
    let nested = json!({"Resources": {"K": {"Type": "AWS::KMS::Key"}}});
    let manifest = json!({"artifacts": {"App": {
        "type": "aws:cloudformation:stack",
        "environment": "aws://123456789012/eu-west-1",
        "properties": {"templateFile": "App.template.json"},
        "metadata": {"/App/Data/Resource": [{"type": "aws:cdk:logicalId", "data": "DataB1", "trace": [
            "new Bucket (/home/me/app/node_modules/aws-cdk-lib/s3.js:1:1)", "new App (/home/me/app/lib/app.ts:12:5)"]}]},
    }}});
    let seen = observe(&[
        ("cdk.out/App.template.json", &template.to_string()),
        ("cdk.out/AppInner.nested.template.json", &nested.to_string()),
        ("cdk.out/manifest.json", &manifest.to_string()),
        ("lib/app.ts", ""),
    ]);
    let bucket = seen.assets.iter().find(|a| &*a.address == "DataB1").unwrap();
    assert!(bucket.aliases.contains("App/Data") && bucket.aliases.contains("App/Data/Resource"));
    assert!(trail(&bucket.document).ends_with(" < lib/app.ts:12:5"), "{}", trail(&bucket.document));
    assert_eq!(node(&seen, "DataB1", "X").as_str(), Some("eu-west-1"));
    assert_eq!(
        documents(&seen)["AWS::AccountId"],
        json!({"AccountId": "123456789012", "region": "eu-west-1"})
    );
    assert!(documents(&seen).contains_key("Inner.K"));
    assert_eq!(notes(&seen), Vec::<String>::new());
}

#[test]
fn what_is_no_template_is_passed_over() {
    let seen = observe(&[
        ("k8s.yaml", "apiVersion: v1\nkind: Pod\n"),
        ("serverless.yml", "service: x\nresources:\n  Resources:\n    B: { Type: 'AWS::S3::Bucket' }\n"),
        ("schema.json", "{\"typeName\": \"AWS::S3::Bucket\", \"Resources\": []}"),
        ("broken.yaml", "AWSTemplateFormatVersion: '2010-09-09'\nResources: {A: [\n"),
    ]);
    assert!(seen.assets.is_empty());
    let notes = notes(&seen);
    assert!(notes.len() == 1 && notes[0].starts_with("broken.yaml:"), "{notes:?}");
}
