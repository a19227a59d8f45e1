//! What a report shows and in which order: outcomes by asset, the places of an outcome, the inventory, the counts,
//! and what was not assessed. Nothing here knows how any format writes it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use model::{
    Asset, AssetId, AttackPath, Class, Coverage, CoverageStatus, Evidence, Node, Outcome, Position, Severity,
    Snapshot, Status,
};

use crate::text::counted;

/// The longest trail of a value that is followed.
const TRAIL: usize = 16;

/// The outcomes of one asset, each list from the worst to the least.
pub(crate) struct Group<'a> {
    pub(crate) id: &'a AssetId,
    /// Absent when an outcome names an asset that the snapshot does not have.
    pub(crate) asset: Option<&'a Asset>,
    pub(crate) faults: Vec<&'a Outcome>,
    pub(crate) unknown: Vec<&'a Outcome>,
    /// Somebody accepted these.
    pub(crate) accepted: Vec<&'a Outcome>,
    pub(crate) passed: Vec<&'a Outcome>,
}

/// Whether an outcome counts as accepted: a pass needs nobody's acceptance.
pub(crate) fn is_accepted(outcome: &Outcome) -> bool {
    outcome.suppressed.is_some() && outcome.status != Status::Pass
}

/// The outcomes that a report may show, in the order of the snapshot.
pub(crate) fn outcomes(snapshot: &Snapshot, min: Severity) -> impl Iterator<Item = &Outcome> {
    snapshot.outcomes.iter().filter(move |o| o.severity >= min)
}

/// The assets that have outcomes: the one with the worst open fault first, then by path and id.
pub(crate) fn groups(snapshot: &Snapshot, min: Severity) -> Vec<Group<'_>> {
    let assets: HashMap<&AssetId, &Asset> = snapshot.assets.iter().map(|a| (&a.id, a)).collect();
    let mut by_asset: BTreeMap<&AssetId, Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes(snapshot, min) {
        by_asset.entry(&outcome.asset).or_default().push(outcome);
    }
    let mut groups: Vec<Group<'_>> = by_asset
        .into_iter()
        .map(|(id, mut outcomes)| {
            outcomes.sort_by(|a, b| {
                worth(b)
                    .cmp(&worth(a))
                    .then(b.confidence.cmp(&a.confidence))
                    .then(a.identity().cmp(&b.identity()))
            });
            let asset = assets.get(id).copied();
            let mut group =
                Group { id, asset, faults: vec![], unknown: vec![], accepted: vec![], passed: vec![] };
            for outcome in outcomes {
                match outcome.status {
                    _ if is_accepted(outcome) => group.accepted.push(outcome),
                    Status::Fail => group.faults.push(outcome),
                    Status::Unknown => group.unknown.push(outcome),
                    Status::Pass => group.passed.push(outcome),
                }
            }
            group
        })
        .collect();
    groups.sort_by(|a, b| {
        let worst = |g: &Group<'_>| g.faults.first().map(|o| worth(o));
        let path = |g: &Group<'_>| g.asset.and_then(Asset::position).map(|p| p.path.clone());
        worst(b).cmp(&worst(a)).then_with(|| path(a).cmp(&path(b))).then_with(|| a.id.cmp(b.id))
    });
    groups
}

/// What an outcome is ordered by: its risk in context, else its severity; then the paths that it is on.
pub(crate) fn worth(outcome: &Outcome) -> (Severity, usize, Severity) {
    let risk = outcome.risk.as_ref();
    let level = risk.map_or(outcome.severity, |risk| risk.level);
    (level, risk.map_or(0, |risk| risk.paths.len()), outcome.severity)
}

/// `on 3 attack paths`, where it is on any.
pub(crate) fn on_paths(outcome: &Outcome) -> Option<String> {
    let paths = outcome.risk.as_ref().map_or(0, |risk| risk.paths.len());
    (paths > 0).then(|| format!("on {}", counted(paths, "attack path")))
}

