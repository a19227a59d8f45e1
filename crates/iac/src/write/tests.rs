//! What is written reads back as what it was.

use super::*;
use catalog::node_of_json;
use serde_json::json;

fn resource<'a>(native: &'a str, address: &'a str, document: &'a Node) -> Resource<'a> {
    Resource { native, address, document, scope: "scope" }
}

fn reference(address: &str, attribute: &str) -> Node {
    let from = Reference { address: address.into(), attribute: attribute.into(), via: None };
    Node { from: Some(Arc::new(from)), ..Node::unknown("later") }
}

#[test]
fn bicep_and_arm() {
    let account = node_of_json(
        &json!({"name": "a", "properties": {"off": true, "rules": [{"v": "it's"}], "key": {"$unknown": "r"}}}),
    );
    let mut child = node_of_json(&json!({"name": "d", "sku": {"capacity": 2}}));
    for (path, node) in [("parent", reference("x.a", "id")), ("properties.of", reference("x.a", "name"))] {
        catalog::DocPath::parse(path).put(&mut child, node);
    }
    let set = [resource("Microsoft.X/a", "x.a", &account), resource("Microsoft.X/a/d", "x.d", &child)];
    let bicep = write(Dialect::Bicep, &set);
    assert_eq!(bicep.names, ["r1", "r2"]);
    insta::assert_snapshot!(bicep.text, @r#"
param v1 string

resource r1 'Microsoft.X/a@2025-01-01' = {
  name: 'a'
  properties: {
    key: v1
    off: true
    rules: [
      {
        v: 'it\'s'
      }
    ]
  }
}

resource r2 'Microsoft.X/a/d@2025-01-01' = {
  parent: r1
  name: 'd'
  properties: {
    of: r1.name
  }
  sku: {
    capacity: 2
  }
}
"#);
    assert_eq!(formats::bicep::parse(&bicep.text).1, []);
    let arm = write(Dialect::Arm, &set);
    insta::assert_snapshot!(arm.text, @r#"
{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "languageVersion": "2.0",
  "contentVersion": "1.0.0.0",
  "parameters": {
    "v1": {
      "type": "string"
    }
  },
  "resources": {
    "r1": {
      "type": "Microsoft.X/a",
      "apiVersion": "2025-01-01",
      "name": "a",
      "properties": {
        "key": "[parameters('v1')]",
        "off": true,
        "rules": [
          {
            "v": "it's"
          }
        ]
      }
    },
    "r2": {
      "type": "Microsoft.X/a/d",
      "apiVersion": "2025-01-01",
      "name": "a/d",
      "properties": {
        "of": "['a']"
      },
      "sku": {
        "capacity": 2
      }
    }
  }
}
"#);
    assert_eq!(formats::data::parse_json(&arm.text).2, []);
}

#[test]
fn cloudformation_in_both_forms() {
    let bucket = node_of_json(&json!({"BucketName": "b", "Rules": [{"Id": "1", "On": true}]}));
    let mut other = node_of_json(&json!({"Secret": {"$unknown": "r"}}));
    for (path, node) in [("Bucket", reference("x.b", "id")), ("Arn", reference("x.b", "arn"))] {
        catalog::DocPath::parse(path).put(&mut other, node);
    }
    let set = [resource("AWS::S3::Bucket", "x.b", &bucket), resource("AWS::X::Y", "x.y", &other)];
    let yaml = write(Dialect::CloudFormation, &set);
    insta::assert_snapshot!(yaml.text, @r#"
AWSTemplateFormatVersion: 2010-09-09
Parameters:
  V1:
    Type: String
Resources:
  R1:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: b
      Rules:
        - Id: '1'
          'On': true
  R2:
    Type: AWS::X::Y
    Properties:
      Arn:
        Fn::GetAtt:
          - R1
          - Arn
      Bucket:
        Ref: R1
      Secret:
        Ref: V1
"#);
    let json = write(Dialect::CloudFormationJson, &set);
    let flat = |datum: &formats::data::Datum| format!("{:?}", plain(datum));
    let read = formats::data::parse_yaml(&yaml.text);
    assert_eq!(flat(&read.documents[0]), flat(&formats::data::parse_json(&json.text).0.unwrap()));
}

/// The data without its places.
fn plain(datum: &formats::data::Datum) -> serde_json::Value {
    use formats::data::Data;
    match &datum.value {
        Data::Null => serde_json::Value::Null,
        Data::Bool(b) => (*b).into(),
        Data::Int(i) => (*i).into(),
        Data::Float(f) => (*f).into(),
        Data::Text(text) => (&**text).into(),
        Data::List(items) => items.iter().map(plain).collect(),
        Data::Map(entries) => {
            serde_json::Value::Object(entries.iter().map(|e| (e.key.to_string(), plain(&e.value))).collect())
        }
    }
}

#[test]
fn manifests() {
    let pod = node_of_json(
        &json!({"metadata": {"name": "p", "namespace": "n"}, "spec": {"containers": [{"name": "c", "args": ["--x", "1"]}]}}),
    );
    let manifest = write(Dialect::Kubernetes, &[resource("v1/Pod", "p", &pod)]);
    assert_eq!(manifest.names, ["Pod/n/p"]);
    insta::assert_snapshot!(manifest.text, @r#"
apiVersion: v1
kind: Pod
metadata:
  name: p
  namespace: 'n'
spec:
  containers:
    - args:
        - --x
        - '1'
      name: c
"#);
}
