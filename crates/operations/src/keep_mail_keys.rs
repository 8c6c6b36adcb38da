//! Certificates and keys by which signatures of letters are verified, as somebody of the desk trusts them.

use crate::environment::Environment;
use crate::error::Failure;
use crate::receive_letter::Post;
use crate::remove_entry::remove_entry;
use crate::viewer::Viewer;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use calendar::Instant;
use data_encoding::HEXLOWER;
use desk::{PersonId, ProviderId, Refusal, Right};
use mail::{ProtectionScheme, TrustedKey, judge_signature};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::{Entry, EntryRemoval, VersionQuery};

/// Under which kind they are stored.
pub(crate) const MAIL_KEY: &str = "mail_key";
/// Keys that a provider keeps at most, and bytes of one file.
const AT_MOST: usize = 2_000;
const BYTES_AT_MOST: usize = 256 * 1024;

/// A certificate or key that is trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailKeyView {
    /// By which it is asked for.
    pub key: String,
    /// `smime` or `pgp`.
    pub scheme: &'static str,
    /// What tells it apart, in hexadecimal.
    pub fingerprint: String,
    /// The addresses that it is trusted for; none for an authority that is trusted for all it stands for.
    pub addresses: Vec<String>,
    /// Whether it stands for certificates of others.
    pub is_authority: bool,
    /// Until when it holds; none where it does not end.
    pub until: Option<Instant>,
}

/// As it is stored.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// The only address that it is trusted for.
    address: Option<String>,
    fingerprint: String,
    /// It alone, in base64; before, all of the file that it came in.
    file: String,
}

/// The trusted certificates and keys of the viewer's desk.
///
/// # Errors
/// - the viewer may not keep the mail;
/// - the store fails.
pub async fn list_mail_keys(environment: &Environment, viewer: &Viewer) -> Result<Vec<MailKeyView>, Failure> {
    if !viewer.may(Right::KeepMail) {
        return Err(Failure::NotPermitted);
    }
    let entries = environment.entries(&viewer.provider.id, MAIL_KEY).await?;
    Ok(entries.iter().filter_map(|entry| Some(view(&entry.key, &key_of(entry)?))).collect())
}

/// Trusts the certificates and keys of a file, for one address or for those that they name themselves.
///
/// # Errors
/// - the viewer may not keep the mail;
/// - the file holds none, or only such as are not verified here, or none that names an address;
/// - there are too many, or the store fails.
pub async fn trust_mail_keys(
    environment: &Environment,
    viewer: &Viewer,
    bytes: &[u8],
    address: Option<&str>,
) -> Result<Vec<MailKeyView>, Failure> {
    must_keep(viewer)?;
    trust_mail_keys_of(environment, &viewer.provider.id, viewer.person.id, bytes, address).await
}

/// The same for a provider, by whoever runs the installation.
///
/// # Errors
/// As [`trust_mail_keys`].
pub async fn trust_mail_keys_of(
    environment: &Environment,
    provider: &ProviderId,
    by: PersonId,
    bytes: &[u8],
    address: Option<&str>,
) -> Result<Vec<MailKeyView>, Failure> {
    let invalid = |field, problem: &'static str| Failure::Invalid { field, problem: problem.into() };
    let address = address.map(str::trim).filter(|address| !address.is_empty()).map(str::to_lowercase);
    if address.as_ref().is_some_and(|address| {
        !address.contains('@') || address.contains(char::is_whitespace) || address.len() > 320
    }) {
        return Err(invalid("address", "error-mail-key-address"));
    }
    if bytes.len() > BYTES_AT_MOST {
        return Err(invalid("file", "error-mail-key"));
    }
    let found = TrustedKey::read(bytes, address.as_deref());
    let usable =
        |key: &TrustedKey| key.address.is_some() || key.is_authority() || !key.addresses().is_empty();
    if found.is_empty() || !found.iter().all(usable) {
        return Err(invalid("file", "error-mail-key"));
    }
    let known = environment.store.entries(provider, MAIL_KEY).await?;
    if known.len() + found.len() > AT_MOST {
        let (what, most) = (MAIL_KEY.to_owned(), AT_MOST as u32);
        return Err(Failure::Refused(Refusal::OutOfBounds { what, least: 0, most }));
    }
    let mut views = Vec::with_capacity(found.len());
    for key in &found {
        let kept = Kept {
            address: key.address.clone(),
            fingerprint: key.fingerprint(),
            file: STANDARD.encode(key.bytes()),
        };
        let name = format!("{} {}", kept.fingerprint, kept.address.as_deref().unwrap_or_default());
        let entry = Entry {
            provider: provider.clone(),
            kind: MAIL_KEY.to_owned(),
            key: HEXLOWER.encode(&Sha256::digest(name)[..20]),
            body: serde_json::to_string(&kept).expect("what is kept is plain data"),
            changed_at: environment.now(),
            changed_by: by,
        };
        environment.store.put_entry(&entry).await?;
        views.push(view(&entry.key, key));
    }
    environment.entries_changed();
    Ok(views)
}

