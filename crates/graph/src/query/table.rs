//! The property graph that queries run on: nodes with labels and properties, relationships with a type and properties, in
//! compressed adjacency both ways, with an index of labels and one of properties.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::Value;

/// Properties by name.
pub type Properties = BTreeMap<Arc<str>, Value>;

/// What reading a property gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    Known(Value),
    /// There is no such property.
    Absent,
    /// There is, and its value is not known, and why. For a query it is null, and the answer says so.
    Unknown(Arc<str>),
}

/// Names that a graph could use.
#[derive(Clone, Debug, Default)]
pub struct Words {
    pub labels: Vec<String>,
    pub types: Vec<String>,
}

/// What queries are asked of: a table of nodes and relationships, and properties that may be read only when asked for.
pub trait PropertyGraph {
    fn table(&self) -> &Table;

    fn property(&self, node: u32, name: &str) -> Reading {
        self.table().node_property(node, name)
    }

    /// The names of all properties of a node.
    fn property_names(&self, node: u32) -> Vec<Arc<str>> {
        self.table().node_properties(node).keys().cloned().collect()
    }

    /// Labels and types that another graph of this sort could have; only asked for to tell who names one that nothing
    /// here has.
    fn words(&self) -> Words {
        Words::default()
    }

    /// Whether some node could have a property of that name; only to tell who asks for one that none has.
    fn knows_property(&self, name: &str) -> bool {
        self.table().property_names.contains(name)
    }
}

impl PropertyGraph for Table {
    fn table(&self) -> &Table {
        self
    }
}

/// One end of a relationship, seen from the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Step {
    pub kind: u32,
    pub node: u32,
    pub relationship: u32,
}

#[derive(Clone, Debug)]
struct Relationship {
    from: u32,
    kind: u32,
    to: u32,
    properties: Properties,
}

/// Names by number, and back.
#[derive(Clone, Debug, Default)]
struct Symbols {
    names: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
}

impl Symbols {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let (number, name) = (self.names.len() as u32, Arc::<str>::from(name));
        self.names.push(name.clone());
        self.numbers.insert(name, number);
        number
    }
}

/// An immutable property graph. Made by a [`Builder`].
#[derive(Clone, Debug, Default)]
pub struct Table {
    labels: Symbols,
    types: Symbols,
    /// For each node its labels in the order they were given.
    node_labels: Vec<Vec<u32>>,
    node_properties: Vec<Properties>,
    relationships: Vec<Relationship>,
    outgoing: Vec<Step>,
    out_offsets: Vec<u32>,
    incoming: Vec<Step>,
    in_offsets: Vec<u32>,
    by_label: Vec<Vec<u32>>,
    /// Nodes by property name and value, for values that are equal only to themselves.
    by_property: HashMap<Arc<str>, HashMap<Scalar, Vec<u32>>>,
    property_names: BTreeSet<Arc<str>>,
    /// How many relationships each type has.
    type_counts: Vec<u32>,
}

/// A value that an index can hold: 1 and 1.0 are one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Scalar {
    Boolean(bool),
    Integer(i64),
    Text(Arc<str>),
}

impl Scalar {
    fn of(value: &Value) -> Option<Scalar> {
        match value {
            Value::Boolean(b) => Some(Scalar::Boolean(*b)),
            Value::Integer(i) => Some(Scalar::Integer(*i)),
            Value::Text(t) => Some(Scalar::Text(t.clone())),
            _ => None,
        }
    }
}

impl Table {
    pub fn nodes(&self) -> u32 {
        self.node_labels.len() as u32
    }

    pub fn relationships(&self) -> u32 {
        self.relationships.len() as u32
    }

    /// Every label that a node has.
    pub fn labels(&self) -> &[Arc<str>] {
        &self.labels.names
    }

    /// Every type that a relationship has.
    pub fn types(&self) -> &[Arc<str>] {
        &self.types.names
    }

