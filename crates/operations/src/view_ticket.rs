use crate::answering::{AnsweringView, answering};
use crate::assign_requests::{AwaitedOpening, awaited_opening};
use crate::attribute_time::{TimeTaken, attribute_time};
use crate::environment::Environment;
use crate::error::Failure;
use crate::fill_fields::{FieldView, fields_of};
use crate::find_ticket::find_ticket;
use crate::keep_assignment::adviser_of;
use crate::scan_files::{FileScan, free_file, told};
use crate::show_letter::kept_letter;
use crate::strip_metadata::strip_metadata;
use crate::viewer::Viewer;
use async_recursion::async_recursion as boxed;
use calendar::{Instant, LocalDate, Zone};
use desk::{
    Author, ContentId, Contract, ContractId, FileId, Message, MessageId, MessageKind, Person, PersonId,
    ProviderId, Recorded, Right, SecretKind, Ticket, TicketDuty, TicketEvent, TicketId, TicketState, Turn,
    may_see, recognise,
};
use mail::{ProtectionScheme, SignatureFinding};
use meters::{Clock, Course, Progress, Reading, read_in};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use store::{FileMeta, LogEntry, TicketPage};
use terms::{AgreementName, Coverage, Facts, KeptWords, Label, Terms, Verdict};

/// A request as one viewer sees it at one instant. Pages, API and mails draw from this alone.
#[derive(Clone, Debug)]
pub struct TicketView {
    /// Its number, with the provider's prefix.
    pub number: String,
    /// Commits so far; the entity tag of the request.
    pub version: u64,
    /// The instant of the view.
    pub now: Instant,
    /// What it is about.
    pub subject: String,
    /// How it came.
    pub channel: String,
    /// When it truly arrived.
    pub received_at: Instant,
    /// When the desk recorded it.
    pub opened_at: Instant,
    /// Where it stands.
    pub state: TicketState,
    /// Whose turn it is.
    pub turn: Turn,
    /// Whose, while it is neither side's: a name, `vendor`, or another party.
    pub third_party: String,
    /// Severity, of the agreement's vocabulary.
    pub severity: Option<String>,
    /// The customer: id and name.
    pub account: Option<(desk::AccountId, String)>,
    /// Who asks, where known.
    pub contact: Option<PersonView>,
    /// Name or address of who asks, always there.
    pub requester: String,
    /// Who takes care of it.
    pub assignee: Option<PersonView>,
    /// Who is there for them while they are absent; the inner is none while nobody is. For staff.
    pub stand_in: Option<Option<PersonView>>,
    /// The adviser of the customer.
    pub adviser: Option<PersonView>,
    /// In which other language than asked for it is answered, and why.
    pub answering: Option<AnsweringView>,
    /// The opening at which the rules give it to somebody, where they wait for one; for staff.
    pub awaited_opening: Option<AwaitedOpening>,
    /// The team it is with.
    pub team: Option<String>,
    /// The role it climbed to.
    pub climbed_to: Option<String>,
    /// Vendor and reference, while it is with one.
    pub vendor: Option<(String, String)>,
    /// How it ended.
    pub outcome: Option<String>,
    /// The contract, where there is one.
    pub contract: Option<ContractView>,
    /// The agreement it runs under.
    pub agreement: AgreementName,
    /// Its terms, for labels and vocabularies.
    pub terms: Arc<Terms>,
    /// What is known of it.
    pub facts: Facts,
    /// Coverage as computed, with every reason.
    pub coverage: Coverage,
    /// The verdict in force.
    pub verdict: Verdict,
    /// A person's verdict, where there is one.
    pub judgement: Option<JudgementView>,
    /// Every clock, in the order they started.
    pub clocks: Vec<ClockView>,
    /// Place in `clocks` of the open one that falls due first.
    pub nearest: Option<usize>,
    /// Messages in order; notes only for staff.
    pub messages: Vec<MessageView>,
    /// Everything that happened, in order; for contacts without what is internal.
    pub timeline: Vec<TimelineEntry>,
    /// What left by mail, and how it fares; for staff.
    pub deliveries: Vec<DeliveryView>,
    /// Duties that were asked for or stand; for contacts those of the customer.
    pub duties: Vec<TicketDuty>,
    /// Grounds on which an escalation may be asked for, each with whether it is there by itself.
    pub grounds: Vec<(String, Label, terms::Clause, bool)>,
    /// An escalation that was asked for and is not decided.
    pub escalation: Option<desk::EscalationAsked>,
    /// An answer that may still be undone, until when.
    pub held: Option<HeldView>,
    /// Whether it was taken as an exception, and at what price.
    pub exception: Option<Option<String>>,
    /// The clause by which it was refused.
    pub declined: Option<terms::Clause>,
    /// For whom it turned out to be.
    pub converted_to: Option<String>,
    /// When silence will close it, and by which clause.
    pub closes_by_silence: Option<(Instant, terms::Clause)>,
    /// Until when it is put off; for staff.
    pub snoozed_until: Option<Instant>,
    /// Time spent; for staff.
    pub time: Vec<TimeView>,
    /// Who follows it; contacts see those of their side.
    pub followers: Vec<PersonView>,
    /// Whether the viewer follows it.
    pub follows: bool,
    /// How the customer says that they were helped, and in which words.
    pub rating: Option<(desk::Rating, Option<String>)>,
    /// What the customer claims of the agreement, and what was decided.
    pub claim: Option<ClaimView>,
    /// The clause by which an answer, once it is closed, opens a new request instead of opening it again.
    pub follows_up: Option<terms::Clause>,
    /// Whose time it took.
    pub taken: Option<TimeTaken>,
    /// Tags; for staff.
    pub tags: Vec<String>,
    /// The provider's own fields that the viewer reads, filled or not.
    pub fields: Vec<FieldView>,
    /// Number of the request that goes on for it.
    pub merged_into: Option<String>,
    /// Numbers of the requests that it goes on for.
    pub absorbed: Vec<String>,
    /// Numbers of what it has to do with, and how; for staff.
    pub links: Vec<(String, String)>,
    /// Number of the request that it was taken out of; for staff.
    pub split_from: Option<String>,
    /// Facts that the document wants known and that are not, with the step by which.
    pub wanted: Vec<(terms::FactName, String)>,
}

