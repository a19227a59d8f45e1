//! Setting a value at a path of a shape, as edits of the text, with comments and formatting kept.

use std::sync::Arc;

use catalog::{Constant, Step};
use formats::Span;

use super::shape::{Edit, Entry, Form, Layout, Shape};
use super::value::{Lines, Syntax, yaml_block};
use crate::terraform::mapping::OWN_NAMES;

/// Blocks that stand at the end of a Terraform resource by custom.
const LAST: [&str; 5] = ["lifecycle", "depends_on", "timeouts", "provisioner", "connection"];

pub(crate) struct Editor<'t> {
    text: &'t str,
    syntax: Syntax,
    newline: &'static str,
    unit: String,
    /// HCL: what is missing on the way is made as blocks.
    blocks: bool,
    edits: Vec<Edit>,
}

impl<'t> Editor<'t> {
    pub(crate) fn new(text: &'t str, syntax: Syntax) -> Self {
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        Editor { text, syntax, newline, unit: unit(text, syntax), blocks: true, edits: Vec::new() }
    }

    /// HCL whose nested values are all attributes, as in `awscc` resources.
    pub(crate) fn without_blocks(mut self) -> Self {
        self.blocks = false;
        self
    }

    pub(crate) fn into_edits(self) -> Vec<Edit> {
        self.edits
    }

    /// Sets the value at `steps` inside `at`; a null removes what stands there.
    pub(crate) fn set(&mut self, at: &Shape, steps: &[Step], value: &Constant) -> Result<(), String> {
        let Some((Step::Key(name), rest)) = steps.split_first() else {
            return Err("there is no name to set".into());
        };
        let mut entries = at.named(name).peekable();
        let Some(first) = entries.peek().copied() else {
            return self.missing(at, name, rest, value);
        };
        match rest {
            [] => match value {
                Constant::Null => self.remove(at, first),
                // A mapping is laid over the one that stands there.
                Constant::Map(wanted) if matches!(first.value.form, Form::Map { .. }) => {
                    wanted.iter().try_for_each(|(k, v)| self.set(&first.value, &[Step::Key(k.clone())], v))
                }
                value => {
                    self.replace(at, first, value);
                    Ok(())
                }
            },
            [Step::Each, rest @ ..] => {
                let blocks: Vec<&Shape> = entries.filter(|e| e.block).map(|e| &e.value).collect();
                let items: Vec<&Shape> = match &first.value.form {
                    _ if !blocks.is_empty() => blocks,
                    Form::List { items } => items.iter().collect(),
                    Form::Map { .. } => vec![&first.value],
                    _ => return Err(self.closed(name, &first.value)),
                };
                if items.is_empty() {
                    return Err(format!("{name} is empty: there is nothing to set it in"));
                }
                items.into_iter().try_for_each(|item| match rest {
                    [] => {
                        let text = self.lines(true).value(value, "");
                        self.put(item.span, text);
                        Ok(())
                    }
                    _ => self.set(item, rest, value),
                })
            }
            _ => match &first.value.form {
                Form::Map { .. } => self.set(&first.value, rest, value),
                // A block may also be written as a list of objects, of which a plain step takes the first.
                Form::List { items } if self.syntax == Syntax::Hcl => match items.first() {
                    Some(item) => self.set(item, rest, value),
                    None => Err(format!("{name} is an empty list")),
                },
                Form::Null => {
                    let value = nested(name, rest, value)?;
                    self.replace(at, first, &value);
                    Ok(())
                }
                _ => Err(self.closed(name, &first.value)),
            },
        }
    }

    fn closed(&self, name: &str, shape: &Shape) -> String {
        match &shape.form {
            Form::Computed(by) => format!("{name} is computed by {by}"),
            _ => {
                let text = self.text.get(shape.span.start as usize..shape.span.end as usize);
                let first = text.and_then(|t| t.lines().next()).unwrap_or_default();
                let short: String = first.chars().take(60).collect();
                // Literal text may be a secret; an expression names what it is made of.
                match first.starts_with(['"', '\'', '<']) || first.starts_with(|c: char| c.is_ascii_digit()) {
                    true => format!("{name} is no block that can be written into"),
                    false => format!("{name} is computed by `{short}`"),
                }
            }
        }
    }

