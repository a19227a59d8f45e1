//! Which account, subscription or project a resource stands in: its provider's configuration, through modules.

use iac::terraform::Given;
use model::Observations;

use super::observe;

/// The scope assets that contain each asset, by address.
fn containers(seen: &Observations) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = seen
        .links
        .iter()
        .filter(|link| &*link.relation == "contains" && link.reverse)
        .filter_map(|link| {
            let scope = link.target.from.as_ref()?.address.to_string();
            let address = link.from.0.split_once('#')?.1.to_owned();
            scope.starts_with("provider.").then_some((address, scope))
        })
        .collect();
    found.sort();
    found
}

#[test]
fn a_provider_alias_goes_through_modules() {
    let bucket = |name: &str, more: &str| {
        format!("resource \"aws_s3_bucket\" \"{name}\" {{\n  bucket = \"{name}\"\n{more}}}\n")
    };
    let root = format!(
        "provider \"aws\" {{\n  region = \"eu-west-1\"\n}}\nprovider \"aws\" {{\n  alias  = \"west\"\n  region = \"us-west-2\"\n}}\n\
         module \"same\" {{\n  source = \"./m\"\n}}\n\
         module \"west\" {{\n  source = \"./m\"\n  providers = {{\n    aws = aws.west\n  }}\n}}\n\
         module \"named\" {{\n  source = \"./named\"\n  providers = {{\n    aws.inner = aws.west\n  }}\n}}\n{}{}",
        bucket("plain", ""),
        bucket("far", "  provider = aws.west\n"),
    );
    let seen = observe(
        &[
            ("main.tf", &root),
            ("m/main.tf", &(bucket("b", "") + "module \"deep\" {\n  source = \"../deep\"\n}\n")),
            ("deep/main.tf", &bucket("d", "")),
            ("named/main.tf", &(bucket("n", "  provider = aws.inner\n") + &bucket("o", ""))),
        ],
        &Given::default(),
    );
    let found = containers(&seen);
    let found: Vec<(&str, &str)> = found.iter().map(|(a, s)| (&**a, &**s)).collect();
    assert_eq!(
        found,
        [
            ("aws_s3_bucket.far", "provider.aws.west"),
            ("aws_s3_bucket.plain", "provider.aws"),
            ("module.named.aws_s3_bucket.n", "provider.aws.west"),
            ("module.named.aws_s3_bucket.o", "provider.aws"),
            ("module.same.aws_s3_bucket.b", "provider.aws"),
            ("module.same.module.deep.aws_s3_bucket.d", "provider.aws"),
            ("module.west.aws_s3_bucket.b", "provider.aws.west"),
            ("module.west.module.deep.aws_s3_bucket.d", "provider.aws.west"),
        ]
    );
    let region = |address: &str| {
        let scope = seen.assets.iter().find(|a| &*a.address == address).unwrap();
        scope.document.get("region").and_then(|n| n.as_str()).map(str::to_owned)
    };
    assert_eq!(region("provider.aws").as_deref(), Some("eu-west-1"));
    assert_eq!(region("provider.aws.west").as_deref(), Some("us-west-2"));
}

#[test]
fn providers_of_one_cloud_share_its_account() {
    let text = r#"
provider "azurerm" {
  features {
  }
  subscription_id = "00000000-0000-0000-0000-000000000001"
}
provider "google" {
  project = "p"
}
resource "azurerm_storage_account" "a" { name = "a" }
resource "azapi_resource" "b" {
  type = "Microsoft.Storage/storageAccounts@2023-05-01"
  name = "b"
}
resource "google_storage_bucket" "c" { name = "c" }
resource "google_storage_bucket" "d" {
  provider = google-beta
  name     = "d"
}
"#;
    let seen = observe(&[("main.tf", text)], &Given::default());
    let found = containers(&seen);
    let found: Vec<(&str, &str)> = found.iter().map(|(a, s)| (&**a, &**s)).collect();
    assert_eq!(
        found,
        [
            ("azapi_resource.b", "provider.azurerm"),
            ("azurerm_storage_account.a", "provider.azurerm"),
            ("google_storage_bucket.c", "provider.google"),
            ("google_storage_bucket.d", "provider.google"),
        ]
    );
    let name = |address: &str| seen.assets.iter().find(|a| &*a.address == address).map(|a| &*a.name);
    assert_eq!(name("provider.azurerm"), Some("00000000-0000-0000-0000-000000000001"));
    assert_eq!(name("provider.google"), Some("p"));
}

#[test]
fn what_refers_to_a_resource_names_it_whether_or_not_its_id_is_known() {
    let text = r#"
resource "aws_iam_role" "r" { name = "r" }
resource "aws_kms_key" "k" {
  count = 2
}
locals {
  role = aws_iam_role.r
}
resource "test_thing" "t" {
  a = aws_iam_role.r.arn
  b = local.role.arn
  c = aws_kms_key.k[1].arn
  d = [for k in aws_kms_key.k : k.arn]
  e = "${aws_iam_role.r.arn}/x"
  f = aws_iam_role.r.name
  g = aws_kms_key.k[*].id
  h = module.m.key
}
module "m" { source = "./m" }
"#;
    let child = "resource \"aws_kms_key\" \"inner\" {\n}\noutput \"key\" { value = aws_kms_key.inner.arn }\n";
    let seen = observe(&[("main.tf", text), ("m/main.tf", child)], &Given::default());
    let thing = seen.assets.iter().find(|a| &*a.address == "test_thing.t").unwrap();
    let names = |attribute: &str| {
        let found = thing.document.get(attribute).unwrap().references(100);
        let mut names: Vec<String> = found.iter().map(ToString::to_string).collect();
        names.dedup();
        names
    };
    for (attribute, expected) in [
        ("a", &["aws_iam_role.r.arn"][..]),
        ("b", &["aws_iam_role.r.arn"]),
        ("c", &["aws_kms_key.k[1].arn"]),
        ("d", &["aws_kms_key.k[0].arn", "aws_kms_key.k[1].arn"]),
        ("e", &["aws_iam_role.r.arn"]),
        ("f", &["aws_iam_role.r.name"]),
        ("g", &["aws_kms_key.k[0].id", "aws_kms_key.k[1].id"]),
        ("h", &["module.m.aws_kms_key.inner.arn"]),
    ] {
        assert_eq!(names(attribute), expected, "{attribute}");
    }
    assert_eq!(thing.document.get("f").and_then(|n| n.as_str()), Some("r"), "known all the same");
}
