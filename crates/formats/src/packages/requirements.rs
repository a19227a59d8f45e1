//! pip's requirements files, and what `pip-compile` and `uv` write in their comments.
//! "Requirements File Format", <https://pip.pypa.io/en/stable/reference/requirements-file-format/>.

use super::lines::lines;
use super::requirement::requirement;
use super::{Contents, Ecosystem, Include, Origin, Package, Registry, hex_hash};
use crate::Span;

/// Lines that one requirement may go over.
const MAX_CONTINUED: usize = 2_000;

pub(super) fn list(text: &str) -> Contents {
    let mut reader = Reader::default();
    let mut logical = String::new();
    let mut span: Option<Span> = None;
    let mut continued = 0;
    for line in lines(text) {
        let content = line.text;
        if span.is_none() && content.trim_start().starts_with('#') {
            reader.comment(content.trim_start().trim_start_matches('#'));
            continue;
        }
        // A comment within a continued line ends that piece of it.
        let piece = without_comment(content);
        let (piece, more) = match piece.trim_end().strip_suffix('\\') {
            Some(piece) if continued < MAX_CONTINUED => (piece, true),
            _ => (piece, false),
        };
        let here = line.span(piece.trim());
        span = Some(span.map_or(here, |span| span));
        logical.push_str(piece);
        logical.push(' ');
        if more {
            continued += 1;
            continue;
        }
        if !logical.trim().is_empty() {
            reader.line(logical.trim(), span.unwrap_or(here));
        }
        if let Some((_, comment)) = content.split_once(" #") {
            reader.comment(comment);
        }
        logical.clear();
        (span, continued) = (None, 0);
    }
    if !logical.trim().is_empty() {
        reader.line(logical.trim(), span.unwrap_or_default());
    }
    reader.finish()
}

/// A `#` at the start or behind a blank begins a comment.
fn without_comment(line: &str) -> &str {
    let begins = |at: &usize| *at == 0 || line[..*at].ends_with([' ', '\t']);
    line.match_indices('#').map(|(at, _)| at).find(begins).map_or(line, |at| &line[..at])
}

#[derive(Default)]
struct Reader {
    contents: Contents,
    /// The package that comments speak of.
    last: Option<u32>,
    in_via: bool,
    /// Package, and the name of one that it is needed by.
    via: Vec<(u32, String)>,
}

impl Reader {
    fn line(&mut self, text: &str, span: Span) {
        (self.last, self.in_via) = (None, false);
        let (option, value) = option(text);
        match option {
            "-r" | "--requirement" => self.include(value, false, span),
            "-c" | "--constraint" => self.include(value, true, span),
            "-i" | "--index-url" | "--pypi-url" => self.registry(value, false, span),
            "--extra-index-url" => self.registry(value, true, span),
            "-f" | "--find-links" => {}
            "-e" | "--editable" => self.located(value, span),
            "" => self.package(text, span),
            _ => {}
        }
    }

    fn include(&mut self, path: &str, constraints: bool, span: Span) {
        if !path.is_empty() && !path.contains("://") {
            self.contents.includes.push(Include { path: path.into(), constraints, span });
        } else if !path.is_empty() {
            self.contents.complain(span, "requirements at an address are not read");
        }
    }

    fn registry(&mut self, url: &str, extra: bool, span: Span) {
        if !url.is_empty() {
            self.contents.registries.push(Registry { url: url.into(), extra, span });
        }
    }

    /// Something named by where it is: an address or a folder.
    fn located(&mut self, text: &str, span: Span) {
        let text = text.trim_matches(['"', '\'']);
        let egg = text.split_once("#egg=").map(|(_, egg)| egg.split(['&', '[']).next().unwrap_or(egg));
        if let Some((name, url)) = text.split_once(" @ ") {
            return self.package(&format!("{name} @ {url}"), span);
        }
        if !text.contains("://") {
            // The application itself, or one beside it.
            return;
        }
        let source = Origin::of_url(text);
        let address = text.split(['#', '?']).next().unwrap_or(text);
        let name = egg.or_else(|| name_in_address(address, &source));
        match name {
            Some(name) => {
                let mut package = Package::new(Ecosystem::PyPi, name, span);
                (package.direct, package.source) = (Some(true), source);
                self.last = self.contents.add(package);
            }
            None => self.contents.complain(span, "the address does not tell the package's name"),
        }
    }

    fn package(&mut self, text: &str, span: Span) {
        let hashes = text.match_indices("--hash").map(|(at, option)| {
            let rest = text[at + option.len()..].trim_start_matches(['=', ' ']);
            rest.split_ascii_whitespace().next().unwrap_or_default()
        });
        let hashes: Vec<&str> = hashes.collect();
        let bare = text.split(" --").next().unwrap_or(text).trim();
        if bare.starts_with(['.', '/', '~']) || bare.ends_with(".whl") && !bare.contains("://") {
            return; // a file or folder beside it
        }
        let first = bare.split([' ', '@', '=', '<', '>', ';', '[']).next().unwrap_or(bare);
        if first.contains("://") || bare.starts_with("git+") {
            return self.located(bare, span);
        }
        match requirement(bare, span) {
            Some(mut package) => {
                hashes.iter().for_each(|hash| package.hash(hex_hash(hash)));
                self.last = self.contents.add(package);
            }
            None => self.contents.complain(span, "not a requirement"),
        }
    }

