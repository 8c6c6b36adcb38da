//! The stored requests, the same from run to run.

use std::path::Path;

use rusqlite::{Connection, params};

use crate::{Failure, open};

/// Seconds since 1970 of the first request: 2026-01-05T09:00:00Z.
const FIRST_AT: i64 = 1_767_603_600;

/// Makes a database of `requests` requests. Each tenth has ten messages, the others two; each
/// tenth (another one) is open. 200 accounts of five contacts each.
pub fn seed(data: &Path, requests: i64) -> Result<(), Failure> {
    std::fs::create_dir_all(data)?;
    let mut connection = open(data)?;
    connection.execute_batch(
        "CREATE TABLE accounts (account INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
         CREATE TABLE contacts (contact INTEGER PRIMARY KEY, account INTEGER NOT NULL REFERENCES accounts,
           name TEXT NOT NULL, email TEXT NOT NULL) STRICT;
         CREATE TABLE requests (number INTEGER PRIMARY KEY, account INTEGER NOT NULL REFERENCES accounts,
           contact INTEGER NOT NULL REFERENCES contacts, subject TEXT NOT NULL, state TEXT NOT NULL,
           severity TEXT NOT NULL, received_at INTEGER NOT NULL, next_due_at INTEGER) STRICT;
         CREATE INDEX requests_by_due ON requests (state, next_due_at);
         CREATE TABLE messages (request INTEGER NOT NULL REFERENCES requests, position INTEGER NOT NULL,
           author TEXT NOT NULL, sent_at INTEGER NOT NULL, body TEXT NOT NULL,
           PRIMARY KEY (request, position)) STRICT, WITHOUT ROWID;
         CREATE TABLE clocks (request INTEGER NOT NULL REFERENCES requests, promise TEXT NOT NULL,
           state TEXT NOT NULL, due_at INTEGER NOT NULL, clause TEXT NOT NULL,
           PRIMARY KEY (request, promise)) STRICT, WITHOUT ROWID;",
    )?;
    let transaction = connection.transaction()?;
    people(&transaction)?;
    for number in 1..=requests {
        request(&transaction, number)?;
    }
    transaction.commit()?;
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); ANALYZE;")?;
    Ok(())
}

fn people(connection: &Connection) -> rusqlite::Result<()> {
    for account in 1..=200 {
        connection.execute(
            "INSERT INTO accounts VALUES (?1, ?2)",
            params![account, format!("Atelier {account:03}")],
        )?;
        for person in 0..5 {
            let contact = account * 5 + person;
            connection.execute(
                "INSERT INTO contacts VALUES (?1, ?2, ?3, ?4)",
                params![
                    contact,
                    account,
                    format!("Contact {contact:04}"),
                    format!("contact{contact:04}@client.example")
                ],
            )?;
        }
    }
    Ok(())
}

fn request(connection: &Connection, number: i64) -> rusqlite::Result<()> {
    let account = number % 200 + 1;
    let contact = account * 5 + number % 5;
    let received_at = FIRST_AT + number * 240;
    let state = if number % 10 == 3 { "open" } else { "closed" };
    let mut insert =
        connection.prepare_cached("INSERT INTO requests VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
    insert.execute(params![
        number,
        account,
        contact,
        format!("The press {number} stops when the licence is read"),
        state,
        if number % 4 == 0 { "high" } else { "normal" },
        received_at,
        received_at + 14_400 + number * 7919 % 90_000,
    ])?;
    let mut insert = connection.prepare_cached("INSERT INTO messages VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for position in 0..message_count(number) {
        let body = format!(
            "Good morning, this is message {position} about request {number}. {}",
            "The machine shows the same line again after the update, and we have tried the steps \
             of your last answer twice. "
                .repeat(3)
        );
        let author = if position % 2 == 0 { "contact" } else { "agent" };
        insert.execute(params![number, position, author, received_at + position * 900, body])?;
    }
    let mut insert = connection.prepare_cached("INSERT INTO clocks VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for (promise, seconds) in [("acknowledgement", 600), ("response", 14_400)] {
        insert.execute(params![number, promise, "running", received_at + seconds, "4.2"])?;
    }
    Ok(())
}

/// Requests 10, 20, 30… have ten messages: those are the ones to measure.
fn message_count(number: i64) -> i64 {
    if number % 10 == 0 { 10 } else { 2 }
}
