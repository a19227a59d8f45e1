//! Every operator, decided from the request or left as a sentence.

use graph::On;

use super::{Estate, ask, ask_in, find};

/// Whether a statement with the condition lets the role in, for a request with the keys.
fn under(condition: &str, context: &[(&str, &str)]) -> String {
    let role = format!(
        r#"{{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {condition}}}"#
    );
    let graph = Estate { role: &role, ..Estate::default() }.graph();
    let told = ask_in(&graph, "s3:GetObject", On::Asset(find(&graph, "data")), context);
    match &*told {
        "app" => "yes".into(),
        "" => "no".into(),
        told => told.trim_start_matches("app ").to_owned(),
    }
}

#[test]
fn operators_on_known_keys() {
    let cases: &[(&str, &str, &str)] = &[
        (r#"{"StringEquals": {"k:x": "a"}}"#, "a", "yes"),
        (r#"{"StringEquals": {"k:x": "a"}}"#, "b", "no"),
        (r#"{"StringEquals": {"k:x": ["b", "a"]}}"#, "a", "yes"),
        (r#"{"StringEquals": {"k:x": "a*"}}"#, "ab", "no"),
        (r#"{"StringEquals": {"K:X": "a"}}"#, "a", "yes"),
        (r#"{"StringEquals": {"k:x": "A"}}"#, "a", "no"),
        (r#"{"StringNotEquals": {"k:x": "a"}}"#, "a", "no"),
        (r#"{"StringNotEquals": {"k:x": "a"}}"#, "b", "yes"),
        (r#"{"StringNotEquals": {"k:x": ["a", "b"]}}"#, "b", "no"),
        (r#"{"StringEqualsIgnoreCase": {"k:x": "A"}}"#, "a", "yes"),
        (r#"{"StringNotEqualsIgnoreCase": {"k:x": "A"}}"#, "a", "no"),
        (r#"{"StringLike": {"k:x": "a*"}}"#, "abc", "yes"),
        (r#"{"StringLike": {"k:x": "a?"}}"#, "abc", "no"),
        (r#"{"StringLike": {"k:x": ["b*", "*c"]}}"#, "abc", "yes"),
        (r#"{"StringNotLike": {"k:x": "a*"}}"#, "abc", "no"),
        (r#"{"NumericEquals": {"k:x": "10"}}"#, "10.0", "yes"),
        (r#"{"NumericNotEquals": {"k:x": 10}}"#, "10", "no"),
        (r#"{"NumericLessThan": {"k:x": "10"}}"#, "9", "yes"),
        (r#"{"NumericLessThan": {"k:x": "10"}}"#, "10", "no"),
        (r#"{"NumericLessThanEquals": {"k:x": "10"}}"#, "10", "yes"),
        (r#"{"NumericGreaterThan": {"k:x": "10"}}"#, "9", "no"),
        (r#"{"NumericGreaterThanEquals": {"k:x": "10"}}"#, "10", "yes"),
        (r#"{"DateLessThan": {"k:x": "2026-01-02T00:00:00Z"}}"#, "2026-01-01T00:00:00Z", "yes"),
        (r#"{"DateGreaterThan": {"k:x": "2026-01-02T00:00:00Z"}}"#, "2026-01-01T00:00:00Z", "no"),
        (r#"{"DateEquals": {"k:x": "1970-01-02T00:00:00Z"}}"#, "86400", "yes"),
        (r#"{"DateNotEquals": {"k:x": "2026-01-02"}}"#, "2026-01-02T00:00:00Z", "no"),
        (r#"{"DateLessThanEquals": {"k:x": "2026-01-02"}}"#, "2026-01-02", "yes"),
        (r#"{"DateGreaterThanEquals": {"k:x": "2026-01-02"}}"#, "2026-01-01", "no"),
        (r#"{"Bool": {"k:x": "true"}}"#, "true", "yes"),
        (r#"{"Bool": {"k:x": true}}"#, "false", "no"),
        (r#"{"BinaryEquals": {"k:x": "QmluYXJ5"}}"#, "QmluYXJ5", "yes"),
        (r#"{"BinaryEquals": {"k:x": "QmluYXJ5"}}"#, "qmluYXJ5", "no"),
        (r#"{"IpAddress": {"k:x": "203.0.113.0/24"}}"#, "203.0.113.9", "yes"),
        (r#"{"IpAddress": {"k:x": ["10.0.0.0/8", "2001:db8::/32"]}}"#, "2001:db8::1", "yes"),
        (r#"{"NotIpAddress": {"k:x": "203.0.113.0/24"}}"#, "203.0.113.9", "no"),
        (r#"{"ArnEquals": {"k:x": "arn:aws:s3:::b*"}}"#, "arn:aws:s3:::bucket", "yes"),
        (r#"{"ArnLike": {"k:x": "arn:aws:iam::*:role/x"}}"#, "arn:aws:iam::1:role/x", "yes"),
        (r#"{"ArnLike": {"k:x": "arn:aws:iam::1:role/x"}}"#, "arn:aws:iam::2:role/x", "no"),
        (r#"{"ArnNotLike": {"k:x": "arn:aws:iam::*:role/x"}}"#, "arn:aws:iam::1:role/x", "no"),
        (r#"{"ArnNotEquals": {"k:x": "arn:aws:iam::1:role/y"}}"#, "arn:aws:iam::1:role/x", "yes"),
        (r#"{"Null": {"k:x": "true"}}"#, "a", "no"),
        (r#"{"Null": {"k:x": "false"}}"#, "a", "yes"),
        (r#"{"StringEqualsIfExists": {"k:x": "a"}}"#, "b", "no"),
        (r#"{"ForAnyValue:StringEquals": {"k:x": ["a", "b"]}}"#, "a", "yes"),
        (r#"{"ForAllValues:StringLike": {"k:x": ["a*"]}}"#, "b", "no"),
        (r#"{"StringEquals": {"k:x": "a"}, "Bool": {"k:x": "a"}}"#, "a", "yes"),
        (r#"{"StringEquals": {"k:x": "a"}, "StringLike": {"k:x": "b*"}}"#, "a", "no"),
        (
            r#"{"NumericLessThan": {"k:x": "ten"}}"#,
            "9",
            "unknown: the condition on k:x compares what is no number",
        ),
        (
            r#"{"IpAddress": {"k:x": "here"}}"#,
            "10.0.0.1",
            "unknown: the condition on k:x compares what is no address",
        ),
        (
            r#"{"DateLessThan": {"k:x": "soon"}}"#,
            "2026-01-01",
            "unknown: the condition on k:x compares what is no date",
        ),
        (
            r#"{"StringMatches": {"k:x": "a"}}"#,
            "a",
            "unknown: the condition operator StringMatches is not known",
        ),
    ];
    for (condition, value, expected) in cases {
        assert_eq!(under(condition, &[("k:x", value)]), *expected, "{condition} of {value}");
    }
}

#[test]
fn what_is_not_known_is_said() {
    let cases: &[(&str, &str)] = &[
        (r#"{"StringEquals": {"aws:SourceVpce": "vpce-1"}}"#, "if aws:SourceVpce is vpce-1"),
        (r#"{"StringNotEquals": {"aws:SourceVpc": ["a", "b"]}}"#, "if aws:SourceVpc is not a or b"),
        (r#"{"StringLike": {"aws:UserAgent": "x*"}}"#, "if aws:UserAgent is like x*"),
        (r#"{"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}"#, "if aws:SourceIp is in 10.0.0.0/8"),
        (r#"{"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#, "if aws:MultiFactorAuthPresent is true"),
        (
            r#"{"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}"#,
            "if aws:MultiFactorAuthAge is less than 3600",
        ),
        (r#"{"Null": {"aws:TokenIssueTime": "true"}}"#, "if aws:TokenIssueTime is absent"),
        (
            r#"{"StringEqualsIfExists": {"aws:RequestedRegion": "eu-west-1"}}"#,
            "if aws:RequestedRegion is eu-west-1 where it is present",
        ),
        (r#"{"ForAnyValue:StringLike": {"aws:TagKeys": "x*"}}"#, "if one of aws:TagKeys is like x*"),
        (r#"{"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}"#, "if every aws:TagKeys is a or b"),
        (r#"{"StringEquals": {"a:b": ["1", "2", "3", "4"]}}"#, "if a:b is 1 or 2 or 3 or …"),
        (
            r#"{"DateGreaterThan": {"aws:CurrentTime": "2026-01-01"}}"#,
            "if aws:CurrentTime is more than 2026-01-01",
        ),
    ];
    for (condition, expected) in cases {
        assert_eq!(under(condition, &[]), *expected, "{condition}");
    }
}

#[test]
fn keys_that_the_graph_tells() {
    let cases: &[(&str, &str)] = &[
        (r#"{"Bool": {"aws:SecureTransport": "true"}}"#, "yes"),
        (r#"{"Bool": {"aws:SecureTransport": "false"}}"#, "no"),
        (r#"{"StringEquals": {"aws:ResourceTag/team": "ml"}}"#, "yes"),
        (r#"{"StringEquals": {"aws:ResourceTag/team": "web"}}"#, "no"),
        (r#"{"StringEquals": {"aws:ResourceTag/owner": "ml"}}"#, "no"),
        (r#"{"StringEquals": {"aws:PrincipalTag/Team": "ml"}}"#, "yes"),
        (r#"{"StringEquals": {"aws:PrincipalTag/owner": "ml"}}"#, "if aws:PrincipalTag/owner is ml"),
        (r#"{"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}"#, "yes"),
        (r#"{"StringEquals": {"aws:PrincipalType": "AssumedRole"}}"#, "yes"),
        (r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/a*"}}"#, "yes"),
        (r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/b*"}}"#, "no"),
        (r#"{"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/app"}}"#, "no"),
        (
            r#"{"StringEquals": {"aws:PrincipalAccount": "111122223333"}}"#,
            "if aws:PrincipalAccount is 111122223333",
        ),
        (r#"{"StringEquals": {"aws:SourceAccount": "111122223333"}}"#, "no"),
        (r#"{"StringEqualsIfExists": {"aws:SourceAccount": "111122223333"}}"#, "yes"),
        (r#"{"Bool": {"aws:PrincipalIsAWSService": "false"}}"#, "yes"),
        (r#"{"Null": {"aws:PrincipalServiceName": "true"}}"#, "yes"),
        (r#"{"Null": {"aws:ResourceTag/team": "true"}}"#, "no"),
        (r#"{"StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#, "if aws:PrincipalOrgID is o-1"),
    ];
    for (condition, expected) in cases {
        assert_eq!(under(condition, &[]), *expected, "{condition}");
    }
}

#[test]
fn a_denial_that_is_not_decided_is_part_of_the_answer() {
    let cases: &[(&str, &str)] = &[
        (r#"{"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}"#, "app if aws:SourceVpce is vpce-1"),
        (r#"{"Bool": {"aws:SecureTransport": "false"}}"#, "app"),
        (r#"{"Bool": {"aws:SecureTransport": "true"}}"#, ""),
        (
            r#"{"StringNotEquals": {"aws:SourceVpce": "vpce-1"}, "Bool": {"aws:ViaAWSService": "false"}}"#,
            "app if unless aws:SourceVpce is not vpce-1 and aws:ViaAWSService is false",
        ),
        (r#"{"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/app"}}"#, "app"),
        (r#"{"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}"#, ""),
        (
            r#"{"StringMatches": {"a:b": "x"}}"#,
            "app unknown: the condition operator StringMatches is not known",
        ),
    ];
    for (condition, expected) in cases {
        let role = format!(
            r#"{},{{"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {condition}}}"#,
            super::ALL
        );
        let graph = Estate { role: &role, ..Estate::default() }.graph();
        assert_eq!(ask(&graph, "s3:GetObject", "data"), *expected, "{condition}");
        // The same in the bucket's own policy.
        let bucket = format!(
            r#"{{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::data/*", "Condition": {condition}}}"#
        );
        let graph = Estate { role: super::ALL, bucket: &bucket, ..Estate::default() }.graph();
        assert_eq!(ask(&graph, "s3:GetObject", "data"), *expected, "{condition} of the bucket");
    }
    let role = r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {"aws:SourceVpce": "a"}}},
        {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {"aws:SourceVpce": "a"}}}"#;
    let graph = Estate { role, ..Estate::default() }.graph();
    assert_eq!(ask(&graph, "s3:GetObject", "data"), "", "what is allowed is just what is denied");
}
