//! What a desk's entries and webhooks said, from when on and by whom: written with each change, in its transaction.

use crate::database::Database;
use crate::erasure::{CLOSE_WAY, OPEN_WAY};
use crate::error::StoreError;
use crate::sql::{Query, Row, Sql, Statement, Value};
use calendar::Instant;
use desk::{AccountId, PersonId, ProviderId, WebhookId};

/// What an entry said from an instant on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryVersion {
    /// Whose desk.
    pub provider: ProviderId,
    /// What it is, as [`crate::Entry::kind`].
    pub kind: String,
    /// Its key among its kind.
    pub key: String,
    /// Which version of it, from 1.
    pub number: u64,
    /// What it said; none where it was removed, empty where an erasure took it out.
    pub body: Option<String>,
    /// What it said before; none where there was nothing, or where retention removed it.
    pub former: Option<String>,
    /// From when on.
    pub at: Instant,
    /// By whom; none where the desk itself did it.
    pub by: Option<PersonId>,
}

impl EntryVersion {
    /// Where it stands among all of its desk.
    #[must_use]
    pub fn place(&self) -> VersionPlace {
        let (at, kind, key, number) = (self.at, self.kind.clone(), self.key.clone(), self.number);
        VersionPlace { at, kind, key, number }
    }
}

/// Which versions are wanted, the latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionQuery {
    /// Of which kind alone, those of one customer (`licence` and an id) included.
    pub kind: Option<String>,
    /// Of which key alone.
    pub key: Option<String>,
    /// By whom alone.
    pub by: Option<PersonId>,
    /// From before which one.
    pub before: Option<VersionPlace>,
    /// How many at most.
    pub at_most: u32,
}

/// Where a version stands among all of a desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionPlace {
    /// Since when it holds.
    pub at: Instant,
    /// Its kind.
    pub kind: String,
    /// Its key.
    pub key: String,
    /// Its number.
    pub number: u64,
}

// What an entry says now, where that is something else than before: `$4` when, `$5` by whom. Whoever changes it at the same
// time waits for its row, so that no number is given twice.
static ADD: Sql = Sql::new(
    "INSERT INTO entry_version (provider, kind, key, number, body, at, person)
     SELECT $1, $2, $3, coalesce((SELECT max(number) FROM entry_version
      WHERE provider = $1 AND kind = $2 AND key = $3), 0) + 1, now.body, $4, $5
     FROM (SELECT (SELECT body FROM entry WHERE provider = $1 AND kind = $2 AND key = $3) AS body) now
     WHERE coalesce(now.body, '-') <> coalesce((SELECT body FROM entry_version
      WHERE provider = $1 AND kind = $2 AND key = $3 ORDER BY number DESC LIMIT 1), '-')",
);
// A webhook has a table of its own, in which `$6` is its id; the secrets that sign are no words of it.
static ADD_WEBHOOK: Sql = Sql::differing(
    "INSERT INTO entry_version (provider, kind, key, number, body, at, person)
     SELECT $1, $2, $3, coalesce((SELECT max(number) FROM entry_version
      WHERE provider = $1 AND kind = $2 AND key = $3), 0) + 1, now.body, $4, $5
     FROM (SELECT (SELECT json_object('url', url, 'kinds', json(kinds), 'state', state, 'kept_by',
      lower(hex(created_by))) FROM webhook WHERE provider = $1 AND id = $6) AS body) now
     WHERE coalesce(now.body, '-') <> coalesce((SELECT body FROM entry_version
      WHERE provider = $1 AND kind = $2 AND key = $3 ORDER BY number DESC LIMIT 1), '-')",
    "INSERT INTO entry_version (provider, kind, key, number, body, at, person)
     SELECT $1, $2, $3, coalesce((SELECT max(number) FROM entry_version
      WHERE provider = $1 AND kind = $2 AND key = $3), 0) + 1, now.body, $4, $5
     FROM (SELECT (SELECT json_build_object('url', url, 'kinds', kinds::json, 'state', state, 'kept_by',
      encode(created_by, 'hex'))::text FROM webhook WHERE provider = $1 AND id = $6) AS body) now
     WHERE coalesce(now.body, '-') <> coalesce((SELECT body FROM entry_version
      WHERE provider = $1 AND kind = $2 AND key = $3 ORDER BY number DESC LIMIT 1), '-')",
);
static LATEST: Sql = Sql::new(
    "SELECT v.provider, v.kind, v.key, v.number, v.body, f.body, v.at, v.person FROM entry_version v
     LEFT JOIN entry_version f ON f.provider = v.provider AND f.kind = v.kind AND f.key = v.key
     AND f.number = v.number - 1
     WHERE v.provider = $1 AND (v.at, v.kind, v.key, v.number) < ($2, $3, $4, $5)
     AND ($6 = '' OR v.kind = $6 OR substr(v.kind, 1, length($6) + 1) = $6 || ' ')
     AND ($7 = '' OR v.key = $7) AND (v.person = $8 OR length($8) = 0)
     ORDER BY v.at DESC, v.kind DESC, v.key DESC, v.number DESC LIMIT $9",
);
static MENTIONING: Sql = Sql::differing(
    "SELECT provider, kind, key, number, body, NULL, at, person FROM entry_version WHERE provider = $1
     AND (instr(body, $2) > 0 OR instr(lower(body), $3) > 0)",
    "SELECT provider, kind, key, number, body, NULL, at, person FROM entry_version WHERE provider = $1
     AND (strpos(body, $2) > 0 OR strpos(lower(body), $3) > 0)",
);
static OF_ACCOUNT: Sql = Sql::new(
    "SELECT provider, kind, key, number, body, NULL, at, person FROM entry_version WHERE provider = $1
     AND (key = $2 OR kind = 'licence ' || $2) AND body <> ''",
);
static UNWORD: Sql = Sql::differing(
    "UPDATE entry_version SET body = '' WHERE provider = $1 AND kind = $2 AND key = $3 AND number = $4",
    "SELECT * FROM unword_entry_version($1, $2, $3, $4)",
);

