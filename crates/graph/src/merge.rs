//! Several sightings of one thing become one asset. What people edit says what is meant; what it leaves open is filled in
//! from the sources that know it exactly, with their places.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use model::{Asset, Match, Node, Piece, Sighting, Standing, Value};

use crate::identity::{Same, Step, is_known_name, standing};

/// Nested deeper than any real document.
const MAX_DEPTH: usize = 64;
/// Elements of two lists that are held against each other.
const MAX_ELEMENTS: usize = 200;

/// Joins the groups; also, for every asset that went in, the index of the one it became.
pub(crate) fn merge(assets: Vec<Asset>, same: &Same) -> (Vec<Asset>, Vec<usize>) {
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, group) in same.group.iter().enumerate() {
        members.entry(*group).or_default().push(index);
    }
    let mut steps: HashMap<usize, Vec<&Step>> = HashMap::new();
    for step in &same.steps {
        steps.entry(step.a).or_default().push(step);
        steps.entry(step.b).or_default().push(step);
    }
    let mut open: Vec<Option<Asset>> = assets.into_iter().map(Some).collect();
    let mut merged: Vec<(Asset, Vec<usize>)> = Vec::new();
    for (_, mut group) in members {
        let rank = |i: &usize| (open[*i].as_ref().map_or(Standing::Live, standing), *i);
        group.sort_by_key(rank);
        let Some(first) = group.first().copied() else { continue };
        let matches = weakest(first, &steps);
        let mut taken = group.iter().filter_map(|i| Some((*i, open[*i].take()?)));
        let Some((_, mut asset)) = taken.next() else { continue };
        for (index, other) in taken {
            take_in(&mut asset, other, matches.get(&index));
        }
        merged.push((asset, group));
    }
    merged.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
    let mut became = vec![0; open.len()];
    for (index, (_, group)) in merged.iter().enumerate() {
        group.iter().for_each(|i| became[*i] = index);
    }
    (merged.into_iter().map(|(asset, _)| asset).collect(), became)
}

/// How each asset of a group is known to be the same as its first: the weakest step on the way.
fn weakest(first: usize, steps: &HashMap<usize, Vec<&Step>>) -> HashMap<usize, Match> {
    let mut found: HashMap<usize, Match> = HashMap::new();
    let mut open = VecDeque::from([first]);
    while let Some(at) = open.pop_front() {
        let so_far = found.get(&at).cloned();
        for step in steps.get(&at).into_iter().flatten() {
            let other = if step.a == at { step.b } else { step.a };
            if other == first || found.contains_key(&other) {
                continue;
            }
            let here = step.matched.clone();
            let weaker = match &so_far {
                Some(so_far) if so_far.confidence < here.confidence => so_far.clone(),
                _ => here,
            };
            found.insert(other, weaker);
            open.push_back(other);
        }
    }
    found
}

fn take_in(asset: &mut Asset, other: Asset, matched: Option<&Match>) {
    if !is_known_name(asset) && is_known_name(&other) {
        asset.name = other.name;
    }
    asset.aliases.extend(other.aliases);
    let sightings = other.sightings.into_iter().map(|sighting| {
        // What was merged before keeps the weaker of the two matches.
        let weaker = sighting.matched.into_iter().chain(matched.cloned()).min_by_key(|m| m.confidence);
        Sighting { matched: weaker, ..sighting }
    });
    asset.sightings.extend(sightings);
    let mut seen = BTreeSet::new();
    asset.sightings.retain(|s| seen.insert((s.source.clone(), s.scope.clone(), s.address.clone())));
    for evidence in other.evidence {
        if !asset.evidence.contains(&evidence) {
            asset.evidence.push(evidence);
        }
    }
    fill(&mut asset.document, &other.document, 0);
}

/// Fills in what `node` leaves open and `exact` knows. Where both know, `node` stays.
fn fill(node: &mut Node, exact: &Node, depth: usize) {
    if depth > MAX_DEPTH || exact.is_null() {
        return;
    }
    node.sensitive |= exact.sensitive;
    if let (Value::Map(_), Value::Map(theirs)) = (&node.value, content(exact)) {
        let theirs = theirs.clone();
        fill_map(node, &theirs, depth);
        return;
    }
    if let (Value::Json(inner), Value::Map(_) | Value::List(_)) = (&node.value, content(exact)) {
        let mut inner = (**inner).clone();
        fill(&mut inner, &Node { value: content(exact).clone(), ..exact.clone() }, depth + 1);
        node.value = Value::Json(Arc::new(inner));
        return;
    }
    let lists = (&node.value, content(exact));
    if let (Value::List(ours), Value::List(theirs)) = lists {
        if let Some(partners) = partners(ours, theirs, depth) {
            let theirs = theirs.clone();
            if let Value::List(ours) = &mut node.value {
                let ours = Arc::make_mut(ours).iter_mut();
                ours.zip(partners).for_each(|(our, index)| fill(our, &theirs[index], depth + 1));
            }
        }
        return;
    }
    let open = match &node.value {
        Value::Unknown(_) => true,
        Value::Template(pieces) => exact.as_str().is_some_and(|text| fits(pieces, text)),
        // A default that a deployment may have overridden says less than what was deployed.
        _ => node.assumed && !matches!(node.value, Value::Map(_) | Value::List(_) | Value::Json(_)),
    };
    if !open {
        return;
    }
    if let Some(known) = known(exact, depth) {
        let at = match (&node.at, &known.at) {
            (Some(ours), Some(theirs)) => Some(Arc::new(ours.leading_to(theirs))),
            (ours, theirs) => ours.clone().or_else(|| theirs.clone()),
        };
        *node = Node {
            value: known.value,
            at,
            assumed: false,
            default: false,
            sensitive: node.sensitive || known.sensitive,
            from: node.from.take(),
            mentions: node.mentions.take(),
        };
    }
}

