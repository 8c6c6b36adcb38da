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

// The ticket, if it goes on in another, and all that go on in it, in depth. Written with a commit that may destroy what
// was given with them.
pub(crate) static WAKE_MERGED: Sql = Sql::new(
    "UPDATE ticket SET step_at = $3 WHERE provider = $1 AND merged_into IS NOT NULL AND id IN
     (WITH RECURSIVE merged (id) AS
      (SELECT id FROM ticket WHERE provider = $1 AND id = $2
       UNION SELECT t.id FROM merged m JOIN ticket t ON t.provider = $1 AND t.merged_into = m.id)
      SELECT id FROM merged)",
);
static LOOKED_AT: Sql = Sql::new(
    "UPDATE ticket SET step_at = next_step_at WHERE provider = $1 AND id = $2 AND step_at = $3
     AND merged_into IS NOT NULL",
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

    /// Notes that a round has looked at a ticket that goes on in another, as it stood when it was claimed: it need not
    /// be looked at again, unless a commit has asked for it since.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn looked_at_merged(
        &self,
        provider: &ProviderId,
        ticket: TicketId,
        lease_until: Instant,
    ) -> Result<(), StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::id(ticket.0), Value::instant(lease_until)];
        self.write(&LOOKED_AT, values).await.map(drop)
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
