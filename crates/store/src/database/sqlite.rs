use crate::commit::{Writes, checks, count, counted, permit, writes};
use crate::database::CommitAnswers;
use crate::error::StoreError;
use crate::migrate::{
    Applied, Found, IS_HALF_RESTORED, MARK_HALF_RESTORED, NEWEST_STEP, checksum, outstanding,
};
use crate::sql::{Query, Row, Statement, Value};
use crate::unit_of_work::{Change, Committed, UnitOfWork};
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{Semaphore, oneshot};

/// Where the file is, and how much memory its connections take.
#[derive(Clone, Debug)]
pub struct SqliteConfig {
    /// The database file; two more stand beside it while it is open.
    pub path: PathBuf,
    /// Page cache of each connection, KiB: one writes, `readers` and `leisure_readers` read.
    pub cache_kib: u32,
    /// Bytes of the file mapped into memory. They count as memory of the process: 0 leaves caching
    /// to the kernel.
    pub mmap_bytes: u64,
    /// Connections for short reads: one more than threads that ask, so that none waits for another.
    pub readers: u32,
    /// Connections for reads that may take long. They are apart, so that a short read waits for none of them.
    pub leisure_readers: u32,
    /// Most pages of 4 KiB that the file may have; none for no limit but the disk's.
    pub max_pages: Option<u32>,
}

impl SqliteConfig {
    /// A file with caches that keep the whole process small.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            cache_kib: 1024,
            mmap_bytes: 0,
            readers: 3,
            leisure_readers: 2,
            max_pages: None,
        }
    }
}

/// One thread owns the only connection that writes; a job is answered only after the transaction that
/// holds it is on the disk. Reads run where they are asked: most take a few microseconds, less than
/// handing them to another thread would; what may take longer is read at leisure.
#[derive(Debug)]
pub(crate) struct Sqlite {
    /// None only while being dropped: closing the queue ends the thread.
    writer: Option<SyncSender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
    readers: Readers,
    leisure: Arc<Readers>,
    /// One for each connection of `leisure`: who reads at leisure waits here, and holds no thread up.
    leisure_turns: Arc<Semaphore>,
    path: PathBuf,
}

/// Connections that read.
#[derive(Debug)]
struct Readers {
    connections: Vec<Mutex<Connection>>,
    next: AtomicUsize,
}

impl Readers {
    fn open(config: &SqliteConfig, count: u32) -> Result<Self, StoreError> {
        let mut connections = Vec::new();
        for _ in 0..count.max(1) {
            let reading = connect(config, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            reading
                .execute_batch("PRAGMA query_only = ON")
                .map_err(|error| translate("open the database", &error))?;
            connections.push(Mutex::new(reading));
        }
        Ok(Self { connections, next: AtomicUsize::new(0) })
    }

    /// Reads on a connection that is free; waits for one when none is.
    fn read<T>(&self, work: impl FnOnce(&Reader<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let free = self.connections.iter().find_map(|connection| connection.try_lock().ok());
        let connection = free.unwrap_or_else(|| {
            let place = self.next.fetch_add(1, Ordering::Relaxed) % self.connections.len();
            self.connections[place].lock().unwrap_or_else(PoisonError::into_inner)
        });
        guarded(|| work(&Reader { connection: &connection }))
    }
}

/// Jobs that may wait for the writer.
const QUEUE_LENGTH: usize = 1024;
/// Jobs that share one transaction at most: more would only make the first wait longer.
const BATCH_LENGTH: usize = 128;

impl Sqlite {
    pub(crate) fn open(config: &SqliteConfig) -> Result<Self, StoreError> {
        let writing = connect(config, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        prepare_writer(&writing, config).map_err(|error| translate("open the database", &error))?;
        migrate(&writing)?;
        let (writer, jobs) = sync_channel(QUEUE_LENGTH);
        let thread = spawn("store-writer", move || write_jobs(&writing, &jobs))?;
        let readers = Readers::open(config, config.readers)?;
        let leisure = Readers::open(config, config.leisure_readers)?;
        let leisure_turns = Arc::new(Semaphore::new(leisure.connections.len()));
        Ok(Self {
            writer: Some(writer),
            thread: Some(thread),
            readers,
            leisure: Arc::new(leisure),
            leisure_turns,
            path: config.path.clone(),
        })
    }

    /// Runs a short read here and now.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Reader<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.readers.read(work)
    }

    /// Runs a read that may take long on a thread that may wait, once one of the connections for such reads is free.
    pub(crate) async fn read_at_leisure<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Reader<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let turn = Arc::clone(&self.leisure_turns).acquire_owned().await.map_err(|_| ended())?;
        let leisure = Arc::clone(&self.leisure);
        let read = tokio::task::spawn_blocking(move || {
            // Whoever asked may go away: the turn ends with the read.
            let _turn = turn;
            leisure.read(work)
        });
        read.await.unwrap_or_else(|_| Err(ended()))
    }

    /// Runs a write in the next transaction. It may be run again when that one has to be repeated,
    /// so it must not keep anything between runs.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&Writer<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job = Deed { work, outcome: Outcome::Open, reply };
        enqueue(self.writer()?, Box::new(job))?;
        answer.await.unwrap_or_else(|_| Err(ended()))
    }

