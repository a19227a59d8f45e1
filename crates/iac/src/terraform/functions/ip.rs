//! Functions of IP networks. IPv4 and IPv6 differ only in how many bits an address has.

use std::net::{Ipv4Addr, Ipv6Addr};

use model::{Node, Number, Value};

use super::numeric::{of, whole};
use super::text::{known, string};

type Result<T = Node> = std::result::Result<T, String>;

/// An address with the length of its prefix.
#[derive(Clone, Copy)]
struct Network {
    /// In the low 32 bits for IPv4.
    address: u128,
    bits: u32,
    prefix: u32,
}

impl Network {
    /// Bits after the prefix are cleared. Octets may have leading zeros, and are decimal all the same.
    fn parse(text: &str) -> Result<Network> {
        let fault = || format!("{text:.60?} is not a CIDR address");
        let (address, prefix) = text.split_once('/').ok_or_else(fault)?;
        let decimal =
            |t: &str| t.bytes().all(|b| b.is_ascii_digit()).then(|| t.parse::<u32>().ok()).flatten();
        let prefix = decimal(prefix).ok_or_else(fault)?;
        let plain: String = address
            .split_inclusive(['.', ':'])
            .map(|part| {
                let digits = part.trim_end_matches(['.', ':']);
                // Only octets have leading zeros to lose: those of an IPv6 group have no meaning either.
                let zeros = digits.len() - digits.trim_start_matches('0').len();
                &part[zeros.min(digits.len().saturating_sub(1))..]
            })
            .collect();
        let (address, bits) = match (plain.parse::<Ipv4Addr>(), plain.parse::<Ipv6Addr>()) {
            (Ok(v4), _) => (u128::from(v4.to_bits()), 32),
            (_, Ok(v6)) => (v6.to_bits(), 128),
            _ => return Err(fault()),
        };
        if prefix > bits {
            return Err(fault());
        }
        Ok(Network { address: address & !low(bits - prefix), bits, prefix })
    }

    fn text(self) -> String {
        format!("{}/{}", self.address_text(), self.prefix)
    }

    fn address_text(self) -> String {
        if self.bits == 32 {
            Ipv4Addr::from_bits(self.address as u32).to_string()
        } else {
            v6_text(Ipv6Addr::from_bits(self.address))
        }
    }
}

/// The longest run of two or more zero groups is `::`; never a dotted quad.
fn v6_text(address: Ipv6Addr) -> String {
    let groups = address.segments();
    let run = |from: usize| groups[from..].iter().take_while(|g| **g == 0).count();
    let hex = |part: &[u16]| part.iter().map(|g| format!("{g:x}")).collect::<Vec<_>>().join(":");
    // The first of the longest runs.
    match (0..8).map(|at| (run(at), at)).max_by_key(|(length, at)| (*length, std::cmp::Reverse(*at))) {
        Some((length, at)) if length > 1 => {
            format!("{}::{}", hex(&groups[..at]), hex(&groups[at + length..]))
        }
        _ => hex(&groups),
    }
}

/// The lowest `count` bits.
fn low(count: u32) -> u128 {
    1u128.checked_shl(count).map_or(u128::MAX, |bit| bit - 1)
}

fn integer(node: &Node) -> Result<i128> {
    match of(node) {
        Number::Int(i) => Ok(i.into()),
        Number::Float(f) if f.fract() == 0.0 && f.abs() < 1e38 => Ok(f as i128),
        Number::Float(_) => Err("the value must be a whole number".to_owned()),
    }
}

/// A negative number counts from the end of the network.
pub(super) fn cidrhost(args: &[Node]) -> Result {
    let network = Network::parse(known(&args[0]))?;
    let number = integer(&args[1])?;
    let hosts = low(network.bits - network.prefix);
    let number =
        if number < 0 { hosts.checked_sub(number.unsigned_abs() - 1) } else { Some(number.unsigned_abs()) };
    match number {
        Some(number) if number <= hosts => {
            string(Network { address: network.address | number, ..network }.address_text())
        }
        _ => Err(format!("a prefix of {} bits has no host of that number", network.prefix)),
    }
}

pub(super) fn cidrnetmask(args: &[Node]) -> Result {
    let network = Network::parse(known(&args[0]))?;
    if network.bits != 32 {
        return Err("an IPv6 network has no netmask".to_owned());
    }
    string(Network { address: low(32) & !low(32 - network.prefix), ..network }.address_text())
}

pub(super) fn cidrsubnet(args: &[Node]) -> Result {
    let network = Network::parse(known(&args[0]))?;
    let (new_bits, number) = (whole(&args[1])?, integer(&args[2])?);
    let space = || format!("a prefix of {} bits cannot be extended by {new_bits}", network.prefix);
    let new_bits = u32::try_from(new_bits).map_err(|_| space())?;
    let prefix = network.prefix.checked_add(new_bits).filter(|p| *p <= network.bits).ok_or_else(space)?;
    let number = u128::try_from(number).ok().filter(|n| *n <= low(new_bits));
    let number =
        number.ok_or_else(|| format!("an extension by {new_bits} bits has no subnet of that number"))?;
    let address = network.address | number.checked_shl(network.bits - prefix).unwrap_or(0);
    string(Network { address, prefix, ..network }.text())
}

