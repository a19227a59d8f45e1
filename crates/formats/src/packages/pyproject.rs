//! `pyproject.toml` (the standard's tables, Poetry's, uv's and PDM's) and `setup.cfg`.
//!
//! "pyproject.toml specification", <https://packaging.python.org/en/latest/specifications/pyproject-toml/>; "Dependency
//! Groups", <https://packaging.python.org/en/latest/specifications/dependency-groups/>; Poetry,
//! <https://python-poetry.org/docs/pyproject/>; uv, <https://docs.astral.sh/uv/concepts/projects/dependencies/>.

use super::lines::lines;
use super::requirement::{pinned, requirement};
use super::{
    Contents, Ecosystem, Member, Origin, Package, Registry, Scope, entries, is_true, items, shared, text,
};
use crate::Span;
use crate::data::{Datum, Entry, parse_toml};

/// Extras that are only there for development.
fn group_scope(name: &str) -> Scope {
    let dev =
        ["dev", "develop", "development", "test", "tests", "testing", "lint", "docs", "doc", "typing", "ci"];
    let first = name.split(['-', '_', '.']).next().unwrap_or(name).to_ascii_lowercase();
    if dev.contains(&&*first) { Scope::Dev } else { Scope::Optional }
}

pub(super) fn manifest(source: &str) -> Contents {
    let (root, problems) = parse_toml(source);
    let mut contents = Contents { problems, ..Contents::default() };
    let project = root.get("project");
    let poetry = root.get("tool").and_then(|tool| tool.get("poetry"));
    let named = [project, poetry].into_iter().flatten().find_map(|t| t.get("name").map(|name| (t, name)));
    if let Some((table, name)) = named {
        contents.members.push(Member {
            folder: Some("".into()),
            name: shared(table, "name"),
            version: shared(table, "version"),
            span: name.span,
            ..Member::default()
        });
    }
    if let Some(project) = project {
        requirements(items(project, "dependencies"), Scope::Runtime, &mut contents);
        for group in entries(project, "optional-dependencies") {
            let found = group.value.as_list().unwrap_or_default();
            requirements(found, group_scope(&group.key), &mut contents);
        }
    }
    for group in entries(&root, "dependency-groups") {
        requirements(group.value.as_list().unwrap_or_default(), Scope::Dev, &mut contents);
    }
    if let Some(poetry) = poetry {
        poetry_tables(poetry, &mut contents);
    }
    if let Some(tool) = root.get("tool") {
        if let Some(pdm) = tool.get("pdm") {
            for group in entries(pdm, "dev-dependencies") {
                requirements(group.value.as_list().unwrap_or_default(), Scope::Dev, &mut contents);
            }
        }
        if let Some(uv) = tool.get("uv") {
            requirements(items(uv, "dev-dependencies"), Scope::Dev, &mut contents);
            sources(uv, &mut contents);
        }
    }
    contents
}

fn requirements(list: &[Datum], scope: Scope, contents: &mut Contents) {
    for item in list {
        let Some(text) = item.as_str() else { continue };
        match requirement(text, item.place()) {
            Some(package) => _ = contents.add(Package { scope, ..package }),
            None => contents.complain(item.place(), "not a requirement"),
        }
    }
}

/// Where uv takes packages from, and whether it takes the best of several registries.
fn sources(uv: &Datum, contents: &mut Contents) {
    for source in entries(uv, "sources") {
        let name = super::normalised(Ecosystem::PyPi, &source.key);
        let first = source.value.as_list().and_then(<[Datum]>::first);
        let origin = origin(first.unwrap_or(&source.value));
        let named = contents.packages.iter_mut().filter(|p| *p.name == *name);
        if let Some(origin) = origin {
            named.for_each(|package| package.source = origin.clone());
        }
    }
    // Otherwise uv stops at the first registry that has the name.
    let extra = text(uv, "index-strategy").is_some_and(|s| s.starts_with("unsafe"));
    for index in items(uv, "index") {
        if let Some(url) = shared(index, "url") {
            contents.registries.push(Registry {
                url,
                extra: extra && !is_true(index, "default"),
                span: index.span,
            });
        }
    }
    for url in items(uv, "extra-index-url") {
        if let Some(text) = url.as_str() {
            contents.registries.push(Registry { url: text.into(), extra, span: url.span });
        }
    }
}

/// The place that a table names with `git`, `url` or `path`.
pub(super) fn origin(table: &Datum) -> Option<Origin> {
    if let Some(url) = text(table, "git") {
        let revision = ["rev", "ref", "tag", "branch"].iter().find_map(|key| shared(table, key));
        let Origin::Git { url, revision: None } =
            Origin::of_url(&format!("git+{}", url.trim_start_matches("git+")))
        else {
            return Some(Origin::Git { url: url.into(), revision });
        };
        return Some(Origin::Git { url, revision });
    }
    if let Some(url) = shared(table, "url") {
        return Some(Origin::Url(url));
    }
    let path = shared(table, "path").or_else(|| shared(table, "file"));
    path.map(Origin::Path)
}

fn poetry_tables(poetry: &Datum, contents: &mut Contents) {
    poetry_group(entries(poetry, "dependencies"), Scope::Runtime, contents);
    poetry_group(entries(poetry, "dev-dependencies"), Scope::Dev, contents);
    for group in entries(poetry, "group") {
        let scope = if &*group.key == "main" { Scope::Runtime } else { Scope::Dev };
        poetry_group(entries(&group.value, "dependencies"), scope, contents);
    }
    for source in items(poetry, "source") {
        // "supplemental" is asked only where no other has the package; "explicit" only where it is named.
        let extra = !matches!(text(source, "priority"), Some("supplemental" | "explicit"));
        if let Some(url) = shared(source, "url") {
            contents.registries.push(Registry { url, extra, span: source.span });
        }
    }
}

