//! Whether the journal says what it said when its rows were written: each by itself, and those of a time together.

use crate::chain::{AuditLink, hexadecimal};
use crate::database::Database;
use crate::error::StoreError;
use crate::sql::{Query, Row, Sql, Value};
use calendar::Instant;
use desk::{PersonId, ProviderId};
use sha2::{Digest, Sha256};
use std::collections::HashSet;

/// What stands in a provider's journal between two instants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditStretch {
    /// How many rows.
    pub rows: u64,
    /// Digest of their hashes, in hexadecimal.
    pub digest: String,
    /// Rows that do not say what they said.
    pub flaws: Vec<AuditFlaw>,
}

/// A row that does not say what it said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditFlaw {
    /// Its id.
    pub id: u128,
    /// When, as it says.
    pub at: Instant,
    /// What, as it says.
    pub deed: String,
    /// What is wrong with it.
    pub kind: AuditFlawKind,
}

/// What is wrong with a row of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditFlawKind {
    /// Its hash is not that of what it says.
    Altered,
    /// What an erasure may take out is gone, and nobody whom it concerns was erased.
    Emptied,
    /// It came without a hash.
    Unproven,
}

impl AuditFlawKind {
    /// In words for the operator.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Altered => "was altered",
            Self::Emptied => "lost what it says, and nobody in it was erased",
            Self::Unproven => "was not written by this program",
        }
    }
}

struct Stored {
    id: u128,
    at: Instant,
    person: Option<u128>,
    deed: String,
    object: String,
    outcome: String,
    network: String,
    salt: Option<Vec<u8>>,
    digest: Option<Vec<u8>>,
    hash: Option<Vec<u8>>,
}

const PAGE: u32 = 2_000;

static ROWS: Sql = Sql::new(
    "SELECT id, at, person, deed, object, outcome, network, salt, digest, hash FROM audit
     WHERE provider = $1 AND at >= $2 AND at < $3 AND (at > $2 OR id > $4) ORDER BY at, id LIMIT $5",
);
static BOUNDS: Sql = Sql::new(
    "SELECT min(CASE WHEN hash IS NOT NULL THEN at END), max(CASE WHEN hash IS NULL THEN at END)
     FROM audit WHERE provider = $1",
);
static LATEST: Sql = Sql::new("SELECT max(at) FROM audit WHERE provider = $1");
static FORGOTTEN: Sql =
    Sql::new("SELECT at, object FROM audit WHERE provider = $1 AND deed = 'outlived' ORDER BY at");

impl Database {
    /// The rows of a provider's journal from an instant on and until before another, with the flaws of each. People
    /// who were erased may have emptied what concerns them.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn audit_stretch(
        &self,
        provider: &ProviderId,
        from: Instant,
        until: Instant,
        erased: &HashSet<PersonId>,
    ) -> Result<AuditStretch, StoreError> {
        let (mut hasher, mut rows, mut flaws) = (Sha256::new(), 0, Vec::new());
        // An id of no bytes comes before every other.
        let (mut at, mut after) = (from, Value::bytes(Vec::new()));
        loop {
            let values = vec![
                Value::text(provider.0.clone()),
                Value::instant(at),
                Value::instant(until),
                after,
                Value::count(PAGE.into()),
            ];
            let found = self.query_at_leisure(Query::new(&ROWS, values, stored)).await?;
            for row in &found {
                rows += 1;
                hasher.update(row.hash.as_deref().unwrap_or_default());
                if let Some(kind) = row.flaw(provider, erased) {
                    flaws.push(AuditFlaw { id: row.id, at: row.at, deed: row.deed.clone(), kind });
                }
            }
            match found.last() {
                Some(last) if found.len() == PAGE as usize => (at, after) = (last.at, Value::id(last.id)),
                _ => return Ok(AuditStretch { rows, digest: hexadecimal(&hasher.finalize()), flaws }),
            }
        }
    }

    /// When the first row with a hash was written into a provider's journal and the last without one, which is from
    /// before; none where none has any.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn audit_begins(
        &self,
        provider: &ProviderId,
    ) -> Result<Option<(Instant, Option<Instant>)>, StoreError> {
        let query = Query::new(&BOUNDS, vec![Value::text(provider.0.clone())], |row| {
            Ok((row.instant_or_none(0)?, row.instant_or_none(1)?))
        });
        let found = self.query_at_leisure(query).await?;
        let (first, last_without) = found.first().copied().unwrap_or_default();
        Ok(first.map(|first| (first, last_without)))
    }

    /// When the last row of a provider's journal was written.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn latest_audit(&self, provider: &ProviderId) -> Result<Option<Instant>, StoreError> {
        let query = Query::new(&LATEST, vec![Value::text(provider.0.clone())], |row| row.instant_or_none(0));
        Ok(self.query_one(query).await?.flatten())
    }

    /// The certificates of what went out of a provider because it was kept long enough: when, and what each says.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn outlived(&self, provider: &ProviderId) -> Result<Vec<(Instant, String)>, StoreError> {
        let map = |row: &Row<'_>| Ok((row.instant(0)?, row.text(1)?));
        self.query_at_leisure(Query::new(&FORGOTTEN, vec![Value::text(provider.0.clone())], map)).await
    }
}

impl Stored {
    fn flaw(&self, provider: &ProviderId, erased: &HashSet<PersonId>) -> Option<AuditFlawKind> {
        let (Some(digest), Some(hash)) = (&self.digest, &self.hash) else {
            return Some(AuditFlawKind::Unproven);
        };
        let Ok(digest) = <[u8; 32]>::try_from(digest.as_slice()) else { return Some(AuditFlawKind::Altered) };
        let link = AuditLink {
            provider: provider.as_str(),
            id: self.id,
            at_milliseconds: self.at.milliseconds(),
            person: self.person,
            deed: &self.deed,
            outcome: &self.outcome,
            digest,
        };
        if link.hash() != hash.as_slice() {
            return Some(AuditFlawKind::Altered);
        }
        match &self.salt {
            Some(salt) => {
                let is_whole = <[u8; 16]>::try_from(salt.as_slice())
                    .is_ok_and(|salt| AuditLink::digest_of(&salt, &self.object, &self.network) == digest);
                (!is_whole).then_some(AuditFlawKind::Altered)
            }
            None => {
                let named = self.object.strip_prefix("person ").and_then(|id| id.parse::<PersonId>().ok());
                let whom = [self.person.map(PersonId), named];
                let was_erased = whom.iter().flatten().any(|person| erased.contains(person));
                (!was_erased).then_some(AuditFlawKind::Emptied)
            }
        }
    }
}

fn stored(row: &Row<'_>) -> Result<Stored, StoreError> {
    Ok(Stored {
        id: row.id(0)?,
        at: row.instant(1)?,
        person: row.id_or_none(2)?,
        deed: row.text(3)?,
        object: row.text(4)?,
        outcome: row.text(5)?,
        network: row.text(6)?,
        salt: row.bytes_or_none(7)?,
        digest: row.bytes_or_none(8)?,
        hash: row.bytes_or_none(9)?,
    })
}
