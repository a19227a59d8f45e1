//! Attack paths in every format: on a small estate whose names try to end every text that they are put into.

use std::collections::BTreeSet;
use std::path::Path;

use insta::assert_snapshot;
use model::{
    AssetId, AttackPath, AttackPaths, ChokePoint, Evidence, Factor, FixSet, Foothold, Grounds, Level,
    PathFix, PathStep, PathTarget, Position, Posture, Risk, Severity, Snapshot, Verdict,
};
use report::paths::{Format, View, explain, render, terminal};
use serde_json::Value as Json;

use crate::estate::{Files, HOSTILE_NAME, files, options, snapshot};

const ACCOUNT: &str = "infra/ai#azurerm_cognitive_account.main";
const APP: &str = "infra/ai#azurerm_user_assigned_identity.app";
const DATA: &str = "infra/ai#azurerm_storage_account.data";
const HOSTILE: &str = "apps/bot#azurerm_storage_account.x";
/// What ends a text, a tag, a comment or a line somewhere.
const NASTY: &[&str] = &[
    HOSTILE_NAME,
    "a\"]; b -> c [x=\"",
    "</title></svg><script>",
    "--> ]]>",
    "a\nb\r\u{2028}",
    "\u{ffff}\\N &amp; #quot;",
];

fn step(from: Foothold, to: &str, gain: Level, says: &str, verdict: Verdict, line: u32) -> PathStep {
    let at = Position { end_column: 32, ..Position::point("infra/ai/main.tf".into(), line, 3) };
    let fix = PathFix {
        id: format!("check@{to}").into(),
        say: "Turn it off.".into(),
        check: Some("azure-cognitive-services-open-to-internet".into()),
    };
    PathStep {
        technique: "ai-agent-talked-over".into(),
        title: "Do what is not meant".into(),
        from: vec![from],
        to: AssetId(to.into()),
        gain,
        says: says.into(),
        verdict,
        evidence: vec![Grounds { says: "it is open".into(), evidence: Evidence::Source(at) }],
        fixes: vec![fix],
        attack: vec!["T1190".into()],
        atlas: vec!["AML.T0051".into()],
    }
}

fn path(id: &str, level: Severity, target: &str, steps: Vec<PathStep>) -> AttackPath {
    let factor = |name: &str, value: f64| Factor { name: name.into(), value };
    let last = steps.last().unwrap();
    AttackPath {
        id: id.into(),
        title: "The internet can do it".into(),
        risk: Risk {
            level,
            likelihood: "possible".into(),
            impact: 7,
            order: 2.5,
            factors: vec![
                factor("entry: open", 0.95),
                factor("read data: step is conditional", 0.4),
                factor("impact of sensitive-data", 6.0),
                factor("it is production", 1.0),
            ],
        },
        entry: "internet".into(),
        target: PathTarget {
            target: "sensitive-data".into(),
            title: "Data that is sensitive".into(),
            asset: AssetId(target.into()),
            level: last.gain,
            why: "It is of people.".into(),
        },
        steps,
        bypasses: vec![],
    }
}