    /// Every name of a stored property, of nodes and of relationships.
    pub fn property_names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.property_names.iter()
    }

    pub fn node_labels(&self, node: u32) -> impl Iterator<Item = &Arc<str>> {
        let labels = self.node_labels.get(node as usize).map_or(&[][..], |l| l);
        labels.iter().map(|l| &self.labels.names[*l as usize])
    }

    pub fn node_properties(&self, node: u32) -> &Properties {
        static NONE: Properties = Properties::new();
        self.node_properties.get(node as usize).unwrap_or(&NONE)
    }

    pub fn node_property(&self, node: u32, name: &str) -> Reading {
        self.node_properties(node).get(name).cloned().map_or(Reading::Absent, Reading::Known)
    }

    /// The type of a relationship.
    pub fn relationship_type(&self, relationship: u32) -> &Arc<str> {
        &self.types.names[self.relationships[relationship as usize].kind as usize]
    }

    /// The node that a relationship leaves, and the one it enters.
    pub fn ends(&self, relationship: u32) -> (u32, u32) {
        let relationship = &self.relationships[relationship as usize];
        (relationship.from, relationship.to)
    }

    pub fn relationship_properties(&self, relationship: u32) -> &Properties {
        &self.relationships[relationship as usize].properties
    }

    pub(super) fn label(&self, name: &str) -> Option<u32> {
        self.labels.numbers.get(name).copied()
    }

    pub(super) fn relationship_kind(&self, name: &str) -> Option<u32> {
        self.types.numbers.get(name).copied()
    }

    pub(super) fn has_label(&self, node: u32, label: u32) -> bool {
        self.node_labels.get(node as usize).is_some_and(|labels| labels.contains(&label))
    }

    pub(super) fn with_label(&self, label: u32) -> &[u32] {
        self.by_label.get(label as usize).map_or(&[], |nodes| nodes)
    }

    pub(super) fn count_of_type(&self, kind: u32) -> u32 {
        self.type_counts.get(kind as usize).copied().unwrap_or(0)
    }

    /// The nodes whose stored property has that value; `None` if no index tells.
    pub(super) fn with_property(&self, name: &str, value: &Value) -> Option<&[u32]> {
        let index = self.by_property.get(name)?;
        Some(index.get(&Scalar::of(value)?).map_or(&[], |nodes| nodes))
    }

    /// How many nodes a value of that property has, on average; `None` without an index.
    pub(super) fn selectivity(&self, name: &str) -> Option<u32> {
        let index = self.by_property.get(name)?;
        let nodes: usize = index.values().map(Vec::len).sum();
        Some((nodes / index.len().max(1)) as u32)
    }

    /// Relationships that leave a node.
    pub(crate) fn outgoing(&self, node: u32) -> &[Step] {
        slice(&self.outgoing, &self.out_offsets, node)
    }

    pub(crate) fn incoming(&self, node: u32) -> &[Step] {
        slice(&self.incoming, &self.in_offsets, node)
    }
}

fn slice<'s>(steps: &'s [Step], offsets: &[u32], node: u32) -> &'s [Step] {
    match (offsets.get(node as usize), offsets.get(node as usize + 1)) {
        (Some(from), Some(to)) => &steps[*from as usize..*to as usize],
        _ => &[],
    }
}

/// Collects nodes and relationships. Nodes are numbered from 0 in the order they are added, and so are relationships.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    table: Table,
    /// Properties that are not read alike for every node: an index of what is stored would not find all.
    not_indexed: Vec<Arc<str>>,
}

