//! Package URLs: the one way to write which package of which registry is meant.
//!
//! The standard: <https://github.com/package-url/purl-spec/blob/main/docs/specification/standard/specification.md>;
//! what each type asks of its names: <https://github.com/package-url/purl-spec/tree/main/types>.

use super::{Ecosystem, Origin, Package, without_credentials};

/// The purl of a package as it was read, with the version and the place it comes from where they are known.
pub fn purl(package: &Package) -> String {
    let mut url = versionless(package.ecosystem, &package.name);
    if let Some(version) = &package.version {
        url.push('@');
        encode(version, &mut url);
    }
    match &package.source {
        Origin::Git { url: repository, revision } => {
            url.push_str("?vcs_url=");
            let mut location = String::new();
            if !repository.starts_with("git+") {
                location.push_str("git+");
            }
            location.push_str(&without_credentials(repository));
            if let Some(revision) = revision {
                location.push('@');
                location.push_str(revision);
            }
            encode(&location, &mut url);
        }
        Origin::Url(download) => {
            url.push_str("?download_url=");
            encode(&without_credentials(download), &mut url);
        }
        Origin::Registry(Some(registry)) => {
            url.push_str("?repository_url=");
            encode(&without_credentials(registry), &mut url);
        }
        Origin::Registry(None) | Origin::Path(_) => {}
    }
    url
}

/// The purl of any version of a package: what code that only imports it can say.
pub fn versionless(ecosystem: Ecosystem, name: &str) -> String {
    let mut name = normalised(ecosystem, name);
    if ecosystem == Ecosystem::Go {
        name = name.to_lowercase();
    }
    let mut url = format!("pkg:{ecosystem}/");
    let parts: Vec<&str> = match ecosystem {
        // The group of Maven is the namespace, and is no path.
        Ecosystem::Maven => name.splitn(2, ':').collect(),
        _ => name.split('/').filter(|part| !part.is_empty()).collect(),
    };
    for (index, part) in parts.into_iter().enumerate() {
        if index > 0 {
            url.push('/');
        }
        encode(part, &mut url);
    }
    url
}

/// A name as its registry compares names: the same text for the same package.
pub fn normalised(ecosystem: Ecosystem, name: &str) -> String {
    match ecosystem {
        Ecosystem::PyPi => python_name(name),
        Ecosystem::Conda => name.to_lowercase(),
        _ => name.to_owned(),
    }
}

/// Runs of `-`, `_` and `.` are one `-`, and case does not matter.
/// "Names and normalization", <https://packaging.python.org/en/latest/specifications/name-normalization/>.
fn python_name(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if text.ends_with('-') => {}
            '-' | '_' | '.' => text.push('-'),
            _ => text.extend(c.to_lowercase()),
        }
    }
    text
}

/// Everything but letters, digits, `.`, `-`, `_`, `~` and the colon is percent-encoded.
fn encode(text: &str, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' | b':' => {
                out.push(byte.into());
            }
            _ => {
                out.push('%');
                out.push(DIGITS[usize::from(byte >> 4)].into());
                out.push(DIGITS[usize::from(byte & 15)].into());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(ecosystem: Ecosystem, name: &str, version: &str, source: Origin) -> String {
        let version = (!version.is_empty()).then(|| version.into());
        purl(&Package { version, source, ..Package::new(ecosystem, name, crate::Span::default()) })
    }

    #[test]
    fn names_and_versions_are_written_as_the_standard_demands() {
        use Ecosystem::*;
        for (ecosystem, name, version, want) in [
            (PyPi, "Django_package", "1.11.1.dev1", "pkg:pypi/django-package@1.11.1.dev1"),
            (PyPi, "zope.interface", "", "pkg:pypi/zope-interface"),
            (PyPi, "torch", "2.1.0+cu118", "pkg:pypi/torch@2.1.0%2Bcu118"),
            (PyPi, "x", "1!2.0", "pkg:pypi/x@1%212.0"),
            (Npm, "@angular/animation", "12.3.1", "pkg:npm/%40angular/animation@12.3.1"),
            (Npm, "foobar", "12.3.1", "pkg:npm/foobar@12.3.1"),
            (Go, "github.com/Azure/azure-sdk", "v1.0.0", "pkg:golang/github.com/azure/azure-sdk@v1.0.0"),
            (Maven, "org.apache.commons:io", "1.3.4", "pkg:maven/org.apache.commons/io@1.3.4"),
            (Maven, "a:b", "1.0.0 Final", "pkg:maven/a/b@1.0.0%20Final"),
            (NuGet, "Azure.AI.OpenAI", "2.1.0", "pkg:nuget/Azure.AI.OpenAI@2.1.0"),
            (Cargo, "rand", "0.7.2", "pkg:cargo/rand@0.7.2"),
            (Gem, "ruby-openai", "7.0", "pkg:gem/ruby-openai@7.0"),
            (Conda, "absl-py", "0.4.1", "pkg:conda/absl-py@0.4.1"),
            (Npm, "naïve/ü", "", "pkg:npm/na%C3%AFve/%C3%BC"),
        ] {
            assert_eq!(of(ecosystem, name, version, Origin::default()), want);
        }
    }

    #[test]
    fn the_place_of_a_package_is_a_qualifier() {
        let git = Origin::Git {
            url: "git://host.com/path/to/repo.git".into(),
            revision: Some("4345abcd34343".into()),
        };
        let url = Origin::Url("https://user:word@e.org/a.tgz?x=1&y".into());
        for (source, want) in [
            (git, "pkg:npm/p@1?vcs_url=git%2Bgit:%2F%2Fhost.com%2Fpath%2Fto%2Frepo.git%404345abcd34343"),
            (url, "pkg:npm/p@1?download_url=https:%2F%2Fe.org%2Fa.tgz%3Fx%3D1%26y"),
            (Origin::Path("../p".into()), "pkg:npm/p@1"),
            (
                Origin::Registry(Some("https://npm.e.org".into())),
                "pkg:npm/p@1?repository_url=https:%2F%2Fnpm.e.org",
            ),
        ] {
            assert_eq!(of(Ecosystem::Npm, "p", "1", source), want);
        }
    }
}
