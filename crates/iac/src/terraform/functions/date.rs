//! Functions of time stamps in RFC 3339. None of them reads the clock.

use std::cmp::Ordering;

use jiff::SignedDuration;
use jiff::civil::DateTime;
use model::Node;

use super::text::{known, string};

type Result<T = Node> = std::result::Result<T, String>;

/// A time of day and its distance from UTC.
#[derive(Clone, Copy)]
struct Stamp {
    civil: DateTime,
    offset_minutes: i32,
}

impl Stamp {
    fn parse(text: &str) -> Result<Stamp> {
        let fault = || format!("{text:.60?} is not an RFC 3339 time stamp");
        let read = || -> Option<Stamp> {
            let number = |from: usize, to: usize| -> Option<i16> {
                text.get(from..to).filter(|t| t.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()
            };
            let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
            if marks.iter().any(|(at, mark)| text.as_bytes().get(*at) != Some(mark)) {
                return None;
            }
            let mut rest = text.get(19..)?;
            let mut nanos = 0;
            if let Some(fraction) = rest.strip_prefix('.') {
                let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
                nanos = format!("{:0<9}", &fraction[..digits.clamp(1, 9).min(digits)])
                    .parse()
                    .ok()
                    .filter(|_| digits > 0)?;
                rest = &fraction[digits..];
            }
            let small = |n: i16| i8::try_from(n).ok();
            let time = (small(number(11, 13)?)?, small(number(14, 16)?)?, small(number(17, 19)?)?);
            let date = (number(0, 4)?, small(number(5, 7)?)?, small(number(8, 10)?)?);
            let civil = DateTime::new(date.0, date.1, date.2, time.0, time.1, time.2, nanos).ok()?;
            // The library would take a 60th second for the 59th.
            if civil.second() != time.2 {
                return None;
            }
            Some(Stamp { civil, offset_minutes: offset(rest)? })
        };
        read().ok_or_else(fault)
    }

    fn nanos(self) -> i128 {
        self.civil.duration_since(DateTime::ZERO).as_nanos()
            - i128::from(self.offset_minutes) * 60_000_000_000
    }

    /// `+05:30`, or without the colon.
    fn offset_text(self, colon: &str) -> String {
        let size = self.offset_minutes.unsigned_abs();
        format!("{}{:02}{colon}{:02}", if self.offset_minutes < 0 { '-' } else { '+' }, size / 60, size % 60)
    }

    fn zone(self) -> String {
        if self.offset_minutes == 0 { "Z".to_owned() } else { self.offset_text(":") }
    }
}

fn offset(text: &str) -> Option<i32> {
    if text == "Z" {
        return Some(0);
    }
    let sign = match text.as_bytes() {
        [b'+', _, _, b':', _, _] => 1,
        [b'-', _, _, b':', _, _] => -1,
        _ => return None,
    };
    let part = |from: usize, below: i32| -> Option<i32> {
        let digits = text.get(from..from + 2).filter(|t| t.bytes().all(|b| b.is_ascii_digit()))?;
        digits.parse().ok().filter(|n| *n < below)
    };
    Some(sign * (part(1, 24)? * 60 + part(4, 60)?))
}

/// Whether the text is a time stamp in RFC 3339.
pub(super) fn is_stamp(text: &str) -> bool {
    Stamp::parse(text).is_ok()
}

pub(super) fn timecmp(args: &[Node]) -> Result {
    let (a, b) = (Stamp::parse(known(&args[0]))?, Stamp::parse(known(&args[1]))?);
    Ok(match a.nanos().cmp(&b.nanos()) {
        Ordering::Less => (-1).into(),
        Ordering::Equal => 0.into(),
        Ordering::Greater => 1.into(),
    })
}

pub(super) fn timeadd(args: &[Node]) -> Result {
    let stamp = Stamp::parse(known(&args[0]))?;
    let duration = duration(known(&args[1]))?;
    let civil = stamp.civil.checked_add(SignedDuration::from_nanos(duration));
    let civil = civil.ok().filter(|c| c.year() >= 0).ok_or("the time is out of range")?;
    string(format!("{:04}-{}{}", civil.year(), civil.strftime("%m-%dT%H:%M:%S"), stamp.zone()))
}

/// Nanoseconds of Go's notation: `1h30m`, `-1.5s`, `0`.
fn duration(text: &str) -> Result<i64> {
    let fault = || format!("{text:.40?} is not a duration such as 1h30m");
    let (sign, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (-1, &text[1..]),
        Some(b'+') => (1, &text[1..]),
        _ => (1, text),
    };
    if rest == "0" {
        return Ok(0);
    }
    let mut total: i128 = 0;
    if rest.is_empty() {
        return Err(fault());
    }
    while !rest.is_empty() {
        let number_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(fault)?;
        let number = &rest[..number_end];
        rest = &rest[number_end..];
        let unit_end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let unit: i128 = match &rest[..unit_end] {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return Err(fault()),
        };
        rest = &rest[unit_end..];
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return Err(fault());
        }
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| fault())? };
        // No unit has more than 13 digits of nanoseconds, so later ones change nothing.
        let fraction = &fraction[..fraction.len().min(18)];
        let scale = 10i128.pow(fraction.len() as u32);
        let fraction: i128 = if fraction.is_empty() { 0 } else { fraction.parse().map_err(|_| fault())? };
        let part = whole.checked_mul(unit).and_then(|n| n.checked_add(fraction * unit / scale));
        total = part.and_then(|p| total.checked_add(p)).ok_or_else(fault)?;
    }
    i64::try_from(sign * total).map_err(|_| fault())
}