    pub(crate) async fn commit(&self, units: Vec<UnitOfWork>) -> Result<CommitAnswers, StoreError> {
        let (reply, answer) = oneshot::channel();
        let outcomes = units.iter().map(|_| Outcome::Open).collect();
        enqueue(self.writer()?, Box::new(Commits { units, outcomes, reply }))?;
        answer.await.map_err(|_| ended())
    }

    /// Writes the whole file anew, so that no page of it holds what was erased, and empties the
    /// write-ahead log. Whatever else is to be written waits meanwhile.
    pub(crate) async fn clean_pages(&self) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        enqueue(self.writer()?, Box::new(Cleaning { outcome: Outcome::Open, reply }))?;
        answer.await.unwrap_or_else(|_| Err(ended()))
    }

    /// Copies the database into a folder, from one snapshot; nobody waits.
    pub(crate) async fn copy_into(&self, folder: &Path, stamp: &str) -> Result<PathBuf, StoreError> {
        let (from, to) = (self.path.clone(), folder.join(format!("entente-{stamp}.sqlite")));
        let copied =
            tokio::task::spawn_blocking(move || copy(&from, &to, "make a backup").map(|()| to)).await;
        copied.map_err(|error| StoreError::failed("make a backup", error))?
    }

    fn writer(&self) -> Result<&SyncSender<Box<dyn Job>>, StoreError> {
        self.writer.as_ref().ok_or_else(ended)
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        self.writer = None;
        if let Some(thread) = self.thread.take() {
            // A job's panic is caught where it runs; a thread that died otherwise has been heard.
            let _ = thread.join();
        }
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|error| StoreError::failed("start a thread of the database", error))
}

fn enqueue<T>(queue: &SyncSender<T>, job: T) -> Result<(), StoreError> {
    queue.try_send(job).map_err(|error| match error {
        TrySendError::Full(_) => StoreError::Busy,
        TrySendError::Disconnected(_) => ended(),
    })
}

fn ended() -> StoreError {
    StoreError::Unavailable { reason: "the database is closed".to_owned() }
}

/// Work of the writer: one part or several, each of which stands or falls alone.
trait Job: Send {
    /// Runs every part that has no final outcome yet. Returns early when the transaction cannot go
    /// on: the engine has given it up, and the part that was running keeps its failure for good, or a
    /// part failed halfway and only a transaction with savepoints can go on without it.
    fn run(&mut self, writer: &Writer<'_>);
    /// Gives all parts without a final outcome this failure.
    fn fail(&mut self, error: &StoreError);
    /// Whether it runs by itself, outside of every transaction.
    fn runs_alone(&self) -> bool {
        false
    }
    /// Tells whoever waits.
    fn answer(self: Box<Self>);
}

enum Outcome<T> {
    Open,
    Ran(Result<T, StoreError>),
    Final(StoreError),
}

impl<T> Outcome<T> {
    /// Runs the part unless its outcome is final.
    fn run(&mut self, writer: &Writer<'_>, work: impl FnOnce(&Writer<'_>) -> Result<T, StoreError>) {
        if matches!(self, Self::Final(_)) {
            return;
        }
        let result = writer.part(work);
        *self = match result {
            Err(error) if writer.has_lost_transaction() => Self::Final(error),
            result => Self::Ran(result),
        };
    }

