//! A unit of work as statements, in three steps; both engines run the same ones.
//!
//! First what may refuse it (the version, the letter, the idempotency key), then the provider's
//! counter row, which gives number and position and, being locked until the end, puts the commits
//! of a provider in one order; then everything else, of which nothing needs an answer. PostgreSQL, on which
//! nodes commit at once, locks the counter rows of a whole batch before all that.

use crate::attachments::{ERASE_CHUNKS, ERASE_CONTENT, ERASE_FILE};
use crate::chain::Link;
use crate::clock_queue::WAKE_MERGED;
use crate::database::Database;
use crate::drafts::FORGET_DRAFTS;
use crate::error::StoreError;
use crate::event_log::commit_text;
use crate::fold_words::fold_words;
use crate::scans::{AWAIT_SCAN, FORGET_SCAN};
use crate::search_index::{FORGET, REWORD, Shelf, index_commit};
use crate::source_letters::LEAVE;
use crate::sql::{Row, Sql, Statement, Value};
use crate::storage::{GROW, SHRINK};
use crate::ticket_index::{Standing, TicketRow};
use crate::unit_of_work::{Change, Committed, NewFile, UnitOfWork};
use desk::{Recorded, TicketEvent, TicketId};

impl Database {
    /// Stores one unit of work durably, or nothing of it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the ticket is at another version than expected,
    /// [`StoreError::AlreadyReceived`] and [`StoreError::AlreadyDone`] for what was taken in before,
    /// [`StoreError::NotFound`] for an unknown provider, and what storage fails at.
    pub async fn commit(&self, unit: UnitOfWork) -> Result<Committed, StoreError> {
        let answers = self.commit_many(vec![unit]).await;
        answers.into_iter().next().unwrap_or_else(|| Err(StoreError::failed("commit", "no answer came")))
    }

    /// Stores several units of work in one transaction. Each stands or falls alone; the answers
    /// are in the order of the units.
    pub async fn commit_many(&self, units: Vec<UnitOfWork>) -> Vec<Result<Committed, StoreError>> {
        let count = units.len();
        match self.commit_units(units).await {
            Ok(answers) => answers
                .into_iter()
                .map(|answer| {
                    answer.map(|(committed, change)| {
                        self.tell(change);
                        committed
                    })
                })
                .collect(),
            Err(error) => vec![Err(error); count],
        }
    }
}

/// Bytes of a file in one row: small enough to stay a moderate value on both engines.
pub(crate) const CHUNK_BYTES: usize = 256 * 1024;

static HEAD: Sql = Sql::differing(
    "SELECT version, head, number, sequence, assignee, state, turn, late, missed, snoozed, due_rank,
     subject, requester, parts FROM ticket WHERE provider = $1 AND id = $2",
    "SELECT version, head, number, sequence, assignee, state, turn, late, missed, snoozed, due_rank,
     subject, requester, parts FROM ticket WHERE provider = $1 AND id = $2 FOR UPDATE",
);
// The update of a known row changes nothing and only makes RETURNING tell what stands there.
static RECEIVE: Sql = Sql::new(
    "INSERT INTO inbox (provider, digest, ticket, version, mailbox) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (provider, digest) DO UPDATE SET mailbox = inbox.mailbox RETURNING ticket, version",
);
static FORGET_KEY: Sql =
    Sql::new("DELETE FROM idempotency WHERE provider = $1 AND person = $2 AND key = $3 AND expires_at <= $4");
