mod after_closing;
pub mod command;
pub mod decide;
pub mod duty;
pub mod event;
mod evolve;
mod keep_time;
mod recount;
mod tell;

use crate::content::{ContentRef, FileRef};
use crate::field_value::FieldValue;
use crate::id::{AccountId, ContractId, MessageId, NoticeId, PersonId, ProviderId, TicketId};
use crate::person::Actor;
use calendar::Instant;
use meters::{Course, Happening, Progress, Reading, StopReason, WorkCounted, count_work, read};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use terms::{AgreementName, Clause, Coverage, FactRule, FactValue, Facts, Terms, Verdict};

/// The customer, among those that can be waited for.
pub(crate) const CUSTOMER: &str = "customer";
/// The vendor, among those that can be waited for.
pub(crate) const VENDOR: &str = "vendor";

/// A request: the fold of its events. Read by all, written only by folding an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Its id.
    pub id: TicketId,
    /// Whose desk it stands on.
    pub provider: ProviderId,
    /// Number of commits folded so far; what an append must expect.
    pub version: u64,
    /// The customer, where the sender is known.
    pub account: Option<AccountId>,
    /// Who asks, where the sender is known.
    pub contact: Option<PersonId>,
    /// How it came.
    pub channel: String,
    /// What it is about, in the asker's words.
    pub subject: ContentRef,
    /// When it truly arrived.
    pub received_at: Instant,
    /// When the desk recorded it.
    pub opened_at: Instant,
    /// The agreement it runs under.
    pub agreement: AgreementName,
    /// The contract it runs under, where there is one.
    pub contract: Option<ContractId>,
    /// What is known of it.
    pub facts: Facts,
    /// Coverage as the agreement computes it from the facts.
    pub found: Verdict,
    /// Coverage as a person decided, which wins.
    pub judgement: Option<Judgement>,
    /// Its meters.
    pub progress: Progress,
    /// Where it stands.
    pub state: TicketState,
    /// Whose turn it is.
    pub turn: Turn,
    /// Who takes care of it.
    pub assignee: Option<PersonId>,
    /// The team it is with, where the agreement has several.
    pub team: Option<String>,
    /// The role it climbed to, once something was missed.
    pub climbed_to: Option<String>,
    /// With which vendor it is, and under which reference.
    pub vendor: Option<(String, String)>,
    /// For whom it waits: `customer`, `vendor`, `third_party`; several at once where two were asked.
    pub waits_for: BTreeSet<String>,
    /// How it ended.
    pub outcome: Option<String>,
    /// Messages and notes in order.
    pub messages: Vec<Message>,
    /// The request it seems to belong to, where that could not be believed enough to join it.
    pub suspected: Option<TicketId>,
    /// What came back undelivered, with how bad that is, in order.
    pub returned: Vec<(NoticeId, Return)>,
    /// What was asked, done, refused and taken over of duties, in order.
    pub duties: Vec<Happening>,
    /// An answer that can still be undone.
    pub held: Option<Held>,
    /// An escalation that was asked for and is not decided.
    pub escalation: Option<EscalationAsked>,
    /// Price at which it was taken as an exception, as it was said; the outer is whether it was.
    pub exception: Option<Option<String>>,
    /// The clause by which it was refused.
    pub declined: Option<Clause>,
    /// For whom it turned out to be.
    pub converted_to: Option<String>,
    /// When it was resolved, while it stands so.
    pub resolved_at: Option<Instant>,
    /// When it was opened again, the last time.
    pub reopened_at: Option<Instant>,
    /// Since when the customer says nothing while it is their turn: since the turn came to them, or since their
    /// last word.
    pub silent_since: Instant,
    /// Reminders sent since then.
    pub reminded: usize,
    /// Until when it is put off.
    pub snoozed_until: Option<Instant>,
    /// Time spent, in order of recording.
    pub time: Vec<TimeEntry>,
    /// Tags, in lower case.
    pub tags: BTreeSet<String>,
    /// How the customer says that they were helped.
    pub rating: Option<Rating>,
    /// Whether the customer was asked how they were helped.
    pub rating_asked: bool,
    /// What the customer claims of the agreement.
    pub claim: Option<TicketClaim>,
    /// Fields that the provider added, as far as they are filled.
    pub fields: BTreeMap<String, FieldValue>,
    /// Notices of the document that are told once and were.
    pub told: BTreeSet<String>,
    /// The request that goes on for it.
    pub merged_into: Option<TicketId>,
    /// Since when another goes on for it, while one does.
    pub merged_at: Option<Instant>,
    /// Requests that it goes on for.
    pub absorbed: Vec<TicketId>,
    /// What it has to do with, and how.
    pub links: Vec<(TicketId, String)>,
    /// The request and the message that it began with.
    pub split_from: Option<(TicketId, MessageId)>,
    /// Messages that began requests of their own.
    pub split_off: Vec<(MessageId, TicketId)>,
    /// Who follows it.
    pub followers: BTreeSet<PersonId>,
    /// Rules that were followed, each with what began it.
    pub fired: BTreeSet<(String, String)>,
    /// Since when it is in the state that it is in.
    pub state_since: Instant,
    /// Files and texts that are gone because the document wanted it.
    pub destroyed: BTreeSet<u128>,
    /// When each duty of the document to destroy what the customer gave was done, the last time.
    pub duties_of_data: BTreeMap<String, Instant>,
    /// Letters of which it is known what became of them in the mailbox that they came from.
    pub sources_gone: BTreeSet<(u32, u32)>,
}

