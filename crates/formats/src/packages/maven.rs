//! Maven's `pom.xml`: properties, parents and managed versions, as far as the files at hand tell them.
//! <https://maven.apache.org/pom.html>

use std::collections::HashMap;

use super::xml::{Element, parse};
use super::{Contents, Ecosystem, Member, Package, Scope};
use crate::{Problem, Span};

/// A value that mentions properties which mention properties.
const MAX_STEPS: usize = 16;
/// The longest text that properties may make.
const MAX_TEXT: usize = 2_000;

/// What names a project.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Coordinates {
    pub group: String,
    pub artifact: String,
    pub version: String,
}

/// A project as written.
#[derive(Clone, Debug, Default)]
pub struct Pom {
    /// As written; the group and version may be the parent's.
    pub own: Coordinates,
    pub parent: Option<Coordinates>,
    /// Where the parent is said to be, relative to this file's folder.
    pub parent_path: Option<String>,
    span: Span,
    properties: HashMap<String, String>,
    managed: Vec<Dependency>,
    dependencies: Vec<Dependency>,
    pub problems: Vec<Problem>,
}

#[derive(Clone, Debug)]
struct Dependency {
    group: String,
    artifact: String,
    version: Option<String>,
    scope: Scope,
    span: Span,
}

/// Reads one project.
pub fn read_pom(source: &str) -> Pom {
    let (root, problems) = parse(source);
    let mut pom = Pom { problems, ..Pom::default() };
    if root.name != "project" {
        return pom;
    }
    pom.own = coordinates(&root);
    pom.span = root.child("artifactId").map_or(root.span, |artifact| artifact.span);
    if let Some(parent) = root.child("parent") {
        pom.parent = Some(coordinates(parent));
        pom.parent_path = match parent.child("relativePath") {
            // An empty one says that it is not beside this file.
            Some(path) => (!path.text.is_empty()).then(|| path.text.clone()),
            None => Some("../pom.xml".to_owned()),
        };
    }
    if let Some(properties) = root.child("properties") {
        let pairs = properties.children.iter().map(|p| (p.name.clone(), p.text.clone()));
        pom.properties.extend(pairs);
    }
    let managed = root.child("dependencyManagement").and_then(|m| m.child("dependencies"));
    pom.managed
        .extend(managed.into_iter().flat_map(|list| list.all("dependency")).map(|d| dependency(d, None)));
    let list = root.child("dependencies").into_iter();
    pom.dependencies.extend(list.flat_map(|list| list.all("dependency")).map(|d| dependency(d, None)));
    let profiles = root.child("profiles").into_iter().flat_map(|p| p.all("profile"));
    for profile in profiles {
        let list = profile.child("dependencies").into_iter().flat_map(|list| list.all("dependency"));
        pom.dependencies.extend(list.map(|d| dependency(d, Some(Scope::Optional))));
    }
    pom
}

fn coordinates(element: &Element) -> Coordinates {
    let text = |name| element.text_of(name).unwrap_or_default().to_owned();
    Coordinates { group: text("groupId"), artifact: text("artifactId"), version: text("version") }
}

fn dependency(element: &Element, scope: Option<Scope>) -> Dependency {
    let Coordinates { group, artifact, version } = coordinates(element);
    let optional = element.text_of("optional") == Some("true");
    let said = match element.text_of("scope") {
        Some("test") => Scope::Dev,
        _ if optional => Scope::Optional,
        _ => Scope::Runtime,
    };
    let version = (!version.is_empty()).then_some(version);
    Dependency {
        group,
        artifact,
        version,
        scope: scope.map_or(said, |scope| said.max(scope)),
        span: element.span,
    }
}

/// What a project needs: `chain` is the project, then its parent, and so on.
pub fn resolve_pom(chain: &[&Pom]) -> Contents {
    let mut contents = Contents::default();
    let Some(own) = chain.first() else { return contents };
    contents.problems.clone_from(&own.problems);
    let context = Context { chain };
    let named = context.interpolate(&own.own.artifact);
    if !named.is_empty() {
        contents.members.push(Member {
            folder: Some("".into()),
            name: Some(named.into()),
            version: context.property("project.version").map(|v| context.interpolate(&v).into()),
            span: own.span,
            ..Member::default()
        });
    }
    for dependency in &own.dependencies {
        let (group, artifact) =
            (context.interpolate(&dependency.group), context.interpolate(&dependency.artifact));
        if artifact.is_empty() {
            continue;
        }
        let name = format!("{group}:{artifact}");
        let mut package = Package::new(Ecosystem::Maven, &name, dependency.span);
        (package.direct, package.scope) = (Some(true), dependency.scope);
        let written = dependency.version.clone().or_else(|| context.managed(&group, &artifact));
        if let Some(version) = written.map(|version| context.interpolate(&version)) {
            let ranged = version.contains(['[', '(', ',', '$']) || ["LATEST", "RELEASE"].contains(&&*version);
            package.version = (!ranged).then(|| version.as_str().into());
            package.constraint = Some(version.into());
        }
        contents.add(package);
    }
    contents
}

struct Context<'p> {
    chain: &'p [&'p Pom],
}

impl Context<'_> {
    fn managed(&self, group: &str, artifact: &str) -> Option<String> {
        let all = self.chain.iter().flat_map(|pom| &pom.managed);
        let mut found = all.filter(|d| self.interpolate(&d.artifact) == artifact);
        found.find(|d| self.interpolate(&d.group) == group)?.version.clone()
    }

    fn property(&self, name: &str) -> Option<String> {
        let own = self.chain.first()?;
        let given = |text: &String| (!text.is_empty()).then(|| text.clone());
        let parent = own.parent.as_ref();
        match name.strip_prefix("project.").or_else(|| name.strip_prefix("pom.")) {
            Some("version") => given(&own.own.version).or_else(|| given(&parent?.version)),
            Some("groupId") => given(&own.own.group).or_else(|| given(&parent?.group)),
            Some("artifactId") => given(&own.own.artifact),
            Some("parent.version") => given(&parent?.version),
            Some("parent.groupId") => given(&parent?.group),
            _ => self.chain.iter().find_map(|pom| pom.properties.get(name)).cloned(),
        }
    }

    /// The text with `${…}` replaced where it is known; what is not stays as it is written.
    fn interpolate(&self, text: &str) -> String {
        let mut text = text.to_owned();
        let mut from = 0;
        for _ in 0..MAX_STEPS {
            let Some(start) = text[from..].find("${").map(|at| from + at) else { break };
            let Some(end) = text[start..].find('}').map(|at| start + at) else { break };
            match self.property(text[start + 2..end].trim()) {
                Some(value) if text.len() + value.len() < MAX_TEXT => text.replace_range(start..=end, &value),
                _ => from = end + 1,
            }
        }
        text
    }
}
