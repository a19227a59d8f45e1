//! The arguments of every command, with examples.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// AI security posture management: find every AI asset, and what is wrong with it.
#[derive(Debug, Parser)]
#[command(name = "stance", version, about, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = "Exit codes: 0 no findings at or above the gate · 1 findings · 2 could not run")]
pub(crate) struct Arguments {
    /// A folder of cards beside the built-in ones; a card with the id of a built-in one replaces it
    #[arg(long = "catalog", value_name = "DIR", global = true)]
    pub(crate) catalog: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Scan a folder of infrastructure code
    #[command(after_help = "Examples:
  stance scan infra/
  stance scan . --fail-on high --format sarif --output stance.sarif
  stance scan infra/prod --var-file infra/prod/prod.tfvars --var region=westeurope
  stance scan . --check 'azure-*' --exclude azure-search-replica-count --min-severity medium
  stance scan . --history --check 'secrets-*'
  stance scan . --format json | jq '.outcomes[] | select(.status == \"fail\")'")]
    Scan(Box<ScanOptions>),
    /// Fix what a scan finds, in the files themselves, after proving each change
    ///
    /// Shows the change of each finding that can be fixed in its file. A change is offered when the folder, evaluated
    /// again with it, no longer has the finding and has nothing new.
    #[command(after_help = "Examples:
  stance fix infra/
  stance fix infra/ --write
  stance fix . --check 'azure-search-*' --unsafe

Exit codes: 0 nothing left to write · 1 proven changes were shown and not written · 2 could not run")]
    Fix(Box<FixOptions>),
    /// Write the AI bill of materials of a folder, compare two, check one
    #[command(args_conflicts_with_subcommands = true)]
    #[command(after_help = "Examples:
  stance bom . --output ai-bom.cdx.json
  stance bom . --format spdx --output ai-bom.spdx.json --sign key.pem
  stance bom . --per-workload --output boms/
  stance bom diff released.cdx.json ai-bom.cdx.json
  stance bom verify ai-bom.spdx.json --key public.pem

A key: openssl genpkey -algorithm ed25519 -out key.pem && openssl pkey -in key.pem -pubout -out public.pem
The same folder gives the same bytes. SPDX demands a time of creation: that of SOURCE_DATE_EPOCH, else 1970-01-01.

Exit codes: 0 written, no difference, or verified · 1 differences, or a check that failed · 2 could not run")]
    Bom(Box<BomOptions>),
    /// Show how an attacker gets from outside to what matters, step by step
    #[command(after_help = "Examples:
  stance paths .
  stance paths . path-6e8c473636
  stance paths . --explain path-6e8c473636.1
  stance paths . --min-risk high --entry internet
  stance paths . --without 'azure-cognitive-services-local-auth@infra#azurerm_cognitive_account.a'
  stance paths . --format svg --output paths.svg
  stance paths . --format json --output paths.json && stance paths . --verify paths.json

Exit codes: 0 no path that was asked for (--verify: all saved paths are gone) · 1 paths (--verify: some are still there) ·
2 could not run")]
    Paths(Box<PathsOptions>),
    /// Who may do something to a resource: the AI verb matrix, by resource
    #[command(after_help = "Examples:
  stance who-can invoke-model 'azurerm_cognitive_account.*' --in infra/
  stance who-can read-weights aws_s3_bucket.models
  stance who-can --list-verbs

Exit codes: 0 answered · 2 could not run")]
    WhoCan(Box<WhoCanOptions>),
    /// What an identity may do: the AI verb matrix, by identity
    #[command(after_help = "Examples:
  stance can aws_iam_role.notebook --in infra/
  stance can internet")]
    Can(Box<CanOptions>),
    /// What a change opens or closes: assets, findings, permissions and attack paths of two states
    #[command(after_help = "Examples:
  stance diff main HEAD
  stance diff infra-before/ infra-after/ --format markdown
  stance diff last-night.json .

A side is a folder, a scan in JSON (stance scan --format json), or else a revision of the repository that --in lies in.

Exit codes: 0 the change opens no attack path · 1 it opens one, or makes one worse · 2 could not run")]
    Diff(Box<DiffOptions>),
    /// List, explain and test the checks
    #[command(after_help = "Examples:
  stance check list --provider aws
  stance check show azure-cognitive-services-open-to-internet
  stance check test my-catalog/")]
    #[command(subcommand)]
    Check(CheckCommand),
    /// Ask the graph of a folder: its assets, how they hang together, and what is wrong with them
    ///
    /// The language is a read-only part of openCypher; docs/query.md tells it. Nodes are assets with their class and kind
    /// as labels (`:AiService`, `:Ai`), and findings (`:Finding`).
    #[command(after_help = "Examples:
  stance query 'MATCH (a:Ai) RETURN a.kind AS kind, count(*) AS n ORDER BY n DESC'
  stance query 'MATCH (a:Agent)-[:RUNS_AS]->(i) RETURN a, i' infra/
  stance query 'MATCH (a:Asset {name: $name})--(b) RETURN b' --param name=rag-index
  stance query --template findings-on-ai infra/ --param severity=high --format csv
  stance query --list-templates

Exit codes: 0 an answer, also an empty one · 2 could not run")]
    Query(Box<QueryOptions>),
    /// Lock the MCP servers, tools and instructions of a folder, and tell what has changed since
    #[command(after_help = "Examples:
  stance mcp lock
  stance mcp verify || echo 'look at what changed before you approve it'
  stance mcp lock --home --file ~/mcp.lock.json

Exit codes: 0 as locked · 1 something changed · 2 could not run")]
    #[command(subcommand)]
    Mcp(McpCommand),
    /// Write completions for a shell
    #[command(after_help = "Example:\n  stance completions bash > /etc/bash_completion.d/stance")]
    Completions { shell: clap_complete::Shell },
}

