//! Whether a value beside a name is a credential that is written out. The formats of keys are `secrets`'.

/// Last words of names whose values are secret.
const SECRET_ENDS: [&str; 19] = [
    "KEY",
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "PWD",
    "PASS",
    "PAT",
    "CREDENTIALS",
    "CREDENTIAL",
    "AUTH",
    "AUTHORIZATION",
    "APIKEY",
    "COOKIE",
    "DSN",
    "BEARER",
    "JWT",
    "WEBHOOK",
];
/// Words that make a name secret wherever they stand, unless one of [`PLAIN_ENDS`] ends it.
const SECRET_WORDS: [&str; 7] =
    ["SECRET", "PASSWORD", "TOKEN", "APIKEY", "CREDENTIAL", "CREDENTIALS", "PRIVATE"];
const PLAIN_ENDS: [&str; 27] = [
    "URL",
    "URI",
    "HOST",
    "FILE",
    "PATH",
    "NAME",
    "ID",
    "TYPE",
    "ENABLED",
    "LIMIT",
    "COUNT",
    "TTL",
    "PREFIX",
    "HEADER",
    "VERSION",
    "REGION",
    "DIR",
    "ENDPOINT",
    "METHOD",
    "MODE",
    "SCOPE",
    "SCOPES",
    "EXPIRY",
    "TIMEOUT",
    "ALGORITHM",
    "REF",
    "TOKENS",
];

/// How issued keys begin.
const PREFIXES: [&str; 30] = [
    "sk-",
    "sk_live_",
    "sk_test_",
    "ghp_",
    "gho_",
    "ghs_",
    "ghu_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "xapp-",
    "AKIA",
    "ASIA",
    "AIza",
    "hf_",
    "npm_",
    "dop_v1_",
    "shpat_",
    "SG.",
    "r8_",
    "gsk_",
    "pplx-",
    "tvly-",
    "ntn_",
    "figd_",
    "lin_api_",
    "sntrys_",
    "dapi",
    "phc_",
];

/// Whether a name is that of a secret: `API_KEY`, `--access-token`, `Authorization`, `clientSecret`.
pub(super) fn is_secret_name(name: &str) -> bool {
    let words = words(name);
    let Some(last) = words.last() else { return false };
    if PLAIN_ENDS.contains(&&**last) || words.iter().any(|w| w == "PUBLIC" || w == "PUBLISHABLE") {
        return false;
    }
    SECRET_ENDS.contains(&&**last)
        || words.iter().any(|w| SECRET_WORDS.contains(&&**w))
        || words.join("") == "CONNECTIONSTRING"
}

fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut lower_before = false;
    let mut open = false;
    for c in name.chars().take(200) {
        if !c.is_alphanumeric() {
            open = false;
            continue;
        }
        if !open || lower_before && c.is_uppercase() {
            words.push(String::new());
        }
        open = true;
        lower_before = c.is_lowercase();
        if let Some(word) = words.last_mut() {
            word.extend(c.to_uppercase());
        }
    }
    words
}

/// Whether a literal value is a credential, knowing what it is called.
pub(super) fn is_credential(name: &str, value: &str) -> bool {
    let value = value.trim();
    let bare =
        ["Bearer ", "bearer ", "Basic ", "token ", "Token "].iter().find_map(|p| value.strip_prefix(p));
    let bare = bare.unwrap_or(value);
    if is_placeholder(bare) {
        return false;
    }
    let issued =
        PREFIXES.iter().any(|p| bare.starts_with(p)) && bare.len() >= 16 && !bare.contains([' ', '/']);
    let jwt = bare.starts_with("eyJ") && bare.matches('.').count() == 2;
    issued || jwt || is_secret_name(name) && bare.len() >= 6 && !is_setting(bare)
}

/// Values of names like `AUTH` that are no secrets.
fn is_setting(value: &str) -> bool {
    let word = value.bytes().all(|b| b.is_ascii_lowercase());
    let short = value.len() < 12;
    value.bytes().all(|b| b.is_ascii_digit()) && short
        || word && short && !value.contains("pass")
        || value.starts_with("http://")
        || value.starts_with("https://") && !value.contains("hooks.")
        || value.starts_with(['/', '~']) && value.contains('/')
        || value.starts_with("./")
}

/// What examples and templates write where a value belongs.
pub(super) fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    const SIGNS: [&str; 24] = [
        "your",
        "xxx",
        "***",
        "...",
        "…",
        "example",
        "placeholder",
        "changeme",
        "change-me",
        "change_me",
        "replace",
        "insert",
        "dummy",
        "todo",
        "redacted",
        "sample",
        "paste",
        "<",
        "fake",
        "enter_",
        "enter-",
        "api_key_here",
        "_here",
        "-here",
    ];
    let mut chars = value.chars();
    let first = chars.next();
    first.is_none()
        || SIGNS.iter().any(|sign| lower.contains(sign))
        || chars.all(|c| Some(c) == first)
        || value.starts_with('[') && value.ends_with(']')
        || value.starts_with('%') && value.ends_with('%')
}

