//! Whose data were erased, in a file outside the database: a restored backup is older than they are.
//!
//! A line an erasure, added and never changed: provider, id, instant and extent, and no name. The file is
//! kept where backups are kept, by whoever keeps them.

use crate::environment::Environment;
use crate::erase_person::erase_again;
use crate::error::Failure;
use calendar::Instant;
use desk::{PersonId, ProviderId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use store::{Erasure, ErasureExtent, StoreError};

/// A line of the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tombstone {
    /// Key of the provider.
    pub provider: String,
    /// Whose data.
    pub person: String,
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
            at: erasure.at.to_string(),
            extent: erasure.extent.as_str().to_owned(),
        }
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
        let stone: Option<Tombstone> =
            serde_json::from_str(line).ok().filter(|stone: &Tombstone| stone.erasure().is_some());
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
    let known: BTreeSet<(String, String)> =
        read_tombstones(path)?.into_iter().map(|stone| (stone.provider, stone.person)).collect();
    let mut added = 0;
    for erasure in environment.store.all_erasures().await? {
        let stone = Tombstone::of(&erasure);
        if !known.contains(&(stone.provider.clone(), stone.person.clone())) {
            add_tombstone(path, &stone)?;
            added += 1;
        }
    }
    Ok(added)
}

/// Erases again whoever a restored store brought back. Gives how many came back.
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
            at: "2026-08-14T22:00:00Z".to_owned(),
            extent: "everything".to_owned(),
        };
        add_tombstone(&path, &stone(1)).expect("written");
        add_tombstone(&path, &stone(2)).expect("written");
        assert_eq!(read_tombstones(&path).expect("read"), [stone(1), stone(2)]);
        std::fs::write(&path, "{\"provider\":").expect("written");
        assert!(read_tombstones(&path).is_err());
    }
}
