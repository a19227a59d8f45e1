//! What the explorer asks about besides assets: entries, steps, permissions and attack paths, as nodes and relationships.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use catalog::Catalog;
use graph::Graph;
use graph::query::derived::{self, Derived, End, Made, Relationship};
use graph::query::{Properties, Value};
use model::{
    AssetId, AttackPath, AttackPaths, Coverage, CoverageStatus, Evidence, FindingRisk, Foothold, Grounds,
    Level, Matrix, Outcome, PathStep, Position, Verdict,
};
use paths::{AttackGraph, DerivedStep, DerivedTarget, Options, Stand};

use crate::attack::with_facts;
use crate::run::Request;

/// Relationships for steps, and for permissions.
const MAX_STEPS: usize = 200_000;

/// Derives everything once: for the graph of queries, and the risk of each outcome.
pub(crate) fn explore(
    graph: &Graph,
    catalog: &Catalog,
    outcomes: &[Outcome],
    request: &Request,
) -> (Derived, Vec<Option<FindingRisk>>, Vec<Coverage>) {
    with_facts(graph, catalog, outcomes, request, |facts, mut notes| {
        let mut note = |reason: String| {
            notes.push(Coverage::note("paths", "", CoverageStatus::Partial, reason));
        };
        let attack = match AttackGraph::derive(*facts, &[]) {
            Ok(attack) => attack,
            Err(error) => {
                note(format!("no steps of attacks were derived: {error}"));
                return (Derived::default(), Vec::new(), notes);
            }
        };
        let steps = attack.steps(MAX_STEPS);
        if steps.left_out > 0 {
            let left_out = steps.left_out;
            note(format!(
                "{left_out} steps that very many can take are left out, beyond the first {MAX_STEPS}"
            ));
        }
        let matrix = attack.matrix(&|_| true, &|_| true, &|_| true);
        if matrix.cut {
            note(format!("permissions beyond the first {} are left out", matrix.cells.len()));
        }
        let found = attack.find(&Options::default());
        let risks = attack.finding_risks(&found);
        let mut maker = Maker::new(graph, catalog);
        maker.targets(&attack.targets());
        steps.steps.iter().for_each(|step| maker.step(step));
        maker.permissions(&matrix);
        maker.paths(&found, &risks);
        (maker.derived, risks, notes)
    })
}

struct Maker<'a> {
    graph: &'a Graph,
    entries: BTreeMap<&'a str, usize>,
    derived: Derived,
}

impl<'a> Maker<'a> {
    fn new(graph: &'a Graph, catalog: &'a Catalog) -> Self {
        let mut maker = Maker { graph, entries: BTreeMap::new(), derived: Derived::default() };
        for card in &catalog.entries {
            let entry = &card.entry.text;
            maker.entries.insert(entry, maker.derived.nodes.len());
            let properties = properties([
                ("name", Value::Text(entry.clone())),
                ("entry", Value::Text(entry.clone())),
                ("title", Value::Text(card.title.clone())),
                ("says", Value::Text(card.says.clone())),
                ("likelihood", Value::Text(card.likelihood.text.clone())),
            ]);
            maker.derived.nodes.push(Made { label: derived::ENTRY, properties });
        }
        maker
    }

    fn relate(&mut self, from: End, kind: &str, to: End, properties: Properties) {
        self.derived.relationships.push(Relationship { from, kind: kind.into(), to, properties });
    }

    fn entry(&self, entry: &str) -> Option<End> {
        self.entries.get(entry).map(|place| End::Made(*place))
    }

    fn asset(&self, id: &AssetId) -> Option<End> {
        self.graph.find(id).map(End::Asset)
    }

    /// Assets that an attacker wants: as which targets, at which levels, and the greatest impact.
    fn targets(&mut self, targets: &[DerivedTarget]) {
        let mut by_asset: BTreeMap<usize, (BTreeSet<&str>, BTreeSet<&str>, u8)> = BTreeMap::new();
        for target in targets {
            let (cards, levels, impact) = by_asset.entry(target.asset).or_default();
            cards.insert(&target.target);
            levels.insert(target.level.as_str());
            *impact = target.impact.max(*impact);
        }
        for (asset, (cards, levels, impact)) in by_asset {
            let known = properties([
                ("wanted_as", texts(cards)),
                ("wanted_levels", texts(levels)),
                ("impact", Value::Integer(i64::from(impact))),
            ]);
            self.derived.targets.insert(asset, known);
        }
    }

