//! Variables of the environment.

use std::sync::Arc;

use catalog::sdk::Role;
use model::{Node, Value};

use super::super::refer::{Evaluator, Thing};
use super::super::repo::Place;
use super::super::settings::Settings;

impl<'s> Evaluator<'_, 's, '_> {
    /// `os.environ["NAME"]`, `process.env["NAME"]`, `configuration["A:B"]`.
    pub(super) fn environment_index(&self, place: Place, of: Place, key: Place) -> Option<Node> {
        let reads = self.refer(of).into_iter().any(|thing| {
            let Thing::Library { name, file, .. } = thing else { return false };
            let names = self.repo.names(file);
            let role = |name| {
                let names_one = |s: &catalog::sdk::Signature| s.takes.iter().any(|(key, _)| &**key == "name");
                let signature = names.signature(name);
                signature.is_some_and(|s| match s.role {
                    Role::Environment => true,
                    Role::Settings => names_one(s),
                    _ => false,
                })
            };
            // `builder.Configuration`: a property, which is what its card says that it gives.
            let family = super::super::names::family(self.repo.file(file).language());
            let given = names.signature(name).and_then(|signature| match &signature.gives {
                Some(catalog::sdk::Gives::Name(path)) => names.given(name, path, family),
                _ => None,
            });
            let element = given.and_then(|given| names.element(given));
            role(name)
                || element.is_some_and(role)
                || names.element(name).is_some_and(role)
                || names.member(name, "*").is_some_and(role)
        });
        let key = self.value(key);
        reads.then(|| match key.as_str() {
            Some(name) => self.variable(place, name, None),
            None => self.unknown(place),
        })
    }

    /// A variable of the environment.
    pub(crate) fn variable(&self, place: Place, name: &str, default: Option<Node>) -> Node {
        let scope = &self.repo.file(place.file).scope;
        let reference = model::Reference {
            address: format!("environment/{name}").into(),
            attribute: "".into(),
            via: None,
        };
        let from = Some(Arc::new(reference));
        if let Some(known) = self.settings().variable(scope, name) {
            return Node { from, assumed: true, ..self.passed(place, known) };
        }
        match default {
            Some(default) if !default.is_unknown() && !default.is_null() => {
                Node { from, assumed: true, ..self.passed(place, default) }
            }
            _ => Node { from, ..self.here(place, Value::unknown(format!("environment variable {name}"))) },
        }
    }

    pub(crate) fn settings(&self) -> &Settings<'_> {
        self.repo.settings()
    }
}
