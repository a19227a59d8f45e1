//! AWS SAM: what each `AWS::Serverless::…` resource is written out to, under the names that SAM gives.
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html>
//!
//! What the policies of a function become is in [`super::serverless_policies`].

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Node, Reference, Value};

use super::serverless_policies::{self as policies, Granted};

/// A resource that SAM makes.
pub(super) struct Made {
    pub(super) native: &'static str,
    pub(super) id: String,
    pub(super) document: Node,
}

/// What one resource becomes, and what could not be worked out of it (each with its place).
#[derive(Default)]
pub(super) struct Written {
    pub(super) made: Vec<Made>,
    pub(super) notes: Vec<(Node, String)>,
}

type Entries = BTreeMap<Arc<str>, Node>;

/// Properties of a function that CloudFormation has under the same name.
const FUNCTION: [&str; 24] = [
    "FunctionName",
    "Description",
    "Handler",
    "Runtime",
    "PackageType",
    "MemorySize",
    "Timeout",
    "Environment",
    "VpcConfig",
    "KmsKeyArn",
    "Layers",
    "Architectures",
    "EphemeralStorage",
    "FileSystemConfigs",
    "ReservedConcurrentExecutions",
    "LoggingConfig",
    "CodeSigningConfigArn",
    "ImageConfig",
    "SnapStart",
    "RuntimeManagementConfig",
    "RecursiveLoop",
    "Tags",
    "CapacityProviderConfig",
    "TenancyConfig",
];

/// Writes a resource out; none for a type that SAM does not have.
pub(super) fn write_out(kind: &str, id: &str, prefix: &str, properties: &Node) -> Option<Written> {
    let mut writer = Writer { id, prefix, properties, written: Written::default() };
    match kind {
        "AWS::Serverless::Function" => writer.function(),
        "AWS::Serverless::StateMachine" => writer.state_machine(),
        "AWS::Serverless::SimpleTable" => {
            let table =
                writer.same(&["TableName", "SSESpecification", "Tags", "PointInTimeRecoverySpecification"]);
            writer.make("AWS::DynamoDB::Table", "", table, properties);
        }
        "AWS::Serverless::LayerVersion" => {
            let layer = writer.same(&[
                "LayerName",
                "Description",
                "CompatibleArchitectures",
                "CompatibleRuntimes",
                "LicenseInfo",
            ]);
            writer.make("AWS::Lambda::LayerVersion", "", layer, properties);
        }
        "AWS::Serverless::Api" => {
            let mut api = writer.same(&[
                "Name",
                "Description",
                "EndpointConfiguration",
                "BinaryMediaTypes",
                "DisableExecuteApiEndpoint",
                "Policy",
                "Tags",
            ]);
            writer.rename("DefinitionBody", "Body", &mut api);
            writer.rename("Auth", "Auth", &mut api);
            writer.make("AWS::ApiGateway::RestApi", "", api, properties);
        }
        "AWS::Serverless::HttpApi" => {
            let mut api = writer.same(&[
                "Name",
                "Description",
                "CorsConfiguration",
                "DisableExecuteApiEndpoint",
                "Tags",
            ]);
            writer.rename("DefinitionBody", "Body", &mut api);
            writer.rename("Auth", "Auth", &mut api);
            writer.make("AWS::ApiGatewayV2::Api", "", api, properties);
        }
        "AWS::Serverless::GraphQLApi" => {
            let api = writer.same(&["Name", "Tags", "XrayEnabled"]);
            writer.make("AWS::AppSync::GraphQLApi", "", api, properties);
        }
        "AWS::Serverless::Connector" => {
            let reason = format!("what the connector {id} grants is not worked out");
            writer.written.notes.push((properties.clone(), reason));
        }
        _ => return None,
    }
    Some(writer.written)
}

/// The properties of a resource over those of the template's `Globals`: maps are merged, lists are joined.
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html>
pub(super) fn over(globals: &Node, own: Node, depth: usize) -> Node {
    match (&globals.value, &own.value) {
        (Value::Map(theirs), Value::Map(ours)) if depth < 32 => {
            let mut map = (**ours).clone();
            for (key, value) in theirs.iter() {
                let merged = match map.remove(key) {
                    Some(own) => over(value, own, depth + 1),
                    None => value.clone(),
                };
                map.insert(key.clone(), merged);
            }
            Node { value: Value::map(map), ..own }
        }
        (Value::List(theirs), Value::List(ours)) => {
            let items = theirs.iter().chain(ours.iter()).cloned().collect();
            Node { value: Value::list(items), ..own }
        }
        _ => own,
    }
}

struct Writer<'w> {
    id: &'w str,
    prefix: &'w str,
    properties: &'w Node,
    written: Written,
}

/// A node that stands where `place` stands.
pub(super) fn stands(value: Value, place: &Node) -> Node {
    Node { at: place.at.clone(), ..value.into() }
}

pub(super) fn text(text: &str, place: &Node) -> Node {
    stands(Value::string(text), place)
}

