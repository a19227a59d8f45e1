//! One Python requirement: `name[extra] (>=1,<2) @ url ; marker`.
//! "Dependency specifiers", <https://packaging.python.org/en/latest/specifications/dependency-specifiers/>.

use std::sync::Arc;

use super::{Ecosystem, Origin, Package};
use crate::Span;

/// Reads a requirement; `None` if it does not begin with a name.
pub(super) fn requirement(text: &str, span: Span) -> Option<Package> {
    let text = text.trim();
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
    let (name, mut rest) = text.split_at(end);
    if !name.starts_with(char::is_alphanumeric) {
        return None;
    }
    let mut package = Package::new(Ecosystem::PyPi, name, span);
    package.direct = Some(true);
    rest = rest.trim_start();
    if let Some(extras) = rest.strip_prefix('[') {
        rest = extras.split_once(']')?.1.trim_start();
    }
    if let Some(url) = rest.strip_prefix('@') {
        // A marker behind an address stands behind a blank.
        let url = url.trim();
        package.source = Origin::of_url(url.split(char::is_whitespace).next().unwrap_or(url));
        return Some(package);
    }
    let versions = rest.split(';').next().unwrap_or(rest).trim();
    let versions = versions.strip_prefix('(').map_or(versions, |v| v.trim_end_matches(')')).trim();
    if !versions.is_empty() && !versions.starts_with(['=', '<', '>', '~', '!']) {
        return None;
    }
    (package.version, package.constraint) = pinned(versions);
    Some(package)
}

/// The exact version that specifiers leave, and the specifiers if they say more.
pub(super) fn pinned(specifiers: &str) -> (Option<Arc<str>>, Option<Arc<str>>) {
    let specifiers = specifiers.trim();
    if specifiers.is_empty() || specifiers == "*" {
        return (None, None);
    }
    let exact = specifiers.strip_prefix("===").or_else(|| specifiers.strip_prefix("=="));
    let exact = exact.map(str::trim).filter(|v| !v.is_empty() && !v.contains(['*', ',', ' ']));
    (exact.map(Arc::from), Some(specifiers.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_read() {
        for (text, name, version, constraint) in [
            ("OpenAI", "openai", None, None),
            ("openai==1.2.3", "openai", Some("1.2.3"), Some("==1.2.3")),
            ("openai == 1.2.* ; python_version < '3.9'", "openai", None, Some("== 1.2.*")),
            ("openai[datalib,realtime]>=1,<2", "openai", None, Some(">=1,<2")),
            ("typing_extensions (>=4)", "typing-extensions", None, Some(">=4")),
            ("a===1.0", "a", Some("1.0"), Some("===1.0")),
            ("a~=1.0", "a", None, Some("~=1.0")),
        ] {
            let package = requirement(text, Span::default()).unwrap();
            let found = (&*package.name, package.version.as_deref(), package.constraint.as_deref());
            assert_eq!(found, (name, version, constraint), "{text}");
        }
        for text in ["", "-e .", "==1", "a b", "[x]"] {
            assert_eq!(requirement(text, Span::default()), None, "{text}");
        }
    }

    #[test]
    fn a_requirement_may_have_an_address() {
        let source = |text: &str| requirement(text, Span::default()).unwrap().source;
        let git = source("x @ git+https://u@e.org/x.git@v1#egg=x ; python_version > '3'");
        let want = Origin::Git { url: "https://u@e.org/x.git".into(), revision: Some("v1".into()) };
        assert_eq!(git, want);
        assert_eq!(source("x@https://e.org/x.whl"), Origin::Url("https://e.org/x.whl".into()));
        assert_eq!(source("x @ file:///srv/x.whl"), Origin::Path("/srv/x.whl".into()));
        let ssh = source("x @ git+ssh://git@e.org/x");
        assert_eq!(ssh, Origin::Git { url: "ssh://git@e.org/x".into(), revision: None });
    }
}
