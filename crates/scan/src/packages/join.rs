//! What lock files and manifests say together: the lock's version, the manifest's wish, and who asks for whom.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use collect::normalise;
use formats::Span;
use formats::packages::{Ecosystem, Format, Member, Origin, Package, Role, Scope};

use crate::application::{Applications, parent};

use super::read::{Files, Manifests};

/// A place in a file: its number and where.
pub(super) type Place = (usize, Span);

/// A package of one scope, as all the files of that scope tell of it.
pub(super) struct Draft {
    pub(super) scope: Arc<str>,
    pub(super) address: Arc<str>,
    pub(super) package: Package,
    /// Where it is stated, the place of its version first.
    pub(super) places: Vec<Place>,
    /// Where a person asks for it, and with what.
    pub(super) asked: Option<(Place, Option<Arc<str>>)>,
    pub(super) locked: bool,
    pub(super) needs: BTreeSet<usize>,
    /// Other scopes that it is asked for from, and where.
    pub(super) seen_from: BTreeMap<Arc<str>, Place>,
}

/// An application and what it asks for.
#[derive(Default)]
pub(super) struct Application {
    pub(super) folder: Arc<str>,
    pub(super) name: Option<(Arc<str>, Place)>,
    pub(super) version: Option<(Arc<str>, Place)>,
    pub(super) manifests: Vec<usize>,
    pub(super) locks: Vec<usize>,
    pub(super) packages: BTreeSet<usize>,
    /// Folders of other applications.
    pub(super) applications: BTreeSet<Arc<str>>,
    /// Registries that are asked beside the main one.
    pub(super) extra: Vec<(Arc<str>, Place)>,
}

#[derive(Default)]
pub(super) struct Joined {
    pub(super) drafts: Vec<Draft>,
    pub(super) applications: Vec<Application>,
}

struct Joiner<'f> {
    files: &'f Files,
    drafts: Vec<Draft>,
    by_address: HashMap<(Arc<str>, Arc<str>), usize>,
    by_name: HashMap<(Arc<str>, Ecosystem, Arc<str>), Vec<usize>>,
    /// Of each lock file the drafts of its packages.
    locked: HashMap<usize, Vec<Option<usize>>>,
}

/// Puts together what the files say.
pub(super) fn join(files: &Files, manifests: &[Manifests], folders: &Applications) -> Joined {
    let mut joiner = Joiner {
        files,
        drafts: Vec::new(),
        by_address: HashMap::new(),
        by_name: HashMap::new(),
        locked: HashMap::new(),
    };
    let mut applications: Vec<Application> = manifests.iter().map(|own| described(own, files)).collect();
    let index: HashMap<Arc<str>, usize> =
        applications.iter().enumerate().map(|(at, a)| (a.folder.clone(), at)).collect();
    for own in manifests {
        for lock in &own.locks {
            joiner.lock(*lock, &own.folder);
        }
    }
    members(&joiner, manifests, &index, &mut applications);
    let versions = Versions::of(files);
    for (at, own) in manifests.iter().enumerate() {
        let locks = locks_for(own, manifests, files, &applications);
        joiner.manifests(own, &locks, &versions, &mut applications[at]);
    }
    joiner.mark(&mut applications, manifests);
    for application in &mut applications {
        let folder = &application.folder;
        for draft in &application.packages {
            let draft = &mut joiner.drafts[*draft];
            if draft.scope != *folder {
                let place = draft.asked.as_ref().map_or(draft.places[0], |(place, _)| *place);
                draft.seen_from.entry(folder.clone()).or_insert(place);
            }
        }
    }
    debug_assert!(folders.all().count() == applications.len(), "each folder is one application");
    Joined { drafts: joiner.drafts, applications }
}