    fn fail(&mut self, error: &StoreError) {
        // A part that was refused for a reason of its own keeps that reason.
        if !matches!(self, Self::Final(_) | Self::Ran(Err(_))) {
            *self = Self::Final(error.clone());
        }
    }

    fn result(self) -> Result<T, StoreError> {
        match self {
            Self::Ran(result) => result,
            Self::Final(error) => Err(error),
            Self::Open => Err(ended()),
        }
    }
}

struct Deed<F, T> {
    work: F,
    outcome: Outcome<T>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<F: Fn(&Writer<'_>) -> Result<T, StoreError> + Send, T: Send> Job for Deed<F, T> {
    fn run(&mut self, writer: &Writer<'_>) {
        self.outcome.run(writer, |writer| {
            writer.write_index()?;
            (self.work)(writer)
        });
    }

    fn fail(&mut self, error: &StoreError) {
        self.outcome.fail(error);
    }

    fn answer(self: Box<Self>) {
        let _ = self.reply.send(self.outcome.result());
    }
}

struct Commits {
    units: Vec<UnitOfWork>,
    outcomes: Vec<Outcome<(Committed, Change)>>,
    reply: oneshot::Sender<CommitAnswers>,
}

impl Job for Commits {
    fn run(&mut self, writer: &Writer<'_>) {
        for (unit, outcome) in self.units.iter().zip(&mut self.outcomes) {
            outcome.run(writer, |writer| writer.commit(unit));
            if !writer.may_go_on() {
                return;
            }
        }
    }

    fn fail(&mut self, error: &StoreError) {
        for outcome in &mut self.outcomes {
            outcome.fail(error);
        }
    }

    fn answer(self: Box<Self>) {
        let _ = self.reply.send(self.outcomes.into_iter().map(Outcome::result).collect());
    }
}

struct Cleaning {
    outcome: Outcome<()>,
    reply: oneshot::Sender<Result<(), StoreError>>,
}

impl Job for Cleaning {
    fn run(&mut self, writer: &Writer<'_>) {
        self.outcome = Outcome::Ran(guarded(|| clean_pages(writer.connection)));
    }

    fn fail(&mut self, error: &StoreError) {
        self.outcome.fail(error);
    }

    fn runs_alone(&self) -> bool {
        true
    }

