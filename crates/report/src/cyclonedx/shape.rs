//! The parts of CycloneDX 1.7 that are written, in the order in which they are written.

use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document<'a> {
    #[serde(rename = "$schema")]
    pub schema: &'static str,
    pub bom_format: &'static str,
    pub spec_version: &'static str,
    pub serial_number: String,
    pub version: u32,
    pub metadata: Metadata<'a>,
    pub components: Vec<Component<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<Service<'a>>,
    pub dependencies: Vec<Dependency<'a>>,
    pub compositions: [Composition<'a>; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub formulation: Vec<Formula<'a>>,
}

#[derive(Serialize)]
pub(super) struct Metadata<'a> {
    pub lifecycles: [Lifecycle; 1],
    pub tools: Tools<'a>,
    pub component: Component<'a>,
}

#[derive(Serialize)]
pub(super) struct Lifecycle {
    pub phase: &'static str,
}

#[derive(Serialize)]
pub(super) struct Tools<'a> {
    pub components: [Component<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Component<'a> {
    #[serde(rename = "type")]
    pub kind: &'static str,
    #[serde(rename = "bom-ref")]
    pub reference: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supplier: Option<Organisation<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<&'a str>,
    pub name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hashes: Vec<Hash<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub licenses: Vec<License<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purl: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub external_references: Vec<ExternalReference<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_card: Option<ModelCard<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub data: Vec<Data<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<Property>,
}

impl<'a> Component<'a> {
    pub(super) fn new(kind: &'static str, reference: &'a str, name: &'a str) -> Self {
        Component {
            kind,
            reference,
            supplier: None,
            group: None,
            name,
            version: None,
            description: None,
            scope: None,
            hashes: Vec::new(),
            licenses: Vec::new(),
            purl: None,
            external_references: Vec::new(),
            model_card: None,
            data: Vec::new(),
            evidence: None,
            properties: Vec::new(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Service<'a> {
    #[serde(rename = "bom-ref")]
    pub reference: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<Organisation<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<&'a str>,
    pub name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub endpoints: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authenticated: Option<bool>,
    #[serde(rename = "x-trust-boundary", skip_serializing_if = "Option::is_none")]
    pub trust_boundary: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<Property>,
}

#[derive(Serialize)]
pub(super) struct Organisation<'a> {
    pub name: &'a str,
}

#[derive(Serialize)]
pub(super) struct Hash<'a> {
    pub alg: &'a str,
    pub content: &'a str,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum License<'a> {
    Expression { expression: &'a str },
    Named { license: Named<'a> },
}

#[derive(Serialize)]
pub(super) struct Named<'a> {
    pub name: &'a str,
}

#[derive(Serialize)]
pub(super) struct ExternalReference<'a> {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub url: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ModelCard<'a> {
    pub model_parameters: ModelParameters<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ModelParameters<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_architecture: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub datasets: Vec<Resource<'a>>,
}

#[derive(Serialize)]
pub(super) struct Resource<'a> {
    #[serde(rename = "ref")]
    pub reference: &'a str,
}

#[derive(Serialize)]
pub(super) struct Data<'a> {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contents: Option<Contents<'a>>,
}

#[derive(Serialize)]
pub(super) struct Contents<'a> {
    pub url: &'a str,
}

#[derive(Serialize)]
pub(super) struct Evidence<'a> {
    pub identity: [Identity<'a>; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub occurrences: Vec<Occurrence>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Identity<'a> {
    pub field: &'static str,
    pub confidence: f64,
    pub concluded_value: &'a str,
    pub methods: [Method; 1],
    pub tools: [&'static str; 1],
}

#[derive(Serialize)]
pub(super) struct Method {
    pub technique: &'static str,
    pub confidence: f64,
}

#[derive(Serialize)]
pub(super) struct Occurrence {
    pub location: String,
    pub line: u32,
    pub symbol: String,
}

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Property {
    pub name: String,
    pub value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Dependency<'a> {
    #[serde(rename = "ref")]
    pub reference: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<&'a str>,
}

#[derive(Serialize)]
pub(super) struct Composition<'a> {
    pub aggregate: &'static str,
    pub assemblies: [&'a str; 1],
}

#[derive(Serialize)]
pub(super) struct Formula<'a> {
    pub workflows: Vec<Workflow<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Workflow<'a> {
    #[serde(rename = "bom-ref")]
    pub reference: &'a str,
    pub uid: &'a str,
    pub name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'a str>,
    pub task_types: [&'static str; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<InputOutput<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<InputOutput<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<Property>,
}

#[derive(Serialize)]
pub(super) struct InputOutput<'a> {
    pub resource: Resource<'a>,
}
