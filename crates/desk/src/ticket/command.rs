use crate::content::{ContentRef, FileRef};
use crate::field_value::FieldValue;
use crate::id::{
    AccountId, ContentId, ContractId, FileId, MessageId, NoticeId, PersonId, ProviderId, TicketId,
};
use crate::ticket::event::Removal;
use crate::ticket::{Author, Return, Turn};
use calendar::{Instant, Span};
use meters::Destruction;
use std::collections::{BTreeMap, BTreeSet};
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
    /// What only some bring along.
    pub brought: Brought,
}

/// What a new request may bring along beside its words; nothing of it, by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Brought {
    /// Fields that the provider added, filled.
    pub fields: BTreeMap<String, FieldValue>,
    /// The whole text with what it quotes, where that is more.
    pub history: Option<ContentRef>,
    /// Its form as it was sent, cleaned.
    pub html: Option<FileRef>,
    /// Its files.
    pub files: Vec<FileRef>,
    /// Whether a machine wrote it: nothing is then acknowledged (RFC 3834 section 2).
    pub automatic: bool,
    /// What was found of its sender, where a server checked.
    pub checks: Option<String>,
    /// As [`crate::Message::may_backscatter`].
    pub may_backscatter: bool,
    /// The request it seems to belong to, where that could not be believed enough to join it.
    pub suspected: Option<TicketId>,
    /// The request and the message that it was taken out of.
    pub split_from: Option<(TicketId, MessageId)>,
    /// The closed request that it follows.
    pub follows: Option<TicketId>,
    /// Who follows it from the beginning.
    pub followers: BTreeSet<PersonId>,
}

/// Words given with an act, already kept beside the events.
#[derive(Clone, Debug)]
pub struct Words {
    /// The message they become.
    pub message: MessageId,
    /// The words.
    pub body: ContentRef,
}

/// What is answered of a duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DutyAnswer {
    /// It is done.
    Done,
    /// It cannot be done; the words say why.
    Cannot,
}

