//! Which files are looked into, and what a place in one is: its line and column, the output of a notebook, the
//! configuration of an agent, a test.

use std::ops::Range;
use std::sync::Arc;

use model::Position;

/// Endings of files that hold no text.
const BINARY: &str = " 7z a aac ai apk arrow avi avif bin bmp br bz2 cab ckpt class cur dat db deb dex dll dmg doc docx \
    dylib ear eot exe feather flac fst gguf gif gz h5 hdf5 heic icns ico iso jar jks joblib jpeg jpg \
    keras lib lz4 m4a mkv mlmodel mov mp3 mp4 mpeg msgpack msi node npy npz nupkg o obj odt ogg onnx orc \
    otf parquet pb pdb pdf pickle pkl png ppt pptx psd pt pth pyc pyd pyo rar rlib rpm safetensors so \
    spm sqlite sqlite3 swf tar tflite tgz tif tiff tokenizer ttf wasm wav webm webp whl wmv woff woff2 \
    xls xlsx xz zip zst ";

/// Endings of texts of which a zero byte is a surprise.
const TEXT: &str = " bicep cfg conf cs csv env go html ini ipynb java js json jsx kt md mjs properties ps1 py rb rs sh \
    sql tf tfvars toml ts tsx txt xml yaml yml ";

/// Lists of packages: they are made of digests.
const LOCK_FILES: &str = " bun.lock cargo.lock composer.lock conda-lock.yml flake.lock gemfile.lock go.sum gradle.lockfile \
    mix.lock module.bazel.lock npm-shrinkwrap.json package-lock.json packages.lock.json pdm.lock \
    pipfile.lock pnpm-lock.yaml poetry.lock pubspec.lock pylock.toml uv.lock yarn.lock \
    .terraform.lock.hcl ";

/// Files that clients of MCP servers and coding agents read.
const AGENT_FILES: &str = ".mcp.json mcp.json mcp.yaml mcp.yml mcp_config.json mcp-config.json mcp_settings.json \
    cline_mcp_settings.json claude_desktop_config.json agents.md claude.md gemini.md skill.md \
    copilot-instructions.md .cursorrules .windsurfrules .clinerules fastagent.secrets.yaml \
    mcp_agent.secrets.yaml fastagent.config.yaml mcp_agent.config.yaml librechat.yaml opencode.json";

/// Folders that they keep their settings in.
const AGENT_FOLDERS: &str = ".claude/ .cursor/ .codex/ .gemini/ .windsurf/ .continue/ .roo/ .kiro/ .amazonq/ \
    .junie/ .opencode/ .cline/";

/// Folders of tests.
const TEST_FOLDERS: &str =
    "test tests __tests__ testing testdata test-data fixtures __fixtures__ mocks __mocks__ spec specs e2e";

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether `word` is one of `words`, which stand between spaces; case does not matter.
fn among(words: &str, word: &str) -> bool {
    let mut rest = words.split_ascii_whitespace();
    !word.is_empty() && rest.any(|other| other.eq_ignore_ascii_case(word))
}

fn has_ending(path: &str, endings: &str) -> bool {
    let ending = name(path).rsplit_once('.').map_or("", |(_, ending)| ending);
    among(endings, ending)
}

/// Whether the walk should keep a file.
pub fn wants(path: &str) -> bool {
    !has_ending(path, BINARY) && !among(LOCK_FILES, name(path))
}

pub(super) fn is_text(path: &str) -> bool {
    has_ending(path, TEXT)
}

/// What a file is to whoever finds a key in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Room {
    File,
    NotebookOutput,
    AgentConfiguration,
}

impl Room {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Room::File => "file",
            Room::NotebookOutput => "notebook-output",
            Room::AgentConfiguration => "agent-configuration",
        }
    }

    /// What the place at `at` is in.
    pub(super) fn of(path: &str, text: &[u8], at: usize) -> Room {
        if is_agent_configuration(path) {
            Room::AgentConfiguration
        } else if path.ends_with(".ipynb") && in_outputs(text, at) {
            Room::NotebookOutput
        } else {
            Room::File
        }
    }
}

fn is_agent_configuration(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let file = name(&lower);
    let folder = |folder: &str| lower.starts_with(folder) || lower.contains(&format!("/{folder}"));
    among(AGENT_FILES, file) || AGENT_FOLDERS.split_ascii_whitespace().any(folder)
}

/// Whether a file is there for tests, whose keys are often made up.
pub(super) fn is_test(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let file = name(&lower);
    lower.rsplit('/').skip(1).any(|part| among(TEST_FOLDERS, part))
        || file.starts_with("test_")
        || file == "conftest.py"
        || [
            "_test.",
            ".test.",
            ".spec.",
            "_spec.",
            "_tests.",
            "tests.",
            "test_data",
            "testdata",
            "test_data",
            "testdata",
        ]
        .iter()
        .any(|part| file.contains(part))
}

