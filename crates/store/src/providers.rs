use crate::database::Database;
use crate::error::StoreError;
use crate::sql::{Query, Row, Sql, Statement, Value, parsed, written};
use desk::ProviderId;
use terms::AgreementName;

/// Who sells support, and how its desk presents itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Its key.
    pub id: ProviderId,
    /// Name as shown.
    pub name: String,
    /// What its numbers begin with; unique, and fixed once given.
    pub prefix: String,
    /// The address that takes letters, in lower case; unique.
    pub mailbox: String,
    /// The name its letters come from.
    pub from_name: String,
    /// Language of those whom it does not know (`fr`, `en`).
    pub language: String,
    /// IANA zone of its desk.
    pub zone: String,
    /// The agreement by which strangers' requests are measured, where there is one.
    pub agreement: Option<AgreementName>,
}

static PUT: Sql = Sql::new(
    "INSERT INTO provider (id, name, mailbox, from_name, language, zone, agreement)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, mailbox = excluded.mailbox,
     from_name = excluded.from_name, language = excluded.language, zone = excluded.zone,
     agreement = excluded.agreement",
);
static COUNT_FROM_ZERO: Sql = Sql::new(
    "INSERT INTO desk_counter (provider, prefix, sequence, position, live, ours, late, missed,
     unassigned, waiting, space) VALUES ($1, $2, 0, 0, 0, 0, 0, 0, 0, 0,
     (SELECT coalesce(max(space), 0) + 1 FROM desk_counter)) ON CONFLICT (provider) DO NOTHING",
);
static GET: Sql = Sql::new(
    "SELECT p.id, p.name, c.prefix, p.mailbox, p.from_name, p.language, p.zone, p.agreement
     FROM provider p JOIN desk_counter c ON c.provider = p.id WHERE p.id = $1",
);
static BY_MAILBOX: Sql = Sql::new(
    "SELECT p.id, p.name, c.prefix, p.mailbox, p.from_name, p.language, p.zone, p.agreement
     FROM provider p JOIN desk_counter c ON c.provider = p.id WHERE p.mailbox = $1",
);
static ALL: Sql = Sql::new(
    "SELECT p.id, p.name, c.prefix, p.mailbox, p.from_name, p.language, p.zone, p.agreement
     FROM provider p JOIN desk_counter c ON c.provider = p.id ORDER BY p.id",
);

impl Database {
    /// Adds a provider, or changes what may change of it.
    ///
    /// # Errors
    /// [`StoreError::Taken`] for another's prefix or mailbox, or for a prefix other than the one it
    /// has; and what storage fails at.
    pub async fn put_provider(&self, provider: &Provider) -> Result<(), StoreError> {
        if let Some(known) = self.provider(&provider.id).await?
            && known.prefix != provider.prefix
        {
            return Err(StoreError::Taken { what: format!("prefix {} of {}", known.prefix, provider.id) });
        }
        let agreement = provider.agreement.as_ref().map(written).transpose()?;
        let id = Value::text(provider.id.0.clone());
        let values = vec![
            id.clone(),
            Value::text(provider.name.clone()),
            Value::text(provider.mailbox.to_lowercase()),
            Value::text(provider.from_name.clone()),
            Value::text(provider.language.clone()),
            Value::text(provider.zone.clone()),
            agreement.map_or(Value::Null, Value::text),
        ];
        let counter = vec![id, Value::text(provider.prefix.clone())];
        let statements = vec![Statement::new(&PUT, values), Statement::new(&COUNT_FROM_ZERO, counter)];
        self.write_all(statements).await.map(drop)
    }

    /// A provider by its key.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn provider(&self, id: &ProviderId) -> Result<Option<Provider>, StoreError> {
        self.query_one(Query::new(&GET, vec![Value::text(id.0.clone())], provider)).await
    }

    /// All providers, by key.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn providers(&self) -> Result<Vec<Provider>, StoreError> {
        self.query(Query::new(&ALL, Vec::new(), provider)).await
    }

    /// The provider whose mailbox has this address, in any case.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn provider_by_mailbox(&self, address: &str) -> Result<Option<Provider>, StoreError> {
        self.query_one(Query::new(&BY_MAILBOX, vec![Value::text(address.to_lowercase())], provider)).await
    }
}

fn provider(row: &Row<'_>) -> Result<Provider, StoreError> {
    Ok(Provider {
        id: ProviderId(row.text(0)?),
        name: row.text(1)?,
        prefix: row.text(2)?,
        mailbox: row.text(3)?,
        from_name: row.text(4)?,
        language: row.text(5)?,
        zone: row.text(6)?,
        agreement: row.text_or_none(7)?.as_deref().map(parsed).transpose()?,
    })
}
