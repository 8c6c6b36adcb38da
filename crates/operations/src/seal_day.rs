//! The checkpoint of the day: how far the logs of all providers have come and what their journals say of each day
//! that is over, signed, each built on the one before, kept in the store and added to a file that is meant to be
//! copied away. Whoever holds an earlier line sees a lost tail, a removed request and a changed row, which no chain in
//! itself can show, and a row of the journal that was removed, added or changed.

use crate::environment::Environment;
use crate::error::Failure;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use calendar::{Instant, LocalDate, LocalTime, Zone};
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use desk::{PersonId, ProviderId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use store::{AuditFlaw, Database, Reach, StoreError};

/// How checkpoints are signed, and where they are added to.
pub struct Seal {
    key: Ed25519KeyPair,
    file: Option<PathBuf>,
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Seal({})", self.public_key())
    }
}

/// Seconds between two checkpoints.
const DAY_SECONDS: i64 = 24 * 3600;

impl Seal {
    /// A key as PKCS 8, as [`new_sealing_key`] gives it.
    ///
    /// # Errors
    /// Bytes that are no such key.
    pub fn new(key: &[u8], file: Option<PathBuf>) -> Result<Self, String> {
        let key = Ed25519KeyPair::from_pkcs8(key).map_err(|error| error.to_string())?;
        Ok(Self { key, file })
    }

    /// The public key in hexadecimal, for whoever verifies.
    #[must_use]
    pub fn public_key(&self) -> String {
        HEXLOWER.encode(self.key.public_key().as_ref())
    }

    /// A statement with its signature behind it, as one line.
    pub(crate) fn sign(&self, statement: &str) -> String {
        format!("{statement}\t{}", HEXLOWER.encode(self.key.sign(statement.as_bytes()).as_ref()))
    }
}

/// A new key, as PKCS 8.
///
/// # Panics
/// When the operating system has no random bytes to give.
#[must_use]
pub fn new_sealing_key() -> Vec<u8> {
    let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new());
    made.expect("the operating system gives random bytes").as_ref().to_vec()
}

/// What is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Statement {
    checkpoint: i64,
    at: Instant,
    /// SHA-256 of the line before; empty for the first.
    previous: String,
    /// How far each provider had come: place and digest.
    providers: BTreeMap<String, (i64, String)>,
    /// What the journals said of the days since the checkpoint before. Lines of before have none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    journals: BTreeMap<String, SealedJournal>,
}

/// What a provider's journal said of some days, in UTC. Whole days, because they go whole when they were kept long
/// enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct SealedJournal {
    /// The first day.
    from: LocalDate,
    /// The day after the last.
    until: LocalDate,
    /// How many rows each day had, and the digest of their hashes; a day without any is not named.
    days: BTreeMap<LocalDate, (u64, String)>,
}

/// Seconds after the end of a day until all of its rows are written: they are gathered for a fifth of a second.
const LATE_SECONDS: i64 = 600;
/// Days without which the journal never is: no certificate lets younger rows go.
const DAYS_AT_LEAST: i64 = 180;

/// Makes a checkpoint where the last is a day old. Gives whether one was made.
///
/// # Errors
/// When the store fails, or the file cannot be written; what is in the store is then added next time.
pub async fn seal_day(environment: &Environment) -> Result<bool, Failure> {
    let Some(seal) = environment.seal() else { return Ok(false) };
    let (store, now) = (&environment.store, environment.now());
    let latest = store.latest_checkpoint().await?;
    let known = match &latest {
        Some((_, line)) => Some(read(line).ok_or_else(|| unreadable("a stored checkpoint"))?.0),
        None => None,
    };
    if known.as_ref().is_some_and(|known| known.at.plus_seconds(DAY_SECONDS) > now) {
        return Ok(false);
    }
    let mut providers = BTreeMap::new();
    for (provider, position) in store.reaches().await? {
        let before = known.as_ref().and_then(|known| known.providers.get(provider.as_str()));
        let (after, digest) = before.cloned().unwrap_or_default();
        let stretch = store.stretch(&provider, &digest, after, position).await?;
        providers.insert(provider.0, (position, stretch.digest));
    }
    let mut journals = BTreeMap::new();
    for provider in store.providers().await? {
        let before = known.as_ref().and_then(|known| known.journals.get(provider.id.as_str()));
        let from = match before {
            Some(before) => before.until,
            None => match journal_begins(store, &provider.id).await? {
                Some(from) => from,
                None => continue,
            },
        };
        let sealed = seal_journal(store, &provider.id, from, now).await?;
        journals.insert(provider.id.0, sealed);
    }
    let statement = Statement {
        checkpoint: known.as_ref().map_or(1, |known| known.checkpoint + 1),
        at: now,
        previous: latest.map(|(_, line)| digest_of(&line)).unwrap_or_default(),
        providers,
        journals,
    };
    let text = serde_json::to_string(&statement).expect("a statement is plain data");
    let line = seal.sign(&text);
    if !store.append_checkpoint(statement.checkpoint, &line).await? {
        return Ok(false);
    }
    tracing::info!(checkpoint = line, "the checkpoint of the day");
    if let Some(file) = &seal.file {
        complete(store, file).await?;
    }
    Ok(true)
}

