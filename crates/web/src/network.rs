//! From where somebody comes.

use crate::state::Web;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;
use operations::Origin;
use std::net::{IpAddr, SocketAddr};

/// What a proxy writes whom it speaks for into: each adds the one that it was reached by at the end.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The proxies whose word on where a request comes from is taken; nobody else's is (ASVS 5.0, 4.1.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Reads addresses (`192.0.2.7`) and networks (`10.0.0.0/8`, `2001:db8::/32`).
    ///
    /// # Errors
    /// The first that is neither.
    pub fn read(names: &[String]) -> Result<Self, String> {
        let one = |name: &String| {
            let name = name.trim();
            name.parse::<IpAddr>().map(IpNet::from).or_else(|_| name.parse()).map_err(|_| name.to_owned())
        };
        names.iter().map(one).collect::<Result<_, _>>().map(Self)
    }

    fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Who asks: the peer, or who a trusted one says it speaks for. What stands further to the left of `X-Forwarded-For` than the
    /// last address that is no trusted proxy's was written by anybody. None where it is not known: this machine's own address is
    /// that of a proxy, too.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Option<IpAddr> {
        let peer = peer.to_canonical();
        if !self.contain(peer) {
            return (!peer.is_loopback()).then_some(peer);
        }
        for line in headers.get_all(FORWARDED_FOR).iter().rev() {
            for said in line.to_str().ok()?.rsplit(',') {
                let address = address(said.trim())?.to_canonical();
                if !self.contain(address) {
                    return Some(address);
                }
            }
        }
        None
    }
}

/// An address as proxies write it: some add the port, and version 6 may stand in brackets.
fn address(said: &str) -> Option<IpAddr> {
    let bare = || said.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let with_port = || said.parse::<SocketAddr>().map(|socket| socket.ip()).ok();
    said.parse().ok().or_else(with_port).or_else(bare)
}

/// Where a request comes from, as it is found once for all that ask.
#[derive(Clone, Copy, Debug)]
struct Client(Option<IpAddr>);

/// Finds who asks, before anything else does.
pub(crate) async fn find_client(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    let client = peer.and_then(|peer| web.settings.trusted_proxies.client(peer, request.headers()));
    request.extensions_mut().insert(Client(client));
    next.run(request).await
}

/// Network and browser of whoever asks. What a client writes into headers is not believed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Empty where it is not known.
    network: String,
    address: Option<IpAddr>,
    browser: String,
}

impl Seen {
    pub(crate) fn of(parts: &Parts) -> Self {
        let address = parts.extensions.get::<Client>().and_then(|client| client.0);
        let browser = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Self {
            network: address.map(network).unwrap_or_default(),
            address,
            browser: browser.unwrap_or_default().to_owned(),
        }
    }

    /// The address, where it is known.
    pub(crate) fn address(&self) -> Option<IpAddr> {
        self.address
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
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [first, second, third, _] = address.octets();
            format!("{first}.{second}.{third}.0/24")
        }
        IpAddr::V6(address) => {
            let [first, second, third, fourth, ..] = address.segments();
            format!("{first:x}:{second:x}:{third:x}:{fourth:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FORWARDED_FOR, TrustedProxies, network};
    use axum::http::HeaderMap;

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

    #[test]
    fn only_a_trusted_proxy_says_whom_it_speaks_for() {
        let nobody = TrustedProxies::default();
        let two = TrustedProxies::read(&["127.0.0.1".to_owned(), "10.0.0.0/8".to_owned()]).expect("networks");
        for (proxies, peer, lines, expected) in [
            // A peer that nobody trusts is who asks, whatever it writes.
            (&nobody, "192.0.2.7", &["198.51.100.9"][..], Some("192.0.2.7")),
            (&two, "192.0.2.7", &["198.51.100.9"], Some("192.0.2.7")),
            (&two, "::ffff:192.0.2.7", &[], Some("192.0.2.7")),
            // This machine's address says nothing, and neither does what comes with it.
            (&nobody, "127.0.0.1", &["198.51.100.9"], None),
            (&two, "127.0.0.1", &[], None),
            // The last that is no proxy's; what a client wrote before it stands further left.
            (&two, "127.0.0.1", &["198.51.100.9"], Some("198.51.100.9")),
            (&two, "::ffff:127.0.0.1", &["198.51.100.9"], Some("198.51.100.9")),
            (&two, "127.0.0.1", &["203.0.113.5, 198.51.100.9"], Some("198.51.100.9")),
            (&two, "10.2.3.4", &["203.0.113.5", "198.51.100.9, 10.9.9.9"], Some("198.51.100.9")),
            (&two, "10.2.3.4", &["198.51.100.9:50123"], Some("198.51.100.9")),
            (&two, "10.2.3.4", &["[2001:db8::5]:443"], Some("2001:db8::5")),
            (&two, "10.2.3.4", &["2001:db8::5"], Some("2001:db8::5")),
            // What cannot be read is not passed over: what stands before it could be anybody's.
            (&two, "10.2.3.4", &["203.0.113.5, unknown"], None),
            (&two, "10.2.3.4", &["10.1.1.1, 10.1.1.2"], None),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(FORWARDED_FOR, line.parse().expect("a header"));
            }
            let found = proxies.client(peer.parse().expect("an address"), &headers);
            assert_eq!(found.map(|address| address.to_string()).as_deref(), expected, "{peer} {lines:?}");
        }
        assert_eq!(TrustedProxies::read(&["10.0.0.0/99".to_owned()]), Err("10.0.0.0/99".to_owned()));
    }
}
