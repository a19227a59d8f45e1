//! Conditions of bindings and deny rules, decided as far as a resource is known: yes, no, or it depends.
//!
//! A condition is an expression of CEL over `resource`, `request` and `destination`. Of the resource its name, type and
//! service are known in part; of a request nothing is. What depends is told by the expression itself.
//! <https://cloud.google.com/iam/docs/conditions-attribute-reference>

use std::sync::Arc;

use catalog::cel::{Expr, Operator, Program};
use model::Number;

/// Yes, no, or it depends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Truth {
    No,
    Depends,
    Yes,
}

impl Truth {
    pub(super) fn and(self, other: Truth) -> Truth {
        self.min(other)
    }

    pub(super) fn or(self, other: Truth) -> Truth {
        self.max(other)
    }

    pub(super) fn not(self) -> Truth {
        match self {
            Truth::No => Truth::Yes,
            Truth::Depends => Truth::Depends,
            Truth::Yes => Truth::No,
        }
    }
}

impl From<bool> for Truth {
    fn from(yes: bool) -> Self {
        if yes { Truth::Yes } else { Truth::No }
    }
}

/// Text as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Words {
    Known(Arc<str>),
    /// Begins so; what follows may be anything.
    Begins(Arc<str>),
    /// A name that somebody else has, and that is none of those which an expression may give: never equal to one, and
    /// beginning with a text only if it is not said where that text ends.
    Strange,
}

/// A value as far as it is known.
#[derive(Clone, Debug)]
pub(super) enum Term {
    Truth(Truth),
    Text(Words),
    Number(Number),
    List(Vec<Term>),
    Anything,
}

/// What the variables of an expression are: `resource.name`, `assertion.repository`.
pub(super) trait Variables {
    fn variable(&self, path: &str) -> Term;
}

/// An expression that was read, or could not be.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    pub(super) text: Arc<str>,
    program: Option<Arc<Program>>,
}

impl Condition {
    pub(super) fn new(text: Arc<str>) -> Self {
        Condition { program: Program::foreign(&text).ok().map(Arc::new), text }
    }

    pub(super) fn holds(&self, variables: &dyn Variables) -> Truth {
        let Some(program) = &self.program else { return Truth::Depends };
        truth(&program.expr, variables)
    }

