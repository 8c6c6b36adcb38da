//! Whether an authenticator answered to what was asked, and for whom.
//!
//! No attestation is asked for: which make an authenticator is of decides nothing here.
//!
//! Source: Web Authentication Level 2, sections 6.1, 7.1 and 7.2; RFC 8949 (CBOR), RFC 9053 (COSE keys).

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use thiserror::Error;

/// What an answer has to be for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// What was given to be signed, in base64url.
    pub(crate) challenge: &'a str,
    /// Where the page stands.
    pub(crate) origin: &'a str,
    /// The host for which keys are made.
    pub(crate) host: &'a str,
}

/// A key as it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MadeKey {
    pub(crate) id: Vec<u8>,
    /// The public key, in COSE.
    pub(crate) public_key: Vec<u8>,
    pub(crate) counter: u32,
}

/// Why an answer does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum PasskeyFault {
    #[error("the answer cannot be read")]
    Form,
    #[error("the answer is to something else")]
    Kind,
    #[error("the answer is to another challenge")]
    Challenge,
    #[error("the answer was given to another site")]
    Origin,
    #[error("the key is for another site")]
    Host,
    #[error("nobody was asked to confirm")]
    Unconfirmed,
    #[error("the key is of a kind that is not taken")]
    Key,
    #[error("the signature is not that of the key")]
    Signature,
    #[error("the key has counted back: there may be a copy of it")]
    Counter,
}

/// Bytes of an answer at most.
const ANSWER_BYTES: usize = 16 * 1024;
/// Bytes of a key's name at most (section 4, Credential ID).
const ID_BYTES: usize = 1023;

/// Checks the making of a key.
pub(crate) fn check_made(
    client: &[u8],
    attestation: &[u8],
    asked: &Asked<'_>,
) -> Result<MadeKey, PasskeyFault> {
    check_client(client, "webauthn.create", asked)?;
    if attestation.len() > ANSWER_BYTES {
        return Err(PasskeyFault::Form);
    }
    let mut rest = attestation;
    let object = Cbor::read(&mut rest, 0)?;
    let data = object.field_text("authData").and_then(Cbor::bytes).ok_or(PasskeyFault::Form)?;
    let (counter, mut rest) = check_data(data, asked)?;
    if data[32] & HOLDS_KEY == 0 {
        return Err(PasskeyFault::Form);
    }
    // Sixteen bytes name the make of the authenticator, two the length of the key's name.
    let length = rest.get(16..18).ok_or(PasskeyFault::Form)?;
    let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
    let id = rest.get(18..18 + length).filter(|id| (16..=ID_BYTES).contains(&id.len()));
    let id = id.ok_or(PasskeyFault::Form)?.to_vec();
    rest = &rest[18 + length..];
    let before = rest;
    Cbor::read(&mut rest, 0)?;
    let public_key = before[..before.len() - rest.len()].to_vec();
    if !rest.is_empty() && data[32] & HOLDS_EXTENSIONS == 0 {
        return Err(PasskeyFault::Form);
    }
    PublicKey::read(&public_key)?;
    Ok(MadeKey { id, public_key, counter })
}

/// Checks an answer by a key; gives what its counter says now.
pub(crate) fn check_answer(
    client: &[u8],
    data: &[u8],
    signature: &[u8],
    public_key: &[u8],
    counter: u32,
    asked: &Asked<'_>,
) -> Result<u32, PasskeyFault> {
    check_client(client, "webauthn.get", asked)?;
    let (counted, rest) = check_data(data, asked)?;
    if !rest.is_empty() && data[32] & (HOLDS_KEY | HOLDS_EXTENSIONS) == 0 {
        return Err(PasskeyFault::Form);
    }
    let signed = [data, Sha256::digest(client).as_slice()].concat();
    PublicKey::read(public_key)?.verify(&signed, signature)?;
    // Many authenticators count nothing and say so with noughts; one that counts never counts back.
    if (counted != 0 || counter != 0) && counted <= counter {
        return Err(PasskeyFault::Counter);
    }
    Ok(counted)
}

const CONFIRMED: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const HOLDS_KEY: u8 = 0x40;
const HOLDS_EXTENSIONS: u8 = 0x80;

fn check_data<'a>(data: &'a [u8], asked: &Asked<'_>) -> Result<(u32, &'a [u8]), PasskeyFault> {
    if data.len() < 37 || data.len() > ANSWER_BYTES {
        return Err(PasskeyFault::Form);
    }
    if data[..32] != *Sha256::digest(asked.host.as_bytes()) {
        return Err(PasskeyFault::Host);
    }
    if data[32] & (CONFIRMED | VERIFIED) != CONFIRMED | VERIFIED {
        return Err(PasskeyFault::Unconfirmed);
    }
    Ok((u32::from_be_bytes([data[33], data[34], data[35], data[36]]), &data[37..]))
}

#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default, rename = "crossOrigin")]
    cross_origin: Option<bool>,
}

