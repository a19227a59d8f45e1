//! Cards of SDKs as written in YAML, and their way into [`crate::sdk`].

use std::sync::Arc;

use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::raw::{CardError, OneOrMany, Pairs, arcs, constants, text};
use crate::sdk::{Gives, Role, SdkCard, Signature, Take};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawSdk {
    sdk: Spanned<String>,
    title: String,
    language: OneOrMany<String>,
    #[serde(default)]
    package: OneOrMany<String>,
    pages: Vec<String>,
    #[serde(default)]
    keywords: Vec<String>,
    /// By module, then by path.
    names: Pairs<Pairs<RawSignature>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawSignature {
    is: Role,
    what: Option<String>,
    #[serde(default)]
    set: Pairs<serde_json::Value>,
    #[serde(default)]
    takes: Pairs<serde_json::Value>,
    #[serde(default)]
    environment: Pairs<OneOrMany<String>>,
    #[serde(default)]
    default: Pairs<serde_json::Value>,
    gives: Option<serde_json::Value>,
    #[serde(default)]
    when: Pairs<serde_json::Value>,
}

/// Places may be written as numbers.
fn written(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

pub(crate) fn sdk(raw: RawSdk, file: &str) -> Result<SdkCard, CardError> {
    let mut names = Vec::new();
    for (module, paths) in raw.names.0 {
        for (path, raw) in paths.0 {
            let line = text(&path).line;
            let wrong = |message: String| CardError { file: file.into(), line, message };
            let take = |at: &serde_json::Value| Take::parse(&written(at)).map_err(&wrong);
            let mut takes = Vec::new();
            for (key, places) in raw.takes.0 {
                let places = match &places {
                    serde_json::Value::Array(places) => places.iter().map(take).collect::<Result<_, _>>()?,
                    one => vec![take(one)?],
                };
                takes.push((Arc::from(key.value), places));
            }
            let mut when = Vec::new();
            for (at, value) in constants(raw.when) {
                when.push((Take::parse(&at).map_err(&wrong)?, value));
            }
            let environment =
                raw.environment.0.into_iter().map(|(key, names)| (Arc::from(key.value), arcs(names.0)));
            let signature = Signature {
                module: text(&module),
                path: text(&path),
                role: raw.is,
                what: raw.what.map(Arc::from),
                set: constants(raw.set),
                takes,
                environment: environment.collect(),
                defaults: constants(raw.default),
                gives: raw.gives.as_ref().map(|gives| Gives::parse(&written(gives))),
                when,
            };
            signature.paths().map_err(&wrong)?;
            names.push(signature);
        }
    }
    Ok(SdkCard {
        sdk: text(&raw.sdk),
        title: raw.title.into(),
        languages: arcs(raw.language.0),
        packages: arcs(raw.package.0),
        pages: arcs(raw.pages),
        keywords: arcs(raw.keywords),
        names,
        file: file.into(),
    })
}
