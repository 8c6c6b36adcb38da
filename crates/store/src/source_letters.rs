//! Letters that were fetched from a mailbox elsewhere and stay there, until an agreement wants them destroyed.

use crate::database::Database;
use crate::error::StoreError;
use crate::sql::{Row, Sql, Value};
use calendar::Instant;
use desk::{ProviderId, TicketId};

/// Where a letter stands in a mailbox elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterSource {
    /// The mailbox and its folder, as the desk names them.
    pub place: String,
    /// The reckoning of the server under which its number holds (RFC 3501, section 2.3.1.1).
    pub uid_validity: u32,
    /// Its number there.
    pub uid: u32,
}

/// A letter where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceLetter {
    /// Whose desk.
    pub provider: ProviderId,
    /// The request that it opened or joined.
    pub ticket: TicketId,
    /// The mailbox and its folder, as the desk names them.
    pub place: String,
    /// As in [`LetterSource`].
    pub uid_validity: u32,
    /// Its number there.
    pub uid: u32,
    /// Its Message-ID; empty where it has none.
    pub message_id: String,
    /// Whether files came with it.
    pub has_files: bool,
}

/// A letter that is to be destroyed where it came from, claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeavingLetter {
    /// Which.
    pub letter: SourceLetter,
    /// How often it was tried, this time included.
    pub attempts: u32,
    /// Since when it is to go.
    pub since: Instant,
}

/// What is destroyed with a commit goes where it came from too: letters with files, or all where the words go.
pub(crate) static LEAVE: Sql = Sql::new(
    "UPDATE source_letter SET state = 'leaving', claim_at = $3, since = $3
     WHERE provider = $1 AND ticket = $2 AND state = 'kept' AND has_files >= $4",
);
static NOTE: Sql = Sql::new(
    "INSERT INTO source_letter (provider, ticket, place, uid_validity, uid, message_id, has_files, state, attempts,
     claim_at, since) VALUES ($1, $2, $3, $4, $5, $6, $7, 'kept', 0, 0, 0)
     ON CONFLICT (provider, ticket, place, uid_validity, uid) DO NOTHING",
);
static CLAIM: Sql = Sql::differing(
    "UPDATE source_letter SET claim_at = $2, attempts = attempts + 1
     WHERE (provider, ticket, place, uid_validity, uid) IN
     (SELECT provider, ticket, place, uid_validity, uid FROM source_letter
      WHERE state = 'leaving' AND claim_at <= $1 AND since <= $3 AND ($4 = '' OR place = $4)
      ORDER BY claim_at LIMIT $5)
     RETURNING provider, ticket, place, uid_validity, uid, message_id, has_files, attempts, since",
    "UPDATE source_letter SET claim_at = $2, attempts = attempts + 1
     WHERE (provider, ticket, place, uid_validity, uid) IN
     (SELECT provider, ticket, place, uid_validity, uid FROM source_letter
      WHERE state = 'leaving' AND claim_at <= $1 AND since <= $3 AND ($4 = '' OR place = $4)
      ORDER BY claim_at LIMIT $5 FOR UPDATE SKIP LOCKED)
     RETURNING provider, ticket, place, uid_validity, uid, message_id, has_files, attempts, since",
);
static PUT_OFF: Sql = Sql::new(
    "UPDATE source_letter SET claim_at = $6
     WHERE provider = $1 AND ticket = $2 AND place = $3 AND uid_validity = $4 AND uid = $5",
);
static FORGET: Sql = Sql::new(
    "DELETE FROM source_letter
     WHERE provider = $1 AND ticket = $2 AND place = $3 AND uid_validity = $4 AND uid = $5",
);

impl Database {
    /// Keeps where a letter came from. Noted again, it changes nothing.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn note_source_letter(&self, letter: &SourceLetter) -> Result<(), StoreError> {
        let mut values = key(letter);
        values.push(Value::text(letter.message_id.clone()));
        values.push(Value::flag(letter.has_files));
        self.write(&NOTE, values).await.map(drop)
    }

    /// Letters of a place that are to be destroyed there, claimed until an instant.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn claim_leaving_letters(
        &self,
        place: &str,
        now: Instant,
        until: Instant,
        at_most: u32,
    ) -> Result<Vec<LeavingLetter>, StoreError> {
        self.claim_leaving(place, now, until, now, at_most).await
    }

    /// Letters of whatever place that were to be destroyed since an instant or before, and that nobody claims: their
    /// mailbox is fetched from no more. Claimed until an instant.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn claim_abandoned_letters(
        &self,
        now: Instant,
        until: Instant,
        since: Instant,
        at_most: u32,
    ) -> Result<Vec<LeavingLetter>, StoreError> {
        self.claim_leaving("", now, until, since, at_most).await
    }

    /// Letters of a place, or of all where it has no name.
    async fn claim_leaving(
        &self,
        place: &str,
        now: Instant,
        until: Instant,
        since: Instant,
        at_most: u32,
    ) -> Result<Vec<LeavingLetter>, StoreError> {
        let values = vec![
            Value::instant(now),
            Value::instant(until),
            Value::instant(since),
            Value::text(place.to_owned()),
            Value::count(at_most.into()),
        ];
        self.write_returning(&CLAIM, values, leaving).await
    }

    /// Tries to destroy a letter again later.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn put_off_leaving_letter(
        &self,
        letter: &SourceLetter,
        again_at: Instant,
    ) -> Result<(), StoreError> {
        let mut values = key(letter);
        values.push(Value::instant(again_at));
        self.write(&PUT_OFF, values).await.map(drop)
    }

    /// Forgets where a letter came from.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn forget_source_letter(&self, letter: &SourceLetter) -> Result<(), StoreError> {
        self.write(&FORGET, key(letter)).await.map(drop)
    }
}

fn key(letter: &SourceLetter) -> Vec<Value<'static>> {
    vec![
        Value::text(letter.provider.0.clone()),
        Value::id(letter.ticket.0),
        Value::text(letter.place.clone()),
        Value::count(letter.uid_validity.into()),
        Value::count(letter.uid.into()),
    ]
}

fn leaving(row: &Row<'_>) -> Result<LeavingLetter, StoreError> {
    Ok(LeavingLetter {
        letter: SourceLetter {
            provider: ProviderId(row.text(0)?),
            ticket: TicketId(row.id(1)?),
            place: row.text(2)?,
            uid_validity: number(row, 3)?,
            uid: number(row, 4)?,
            message_id: row.text(5)?,
            has_files: row.flag(6)?,
        },
        attempts: number(row, 7)?,
        since: row.instant(8)?,
    })
}

pub(crate) fn number(row: &Row<'_>, column: usize) -> Result<u32, StoreError> {
    let number = row.integer(column)?;
    u32::try_from(number).map_err(|_| StoreError::corrupt(format!("{number} is no number of a letter")))
}
