//! Functions, parameters, conditions, loops.

use serde_json::json;

use super::{document, node, notes, observe, trail, value};

#[test]
fn functions() {
    let mappings = "Mappings:\n  M:\n    a: { x: 1, y: two }\n    b: { x: 1, y: three }\n";
    for (expression, expected) in [
        ("!Ref Named", json!("data")),
        ("!GetAtt Named.Arn", json!("arn:aws:s3:::data")),
        ("{ 'Fn::GetAtt': [Named, Arn] }", json!("arn:aws:s3:::data")),
        ("!Ref Other", json!({"$ref": "Other.BucketName"})),
        ("!GetAtt Other.Arn", json!({"$ref": "Other.Arn"})),
        ("!Sub '${Named}-${!Literal}-${AWS::Partition}'", json!("data-${Literal}-aws")),
        ("!Sub 'x/${Other.Arn}/*'", json!({"$text": "x/${Other.Arn}/*"})),
        ("!Sub ['${a}-${Named}', { a: !Ref Other }]", json!({"$text": "${Other.BucketName}-data"})),
        ("!Sub '${Other}'", json!({"$ref": "Other.BucketName"})),
        ("!Join ['-', [a, 1, true, !Ref Named]]", json!("a-1-true-data")),
        (
            "!Join ['', ['arn:aws:s3:::', !Ref Other, '/*']]",
            json!({"$text": "arn:aws:s3:::${Other.BucketName}/*"}),
        ),
        ("!Split [',', 'a,b']", json!(["a", "b"])),
        ("!Select [1, !Split ['/', 'a/b/c']]", json!("b")),
        ("!Select ['0', [x, y]]", json!("x")),
        ("!FindInMap [M, a, y]", json!("two")),
        ("!FindInMap [M, !Ref 'AWS::Region', x]", json!(1)),
        ("!FindInMap [M, !Ref 'AWS::Region', y]", json!({"$unknown": "the region is known at deployment"})),
        ("!FindInMap [M, c, y, { DefaultValue: none }]", json!("none")),
        ("!Base64 hi", json!("aGk=")),
        ("!Cidr ['10.0.0.0/16', 2, 8]", json!(["10.0.0.0/24", "10.0.1.0/24"])),
        ("!Select [0, !GetAZs '']", json!({"$unknown": "the availability zones are known at deployment"})),
        ("!ImportValue shared-bucket", json!({"$unknown": "the export shared-bucket of another stack"})),
        ("{ 'Fn::Length': [a, b] }", json!(2)),
        ("{ 'Fn::ToJsonString': { a: [1, !Ref Named] } }", json!({"a": [1, "data"]})),
        ("!Ref AWS::NoValue", json!("(absent)")),
        ("[a, !Ref AWS::NoValue, b]", json!(["a", "b"])),
        ("!Ref AWS::AccountId", json!({"$ref": "AWS::AccountId"})),
        ("123456789012", json!("123456789012")),
        ("'{{resolve:ssm:/app/url}}'", json!({"$unknown": "resolved at deployment: ssm:/app/url"})),
        ("'{{resolve:secretsmanager:app:SecretString:password}}'", json!({"$sensitive": true})),
    ] {
        value(mappings, expression, &expected);
    }
}

#[test]
fn json_is_the_same_language() {
    let text = json!({
        "Parameters": {"Name": {"Type": "String", "Default": "n"}},
        "Resources": {
            "B": {"Type": "AWS::S3::Bucket", "Properties": {
                "BucketName": {"Fn::Sub": "${Name}-data"},
                "X": {"Fn::Join": [":", [{"Ref": "Name"}, {"Fn::GetAtt": ["B", "Arn"]}]]},
            }},
        }
    });
    let seen = observe(&[("app.template", &text.to_string())]);
    assert_eq!(super::documents(&seen)["B"], json!({"BucketName": "n-data", "X": "n:arn:aws:s3:::n-data"}));
    assert_eq!(notes(&seen), Vec::<String>::new());
}

