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

impl Database {
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