impl Database {
    /// What entries of a provider said, the latest first.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn entry_versions(
        &self,
        provider: &ProviderId,
        query: &VersionQuery,
    ) -> Result<Vec<EntryVersion>, StoreError> {
        let place = query.before.clone().unwrap_or(VersionPlace {
            at: Instant::from_milliseconds(i64::MAX),
            kind: String::new(),
            key: String::new(),
            number: 0,
        });
        let values = vec![
            Value::text(provider.0.clone()),
            Value::instant(place.at),
            Value::text(place.kind),
            Value::text(place.key),
            Value::count(place.number),
            Value::text(query.kind.clone().unwrap_or_default()),
            Value::text(query.key.clone().unwrap_or_default()),
            query.by.map_or_else(|| Value::bytes(Vec::new()), |id| Value::id(id.0)),
            Value::count(query.at_most.into()),
        ];
        self.query_at_leisure(Query::new(&LATEST, values, version)).await
    }

    /// Versions in which a name or an address stands, for an erasure; those that hold the name within a longer word
    /// are among them.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn mentioning_versions(
        &self,
        provider: &ProviderId,
        name: &str,
        email: &str,
    ) -> Result<Vec<EntryVersion>, StoreError> {
        let values = [provider.0.clone(), name.to_owned(), email.to_lowercase()].map(Value::text).to_vec();
        self.query_at_leisure(Query::new(&MENTIONING, values, version)).await
    }

    /// What entries said that are kept of an account under its id.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn versions_of_account(
        &self,
        provider: &ProviderId,
        account: AccountId,
    ) -> Result<Vec<EntryVersion>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::text(account.to_string())];
        self.query_at_leisure(Query::new(&OF_ACCOUNT, values, version)).await
    }

    /// Takes what versions said out of them. That there were such versions, from when on and by whom, stays.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn unword_versions(&self, versions: &[EntryVersion]) -> Result<(), StoreError> {
        let unword = |version: &EntryVersion| {
            let mut values = [version.provider.0.clone(), version.kind.clone(), version.key.clone()]
                .map(Value::text)
                .to_vec();
            values.push(Value::count(version.number));
            Statement::new(&UNWORD, values)
        };
        let way = |sql: &'static Sql| std::iter::once(Statement::new(sql, Vec::new()));
        let statements = way(&OPEN_WAY).chain(versions.iter().map(unword)).chain(way(&CLOSE_WAY));
        self.erase(statements.collect()).await.map(drop)
    }
}

/// Adds what an entry says from now on, where that is something else than before: comes after what changed it.
pub(crate) fn add(
    provider: &ProviderId,
    kind: &str,
    key: &str,
    at: Instant,
    by: Option<PersonId>,
) -> Statement<'static> {
    Statement::new(&ADD, version_of(provider, kind, key, at, by))
}

/// The same of a webhook.
pub(crate) fn add_of_webhook(
    provider: &ProviderId,
    id: WebhookId,
    at: Instant,
    by: Option<PersonId>,
) -> Statement<'static> {
    let mut values = version_of(provider, "webhook", &id.to_string(), at, by);
    values.push(Value::id(id.0));
    Statement::new(&ADD_WEBHOOK, values)
}

fn version_of(
    provider: &ProviderId,
    kind: &str,
    key: &str,
    at: Instant,
    by: Option<PersonId>,
) -> Vec<Value<'static>> {
    let mut values = [&provider.0, kind, key].map(|text| Value::text(text.to_owned())).to_vec();
    values.extend([Value::instant(at), Value::id_or_empty(by.map(|id| id.0))]);
    values
}

fn version(row: &Row<'_>) -> Result<EntryVersion, StoreError> {
    Ok(EntryVersion {
        provider: ProviderId(row.text(0)?),
        kind: row.text(1)?,
        key: row.text(2)?,
        number: row.count(3)?,
        body: row.text_or_none(4)?,
        former: row.text_or_none(5)?,
        at: row.instant(6)?,
        by: row.id_or_none(7)?.map(PersonId),
    })
}
