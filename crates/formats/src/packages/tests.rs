//! Each format by a small file of its own.

use super::*;

/// `name version constraint direct scope source -> needs`, for each package.
fn shown(contents: &Contents) -> Vec<String> {
    let label = |at: &u32| {
        let p = &contents.packages[*at as usize];
        format!("{}@{}", p.name, p.version.as_deref().unwrap_or("?"))
    };
    let shown = contents.packages.iter().enumerate().map(|(at, p)| {
        let mut line = label(&(at as u32));
        if let Some(constraint) = &p.constraint {
            line.push_str(&format!(" {constraint}"));
        }
        match p.direct {
            Some(true) => line.push_str(" direct"),
            Some(false) => line.push_str(" transitive"),
            None => {}
        }
        if p.scope != Scope::Runtime {
            line.push_str(&format!(" {}", p.scope.as_str()));
        }
        match &p.source {
            Origin::Registry(None) => {}
            Origin::Registry(Some(url)) => line.push_str(&format!(" from {url}")),
            Origin::Git { url, revision } => {
                line.push_str(&format!(" git {url}@{}", revision.as_deref().unwrap_or("")));
            }
            Origin::Url(url) => line.push_str(&format!(" url {url}")),
            Origin::Path(path) => line.push_str(&format!(" path {path}")),
        }
        if let Some(hash) = p.hashes.first() {
            line.push_str(&format!(" #{hash}"));
        }
        if let Some(key) = &p.central {
            line.push_str(&format!(" central {key}"));
        }
        if !p.needs.is_empty() {
            line.push_str(&format!(" -> {}", p.needs.iter().map(label).collect::<Vec<_>>().join(" ")));
        }
        line
    });
    let members = contents.members.iter().map(|m| {
        let needs: Vec<String> =
            m.needs.iter().map(|(name, at, _)| format!("{name}={}", label(at))).collect();
        let (folder, name) = (m.folder.as_deref().unwrap_or("?"), m.name.as_deref().unwrap_or("?"));
        format!("[{folder}] {name}: {}{}", needs.join(" "), " +member".repeat(m.members.len()))
    });
    members.chain(shown).collect()
}

#[track_caller]
fn reads(format: Format, text: &str, want: &[&str]) {
    let read = format.read(text);
    assert!(read.problems.is_empty(), "{format:?}: {:?}", read.problems);
    assert_eq!(shown(&read), want, "{format:?}");
    for package in &read.packages {
        let place = &text[package.span.start as usize..package.span.end as usize];
        assert!(!place.is_empty(), "{format:?}: {} has no place", package.name);
    }
}