impl Builder {
    pub fn node<'l>(&mut self, labels: impl IntoIterator<Item = &'l str>, properties: Properties) -> u32 {
        let table = &mut self.table;
        let node = table.nodes();
        let mut numbers: Vec<u32> = Vec::new();
        for label in labels {
            let number = table.labels.number(label);
            if !numbers.contains(&number) {
                numbers.push(number);
            }
        }
        table.node_labels.push(numbers);
        table.node_properties.push(properties);
        node
    }

    /// A relationship between two nodes that were added; `None` if either was not.
    pub fn relationship(&mut self, from: u32, kind: &str, to: u32, properties: Properties) -> Option<u32> {
        let nodes = self.table.nodes();
        if from >= nodes || to >= nodes {
            return None;
        }
        let kind = self.table.types.number(kind);
        let number = self.table.relationships();
        self.table.relationships.push(Relationship { from, kind, to, properties });
        Some(number)
    }

    /// The value of `name` is not only what is stored with a node, so that it must be read to be compared.
    pub fn not_indexed(&mut self, name: &str) {
        self.not_indexed.push(name.into());
    }

    pub fn build(self) -> Table {
        let mut table = self.table;
        let nodes = table.node_labels.len();
        table.by_label = vec![Vec::new(); table.labels.names.len()];
        for (node, labels) in table.node_labels.iter().enumerate() {
            for label in labels {
                table.by_label[*label as usize].push(node as u32);
            }
        }
        for (node, properties) in table.node_properties.iter().enumerate() {
            for (name, value) in properties {
                table.property_names.insert(name.clone());
                if let Some(scalar) = Scalar::of(value) {
                    let index = table.by_property.entry(name.clone()).or_default();
                    index.entry(scalar).or_default().push(node as u32);
                }
            }
        }
        // A fraction equals no scalar but may equal a whole number: such a property is read, not looked up.
        let fraction = |p: &Properties, name: &str| matches!(p.get(name), Some(Value::Float(_)));
        let properties = &table.node_properties;
        table.by_property.retain(|name, _| {
            !self.not_indexed.contains(name) && !properties.iter().any(|p| fraction(p, name))
        });
        table.type_counts = vec![0; table.types.names.len()];
        let (mut outgoing, mut incoming) = (Vec::new(), Vec::new());
        for (number, relationship) in table.relationships.iter().enumerate() {
            let Relationship { from, kind, to, properties } = relationship;
            let step = |node| Step { kind: *kind, node, relationship: number as u32 };
            table.type_counts[*kind as usize] += 1;
            outgoing.push((*from, step(*to)));
            incoming.push((*to, step(*from)));
            for name in properties.keys() {
                table.property_names.insert(name.clone());
            }
        }
        (table.outgoing, table.out_offsets) = compressed(nodes, outgoing);
        (table.incoming, table.in_offsets) = compressed(nodes, incoming);
        table
    }
}

fn compressed(nodes: usize, mut steps: Vec<(u32, Step)>) -> (Vec<Step>, Vec<u32>) {
    steps.sort_unstable();
    let mut offsets = vec![0; nodes + 1];
    for (node, _) in &steps {
        offsets[*node as usize + 1] += 1;
    }
    for i in 1..offsets.len() {
        offsets[i] += offsets[i - 1];
    }
    (steps.into_iter().map(|(_, step)| step).collect(), offsets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_found_by_label_property_and_relationship() {
        let mut builder = Builder::default();
        let named = |name: &str| Properties::from([(Arc::from("name"), Value::text(name))]);
        let a = builder.node(["A", "A", "Both"], named("x"));
        let b = builder.node(["B", "Both"], named("y"));
        assert_eq!(builder.relationship(a, "KNOWS", b, Properties::new()), Some(0));
        assert_eq!(builder.relationship(a, "KNOWS", 9, Properties::new()), None);
        let table = builder.build();
        let both = table.label("Both").unwrap();
        assert_eq!(table.with_label(both), [a, b]);
        assert_eq!(table.with_property("name", &Value::text("y")), Some(&[b][..]));
        assert_eq!(table.with_property("age", &Value::Integer(1)), None);
        assert_eq!(table.outgoing(a)[0].node, b);
        assert_eq!(table.incoming(b)[0].node, a);
        assert!(table.outgoing(b).is_empty() && table.incoming(99).is_empty());
        assert_eq!(table.node_labels(a).map(|l| &**l).collect::<Vec<_>>(), ["A", "Both"]);
    }
}