/// Trusts a certificate or key no more. What was verified by it stays what it was when it came.
///
/// # Errors
/// - the viewer may not keep the mail, or there is no such one;
/// - the store fails.
pub async fn distrust_mail_key(environment: &Environment, viewer: &Viewer, key: &str) -> Result<(), Failure> {
    must_keep(viewer)?;
    let removed = remove_entry(environment, viewer, MAIL_KEY, key).await?;
    environment.entries_changed();
    if removed { Ok(()) } else { Err(Failure::NotFound { what: "mail_key" }) }
}

/// Forgets the keys of somebody who is erased, and what other entries hold of them: before, each held the whole file
/// that it came in. An authority that names the address itself goes as well.
pub(crate) async fn forget_mail_keys_of(
    environment: &Environment,
    provider: &ProviderId,
    email: &str,
) -> Result<(), Failure> {
    let store = &environment.store;
    let names = |bytes: &[u8]| {
        let (bytes, email) = (bytes.to_ascii_lowercase(), email.to_ascii_lowercase());
        bytes.windows(email.len()).any(|part| part == email.as_bytes())
    };
    for entry in store.entries(provider, MAIL_KEY).await? {
        let key = key_of(&entry);
        let is_theirs = match &key {
            Some(key) => {
                let mut addresses = key.address.iter().chain(key.addresses());
                addresses.any(|address| address.eq_ignore_ascii_case(email)) || names(key.bytes())
            }
            None => names(entry.body.as_bytes()),
        };
        if is_theirs {
            let (kind, key, at) = (MAIL_KEY, &entry.key, environment.now());
            store.remove_entry(&EntryRemoval { provider, kind, key, at, by: None }).await?;
            unword_versions_of(environment, provider, key).await?;
        } else if let Some(key) = key {
            let alone = Kept {
                address: key.address.clone(),
                fingerprint: key.fingerprint(),
                file: STANDARD.encode(key.bytes()),
            };
            let body = serde_json::to_string(&alone).expect("what is kept is plain data");
            if body != entry.body {
                let key = entry.key.clone();
                store.put_entry(&Entry { body, ..entry }).await?;
                unword_versions_of(environment, provider, &key).await?;
            }
        }
    }
    environment.entries_changed();
    Ok(())
}

/// Takes what a key was before out of its versions, but for what it is now: a file is no text in which a name is found.
async fn unword_versions_of(
    environment: &Environment,
    provider: &ProviderId,
    key: &str,
) -> Result<(), Failure> {
    let store = &environment.store;
    let query = VersionQuery {
        kind: Some(MAIL_KEY.to_owned()),
        key: Some(key.to_owned()),
        at_most: u32::MAX,
        ..VersionQuery::default()
    };
    let now = store.entry(provider, MAIL_KEY, key).await?.map(|entry| entry.body);
    let mut versions = store.entry_versions(provider, &query).await?;
    versions.retain(|version| version.body.as_ref().is_some_and(|body| Some(body) != now.as_ref()));
    Ok(store.unword_versions(&versions).await?)
}

/// A letter with what its signature says beside what else was found of its sender. A letter without one costs
/// nothing.
pub(crate) async fn with_signature<'a>(
    environment: &Environment,
    mut post: Post<'a>,
) -> Result<Post<'a>, Failure> {
    if post.letter.protection.is_empty() && post.letter.signatures.is_empty() {
        return Ok(post);
    }
    let entries = environment.entries(&post.provider.id, MAIL_KEY).await?;
    let keys: Vec<TrustedKey> = entries.iter().filter_map(key_of).collect();
    let at_seconds = post.received_at.milliseconds().div_euclid(1_000);
    if let Some(found) = judge_signature(&post.letter, &keys, at_seconds) {
        let found = found.to_string();
        post.checks = Some(match post.checks {
            Some(checks) => format!("{checks} {found}"),
            None => found,
        });
    }
    Ok(post)
}

fn key_of(entry: &Entry) -> Option<TrustedKey> {
    let kept: Kept = serde_json::from_str(&entry.body).ok()?;
    let bytes = STANDARD.decode(&kept.file).ok()?;
    let keys = TrustedKey::read(&bytes, kept.address.as_deref());
    keys.into_iter().find(|key| key.fingerprint() == kept.fingerprint)
}

fn view(name: &str, key: &TrustedKey) -> MailKeyView {
    MailKeyView {
        key: name.to_owned(),
        scheme: match key.scheme() {
            ProtectionScheme::Smime => "smime",
            ProtectionScheme::Pgp => "pgp",
        },
        fingerprint: key.fingerprint(),
        addresses: match &key.address {
            Some(only) => vec![only.clone()],
            None => key.addresses().to_vec(),
        },
        is_authority: key.is_authority(),
        until: key.until().and_then(|seconds| seconds.checked_mul(1_000)).map(Instant::from_milliseconds),
    }
}

fn must_keep(viewer: &Viewer) -> Result<(), Failure> {
    if viewer.may(Right::KeepMail) && viewer.may_write() { Ok(()) } else { Err(Failure::NotPermitted) }
}
