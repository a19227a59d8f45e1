//! Attack paths in a terminal: the riskiest first, step by step.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use model::Snapshot;

pub fn terminal(snapshot: &Snapshot) -> String {
    let names: BTreeMap<&str, &str> = snapshot.assets.iter().map(|a| (&*a.id.0, &*a.name)).collect();
    let mut out = String::new();
    for path in &snapshot.attack.paths {
        let _ = writeln!(out, "{}  {}  [{}]", path.risk.level, path.title, path.id);
        for (index, step) in path.steps.iter().enumerate() {
            let to = names.get(&*step.to.0).copied().unwrap_or(&step.to.0);
            let _ =
                writeln!(out, "  {}. {} ({} {to}, {})", index + 1, step.says, step.gain, step.verdict.word());
            for grounds in step.evidence.iter().take(3) {
                let place = super::place(&grounds.evidence);
                let _ = writeln!(out, "       {place}  {}", grounds.says);
            }
            for fix in &step.fixes {
                let _ = writeln!(out, "       fix: {}", fix.say);
            }
        }
    }
    out
}
