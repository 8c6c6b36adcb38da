//! What people of a desk are writing and have not sent.

use crate::database::Database;
use crate::error::StoreError;
use crate::sql::{Query, Row, Sql, Statement, Value};
use calendar::Instant;
use desk::{PersonId, ProviderId, TicketId};

/// That somebody is writing something, without its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftMark {
    /// On which request.
    pub ticket: TicketId,
    /// Who.
    pub person: PersonId,
    /// In which form: `reply` or `note`.
    pub form: String,
    /// When they last wrote.
    pub changed_at: Instant,
}

static MARKS: Sql = Sql::new(
    "SELECT ticket, person, form, changed_at FROM draft WHERE provider = $1 ORDER BY changed_at DESC LIMIT 2000",
);
static BODY: Sql =
    Sql::new("SELECT body FROM draft WHERE provider = $1 AND ticket = $2 AND person = $3 AND form = $4");
static PUT: Sql = Sql::new(
    "INSERT INTO draft (provider, ticket, person, form, body, changed_at) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (provider, ticket, person, form) DO UPDATE SET body = excluded.body,
     changed_at = excluded.changed_at",
);
static REMOVE: Sql =
    Sql::new("DELETE FROM draft WHERE provider = $1 AND ticket = $2 AND person = $3 AND form = $4");
static ON_TICKET: Sql = Sql::new(
    "SELECT person, form, body FROM draft WHERE provider = $1 AND ticket = $2 ORDER BY person, form",
);
static REWRITE: Sql = Sql::new(
    "UPDATE draft SET body = $5 WHERE provider = $1 AND ticket = $2 AND person = $3 AND form = $4 AND body = $6",
);
static FORGET_OLD: Sql = Sql::new("DELETE FROM draft WHERE changed_at <= $1");
/// With what is erased of a request goes what was being written on it: it may say the same words.
pub(crate) static FORGET_DRAFTS: Sql = Sql::new("DELETE FROM draft WHERE provider = $1 AND ticket = $2");
static OF_PERSON: Sql = Sql::new(
    "SELECT d.ticket, d.person, d.form, d.changed_at, d.body, t.number FROM draft d
     LEFT JOIN ticket t ON t.provider = d.provider AND t.id = d.ticket
     WHERE d.provider = $1 AND d.person = $2 ORDER BY d.changed_at, d.ticket, d.form",
);

impl Database {
    /// All that somebody is writing, each with its words and the number of the request, in order of time.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn drafts_of(
        &self,
        provider: &ProviderId,
        person: PersonId,
    ) -> Result<Vec<(DraftMark, String, Option<String>)>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::id(person.0)];
        let map = |row: &Row<'_>| Ok((mark(row)?, row.text(4)?, row.text_or_none(5)?));
        self.query_at_leisure(Query::new(&OF_PERSON, values, map)).await
    }

    /// Who is writing what at a desk, the latest first.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn draft_marks(&self, provider: &ProviderId) -> Result<Vec<DraftMark>, StoreError> {
        self.query(Query::new(&MARKS, vec![Value::text(provider.0.clone())], mark)).await
    }

    /// The words of a draft.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn draft(
        &self,
        provider: &ProviderId,
        ticket: TicketId,
        person: PersonId,
        form: &str,
    ) -> Result<Option<String>, StoreError> {
        self.query_one(Query::new(&BODY, key(provider, ticket, person, form), |row| row.text(0))).await
    }

    /// Keeps a draft in place of what stood there.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn put_draft(
        &self,
        provider: &ProviderId,
        ticket: TicketId,
        person: PersonId,
        form: &str,
        body: &str,
        at: Instant,
    ) -> Result<(), StoreError> {
        let mut values = key(provider, ticket, person, form);
        values.extend([Value::text(body.to_owned()), Value::instant(at)]);
        self.write(&PUT, values).await.map(drop)
    }

    /// What is being written on a request: by whom, in which form, and the words.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn drafts_on(
        &self,
        provider: &ProviderId,
        ticket: TicketId,
    ) -> Result<Vec<(PersonId, String, String)>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::id(ticket.0)];
        let map = |row: &Row<'_>| Ok((PersonId(row.id(0)?), row.text(1)?, row.text(2)?));
        self.query(Query::new(&ON_TICKET, values, map)).await
    }

    /// Puts other words in place of a draft, where it still says what it said. Whether it did.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn rewrite_draft(
        &self,
        provider: &ProviderId,
        ticket: TicketId,
        (person, form): (PersonId, &str),
        from: &str,
        to: &str,
    ) -> Result<bool, StoreError> {
        let mut values = key(provider, ticket, person, form);
        values.extend([Value::text(to.to_owned()), Value::text(from.to_owned())]);
        Ok(self.erase(vec![Statement::new(&REWRITE, values)]).await?.last() == Some(&1))
    }

    /// Removes a draft. Whether there was one.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn remove_draft(
        &self,
        provider: &ProviderId,
        ticket: TicketId,
        person: PersonId,
        form: &str,
    ) -> Result<bool, StoreError> {
        Ok(self.write(&REMOVE, key(provider, ticket, person, form)).await? > 0)
    }

    /// Removes what nobody has touched since an instant.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn forget_drafts(&self, since: Instant) -> Result<(), StoreError> {
        self.write(&FORGET_OLD, vec![Value::instant(since)]).await.map(drop)
    }
}

fn key(provider: &ProviderId, ticket: TicketId, person: PersonId, form: &str) -> Vec<Value<'static>> {
    vec![
        Value::text(provider.0.clone()),
        Value::id(ticket.0),
        Value::id(person.0),
        Value::text(form.to_owned()),
    ]
}

fn mark(row: &Row<'_>) -> Result<DraftMark, StoreError> {
    Ok(DraftMark {
        ticket: TicketId(row.id(0)?),
        person: PersonId(row.id(1)?),
        form: row.text(2)?,
        changed_at: row.instant(3)?,
    })
}
