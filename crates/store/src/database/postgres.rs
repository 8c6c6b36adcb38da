use crate::commit::{Answer, Counted, checks, count, counted, permit, writes};
use crate::database::CommitAnswers;
use crate::error::StoreError;
use crate::migrate::{Applied, checksum, outstanding};
use crate::sql::{FiveQueries, Query, Row, Statement, Value};
use crate::unit_of_work::{Change, Committed, UnitOfWork};
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime};
use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::NoTls;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

/// Where the server is.
#[derive(Clone, Debug)]
pub struct PostgresConfig {
    /// `postgres://USER@HOST:PORT/DATABASE`, or the `key=value` form.
    pub url: String,
    /// Connections at most.
    pub pool_size: u32,
}

/// A pool of connections, and one task that commits for all: units that come together share a
/// transaction, as on SQLite, and so share its way to the disk and the provider's counter row.
#[derive(Debug)]
pub(crate) struct Postgres {
    pool: Pool,
    committer: mpsc::Sender<Commits>,
}

#[derive(Debug)]
struct Commits {
    units: Vec<UnitOfWork>,
    reply: oneshot::Sender<CommitAnswers>,
}

const QUEUE_LENGTH: usize = 1024;
const BATCH_LENGTH: usize = 128;
/// Tries of a transaction that the server asks to repeat.
const TRIES: u32 = 5;
const WAIT: Duration = Duration::from_secs(5);

impl Postgres {
    pub(crate) async fn open(config: &PostgresConfig) -> Result<Self, StoreError> {
        let mut server: tokio_postgres::Config =
            config.url.parse().map_err(|error| StoreError::failed("read the database's address", error))?;
        server.connect_timeout(WAIT);
        server.tcp_user_timeout(Duration::from_secs(20));
        server.application_name("entente");
        server.options(
            "-c synchronous_commit=on -c statement_timeout=60s -c lock_timeout=20s \
             -c idle_in_transaction_session_timeout=60s -c default_transaction_isolation=read\\ committed",
        );
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let pool = Pool::builder(Manager::from_config(server, NoTls, recycling))
            .max_size(config.pool_size.max(2) as usize)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(WAIT))
            .create_timeout(Some(WAIT))
            .build()
            .map_err(|error| StoreError::failed("make a pool of connections", error))?;
        migrate(&pool).await?;
        let (committer, requests) = mpsc::channel(QUEUE_LENGTH);
        tokio::spawn(commit_requests(pool.clone(), requests));
        Ok(Self { pool, committer })
    }

    pub(crate) async fn commit(&self, units: Vec<UnitOfWork>) -> Result<CommitAnswers, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.committer.try_send(Commits { units, reply }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy,
            mpsc::error::TrySendError::Closed(_) => ended(),
        })?;
        answer.await.map_err(|_| ended())
    }

    pub(crate) async fn query<T>(&self, query: &Query<T>) -> Result<Vec<T>, StoreError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let connection = connect(&self.pool).await?;
            match answered(&connection, &query.statement, query.map).await {
                Err(Failure::Repeat) if tries < TRIES => {}
                result => return result.map_err(Failure::into_error),
            }
        }
    }

    pub(crate) async fn query_two<A, B>(
        &self,
        first: &Query<A>,
        second: &Query<B>,
    ) -> Result<(Vec<A>, Vec<B>), StoreError> {
        let connection = connect(&self.pool).await?;
        let read = async {
            let prepared = (
                Prepared::new(&connection, &first.statement).await?,
                Prepared::new(&connection, &second.statement).await?,
            );
            // Polled in this order, they are sent in this order without waiting for one another.
            let (one, two) = tokio::join!(biased; prepared.0.rows(first.map), prepared.1.rows(second.map));
            Ok((one?, two?))
        };
        read.await.map_err(Failure::into_error)
    }

    pub(crate) async fn query_four<A, B, C, D>(
        &self,
        queries: &(Query<A>, Query<B>, Query<C>, Query<D>),
    ) -> Result<(Vec<A>, Vec<B>, Vec<C>, Vec<D>), StoreError> {
        let connection = connect(&self.pool).await?;
        let read = async {
            let prepared = (
                Prepared::new(&connection, &queries.0.statement).await?,
                Prepared::new(&connection, &queries.1.statement).await?,
                Prepared::new(&connection, &queries.2.statement).await?,
                Prepared::new(&connection, &queries.3.statement).await?,
            );
            let (one, two, three, four) = tokio::join!(
                biased;
                prepared.0.rows(queries.0.map),
                prepared.1.rows(queries.1.map),
                prepared.2.rows(queries.2.map),
                prepared.3.rows(queries.3.map),
            );
            Ok((one?, two?, three?, four?))
        };
        read.await.map_err(Failure::into_error)
    }

    pub(crate) async fn query_five<A, B, C, D, E>(
        &self,
        queries: &FiveQueries<A, B, C, D, E>,
    ) -> Result<(Vec<A>, Vec<B>, Vec<C>, Vec<D>, Vec<E>), StoreError> {
        let connection = connect(&self.pool).await?;
        let read = async {
            let prepared = (
                Prepared::new(&connection, &queries.0.statement).await?,
                Prepared::new(&connection, &queries.1.statement).await?,
                Prepared::new(&connection, &queries.2.statement).await?,
                Prepared::new(&connection, &queries.3.statement).await?,
                Prepared::new(&connection, &queries.4.statement).await?,
            );
            let (one, two, three, four, five) = tokio::join!(
                biased;
                prepared.0.rows(queries.0.map),
                prepared.1.rows(queries.1.map),
                prepared.2.rows(queries.2.map),
                prepared.3.rows(queries.3.map),
                prepared.4.rows(queries.4.map),
            );
            Ok((one?, two?, three?, four?, five?))
        };
        read.await.map_err(Failure::into_error)
    }

    pub(crate) async fn write_all(&self, statements: &[Statement<'_>]) -> Result<Vec<u64>, StoreError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let mut connection = connect(&self.pool).await?;
            match write_in_transaction(&mut connection, statements).await {
                Err(Failure::Repeat) if tries < TRIES => {}
                result => return result.map_err(Failure::into_error),
            }
        }
    }
}