    fn step(&mut self, step: &DerivedStep) {
        let (from, level_from) = match &step.from {
            Stand::Entry(entry) => (self.entry(entry), None),
            Stand::Asset(asset, level) => (Some(End::Asset(*asset)), Some(*level)),
        };
        let Some(from) = from else { return };
        let mut known = properties([
            ("technique", Value::Text(step.technique.clone())),
            ("title", Value::Text(step.title.clone())),
            ("level", Value::text(step.gain.as_str())),
            ("brings", brings(step.gain)),
            ("likelihood", Value::Text(step.likelihood.clone())),
            ("needs_too", Value::Text(step.needs_too.clone())),
            ("attack", texts(step.attack.iter().map(|id| &**id))),
            ("atlas", texts(step.atlas.iter().map(|id| &**id))),
        ]);
        known.extend(level_from.map(|level| (Arc::from("level_from"), Value::text(level.as_str()))));
        known.extend(step.because.clone().map(|because| (Arc::from("because"), Value::Text(because))));
        known.extend(sure(&step.verdict));
        known.extend(step.at.as_ref().map(place).unwrap_or_default());
        self.relate(from, derived::type_of_level(step.gain), End::Asset(step.to), known);
    }

    fn permissions(&mut self, matrix: &Matrix) {
        for cell in &matrix.cells {
            let (from, level_from) = match &cell.who {
                Foothold::Entry { entry } => (self.entry(entry), None),
                Foothold::Asset { asset, level } => (self.asset(asset), Some(*level)),
            };
            let (Some(from), Some(to)) = (from, self.asset(&cell.resource)) else { continue };
            // Whoever has something already needs no permission to it.
            if from == to {
                continue;
            }
            let mut known = properties([("technique", Value::Text(cell.technique.clone()))]);
            let needs: Vec<String> = cell.needs.iter().map(|need| self.told(need)).collect();
            known.insert("needs_too".into(), Value::text(needs.join("; ")));
            known.extend(level_from.map(|level| (Arc::from("level_from"), Value::text(level.as_str()))));
            known.extend(sure(&cell.verdict));
            known.extend(grounded(cell.grounds.first()));
            self.relate(from, &derived::type_of_verb(&cell.verb), to, known);
        }
    }

    fn paths(&mut self, found: &AttackPaths, risks: &[Option<FindingRisk>]) {
        let mut places = BTreeMap::new();
        for path in &found.paths {
            let node = self.derived.nodes.len();
            places.insert(&*path.id, node);
            self.path(path, End::Made(node));
        }
        for (outcome, risk) in risks.iter().enumerate() {
            for path in risk.iter().flat_map(|risk| &risk.paths) {
                if let Some(node) = places.get(&**path) {
                    self.relate(End::Outcome(outcome), derived::ON_PATH, End::Made(*node), Properties::new());
                }
            }
        }
    }

    fn path(&mut self, path: &AttackPath, node: End) {
        let bypasses = path.bypasses.iter().map(|id| self.name(id));
        let known = properties([
            ("id", Value::Text(path.id.clone())),
            ("name", Value::Text(path.id.clone())),
            ("title", Value::text(&path.title)),
            ("risk", Value::text(path.risk.level.as_str())),
            ("likelihood", Value::Text(path.risk.likelihood.clone())),
            ("impact", Value::Integer(i64::from(path.risk.impact))),
            ("entry", Value::Text(path.entry.clone())),
            ("target", Value::Text(path.target.target.clone())),
            ("steps", Value::Integer(path.steps.len() as i64)),
            ("bypasses", texts(bypasses)),
        ]);
        self.derived.nodes.push(Made { label: derived::ATTACK_PATH, properties: known });
        if let Some(entry) = self.entry(&path.entry) {
            self.relate(node, derived::BEGINS_AT, entry, Properties::new());
        }
        if let Some(target) = self.asset(&path.target.asset) {
            let known = properties([("level", Value::text(path.target.level.as_str()))]);
            self.relate(node, derived::ENDS_AT, target, known);
        }
        for (place, step) in path.steps.iter().enumerate() {
            if let Some(to) = self.asset(&step.to) {
                let known = passing(place + 1, step);
                self.relate(node, derived::PASSES, to, known);
            }
        }
    }

    fn told(&self, foothold: &Foothold) -> String {
        match foothold {
            Foothold::Entry { entry } => entry.to_string(),
            Foothold::Asset { asset, level } => format!("{level} of {}", self.name(asset)),
        }
    }

    fn name(&self, id: &AssetId) -> &'a str {
        self.graph.find(id).map_or("", |asset| &self.graph.assets()[asset].name)
    }
}

