//! Customers and their contracts.

use crate::database::Database;
use crate::error::StoreError;
use crate::sql::{Query, Row, Sql, Value, written};
use desk::{AccountId, Contract, ContractId, ProviderId};

/// A customer organisation of one provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Whose customer.
    pub provider: ProviderId,
    /// Name as shown.
    pub name: String,
    /// A short name for programs, unique for the provider.
    pub key: String,
}

static PUT: Sql = Sql::new(
    "INSERT INTO account (provider, id, key, name) SELECT $1, $2, $3, $4
     WHERE NOT EXISTS (SELECT 1 FROM account_erasure WHERE provider = $1 AND account = $2)
     ON CONFLICT (provider, id) DO UPDATE SET key = excluded.key, name = excluded.name",
);
static GET: Sql = Sql::new("SELECT id, provider, name, key FROM account WHERE provider = $1 AND id = $2");
static BY_KEY: Sql = Sql::new(
    "SELECT id, provider, name, key FROM account WHERE provider = $1 AND key = $2 AND NOT EXISTS
     (SELECT 1 FROM account_erasure e WHERE e.provider = account.provider AND e.account = account.id
     AND e.done_at IS NOT NULL)",
);
static ALL: Sql = Sql::new(
    "SELECT id, provider, name, key FROM account WHERE provider = $1 AND NOT EXISTS
     (SELECT 1 FROM account_erasure e WHERE e.provider = account.provider AND e.account = account.id
     AND e.done_at IS NOT NULL) ORDER BY name, id",
);
static PUT_CONTRACT: Sql = Sql::new(
    "INSERT INTO contract (provider, id, account, body) SELECT $1, $2, $3, $4
     WHERE NOT EXISTS (SELECT 1 FROM account_erasure WHERE provider = $1 AND account = $3)
     ON CONFLICT (provider, id) DO UPDATE SET account = excluded.account, body = excluded.body",
);
static CONTRACT: Sql = Sql::new("SELECT body FROM contract WHERE provider = $1 AND id = $2");
static ALL_CONTRACTS: Sql = Sql::new("SELECT body FROM contract WHERE provider = $1 ORDER BY id");
static CONTRACTS: Sql =
    Sql::new("SELECT body FROM contract WHERE provider = $1 AND account = $2 ORDER BY id");

impl Database {
    /// Adds or changes an account. One that was destroyed stays so, whatever file still names it.
    ///
    /// # Errors
    /// [`StoreError::Taken`] for a key of another, and what storage fails at.
    pub async fn put_account(&self, account: &Account) -> Result<(), StoreError> {
        let values = vec![
            Value::text(account.provider.0.clone()),
            Value::id(account.id.0),
            Value::text(account.key.clone()),
            Value::text(account.name.clone()),
        ];
        self.write(&PUT, values).await.map(drop)
    }

    /// An account by its id.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn account(&self, provider: &ProviderId, id: AccountId) -> Result<Option<Account>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::id(id.0)];
        self.query_one(Query::new(&GET, values, account)).await
    }

    /// An account by its key; none that was destroyed.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn account_by_key(
        &self,
        provider: &ProviderId,
        key: &str,
    ) -> Result<Option<Account>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::text(key.to_owned())];
        self.query_one(Query::new(&BY_KEY, values, account)).await
    }

    /// All accounts of a provider but those that were destroyed, by name.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn accounts(&self, provider: &ProviderId) -> Result<Vec<Account>, StoreError> {
        self.query(Query::new(&ALL, vec![Value::text(provider.0.clone())], account)).await
    }

    /// Adds or changes a contract; none of an account that was destroyed.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn put_contract(&self, provider: &ProviderId, contract: &Contract) -> Result<(), StoreError> {
        let values = vec![
            Value::text(provider.0.clone()),
            Value::id(contract.id.0),
            Value::id(contract.account.0),
            Value::text(written(contract)?),
        ];
        self.write(&PUT_CONTRACT, values).await.map(drop)
    }

    /// A contract by its id.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn contract(
        &self,
        provider: &ProviderId,
        id: ContractId,
    ) -> Result<Option<Contract>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::id(id.0)];
        self.query_one(Query::new(&CONTRACT, values, |row| row.json(0))).await
    }

    /// All contracts of a provider, in force or not, oldest id first.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn all_contracts(&self, provider: &ProviderId) -> Result<Vec<Contract>, StoreError> {
        self.query(Query::new(&ALL_CONTRACTS, vec![Value::text(provider.0.clone())], |row| row.json(0))).await
    }

    /// The contracts of an account, in force or not, oldest id first.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn contracts_of(
        &self,
        provider: &ProviderId,
        account: AccountId,
    ) -> Result<Vec<Contract>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::id(account.0)];
        self.query(Query::new(&CONTRACTS, values, |row| row.json(0))).await
    }
}

fn account(row: &Row<'_>) -> Result<Account, StoreError> {
    Ok(Account {
        id: AccountId(row.id(0)?),
        provider: ProviderId(row.text(1)?),
        name: row.text(2)?,
        key: row.text(3)?,
    })
}
