//! The secrets by which an installation knows again what it gave out: tokens of letters, links to files and to ratings, passes of browsers.
//! They are kept in the store, sealed where a sealing key is configured, and can be changed: what was given out before
//! keeps its worth for its life, unless somebody says that it ends now.
//!
//! Source: ASVS 5.0, 11.1.1 and 13.3.4; NIST SP 800-57 part 1, section 5.3 (a key signs for less long than it verifies).

use crate::environment::{Environment, random_bytes};
use crate::error::Failure;
use crate::seal_second_factors::{SealingFault, is_sealed_by_first, open_of, seal_of};
use calendar::Instant;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::StoreError;

/// What an installation signs, each with keys of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signed {
    /// Tokens in Message-IDs and reply addresses, by which an answer joins its request.
    Replies,
    /// Links that hand a file over.
    FileLinks,
    /// Links that ask how somebody was helped.
    RatingLinks,
    /// What a browser keeps of whoever came in by it.
    BrowserPasses,
    /// Links by which somebody says that they do not want something announced any more.
    UnsubscribeLinks,
}

impl Signed {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Replies, Self::FileLinks, Self::RatingLinks, Self::BrowserPasses, Self::UnsubscribeLinks];

    /// Its name for whoever runs the installation.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Replies => "reply",
            Self::FileLinks => "file-link",
            Self::RatingLinks => "rating-link",
            Self::BrowserPasses => "browser-pass",
            Self::UnsubscribeLinks => "unsubscribe-link",
        }
    }

    /// What has this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|of| of.as_str() == name)
    }

    /// Under which name the store keeps the keys.
    const fn setting(self) -> &'static str {
        match self {
            Self::Replies => "reply-key",
            Self::FileLinks => "file-link-key",
            Self::RatingLinks => "rating-link-key",
            Self::BrowserPasses => "browser-pass-key",
            Self::UnsubscribeLinks => "unsubscribe-link-key",
        }
    }

    /// For how long what was signed is worth something, in seconds. An answer may come long after the letter: 400 days.
    pub(crate) const fn life_seconds(self) -> i64 {
        match self {
            Self::Replies => 400 * 24 * 3600,
            Self::FileLinks => 60,
            Self::RatingLinks => 90 * 24 * 3600,
            Self::BrowserPasses => 182 * 24 * 3600,
            // For a year a letter may be answered by it.
            Self::UnsubscribeLinks => 365 * 24 * 3600,
        }
    }

    /// What the keys are sealed for: they open as nothing else. No provider has an empty key.
    fn owner(self) -> String {
        format!("\0setting\0{}", self.setting())
    }
}

/// One of the keys.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct RingKey {
    /// Its number; 0 is the first, and no number is used again.
    pub(crate) id: u32,
    /// What it signs with.
    pub(crate) secret: [u8; 32],
    /// Until when it verifies; for ever while it is the newest.
    until: Option<Instant>,
}

impl std::fmt::Debug for RingKey {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.debug_struct("RingKey").field("id", &self.id).field("until", &self.until).finish_non_exhaustive()
    }
}

/// The keys of one kind, the newest first: it signs. The others verify what they signed, until they end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyRing(Vec<RingKey>);

#[derive(Serialize, Deserialize)]
struct StoredKey {
    id: u32,
    secret: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    until: Option<Instant>,
}

impl KeyRing {
    fn new() -> Self {
        Self(vec![RingKey { id: 0, secret: random_bytes(), until: None }])
    }

    /// Reads keys as they are kept: a list, or the one secret that stood there before there were lists, which is key 0.
    fn read(text: &str) -> Option<Self> {
        let secret = |text: &str| HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok();
        if !text.starts_with('[') {
            return Some(Self(vec![RingKey { id: 0, secret: secret(text)?, until: None }]));
        }
        let stored: Vec<StoredKey> = serde_json::from_str(text).ok()?;
        let keys: Option<Vec<RingKey>> = stored
            .into_iter()
            .map(|key| Some(RingKey { id: key.id, secret: secret(&key.secret)?, until: key.until }))
            .collect();
        keys.filter(|keys| !keys.is_empty()).map(Self)
    }