#[test]
fn lock_files_of_python() {
    reads(
        Format::PoetryLock,
        r#"
[[package]]
name = "openai"
version = "1.2.3"
groups = ["main"]
files = [{ file = "openai-1.2.3.whl", hash = "sha256:ab" }]
[package.dependencies]
httpx = { version = ">=0.23", markers = "x" }
[[package]]
name = "httpx"
version = "0.27.0"
optional = true
[[package]]
name = "kit"
version = "0.1"
groups = ["dev"]
[package.source]
type = "git"
url = "https://e.org/kit.git"
reference = "main"
resolved_reference = "abc"
[[package]]
name = "inner"
version = "1.0"
[package.source]
type = "legacy"
url = "https://pip.e.org/simple"
"#,
        &[
            "openai@1.2.3 #sha256:ab -> httpx@0.27.0",
            "httpx@0.27.0 optional",
            "kit@0.1 dev git https://e.org/kit.git@abc",
            "inner@1.0 from https://pip.e.org/simple",
        ],
    );
    reads(
        Format::UvLock,
        r#"
version = 1
[[package]]
name = "app"
version = "0.1.0"
source = { virtual = "." }
dependencies = [{ name = "openai" }, { name = "shared" }]
[package.dev-dependencies]
dev = [{ name = "pytest" }]
[[package]]
name = "openai"
version = "1.2.3"
source = { registry = "https://pypi.org/simple" }
dependencies = [{ name = "httpx", marker = "x" }]
sdist = { url = "u", hash = "sha256:cd" }
wheels = [{ url = "w", hash = "sha256:ef" }]
[[package]]
name = "httpx"
version = "0.27.0"
source = { git = "https://e.org/httpx?rev=main#abc" }
[[package]]
name = "shared"
source = { editable = "libs/shared" }
[[package]]
name = "pytest"
version = "8.0"
source = { registry = "https://pip.e.org/simple" }
"#,
        &[
            "[] app: openai=openai@1.2.3 pytest=pytest@8.0 +member",
            "[libs/shared] shared: ",
            "openai@1.2.3 direct #sha256:ef -> httpx@0.27.0",
            "httpx@0.27.0 transitive git https://e.org/httpx@abc",
            "pytest@8.0 direct dev from https://pip.e.org/simple",
        ],
    );
    reads(
        Format::PdmLock,
        r#"
[[package]]
name = "openai"
version = "1.2"
groups = ["default"]
dependencies = ["httpx<1,>=0.23", "missing"]
files = [{ file = "f", hash = "sha256:ab" }]
[[package]]
name = "httpx"
version = "0.27"
groups = ["default", "dev"]
[[package]]
name = "httpx"
version = "0.27"
extras = ["http2"]
[[package]]
name = "pytest"
version = "8"
groups = ["dev"]
"#,
        &["openai@1.2 #sha256:ab -> httpx@0.27", "httpx@0.27", "pytest@8 dev"],
    );
    reads(
        Format::Pylock,
        r#"
lock-version = "1.0"
[[packages]]
name = "openai"
version = "1.2"
index = "https://pypi.org/simple"
dependencies = [{ name = "kit" }]
wheels = [{ name = "o.whl", hashes = { sha256 = "AB" } }]
[[packages]]
name = "kit"
vcs = { type = "git", url = "https://e.org/kit", commit-id = "abc" }
"#,
        &["openai@1.2 #sha256:ab -> kit@?", "kit@? git https://e.org/kit@abc"],
    );
}

#[test]
fn lock_files_of_npm() {
    reads(
        Format::PackageLock,
        r#"{"lockfileVersion": 3, "packages": {
 "": {"name": "app", "version": "1.0.0", "workspaces": ["libs/*"], "dependencies": {"ai": "^4", "shared": "*"}, "devDependencies": {"x": "1"}},
 "libs/shared": {"name": "shared", "dependencies": {"x": "^2"}},
 "node_modules/shared": {"resolved": "libs/shared", "link": true},
 "node_modules/ai": {"version": "4.1.0", "resolved": "https://registry.npmjs.org/ai/-/ai-4.1.0.tgz", "integrity": "sha512-AAECAw==", "dependencies": {"@ai-sdk/provider": "1"}},
 "node_modules/ai/node_modules/@ai-sdk/provider": {"version": "1.0.0", "dependencies": {"x": "*"}},
 "node_modules/x": {"version": "1.0.0", "dev": true, "resolved": "git+ssh://git@e.org/o/x.git#abc"},
 "libs/shared/node_modules/x": {"version": "2.0.0", "resolved": "https://npm.e.org/x/-/x-2.0.0.tgz"}
}}"#,
        &[
            "[] app: ai=ai@4.1.0 x=x@1.0.0 +member",
            "[libs/shared] shared: x=x@2.0.0",
            "ai@4.1.0 direct #sha512:00010203 -> @ai-sdk/provider@1.0.0",
            "@ai-sdk/provider@1.0.0 transitive -> x@1.0.0",
            "x@1.0.0 direct dev git ssh://git@e.org/o/x.git@abc",
            "x@2.0.0 direct from https://npm.e.org",
        ],
    );
    reads(
        Format::PackageLock,
        r#"{"lockfileVersion": 1, "dependencies": {
 "a": {"version": "1.0.0", "requires": {"b": "^2"}, "dependencies": {"b": {"version": "2.0.0", "dev": true}}},
 "b": {"version": "1.0.0"}, "c": {"version": "npm:d@3.0.0"}, "e": {"version": "github:o/e#abc"}, "f": {"version": "file:../f"}}}"#,
        &[
            "a@1.0.0 -> b@2.0.0",
            "b@2.0.0 transitive dev",
            "b@1.0.0",
            "d@3.0.0",
            "e@? git https://github.com/o/e@abc",
        ],
    );
    reads(
        Format::BunLock,
        r#"{"lockfileVersion": 1, "workspaces": {"": {"name": "app", "dependencies": {"a": "^1"}, "devDependencies": {"shared": "workspace:*"}},
 "libs/shared": {"name": "shared", "dependencies": {"b": "^2"}},},
 "packages": {
 "a": ["a@1.0.0", "", {"dependencies": {"b": "^1"}}, "sha512-AAECAw=="],
 "a/b": ["b@1.0.0", "", {}, ""],
 "b": ["b@2.0.0", "", {}, ""],
 "g": ["g@github:o/g#abc", {}, "o-g-abc"],
 "shared": ["shared@workspace:libs/shared"],
 }}"#,
        &[
            "[] app: a=a@1.0.0 +member",
            "[libs/shared] shared: b=b@2.0.0",
            "a@1.0.0 direct #sha512:00010203 -> b@1.0.0",
            "b@1.0.0 transitive",
            "b@2.0.0 direct",
            "g@? transitive git https://github.com/o/g@abc",
        ],
    );
}

