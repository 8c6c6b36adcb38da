use crate::database::Database;
use crate::error::StoreError;
use crate::event_log::ticket_key;
use crate::scans::{FORGET_SCAN, ScanState};
use crate::search_index::FORGET;
use crate::sql::{Query, Row, Sql, Statement, Value};
use crate::storage::SHRINK;
use desk::{ContentId, FileId, MessageId, ProviderId, TicketId};

/// A file without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileMeta {
    /// Its id.
    pub id: FileId,
    /// The ticket it belongs to.
    pub ticket: TicketId,
    /// The message it came with.
    pub message: MessageId,
    /// Its name as its sender wrote it.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// Bytes.
    pub size: u64,
    /// What a scanner said of it.
    pub scan: ScanState,
}

static FILE: Sql = Sql::new(
    "SELECT f.id, f.ticket, f.message, f.name, f.media_type, f.size, s.state, s.finding FROM file f
     LEFT JOIN scan s ON s.provider = f.provider AND s.file = f.id WHERE f.provider = $1 AND f.id = $2",
);
pub(crate) static FILES: Sql = Sql::new(
    "SELECT f.id, f.ticket, f.message, f.name, f.media_type, f.size, s.state, s.finding FROM file f
     LEFT JOIN scan s ON s.provider = f.provider AND s.file = f.id
     WHERE f.provider = $1 AND f.ticket = $2 ORDER BY f.id",
);
pub(crate) static CHUNKS: Sql =
    Sql::new("SELECT bytes FROM file_chunk WHERE provider = $1 AND file = $2 ORDER BY place");
pub(crate) static ERASE_CONTENT: Sql =
    Sql::new("DELETE FROM content WHERE provider = $1 AND ticket = $2 AND id = $3");
pub(crate) static ERASE_CHUNKS: Sql = Sql::new(
    "DELETE FROM file_chunk WHERE provider = $1 AND file IN
     (SELECT id FROM file WHERE provider = $1 AND id = $3 AND ticket = $2)",
);
pub(crate) static ERASE_FILE: Sql =
    Sql::new("DELETE FROM file WHERE provider = $1 AND ticket = $2 AND id = $3");

pub(crate) fn file_meta(row: &Row<'_>) -> Result<FileMeta, StoreError> {
    Ok(FileMeta {
        id: FileId(row.id(0)?),
        ticket: TicketId(row.id(1)?),
        message: MessageId(row.id(2)?),
        name: utf8(row.bytes(3)?)?,
        media_type: row.text(4)?,
        size: row.count(5)?,
        scan: ScanState::of(row, 6)?,
    })
}

/// A text that is kept as bytes, since it may hold what PostgreSQL refuses in one.
pub(crate) fn utf8(bytes: Vec<u8>) -> Result<String, StoreError> {
    String::from_utf8(bytes).map_err(|_| StoreError::corrupt("a text is not UTF-8"))
}

impl Database {
    /// A file with its bytes.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when bytes are missing, and what storage fails at.
    pub async fn file(
        &self,
        provider: &ProviderId,
        file: FileId,
    ) -> Result<Option<(FileMeta, Vec<u8>)>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::id(file.0)];
        let (found, chunks) = self
            .query_all((
                Query::new(&FILE, values.clone(), file_meta),
                Query::new(&CHUNKS, values, |row| row.bytes(0)),
            ))
            .await?;
        let Some(meta) = found.into_iter().next() else { return Ok(None) };
        let bytes = chunks.concat();
        if bytes.len() as u64 != meta.size {
            return Err(StoreError::corrupt(format!("file {file} has lost bytes")));
        }
        Ok(Some((meta, bytes)))
    }

    /// Destroys a personal text and its salt, and forgets its words; the ticket's chain still
    /// verifies. Whether there was one. A subject or name that the ticket's row repeats is replaced by the next commit.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn erase_content(
        &self,
        provider: &ProviderId,
        ticket: TicketId,
        content: ContentId,
    ) -> Result<bool, StoreError> {
        let mut values = ticket_key(provider, ticket);
        values.push(Value::id(content.0));
        let statements =
            vec![Statement::new(&FORGET, values.clone()), Statement::new(&ERASE_CONTENT, values)];
        Ok(self.erase(statements).await?.last() == Some(&1))
    }

    /// Destroys a file, its name and its salt; the ticket's chain still verifies. Whether there was
    /// one.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn erase_file(
        &self,
        provider: &ProviderId,
        ticket: TicketId,
        file: FileId,
    ) -> Result<bool, StoreError> {
        let mut values = ticket_key(provider, ticket);
        values.push(Value::id(file.0));
        let statements = [&FORGET, &ERASE_CHUNKS, &FORGET_SCAN, &SHRINK, &ERASE_FILE]
            .map(|sql| Statement::new(sql, values.clone()))
            .to_vec();
        Ok(self.erase(statements).await?.last() == Some(&1))
    }
}
