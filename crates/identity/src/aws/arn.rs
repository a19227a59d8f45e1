//! The ARNs of assets, as far as they are known, and the texts of documents as patterns over them.
//!
//! The forms of ARNs are those of the tables "Resource types defined by …" of the Service Authorization Reference,
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use graph::Graph;
use model::{Asset, Node, Piece, Reference, Value};

use super::pattern::{FREE, Pattern, RANDOM, STAR, Token, hole, symbol, variable, wild};

/// kind, ARN (`$` is the name, `~` the account or region, `!` six characters of AWS's choice), where the name is; an
/// empty field: AWS makes the name. Several ARNs are the thing and what it holds, which an action may be about.
const KINDS: &[(&str, &[&str], &str)] = &[
    ("aws.s3.bucket", &["arn:aws:s3:::$", "arn:aws:s3:::$/*"], "BucketName"),
    (
        "aws.s3-vectors.vector-bucket",
        &["arn:aws:s3vectors:~:~:bucket/$", "arn:aws:s3vectors:~:~:bucket/$/index/*"],
        "VectorBucketName",
    ),
    ("aws.s3-vectors.index", &["arn:aws:s3vectors:~:~:bucket/*/index/$"], "IndexName"),
    ("aws.kms.key", &["arn:aws:kms:~:~:key/$"], ""),
    ("aws.secrets-manager.secret", &["arn:aws:secretsmanager:~:~:secret:$-!"], "Name"),
    (
        "aws.logs.log-group",
        &["arn:aws:logs:~:~:log-group:$", "arn:aws:logs:~:~:log-group:$:*"],
        "LogGroupName",
    ),
    (
        "aws.lambda.function",
        &["arn:aws:lambda:~:~:function:$", "arn:aws:lambda:~:~:function:$:*"],
        "FunctionName",
    ),
    ("aws.ecr.repository", &["arn:aws:ecr:~:~:repository/$"], "RepositoryName"),
    ("aws.ec2.instance", &["arn:aws:ec2:~:~:instance/$"], ""),
    ("aws.ec2.vpc-endpoint", &["arn:aws:ec2:~:~:vpc-endpoint/$"], ""),
    ("aws.iam.role", &["arn:aws:iam::~:role/$"], "RoleName"),
    ("aws.iam.user", &["arn:aws:iam::~:user/$"], "UserName"),
    ("aws.iam.group", &["arn:aws:iam::~:group/$"], "GroupName"),
    ("aws.iam.managed-policy", &["arn:aws:iam::~:policy/$"], "ManagedPolicyName"),
    ("aws.iam.instance-profile", &["arn:aws:iam::~:instance-profile/$"], "InstanceProfileName"),
    ("aws.bedrock.agent", &["arn:aws:bedrock:~:~:agent/$"], ""),
    ("aws.bedrock.agent-alias", &["arn:aws:bedrock:~:~:agent-alias/*/$"], ""),
    ("aws.bedrock.knowledge-base", &["arn:aws:bedrock:~:~:knowledge-base/$"], ""),
    ("aws.bedrock.data-source", &["arn:aws:bedrock:~:~:knowledge-base/*"], ""),
    ("aws.bedrock.guardrail", &["arn:aws:bedrock:~:~:guardrail/$"], ""),
    ("aws.bedrock.inference-profile", &["arn:aws:bedrock:~:~:application-inference-profile/$"], ""),
    ("aws.bedrock.custom-model", &["arn:aws:bedrock:~:~:custom-model/$"], ""),
    ("aws.bedrock.provisioned-throughput", &["arn:aws:bedrock:~:~:provisioned-model/$"], ""),
    ("aws.bedrock.flow", &["arn:aws:bedrock:~:~:flow/$"], ""),
    ("aws.bedrock.prompt", &["arn:aws:bedrock:~:~:prompt/$"], ""),
    (
        "aws.bedrock-agentcore.runtime",
        &["arn:aws:bedrock-agentcore:~:~:runtime/$", "arn:aws:bedrock-agentcore:~:~:runtime/$/*"],
        "",
    ),
    ("aws.bedrock-agentcore.gateway", &["arn:aws:bedrock-agentcore:~:~:gateway/$"], ""),
    ("aws.bedrock-agentcore.memory", &["arn:aws:bedrock-agentcore:~:~:memory/$"], ""),
    ("aws.bedrock-agentcore.browser", &["arn:aws:bedrock-agentcore:~:~:browser-custom/$"], ""),
    (
        "aws.bedrock-agentcore.code-interpreter",
        &["arn:aws:bedrock-agentcore:~:~:code-interpreter-custom/$"],
        "",
    ),
    (
        "aws.sagemaker.notebook-instance",
        &["arn:aws:sagemaker:~:~:notebook-instance/$"],
        "NotebookInstanceName",
    ),
    (
        "aws.sagemaker.notebook-lifecycle-config",
        &["arn:aws:sagemaker:~:~:notebook-instance-lifecycle-config/$"],
        "NotebookInstanceLifecycleConfigName",
    ),
    ("aws.sagemaker.endpoint", &["arn:aws:sagemaker:~:~:endpoint/$"], "EndpointName"),
    ("aws.sagemaker.endpoint-config", &["arn:aws:sagemaker:~:~:endpoint-config/$"], "EndpointConfigName"),
    ("aws.sagemaker.model", &["arn:aws:sagemaker:~:~:model/$"], "ModelName"),
    (
        "aws.sagemaker.model-package-group",
        &["arn:aws:sagemaker:~:~:model-package-group/$"],
        "ModelPackageGroupName",
    ),
    ("aws.sagemaker.domain", &["arn:aws:sagemaker:~:~:domain/$"], ""),
    ("aws.sagemaker.user-profile", &["arn:aws:sagemaker:~:~:user-profile/*/$"], "UserProfileName"),
    ("aws.sagemaker.space", &["arn:aws:sagemaker:~:~:space/*/$"], "SpaceName"),
    ("aws.sagemaker.app", &["arn:aws:sagemaker:~:~:app/*"], ""),
    ("aws.sagemaker.pipeline", &["arn:aws:sagemaker:~:~:pipeline/$"], "PipelineName"),
    ("aws.sagemaker.training-job", &["arn:aws:sagemaker:~:~:training-job/$"], "TrainingJobName"),
    ("aws.sagemaker.feature-group", &["arn:aws:sagemaker:~:~:feature-group/$"], "FeatureGroupName"),
    (
        "aws.sagemaker.mlflow-tracking-server",
        &["arn:aws:sagemaker:~:~:mlflow-tracking-server/$"],
        "TrackingServerName",
    ),
    (
        "aws.opensearch-service.domain",
        &["arn:aws:es:~:~:domain/$", "arn:aws:es:~:~:domain/$/*"],
        "DomainName",
    ),
    ("aws.opensearch-serverless.collection", &["arn:aws:aoss:~:~:collection/$"], ""),
    ("aws.kendra.index", &["arn:aws:kendra:~:~:index/$"], ""),
    ("aws.emr.cluster", &["arn:aws:elasticmapreduce:~:~:cluster/$"], ""),
    ("aws.cloudtrail.trail", &["arn:aws:cloudtrail:~:~:trail/$"], "TrailName"),
    ("aws.app-runner.service", &["arn:aws:apprunner:~:~:service/$/*"], "ServiceName"),
    (
        "aws.bedrock-agentcore.api-key-credential-provider",
        &["arn:aws:bedrock-agentcore:~:~:token-vault/*/apikeycredentialprovider/$"],
        "Name",
    ),
    ("aws.cloudformation.stack", &["arn:aws:cloudformation:~:~:stack/$/*"], "StackName"),
    ("aws.cloudformation.stack-set", &["arn:aws:cloudformation:~:~:stackset/$:*"], "StackSetName"),
    ("aws.codebuild.project", &["arn:aws:codebuild:~:~:project/$"], "Name"),
    ("aws.dynamodb.table", &["arn:aws:dynamodb:~:~:table/$"], "TableName"),
    ("aws.ec2.launch-template", &["arn:aws:ec2:~:~:launch-template/$"], ""),
    ("aws.ecs.cluster", &["arn:aws:ecs:~:~:cluster/$"], "ClusterName"),
    ("aws.ecs.service", &["arn:aws:ecs:~:~:service/*/$", "arn:aws:ecs:~:~:task/*"], "ServiceName"),
    ("aws.ecs.task-definition", &["arn:aws:ecs:~:~:task-definition/$:*"], "Family"),
    ("aws.glue.dev-endpoint", &["arn:aws:glue:~:~:devEndpoint/$"], "EndpointName"),
    ("aws.glue.job", &["arn:aws:glue:~:~:job/$"], "Name"),
    ("aws.ssm.parameter", &["arn:aws:ssm:~:~:parameter/$"], "Name"),
    ("aws.step-functions.state-machine", &["arn:aws:states:~:~:stateMachine:$"], "StateMachineName"),
];

