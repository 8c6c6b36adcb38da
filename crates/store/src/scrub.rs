//! Cleaning the pages that held what was erased, and knowing whether any are left to clean.

use crate::database::Database;
use crate::error::StoreError;
use crate::settings::put;
use crate::sql::{Query, Sql, Statement, Value};
use calendar::Instant;
use std::time::Duration;

/// How thoroughly the pages are cleaned that held what was erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scrub {
    /// While everybody works. On SQLite this is all there is. On PostgreSQL tables of so many bytes at most, with their
    /// indexes, are written anew, for which nobody reads or writes them meanwhile; of larger ones dead rows are removed,
    /// and may linger in free space of their pages.
    Online {
        /// The bytes.
        anew_up_to: i64,
    },
    /// Every table is written anew, and nobody reads or writes it meanwhile.
    Whole,
}

/// Counts what was erased. Part of the transaction that erases, wherever there is a single one.
static COUNT: Sql = Sql::new(
    "INSERT INTO setting (key, value) VALUES ('erased', '1')
     ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(setting.value AS BIGINT) + 1 AS TEXT)",
);
/// Up to where was erased, where that is not as far as was cleaned, in the sense of a key.
static LEFT: Sql = Sql::new(
    "SELECT value FROM setting WHERE key = 'erased'
     AND value <> coalesce((SELECT c.value FROM setting c WHERE c.key = $1), '')",
);
/// Cleaned as far as can be while everybody works.
const CLEANED: &str = "cleaned";
/// Cleaned so that no page holds anything of it.
const CLEANED_WHOLLY: &str = "cleaned_wholly";
static PERSONS_CLEANED: Sql = Sql::new(
    "UPDATE erasure SET scrubbed_at = $1 WHERE done_at IS NOT NULL AND scrubbed_at IS NULL AND done_at <= $1",
);
static ACCOUNTS_CLEANED: Sql = Sql::new(
    "UPDATE account_erasure SET scrubbed_at = $1
     WHERE done_at IS NOT NULL AND scrubbed_at IS NULL AND done_at <= $1",
);

/// What says, within a transaction, that pages hold what it erased.
pub(crate) fn counted() -> Statement<'static> {
    Statement::new(&COUNT, Vec::new())
}

impl Database {
    /// Says that pages hold what was erased: they are cleaned when somebody next does.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn leave_to_clean(&self) -> Result<(), StoreError> {
        self.write_all(vec![counted()]).await.map(drop)
    }

    /// Whether something was erased and the pages were not cleaned since, as far as can be while everybody works.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn is_left_to_clean(&self) -> Result<bool, StoreError> {
        Ok(self.left_since(CLEANED).await?.is_some())
    }

    /// Whether pages may hold something of what was erased, be it in their free space.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn may_hold_erased(&self) -> Result<bool, StoreError> {
        Ok(self.left_since(CLEANED_WHOLLY).await?.is_some())
    }

    async fn left_since(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.query_one(Query::new(&LEFT, vec![Value::text(key.to_owned())], |row| row.text(0))).await
    }

    /// Cleans the pages that held what was erased, the index of words included, and notes it. Gives the tables whose free
    /// space may still hold something: erasures are noted as clean once there is none.
    ///
    /// On SQLite the file is written anew and the write-ahead log emptied; what is written meanwhile
    /// waits. On PostgreSQL see [`Scrub`]; its own write-ahead log and the backups keep what they hold
    /// until they expire. What began before is waited for there, so long, at most twice: another program that reads, or
    /// writes in any database of the server.
    ///
    /// # Errors
    /// - [`StoreError::Held`] when something that began before goes on for longer, [`StoreError::Busy`] on SQLite:
    ///   nothing is noted as clean;
    /// - what storage fails at, a full disk above all: SQLite needs room for the file once more.
    pub async fn scrub(
        &self,
        how: Scrub,
        patience: Duration,
        now: Instant,
    ) -> Result<Vec<&'static str>, StoreError> {
        // What is erased from now on may come too late for this time.
        let count = self.left_since(CLEANED_WHOLLY).await?;
        let too_large = self.clean_pages(how, patience).await?;
        let note = |key: &str| count.as_deref().map(|count| put(key, count));
        let mut noted: Vec<Statement<'static>> = note(CLEANED).into_iter().collect();
        if too_large.is_empty() {
            noted.extend(note(CLEANED_WHOLLY));
            noted.extend(
                [&PERSONS_CLEANED, &ACCOUNTS_CLEANED]
                    .map(|sql| Statement::new(sql, vec![Value::instant(now)])),
            );
        }
        self.write_all(noted).await?;
        Ok(too_large)
    }
}
