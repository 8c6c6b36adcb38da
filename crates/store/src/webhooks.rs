//! Addresses that are told what happens, and what was told them.
//!
//! The log is the queue: each webhook knows how far it was read, and what it is to be told is written
//! in the transaction that moves this on. So an event that is committed is told, whatever stops in
//! between, and what was queued twice is one row.

use crate::composed::{Composed, place, sql};
use crate::database::Database;
use crate::entry_versions::add_of_webhook;
use crate::error::StoreError;
use crate::event_log::StoredCommit;
use crate::sql::{Query, Row, Sql, Statement, Value, written};
use calendar::Instant;
use desk::{PersonId, ProviderId, Recorded, WebhookId};

/// An address that is told what happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Whose desk.
    pub provider: ProviderId,
    /// Its id.
    pub id: WebhookId,
    /// Where to.
    pub url: String,
    /// Names of the kinds of events that are told, or patterns of them.
    pub kinds: Vec<String>,
    /// What signs; sealed where a sealing key is configured.
    pub secret: String,
    /// What signed before and still does, each until then; the oldest first, and sealed alike. Some may be over.
    pub former: Vec<(String, Instant)>,
    /// Whether it is told anything.
    pub state: WebhookState,
    /// How far the log was read for it.
    pub position: i64,
    /// Since when nothing reached it.
    pub failing_since: Option<Instant>,
    /// Until when its receiver is left alone; it may be over.
    pub resting_until: Option<Instant>,
    /// When it was made.
    pub created_at: Instant,
    /// Who keeps it: whoever made it, or changed it last.
    pub created_by: PersonId,
}

/// What is to change of a webhook; what is absent stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookEdit {
    /// Where to.
    pub url: Option<String>,
    /// Names of the kinds of events that are told, or patterns of them.
    pub kinds: Option<Vec<String>>,
    /// Whether it is told anything.
    pub state: Option<WebhookState>,
    /// Who keeps it from now on.
    pub kept_by: PersonId,
}

/// Which webhooks are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Those that were reached when they were last told something, or were never told anything.
    Well,
    /// Those that were not.
    Failing,
}

/// Whether a webhook is told anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookState {
    /// It is.
    On,
    /// Somebody switched it off, or nobody keeps it any more.
    Off,
    /// Nothing reached it for days, and it was switched off.
    Failed,
}

impl WebhookState {
    /// The state as it is stored and written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Failed => "failed",
        }
    }
}

/// Something to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDelivery {
    /// Its id, the same however often it is sent.
    pub id: String,
    /// The kind of event.
    pub kind: String,
    /// The body, as it is sent and signed.
    pub payload: String,
}

/// Something that was or is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Whose desk.
    pub provider: ProviderId,
    /// To which webhook.
    pub webhook: WebhookId,
    /// Its id, the same however often it is sent.
    pub id: String,
    /// The kind of event.
    pub kind: String,
    /// The body.
    pub payload: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was queued.
    pub created_at: Instant,
    /// When it may be tried next, while it waits.
    pub claim_at: Instant,
    /// When it was tried last.
    pub answered_at: Option<Instant>,
    /// The status that was answered last.
    pub status: Option<u16>,
    /// What went wrong last.
    pub error: Option<String>,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// It has yet to arrive.
    Waiting,
    /// It arrived.
    Done,
    /// It was given up.
    Dead,
}

impl DeliveryState {
    /// The state as it is stored and written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// When.
    pub at: Instant,
    /// What was answered.
    pub status: Option<u16>,
    /// What went wrong; none when it arrived.
    pub error: Option<String>,
    /// When to try again; none when it arrived or is given up.
    pub again_at: Option<Instant>,
    /// Until when the receiver is left alone, with all that waits for it; none where that makes no difference.
    pub resting_until: Option<Instant>,
}

/// A commit as it is read for webhooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedCommit {
    /// Its place among all of the provider.
    pub position: i64,
    /// Number of its request.
    pub number: String,
    /// Its events.
    pub commit: Vec<Recorded>,
}

const COLUMNS: &str = "w.provider, w.id, w.url, w.kinds, w.secret, w.former_secrets, w.state, w.position, \
     w.failing_since, w.resting_until, w.created_at, w.created_by";

