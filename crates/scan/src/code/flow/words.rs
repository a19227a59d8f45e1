//! Names that tell what happens to text where no card does: parts of an answer that hold no text of it, methods and modules that
//! hand text on.

use super::taint::Sink;

/// Parts of a model's answer, and of text, that the model has no say in.
pub(super) fn holds_no_text(name: &str) -> bool {
    matches!(
        name,
        "usage"
            | "id"
            | "model"
            | "created"
            | "created_at"
            | "finish_reason"
            | "finishReason"
            | "stop_reason"
            | "role"
            | "status"
            | "object"
            | "length"
            | "size"
            | "count"
            | "index"
            | "type"
            | "logprobs"
            | "status_code"
            | "statusCode"
            | "ok"
            | "usage_metadata"
            | "usageMetadata"
            | "response_metadata"
            | "headers"
            | "elapsed"
            | "total_tokens"
            | "prompt_tokens"
            | "completion_tokens"
            | "input_tokens"
            | "output_tokens"
            | "latency"
            | "cost"
            | "score"
            | "timestamp"
            | "__class__"
            | "constructor"
            | "ndim"
            | "shape"
            | "conversation_id"
            | "thread_id"
            | "run_id"
            | "request_id"
            | "session_id"
            | "model_name"
            | "error"
            | "errors"
            | "last_response_id"
            | "lastResponseId"
    )
}

/// Methods of text that give a number or a truth value, or nothing.
pub(super) fn gives_no_text(method: &str) -> bool {
    matches!(
        method,
        "count"
            | "index"
            | "find"
            | "rfind"
            | "startswith"
            | "endswith"
            | "startsWith"
            | "endsWith"
            | "includes"
            | "indexOf"
            | "lastIndexOf"
            | "test"
            | "search"
            | "has"
            | "some"
            | "every"
            | "isEmpty"
            | "equals"
            | "contains"
            | "Contains"
            | "localeCompare"
            | "close"
            | "aclose"
            | "cancel"
            | "abort"
            | "raise_for_status"
            | "hashCode"
            | "charCodeAt"
            | "__len__"
            | "getTime"
            | "codePointAt"
            | "size"
            | "length"
            | "Length"
    ) || (method.starts_with("is")
        && method[2..].starts_with(|c: char| c.is_ascii_lowercase() || c == '_' || c.is_ascii_uppercase()))
        || method.starts_with("has_")
}

/// Methods that put an argument into what they are called on.
pub(super) fn takes_in(method: &str) -> bool {
    matches!(
        method,
        "append"
            | "push"
            | "extend"
            | "add"
            | "insert"
            | "update"
            | "unshift"
            | "setdefault"
            | "appendleft"
            | "put"
            | "put_nowait"
            | "addAll"
            | "Add"
            | "AddRange"
            | "Append"
            | "WriteString"
            | "enqueue"
            | "concat"
            | "set"
    )
}

/// Modules of text: what goes in comes out.
pub(super) fn is_of_text(module: &str) -> bool {
    let first = module.split(['.', '/']).next().unwrap_or(module);
    matches!(
        first,
        "json"
            | "re"
            | "yaml"
            | "ast"
            | "string"
            | "textwrap"
            | "html"
            | "base64"
            | "codecs"
            | "itertools"
            | "functools"
            | "copy"
            | "posixpath"
            | "ntpath"
            | "pathlib"
            | "io"
            | "csv"
            | "toml"
            | "tomllib"
            | "tomli"
            | "xml"
            | "bs4"
            | "markdown"
            | "json5"
            | "orjson"
            | "ujson"
            | "json_repair"
            | "dirtyjson"
            | "demjson3"
            | "regex"
            | "unicodedata"
            | "operator"
            | "typing"
            | "dataclasses"
            | "collections"
            | "shlex"
            | "six"
            | "simplejson"
            | "rapidjson"
            | "partial_json_parser"
            | "jsonrepair"
            | "partial-json"
            | "best-effort-json-parser"
            | "js-yaml"
            | "path"
            | "node:path"
            | "lodash"
            | "lodash-es"
            | "querystring"
            | "strings"
            | "fmt"
            | "encoding"
            | "bytes"
            | "bufio"
            | "StringEscapeUtils"
            | "dedent"
            | "common-tags"
    ) || matches!(module, "os.path" | "urllib.parse" | "path/filepath" | "net/url")
}

/// Functions that need no import, and hand text on.
pub(super) fn hands_on(name: &str) -> bool {
    matches!(
        name,
        "str"
            | "list"
            | "dict"
            | "tuple"
            | "set"
            | "frozenset"
            | "sorted"
            | "reversed"
            | "enumerate"
            | "zip"
            | "map"
            | "filter"
            | "iter"
            | "next"
            | "aiter"
            | "anext"
            | "repr"
            | "ascii"
            | "format"
            | "vars"
            | "getattr"
            | "bytes"
            | "min"
            | "max"
            | "cast"
            | "String"
            | "Array"
            | "Object"
            | "decodeURIComponent"
            | "decodeURI"
            | "unescape"
            | "atob"
            | "btoa"
            | "structuredClone"
            | "URL"
            | "Blob"
            | "string"
            | "append"
            | "Set"
            | "Map"
    )
}

/// `JSON.parse`, `Object.values`, `Promise.all`: the object that a function which hands text on hangs on.
pub(super) fn is_plain_object(name: &str) -> bool {
    matches!(
        name,
        "JSON"
            | "Object"
            | "Array"
            | "Promise"
            | "String"
            | "Buffer"
            | "Reflect"
            | "asyncio"
            | "Arrays"
            | "List"
            | "Objects"
            | "Stream"
            | "Collectors"
            | "Path"
            | "Paths"
            | "JsonSerializer"
            | "JsonDocument"
            | "JObject"
            | "Encoding"
            | "Regex"
            | "Enumerable"
            | "Convert"
            | "Readable"
    )
}

