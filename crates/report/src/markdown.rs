//! The report as a comment on a pull request: counts, a table of faults, the details folded away, and what was not
//! assessed. Scanned text cannot become markup, a mention or a link, and the whole stays below a size limit.

use model::{AttackPath, CoverageStatus, Outcome, Snapshot};

use crate::Options;
use crate::patch;
use crate::paths::place;
use crate::paths::words::{Names, doubts, in_sentence};
use crate::select::{self, Gap, Group};
use crate::text::{counted, visible};

/// The longest comment, in characters; GitHub refuses one of more than 65,536.
const LIMIT: usize = 60_000;
/// How much of it the table, then the table and the details, may take: each leaves room for what follows.
const TABLE_LIMIT: usize = 25_000;
const PATHS_LIMIT: usize = 12_000;
/// Attack paths that are told.
const TOP_PATHS: usize = 10;
const DETAILS_LIMIT: usize = 50_000;
/// The most that one asset may take of the details.
const ASSET_LIMIT: usize = 12_000;
const NAME: usize = 120;
const SENTENCE: usize = 500;
const FEW: usize = 3;

pub(crate) fn render(snapshot: &Snapshot, options: &Options<'_>) -> String {
    let tally = select::tally(snapshot, options.min_severity);
    let mut page = Page::default();
    // The marker lets a later run find its own comment.
    page.push(&format!(
        "<!-- stance:report -->\n## Stance: {}\n\n",
        select::headline(&tally, options.min_severity)
    ));
    let mut scope = format!("{} on {}", counted(tally.checks, "check"), counted(tally.assets, "asset"));
    if tally.not_assessed > 0 {
        scope.push_str(&format!(", {} not assessed", counted(tally.not_assessed, "place")));
    }
    if let Some(posture) = &snapshot.attack.posture {
        scope.push_str(&format!(", posture {} of 100", posture.score));
    }
    let footer = format!(
        "\n<sub>{scope}. Stance {}, catalogue {}</sub>\n",
        prose(options.tool_version),
        prose(options.catalog_version)
    );
    if !options.quiet {
        let groups = select::groups(snapshot, options.min_severity);
        page.attack_paths(snapshot, options);
        page.table(&groups);
        page.details(&groups);
        page.gaps(&select::gaps(snapshot), LIMIT - footer.chars().count() - 200);
    }
    page.push(&footer);
    page.text
}

/// Text that knows how long it is.
#[derive(Default)]
struct Page {
    text: String,
    chars: usize,
}

impl Page {
    fn push(&mut self, text: &str) {
        self.chars += text.chars().count();
        self.text.push_str(text);
    }

    /// Appends if the page stays within `limit`.
    fn fits(&mut self, text: &str, limit: usize) -> bool {
        let fits = self.chars + text.chars().count() <= limit;
        if fits {
            self.push(text);
        }
        fits
    }

    /// The ways to what matters, the riskiest first, each with its steps folded away.
    fn attack_paths(&mut self, snapshot: &Snapshot, options: &Options<'_>) {
        let paths = select::attack_paths(snapshot, options.min_severity);
        if paths.is_empty() {
            return;
        }
        let counts = select::path_counts(&snapshot.attack.paths);
        let counts: Vec<String> = counts.iter().map(|(level, n)| format!("{n} {level}")).collect();
        self.push(&format!("### Attack paths: {}\n", counts.join(" · ")));
        let names = Names::of(snapshot);
        for (i, path) in paths.iter().enumerate() {
            if i == TOP_PATHS || !self.fits(&attack_path(path, &names), PATHS_LIMIT) {
                self.push(&format!("\n… and {}.\n", counted(paths.len() - i, "more path")));
                break;
            }
        }
        self.push("\n### Findings\n\n");
    }