/// A value that the configuration does not tell.
#[derive(Clone, Debug)]
pub(super) struct Hole {
    pub(super) shown: Arc<str>,
    pub(super) reason: Arc<str>,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Account {
    Known(Arc<str>),
    /// The one that a configuration root is deployed to.
    Of(Arc<str>),
    /// Somebody's, as written.
    Unsaid(Arc<str>),
}

/// Assets by their ARNs, and what texts of documents say.
#[derive(Debug)]
pub(super) struct Names<'g> {
    pub(super) graph: &'g Graph,
    /// For each asset: its own ARN, then those of what it holds.
    arns: Vec<Arc<[Pattern]>>,
    names: HashMap<usize, Vec<Token>>,
    accounts: HashMap<Arc<str>, Arc<str>>,
    /// What stands for the account of a configuration that says none.
    own: HashMap<Arc<str>, usize>,
    by_arn: HashMap<Arc<[Token]>, Vec<usize>>,
    pub(super) holes: Vec<Hole>,
    hole_of: HashMap<Arc<str>, usize>,
    pub(super) variables: Vec<Arc<str>>,
    any: [Arc<str>; 1],
}

impl<'g> Names<'g> {
    pub(super) fn new(graph: &'g Graph) -> Self {
        let mut names = Names {
            graph,
            arns: vec![Arc::from([]); graph.assets().len()],
            names: HashMap::new(),
            accounts: accounts(graph),
            own: HashMap::new(),
            by_arn: HashMap::new(),
            holes: Vec::new(),
            hole_of: HashMap::new(),
            variables: Vec::new(),
            any: ["aws.".into()],
        };
        for asset in graph.assets() {
            if !names.own.contains_key(&asset.scope) {
                names.own.insert(asset.scope.clone(), names.holes.len());
                let reason = "the account is not known".into();
                names.holes.push(Hole { shown: "the account".into(), reason });
            }
        }
        for (index, asset) in graph.assets().iter().enumerate() {
            if let Some((_, forms, field)) = KINDS.iter().find(|(kind, ..)| *kind == &*asset.kind) {
                names.add(index, asset, forms, field);
            }
        }
        names
    }

