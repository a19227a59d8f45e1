//! "Did you mean": the nearest known word.

/// ` (did you mean "x"?)` for the nearest of `known`, or nothing when none is near.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let limit = (word.chars().count() / 3).max(1);
    let nearest = known.into_iter().map(|k| (distance(word, k), k)).filter(|(d, _)| *d <= limit).min();
    nearest.map(|(_, k)| format!(" (did you mean {k:?}?)")).unwrap_or_default()
}

/// Optimal string alignment distance: insertions, deletions, substitutions and neighbouring swaps. Case differences
/// alone count one.
fn distance(a: &str, b: &str) -> usize {
    if a.eq_ignore_ascii_case(b) {
        return usize::from(a != b);
    }
    let a: Vec<char> = a.chars().take(128).collect();
    let b: Vec<char> = b.chars().take(128).collect();
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    rows[0] = (0..=b.len()).collect();
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = change.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_suggested_when_it_is_near() {
        let known = ["publicNetworkAccess", "disableLocalAuth", "kind"];
        for (word, want) in [
            ("publicNetworkAcess", " (did you mean \"publicNetworkAccess\"?)"),
            ("PublicNetworkAccess", " (did you mean \"publicNetworkAccess\"?)"),
            ("knid", " (did you mean \"kind\"?)"),
            ("encryption", ""),
        ] {
            assert_eq!(did_you_mean(word, known), want, "{word}");
        }
    }
}
