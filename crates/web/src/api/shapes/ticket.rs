//! A request on the wire: what programs read, and what they send to open one.

use super::{
    AccountShape, AgreementNameShape, ClauseShape, ClockShape, CoverageShape, PersonShape, fact, verdict_name,
};
use crate::page::Frame;
use crate::reading::answering_in_words;
use calendar::Instant;
use desk::{MessageKind, TicketEvent};
use operations::{QueueRow, TicketView};
use serde::{Deserialize, Serialize};
use terms::Clause;
use utoipa::ToSchema;

/// A message or a note.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct MessageShape {
    /// Its id.
    id: String,
    /// `incoming`, `outgoing` or `note`.
    kind: &'static str,
    /// Who wrote it.
    by: String,
    /// How it came or went.
    channel: String,
    /// When its writer sent it.
    #[schema(value_type = String, format = DateTime)]
    sent_at: Instant,
    /// When it reached or left the desk.
    #[schema(value_type = String, format = DateTime)]
    received_at: Instant,
    /// Its words, without what they quote; null once erased.
    body: Option<String>,
    /// Whether it answers the matter.
    technical: bool,
    /// Number of the merged request that it was written to, where it is not this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<String>,
    /// Its files.
    files: Vec<FileShape>,
    /// What it seems to hold that nobody should leave in a request: `card`, `iban`, `password`; for staff.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    seems_to_hold: Vec<&'static str>,
}

/// A file of a message.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct FileShape {
    /// Its id.
    id: String,
    /// Its name; null once erased.
    name: Option<String>,
    /// Media type, as declared.
    media_type: String,
    /// Bytes.
    size: u64,
}

/// Something that happened.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct EventShape {
    /// When the desk recorded it.
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
    /// By whom; null for the desk itself.
    by: Option<String>,
    /// What (`opened`, `wrote`, `assigned`, `started`, `missed`, …).
    event: String,
    /// Which promise, for an event of a clock.
    promise: Option<String>,
    /// The words of a reason given with it.
    reason: Option<String>,
    /// The clause, where one is behind it.
    clause: Option<ClauseShape>,
}

/// A request.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TicketShape {
    /// Its number.
    number: String,
    /// Commits so far; the entity tag is made of it.
    version: u64,
    /// Key of the provider.
    provider: String,
    /// The customer; null for an unknown sender.
    account: Option<AccountShape>,
    /// Who asks; null for an unknown sender.
    contact: Option<PersonShape>,
    /// Name or address of who asks.
    requester: String,
    /// What it is about.
    subject: String,
    /// How it came.
    channel: String,
    /// When it truly arrived.
    #[schema(value_type = String, format = DateTime)]
    received_at: Instant,
    /// When the desk recorded it.
    #[schema(value_type = String, format = DateTime)]
    opened_at: Instant,
    /// Of the agreement's vocabulary.
    severity: Option<String>,
    /// `new`, `open`, `waiting`, `resolved`, `closed` or `declined`.
    state: &'static str,
    /// `provider`, `customer`, `third_party` or `nobody`.
    turn: &'static str,
    /// Who takes care of it.
    assignee: Option<PersonShape>,
    /// Who is there for them while they are absent; null while they are there, or nobody is.
    stand_in: Option<PersonShape>,
    /// The adviser of the customer.
    adviser: Option<PersonShape>,
    /// That it is answered in another language than it asks for, and why.
    answering: Option<AnsweringShape>,
    /// The team it is with.
    team: Option<String>,
    /// The role it climbed to.
    climbed_to: Option<String>,
    /// How it ended.
    outcome: Option<String>,
    /// The agreement it runs under.
    agreement: AgreementNameShape,
    /// What is known of it; words of people are null once erased.
    facts: serde_json::Map<String, serde_json::Value>,
    /// Coverage in force, with every reason.
    coverage: CoverageShape,
    /// Its clocks, in the order they started.
    clocks: Vec<ClockShape>,
    /// Its messages; notes only for the provider's people.
    messages: Vec<MessageShape>,
    /// Everything that happened.
    events: Vec<EventShape>,
    /// What the customer, or the desk, must do.
    duties: Vec<DutyShape>,
    /// Grounds on which an escalation may be asked for.
    grounds: Vec<GroundShape>,
    /// An escalation that was asked for and is not decided.
    escalation: Option<EscalationShape>,
    /// Until when the last answer may be undone.
    #[schema(value_type = Option<String>, format = DateTime)]
    held_until: Option<Instant>,
    /// Whether it was taken although it is not covered, and at what price.
    exception: Option<ExceptionShape>,
    /// The clause by which it was declined.
    declined: Option<ClauseShape>,
    /// For whom it turned out to be.
    converted_to: Option<String>,
    /// When silence closes it.
    #[schema(value_type = Option<String>, format = DateTime)]
    closes_at: Option<Instant>,
    /// Who follows it; contacts see those of their side.
    followers: Vec<PersonShape>,
    /// Whether the caller follows it.
    follows: bool,
    /// Until when it is put off.
    #[schema(value_type = Option<String>, format = DateTime)]
    snoozed_until: Option<Instant>,
    /// Time spent.
    time: Vec<TimeShape>,
    /// How the customer says that they were helped; null while nobody did.
    satisfaction: Option<SatisfactionShape>,
    /// The opening at which the rules give it to somebody, where they wait for one; for the provider's people.
    awaited_opening: Option<AwaitedOpeningShape>,
    /// What the customer claims of the agreement; null while nothing is.
    claim: Option<ClaimShape>,
    /// Whose time it took, along the clock that ran longest; null where none ran.
    taken: Option<TakenShape>,
    /// Tags.
    tags: Vec<String>,
    /// Values of the desk's own fields, by key; those that are not filled are null.
    fields: serde_json::Map<String, serde_json::Value>,
    /// Number of the request that goes on for it.
    merged_into: Option<String>,
    /// Numbers of the requests that it goes on for.
    merged: Vec<String>,
    /// What it has to do with.
    links: Vec<LinkShape>,
    /// Number of the request that it was taken out of.
    split_from: Option<String>,
    /// What the agreement wants known and is not.
    wanted: Vec<WantedShape>,
}

