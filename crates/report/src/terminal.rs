//! The report for a person at a terminal: faults by asset with the lines that cause them, then the inventory, what
//! was not assessed, and the counts. Every text from a scanned file goes through [`visible`].

use std::collections::BTreeMap;

use model::{Evidence, Outcome, Severity, Snapshot};

use crate::Options;
use crate::excerpt::{Secrets, excerpt};
use crate::palette::Style;
use crate::patch;
use crate::paths::posture_line;
use crate::paths::words::{Names, in_sentence, quoted};
use crate::screen::{Screen, Span, clip};
use crate::select::{self, Gap, Group, Place, Tally};
use crate::text::{columns, counted, visible};

/// The longest name, address or path that is shown whole, and the longest sentence, in characters.
const NAME: usize = 200;
const SENTENCE: usize = 1_000;
/// How many places, names or lines are listed before "… and N more", unless everything is asked for.
const FEW: usize = 3;
/// Attack paths that are told first.
const TOP_PATHS: usize = 5;

pub(crate) fn render(snapshot: &Snapshot, options: &Options<'_>) -> String {
    let mut report = Report::new(options);
    let tally = select::tally(snapshot, options.min_severity);
    if !options.quiet {
        let secrets = Secrets::of(snapshot);
        report.attack_paths(snapshot);
        for group in select::groups(snapshot, options.min_severity) {
            report.group(&group, &secrets);
        }
        report.inventory(snapshot);
        report.gaps(&select::gaps(snapshot));
    }
    report.summary(&tally, snapshot);
    report.screen.text
}

struct Report<'a> {
    screen: Screen,
    options: &'a Options<'a>,
    /// The place whose line was shown last; it is not shown twice in a row.
    shown: Option<(String, u32, u32)>,
}

impl<'a> Report<'a> {
    fn new(options: &'a Options<'a>) -> Self {
        Report { screen: Screen::new(options.color, options.width), options, shown: None }
    }

    fn few(&self) -> usize {
        if self.options.verbose { usize::MAX } else { FEW }
    }

    fn group(&mut self, group: &Group<'_>, secrets: &Secrets<'_>) {
        let passed = if self.options.all { &group.passed[..] } else { &[] };
        if group.faults.is_empty()
            && group.unknown.is_empty()
            && group.accepted.is_empty()
            && passed.is_empty()
        {
            return;
        }
        self.screen.blank();
        self.shown = None;
        self.asset_header(group);
        for fault in &group.faults {
            self.screen.text.push('\n');
            self.fault(fault, group, secrets);
        }
        if !group.faults.is_empty() && group.unknown.len() + group.accepted.len() + passed.len() > 0 {
            self.screen.text.push('\n');
        }
        self.unknown(&group.unknown);
        for outcome in &group.accepted {
            self.accepted(outcome);
        }
        // A title names the fault, so it would read wrongly here.
        if !passed.is_empty() {
            let checks: Vec<_> = passed.iter().map(|o| visible(&o.check, NAME)).collect();
            self.screen.flow(
                2,
                4,
                &[(Style::Good, "passed:".into()), (Style::Plain, checks.join(", ").into())],
            );
        }
    }

    /// The riskiest paths, two lines each.
    fn attack_paths(&mut self, snapshot: &Snapshot) {
        let paths = select::attack_paths(snapshot, self.options.min_severity);
        if paths.is_empty() {
            return;
        }
        self.screen.heading("Attack paths");
        let names = Names::of(snapshot);
        let shown = if self.options.verbose { paths.len() } else { TOP_PATHS };
        for path in paths.iter().take(shown) {
            let level = path.risk.level;
            let title = format!("({})", in_sentence(&visible(&path.target.title, NAME)));
            let first = [
                (Style::Strong, names.way(path).into()),
                (Style::Plain, title.into()),
                (Style::Faint, format!("[{}]", visible(&path.id, NAME)).into()),
            ];
            let room = Severity::Critical.as_str().len() + 2;
            self.screen.item(2, &(Style::Severity(level), level.as_str().into()), room, &first);
            let says: Vec<&str> = path.steps.iter().map(|step| &*step.says).collect();
            let says = visible(&says.join(", then "), SENTENCE).into_owned();
            let left = self.screen.width.saturating_sub(2 + room);
            self.screen.flow(2 + room, 4 + room, &[(Style::Faint, clip(&says, left))]);
        }
        let folder = quoted(&visible(self.options.root, NAME));
        let line = match paths.len().saturating_sub(shown) {
            0 => format!("step by step: stance paths {folder} --verbose"),
            more => format!("… and {more} more: stance paths {folder}"),
        };
        self.screen.flow(2, 4, &[(Style::Faint, line.into())]);
    }

