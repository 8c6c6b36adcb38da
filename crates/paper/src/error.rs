//! What typesetting can fail at.

/// Why a page could not be set.
#[derive(Debug, thiserror::Error)]
pub enum PaperError {
    /// The typesetter refused the page; each reason as it gives it.
    #[error("setting the page failed: {}", .0.join("; "))]
    Typesetting(Vec<String>),
}