static ADD: Sql = Sql::new(
    "INSERT INTO webhook (provider, id, url, kinds, secret, former_secrets, state, position, created_at,
     created_by) VALUES ($1, $2, $3, $4, $5, '[]', $6, $7, $8, $9)",
);
// Another address, and being switched on again, end what the former receiver asked for.
static CHANGE: Sql = Sql::new(
    "UPDATE webhook SET url = COALESCE($3, url), kinds = COALESCE($4, kinds), state = COALESCE($5, state),
     created_by = $6,
     failing_since = CASE WHEN $5 = 'on' AND state <> 'on' THEN NULL ELSE failing_since END,
     resting_until = CASE WHEN $5 = 'on' OR $3 <> url THEN NULL ELSE resting_until END
     WHERE provider = $1 AND id = $2",
);
static REPLACE_SECRET: Sql = Sql::new(
    "UPDATE webhook SET secret = $4, former_secrets = $5 WHERE provider = $1 AND id = $2 AND secret = $3",
);
static REMOVE: Sql = Sql::new("DELETE FROM webhook WHERE provider = $1 AND id = $2");
static REMOVE_DELIVERIES: Sql = Sql::new("DELETE FROM webhook_delivery WHERE provider = $1 AND webhook = $2");
static COMMITS: Sql = Sql::new(
    "SELECT l.position, t.number, l.body FROM log l
     JOIN ticket t ON t.provider = l.provider AND t.id = l.ticket
     WHERE l.provider = $1 AND l.position > $2 ORDER BY l.position LIMIT $3",
);
// The same, with how many events of the request came before: a commit is a list of them.
static NUMBERED_COMMITS: Sql = Sql::differing(
    "SELECT l.position, t.number, l.body, (SELECT COALESCE(SUM(json_array_length(e.body)), 0) FROM log e
      WHERE e.provider = l.provider AND e.ticket = l.ticket AND e.version < l.version) FROM log l
     JOIN ticket t ON t.provider = l.provider AND t.id = l.ticket
     WHERE l.provider = $1 AND l.position > $2 ORDER BY l.position LIMIT $3",
    "SELECT l.position, t.number, l.body, (SELECT CAST(COALESCE(SUM(json_array_length(e.body::json)), 0)
      AS BIGINT) FROM log e WHERE e.provider = l.provider AND e.ticket = l.ticket AND e.version < l.version)
     FROM log l JOIN ticket t ON t.provider = l.provider AND t.id = l.ticket
     WHERE l.provider = $1 AND l.position > $2 ORDER BY l.position LIMIT $3",
);
static MOVE_ON: Sql =
    Sql::new("UPDATE webhook SET position = $4 WHERE provider = $1 AND id = $2 AND position = $3");
static QUEUE: Sql = Sql::new(
    "INSERT INTO webhook_delivery (provider, webhook, id, kind, payload, state, attempts, created_at, claim_at)
     VALUES ($1, $2, $3, $4, $5, 'waiting', 0, $6, $6) ON CONFLICT (provider, webhook, id) DO NOTHING",
);
static IS_DUE: Sql = Sql::new(
    "SELECT 1 FROM webhook w WHERE w.state = 'on' AND w.claim_at <= $1 AND COALESCE(w.resting_until, 0) <= $1
     AND EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.provider = w.provider AND d.webhook = w.id
      AND d.state = 'waiting' AND d.claim_at <= $1) LIMIT 1",
);
static TAKE: Sql = Sql::differing(
    "UPDATE webhook SET claim_at = $3 WHERE (provider, id) IN
     (SELECT w.provider, w.id FROM webhook w WHERE w.state = 'on' AND w.claim_at <= $1
      AND COALESCE(w.resting_until, 0) <= $1 AND (w.failing_since IS NOT NULL) = (CAST($4 AS BIGINT) = 1)
      AND EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.provider = w.provider AND d.webhook = w.id
       AND d.state = 'waiting' AND d.claim_at <= $1)
      ORDER BY w.claim_at LIMIT $2)
     RETURNING provider, id",
    "UPDATE webhook SET claim_at = $3 WHERE (provider, id) IN
     (SELECT w.provider, w.id FROM webhook w WHERE w.state = 'on' AND w.claim_at <= $1
      AND COALESCE(w.resting_until, 0) <= $1 AND (w.failing_since IS NOT NULL) = (CAST($4 AS BIGINT) = 1)
      AND EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.provider = w.provider AND d.webhook = w.id
       AND d.state = 'waiting' AND d.claim_at <= $1)
      ORDER BY w.claim_at LIMIT $2 FOR UPDATE SKIP LOCKED)
     RETURNING provider, id",
);
static LET_GO: Sql =
    Sql::new("UPDATE webhook SET claim_at = $4 WHERE provider = $1 AND id = $2 AND claim_at = $3");
