//! What must become one asset, and what must not.

use model::{Asset, Mirror, Node, Observations, Part, Value};

use super::{Cards, asset, build, known, link, mirror, refers, told};

#[track_caller]
fn check(assets: Vec<Asset>, mirrors: Vec<Mirror>, want: &[&str]) {
    let graph = build(assets, mirrors);
    assert_eq!(told(&graph).lines().collect::<Vec<_>>(), want, "{:#?}", graph.coverage());
}

const ARM: &str = "/subscriptions/1/resourceGroups/g/providers/Microsoft.Search/searchServices/s";

#[test]
fn one_id_is_one_thing() {
    check(
        vec![known("state s a.x search s", ARM), known("live sub /x search s", &ARM.to_uppercase())],
        vec![],
        &["s#a.x = sub#/x (high, same id)"],
    );
    check(
        vec![
            known(
                "state s a.x network n",
                "https://www.googleapis.com/compute/v1/projects/p/global/networks/n",
            ),
            known("live p n network n", "//compute.googleapis.com/projects/p/global/networks/n"),
        ],
        vec![],
        &["s#a.x = p#n (high, same id)"],
    );
}

#[test]
fn one_id_is_of_one_kind_and_one_subscription() {
    let other = ARM.replace("/1/", "/2/");
    for (a, b) in [
        (known("state s a.x search s", ARM), known("live sub /x index s", ARM)),
        (known("state s a.x search s", ARM), known("live sub /x search s", &other)),
        (known("state s a.x search s", "s"), known("live sub /x search s", "s")),
    ] {
        assert_eq!(build(vec![a, b], vec![]).assets().len(), 2);
    }
}

#[test]
fn a_state_and_a_plan_in_a_root_are_of_its_resources() {
    check(
        vec![
            asset("terraform infra a.x search ?"),
            asset("terraform infra a.y search ?"),
            known("state infra/s a.x search s", ARM),
            asset("state infra/s a.gone search s"),
            asset("plan infra/p a.x search ?"),
            asset("plan infra/p a.y index ?"),
        ],
        vec![mirror("infra/s", "infra", false), mirror("infra/p", "infra", false)],
        &[
            "infra#a.x = infra/p#a.x (high, same root and address) = infra/s#a.x (high, same root and address)",
            "infra#a.y",
            "infra/p#a.y",
            "infra/s#a.gone",
        ],
    );
}

#[test]
fn the_same_address_in_another_root_is_another_thing() {
    check(
        vec![
            asset("terraform dev module.m.a.x search ?"),
            asset("terraform prod module.m.a.x search ?"),
            asset("state prod/s module.m.a.x search s"),
        ],
        vec![mirror("prod/s", "prod", false)],
        &["dev#module.m.a.x", "prod#module.m.a.x = prod/s#module.m.a.x (high, same root and address)"],
    );
}

#[test]
fn two_deployments_of_one_root_stand_alone() {
    let other = ARM.replace("/1/", "/2/");
    let assets = || {
        vec![
            asset("terraform infra a.x search ?"),
            known("state infra/dev a.x search s", ARM),
            known("state infra/prod a.x search s", &other),
        ]
    };
    let mirrors = vec![mirror("infra/dev", "infra", false), mirror("infra/prod", "infra", false)];
    check(assets(), mirrors.clone(), &["infra#a.x", "infra/dev#a.x", "infra/prod#a.x"]);
    let noted: Vec<String> = build(assets(), mirrors).coverage().iter().map(|c| c.path.to_string()).collect();
    assert_eq!(noted, ["infra/dev", "infra/prod"]);
    // A plan for one deployment beside the state of another.
    check(
        vec![
            asset("terraform infra a.x search ?"),
            known("plan infra/p a.x search s", ARM),
            known("state infra/s a.x search s", &other),
        ],
        vec![mirror("infra/p", "infra", false), mirror("infra/s", "infra", false)],
        &["infra#a.x", "infra/p#a.x", "infra/s#a.x"],
    );
}

