//! Equality and order over the lattice.

use model::{Number, Piece};

use super::eval::{Evaluation, Result, hole_of, mismatch};
use super::reading::Plain;
use super::value::Val;

impl<'a> Evaluation<'_, 'a> {
    /// Equality over the lattice. Text that spells a bool or a number equals it, as in the dialects the documents
    /// come from; other values of different types are unequal.
    pub(super) fn equal(&mut self, a: &Val<'a>, b: &Val<'a>) -> Result<bool> {
        self.spend(1)?;
        if let (Val::Asset(a), Val::Asset(b)) = (a, b) {
            return Ok(a == b);
        }
        if let (Some(a), Some(b)) = (reference_of(a), reference_of(b))
            && a.address == b.address
            && a.attribute == b.attribute
        {
            return Ok(true);
        }
        if is_issued(a) && matches!(b, Val::Text(_)) || is_issued(b) && matches!(a, Val::Text(_)) {
            return Ok(false);
        }
        let (a, b) = (self.plain(a)?, self.plain(b)?);
        Ok(match (&a, &b) {
            (Plain::Null, Plain::Null) => true,
            (Plain::Bool(a), Plain::Bool(b)) => a == b,
            (Plain::Number(a), Plain::Number(b)) => a == b,
            (Plain::Text(a), Plain::Text(b)) => a == b,
            (Plain::Bool(flag), Plain::Text(text)) | (Plain::Text(text), Plain::Bool(flag)) => {
                text.eq_ignore_ascii_case(if *flag { "true" } else { "false" })
            }
            (Plain::Number(n), Plain::Text(text)) | (Plain::Text(text), Plain::Number(n)) => {
                Number::parse(text) == Some(*n)
            }
            (Plain::Partly(pieces), Plain::Text(text)) | (Plain::Text(text), Plain::Partly(pieces)) => {
                partly_equal(pieces, text)?
            }
            (Plain::Partly(pieces), Plain::Partly(_)) => return Err(hole_of(pieces)),
            (Plain::Partly(_), _) | (_, Plain::Partly(_)) => false,
            (Plain::Other(a), Plain::Other(b)) => return self.same_structure(a, b),
            _ => false,
        })
    }

    fn same_structure(&mut self, a: &Val<'a>, b: &Val<'a>) -> Result<bool> {
        if let (Some(keys), Some(other)) = (self.keys(a)?, self.keys(b)?) {
            if keys != other {
                return Ok(false);
            }
            for key in keys {
                let (Some(a), Some(b)) = (self.field(a, &key)?, self.field(b, &key)?) else {
                    return Ok(false);
                };
                if !self.equal(&a, &b)? {
                    return Ok(false);
                }
            }
            return Ok(true);
        }
        let (Ok(a), Ok(b)) = (self.items(a), self.items(b)) else { return Ok(false) };
        if a.items.len() != b.items.len() {
            return Ok(false);
        }
        for (a, b) in a.items.iter().zip(&b.items) {
            if !self.equal(a, b)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) fn compare(&mut self, a: &Val<'a>, b: &Val<'a>) -> Result<std::cmp::Ordering> {
        match (self.plain(a)?, self.plain(b)?) {
            (Plain::Number(a), Plain::Number(b)) => Ok(a.cmp(&b)),
            (Plain::Text(a), Plain::Text(b)) => Ok(a.cmp(&b)),
            (Plain::Bool(a), Plain::Bool(b)) => Ok(a.cmp(&b)),
            (Plain::Text(text), Plain::Number(b)) if Number::parse(&text).is_some() => {
                Ok(Number::parse(&text).cmp(&Some(b)))
            }
            (Plain::Number(a), Plain::Text(text)) if Number::parse(&text).is_some() => {
                Ok(Some(a).cmp(&Number::parse(&text)))
            }
            (Plain::Partly(pieces), _) | (_, Plain::Partly(pieces)) => Err(hole_of(&pieces)),
            _ => Err(mismatch(format!("{} and {} are not ordered", a.type_name(), b.type_name()))),
        }
    }
}

fn reference_of<'v>(value: &'v Val<'_>) -> Option<&'v model::Reference> {
    match value {
        Val::Node(node) if node.is_unknown() => node.from.as_deref(),
        Val::Made(node) if node.is_unknown() => node.from.as_deref(),
        _ => None,
    }
}

/// Whether a value is an identifier that the provider will issue for a resource of this configuration: nobody can have
/// written it down before.
fn is_issued(value: &Val<'_>) -> bool {
    const ISSUED: [&str; 8] =
        ["id", "arn", "self_link", "email", "member", "principal_id", "client_id", "unique_id"];
    reference_of(value).is_some_and(|reference| {
        let attribute = reference.attribute.rsplit('.').next().unwrap_or_default();
        ISSUED.iter().any(|issued| attribute.eq_ignore_ascii_case(issued))
            && !reference.address.split('.').any(|part| part == "data")
    })
}

/// Partly known text against known text: unequal if the known ends already differ.
fn partly_equal(pieces: &[Piece], text: &str) -> Result<bool> {
    let starts = !matches!(pieces.first(), Some(Piece::Text(t)) if !text.starts_with(&**t));
    let ends = !matches!(pieces.last(), Some(Piece::Text(t)) if !text.ends_with(&**t));
    if starts && ends { Err(hole_of(pieces)) } else { Ok(false) }
}
