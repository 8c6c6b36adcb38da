use crate::database::Database;
use crate::error::StoreError;
use crate::sql::{Query, Row, Sql, Value};
use desk::{AccountId, Person, PersonId, ProviderId, Role};

static PUT: Sql = Sql::new(
    "INSERT INTO person (provider, id, email, role, account, name, language, zone)
     SELECT $1, $2, $3, $4, $5, $6, $7, $8
     WHERE NOT EXISTS (SELECT 1 FROM erasure WHERE provider = $1 AND person = $2)
     ON CONFLICT (provider, id) DO UPDATE SET email = excluded.email, role = excluded.role,
     account = excluded.account, name = excluded.name, language = excluded.language,
     zone = excluded.zone",
);
static GET: Sql = Sql::new(
    "SELECT id, provider, role, name, email, account, language, zone FROM person
     WHERE provider = $1 AND id = $2",
);
static BY_EMAIL: Sql = Sql::new(
    "SELECT id, provider, role, name, email, account, language, zone FROM person
     WHERE provider = $1 AND email = $2",
);
static EVERYWHERE: Sql = Sql::new(
    "SELECT id, provider, role, name, email, account, language, zone FROM person
     WHERE email = $1 ORDER BY provider",
);
static OF_ROLE: Sql = Sql::new(
    "SELECT id, provider, role, name, email, account, language, zone FROM person
     WHERE provider = $1 AND role = $2 ORDER BY name, id",
);
static STAFF: Sql = Sql::new(
    "SELECT id, provider, role, name, email, account, language, zone FROM person
     WHERE provider = $1 AND role IN ('agent', 'lead', 'manager', 'admin') ORDER BY name, id",
);
static ALL: Sql = Sql::new(
    "SELECT id, provider, role, name, email, account, language, zone FROM person
     WHERE provider = $1 ORDER BY name, id",
);

impl Database {
    /// Adds or changes a person. Somebody who was erased stays so, whatever file still names them.
    ///
    /// # Errors
    /// [`StoreError::Taken`] for an address that another person of the provider has, and what
    /// storage fails at.
    pub async fn put_person(&self, person: &Person) -> Result<(), StoreError> {
        let values = vec![
            Value::text(person.provider.0.clone()),
            Value::id(person.id.0),
            Value::text(person.email.to_lowercase()),
            Value::text(person.role.as_str()),
            Value::id_or_empty(person.account.map(|id| id.0)),
            Value::text(person.name.clone()),
            Value::text(person.language.clone()),
            person.zone.clone().map_or(Value::Null, Value::text),
        ];
        self.write(&PUT, values).await.map(drop)
    }

    /// A person by id.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn person(&self, provider: &ProviderId, id: PersonId) -> Result<Option<Person>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::id(id.0)];
        self.query_one(Query::new(&GET, values, person)).await
    }

    /// The person of a provider who has this address, in any case.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn person_by_email(
        &self,
        provider: &ProviderId,
        email: &str,
    ) -> Result<Option<Person>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::text(email.to_lowercase())];
        self.query_one(Query::new(&BY_EMAIL, values, person)).await
    }

    /// Everybody who has this address, in any case, over all providers.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn people_by_email(&self, email: &str) -> Result<Vec<Person>, StoreError> {
        self.query(Query::new(&EVERYWHERE, vec![Value::text(email.to_lowercase())], person)).await
    }

    /// The people of a provider with a role, by name; everybody who works there when none is named.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn staff(&self, provider: &ProviderId, role: Option<Role>) -> Result<Vec<Person>, StoreError> {
        let key = Value::text(provider.0.clone());
        self.query(match role {
            Some(role) => Query::new(&OF_ROLE, vec![key, Value::text(role.as_str())], person),
            None => Query::new(&STAFF, vec![key], person),
        })
        .await
    }

    /// Everybody whom a provider knows, contacts included, by name.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn people(&self, provider: &ProviderId) -> Result<Vec<Person>, StoreError> {
        self.query(Query::new(&ALL, vec![Value::text(provider.0.clone())], person)).await
    }
}

pub(crate) fn person(row: &Row<'_>) -> Result<Person, StoreError> {
    let role = row.text(2)?;
    Ok(Person {
        id: PersonId(row.id(0)?),
        provider: ProviderId(row.text(1)?),
        role: [Role::Agent, Role::Lead, Role::Manager, Role::Admin, Role::Contact]
            .into_iter()
            .find(|known| known.as_str() == role)
            .ok_or_else(|| StoreError::corrupt(format!("nobody can be a `{role}`")))?,
        name: row.text(3)?,
        email: row.text(4)?,
        account: row.id_or_none(5)?.map(AccountId),
        language: row.text(6)?,
        zone: row.text_or_none(7)?,
    })
}