fn fill_map(node: &mut Node, theirs: &BTreeMap<Arc<str>, Node>, depth: usize) {
    let Value::Map(ours) = &mut node.value else { return };
    let ours = Arc::make_mut(ours);
    let missing: Vec<&Arc<str>> = theirs.keys().filter(|key| !ours.contains_key(*key)).collect();
    // Keys that are ids which are not known stand under their expressions.
    let unnamed: Vec<Arc<str>> = ours.keys().filter(|key| key.contains("${")).cloned().collect();
    match (&*unnamed, &*missing) {
        ([], _) => {
            for key in missing {
                if let Some(known) = known(&theirs[key], depth + 1) {
                    ours.insert(key.clone(), known);
                }
            }
        }
        ([unnamed], [missing]) => {
            if let Some(entry) = ours.remove(unnamed) {
                ours.insert((*missing).clone(), entry);
            }
        }
        _ => {} // which is which cannot be told
    }
    for (key, our) in ours.iter_mut() {
        if let Some(exact) = theirs.get(key) {
            fill(our, exact, depth + 1);
        }
    }
}

/// A value as it may be filled in: wholly known, and without references, which mean something only where they stand.
fn known(node: &Node, depth: usize) -> Option<Node> {
    if depth > MAX_DEPTH || node.default {
        return None;
    }
    let value = match &node.value {
        Value::Unknown(_) | Value::Template(_) | Value::Null => return None,
        Value::List(items) => {
            Value::list(items.iter().map(|item| known(item, depth + 1)).collect::<Option<Vec<_>>>()?)
        }
        Value::Map(entries) => {
            let known = entries.iter().filter_map(|(key, n)| Some((key.clone(), known(n, depth + 1)?)));
            Value::map(known.collect())
        }
        Value::Json(inner) => Value::Json(Arc::new(known(inner, depth + 1)?)),
        other => other.clone(),
    };
    Some(Node { value, from: None, mentions: None, ..node.clone() })
}

/// The value itself, of JSON text that what it encodes.
fn content(node: &Node) -> &Value {
    match &node.value {
        Value::Json(inner) => &inner.value,
        other => other,
    }
}

/// For each of `ours` the one of `theirs` that it is, if that can be told: in their order, or, as sets keep none, because
/// just one fits.
fn partners(ours: &[Node], theirs: &[Node], depth: usize) -> Option<Vec<usize>> {
    if ours.len() != theirs.len() {
        return None;
    }
    if ours.iter().zip(theirs).all(|(our, their)| consistent(our, their, depth)) {
        return Some((0..ours.len()).collect());
    }
    if ours.len() > MAX_ELEMENTS {
        return None;
    }
    let mut partners = Vec::new();
    for our in ours {
        let mut fitting = (0..theirs.len()).filter(|i| consistent(our, &theirs[*i], depth));
        match (fitting.next(), fitting.next()) {
            (Some(only), None) if !partners.contains(&only) => partners.push(only),
            _ => return None,
        }
    }
    Some(partners)
}

/// Whether nothing that both know differs.
fn consistent(our: &Node, their: &Node, depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    match (content(our), content(their)) {
        (Value::Unknown(_) | Value::Null, _) | (_, Value::Unknown(_) | Value::Null) => true,
        (Value::Template(pieces), Value::String(text)) => fits(pieces, text),
        (_, Value::Template(_)) => true,
        (Value::Map(ours), Value::Map(theirs)) => ours
            .iter()
            .all(|(key, our)| theirs.get(key).is_none_or(|their| consistent(our, their, depth + 1))),
        (Value::List(ours), Value::List(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(&**theirs).all(|(a, b)| consistent(a, b, depth + 1))
        }
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Number(a), Value::Number(b)) => a == b,
        (Value::String(a), Value::String(b)) => a == b,
        _ => false,
    }
}

