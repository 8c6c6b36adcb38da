use crate::attachments::{FILES, FileMeta, file_meta, utf8};
use crate::database::Database;
use crate::error::StoreError;
use crate::event_log::{LOG, LogEntry, log_entry, ticket_key};
use crate::outbox::{OF_TICKET, OutboxEntry, outbox_entry};
use crate::sql::{Query, Row, Sql};
use crate::ticket_index::{TicketRow, ticket_row};
use async_recursion::async_recursion as boxed;
use desk::{ContentId, ProviderId, TicketId};
use std::collections::HashMap;

/// All of a ticket, as it stood at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketPage {
    /// Its row.
    pub row: TicketRow,
    /// Its commits in order.
    pub log: Vec<LogEntry>,
    /// The personal texts that still stand; an erased one is absent.
    pub contents: HashMap<ContentId, String>,
    /// The files that still stand, without their bytes, oldest first.
    pub files: Vec<FileMeta>,
    /// The notices about it, oldest first.
    pub outbox: Vec<OutboxEntry>,
}

static ROW: Sql = Sql::new(
    "SELECT id, number, account, contact, assignee, team, channel, state, turn, severity, verdict,
     received_at, opened_at, agreement_key, agreement_version, contract, subject, requester,
     next_due_at, next_step_at, late, missed, summary, updated_at, version, snoozed,
     merged_into
     FROM ticket WHERE provider = $1 AND id = $2",
);
static CONTENTS: Sql = Sql::new("SELECT id, text FROM content WHERE provider = $1 AND ticket = $2");

impl Database {
    /// All of a ticket in one hop.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] for what cannot be read, and what storage fails at.
    #[boxed]
    pub async fn ticket_page(
        &self,
        provider: &ProviderId,
        ticket: TicketId,
    ) -> Result<Option<TicketPage>, StoreError> {
        let key = ticket_key(provider, ticket);
        let (rows, mut log, contents, files, outbox) = self
            .query_all((
                Query::new(&ROW, key.clone(), ticket_row),
                Query::new(&LOG, key.clone(), log_entry),
                Query::new(&CONTENTS, key.clone(), content),
                Query::new(&FILES, key.clone(), file_meta),
                Query::new(&OF_TICKET, key, outbox_entry),
            ))
            .await?;
        let Some(row) = rows.into_iter().next() else { return Ok(None) };
        // Where the reads do not share a snapshot, what was committed after the first is left out;
        // later texts and files are pointed to by nothing.
        log.retain(|entry| entry.version <= row.version);
        Ok(Some(TicketPage { row, log, contents: contents.into_iter().collect(), files, outbox }))
    }

    /// The row of a ticket and its commits in order: what a command is decided on.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] for what cannot be read, and what storage fails at.
    pub async fn ticket_log(
        &self,
        provider: &ProviderId,
        ticket: TicketId,
    ) -> Result<Option<(TicketRow, Vec<LogEntry>)>, StoreError> {
        let key = ticket_key(provider, ticket);
        let (rows, mut log) = self
            .query_all((Query::new(&ROW, key.clone(), ticket_row), Query::new(&LOG, key, log_entry)))
            .await?;
        let Some(row) = rows.into_iter().next() else { return Ok(None) };
        log.retain(|entry| entry.version <= row.version);
        Ok(Some((row, log)))
    }

    /// The personal texts of a ticket that still stand.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] for what cannot be read, and what storage fails at.
    pub async fn contents_of(
        &self,
        provider: &ProviderId,
        ticket: TicketId,
    ) -> Result<HashMap<ContentId, String>, StoreError> {
        let query = Query::new(&CONTENTS, ticket_key(provider, ticket), content);
        Ok(self.query(query).await?.into_iter().collect())
    }

    /// The row of a ticket alone.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn ticket_row(
        &self,
        provider: &ProviderId,
        ticket: TicketId,
    ) -> Result<Option<TicketRow>, StoreError> {
        self.query_one(Query::new(&ROW, ticket_key(provider, ticket), ticket_row)).await
    }
}

fn content(row: &Row<'_>) -> Result<(ContentId, String), StoreError> {
    Ok((ContentId(row.id(0)?), utf8(row.bytes(1)?)?))
}
