//! Attack paths as JSON: `{"paths": [{"id", "risk", "entry", "target", "steps": […]}], "choke_points", "smallest_fix"}`.

use model::AttackPaths;

/// One object, indented, ended with a line break.
pub fn json(paths: &AttackPaths) -> String {
    crate::json::pretty(paths)
}
