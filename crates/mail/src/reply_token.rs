//! The proof inside a Message-ID, or a reply address, that an answer comes from whom we wrote to.

use aws_lc_rs::hmac;

/// The length of the proof, in bytes: half of a SHA-256, as RFC 2104 section 5 allows.
const PROOF_BYTES: usize = 16;

/// The length of the name of a key, in bytes: enough to tell apart the few keys of an installation.
const KEY_NAME_BYTES: usize = 2;

/// A secret that an installation makes its proofs with, and the name that it bears in them: made of the
/// secret, so that the same key has the same name wherever it is read, and the name tells nothing of it.
#[derive(Clone)]
pub struct ReplyKey {
    key: hmac::Key,
    name: [u8; KEY_NAME_BYTES],
}

impl std::fmt::Debug for ReplyKey {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("ReplyKey(..)")
    }
}

/// What a proof is about. Nothing of it can be changed without the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proven<'a> {
    /// Whose desk.
    pub provider: &'a str,
    /// The request.
    pub request: u128,
    /// To whom the letter went; capitals do not matter.
    pub recipient: &'a str,
    /// The letter.
    pub letter: u128,
}

/// A token as it came back: unproven until [`ReplyKey::proves`] says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyToken {
    /// The letter it names.
    pub letter: u128,
    /// The key it says it was made with; none in the form of before keys had names.
    key: Option<[u8; KEY_NAME_BYTES]>,
    proof: [u8; PROOF_BYTES],
}

impl ReplyKey {
    /// A key of 32 secret bytes.
    #[must_use]
    pub fn new(secret: &[u8; 32]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let named = hmac::sign(&key, b"entente reply key name");
        let name = named.as_ref()[..KEY_NAME_BYTES].try_into().expect("a SHA-256 is longer");
        ReplyKey { key, name }
    }

    /// The token of a letter, for its Message-ID and its reply address: letters, digits and hyphens.
    #[must_use]
    pub fn token(&self, of: Proven<'_>) -> String {
        let tag = hmac::sign(&self.key, &said(of, Some(self.name)));
        format!("{:032x}-{}-{}", of.letter, hex(&self.name), hex(&tag.as_ref()[..PROOF_BYTES]))
    }

