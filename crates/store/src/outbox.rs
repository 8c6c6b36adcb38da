//! Notices waiting to leave. A notice is done when the commit that records its leaving settles it.

use crate::database::Database;
use crate::error::StoreError;
use crate::event_log::ticket_key;
use crate::sql::{Query, Row, Sql, Value};
use crate::unit_of_work::Recipient;
use calendar::Instant;
use desk::{NoticeId, PersonId, ProviderId, TicketId};

/// A notice taken for delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxItem {
    /// Whose desk.
    pub provider: ProviderId,
    /// The ticket it speaks of.
    pub ticket: TicketId,
    /// The ticket's version when the notice was taken.
    pub version: u64,
    /// Its id.
    pub id: NoticeId,
    /// `acknowledgement`, `reply`, `warning`, ….
    pub kind: String,
    /// To whom.
    pub recipient: Recipient,
    /// What it was given to be worded from.
    pub payload: serde_json::Value,
    /// How often it was taken, this time included.
    pub attempts: u32,
    /// When it was put here.
    pub created_at: Instant,
}

/// A notice as a ticket's page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxEntry {
    /// Its id.
    pub id: NoticeId,
    /// `acknowledgement`, `reply`, `warning`, ….
    pub kind: String,
    /// To whom.
    pub recipient: Recipient,
    /// Where it stands.
    pub state: NoticeState,
    /// How often it was taken.
    pub attempts: u32,
    /// When it was put here.
    pub created_at: Instant,
    /// Why it did not leave, the last time.
    pub error: Option<String>,
}

/// Where a notice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeState {
    /// It has yet to leave.
    Waiting,
    /// It left, or is needless.
    Done,
    /// It was given up.
    Dead,
    /// It left, and a mail server did not deliver it.
    Returned,
    /// It was not sent on purpose: too many went there by themselves, or the address refuses them.
    Held,
}

/// A notice that did not arrive, or was not sent on purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undelivered {
    /// Number of the ticket it speaks of; none of a letter that belongs to none.
    pub number: Option<String>,
    /// `acknowledgement`, `reply`, `warning`, ….
    pub kind: String,
    /// To whom.
    pub address: String,
    /// Where it stands: given up, returned or held.
    pub state: NoticeState,
    /// How often it was taken.
    pub attempts: u32,
    /// When it was put here.
    pub created_at: Instant,
    /// Why.
    pub error: Option<String>,
}

