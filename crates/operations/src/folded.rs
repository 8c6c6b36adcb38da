use crate::environment::Environment;
use crate::error::Failure;
use crate::view_ticket::fold_log;
use async_recursion::async_recursion as boxed;
use calendar::Instant;
use desk::{ProviderId, Ticket, TicketId};
use store::TicketRow;

/// A request as its log folds, with what its row says in words: what a command is decided on and a
/// letter is worded from.
#[derive(Debug)]
pub(crate) struct Folded {
    pub(crate) shown: Shown,
    pub(crate) ticket: Ticket,
}

/// What a row shows that the events do not hold in words.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) number: String,
    pub(crate) subject: String,
    pub(crate) requester: String,
    /// When somebody last did something on it.
    pub(crate) updated_at: Instant,
}

impl Shown {
    /// What a row shows.
    pub(crate) fn of(row: TicketRow) -> Self {
        let TicketRow { number, subject, requester, updated_at, .. } = row;
        Self { number, subject, requester, updated_at }
    }
}

impl Folded {
    /// Reads and folds a request.
    #[boxed]
    pub(crate) async fn read(
        environment: &Environment,
        provider: &ProviderId,
        id: TicketId,
    ) -> Result<Self, Failure> {
        let found = environment.store.ticket_log(provider, id).await?;
        let (row, log) = found.ok_or(Failure::NotFound { what: "request" })?;
        Ok(Self { shown: Shown::of(row), ticket: fold_log(&log)? })
    }
}
