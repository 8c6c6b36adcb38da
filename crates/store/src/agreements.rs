use crate::database::Database;
use crate::error::StoreError;
use crate::sql::{Query, Row, Sql, Value};
use calendar::Instant;
use desk::{PersonId, ProviderId};
use terms::AgreementName;

/// A version of an agreement as it was adopted: fixed for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgreementRecord {
    /// Key and version.
    pub name: AgreementName,
    /// The document.
    pub text: String,
    /// What it compiled to, as JSON; opaque here.
    pub terms: String,
    /// What is kept to show it by clause, as JSON; opaque here.
    pub page: String,
    /// When and by whom it was adopted.
    pub adoption: Adoption,
}

/// When and by whom a version of an agreement was adopted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adoption {
    /// When.
    pub at: Instant,
    /// Who adopted it; nobody where it came from the configuration or the command line.
    pub by: Option<PersonId>,
}

/// A version of an agreement without what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdoptedAgreement {
    /// Key and version.
    pub name: AgreementName,
    /// When and by whom it was adopted.
    pub adoption: Adoption,
}

static ADOPT: Sql = Sql::new(
    "INSERT INTO agreement (provider, key, version, text, terms, page, adopted_at, adopted_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (provider, key, version) DO NOTHING",
);
static GET: Sql = Sql::new(
    "SELECT key, version, text, terms, page, adopted_at, adopted_by FROM agreement
     WHERE provider = $1 AND key = $2 AND version = $3",
);
static TERMS: Sql = Sql::new("SELECT terms FROM agreement WHERE provider = $1 AND key = $2 AND version = $3");
static PAGE: Sql = Sql::new("SELECT page FROM agreement WHERE provider = $1 AND key = $2 AND version = $3");
static ADOPTION: Sql = Sql::new(
    "SELECT adopted_at, adopted_by FROM agreement WHERE provider = $1 AND key = $2 AND version = $3",
);
static ALL: Sql = Sql::new(
    "SELECT key, version, adopted_at, adopted_by FROM agreement WHERE provider = $1
     ORDER BY key, adopted_at DESC, version DESC",
);

impl Database {
    /// Keeps a version of an agreement. Adopting the same document again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when the version exists with another document or other terms, and what
    /// storage fails at.
    pub async fn adopt(&self, provider: &ProviderId, record: AgreementRecord) -> Result<(), StoreError> {
        let values = vec![
            Value::text(provider.0.clone()),
            Value::text(record.name.key.clone()),
            Value::text(record.name.version.clone()),
            Value::text(record.text.clone()),
            Value::text(record.terms.clone()),
            Value::text(record.page.clone()),
            Value::instant(record.adoption.at),
            record.adoption.by.map_or(Value::Null, |by| Value::id(by.0)),
        ];
        if self.write(&ADOPT, values).await? == 1 {
            return Ok(());
        }
        match self.agreement(provider, &record.name).await? {
            Some(known) if known.text == record.text && known.terms == record.terms => Ok(()),
            _ => Err(StoreError::Taken { what: format!("agreement {}", record.name) }),
        }
    }

    /// A version of an agreement.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn agreement(
        &self,
        provider: &ProviderId,
        name: &AgreementName,
    ) -> Result<Option<AgreementRecord>, StoreError> {
        self.query_one(Query::new(&GET, version_key(provider, name), |row| {
            Ok(AgreementRecord {
                name: AgreementName { key: row.text(0)?, version: row.text(1)? },
                text: row.text(2)?,
                terms: row.text(3)?,
                page: row.text(4)?,
                adoption: adoption(row, 5)?,
            })
        }))
        .await
    }

    /// What a version of an agreement compiled to, alone.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn agreement_terms(
        &self,
        provider: &ProviderId,
        name: &AgreementName,
    ) -> Result<Option<String>, StoreError> {
        self.part_of_agreement(&TERMS, provider, name).await
    }

    /// What is kept to show a version of an agreement, alone.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn agreement_page(
        &self,
        provider: &ProviderId,
        name: &AgreementName,
    ) -> Result<Option<String>, StoreError> {
        self.part_of_agreement(&PAGE, provider, name).await
    }

    /// When and by whom a version of an agreement was adopted, alone.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn adoption(
        &self,
        provider: &ProviderId,
        name: &AgreementName,
    ) -> Result<Option<Adoption>, StoreError> {
        self.query_one(Query::new(&ADOPTION, version_key(provider, name), |row| adoption(row, 0))).await
    }

    async fn part_of_agreement(
        &self,
        part: &'static Sql,
        provider: &ProviderId,
        name: &AgreementName,
    ) -> Result<Option<String>, StoreError> {
        self.query_one(Query::new(part, version_key(provider, name), |row| row.text(0))).await
    }

    /// The agreements of a provider, by key, the last adopted version first.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn agreements(&self, provider: &ProviderId) -> Result<Vec<AdoptedAgreement>, StoreError> {
        self.query(Query::new(&ALL, vec![Value::text(provider.0.clone())], |row| {
            Ok(AdoptedAgreement {
                name: AgreementName { key: row.text(0)?, version: row.text(1)? },
                adoption: adoption(row, 2)?,
            })
        }))
        .await
    }
}

/// When and by whom, from a column and the next.
fn adoption(row: &Row<'_>, column: usize) -> Result<Adoption, StoreError> {
    Ok(Adoption { at: row.instant(column)?, by: row.id_or_none(column + 1)?.map(PersonId) })
}

/// The values of a statement about one version.
fn version_key(provider: &ProviderId, name: &AgreementName) -> Vec<Value<'static>> {
    let AgreementName { key, version } = name.clone();
    vec![Value::text(provider.0.clone()), Value::text(key), Value::text(version)]
}
