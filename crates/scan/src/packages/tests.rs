//! What the files of an application say together.

use catalog::Catalog;
use collect::{Source, Tree};
use model::{Asset, Observations};

use super::{Packages, wants};

fn observe(texts: &[(&str, &str)]) -> Observations {
    let catalog = Catalog::embedded();
    Packages { catalog: &catalog }.observe(&Tree::of_texts(texts.iter().copied()))
}

/// `id key=value … -> what it depends on`, of the named keys.
fn shown(seen: &Observations, keys: &[&str]) -> Vec<String> {
    let line = |asset: &Asset| {
        let mut line = asset.id.to_string();
        for key in keys {
            if let Some(value) = asset.document.at_path(key) {
                line.push_str(&format!(" {key}={}", value.display()));
            }
        }
        let needs = asset.document.get("dependsOn").and_then(|n| n.as_list().cloned());
        let needs: Vec<String> = needs
            .iter()
            .flat_map(|list| list.iter())
            .map(|node| node.from.as_ref().map_or_else(|| node.display(), |from| from.address.to_string()))
            .collect();
        if !needs.is_empty() {
            line.push_str(&format!(" -> {}", needs.join(" ")));
        }
        line
    };
    let mut lines: Vec<String> = seen.assets.iter().map(line).collect();
    lines.sort();
    lines
}

fn notes(seen: &Observations) -> Vec<String> {
    let notes = seen.coverage.iter().filter_map(|c| Some(format!("{}: {}", c.path, c.reason.as_deref()?)));
    notes.collect()
}

#[test]
fn the_lock_says_the_version_and_the_manifest_says_who_asked() {
    let lock = "[[package]]\nname = \"openai\"\nversion = \"1.2.3\"\n[package.dependencies]\nhttpx = \">=0.2\"\n[[package]]\nname = \"httpx\"\nversion = \"0.27\"\n";
    let seen = observe(&[
        ("api/pyproject.toml", "[project]\nname = \"assistant\"\ndependencies = [\"OpenAI>=1\"]\n"),
        ("api/poetry.lock", lock),
    ]);
    assert_eq!(
        shown(&seen, &["version", "constraint", "direct", "ai", "role", "locked"]),
        [
            "api#application -> package/pypi/openai@1.2.3",
            "api#package/pypi/httpx@0.27 version=0.27 direct=false ai=false locked=true",
            "api#package/pypi/openai@1.2.3 version=1.2.3 constraint=>=1 direct=true ai=true role=sdk locked=true -> package/pypi/httpx@0.27",
        ]
    );
    let openai = seen.assets.iter().find(|a| a.name == "openai").unwrap();
    let places: Vec<String> = openai.evidence.iter().map(|e| e.position().unwrap().to_string()).collect();
    assert_eq!(places, ["api/poetry.lock:2:8", "api/pyproject.toml:3:17"]);
    assert_eq!(
        openai.document.get("direct").unwrap().at.as_ref().unwrap().path.as_ref(),
        "api/pyproject.toml"
    );
    assert!(openai.aliases.contains("pkg:pypi/openai") && openai.aliases.contains("pkg:pypi/openai@1.2.3"));
    let application = seen.assets.iter().find(|a| &*a.kind == "code.application").unwrap();
    assert_eq!(application.name, "assistant");
}

#[test]
fn members_of_a_workspace_share_the_packages_of_its_lock() {
    let lock = "lockfileVersion: '9.0'\nimporters:\n  .: {}\n  web:\n    dependencies:\n      ai:\n        specifier: ^4\n        version: 4.1.0\n      shared:\n        \
                specifier: workspace:*\n        version: link:../shared\n  shared: {}\npackages:\n  ai@4.1.0:\n    resolution: {integrity: sha512-AAECAw==}\nsnapshots:\n  ai@4.1.0: {}\n";
    let seen = observe(&[
        ("package.json", "{\"name\": \"root\"}"),
        ("pnpm-lock.yaml", lock),
        (
            "web/package.json",
            "{\"name\": \"web\", \"dependencies\": {\"ai\": \"^4\", \"shared\": \"workspace:*\"}}",
        ),
        ("shared/package.json", "{\"name\": \"shared\"}"),
    ]);
    assert_eq!(
        shown(&seen, &["version"]),
        [
            ".#application",
            ".#package/npm/ai@4.1.0 version=4.1.0",
            "shared#application",
            "web#application -> package/npm/ai@4.1.0 ./shared#application",
        ]
    );
    let ai = seen.assets.iter().find(|a| a.name == "ai").unwrap();
    let scopes: Vec<&str> = ai.sightings.iter().map(|s| &*s.scope).collect();
    assert_eq!(scopes, ["", "web"]);
}

