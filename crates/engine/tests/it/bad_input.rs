//! What no honest repository holds: each fault ends in a note that names its place, and what stands beside it is still
//! found. Nothing here may take long, take much memory or end the run.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use engine::{Catalog, Request};
use model::{Snapshot, Status};

/// The sibling that every scan must still find, and find wanting.
const GOOD: &str = r#"resource "aws_sagemaker_notebook_instance" "good" { name = "good" }"#;

type File<'f> = (&'f str, Vec<u8>);

fn file(path: &str, text: impl Into<Vec<u8>>) -> File<'_> {
    (path, text.into())
}

/// A notebook with these arguments.
fn notebook(name: &str, arguments: &str) -> String {
    format!("resource \"aws_sagemaker_notebook_instance\" \"{name}\" {{\n{arguments}\n}}\n")
}

fn folder_of(files: &[File<'_>]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

/// Scans `folder` with the good sibling in it.
fn scan(folder: &Path) -> Snapshot {
    fs::write(folder.join("good.tf"), GOOD).unwrap();
    let request = Request { root: folder.to_owned(), ..Request::default() };
    let snapshot = engine::scan(&request, &Catalog::embedded()).unwrap();
    let address = "aws_sagemaker_notebook_instance.good";
    let good = snapshot.assets.iter().find(|a| &*a.address == address);
    assert_eq!(good.map(|a| &*a.name), Some("good"), "{:#?}", notes(&snapshot));
    let verdicts = snapshot.outcomes.iter().filter(|o| &*o.address == address);
    assert!(verdicts.into_iter().any(|o| o.status == Status::Fail), "nothing is said of the sibling");
    snapshot
}

fn scan_of(files: &[File<'_>]) -> Snapshot {
    scan(folder_of(files).path())
}

/// `place: reason` of everything that was not simply read.
fn notes(snapshot: &Snapshot) -> Vec<String> {
    snapshot.coverage.iter().filter_map(|c| Some(format!("{}: {}", c.path, c.reason.as_deref()?))).collect()
}

/// Asserts one note at each place with these words, in any order.
fn assert_notes(case: &str, snapshot: &Snapshot, expected: &[(&str, &str)]) {
    let notes = notes(snapshot);
    for (place, words) in expected {
        let said = notes.iter().any(|n| n.strip_prefix(place).is_some_and(|rest| rest.contains(words)));
        assert!(said, "{case}: nothing at {place} says {words:?}: {notes:#?}");
    }
}

/// Scans one `x.tf`, and expects a note at each place.
fn check(case: &str, text: &str, expected: &[(&str, &str)]) -> Snapshot {
    let snapshot = scan_of(&[file("x.tf", text)]);
    assert_notes(case, &snapshot, expected);
    snapshot
}

fn addresses(snapshot: &Snapshot) -> Vec<&str> {
    snapshot.assets.iter().map(|a| &*a.address).collect()
}

/// `a0 = first`, and each next one made of the one before.
fn chain(first: &str, length: usize, next: impl Fn(&str) -> String) -> String {
    let mut locals = format!("locals {{\n  a0 = {first}\n");
    for i in 1..=length {
        writeln!(locals, "  a{i} = {}", next(&format!("local.a{}", i - 1))).unwrap();
    }
    locals + "}\n"
}

/// `local.many`: a list of 100,000.
const MANY: &str = "locals { many = flatten([for i in range(1000) : range(100)]) }\n";

// ---- what cannot be read ----

#[test]
fn broken_syntax_costs_the_block_that_holds_it() {
    let sibling = notebook("sibling", "name = \"s\"");
    let deep_list = notebook("x", &format!("name = {}{}", "[".repeat(100_000), "]".repeat(100_000)));
    let deep_parens = notebook("x", &format!("name = {}1{}", "(".repeat(100_000), ")".repeat(100_000)));
    for (case, text, expected) in [
        (
            "brace left open",
            "resource \"aws_s3_bucket\" \"a\" {\n  bucket = \"x\"\n",
            ("x.tf:1:", "not closed"),
        ),
        ("brace too many", "}}}}\n", ("x.tf:1:1", "closes nothing")),
        ("bracket left open", "locals {\n  a = [1, 2\n}\n", ("x.tf:2:7", "not closed")),
        ("text left open", "locals {\n  a = \"never\n}\n", ("x.tf:2:", "not closed")),
        ("nested lists", &*deep_list, ("x.tf:2:", "nested deeper than 128 levels")),
        ("nested parentheses", &*deep_parens, ("x.tf:2:", "nested deeper than")),
        ("NUL bytes", "\0\0\0\nlocals {}\n", ("x.tf:1:", "cannot be read")),
    ] {
        let snapshot = check(case, &format!("{text}\n{sibling}"), &[]);
        assert_notes(case, &snapshot, &[expected]);
        if case != "brace left open" {
            let found = addresses(&snapshot).contains(&"aws_sagemaker_notebook_instance.sibling");
            assert!(found, "{case}: what follows is lost");
        }
    }
}

#[test]
fn files_that_are_no_text_or_no_json() {
    let snapshot = scan_of(&[
        file("latin.tf", b"locals {}\n# \xe9\n"),
        file("empty.tf", ""),
        file("bom.tf", format!("\u{feff}{}", notebook("bom", "name = \"b\""))),
        file("crlf.tf", notebook("crlf", "name = \"c\"").replace('\n', "\r\n")),
        file("open.tf.json", "{\"resource\": {"),
        file("list.tf.json", "[{}, 2]"),
        file("deep.tf.json", "[".repeat(100_000)),
        file("deeper.tf.json", "{\"a\":".repeat(100_000)),
        file("terraform.tfvars", "a = = 1\nb = \"x\n"),
        file("x.auto.tfvars.json", "{\"a\":"),
    ]);
    assert_notes(
        "files",
        &snapshot,
        &[
            ("latin.tf", "not UTF-8 (line 2)"),
            ("open.tf.json:1:14", "not JSON"),
            ("list.tf.json:1:6", "an object is expected"),
            ("deep.tf.json:1:", "nested deeper than"),
            ("deeper.tf.json:1:", "nested deeper than"),
            ("terraform.tfvars:1:5", "an expression is expected"),
            ("terraform.tfvars:2:", "not closed"),
            ("x.auto.tfvars.json:1:", "not JSON"),
        ],
    );
    for address in ["aws_sagemaker_notebook_instance.bom", "aws_sagemaker_notebook_instance.crlf"] {
        assert!(addresses(&snapshot).contains(&address), "{address}");
    }
}

#[test]
fn files_beyond_all_size() {
    let folder = folder_of(&[file("line.tf", format!("locals {{ a = \"{}\" }}", "x".repeat(8 << 20)))]);
    // Sparse: no disk is needed for its hundred megabytes.
    fs::File::create(folder.path().join("huge.tf")).unwrap().set_len(100 << 20).unwrap();
    let many: String =
        (0..20_000).map(|i| format!("resource \"nobody_knows\" \"n{i}\" {{ a = {i} }}\n")).collect();
    fs::write(folder.path().join("many.tf"), many).unwrap();
    let snapshot = scan(folder.path());
    assert_notes("huge", &snapshot, &[("huge.tf", "larger than 16777216 bytes and not read")]);
}

// ---- what refers to itself ----

#[test]
fn chains_and_cycles_end() {
    let use_of = |name: &str| notebook("x", &format!("name = {name}"));
    let long = chain("\"x\"", 100_000, str::to_owned);
    for (case, text, expected) in [
        (
            "long chain",
            long + &use_of("local.a100000"),
            ("x.tf:100005:8", "references are nested too deeply"),
        ),
        (
            "locals",
            "locals {\n  a = local.b\n  b = local.a\n}\n".to_owned() + &use_of("local.a"),
            ("x.tf:6:8", "local a refers to itself"),
        ),
        (
            "defaults",
            "variable \"a\" { default = var.b }\nvariable \"b\" { default = var.a }\n".to_owned()
                + &use_of("var.a"),
            ("x.tf:4:8", "variable a refers to itself"),
        ),
        (
            "resource",
            use_of("aws_sagemaker_notebook_instance.x.name"),
            ("x.tf:2:8", "aws_sagemaker_notebook_instance.x refers to itself"),
        ),
        (
            "count of itself",
            notebook("x", "count = length(aws_sagemaker_notebook_instance.x)"),
            ("x.tf:1:1", "refers to itself"),
        ),
    ] {
        let snapshot = check(case, &text, &[expected]);
        let is_there = addresses(&snapshot).contains(&"aws_sagemaker_notebook_instance.x");
        assert_eq!(is_there, case != "count of itself", "{case}");
    }
}

#[test]
fn modules_that_call_each_other_end() {
    let call = |name: &str, source: &str| format!("module \"{name}\" {{\n  source = \"{source}\"\n}}\n");
    let notebook = notebook("n", "name = \"n\"");
    let a = call("b", "../b") + &notebook;
    let b = call("a", "../a") + &notebook;
    let snapshot =
        scan_of(&[file("main.tf", call("a", "./a")), file("a/main.tf", &*a), file("b/main.tf", &*b)]);
    assert_notes("a and b", &snapshot, &[("b/main.tf:1:1", "module a cannot be evaluated: it calls itself")]);
    let found = addresses(&snapshot);
    assert!(found.contains(&"module.a.module.b.aws_sagemaker_notebook_instance.n"), "{found:?}");

    let snapshot = scan_of(&[file("a/main.tf", &*a), file("b/main.tf", &*b)]);
    assert_notes(
        "no root",
        &snapshot,
        &[("a/main.tf:1:1", "calls itself"), ("b/main.tf:1:1", "calls itself")],
    );

    let itself = call("x", "./") + &call("y", ".") + &notebook;
    let snapshot = scan_of(&[file("a/main.tf", itself)]);
    assert_notes(
        "itself",
        &snapshot,
        &[("a/main.tf:1:1", "calls itself"), ("a/main.tf:4:1", "calls itself")],
    );
}

#[test]
fn modules_that_multiply_leave_the_root_assessed() {
    let twice = |i: usize| {
        let next = i + 1;
        format!(
            "module \"l\" {{\n  source = \"../m{next}\"\n}}\nmodule \"r\" {{\n  source = \"../m{next}\"\n}}\n"
        )
    };
    let mut files = vec![("main.tf".to_owned(), "module \"m\" {\n  source = \"./m0\"\n}\n".to_owned())];
    files.extend((0..20).map(|i| (format!("m{i}/main.tf"), twice(i))));
    files.push(("m20/main.tf".to_owned(), "resource \"aws_s3_bucket\" \"b\" { bucket = \"b\" }".to_owned()));
    let files: Vec<File<'_>> = files.iter().map(|(path, text)| file(path, &**text)).collect();
    let snapshot = scan_of(&files);
    assert_notes("tree of modules", &snapshot, &[("m1", "more than 50000 instances")]);

    let many: String =
        (0..30).map(|i| format!("module \"m{i}\" {{\n  source = \"./m\"\n  count = 2000\n}}\n")).collect();
    let snapshot = scan_of(&[file("main.tf", many), file("m/main.tf", "locals {}")]);
    assert_notes("row of modules", &snapshot, &[("main.tf:", "more than 50000 instances")]);
}

// ---- what repeats without end ----

#[test]
fn repetition_is_bounded_or_refused() {
    for (case, arguments, expected) in [
        ("unknown", "for_each = var.u", "for_each is not known, one instance stands for all"),
        ("billion", "count = 1000000000", "1000000000 instances, of which 2000 are assessed"),
        ("negative", "count = -1", "count is -1, not a whole number from 0"),
        ("text", "count = \"x\"", "not the decimal form of a number"),
        ("half", "count = 0.5", "count is 0.5, not a whole number from 0"),
        ("null", "count = null", "count is null"),
        ("text for each", "for_each = \"x\"", "a string cannot be iterated"),
        (
            "a million keys",
            "for_each = toset([for p in setproduct(range(1001), range(1001)) : \"${p[0]}-${p[1]}\"])",
            "more than 100000 elements",
        ),
        (
            "a thousand thousands",
            "for_each = toset(flatten([for i in range(1000) : [for j in range(1000) : \"${i}-${j}\"]]))",
            "too many steps",
        ),
    ] {
        let text = format!("variable \"u\" {{}}\n{}", notebook("x", arguments));
        check(case, &text, &[("x.tf:2:1", expected)]);
    }
    let blocks = "dynamic \"a\" {\n  for_each = slice(local.many, 0, 4900)\n  content {\n    dynamic \"b\" {\n\
        for_each = slice(local.many, 0, 4900)\n      content {\n        x = b.value\n      }\n    }\n  }\n}";
    check("blocks", &format!("{MANY}{}", notebook("x", blocks)), &[("x.tf:6:", "too many steps")]);
    let blocks = "dynamic \"a\" {\n  for_each = local.many\n  content {}\n}";
    check("blocks", &format!("{MANY}{}", notebook("x", blocks)), &[("x.tf:3:1", "more than 5000")]);
}

#[test]
fn values_that_double_themselves_are_cut() {
    let list = chain("[\"x\"]", 60, |a| format!("[{a}, {a}]"));
    let object = chain("{ x = 1 }", 60, |a| format!("{{ l = {a}, r = {a} }}"));
    let text = chain("\"0123456789\"", 60, |a| format!("\"${{{a}}}${{{a}}}\""));
    let policy = {
        let mut documents =
            String::from("data \"aws_iam_policy_document\" \"p0\" {\n  statement { actions = [\"*\"] }\n}\n");
        for i in 1..=40 {
            let last = i - 1;
            let source = format!("data.aws_iam_policy_document.p{last}.json");
            writeln!(documents, "data \"aws_iam_policy_document\" \"p{i}\" {{").unwrap();
            writeln!(documents, "  source_policy_documents = [{source}, {source}]\n}}").unwrap();
        }
        documents
    };
    let uses = "name = local.a60\ntags = { t = jsonencode(local.a60) }\nrole_arn = length(flatten(local.a50))\n\
        subnet_id = local.a60 == local.a59 ? \"a\" : \"b\"";
    for (case, values, arguments) in [
        ("lists", list, uses),
        ("objects", object, uses),
        ("text", text, "name = local.a60"),
        ("policies", policy, "role_arn = data.aws_iam_policy_document.p40.json"),
    ] {
        let mut text = values;
        (0..20).for_each(|i| text.push_str(&notebook(&format!("x{i}"), arguments)));
        let snapshot = check(case, &text, &[]);
        let found = addresses(&snapshot);
        assert!(found.contains(&"aws_sagemaker_notebook_instance.x19"), "{case}: {found:?}");
    }
}

/// Expects each expression to be given up.
fn check_given_up(cases: &[(&str, &str)]) {
    let megabyte = chain("\"0123456789abcdef\"", 15, |a| format!("\"${{{a}}}${{{a}}}\""));
    for (case, expression) in cases {
        let text = format!("{MANY}{megabyte}{}", notebook("x", &format!("name = {expression}")));
        check(case, &text, &[("x.tf:21:8", "too many steps")]);
    }
}

#[test]
fn memory_of_expressions_is_bounded() {
    check_given_up(&[
        ("texts", "[for i in local.many : \"${local.a15}${i}\"]"),
        ("texts of a function", "[for i in local.many : base64encode(local.a15)]"),
        ("lists of a function", "[for i in local.many : reverse(local.many)]"),
        ("lists in lists", "[for i in local.many : [for j in local.many : j]]"),
        ("objects", "[for i in local.many : { a = i, b = { c = i } }]"),
    ]);
}

#[test]
fn work_of_expressions_is_bounded() {
    check_given_up(&[
        ("hashes", "length([for i in local.many : md5(local.a15)])"),
        ("searches", "length([for i in local.many : contains(local.many, \"nope\")])"),
        ("comparisons", "length([for i in local.many : local.many == local.many])"),
        ("patterns", "length([for i in local.many : replace(local.a15, \"/(x+x+)+y/\", \"z\")])"),
        ("a template", "\"%{for i in local.many}%{for j in local.many}x%{endfor}%{endfor}\""),
        ("spread", "max([for i in local.many : max(local.many...)]...)"),
    ]);
}

#[test]
fn a_root_of_nothing_but_work_ends() {
    let nested = "name = [for i in local.many : [for j in local.many : j]]";
    let ten: String = (0..10).map(|i| notebook(&format!("x{i}"), nested)).collect();
    check("many resources", &format!("{MANY}{ten}"), &[("x.tf:", "this root module takes too many steps")]);
}

// ---- what reaches out ----

#[cfg(unix)]
#[test]
fn links_lead_nowhere() {
    use std::os::unix::fs::symlink;
    let outside = folder_of(&[file("secret.tf", notebook("secret", "name = \"secret\""))]);
    let folder = folder_of(&[file("sub/x.tf", "locals {}")]);
    let at = |path: &str| folder.path().join(path);
    symlink(".", at("loop")).unwrap();
    symlink("..", at("sub/up")).unwrap();
    symlink("nowhere.tf", at("dangling.tf")).unwrap();
    symlink("self.tf", at("self.tf")).unwrap();
    symlink(outside.path().join("secret.tf"), at("secret.tf")).unwrap();
    symlink(outside.path(), at("outside")).unwrap();
    fs::write(at("main.tf"), "module \"m\" {\n  source = \"./outside\"\n}\n").unwrap();
    let snapshot = scan(folder.path());
    assert_notes(
        "links",
        &snapshot,
        &[
            ("loop", "symbolic link to a folder, not followed"),
            ("sub/up", "symbolic link to a folder, not followed"),
            ("dangling.tf", "no such file"),
            ("self.tf", "too many levels of symbolic links"),
            ("secret.tf", "leads out of the scanned tree"),
            ("outside", "leads out of the scanned tree"),
            ("main.tf:1:1", "not on disk"),
        ],
    );
    assert!(addresses(&snapshot).iter().all(|a| !a.contains("secret")));
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_opened() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder_of(&[
        file("main.tf/inner.tf", notebook("inner", "name = \"i\"")),
        file("locked.tf", "locals {}"),
        file("x.tf", notebook("x", "name = file(\"pipe\")")),
    ]);
    for name in ["pipe.tf", "terraform.tfvars", "pipe"] {
        let made = std::process::Command::new("mkfifo").arg(folder.path().join(name)).status().unwrap();
        assert!(made.success());
    }
    fs::set_permissions(folder.path().join("locked.tf"), fs::Permissions::from_mode(0o000)).unwrap();
    let locked = fs::File::open(folder.path().join("locked.tf")).is_err();
    let snapshot = scan(folder.path());
    let expected = [("pipe.tf", "not a regular file"), ("terraform.tfvars", "not a regular file")];
    assert_notes("pipes", &snapshot, &expected);
    assert_notes("pipe of a function", &snapshot, &[("x.tf:2:8", "not a regular file")]);
    assert!(
        addresses(&snapshot).contains(&"aws_sagemaker_notebook_instance.inner"),
        "a folder named main.tf"
    );
    if locked {
        assert_notes("locked", &snapshot, &[("locked.tf", "permission denied")]);
    } else {
        println!("this user reads files without permission: what an unreadable file says is not tested");
    }
}

#[test]
fn functions_read_only_what_is_scanned() {
    for (call, words) in [
        ("file(\"/etc/passwd\")", "outside of the scanned tree"),
        ("file(\"../../../../../../../../etc/passwd\")", "leads out of the scanned tree"),
        ("filebase64(\"../../../../../../../../etc/passwd\")", "leads out of the scanned tree"),
        ("templatefile(\"/etc/passwd\", {})", "outside of the scanned tree"),
        ("templatefile(\"${path.module}/t.tpl\", {})", "nested too deeply"),
        ("templatefile(\"two.tpl\", {})", "nested too deeply"),
        ("jsonencode(fileset(\"/\", \"**\"))", "outside of the scanned tree"),
        ("nope(1)", "there is no function nope"),
        ("file(\"\\u0000\")", ""),
    ] {
        let snapshot = scan_of(&[
            file("x.tf", notebook("x", &format!("name = {call}"))),
            file("t.tpl", "${templatefile(\"t.tpl\", {})}"),
            file("two.tpl", "${templatefile(\"two.tpl\", {})}${templatefile(\"two.tpl\", {})}"),
        ]);
        assert_notes(call, &snapshot, &[("x.tf:2:8", words)]);
    }
    let above =
        notebook("x", "name = jsonencode(fileset(\"../../..\", \"**\"))\nrole_arn = provider::aws::arn(1)");
    let snapshot = scan_of(&[file("x.tf", above)]);
    let x = snapshot.assets.iter().find(|a| &*a.address == "aws_sagemaker_notebook_instance.x").unwrap();
    assert_eq!(x.name, "[]", "nothing above the scanned tree is listed");
    let role = x.document.get("RoleArn").map(model::Node::display).unwrap_or_default();
    assert!(role.contains("is a function of a provider"), "{role}");
}

// ---- what is out of shape ----

#[test]
fn blocks_out_of_shape_are_named() {
    let text = "resource {\n}\nresource \"aws_s3_bucket\" {\n}\nresource \"a\" \"b\" \"c\" {\n}\n\
        resource \"aws_s3_bucket\" \"two\" {\n  bucket = \"first\"\n}\nresource \"aws_s3_bucket\" \"two\" {\n  bucket = \"second\"\n}\n\
        variable {\n}\nmodule \"up\" {\n  source = \"../../../../../../../../../etc\"\n}\nmodule \"absolute\" {\n  source = \"/etc\"\n}\n\
        module \"none\" {\n}\nmodule \"computed\" {\n  source = var.x\n}\n\
        resource \"aws_s3_bucket\" \"dynamic\" {\n  dynamic \"a\" {\n    for_each = [1]\n  }\n  dynamic \"b\" {\n    content {\n    }\n  }\n}\n";
    let snapshot = check(
        "shapes",
        text,
        &[
            ("x.tf:1:1", "labels"),
            ("x.tf:3:1", "labels"),
            ("x.tf:5:1", "labels"),
            ("x.tf:10:1", "declared twice"),
            ("x.tf:13:1", "labels"),
            ("x.tf:15:1", "not on disk"),
            ("x.tf:18:1", "not on disk"),
            ("x.tf:21:1", "not on disk"),
            ("x.tf:23:1", "not on disk"),
            ("x.tf:27:3", "a dynamic block needs content"),
            ("x.tf:30:3", "a dynamic block needs for_each"),
        ],
    );
    let names: Vec<&str> = snapshot.assets.iter().map(|a| &*a.name).collect();
    assert!(names.contains(&"first") && !names.contains(&"second"), "{names:?}");
}

#[test]
fn hostile_names_deceive_no_terminal() {
    let text = notebook("\u{1b}[31m\u{202e}", "name = \"\\u001b[2J\\u202Egnp.exe\\n::error::x\"");
    let snapshot = scan_of(&[file("x.tf", text)]);
    let options = report::Options {
        color: false,
        width: 100,
        all: true,
        quiet: false,
        verbose: true,
        min_severity: model::Severity::Info,
        sources: &NoSources,
        root: ".",
        catalog_version: "0",
        tool_version: "0",
    };
    use report::Format::{Json, Markdown, Sarif, Terminal};
    for format in [Terminal, Json, Sarif, Markdown] {
        let text = report::render(&snapshot, format, &options);
        let deceiving = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
        assert_eq!(text.find(deceiving), None, "{format:?}");
        assert!(!text.lines().any(|line| line.starts_with("::")), "{format:?}");
    }
}

struct NoSources;

impl report::Sources for NoSources {
    fn line(&self, _: &str, _: u32) -> Option<String> {
        None
    }
}
