//! Text to bytes and back: base64, other character sets, compression, URLs and CSV. JSON and YAML have their own files.
//!
//! `base64gzip` gives what decompresses to the same text, but not the same bytes as Terraform: those depend on the
//! compressor.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use model::{Node, Value};

use super::limits;
use super::text::{known, map, normal, string};

type Result<T = Node> = std::result::Result<T, String>;

/// Line ends are skipped, padding is needed, and stray bits in the last character are let pass: as Go decodes.
pub(super) fn from_base64(text: &str) -> Result<Vec<u8>> {
    limits::text(text.len())?;
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
    );
    let text = text.replace(['\r', '\n'], "");
    LENIENT.decode(text).map_err(|e| format!("invalid base64: {e}").to_lowercase())
}

pub(super) fn to_base64(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

pub(super) fn base64encode(args: &[Node]) -> Result {
    string(to_base64(known(&args[0])))
}

pub(super) fn base64decode(args: &[Node]) -> Result {
    match String::from_utf8(from_base64(known(&args[0]))?) {
        Ok(text) => string(text),
        Err(_) => Err("the decoded bytes are not UTF-8".to_owned()),
    }
}

pub(super) fn base64gzip(args: &[Node]) -> Result {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let written = encoder.write_all(known(&args[0]).as_bytes()).and_then(|()| encoder.finish());
    string(to_base64(written.map_err(|e| format!("cannot compress: {e}"))?))
}

/// Every byte but those that a URL's query needs no escape for; a space becomes `+`.
pub(super) fn urlencode(args: &[Node]) -> Result {
    map(&args[0], |text| {
        let mut out = String::with_capacity(text.len());
        for byte in text.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                    out.push(char::from(byte));
                }
                b' ' => out.push('+'),
                _ => out.push_str(&format!("%{byte:02X}")),
            }
        }
        out
    })
}

/// The character sets that are read and written here, of the many that Terraform knows.
#[derive(Clone, Copy)]
enum Charset {
    Utf8,
    Utf16 { little: bool, mark: bool },
    Ascii,
    Latin1,
    Windows1252,
}

/// What Windows-1252 has at 0x80 to 0x9F; U+FFFD where it has nothing.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{fffd}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{fffd}', 'Ž', '\u{fffd}',
    '\u{fffd}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{fffd}', 'ž', 'Ÿ',
];

fn charset(name: &str) -> Option<Charset> {
    Some(match name.to_ascii_lowercase().as_str() {
        "utf-8" | "csutf8" => Charset::Utf8,
        "utf-16le" | "csutf16le" => Charset::Utf16 { little: true, mark: false },
        "utf-16be" | "csutf16be" => Charset::Utf16 { little: false, mark: false },
        "utf-16" | "csutf16" => Charset::Utf16 { little: false, mark: true },
        "us-ascii" | "us" | "ansi_x3.4-1968" | "iso646-us" | "csascii" => Charset::Ascii,
        "iso-8859-1" | "iso_8859-1:1987" | "iso_8859-1" | "latin1" | "l1" | "ibm819" | "cp819" => {
            Charset::Latin1
        }
        "windows-1252" | "cswindows1252" => Charset::Windows1252,
        _ => return None,
    })
}

impl Charset {
    fn encode(self, text: &str) -> Option<Vec<u8>> {
        let bytes = |units: &mut dyn Iterator<Item = u16>, little: bool| -> Vec<u8> {
            units.flat_map(|u| if little { u.to_le_bytes() } else { u.to_be_bytes() }).collect()
        };
        let single = |of: &dyn Fn(char) -> Option<u8>| text.chars().map(of).collect::<Option<Vec<u8>>>();
        match self {
            Charset::Utf8 => Some(text.as_bytes().to_vec()),
            Charset::Utf16 { little, mark } => {
                let mark = mark.then_some(0xFEFF);
                Some(bytes(&mut mark.into_iter().chain(text.encode_utf16()), little))
            }
            Charset::Ascii => text.is_ascii().then(|| text.as_bytes().to_vec()),
            Charset::Latin1 => single(&|c| u8::try_from(u32::from(c)).ok()),
            Charset::Windows1252 => single(&|c| match u8::try_from(u32::from(c)) {
                Ok(byte) if !(0x80..0xA0).contains(&byte) => Some(byte),
                _ => WINDOWS_1252.iter().position(|w| *w == c && c != '\u{fffd}').map(|at| 0x80 + at as u8),
            }),
        }
    }