fn check_client(client: &[u8], kind: &str, asked: &Asked<'_>) -> Result<(), PasskeyFault> {
    if client.len() > ANSWER_BYTES {
        return Err(PasskeyFault::Form);
    }
    let said: ClientData = serde_json::from_slice(client).map_err(|_| PasskeyFault::Form)?;
    if said.kind != kind {
        return Err(PasskeyFault::Kind);
    }
    if URL_SAFE_NO_PAD.decode(&said.challenge).is_err() || said.challenge != asked.challenge {
        return Err(PasskeyFault::Challenge);
    }
    if said.origin != asked.origin || said.cross_origin == Some(true) {
        return Err(PasskeyFault::Origin);
    }
    Ok(())
}

enum PublicKey {
    Es256(Vec<u8>),
    EdDsa(Vec<u8>),
    Rs256 { modulus: Vec<u8>, exponent: Vec<u8> },
}

impl PublicKey {
    fn read(mut cose: &[u8]) -> Result<Self, PasskeyFault> {
        let map = Cbor::read(&mut cose, 0)?;
        let number = |label| map.field(label).and_then(Cbor::integer).ok_or(PasskeyFault::Key);
        let bytes = |label| map.field(label).and_then(Cbor::bytes).ok_or(PasskeyFault::Key);
        match (number(1)?, number(3)?) {
            (2, -7) if number(-1)? == 1 => {
                let (x, y) = (bytes(-2)?, bytes(-3)?);
                if x.len() != 32 || y.len() != 32 {
                    return Err(PasskeyFault::Key);
                }
                Ok(Self::Es256([&[4][..], x, y].concat()))
            }
            (1, -8) if number(-1)? == 6 && bytes(-2)?.len() == 32 => Ok(Self::EdDsa(bytes(-2)?.to_vec())),
            (3, -257) => {
                let modulus = bytes(-1)?;
                let start = modulus.iter().take_while(|byte| **byte == 0).count();
                Ok(Self::Rs256 { modulus: modulus[start..].to_vec(), exponent: bytes(-2)?.to_vec() })
            }
            _ => Err(PasskeyFault::Key),
        }
    }

    fn verify(&self, signed: &[u8], signature: &[u8]) -> Result<(), PasskeyFault> {
        let held = match self {
            Self::Es256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(signed, signature)
            }
            Self::EdDsa(point) => UnparsedPublicKey::new(&ED25519, point).verify(signed, signature),
            Self::Rs256 { modulus, exponent } => {
                let components = RsaPublicKeyComponents { n: &modulus[..], e: &exponent[..] };
                components.verify(&RSA_PKCS1_2048_8192_SHA256, signed, signature)
            }
        };
        held.map_err(|_| PasskeyFault::Signature)
    }
}

/// As much of CBOR as authenticators write: definite lengths, no floats, no tags.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Cbor {
    Integer(i64),
    Bytes(Vec<u8>),
    Text(String),
    Array(Vec<Cbor>),
    Map(Vec<(Cbor, Cbor)>),
    Simple(u8),
}

const DEPTH: usize = 8;

impl Cbor {
    fn read(rest: &mut &[u8], depth: usize) -> Result<Self, PasskeyFault> {
        let wrong = PasskeyFault::Form;
        if depth > DEPTH {
            return Err(wrong);
        }
        let first = *take(rest, 1)?.first().ok_or(wrong)?;
        let (major, more) = (first >> 5, first & 31);
        let argument: u64 = match more {
            0..=23 => more.into(),
            24 => take(rest, 1)?[0].into(),
            25 => u16::from_be_bytes(take(rest, 2)?.try_into().map_err(|_| wrong)?).into(),
            26 => u32::from_be_bytes(take(rest, 4)?.try_into().map_err(|_| wrong)?).into(),
            27 => u64::from_be_bytes(take(rest, 8)?.try_into().map_err(|_| wrong)?),
            _ => return Err(wrong),
        };
        let signed = i64::try_from(argument).map_err(|_| wrong)?;
        let length = usize::try_from(argument).map_err(|_| wrong)?;
        Ok(match major {
            0 => Self::Integer(signed),
            1 => Self::Integer(-1 - signed),
            2 => Self::Bytes(take(rest, length)?.to_vec()),
            3 => Self::Text(String::from_utf8(take(rest, length)?.to_vec()).map_err(|_| wrong)?),
            // A length is believed no further than there are bytes for it.
            4 if length <= rest.len() => {
                Self::Array((0..length).map(|_| Self::read(rest, depth + 1)).collect::<Result<_, _>>()?)
            }
            5 if length <= rest.len() => {
                let mut pairs: Vec<(Self, Self)> = Vec::new();
                for _ in 0..length {
                    let key = Self::read(rest, depth + 1)?;
                    if pairs.iter().any(|(known, _)| *known == key) {
                        return Err(wrong);
                    }
                    pairs.push((key, Self::read(rest, depth + 1)?));
                }
                Self::Map(pairs)
            }
            7 if more <= 24 => Self::Simple(u8::try_from(argument).map_err(|_| wrong)?),
            _ => return Err(wrong),
        })
    }

