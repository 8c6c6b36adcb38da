use hickory_resolver::TokioResolver;
use hickory_resolver::config::LookupIpStrategy;
use std::fmt;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::OnceLock;
use std::time::Duration;

/// Addresses of a name, once they were found; none where there are none.
pub type Found<'a> = Pin<Box<dyn Future<Output = Vec<IpAddr>> + Send + 'a>>;

/// Finds the addresses of a name.
pub trait FindAddresses: fmt::Debug + Send + Sync {
    /// All addresses of a name, of either family; none when it leads nowhere or nobody answers.
    fn addresses<'a>(&'a self, name: &'a str) -> Found<'a>;
}

/// How long a name server may take, in two tries each.
const ANSWERED_WITHIN: Duration = Duration::from_secs(3);

/// The name servers of this machine, and its file of hosts.
///
/// They are asked without a thread: `getaddrinfo` would hold one of few for as long as a name server chooses to say
/// nothing, and whoever names a machine chooses its name server.
#[derive(Default)]
pub struct NameServers(OnceLock<Option<TokioResolver>>);

impl NameServers {
    /// None on a machine that names no name server.
    fn resolver(&self) -> Option<&TokioResolver> {
        let made = || {
            let mut builder = TokioResolver::builder_tokio().ok()?;
            let options = builder.options_mut();
            // Both families: what one of them says counts against the name even where the other would be taken.
            options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
            options.timeout = ANSWERED_WITHIN;
            builder.build().ok()
        };
        self.0.get_or_init(made).as_ref()
    }
}

impl fmt::Debug for NameServers {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("NameServers(..)")
    }
}

impl FindAddresses for NameServers {
    fn addresses<'a>(&'a self, name: &'a str) -> Found<'a> {
        Box::pin(async move {
            let Some(resolver) = self.resolver() else { return Vec::new() };
            // With its last dot a name is whole: no domain of this machine is tried behind it.
            let whole = format!("{}.", name.trim_end_matches('.'));
            match resolver.lookup_ip(whole).await {
                Ok(found) => found.iter().collect(),
                Err(_) => Vec::new(),
            }
        })
    }
}
