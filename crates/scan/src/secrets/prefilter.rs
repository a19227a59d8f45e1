//! Which of a few hundred words stand in a text, and where, in one pass over its bytes; case does not matter.
//!
//! Each word is known by three neighbouring bytes of it, the rarest it has. Every three bytes of the text are looked up in
//! a table of bits, which is the whole of the work where no word stands. An Aho-Corasick automaton does the same in one
//! dependent load for each byte, which takes more than twice as long; it is the oracle of the tests.

use rustc_hash::FxHashMap;

/// Bits of a hash of three bytes: the table takes 8 KiB, a quarter of what is nearest to a core.
const BITS: u32 = 16;
/// A word has at least so many bytes.
pub(super) const SHORTEST: usize = 3;

/// Words to look for, by their numbers.
pub(super) struct Prefilter {
    words: Vec<Box<[u8]>>,
    table: Box<[u64; 1 << (BITS - 6)]>,
    /// By three bytes: the words that are known by them, and how far into the word they stand.
    anchors: FxHashMap<u32, Vec<(u32, usize)>>,
}

/// Letters without their case. It makes some signs the same too, which only costs a comparison.
fn folded(four: u32) -> u32 {
    (four | 0x2020_2020) & 0x00ff_ffff
}

fn bit(three: u32) -> usize {
    (three.wrapping_mul(0x9e37_79b1) >> (32 - BITS)) as usize
}

fn gram(bytes: &[u8]) -> u32 {
    let mut four = [0; 4];
    for (to, from) in four.iter_mut().zip(bytes) {
        *to = *from;
    }
    folded(u32::from_le_bytes(four))
}

/// How rare three bytes are in source code, roughly.
fn rarity(three: &[u8]) -> u32 {
    let of = |byte: &u8| match byte.to_ascii_lowercase() {
        b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' | b' ' => 0,
        b'c' | b'd' | b'l' | b'm' | b'p' | b'u' | b'.' | b'/' => 2,
        b'f' | b'g' | b'h' | b'b' | b'y' | b'w' | b'_' | b'-' | b'"' | b'=' | b':' => 3,
        b'0'..=b'9' => 5,
        _ => 6,
    };
    three.iter().map(of).sum()
}

impl Prefilter {
    /// Words shorter than three bytes are never found.
    pub(super) fn new<'w>(words: impl IntoIterator<Item = &'w [u8]>) -> Self {
        let words: Vec<Box<[u8]>> = words.into_iter().map(|w| w.to_ascii_lowercase().into()).collect();
        let mut table = Box::new([0; 1 << (BITS - 6)]);
        let mut anchors: FxHashMap<u32, Vec<(u32, usize)>> = FxHashMap::default();
        for (number, word) in words.iter().enumerate() {
            let Some((offset, three)) = word.windows(SHORTEST).enumerate().max_by_key(|(_, w)| rarity(w))
            else {
                continue;
            };
            let three = gram(three);
            table[bit(three) / 64] |= 1 << (bit(three) % 64);
            anchors.entry(three).or_default().push((number as u32, offset));
        }
        Prefilter { words, table, anchors }
    }

    /// Calls `found` with the number of each word and where it begins; of one word in the order of the text.
    pub(super) fn each(&self, text: &[u8], mut found: impl FnMut(usize, usize)) {
        for (at, four) in text.windows(4).enumerate() {
            let four: [u8; 4] = [four[0], four[1], four[2], four[3]];
            let three = folded(u32::from_le_bytes(four));
            let bit = bit(three);
            if self.table[bit / 64] >> (bit % 64) & 1 == 1 {
                self.compare(text, at, three, &mut found);
            }
        }
        if let Some(at) = text.len().checked_sub(SHORTEST) {
            self.compare(text, at, gram(&text[at..]), &mut found);
        }
    }

    #[cold]
    fn compare(&self, text: &[u8], at: usize, three: u32, found: &mut dyn FnMut(usize, usize)) {
        for (word, offset) in self.anchors.get(&three).into_iter().flatten() {
            let (number, Some(start)) = (*word as usize, at.checked_sub(*offset)) else { continue };
            let word = &self.words[number];
            if text.get(start..start + word.len()).is_some_and(|here| here.eq_ignore_ascii_case(word)) {
                found(number, start);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use aho_corasick::AhoCorasick;
    use proptest::prelude::*;

    use super::*;

    const WORDS: [&str; 9] = ["abc", "ab_c", "bca", "cab", "aaa", "AbCa", "c-b", "abcabc", "b_c"];

    proptest! {
        #[test]
        fn finds_what_an_automaton_finds(text in "[abcABC_\\-]{0,60}") {
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