static UNDELIVERED: Sql = Sql::new(
    "SELECT t.number, o.kind, o.address, o.state, o.attempts, o.created_at, o.error FROM outbox o
     JOIN ticket t ON t.provider = o.provider AND t.id = o.ticket
     WHERE o.provider = $1 AND o.state IN ('dead', 'returned', 'held')
     UNION ALL
     SELECT NULL, kind, address, state, attempts, created_at, error FROM letter
     WHERE provider = $1 AND state = 'dead'
     ORDER BY 6 DESC LIMIT $2",
);
static ACKNOWLEDGED: Sql = Sql::new(
    "SELECT count(*) FROM outbox
     WHERE provider = $1 AND person = $2 AND kind = 'acknowledgement' AND state = 'done' AND created_at > $3",
);
static NEXT: Sql = Sql::new("SELECT min(claim_at) FROM outbox WHERE state = 'waiting'");
// What waits for its hour was not tried and is not due.
static OLDEST_WAITING: Sql = Sql::new(
    "SELECT min(created_at) FROM (
     SELECT created_at FROM outbox WHERE state = 'waiting' AND (attempts > 0 OR claim_at <= $1)
     UNION ALL
     SELECT created_at FROM letter WHERE state = 'waiting' AND (attempts > 0 OR claim_at <= $1)) AS waiting",
);
static CLAIM: Sql = Sql::differing(
    "UPDATE outbox SET claim_at = $3, attempts = attempts + 1 WHERE (provider, ticket, id) IN
     (SELECT provider, ticket, id FROM outbox WHERE state = 'waiting' AND claim_at <= $1
      ORDER BY claim_at LIMIT $2)
     RETURNING provider, ticket, id, kind, person, address, payload, attempts, created_at,
     (SELECT version FROM ticket t WHERE t.provider = outbox.provider AND t.id = outbox.ticket)",
    "UPDATE outbox SET claim_at = $3, attempts = attempts + 1 WHERE (provider, ticket, id) IN
     (SELECT provider, ticket, id FROM outbox WHERE state = 'waiting' AND claim_at <= $1
      ORDER BY claim_at LIMIT $2 FOR UPDATE SKIP LOCKED)
     RETURNING provider, ticket, id, kind, person, address, payload, attempts, created_at,
     (SELECT version FROM ticket t WHERE t.provider = outbox.provider AND t.id = outbox.ticket)",
);
static RETRY: Sql = Sql::new(
    "UPDATE outbox SET claim_at = $4, error = $5
     WHERE provider = $1 AND ticket = $2 AND id = $3 AND state = 'waiting'",
);
static GIVE_UP: Sql = Sql::new(
    "UPDATE outbox SET state = 'dead', error = $4
     WHERE provider = $1 AND ticket = $2 AND id = $3 AND state = 'waiting'",
);
static HOLD: Sql = Sql::new(
    "UPDATE outbox SET state = 'held', error = $4
     WHERE provider = $1 AND ticket = $2 AND id = $3 AND state = 'waiting'",
);
static RECIPIENT: Sql =
    Sql::new("SELECT kind, person, address FROM outbox WHERE provider = $1 AND ticket = $2 AND id = $3");
pub(crate) static OF_TICKET: Sql = Sql::new(
    "SELECT id, kind, person, address, state, attempts, created_at, error FROM outbox
     WHERE provider = $1 AND ticket = $2 ORDER BY created_at, id",
);