/// Whether a place of a notebook is in the list of a cell's outputs. The notebook is read as JSON without its grammar: only
/// strings and brackets count.
fn in_outputs(text: &[u8], at: usize) -> bool {
    let mut depth = 0_usize;
    let mut inside: Option<usize> = None;
    let mut awaited = false;
    let mut i = 0;
    while i < at.min(text.len()) {
        match text[i] {
            b'"' => {
                let start = i + 1;
                i = start;
                while i < text.len() && text[i] != b'"' {
                    i += 1 + usize::from(text[i] == b'\\');
                }
                if i >= at {
                    break;
                }
                awaited = text.get(start..i) == Some(&b"outputs"[..]);
            }
            b'[' | b'{' => {
                depth += 1;
                if awaited && inside.is_none() && text[i] == b'[' {
                    inside = Some(depth);
                }
                awaited = false;
            }
            b']' | b'}' => {
                if inside == Some(depth) {
                    inside = None;
                }
                depth = depth.saturating_sub(1);
            }
            b',' => awaited = false,
            _ => {}
        }
        i += 1;
    }
    inside.is_some()
}

/// Lines and columns of places that are asked for in their order.
pub(super) struct Lines<'t> {
    text: &'t [u8],
    line: u32,
    start: usize,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t [u8]) -> Self {
        Lines { text, line: 1, start: 0 }
    }

    /// Line and column of `at`, which is not in a line before the place that was asked for last.
    fn place(&mut self, at: usize) -> (u32, u32) {
        let from = self.start;
        let mut breaks = 0;
        for end in memchr::memchr_iter(b'\n', &self.text[from.min(at)..at]) {
            breaks += 1;
            self.start = from + end + 1;
        }
        self.line += breaks;
        // A column counts characters: bytes but for those that continue one.
        let before = &self.text[self.start.min(at)..at];
        let column = before.iter().filter(|b| **b & 0xc0 != 0x80).count();
        (self.line, column as u32 + 1)
    }

    pub(super) fn span(&mut self, path: &Arc<str>, span: &Range<usize>) -> Position {
        let (line, column) = self.place(span.start);
        let (end_line, end_column) = self.place(span.end);
        Position { end_line, end_column, ..Position::point(path.clone(), line, column) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_and_names_tell_which_files_are_read() {
        for (path, wanted) in [
            ("a/b.py", true),
            (".env", true),
            ("Dockerfile", true),
            ("a.b/c", true),
            ("x.PNG", false),
            ("a/package-lock.json", false),
            ("a/Cargo.lock", false),
            ("x.averyveryverylongending", true),
        ] {
            assert_eq!(wants(path), wanted, "{path}");
        }
        assert!(is_text("a.YAML") && !is_text("a"));
    }

    #[test]
    fn what_a_file_is_shows_in_its_path() {
        for (path, agent, test) in [
            (".mcp.json", true, false),
            ("app/.cursor/mcp.json", true, false),
            ("my.cursor/x", false, false),
            ("src/test/A.java", false, true),
            ("pkg/a_test.go", false, true),
            ("test_a.py", false, true),
            ("latest/a.py", false, false),
        ] {
            assert_eq!((is_agent_configuration(path), is_test(path)), (agent, test), "{path}");
        }
    }

    #[test]
    fn outputs_of_notebooks_are_told_from_their_cells() {
        let text = br#"{"cells": [{"source": ["a\"b\\", "outputs"], "outputs": [{"text": ["c [d"]}], "more": "e"}]}"#;
        for (what, inside) in [("a", false), ("c [", true), ("d", true), ("e\"}", false)] {
            let what = what.replace('\\', "");
            let needle = if what == "a" { "\"a" } else { &what };
            let at = String::from_utf8_lossy(text).rfind(needle).unwrap() + usize::from(what == "a");
            assert_eq!(in_outputs(text, at), inside, "{what}");
        }
        assert!(!in_outputs(b"\"outputs\": [] x", 15) && in_outputs(b"\"outputs\": [ x", 14));
    }

    #[test]
    fn lines_and_columns_count_characters() {
        let text = "é = 1\nkey = \"ab\ncd\" # é x\n";
        let mut lines = Lines::new(text.as_bytes());
        let path: Arc<str> = "f".into();
        let mut at = |what: &str| {
            let start = text.find(what).unwrap();
            let p = lines.span(&path, &(start..start + what.len()));
            (p.line, p.column, p.end_line, p.end_column)
        };
        assert_eq!(at("1"), (1, 5, 1, 6));
        assert_eq!(at("ab\ncd"), (2, 8, 3, 3));
        assert_eq!(at("x"), (3, 9, 3, 10));
    }
}
