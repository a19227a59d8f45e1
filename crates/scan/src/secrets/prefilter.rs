//! Which of a few hundred words stand in a text, and where, in one pass over its bytes; case does not matter.
//!
//! Each word is known by four neighbouring bytes of it, the rarest it has. Every four bytes of the text are looked up in a
//! table, eight places at a time, which is the whole of the work where no word stands. An Aho-Corasick automaton waits for
//! each byte before it can look at the next, and takes half as long again; it is the oracle of the tests.

/// Bits of a hash of four bytes.
const BITS: u32 = 17;
/// Places that are looked up together.
const TOGETHER: usize = 8;
/// A word has at least so many bytes. A short one is known by its bytes and any behind them.
const SHORTEST: usize = 3;
/// Pairs of letters that are frequent in code and English.
const FREQUENT: &[u8] =
    b"thheineranreonatenndtiesorteofedisitalarsttontngsehaasouiolevecomedehiriroicnearacelichllbemasiomurpeconvke";

/// Words to look for, by their numbers.
pub(super) struct Prefilter {
    words: Vec<Box<[u8]>>,
    /// By the hash of four bytes, whether any word is known by them.
    table: Box<[bool]>,
    /// Four bytes, the word that is known by them, and how far into it they stand; in the order of the hashes.
    anchors: Vec<(u32, usize, usize)>,
    /// By hash, the first of its anchors.
    first: Box<[u16]>,
}

/// Letters without their case. It makes some signs the same too, which only costs a comparison.
fn folded(four: [u8; 4]) -> u32 {
    u32::from_le_bytes(four) | 0x2020_2020
}

fn hash(four: u32) -> usize {
    (four.wrapping_mul(0x9e37_79b1) >> (32 - BITS)) as usize
}

/// How rare bytes are in source code, roughly.
fn rarity(bytes: &[u8]) -> usize {
    let of = |byte: &u8| match byte {
        b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' | b' ' => 0,
        b'c' | b'd' | b'l' | b'm' | b'p' | b'u' | b'.' | b'/' => 2,
        b'f' | b'g' | b'h' | b'b' | b'y' | b'w' | b'_' | b'-' | b'"' | b'=' | b':' => 3,
        b'0'..=b'9' => 5,
        _ => 6,
    };
    let rare = bytes.windows(2).filter(|pair| !FREQUENT.chunks(2).any(|other| other == *pair)).count();
    bytes.iter().map(of).sum::<usize>() + 3 * rare
}

/// What a word is known by: four bytes, and how far into it they stand.
fn anchors(word: &[u8]) -> Vec<(u32, usize)> {
    match *word {
        // Folding leaves so many last bytes to tell apart.
        [a, b, c] => {
            (0..128).map(|last| (folded([a, b, c, (last & 0x1f) | (last & 0x60) << 1]), 0)).collect()
        }
        _ => {
            let rarest = word.windows(4).enumerate().max_by_key(|(_, four)| rarity(four));
            rarest.map(|(at, w)| (folded([w[0], w[1], w[2], w[3]]), at)).into_iter().collect()
        }
    }
}

impl Prefilter {
    /// Words shorter than three bytes are never found.
    pub(super) fn new<'w>(words: impl IntoIterator<Item = &'w [u8]>) -> Self {
        let words: Vec<Box<[u8]>> = words.into_iter().map(|w| w.to_ascii_lowercase().into()).collect();
        let long = words.iter().map(|word| &**word).enumerate().filter(|(_, word)| word.len() >= SHORTEST);
        let of = |(number, word): (usize, &[u8])| {
            anchors(word).into_iter().map(move |(four, offset)| (four, number, offset))
        };
        let mut anchors: Vec<(u32, usize, usize)> = long.flat_map(of).collect();
        anchors.sort_by_key(|(four, ..)| hash(*four));
        let (mut table, mut first) = (vec![false; 1 << BITS], vec![0; 1 << BITS]);
        for (i, (four, ..)) in anchors.iter().enumerate().take(usize::from(u16::MAX)).rev() {
            table[hash(*four)] = true;
            first[hash(*four)] = i as u16;
        }
        Prefilter { words, table: table.into(), anchors, first: first.into() }
    }

    /// Calls `found` with the number of each word and where it begins.
    pub(super) fn each(&self, text: &[u8], mut found: impl FnMut(usize, usize)) {
        // Of a known length, so that no look-up is out of bounds.
        let Ok(table) = <&[bool; 1 << BITS]>::try_from(&*self.table) else { return };
        let four = |bytes: &[u8], i: usize| folded([bytes[i], bytes[i + 1], bytes[i + 2], bytes[i + 3]]);
        let mut at = 0;
        for bytes in text.windows(TOGETHER + 3).step_by(TOGETHER) {
            // Without a branch inside, the look-ups do not wait for each other.
            if (0..TOGETHER).fold(false, |any, i| any | table[hash(four(bytes, i))]) {
                for i in (0..TOGETHER).filter(|i| table[hash(four(bytes, *i))]) {
                    self.compare(text, at + i, four(bytes, i), &mut found);
                }
            }
            at += TOGETHER;
        }
        for i in at..text.len().saturating_sub(SHORTEST - 1) {
            let last = text.get(i + 3).copied().unwrap_or_default();
            self.compare(text, i, folded([text[i], text[i + 1], text[i + 2], last]), &mut found);
        }
    }

    fn compare(&self, text: &[u8], at: usize, four: u32, found: &mut impl FnMut(usize, usize)) {
        let first = usize::from(self.first[hash(four)]);
        let same_hash = self.anchors[first..].iter().take_while(|(other, ..)| hash(*other) == hash(four));
        for (_, number, offset) in same_hash.filter(|(other, ..)| *other == four) {
            let word = &self.words[*number];
            let start = at.checked_sub(*offset);
            let here = start.and_then(|start| text.get(start..start + word.len()));
            if let (Some(start), true) = (start, here.is_some_and(|here| here.eq_ignore_ascii_case(word))) {
                found(*number, start);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use aho_corasick::AhoCorasick;
    use proptest::prelude::*;

    use super::*;

    const WORDS: [&str; 9] = ["abc", "ab_c", "bca", "cab", "aaaa", "AbCa", "c-b", "abcabc", "b_c"];

    proptest! {
        #[test]
        fn finds_what_an_automaton_finds(text in "[abcABC_é\\-]{0,60}") {
            let automaton = AhoCorasick::builder().ascii_case_insensitive(true).build(WORDS).unwrap();
            let expected = automaton.find_overlapping_iter(&text).map(|m| (m.pattern().as_usize(), m.start()));
            let mut expected: Vec<_> = expected.collect();
            let mut got = Vec::new();
            let prefilter = Prefilter::new(WORDS.map(str::as_bytes));
            prefilter.each(text.as_bytes(), |word, at| got.push((word, at)));
            expected.sort_unstable();
            got.sort_unstable();
            prop_assert_eq!(got, expected);
        }
    }
}
