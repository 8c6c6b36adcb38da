//! The journal: who did what, when and from where. Rows are added and read, never changed.

use crate::chain::AuditLink;
use crate::database::Database;
use crate::error::StoreError;
use crate::sql::{Query, Row, Sql, Statement, Value};
use calendar::Instant;
use desk::{PersonId, ProviderId};

/// One row of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Whose journal.
    pub provider: ProviderId,
    /// Its id; those made later sort later.
    pub id: u128,
    /// When.
    pub at: Instant,
    /// Who; none where nobody is known.
    pub person: Option<PersonId>,
    /// What was asked for.
    pub deed: String,
    /// Of what.
    pub object: String,
    /// `done`, `refused` or `failed`.
    pub outcome: String,
    /// From which network.
    pub network: String,
}

static APPEND: Sql = Sql::new(
    "INSERT INTO audit (provider, id, at, person, deed, object, outcome, network, salt, digest, hash)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (provider, id) DO NOTHING",
);
static LATEST: Sql = Sql::new(
    "SELECT provider, id, at, person, deed, object, outcome, network FROM audit
     WHERE provider = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
);

static OF_PERSON: Sql = Sql::new(
    "SELECT provider, id, at, person, deed, object, outcome, network FROM audit
     WHERE provider = $1 AND id < $2 AND person = $4 ORDER BY id DESC LIMIT $3",
);

impl Database {
    /// Rows of one person in a provider's journal, the latest first, from before one where it is given.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn audit_of_person(
        &self,
        provider: &ProviderId,
        person: PersonId,
        before: Option<u128>,
        at_most: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let values = vec![
            Value::text(provider.0.clone()),
            Value::id(before.unwrap_or(u128::MAX)),
            Value::count(at_most.into()),
            Value::id(person.0),
        ];
        self.query_at_leisure(Query::new(&OF_PERSON, values, entry)).await
    }

    /// Adds rows to the journal, all or none, each with a salt of its own. What it has already stays as it is: the
    /// answer to an earlier try may have been lost.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn append_audit(
        &self,
        entries: &[AuditEntry],
        mut draw_salt: impl FnMut() -> [u8; 16],
    ) -> Result<(), StoreError> {
        self.write_all(entries.iter().map(|entry| appended(entry, draw_salt())).collect()).await.map(drop)
    }

    /// Rows of a provider's journal, the latest first, from before one where it is given.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn audit(
        &self,
        provider: &ProviderId,
        before: Option<u128>,
        at_most: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let values = vec![
            Value::text(provider.0.clone()),
            Value::id(before.unwrap_or(u128::MAX)),
            Value::count(at_most.into()),
        ];
        self.query(Query::new(&LATEST, values, entry)).await
    }
}

/// Adds a row to the journal.
pub(crate) fn appended(entry: &AuditEntry, salt: [u8; 16]) -> Statement<'static> {
    // What is stored of a text is what its digest is made of.
    let stored = |text: &str| text.replace('\0', " ");
    let digest = AuditLink::digest_of(&salt, &stored(&entry.object), &stored(&entry.network));
    let link = AuditLink {
        provider: entry.provider.as_str(),
        id: entry.id,
        at_milliseconds: entry.at.milliseconds(),
        person: entry.person.map(|person| person.0),
        deed: &stored(&entry.deed),
        outcome: &stored(&entry.outcome),
        digest,
    };
    let hash = link.hash();
    let values = vec![
        Value::text(entry.provider.0.clone()),
        Value::id(entry.id),
        Value::instant(entry.at),
        Value::id_or_empty(entry.person.map(|id| id.0)),
        Value::text(entry.deed.clone()),
        Value::text(entry.object.clone()),
        Value::text(entry.outcome.clone()),
        Value::text(entry.network.clone()),
        Value::bytes(salt.to_vec()),
        Value::bytes(digest.to_vec()),
        Value::bytes(hash.to_vec()),
    ];
    Statement::new(&APPEND, values)
}

fn entry(row: &Row<'_>) -> Result<AuditEntry, StoreError> {
    Ok(AuditEntry {
        provider: ProviderId(row.text(0)?),
        id: row.id(1)?,
        at: row.instant(2)?,
        person: row.id_or_none(3)?.map(PersonId),
        deed: row.text(4)?,
        object: row.text(5)?,
        outcome: row.text(6)?,
        network: row.text(7)?,
    })
}
