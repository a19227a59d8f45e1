//! `stance who-can` and `stance can`.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use engine::{Answer, Question, Request, Settings};

use crate::End;
use crate::arguments::{AccessScope, CanOptions, WhoCanOptions};
use crate::scan::{colored, given, load, while_patient, width, write};

pub(crate) fn who_can(catalog: Option<&Path>, options: &WhoCanOptions) -> Result<End> {
    if options.list_verbs {
        let catalog = load(catalog)?;
        let mut verbs: Vec<&str> =
            catalog.techniques.iter().filter_map(|t| t.card.verb.as_ref()).map(|verb| &**verb).collect();
        verbs.sort_unstable();
        verbs.dedup();
        write(&(verbs.join("\n") + "\n"), None)?;
        return Ok(End::Clean);
    }
    let verb = options.verb.clone().filter(|verb| verb != "any");
    let question = Question { verb, resource: options.resource.clone(), identity: None };
    answer(catalog, &options.scope, &question, "resource")
}

pub(crate) fn can(catalog: Option<&Path>, options: &CanOptions) -> Result<End> {
    let question =
        Question { verb: options.verb.clone(), identity: Some(options.identity.clone()), resource: None };
    answer(catalog, &options.scope, &question, "identity")
}

fn answer(catalog: Option<&Path>, scope: &AccessScope, question: &Question, what: &str) -> Result<End> {
    let settings = Settings::read(&scope.path)?;
    let folder = if scope.path.is_file() { scope.path.parent().unwrap_or(&scope.path) } else { &scope.path };
    let beside = |path: &String| folder.join(path);
    let catalog = catalog.map(Path::to_owned).or_else(|| settings.catalog.as_ref().map(beside));
    let catalog = load(catalog.as_deref())?;
    let mut files: Vec<PathBuf> = settings.var_file.iter().map(beside).collect();
    files.extend(scope.given.var_file.iter().cloned());
    let request =
        Request { root: scope.path.clone(), given: given(&files, &scope.given.var)?, ..Request::default() };
    let answer: Answer = while_patient(|| engine::who_can(&request, &catalog, question))?;
    let entry = question
        .identity
        .as_deref()
        .is_some_and(|name| catalog.entries.iter().any(|entry| *entry.entry.text == *name));
    if !answer.known && !entry {
        let name = question.identity.as_deref().or(question.resource.as_deref()).unwrap_or_default();
        bail!("nothing in {} has the id, address or name {name:?} ({what})", scope.path.display());
    }
    let text = match scope.json {
        true => report::access::json(&answer.matrix),
        false => {
            let color = colored(scope.color, true);
            report::access::terminal(&answer.matrix, &answer.assets, &answer.notes, color, width())
        }
    };
    write(&text, None)?;
    Ok(End::Clean)
}
