//! What every handler can reach.

use crate::metrics::Metrics;
use operations::Environment;
use std::sync::Arc;

/// What the operator decides about the pages.
#[derive(Clone, Debug)]
pub struct WebSettings {
    /// Address under which people reach the pages, without a slash at its end.
    pub public_url: String,
    /// Whether this is the demonstration: its routes exist only then.
    pub demo: bool,
    /// Whether browsers must keep the session to encrypted connections.
    pub secure_cookies: bool,
    /// Reads the letters that left, newest first; for the demonstration's mail page.
    pub outgoing: Option<Outgoing>,
}

/// Gives the letters that left.
#[derive(Clone)]
pub struct Outgoing(pub Arc<dyn Fn() -> Vec<SentLetter> + Send + Sync>);

impl std::fmt::Debug for Outgoing {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Outgoing")
    }
}

/// A letter that left, as the demonstration shows it.
#[derive(Clone, Debug)]
pub struct SentLetter {
    /// To whom.
    pub to: String,
    /// From whom.
    pub from: String,
    /// Subject.
    pub subject: String,
    /// When, as the letter says.
    pub date: String,
    /// Its plain text.
    pub text: String,
}

impl Web {
    /// Whether requests are counted: not where the installation is for this machine alone.
    pub(crate) fn counts_requests(&self) -> bool {
        let host = self.settings.public_url.split("://").nth(1).unwrap_or_default();
        !["127.0.0.1", "localhost", "[::1]"].iter().any(|own| host.starts_with(own))
    }
}

/// Shared by all handlers.
#[derive(Clone)]
pub(crate) struct Web {
    pub(crate) environment: Arc<Environment>,
    pub(crate) settings: Arc<WebSettings>,
    pub(crate) metrics: Arc<Metrics>,
}