/// What may be asked of a request that stands.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "a command is made, decided and gone; none are kept in lists")]
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
        /// Its form as it was sent, cleaned.
        html: Option<Box<FileRef>>,
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
        /// For how long it is held back so that it can be undone, in seconds; 0 sends at once.
        undo_seconds: u32,
    },
    /// Takes back an answer that is still held back.
    Undo,
    /// How the work goes on, told to the customer.
    Update {
        /// The message.
        message: MessageId,
        /// Its words.
        body: ContentRef,
    },
    /// Somebody asks how the work goes on.
    RequestUpdate {
        /// What they say with it.
        words: Option<Words>,
    },
    /// A call to the customer.
    LogCall {
        /// Whether it reached somebody; else a message was left.
        reached: bool,
        /// The note of it.
        message: MessageId,
        /// What was said.
        body: ContentRef,
    },
    /// A call or a meeting is proposed.
    ProposeMeeting {
        /// When it may be.
        slots: Vec<Instant>,
        /// The message.
        message: MessageId,
        /// Its words.
        body: ContentRef,
    },
    /// A step of the work that the document speaks of by a name of its own.
    Milestone {
        /// The event's name.
        name: String,
        /// What the customer is told.
        words: Option<Words>,
    },
    /// A note between colleagues.
    Note {
        /// The note.
        message: MessageId,
        /// Its words, without what they quote.
        body: ContentRef,
        /// The whole text with what it quotes, where that is more.
        history: Option<ContentRef>,
        /// Its form as it was sent, cleaned.
        html: Option<Box<FileRef>>,
        /// Its files.
        files: Vec<FileRef>,
    },
    /// The actor takes it.
    TakeUp {
        /// Whether others wait that the document puts first.
        jumps: bool,
        /// Why before them, where somebody says it.
        reason: Option<ContentRef>,
    },
    /// It is given to somebody or to a team.
    Assign {
        /// The person.
        to: Option<PersonId>,
        /// The team.
        team: Option<String>,
    },
    /// It is given back: nobody takes care of it.
    Unassign,
    /// Another team takes it over.
    HandOver {
        /// The team; the document's own where it is not said.
        to: Option<String>,
        /// The kind of work.
        kind: Option<String>,
    },
    /// Facts are set, the severity among them.
    Learn {
        /// The facts with their new values.
        facts: Facts,
        /// Roles whose consent was given.
        consent: BTreeSet<String>,
    },
    /// The customer does not agree with what was set.
    Contest {
        /// With what (`severity`, `coverage`, …).
        what: String,
        /// The message.
        message: MessageId,
        /// Its words.
        body: ContentRef,
    },
    /// A person decides on coverage.
    JudgeCoverage {
        /// The verdict.
        verdict: Verdict,
        /// Why.
        reason: ContentRef,
    },
    /// What is not covered is taken all the same.
    AcceptException {
        /// Why.
        reason: ContentRef,
        /// At what price, as it was said.
        price: Option<String>,
    },
    /// The request is refused.
    Decline {
        /// The clause that says so, as people write it; the first reason against when not said.
        clause: Option<String>,
        /// The message.
        message: MessageId,
        /// Its words.
        body: ContentRef,
    },
    /// The request turns out to be work of another kind.
    Convert {
        /// For whom; the document's own where it is not said.
        to: Option<String>,
    },
    /// The customer is asked for something.
    Ask {
        /// The duty, or its kind: `evidence`, `access`, `test`, `contact`.
        task: String,
        /// The message.
        message: MessageId,
        /// Its words.
        body: ContentRef,
    },
    /// A duty is answered.
    AnswerDuty {
        /// The duty, or its kind.
        task: String,
        /// What is answered.
        answer: DutyAnswer,
        /// What is given with it, of what the document asks.
        given: BTreeSet<String>,
        /// What is said with it.
        words: Option<Words>,
    },
    /// The desk does what is another's duty.
    TakeOverDuty {
        /// The duty.
        task: String,
    },
    /// Work waits for somebody.
    Wait {
        /// For whom: `customer`, `vendor`, `third_party`.
        party: String,
        /// The duty that is lacking.
        task: Option<String>,
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
    /// Somebody above is asked to look at it.
    Escalate {
        /// On which ground of the document.
        ground: Option<String>,
        /// Whom; one step up where it is not said.
        to: Option<String>,
        /// Why.
        reason: Option<ContentRef>,
    },
    /// What was asked is granted, or not.
    DecideEscalation {
        /// Whether it is granted.
        granted: bool,
        /// What the customer is told.
        words: Option<Words>,
    },
    /// A rhythm or target is agreed on this request.
    Agree {
        /// Of which promise.
        promise: String,
        /// The span.
        span: Span,
        /// Roles whose consent was given.
        consent: BTreeSet<String>,
    },
    /// It is put off until then; none takes it back at once.
    Snooze {
        /// Until when.
        until: Option<Instant>,
    },
    /// Somebody follows it from now on.
    Follow {
        /// Who.
        person: PersonId,
    },
    /// Somebody follows it no more.
    Unfollow {
        /// Who.
        person: PersonId,
    },
    /// Time was spent on it.
    LogTime {
        /// How much, in minutes.
        minutes: u32,
        /// When it began; now when not said.
        at: Option<Instant>,
        /// Of what kind (`remote`, `on_site`, …).
        kind: Option<String>,
    },
    /// It gets tags, or loses them.
    Tag {
        /// To add.
        add: Vec<String>,
        /// To remove.
        remove: Vec<String>,
    },
    /// Fields that the provider added are filled, or emptied.
    SetFields {
        /// Their new values; none empties.
        values: BTreeMap<String, Option<FieldValue>>,
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
    /// The customer says that it is not solved.
    RefuseResolution {
        /// The message.
        message: MessageId,
        /// Its words.
        body: ContentRef,
    },
    /// The customer says how they were helped.
    Rate {
        /// How: `good`, `fair`, `bad`, or an answer of the document's own scale.
        score: String,
        /// In their words.
        comment: Option<ContentRef>,
    },
    /// The customer claims what the document gives.
    Claim {
        /// Which consequence of the document; the only one that can be claimed where it is not said.
        consequence: Option<String>,
        /// For which month or year (`2026-09`).
        period: String,
        /// What is given with it, of what the document asks.
        given: BTreeSet<String>,
        /// What is said with it.
        words: Option<Words>,
    },
    /// The desk decides on the claim.
    DecideClaim {
        /// Whether it is granted.
        granted: bool,
        /// What the desk measured and reckoned.
        figures: Option<String>,
        /// What the customer is told.
        words: Option<Words>,
    },
    /// It goes on in a new request.
    FollowedUp {
        /// Which.
        into: TicketId,
    },
    /// The customer confirms.
    Confirm,
    /// It is closed.
    Close {
        /// Why.
        reason: String,
        /// Roles whose consent was given.
        consent: BTreeSet<String>,
    },
    /// It is opened again.
    Reopen,
    /// It is the same as another, which goes on for both.
    Merge {
        /// The other.
        into: TicketId,
    },
    /// It is not the same after all.
    Unmerge,
    /// The other side of a merging.
    Absorb {
        /// What was merged into this one.
        ticket: TicketId,
    },
    /// The other side of taking apart.
    Release {
        /// What stands alone again.
        ticket: TicketId,
    },
    /// It has to do with another.
    Link {
        /// The other.
        ticket: TicketId,
        /// How: `related`, `follow_up`, `causes`, `duplicates`.
        kind: String,
    },
    /// It has nothing to do with another after all.
    Unlink {
        /// The other.
        ticket: TicketId,
    },
    /// A message begins a request of its own.
    SplitOff {
        /// The message.
        message: MessageId,
        /// The request it begins.
        into: TicketId,
    },
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
        /// Whom it was for; none for an address that belongs to nobody.
        to: Option<PersonId>,
        /// How bad it is.
        class: Return,
        /// What the server said.
        reason: ContentRef,
    },
    /// What one person had written is erased (GDPR art. 17). Which texts and files that are is found in
    /// the log, whoever asks.
    Erase {
        /// Whose.
        person: PersonId,
        /// Files that go.
        files: Vec<FileId>,
        /// Texts that go.
        contents: Vec<ContentId>,
    },
    /// What was kept as long as it was to be kept is destroyed. Which texts and files that are is found in
    /// the log, whoever asks.
    Outlive {
        /// What goes: `messages`, `attachments`, `letters`.
        what: Vec<String>,
        /// By which rule: `contract`, `account` or `provider`.
        by: String,
        /// Files that go.
        files: Vec<FileId>,
        /// Texts that go.
        contents: Vec<ContentId>,
    },
    /// Something that should not have been written is blacked out. Where it stands is found in the texts, whoever asks.
    Redact {
        /// The message at which it was seen.
        message: MessageId,
        /// What kinds of things it is: `card`, `iban`, `password`, `text`, `file`.
        kinds: BTreeSet<String>,
        /// Texts that say something else from now on.
        texts: Vec<ContentRef>,
        /// Files that have another name from now on.
        renamed: Vec<FileRef>,
        /// Files that go.
        files: Vec<FileId>,
    },
    /// The whole account is destroyed: everything that is left goes, and what was not closed is. Which texts and files
    /// that are is found in the log, whoever asks.
    Destroy {
        /// Files that go.
        files: Vec<FileId>,
        /// Texts that go.
        contents: Vec<ContentId>,
    },
    /// A request that goes on for it did a duty of its document to destroy what the customer gave: it takes hold of
    /// what was given here, too. Said again, nothing is recorded.
    DestroyWith {
        /// The duty's name in the document.
        duty: String,
        /// What it takes, and by which clause.
        found: Destruction,
    },
    /// What became of a letter in the mailbox that it came from. Said again, nothing is recorded.
    NoteSource {
        /// Under which reckoning of the server the number holds.
        uid_validity: u32,
        /// Its number there.
        uid: u32,
        /// What became of it.
        removal: Removal,
    },
    /// A rule of the desk is followed.
    FireRule {
        /// Which.
        rule: String,
        /// What began it.
        cause: String,
        /// Who is told, and what.
        told: Vec<(String, ContentRef)>,
        /// Why nothing else is done, where a command was refused.
        refused: Option<String>,
    },
    /// Time passed: whatever fell due is recorded.
    NoteTime,
}

