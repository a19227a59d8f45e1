//! Networks of addresses.
//! <https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-functions-cidr>

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use model::{Node, Value};

use super::{int, made, text};
use crate::arm::eval::Evaluated;

#[derive(Clone, Copy)]
struct Network {
    /// In the low 32 bits for IPv4.
    address: u128,
    bits: u32,
    prefix: u32,
}

impl Network {
    fn parse(text: &str) -> Result<Network, String> {
        let fault = || format!("{text:.60?} is no network");
        let (address, prefix) = text.split_once('/').ok_or_else(fault)?;
        let prefix: u32 = prefix.parse().map_err(|_| fault())?;
        let (address, bits) = match (address.parse::<Ipv4Addr>(), address.parse::<Ipv6Addr>()) {
            (Ok(v4), _) => (u128::from(v4.to_bits()), 32),
            (_, Ok(v6)) => (v6.to_bits(), 128),
            _ => return Err(fault()),
        };
        if prefix > bits {
            return Err(fault());
        }
        Ok(Network { address: address & !low(bits - prefix), bits, prefix })
    }

    fn shown(self, address: u128) -> String {
        if self.bits == 32 {
            Ipv4Addr::from_bits(address as u32).to_string()
        } else {
            Ipv6Addr::from_bits(address).to_string()
        }
    }

    fn last(self) -> u128 {
        self.address | low(self.bits - self.prefix)
    }

    /// The first address that a host may have: in IPv4 the network's own and the broadcast are none.
    fn usable(self) -> (u128, u128) {
        if self.bits == 32 && self.prefix < 31 {
            (self.address + 1, self.last() - 1)
        } else {
            (self.address, self.last())
        }
    }
}

/// The lowest `count` bits.
fn low(count: u32) -> u128 {
    1u128.checked_shl(count).map_or(u128::MAX, |bit| bit - 1)
}

pub(super) fn parse(arguments: &[Node]) -> Evaluated {
    let network = Network::parse(text(&arguments[0])?)?;
    let (first, last) = network.usable();
    let mask = low(network.bits) & !low(network.bits - network.prefix);
    let mut entries: BTreeMap<Arc<str>, Node> = BTreeMap::new();
    let mut put = |name: &str, address: u128| {
        entries.insert(name.into(), network.shown(address).as_str().into());
    };
    put("network", network.address);
    put("netmask", mask);
    if network.bits == 32 {
        put("broadcast", network.last());
    }
    put("firstUsable", first);
    put("lastUsable", last);
    entries.insert("cidr".into(), i64::from(network.prefix).into());
    Ok(Value::map(entries).into())
}

pub(super) fn subnet(arguments: &[Node]) -> Evaluated {
    let network = Network::parse(text(&arguments[0])?)?;
    let fault = || "there is no such subnet in the network".to_owned();
    let prefix = u32::try_from(int(&arguments[1])?).map_err(|_| fault())?;
    let index = u128::try_from(int(&arguments[2])?).map_err(|_| fault())?;
    if prefix < network.prefix || prefix > network.bits || index > low(prefix - network.prefix) {
        return Err(fault());
    }
    let address = network.address + index.checked_shl(network.bits - prefix).unwrap_or(0);
    made(format!("{}/{prefix}", network.shown(address)))
}

pub(super) fn host(arguments: &[Node]) -> Evaluated {
    let network = Network::parse(text(&arguments[0])?)?;
    let fault = || "there is no such host in the network".to_owned();
    let index = u128::try_from(int(&arguments[1])?).map_err(|_| fault())?;
    let (first, last) = network.usable();
    let address = first.checked_add(index).filter(|a| *a <= last).ok_or_else(fault)?;
    made(network.shown(address))
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use serde_json::json;

    #[test]
    fn as_documented() {
        check(&[
            (
                "parseCidr",
                json!(["10.144.0.0/20"]),
                Ok(
                    r#"{"broadcast":"10.144.15.255","cidr":20,"firstUsable":"10.144.0.1","lastUsable":"10.144.15.254","netmask":"255.255.240.0","network":"10.144.0.0"}"#,
                ),
            ),
            ("cidrSubnet", json!(["10.144.0.0/20", 24, 0]), Ok(r#""10.144.0.0/24""#)),
            ("cidrSubnet", json!(["10.144.0.0/20", 24, 4]), Ok(r#""10.144.4.0/24""#)),
            ("cidrSubnet", json!(["10.144.0.0/20", 24, 16]), Err(())),
            ("cidrSubnet", json!(["fdad:3236:5555::/48", 52, 3]), Ok(r#""fdad:3236:5555:3000::/52""#)),
            ("cidrHost", json!(["10.144.3.0/24", 0]), Ok(r#""10.144.3.1""#)),
            ("cidrHost", json!(["10.144.3.0/24", 254]), Err(())),
            ("cidrHost", json!(["10.144.3.0/33", 0]), Err(())),
            ("cidrSubnet", json!(["::/0", 128, i64::MAX]), Ok(r#""::7fff:ffff:ffff:ffff/128""#)),
        ]);
    }
}
