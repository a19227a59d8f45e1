use insta::assert_snapshot;
use model::Snapshot;
use report::{Format, Options, render};

use crate::estate::{files, options, snapshot};

fn screen(change: impl FnOnce(&mut Options<'_>)) -> String {
    let files = files();
    let mut options = options(&files);
    change(&mut options);
    render(&snapshot(), Format::Terminal, &options)
}

#[test]
fn a_small_estate() {
    assert_snapshot!(screen(|_| {}), @r#"
    azure.cognitive-services.account "prod-openai" · azurerm_cognitive_account.main · infra/ai/main.tf:2

      critical: Azure AI services account is reachable from the internet
        [azure-cognitive-services-open-to-internet]
        public network access is Enabled, default action Allow
          --> infra/ai/main.tf:5:3
         5 |   public_network_access_enabled = var.public
           |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          ::: value set here: infra/ai/variables.tf:3:13
         3 |   default = true
           |             ^^^^
        note: properties.networkAcls.defaultAction is the provider's default, see
          https://learn.microsoft.com/azure/ai-services/cognitive-services-virtual-networks
        fix: Turn public network access off and reach the account through a private endpoint.
             + public_network_access_enabled = false

      medium: Azure AI services account accepts keys [azure-cognitive-services-key-auth] (medium
        confidence)
        local authentication is enabled
          --> infra/ai/main.tf:6:3
         6 |   local_auth_enabled            = true
           |   ^^^^^^^^^^^^^^^^^^
        fix: Use Entra ID instead of keys.
             + local_auth_enabled = false

      accepted: Azure AI services account keeps no request log [azure-cognitive-services-no-logs]: the
        gateway logs every request (by platform team, until 2027-01-31, in infra/ai/main.tf:1)

    azure.storage.account "x␛[2J\u{202e}evil\u{200b}` | <img src=x onerror=alert(1)> @octocat
      [a](https://example.com) #1" · azurerm_storage_account.x · apps/bot/␛]0;x.tf:3

      high: Storage account is public [azure-storage-public]
        container x␛[2J\u{202e}evil\u{200b}` | <img src=x onerror=alert(1)> @octocat
        [a](https://example.com) #1 allows anonymous access
          --> apps/bot/␛]0;x.tf:3:1
        fix: set
             + ```
             + </details>

    azure.search.service "検索-prod" · azurerm_search_service.s · infra/ai/main.tf:10

      high: Azure AI Search admin key is written in code [azure-search-key-in-code]
        the admin key is (sensitive), written here
          --> infra/ai/main.tf:13:3
        13 |   admin_key       = (sensitive)
           |   ^^^^^^^^^
          ::: also: infra/ai/main.tf:12:33
        12 |   authentication_failure_mode    = "http403"
           |                                    ^^^^^^^^^

      unknown: 4 checks: variable network has no value [azure-search-no-private-endpoint,
        azure-search-open-firewall, azure-search-open-to-internet, … and 1 more]
      unknown: whether “Azure AI Search service runs on the free tier” [azure-search-free-tier]: sku is
        known after apply

    AI inventory
      ai-service        azure.cognitive-services.account     1  prod-openai
      model-deployment  azure.cognitive-services.deployment  2  embed, gpt-4o
      vector-store      azure.search.service                 1  検索-prod
      … and 3 surrounding resources (2 data-store, 1 identity)

    Not assessed
      failed  1  block is not closed
                 infra/old/broken.tf:9:1
      partial 4  resource type … has no card
                 infra/ai/other.tf:1:1 azurerm_kusto_cluster
                 infra/ai/other.tf:5:1 azurerm_purview_account
                 infra/ai/other.tf:9:1 azurerm_kusto_cluster
                 … and 1 more
      skipped 1  no source reads this file
                 models/big.onnx

    1 critical · 2 high · 1 medium; 5 unknown; 1 accepted; 1 passed (11 checks on 7 assets, 6 places not
      assessed)
    "#);
}

#[test]
fn a_narrow_terminal_with_everything() {
    assert_snapshot!(screen(|o| (o.width, o.verbose, o.all) = (60, true, true)), @r#"
    azure.cognitive-services.account "prod-openai" ·
      azurerm_cognitive_account.main · infra/ai/main.tf:2

      critical: Azure AI services account is reachable from the
        internet [azure-cognitive-services-open-to-internet]
        public network access is Enabled, default action Allow
          --> infra/ai/main.tf:5:3
         5 |   public_network_access_enabled = var.public
           |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          ::: value set here: infra/ai/variables.tf:3:13
         3 |   default = true
           |             ^^^^
        note: properties.networkAcls.defaultAction is the
          provider's default, see
          https://learn.microsoft.com/azure/ai-services/cognitive-services-virtual-networks
        why: A stolen key is enough to call the model from
          anywhere; no foothold in the network is needed.
        maps: mcsb-v2:NS-2, mitre-atlas:AML.T0040
        same as: checkov:CKV_AZURE_134
        fix: Turn public network access off and reach the
             account through a private endpoint.
             + public_network_access_enabled = false

      medium: Azure AI services account accepts keys
        [azure-cognitive-services-key-auth] (medium confidence)
        local authentication is enabled
          --> infra/ai/main.tf:6:3
         6 |   local_auth_enabled            = true
           |   ^^^^^^^^^^^^^^^^^^
        fix: Use Entra ID instead of keys.
             + local_auth_enabled = false

      accepted: Azure AI services account keeps no request log
        [azure-cognitive-services-no-logs]: the gateway logs
        every request (by platform team, until 2027-01-31, in
        infra/ai/main.tf:1)
      passed: azure-cognitive-services-no-customer-key

    azure.storage.account "x␛[2J\u{202e}evil\u{200b}` | <img
      src=x onerror=alert(1)> @octocat [a](https://example.com)
      #1" · azurerm_storage_account.x · apps/bot/␛]0;x.tf:3

      high: Storage account is public [azure-storage-public]
        container x␛[2J\u{202e}evil\u{200b}` | <img src=x
        onerror=alert(1)> @octocat [a](https://example.com) #1
        allows anonymous access
          --> apps/bot/␛]0;x.tf:3:1
        fix: set
             + ```
             + </details>

    azure.search.service "検索-prod" · azurerm_search_service.s
      · infra/ai/main.tf:10

      high: Azure AI Search admin key is written in code
        [azure-search-key-in-code]
        the admin key is (sensitive), written here
          --> infra/ai/main.tf:13:3
        13 |   admin_key       = (sensitive)
           |   ^^^^^^^^^
          ::: also: infra/ai/main.tf:12:33
        12 |   authentication_failure_mode    = "http403"
           |                                    ^^^^^^^^^

      unknown: 4 checks: variable network has no value
        [azure-search-no-private-endpoint,
        azure-search-open-firewall,
        azure-search-open-to-internet, azure-search-shared-link]
      unknown: whether “Azure AI Search service runs on the free
        tier” [azure-search-free-tier]: sku is known after apply

    AI inventory
      ai-service        azure.cognitive-services.account     1  prod-openai
      model-deployment  azure.cognitive-services.deployment  2  embed, …
      vector-store      azure.search.service                 1  検索-prod
      … and 3 surrounding resources (2 data-store, 1 identity)

    Not assessed
      failed  1  block is not closed
                 infra/old/broken.tf:9:1
      partial 4  resource type … has no card
                 infra/ai/other.tf:1:1 azurerm_kusto_cluster
                 infra/ai/other.tf:5:1 azurerm_purview_account
                 infra/ai/other.tf:9:1 azurerm_kusto_cluster
                 infra/ai/other.tf:13:1 azurerm_fabric_capacity
      skipped 1  no source reads this file
                 models/big.onnx

    1 critical · 2 high · 1 medium; 5 unknown; 1 accepted; 1
      passed (11 checks on 7 assets, 6 places not assessed)
    stance 0.1.0, catalogue 7
    "#);
}

#[test]
fn quiet_is_the_summary_alone() {
    assert_snapshot!(screen(|o| o.quiet = true), @r#"
    1 critical · 2 high · 1 medium; 5 unknown; 1 accepted; 1 passed (11 checks on 7 assets, 6 places not
      assessed)
    "#);
}

#[test]
fn an_empty_snapshot_says_so() {
    let files = files();
    assert_snapshot!(render(&Snapshot::default(), Format::Terminal, &options(&files)), @r#"nothing to assess was found (0 checks on 0 assets)"#);
}

#[test]
fn a_clean_estate_says_what_that_rests_on() {
    let files = files();
    let mut clean = snapshot();
    clean.outcomes.retain(|o| o.status == model::Status::Pass);
    clean.assets.truncate(3);
    assert_snapshot!(render(&clean, Format::Terminal, &options(&files)), @"
    AI inventory
      ai-service        azure.cognitive-services.account     1  prod-openai
      model-deployment  azure.cognitive-services.deployment  1  gpt-4o
      … and 1 surrounding resource (1 data-store)

    Not assessed
      failed  1  block is not closed
                 infra/old/broken.tf:9:1
      partial 4  resource type … has no card
                 infra/ai/other.tf:1:1 azurerm_kusto_cluster
                 infra/ai/other.tf:5:1 azurerm_purview_account
                 infra/ai/other.tf:9:1 azurerm_kusto_cluster
                 … and 1 more
      skipped 1  no source reads this file
                 models/big.onnx

    no faults found in what was assessed; 1 passed (1 check on 3 assets, 6 places not assessed)
    ");
}

#[test]
fn severities_below_the_least_are_counted_but_not_shown() {
    let text = screen(|o| o.min_severity = model::Severity::Critical);
    assert!(!text.contains("accepts keys") && !text.contains("free tier"), "{text}");
    assert!(text.contains("1 critical; 9 below critical not shown"), "{text}");
}

#[test]
fn no_scanned_text_reaches_the_terminal_raw() {
    let plain = screen(|o| o.verbose = true);
    assert!(!plain.contains(['\u{1b}', '\u{202e}', '\u{200b}']), "{plain}");
    assert!(plain.contains("x␛[2J\\u{202e}evil\\u{200b}`"), "{plain}");
    assert!(!plain.contains("hunter2"), "{plain}");
}

#[test]
fn colours_add_nothing_but_escape_sequences() {
    let colored = screen(|o| o.color = true);
    let mut stripped = String::new();
    let mut rest = &*colored;
    while let Some((text, after)) = rest.split_once('\u{1b}') {
        stripped.push_str(text);
        rest = after.split_once('m').unwrap().1;
    }
    stripped.push_str(rest);
    assert!(colored.len() > stripped.len());
    assert_eq!(stripped, screen(|_| {}));
}
