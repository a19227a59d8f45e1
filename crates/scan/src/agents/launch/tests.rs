use super::*;

fn of(line: &str) -> Launch {
    let words: Vec<Node> = line.split(' ').map(|w| Node::from(&*w.replace('_', " "))).collect();
    launch(&words)
}

fn package(line: &str) -> String {
    match of(line).package {
        Some(p) => format!(
            "{}:{}@{}{}",
            p.ecosystem,
            p.name,
            p.version.as_deref().unwrap_or("-"),
            if p.pinned { " pinned" } else { "" }
        ),
        None => "none".into(),
    }
}

#[test]
fn the_package_is_found_behind_runners_and_shells() {
    for (line, want) in [
        ("npx -y @modelcontextprotocol/server-github", "npm:@modelcontextprotocol/server-github@-"),
        ("npx.cmd --yes pkg@1.2.3", "npm:pkg@1.2.3 pinned"),
        ("npx pkg@latest", "npm:pkg@latest"),
        ("npx pkg@^1.2.3", "npm:pkg@^1.2.3"),
        ("npx pkg@1.2", "npm:pkg@1.2"),
        ("npx @a/b@1.0.0-beta.1", "npm:@a/b@1.0.0-beta.1 pinned"),
        ("npx -p @a/b@2.0.0 cmd --flag", "npm:@a/b@2.0.0 pinned"),
        ("npx --package=@a/b cmd", "npm:@a/b@-"),
        (
            "npx github:o/r#0123456789012345678901234567890123456789",
            "git:github:o/r@0123456789012345678901234567890123456789 pinned",
        ),
        ("npx github:o/r", "git:github:o/r@-"),
        ("npx ./local", "npm:./local@- pinned"),
        ("bunx pkg", "npm:pkg@-"),
        ("bun x pkg@1.0.0", "npm:pkg@1.0.0 pinned"),
        ("pnpm dlx pkg", "npm:pkg@-"),
        ("yarn dlx -q pkg", "npm:pkg@-"),
        ("npm exec -- pkg@3.2.1", "npm:pkg@3.2.1 pinned"),
        ("npm exec -y pkg", "npm:pkg@-"),
        ("uvx mcp-server-git", "pypi:mcp-server-git@-"),
        ("/home/u/.local/bin/uvx mcp-server-git@2025.1.1", "pypi:mcp-server-git@2025.1.1 pinned"),
        ("uvx --from pkg[cli]==1.2 run-it", "pypi:pkg@1.2 pinned"),
        ("uvx --from git+https://github.com/o/r@main x", "git:git+https://github.com/o/r@main"),
        ("uvx --python 3.12 pkg>=1", "pypi:pkg@>=1"),
        ("uvx pkg@latest", "pypi:pkg@latest"),
        ("uv tool run pkg==1.0.0", "pypi:pkg@1.0.0 pinned"),
        ("uv run --with pkg==1.0 pkg-cmd", "pypi:pkg@1.0 pinned"),
        ("uv --directory /srv/x run server.py", "none"),
        ("pipx run --spec pkg==2.0 cmd", "pypi:pkg@2.0 pinned"),
        ("pipx run pkg", "pypi:pkg@-"),
        ("docker run -i --rm mcp/fetch", "docker:mcp/fetch@-"),
        (
            "docker run -i ghcr.io/github/github-mcp-server:v1.2",
            "docker:ghcr.io/github/github-mcp-server@v1.2",
        ),
        ("docker run localhost:5000/x", "docker:localhost:5000/x@-"),
        ("podman run docker.io/library/a@sha256:00", "docker:a@sha256:00 pinned"),
        ("cmd /c npx -y pkg", "npm:pkg@-"),
        ("C:\\Windows\\System32\\cmd.exe /C npx pkg", "npm:pkg@-"),
        ("wsl -d Ubuntu npx pkg", "npm:pkg@-"),
        ("wsl.exe bash -lc npx_-y_pkg@1.0.0", "npm:pkg@1.0.0 pinned"),
        ("bash -c cd_/srv_&&_exec_npx_pkg", "npm:pkg@-"),
        ("env A=b npx pkg", "npm:pkg@-"),
        ("op run -- npx pkg", "npm:pkg@-"),
        ("deno run -A npm:pkg@1.0.0", "npm:pkg@1.0.0 pinned"),
        ("deno run jsr:@a/b", "jsr:@a/b@-"),
        ("go run github.com/o/r/cmd@latest", "golang:github.com/o/r/cmd@latest"),
        ("dnx Pkg@1.2.3 --yes", "nuget:Pkg@1.2.3 pinned"),
        ("dnx Pkg --version 1.2.3", "nuget:Pkg@1.2.3 pinned"),
        ("node build/index.js", "none"),
        ("npx", "none"),
        ("docker", "none"),
    ] {
        assert_eq!(package(line), want, "{line}");
    }
}

