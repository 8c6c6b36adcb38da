use crate::commit::{Answer, Counted, Writes, checks, count, counted, permit, writes};
use crate::database::CommitAnswers;
use crate::database::older::outlast;
use crate::database::sqlite::settle_file;
use crate::database::tls::{Address, servers};
use crate::database::together::Together;
use crate::error::StoreError;
use crate::migrate::{
    Applied, Found, IS_HALF_RESTORED, MARK_HALF_RESTORED, MIGRATIONS, Migration, NEWEST_STEP, checksum,
    outstanding,
};
use crate::scrub::Scrub;
use crate::sql::{Query, Row, Sql, Statement, Text, Value};
use crate::unit_of_work::{Change, Committed, UnitOfWork};
use async_recursion::async_recursion as boxed;
use calendar::Instant;
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime};
use futures_util::{FutureExt, SinkExt, StreamExt};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::error::Error;
use std::future::Future;
use std::io::{BufRead, Read, Seek, Write};
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

/// Where the server is.
#[derive(Clone, Debug)]
pub struct PostgresConfig {
    /// `postgres://USER@HOST:PORT/DATABASE`, or the `key=value` form. Encrypted, but to this machine itself, unless
    /// `sslmode` says otherwise; `sslrootcert` names the authorities to trust.
    pub url: String,
    /// Connections at most.
    pub pool_size: u32,
}

impl PostgresConfig {
    /// The names of the servers, without names and secrets of users; none where nothing leaves this machine.
    ///
    /// # Errors
    /// An address that cannot be read.
    pub fn servers(&self) -> Result<Vec<String>, StoreError> {
        servers(&self.url)
    }
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
        let Address { mut server, tls } = Address::read(&config.url)?;
        server.connect_timeout(WAIT);
        server.tcp_user_timeout(Duration::from_secs(20));
        server.application_name("entente");
        server.options(
            "-c synchronous_commit=on -c statement_timeout=60s -c lock_timeout=20s \
             -c idle_in_transaction_session_timeout=60s -c default_transaction_isolation=read\\ committed",
        );
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let pool = Pool::builder(Manager::from_config(server, tls, recycling))
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

    pub(crate) async fn query_all<Q: Together>(&self, queries: &Q) -> Result<Q::Rows, StoreError> {
        queries.ask(&Asking { connection: connect(&self.pool).await? }).await
    }