/// What the customer claims of the agreement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimView {
    /// Which consequence: its name, and what people read.
    pub consequence: (String, Label),
    /// For which month or year (`2026-09`).
    pub period: String,
    /// When it was claimed.
    pub at: Instant,
    /// The clause that says how.
    pub clause: terms::Clause,
    /// What was decided.
    pub decision: Option<ClaimDecisionView>,
}

/// What a desk decided on a claim, for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimDecisionView {
    /// Whether it is granted.
    pub granted: bool,
    /// What the desk measured and reckoned.
    pub figures: Option<String>,
    /// Who decided.
    pub by: String,
    /// When.
    pub at: Instant,
    /// The clause that says who decides.
    pub clause: Option<terms::Clause>,
}

/// An answer that waits to leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldView {
    /// Its words.
    pub body: String,
    /// Until when it may be undone.
    pub until: Instant,
}

/// Time spent on a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeView {
    /// By whom.
    pub by: String,
    /// Minutes.
    pub minutes: u32,
    /// When it began.
    pub at: Instant,
    /// Of what kind.
    pub kind: Option<String>,
    /// What the agreement counted of it.
    pub counted: Option<meters::WorkCounted>,
}

/// A person as others see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonView {
    /// Their id.
    pub id: PersonId,
    /// Name.
    pub name: String,
    /// Address.
    pub email: String,
    /// Zone, where known.
    pub zone: Option<Zone>,
    /// Language.
    pub language: String,
}

impl PersonView {
    pub(crate) fn of(person: &Person) -> Self {
        Self {
            id: person.id,
            name: person.name.clone(),
            email: person.email.clone(),
            zone: person.zone.as_deref().and_then(|zone| Zone::parse(zone).ok()),
            language: person.language.clone(),
        }
    }
}

/// A contract in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractView {
    /// Its id.
    pub id: ContractId,
    /// First day.
    pub from: LocalDate,
    /// Last day.
    pub to: Option<LocalDate>,
    /// Values of its parameters.
    pub parameters: Facts,
}

impl From<Contract> for ContractView {
    fn from(contract: Contract) -> Self {
        let Contract { id, from, to, parameters, .. } = contract;
        Self { id, from, to, parameters }
    }
}

/// A person's verdict on coverage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgementView {
    /// The verdict.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: Instant,
}

/// A clock with what a page needs beside its reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockView {
    /// What it shows.
    pub reading: Reading,
    /// Zone of its calendar.
    pub zone: Zone,
    /// What its calendar is called; empty for wall-clock time.
    pub calendar_label: Label,
    /// Interpretations in force that speak of it or of its calendar.
    pub interpretations: Vec<InterpretationView>,
}

/// An interpretation with what it set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterpretationView {
    /// Name in the document.
    pub name: String,
    /// What is in force.
    pub text: Label,
    /// Alternatives: name and text.
    pub alternatives: Vec<(String, Label)>,
}