/// Subnets one after the other, each at the next place that its size allows.
pub(super) fn cidrsubnets(args: &[Node]) -> Result {
    let network = Network::parse(known(&args[0]))?;
    let mut next = Some(network.address);
    let last = network.address | low(network.bits - network.prefix);
    let mut subnets = Vec::new();
    for arg in &args[1..] {
        let new_bits = whole(arg)?;
        let new_bits = u32::try_from(new_bits).ok().filter(|n| *n > 0);
        let new_bits = new_bits.ok_or("a prefix must be extended by at least one bit")?;
        if new_bits > 32 {
            return Err("a prefix must not be extended by more than 32 bits".to_owned());
        }
        let prefix = network.prefix + new_bits;
        if prefix > network.bits {
            return Err(format!("a prefix of {prefix} bits is too long for the address"));
        }
        let size = low(network.bits - prefix);
        let full = || format!("no address space is left for a subnet with a prefix of {prefix} bits");
        let address = next.and_then(|n| n.checked_add(size)).map(|n| n & !size).filter(|n| *n <= last);
        let address = address.ok_or_else(full)?;
        next = (address | size).checked_add(1);
        subnets.push(string(Network { address, prefix, ..network }.text())?);
    }
    Ok(Value::list(subnets).into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::terraform::functions::call;
    use crate::terraform::functions::testing::{NoFiles, check, n};

    #[test]
    fn networks() {
        check(&[
            ("cidrhost", vec!["10.0.0.0/8".into(), (-1).into()], r#""10.255.255.255""#),
            (
                "cidrhost",
                vec!["10.0.0.0/30".into(), 4.into()],
                "error: a prefix of 30 bits has no host of that number",
            ),
            ("cidrhost", vec!["010.1.2.3/024".into(), 5.into()], r#""10.1.2.5""#),
            (
                "cidrhost",
                vec!["fd00:fd12:3456:7890:00a2::/72".into(), 34.into()],
                r#""fd00:fd12:3456:7890::22""#,
            ),
            ("cidrhost", vec!["fe80::/10".into(), n(18446744073709551616.0)], r#""fe80:0:0:1::""#),
            ("cidrhost", vec!["10.0.0.0".into(), 1.into()], "error: \"10.0.0.0\" is not a CIDR address"),
            ("cidrhost", vec!["::/0".into(), (-1).into()], r#""ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff""#),
            ("cidrnetmask", vec!["10.0.0.0/0".into()], r#""0.0.0.0""#),
            ("cidrnetmask", vec!["fd00::/8".into()], "error: an IPv6 network has no netmask"),
            ("cidrsubnet", vec!["172.16.0.0/12".into(), 4.into(), 2.into()], r#""172.18.0.0/16""#),
            (
                "cidrsubnet",
                vec!["10.1.2.0/24".into(), 4.into(), 16.into()],
                "error: an extension by 4 bits has no subnet of that number",
            ),
            (
                "cidrsubnet",
                vec!["10.1.2.0/24".into(), 9.into(), 1.into()],
                "error: a prefix of 24 bits cannot be extended by 9",
            ),
            ("cidrsubnet", vec!["fd00::/8".into(), 120.into(), 1.into()], r#""fd00::1/128""#),
            (
                "cidrsubnets",
                vec!["10.1.0.0/16".into(), 4.into(), 4.into(), 8.into(), 4.into()],
                r#"["10.1.0.0/20","10.1.16.0/20","10.1.32.0/24","10.1.48.0/20"]"#,
            ),
            (
                "cidrsubnets",
                vec!["10.1.0.0/16".into(), 1.into(), 1.into(), 1.into()],
                "error: no address space is left for a subnet with a prefix of 17 bits",
            ),
            (
                "cidrsubnets",
                vec!["255.255.255.254/31".into(), 1.into(), 1.into()],
                r#"["255.255.255.254/32","255.255.255.255/32"]"#,
            ),
        ]);
    }

    proptest! {
        #[test]
        fn a_host_lies_inside_its_network(address in any::<u128>(), prefix in 0u32..=128, number in any::<i64>()) {
            let network = format!("{}/{prefix}", Ipv6Addr::from_bits(address));
            if let Ok(host) = call("cidrhost", &[network.as_str().into(), number.into()], &NoFiles) {
                let back = Network::parse(&format!("{}/{prefix}", host.as_str().unwrap())).unwrap();
                prop_assert_eq!(back.address, Network::parse(&network).unwrap().address);
                let parsed: Ipv6Addr = host.as_str().unwrap().parse().unwrap();
                prop_assert_eq!(parsed.to_bits() & !low(128 - prefix), back.address);
            }
        }

        #[test]
        fn subnets_do_not_overlap(sizes in proptest::collection::vec(1i64..=8, 1..6)) {
            let args: Vec<Node> = [Node::from("10.0.0.0/16")].into_iter().chain(sizes.iter().map(|n| (*n).into())).collect();
            if let Ok(subnets) = call("cidrsubnets", &args, &NoFiles) {
                let parsed: Vec<Network> = subnets.as_list().unwrap().iter().map(|n| Network::parse(n.as_str().unwrap()).unwrap()).collect();
                for pair in parsed.windows(2) {
                    prop_assert!(pair[0].address + low(32 - pair[0].prefix) < pair[1].address);
                }
            }
        }
    }
}
