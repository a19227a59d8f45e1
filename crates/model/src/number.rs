//! One number type for every dialect: exact for whole numbers, IEEE double otherwise.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A JSON number. Whole numbers in the range of `i64` are always held as `Int`, so equality is structural.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Number {
    Int(i64),
    Float(f64),
}

impl Number {
    /// The number nearest to `value`; whole values become `Int`. `None` for NaN and infinities.
    pub fn from_f64(value: f64) -> Option<Self> {
        const EXACT: f64 = 9_007_199_254_740_992.0; // 2^53: below it every whole double is exact
        if !value.is_finite() {
            None
        } else if value.fract() == 0.0 && value.abs() <= EXACT {
            Some(Number::Int(value as i64))
        } else {
            Some(Number::Float(value))
        }
    }

    /// Reads decimal text, with or without fraction and exponent.
    pub fn parse(text: &str) -> Option<Self> {
        let plausible = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
        if text.is_empty() || !text.chars().all(plausible) {
            return None;
        }
        match text.parse::<i64>() {
            Ok(int) => Some(Number::Int(int)),
            Err(_) => text.parse::<f64>().ok().and_then(Number::from_f64),
        }
    }

    pub fn as_f64(self) -> f64 {
        match self {
            Number::Int(i) => i as f64,
            Number::Float(f) => f,
        }
    }

    /// The whole number, if it is one and fits.
    pub fn as_i64(self) -> Option<i64> {
        match self {
            Number::Int(i) => Some(i),
            Number::Float(_) => None,
        }
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Number::Int(value)
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Number {}
impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Number::Int(a), Number::Int(b)) => a.cmp(b),
            (a, b) => a.as_f64().total_cmp(&b.as_f64()),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Number::Int(i) => write!(f, "{i}"),
            Number::Float(x) => write!(f, "{x}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_have_one_form() {
        for (text, want) in [("3", "3"), ("3.0", "3"), ("1e3", "1000"), ("0.5", "0.5"), ("-7", "-7")] {
            assert_eq!(Number::parse(text).unwrap().to_string(), want, "{text}");
        }
        assert_eq!(Number::parse("3.0"), Number::parse("3"));
        for bad in ["", "x", "inf", "NaN", "1 "] {
            assert_eq!(Number::parse(bad), None, "{bad}");
        }
    }
}
