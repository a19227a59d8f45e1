//! Pipenv's `Pipfile` and `Pipfile.lock`. <https://pipenv.pypa.io/en/latest/pipfile.html>

use super::pyproject::{origin, poetry_version};
use super::{Contents, Ecosystem, Package, Registry, Scope, entries, hex_hash, items, shared, text};
use crate::data::{Entry, parse_json, parse_toml};

pub(super) fn manifest(source: &str) -> Contents {
    let (root, problems) = parse_toml(source);
    let mut contents = Contents { problems, ..Contents::default() };
    for (section, scope) in [("packages", Scope::Runtime), ("dev-packages", Scope::Dev)] {
        for entry in entries(&root, section) {
            let mut package = package(entry, scope);
            package.direct = Some(true);
            contents.add(package);
        }
    }
    // The first source is the main one; the others are asked only for packages that name them.
    for source in items(&root, "source") {
        if let Some(url) = shared(source, "url") {
            contents.registries.push(Registry { url, extra: false, span: source.span });
        }
    }
    contents
}

pub(super) fn lock(source: &str) -> Contents {
    let (root, _, problems) = parse_json(source);
    let mut contents = Contents { problems, ..Contents::default() };
    let Some(root) = root else { return contents };
    for section in root.as_map().unwrap_or_default().iter().filter(|s| &*s.key != "_meta") {
        let scope = if &*section.key == "develop" { Scope::Dev } else { Scope::Runtime };
        for entry in section.value.as_map().unwrap_or_default() {
            let mut package = package(entry, scope);
            package.constraint = None;
            items(&entry.value, "hashes")
                .iter()
                .filter_map(|h| h.as_str())
                .for_each(|h| package.hash(hex_hash(h)));
            contents.add(package);
        }
    }
    contents
}

fn package(entry: &Entry, scope: Scope) -> Package {
    let mut package = Package::new(Ecosystem::PyPi, &entry.key, entry.key_span);
    package.scope = scope;
    let version = entry.value.as_str().or_else(|| text(&entry.value, "version")).unwrap_or_default();
    (package.version, package.constraint) = poetry_version(version);
    if let Some(origin) = origin(&entry.value) {
        package.source = origin;
    }
    package
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages::Origin;

    #[test]
    fn pipenvs_files_are_read() {
        let read = manifest(
            "[packages]\nopenai = '*'\na = {git = 'https://e.org/a', ref = 'x'}\n[dev-packages]\npytest = '==8.0'\n",
        );
        let names: Vec<_> = read.packages.iter().map(|p| (&*p.name, p.version.as_deref(), p.scope)).collect();
        let want = [
            ("openai", None, Scope::Runtime),
            ("a", None, Scope::Runtime),
            ("pytest", Some("8.0"), Scope::Dev),
        ];
        assert_eq!(names, want);
        assert!(matches!(&read.packages[1].source, Origin::Git { revision: Some(r), .. } if &**r == "x"));
        let text = r#"{"_meta": {"x": {"version": "==1"}}, "default": {"openai": {"version": "==1.2", "hashes": ["sha256:aa"]}},
                       "develop": {"pytest": {"version": "==8.0"}}}"#;
        let read = lock(text);
        let names: Vec<_> = read.packages.iter().map(|p| (&*p.name, p.version.as_deref(), p.scope)).collect();
        assert_eq!(names, [("openai", Some("1.2"), Scope::Runtime), ("pytest", Some("8.0"), Scope::Dev)]);
        assert_eq!(read.packages[0].hashes, ["sha256:aa".into()]);
    }
}
