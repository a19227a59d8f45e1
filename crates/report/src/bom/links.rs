//! Which relations of the graph are dependencies, and in which direction.

use model::Class;

/// Relations that say where a thing runs, who may do what, or what is written down: no part of what a thing is made of.
const SURROUNDING: [&str; 15] = [
    "attached-to",
    "deploys",
    "encrypted-with",
    "granted-on",
    "granted-to",
    "grants",
    "in-network",
    "logs-to",
    "member-of",
    "monitors",
    "protects",
    "routes-to",
    "runs-as",
    "uses-key",
    "supersedes",
];

/// A dependency: whether it runs against the relation, and its name.
pub(super) struct Dependency<'a> {
    pub reverse: bool,
    pub relation: &'a str,
}

/// The dependency that a relation between two classes is, if it is one.
pub(super) fn dependency(relation: &str, from: Class) -> Option<Dependency<'_>> {
    if SURROUNDING.contains(&relation) {
        return None;
    }
    // A program is made of what it contains; what a service, a project or an image contains is made with it.
    let whole = matches!(
        from,
        Class::Source
            | Class::Workload
            | Class::Agent
            | Class::McpServer
            | Class::McpClient
            | Class::Pipeline
            | Class::Package
    );
    Some(match relation {
        "contains" if !whole => Dependency { reverse: true, relation: "part-of" },
        relation => Dependency { reverse: false, relation },
    })
}

/// Whether a relation through a connection (a stored endpoint with its credentials) counts for what the connection leads to.
pub(super) fn through(class: Class) -> bool {
    class == Class::Connection
}
