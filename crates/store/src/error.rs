use desk::TicketId;

/// What storage can fail at. The first four are answers that callers expect and act on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Somebody else changed the ticket, or the person, since it was read: read, decide and write again.
    #[error("what was read has changed since")]
    Conflict,
    /// This very letter was taken in before; nothing was written.
    #[error("the letter was received before, as ticket {ticket}")]
    AlreadyReceived {
        /// The ticket it belongs to.
        ticket: TicketId,
    },
    /// This idempotency key was used before; nothing was written.
    #[error("the request was carried out before, on ticket {ticket}")]
    AlreadyDone {
        /// The ticket it led to.
        ticket: TicketId,
        /// Digest of the request that used the key.
        request_digest: [u8; 32],
    },
    /// A name that must be unique belongs to something else already, or may not change any more.
    #[error("{what} is taken")]
    Taken {
        /// What.
        what: String,
    },
    /// Something named in a write does not exist.
    #[error("there is no {what}")]
    NotFound {
        /// What.
        what: String,
    },
    /// The disk is full; nothing of the failed write stands.
    #[error("no room is left to store anything")]
    Full,
    /// The database cannot be reached. Worth trying again later; after a lost connection a commit
    /// may or may not stand, which the expected version of the next try will tell.
    #[error("the database cannot be reached: {reason}")]
    Unavailable {
        /// Why, for the log.
        reason: String,
    },
    /// More work is queued than the database can take; try again later.
    #[error("too much work is waiting for the database")]
    Busy,
    /// Something that began before goes on, and what was erased may still be looked at there; try again when it is over.
    #[error(
        "what was erased may still be looked at by what began before: {by}; end it, or try again when it is over"
    )]
    Held {
        /// What goes on: process, role and database.
        by: String,
    },
    /// What is stored cannot be what was written.
    #[error("what is stored is damaged: {what}")]
    Corrupt {
        /// What, and where.
        what: String,
    },
    /// Anything else: a defect of this program or an unfit database.
    #[error("could not {attempt}: {reason}")]
    Failed {
        /// What was attempted.
        attempt: String,
        /// Why it failed, for the log.
        reason: String,
    },
}

impl StoreError {
    /// Whether the same call may succeed later without a change to it.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(
            self,
            Self::Full | Self::Unavailable { .. } | Self::Busy | Self::Conflict | Self::Held { .. }
        )
    }

    pub(crate) fn corrupt(what: impl Into<String>) -> Self {
        Self::Corrupt { what: what.into() }
    }

    pub(crate) fn failed(attempt: &str, reason: impl ToString) -> Self {
        Self::Failed { attempt: attempt.to_owned(), reason: reason.to_string() }
    }
}
