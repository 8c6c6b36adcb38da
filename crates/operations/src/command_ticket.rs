use crate::bind_tickets::{Bond, bind_tickets, complete_split};
use crate::carry_out::{Baggage, carry_out, carry_out_at_once};
use crate::done::Done;
use crate::environment::Environment;
use crate::error::Failure;
use crate::fill_fields::{is_any_wanted, must_be_filled, read_values};
use crate::find_ticket::find_ticket;
use crate::folded::Folded;
use crate::keep_fields::RequiredBy;
use crate::keep_named_contacts::kept_to_others;
use crate::keep_storage::must_have_room;
use crate::open_ticket::{IDEMPOTENT_FOR_SECONDS, NewFile, check_key};
use crate::redact::redact;
use crate::redaction::Redaction;
use crate::view_ticket::{TicketView, fold, words_of};
use crate::viewer::Viewer;
use async_recursion::async_recursion as boxed;
use calendar::{Instant, Span, Zone};
use desk::{
    Author, ContentRef, DutyAnswer, MessageId, PersonId, ProviderId, Refusal, Right, TicketCommand, TicketId,
    Turn, Words, may_see,
};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use store::{IdempotencyEntry, StoreError};
use terms::{FactType, FactValue, Facts, Verdict};
use words::Language;

/// What a viewer may ask of a request that stands, in words and files not yet sealed.
#[derive(Clone, Debug)]
pub enum Request {
    /// A message to the other side.
    Reply {
        /// Its words.
        body: String,
        /// Its files.
        files: Vec<NewFile>,
        /// Whether it answers the matter.
        technical: bool,
        /// Whose turn it then is.
        turn: Option<Turn>,
        /// For how long it may be undone, in seconds; 0 sends at once.
        undo_seconds: u32,
    },
    /// An answer that may still be undone is taken back.
    Undo,
    /// A note between colleagues.
    Note {
        /// Its words.
        body: String,
    },
    /// The customer is told how the work goes on.
    Update {
        /// The words.
        body: String,
    },
    /// Somebody asks how the work goes on.
    RequestUpdate {
        /// The words.
        body: Option<String>,
    },
    /// The customer was called.
    LogCall {
        /// Whether somebody was reached; else a message was left.
        reached: bool,
        /// What was said.
        body: String,
    },
    /// A call or a meeting is proposed.
    ProposeMeeting {
        /// When it may be.
        slots: Vec<Instant>,
        /// Words before the list of times.
        body: String,
    },
    /// A step of the work that the agreement speaks of by a name of its own.
    Milestone {
        /// The event's name.
        name: String,
        /// What the customer is told.
        body: Option<String>,
    },
    /// The viewer takes it.
    TakeUp {
        /// Why before others, where the agreement gives an order and somebody says it.
        reason: Option<String>,
    },
    /// It is given to somebody or to a team.
    Assign {
        /// The person.
        agent: Option<PersonId>,
        /// The team.
        team: Option<String>,
    },
    /// It is given back: nobody takes care of it.
    Unassign,
    /// Another team takes it over.
    HandOver {
        /// Which; the agreement's own where it is not said.
        to: Option<String>,
        /// For what kind of work.
        kind: Option<String>,
    },
    /// Facts are set, the severity among them.
    Learn {
        /// The facts.
        facts: Facts,
        /// Roles whose consent was given.
        consent: BTreeSet<String>,
    },
    /// The customer does not agree with what was set.
    Contest {
        /// With what.
        what: String,
        /// Why.
        body: String,
    },
    /// The viewer decides on coverage.
    JudgeCoverage {
        /// The verdict.
        verdict: Verdict,
        /// Why.
        reason: String,
    },
    /// What is not covered is taken all the same.
    AcceptException {
        /// Why.
        reason: String,
        /// At what price.
        price: Option<String>,
    },
    /// The request is refused.
    Decline {
        /// By which clause; the first reason against where it is not said.
        clause: Option<String>,
        /// What the customer is told.
        body: String,
    },
    /// It turns out to be work of another kind.
    Convert {
        /// For whom; the agreement's own where it is not said.
        to: Option<String>,
    },
    /// The customer is asked for something.
    Ask {
        /// The duty, or its kind: `evidence`, `access`, `test`, `contact`.
        task: String,
        /// The words.
        body: String,
    },
    /// A duty is answered.
    AnswerDuty {
        /// The duty, or its kind.
        task: String,
        /// Done, or not possible.
        answer: DutyAnswer,
        /// What is given, of what the agreement asks.
        given: BTreeSet<String>,
        /// The words.
        body: Option<String>,
    },
    /// The desk does what is the customer's duty.
    TakeOverDuty {
        /// The duty.
        task: String,
    },
    /// Work waits for somebody.
    Wait {
        /// For whom.
        party: String,
        /// The duty that is lacking.
        task: Option<String>,
        /// For what.
        reason: Option<String>,
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
        /// With what.
        result: String,
    },
    /// Somebody above is asked to look at it.
    Escalate {
        /// On which ground of the agreement.
        ground: Option<String>,
        /// Whom.
        to: Option<String>,
        /// Why.
        reason: Option<String>,
    },
    /// An escalation that was asked for is granted, or not.
    DecideEscalation {
        /// Whether.
        granted: bool,
        /// What the customer is told.
        body: Option<String>,
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
    /// It is put off; none takes it back at once.
    Snooze {
        /// Until when.
        until: Option<Instant>,
    },
    /// Somebody follows it: the viewer, where nobody is named by id or address.
    Follow {
        /// Who.
        person: Option<String>,
    },
    /// Somebody follows it no more.
    Unfollow {
        /// Who.
        person: Option<String>,
    },
    /// Time was spent.
    LogTime {
        /// Minutes.
        minutes: u32,
        /// When it began; now where it is not said.
        at: Option<Instant>,
        /// Of what kind.
        kind: Option<String>,
    },
    /// Tags come and go.
    Tag {
        /// Which come.
        add: Vec<String>,
        /// Which go.
        remove: Vec<String>,
    },
    /// Fields that the provider added are filled, or emptied.
    SetFields {
        /// Their values by key; null empties.
        fields: Map<String, Value>,
    },
    /// The work ends.
    Resolve {
        /// With which outcome.
        outcome: String,
        /// What the customer is told.
        body: String,
    },
    /// The customer says that it is not solved.
    RefuseResolution {
        /// Why.
        body: String,
    },
    /// The customer says how they were helped.
    Rate {
        /// How: `good`, `fair`, `bad`, or an answer of the agreement's own scale.
        score: String,
        /// In their words.
        comment: Option<String>,
    },
    /// The customer claims what the agreement gives.
    Claim {
        /// Which consequence; the only one that can be claimed where it is not said.
        consequence: Option<String>,
        /// For which month or year (`2026-09`).
        period: String,
        /// What is given with it, of what the agreement asks.
        given: BTreeSet<String>,
        /// The words.
        body: Option<String>,
    },
    /// The desk decides on the claim, for good.
    DecideClaim {
        /// Whether it is granted.
        granted: bool,
        /// What the desk measured and reckoned.
        figures: Option<String>,
        /// What the customer is told.
        body: Option<String>,
    },
    /// What is closed goes on in a new request.
    FollowUp {
        /// What the new one is about; the same where it is not said.
        subject: Option<String>,
        /// Its first words.
        body: String,
        /// Its files.
        files: Vec<NewFile>,
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
    /// It goes on in another.
    Merge {
        /// Number of the other.
        into: String,
    },
    /// It stands alone again.
    Unmerge,
    /// A message begins a request of its own.
    Split {
        /// The message; the last of the customer's where it is not said.
        message: Option<MessageId>,
        /// What the new one is about; the same where it is not said.
        subject: Option<String>,
    },
    /// Something that should not stand in it is blacked out, for good.
    Redact {
        /// What.
        redaction: Redaction,
    },
    /// It has to do with another.
    Link {
        /// Number of the other.
        to: String,
        /// How: `related`, `follow_up`, `causes`, `duplicates`.
        kind: String,
    },
    /// It has nothing to do with another after all.
    Unlink {
        /// Number of the other.
        to: String,
    },
}

impl Request {
    /// The right that it asks for, by whose name agreements permit it.
    #[must_use]
    pub fn right(&self) -> Right {
        match self {
            Self::Reply { .. } => Right::Reply,
            Self::Undo => Right::Undo,
            Self::Note { .. } => Right::Note,
            Self::Update { .. } => Right::Update,
            Self::RequestUpdate { .. } => Right::RequestUpdate,
            Self::LogCall { .. } => Right::LogCall,
            Self::ProposeMeeting { .. } => Right::ProposeMeeting,
            Self::Milestone { .. } => Right::Milestone,
            Self::TakeUp { .. } | Self::Assign { .. } | Self::Unassign => Right::Assign,
            Self::HandOver { .. } => Right::HandOver,
            Self::Learn { facts, .. } if facts.get("severity").is_some() => Right::SetSeverity,
            Self::Learn { .. } | Self::Tag { .. } => Right::Classify,
            Self::SetFields { .. } => Right::SetFields,
            Self::Contest { .. } => Right::Contest,
            Self::JudgeCoverage { .. } => Right::JudgeCoverage,
            Self::AcceptException { .. } => Right::AcceptException,
            Self::Decline { .. } => Right::Decline,
            Self::Convert { .. } => Right::Convert,
            Self::Ask { .. } | Self::TakeOverDuty { .. } => Right::Ask,
            Self::AnswerDuty { .. } => Right::AnswerDuty,
            Self::Wait { .. } | Self::Resume => Right::Wait,
            Self::PassToVendor { .. } | Self::BackFromVendor { .. } => Right::PassToVendor,
            Self::Escalate { .. } => Right::Escalate,
            Self::DecideEscalation { .. } => Right::DecideEscalation,
            Self::Agree { .. } => Right::Agree,
            Self::Snooze { .. } => Right::Snooze,
            Self::Follow { .. } | Self::Unfollow { .. } => Right::FollowRequest,
            Self::LogTime { .. } => Right::LogTime,
            Self::Resolve { .. } => Right::Resolve,
            Self::RefuseResolution { .. } => Right::RefuseResolution,
            Self::Rate { .. } => Right::Rate,
            Self::Claim { .. } => Right::Claim,
            Self::DecideClaim { .. } => Right::DecideClaim,
            Self::FollowUp { .. } => Right::Open,
            Self::Confirm => Right::Confirm,
            Self::Close { .. } => Right::Close,
            Self::Reopen => Right::Reopen,
            Self::Redact { .. } => Right::Redact,
            Self::Merge { .. }
            | Self::Unmerge
            | Self::Split { .. }
            | Self::Link { .. }
            | Self::Unlink { .. } => Right::Merge,
        }
    }
}

/// What makes a repeated sending of a command one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// The key that the sender chose; kept for 24 hours.
    pub key: String,
    /// What was asked, in any form that is the same for the same command.
    pub asked: String,
}

/// What is known of a command once its key was looked up.
pub(crate) enum Sent {
    /// It was carried out before.
    Before(Done),
    /// It comes for the first time, with what makes it known again; none where it was sent without a key.
    Now(Option<IdempotencyEntry>),
}

/// Looks up whether a viewer sent a command on a request before, under the same key.
///
/// # Errors
/// - the key was used for another command;
/// - the store fails.
pub(crate) async fn sent(
    environment: &Environment,
    viewer: &Viewer,
    number: &str,
    once: Option<Once>,
) -> Result<Sent, Failure> {
    let Some(once) = once else { return Ok(Sent::Now(None)) };
    check_key(&once.key)?;
    let (provider, now) = (&viewer.provider.id, environment.now());
    let request_digest: [u8; 32] = Sha256::digest(format!("{number}\0{}", once.asked)).into();
    match environment.store.idempotent(provider, viewer.person.id, &once.key, now).await? {
        Some((known, _)) if known != request_digest => Err(Failure::KeyReused),
        // What it opened is meant, where it opened something.
        Some((_, ticket)) => Done::standing(environment, provider, ticket).await.map(Sent::Before),
        None => Ok(Sent::Now(Some(IdempotencyEntry {
            person: viewer.person.id,
            key: once.key,
            request_digest,
            expires_at: now.plus_seconds(IDEMPOTENT_FOR_SECONDS),
        }))),
    }
}

/// What became of a command with this digest. Of two copies that raced one is carried out, and both give what it did.
async fn carried_out_once(
    environment: &Environment,
    provider: &ProviderId,
    asked: Option<[u8; 32]>,
    carried: Result<Done, Failure>,
) -> Result<Done, Failure> {
    match carried {
        Err(Failure::Store(StoreError::AlreadyDone { request_digest, ticket })) => {
            if asked != Some(request_digest) {
                return Err(Failure::KeyReused);
            }
            Done::standing(environment, provider, ticket).await
        }
        carried => carried,
    }
}

/// Carries out a viewer's request on a ticket and shows what it then is.
///
/// # Errors
/// - there is no such request for this viewer;
/// - a text is empty, or the person or team is none of the provider's;
/// - the core refuses, or the request changed since `expected_version`;
/// - the store fails.
pub async fn command_ticket(
    environment: &Environment,
    viewer: &Viewer,
    number: &str,
    request: Request,
    expected_version: Option<u64>,
) -> Result<TicketView, Failure> {
    let done = command_ticket_once(environment, viewer, number, request, expected_version, None).await?;
    done.show(environment, viewer).await
}

/// As [`command_ticket`], without showing anything. A command that was carried out under the same key within 24
/// hours is not carried out again.
///
/// # Errors
/// As [`command_ticket`], and when the key is too long or was used for another command.
#[boxed]
pub async fn command_ticket_once(
    environment: &Environment,
    viewer: &Viewer,
    number: &str,
    request: Request,
    expected_version: Option<u64>,
    once: Option<Once>,
) -> Result<Done, Failure> {
    if !viewer.may_write() {
        return Err(Failure::NotPermitted);
    }
    let missing = || Failure::NotFound { what: "request" };
    let (provider, id) = (viewer.provider.id.clone(), find_ticket(environment, viewer, number).await?);
    let mut request = request;
    let right = request.right();
    if !viewer.is_staff() {
        let page = environment.store.ticket_page(&provider, id).await?.ok_or_else(missing)?;
        let ticket = fold(&page)?;
        if !may_see(&viewer.person, &viewer.standings, &ticket) {
            return Err(missing());
        }
        // An agreement may give a customer more than the trade does, so that only a role that may
        // write nothing at all is stopped here; the core decides on the rest, with its clause.
        let follows = right == Right::FollowRequest;
        if !follows && !viewer.may_in(Right::Reply, ticket.account) {
            return Err(Failure::NotPermitted);
        }
        let terms = environment.terms(&provider, &ticket.agreement).await?;
        let permission = terms.permission(right.name());
        let others = kept_to_others(environment, &terms, permission, ticket.account, &viewer.person).await?;
        if let Some(clause) = others {
            let act = right.name().to_owned();
            return Err(Failure::Refused(Refusal::NotPermitted { act, clause: Some(clause) }));
        }
        if let Request::Reply { files, .. } | Request::FollowUp { files, .. } = &request {
            let bytes = files.iter().map(|file| file.bytes.len()).sum();
            must_have_room(environment, &provider, ticket.account, bytes).await?;
        }
        request = match request {
            // The agreement makes a new request of an answer to a closed one.
            Request::Reply { body, files, .. }
                if ticket.reply_follows_up(&terms, environment.now()).is_some() =>
            {
                Request::FollowUp { subject: None, body, files }
            }
            request => request,
        };
    } else if !viewer.may(right) {
        return Err(Failure::NotPermitted);
    }
    // No key is kept of it: a digest of what was asked would let whoever reads it try passages. Done again, it finds none.
    if let Request::Redact { redaction } = &request {
        return redact(environment, viewer, None, number, redaction, expected_version).await;
    }
    // What a split opened is told by the request that it was taken out of.
    let is_split = matches!(request, Request::Split { .. });
    let idempotency = match sent(environment, viewer, number, once).await? {
        Sent::Before(done) if is_split => {
            Box::pin(complete_split(environment, viewer, id, &done.number)).await?;
            return Done::standing(environment, &provider, id).await;
        }
        Sent::Before(done) => return Ok(done),
        Sent::Now(entry) => entry,
    };
    let asked = idempotency.as_ref().map(|entry| entry.request_digest);
    let mut baggage = Baggage { idempotency, ..Baggage::default() };
    let filled = BTreeSet::new();
    let sealing = Sealing { environment, viewer, ticket: id, baggage: &mut baggage, filled };
    let command = sealing.seal(request).await?;
    let carried = match command {
        Sealed::One(command) => {
            carry_out(environment, &provider, id, *command, &viewer.actor(), expected_version, baggage)
                .await
                .map(|carried| Done::of(carried.number, carried.folded.ticket.version))
        }
        // What binds two requests is large, and boxed so that it weighs on no other command’s stack.
        Sealed::Bond(bond) => {
            match Box::pin(bind_tickets(environment, viewer, id, bond, expected_version, baggage)).await {
                Ok(opened) => Done::standing(environment, &provider, opened.unwrap_or(id)).await,
                Err(failure) => Err(failure),
            }
        }
    };
    carried_out_once(environment, &provider, asked, carried).await
}

/// Carries out several requests of a colleague on a ticket in one commit: all of them, or none.
///
/// # Errors
/// - there is no such request for this viewer;
/// - one may not be given by this viewer, cannot be given together with others, or is refused:
///   [`Failure::Step`] tells its place;
/// - the request changed since `expected_version`;
/// - the store fails.
pub(crate) async fn command_ticket_at_once(
    environment: &Environment,
    viewer: &Viewer,
    number: &str,
    requests: Vec<Request>,
    expected_version: Option<u64>,
    idempotency: Option<IdempotencyEntry>,
) -> Result<Done, Failure> {
    let id = find_ticket(environment, viewer, number).await?;
    if !viewer.is_staff() {
        return Err(Failure::NotFound { what: "request" });
    }
    let provider = viewer.provider.id.clone();
    if !viewer.may_write() {
        return Err(Failure::NotPermitted);
    }
    let asked = idempotency.as_ref().map(|entry| entry.request_digest);
    let mut baggage = Baggage { idempotency, ..Baggage::default() };
    let commands = seal_commands(environment, viewer, id, requests, &mut baggage).await?;
    let actor = viewer.actor();
    let carried = match carry_out_at_once(
        environment,
        &provider,
        id,
        commands,
        &actor,
        expected_version,
        baggage,
    )
    .await
    {
        Ok(()) => Done::standing(environment, &provider, id).await,
        Err(failure) => Err(failure),
    };
    carried_out_once(environment, &provider, asked, carried).await
}

/// What several requests of a colleague become once their words are kept.
///
/// # Errors
/// [`Failure::Step`] for one that may not be given by this viewer or not together with others.
#[boxed]
pub(crate) async fn seal_commands(
    environment: &Environment,
    viewer: &Viewer,
    id: TicketId,
    requests: Vec<Request>,
    baggage: &mut Baggage,
) -> Result<Vec<TicketCommand>, Failure> {
    let mut commands = Vec::with_capacity(requests.len());
    for (place, request) in requests.into_iter().enumerate() {
        if !viewer.may(request.right()) {
            return Err(Failure::at_step(place, Failure::NotPermitted));
        }
        let filled = filled_before(&commands);
        let sealing = Sealing { environment, viewer, ticket: id, baggage: &mut *baggage, filled };
        match sealing.seal(request).await.map_err(|failure| Failure::at_step(place, failure))? {
            Sealed::One(command) => commands.push(*command),
            Sealed::Bond(_) => return Err(Failure::at_step(place, Failure::NotFound { what: "command" })),
        }
    }
    Ok(commands)
}

fn filled_before(commands: &[TicketCommand]) -> BTreeSet<String> {
    let values = commands.iter().filter_map(|command| match command {
        TicketCommand::SetFields { values } => Some(values),
        _ => None,
    });
    values.flatten().filter(|(_, value)| value.is_some()).map(|(key, _)| key.clone()).collect()
}

/// Who is to follow a request: the viewer, or whom they name by id or address. A contact may be asked to only
/// where they may see it.
async fn follower(
    environment: &Environment,
    viewer: &Viewer,
    ticket: TicketId,
    named: Option<String>,
    must_see: bool,
) -> Result<PersonId, Failure> {
    let Some(named) = named.filter(|named| !named.trim().is_empty()) else { return Ok(viewer.person.id) };
    let unknown = || Failure::Invalid { field: "person", problem: "error-follower".into() };
    let (store, provider) = (&environment.store, &viewer.provider.id);
    let id = match named.trim().parse::<PersonId>() {
        Ok(id) => id,
        // Addresses of others are no matter of a contact's.
        Err(_) if !viewer.is_staff() => return Err(unknown()),
        Err(_) => store.person_by_email(provider, named.trim()).await?.ok_or_else(unknown)?.id,
    };
    if must_see && id != viewer.person.id {
        let (person, standings) = store.person_with_standings(provider, id).await?.ok_or_else(unknown)?;
        let folded = Folded::read(environment, provider, ticket).await?;
        if !viewer.is_staff() || !may_see(&person, &standings, &folded.ticket) {
            return Err(unknown());
        }
    }
    Ok(id)
}

/// What a request becomes once its words are kept: a command on this ticket alone, or on two.
enum Sealed {
    One(Box<TicketCommand>),
    Bond(Bond),
}

struct Sealing<'a> {
    environment: &'a Environment,
    viewer: &'a Viewer,
    ticket: TicketId,
    baggage: &'a mut Baggage,
    /// Fields that commands before, given together with this one, fill.
    filled: BTreeSet<String>,
}

