//! Attack paths as JSON: `{"paths": [{"id", "risk", "entry", "target", "steps": […]}], "choke_points", "smallest_fix"}`.

use model::AttackPaths;

/// One object, indented, ended with a line break.
pub fn json(paths: &AttackPaths) -> String {
    // Plain data with text for keys always has a JSON form.
    let mut text = serde_json::to_string_pretty(paths).unwrap_or_default();
    text.push('\n');
    text
}
