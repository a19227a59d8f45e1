//! Functions of files and paths. Files are reached only through [`Files`]; no path is resolved on this machine.

use globset::GlobBuilder;
use model::{Node, Piece, Value};

use super::encoding::to_base64;
use super::hash::Hash;
use super::text::{joined, pieces, string, unknown_because};
use super::{Files, WORKING_FOLDER, limits};

type Result<T = Node> = std::result::Result<T, String>;

const HOME: &str = "the home folder of whoever runs Terraform";

/// A path to read, relative to the folder that Terraform runs in: what is below that folder need not name it.
fn path(node: &Node) -> std::result::Result<String, Node> {
    let relative = |pieces: &[Piece]| match pieces {
        [Piece::Hole { reason, .. }] if &**reason == WORKING_FOLDER => Some(".".to_owned()),
        [Piece::Hole { reason, .. }, Piece::Text(rest)] if &**reason == WORKING_FOLDER => {
            rest.strip_prefix('/').map(|r| if r.is_empty() { ".".to_owned() } else { r.to_owned() })
        }
        _ => None,
    };
    match &node.value {
        Value::String(text) if &**text == "~" || text.starts_with("~/") => Err(Node::unknown(HOME)),
        Value::String(text) => Ok(text.to_string()),
        _ => pieces(node).ok().and_then(|p| relative(&p)).ok_or_else(|| unknown_because(node)),
    }
}

fn with_bytes(args: &[Node], files: &dyn Files, then: impl Fn(Vec<u8>) -> Result) -> Result {
    match path(&args[0]) {
        Ok(path) => then(files.read(&path)?),
        Err(unknown) => Ok(unknown),
    }
}

pub(super) fn file(args: &[Node], files: &dyn Files) -> Result {
    with_bytes(args, files, |bytes| match String::from_utf8(bytes) {
        Ok(text) => string(text),
        Err(_) => Err("the file is not UTF-8 text".to_owned()),
    })
}

pub(super) fn filebase64(args: &[Node], files: &dyn Files) -> Result {
    with_bytes(args, files, |bytes| string(to_base64(bytes)))
}

pub(super) fn filemd5(args: &[Node], files: &dyn Files) -> Result {
    with_bytes(args, files, |bytes| Hash::Md5.of(&bytes))
}

pub(super) fn filesha1(args: &[Node], files: &dyn Files) -> Result {
    with_bytes(args, files, |bytes| Hash::Sha1.of(&bytes))
}

pub(super) fn filesha256(args: &[Node], files: &dyn Files) -> Result {
    with_bytes(args, files, |bytes| Hash::Sha256.of(&bytes))
}

pub(super) fn filesha512(args: &[Node], files: &dyn Files) -> Result {
    with_bytes(args, files, |bytes| Hash::Sha512.of(&bytes))
}

pub(super) fn filebase64sha256(args: &[Node], files: &dyn Files) -> Result {
    with_bytes(args, files, |bytes| Hash::Sha256Base64.of(&bytes))
}

pub(super) fn filebase64sha512(args: &[Node], files: &dyn Files) -> Result {
    with_bytes(args, files, |bytes| Hash::Sha512Base64.of(&bytes))
}

pub(super) fn fileexists(args: &[Node], files: &dyn Files) -> Result {
    match path(&args[0]) {
        Ok(path) => Ok(files.exists(&path)?.into()),
        Err(unknown) => Ok(unknown),
    }
}

