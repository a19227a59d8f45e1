//! The words of attack paths: what an attacker has, what a path leads from and to, where evidence stands.

use std::borrow::Cow;
use std::collections::HashMap;

use model::{Asset, AssetId, AttackPath, Evidence, Foothold, Level, PathStep, Snapshot, Verdict};

use crate::text::visible;

/// The longest name that is shown whole, and the longest sentence, in characters.
pub(crate) const NAME: usize = 160;
pub(crate) const SENTENCE: usize = 1_000;

/// Where a piece of evidence stands.
pub(crate) fn place(evidence: &Evidence) -> String {
    match evidence {
        Evidence::Source(at) => at.to_string(),
        Evidence::Pointer { document, pointer } => format!("{document}#{pointer}"),
        Evidence::Call { call, pointer } => format!("{call} {pointer}"),
        Evidence::Default { path, .. } => format!("{path} (the provider's default)"),
    }
}

/// Assets by id.
pub(crate) struct Names<'a>(HashMap<&'a AssetId, &'a Asset>);

impl<'a> Names<'a> {
    pub(crate) fn of(snapshot: &'a Snapshot) -> Self {
        Names(snapshot.assets.iter().map(|asset| (&asset.id, asset)).collect())
    }

    pub(crate) fn asset(&self, id: &AssetId) -> Option<&'a Asset> {
        self.0.get(id).copied()
    }

    /// What people call it; its id where it is not in the snapshot.
    pub(crate) fn name<'n>(&self, id: &'n AssetId) -> Cow<'n, str>
    where
        'a: 'n,
    {
        visible(self.asset(id).map_or(&*id.0, |asset| &*asset.name), NAME)
    }

    pub(crate) fn foothold(&self, foothold: &Foothold) -> String {
        match foothold {
            Foothold::Entry { entry } => visible(entry, NAME).into_owned(),
            Foothold::Asset { asset, level } => has(*level, &self.name(asset)),
        }
    }

    /// All that a step starts from.
    pub(crate) fn start(&self, step: &PathStep) -> String {
        let all: Vec<String> = step.from.iter().map(|from| self.foothold(from)).collect();
        all.join(" and ")
    }

    pub(crate) fn gain(&self, step: &PathStep) -> String {
        has(step.gain, &self.name(&step.to))
    }

    /// `internet → read claims`.
    pub(crate) fn way(&self, path: &AttackPath) -> String {
        let target = has(path.target.level, &self.name(&path.target.asset));
        format!("{} → {target}", visible(&path.entry, NAME))
    }
}

/// Having a level on something, as a noun: `use of vllm` would hide that somebody does it.
pub(crate) fn has(level: Level, name: &str) -> String {
    match level {
        Level::Reach => format!("reach {name}"),
        Level::Use => format!("use {name}"),
        Level::Execute => format!("execute in {name}"),
        Level::Control => format!("control {name}"),
        Level::Read => format!("read {name}"),
        Level::Write => format!("write to {name}"),
        Level::Key => format!("have a key of {name}"),
    }
}

/// A title in the middle of a sentence: `Training data` reads `training data`, `AWS account` stays.
pub(crate) fn in_sentence(title: &str) -> String {
    let mut chars = title.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if first.is_uppercase() && second.is_lowercase() => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => title.to_owned(),
    }
}

/// What a verdict depends on, a sentence each: `if …`, `not known: …`.
pub(crate) fn doubts(verdict: &Verdict) -> Vec<String> {
    match verdict {
        Verdict::Allowed => Vec::new(),
        Verdict::Conditional(all) => all.iter().map(|c| format!("if {c}")).collect(),
        Verdict::Unknown(why) => vec![format!("not known: {why}")],
    }
}

/// Ids of MITRE ATT&CK and ATLAS.
pub(crate) fn matrices(step: &PathStep) -> Vec<String> {
    let attack = step.attack.iter().map(|id| format!("ATT&CK {id}"));
    attack.chain(step.atlas.iter().map(|id| format!("ATLAS {id}"))).collect()
}

/// The page of a technique of MITRE ATT&CK or ATLAS.
pub(crate) fn page(id: &str) -> Option<String> {
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.');
    match id {
        id if !plain(id) => None,
        id if id.starts_with("AML.") => Some(format!("https://atlas.mitre.org/techniques/{id}")),
        id if id.starts_with('T') => {
            Some(format!("https://attack.mitre.org/techniques/{}/", id.replace('.', "/")))
        }
        _ => None,
    }
}

/// One word of a shell's command line.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// A number as short as it can be told: `0.95`, `6`.
pub(crate) fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_shell_stay_one_word() {
        for (word, want) in [
            ("a@b#c", "'a@b#c'"),
            ("main.tf:3:1", "main.tf:3:1"),
            ("it's $(x)", r"'it'\''s $(x)'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(word), want);
        }
    }

    #[test]
    fn techniques_have_pages() {
        for (id, want) in [
            ("T1190", Some("https://attack.mitre.org/techniques/T1190/")),
            ("T1552.005", Some("https://attack.mitre.org/techniques/T1552/005/")),
            ("AML.T0051.000", Some("https://atlas.mitre.org/techniques/AML.T0051.000")),
            ("T1/../x?y", None),
            ("x", None),
        ] {
            assert_eq!(page(id).as_deref(), want);
        }
    }

    #[test]
    fn numbers_are_short() {
        for (value, want) in [(0.95, "0.95"), (6.0, "6"), (0.4, "0.4"), (0.0, "0"), (10.0, "10")] {
            assert_eq!(number(value), want);
        }
    }
}