/// An answer that is held back for a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The answer; it counts from the instant it bears.
    pub message: Message,
    /// Whose turn it then is.
    pub turn: Option<Turn>,
    /// When it leaves.
    pub until: Instant,
}

/// How somebody was helped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Score {
    /// Badly.
    Bad,
    /// So so.
    Fair,
    /// Well.
    Good,
}

impl Score {
    /// Every score, the best first.
    pub const ALL: [Self; 3] = [Self::Good, Self::Fair, Self::Bad];

    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Fair => "fair",
            Self::Bad => "bad",
        }
    }

    /// The score of a name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|score| score.as_str() == text)
    }
}

/// What a customer said of how they were helped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rating {
    /// How.
    pub score: Score,
    /// The answer of the document's own scale, where it has one.
    pub answer: Option<String>,
    /// In their words.
    pub comment: Option<ContentRef>,
    /// When.
    pub at: Instant,
}

/// What a customer claims of the agreement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketClaim {
    /// Which consequence of the document.
    pub consequence: String,
    /// For which month or year (`2026-09`).
    pub period: String,
    /// When it was claimed.
    pub at: Instant,
    /// The clause that says how.
    pub clause: Clause,
    /// What the desk decided.
    pub decision: Option<ClaimDecision>,
}

/// What a desk decided on a claim, for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimDecision {
    /// Whether it is granted.
    pub granted: bool,
    /// What the desk measured and reckoned.
    pub figures: Option<String>,
    /// Who decided.
    pub by: Actor,
    /// When.
    pub at: Instant,
    /// The clause that says who decides.
    pub clause: Option<Clause>,
}

/// An escalation that a customer asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscalationAsked {
    /// On which ground of the document.
    pub ground: Option<String>,
    /// To whom.
    pub to: Option<String>,
    /// When it was asked.
    pub at: Instant,
}

/// Time spent on a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeEntry {
    /// Who.
    pub by: Actor,
    /// How much, in minutes.
    pub minutes: u32,
    /// When it began.
    pub at: Instant,
    /// Of what kind.
    pub kind: Option<String>,
    /// What the document counted of it when it was noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<WorkCounted>,
}

/// What a mail server said of a notice that it did not deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Return {
    /// The address does not exist or refuses for good.
    Hard,
    /// This letter was given up; the address may work later.
    Soft,
    /// It is late; the server keeps trying.
    Delay,
}

