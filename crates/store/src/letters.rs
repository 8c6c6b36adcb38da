//! Letters to one person that belong to no request and wait to leave: put here with what they tell of, gone once they
//! left.

use crate::database::Database;
use crate::entries::{Entry, put};
use crate::error::StoreError;
use crate::sql::{Query, Row, Sql, Statement, Value};
use calendar::Instant;
use desk::{NoticeId, PersonId, ProviderId};

/// A letter that belongs to no request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Whose desk.
    pub provider: ProviderId,
    /// Its id, by which what leaves twice is known as one.
    pub id: NoticeId,
    /// What it is about: `release`, `contacts`, ….
    pub kind: String,
    /// To whom.
    pub person: PersonId,
    /// To which address of theirs: the one that they had when it was put here.
    pub address: String,
    /// Its subject, one line.
    pub subject: String,
    /// Its text.
    pub body: String,
    /// How often it was taken.
    pub attempts: u32,
    /// When it was put here.
    pub created_at: Instant,
}

static PUT: Sql = Sql::new(
    "INSERT INTO letter (provider, id, kind, person, address, subject, body, state, attempts, created_at, claim_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting', 0, $8, $8) ON CONFLICT (provider, id) DO NOTHING",
);
static NEXT: Sql = Sql::new("SELECT min(claim_at) FROM letter WHERE state = 'waiting'");
static CLAIM: Sql = Sql::differing(
    "UPDATE letter SET claim_at = $3, attempts = attempts + 1 WHERE (provider, id) IN
     (SELECT provider, id FROM letter WHERE state = 'waiting' AND claim_at <= $1 ORDER BY claim_at LIMIT $2)
     RETURNING provider, id, kind, person, address, subject, body, attempts, created_at",
    "UPDATE letter SET claim_at = $3, attempts = attempts + 1 WHERE (provider, id) IN
     (SELECT provider, id FROM letter WHERE state = 'waiting' AND claim_at <= $1 ORDER BY claim_at LIMIT $2
      FOR UPDATE SKIP LOCKED)
     RETURNING provider, id, kind, person, address, subject, body, attempts, created_at",
);
static LEFT: Sql = Sql::new("DELETE FROM letter WHERE provider = $1 AND id = $2");
static RETRY: Sql = Sql::new(
    "UPDATE letter SET claim_at = $3, error = $4 WHERE provider = $1 AND id = $2 AND state = 'waiting'",
);
static GIVE_UP: Sql = Sql::new(
    "UPDATE letter SET state = 'dead', error = $3 WHERE provider = $1 AND id = $2 AND state = 'waiting'",
);
static FORGET: Sql = Sql::new("DELETE FROM letter WHERE state <> 'waiting' AND created_at <= $1");
static OF_PERSON: Sql = Sql::new(
    "SELECT provider, id, kind, person, address, subject, body, attempts, created_at, state, error FROM letter
     WHERE provider = $1 AND (person = $2 OR lower(address) = $3) ORDER BY created_at, id",
);

impl Database {
    /// Letters to somebody that have not left, each with its state and what went wrong with it, in order of time.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn letters_to(
        &self,
        provider: &ProviderId,
        person: PersonId,
        address: &str,
    ) -> Result<Vec<(Letter, String, Option<String>)>, StoreError> {
        let values =
            vec![Value::text(provider.0.clone()), Value::id(person.0), Value::text(address.to_lowercase())];
        let map = |row: &Row<'_>| Ok((letter(row)?, row.text(9)?, row.text_or_none(10)?));
        self.query_at_leisure(Query::new(&OF_PERSON, values, map)).await
    }

    /// Puts letters here to leave, with the entries that they tell of, all or nothing. A letter that waits already is
    /// not put twice.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn put_letters(&self, told: &[Entry], letters: &[Letter]) -> Result<(), StoreError> {
        let put_letter = |letter: &Letter| {
            let mut values = key(letter);
            values.extend([
                Value::text(letter.kind.clone()),
                Value::id(letter.person.0),
                Value::text(letter.address.clone()),
                Value::text(letter.subject.clone()),
                Value::text(letter.body.clone()),
                Value::instant(letter.created_at),
            ]);
            Statement::new(&PUT, values)
        };
        let statements = told.iter().flat_map(put).chain(letters.iter().map(put_letter)).collect();
        self.write_all(statements).await.map(drop)
    }

    /// Takes letters that may leave, the longest waiting first. No other node is given them until the lease runs out.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn claim_letters(
        &self,
        now: Instant,
        limit: u32,
        lease_until: Instant,
    ) -> Result<Vec<Letter>, StoreError> {
        // Mostly there is nothing: finding that out writes nothing.
        let next = self.query_one(Query::new(&NEXT, Vec::new(), |row| row.instant_or_none(0))).await?;
        if next.flatten().is_none_or(|next| next > now) {
            return Ok(Vec::new());
        }
        let values = vec![Value::instant(now), Value::Integer(i64::from(limit)), Value::instant(lease_until)];
        let mut letters = self.write_returning(&CLAIM, values, letter).await?;
        letters.sort_by_key(|letter| (letter.created_at, letter.id));
        Ok(letters)
    }

    /// Removes letters that left.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn remove_letters(&self, letters: &[Letter]) -> Result<(), StoreError> {
        let statements = letters.iter().map(|letter| Statement::new(&LEFT, key(letter))).collect();
        self.write_all(statements).await.map(drop)
    }

    /// Puts a letter back that could not leave, to be tried again, or gives it up when there is no next time.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn fail_letter(
        &self,
        letter: &Letter,
        retry_at: Option<Instant>,
        error: &str,
    ) -> Result<(), StoreError> {
        let mut values = key(letter);
        values.extend(retry_at.map(Value::instant));
        values.push(Value::text(error.to_owned()));
        let sql = if retry_at.is_some() { &RETRY } else { &GIVE_UP };
        self.write(sql, values).await.map(drop)
    }

    /// Forgets letters that were given up, or held back as the store was restored, and put here at an instant or before.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn forget_given_up(&self, until: Instant) -> Result<(), StoreError> {
        self.write(&FORGET, vec![Value::instant(until)]).await.map(drop)
    }
}

fn key(letter: &Letter) -> Vec<Value<'static>> {
    vec![Value::text(letter.provider.0.clone()), Value::id(letter.id.0)]
}

fn letter(row: &Row<'_>) -> Result<Letter, StoreError> {
    Ok(Letter {
        provider: ProviderId(row.text(0)?),
        id: NoticeId(row.id(1)?),
        kind: row.text(2)?,
        person: PersonId(row.id(3)?),
        address: row.text(4)?,
        subject: row.text(5)?,
        body: row.text(6)?,
        attempts: u32::try_from(row.count(7)?).unwrap_or(u32::MAX),
        created_at: row.instant(8)?,
    })
}