/// Each run of one letter is a verb; text between apostrophes and anything that is not an ASCII letter is literal.
pub(super) fn formatdate(args: &[Node]) -> Result {
    let format = known(&args[0]);
    let stamp = Stamp::parse(known(&args[1]))?;
    let mut out = String::new();
    let mut rest = format;
    while let Some(first) = rest.chars().next() {
        if let Some(quoted) = rest.strip_prefix("''") {
            out.push('\'');
            rest = quoted;
        } else if let Some(quoted) = rest.strip_prefix('\'') {
            rest = literal(quoted, &mut out).ok_or("a literal in the format is not closed")?;
        } else if first.is_ascii_alphabetic() {
            let length = rest.chars().take_while(|c| *c == first).count();
            verb(&rest[..length], stamp, &mut out)?;
            rest = &rest[length..];
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    string(out)
}

fn literal<'a>(mut rest: &'a str, out: &mut String) -> Option<&'a str> {
    loop {
        let (text, after) = rest.split_once('\'')?;
        out.push_str(text);
        match after.strip_prefix('\'') {
            Some(more) => {
                out.push('\'');
                rest = more;
            }
            None => return Some(after),
        }
    }
}

fn verb(verb: &str, stamp: Stamp, out: &mut String) -> Result<()> {
    let civil = stamp.civil;
    let hour12 = (civil.hour() + 11) % 12 + 1;
    let name = |format: &str| civil.strftime(format).to_string();
    out.push_str(&match verb {
        "YYYY" => format!("{:04}", civil.year()),
        "YY" => format!("{:02}", civil.year() % 100),
        "MMMM" => name("%B"),
        "MMM" => name("%b"),
        "MM" => format!("{:02}", civil.month()),
        "M" => civil.month().to_string(),
        "DD" => format!("{:02}", civil.day()),
        "D" => civil.day().to_string(),
        "EEEE" => name("%A"),
        "EEE" => name("%a"),
        "hh" => format!("{:02}", civil.hour()),
        "h" => civil.hour().to_string(),
        "HH" => format!("{hour12:02}"),
        "H" => hour12.to_string(),
        "AA" => if civil.hour() < 12 { "AM" } else { "PM" }.to_owned(),
        "aa" => if civil.hour() < 12 { "am" } else { "pm" }.to_owned(),
        "mm" => format!("{:02}", civil.minute()),
        "m" => civil.minute().to_string(),
        "ss" => format!("{:02}", civil.second()),
        "s" => civil.second().to_string(),
        "ZZZZZ" => stamp.offset_text(":"),
        "ZZZZ" => stamp.offset_text(""),
        "ZZZ" if stamp.offset_minutes == 0 => "UTC".to_owned(),
        "ZZZ" => stamp.offset_text(""),
        "Z" => stamp.zone(),
        other => return Err(format!("{other:.20?} is not a part of a date")),
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::terraform::functions::testing::check;

    #[test]
    fn dates() {
        const T: &str = "2018-01-02T03:02:01+05:30";
        const Z: &str = "2018-01-02T23:12:01Z";
        let format = |f: &'static str, t: &'static str, want| ("formatdate", vec![f.into(), t.into()], want);
        let add = |t: &'static str, d: &'static str, want| ("timeadd", vec![t.into(), d.into()], want);
        check(&[
            format(
                "EEE D MMMM M MM YYYY H HH h hh m s AA aa Z ZZZZ ZZZZZ ZZZ",
                T,
                r#""Tue 2 January 1 01 2018 3 03 3 03 2 1 AM am +05:30 +0530 +05:30 +0530""#,
            ),
            format("EEEE, DD-MMM-YY hh:mm:ss ZZZ Z", Z, r#""Tuesday, 02-Jan-18 23:12:01 UTC Z""#),
            format("'it''s' '' HH 日", "2018-01-02T00:12:01.5Z", r#""it's ' 12 日""#),
            format("'x", Z, "error: a literal in the format is not closed"),
            format("YYY", Z, "error: \"YYY\" is not a part of a date"),
            format(
                "YYYY",
                "2018-02-30T23:12:01Z",
                "error: \"2018-02-30T23:12:01Z\" is not an RFC 3339 time stamp",
            ),
            format(
                "YYYY",
                "2018-01-02T23:12:60Z",
                "error: \"2018-01-02T23:12:60Z\" is not an RFC 3339 time stamp",
            ),
            format(
                "YYYY",
                "2018-01-02T23:12:01+24:00",
                "error: \"2018-01-02T23:12:01+24:00\" is not an RFC 3339 time stamp",
            ),
            format("YYYY", "2018-01-02", "error: \"2018-01-02\" is not an RFC 3339 time stamp"),
            add(Z, "-1h30m", r#""2018-01-02T21:42:01Z""#),
            add("2018-01-02T23:12:01.5Z", "1.5s", r#""2018-01-02T23:12:03Z""#),
            add("2018-01-02T23:12:01+05:30", "24h", r#""2018-01-03T23:12:01+05:30""#),
            add("2018-02-28T23:59:59Z", ".5m", r#""2018-03-01T00:00:29Z""#),
            add(Z, "1d", "error: \"1d\" is not a duration such as 1h30m"),
            add(Z, "3000000h", "error: \"3000000h\" is not a duration such as 1h30m"),
            ("timecmp", vec![Z.into(), "2018-01-02T23:12:01+00:00".into()], "0"),
            ("timecmp", vec!["2018-01-02T23:12:01+01:00".into(), "2018-01-02T22:12:00Z".into()], "1"),
        ]);
    }
}