impl Return {
    /// As programs write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hard => "hard",
            Self::Soft => "soft",
            Self::Delay => "delay",
        }
    }
}

/// A verdict that a person gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in the judge's words.
    pub reason: ContentRef,
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Instant,
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketState {
    /// Nobody has touched it.
    New,
    /// Somebody works on it.
    Open,
    /// It waits for somebody.
    Waiting,
    /// Answered for good; not yet closed.
    Resolved,
    /// Ended.
    Closed,
    /// Refused.
    Declined,
}

impl TicketState {
    /// The state as programs write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Open => "open",
            Self::Waiting => "waiting",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
            Self::Declined => "declined",
        }
    }

    /// Whether work on it is still expected.
    #[must_use]
    pub fn is_live(self) -> bool {
        matches!(self, Self::New | Self::Open | Self::Waiting)
    }
}

/// Whose turn it is; it follows from what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// The desk's.
    Provider,
    /// The customer's.
    Customer,
    /// Somebody else's, such as the vendor's.
    ThirdParty,
    /// Nothing is left to do.
    Nobody,
}

impl Turn {
    /// The turn as programs write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Customer => "customer",
            Self::ThirdParty => "third_party",
            Self::Nobody => "nobody",
        }
    }
}

/// A message or a note; its words stand beside the events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// For whom it is.
    pub kind: MessageKind,
    /// Who wrote it.
    pub by: Author,
    /// How it came or went (`email`, `portal`, `phone`, …).
    pub channel: String,
    /// When its writer sent it, as far as known.
    pub sent_at: Instant,
    /// When it reached the desk, or left it.
    pub received_at: Instant,
    /// Its words, without what it quotes.
    pub body: ContentRef,
    /// The whole text with what it quotes, where that is more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<ContentRef>,
    /// Its form as it was sent, cleaned, where it had one: a file that is shown beside the words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<FileRef>,
    /// Its files.
    pub files: Vec<FileRef>,
    /// Whether it answers the matter, or is a mere courtesy.
    pub technical: bool,
    /// Whether a machine wrote it: it then answers nothing and moves nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub automatic: bool,
    /// What was found of its sender, where a server checked: `spf=pass dkim=fail dmarc=fail`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checks: Option<String>,
    /// Whether nothing proves its From and its return path is another's: what is written to the From by itself may then
    /// reach somebody who never wrote. Source: RFC 3834 section 4.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_backscatter: bool,
}

/// For whom a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// From the customer's side.
    Incoming,
    /// To the customer's side.
    Outgoing,
    /// Between colleagues; it never leaves.
    Note,
}

/// Who wrote a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// A person whom the desk knows.
    Person {
        /// Who.
        id: PersonId,
    },
    /// Somebody known by an address alone; the address stands beside the events.
    Address {
        /// Name and address, as written.
        address: ContentRef,
    },
}

impl Ticket {
    /// Whose waiting ends when work goes on: the customer's first. What is with the vendor as well ends by itself.
    pub(crate) fn party_that_resumes(&self) -> Option<&str> {
        let others = || self.waits_for.iter().map(String::as_str);
        others()
            .find(|party| *party == CUSTOMER)
            .or_else(|| others().find(|party| *party != VENDOR))
            .or_else(|| others().next())
    }

    /// Whose waiting ends when work goes on, for pauses that ask.
    pub(crate) fn waited_for(&self) -> Facts {
        let party = self.party_that_resumes().filter(|party| *party != VENDOR);
        party.map_or_else(Facts::new, |party| Facts::new().with("for", FactValue::text(party)))
    }

    /// Whose turn it is while it is neither side's: the vendor's by the name that was given, `vendor` where none
    /// was, or another party's.
    #[must_use]
    pub fn third_party(&self) -> &str {
        let named = self.vendor.as_ref().map_or(VENDOR, |(vendor, _)| vendor);
        let mut others = self.waits_for.iter().filter(|party| *party != CUSTOMER);
        match others.next() {
            Some(party) if !self.waits_for.contains(VENDOR) => party,
            _ => named,
        }
    }

