//! Keys in files: found, said where, and never shown.

use super::Folder;

/// Fifty-two letters and digits in disorder, put together here so that no file has a key in it.
fn key() -> String {
    let letters: Vec<char> = ('a'..='z').chain('A'..='Z').chain('0'..='9').collect();
    let drawn = (0..52_usize).map(|i| letters[(i * i * 31 + i * 17 + 5) % letters.len()]);
    format!("gsk_{}", drawn.collect::<String>())
}

#[test]
fn no_report_shows_a_key_that_is_found() {
    let key = key();
    let folder = Folder::of(&[
        ("app.py", &format!("client = Groq(api_key='{key}')\n")),
        (
            "main.tf",
            &format!(
                "resource \"aws_lambda_function\" \"f\" {{\n  function_name = \"f\"\n  environment {{\n    variables = {{ GROQ_API_KEY = \"{key}\" }}\n  }}\n}}\n"
            ),
        ),
        (
            ".mcp.json",
            &format!(
                "{{\"mcpServers\": {{\"a\": {{\"command\": \"npx\", \"env\": {{\"K\": \"{key}\"}}}}}}}}\n"
            ),
        ),
        (
            "compose.yaml",
            &format!(
                "services:\n  a:\n    image: ollama/ollama\n    environment:\n      GROQ_API_KEY: {key}\n"
            ),
        ),
    ]);
    for format in ["terminal", "json", "sarif", "markdown"] {
        for more in [&["--all"][..], &["--verbose"]] {
            let run = folder.scan(&[&["--format", format], more].concat());
            let said = format!("{}{}", run.out, run.err);
            assert!(!said.contains(&key[..12]) && !said.contains(&key[12..40]), "{format} {more:?}: {said}");
        }
    }
    let run = folder.scan(&[]);
    assert!(run.out.contains("secrets-ai-service-key") && run.out.contains(&key[52..]), "{run:?}");
    assert!(run.out.contains("secrets-key-in-agent-configuration"), "{run:?}");
    let asset =
        folder.report(&[])["assets"].as_array().unwrap().iter().find(|a| a["kind"] == "secrets.key").cloned();
    assert_eq!(asset.unwrap()["document"]["places"].as_array().map(Vec::len), Some(4));
}

#[test]
fn a_history_that_is_not_there_is_said_so() {
    let folder = Folder::of(&[("app.py", "a = 1\n")]);
    let run = folder.scan(&["--history", "--verbose"]);
    assert!(run.out.contains("there is no repository"), "{run:?}");
}