#[test]
fn lock_files_of_pnpm() {
    reads(
        Format::PnpmLock,
        "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      ai:\n        specifier: ^4\n        version: 4.1.0(zod@3.0.0)\n      \
         shared:\n        specifier: workspace:*\n        version: link:libs/shared\n  libs/shared:\n    devDependencies:\n      z:\n        \
         specifier: npm:zod@^3\n        version: zod@3.0.0\npackages:\n  ai@4.1.0:\n    resolution: {integrity: sha512-AAECAw==}\n    \
         peerDependencies:\n      zod: ^3\n  zod@3.0.0:\n    resolution: {integrity: sha512-AAECAw==}\n  '@o/x@https://codeload.github.com/o/x/tar.gz/abc':\n    \
         resolution: {tarball: https://codeload.github.com/o/x/tar.gz/abc}\n    version: 0.1.0\nsnapshots:\n  ai@4.1.0(zod@3.0.0):\n    \
         dependencies:\n      zod: 3.0.0\n  zod@3.0.0: {}\n",
        &[
            "[] ?: ai=ai@4.1.0 +member",
            "[libs/shared] ?: z=zod@3.0.0",
            "ai@4.1.0 direct #sha512:00010203 -> zod@3.0.0",
            "zod@3.0.0 direct #sha512:00010203",
            "@o/x@0.1.0 transitive git https://github.com/o/x@abc",
        ],
    );
    reads(
        Format::PnpmLock,
        "lockfileVersion: '6.0'\ndependencies:\n  ai:\n    specifier: ^4\n    version: 4.1.0(zod@3.0.0)\npackages:\n  /ai@4.1.0(zod@3.0.0):\n    \
         resolution: {integrity: sha512-AAECAw==}\n    dependencies:\n      '@o/zod': 3.0.0\n  /@o/zod@3.0.0:\n    resolution: {integrity: sha512-AAECAw==}\n    dev: false\n",
        &[
            "[] ?: ai=ai@4.1.0",
            "ai@4.1.0 direct #sha512:00010203 -> @o/zod@3.0.0",
            "@o/zod@3.0.0 transitive #sha512:00010203",
        ],
    );
    reads(
        Format::PnpmLock,
        "lockfileVersion: 5.4\nspecifiers:\n  ai: ^4\n  lodash.get: ^4\ndependencies:\n  ai: 4.1.0_zod@3.0.0\n  lodash.get: 4.4.2\npackages:\n  /ai/4.1.0_zod@3.0.0:\n    \
         resolution: {integrity: sha512-AAECAw==}\n    dependencies:\n      '@o/zod': 3.0.0\n  /@o/zod/3.0.0:\n    resolution: {integrity: x}\n  /lodash.get/4.4.2:\n    resolution: {integrity: x}\n",
        &[
            "[] ?: ai=ai@4.1.0 lodash.get=lodash.get@4.4.2",
            "ai@4.1.0 direct #sha512:00010203 -> @o/zod@3.0.0",
            "@o/zod@3.0.0 transitive",
            "lodash.get@4.4.2 direct",
        ],
    );
}