/// The files below a folder whose path from there matches a pattern: `*` stays inside one folder, `**` does not.
pub(super) fn fileset(args: &[Node], files: &dyn Files) -> Result {
    let folder = match path(&args[0]) {
        Ok(folder) => folder,
        Err(unknown) => return Ok(unknown),
    };
    let Value::String(pattern) = &args[1].value else { return Ok(unknown_because(&args[1])) };
    // The part before the first wildcard only names the folder to look in.
    let fixed = pattern.find(['*', '?', '[', '{', '\\']).unwrap_or(pattern.len());
    let (below, pattern) = match pattern[..fixed].rfind('/') {
        Some(at) => (&pattern[..at], &pattern[at + 1..]),
        None => ("", &**pattern),
    };
    let glob = GlobBuilder::new(pattern).literal_separator(true).backslash_escape(true).build();
    let glob = glob.map_err(|e| format!("invalid pattern: {}", e.kind()))?.compile_matcher();
    let names = files.list(&clean(&format!("{folder}/{below}")))?;
    limits::items(names.len())?;
    let matching = names.into_iter().filter(|name| glob.is_match(name));
    let mut found: Vec<String> = matching
        .map(|name| if below.is_empty() { name } else { clean(&format!("{below}/{name}")) })
        .collect();
    found.sort();
    found.dedup();
    Ok(Value::list(found.into_iter().map(string).collect::<Result<_>>()?).into())
}

/// The shortest path that names the same place, as Go has it.
pub(super) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(last) if *last != ".." => _ = parts.pop(),
                _ if rooted => {}
                _ => parts.push(".."),
            },
            part => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

fn base(path: &str) -> &str {
    match path.trim_end_matches('/') {
        "" if path.is_empty() => ".",
        "" => "/",
        path => path.rsplit('/').next().unwrap_or(path),
    }
}

/// The last part decides, so the text before it need not be known.
pub(super) fn basename(args: &[Node]) -> Result {
    match &args[0].value {
        Value::String(path) => string(base(path)),
        Value::Template(pieces) => match pieces.last() {
            Some(Piece::Text(end)) if end.trim_end_matches('/').contains('/') => string(base(end)),
            _ => Ok(unknown_because(&args[0])),
        },
        _ => Ok(unknown_because(&args[0])),
    }
}

/// Of partly known text only what stands before the last slash is needed.
pub(super) fn dirname(args: &[Node]) -> Result {
    match &args[0].value {
        Value::String(path) => string(clean(path.rfind('/').map_or("", |at| &path[..=at]))),
        Value::Template(pieces) => match &**pieces {
            [Piece::Hole { .. }, Piece::Text(end)] if end.starts_with('/') => {
                let folder = clean(end.rfind('/').map_or("", |at| &end[..=at]));
                let folder = if folder == "/" { String::new() } else { folder };
                joined(vec![pieces[0].clone(), Piece::Text(folder.into())])
            }
            _ => Ok(unknown_because(&args[0])),
        },
        _ => Ok(unknown_because(&args[0])),
    }
}

/// A relative path becomes text that begins with the folder that Terraform runs in, which is not known.
pub(super) fn abspath(args: &[Node]) -> Result {
    match &args[0].value {
        Value::String(path) if path.starts_with('/') => string(clean(path)),
        Value::String(path) => {
            let path = clean(path);
            if path.starts_with("..") {
                return Ok(Node::unknown(WORKING_FOLDER));
            }
            let rest = if path == "." { String::new() } else { format!("/{path}") };
            let folder = Piece::Hole { reason: WORKING_FOLDER.into(), from: None };
            joined(vec![folder, Piece::Text(rest.into())])
        }
        Value::Template(pieces) => match &**pieces {
            [Piece::Hole { reason, .. }, ..] if &**reason == WORKING_FOLDER => Ok(args[0].clone()),
            _ => Ok(unknown_because(&args[0])),
        },
        _ => Ok(unknown_because(&args[0])),
    }
}