    fn find(&self, wanted: &Self) -> Option<&Self> {
        let Self::Map(pairs) = self else { return None };
        pairs.iter().find(|(key, _)| key == wanted).map(|(_, value)| value)
    }

    fn field(&self, label: i64) -> Option<&Self> {
        self.find(&Self::Integer(label))
    }

    fn field_text(&self, name: &str) -> Option<&Self> {
        self.find(&Self::Text(name.to_owned()))
    }

    fn bytes(&self) -> Option<&[u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }

    fn integer(&self) -> Option<i64> {
        if let Self::Integer(number) = self { Some(*number) } else { None }
    }
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Result<&'a [u8], PasskeyFault> {
    let (taken, left) = rest.split_at_checked(count).ok_or(PasskeyFault::Form)?;
    *rest = left;
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use super::{Asked, Cbor, PasskeyFault, check_answer, check_made};
    use sha2::{Digest, Sha256};

    /// What an authenticator says of itself and of a key that it made.
    fn authenticator_data(has_extensions: bool) -> Vec<u8> {
        let mut data = Sha256::digest(b"desk.example").to_vec();
        data.push(if has_extensions { 0xc5 } else { 0x45 });
        data.extend([0, 0, 0, 9]);
        data.extend([0; 16]);
        data.extend([0, 32]);
        data.extend([7; 32]);
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend([3; 32]);
        data.extend([0x22, 0x58, 0x20]);
        data.extend([4; 32]);
        if has_extensions {
            data.extend([0xa1, 0x61, b'x', 0xf5]);
        }
        data
    }

    fn attestation(data: &[u8]) -> Vec<u8> {
        let length = u8::try_from(data.len()).expect("short");
        [b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58", &[length][..], data].concat()
    }

    #[test]
    fn garbled_answers_are_read_in_peace() {
        let asked = Asked { challenge: "AAAA", origin: "https://desk.example", host: "desk.example" };
        let made = br#"{"type":"webauthn.create","challenge":"AAAA","origin":"https://desk.example"}"#;
        let given = br#"{"type":"webauthn.get","challenge":"AAAA","origin":"https://desk.example"}"#;
        let data = authenticator_data(false);
        let (plain, extended) = (attestation(&data), attestation(&authenticator_data(true)));
        // The seeds reach the end of what is read, or nothing behind the first check would be tried.
        let key = check_made(made, &plain, &asked).expect("an answer").public_key;
        check_made(made, &extended, &asked).expect("an answer with extensions");
        let short = [&data[..32], &[0x05, 0, 0, 0, 9]].concat();
        let seeds: [&[u8]; 7] = [made, given, &plain, &extended, &data, &short, &key];
        let words = [
            "authData",
            "webauthn.get",
            "challenge",
            "\u{1}\u{2}",
            "crossOrigin\":true",
            "https://desk.example",
        ];
        harness::fuzz("passkeys", &seeds, &words, |bytes| {
            let _ = check_made(bytes, &plain, &asked);
            let _ = check_made(made, bytes, &asked);
            let answers = [
                check_answer(bytes, &short, bytes, &key, 0, &asked),
                check_answer(given, bytes, bytes, &key, 0, &asked),
                check_answer(given, &short, bytes, &key, 0, &asked),
                check_answer(given, &short, &[0; 70], bytes, 0, &asked),
            ];
            assert!(answers.iter().all(Result::is_err), "nobody signed this");
            let _ = Cbor::read(&mut &bytes[..], 0);
        });
    }

    #[test]
    fn no_bytes_bring_the_reader_down() {
        let asked = Asked { challenge: "AAAA", origin: "https://desk.example", host: "desk.example" };
        let client = br#"{"type":"webauthn.create","challenge":"AAAA","origin":"https://desk.example"}"#;
        let mut state = 0x9e37_79b9_u32;
        for length in 0..3000_usize {
            let noise: Vec<u8> = (0..length % 97)
                .map(|_| {
                    state ^= state << 13;
                    state ^= state >> 17;
                    state ^= state << 5;
                    state.to_be_bytes()[0]
                })
                .collect();
            assert!(check_made(client, &noise, &asked).is_err());
            assert!(check_answer(client, &noise, &noise, &noise, 0, &asked).is_err());
            let _ = Cbor::read(&mut &noise[..], 0);
        }
        let deep = vec![0x81; 10_000];
        assert_eq!(Cbor::read(&mut &deep[..], 0), Err(PasskeyFault::Form));
        let endless = [0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(Cbor::read(&mut &endless[..], 0), Err(PasskeyFault::Form));
        let twice = [0xa2, 0x01, 0x02, 0x01, 0x03];
        assert_eq!(Cbor::read(&mut &twice[..], 0), Err(PasskeyFault::Form));
    }
}
