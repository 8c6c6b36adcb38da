//! The only writer: as many waiting requests as there are go into one transaction.

use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, params};
use serde::Deserialize;
use tokio::sync::{mpsc, oneshot};

/// How many requests one transaction takes at most.
const GROUP: usize = 64;

/// What a caller sends.
#[derive(Deserialize)]
pub struct NewRequest {
    subject: String,
    body: String,
}

/// A request, and who waits for its number.
type Job = (NewRequest, oneshot::Sender<i64>);

pub struct Writer {
    jobs: mpsc::Sender<Job>,
}

impl Writer {
    /// Starts the thread that owns the writing connection.
    pub fn start(connection: Connection) -> rusqlite::Result<Writer> {
        let (jobs, queue) = mpsc::channel(1024);
        std::thread::spawn(move || keep_writing(&connection, queue));
        Ok(Writer { jobs })
    }

    /// Gives the number once the request is durable; none when it could not be stored.
    pub async fn create(&self, request: NewRequest) -> Option<i64> {
        let (number, durable) = oneshot::channel();
        self.jobs.send((request, number)).await.ok()?;
        durable.await.ok()
    }
}

fn keep_writing(connection: &Connection, mut queue: mpsc::Receiver<Job>) {
    while let Some(first) = queue.blocking_recv() {
        let mut group = vec![first];
        while group.len() < GROUP
            && let Ok(job) = queue.try_recv()
        {
            group.push(job);
        }
        match write(connection, &group) {
            Ok(numbers) => {
                for ((_, waiting), number) in group.into_iter().zip(numbers) {
                    // Whoever hung up meanwhile has no use for the number.
                    let _ = waiting.send(number);
                }
            }
            Err(error) => {
                eprintln!("could not write: {error}");
                // Nothing may be open when it has failed before BEGIN; both ways nothing is kept.
                let _ = connection.execute_batch("ROLLBACK");
            }
        }
    }
}

fn write(connection: &Connection, group: &[Job]) -> rusqlite::Result<Vec<i64>> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs() as i64);
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let mut numbers = Vec::with_capacity(group.len());
    for (request, _) in group {
        connection
            .prepare_cached(
                "INSERT INTO requests (account, contact, subject, state, severity, received_at, next_due_at)
                 VALUES (1, 5, ?1, 'open', 'normal', ?2, ?3)",
            )?
            .execute(params![request.subject, now, now + 14_400])?;
        let number = connection.last_insert_rowid();
        connection
            .prepare_cached("INSERT INTO messages VALUES (?1, 0, 'contact', ?2, ?3)")?
            .execute(params![number, now, request.body])?;
        numbers.push(number);
    }
    connection.prepare_cached("COMMIT")?.execute([])?;
    Ok(numbers)
}