    fn missing(
        &mut self,
        at: &Shape,
        name: &Arc<str>,
        rest: &[Step],
        value: &Constant,
    ) -> Result<(), String> {
        if *value == Constant::Null {
            return Ok(());
        }
        let Form::Map { layout, entries } = &at.form else { return Err(self.closed(name, at)) };
        let value = nested(name, rest, value)?;
        match layout {
            Layout::Indent => self.insert_line(at, entries, name, &value),
            Layout::Body => self.insert_in_body(at, entries, name, &value),
            Layout::Braces => self.insert_in_braces(at, entries, name, &value),
        }
        Ok(())
    }

    fn put(&mut self, span: Span, text: String) {
        if self.text.get(span.start as usize..span.end as usize) != Some(&*text) {
            self.edits.push(Edit { span, text });
        }
    }

    fn insert(&mut self, at: usize, text: String) {
        self.edits.push(Edit { span: Span::new(at, at), text });
    }

    fn replace(&mut self, map: &Shape, entry: &Entry, value: &Constant) {
        let indent = self.indent(entry.key.start as usize).to_owned();
        let Form::Map { layout, .. } = &map.form else { return };
        if *layout == Layout::Indent {
            let old =
                self.text.get(entry.region.start as usize..entry.region.end as usize).unwrap_or_default();
            let column = self.column(entry.key.start as usize);
            let text = match (value, old.trim().chars().next()) {
                (Constant::Text(text), Some('"')) => {
                    format!(" {}", Lines { syntax: Syntax::Json, ..self.lines(true) }.text(text))
                }
                (Constant::Text(text), Some('\'')) => format!(" '{}'", text.replace('\'', "''")),
                _ => yaml_block(&self.lines(false), value, &format!("{column}{}", self.unit)),
            };
            return self.put(entry.region, text);
        }
        if entry.block {
            let lines = self.lines(false);
            let Constant::Map(entries) = value else { return };
            let text = body_text(&lines, entries, &indent);
            return self.put(entry.region, text);
        }
        let mut lines = self.lines(false);
        if self.syntax == Syntax::Yaml {
            lines.flat = true;
            if self.text.as_bytes().get(entry.key.start as usize) == Some(&b'"') {
                lines.syntax = Syntax::Json;
            }
        }
        let text = lines.value(value, &indent);
        self.put(entry.region, text);
    }

    /// Takes an entry out, with its line where it stands alone on it, and the comma that it leaves behind.
    fn remove(&mut self, map: &Shape, entry: &Entry) -> Result<(), String> {
        let Form::Map { layout, entries } = &map.form else { return Ok(()) };
        if *layout == Layout::Indent && entries.len() == 1 {
            return Err(format!("{} is all that stands in its mapping", entry.name));
        }
        let (mut start, mut end) = (entry.span.start as usize, entry.span.end as usize);
        let after = &self.text[end..];
        let behind = after.len() - after.trim_start().len();
        let previous = entries.iter().filter(|e| e.span.end <= entry.span.start).max_by_key(|e| e.span.end);
        if after.trim_start().starts_with(',') {
            end += behind + 1;
        } else if let Some(previous) = previous
            && *layout == Layout::Braces
            && self.text[previous.span.end as usize..start].trim_start().starts_with(',')
        {
            // The last of several: the comma before it goes too, and with it the line.
            let span = Span { start: previous.span.end, end: entry.span.end };
            let between = &self.text[span.start as usize..start];
            if between.trim() == "," {
                self.put(span, String::new());
                return Ok(());
            }
            let comma = span.start as usize + between.find(',').unwrap_or(0);
            self.put(Span::new(comma, comma + 1), String::new());
        }
        let line_start = self.line_start(start);
        let line_end = self.line_end(end);
        let alone = self.text[line_start..start].trim().is_empty()
            && matches!(self.text[end..line_end].trim().chars().next(), None | Some('#' | '/'));
        if alone {
            start = line_start;
            end = (line_end + self.newline.len()).min(self.text.len());
        } else {
            let rest = &self.text[end..line_end];
            end += rest.len() - rest.trim_start().len();
        }
        self.put(Span::new(start, end), String::new());
        Ok(())
    }

