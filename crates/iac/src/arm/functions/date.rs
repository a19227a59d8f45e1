//! Points in time.
//! <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-date>

use jiff::civil::DateTime;
use jiff::{Span, Timestamp, tz::TimeZone};
use model::Node;

use super::{int, made, text};
use crate::arm::eval::Evaluated;

/// Reads the forms that templates write: `2020-04-07T14:53:14Z`, `2020-04-07 14:53:14Z`, `20200407T145314Z`.
fn moment(text: &str) -> Result<DateTime, String> {
    let text = text.trim();
    let fault = || format!("{text:.40?} is no time");
    if let Ok(stamp) = text.replacen(' ', "T", 1).parse::<Timestamp>() {
        return Ok(stamp.to_zoned(TimeZone::UTC).datetime());
    }
    if let Ok(date) = text.trim_end_matches('Z').parse::<DateTime>() {
        return Ok(date);
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let part = |at: usize, length: usize| -> Option<i16> { digits.get(at..at + length)?.parse().ok() };
    if digits.len() != 14 || text.len() > 16 {
        return Err(fault());
    }
    let small = |at: usize| part(at, 2).and_then(|n| i8::try_from(n).ok());
    let read = || DateTime::new(part(0, 4)?, small(4)?, small(6)?, small(8)?, small(10)?, small(12)?, 0).ok();
    read().ok_or_else(fault)
}

fn of_utc(at: DateTime) -> Result<Timestamp, String> {
    at.to_zoned(TimeZone::UTC).map(|z| z.timestamp()).map_err(|_| "the time is out of range".to_owned())
}

pub(super) fn add(arguments: &[Node]) -> Evaluated {
    let at = moment(text(&arguments[0])?)?;
    let duration = text(&arguments[1])?;
    let is_iso = duration.trim_start_matches(['-', '+']).starts_with('P');
    let span = duration.parse::<Span>().ok().filter(|_| is_iso);
    let span = span.ok_or_else(|| format!("{duration:.40?} is no duration"))?;
    let sum = at.checked_add(span).map_err(|_| "the time is out of range".to_owned())?;
    match arguments.get(2) {
        Some(format) => made(formatted(sum, text(format)?)?),
        None => {
            let (hour, half) = ((sum.hour() + 11) % 12 + 1, if sum.hour() < 12 { "AM" } else { "PM" });
            made(format!(
                "{}/{}/{} {hour}:{:02}:{:02} {half}",
                sum.month(),
                sum.day(),
                sum.year(),
                sum.minute(),
                sum.second()
            ))
        }
    }
}

pub(super) fn from_epoch(arguments: &[Node]) -> Evaluated {
    let at =
        Timestamp::from_second(int(&arguments[0])?).map_err(|_| "the time is out of range".to_owned())?;
    made(at.to_string())
}

pub(super) fn to_epoch(arguments: &[Node]) -> Evaluated {
    Ok(of_utc(moment(text(&arguments[0])?)?)?.as_second().into())
}

/// .NET's standard formats of one letter, and its custom ones of digits.
fn formatted(at: DateTime, format: &str) -> Result<String, String> {
    let custom = match format {
        "u" => "yyyy-MM-dd HH:mm:ssZ",
        "s" => "yyyy-MM-ddTHH:mm:ss",
        "o" | "O" => "yyyy-MM-ddTHH:mm:ss.fffffffZ",
        "d" => "M/d/yyyy",
        "t" => "h:mm tt",
        "T" => "h:mm:ss tt",
        other if other.len() > 1 => other,
        other => return Err(format!("the format {other:?} is not read")),
    };
    let mut out = String::new();
    let mut rest = custom;
    while let Some(c) = rest.chars().next() {
        let run = rest.chars().take_while(|d| *d == c).count();
        if c == '\'' || c == '"' {
            let inner = &rest[1..];
            let end = inner.find(c).ok_or("a quoted part of the format does not end")?;
            out.push_str(&inner[..end]);
            rest = &inner[end + 1..];
            continue;
        }
        let hour = |h: i8| (h + 11) % 12 + 1;
        match (c, run) {
            ('y', 4..) => out.push_str(&format!("{:04}", at.year())),
            ('y', _) => out.push_str(&format!("{:02}", at.year() % 100)),
            ('M', 1) => out.push_str(&at.month().to_string()),
            ('M', 2) => out.push_str(&format!("{:02}", at.month())),
            ('d', 1) => out.push_str(&at.day().to_string()),
            ('d', 2) => out.push_str(&format!("{:02}", at.day())),
            ('H', 1) => out.push_str(&at.hour().to_string()),
            ('H', _) => out.push_str(&format!("{:02}", at.hour())),
            ('h', 1) => out.push_str(&hour(at.hour()).to_string()),
            ('h', _) => out.push_str(&format!("{:02}", hour(at.hour()))),
            ('m', 1) => out.push_str(&at.minute().to_string()),
            ('m', _) => out.push_str(&format!("{:02}", at.minute())),
            ('s', 1) => out.push_str(&at.second().to_string()),
            ('s', _) => out.push_str(&format!("{:02}", at.second())),
            ('f', n) => out.push_str(&format!("{:09}", at.subsec_nanosecond())[..n.min(9)]),
            ('t', _) => out.push_str(if at.hour() < 12 { "AM" } else { "PM" }),
            ('M' | 'd', _) => return Err("names of months and days are not read".into()),
            ('K', _) => out.push('Z'),
            ('z', _) => out.push_str("+00:00"),
            ('\\', _) => {
                rest = &rest[1..];
                out.extend(rest.chars().next());
                rest = rest.chars().next().map_or("", |c| &rest[c.len_utf8()..]);
                continue;
            }
            (c, n) => out.extend(std::iter::repeat_n(c, n)),
        }
        rest = &rest[run * c.len_utf8()..];
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use serde_json::json;

    #[test]
    fn as_documented() {
        let base = "2020-04-07 14:53:14Z";
        check(&[
            ("dateTimeAdd", json!([base, "P3Y"]), Ok(r#""4/7/2023 2:53:14 PM""#)),
            ("dateTimeAdd", json!([base, "-P9D"]), Ok(r#""3/29/2020 2:53:14 PM""#)),
            ("dateTimeAdd", json!([base, "PT1H"]), Ok(r#""4/7/2020 3:53:14 PM""#)),
            ("dateTimeAdd", json!([base, "P1D", "yyyy-MM-dd"]), Ok(r#""2020-04-08""#)),
            ("dateTimeAdd", json!(["20200407T145314Z", "PT0S", "u"]), Ok(r#""2020-04-07 14:53:14Z""#)),
            ("dateTimeAdd", json!([base, "3 years"]), Err(())),
            ("dateTimeFromEpoch", json!([1_683_040_573]), Ok(r#""2023-05-02T15:16:13Z""#)),
            ("dateTimeToEpoch", json!(["2023-05-02T15:16:13Z"]), Ok("1683040573")),
            ("dateTimeToEpoch", json!(["yesterday"]), Err(())),
        ]);
    }
}
