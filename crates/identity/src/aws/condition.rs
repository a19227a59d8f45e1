//! Conditions of statements: every operator, decided where the key's value is known, else a sentence.
//!
//! "IAM JSON policy elements: Condition operators",
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>, and
//! "Multivalued context keys", <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>.

use core::net::IpAddr;
use std::sync::Arc;

use model::{Node, Value};

use super::arn::Names;
use super::pattern::{Meets, Pattern, Token};
use super::truth::Truth;

/// What is known of a key of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Values(Vec<Pattern>),
    /// The request does not have it.
    Absent,
    /// It hangs on the request.
    Open,
}

/// The keys of a request. Their names are in lower case.
pub(super) trait Keys {
    fn get(&self, key: &str) -> Known;
    /// The value of a policy variable, if it is known.
    fn variable(&self, index: usize) -> Option<Vec<Token>>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Test {
    Equals,
    EqualsIgnoreCase,
    Like,
    Arn,
    Number(Order),
    Date(Order),
    Bool,
    Address,
    Null,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    /// The key has one value.
    One,
    All,
    Any,
}

/// One operator on one key.
#[derive(Clone, Debug)]
pub(super) struct Clause {
    pub(super) key: Arc<str>,
    shown: Arc<str>,
    test: Test,
    negated: bool,
    if_exists: bool,
    of: Of,
    values: Vec<(Pattern, Arc<str>)>,
    /// Not understood, and why.
    broken: Option<Arc<str>>,
}

/// The clauses of a `Condition`.
pub(super) fn parse(names: &mut Names<'_>, from: usize, condition: &Node) -> Vec<Clause> {
    let broken = |shown: &str, why: String| Clause {
        key: shown.to_ascii_lowercase().into(),
        shown: shown.into(),
        test: Test::Null,
        negated: false,
        if_exists: false,
        of: Of::One,
        values: Vec::new(),
        broken: Some(why.into()),
    };
    let Some(operators) = condition.as_map() else {
        return match &condition.value {
            Value::Null => Vec::new(),
            Value::Unknown(reason) => vec![broken("", format!("a condition is not known: {reason}"))],
            _ => vec![broken("", "a condition is not a map".into())],
        };
    };
    let mut clauses = Vec::new();
    for (operator, keys) in operators.iter() {
        let Some(keys) = keys.as_map() else {
            clauses.push(broken(operator, format!("the condition {operator} names no keys")));
            continue;
        };
        for (key, value) in keys.iter() {
            let Some((test, negated, if_exists, of)) = operator_of(operator) else {
                clauses.push(broken(key, format!("the condition operator {operator} is not known")));
                continue;
            };
            let each: &[Node] = match &value.value {
                Value::List(each) => each,
                _ => std::slice::from_ref(value),
            };
            let globs = matches!(test, Test::Like | Test::Arn);
            let mut values = Vec::new();
            let mut why = None;
            for node in each {
                match names.pattern(from, node, globs).map(|p| own_account(names, from, key, node, p)) {
                    Some(pattern) => values.push((pattern, Arc::from(node.brief()))),
                    None => {
                        why = Some(Arc::from(format!("the condition on {key} has a value that is no text")));
                    }
                }
            }
            clauses.push(Clause {
                key: key.to_ascii_lowercase().into(),
                shown: key.clone(),
                test,
                negated,
                if_exists,
                of,
                values,
                broken: why,
            });
        }
    }
    clauses
}

/// The configuration's own account has one form, however a value says it.
fn own_account(names: &Names<'_>, from: usize, key: &str, node: &Node, pattern: Pattern) -> Pattern {
    const ACCOUNTS: [&str; 4] =
        ["aws:sourceaccount", "aws:principalaccount", "aws:resourceaccount", "kms:calleraccount"];
    if !ACCOUNTS.iter().any(|k| k.eq_ignore_ascii_case(key)) || pattern.known().is_some() {
        return pattern;
    }
    let account = names.whose(from, &pattern.tokens, &node.brief());
    names.account_value(&account).unwrap_or(pattern)
}

fn operator_of(text: &str) -> Option<(Test, bool, bool, Of)> {
    let lower = text.to_ascii_lowercase();
    let (of, rest) = match lower.split_once(':') {
        Some(("forallvalues", rest)) => (Of::All, rest),
        Some(("foranyvalue", rest)) => (Of::Any, rest),
        Some(_) => return None,
        None => (Of::One, &*lower),
    };
    let (rest, if_exists) = match rest.strip_suffix("ifexists") {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let order = |rest: &str| {
        Some(match rest {
            "equals" => (Order::Equal, false),
            "notequals" => (Order::Equal, true),
            "lessthan" => (Order::Less, false),
            "lessthanequals" => (Order::LessOrEqual, false),
            "greaterthan" => (Order::Greater, false),
            "greaterthanequals" => (Order::GreaterOrEqual, false),
            _ => return None,
        })
    };
    let (test, negated) = match rest {
        "stringequals" | "binaryequals" => (Test::Equals, false),
        "stringnotequals" => (Test::Equals, true),
        "stringequalsignorecase" => (Test::EqualsIgnoreCase, false),
        "stringnotequalsignorecase" => (Test::EqualsIgnoreCase, true),
        "stringlike" => (Test::Like, false),
        "stringnotlike" => (Test::Like, true),
        // The two are the same: both take wildcards.
        "arnequals" | "arnlike" => (Test::Arn, false),
        "arnnotequals" | "arnnotlike" => (Test::Arn, true),
        "bool" => (Test::Bool, false),
        "ipaddress" => (Test::Address, false),
        "notipaddress" => (Test::Address, true),
        "null" => (Test::Null, false),
        _ => match (rest.strip_prefix("numeric"), rest.strip_prefix("date")) {
            (Some(rest), _) => order(rest).map(|(order, negated)| (Test::Number(order), negated))?,
            (_, Some(rest)) => order(rest).map(|(order, negated)| (Test::Date(order), negated))?,
            _ => return None,
        },
    };
    Some((test, negated, if_exists, of))
}

/// Whether all clauses hold.
pub(super) fn holds(clauses: &[Clause], keys: &dyn Keys) -> Truth {
    clauses.iter().fold(Truth::Yes, |all, clause| match all {
        Truth::No => Truth::No,
        all => all.and(clause.holds(keys)),
    })
}

impl Clause {
    /// Whether it may hang on who acts.
    pub(super) fn is_of_principal(&self) -> bool {
        self.key.starts_with("aws:principal")
            || matches!(&*self.key, "aws:username" | "aws:userid")
            || self.values.iter().any(|(pattern, _)| pattern.variables)
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &Pattern> {
        self.values.iter().map(|(pattern, _)| pattern)
    }

    /// Whether it says that the key is one of its values.
    pub(super) fn is_positive(&self) -> bool {
        !self.negated
            && !self.if_exists
            && self.of != Of::All
            && matches!(self.test, Test::Equals | Test::EqualsIgnoreCase | Test::Like | Test::Arn)
    }

    fn holds(&self, keys: &dyn Keys) -> Truth {
        if let Some(why) = &self.broken {
            return Truth::Unknown(why.clone());
        }
        let known = keys.get(&self.key);
        if self.test == Test::Null {
            return self.null(&known);
        }
        let values = match known {
            Known::Values(values) => values,
            Known::Absent => return Truth::of(self.negated || self.if_exists || self.of == Of::All),
            Known::Open => return self.open(),
        };
        let each = values.iter().map(|value| {
            let one = self.values.iter().fold(Truth::No, |any, (wanted, _)| match any {
                Truth::Yes => Truth::Yes,
                any => any.or(self.one(wanted, value, keys)),
            });
            if self.negated { one.not() } else { one }
        });
        match self.of {
            Of::All => each.fold(Truth::Yes, Truth::and),
            // A negated test of a key with several values holds if none of them is one.
            Of::One if self.negated => each.fold(Truth::Yes, Truth::and),
            Of::One | Of::Any => each.fold(Truth::No, Truth::or),
        }
    }

    fn null(&self, known: &Known) -> Truth {
        let wanted =
            match self.values.first().and_then(|(p, _)| p.known()).map(|t| t.to_ascii_lowercase()).as_deref()
            {
                Some("true") => true,
                Some("false") => false,
                _ => return self.open(),
            };
        match known {
            Known::Absent => Truth::of(wanted),
            Known::Values(_) => Truth::of(!wanted),
            Known::Open => self.open(),
        }
    }

    /// One value of the policy against one of the request.
    fn one(&self, wanted: &Pattern, value: &Pattern, keys: &dyn Keys) -> Truth {
        let filled;
        let wanted = match wanted.variables {
            false => wanted,
            true => {
                let open = std::cell::Cell::new(false);
                filled = wanted.with_variables(&|index| {
                    keys.variable(index).unwrap_or_else(|| {
                        open.set(true);
                        vec![super::pattern::STAR]
                    })
                });
                if open.get() {
                    return match filled.meets(value) {
                        Meets::No => Truth::No,
                        _ => self.open(),
                    };
                }
                &filled
            }
        };
        let texts = || Some((wanted.known()?, value.known()?));
        let unread =
            |text: &str| Truth::Unknown(format!("the condition on {} compares {text}", self.shown).into());
        match self.test {
            Test::Equals | Test::Like | Test::Arn => match wanted.meets(value) {
                Meets::Covers => Truth::Yes,
                Meets::No => Truth::No,
                Meets::Some | Meets::Perhaps(_) => self.open(),
            },
            Test::EqualsIgnoreCase => match texts() {
                Some((wanted, value)) => Truth::of(wanted.eq_ignore_ascii_case(&value)),
                None => self.open(),
            },
            Test::Bool => match texts() {
                Some((wanted, value)) => Truth::of(wanted.eq_ignore_ascii_case(&value)),
                None => self.open(),
            },
            Test::Number(order) => match texts() {
                Some((wanted, value)) => match (wanted.trim().parse::<f64>(), value.trim().parse::<f64>()) {
                    (Ok(wanted), Ok(value)) => Truth::of(in_order(order, value.partial_cmp(&wanted))),
                    _ => unread("what is no number"),
                },
                None => self.open(),
            },
            Test::Date(order) => match texts() {
                Some((wanted, value)) => match (moment(&wanted), moment(&value)) {
                    (Some(wanted), Some(value)) => Truth::of(in_order(order, value.partial_cmp(&wanted))),
                    _ => unread("what is no date"),
                },
                None => self.open(),
            },
            Test::Address => match texts() {
                Some((wanted, value)) => {
                    within(&value, &wanted).map_or_else(|| unread("what is no address"), Truth::of)
                }
                None => self.open(),
            },
            Test::Null => self.open(),
        }
    }

    /// The sentence for what is not decided.
    fn open(&self) -> Truth {
        let key = match self.of {
            Of::One => self.shown.to_string(),
            Of::All => format!("every {}", self.shown),
            Of::Any => format!("one of {}", self.shown),
        };
        let mut shown: Vec<&str> = self.values.iter().take(3).map(|(_, shown)| &**shown).collect();
        if self.values.len() > 3 {
            shown.push("…");
        }
        let values = shown.join(" or ");
        let where_present = if self.if_exists { " where it is present" } else { "" };
        let verb = match self.test {
            Test::Null => {
                let absent = values.eq_ignore_ascii_case("true");
                let say = |absent: bool| format!("{key} is {}", if absent { "absent" } else { "present" });
                return Truth::when(say(absent), say(!absent));
            }
            Test::Like | Test::Arn if values.contains(['*', '?']) => "like ",
            Test::Equals | Test::EqualsIgnoreCase | Test::Like | Test::Arn | Test::Bool => "",
            Test::Number(order) | Test::Date(order) => match order {
                Order::Equal => "",
                Order::Less => "less than ",
                Order::LessOrEqual => "at most ",
                Order::Greater => "more than ",
                Order::GreaterOrEqual => "at least ",
            },
            Test::Address => "in ",
        };
        let say = |negated: bool| {
            let not = if negated { "not " } else { "" };
            format!("{key} is {not}{verb}{values}{where_present}")
        };
        Truth::when(say(self.negated), say(!self.negated))
    }
}

fn in_order(order: Order, found: Option<std::cmp::Ordering>) -> bool {
    let Some(found) = found else { return false };
    match order {
        Order::Equal => found.is_eq(),
        Order::Less => found.is_lt(),
        Order::LessOrEqual => found.is_le(),
        Order::Greater => found.is_gt(),
        Order::GreaterOrEqual => found.is_ge(),
    }
}

/// Seconds since 1970 of a date in ISO 8601, or such seconds themselves.
fn moment(text: &str) -> Option<f64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Some(seconds);
    }
    let (date, time) = text.split_once('T').unwrap_or((text, "00:00:00"));
    let mut parts = date.split('-').map(str::parse::<i64>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || !(0..=9_999).contains(&year) {
        return None;
    }
    let mut clock = time.trim_end_matches('Z').split(':').map(str::parse::<f64>);
    let mut next = || clock.next().transpose().ok().map(Option::unwrap_or_default);
    let (hour, minute, second) = (next()?, next()?, next()?);
    // Days of the civil calendar, from March on so that the leap day is the last of its year.
    let shifted = if month <= 2 { year - 1 } else { year };
    let months = (month + 9) % 12;
    let days = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + (months * 306 + 5) / 10 + day
        - 1
        - 719_468;
    Some(days as f64 * 86_400.0 + hour * 3_600.0 + minute * 60.0 + second)
}

/// Whether an address, or all of a range, lies in a range.
fn within(value: &str, range: &str) -> Option<bool> {
    fn bits(text: &str) -> Option<(u128, bool, u32)> {
        let (address, length) = text.split_once('/').map_or((text, None), |(a, l)| (a, Some(l)));
        let (bits, six, width) = match address.parse::<IpAddr>().ok()? {
            IpAddr::V4(a) => (u128::from(u32::from(a)) << 96, false, 32),
            IpAddr::V6(a) => (u128::from(a), true, 128),
        };
        let length = length.map_or(Some(width), |l| l.parse().ok())?;
        (length <= width).then_some((bits, six, length))
    }
    let ((value, six, longer), (range, range_six, length)) = (bits(value)?, bits(range)?);
    let mask = if length == 0 { 0 } else { u128::MAX << (128 - length) };
    Some(six == range_six && longer >= length && value & mask == range & mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_addresses() {
        assert_eq!(moment("1970-01-02T00:00:01Z"), Some(86_401.0));
        assert_eq!(moment("2000-03-01"), Some(951_868_800.0));
        assert_eq!(moment("2024-02-29T12:00:00Z"), Some(1_709_208_000.0));
        assert_eq!(moment("yesterday"), None);
        assert_eq!(within("10.1.2.3", "10.0.0.0/8"), Some(true));
        assert_eq!(within("11.1.2.3", "10.0.0.0/8"), Some(false));
        assert_eq!(within("2001:db8::1", "2001:db8::/32"), Some(true));
        assert_eq!(within("10.1.2.3", "0.0.0.0/0"), Some(true));
        assert_eq!(within("10.1.2.3", "::/0"), Some(false));
        assert_eq!(within("10.1.2.3", "ten"), None);
    }
}
