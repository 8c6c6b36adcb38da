//! What people prove themselves with, and when tokens were last used.

use crate::database::Database;
use crate::error::StoreError;
use crate::sql::{Query, Row, Sql, Statement, Value};
use calendar::Instant;
use desk::{PersonId, ProviderId};

/// A way of a person to prove who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Which.
    pub kind: CredentialKind,
    /// What is needed to check it: a hash, or a shared key.
    pub secret: String,
    /// The last time step of a second factor that was used, so that none counts twice.
    pub last_step: u64,
    /// When it was made.
    pub created_at: Instant,
    /// When its owner showed that they have it; it counts from then on.
    pub confirmed_at: Option<Instant>,
}

/// Which way of proving.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CredentialKind {
    /// A password.
    Password,
    /// Codes that change every half minute (RFC 6238).
    Totp,
    /// Codes on paper, each good for one use.
    Recovery,
}

impl CredentialKind {
    /// The kind as it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Totp => "totp",
            Self::Recovery => "recovery",
        }
    }
}

static PUT: Sql = Sql::new(
    "INSERT INTO credential (provider, person, kind, secret, last_step, created_at, confirmed_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (provider, person, kind) DO UPDATE SET secret = excluded.secret,
     last_step = excluded.last_step, created_at = excluded.created_at, confirmed_at = excluded.confirmed_at",
);
static GET: Sql = Sql::new(
    "SELECT kind, secret, last_step, created_at, confirmed_at FROM credential
     WHERE provider = $1 AND person = $2 ORDER BY kind",
);
static REMOVE: Sql = Sql::new("DELETE FROM credential WHERE provider = $1 AND person = $2 AND kind = $3");
static USE_STEP: Sql = Sql::new(
    "UPDATE credential SET last_step = $3 WHERE provider = $1 AND person = $2 AND kind = 'totp'
     AND last_step < $3",
);
static EXCHANGE: Sql = Sql::new(
    "UPDATE credential SET secret = $5 WHERE provider = $1 AND person = $2 AND kind = $3 AND secret = $4",
);
static OTHER_SESSIONS: Sql =
    Sql::new("DELETE FROM session WHERE provider = $1 AND person = $2 AND hash <> $3");
static USED: Sql = Sql::new(
    "INSERT INTO token_use (hash, used_at) VALUES ($1, $2)
     ON CONFLICT (hash) DO UPDATE SET used_at = excluded.used_at",
);
static USES: Sql = Sql::new(
    "SELECT token_use.hash, token_use.used_at FROM token_use JOIN sign_in ON sign_in.hash = token_use.hash
     WHERE sign_in.provider = $1 AND sign_in.person = $2",
);
static OF_KIND: Sql =
    Sql::new("SELECT provider, person, secret FROM credential WHERE kind = $1 ORDER BY provider, person");
static ANYBODY: Sql = Sql::new("SELECT count(*) FROM person WHERE role = 'admin'");

impl Database {
    /// Keeps a credential in place of the one of its kind.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn put_credential(
        &self,
        provider: &ProviderId,
        person: PersonId,
        credential: &Credential,
    ) -> Result<(), StoreError> {
        let mut values = key(provider, person);
        values.extend([
            Value::text(credential.kind.as_str()),
            Value::text(credential.secret.clone()),
            Value::count(credential.last_step),
            Value::instant(credential.created_at),
            Value::instant_or_null(credential.confirmed_at),
        ]);
        self.write(&PUT, values).await.map(drop)
    }

    /// The credentials of a person.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn credentials(
        &self,
        provider: &ProviderId,
        person: PersonId,
    ) -> Result<Vec<Credential>, StoreError> {
        self.query(Query::new(&GET, key(provider, person), credential)).await
    }

    /// Removes a credential. Whether there was one.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn remove_credential(
        &self,
        provider: &ProviderId,
        person: PersonId,
        kind: CredentialKind,
    ) -> Result<bool, StoreError> {
        let mut values = key(provider, person);
        values.push(Value::text(kind.as_str()));
        Ok(self.write(&REMOVE, values).await? == 1)
    }

    /// Uses a time step of the second factor up. Whether it was still good: of several who come with
    /// it at once, on whatever node, one is let in.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn use_step(
        &self,
        provider: &ProviderId,
        person: PersonId,
        step: u64,
    ) -> Result<bool, StoreError> {
        let mut values = key(provider, person);
        values.push(Value::count(step));
        Ok(self.write(&USE_STEP, values).await? == 1)
    }

    /// Replaces a secret by another, unless somebody else did first. Whether it was replaced.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn exchange_secret(
        &self,
        provider: &ProviderId,
        person: PersonId,
        kind: CredentialKind,
        old: &str,
        new: &str,
    ) -> Result<bool, StoreError> {
        let mut values = key(provider, person);
        values.extend([Value::text(kind.as_str()), Value::text(old.to_owned()), Value::text(new.to_owned())]);
        Ok(self.write(&EXCHANGE, values).await? == 1)
    }

    /// Ends every session of a person but one. Gives how many ended.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn end_other_sessions(
        &self,
        provider: &ProviderId,
        person: PersonId,
        kept: &[u8; 32],
    ) -> Result<u64, StoreError> {
        let mut values = key(provider, person);
        values.push(Value::bytes(kept.to_vec()));
        self.write(&OTHER_SESSIONS, values).await
    }

    /// Notes that a token was used.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn note_token_use(&self, hash: &[u8; 32], at: Instant) -> Result<(), StoreError> {
        let statement = Statement::new(&USED, vec![Value::bytes(hash.to_vec()), Value::instant(at)]);
        self.write_all(vec![statement]).await.map(drop)
    }

    /// When the tokens of a person were last used.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn token_uses(
        &self,
        provider: &ProviderId,
        person: PersonId,
    ) -> Result<Vec<([u8; 32], Instant)>, StoreError> {
        let map = |row: &Row<'_>| Ok((row.array(0)?, row.instant(1)?));
        self.query(Query::new(&USES, key(provider, person), map)).await
    }

    /// The secrets of one kind of everybody, for sealing them anew.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn secrets_of_kind(
        &self,
        kind: CredentialKind,
    ) -> Result<Vec<(ProviderId, PersonId, String)>, StoreError> {
        let map = |row: &Row<'_>| Ok((ProviderId(row.text(0)?), PersonId(row.id(1)?), row.text(2)?));
        self.query(Query::new(&OF_KIND, vec![Value::text(kind.as_str())], map)).await
    }

    /// Whether anybody administers this installation yet.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn has_administrator(&self) -> Result<bool, StoreError> {
        let count = self.query_one(Query::new(&ANYBODY, Vec::new(), |row| row.count(0))).await?;
        Ok(count.unwrap_or(0) > 0)
    }
}

fn key(provider: &ProviderId, person: PersonId) -> Vec<Value<'static>> {
    vec![Value::text(provider.0.clone()), Value::id(person.0)]
}

fn credential(row: &Row<'_>) -> Result<Credential, StoreError> {
    let kind = row.text(0)?;
    Ok(Credential {
        kind: [CredentialKind::Password, CredentialKind::Totp, CredentialKind::Recovery]
            .into_iter()
            .find(|known| known.as_str() == kind)
            .ok_or_else(|| StoreError::corrupt(format!("nobody proves themselves by `{kind}`")))?,
        secret: row.text(1)?,
        last_step: row.count(2)?,
        created_at: row.instant(3)?,
        confirmed_at: row.instant_or_none(4)?,
    })
}
