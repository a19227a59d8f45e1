//! Signatures of bills: a DSSE envelope (Dead Simple Signing Envelope, version 1.0.2) with an Ed25519 signature.
//! <https://github.com/secure-systems-lab/dsse/blob/master/protocol.md>
//!
//! CycloneDX has a signature inside the document (JSF). The envelope is preferred: it is the same for both formats, it signs
//! the very bytes of the file, so that no two readers can disagree on what was signed for want of the same canonical
//! JSON, and in-toto and Sigstore tools read it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::BomFormat;
use crate::json;

/// Why something cannot be signed, or a signature does not hold.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    #[error("no Ed25519 private key in PEM (PKCS #8), as `openssl genpkey -algorithm ed25519` makes it")]
    PrivateKey,
    #[error("no Ed25519 public key in PEM, as `openssl pkey -pubout` makes it")]
    PublicKey,
    #[error("the envelope cannot be read: {0}")]
    Envelope(String),
    #[error("the envelope holds another document")]
    OtherDocument,
    #[error("the envelope says that it holds {found:?}, and the document is {expected:?}")]
    OtherType { expected: String, found: String },
    #[error("no signature of the envelope is one of this key")]
    Signature,
}

/// A DSSE envelope.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    payload_type: String,
    payload: String,
    signatures: Vec<EnvelopeSignature>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct EnvelopeSignature {
    #[serde(default)]
    keyid: String,
    sig: String,
}

/// A private key.
pub struct Signer(SigningKey);

/// A public key.
pub struct Verifier(VerifyingKey);

/// The media type of a document in a format.
fn payload_type(format: BomFormat) -> &'static str {
    match format {
        BomFormat::CycloneDx => "application/vnd.cyclonedx+json",
        BomFormat::Spdx => "application/spdx+json",
    }
}

/// The bytes that are signed: `DSSEv1 <length> <type> <length> <payload>`.
fn pre_authentication(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

/// A hint at the key: the digest of its bytes.
fn key_id(key: &VerifyingKey) -> String {
    Sha256::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Signer {
    pub fn from_pem(pem: &str) -> Result<Signer, SignError> {
        SigningKey::from_pkcs8_pem(pem).map(Signer).map_err(|_| SignError::PrivateKey)
    }

    pub fn from_bytes(seed: &[u8; 32]) -> Signer {
        Signer(SigningKey::from_bytes(seed))
    }

    pub fn verifier(&self) -> Verifier {
        Verifier(self.0.verifying_key())
    }

    /// The envelope of a document, as JSON that ends in a line break. Ed25519 is deterministic: the same document and
    /// key give the same bytes.
    pub fn sign(&self, document: &str, format: BomFormat) -> String {
        let payload_type = payload_type(format);
        let signature = self.0.sign(&pre_authentication(payload_type, document.as_bytes()));
        json::pretty(&Envelope {
            payload_type: payload_type.to_owned(),
            payload: STANDARD.encode(document),
            signatures: vec![EnvelopeSignature {
                keyid: key_id(&self.0.verifying_key()),
                sig: STANDARD.encode(signature.to_bytes()),
            }],
        })
    }
}

impl Verifier {
    /// A public key, or the private key that it belongs to.
    pub fn from_pem(pem: &str) -> Result<Verifier, SignError> {
        let of_private = || Signer::from_pem(pem).map(|signer| signer.verifier());
        VerifyingKey::from_public_key_pem(pem)
            .map(Verifier)
            .or_else(|_| of_private())
            .map_err(|_| SignError::PublicKey)
    }

    /// Checks that the envelope holds exactly this document, and that this key signed it.
    pub fn check(&self, envelope: &str, document: &str, format: BomFormat) -> Result<(), SignError> {
        let envelope = Envelope::read(envelope)?;
        let payload = STANDARD.decode(&envelope.payload).map_err(|e| SignError::Envelope(e.to_string()))?;
        if payload != document.as_bytes() {
            return Err(SignError::OtherDocument);
        }
        let expected = payload_type(format);
        if envelope.payload_type != expected {
            return Err(SignError::OtherType { expected: expected.into(), found: envelope.payload_type });
        }
        let signed = pre_authentication(&envelope.payload_type, &payload);
        // The key id is a hint that nothing protects: every signature is tried.
        let holds = envelope.signatures.iter().take(100).any(|signature| {
            let bytes = STANDARD.decode(&signature.sig).ok();
            let signature = bytes.and_then(|bytes| Signature::from_slice(&bytes).ok());
            signature.is_some_and(|signature| self.0.verify_strict(&signed, &signature).is_ok())
        });
        holds.then_some(()).ok_or(SignError::Signature)
    }
}

impl Envelope {
    pub fn read(text: &str) -> Result<Envelope, SignError> {
        serde_json::from_str(text).map_err(|e| SignError::Envelope(e.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_that_are_signed_are_those_of_the_protocol() {
        // The example of the protocol's page.
        let bytes = pre_authentication("http://example.com/HelloWorld", b"hello world");
        assert_eq!(bytes, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    }
}