    #[boxed]
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

/// Tables that hold what somebody wrote or is known by.
const CLEANED: [&str; 36] = [
    "audit",
    "look",
    "team_member",
    "person_entry",
    "invitation",
    "person",
    "standing",
    "credential",
    "identity_link",
    "known_browser",
    "draft",
    "passkey",
    "session",
    "sign_in",
    "token_use",
    "idempotency",
    "ticket",
    "ticket_mark",
    "content",
    "file",
    "file_chunk",
    "outbox",
    "thread_key",
    "courtesy",
    "mail_count",
    "address_standing",
    "kept_letter",
    "source_letter",
    "scan",
    "webhook_delivery",
    "search_part",
    "entry",
    "entry_version",
    "letter",
    "account",
    "contract",
];

/// How much a table takes, in bytes, with its indexes and what it keeps apart.
const SIZE: &str = "SELECT coalesce(pg_total_relation_size(to_regclass($1)), 0)";

/// The tables among some that the role of this connection may not clean: the server only warns, and skips them.
const NOT_THEIRS: &str = "SELECT coalesce(string_agg(c.relname::text, ', ' ORDER BY c.relname), '') FROM pg_class c
    WHERE c.oid = ANY (SELECT to_regclass(name)::oid FROM unnest($1::text[]) AS name)
    AND NOT pg_has_role(c.relowner, 'USAGE')
    AND NOT EXISTS (SELECT 1 FROM pg_database d WHERE d.datname = current_database()
     AND pg_has_role(d.datdba, 'USAGE'))
    AND NOT EXISTS (SELECT 1 FROM pg_roles r WHERE r.rolname = 'pg_maintain' AND pg_has_role(r.oid, 'USAGE'))";

impl Postgres {
    /// Writes the tables that hold what people wrote anew, or removes their dead rows where they are too large for it, and
    /// the samples that the planner keeps of their values. First what began before has to end: the server would keep
    /// for it what it may still look at, and say nothing.
    pub(crate) async fn clean_pages(
        &self,
        how: Scrub,
        patience: Duration,
    ) -> Result<Vec<&'static str>, StoreError> {
        // A connection of its own: it waits longer than others may, and nobody gets it afterwards.
        let connection = Object::take(connect(&self.pool).await?);
        let run = async |text: &str| {
            connection.batch_execute(text).await.map_err(|error| translate(&error).into_error())
        };
        run("SET statement_timeout = 0").await?;
        let theirs = connection.query_one(NOT_THEIRS, &[&CLEANED.as_slice()]).await;
        let not_theirs: String = theirs.map_err(|error| translate(&error).into_error())?.get(0);
        if !not_theirs.is_empty() {
            let reason =
                format!("only the owner may clean {not_theirs}: run `entente privacy scrub` as the owner");
            return Err(StoreError::failed("clean the pages of the database", reason));
        }
        let anew_up_to = match how {
            Scrub::Online { anew_up_to } => {
                // Whoever comes after waits behind it.
                run("SET lock_timeout = '2s'").await?;
                anew_up_to
            }
            Scrub::Whole => i64::MAX,
        };
        let mut too_large = Vec::new();
        outlast(&connection, patience).await?;
        for table in CLEANED {
            let size = connection.query_one(SIZE, &[&table]).await;
            let size: i64 = size.map_err(|error| translate(&error).into_error())?.get(0);
            if size > anew_up_to {
                too_large.push(table);
                run(&format!("VACUUM (ANALYZE) {table}")).await?;
            } else {
                run(&format!("VACUUM (FULL, ANALYZE) {table}")).await?;
            }
        }
        // The samples of before went with those that were taken just now.
        outlast(&connection, patience).await?;
        run("VACUUM (FULL) pg_catalog.pg_statistic").await?;
        // Only some roles may ask for one; the next comes by itself.
        if let Err(error) = run("CHECKPOINT").await {
            tracing::info!(%error, "the server was not asked for a checkpoint");
        }
        Ok(too_large)
    }
}

/// Columns of the tables as a copy holds them; what the server computes itself is left out.
const COLUMNS: &str =
    "SELECT c.table_name, string_agg(quote_ident(c.column_name), ', ' ORDER BY c.ordinal_position)
    FROM information_schema.columns c
    JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
    WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER'
    AND c.table_name NOT IN ('schema_migrations', 'schema_lease')
    GROUP BY c.table_name ORDER BY c.table_name";
/// What a copy begins with; the step of the tables' history follows.
const MAGIC: &str = "entente-backup 1";

