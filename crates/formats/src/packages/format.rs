//! Which file is of which format, and which reader it has.

use super::{
    Contents, Ecosystem, cargo, conda, gems, go, gradle, npm, nuget, pipfile, pnpm, pylocks, pyproject,
    read_pom, requirements, resolve_pom, yarn,
};

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    BunLock,
    CargoLock,
    CargoToml,
    CondaEnvironment,
    DotnetPackages,
    DotnetProject,
    GemfileLock,
    GoMod,
    GradleBuild,
    GradleCatalog,
    GradleLock,
    NugetConfig,
    NugetLock,
    PackageJson,
    PackageLock,
    PaketLock,
    PdmLock,
    Pipfile,
    PipfileLock,
    PnpmLock,
    PoetryLock,
    Pom,
    Pylock,
    PyProject,
    Requirements,
    SetupCfg,
    UvLock,
    YarnLock,
}

/// What a file of its format does for an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// States what a person asked for.
    Manifest,
    /// States what was chosen, exactly.
    Lock,
    /// States versions for manifests in the folders below.
    Central,
}

impl Format {
    /// The format of a file, told by its name. Requirements files are the caller's to tell: any name will do for them.
    pub fn of(path: &str) -> Option<Format> {
        let name = path.rsplit('/').next().unwrap_or(path);
        Some(match name {
            "bun.lock" => Format::BunLock,
            "Cargo.lock" => Format::CargoLock,
            "Cargo.toml" => Format::CargoToml,
            "environment.yml" | "environment.yaml" => Format::CondaEnvironment,
            "Directory.Packages.props" => Format::DotnetPackages,
            "Gemfile.lock" => Format::GemfileLock,
            "go.mod" => Format::GoMod,
            "build.gradle" | "build.gradle.kts" => Format::GradleBuild,
            "gradle.lockfile" => Format::GradleLock,
            "packages.config" => Format::NugetConfig,
            "packages.lock.json" => Format::NugetLock,
            "package.json" => Format::PackageJson,
            "package-lock.json" | "npm-shrinkwrap.json" => Format::PackageLock,
            "paket.lock" => Format::PaketLock,
            "pdm.lock" => Format::PdmLock,
            "Pipfile" => Format::Pipfile,
            "Pipfile.lock" => Format::PipfileLock,
            "pnpm-lock.yaml" => Format::PnpmLock,
            "poetry.lock" => Format::PoetryLock,
            "pom.xml" => Format::Pom,
            "pylock.toml" => Format::Pylock,
            "pyproject.toml" => Format::PyProject,
            "setup.cfg" => Format::SetupCfg,
            "uv.lock" => Format::UvLock,
            "yarn.lock" => Format::YarnLock,
            _ if name.ends_with(".versions.toml") => Format::GradleCatalog,
            _ if name.ends_with(".csproj") || name.ends_with(".fsproj") || name.ends_with(".vbproj") => {
                Format::DotnetProject
            }
            _ if name.starts_with("pylock.") && name.ends_with(".toml") => Format::Pylock,
            _ => return None,
        })
    }

    pub fn role(self) -> Role {
        use Format::*;
        match self {
            BunLock | CargoLock | GemfileLock | GradleLock | NugetLock | PackageLock | PaketLock
            | PdmLock | PipfileLock | PnpmLock | PoetryLock | Pylock | UvLock | YarnLock => Role::Lock,
            DotnetPackages | GradleCatalog => Role::Central,
            CargoToml | CondaEnvironment | DotnetProject | GoMod | GradleBuild | NugetConfig
            | PackageJson | Pipfile | Pom | PyProject | Requirements | SetupCfg => Role::Manifest,
        }
    }

    /// The registry that the packages of such a file come from; a conda environment may have some of PyPI's too.
    pub fn ecosystem(self) -> Ecosystem {
        use Format::*;
        match self {
            BunLock | PackageJson | PackageLock | PnpmLock | YarnLock => Ecosystem::Npm,
            CargoLock | CargoToml => Ecosystem::Cargo,
            CondaEnvironment => Ecosystem::Conda,
            DotnetPackages | DotnetProject | NugetConfig | NugetLock | PaketLock => Ecosystem::NuGet,
            GemfileLock => Ecosystem::Gem,
            GoMod => Ecosystem::Go,
            GradleBuild | GradleCatalog | GradleLock | Pom => Ecosystem::Maven,
            PdmLock | Pipfile | PipfileLock | PoetryLock | Pylock | PyProject | Requirements | SetupCfg
            | UvLock => Ecosystem::PyPi,
        }
    }

    /// Reads a file of this format.
    pub fn read(self, text: &str) -> Contents {
        match self {
            Format::BunLock => yarn::bun(text),
            Format::CargoLock => cargo::lock(text),
            Format::CargoToml => cargo::manifest(text),
            Format::CondaEnvironment => conda::environment(text),
            Format::DotnetPackages => nuget::central(text),
            Format::DotnetProject => nuget::project(text),
            Format::GemfileLock => gems::lock(text),
            Format::GoMod => go::module(text),
            Format::GradleBuild => gradle::build(text),
            Format::GradleCatalog => gradle::catalog(text),
            Format::GradleLock => gradle::lock(text),
            Format::NugetConfig => nuget::config(text),
            Format::NugetLock => nuget::lock(text),
            Format::PackageJson => npm::manifest(text),
            Format::PackageLock => npm::lock(text),
            Format::PaketLock => nuget::paket(text),
            Format::PdmLock => pylocks::pdm(text),
            Format::Pipfile => pipfile::manifest(text),
            Format::PipfileLock => pipfile::lock(text),
            Format::PnpmLock => pnpm::lock(text),
            Format::PoetryLock => pylocks::poetry(text),
            Format::Pom => resolve_pom(&[&read_pom(text)]),
            Format::Pylock => pylocks::pylock(text),
            Format::PyProject => pyproject::manifest(text),
            Format::Requirements => requirements::list(text),
            Format::SetupCfg => pyproject::setup_cfg(text),
            Format::UvLock => pylocks::uv(text),
            Format::YarnLock => yarn::lock(text),
        }
    }
}