pub(super) fn pathexpand(args: &[Node]) -> Result {
    match &args[0].value {
        Value::String(path) => match path.strip_prefix('~') {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => {
                let rest = if rest.is_empty() { String::new() } else { clean(rest) };
                joined(vec![Piece::Hole { reason: HOME.into(), from: None }, Piece::Text(rest.into())])
            }
            Some(_) => Err("the home folder of a named user cannot be expanded".to_owned()),
            None => Ok(path.clone().into()),
        },
        Value::Template(pieces) => match pieces.first() {
            Some(Piece::Text(text)) if !text.starts_with('~') => Ok(args[0].clone()),
            Some(Piece::Hole { reason, .. }) if &**reason == WORKING_FOLDER => Ok(args[0].clone()),
            _ => Ok(unknown_because(&args[0])),
        },
        _ => Ok(unknown_because(&args[0])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terraform::functions::call;
    use crate::terraform::functions::testing::{check, partly, shown};

    struct Folder;

    impl Files for Folder {
        fn read(&self, path: &str) -> std::result::Result<Vec<u8>, String> {
            match path {
                "a.txt" => Ok(b"hello".to_vec()),
                "b.bin" => Ok(vec![0xFF]),
                _ => Err(format!("no file exists at {path:?}")),
            }
        }
        fn exists(&self, path: &str) -> std::result::Result<bool, String> {
            Ok(path == "a.txt")
        }
        fn list(&self, folder: &str) -> std::result::Result<Vec<String>, String> {
            Ok(match folder {
                "." => vec!["b/c.tf", "a.txt", "b/d/e.tf", ".hidden"],
                "b" => vec!["d/e.tf", "c.tf"],
                _ => vec![],
            }
            .into_iter()
            .map(str::to_owned)
            .collect())
        }
    }

    #[test]
    fn files() {
        let hole = |rest: &str| call("abspath", &[rest.into()], &Folder).unwrap();
        for (function, args, want) in [
            ("file", vec!["a.txt".into()], r#""hello""#),
            ("file", vec![hole("x/../a.txt")], r#""hello""#),
            ("file", vec!["b.bin".into()], "error: the file is not UTF-8 text"),
            ("file", vec!["nope".into()], "error: no file exists at \"nope\""),
            ("file", vec!["~/x".into()], "unknown: the home folder of whoever runs Terraform"),
            ("file", vec![partly("x", "")], "unknown: later"),
            ("filebase64", vec!["b.bin".into()], r#""/w==""#),
            ("filemd5", vec!["a.txt".into()], r#""5d41402abc4b2a76b9719d911017c592""#),
            ("fileexists", vec!["a.txt".into()], "true"),
            ("fileset", vec![".".into(), "*".into()], r#"[".hidden","a.txt"]"#),
            ("fileset", vec![".".into(), "**/*.tf".into()], r#"["b/c.tf","b/d/e.tf"]"#),
            ("fileset", vec![".".into(), "b/**".into()], r#"["b/c.tf","b/d/e.tf"]"#),
            ("fileset", vec!["x".into(), "../b/*.{tf,txt}".into()], r#"["../b/c.tf"]"#),
            (
                "fileset",
                vec![".".into(), "[".into()],
                "error: invalid pattern: unclosed character class; missing ']'",
            ),
        ] {
            assert_eq!(shown(call(function, &args, &Folder)), want, "{function} {args:?}");
        }
    }

    #[test]
    fn paths() {
        check(&[
            ("basename", vec!["a/b/".into()], r#""b""#),
            ("basename", vec!["".into()], r#"".""#),
            ("basename", vec![partly("a/", "/c.txt")], r#""c.txt""#),
            ("basename", vec![partly("a/", "c.txt")], "unknown: later"),
            ("dirname", vec!["a//b/../c/d".into()], r#""a/c""#),
            ("dirname", vec!["/a".into()], r#""/""#),
            ("dirname", vec![partly("", "/b/c.txt")], "${a.b.name}/b"),
            ("abspath", vec!["/a/../b/./c/".into()], r#""/b/c""#),
            ("abspath", vec!["x/./y".into()], "${? the folder that Terraform runs in}/x/y"),
            ("pathexpand", vec!["~/x".into()], "${? the home folder of whoever runs Terraform}/x"),
            ("pathexpand", vec!["~u/x".into()], "error: the home folder of a named user cannot be expanded"),
            ("pathexpand", vec!["x/~".into()], r#""x/~""#),
        ]);
    }
}
