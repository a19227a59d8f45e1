//! Numbers as decimals: arithmetic whose result is what exact decimals give (`0.1 + 0.2` is `0.3`), and the forms in
//! which `format` writes them.
//!
//! Terraform computes with 512 binary digits. A decimal of at most 17 digits survives both ways unchanged; a quotient
//! such as `1/3` has fewer digits here, and a whole number beyond 2⁶³ is only as exact as an `f64`.

use model::Number;

/// `digits × 10^exponent`.
struct Decimal {
    digits: i128,
    exponent: i32,
}

impl Decimal {
    fn of(number: Number) -> Option<Decimal> {
        let float = match number {
            Number::Int(i) => return Some(Decimal { digits: i.into(), exponent: 0 }),
            Number::Float(f) => format!("{f:e}"),
        };
        let (mantissa, exponent) = float.split_once('e')?;
        let fraction = mantissa.split_once('.').map_or(0, |(_, f)| f.len());
        let digits = mantissa.replace('.', "").parse().ok()?;
        Some(Decimal { digits, exponent: exponent.parse::<i32>().ok()? - i32::try_from(fraction).ok()? })
    }

    /// Both numbers with the smaller exponent of the two.
    fn aligned(a: Number, b: Number) -> Option<(i128, i128, i32)> {
        let (a, b) = (Decimal::of(a)?, Decimal::of(b)?);
        let exponent = a.exponent.min(b.exponent);
        let scale = |d: &Decimal| {
            let by = u32::try_from(d.exponent - exponent).ok()?;
            d.digits.checked_mul(10i128.checked_pow(by)?)
        };
        Some((scale(&a)?, scale(&b)?, exponent))
    }

    fn number(digits: i128, exponent: i32) -> Option<Number> {
        // Whole numbers between 2^53 and 2^63 are exact too.
        let whole = || digits.checked_mul(10i128.checked_pow(u32::try_from(exponent).ok()?)?);
        match whole().map(i64::try_from) {
            Some(Ok(whole)) => Some(Number::Int(whole)),
            _ => Number::parse(&format!("{digits}e{exponent}")),
        }
    }
}

/// `a + b`; `None` when the result is out of range.
pub fn add(a: Number, b: Number) -> Option<Number> {
    let exact = || {
        let (x, y, exponent) = Decimal::aligned(a, b)?;
        Decimal::number(x.checked_add(y)?, exponent)
    };
    exact().or_else(|| Number::from_f64(a.as_f64() + b.as_f64()))
}

/// `a - b`; `None` when the result is out of range.
pub fn subtract(a: Number, b: Number) -> Option<Number> {
    let exact = || {
        let (x, y, exponent) = Decimal::aligned(a, b)?;
        Decimal::number(x.checked_sub(y)?, exponent)
    };
    exact().or_else(|| Number::from_f64(a.as_f64() - b.as_f64()))
}

/// `a * b`; `None` when the result is out of range.
pub fn multiply(a: Number, b: Number) -> Option<Number> {
    let exact = || {
        let (x, y) = (Decimal::of(a)?, Decimal::of(b)?);
        Decimal::number(x.digits.checked_mul(y.digits)?, x.exponent.checked_add(y.exponent)?)
    };
    exact().or_else(|| Number::from_f64(a.as_f64() * b.as_f64()))
}

/// `a / b`; `None` when `b` is zero or the result is out of range.
pub fn divide(a: Number, b: Number) -> Option<Number> {
    // Exact when the quotient ends within the 17 digits that a double holds.
    let exact = || {
        let (x, y, _) = Decimal::aligned(a, b)?;
        (0..=17).find_map(|places: u32| {
            let scaled = x.checked_mul(10i128.checked_pow(places)?)?;
            (scaled.checked_rem(y)? == 0)
                .then(|| Decimal::number(scaled / y, -i32::try_from(places).ok()?))?
        })
    };
    exact().or_else(|| Number::from_f64(a.as_f64() / b.as_f64()))
}

/// `a % b`, with the sign of `a`; `None` when `b` is zero.
pub fn remainder(a: Number, b: Number) -> Option<Number> {
    let exact = || {
        let (x, y, exponent) = Decimal::aligned(a, b)?;
        Decimal::number(x.checked_rem(y)?, exponent)
    };
    exact().or_else(|| Number::from_f64(a.as_f64() % b.as_f64()))
}

/// Decimal digits of the shortest decimal that is the double, and the exponent of the first of them: `d.ddd × 10^e`.
fn digits(value: f64) -> (Vec<u8>, i32) {
    let text = format!("{:e}", value.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).map(|b| b - b'0').collect();
    (digits, exponent.parse().unwrap_or(0))
}

/// Keeps `count` digits, rounding half to even.
fn round(digits: &mut Vec<u8>, exponent: &mut i32, count: i32) {
    let Ok(count) = usize::try_from(count) else {
        digits.clear();
        return;
    };
    if digits.len() <= count {
        return;
    }
    let rest = digits.split_off(count);
    let half = rest[0] == 5 && rest[1..].iter().all(|d| *d == 0);
    let up = if half { digits.last().is_some_and(|d| d % 2 == 1) } else { rest[0] >= 5 };
    if up {
        match digits.iter().rposition(|d| *d != 9) {
            Some(at) => {
                digits[at] += 1;
                digits[at + 1..].fill(0);
            }
            None => {
                digits.fill(0);
                digits.insert(0, 1);
                *exponent += 1;
            }
        }
    }
}

