//! A set of small numbers, one bit each.

/// A set of indices. Looking up or inserting an index past its end is allowed and does nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bits {
    words: Vec<u64>,
}

impl Bits {
    /// The empty set, with room for the indices below `len`.
    pub fn new(len: usize) -> Self {
        Bits { words: vec![0; len.div_ceil(64)] }
    }

    #[inline]
    pub fn contains(&self, index: usize) -> bool {
        self.words.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    /// Whether the index is new to the set.
    #[inline]
    pub fn insert(&mut self, index: usize) -> bool {
        let Some(word) = self.words.get_mut(index / 64) else { return false };
        let bit = 1 << (index % 64);
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    pub fn remove(&mut self, index: usize) {
        if let Some(word) = self.words.get_mut(index / 64) {
            *word &= !(1 << (index % 64));
        }
    }

    /// How many are in the set.
    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// The indices, ascending.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(at, word)| lanes(*word).map(move |bit| at * 64 + bit))
    }

    pub(super) fn words(&self) -> &[u64] {
        &self.words
    }
}

/// The positions of the bits of a word, ascending.
pub(super) fn lanes(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let lane = word.trailing_zeros();
        word &= word.wrapping_sub(1);
        (lane < 64).then_some(lane as usize)
    })
}

/// A fixed set that also numbers its members from zero.
#[derive(Clone, Debug, Default)]
pub(super) struct Numbered {
    bits: Bits,
    /// How many members come before each word.
    before: Vec<u32>,
    count: u32,
}

impl Numbered {
    pub(super) fn new(bits: Bits) -> Self {
        let mut count = 0;
        let mut before = Vec::with_capacity(bits.words().len());
        for word in bits.words() {
            before.push(count);
            count += word.count_ones();
        }
        Numbered { bits, before, count }
    }

    #[inline]
    pub(super) fn contains(&self, index: usize) -> bool {
        self.bits.contains(index)
    }

    /// The number of a member.
    #[inline]
    pub(super) fn number(&self, index: usize) -> usize {
        let lower = self.bits.words()[index / 64] & ((1 << (index % 64)) - 1);
        (self.before[index / 64] + lower.count_ones()) as usize
    }

    pub(super) fn count(&self) -> usize {
        self.count as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_counted_and_numbered() {
        let mut bits = Bits::new(130);
        let members = [0, 63, 64, 100, 129];
        assert!(members.iter().all(|i| bits.insert(*i)));
        assert!(!bits.insert(64) && !bits.insert(9999) && !bits.contains(9999));
        assert_eq!(bits.iter().collect::<Vec<_>>(), members);
        bits.remove(100);
        assert_eq!((bits.count(), bits.is_empty(), Bits::default().is_empty()), (4, false, true));

        let numbered = Numbered::new(bits);
        assert_eq!([0, 63, 64, 129].map(|i| numbered.number(i)), [0, 1, 2, 3]);
        assert_eq!((numbered.count(), numbered.contains(100)), (4, false));
    }
}