/// The name and the files of an application.
fn described(own: &Manifests, files: &Files) -> Application {
    let mut application =
        Application { folder: own.folder.clone(), locks: own.locks.clone(), ..Application::default() };
    for (at, only_versions) in &own.files {
        let file = &files.files[*at];
        if *only_versions {
            continue;
        }
        application.manifests.push(*at);
        if let Some(member) = file.contents.members.first() {
            let place = (*at, member.span);
            application.name = application.name.or_else(|| Some((member.name.clone()?, place)));
            application.version = application.version.or_else(|| Some((member.version.clone()?, place)));
        }
        let extra = file.contents.registries.iter().filter(|registry| registry.extra);
        application.extra.extend(extra.map(|registry| (registry.url.clone(), (*at, registry.span))));
    }
    application
}

/// The folder that a member of a lock file means.
fn folder_of(lock: &str, member: &Member) -> Option<Arc<str>> {
    let folder = member.folder.as_deref()?;
    Some(normalise(&format!("{lock}/{folder}")).into())
}

/// What lock files say of the members of their workspaces.
fn members(
    joiner: &Joiner<'_>,
    manifests: &[Manifests],
    index: &HashMap<Arc<str>, usize>,
    applications: &mut [Application],
) {
    for own in manifests {
        for lock in &own.locks {
            let file = &joiner.files.files[*lock];
            let of_member: Vec<Option<usize>> = file
                .contents
                .members
                .iter()
                .map(|member| match folder_of(&own.folder, member) {
                    Some(folder) => index.get(&folder).copied(),
                    None => named_below(applications, &own.folder, member, joiner.files),
                })
                .collect();
            let drafts = joiner.locked.get(lock).map_or(&[][..], Vec::as_slice);
            for (member, at) in file.contents.members.iter().zip(&of_member) {
                // One whose folder is not in the tree counts as part of the workspace itself.
                let Some(at) = at.or_else(|| index.get(&own.folder).copied()) else { continue };
                let needs =
                    member.needs.iter().filter_map(|(_, to, _)| drafts.get(*to as usize).copied().flatten());
                applications[at].packages.extend(needs);
                let others =
                    member.members.iter().filter_map(|to| of_member.get(*to as usize).copied().flatten());
                let others: Vec<Arc<str>> =
                    others.filter(|to| *to != at).map(|to| applications[to].folder.clone()).collect();
                applications[at].applications.extend(others);
            }
        }
    }
}

/// The application of a name in or below a folder, where only one has it.
fn named_below(applications: &[Application], folder: &str, member: &Member, files: &Files) -> Option<usize> {
    let name = member.name.as_ref()?;
    let is_it = |a: &Application| {
        let rust = a.manifests.iter().any(|at| files.files[*at].format == Format::CargoToml);
        rust && a.name.as_ref().is_some_and(|(own, _)| own == name) && is_below(&a.folder, folder)
    };
    let mut found = applications.iter().enumerate().filter(|(_, a)| is_it(a));
    let (first, _) = found.next()?;
    found.next().is_none().then_some(first)
}

fn is_below(folder: &str, above: &str) -> bool {
    above.is_empty()
        || folder == above
        || folder.strip_prefix(above).is_some_and(|rest| rest.starts_with('/'))
}

/// The lock files that hold for an application: its own, and those above that know it as a member or know no members.
fn locks_for(own: &Manifests, all: &[Manifests], files: &Files, applications: &[Application]) -> Vec<usize> {
    let mut found = own.locks.clone();
    let name = applications.iter().find(|a| a.folder == own.folder).and_then(|a| a.name.as_ref());
    for above in all.iter().filter(|above| above.folder != own.folder && is_below(&own.folder, &above.folder))
    {
        for lock in &above.locks {
            let members = &files.files[*lock].contents.members;
            let knows = members.iter().any(|member| match folder_of(&above.folder, member) {
                Some(folder) => folder == own.folder,
                None => member.name.is_some() && member.name.as_ref() == name.map(|(name, _)| name),
            });
            // Yarn 1 does not say which folders are in the workspace.
            let silent = members.is_empty() && files.files[*lock].format == Format::YarnLock;
            let ecosystem = files.files[*lock].format.ecosystem();
            let has_own = found.iter().any(|at| files.files[*at].format.ecosystem() == ecosystem);
            if knows || silent && !has_own {
                found.push(*lock);
            }
        }
    }
    found
}

