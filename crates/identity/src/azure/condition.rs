//! Conditions of role assignments: parsed, and decided as far as a question tells enough.
//!
//! What is not known makes a condition open, never false: somebody may be able to meet it. Source: "Azure role
//! assignment condition format and syntax", <https://learn.microsoft.com/azure/role-based-access-control/conditions-format>.

use std::sync::Arc;

use super::roles::{Table, matches};

/// Parts of a condition that are read; a longer one is taken as not understood.
const MAX_TOKENS: usize = 4_000;
const MAX_DEPTH: usize = 64;
/// Letters of a condition that a sentence shows.
const SHOWN: usize = 140;

/// What stands in a text for what is not known of it.
pub(super) const UNSAID: &str = "…";

/// A condition as far as it was understood.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    text: Arc<str>,
    /// `None`: not understood.
    parsed: Option<Expr>,
}

#[derive(Clone, Debug, PartialEq)]
enum Expr {
    Or(Vec<Expr>),
    And(Vec<Expr>),
    Not(Box<Expr>),
    Exists(String),
    /// The patterns of actions that it is about.
    Action(Vec<String>),
    SubOperation,
    Compare {
        attribute: String,
        operator: String,
        values: Vec<String>,
    },
}

/// What a question tells.
pub(super) struct Facts<'f> {
    /// The action, in lower case.
    pub(super) action: &'f str,
    /// Values of attributes by name in lower case, without `@Resource` and the like.
    pub(super) attribute: &'f dyn Fn(&str) -> Option<Arc<str>>,
}

/// How a condition came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    Yes,
    No,
    /// A sentence on what must hold.
    If(Arc<str>),
}

impl Condition {
    pub(super) fn parse(text: &str) -> Self {
        let parsed = tokens(text).and_then(|tokens| {
            let mut parser = Parser { tokens: &tokens, at: 0 };
            let expr = parser.or(0)?;
            (parser.at == tokens.len()).then_some(expr)
        });
        Condition { text: text.into(), parsed }
    }

    pub(super) fn understood(&self) -> bool {
        self.parsed.is_some()
    }

    pub(super) fn holds(&self, facts: &Facts<'_>) -> Holds {
        let Some(parsed) = &self.parsed else { return Holds::If(shorten(&self.text)) };
        match parsed.decide(facts) {
            Decided::Yes => Holds::Yes,
            Decided::No => Holds::No,
            Decided::Open(all) => Holds::If(shorten(&all.join(" and "))),
        }
    }
}

enum Decided {
    Yes,
    No,
    /// What remains to be met.
    Open(Vec<String>),
}

impl Expr {
    fn decide(&self, facts: &Facts<'_>) -> Decided {
        match self {
            Expr::Or(all) => {
                let mut open = Vec::new();
                for part in all {
                    match part.decide(facts) {
                        Decided::Yes => return Decided::Yes,
                        Decided::No => {}
                        Decided::Open(what) => open.push(what.join(" and ")),
                    }
                }
                if open.is_empty() { Decided::No } else { Decided::Open(vec![open.join(" or ")]) }
            }
            Expr::And(all) => {
                let mut open = Vec::new();
                for part in all {
                    match part.decide(facts) {
                        Decided::No => return Decided::No,
                        Decided::Yes => {}
                        Decided::Open(what) => open.extend(what),
                    }
                }
                if open.is_empty() { Decided::Yes } else { Decided::Open(open) }
            }
            Expr::Not(inner) => match inner.decide(facts) {
                Decided::Yes => Decided::No,
                Decided::No => Decided::Yes,
                Decided::Open(what) => Decided::Open(vec![format!("not ({})", what.join(" and "))]),
            },
            Expr::Action(patterns) => {
                if patterns.iter().any(|pattern| matches(pattern, facts.action)) {
                    Decided::Yes
                } else {
                    Decided::No
                }
            }
            Expr::SubOperation => Decided::Open(vec!["the operation is the one that is named".into()]),
            Expr::Exists(attribute) => match (facts.attribute)(&key(attribute)) {
                Some(_) => Decided::Yes,
                None => Decided::Open(vec![format!("{} is there", shown(attribute))]),
            },
            Expr::Compare { attribute, operator, values } => {
                let known = (facts.attribute)(&key(attribute));
                match known.and_then(|actual| compare(operator, &actual, values)) {
                    Some(true) => Decided::Yes,
                    Some(false) => Decided::No,
                    None => Decided::Open(vec![sentence(attribute, operator, values)]),
                }
            }
        }
    }
}