    fn asset_header(&mut self, group: &Group<'_>) {
        let Some(asset) = group.asset else {
            return self.screen.flow(0, 2, &[(Style::Strong, visible(&group.id.0, NAME))]);
        };
        let mut spans = vec![
            (Style::Strong, visible(&asset.kind, NAME)),
            (Style::Strong, format!("\"{}\"", visible(&asset.name, NAME)).into()),
        ];
        if *asset.address != *asset.name {
            spans.push((Style::Faint, "·".into()));
            spans.push((Style::Plain, visible(&asset.address, NAME)));
        }
        if let Some(p) = asset.position() {
            spans.push((Style::Faint, "·".into()));
            spans.push((Style::Faint, format!("{}:{}", visible(&p.path, NAME), p.line).into()));
        }
        self.screen.flow(0, 2, &spans);
    }

    fn fault(&mut self, outcome: &Outcome, group: &Group<'_>, secrets: &Secrets<'_>) {
        let style = Style::Severity(outcome.severity);
        let mut title = vec![
            (style, format!("{}:", outcome.severity).into()),
            (Style::Strong, visible(&outcome.title, SENTENCE)),
            check_id(outcome),
        ];
        if outcome.confidence != model::Confidence::High {
            title.push((Style::Faint, format!("({} confidence)", outcome.confidence).into()));
        }
        self.screen.flow(2, 4, &title);
        self.screen.flow(4, 4, &[(Style::Plain, visible(&outcome.because, SENTENCE))]);
        self.risk(outcome);
        self.places(outcome, group, secrets);
        for step in select::steps(outcome, group.asset) {
            let place = format!("{}:{}", visible(&step.position.path, NAME), step.position.line);
            self.screen.flow(
                6,
                10,
                &[(Style::Faint, place.into()), (Style::Plain, visible(step.says, SENTENCE))],
            );
        }
        for evidence in &outcome.evidence {
            if let Some(note) = note(evidence) {
                self.screen.flow(4, 6, &[(Style::Faint, "note:".into()), (Style::Plain, note.into())]);
            }
        }
        if self.options.verbose {
            self.listing("why:", &outcome.why);
            self.listing("maps:", &outcome.maps.join(", "));
            self.listing("same as:", &outcome.same_as.join(", "));
        }
        if outcome.fix.is_some() || !outcome.patch.is_empty() {
            let say = outcome.fix.as_deref().unwrap_or("set");
            self.screen.flow(4, 9, &[(Style::Good, "fix:".into()), (Style::Plain, visible(say, SENTENCE))]);
        }
        for patch in &outcome.patch {
            self.patch(patch);
        }
    }

    /// The risk in context, where attack paths have a say in it.
    fn risk(&mut self, outcome: &Outcome) {
        let Some(risk) = &outcome.risk else { return };
        let mut spans: Vec<Span<'_>> = vec![(Style::Faint, "risk:".into())];
        match select::on_paths(outcome) {
            Some(on) => {
                spans.push((Style::Severity(risk.level), format!("{},", risk.level).into()));
                spans.push((Style::Plain, on.into()));
                let few = self.few();
                let mut ids: Vec<_> = risk.paths.iter().take(few).map(|id| visible(id, NAME)).collect();
                if risk.paths.len() > few {
                    ids.push("…".into());
                }
                spans.push((Style::Faint, format!("[{}]", ids.join(", ")).into()));
            }
            None if self.options.verbose => {
                spans.push((
                    Style::Plain,
                    format!("{}, {}", risk.level, visible(&risk.because, SENTENCE)).into(),
                ));
            }
            None => return,
        }
        self.screen.flow(4, 6, &spans);
    }