/// The first day of a provider's journal whose rows all have hashes.
async fn journal_begins(store: &Database, provider: &ProviderId) -> Result<Option<LocalDate>, Failure> {
    let Some((first, last_without)) = store.audit_begins(provider).await? else { return Ok(None) };
    let day = |at| Zone::utc().local(at).date;
    Ok(Some(last_without.map_or(day(first), |last| day(first).max(day(last).plus_days(1)))))
}

/// What a provider's journal says of the days from one on that are over.
async fn seal_journal(
    store: &Database,
    provider: &ProviderId,
    from: LocalDate,
    now: Instant,
) -> Result<SealedJournal, Failure> {
    let until = Zone::utc().local(now.plus_seconds(-LATE_SECONDS)).date.max(from);
    let mut days = BTreeMap::new();
    let mut day = from;
    while day < until {
        let next = day.plus_days(1);
        let found = store.audit_stretch(provider, midnight(day), midnight(next), &HashSet::new()).await?;
        if found.rows > 0 {
            days.insert(day, (found.rows, found.digest));
        }
        day = next;
    }
    Ok(SealedJournal { from, until, days })
}

fn midnight(day: LocalDate) -> Instant {
    Zone::utc().instant_of(day, LocalTime::MIDNIGHT)
}

/// Rows of all journals that do not say what they said when they were written, in words for the operator.
///
/// # Errors
/// When the store fails.
pub async fn verify_journals(store: &Database) -> Result<Vec<String>, Failure> {
    let mut flaws = Vec::new();
    for provider in store.providers().await? {
        let Some((first, last_without)) = store.audit_begins(&provider.id).await? else { continue };
        let from = last_without.map_or(first, |last| last.plus_milliseconds(1).max(first));
        let erased = erased(store, &provider.id).await?;
        let all =
            store.audit_stretch(&provider.id, from, Instant::from_milliseconds(i64::MAX), &erased).await?;
        flaws.extend(all.flaws.iter().map(|flaw| told(&provider.id, flaw)));
    }
    Ok(flaws)
}

/// What of a provider's journal is not as a checkpoint saw it.
async fn verify_sealed(
    store: &Database,
    provider: &ProviderId,
    number: i64,
    sealed: &SealedJournal,
) -> Result<Vec<String>, Failure> {
    let erased = erased(store, provider).await?;
    let gone_until = gone_until(store, provider).await?;
    let mut flaws = Vec::new();
    let mut day = sealed.from;
    while day < sealed.until {
        let (this, next) = (day, day.plus_days(1));
        day = next;
        if gone_until.is_some_and(|gone| midnight(next) <= gone) {
            continue;
        }
        let (rows, digest) = sealed.days.get(&this).cloned().unwrap_or_default();
        let found = store.audit_stretch(provider, midnight(this), midnight(next), &erased).await?;
        flaws.extend(found.flaws.iter().map(|flaw| told(provider, flaw)));
        if found.rows < rows {
            let lost = rows - found.rows;
            flaws.push(format!(
                "{provider}: {lost} of {rows} rows of the journal of {this} in checkpoint {number} are gone"
            ));
        } else if found.rows > rows {
            let added = found.rows - rows;
            flaws.push(format!(
                "{provider}: {added} rows of the journal of {this} are not in checkpoint {number}"
            ));
        } else if rows > 0 && found.digest != digest {
            flaws.push(format!(
                "{provider}: rows of the journal of {this} are not as checkpoint {number} saw them"
            ));
        }
    }
    Ok(flaws)
}

fn told(provider: &ProviderId, flaw: &AuditFlaw) -> String {
    let AuditFlaw { id, at, deed, kind } = flaw;
    format!("{provider}: row {id:032x} of the journal ({deed}, {at}) {}", kind.as_str())
}

async fn erased(store: &Database, provider: &ProviderId) -> Result<HashSet<PersonId>, Failure> {
    let erasures = store.erasures(provider).await?;
    Ok(erasures
        .into_iter()
        .filter(|erasure| erasure.done_at.is_some())
        .map(|erasure| erasure.person)
        .collect())
}

/// Until when the journal went because it was kept long enough, as certificates in it say. One that lets younger rows
/// go than any retention may is none.
async fn gone_until(store: &Database, provider: &ProviderId) -> Result<Option<Instant>, Failure> {
    let certificates = store.outlived(provider).await?;
    let read = certificates.iter().filter_map(|(at, says)| {
        let until = says.strip_prefix("journal ")?.split_once(" < ")?.1;
        let until = Instant::parse(until).ok()?;
        (until <= at.plus_seconds(-DAYS_AT_LEAST * DAY_SECONDS)).then_some(until)
    });
    Ok(read.max())
}

