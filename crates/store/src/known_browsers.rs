//! From which browsers people came in, by a digest of their names.

use crate::database::Database;
use crate::error::StoreError;
use crate::sql::{Query, Sql, Value};
use calendar::Instant;
use desk::{PersonId, ProviderId};

static COUNT: Sql = Sql::new("SELECT count(*) FROM known_browser WHERE provider = $1 AND person = $2");
static NOTE: Sql = Sql::new(
    "INSERT INTO known_browser (provider, person, browser, seen_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (provider, person, browser) DO NOTHING",
);
static OF_PERSON: Sql = Sql::new(
    "SELECT browser, seen_at FROM known_browser WHERE provider = $1 AND person = $2 ORDER BY seen_at, browser",
);

impl Database {
    /// The browsers that somebody came in by, as digests of their names, with when each was first seen.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn browsers_of(
        &self,
        provider: &ProviderId,
        person: PersonId,
    ) -> Result<Vec<([u8; 32], Instant)>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::id(person.0)];
        self.query(Query::new(&OF_PERSON, values, |row| Ok((row.array(0)?, row.instant(1)?)))).await
    }

    /// Notes that somebody came in from a browser. Whether it is another than they ever used: the
    /// first one is no other.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn note_browser(
        &self,
        provider: &ProviderId,
        person: PersonId,
        browser: &[u8; 32],
        at: Instant,
    ) -> Result<bool, StoreError> {
        let mut values = vec![Value::text(provider.0.clone()), Value::id(person.0)];
        let known = self.query_one(Query::new(&COUNT, values.clone(), |row| row.count(0))).await?;
        values.extend([Value::bytes(browser.to_vec()), Value::instant(at)]);
        let is_noted = self.write(&NOTE, values).await? == 1;
        Ok(is_noted && known.unwrap_or(0) > 0)
    }
}
