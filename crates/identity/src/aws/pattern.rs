//! Texts with wildcards and with pieces that are not known, and whether one covers or meets another.
//!
//! A text is a row of tokens. `*` and `?` are wildcards; a symbol stands for the name that a provider will give one
//! asset and equals itself alone; a hole stands for a value that the configuration does not tell and equals itself,
//! and perhaps anything. What a region or an account is, is seldom known: there a hole is taken to fit.

use std::sync::Arc;

pub(super) type Token = u32;
pub(super) const STAR: Token = 0x11_0000;
pub(super) const QUEST: Token = 0x11_0001;
/// One character that AWS picks: of the suffix of a secret's ARN.
pub(super) const RANDOM: Token = 0x11_0002;
/// An account or a region that is not known, and that whatever stands on the other side is taken to be.
pub(super) const FREE: Token = 0x11_0003;
const SYMBOL: Token = 0x4000_0000;
const HOLE: Token = 0x8000_0000;
const VARIABLE: Token = 0xC000_0000;
/// Longer texts are cut: nothing in AWS is that long.
const MAX: usize = 2_048;

pub(super) fn symbol(asset: usize) -> Token {
    SYMBOL | (asset as u32 & 0x3FFF_FFFF)
}
pub(super) fn hole(index: usize) -> Token {
    HOLE | (index as u32 & 0x3FFF_FFFF)
}
pub(super) fn variable(index: usize) -> Token {
    VARIABLE | (index as u32 & 0x3FFF_FFFF)
}
pub(super) fn as_variable(token: Token) -> Option<usize> {
    (token >= VARIABLE).then_some((token & 0x3FFF_FFFF) as usize)
}
pub(super) fn as_hole(token: Token) -> Option<usize> {
    (HOLE..VARIABLE).contains(&token).then_some((token & 0x3FFF_FFFF) as usize)
}
pub(super) fn as_symbol(token: Token) -> Option<usize> {
    is_symbol(token).then_some((token & 0x3FFF_FFFF) as usize)
}
fn is_symbol(token: Token) -> bool {
    (SYMBOL..HOLE).contains(&token)
}
/// Stands for itself alone.
fn is_literal(token: Token) -> bool {
    token < STAR || is_symbol(token)
}

/// How a pattern stands to a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meets {
    No,
    /// It fits whatever the text may be.
    Covers,
    /// It fits some of what the text may be.
    Some,
    /// It may fit: that hangs on a hole.
    Perhaps(usize),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Pattern {
    pub(super) tokens: Arc<[Token]>,
    /// Where the five colons of an ARN are.
    colons: Option<[u16; 5]>,
    pub(super) variables: bool,
}

impl Pattern {
    pub(super) fn new(mut tokens: Vec<Token>) -> Self {
        tokens.truncate(MAX);
        let colons = colons(&tokens);
        if let Some(at) = colons
            && is_text(&tokens[at[1] as usize + 1..at[2] as usize], "sagemaker")
        {
            // SageMaker writes names in ARNs in lower case, however they were given.
            for token in &mut tokens[at[4] as usize + 1..] {
                *token = lower(*token);
            }
        }
        let variables = tokens.iter().any(|t| *t >= VARIABLE);
        Pattern { tokens: tokens.into(), colons, variables }
    }

    /// Text without wildcards.
    pub(super) fn literal(text: &str) -> Self {
        Pattern::new(text.chars().map(Token::from).collect())
    }

    /// Text in which `*` and `?` are wildcards.
    pub(super) fn glob(text: &str) -> Self {
        Pattern::new(text.chars().map(wild).collect())
    }

    pub(super) fn is_everything(&self) -> bool {
        !self.tokens.is_empty() && self.tokens.iter().all(|t| *t == STAR)
    }

    /// Partition, service, region, account (1 to 4), or the resource (5).
    pub(super) fn part(&self, part: usize) -> Option<&[Token]> {
        let at = self.colons?;
        let start = at[part - 1] as usize + 1;
        let end = at.get(part).map_or(self.tokens.len(), |end| *end as usize);
        Some(&self.tokens[start..end])
    }

    /// The text, if all of it is known and nothing in it is wild.
    pub(super) fn known(&self) -> Option<String> {
        text(&self.tokens)
    }

    /// What `self`, a pattern of a policy, says of `other`, what is asked for.
    pub(super) fn meets(&self, other: &Pattern) -> Meets {
        if self.is_everything() {
            return Meets::Covers;
        }
        let (Some(_), Some(_)) = (self.colons, other.colons) else {
            return compare(&self.tokens, &other.tokens);
        };
        let mut met = Meets::Covers;
        for part in 1..=5 {
            let (Some(mine), Some(theirs)) = (self.part(part), other.part(part)) else { return Meets::No };
            let here = match part {
                5 => compare(mine, theirs),
                _ if mine == theirs || unsure(mine) || unsure(theirs) => Meets::Covers,
                _ => compare(mine, theirs),
            };
            met = match (met, here) {
                (Meets::No, _) | (_, Meets::No) => return Meets::No,
                (Meets::Perhaps(hole), _) | (_, Meets::Perhaps(hole)) => Meets::Perhaps(hole),
                (Meets::Some, _) | (_, Meets::Some) => Meets::Some,
                (Meets::Covers, Meets::Covers) => Meets::Covers,
            };
        }
        met
    }

