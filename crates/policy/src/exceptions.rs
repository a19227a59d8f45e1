//! Accepted faults: `stance:allow CHECK reason` comments in the source, and a file of exceptions with owner, reason and
//! expiry. An exception hides nothing: the outcome stays, marked, and an expired one counts again.

use catalog::cel::glob;
use model::{Asset, Comment, Outcome, Status, Suppression};

/// One entry of an exceptions file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// Check id, `*` allowed.
    pub check: String,
    /// Id, address or `path:line` beginning of the asset, `*` allowed.
    pub asset: String,
    pub owner: String,
    pub reason: String,
    /// ISO 8601 date; the exception holds up to and including it.
    pub expires: Option<String>,
    /// `stance-exceptions.yaml:7`
    pub place: String,
}

/// Every exception of a run.
#[derive(Clone, Debug, Default)]
pub struct Exceptions {
    pub declared: Vec<Exception>,
    /// ISO 8601 date against which expiry is held.
    pub today: String,
}

/// Marks outcomes that somebody accepted. `assets` are those of the outcomes' graph.
pub fn apply(outcomes: &mut [Outcome], assets: &[Asset], comments: &[Comment], exceptions: &Exceptions) {
    for outcome in outcomes.iter_mut().filter(|o| o.status != Status::Pass) {
        let Ok(index) = assets.binary_search_by(|a| a.id.cmp(&outcome.asset)) else { continue };
        let asset = &assets[index];
        outcome.suppressed =
            in_comments(outcome, asset, comments).or_else(|| declared(outcome, asset, exceptions));
    }
}

/// `stance:allow CHECK reason`: on the line of a place that decided or the line above it, or on or above the line where
/// the asset begins.
fn in_comments(outcome: &Outcome, asset: &Asset, comments: &[Comment]) -> Option<Suppression> {
    let places = outcome.evidence.iter().chain(asset.evidence.first()).filter_map(model::Evidence::position);
    for place in places {
        let start =
            comments.partition_point(|c| (&*c.path, c.line) < (&*place.path, place.line.saturating_sub(1)));
        let near = comments[start..].iter().take_while(|c| c.path == place.path && c.line <= place.line);
        for comment in near {
            if let Some(reason) = allowed(&comment.text, &outcome.check) {
                let place = format!("{}:{}", comment.path, comment.line);
                return Some(Suppression { reason, owner: None, expires: None, place });
            }
        }
    }
    None
}

/// The reason of an `allow` for `check`, if the comment is one. Without a reason it is none.
fn allowed(comment: &str, check: &str) -> Option<String> {
    let rest = comment.trim().strip_prefix("stance:allow")?;
    let (pattern, reason) = rest.trim_start().split_once(char::is_whitespace)?;
    let reason = reason.trim();
    (rest.starts_with(char::is_whitespace) && glob(pattern, check) && !reason.is_empty())
        .then(|| reason.to_owned())
}

fn declared(outcome: &Outcome, asset: &Asset, exceptions: &Exceptions) -> Option<Suppression> {
    let place = asset.position().map(|p| format!("{}:{}", p.path, p.line)).unwrap_or_default();
    let path = asset.position().map(|p| p.path.to_string()).unwrap_or_default();
    let exception = exceptions.declared.iter().find(|e| {
        let current = e.expires.as_ref().is_none_or(|date| **date >= *exceptions.today);
        let names = [&*asset.id.0, &*asset.address, &*place, &*path];
        current && glob(&e.check, &outcome.check) && names.iter().any(|name| glob(&e.asset, name))
    })?;
    Some(Suppression {
        reason: exception.reason.clone(),
        owner: Some(exception.owner.clone()),
        expires: exception.expires.clone(),
        place: exception.place.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allow_needs_its_check_and_a_reason() {
        for (comment, want) in [
            ("stance:allow azure-x-open reachable only in tests", Some("reachable only in tests")),
            ("stance:allow azure-* all of them", Some("all of them")),
            ("stance:allow azure-x-open", None),
            ("stance:allow other-check because", None),
            ("stance:allowed azure-x-open because", None),
            ("see stance:allow azure-x-open because", None),
        ] {
            assert_eq!(allowed(comment, "azure-x-open").as_deref(), want, "{comment}");
        }
    }
}