/// Something that the customer, or the desk, must do.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DutyShape {
    /// Its name.
    duty: String,
    /// What people read.
    label: String,
    /// `not_asked`, `later`, `due`, `done` or `refused`.
    state: &'static str,
    /// `customer`, `agent` or `provider`; null while a fact that decides it is unknown.
    owner: Option<String>,
    /// From when it is owed.
    #[schema(value_type = Option<String>, format = DateTime)]
    due_from: Option<Instant>,
    /// Commands that wait for it.
    blocks: Vec<String>,
    /// The clause that asks for it.
    clause: Option<ClauseShape>,
}

/// A ground of escalation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct GroundShape {
    /// Its name.
    ground: String,
    /// What people read.
    label: String,
    /// Whether it is there by itself, such as a response that is late.
    offered: bool,
    /// The clause, with its item.
    clause: ClauseShape,
}

/// That a request is answered in another language than it asks for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AnsweringShape {
    /// The language asked for, by code.
    wanted: String,
    /// The language in which it is answered.
    language: String,
    /// Whether the reason is that nobody who is there speaks it; else the agreement does not offer it.
    nobody_speaks: bool,
    /// The same as a sentence.
    text: String,
    /// The clause that says so, where the agreement speaks of languages.
    clause: Option<ClauseShape>,
}

/// An escalation that was asked for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct EscalationShape {
    /// On which ground.
    ground: Option<String>,
    /// To whom.
    to: Option<String>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
}

/// An exception.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ExceptionShape {
    /// At what price, as it was said.
    price: Option<String>,
}

/// Time spent.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TimeShape {
    by: String,
    minutes: u32,
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
    kind: Option<String>,
    /// Minutes that the agreement counts for them; null where it counts none, or not in time.
    counted_minutes: Option<u32>,
    /// The clause that counts and rounds them.
    counted_by: Option<ClauseShape>,
}

/// What a customer said of how they were helped.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SatisfactionShape {
    /// `good`, `fair` or `bad`.
    score: &'static str,
    /// The answer of the agreement's own scale; null where it has none.
    answer: Option<String>,
    /// In their words; null where there are none, or once they are erased.
    comment: Option<String>,
    /// When they said it.
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
}

/// The opening for which a request waits that nobody has.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AwaitedOpeningShape {
    /// Name of the team that is closed; null where the hours of the agreement are over.
    team: Option<String>,
    /// When it opens.
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
}

/// What a customer claims of the agreement.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ClaimShape {
    /// Which consequence of the agreement.
    consequence: String,
    /// For which month or year.
    period: String,
    /// When it was claimed.
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
    /// The clause that says how.
    clause: ClauseShape,
    /// What was decided, for good; null while nothing is.
    decision: Option<ClaimDecisionShape>,
}