    /// What every resource that this pattern fits begins with: service and resource up to the first wildcard. None
    /// where that says nothing.
    pub(super) fn key(&self) -> Option<Vec<Token>> {
        let (service, resource) = (self.part(2)?, self.part(5)?);
        if !service.iter().all(|t| is_literal(*t)) {
            return None;
        }
        let known = resource.iter().take_while(|t| is_literal(**t));
        Some(service.iter().copied().chain([Token::from(':')]).chain(known.copied()).collect())
    }

    pub(super) fn has_holes(&self) -> bool {
        self.tokens.iter().any(|t| as_hole(*t).is_some())
    }

    /// The same with each variable replaced.
    pub(super) fn with_variables(&self, value: &dyn Fn(usize) -> Vec<Token>) -> Pattern {
        let mut tokens = Vec::with_capacity(self.tokens.len() + 16);
        for token in self.tokens.iter() {
            match as_variable(*token) {
                Some(variable) => tokens.extend(value(variable)),
                None => tokens.push(*token),
            }
        }
        Pattern::new(tokens)
    }
}

pub(super) fn text(tokens: &[Token]) -> Option<String> {
    tokens.iter().map(|t| char::from_u32(*t).filter(|_| *t < STAR)).collect()
}

/// The token for a character of a pattern.
pub(super) fn wild(c: char) -> Token {
    match c {
        '*' => STAR,
        '?' => QUEST,
        c => Token::from(c),
    }
}

fn lower(token: Token) -> Token {
    match char::from_u32(token) {
        Some(c) if c.is_ascii_uppercase() => Token::from(c.to_ascii_lowercase()),
        _ => token,
    }
}

fn is_text(tokens: &[Token], text: &str) -> bool {
    tokens.iter().copied().eq(text.chars().map(Token::from))
}

/// Of a partition, region or account: nothing definite.
fn unsure(tokens: &[Token]) -> bool {
    tokens.iter().any(|t| *t == FREE || *t >= SYMBOL)
}

fn colons(tokens: &[Token]) -> Option<[u16; 5]> {
    if !tokens.starts_with(&[Token::from('a'), Token::from('r'), Token::from('n'), Token::from(':')]) {
        return None;
    }
    let mut at = tokens.iter().enumerate().filter(|(_, t)| **t == Token::from(':')).map(|(i, _)| i as u16);
    let mut five = [0; 5];
    for place in &mut five {
        *place = at.next()?;
    }
    Some(five)
}

fn compare(pattern: &[Token], text: &[Token]) -> Meets {
    if covers(pattern, text) {
        return Meets::Covers;
    }
    if overlaps(pattern, text, false) {
        return Meets::Some;
    }
    let hole = pattern.iter().chain(text).find_map(|t| as_hole(*t));
    match hole {
        Some(hole) if overlaps(pattern, text, true) => Meets::Perhaps(hole),
        _ => Meets::No,
    }
}

/// Whether one token of a pattern, no `*`, takes one token of a text.
fn takes(pattern: Token, text: Token) -> bool {
    if pattern == text {
        return pattern != STAR;
    }
    match (pattern, text) {
        (QUEST, text) => text < STAR || text == RANDOM,
        // A suffix that somebody wrote out is the one that AWS picked.
        (letter, RANDOM) => char::from_u32(letter).is_some_and(|c| c.is_ascii_alphanumeric()),
        _ => false,
    }
}

/// Whether the pattern fits whatever the text's own wildcards and symbols stand for: only `*` takes those.
fn covers(pattern: &[Token], text: &[Token]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if p < pattern.len() && pattern[p] == STAR {
            star = Some((p, t));
            p += 1;
        } else if p < pattern.len() && takes(pattern[p], text[t]) {
            p += 1;
            t += 1;
        } else if let Some((at, from)) = star {
            star = Some((at, from + 1));
            p = at + 1;
            t = from + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|t| *t == STAR)
}

