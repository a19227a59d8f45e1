//! The scanner as a whole: the examples on the cards, keys in files of every sort, hostile texts, and that no value leaves.

use catalog::{Catalog, expand};
use collect::{Source as _, Tree};
use model::{Asset, Observations};
use proptest::prelude::*;

use super::*;

fn scan(files: &[(&str, &str)]) -> Observations {
    let catalog = Catalog::embedded();
    let texts = files.iter().map(|(path, text)| (*path, expand(text, "tests")));
    Secrets { catalog: &catalog, options: Options::default() }.observe(&Tree::of_texts(texts))
}

/// `rule in room name path:line:column-column`, for each place.
fn places(seen: &Observations) -> Vec<String> {
    let text = |node: Option<&model::Node>| node.and_then(|n| n.as_str()).unwrap_or("-").to_owned();
    let of = |asset: &Asset| {
        let rule = text(asset.document.get("rule"));
        let list = asset.document.get("places").and_then(|n| n.as_list().cloned()).unwrap_or_default();
        let line = |place: &model::Node| {
            let at = place.at.as_deref().unwrap();
            let (room, name) = (text(place.get("where")), text(place.get("name")));
            format!("{rule} in {room} {name} {at}-{}", at.end_column)
        };
        list.iter().map(line).collect::<Vec<_>>()
    };
    seen.assets.iter().flat_map(of).collect()
}

