//! Whose data were erased, in a file outside the database: a restored backup is older than they are.
//!
//! A line an erasure, of a person or of a whole account, added and never changed: provider, id, instant and extent, and
//! no name. The file is
//! kept where backups are kept, by whoever keeps them.

use crate::destroy_account::destroy_again;
use crate::environment::Environment;
use crate::erase_person::erase_again;
use crate::error::Failure;
use calendar::Instant;
use desk::{AccountId, PersonId, ProviderId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use store::{AccountErasure, Erasure, ErasureExtent, StoreError};

/// A line of the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tombstone {
    /// Key of the provider.
    pub provider: String,
    /// Whose data; empty where it is an account's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub person: String,
    /// Of which account; empty where it is a person's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub account: String,
    /// When it was asked for.
    pub at: String,
    /// `everything` or `identity`.
    pub extent: String,
}

impl Tombstone {
    /// The line of an erasure.
    #[must_use]
    pub fn of(erasure: &Erasure) -> Self {
        Self {
            provider: erasure.provider.0.clone(),
            person: erasure.person.to_string(),
            account: String::new(),
            at: erasure.at.to_string(),
            extent: erasure.extent.as_str().to_owned(),
        }
    }

    /// The line of the destruction of an account.
    #[must_use]
    pub fn of_account(erasure: &AccountErasure) -> Self {
        Self {
            provider: erasure.provider.0.clone(),
            person: String::new(),
            account: erasure.account.to_string(),
            at: erasure.at.to_string(),
            extent: ErasureExtent::Everything.as_str().to_owned(),
        }
    }

    /// The account that is meant, and when it was asked for; none where it is a person.
    fn account(&self) -> Option<(ProviderId, AccountId, Instant)> {
        let account = self.account.parse::<AccountId>().ok()?;
        Some((ProviderId(self.provider.clone()), account, Instant::parse(&self.at).ok()?))
    }

    /// Whether it says whom or what it is about.
    fn is_whole(&self) -> bool {
        self.erasure().is_some() != self.account().is_some()
    }

    fn erasure(&self) -> Option<Erasure> {
        Some(Erasure {
            provider: ProviderId(self.provider.clone()),
            person: self.person.parse::<PersonId>().ok()?,
            at: Instant::parse(&self.at).ok()?,
            asked_by: None,
            extent: ErasureExtent::parse(&self.extent)?,
            done_at: None,
            scrubbed_at: None,
        })
    }
}

/// The lines of a file; none where there is no such file.
///
/// # Errors
/// A file that cannot be read, or a line that is none: nobody is left out in silence.
pub fn read_tombstones(path: &Path) -> Result<Vec<Tombstone>, Failure> {
    let failed =
        |reason: String| StoreError::Failed { attempt: "read the list of erasures".to_owned(), reason };
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(format!("{}: {error}", path.display())).into()),
    };
    let mut stones = Vec::new();
    for (place, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let stone: Option<Tombstone> = serde_json::from_str(line).ok().filter(Tombstone::is_whole);
        let stone = stone.ok_or_else(|| failed(format!("{}: line {} is none", path.display(), place + 1)))?;
        stones.push(stone);
    }
    Ok(stones)
}

/// Adds a line, on the disk before this returns.
pub(crate) fn add_tombstone(path: &Path, stone: &Tombstone) -> Result<(), Failure> {
    let written = || {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
        let line = serde_json::to_string(stone).expect("a tombstone is plain data");
        file.write_all(format!("{line}\n").as_bytes())?;
        file.sync_all()
    };
    written().map_err(|error| {
        let reason = format!("{}: {error}", path.display());
        StoreError::Failed { attempt: "write the list of erasures".to_owned(), reason }.into()
    })
}

/// Writes into the file what the store knows and the file does not, as after a node with another disk
/// erased somebody. Gives how many lines were added.
///
/// # Errors
/// A file that cannot be read or written, and what the store fails at.
pub async fn complete_tombstones(environment: &Environment) -> Result<usize, Failure> {
    let Some(path) = environment.tombstones() else { return Ok(0) };
    // Whose name alone went may lose their texts later.
    let what = |stone: &Tombstone| Tombstone { at: String::new(), ..stone.clone() };
    let known: BTreeSet<_> = read_tombstones(path)?.iter().map(what).collect();
    let people = environment.store.all_erasures().await?;
    let accounts = environment.store.all_account_erasures().await?;
    let stones = people.iter().map(Tombstone::of).chain(accounts.iter().map(Tombstone::of_account));
    let mut added = 0;
    for stone in stones.filter(|stone| !known.contains(&what(stone))) {
        add_tombstone(path, &stone)?;
        added += 1;
    }
    Ok(added)
}

/// Erases again whoever a restored store brought back, and destroys again which account. Gives how many came back.
///
/// # Errors
/// When the store fails.
pub async fn replay_tombstones(environment: &Environment, stones: &[Tombstone]) -> Result<usize, Failure> {
    let mut replayed = 0;
    for erasure in stones.iter().filter_map(Tombstone::erasure) {
        let known = environment.store.erasures(&erasure.provider).await?;
        let is_done = known.iter().any(|known| {
            known.person == erasure.person
                && known.done_at.is_some()
                && (known.extent == ErasureExtent::Everything || known.extent == erasure.extent)
        });
        if !is_done && erase_again(environment, &erasure).await? {
            replayed += 1;
        }
    }
    for (provider, account, at) in stones.iter().filter_map(Tombstone::account) {
        let known = environment.store.account_erasures(&provider).await?;
        let is_done = known.iter().any(|known| known.account == account && known.done_at.is_some());
        if !is_done && destroy_again(environment, &provider, account, at).await? {
            replayed += 1;
        }
    }
    Ok(replayed)
}

#[cfg(test)]
mod tests {
    use super::{Tombstone, add_tombstone, read_tombstones};

    #[test]
    fn lines_are_added_and_read_back_and_a_broken_one_is_told() {
        let folder = harness::TemporaryFolder::new("tombstones");
        let path = folder.path().join("erasures.jsonl");
        assert_eq!(read_tombstones(&path).expect("no file is no line"), []);
        let stone = |person: u128| Tombstone {
            provider: "orvane".to_owned(),
            person: format!("{person:032x}"),
            account: String::new(),
            at: "2026-08-14T22:00:00Z".to_owned(),
            extent: "everything".to_owned(),
        };
        add_tombstone(&path, &stone(1)).expect("written");
        add_tombstone(&path, &stone(2)).expect("written");
        let of_account = Tombstone { person: String::new(), account: format!("{:032x}", 3), ..stone(3) };
        add_tombstone(&path, &of_account).expect("written");
        assert_eq!(read_tombstones(&path).expect("read"), [stone(1), stone(2), of_account]);
        let of_nobody = Tombstone { person: String::new(), ..stone(4) };
        add_tombstone(&path, &of_nobody).expect("written");
        assert!(read_tombstones(&path).is_err(), "a line that names nothing leaves nobody out in silence");
        std::fs::write(&path, "{\"provider\":").expect("written");
        assert!(read_tombstones(&path).is_err());
    }
}
