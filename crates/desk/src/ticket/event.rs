use crate::content::ContentRef;
use crate::id::{AccountId, ContractId, NoticeId, PersonId, ProviderId, TicketId};
use crate::person::Actor;
use crate::ticket::{Judgement, Message, Return, Turn};
use calendar::Instant;
use meters::ClockChange;
use serde::{Deserialize, Serialize};
use terms::{AgreementName, Facts, Verdict};

/// What has happened to a request. Logs are never rewritten: a fold knows every past form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketEvent {
    /// It was taken in.
    Opened {
        /// Its id.
        id: TicketId,
        /// Whose desk.
        provider: ProviderId,
        /// The customer, where known.
        account: Option<AccountId>,
        /// Who asks, where known.
        contact: Option<PersonId>,
        /// How it came.
        channel: String,
        /// What it is about.
        subject: ContentRef,
        /// When it truly arrived.
        received_at: Instant,
        /// The agreement it runs under.
        agreement: AgreementName,
        /// The contract, where there is one.
        contract: Option<ContractId>,
        /// What was known of it.
        facts: Facts,
    },
    /// A message came, went, or was noted.
    Wrote {
        /// The message.
        message: Message,
        /// Whose turn it then is.
        turn: Option<Turn>,
    },
    /// Facts were learnt; the severity is one of them.
    Learnt {
        /// The facts, with their new values.
        facts: Facts,
    },
    /// The agreement's verdict on its facts.
    CoverageFound {
        /// The verdict.
        verdict: Verdict,
        /// The rules that decided (`cover.licence`).
        deciding: Vec<String>,
    },
    /// A person decided on coverage.
    CoverageJudged {
        /// The judgement.
        judgement: Judgement,
    },
    /// It was given to somebody, or to a team.
    Assigned {
        /// The person.
        to: Option<PersonId>,
        /// The team.
        team: Option<String>,
    },
    /// Work now waits for somebody.
    Waited {
        /// For whom: `customer`, `vendor`, `third_party`.
        party: String,
        /// For what, in the agent's words.
        reason: Option<ContentRef>,
    },
    /// The waiting is over.
    Resumed,
    /// The software's vendor has it, on the customer's behalf.
    PassedToVendor {
        /// Which vendor.
        vendor: String,
        /// Under which reference there.
        reference: String,
    },
    /// It came back from the vendor.
    CameBackFromVendor {
        /// With what: `fix`, `answer`, `none`.
        result: String,
    },
    /// The work ended.
    Resolved {
        /// With which outcome of the agreement's vocabulary.
        outcome: String,
    },
    /// The customer confirmed that it is solved.
    Confirmed,
    /// It was closed.
    Closed {
        /// Why.
        reason: String,
    },
    /// It was opened again.
    Reopened,
    /// Something owed was handed over to the transport.
    NoticeSent {
        /// What was sent.
        notice: NoticeId,
        /// `acknowledgement`, `reply`, `warning`, ….
        kind: String,
    },
    /// A mail server did not deliver something that had left.
    NoticeReturned {
        /// What came back.
        notice: NoticeId,
        /// `acknowledgement`, `reply`, `warning`, ….
        kind: String,
        /// How bad it is.
        class: Return,
        /// What the server said.
        reason: ContentRef,
    },
    /// It seems to belong to another request, of the same desk.
    Suspected {
        /// Which.
        ticket: TicketId,
    },
    /// A meter moved.
    Metered {
        /// How.
        change: ClockChange,
    },
}

/// An event with who caused it and when it was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// When the desk recorded it.
    pub at: Instant,
    /// Who caused it.
    pub by: Actor,
    /// What happened.
    pub event: TicketEvent,
}
