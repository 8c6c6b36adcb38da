use crate::sql::Value;
use crate::ticket_index::TicketRow;
use calendar::Instant;
use desk::{ContentId, FileId, MessageId, NoticeId, PersonId, ProviderId, Recorded, TicketId};

/// Everything one change of one ticket writes, as plain data: all of it is stored, or nothing.
///
/// Being data and not a closure, it can share a transaction with others, and be tried again.
#[derive(Clone, Debug)]
pub struct UnitOfWork {
    /// Whose desk.
    pub provider: ProviderId,
    /// Which ticket.
    pub ticket: TicketId,
    /// The version it was decided upon; 0 opens the ticket, which then gets its number.
    pub expected: u64,
    /// When it was decided.
    pub at: Instant,
    /// The events: one row of the log, one version.
    pub commit: Vec<Recorded>,
    /// Personal texts that the events point to.
    pub contents: Vec<NewContent>,
    /// Files that the events point to.
    pub files: Vec<NewFile>,
    /// What is read from now on and came with a commit before.
    pub released: Released,
    /// Texts that say something else from now on: the events point to them anew, and nothing of what they said is left.
    pub rewritten: Vec<NewContent>,
    /// Files that have another name from now on, without their bytes.
    pub renamed: Vec<NewName>,
    /// Texts that are destroyed with it; their digests stay in the log.
    pub erased_contents: Vec<ContentId>,
    /// Files that are destroyed with it, their names and all that was found in them.
    pub erased_files: Vec<FileId>,
    /// The ticket as lists show it, whole, as it stands after the events. `number` and `version`
    /// are assigned by the store.
    pub row: TicketRow,
    /// All that people put on the ticket and look for again, where it changed; it replaces what stood.
    pub marks: Option<Vec<Mark>>,
    /// What must be told, once each.
    pub outbox: Vec<NewNotice>,
    /// The letter that brought it, where one did; a second copy is refused.
    pub inbox: Option<InboxEntry>,
    /// Message-IDs by which later letters find the ticket. A key that is known keeps its ticket.
    pub thread_keys: Vec<String>,
    /// Notices of this ticket that are done with, in the same transaction.
    pub settled: Vec<NoticeId>,
    /// Notices of this ticket that a mail server did not deliver, with what it said.
    pub returned: Vec<(NoticeId, String)>,
    /// The idempotency key of the request that asked for it, where one was given.
    pub idempotency: Option<IdempotencyEntry>,
}

/// Something that people put on a ticket and look for again: a tag, a field's value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// What it is: `tag`, `field.NAME`.
    pub name: String,
    /// Its value, folded.
    pub value: String,
    /// Where its value stands among others, for numbers, dates and scores.
    pub rank: Option<i64>,
}

/// A personal text to keep beside the events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewContent {
    /// Its id, as in [`desk::ContentRef`].
    pub id: ContentId,
    /// What makes its digest say nothing about the text.
    pub salt: [u8; 16],
    /// The text.
    pub text: String,
}

/// What an answer says that was held back and is found from now on, as far as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Released {
    /// Texts.
    pub texts: Vec<(ContentId, String)>,
    /// Names of files.
    pub names: Vec<(FileId, String)>,
}

/// A file to keep beside the events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    /// Its id, as in [`desk::FileRef`].
    pub id: FileId,
    /// The message it came with.
    pub message: MessageId,
    /// Its name as its sender wrote it.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// What makes its digest say nothing about the file.
    pub salt: [u8; 16],
    /// The file itself.
    pub bytes: Vec<u8>,
}

/// Another name of a file that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewName {
    /// Which file.
    pub id: FileId,
    /// Its name from now on.
    pub name: String,
    /// What makes its new digest say nothing about the file.
    pub salt: [u8; 16],
}

/// A notice to tell one recipient once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNotice {
    /// Its id.
    pub id: NoticeId,
    /// `acknowledgement`, `reply`, `warning`, ….
    pub kind: String,
    /// To whom.
    pub recipient: Recipient,
    /// What operations need to word it; opaque here.
    pub payload: serde_json::Value,
    /// From when on it may leave.
    pub due_at: Instant,
}

/// Who is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The person, where the desk knows them.
    pub person: Option<PersonId>,
    /// Where the notice goes.
    pub address: String,
}

/// A letter that was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxEntry {
    /// What makes two copies of a letter one; unique for a provider.
    pub digest: [u8; 32],
    /// The mailbox it came to.
    pub mailbox: String,
}

/// A key by which a caller may repeat a request without doing it twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyEntry {
    /// Whose key.
    pub person: PersonId,
    /// The key.
    pub key: String,
    /// Digest of the request, by which a different request under the same key is told apart.
    pub request_digest: [u8; 32],
    /// From when on the key may be used anew.
    pub expires_at: Instant,
}

/// What was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The ticket's number, `PREFIX-1234`: in order of arrival for each provider, without gaps.
    pub number: String,
    /// The commit's place among all of the provider, counted from 1 without gaps.
    pub position: i64,
    /// The ticket's version from now on.
    pub version: u64,
}

/// A commit as told to whoever watches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Whose desk.
    pub provider: ProviderId,
    /// The commit's place among all of the provider.
    pub position: i64,
    /// Which ticket.
    pub ticket: TicketId,
    /// Its number.
    pub number: String,
    /// Its account, where it has one.
    pub account: Option<desk::AccountId>,
    /// Who takes care of it, where somebody does.
    pub assignee: Option<PersonId>,
}

impl UnitOfWork {
    /// Whether texts or files go, and with them what the index of words knows of them.
    pub(crate) fn erases(&self) -> bool {
        !self.erased_contents.is_empty()
            || !self.erased_files.is_empty()
            || !self.rewritten.is_empty()
            || !self.renamed.is_empty()
    }

    /// The first two columns of nearly every table.
    pub(crate) fn key(&self) -> [Value<'_>; 2] {
        [Value::text(self.provider.as_str()), Value::id(self.ticket.0)]
    }
}