/// Attack paths of at least the least severity, the riskiest first.
pub(crate) fn attack_paths(snapshot: &Snapshot, min: Severity) -> Vec<&AttackPath> {
    snapshot.attack.paths.iter().filter(|path| path.risk.level >= min).collect()
}

/// One place of an outcome, and what it says when it is not the first.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) label: Option<&'static str>,
    pub(crate) position: &'a Position,
}

/// The places of an outcome, each once: the deciding ones, each followed by where its value was set. Where the
/// evidence has no place in a file, the asset's own definition stands for it.
pub(crate) fn places<'a>(outcome: &'a Outcome, asset: Option<&'a Asset>) -> Vec<Place<'a>> {
    let mut seen = BTreeSet::new();
    let mut places = Vec::new();
    for position in outcome.evidence.iter().filter_map(Evidence::position) {
        let trail: Vec<&Position> = position.trail().take(TRAIL).collect();
        for (step, position) in trail.iter().copied().enumerate() {
            let label = match step {
                0 if places.is_empty() => None,
                0 => Some("also"),
                _ if step + 1 == trail.len() => Some("value set here"),
                _ => Some("passed on here"),
            };
            if seen.insert((&*position.path, position.line, position.column)) {
                places.push(Place { label, position });
            }
        }
    }
    if places.is_empty() {
        places.extend(asset.and_then(Asset::position).map(|position| Place { label: None, position }));
    }
    places
}

/// What happens at one place of a way that data takes.
#[derive(Clone, Copy)]
pub(crate) struct Step<'a> {
    pub(crate) says: &'a str,
    pub(crate) position: &'a Position,
}

/// The way that data takes through a program, where the asset is one: from where it comes to where it does harm.
pub(crate) fn steps<'a>(outcome: &Outcome, asset: Option<&'a Asset>) -> Vec<Step<'a>> {
    let Some(asset) = asset.filter(|a| a.class == Class::DataFlow && outcome.status == Status::Fail) else {
        return Vec::new();
    };
    let steps = asset.document.get("steps").and_then(|steps| steps.as_list());
    let step =
        |node: &'a Node| Some(Step { says: node.get("says")?.as_str()?, position: node.at.as_deref()? });
    steps.map(|steps| steps.iter().filter_map(step).collect()).unwrap_or_default()
}

/// How many of what.
#[derive(Default)]
pub(crate) struct Tally {
    /// Open faults, the worst severity first; none is zero.
    pub(crate) faults: Vec<(Severity, usize)>,
    pub(crate) unknown: usize,
    pub(crate) accepted: usize,
    pub(crate) passed: usize,
    /// Outcomes below the least severity shown.
    pub(crate) hidden: usize,
    pub(crate) checks: usize,
    pub(crate) assets: usize,
    /// Places that were not read, or not fully.
    pub(crate) not_assessed: usize,
}

pub(crate) fn tally(snapshot: &Snapshot, min: Severity) -> Tally {
    let mut tally = Tally { assets: snapshot.assets.len(), ..Tally::default() };
    let mut faults: BTreeMap<Severity, usize> = BTreeMap::new();
    let mut checks = BTreeSet::new();
    for outcome in outcomes(snapshot, min) {
        checks.insert(&outcome.check);
        match outcome.status {
            _ if is_accepted(outcome) => tally.accepted += 1,
            Status::Fail => *faults.entry(outcome.severity).or_default() += 1,
            Status::Unknown => tally.unknown += 1,
            Status::Pass => tally.passed += 1,
        }
    }
    tally.faults = faults.into_iter().rev().collect();
    tally.checks = checks.len();
    tally.hidden = snapshot.outcomes.iter().filter(|o| o.severity < min && o.status != Status::Pass).count();
    tally.not_assessed = snapshot.coverage.iter().filter(|c| c.status != CoverageStatus::Read).count();
    tally
}

/// Paths by risk, the worst first; none is zero.
pub(crate) fn path_counts(paths: &[AttackPath]) -> Vec<(Severity, usize)> {
    let mut counts: BTreeMap<Severity, usize> = BTreeMap::new();
    for path in paths {
        *counts.entry(path.risk.level).or_default() += 1;
    }
    counts.into_iter().rev().collect()
}

