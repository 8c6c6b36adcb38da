//! What is kept of somebody for the work: absences, languages and skills, how they are told things.
//!
//! Each is a small JSON text under a key. What stands in it is the business of operations.

use crate::database::Database;
use crate::error::StoreError;
use crate::sql::{Query, Row, Sql, Value};
use calendar::Instant;
use desk::{PersonId, ProviderId};

/// Something that is kept of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonEntry {
    /// Whose desk.
    pub provider: ProviderId,
    /// Of whom.
    pub person: PersonId,
    /// What it is: `absence`, `talents`, ….
    pub kind: String,
    /// Its key, unique among its kind and person.
    pub key: String,
    /// What it says, as JSON; opaque here.
    pub body: String,
    /// When it was last changed.
    pub changed_at: Instant,
}

static OF_KIND: Sql = Sql::new(
    "SELECT provider, kind, person, key, body, changed_at FROM person_entry
     WHERE provider = $1 AND kind = $2 ORDER BY person, key",
);
static OF_PERSON: Sql = Sql::new(
    "SELECT provider, kind, person, key, body, changed_at FROM person_entry
     WHERE provider = $1 AND person = $2 ORDER BY kind, key",
);
static PUT: Sql = Sql::new(
    "INSERT INTO person_entry (provider, kind, person, key, body, changed_at)
     SELECT $1, $2, $3, $4, $5, $6
     WHERE NOT EXISTS (SELECT 1 FROM erasure WHERE provider = $1 AND person = $3)
     ON CONFLICT (provider, kind, person, key) DO UPDATE SET body = excluded.body,
     changed_at = excluded.changed_at",
);
static REMOVE: Sql =
    Sql::new("DELETE FROM person_entry WHERE provider = $1 AND kind = $2 AND person = $3 AND key = $4");

impl Database {
    /// All entries of a kind, by person and key.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn person_entries(
        &self,
        provider: &ProviderId,
        kind: &str,
    ) -> Result<Vec<PersonEntry>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::text(kind.to_owned())];
        self.query(Query::new(&OF_KIND, values, person_entry)).await
    }

    /// All that is kept of one person, by kind and key.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn person_entries_of(
        &self,
        provider: &ProviderId,
        person: PersonId,
    ) -> Result<Vec<PersonEntry>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::id(person.0)];
        self.query(Query::new(&OF_PERSON, values, person_entry)).await
    }

    /// Adds an entry, or replaces it. Of somebody who was erased nothing is kept again.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn put_person_entry(&self, new: &PersonEntry) -> Result<(), StoreError> {
        let mut values = named(&new.provider, &new.kind, new.person, &new.key);
        values.extend([Value::text(new.body.clone()), Value::instant(new.changed_at)]);
        self.write(&PUT, values).await.map(drop)
    }

    /// Removes an entry; whether there was one.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn remove_person_entry(
        &self,
        provider: &ProviderId,
        kind: &str,
        person: PersonId,
        key: &str,
    ) -> Result<bool, StoreError> {
        Ok(self.write(&REMOVE, named(provider, kind, person, key)).await? > 0)
    }
}

fn named(provider: &ProviderId, kind: &str, person: PersonId, key: &str) -> Vec<Value<'static>> {
    vec![
        Value::text(provider.0.clone()),
        Value::text(kind.to_owned()),
        Value::id(person.0),
        Value::text(key.to_owned()),
    ]
}

fn person_entry(row: &Row<'_>) -> Result<PersonEntry, StoreError> {
    Ok(PersonEntry {
        provider: ProviderId(row.text(0)?),
        kind: row.text(1)?,
        person: PersonId(row.id(2)?),
        key: row.text(3)?,
        body: row.text(4)?,
        changed_at: row.instant(5)?,
    })
}