const PARAMETERS: &str = "
Parameters:
  Plain: { Type: String, Default: yes-please }
  Digits: { Type: String, Default: 0123 }
  Size: { Type: Number, Default: '50' }
  List: { Type: CommaDelimitedList, Default: 'a, b' }
  None: { Type: String }
  Secret: { Type: String, NoEcho: true, Default: hunter2 }
  Image: { Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>', Default: /aws/ami }
";

#[test]
fn parameters_have_types_and_defaults() {
    for (expression, expected) in [
        ("!Ref Plain", json!("yes-please")),
        ("!Ref Digits", json!("0123")),
        ("!Ref Size", json!(50)),
        ("!Ref List", json!(["a", "b"])),
        ("!Join ['|', !Ref List]", json!("a|b")),
        ("!Ref None", json!({"$unknown": "parameter None has no value"})),
        ("!Ref Secret", json!({"$sensitive": true})),
        ("!Sub 'p:${Secret}'", json!({"$sensitive": true})),
        ("!Ref Image", json!({"$unknown": "the value of SSM parameter /aws/ami"})),
    ] {
        value(PARAMETERS, expression, &expected);
    }
    let text = format!(
        "{PARAMETERS}Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: !Ref Plain\n"
    );
    let seen = observe(&[("t.yaml", &text)]);
    let name = node(&seen, "B", "BucketName");
    assert!(name.assumed);
    assert_eq!(trail(name), "t.yaml:14:19 < t.yaml:3:35");
}

const CONDITIONS: &str = "
Parameters:
  Env: { Type: String, Default: prod }
  Key: { Type: String }
Conditions:
  Prod: !Equals [!Ref Env, prod]
  Dev: !Not [!Condition Prod]
  Keyed: !Not [!Equals [!Ref Key, '']]
  Both: !And [!Condition Prod, !Condition Keyed]
  Never: !And [!Condition Dev, !Condition Keyed]
  Some: !Or [!Condition Prod, !Condition Keyed]
  Same: !Equals [!Ref Key, !Ref Key]
  Named: !Equals [!Sub 'a-${Key}', b]
";

#[test]
fn conditions_are_three_valued() {
    let unknown =
        |c: &str| json!({"$unknown": format!("depends on the condition {c}: parameter Key has no value")});
    for (expression, expected) in [
        ("!If [Prod, a, b]", json!("a")),
        ("!If [Dev, a, !Ref 'AWS::NoValue']", json!("(absent)")),
        ("!If [Keyed, a, b]", unknown("Keyed")),
        ("!If [Keyed, a, a]", json!("a")),
        ("!If [Keyed, { k: 1, l: 1 }, { k: 1, l: 2 }]", json!({"k": 1, "l": unknown("Keyed")})),
        ("!If [Both, a, b]", unknown("Both")),
        ("!If [Never, a, b]", json!("b")),
        ("!If [Some, a, b]", json!("a")),
        ("!If [Named, a, b]", json!("b")),
        ("[x, !If [Dev, y, !Ref 'AWS::NoValue']]", json!(["x"])),
    ] {
        value(CONDITIONS, expression, &expected);
    }
}

#[test]
fn a_resource_depends_on_its_condition() {
    let text = format!(
        "{CONDITIONS}Resources:\n  On: {{ Type: 'AWS::S3::Bucket', Condition: Prod }}\n  Off: {{ Type: 'AWS::S3::Bucket', Condition: Dev }}\n  Maybe: {{ Type: 'AWS::S3::Bucket', Condition: Keyed }}\n"
    );
    let seen = observe(&[("t.yaml", &text)]);
    let addresses: Vec<&str> = seen.assets.iter().map(|a| &*a.address).collect();
    assert_eq!(addresses, ["On", "Maybe", "AWS::AccountId"]);
    assert_eq!(
        notes(&seen),
        [
            "t.yaml:16:3: \"Off\" is turned off by the default of a parameter",
            "t.yaml:17:3: \"Maybe\" depends on the condition Keyed: parameter Key has no value",
        ]
    );
}

#[test]
fn loops_are_written_out() {
    let text = "
Transform: AWS::LanguageExtensions
Parameters:
  Names: { Type: CommaDelimitedList, Default: 'red-1,blue' }
Conditions:
  'Fn::ForEach::C':
    - Name
    - !Ref Names
    - 'Is&{Name}': !Equals [!Ref Name, blue]
Resources:
  'Fn::ForEach::Buckets':
    - Name
    - !Ref Names
    - 'Bucket&{Name}':
        Type: AWS::S3::Bucket
        Condition: 'Is&{Name}'
        Properties:
          BucketName: 'x-${Name}'
          Plain: !Ref Name
          Sub: !Sub '${Name}-${AWS::Partition}'
          'Fn::ForEach::Inner':
            - Key
            - [a, b]
            - '${Key}${Name}': !Ref Key
  User:
    Type: AWS::S3::Bucket
    Properties: { BucketName: !Ref Bucketblue }
";
    assert_eq!(
        document(text, "Bucketblue"),
        json!({"BucketName": "x-blue", "Plain": "blue", "Sub": "blue-aws", "ablue": "a", "bblue": "b"})
    );
    let seen = observe(&[("t.yaml", text)]);
    assert!(!super::documents(&seen).contains_key("Bucketred1"));
    assert_eq!(node(&seen, "User", "BucketName").as_str(), Some("x-blue"));
}

#[test]
fn values_stand_where_they_are_written() {
    let text = "Resources:\n  K:\n    Type: AWS::KMS::Key\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: !Sub 'x-${AWS::Region}'\n      Kms: !If [C, !GetAtt K.Arn, x]\nConditions:\n  C: !Equals [a, a]\n";
    let seen = observe(&[("t.yaml", text)]);
    let bucket = seen.assets.iter().find(|a| &*a.address == "B").unwrap();
    assert_eq!(bucket.position().unwrap().to_string(), "t.yaml:4:3");
    assert_eq!(trail(node(&seen, "B", "BucketName")), "t.yaml:7:19");
    assert_eq!(trail(node(&seen, "B", "Kms")), "t.yaml:8:12 < t.yaml:8:20");
    assert_eq!(node(&seen, "B", "Kms").from.as_ref().unwrap().to_string(), "K.Arn");
    let account = seen.links.iter().find(|l| &*l.from.0 == "t.yaml#B").unwrap();
    assert_eq!((&*account.relation, account.reverse), ("contains", true));
}
