//! Public keys, and whether a signature was made by one.

use aws_lc_rs::digest;
use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P256_SHA512_ASN1, ECDSA_P384_SHA256_ASN1,
    ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA512_ASN1, ECDSA_P521_SHA256_ASN1, ECDSA_P521_SHA384_ASN1,
    ECDSA_P521_SHA512_ASN1, ED25519, EcdsaVerificationAlgorithm, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, UnparsedPublicKey,
};

use crate::ber::{value, values, wrapped};

/// A public key of a kind that is verified here. RSA below 2048 bits, DSA and what rests on SHA-1 or MD5 proves
/// nothing any more, and is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PublicKey {
    /// Modulus and exponent, big-endian without leading zeros.
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    /// A point of a curve, uncompressed.
    Ecdsa { curve: Curve, point: Vec<u8> },
    /// Ed25519, 32 bytes.
    Ed25519(Vec<u8>),
}

/// Curves of NIST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Curve {
    P256,
    P384,
    P521,
}

/// Digests that may be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Digest {
    Sha256,
    Sha384,
    Sha512,
}

/// How a signature by RSA fills the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Padding {
    Pkcs1,
    Pss,
}

impl Digest {
    /// The digest of bytes.
    pub(crate) fn of(self, bytes: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Digest::Sha256 => &digest::SHA256,
            Digest::Sha384 => &digest::SHA384,
            Digest::Sha512 => &digest::SHA512,
        };
        digest::digest(algorithm, bytes).as_ref().to_vec()
    }
}

impl Curve {
    /// The curve of an object identifier.
    pub(crate) fn by_identifier(identifier: &[u8]) -> Option<Self> {
        match identifier {
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07] => Some(Curve::P256),
            [0x2b, 0x81, 0x04, 0x00, 0x22] => Some(Curve::P384),
            [0x2b, 0x81, 0x04, 0x00, 0x23] => Some(Curve::P521),
            _ => None,
        }
    }
}

impl PublicKey {
    /// The key of a `SubjectPublicKeyInfo`, by the content of its sequence.
    ///
    /// Source: RFC 5280 section 4.1.2.7, RFC 3279, RFC 5480, RFC 8410.
    pub(crate) fn of_certificate(info: &[u8]) -> Option<Self> {
        let (algorithm, rest) = value(info, 0)?;
        let (kind, parameters) = value(algorithm.content(0x30)?, 0)?;
        let (bits, _) = value(rest, 0)?;
        let (unused, key) = bits.content(0x03)?.split_first()?;
        if *unused != 0 {
            return None;
        }
        match kind.content(0x06)? {
            // rsaEncryption, and the same for RSASSA-PSS alone.
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01 | 0x0a] => {
                let numbers: Vec<&[u8]> = values(value(key, 0)?.0.content(0x30)?)
                    .filter_map(|number| number.content(0x02))
                    .collect();
                let [modulus, exponent] = numbers[..] else { return None };
                Some(PublicKey::Rsa { modulus: unpadded(modulus), exponent: unpadded(exponent) })
            }
            // id-ecPublicKey
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01] => {
                let curve = Curve::by_identifier(value(parameters, 0)?.0.content(0x06)?)?;
                Some(PublicKey::Ecdsa { curve, point: key.to_vec() })
            }
            // id-Ed25519
            [0x2b, 0x65, 0x70] => Some(PublicKey::Ed25519(key.to_vec())),
            _ => None,
        }
    }

    /// Whether the signature over a message is by this key. One by ECDSA is in its DER form.
    pub(crate) fn signed(&self, digest: Digest, padding: Padding, message: &[u8], signature: &[u8]) -> bool {
        match self {
            PublicKey::Rsa { modulus, exponent } => {
                let parameters = rsa(digest, padding);
                let key = PublicKeyComponents { n: modulus.as_slice(), e: exponent.as_slice() };
                // A number may be written without its leading zeros; the block is as long as the modulus.
                let mut block = vec![0; modulus.len().saturating_sub(signature.len())];
                block.extend_from_slice(signature);
                key.verify(parameters, message, &block).is_ok()
            }
            PublicKey::Ecdsa { curve, point } => {
                UnparsedPublicKey::new(ecdsa(*curve, digest), point).verify(message, signature).is_ok()
            }
            PublicKey::Ed25519(key) => {
                UnparsedPublicKey::new(&ED25519, key).verify(message, signature).is_ok()
            }
        }
    }
}

/// The two numbers of an ECDSA signature in its DER form.
pub(crate) fn ecdsa_signature(r: &[u8], s: &[u8]) -> Vec<u8> {
    let number = |digits: &[u8]| {
        let mut digits = unpadded(digits);
        if digits.first().is_none_or(|first| *first >= 0x80) {
            digits.insert(0, 0);
        }
        wrapped(0x02, &digits)
    };
    wrapped(0x30, &[number(r), number(s)].concat())
}

fn unpadded(number: &[u8]) -> Vec<u8> {
    number[number.iter().take_while(|digit| **digit == 0).count()..].to_vec()
}

fn rsa(digest: Digest, padding: Padding) -> &'static RsaParameters {
    match (padding, digest) {
        (Padding::Pkcs1, Digest::Sha256) => &RSA_PKCS1_2048_8192_SHA256,
        (Padding::Pkcs1, Digest::Sha384) => &RSA_PKCS1_2048_8192_SHA384,
        (Padding::Pkcs1, Digest::Sha512) => &RSA_PKCS1_2048_8192_SHA512,
        (Padding::Pss, Digest::Sha256) => &RSA_PSS_2048_8192_SHA256,
        (Padding::Pss, Digest::Sha384) => &RSA_PSS_2048_8192_SHA384,
        (Padding::Pss, Digest::Sha512) => &RSA_PSS_2048_8192_SHA512,
    }
}

fn ecdsa(curve: Curve, digest: Digest) -> &'static EcdsaVerificationAlgorithm {
    match (curve, digest) {
        (Curve::P256, Digest::Sha256) => &ECDSA_P256_SHA256_ASN1,
        (Curve::P256, Digest::Sha384) => &ECDSA_P256_SHA384_ASN1,
        (Curve::P256, Digest::Sha512) => &ECDSA_P256_SHA512_ASN1,
        (Curve::P384, Digest::Sha256) => &ECDSA_P384_SHA256_ASN1,
        (Curve::P384, Digest::Sha384) => &ECDSA_P384_SHA384_ASN1,
        (Curve::P384, Digest::Sha512) => &ECDSA_P384_SHA512_ASN1,
        (Curve::P521, Digest::Sha256) => &ECDSA_P521_SHA256_ASN1,
        (Curve::P521, Digest::Sha384) => &ECDSA_P521_SHA384_ASN1,
        (Curve::P521, Digest::Sha512) => &ECDSA_P521_SHA512_ASN1,
    }
}
