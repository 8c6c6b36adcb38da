use crate::content::{ContentRef, FileRef};
use crate::field_value::FieldValue;
use crate::id::{
    AccountId, ContentId, ContractId, FileId, MessageId, NoticeId, PersonId, ProviderId, TicketId,
};
use crate::person::Actor;
use crate::ticket::{EscalationAsked, Held, Judgement, Message, Return, Score, TicketState, TimeEntry, Turn};
use calendar::Instant;
use meters::{ClockChange, ClockKey};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use terms::{AgreementName, Clause, Facts, Verdict};

/// What became of a letter in the mailbox that it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Removal {
    /// It was destroyed there.
    Done,
    /// It was not there any more.
    NotThere,
    /// Another letter stands under its number.
    Another,
    /// The server could not be reached, or did not allow it, for as long as it was tried.
    Failed,
}

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
    /// The customer said how they were helped.
    Rated {
        /// How.
        score: Score,
        /// The answer of the document's own scale, where it has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answer: Option<String>,
        /// In their words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comment: Option<ContentRef>,
    },
    /// The customer was asked how they were helped: once.
    RatingAsked,
    /// The customer claims what the document gives.
    Claimed {
        /// Which consequence of the document.
        consequence: String,
        /// For which month or year (`2026-09`).
        period: String,
        /// What was given with it, of what the document asks.
        given: Vec<String>,
        /// The clause that says how.
        clause: Clause,
    },
    /// The desk decided on the claim, for good.
    ClaimDecided {
        /// Whether it is granted.
        granted: bool,
        /// What the desk measured and reckoned.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        figures: Option<String>,
        /// The clause that says who decides.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        clause: Option<Clause>,
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
        /// Whether it was for somebody who only follows the request.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        follower: bool,
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
    /// The request turned to another state.
    StatusChanged {
        /// Which.
        state: TicketState,
    },
    /// An answer is held back for a moment, so that it can be undone.
    Held {
        /// The answer.
        held: Box<Held>,
    },
    /// An answer that was held back was taken back.
    Unsent {
        /// Which.
        message: MessageId,
    },
    /// The customer was told how the work goes on.
    Updated,
    /// Somebody asked how the work goes on.
    UpdateRequested,
    /// The customer was called.
    Called {
        /// `reached` or `voicemail`.
        outcome: String,
    },
    /// A call or a meeting was proposed.
    MeetingProposed {
        /// When it may be.
        slots: Vec<Instant>,
    },
    /// A step of the work that the document speaks of.
    Milestone {
        /// The event's name.
        name: String,
    },
    /// It was taken before others that the document puts first.
    Jumped {
        /// Why, where somebody said it.
        reason: Option<ContentRef>,
        /// The clause that gives the order.
        clause: Option<Clause>,
    },
    /// Another team took it over.
    HandedOver {
        /// Which.
        to: String,
        /// For what kind of work.
        kind: Option<String>,
    },
    /// Consent to an act was given by others than whoever does it.
    Consented {
        /// The act.
        act: String,
        /// By whom.
        roles: Vec<String>,
    },
    /// The customer does not agree with what was set.
    Contested {
        /// With what.
        what: String,
    },
    /// What is not covered was taken all the same; the judgement beside it says by whom and why.
    ExceptionAccepted {
        /// At what price, as it was said.
        price: Option<String>,
    },
    /// It was refused.
    Declined {
        /// By which clause.
        clause: Clause,
    },
    /// It turned out to be work of another kind.
    Converted {
        /// For whom.
        to: String,
    },
    /// A duty was asked for.
    Asked {
        /// Which.
        task: String,
    },
    /// A duty was done.
    Fulfilled {
        /// Which.
        task: String,
        /// What was given, of what the document asks.
        given: Vec<String>,
    },
    /// A duty cannot be done.
    DutyRefused {
        /// Which.
        task: String,
    },
    /// The desk does another's duty.
    TakenOver {
        /// Which.
        task: String,
        /// Who does it.
        by: String,
    },
    /// The customer asked for an escalation.
    EscalationAsked {
        /// What is asked.
        asked: EscalationAsked,
        /// Why.
        reason: Option<ContentRef>,
        /// The clause that says how.
        clause: Option<Clause>,
    },
    /// Those who decide granted it, or did not.
    EscalationDecided {
        /// Whether.
        granted: bool,
    },
    /// Somebody above was asked to look at it.
    Escalated {
        /// Whom.
        to: String,
        /// On which ground of the document.
        ground: Option<String>,
        /// Why.
        reason: Option<ContentRef>,
        /// The clause that lets it.
        clause: Option<Clause>,
    },
    /// The customer was reminded that an answer is awaited.
    Reminded {
        /// Which reminder, from 0.
        place: usize,
        /// When it fell due.
        at: Instant,
        /// The clause.
        clause: Option<Clause>,
    },
    /// The customer says that it is not solved.
    ResolutionRefused,
    /// It was put off.
    Snoozed {
        /// Until when.
        until: Instant,
    },
    /// It is no longer put off.
    Woke,
    /// Time was spent.
    TimeLogged {
        /// The entry.
        entry: TimeEntry,
    },
    /// Tags came and went.
    Tagged {
        /// Which came.
        added: BTreeSet<String>,
        /// Which went.
        removed: BTreeSet<String>,
    },
    /// Fields that the provider added were filled or emptied.
    FieldsSet {
        /// Which were filled, with their new values.
        set: BTreeMap<String, FieldValue>,
        /// Which were emptied.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        cleared: BTreeSet<String>,
    },
    /// What the document wants told once was told.
    Told {
        /// The notice's name in the document.
        notice: String,
    },
    /// It goes on in another request.
    MergedInto {
        /// Which.
        ticket: TicketId,
    },
    /// It stands alone again.
    Unmerged {
        /// From which.
        ticket: TicketId,
    },
    /// Another goes on in this one.
    Absorbed {
        /// Which.
        ticket: TicketId,
    },
    /// Another stands alone again.
    Released {
        /// Which.
        ticket: TicketId,
    },
    /// It has to do with another.
    Linked {
        /// Which.
        ticket: TicketId,
        /// How.
        kind: String,
    },
    /// It has nothing to do with another after all.
    Unlinked {
        /// Which.
        ticket: TicketId,
    },
    /// A message of it began a request of its own.
    SplitOff {
        /// The message.
        message: MessageId,
        /// The request.
        into: TicketId,
    },
    /// It began with a message of another.
    SplitFrom {
        /// The other.
        ticket: TicketId,
        /// The message.
        message: MessageId,
    },
    /// What the document wants destroyed was destroyed: the certificate, which stays when the rest is gone.
    Destroyed {
        /// The duty's name in the document.
        duty: String,
        /// Files that are gone.
        files: Vec<FileId>,
        /// Texts that are gone.
        contents: Vec<ContentId>,
        /// When the last backup that holds them has expired, where the document says it.
        backups_gone_at: Option<Instant>,
        /// The clause.
        clause: Clause,
    },
    /// What became of a letter in the mailbox that it came from, which was to be destroyed there too.
    SourceRemoved {
        /// Under which reckoning of the server the number holds.
        uid_validity: u32,
        /// Its number there.
        uid: u32,
        /// What became of it.
        removal: Removal,
    },
    /// What one person had written was erased, because they may ask for it. Their id stays and names nobody.
    Erased {
        /// Whose.
        person: PersonId,
        /// Files that are gone.
        files: Vec<FileId>,
        /// Texts that are gone.
        contents: Vec<ContentId>,
    },
    /// Somebody follows it from now on.
    Followed {
        /// Who.
        person: PersonId,
    },
    /// Somebody follows it no more.
    Unfollowed {
        /// Who.
        person: PersonId,
    },
    /// It runs under another agreement, version or values of its contract from now on. What that does to its
    /// meters stands beside it.
    AgreementChanged {
        /// The agreement.
        agreement: AgreementName,
        /// Values of parameters that are others.
        facts: Facts,
        /// Deadlines that moved.
        moved: Vec<MovedDue>,
    },
    /// What had been kept as long as it was to be kept was destroyed: the certificate, which stays.
    Outlived {
        /// What went: `messages`, `attachments`, `letters`.
        what: Vec<String>,
        /// By which rule: `contract`, `account` or `provider`; `destruction` where the whole account was destroyed.
        by: String,
        /// Files that are gone.
        files: Vec<FileId>,
        /// Texts that are gone.
        contents: Vec<ContentId>,
    },
    /// Something that should not have been written was blacked out, for good. The texts keep their places, with
    /// digests of what they say from now on.
    Redacted {
        /// The message at which it was seen.
        message: MessageId,
        /// What kinds of things it was: `card`, `iban`, `password`, `text`, `file`.
        kinds: BTreeSet<String>,
        /// Texts that say something else from now on.
        texts: Vec<ContentRef>,
        /// Files that have another name from now on.
        renamed: Vec<FileRef>,
        /// Files that are gone: those that were meant, and letters that said the same again.
        files: Vec<FileId>,
    },
    /// A rule of the desk was followed: once for each cause.
    RuleFired {
        /// Which.
        rule: String,
        /// What began it: a place of the log, or an instant.
        cause: String,
        /// Who is told, and what.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        told: Vec<(String, ContentRef)>,
        /// Why nothing else was done, where a command was refused.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refused: Option<String>,
    },
    /// A meter moved.
    Metered {
        /// How.
        change: ClockChange,
    },
}

/// A deadline that moved because the agreement changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedDue {
    /// Which clock.
    pub key: ClockKey,
    /// When it fell due; none where it had no deadline, or is new.
    pub was: Option<Instant>,
    /// When it falls due; none where it has no deadline, or is owed no more.
    pub due_at: Option<Instant>,
    /// Whether it is still owed.
    pub is_owed: bool,
    /// The clause.
    pub clause: Clause,
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