fn sign(value: f64) -> &'static str {
    if value < 0.0 { "-" } else { "" }
}

/// `%.{places}f`
pub(super) fn fixed(value: f64, places: usize) -> String {
    let (mut digits, mut exponent) = digits(value);
    let keep = exponent.saturating_add(1).saturating_add(i32::try_from(places).unwrap_or(i32::MAX));
    round(&mut digits, &mut exponent, keep);
    write_fixed(value, &digits, exponent, places)
}

/// `%.{places}e`; all digits without `places`.
pub(super) fn scientific(value: f64, places: Option<usize>) -> String {
    let (mut digits, mut exponent) = digits(value);
    let places = places.unwrap_or(digits.len() - 1);
    round(&mut digits, &mut exponent, i32::try_from(places).unwrap_or(i32::MAX).saturating_add(1));
    digits.resize(places + 1, 0);
    write_scientific(value, &digits, exponent)
}

/// `%.{precision}g` as Go writes it: with an exponent below 10⁻⁴ and from 10^precision on.
pub fn general(value: f64, precision: usize) -> String {
    let (mut digits, mut exponent) = digits(value);
    let precision = i32::try_from(precision.max(1)).unwrap_or(i32::MAX);
    round(&mut digits, &mut exponent, precision);
    write_general(value, &digits, exponent, precision)
}

/// `%g` as Go writes it: all digits, with an exponent below 10⁻⁴ and from 10⁶ on.
pub(super) fn shortest(value: f64) -> String {
    let (digits, exponent) = digits(value);
    write_general(value, &digits, exponent, 6)
}

fn write_general(value: f64, digits: &[u8], exponent: i32, limit: i32) -> String {
    let significant = digits.iter().rposition(|d| *d != 0).map_or(1, |at| at + 1);
    if value != 0.0 && (exponent < -4 || exponent >= limit) {
        return write_scientific(value, &digits[..significant], exponent);
    }
    let places = significant as i64 - 1 - i64::from(exponent);
    write_fixed(value, digits, exponent, usize::try_from(places).unwrap_or(0))
}

fn write_fixed(value: f64, digits: &[u8], exponent: i32, places: usize) -> String {
    let digit = |power: i64| -> char {
        let index = i64::from(exponent) - power;
        let digit = usize::try_from(index).ok().and_then(|i| digits.get(i)).copied().unwrap_or(0);
        char::from(b'0' + digit)
    };
    let whole = if digits.is_empty() { 0 } else { exponent.max(0) };
    let mut out = String::from(sign(value));
    out.extend((0..=i64::from(whole)).rev().map(digit));
    if places > 0 {
        out.push('.');
        out.extend((1..=places as i64).map(|p| digit(-p)));
    }
    out
}

fn write_scientific(value: f64, digits: &[u8], exponent: i32) -> String {
    let mut out = format!("{}{}", sign(value), digits[0]);
    if digits.len() > 1 {
        out.push('.');
        out.extend(digits[1..].iter().map(|d| char::from(b'0' + d)));
    }
    out.push_str(&format!("e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn arithmetic_is_that_of_decimals() {
        type Operation = fn(Number, Number) -> Option<Number>;
        let table: [(&str, Operation, &str, Option<&str>); 14] = [
            ("0.1", add, "0.2", Some("0.3")),
            ("9223372036854775806", add, "1", Some("9223372036854775807")),
            ("1e300", add, "1", Some("1e300")),
            ("0.3", subtract, "0.1", Some("0.2")),
            ("0.1", multiply, "3", Some("0.3")),
            ("1e200", multiply, "1e200", None),
            ("0.3", divide, "0.1", Some("3")),
            ("1", divide, "8", Some("0.125")),
            ("1", divide, "3", Some("0.3333333333333333")),
            ("1", divide, "0", None),
            ("5.5", remainder, "2", Some("1.5")),
            ("-7", remainder, "3", Some("-1")),
            ("0.3", remainder, "0.1", Some("0")),
            ("1", remainder, "0", None),
        ];
        for (a, operation, b, want) in table {
            assert_eq!(operation(number(a), number(b)), want.map(number), "{a} {b}");
        }
    }

    #[test]
    fn forms_are_those_of_go() {
        for (value, want) in [
            (2.345, "2.34 2.345000e+00 2.34"),
            (0.5, "0.50 5.000000e-01 0.5"),
            (12345.678, "12345.68 1.234568e+04 1.23e+04"),
            (-0.00001, "-0.00 -1.000000e-05 -1e-05"),
            (999.999, "1000.00 9.999990e+02 1e+03"),
            (0.0, "0.00 0.000000e+00 0"),
        ] {
            let got = format!("{} {} {}", fixed(value, 2), scientific(value, Some(6)), general(value, 3));
            assert_eq!(got, want, "{value}");
        }
        for (value, want) in [(100_000.0, "100000"), (1e6, "1e+06"), (123_456_789.0, "1.23456789e+08")] {
            assert_eq!(shortest(value), want, "{value}");
        }
        assert_eq!(general(10.0, 10), "10");
        assert_eq!(general(1e10, 10), "1e+10");
    }
}
