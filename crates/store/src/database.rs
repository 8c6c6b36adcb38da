//! The one file that knows there are two kinds of database.

mod older;
mod postgres;
mod sqlite;
mod tls;
mod together;

pub use postgres::PostgresConfig;
pub(crate) use postgres::restore as restore_postgres;
pub use sqlite::SqliteConfig;
pub(crate) use sqlite::check as check_sqlite;
pub(crate) use sqlite::close_journal as close_sqlite_journal;
pub(crate) use sqlite::restore as restore_sqlite;

use crate::error::StoreError;
use crate::migrate::Found;
use crate::own_counts::OwnCounts;
use crate::scrub::Scrub;
use crate::sql::{Query, Row, Sql, Statement, Value};
use crate::unit_of_work::{Change, Committed, UnitOfWork};
use async_recursion::async_recursion as boxed;
use desk::ProviderId;
use postgres::Postgres;
use sqlite::Sqlite;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::time::Duration;
use together::Together;
use tokio::sync::broadcast;

/// An open database, its tables up to date. Clones share it.
///
/// Everything in it belongs to a provider, whose id leads the keys.
#[derive(Clone, Debug)]
pub struct Database {
    engine: Engine,
    changes: broadcast::Sender<Change>,
    pub(crate) own_counts: Arc<OwnCounts>,
    /// Where the parts of each provider's requests begin in the index of words: given once, for good.
    pub(crate) spaces: Arc<RwLock<HashMap<ProviderId, i64>>>,
}

#[derive(Clone, Debug)]
enum Engine {
    Sqlite(Arc<Sqlite>),
    Postgres(Arc<Postgres>),
}

/// How many changes a slow watcher may lag behind before it must ask for what it missed.
const CHANGES_KEPT: usize = 1024;

/// Units that were carried out, each with what to tell the watchers.
pub(crate) type CommitAnswers = Vec<Result<(Committed, Change), StoreError>>;

impl Database {
    /// Opens the file, creating it if there is none, and brings its tables up to date.
    ///
    /// # Errors
    /// A path that cannot be opened, a file that is no such database, or tables of a newer program.
    pub async fn open_sqlite(config: &SqliteConfig) -> Result<Self, StoreError> {
        let config = config.clone();
        let opened = tokio::task::spawn_blocking(move || Sqlite::open(&config)).await;
        let sqlite = opened.map_err(|error| StoreError::failed("open the database", error))??;
        let database = Self::over(Engine::Sqlite(Arc::new(sqlite)));
        database.index_what_stands().await?;
        database.fold_people().await?;
        Ok(database)
    }

    /// Connects to the server and brings the tables up to date, one node at a time.
    ///
    /// # Errors
    /// A server that cannot be reached, or tables of a newer program.
    pub async fn open_postgres(config: &PostgresConfig) -> Result<Self, StoreError> {
        let database = Self::over(Engine::Postgres(Arc::new(Postgres::open(config).await?)));
        database.index_what_stands().await?;
        database.fold_people().await?;
        Ok(database)
    }

    /// What stands in a file, of which nothing is changed; none is made.
    ///
    /// # Errors
    /// A file that cannot be opened, or is no database.
    pub async fn found_sqlite(config: &SqliteConfig) -> Result<Found, StoreError> {
        let path = config.path.clone();
        let found = tokio::task::spawn_blocking(move || sqlite::found(&path)).await;
        found.map_err(|error| StoreError::failed("look at the database", error))?
    }

    /// What stands in a database of a server, of which nothing is changed.
    ///
    /// # Errors
    /// A server that cannot be reached, or refuses.
    pub async fn found_postgres(config: &PostgresConfig) -> Result<Found, StoreError> {
        postgres::found(config).await
    }

    fn over(engine: Engine) -> Self {
        Self {
            engine,
            changes: broadcast::channel(CHANGES_KEPT).0,
            own_counts: Arc::default(),
            spaces: Arc::default(),
        }
    }

