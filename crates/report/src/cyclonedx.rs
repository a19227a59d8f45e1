//! CycloneDX 1.7 (ECMA-424) in JSON: models, data, libraries, applications and containers as components, what is called
//! over an interface as services, what makes other things as formulas.
//!
//! A service has no place for evidence in CycloneDX: where it was seen, and how sure that is, stands in its properties.
//! How one thing depends on another (`uses-model`, `has-tool`) has no place either: it is a property of the first.

use model::Class;

use crate::bom::{Bom, BomOptions, Form, Root, Technique, Thing, UNSTAMPED};
use crate::json;

mod shape;
use shape::*;

const SCHEMA: &str = "http://cyclonedx.org/schema/bom-1.7.schema.json";
/// What all properties of ours begin with.
const PREFIX: &str = "stance:";
/// The reference of the scanned folder.
const FOLDER: &str = "scanned-folder";
const TOOL: &str = "tool:stance";

pub(crate) fn render(bom: &Bom, options: &BomOptions<'_>) -> String {
    let root = match &bom.root {
        Root::Thing(reference) => reference.as_str(),
        Root::Folder(_) => FOLDER,
    };
    let listed: Vec<&Thing> = bom.things.iter().filter(|t| t.reference != root).collect();
    let (mut components, mut services, mut processes) = (Vec::new(), Vec::new(), Vec::new());
    for thing in &listed {
        match thing.form {
            Form::Service => services.push(service(bom, thing, options)),
            Form::Process => processes.push(*thing),
            _ => components.push(component(bom, thing, options)),
        }
    }
    let formulation = match processes.is_empty() {
        true => Vec::new(),
        false => vec![Formula { workflows: processes.iter().map(|p| workflow(bom, p, options)).collect() }],
    };
    json::pretty(&Document {
        schema: SCHEMA,
        bom_format: "CycloneDX",
        spec_version: "1.7",
        serial_number: format!("urn:uuid:{UNSTAMPED}"),
        version: 1,
        metadata: Metadata {
            lifecycles: [Lifecycle { phase: if bom.deployed { "operations" } else { "pre-build" } }],
            tools: Tools { components: [tool(options)] },
            component: root_component(bom, root, options),
        },
        components,
        services,
        dependencies: dependencies(bom, root),
        compositions: [Composition {
            // A scan never knows that it has seen all there is.
            aggregate: if bom.incomplete { "incomplete" } else { "unknown" },
            assemblies: [root],
        }],
        formulation,
    })
}

fn tool<'a>(options: &BomOptions<'a>) -> Component<'a> {
    Component { version: Some(options.tool_version), ..Component::new("application", TOOL, "Stance") }
}

fn root_component<'a>(bom: &'a Bom, root: &'a str, options: &BomOptions<'_>) -> Component<'a> {
    match (&bom.root, bom.thing(root)) {
        (Root::Folder(name), _) => Component::new("application", FOLDER, name),
        // A service or a process can be no `metadata.component`: it stands there as the program that it is.
        (Root::Thing(_), Some(thing)) => component(bom, thing, options),
        (Root::Thing(name), None) => Component::new("application", name, name),
    }
}

fn component<'a>(bom: &'a Bom, thing: &'a Thing, options: &BomOptions<'_>) -> Component<'a> {
    let kind = match thing.form {
        Form::Model => "machine-learning-model",
        Form::Data | Form::Configuration => "data",
        Form::Library => "library",
        Form::Application | Form::Service | Form::Process => "application",
        Form::Container => "container",
        Form::Platform => "platform",
    };
    Component {
        supplier: thing.supplier.as_deref().map(|name| Organisation { name }),
        group: thing.group.as_deref(),
        version: thing.version.as_deref(),
        description: thing.description.as_deref(),
        scope: thing.development.then_some("excluded"),
        hashes: thing.hashes.iter().map(|(alg, content)| Hash { alg, content }).collect(),
        licenses: licenses(thing),
        purl: thing.purl.as_deref(),
        external_references: thing.location.iter().map(|url| external(thing, url)).collect(),
        evidence: options.evidence.then(|| evidence(thing)),
        model_card: model_card(bom, thing),
        data: data(thing).into_iter().collect(),
        properties: properties(bom, thing),
        ..Component::new(kind, &thing.reference, &thing.name)
    }
}

fn service<'a>(bom: &'a Bom, thing: &'a Thing, options: &BomOptions<'_>) -> Service<'a> {
    let mut properties = properties(bom, thing);
    if options.evidence {
        let property =
            |name: &str, value: String| Property { name: format!("{PREFIX}evidence:{name}"), value };
        properties.extend(
            thing.occurrences.iter().map(|o| property("occurrence", format!("{}:{}", o.path, o.line))),
        );
        properties.push(property("technique", technique(thing.technique).to_owned()));
        properties.push(property("confidence", number(thing.confidence)));
    }
    Service {
        reference: &thing.reference,
        provider: thing.supplier.as_deref().map(|name| Organisation { name }),
        group: thing.group.as_deref(),
        name: &thing.name,
        version: thing.version.as_deref(),
        description: thing.description.as_deref(),
        endpoints: thing.endpoints.iter().map(String::as_str).collect(),
        authenticated: thing.authenticated,
        trust_boundary: thing.crosses_boundary,
        properties,
    }
}