impl Postgres {
    /// Reads every table in one snapshot into a file: a line that names the table and its columns, its rows
    /// as the server copies them in pieces that bear their length, and at the end the digest of it all.
    pub(crate) async fn copy_into(&self, folder: &Path, stamp: &str) -> Result<PathBuf, StoreError> {
        let to = folder.join(format!("entente-{stamp}.backup"));
        let part = to.with_extension("part");
        let connection = Object::take(connect(&self.pool).await?);
        let failed = |error: tokio_postgres::Error| translate(&error).into_error();
        let lost = |error: std::io::Error| StoreError::failed("make a backup", error);
        connection
            .batch_execute("SET statement_timeout = 0; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            .await
            .map_err(failed)?;
        let step: i64 = connection
            .query_one("SELECT coalesce(max(version), 0) FROM schema_migrations", &[])
            .await
            .map_err(failed)?
            .get(0);
        let mut out = Digesting::create(&part).map_err(lost)?;
        out.write(format!("{MAGIC} {step}\n").as_bytes()).map_err(lost)?;
        for row in connection.query(COLUMNS, &[]).await.map_err(failed)? {
            let (table, columns): (String, String) = (row.get(0), row.get(1));
            out.write(format!("{table} {columns}\n").as_bytes()).map_err(lost)?;
            let text = format!("COPY {table} ({columns}) TO STDOUT (FORMAT binary)");
            let mut rows = Box::pin(connection.copy_out(&text).await.map_err(failed)?);
            while let Some(piece) = rows.next().await {
                let piece = piece.map_err(failed)?;
                let length =
                    u32::try_from(piece.len()).map_err(|error| StoreError::failed("make a backup", error))?;
                if length > 0 {
                    out.write(&length.to_be_bytes()).map_err(lost)?;
                    out.write(&piece).map_err(lost)?;
                }
            }
            out.write(&0_u32.to_be_bytes()).map_err(lost)?;
        }
        out.finish().map_err(lost)?;
        connection.batch_execute("COMMIT").await.map_err(failed)?;
        Copy::open(&part)?;
        settle_file(&part, &to, "make a backup")?;
        Ok(to)
    }
}

/// A file in the making, with the digest of what was written.
struct Digesting {
    file: std::io::BufWriter<std::fs::File>,
    digest: Sha256,
}

impl Digesting {
    fn create(path: &Path) -> std::io::Result<Self> {
        Ok(Self { file: std::io::BufWriter::new(std::fs::File::create(path)?), digest: Sha256::new() })
    }

    fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.digest.update(bytes);
        self.file.write_all(bytes)
    }

    fn finish(mut self) -> std::io::Result<()> {
        self.file.write_all(&self.digest.finalize())?;
        self.file.flush()
    }
}

/// A copy whose digest fits, read from its first table on.
struct Copy {
    file: std::io::BufReader<std::fs::File>,
    step: i64,
    left: u64,
}

impl Copy {
    fn open(path: &Path) -> Result<Self, StoreError> {
        let damaged = |why: &str| StoreError::corrupt(format!("the backup `{}`: {why}", path.display()));
        let unread = |error: std::io::Error| StoreError::failed("read a backup", error);
        let mut file = std::fs::File::open(path).map_err(unread)?;
        let whole = file.metadata().map_err(unread)?.len();
        let body = whole.checked_sub(32).ok_or_else(|| damaged("it is too short"))?;
        let mut digest = Sha256::new();
        let (mut seen, mut buffer) = (0, vec![0; 1 << 16]);
        while seen < body {
            let most = usize::try_from(body - seen).unwrap_or(usize::MAX).min(buffer.len());
            let read = file.read(&mut buffer[..most]).map_err(unread)?;
            if read == 0 {
                return Err(damaged("it is cut short"));
            }
            digest.update(&buffer[..read]);
            seen += read as u64;
        }
        let mut end = [0; 32];
        file.read_exact(&mut end).map_err(unread)?;
        if digest.finalize()[..] != end {
            return Err(damaged("it was altered or cut short"));
        }
        file.seek(std::io::SeekFrom::Start(0)).map_err(unread)?;
        let mut copy = Self { file: std::io::BufReader::new(file), step: 0, left: body };
        let first = copy.line()?.unwrap_or_default();
        let step = first.strip_prefix(MAGIC).and_then(|step| step.trim().parse().ok());
        copy.step = step.ok_or_else(|| damaged("it is none of this program"))?;
        Ok(copy)
    }

    /// The next line; none at the end.
    fn line(&mut self) -> Result<Option<String>, StoreError> {
        if self.left == 0 {
            return Ok(None);
        }
        let mut line = String::new();
        let read = self.file.read_line(&mut line);
        self.left -= read.map_err(|error| StoreError::failed("read a backup", error))? as u64;
        Ok(Some(line.trim_end().to_owned()))
    }