#[test]
fn lock_files_of_yarn() {
    reads(
        Format::YarnLock,
        "# yarn lockfile v1\n\n\"@o/a@^1.0.0\", \"@o/a@^1.1.0\":\n  version \"1.1.0\"\n  resolved \"https://registry.yarnpkg.com/@o/a/-/a-1.1.0.tgz#abc\"\n  \
         integrity sha512-AAECAw==\n  dependencies:\n    b \"^2.0.0\"\n\nb@^2.0.0:\n  version \"2.0.0\"\n  resolved \"https://npm.e.org/b/-/b-2.0.0.tgz#x\"\n\n\
         \"c@npm:d@^3\":\n  version \"3.0.0\"\n  resolved \"https://registry.yarnpkg.com/d/-/d-3.0.0.tgz\"\n\n\"g@git+https://e.org/g.git#main\":\n  version \"0.1.0\"\n  \
         resolved \"git+https://e.org/g.git#abc\"\n",
        &[
            "@o/a@1.1.0 #sha512:00010203 -> b@2.0.0",
            "b@2.0.0 from https://npm.e.org",
            "d@3.0.0",
            "g@0.1.0 git https://e.org/g.git@abc",
        ],
    );
    reads(
        Format::YarnLock,
        "__metadata:\n  version: 8\n\n\"@o/a@npm:^1.0.0\":\n  version: 1.1.0\n  resolution: \"@o/a@npm:1.1.0\"\n  dependencies:\n    b: \"npm:^2.0.0\"\n  \
         checksum: 10c0/abc\n  languageName: node\n\n\"b@npm:^2.0.0\":\n  version: 2.0.0\n  resolution: \"b@npm:2.0.0\"\n\n\"app@workspace:.\":\n  \
         version: 0.0.0-use.local\n  resolution: \"app@workspace:.\"\n  dependencies:\n    \"@o/a\": \"npm:^1.0.0\"\n    lib: \"workspace:*\"\n\n\
         \"lib@workspace:*, lib@workspace:libs/lib\":\n  version: 0.0.0-use.local\n  resolution: \"lib@workspace:libs/lib\"\n\n\
         \"g@https://e.org/g.git#main\":\n  version: 0.1.0\n  resolution: \"g@https://e.org/g.git#commit=abc\"\n",
        &[
            "[] app: @o/a=@o/a@1.1.0 +member",
            "[libs/lib] lib: ",
            "@o/a@1.1.0 direct -> b@2.0.0",
            "b@2.0.0 transitive",
            "g@0.1.0 transitive git https://e.org/g.git@abc",
        ],
    );
}

#[test]
fn files_of_cargo() {
    reads(
        Format::CargoLock,
        r#"
version = 4
[[package]]
name = "app"
version = "0.1.0"
dependencies = ["async-openai", "rand 0.8.5", "core"]
[[package]]
name = "core"
version = "0.1.0"
[[package]]
name = "async-openai"
version = "0.20.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "AB"
dependencies = ["rand 0.7.0"]
[[package]]
name = "rand"
version = "0.7.0"
source = "git+https://e.org/rand?branch=main#abc"
[[package]]
name = "rand"
version = "0.8.5"
source = "registry+https://crates.e.org/index"
"#,
        &[
            "[?] app: async-openai=async-openai@0.20.0 rand=rand@0.8.5 +member",
            "[?] core: ",
            "async-openai@0.20.0 direct #sha256:ab -> rand@0.7.0",
            "rand@0.7.0 transitive git https://e.org/rand@abc",
            "rand@0.8.5 direct from https://crates.e.org/index",
        ],
    );
    let text = "[package]\nname = \"app\"\n[dependencies]\nrig = { version = \"=0.5.1\", package = \"rig-core\" }\nserde = \"1\"\nlocal = { path = \"../x\" }\n\
                g = { git = \"https://e.org/g\", tag = \"v1\" }\nw.workspace = true\n[target.'cfg(unix)'.dev-dependencies]\nx = \"1.2.3\"\n\
                [workspace.dependencies]\nw = \"2\"\n";
    reads(
        Format::CargoToml,
        text,
        &[
            "[] app: ",
            "rig-core@0.5.1 =0.5.1 direct",
            "serde@? 1 direct",
            "g@? direct git https://e.org/g@v1",
            "w@? direct central w",
            "x@? 1.2.3 direct dev",
        ],
    );
    assert_eq!(&*Format::CargoToml.read(text).central[0].0, "w");
}

