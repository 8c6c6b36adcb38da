//! Secrets at rest, keys of second factors and secrets of webhooks among them: sealed by a key that is not in the database.
//!
//! Source: NIST SP 800-38D (AES-GCM); each is sealed with random 96 bits of its own, of which there
//! are few enough.

use crate::environment::{Environment, random_bytes};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use desk::{PersonId, ProviderId};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use store::{CredentialKind, StoreError};
use thiserror::Error;

/// A key that seals, with the name under which it is known. It is never shown.
#[derive(Clone)]
pub struct SealingKey {
    name: String,
    key: Arc<LessSafeKey>,
}

impl std::fmt::Debug for SealingKey {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.debug_struct("SealingKey").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Why a sealed secret cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SealingFault {
    /// The key that sealed it is not configured.
    #[error(
        "secrets are sealed by the key `{name}`, which the configuration does not name: add it to \
         `sign_in.sealing_keys`, after the key that is to seal from now on"
    )]
    Missing {
        /// Its name.
        name: String,
    },
    /// It was altered, or the key of that name is another.
    #[error("a secret does not open with the key `{name}`: it was altered, or the key is another")]
    Altered {
        /// The name of the key.
        name: String,
    },
    /// The store failed.
    #[error("the store could not do it")]
    Store(#[from] StoreError),
}

/// How a sealed secret begins. None that is not sealed does.
const MARK: &str = "sealed:";

impl SealingKey {
    /// A key made of a secret of 32 characters or more, by which name it is known.
    ///
    /// # Errors
    /// When the name is none (letters, digits, `-`), or the secret is too short.
    pub fn new(name: &str, secret: &str) -> Result<Self, String> {
        let is_name = (1..=40).contains(&name.len())
            && name.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'-');
        if !is_name {
            return Err(format!("`{name}` names no key: letters, digits and `-`, forty at most"));
        }
        if secret.len() < 32 {
            return Err(format!("the secret of `{name}` is shorter than 32 characters"));
        }
        let digest = Sha256::digest(format!("entente second factors\0{secret}"));
        let key = UnboundKey::new(&AES_256_GCM, &digest).expect("a digest has the length of a key");
        Ok(Self { name: name.to_owned(), key: Arc::new(LessSafeKey::new(key)) })
    }

    fn seal(&self, owner: &str, secret: &str) -> String {
        let nonce = random_bytes::<NONCE_LEN>();
        let mut text = secret.as_bytes().to_vec();
        let nonce_of = Nonce::assume_unique_for_key(nonce);
        self.key
            .seal_in_place_append_tag(nonce_of, Aad::from(owner), &mut text)
            .expect("a short text can be sealed");
        format!("{MARK}{}:{}", self.name, STANDARD_NO_PAD.encode([&nonce[..], &text].concat()))
    }

    fn open(&self, owner: &str, sealed: &str) -> Option<String> {
        let bytes = STANDARD_NO_PAD.decode(sealed).ok()?;
        let (nonce, text) = bytes.split_at_checked(NONCE_LEN)?;
        let mut text = text.to_vec();
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let opened = self.key.open_in_place(nonce, Aad::from(owner), &mut text).ok()?;
        String::from_utf8(opened.to_vec()).ok()
    }
}

/// To whom a secret belongs: what is sealed for one opens for nobody else.
fn owner(provider: &ProviderId, person: PersonId) -> String {
    format!("{provider}\0{person}")
}

/// Seals a secret of a person by the first of the keys; without one it stays as it is.
pub(crate) fn seal(keys: &[SealingKey], provider: &ProviderId, person: PersonId, secret: &str) -> String {
    seal_of(keys, &owner(provider, person), secret)
}

/// Seals a secret for an owner by the first of the keys; without one it stays as it is.
pub(crate) fn seal_of(keys: &[SealingKey], owner: &str, secret: &str) -> String {
    keys.first().map_or_else(|| secret.to_owned(), |key| key.seal(owner, secret))
}

/// Whether the first of the keys sealed it, or there is none that could.
pub(crate) fn is_sealed_by_first(keys: &[SealingKey], stored: &str) -> bool {
    keys.first().is_none_or(|key| stored.starts_with(&format!("{MARK}{}:", key.name)))
}

