//! SARIF 2.1.0 (OASIS standard, errata 01) for code scanning: faults as results of kind `fail`, what could not be
//! decided as kind `review`, and incomplete coverage as notifications of the run.

use std::collections::{BTreeMap, HashMap};

use model::{
    Asset, AssetId, Coverage, CoverageStatus, Outcome, Position, Severity, Snapshot, Status, Suppression,
};
use sha2::{Digest, Sha256};

use crate::Options;
use crate::json;
use crate::patch;
use crate::select::{self, Place};

mod attack;
mod shape;
use shape::*;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
const ROOT: &str = "SRCROOT";

pub(crate) fn render(snapshot: &Snapshot, options: &Options<'_>) -> String {
    let assets: HashMap<&AssetId, &Asset> = snapshot.assets.iter().map(|a| (&a.id, a)).collect();
    let shown: Vec<&Outcome> = select::outcomes(snapshot, options.min_severity)
        .filter(|o| options.all || o.status != Status::Pass)
        .collect();
    let (mut rules, index) = rules(&shown);
    let results = shown.iter().map(|o| result(o, assets.get(&o.asset).copied(), index[&*o.check]));
    let mut results: Vec<ResultEntry<'_>> = results.collect();
    let (path_rules, path_results) = attack::results(snapshot, options, rules.len());
    rules.extend(path_rules);
    results.extend(path_results);
    log(rules, results, snapshot, options)
}

/// Attack paths and nothing else.
pub(crate) fn paths(snapshot: &Snapshot, options: &Options<'_>) -> String {
    let (rules, results) = attack::results(snapshot, options, 0);
    log(rules, results, snapshot, options)
}

fn log<'a>(
    rules: Vec<Rule<'a>>,
    results: Vec<ResultEntry<'a>>,
    snapshot: &'a Snapshot,
    options: &'a Options<'_>,
) -> String {
    let root = Described { description: Message::plain("the root of what was scanned") };
    json::pretty(&Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "Stance",
                    version: options.tool_version,
                    rules,
                    properties: DriverProperties { catalog_version: options.catalog_version },
                },
            },
            invocations: [Invocation {
                // The run came to its end; a notification of level `error` says that its results are not complete
                // (SARIF 2.1.0, appendix I).
                execution_successful: true,
                tool_execution_notifications: snapshot.coverage.iter().filter_map(notification).collect(),
            }],
            original_uri_base_ids: BTreeMap::from([(ROOT, root)]),
            column_kind: "unicodeCodePoints",
            results,
        }],
    })
}

/// One rule for each check, by id, and the index of each.
fn rules<'a>(outcomes: &[&'a Outcome]) -> (Vec<Rule<'a>>, HashMap<&'a str, usize>) {
    let mut by_check: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        by_check.entry(&outcome.check).or_default().push(outcome);
    }
    let index = by_check.keys().enumerate().map(|(i, check)| (*check, i)).collect();
    (by_check.into_iter().map(|(check, outcomes)| rule(check, &outcomes)).collect(), index)
}