    fn add(&mut self, index: usize, asset: &Asset, forms: &[&str], field: &str) {
        let said = asset.document.get(field).filter(|n| !n.is_null());
        let name = match said {
            Some(node) => self.name(index, node),
            None => match asset.document.get("BucketNamePrefix").and_then(Node::as_str) {
                Some(prefix) => prefix.chars().map(Token::from).chain([symbol(index)]).collect(),
                None => vec![symbol(index)],
            },
        };
        let account = self.accounts.get(&asset.scope).cloned();
        let own = asset.aliases.iter().chain([&asset.id.0]).find(|alias| is_own(alias, forms[0]));
        let path = asset.document.get("Path").and_then(Node::as_str).unwrap_or("/");
        let path = path.trim_start_matches('/').chars().filter(|_| asset.kind.starts_with("aws.iam."));
        let path: Vec<Token> = path.map(Token::from).collect();
        let form = |form: &&str| fill(form, &path, &name, account.as_deref());
        let arns: Vec<Pattern> = match own {
            Some(arn) => {
                let rest =
                    |form: &&str| form.strip_prefix(forms[0]).map(|rest| format!("{}{rest}", escaped(arn)));
                let held = forms[1..].iter().filter_map(rest).map(|text| Pattern::glob(&text));
                [Pattern::literal(arn.trim_end_matches(":*"))].into_iter().chain(held).collect()
            }
            None => forms.iter().map(form).collect(),
        };
        for arn in &arns[..1] {
            self.by_arn.entry(anonymous(arn)).or_default().push(index);
        }
        self.names.insert(index, name);
        self.arns[index] = arns.into();
    }

