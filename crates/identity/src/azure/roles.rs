//! What a role allows: patterns of actions, what is taken away within the role, and the planes, which never mix. The
//! built-in roles come from the table `roles.txt`.
//!
//! Sources: "Understand Azure role definitions",
//! <https://learn.microsoft.com/azure/role-based-access-control/role-definitions>.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use super::condition::Condition;

const TABLE: &str = include_str!("roles.txt");

/// Names that roles had before; Terraform configurations still use them. Source: "Role-based access control for
/// Microsoft Foundry", <https://learn.microsoft.com/azure/foundry/concepts/rbac-foundry>.
const FORMER_NAMES: [(&str, &str); 4] = [
    ("azure ai user", "53ca6127-db72-4b80-b1b0-d745d6d5456d"),
    ("azure ai project manager", "eadc314b-1a2d-4efa-be10-5d325db5065e"),
    ("azure ai account owner", "e47c6f54-e4a2-4754-9501-8e0985b135e1"),
    ("azure ai owner", "c883944f-8b7b-4483-af10-35834be79c4a"),
];

/// Where a right holds. An action of one plane is never given by a right of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Plane {
    /// `actions` of Azure roles.
    Control,
    /// `dataActions` of Azure roles.
    Data,
    /// Access policies of a key vault.
    Policy,
    /// Data roles of a Cosmos DB account.
    Cosmos,
    /// Directory roles, permissions of Microsoft Graph, ownership.
    Directory,
    /// Signing in as an identity through a federated credential.
    SignIn,
}

/// The action that we name ourselves: to get tokens of an identity by a federated credential.
pub(super) const SIGN_IN: &str = "microsoft.managedidentity/userassignedidentities/federatedsignin/action";
/// Data of Cosmos DB that its own data roles speak of.
const COSMOS: [&str; 6] = [
    "readmetadata",
    "sqldatabases/containers/executequery",
    "sqldatabases/containers/readchangefeed",
    "sqldatabases/containers/executestoredprocedure",
    "sqldatabases/containers/manageconflicts",
    "sqldatabases/containers/items/",
];
/// Actions of Resource Manager whose names a pattern of data actions matches too: secrets and keys as resources.
const CONTROL: [&str; 3] = [
    "microsoft.keyvault/vaults/secrets/read",
    "microsoft.keyvault/vaults/secrets/write",
    "microsoft.keyvault/vaults/keys/write",
];

/// An asked action, in lower case, and its plane.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Action {
    pub(super) text: Arc<str>,
    pub(super) lower: Arc<str>,
    pub(super) plane: Plane,
}

impl Action {
    pub(super) fn new(text: &Arc<str>) -> Self {
        let lower: Arc<str> = text.to_ascii_lowercase().into();
        let plane = plane(&lower);
        Action { text: text.clone(), lower, plane }
    }

    /// Whether it is one on the data of a key vault, which access policies may decide.
    pub(super) fn in_vault(&self) -> bool {
        self.plane == Plane::Data && self.lower.starts_with("microsoft.keyvault/vaults/")
    }
}

fn plane(lower: &str) -> Plane {
    if lower == SIGN_IN {
        return Plane::SignIn;
    }
    if lower.starts_with("microsoft.directory/") {
        return Plane::Directory;
    }
    if let Some(rest) = lower.strip_prefix("microsoft.documentdb/databaseaccounts/")
        && COSMOS.iter().any(|own| rest == *own || own.ends_with('/') && rest.starts_with(own))
    {
        return Plane::Cosmos;
    }
    let table = Table::get();
    let data = !CONTROL.contains(&lower)
        && !table.control.contains(lower)
        && (table.data.contains(lower)
            || table.data_folders.iter().any(|folder| lower.starts_with(&**folder)));
    if data { Plane::Data } else { Plane::Control }
}

/// One permission of a role: what it gives in a plane, less what it takes away.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) plane: Plane,
    pub(super) allows: Vec<Arc<str>>,
    pub(super) except: Vec<Arc<str>>,
    pub(super) condition: Option<Arc<Condition>>,
    /// Why more may be allowed than is listed.
    pub(super) open: Option<Arc<str>>,
    /// Why less may be allowed than is listed.
    pub(super) less: Option<Arc<str>>,
}

impl Block {
    pub(super) fn of(plane: Plane, allows: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let allows = allows.into_iter().map(|a| Arc::from(a.as_ref().to_ascii_lowercase())).collect();
        Block { plane, allows, except: Vec::new(), condition: None, open: None, less: None }
    }
}

/// A named set of rights.
#[derive(Clone, Debug)]
pub(super) struct Role {
    pub(super) name: Arc<str>,
    pub(super) blocks: Vec<Block>,
    /// Why nothing is known of it.
    pub(super) unknown: Option<Arc<str>>,
}