fn poetry_group(list: &[Entry], scope: Scope, contents: &mut Contents) {
    for entry in list.iter().filter(|entry| &*entry.key != "python") {
        let mut package = Package::new(Ecosystem::PyPi, &entry.key, entry.key_span);
        (package.direct, package.scope) = (Some(true), scope);
        // A list has one table for each platform.
        let value = entry.value.as_list().and_then(<[Datum]>::first).unwrap_or(&entry.value);
        let version = value.as_str().or_else(|| text(value, "version")).unwrap_or_default();
        (package.version, package.constraint) = poetry_version(version);
        if is_true(value, "optional") && scope == Scope::Runtime {
            package.scope = Scope::Optional;
        }
        if let Some(origin) = origin(value) {
            package.source = origin;
        }
        contents.add(package);
    }
}

/// Poetry and Pipenv take a bare version for itself alone.
pub(super) fn poetry_version(text: &str) -> (Option<std::sync::Arc<str>>, Option<std::sync::Arc<str>>) {
    let bare = text.trim();
    if bare.starts_with(|c: char| c.is_ascii_digit()) && !bare.contains(['*', ',', ' ', '|']) {
        return (Some(bare.into()), Some(bare.into()));
    }
    pinned(bare)
}

/// `install_requires`, `extras_require` and the name in a `setup.cfg`.
/// <https://setuptools.pypa.io/en/latest/userguide/declarative_config.html>
pub(super) fn setup_cfg(source: &str) -> Contents {
    let mut contents = Contents::default();
    let (mut section, mut key) = ("", "");
    for line in lines(source) {
        let trimmed = line.trimmed();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if line.text.starts_with('[') {
            section = trimmed.trim_matches(['[', ']']);
            key = "";
            continue;
        }
        let mut value = trimmed;
        if !line.text.starts_with([' ', '\t']) {
            let Some((name, rest)) = trimmed.split_once(['=', ':']) else { continue };
            (key, value) = (name.trim(), rest.trim());
        }
        let scope = match (section, key) {
            ("options", "install_requires") => Scope::Runtime,
            ("options", "tests_require" | "setup_requires") => Scope::Dev,
            ("options.extras_require", extra) => group_scope(extra),
            ("metadata", "name") => {
                let name = Some(value.into());
                let span = line.span(value);
                contents.members.push(Member { folder: Some("".into()), name, span, ..Member::default() });
                continue;
            }
            _ => continue,
        };
        if value.is_empty() || value.starts_with("file:") {
            continue;
        }
        let span: Span = line.span(value);
        match requirement(value.split(" #").next().unwrap_or(value), span) {
            Some(package) => _ = contents.add(Package { scope, ..package }),
            None => contents.complain(span, "not a requirement"),
        }
    }
    contents
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(contents: &Contents) -> Vec<String> {
        let shown = contents.packages.iter().map(|p| {
            let constraint = p.constraint.as_deref().unwrap_or("-");
            format!("{} {constraint} {}", p.name, p.scope.as_str())
        });
        shown.collect()
    }

    #[test]
    fn a_pyproject_is_read() {
        let text = r#"
[project]
name = "assistant"
version = "0.1"
dependencies = ["openai>=1", "Mem0.AI==0.1.2", "kit"]
[project.optional-dependencies]
gpu = ["vllm"]
test = ["pytest"]
[dependency-groups]
dev = ["ruff==0.5", {include-group = "x"}]
[tool.uv]
index-strategy = "unsafe-best-match"
[tool.uv.sources]
kit = { git = "https://e.org/kit", branch = "main" }
[[tool.uv.index]]
url = "https://pip.e.org/simple"
"#;
        let read = manifest(text);
        assert_eq!(
            shown(&read),
            [
                "openai >=1 runtime",
                "mem0-ai ==0.1.2 runtime",
                "kit - runtime",
                "vllm - optional",
                "pytest - dev",
                "ruff ==0.5 dev"
            ]
        );
        let git = Origin::Git { url: "https://e.org/kit".into(), revision: Some("main".into()) };
        assert_eq!(read.packages[2].source, git);
        assert_eq!(read.members[0].name.as_deref(), Some("assistant"));
        assert!(read.registries[0].extra && read.problems.is_empty(), "{read:?}");
    }

    #[test]
    fn poetrys_tables_are_read() {
        let text = "[tool.poetry]\nname = 'a'\n[tool.poetry.dependencies]\npython = '^3.11'\nopenai = '^1.2'\n\
                    torch = { version = '2.1.0', optional = true }\nx = [{version = '1', python = '<3'}]\n\
                    [tool.poetry.group.dev.dependencies]\npytest = '*'\n";
        let read = manifest(text);
        let want = ["openai ^1.2 runtime", "torch 2.1.0 optional", "x 1 runtime", "pytest - dev"];
        assert_eq!(shown(&read), want);
        assert_eq!(read.packages[1].version.as_deref(), Some("2.1.0"));
    }

    #[test]
    fn a_setup_cfg_is_read() {
        let text = "[metadata]\nname = tool\n[options]\ninstall_requires =\n    openai>=1\n    # no\n    httpx\n\
                    python_requires = >=3.9\n[options.extras_require]\ntest = pytest\n";
        let read = setup_cfg(text);
        assert_eq!(shown(&read), ["openai >=1 runtime", "httpx - runtime", "pytest - dev"]);
        assert_eq!(read.members[0].name.as_deref(), Some("tool"));
    }
}
