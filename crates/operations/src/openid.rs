use crate::check_id_token::{PublishedKey, PublishedKeys};
use crate::keep_people::is_of_domain;
use calendar::Instant;
use desk::ProviderId;
use outside::{Outside, OutsideError};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use thiserror::Error;
use tokio::sync::Mutex;

/// An identity provider that signs people in (OpenID Connect Core 1.0).
#[derive(Clone, PartialEq, Eq)]
pub struct OpenIdProvider {
    /// Its name in addresses of this installation, unique.
    pub key: String,
    /// Whose people it vouches for.
    pub provider: ProviderId,
    /// The account for whose contacts alone it vouches, by key; none for all people of the provider.
    pub account: Option<String>,
    /// Its address, as its tokens write it.
    pub issuer: String,
    /// The name of this installation there.
    pub client: String,
    /// The secret of this installation there, where it has one.
    pub secret: Option<String>,
    /// What the button says.
    pub label: String,
    /// Whether the button stands on the page where everybody signs in.
    pub is_shown: bool,
    /// Whether somebody of the account whom the desk does not know becomes a contact.
    pub makes_contacts: bool,
    /// Domains of the addresses that it may vouch for. When there is none, any address of contacts of its account, and
    /// nobody's where it vouches for all people of the provider.
    pub domains: Vec<String>,
    /// Classes of proof (`acr`) that count as a second factor.
    pub second_factor_classes: Vec<String>,
}

impl std::fmt::Debug for OpenIdProvider {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.debug_struct("OpenIdProvider")
            .field("key", &self.key)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

impl OpenIdProvider {
    /// Whether it may vouch for an address.
    pub(crate) fn covers_address(&self, address: &str) -> bool {
        (self.domains.is_empty() && self.account.is_some()) || is_of_domain(address, &self.domains)
    }
}

/// What an issuer says of itself (OpenID Connect Discovery 1.0, section 3).
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct IssuerMetadata {
    pub(crate) issuer: String,
    pub(crate) authorization_endpoint: String,
    pub(crate) token_endpoint: String,
    pub(crate) jwks_uri: String,
    #[serde(default)]
    pub(crate) token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) authorization_response_iss_parameter_supported: bool,
}

/// Why an issuer cannot be asked.
#[derive(Clone, Debug, Error)]
pub(crate) enum IssuerFault {
    #[error("the issuer could not be asked")]
    Outside(#[from] OutsideError),
    #[error("the issuer answers {status}")]
    Status { status: u16 },
    #[error("what the issuer says cannot be read: {0}")]
    Content(String),
    #[error("the issuer says that it is another")]
    Other,
}

/// What was lately heard of issuers: each is asked by one at a time, and none waits for another.
#[derive(Debug, Default)]
pub(crate) struct Issuers(std::sync::Mutex<HashMap<String, Arc<Mutex<Known>>>>);

/// What is known of one issuer.
#[derive(Debug, Default)]
struct Known {
    heard: Option<Heard>,
    /// Why nothing was heard, and when that was.
    failed: Option<(IssuerFault, tokio::time::Instant)>,
}

#[derive(Clone, Debug)]
struct Heard {
    metadata: Arc<IssuerMetadata>,
    at: Instant,
    keys: Arc<[PublishedKey]>,
    keys_at: Instant,
}

/// Seconds for which what an issuer says is believed, and after which a key that nobody knows lets
/// it be asked again.
const BELIEVED_SECONDS: i64 = 3600;
const ASKED_AGAIN_SECONDS: i64 = 60;
/// For how long an issuer that could not be asked is not asked again: those who waited for it meanwhile need not each
/// wait as long.
const FAILED_FOR: Duration = Duration::from_secs(5);

impl Issuers {
    /// What an issuer says of itself.
    pub(crate) async fn metadata(
        &self,
        outside: &Outside,
        issuer: &str,
        now: Instant,
    ) -> Result<Arc<IssuerMetadata>, IssuerFault> {
        Ok(self.heard(outside, issuer, now).await?.metadata)
    }

