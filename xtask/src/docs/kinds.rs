//! `docs/kinds/*.md`: a page for each service with its kinds: what is discovered, from which sources, and how it hangs together.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use catalog::{Catalog, KindCard};

use super::{cell, page_of, shelf};

pub(super) fn pages(catalog: &Catalog, pages: &mut BTreeMap<String, String>) {
    let mut shelves: BTreeMap<&str, Vec<&KindCard>> = BTreeMap::new();
    for kind in &catalog.kinds {
        shelves.entry(shelf(&kind.card.file, "kinds")).or_default().push(&kind.card);
    }
    let mut index =
        String::from("# Kinds\n\nWhat Stance finds, written from the cards in `catalog/kinds`.\n");
    _ = writeln!(index, "{} kinds.", catalog.kinds.len());
    for (shelf, kinds) in shelves {
        let page = page_of(shelf);
        _ = write!(index, "\n## [{shelf}]({page})\n\n| kind | class | what it is |\n|---|---|---|\n");
        let mut text = format!("# Kinds: {shelf}\n");
        for kind in kinds {
            let id = &kind.kind.text;
            let anchor = id.replace('.', "");
            _ = writeln!(index, "| [{id}]({page}#{anchor}) | {} | {} |", kind.class, cell(&kind.title));
            one(catalog, kind, &mut text);
        }
        pages.insert(format!("docs/kinds/{page}"), text);
    }
    pages.insert("docs/kinds/README.md".into(), index);
}

fn one(catalog: &Catalog, kind: &KindCard, out: &mut String) {
    _ = write!(out, "\n## {}\n\n{}. Class `{}`.\n\n", kind.kind.text, kind.title, kind.class);
    let mut row = |title: &str, items: Vec<String>| {
        if !items.is_empty() {
            _ = writeln!(out, "- {title}: {}", items.join(", "));
        }
    };
    let code = |text: &str| format!("`{text}`");
    row("the provider's type", kind.native.iter().map(|n| code(n)).collect());
    row("in Terraform", kind.terraform.iter().map(|m| code(&m.resource.text)).collect());
    row("pieces of it", kind.parts.iter().map(|m| code(&m.resource.text)).collect());
    if let Some(signs) = &kind.recognise {
        row("recognised by image", signs.images.iter().map(|t| code(t)).collect());
        row("recognised by command", signs.commands.iter().map(|t| code(t)).collect());
        row("recognised by variable", signs.environment.iter().map(|t| code(t)).collect());
    }
    let relation = |r: &catalog::RelationRule| {
        let to = r.to.iter().map(|k| &*k.text).collect::<Vec<_>>().join(" or ");
        let to = if to.is_empty() { String::new() } else { format!(" → {to}") };
        format!("{} (`{}`{to})", r.relation.text, r.from.join("`, `"))
    };
    row("relations", kind.relations.iter().map(relation).collect());
    row("facts", kind.facts.iter().map(|(name, _)| code(&name.text)).collect());
    let checks = catalog.checks.iter().filter(|c| c.card.on.iter().any(|on| on.text == kind.kind.text));
    let link = |c: &catalog::Check| {
        let id = &c.card.id.text;
        format!("[{id}](../checks/{}#{id})", page_of(shelf(&c.card.file, "checks")))
    };
    row("checks", checks.map(link).collect());
    row("source", kind.pages.iter().map(|p| format!("<{p}>")).collect());
}