    fn decode(self, bytes: &[u8]) -> Option<String> {
        match self {
            Charset::Utf8 => String::from_utf8(bytes.to_vec()).ok(),
            Charset::Utf16 { little, mark } => {
                let (bytes, little) = match bytes {
                    [0xFE, 0xFF, rest @ ..] if mark => (rest, false),
                    [0xFF, 0xFE, rest @ ..] if mark => (rest, true),
                    bytes => (bytes, little),
                };
                let (pairs, []) = bytes.as_chunks() else { return None };
                let unit = |pair: &[u8; 2]| {
                    if little { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) }
                };
                char::decode_utf16(pairs.iter().map(unit)).collect::<std::result::Result<_, _>>().ok()
            }
            Charset::Ascii => bytes.is_ascii().then(|| bytes.iter().map(|b| char::from(*b)).collect()),
            Charset::Latin1 => Some(bytes.iter().map(|b| char::from(*b)).collect()),
            Charset::Windows1252 => bytes
                .iter()
                .map(|b| match b {
                    0x80..=0x9F => Some(WINDOWS_1252[usize::from(b - 0x80)]).filter(|c| *c != '\u{fffd}'),
                    b => Some(char::from(*b)),
                })
                .collect(),
        }
    }
}

fn other_charset(name: &str) -> Node {
    Node::unknown(format!("the character encoding {name:.40?} is not evaluated"))
}

pub(super) fn textencodebase64(args: &[Node]) -> Result {
    let name = known(&args[1]);
    let Some(charset) = charset(name) else { return Ok(other_charset(name)) };
    let bytes = charset.encode(known(&args[0]));
    string(to_base64(bytes.ok_or_else(|| format!("the text has characters that {name} does not have"))?))
}

pub(super) fn textdecodebase64(args: &[Node]) -> Result {
    let name = known(&args[1]);
    let bytes = from_base64(known(&args[0]))?;
    let Some(charset) = charset(name) else { return Ok(other_charset(name)) };
    string(charset.decode(&bytes).ok_or_else(|| format!("the bytes are not text in {name}"))?)
}

/// A list of maps, one for each line after the header.
pub(super) fn csvdecode(args: &[Node]) -> Result {
    let text = known(&args[0]);
    check_quotes(text)?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let mut records = reader.records();
    let fault = |e: csv::Error| match e.kind() {
        csv::ErrorKind::UnequalLengths { pos, .. } => {
            format!("wrong number of fields on line {}", pos.as_ref().map_or(0, csv::Position::line))
        }
        _ => "invalid CSV".to_owned(),
    };
    let header = records.next().ok_or_else(|| "the header line is missing".to_owned())?.map_err(fault)?;
    let names: Vec<Arc<str>> = header.iter().map(normal).collect();
    let mut seen = BTreeSet::new();
    if let Some(twice) = names.iter().find(|name| !seen.insert((*name).clone())) {
        return Err(format!("two columns are named {twice:?}"));
    }
    let (mut rows, mut count) = (Vec::new(), 0);
    for record in records {
        let record = record.map_err(fault)?;
        count += names.len();
        limits::items(count)?;
        let fields = names.iter().cloned().zip(record.iter().map(|f| Node::from(normal(f))));
        rows.push(Value::map(fields.collect::<BTreeMap<_, _>>()).into());
    }
    Ok(Value::list(rows).into())
}