    /// The next piece of the table; none at its end.
    fn piece(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        let unread = |error: std::io::Error| StoreError::failed("read a backup", error);
        let mut length = [0; 4];
        self.file.read_exact(&mut length).map_err(unread)?;
        let length = u32::from_be_bytes(length);
        self.left = self.left.saturating_sub(4 + u64::from(length));
        if length == 0 {
            return Ok(None);
        }
        let mut piece = vec![0; length as usize];
        self.file.read_exact(&mut piece).map_err(unread)?;
        Ok(Some(piece))
    }
}

/// Fills an empty database from a copy: its tables are made as they stood then, and brought up to date
/// when the store is opened.
pub(crate) async fn restore(from: &Path, config: &PostgresConfig) -> Result<(), StoreError> {
    let mut copy = Copy::open(from)?;
    let Address { server, tls } = Address::read(&config.url)?;
    let (client, connection) = server.connect(tls).await.map_err(|error| translate(&error).into_error())?;
    let talking = tokio::spawn(connection);
    let result = fill(&client, &mut copy).await;
    drop(client);
    let _ = talking.await;
    result
}

/// A database of a server as it is found; nothing of it is changed.
pub(crate) async fn found(config: &PostgresConfig) -> Result<Found, StoreError> {
    let Address { mut server, tls } = Address::read(&config.url)?;
    server.connect_timeout(WAIT);
    let (client, connection) = server.connect(tls).await.map_err(|error| translate(&error).into_error())?;
    let talking = tokio::spawn(connection);
    let result = look(&client).await;
    drop(client);
    let _ = talking.await;
    result
}

async fn look(client: &Client) -> Result<Found, StoreError> {
    let failed = |error: tokio_postgres::Error| translate(&error).into_error();
    let clock = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)";
    let clock = client.query_one(clock, &[]).await.map_err(failed)?.get(0);
    let clock = Some(Instant::from_milliseconds(clock));
    if !has_history(client).await? {
        return Ok(Found { clock, ..Found::default() });
    }
    let step: Option<i64> = client.query_one(NEWEST_STEP, &[]).await.map_err(failed)?.get(0);
    let is_half_restored = match step {
        Some(_) => client.query_one(IS_HALF_RESTORED, &[]).await.map_err(failed)?.get::<_, i64>(0) > 0,
        None => false,
    };
    Ok(Found { step, clock, is_half_restored })
}