/// A message of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageView {
    /// Its id.
    pub id: MessageId,
    /// For whom it is.
    pub kind: MessageKind,
    /// Who wrote it.
    pub by: AuthorView,
    /// How it came or went.
    pub channel: String,
    /// When its writer sent it.
    pub sent_at: Instant,
    /// When it reached or left the desk.
    pub received_at: Instant,
    /// Its words, without what they quote; none once erased.
    pub body: Option<String>,
    /// The whole text with what it quotes, where that is more; shown folded.
    pub history: Option<String>,
    /// The form in which its letter was sent, where that is kept.
    pub html: Option<FileId>,
    /// Whether it can be shown in the form in which its letter was sent.
    pub has_form: bool,
    /// Whether it answers the matter.
    pub technical: bool,
    /// Whether a machine wrote it.
    pub automatic: bool,
    /// What was found of its sender, where a server checked; for staff.
    pub checks: Option<String>,
    /// What its signature said when it came, or that it is encrypted; for staff.
    pub signature: Option<SignatureView>,
    /// Number of the merged request that it was written to, where it is not this one.
    pub of: Option<String>,
    /// The letter as it came, where its bytes are kept: with what each server on its way wrote about itself.
    /// Among the files it stands for those who work for the provider alone.
    pub kept_letter: Option<FileId>,
    /// Its files.
    pub files: Vec<FileView>,
    /// What it seems to hold that should not stand in a request; for staff.
    pub seems_to_hold: Vec<SecretKind>,
}

/// What the signature of a message said when it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureView {
    /// `S/MIME` or `OpenPGP`.
    pub scheme: &'static str,
    /// `pass`, `neutral` (not verified), `fail`, `expired`, `other` (of another address), `partial` or `encrypted`.
    pub verdict: &'static str,
    /// Whose certificate or key it is, as far as known.
    pub signer: Option<String>,
}

impl SignatureView {
    fn of(found: SignatureFinding) -> Self {
        let scheme = match found.scheme {
            ProtectionScheme::Smime => "S/MIME",
            ProtectionScheme::Pgp => "OpenPGP",
        };
        Self { scheme, verdict: found.verdict.word(), signer: found.signer }
    }
}

/// Who wrote a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorView {
    /// Name, or address.
    pub name: String,
    /// Whether they belong to the provider.
    pub is_staff: bool,
    /// Whether it is the viewer.
    pub is_viewer: bool,
}

/// A file of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileView {
    /// Its id.
    pub id: FileId,
    /// Name; none once erased.
    pub name: Option<String>,
    /// Media type.
    pub media_type: String,
    /// Bytes.
    pub size: u64,
    /// Whether it is handed on.
    pub scan: FileScan,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineEntry {
    /// When it was recorded.
    pub at: Instant,
    /// By whom; none for the desk itself.
    pub by: Option<String>,
    /// What.
    pub event: TicketEvent,
    /// The words of a reason given with it.
    pub reason: Option<String>,
}

/// A message on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryView {
    /// `acknowledgement`, `reply`, `warning`, `missed`, `customer_wrote`.
    pub kind: String,
    /// To which address.
    pub recipient: String,
    /// `waiting`, `sent`, `failed`, `returned` (a mail server did not deliver it) or `held` (not sent on
    /// purpose).
    pub state: String,
    /// Tries so far.
    pub attempts: u32,
    /// What the last failure said.
    pub error: Option<String>,
}

/// Shows a request to a viewer.
///
/// # Errors
/// - there is none of that number that the viewer may see;
/// - the store fails, or the adopted agreement cannot be read.
pub async fn view_ticket(
    environment: &Environment,
    viewer: &Viewer,
    number: &str,
) -> Result<TicketView, Failure> {
    let missing = || Failure::NotFound { what: "request" };
    let id = find_ticket(environment, viewer, number).await?;
    let page = environment.store.ticket_page(&viewer.provider.id, id).await?.ok_or_else(missing)?;
    let ticket = fold(&page)?;
    show(environment, viewer, page, &ticket).await
}

/// The bytes of a file of a request that the viewer may see.
///
/// # Errors
/// - there is no such request or file for this viewer;
/// - the store fails.
pub async fn read_file(
    environment: &Environment,
    viewer: &Viewer,
    number: &str,
    file: FileId,
) -> Result<(FileView, Vec<u8>), Failure> {
    let view = view_ticket(environment, viewer, number).await?;
    let missing = || Failure::NotFound { what: "file" };
    let found = view.messages.iter().flat_map(|message| &message.files).find(|found| found.id == file);
    let shown = found.ok_or_else(missing)?.clone();
    let (_, bytes) = free_file(environment, &viewer.provider.id, file).await?.ok_or_else(missing)?;
    Ok((shown, strip_metadata(bytes)))
}

