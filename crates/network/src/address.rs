//! Sets of IP addresses of both families, exact: sorted intervals that do not touch. What a rule does with them is in `packets`.

use std::net::IpAddr;

/// The addresses from one to another, both included. Version 4 comes before version 6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Span {
    six: bool,
    from: u128,
    to: u128,
}

/// A set of addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Addresses(Vec<Span>);

/// Special-purpose ranges that no packet on the internet comes from (IANA registries of special-purpose addresses,
/// <https://www.iana.org/assignments/iana-ipv4-special-registry>, <https://www.iana.org/assignments/iana-ipv6-special-registry>).
const NOT_PUBLIC: &[&str] = &[
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/3",
];

impl Addresses {
    pub(crate) fn all() -> Self {
        Addresses(vec![
            Span { six: false, from: 0, to: u128::from(u32::MAX) },
            Span { six: true, from: 0, to: u128::MAX },
        ])
    }

    /// Every address that the internet has: of version 6 the global unicast ones.
    pub(crate) fn public() -> Self {
        let special = Self::of(NOT_PUBLIC.iter().filter_map(|c| Self::parse(c)));
        let six = Self::parse("2000::/3").unwrap_or_default();
        Self::four().without(&special).or(&six)
    }

    /// Of version 4.
    pub(crate) fn four() -> Self {
        Addresses(vec![Span { six: false, from: 0, to: u128::from(u32::MAX) }])
    }

    /// Of version 6.
    pub(crate) fn six() -> Self {
        Addresses(vec![Span { six: true, from: 0, to: u128::MAX }])
    }

