//! Attack paths in a terminal: a line for each, then what to do about all of them; one path step by step where it is
//! asked for.

use model::{AttackPath, Grounds, PathStep, Severity};

use super::View;
use super::words::{NAME, Names, SENTENCE, doubts, has, in_sentence, matrices, number, place, quoted};
use crate::excerpt::{Secrets, excerpt};
use crate::palette::Style;
use crate::screen::{Screen, Span, clip};
use crate::select;
use crate::text::{columns, counted, visible};

/// Rows of the list, fixes and choke points that are shown, unless everything is asked for.
const ROWS: usize = 30;
const FEW: usize = 5;
/// So few paths are told in full at once.
const ALL_IN_FULL: usize = 2;

/// The paths of the snapshot. With `only`, that path step by step and nothing else.
pub fn terminal(view: &View<'_>, only: Option<&str>) -> String {
    let mut sheet = Sheet::new(view);
    let paths = &view.snapshot.attack.paths;
    if let Some(id) = only {
        for path in paths.iter().filter(|path| *path.id == *id) {
            sheet.path(path);
        }
        return sheet.screen.text;
    }
    let in_full = view.options.verbose || paths.len() <= ALL_IN_FULL;
    if !view.options.quiet {
        match in_full {
            true => paths.iter().for_each(|path| sheet.path(path)),
            false => sheet.list(paths),
        }
        sheet.choke_points();
        sheet.smallest_fix();
        sheet.gaps();
    }
    sheet.summary(paths, in_full);
    sheet.screen.text
}

/// The likelihood of a path as a product, and its impact as a sum: `possible: open 0.95 × conditional 0.4; …`.
pub(super) fn factors(path: &AttackPath) -> (String, String) {
    let impact = path.risk.factors.iter().position(|factor| factor.name.starts_with("impact of "));
    let (likelihood, impact) = path.risk.factors.split_at(impact.unwrap_or(path.risk.factors.len()));
    let told = |factors: &[model::Factor], between: &str| {
        let all = factors.iter().map(|f| format!("{} {}", visible(&f.name, NAME), number(f.value)));
        all.collect::<Vec<_>>().join(between)
    };
    (told(likelihood, " × "), told(impact, " + ").replace("impact of ", ""))
}

