use crate::environment::Environment;
use crate::error::Failure;
use crate::key_ring::Signed;
use crate::sign_in::viewer;
use crate::viewer::{Via, Viewer};
use aws_lc_rs::hmac;
use calendar::Instant;
use data_encoding::BASE64URL_NOPAD;
use desk::{PersonId, ProviderId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Bytes of a signature.
const SIGNATURE_BYTES: usize = 32;

/// By how much clocks of several machines may differ.
const SKEW_SECONDS: i64 = 60;

/// A kind of link that lets one person do one thing without signing in: signed, for a time, and good for no other
/// kind, each of which has a secret of its own.
pub(crate) struct SignedLink {
    /// By whose keys it is signed, and for how long it is good.
    pub(crate) by: Signed,
    /// What there is not, where a link is none.
    pub(crate) missing: &'static str,
}

/// What a link says, and what is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Claim<T> {
    provider: ProviderId,
    person: PersonId,
    #[serde(flatten)]
    to: T,
    until: Instant,
}

impl SignedLink {
    /// The last part of a link that leads one person to something.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn sign<T: Serialize>(
        &self,
        environment: &Environment,
        provider: &ProviderId,
        person: PersonId,
        to: T,
    ) -> Result<String, Failure> {
        let until = environment.now().plus_seconds(self.by.life_seconds());
        let claim = Claim { provider: provider.clone(), person, to, until };
        let mut bytes = serde_json::to_vec(&claim).expect("a claim is plain data");
        let ring = environment.key_ring(self.by).await?;
        let signature = hmac::sign(&secret(&ring.newest().secret), &bytes);
        bytes.extend_from_slice(signature.as_ref());
        Ok(BASE64URL_NOPAD.encode(&bytes))
    }

    /// Whom a link lets in, by the rights that they have now, and where it leads.
    ///
    /// # Errors
    /// - the link is none, is over, or was changed, or they may come in no more: [`Failure::NotFound`] for all of it;
    /// - the store fails.
    pub(crate) async fn follow<T: DeserializeOwned>(
        &self,
        environment: &Environment,
        link: &str,
    ) -> Result<(Viewer, T), Failure> {
        let missing = || Failure::NotFound { what: self.missing };
        let bytes = BASE64URL_NOPAD.decode(link.as_bytes()).map_err(|_| missing())?;
        let place = bytes.len().checked_sub(SIGNATURE_BYTES).ok_or_else(missing)?;
        let (said, signature) = bytes.split_at(place);
        let proves = |key: &[u8; 32]| hmac::verify(&secret(key), said, signature).is_ok();
        if !environment.is_signed(self.by, proves).await? {
            return Err(missing());
        }
        let claim: Claim<T> = serde_json::from_slice(said).map_err(|_| missing())?;
        if !self.is_good(claim.until, environment.now()) {
            return Err(missing());
        }
        match viewer(environment, &claim.provider, claim.person, Via::Session).await {
            Err(Failure::NotSignedIn) => Err(missing()),
            viewer => Ok((viewer?, claim.to)),
        }
    }

    /// Whether a link that is good until an instant is good now. None of ours is good for longer than its kind, however
    /// it came to be signed; clocks of several machines may differ by a minute.
    fn is_good(&self, until: Instant, now: Instant) -> bool {
        now <= until && until <= now.plus_seconds(self.by.life_seconds() + SKEW_SECONDS)
    }
}

fn secret(key: &[u8; 32]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, key)
}

#[cfg(test)]
mod tests {
    use super::SignedLink;
    use crate::key_ring::Signed;
    use calendar::Instant;

    #[test]
    fn no_link_is_good_for_longer_than_its_kind() {
        let kind = SignedLink { by: Signed::FileLinks, missing: "page" };
        let life = Signed::FileLinks.life_seconds();
        let at = |seconds: i64| Instant::from_milliseconds(1_000_000 + seconds * 1000);
        for (until, good) in [
            (-1, false),
            (0, true),
            (life, true),
            (life + 60, true),
            (life + 61, false),
            (i64::from(u32::MAX), false),
        ] {
            assert_eq!(kind.is_good(at(until), at(0)), good, "{until}");
        }
    }
}