    fn answer(self: Box<Self>) {
        let _ = self.reply.send(self.outcome.result());
    }
}

/// How long a transaction waits for the next of those who wrote together before: one that is written for several costs
/// the disk, and each page that they share, once. Whoever writes alone never waits.
const COMPANY_WITHIN: Duration = Duration::from_micros(400);

fn write_jobs(connection: &Connection, jobs: &Receiver<Box<dyn Job>>) {
    let mut writer = Writer {
        connection,
        is_careful: false,
        has_failed_halfway: Cell::new(false),
        indexed: RefCell::default(),
    };
    let mut next = None;
    // How many wrote together of late: as many are waited for, while they keep coming.
    let mut company = 1;
    while let Some(mut first) = next.take().or_else(|| jobs.recv().ok()) {
        if first.runs_alone() {
            first.run(&writer);
            first.answer();
            continue;
        }
        let mut batch = vec![first];
        let mut count = 1;
        let mut more = || {
            // Nothing is taken any more once a job came that runs alone.
            if next.is_some() {
                return None;
            }
            let job = match jobs.try_recv() {
                Ok(job) => job,
                Err(_) if count < company => jobs.recv_timeout(COMPANY_WITHIN).ok()?,
                Err(_) => return None,
            };
            count += 1;
            if job.runs_alone() {
                next = Some(job);
                return None;
            }
            Some(job)
        };
        writer.carry_out(&mut batch, &mut more);
        company = batch.len().max((company + batch.len()) / 2);
        for job in batch {
            job.answer();
        }
    }
}

/// Copies a database that is in use, or was when its program ended, and reads the copy back before it gets its name.
fn copy(from: &Path, to: &Path, attempt: &str) -> Result<(), StoreError> {
    let part = copy_part(from, to, attempt)?;
    settle_file(&part, to, attempt)
}

/// The same without its name yet: it lies beside the place that it is for.
fn copy_part(from: &Path, to: &Path, attempt: &str) -> Result<PathBuf, StoreError> {
    let failed = |error| translate(attempt, &error);
    let part = to.with_extension("part");
    let _ = std::fs::remove_file(&part);
    let source = Connection::open_with_flags(
        from,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(failed)?;
    source.busy_timeout(Duration::from_secs(5)).map_err(failed)?;
    source.execute("VACUUM INTO ?1", [part.to_string_lossy()]).map_err(failed)?;
    drop(source);
    check(&part)?;
    Ok(part)
}

/// Makes a database file out of a copy, where none lies. It has its name once it is marked as half restored.
pub(crate) fn restore(from: &Path, to: &Path) -> Result<(), StoreError> {
    const ATTEMPT: &str = "restore the database";
    // A journal that was left there would be written into what is restored.
    let journals = ["-wal", "-journal"].map(|end| PathBuf::from(format!("{}{end}", to.display())));
    let mut places = std::iter::once(to).chain(journals.iter().map(PathBuf::as_path));
    if let Some(taken) = places.find(|path| path.exists()) {
        return Err(StoreError::Taken { what: format!("`{}`", taken.display()) });
    }
    check(from)?;
    let part = copy_part(from, to, ATTEMPT)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(&part, flags)
        .and_then(|restored| restored.execute_batch(MARK_HALF_RESTORED))
        .map_err(|error| translate(ATTEMPT, &error))?;
    close_journal(&part)?;
    settle_file(&part, to, ATTEMPT)
}

/// Writes what stands in the journal of a file into the file and removes the journal, so that the file is whole by
/// itself, as long as nobody opens it.
pub(crate) fn close_journal(path: &Path) -> Result<(), StoreError> {
    let failed = |error| translate("close the journal of the database", &error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(Duration::from_secs(5)).map_err(failed)?;
    // The engine does it for a connection that is alone, and refuses it to every other.
    let mode: String =
        connection.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0)).map_err(failed)?;
    if mode == "delete" { Ok(()) } else { Err(StoreError::Busy) }
}

/// A file as it is found; nothing of it is changed, and none is made.
pub(crate) fn found(path: &Path) -> Result<Found, StoreError> {
    let failed = |error| translate("look at the database", &error);
    if !path.exists() {
        return Ok(Found::default());
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(Duration::from_secs(5)).map_err(failed)?;
    let known = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'";
    if connection.query_row(known, [], |row| row.get::<_, i64>(0)).map_err(failed)? == 0 {
        return Ok(Found::default());
    }
    let step: Option<i64> = connection.query_row(NEWEST_STEP, [], |row| row.get(0)).map_err(failed)?;
    let is_half_restored = match step {
        Some(_) => {
            connection.query_row(IS_HALF_RESTORED, [], |row| row.get::<_, i64>(0)).map_err(failed)? > 0
        }
        None => false,
    };
    Ok(Found { step, clock: None, is_half_restored })
}

/// Whether a file is a whole database of this program.
pub(crate) fn check(path: &Path) -> Result<(), StoreError> {
    let failed = |error| translate("read a backup", &error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let copy = Connection::open_with_flags(path, flags).map_err(failed)?;
    let said: String = copy.query_row("PRAGMA integrity_check", [], |row| row.get(0)).map_err(failed)?;
    if said != "ok" {
        return Err(StoreError::corrupt(format!("the backup `{}`: {said}", path.display())));
    }
    copy.query_row("SELECT count(*) FROM schema_migrations", [], |row| row.get::<_, i64>(0))
        .map(drop)
        .map_err(|_| StoreError::corrupt(format!("`{}` is no database of this program", path.display())))
}

/// Gives a file its name once its bytes are on the disk.
pub(crate) fn settle_file(part: &Path, to: &Path, attempt: &str) -> Result<(), StoreError> {
    let settled = || {
        std::fs::File::open(part)?.sync_all()?;
        std::fs::rename(part, to)?;
        match to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            Some(folder) => std::fs::File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    };
    settled().map_err(|error| StoreError::failed(attempt, error))
}

/// Tries to empty the write-ahead log while somebody reads an older state of it.
const CHECKPOINT_TRIES: u32 = 50;

fn clean_pages(connection: &Connection) -> Result<(), StoreError> {
    let failed = |error| translate("clean the pages of what was erased", &error);
    // What was deleted from the index of words leaves its pages when they are merged.
    connection.execute_batch("INSERT INTO search_part (search_part) VALUES ('optimize')").map_err(failed)?;
    // The copy is made in a file, not in memory: it is as large as all that is stored.
    connection.execute_batch("PRAGMA temp_store = FILE").map_err(failed)?;
    let vacuumed = connection.execute_batch("VACUUM").map_err(failed);
    connection.execute_batch("PRAGMA temp_store = MEMORY").map_err(failed)?;
    vacuumed?;
    for _ in 0..CHECKPOINT_TRIES {
        let busy: i64 =
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).map_err(failed)?;
        if busy == 0 {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Err(StoreError::Busy)
}

fn guarded<T>(work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let reason = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        Err(StoreError::failed("carry out a job of the database", format!("it panicked: {reason}")))
    })
}

/// A connection that only reads.
pub(crate) struct Reader<'c> {
    connection: &'c Connection,
}

impl Reader<'_> {
    pub(crate) fn rows<T>(&self, query: &Query<T>) -> Result<Vec<T>, StoreError> {
        rows(self.connection, &query.statement, query.map)
    }