    /// The ARN of an asset and of what it holds; empty where its form is not known.
    pub(super) fn arns(&self, asset: usize) -> &Arc<[Pattern]> {
        &self.arns[asset]
    }

    /// The ARNs of a thing of a kind of which nothing is known.
    pub(super) fn form(&self, kind: &str) -> Option<Vec<Pattern>> {
        let (_, forms, _) = KINDS.iter().find(|(known, ..)| *known == kind)?;
        Some(forms.iter().map(|form| fill(form, &[], &[symbol(usize::MAX)], None)).collect())
    }

    /// The account that an asset lies in.
    pub(super) fn account(&self, asset: usize) -> Account {
        let scope = &self.graph.assets()[asset].scope;
        self.account_of(scope)
    }

    pub(super) fn account_of(&self, scope: &Arc<str>) -> Account {
        match self.accounts.get(scope) {
            Some(account) => Account::Known(account.clone()),
            None => Account::Of(scope.clone()),
        }
    }

    /// An account as the value of a key.
    pub(super) fn account_value(&self, account: &Account) -> Option<Pattern> {
        match account {
            Account::Known(account) => Some(Pattern::literal(account)),
            Account::Of(scope) => self.own.get(scope).map(|own| Pattern::new(vec![hole(*own)])),
            Account::Unsaid(_) => None,
        }
    }

    /// The assets that an ARN may be the name of, whichever account and region.
    pub(super) fn of_arn(&self, arn: &Pattern) -> Vec<usize> {
        let found = self.by_arn.get(&anonymous(arn)).into_iter().flatten().copied();
        found.filter(|i| self.arns[*i][0].meets(arn) == super::pattern::Meets::Covers).collect()
    }

    /// The asset that a value in a document of `from` names.
    pub(super) fn named(&self, from: usize, node: &Node, kinds: &[Arc<str>]) -> Option<usize> {
        self.graph.named(from, node, kinds)
    }

    /// Text without wildcards: a name.
    fn name(&mut self, index: usize, node: &Node) -> Vec<Token> {
        match &node.value {
            Value::String(text) => text.chars().map(Token::from).collect(),
            Value::Template(pieces) => {
                let mut tokens = Vec::new();
                for piece in pieces.iter() {
                    match piece {
                        Piece::Text(text) => tokens.extend(text.chars().map(Token::from)),
                        Piece::Hole { reason, from } => {
                            tokens.push(self.unsaid(index, reason, from.as_deref()));
                        }
                    }
                }
                tokens
            }
            Value::Unknown(reason) => vec![self.unsaid(index, reason, node.from.as_deref())],
            _ => vec![symbol(index)],
        }
    }

    /// Two texts of one configuration that have the same hole have the same value there.
    fn unsaid(&mut self, index: usize, reason: &Arc<str>, from: Option<&Reference>) -> Token {
        let scope = &self.graph.assets()[index].scope;
        let said = from.map_or_else(|| reason.to_string(), |r| r.chain().last().unwrap_or(r).to_string());
        let key: Arc<str> = format!("{scope}#{said}").into();
        if let Some(found) = self.hole_of.get(&key) {
            return hole(*found);
        }
        let shown = from.map_or_else(|| "…".to_owned(), |r| format!("${{{r}}}"));
        self.holes.push(Hole { shown: shown.into(), reason: reason.clone() });
        self.hole_of.insert(key, self.holes.len() - 1);
        hole(self.holes.len() - 1)
    }

