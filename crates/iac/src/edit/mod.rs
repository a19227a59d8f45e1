//! A patch of the document as edits of the file that the resource is written in, in the words of its dialect.
//!
//! Nothing is proven here: the caller evaluates the edited files again. What cannot be said in the file is an error in
//! words; nothing is written to any disk.

mod bicep;
mod data;
mod draft;
mod editor;
mod hcl;
mod shape;
mod terraform;
pub(crate) mod value;

use std::sync::Arc;

use catalog::{Catalog, Constant, DocPath, Kind, Step, TerraformMapping};
use formats::bicep as language;
use formats::data::{Datum, parse_json, parse_yaml};
use formats::hcl as native;
use model::{Asset, Evidence, Position};

pub use draft::Drafts;
pub use shape::{Edit, apply};

use draft::Draft;
use editor::{Editor, body_text};
use shape::Shape;
use terraform::Target;
use value::{Lines, Syntax};

/// Sets values at paths of the asset's document, in the files it is written in. Either all is set or nothing.
pub fn set<'s>(
    drafts: &mut Drafts<'_>,
    catalog: &Catalog,
    asset: &Asset,
    settings: impl IntoIterator<Item = (&'s str, &'s Constant)>,
) -> Result<(), String> {
    let mut work = drafts.clone();
    let kind = catalog.kind(&asset.kind).ok_or("its kind has no card")?;
    let position = asset.position().ok_or("it does not stand in a file")?;
    for (path, value) in settings {
        let steps = DocPath::parse(path).0;
        one(&mut work, kind, asset, position, &steps, value).map_err(|reason| format!("{path}: {reason}"))?;
    }
    *drafts = work;
    Ok(())
}

fn one(
    drafts: &mut Drafts<'_>,
    kind: &Kind,
    asset: &Asset,
    position: &Position,
    path: &[Step],
    value: &Constant,
) -> Result<(), String> {
    let file = &*position.path;
    let source = &*asset.source_type;
    if file.ends_with(".tf")
        || file.ends_with(".tofu")
        || file.ends_with(".tf.json")
        || file.ends_with(".tofu.json")
    {
        return in_terraform(drafts, kind, asset, position, path, value);
    }
    let (path, at) = match part(kind, asset, path) {
        Some((inner, at)) => (inner, at.ok_or("its own resource for this is not there")?),
        None => (path.to_vec(), position),
    };
    let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        "json" | "jsonc" | "template" | "yaml" | "yml" => {
            let prefix: &[Step] = match source.starts_with("AWS::") || source.starts_with("Alexa::") {
                true => &[Step::Key("Properties".into())],
                false => &[],
            };
            let steps: Vec<Step> = prefix.iter().chain(&path).cloned().collect();
            in_data(drafts.open(&at.path)?, at, &steps, value)
        }
        "bicep" => in_bicep(drafts.open(&at.path)?, at, &path, value),
        _ => Err(format!("a change of {file} cannot be written")),
    }
}

/// Where a path lies in a resource of its own that is a piece of this kind: the path there, and the place if it is declared.
fn part<'a>(kind: &Kind, asset: &'a Asset, path: &[Step]) -> Option<(Vec<Step>, Option<&'a Position>)> {
    for mapping in &kind.card.parts {
        // A piece that takes over names by itself takes only what lies in its own place.
        if mapping.into.is_empty() && mapping.attributes.is_empty() {
            continue;
        }
        let mapping =
            &TerraformMapping { auto: mapping.auto.filter(|_| !mapping.into.is_empty()), ..mapping.clone() };
        let Some(target) = terraform::targets(kind, mapping, path, &Constant::Null).into_iter().next() else {
            continue;
        };
        // Which of the pieces stands where is not kept: only one can be told.
        let mut places = asset.evidence.iter().skip(1).filter_map(Evidence::position);
        let place = places.next().filter(|_| places.next().is_none());
        return Some((target.steps, place));
    }
    None
}

/// In JSON or YAML, in the mapping that is declared at `at`.
fn in_data(draft: &mut Draft, at: &Position, steps: &[Step], value: &Constant) -> Result<(), String> {
    let offset = draft.offset(at).ok_or("its place is not known")?;
    let text = draft.text.clone();
    let is_json = text.trim_start_matches('\u{feff}').trim_start().starts_with('{')
        && !at.path.ends_with(".yaml")
        && !at.path.ends_with(".yml");
    let roots: Vec<Datum> =
        if is_json { parse_json(&text).0.into_iter().collect() } else { parse_yaml(&text).documents };
    // The first key of a mapping stands where the mapping does: only one of the two is a resource.
    let resource = |datum: &Datum| {
        ["Type", "type", "apiVersion", "image", "build"].iter().any(|key| datum.get(key).is_some())
    };
    let found = roots.iter().find_map(|root| data::declared(root, offset, &resource));
    let found = found.ok_or("its declaration was not found in the file")?;
    let syntax = if is_json { Syntax::Json } else { Syntax::Yaml };
    let mut editor = Editor::new(&text, syntax);
    editor.set(&data::shape(&text, found), steps, value)?;
    let edits = editor.into_edits();
    let shared: Vec<_> = roots.iter().flat_map(data::shared).collect();
    let others = |e: &Edit| shared.iter().any(|s| s.start <= e.span.start && e.span.end <= s.end);
    if edits.iter().any(others) {
        return Err("it stands in an anchored value that is used elsewhere too".into());
    }
    draft.make(edits)
}

