//! What is known of a request's keys: of who acts, of what it is done to, and of what was asked.
//!
//! "AWS global condition context keys",
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>.

use std::sync::Arc;

use model::{Node, Value};

use super::World;
use super::actor::Actor;
use super::arn::Account;
use super::condition::{Keys, Known};
use super::pattern::{Pattern, Token};

/// Who acts, as conditions see it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Subject<'a> {
    Actor(&'a Actor),
    /// Without signing in.
    Anonymous,
    /// Somebody who signed in elsewhere: with the account and the ARN, where they are known.
    Outside {
        account: Option<&'a Account>,
        arn: Option<&'a Pattern>,
    },
    /// A service of AWS, on behalf of the account that holds the thing.
    Service(&'a str),
    /// Somebody with a token of an identity provider.
    Federated,
    /// Nothing is known of who acts.
    Whoever,
}

#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) world: &'a World<'a>,
    pub(super) subject: Subject<'a>,
    pub(super) asset: Option<usize>,
    pub(super) request: &'a [(Arc<str>, Arc<str>)],
}

impl Keys for Context<'_> {
    fn get(&self, key: &str) -> Known {
        if let Some((_, value)) = self.request.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)) {
            return Known::Values(vec![Pattern::glob(value)]);
        }
        let text = |text: &str| Known::Values(vec![Pattern::literal(text)]);
        match key {
            // Whoever acts chooses to encrypt the connection.
            "aws:securetransport" => return text("true"),
            "aws:resourceaccount" => {
                return self
                    .asset
                    .map_or(Known::Open, |asset| self.account(&self.world.names.account(asset)));
            }
            _ => {}
        }
        if let Some((_, tag)) = key.split_once("resourcetag/") {
            return self.asset.map_or(Known::Open, |asset| self.tag(asset, tag, Known::Absent));
        }
        match self.subject {
            Subject::Actor(actor) => self.of_actor(actor, key),
            Subject::Anonymous => match key {
                "aws:principaltype" => text("Anonymous"),
                "aws:userid" => text("anonymous"),
                "aws:principalisawsservice" => text("false"),
                "aws:multifactorauthpresent" | "aws:multifactorauthage" | "aws:username" => Known::Absent,
                _ if key.starts_with("aws:principal")
                    || key.starts_with("aws:source") && is_of_service(key) =>
                {
                    Known::Absent
                }
                _ => Known::Open,
            },
            Subject::Outside { account, arn } => match key {
                "aws:principalisawsservice" => text("false"),
                "aws:principalservicename" | "aws:principalservicenameslist" => Known::Absent,
                "aws:principalaccount" | "kms:calleraccount" => {
                    account.map_or(Known::Open, |a| self.account(a))
                }
                "aws:principalarn" => arn.map_or(Known::Open, |arn| Known::Values(vec![arn.clone()])),
                _ if is_of_service(key) => Known::Absent,
                _ => Known::Open,
            },
            Subject::Service(service) => match key {
                "aws:principalisawsservice" => text("true"),
                "aws:principalservicename" => text(service),
                "aws:principalarn" | "aws:principalaccount" | "aws:principalorgid" | "aws:username" => {
                    Known::Absent
                }
                // The service acts for somebody of this very account.
                "aws:sourceaccount" => {
                    self.asset.map_or(Known::Open, |a| self.account(&self.world.names.account(a)))
                }
                _ => Known::Open,
            },
            Subject::Federated | Subject::Whoever => Known::Open,
        }
    }

    fn variable(&self, index: usize) -> Option<Vec<Token>> {
        let key = self.world.names.variables.get(index)?;
        match self.get(key) {
            Known::Values(values) => match &values[..] {
                [one] => Some(one.tokens.to_vec()),
                _ => None,
            },
            Known::Absent | Known::Open => None,
        }
    }
}

/// Keys that a request has when a service of AWS makes it for somebody.
fn is_of_service(key: &str) -> bool {
    matches!(key, "aws:sourcearn" | "aws:sourceaccount" | "aws:sourceorgid" | "aws:sourceorgpaths")
}

impl Context<'_> {
    fn account(&self, account: &Account) -> Known {
        self.world.names.account_value(account).map_or(Known::Open, |value| Known::Values(vec![value]))
    }

    fn of_actor(&self, actor: &Actor, key: &str) -> Known {
        let text = |text: &str| Known::Values(vec![Pattern::literal(text)]);
        match key {
            "aws:principalarn" => Known::Values(vec![actor.arn.clone()]),
            "aws:principalaccount" | "kms:calleraccount" => self.account(&actor.account),
            "aws:principaltype" => text(if actor.role { "AssumedRole" } else { "User" }),
            "aws:principalisawsservice" => text("false"),
            "aws:principalservicename" | "aws:principalservicenameslist" => Known::Absent,
            "aws:username" if actor.role => Known::Absent,
            "aws:username" => actor.name.as_deref().map_or(Known::Open, text),
            _ if is_of_service(key) => Known::Absent,
            _ => match key.strip_prefix("aws:principaltag/") {
                // A session may bring tags of its own.
                Some(tag) => self.tag(actor.asset, tag, if actor.role { Known::Open } else { Known::Absent }),
                None => Known::Open,
            },
        }
    }

    /// A tag of an asset, as a map or as CloudFormation's list. Keys are compared without case.
    fn tag(&self, asset: usize, tag: &str, missing: Known) -> Known {
        let value = |node: &Node| match node.as_str() {
            Some(text) => Known::Values(vec![Pattern::literal(text)]),
            None => Known::Open,
        };
        match self.world.names.graph.assets()[asset].document.get("Tags").map(|n| &n.value) {
            None | Some(Value::Null) => missing,
            Some(Value::Map(tags)) => {
                tags.iter().find(|(k, _)| k.eq_ignore_ascii_case(tag)).map_or(missing, |(_, v)| value(v))
            }
            Some(Value::List(tags)) => {
                let named = |n: &&Node| {
                    n.get("Key").and_then(Node::as_str).is_some_and(|k| k.eq_ignore_ascii_case(tag))
                };
                let unsure = tags.iter().any(|n| n.get("Key").is_none_or(|k| k.as_str().is_none()));
                let found = tags.iter().find(named).and_then(|n| n.get("Value"));
                found.map_or(if unsure { Known::Open } else { missing }, value)
            }
            Some(_) => Known::Open,
        }
    }
}