    /// The changed lines of a fix below the place of each run, or the lines to write.
    fn patch(&mut self, patch: &str) {
        let mut lines: Vec<(Style, String)> = Vec::new();
        if patch::is_diff(patch) {
            for change in patch::changes(patch).iter().map(patch::Change::telling) {
                let place = format!("{}:{}", visible(change.path, NAME), change.line);
                lines.push((Style::Faint, place));
                lines.extend(
                    change.removed.iter().map(|l| {
                        (Style::Severity(Severity::Critical), format!("- {}", visible(l, SENTENCE)))
                    }),
                );
                lines.extend(
                    change.added.iter().map(|l| (Style::Good, format!("+ {}", visible(l, SENTENCE)))),
                );
            }
        } else {
            lines.extend(patch.lines().map(|l| (Style::Good, format!("+ {}", visible(l, SENTENCE)))));
        }
        for (style, line) in lines {
            let line = self.screen.palette.paint(style, line.trim_end());
            self.screen.text.push_str(&format!("         {line}\n"));
        }
    }

    fn listing(&mut self, word: &'static str, text: &str) {
        if !text.is_empty() {
            self.screen.flow(4, 6, &[(Style::Faint, word.into()), (Style::Plain, visible(text, SENTENCE))]);
        }
    }

    /// The places of an outcome with their lines, in the layout that compilers have made familiar.
    fn places(&mut self, outcome: &Outcome, group: &Group<'_>, secrets: &Secrets<'_>) {
        let all = select::places(outcome, group.asset);
        let passed_on = |p: &Place<'_>| p.label == Some("passed on here") && !self.options.verbose;
        let places: Vec<Place<'_>> = all.into_iter().filter(|p| !passed_on(p)).collect();
        let shown = &places[..places.len().min(self.few())];
        let gutter = shown.iter().map(|p| p.position.line.to_string().len()).max().unwrap_or(1).max(2);
        let room = self.screen.width.saturating_sub(gutter + 7);
        for place in shown {
            let label = place.label.map(|l| format!("{l}: ")).unwrap_or_default();
            let arrow = if place.label.is_none() { "-->" } else { ":::" };
            let arrow = self.screen.palette.paint(Style::Gutter, arrow);
            let p = place.position;
            let path = visible(&p.path, NAME);
            self.screen
                .text
                .push_str(&format!("    {:gutter$}{arrow} {label}{path}:{}:{}\n", "", p.line, p.column));
            if secrets.unexamined.contains(group.id) {
                continue;
            }
            let here = Some((p.path.to_string(), p.line, p.column));
            if here == self.shown && !self.options.verbose {
                continue;
            }
            self.shown = here;
            if let Some(excerpt) = excerpt(p, room, self.options.sources, secrets) {
                self.screen.excerpt(4, gutter, p.line, &excerpt, outcome.severity);
            }
        }
        if shown.len() < places.len() {
            let more = format!("… and {} more", counted(places.len() - shown.len(), "place"));
            self.screen.flow(4 + gutter, 4 + gutter, &[(Style::Faint, more.into())]);
        }
    }