    /// Runs several reads that see the same state.
    pub(crate) fn in_snapshot<T>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        command(self.connection, "BEGIN DEFERRED")?;
        let result = guarded(|| work(self));
        command(self.connection, "COMMIT")?;
        result
    }
}

/// The connection that writes, inside a transaction.
///
/// A transaction begins in the hope that no part of it fails: a savepoint for each would copy every page
/// that several touch. Most parts that fail do so before they wrote anything, and harm nobody. After one
/// that failed halfway the transaction is begun anew with savepoints.
pub(crate) struct Writer<'c> {
    connection: &'c Connection,
    is_careful: bool,
    has_failed_halfway: Cell<bool>,
    /// What the index of words is still to be told. It keeps words in memory, and sorts them into its
    /// tree whenever another statement may have to be undone: told last, it does so once.
    indexed: RefCell<Vec<Statement<'static>>>,
}

impl Writer<'_> {
    pub(crate) fn rows<T>(&self, query: &Query<T>) -> Result<Vec<T>, StoreError> {
        rows(self.connection, &query.statement, query.map)
    }

    pub(crate) fn execute(&self, statement: &Statement<'_>) -> Result<u64, StoreError> {
        execute(self.connection, statement)
    }

    /// Fills with zeros what is deleted meanwhile.
    pub(crate) fn overwriting<T>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let switch = |text| {
            self.connection
                .query_row(text, [], |_| Ok(()))
                .map_err(|error| translate("prepare an erasure", &error))
        };
        switch("PRAGMA secure_delete = ON")?;
        let result = guarded(|| work(self));
        // The index of words keeps what is to be deleted in memory until a savepoint.
        command(self.connection, "SAVEPOINT erased")?;
        command(self.connection, "RELEASE erased")?;
        switch("PRAGMA secure_delete = OFF")?;
        result
    }

    fn commit(&self, unit: &UnitOfWork) -> Result<(Committed, Change), StoreError> {
        let mut answers = Vec::with_capacity(4);
        for asked in checks(unit) {
            answers.extend(rows(self.connection, &asked.statement, asked.map)?);
        }
        let before = permit(unit, answers)?;
        let counter = rows(self.connection, &count(unit, before.as_ref()), counted)?;
        let Writes { statements, indexed, committed, change } =
            writes(unit, before, counter.into_iter().next())?;
        if unit.erases() {
            self.write_index()?;
        }
        for statement in &statements {
            self.execute(statement).map_err(|error| match error {
                StoreError::Taken { .. } => StoreError::Conflict,
                error => error,
            })?;
        }
        self.indexed.borrow_mut().extend(indexed);
        if self.is_careful {
            self.write_index()?;
        }
        Ok((committed, change))
    }

    /// Tells the index of words what it is still to be told.
    fn write_index(&self) -> Result<(), StoreError> {
        for statement in self.indexed.take() {
            self.execute(&statement)?;
        }
        Ok(())
    }

    /// Runs all jobs, and those that come meanwhile, in one transaction. Afterwards every job has
    /// its outcome, and what succeeded is on the disk.
    fn carry_out(&mut self, batch: &mut Vec<Box<dyn Job>>, more: &mut dyn FnMut() -> Option<Box<dyn Job>>) {
        self.is_careful = false;
        'again: loop {
            self.has_failed_halfway.set(false);
            self.indexed.take();
            if let Err(error) = command(self.connection, "BEGIN IMMEDIATE") {
                return batch.iter_mut().for_each(|job| job.fail(&error));
            }
            let mut place = 0;
            while place < batch.len() {
                batch[place].run(self);
                if self.has_failed_halfway.get() {
                    self.roll_back();
                    self.is_careful = true;
                    continue 'again;
                }
                if self.has_lost_transaction() {
                    // A full disk may make the engine roll back everything at once. The job that
                    // met it has its failure; the others are run again without it.
                    continue 'again;
                }
                place += 1;
                if place == batch.len() && place < BATCH_LENGTH {
                    batch.extend(more());
                }
            }
            let written = self.write_index().and_then(|()| command(self.connection, "COMMIT"));
            let Err(error) = written else { return };
            self.roll_back();
            if batch.len() == 1 {
                return batch[0].fail(&error);
            }
            // One of them may be to blame, which a transaction of its own will show.
            let mut alone = Vec::with_capacity(1);
            for job in std::mem::take(batch) {
                alone.push(job);
                self.carry_out(&mut alone, &mut || None);
                batch.append(&mut alone);
            }
            return;
        }
    }

    /// Runs a part of the transaction that stands or falls alone.
    fn part<T>(&self, work: impl FnOnce(&Self) -> Result<T, StoreError>) -> Result<T, StoreError> {
        if self.is_careful {
            return self.in_savepoint(work);
        }
        let written = self.connection.total_changes();
        let result = guarded(|| work(self));
        let is_halfway = result.is_err() && self.connection.total_changes() != written;
        self.has_failed_halfway.set(is_halfway && !self.has_lost_transaction());
        result
    }

    fn may_go_on(&self) -> bool {
        !self.has_failed_halfway.get() && !self.has_lost_transaction()
    }

    fn in_savepoint<T>(&self, work: impl FnOnce(&Self) -> Result<T, StoreError>) -> Result<T, StoreError> {
        command(self.connection, "SAVEPOINT job")?;
        let result = guarded(|| work(self));
        if !self.has_lost_transaction() {
            if result.is_err() {
                command(self.connection, "ROLLBACK TO job")?;
            }
            command(self.connection, "RELEASE job")?;
        }
        result
    }

    fn has_lost_transaction(&self) -> bool {
        self.connection.is_autocommit()
    }

    fn roll_back(&self) {
        if !self.has_lost_transaction()
            && let Err(error) = command(self.connection, "ROLLBACK")
        {
            tracing::error!(%error, "a transaction could not be rolled back");
        }
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Integer(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

fn prepared<'c>(
    connection: &'c Connection,
    statement: &Statement<'_>,
) -> Result<rusqlite::CachedStatement<'c>, rusqlite::Error> {
    let mut prepared = connection.prepare_cached(&statement.text.for_sqlite())?;
    for (place, value) in statement.values.iter().enumerate() {
        prepared.raw_bind_parameter(place + 1, value)?;
    }
    Ok(prepared)
}

