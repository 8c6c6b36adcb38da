//! How often something that letters bring about was done lately, on all nodes and over restarts. Names are kept as
//! digests, and nothing is kept longer than a day.

use crate::database::Database;
use crate::error::StoreError;
use crate::sql::{Query, Sql, Statement, Value};
use calendar::Instant;
use sha2::{Digest, Sha256};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailCounted {
    /// Mails of access to one address.
    AccessToAddress,
    /// Mails of access to people of one domain.
    AccessToDomain,
    /// Letters that went by themselves to strangers, in all.
    ToStrangers,
    /// Requests that one person opened by letter and was written to about by itself, within an hour.
    OpenedByPerson,
    /// The same within a day.
    OpenedByPersonInADay,
    /// That colleagues were told of a measure that is full.
    ToldOfFull,
}

impl MailCounted {
    fn as_str(self) -> &'static str {
        match self {
            Self::AccessToAddress => "access_to_address",
            Self::AccessToDomain => "access_to_domain",
            Self::ToStrangers => "to_strangers",
            Self::OpenedByPerson => "opened_by_person",
            Self::OpenedByPersonInADay => "opened_by_person_in_a_day",
            Self::ToldOfFull => "told_of_full",
        }
    }

    /// Whether never one more is counted than may be, whoever counts at the same moment: then they take turns. Of one person
    /// many are counted at once, of which each has its turn at once instead.
    fn is_exact(self) -> bool {
        !matches!(self, Self::OpenedByPerson | Self::OpenedByPersonInADay)
    }
}

/// For how long they are kept, in seconds: the longest that anything is counted over.
const KEPT_SECONDS: i64 = 24 * 3600;

/// How often it is looked anew when somebody else counted at the same moment: of so many who count at once each gets its turn.
const TRIES: u32 = 64;

static COUNT: Sql = Sql::new(
    "SELECT count(CASE WHEN at > $3 THEN 1 END), count(CASE WHEN thing = $4 THEN 1 END) FROM mail_count
     WHERE what = $1 AND name = $2",
);
// Two who count at the same moment want the same place, and one gets it.
static NOTE: Sql = Sql::new(
    "INSERT INTO mail_count (what, name, place, thing, at)
     SELECT $1, $2, coalesce(max(place), 0) + 1, $4, $5 FROM mail_count WHERE what = $1 AND name = $2
     HAVING count(CASE WHEN at > $3 THEN 1 END) < $6
     ON CONFLICT (what, name, place) DO NOTHING",
);
// The place is the one that is given. What was counted a moment ago holds, and the one writer counts nothing again.
static NOTE_APART: Sql = Sql::new(
    "INSERT INTO mail_count (what, name, place, thing, at) VALUES ($1, $2, $5, $3, $4)
     ON CONFLICT (what, name, place) DO NOTHING",
);
static FORGET: Sql = Sql::new("DELETE FROM mail_count WHERE at <= $1");

impl Database {
    /// Counts a thing by a name, unless `at_most` were counted since an instant, a day before `now` at the earliest.
    /// Whether it is counted, now or before: the same thing counts once. No more than `at_most` are, whoever counts
    /// at the same moment, but of what one person opened.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn count_mail(
        &self,
        what: MailCounted,
        name: &str,
        thing: u128,
        at_most: u64,
        since: Instant,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
        let asked =
            || vec![Value::text(what.as_str()), digest(name), Value::instant(since), Value::id(thing)];
        for turn in 0..TRIES {
            let query = Query::new(&COUNT, asked(), |row| Ok((row.integer(0)?, row.integer(1)?)));
            let (count, known) = self.query_one(query).await?.unwrap_or_default();
            if known > 0 {
                return Ok(true);
            }
            if count >= at_most {
                return Ok(false);
            }
            let note = if what.is_exact() {
                let mut noted = asked();
                noted.extend([Value::instant(now), Value::Integer(at_most)]);
                Statement::new(&NOTE, noted)
            } else {
                let place = Value::Integer((thing & i64::MAX as u128) as i64);
                let (name, now) = (digest(name), Value::instant(now));
                let noted = vec![Value::text(what.as_str()), name, Value::id(thing), now, place];
                Statement::new(&NOTE_APART, noted)
            };
            let outlived = vec![Value::instant(now.plus_seconds(-KEPT_SECONDS))];
            let statements = vec![note, Statement::new(&FORGET, outlived)];
            if self.write_all(statements).await?.first() == Some(&1) {
                return Ok(true);
            }
            // Whoever was too late comes again after a moment of their own, so that not all come at once.
            let milliseconds = (thing >> (turn % 32)) as u64 % 16;
            tokio::time::sleep(std::time::Duration::from_millis(milliseconds)).await;
        }
        // Nobody waits for a turn that does not come: one too few is better than one too many.
        Ok(false)
    }

    /// How many things were counted by a name since an instant, a day ago at the earliest.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn mail_count(&self, what: MailCounted, name: &str, since: Instant) -> Result<u64, StoreError> {
        let values = vec![Value::text(what.as_str()), digest(name), Value::instant(since), Value::id(0)];
        Ok(self.query_one(Query::new(&COUNT, values, |row| row.count(0))).await?.unwrap_or(0))
    }
}

fn digest(name: &str) -> Value<'static> {
    Value::bytes(Sha256::digest(name).to_vec())
}