    /// The keys of an issuer. For one that is not among them they are asked for anew, once a minute at
    /// most: whoever makes names of keys up makes us ask no more often.
    pub(crate) async fn keys(
        &self,
        outside: &Outside,
        issuer: &str,
        name: Option<&str>,
        now: Instant,
    ) -> Result<Arc<[PublishedKey]>, IssuerFault> {
        let heard = self.heard(outside, issuer, now).await?;
        let is_known = name.is_none_or(|name| heard.keys.iter().any(|key| key.kid.as_deref() == Some(name)));
        if is_known || heard.keys_at.plus_seconds(ASKED_AGAIN_SECONDS) > now {
            return Ok(heard.keys);
        }
        let known = self.known(issuer);
        let mut known = known.lock().await;
        // Marked first, so that one that fails is not asked at once again either.
        if let Some(heard) = &mut known.heard {
            heard.keys_at = now;
        }
        let keys = read_keys(outside, &heard.metadata).await?;
        if let Some(heard) = &mut known.heard {
            heard.keys = Arc::clone(&keys);
        }
        Ok(keys)
    }

    /// What is known of an issuer, to be held by whoever asks it.
    fn known(&self, issuer: &str) -> Arc<Mutex<Known>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(issuer.to_owned()).or_default())
    }

    async fn heard(&self, outside: &Outside, issuer: &str, now: Instant) -> Result<Heard, IssuerFault> {
        let known = self.known(issuer);
        let mut known = known.lock().await;
        if let Some(heard) =
            known.heard.as_ref().filter(|heard| heard.at.plus_seconds(BELIEVED_SECONDS) > now)
        {
            return Ok(heard.clone());
        }
        if let Some((fault, at)) = &known.failed
            && at.elapsed() < FAILED_FOR
        {
            return Err(fault.clone());
        }
        let heard = hear(outside, issuer, now).await;
        match &heard {
            Ok(heard) => *known = Known { heard: Some(heard.clone()), failed: None },
            Err(fault) => known.failed = Some((fault.clone(), tokio::time::Instant::now())),
        }
        heard
    }
}

/// Asks an issuer what it says of itself.
async fn hear(outside: &Outside, issuer: &str, now: Instant) -> Result<Heard, IssuerFault> {
    let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let metadata: IssuerMetadata = read(outside, &address).await?;
    if metadata.issuer != issuer {
        return Err(IssuerFault::Other);
    }
    for endpoint in [&metadata.authorization_endpoint, &metadata.token_endpoint, &metadata.jwks_uri] {
        outside.check(endpoint)?;
    }
    let keys = read_keys(outside, &metadata).await?;
    Ok(Heard { metadata: Arc::new(metadata), at: now, keys, keys_at: now })
}

async fn read_keys(outside: &Outside, metadata: &IssuerMetadata) -> Result<Arc<[PublishedKey]>, IssuerFault> {
    let keys: PublishedKeys = read(outside, &metadata.jwks_uri).await?;
    Ok(keys.understood().into())
}

async fn read<T: serde::de::DeserializeOwned>(outside: &Outside, address: &str) -> Result<T, IssuerFault> {
    let reply = outside.ask(address, &[("Accept", "application/json")], None).await?;
    if reply.status != 200 {
        return Err(IssuerFault::Status { status: reply.status });
    }
    serde_json::from_slice(&reply.body).map_err(|error| IssuerFault::Content(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::Issuers;
    use calendar::Instant;
    use harness::IdentityProvider;
    use outside::{Outside, Reach};
    use std::time::Duration;

    #[tokio::test]
    async fn an_issuer_that_says_nothing_keeps_nobody_from_another() {
        // Connections stand there, and nobody ever takes them.
        let silence = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let silent = format!("http://{}", silence.local_addr().expect("an address"));
        let issuer = tokio::task::spawn_blocking(IdentityProvider::start).await.expect("started");
        let (issuers, outside) = (Issuers::default(), Outside::new(Reach::AlsoThisMachine));
        let begun = tokio::time::Instant::now();
        let asked = async || issuers.metadata(&outside, &silent, Instant::EPOCH).await.map(drop);
        let answers = async {
            // Behind those who wait.
            tokio::time::sleep(Duration::from_millis(200)).await;
            let said = issuers.metadata(&outside, issuer.issuer(), Instant::EPOCH).await;
            (said.is_ok(), begun.elapsed())
        };
        let (one, other, third, (is_said, after)) = tokio::join!(asked(), asked(), asked(), answers);
        assert!(is_said && after < Duration::from_secs(5), "{after:?}");
        // Nor does each of those who wait for it wait for those before.
        assert!(one.is_err() && other.is_err() && third.is_err());
        assert!(begun.elapsed() < Duration::from_secs(22), "{:?}", begun.elapsed());
    }
}
