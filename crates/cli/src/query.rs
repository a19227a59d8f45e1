//! `stance query`: a question to the graph of a folder.

#![expect(clippy::print_stderr, reason = "notes stand beside the answer, not in it")]

use std::fs;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use catalog::{Constant, QueryCard};
use engine::{Request, Settings, Survey};
use graph::query::estate::Assets;
use graph::query::{Exceeded, Limits, Parameters, PropertyGraph as _, Query, QueryError, Value, read_value};
use report::table::{TableFormat, render};

use crate::End;
use crate::arguments::{QueryFormat, QueryOptions};
use crate::scan::{accepted, given, load, while_patient, width, write};

pub(crate) fn run(catalog: Option<&Path>, options: &QueryOptions) -> Result<End> {
    let (text, path) = asked(options)?;
    let settings = Settings::read(&path)?;
    let folder = if path.is_file() { path.parent().unwrap_or(&path) } else { &path };
    let beside = |path: &String| folder.join(path);
    let catalog = catalog.map(Path::to_owned).or_else(|| settings.catalog.as_ref().map(beside));
    let catalog = load(catalog.as_deref())?;
    if options.list_templates {
        let lines = catalog.queries.iter().map(|card| format!("{} — {}\n", &*card.query, card.title));
        write(&lines.collect::<String>(), None)?;
        return Ok(End::Clean);
    }
    let template = options.template.as_deref().map(|name| template(&catalog, name)).transpose()?;
    let text = match (template, text) {
        (Some(card), _) => card.cypher.to_string(),
        (None, Some(text)) => text,
        (None, None) => bail!("no query; write one, or choose from `stance query --list-templates`"),
    };
    let parameters = parameters(template, &options.param)?;
    // What is no query need not wait for the scan.
    let query = Query::parse(&text).map_err(|mistake| anyhow!("{mistake}"))?;
    let mut files: Vec<PathBuf> = settings.var_file.iter().map(beside).collect();
    files.extend(options.given.var_file.iter().cloned());
    let request = Request {
        root: path.clone(),
        given: given(&files, &options.given.var)?,
        exceptions: accepted(settings.exceptions.as_ref().map(beside).as_deref(), folder)?,
        ..Request::default()
    };
    let Survey { graph, outcomes, derived, notes } = while_patient(|| engine::survey(&request, &catalog))?;
    let today = Some(request.exceptions.today.as_str().into());
    let estate = graph::Estate { graph: &graph, catalog: &catalog, today };
    let assets = Assets::new(estate, &outcomes, &derived);
    let limits = Limits { rows: options.max_rows, steps: options.max_steps, ..Limits::default() };
    let answer = query.run(&assets, &parameters, &limits).map_err(said)?;
    // Of what could not be derived only that which is missing from the graph itself.
    let missing =
        notes.iter().filter(|note| &*note.source == "paths").filter_map(|note| note.reason.as_ref());
    for note in answer.notes.iter().chain(missing) {
        eprintln!("stance: note: {note}");
    }
    let format = match options.format {
        QueryFormat::Table => TableFormat::Terminal,
        QueryFormat::Json => TableFormat::Json,
        QueryFormat::Csv => TableFormat::Csv,
    };
    // A file or a pipe has room for everything.
    let width =
        if std::io::stdout().is_terminal() && options.output.is_none() { width() } else { usize::MAX };
    write(&render(&answer, assets.table(), format, width), options.output.as_deref())?;
    Ok(End::Clean)
}

/// The text of the query, where it was given, and the folder.
fn asked(options: &QueryOptions) -> Result<(Option<String>, PathBuf)> {
    let elsewhere = options.file.is_some() || options.template.is_some() || options.list_templates;
    let (query, path) = match (&options.query, &options.path) {
        // Without a query of its own the first word is the folder.
        (Some(first), None) if elsewhere => (None, Some(PathBuf::from(first))),
        (Some(_), Some(_)) if elsewhere => bail!("a query is given twice"),
        (query, path) => (query.clone(), path.clone()),
    };
    let query = match &options.file {
        Some(file) => {
            Some(fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?)
        }
        None => query,
    };
    Ok((query, path.unwrap_or_else(|| PathBuf::from("."))))
}

fn template<'c>(catalog: &'c engine::Catalog, name: &str) -> Result<&'c QueryCard> {
    catalog.query(name).ok_or_else(|| {
        let suggestion = catalog::did_you_mean(name, catalog.queries.iter().map(|card| &*card.query.text));
        anyhow!("no template {name:?}{suggestion}; `stance query --list-templates` lists them")
    })
}

/// The defaults of a template, and over them what was given.
fn parameters(template: Option<&QueryCard>, given: &[String]) -> Result<Parameters> {
    let known = template.map_or(&[][..], |card| &card.parameters);
    let mut parameters = Parameters::new();
    for parameter in known {
        parameters.insert(parameter.name.text.clone(), of_constant(&parameter.default)?);
    }
    for text in given {
        let (name, value) =
            text.split_once('=').with_context(|| format!("--param {text} is not NAME=VALUE"))?;
        let (name, known) = (name.trim(), known.iter().find(|p| &*p.name == name.trim()));
        if template.is_some() && known.is_none() {
            let names = parameters.keys().map(|name| &**name);
            bail!("the template has no parameter {name}{}", catalog::did_you_mean(name, names));
        }
        let text_wanted = known.is_some_and(|p| matches!(p.default, Constant::Text(_)));
        let value = if text_wanted { Value::text(value) } else { read_value(value) };
        parameters.insert(name.into(), value);
    }
    Ok(parameters)
}

fn of_constant(constant: &Constant) -> Result<Value> {
    Ok(match constant {
        Constant::Null => Value::Null,
        Constant::Bool(truth) => Value::Boolean(*truth),
        Constant::Int(number) => Value::Integer(*number),
        Constant::Float(number) => Value::Float(*number),
        Constant::Text(text) => Value::Text(text.clone()),
        Constant::List(items) => Value::list(items.iter().map(of_constant).collect::<Result<_>>()?)?,
        Constant::Map(entries) => {
            let entries = entries.iter().map(|(name, value)| Ok((name.clone(), of_constant(value)?)));
            Value::map(entries.collect::<Result<_>>()?)?
        }
    })
}

/// An error with what to do about it.
fn said(error: QueryError) -> anyhow::Error {
    match error {
        QueryError::Limit(limit @ (Exceeded::Rows(_) | Exceeded::Steps(_))) => {
            anyhow!("{limit}\nNothing is shown, because part of an answer would look like all of it.")
        }
        other => anyhow!("{other}"),
    }
}
