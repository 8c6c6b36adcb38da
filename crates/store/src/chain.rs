//! Hashes: of a commit in its ticket's chain, and of what stands beside it.

use desk::{ProviderId, TicketId};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// What one hash of the chain covers. `previous` is all zeros for the first.
pub(crate) struct Link<'a> {
    pub(crate) previous: [u8; 32],
    pub(crate) provider: &'a ProviderId,
    pub(crate) ticket: TicketId,
    pub(crate) version: u64,
    pub(crate) at_milliseconds: i64,
    /// The number, in the first link only.
    pub(crate) number: Option<&'a str>,
    pub(crate) body: &'a str,
}

impl Link<'_> {
    /// SHA-256 over all of it; texts go in with their length, so that no two links read alike.
    pub(crate) fn hash(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(self.previous);
        text(&mut hasher, self.provider.as_str());
        hasher.update(self.ticket.bytes());
        hasher.update(self.version.to_be_bytes());
        hasher.update(self.at_milliseconds.to_be_bytes());
        text(&mut hasher, self.number.unwrap_or_default());
        text(&mut hasher, self.body);
        hasher.finalize().into()
    }
}

/// What the hash of one row of the journal covers.
pub(crate) struct AuditLink<'a> {
    pub(crate) provider: &'a str,
    pub(crate) id: u128,
    pub(crate) at_milliseconds: i64,
    pub(crate) person: Option<u128>,
    pub(crate) deed: &'a str,
    pub(crate) outcome: &'a str,
    /// Of what an erasure may take out.
    pub(crate) digest: [u8; 32],
}

impl AuditLink<'_> {
    /// SHA-256 over all of it.
    pub(crate) fn hash(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        text(&mut hasher, self.provider);
        hasher.update(self.id.to_be_bytes());
        hasher.update(self.at_milliseconds.to_be_bytes());
        hasher.update([u8::from(self.person.is_some())]);
        hasher.update(self.person.unwrap_or_default().to_be_bytes());
        text(&mut hasher, self.deed);
        text(&mut hasher, self.outcome);
        hasher.update(self.digest);
        hasher.finalize().into()
    }

    /// The digest of what an erasure may take out of a row.
    pub(crate) fn digest_of(salt: &[u8; 16], object: &str, network: &str) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(salt);
        text(&mut hasher, object);
        text(&mut hasher, network);
        hasher.finalize().into()
    }
}

fn text(hasher: &mut Sha256, text: &str) {
    hasher.update((text.len() as u64).to_be_bytes());
    hasher.update(text.as_bytes());
}

/// The digest of [`desk::ContentRef`]: SHA-256 of salt and text, in hexadecimal.
#[must_use]
pub fn content_digest(salt: &[u8; 16], text: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(salt);
    hasher.update(text.as_bytes());
    hexadecimal(&hasher.finalize())
}

/// The digest of [`desk::FileRef`]: SHA-256 of salt, length of the name, name and bytes, in
/// hexadecimal.
#[must_use]
pub fn file_digest(salt: &[u8; 16], name: &str, bytes: &[u8]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(salt);
    text(&mut hasher, name);
    hasher.update(bytes);
    hexadecimal(&hasher.finalize())
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