    /// One line for each reason.
    fn unknown(&mut self, outcomes: &[&Outcome]) {
        let mut by_reason: Vec<(&str, Vec<&Outcome>)> = Vec::new();
        let mut index: BTreeMap<&str, usize> = BTreeMap::new();
        for outcome in outcomes {
            let at = *index.entry(&outcome.because).or_insert(by_reason.len());
            match by_reason.get_mut(at) {
                Some((_, same)) => same.push(outcome),
                None => by_reason.push((&outcome.because, vec![outcome])),
            }
        }
        for (reason, same) in by_reason {
            let mut spans = vec![(Style::Unknown, "unknown:".into())];
            match same[..] {
                [one] => {
                    // The title states the fault as a fact, which is just what is not known.
                    let whether = format!("whether “{}”", visible(&one.title, SENTENCE));
                    spans.push((Style::Plain, whether.into()));
                    spans.push((Style::Faint, format!("[{}]:", visible(&one.check, NAME)).into()));
                    spans.push((Style::Plain, visible(reason, SENTENCE)));
                }
                _ => {
                    spans.push((Style::Plain, format!("{}:", counted(same.len(), "check")).into()));
                    spans.push((Style::Plain, visible(reason, SENTENCE)));
                    let few = self.few();
                    let mut ids: Vec<_> = same.iter().take(few).map(|o| visible(&o.check, NAME)).collect();
                    if same.len() > few {
                        ids.push(format!("… and {} more", same.len() - few).into());
                    }
                    spans.push((Style::Faint, format!("[{}]", ids.join(", ")).into()));
                }
            }
            self.screen.flow(2, 4, &spans);
        }
    }

    fn accepted(&mut self, outcome: &Outcome) {
        let Some(by) = &outcome.suppressed else { return };
        let mut line = format!(
            "accepted: {} [{}]: {}",
            visible(&outcome.title, SENTENCE),
            visible(&outcome.check, NAME),
            visible(&by.reason, SENTENCE)
        );
        let details: Vec<String> = [
            by.owner.as_deref().map(|o| format!("by {}", visible(o, NAME))),
            by.expires.as_deref().map(|e| format!("until {}", visible(e, NAME))),
            Some(format!("in {}", visible(&by.place, NAME))),
        ]
        .into_iter()
        .flatten()
        .collect();
        line.push_str(&format!(" ({})", details.join(", ")));
        self.screen.flow(2, 4, &[(Style::Faint, line.into())]);
    }

    /// The AI assets by class and kind.
    fn inventory(&mut self, snapshot: &Snapshot) {
        if snapshot.assets.is_empty() {
            return;
        }
        let inventory = select::inventory(snapshot);
        self.screen.heading("AI inventory");
        let class_width = inventory.keys().map(|c| c.as_str().len()).max().unwrap_or(0);
        let kinds = || inventory.values().flatten();
        let kind_width = kinds().map(|(kind, _)| columns(&visible(kind, NAME))).max().unwrap_or(0);
        let count_width = kinds().map(|(_, names)| names.len().to_string().len()).max().unwrap_or(0);
        for (class, kinds) in &inventory {
            let mut word = class.as_str();
            for (kind, names) in kinds {
                let count = names.len();
                let kind = visible(kind, NAME);
                let pad = " ".repeat(kind_width - columns(&kind));
                let class = format!("{word:class_width$}");
                let class = self.screen.palette.paint(Style::Strong, &class);
                let room =
                    self.screen.width.saturating_sub(2 + class_width + 2 + kind_width + 2 + count_width + 2);
                let names = self.screen.palette.paint(Style::Faint, &named(names, room));
                self.screen
                    .text
                    .push_str(&format!("  {class}  {kind}{pad}  {count:>count_width$}  {names}\n"));
                word = "";
            }
        }
        let around = select::surroundings(snapshot);
        let total: usize = around.iter().map(|(_, n)| n).sum();
        if inventory.is_empty() {
            self.screen.flow(2, 4, &[(Style::Plain, "no AI assets".into())]);
        }
        if total > 0 {
            let classes: Vec<String> = around.iter().map(|(class, n)| format!("{n} {class}")).collect();
            let line = format!("… and {} ({})", counted(total, "surrounding resource"), classes.join(", "));
            self.screen.flow(2, 4, &[(Style::Faint, line.into())]);
        }
    }