/// Versions kept for the manifests below a folder.
struct Versions<'f> {
    /// By folder and key.
    kept: HashMap<(&'f str, &'f str), Vec<(&'f Package, usize)>>,
}

impl<'f> Versions<'f> {
    fn of(files: &'f Files) -> Self {
        let mut kept: HashMap<(&str, &str), Vec<(&Package, usize)>> = HashMap::new();
        for (at, file) in files.files.iter().enumerate() {
            // A catalogue lies in `gradle/` of the project that it is for.
            let folder = file.folder();
            let folder = match file.format {
                Format::GradleCatalog if folder == "gradle" || folder.ends_with("/gradle") => parent(folder),
                _ => folder,
            };
            for (key, package) in &file.contents.central {
                kept.entry((folder, key)).or_default().push((package, at));
            }
        }
        Versions { kept }
    }

    /// What the nearest file above says, of the same registry.
    fn find(&self, from: &str, key: &str, ecosystem: Ecosystem) -> Vec<(&'f Package, usize)> {
        let mut folder = from;
        loop {
            let found = self.kept.get(&(folder, key)).into_iter().flatten();
            let found: Vec<_> =
                found.filter(|(package, _)| package.ecosystem == ecosystem).copied().collect();
            if !found.is_empty() || folder.is_empty() {
                return found;
            }
            folder = parent(folder);
        }
    }
}