static KEEP_KEY: Sql = Sql::new(
    "INSERT INTO idempotency (provider, person, key, request_digest, ticket, version, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (provider, person, key) DO UPDATE SET key = idempotency.key
     RETURNING ticket, version, request_digest",
);
static COUNT: Sql = Sql::new(
    "UPDATE desk_counter SET sequence = sequence + $2, position = position + 1, live = live + $3,
     ours = ours + $4, late = late + $5, missed = missed + $6, unassigned = unassigned + $7,
     waiting = waiting + $8, snoozed = snoozed + $9 WHERE provider = $1 RETURNING sequence, position, prefix, space",
);
static LOG: Sql = Sql::new(
    "INSERT INTO log (provider, ticket, version, position, at, body, previous, hash)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
);
static OPEN: Sql = Sql::new(
    "INSERT INTO ticket (provider, id, version, head, account, contact, assignee, team, channel, state,
     turn, severity, verdict, received_at, opened_at, agreement_key, agreement_version, contract, subject,
     requester, next_due_at, next_step_at, late, missed, summary, updated_at, due_rank, due_key, parts,
     snoozed, merged_into, step_at, sequence, number)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
     $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $22, $32, $33)",
);
// Sequence and number stay for ever: not naming them spares their index. What goes on in another ticket has no step of
// its own: that a round must look at it was said by a commit of the other, and holds until a round has looked. None goes
// on in itself; PostgreSQL takes no value of which nothing says the type.
static UPDATE: Sql = Sql::new(
    "UPDATE ticket SET version = $3, head = $4, account = $5, contact = $6, assignee = $7, team = $8,
     channel = $9, state = $10, turn = $11, severity = $12, verdict = $13, received_at = $14,
     opened_at = $15, agreement_key = $16, agreement_version = $17, contract = $18, subject = $19,
     requester = $20, next_due_at = $21, next_step_at = $22, late = $23, missed = $24, summary = $25,
     updated_at = $26, due_rank = $27, due_key = $28, parts = $29, snoozed = $30,
     merged_into = $31, step_at = CASE WHEN coalesce($31, id) = id THEN $22 ELSE step_at END
     WHERE provider = $1 AND id = $2",
);
static UNMARK: Sql = Sql::new("DELETE FROM ticket_mark WHERE provider = $1 AND sequence = $2");
static MARK: Sql = Sql::new(
    "INSERT INTO ticket_mark (provider, sequence, name, value, rank) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (provider, name, value, sequence) DO NOTHING",
);
static CONTENT: Sql =
    Sql::new("INSERT INTO content (provider, ticket, id, salt, text) VALUES ($1, $2, $3, $4, $5)");
static FILE: Sql = Sql::new(
    "INSERT INTO file (provider, id, ticket, message, name, media_type, size, salt)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
);
static CHUNK: Sql = Sql::new("INSERT INTO file_chunk (provider, file, place, bytes) VALUES ($1, $2, $3, $4)");
static REWRITE: Sql =
    Sql::new("UPDATE content SET salt = $4, text = $5 WHERE provider = $1 AND ticket = $2 AND id = $3");
static RENAME: Sql =
    Sql::new("UPDATE file SET name = $4, salt = $5 WHERE provider = $1 AND ticket = $2 AND id = $3");
static NOTICE: Sql = Sql::new(
    "INSERT INTO outbox (provider, ticket, id, kind, person, address, payload, state, attempts,
     created_at, claim_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting', 0, $8, $9)",
);
// A report that a letter was not delivered may be faster than the note that it left, and stands.
static SETTLE: Sql = Sql::new(
    "UPDATE outbox SET state = 'done', error = NULL
     WHERE provider = $1 AND ticket = $2 AND id = $3 AND state <> 'returned'",
);
static RETURN: Sql = Sql::new(
    "UPDATE outbox SET state = 'returned', error = $4 WHERE provider = $1 AND ticket = $2 AND id = $3",
);
static THREAD: Sql = Sql::new(
    "INSERT INTO thread_key (provider, key, ticket, at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (provider, key) DO NOTHING",
);

/// What stands of a ticket before a commit.
#[derive(Clone, Debug)]
pub(crate) struct Before {
    version: u64,
    head: [u8; 32],
    number: String,
    sequence: i64,
    standing: Standing,
    pub(crate) subject: String,
    pub(crate) requester: String,
    parts: i64,
}

/// An answer to one of the first statements.
#[derive(Debug)]
pub(crate) enum Answer {
    Head(Before),
    Received { ticket: TicketId, version: u64 },
    Kept { ticket: TicketId, version: u64, request_digest: [u8; 32] },
}

/// A statement whose rows are read by `map`; a statement without rows answers nothing.
pub(crate) struct Asked<'a> {
    pub(crate) statement: Statement<'a>,
    pub(crate) map: fn(&Row<'_>) -> Result<Answer, StoreError>,
}