    fn gaps(&mut self, gaps: &[Gap<'_>]) {
        if gaps.is_empty() {
            return;
        }
        self.screen.heading("Not assessed");
        let count_width = gaps.iter().map(|g| g.places.len().to_string().len()).max().unwrap_or(1);
        for gap in gaps {
            let word = format!("{:7}", select::status_word(gap.status));
            let style = match gap.status {
                model::CoverageStatus::Failed => Style::Severity(Severity::High),
                model::CoverageStatus::Partial => Style::Severity(Severity::Medium),
                _ => Style::Faint,
            };
            let word = self.screen.palette.paint(style, &word);
            let count = gap.places.len();
            let indent = 2 + 7 + 1 + count_width + 2;
            let mut reason = Screen::new(self.options.color, self.options.width);
            reason.flow(indent, indent, &[(Style::Plain, visible(&gap.reason, SENTENCE))]);
            self.screen
                .text
                .push_str(&format!("  {word} {count:>count_width$}  {}", reason.text.trim_start()));
            let few = self.few();
            for place in gap.places.iter().take(few) {
                let quoted = visible(&place.quoted, NAME);
                self.screen.flow(
                    indent,
                    indent + 2,
                    &[(Style::Faint, visible(place.path, NAME)), (Style::Faint, quoted)],
                );
            }
            if count > few {
                let more = format!("… and {} more", count - few);
                self.screen.flow(indent, indent, &[(Style::Faint, more.into())]);
            }
        }
    }

    /// The counts, on one line where it fits.
    fn summary(&mut self, tally: &Tally, snapshot: &Snapshot) {
        self.screen.blank();
        let style = match tally.faults.first() {
            Some((severity, _)) => Style::Severity(*severity),
            None => Style::Strong,
        };
        let headline = select::headline(tally, self.options.min_severity);
        let (faults, rest) = headline.split_once(';').map_or((&*headline, ""), |(a, b)| (a, b));
        let mut spans: Vec<Span<'_>> = Vec::new();
        let separator = if rest.is_empty() { "" } else { ";" };
        spans.push((style, format!("{faults}{separator}").into()));
        spans.push((Style::Plain, rest.into()));
        let mut scope = format!("({}", counted(tally.checks, "check"));
        scope.push_str(&format!(" on {}", counted(tally.assets, "asset")));
        if tally.not_assessed > 0 {
            scope.push_str(&format!(", {} not assessed", counted(tally.not_assessed, "place")));
        }
        spans.push((Style::Faint, format!("{scope})").into()));
        self.screen.flow(0, 2, &spans);
        let counts = select::path_counts(&snapshot.attack.paths);
        if !counts.is_empty() {
            let counts: Vec<String> = counts.iter().map(|(level, n)| format!("{n} {level}")).collect();
            let line = [(Style::Plain, "attack paths:".into()), (Style::Plain, counts.join(" · ").into())];
            self.screen.flow(0, 2, &line);
        }
        if let Some(posture) = &snapshot.attack.posture {
            self.screen.flow(0, 2, &posture_line(posture));
        }
        if self.options.verbose && !self.options.quiet {
            let line =
                format!("stance {}, catalogue {}", self.options.tool_version, self.options.catalog_version);
            self.screen.flow(0, 2, &[(Style::Faint, line.into())]);
        }
    }
}

/// The different names, as many as fit.
fn named(names: &[&str], room: usize) -> String {
    let different: std::collections::BTreeSet<&str> = names.iter().copied().collect();
    let mut line = String::new();
    for (i, name) in different.iter().enumerate() {
        let name = visible(name, NAME);
        let separator = if i == 0 { "" } else { ", " };
        if columns(&line) + separator.len() + columns(&name) + 3 > room && i > 0 {
            line.push_str(", …");
            break;
        }
        line.push_str(separator);
        line.push_str(&name);
    }
    line
}

fn check_id(outcome: &Outcome) -> Span<'_> {
    (Style::Faint, format!("[{}]", visible(&outcome.check, NAME)).into())
}

/// Evidence that has no place in a scanned file.
fn note(evidence: &Evidence) -> Option<String> {
    let note = match evidence {
        Evidence::Source(_) => return None,
        Evidence::Pointer { document, pointer } => {
            format!("{} at {}", visible(document, NAME), visible(pointer, NAME))
        }
        Evidence::Call { call, pointer } => format!("{} at {}", visible(call, NAME), visible(pointer, NAME)),
        Evidence::Default { path, page } => {
            format!("{} is the provider's default, see {}", visible(path, NAME), visible(page, NAME))
        }
    };
    Some(note)
}