/// What a role says of an action.
#[derive(Clone, Debug)]
pub(super) enum Says<'r> {
    No,
    /// And the condition that must hold.
    Yes(Option<&'r Arc<Condition>>),
    Unknown(Arc<str>),
}

impl Role {
    pub(super) fn unknown(name: impl Into<Arc<str>>, why: impl Into<Arc<str>>) -> Self {
        Role { name: name.into(), blocks: Vec::new(), unknown: Some(why.into()) }
    }

    /// What each of its permissions says of an action: they add up, and only within one is anything taken away.
    pub(super) fn says(&self, action: &str, plane: Plane) -> Vec<Says<'_>> {
        if let Some(why) = &self.unknown {
            let azure = matches!(plane, Plane::Control | Plane::Data);
            return if azure { vec![Says::Unknown(why.clone())] } else { Vec::new() };
        }
        let blocks = self.blocks.iter().filter(|block| block.plane == plane);
        blocks.map(|block| block.says(action)).filter(|says| !matches!(says, Says::No)).collect()
    }
}

impl Block {
    fn says(&self, action: &str) -> Says<'_> {
        if self.except.iter().any(|pattern| matches(pattern, action)) {
            return Says::No;
        }
        match (self.allows.iter().any(|pattern| matches(pattern, action)), &self.less) {
            (true, Some(why)) => Says::Unknown(why.clone()),
            (true, None) => Says::Yes(self.condition.as_ref()),
            (false, _) => self.open.as_ref().map_or(Says::No, |why| Says::Unknown(why.clone())),
        }
    }
}

/// Whether a pattern with `*` for any text matches. Both are in lower case.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    true
}

/// The built-in roles.
pub(super) struct Table {
    by_guid: HashMap<&'static str, Arc<Role>>,
    by_name: HashMap<String, &'static str>,
    control: HashSet<Arc<str>>,
    data: HashSet<Arc<str>>,
    data_folders: Vec<Arc<str>>,
}

impl Table {
    pub(super) fn get() -> &'static Table {
        static TABLE_READ: OnceLock<Table> = OnceLock::new();
        TABLE_READ.get_or_init(|| Table::read(TABLE))
    }

    pub(super) fn by_guid(&self, guid: &str) -> Option<&Arc<Role>> {
        self.by_guid.get(guid.to_ascii_lowercase().as_str())
    }

    pub(super) fn by_name(&self, name: &str) -> Option<&Arc<Role>> {
        self.by_guid.get(self.by_name.get(&name.trim().to_lowercase())?)
    }

    fn read(text: &'static str) -> Table {
        let mut lines = text.lines().skip_while(|line| line.starts_with('#')).peekable();
        let mut actions: Vec<Arc<str>> = Vec::new();
        while let Some(line) = lines.next_if(|line| !line.starts_with('#')) {
            let (shared, rest) = line.split_once(' ').unwrap_or(("0", line));
            let before = actions.last().map_or("", |a| &**a);
            let shared = before.get(..shared.parse().unwrap_or(0)).unwrap_or("");
            actions.push(format!("{shared}{rest}").into());
        }
        lines.next();
        let mut conditions = Vec::new();
        while let Some(line) = lines.next_if(|line| !line.starts_with('#')) {
            conditions.push(Arc::new(Condition::parse(line)));
        }
        let mut table = Table {
            by_guid: HashMap::new(),
            by_name: HashMap::new(),
            control: HashSet::new(),
            data: HashSet::new(),
            data_folders: Vec::new(),
        };
        for line in lines.filter(|line| !line.starts_with('#')) {
            let mut fields = line.split('|');
            let (Some(guid), Some(name)) = (fields.next(), fields.next()) else { continue };
            let mut blocks = Vec::new();
            for permission in fields {
                let mut lists = permission.split('/');
                let mut list = || numbers(lists.next().unwrap_or(""), &actions);
                let (allow, except, data, data_except) = (list(), list(), list(), list());
                let condition = lists.next().and_then(|i| conditions.get(i.parse::<usize>().ok()?)).cloned();
                table.control.extend(allow.iter().chain(&except).filter(|a| !a.contains('*')).cloned());
                table.data.extend(data.iter().chain(&data_except).cloned());
                for (plane, allows, except) in
                    [(Plane::Control, allow, except), (Plane::Data, data, data_except)]
                {
                    if !allows.is_empty() {
                        let condition = condition.clone();
                        blocks.push(Block { plane, allows, except, condition, open: None, less: None });
                    }
                }
            }
            table.by_name.insert(name.to_lowercase(), guid);
            table.by_guid.insert(guid, Arc::new(Role { name: name.into(), blocks, unknown: None }));
        }
        for (name, guid) in FORMER_NAMES {
            table.by_name.entry(name.to_owned()).or_insert(guid);
        }
        let mut folders: HashSet<Arc<str>> = table.data.iter().filter_map(|a| folder(a)).collect();
        let family = |folder: &String| !table.control.iter().any(|action| action.starts_with(folder));
        folders.extend(table.data.iter().filter_map(|a| data_api(a)).filter(family).map(Arc::from));
        table.data_folders = folders.into_iter().collect();
        table.data.retain(|action| !action.contains('*'));
        table
    }
}

