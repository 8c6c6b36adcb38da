use crate::database::Database;
use crate::error::StoreError;
use crate::sql::{Query, Sql, Statement, Value};

static GET: Sql = Sql::new("SELECT value FROM setting WHERE key = $1");
static PUT: Sql = Sql::new(
    "INSERT INTO setting (key, value) VALUES ($1, $2)
     ON CONFLICT (key) DO UPDATE SET value = excluded.value",
);
static PUT_IF_ABSENT: Sql =
    Sql::new("INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING");

static EXCHANGE: Sql = Sql::new("UPDATE setting SET value = $3 WHERE key = $1 AND value = $2");

/// Sets a value for the whole installation, within a transaction.
pub(crate) fn put(key: &str, value: &str) -> Statement<'static> {
    Statement::new(&PUT, vec![Value::text(key.to_owned()), Value::text(value.to_owned())])
}

impl Database {
    /// A value that holds for the whole installation.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.query_one(Query::new(&GET, vec![Value::text(key.to_owned())], |row| row.text(0))).await
    }

    /// Sets a value for the whole installation.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn put_setting(&self, key: &str, value: &str) -> Result<(), StoreError> {
        self.write_all(vec![put(key, value)]).await.map(drop)
    }

    /// Puts a value in the place of another, if that still stands; of what stood nothing is left in the pages of the
    /// embedded database. Whether it did.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn exchange_setting(&self, key: &str, from: &str, to: &str) -> Result<bool, StoreError> {
        let values = [key, from, to].map(|text| Value::text(text.to_owned())).to_vec();
        Ok(self.erase(vec![Statement::new(&EXCHANGE, values)]).await? == [1])
    }

    /// The value of a setting, which becomes `value` where there is none yet: all nodes agree on
    /// the first one given.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn setting_or_put(&self, key: &str, value: &str) -> Result<String, StoreError> {
        // Once it is there, and it is asked for again and again, nothing is written.
        if let Some(kept) = self.setting(key).await? {
            return Ok(kept);
        }
        let values = vec![Value::text(key.to_owned()), Value::text(value.to_owned())];
        self.write(&PUT_IF_ABSENT, values).await?;
        Ok(self.setting(key).await?.unwrap_or_else(|| value.to_owned()))
    }
}
