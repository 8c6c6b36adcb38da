//! A letter into bytes.

use crate::letter::Mailbox;

/// The header that marks letters of this installation, with its name as value.
pub const LOOP_HEADER: &str = "X-Entente-Loop";

/// A letter to be written. Instants and identities are the caller's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OutgoingLetter {
    /// The author.
    pub from: Mailbox,
    /// The recipients; one at least.
    pub to: Vec<Mailbox>,
    /// Where answers go, when not to `from`.
    pub reply_to: Option<Mailbox>,
    /// The subject; line ends in it become spaces.
    pub subject: String,
    /// The plain text, `\n` line ends.
    pub text: String,
    /// The same in HTML, already escaped by the caller.
    pub html: Option<String>,
    /// The identity without angle brackets; boundaries derive from it.
    pub message_id: String,
    /// The letter it answers, without angle brackets.
    pub in_reply_to: Option<String>,
    /// The conversation so far, oldest first, without angle brackets.
    pub references: Vec<String>,
    /// The instant it is written: milliseconds since 1970 in UTC.
    pub date: i64,
    /// Whether a machine wrote it.
    pub auto_submitted: AutoSubmitted,
    /// More headers, such as [`LOOP_HEADER`]; names and values are made
    /// harmless.
    pub extra_headers: Vec<(String, String)>,
    /// Files to send along.
    pub attachments: Vec<OutgoingAttachment>,
}

/// A file to send along.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OutgoingAttachment {
    /// The file name.
    pub name: String,
    /// `type/subtype`.
    pub media_type: String,
    /// The content.
    pub bytes: Vec<u8>,
}

/// Whether, and how, a letter was written by a machine.
///
/// Source: RFC 3834 section 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AutoSubmitted {
    /// A person wrote it: no header.
    #[default]
    No,
    /// An automatic answer to a letter: `auto-replied`.
    Replied,
    /// Written by a machine without a letter to answer: `auto-generated`.
    Generated,
}

/// Writes a letter as bytes, 7-bit safe, the same bytes for the same letter.
pub fn compose(_letter: &OutgoingLetter) -> Vec<u8> {
    Vec::new()
}
