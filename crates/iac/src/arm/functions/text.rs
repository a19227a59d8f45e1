//! Text.
//! <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-string>

use std::sync::Arc;

use model::{Node, Piece, Value};

use super::{MAX_TEXT, bounded, int, list, made, open, text};
use crate::arm::access::{carry, joined};
use crate::arm::eval::Evaluated;
use crate::arm::scope::{pieces, segments};

pub(super) fn lower(arguments: &[Node]) -> Evaluated {
    mapped(&arguments[0], |text| text.to_lowercase())
}

pub(super) fn upper(arguments: &[Node]) -> Evaluated {
    mapped(&arguments[0], |text| text.to_uppercase())
}

/// Changes what is known. Azure compares names without regard to case, so a hole stays what it is.
fn mapped(node: &Node, change: impl Fn(&str) -> String) -> Evaluated {
    match &node.value {
        Value::String(text) => made(change(text)),
        Value::Template(pieces) => {
            let pieces = pieces.iter().map(|piece| match piece {
                Piece::Text(text) => Piece::Text(change(text).into()),
                hole @ Piece::Hole { .. } => hole.clone(),
            });
            Ok(Value::text(pieces).into())
        }
        Value::Unknown(_) => Ok(node.clone()),
        Value::Null => Err("null stands where text is needed".into()),
        other => Err(format!("a {} stands where text is needed", other.type_name())),
    }
}

pub(super) fn trim(arguments: &[Node]) -> Evaluated {
    match &arguments[0].value {
        Value::Template(all) => {
            let last = all.len() - 1;
            let pieces = all.iter().enumerate().map(|(at, piece)| match piece {
                Piece::Text(text) if at == 0 => Piece::Text(text.trim_start().into()),
                Piece::Text(text) if at == last => Piece::Text(text.trim_end().into()),
                other => other.clone(),
            });
            Ok(Value::text(pieces).into())
        }
        Value::Unknown(_) => Ok(arguments[0].clone()),
        _ => made(text(&arguments[0])?.trim()),
    }
}

pub(super) fn string(arguments: &[Node]) -> Evaluated {
    let node = &arguments[0];
    Ok(match &node.value {
        Value::List(_) | Value::Map(_) => Value::Json(Arc::new(node.clone())).into(),
        Value::String(_) | Value::Template(_) | Value::Json(_) | Value::Unknown(_) => node.clone(),
        Value::Null => "".into(),
        _ => joined([node])?,
    })
}

pub(super) fn starts_with(arguments: &[Node]) -> Evaluated {
    Ok(text(&arguments[0])?.to_lowercase().starts_with(&text(&arguments[1])?.to_lowercase()).into())
}

pub(super) fn ends_with(arguments: &[Node]) -> Evaluated {
    Ok(text(&arguments[0])?.to_lowercase().ends_with(&text(&arguments[1])?.to_lowercase()).into())
}

/// `*` is any text, `?` any letter; without regard to case.
pub(super) fn like(arguments: &[Node]) -> Evaluated {
    let (of, pattern) = (text(&arguments[0])?.to_lowercase(), text(&arguments[1])?.to_lowercase());
    let (of, pattern): (Vec<char>, Vec<char>) = (of.chars().collect(), pattern.chars().collect());
    let (mut at, mut p, mut star, mut mark) = (0, 0, None, 0);
    while at < of.len() {
        if p < pattern.len() && (pattern[p] == '?' || pattern[p] == of[at]) && pattern[p] != '*' {
            at += 1;
            p += 1;
        } else if p < pattern.len() && pattern[p] == '*' {
            star = Some(p);
            mark = at;
            p += 1;
        } else if let Some(before) = star {
            p = before + 1;
            mark += 1;
            at = mark;
        } else {
            return Ok(false.into());
        }
    }
    Ok(pattern[p..].iter().all(|c| *c == '*').into())
}

pub(super) fn pad_left(arguments: &[Node]) -> Evaluated {
    let of = joined([&arguments[0]])?;
    let of = text(&of)?;
    let width = usize::try_from(int(&arguments[1])?).map_err(|_| "the length is negative".to_owned())?;
    if width > MAX_TEXT {
        return Err(format!("the text is longer than {MAX_TEXT} bytes"));
    }
    let mut pad = arguments.get(2).map(text).transpose()?.map_or(" ", |t| t).chars();
    let (Some(pad), None) = (pad.next(), pad.next()) else { return Err("the padding is one letter".into()) };
    let missing = width.saturating_sub(of.chars().count());
    made(format!("{}{of}", String::from(pad).repeat(missing)))
}