static CLAIM: Sql = Sql::differing(
    "UPDATE webhook_delivery SET claim_at = $5, attempts = attempts + 1 WHERE (provider, webhook, id) IN
     (SELECT provider, webhook, id FROM webhook_delivery WHERE provider = $1 AND webhook = $2
      AND state = 'waiting' AND claim_at <= $3 ORDER BY claim_at, created_at, id LIMIT $4)
     RETURNING provider, webhook, id, kind, payload, state, attempts, created_at, claim_at, answered_at,
     status, error",
    "UPDATE webhook_delivery SET claim_at = $5, attempts = attempts + 1 WHERE (provider, webhook, id) IN
     (SELECT provider, webhook, id FROM webhook_delivery WHERE provider = $1 AND webhook = $2
      AND state = 'waiting' AND claim_at <= $3 ORDER BY claim_at, created_at, id LIMIT $4
      FOR UPDATE SKIP LOCKED)
     RETURNING provider, webhook, id, kind, payload, state, attempts, created_at, claim_at, answered_at,
     status, error",
);
static SETTLE: Sql = Sql::new(
    "UPDATE webhook_delivery SET state = $4, claim_at = $5, answered_at = $6, status = $7, error = $8
     WHERE provider = $1 AND webhook = $2 AND id = $3",
);
// While it is still whoever's claimed it.
static PUT_BACK: Sql = Sql::new(
    "UPDATE webhook_delivery SET attempts = attempts - 1
     WHERE provider = $1 AND webhook = $2 AND id = $3 AND state = 'waiting' AND claim_at = $4 AND attempts > 0",
);
static WELL: Sql = Sql::new(
    "UPDATE webhook SET failing_since = NULL
     WHERE provider = $1 AND id = $2 AND failing_since IS NOT NULL",
);
static FAILING: Sql = Sql::new(
    "UPDATE webhook SET failing_since = COALESCE(failing_since, $3),
     resting_until = CASE WHEN COALESCE(resting_until, 0) < CAST($4 AS BIGINT) THEN $4 ELSE resting_until END
     WHERE provider = $1 AND id = $2",
);
static SWITCH_OFF: Sql = Sql::new(
    "UPDATE webhook SET state = 'failed' WHERE provider = $1 AND id = $2 AND state = 'on'
     AND (failing_since <= $3 OR CAST($4 AS BIGINT) = 1)",
);
static PUT_ASIDE: Sql =
    Sql::new("UPDATE webhook SET state = 'off' WHERE provider = $1 AND id = $2 AND state = 'on'");
static REPLAY: Sql = Sql::new(
    "UPDATE webhook_delivery SET state = 'waiting', attempts = 0, claim_at = $4
     WHERE provider = $1 AND webhook = $2 AND id = $3",
);
static END_REST: Sql = Sql::new(
    "UPDATE webhook SET resting_until = NULL WHERE provider = $1 AND id = $2 AND resting_until IS NOT NULL",
);
static NAMING: Sql = Sql::differing(
    "SELECT provider, webhook, id, kind, payload, state, attempts, created_at, claim_at, answered_at, status, error
     FROM webhook_delivery WHERE provider = $1 AND instr(lower(payload), $2) > 0",
    "SELECT provider, webhook, id, kind, payload, state, attempts, created_at, claim_at, answered_at, status, error
     FROM webhook_delivery WHERE provider = $1 AND strpos(lower(payload), $2) > 0",
);
static ERASE: Sql = Sql::new("DELETE FROM webhook_delivery WHERE provider = $1 AND webhook = $2 AND id = $3");
static FORGET: Sql = Sql::new(
    "DELETE FROM webhook_delivery WHERE provider = $1 AND webhook = $2 AND created_at < $3
     AND state <> 'waiting'",
);