/// A quote may only open and close a field, or be doubled inside one. The reader would let more pass.
fn check_quotes(text: &str) -> Result<()> {
    let (mut quoted, mut at_start, mut line) = (false, true, 1);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        line += usize::from(c == '\n');
        match c {
            '"' if quoted => match chars.peek() {
                Some('"') => _ = chars.next(),
                Some(',' | '\n' | '\r') | None => quoted = false,
                Some(_) => return Err(format!("a quoted field goes on after its quote on line {line}")),
            },
            _ if quoted => {}
            '"' if at_start => quoted = true,
            '"' => return Err(format!("a quote inside an unquoted field on line {line}")),
            _ => {}
        }
        at_start = !quoted && matches!(c, ',' | '\n' | '\r');
    }
    if quoted { Err(format!("a quoted field does not end, on line {line}")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::terraform::functions::testing::{NoFiles, check, partly};
    use crate::terraform::functions::{call, render_json};

    #[test]
    fn encodings() {
        check(&[
            ("base64encode", vec!["héllo".into()], r#""aMOpbGxv""#),
            ("base64encode", vec![partly("a", "")], "unknown: later"),
            ("base64decode", vec!["aGVs\nbG9=".into()], r#""hello""#),
            ("base64decode", vec!["aGVsbG8".into()], "error: invalid base64: invalid padding"),
            ("base64decode", vec!["/w==".into()], "error: the decoded bytes are not UTF-8"),
            ("textencodebase64", vec!["hé".into(), "UTF-16LE".into()], r#""aADpAA==""#),
            ("textencodebase64", vec!["hé".into(), "UTF-16".into()], r#""/v8AaADp""#),
            ("textencodebase64", vec!["hé€".into(), "windows-1252".into()], r#""aOmA""#),
            (
                "textencodebase64",
                vec!["é".into(), "US-ASCII".into()],
                "error: the text has characters that US-ASCII does not have",
            ),
            (
                "textencodebase64",
                vec!["é".into(), "KOI8-R".into()],
                "unknown: the character encoding \"KOI8-R\" is not evaluated",
            ),
            ("textdecodebase64", vec!["gA==".into(), "windows-1252".into()], r#""€""#),
            (
                "textdecodebase64",
                vec!["ANg=".into(), "UTF-16LE".into()],
                "error: the bytes are not text in UTF-16LE",
            ),
            ("urlencode", vec!["a b&é~*".into()], r#""a+b%26%C3%A9~%2A""#),
            ("urlencode", vec![partly("a b/", "")], "a+b%2F${? later}"),
        ]);
    }

    #[test]
    fn csv_is_read_as_go_reads_it() {
        let csv = |text: &'static str, want| ("csvdecode", vec![text.into()], want);
        check(&[
            csv("a,b\n\"x,\"\"y\",\n", r#"[{"a":"x,\"y","b":""}]"#),
            csv("a\r\n\r\n1\r\n", r#"[{"a":"1"}]"#),
            csv("a,b\n", "[]"),
            csv("", "error: the header line is missing"),
            csv("a,a\n1,2\n", "error: two columns are named \"a\""),
            csv("a,b\n1,2,3\n", "error: wrong number of fields on line 2"),
            csv("a\nx\"y", "error: a quote inside an unquoted field on line 2"),
            csv("a\n\"x\"y", "error: a quoted field goes on after its quote on line 2"),
            csv("a\n\"x", "error: a quoted field does not end, on line 2"),
        ]);
    }

    proptest! {
        #[test]
        fn decoding_undoes_encoding(text in "\\PC{0,40}") {
            let text: Node = normal(&text).into();
            for (there, back, with) in [
                ("base64encode", "base64decode", None),
                ("textencodebase64", "textdecodebase64", Some("UTF-16LE")),
                ("jsonencode", "jsondecode", None),
                ("yamlencode", "yamldecode", None),
            ] {
                let args = |node: Node| [node].into_iter().chain(with.map(Node::from)).collect::<Vec<_>>();
                let encoded = call(there, &args(text.clone()), &NoFiles).unwrap();
                let decoded = call(back, &args(encoded), &NoFiles).unwrap();
                prop_assert_eq!(render_json(&decoded), render_json(&text), "{}", there);
            }
        }
    }
}
