//! Files of many products, read as a whole.

use ::model::Asset;

use super::*;

/// What is seen in these files.
pub(super) fn observed(files: &[(&str, &str)]) -> Vec<Asset> {
    let catalog = Catalog::embedded();
    let tree = Tree::of_texts(files.iter().copied());
    let mut seen = Agents { catalog: &catalog }.observe(&tree).assets;
    seen.sort_by(|a, b| a.id.cmp(&b.id));
    seen
}

/// One line for each asset: kind, address, and some of its document.
fn told(files: &[(&str, &str)], words: &[&str]) -> Vec<String> {
    let line = |asset: &Asset| {
        let mut line = format!("{} {}", asset.kind, asset.address);
        for word in words {
            if let Some(node) = asset.document.at_path(word) {
                line += &format!(" {word}={}", node.brief());
            }
        }
        line
    };
    observed(files).iter().map(line).collect()
}

#[test]
fn every_client_spells_servers_its_own_way() {
    let words = [
        "transport",
        "package.name",
        "package.pinned",
        "url",
        "entry",
        "disabled",
        "approved",
        "authenticated",
    ];
    for (path, text, want) in [
        (
            ".zed/settings.json",
            r#"{"context_servers": {"a": {"source": "custom", "command": {"path": "npx", "args": ["pkg@1.0.0"], "env": {}}}}}"#,
            "mcp-server/zed/.zed/settings.json/a transport=stdio package.name=pkg package.pinned=true",
        ),
        (
            "opencode.json",
            r#"{"mcp": {"a": {"type": "local", "command": ["bun", "x", "pkg"], "enabled": false}}}"#,
            "mcp-server/opencode/opencode.json/a transport=stdio package.name=pkg package.pinned=false disabled=true",
        ),
        (
            ".config/goose/config.yaml",
            "extensions:\n  a:\n    type: stdio\n    cmd: uvx\n    args: [pkg]\n    envs: {}\n    enabled: true\n",
            "mcp-server/goose/.config/goose/config.yaml/a transport=stdio package.name=pkg package.pinned=false disabled=false",
        ),
        (
            ".gemini/settings.json",
            r#"{"mcpServers": {"a": {"httpUrl": "https://x.test/mcp", "trust": true}}}"#,
            r#"mcp-server/gemini-cli/.gemini/settings.json/a transport=http url=https://x.test/mcp approved=["*"] authenticated=unknown (whether the server asks the client to sign in is not in the configuration)"#,
        ),
        (
            ".codex/config.toml",
            "[mcp_servers.a]\nurl = \"https://x.test/mcp\"\nbearer_token_env_var = \"T\"\n",
            "mcp-server/codex/.codex/config.toml/a transport=http url=https://x.test/mcp authenticated=true",
        ),
        (
            ".continue/config.json",
            r#"{"experimental": {"modelContextProtocolServers": [{"transport": {"type": "stdio", "command": "node", "args": ["s.js"]}}]}}"#,
            "mcp-server/continue/.continue/config.json/node transport=stdio entry=s.js",
        ),
        (
            ".vscode/settings.json",
            r#"{"mcp": {"servers": {"a": {"command": "./s"}}}}"#,
            "mcp-server/vs-code/.vscode/settings.json/a transport=stdio entry=./s",
        ),
        (
            ".vscode/settings.json",
            r#"{"mcp.servers": {"a": {"command": "./s"}}}"#,
            "mcp-server/vs-code/.vscode/settings.json/a transport=stdio entry=./s",
        ),
        (
            ".devcontainer/devcontainer.json",
            r#"{"customizations": {"vscode": {"mcp": {"servers": {"a": {"url": "http://localhost:1/sse"}}}}}}"#,
            "mcp-server/vs-code/.devcontainer/devcontainer.json/a transport=sse url=http://localhost:1/sse authenticated=unknown (whether the server asks the client to sign in is not in the configuration)",
        ),
        (
            ".mcp.json",
            r#"{"a": {"command": "npx -y pkg@1.0.0"}}"#,
            "mcp-server/claude-code/.mcp.json/a transport=stdio package.name=pkg package.pinned=true",
        ),
        (
            ".roo/mcp.json",
            r#"{"mcpServers": {"a": {"command": "npx", "args": ["mcp-remote", "https://x.test/mcp"], "alwaysAllow": ["get"]}}}"#,
            r#"mcp-server/cline/.roo/mcp.json/a transport=http package.name=mcp-remote package.pinned=false url=https://x.test/mcp approved=["get"] authenticated=unknown (whether the server asks the client to sign in is not in the configuration)"#,
        ),
        (
            ".openhands/config.toml",
            "[mcp]\nshttp_servers = [\"https://x.test/mcp\"]\n",
            "mcp-server/openhands/.openhands/config.toml/https://x.test/mcp transport=http url=https://x.test/mcp authenticated=unknown (whether the server asks the client to sign in is not in the configuration)",
        ),
        (
            "mcp_config.json",
            r#"{"servers": {"a": {"type": "stdio", "command": "docker", "args": ["run", "-i", "img:1"]}}}"#,
            "mcp-server/mcp/mcp_config.json/a transport=stdio package.name=img package.pinned=false",
        ),
    ] {
        let want = format!("agents.mcp-server {want}");
        let got = told(&[(path, text)], &words);
        assert!(got.contains(&want), "{path}:\n{}\nwanted {want}", got.join("\n"));
    }
}

