//! Templates: text with interpolations and directives, in the configuration and in files of their own.

use std::sync::Arc;

use formats::hcl::Part;
use model::{Node, Piece, Value};

use super::access::{carry, hole, interpolate, mention, unknown_reason};
use super::eval::{Evaluated, Frame, Scope};
use super::files::ModuleFiles;
use super::{cost, functions, types};

/// Longer text is not built, in bytes.
const MAX_TEXT: usize = 1 << 20;
/// Pieces of text that is not known as a whole.
const MAX_PIECES: usize = 100_000;
impl Scope<'_, '_> {
    pub(crate) fn template(&self, parts: &[Part]) -> Evaluated {
        // A template of one interpolation is its value, whatever its type.
        if let [Part::Interpolation(expr)] = parts {
            return self.eval(expr);
        }
        let mut pieces = Vec::new();
        let mut marks = Node::null();
        self.pieces(parts, &mut pieces, &mut marks)?;
        let text: Node = match Value::text(pieces) {
            Value::String(text) => normal(&text).into(),
            text => text.into(),
        };
        self.root.step(cost::made(&text))?;
        Ok(carry(Node { mentions: marks.mentions.take(), ..text }, [&marks]))
    }

    fn pieces(&self, parts: &[Part], pieces: &mut Vec<Piece>, marks: &mut Node) -> Result<(), String> {
        for part in parts {
            self.root.step(1)?;
            match part {
                Part::Text(text, _) => pieces.push(Piece::Text(text.clone())),
                Part::Interpolation(expr) => {
                    let value = self.eval(expr)?;
                    *marks = carry(std::mem::take(marks), [&value]);
                    mention(marks, &value);
                    interpolate(&value, pieces)?;
                }
                Part::If { condition, then, otherwise } => {
                    let condition = types::to_bool(&self.eval(condition)?)?;
                    match condition.value {
                        Value::Bool(true) => self.pieces(then, pieces, marks)?,
                        Value::Bool(false) => self.pieces(otherwise, pieces, marks)?,
                        Value::Null => return Err("the condition of an if directive is null".into()),
                        _ => pieces.push(hole(&condition)),
                    }
                }
                Part::For { key_var, value_var, collection, body } => {
                    let of = collection;
                    let collection = self.eval(of)?;
                    match self.elements(of, &collection)? {
                        Err(reason) => pieces.push(Piece::Hole { reason, from: collection.from.clone() }),
                        Ok(items) => {
                            self.root.step(items.len())?;
                            for (key, value) in items {
                                let name = key_var.as_deref().unwrap_or("");
                                let outer = Frame { name, value: key, outer: self.frame };
                                let inner = Frame { name: value_var, value, outer: Some(&outer) };
                                Scope { frame: Some(&inner), ..*self }.pieces(body, pieces, marks)?;
                            }
                        }
                    }
                }
            }
            let length: usize = pieces.iter().map(|p| if let Piece::Text(t) = p { t.len() } else { 0 }).sum();
            self.root.step(pieces.len() / 16)?;
            if length > MAX_TEXT || pieces.len() > MAX_PIECES {
                return Err(format!("text is longer than {MAX_TEXT} bytes or {MAX_PIECES} pieces"));
            }
        }
        Ok(())
    }

    pub(super) fn templatefile(&self, path: &Node, variables: &Node) -> Evaluated {
        let Value::String(path) = &path.value else {
            return Ok(Value::Unknown(unknown_reason(path)).into());
        };
        let files = ModuleFiles { root: self.root };
        let bytes = functions::Files::read(&files, path)?;
        let text = String::from_utf8(bytes).map_err(|_| format!("{path} is not UTF-8"))?;
        self.rendered(&text, variables, path)
    }

    pub(super) fn rendered(&self, text: &str, variables: &Node, name: &str) -> Evaluated {
        if variables.is_unknown() {
            return Ok(Value::Unknown(unknown_reason(variables)).into());
        }
        let Value::Map(all) = &variables.value else {
            return Err(format!("{name}: the variables must be an object"));
        };
        if let Some(odd) = all.keys().find(|name| !is_name(name)) {
            return Err(format!("{name}: {odd:?} is not a name for a variable"));
        }
        self.root.step(text.len() / 16)?;
        let (parts, problems) = formats::hcl::parse_template(text);
        if let Some(problem) = problems.first() {
            return Err(format!("{name}: {}", problem.message));
        }
        let result = Scope { template: Some(variables), frame: None, ..*self }.template(&parts)?;
        if result.is_null() { Err(format!("{name}: the template gives null")) } else { Ok(result) }
    }
}

/// Whether a template can ask for a variable of that name.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}

/// Text in Unicode normal form C, which all of Terraform's strings have.
pub(super) fn normal(text: &Arc<str>) -> Arc<str> {
    if text.is_ascii() { text.clone() } else { functions::normal(text) }
}
