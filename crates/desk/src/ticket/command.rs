use crate::content::{ContentRef, FileRef};
use crate::id::{AccountId, ContractId, MessageId, NoticeId, PersonId, ProviderId, TicketId};
use crate::ticket::{Author, Return, Turn};
use calendar::Instant;
use terms::{AgreementName, Facts, Verdict};

/// A request to take in.
#[derive(Clone, Debug)]
pub struct NewTicket {
    /// Its id.
    pub id: TicketId,
    /// Whose desk.
    pub provider: ProviderId,
    /// The customer, where known.
    pub account: Option<AccountId>,
    /// Who asks, where known.
    pub contact: Option<PersonId>,
    /// How it came.
    pub channel: String,
    /// What it is about.
    pub subject: ContentRef,
    /// When it truly arrived.
    pub received_at: Instant,
    /// When its writer sent it, as far as known.
    pub sent_at: Instant,
    /// The agreement it runs under.
    pub agreement: AgreementName,
    /// The contract, where there is one.
    pub contract: Option<ContractId>,
    /// What is known of it; the contract's facts among them.
    pub facts: Facts,
    /// The first message.
    pub message: MessageId,
    /// Who wrote it.
    pub author: Author,
    /// Its words, without what they quote.
    pub body: ContentRef,
    /// The whole text with what it quotes, where that is more.
    pub history: Option<ContentRef>,
    /// Its files.
    pub files: Vec<FileRef>,
    /// Whether a machine wrote it: nothing is then acknowledged (RFC 3834 section 2).
    pub automatic: bool,
    /// What was found of its sender, where a server checked.
    pub checks: Option<String>,
    /// The request it seems to belong to, where that could not be believed enough to join it.
    pub suspected: Option<TicketId>,
}

/// What may be asked of a request that stands.
#[derive(Clone, Debug)]
pub enum TicketCommand {
    /// The customer's side wrote.
    Receive {
        /// The message.
        message: MessageId,
        /// Who wrote it.
        author: Author,
        /// How it came.
        channel: String,
        /// When its writer sent it.
        sent_at: Instant,
        /// When it truly arrived.
        received_at: Instant,
        /// Its words, without what they quote.
        body: ContentRef,
        /// The whole text with what it quotes, where that is more.
        history: Option<ContentRef>,
        /// Its files.
        files: Vec<FileRef>,
        /// Whether a machine wrote it: it is kept, and moves nothing.
        automatic: bool,
        /// What was found of its sender, where a server checked.
        checks: Option<String>,
    },
    /// The desk writes to the customer's side.
    Reply {
        /// The message.
        message: MessageId,
        /// Its words.
        body: ContentRef,
        /// Its files.
        files: Vec<FileRef>,
        /// Whether it answers the matter.
        technical: bool,
        /// Whose turn it then is; the customer's when not said.
        turn: Option<Turn>,
    },
    /// A note between colleagues.
    Note {
        /// The note.
        message: MessageId,
        /// Its words.
        body: ContentRef,
    },
    /// The actor takes it.
    TakeUp,
    /// It is given to somebody or to a team.
    Assign {
        /// The person.
        to: Option<PersonId>,
        /// The team.
        team: Option<String>,
    },
    /// Facts are set, the severity among them.
    Learn {
        /// The facts with their new values.
        facts: Facts,
    },
    /// A person decides on coverage.
    JudgeCoverage {
        /// The verdict.
        verdict: Verdict,
        /// Why.
        reason: ContentRef,
    },
    /// Work waits for somebody.
    Wait {
        /// For whom: `customer`, `vendor`, `third_party`.
        party: String,
        /// For what.
        reason: Option<ContentRef>,
    },
    /// Work goes on.
    Resume,
    /// The vendor takes it over.
    PassToVendor {
        /// Which vendor.
        vendor: String,
        /// Under which reference there.
        reference: String,
    },
    /// The vendor gave it back.
    BackFromVendor {
        /// With what: `fix`, `answer`, `none`.
        result: String,
    },
    /// The work ends, with a message to the customer.
    Resolve {
        /// The outcome, of the agreement's vocabulary where it has one.
        outcome: String,
        /// The message.
        message: MessageId,
        /// Its words.
        body: ContentRef,
    },
    /// The customer confirms.
    Confirm,
    /// It is closed.
    Close {
        /// Why.
        reason: String,
    },
    /// It is opened again.
    Reopen,
    /// Something owed was handed over to the transport.
    NoteSent {
        /// What.
        notice: NoticeId,
        /// Its kind.
        kind: String,
    },
    /// A mail server did not deliver something that had left.
    NoteReturned {
        /// What came back.
        notice: NoticeId,
        /// `acknowledgement`, `reply`, `warning`, ….
        kind: String,
        /// How bad it is.
        class: Return,
        /// What the server said.
        reason: ContentRef,
    },
    /// Time passed: whatever fell due is recorded.
    NoteTime,
}