/// Functions that are not known, but whose name says that they hand text on.
pub(super) fn says_it_hands_on(name: &str) -> bool {
    let name = name.trim_start_matches('_').to_ascii_lowercase();
    [
        "parse", "extract", "strip", "trim", "normali", "decode", "unescape", "loads", "to_str", "split",
        "dedent", "repair", "remove_",
    ]
    .iter()
    .any(|word| name.starts_with(word))
}

/// Functions that are believed to make text harmless because they are called so.
pub(super) fn says_it_cleans(name: &str) -> bool {
    let name = name.trim_start_matches('_').to_ascii_lowercase();
    ["sanitize", "sanitise", "escape", "quote", "purify", "validate", "assert_safe", "assertsafe", "ensure_safe", "ensuresafe", "secure"]
        .iter()
        .any(|word| name.starts_with(word))
        || ["_sanitize", "_sanitized", "_escape", "_escaped"].iter().any(|word| name.ends_with(word))
        || name.contains("sanitize") && !name.contains("un")
}

/// Functions whose answer says whether text is harmless.
pub(super) fn says_it_checks(name: &str) -> bool {
    let name: String = name.to_ascii_lowercase().chars().filter(|c| *c != '_').collect();
    [
        "issafe",
        "isvalid",
        "isallowed",
        "ispermitted",
        "validate",
        "isreadonly",
        "isselect",
        "iswhitelisted",
        "isallowlisted",
        "isvetted",
    ]
    .iter()
    .any(|word| name.starts_with(word))
}

/// Functions that run another one with the arguments after it.
pub(super) fn runs_another(name: &str) -> bool {
    matches!(
        name,
        "to_thread"
            | "run_in_executor"
            | "submit"
            | "run_sync"
            | "partial"
            | "run_in_threadpool"
            | "sync_to_async"
            | "apply_async"
            | "call_soon"
            | "create_task"
            | "add_task"
            | "Thread"
            | "Process"
    )
}

/// Programs that take a program text, or a command line, as an argument: which of both.
pub(super) fn interpreter(program: &str) -> Option<Sink> {
    let name = program.trim().rsplit(['/', '\\']).next().unwrap_or(program).trim_end_matches(".exe");
    match name {
        "sh" | "bash" | "zsh" | "dash" | "ksh" | "fish" | "cmd" | "powershell" | "pwsh" | "ssh" | "sudo"
        | "env" | "xargs" | "eval" => Some(Sink::Command),
        "python" | "python3" | "python2" | "node" | "deno" | "bun" | "perl" | "ruby" | "php" | "Rscript"
        | "lua" | "osascript" => Some(Sink::Code),
        _ => None,
    }
}

/// Whether what a method is called on is a database: a method that is only called `execute` says little.
pub(super) fn is_database(receiver: &str) -> bool {
    let last = receiver.rsplit(['.', ':', '>']).next().unwrap_or(receiver).to_ascii_lowercase();
    let last = last.trim_start_matches('_').trim_end_matches("()");
    ["cur", "conn", "db", "sql", "engine", "database", "duckdb", "sqlite", "postgres", "mysql"]
        .iter()
        .any(|word| last.starts_with(word) || last.ends_with(word))
        || last.contains("cursor")
        || last.contains("connection")
        || matches!(last, "c" | "tx" | "pool" | "session" | "db_session" | "transaction")
}

/// Parameters that a framework fills, and no model.
pub(super) fn is_given_by_framework(name: &str, kind: &str) -> bool {
    let kind = kind.trim_matches(['"', '\'']);
    let outer = kind.split(['[', '<']).next().unwrap_or(kind).rsplit('.').next().unwrap_or(kind);
    matches!(
        name,
        "ctx"
            | "context"
            | "config"
            | "runtime"
            | "state"
            | "run_context"
            | "tool_context"
            | "wrapper"
            | "callbacks"
            | "run_manager"
            | "extra"
            | "callback_manager"
            | "_ctx"
            | "_context"
            | "tool_call_id"
            | "request_context"
            | "session"
            | "server_context"
    ) || outer.ends_with("Context")
        || outer.ends_with("ContextWrapper")
        || outer.ends_with("Runtime")
        || outer.ends_with("Session")
        || outer.ends_with("Client")
        || matches!(
            outer,
            "RunnableConfig"
                | "CallbackManagerForToolRun"
                | "AsyncCallbackManagerForToolRun"
                | "CancellationToken"
        )
        || kind.contains("Injected")
        || kind.contains("Depends(")
}

/// Declared types whose values hold no text that was chosen freely.
pub(super) fn holds_no_free_text(kind: &str) -> bool {
    let kind = kind.trim().trim_start_matches("Optional[").trim_end_matches([']', '?']).trim();
    let kind = kind.strip_suffix("| None").map_or(kind, str::trim_end);
    matches!(
        kind,
        "int"
            | "float"
            | "bool"
            | "number"
            | "boolean"
            | "bigint"
            | "date"
            | "datetime"
            | "UUID"
            | "Decimal"
            | "Date"
            | "long"
            | "double"
            | "Integer"
            | "Long"
            | "Double"
            | "Boolean"
            | "Guid"
            | "DateTime"
            | "int64"
            | "int32"
            | "float64"
            | "uuid.UUID"
            | "datetime.date"
            | "datetime.datetime"
            | "decimal"
    ) || kind.starts_with("Literal[")
        || kind.starts_with("list[int")
        || kind.starts_with("List[int")
        || kind.starts_with("list[float")
}