/// A secret of an owner sealed anew by the first of the keys; none where that one sealed it, or there is none. It is
/// opened in either case, so that one that was altered is found; sealed only where that is needed.
pub(crate) fn sealed_anew(
    keys: &[SealingKey],
    owner: &str,
    stored: &str,
) -> Result<Option<String>, SealingFault> {
    let secret = open_of(keys, owner, stored)?;
    Ok((!is_sealed_by_first(keys, stored)).then(|| seal_of(keys, owner, &secret)))
}

/// Opens a secret of a person by whichever of the keys sealed it.
pub(crate) fn open(
    keys: &[SealingKey],
    provider: &ProviderId,
    person: PersonId,
    stored: &str,
) -> Result<String, SealingFault> {
    open_of(keys, &owner(provider, person), stored)
}

/// Opens the secret of an owner by whichever of the keys sealed it.
pub(crate) fn open_of(keys: &[SealingKey], owner: &str, stored: &str) -> Result<String, SealingFault> {
    let Some((name, sealed)) = stored.strip_prefix(MARK).and_then(|rest| rest.split_once(':')) else {
        return Ok(stored.to_owned());
    };
    let key = keys.iter().find(|key| key.name == name);
    let key = key.ok_or_else(|| SealingFault::Missing { name: name.to_owned() })?;
    key.open(owner, sealed).ok_or_else(|| SealingFault::Altered { name: name.to_owned() })
}

/// Seals every second factor by the first of the configured keys: those that were readable, and those
/// that another key sealed. Gives how many were sealed anew.
///
/// # Errors
/// - one was sealed by a key that is not configured, or was altered: nothing is served then;
/// - the store fails.
pub async fn seal_second_factors(environment: &Environment) -> Result<u64, SealingFault> {
    let keys = &environment.installation.keys.sealing;
    let mut count = 0;
    for (provider, person, stored) in environment.store.secrets_of_kind(CredentialKind::Totp).await? {
        let Some(sealed) = sealed_anew(keys, &owner(&provider, person), &stored)? else { continue };
        let kind = CredentialKind::Totp;
        if environment.store.exchange_secret(&provider, person, kind, &stored, &sealed).await? {
            count += 1;
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::{SealingFault, SealingKey, open, seal};
    use desk::{PersonId, ProviderId};

    #[test]
    fn what_is_sealed_opens_for_its_owner_alone_and_by_its_key() {
        let key =
            |name: &str| SealingKey::new(name, &format!("{name} and thirty-two characters")).expect("a key");
        let (old, new) = (key("old-2025-key-name"), key("new-2026-key-name"));
        let provider = ProviderId("orvane".to_owned());
        let (own, other) = (PersonId(1), PersonId(2));
        let stored = seal(std::slice::from_ref(&old), &provider, own, "JBSWY3DPEHPK3PXP");
        assert!(!stored.contains("JBSW") && stored.starts_with("sealed:old-2025-key-name:"));
        assert_ne!(
            stored,
            seal(std::slice::from_ref(&old), &provider, own, "JBSWY3DPEHPK3PXP"),
            "never twice alike"
        );
        let both = [new.clone(), old.clone()];
        assert_eq!(open(&both, &provider, own, &stored).as_deref(), Ok("JBSWY3DPEHPK3PXP"));
        let altered = SealingFault::Altered { name: "old-2025-key-name".to_owned() };
        assert_eq!(open(&both, &provider, other, &stored), Err(altered.clone()));
        assert_eq!(open(&both, &ProviderId("brume".to_owned()), own, &stored), Err(altered.clone()));
        let mut bent = stored.clone();
        let last = bent.pop().expect("a letter");
        bent.push(if last == 'A' { 'B' } else { 'A' });
        assert_eq!(open(&both, &provider, own, &bent), Err(altered));
        let missing = SealingFault::Missing { name: "old-2025-key-name".to_owned() };
        assert_eq!(open(&[new], &provider, own, &stored), Err(missing.clone()));
        assert_eq!(open(&[], &provider, own, &stored), Err(missing));
        assert_eq!(open(&[], &provider, own, "JBSWY3DPEHPK3PXP").as_deref(), Ok("JBSWY3DPEHPK3PXP"));
        assert!(SealingKey::new("a", "short").is_err() && SealingKey::new("a:b", &"x".repeat(32)).is_err());
        assert!(!format!("{old:?}").contains("thirty-two"));
    }
}
