//! The floor that the product is measured against: axum and SQLite, and nothing else.
//!
//! It reads the rows that the product's pages have to show, answers with as many bytes as it is
//! asked to (`?bytes=`), and creates a request with one request row and one message row, with the
//! product's durability (WAL, `synchronous=FULL`) and group commit. No sign-in, no rights, no
//! escaping, no clocks, no events, no index: the difference is what those cost.
//!
//! ```text
//! floor seed --data DIR --requests 10000
//! floor serve --data DIR --http 127.0.0.1:9080
//! ```
//! Routes: `GET /requests` (50 open ones by deadline), `GET /requests/{number}` (with its
//! messages), `POST /requests` (JSON), `GET /readyz`.

mod seed;
mod serve;
mod write;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).cloned()
    };
    let data = PathBuf::from(option("--data").unwrap_or_else(|| "floor-data".to_owned()));
    let outcome = match arguments.first().map(String::as_str) {
        Some("seed") => {
            let requests = option("--requests").and_then(|count| count.parse().ok());
            seed::seed(&data, requests.unwrap_or(10_000))
        }
        Some("serve") => {
            let address = option("--http").unwrap_or_else(|| "127.0.0.1:9080".to_owned());
            serve::serve(&data, &address)
        }
        _ => {
            eprintln!("floor seed --data DIR --requests N | floor serve --data DIR --http ADDR");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(3)
        }
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Opens the database in `data` with the pragmas that every connection has.
fn open(data: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(data.join("floor.sqlite"))?;
    connection.execute_batch(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000;
         PRAGMA foreign_keys=ON; PRAGMA mmap_size=268435456;",
    )?;
    // Without it SQLite, once it has statistics, plans a prepared statement anew for each new
    // parameter: 60 % of the cost of a page.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}