/// What may refuse the unit.
pub(crate) fn checks(unit: &UnitOfWork) -> Vec<Asked<'_>> {
    let mut asked = Vec::with_capacity(4);
    let [provider, ticket] = unit.key();
    if unit.expected > 0 {
        asked.push(Asked {
            statement: Statement::new(&HEAD, vec![provider.clone(), ticket.clone()]),
            map: |row| Ok(Answer::Head(before(row)?)),
        });
    }
    let version = Value::count(unit.expected + 1);
    if let Some(entry) = &unit.inbox {
        asked.push(Asked {
            statement: Statement::new(
                &RECEIVE,
                vec![
                    provider.clone(),
                    Value::bytes(&entry.digest[..]),
                    ticket.clone(),
                    version.clone(),
                    Value::text(&entry.mailbox),
                ],
            ),
            map: |row| Ok(Answer::Received { ticket: TicketId(row.id(0)?), version: row.count(1)? }),
        });
    }
    if let Some(entry) = &unit.idempotency {
        let key = [provider, Value::id(entry.person.0), Value::text(&entry.key)];
        asked.push(Asked {
            statement: Statement::new(&FORGET_KEY, [&key[..], &[Value::instant(unit.at)]].concat()),
            map: |_| Err(StoreError::corrupt("a deletion that answers")),
        });
        let rest =
            [Value::bytes(&entry.request_digest[..]), ticket, version, Value::instant(entry.expires_at)];
        asked.push(Asked {
            statement: Statement::new(&KEEP_KEY, [&key[..], &rest].concat()),
            map: |row| {
                Ok(Answer::Kept {
                    ticket: TicketId(row.id(0)?),
                    version: row.count(1)?,
                    request_digest: row.array(2)?,
                })
            },
        });
    }
    asked
}

fn before(row: &Row<'_>) -> Result<Before, StoreError> {
    Ok(Before {
        version: row.count(0)?,
        head: row.array(1)?,
        number: row.text(2)?,
        sequence: row.integer(3)?,
        standing: Standing::read(row, 4)?,
        subject: row.text(11)?,
        requester: row.text(12)?,
        parts: row.integer(13)?,
    })
}

/// The refusal, or what stood before; none when the unit opens the ticket.
pub(crate) fn permit(unit: &UnitOfWork, answers: Vec<Answer>) -> Result<Option<Before>, StoreError> {
    let own = (unit.ticket, unit.expected + 1);
    let mut found = None;
    for answer in answers {
        match answer {
            Answer::Head(before) => found = Some(before),
            Answer::Received { ticket, version } if (ticket, version) != own => {
                return Err(StoreError::AlreadyReceived { ticket });
            }
            Answer::Kept { ticket, version, request_digest } if (ticket, version) != own => {
                return Err(StoreError::AlreadyDone { ticket, request_digest });
            }
            Answer::Received { .. } | Answer::Kept { .. } => {}
        }
    }
    match &found {
        Some(before) if before.version != unit.expected => Err(StoreError::Conflict),
        None if unit.expected > 0 => Err(StoreError::NotFound { what: format!("ticket {}", unit.ticket) }),
        _ => Ok(found),
    }
}

/// The provider's counter row after this commit.
pub(crate) struct Counted {
    sequence: i64,
    position: i64,
    prefix: String,
    space: i64,
}

/// Takes number and position, and moves the counters by the difference between the ticket's old
/// and new standing.
pub(crate) fn count<'a>(unit: &'a UnitOfWork, before: Option<&Before>) -> Statement<'a> {
    let old = before.map_or([0; 7], |before| before.standing.counted());
    let new = unit.row.standing().counted();
    let mut values = vec![Value::text(unit.provider.as_str()), Value::flag(before.is_none())];
    values.extend(new.iter().zip(old).map(|(new, old)| Value::Integer(new - old)));
    Statement::new(&COUNT, values)
}

pub(crate) fn counted(row: &Row<'_>) -> Result<Counted, StoreError> {
    Ok(Counted {
        sequence: row.integer(0)?,
        position: row.integer(1)?,
        prefix: row.text(2)?,
        space: row.integer(3)?,
    })
}

/// Everything else, and what to answer.
pub(crate) struct Writes<'a> {
    /// In this order, at once.
    pub(crate) statements: Vec<Statement<'a>>,
    /// Those about the index of words, after these; only a later erasure asks what they wrote.
    pub(crate) indexed: Vec<Statement<'static>>,
    pub(crate) committed: Committed,
    pub(crate) change: Change,
}

