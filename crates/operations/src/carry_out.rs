use crate::environment::Environment;
use crate::error::Failure;
use crate::folded::{Folded, Shown};
use crate::list_tickets::Summary;
use crate::mark_ticket::mark_ticket;
use crate::pulse::caught;
use crate::redaction::Redacting;
use crate::seal::Sealed;
use crate::word_notice::{message_id_of, token_of};
use async_recursion::async_recursion as boxed;
use calendar::{Instant, Zone};
use desk::{
    Actor, Audience, ContentId, Decision, FileId, Message, NewTicket, Notice, NoticeId, Person, PersonId,
    ProviderId, Recorded, Refusal, Role, Standing, Ticket, TicketCommand, TicketEvent, TicketId, Urgency,
    leaves_at, may_be_told, notices,
};
use meters::Course;
use std::collections::BTreeSet;
use std::sync::Arc;
use store::{
    Committed, FileMeta, IdempotencyEntry, InboxEntry, LogEntry, NewNotice, NoticeState, OutboxEntry,
    Recipient, Released, StoreError, TicketPage, TicketRow, UnitOfWork,
};
use terms::Terms;

/// What is written in the same transaction as a command's events.
#[derive(Clone, Default)]
pub(crate) struct Baggage {
    /// Texts and files that the events refer to.
    pub(crate) sealed: Sealed,
    /// The letter that brought the command, so that a second copy is recognised.
    pub(crate) inbox: Option<InboxEntry>,
    /// Message-IDs that belong to the request from now on.
    pub(crate) thread_keys: Vec<String>,
    /// Notices that are done with.
    pub(crate) settled: Vec<NoticeId>,
    /// Notices that a mail server did not deliver, with what it said.
    pub(crate) returned: Vec<(NoticeId, String)>,
    /// The key under which the same request is recognised again.
    pub(crate) idempotency: Option<IdempotencyEntry>,
    /// Whether nobody did anything on the request: it stands in lists where it stood, and is kept no longer for it.
    pub(crate) unnoticed: bool,
}

/// A request as a carried-out command left it.
pub(crate) struct CarriedOut {
    pub(crate) number: String,
    /// The request as it then is.
    pub(crate) folded: Arc<Folded>,
}

/// How often a command is decided anew when another writer was faster: on this node they take turns then, so
/// that only other nodes can be faster again.
pub(crate) const TRIES: usize = 8;

/// Opens a request: decide, append, project, all in one transaction.
pub(crate) async fn carry_out_opening(
    environment: &Environment,
    new: NewTicket,
    subject: &str,
    requester: &str,
    terms: &Arc<Terms>,
    actor: &Actor,
    baggage: Baggage,
) -> Result<CarriedOut, Failure> {
    let decided = opening(environment, new, subject, requester, terms, actor, baggage).await?;
    let (committed, folded) = decided.commit(environment).await?;
    Ok(CarriedOut { number: committed.number, folded })
}

/// As [`carry_out_opening`], for somebody who waits to see it: gives what reading it back would.
#[boxed]
pub(crate) async fn carry_out_opening_shown(
    environment: &Environment,
    new: NewTicket,
    subject: &str,
    requester: &str,
    terms: &Arc<Terms>,
    actor: &Actor,
    baggage: Baggage,
) -> Result<(TicketPage, Arc<Folded>), Failure> {
    let decided = opening(environment, new, subject, requester, terms, actor, baggage).await?;
    let mut page = page_of(&decided.unit);
    let (committed, folded) = decided.commit(environment).await?;
    page.row.number = committed.number;
    page.row.version = committed.version;
    page.log[0].position = committed.position;
    Ok((page, folded))
}

/// The decision to open a request, as the store takes it.
async fn opening(
    environment: &Environment,
    mut new: NewTicket,
    subject: &str,
    requester: &str,
    terms: &Arc<Terms>,
    actor: &Actor,
    mut baggage: Baggage,
) -> Result<Decided, Failure> {
    let now = environment.now();
    baggage.sealed.facts(environment, terms, &mut new.facts);
    let decision = Ticket::open(new, terms, actor, now)?;
    let shown = Shown {
        number: String::new(),
        subject: subject.to_owned(),
        requester: requester.to_owned(),
        updated_at: now,
    };
    decided(environment, decision, 0, shown, terms, baggage, now).await
}