    fn written(&self) -> String {
        let stored =
            |key: &RingKey| StoredKey { id: key.id, secret: HEXLOWER.encode(&key.secret), until: key.until };
        match self.0.as_slice() {
            [RingKey { id: 0, secret, until: None }] => HEXLOWER.encode(secret),
            keys => serde_json::to_string(&keys.iter().map(stored).collect::<Vec<_>>())
                .expect("keys are plain data"),
        }
    }

    /// The key that signs.
    pub(crate) fn newest(&self) -> &RingKey {
        &self.0[0]
    }

    /// The keys that verify at an instant.
    pub(crate) fn alive(&self, now: Instant) -> impl Iterator<Item = &RingKey> {
        self.0.iter().filter(move |key| key.until.is_none_or(|until| now < until))
    }

    /// A new key signs from now on.
    fn rotated(&self, now: Instant, life_seconds: i64, former: Former) -> Self {
        let end = now.plus_seconds(life_seconds + LATE_SECONDS);
        let mut keys = vec![RingKey { id: self.newest().id + 1, secret: random_bytes(), until: None }];
        if former == Former::ForTheirLife {
            keys.extend(
                self.alive(now).map(|key| RingKey { until: Some(key.until.unwrap_or(end)), ..key.clone() }),
            );
        }
        Self(keys)
    }
}

/// For how long another node may still sign with a former key, in seconds: what it read lately it reads anew after
/// fifteen.
const LATE_SECONDS: i64 = 60;

/// What becomes of the keys that signed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Former {
    /// They verify what they signed as long as that is worth something.
    ForTheirLife,
    /// They end: what they signed is worth nothing any more.
    EndNow,
}

impl Environment {
    /// The keys of a kind, as lately read; made when they are first asked for.
    pub(crate) async fn key_ring(&self, of: Signed) -> Result<Arc<KeyRing>, Failure> {
        match self.rings.get(&of) {
            Some(ring) => Ok(ring),
            None => self.key_ring_anew(of).await,
        }
    }

    async fn key_ring_anew(&self, of: Signed) -> Result<Arc<KeyRing>, Failure> {
        let fresh = seal_of(&self.installation.keys.sealing, &of.owner(), &KeyRing::new().written());
        let stored = self.store.setting_or_put(of.setting(), &fresh).await?;
        let ring = Arc::new(self.opened(of, &stored).map_err(unreadable)?);
        self.rings.put(of, Arc::clone(&ring));
        Ok(ring)
    }

    fn opened(&self, of: Signed, stored: &str) -> Result<KeyRing, SealingFault> {
        let text = open_of(&self.installation.keys.sealing, &of.owner(), stored)?;
        let corrupt = || StoreError::Corrupt { what: format!("the secret `{}`", of.setting()) };
        Ok(KeyRing::read(&text).ok_or_else(corrupt)?)
    }

    /// Whether one of the keys signed what `proves` looks at. Where none did, the keys are read anew first: another node
    /// may have made a new one.
    pub(crate) async fn is_signed(
        &self,
        of: Signed,
        proves: impl Fn(&[u8; 32]) -> bool,
    ) -> Result<bool, Failure> {
        let now = self.now();
        let proven = |ring: &KeyRing| ring.alive(now).any(|key| proves(&key.secret));
        let known = self.key_ring(of).await?;
        if proven(&known) {
            return Ok(true);
        }
        let anew = self.key_ring_anew(of).await?;
        Ok(anew != known && proven(&anew))
    }
}

fn unreadable(fault: SealingFault) -> Failure {
    match fault {
        SealingFault::Store(error) => error.into(),
        fault => StoreError::Corrupt { what: fault.to_string() }.into(),
    }
}

