use crate::database::Database;
use crate::error::StoreError;
use crate::sql::{Query, Row, Sql, Value};
use crate::unit_of_work::Change;
use calendar::Instant;
use desk::{AccountId, PersonId, ProviderId, Recorded, TicketId};

/// One commit of a ticket's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// The ticket's version after it.
    pub version: u64,
    /// When it was decided.
    pub at: Instant,
    /// Its events.
    pub commit: Vec<Recorded>,
    /// Its place among all commits of the provider.
    pub position: i64,
}

pub(crate) static LOG: Sql = Sql::new(
    "SELECT version, at, body, position FROM log WHERE provider = $1 AND ticket = $2 ORDER BY version",
);
static CHANGES: Sql = Sql::new(
    "SELECT l.provider, l.position, l.ticket, t.number, t.account, t.assignee
     FROM log l JOIN ticket t ON t.provider = l.provider AND t.id = l.ticket
     WHERE l.provider = $1 AND l.position > $2 ORDER BY l.position LIMIT $3",
);
static LATEST: Sql = Sql::new("SELECT position FROM desk_counter WHERE provider = $1");

pub(crate) fn log_entry(row: &Row<'_>) -> Result<LogEntry, StoreError> {
    Ok(LogEntry {
        version: row.count(0)?,
        at: row.instant(1)?,
        commit: row.json(2)?,
        position: row.integer(3)?,
    })
}

/// The values of a statement about one ticket.
pub(crate) fn ticket_key(provider: &ProviderId, ticket: TicketId) -> Vec<Value<'static>> {
    vec![Value::text(provider.0.clone()), Value::id(ticket.0)]
}

impl Database {
    /// All commits of a ticket in order; none when there is no such ticket.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] for events that cannot be read, and what storage fails at.
    pub async fn load_log(
        &self,
        provider: &ProviderId,
        ticket: TicketId,
    ) -> Result<Vec<LogEntry>, StoreError> {
        self.query(Query::new(&LOG, ticket_key(provider, ticket), log_entry)).await
    }

    /// The commits of a provider after a position, in order, each with its ticket as it stands now.
    /// None is missing between two that are given, on whatever node they were made.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn changes_since(
        &self,
        provider: &ProviderId,
        position: i64,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError> {
        let values =
            vec![Value::text(provider.0.clone()), Value::Integer(position), Value::Integer(i64::from(limit))];
        self.query(Query::new(&CHANGES, values, |row| {
            Ok(Change {
                provider: ProviderId(row.text(0)?),
                position: row.integer(1)?,
                ticket: TicketId(row.id(2)?),
                number: row.text(3)?,
                account: row.id_or_none(4)?.map(AccountId),
                assignee: row.id_or_none(5)?.map(PersonId),
            })
        }))
        .await
    }

    /// The position of a provider's last commit; 0 before the first.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn latest_position(&self, provider: &ProviderId) -> Result<i64, StoreError> {
        let query = Query::new(&LATEST, vec![Value::text(provider.0.clone())], |row| row.integer(0));
        Ok(self.query_one(query).await?.unwrap_or(0))
    }
}
