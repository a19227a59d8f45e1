//! Names that are computed from other names.
//!
//! `guid` is a version 5 UUID of the values joined with hyphens, in a namespace of Azure's own
//! (<https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-functions-string#guid>). `uniqueString` is a
//! 64-bit Murmur hash of the same text in thirteen letters of Base32
//! (<https://learn.microsoft.com/powershell/dsc/reference/schemas/config/functions/uniquestring>).

use model::Node;
use uuid::{Uuid, uuid};

use super::{made, text};
use crate::arm::access::joined;
use crate::arm::eval::Evaluated;

const NAMESPACE: Uuid = uuid!("11fb06fb-712d-4ddd-98c7-e71bbd588830");
const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

fn hyphenated(arguments: &[Node]) -> Result<String, String> {
    let mut parts = Vec::new();
    for argument in arguments {
        parts.push(text(&joined([argument])?)?.to_string());
    }
    Ok(parts.join("-"))
}

pub(super) fn guid(arguments: &[Node]) -> Evaluated {
    made(Uuid::new_v5(&NAMESPACE, hyphenated(arguments)?.as_bytes()).to_string())
}

pub(super) fn unique_string(arguments: &[Node]) -> Evaluated {
    let mut hash = murmur(hyphenated(arguments)?.as_bytes());
    let mut out = String::with_capacity(13);
    for _ in 0..13 {
        out.push(LETTERS[(hash >> 59) as usize] as char);
        hash <<= 5;
    }
    made(out)
}

/// MurmurHash3 in two lanes of 32 bits.
fn murmur(bytes: &[u8]) -> u64 {
    const A: u32 = 0x239b_961b;
    const B: u32 = 0xab0e_9789;
    let first = |k: u32| k.wrapping_mul(A).rotate_left(15).wrapping_mul(B);
    let second = |k: u32| k.wrapping_mul(B).rotate_left(17).wrapping_mul(A);
    let word = |bytes: &[u8]| bytes.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte));
    let (mut x, mut y) = (0u32, 0u32);
    let mut blocks = bytes.chunks_exact(8);
    for block in &mut blocks {
        x = (x ^ first(word(&block[..4])))
            .rotate_left(19)
            .wrapping_add(y)
            .wrapping_mul(5)
            .wrapping_add(0x561c_cd1b);
        y = (y ^ second(word(&block[4..])))
            .rotate_left(13)
            .wrapping_add(x)
            .wrapping_mul(5)
            .wrapping_add(0x0bca_a747);
    }
    let rest = blocks.remainder();
    if !rest.is_empty() {
        x ^= first(word(&rest[..rest.len().min(4)]));
    }
    if rest.len() > 4 {
        y ^= second(word(&rest[4..]));
    }
    let mixed = |mut h: u32| {
        h = (h ^ h >> 16).wrapping_mul(0x85eb_ca6b);
        h = (h ^ h >> 13).wrapping_mul(0xc2b2_ae35);
        h ^ h >> 16
    };
    let length = bytes.len() as u32;
    x ^= length;
    y ^= length;
    x = x.wrapping_add(y);
    y = y.wrapping_add(x);
    (x, y) = (mixed(x), mixed(y));
    x = x.wrapping_add(y);
    y = y.wrapping_add(x);
    u64::from(y) << 32 | u64::from(x)
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use super::murmur;
    use serde_json::json;

    #[test]
    fn names_are_those_that_azure_makes() {
        assert_eq!(murmur(b"hello-world"), 571_013_382_255_652_050);
        check(&[
            ("uniqueString", json!(["hello", "world"]), Ok(r#""a7wkljktk6wne""#)),
            ("uniqueString", json!(["tyeth"]), Ok(r#""zcztcwvu6iyg6""#)),
            ("guid", json!(["a", "b", "c"]), Ok(r#""a98fa280-e03f-5afa-8d8e-92d0a9c201e8""#)),
        ]);
    }
}
