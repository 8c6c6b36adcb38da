//! Where each log ended at a moment, to be kept elsewhere: whoever holds an earlier list sees a lost
//! tail, a changed past and a request that is gone with its log, which no chain in itself can show.

use crate::database::Database;
use crate::error::StoreError;
use crate::event_log::ticket_key;
use crate::sql::{Query, Row, Sql, Value};
use desk::{ProviderId, TicketId};

/// Where the log of a ticket ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Whose desk.
    pub provider: ProviderId,
    /// Which ticket.
    pub ticket: TicketId,
    /// Version of its last commit.
    pub version: u64,
    /// Hash of that commit, which stands for all before it.
    pub hash: [u8; 32],
}

static HEADS: Sql = Sql::new(
    "SELECT provider, id, version, head FROM ticket WHERE (provider, id) > ($1, $2)
     ORDER BY provider, id LIMIT 1000",
);
static HASH: Sql = Sql::new("SELECT hash FROM log WHERE provider = $1 AND ticket = $2 AND version = $3");

impl Database {
    /// The heads of all tickets, in the order of their ids.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn heads(&self, mut on_each: impl FnMut(Head)) -> Result<(), StoreError> {
        let mut after = vec![Value::text(String::new()), Value::bytes(Vec::new())];
        loop {
            let page = self.query(Query::new(&HEADS, after, head)).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = ticket_key(&last.provider, last.ticket);
            page.into_iter().for_each(&mut on_each);
        }
    }

    /// Whether a log still holds the commit of an earlier head, unchanged. It may have grown.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn still_holds(&self, head: &Head) -> Result<bool, StoreError> {
        let mut values = ticket_key(&head.provider, head.ticket);
        values.push(Value::count(head.version));
        let found = self.query_one(Query::new(&HASH, values, |row| row.array::<32>(0))).await?;
        Ok(found == Some(head.hash))
    }
}

fn head(row: &Row<'_>) -> Result<Head, StoreError> {
    Ok(Head {
        provider: ProviderId(row.text(0)?),
        ticket: TicketId(row.id(1)?),
        version: row.count(2)?,
        hash: row.array(3)?,
    })
}
