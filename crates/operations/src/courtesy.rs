use crate::environment::Environment;
use crate::error::Failure;
use desk::{NoticeId, ProviderId};

/// Why a letter that nobody asked for does not go to an address, if it does not: enough went there, or to
/// its domain, by themselves within a day. Otherwise this one counts from now on. So nobody is flooded by
/// writing under another's address, and two desks that answer each other stop.
///
/// # Errors
/// When the store fails.
pub(crate) async fn take_courtesy(
    environment: &Environment,
    provider: &ProviderId,
    address: &str,
    notice: NoticeId,
) -> Result<Option<&'static str>, Failure> {
    let (store, now) = (&environment.store, environment.now());
    let since = now.plus_seconds(-24 * 3600);
    let went = store.courtesies(provider, address, notice, since).await?;
    let rules = &environment.installation.post;
    if went.to_address >= rules.strangers_per_address {
        return Ok(Some("enough letters went to this address by themselves today"));
    }
    if went.to_domain >= rules.strangers_per_domain {
        tracing::warn!(address, "enough letters went to this domain by themselves today");
        return Ok(Some("enough letters went to this domain by themselves today"));
    }
    store.note_courtesy(provider, address, notice, now, since).await?;
    Ok(None)
}