/// What reading an opening back will give, but for the number and the position that the store gives.
fn page_of(unit: &UnitOfWork) -> TicketPage {
    let log = vec![LogEntry { version: 1, at: unit.at, commit: unit.commit.clone(), position: 0 }];
    let contents = unit.contents.iter().map(|content| (content.id, content.text.clone())).collect();
    let files = unit.files.iter().map(|file| FileMeta {
        id: file.id,
        ticket: unit.ticket,
        message: file.message,
        name: file.name.clone(),
        media_type: file.media_type.clone(),
        size: file.bytes.len() as u64,
        scan: store::ScanState::Waiting,
    });
    let outbox = unit.outbox.iter().map(|notice| OutboxEntry {
        id: notice.id,
        kind: notice.kind.clone(),
        recipient: notice.recipient.clone(),
        state: NoticeState::Waiting,
        attempts: 0,
        created_at: unit.at,
        error: None,
    });
    TicketPage { row: unit.row.clone(), log, contents, files: files.collect(), outbox: outbox.collect() }
}

/// Carries out a command on a request that stands: load, decide, append at the expected version, as
/// one unit of work. Together with [`carry_out_opening`] and [`carry_out_together`] the only writer of
/// requests.
///
/// When another writer was faster, the whole of it is done anew, never a part. `expected_version`
/// is what the actor had read, where the command depends on it.
#[boxed]
pub(crate) async fn carry_out(
    environment: &Environment,
    provider: &ProviderId,
    id: TicketId,
    command: TicketCommand,
    actor: &Actor,
    expected_version: Option<u64>,
    baggage: Baggage,
) -> Result<CarriedOut, Failure> {
    let mut turn = environment.turns.join(id).await;
    for _ in 0..TRIES {
        let folded = Folded::read(environment, provider, id).await?;
        must_be_as_read(&folded, expected_version)?;
        let decided = decide(environment, &folded, command.clone(), actor, baggage.clone()).await?;
        let Some(decided) = decided else {
            return Ok(CarriedOut { number: folded.shown.number.clone(), folded: Arc::new(folded) });
        };
        match decided.commit(environment).await {
            Ok((committed, folded)) => return Ok(CarriedOut { number: committed.number, folded }),
            Err(StoreError::Conflict) => environment.turns.wait(id, &mut turn).await,
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Conflict.into())
}

/// A request that changed since the version that its actor had read is left as it is.
fn must_be_as_read(folded: &Folded, expected_version: Option<u64>) -> Result<(), Failure> {
    match expected_version {
        Some(expected) if expected != folded.ticket.version => {
            Err(Failure::Changed { version: folded.ticket.version })
        }
        _ => Ok(()),
    }
}

/// Carries out several commands as one: all in one commit, or none. A refusal tells the place of its
/// command. `expected_version` is what the actor had read, as in [`carry_out`].
#[boxed]
pub(crate) async fn carry_out_at_once(
    environment: &Environment,
    provider: &ProviderId,
    id: TicketId,
    commands: Vec<TicketCommand>,
    actor: &Actor,
    expected_version: Option<u64>,
    baggage: Baggage,
) -> Result<(), Failure> {
    let mut turn = environment.turns.join(id).await;
    for _ in 0..TRIES {
        let folded = Folded::read(environment, provider, id).await?;
        must_be_as_read(&folded, expected_version)?;
        let terms = environment.terms(provider, &folded.ticket.agreement).await?;
        let now = environment.now();
        let all = at_once(&folded.ticket, commands.iter(), &terms, actor, now)
            .map_err(|(place, refusal)| Failure::at_step(place, refusal.into()))?;
        if all.events.is_empty() {
            return Ok(());
        }
        let expected = folded.ticket.version;
        let shown = folded.shown.clone();
        let decided = decided(environment, all, expected, shown, &terms, baggage.clone(), now).await?;
        match decided.commit(environment).await {
            Ok(_) => return Ok(()),
            Err(StoreError::Conflict) => environment.turns.wait(id, &mut turn).await,
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Conflict.into())
}

/// Why something goes of a request.
pub(crate) enum Ground {
    /// A person is erased.
    Person(PersonId),
    /// It was kept as long as it was to be kept: what, and by which rule.
    Outlived { what: Vec<String>, by: String },
    /// Its account is destroyed.
    Destruction,
}

/// What goes of a request, and what its row then says.
pub(crate) struct Erasing {
    pub(crate) ground: Ground,
    pub(crate) files: Vec<FileId>,
    pub(crate) contents: Vec<ContentId>,
    pub(crate) subject: Option<String>,
    pub(crate) requester: Option<String>,
}

/// What went of a request.
pub(crate) struct ErasedFrom {
    pub(crate) number: String,
    pub(crate) texts: usize,
    pub(crate) files: usize,
}

/// Erases from a request what `erasing` finds in it, each time it is read anew. Nothing is done where
/// that is nothing.
pub(crate) async fn carry_out_erasure(
    environment: &Environment,
    provider: &ProviderId,
    id: TicketId,
    actor: &Actor,
    mut erasing: impl FnMut(&TicketPage) -> Option<Erasing> + Send,
) -> Result<Option<ErasedFrom>, Failure> {
    let mut turn = environment.turns.join(id).await;
    for _ in 0..TRIES {
        let page = environment.store.ticket_page(provider, id).await?;
        let page = page.ok_or(Failure::NotFound { what: "request" })?;
        let Some(Erasing { ground, files, contents, subject, requester }) = erasing(&page) else {
            return Ok(None);
        };
        let (text_count, file_count) = (contents.len(), files.len());
        let command = match ground {
            Ground::Person(person) => TicketCommand::Erase { person, files, contents },
            Ground::Outlived { what, by } => TicketCommand::Outlive { what, by, files, contents },
            Ground::Destruction => TicketCommand::Destroy { files, contents },
        };
        let mut folded = Folded::read(environment, provider, id).await?;
        if folded.ticket.version != page.row.version {
            continue;
        }
        folded.shown.subject = subject.unwrap_or(folded.shown.subject);
        folded.shown.requester = requester.unwrap_or(folded.shown.requester);
        let baggage = Baggage { unnoticed: true, ..Baggage::default() };
        let decided = decide(environment, &folded, command, actor, baggage).await?;
        let Some(decided) = decided else { return Ok(None) };
        match decided.commit(environment).await {
            Ok((committed, _)) => {
                return Ok(Some(ErasedFrom {
                    number: committed.number,
                    texts: text_count,
                    files: file_count,
                }));
            }
            Err(StoreError::Conflict) => environment.turns.wait(id, &mut turn).await,
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Conflict.into())
}

/// Blacks out what was found in a request as it was read. Nothing is done where another writer was faster: what it
/// wrote is looked at first.
pub(crate) async fn carry_out_redaction(
    environment: &Environment,
    provider: &ProviderId,
    page: &TicketPage,
    redacting: Redacting,
    actor: &Actor,
) -> Result<CarriedOut, Failure> {
    let mut folded = Folded::read(environment, provider, page.row.id).await?;
    if folded.ticket.version != page.row.version {
        return Err(StoreError::Conflict.into());
    }
    let Redacting { message, kinds, sealed, texts, renamed, files, subject } = redacting;
    folded.shown.subject = subject.unwrap_or(folded.shown.subject);
    let command = TicketCommand::Redact { message, kinds, texts, renamed, files };
    // It says less, not more.
    let baggage = Baggage { sealed, unnoticed: true, ..Baggage::default() };
    let decided = decide(environment, &folded, command, actor, baggage).await?;
    let Some(decided) = decided else { return Err(StoreError::Conflict.into()) };
    let (committed, folded) = decided.commit(environment).await?;
    Ok(CarriedOut { number: committed.number, folded })
}

/// How often one rule is followed on one request at most, whatever begins it.
const FIRED_AT_MOST: usize = 50;

/// Whether a rule is done with a request: it was followed for this cause, or so often that it is not any more.
pub(crate) fn is_done_with(ticket: &Ticket, rule: &str, cause: &str) -> bool {
    let of_rule = || ticket.fired.iter().filter(|(known, _)| known == rule);
    of_rule().any(|(_, known)| known == cause) || of_rule().count() >= FIRED_AT_MOST
}

/// What became of a rule on a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Followed {
    /// It was followed now, or its refusal was recorded.
    Now,
    /// It is not to be followed.
    Not,
    /// It waits for an answer that may still be undone.
    Later,
}

/// Follows a rule on a request: its firing and its commands in one commit, once for each cause. Where a
/// command is refused the firing alone is recorded, with why. A request that was merged into another is
/// left alone, and no answer leaves because of it while it may be undone.
pub(crate) async fn carry_out_rule(
    environment: &Environment,
    provider: &ProviderId,
    id: TicketId,
    firing: TicketCommand,
    commands: Vec<TicketCommand>,
    actor: &Actor,
    baggage: Baggage,
) -> Result<Followed, Failure> {
    let TicketCommand::FireRule { rule, cause, told, .. } = &firing else { return Ok(Followed::Not) };
    let mut turn = environment.turns.join(id).await;
    for _ in 0..TRIES {
        let folded = Folded::read(environment, provider, id).await?;
        let ticket = &folded.ticket;
        if ticket.merged_into.is_some() || is_done_with(ticket, rule, cause) {
            return Ok(Followed::Not);
        }
        if ticket.held.is_some() && commands.iter().any(TicketCommand::sends_held) {
            return Ok(Followed::Later);
        }
        let terms = environment.terms(provider, &folded.ticket.agreement).await?;
        let now = environment.now();
        let whole = at_once(&folded.ticket, std::iter::once(&firing).chain(&commands), &terms, actor, now);
        let decision = match whole {
            Ok(decision) => decision,
            Err((place, refusal)) => {
                let (rule, cause, told) = (rule.clone(), cause.clone(), told.clone());
                let refused = Some(format!("{place}: {refusal}"));
                let alone = TicketCommand::FireRule { rule, cause, told, refused };
                match at_once(&folded.ticket, std::iter::once(&alone), &terms, actor, now) {
                    Ok(decision) => decision,
                    Err((_, refusal)) => return Err(refusal.into()),
                }
            }
        };
        let (expected, shown) = (folded.ticket.version, folded.shown.clone());
        let decided = decided(environment, decision, expected, shown, &terms, baggage.clone(), now).await?;
        match decided.commit(environment).await {
            Ok(_) => return Ok(Followed::Now),
            Err(StoreError::Conflict) => environment.turns.wait(id, &mut turn).await,
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Conflict.into())
}

/// Decides several commands, each upon what the one before made, as one commit; a refusal with the place
/// of its command.
fn at_once<'a>(
    ticket: &Ticket,
    commands: impl Iterator<Item = &'a TicketCommand>,
    terms: &Terms,
    actor: &Actor,
    now: Instant,
) -> Result<Decision, (usize, Refusal)> {
    let mut all = Decision { events: Vec::new(), ticket: ticket.clone(), told: Vec::new() };
    for (place, command) in commands.enumerate() {
        let decided = all.ticket.decide(command.clone(), terms, actor, now);
        let decided = decided.map_err(|refusal| (place, refusal))?;
        all.events.extend(decided.events);
        all.told.extend(decided.told);
        all.ticket = decided.ticket;
    }
    // However many were decided, they are one commit.
    all.ticket.version = ticket.version + 1;
    Ok(all)
}

/// A command of the desk itself on a request that was read.
pub(crate) struct Errand {
    pub(crate) folded: Arc<Folded>,
    pub(crate) command: TicketCommand,
    pub(crate) baggage: Baggage,
}

/// Carries out commands of the desk itself, on many requests in one transaction, which costs the disk
/// once. Each stands or falls alone; one at which another writer was faster is done anew by itself.
/// The answers are in the order of the errands.
pub(crate) async fn carry_out_together(
    environment: &Environment,
    errands: Vec<Errand>,
) -> Vec<Result<(), Failure>> {
    let mut answers = Vec::with_capacity(errands.len());
    let (mut units, mut results) = (Vec::new(), Vec::new());
    for (place, Errand { folded, command, baggage }) in errands.iter().enumerate() {
        let decided = decide(environment, folded, command.clone(), &Actor::System, baggage.clone());
        // One that panics holds up none of the others.
        let decided = caught(decided).await;
        answers.push(match decided {
            Ok(Some(Decided { unit, folded })) => {
                results.push((place, folded, !unit.outbox.is_empty()));
                units.push(unit);
                Ok(())
            }
            Ok(None) => Ok(()),
            Err(failure) => Err(failure),
        });
    }
    if units.is_empty() {
        return answers;
    }
    let outcomes = environment.store.commit_many(units).await;
    for ((place, folded, has_letters), outcome) in results.into_iter().zip(outcomes) {
        answers[place] = match outcome {
            Ok(committed) => {
                settled(environment, folded, &committed, has_letters);
                Ok(())
            }
            Err(StoreError::Conflict) => {
                let Errand { folded, command, baggage } = &errands[place];
                let (ticket, system) = (&folded.ticket, Actor::System);
                let command = command.clone();
                carry_out(environment, &ticket.provider, ticket.id, command, &system, None, baggage.clone())
                    .await
                    .map(drop)
            }
            Err(error) => Err(error.into()),
        };
    }
    answers
}

/// What was decided, as the store takes it, and the request as it then is.
struct Decided {
    unit: UnitOfWork,
    folded: Folded,
}

impl Decided {
    #[boxed]
    async fn commit(self, environment: &Environment) -> Result<(Committed, Arc<Folded>), StoreError> {
        let has_letters = !self.unit.outbox.is_empty();
        let committed = environment.store.commit(self.unit).await?;
        let folded = settled(environment, self.folded, &committed, has_letters);
        Ok((committed, folded))
    }
}

/// Wakes the rounds. What has letters to send is kept for wording them, so that it need not be read
/// again a moment later.
fn settled(
    environment: &Environment,
    mut folded: Folded,
    committed: &Committed,
    has_letters: bool,
) -> Arc<Folded> {
    folded.shown.number.clone_from(&committed.number);
    let folded = Arc::new(folded);
    if has_letters {
        environment.keep_fresh(&folded);
        environment.letters.notify_one();
    }
    environment.work.notify_one();
    folded
}

/// Decides on a command; none when nothing is to be recorded.
async fn decide(
    environment: &Environment,
    folded: &Folded,
    command: TicketCommand,
    actor: &Actor,
    baggage: Baggage,
) -> Result<Option<Decided>, Failure> {
    let ticket = &folded.ticket;
    let terms = environment.terms(&ticket.provider, &ticket.agreement).await?;
    let now = environment.now();
    let decision = ticket.decide(command, &terms, actor, now)?;
    if decision.events.is_empty() {
        return Ok(None);
    }
    let shown = folded.shown.clone();
    decided(environment, decision, ticket.version, shown, &terms, baggage, now).await.map(Some)
}

async fn decided(
    environment: &Environment,
    decision: Decision,
    expected: u64,
    shown: Shown,
    terms: &Terms,
    baggage: Baggage,
    now: Instant,
) -> Result<Decided, Failure> {
    let (unit, ticket) = unit_of_work(environment, decision, expected, &shown, terms, baggage, now).await?;
    let shown = Shown { updated_at: unit.row.updated_at, ..shown };
    Ok(Decided { unit, folded: Folded { shown, ticket } })
}

/// A decision as the store takes it, and the request as it then is.
#[boxed]
pub(crate) async fn unit_of_work(
    environment: &Environment,
    decision: Decision,
    expected: u64,
    shown: &Shown,
    terms: &Terms,
    baggage: Baggage,
    now: Instant,
) -> Result<(UnitOfWork, Ticket), Failure> {
    let Decision { events, ticket, told } = decision;
    let (mut outbox, mut thread_keys) = (Vec::new(), baggage.thread_keys);
    let causes: Vec<Option<PersonId>> = events.iter().map(|recorded| recorded.by.person()).collect();
    let mut reached = BTreeSet::new();
    for notice in notices(&ticket, &events, told, terms) {
        let follows = notice.to == Audience::Followers;
        for recipient in recipients(environment, &ticket, &notice, &shown.requester).await? {
            let person = recipient.person;
            // Who follows comes last, is told once, and not of what they did.
            if follows && (causes.contains(&person) || reached.contains(&(notice.kind.as_str(), person))) {
                continue;
            }
            if !follows {
                reached.insert((notice.kind.as_str(), person));
            }
            let id = NoticeId(environment.new_id());
            // Known before the letter leaves: a report about it may be faster than the note that it left.
            let token = token_of(environment, &ticket.provider, ticket.id, &recipient, id).await?;
            thread_keys.push(message_id_of(environment, &token));
            outbox.push(NewNotice {
                id,
                kind: notice.kind.as_str().to_owned(),
                payload: serde_json::to_value(&notice).expect("a notice is plain data"),
                due_at: due_at(environment, &ticket, &notice, &recipient, terms, now).await?,
                recipient,
            });
        }
    }
    let (mut erased_files, mut erased_contents) = (Vec::new(), Vec::new());
    for recorded in &events {
        if let TicketEvent::Destroyed { files, contents, .. }
        | TicketEvent::Erased { files, contents, .. }
        | TicketEvent::Outlived { files, contents, .. } = &recorded.event
        {
            erased_files.extend(files);
            erased_contents.extend(contents);
        }
        if let TicketEvent::Redacted { files, .. } = &recorded.event {
            erased_files.extend(files);
        }
    }
    let marks = mark_ticket(environment, &ticket, &events, &baggage.sealed).await?;
    let released = released(environment, &ticket, &events, &baggage.sealed).await?;
    let unit = UnitOfWork {
        provider: ticket.provider.clone(),
        ticket: ticket.id,
        expected,
        at: now,
        released,
        rewritten: baggage.sealed.rewritten,
        renamed: baggage.sealed.renamed,
        erased_contents,
        erased_files,
        marks,
        commit: events,
        contents: baggage.sealed.contents,
        files: baggage.sealed.files,
        row: row(&ticket, shown, terms, if baggage.unnoticed { shown.updated_at } else { now }),
        outbox,
        inbox: baggage.inbox,
        thread_keys,
        settled: baggage.settled,
        returned: baggage.returned,
        idempotency: baggage.idempotency,
    };
    Ok((unit, ticket))
}

/// What a held answer says that is read from now on: it came with the commit that held it back.
async fn released(
    environment: &Environment,
    ticket: &Ticket,
    events: &[Recorded],
    sealed: &Sealed,
) -> Result<Released, Failure> {
    let messages = events.iter().filter_map(|recorded| match &recorded.event {
        TicketEvent::Wrote { message, .. } => Some(message),
        _ => None,
    });
    let is_new = |id: ContentId| sealed.contents.iter().any(|content| content.id == id);
    let messages: Vec<&Message> = messages.filter(|message| !is_new(message.body.id)).collect();
    if messages.is_empty() {
        return Ok(Released::default());
    }
    let Some(page) = environment.store.ticket_page(&ticket.provider, ticket.id).await? else {
        return Ok(Released::default());
    };
    let files = messages.iter().flat_map(|message| &message.files);
    let names = files.filter_map(|file| page.files.iter().find(|known| known.id == file.id));
    let bodies = messages.iter().map(|message| message.body.id);
    Ok(Released {
        names: names.map(|file| (file.id, file.name.clone())).collect(),
        texts: bodies.filter_map(|id| Some((id, page.contents.get(&id)?.clone()))).collect(),
    })
}

/// The request as lists show it: everything a queue needs without reading the log.
fn row(ticket: &Ticket, shown: &Shown, terms: &Terms, updated_at: Instant) -> TicketRow {
    let nearest = ticket.nearest_clock().map(|place| &ticket.progress.clocks[place]);
    let waits = nearest.is_some_and(|clock| ticket.progress.waits_of(clock).any(|wait| wait.to.is_none()));
    TicketRow {
        id: ticket.id,
        number: shown.number.clone(),
        account: ticket.account,
        contact: ticket.contact,
        assignee: ticket.assignee,
        team: ticket.team.clone(),
        channel: ticket.channel.clone(),
        state: ticket.state,
        turn: ticket.turn,
        severity: ticket.facts.text("severity").map(str::to_owned),
        verdict: ticket.verdict(),
        received_at: ticket.received_at,
        opened_at: ticket.opened_at,
        agreement: ticket.agreement.clone(),
        contract: ticket.contract,
        subject: shown.subject.clone(),
        requester: shown.requester.clone(),
        next_due_at: nearest.filter(|_| !waits && ticket.is_live()).and_then(|clock| clock.due_at),
        next_step_at: ticket.next_step_at(terms),
        late: ticket.is_live()
            && ticket.progress.clocks.iter().any(|clock| clock.is_open() && clock.missed_at.is_some()),
        missed: ticket.progress.clocks.iter().any(|clock| clock.missed_at.is_some()),
        snoozed: ticket.snoozed_until.is_some() && ticket.is_live(),
        merged_into: ticket.merged_into,
        summary: Summary::of(ticket, terms).to_json(),
        updated_at,
        version: ticket.version,
    }
}

/// The addresses of an audience, each once: of those who are here and may be told. An owner who is nobody,
/// or has left, is everybody who answers.
#[boxed]
async fn recipients(
    environment: &Environment,
    ticket: &Ticket,
    notice: &Notice,
    requester: &str,
) -> Result<Vec<Recipient>, Failure> {
    let mut people = match &notice.to {
        Audience::Requester => match ticket.contact {
            Some(contact) => present(environment, ticket, [contact]).await?,
            None => {
                let stranger = Recipient { person: None, address: requester.to_owned() };
                return Ok(if stranger.address.contains('@') { vec![stranger] } else { Vec::new() });
            }
        },
        Audience::Owner => {
            let mut owners = Vec::new();
            if let Some(owner) = ticket.assignee {
                owners = present(environment, ticket, [owner]).await?;
                let there = stand_in(environment, ticket, owner).await?;
                owners.extend(present(environment, ticket, there).await?);
            }
            if owners.is_empty() { staff(environment, ticket, Role::Agent).await? } else { owners }
        }
        Audience::Followers => present(environment, ticket, ticket.followers.iter().copied()).await?,
        Audience::Role { role } => {
            let role = match role.as_str() {
                "lead" => Role::Lead,
                "manager" | "management" => Role::Manager,
                _ => Role::Agent,
            };
            staff(environment, ticket, role).await?
        }
    };
    people.retain(|(person, standings)| may_be_told(person, standings, ticket, notice));
    let recipients = people
        .into_iter()
        .map(|(person, _)| Recipient { person: Some(person.id), address: person.email })
        .filter(|recipient| recipient.address.contains('@'));
    Ok(recipients.collect())
}

/// Of these people those who have not left, with their roles in accounts.
async fn present(
    environment: &Environment,
    ticket: &Ticket,
    people: impl IntoIterator<Item = PersonId>,
) -> Result<Vec<(Person, Vec<Standing>)>, Failure> {
    let mut found = Vec::new();
    for person in people {
        found.extend(environment.store.person_with_standings(&ticket.provider, person).await?);
    }
    Ok(found)
}

/// Everybody of the desk who has a role.
async fn staff(
    environment: &Environment,
    ticket: &Ticket,
    role: Role,
) -> Result<Vec<(Person, Vec<Standing>)>, Failure> {
    let staff = environment.store.staff(&ticket.provider, Some(role)).await?;
    Ok(staff.into_iter().map(|person| (person, Vec::new())).collect())
}

/// Who is there for somebody who is absent; none while they are there themselves.
async fn stand_in(
    environment: &Environment,
    ticket: &Ticket,
    owner: PersonId,
) -> Result<Option<PersonId>, Failure> {
    let (work, now) = (environment.at_work(&ticket.provider).await?, environment.now());
    Ok(work.stand_in(owner, now).filter(|there| *there != owner))
}

/// When a notice leaves: at once, or as its reader wants what may wait.
async fn due_at(
    environment: &Environment,
    ticket: &Ticket,
    notice: &Notice,
    recipient: &Recipient,
    terms: &Terms,
    now: Instant,
) -> Result<Instant, Failure> {
    let urgency = notice.kind.urgency(&notice.to);
    let Some(person) = recipient.person.filter(|_| urgency == Urgency::MayWait) else { return Ok(now) };
    let work = environment.at_work(&ticket.provider).await?;
    let choice = work.choices.get(&person).copied().unwrap_or_default();
    let person = environment.person(&ticket.provider, person).await?;
    let zone = match person.as_ref().and_then(|person| person.zone.as_deref()) {
        Some(zone) => zone.to_owned(),
        None => environment.provider(&ticket.provider).await?.zone.clone(),
    };
    let zone = Zone::parse(&zone).unwrap_or_else(|_| Zone::utc());
    let course = Course::new(terms);
    let open = ticket.progress.clocks.iter().filter(|clock| clock.is_open());
    let clock_runs = open.into_iter().any(|clock| {
        let waits = ticket.progress.waits_of(clock).any(|wait| wait.to.is_none());
        !waits && course.calendar_of(clock, &ticket.facts).is_open(now)
    });
    Ok(leaves_at(urgency, choice, clock_runs, &zone, now))
}