impl Joiner<'_> {
    /// Takes the packages of a lock file into a scope.
    fn lock(&mut self, at: usize, scope: &Arc<str>) {
        let contents = &self.files.files[at].contents;
        let drafts: Vec<Option<usize>> = contents
            .packages
            .iter()
            .map(|package| self.draft(scope, package, (at, package.span), true))
            .collect();
        self.connect(&drafts, &contents.packages);
        self.locked.insert(at, drafts);
    }

    fn connect(&mut self, drafts: &[Option<usize>], packages: &[Package]) {
        for (draft, package) in drafts.iter().zip(packages) {
            let Some(draft) = *draft else { continue };
            let needs = package.needs.iter().filter_map(|to| drafts.get(*to as usize).copied().flatten());
            let needs: Vec<usize> = needs.filter(|to| *to != draft).collect();
            self.drafts[draft].needs.extend(needs);
        }
    }

    /// The draft of a package in a scope. `None` for a folder of the same repository.
    fn draft(&mut self, scope: &Arc<str>, package: &Package, place: Place, locked: bool) -> Option<usize> {
        if matches!(package.source, Origin::Path(_)) {
            return None;
        }
        let address = address(package);
        let key = (scope.clone(), address.clone());
        if let Some(at) = self.by_address.get(&key) {
            let draft = &mut self.drafts[*at];
            draft.places.push(place);
            draft.locked |= locked;
            draft.package.scope = draft.package.scope.min(package.scope);
            if draft.package.hashes.is_empty() {
                draft.package.hashes.clone_from(&package.hashes);
            }
            if package.direct == Some(true) {
                draft.package.direct = Some(true);
            }
            return Some(*at);
        }
        let at = self.drafts.len();
        self.by_address.insert(key, at);
        let name = (scope.clone(), package.ecosystem, package.name.clone());
        self.by_name.entry(name).or_default().push(at);
        self.drafts.push(Draft {
            scope: scope.clone(),
            address,
            package: package.clone(),
            places: vec![place],
            asked: None,
            locked,
            needs: BTreeSet::new(),
            seen_from: BTreeMap::new(),
        });
        Some(at)
    }

    /// Takes in what people ask for, first where they name a version, so that what they do not is found there.
    fn manifests(
        &mut self,
        own: &Manifests,
        locks: &[usize],
        versions: &Versions<'_>,
        application: &mut Application,
    ) {
        let pins = self.pins(own);
        // A neighbour in the workspace may be asked for like any package.
        let members = locks.iter().flat_map(|lock| &self.files.files[*lock].contents.members);
        let neighbours: BTreeSet<Arc<str>> = members.filter_map(|member| member.name.clone()).collect();
        for exact in [true, false] {
            for (file, only_versions) in own.files.iter().filter(|(_, only_versions)| !only_versions) {
                debug_assert!(!only_versions, "constraints are no requirements");
                let contents = &self.files.files[*file].contents;
                let folder = self.files.files[*file].folder();
                let is_dev = self.files.files[*file].format == Format::Requirements
                    && is_dev(&self.files.files[*file].path);
                let mut drafts: Vec<Option<usize>> = Vec::with_capacity(contents.packages.len());
                for written in &contents.packages {
                    let mut each = vec![written.clone()];
                    if let Some(key) = &written.central {
                        let kept = versions.find(folder, key, written.ecosystem);
                        each = kept.iter().map(|(package, _)| told_centrally(written, package)).collect();
                    }
                    let mut last = None;
                    for mut package in each {
                        if is_dev {
                            package.scope = Scope::Dev;
                        }
                        if package.version.is_none() {
                            package.version = pins.get(&package.name).cloned();
                        }
                        let local =
                            matches!(package.source, Origin::Path(_)) || neighbours.contains(&package.name);
                        if local || package.version.is_some() != exact {
                            continue;
                        }
                        last = self.wanted(&own.folder, locks, &package, (*file, package.span));
                        if package.direct != Some(false) {
                            application.packages.extend(last);
                        }
                    }
                    drafts.push(last);
                }
                self.connect(&drafts, &contents.packages);
            }
        }
    }

    /// Versions that files of constraints fix.
    fn pins(&self, own: &Manifests) -> HashMap<Arc<str>, Arc<str>> {
        let files = own.files.iter().filter(|(_, only_versions)| *only_versions);
        let packages = files.flat_map(|(at, _)| &self.files.files[*at].contents.packages);
        packages.filter_map(|p| Some((p.name.clone(), p.version.clone()?))).collect()
    }

    /// The draft that a wish of a manifest means: what is locked, else what the manifest itself says.
    fn wanted(
        &mut self,
        scope: &Arc<str>,
        locks: &[usize],
        package: &Package,
        place: Place,
    ) -> Option<usize> {
        let found = self.locked_for(locks, package).or_else(|| self.stated(scope, package));
        let at = match found {
            Some(at) => at,
            None => self.draft(scope, package, place, false)?,
        };
        let draft = &mut self.drafts[at];
        if !draft.places.contains(&place) {
            draft.places.push(place);
        }
        if package.direct != Some(false) {
            draft.package.direct = Some(true);
            draft.package.scope = match &draft.asked {
                Some(_) => draft.package.scope.min(package.scope),
                None => package.scope,
            };
            if draft.asked.is_none() {
                draft.asked = Some((place, package.constraint.clone()));
            }
        }
        Some(at)
    }

    fn locked_for(&self, locks: &[usize], package: &Package) -> Option<usize> {
        for lock in locks {
            let Some(drafts) = self.locked.get(lock) else { continue };
            if self.files.files[*lock].format.ecosystem() != package.ecosystem {
                continue;
            }
            let named: Vec<usize> =
                drafts.iter().copied().flatten().filter(|at| is_it(&self.drafts[*at], package)).collect();
            let answers = |at: &&usize| {
                let constraint = package.constraint.as_ref();
                constraint.is_some_and(|constraint| self.drafts[**at].package.answers.contains(constraint))
            };
            let same = |at: &&usize| {
                package.version.is_some() && self.drafts[**at].package.version == package.version
            };
            let on_top = |at: &&usize| self.drafts[**at].package.direct != Some(false);
            let best = named.iter().find(answers).or_else(|| named.iter().find(same));
            if let Some(at) = best.or_else(|| named.iter().find(on_top)).or(named.first()) {
                // An exact wish that the lock does not grant is another package.
                let refused =
                    package.ecosystem == Ecosystem::PyPi && package.version.is_some() && best.is_none();
                return (!refused).then_some(*at);
            }
        }
        None
    }

    /// Of a wish without a version: the same name with one, elsewhere in the same application.
    fn stated(&self, scope: &Arc<str>, package: &Package) -> Option<usize> {
        if package.version.is_some() || !matches!(package.source, Origin::Registry(_)) {
            return None;
        }
        let key = (scope.clone(), package.ecosystem, package.name.clone());
        match self.by_name.get(&key)?[..] {
            [one] => Some(one),
            _ => None,
        }
    }

    /// What nobody asks for is there because of the application, as far as the files tell; what no manifest names is not
    /// asked for directly.
    fn mark(&mut self, applications: &mut [Application], manifests: &[Manifests]) {
        let mut asked: BTreeSet<usize> =
            applications.iter().flat_map(|a| a.packages.iter().copied()).collect();
        let reached: BTreeSet<usize> = self.drafts.iter().flat_map(|d| d.needs.iter().copied()).collect();
        asked.extend(reached);
        let index: HashMap<Arc<str>, usize> =
            applications.iter().enumerate().map(|(at, a)| (a.folder.clone(), at)).collect();
        // Registries for which a person's own wishes are known.
        let known: BTreeSet<(Arc<str>, Ecosystem)> = manifests
            .iter()
            .flat_map(|own| {
                own.files.iter().map(|(at, _)| (own.folder.clone(), self.files.files[*at].format))
            })
            .filter(|(_, format)| format.role() == Role::Manifest && *format != Format::NugetConfig)
            .map(|(folder, format)| (folder, format.ecosystem()))
            .collect();
        for (at, draft) in self.drafts.iter_mut().enumerate() {
            if !asked.contains(&at)
                && let Some(application) = index.get(&draft.scope)
            {
                applications[*application].packages.insert(at);
            }
            if draft.package.direct.is_none()
                && known.contains(&(draft.scope.clone(), draft.package.ecosystem))
            {
                draft.package.direct = Some(false);
            }
        }
    }
}