pub(super) fn replace(arguments: &[Node]) -> Evaluated {
    let (Value::String(old), Value::String(new)) = (&arguments[1].value, &arguments[2].value) else {
        return if arguments.iter().any(|a| a.first_unknown(1).is_some()) {
            open()
        } else {
            Err("replace takes text".into())
        };
    };
    if old.is_empty() {
        return Err("the text to be replaced is empty".into());
    }
    let grown = |text: &str| -> Result<String, String> {
        let count = text.matches(&**old).count();
        if count.saturating_mul(new.len()) > MAX_TEXT {
            return Err(format!("the text is longer than {MAX_TEXT} bytes"));
        }
        Ok(text.replace(&**old, new))
    };
    match &arguments[0].value {
        Value::Unknown(_) => open(),
        Value::Template(all) => {
            let pieces = all.iter().map(|piece| match piece {
                Piece::Text(text) => Ok(Piece::Text(grown(text)?.into())),
                Piece::Hole { reason, .. } => {
                    let reason: Arc<str> = format!("replace({reason:.120}, '{old:.20}', '{new:.20}')").into();
                    Ok(Piece::Hole { reason, from: None })
                }
            });
            Ok(Value::text(pieces.collect::<Result<Vec<_>, String>>()?).into())
        }
        _ => made(grown(text(&arguments[0])?)?),
    }
}

pub(super) fn substring(arguments: &[Node]) -> Evaluated {
    let of: Vec<char> = text(&arguments[0])?.chars().collect();
    let fault = || "the part reaches beyond the text".to_owned();
    let start = usize::try_from(int(&arguments[1])?).map_err(|_| fault())?;
    let rest = of.get(start..).ok_or_else(fault)?;
    let count = match arguments.get(2) {
        Some(count) => usize::try_from(int(count)?).map_err(|_| fault())?,
        None => rest.len(),
    };
    made(rest.get(..count).ok_or_else(fault)?.iter().collect::<String>())
}

pub(super) fn split(arguments: &[Node]) -> Evaluated {
    let of = &arguments[0];
    let delimiters: Vec<&str> = match &arguments[1].value {
        Value::String(one) => vec![&**one],
        Value::List(all) => all.iter().filter_map(Node::as_str).collect(),
        _ => return open(),
    };
    match &of.value {
        Value::String(text) => {
            let mut parts: Vec<&str> = vec![text];
            for delimiter in delimiters.iter().filter(|d| !d.is_empty()) {
                parts = parts.into_iter().flat_map(|part| part.split(delimiter)).collect();
            }
            bounded(parts.into_iter().map(|part| part.into()).collect())
        }
        // The holes of an id hold no slash.
        Value::Template(all) if delimiters == ["/"] && is_id(all) => {
            let mut parts = vec![Node::from("")];
            parts.extend(segments(&pieces(of)).into_iter().map(|segment| {
                let from = match &*segment {
                    [Piece::Hole { from, .. }] => from.clone(),
                    _ => None,
                };
                carry(Node { from, ..Value::text(segment).into() }, [of])
            }));
            bounded(parts)
        }
        Value::Unknown(_) | Value::Template(_) => open(),
        other => Err(format!("a {} stands where text is needed", other.type_name())),
    }
}

fn is_id(pieces: &[Piece]) -> bool {
    matches!(pieces.first(), Some(Piece::Text(start)) if start.starts_with("/subscriptions/"))
}

pub(super) fn join(arguments: &[Node]) -> Evaluated {
    let (of, delimiter) = (&arguments[0], &arguments[1]);
    if of.is_unknown() || delimiter.is_unknown() {
        return open();
    }
    let mut parts = Vec::new();
    for item in list(of)?.iter() {
        if !parts.is_empty() {
            parts.push(delimiter.clone());
        }
        parts.push(item.clone());
    }
    Ok(Node { mentions: None, ..joined(&parts)? })
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use serde_json::json;

    #[test]
    fn as_documented() {
        check(&[
            ("endsWith", json!(["abcdef", "EF"]), Ok("true")),
            ("endsWith", json!(["abcdef", "e"]), Ok("false")),
            ("startsWith", json!(["abcdef", "AB"]), Ok("true")),
            ("padLeft", json!(["123", 10, "0"]), Ok(r#""0000000123""#)),
            ("padLeft", json!([5, 3, "0"]), Ok(r#""005""#)),
            ("replace", json!(["123-123-1234", "-", ""]), Ok(r#""1231231234""#)),
            ("replace", json!(["123-123-1234", "1234", "xxxx"]), Ok(r#""123-123-xxxx""#)),
            ("substring", json!(["one two three", 4, 3]), Ok(r#""two""#)),
            ("substring", json!(["one", 3]), Ok(r#""""#)),
            ("substring", json!(["one", 0, 10]), Err(())),
            ("substring", json!(["one", 4, 0]), Err(())),
            ("split", json!(["one,two,three", ","]), Ok(r#"["one","two","three"]"#)),
            ("split", json!(["one;two,three", [",", ";"]]), Ok(r#"["one","two","three"]"#)),
            ("split", json!(["", ","]), Ok(r#"[""]"#)),
            ("join", json!([["one", "two", "three"], ";"]), Ok(r#""one;two;three""#)),
            ("toLower", json!(["One Two"]), Ok(r#""one two""#)),
            ("toUpper", json!(["One"]), Ok(r#""ONE""#)),
            ("trim", json!(["    one two three   "]), Ok(r#""one two three""#)),
            ("string", json!([5]), Ok(r#""5""#)),
            ("string", json!([true]), Ok(r#""True""#)),
            ("like", json!(["Hello World", "hello*d"]), Ok("true")),
            ("like", json!(["abc", "a?d"]), Ok("false")),
        ]);
    }
}
