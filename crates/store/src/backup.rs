//! A copy of all that is stored, made while everybody works, and a store made of a copy.
//!
//! SQLite copies itself into a file that is a database at once. PostgreSQL is read through one snapshot,
//! table by table, into a file of our own: no program is started and no other tool needed.

use crate::database::{
    Database, PostgresConfig, SqliteConfig, check_sqlite, close_sqlite_journal, restore_postgres,
    restore_sqlite,
};
use crate::error::StoreError;
use crate::migrate::UNMARK_HALF_RESTORED;
use crate::sql::{Query, Sql, Statement, Value};
use calendar::Instant;
use desk::ProviderId;
use std::path::{Path, PathBuf};

/// A copy that was made and read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Where it lies.
    pub path: PathBuf,
    /// Its bytes.
    pub size: u64,
    /// Requests in it.
    pub requests: u64,
}

/// A letter that waited in a copy, and is held after it was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldLetter {
    /// Number of its request, where it belongs to one.
    pub number: Option<String>,
    /// `acknowledgement`, `reply`, `release`, ….
    pub kind: String,
    /// Where it would have gone.
    pub address: String,
}

static REQUESTS: Sql = Sql::new("SELECT count(*) FROM ticket");
static PENDING: Sql = Sql::new(
    "SELECT t.number, o.kind, o.address FROM outbox o
     JOIN ticket t ON t.provider = o.provider AND t.id = o.ticket
     WHERE o.state = 'waiting' ORDER BY t.provider, o.created_at, o.id",
);
static PENDING_LETTERS: Sql =
    Sql::new("SELECT kind, address FROM letter WHERE state = 'waiting' ORDER BY provider, created_at, id");
static HOLD: Sql = Sql::new("UPDATE outbox SET state = 'held', error = 'restored' WHERE state = 'waiting'");
static HOLD_LETTERS: Sql =
    Sql::new("UPDATE letter SET state = 'held', error = 'restored' WHERE state = 'waiting'");
static HOLD_DELIVERIES: Sql =
    Sql::new("UPDATE webhook_delivery SET state = 'dead', error = 'restored' WHERE state = 'waiting'");
static READ_ON: Sql = Sql::new(
    "UPDATE webhook SET position = (SELECT c.position FROM desk_counter c WHERE c.provider = webhook.provider)",
);
static END_SESSIONS: Sql = Sql::new("DELETE FROM session");
static END_LINKS: Sql = Sql::new("DELETE FROM sign_in WHERE purpose <> 'api_token'");
static SKIP: Sql = Sql::new("UPDATE desk_counter SET sequence = sequence + $1");
static CATCH_UP: Sql =
    Sql::new("UPDATE desk_counter SET sequence = $2 WHERE provider = $1 AND sequence < $2");
static FINISH: Sql = Sql::new(UNMARK_HALF_RESTORED);
static SEQUENCES: Sql = Sql::new("SELECT provider, sequence FROM desk_counter ORDER BY provider");

impl Database {
    /// Copies all that is stored into a folder, while everybody works. The copy has its name once it is
    /// whole, on the disk and was read back; what broke off lies beside it as `*.part`.
    ///
    /// # Errors
    /// A folder that cannot be written, a full disk, a copy that does not read back, and what storage
    /// fails at.
    pub async fn back_up(&self, folder: &Path, at: Instant) -> Result<Backup, StoreError> {
        let requests = self.query_one(Query::new(&REQUESTS, Vec::new(), |row| row.count(0))).await?;
        let stamp = at.to_string().replace([':', '-'], "");
        let path = self.copy_into(folder, &stamp).await?;
        let size =
            std::fs::metadata(&path).map_err(|error| StoreError::failed("read a backup", error))?.len();
        Ok(Backup { path, size, requests: requests.unwrap_or(0) })
    }