    /// A text of a policy of `from`. With `globs`, `*` and `?` are wildcards; `${aws:username}` is a variable always.
    pub(super) fn pattern(&mut self, from: usize, node: &Node, globs: bool) -> Option<Pattern> {
        let mut tokens = Vec::new();
        match &node.value {
            Value::String(text) => self.written(text, globs, &mut tokens),
            Value::Number(number) => self.written(&number.to_string(), globs, &mut tokens),
            Value::Bool(value) => self.written(&value.to_string(), globs, &mut tokens),
            Value::Template(pieces) => {
                for piece in pieces.iter() {
                    match piece {
                        Piece::Text(text) => self.written(text, globs, &mut tokens),
                        Piece::Hole { reason, from: reference } => {
                            let value = Node { from: reference.clone(), ..Node::unknown(reason) };
                            self.refer(from, &value, reason, &mut tokens);
                        }
                    }
                }
            }
            Value::Unknown(reason) => self.refer(from, node, reason, &mut tokens),
            _ => return None,
        }
        Some(Pattern::new(tokens))
    }

    /// A piece that is another resource's attribute: at the start of a text its ARN, else its name.
    fn refer(&mut self, from: usize, node: &Node, reason: &Arc<str>, tokens: &mut Vec<Token>) {
        let found = node.from.as_ref().and_then(|_| self.graph.named(from, node, &self.any));
        if let Some(asset) = found {
            let attribute = node.from.as_ref().map_or("", |r| &*r.chain().last().unwrap_or(r).attribute);
            let whole = tokens.is_empty() && !matches!(attribute, "bucket" | "name" | "account_id");
            match (whole, self.arns[asset].first(), self.names.get(&asset)) {
                (true, Some(arn), _) => return tokens.extend(arn.tokens.iter()),
                (false, _, Some(name)) if attribute != "account_id" => return tokens.extend(name.iter()),
                _ => {}
            }
        }
        let token = self.unsaid(from, reason, node.from.as_deref());
        tokens.push(token);
    }

    fn written(&mut self, text: &str, globs: bool, tokens: &mut Vec<Token>) {
        let plain = |c: char| if globs { wild(c) } else { Token::from(c) };
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, behind)) = after.split_once('}') else { break };
            tokens.extend(before.chars().map(plain));
            match name {
                "*" | "?" | "$" => tokens.extend(name.chars().map(Token::from)),
                _ => {
                    // A default may follow the key: `${aws:PrincipalTag/team, 'none'}`.
                    let key = name.split(',').next().unwrap_or(name).trim().to_ascii_lowercase();
                    let known = self.variables.iter().position(|v| **v == *key);
                    let index = known.unwrap_or_else(|| {
                        self.variables.push(key.into());
                        self.variables.len() - 1
                    });
                    tokens.push(variable(index));
                }
            }
            rest = behind;
        }
        tokens.extend(rest.chars().map(plain));
    }

    /// Whose account the account part of an ARN, or a whole value, says.
    pub(super) fn whose(&self, from: usize, tokens: &[Token], shown: &str) -> Account {
        if let Some(known) = super::pattern::text(tokens) {
            return Account::Known(known.into());
        }
        let hole = tokens.iter().find_map(|t| super::pattern::as_hole(*t)).map(|h| &self.holes[h]);
        let own = hole
            .is_some_and(|h| h.shown.contains("aws_caller_identity") || h.shown.contains("AWS::AccountId"));
        match own || tokens == [FREE] {
            true => self.account(from),
            false => Account::Unsaid(hole.map_or_else(|| shown.into(), |h| h.shown.clone())),
        }
    }
}