/// What a desk decided on a claim.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ClaimDecisionShape {
    /// Whether it is granted.
    granted: bool,
    /// What the desk measured and reckoned.
    figures: Option<String>,
    /// Who decided.
    by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
    /// The clause that says who decides.
    clause: Option<ClauseShape>,
}

impl ClaimShape {
    fn of(claim: &operations::ClaimView) -> Self {
        Self {
            consequence: claim.consequence.0.clone(),
            period: claim.period.clone(),
            at: claim.at,
            clause: ClauseShape::of(&claim.clause),
            decision: claim.decision.as_ref().map(|decision| ClaimDecisionShape {
                granted: decision.granted,
                figures: decision.figures.clone(),
                by: decision.by.clone(),
                at: decision.at,
                clause: decision.clause.as_ref().map(ClauseShape::of),
            }),
        }
    }
}

/// Whose time a request took.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TakenShape {
    /// The promise whose clock it is.
    promise: String,
    /// Its clause.
    clause: ClauseShape,
    /// Seconds of the clock's hours that were the desk's.
    provider_s: i64,
    /// Seconds of the same hours by whoever was waited for: `customer`, `vendor`, `third_party`.
    waited_s: std::collections::BTreeMap<String, i64>,
    /// Seconds outside of these hours.
    closed_s: i64,
}

impl TakenShape {
    fn of(taken: &operations::TimeTaken) -> Self {
        Self {
            promise: taken.promise.clone(),
            clause: ClauseShape::of(&taken.clause),
            provider_s: taken.provider_seconds,
            waited_s: taken.waited_seconds.iter().cloned().collect(),
            closed_s: taken.closed_seconds,
        }
    }
}

/// A link to another request.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct LinkShape {
    number: String,
    /// `related`, `follow_up` (it follows that one), `followed_by`, `causes` or `duplicates`.
    kind: String,
}

/// A fact that is wanted.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct WantedShape {
    fact: String,
    /// By which step: `open`, `triage`, `resolve` or `close`.
    by: String,
}

impl TicketShape {
    pub(crate) fn of(frame: &Frame, provider: &str, view: &TicketView) -> Self {
        let person = |person: &operations::PersonView| PersonShape {
            id: person.id.to_string(),
            name: person.name.clone(),
            email: person.email.clone(),
        };
        Self {
            number: view.number.clone(),
            version: view.version,
            provider: provider.to_owned(),
            account: view
                .account
                .as_ref()
                .map(|(id, name)| AccountShape { id: id.to_string(), name: name.clone() }),
            contact: view.contact.as_ref().map(person),
            requester: view.requester.clone(),
            subject: view.subject.clone(),
            channel: view.channel.clone(),
            received_at: view.received_at,
            opened_at: view.opened_at,
            severity: view.severity.clone(),
            state: view.state.as_str(),
            turn: view.turn.as_str(),
            assignee: view.assignee.as_ref().map(person),
            stand_in: view.stand_in.as_ref().and_then(Option::as_ref).map(person),
            adviser: view.adviser.as_ref().map(person),
            answering: view.answering.as_ref().map(|answering| AnsweringShape {
                wanted: answering.wanted.clone(),
                language: answering.language.clone(),
                nobody_speaks: answering.nobody_speaks,
                text: answering_in_words(frame, answering),
                clause: answering.clause.as_ref().map(ClauseShape::of),
            }),
            team: view.team.clone(),
            climbed_to: view.climbed_to.clone(),
            outcome: view.outcome.clone(),
            agreement: AgreementNameShape {
                key: view.agreement.key.clone(),
                version: view.agreement.version.clone(),
            },
            facts: view.facts.iter().map(|(name, value)| (name.to_string(), fact(value))).collect(),
            coverage: CoverageShape::of(frame, &view.coverage, view.verdict),
            clocks: view.clocks.iter().map(|clock| ClockShape::of(frame, clock)).collect(),
            messages: view.messages.iter().map(message).collect(),
            events: view.timeline.iter().map(|entry| event(view, entry)).collect(),
            duties: view.duties.iter().map(|duty| duty_shape(frame, duty)).collect(),
            grounds: view
                .grounds
                .iter()
                .map(|(ground, label, clause, offered)| GroundShape {
                    ground: ground.clone(),
                    label: label.text(frame.language.tag()).to_owned(),
                    offered: *offered,
                    clause: ClauseShape::of(clause),
                })
                .collect(),
            escalation: view.escalation.as_ref().map(|asked| EscalationShape {
                ground: asked.ground.clone(),
                to: asked.to.clone(),
                at: asked.at,
            }),
            held_until: view.held.as_ref().map(|held| held.until),
            exception: view.exception.as_ref().map(|price| ExceptionShape { price: price.clone() }),
            declined: view.declined.as_ref().map(ClauseShape::of),
            converted_to: view.converted_to.clone(),
            closes_at: view.closes_by_silence.as_ref().map(|(at, _)| *at),
            followers: view.followers.iter().map(person).collect(),
            follows: view.follows,
            snoozed_until: view.snoozed_until,
            time: view
                .time
                .iter()
                .map(|entry| TimeShape {
                    by: entry.by.clone(),
                    minutes: entry.minutes,
                    at: entry.at,
                    kind: entry.kind.clone(),
                    counted_minutes: entry.counted.as_ref().and_then(|counted| counted.minutes),
                    counted_by: entry.counted.as_ref().map(|counted| ClauseShape::of(&counted.clause)),
                })
                .collect(),
            satisfaction: view.rating.as_ref().map(|(rating, comment)| SatisfactionShape {
                score: rating.score.as_str(),
                answer: rating.answer.clone(),
                comment: comment.clone(),
                at: rating.at,
            }),
            awaited_opening: view
                .awaited_opening
                .as_ref()
                .map(|awaited| AwaitedOpeningShape { team: awaited.team.clone(), at: awaited.at }),
            claim: view.claim.as_ref().map(ClaimShape::of),
            taken: view.taken.as_ref().map(TakenShape::of),
            tags: view.tags.clone(),
            fields: view.fields.iter().map(|field| (field.field.key.clone(), field.json())).collect(),
            merged_into: view.merged_into.clone(),
            merged: view.absorbed.clone(),
            links: view
                .links
                .iter()
                .map(|(number, kind)| LinkShape { number: number.clone(), kind: kind.clone() })
                .collect(),
            split_from: view.split_from.clone(),
            wanted: view
                .wanted
                .iter()
                .map(|(fact, by)| WantedShape { fact: fact.to_string(), by: by.clone() })
                .collect(),
        }
    }
}