fn webhook(row: &Row<'_>) -> Result<Webhook, StoreError> {
    let former: Vec<(String, i64)> = row.json(5)?;
    Ok(Webhook {
        provider: ProviderId(row.text(0)?),
        id: WebhookId(row.id(1)?),
        url: row.text(2)?,
        kinds: row.json(3)?,
        secret: row.text(4)?,
        former: former
            .into_iter()
            .map(|(secret, until)| (secret, Instant::from_milliseconds(until)))
            .collect(),
        state: match row.text(6)?.as_str() {
            "on" => WebhookState::On,
            "off" => WebhookState::Off,
            "failed" => WebhookState::Failed,
            other => return Err(StoreError::corrupt(format!("a webhook cannot be `{other}`"))),
        },
        position: row.integer(7)?,
        failing_since: row.instant_or_none(8)?,
        resting_until: row.instant_or_none(9)?,
        created_at: row.instant(10)?,
        created_by: PersonId(row.id(11)?),
    })
}

fn delivery(row: &Row<'_>) -> Result<Delivery, StoreError> {
    Ok(Delivery {
        provider: ProviderId(row.text(0)?),
        webhook: WebhookId(row.id(1)?),
        id: row.text(2)?,
        kind: row.text(3)?,
        payload: row.text(4)?,
        state: match row.text(5)?.as_str() {
            "waiting" => DeliveryState::Waiting,
            "done" => DeliveryState::Done,
            "dead" => DeliveryState::Dead,
            other => return Err(StoreError::corrupt(format!("a delivery cannot be `{other}`"))),
        },
        attempts: u32::try_from(row.count(6)?).unwrap_or(u32::MAX),
        created_at: row.instant(7)?,
        claim_at: row.instant(8)?,
        answered_at: row.instant_or_none(9)?,
        status: row.integer_or_none(10)?.and_then(|status| u16::try_from(status).ok()),
        error: row.text_or_none(11)?,
    })
}

fn key(provider: &ProviderId, id: WebhookId) -> Vec<Value<'static>> {
    vec![Value::text(provider.0.clone()), Value::id(id.0)]
}

