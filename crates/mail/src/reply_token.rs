//! The proof inside a Message-ID, or a reply address, that an answer comes from whom we wrote to.

use aws_lc_rs::hmac;

/// The length of the proof, in bytes: half of a SHA-256, as RFC 2104 section 5 allows.
const PROOF_BYTES: usize = 16;

/// The secret that an installation makes its proofs with.
#[derive(Clone)]
pub struct ReplyKey(hmac::Key);

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
    proof: [u8; PROOF_BYTES],
}

impl ReplyKey {
    /// A key of 32 secret bytes.
    #[must_use]
    pub fn new(secret: &[u8; 32]) -> Self {
        ReplyKey(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The token of a letter, for its Message-ID and its reply address: letters, digits and a hyphen.
    #[must_use]
    pub fn token(&self, of: Proven<'_>) -> String {
        let tag = hmac::sign(&self.0, &said(of));
        let proof: String = tag.as_ref()[..PROOF_BYTES].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{:032x}-{proof}", of.letter)
    }

    /// Whether a token was made with this key, for exactly this. It takes the same time whatever
    /// differs.
    #[must_use]
    pub fn proves(&self, token: &ReplyToken, of: Proven<'_>) -> bool {
        let tag = hmac::sign(&self.0, &said(of));
        token.letter == of.letter
            && aws_lc_rs::constant_time::verify_slices_are_equal(&tag.as_ref()[..PROOF_BYTES], &token.proof)
                .is_ok()
    }
}

/// What is signed: every part after its length, so that no two run together.
fn said(of: Proven<'_>) -> Vec<u8> {
    let recipient = of.recipient.to_lowercase();
    let mut said = b"entente reply 1".to_vec();
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

    /// Only the exact form that is written is read: no capitals, no older form.
    fn read(text: &str) -> Option<Self> {
        let is_lower = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let (letter, proof) = text.split_once('-')?;
        if letter.len() != 32 || proof.len() != 2 * PROOF_BYTES || !is_lower(letter) || !is_lower(proof) {
            return None;
        }
        let letter = u128::from_str_radix(letter, 16).ok()?;
        let proof = u128::from_str_radix(proof, 16).ok()?.to_be_bytes();
        Some(ReplyToken { letter, proof })
    }
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
