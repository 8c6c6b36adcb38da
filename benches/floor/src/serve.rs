//! The server: reads on the thread that took the request, writes through one writer.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::{Path as Segment, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use rusqlite::Connection;
use serde::Deserialize;

use crate::write::{NewRequest, Writer};
use crate::{Failure, open};

struct Floor {
    data: PathBuf,
    writer: Writer,
}

/// How long the answer is to be; shorter ones are filled with spaces.
#[derive(Deserialize)]
struct Size {
    #[serde(default)]
    bytes: usize,
}

/// Serves until it is stopped.
pub fn serve(data: &Path, address: &str) -> Result<(), Failure> {
    let floor = Arc::new(Floor { data: data.to_owned(), writer: Writer::start(open(data)?)? });
    let router = Router::new()
        .route("/readyz", get(async || "ready"))
        .route("/requests", get(list).post(create))
        .route("/requests/{number}", get(show))
        .with_state(floor);
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_io().build()?.block_on(async {
        let listener = tokio::net::TcpListener::bind(address).await?;
        eprintln!("listening on http://{}", listener.local_addr()?);
        axum::serve(listener, router).await?;
        Ok(())
    })
}

async fn list(State(floor): State<Arc<Floor>>, Query(size): Query<Size>) -> Response {
    answer(size.bytes, floor.read(read_list))
}

async fn show(
    State(floor): State<Arc<Floor>>,
    Segment(number): Segment<i64>,
    Query(size): Query<Size>,
) -> Response {
    answer(size.bytes, floor.read(|connection| read_request(connection, number)))
}

async fn create(State(floor): State<Arc<Floor>>, Json(request): Json<NewRequest>) -> Response {
    match floor.writer.create(request).await {
        Some(number) => (StatusCode::CREATED, format!("{{\"number\":{number}}}")).into_response(),
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

impl Floor {
    /// Reads with this thread's own connection: the cheapest way there is.
    fn read<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        thread_local! {
            static CONNECTION: RefCell<Option<Connection>> = const { RefCell::new(None) };
        }
        CONNECTION.with_borrow_mut(|slot| {
            let connection = match slot {
                Some(connection) => connection,
                None => slot.insert(open(&self.data)?),
            };
            read(connection)
        })
    }
}

fn read_list(connection: &Connection) -> rusqlite::Result<String> {
    let mut page = String::with_capacity(16 * 1024);
    page.push_str("<!doctype html><table>");
    let mut select = connection.prepare_cached(
        "SELECT r.number, r.subject, r.severity, r.received_at, r.next_due_at, a.name, c.name
         FROM requests r JOIN accounts a ON a.account = r.account
         JOIN contacts c ON c.contact = r.contact
         WHERE r.state = 'open' ORDER BY r.next_due_at LIMIT 50",
    )?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let _ = write!(
            page,
            "<tr><td>{}<td>{}<td>{}<td>{}<td>{}<td>{}<td>{}",
            row.get::<_, i64>(0)?,
            row.get_ref(1)?.as_str()?,
            row.get_ref(2)?.as_str()?,
            row.get::<_, i64>(3)?,
            row.get::<_, i64>(4)?,
            row.get_ref(5)?.as_str()?,
            row.get_ref(6)?.as_str()?,
        );
    }
    page.push_str("</table>");
    Ok(page)
}

/// All of it in one snapshot, which also takes the database's locks once instead of three times.
fn read_request(connection: &Connection, number: i64) -> rusqlite::Result<String> {
    connection.prepare_cached("BEGIN")?.execute([])?;
    let page = read_rows(connection, number);
    connection.prepare_cached("COMMIT")?.execute([])?;
    page
}

fn read_rows(connection: &Connection, number: i64) -> rusqlite::Result<String> {
    let mut page = String::with_capacity(32 * 1024);
    let mut select = connection.prepare_cached(
        "SELECT r.subject, r.severity, r.state, r.received_at, a.name, c.name, c.email
         FROM requests r JOIN accounts a ON a.account = r.account
         JOIN contacts c ON c.contact = r.contact WHERE r.number = ?1",
    )?;
    select.query_row([number], |row| {
        let _ = write!(
            page,
            "<!doctype html><h1>{number} {}</h1><p>{} {} {} {} {} {}",
            row.get_ref(0)?.as_str()?,
            row.get_ref(1)?.as_str()?,
            row.get_ref(2)?.as_str()?,
            row.get::<_, i64>(3)?,
            row.get_ref(4)?.as_str()?,
            row.get_ref(5)?.as_str()?,
            row.get_ref(6)?.as_str()?,
        );
        Ok(())
    })?;
    let mut select =
        connection.prepare_cached("SELECT promise, state, due_at, clause FROM clocks WHERE request = ?1")?;
    let mut rows = select.query([number])?;
    while let Some(row) = rows.next()? {
        let _ = write!(
            page,
            "<p>{} {} {} {}",
            row.get_ref(0)?.as_str()?,
            row.get_ref(1)?.as_str()?,
            row.get::<_, i64>(2)?,
            row.get_ref(3)?.as_str()?,
        );
    }
    let mut select = connection
        .prepare_cached("SELECT author, sent_at, body FROM messages WHERE request = ?1 ORDER BY position")?;
    let mut rows = select.query([number])?;
    while let Some(row) = rows.next()? {
        let _ = write!(
            page,
            "<article>{} {}<p>{}</article>",
            row.get_ref(0)?.as_str()?,
            row.get::<_, i64>(1)?,
            row.get_ref(2)?.as_str()?,
        );
    }
    Ok(page)
}

fn answer(bytes: usize, page: rusqlite::Result<String>) -> Response {
    match page {
        Ok(page) => {
            let mut page = page.into_bytes();
            page.resize(bytes.max(page.len()), b' ');
            ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
        }
        Err(rusqlite::Error::QueryReturnedNoRows) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            eprintln!("could not read: {error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
