//! What a condition says of text: that it is one of a list, or has a form that was asked for.

use formats::code::{Expr, ExprId, Join};

use super::taint::{ALL, Kinds, Sink};
use super::walk::Walk;
use super::words;

/// Names that are harmless where a condition holds, and where it does not.
#[derive(Debug, Default)]
pub(super) struct Guards<'s> {
    pub(super) then: Vec<(&'s str, Kinds)>,
    pub(super) other: Vec<(&'s str, Kinds)>,
}

impl<'w, 'e, 'r, 's, 'c> Walk<'w, 'e, 'r, 's, 'c> {
    pub(super) fn guards(&mut self, test: ExprId) -> Guards<'s> {
        self.deeper(|this| this.guard(test))
    }

    fn guard(&mut self, test: ExprId) -> Guards<'s> {
        let mut guards = Guards::default();
        match self.form(test) {
            Expr::Other(parts) if parts.len() == 1 => {
                let text = self.of.unit.text(test);
                let inner = self.guards(parts[0]);
                if text.starts_with('!') || text.starts_with("not") {
                    return Guards { then: inner.other, other: inner.then };
                }
                return inner;
            }
            Expr::Wait(inner) => return self.guards(*inner),
            Expr::Join { join: Join::And, left, right } => {
                let (left, right) = (self.guards(*left), self.guards(*right));
                guards.then = [left.then, right.then].concat();
            }
            Expr::Join { join: Join::Or, left, right } => {
                let (left, right) = (self.guards(*left), self.guards(*right));
                guards.other = [left.other, right.other].concat();
            }
            Expr::Join { join: Join::Compare, left, right } => {
                let (from, to) = (self.of.unit.span(*left).end, self.of.unit.span(*right).start);
                let between = self.of.unit.source.get(from as usize..to as usize).unwrap_or_default();
                let sign = between.trim_matches(|c: char| c.is_whitespace() || c == '(' || c == ')');
                let Some(name) =
                    self.named(*left).or_else(|| self.named(*right).filter(|_| !sign.contains("in")))
                else {
                    return guards;
                };
                let listed = match sign {
                    // In a text is not in a list.
                    "in" | "not in" => {
                        !matches!(self.form(*right), Expr::Text(_) | Expr::Format(_))
                            && self.expr(*right).is_clean()
                    }
                    _ => [*left, *right]
                        .into_iter()
                        .any(|side| matches!(self.form(side), Expr::Text(_) | Expr::Int(_))),
                };
                if listed {
                    match sign {
                        "in" | "==" | "===" => guards.then.push((name, ALL)),
                        "not in" | "!=" | "!==" => guards.other.push((name, ALL)),
                        _ => {}
                    }
                }
            }
            Expr::Call(call) => {
                let Some(first) = call.args.first().map(|arg| arg.value) else {
                    // `text.isdigit()`.
                    if let Expr::Member { of, name } = self.form(call.callee)
                        && matches!(
                            *name,
                            "isdigit" | "isnumeric" | "isdecimal" | "isalnum" | "isalpha" | "isidentifier"
                        )
                        && let Some(base) = self.named(*of)
                    {
                        guards.then.push((base, ALL));
                    }
                    return guards;
                };
                let (receiver, method) = match self.form(call.callee) {
                    Expr::Member { of, name } => (Some(*of), *name),
                    Expr::Name(name) => (None, *name),
                    _ => return guards,
                };
                let clean = |this: &mut Self, e: ExprId| this.expr(e).is_clean();
                match (receiver, method) {
                    // Of a list of what is allowed, or of a pattern.
                    (
                        Some(of),
                        "includes" | "has" | "contains" | "Contains" | "hasOwnProperty" | "hasOwn" | "test"
                        | "containsKey",
                    ) => {
                        if !matches!(self.form(of), Expr::Text(_))
                            && clean(self, of)
                            && let Some(name) = self.named(first)
                        {
                            guards.then.push((name, ALL));
                        }
                    }
                    (_, "match" | "fullmatch" | "IsMatch" | "isMatch") => {
                        if let Some(name) = call.args.iter().filter_map(|arg| self.named(arg.value)).next() {
                            guards.then.push((name, ALL));
                        }
                    }
                    (
                        Some(of),
                        "startswith" | "startsWith" | "is_relative_to" | "hasPrefix" | "StartsWith",
                    ) => {
                        if clean(self, first)
                            && let Some(name) = self.named(of)
                        {
                            let places = Sink::File.bit() | Sink::Http.bit() | Sink::Redirect.bit();
                            guards.then.push((name, places));
                        }
                    }
                    (None, "isinstance") => {
                        let kind = call.args.get(1).map_or("", |arg| self.of.unit.text(arg.value));
                        let free = ["str", "list", "dict", "bytes", "tuple"].iter().any(|t| kind.contains(t));
                        let plain = ["int", "float", "bool", "Enum"].iter().any(|t| kind.contains(t));
                        if plain
                            && !free
                            && let Some(name) = self.named(first)
                        {
                            guards.then.push((name, ALL));
                        }
                    }
                    (_, name) if words::says_it_checks(name) => {
                        guards.then.extend(
                            call.args.iter().filter_map(|arg| self.named(arg.value)).map(|n| (n, ALL)),
                        );
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        guards
    }

    /// What an expression names, behind methods that only change its letters.
    fn named(&self, expr: ExprId) -> Option<&'s str> {
        match self.form(expr) {
            Expr::Name(name) => Some(name),
            Expr::Member { .. } | Expr::Index { .. } => Some(self.of.unit.text(expr)),
            Expr::Wait(of) | Expr::Spread(of) => self.named(*of),
            Expr::Assign { target, .. } => self.named(*target),
            Expr::Call(call) => match self.form(call.callee) {
                Expr::Member { of, name } if call.args.is_empty() => matches!(
                    *name,
                    "lower"
                        | "upper"
                        | "strip"
                        | "trim"
                        | "toLowerCase"
                        | "toUpperCase"
                        | "casefold"
                        | "ToLower"
                        | "resolve"
                )
                .then(|| self.named(*of))
                .flatten(),
                Expr::Name("str" | "String") => self.named(call.args.first()?.value),
                _ => None,
            },
            _ => None,
        }
    }
}
