//! Digests of text and of files, and UUIDs made from names.

use md5::Md5;
use model::Node;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use uuid::Uuid;

use super::encoding::to_base64;
use super::text::{known, string};

type Result<T = Node> = std::result::Result<T, String>;

/// Which digest, and how its bytes are written.
#[derive(Clone, Copy)]
pub(super) enum Hash {
    Md5,
    Sha1,
    Sha256,
    Sha512,
    Sha256Base64,
    Sha512Base64,
}

impl Hash {
    pub(super) fn of(self, bytes: &[u8]) -> Result {
        let hex = |digest: &[u8]| digest.iter().map(|b| format!("{b:02x}")).collect::<String>();
        string(match self {
            Hash::Md5 => hex(&Md5::digest(bytes)),
            Hash::Sha1 => hex(&Sha1::digest(bytes)),
            Hash::Sha256 => hex(&Sha256::digest(bytes)),
            Hash::Sha512 => hex(&Sha512::digest(bytes)),
            Hash::Sha256Base64 => to_base64(Sha256::digest(bytes)),
            Hash::Sha512Base64 => to_base64(Sha512::digest(bytes)),
        })
    }
}

pub(super) fn md5(args: &[Node]) -> Result {
    Hash::Md5.of(known(&args[0]).as_bytes())
}

pub(super) fn sha1(args: &[Node]) -> Result {
    Hash::Sha1.of(known(&args[0]).as_bytes())
}

pub(super) fn sha256(args: &[Node]) -> Result {
    Hash::Sha256.of(known(&args[0]).as_bytes())
}

pub(super) fn sha512(args: &[Node]) -> Result {
    Hash::Sha512.of(known(&args[0]).as_bytes())
}

pub(super) fn base64sha256(args: &[Node]) -> Result {
    Hash::Sha256Base64.of(known(&args[0]).as_bytes())
}

pub(super) fn base64sha512(args: &[Node]) -> Result {
    Hash::Sha512Base64.of(known(&args[0]).as_bytes())
}

pub(super) fn uuidv5(args: &[Node]) -> Result {
    let namespace = match known(&args[0]) {
        "dns" => Uuid::NAMESPACE_DNS,
        "url" => Uuid::NAMESPACE_URL,
        "oid" => Uuid::NAMESPACE_OID,
        "x500" => Uuid::NAMESPACE_X500,
        other => Uuid::parse_str(other).map_err(|_| format!("{other:.60?} is not a UUID namespace"))?,
    };
    string(Uuid::new_v5(&namespace, known(&args[1]).as_bytes()).to_string())
}

#[cfg(test)]
mod tests {
    use crate::terraform::functions::testing::check;

    #[test]
    fn digests() {
        check(&[
            ("md5", vec!["hello".into()], r#""5d41402abc4b2a76b9719d911017c592""#),
            ("sha1", vec!["hello".into()], r#""aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d""#),
            (
                "sha256",
                vec!["hello".into()],
                r#""2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824""#,
            ),
            ("base64sha256", vec!["hello".into()], r#""LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=""#),
            ("uuidv5", vec!["dns".into(), "example.com".into()], r#""cfbff0d1-9375-5685-968c-48ce8b15ae17""#),
            (
                "uuidv5",
                vec!["6ba7b810-9dad-11d1-80b4-00c04fd430c8".into(), "example.com".into()],
                r#""cfbff0d1-9375-5685-968c-48ce8b15ae17""#,
            ),
            ("uuidv5", vec!["DNS".into(), "x".into()], "error: \"DNS\" is not a UUID namespace"),
        ]);
    }
}