/// What is still to be written, once number and position are known.
pub(crate) fn writes(
    unit: &UnitOfWork,
    before: Option<Before>,
    counted: Option<Counted>,
) -> Result<Writes<'_>, StoreError> {
    let Some(counted) = counted else {
        return Err(StoreError::NotFound { what: format!("provider {}", unit.provider) });
    };
    let opens = before.is_none();
    let (previous, number, sequence) = match &before {
        Some(before) => (before.head, before.number.clone(), before.sequence),
        None => ([0; 32], format!("{}-{}", counted.prefix, counted.sequence), counted.sequence),
    };
    let version = unit.expected + 1;
    let body = commit_text(&unit.commit)?;
    let hash = Link {
        previous,
        provider: &unit.provider,
        ticket: unit.ticket,
        version,
        at_milliseconds: unit.at.milliseconds(),
        number: opens.then_some(number.as_str()),
        body: &body,
    }
    .hash();

    let shelf = Shelf {
        space: counted.space,
        sequence,
        parts: before.as_ref().map_or(0, |before| before.parts),
        number: &number,
    };
    let (indexed, parts) = index_commit(unit, before.as_ref(), &shelf);

    let [provider, ticket] = unit.key();
    let mut statements = Vec::with_capacity(8);
    let mut write = |sql: &'static Sql, values| statements.push(Statement::new(sql, values));
    write(
        &LOG,
        vec![
            provider.clone(),
            ticket.clone(),
            Value::count(version),
            Value::Integer(counted.position),
            Value::instant(unit.at),
            Value::text(body),
            Value::bytes(previous.to_vec()),
            Value::bytes(hash.to_vec()),
        ],
    );
    let mut values =
        vec![provider.clone(), ticket.clone(), Value::count(version), Value::bytes(hash.to_vec())];
    values.extend(unit.row.columns());
    let merged_into = Value::id_or_null(unit.row.merged_into.map(|into| into.0));
    values.extend([Value::Integer(parts), Value::flag(unit.row.snoozed), merged_into]);
    if opens {
        values.extend([Value::Integer(sequence), Value::text(number.clone())]);
    }
    write(if opens { &OPEN } else { &UPDATE }, values);
    if let Some(marks) = &unit.marks {
        let of_ticket = || vec![provider.clone(), Value::Integer(sequence)];
        if !opens {
            write(&UNMARK, of_ticket());
        }
        for mark in marks {
            let rank = mark.rank.map_or(Value::Null, Value::Integer);
            let said = [Value::text(&mark.name), Value::text(&mark.value), rank];
            write(&MARK, of_ticket().into_iter().chain(said).collect());
        }
    }
    for content in &unit.contents {
        write(
            &CONTENT,
            vec![
                provider.clone(),
                ticket.clone(),
                Value::id(content.id.0),
                Value::bytes(&content.salt[..]),
                Value::bytes(content.text.as_bytes()),
            ],
        );
    }
    if let (Some(account), false) = (unit.row.account, unit.files.is_empty()) {
        let bytes = unit.files.iter().map(|file| file.bytes.len() as u64).sum();
        write(&GROW, vec![provider.clone(), Value::id(account.0), Value::count(bytes)]);
    }
    for file in &unit.files {
        write(&FILE, file_values(&provider, &ticket, file));
        write(&AWAIT_SCAN, vec![provider.clone(), Value::id(file.id.0)]);
        for (place, chunk) in file.bytes.chunks(CHUNK_BYTES).enumerate() {
            let place = Value::count(place as u64);
            write(&CHUNK, vec![provider.clone(), Value::id(file.id.0), place, Value::bytes(chunk)]);
        }
    }
    let wakes_merged = |recorded: &Recorded| {
        matches!(recorded.event, TicketEvent::Destroyed { .. } | TicketEvent::MergedInto { .. })
    };
    if unit.commit.iter().any(wakes_merged) {
        write(&WAKE_MERGED, vec![provider.clone(), ticket.clone(), Value::instant(unit.at)]);
    }
    for recorded in &unit.commit {
        let (goes_whole, only_files) = match &recorded.event {
            // That nothing was there to go is told to those that it goes on for.
            TicketEvent::Destroyed { files, contents, .. } if files.is_empty() && contents.is_empty() => {
                continue;
            }
            TicketEvent::Destroyed { contents, .. }
            | TicketEvent::Erased { contents, .. }
            | TicketEvent::Outlived { contents, .. } => (true, contents.is_empty()),
            TicketEvent::Redacted { texts, .. } => (false, texts.is_empty()),
            _ => continue,
        };
        if goes_whole && unit.erases() {
            write(&FORGET_DRAFTS, vec![provider.clone(), ticket.clone()]);
        }
        // Where no words go, only letters with files do.
        let files = Value::flag(only_files);
        write(&LEAVE, vec![provider.clone(), ticket.clone(), Value::instant(unit.at), files]);
    }
    for content in &unit.rewritten {
        let text = [Value::bytes(&content.salt[..]), Value::bytes(content.text.as_bytes())];
        write(&REWRITE, [&[provider.clone(), ticket.clone(), Value::id(content.id.0)][..], &text].concat());
        let words = fold_words(&content.text).join(" ");
        write(&REWORD, vec![provider.clone(), ticket.clone(), Value::id(content.id.0), Value::text(words)]);
    }
    for file in &unit.renamed {
        let named = [Value::bytes(file.name.as_bytes()), Value::bytes(&file.salt[..])];
        write(&RENAME, [&[provider.clone(), ticket.clone(), Value::id(file.id.0)][..], &named].concat());
        let words = fold_words(&file.name).join(" ");
        write(&REWORD, vec![provider.clone(), ticket.clone(), Value::id(file.id.0), Value::text(words)]);
    }
    let erased = |id: u128| vec![provider.clone(), ticket.clone(), Value::id(id)];
    for content in &unit.erased_contents {
        write(&FORGET, erased(content.0));
        write(&ERASE_CONTENT, erased(content.0));
    }
    for file in &unit.erased_files {
        write(&FORGET, erased(file.0));
        write(&ERASE_CHUNKS, erased(file.0));
        write(&FORGET_SCAN, erased(file.0));
        write(&SHRINK, erased(file.0));
        write(&ERASE_FILE, erased(file.0));
    }
    for notice in &unit.outbox {
        write(
            &NOTICE,
            vec![
                provider.clone(),
                ticket.clone(),
                Value::id(notice.id.0),
                Value::text(&notice.kind),
                Value::id_or_empty(notice.recipient.person.map(|person| person.0)),
                Value::text(&notice.recipient.address),
                Value::text(notice.payload.to_string()),
                Value::instant(unit.at),
                Value::instant(notice.due_at),
            ],
        );
    }
    for notice in &unit.settled {
        write(&SETTLE, vec![provider.clone(), ticket.clone(), Value::id(notice.0)]);
    }
    for (notice, reason) in &unit.returned {
        let values = vec![provider.clone(), ticket.clone(), Value::id(notice.0), Value::text(reason)];
        write(&RETURN, values);
    }
    for key in &unit.thread_keys {
        write(&THREAD, vec![provider.clone(), Value::text(key), ticket.clone(), Value::instant(unit.at)]);
    }

    let change = Change {
        provider: unit.provider.clone(),
        position: counted.position,
        ticket: unit.ticket,
        number: number.clone(),
        account: unit.row.account,
        assignee: unit.row.assignee,
    };
    let committed = Committed { number, position: counted.position, version };
    Ok(Writes { statements, indexed, committed, change })
}

