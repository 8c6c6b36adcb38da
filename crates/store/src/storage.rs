//! How much is stored for an account: a sum that moves with each commit that brings files or takes them.

use crate::database::Database;
use crate::error::StoreError;
use crate::sql::{Query, Sql, Value};
use desk::{AccountId, ProviderId};

/// Before the bytes of a file are added: the sum of the ticket's account, where it has one.
pub(crate) static GROW: Sql = Sql::new(
    "INSERT INTO account_storage (provider, account, bytes) VALUES ($1, $2, $3)
     ON CONFLICT (provider, account) DO UPDATE SET bytes = account_storage.bytes + excluded.bytes",
);
/// Before a file goes. Nothing where it is not there, or its ticket has no account.
pub(crate) static SHRINK: Sql = Sql::new(
    "UPDATE account_storage SET bytes = bytes - (SELECT CAST(coalesce(sum(size), 0) AS BIGINT) FROM file
     WHERE provider = $1 AND ticket = $2 AND id = $3)
     WHERE provider = $1 AND account = (SELECT account FROM ticket WHERE provider = $1 AND id = $2)",
);
static BYTES: Sql = Sql::new("SELECT bytes FROM account_storage WHERE provider = $1 AND account = $2");

impl Database {
    /// Bytes of all files of an account's tickets that still stand.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn stored_bytes(&self, provider: &ProviderId, account: AccountId) -> Result<u64, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::id(account.0)];
        Ok(self.query_one(Query::new(&BYTES, values, |row| row.count(0))).await?.unwrap_or(0))
    }
}
