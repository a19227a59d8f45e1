//! Which application a file belongs to: the nearest folder above it that has a manifest, else the scanned root.
//!
//! Only names of files are looked at here. What a manifest says is `packages`'.

use std::collections::BTreeMap;
use std::sync::Arc;

use collect::Tree;

/// File names that make their folder an application: what people write, and the lock files beside it.
const MANIFESTS: [&str; 28] = [
    "Cargo.lock",
    "Cargo.toml",
    "Gemfile",
    "Gemfile.lock",
    "Pipfile",
    "Pipfile.lock",
    "build.gradle",
    "build.gradle.kts",
    "bun.lock",
    "bun.lockb",
    "environment.yaml",
    "environment.yml",
    "go.mod",
    "gradle.lockfile",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "package.json",
    "packages.config",
    "packages.lock.json",
    "pdm.lock",
    "pnpm-lock.yaml",
    "poetry.lock",
    "pom.xml",
    "pyproject.toml",
    "setup.cfg",
    "setup.py",
    "uv.lock",
    "yarn.lock",
];

/// Endings of project files that have a name of their own.
const PROJECTS: [&str; 3] = [".csproj", ".fsproj", ".vbproj"];

/// The applications of a tree, by their folders.
#[derive(Clone, Debug, Default)]
pub struct Applications {
    /// Folder to the paths of its manifests, sorted. The root is `""`.
    folders: BTreeMap<Arc<str>, Vec<Arc<str>>>,
}

impl Applications {
    /// The applications of a tree, told by the names of its files.
    pub fn of(tree: &Tree) -> Applications {
        Applications::of_paths(tree.files())
    }

    /// The applications of files, told by their paths.
    pub fn of_paths<'p>(paths: impl IntoIterator<Item = &'p Arc<str>>) -> Applications {
        let mut folders: BTreeMap<Arc<str>, Vec<Arc<str>>> = BTreeMap::new();
        for path in paths {
            let Some(folder) = folder_of_manifest(path) else { continue };
            match folders.get_mut(folder) {
                Some(manifests) => manifests.push(path.clone()),
                None => _ = folders.insert(folder.into(), vec![path.clone()]),
            }
        }
        folders.values_mut().for_each(|manifests| manifests.sort());
        Applications { folders }
    }

    /// The folder of the application that a file belongs to: the scope of what is seen in the file.
    pub fn scope_of(&self, path: &str) -> Arc<str> {
        let mut folder = folder_of_manifest(path).unwrap_or_else(|| parent(path));
        loop {
            match self.folders.get_key_value(folder) {
                Some((scope, _)) => return scope.clone(),
                None if folder.is_empty() => return Arc::from(""),
                None => folder = parent(folder),
            }
        }
    }

    /// The folders that have a manifest, and their manifests, both sorted.
    pub fn all(&self) -> impl Iterator<Item = (&Arc<str>, &[Arc<str>])> {
        self.folders.iter().map(|(folder, manifests)| (folder, &**manifests))
    }
}

/// The folder that a manifest speaks for; `None` for any other file.
pub fn folder_of_manifest(path: &str) -> Option<&str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let folder = parent(path);
    if MANIFESTS.binary_search(&name).is_ok() || PROJECTS.iter().any(|ending| name.ends_with(ending)) {
        return Some(folder);
    }
    if is_pylock(name) {
        return Some(folder);
    }
    if name.ends_with(".txt") || name.ends_with(".in") {
        // `requirements/dev.txt` is one of several lists of the folder above.
        if folder == "requirements" || folder.ends_with("/requirements") {
            return Some(parent(folder));
        }
        if is_requirements(name) {
            return Some(folder);
        }
    }
    None
}

/// `requirements.txt`, `requirements-dev.txt`, `dev-requirements.txt`, `requirements.in`.
pub(crate) fn is_requirements(name: &str) -> bool {
    let Some((stem, "txt" | "in")) = name.rsplit_once('.') else { return false };
    let rest = stem.strip_prefix("requirements").or_else(|| stem.strip_suffix("requirements"));
    rest.is_some_and(|rest| {
        rest.is_empty() || rest.starts_with(['-', '_', '.']) || rest.ends_with(['-', '_', '.'])
    })
}

/// `pylock.toml` and `pylock.NAME.toml` (PEP 751).
pub(crate) fn is_pylock(name: &str) -> bool {
    name.strip_prefix("pylock.").is_some_and(|rest| rest == "toml" || rest.ends_with(".toml"))
}

/// The folder of a path; `""` is the root.
pub(crate) fn parent(path: &str) -> &str {
    path.rfind('/').map_or("", |at| &path[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applications(paths: &[&str]) -> Applications {
        Applications::of_paths(&paths.iter().map(|p| Arc::from(*p)).collect::<Vec<_>>())
    }

    #[test]
    fn manifests_are_in_the_order_that_they_are_searched_in() {
        assert!(MANIFESTS.is_sorted());
    }

    #[test]
    fn a_file_belongs_to_the_nearest_folder_with_a_manifest() {
        let applications =
            applications(&["api/pyproject.toml", "api/src/x.py", "web/package.json", "web/a/b/App.csproj"]);
        for (path, want) in [
            ("api/src/x.py", "api"),
            ("api/pyproject.toml", "api"),
            ("web/a/b/c/d.cs", "web/a/b"),
            ("web/a/d.ts", "web"),
            ("apiary/x.py", ""),
            ("main.tf", ""),
            ("../outside/x.py", ""),
        ] {
            assert_eq!(&*applications.scope_of(path), want, "{path}");
        }
        let folders: Vec<&str> = applications.all().map(|(folder, _)| &**folder).collect();
        assert_eq!(folders, ["api", "web", "web/a/b"]);
    }

    #[test]
    fn a_manifest_is_told_by_its_name() {
        for (path, want) in [
            ("a/requirements.txt", Some("a")),
            ("a/requirements-dev.txt", Some("a")),
            ("a/test_requirements.txt", Some("a")),
            ("a/requirements/base.txt", Some("a")),
            ("requirements/requirements.txt", Some("")),
            ("a/requirementsx.txt", None),
            ("a/notes.txt", None),
            ("pylock.toml", Some("")),
            ("pylock.dev.toml", Some("")),
            ("src/App.csproj", Some("src")),
            ("gradle/libs.versions.toml", None),
            ("Directory.Packages.props", None),
        ] {
            assert_eq!(folder_of_manifest(path), want, "{path}");
        }
    }
}
