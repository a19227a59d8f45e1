//! The `stance` command: arguments, exit codes, progress, and the only place that prints.

#![expect(clippy::print_stderr, reason = "this is the crate that prints")]

mod access;
mod arguments;
mod bom;
mod check;
mod diff;
mod fix;
mod mcp;
mod paths;
mod query;
mod scan;
mod sources;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use arguments::{Arguments, CheckCommand, Command, McpCommand};

/// What a command ends with.
pub(crate) enum End {
    Clean,
    /// Findings at or above the gate, or cases that failed.
    Findings,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let catalog = arguments.catalog.as_deref();
    let result = match arguments.command {
        Command::Scan(options) => scan::run(catalog, &options),
        Command::Bom(options) => bom::run(catalog, &options),
        Command::Paths(options) => paths::run(catalog, &options),
        Command::WhoCan(options) => access::who_can(catalog, &options),
        Command::Can(options) => access::can(catalog, &options),
        Command::Diff(options) => diff::run(catalog, &options),
        Command::Fix(options) => fix::run(catalog, &options),
        Command::Check(command) => match command {
            CheckCommand::List { provider } => check::list(catalog, provider.as_deref()),
            CheckCommand::Show { id } => check::show(catalog, &id),
            CheckCommand::Test { folder } => check::test(catalog, folder.as_deref()),
        },
        Command::Query(options) => query::run(catalog, &options),
        Command::Mcp(McpCommand::Lock(options)) => mcp::lock(catalog, &options),
        Command::Mcp(McpCommand::Verify(options)) => mcp::verify(catalog, &options),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "stance", &mut script);
            scan::write(&String::from_utf8_lossy(&script), None).map(|()| End::Clean)
        }
    };
    match result {
        Ok(End::Clean) => ExitCode::SUCCESS,
        Ok(End::Findings) => ExitCode::from(1),
        Err(error) => {
            eprintln!("stance: {error:#}");
            ExitCode::from(2)
        }
    }
}
