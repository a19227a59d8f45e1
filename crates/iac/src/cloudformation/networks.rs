//! Address blocks: what `Fn::Cidr` divides.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Blocks of one call, as CloudFormation limits it.
const MAX_BLOCKS: i64 = 256;

/// The first `count` blocks of `bits` host bits in `block`.
pub(super) fn subnets(block: &str, count: i64, bits: Option<i64>) -> Option<Vec<String>> {
    let (address, length) = block.trim().split_once('/')?;
    let (address, length): (IpAddr, u32) = (address.parse().ok()?, length.parse().ok()?);
    let (width, base) = match address {
        IpAddr::V4(v4) => (32, u128::from(u32::from(v4))),
        IpAddr::V6(v6) => (128, u128::from(v6)),
    };
    let host = u32::try_from(bits?).ok().filter(|host| *host < width)?;
    let free = width.checked_sub(length)?;
    if !(1..=MAX_BLOCKS).contains(&count) || host > free {
        return None;
    }
    // Whether so many blocks fit; more bits than these are more than enough for any count.
    let fits = free - host >= 9 || count <= 1 << (free - host);
    let mask = if free >= 128 { 0 } else { u128::MAX << free };
    let start = base & mask;
    let shown = |i: i64| {
        let at = start + ((i as u128) << host);
        let address = match width {
            32 => IpAddr::V4(Ipv4Addr::from(u32::try_from(at).unwrap_or(u32::MAX))),
            _ => IpAddr::V6(Ipv6Addr::from(at)),
        };
        format!("{address}/{}", width - host)
    };
    fits.then(|| (0..count).map(shown).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_divided() {
        let four = |block, count, bits| subnets(block, count, Some(bits)).map(|s| s.join(" "));
        for (block, count, bits, want) in [
            ("192.168.0.0/24", 3, 5, Some("192.168.0.0/27 192.168.0.32/27 192.168.0.64/27")),
            ("10.0.0.0/16", 2, 8, Some("10.0.0.0/24 10.0.1.0/24")),
            ("10.0.0.0/24", 9, 5, None),
            ("10.0.0.0/24", 0, 5, None),
            ("10.0.0.0/24", 1, 25, None),
            ("10.0.0.0/33", 1, 1, None),
            ("2001:db8::/56", 2, 64, Some("2001:db8::/64 2001:db8:0:1::/64")),
            ("::/0", 1, 127, Some("::/1")),
            ("x", 1, 1, None),
        ] {
            assert_eq!(four(block, count, bits).as_deref(), want, "{block} {count} {bits}");
        }
    }
}
