//! When a round must look at which ticket. The queue is a hint: what is due is decided from the
//! ticket itself.

use crate::database::Database;
use crate::error::StoreError;
use crate::sql::{Query, Row, Sql, Value};
use calendar::Instant;
use desk::{ProviderId, TicketId};

static NEXT: Sql = Sql::new("SELECT min(step_at) FROM ticket WHERE step_at IS NOT NULL");
static CLAIM: Sql = Sql::differing(
    "UPDATE ticket SET step_at = $3 WHERE (provider, id) IN
     (SELECT provider, id FROM ticket WHERE step_at IS NOT NULL AND step_at <= $1
      ORDER BY step_at LIMIT $2)
     RETURNING provider, id, next_step_at",
    "UPDATE ticket SET step_at = $3 WHERE (provider, id) IN
     (SELECT provider, id FROM ticket WHERE step_at IS NOT NULL AND step_at <= $1
      ORDER BY step_at LIMIT $2 FOR UPDATE SKIP LOCKED)
     RETURNING provider, id, next_step_at",
);

impl Database {
    /// Takes tickets that a round must look at, the longest due first. No other node is given them
    /// until the lease runs out; the next commit on a ticket ends its lease.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn due_tickets(
        &self,
        now: Instant,
        limit: u32,
        lease_until: Instant,
    ) -> Result<Vec<(ProviderId, TicketId)>, StoreError> {
        // Mostly there is nothing: finding that out writes nothing.
        if self.next_due_step().await?.is_none_or(|next| next > now) {
            return Ok(Vec::new());
        }
        let values = vec![Value::instant(now), Value::Integer(i64::from(limit)), Value::instant(lease_until)];
        let mut claimed = self.write_returning(&CLAIM, values, claimed).await?;
        claimed.sort();
        Ok(claimed.into_iter().map(|(_, provider, ticket)| (provider, ticket)).collect())
    }

    /// When the next ticket must be looked at, or its lease runs out.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn next_due_step(&self) -> Result<Option<Instant>, StoreError> {
        let query = Query::new(&NEXT, Vec::new(), |row| row.instant_or_none(0));
        Ok(self.query_one(query).await?.flatten())
    }
}

fn claimed(row: &Row<'_>) -> Result<(Option<Instant>, ProviderId, TicketId), StoreError> {
    Ok((row.instant_or_none(2)?, ProviderId(row.text(0)?), TicketId(row.id(1)?)))
}