/// Draws a stored request, with what its log folds to, for a viewer.
#[boxed]
pub(crate) async fn show(
    environment: &Environment,
    viewer: &Viewer,
    page: TicketPage,
    ticket: &Ticket,
) -> Result<TicketView, Failure> {
    if !may_see(&viewer.person, &viewer.standings, ticket) {
        return Err(Failure::NotFound { what: "request" });
    }
    let now = environment.now();
    let terms = environment.terms(&ticket.provider, &ticket.agreement).await?;
    let coverage = ticket.coverage(&terms);
    let progress = ticket.progress_read();
    let clocks: Vec<ClockView> = progress
        .clocks
        .iter()
        .map(|clock| clock_view(&terms, &progress, clock, &ticket.facts, now))
        .collect();
    let names = Names { environment, viewer, contents: &page.contents };
    let mut messages = Vec::with_capacity(ticket.messages.len());
    for message in
        ticket.messages.iter().filter(|message| viewer.is_staff() || message.kind != MessageKind::Note)
    {
        messages.push(names.message(message, &page.files).await?);
    }
    let mut timeline = Vec::new();
    for recorded in page.log.into_iter().flat_map(|entry| entry.commit) {
        if viewer.is_staff() || is_shown_to_customers(&recorded) {
            timeline.push(names.entry(recorded).await?);
        }
    }
    let mut absorbed = Vec::with_capacity(ticket.absorbed.len());
    let merged = merged_in_depth(environment, &ticket.provider, ticket.id, &ticket.absorbed).await?;
    for (page, other) in &merged {
        absorbed.push(page.row.number.clone());
        messages.extend(names.messages_of(page, other).await?);
    }
    if !absorbed.is_empty() {
        messages.sort_by_key(|message| message.received_at);
    }
    let judgement = match &ticket.judgement {
        Some(judgement) => Some(JudgementView {
            verdict: judgement.verdict,
            reason: page.contents.get(&judgement.reason.id).cloned().unwrap_or_default(),
            by: names.of_person(judgement.by.person()).await?.unwrap_or_default(),
            at: judgement.at,
        }),
        None => None,
    };
    let deliveries = if viewer.is_staff() {
        page.outbox
            .into_iter()
            .map(|row| DeliveryView {
                kind: row.kind,
                recipient: row.recipient.address,
                state: match row.state {
                    store::NoticeState::Waiting => "waiting",
                    store::NoticeState::Done => "sent",
                    store::NoticeState::Dead => "failed",
                    store::NoticeState::Returned => "returned",
                    store::NoticeState::Held => "held",
                }
                .to_owned(),
                attempts: row.attempts,
                error: row.error,
            })
            .collect()
    } else {
        Vec::new()
    };
    let account = match ticket.account {
        Some(id) => {
            let name = environment.account_name(&ticket.provider, id).await?;
            Some((id, name.map(|name| name.to_string()).unwrap_or_default()))
        }
        None => None,
    };
    let contract = match (ticket.account, ticket.contract) {
        (Some(account), Some(wanted)) => {
            let contracts = environment.contracts(&ticket.provider, account).await?;
            contracts.iter().find(|contract| contract.id == wanted).cloned().map(ContractView::from)
        }
        _ => None,
    };
    let work = environment.at_work(&ticket.provider).await?;
    let absent = ticket.assignee.filter(|owner| viewer.is_staff() && work.absence_of(*owner, now).is_some());
    let stand_in = match absent {
        Some(owner) => Some(names.person_view(work.stand_in(owner, now)).await?),
        None => None,
    };
    let adviser = match ticket.account {
        Some(account) => adviser_of(environment, &ticket.provider, account).await?,
        None => None,
    };
    Ok(TicketView {
        number: page.row.number.clone(),
        version: ticket.version,
        now,
        subject: subject_or_none(&page.row.subject, viewer),
        channel: ticket.channel.clone(),
        received_at: ticket.received_at,
        opened_at: ticket.opened_at,
        state: ticket.state,
        turn: ticket.turn,
        third_party: ticket.third_party().to_owned(),
        severity: ticket.facts.text("severity").map(str::to_owned),
        account,
        contact: names.person_view(ticket.contact).await?,
        requester: page.row.requester.clone(),
        assignee: names.person_view(ticket.assignee).await?,
        stand_in,
        adviser: names.person_view(adviser).await?,
        answering: answering(environment, ticket, &terms, now).await?,
        awaited_opening: match viewer.is_staff() {
            true => Box::pin(awaited_opening(environment, ticket, &terms, now)).await?,
            false => None,
        },
        team: ticket.team.clone(),
        climbed_to: ticket.climbed_to.clone(),
        vendor: ticket.vendor.clone(),
        outcome: ticket.outcome.clone(),
        contract,
        agreement: ticket.agreement.clone(),
        facts: spoken(&ticket.facts, &page.contents),
        coverage,
        verdict: ticket.verdict(),
        judgement,
        nearest: ticket.nearest_clock().filter(|_| ticket.is_live()),
        clocks,
        messages,
        timeline,
        deliveries,
        duties: ticket
            .duties(&terms, now)
            .into_iter()
            .filter(|duty| viewer.is_staff() || duty.owner.as_deref() == Some("customer"))
            .collect(),
        grounds: ticket
            .grounds(&terms, now)
            .into_iter()
            .map(|(ground, is_there)| {
                (ground.name.clone(), ground.label.clone(), ground.clause.clone(), is_there)
            })
            .collect(),
        escalation: ticket.escalation.clone(),
        held: ticket.held.as_ref().filter(|_| viewer.is_staff()).map(|held| HeldView {
            body: page.contents.get(&held.message.body.id).cloned().unwrap_or_default(),
            until: held.until,
        }),
        exception: ticket.exception.clone(),
        declined: ticket.declined.clone(),
        converted_to: ticket.converted_to.clone(),
        closes_by_silence: ticket
            .silence(&terms)
            .map(|(course, permission)| (course.ends_at, permission.clause.clone())),
        snoozed_until: ticket.snoozed_until.filter(|_| viewer.is_staff()),
        time: names.time_of(ticket).await?,
        followers: names.followers_of(ticket).await?,
        follows: ticket.followers.contains(&viewer.person.id),
        rating: ticket.rating.clone().map(|rating| {
            let words = rating.comment.as_ref().and_then(|comment| page.contents.get(&comment.id).cloned());
            (rating, words)
        }),
        claim: names.claim_of(ticket, &terms).await?,
        follows_up: ticket.reply_follows_up(&terms, now).cloned(),
        taken: attribute_time(ticket, &terms, now),
        tags: ticket.tags.iter().filter(|_| viewer.is_staff()).cloned().collect(),
        fields: fields_of(environment, viewer, ticket, &page.contents).await?,
        merged_into: names.number_of(ticket.merged_into).await?,
        absorbed,
        links: names.links_of(ticket).await?,
        split_from: names
            .number_of(ticket.split_from.map(|(from, _)| from).filter(|_| viewer.is_staff()))
            .await?,
        wanted: wanted(ticket, &terms),
        terms,
    })
}