    /// A new line in YAML's block style, behind the last entry.
    fn insert_line(&mut self, at: &Shape, entries: &[Entry], name: &str, value: &Constant) {
        let Some(last) = entries.iter().max_by_key(|e| e.span.end) else {
            let start = at.span.start as usize;
            let indent = self.column(start);
            let lines = self.lines(false);
            let block = yaml_block(&lines, value, &format!("{indent}{}", self.unit));
            let text = format!("{}:{block}{}{indent}", lines.key(name), self.newline);
            return self.insert(start, text);
        };
        let indent = self.column(last.key.start as usize);
        let lines = self.lines(false);
        let block = yaml_block(&lines, value, &format!("{indent}{}", self.unit));
        let text = format!("{}{indent}{}:{block}", self.newline, lines.key(name));
        let place = self.line_end(self.end_of(last));
        self.insert(place, text);
    }

    fn insert_in_braces(&mut self, at: &Shape, entries: &[Entry], name: &str, value: &Constant) {
        let (open, close) = (at.span.start as usize, at.span.end as usize - 1);
        let base = self.indent(open).to_owned();
        let inner = &self.text[open + 1..close];
        let Some(last) = entries.iter().max_by_key(|e| e.span.end) else {
            if !inner.trim().is_empty() {
                let indent = format!("{base}{}", self.unit);
                let entry = self.entry(entries, name, value, &indent);
                let place = self.line_start(close);
                return self.insert(place, format!("{indent}{entry}{}", self.newline));
            }
            let text = if self.syntax == Syntax::Yaml {
                self.lines(true).entry(name, value, "")
            } else {
                let indent = format!("{base}{}", self.unit);
                let entry = self.entry(entries, name, value, &indent);
                format!("{0}{indent}{entry}{0}{base}", self.newline)
            };
            return self.put(Span::new(open + 1, close), text);
        };
        let end = self.end_of(last);
        let after = &self.text[end..close];
        let comma =
            after.trim_start().starts_with(',').then(|| end + after.len() - after.trim_start().len() + 1);
        if self.line_start(end) == self.line_start(close) {
            let entry = match self.syntax {
                Syntax::Yaml | Syntax::Json => self.styled(entries, true).entry(name, value, ""),
                _ => self.lines(true).entry(name, value, ""),
            };
            return match comma {
                Some(comma) => self.insert(comma, format!(" {entry}")),
                None => self.insert(end, format!(", {entry}")),
            };
        }
        let indent = if self.begins_line(last.span.start as usize) {
            self.indent(last.span.start as usize).to_owned()
        } else {
            format!("{base}{}", self.unit)
        };
        let separated = |pair: &[Entry]| {
            self.text[pair[0].span.end as usize..pair[1].span.start as usize].trim_start().starts_with(',')
        };
        let wanted = match self.syntax {
            Syntax::Json | Syntax::Yaml => true,
            Syntax::Hcl => entries.windows(2).any(separated),
            Syntax::Bicep => false,
        };
        if wanted && comma.is_none() {
            self.insert(end, ",".into());
        }
        let trailing = if comma.is_some() { "," } else { "" };
        let entry = self.entry(entries, name, value, &indent);
        if let (Syntax::Hcl, Some((key, _))) = (self.syntax, entry.split_once(" =")) {
            let realigned = self.realigned(key.trim_end(), entries, Some(last));
            self.edits.extend(realigned);
        }
        let place = self.line_end(comma.unwrap_or(end));
        self.insert(place, format!("{}{indent}{entry}{trailing}", self.newline));
    }

    /// The text of a new entry between braces, in the manner of its neighbours.
    fn entry(&self, entries: &[Entry], name: &str, value: &Constant, indent: &str) -> String {
        if self.syntax != Syntax::Hcl {
            return self.styled(entries, self.syntax == Syntax::Yaml).entry(name, value, indent);
        }
        let lines = self.lines(false);
        let last = entries.last();
        let quoted = last.is_some_and(|e| self.text[e.key.start as usize..].starts_with('"'));
        let key = if quoted { lines.text(name) } else { lines.key(name) };
        let sign = last.map(|e| &self.text[e.key.end as usize..e.region.start as usize]);
        let value = lines.value(value, indent);
        match sign {
            Some(sign) if sign.trim() == ":" => format!("{key}: {value}"),
            _ => format!("{}= {value}", self.aligned(&key, last)),
        }
    }