impl Database {
    /// Adds a webhook that was never told anything.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn add_webhook(&self, webhook: &Webhook) -> Result<(), StoreError> {
        let mut values = key(&webhook.provider, webhook.id);
        values.extend([
            Value::text(webhook.url.clone()),
            Value::text(written(&webhook.kinds)?),
            Value::text(webhook.secret.clone()),
            Value::text(webhook.state.as_str()),
            Value::Integer(webhook.position),
            Value::instant(webhook.created_at),
            Value::id(webhook.created_by.0),
        ]);
        let version =
            add_of_webhook(&webhook.provider, webhook.id, webhook.created_at, Some(webhook.created_by));
        self.write_all(vec![Statement::new(&ADD, values), version]).await.map(drop)
    }

    /// Changes a webhook, and nothing of it that is not named. Whether there is one.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn change_webhook(
        &self,
        provider: &ProviderId,
        id: WebhookId,
        edit: &WebhookEdit,
        at: Instant,
    ) -> Result<bool, StoreError> {
        let mut values = key(provider, id);
        values.extend([
            edit.url.clone().map_or(Value::Null, Value::text),
            edit.kinds.as_ref().map(written).transpose()?.map_or(Value::Null, Value::text),
            edit.state.map_or(Value::Null, |state| Value::text(state.as_str())),
            Value::id(edit.kept_by.0),
        ]);
        self.write_version(Statement::new(&CHANGE, values), provider, id, at, Some(edit.kept_by)).await
    }

    /// Gives a webhook another secret, with those that go on signing beside it. Whether it still had the
    /// secret of before: of two who change it at once one is told that it did not.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn replace_webhook_secret(
        &self,
        before: &Webhook,
        secret: &str,
        former: &[(String, Instant)],
    ) -> Result<bool, StoreError> {
        let former: Vec<(&str, i64)> =
            former.iter().map(|(secret, until)| (secret.as_str(), until.milliseconds())).collect();
        let mut values = key(&before.provider, before.id);
        values.extend([
            Value::text(before.secret.clone()),
            Value::text(secret.to_owned()),
            Value::text(written(&former)?),
        ]);
        Ok(self.write(&REPLACE_SECRET, values).await? == 1)
    }

    /// The webhooks of a provider, the oldest first.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn webhooks(&self, provider: &ProviderId) -> Result<Vec<Webhook>, StoreError> {
        let text = sql!("SELECT {} FROM webhook w WHERE provider = $1 ORDER BY id", COLUMNS);
        let statement = Statement::built(text, vec![Value::text(provider.0.clone())]);
        self.query(Query { statement, map: webhook }).await
    }

    /// The webhooks of all providers.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn all_webhooks(&self) -> Result<Vec<Webhook>, StoreError> {
        let text = sql!("SELECT {} FROM webhook w ORDER BY provider, id", COLUMNS);
        self.query(Query { statement: Statement::built(text, Vec::new()), map: webhook }).await
    }

    /// A webhook.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn webhook(&self, provider: &ProviderId, id: WebhookId) -> Result<Option<Webhook>, StoreError> {
        let text = sql!("SELECT {} FROM webhook w WHERE provider = $1 AND id = $2", COLUMNS);
        self.query_one(Query { statement: Statement::built(text, key(provider, id)), map: webhook }).await
    }

    /// Removes a webhook with all that was told it. Whether there was one.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn remove_webhook(
        &self,
        provider: &ProviderId,
        id: WebhookId,
        at: Instant,
        by: PersonId,
    ) -> Result<bool, StoreError> {
        let [deliveries, webhook] =
            [&REMOVE_DELIVERIES, &REMOVE].map(|sql| Statement::new(sql, key(provider, id)));
        let version = add_of_webhook(provider, id, at, Some(by));
        Ok(self.write_all(vec![webhook, deliveries, version]).await?[0] == 1)
    }

    /// Webhooks for which the log has more than was read: those of one provider that were read as far beside
    /// each other.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn webhooks_behind(&self) -> Result<Vec<Webhook>, StoreError> {
        let text = sql!(
            "SELECT {} FROM webhook w JOIN desk_counter c ON c.provider = w.provider
             WHERE w.state = 'on' AND w.position < c.position ORDER BY w.provider, w.position, w.id",
            COLUMNS
        );
        self.query(Query { statement: Statement::built(text, Vec::new()), map: webhook }).await
    }

    /// The commits of a provider after a position, in order, with their events.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn commits_since(
        &self,
        provider: &ProviderId,
        position: i64,
        limit: u32,
    ) -> Result<Vec<LoggedCommit>, StoreError> {
        let values =
            vec![Value::text(provider.0.clone()), Value::Integer(position), Value::Integer(i64::from(limit))];
        self.query(Query::new(&COMMITS, values, |row| {
            let StoredCommit(commit) = row.json(2)?;
            Ok(LoggedCommit { position: row.integer(0)?, number: row.text(1)?, commit })
        }))
        .await
    }

    /// As [`Database::commits_since`], each with the number of events that its request had before it.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn numbered_commits_since(
        &self,
        provider: &ProviderId,
        position: i64,
        limit: u32,
    ) -> Result<Vec<(LoggedCommit, u64)>, StoreError> {
        let values =
            vec![Value::text(provider.0.clone()), Value::Integer(position), Value::Integer(i64::from(limit))];
        self.query(Query::new(&NUMBERED_COMMITS, values, |row| {
            let StoredCommit(commit) = row.json(2)?;
            let logged = LoggedCommit { position: row.integer(0)?, number: row.text(1)?, commit };
            Ok((logged, row.count(3)?))
        }))
        .await
    }

    /// Queues what a webhook is to be told and notes how far the log was read, all or nothing. Done
    /// twice, by two nodes, it is done once.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn queue_deliveries(
        &self,
        webhook: &Webhook,
        read_until: i64,
        deliveries: &[NewDelivery],
        now: Instant,
    ) -> Result<(), StoreError> {
        let key = || key(&webhook.provider, webhook.id);
        let mut position = key();
        position.extend([Value::Integer(webhook.position), Value::Integer(read_until)]);
        let mut statements = vec![Statement::new(&MOVE_ON, position)];
        for new in deliveries {
            let mut values = key();
            values.extend([
                Value::text(new.id.clone()),
                Value::text(new.kind.clone()),
                Value::text(new.payload.clone()),
                Value::instant(now),
            ]);
            statements.push(Statement::new(&QUEUE, values));
        }
        self.write_all(statements).await.map(drop)
    }

    /// Whether a webhook could be taken: asks before one is, since to take is to write.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn is_webhook_due(&self, now: Instant) -> Result<bool, StoreError> {
        let due = self.query_one(Query::new(&IS_DUE, vec![Value::instant(now)], |_| Ok(()))).await?;
        Ok(due.is_some())
    }

    /// Takes webhooks that something may be sent to, those first that nobody held for the longest time. No
    /// other node is given them until the lease runs out or they are let go.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn take_webhooks(
        &self,
        health: Health,
        now: Instant,
        limit: u32,
        lease_until: Instant,
    ) -> Result<Vec<(ProviderId, WebhookId)>, StoreError> {
        let values = vec![
            Value::instant(now),
            Value::Integer(i64::from(limit)),
            Value::instant(lease_until),
            Value::flag(health == Health::Failing),
        ];
        let taken = |row: &Row<'_>| Ok((ProviderId(row.text(0)?), WebhookId(row.id(1)?)));
        self.write_returning(&TAKE, values, taken).await
    }

    /// Lets a webhook go that was taken until `lease_until`: whoever asks next is given it. One that somebody
    /// else took since is left to them.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn let_webhook_go(
        &self,
        provider: &ProviderId,
        id: WebhookId,
        lease_until: Instant,
        now: Instant,
    ) -> Result<(), StoreError> {
        let mut values = key(provider, id);
        values.extend([Value::instant(lease_until), Value::instant(now)]);
        self.write(&LET_GO, values).await.map(drop)
    }

    /// Takes deliveries of a webhook that may be tried, the longest waiting first. No other node is given
    /// them until the lease runs out.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn claim_deliveries(
        &self,
        provider: &ProviderId,
        webhook: WebhookId,
        now: Instant,
        limit: u32,
        lease_until: Instant,
    ) -> Result<Vec<Delivery>, StoreError> {
        let mut values = key(provider, webhook);
        values.extend([Value::instant(now), Value::Integer(i64::from(limit)), Value::instant(lease_until)]);
        let mut claimed = self.write_returning(&CLAIM, values, delivery).await?;
        claimed.sort_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
        Ok(claimed)
    }

    /// Notes that a claimed delivery was not tried: it waits until the claim ends, and nothing is counted.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn put_delivery_back(&self, claimed: &Delivery) -> Result<(), StoreError> {
        let mut values = key(&claimed.provider, claimed.webhook);
        values.extend([Value::text(claimed.id.clone()), Value::instant(claimed.claim_at)]);
        self.write(&PUT_BACK, values).await.map(drop)
    }

    /// Notes that nothing is known of a webhook's receiver: it is not called any more, and cannot fail.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn forget_webhook_failures(
        &self,
        provider: &ProviderId,
        id: WebhookId,
    ) -> Result<(), StoreError> {
        self.write(&WELL, key(provider, id)).await.map(drop)
    }

    /// Notes how an attempt ended, for the delivery and for the webhook's health.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn note_attempt(&self, of: &Delivery, attempt: &Attempt) -> Result<(), StoreError> {
        let state = match (&attempt.error, attempt.again_at) {
            (None, _) => DeliveryState::Done,
            (Some(_), Some(_)) => DeliveryState::Waiting,
            (Some(_), None) => DeliveryState::Dead,
        };
        let mut values = key(&of.provider, of.webhook);
        values.extend([
            Value::text(of.id.clone()),
            Value::text(state.as_str()),
            Value::instant(attempt.again_at.unwrap_or(attempt.at)),
            Value::instant(attempt.at),
            attempt.status.map_or(Value::Null, |status| Value::Integer(i64::from(status))),
            attempt.error.clone().map_or(Value::Null, Value::text),
        ]);
        let mut health = key(&of.provider, of.webhook);
        let health = if attempt.error.is_none() {
            Statement::new(&WELL, health)
        } else {
            health.extend([Value::instant(attempt.at), Value::instant_or_null(attempt.resting_until)]);
            Statement::new(&FAILING, health)
        };
        self.write_all(vec![Statement::new(&SETTLE, values), health]).await.map(drop)
    }

    /// Switches a webhook off that nothing reached since an instant, or that asked for it. Whether it
    /// was on.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn give_up_webhook(
        &self,
        provider: &ProviderId,
        id: WebhookId,
        failing_before: Instant,
        is_asked_for: bool,
        at: Instant,
    ) -> Result<bool, StoreError> {
        let mut values = key(provider, id);
        values.extend([Value::instant(failing_before), Value::flag(is_asked_for)]);
        self.write_version(Statement::new(&SWITCH_OFF, values), provider, id, at, None).await
    }

    /// Switches off a webhook, in nobody's name. Whether it was on.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn switch_off_webhook(
        &self,
        provider: &ProviderId,
        id: WebhookId,
        at: Instant,
    ) -> Result<bool, StoreError> {
        self.write_version(Statement::new(&PUT_ASIDE, key(provider, id)), provider, id, at, None).await
    }

    /// Changes a webhook and keeps what it says from then on. Whether there was something to change.
    async fn write_version(
        &self,
        change: Statement<'static>,
        provider: &ProviderId,
        id: WebhookId,
        at: Instant,
        by: Option<PersonId>,
    ) -> Result<bool, StoreError> {
        let statements = vec![change, add_of_webhook(provider, id, at, by)];
        Ok(self.write_all(statements).await?[0] == 1)
    }

    /// What was told a webhook, the latest first, after a place of the same list.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn deliveries(
        &self,
        provider: &ProviderId,
        id: WebhookId,
        after: Option<(Instant, String)>,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        let mut values = key(provider, id);
        let mut text = Composed::new(
            "SELECT provider, webhook, id, kind, payload, state, attempts, created_at, claim_at, \
             answered_at, status, error FROM webhook_delivery WHERE provider = $1 AND webhook = $2",
        );
        if let Some((at, last)) = after {
            values.extend([Value::instant(at), Value::text(last)]);
            text += " AND (created_at, id) < ($3, $4)";
        }
        let limit = place(&mut values, Value::Integer(i64::from(limit)));
        text += sql!(" ORDER BY created_at DESC, id DESC LIMIT {}", limit);
        self.query(Query { statement: Statement::built(text, values), map: delivery }).await
    }

    /// What was or is to be told of a provider and holds an address, be it within another. Every row is looked at.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn deliveries_naming(
        &self,
        provider: &ProviderId,
        address: &str,
    ) -> Result<Vec<Delivery>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::text(address.to_lowercase())];
        self.query_at_leisure(Query::new(&NAMING, values, delivery)).await
    }

    /// Destroys what was or is to be told.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn erase_deliveries(&self, deliveries: &[Delivery]) -> Result<(), StoreError> {
        let statements = deliveries.iter().map(|known| {
            let mut values = key(&known.provider, known.webhook);
            values.push(Value::text(known.id.clone()));
            Statement::new(&ERASE, values)
        });
        self.erase(statements.collect()).await.map(drop)
    }

    /// Queues once more what was told before. Whether there is such a delivery.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn replay_delivery(
        &self,
        provider: &ProviderId,
        webhook: WebhookId,
        id: &str,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let mut values = key(provider, webhook);
        values.extend([Value::text(id.to_owned()), Value::instant(now)]);
        Ok(self.write(&REPLAY, values).await? == 1)
    }

    /// Ends the rest of a webhook's receiver: somebody wants to know now.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn end_webhook_rest(&self, provider: &ProviderId, id: WebhookId) -> Result<(), StoreError> {
        self.write(&END_REST, key(provider, id)).await.map(drop)
    }

    /// Forgets what was told a webhook before an instant and waits for nothing.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn forget_deliveries(
        &self,
        provider: &ProviderId,
        webhook: WebhookId,
        before: Instant,
    ) -> Result<(), StoreError> {
        let mut values = key(provider, webhook);
        values.push(Value::instant(before));
        self.write(&FORGET, values).await.map(drop)
    }
}