    /// Every commit made through this database object from now on, once it is durable, and those of
    /// other nodes that somebody announces.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    /// Whether other nodes may commit to the same database.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        matches!(self.engine, Engine::Postgres(_))
    }

    /// Tells whoever watches of a commit that another node made.
    pub fn announce(&self, change: Change) {
        self.tell(change);
    }

    pub(crate) fn tell(&self, change: Change) {
        // Nobody watching is no failure.
        let _ = self.changes.send(change);
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Busy`] when it does not.
    pub async fn ready(&self) -> Result<(), StoreError> {
        static READY: Sql = Sql::new("SELECT count(*) FROM setting WHERE key = 'ready'");
        self.query(Query::new(&READY, Vec::new(), |row| row.integer(0))).await.map(drop)
    }

    pub(crate) async fn commit_units(&self, units: Vec<UnitOfWork>) -> Result<CommitAnswers, StoreError> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.commit(units).await,
            Engine::Postgres(postgres) => postgres.commit(units).await,
        }
    }

    /// Reads, in one snapshot.
    pub(crate) async fn query<T: Send + 'static>(&self, query: Query<T>) -> Result<Vec<T>, StoreError> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.read(|reader| reader.rows(&query)),
            Engine::Postgres(postgres) => postgres.query(&query).await,
        }
    }

    /// Reads rows with a statement that may have to look at many.
    pub(crate) async fn query_at_leisure<T: Send + 'static>(
        &self,
        query: Query<T>,
    ) -> Result<Vec<T>, StoreError> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.read_at_leisure(move |reader| reader.rows(&query)).await,
            Engine::Postgres(postgres) => postgres.query(&query).await,
        }
    }

    /// Reads one row, or none.
    pub(crate) async fn query_one<T: Send + 'static>(
        &self,
        query: Query<T>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.query(query).await?.into_iter().next())
    }

    /// Several reads in one hop.
    pub(crate) async fn query_all<Q: Together>(&self, queries: Q) -> Result<Q::Rows, StoreError> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.read(|reader| reader.in_snapshot(|reader| queries.read(reader))),
            Engine::Postgres(postgres) => postgres.query_all(&queries).await,
        }
    }

    /// Writes with one statement and reads what it returns.
    pub(crate) async fn write_returning<T: Send + 'static>(
        &self,
        sql: &'static Sql,
        values: Vec<Value<'static>>,
        map: fn(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let query = Query::new(sql, values, map);
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.write(move |writer| writer.rows(&query)).await,
            Engine::Postgres(postgres) => postgres.query(&query).await,
        }
    }

    /// Writes with one statement; gives the number of rows it touched.
    pub(crate) async fn write(
        &self,
        sql: &'static Sql,
        values: Vec<Value<'static>>,
    ) -> Result<u64, StoreError> {
        let touched = self.write_all(vec![Statement::new(sql, values)]).await?;
        Ok(touched.first().copied().unwrap_or(0))
    }

    /// Writes with several statements in one transaction; gives the rows that each touched.
    #[boxed]
    pub(crate) async fn write_all(
        &self,
        statements: Vec<Statement<'static>>,
    ) -> Result<Vec<u64>, StoreError> {
        match &self.engine {
            Engine::Sqlite(sqlite) => {
                sqlite
                    .write(move |writer| {
                        statements.iter().map(|statement| writer.execute(statement)).collect()
                    })
                    .await
            }
            Engine::Postgres(postgres) => postgres.write_all(&statements).await,
        }
    }

    /// Destroys rows so that their bytes do not linger in freed pages, as far as the engine can.
    pub(crate) async fn erase(&self, statements: Vec<Statement<'static>>) -> Result<Vec<u64>, StoreError> {
        match &self.engine {
            Engine::Sqlite(sqlite) => {
                sqlite
                    .write(move |writer| {
                        writer.overwriting(|writer| {
                            statements.iter().map(|statement| writer.execute(statement)).collect()
                        })
                    })
                    .await
            }
            Engine::Postgres(postgres) => postgres.write_all(&statements).await,
        }
    }

    /// Cleans the pages that held what was erased. Gives the tables that were too large to be written anew.
    pub(crate) async fn clean_pages(
        &self,
        how: Scrub,
        patience: Duration,
    ) -> Result<Vec<&'static str>, StoreError> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.clean_pages().await.map(|()| Vec::new()),
            Engine::Postgres(postgres) => postgres.clean_pages(how, patience).await,
        }
    }

    /// Copies everything into a folder under a name that bears the stamp.
    pub(crate) async fn copy_into(&self, folder: &Path, stamp: &str) -> Result<PathBuf, StoreError> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.copy_into(folder, stamp).await,
            Engine::Postgres(postgres) => postgres.copy_into(folder, stamp).await,
        }
    }

    /// Gives a role of the server what the application needs and no more. On SQLite there are no roles,
    /// and triggers keep what is kept.
    ///
    /// # Errors
    /// A name that is none, a role that there is not, or a connection that may not grant.
    pub async fn grant(&self, role: &str) -> Result<(), StoreError> {
        match &self.engine {
            Engine::Sqlite(_) => Err(StoreError::failed("grant rights", "SQLite has no roles")),
            Engine::Postgres(postgres) => postgres.grant(role).await,
        }
    }
}