/// Requests merged into one that are read with it at most, in depth.
const MERGED_AT_MOST: usize = 200;

/// The requests that go on in one, and those that go on in them, each once and after the one that it went into. What
/// was taken apart again is none of them, although the other side has not been told yet.
async fn merged_in_depth(
    environment: &Environment,
    provider: &ProviderId,
    into: TicketId,
    absorbed: &[TicketId],
) -> Result<Vec<(TicketPage, Ticket)>, Failure> {
    let mut found: Vec<(TicketPage, Ticket)> = Vec::new();
    let bonds = |into: TicketId, absorbed: &[TicketId]| -> Vec<(TicketId, TicketId)> {
        absorbed.iter().map(|id| (into, *id)).collect()
    };
    let mut waiting = VecDeque::from(bonds(into, absorbed));
    while let Some((into, id)) = waiting.pop_front() {
        if found.len() >= MERGED_AT_MOST || found.iter().any(|(page, _)| page.row.id == id) {
            continue;
        }
        let Some(page) = environment.store.ticket_page(provider, id).await? else { continue };
        let ticket = fold(&page)?;
        if ticket.merged_into == Some(into) {
            waiting.extend(bonds(id, &ticket.absorbed));
            found.push((page, ticket));
        }
    }
    Ok(found)
}

/// Facts with the words that still stand.
fn spoken(facts: &Facts, contents: &HashMap<ContentId, String>) -> Facts {
    let mut spoken = facts.clone();
    spoken.speak(|kept| words_of(kept, contents).map(str::to_owned));
    spoken
}

/// The words of a fact, while they stand.
pub(crate) fn words_of<'a>(kept: &KeptWords, contents: &'a HashMap<ContentId, String>) -> Option<&'a str> {
    contents.get(&kept.id.parse().ok()?).map(String::as_str)
}

/// Facts that the document wants known by some step and that nobody has said.
fn wanted(ticket: &Ticket, terms: &Terms) -> Vec<(terms::FactName, String)> {
    let rules = terms.facts.iter().filter(|rule| ticket.facts.get(rule.name.as_str()).is_none());
    let said = |rule: &terms::FactRule| rule.name.as_str() == "outcome" && ticket.outcome.is_some();
    let missing = rules.filter(|rule| rule.presumed.is_none() && !said(rule));
    missing.filter_map(|rule| Some((rule.name.clone(), rule.required.clone()?))).collect()
}

