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
    /// Requests that one person opened by letter and was written to about by itself.
    OpenedByPerson,
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
            Self::ToldOfFull => "told_of_full",
        }
    }
}

/// How much is enough: so many since an instant, a day ago at the earliest.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// No more than these.
    pub at_most: u64,
    /// Those since then, which itself is not among them.
    pub since: Instant,
}

/// For how long they are kept, in seconds: the longest that anything is counted over.
const KEPT_SECONDS: i64 = 24 * 3600;

/// How often it is looked anew when somebody else counted at the same moment: of so many who count at once each gets its turn.
const TRIES: u32 = 64;

// Places are given in the order of time, without gaps but where the oldest went. So a measure of n is full when the n-th place
// from the last is within its time: whoever counts a thousand looks at two rows.
static LOOK: Sql = Sql::new(
    "SELECT (SELECT count(*) FROM mail_count WHERE what = $1 AND name = $2 AND thing = $3),
            (SELECT count(*) FROM mail_count
             WHERE what = $1 AND name = $2 AND place = last.place - $4 + 1 AND at > $5),
            (SELECT count(*) FROM mail_count
             WHERE what = $1 AND name = $2 AND place = last.place - $6 + 1 AND at > $7)
     FROM (SELECT coalesce(max(place), 0) AS place FROM mail_count WHERE what = $1 AND name = $2) AS last",
);
// Two who count at the same moment on two connections want the same place, and one gets it.
static NOTE: Sql = Sql::new(
    "INSERT INTO mail_count (what, name, place, thing, at)
     SELECT $1, $2, last.place + 1, $3, $8
     FROM (SELECT coalesce(max(place), 0) AS place FROM mail_count WHERE what = $1 AND name = $2) AS last
     WHERE NOT EXISTS (SELECT 1 FROM mail_count
                       WHERE what = $1 AND name = $2 AND place = last.place - $4 + 1 AND at > $5)
       AND NOT EXISTS (SELECT 1 FROM mail_count
                       WHERE what = $1 AND name = $2 AND place = last.place - $6 + 1 AND at > $7)
     ON CONFLICT DO NOTHING",
);
static COUNT: Sql = Sql::new("SELECT count(*) FROM mail_count WHERE what = $1 AND name = $2 AND at > $3");
static FORGET: Sql = Sql::new("DELETE FROM mail_count WHERE at <= $1");

impl Database {
    /// Counts a thing by a name, unless a measure is full: the one, or the other beside it. Whether it is counted, now
    /// or before: the same thing counts once. No more than a measure has room for are, whoever counts at the same
    /// moment.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn count_mail(
        &self,
        what: MailCounted,
        name: &str,
        thing: u128,
        (measure, other): (Measure, Option<Measure>),
        now: Instant,
    ) -> Result<bool, StoreError> {
        let other = other.unwrap_or(measure);
        let asked = || {
            let mut values = vec![Value::text(what.as_str()), digest(name), Value::id(thing)];
            for measure in [measure, other] {
                let at_most = i64::try_from(measure.at_most).unwrap_or(i64::MAX);
                values.extend([Value::Integer(at_most), Value::instant(measure.since)]);
            }
            values
        };
        for turn in 0..TRIES {
            let look =
                Query::new(&LOOK, asked(), |row| Ok((row.integer(0)?, row.integer(1)? + row.integer(2)?)));
            let (known, full) = self.query_one(look).await?.unwrap_or_default();
            if known > 0 {
                return Ok(true);
            }
            if full > 0 || measure.at_most.min(other.at_most) == 0 {
                return Ok(false);
            }
            let mut noted = asked();
            noted.push(Value::instant(now));
            let outlived = vec![Value::instant(now.plus_seconds(-KEPT_SECONDS))];
            let statements = vec![Statement::new(&NOTE, noted), Statement::new(&FORGET, outlived)];
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
        let values = vec![Value::text(what.as_str()), digest(name), Value::instant(since)];
        Ok(self.query_one(Query::new(&COUNT, values, |row| row.count(0))).await?.unwrap_or(0))
    }
}

fn digest(name: &str) -> Value<'static> {
    Value::bytes(Sha256::digest(name).to_vec())
}