fn in_bicep(draft: &mut Draft, at: &Position, path: &[Step], value: &Constant) -> Result<(), String> {
    let offset = draft.offset(at).ok_or("its place is not known")?;
    let text = draft.text.clone();
    let (file, _) = language::parse(&text);
    let mut open: Vec<&language::Declaration> = file.declarations.iter().collect();
    while let Some(declaration) = open.pop() {
        let language::DeclarationKind::Resource(resource) = &declaration.kind else { continue };
        let object = &resource.body.object;
        if declaration.header.start != offset {
            open.extend(object.entries.iter().filter_map(|entry| match entry {
                language::Entry::Resource(nested) => Some(&**nested),
                _ => None,
            }));
            continue;
        }
        if resource.existing {
            return Err("it is declared elsewhere and only referred to here".into());
        }
        let mut editor = Editor::new(&text, Syntax::Bicep);
        editor.set(&bicep::object(object), path, value)?;
        return draft.make(editor.into_edits());
    }
    Err("its declaration was not found in the file".into())
}

/// A Terraform resource that the asset is written in.
struct Block<'p> {
    path: &'p str,
    offset: u32,
    resource: Arc<str>,
}

fn in_terraform(
    drafts: &mut Drafts<'_>,
    kind: &Kind,
    asset: &Asset,
    position: &Position,
    path: &[Step],
    value: &Constant,
) -> Result<(), String> {
    let source = &*asset.source_type;
    let own = Block { path: &position.path, offset: offset(drafts, position)?, resource: source.into() };
    if source.starts_with("azapi_") {
        let target = Target { steps: terraform::azapi(path), value: value.clone() };
        return in_block(drafts, &own, &target);
    }
    if source.starts_with("awscc_") {
        let steps =
            terraform::names(kind, catalog::Case::Pascal, path).ok_or("its name there is not known")?;
        return in_block(drafts, &own, &Target { steps, value: value.clone() });
    }
    let (pieces, whole): (Vec<_>, Vec<_>) = kind.card.terraform.iter().partition(|m| m.part_of.is_some());
    // A piece that is declared already says it better than the resource itself.
    for mapping in &pieces {
        let Some(block) = satellite(drafts, asset, position, mapping)? else { continue };
        if let Some(target) = best(drafts, &block, terraform::targets(kind, mapping, path, value))? {
            return in_block(drafts, &block, &target);
        }
    }
    for mapping in whole.iter().filter(|m| *m.resource.text == *source) {
        if let Some(target) = best(drafts, &own, terraform::targets(kind, mapping, path, value))? {
            return in_block(drafts, &own, &target);
        }
    }
    let provider = source.split('_').next().unwrap_or_default();
    let same = pieces.iter().filter(|m| m.resource.split('_').next() == Some(provider));
    for mapping in same {
        if let [target, ..] = &*terraform::targets(kind, mapping, path, value) {
            return added(drafts, &own, mapping, target);
        }
    }
    Err(format!("{source} has no attribute for it"))
}

fn offset(drafts: &mut Drafts<'_>, position: &Position) -> Result<u32, String> {
    drafts.open(&position.path)?.offset(position).ok_or_else(|| "its place is not known".into())
}

/// Of several ways to say it the one that is written already, else the first.
fn best(drafts: &mut Drafts<'_>, block: &Block<'_>, targets: Vec<Target>) -> Result<Option<Target>, String> {
    if targets.len() < 2 {
        return Ok(targets.into_iter().next());
    }
    let (shape, ..) = opened(&drafts.open(block.path)?.text, block)?;
    let written = |target: &&Target| match target.steps.first() {
        Some(Step::Key(name)) => shape.get(name).is_some(),
        _ => false,
    };
    Ok(targets.iter().find(written).or(targets.first()).cloned())
}

/// The declared piece of a mapping's type: of the asset's own evidence, or added by an earlier edit.
fn satellite<'a>(
    drafts: &mut Drafts<'_>,
    asset: &'a Asset,
    position: &'a Position,
    mapping: &TerraformMapping,
) -> Result<Option<Block<'a>>, String> {
    let resource = &mapping.resource.text;
    for place in asset.evidence.iter().skip(1).filter_map(Evidence::position) {
        let block = Block { path: &place.path, offset: offset(drafts, place)?, resource: resource.clone() };
        let draft = drafts.open(block.path)?;
        if block_labels(&draft.text, &block).is_some_and(|labels| labels.0 == *resource) {
            return Ok(Some(block));
        }
    }
    let start = offset(drafts, position)?;
    let draft = drafts.open(&position.path)?;
    let Some((_, name)) =
        block_labels(&draft.text, &Block { path: &position.path, offset: start, resource: resource.clone() })
    else {
        return Ok(None);
    };
    let mark = draft.mark(&format!("{}.{name}.{resource}", asset.source_type));
    Ok(mark.map(|offset| Block { path: &position.path, offset, resource: resource.clone() }))
}

