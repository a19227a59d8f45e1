//! The parts of SPDX 3.0.1 that are written, in the order in which they are written.

use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Document<'a> {
    #[serde(rename = "@context")]
    pub context: &'static str,
    #[serde(rename = "@graph")]
    pub graph: Vec<Entry<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Entry<'a> {
    Creation(Creation<'a>),
    Element(Box<Element<'a>>),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Creation<'a> {
    #[serde(rename = "type")]
    pub kind: &'static str,
    #[serde(rename = "@id")]
    pub id: &'static str,
    pub spec_version: &'static str,
    pub created: &'a str,
    pub created_by: [String; 1],
    pub created_using: [String; 1],
    pub comment: &'static str,
}

/// Any element; of its fields those that its class has are set.
#[derive(Default, Serialize)]
pub(super) struct Element<'a> {
    #[serde(rename = "type")]
    pub kind: &'static str,
    #[serde(rename = "spdxId")]
    pub spdx_id: String,
    #[serde(rename = "creationInfo")]
    pub creation_info: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(rename = "relationshipType", skip_serializing_if = "Option::is_none")]
    pub relationship_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<String>,
    #[serde(rename = "software_primaryPurpose", skip_serializing_if = "Option::is_none")]
    pub software_primary_purpose: Option<&'static str>,
    #[serde(rename = "software_packageVersion", skip_serializing_if = "Option::is_none")]
    pub software_package_version: Option<&'a str>,
    #[serde(rename = "software_packageUrl", skip_serializing_if = "Option::is_none")]
    pub software_package_url: Option<&'a str>,
    #[serde(rename = "software_downloadLocation", skip_serializing_if = "Option::is_none")]
    pub software_download_location: Option<&'a str>,
    #[serde(rename = "suppliedBy", skip_serializing_if = "Option::is_none")]
    pub supplied_by: Option<String>,
    #[serde(rename = "verifiedUsing", skip_serializing_if = "Vec::is_empty")]
    pub verified_using: Vec<Hash<'a>>,
    #[serde(rename = "externalIdentifier", skip_serializing_if = "Vec::is_empty")]
    pub external_identifier: Vec<Identifier<'a>>,
    #[serde(rename = "ai_typeOfModel", skip_serializing_if = "Vec::is_empty")]
    pub ai_type_of_model: Vec<&'a str>,
    #[serde(rename = "ai_informationAboutApplication", skip_serializing_if = "Option::is_none")]
    pub ai_information_about_application: Option<&'a str>,
    #[serde(rename = "dataset_datasetType", skip_serializing_if = "Vec::is_empty")]
    pub dataset_dataset_type: Vec<&'static str>,
    #[serde(rename = "build_buildType", skip_serializing_if = "Option::is_none")]
    pub build_type: Option<String>,
    #[serde(rename = "simplelicensing_licenseExpression", skip_serializing_if = "Option::is_none")]
    pub simplelicensing_license_expression: Option<String>,
    #[serde(rename = "software_snippetFromFile", skip_serializing_if = "Option::is_none")]
    pub software_snippet_from_file: Option<String>,
    #[serde(rename = "software_lineRange", skip_serializing_if = "Option::is_none")]
    pub software_line_range: Option<Range>,
    #[serde(rename = "software_sbomType", skip_serializing_if = "Vec::is_empty")]
    pub software_sbom_type: Vec<&'static str>,
    #[serde(rename = "profileConformance", skip_serializing_if = "Vec::is_empty")]
    pub profile_conformance: Vec<&'static str>,
    #[serde(rename = "dataLicense", skip_serializing_if = "Option::is_none")]
    pub data_license: Option<&'static str>,
    #[serde(rename = "rootElement", skip_serializing_if = "Vec::is_empty")]
    pub root_element: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub element: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extension: Vec<Extension>,
}

impl<'a> Element<'a> {
    pub(super) fn new(kind: &'static str, id: String, name: &'a str) -> Self {
        Element { name: Some(name), ..Element::unnamed(kind, id) }
    }

    pub(super) fn unnamed(kind: &'static str, id: String) -> Self {
        Element { kind, spdx_id: id, creation_info: super::CREATION, ..Element::default() }
    }
}

#[derive(Serialize)]
pub(super) struct Hash<'a> {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub algorithm: &'static str,
    #[serde(rename = "hashValue")]
    pub hash_value: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Identifier<'a> {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub external_identifier_type: &'static str,
    pub identifier: &'a str,
}

impl<'a> Identifier<'a> {
    pub(super) fn purl(purl: &'a str) -> Self {
        Identifier { kind: "ExternalIdentifier", external_identifier_type: "packageUrl", identifier: purl }
    }
}

#[derive(Serialize)]
pub(super) struct Range {
    #[serde(rename = "type")]
    pub kind: &'static str,
    #[serde(rename = "beginIntegerRange")]
    pub begin: u32,
    #[serde(rename = "endIntegerRange")]
    pub end: u32,
}

#[derive(Serialize)]
pub(super) struct Extension {
    #[serde(rename = "type")]
    pub kind: &'static str,
    #[serde(rename = "extension_cdxProperty")]
    pub properties: Vec<ExtensionEntry>,
}

#[derive(Serialize)]
pub(super) struct ExtensionEntry {
    #[serde(rename = "type")]
    pub kind: &'static str,
    #[serde(rename = "extension_cdxPropName")]
    pub name: String,
    #[serde(rename = "extension_cdxPropValue")]
    pub value: String,
}
