use crate::environment::Environment;
use crate::error::Failure;
use crate::view_ticket::fold_log;
use async_recursion::async_recursion as boxed;
use desk::{ProviderId, Ticket, TicketId};

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
        let shown = Shown { number: row.number, subject: row.subject, requester: row.requester };
        Ok(Self { shown, ticket: fold_log(&log)? })
    }
}