    /// Whether a file is a whole database of this program, so that it can be restored from.
    ///
    /// # Errors
    /// A copy that is none or is damaged.
    pub async fn check_sqlite_copy(from: &Path) -> Result<(), StoreError> {
        let from = from.to_owned();
        let checked = tokio::task::spawn_blocking(move || check_sqlite(&from)).await;
        checked.map_err(|error| StoreError::failed("read a backup", error))?
    }

    /// Makes a file of the embedded database whole by itself, without the journal that lay beside it.
    ///
    /// # Errors
    /// [`StoreError::Busy`] while another program uses it; a file that is no database or is damaged.
    pub async fn close_sqlite_journal(path: &Path) -> Result<(), StoreError> {
        let path = path.to_owned();
        let closed = tokio::task::spawn_blocking(move || close_sqlite_journal(&path)).await;
        closed.map_err(|error| StoreError::failed("close the journal of the database", error))?
    }

    /// Makes a file of the embedded database out of a copy. Nothing may lie there. It is half restored until
    /// [`Self::finish_restored`].
    ///
    /// # Errors
    /// Something that lies there already, and a copy that is none or is damaged.
    pub async fn restore_sqlite(from: &Path, to: &SqliteConfig) -> Result<Self, StoreError> {
        let (from, target) = (from.to_owned(), to.path.clone());
        let restored = tokio::task::spawn_blocking(move || restore_sqlite(&from, &target)).await;
        restored.map_err(|error| StoreError::failed("restore the database", error))??;
        Self::open_sqlite(to).await
    }

    /// Fills an empty database of the server from a copy. It is half restored until [`Self::finish_restored`].
    ///
    /// # Errors
    /// A database that holds something, and a copy that is none, is damaged or of a newer program.
    pub async fn restore_postgres(from: &Path, to: &PostgresConfig) -> Result<Self, StoreError> {
        restore_postgres(from, to).await?;
        Self::open_postgres(to).await
    }

    /// The last number that each provider has given.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn sequences(&self) -> Result<Vec<(ProviderId, i64)>, StoreError> {
        let map = |row: &crate::sql::Row<'_>| Ok((ProviderId(row.text(0)?), row.integer(1)?));
        self.query(Query::new(&SEQUENCES, Vec::new(), map)).await
    }

    /// Makes a restored store safe to go on with: what waited to leave is held and listed, other programs
    /// are told of nothing that was before, sessions and links end, and no number that may have been given
    /// after the copy is given again: `skipped` numbers are left out, or as many as `given` says.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn settle_restored(
        &self,
        skipped: i64,
        given: &[(ProviderId, i64)],
    ) -> Result<Vec<HeldLetter>, StoreError> {
        let (mut held, of_none) = self
            .query_all((
                Query::new(&PENDING, Vec::new(), |row| {
                    Ok(HeldLetter { number: Some(row.text(0)?), kind: row.text(1)?, address: row.text(2)? })
                }),
                Query::new(&PENDING_LETTERS, Vec::new(), |row| {
                    Ok(HeldLetter { number: None, kind: row.text(0)?, address: row.text(1)? })
                }),
            ))
            .await?;
        held.extend(of_none);
        let mut statements = vec![
            Statement::new(&HOLD, Vec::new()),
            Statement::new(&HOLD_LETTERS, Vec::new()),
            Statement::new(&HOLD_DELIVERIES, Vec::new()),
            Statement::new(&READ_ON, Vec::new()),
            Statement::new(&END_SESSIONS, Vec::new()),
            Statement::new(&END_LINKS, Vec::new()),
            Statement::new(&SKIP, vec![Value::Integer(skipped)]),
        ];
        for (provider, sequence) in given {
            let values = vec![Value::text(provider.0.clone()), Value::Integer(*sequence)];
            statements.push(Statement::new(&CATCH_UP, values));
        }
        self.write_all(statements).await?;
        Ok(held)
    }

    /// Notes that a restored store is safe to go on with: whoever was erased since the copy is erased again.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn finish_restored(&self) -> Result<(), StoreError> {
        self.write(&FINISH, Vec::new()).await.map(drop)
    }
}
