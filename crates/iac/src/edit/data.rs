//! JSON and YAML as shapes.

use std::sync::Arc;

use formats::Span;
use formats::data::{Data, Datum};

use super::shape::{Entry, Form, Layout, Shape};

/// The shape of a value. What stands behind an alias is not opened: a change there would change others.
pub(crate) fn shape(text: &str, datum: &Datum) -> Shape {
    let span = datum.place();
    if datum.alias.is_some() {
        return Shape { span, form: Form::Computed("an alias".into()) };
    }
    if let Some(tag) = &datum.tag {
        return Shape { span, form: Form::Computed(format!("!{tag}").into()) };
    }
    let form = match &datum.value {
        Data::Null => Form::Null,
        Data::List(items) => Form::List { items: items.iter().map(|item| shape(text, item)).collect() },
        Data::Map(entries) => {
            if let Some(function) = intrinsic(datum) {
                return Shape { span, form: Form::Computed(function) };
            }
            let braces = text.as_bytes().get(span.start as usize) == Some(&b'{');
            let layout = if braces { Layout::Braces } else { Layout::Indent };
            // Entries that a merge key brought stand elsewhere.
            let own = entries.iter().filter(|e| e.key_span.start >= span.start && e.key_span.end <= span.end);
            let entries = own.map(|e| {
                let value = shape(text, &e.value);
                let written = text.get(value.span.start as usize..value.span.end as usize);
                let written = written.is_some_and(|text| !text.is_empty());
                let region = region(text, e.key_span, written.then_some(value.span), layout);
                let (name, key, span) = (e.key.clone(), e.key_span, e.key_span.to(region));
                Entry { name, key, span, value, region, block: false }
            });
            Form::Map { layout, entries: entries.collect() }
        }
        _ => Form::Whole,
    };
    Shape { span: Span { end: end(text, span, &form), ..span }, form }
}

/// The parser has a block collection end where the next token begins: comments behind it are not its own.
fn end(text: &str, span: Span, form: &Form) -> u32 {
    let last = match form {
        Form::Map { layout: Layout::Indent, entries } => entries.iter().map(|e| e.span.end).max(),
        Form::List { items } if text.as_bytes().get(span.start as usize) != Some(&b'[') => {
            items.iter().filter(|i| i.span.end > i.span.start).map(|i| i.span.end).max()
        }
        _ => return span.end,
    };
    let mut read = text.get(..span.end as usize).unwrap_or_default().trim_end();
    while let Some(line) = read.rfind('\n').filter(|at| read[*at..].trim_start().starts_with('#')) {
        read = read[..line].trim_end();
    }
    let least = last.unwrap_or(span.start);
    (read.len() as u32).clamp(least, span.end.max(least))
}

/// `{"Fn::If": […]}`, `{"Ref": …}`: a value that CloudFormation computes.
fn intrinsic(datum: &Datum) -> Option<Arc<str>> {
    let [only] = datum.as_map()? else { return None };
    let is_function = only.key.starts_with("Fn::") || &*only.key == "Ref" || &*only.key == "Condition";
    is_function.then(|| only.key.clone())
}

/// What a new value replaces: in YAML all that stands behind the colon, with tag and anchor.
fn region(text: &str, key: Span, value: Option<Span>, layout: Layout) -> Span {
    let colon = text.get(key.end as usize..).and_then(|rest| rest.find(':')).unwrap_or(0) as u32;
    let behind = key.end + colon + 1;
    let Some(value) = value else { return Span { start: behind, end: behind } };
    if layout == Layout::Braces && value.start > key.end {
        let before = text.get(key.end as usize..value.start as usize).unwrap_or_default();
        let tagged = before.find(['!', '&']).map(|at| key.end + at as u32);
        return Span { start: tagged.unwrap_or(value.start), end: value.end };
    }
    Span { start: behind, end: value.end.max(behind) }
}

/// Where anchored values stand that are used elsewhere too.
pub(crate) fn shared(datum: &Datum) -> Vec<Span> {
    let mut found = Vec::new();
    let mut open = vec![datum];
    while let Some(datum) = open.pop() {
        if datum.alias.is_some() {
            found.push(datum.span);
            continue;
        }
        match &datum.value {
            Data::List(items) => open.extend(items.iter()),
            Data::Map(entries) => open.extend(entries.iter().map(|e| &e.value)),
            _ => {}
        }
    }
    found
}

/// The mapping of a resource that is declared at `offset`, by its key or its beginning.
pub(crate) fn declared<'d>(
    datum: &'d Datum,
    offset: u32,
    fits: &impl Fn(&Datum) -> bool,
) -> Option<&'d Datum> {
    let mut open = vec![datum];
    let mut found = None;
    while let Some(datum) = open.pop() {
        if datum.alias.is_some() {
            continue;
        }
        if datum.span.start == offset && fits(datum) {
            found = Some(datum);
        }
        match &datum.value {
            Data::List(items) => open.extend(items.iter()),
            Data::Map(entries) => {
                for entry in entries.iter() {
                    if entry.key_span.start == offset && fits(&entry.value) {
                        found = Some(&entry.value);
                    }
                    // Only what holds the place is searched on.
                    if entry.key_span.start <= offset
                        && offset <= entry.value.place().end.max(entry.key_span.end)
                    {
                        open.push(&entry.value);
                    }
                }
            }
            _ => {}
        }
    }
    found
}
