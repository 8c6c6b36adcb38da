//! Who was asked into an account by one of its managers, and has not come yet.

use crate::database::Database;
use crate::error::StoreError;
use crate::sql::{Query, Row, Sql, Value};
use calendar::Instant;
use desk::{AccountId, AccountRole, PersonId, ProviderId};

/// A role in an account that somebody was offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Whose desk.
    pub provider: ProviderId,
    /// Where.
    pub account: AccountId,
    /// To whom.
    pub person: PersonId,
    /// The address that it went to.
    pub email: String,
    /// The name that whoever invites wrote.
    pub name: String,
    /// As what.
    pub role: AccountRole,
    /// From when on it cannot be taken up any more.
    pub expires_at: Instant,
}

static PUT: Sql = Sql::new(
    "INSERT INTO invitation (provider, account, person, email, name, role, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (provider, account, person) DO UPDATE SET email = excluded.email, name = excluded.name,
     role = excluded.role, expires_at = excluded.expires_at",
);
static OF_ACCOUNT: Sql = Sql::new(
    "SELECT provider, account, person, email, name, role, expires_at FROM invitation
     WHERE provider = $1 AND account = $2 AND expires_at > $3 ORDER BY email, person",
);
static REMOVE: Sql = Sql::new("DELETE FROM invitation WHERE provider = $1 AND account = $2 AND person = $3");
static FORGET: Sql = Sql::new("DELETE FROM invitation WHERE expires_at <= $1");
static OF_PERSON: Sql = Sql::new(
    "SELECT provider, account, person, email, name, role, expires_at FROM invitation
     WHERE provider = $1 AND (person = $2 OR lower(email) = $3) ORDER BY account, person",
);

impl Database {
    /// The invitations of somebody, by their id or their address; those that are over as well while they stand.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn invitations_of(
        &self,
        provider: &ProviderId,
        person: PersonId,
        email: &str,
    ) -> Result<Vec<Invitation>, StoreError> {
        let values =
            vec![Value::text(provider.0.clone()), Value::id(person.0), Value::text(email.to_lowercase())];
        self.query_at_leisure(Query::new(&OF_PERSON, values, invitation)).await
    }

    /// Keeps an invitation, in place of an earlier one of the same person.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn put_invitation(&self, invitation: &Invitation) -> Result<(), StoreError> {
        let values = vec![
            Value::text(invitation.provider.0.clone()),
            Value::id(invitation.account.0),
            Value::id(invitation.person.0),
            Value::text(invitation.email.clone()),
            Value::text(invitation.name.clone()),
            Value::text(invitation.role.as_str()),
            Value::instant(invitation.expires_at),
        ];
        self.write(&PUT, values).await.map(drop)
    }

    /// The invitations into an account that can be taken up still, by address.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn invitations(
        &self,
        provider: &ProviderId,
        account: AccountId,
        now: Instant,
    ) -> Result<Vec<Invitation>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::id(account.0), Value::instant(now)];
        self.query(Query::new(&OF_ACCOUNT, values, invitation)).await
    }

    /// Removes an invitation. Whether there was one.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn remove_invitation(
        &self,
        provider: &ProviderId,
        account: AccountId,
        person: PersonId,
    ) -> Result<bool, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::id(account.0), Value::id(person.0)];
        Ok(self.write(&REMOVE, values).await? == 1)
    }

    /// Removes invitations that cannot be taken up any more.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn forget_invitations(&self, now: Instant) -> Result<(), StoreError> {
        self.write(&FORGET, vec![Value::instant(now)]).await.map(drop)
    }
}

fn invitation(row: &Row<'_>) -> Result<Invitation, StoreError> {
    let role = row.text(5)?;
    Ok(Invitation {
        provider: ProviderId(row.text(0)?),
        account: AccountId(row.id(1)?),
        person: PersonId(row.id(2)?),
        email: row.text(3)?,
        name: row.text(4)?,
        role: AccountRole::parse(&role)
            .ok_or_else(|| StoreError::corrupt(format!("nobody can be a `{role}` of an account")))?,
        expires_at: row.instant(6)?,
    })
}
