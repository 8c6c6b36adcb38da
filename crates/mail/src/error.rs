//! What mail can fail at.

/// A letter that was not handed over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("handing a letter over to {to}: {text}")]
pub struct DeliveryFailure {
    /// Whether trying again later can help.
    pub persistence: Persistence,
    /// Where it was to go: a folder or a server.
    pub to: String,
    /// What the other side, or the machine, said.
    pub text: String,
}

/// Whether a failure goes away by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Persistence {
    /// Trying again later can help.
    Temporary,
    /// The same letter will fail again.
    Permanent,
}

/// A maildir that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("reading the maildir {folder}")]
pub struct MaildirFailure {
    /// The folder that was read.
    pub folder: String,
    /// What the machine said.
    #[source]
    pub source: std::io::Error,
}
