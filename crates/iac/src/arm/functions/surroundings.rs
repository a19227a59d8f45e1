//! What a deployment finds around it: the cloud, the environment of a parameter file, roles by their names.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Node, Value};

use crate::arm::eval::Evaluated;
use crate::arm::scope::reference;

/// Members of `environment()` in the public cloud; a deployment to another cloud finds others.
/// <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-deployment#environment>
const PUBLIC_CLOUD: [(&str, &str); 21] = [
    ("name", "AzureCloud"),
    ("gallery", "https://gallery.azure.com/"),
    ("graph", "https://graph.windows.net/"),
    ("portal", "https://portal.azure.com"),
    ("graphAudience", "https://graph.windows.net/"),
    ("activeDirectoryDataLake", "https://datalake.azure.net/"),
    ("batch", "https://batch.core.windows.net/"),
    ("media", "https://rest.media.azure.net"),
    ("sqlManagement", "https://management.core.windows.net:8443/"),
    (
        "vmImageAliasDoc",
        "https://raw.githubusercontent.com/Azure/azure-rest-api-specs/master/arm-compute/quickstart-templates/aliases.json",
    ),
    ("resourceManager", "https://management.azure.com/"),
    ("authentication.loginEndpoint", "https://login.microsoftonline.com/"),
    ("authentication.tenant", "common"),
    ("authentication.identityProvider", "AAD"),
    ("suffixes.acrLoginServer", ".azurecr.io"),
    ("suffixes.azureDatalakeAnalyticsCatalogAndJob", "azuredatalakeanalytics.net"),
    ("suffixes.azureDatalakeStoreFileSystem", "azuredatalakestore.net"),
    ("suffixes.azureFrontDoorEndpointSuffix", "azurefd.net"),
    ("suffixes.keyvaultDns", ".vault.azure.net"),
    ("suffixes.sqlServerHostname", ".database.windows.net"),
    ("suffixes.storage", "core.windows.net"),
];

/// `environment()`: the public cloud, which is an assumption.
pub(crate) fn environment() -> Node {
    let mut cloud: Node = Value::map(BTreeMap::new()).into();
    for (path, value) in PUBLIC_CLOUD {
        catalog::DocPath::parse(path).put(&mut cloud, Node { assumed: true, ..Node::from(value) });
    }
    let audiences = ["https://management.core.windows.net/", "https://management.azure.com/"];
    let audiences = Value::list(audiences.into_iter().map(Node::from).collect());
    catalog::DocPath::parse("authentication.audiences").put(&mut cloud, audiences.into());
    // What is not listed here is there all the same.
    Node { assumed: true, from: reference(&"environment()".into(), ""), ..cloud }
}

/// `readEnvironmentVariable(name, default)`: not known, with the default assumed.
pub(super) fn variable(arguments: &[Node]) -> Evaluated {
    Ok(default_of(arguments, &format!("environment variable {:.80} is not read", arguments[0].display())))
}

/// `readCliArg(name, default)`.
pub(super) fn argument(arguments: &[Node]) -> Evaluated {
    Ok(default_of(arguments, &format!("argument {:.80} is not given", arguments[0].display())))
}

fn default_of(arguments: &[Node], reason: &str) -> Node {
    match arguments.get(1) {
        Some(default) => Node { assumed: true, ..default.clone() },
        None => Node::unknown(reason),
    }
}

/// `roleDefinitions('Reader')`: the ids of a built-in role. Its name is known, its GUID is not kept here.
pub(crate) fn role(name: &Node) -> Node {
    let shown = name.display();
    let unknown = || Node::unknown(format!("the id of the role {shown:.80}"));
    let entries = [(Arc::from("id"), unknown()), (Arc::from("roleDefinitionId"), unknown())];
    Value::map(entries.into_iter().collect()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_cloud_is_assumed() {
        let cloud = environment();
        let suffix = cloud.at_path("suffixes.storage").unwrap();
        assert_eq!((suffix.as_str(), suffix.assumed), (Some("core.windows.net"), true));
    }
}