/// `@Resource[Microsoft.X/y:name]` without what says whose attribute it is.
fn key(attribute: &str) -> String {
    let inner =
        attribute.split_once('[').and_then(|(_, rest)| rest.rsplit_once(']')).map_or(attribute, |(i, _)| i);
    inner.to_lowercase()
}

fn shown(attribute: &str) -> String {
    let inner =
        attribute.split_once('[').and_then(|(_, rest)| rest.rsplit_once(']')).map_or(attribute, |(i, _)| i);
    match attribute.strip_prefix('@').and_then(|a| a.split_once('[')) {
        Some(("Request", _)) => format!("the request's {}", words(inner)),
        Some(("Principal", _)) => format!("the principal's {}", words(inner)),
        Some(("Environment", _)) => words(inner),
        _ => format!("the resource's {}", words(inner)),
    }
}

/// The telling end of an attribute: `containers:name`, `RoleDefinitionId`.
fn words(inner: &str) -> String {
    let end = inner.rsplit('/').next().unwrap_or(inner);
    end.strip_prefix("roleAssignments:").unwrap_or(end).to_owned()
}

fn sentence(attribute: &str, operator: &str, values: &[String]) -> String {
    let values: Vec<String> = values
        .iter()
        .map(|value| match Table::get().by_guid(value) {
            Some(role) => role.name.to_string(),
            None => value.clone(),
        })
        .collect();
    let (quantifier, plain) = operator.rsplit_once(':').unwrap_or(("", operator));
    let verb = match &*plain.to_lowercase() {
        "stringequals" | "stringequalsignorecase" | "guidequals" | "boolequals" | "numericequals" => "is",
        "stringnotequals" | "stringnotequalsignorecase" | "guidnotequals" | "boolnotequals" => "is not",
        "stringlike" | "stringlikeignorecase" => "is like",
        "stringnotlike" | "stringnotlikeignorecase" => "is not like",
        "stringstartswith" | "stringstartswithignorecase" => "starts with",
        "stringnotstartswith" | "stringnotstartswithignorecase" => "does not start with",
        _ => return format!("{} {operator} {}", shown(attribute), values.join(", ")),
    };
    let any = if values.len() > 1 && (quantifier.is_empty() || quantifier.to_lowercase().contains("foranyof"))
    {
        "one of "
    } else {
        ""
    };
    format!("{} {verb} {any}{}", shown(attribute), values.join(", "))
}

/// Whether one known value meets a comparison; `None` where the operator is not one that we know.
fn compare(operator: &str, actual: &str, values: &[String]) -> Option<bool> {
    let plain = operator.rsplit_once(':').map_or(operator, |(_, plain)| plain).to_lowercase();
    // With one value on the left every quantifier asks the same of it but for what it asks of those on the right.
    let all = operator.to_lowercase().contains("ofallvalues");
    let (ignore, name) = match plain.strip_suffix("ignorecase") {
        Some(name) => (true, name.to_owned()),
        None => (plain.starts_with("guid") || plain.starts_with("bool"), plain.clone()),
    };
    let fold = |text: &str| if ignore { text.to_lowercase() } else { text.to_owned() };
    let actual = fold(actual);
    let (negative, name) = match name.split_once("not") {
        Some((start, end)) => (true, format!("{start}{end}")),
        None => (false, name),
    };
    let test = |value: &String| -> Option<bool> {
        if value.contains(UNSAID) {
            return None;
        }
        let value = fold(value);
        Some(match &*name {
            "stringequals" | "guidequals" | "boolequals" => actual == value,
            "stringlike" => matches(&value, &actual),
            "stringstartswith" => actual.starts_with(&value),
            _ => return None,
        })
    };
    let met: Option<Vec<bool>> = values.iter().map(test).collect();
    let met = met?;
    Some(match (negative, all) {
        (true, true) => met.iter().all(|m| !m),
        (true, false) => met.iter().any(|m| !m),
        (false, true) => met.iter().all(|m| *m),
        (false, false) => met.iter().any(|m| *m),
    })
}