    /// YAML in braces may be JSON to its authors.
    fn styled(&self, entries: &[Entry], flat: bool) -> Lines<'_> {
        let quoted = entries.first().is_some_and(|e| self.text[e.key.start as usize..].starts_with('"'));
        let lines = self.lines(flat);
        if self.syntax == Syntax::Yaml && quoted { Lines { syntax: Syntax::Json, ..lines } } else { lines }
    }

    /// A name and the blanks behind it that put its sign below the sign of the entry above.
    fn aligned(&self, name: &str, above: Option<&Entry>) -> String {
        let width = above.filter(|e| !e.block).map_or(0, |e| {
            let between = self.text.get(e.key.end as usize..e.region.start as usize).unwrap_or_default();
            (e.key.end - e.key.start) as usize + between.find('=').unwrap_or(0)
        });
        format!("{name:<width$}", width = width.max(name.chars().count() + 1))
    }

    fn insert_in_body(&mut self, at: &Shape, entries: &[Entry], name: &str, value: &Constant) {
        let (open, close) = (at.span.start as usize, at.span.end as usize - 1);
        let base = self.indent(open).to_owned();
        let first_block = entries.iter().find(|e| e.block).map_or(u32::MAX, |e| e.span.start);
        let attributes = || entries.iter().filter(|e| !e.block && !LAST.contains(&&*e.name));
        let is_block = self.blocks && is_block(name, value);
        let above = if is_block {
            entries.iter().rfind(|e| !LAST.contains(&&*e.name))
        } else {
            attributes().rfind(|e| e.span.start < first_block).or_else(|| attributes().next_back())
        };
        let one_line = self.line_start(open) == self.line_start(close);
        let indent = match above.filter(|e| self.begins_line(e.span.start as usize)) {
            Some(above) => self.indent(above.span.start as usize).to_owned(),
            None => format!("{base}{}", self.unit),
        };
        let lines = self.lines(false);
        let text = match value {
            Constant::Map(inner) if is_block => format!("{name} {}", body_text(&lines, inner, &indent)),
            Constant::List(items) if is_block => {
                let each = items.iter().filter_map(|item| match item {
                    Constant::Map(inner) => Some(format!("{name} {}", body_text(&lines, inner, &indent))),
                    _ => None,
                });
                each.collect::<Vec<_>>().join(&format!("{}{indent}", self.newline))
            }
            value => format!("{}= {}", self.aligned(name, above), lines.value(value, &indent)),
        };
        let realigned = if is_block || one_line { Vec::new() } else { self.realigned(name, entries, above) };
        self.edits.extend(realigned);
        let newline = self.newline;
        match above {
            _ if one_line => {
                let inner = self.text[open + 1..close].trim();
                let old = if inner.is_empty() { String::new() } else { format!("{newline}{indent}{inner}") };
                self.put(Span::new(open + 1, close), format!("{old}{newline}{indent}{text}{newline}{base}"));
            }
            Some(above) => {
                let apart = is_block || ["count", "for_each"].contains(&&*above.name);
                let gap = if apart { newline } else { "" };
                let place = self.line_end(self.end_of(above));
                self.insert(place, format!("{gap}{newline}{indent}{text}"));
            }
            None => {
                let place = self.line_end(open + 1);
                let gap = if entries.is_empty() { "" } else { newline };
                self.insert(place, format!("{newline}{indent}{text}{gap}"));
            }
        }
    }

    /// The signs of the lines above moved below a longer name, where `terraform fmt` had them in one column.
    fn realigned(&self, name: &str, entries: &[Entry], above: Option<&Entry>) -> Vec<Edit> {
        let Some(above) = above else { return Vec::new() };
        let line = |at: u32| self.text[..at as usize].matches('\n').count();
        let mut group: Vec<&Entry> = Vec::new();
        for entry in entries.iter().filter(|e| e.span.start <= above.span.start).rev() {
            let follows = group.last().is_none_or(|next| line(entry.span.end) + 1 == line(next.span.start));
            if entry.block || !follows || line(entry.span.start) != line(entry.span.end) {
                break;
            }
            group.push(entry);
        }
        let width = group.iter().map(|e| (e.key.end - e.key.start) as usize + 1).max().unwrap_or(0);
        let gap = |e: &Entry| {
            let between = self.text.get(e.key.end as usize..e.region.start as usize).unwrap_or_default();
            between.find('=').unwrap_or(0)
        };
        let even = group.iter().all(|e| (e.key.end - e.key.start) as usize + gap(e) == width);
        if !even || name.len() < width {
            return Vec::new();
        }
        let wider = |e: &&Entry| Edit {
            span: Span { start: e.key.end, end: e.key.end + gap(e) as u32 },
            text: " ".repeat(name.len() + 1 - (e.key.end - e.key.start) as usize),
        };
        group.iter().map(wider).collect()
    }

    fn lines(&self, flat: bool) -> Lines<'_> {
        Lines { syntax: self.syntax, newline: self.newline, unit: &self.unit, flat }
    }

    /// Where an entry ends; a heredoc ends behind its marker.
    fn end_of(&self, entry: &Entry) -> usize {
        let end = entry.span.end as usize;
        let read = &self.text[..end];
        let trimmed = read.trim_end();
        if trimmed.len() > entry.key.end as usize { trimmed.len() } else { end }
    }

    fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |i| i + 1)
    }

    /// The end of the line of `at`, before its line break.
    fn line_end(&self, at: usize) -> usize {
        let end = self.text[at..].find('\n').map_or(self.text.len(), |i| at + i);
        if end > at && self.text[..end].ends_with('\r') { end - 1 } else { end }
    }

    fn indent(&self, at: usize) -> &str {
        let line = &self.text[self.line_start(at)..];
        &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
    }

    fn begins_line(&self, at: usize) -> bool {
        self.text[self.line_start(at)..at].trim().is_empty()
    }

    /// Blanks up to the column of `at`: the indentation of an entry behind `- `.
    fn column(&self, at: usize) -> String {
        self.text[self.line_start(at)..at].chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect()
    }
}