#[test]
fn the_examples_on_the_cards_are_found_and_not_found() {
    let catalog = Catalog::embedded();
    let scanner = Scanner::new(&catalog);
    let mut wrong = Vec::new();
    for (_, rule) in catalog.secret_rules() {
        let cases = rule.found.iter().map(|e| (e, true)).chain(rule.not_found.iter().map(|e| (e, false)));
        for (example, expected) in cases {
            let text = expand(example, &rule.id);
            let found = scanner.forms(&rule.example_path, text.as_bytes());
            if found.contains(&&*rule.id.text) != expected {
                wrong.push(format!("{}: {expected}, got {found:?} in {}", &*rule.id.text, &**example));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn keys_are_found_in_files_of_every_sort() {
    for (path, text, want) in [
        ("a.py", "client = Groq(api_key='gsk_{alnum:52}')", "groq-key in file api_key a.py:1:24-80"),
        (".env", "# é\nGROQ_API_KEY=gsk_{alnum:52}\n", "groq-key in file GROQ_API_KEY .env:2:14-70"),
        (
            "a.ipynb",
            "{\"cells\": [{\"outputs\": [\n{\"text\": [\"a\\ngsk_{alnum:52}\\n\"]}]}]}",
            "groq-key in notebook-output - a.ipynb:2:15-71",
        ),
        (
            "k.yaml",
            "env:\n- name: GROQ_KEY\n  value: \"gsk_{alnum:52}\"\n",
            "groq-key in file GROQ_KEY k.yaml:3:11-67",
        ),
        (
            ".cursor/mcp.json",
            "{\"env\": {\"GITHUB_TOKEN\": \"ghp_{alnum:36}\"}}",
            "github-token in agent-configuration GITHUB_TOKEN .cursor/mcp.json:1:27-67",
        ),
        (
            "main.tf",
            "variable \"k\" {\n  default = \"hf_{letter:34}\"\n}",
            "huggingface-token in file k main.tf:2:14-51",
        ),
        ("README.md", "Use `gsk_{alnum:52}`.", "groq-key in file Use README.md:1:6-62"),
        ("crlf.ini", "[a]\r\nkey = gsk_{alnum:52}\r\n", "groq-key in file key crlf.ini:2:7-63"),
    ] {
        assert_eq!(places(&scan(&[(path, text)])), [want], "{path}");
    }
}

#[test]
fn a_key_inside_base64_is_found_where_the_base64_stands() {
    use base64::Engine as _;
    let engine = base64::engine::general_purpose::STANDARD;
    for before in ["", ":", "{\"k\": \""] {
        let key = expand(&format!("{before}sk-ant-api03-{{url:93}}AA"), "b");
        let text = format!("data:\n  ANTHROPIC_KEY: {}\n", engine.encode(key));
        let got = places(&scan(&[("secret.yaml", &text)]));
        let here = got.len() == 1 && got[0].starts_with("anthropic-key in file ");
        assert!(here && got[0].contains(" secret.yaml:2:18-"), "{got:?}");
    }
}

#[test]
fn one_key_in_many_places_is_one_asset_and_opens_its_service() {
    let key = expand("{hex:32}", "shared");
    let text = format!("AzureOpenAI(azure_endpoint='https://my-ai.openai.azure.com', api_key='{key}')\n");
    let seen = scan(&[("a.py", &text), ("tests/b.py", &text), ("c.py", "key = 1")]);
    assert_eq!(seen.assets.len(), 1, "{:?}", places(&seen));
    let asset = &seen.assets[0];
    let hash = asset.document.get("hash").and_then(|n| n.as_str()).unwrap();
    assert_eq!(*asset.address, *format!("secret/azure-openai-key/{}", &hash[..8]));
    assert_eq!(asset.evidence.len(), 2);
    let json = serde_json::to_string(&asset.document).unwrap();
    let last4 = &key[28..];
    assert!(json.contains("\"host\":\"my-ai.openai.azure.com\"") && json.contains(last4), "{json}");
    assert!(!json.contains(&key) && !format!("{seen:?}").contains(&key), "the value leaves the scanner");
}

#[test]
fn the_salt_makes_hashes_of_two_organisations_differ() {
    let catalog = Catalog::embedded();
    let tree = Tree::of_texts([("a", expand("gsk_{alnum:52}", "s"))]);
    let hash = |salt: &str| {
        let options = Options { salt: salt.into(), history: false };
        let seen = Secrets { catalog: &catalog, options }.observe(&tree);
        seen.assets[0].address.clone()
    };
    assert_ne!(hash("a"), hash("b"));
    assert_eq!(hash("a"), hash("a"));
}

#[test]
fn what_is_no_text_is_passed_over() {
    let key = expand("gsk_{alnum:52}", "u");
    let catalog = Catalog::embedded();
    let source = Secrets { catalog: &catalog, options: Options::default() };
    let scanner = Scanner::new(&catalog);
    let file = |path: &str, bytes: Vec<u8>| source.file(&scanner, &path.into(), Ok(bytes));
    let with_zero = [b"\0".as_slice(), key.as_bytes()].concat();
    let silent = file("a", with_zero.clone());
    assert!(silent.keys.is_empty() && silent.note.is_none());
    assert_eq!(file("a.py", with_zero).note.unwrap().reason.unwrap(), "not text: it has a zero byte");
    let utf16: Vec<u8> =
        std::iter::once(0xfeff).chain(key.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert_eq!(file("a.ps1", utf16).keys.len(), 1);
    let unread = source.file(&scanner, &"a".into(), Err("larger than 1 bytes and not read".into()));
    assert_eq!(unread.note.unwrap().reason.unwrap(), "larger than 1 bytes and not read");
}

/// A repository with one commit that holds a key and a later one that does not, of loose objects.
fn committed(folder: &std::path::Path, old: &str, new: &str) {
    use sha1::Digest as _;
    use std::io::Write as _;
    let git = folder.join(".git");
    let write = |kind: &str, body: &[u8]| -> Vec<u8> {
        let whole = [format!("{kind} {}\0", body.len()).as_bytes(), body].concat();
        let id = sha1::Sha1::digest(&whole).to_vec();
        let name = hex(&id);
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(&whole).unwrap();
        let parent = git.join("objects").join(&name[..2]);
        std::fs::create_dir_all(&parent).unwrap();
        std::fs::write(parent.join(&name[2..]), packed.finish().unwrap()).unwrap();
        id
    };
    let mut parent = String::new();
    for (time, text) in [(1, old), (2, new)] {
        let tree = [b"100644 app.py\0".as_slice(), &write("blob", text.as_bytes())].concat();
        let tree = hex(&write("tree", &tree));
        let who = format!("A <a@example.org> {time} +0000");
        let commit = format!("tree {tree}\n{parent}author {who}\ncommitter {who}\n\nm\n");
        parent = format!("parent {}\n", hex(&write("commit", commit.as_bytes())));
    }
    std::fs::create_dir_all(git.join("refs/heads")).unwrap();
    std::fs::write(git.join("HEAD"), "ref: refs/heads/main\n").unwrap();
    std::fs::write(git.join("config"), "[core]\n\trepositoryformatversion = 0\n").unwrap();
    std::fs::write(git.join("refs/heads/main"), &parent["parent ".len()..]).unwrap();
    std::fs::write(folder.join("app.py"), new).unwrap();
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[test]
fn a_key_that_was_deleted_is_found_in_the_history() {
    let [gone, kept] = ["gone", "kept"].map(|seed| expand("gsk_{alnum:52}", seed));
    let folder = tempfile::tempdir().unwrap();
    let new = format!("b = '{kept}'\n");
    committed(folder.path(), &format!("a = 1\nkey = '{gone}'\n{new}"), &new);
    let catalog = Catalog::embedded();
    let tree = Tree::open(folder.path(), collect::Limits::default(), wants).unwrap();
    let options = Options { history: true, ..Options::default() };
    let seen = Secrets { catalog: &catalog, options }.observe(&tree);
    assert!(seen.coverage.is_empty(), "{:?}", seen.coverage);
    let of = |key: &str| seen.assets.iter().find(|a| a.name.ends_with(&key[key.len() - 4..])).unwrap();
    let past = |key: &str| {
        let history = of(key).document.get("history").unwrap().as_list().unwrap().clone();
        let shown = history.iter().map(|n| {
            let get = |name: &str| n.get(name).unwrap().display();
            format!("{}:{} in head {}", get("path"), get("line"), get("inHead"))
        });
        shown.collect::<Vec<_>>()
    };
    assert_eq!(past(&gone), ["app.py:2 in head false"]);
    assert_eq!(past(&kept), ["app.py:3 in head false", "app.py:1 in head true"]);
    assert!(of(&gone).document.get("places").is_none() && of(&kept).document.get("places").is_some());
    let evidence = serde_json::to_string(&of(&gone).evidence[0]).unwrap();
    let here = evidence.starts_with(r#"{"pointer":{"document":"git:"#);
    assert!(here && evidence.ends_with(r#":app.py","pointer":"line 2"}}"#), "{evidence}");
}

#[test]
fn hostile_texts_take_bounded_time() {
    let catalog = Catalog::embedded();
    let scanner = Scanner::new(&catalog);
    let words: String =
        catalog.secret_rules().flat_map(|(_, r)| r.keywords.iter().map(|k| format!("{} ", &**k))).collect();
    for piece in [
        "a1",
        "sk-",
        "eyJ",
        "openai secret=",
        "\\n",
        "-----BEGIN PRIVATE KEY-----",
        "c2stYW50LWFwaTAzL",
        "://a:b1@",
        "\"",
        &words,
    ] {
        let text = piece.repeat((1 << 20) / piece.len());
        let _ = scanner.scan("a.env", text.as_bytes());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_bytes_are_scanned(bytes in proptest::collection::vec(any::<u8>(), 0..400), word in 0..200_usize) {
        let catalog = Catalog::embedded();
        let scanner = Scanner::new(&catalog);
        let keywords: Vec<_> = catalog.secret_rules().flat_map(|(_, rule)| rule.keywords.iter()).collect();
        let keyword = keywords[word % keywords.len()].as_bytes();
        let text = [&bytes[..bytes.len() / 2], keyword, &bytes[bytes.len() / 2..]].concat();
        for found in scanner.scan("a.py", &text) {
            prop_assert!(found.span.end <= text.len());
        }
    }

    #[test]
    fn a_planted_key_is_found_wherever_it_stands(before in "(?s)[ -~\n]{0,300}", after in "(?s)[ -~\n]{0,300}") {
        let catalog = Catalog::embedded();
        let key = expand("sk-ant-api03-{url:93}AA", "planted");
        let text = format!("{before} {key} {after}");
        let found = Scanner::new(&catalog).scan("a.txt", text.as_bytes());
        prop_assert!(found.iter().any(|f| f.value == key.as_bytes()), "{text}");
    }
}