fn shorten(text: &str) -> Arc<str> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    /// `(` `)` `{` `}` `,` `!`
    Mark(char),
    Word(String),
    Text(String),
    /// `@Resource[…]`
    Attribute(String),
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if found.len() >= MAX_TOKENS {
            return None;
        }
        let end = match first {
            '(' | ')' | '{' | '}' | ',' | '!' => {
                found.push(Token::Mark(first));
                1
            }
            '\'' | '"' => {
                let end = rest[1..].find(first)? + 1;
                found.push(Token::Text(rest[1..end].to_owned()));
                end + 1
            }
            '@' => {
                let mut end = rest.find(']')? + 1;
                // A key of its own in front: `tags:Project<$key_case_sensitive$>` and the like.
                while rest[end..].starts_with('[') {
                    end += rest[end..].find(']')? + 1;
                }
                found.push(Token::Attribute(rest[..end].to_owned()));
                end
            }
            '&' | '|' => {
                let pair = rest.get(..2)?;
                let word = match pair {
                    "&&" => "and",
                    "||" => "or",
                    _ => return None,
                };
                found.push(Token::Word(word.to_owned()));
                2
            }
            _ => {
                let ends = |c: char| c.is_whitespace() || "(){},!'\"@".contains(c);
                let end = rest.find(ends).unwrap_or(rest.len());
                if end == 0 {
                    return None;
                }
                found.push(Token::Word(rest[..end].to_owned()));
                end
            }
        };
        rest = rest[end..].trim_start();
    }
    Some(found)
}

