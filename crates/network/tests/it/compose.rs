//! Compose.

use crate::routes;

#[test]
fn ports_of_the_host() {
    let text = "
services:
  llm:
    image: ollama/ollama:0.5
    ports: ['11434:11434']
  db:
    image: postgres:16
    ports: ['127.0.0.1:5432:5432']
    networks: [back]
networks: { back: {} }
";
    assert_eq!(
        routes(&[("compose.yaml", text)]),
        "internet -> llm, llm/llm tcp 11434 conditional if the host is reached from the internet"
    );
}
