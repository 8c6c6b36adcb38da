//! The fingerprint by which two copies of one message are recognised.

use sha2::{Digest, Sha256};

use crate::letter::Letter;

/// The SHA-256 of what a letter says: Message-ID, date, author, subject, whole
/// text and every attachment.
///
/// Trace headers, recipients and encodings do not enter it, so two copies that
/// arrive by two routes have the same digest, while a different letter under a
/// reused Message-ID does not.
pub fn content_digest(letter: &Letter) -> [u8; 32] {
    let mut digest = Sha256::new();
    // Every field is preceded by its length, so that no two different letters
    // run together to the same bytes.
    let mut field = |bytes: &[u8]| {
        digest.update((bytes.len() as u64).to_le_bytes());
        digest.update(bytes);
    };
    field(letter.message_id.as_deref().unwrap_or_default().as_bytes());
    field(letter.date.as_deref().unwrap_or_default().as_bytes());
    let from = letter.from.as_ref().map(|from| from.address.as_str());
    field(from.unwrap_or_default().as_bytes());
    field(letter.subject.as_bytes());
    field(letter.text.trim_end().as_bytes());
    for attachment in &letter.attachments {
        field(attachment.name.as_deref().unwrap_or_default().as_bytes());
        field(&attachment.bytes);
    }
    digest.finalize().into()
}