/// The counts in words: `1 critical · 2 high; 3 unknown; 1 accepted; 9 passed`. Honest when there is nothing.
pub(crate) fn headline(tally: &Tally, min: Severity) -> String {
    let evaluated = tally.unknown + tally.accepted + tally.passed > 0;
    let mut parts = Vec::new();
    if !tally.faults.is_empty() {
        let counts: Vec<String> =
            tally.faults.iter().map(|(severity, n)| format!("{n} {severity}")).collect();
        parts.push(counts.join(" · "));
    } else if tally.assets == 0 && !evaluated {
        parts.push("nothing to assess was found".to_owned());
    } else if !evaluated && tally.hidden == 0 {
        parts.push("no check was evaluated".to_owned());
    } else if min > Severity::Info {
        parts.push(format!("no faults of severity {min} or above found in what was assessed"));
    } else {
        parts.push("no faults found in what was assessed".to_owned());
    }
    for (count, word) in [
        (tally.unknown, "unknown".to_owned()),
        (tally.accepted, "accepted".to_owned()),
        (tally.passed, "passed".to_owned()),
        (tally.hidden, format!("below {min} not shown")),
    ] {
        if count > 0 {
            parts.push(format!("{count} {word}"));
        }
    }
    parts.join("; ")
}

/// Whether an asset belongs to the inventory: by its class, or a package that is marked as one of AI.
fn is_ai(asset: &Asset) -> bool {
    let marked = || asset.document.get("ai").and_then(Node::as_bool) == Some(true);
    asset.class.is_ai() || asset.class == Class::Package && marked()
}

/// AI assets by class and kind, with counts.
pub(crate) fn inventory(snapshot: &Snapshot) -> BTreeMap<Class, BTreeMap<&str, Vec<&str>>> {
    let mut inventory: BTreeMap<Class, BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
    for asset in snapshot.assets.iter().filter(|a| is_ai(a)) {
        inventory.entry(asset.class).or_default().entry(&asset.kind).or_default().push(&asset.name);
    }
    inventory
}

/// What surrounds the AI assets: counts by class, the largest first.
pub(crate) fn surroundings(snapshot: &Snapshot) -> Vec<(Class, usize)> {
    let mut counts: BTreeMap<Class, usize> = BTreeMap::new();
    for asset in snapshot.assets.iter().filter(|a| !is_ai(a)) {
        *counts.entry(asset.class).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(class, n)| (std::cmp::Reverse(*n), *class));
    counts
}

/// Places that were not assessed for one reason.
pub(crate) struct Gap<'a> {
    pub(crate) status: CoverageStatus,
    /// The reason; where the places differ in what it quotes, `…` stands for that.
    pub(crate) reason: String,
    pub(crate) places: Vec<GapPlace<'a>>,
}

pub(crate) struct GapPlace<'a> {
    pub(crate) path: &'a str,
    /// What the reason quotes here, when the places differ in it.
    pub(crate) quoted: String,
}

/// What was not assessed: the failures first, then the most frequent reasons.
pub(crate) fn gaps(snapshot: &Snapshot) -> Vec<Gap<'_>> {
    type Quoting<'a> = (&'a Coverage, Vec<&'a str>);
    let mut by_pattern: BTreeMap<(CoverageStatus, String), Vec<Quoting<'_>>> = BTreeMap::new();
    for coverage in snapshot.coverage.iter().filter(|c| c.status != CoverageStatus::Read) {
        let (pattern, quoted) = pattern(coverage.reason.as_deref().unwrap_or("no reason given"));
        by_pattern.entry((coverage.status, pattern)).or_default().push((coverage, quoted));
    }
    let mut gaps: Vec<Gap<'_>> = by_pattern
        .into_iter()
        .map(|((status, pattern), entries)| {
            let same = entries.iter().all(|(c, _)| c.reason == entries[0].0.reason);
            let reason = match &entries[0].0.reason {
                Some(reason) if same => reason.clone(),
                _ => pattern,
            };
            let places = entries
                .into_iter()
                .map(|(c, quoted)| GapPlace {
                    path: &c.path,
                    quoted: if same { String::new() } else { quoted.join(", ") },
                })
                .collect();
            Gap { status, reason, places }
        })
        .collect();
    let rank = |status| match status {
        CoverageStatus::Failed => 0,
        CoverageStatus::Partial => 1,
        CoverageStatus::Skipped => 2,
        CoverageStatus::Read => 3,
    };
    gaps.sort_by(|a, b| {
        let key = |g: &Gap<'_>| (rank(g.status), std::cmp::Reverse(g.places.len()));
        key(a).cmp(&key(b)).then_with(|| a.reason.cmp(&b.reason))
    });
    gaps
}