    /// `# via openai`, or `# via` with the names on the lines after it.
    fn comment(&mut self, comment: &str) {
        let comment = comment.trim();
        let Some(package) = self.last else { return };
        let names = match comment.strip_prefix("via") {
            Some(names) if names.is_empty() || names.starts_with(' ') => {
                self.in_via = true;
                names
            }
            _ if self.in_via => comment,
            _ => return,
        };
        for name in names.split(',').map(str::trim).filter(|n| !n.is_empty()) {
            self.via.push((package, name.to_owned()));
        }
    }

    /// What is there only by way of another is not asked for directly.
    fn finish(mut self) -> Contents {
        let index = self.contents.by_name();
        let mut by_another = vec![None; self.contents.packages.len()];
        for (package, via) in self.via {
            let asked = via.starts_with("-r ") || via.starts_with("-c ") || via.contains('(');
            let slot = &mut by_another[package as usize];
            if via.starts_with("-c ") {
                continue;
            }
            *slot = Some(slot.unwrap_or(true) && !asked);
            let name = via.split(['[', ' ']).next().unwrap_or(&via);
            let needing = index.get(&*super::normalised(Ecosystem::PyPi, name));
            if let Some(needing) = needing.and_then(|found| found.first()).filter(|_| !asked) {
                self.contents.packages[*needing as usize].needs.push(package);
            }
        }
        for (package, by_another) in self.contents.packages.iter_mut().zip(by_another) {
            if let Some(by_another) = by_another {
                package.direct = Some(!by_another);
            }
        }
        self.contents
    }
}

/// `--option=value`, `-r value`, `-rvalue`; an empty option for what is none.
fn option(text: &str) -> (&str, &str) {
    if let Some(short) = ["-r", "-c", "-e", "-i", "-f"].iter().find(|o| text.starts_with(**o)) {
        return (short, text[2..].trim());
    }
    if !text.starts_with("--") {
        return if text.starts_with('-') { ("-", text) } else { ("", text) };
    }
    let end = text.find(['=', ' ']).unwrap_or(text.len());
    (&text[..end], text[end..].trim_start_matches(['=', ' ']).trim())
}

/// The name in a wheel's file name, or of the repository.
fn name_in_address<'a>(address: &'a str, source: &Origin) -> Option<&'a str> {
    let file = address.trim_end_matches('/').rsplit('/').next()?;
    match source {
        Origin::Git { .. } => {
            let name = file.split('@').next()?.trim_end_matches(".git");
            (!name.is_empty()).then_some(name)
        }
        _ => file.strip_suffix(".whl")?.split('-').next().filter(|name| !name.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requirements_file_is_read() {
        let text = "# first\n-r base.txt\n--constraint=c.txt\n--extra-index-url https://pip.e.org/simple\n\
                    openai==1.2.3 \\\n    --hash=sha256:AB12 \\\n    --hash=sha256:cd34\n\
                    torch>=2 ; sys_platform == 'linux' # heavy\n-e .\n./local\n\
                    -e git+https://e.org/a/agentkit.git@main#egg=agent_kit\n\
                    https://e.org/f/mytool-1.0-py3-none-any.whl\n?!\n";
        let read = list(text);
        let names: Vec<&str> = read.packages.iter().map(|p| &*p.name).collect();
        assert_eq!(names, ["openai", "torch", "agent-kit", "mytool"]);
        assert_eq!(read.packages[0].hashes, ["sha256:ab12".into(), "sha256:cd34".into()]);
        assert_eq!(&text[read.packages[1].span.start as usize..][..5], "torch");
        let git = Origin::Git { url: "https://e.org/a/agentkit.git".into(), revision: Some("main".into()) };
        assert_eq!(read.packages[2].source, git);
        let includes: Vec<_> = read.includes.iter().map(|i| (&*i.path, i.constraints)).collect();
        assert_eq!(includes, [("base.txt", false), ("c.txt", true)]);
        assert!(read.registries[0].extra);
        assert_eq!(read.problems.len(), 1, "{:?}", read.problems);
    }

    #[test]
    fn comments_of_compilers_say_what_needs_what() {
        let text = "anyio==4.0\n    # via\n    #   httpx\n    #   openai\nhttpx==0.27\n    # via openai\n\
                    openai==1.2\n    # via -r requirements.in\nidna==3  # via anyio, httpx\n";
        let read = list(text);
        let direct: Vec<_> = read.packages.iter().map(|p| p.direct).collect();
        assert_eq!(direct, [Some(false), Some(false), Some(true), Some(false)]);
        let needs: Vec<_> = read.packages.iter().map(|p| p.needs.clone()).collect();
        assert_eq!(needs, [vec![3], vec![0, 3], vec![0, 1], vec![]]);
    }
}