    /// A range, an address, or the addresses from one to another: `10.0.0.0/8`, `::1`, `10.0.0.4-10.0.0.9`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let number = |address: IpAddr| match address {
            IpAddr::V4(a) => (false, u128::from(u32::from(a))),
            IpAddr::V6(a) => (true, u128::from(a)),
        };
        let text = text.trim();
        let span = if let Some((address, length)) = text.split_once('/') {
            let (six, at) = number(address.trim().parse().ok()?);
            let bits: u32 = if six { 128 } else { 32 };
            let length: u32 = length.trim().parse().ok().filter(|l| *l <= bits)?;
            let rest = match bits - length {
                128 => u128::MAX,
                free => (1u128 << free) - 1,
            };
            Span { six, from: at & !rest, to: (at & !rest) | rest }
        } else if let Some((from, to)) = text.split_once('-') {
            let ((six, from), (other, to)) =
                (number(from.trim().parse().ok()?), number(to.trim().parse().ok()?));
            if six != other || from > to {
                return None;
            }
            Span { six, from, to }
        } else {
            let (six, at) = number(text.parse().ok()?);
            Span { six, from: at, to: at }
        };
        Some(Addresses(vec![span]))
    }

    /// All of them together.
    pub(crate) fn of(sets: impl IntoIterator<Item = Addresses>) -> Self {
        Self::tidy(sets.into_iter().flat_map(|set| set.0).collect())
    }

    fn tidy(mut spans: Vec<Span>) -> Self {
        spans.sort_unstable();
        let mut tidy: Vec<Span> = Vec::with_capacity(spans.len());
        for span in spans {
            match tidy.last_mut() {
                Some(last) if last.six == span.six && span.from <= last.to.saturating_add(1) => {
                    last.to = last.to.max(span.to);
                }
                _ => tidy.push(span),
            }
        }
        Addresses(tidy)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many intervals there are: the work that one operation takes.
    pub(crate) fn size(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn or(&self, other: &Self) -> Self {
        match (self.is_empty(), other.is_empty()) {
            (true, _) => other.clone(),
            (_, true) => self.clone(),
            _ => Self::tidy(self.0.iter().chain(&other.0).copied().collect()),
        }
    }

    pub(crate) fn and(&self, other: &Self) -> Self {
        let (mut a, mut b) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut both = Vec::new();
        while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
            if x.six == y.six && x.from <= y.to && y.from <= x.to {
                both.push(Span { six: x.six, from: x.from.max(y.from), to: x.to.min(y.to) });
            }
            if (x.six, x.to) < (y.six, y.to) {
                a.next()
            } else {
                b.next()
            };
        }
        Addresses(both)
    }

    pub(crate) fn without(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        let mut cuts = other.0.iter().peekable();
        for span in &self.0 {
            let mut from = Some(span.from);
            while let Some(cut) = cuts.peek() {
                if (cut.six, cut.to) < (span.six, span.from) {
                    cuts.next();
                    continue;
                }
                if (cut.six, cut.from) > (span.six, span.to) {
                    break;
                }
                if let Some(start) = from.filter(|start| *start < cut.from) {
                    left.push(Span { six: span.six, from: start, to: cut.from - 1 });
                }
                from = cut.to.checked_add(1).filter(|next| *next <= span.to);
                if cut.to > span.to || from.is_none() {
                    from = None;
                    break;
                }
                cuts.next();
            }
            if let Some(start) = from {
                left.push(Span { six: span.six, from: start, to: span.to });
            }
        }
        Addresses(left)
    }

    pub(crate) fn holds_all(&self, other: &Self) -> bool {
        other.without(self).is_empty()
    }

    /// Whether it holds so much of a family's public addresses that anybody may be among them: a quarter.
    pub(crate) fn is_the_internet(&self) -> bool {
        let count = |six: bool| -> u128 {
            self.0
                .iter()
                .filter(|s| s.six == six)
                .map(|s| (s.to - s.from).saturating_add(1))
                .fold(0, u128::saturating_add)
        };
        count(false) >= 1 << 30 || count(true) >= 1 << 123
    }

    /// As ranges in the usual notation, at most `limit` of them, and whether that is all.
    pub(crate) fn ranges(&self, limit: usize) -> (Vec<String>, bool) {
        let mut ranges = Vec::new();
        for span in &self.0 {
            let bits: u32 = if span.six { 128 } else { 32 };
            let mut from = span.from;
            loop {
                if ranges.len() >= limit {
                    return (ranges, false);
                }
                // The widest block that begins here and does not go beyond the end.
                let left = span.to - from;
                let fits = 128
                    - left.leading_zeros()
                    - u32::from(left.checked_add(1).is_some_and(|n| !n.is_power_of_two()));
                let free = from.trailing_zeros().min(bits).min(fits);
                let block = if free >= 128 { u128::MAX } else { (1u128 << free) - 1 };
                let address = match span.six {
                    true => IpAddr::V6(from.into()),
                    false => IpAddr::V4(u32::try_from(from).unwrap_or(u32::MAX).into()),
                };
                ranges.push(format!("{address}/{}", bits - free));
                match from.checked_add(block).and_then(|last| last.checked_add(1)) {
                    Some(next) if next <= span.to => from = next,
                    _ => break,
                }
            }
        }
        (ranges, true)
    }

    #[cfg(test)]
    pub(crate) fn has(&self, address: &str) -> bool {
        Self::parse(address).is_some_and(|one| self.holds_all(&one))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(texts: &[&str]) -> Addresses {
        Addresses::of(texts.iter().map(|t| Addresses::parse(t).unwrap()))
    }

    #[test]
    fn ranges_are_read_and_written() {
        for (texts, want) in [
            (&["10.0.0.0/8"][..], &["10.0.0.0/8"][..]),
            (&["10.0.0.7/8", "11.0.0.0/8"], &["10.0.0.0/7"]),
            (&["10.0.0.1", "10.0.0.2-10.0.0.4"], &["10.0.0.1/32", "10.0.0.2/31", "10.0.0.4/32"]),
            (&["0.0.0.0/0", "::/0"], &["0.0.0.0/0", "::/0"]),
            (&["0.0.0.0/1", "128.0.0.0/1"], &["0.0.0.0/0"]),
            (&["2001:db8::/32"], &["2001:db8::/32"]),
        ] {
            assert_eq!(
                set(texts).ranges(9),
                (want.iter().map(|w| (*w).to_owned()).collect(), true),
                "{texts:?}"
            );
        }
        for bad in ["", "10.0.0.0/33", "10.0.0", "::/129", "10.0.0.9-10.0.0.1", "10.0.0.1-::1", "Internet"] {
            assert_eq!(Addresses::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_internet_is_most_of_what_is_public() {
        for (texts, want) in [
            (&["0.0.0.0/0"][..], true),
            (&["::/0"], true),
            (&["0.0.0.0/1", "128.0.0.0/1"], true),
            (&["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"], false),
            (&["8.0.0.0/8"], false),
            (&["2001:db8::/32"], false),
        ] {
            assert_eq!(set(texts).and(&Addresses::public()).is_the_internet(), want, "{texts:?}");
        }
        assert!(!Addresses::public().has("10.1.2.3") && Addresses::public().has("8.8.8.8"));
        assert!(Addresses::public().has("2600::1") && !Addresses::public().has("fd00::1"));
    }

    fn small() -> impl Strategy<Value = Vec<(u8, u8, bool)>> {
        prop::collection::vec((0u8..64, 0u8..16, any::<bool>()), 0..6)
    }

    fn built(parts: &[(u8, u8, bool)]) -> Addresses {
        Addresses::tidy(
            parts
                .iter()
                .map(|(from, length, six)| {
                    // Near both ends of the space, where sums overflow.
                    let from = u128::from(*from) + if *six { u128::MAX - 79 } else { 0 };
                    Span { six: *six, from, to: from.saturating_add(u128::from(*length)) }
                })
                .collect(),
        )
    }

    fn holds(set: &Addresses, six: bool, at: u128) -> bool {
        set.0.iter().any(|s| s.six == six && s.from <= at && at <= s.to)
    }

    proptest! {
        #[test]
        fn sets_behave_as_sets(a in small(), b in small()) {
            let (a, b) = (built(&a), built(&b));
            for six in [false, true] {
                for at in 0..80u128 {
                    let at = if six { u128::MAX - 79 + at } else { at };
                    let (x, y) = (holds(&a, six, at), holds(&b, six, at));
                    prop_assert_eq!(holds(&a.or(&b), six, at), x || y);
                    prop_assert_eq!(holds(&a.and(&b), six, at), x && y);
                    prop_assert_eq!(holds(&a.without(&b), six, at), x && !y);
                }
            }
            let (ranges, whole) = a.ranges(1000);
            prop_assert!(whole);
            prop_assert_eq!(Addresses::of(ranges.iter().map(|r| Addresses::parse(r).unwrap())), a);
        }
    }
}