#[derive(Debug, Subcommand)]
pub(crate) enum CheckCommand {
    /// One line for each check
    List {
        /// Only checks of a provider: azure, aws, google
        #[arg(long)]
        provider: Option<String>,
    },
    /// Why a check exists, what it tests, how to fix what it finds, and what it maps to
    Show { id: String },
    /// Run the cases (`tests.yaml`) of the checks
    Test {
        /// A catalogue folder, or one folder inside it [default: catalog]
        folder: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum McpCommand {
    /// Write the lock: how each server is started, and a digest of each tool's description and parameters
    Lock(LockOptions),
    /// Compare with the lock
    Verify(LockOptions),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum QueryFormat {
    Table,
    Json,
    Csv,
}

#[derive(Debug, Args)]
pub(crate) struct QueryOptions {
    /// The query; with --file or --template the folder stands here
    pub(crate) query: Option<String>,
    /// The folder (or one file) to scan [default: .]
    pub(crate) path: Option<PathBuf>,
    /// Read the query from a file
    #[arg(long, value_name = "FILE", conflicts_with = "template")]
    pub(crate) file: Option<PathBuf>,
    /// Ask a query of the catalogue
    #[arg(long, value_name = "NAME")]
    pub(crate) template: Option<String>,
    /// One line for each query of the catalogue
    #[arg(long)]
    pub(crate) list_templates: bool,
    /// A value of `$NAME` in the query (may be repeated)
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) param: Vec<String>,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t = QueryFormat::Table)]
    pub(crate) format: QueryFormat,
    /// Write the answer to a file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// The most rows an answer may have
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(crate) max_rows: usize,
    /// The most nodes, relationships and values that may be looked at
    #[arg(long, value_name = "N", default_value_t = 20_000_000)]
    pub(crate) max_steps: u64,
    #[command(flatten)]
    pub(crate) given: Variables,
}

