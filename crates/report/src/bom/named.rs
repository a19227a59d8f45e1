//! Components for what a document only names: a model, an image, a package that is no asset. Each is seen where the thing
//! is that names it.

use std::collections::BTreeSet;

use model::Class;

use super::names::{ImageName, ModelName, organisation};
use super::{Form, Thing};

/// A model that something uses.
pub(super) fn model(named: &ModelName, seen_by: &Thing) -> Thing {
    Thing {
        reference: named.key(),
        class: Class::Model,
        form: Form::Model,
        name: named.name.clone(),
        version: named.version.clone(),
        supplier: named.publisher.as_deref().map(organisation),
        purl: named.purl.clone(),
        location: named.purl.as_ref().and_then(|_| {
            Some(format!("https://huggingface.co/{}/{}", named.publisher.as_deref()?, named.name))
        }),
        ..only_named(Class::Model, seen_by)
    }
}

/// A container image that something names.
pub(super) fn image(image: &ImageName, seen_by: &Thing) -> Thing {
    Thing {
        reference: image.purl.clone(),
        form: Form::Container,
        name: image.name.clone(),
        group: image.group.clone(),
        version: image.version.clone(),
        purl: Some(image.purl.clone()),
        ..only_named(Class::ContainerImage, seen_by)
    }
}

/// A package that something starts.
pub(super) fn package(purl: &str, name: &str, version: Option<&str>, seen_by: &Thing) -> Thing {
    Thing {
        reference: purl.to_owned(),
        form: Form::Library,
        name: name.to_owned(),
        version: version.map(str::to_owned),
        purl: Some(purl.to_owned()),
        ..only_named(Class::Package, seen_by)
    }
}

/// What is only named by another thing is seen where that thing is.
fn only_named(class: Class, seen_by: &Thing) -> Thing {
    Thing {
        reference: String::new(),
        class,
        form: Form::Model,
        name: String::new(),
        group: None,
        version: None,
        supplier: None,
        description: None,
        task: None,
        architecture: None,
        purl: None,
        location: None,
        development: false,
        authenticated: None,
        crosses_boundary: None,
        endpoints: BTreeSet::new(),
        hashes: BTreeSet::new(),
        licenses: BTreeSet::new(),
        properties: BTreeSet::from([("class", class.to_string())]),
        occurrences: seen_by.occurrences.clone(),
        technique: seen_by.technique,
        confidence: seen_by.confidence,
    }
}