fn file_values<'a>(provider: &Value<'a>, ticket: &Value<'a>, file: &'a NewFile) -> Vec<Value<'a>> {
    vec![
        provider.clone(),
        Value::id(file.id.0),
        ticket.clone(),
        Value::id(file.message.0),
        Value::bytes(file.name.as_bytes()),
        Value::text(&file.media_type),
        Value::count(file.bytes.len() as u64),
        Value::bytes(&file.salt[..]),
    ]
}

impl TicketRow {
    /// The values of the columns from `account` to `due_key`, in the order of [`OPEN`].
    fn columns(&self) -> Vec<Value<'_>> {
        let (rank, key) = self.due_order();
        vec![
            Value::id_or_empty(self.account.map(|id| id.0)),
            Value::id_or_empty(self.contact.map(|id| id.0)),
            Value::id_or_empty(self.assignee.map(|id| id.0)),
            Value::text_or_null(self.team.as_deref()),
            Value::text(&self.channel),
            Value::text(self.state.as_str()),
            Value::text(self.turn.as_str()),
            Value::text_or_null(self.severity.as_deref()),
            Value::text(crate::ticket_index::verdict_name(self.verdict)),
            Value::instant(self.received_at),
            Value::instant(self.opened_at),
            Value::text(&self.agreement.key),
            Value::text(&self.agreement.version),
            Value::id_or_empty(self.contract.map(|id| id.0)),
            Value::text(&self.subject),
            Value::text(&self.requester),
            Value::instant_or_null(self.next_due_at),
            Value::instant_or_null(self.next_step_at),
            Value::flag(self.late),
            Value::flag(self.missed),
            Value::text(&self.summary),
            Value::instant(self.updated_at),
            Value::Integer(rank),
            Value::Integer(key),
        ]
    }
}