fn rule<'a>(check: &'a str, outcomes: &[&'a Outcome]) -> Rule<'a> {
    let first = outcomes[0];
    let severity = outcomes.iter().map(|o| o.severity).max().unwrap_or(first.severity);
    let confidence = outcomes.iter().map(|o| o.confidence).max().unwrap_or(first.confidence);
    let fix = outcomes.iter().find_map(|o| o.fix.as_deref());
    let why = if first.why.is_empty() { &first.title } else { &first.why };
    let (mut text, mut markdown) = (why.to_string(), why.to_string());
    if let Some(fix) = fix {
        text.push_str(&format!("\n\nFix: {fix}"));
        markdown.push_str(&format!("\n\n**Fix:** {fix}"));
    }
    Rule {
        id: check.into(),
        name: pascal_case(check),
        short_description: Message::plain(&*first.title),
        full_description: Message::plain(&**why),
        help: Message { text: text.into(), markdown: Some(markdown) },
        default_configuration: Configuration { level: level(severity) },
        properties: RuleProperties {
            security_severity: security_severity(severity),
            precision: confidence.as_str(),
            tags: ["security", "ai"].into_iter().chain(first.maps.iter().map(|m| &**m)).collect(),
            same_as: first.same_as.iter().map(|s| &**s).collect(),
        },
    }
}

fn result<'a>(outcome: &'a Outcome, asset: Option<&'a Asset>, rule_index: usize) -> ResultEntry<'a> {
    let places = select::places(outcome, asset);
    let (first, related) = match places.split_first() {
        Some((first, related)) => (Some(first), related),
        None => (None, &[][..]),
    };
    let (kind, level) = match outcome.status {
        Status::Fail => ("fail", level(outcome.severity)),
        // Any other kind demands the level `none` (section 3.27.10).
        Status::Unknown => ("review", "none"),
        Status::Pass => ("pass", "none"),
    };
    let message = match &*outcome.because {
        "" => outcome.title.to_string(),
        because => format!("{}: {because}", outcome.title),
    };
    ResultEntry {
        rule_id: (&*outcome.check).into(),
        rule_index,
        kind,
        level,
        message: Message::plain(without_links(&message)),
        locations: [Location {
            id: None,
            message: None,
            physical_location: first.map(|p| physical(p.position)),
            logical_locations: vec![Logical {
                fully_qualified_name: &outcome.address,
                name: asset.map(|a| &*a.name),
                kind: "resource",
            }],
        }],
        related_locations: related.iter().enumerate().map(|(i, place)| related_location(i, place)).collect(),
        code_flows: code_flow(&select::steps(outcome, asset)).into_iter().collect(),
        partial_fingerprints: BTreeMap::from([("stance/v1", fingerprint(outcome))]),
        fixes: fix_of(outcome).into_iter().collect(),
        suppressions: outcome.suppressed.iter().map(|s| suppression(s, &places, asset)).collect(),
        properties: ResultProperties {
            severity: outcome.severity.as_str(),
            confidence: outcome.confidence.as_str(),
            asset: &outcome.asset.0,
            patch: &outcome.patch,
            paths: outcome.risk.iter().flat_map(|risk| &risk.paths).map(|id| &**id).collect(),
        },
    }
}

/// The diff of a fix as replacements (section 3.55); a fix that is only words is none.
fn fix_of(outcome: &Outcome) -> Option<FixEntry<'_>> {
    let mut files: BTreeMap<&str, Vec<Replacement>> = BTreeMap::new();
    let diffs = outcome.patch.iter().filter(|p| patch::is_diff(p));
    for change in diffs.flat_map(|p| patch::changes(p)) {
        let whole = |lines: &[&str]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
        let end = change.line + change.removed.len() as u32;
        files.entry(change.path).or_default().push(Replacement {
            deleted_region: Region {
                start_line: change.line,
                start_column: Some(1),
                end_line: Some(end),
                end_column: Some(1),
            },
            inserted_content: (!change.added.is_empty()).then(|| Content { text: whole(&change.added) }),
        });
    }
    let changes: Vec<ArtifactChange> = files
        .into_iter()
        .map(|(path, replacements)| ArtifactChange {
            artifact_location: Artifact { uri: uri(path), uri_base_id: ROOT },
            replacements,
        })
        .collect();
    let description = Message::plain(outcome.fix.as_deref().unwrap_or("Change the configuration").to_owned());
    (!changes.is_empty()).then_some(FixEntry { description, artifact_changes: changes })
}

fn related_location<'a>(index: usize, place: &Place<'a>) -> Location<'a> {
    Location {
        id: Some(index),
        message: place.label.map(Message::plain),
        physical_location: Some(physical(place.position)),
        logical_locations: vec![],
    }
}

/// The way of data step by step (section 3.36).
fn code_flow<'a>(steps: &[select::Step<'a>]) -> Option<CodeFlow<'a>> {
    let location = |step: &select::Step<'a>| FlowLocation {
        location: Location {
            id: None,
            message: Some(Message::plain(without_links(step.says))),
            physical_location: Some(physical(step.position)),
            logical_locations: vec![],
        },
    };
    let locations: Vec<FlowLocation<'a>> = steps.iter().map(location).collect();
    (!locations.is_empty()).then_some(CodeFlow { thread_flows: [ThreadFlow { locations }] })
}

fn physical(position: &Position) -> Physical {
    let region = (position.line > 0).then(|| {
        let ordered = (position.end_line, position.end_column) > (position.line, position.column);
        let (end_line, end_column) = match (ordered, position.end_column) {
            // Without an end, a region would reach to the end of its line: say that it is a point.
            (false, _) | (true, 0) => (None, (position.column > 0).then_some(position.column)),
            (true, column) => (Some(position.end_line), Some(column)),
        };
        Region {
            start_line: position.line,
            start_column: (position.column > 0).then_some(position.column),
            end_line,
            end_column,
        }
    });
    Physical { artifact_location: Artifact { uri: uri(&position.path), uri_base_id: ROOT }, region }
}