/// The subject, or words that say that there is none.
pub(crate) fn subject_or_none(subject: &str, viewer: &Viewer) -> String {
    if subject.is_empty() { words::text(viewer.language(), "no-subject").into() } else { subject.to_owned() }
}

/// The request that a stored log folds to.
pub(crate) fn fold(page: &TicketPage) -> Result<Ticket, Failure> {
    fold_log(&page.log)
}

/// The request that commits in order fold to.
pub(crate) fn fold_log(log: &[LogEntry]) -> Result<Ticket, Failure> {
    Ticket::fold(log.iter().map(|entry| entry.commit.as_slice())).ok_or_else(|| {
        store::StoreError::Corrupt { what: "a request whose log does not begin with an opening".to_owned() }
            .into()
    })
}

/// A clock as pages, mails and the API show it.
pub(crate) fn clock_view(
    terms: &Arc<Terms>,
    progress: &Progress,
    clock: &Clock,
    facts: &Facts,
    now: Instant,
) -> ClockView {
    let ClockView { reading, zone, .. } = clock_in_row(terms, progress, clock, facts, now);
    let rule = terms.calendar_rule(&clock.calendar, facts).ok();
    let about_calendar = rule.map(|rule| rule.interpretations.as_slice()).unwrap_or_default();
    let mut interpretations: Vec<InterpretationView> = Vec::new();
    for name in reading.interpretations.iter().chain(about_calendar) {
        if interpretations.iter().any(|known| known.name == *name) {
            continue;
        }
        if let Some(interpretation) = terms.interpretation(name) {
            interpretations.push(InterpretationView {
                name: interpretation.name.clone(),
                text: interpretation.text.clone(),
                alternatives: interpretation
                    .alternatives
                    .iter()
                    .map(|alternative| (alternative.name.clone(), alternative.text.clone()))
                    .collect(),
            });
        }
    }
    ClockView {
        reading,
        zone,
        calendar_label: rule.map(|rule| rule.label.clone()).unwrap_or_default(),
        interpretations,
    }
}

/// A clock as a list shows it: what it reads, without the words beside it.
pub(crate) fn clock_in_row(
    terms: &Terms,
    progress: &Progress,
    clock: &Clock,
    facts: &Facts,
    now: Instant,
) -> ClockView {
    let calendar = Course::new(terms).calendar_of(clock, facts);
    ClockView {
        reading: read_in(&calendar, progress, clock, now),
        zone: calendar.zone().clone(),
        calendar_label: Label::default(),
        interpretations: Vec::new(),
    }
}

/// What customers see of what happened: not notes, not who was told inside the house.
pub(crate) fn is_shown_to_customers(recorded: &Recorded) -> bool {
    match &recorded.event {
        TicketEvent::Wrote { message, .. } => message.kind != MessageKind::Note,
        TicketEvent::Metered { change } => !matches!(change, meters::ClockChange::Warned { .. }),
        TicketEvent::NoticeReturned { .. }
        | TicketEvent::Suspected { .. }
        | TicketEvent::Held { .. }
        | TicketEvent::Unsent { .. }
        | TicketEvent::Jumped { .. }
        | TicketEvent::Snoozed { .. }
        | TicketEvent::Followed { .. }
        | TicketEvent::Unfollowed { .. }
        | TicketEvent::Woke
        | TicketEvent::TimeLogged { .. }
        | TicketEvent::Tagged { .. }
        | TicketEvent::FieldsSet { .. }
        | TicketEvent::RuleFired { .. }
        | TicketEvent::Told { .. }
        | TicketEvent::RatingAsked
        | TicketEvent::Linked { .. }
        | TicketEvent::Unlinked { .. }
        | TicketEvent::SplitFrom { .. }
        | TicketEvent::SplitOff { .. } => false,
        TicketEvent::NoticeSent { kind, .. } => matches!(kind.as_str(), "acknowledgement" | "reply"),
        TicketEvent::CoverageJudged { .. } | TicketEvent::Assigned { .. } | TicketEvent::Opened { .. } => {
            true
        }
        _ => true,
    }
}

/// Names and words that a view needs beside the events.
struct Names<'a> {
    environment: &'a Environment,
    viewer: &'a Viewer,
    contents: &'a HashMap<desk::ContentId, String>,
}