/// The parts of a URL that matter here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) scheme: String,
    pub(super) host: String,
    pub(super) path: String,
    /// What credential stands in it: `password`, or the name of a parameter.
    pub(super) secret: Option<String>,
    /// The URL without that.
    pub(super) shown: String,
}

/// Reads a URL; `None` for anything that has no scheme and host.
pub(super) fn address(url: &str) -> Option<Address> {
    let (scheme, rest) = url.split_once("://")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    if scheme.is_empty() || !scheme.chars().all(plain) {
        return None;
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let (user, host_port) = authority.rsplit_once('@').map_or((None, authority), |(u, h)| (Some(u), h));
    let host = match host_port.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or(v6),
        None => host_port.split(':').next().unwrap_or(host_port),
    };
    let host = host.to_ascii_lowercase();
    let (path, query) = tail.split_once('?').map_or((tail, None), |(p, q)| (p, Some(q)));
    let mut found = Address {
        scheme: scheme.to_ascii_lowercase(),
        path: path.to_owned(),
        shown: format!("{scheme}://{host_port}{path}"),
        ..Address::default()
    };
    let password = user.and_then(|user| user.split_once(':')).map(|(_, password)| password);
    if password.is_some_and(|p| !is_placeholder(p) && !p.contains(['$', '{'])) && !is_local(&host) {
        found.secret = Some("password".into());
    }
    if let Some(query) = query {
        let mut kept = Vec::new();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let secret = is_secret_name(name) && value.len() >= 6;
            if secret && is_credential(name, value) && !value.contains(['$', '{']) {
                found.secret = Some(name.to_owned());
            }
            kept.push(if secret { format!("{name}=…") } else { pair.to_owned() });
        }
        found.shown = format!("{}?{}", found.shown, kept.join("&"));
    }
    found.host = host;
    Some(found)
}

/// Whether a host is the machine itself.
pub(super) fn is_local(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host.starts_with("127.")
        || host == "::1"
        || host == "0.0.0.0"
        || host == "host.docker.internal"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets() {
        for (name, want) in [
            ("OPENAI_API_KEY", true),
            ("githubToken", true),
            ("Authorization", true),
            ("X-Api-Key", true),
            ("--client-secret", true),
            ("DB_PASSWORD", true),
            ("CONNECTION_STRING", true),
            ("MAX_TOKENS", false),
            ("TOKEN_URL", false),
            ("SECRET_NAME", false),
            ("PUBLIC_KEY", false),
            ("AWS_ACCESS_KEY_ID", false),
            ("MONKEY", false),
            ("PATH", false),
            ("", false),
        ] {
            assert_eq!(is_secret_name(name), want, "{name}");
        }
    }

    #[test]
    fn values_that_are_credentials() {
        for (name, value, want) in [
            ("API_KEY", "q8Zt4nLw0pXe", true),
            ("API_KEY", "your-api-key", false),
            ("API_KEY", "<key>", false),
            ("API_KEY", "xxxxxxxx", false),
            ("API_KEY", "", false),
            ("AUTH", "none", false),
            ("AUTH", "oauth", false),
            ("PASSWORD", "hunter2", true),
            ("TOKEN", "https://auth.test/token", false),
            ("TOKEN", "/run/secrets/token", false),
            ("Authorization", "Bearer q8Zt4nLw0pXe7Kd1", true),
            ("ANYTHING", concat!("gh", "p_q8Zt4nLw0pXe7Kd1q8Zt4nLw0pXe7Kd1"), true),
            ("LEVEL", "debug", false),
        ] {
            assert_eq!(is_credential(name, value), want, "{name}={value}");
        }
    }

    #[test]
    fn addresses_are_taken_apart() {
        let a = address("https://u:q8Zt4n@db.test:5432/x?api_key=q8Zt4nLw&a=b").unwrap();
        assert_eq!((&*a.host, &*a.path, a.secret.as_deref()), ("db.test", "/x", Some("api_key")));
        assert_eq!(a.shown, "https://db.test:5432/x?api_key=…&a=b");
        assert_eq!(address("http://[::1]:80/").map(|a| a.host).as_deref(), Some("::1"));
        assert_eq!(address("postgresql://postgres:postgres@localhost/db").unwrap().secret, None);
        assert_eq!(address("not a url"), None);
        assert_eq!(address("://x"), None);
    }
}