/// Adds to the file what the store has and the file has not.
async fn complete(store: &Database, file: &Path) -> Result<(), Failure> {
    let failed = |error: std::io::Error| StoreError::Failed {
        attempt: "write the checkpoints".to_owned(),
        reason: format!("{}: {error}", file.display()),
    };
    let known = match std::fs::read_to_string(file) {
        Ok(text) => text.lines().filter_map(read).map(|(statement, _)| statement.checkpoint).max(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed(error).into()),
    };
    let mut out = std::fs::OpenOptions::new().create(true).append(true).open(file).map_err(failed)?;
    for line in store.checkpoints(known.unwrap_or(0)).await? {
        out.write_all(format!("{line}\n").as_bytes()).map_err(failed)?;
    }
    out.sync_all().map_err(|error| failed(error).into())
}

/// What does not agree with checkpoints that were kept elsewhere, in words for the operator.
///
/// # Errors
/// When the store fails.
pub async fn verify_checkpoints(store: &Database, text: &str, key: &str) -> Result<Vec<String>, Failure> {
    let mut flaws = Vec::new();
    let Some(key) = bytes_of(key) else {
        return Ok(vec!["the key is none of 64 hexadecimal digits".to_owned()]);
    };
    let key = UnparsedPublicKey::new(&ED25519, key);
    let mut before: Option<(Statement, String)> = None;
    let stored = store.checkpoints(0).await?;
    let stored: HashMap<_, _> =
        stored.iter().filter_map(|own| Some((read(own)?.0.checkpoint, own))).collect();
    for (place, line) in text.lines().filter(|line| !line.trim().is_empty()).enumerate() {
        let Some((statement, signature)) = read(line) else {
            flaws.push(format!("line {} is no checkpoint", place + 1));
            continue;
        };
        let number = statement.checkpoint;
        let signed = line.split('\t').next().unwrap_or_default();
        if key.verify(signed.as_bytes(), &signature).is_err() {
            flaws.push(format!("checkpoint {number} is not signed by this key"));
        }
        if let Some((earlier, digest)) = &before
            && (statement.previous != *digest || number != earlier.checkpoint + 1)
        {
            flaws.push(format!("checkpoint {number} does not follow from {}", earlier.checkpoint));
        }
        match stored.get(&number) {
            Some(own) if own.as_str() != line => {
                flaws.push(format!("checkpoint {number} of the store is another"))
            }
            None => flaws.push(format!("checkpoint {number} is not in the store")),
            Some(_) => {}
        }
        for (provider, (position, digest)) in &statement.providers {
            let id = ProviderId(provider.clone());
            let earlier = before.as_ref().and_then(|(earlier, _)| earlier.providers.get(provider));
            // The first line of a file that was cut names no start: its own digest is taken as one.
            if before.is_none() && number > 1 {
                continue;
            }
            let start = earlier.cloned().unwrap_or_default();
            let found = store.stretch(&id, &start.1, start.0, *position).await?;
            let reach = Reach { position: *position, digest: found.digest };
            if let Some(gap) = found.gap {
                flaws.push(format!("{provider}: commit {gap} of checkpoint {number} is gone"));
            } else if reach.digest != *digest {
                flaws.push(format!(
                    "{provider}: commits {} to {position} are not as checkpoint {number} saw them",
                    start.0 + 1
                ));
            }
        }
        for (provider, sealed) in &statement.journals {
            let id = ProviderId(provider.clone());
            let follows = match before.as_ref().and_then(|(earlier, _)| earlier.journals.get(provider)) {
                Some(earlier) => earlier.until == sealed.from,
                None => true,
            };
            if !follows {
                flaws.push(format!(
                    "{provider}: the journal of checkpoint {number} does not follow from the one before"
                ));
            }
            flaws.extend(verify_sealed(store, &id, number, sealed).await?);
        }
        before = Some((statement, digest_of(line)));
    }
    if before.is_none() && flaws.is_empty() {
        flaws.push("there is no checkpoint in it".to_owned());
    }
    Ok(flaws)
}

fn read(line: &str) -> Option<(Statement, Vec<u8>)> {
    let (text, signature) = line.trim_end().split_once('\t')?;
    Some((serde_json::from_str(text).ok()?, bytes_of(signature)?))
}

/// Whether a statement and the signature behind it are of this key.
pub(crate) fn is_signed(line: &str, key: &str) -> bool {
    let parts = line.split_once('\t').and_then(|(text, signature)| Some((text, bytes_of(signature)?)));
    parts.zip(bytes_of(key)).is_some_and(|((text, signature), key)| {
        UnparsedPublicKey::new(&ED25519, key).verify(text.as_bytes(), &signature).is_ok()
    })
}

/// The digest of a line.
pub(crate) fn digest_of(line: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(line.trim_end().as_bytes()))
}

fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok().filter(|bytes| !bytes.is_empty())
}

fn unreadable(what: &str) -> Failure {
    StoreError::Corrupt { what: format!("{what} cannot be read") }.into()
}