impl TicketCommand {
    /// The act by the name that agreements use, for what waits for a duty.
    #[must_use]
    pub fn act(&self) -> &'static str {
        match self {
            Self::Reply { .. } | Self::Receive { .. } => "reply",
            Self::Learn { facts, .. } if facts.get("severity").is_some() => "set_severity",
            Self::Learn { .. } | Self::Tag { .. } => "classify",
            Self::SetFields { .. } => "set_fields",
            Self::Rate { .. } => "rate",
            Self::Claim { .. } => "claim",
            Self::DecideClaim { .. } => "decide_claim",
            Self::TakeUp { .. } | Self::Assign { .. } | Self::Unassign => "assign",
            Self::HandOver { .. } => "hand_over",
            Self::JudgeCoverage { .. } => "judge_coverage",
            Self::AcceptException { .. } => "accept_exception",
            Self::Decline { .. } => "decline",
            Self::Convert { .. } => "convert",
            Self::Wait { .. } | Self::Resume => "wait",
            Self::PassToVendor { .. } | Self::BackFromVendor { .. } => "pass_to_vendor",
            Self::Escalate { .. } => "escalate",
            Self::Resolve { .. } => "resolve",
            Self::Confirm => "confirm",
            Self::Close { .. } => "close",
            Self::Reopen => "reopen",
            Self::LogTime { .. } => "log_time",
            _ => "",
        }
    }

    /// Whether it is done about the matter of the request, and not noted of it by the desk or by whoever reads it.
    pub(crate) fn is_deed(&self) -> bool {
        !matches!(
            self,
            Self::NoteTime
                | Self::FireRule { .. }
                | Self::NoteSent { .. }
                | Self::NoteReturned { .. }
                | Self::Undo
                | Self::Erase { .. }
                | Self::Follow { .. }
                | Self::Unfollow { .. }
                | Self::Outlive { .. }
                | Self::Redact { .. }
                | Self::Destroy { .. }
                | Self::DestroyWith { .. }
                | Self::FollowedUp { .. }
                | Self::NoteSource { .. }
        )
    }

    /// Whether an answer that is held back leaves before it, so that it is decided after what was said first. What no
    /// customer sees and no clock counts leaves it where it may still be undone.
    #[must_use]
    pub fn sends_held(&self) -> bool {
        self.is_deed() && !matches!(self, Self::Note { .. } | Self::Tag { .. } | Self::SetFields { .. })
    }
}
