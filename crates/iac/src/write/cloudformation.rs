//! A set of CloudFormation documents as a template, in YAML or JSON.

use std::sync::Arc;

use catalog::Constant;
use model::Number;

use super::{Set, Term};
use crate::edit::value::{Lines, Syntax, yaml_block};

pub(super) fn write(set: &mut Set<'_>, json: bool) -> String {
    let mut resources = Vec::new();
    for (index, resource) in set.resources.iter().enumerate() {
        let entries = set.entries(resource.document, &["parent"]);
        let properties = entries.iter().map(|(k, v)| (name(k), constant(v))).collect();
        let body = vec![
            ("Type".into(), Constant::Text(resource.native.into())),
            ("Properties".into(), Constant::Map(properties)),
        ];
        resources.push((Arc::from(format!("R{}", index + 1)), Constant::Map(body)));
    }
    let parameters = set.parameters.iter().enumerate().map(|(index, secret)| {
        let mut body = vec![("Type".into(), Constant::Text("String".into()))];
        if *secret {
            body.push(("NoEcho".into(), Constant::Bool(true)));
        }
        (Arc::from(format!("V{}", index + 1)), Constant::Map(body))
    });
    let parameters: Vec<_> = parameters.collect();
    let mut template = vec![("AWSTemplateFormatVersion".into(), Constant::Text("2010-09-09".into()))];
    if !parameters.is_empty() {
        template.push(("Parameters".into(), Constant::Map(parameters)));
    }
    template.push(("Resources".into(), Constant::Map(resources)));
    let template = Constant::Map(template);
    let syntax = if json { Syntax::Json } else { Syntax::Yaml };
    let lines = Lines { syntax, newline: "\n", unit: "  ", flat: false };
    match json {
        true => lines.value(&template, "") + "\n",
        false => yaml_block(&lines, &template, "").trim_start_matches('\n').to_owned() + "\n",
    }
}

fn name(term: &Term) -> Arc<str> {
    match term {
        Term::Text(text) => text.clone(),
        // CloudFormation has no computed keys.
        _ => "computed".into(),
    }
}

fn call(function: &str, argument: Constant) -> Constant {
    Constant::Map(vec![(function.into(), argument)])
}

fn constant(term: &Term) -> Constant {
    match term {
        Term::Null => call("Ref", Constant::Text("AWS::NoValue".into())),
        Term::Bool(b) => Constant::Bool(*b),
        Term::Number(Number::Int(i)) => Constant::Int(*i),
        Term::Number(Number::Float(f)) => Constant::Float(*f),
        Term::Text(text) => Constant::Text(text.clone()),
        Term::List(items) => Constant::List(items.iter().map(constant).collect()),
        Term::Map(entries) => Constant::Map(entries.iter().map(|(k, v)| (name(k), constant(v))).collect()),
        Term::Parameter(index) => call("Ref", Constant::Text(format!("V{}", index + 1).into())),
        Term::Joined(parts) => {
            let parts = Constant::List(parts.iter().map(constant).collect());
            call("Fn::Join", Constant::List(vec![Constant::Text("".into()), parts]))
        }
        Term::Attribute(index, attribute) => {
            let symbol = Constant::Text(format!("R{}", index + 1).into());
            let own = &**attribute;
            let attribute = match own {
                "" | "id" | "name" | "bucket" | "key_id" => return call("Ref", symbol),
                _ if own.ends_with("arn") || own.ends_with("Arn") => "Arn".to_owned(),
                _ if own.starts_with(char::is_uppercase) => own.to_owned(),
                _ => catalog::recase(own, catalog::Case::Pascal),
            };
            call("Fn::GetAtt", Constant::List(vec![symbol, Constant::Text(attribute.into())]))
        }
    }
}
