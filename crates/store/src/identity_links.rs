//! Who is who at identity providers: issuer and subject, nothing else.

use crate::database::Database;
use crate::error::StoreError;
use crate::sql::{Query, Row, Sql, Value};
use calendar::Instant;
use desk::{PersonId, ProviderId};

/// A person, by what an identity provider calls them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityLink {
    /// Whose desk.
    pub provider: ProviderId,
    /// The identity provider.
    pub issuer: String,
    /// Its name for the person, for ever.
    pub subject: String,
    /// Who.
    pub person: PersonId,
    /// Since when.
    pub linked_at: Instant,
}

static PUT: Sql = Sql::new(
    "INSERT INTO identity_link (provider, issuer, subject, person, linked_at) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT DO NOTHING",
);
static GET: Sql =
    Sql::new("SELECT person FROM identity_link WHERE provider = $1 AND issuer = $2 AND subject = $3");
static OF_PERSON: Sql = Sql::new(
    "SELECT provider, issuer, subject, person, linked_at FROM identity_link WHERE provider = $1 AND person = $2
     ORDER BY linked_at, issuer",
);
static REMOVE_ONE: Sql = Sql::new(
    "DELETE FROM identity_link WHERE provider = $1 AND person = $2 AND issuer = $3 AND subject = $4",
);
static REMOVE: Sql = Sql::new("DELETE FROM identity_link WHERE provider = $1 AND person = $2");

impl Database {
    /// Links a person. Whether it was done: a subject means one person, and a person is one subject of
    /// an issuer.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn link_identity(&self, link: &IdentityLink) -> Result<bool, StoreError> {
        let values = vec![
            Value::text(link.provider.0.clone()),
            Value::text(link.issuer.clone()),
            Value::text(link.subject.clone()),
            Value::id(link.person.0),
            Value::instant(link.linked_at),
        ];
        Ok(self.write(&PUT, values).await? == 1)
    }

    /// The person linked to a subject of an issuer.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn linked_person(
        &self,
        provider: &ProviderId,
        issuer: &str,
        subject: &str,
    ) -> Result<Option<PersonId>, StoreError> {
        let values = vec![
            Value::text(provider.0.clone()),
            Value::text(issuer.to_owned()),
            Value::text(subject.to_owned()),
        ];
        self.query_one(Query::new(&GET, values, |row| row.id(0).map(PersonId))).await
    }

    /// The links of a person, the oldest first.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn identity_links_of(
        &self,
        provider: &ProviderId,
        person: PersonId,
    ) -> Result<Vec<IdentityLink>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::id(person.0)];
        let link = |row: &Row<'_>| {
            Ok(IdentityLink {
                provider: ProviderId(row.text(0)?),
                issuer: row.text(1)?,
                subject: row.text(2)?,
                person: PersonId(row.id(3)?),
                linked_at: row.instant(4)?,
            })
        };
        self.query(Query::new(&OF_PERSON, values, link)).await
    }

    /// Removes one link of a person. Whether there was one.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn remove_identity_link(&self, link: &IdentityLink) -> Result<bool, StoreError> {
        let values = vec![
            Value::text(link.provider.0.clone()),
            Value::id(link.person.0),
            Value::text(link.issuer.clone()),
            Value::text(link.subject.clone()),
        ];
        Ok(self.write(&REMOVE_ONE, values).await? == 1)
    }

    /// Removes every link of a person. Gives how many there were.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn unlink_person(&self, provider: &ProviderId, person: PersonId) -> Result<u64, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::id(person.0)];
        self.write(&REMOVE, values).await
    }
}