/// A job or pipeline with what goes in and what comes out of it.
fn workflow<'a>(bom: &'a Bom, thing: &'a Thing, options: &BomOptions<'_>) -> Workflow<'a> {
    let resource = |reference: &'a str| InputOutput { resource: Resource { reference } };
    let inputs = bom.links_of(&thing.reference).map(|link| link.to.as_str());
    let made = |relation: &str| matches!(relation, "made-by" | "trained-by" | "part-of");
    let outputs = bom.links.iter().filter(|l| l.to == thing.reference && made(&l.relation));
    let mut properties = properties(bom, thing);
    if options.evidence {
        let places = thing.occurrences.iter().map(|o| format!("{}:{}", o.path, o.line));
        properties
            .extend(places.map(|value| Property { name: format!("{PREFIX}evidence:occurrence"), value }));
    }
    Workflow {
        reference: &thing.reference,
        uid: &thing.reference,
        name: &thing.name,
        description: thing.description.as_deref(),
        // CycloneDX knows the tasks of building software; training is none of them.
        task_types: ["other"],
        inputs: inputs.map(resource).collect(),
        outputs: outputs.map(|l| resource(&l.from)).collect(),
        properties,
    }
}

fn model_card<'a>(bom: &'a Bom, thing: &'a Thing) -> Option<ModelCard<'a>> {
    if thing.form != Form::Model {
        return None;
    }
    let datasets: Vec<Resource<'a>> = bom
        .links_of(&thing.reference)
        .filter(|link| matches!(&*link.relation, "trained-on" | "tested-on" | "fine-tuned-on"))
        .map(|link| Resource { reference: &link.to })
        .collect();
    let known = thing.task.is_some() || thing.architecture.is_some() || !datasets.is_empty();
    known.then_some(ModelCard {
        model_parameters: ModelParameters {
            task: thing.task.as_deref(),
            model_architecture: thing.architecture.as_deref(),
            datasets,
        },
    })
}

fn data(thing: &Thing) -> Option<Data<'_>> {
    let kind = match thing.form {
        Form::Data => "dataset",
        Form::Configuration => "configuration",
        _ => return None,
    };
    let contents = thing.location.as_deref().map(|url| Contents { url });
    Some(Data { kind, name: &thing.name, contents })
}

fn external<'a>(thing: &Thing, url: &'a str) -> ExternalReference<'a> {
    let kind = if thing.form == Form::Model { "model-card" } else { "distribution" };
    ExternalReference { kind, url }
}

/// One expression, where all that is said is one; else a list of names, as they stand.
fn licenses(thing: &Thing) -> Vec<License<'_>> {
    match thing.licenses.len() {
        1 => thing.licenses.iter().map(|text| expression(text)).collect(),
        _ => thing.licenses.iter().map(|name| License::Named { license: Named { name } }).collect(),
    }
}

fn expression(text: &str) -> License<'_> {
    let fits = |c: char| c.is_ascii_alphanumeric() || " .-+():".contains(c);
    let operators = |w: &str| matches!(w, "AND" | "OR" | "WITH");
    let one = text.split_whitespace().count() == 1 || text.split_whitespace().any(operators);
    match one && text.chars().all(fits) {
        true => License::Expression { expression: text },
        false => License::Named { license: Named { name: text } },
    }
}

fn evidence(thing: &Thing) -> Evidence<'_> {
    let field = if thing.purl.is_some() { "purl" } else { "name" };
    let confidence = f64::from(thing.confidence) / 100.0;
    let method = Method { technique: technique(thing.technique), confidence };
    let occurrence = |o: &'_ crate::bom::Occurrence| (o.path.clone(), o.line, o.symbol.clone());
    Evidence {
        identity: [Identity {
            field,
            confidence,
            concluded_value: thing.purl.as_deref().unwrap_or(&thing.name),
            methods: [method],
            tools: [TOOL],
        }],
        occurrences: thing
            .occurrences
            .iter()
            .map(occurrence)
            .map(|(location, line, symbol)| Occurrence { location, line, symbol })
            .collect(),
    }
}

fn technique(technique: Technique) -> &'static str {
    match technique {
        Technique::SourceCode => "source-code-analysis",
        Technique::Manifest => "manifest-analysis",
        Technique::Other => "other",
    }
}

fn number(hundredths: u8) -> String {
    (f64::from(hundredths) / 100.0).to_string()
}

fn properties(bom: &Bom, thing: &Thing) -> Vec<Property> {
    let own = thing
        .properties
        .iter()
        .map(|(name, value)| Property { name: format!("{PREFIX}{name}"), value: value.clone() });
    let mut found: Vec<Property> = own.collect();
    if thing.form == Form::Service {
        // Licences and package URLs have no place in a service.
        found.extend(
            thing.purl.iter().map(|purl| Property { name: format!("{PREFIX}purl"), value: purl.clone() }),
        );
        found.extend(
            thing.task.iter().map(|task| Property { name: format!("{PREFIX}task"), value: task.clone() }),
        );
    }
    let said = |relation: &str| !matches!(relation, "contains" | "part-of" | "depends-on" | "imports");
    for link in bom.links_of(&thing.reference).filter(|l| said(&l.relation) && !is_package(bom, &l.to)) {
        found.push(Property { name: format!("{PREFIX}{}", link.relation), value: link.to.clone() });
    }
    found
}

fn is_package(bom: &Bom, reference: &str) -> bool {
    bom.thing(reference).is_some_and(|t| t.class == Class::Package)
}

/// Every reference with what it depends on, also where that is nothing.
fn dependencies<'a>(bom: &'a Bom, root: &'a str) -> Vec<Dependency<'a>> {
    let mut found = Vec::new();
    if let Root::Folder(_) = bom.root {
        found.push(Dependency { reference: root, depends_on: bom.tops().into_iter().collect() });
    }
    for thing in &bom.things {
        let mut depends_on: Vec<&str> = bom.links_of(&thing.reference).map(|link| link.to.as_str()).collect();
        depends_on.sort_unstable();
        depends_on.dedup();
        found.push(Dependency { reference: &thing.reference, depends_on });
    }
    found
}
