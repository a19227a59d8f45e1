use insta::assert_snapshot;
use model::{Severity, Snapshot, Status};
use report::{Format, render};

use crate::estate::{files, options, outcome, snapshot};

fn comment(snapshot: &Snapshot) -> String {
    let files = files();
    render(snapshot, Format::Markdown, &options(&files))
}

#[test]
fn a_small_estate() {
    assert_snapshot!(comment(&snapshot()), @r#"
    <!-- stance:report -->
    ## Stance: 1 critical · 2 high · 1 medium; 5 unknown; 1 accepted; 1 passed

    | Severity | Fault | Where | Because |
    | --- | --- | --- | --- |
    | **critical** | Azure AI services account is reachable from the internet | `infra/ai/main.tf:5` | public network access is Enabled, default action Allow |
    | **high** | Storage account is public | `apps/bot/␛]0;x.tf:3` | container x␛\[2J\\u{202e}evil\\u{200b}\` \| &lt;img src=x onerror=alert(1)&gt; @&#8203;octocat \[a\](https:&#8203;//example.com) \#&#8203;1 allows anonymous access |
    | **high** | Azure AI Search admin key is written in code | `infra/ai/main.tf:13` | the admin key is (sensitive), written here |
    | **medium** | Azure AI services account accepts keys | `infra/ai/main.tf:6` | local authentication is enabled |

    <details>
    <summary><code>prod-openai</code> azure.cognitive-services.account: 2 faults, 1 accepted</summary>

    **critical: Azure AI services account is reachable from the internet** `azure-cognitive-services-open-to-internet`

    public network access is Enabled, default action Allow
    (at `infra/ai/main.tf:5:3`, value set here `infra/ai/variables.tf:3:13`)

    Why it matters: A stolen key is enough to call the model from anywhere; no foothold in the network is needed.

    Fix: Turn public network access off and reach the account through a private endpoint.

    ```diff
    + public_network_access_enabled = false
    ```

    Controls: `mcsb-v2:NS-2`, `mitre-atlas:AML.T0040`

    **medium: Azure AI services account accepts keys** `azure-cognitive-services-key-auth` (medium confidence)

    local authentication is enabled
    (at `infra/ai/main.tf:6:3`)

    Fix: Use Entra ID instead of keys.

    ```diff
    + local_auth_enabled = false
    ```

    **accepted: Azure AI services account keeps no request log** `azure-cognitive-services-no-logs`: the gateway logs every request, by platform team, until 2027-01-31

    </details>

    <details>
    <summary><code>x␛[2J\u{202e}evil\u{200b}` | &lt;img src=x onerror=alert(1)&gt; @octocat [a](https://example.com) #1</code> azure.storage.account: 1 fault</summary>

    **high: Storage account is public** `azure-storage-public`

    container x␛\[2J\\u{202e}evil\\u{200b}\` \| &lt;img src=x onerror=alert(1)&gt; @&#8203;octocat \[a\](https:&#8203;//example.com) \#&#8203;1 allows anonymous access
    (at `apps/bot/␛]0;x.tf:3:1`)

    ````diff
    + ```
    + </details>
    ````

    </details>

    <details>
    <summary><code>検索-prod</code> azure.search.service: 1 fault, 5 unknown</summary>

    **high: Azure AI Search admin key is written in code** `azure-search-key-in-code`

    the admin key is (sensitive), written here
    (at `infra/ai/main.tf:13:3`, also `infra/ai/main.tf:12:33`)

    **unknown: Azure AI Search service has no private endpoint** `azure-search-no-private-endpoint`: variable network has no value

    **unknown: Azure AI Search service has an open firewall** `azure-search-open-firewall`: variable network has no value

    **unknown: Azure AI Search service is reachable from the internet** `azure-search-open-to-internet`: variable network has no value

    **unknown: Azure AI Search service has a shared private link to an unknown tenant** `azure-search-shared-link`: variable network has no value

    **unknown: Azure AI Search service runs on the free tier** `azure-search-free-tier`: sku is known after apply

    </details>

    ### Not assessed

    - **1 failed**: block is not closed: `infra/old/broken.tf:9:1`
    - **4 partly read**: resource type … has no card: `infra/ai/other.tf:1:1` (azurerm\_kusto\_cluster), `infra/ai/other.tf:5:1` (azurerm\_purview\_account), `infra/ai/other.tf:9:1` (azurerm\_kusto\_cluster), … and 1 more
    - **1 skipped**: no source reads this file: `models/big.onnx`

    <sub>11 checks on 7 assets, 6 places not assessed. Stance 0.1.0, catalogue 7</sub>
    "#);
}

#[test]
fn an_empty_snapshot_says_so() {
    assert_snapshot!(comment(&Snapshot::default()), @r#"
    <!-- stance:report -->
    ## Stance: nothing to assess was found


    <sub>0 checks on 0 assets. Stance 0.1.0, catalogue 7</sub>
    "#);
}

#[test]
fn a_large_report_is_cut_and_says_so() {
    let mut snapshot = snapshot();
    for i in 0..5_000 {
        let asset = format!("infra#azurerm_thing.t{i}");
        let mut fault =
            outcome("some-check", "Some fault of some weight", &asset, Status::Fail, Severity::High);
        fault.because = "模 <&@ ".repeat(200);
        snapshot.outcomes.push(fault);
        let reason = format!("reason number {i} {}", "x<".repeat(300));
        let status = model::CoverageStatus::Partial;
        snapshot.coverage.push(model::Coverage::note("iac", format!("f{i}.tf"), status, reason));
    }
    let text = comment(&snapshot);
    assert!(text.chars().count() <= 60_000, "{}", text.chars().count());
    for part in ["more faults.", "more assets.", "more reasons.", "</sub>\n"] {
        assert!(text.contains(part), "{part}");
    }
    assert_eq!(text.matches("<details>").count(), text.matches("\n</details>").count());
}

#[test]
fn scanned_text_is_never_markup() {
    let text = comment(&snapshot());
    assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{200b}']), "{text}");
    assert!(!text.contains("<img"), "{text}");
    // GitHub makes no mentions inside code.
    let outside: String =
        text.split("<code>").map(|part| part.split_once("</code>").map_or(part, |p| p.1)).collect();
    assert!(text.contains("@octocat") && !outside.contains("@octocat"), "{outside}");
    // The patch holds a fence and an end tag: its own fence is longer, and the tag stays inside.
    assert!(text.contains("````diff\n+ ```\n+ </details>\n````\n"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}