pub(super) struct Sheet<'a> {
    pub(super) view: &'a View<'a>,
    pub(super) screen: Screen,
    pub(super) names: Names<'a>,
    secrets: Secrets<'a>,
    /// The place whose line was shown last; it is not shown twice in a row.
    shown: Option<(String, u32, u32)>,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(view: &'a View<'a>) -> Self {
        Sheet {
            view,
            screen: Screen::new(view.options.color, view.options.width),
            names: Names::of(view.snapshot),
            secrets: Secrets::of(view.snapshot),
            shown: None,
        }
    }

    fn list(&mut self, paths: &[AttackPath]) {
        let rows = if self.view.options.verbose { paths.len() } else { ROWS };
        let header =
            format!("{:<9} {:<10} {:>6} {:>5}  {:<15}  way", "risk", "likelihood", "impact", "steps", "path");
        let header = self.screen.palette.paint(Style::Faint, &header);
        self.screen.text.push_str(&format!("{header}\n"));
        for path in paths.iter().take(rows) {
            let risk = &path.risk;
            let level = self.screen.palette.paint(Style::Severity(risk.level), &format!("{:<9}", risk.level));
            let middle = format!(
                "{:<10} {:>6} {:>5}  {:<15}",
                visible(&risk.likelihood, NAME),
                risk.impact,
                path.steps.len(),
                visible(&path.id, NAME),
            );
            let room = self.screen.width.saturating_sub(10 + columns(&middle) + 2);
            let way = self.names.way(path);
            let way = clip(&way, room);
            // A title of which only a part is left says little.
            let what = format!("({})", in_sentence(&visible(&path.target.title, NAME)));
            let what = if columns(&way) + 1 + columns(&what) > room { String::new() } else { what };
            let what = self.screen.palette.paint(Style::Faint, &what);
            self.screen.text.push_str(format!("{level} {middle}  {way} {what}").trim_end());
            self.screen.text.push('\n');
        }
        if paths.len() > rows {
            let more =
                format!("… and {}; --verbose shows all of them", counted(paths.len() - rows, "more path"));
            self.screen.flow(0, 2, &[(Style::Faint, more.into())]);
        }
    }

    /// One path in full.
    pub(super) fn path(&mut self, path: &AttackPath) {
        self.screen.blank();
        self.shown = None;
        let style = Style::Severity(path.risk.level);
        let id = format!("[{}]", visible(&path.id, NAME));
        let way = self.names.way(path);
        let spans = [
            (style, format!("{}:", path.risk.level).into()),
            (Style::Strong, way.into()),
            (Style::Faint, id.into()),
        ];
        self.screen.flow(0, 2, &spans);
        let entry = self.view.catalog.entries.iter().find(|card| *card.entry.text == *path.entry);
        let from = entry.map_or_else(|| visible(&path.entry, NAME), |card| visible(&card.title, NAME));
        self.told(2, "from", 8, &[(Style::Plain, from)]);
        let address = self
            .names
            .asset(&path.target.asset)
            .map(|asset| format!("({} {})", visible(&asset.kind, NAME), visible(&asset.address, NAME)));
        let title = visible(&path.target.title, NAME);
        let mut to: Vec<Span<'_>> = vec![(Style::Plain, format!("{}:", in_sentence(&title)).into())];
        to.push((Style::Plain, has(path.target.level, &self.names.name(&path.target.asset)).into()));
        to.extend(address.map(|address| (Style::Faint, address.into())));
        self.told(2, "to", 8, &to);
        self.told(2, "why", 8, &[(Style::Plain, visible(&path.target.why, SENTENCE))]);
        let (likelihood, impact) = factors(path);
        let risk = vec![
            (Style::Plain, "likelihood".into()),
            (style, format!("{}:", visible(&path.risk.likelihood, NAME)).into()),
            (Style::Faint, format!("{likelihood};").into()),
            (Style::Plain, "impact".into()),
            (style, format!("{}:", path.risk.impact).into()),
            (Style::Faint, impact.into()),
        ];
        self.told(2, "risk", 8, &risk);
        for (index, step) in path.steps.iter().enumerate() {
            self.screen.text.push('\n');
            self.step(index + 1, step, path.risk.level);
        }
        if !path.bypasses.is_empty() {
            let names: Vec<_> = path.bypasses.iter().map(|id| self.names.name(id)).collect();
            let text = format!("leaves aside {}", names.join(", "));
            self.screen.text.push('\n');
            self.screen.flow(2, 4, &[(Style::Unknown, text.into())]);
        }
    }

    /// A word and what it is about.
    pub(super) fn told(&mut self, indent: usize, word: &str, room: usize, spans: &[Span<'_>]) {
        self.screen.item(indent, &(Style::Faint, word.into()), room, spans);
    }

    fn step(&mut self, number: usize, step: &PathStep, severity: Severity) {
        let number = format!("{number}.");
        let says = [(Style::Strong, visible(&step.says, SENTENCE))];
        self.screen.item(2, &(Style::Strong, number.into()), 3, &says);
        let way = [
            (Style::Plain, self.names.start(step).into()),
            (Style::Gutter, "→".into()),
            (Style::Plain, self.names.gain(step).into()),
        ];
        self.screen.flow(5, 7, &way);
        self.verdict(5, step);
        let few = if self.view.options.verbose { usize::MAX } else { 3 };
        for grounds in step.evidence.iter().take(few) {
            self.grounds(5, grounds, severity);
        }
        if step.evidence.len() > few {
            let more = format!("… and {}", counted(step.evidence.len() - few, "more ground"));
            self.screen.flow(5, 5, &[(Style::Faint, more.into())]);
        }
        let mut technique = vec![visible(&step.technique, NAME).into_owned()];
        technique.extend(matrices(step).iter().map(|id| visible(id, NAME).into_owned()));
        self.told(5, "how", 5, &[(Style::Faint, technique.join(" · ").into())]);
        for fix in &step.fixes {
            self.screen.item(
                5,
                &(Style::Good, "fix".into()),
                5,
                &[(Style::Plain, visible(&fix.say, SENTENCE))],
            );
            let without = format!("--without {}", visible(&quoted(&fix.id), SENTENCE));
            self.screen.flow(10, 12, &[(Style::Faint, without.into())]);
        }
    }

    /// What is not sure of a step; nothing where all is.
    pub(super) fn verdict(&mut self, indent: usize, step: &PathStep) {
        for doubt in doubts(&step.verdict) {
            self.screen.flow(indent, indent + 2, &[(Style::Unknown, visible(&doubt, SENTENCE))]);
        }
    }

    /// A sentence and the place that it was read from, with the line that stands there.
    pub(super) fn grounds(&mut self, indent: usize, grounds: &Grounds, severity: Severity) {
        self.screen.flow(indent, indent + 2, &[(Style::Plain, visible(&grounds.says, SENTENCE))]);
        let at = place(&grounds.evidence);
        let arrow = self.screen.palette.paint(Style::Gutter, "-->");
        self.screen.text.push_str(&format!("{:indent$}  {arrow} {}\n", "", visible(&at, 2 * NAME)));
        if let model::Evidence::Default { page, .. } = &grounds.evidence {
            self.screen.flow(indent + 6, indent + 6, &[(Style::Faint, visible(page, SENTENCE))]);
        }
        let Some(position) = grounds.evidence.position() else { return };
        let here = Some((position.path.to_string(), position.line, position.column));
        if here == self.shown {
            return;
        }
        self.shown = here;
        let gutter = position.line.to_string().len().max(2);
        let room = self.screen.width.saturating_sub(indent + gutter + 4);
        // A document that is too large to look through may have a secret anywhere.
        if self.secrets.unexamined.is_empty()
            && let Some(excerpt) = excerpt(position, room, self.view.options.sources, &self.secrets)
        {
            self.screen.excerpt(indent + 1, gutter, position.line, &excerpt, severity);
        }
    }

    fn choke_points(&mut self) {
        let points = &self.view.snapshot.attack.choke_points;
        if points.is_empty() {
            return;
        }
        self.screen.heading("Choke points");
        let few = if self.view.options.verbose { usize::MAX } else { FEW };
        for point in points.iter().take(few) {
            let what = has(point.level, &self.names.name(&point.asset));
            let mut spans: Vec<Span<'_>> = vec![(Style::Strong, what.into())];
            let class = self.names.asset(&point.asset).map(|asset| format!("({})", asset.class));
            spans.extend(class.map(|class| (Style::Faint, class.into())));
            let mut text = format!("is on {}", counted(point.paths, "path"));
            if point.only_way > 0 {
                text.push_str(&format!(" and the only way to {}", counted(point.only_way, "target")));
            }
            spans.push((Style::Plain, text.into()));
            self.screen.flow(2, 4, &spans);
        }
        self.more(points.len(), few, "choke point");
    }

    fn smallest_fix(&mut self) {
        let set = &self.view.snapshot.attack.smallest_fix;
        if set.fixes.is_empty() && set.open.is_empty() {
            return;
        }
        self.screen.heading("Smallest set of fixes");
        let least = self.view.break_from;
        if !set.fixes.is_empty() {
            let proof = if set.proven { "no smaller set does" } else { "a smaller set may do" };
            let rest = if set.open.is_empty() { "every path" } else { "every path that can be broken" };
            let (fixes, breaks) = match set.fixes.len() {
                1 => ("1 fix".to_owned(), "breaks"),
                many => (format!("{many} fixes"), "break"),
            };
            let line = format!("{fixes} {breaks} {rest} of risk {least} or above; {proof}");
            self.screen.flow(2, 4, &[(Style::Plain, line.into())]);
        }
        let few = if self.view.options.verbose { usize::MAX } else { FEW };
        let cuts = set.cuts.iter().copied().chain(std::iter::repeat(0));
        let mut fixes: Vec<_> = set.fixes.iter().zip(cuts).collect();
        // What cuts most is read first.
        fixes.sort_by_key(|(_, cuts)| std::cmp::Reverse(*cuts));
        for (number, (fix, cuts)) in fixes.iter().take(few).enumerate() {
            let cuts = match cuts {
                0 => "–".to_owned(),
                cuts => counted(*cuts, "path"),
            };
            let label = format!("{}. {cuts:>8}", number + 1);
            let says = [(Style::Plain, visible(&fix.say, SENTENCE))];
            self.screen.item(2, &(Style::Good, label.into()), 13, &says);
            let without = format!("--without {}", visible(&quoted(&fix.id), SENTENCE));
            self.screen.flow(15, 17, &[(Style::Faint, without.into())]);
        }
        self.more(fixes.len(), few, "fix");
        if !set.open.is_empty() {
            let shown: Vec<&str> = set.open.iter().take(few.max(FEW)).map(|id| &**id).collect();
            let more = set.open.len() - shown.len();
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let line = format!("no known fix breaks {}{more}", visible(&shown.join(", "), SENTENCE));
            self.screen.flow(2, 4, &[(Style::Unknown, line.into())]);
        }
    }

    fn more(&mut self, count: usize, shown: usize, noun: &str) {
        if count > shown {
            let plural = if noun == "fix" { "more fixes".to_owned() } else { format!("more {noun}s") };
            let what = if count - shown == 1 { format!("more {noun}") } else { plural };
            let line = format!("… and {} {what}; --verbose shows all", count - shown);
            self.screen.flow(2, 4, &[(Style::Faint, line.into())]);
        }
    }

    /// What was not assessed, most frequent reasons first.
    fn gaps(&mut self) {
        let gaps = select::gaps(self.view.snapshot);
        if gaps.is_empty() {
            return;
        }
        self.screen.heading("Not assessed");
        let few = if self.view.options.verbose { usize::MAX } else { FEW };
        for gap in gaps.iter().take(few) {
            let count = counted(gap.places.len(), "place");
            let spans =
                [(Style::Plain, visible(&gap.reason, SENTENCE)), (Style::Faint, format!("({count})").into())];
            self.screen.item(2, &(Style::Faint, select::status_word(gap.status).into()), 9, &spans);
        }
        self.more(gaps.len(), few, "reason");
    }

    fn summary(&mut self, paths: &[AttackPath], in_full: bool) {
        self.screen.blank();
        let mut spans: Vec<Span<'_>> = Vec::new();
        let counts = select::path_counts(paths);
        for (index, (level, count)) in counts.iter().enumerate() {
            if index > 0 {
                spans.push((Style::Faint, "·".into()));
            }
            spans.push((Style::Severity(*level), format!("{count} {level}").into()));
        }
        match (paths.len(), self.view.left_out) {
            (0, 0) => spans.push((Style::Good, "no attack path found in what was assessed".into())),
            (0, out) => {
                let text = format!("none of {} was asked for", counted(out, "attack path"));
                spans.push((Style::Plain, text.into()));
            }
            (some, 0) => spans.push((Style::Plain, format!("({})", counted(some, "attack path")).into())),
            (some, out) => {
                let text = format!("({}; {out} more not asked for)", counted(some, "attack path"));
                spans.push((Style::Plain, text.into()));
            }
        }
        self.screen.flow(0, 2, &spans);
        if let Some(posture) = &self.view.snapshot.attack.posture {
            self.screen.flow(0, 2, &posture_line(posture));
        }
        if let (Some(first), false) = (paths.first(), in_full || self.view.options.quiet) {
            let folder = visible(self.view.options.root, SENTENCE);
            let line = format!("step by step: stance paths {} {}", quoted(&folder), visible(&first.id, NAME));
            self.screen.flow(0, 2, &[(Style::Faint, line.into())]);
        }
    }
}

/// `posture 59 of 100 (…)`.
pub(crate) fn posture_line(posture: &model::Posture) -> Vec<Span<'static>> {
    let style = match posture.score {
        0..=49 => Style::Severity(Severity::High),
        50..=79 => Style::Severity(Severity::Medium),
        _ => Style::Good,
    };
    let assets = counted(posture.assets, "AI asset");
    let made = format!("(worst asset {}, mean {}, {assets})", posture.worst, posture.mean);
    let mut scopes: Vec<_> = posture.scopes.iter().filter(|(scope, _)| !scope.is_empty()).collect();
    scopes.sort_by_key(|(_, score)| *score);
    let worst: Vec<String> =
        scopes.iter().take(3).map(|(s, n)| format!("{} {n}", visible(s, NAME))).collect();
    let mut spans: Vec<Span<'static>> = vec![
        (Style::Plain, "posture".into()),
        (style, format!("{} of 100", posture.score).into()),
        (Style::Faint, made.into()),
    ];
    if scopes.len() > 1 {
        spans.push((Style::Faint, format!("lowest: {}", worst.join(", ")).into()));
    }
    spans
}