#[test]
fn manifests_of_npm() {
    reads(
        Format::PackageJson,
        r#"{"name": "app", "version": "1.0.0", "dependencies": {"ai": "4.1.0", "openai": "^4", "s": "workspace:*", "g": "o/g#main", "n": "npm:@o/real@1.0.0",
 "t": "https://e.org/t.tgz", "any": ""}, "devDependencies": {"x": "latest"}}"#,
        &[
            "[] app: ",
            "ai@4.1.0 4.1.0 direct",
            "openai@? ^4 direct",
            "g@? direct git https://github.com/o/g@main",
            "@o/real@1.0.0 1.0.0 direct",
            "t@? direct url https://e.org/t.tgz",
            "any@? direct",
            "x@? latest direct dev",
        ],
    );
}

#[test]
fn files_of_go_and_ruby() {
    reads(
        Format::GoMod,
        "module e.org/app // the app\n\ngo 1.22\n\nrequire github.com/openai/openai-go v1.2.3\nrequire (\n\tgithub.com/a/b v0.1.0 // indirect\n\t\
         github.com/c/d v1.0.0\n\te.org/local v0.0.0\n)\nreplace (\n\tgithub.com/c/d v1.0.0 => github.com/fork/d v1.0.1\n)\nreplace e.org/local => ../local\n\
         exclude github.com/a/b v0.0.9\n",
        &[
            "[] e.org/app: ",
            "github.com/openai/openai-go@v1.2.3 direct",
            "github.com/a/b@v0.1.0 transitive",
            "github.com/fork/d@v1.0.1 direct",
            "e.org/local@v0.0.0 direct path ../local",
        ],
    );
    reads(
        Format::GemfileLock,
        "GIT\n  remote: https://e.org/kit.git\n  revision: abc\n  branch: main\n  specs:\n    kit (0.1)\n\nGEM\n  remote: https://rubygems.org/\n  specs:\n    \
         ruby-openai (7.0.0)\n      faraday (>= 1)\n    faraday (2.0)\n\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n  kit!\n  ruby-openai (~> 7)\n\nCHECKSUMS\n  faraday (2.0) sha256=ab\n",
        &[
            "kit@0.1 direct git https://e.org/kit.git@abc",
            "ruby-openai@7.0.0 direct -> faraday@2.0",
            "faraday@2.0 transitive #sha256:ab",
        ],
    );
}

#[test]
fn files_of_maven_and_gradle() {
    reads(
        Format::Pom,
        "<project><groupId>g</groupId><artifactId>app</artifactId><version>1</version>\n<properties><v>0.35.0</v><w>${v}</w></properties>\n\
         <dependencyManagement><dependencies><dependency><groupId>m</groupId><artifactId>a</artifactId><version>2.0</version></dependency></dependencies></dependencyManagement>\n\
         <dependencies>\n<dependency><groupId>dev.langchain4j</groupId><artifactId>langchain4j</artifactId><version>${w}</version></dependency>\n\
         <dependency><groupId>m</groupId><artifactId>a</artifactId></dependency>\n<dependency><groupId>x</groupId><artifactId>y</artifactId><version>${elsewhere}</version><scope>test</scope></dependency>\n\
         <dependency><groupId>${project.groupId}</groupId><artifactId>z</artifactId><version>[1,2)</version></dependency>\n</dependencies></project>",
        &[
            "[] app: ",
            "dev.langchain4j:langchain4j@0.35.0 0.35.0 direct",
            "m:a@2.0 2.0 direct",
            "x:y@? ${elsewhere} direct dev",
            "g:z@? [1,2) direct",
        ],
    );
    reads(
        Format::GradleLock,
        "# comment\ncom.openai:openai-java:1.0=compileClasspath,testCompileClasspath\norg.junit:junit:5=testRuntimeClasspath\nempty=annotationProcessor\n",
        &["com.openai:openai-java@1.0", "org.junit:junit@5 dev"],
    );
    reads(
        Format::GradleBuild,
        "val v = \"1.0\" // comment \"a:b:c\"\ndependencies {\n  implementation(\"dev.langchain4j:langchain4j:$v\")\n  api platform('org.bom:bom:2.0')\n  testImplementation libs.open.ai\n  \
         implementation group: 'g', name: 'a', version: '1'\n  runtimeOnly(project(\":x\"))\n  implementation(\"x:y:${unknown}\")\n  implementation(libs.bundles.ai.get())\n}\n",
        &[
            "dev.langchain4j:langchain4j@1.0 1.0 direct",
            "org.bom:bom@2.0 2.0 direct",
            "libs:open.ai@? direct dev central open.ai",
            "g:a@1 1 direct",
            "x:y@? ${unknown} direct",
            "libs:bundles.ai@? direct central bundles.ai",
        ],
    );
    let catalog = "[versions]\nv = \"1.5\"\nr = { strictly = \"[1,2)\", prefer = \"1.2\" }\n[libraries]\nopen-ai = { module = \"com.openai:openai-java\", version.ref = \"v\" }\n\
                   b = \"g:b:2.0\"\nc = { group = \"g\", name = \"c\", version.ref = \"r\" }\n[bundles]\nai = [\"open-ai\", \"b\"]\n";
    let read = Format::GradleCatalog.read(catalog);
    let central: Vec<_> =
        read.central.iter().map(|(key, p)| (&**key, &*p.name, p.version.as_deref())).collect();
    let want = [
        ("open.ai", "com.openai:openai-java", Some("1.5")),
        ("b", "g:b", Some("2.0")),
        ("c", "g:c", None),
        ("bundles.ai", "com.openai:openai-java", Some("1.5")),
        ("bundles.ai", "g:b", Some("2.0")),
    ];
    assert_eq!(central, want);
}

