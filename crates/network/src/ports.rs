//! Sets of ports of TCP and UDP, the protocols that something listens with.

use model::{Node, Value};

/// How many ports a protocol has.
const COUNT: u32 = 65_536;

/// A set of ports: those of TCP by their number, those of UDP behind them. Sorted intervals that do not touch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Ports(Vec<(u32, u32)>);

/// What a rule says of protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    All,
    Tcp,
    Udp,
    /// One that nothing listens with: ICMP, ESP and so on.
    Other,
}

impl Protocol {
    /// A name or a number of IANA's, as all providers write them; `-1`, `*`, `all` and `any` are all.
    pub(crate) fn parse(text: &str) -> Self {
        match text.trim().to_ascii_lowercase().as_str() {
            "-1" | "*" | "all" | "any" | "" => Protocol::All,
            "tcp" | "6" | "http" | "https" | "tls" => Protocol::Tcp,
            "udp" | "17" => Protocol::Udp,
            "tcp_udp" => Protocol::All,
            _ => Protocol::Other,
        }
    }
}

impl Ports {
    pub(crate) fn all() -> Self {
        Ports(vec![(0, 2 * COUNT - 1)])
    }

    pub(crate) fn tcp(port: u16) -> Self {
        Ports(vec![(u32::from(port), u32::from(port))])
    }

    /// All ports of a protocol.
    pub(crate) fn whole(protocol: Protocol) -> Self {
        Self::range(protocol, 0, u16::MAX)
    }

    pub(crate) fn range(protocol: Protocol, from: u16, to: u16) -> Self {
        let (from, to) = (u32::from(from), u32::from(to));
        Ports::tidy(match protocol {
            _ if from > to => Vec::new(),
            Protocol::All => vec![(from, to), (COUNT + from, COUNT + to)],
            Protocol::Tcp => vec![(from, to)],
            Protocol::Udp => vec![(COUNT + from, COUNT + to)],
            Protocol::Other => Vec::new(),
        })
    }

    /// `*`, `443`, `8000-8080`, `22,3389`.
    pub(crate) fn parse(protocol: Protocol, text: &str) -> Option<Self> {
        let number = |t: &str| t.trim().parse::<u16>().ok();
        let one = |t: &str| -> Option<Ports> {
            match t.trim() {
                "*" | "Any" | "any" => Some(Self::whole(protocol)),
                t => match t.split_once('-') {
                    Some((from, to)) => Some(Self::range(protocol, number(from)?, number(to)?)),
                    None => number(t).map(|p| Self::range(protocol, p, p)),
                },
            }
        };
        text.split(',').map(one).collect::<Option<Vec<_>>>().map(Self::of)
    }

    pub(crate) fn of(sets: impl IntoIterator<Item = Ports>) -> Self {
        Self::tidy(sets.into_iter().flat_map(|s| s.0).collect())
    }

    fn tidy(mut spans: Vec<(u32, u32)>) -> Self {
        spans.sort_unstable();
        let mut tidy: Vec<(u32, u32)> = Vec::with_capacity(spans.len());
        for (from, to) in spans {
            match tidy.last_mut() {
                Some(last) if from <= last.1 + 1 => last.1 = last.1.max(to),
                _ => tidy.push((from, to)),
            }
        }
        Ports(tidy)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn spans(&self) -> &[(u32, u32)] {
        &self.0
    }

    pub(crate) fn of_spans(spans: impl IntoIterator<Item = (u32, u32)>) -> Self {
        Self::tidy(spans.into_iter().collect())
    }

    pub(crate) fn and(&self, other: &Self) -> Self {
        let (mut i, mut j) = (0, 0);
        let mut both = Vec::new();
        while let (Some(a), Some(b)) = (self.0.get(i), other.0.get(j)) {
            if a.0 <= b.1 && b.0 <= a.1 {
                both.push((a.0.max(b.0), a.1.min(b.1)));
            }
            if a.1 < b.1 { i += 1 } else { j += 1 }
        }
        Ports(both)
    }
}

/// `tcp 443`, `tcp 80, tcp 8000-8080`, `any port`. Sets of many pieces are cut short.
impl std::fmt::Display for Ports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if *self == Ports::all() {
            return f.write_str("any port");
        }
        let halves = self.0.iter().flat_map(|(from, to)| {
            let tcp = (*from < COUNT).then(|| ("tcp", *from, (*to).min(COUNT - 1)));
            let udp = (*to >= COUNT).then(|| ("udp", from.max(&COUNT) - COUNT, to - COUNT));
            [tcp, udp].into_iter().flatten()
        });
        for (n, (protocol, from, to)) in halves.enumerate() {
            if n == 12 {
                return f.write_str(" and more");
            }
            f.write_str(if n > 0 { ", " } else { "" })?;
            match (from, to) {
                (0, 65_535) => write!(f, "any {protocol} port")?,
                (from, to) if from == to => write!(f, "{protocol} {from}")?,
                _ => write!(f, "{protocol} {from}-{to}")?,
            }
        }
        Ok(())
    }
}

/// A port number in a document, as a number or as text.
pub(crate) fn number(node: &Node) -> Option<i64> {
    match &node.value {
        Value::Number(n) => n.to_string().parse().ok(),
        Value::String(s) => s.trim().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_read_well() {
        for (protocol, text, want) in [
            (Protocol::All, "*", "any port"),
            (Protocol::Tcp, "443", "tcp 443"),
            (Protocol::Tcp, "*", "any tcp port"),
            (Protocol::Udp, "0-65535", "any udp port"),
            (Protocol::All, "53", "tcp 53, udp 53"),
            (Protocol::Tcp, "22,80-90,89-99", "tcp 22, tcp 80-99"),
            (Protocol::Other, "*", ""),
            (Protocol::Tcp, "9-1", ""),
        ] {
            assert_eq!(Ports::parse(protocol, text).unwrap().to_string(), want, "{text}");
        }
        assert_eq!(Ports::parse(Protocol::Tcp, "ssh"), None);
        assert_eq!(Ports::parse(Protocol::Tcp, "70000"), None);
    }

    #[test]
    fn sets_meet() {
        let ports = |text| Ports::parse(Protocol::Tcp, text).unwrap();
        assert_eq!(ports("1-10,20-30").and(&ports("5-25")), ports("5-10,20-25"));
        assert!(ports("1").and(&Ports::whole(Protocol::Udp)).is_empty());
    }
}