/// Two paths over one account, one of them to a thing with a name that deceives; the second closes a circle.
pub(crate) fn attacked() -> Snapshot {
    let has = |asset: &str, level| Foothold::Asset { asset: AssetId(asset.into()), level };
    let internet = || Foothold::Entry { entry: "internet".into() };
    let when = Verdict::Conditional(vec!["the key still fits".into()]);
    let first = || step(internet(), ACCOUNT, Level::Reach, "reaches prod-openai", Verdict::Allowed, 5);
    let inside =
        step(has(ACCOUNT, Level::Reach), ACCOUNT, Level::Use, "uses prod-openai", Verdict::Allowed, 6);
    let onward = step(has(ACCOUNT, Level::Use), APP, Level::Control, "acts as app", when, 6);
    let back =
        step(has(APP, Level::Control), ACCOUNT, Level::Write, "changes prod-openai", Verdict::Allowed, 5);
    let mut read = step(has(APP, Level::Control), DATA, Level::Read, "reads data", Verdict::Allowed, 2);
    read.from.push(has(ACCOUNT, Level::Write));
    let says = format!("reads {HOSTILE_NAME}");
    let unknown = Verdict::Unknown("the policy is not here".into());
    let hostile = step(has(ACCOUNT, Level::Reach), HOSTILE, Level::Read, &says, unknown, 5);
    let mut snapshot = snapshot();
    let paths = vec![
        path("path-00000000aa", Severity::Critical, DATA, vec![first(), inside, onward, back, read]),
        path("path-00000000bb", Severity::Medium, HOSTILE, vec![first(), hostile]),
    ];
    let fix = paths[0].steps[0].fixes[0].clone();
    snapshot.attack = AttackPaths {
        choke_points: vec![ChokePoint {
            asset: AssetId(ACCOUNT.into()),
            level: Level::Reach,
            paths: 2,
            only_way: 2,
        }],
        smallest_fix: FixSet { fixes: vec![fix], cuts: vec![2], proven: true, open: vec![] },
        paths,
        posture: Some(Posture {
            score: 42,
            worst: 10,
            mean: 74,
            assets: 3,
            scopes: vec![("infra".into(), 42)],
        }),
        permissions: vec![],
    };
    snapshot
}