#[test]
fn two_plans_of_one_root_that_know_no_ids_stand_alone() {
    check(
        vec![
            asset("terraform infra a.x search ?"),
            asset("plan infra/dev a.x search ?"),
            asset("plan infra/prod a.x search ?"),
        ],
        vec![mirror("infra/dev", "infra", false), mirror("infra/prod", "infra", false)],
        &["infra#a.x", "infra/dev#a.x", "infra/prod#a.x"],
    );
}

#[test]
fn a_name_means_what_it_means_in_its_own_scope() {
    let part = Part {
        kind: "search".into(),
        scope: "third".into(),
        address: "p.p".into(),
        owner: ARM.into(),
        into: "parts[]".into(),
        body: "part".into(),
        evidence: model::Evidence::Pointer { document: "third".into(), pointer: "p".into() },
    };
    let observations = Observations {
        assets: vec![
            known("bicep main.bicep x search s", ARM),
            asset("bicep main.bicep t index theirs"),
            known("state s x search s", ARM),
            asset("state s t index ours"),
            asset("terraform third z index ?"),
        ],
        // An asset that was seen twice is still one that a part in a third place can name.
        parts: vec![part],
        links: vec![link("s#x", "reads", refers("t"))],
        ..Observations::default()
    };
    let graph = graph::build(observations, &Cards);
    let relations: Vec<String> = graph.relations().iter().map(|r| format!("{} {}", r.from, r.to)).collect();
    assert_eq!(relations, ["main.bicep#x s#t"]);
    let merged = graph.assets().iter().find(|a| &*a.id.0 == "main.bicep#x").unwrap();
    assert_eq!(merged.document.display(), "{name: \"s\", parts: [\"part\"]}");
}

#[test]
fn two_records_of_one_deployment_are_one() {
    check(
        vec![
            asset("terraform infra a.x search ?"),
            known("state infra/a a.x search s", ARM),
            known("state infra/b a.x search s", ARM),
        ],
        vec![mirror("infra/a", "infra", false), mirror("infra/b", "infra", false)],
        &["infra#a.x = infra/a#a.x (high, same root and address) = infra/b#a.x (high, same id)"],
    );
}

#[test]
fn a_record_elsewhere_is_known_by_its_addresses() {
    let root = |scope: &str, names: &[&str]| -> Vec<Asset> {
        names.iter().map(|n| asset(&format!("terraform {scope} {n} search ?"))).collect()
    };
    let state = |scope: &str, names: &[&str]| -> Vec<Asset> {
        names.iter().map(|n| asset(&format!("state {scope} {n} search s"))).collect()
    };
    let matched = "(medium, same addresses as this root)";
    let all = |parts: Vec<Vec<Asset>>| parts.into_iter().flatten().collect::<Vec<_>>();
    check(
        all(vec![root("infra", &["a", "b", "c"]), root("other", &["a"]), state("s", &["a", "b", "c"])]),
        vec![],
        &[
            &format!("infra#a = s#a {matched}"),
            &format!("infra#b = s#b {matched}"),
            &format!("infra#c = s#c {matched}"),
            "other#a",
        ],
    );
    for parts in [
        // Two roots of the same addresses, too few of them, two states, most are different.
        vec![root("infra", &["a", "b", "c"]), root("other", &["a", "b", "c"]), state("s", &["a", "b", "c"])],
        vec![root("infra", &["a", "b"]), state("s", &["a", "b"])],
        vec![root("infra", &["a", "b", "c"]), state("s", &["a", "b", "c"]), state("t", &["a", "b", "c"])],
        vec![root("infra", &["a", "b", "c"]), state("s", &["a", "b", "c", "d", "e", "f"])],
    ] {
        let assets = all(parts);
        assert_eq!(build(assets.clone(), vec![]).assets().len(), assets.len());
    }
}

#[test]
fn what_is_compiled_is_known_by_address_or_name() {
    check(
        vec![
            asset("bicep main.bicep account search ?"),
            asset("bicep main.bicep store bucket data"),
            asset("bicep main.bicep one index twin"),
            asset("bicep main.bicep two index twin"),
            asset("arm main.json account search ?"),
            asset("arm main.json Storage/data bucket data"),
            asset("arm main.json Index/twin index twin"),
        ],
        vec![mirror("main.json", "main.bicep", true)],
        &[
            "main.bicep#account = main.json#account (high, same root and address)",
            "main.bicep#one",
            "main.bicep#store = main.json#Storage/data (high, same root and address)",
            "main.bicep#two",
            "main.json#Index/twin",
        ],
    );
}