#[test]
fn files_bridges_and_arguments() {
    for (line, want) in [
        ("node --import tsx build/index.js --x", Some("build/index.js")),
        ("python -u server.py", Some("server.py")),
        ("python -m my.server --port 1", Some("-m my.server")),
        ("uv --directory d run server.py", Some("server.py")),
        ("uv run mcp run server.py", Some("server.py")),
        ("uv run --with mcp mcp run server.py", Some("server.py")),
        ("uv run -m my.server", Some("-m my.server")),
        ("uv run my-script", Some("my-script")),
        ("java -Dx=1 -jar a.jar stdio", Some("a.jar")),
        ("./run.sh", Some("./run.sh")),
        ("server.py", Some("server.py")),
        ("bun run src/index.ts", Some("src/index.ts")),
        ("github-mcp-server stdio", None),
    ] {
        assert_eq!(of(line).entry.as_deref(), want, "{line}");
    }
    let remote = of("npx -y mcp-remote https://x.example/mcp --header A:b");
    assert_eq!(remote.bridge.as_deref(), Some("https://x.example/mcp"));
    assert_eq!(of("npx -y fetcher https://x.example/").bridge, None);
    let files = of("npx -y @modelcontextprotocol/server-filesystem /a /b");
    assert_eq!(files.arguments.iter().map(shown).collect::<Vec<_>>(), ["/a", "/b"]);
}

#[test]
fn a_container_says_what_it_is_given() {
    let line = "docker run -i --rm --privileged --network=host -v /:/host:ro -v data:/data --mount type=bind,src=/home/u,dst=/w -v C:\\Users\\u:/u -e KEY=abc -e OTHER --cap-add sys_admin img:1 serve";
    let launch = of(&line.replace("sys_admin", "SYS"));
    let container = launch.container.unwrap();
    assert!(container.privileged && container.host_network);
    assert_eq!(container.capabilities, ["SYS"]);
    let mounts: Vec<String> =
        container.mounts.iter().map(|m| format!("{} {} {}", m.source, m.target, m.read_only)).collect();
    assert_eq!(mounts, ["/ /host true", "/home/u /w false", "C:\\Users\\u /u false"]);
    assert_eq!(launch.environment.len(), 1);
    assert_eq!(launch.arguments.iter().map(shown).collect::<Vec<_>>(), ["serve"]);
}

#[test]
fn endless_wrappers_end() {
    let words: Vec<Node> = std::iter::repeat_n("env", 100_000).map(Node::from).collect();
    assert!(launch(&words).package.is_none());
}

proptest::proptest! {
    #[test]
    fn any_words_are_read(words in proptest::collection::vec("(npx|uv|run|docker|-v|-e|cmd|/c|bash|-c|--|[ -~é:@=/]{0,8})", 0..8)) {
        let words: Vec<Node> = words.iter().map(|w| Node::from(&**w)).collect();
        _ = launch(&words);
    }
}