/// Whether an exception is written in the source that it speaks of, or in a file of exceptions.
fn suppression<'a>(by: &'a Suppression, places: &[Place<'_>], asset: Option<&Asset>) -> SuppressionEntry<'a> {
    let (path, _) = split_place(&by.place);
    let defining = asset.and_then(Asset::position).into_iter();
    let in_source = places.iter().map(|p| p.position).chain(defining).any(|p| &*p.path == path);
    SuppressionEntry {
        kind: if in_source { "inSource" } else { "external" },
        status: "accepted",
        justification: &by.reason,
        properties: SuppressionProperties {
            owner: by.owner.as_deref(),
            expires: by.expires.as_deref(),
            place: &by.place,
        },
    }
}

fn notification(coverage: &Coverage) -> Option<Notification<'_>> {
    let level = match coverage.status {
        CoverageStatus::Failed => "error",
        CoverageStatus::Partial => "warning",
        CoverageStatus::Read | CoverageStatus::Skipped => return None,
    };
    let (path, place) = split_place(&coverage.path);
    let (line, column) = place.unwrap_or((0, 0));
    let reason = coverage.reason.as_deref().unwrap_or("no reason given");
    Some(Notification {
        level,
        message: Message::plain(without_links(&format!("{path}: {reason}"))),
        locations: [Location {
            id: None,
            message: None,
            physical_location: Some(physical(&Position::point(path.into(), line, column))),
            logical_locations: vec![],
        }],
        properties: NotificationProperties { source: &coverage.source },
    })
}

/// Scanned text must not become a link: `[text](target)` is one in a message (section 3.11.6).
fn without_links(text: &str) -> String {
    text.replace("](", "\\](")
}

/// `main.tf:3:1` as its path, line and column; the column may be absent, and so may both.
fn split_place(place: &str) -> (&str, Option<(u32, u32)>) {
    let number =
        |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u32>().ok()).flatten();
    let Some((head, Some(last))) = place.rsplit_once(':').map(|(head, tail)| (head, number(tail))) else {
        return (place, None);
    };
    match head.rsplit_once(':').map(|(path, line)| (path, number(line))) {
        Some((path, Some(line))) => (path, Some((line, last))),
        _ => (head, Some((last, 0))),
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// A number in the band that code scanning reads as this severity: over 9.0 critical, from 7.0 high, from 4.0
/// medium, below that low (GitHub, "SARIF support for code scanning").
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Info => "1.0",
    }
}

/// `aws-bedrock-agent` as `AwsBedrockAgent`: a rule's name is a word of its own beside its id.
fn pascal_case(id: &str) -> String {
    let capital = |word: &str| {
        let mut chars = word.chars();
        chars.next().map(|c| c.to_uppercase().chain(chars).collect::<String>()).unwrap_or_default()
    };
    id.split(['-', '_', '.', '/']).map(capital).collect()
}

/// A relative URI reference (RFC 3986) of a path below the root.
fn uri(path: &str) -> String {
    use std::fmt::Write as _;
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(byte.into());
            }
            _ => _ = write!(uri, "%{byte:02X}"),
        }
    }
    uri
}

/// The same for the same outcome of every run. The lengths keep (`ab`, `c`) apart from (`a`, `bc`).
fn fingerprint(outcome: &Outcome) -> String {
    let (check, asset, discriminator) = outcome.identity();
    let mut hash = Sha256::new();
    for part in [check, asset, discriminator] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_split_from_the_right() {
        for (place, want) in [
            ("main.tf", ("main.tf", None)),
            ("main.tf:3", ("main.tf", Some((3, 0)))),
            ("main.tf:3:7", ("main.tf", Some((3, 7)))),
            ("a:b/main.tf:3:7", ("a:b/main.tf", Some((3, 7)))),
            ("odd:name", ("odd:name", None)),
            ("big:99999999999", ("big:99999999999", None)),
        ] {
            assert_eq!(split_place(place), want, "{place}");
        }
    }

    #[test]
    fn uris_hold_no_reserved_character_of_a_path() {
        for (path, want) in [
            ("infra/main.tf", "infra/main.tf"),
            ("a b/ü%#?.tf", "a%20b/%C3%BC%25%23%3F.tf"),
            ("javascript:alert(1)", "javascript%3Aalert%281%29"),
            ("\u{1b}", "%1B"),
        ] {
            assert_eq!(uri(path), want);
        }
    }

    #[test]
    fn regions_are_whole_and_in_order() {
        let region = |line, column, end_line, end_column| {
            let position = Position { end_line, end_column, ..Position::point("f".into(), line, column) };
            let found = physical(&position).region?;
            Some((found.start_line, found.start_column, found.end_line, found.end_column))
        };
        assert_eq!(region(3, 5, 3, 9), Some((3, Some(5), Some(3), Some(9))));
        assert_eq!(region(3, 5, 4, 2), Some((3, Some(5), Some(4), Some(2))));
        assert_eq!(region(3, 5, 3, 5), Some((3, Some(5), None, Some(5))));
        assert_eq!(region(3, 5, 2, 9), Some((3, Some(5), None, Some(5))));
        assert_eq!(region(3, 0, 3, 0), Some((3, None, None, None)));
        assert_eq!(region(0, 0, 0, 0), None);
    }

    #[test]
    fn rule_names_are_words() {
        assert_eq!(pascal_case("aws-s3-open_bucket"), "AwsS3OpenBucket");
    }
}
