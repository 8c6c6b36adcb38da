//! What a scanner said of the files of messages, and which of them wait for it.

use crate::database::Database;
use crate::error::StoreError;
use crate::sql::{Query, Row, Sql, Value};
use calendar::Instant;
use desk::{FileId, ProviderId};

/// What is known of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ScanState {
    /// Nothing yet.
    #[default]
    Waiting,
    /// Nothing was found.
    Clean,
    /// Something was found: its name.
    Infected(String),
    /// The scanner cannot look at it: why.
    Failed(String),
}

impl ScanState {
    fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Waiting => ("waiting", ""),
            Self::Clean => ("clean", ""),
            Self::Infected(finding) => ("infected", finding),
            Self::Failed(why) => ("failed", why),
        }
    }

    /// Reads the two columns of a row; a file without one waits.
    pub(crate) fn of(row: &Row<'_>, column: usize) -> Result<Self, StoreError> {
        let finding = || Ok(row.text_or_none(column + 1)?.unwrap_or_default());
        Ok(match row.text_or_none(column)?.as_deref() {
            None | Some("waiting") => Self::Waiting,
            Some("clean") => Self::Clean,
            Some("infected") => Self::Infected(finding()?),
            Some("failed") => Self::Failed(finding()?),
            Some(other) => return Err(StoreError::corrupt(format!("a file cannot be `{other}`"))),
        })
    }
}

/// A file that a round may give to the scanner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanErrand {
    /// Whose desk.
    pub provider: ProviderId,
    /// Which file.
    pub file: FileId,
    /// How often it was tried, this time included.
    pub attempts: u32,
}

pub(crate) static AWAIT_SCAN: Sql = Sql::new(
    "INSERT INTO scan (provider, file, state, finding, attempts, claim_at) VALUES ($1, $2, 'waiting', '', 0, 0)
     ON CONFLICT (provider, file) DO NOTHING",
);
pub(crate) static FORGET_SCAN: Sql = Sql::new(
    "DELETE FROM scan WHERE provider = $1 AND file IN
     (SELECT id FROM file WHERE provider = $1 AND id = $3 AND ticket = $2)",
);
static CLAIM: Sql = Sql::differing(
    "UPDATE scan SET claim_at = $2, attempts = attempts + 1 WHERE (provider, file) IN
     (SELECT provider, file FROM scan WHERE state = 'waiting' AND claim_at <= $1 ORDER BY claim_at LIMIT $3)
     RETURNING provider, file, attempts",
    "UPDATE scan SET claim_at = $2, attempts = attempts + 1 WHERE (provider, file) IN
     (SELECT provider, file FROM scan WHERE state = 'waiting' AND claim_at <= $1 ORDER BY claim_at LIMIT $3
      FOR UPDATE SKIP LOCKED)
     RETURNING provider, file, attempts",
);
static NOTE: Sql = Sql::new(
    "UPDATE scan SET state = $3, finding = $4, at = $5, claim_at = $6 WHERE provider = $1 AND file = $2",
);
static STATE: Sql = Sql::new("SELECT state, finding FROM scan WHERE provider = $1 AND file = $2");

impl Database {
    /// Files that wait for the scanner, claimed until an instant.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn claim_scans(
        &self,
        now: Instant,
        until: Instant,
        at_most: u32,
    ) -> Result<Vec<ScanErrand>, StoreError> {
        let values = vec![Value::instant(now), Value::instant(until), Value::count(at_most.into())];
        self.write_returning(&CLAIM, values, |row| {
            Ok(ScanErrand {
                provider: ProviderId(row.text(0)?),
                file: FileId(row.id(1)?),
                attempts: u32::try_from(row.integer(2)?).unwrap_or(u32::MAX),
            })
        })
        .await
    }

    /// Notes what is known of a file; one that waits is looked at again from `again_at`.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn note_scan(
        &self,
        provider: &ProviderId,
        file: FileId,
        state: &ScanState,
        at: Instant,
        again_at: Instant,
    ) -> Result<(), StoreError> {
        let (name, finding) = state.parts();
        let values = vec![
            Value::text(provider.0.clone()),
            Value::id(file.0),
            Value::text(name),
            Value::text(finding.chars().take(200).collect::<String>()),
            Value::instant(at),
            Value::instant(again_at),
        ];
        self.write(&NOTE, values).await.map(drop)
    }

    /// What is known of a file.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn scan_of(&self, provider: &ProviderId, file: FileId) -> Result<ScanState, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::id(file.0)];
        let found = self.query_one(Query::new(&STATE, values, |row| ScanState::of(row, 0))).await?;
        Ok(found.unwrap_or_default())
    }
}
