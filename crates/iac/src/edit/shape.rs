//! What edits see of a file: mappings, lists and the rest, each with its span, whatever the syntax.
//!
//! How a syntax is read into this stands beside it, one file each; how values are written stands in `value`.

use std::sync::Arc;

use formats::Span;

/// A value as it is written.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) span: Span,
    pub(crate) form: Form,
}

#[derive(Clone, Debug)]
pub(crate) enum Form {
    Map {
        layout: Layout,
        entries: Vec<Entry>,
    },
    List {
        items: Vec<Shape>,
    },
    Null,
    /// A literal, or an expression: nothing can be set inside it.
    Whole,
    /// Computed from what stands inside; in words: `Fn::If`.
    Computed(Arc<str>),
}

/// How the entries of a mapping stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Between braces.
    Braces,
    /// By indentation: YAML's block style.
    Indent,
    /// A block of HCL: attributes and blocks, one on each line.
    Body,
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) name: Arc<str>,
    pub(crate) key: Span,
    /// From the key to the end of the value.
    pub(crate) span: Span,
    pub(crate) value: Shape,
    /// What a new value replaces: the value with its tag and anchor.
    pub(crate) region: Span,
    /// A block of HCL, of which there may be several of one name.
    pub(crate) block: bool,
}

impl Shape {
    pub(crate) fn whole(span: Span) -> Shape {
        Shape { span, form: Form::Whole }
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.form {
            Form::Map { entries, .. } => entries,
            _ => &[],
        }
    }

    /// The entries of a name: one, or several blocks.
    pub(crate) fn named<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s Entry> {
        self.entries().iter().filter(move |entry| *entry.name == *name)
    }

    /// The first entry of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&Shape> {
        self.entries().iter().find(|entry| *entry.name == *name).map(|entry| &entry.value)
    }
}

/// A change of one text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    pub span: Span,
    pub text: String,
}

/// The text with the edits made. Edits do not overlap; of two at one place the first comes first.
pub fn apply(text: &str, edits: &[Edit]) -> Option<String> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| edit.span);
    let mut out = String::with_capacity(text.len() + 64);
    let mut at = 0;
    for edit in sorted {
        let (start, end) = (edit.span.start as usize, edit.span.end as usize);
        out.push_str(text.get(at..start)?);
        out.push_str(&edit.text);
        at = end;
    }
    out.push_str(text.get(at..)?);
    Some(out)
}
