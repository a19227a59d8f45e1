//! The graph does not depend on the order in which things were seen, nor on how often.

use std::collections::BTreeMap;

use graph::Graph;
use model::{Asset, Link, Mirror, Observations};
use proptest::prelude::*;

use super::{Cards, known, link, mirror, refers};

const SCOPES: [(&str, &str); 6] = [
    ("terraform", "a"),
    ("terraform", "b"),
    ("state", "a/s"),
    ("plan", "a/p"),
    ("state", "elsewhere"),
    ("live", "account"),
];
const IDS: [&str; 5] =
    ["arn:aws:s3:::one", "arn:aws:s3:::two", "/subscriptions/1/x", "/SUBSCRIPTIONS/1/X", "no id at all"];

fn assets() -> impl Strategy<Value = Vec<Asset>> {
    let one = (0..SCOPES.len(), 0..5usize, 0..2usize, 0..4usize, 0..IDS.len());
    prop::collection::vec(one, 0..24).prop_map(|chosen| {
        let made = chosen.into_iter().map(|(scope, address, kind, name, id)| {
            let (source, scope) = SCOPES[scope];
            let (kind, name) = (["bucket", "search"][kind], ["x", "y", "z", "?"][name]);
            let asset = known(&format!("{source} {scope} t.{address} {kind} {name}"), IDS[id]);
            (asset.id.clone(), asset)
        });
        made.collect::<BTreeMap<_, _>>().into_values().collect()
    })
}

fn mirrors() -> impl Strategy<Value = Vec<Mirror>> {
    let all = vec![
        mirror("a/s", "a", false),
        mirror("a/p", "a", true),
        mirror("a/s", "b", false),
        mirror("x", "y", false),
    ];
    prop::sample::subsequence(all, 0..4)
}

fn links(assets: &[Asset]) -> Vec<Link> {
    let each = assets.iter().enumerate();
    each.map(|(i, asset)| {
        link(&asset.id.0, "reads", if i % 2 == 0 { refers("t.1") } else { IDS[i % 5].into() })
    })
    .collect()
}

fn shown(graph: &Graph) -> String {
    format!("{:#?}\n{:#?}\n{:#?}", graph.assets(), graph.relations(), graph.coverage())
}

proptest! {
    #[test]
    fn any_order_gives_the_same_graph(
        (assets, shuffled) in assets().prop_flat_map(|a| (Just(a.clone()), Just(a).prop_shuffle())),
        (mirrors, turned) in mirrors().prop_flat_map(|m| (Just(m.clone()), Just(m).prop_shuffle())),
    ) {
        let links = links(&assets);
        let twice = |items: &[Asset]| items.iter().chain(items).cloned().collect::<Vec<_>>();
        let graph = |assets: Vec<Asset>, links: Vec<Link>, mirrors: Vec<Mirror>| {
            shown(&graph::build(Observations { assets, links, mirrors, ..Observations::default() }, &Cards))
        };
        let first = graph(assets, links.clone(), mirrors.clone());
        prop_assert_eq!(&graph(shuffled.clone(), links.iter().rev().cloned().collect(), turned), &first);
        let again = mirrors.iter().chain(&mirrors).cloned().collect();
        prop_assert_eq!(&graph(twice(&shuffled), links, again), &first);
    }

    #[test]
    fn nothing_is_lost_and_nothing_that_differs_is_joined(assets in assets(), mirrors in mirrors()) {
        let seen: usize = assets.len();
        let graph = graph::build(Observations { assets, mirrors, ..Observations::default() }, &Cards);
        let told: usize = graph.assets().iter().map(|a| a.sightings.len()).sum();
        prop_assert_eq!(told, seen);
        for asset in graph.assets() {
            let named = asset.aliases.iter().filter(|a| a.starts_with("arn:")).count();
            prop_assert!(named <= 1, "{:?}", asset.aliases);
            let first = asset.sightings.iter().filter(|s| s.matched.is_none()).count();
            prop_assert_eq!(first, 1, "one sighting defines it");
        }
    }
}