    /// Whether a token was made with this key, for exactly this. A token that names another key was not; one
    /// of before keys had names is proven by the key that made it, as long as that is kept. It takes the same
    /// time whatever differs.
    #[must_use]
    pub fn proves(&self, token: &ReplyToken, of: Proven<'_>) -> bool {
        let tag = hmac::sign(&self.key, &said(of, token.key));
        token.letter == of.letter
            && token.key.is_none_or(|name| name == self.name)
            && aws_lc_rs::constant_time::verify_slices_are_equal(&tag.as_ref()[..PROOF_BYTES], &token.proof)
                .is_ok()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What is signed: every part after its length, so that no two run together.
fn said(of: Proven<'_>, key: Option<[u8; KEY_NAME_BYTES]>) -> Vec<u8> {
    let recipient = of.recipient.to_lowercase();
    let mut said = match key {
        Some(name) => [b"entente reply 2".as_slice(), &name].concat(),
        None => b"entente reply 1".to_vec(),
    };
    for part in [of.provider.as_bytes(), recipient.as_bytes()] {
        said.extend_from_slice(&(part.len() as u64).to_be_bytes());
        said.extend_from_slice(part);
    }
    said.extend_from_slice(&of.request.to_be_bytes());
    said.extend_from_slice(&of.letter.to_be_bytes());
    said
}

impl ReplyToken {
    /// The token in a Message-ID (`TOKEN@host`), if it has the form of one.
    #[must_use]
    pub fn in_message_id(message_id: &str) -> Option<Self> {
        let (local, _) = message_id.split_once('@')?;
        Self::read(local)
    }

    /// The token in a reply address (`mailbox+TOKEN@host`), and the mailbox without it.
    #[must_use]
    pub fn in_address(address: &str) -> Option<(Self, String)> {
        let (local, host) = address.rsplit_once('@')?;
        let (mailbox, token) = local.split_once('+')?;
        Some((Self::read(token)?, format!("{mailbox}@{host}")))
    }

    /// Only the exact forms are read that are written or were: no capitals, nothing missing.
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let letter = u128::from_be_bytes(bytes(parts.next()?)?);
        let (key, proof) = match (parts.next()?, parts.next()) {
            (name, Some(proof)) => (Some(bytes(name)?), proof),
            (proof, None) => (None, proof),
        };
        let proof = bytes(proof)?;
        parts.next().is_none().then_some(ReplyToken { letter, key, proof })
    }
}

/// So many bytes in small hexadecimal digits.
fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let is_lower = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if text.len() != 2 * N || !is_lower {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OF: Proven<'static> =
        Proven { provider: "eole", request: 7, recipient: "Ana@client.example", letter: 42 };

    #[test]
    fn a_token_proves_what_it_was_made_for_and_nothing_else() {
        let key = ReplyKey::new(&[1; 32]);
        let id = format!("{}@desk.example", key.token(OF));
        let token = ReplyToken::in_message_id(&id).unwrap();
        assert_eq!(token.letter, 42);
        assert!(key.proves(&token, OF));
        assert!(key.proves(&token, Proven { recipient: "ana@CLIENT.example", ..OF }));
        for other in [
            Proven { provider: "eol", ..OF },
            Proven { request: 8, ..OF },
            Proven { recipient: "bob@client.example", ..OF },
            Proven { letter: 43, ..OF },
        ] {
            assert!(!key.proves(&token, other), "{other:?}");
        }
        assert!(!ReplyKey::new(&[2; 32]).proves(&token, OF));
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let key = ReplyKey::new(&[1; 32]);
        let token = key.token(OF);
        for at in 0..token.len() {
            for bit in 0..7 {
                let mut bytes = token.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                let changed = String::from_utf8(bytes).unwrap();
                let proven = ReplyToken::in_message_id(&format!("{changed}@desk.example"))
                    .is_some_and(|token| key.proves(&token, OF));
                assert!(!proven, "{changed}");
            }
        }
        for length in 0..token.len() {
            assert_eq!(ReplyToken::in_message_id(&format!("{}@desk.example", &token[..length])), None);
        }
    }

    /// The form in which tokens were made before keys had names.
    fn of_before(key: &ReplyKey) -> String {
        let tag = hmac::sign(&key.key, &said(OF, None));
        format!("{:032x}-{}", OF.letter, hex(&tag.as_ref()[..PROOF_BYTES]))
    }

    #[test]
    fn a_token_names_its_key_and_counts_with_that_alone() {
        let (key, next) = (ReplyKey::new(&[1; 32]), ReplyKey::new(&[2; 32]));
        let read = |token: &str| ReplyToken::in_message_id(&format!("{token}@desk.example"));
        let (own, other) = (key.token(OF), next.token(OF));
        assert_ne!(own.split('-').nth(1), other.split('-').nth(1), "each has its name");
        // The name of another key in front of a proof, or none, makes nothing of it.
        let parts: Vec<&str> = own.split('-').collect();
        let renamed = format!("{}-{}-{}", parts[0], other.split('-').nth(1).unwrap(), parts[2]);
        let unnamed = format!("{}-{}", parts[0], parts[2]);
        for changed in [renamed, unnamed] {
            let token = read(&changed).unwrap();
            assert!(!key.proves(&token, OF) && !next.proves(&token, OF), "{changed}");
        }
        // What left before keys had names still comes back, to its own key.
        let before = read(&of_before(&key)).unwrap();
        assert!(key.proves(&before, OF) && !next.proves(&before, OF));
        assert!(!key.proves(&before, Proven { request: 8, ..OF }));
        let named = format!("{}-{}-{}", parts[0], parts[1], of_before(&key).split_once('-').unwrap().1);
        assert!(!key.proves(&read(&named).unwrap(), OF), "nor does the one form pass for the other");
        for wrong in ["", "-", "--", "0-1-2", &format!("{own}-"), &format!("{own}-00"), &own.to_uppercase()] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_reply_address_gives_its_mailbox() {
        let key = ReplyKey::new(&[1; 32]);
        let address = format!("aide+{}@eole.example", key.token(OF));
        let (token, mailbox) = ReplyToken::in_address(&address).unwrap();
        assert_eq!(mailbox, "aide@eole.example");
        assert!(key.proves(&token, OF));
        for address in ["aide+123@eole.example", "aide@eole.example", "aide+@eole.example", "+x@y.example"] {
            assert_eq!(ReplyToken::in_address(address), None, "{address}");
        }
    }
}
