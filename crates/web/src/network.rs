//! From where somebody comes.

use axum::extract::ConnectInfo;
use axum::http::header;
use axum::http::request::Parts;
use operations::Origin;
use std::net::{IpAddr, SocketAddr};

/// Network and browser of whoever asks. What a proxy or a client writes into headers is not believed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    network: String,
    /// The very address; none where it is not known.
    address: Option<IpAddr>,
    browser: String,
}

impl Seen {
    pub(crate) fn of(parts: &Parts) -> Self {
        let address = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        let network = address.map(network);
        let browser = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Self {
            network: network.unwrap_or_default(),
            address,
            browser: browser.unwrap_or_default().to_owned(),
        }
    }

    /// The address, where it is that of a machine elsewhere: this machine's own is a proxy's.
    pub(crate) fn elsewhere(&self) -> Option<IpAddr> {
        self.address.filter(|address| !address.to_canonical().is_loopback())
    }

    pub(crate) fn origin(&self) -> Origin<'_> {
        Origin { network: &self.network, browser: &self.browser }
    }
}

impl<S: Send + Sync> axum::extract::FromRequestParts<S> for Seen {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts))
    }
}

/// The network of an address: a customer of a provider of Internet access is given no less than a
/// /64 in version 6 (RFC 6177), and neighbours share a /24 in version 4.
fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let [first, second, third, _] = address.octets();
            format!("{first}.{second}.{third}.0/24")
        }
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => network(IpAddr::V4(address)),
            None => {
                let [first, second, third, fourth, ..] = address.segments();
                format!("{first:x}:{second:x}:{third:x}:{fourth:x}::/64")
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::network;

    #[test]
    fn neighbours_are_of_one_network() {
        for (address, expected) in [
            ("192.0.2.77", "192.0.2.0/24"),
            ("::ffff:192.0.2.77", "192.0.2.0/24"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ] {
            assert_eq!(network(address.parse().expect("an address")), expected);
        }
    }
}
