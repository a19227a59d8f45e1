//! `format('{0}-{1:D3}', …)`: .NET's composite formatting.
//! <https://learn.microsoft.com/dotnet/standard/base-types/composite-formatting>

use model::{Node, Number, Piece, Value};

use super::{MAX_TEXT, open};
use crate::arm::access::{carry, joined, mention};
use crate::arm::eval::Evaluated;
use crate::arm::scope::pieces;

/// Letters that an item may be padded to.
const MAX_WIDTH: i64 = 10_000;

pub(super) fn format(arguments: &[Node]) -> Evaluated {
    let pattern = match &arguments[0].value {
        Value::String(text) => text.clone(),
        Value::Unknown(_) | Value::Template(_) => return open(),
        other => return Err(format!("a {} is no pattern", other.type_name())),
    };
    let values = &arguments[1..];
    let mut out: Vec<Piece> = Vec::new();
    let mut plain = String::new();
    let mut marks = Node::null();
    let mut length = 0;
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '{' if rest.next_if_eq(&'{').is_some() => plain.push('{'),
            '}' if rest.next_if_eq(&'}').is_some() => plain.push('}'),
            '{' => {
                let item: String = rest.by_ref().take_while(|c| *c != '}').collect();
                let (head, spec) = item.split_once(':').map_or((&*item, None), |(h, s)| (h, Some(s)));
                let (index, width) = head.split_once(',').map_or((head, None), |(i, w)| (i, Some(w)));
                let index: usize =
                    index.trim().parse().map_err(|_| "a format item has no number".to_owned())?;
                let value = values.get(index).ok_or_else(|| format!("the format has no value {index}"))?;
                marks = carry(marks, [value]);
                mention(&mut marks, value);
                let width = width.map(|w| w.trim().parse::<i64>()).transpose().ok();
                let width = width.ok_or("the width of a format item is no number")?.unwrap_or(0);
                let shown = match spec {
                    Some(spec) => formatted(value, spec)?,
                    None => shown(value)?,
                };
                out.push(Piece::Text(std::mem::take(&mut plain).into()));
                out.extend(padded(shown, width.clamp(-MAX_WIDTH, MAX_WIDTH)));
                length += out.last().map_or(0, |p| if let Piece::Text(t) = p { t.len() } else { 8 });
            }
            c => plain.push(c),
        }
        if length + plain.len() > MAX_TEXT {
            return Err(format!("the text is longer than {MAX_TEXT} bytes"));
        }
    }
    out.push(Piece::Text(plain.into()));
    Ok(Node { value: Value::text(out), ..marks })
}

fn shown(value: &Node) -> Result<Vec<Piece>, String> {
    Ok(pieces(&joined([value])?))
}

fn padded(shown: Vec<Piece>, width: i64) -> Vec<Piece> {
    let [Piece::Text(text)] = &*shown else { return shown };
    let missing = (width.unsigned_abs() as usize).saturating_sub(text.chars().count());
    let blank = " ".repeat(missing);
    let text = if width < 0 { format!("{text}{blank}") } else { format!("{blank}{text}") };
    vec![Piece::Text(text.into())]
}

/// One value in a standard format of numbers; text takes none, and stays itself.
fn formatted(value: &Node, spec: &str) -> Result<Vec<Piece>, String> {
    let Value::Number(number) = &value.value else { return shown(value) };
    let letter = spec.chars().next().unwrap_or('G');
    let digits: usize = spec.get(1..).and_then(|d| d.parse().ok()).unwrap_or(usize::MAX);
    let custom = spec.chars().all(|c| matches!(c, '0' | '#' | '.' | ','));
    let text = match (letter.to_ascii_uppercase(), number) {
        _ if custom => zeros(*number, spec),
        ('D', Number::Int(i)) => {
            let sign = if *i < 0 { "-" } else { "" };
            let digits = if digits == usize::MAX { 0 } else { digits.min(MAX_WIDTH as usize) };
            format!("{sign}{:0>digits$}", i.unsigned_abs())
        }
        ('X', Number::Int(i)) => {
            let digits = if digits == usize::MAX { 0 } else { digits.min(MAX_WIDTH as usize) };
            if letter == 'X' { format!("{i:0>digits$X}") } else { format!("{i:0>digits$x}") }
        }
        ('N', n) => grouped(n.as_f64(), if digits == usize::MAX { 2 } else { digits.min(99) }),
        ('F', n) => format!("{:.*}", if digits == usize::MAX { 2 } else { digits.min(99) }, n.as_f64()),
        ('P', n) => {
            let percent = grouped(n.as_f64() * 100.0, if digits == usize::MAX { 2 } else { digits.min(99) });
            format!("{percent}%")
        }
        ('G' | 'R', n) => n.to_string(),
        _ => return Err(format!("the format {spec:.20?} is not read")),
    };
    Ok(vec![Piece::Text(text.into())])
}

/// `000`: at least so many digits; `0.00`: so many behind the point.
fn zeros(number: Number, spec: &str) -> String {
    let (whole, fraction) = spec.split_once('.').unwrap_or((spec, ""));
    let least = whole.matches('0').count().min(MAX_WIDTH as usize);
    let text = format!("{:.*}", fraction.len().min(99), number.as_f64().abs());
    let (digits, behind) = text.split_once('.').unwrap_or((&text, ""));
    let sign = if number.as_f64() < 0.0 { "-" } else { "" };
    let point = if behind.is_empty() { "" } else { "." };
    format!("{sign}{digits:0>least$}{point}{behind}")
}

/// With commas between thousands.
fn grouped(number: f64, digits: usize) -> String {
    let text = format!("{:.digits$}", number.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut out = String::new();
    for (at, c) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    let sign = if number < 0.0 { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{out}{point}{fraction}")
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use serde_json::json;

    #[test]
    fn composite_formats() {
        check(&[
            (
                "format",
                json!(["{0}, {1}. Formatted number: {2:N0}", "Hello", "User", 8175133]),
                Ok(r#""Hello, User. Formatted number: 8,175,133""#),
            ),
            ("format", json!(["{0:D3}-{0:000}-{0:X}", 42]), Ok(r#""042-042-2A""#)),
            ("format", json!(["{{{0}}}", "x"]), Ok(r#""{x}""#)),
            ("format", json!(["[{0,5}|{0,-5}]", "ab"]), Ok(r#""[   ab|ab   ]""#)),
            ("format", json!(["{0:F1} {1:P0}", 1.25, 0.5]), Ok(r#""1.2 50%""#)),
            ("format", json!(["{0}", true]), Ok(r#""True""#)),
            ("format", json!(["{1}", "x"]), Err(())),
            ("format", json!(["{x}", "x"]), Err(())),
            ("format", json!(["{0}-{1}", "a", {"$unknown": "later"}]), Ok(r#"{"$text":"a-${? later}"}"#)),
        ]);
    }
}