#[test]
fn agents_and_models_are_read_from_the_files_of_many_frameworks() {
    let words = ["provider", "model", "instructions", "tools", "agents", "inCode", "program", "deployment"];
    for (path, text, want) in [
        (
            ".claude/agents/a.md",
            "---\nname: rev\ndescription: d\ntools: Read, Bash(git log:*)\nmodel: sonnet\n---\nReview.\n",
            vec![
                r#"agents.definition agent/claude-code/rev model=sonnet instructions=Review. tools=[{approval: "asked", name: "Read"}, {approval: "asked", name: "Bash(git log:*)"}]"#,
                "code.model model/anthropic/sonnet provider=anthropic",
            ],
        ),
        (
            "src/crew/config/agents.yaml",
            "researcher:\n  role: R\n  goal: G\n  backstory: B\n  llm: openai/gpt-4o\n",
            vec![
                "agents.definition agent/crewai/researcher model=openai/gpt-4o instructions=B",
                "code.model model/openai/gpt-4o provider=openai",
            ],
        ),
        (
            "langgraph.json",
            r#"{"graphs": {"agent": "./src/agent.py:graph"}}"#,
            vec!["agents.definition agent/langgraph/agent inCode=true program=./src/agent.py:graph"],
        ),
        (
            "root_agent.yaml",
            "name: root\nmodel: gemini-2.5-flash\ninstruction: Do.\nsub_agents:\n  - config_path: b_agent.yaml\n",
            vec![
                r#"agents.definition agent/adk/root model=gemini-2.5-flash instructions=Do. agents=["b_agent.yaml"]"#,
                "code.model model/google-genai/gemini-2.5-flash provider=google-genai",
            ],
        ),
        (
            "chat.prompty",
            "---\nname: chat\nmodel:\n  api: chat\n  configuration:\n    type: azure_openai\n    azure_deployment: gpt-4o\n    azure_endpoint: https://foo.openai.azure.com\n---\nsystem:\nHelp.\n",
            vec![
                "agents.definition agent/prompty/chat model=gpt-4o instructions=system:\nHelp.",
                "code.model model/azure-openai/gpt-4o provider=azure-openai",
                "code.ai-service service/azure-openai/foo.openai.azure.com provider=azure-openai deployment=gpt-4o",
            ],
        ),
        (
            "Modelfile",
            "FROM llama3.2:3b\nSYSTEM Be brief.\n",
            vec!["code.model model/ollama/llama3.2:3b provider=ollama"],
        ),
        (
            "litellm_config.yaml",
            "model_list:\n  - model_name: x\n    litellm_params:\n      model: azure/gpt-4o\n      api_base: os.environ/BASE\n",
            vec!["code.model model/azure-openai/gpt-4o provider=azure-openai"],
        ),
        (
            "promptfooconfig.yaml",
            "providers:\n  - openai:chat:gpt-4o\n  - id: anthropic:messages:claude-x\n  - file://p.py\n",
            vec![
                "code.model model/anthropic/claude-x provider=anthropic",
                "code.model model/openai/gpt-4o provider=openai",
            ],
        ),
        (
            "a/agent.yaml",
            "template:\n  kind: hosted\n  name: h\nresources:\n  - kind: model\n    id: gpt-4o-mini\n",
            vec![
                "agents.definition agent/foundry/h model=gpt-4o-mini inCode=true",
                "code.model model/openai/gpt-4o-mini provider=openai",
            ],
        ),
        (
            "declarativeAgent.json",
            r#"{"name": "m", "instructions": "Help.", "capabilities": [{"name": "WebSearch"}]}"#,
            vec![
                r#"agents.definition agent/foundry/m instructions=Help. tools=[{approval: "asked", name: "WebSearch"}]"#,
            ],
        ),
        ("k8s/agent.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\n", vec![]),
        ("config.yaml", "logging: debug\n", vec![]),
    ] {
        assert_eq!(told(&[(path, text)], &words), want, "{path}");
    }
}

