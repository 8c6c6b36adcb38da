//! Passkeys: public keys by which people show who they are.

use crate::database::Database;
use crate::error::StoreError;
use crate::sql::{Query, Row, Sql, Value};
use calendar::Instant;
use desk::{PersonId, ProviderId};

/// A passkey of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// Its name among all passkeys, as its authenticator made it.
    pub id: Vec<u8>,
    /// Whose desk.
    pub provider: ProviderId,
    /// Whose.
    pub person: PersonId,
    /// What its owner calls it.
    pub label: String,
    /// The public key, in COSE.
    pub public_key: Vec<u8>,
    /// What it counted last; nought when it counts nothing.
    pub counter: u32,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last used.
    pub used_at: Option<Instant>,
}

static PUT: Sql = Sql::new(
    "INSERT INTO passkey (id, provider, person, label, public_key, counter, created_at, used_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING",
);
static GET: Sql = Sql::new(
    "SELECT id, provider, person, label, public_key, counter, created_at, used_at FROM passkey WHERE id = $1",
);
static OF_PERSON: Sql = Sql::new(
    "SELECT id, provider, person, label, public_key, counter, created_at, used_at FROM passkey
     WHERE provider = $1 AND person = $2 ORDER BY created_at, id",
);
// The counter as it was read: of two who come with a copy at once, one is let in.
static USE: Sql = Sql::new("UPDATE passkey SET counter = $3, used_at = $4 WHERE id = $1 AND counter = $2");
static REMOVE: Sql = Sql::new("DELETE FROM passkey WHERE provider = $1 AND person = $2 AND id = $3");
static REMOVE_ALL: Sql = Sql::new("DELETE FROM passkey WHERE provider = $1 AND person = $2");

impl Database {
    /// Keeps a passkey. Whether it was new: none is anybody's twice.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn put_passkey(&self, passkey: &Passkey) -> Result<bool, StoreError> {
        let values = vec![
            Value::bytes(passkey.id.clone()),
            Value::text(passkey.provider.0.clone()),
            Value::id(passkey.person.0),
            Value::text(passkey.label.clone()),
            Value::bytes(passkey.public_key.clone()),
            Value::count(passkey.counter.into()),
            Value::instant(passkey.created_at),
            Value::instant_or_null(passkey.used_at),
        ];
        Ok(self.write(&PUT, values).await? == 1)
    }

    /// A passkey by its name.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn passkey(&self, id: &[u8]) -> Result<Option<Passkey>, StoreError> {
        self.query_one(Query::new(&GET, vec![Value::bytes(id.to_vec())], passkey)).await
    }

    /// The passkeys of a person, the oldest first.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn passkeys_of(
        &self,
        provider: &ProviderId,
        person: PersonId,
    ) -> Result<Vec<Passkey>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::id(person.0)];
        self.query(Query::new(&OF_PERSON, values, passkey)).await
    }

    /// Notes that a passkey was used and what it counts now. Whether it had counted what was read.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn use_passkey(
        &self,
        id: &[u8],
        counted: u32,
        now_counts: u32,
        at: Instant,
    ) -> Result<bool, StoreError> {
        let values = vec![
            Value::bytes(id.to_vec()),
            Value::count(counted.into()),
            Value::count(now_counts.into()),
            Value::instant(at),
        ];
        Ok(self.write(&USE, values).await? == 1)
    }

    /// Removes a passkey of a person. Whether there was one.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn remove_passkey(
        &self,
        provider: &ProviderId,
        person: PersonId,
        id: &[u8],
    ) -> Result<bool, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::id(person.0), Value::bytes(id.to_vec())];
        Ok(self.write(&REMOVE, values).await? == 1)
    }

    /// Removes every passkey of a person. Gives how many there were.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn remove_passkeys(&self, provider: &ProviderId, person: PersonId) -> Result<u64, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::id(person.0)];
        self.write(&REMOVE_ALL, values).await
    }
}

fn passkey(row: &Row<'_>) -> Result<Passkey, StoreError> {
    Ok(Passkey {
        id: row.bytes(0)?,
        provider: ProviderId(row.text(1)?),
        person: PersonId(row.id(2)?),
        label: row.text(3)?,
        public_key: row.bytes(4)?,
        counter: u32::try_from(row.count(5)?)
            .map_err(|_| StoreError::corrupt("a passkey counts beyond 32 bits".to_owned()))?,
        created_at: row.instant(6)?,
        used_at: row.instant_or_none(7)?,
    })
}