/// An ARN of a form.
fn fill(form: &str, path: &[Token], name: &[Token], account: Option<&str>) -> Pattern {
    let mut tokens: Vec<Token> = Vec::new();
    let mut colons = 0;
    for c in form.chars() {
        colons += usize::from(c == ':');
        match c {
            '$' => tokens.extend(path.iter().chain(name)),
            '~' => match account.filter(|_| colons == 4) {
                Some(account) => tokens.extend(account.chars().map(Token::from)),
                None => tokens.push(FREE),
            },
            '!' => tokens.extend([RANDOM; 6]),
            c => tokens.push(wild(c)),
        }
    }
    Pattern::new(tokens)
}

fn is_own(alias: &str, form: &str) -> bool {
    let service = |text: &str| text.split(':').nth(2).map(str::to_owned);
    alias.starts_with("arn:")
        && alias.split(':').count() > 5
        && service(alias) == service(form)
        && !alias.contains("${")
}

fn escaped(arn: &str) -> &str {
    arn.trim_end_matches(":*")
}

/// An ARN without partition, region and account.
fn anonymous(arn: &Pattern) -> Arc<[Token]> {
    match (arn.part(2), arn.part(5)) {
        (Some(service), Some(resource)) => {
            service.iter().chain(&[Token::from(':')]).chain(resource).copied().collect()
        }
        _ => arn.tokens.clone(),
    }
}

/// The account of each configuration whose assets say one, and one alone.
fn accounts(graph: &Graph) -> HashMap<Arc<str>, Arc<str>> {
    let mut seen: BTreeMap<Arc<str>, BTreeSet<Arc<str>>> = BTreeMap::new();
    for asset in graph.assets().iter().filter(|a| a.kind.starts_with("aws.")) {
        let own = asset.aliases.iter().chain([&asset.id.0]).filter_map(|alias| {
            let mut parts = alias.strip_prefix("arn:")?.split(':');
            parts.nth(3).filter(|a| a.len() == 12 && a.bytes().all(|b| b.is_ascii_digit()))
        });
        let told =
            asset.document.get("AccountId").filter(|_| &*asset.kind == "aws.account").and_then(Node::as_str);
        for account in own.chain(told) {
            seen.entry(asset.scope.clone()).or_default().insert(account.into());
        }
    }
    let one = |accounts: BTreeSet<Arc<str>>| accounts.first().filter(|_| accounts.len() == 1).cloned();
    seen.into_iter().filter_map(|(scope, accounts)| Some((scope, one(accounts)?))).collect()
}

/// Any resource at all, for what whoever acts chooses.
pub(super) fn anything() -> Pattern {
    Pattern::new(vec![STAR])
}

impl Names<'_> {
    /// Why a hole is one.
    pub(super) fn why(&self, hole: usize) -> Arc<str> {
        match self.holes.get(hole) {
            Some(hole) if hole.shown.starts_with('$') => format!("{}: {}", hole.shown, hole.reason).into(),
            Some(hole) => hole.reason.clone(),
            None => "it is not known".into(),
        }
    }

    /// A pattern in words.
    pub(super) fn shown(&self, pattern: &Pattern) -> String {
        use super::pattern::{QUEST, as_hole, as_symbol, as_variable};
        let mut text = String::new();
        for token in pattern.tokens.iter() {
            match *token {
                STAR => text.push('*'),
                QUEST | RANDOM => text.push('?'),
                FREE => text.push('…'),
                token => {
                    match (char::from_u32(token), as_symbol(token), as_hole(token), as_variable(token)) {
                        (Some(c), ..) => text.push(c),
                        (_, Some(asset), ..) => {
                            text.push_str(self.graph.assets().get(asset).map_or("…", |a| &a.name));
                        }
                        (_, _, Some(hole), _) => {
                            text.push_str(self.holes.get(hole).map_or("…", |h| &h.shown));
                        }
                        (.., Some(variable)) => {
                            text.push_str("${");
                            text.push_str(self.variables.get(variable).map_or("…", |v| v));
                            text.push('}');
                        }
                        _ => text.push('…'),
                    }
                }
            }
        }
        text
    }
}