/// Whether the known pieces stand in the text, one after the other.
fn fits(pieces: &[Piece], text: &str) -> bool {
    let mut rest = text;
    let mut after_hole = false;
    for (index, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Hole { .. } => after_hole = true,
            Piece::Text(known) if index + 1 == pieces.len() => {
                return if after_hole { rest.ends_with(&**known) } else { rest == &**known };
            }
            Piece::Text(known) => {
                let at =
                    if after_hole { rest.find(&**known) } else { rest.starts_with(&**known).then_some(0) };
                let Some(at) = at else { return false };
                rest = &rest[at + known.len()..];
                after_hole = false;
            }
        }
    }
    after_hole || rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Position;

    fn at(path: &str, line: u32, value: Value) -> Node {
        Node::from(value).at(Arc::new(Position::point(path.into(), line, 1)))
    }

    fn map(entries: &[(&str, Node)]) -> Node {
        Value::map(entries.iter().map(|(k, n)| (Arc::from(*k), n.clone())).collect()).into()
    }

    fn list(items: &[Node]) -> Node {
        Value::list(items.to_vec()).into()
    }

    fn filled(ours: &Node, exact: &Node) -> String {
        let mut node = ours.clone();
        fill(&mut node, exact, 0);
        let once = serde_json::to_string(&node).unwrap();
        fill(&mut node, exact, 0);
        assert_eq!(serde_json::to_string(&node).unwrap(), once, "filling again changes nothing");
        once
    }

    #[test]
    fn what_is_open_is_filled_and_what_is_known_stays() {
        let unknown = || Node::unknown("later");
        let hole = |text: &str| {
            let hole = Piece::Hole { reason: "later".into(), from: None };
            Node::from(Value::text([Piece::Text(text.into()), hole]))
        };
        let assumed = Node { assumed: true, ..Node::from("default") };
        let unset = Node { default: true, ..Node::from("default") };
        for (ours, exact, want) in [
            (unknown(), Node::from("x"), r#""x""#),
            (Node::from("mine"), Node::from("x"), r#""mine""#),
            (assumed, Node::from("x"), r#""x""#),
            (map(&[("a", unset)]), map(&[("a", "x".into())]), "{}"),
            (hole("data-"), Node::from("data-1a2b"), r#""data-1a2b""#),
            (hole("data-"), Node::from("other"), r#"{"$text":"data-${? later}"}"#),
            (map(&[("a", 1.into())]), map(&[("a", 2.into()), ("b", 3.into())]), r#"{"a":1,"b":3}"#),
            (map(&[("a", 1.into())]), map(&[("b", unknown())]), r#"{"a":1}"#),
            (map(&[("a", unknown())]), map(&[("a", unknown())]), r#"{"a":{"$unknown":"later"}}"#),
            (list(&[unknown(), "b".into()]), list(&["a".into(), "b".into()]), r#"["a","b"]"#),
            (list(&["a".into()]), list(&["a".into(), "b".into()]), r#"["a"]"#),
            (
                list(&[
                    map(&[("n", "a".into()), ("v", unknown())]),
                    map(&[("n", "b".into()), ("v", unknown())]),
                ]),
                list(&[
                    map(&[("n", "b".into()), ("v", 2.into())]),
                    map(&[("n", "a".into()), ("v", 1.into())]),
                ]),
                r#"[{"n":"a","v":1},{"n":"b","v":2}]"#,
            ),
            (
                map(&[("${x.id}", map(&[]))]),
                map(&[("/subscriptions/s/x", map(&[]))]),
                r#"{"/subscriptions/s/x":{}}"#,
            ),
            (
                map(&[("${x.id}", map(&[])), ("${y.id}", map(&[]))]),
                map(&[("/x", map(&[])), ("/y", map(&[]))]),
                r#"{"${x.id}":{},"${y.id}":{}}"#,
            ),
            (Node::from("mine"), Node { sensitive: true, ..Node::from("x") }, r#"{"$sensitive":true}"#),
        ] {
            assert_eq!(filled(&ours, &exact), want, "{ours:?} {exact:?}");
        }
    }

    #[test]
    fn a_filled_value_leads_to_where_it_is_known() {
        let mut node = at("main.tf", 3, Value::unknown("later"));
        fill(&mut node, &at("terraform.tfstate", 9, Value::string("x")), 0);
        let trail: Vec<String> = node.at.unwrap().trail().map(ToString::to_string).collect();
        assert_eq!(trail, ["main.tf:3:1", "terraform.tfstate:9:1"]);
        let mut document = map(&[]);
        fill(&mut document, &map(&[("a", at("terraform.tfstate", 9, Value::string("x")))]), 0);
        assert_eq!(document.get("a").unwrap().at.as_ref().unwrap().to_string(), "terraform.tfstate:9:1");
    }
}
