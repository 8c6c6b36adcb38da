//! What every handler can reach.

use crate::metrics::Metrics;
use crate::network::TrustedProxies;
use operations::{Environment, RequestRates};
use std::sync::Arc;
use tokio::sync::watch;

/// What the operator decides about the pages.
#[derive(Clone, Debug)]
pub struct WebSettings {
    /// Address under which people reach the pages, without a slash at its end.
    pub public_url: String,
    /// Whether this is the demonstration: its routes exist only then.
    pub demo: bool,
    /// Whether browsers must keep the session to encrypted connections.
    pub secure_cookies: bool,
    /// Address of the host that hands files over and does nothing else, without a slash at its end; none where this
    /// one does it.
    pub files_url: Option<String>,
    /// Whose word is taken on where a request comes from.
    pub trusted_proxies: TrustedProxies,
    /// How many requests are answered in a minute; none is refused where there is none.
    pub rates: Option<RequestRates>,
    /// Reads the letters that left, newest first; for the demonstration's mail page.
    pub outgoing: Option<Outgoing>,
    /// Becomes true when the server is told to stop: answers that would go on for ever end then. None where nobody
    /// tells.
    pub stopped: Option<watch::Receiver<bool>>,
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

/// The rates of an installation: none where it is for this machine alone and nothing is configured.
#[must_use]
pub fn usual_rates(public_url: &str) -> Option<RequestRates> {
    let host = host_of(public_url);
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|digit| digit.is_ascii_digit()));
    let name = name.map_or(host, |(name, _)| name);
    (!matches!(name, "127.0.0.1" | "localhost" | "[::1]")).then(RequestRates::default)
}

/// Host and port of an address.
pub(crate) fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

/// Shared by all handlers.
#[derive(Clone)]
pub(crate) struct Web {
    pub(crate) environment: Arc<Environment>,
    pub(crate) settings: Arc<WebSettings>,
    pub(crate) metrics: Arc<Metrics>,
}

#[cfg(test)]
mod tests {
    use super::{host_of, usual_rates};

    #[test]
    fn only_this_machine_itself_is_not_counted() {
        for (url, counted) in [
            ("http://127.0.0.1:8080", false),
            ("http://localhost", false),
            ("http://[::1]:8080", false),
            ("http://127.0.0.1.desk.example", true),
            ("http://localhost.example:8080", true),
            ("https://desk.example", true),
        ] {
            assert_eq!(usual_rates(url).is_some(), counted, "{url}");
        }
        assert_eq!(host_of("https://files.desk.example:8443/a"), "files.desk.example:8443");
    }
}