#[test]
fn files_of_nuget() {
    reads(
        Format::DotnetProject,
        "<Project Sdk=\"Microsoft.NET.Sdk\"><PropertyGroup><AssemblyName>Assistant</AssemblyName><V>1.2.3</V></PropertyGroup><ItemGroup>\n\
         <PackageReference Include=\"Azure.AI.OpenAI\" Version=\"2.1.0\" />\n<PackageReference Include=\"A\"><Version>$(V)</Version><PrivateAssets>all</PrivateAssets></PackageReference>\n\
         <PackageReference Include=\"B\" Version=\"1.*\"/>\n<PackageReference Include=\"C\"/>\n<PackageReference Include=\"D\" Version=\"[1.0]\"/>\n</ItemGroup></Project>",
        &[
            "[] Assistant: ",
            "Azure.AI.OpenAI@2.1.0 2.1.0 direct",
            "A@1.2.3 1.2.3 direct dev",
            "B@? 1.* direct",
            "C@? direct central c",
            "D@1.0 [1.0] direct",
        ],
    );
    let central =
        "<Project><ItemGroup><PackageVersion Include=\"C\" Version=\"3.0\" /></ItemGroup></Project>";
    let read = Format::DotnetPackages.read(central);
    assert_eq!((&*read.central[0].0, read.central[0].1.version.as_deref()), ("c", Some("3.0")));
    reads(
        Format::NugetLock,
        r#"{"version": 1, "dependencies": {"net8.0": {"A": {"type": "Direct", "requested": "[1.0, )", "resolved": "1.0", "contentHash": "AAECAw==", "dependencies": {"b": "2.0"}},
 "B": {"type": "Transitive", "resolved": "2.0"}, "Shared": {"type": "Project"}}, "net9.0": {"A": {"type": "Direct", "resolved": "1.0"}}}}"#,
        &["A@1.0 direct #sha512:00010203 -> B@2.0", "B@2.0 transitive"],
    );
    reads(
        Format::NugetConfig,
        "<packages><package id=\"OpenAI\" version=\"1.0\" targetFramework=\"net48\"/></packages>",
        &["OpenAI@1.0"],
    );
    reads(
        Format::PaketLock,
        "NUGET\n  remote: https://api.nuget.org/v3/index.json\n    A (1.0)\n      B (>= 2.0)\n    B (2.1)\nGITHUB\n  remote: o/r\n    file.fs (abc)\n",
        &["A@1.0 -> B@2.1", "B@2.1"],
    );
}

#[test]
fn a_file_is_told_by_its_name() {
    for (path, want) in [
        ("a/package-lock.json", Some(Format::PackageLock)),
        ("src/App.csproj", Some(Format::DotnetProject)),
        ("gradle/libs.versions.toml", Some(Format::GradleCatalog)),
        ("pylock.dev.toml", Some(Format::Pylock)),
        ("bun.lockb", None),
        ("tsconfig.json", None),
    ] {
        assert_eq!(Format::of(path), want, "{path}");
    }
}