async fn fill(client: &Client, copy: &mut Copy) -> Result<(), StoreError> {
    let failed = |error: tokio_postgres::Error| translate(&error).into_error();
    let tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema()";
    let tables: i64 = client.query_one(tables, &[]).await.map_err(failed)?.get(0);
    if tables > 0 {
        return Err(StoreError::Taken { what: "the database that is to be filled".to_owned() });
    }
    if MIGRATIONS.iter().all(|migration| migration.version != copy.step) {
        return Err(StoreError::failed("restore the database", "the backup is of a newer program"));
    }
    client.batch_execute("BEGIN").await.map_err(failed)?;
    client.batch_execute(HISTORY).await.map_err(failed)?;
    for migration in MIGRATIONS.iter().filter(|migration| migration.version <= copy.step) {
        client.batch_execute(migration.postgres).await.map_err(failed)?;
        client.batch_execute(&noted(migration)).await.map_err(failed)?;
    }
    while let Some(line) = copy.line()? {
        let (table, columns) =
            line.split_once(' ').ok_or_else(|| StoreError::corrupt("a table of the backup has no name"))?;
        client.batch_execute(&format!("DELETE FROM {table}")).await.map_err(failed)?;
        let text = format!("COPY {table} ({columns}) FROM STDIN (FORMAT binary)");
        let mut sink = Box::pin(client.copy_in::<_, std::io::Cursor<Vec<u8>>>(&text).await.map_err(failed)?);
        while let Some(piece) = copy.piece()? {
            sink.send(std::io::Cursor::new(piece)).await.map_err(failed)?;
        }
        sink.as_mut().finish().await.map_err(failed)?;
    }
    client.batch_execute(MARK_HALF_RESTORED).await.map_err(failed)?;
    client.batch_execute("COMMIT").await.map_err(failed)
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
        touched.push(statement.touched(rows.map_err(|error| translate(&error))?)?);
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
        // A unit that panics takes its batch down, and not the writing of all that come after.
        let committed = AssertUnwindSafe(commit_once(&connection, units)).catch_unwind().await;
        let panicked = |_| Err(Failure::Store(StoreError::failed("commit", "it panicked")));
        match committed.unwrap_or_else(panicked) {
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

/// Takes a provider's counter row, whose values stay. A mere lock of the transaction would be kept beside the change that
/// each unit makes in its savepoint, for which the server notes all who hold the row each time.
static TAKE_TURN: Sql = Sql::new("UPDATE desk_counter SET position = position WHERE provider = $1");

/// Takes the counter rows of all providers of a batch before anything else of it, and in one order: nodes that took them
/// as their units come, each behind its request, would wait for one another in a circle.
async fn commit_once(connection: &Object, units: &[&UnitOfWork]) -> Result<CommitAnswers, Failure> {
    let providers: BTreeSet<&str> = units.iter().map(|unit| unit.provider.as_str()).collect();
    let turn = |provider: &str| Statement::new(&TAKE_TURN, vec![Value::text(provider.to_owned())]);
    let turns: Vec<Statement<'_>> = providers.into_iter().map(turn).collect();
    let mut prepared = Vec::with_capacity(turns.len());
    for turn in &turns {
        prepared.push(Prepared::new(connection, turn).await?);
    }
    let turns = prepared.iter().map(Prepared::execute).collect();
    let (begun, taken) = tokio::join!(biased; command(connection, "BEGIN"), in_order(turns));
    begun?;
    for turn in taken {
        turn?;
    }
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
    let Writes { statements, indexed, committed, change } = writes(unit, before, counter)?;
    let mut prepared = Vec::with_capacity(statements.len() + indexed.len());
    for statement in statements.iter().chain(&indexed) {
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
pub(super) struct Prepared<'a> {
    connection: &'a Object,
    prepared: tokio_postgres::Statement,
    statement: &'a Statement<'a>,
}

/// Statements that a connection knows at most, beside those that are in use: all of the program's own, and shapes of
/// lists and searches, of which there is no end. Beyond them it begins anew.
const KNOWN_AT_MOST: usize = 512;

impl<'a> Prepared<'a> {
    #[boxed]
    async fn new(connection: &'a Object, statement: &'a Statement<'a>) -> Result<Self, Failure> {
        if matches!(statement.text, Text::Built(_)) && connection.statement_cache.size() >= KNOWN_AT_MOST {
            connection.statement_cache.clear();
        }
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
        let rows = self.answers().await?;
        Ok(rows.iter().map(|row| map(&Row::Postgres(row))).collect::<Result<_, _>>()?)
    }

    #[boxed]
    async fn answers(&self) -> Result<Vec<tokio_postgres::Row>, Failure> {
        let rows = self.connection.query(&self.prepared, &bound(self.statement)).await;
        rows.map_err(|error| translate(&error))
    }

    #[boxed]
    async fn execute(&self) -> Result<u64, Failure> {
        let touched = self.connection.execute(&self.prepared, &bound(self.statement)).await;
        touched.map_err(|error| translate(&error))
    }
}

/// A connection on which several queries are asked together.
pub(crate) struct Asking {
    connection: Object,
}

impl Asking {
    pub(super) async fn prepare<'a, T>(&'a self, query: &'a Query<T>) -> Result<Prepared<'a>, StoreError> {
        Prepared::new(&self.connection, &query.statement).await.map_err(Failure::into_error)
    }

    pub(super) async fn rows<T>(
        &self,
        prepared: &Prepared<'_>,
        query: &Query<T>,
    ) -> Result<Vec<T>, StoreError> {
        prepared.rows(query.map).await.map_err(Failure::into_error)
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
    let rows = Prepared::new(connection, statement).await?.execute().await?;
    Ok(statement.touched(rows)?)
}

async fn command(connection: &Client, text: &str) -> Result<(), Failure> {
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
pub(super) enum Failure {
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
    pub(super) fn into_error(self) -> StoreError {
        match self {
            Self::Repeat => StoreError::Busy,
            Self::Store(error) => error,
        }
    }

    fn ends_transaction(&self, connection: &Object) -> bool {
        matches!(self, Self::Repeat | Self::Store(StoreError::Unavailable { .. })) || connection.is_closed()
    }
}

pub(super) fn translate(error: &tokio_postgres::Error) -> Failure {
    let Some(told) = error.as_db_error() else {
        let is_connection = error.is_closed()
            || error.source().is_some_and(|source| source.downcast_ref::<std::io::Error>().is_some());
        let reason = error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
        // The client's own words, without a type to tell it by.
        let reason = if reason.ends_with("server does not support TLS") {
            format!(
                "{reason}; `sslmode=disable` in its address goes without, where the network between is trusted"
            )
        } else {
            reason
        };
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

#[boxed]
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

/// Nodes that start together take turns by a row that one of them holds for at most a minute, and locks
/// as long as a step takes: advisory locks succeed without locking anything on some servers.
const TAKE_LEASE: &str = "INSERT INTO schema_lease AS lease (one, held_until)
    VALUES (1, now() + interval '1 minute') ON CONFLICT (one) DO UPDATE
    SET held_until = excluded.held_until WHERE lease.held_until < now()";
/// Before a step it locks the row, so that nobody else takes it meanwhile; after it, the minute begins anew.
const RENEW_LEASE: &str = "UPDATE schema_lease SET held_until = clock_timestamp() + interval '1 minute'";

async fn migrate(pool: &Pool) -> Result<(), StoreError> {
    let connection = connect(pool).await?;
    if is_up_to_date(&connection).await? {
        // A role that owns no table may use them, and needs to make none.
        return Ok(());
    }
    // A connection of its own: a step may take long, or wait long for a table, and nobody gets it afterwards.
    let connection = Object::take(connection);
    let unbounded = command(&connection, "SET statement_timeout = 0; SET lock_timeout = 0");
    unbounded.await.map_err(Failure::into_error)?;
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

const HISTORY: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (version BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_at BIGINT NOT NULL);
    CREATE TABLE IF NOT EXISTS schema_lease (one BIGINT NOT NULL PRIMARY KEY,
    held_until TIMESTAMPTZ NOT NULL);";

/// The statement that notes a step as applied.
fn noted(migration: &Migration) -> String {
    format!(
        "INSERT INTO schema_migrations VALUES ({}, '{}', '{}',
         CAST(extract(epoch FROM now()) * 1000 AS BIGINT))",
        migration.version,
        migration.name,
        checksum(migration.postgres)
    )
}

/// Two nodes that create the same table at once may collide even with IF NOT EXISTS; the one that
/// lost tries again.
async fn create_history(connection: &Client) -> Result<(), StoreError> {
    let mut tries = 0;
    loop {
        tries += 1;
        let created = command(connection, HISTORY).await;
        match created.map_err(Failure::into_error) {
            Err(StoreError::Taken { .. } | StoreError::Failed { .. } | StoreError::Busy) if tries < TRIES => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            result => return result,
        }
    }
}

/// Whether every step was applied, as far as it can be seen without writing.
/// Whether tables of this program were ever made there.
async fn has_history(connection: &Client) -> Result<bool, StoreError> {
    let known = "SELECT to_regclass('schema_migrations') IS NOT NULL";
    let row = connection.query_one(known, &[]).await.map_err(|error| translate(&error).into_error())?;
    Ok(row.get(0))
}

async fn is_up_to_date(connection: &Client) -> Result<bool, StoreError> {
    let failed = |error: tokio_postgres::Error| translate(&error).into_error();
    if !has_history(connection).await? {
        return Ok(false);
    }
    let rows =
        connection.query("SELECT version, sha256 FROM schema_migrations", &[]).await.map_err(failed)?;
    let applied: Vec<Applied> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    Ok(outstanding(&applied, |migration| migration.postgres)?.is_empty())
}

/// Tables to which the application's role may only add.
const KEPT: [&str; 5] = ["log", "audit", "look", "checkpoint", "entry_version"];

impl Postgres {
    /// Gives a role what the application needs and no more: it changes nothing that is kept as proof, and
    /// makes, empties and drops no table.
    pub(crate) async fn grant(&self, role: &str) -> Result<(), StoreError> {
        let is_name =
            !role.is_empty() && role.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'_');
        if !is_name {
            return Err(StoreError::failed("grant rights", "a role is letters, digits and underscores"));
        }
        let mut text = format!(
            "BEGIN; REVOKE ALL ON ALL TABLES IN SCHEMA public FROM \"{role}\";
             GRANT USAGE ON SCHEMA public TO \"{role}\";
             GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO \"{role}\";
             REVOKE INSERT, UPDATE, DELETE ON schema_migrations FROM \"{role}\";"
        );
        for table in KEPT {
            text += &format!("REVOKE UPDATE, DELETE ON {table} FROM \"{role}\";");
        }
        // What an erasure takes out of the journal, a function takes with the rights of the owner. Out of looks it takes the
        // network, and nothing else; that it was done is only ever noted.
        text += &format!(
            "GRANT UPDATE (network) ON look TO \"{role}\";
             REVOKE UPDATE, DELETE ON erasure FROM \"{role}\";
             GRANT UPDATE (done_at, scrubbed_at, extent) ON erasure TO \"{role}\";
             REVOKE UPDATE, DELETE ON account_erasure FROM \"{role}\";
             GRANT UPDATE (done_at, scrubbed_at, certificate) ON account_erasure TO \"{role}\"; COMMIT"
        );
        let connection = Object::take(connect(&self.pool).await?);
        connection.batch_execute(&text).await.map_err(|error| translate(&error).into_error())
    }
}

async fn apply(connection: &Client) -> Result<(), StoreError> {
    let failed = |error: tokio_postgres::Error| translate(&error).into_error();
    let rows =
        connection.query("SELECT version, sha256 FROM schema_migrations", &[]).await.map_err(failed)?;
    let applied: Vec<Applied> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    for migration in outstanding(&applied, |migration| migration.postgres)? {
        let text = format!(
            "BEGIN; {RENEW_LEASE}; {}; {}; {RENEW_LEASE}; COMMIT",
            migration.postgres,
            noted(migration)
        );
        if let Err(failure) = command(connection, &text).await {
            // The failure that matters is the first.
            let _ = command(connection, "ROLLBACK").await;
            return Err(failure.into_error());
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::{KNOWN_AT_MOST, Postgres, PostgresConfig};
    use crate::composed::{Composed, sql};
    use crate::sql::{Query, Statement};

    #[tokio::test(flavor = "multi_thread")]
    async fn a_connection_knows_a_bounded_number_of_statements() {
        let url = harness::Postgres::shared().fresh_database();
        let postgres = Postgres::open(&PostgresConfig { url, pool_size: 2 }).await.unwrap();
        let asked = async |text: Composed| {
            let query: Query<i64> =
                Query { statement: Statement::built(text, Vec::new()), map: |row| row.integer(0) };
            postgres.query(&query).await.unwrap()
        };
        for shape in 0..KNOWN_AT_MOST + 100 {
            assert_eq!(asked(sql!("SELECT CAST({} AS BIGINT)", shape)).await, [shape as i64]);
        }
        // One after another, they were all asked on one connection.
        let known = asked(sql!("SELECT count(*) FROM pg_prepared_statements")).await[0];
        assert!((50..=KNOWN_AT_MOST as i64).contains(&known), "{known}");
    }
}