#[test]
fn a_name_that_is_unique_in_all_the_world() {
    let same = "(medium, same name, which only one thing can have)";
    check(
        vec![asset("terraform infra a.x bucket logs"), asset("live acct logs bucket Logs")],
        vec![],
        &[&format!("infra#a.x = acct#logs {same}")],
    );
    let mut assumed = asset("terraform infra a.x bucket logs");
    let name = Node { assumed: true, ..Node::from("logs") };
    assumed.document = Value::map([("name".into(), name)].into()).into();
    for assets in [
        // Only a display name, two pieces of code, two that are there, another kind, not known, a default.
        vec![asset("terraform infra a.x search logs"), asset("live acct logs search logs")],
        vec![asset("terraform a a.x bucket logs"), asset("terraform b a.x bucket logs")],
        vec![
            asset("terraform a a.x bucket logs"),
            asset("bicep b x bucket logs"),
            asset("live acct logs bucket logs"),
        ],
        vec![asset("terraform infra a.x bucket logs"), asset("live acct logs search logs")],
        vec![asset("terraform infra a.x bucket ?"), asset("live acct logs bucket logs")],
        vec![assumed, asset("live acct logs bucket logs")],
    ] {
        assert_eq!(build(assets.clone(), vec![]).assets().len(), assets.len(), "{assets:#?}");
    }
}

#[test]
fn a_chain_is_as_sure_as_its_weakest_step() {
    let id = "arn:aws:s3:::logs";
    check(
        vec![
            asset("terraform infra a.x bucket logs"),
            known("live acct logs bucket logs", id),
            known("live other bucket/logs bucket logs", id),
        ],
        vec![],
        &[
            "infra#a.x = acct#logs (medium, same name, which only one thing can have) = other#bucket/logs (medium, same name, which only one thing can have)",
        ],
    );
}

#[test]
fn a_merged_asset_answers_to_all_its_names() {
    let mut code = asset("terraform infra a.x search ?");
    code.document =
        Value::map([("open".into(), Node::unknown("later")), ("mine".into(), 1.into())].into()).into();
    let mut state = known("state infra/s a.x search real", ARM);
    state.document = Value::map([("open".into(), 2.into()), ("mine".into(), 3.into())].into()).into();
    let part = |scope: &str, owner: Node| Part {
        kind: "search".into(),
        scope: scope.into(),
        address: "p.p".into(),
        owner,
        into: "parts[]".into(),
        body: "part".into(),
        evidence: model::Evidence::Pointer { document: scope.into(), pointer: "p".into() },
    };
    let observations = Observations {
        assets: vec![
            code,
            state,
            asset("terraform infra b.y index ?"),
            asset("state infra/s b.y index real"),
            asset("state infra/s c.z index other"),
        ],
        parts: vec![part("infra", refers("a.x")), part("infra/s", ARM.into())],
        links: vec![
            link("infra#b.y", "reads", refers("a.x")),
            link("infra/s#b.y", "reads", ARM.into()),
            link("infra/s#c.z", "reads", refers("a.x")),
        ],
        mirrors: vec![mirror("infra/s", "infra", false)],
        ..Observations::default()
    };
    let graph = graph::build(observations, &Cards);
    let relations: Vec<String> =
        graph.relations().iter().map(|r| format!("{} {} {}", r.from, r.relation, r.to)).collect();
    assert_eq!(relations, ["infra#b.y reads infra#a.x", "infra/s#c.z reads infra#a.x"]);
    assert_eq!(graph.coverage(), []);
    let merged = &graph.assets()[0];
    assert_eq!(merged.document.display(), "{mine: 1, open: 2, parts: [\"part\"]}");
    assert_eq!((&*merged.name, merged.evidence.len()), ("real", 4));
    assert_eq!(merged.position().unwrap().path.to_string(), "infra.terraform");
    let index = |id: &str| graph.find(&model::AssetId(id.into()));
    assert_eq!(index("infra/s#a.x"), index("infra#a.x"));
}