/// What stands before the first wildcard of a pattern of data actions, where it is narrow enough to hold nothing of
/// the control plane: a provider, a type and what its data consists of.
fn folder(pattern: &str) -> Option<Arc<str>> {
    let fixed = &pattern[..pattern.find('*')?];
    let folder = &fixed[..=fixed.rfind('/')?];
    (folder.matches('/').count() >= 3).then(|| folder.into())
}

/// The API of an AI services account that a data action belongs to (`OpenAI`, `AIServices`): each is data as a whole.
fn data_api(action: &str) -> Option<String> {
    let rest = action.strip_prefix("microsoft.cognitiveservices/accounts/")?;
    let (api, _) = rest.split_once('/')?;
    (!api.contains('*')).then(|| format!("microsoft.cognitiveservices/accounts/{api}/"))
}

fn numbers(text: &str, actions: &[Arc<str>]) -> Vec<Arc<str>> {
    let mut at = 0;
    let steps = text.split(' ').filter_map(|step| step.parse::<usize>().ok());
    steps
        .filter_map(|step| {
            at += step;
            actions.get(at).cloned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(role: &Role, action: &str) -> bool {
        let action = Action::new(&action.into());
        role.says(&action.lower, action.plane).iter().any(|says| matches!(says, Says::Yes(..)))
    }

    #[test]
    fn wildcards_match_any_text() {
        for (pattern, text, want) in [
            ("*", "a/b", true),
            ("a/*", "a/b/c", true),
            ("a/*", "a/", true),
            ("a/*", "b/a/", false),
            ("*/read", "a/b/read", true),
            ("*/read", "read", false),
            ("a/*/read", "a/read", false),
            ("a/*/read", "a/b/c/read", true),
            ("a/*/b/*", "a/x/y/b/z", true),
            ("a/b", "a/b", true),
            ("a/b", "a/b/c", false),
            ("a*a", "a", false),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern, text), want, "{pattern} {text}");
        }
    }

    /// Every way to split the text, one letter at a time.
    fn naive(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some((b'*', rest)), None) => naive(rest, text),
            (Some((b'*', rest)), Some((_, more))) => naive(rest, text) || naive(pattern, more),
            (Some((p, rest)), Some((t, more))) => p == t && naive(rest, more),
            _ => false,
        }
    }

    proptest::proptest! {
        #[test]
        fn matching_is_what_its_definition_says(pattern in "[ab/*]{0,8}", text in "[ab/]{0,10}") {
            proptest::prop_assert_eq!(matches(&pattern, &text), naive(pattern.as_bytes(), text.as_bytes()));
        }
    }

    #[test]
    fn the_plane_of_an_action_is_known() {
        for (action, plane) in [
            ("Microsoft.CognitiveServices/accounts/listKeys/action", Plane::Control),
            ("Microsoft.CognitiveServices/accounts/deployments/write", Plane::Control),
            ("Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action", Plane::Data),
            ("Microsoft.CognitiveServices/accounts/AIServices/agents/write", Plane::Data),
            ("Microsoft.CognitiveServices/accounts/projects/write", Plane::Control),
            ("Microsoft.Storage/storageAccounts/listKeys/action", Plane::Control),
            ("Microsoft.Storage/storageAccounts/blobServices/containers/read", Plane::Control),
            ("Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read", Plane::Data),
            ("Microsoft.Search/searchServices/indexes/documents/write", Plane::Data),
            ("Microsoft.Search/searchServices/listAdminKeys/action", Plane::Control),
            ("Microsoft.KeyVault/vaults/secrets/getSecret/action", Plane::Data),
            ("Microsoft.KeyVault/vaults/secrets/setSecret/action", Plane::Data),
            ("Microsoft.KeyVault/vaults/secrets/write", Plane::Control),
            ("Microsoft.KeyVault/vaults/accessPolicies/write", Plane::Control),
            ("Microsoft.KeyVault/vaults/write", Plane::Control),
            ("Microsoft.KeyVault/vaults/keys/decrypt/action", Plane::Data),
            ("Microsoft.MachineLearningServices/workspaces/connections/listsecrets/action", Plane::Control),
            ("Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/read", Plane::Cosmos),
            ("Microsoft.DocumentDB/databaseAccounts/listKeys/action", Plane::Control),
            ("Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/write", Plane::Control),
            ("Microsoft.Authorization/roleAssignments/write", Plane::Control),
            ("microsoft.directory/applications/credentials/update", Plane::Directory),
            ("Microsoft.ManagedIdentity/userAssignedIdentities/federatedSignIn/action", Plane::SignIn),
        ] {
            assert_eq!(Action::new(&action.into()).plane, plane, "{action}");
        }
    }

    #[test]
    fn built_in_roles_allow_what_the_provider_says() {
        let chat = "Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action";
        let keys = "Microsoft.CognitiveServices/accounts/listKeys/action";
        let deploy = "Microsoft.CognitiveServices/accounts/deployments/write";
        let assign = "Microsoft.Authorization/roleAssignments/write";
        let blob_read = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";
        let blob_write = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write";
        let read_index = "Microsoft.Search/searchServices/indexes/documents/read";
        let write_index = "Microsoft.Search/searchServices/indexes/documents/write";
        let admin_keys = "Microsoft.Search/searchServices/listAdminKeys/action";
        let job = "Microsoft.MachineLearningServices/workspaces/jobs/write";
        let compute = "Microsoft.MachineLearningServices/workspaces/computes/write";
        let ml_keys = "Microsoft.MachineLearningServices/workspaces/listKeys/action";
        let secret = "Microsoft.KeyVault/vaults/secrets/getSecret/action";
        for (role, can, cannot) in [
            ("Owner", vec![keys, deploy, assign, admin_keys, job], vec![chat, blob_read, secret]),
            ("Contributor", vec![keys, deploy, admin_keys], vec![assign, chat, blob_read]),
            ("Reader", vec![], vec![keys, chat, blob_read, deploy]),
            ("User Access Administrator", vec![assign], vec![keys, deploy]),
            ("Cognitive Services OpenAI User", vec![chat], vec![keys, deploy]),
            ("Cognitive Services OpenAI Contributor", vec![chat, deploy], vec![keys, assign]),
            ("Cognitive Services User", vec![chat, keys], vec![deploy, assign]),
            ("Cognitive Services Contributor", vec![keys, deploy], vec![chat, assign]),
            ("Azure AI User", vec![chat], vec![deploy, assign]),
            ("Foundry User", vec![chat], vec![deploy, assign]),
            ("Azure AI Developer", vec![chat, job], vec![keys, deploy, ml_keys, assign]),
            ("Azure AI Project Manager", vec![assign], vec![deploy]),
            ("AzureML Data Scientist", vec![job], vec![ml_keys, assign]),
            ("AzureML Compute Operator", vec![compute], vec![keys]),
            ("Search Index Data Reader", vec![read_index], vec![write_index, admin_keys]),
            ("Search Index Data Contributor", vec![read_index, write_index], vec![admin_keys]),
            ("Search Service Contributor", vec![admin_keys], vec![read_index, write_index]),
            ("Storage Blob Data Reader", vec![blob_read], vec![blob_write]),
            ("Storage Blob Data Contributor", vec![blob_read, blob_write], vec![assign]),
            ("Storage Blob Data Owner", vec![blob_read, blob_write], vec![assign]),
            ("Key Vault Secrets User", vec![secret], vec![]),
            ("Key Vault Contributor", vec!["Microsoft.KeyVault/vaults/accessPolicies/write"], vec![secret]),
        ] {
            let found = Table::get().by_name(role).cloned();
            assert!(found.is_some(), "{role}");
            let found = &*found.unwrap();
            for action in can {
                assert!(allows(found, action), "{role} can {action}");
            }
            for action in cannot {
                assert!(!allows(found, action), "{role} cannot {action}");
            }
        }
    }

    #[test]
    fn what_one_permission_takes_away_another_gives_back() {
        let mut taken = Block::of(Plane::Control, ["a/*"]);
        taken.except = vec!["a/b".into()];
        let role = |blocks: Vec<Block>| Role { name: "r".into(), blocks, unknown: None };
        let yes = |role: &Role, action| role.says(action, Plane::Control).len() == 1;
        assert!(yes(&role(vec![taken.clone()]), "a/c"));
        assert!(!yes(&role(vec![taken.clone()]), "a/b"));
        assert!(yes(&role(vec![taken, Block::of(Plane::Control, ["a/b"])]), "a/b"));
        assert!(!yes(&role(vec![Block::of(Plane::Data, ["*"])]), "a/b"));
    }
}
