use crate::id::{ContentId, FileId};
use serde::{Deserialize, Serialize};

/// A personal text that stands beside the events: its id and a salted digest of its words.
///
/// Erasing the text and its salt leaves a digest that proves nothing about the words and still lets
/// the chain of events be verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentRef {
    /// Where the text stands.
    pub id: ContentId,
    /// SHA-256 of salt and text, in hexadecimal.
    pub digest: String,
}

/// A file of a message; its name and bytes stand beside the events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    /// Where the file stands.
    pub id: FileId,
    /// Media type, as found or declared.
    pub media_type: String,
    /// Bytes.
    pub size: u64,
    /// Salted digest of its name and bytes, in hexadecimal.
    pub digest: String,
    /// Whether the message shows it in its text.
    pub inline: bool,
}
