//! Secrets that let somebody in, and the sessions they begin. Only hashes of secrets are kept.

use crate::database::Database;
use crate::error::StoreError;
use crate::sql::{Query, Row, Sql, Value, written};
use calendar::Instant;
use desk::{PersonId, ProviderId};

/// A secret that lets a person in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// Hash of the secret.
    pub hash: [u8; 32],
    /// Whose desk.
    pub provider: ProviderId,
    /// Who is let in.
    pub person: PersonId,
    /// What it is for.
    pub purpose: Purpose,
    /// What it is called in lists (`deployment script`); may be empty.
    pub label: String,
    /// What it allows; empty for all that the person may.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: Instant,
    /// From when on it lets nobody in; none for never.
    pub expires_at: Option<Instant>,
    /// How often it may be used.
    pub uses: Uses,
}

/// What a secret is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A link sent by mail.
    Link,
    /// A code to type.
    Code,
    /// A program's access.
    ApiToken,
    /// The fixed sign-ins of a demonstration.
    Demo,
    /// A sign-in whose first proof was given and whose second is awaited.
    Second,
    /// A link sent by mail that takes up what a customer's manager offered.
    Invitation,
}

/// How often a secret may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uses {
    /// Once: using it destroys it.
    Once,
    /// Any number of times.
    Many,
}

/// A browser that was let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Hash of the cookie.
    pub hash: [u8; 32],
    /// Whose desk.
    pub provider: ProviderId,
    /// Who.
    pub person: PersonId,
    /// What it is called in lists; may be empty.
    pub label: String,
    /// When it began.
    pub created_at: Instant,
    /// From when on it is over.
    pub expires_at: Instant,
    /// When it was last used, to a minute.
    pub seen_at: Instant,
    /// By what it was begun, as names in their order; empty where that was not kept.
    pub proofs: String,
    /// When that was proven; none where it is not known.
    pub proved_at: Option<Instant>,
}

impl Purpose {
    const ALL: [Self; 6] =
        [Self::Link, Self::Code, Self::ApiToken, Self::Demo, Self::Second, Self::Invitation];

    /// The purpose as it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Code => "code",
            Self::ApiToken => "api_token",
            Self::Demo => "demo",
            Self::Second => "second",
            Self::Invitation => "invitation",
        }
    }
}

static PUT: Sql = Sql::new(
    "INSERT INTO sign_in (hash, provider, person, purpose, label, scopes, created_at, expires_at, uses)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (hash) DO UPDATE SET provider = excluded.provider, person = excluded.person,
     purpose = excluded.purpose, label = excluded.label, scopes = excluded.scopes,
     created_at = excluded.created_at, expires_at = excluded.expires_at, uses = excluded.uses",
);
static GET: Sql = Sql::new(
    "SELECT hash, provider, person, purpose, label, scopes, created_at, expires_at, uses FROM sign_in
     WHERE hash = $1 AND (expires_at IS NULL OR expires_at > $2)",
);
static USE_UP: Sql = Sql::new("DELETE FROM sign_in WHERE hash = $1 AND uses = 'once'");
static REMOVE: Sql = Sql::new("DELETE FROM sign_in WHERE provider = $1 AND person = $2 AND hash = $3");
static END_LINKS: Sql =
    Sql::new("DELETE FROM sign_in WHERE provider = $1 AND person = $2 AND purpose <> 'api_token'");
static END_MAILED: Sql =
    Sql::new("DELETE FROM sign_in WHERE provider = $1 AND person = $2 AND purpose IN ('link', 'code')");
static END_TOKENS: Sql =
    Sql::new("DELETE FROM sign_in WHERE provider = $1 AND person = $2 AND purpose = 'api_token'");