/// Makes a new key, which signs from now on. Gives the numbers of the keys that verify, the newest first, each with its
/// end.
///
/// # Errors
/// When the store fails, or the keys cannot be opened.
pub async fn rotate_key(
    environment: &Environment,
    of: Signed,
    former: Former,
) -> Result<Vec<(u32, Option<Instant>)>, Failure> {
    loop {
        environment.key_ring_anew(of).await?;
        let Some(stored) = environment.store.setting(of.setting()).await? else { continue };
        let ring = environment.opened(of, &stored).map_err(unreadable)?;
        let rotated = ring.rotated(environment.now(), of.life_seconds(), former);
        let sealed = seal_of(&environment.installation.keys.sealing, &of.owner(), &rotated.written());
        // Whoever was faster made a key of their own, after which this one comes.
        if environment.store.exchange_setting(of.setting(), &stored, &sealed).await? {
            environment.rings.forget();
            return Ok(rotated.0.iter().map(|key| (key.id, key.until)).collect());
        }
    }
}

/// Seals the keys by the first of the configured sealing keys: those that were readable, and those that another sealed.
/// Gives how many kinds were sealed anew.
///
/// # Errors
/// - one was sealed by a key that is not configured, or was altered: nothing is served then;
/// - the store fails.
pub async fn seal_signing_keys(environment: &Environment) -> Result<u64, SealingFault> {
    let keys = &environment.installation.keys.sealing;
    let mut count = 0;
    for of in Signed::ALL {
        let Some(stored) = environment.store.setting(of.setting()).await? else { continue };
        let ring = environment.opened(of, &stored)?;
        if is_sealed_by_first(keys, &stored) {
            continue;
        }
        let sealed = seal_of(keys, &of.owner(), &ring.written());
        if environment.store.exchange_setting(of.setting(), &stored, &sealed).await? {
            count += 1;
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::{Former, KeyRing};
    use calendar::Instant;

    #[test]
    fn a_secret_of_before_is_key_0_and_a_list_is_read_as_it_was_written() {
        let hex = "0123456789abcdef".repeat(4);
        let ring = KeyRing::read(&hex).unwrap();
        assert_eq!((ring.newest().id, ring.written()), (0, hex));
        let now = Instant::from_seconds(1_000_000);
        let twice = ring.rotated(now, 60, Former::ForTheirLife).rotated(
            now.plus_seconds(10),
            60,
            Former::ForTheirLife,
        );
        assert_eq!(KeyRing::read(&twice.written()), Some(twice.clone()));
        for wrong in ["", "abc", "[]", "[{\"id\":1,\"secret\":\"ab\"}]", "{}", "null"] {
            assert_eq!(KeyRing::read(wrong), None, "{wrong}");
        }
        assert!(!format!("{twice:?}").contains("0123"), "it is never shown");
    }

    #[test]
    fn a_former_key_verifies_for_the_life_of_what_it_signed() {
        let now = Instant::from_seconds(1_000_000);
        let first = KeyRing::new();
        let second = first.rotated(now, 3600, Former::ForTheirLife);
        let third = second.rotated(now.plus_seconds(1800), 3600, Former::ForTheirLife);
        let alive = |ring: &KeyRing, seconds| -> Vec<u32> {
            ring.alive(now.plus_seconds(seconds)).map(|key| key.id).collect()
        };
        assert_eq!(alive(&third, 1800), [2, 1, 0]);
        assert_eq!(alive(&third, 3659), [2, 1, 0], "another node may sign with it for a minute");
        assert_eq!(alive(&third, 3660), [2, 1]);
        assert_eq!(alive(&third, 5460), [2]);
        assert_eq!(alive(&third.rotated(now, 3600, Former::EndNow), 0), [3]);
        let fourth = third.rotated(now.plus_seconds(9000), 3600, Former::ForTheirLife);
        assert_eq!(fourth.0.len(), 2, "what ended is not kept");
    }
}