impl Names<'_> {
    /// The messages of a request that goes on in this one, under its own number.
    async fn messages_of(&self, page: &TicketPage, ticket: &Ticket) -> Result<Vec<MessageView>, Failure> {
        let names = Names { environment: self.environment, viewer: self.viewer, contents: &page.contents };
        let mut messages = Vec::with_capacity(ticket.messages.len());
        for message in &ticket.messages {
            if self.viewer.is_staff() || message.kind != MessageKind::Note {
                let mut message = names.message(message, &page.files).await?;
                message.of = Some(page.row.number.clone());
                messages.push(message);
            }
        }
        Ok(messages)
    }

    async fn number_of(&self, id: Option<TicketId>) -> Result<Option<String>, Failure> {
        let Some(id) = id else { return Ok(None) };
        let row = self.environment.store.ticket_row(&self.viewer.provider.id, id).await?;
        Ok(row.map(|row| row.number))
    }

    async fn links_of(&self, ticket: &Ticket) -> Result<Vec<(String, String)>, Failure> {
        let mut links = Vec::new();
        let follows = |kind: &str| matches!(kind, "follow_up" | "followed_by");
        for (id, kind) in ticket.links.iter().filter(|(_, kind)| self.viewer.is_staff() || follows(kind)) {
            let row = self.environment.store.ticket_row(&self.viewer.provider.id, *id).await?;
            // Of the links that colleagues make, a customer sees those that stay with their account.
            let seen = row.filter(|row| {
                self.viewer.is_staff() || (row.account.is_some() && row.account == ticket.account)
            });
            links.extend(seen.map(|row| (row.number, kind.clone())));
        }
        Ok(links)
    }

    async fn claim_of(&self, ticket: &Ticket, terms: &Terms) -> Result<Option<ClaimView>, Failure> {
        let Some(claim) = &ticket.claim else { return Ok(None) };
        let decision = match &claim.decision {
            Some(decision) => Some(ClaimDecisionView {
                granted: decision.granted,
                figures: decision.figures.clone(),
                by: self.of_person(decision.by.person()).await?.unwrap_or_default(),
                at: decision.at,
                clause: decision.clause.clone(),
            }),
            None => None,
        };
        let label = terms.consequence(&claim.consequence).map(|known| known.label.clone());
        Ok(Some(ClaimView {
            consequence: (claim.consequence.clone(), label.unwrap_or_default()),
            period: claim.period.clone(),
            at: claim.at,
            clause: claim.clause.clone(),
            decision,
        }))
    }

    async fn time_of(&self, ticket: &Ticket) -> Result<Vec<TimeView>, Failure> {
        let mut time = Vec::new();
        for entry in ticket.time.iter().filter(|_| self.viewer.is_staff()) {
            time.push(TimeView {
                by: self.of_person(entry.by.person()).await?.unwrap_or_default(),
                minutes: entry.minutes,
                at: entry.at,
                kind: entry.kind.clone(),
                counted: entry.counted.clone(),
            });
        }
        Ok(time)
    }

    async fn person_view(&self, id: Option<PersonId>) -> Result<Option<PersonView>, Failure> {
        let Some(id) = id else { return Ok(None) };
        let person = self.environment.person(&self.viewer.provider.id, id).await?;
        Ok(person.map(|person| PersonView::of(&person)))
    }

    async fn followers_of(&self, ticket: &Ticket) -> Result<Vec<PersonView>, Failure> {
        let mut followers = Vec::with_capacity(ticket.followers.len());
        for id in &ticket.followers {
            let person = self.environment.person(&self.viewer.provider.id, *id).await?;
            followers.extend(
                person
                    .filter(|person| self.viewer.is_staff() || !person.role.is_staff())
                    .map(|person| PersonView::of(&person)),
            );
        }
        Ok(followers)
    }

    async fn of_person(&self, id: Option<PersonId>) -> Result<Option<String>, Failure> {
        let Some(id) = id else { return Ok(None) };
        let person = self.environment.person(&self.viewer.provider.id, id).await?;
        Ok(person.map(|person| person.name.clone()))
    }

    async fn author(&self, author: &Author) -> Result<AuthorView, Failure> {
        match author {
            Author::Person { id } => {
                let person = self.environment.person(&self.viewer.provider.id, *id).await?;
                Ok(AuthorView {
                    name: person.as_ref().map(|person| person.name.clone()).unwrap_or_default(),
                    is_staff: person.as_ref().is_some_and(|person| person.role.is_staff()),
                    is_viewer: *id == self.viewer.person.id,
                })
            }
            Author::Address { address } => Ok(AuthorView {
                name: self.contents.get(&address.id).cloned().unwrap_or_default(),
                is_staff: false,
                is_viewer: false,
            }),
        }
    }

    async fn message(&self, message: &Message, kept: &[FileMeta]) -> Result<MessageView, Failure> {
        let by_name = self.viewer.may(Right::KeepPrivacy);
        let kept_letter = kept_letter(message, kept);
        let is_shown = |id| Some(id) != kept_letter || self.viewer.is_staff();
        let files = message.files.iter().filter(|file| is_shown(file.id)).map(|file| {
            let known = kept.iter().find(|meta| meta.id == file.id);
            FileView {
                id: file.id,
                name: known.map(|meta| meta.name.clone()),
                media_type: file.media_type.clone(),
                size: file.size,
                scan: known.map_or(FileScan::Free, |meta| told(self.environment, &meta.scan, by_name)),
            }
        });
        let html = message.html.as_ref().map(|html| html.id);
        let html = html.filter(|id| kept.iter().any(|meta| meta.id == *id));
        let checks = message.checks.as_deref().filter(|_| self.viewer.is_staff());
        let (found, checks) = checks.map(SignatureFinding::read).unwrap_or_default();
        Ok(MessageView {
            id: message.id,
            kind: message.kind,
            by: self.author(&message.by).await?,
            channel: message.channel.clone(),
            sent_at: message.sent_at,
            received_at: message.received_at,
            body: self.contents.get(&message.body.id).cloned(),
            history: message.history.as_ref().and_then(|history| self.contents.get(&history.id).cloned()),
            html,
            // A letter taken in before forms were kept has one where its bytes stand beside it.
            has_form: html.is_some() || kept_letter.is_some(),
            technical: message.technical,
            automatic: message.automatic,
            checks: Some(checks).filter(|checks| !checks.is_empty()),
            signature: found.map(SignatureView::of),
            of: None,
            kept_letter,
            files: files.collect(),
            seems_to_hold: match self.viewer.is_staff() {
                true => self.likely_in(message),
                false => Vec::new(),
            },
        })
    }

    /// What kinds of things a message seems to hold that nobody should leave in a request.
    fn likely_in(&self, message: &Message) -> Vec<SecretKind> {
        let texts = std::iter::once(&message.body).chain(&message.history);
        let texts = texts.filter_map(|text| self.contents.get(&text.id));
        let found = texts.flat_map(|text| recognise(text)).map(|likely| likely.kind);
        found.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Who caused an event: a person by name, a rule by its key; none for the desk itself.
    async fn of_actor(&self, actor: &desk::Actor) -> Result<Option<String>, Failure> {
        match actor {
            desk::Actor::Rule { key, .. } if self.viewer.is_staff() => {
                let name = ("rule", words::Value::Text(key.as_str()));
                Ok(Some(words::text_with(self.viewer.language(), "rule-named", &[name])))
            }
            desk::Actor::Rule { .. } => Ok(None),
            actor => self.of_person(actor.person()).await,
        }
    }

    async fn entry(&self, mut recorded: Recorded) -> Result<TimelineEntry, Failure> {
        if let TicketEvent::Learnt { facts } = &mut recorded.event {
            *facts = spoken(facts, self.contents);
        }
        let other = match &recorded.event {
            TicketEvent::Suspected { ticket }
            | TicketEvent::MergedInto { ticket }
            | TicketEvent::Unmerged { ticket }
            | TicketEvent::Absorbed { ticket }
            | TicketEvent::Released { ticket }
            | TicketEvent::Linked { ticket, .. }
            | TicketEvent::Unlinked { ticket }
            | TicketEvent::SplitFrom { ticket, .. }
            | TicketEvent::SplitOff { into: ticket, .. } => Some(*ticket),
            _ => None,
        };
        if other.is_some() {
            return Ok(TimelineEntry {
                at: recorded.at,
                by: self.of_actor(&recorded.by).await?,
                event: recorded.event,
                reason: self.number_of(other).await?,
            });
        }
        let reason = match &recorded.event {
            TicketEvent::CoverageJudged { judgement } => Some(&judgement.reason),
            TicketEvent::Waited { reason, .. }
            | TicketEvent::Jumped { reason, .. }
            | TicketEvent::EscalationAsked { reason, .. }
            | TicketEvent::Escalated { reason, .. } => reason.as_ref(),
            TicketEvent::NoticeReturned { reason, .. } => Some(reason),
            TicketEvent::Followed { person } | TicketEvent::Unfollowed { person } => {
                return Ok(TimelineEntry {
                    at: recorded.at,
                    by: self.of_actor(&recorded.by).await?,
                    reason: self.of_person(Some(*person)).await?,
                    event: recorded.event,
                });
            }
            _ => None,
        };
        let reason = reason.and_then(|reason| self.contents.get(&reason.id).cloned());
        Ok(TimelineEntry {
            at: recorded.at,
            by: self.of_actor(&recorded.by).await?,
            event: recorded.event,
            reason,
        })
    }
}