static END_SESSIONS: Sql = Sql::new("DELETE FROM session WHERE provider = $1 AND person = $2");
static OF_PERSON: Sql = Sql::new(
    "SELECT hash, provider, person, purpose, label, scopes, created_at, expires_at, uses FROM sign_in
     WHERE provider = $1 AND person = $2 ORDER BY created_at, hash",
);
static PUT_SESSION: Sql = Sql::new(
    "INSERT INTO session (hash, provider, person, label, created_at, expires_at, seen_at, proofs, proved_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (hash) DO UPDATE SET expires_at = excluded.expires_at",
);
static SESSION: Sql = Sql::new(
    "SELECT hash, provider, person, label, created_at, expires_at, seen_at, proofs, proved_at FROM session
     WHERE hash = $1 AND expires_at > $2",
);
static SEE_SESSION: Sql = Sql::new("UPDATE session SET seen_at = $2 WHERE hash = $1 AND seen_at < $2");
static END: Sql = Sql::new("DELETE FROM session WHERE hash = $1");
static SESSIONS: Sql = Sql::new(
    "SELECT hash, provider, person, label, created_at, expires_at, seen_at, proofs, proved_at FROM session
     WHERE provider = $1 AND person = $2 AND expires_at > $3 ORDER BY created_at, hash",
);
static FORGET_SIGN_INS: Sql = Sql::new("DELETE FROM sign_in WHERE expires_at <= $1");
static FORGET_SESSIONS: Sql = Sql::new("DELETE FROM session WHERE expires_at <= $1");
static FORGET_KEYS: Sql = Sql::new("DELETE FROM idempotency WHERE expires_at <= $1");