#[test]
fn what_is_no_configuration_gives_nothing() {
    for (path, text) in [
        ("server.json", r#"{"name": "x", "port": 80}"#),
        ("manifest.json", r#"{"manifest_version": 3, "name": "extension"}"#),
        ("mcp.json", r#"{"version": 1}"#),
        ("agent.json", r#"{"name": "x"}"#),
        (".vscode/settings.json", "{}"),
        ("agents.yaml", "agents: [a, b]"),
        (".mcp.json", "[]"),
        (".mcp.json", ""),
        ("README.md", "# x"),
    ] {
        assert_eq!(told(&[(path, text)], &[]), [""; 0], "{path}");
    }
}

#[test]
fn a_comment_accepts_a_fault_in_any_of_the_files() {
    let catalog = Catalog::embedded();
    let of = |path: &str, text: &str| {
        let tree = Tree::of_texts([(path, text)]);
        let seen = Agents { catalog: &catalog }.observe(&tree);
        seen.comments.iter().map(|c| format!("{} {}", c.line, c.text)).collect::<Vec<_>>()
    };
    let json =
        "{ \"mcpServers\": {\n  // stance:allow mcp-server-x on purpose\n  \"a\": { \"command\": \"a\" } } }";
    assert_eq!(of(".mcp.json", json), ["2 stance:allow mcp-server-x on purpose"]);
    let text = "# A\n<!-- stance:allow agents-x quoted here -->\nThe words stance:allow x y are not.\n";
    assert_eq!(of("AGENTS.md", text), ["2 stance:allow agents-x quoted here"]);
}

#[test]
fn no_secret_is_in_what_is_shown() {
    let text = r#"{"mcpServers": {"a": {"command": "npx", "args": ["pkg", "--token", "q8Zt4nLw0pXe7Kd1"],
        "env": {"X": "q8Zt4nLw0pXe7Kd2"}, "headers": {"Cookie": "q8Zt4nLw0pXe7Kd3"}, "url": "https://u:q8Zt4nLw0pXe7Kd4@x.test/?key=q8Zt4nLw0pXe7Kd5"}}}"#;
    for asset in observed(&[(".mcp.json", text)]) {
        let shown = serde_json::to_string(&asset.document).unwrap() + &asset.document.display();
        assert!(!shown.contains("q8Zt4nLw0pXe7"), "{shown}");
    }
}

#[test]
fn hostile_files_are_read_within_bounds() {
    let deep = format!("{}{}", "{\"mcpServers\":".repeat(5_000), "}".repeat(5_000));
    let many = format!(
        "{{\"mcpServers\": {{{}}}}}",
        (0..50_000)
            .map(|i| format!("\"s{i}\": {{\"command\": \"npx\", \"args\": [\"p{i}\"]}}"))
            .collect::<Vec<_>>()
            .join(",")
    );
    let long = format!("{{\"mcpServers\": {{\"a\": {{\"command\": \"{}\"}}}}}}", "npx ".repeat(200_000));
    let yaml =
        format!("a: &a [x, x]\n{}", (0..30).map(|i| format!("b{i}: &b{i} [*a, *a]\n")).collect::<String>());
    for (path, text) in [
        (".mcp.json", &*deep),
        (".mcp.json", &many),
        (".mcp.json", &long),
        (".mcp.json", "{\"mcpServers\": {\"a\": {\"command\": 1, \"args\": {}, \"env\": [], \"url\": []}}}"),
        (".mcp.json", "\u{0}\u{feff}{"),
        ("agents.yaml", &yaml),
        (".codex/config.toml", "[mcp_servers]\na = 1\nb = \"x\"\n[mcp_servers.c]\ncommand = []\n"),
        ("AGENTS.md", "---\n---\n---\n"),
        ("a.prompty", "---\nmodel: {configuration: [1]}\n---"),
        (".well-known/agent-card.json", "{\"name\": 1, \"skills\": {}, \"url\": 2}"),
        (
            "agent.json",
            "{\"name\": \"a\", \"skills\": [1, {\"name\": 2}], \"url\": \"x\", \"security\": 3, \"securitySchemes\": [1]}",
        ),
        ("server.json", "{\"name\": \"a\", \"packages\": [1, {\"registryType\": \"npm\"}], \"remotes\": {}}"),
    ] {
        assert!(observed(&[(path, text)]).len() <= 2_001, "{path}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn any_text_in_any_file_is_read(text in "\\PC{0,200}", which in 0..8_usize) {
        let paths = [".mcp.json", ".codex/config.toml", ".config/goose/config.yaml", "SKILL.md", "Modelfile", "langgraph.json", "agent.yaml", ".claude/commands/x.md"];
        _ = observed(&[(paths[which], &text)]);
    }
}

#[test]
fn files_of_one_client_know_each_other() {
    let servers = r#"{"mcpServers": {"shell": {"command": "uvx", "args": ["mcp-server-shell==0.1.2"]}}}"#;
    let settings = r#"{"permissions": {"allow": ["mcp__shell"]}}"#;
    let files = [
        ("a/.mcp.json", servers),
        ("a/.claude/settings.json", settings),
        ("b/.mcp.json", servers),
        ("b/.cursor/mcp.json", servers),
    ];
    let lines = told(&files, &["beside"]);
    let clients: Vec<&str> =
        lines.iter().filter(|l| l.starts_with("agents.client")).map(String::as_str).collect();
    let want = [
        r#"agents.client client/claude-code/a/.claude/settings.json beside=["Claude Code (a/.mcp.json)"]"#,
        r#"agents.client client/claude-code/a/.mcp.json beside=["Claude Code (a/.claude/settings.json)"]"#,
        "agents.client client/claude-code/b/.mcp.json",
        "agents.client client/cursor/b/.cursor/mcp.json",
    ];
    assert_eq!(clients, want);
}