fn shown<T>(snapshot: &Snapshot, verbose: bool, show: impl FnOnce(&View<'_>) -> T) -> T {
    let files: Files = files();
    let mut options = options(&files);
    options.verbose = verbose;
    let catalog = catalog::Catalog::embedded();
    let view =
        View { snapshot, catalog: &catalog, options: &options, break_from: Severity::Medium, left_out: 0 };
    show(&view)
}

pub(crate) fn written(snapshot: &Snapshot, format: Format) -> String {
    shown(snapshot, false, |view| render(view, format))
}

/// The estate with every name, sentence and id replaced by something nasty.
fn nasty() -> Vec<Snapshot> {
    let rename = |nasty: &&str| {
        let mut snapshot = attacked();
        snapshot.assets.iter_mut().for_each(|asset| asset.name = (*nasty).into());
        for path in &mut snapshot.attack.paths {
            path.entry = (*nasty).into();
            path.target.title = (*nasty).into();
            for step in &mut path.steps {
                step.says = (*nasty).to_owned();
                step.title = (*nasty).into();
                step.verdict = Verdict::Unknown((*nasty).into());
                step.evidence.iter_mut().for_each(|grounds| grounds.says = (*nasty).into());
            }
        }
        snapshot
    };
    NASTY.iter().map(rename).collect()
}

#[test]
fn a_path_is_told_step_by_step() {
    let text = shown(&attacked(), false, |view| terminal(view, Some("path-00000000aa")));
    assert_snapshot!(text, @r#"
    critical: internet → read data [path-00000000aa]
      from    Anybody on the internet
      to      data that is sensitive: read data (azure.storage.account azurerm_storage_account.data)
      why     It is of people.
      risk    likelihood possible: entry: open 0.95 × read data: step is conditional 0.4; impact 7:
              sensitive-data 6 + it is production 1

      1. reaches prod-openai
         internet → reach prod-openai
         it is open
           --> infra/ai/main.tf:5:3
           5 |   public_network_access_enabled = var.public
             |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
         how  ai-agent-talked-over · ATT&CK T1190 · ATLAS AML.T0051
         fix  Turn it off.
              --without 'check@infra/ai#azurerm_cognitive_account.main'

      2. uses prod-openai
         reach prod-openai → use prod-openai
         it is open
           --> infra/ai/main.tf:6:3
           6 |   local_auth_enabled            = true
             |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
         how  ai-agent-talked-over · ATT&CK T1190 · ATLAS AML.T0051
         fix  Turn it off.
              --without 'check@infra/ai#azurerm_cognitive_account.main'

      3. acts as app
         use prod-openai → control app
         if the key still fits
         it is open
           --> infra/ai/main.tf:6:3
         how  ai-agent-talked-over · ATT&CK T1190 · ATLAS AML.T0051
         fix  Turn it off.
              --without 'check@infra/ai#azurerm_user_assigned_identity.app'

      4. changes prod-openai
         control app → write to prod-openai
         it is open
           --> infra/ai/main.tf:5:3
           5 |   public_network_access_enabled = var.public
             |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
         how  ai-agent-talked-over · ATT&CK T1190 · ATLAS AML.T0051
         fix  Turn it off.
              --without 'check@infra/ai#azurerm_cognitive_account.main'

      5. reads data
         control app and write to prod-openai → read data
         it is open
           --> infra/ai/main.tf:2:3
           2 | resource "azurerm_cognitive_account" "main" {
             |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
         how  ai-agent-talked-over · ATT&CK T1190 · ATLAS AML.T0051
         fix  Turn it off.
              --without 'check@infra/ai#azurerm_storage_account.data'
    "#);
}

#[test]
fn all_paths_end_with_what_to_do() {
    let mut snapshot = attacked();
    let third = AttackPath { id: "path-00000000cc".into(), ..snapshot.attack.paths[1].clone() };
    snapshot.attack.paths.push(third);
    assert_snapshot!(shown(&snapshot, false, |view| terminal(view, None)), @r#"
    risk      likelihood impact steps  path             way
    critical  possible        7     5  path-00000000aa  internet → read data (data that is sensitive)
    medium    possible        7     2  path-00000000bb  internet → read x␛[2J\u{202e}evil\u{200b}` | <i…
    medium    possible        7     2  path-00000000cc  internet → read x␛[2J\u{202e}evil\u{200b}` | <i…

    Choke points
      reach prod-openai (ai-service) is on 2 paths and the only way to 2 targets

    Smallest set of fixes
      1 fix breaks every path of risk medium or above; no smaller set does
      1.  2 paths  Turn it off.
                   --without 'check@infra/ai#azurerm_cognitive_account.main'

    Not assessed
      failed   block is not closed (1 place)
      partial  resource type … has no card (4 places)
      skipped  no source reads this file (1 place)

    1 critical · 2 medium (3 attack paths)
    posture 42 of 100 (worst asset 10, mean 74, 3 AI assets)
    step by step: stance paths estate path-00000000aa
    "#);
}

#[test]
fn a_step_tells_all_that_is_known() {
    let snapshot = attacked();
    let told = |path: &str, step| shown(&snapshot, false, |view| explain(view, path, step));
    let text = told("path-00000000aa", 3).unwrap();
    for part in [
        "step 3 of 5, path-00000000aa",
        "use prod-openai (from step 2)",
        "if the key still fits",
        "model-tricked 0.3",
        "conditional 0.4 from the weights",
        "--> infra/ai/main.tf:6:3",
        "--without 'check@infra/ai#azurerm_user_assigned_identity.app'",
        "https://attack.mitre.org/techniques/T1190/",
        "catalog/techniques/ai/agent-talked-over/technique.yaml",
    ] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
    assert_eq!(
        (told("path-00000000aa", 0), told("path-00000000aa", 6), told("path-x", 1)),
        (None, None, None)
    );
}

#[test]
fn no_format_is_deceived() {
    let deceives =
        |c: char| c != '\n' && (c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{200b}'));
    for snapshot in nasty() {
        for format in
            [Format::Json, Format::Sarif, Format::Svg, Format::Mermaid, Format::Dot, Format::OpenGraph]
        {
            let text = written(&snapshot, format);
            assert!(!text.contains(deceives), "{format:?}: {text:?}");
            assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{format:?}");
            assert_eq!(text, written(&snapshot, format), "{format:?}");
        }
        let text = shown(&snapshot, true, |view| terminal(view, None));
        assert!(!text.contains(deceives), "{text:?}");
    }
}

#[test]
fn a_picture_is_well_formed_and_runs_nothing() {
    for snapshot in nasty().into_iter().chain([attacked(), Snapshot::default()]) {
        let svg = written(&snapshot, Format::Svg);
        let mut reader = quick_xml::Reader::from_str(&svg);
        let (mut depth, mut rectangles, mut ways) = (0, 0, 0);
        loop {
            match reader.read_event().unwrap() {
                quick_xml::events::Event::Start(tag) => {
                    let name = tag.name();
                    let name: &str = name.as_ref();
                    assert!(["svg", "title", "style", "text", "g"].contains(&name), "{name}");
                    assert_eq!(name == "svg", depth == 0);
                    depth += 1;
                }
                quick_xml::events::Event::Empty(tag) => {
                    rectangles += usize::from(tag.name().as_ref() == "rect");
                    ways += usize::from(tag.attributes().any(|a| a.unwrap().value.starts_with("way")));
                    for attribute in tag.attributes() {
                        let attribute = attribute.unwrap();
                        let name: &str = attribute.key.as_ref();
                        assert!(!name.starts_with("on") && name != "href", "{name}");
                    }
                }
                quick_xml::events::Event::End(_) => depth -= 1,
                quick_xml::events::Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!(depth, 0);
        if !snapshot.attack.paths.is_empty() {
            // The internet, the account, the app, the data and the hostile thing; five lines between them and back.
            assert!(rectangles >= 5, "{rectangles}");
            assert_eq!(ways, 6, "{svg}");
        }
    }
}

#[test]
fn flowcharts_have_a_line_for_each_node_and_edge() {
    for snapshot in nasty().into_iter().chain([attacked()]) {
        let mermaid = written(&snapshot, Format::Mermaid);
        assert_eq!(mermaid.lines().next(), Some("flowchart LR"));
        for line in mermaid.lines().skip(1) {
            let quotes = line.matches('"').count();
            let known =
                line.starts_with("  n") && quotes == 2 || line.starts_with("  classDef ") && quotes == 0;
            assert!(known, "{line}");
        }
        let dot = written(&snapshot, Format::Dot);
        assert!(dot.starts_with("digraph \"attack paths\" {\n") && dot.ends_with("}\n"));
        for line in dot.lines().filter(|line| line.starts_with("  n")) {
            // Outside quoted texts there is only what we write.
            let mut outside = String::new();
            let (mut quoted, mut escaped) = (false, false);
            for c in line.chars() {
                match c {
                    _ if escaped => escaped = false,
                    '\\' if quoted => escaped = true,
                    '"' => quoted = !quoted,
                    c if !quoted => outside.push(c),
                    _ => {}
                }
            }
            assert!(!quoted && outside.ends_with("];"), "{line}");
            let plain = |c: char| c.is_ascii_alphanumeric() || " []=,;->#".contains(c);
            assert!(outside.chars().all(plain), "{outside}");
        }
    }
}

#[test]
fn a_graph_database_takes_nodes_and_edges() {
    for snapshot in nasty().into_iter().chain([attacked()]) {
        let graph: Json = serde_json::from_str(&written(&snapshot, Format::OpenGraph)).unwrap();
        assert_eq!(graph["metadata"]["source_kind"], "Stance");
        let plain = |value: &Json| value.is_string() || value.is_number() || value.is_boolean();
        let flat = |properties: &Json| {
            for (name, value) in properties.as_object().unwrap() {
                assert!(
                    name.chars().all(|c| c.is_ascii_lowercase() || c == '_') && name != "objectid",
                    "{name}"
                );
                let strings = |list: &Vec<Json>| !list.is_empty() && list.iter().all(Json::is_string);
                assert!(plain(value) || value.as_array().is_some_and(strings), "{name}: {value}");
            }
        };
        let word =
            |kind: &Json| kind.as_str().unwrap().chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let nodes = graph["graph"]["nodes"].as_array().unwrap();
        let ids: BTreeSet<&str> = nodes.iter().map(|node| node["id"].as_str().unwrap()).collect();
        assert_eq!((ids.len(), nodes.len()), (5, 5));
        for node in nodes {
            let kinds = node["kinds"].as_array().unwrap();
            assert!((1..=3).contains(&kinds.len()) && kinds.iter().all(word));
            flat(&node["properties"]);
        }
        for edge in graph["graph"]["edges"].as_array().unwrap() {
            assert!(word(&edge["kind"]));
            for end in ["start", "end"] {
                assert!(ids.contains(edge[end]["value"].as_str().unwrap()), "{edge}");
            }
            flat(&edge["properties"]);
        }
    }
}

fn valid(schema: &str, document: &str) {
    let validator = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
    let document = serde_json::from_str(document).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&document).map(|e| format!("{} at {}", e, e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert!(!validator.is_valid(&serde_json::json!({ "paths": 1 })), "the schema accepts anything");
}

#[test]
fn json_meets_its_schema() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schemas/paths.schema.json");
    let schema = std::fs::read_to_string(path).unwrap();
    for snapshot in nasty().into_iter().chain([attacked(), Snapshot::default()]) {
        valid(&schema, &written(&snapshot, Format::Json));
    }
}

#[test]
fn sarif_has_a_result_for_each_path() {
    let log: Json = serde_json::from_str(&written(&attacked(), Format::Sarif)).unwrap();
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "attack-path-sensitive-data");
    assert_eq!(results[0]["level"], "error");
    assert_eq!(results[0]["partialFingerprints"]["stance/v1"], "path-00000000aa");
    let steps = results[0]["codeFlows"][0]["threadFlows"][0]["locations"].as_array().unwrap();
    let told: Vec<&str> = steps.iter().map(|s| s["location"]["message"]["text"].as_str().unwrap()).collect();
    assert_eq!(told[2], "acts as app (use prod-openai → control app); if the key still fits");
    assert_eq!(told.len(), 5);
    assert_eq!(results[0]["properties"]["confidence"], "medium");
    assert_eq!(results[1]["properties"]["confidence"], "low");
}

#[test]
fn a_large_estate_gives_a_picture_of_its_riskiest_paths() {
    let mut snapshot = attacked();
    let one = snapshot.attack.paths[1].clone();
    for number in 0..2_000 {
        let mut path = one.clone();
        path.id = format!("path-{number:010x}").into();
        path.target.asset = AssetId(format!("#{number}").into());
        path.steps[1].to = path.target.asset.clone();
        snapshot.attack.paths.push(path);
    }
    let svg = written(&snapshot, Format::Svg);
    assert!(svg.len() < 400_000, "{}", svg.len());
    assert!(svg.contains("of less risk, not drawn"));
    assert!(written(&snapshot, Format::Mermaid).contains("more paths of less risk are not drawn"));
}

#[test]
fn findings_are_ordered_by_their_risk() {
    let mut snapshot = attacked();
    let risk = |level, paths: &[&str]| {
        let paths = paths.iter().map(|id| (*id).into()).collect();
        Some(model::FindingRisk { level, paths, because: "no attack path leads to the asset".into() })
    };
    for outcome in &mut snapshot.outcomes {
        outcome.risk = match &*outcome.check {
            "azure-cognitive-services-key-auth" => risk(Severity::Critical, &["path-00000000aa"]),
            "azure-cognitive-services-open-to-internet" => risk(Severity::Medium, &[]),
            _ => None,
        };
    }
    let files = files();
    for format in [report::Format::Terminal, report::Format::Markdown] {
        let text = report::render(&snapshot, format, &options(&files));
        let at = |part: &str| text.find(part).unwrap();
        assert!(at("Attack paths") < at("accepts keys"), "{format:?}");
        assert!(at("accepts keys") < at("is reachable from the internet"), "{format:?}");
        assert!(text.contains("on 1 attack path"), "{format:?}");
        assert!(text.contains("posture 42 of 100"), "{format:?}");
    }
}