fn rows<T>(
    connection: &Connection,
    statement: &Statement<'_>,
    map: fn(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let failed = |error| translate("read from the database", &error);
    let mut prepared = prepared(connection, statement).map_err(failed)?;
    let mut rows = prepared.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        found.push(map(&Row::Sqlite(row))?);
    }
    Ok(found)
}

fn execute(connection: &Connection, statement: &Statement<'_>) -> Result<u64, StoreError> {
    prepared(connection, statement)
        .and_then(|mut prepared| prepared.raw_execute())
        .map_err(|error| translate("write to the database", &error))
        .and_then(|touched| statement.touched(touched as u64))
}

fn command(connection: &Connection, text: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached(text)
        .and_then(|mut prepared| prepared.raw_execute())
        .map(drop)
        .map_err(|error| translate("keep a transaction", &error))
}

fn translate(attempt: &str, error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::Full,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy,
        Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::FileLockingProtocolFailed) => {
            StoreError::Unavailable { reason: error.to_string() }
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::corrupt(error.to_string()),
        Some(ErrorCode::ConstraintViolation) => {
            let text = error.to_string();
            match text.split_once("UNIQUE constraint failed: ") {
                Some((_, columns)) => StoreError::Taken { what: columns.to_owned() },
                None => StoreError::failed(attempt, text),
            }
        }
        _ => StoreError::failed(attempt, error),
    }
}