fn duty_shape(frame: &Frame, duty: &desk::TicketDuty) -> DutyShape {
    DutyShape {
        duty: duty.task.clone(),
        label: crate::happening::duty_name(frame, &duty.task, &duty.label),
        state: duty.state.as_str(),
        owner: duty.owner.clone(),
        due_from: duty.due_from,
        blocks: duty.blocks.clone(),
        clause: duty.clause.as_ref().map(ClauseShape::of),
    }
}

fn message(message: &operations::MessageView) -> MessageShape {
    MessageShape {
        id: message.id.to_string(),
        kind: match message.kind {
            MessageKind::Incoming => "incoming",
            MessageKind::Outgoing => "outgoing",
            MessageKind::Note => "note",
        },
        by: message.by.name.clone(),
        channel: message.channel.clone(),
        sent_at: message.sent_at,
        received_at: message.received_at,
        body: message.body.clone(),
        technical: message.technical,
        of: message.of.clone(),
        files: message
            .files
            .iter()
            .map(|file| FileShape {
                id: file.id.to_string(),
                name: file.name.clone(),
                media_type: file.media_type.clone(),
                size: file.size,
            })
            .collect(),
        seems_to_hold: message.seems_to_hold.iter().map(|kind| kind.as_str()).collect(),
    }
}

fn event(view: &TicketView, entry: &operations::TimelineEntry) -> EventShape {
    // The log's own names; what stands beside them there (ids, digests) is not for the outside.
    let (event, promise, told) = match &entry.event {
        TicketEvent::Metered { change } => {
            let promise = change.key().map(|key| key.promise.clone());
            (variant_name(change), promise, change.clause().map(ClauseShape::of))
        }
        TicketEvent::Opened { .. } | TicketEvent::Wrote { .. } | TicketEvent::CoverageFound { .. } => {
            (variant_name(&entry.event), None, None)
        }
        event => as_logged(event),
    };
    let clause = told.or_else(|| {
        let promise = promise.as_deref()?;
        let clock = view.clocks.iter().rfind(|clock| clock.reading.promise == promise)?;
        Some(ClauseShape::of(&clock.reading.clause))
    });
    EventShape { at: entry.at, by: entry.by.clone(), event, promise, reason: entry.reason.clone(), clause }
}