/// Whether some text fits both. With `flexible`, holes stand for anything.
fn overlaps(a: &[Token], b: &[Token], flexible: bool) -> bool {
    let (mut a, mut b) = (a, b);
    // Most pairs part where both are plain: at their beginnings or their ends.
    while let ([x, rest_a @ ..], [y, rest_b @ ..]) = (a, b)
        && is_literal(*x)
        && is_literal(*y)
    {
        if x != y {
            return false;
        }
        (a, b) = (rest_a, rest_b);
    }
    while let ([rest_a @ .., x], [rest_b @ .., y]) = (a, b)
        && is_literal(*x)
        && is_literal(*y)
    {
        if x != y {
            return false;
        }
        (a, b) = (rest_a, rest_b);
    }
    let many = |t: Token| t == STAR || t == FREE || flexible && t >= HOLE;
    // Row by row over `b`: whether the rests from (i, j) on meet.
    let mut next = vec![false; b.len() + 1];
    for i in (0..=a.len()).rev() {
        let mut row = vec![false; b.len() + 1];
        for j in (0..=b.len()).rev() {
            row[j] = match (a.get(i), b.get(j)) {
                (None, None) => true,
                (Some(x), _) if many(*x) => next[j] || j < b.len() && row[j + 1],
                (_, Some(y)) if many(*y) => row[j + 1] || i < a.len() && next[j],
                (Some(x), Some(y)) => {
                    let one = takes(*x, *y) || takes(*y, *x) || *x == QUEST && *y == QUEST;
                    one && next[j + 1]
                }
                _ => false,
            };
        }
        next = row;
    }
    next[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn naive(pattern: &[char], text: &[char]) -> bool {
        match (pattern.first(), text.first()) {
            (None, None) => true,
            (Some('*'), _) => naive(&pattern[1..], text) || !text.is_empty() && naive(pattern, &text[1..]),
            (Some('?'), Some(_)) => naive(&pattern[1..], &text[1..]),
            (Some(p), Some(t)) => p == t && naive(&pattern[1..], &text[1..]),
            _ => false,
        }
    }

    /// Every text of up to `n` letters.
    fn texts(n: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut last = all.clone();
        for _ in 0..n {
            last = last.iter().flat_map(|t| ["a", "b"].map(|c| format!("{t}{c}"))).collect();
            all.extend(last.clone());
        }
        all
    }

    proptest! {
        #[test]
        fn a_pattern_fits_as_the_naive_matcher_says(pattern in "[ab*?]{0,6}", text in "[ab]{0,7}") {
            let chars = |t: &str| t.chars().collect::<Vec<_>>();
            let fits = naive(&chars(&pattern), &chars(&text));
            let met = Pattern::glob(&pattern).meets(&Pattern::literal(&text));
            prop_assert_eq!(met, if fits { Meets::Covers } else { Meets::No });
        }

        #[test]
        fn two_patterns_meet_as_their_texts_do(a in "[ab*?]{0,4}", b in "[ab*?]{0,4}") {
            let chars = |t: &str| t.chars().collect::<Vec<_>>();
            let (pa, pb) = (chars(&a), chars(&b));
            let all: Vec<Vec<char>> = texts(8).iter().map(|t| chars(t)).collect();
            let some = all.iter().any(|t| naive(&pa, t) && naive(&pb, t));
            let every = all.iter().filter(|t| naive(&pb, t)).all(|t| naive(&pa, t));
            match Pattern::glob(&a).meets(&Pattern::glob(&b)) {
                Meets::Covers => prop_assert!(every),
                Meets::Some => prop_assert!(some),
                Meets::No => prop_assert!(!some),
                Meets::Perhaps(_) => prop_assert!(false),
            }
        }
    }

    #[test]
    fn what_is_not_known() {
        let text = |parts: &[Vec<Token>]| Pattern::new(parts.concat());
        let lit = |t: &str| t.chars().map(wild).collect::<Vec<Token>>();
        let one = |t: Token| vec![t];
        let bucket = text(&[lit("arn:aws:s3:::"), one(symbol(7)), lit("/*")]);
        assert_eq!(bucket.meets(&bucket), Meets::Covers, "itself");
        assert_eq!(
            Pattern::glob("arn:aws:s3:::data/*").meets(&bucket),
            Meets::No,
            "a name that is not made yet"
        );
        assert_eq!(Pattern::glob("arn:aws:s3:::*").meets(&bucket), Meets::Covers);
        let below = text(&[lit("arn:aws:s3:::"), one(symbol(7)), lit("/public/*")]);
        assert_eq!(below.meets(&bucket), Meets::Some);
        let unsaid = text(&[lit("arn:aws:s3:::"), one(hole(1)), lit("-data/*")]);
        assert_eq!(unsaid.meets(&Pattern::glob("arn:aws:s3:::x-data/*")), Meets::Perhaps(1));
        assert_eq!(unsaid.meets(&Pattern::glob("arn:aws:s3:::x-logs")), Meets::No);
        assert_eq!(unsaid.meets(&unsaid), Meets::Covers);
        let free = text(&[lit("arn:aws:lambda:"), one(FREE), lit(":"), one(FREE), lit(":function:f")]);
        let there = |t: &str| Pattern::glob(t).meets(&free);
        assert_eq!(there("arn:aws:lambda:us-east-1:111122223333:function:f"), Meets::Covers);
        assert_eq!(there("arn:aws:lambda:*:*:function:g"), Meets::No);
        let suffix = text(&[lit("arn:aws:secretsmanager:r:a:secret:db-"), vec![RANDOM; 6]]);
        for written in ["db-??????", "db-*", "db*", "db-AbCdEf"] {
            let written = Pattern::glob(&format!("arn:aws:secretsmanager:r:a:secret:{written}"));
            assert_eq!(written.meets(&suffix), Meets::Covers, "{written:?}");
        }
        assert_eq!(Pattern::glob("arn:aws:secretsmanager:r:a:secret:db").meets(&suffix), Meets::No);
    }
}
