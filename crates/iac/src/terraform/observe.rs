//! One root module to observations: every resource instance of every module instance.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use collect::Tree;
use model::{Node, Observations};

use super::instance::{Calls, Instance, Repetition, Root};
use super::inventory::{Dialect, Inventory, Resource};
use super::module::{Modules, attribute};
use super::{Terraform, body, cost, provider, variables};

/// Evaluates the root module in `folder`.
pub(crate) fn root(
    source: &Terraform<'_>,
    tree: &Tree,
    modules: &Modules,
    folder: &Arc<str>,
) -> Observations {
    let Some(module) = modules.by_folder.get(folder) else { return Observations::default() };
    let (given, notes) = variables::given(tree, modules.values.get(folder).map_or(&[], |v| v), &source.given);
    let root = Root::new(modules, tree, folder.clone(), given);
    root.add_instance(Instance::new(module, String::new(), String::new(), None));
    let inventory = Inventory::new(super::SOURCE, folder.clone(), source.catalog);
    let mut observer = Observer { root: &root, inventory };
    observer.inventory.seen.coverage.extend(notes);
    // Children join the list while it is walked.
    let mut index = 0;
    while index < root.instances.borrow().len() {
        let instance = root.instance(index);
        observer.instance(&instance);
        index += 1;
    }
    let mut seen = observer.inventory.finish();
    seen.coverage.extend(root.notes.take());
    seen
}

struct Observer<'r, 'm> {
    root: &'r Root<'m>,
    inventory: Inventory<'m>,
}

impl<'m> Observer<'_, 'm> {
    fn instance(&mut self, instance: &Rc<Instance<'m>>) {
        for (kind, name) in
            instance.module.data.keys().filter(|(kind, _)| provider::LOOK_UPS.contains(&&**kind))
        {
            let meta = instance.module.data.get(&(kind.clone(), name.clone()));
            let meta = meta.and_then(|data| attribute(&data.item.body, "provider"));
            let configuration = provider::configuration(self.root, instance, kind, meta);
            self.inventory.look_up(&configuration, format!("{}data.{kind}.{name}", instance.prefix));
        }
        for ((kind, name), declared) in &instance.module.resources {
            self.root.next_one();
            match self.root.resource(instance, false, kind, name) {
                Ok(instances) => {
                    let meta = attribute(&declared.item.body, "provider");
                    let configuration = provider::configuration(self.root, instance, kind, meta);
                    for one in instances.iter() {
                        let (address, body) = (&one.address, &one.body);
                        let (configuration, ids) = (&*configuration, BTreeSet::new());
                        let resource = Resource { kind, address, body, configuration, ids };
                        self.inventory.resource(&Evaluated(self.root), &resource);
                    }
                }
                Err(message) => {
                    let place = instance.module.position(declared.file, declared.item.header).to_string();
                    self.root.note(&place, format!("{kind}.{name} cannot be evaluated: {message}"));
                }
            }
        }
        // Modules come after a module's own resources: many of them must not crowd those out.
        for (name, call) in &instance.module.calls {
            self.root.next_one();
            let note = |reason: String| {
                let place = instance.module.position(call.file, call.item.header).to_string();
                self.root.note(&place, reason);
            };
            match self.root.calls(instance, name).as_deref() {
                Ok(Calls::Absent(reason)) => note(format!("{reason}, its resources are not assessed")),
                Ok(Calls::Instances(_)) => {}
                Err(message) => note(format!("module {name} cannot be evaluated: {message}")),
            }
        }
    }
}

/// Source code that is evaluated.
struct Evaluated<'r, 'm>(&'r Root<'m>);

impl Dialect for Evaluated<'_, '_> {
    fn room(&self, document: &Node) -> Result<(), String> {
        self.0.step(cost::whole(document))
    }

    fn provider(&self, configuration: &str, address: &Arc<str>) -> Option<Node> {
        let instance = self.0.instance(0);
        let repetition = Repetition::default();
        let names = provider::block_names(configuration);
        let block = names.iter().find_map(|name| instance.module.providers.get(&**name))?;
        Some(body::plain(&self.0.scope(&instance, block.file, &repetition), block, address))
    }
}