struct Parser<'t> {
    tokens: &'t [Token],
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn mark(&mut self, mark: char) -> bool {
        let here = self.peek() == Some(&Token::Mark(mark));
        self.at += usize::from(here);
        here
    }

    fn word(&mut self, wanted: &str) -> bool {
        let here = matches!(self.peek(), Some(Token::Word(word)) if word.eq_ignore_ascii_case(wanted));
        self.at += usize::from(here);
        here
    }

    fn or(&mut self, depth: usize) -> Option<Expr> {
        let mut all = vec![self.and(depth)?];
        while self.word("or") {
            all.push(self.and(depth)?);
        }
        Some(if all.len() == 1 { all.remove(0) } else { Expr::Or(all) })
    }

    fn and(&mut self, depth: usize) -> Option<Expr> {
        let mut all = vec![self.one(depth)?];
        while self.word("and") {
            all.push(self.one(depth)?);
        }
        Some(if all.len() == 1 { all.remove(0) } else { Expr::And(all) })
    }

    fn one(&mut self, depth: usize) -> Option<Expr> {
        if depth > MAX_DEPTH {
            return None;
        }
        if self.mark('!') || self.word("not") {
            return Some(Expr::Not(Box::new(self.one(depth + 1)?)));
        }
        if self.mark('(') {
            let inner = self.or(depth + 1)?;
            return self.mark(')').then_some(inner);
        }
        if self.word("ActionMatches") {
            let patterns = self.set()?;
            return Some(Expr::Action(patterns.iter().map(|p| p.to_lowercase()).collect()));
        }
        if self.word("SubOperationMatches") {
            self.set()?;
            return Some(Expr::SubOperation);
        }
        if self.word("Exists") {
            return self.attribute().map(Expr::Exists);
        }
        let attribute = self.attribute()?;
        let Some(Token::Word(operator)) = self.peek().cloned() else { return None };
        self.at += 1;
        let values = match self.peek()?.clone() {
            Token::Mark('{') => self.set()?,
            Token::Text(text) | Token::Word(text) => {
                self.at += 1;
                vec![text]
            }
            // Another attribute: it is not known here what it has.
            Token::Attribute(other) => {
                self.at += 1;
                return Some(Expr::Compare {
                    attribute,
                    operator: format!("{operator} of"),
                    values: vec![other],
                });
            }
            Token::Mark(_) => return None,
        };
        Some(Expr::Compare { attribute, operator, values })
    }

    fn attribute(&mut self) -> Option<String> {
        let Some(Token::Attribute(name)) = self.peek().cloned() else { return None };
        self.at += 1;
        Some(name)
    }

    fn set(&mut self) -> Option<Vec<String>> {
        if !self.mark('{') {
            return None;
        }
        let mut values = Vec::new();
        while !self.mark('}') {
            match self.peek()?.clone() {
                Token::Text(text) | Token::Word(text) => values.push(text),
                Token::Mark(',') => {}
                _ => return None,
            }
            self.at += 1;
        }
        Some(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: &str = "microsoft.storage/storageaccounts/blobservices/containers/blobs/read";
    const ASSIGN: &str = "microsoft.authorization/roleassignments/write";

    fn holds(text: &str, action: &str, facts: &[(&str, &str)]) -> Holds {
        let attribute =
            |name: &str| facts.iter().find(|(key, _)| *key == name).map(|(_, value)| Arc::from(*value));
        let condition = Condition::parse(text);
        assert!(condition.understood(), "{text}");
        condition.holds(&Facts { action, attribute: &attribute })
    }

    #[test]
    fn conditions_are_decided_as_far_as_they_can_be() {
        let container = "((!(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'})) OR \
                         (@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'docs'))";
        let name = "microsoft.storage/storageaccounts/blobservices/containers:name";
        let roles = "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR \
                     (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals\
                     {b24988ac-6180-42a0-ab88-20f7382dd24c, 5e0bd9bd-7b93-4f28-af87-19fc36ad61bd}))";
        let no_owner = roles.replace("ForAnyOfAnyValues:GuidEquals", "ForAnyOfAllValues:GuidNotEquals");
        let role = "microsoft.authorization/roleassignments:roledefinitionid";
        let sub = "(!(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'} AND \
                   SubOperationMatches{'Blob.List'})) OR @Resource[a/b:name] StringLike 'x*'";
        let open = |text: &str| Holds::If(text.into());
        let both = "the request's RoleDefinitionId is one of Contributor, Cognitive Services OpenAI User";
        for (text, action, facts, want) in [
            (container, READ, vec![(name, "docs")], Holds::Yes),
            (container, READ, vec![(name, "other")], Holds::No),
            (container, READ, vec![], open("the resource's containers:name is docs")),
            (container, "microsoft.storage/other", vec![], Holds::Yes),
            (roles, ASSIGN, vec![], open(both)),
            (roles, ASSIGN, vec![(role, "B24988AC-6180-42a0-ab88-20f7382dd24c")], Holds::Yes),
            (roles, ASSIGN, vec![(role, "8e3af657-a8ff-443c-a75c-2fe8c4bcb635")], Holds::No),
            (&no_owner, ASSIGN, vec![(role, "8e3af657-a8ff-443c-a75c-2fe8c4bcb635")], Holds::Yes),
            (&no_owner, ASSIGN, vec![(role, "b24988ac-6180-42a0-ab88-20f7382dd24c")], Holds::No),
            (sub, READ, vec![("a/b:name", "xyz")], Holds::Yes),
            ("Exists @Resource[a:b]", READ, vec![("a:b", "1")], Holds::Yes),
            ("Exists @Resource[a:b]", READ, vec![], open("the resource's a:b is there")),
            (
                "@Resource[a:b] StringEquals 'x' && @Resource[a:b] StringEquals 'y'",
                READ,
                vec![("a:b", "x")],
                Holds::No,
            ),
            (
                "@Resource[a:b] StringEqualsIgnoreCase 'X' || ActionMatches{'z'}",
                READ,
                vec![("a:b", "x")],
                Holds::Yes,
            ),
            ("@Resource[a:b] StringStartsWith 'logs/'", READ, vec![("a:b", "logs/x")], Holds::Yes),
            ("@Resource[a:b] StringNotEquals 'x'", READ, vec![("a:b", "x")], Holds::No),
            ("NOT (@Resource[a:b] StringEquals 'x')", READ, vec![("a:b", "x")], Holds::No),
            (
                "@Principal[x:team] StringEquals @Resource[a:b]",
                READ,
                vec![],
                open("the principal's x:team StringEquals of @Resource[a:b]"),
            ),
        ] {
            assert_eq!(holds(text, action, &facts), want, "{text}");
        }
    }

    #[test]
    fn what_is_no_condition_is_open() {
        for text in [
            "(",
            "@Resource[a:b]",
            "x y z",
            "'",
            "ActionMatches{",
            &"(".repeat(5_000),
            "@Resource[",
            "é",
            ") OR (",
        ] {
            let condition = Condition::parse(text);
            assert!(!condition.understood(), "{text}");
            let none = |_: &str| None;
            assert!(matches!(condition.holds(&Facts { action: READ, attribute: &none }), Holds::If(_)));
        }
    }
}
