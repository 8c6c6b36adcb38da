//! Sign-ins that are under way: what is kept until a browser comes back with an answer.

use crate::database::Database;
use crate::error::StoreError;
use crate::sql::{Query, Sql, Value};
use calendar::Instant;

/// Something that was begun and is ended once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ceremony {
    /// Hash of the secret that whoever ends it has.
    pub hash: [u8; 32],
    /// What is under way.
    pub kind: String,
    /// What is needed to end it, as JSON.
    pub body: String,
    /// From when on it cannot be ended any more.
    pub expires_at: Instant,
}

static PUT: Sql = Sql::new(
    "INSERT INTO ceremony (hash, kind, body, expires_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (hash) DO NOTHING",
);
static GET: Sql = Sql::new("SELECT body FROM ceremony WHERE hash = $1 AND kind = $2 AND expires_at > $3");
static TAKE: Sql = Sql::new("DELETE FROM ceremony WHERE hash = $1 AND kind = $2");
static FORGET: Sql = Sql::new("DELETE FROM ceremony WHERE expires_at <= $1");

impl Database {
    /// Keeps what is under way, and forgets what can be ended no more.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn put_ceremony(&self, ceremony: &Ceremony, now: Instant) -> Result<(), StoreError> {
        self.write(&FORGET, vec![Value::instant(now)]).await?;
        let values = vec![
            Value::bytes(ceremony.hash.to_vec()),
            Value::text(ceremony.kind.clone()),
            Value::text(ceremony.body.clone()),
            Value::instant(ceremony.expires_at),
        ];
        self.write(&PUT, values).await.map(drop)
    }

    /// What is needed to end something, if it can be ended still. Of several who end it at once, on
    /// whatever node, one is given it; nobody after that.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn take_ceremony(
        &self,
        hash: &[u8; 32],
        kind: &str,
        now: Instant,
    ) -> Result<Option<String>, StoreError> {
        let key = vec![Value::bytes(hash.to_vec()), Value::text(kind.to_owned())];
        let mut values = key.clone();
        values.push(Value::instant(now));
        let Some(body) = self.query_one(Query::new(&GET, values, |row| row.text(0))).await? else {
            return Ok(None);
        };
        let is_mine = self.write(&TAKE, key).await? == 1;
        Ok(is_mine.then_some(body))
    }
}