    /// Whether work on it is still expected: it has not come to an end, and no other goes on for it.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.state.is_live() && self.merged_into.is_none()
    }

    /// Its meters as they are read: while another request goes on for it, nothing runs here.
    #[must_use]
    pub fn progress_read(&self) -> Cow<'_, Progress> {
        match self.merged_at {
            Some(at) => Cow::Owned(self.progress.stopped_at(at, StopReason::Merged)),
            None => Cow::Borrowed(&self.progress),
        }
    }

    /// Whether it has ended: nothing is owed any more, until it is opened again.
    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.state, TicketState::Closed | TicketState::Declined)
    }

    /// Whether a letter that the desk writes by itself may reach somebody who never wrote: nothing proves who asked, and
    /// nobody has answered yet.
    #[must_use]
    pub fn may_backscatter(&self) -> bool {
        self.messages.first().is_some_and(|first| first.may_backscatter)
            && !self
                .messages
                .iter()
                .any(|message| message.kind == MessageKind::Outgoing && !message.automatic)
    }

    /// Whether nobody but machines asked, as far as their letters say.
    #[must_use]
    pub fn only_machines_wrote(&self) -> bool {
        let mut incoming = self.messages.iter().filter(|message| message.kind == MessageKind::Incoming);
        incoming.next().is_some_and(|first| first.automatic) && incoming.all(|message| message.automatic)
    }

    /// The coverage in force: a person's verdict, else the computed one. What was refused or turned out
    /// to be other work is not covered.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        if self.state == TicketState::Declined || self.converted_to.is_some() {
            return Verdict::NotCovered;
        }
        self.judgement.as_ref().map_or(self.found, |judgement| judgement.verdict)
    }

    /// Every condition and exclusion as it stands for this request. Terms are frozen at adoption,
    /// so the same facts give the same reasons for ever.
    #[must_use]
    pub fn coverage(&self, terms: &Terms) -> Coverage {
        terms.coverage(&self.facts, self.received_at)
    }

    /// What the document wanted known when the request was opened, and nobody has told yet: whoever takes part may
    /// tell it, and what waits for it starts as of when the request came.
    #[must_use]
    pub fn wanted<'t>(&self, terms: &'t Terms) -> Vec<&'t FactRule> {
        terms.wanted(&self.facts, self.received_at)
    }

    /// What the document counts of minutes spent from an instant on, after what was spent before: what is shown
    /// before they are noted, and kept with them.
    #[must_use]
    pub fn counted(&self, terms: &Terms, at: Instant, minutes: u32) -> Option<WorkCounted> {
        let before: Vec<(Instant, u32)> = self.time.iter().map(|entry| (entry.at, entry.minutes)).collect();
        count_work(terms, &self.facts, &before, at, minutes)
    }

    /// What each clock shows at `now`, in the order the clocks started, whether or not another request goes on for it.
    #[must_use]
    pub fn readings(&self, terms: &Terms, now: Instant) -> Vec<Reading> {
        let course = Course::new(terms);
        self.progress
            .clocks
            .iter()
            .map(|clock| read(&course, &self.progress, clock, &self.facts, now))
            .collect()
    }

    /// The open, unpaused clock that falls due first, by its place among the clocks.
    #[must_use]
    pub fn nearest_clock(&self) -> Option<usize> {
        self.nearest_among(|_| true)
    }

    /// The same, leaving out the receipt: what a letter that is itself the receipt speaks of.
    #[must_use]
    pub fn nearest_after_receipt(&self) -> Option<usize> {
        self.nearest_among(|promise| promise != "acknowledgement")
    }

    fn nearest_among(&self, wanted: impl Fn(&str) -> bool) -> Option<usize> {
        let clocks = self.progress.clocks.iter().enumerate();
        let open = clocks.filter(|(_, clock)| clock.is_open() && wanted(&clock.key.promise));
        open.filter_map(|(place, clock)| Some((clock.due_at?, place))).min().map(|(_, place)| place)
    }
}
