//! XML as a tree of elements with their places: what project files of Maven and .NET need of it.
//!
//! A document type is not read, so that an entity of a file's own stays as it is written.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::{Problem, Span};

/// Elements inside each other.
const MAX_DEPTH: usize = 64;
/// Elements of one text.
const MAX_ELEMENTS: usize = 500_000;

/// An element without its namespace.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    /// The text directly inside, without blanks around it.
    pub(super) text: String,
    pub(super) children: Vec<Element>,
    pub(super) span: Span,
}

impl Element {
    /// The first child of a name.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The children of a name.
    pub(super) fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of a child, if it has any.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| &*child.text).filter(|text| !text.is_empty())
    }

    /// An attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| &**value)
    }
}

/// The root element, as far as it can be read.
pub(super) fn parse(text: &str) -> (Element, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut reader = Reader::from_str(text);
    // The outermost holds what stands at the top.
    let mut open = vec![Element::default()];
    let mut elements = 0_usize;
    loop {
        let start = reader.buffer_position() as usize;
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => {
                let at = Span::new(start, start);
                problems.push(Problem { span: at, message: format!("not XML: {error}") });
                break;
            }
        };
        let end = reader.buffer_position() as usize;
        let too_much = elements >= MAX_ELEMENTS || open.len() >= MAX_DEPTH;
        match event {
            Event::Start(_) | Event::Empty(_) if too_much => {
                let message =
                    format!("more than {MAX_ELEMENTS} elements, or more than {MAX_DEPTH} inside each other");
                problems.push(Problem { span: Span::new(start, end), message });
                break;
            }
            Event::Start(tag) => {
                elements += 1;
                open.push(element(&tag, Span::new(start, end)));
            }
            Event::Empty(tag) => {
                elements += 1;
                let element = element(&tag, Span::new(start, end));
                if let Some(outer) = open.last_mut() {
                    outer.children.push(element);
                }
            }
            Event::End(_) => close(&mut open, end),
            Event::Text(text) => {
                if let Some(inner) = open.last_mut() {
                    inner.text.push_str(text.trim());
                }
            }
            Event::CData(text) => {
                if let Some(inner) = open.last_mut() {
                    inner.text.push_str(text.trim());
                }
            }
            Event::GeneralRef(name) => {
                let piece = match &*name {
                    "amp" => "&".to_owned(),
                    "lt" => "<".to_owned(),
                    "gt" => ">".to_owned(),
                    "quot" => "\"".to_owned(),
                    "apos" => "'".to_owned(),
                    other => format!("&{other};"),
                };
                if let Some(inner) = open.last_mut() {
                    inner.text.push_str(&piece);
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    while open.len() > 1 {
        close(&mut open, text.len());
    }
    let root = open.pop().and_then(|mut top| top.children.pop()).unwrap_or_default();
    (root, problems)
}

fn close(open: &mut Vec<Element>, end: usize) {
    if open.len() < 2 {
        return;
    }
    if let Some(mut done) = open.pop() {
        done.span.end = Span::new(end, end).end;
        if let Some(outer) = open.last_mut() {
            outer.children.push(done);
        }
    }
}

fn element(tag: &BytesStart<'_>, span: Span) -> Element {
    let name = tag.local_name().as_ref().to_owned();
    let mut written = tag.attributes();
    let attributes = written.with_checks(false).flatten().take(64).map(|attribute| {
        let key = attribute.key.local_name().as_ref().to_owned();
        let raw = &*attribute.value;
        let value =
            quick_xml::escape::unescape(raw).map_or_else(|_| raw.to_owned(), |text| text.into_owned());
        (key, value)
    });
    Element { name, attributes: attributes.collect(), span, ..Element::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_stand_where_they_are_written() {
        let text = "<?xml version=\"1.0\"?><!-- x --><p xmlns=\"u\">\n  <a b='1 &amp; 2'>x &lt; y</a>\n  <c/>\n</p>\n";
        let (root, problems) = parse(text);
        assert!(problems.is_empty(), "{problems:?}");
        let a = root.child("a").unwrap();
        assert_eq!((a.attribute("b"), &*a.text), (Some("1 & 2"), "x<y"));
        assert_eq!(&text[a.span.start as usize..a.span.end as usize], "<a b='1 &amp; 2'>x &lt; y</a>");
        assert!(root.child("c").is_some());
    }

    #[test]
    fn what_is_not_whole_or_too_deep_is_read_so_far() {
        let (root, problems) = parse("<p><a>1</a><b>");
        assert_eq!(root.text_of("a"), Some("1"));
        assert!(problems.len() <= 1);
        let (_, problems) = parse(&"<a>".repeat(100_000));
        assert!(problems[0].message.contains("inside each other"), "{problems:?}");
        let (root, _) = parse("<!DOCTYPE p [<!ENTITY a \"b\">]><p><a>&a;</a></p>");
        assert_eq!(root.text_of("a"), Some("&a;"));
    }
}