/// The type and the name of the resource at a place.
fn block_labels(text: &str, block: &Block<'_>) -> Option<(Arc<str>, Arc<str>)> {
    let (file, _) =
        if block.path.ends_with(".json") { native::parse_json(text) } else { native::parse(text) };
    let found =
        file.body.blocks.into_iter().find(|b| b.header.start == block.offset && b.labels.len() == 2)?;
    Some((found.labels[0].clone(), found.labels[1].clone()))
}

/// The shape of a resource's body, and its syntax.
fn opened(text: &str, block: &Block<'_>) -> Result<(Shape, Syntax), String> {
    let lost = || format!("the declaration of {} was not found", block.resource);
    if !block.path.ends_with(".json") {
        let (file, _) = native::parse(text);
        let found = file.body.blocks.iter().find(|b| b.header.start == block.offset).ok_or_else(lost)?;
        return Ok((hcl::block(found), Syntax::Hcl));
    }
    let (root, ..) = parse_json(text);
    let root = root.ok_or_else(lost)?;
    let any = |datum: &Datum| datum.as_map().is_some();
    let found = data::declared(&root, block.offset, &any).ok_or_else(lost)?;
    Ok((data::shape(text, found), Syntax::Json))
}

fn in_block(drafts: &mut Drafts<'_>, block: &Block<'_>, target: &Target) -> Result<(), String> {
    let draft = drafts.open(block.path)?;
    let text = draft.text.clone();
    let (shape, syntax) = opened(&text, block)?;
    let mut editor = Editor::new(&text, syntax);
    let identity = matches!(target.steps.first(), Some(Step::Key(k)) if &**k == "identity");
    if block.resource.starts_with("awscc_") || (block.resource.starts_with("azapi_") && !identity) {
        editor = editor.without_blocks();
    }
    editor.set(&shape, &target.steps, &target.value)?;
    draft.make(editor.into_edits())
}

/// Declares a piece behind its owner.
fn added(
    drafts: &mut Drafts<'_>,
    owner: &Block<'_>,
    mapping: &TerraformMapping,
    target: &Target,
) -> Result<(), String> {
    let resource = &mapping.resource.text;
    if owner.path.ends_with(".json") {
        return Err(format!("it needs a {resource}, which is not added to JSON"));
    }
    if target.value == Constant::Null {
        return Ok(());
    }
    let by = mapping.part_of.as_deref().unwrap_or("id");
    let text = drafts.open(owner.path)?.text.clone();
    let (file, _) = native::parse(&text);
    let declared = file.body.blocks.iter().find(|b| b.header.start == owner.offset);
    let declared =
        declared.filter(|b| b.labels.len() == 2).ok_or("its declaration was not found in the file")?;
    let name = declared.labels[1].clone();
    let mut own_name = name.to_string();
    for number in 2..100 {
        if !drafts.beside(owner.path, &format!("\"{resource}\" \"{own_name}\"")) {
            break;
        }
        own_name = format!("{name}_{number}");
    }
    let mut nested = target.value.clone();
    let Some((Step::Key(first), rest)) = target.steps.split_first() else {
        return Err("there is no name to set".into());
    };
    for step in rest.iter().rev() {
        let Step::Key(key) = step else {
            return Err(format!("it needs a {resource} with elements that are not known"));
        };
        nested = Constant::Map(vec![(key.clone(), nested)]);
    }
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let lines = Lines { syntax: Syntax::Hcl, newline, unit: "  ", flat: false };
    let has = |attribute: &str| declared.body.attributes.iter().any(|a| &*a.name == attribute);
    let address = format!("{}.{name}", owner.resource);
    let attribute = terraform::reference(by);
    let (repeat, reference) = match (has("count"), has("for_each")) {
        (true, _) => {
            (format!("{newline}  count = length({address})"), format!("{address}[count.index].{attribute}"))
        }
        (_, true) => (format!("{newline}  for_each = {address}"), format!("each.value.{attribute}")),
        _ => (String::new(), format!("{address}.{attribute}")),
    };
    let body = body_text(&lines, &[(first.clone(), nested)], "");
    let body = body.strip_prefix('{').unwrap_or(&body);
    let gap = if repeat.is_empty() { "" } else { newline };
    let lead = format!("{newline}{newline}");
    let declaration = format!(
        "{lead}resource \"{resource}\" \"{own_name}\" {{{repeat}{gap}{newline}  {by} = {reference}{body}"
    );
    let end = declared.body.span.end + 1;
    let mark = format!("{address}.{resource}");
    drafts.open(owner.path)?.add(end, declaration, lead.len(), &mark)
}

#[cfg(test)]
mod tests;
