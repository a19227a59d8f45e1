//! Ids that only one thing in all the world has, told by their form: those of Azure Resource Manager, Amazon resource
//! names, Google's resource names and links, AWS's short ids and UUIDs.
//!
//! Sources: "Azure resource ID", <https://learn.microsoft.com/rest/api/resources/resources>; "Amazon Resource Names",
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>; "Resource names",
//! <https://cloud.google.com/apis/design/resource_names>; "Amazon EC2 resource IDs",
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html>.

use std::collections::BTreeSet;

use model::Asset;

/// An id in its one form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Id {
    family: &'static str,
    text: String,
}

impl Id {
    /// Whose form it has: a thing has one id of a family.
    pub(crate) fn family(&self) -> &'static str {
        self.family
    }
}

/// The ids that an asset was seen with.
pub(crate) fn ids(asset: &Asset) -> BTreeSet<Id> {
    asset.aliases.iter().filter_map(|alias| id(alias)).collect()
}

fn id(text: &str) -> Option<Id> {
    let made = |family, text| Some(Id { family, text });
    if text.is_empty() || text.contains(['*', '{', '}', '|', ' ', '\n']) {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    if lower.starts_with("/subscriptions/") || lower.starts_with("/providers/") {
        return made("arm", lower.trim_end_matches('/').to_owned());
    }
    if text.starts_with("arn:") {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let whole = parts.len() == 6 && !parts[1].is_empty() && !parts[2].is_empty() && !parts[5].is_empty();
        return whole.then(|| Id { family: "arn", text: text.to_owned() });
    }
    if let Some(name) = google(text) {
        return made("google", name.to_owned());
    }
    if is_uuid(&lower) {
        return made("uuid", lower);
    }
    match text.split_once('-') {
        Some((kind, number)) if is_short_number(number) && kind.bytes().all(|b| b.is_ascii_lowercase()) => {
            made("short", lower)
        }
        _ => None,
    }
}

/// `projects/p/…` of a resource name or of a link to it. A project alone is named without its service.
fn google(text: &str) -> Option<&str> {
    let path = match text.strip_prefix("https://").or_else(|| text.strip_prefix("//")) {
        Some(link) => {
            let (host, path) = link.split_once('/')?;
            if !host.ends_with("googleapis.com") {
                return None;
            }
            let start = path.find("projects/").filter(|at| *at == 0 || path[..*at].ends_with('/'))?;
            &path[start..]
        }
        None => text,
    };
    let known = path.strip_prefix("projects/")?;
    let steps = known.split('/').count();
    (steps >= 3 && known.split('/').all(|step| !step.is_empty() && step != "_")).then_some(path)
}

/// Seventeen hexadecimal digits; eight, as they once were, are also what people put behind names.
fn is_short_number(text: &str) -> bool {
    text.len() == 17 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// A UUID that is not a placeholder of one digit.
fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let digits = || text.bytes().filter(|b| *b != b'-');
    groups.iter().map(|g| g.len()).eq([8, 4, 4, 4, 12])
        && digits().all(|b| b.is_ascii_hexdigit())
        && digits().collect::<BTreeSet<u8>>().len() > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_told_by_its_form() {
        let arm = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Search/searchServices/x";
        for (text, want) in [
            (arm, Some(("arm", &*arm.to_ascii_lowercase()))),
            ("arn:aws:iam::111122223333:role/r", Some(("arn", "arn:aws:iam::111122223333:role/r"))),
            ("arn:aws:s3:::data", Some(("arn", "arn:aws:s3:::data"))),
            ("arn:aws:s3", None),
            ("arn:aws:s3:::data/*", None),
            (
                "https://www.googleapis.com/compute/v1/projects/p/global/networks/n",
                Some(("google", "projects/p/global/networks/n")),
            ),
            (
                "//compute.googleapis.com/projects/p/global/networks/n",
                Some(("google", "projects/p/global/networks/n")),
            ),
            ("projects/p/global/networks/n", Some(("google", "projects/p/global/networks/n"))),
            ("projects/p", None),
            ("projects/_/buckets/b", None),
            ("https://example.com/projects/p/a/b", None),
            ("sg-0123456789abcdef0", Some(("short", "sg-0123456789abcdef0"))),
            ("my-database", None),
            ("web-deadbeef", None),
            ("3F2504E0-4F89-11D3-9A0C-0305E82C3301", Some(("uuid", "3f2504e0-4f89-11d3-9a0c-0305e82c3301"))),
            ("00000000-0000-0000-0000-000000000000", None),
            ("data", None),
            ("data.azurerm_subscription.current", None),
        ] {
            let found = id(text);
            assert_eq!(found.as_ref().map(|id| (id.family, &*id.text)), want, "{text}");
        }
    }
}