impl Sealing<'_> {
    fn text(&mut self, text: &str) -> Result<ContentRef, Failure> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Failure::Refused(Refusal::Empty));
        }
        Ok(self.baggage.sealed.text(self.environment, text))
    }

    /// A text that may be left out.
    fn maybe(&mut self, text: Option<String>) -> Option<ContentRef> {
        let text = text.filter(|text| !text.trim().is_empty())?;
        Some(self.baggage.sealed.text(self.environment, text.trim()))
    }

    fn words(&mut self, text: Option<String>) -> Option<Words> {
        let message = self.message();
        self.maybe(text).map(|body| Words { message, body })
    }

    /// Facts with their words kept beside the events; words that stand already are not kept again.
    async fn facts(&mut self, mut facts: Facts) -> Result<Facts, Failure> {
        let (environment, provider) = (self.environment, &self.viewer.provider.id);
        let ticket = Folded::read(environment, provider, self.ticket).await?.ticket;
        let terms = environment.terms(provider, &ticket.agreement).await?;
        let mut of_words = terms.facts.iter().filter(|rule| rule.kind == FactType::Words);
        if !of_words.any(|rule| facts.get(rule.name.as_str()).is_some()) {
            return Ok(facts);
        }
        let standing = environment.store.contents_of(provider, self.ticket).await?;
        for (name, known) in ticket.facts.iter() {
            let said = facts.text(name.as_str()).map(str::trim);
            if let FactValue::Words(kept) = known
                && said.is_some()
                && said == words_of(kept, &standing)
            {
                facts.set(name.clone(), known.clone());
            }
        }
        self.baggage.sealed.facts(environment, &terms, &mut facts);
        Ok(facts)
    }

    fn message(&self) -> MessageId {
        MessageId(self.environment.new_id())
    }

    async fn seal(mut self, request: Request) -> Result<Sealed, Failure> {
        let message = self.message();
        let environment = self.environment;
        let viewer = self.viewer;
        let command = match request {
            Request::Reply { body, files, technical, turn, undo_seconds } => {
                let body = self.text(&body)?;
                let sealed = &mut self.baggage.sealed;
                let files = files
                    .into_iter()
                    .map(|file| {
                        sealed.file(environment, message, &file.name, &file.media_type, false, file.bytes)
                    })
                    .collect();
                if viewer.is_staff() {
                    TicketCommand::Reply { message, body, files, technical, turn, undo_seconds }
                } else {
                    let now = environment.now();
                    TicketCommand::Receive {
                        message,
                        author: Author::Person { id: viewer.person.id },
                        channel: "portal".to_owned(),
                        sent_at: now,
                        received_at: now,
                        body,
                        history: None,
                        html: None,
                        files,
                        automatic: false,
                        checks: None,
                    }
                }
            }
            Request::Undo => TicketCommand::Undo,
            Request::Note { body } => {
                let body = self.text(&body)?;
                TicketCommand::Note { message, body, history: None, html: None, files: Vec::new() }
            }
            Request::Update { body } => TicketCommand::Update { message, body: self.text(&body)? },
            Request::RequestUpdate { body } => TicketCommand::RequestUpdate { words: self.words(body) },
            Request::LogCall { reached, body } => {
                TicketCommand::LogCall { reached, message, body: self.text(&body)? }
            }
            Request::ProposeMeeting { slots, body } => {
                let body = self.meeting(&slots, &body).await?;
                TicketCommand::ProposeMeeting { slots, message, body: self.text(&body)? }
            }
            Request::Milestone { name, body } => TicketCommand::Milestone { name, words: self.words(body) },
            Request::TakeUp { reason } => {
                let jumps = jumps(environment, viewer, self.ticket).await?;
                TicketCommand::TakeUp { jumps, reason: self.maybe(reason) }
            }
            Request::Assign { agent, team } => {
                if let Some(agent) = agent {
                    let person = environment.store.person_with_standings(&viewer.provider.id, agent).await?;
                    if !person.is_some_and(|(person, _)| person.role.is_staff()) {
                        return Err(Failure::Invalid {
                            field: "agent",
                            problem: "error-agent-unknown".into(),
                        });
                    }
                }
                TicketCommand::Assign { to: agent, team }
            }
            Request::Unassign => TicketCommand::Unassign,
            Request::HandOver { to, kind } => TicketCommand::HandOver { to, kind },
            Request::Learn { facts, consent } => {
                TicketCommand::Learn { facts: self.facts(facts).await?, consent }
            }
            Request::Contest { what, body } => {
                TicketCommand::Contest { what, message, body: self.text(&body)? }
            }
            Request::JudgeCoverage { verdict, reason } => {
                TicketCommand::JudgeCoverage { verdict, reason: self.text(&reason)? }
            }
            Request::AcceptException { reason, price } => {
                TicketCommand::AcceptException { reason: self.text(&reason)?, price }
            }
            Request::Decline { clause, body } => {
                TicketCommand::Decline { clause, message, body: self.text(&body)? }
            }
            Request::Convert { to } => TicketCommand::Convert { to },
            Request::Ask { task, body } => TicketCommand::Ask { task, message, body: self.text(&body)? },
            Request::AnswerDuty { task, answer, given, body } => {
                TicketCommand::AnswerDuty { task, answer, given, words: self.words(body) }
            }
            Request::TakeOverDuty { task } => TicketCommand::TakeOverDuty { task },
            Request::Wait { party, task, reason } => {
                if !["customer", "vendor", "third_party"].contains(&party.as_str()) {
                    return Err(Failure::Invalid { field: "for", problem: "error-party-unknown".into() });
                }
                TicketCommand::Wait { party, task, reason: self.maybe(reason) }
            }
            Request::Resume => TicketCommand::Resume,
            Request::PassToVendor { vendor, reference } => TicketCommand::PassToVendor { vendor, reference },
            Request::BackFromVendor { result } => TicketCommand::BackFromVendor { result },
            Request::Escalate { ground, to, reason } => {
                TicketCommand::Escalate { ground, to, reason: self.maybe(reason) }
            }
            Request::DecideEscalation { granted, body } => {
                TicketCommand::DecideEscalation { granted, words: self.words(body) }
            }
            Request::Agree { promise, span, consent } => TicketCommand::Agree { promise, span, consent },
            Request::Snooze { until } => TicketCommand::Snooze { until },
            Request::Follow { person } => {
                let person = follower(environment, viewer, self.ticket, person, true).await?;
                TicketCommand::Follow { person }
            }
            Request::Unfollow { person } => {
                let person = follower(environment, viewer, self.ticket, person, false).await?;
                TicketCommand::Unfollow { person }
            }
            Request::LogTime { minutes, at, kind } => TicketCommand::LogTime { minutes, at, kind },
            Request::Tag { add, remove } => TicketCommand::Tag { add, remove },
            Request::SetFields { fields } => {
                let sealed = &mut self.baggage.sealed;
                let values = read_values(environment, viewer, &fields, sealed).await?;
                TicketCommand::SetFields { values }
            }
            Request::Resolve { outcome, body } => {
                if is_any_wanted(environment, viewer, RequiredBy::Resolving).await? {
                    let folded = Folded::read(environment, &viewer.provider.id, self.ticket).await?;
                    let filled =
                        folded.ticket.fields.into_keys().chain(self.filled.iter().cloned()).collect();
                    must_be_filled(environment, viewer, RequiredBy::Resolving, &filled).await?;
                }
                TicketCommand::Resolve { outcome, message, body: self.text(&body)? }
            }
            Request::RefuseResolution { body } => {
                TicketCommand::RefuseResolution { message, body: self.text(&body)? }
            }
            Request::Rate { score, comment } => TicketCommand::Rate { score, comment: self.maybe(comment) },
            Request::Claim { consequence, period, given, body } => {
                TicketCommand::Claim { consequence, period, given, words: self.words(body) }
            }
            Request::DecideClaim { granted, figures, body } => {
                TicketCommand::DecideClaim { granted, figures, words: self.words(body) }
            }
            Request::FollowUp { subject, body, files } => {
                return Ok(Sealed::Bond(Bond::FollowUp { subject, body, files }));
            }
            Request::Confirm => TicketCommand::Confirm,
            Request::Close { reason, consent } => TicketCommand::Close { reason, consent },
            Request::Reopen => TicketCommand::Reopen,
            Request::Merge { into } => return Ok(Sealed::Bond(Bond::Merge { into })),
            Request::Unmerge => return Ok(Sealed::Bond(Bond::Unmerge)),
            Request::Split { message, subject } => return Ok(Sealed::Bond(Bond::Split { message, subject })),
            // It is carried out by itself, in several requests.
            Request::Redact { .. } => return Err(Failure::NotFound { what: "command" }),
            Request::Link { to, kind } => return Ok(Sealed::Bond(Bond::Link { to, kind })),
            Request::Unlink { to } => return Ok(Sealed::Bond(Bond::Unlink { to })),
        };
        Ok(Sealed::One(Box::new(command)))
    }

    /// The message that proposes times: its words, then each time as its reader's wall shows it.
    async fn meeting(&self, slots: &[Instant], body: &str) -> Result<String, Failure> {
        let viewer = self.viewer;
        let row = self.environment.store.ticket_row(&viewer.provider.id, self.ticket).await?;
        let reader = match row.as_ref().and_then(|row| row.contact) {
            Some(contact) => self.environment.person(&viewer.provider.id, contact).await?,
            None => None,
        };
        let language =
            reader.as_ref().map_or(viewer.provider.language.as_str(), |person| person.language.as_str());
        let own =
            reader.as_ref().and_then(|person| person.zone.as_deref()).and_then(|zone| Zone::parse(zone).ok());
        let zone = match (own, row) {
            (None, Some(row)) => {
                Some(self.environment.terms(&viewer.provider.id, &row.agreement).await?.zone.clone())
            }
            (own, _) => own,
        };
        let reader = words::Reader {
            language: Language::parse(language).unwrap_or(Language::French),
            zone,
            paper: true,
        };
        let now = self.environment.now();
        let intro = match body.trim() {
            "" => words::text(reader.language, "meeting-proposed").into_owned(),
            body => body.to_owned(),
        };
        let times: Vec<String> =
            slots.iter().map(|slot| format!("– {}", words::instant_in_words(&reader, *slot, now))).collect();
        Ok(format!("{intro}\n\n{}", times.join("\n")))
    }
}

/// Whether somebody waits whom the agreement's order puts first: so far the order of arrival counts.
async fn jumps(environment: &Environment, viewer: &Viewer, id: TicketId) -> Result<bool, Failure> {
    let provider = &viewer.provider.id;
    let Some(row) = environment.store.ticket_row(provider, id).await? else { return Ok(false) };
    let terms = environment.terms(provider, &row.agreement).await?;
    let by_arrival =
        terms.queue.as_ref().is_some_and(|queue| queue.order.first().is_some_and(|first| first == "arrival"));
    if !by_arrival || row.assignee.is_some() {
        return Ok(false);
    }
    Ok(environment.store.somebody_waits_longer(provider, &row.agreement.key, row.received_at).await?)
}
