//! The graph as expressions of the catalogue see it: documents, facts and neighbours of its assets.

use std::sync::Arc;

use catalog::Catalog;
use catalog::cel::{Evaluation, ListValue, Undecided, Val, World};
use model::Node;

use crate::Graph;

/// What [`catalog::cel::Evaluation`] looks at.
#[derive(Clone, Debug)]
pub struct Estate<'a> {
    pub graph: &'a Graph,
    pub catalog: &'a Catalog,
    /// ISO 8601 date of the run, if known.
    pub today: Option<Arc<str>>,
}

impl<'a> World<'a> for Estate<'a> {
    fn today(&self) -> Option<Arc<str>> {
        self.today.clone()
    }

    fn document(&self, asset: usize) -> &'a Node {
        &self.graph.assets()[asset].document
    }

    fn attribute(
        &self,
        asset: usize,
        name: &str,
        evaluation: &mut Evaluation<'_, 'a>,
    ) -> Result<Val<'a>, Undecided> {
        let subject = &self.graph.assets()[asset];
        Ok(match name {
            "name" => Val::text(&subject.name),
            "kind" => Val::Text(subject.kind.clone()),
            "class" => Val::text(subject.class.as_str()),
            "id" => Val::Text(subject.id.0.clone()),
            "address" => Val::Text(subject.address.clone()),
            "type" => Val::Text(subject.source_type.clone()),
            "ai" => Val::Bool(self.graph.is_ai(asset)),
            _ => {
                let fact = self.catalog.kind(&subject.kind).and_then(|kind| kind.fact(name));
                return match fact {
                    Some(Ok(program)) => evaluation.nested(&program.expr, asset),
                    Some(Err(message)) => Err(Undecided::Mismatch(message.into())),
                    None => {
                        Err(Undecided::Unknown(Arc::from(format!("{} has no fact {name}", subject.kind))))
                    }
                };
            }
        })
    }

    fn neighbours(&self, asset: usize, relation: &str, kind: Option<&str>, incoming: bool) -> ListValue<'a> {
        let ends = self.graph.ends(asset, relation, kind, incoming);
        ListValue { items: ends.assets.into_iter().map(Val::Asset).collect(), open: ends.open }
    }
}
