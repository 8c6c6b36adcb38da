//! What a provider keeps for its own desk: canned replies, macros, rules, fields.
//!
//! Each is a small JSON text under a key. What stands in it is the business of operations. What it said before is kept
//! beside it (`entry_versions.rs`).

use crate::database::Database;
use crate::entry_versions::add;
use crate::error::StoreError;
use crate::sql::{Query, Row, Sql, Statement, Value};
use calendar::Instant;
use desk::{PersonId, ProviderId};

/// Something that a provider keeps for its desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Whose desk.
    pub provider: ProviderId,
    /// What it is: `reply`, `macro`, ….
    pub kind: String,
    /// Its key, unique among its kind.
    pub key: String,
    /// What it says, as JSON; opaque here.
    pub body: String,
    /// When it was last changed.
    pub changed_at: Instant,
    /// By whom.
    pub changed_by: PersonId,
}

/// That an entry is to go.
#[derive(Clone, Copy, Debug)]
pub struct EntryRemoval<'a> {
    /// Whose desk.
    pub provider: &'a ProviderId,
    /// What it is.
    pub kind: &'a str,
    /// Its key.
    pub key: &'a str,
    /// When it goes.
    pub at: Instant,
    /// By whom; none where the desk itself does it.
    pub by: Option<PersonId>,
}

static ALL: Sql = Sql::new(
    "SELECT provider, kind, key, body, changed_at, changed_by FROM entry
     WHERE provider = $1 AND kind = $2 ORDER BY key",
);
static OF_ALL: Sql = Sql::new(
    "SELECT provider, kind, key, body, changed_at, changed_by FROM entry WHERE kind = $1
     ORDER BY provider, key",
);
static ONE: Sql = Sql::new(
    "SELECT provider, kind, key, body, changed_at, changed_by FROM entry
     WHERE provider = $1 AND kind = $2 AND key = $3",
);
static PUT: Sql = Sql::new(
    "INSERT INTO entry (provider, kind, key, body, changed_at, changed_by) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (provider, kind, key) DO UPDATE SET body = excluded.body, changed_at = excluded.changed_at,
     changed_by = excluded.changed_by",
);
static INSERT: Sql = Sql::new(
    "INSERT INTO entry (provider, kind, key, body, changed_at, changed_by) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (provider, kind, key) DO NOTHING",
);
static REPLACE: Sql = Sql::new(
    "UPDATE entry SET body = $4, changed_at = $5, changed_by = $6
     WHERE provider = $1 AND kind = $2 AND key = $3 AND body = $7",
);
static CHANGE: Sql =
    Sql::new("UPDATE entry SET body = $4 WHERE provider = $1 AND kind = $2 AND key = $3 AND body = $5");
static REMOVE: Sql = Sql::new("DELETE FROM entry WHERE provider = $1 AND kind = $2 AND key = $3");

impl Database {
    /// All entries of a kind, by key.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn entries(&self, provider: &ProviderId, kind: &str) -> Result<Vec<Entry>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::text(kind.to_owned())];
        self.query(Query::new(&ALL, values, entry)).await
    }

    /// All entries of a kind of all providers, by provider and key.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn entries_of_all(&self, kind: &str) -> Result<Vec<Entry>, StoreError> {
        self.query(Query::new(&OF_ALL, vec![Value::text(kind.to_owned())], entry)).await
    }

    /// One of them.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn entry(
        &self,
        provider: &ProviderId,
        kind: &str,
        key: &str,
    ) -> Result<Option<Entry>, StoreError> {
        self.query_one(Query::new(&ONE, named(provider, kind, key), entry)).await
    }

    /// Adds an entry, or replaces it.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn put_entry(&self, new: &Entry) -> Result<(), StoreError> {
        self.write_all(put(new).to_vec()).await.map(drop)
    }

    /// Puts an entry in the place of what was read, or of nothing where there was none. Whether that still stood there.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn replace_entry(&self, read: Option<&Entry>, new: &Entry) -> Result<bool, StoreError> {
        let mut values = all_of(new);
        let statement = match read {
            Some(read) => {
                values.push(Value::text(read.body.clone()));
                Statement::new(&REPLACE, values)
            }
            None => Statement::new(&INSERT, values),
        };
        let version = add(&new.provider, &new.kind, &new.key, new.changed_at, Some(new.changed_by));
        Ok(self.write_all(vec![statement, version]).await?[0] > 0)
    }

    /// Changes what an entry says, in nobody's name: it stays whose it was. Whether it still said what was read.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn change_entry(&self, read: &Entry, body: &str, at: Instant) -> Result<bool, StoreError> {
        let mut values = named(&read.provider, &read.kind, &read.key);
        values.extend([Value::text(body.to_owned()), Value::text(read.body.clone())]);
        let version = add(&read.provider, &read.kind, &read.key, at, None);
        let statements = vec![Statement::new(&CHANGE, values), version];
        Ok(self.write_all(statements).await?[0] > 0)
    }

    /// Removes an entry; whether there was one.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn remove_entry(&self, removal: &EntryRemoval<'_>) -> Result<bool, StoreError> {
        let EntryRemoval { provider, kind, key, at, by } = *removal;
        let statements =
            vec![Statement::new(&REMOVE, named(provider, kind, key)), add(provider, kind, key, at, by)];
        Ok(self.write_all(statements).await?[0] > 0)
    }
}

/// Adds an entry, or replaces it.
pub(crate) fn put(new: &Entry) -> [Statement<'static>; 2] {
    let version = add(&new.provider, &new.kind, &new.key, new.changed_at, Some(new.changed_by));
    [Statement::new(&PUT, all_of(new)), version]
}

fn all_of(new: &Entry) -> Vec<Value<'static>> {
    let mut values = named(&new.provider, &new.kind, &new.key);
    values.extend([
        Value::text(new.body.clone()),
        Value::instant(new.changed_at),
        Value::id(new.changed_by.0),
    ]);
    values
}

fn named(provider: &ProviderId, kind: &str, key: &str) -> Vec<Value<'static>> {
    vec![Value::text(provider.0.clone()), Value::text(kind.to_owned()), Value::text(key.to_owned())]
}

fn entry(row: &Row<'_>) -> Result<Entry, StoreError> {
    Ok(Entry {
        provider: ProviderId(row.text(0)?),
        kind: row.text(1)?,
        key: row.text(2)?,
        body: row.text(3)?,
        changed_at: row.instant(4)?,
        changed_by: PersonId(row.id(5)?),
    })
}