fn passing(place: usize, step: &PathStep) -> Properties {
    let mut known = properties([
        ("step", Value::Integer(place as i64)),
        ("technique", Value::Text(step.technique.clone())),
        ("title", Value::Text(step.title.clone())),
        ("level", Value::text(step.gain.as_str())),
        ("says", Value::text(&step.says)),
        ("attack", texts(step.attack.iter().map(|id| &**id))),
        ("atlas", texts(step.atlas.iter().map(|id| &**id))),
    ]);
    known.extend(sure(&step.verdict));
    known.extend(grounded(step.evidence.first()));
    known
}

/// The verdict, and where it is no plain yes what it hangs on.
fn sure(verdict: &Verdict) -> Properties {
    let mut known = properties([("verdict", Value::text(verdict.word()))]);
    let conditions = match verdict {
        Verdict::Allowed => return known,
        Verdict::Conditional(all) => texts(all.iter().map(|c| &**c)),
        Verdict::Unknown(why) => texts([&**why]),
    };
    known.insert("conditions".into(), conditions);
    known
}

/// The reason that decides, and its place.
fn grounded(grounds: Option<&Grounds>) -> Properties {
    let Some(grounds) = grounds else { return Properties::new() };
    let mut known = properties([("because", Value::Text(grounds.says.clone()))]);
    known.extend(Evidence::position(&grounds.evidence).map(place).unwrap_or_default());
    known
}

fn place(at: &Position) -> Properties {
    properties([("file", Value::Text(at.path.clone())), ("line", Value::Integer(i64::from(at.line)))])
}

/// A level with those that it brings.
fn brings(level: Level) -> Value {
    texts([level].iter().chain(level.implies()).map(|level| level.as_str()))
}

fn properties<const N: usize>(entries: [(&str, Value); N]) -> Properties {
    entries.into_iter().map(|(name, value)| (Arc::from(name), value)).collect()
}

/// A list of texts; too long for a value, and it is not there.
fn texts<'t>(items: impl IntoIterator<Item = &'t str>) -> Value {
    Value::list(items.into_iter().map(Value::text).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ontology::Cards;
    use crate::run::observe;
    use collect::Tree;

    /// Two workloads that the internet reaches, and a role that many trust.
    fn graph(catalog: &Catalog) -> Graph {
        let role = |name: &str| {
            format!(
                r#"resource "aws_iam_role" "{name}" {{
  name               = "{name}"
  assume_role_policy = jsonencode({{ Version = "2012-10-17", Statement = [{{ Effect = "Allow", Principal = {{ AWS = "*" }}, Action = "sts:AssumeRole" }}] }})
}}
resource "aws_iam_role_policy" "{name}" {{
  role   = aws_iam_role.{name}.name
  policy = jsonencode({{ Version = "2012-10-17", Statement = [{{ Effect = "Allow", Action = ["s3:*", "sts:AssumeRole"], Resource = "*" }}] }})
}}
resource "aws_s3_bucket" "{name}" {{
  bucket = "data-{name}"
}}
"#
            )
        };
        let text: String = ["a", "b", "c", "d"].into_iter().map(role).collect();
        let tree = Tree::of_texts([("main.tf".to_owned(), text)]);
        let mut observations = observe(&tree, &Request::default(), catalog);
        crate::link::join(&mut observations);
        graph::build(observations, &Cards(catalog))
    }

    #[test]
    fn steps_are_bounded_and_those_that_few_take_come_first() {
        let catalog = Catalog::embedded();
        let graph = graph(&catalog);
        with_facts(&graph, &catalog, &[], &Request::default(), |facts, _| {
            let attack = AttackGraph::derive(*facts, &[]).unwrap();
            let all = attack.steps(usize::MAX);
            assert!(all.left_out == 0 && all.steps.len() > 20, "{}", all.steps.len());
            for most in [0, 1, 10, all.steps.len() / 2] {
                let some = attack.steps(most);
                assert!(some.steps.len() <= most && some.left_out > 0, "{most}: {}", some.steps.len());
                assert!(some.steps.iter().all(|step| all.steps.contains(step)), "{most}");
                let again = attack.steps(most);
                assert_eq!(again, some, "{most}");
            }
        });
    }

    #[test]
    fn a_step_stands_once_between_two_assets_for_each_technique() {
        let catalog = Catalog::embedded();
        let graph = graph(&catalog);
        let (derived, _, notes) = explore(&graph, &catalog, &[], &Request::default());
        assert!(notes.iter().all(|note| &*note.source != "paths"), "{notes:?}");
        let mut seen = BTreeSet::new();
        let steps = derived.relationships.iter().filter(|r| r.properties.contains_key("brings"));
        for step in steps {
            let technique = format!("{:?}", step.properties["technique"]);
            let key = (format!("{:?}", step.from), step.kind.clone(), format!("{:?}", step.to), technique);
            assert!(seen.insert(key.clone()), "{key:?}");
        }
    }
}
