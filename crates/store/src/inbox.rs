//! What was taken in before: letters, the threads they belong to, and repeated requests.

use crate::composed::{Composed, place, sql};
use crate::database::Database;
use crate::error::StoreError;
use crate::sql::{Query, Sql, Statement, Value};
use calendar::Instant;
use desk::{PersonId, ProviderId, TicketId};

static RECEIVED: Sql = Sql::new("SELECT ticket FROM inbox WHERE provider = $1 AND digest = $2");
static KEYS_OF: Sql =
    Sql::new("SELECT key FROM thread_key WHERE provider = $1 AND ticket = $2 AND at <= $3 ORDER BY at, key");
static IDEMPOTENT: Sql = Sql::new(
    "SELECT request_digest, ticket FROM idempotency WHERE provider = $1 AND person = $2 AND key = $3
     AND expires_at > $4",
);

impl Database {
    /// The ticket that a letter with this digest came to, if it was taken in before.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn received(
        &self,
        provider: &ProviderId,
        digest: &[u8; 32],
    ) -> Result<Option<TicketId>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::bytes(digest.to_vec())];
        self.query_one(Query::new(&RECEIVED, values, |row| row.id(0).map(TicketId))).await
    }

    /// The ticket that the first known one of these Message-IDs belongs to.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn ticket_by_thread_key(
        &self,
        provider: &ProviderId,
        keys: &[String],
    ) -> Result<Option<TicketId>, StoreError> {
        let found = self.tickets_by_thread_keys(provider, keys).await?;
        Ok(keys.iter().find_map(|key| found.iter().find(|(known, _)| known == key)).map(|(_, id)| *id))
    }

    /// The tickets that these Message-IDs belong to, as far as they are known, in no order.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn tickets_by_thread_keys(
        &self,
        provider: &ProviderId,
        keys: &[String],
    ) -> Result<Vec<(String, TicketId)>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut values = vec![Value::text(provider.0.clone())];
        let places = keys.iter().map(|key| place(&mut values, Value::text(key.clone())));
        let text = sql!(
            "SELECT key, ticket FROM thread_key WHERE provider = $1 AND key IN ({})",
            Composed::joined(places, ", ")
        );
        let query = Query {
            statement: Statement::built(text, values),
            map: |row| Ok((row.text(0)?, TicketId(row.id(1)?))),
        };
        let found = self.query(query).await?;
        // As they were asked for: they are stored without NUL.
        let asked = |stored: String| keys.iter().find(|key| key.replace('\0', " ") == stored).cloned();
        Ok(found.into_iter().filter_map(|(key, ticket)| Some((asked(key)?, ticket))).collect())
    }

    /// The Message-IDs that belonged to a ticket at an instant, for the references of a letter about it: in the order in
    /// which they came to it.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn thread_keys_of(
        &self,
        provider: &ProviderId,
        ticket: TicketId,
        at: Instant,
    ) -> Result<Vec<String>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::id(ticket.0), Value::instant(at)];
        self.query(Query::new(&KEYS_OF, values, |row| row.text(0))).await
    }

    /// What an idempotency key was used for: digest of the request, and the ticket it led to, when
    /// that was not forgotten by this instant.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn idempotent(
        &self,
        provider: &ProviderId,
        person: PersonId,
        key: &str,
        now: Instant,
    ) -> Result<Option<([u8; 32], TicketId)>, StoreError> {
        let values = vec![
            Value::text(provider.0.clone()),
            Value::id(person.0),
            Value::text(key.to_owned()),
            Value::instant(now),
        ];
        self.query_one(Query::new(&IDEMPOTENT, values, |row| Ok((row.array(0)?, TicketId(row.id(1)?))))).await
    }
}