/// Name, promise and clause of an event, found in what the log holds of it.
fn as_logged(event: &TicketEvent) -> (String, Option<String>, Option<ClauseShape>) {
    let json = serde_json::to_value(event).unwrap_or_default();
    let (name, fields) = tagged(&json);
    let promise =
        ["/key/promise", "/clock/key/promise"].iter().find_map(|place| fields.pointer(place)?.as_str());
    let clause = ["/clause", "/clock/clause", "/wait/clause"]
        .iter()
        .find_map(|place| serde_json::from_value::<Clause>(fields.pointer(place)?.clone()).ok());
    (name.to_owned(), promise.map(str::to_owned), clause.as_ref().map(ClauseShape::of))
}

/// The name of a variant as the log writes it: what stands between the first two quotes. Nothing after
/// them is written.
fn variant_name(event: &impl Serialize) -> String {
    struct Name(Vec<u8>);
    impl std::io::Write for Name {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.extend_from_slice(bytes);
            let is_whole = self.0.iter().filter(|byte| **byte == b'"').count() > 1;
            if is_whole { Err(std::io::ErrorKind::WriteZero.into()) } else { Ok(bytes.len()) }
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut name = Name(Vec::with_capacity(32));
    // The failure is the end that is wanted.
    let _ = serde_json::to_writer(&mut name, event);
    let text = String::from_utf8_lossy(&name.0);
    text.split('"').nth(1).unwrap_or_default().to_owned()
}

/// The name of a variant as the log writes it, and its fields.
fn tagged(json: &serde_json::Value) -> (&str, &serde_json::Value) {
    match json {
        serde_json::Value::Object(variant) => variant
            .iter()
            .next()
            .map_or(("", &serde_json::Value::Null), |(name, fields)| (name.as_str(), fields)),
        json => (json.as_str().unwrap_or_default(), &serde_json::Value::Null),
    }
}

/// A request in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TicketRowShape {
    number: String,
    subject: String,
    requester: String,
    account: Option<String>,
    agreement: AgreementNameShape,
    severity: Option<String>,
    state: &'static str,
    turn: &'static str,
    /// `covered`, `not_covered` or `needs_judgement`.
    verdict: &'static str,
    assignee: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    received_at: Instant,
    /// The clock that falls due first.
    nearest_clock: Option<ClockShape>,
    /// Whether a deadline was missed.
    missed: bool,
}

impl TicketRowShape {
    pub(crate) fn of(frame: &Frame, row: &QueueRow) -> Self {
        Self {
            number: row.number.clone(),
            subject: row.subject.clone(),
            requester: row.requester.clone(),
            account: row.account.clone(),
            agreement: AgreementNameShape {
                key: row.agreement.key.clone(),
                version: row.agreement.version.clone(),
            },
            severity: row.severity.clone(),
            state: row.state.as_str(),
            turn: row.turn.as_str(),
            verdict: verdict_name(row.verdict),
            assignee: row.assignee.clone(),
            received_at: row.received_at,
            nearest_clock: row.nearest.as_ref().map(|clock| ClockShape::of(frame, clock)),
            missed: row.missed,
        }
    }
}

/// A page of a list of requests.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TicketListShape {
    /// The requests.
    pub(crate) items: Vec<TicketRowShape>,
    /// Where the next page begins; null on the last.
    pub(crate) cursor: Option<String>,
}

/// A request to open.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTicketShape {
    /// Key of the provider; the caller's own when absent.
    pub(crate) provider: Option<String>,
    /// The account, by key or id; optional where the contact has one.
    pub(crate) account: Option<String>,
    /// The contact, by address; the caller when absent.
    pub(crate) contact: Option<String>,
    /// `email`, `web`, `portal`, `phone`, `voicemail`; `api` and none count as `web`.
    pub(crate) channel: Option<String>,
    /// What it is about.
    #[serde(default)]
    pub(crate) subject: String,
    /// In the asker's words.
    #[serde(default)]
    pub(crate) body: String,
    pub(crate) product: Option<String>,
    pub(crate) product_version: Option<String>,
    pub(crate) problem: Option<String>,
    pub(crate) severity: Option<String>,
    /// Facts of the agreement, by name.
    pub(crate) facts: Option<serde_json::Map<String, serde_json::Value>>,
    /// Values of the desk's own fields, by key.
    pub(crate) fields: Option<serde_json::Map<String, serde_json::Value>>,
    /// When it truly arrived, for agents logging a call.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) received_at: Option<Instant>,
}