fn connect(config: &SqliteConfig, flags: OpenFlags) -> Result<Connection, StoreError> {
    let failed = |error| translate("open the database", &error);
    // Each connection belongs to one thread, so the engine's own locks are needless.
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&config.path, flags).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(256);
    // Else a statement may be compiled anew whenever other values are bound.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(failed)?;
    let setting = |name: &str, value: String| {
        connection.pragma_update(None, name, value).map_err(|error| translate("open the database", &error))
    };
    setting("busy_timeout", "5000".to_owned())?;
    setting("cache_size", format!("-{}", config.cache_kib))?;
    setting("mmap_size", config.mmap_bytes.to_string())?;
    setting("trusted_schema", "OFF".to_owned())?;
    setting("temp_store", "MEMORY".to_owned())?;
    Ok(connection)
}

/// Times that the switch of the journal is tried while others open the same new file.
const SWITCH_TRIES: u32 = 250;

/// Writes ahead in a journal from now on. Where several programs open a new file at once, the engine refuses
/// this switch to all but one without waiting.
fn switch_journal(connection: &Connection) -> rusqlite::Result<()> {
    let mut tries = 0;
    loop {
        tries += 1;
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && tries < SWITCH_TRIES =>
            {
                std::thread::sleep(Duration::from_millis(20));
            }
            result => return result,
        }
    }
}

fn prepare_writer(connection: &Connection, config: &SqliteConfig) -> rusqlite::Result<()> {
    switch_journal(connection)?;
    // An acknowledged letter must survive a power cut.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "journal_size_limit", 67_108_864)?;
    // Busy pages are copied into the file less often than every thousand; one table of the engine's
    // index of the journal still holds them all.
    connection.pragma_update(None, "wal_autocheckpoint", 4_000)?;
    if let Some(pages) = config.max_pages {
        connection.pragma_update(None, "max_page_count", pages)?;
    }
    Ok(())
}