async fn write_in_transaction(
    connection: &mut Object,
    statements: &[Statement<'_>],
) -> Result<Vec<u64>, Failure> {
    if let [statement] = statements {
        return executed(connection, statement).await.map(|touched| vec![touched]);
    }
    // Dropped before its end, as when whoever asked goes away, it is rolled back.
    let transaction = connection.transaction().await.map_err(|error| translate(&error))?;
    let mut touched = Vec::with_capacity(statements.len());
    for statement in statements {
        let prepared = transaction
            .prepare_cached(statement.text.for_postgres())
            .await
            .map_err(|error| translate(&error))?;
        let rows = transaction.execute(&prepared, &bound(statement)).await;
        touched.push(rows.map_err(|error| translate(&error))?);
    }
    transaction.commit().await.map_err(|error| translate(&error))?;
    Ok(touched)
}

async fn commit_requests(pool: Pool, mut requests: mpsc::Receiver<Commits>) {
    let mut batch = Vec::with_capacity(BATCH_LENGTH);
    while requests.recv_many(&mut batch, BATCH_LENGTH).await > 0 {
        let units: Vec<&UnitOfWork> = batch.iter().flat_map(|request| &request.units).collect();
        let mut answers = commit_batch(&pool, &units).await.into_iter();
        for request in batch.drain(..) {
            let own = answers.by_ref().take(request.units.len()).collect();
            // Whoever asked may have gone.
            let _ = request.reply.send(own);
        }
    }
}

async fn commit_batch(pool: &Pool, units: &[&UnitOfWork]) -> CommitAnswers {
    let all = |error: StoreError| units.iter().map(|_| Err(error.clone())).collect();
    let mut tries = 0;
    loop {
        tries += 1;
        let connection = match connect(pool).await {
            Ok(connection) => connection,
            Err(error) => return all(error),
        };
        match commit_once(&connection, units).await {
            Ok(answers) => return answers,
            Err(failure) => {
                // Whatever state the connection is in, nobody shall get it.
                drop(Object::take(connection));
                match failure {
                    Failure::Repeat if tries < TRIES => {}
                    failure => return all(failure.into_error()),
                }
            }
        }
    }
}

async fn commit_once(connection: &Object, units: &[&UnitOfWork]) -> Result<CommitAnswers, Failure> {
    command(connection, "BEGIN").await?;
    let mut answers = Vec::with_capacity(units.len());
    for unit in units {
        match commit_unit(connection, unit).await {
            Ok(answer) => answers.push(Ok(answer)),
            // The connection is lost, or the server asks to begin anew.
            Err(failure) if failure.ends_transaction(connection) => return Err(failure),
            Err(failure) => {
                command(connection, "ROLLBACK TO SAVEPOINT unit").await?;
                answers.push(Err(match failure.into_error() {
                    StoreError::Taken { .. } => StoreError::Conflict,
                    error => error,
                }));
            }
        }
    }
    command(connection, "COMMIT").await?;
    Ok(answers)
}

async fn commit_unit(connection: &Object, unit: &UnitOfWork) -> Result<(Committed, Change), Failure> {
    let asked = checks(unit);
    let asked = asked.iter().map(|asked| (&asked.statement, asked.map));
    let asked = Prepared::queries(connection, asked).await?;
    let open = command(connection, "SAVEPOINT unit");
    let (before, counter) = if unit.expected == 0 {
        // What opens a ticket has no standing to compare with: its number can be asked for at once.
        let counting = count(unit, None);
        let counting = Prepared::new(connection, &counting).await?;
        let (opened, answers, counter) = tokio::join!(biased; open, asked_all(asked), counting.rows(counted));
        opened?;
        (permit(unit, answers?)?, counter?)
    } else {
        let (opened, answers) = tokio::join!(biased; open, asked_all(asked));
        opened?;
        let before = permit(unit, answers?)?;
        let counter = answered(connection, &count(unit, before.as_ref()), counted).await?;
        (before, counter)
    };
    let counter: Option<Counted> = counter.into_iter().next();
    let (statements, committed, change) = writes(unit, before, counter)?;
    let mut prepared = Vec::with_capacity(statements.len());
    for statement in &statements {
        prepared.push(Prepared::new(connection, statement).await?);
    }
    let executed = prepared.iter().map(Prepared::execute).collect();
    let (written, released) =
        tokio::join!(biased; in_order(executed), command(connection, "RELEASE SAVEPOINT unit"));
    for written in written {
        written?;
    }
    released?;
    Ok((committed, change))
}

type Map<T> = fn(&Row<'_>) -> Result<T, StoreError>;

async fn asked_all(asked: Vec<(Prepared<'_>, Map<Answer>)>) -> Result<Vec<Answer>, Failure> {
    let mut answers = Vec::new();
    for answer in in_order(asked.iter().map(|(prepared, map)| prepared.rows(*map)).collect()).await {
        answers.extend(answer?);
    }
    Ok(answers)
}

/// A statement that the connection knows. To send several in one order without waiting, all are
/// prepared first: preparing one that is new waits for the server, and others would overtake it.
struct Prepared<'a> {
    connection: &'a Object,
    prepared: tokio_postgres::Statement,
    statement: &'a Statement<'a>,
}

impl<'a> Prepared<'a> {
    async fn new(connection: &'a Object, statement: &'a Statement<'a>) -> Result<Self, Failure> {
        let prepared = connection.prepare_cached(statement.text.for_postgres()).await;
        Ok(Self { connection, prepared: prepared.map_err(|error| translate(&error))?, statement })
    }

    async fn queries(
        connection: &'a Object,
        asked: impl Iterator<Item = (&'a Statement<'a>, Map<Answer>)>,
    ) -> Result<Vec<(Self, Map<Answer>)>, Failure> {
        let mut queries = Vec::new();
        for (statement, map) in asked {
            queries.push((Self::new(connection, statement).await?, map));
        }
        Ok(queries)
    }

    async fn rows<T>(&self, map: Map<T>) -> Result<Vec<T>, Failure> {
        let rows = self.connection.query(&self.prepared, &bound(self.statement)).await;
        let rows = rows.map_err(|error| translate(&error))?;
        Ok(rows.iter().map(|row| map(&Row::Postgres(row))).collect::<Result<_, _>>()?)
    }

    async fn execute(&self) -> Result<u64, Failure> {
        let touched = self.connection.execute(&self.prepared, &bound(self.statement)).await;
        touched.map_err(|error| translate(&error))
    }
}

/// Runs futures together. Each is polled first in its place of the list, so that statements of one
/// connection are sent in this order, none waiting for the answer to another.
async fn in_order<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut outputs: Vec<Option<F::Output>> = futures.iter().map(|_| None).collect();
    let mut running: Vec<Pin<Box<F>>> = futures.into_iter().map(Box::pin).collect();
    std::future::poll_fn(|context| {
        let mut waiting = false;
        for (future, output) in running.iter_mut().zip(&mut outputs).filter(|(_, output)| output.is_none()) {
            match future.as_mut().poll(context) {
                Poll::Ready(ready) => *output = Some(ready),
                Poll::Pending => waiting = true,
            }
        }
        if waiting { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    outputs.into_iter().flatten().collect()
}

async fn answered<T>(connection: &Object, statement: &Statement<'_>, map: Map<T>) -> Result<Vec<T>, Failure> {
    Prepared::new(connection, statement).await?.rows(map).await
}

async fn executed(connection: &Object, statement: &Statement<'_>) -> Result<u64, Failure> {
    Prepared::new(connection, statement).await?.execute().await
}

async fn command(connection: &Object, text: &str) -> Result<(), Failure> {
    connection.batch_execute(text).await.map_err(|error| translate(&error))
}

fn bound<'a>(statement: &'a Statement<'_>) -> Vec<&'a (dyn ToSql + Sync)> {
    statement.values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

impl ToSql for Value<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Integer(number) if *kind == Type::INT8 => number.to_sql(kind, out),
            Value::Integer(_) => Err(format!("a whole number is bound as {kind}, not as bigint").into()),
            Value::Text(text) => text.as_ref().to_sql(kind, out),
            Value::Bytes(bytes) => bytes.as_ref().to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::INT8 | Type::TEXT | Type::BYTEA)
    }

    to_sql_checked!();
}

/// Why a statement failed.
#[derive(Debug)]
enum Failure {
    /// The server asks to run the transaction again.
    Repeat,
    Store(StoreError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Failure {
    fn into_error(self) -> StoreError {
        match self {
            Self::Repeat => StoreError::Busy,
            Self::Store(error) => error,
        }
    }

    fn ends_transaction(&self, connection: &Object) -> bool {
        matches!(self, Self::Repeat | Self::Store(StoreError::Unavailable { .. })) || connection.is_closed()
    }
}

fn translate(error: &tokio_postgres::Error) -> Failure {
    let Some(told) = error.as_db_error() else {
        let is_connection = error.is_closed()
            || error.source().is_some_and(|source| source.downcast_ref::<std::io::Error>().is_some());
        let reason = error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
        return Failure::Store(if is_connection {
            StoreError::Unavailable { reason }
        } else {
            StoreError::failed("talk to the database", reason)
        });
    };
    let code = told.code();
    if *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED {
        return Failure::Repeat;
    }
    Failure::Store(match code.code() {
        "53100" => StoreError::Full,
        "23505" => {
            StoreError::Taken { what: told.constraint().unwrap_or("a name that must be unique").to_owned() }
        }
        // Lock and statement timeouts.
        "55P03" | "57014" => StoreError::Busy,
        // The XX001 and XX002 of a damaged heap or index.
        "XX001" | "XX002" => StoreError::corrupt(told.message()),
        // Connection exceptions, lack of resources, operator intervention, trouble of the system.
        code if ["08", "53", "57", "58"].contains(&&code[..2]) || code == "25P03" => {
            StoreError::Unavailable { reason: told.message().to_owned() }
        }
        _ => StoreError::failed("use the database", told),
    })
}

async fn connect(pool: &Pool) -> Result<Object, StoreError> {
    pool.get().await.map_err(|error| match error {
        PoolError::Backend(error) => match translate(&error).into_error() {
            // Whatever keeps a connection from being made may be over in a while.
            StoreError::Failed { reason, .. } => StoreError::Unavailable { reason },
            error => error,
        },
        PoolError::Timeout(_) => StoreError::Busy,
        error => StoreError::Unavailable { reason: error.to_string() },
    })
}

fn ended() -> StoreError {
    StoreError::Unavailable { reason: "the database is closed".to_owned() }
}

/// Nodes that start together take turns by a row that one of them holds for at most a minute:
/// advisory locks succeed without locking anything on some servers.
const TAKE_LEASE: &str = "INSERT INTO schema_lease AS lease (one, held_until)
    VALUES (1, now() + interval '1 minute') ON CONFLICT (one) DO UPDATE
    SET held_until = excluded.held_until WHERE lease.held_until < now()";

async fn migrate(pool: &Pool) -> Result<(), StoreError> {
    let connection = connect(pool).await?;
    create_history(&connection).await?;
    loop {
        let taken = connection.execute(TAKE_LEASE, &[]).await;
        if taken.map_err(|error| translate(&error).into_error())? == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let result = apply(&connection).await;
    command(&connection, "DELETE FROM schema_lease").await.map_err(Failure::into_error)?;
    result
}

/// Two nodes that create the same table at once may collide even with IF NOT EXISTS; the one that
/// lost tries again.
async fn create_history(connection: &Object) -> Result<(), StoreError> {
    let mut tries = 0;
    loop {
        tries += 1;
        let created = command(
            connection,
            "CREATE TABLE IF NOT EXISTS schema_migrations (version BIGINT NOT NULL PRIMARY KEY,
             name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_at BIGINT NOT NULL);
             CREATE TABLE IF NOT EXISTS schema_lease (one BIGINT NOT NULL PRIMARY KEY,
             held_until TIMESTAMPTZ NOT NULL);",
        )
        .await;
        match created.map_err(Failure::into_error) {
            Err(StoreError::Taken { .. } | StoreError::Failed { .. } | StoreError::Busy) if tries < TRIES => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            result => return result,
        }
    }
}

async fn apply(connection: &Object) -> Result<(), StoreError> {
    let failed = |error: tokio_postgres::Error| translate(&error).into_error();
    let rows =
        connection.query("SELECT version, sha256 FROM schema_migrations", &[]).await.map_err(failed)?;
    let applied: Vec<Applied> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    for migration in outstanding(&applied, |migration| migration.postgres)? {
        let text = format!(
            "BEGIN; {}; INSERT INTO schema_migrations VALUES ({}, '{}', '{}',
             CAST(extract(epoch FROM now()) * 1000 AS BIGINT)); COMMIT",
            migration.postgres,
            migration.version,
            migration.name,
            checksum(migration.postgres)
        );
        if let Err(failure) = command(connection, &text).await {
            // The failure that matters is the first.
            let _ = command(connection, "ROLLBACK").await;
            return Err(failure.into_error());
        }
    }
    Ok(())
}
