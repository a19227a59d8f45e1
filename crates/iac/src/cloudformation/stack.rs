//! One stack: a template with the parameters it is given, its sections with loops and includes written out, and what is
//! already known of it.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use collect::normalise;
use formats::data::{Datum, Entry};
use model::Node;

use super::eval::Scope;
use super::template::{Declared, Parsed, transforms};

/// Entries of one section.
const MAX_ENTRIES: usize = 50_000;
/// Loops and included files inside each other.
const MAX_LOOPS: usize = 8;

/// What a section declares, in the order of the text.
#[derive(Debug, Default)]
pub(super) struct Section {
    pub(super) items: Vec<Declared>,
    index: HashMap<Arc<str>, usize>,
}

impl Section {
    pub(super) fn get(&self, id: &str) -> Option<&Declared> {
        self.index.get(id).map(|at| &self.items[*at])
    }

    fn put(&mut self, declared: Declared) {
        if !self.index.contains_key(&declared.id) {
            self.index.insert(declared.id.clone(), self.items.len());
            self.items.push(declared);
        }
    }
}

/// A name that is being looked up maps to nothing yet: meeting it again is a cycle.
type Memo<K, V> = RefCell<HashMap<K, Option<V>>>;

#[derive(Debug)]
pub(super) struct Stack {
    pub(super) parsed: Arc<Parsed>,
    pub(super) path: Arc<str>,
    /// `Nested.` or empty.
    pub(super) prefix: String,
    /// The templates that it is nested in.
    pub(super) ancestors: Vec<Arc<str>>,
    pub(super) nested: bool,
    /// Values of parameters, from the outer stack or a parameter file.
    pub(super) given: BTreeMap<Arc<str>, Node>,
    /// Pseudo parameters that something on disk tells.
    pub(super) known: BTreeMap<Arc<str>, Node>,
    /// Whether SAM writes the template out.
    pub(super) serverless: bool,
    pub(super) parameters: BTreeMap<Arc<str>, Declared>,
    pub(super) mappings: BTreeMap<Arc<str>, Declared>,
    conditions: OnceCell<Section>,
    resources: OnceCell<Section>,
    outputs: OnceCell<Section>,
    empty: Section,
    pub(super) values: RefCell<HashMap<Arc<str>, Node>>,
    pub(super) truths: Memo<Arc<str>, Node>,
    pub(super) properties: Memo<(Arc<str>, Arc<str>), Option<Node>>,
    pub(super) outputs_known: Memo<Arc<str>, Node>,
    pub(super) children: RefCell<HashMap<Arc<str>, Option<Rc<Stack>>>>,
}

impl Stack {
    pub(super) fn new(parsed: Arc<Parsed>, given: BTreeMap<Arc<str>, Node>) -> Self {
        let asked = |t: &&Datum| t.as_str().is_some_and(|name| name.starts_with("AWS::Serverless"));
        let used = |entry: &Entry| {
            let kind = entry.value.get("Type").and_then(Datum::as_str);
            kind.is_some_and(|kind| kind.starts_with("AWS::Serverless::"))
        };
        let resources = parsed.datum.get("Resources").and_then(Datum::as_map).unwrap_or_default();
        let serverless = transforms(&parsed.datum).iter().any(asked) || resources.iter().any(used);
        let plain = |section: &str| {
            let entries = parsed.datum.get(section).and_then(Datum::as_map).unwrap_or_default();
            let declared = |entry: &Entry| (entry.key.clone(), plainly(&parsed, entry));
            entries.iter().map(declared).collect()
        };
        Stack {
            path: parsed.file.path.clone(),
            prefix: String::new(),
            ancestors: Vec::new(),
            nested: false,
            given,
            known: BTreeMap::new(),
            serverless,
            parameters: plain("Parameters"),
            mappings: plain("Mappings"),
            conditions: OnceCell::new(),
            resources: OnceCell::new(),
            outputs: OnceCell::new(),
            empty: Section::default(),
            values: RefCell::default(),
            truths: Memo::default(),
            properties: Memo::default(),
            outputs_known: Memo::default(),
            children: RefCell::default(),
            parsed,
        }
    }

    pub(super) fn conditions(&self) -> &Section {
        self.conditions.get().unwrap_or(&self.empty)
    }

    pub(super) fn resources(&self) -> &Section {
        self.resources.get().unwrap_or(&self.empty)
    }

    pub(super) fn outputs(&self) -> &Section {
        self.outputs.get().unwrap_or(&self.empty)
    }

    /// The path of a file that `text` names from the file at `from`; none for what is elsewhere.
    pub(super) fn local(&self, text: &str, from: &str) -> Option<String> {
        if text.is_empty() || text.contains("://") || text.starts_with(['/', '{']) || text.contains('\0') {
            return None;
        }
        let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
        Some(normalise(&format!("{folder}/{text}")))
    }
}

fn plainly(parsed: &Arc<Parsed>, entry: &Entry) -> Declared {
    Declared {
        id: entry.key.clone(),
        source: parsed.clone(),
        key_span: entry.key_span,
        datum: entry.value.clone(),
        loops: None,
    }
}

impl Scope<'_, '_> {
    /// Writes the sections of this scope's stack out, once. Conditions first: loops over the others do not read them.
    pub(super) fn prepare(&self) {
        let stack = &self.stack;
        for (name, cell) in
            [("Conditions", &stack.conditions), ("Resources", &stack.resources), ("Outputs", &stack.outputs)]
        {
            if cell.get().is_some() {
                continue;
            }
            let mut section = Section::default();
            if let Some(datum) = stack.parsed.datum.get(name) {
                match datum.as_map() {
                    Some(entries) => self.write_out(entries, &mut section, 0),
                    None => _ = self.fault(datum, format!("{name} is {}", datum.type_name())),
                }
            }
            _ = cell.set(section);
        }
    }

    fn write_out(&self, entries: &[Entry], section: &mut Section, depth: usize) {
        for entry in entries {
            if section.items.len() >= MAX_ENTRIES {
                self.root.note_at(
                    &self.source.file.position(entry.key_span),
                    format!("more than {MAX_ENTRIES} entries, the rest is not assessed"),
                );
                return;
            }
            if entry.key.starts_with("Fn::ForEach::") {
                let done = self.each(&entry.value, &mut |scope, body| {
                    if section.items.len() >= MAX_ENTRIES {
                        return Err(
                            format!("more than {MAX_ENTRIES} entries, the rest is not assessed").into()
                        );
                    }
                    if depth < MAX_LOOPS {
                        scope.write_out(body.as_map().unwrap_or_default(), section, depth + 1);
                    }
                    Ok(())
                });
                if let Err(reason) = done {
                    self.root.note_at(&self.source.file.position(entry.key_span), &*reason);
                }
            } else if &*entry.key == "Fn::Transform" {
                match self.included(&entry.value) {
                    Ok((parsed, _)) if depth < MAX_LOOPS => {
                        let scope = self.beside(&parsed, &self.loops);
                        scope.write_out(parsed.datum.as_map().unwrap_or_default(), section, depth + 1);
                    }
                    Ok(_) => {}
                    Err(reason) => _ = self.fault(&entry.value, reason),
                }
            } else {
                section.put(Declared {
                    id: self.key(&entry.key),
                    source: self.source.clone(),
                    key_span: entry.key_span,
                    datum: entry.value.clone(),
                    loops: self.loops.clone(),
                });
            }
        }
    }
}