fn migrate(connection: &Connection) -> Result<(), StoreError> {
    let failed = |error| translate("bring the tables up to date", &error);
    connection
        .execute_batch(
            "BEGIN IMMEDIATE;
             CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER NOT NULL PRIMARY KEY,
             name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT;",
        )
        .map_err(failed)?;
    let applied: Vec<Applied> = connection
        .prepare("SELECT version, sha256 FROM schema_migrations")
        .and_then(|mut read| {
            read.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()
        })
        .map_err(failed)?;
    for migration in outstanding(&applied, |migration| migration.sqlite)? {
        connection.execute_batch(migration.sqlite).map_err(failed)?;
        connection
            .execute(
                "INSERT INTO schema_migrations VALUES (?1, ?2, ?3, unixepoch() * 1000)",
                (migration.version, migration.name, checksum(migration.sqlite)),
            )
            .map_err(failed)?;
    }
    connection.execute_batch("COMMIT").map_err(failed)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::{Sqlite, SqliteConfig, close_journal};
    use crate::error::StoreError;
    use harness::TemporaryFolder;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex, mpsc};
    use std::time::Duration;

    #[tokio::test]
    async fn a_job_that_panics_fails_alone() {
        let folder = TemporaryFolder::new("store");
        let sqlite = Sqlite::open(&SqliteConfig::at(folder.join("desk.db"))).unwrap();
        let (written, panicked) =
            tokio::join!(sqlite.write(|_| Ok(1)), sqlite.write::<i64>(|_| panic!("on purpose")),);
        assert_eq!(written, Ok(1));
        let failed = panicked.unwrap_err();
        assert!(matches!(&failed, StoreError::Failed { reason, .. } if reason.contains("on purpose")));
        assert!(sqlite.read::<i64>(|_| panic!("on purpose")).is_err());
        assert_eq!(sqlite.write(|_| Ok(2)).await, Ok(2));
        assert_eq!(sqlite.read(|_| Ok(3)), Ok(3));
    }

    /// What a program left that was killed: a file, and beside it a journal with what was written last.
    #[tokio::test]
    async fn a_file_whose_journal_is_closed_is_whole_by_itself() {
        let folder = TemporaryFolder::new("store");
        let (desk, left, alone) = (folder.join("desk.db"), folder.join("left.db"), folder.join("alone.db"));
        let sqlite = Sqlite::open(&SqliteConfig::at(&desk)).unwrap();
        let text = "INSERT INTO setting VALUES ('written', 'last')";
        sqlite.write(|writer| Ok(writer.connection.execute(text, []).unwrap())).await.unwrap();
        assert_eq!(close_journal(desk.as_ref()), Err(StoreError::Busy), "a program uses it");
        for end in ["", "-wal"] {
            std::fs::copy(format!("{desk}{end}"), format!("{left}{end}")).unwrap();
        }
        let holds = |path: &str| {
            let found = rusqlite::Connection::open(path).unwrap();
            let read =
                found.query_row("SELECT value FROM setting WHERE key = 'written'", [], |row| row.get(0));
            read.ok() == Some("last".to_owned())
        };
        std::fs::copy(&left, &alone).unwrap();
        assert!(!holds(&alone), "it stands in the journal alone");
        assert_eq!(close_journal(left.as_ref()), Ok(()));
        assert!(!std::path::Path::new(&format!("{left}-wal")).exists());
        std::fs::copy(&left, &alone).unwrap();
        assert!(holds(&alone));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn long_reads_hold_no_short_one_up() {
        let folder = TemporaryFolder::new("store");
        let sqlite = Arc::new(Sqlite::open(&SqliteConfig::at(folder.join("desk.db"))).unwrap());
        let (end, ended) = mpsc::channel::<()>();
        let (ended, begun) = (Arc::new(Mutex::new(ended)), Arc::new(AtomicUsize::new(0)));
        let long: Vec<_> = (0..8)
            .map(|place| {
                let (sqlite, ended, begun) = (Arc::clone(&sqlite), Arc::clone(&ended), Arc::clone(&begun));
                tokio::spawn(async move {
                    let read = sqlite.read_at_leisure(move |_| {
                        begun.fetch_add(1, Ordering::SeqCst);
                        let _ = ended.lock().unwrap().recv();
                        Ok(place)
                    });
                    read.await
                })
            })
            .collect();
        let both = async {
            while begun.load(Ordering::SeqCst) < 2 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), both).await.expect("two read at leisure");
        let reading = Arc::clone(&sqlite);
        let short = tokio::task::spawn_blocking(move || reading.read(|_| Ok(1)));
        let short = tokio::time::timeout(Duration::from_secs(30), short).await.expect("it waits for nobody");
        assert_eq!(short.unwrap(), Ok(1));
        assert_eq!(begun.load(Ordering::SeqCst), 2);
        drop(end);
        for (place, read) in long.into_iter().enumerate() {
            assert_eq!(read.await.unwrap(), Ok(place));
        }
    }
}