/// `rest` below `name`, as one value.
fn nested(name: &str, rest: &[Step], value: &Constant) -> Result<Constant, String> {
    match rest {
        [] => Ok(value.clone()),
        [Step::Key(key), rest @ ..] => Ok(Constant::Map(vec![(key.clone(), nested(key, rest, value)?)])),
        [Step::Each, ..] => Err(format!("there is no {name} to set it in")),
    }
}

/// Mappings are blocks, but for those whose keys are the user's own names.
fn is_block(name: &str, value: &Constant) -> bool {
    match value {
        _ if OWN_NAMES.contains(&name) => false,
        Constant::Map(_) => true,
        Constant::List(items) => !items.is_empty() && items.iter().all(|i| matches!(i, Constant::Map(_))),
        _ => false,
    }
}

/// The body of a block with its braces.
pub(crate) fn body_text(lines: &Lines<'_>, entries: &[(Arc<str>, Constant)], indent: &str) -> String {
    let newline = lines.newline;
    let inner = format!("{indent}{}", lines.unit);
    let each = entries.iter().map(|(name, value)| match value {
        Constant::Map(nested) if is_block(name, value) => {
            format!("{newline}{inner}{name} {}", body_text(lines, nested, &inner))
        }
        value => format!("{newline}{inner}{name} = {}", lines.value(value, &inner)),
    });
    format!("{{{}{newline}{indent}}}", each.collect::<String>())
}

/// One step of the file's indentation: the smallest there is.
fn unit(text: &str, syntax: Syntax) -> String {
    let mut smallest = usize::MAX;
    for line in text.lines().take(5_000) {
        let body = line.trim_start_matches([' ', '\t']);
        if line.starts_with('\t') && syntax != Syntax::Yaml {
            return "\t".into();
        }
        let depth = line.len() - body.len();
        if depth > 1 && !body.is_empty() && !body.starts_with(['*', '#', '/']) {
            smallest = smallest.min(depth);
        }
    }
    if (2..=8).contains(&smallest) { " ".repeat(smallest) } else { "  ".into() }
}
