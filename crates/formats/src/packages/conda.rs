//! conda's `environment.yml`.
//! <https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html>

use super::requirement::requirement;
use super::{Contents, Ecosystem, Member, Package, items, shared};
use crate::data::{Datum, parse_yaml};

pub(super) fn environment(source: &str) -> Contents {
    let read = parse_yaml(source);
    let mut contents = Contents { problems: read.problems, ..Contents::default() };
    let Some(root) = read.documents.first() else { return contents };
    // Files of this name also describe environments of other kinds.
    let Some(dependencies) = root.get("dependencies").and_then(Datum::as_list) else { return contents };
    if let Some(name) = root.get("name") {
        let (folder, shown) = (Some("".into()), shared(root, "name"));
        contents.members.push(Member { folder, name: shown, span: name.span, ..Member::default() });
    }
    for item in dependencies {
        match item.as_str() {
            Some(text) => _ = spec(text, item).map(|package| contents.add(package)),
            None => {
                for line in items(item, "pip") {
                    let text = line.as_str().unwrap_or_default();
                    if let Some(package) = requirement(text, line.place()) {
                        contents.add(package);
                    } else if let Some(path) = text.strip_prefix("-r ") {
                        let path = path.trim().into();
                        contents.includes.push(super::Include {
                            path,
                            constraints: false,
                            span: line.place(),
                        });
                    }
                }
            }
        }
    }
    contents
}

/// `channel::name=1.2=build`, `name>=1`. One `=` allows any version that begins so.
fn spec(text: &str, item: &Datum) -> Option<Package> {
    let bare = text.rsplit("::").next().unwrap_or(text).trim();
    let end = bare.find(['=', '<', '>', '!', '~', ' ', '[']).unwrap_or(bare.len());
    let (name, rest) = (bare[..end].trim(), bare[end..].trim());
    if name.is_empty() || name == "python" || name == "pip" {
        return None;
    }
    let mut package = Package::new(Ecosystem::Conda, name, item.place());
    package.direct = Some(true);
    if !rest.is_empty() {
        package.constraint = Some(rest.into());
    }
    // With a build, or with two signs, the version is exact.
    let exact = match rest.strip_prefix("==") {
        Some(version) => Some(version),
        None => rest.strip_prefix('=').and_then(|v| v.split_once('=')).map(|(version, _)| version),
    };
    package.version =
        exact.map(str::trim).filter(|v| !v.is_empty() && !v.contains(['*', ','])).map(Into::into);
    Some(package)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_is_read() {
        let text = "name: rag\nchannels: [conda-forge]\ndependencies:\n  - python=3.11\n  - conda-forge::pytorch=2.1.0=py311_0\n\
                    \x20 - numpy=1.26\n  - faiss-cpu>=1.7\n  - pip\n  - pip:\n    - openai==1.2\n    - -r more.txt\n";
        let read = environment(text);
        let found: Vec<_> =
            read.packages.iter().map(|p| (p.ecosystem, &*p.name, p.version.as_deref())).collect();
        use Ecosystem::{Conda, PyPi};
        let want = [
            (Conda, "pytorch", Some("2.1.0")),
            (Conda, "numpy", None),
            (Conda, "faiss-cpu", None),
            (PyPi, "openai", Some("1.2")),
        ];
        assert_eq!(found, want);
        assert_eq!(&*read.includes[0].path, "more.txt");
    }
}