pub(super) fn object<const N: usize>(entries: [(&str, Node); N], place: &Node) -> Node {
    let entries = entries.into_iter().map(|(key, node)| (Arc::from(key), node)).collect();
    stands(Value::map(entries), place)
}

impl Writer<'_> {
    fn get(&self, name: &str) -> Option<&Node> {
        self.properties.get(name).filter(|node| !node.is_null())
    }

    fn same(&self, names: &[&str]) -> Entries {
        names.iter().filter_map(|name| Some((Arc::from(*name), self.get(name)?.clone()))).collect()
    }

    fn rename(&self, from: &str, to: &str, into: &mut Entries) {
        if let Some(node) = self.get(from) {
            into.insert(to.into(), node.clone());
        }
    }

    fn make(&mut self, native: &'static str, suffix: &str, document: Entries, place: &Node) {
        let document = stands(Value::map(document), place);
        self.written.made.push(Made { native, id: format!("{}{suffix}", self.id), document });
    }

    /// An attribute of something that is made here.
    fn of(&self, suffix: &str, attribute: &str, place: &Node) -> Node {
        let address = format!("{}{}{suffix}", self.prefix, self.id);
        let from = Reference { address: address.into(), attribute: attribute.into(), via: None };
        let unknown = Value::unknown("known after deployment");
        Node { from: Some(Arc::new(from)), ..stands(unknown, place) }
    }

    fn function(&mut self) {
        let place = self.properties.clone();
        let mut document = self.same(&FUNCTION);
        if let Some(code) = self.code() {
            document.insert("Code".into(), code);
        }
        for (name, outer, inner) in [("Tracing", "TracingConfig", "Mode")] {
            if let Some(node) = self.get(name) {
                document.insert(outer.into(), object([(inner, node.clone())], node));
            }
        }
        if let Some(queue) = self.get("DeadLetterQueue") {
            let target = queue.get("TargetArn").cloned().unwrap_or_default();
            document.insert("DeadLetterConfig".into(), object([("TargetArn", target)], queue));
        }
        let role = self.get("Role").cloned();
        document.insert("Role".into(), role.clone().unwrap_or_else(|| self.of("Role", "Arn", &place)));
        self.make("AWS::Lambda::Function", "", document, &place);
        if role.is_none() {
            let mut managed = vec!["service-role/AWSLambdaBasicExecutionRole"];
            if self.get("Tracing").is_some_and(|t| t.as_str() == Some("Active")) {
                managed.push("AWSXRayDaemonWriteAccess");
            }
            if self.get("VpcConfig").is_some() {
                managed.push("service-role/AWSLambdaVPCAccessExecutionRole");
            }
            self.role("lambda.amazonaws.com", &managed);
        }
        self.url();
        self.events();
    }

    fn state_machine(&mut self) {
        let place = self.properties.clone();
        let mut document = self.same(&["Tags", "DefinitionSubstitutions"]);
        for (from, to) in [
            ("Name", "StateMachineName"),
            ("Type", "StateMachineType"),
            ("Logging", "LoggingConfiguration"),
            ("Tracing", "TracingConfiguration"),
            ("Definition", "Definition"),
        ] {
            self.rename(from, to, &mut document);
        }
        let role = self.get("Role").cloned();
        document.insert("RoleArn".into(), role.clone().unwrap_or_else(|| self.of("Role", "Arn", &place)));
        self.make("AWS::StepFunctions::StateMachine", "", document, &place);
        if role.is_none() {
            self.role("states.amazonaws.com", &[]);
        }
    }

    /// `CodeUri`, `ImageUri` or `InlineCode`.
    fn code(&self) -> Option<Node> {
        if let Some(image) = self.get("ImageUri") {
            return Some(object([("ImageUri", image.clone())], image));
        }
        if let Some(inline) = self.get("InlineCode") {
            return Some(object([("ZipFile", inline.clone())], inline));
        }
        let uri = self.get("CodeUri")?;
        match &uri.value {
            Value::Map(map) => {
                let mut code = Entries::new();
                for (from, to) in [("Bucket", "S3Bucket"), ("Key", "S3Key"), ("Version", "S3ObjectVersion")] {
                    if let Some(node) = map.get(from) {
                        code.insert(to.into(), node.clone());
                    }
                }
                Some(stands(Value::map(code), uri))
            }
            Value::String(path) => {
                let (bucket, key) = path.strip_prefix("s3://")?.split_once('/')?;
                Some(object([("S3Bucket", text(bucket, uri)), ("S3Key", text(key, uri))], uri))
            }
            _ => None, // a folder of the repository: where it is uploaded is not in the template
        }
    }

    fn role(&mut self, service: &str, managed: &[&str]) {
        let place = self
            .get("Policies")
            .cloned()
            .unwrap_or_else(|| Node { at: self.properties.at.clone(), ..Node::null() });
        let trust = self.get("AssumeRolePolicyDocument").cloned().unwrap_or_else(|| {
            let statement = object(
                [
                    ("Effect", text("Allow", &place)),
                    ("Action", text("sts:AssumeRole", &place)),
                    ("Principal", object([("Service", text(service, &place))], &place)),
                ],
                &place,
            );
            let statements = stands(Value::list(vec![statement]), &place);
            object([("Version", text("2012-10-17", &place)), ("Statement", statements)], &place)
        });
        let own = |name: &&str| text(&format!("arn:aws:iam::aws:policy/{name}"), self.properties);
        let mut arns: Vec<Node> = managed.iter().map(own).collect();
        let mut inline = Vec::new();
        let items = match self.get("Policies") {
            Some(Node { value: Value::List(items), .. }) => items.to_vec(),
            Some(one) => vec![one.clone()],
            None => Vec::new(),
        };
        for (i, item) in items.into_iter().enumerate() {
            let item = Node { at: item.at.clone().or_else(|| place.at.clone()), ..item };
            match policies::granted(&item) {
                Granted::Managed(arn) => arns.push(arn),
                Granted::Inline(policy) => {
                    let name = text(&format!("{}RolePolicy{i}", self.id), &item);
                    inline.push(object([("PolicyName", name), ("PolicyDocument", policy)], &item));
                }
                Granted::Unknown(reason) => {
                    self.written.notes.push((item.clone(), reason.clone()));
                    let policy = stands(Value::unknown(reason), &item);
                    inline.push(object([("PolicyDocument", policy)], &item));
                }
            }
        }
        let mut document = Entries::new();
        document.insert("AssumeRolePolicyDocument".into(), trust);
        document.insert("ManagedPolicyArns".into(), stands(Value::list(arns), &place));
        if !inline.is_empty() {
            document.insert("Policies".into(), stands(Value::list(inline), &place));
        }
        self.rename("PermissionsBoundary", "PermissionsBoundary", &mut document);
        self.rename("RolePath", "Path", &mut document);
        self.make("AWS::IAM::Role", "Role", document, &place);
    }

    fn url(&mut self) {
        let Some(config) = self.get("FunctionUrlConfig").cloned() else { return };
        let mut document = Entries::new();
        document.insert("TargetFunctionArn".into(), self.of("", "FunctionName", &config));
        for name in ["AuthType", "Cors", "InvokeMode"] {
            if let Some(node) = config.get(name) {
                document.insert(name.into(), node.clone());
            }
        }
        let auth = config.get("AuthType").cloned();
        self.make("AWS::Lambda::Url", "Url", document, &config);
        if let Some(auth) = auth.filter(|auth| auth.as_str() == Some("NONE")) {
            let permission = self.permission("lambda:InvokeFunctionUrl", "*", &auth);
            let mut permission = permission;
            permission.insert("FunctionUrlAuthType".into(), auth.clone());
            self.make("AWS::Lambda::Permission", "UrlPublicPermissions", permission, &auth);
        }
    }

    fn permission(&self, action: &str, principal: &str, place: &Node) -> Entries {
        let mut document = Entries::new();
        document.insert("Action".into(), text(action, place));
        document.insert("FunctionName".into(), self.of("", "FunctionName", place));
        document.insert("Principal".into(), text(principal, place));
        document
    }

    /// Who an event source lets call the function; sources that Lambda polls itself need no permission.
    fn events(&mut self) {
        let Some(Value::Map(events)) = self.get("Events").map(|events| events.value.clone()) else { return };
        for (name, event) in events.iter() {
            let kind = event.get("Type").and_then(Node::as_str).unwrap_or_default();
            let (principal, suffix) = match kind {
                "Api" => ("apigateway.amazonaws.com", "PermissionProd"),
                "HttpApi" => ("apigateway.amazonaws.com", "Permission"),
                "S3" => ("s3.amazonaws.com", "Permission"),
                "SNS" => ("sns.amazonaws.com", ""),
                "Schedule" | "CloudWatchEvent" | "EventBridgeRule" => ("events.amazonaws.com", "Permission"),
                "CloudWatchLogs" => ("logs.amazonaws.com", "Permission"),
                "IoTRule" => ("iot.amazonaws.com", "Permission"),
                "AlexaSkill" => ("alexa-appkit.amazon.com", "Permission"),
                "Cognito" => ("cognito-idp.amazonaws.com", "Permission"),
                _ => continue,
            };
            let mut permission = self.permission("lambda:InvokeFunction", principal, event);
            let property = |name: &str| event.get("Properties").and_then(|p| p.get(name)).cloned();
            // SAM narrows every permission to its event's source.
            let source = match kind {
                "SNS" => property("Topic"),
                "AlexaSkill" => None,
                _ => Some(self.of(name, "Arn", event)),
            };
            if let Some(source) = source {
                permission.insert("SourceArn".into(), source);
            }
            self.make("AWS::Lambda::Permission", &format!("{name}{suffix}"), permission, event);
        }
    }
}