fn is_it(draft: &Draft, package: &Package) -> bool {
    let (a, b) = (&draft.package, package);
    a.ecosystem == b.ecosystem
        && (a.name == b.name || a.ecosystem == Ecosystem::NuGet && a.name.eq_ignore_ascii_case(&b.name))
}

/// What a manifest leaves to a file of versions.
fn told_centrally(written: &Package, central: &Package) -> Package {
    let mut package = central.clone();
    (package.span, package.direct, package.central) = (written.span, Some(true), None);
    package.scope = written.scope.max(package.scope);
    package
}

/// `requirements-dev.txt`, `requirements/test.txt`.
fn is_dev(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let words = name.split(['-', '_', '.']);
    words.into_iter().any(|w| {
        ["dev", "develop", "development", "test", "tests", "testing", "lint", "docs", "ci"].contains(&w)
    })
}

/// `package/npm/@scope/name@1.2.3`; of a repository the revision stands for the version.
fn address(package: &Package) -> Arc<str> {
    let mut address = format!("package/{}/{}", package.ecosystem, package.name);
    let revision = match &package.source {
        Origin::Git { revision, .. } => revision.as_ref(),
        _ => None,
    };
    if let Some(version) = package.version.as_ref().or(revision) {
        address.push('@');
        address.push_str(version);
    }
    address.into()
}
