//! Attack paths alone as SARIF; `crate::sarif` knows the format.

use super::View;

pub(super) fn sarif(view: &View<'_>) -> String {
    crate::sarif::paths(view.snapshot, view.options)
}