    fn table(&mut self, groups: &[Group<'_>]) {
        let mut faults: Vec<(&Outcome, &Group<'_>)> =
            groups.iter().flat_map(|g| g.faults.iter().map(move |o| (*o, g))).collect();
        if faults.is_empty() {
            return;
        }
        faults.sort_by_key(|(o, _)| std::cmp::Reverse(select::worth(o)));
        self.push("| Severity | Fault | Where | Because |\n| --- | --- | --- | --- |\n");
        for (i, (outcome, group)) in faults.iter().enumerate() {
            if !self.fits(&row(outcome, group), TABLE_LIMIT) {
                self.push(&format!("\n… and {}.\n", counted(faults.len() - i, "more fault")));
                break;
            }
        }
    }

    fn details(&mut self, groups: &[Group<'_>]) {
        let told: Vec<&Group<'_>> = groups
            .iter()
            .filter(|g| !g.faults.is_empty() || !g.unknown.is_empty() || !g.accepted.is_empty())
            .collect();
        for (i, group) in told.iter().enumerate() {
            if !self.fits(&folded(group), DETAILS_LIMIT) {
                self.push(&format!("\n… and the details of {}.\n", counted(told.len() - i, "more asset")));
                break;
            }
        }
    }

    fn gaps(&mut self, gaps: &[Gap<'_>], limit: usize) {
        if gaps.is_empty() {
            return;
        }
        self.push("\n### Not assessed\n\n");
        for (i, gap) in gaps.iter().enumerate() {
            if !self.fits(&gap_line(gap), limit) {
                self.push(&format!("\n… and {}.\n", counted(gaps.len() - i, "more reason")));
                break;
            }
        }
    }
}

fn attack_path(path: &AttackPath, names: &Names<'_>) -> String {
    let mut text = format!(
        "\n<details>\n<summary><b>{}</b>: {} ({}) <code>{}</code></summary>\n\n",
        path.risk.level,
        html(&names.way(path)),
        html(&in_sentence(&visible(&path.target.title, NAME))),
        html(&visible(&path.id, NAME)),
    );
    for step in &path.steps {
        let doubts = doubts(&step.verdict).join(", ");
        let doubts = if doubts.is_empty() { doubts } else { format!(" _({})_", prose(&doubts)) };
        let places = step.evidence.iter().take(FEW).map(|g| code(&visible(&place(&g.evidence), NAME)));
        let places: Vec<String> = places.collect();
        let places = if places.is_empty() { String::new() } else { format!(": {}", places.join(", ")) };
        text.push_str(&format!("1. {}{doubts}{places}\n", prose(&step.says)));
        for fix in step.fixes.iter().take(FEW) {
            text.push_str(&format!("   - fix: {}\n", prose(&fix.say)));
        }
    }
    text.push_str("\n</details>\n");
    text
}

fn row(outcome: &Outcome, group: &Group<'_>) -> String {
    let place = select::places(outcome, group.asset)
        .first()
        .map(|p| format!("{}:{}", visible(&p.position.path, NAME), p.position.line));
    let place = code(&place.unwrap_or_else(|| visible(&outcome.address, NAME).into_owned()));
    format!(
        "| **{}** | {} | {} | {} |\n",
        outcome.severity,
        prose(&outcome.title),
        place.replace('|', "\\|"),
        match select::on_paths(outcome) {
            Some(on) => format!("{} ({on})", prose(&outcome.because)),
            None => prose(&outcome.because),
        }
    )
}

/// One asset: its faults in full, the rest in a line each.
fn folded(group: &Group<'_>) -> String {
    let (kind, name) = group.asset.map_or(("", &*group.id.0), |a| (&*a.kind, &*a.name));
    let counts: Vec<String> =
        [(group.faults.len(), "fault"), (group.unknown.len(), "unknown"), (group.accepted.len(), "accepted")]
            .into_iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, word)| if word == "fault" { counted(n, word) } else { format!("{n} {word}") })
            .collect();
    let summary = format!(
        "<code>{}</code> {}: {}",
        html(&visible(name, NAME)),
        html(&visible(kind, NAME)),
        counts.join(", ")
    );
    let mut page = Page::default();
    page.push(&format!("\n<details>\n<summary>{summary}</summary>\n"));
    let faults = group.faults.iter().map(|o| fault(o, group));
    let unknown = group.unknown.iter().map(|o| unknown(o));
    let accepted = group.accepted.iter().map(|o| accepted(o));
    let count = group.faults.len() + group.unknown.len() + group.accepted.len();
    for (i, outcome) in faults.chain(unknown).chain(accepted).enumerate() {
        if !page.fits(&outcome, ASSET_LIMIT) {
            page.push(&format!("\n… and {}.\n", counted(count - i, "more outcome")));
            break;
        }
    }
    page.push("\n</details>\n");
    page.text
}

fn unknown(outcome: &Outcome) -> String {
    let check = code(&visible(&outcome.check, NAME));
    format!("\n**unknown: {}** {check}: {}\n", prose(&outcome.title), prose(&outcome.because))
}

fn accepted(outcome: &Outcome) -> String {
    let Some(by) = &outcome.suppressed else { return String::new() };
    let owner = by.owner.as_deref().map(|o| format!(", by {}", prose(o))).unwrap_or_default();
    let until = by.expires.as_deref().map(|e| format!(", until {}", prose(e))).unwrap_or_default();
    let (title, check) = (prose(&outcome.title), code(&visible(&outcome.check, NAME)));
    format!("\n**accepted: {title}** {check}: {}{owner}{until}\n", prose(&by.reason))
}

fn fault(outcome: &Outcome, group: &Group<'_>) -> String {
    let check = code(&visible(&outcome.check, NAME));
    let mut text = format!("\n**{}: {}** {check}", outcome.severity, prose(&outcome.title));
    if outcome.confidence != model::Confidence::High {
        text.push_str(&format!(" ({} confidence)", outcome.confidence));
    }
    text.push_str(&format!("\n\n{}\n", prose(&outcome.because)));
    let places = select::places(outcome, group.asset);
    let places: Vec<String> = places
        .iter()
        .take(FEW)
        .map(|p| format!("{} {}", p.label.unwrap_or("at"), code(&visible(&p.position.to_string(), NAME))))
        .collect();
    if !places.is_empty() {
        text.push_str(&format!("({})\n", places.join(", ")));
    }
    let steps = select::steps(outcome, group.asset);
    if !steps.is_empty() {
        text.push('\n');
    }
    for step in steps {
        let place = code(&visible(&step.position.to_string(), NAME));
        text.push_str(&format!("1. {} ({place})\n", prose(step.says)));
    }
    if !outcome.why.is_empty() {
        text.push_str(&format!("\nWhy it matters: {}\n", prose(&outcome.why)));
    }
    if let Some(fix) = &outcome.fix {
        text.push_str(&format!("\nFix: {}\n", prose(fix)));
    }
    let lines = outcome.patch.iter().flat_map(|p| {
        let mark = if patch::is_diff(p) { "" } else { "+ " };
        p.lines().map(move |l| format!("{mark}{}\n", visible(l, SENTENCE)))
    });
    let patch: String = lines.take(80).collect();
    if !patch.is_empty() {
        let fence = "`".repeat(longest_run(&patch).max(2) + 1);
        text.push_str(&format!("\n{fence}diff\n{patch}{fence}\n"));
    }
    if !outcome.maps.is_empty() {
        let maps: Vec<String> = outcome.maps.iter().take(20).map(|m| code(&visible(m, NAME))).collect();
        text.push_str(&format!("\nControls: {}\n", maps.join(", ")));
    }
    text
}

fn gap_line(gap: &Gap<'_>) -> String {
    let word = match gap.status {
        CoverageStatus::Partial => "partly read",
        status => select::status_word(status),
    };
    let places = gap.places.iter().take(FEW).map(|p| {
        let quoted = if p.quoted.is_empty() { String::new() } else { format!(" ({})", prose(&p.quoted)) };
        format!("{}{quoted}", code(&visible(p.path, NAME)))
    });
    let mut places: Vec<String> = places.collect();
    if gap.places.len() > FEW {
        places.push(format!("… and {} more", gap.places.len() - FEW));
    }
    format!("- **{} {word}**: {}: {}\n", gap.places.len(), prose(&gap.reason), places.join(", "))
}

/// Text that reads as itself: nothing in it is markup, a mention, a reference or a link. The zero-width spaces are
/// ours; they part what GitHub would join into a mention (`@name`), a reference (`#1`) or a bare link.
pub(crate) fn prose(text: &str) -> String {
    let text = visible(text, SENTENCE);
    let mut escaped = String::with_capacity(text.len() + 16);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '@' => escaped.push_str("@&#8203;"),
            '#' => escaped.push_str("\\#&#8203;"),
            ':' if chars.peek() == Some(&'/') => escaped.push_str(":&#8203;"),
            '.' if escaped.to_ascii_lowercase().ends_with("www") => escaped.push_str("&#8203;."),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => {
                escaped.push('\\');
                escaped.push(c);
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// A code span whose fence is longer than any in the text.
fn code(text: &str) -> String {
    let fence = "`".repeat(longest_run(text) + 1);
    let pad =
        if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) || text.is_empty() { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// The longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scanned_text_is_only_text() {
        for (text, want) in [
            ("plain text, 3 - 2.", "plain text, 3 - 2."),
            ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
            ("@octocat #12", "@&#8203;octocat \\#&#8203;12"),
            ("[a](http://x) ![i](y)", "\\[a\\](http:&#8203;//x) !\\[i\\](y)"),
            ("WWW.example.com", "WWW&#8203;.example.com"),
            ("`a` | *b* ${c}", "\\`a\\` \\| \\*b\\* \\${c}"),
            ("a\n\n# b", "a␊␊\\#&#8203; b"),
        ] {
            assert_eq!(prose(text), want);
        }
    }

    #[test]
    fn code_spans_hold_their_backticks() {
        for (text, want) in [("a", "`a`"), ("a`b", "``a`b``"), ("`a``", "``` `a`` ```"), ("", "`  `")] {
            assert_eq!(code(text), want);
        }
    }
}