#[derive(Debug, Args)]
pub(crate) struct LockOptions {
    /// The folder
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// The configurations of AI clients in your home folder instead
    #[arg(long, conflicts_with = "path")]
    pub(crate) home: bool,
    /// The lock file [default: mcp.lock.json in the folder]
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Terminal,
    Json,
    Sarif,
    Markdown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BomFileFormat {
    /// CycloneDX 1.7 in JSON
    Cyclonedx,
    /// SPDX 3.0.1 in JSON-LD
    Spdx,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BomDiffFormat {
    Terminal,
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct BomOptions {
    #[command(subcommand)]
    pub(crate) command: Option<BomCommand>,
    /// The folder (or one file) to scan; one that is called like a command is written `./diff`
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// How the bill is written
    #[arg(long, value_enum, default_value_t = BomFileFormat::Cyclonedx)]
    pub(crate) format: BomFileFormat,
    /// Write the bill to a file instead of standard output; with --per-workload, to a folder
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// One bill for each application and each other workload, and an index of them on standard output
    #[arg(long, requires = "output")]
    pub(crate) per_workload: bool,
    /// Sign with an Ed25519 private key (PEM); the signature lies beside the bill, in FILE.dsse.json
    #[arg(long, value_name = "KEY", requires = "output")]
    pub(crate) sign: Option<PathBuf>,
    /// What the bill is of [default: the folder's name]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Leave out where components were seen
    #[arg(long)]
    pub(crate) no_evidence: bool,
    #[command(flatten)]
    pub(crate) given: Variables,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BomCommand {
    /// What one bill adds, removes and changes; ends with 1 when there is a difference
    Diff {
        before: PathBuf,
        after: PathBuf,
        #[arg(long, value_enum, default_value_t = BomDiffFormat::Terminal)]
        format: BomDiffFormat,
        /// End with 0 also when there is a difference
        #[arg(long)]
        exit_zero: bool,
    },
    /// Whether a bill holds together, is unchanged since it was made, and is signed
    Verify {
        file: PathBuf,
        /// The public key (PEM) that must have signed it
        #[arg(long, value_name = "KEY")]
        key: Option<PathBuf>,
        /// Where the signature lies [default: FILE.dsse.json]
        #[arg(long, value_name = "FILE")]
        signature: Option<PathBuf>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PathsFormat {
    Terminal,
    Json,
    /// One result for each path, its steps a code flow
    Sarif,
    /// A picture: self-contained, no script
    Svg,
    /// A flowchart for Markdown
    Mermaid,
    /// Graphviz
    Dot,
    /// BloodHound OpenGraph
    Opengraph,
}

#[derive(Debug, Args)]
pub(crate) struct PathsOptions {
    /// The folder (or one file) to scan
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// Only this path, step by step: `path-6e8c473636`
    #[arg(value_name = "PATH-ID")]
    pub(crate) only: Option<String>,
    /// How the paths are written
    #[arg(long, value_enum, default_value_t = PathsFormat::Terminal)]
    pub(crate) format: PathsFormat,
    /// Write the paths to a file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Everything of one step: `path-6e8c473636.2`
    #[arg(long, value_name = "STEP", conflicts_with_all = ["only", "format", "verify"])]
    pub(crate) explain: Option<String>,
    /// Hold the paths of an earlier run (JSON of `paths` or `scan`) against those of now
    #[arg(long, value_name = "FILE", conflicts_with_all = ["only", "min_risk", "entry", "bypassing"])]
    pub(crate) verify: Option<PathBuf>,
    /// Leave out paths of a risk below this
    #[arg(long, value_name = "LEVEL", value_parser = ["info", "low", "medium", "high", "critical"])]
    pub(crate) min_risk: Option<String>,
    /// Only paths that begin here: internet, account, leaked-key, employee, dependency, content, ci (may be repeated)
    #[arg(long, value_name = "ENTRY")]
    pub(crate) entry: Vec<String>,
    /// Only paths to a model or an agent that skip a guardrail or a gateway in front of it
    #[arg(long)]
    pub(crate) bypassing: bool,
    /// Take a fix as done, by its id (may be repeated)
    #[arg(long, value_name = "FIX")]
    pub(crate) without: Vec<String>,
    /// An asset that must stay as it is, by address or id, `*` allowed: no fix is done to it (may be repeated)
    #[arg(long, value_name = "ASSET")]
    pub(crate) keep: Vec<String>,
    /// Ways to each target from each entry
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) ways: usize,
    /// Show only the counts
    #[arg(long, short, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Show every path step by step, and every fix and choke point
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Use colours
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,
    #[command(flatten)]
    pub(crate) given: Variables,
}

#[derive(Debug, Args)]
pub(crate) struct WhoCanOptions {
    /// invoke-model, read-data, write-weights …; `any` for all
    #[arg(required_unless_present = "list_verbs")]
    pub(crate) verb: Option<String>,
    /// The resource: its id, address or name, `*` allowed
    #[arg(required_unless_present = "list_verbs")]
    pub(crate) resource: Option<String>,
    /// List the verbs
    #[arg(long)]
    pub(crate) list_verbs: bool,
    #[command(flatten)]
    pub(crate) scope: AccessScope,
}

#[derive(Debug, Args)]
pub(crate) struct CanOptions {
    /// The identity: its id, address or name, `*` allowed; or an entry such as `internet`
    pub(crate) identity: String,
    /// Only this verb
    #[arg(long)]
    pub(crate) verb: Option<String>,
    #[command(flatten)]
    pub(crate) scope: AccessScope,
}

#[derive(Debug, Args)]
pub(crate) struct AccessScope {
    /// The folder (or one file) to scan
    #[arg(long = "in", value_name = "DIR", default_value = ".")]
    pub(crate) path: PathBuf,
    /// JSON instead of text
    #[arg(long)]
    pub(crate) json: bool,
    /// Use colours
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,
    #[command(flatten)]
    pub(crate) given: Variables,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    Terminal,
    /// For the comment of a pull request
    Markdown,
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct DiffOptions {
    /// The state before
    pub(crate) base: String,
    /// The state after
    #[arg(default_value = ".")]
    pub(crate) head: String,
    /// The folder, for sides that are revisions
    #[arg(long = "in", value_name = "DIR", default_value = ".")]
    pub(crate) folder: PathBuf,
    #[arg(long, value_enum, default_value_t = DiffFormat::Terminal)]
    pub(crate) format: DiffFormat,
    /// Write the comparison to a file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Use colours
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,
    /// End with 1 only for paths of at least this risk
    #[arg(long, value_name = "LEVEL", default_value = "low", value_parser = ["info", "low", "medium", "high", "critical"])]
    pub(crate) fail_on: String,
    #[command(flatten)]
    pub(crate) given: Variables,
}

/// Values of Terraform variables, for every command that scans.
#[derive(Debug, Args)]
pub(crate) struct Variables {
    /// A value of a Terraform variable (may be repeated)
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) var: Vec<String>,
    /// A file of values of Terraform variables (may be repeated)
    #[arg(long, value_name = "FILE")]
    pub(crate) var_file: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct FixOptions {
    /// The folder (or one file) to fix
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// Fix only what these checks find (id or pattern with `*`; may be repeated)
    #[arg(long, value_name = "CHECK")]
    pub(crate) check: Vec<String>,
    /// Write the proven changes to the files
    #[arg(long)]
    pub(crate) write: bool,
    /// Also what could break a working deployment
    #[arg(long = "unsafe")]
    pub(crate) with_unsafe: bool,
    #[command(flatten)]
    pub(crate) given: Variables,
    /// A file of accepted faults [default: stance-exceptions.yaml at the root, if there]
    #[arg(long, value_name = "FILE")]
    pub(crate) exceptions: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ScanOptions {
    /// The folder (or one file) to scan
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// Scan the configurations of AI clients in your home folder, and nothing else of it
    #[arg(long, conflicts_with = "path")]
    pub(crate) home: bool,
    /// How the result is written
    #[arg(long, value_enum, default_value_t = Format::Terminal)]
    pub(crate) format: Format,
    /// Write the result to a file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Exit with 1 when there is a finding of at least this severity, or `never` [default: low]
    #[arg(long, value_name = "SEVERITY", value_parser = ["info", "low", "medium", "high", "critical", "never"])]
    pub(crate) fail_on: Option<String>,
    /// Leave out what is below this severity
    #[arg(long, value_name = "SEVERITY", value_parser = ["info", "low", "medium", "high", "critical"])]
    pub(crate) min_severity: Option<String>,
    /// Run only these checks (id or pattern with `*`; may be repeated)
    #[arg(long, value_name = "CHECK")]
    pub(crate) check: Vec<String>,
    /// Do not run these checks (id or pattern with `*`; may be repeated)
    #[arg(long, value_name = "CHECK")]
    pub(crate) exclude: Vec<String>,
    #[command(flatten)]
    pub(crate) given: Variables,
    /// A file of accepted faults [default: stance-exceptions.yaml at the scanned root, if there]
    #[arg(long, value_name = "FILE")]
    pub(crate) exceptions: Option<PathBuf>,
    /// Look for keys in every commit of the git history too
    #[arg(long)]
    pub(crate) history: bool,
    /// Show passed checks too
    #[arg(long)]
    pub(crate) all: bool,
    /// Show only the summary
    #[arg(long, short, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Show every place, reason and control
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Use colours
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,
}
