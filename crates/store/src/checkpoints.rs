//! What stood in the logs of all providers at a moment, in a few bytes: how far each had come, and a digest
//! of every commit until there, built on that of the checkpoint before. Who signs it is no matter here.

use crate::chain::hexadecimal;
use crate::database::Database;
use crate::error::StoreError;
use crate::sql::{Query, Sql, Value};
use desk::ProviderId;
use sha2::{Digest, Sha256};

/// How far a provider's logs had come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Place of the last commit among all of the provider.
    pub position: i64,
    /// Digest of the one before and of all commits since, in hexadecimal.
    pub digest: String,
}

/// What stands between two places of a provider's logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Digest of the start and of the commits, in hexadecimal.
    pub digest: String,
    /// The first place at which no commit stands.
    pub gap: Option<i64>,
}

static LATEST: Sql = Sql::new("SELECT number, line FROM checkpoint ORDER BY number DESC LIMIT 1");
static LINES: Sql =
    Sql::new("SELECT number, line FROM checkpoint WHERE number > $1 ORDER BY number LIMIT 1000");
static APPEND: Sql =
    Sql::new("INSERT INTO checkpoint (number, line) VALUES ($1, $2) ON CONFLICT (number) DO NOTHING");
static REACHES: Sql = Sql::new("SELECT provider, position FROM desk_counter ORDER BY provider");
static HASHES: Sql = Sql::new(
    "SELECT position, hash FROM log WHERE provider = $1 AND position > $2 AND position <= $3
     ORDER BY position LIMIT 2000",
);

impl Database {
    /// The last checkpoint, with its number.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn latest_checkpoint(&self) -> Result<Option<(i64, String)>, StoreError> {
        self.query_one(Query::new(&LATEST, Vec::new(), |row| Ok((row.integer(0)?, row.text(1)?)))).await
    }

    /// All checkpoints after a number, in order.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn checkpoints(&self, after: i64) -> Result<Vec<String>, StoreError> {
        let (mut lines, mut last) = (Vec::new(), after);
        loop {
            let query =
                Query::new(&LINES, vec![Value::Integer(last)], |row| Ok((row.integer(0)?, row.text(1)?)));
            let found = self.query(query).await?;
            let Some((number, _)) = found.last() else { return Ok(lines) };
            last = *number;
            lines.extend(found.into_iter().map(|(_, line)| line));
        }
    }

    /// Keeps a checkpoint. Whether it is the first of its number: another node may have been faster.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn append_checkpoint(&self, number: i64, line: &str) -> Result<bool, StoreError> {
        Ok(self.write(&APPEND, vec![Value::Integer(number), Value::text(line.to_owned())]).await? == 1)
    }

    /// How far the logs of each provider have come.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn reaches(&self) -> Result<Vec<(ProviderId, i64)>, StoreError> {
        let map = |row: &crate::sql::Row<'_>| Ok((ProviderId(row.text(0)?), row.integer(1)?));
        self.query(Query::new(&REACHES, Vec::new(), map)).await
    }

    /// The commits of a provider after a place and until another, with the digest that stood for all
    /// before them.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn stretch(
        &self,
        provider: &ProviderId,
        digest: &str,
        after: i64,
        until: i64,
    ) -> Result<Stretch, StoreError> {
        let mut hasher = Sha256::new();
        hasher.update(digest.as_bytes());
        let (mut at, mut gap) = (after, None);
        loop {
            let values = vec![Value::text(provider.0.clone()), Value::Integer(at), Value::Integer(until)];
            let map = |row: &crate::sql::Row<'_>| Ok((row.integer(0)?, row.array::<32>(1)?));
            let found = self.query_at_leisure(Query::new(&HASHES, values, map)).await?;
            if found.is_empty() {
                break;
            }
            for (position, hash) in found {
                if position != at + 1 {
                    gap = gap.or(Some(at + 1));
                }
                hasher.update(position.to_be_bytes());
                hasher.update(hash);
                at = position;
            }
        }
        if at < until {
            gap = gap.or(Some(at + 1));
        }
        Ok(Stretch { digest: hexadecimal(&hasher.finalize()), gap })
    }
}