#[test]
fn without_a_lock_the_manifest_is_all_there_is() {
    let seen = observe(&[
        ("requirements.txt", "-r requirements/base.txt\n-c pins.txt\ntorch==2.1.0\nlangchain>=0.2\n"),
        ("requirements/base.txt", "openai\n-r ../requirements.txt\n"),
        ("requirements-dev.txt", "pytest==8.0\n-r ../../outside.txt\n"),
        ("pins.txt", "openai==1.2.3\nunused==1\n"),
    ]);
    assert_eq!(
        shown(&seen, &["version", "constraint", "scope", "locked"]),
        [
            ".#application -> package/pypi/pytest@8.0 package/pypi/torch@2.1.0 package/pypi/openai@1.2.3 package/pypi/langchain",
            ".#package/pypi/langchain constraint=>=0.2 scope=runtime locked=false",
            ".#package/pypi/openai@1.2.3 version=1.2.3 scope=runtime locked=false",
            ".#package/pypi/pytest@8.0 version=8.0 constraint===8.0 scope=dev locked=false",
            ".#package/pypi/torch@2.1.0 version=2.1.0 constraint===2.1.0 scope=runtime locked=false",
        ]
    );
    assert_eq!(notes(&seen), ["requirements-dev.txt:2:1: ../../outside.txt is not read: no such file"]);
}

#[test]
fn versions_kept_for_several_projects_are_found() {
    let seen = observe(&[
        (
            "Directory.Packages.props",
            "<Project><ItemGroup><PackageVersion Include=\"OpenAI\" Version=\"2.1.0\"/></ItemGroup></Project>",
        ),
        (
            "src/App/App.csproj",
            "<Project><ItemGroup><PackageReference Include=\"OpenAI\"/></ItemGroup></Project>",
        ),
        ("gradle/libs.versions.toml", "[libraries]\nlc = \"dev.langchain4j:langchain4j:1.0\"\n"),
        ("app/build.gradle.kts", "dependencies { implementation(libs.lc) }"),
        ("Cargo.toml", "[workspace.dependencies]\nrig-core = \"=0.5.1\"\n"),
        ("bin/Cargo.toml", "[package]\nname = \"bin\"\n[dependencies]\nrig-core = { workspace = true }\n"),
        ("pom.xml", "<project><artifactId>up</artifactId><properties><v>1.0</v></properties></project>"),
        (
            "low/pom.xml",
            "<project><parent><artifactId>up</artifactId></parent><artifactId>low</artifactId><dependencies><dependency><groupId>org.springframework.ai</groupId>\
             <artifactId>x</artifactId><version>${v}</version></dependency><dependency><groupId>g</groupId><artifactId>y</artifactId><version>${w}</version></dependency></dependencies></project>",
        ),
    ]);
    let packages: Vec<String> =
        shown(&seen, &["version"]).into_iter().filter(|l| l.contains("#package")).collect();
    assert_eq!(
        packages,
        [
            "app#package/maven/dev.langchain4j:langchain4j@1.0 version=1.0",
            "bin#package/cargo/rig-core@0.5.1 version=0.5.1",
            "low#package/maven/g:y version=unknown (${w} is set elsewhere)",
            "low#package/maven/org.springframework.ai:x@1.0 version=1.0",
            "src/App#package/nuget/OpenAI@2.1.0 version=2.1.0",
        ]
    );
}

#[test]
fn crates_of_a_workspace_are_told_by_their_names() {
    let lock = "[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\"core\", \"rmcp\"]\n[[package]]\nname = \"core\"\nversion = \"0.1.0\"\n\
                [[package]]\nname = \"rmcp\"\nversion = \"0.2.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n";
    let seen = observe(&[
        ("Cargo.toml", "[workspace]\n"),
        ("Cargo.lock", lock),
        (
            "app/Cargo.toml",
            "[package]\nname = \"app\"\n[dependencies]\nrmcp = \"0.2\"\ncore = { path = \"../core\" }\n",
        ),
        ("core/Cargo.toml", "[package]\nname = \"core\"\n"),
    ]);
    assert_eq!(
        shown(&seen, &["constraint", "direct"]),
        [
            ".#application",
            ".#package/cargo/rmcp@0.2.0 constraint=0.2 direct=true",
            "app#application -> package/cargo/rmcp@0.2.0 ./core#application",
            "core#application",
        ]
    );
}

#[test]
fn credentials_in_addresses_do_not_leave() {
    let text = "--extra-index-url https://me:hunter2@pip.e.org/simple\nkit @ git+https://me:hunter2@e.org/kit@main\nx @ https://me:hunter2@e.org/x.whl\n";
    let seen = observe(&[("requirements.txt", text)]);
    assert!(!format!("{:?}", seen.assets).contains("hunter2"));
    assert!(!format!("{:?}", seen.coverage).contains("hunter2"));
    let application = seen.assets.iter().find(|a| &*a.kind == "code.application").unwrap();
    let indexes = application.document.get("extraIndexes").unwrap();
    assert_eq!(indexes.display(), "[\"https://pip.e.org/simple\"]");
}

#[test]
fn the_files_that_are_wanted() {
    for (path, want) in [
        ("a/pnpm-lock.yaml", true),
        ("a/requirements/x.txt", true),
        ("gradle/libs.versions.toml", true),
        ("a/bun.lockb", true),
        ("README.md", false),
        ("a/notes.txt", false),
    ] {
        assert_eq!(wants(path), want, "{path}");
    }
}