impl Database {
    /// Keeps a secret's hash, replacing what was known of it.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn put_sign_in(&self, sign_in: &SignIn) -> Result<(), StoreError> {
        let values = vec![
            Value::bytes(sign_in.hash.to_vec()),
            Value::text(sign_in.provider.0.clone()),
            Value::id(sign_in.person.0),
            Value::text(sign_in.purpose.as_str()),
            Value::text(sign_in.label.clone()),
            Value::text(written(&sign_in.scopes)?),
            Value::instant(sign_in.created_at),
            Value::instant_or_null(sign_in.expires_at),
            Value::text(match sign_in.uses {
                Uses::Once => "once",
                Uses::Many => "many",
            }),
        ];
        self.write(&PUT, values).await.map(drop)
    }

    /// What a secret lets in, if it still does, without using it up.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn peek_sign_in(&self, hash: &[u8; 32], now: Instant) -> Result<Option<SignIn>, StoreError> {
        let values = vec![Value::bytes(hash.to_vec()), Value::instant(now)];
        self.query_one(Query::new(&GET, values, sign_in)).await
    }

    /// What a secret lets in, if it still does. One for a single use is used up: of several who
    /// come with it at once, one is let in.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn use_sign_in(&self, hash: &[u8; 32], now: Instant) -> Result<Option<SignIn>, StoreError> {
        let Some(found) = self.peek_sign_in(hash, now).await? else { return Ok(None) };
        let is_mine = match found.uses {
            Uses::Many => true,
            Uses::Once => self.write(&USE_UP, vec![Value::bytes(hash.to_vec())]).await? == 1,
        };
        Ok(is_mine.then_some(found))
    }

    /// Destroys a secret of a person. Whether there was one.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn remove_sign_in(
        &self,
        provider: &ProviderId,
        person: PersonId,
        hash: &[u8; 32],
    ) -> Result<bool, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::id(person.0), Value::bytes(hash.to_vec())];
        Ok(self.write(&REMOVE, values).await? == 1)
    }

    /// Destroys every secret of a person that lets in by itself; tokens of programs stay.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn end_links(&self, provider: &ProviderId, person: PersonId) -> Result<(), StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::id(person.0)];
        self.write(&END_LINKS, values).await.map(drop)
    }

    /// Destroys the links and codes of a person that left by mail, as when one of them was used.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn end_mailed(&self, provider: &ProviderId, person: PersonId) -> Result<(), StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::id(person.0)];
        self.write(&END_MAILED, values).await.map(drop)
    }

    /// Destroys the tokens of a person's programs. Gives how many there were.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn end_tokens(&self, provider: &ProviderId, person: PersonId) -> Result<u64, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::id(person.0)];
        self.write(&END_TOKENS, values).await
    }

    /// Ends every session of a person. Gives how many ended.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn end_sessions(&self, provider: &ProviderId, person: PersonId) -> Result<u64, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::id(person.0)];
        self.write(&END_SESSIONS, values).await
    }

    /// The secrets of a person, expired or not, oldest first.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn sign_ins_of(
        &self,
        provider: &ProviderId,
        person: PersonId,
    ) -> Result<Vec<SignIn>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::id(person.0)];
        self.query(Query::new(&OF_PERSON, values, sign_in)).await
    }

    /// Begins a session, or prolongs it.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn put_session(&self, session: &Session) -> Result<(), StoreError> {
        let values = vec![
            Value::bytes(session.hash.to_vec()),
            Value::text(session.provider.0.clone()),
            Value::id(session.person.0),
            Value::text(session.label.clone()),
            Value::instant(session.created_at),
            Value::instant(session.expires_at),
            Value::instant(session.seen_at),
            Value::text(session.proofs.clone()),
            Value::instant_or_null(session.proved_at),
        ];
        self.write(&PUT_SESSION, values).await.map(drop)
    }

    /// A session that is not over.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn session(&self, hash: &[u8; 32], now: Instant) -> Result<Option<Session>, StoreError> {
        let values = vec![Value::bytes(hash.to_vec()), Value::instant(now)];
        self.query_one(Query::new(&SESSION, values, session)).await
    }

    /// Notes that a session is in use.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn see_session(&self, hash: &[u8; 32], at: Instant) -> Result<(), StoreError> {
        self.write(&SEE_SESSION, vec![Value::bytes(hash.to_vec()), Value::instant(at)]).await.map(drop)
    }

    /// Ends a session.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn end_session(&self, hash: &[u8; 32]) -> Result<(), StoreError> {
        self.write(&END, vec![Value::bytes(hash.to_vec())]).await.map(drop)
    }

    /// The sessions of a person that are not over, oldest first.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn sessions_of(
        &self,
        provider: &ProviderId,
        person: PersonId,
        now: Instant,
    ) -> Result<Vec<Session>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::id(person.0), Value::instant(now)];
        self.query(Query::new(&SESSIONS, values, session)).await
    }

    /// Removes secrets and sessions that let nobody in any more, and idempotency keys whose time is over.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn forget_expired(&self, now: Instant) -> Result<(), StoreError> {
        for forget in [&FORGET_SIGN_INS, &FORGET_SESSIONS, &FORGET_KEYS] {
            self.write(forget, vec![Value::instant(now)]).await?;
        }
        Ok(())
    }
}

fn sign_in(row: &Row<'_>) -> Result<SignIn, StoreError> {
    let purpose = row.text(3)?;
    Ok(SignIn {
        hash: row.array(0)?,
        provider: ProviderId(row.text(1)?),
        person: PersonId(row.id(2)?),
        purpose: Purpose::ALL
            .into_iter()
            .find(|known| known.as_str() == purpose)
            .ok_or_else(|| StoreError::corrupt(format!("a sign-in cannot be for `{purpose}`")))?,
        label: row.text(4)?,
        scopes: row.json(5)?,
        created_at: row.instant(6)?,
        expires_at: row.instant_or_none(7)?,
        uses: if row.text(8)? == "once" { Uses::Once } else { Uses::Many },
    })
}

fn session(row: &Row<'_>) -> Result<Session, StoreError> {
    Ok(Session {
        hash: row.array(0)?,
        provider: ProviderId(row.text(1)?),
        person: PersonId(row.id(2)?),
        label: row.text(3)?,
        created_at: row.instant(4)?,
        expires_at: row.instant(5)?,
        seen_at: row.instant(6)?,
        proofs: row.text(7)?,
        proved_at: row.instant_or_none(8)?,
    })
}