impl Database {
    /// Whether a receipt went to a person since an instant. It looks at all notices of the desk, so that only
    /// what is rare may ask.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn acknowledged_since(
        &self,
        provider: &ProviderId,
        person: PersonId,
        since: Instant,
    ) -> Result<bool, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::id(person.0), Value::instant(since)];
        let found = self.query_one(Query::new(&ACKNOWLEDGED, values, |row| row.count(0))).await?;
        Ok(found.is_some_and(|count| count > 0))
    }

    /// Since when the oldest letter waits that was to have left by now, of a request or of none, of all providers.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn oldest_waiting(&self, now: Instant) -> Result<Option<Instant>, StoreError> {
        let query = Query::new(&OLDEST_WAITING, vec![Value::instant(now)], |row| row.instant_or_none(0));
        Ok(self.query_one(query).await?.flatten())
    }

    /// Notices of a desk that did not arrive, the newest first.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn undelivered(
        &self,
        provider: &ProviderId,
        limit: u32,
    ) -> Result<Vec<Undelivered>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::Integer(i64::from(limit))];
        self.query(Query::new(&UNDELIVERED, values, |row| {
            Ok(Undelivered {
                number: row.text_or_none(0)?,
                kind: row.text(1)?,
                address: row.text(2)?,
                state: notice_state(&row.text(3)?)?,
                attempts: attempts(row, 4)?,
                created_at: row.instant(5)?,
                error: row.text_or_none(6)?,
            })
        }))
        .await
    }

    /// Takes notices that may leave, the longest waiting first. No other node is given them until
    /// the lease runs out.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn claim_outbox(
        &self,
        now: Instant,
        limit: u32,
        lease_until: Instant,
    ) -> Result<Vec<OutboxItem>, StoreError> {
        // Mostly there is nothing: finding that out writes nothing.
        if self.next_outbox_due().await?.is_none_or(|next| next > now) {
            return Ok(Vec::new());
        }
        let values = vec![Value::instant(now), Value::Integer(i64::from(limit)), Value::instant(lease_until)];
        let mut items = self.write_returning(&CLAIM, values, item).await?;
        items.sort_by_key(|item| (item.created_at, item.id));
        Ok(items)
    }

    /// Puts a notice back that could not leave, to be tried again, or gives it up when there is no
    /// next time. One that was settled meanwhile stays so.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn fail_notice(
        &self,
        item: &OutboxItem,
        retry_at: Option<Instant>,
        error: &str,
    ) -> Result<(), StoreError> {
        let mut values = ticket_key(&item.provider, item.ticket);
        values.push(Value::id(item.id.0));
        let sql = match retry_at {
            Some(retry_at) => {
                values.push(Value::instant(retry_at));
                &RETRY
            }
            None => &GIVE_UP,
        };
        values.push(Value::text(error.to_owned()));
        self.write(sql, values).await.map(drop)
    }

    /// Notes that a notice is not sent on purpose, and why.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn hold_notice(&self, item: &OutboxItem, why: &str) -> Result<(), StoreError> {
        let mut values = ticket_key(&item.provider, item.ticket);
        values.push(Value::id(item.id.0));
        values.push(Value::text(why.to_owned()));
        self.write(&HOLD, values).await.map(drop)
    }

    /// The kind and the recipient of a notice of a ticket.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn notice_of(
        &self,
        provider: &ProviderId,
        ticket: TicketId,
        notice: NoticeId,
    ) -> Result<Option<(String, Recipient)>, StoreError> {
        let mut values = ticket_key(provider, ticket);
        values.push(Value::id(notice.0));
        let query = Query::new(&RECIPIENT, values, |row| {
            Ok((row.text(0)?, Recipient { person: row.id_or_none(1)?.map(PersonId), address: row.text(2)? }))
        });
        self.query_one(query).await
    }

    /// When the next notice may leave, or its lease runs out.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn next_outbox_due(&self) -> Result<Option<Instant>, StoreError> {
        let query = Query::new(&NEXT, Vec::new(), |row| row.instant_or_none(0));
        Ok(self.query_one(query).await?.flatten())
    }

    /// The notices of a ticket, oldest first.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn outbox_of(
        &self,
        provider: &ProviderId,
        ticket: TicketId,
    ) -> Result<Vec<OutboxEntry>, StoreError> {
        self.query(Query::new(&OF_TICKET, ticket_key(provider, ticket), outbox_entry)).await
    }
}

fn item(row: &Row<'_>) -> Result<OutboxItem, StoreError> {
    Ok(OutboxItem {
        provider: ProviderId(row.text(0)?),
        ticket: TicketId(row.id(1)?),
        id: NoticeId(row.id(2)?),
        kind: row.text(3)?,
        recipient: Recipient { person: row.id_or_none(4)?.map(PersonId), address: row.text(5)? },
        payload: row.json(6)?,
        attempts: attempts(row, 7)?,
        created_at: row.instant(8)?,
        version: row.count(9)?,
    })
}

pub(crate) fn outbox_entry(row: &Row<'_>) -> Result<OutboxEntry, StoreError> {
    Ok(OutboxEntry {
        id: NoticeId(row.id(0)?),
        kind: row.text(1)?,
        recipient: Recipient { person: row.id_or_none(2)?.map(PersonId), address: row.text(3)? },
        state: notice_state(&row.text(4)?)?,
        attempts: attempts(row, 5)?,
        created_at: row.instant(6)?,
        error: row.text_or_none(7)?,
    })
}

fn notice_state(stored: &str) -> Result<NoticeState, StoreError> {
    Ok(match stored {
        "waiting" => NoticeState::Waiting,
        "done" => NoticeState::Done,
        "dead" => NoticeState::Dead,
        "returned" => NoticeState::Returned,
        "held" => NoticeState::Held,
        other => return Err(StoreError::corrupt(format!("a notice cannot be `{other}`"))),
    })
}

fn attempts(row: &Row<'_>, column: usize) -> Result<u32, StoreError> {
    Ok(u32::try_from(row.count(column)?).unwrap_or(u32::MAX))
}
