//! Effective permissions on Azure: every system of rights read into grants, and who has what by them.
//!
//! Azure RBAC (control and data actions, which never mix), access policies of key vaults, data roles of Cosmos DB,
//! rights over the Entra directory, and sign-in through federated credentials. A grant holds at a place; the answer for
//! an asset is the groups of all places that it lies in. Nothing here multiplies holders by resources.

mod assignments;
mod condition;
mod cosmos;
mod directory;
mod federation;
mod grants;
mod holders;
mod places;
mod principals;
mod reader;
mod roles;
mod scope;
mod vault;

use std::sync::Arc;

use catalog::Catalog;
use graph::{Graph, Holders, On, Permissions, Request};
use model::Coverage;

use holders::Shelf;
use places::{Places, Thing};
use reader::Reader;
use roles::Action;

/// The rights of one graph.
#[derive(Debug)]
pub(crate) struct Azure<'g> {
    reader: Reader<'g>,
    places: Places,
    shelf: Shelf,
    notes: Vec<Coverage>,
}

impl<'g> Azure<'g> {
    pub(crate) fn derive(graph: &'g Graph, catalog: &'g Catalog) -> Self {
        let mut reader = Reader::read(graph, catalog);
        let mut notes = std::mem::take(&mut reader.notes);
        notes.sort();
        notes.dedup();
        let places = Places::of(&reader);
        Azure { reader, places, shelf: Shelf::default(), notes }
    }
}

impl Permissions for Azure<'_> {
    fn who_can(&self, request: &Request<'_>) -> Vec<Arc<Holders>> {
        let actions: Vec<Action> = request.actions.iter().map(Action::new).collect();
        let thing = match request.on {
            On::Asset(index) => Thing::asset(&self.reader, index),
            On::Named(id) => Thing::named(&self.reader, id),
            On::Any => {
                let all = (0..self.reader.grants.places.len()).map(|place| (place, scope::Cover::Yes));
                return self.shelf.groups(&self.reader, &actions, None, all, request.context);
            }
        };
        let covering = self.places.covering(&self.reader, &thing);
        self.shelf.groups(&self.reader, &actions, Some(&thing), covering.iter().cloned(), request.context)
    }

    fn notes(&self) -> Vec<Coverage> {
        self.notes.clone()
    }
}