/// A reason without what it quotes, and what it quotes: `type "a" has no card` gives `type … has no card` and `a`.
fn pattern(reason: &str) -> (String, Vec<&str>) {
    let mut pattern = String::new();
    let mut quoted = Vec::new();
    let mut rest = reason;
    while let Some(open) = rest.find(['"', '`']) {
        let (quote, after) = (&rest[open..=open], &rest[open + 1..]);
        let Some(close) = after.find(quote) else { break };
        pattern.push_str(&rest[..open]);
        pattern.push('…');
        quoted.push(&after[..close]);
        rest = &after[close + 1..];
    }
    pattern.push_str(rest);
    (pattern, quoted)
}

/// The word for a gap in a report.
pub(crate) fn status_word(status: CoverageStatus) -> &'static str {
    match status {
        CoverageStatus::Read => "read",
        CoverageStatus::Partial => "partial",
        CoverageStatus::Skipped => "skipped",
        CoverageStatus::Failed => "failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(notes: &[(&str, CoverageStatus, &str)]) -> Snapshot {
        let coverage = notes.iter().map(|(path, status, why)| Coverage::note("iac", path, *status, *why));
        Snapshot { coverage: coverage.collect(), ..Snapshot::default() }
    }

    #[test]
    fn reasons_that_differ_in_what_they_quote_are_one_gap() {
        use CoverageStatus::{Failed, Partial, Read};
        let snapshot = snapshot(&[
            ("a.tf:1:1", Partial, "type \"x\" has no card"),
            ("b.tf:2:1", Partial, "type \"y\" has no card"),
            ("c.tf", Read, ""),
            ("d.tf", Failed, "an \"odd quote"),
            ("e.tf", Partial, "module `m` is remote"),
        ]);
        let shown: Vec<String> = gaps(&snapshot)
            .iter()
            .map(|g| {
                let places: Vec<_> = g.places.iter().map(|p| format!("{} {}", p.path, p.quoted)).collect();
                format!("{}: {} [{}]", status_word(g.status), g.reason, places.join(", "))
            })
            .collect();
        assert_eq!(
            shown,
            [
                "failed: an \"odd quote [d.tf ]",
                "partial: type … has no card [a.tf:1:1 x, b.tf:2:1 y]",
                "partial: module `m` is remote [e.tf ]",
            ]
        );
    }

    #[test]
    fn the_headline_never_claims_more_than_was_assessed() {
        let faults = vec![(Severity::Critical, 1), (Severity::Low, 2)];
        for (tally, min, want) in [
            (Tally::default(), Severity::Info, "nothing to assess was found"),
            (Tally { assets: 3, ..Tally::default() }, Severity::Info, "no check was evaluated"),
            (
                Tally { assets: 1, passed: 4, ..Tally::default() },
                Severity::Info,
                "no faults found in what was assessed; 4 passed",
            ),
            (
                Tally { assets: 1, hidden: 2, ..Tally::default() },
                Severity::High,
                "no faults of severity high or above found in what was assessed; 2 below high not shown",
            ),
            (
                Tally { faults, assets: 1, unknown: 3, accepted: 1, ..Tally::default() },
                Severity::Info,
                "1 critical · 2 low; 3 unknown; 1 accepted",
            ),
        ] {
            assert_eq!(headline(&tally, min), want);
        }
    }
}