    /// The expression on one line.
    pub(super) fn brief(&self) -> String {
        self.text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

fn truth(expr: &Expr, variables: &dyn Variables) -> Truth {
    match term(expr, variables) {
        Term::Truth(truth) => truth,
        _ => Truth::Depends,
    }
}

/// The dotted name that an expression is: `resource.name`, `assertion['repository']`.
fn path(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Variable(name) => Some(name.to_string()),
        Expr::Select(base, field) => Some(format!("{}.{field}", path(base)?)),
        Expr::Index(base, key) => match &**key {
            Expr::Text(key) => Some(format!("{}.{key}", path(base)?)),
            _ => None,
        },
        _ => None,
    }
}

fn term(expr: &Expr, variables: &dyn Variables) -> Term {
    let truth_of = |expr: &Expr| truth(expr, variables);
    match expr {
        Expr::Bool(yes) => Term::Truth((*yes).into()),
        Expr::Text(text) => Term::Text(Words::Known(text.clone())),
        Expr::Number(number) => Term::Number(*number),
        Expr::List(items) => Term::List(items.iter().map(|item| term(item, variables)).collect()),
        Expr::Not(inner) => Term::Truth(truth_of(inner).not()),
        Expr::And(a, b) => Term::Truth(truth_of(a).and(truth_of(b))),
        Expr::Or(a, b) => Term::Truth(truth_of(a).or(truth_of(b))),
        Expr::Conditional(condition, then, otherwise) => match truth_of(condition) {
            Truth::Yes => term(then, variables),
            Truth::No => term(otherwise, variables),
            Truth::Depends => match (truth_of(then), truth_of(otherwise)) {
                (a, b) if a == b => Term::Truth(a),
                _ => Term::Anything,
            },
        },
        Expr::Binary(operator, a, b) => binary(*operator, &term(a, variables), &term(b, variables)),
        Expr::Call(function, args) => call(function.name, args, variables),
        Expr::Variable(_) | Expr::Select(..) | Expr::Index(..) => {
            path(expr).map_or(Term::Anything, |path| variables.variable(&path))
        }
        _ => Term::Anything,
    }
}

fn binary(operator: Operator, a: &Term, b: &Term) -> Term {
    let decided = match operator {
        Operator::Equal => equal(a, b),
        Operator::NotEqual => equal(a, b).not(),
        Operator::In => match b {
            Term::List(items) => items.iter().map(|item| equal(a, item)).fold(Truth::No, Truth::or),
            _ => Truth::Depends,
        },
        _ => Truth::Depends,
    };
    Term::Truth(decided)
}

fn equal(a: &Term, b: &Term) -> Truth {
    match (a, b) {
        (Term::Truth(Truth::Depends), _) | (_, Term::Truth(Truth::Depends)) => Truth::Depends,
        (Term::Truth(a), Term::Truth(b)) => (a == b).into(),
        (Term::Number(a), Term::Number(b)) => (a == b).into(),
        (Term::Text(a), Term::Text(b)) => same(a, b),
        _ => Truth::Depends,
    }
}

fn same(a: &Words, b: &Words) -> Truth {
    match (a, b) {
        (Words::Known(a), Words::Known(b)) => (a == b).into(),
        (Words::Known(text), Words::Begins(start)) | (Words::Begins(start), Words::Known(text)) => {
            if text.starts_with(&**start) { Truth::Depends } else { Truth::No }
        }
        (Words::Begins(a), Words::Begins(b)) if !a.starts_with(&**b) && !b.starts_with(&**a) => Truth::No,
        (Words::Strange, Words::Known(_)) | (Words::Known(_), Words::Strange) => Truth::No,
        _ => Truth::Depends,
    }
}

fn call(name: &str, args: &[Expr], variables: &dyn Variables) -> Term {
    let [target, argument] = args else { return Term::Anything };
    let (Term::Text(target), Term::Text(Words::Known(text))) =
        (term(target, variables), term(argument, variables))
    else {
        return Term::Anything;
    };
    Term::Truth(match (name, &target) {
        ("startsWith", _) => starts(&target, &text),
        ("endsWith", Words::Known(target)) => target.ends_with(&*text).into(),
        ("contains", Words::Known(target)) => target.contains(&*text).into(),
        ("contains", Words::Begins(start)) if start.contains(&*text) => Truth::Yes,
        ("matches", _) => {
            // What a pattern must begin with decides as a beginning does, if that says no.
            let literal = text.strip_prefix('^').map(|rest| {
                let end = rest.find(|c: char| ".*+?()[]{}|\\$^".contains(c)).unwrap_or(rest.len());
                // A quantifier is about the character before it.
                let optional = rest[end..].starts_with(['*', '?', '{']);
                let cut = rest[..end].char_indices().last().filter(|_| optional).map_or(end, |(at, _)| at);
                if rest.contains('|') { "" } else { &rest[..cut] }
            });
            match literal.map(|literal| starts(&target, literal)) {
                Some(Truth::No) => Truth::No,
                _ => Truth::Depends,
            }
        }
        _ => Truth::Depends,
    })
}

fn starts(target: &Words, text: &str) -> Truth {
    match target {
        _ if text.is_empty() => Truth::Yes,
        Words::Known(target) => target.starts_with(text).into(),
        Words::Begins(start) if start.starts_with(text) => Truth::Yes,
        Words::Begins(start) if text.starts_with(&**start) => Truth::Depends,
        Words::Begins(_) => Truth::No,
        // Names of others may begin with `acme`, but not with `acme/`.
        Words::Strange if text.contains(['/', ':']) => Truth::No,
        Words::Strange => Truth::Depends,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Object;
    impl Variables for Object {
        fn variable(&self, path: &str) -> Term {
            Term::Text(match path {
                "resource.name" => Words::Begins("projects/_/buckets/data/objects/".into()),
                "resource.type" => Words::Known("storage.googleapis.com/Object".into()),
                "resource.service" => Words::Known("storage.googleapis.com".into()),
                "assertion.repository" => Words::Strange,
                _ => return Term::Anything,
            })
        }
    }

    #[test]
    fn what_is_known_decides_and_the_rest_depends() {
        use Truth::{Depends, No, Yes};
        for (text, want) in [
            ("resource.name.startsWith('projects/_/buckets/data')", Yes),
            ("resource.name.startsWith('projects/_/buckets/data/objects/public/')", Depends),
            ("resource.name.startsWith('projects/_/buckets/other')", No),
            ("!resource.name.startsWith('projects/_/buckets/other')", Yes),
            ("resource.name == 'projects/_/buckets/other'", No),
            ("resource.name != 'projects/_/buckets/other'", Yes),
            ("resource.name == 'projects/_/buckets/data/objects/a'", Depends),
            ("resource.name.endsWith('.csv')", Depends),
            ("resource.type == 'storage.googleapis.com/Object'", Yes),
            ("resource.type == \"storage.googleapis.com/Bucket\"", No),
            ("resource.type in ['storage.googleapis.com/Bucket', 'storage.googleapis.com/Object']", Yes),
            ("resource.service != 'bigquery.googleapis.com'", Yes),
            ("request.time < timestamp('2026-01-01T00:00:00Z')", Depends),
            ("request.time.getHours('Europe/Berlin') >= 9", Depends),
            ("resource.matchTag('123/env', 'prod')", Depends),
            ("resource.matchTag('123/env', 'prod') && resource.service == 'run.googleapis.com'", No),
            ("resource.matchTag('123/env', 'prod') || resource.service == 'storage.googleapis.com'", Yes),
            ("resource.type == 'storage.googleapis.com/Bucket' ? false : true", Yes),
            (
                "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['roles/viewer'])",
                Depends,
            ),
            ("resource.name.extract('/buckets/{name}/') == 'data'", Depends),
            ("destination.ip == '10.0.0.1' && destination.port == 22", Depends),
            ("assertion.repository == 'acme/app'", No),
            ("assertion['repository'] == 'acme/app'", No),
            ("assertion.repository.startsWith('acme/')", No),
            ("assertion.repository.startsWith('acme')", Depends),
            ("assertion.repository.matches('^acme/.*$')", No),
            ("assertion.repository.matches('^(acme|other)/.*$')", Depends),
            ("assertion.repository.matches('^acme/?')", Depends),
            ("assertion.repository.endsWith('/app')", Depends),
            ("assertion.repository != ''", Yes),
            ("this is no expression", Depends),
            ("true", Yes),
        ] {
            assert_eq!(Condition::new(text.into()).holds(&Object), want, "{text}");
        }
    }
}
