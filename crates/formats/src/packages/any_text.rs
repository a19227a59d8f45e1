//! All formats by any text at all: none panics, and what is read is sound.

use proptest::prelude::*;

use super::*;

/// Every format, to be read with any text.
const ALL: [Format; 28] = {
    use Format::*;
    [
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
    ]
};

#[track_caller]
fn is_sound(format: Format, text: &str) {
    let read = format.read(text);
    assert!(read.problems.len() <= 2 * MAX_PROBLEMS);
    for package in read.packages.iter().chain(read.central.iter().map(|(_, package)| package)) {
        assert!(package.needs.iter().all(|at| (*at as usize) < read.packages.len()), "{format:?}");
        let url = purl(package);
        assert!(url.is_ascii() && url.starts_with("pkg:") && !url.contains(' '), "{url}");
    }
    for member in &read.members {
        assert!(member.needs.iter().all(|(_, at, _)| (*at as usize) < read.packages.len()), "{format:?}");
        assert!(member.members.iter().all(|at| (*at as usize) < read.members.len()), "{format:?}");
    }
}

#[test]
fn hostile_texts_cost_little() {
    let bomb = "a: &a [x]\n".to_owned()
        + &(0..30)
            .map(|i| {
                format!(
                    "b{i}: &b{i} [*{0}, *{0}, *{0}]\n",
                    if i == 0 { "a".into() } else { format!("b{}", i - 1) }
                )
            })
            .collect::<String>();
    let texts = [
        "[".repeat(1 << 20),
        "{\"a\":".repeat(1 << 17),
        "<a>".repeat(1 << 17),
        "[[package]]\n".repeat(1 << 15),
        "\"".repeat(1 << 18),
        "$".repeat(1 << 18),
        "  \\\n".repeat(1 << 17),
        "(".repeat(1 << 18),
        format!("packages:\n  a@1:\n    resolution: x\n{bomb}"),
    ];
    for text in &texts {
        for format in ALL {
            is_sound(format, text);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_read(text in "\\PC{0,200}") {
        for format in ALL {
            is_sound(format, &text);
        }
    }

    #[test]
    fn any_text_of_their_words_is_read(words in prop::collection::vec(prop::sample::select(vec![
        "[[package]]\n", "[package]", "name = \"a\"\n", "version = \"1\"\n", "dependencies = [\"a\"]\n", "{", "}", "\"packages\":", "\"node_modules/a\":", ",", "[", "]",
        ":", "<project>", "</project>", "<dependency>", "<a", "/>", "${a}", "$(a)", "\n", "  ", "    ", "a@1:\n", "\"a@^1\", b@2:\n", "version \"1\"\n", "require (", ")", "=>",
        "a v1", "implementation", "(", "\"a:b:c\"", "libs.a", "GEM\n", "specs:\n", "a (1)\n", "-r x\n", "--hash=sha256:a", "\\\n", "# via a\n", "@", "é", "\u{feff}", "'", "&a ", "*a ", "- ",
    ]), 0..60)) {
        let text = words.concat();
        for format in ALL {
            is_sound(format, &text);
        }
    }
}
