use crate::carry_out::{Baggage, unit_of_work};
use crate::environment::Environment;
use crate::error::Failure;
use crate::folded::Shown;
use crate::open_ticket::basis;
use crate::seal::Sealed;
use calendar::Instant;
use desk::{Actor, Author, Brought, MessageId, NewTicket, Person, Ticket, TicketCommand, TicketId};
use store::{Provider, UnitOfWork};
use terms::Facts;

/// A request of the past, with what was written on it, to be stored as if it had been lived here.
#[derive(Clone, Debug)]
pub struct History {
    /// Who asked.
    pub contact: Person,
    /// How it came.
    pub channel: String,
    /// What it was about.
    pub subject: String,
    /// What was known of it.
    pub facts: Facts,
    /// The first message and those after it, in order of time.
    pub messages: Vec<PastMessage>,
    /// When and with which outcome it was resolved and closed; none while it is open.
    pub closed: Option<(Instant, String)>,
}

/// A message of the past.
#[derive(Clone, Debug)]
pub struct PastMessage {
    /// Who wrote it.
    pub by: Person,
    /// When.
    pub at: Instant,
    /// Its words.
    pub text: String,
}

/// Stores requests of the past. The core decides on each deed at its own instant, so that clocks,
/// misses and coverage come out as they would have; nothing of it is told to anybody, nor is what
/// fell due until now. Gives the numbers in order.
///
/// # Errors
/// - the core refuses a deed, or a history has no message;
/// - the store fails.
pub async fn store_histories(
    environment: &Environment,
    provider: &Provider,
    histories: &[History],
) -> Result<Vec<String>, Failure> {
    let mut units = Vec::new();
    let mut openings = Vec::with_capacity(histories.len());
    for history in histories {
        openings.push(units.len());
        units.extend(units_of(environment, provider, history).await?);
    }
    let committed = environment.store.commit_many(units).await;
    let mut numbers = Vec::with_capacity(histories.len());
    for (place, outcome) in committed.into_iter().enumerate() {
        let committed = outcome?;
        if openings.contains(&place) {
            numbers.push(committed.number);
        }
    }
    Ok(numbers)
}

async fn units_of(
    environment: &Environment,
    provider: &Provider,
    history: &History,
) -> Result<Vec<UnitOfWork>, Failure> {
    let (first, later) = history
        .messages
        .split_first()
        .ok_or(Failure::Invalid { field: "messages", problem: "error-body-missing".into() })?;
    let account = history.contact.account;
    let basis = basis(environment, provider, account, first.at).await?;
    let shown = Shown {
        number: String::new(),
        subject: history.subject.clone(),
        requester: history.contact.name.clone(),
        updated_at: first.at,
    };
    let mut sealed = Sealed::default();
    let mut facts = basis.facts_on(first.at, &history.facts);
    sealed.facts(environment, &basis.terms, &mut facts);
    let new = NewTicket {
        id: TicketId(environment.new_id()),
        provider: provider.id.clone(),
        account,
        contact: Some(history.contact.id),
        channel: history.channel.clone(),
        subject: sealed.text(environment, &history.subject),
        received_at: first.at,
        sent_at: first.at,
        agreement: basis.agreement.clone(),
        contract: basis.contract.as_ref().map(|contract| contract.id),
        facts,
        message: MessageId(environment.new_id()),
        author: Author::Person { id: history.contact.id },
        body: sealed.text(environment, &first.text),
        brought: Brought::default(),
    };
    let contact = Actor::Contact { id: history.contact.id };
    let decision = Ticket::open(new, &basis.terms, &contact, first.at)?;
    let (unit, mut ticket) = silent(environment, decision, 0, &shown, &basis.terms, sealed, first.at).await?;
    let mut units = vec![unit];
    let mut deeds: Vec<(Instant, Actor, TicketCommand, Sealed)> = Vec::new();
    for message in later {
        let mut sealed = Sealed::default();
        let id = MessageId(environment.new_id());
        let body = sealed.text(environment, &message.text);
        let (actor, command) = if message.by.role.is_staff() {
            let command = TicketCommand::Reply {
                message: id,
                body,
                files: Vec::new(),
                technical: true,
                turn: None,
                undo_seconds: 0,
            };
            (Actor::Staff { id: message.by.id }, command)
        } else {
            let command = TicketCommand::Receive {
                message: id,
                author: Author::Person { id: message.by.id },
                channel: history.channel.clone(),
                sent_at: message.at,
                received_at: message.at,
                body,
                history: None,
                html: None,
                files: Vec::new(),
                automatic: false,
                checks: None,
            };
            (Actor::Contact { id: message.by.id }, command)
        };
        deeds.push((message.at, actor, command, sealed));
    }
    if let Some((at, reason)) = &history.closed {
        deeds.push((
            *at,
            Actor::System,
            TicketCommand::Close { reason: reason.clone(), consent: std::collections::BTreeSet::new() },
            Sealed::default(),
        ));
    }
    for (at, actor, command, sealed) in deeds {
        let expected = ticket.version;
        let decision = ticket.decide(command, &basis.terms, &actor, at)?;
        if decision.events.is_empty() {
            continue;
        }
        let (unit, changed) =
            silent(environment, decision, expected, &shown, &basis.terms, sealed, at).await?;
        ticket = changed;
        units.push(unit);
    }
    // What fell due since was told by whoever kept the request then, or by nobody; the next round would tell it as
    // news. Noting it once may bring a next step that has come too.
    let now = environment.now();
    while ticket.next_step_at(&basis.terms).is_some_and(|step| step <= now) {
        let expected = ticket.version;
        let decision = ticket.decide(TicketCommand::NoteTime, &basis.terms, &Actor::System, now)?;
        if decision.events.is_empty() {
            break;
        }
        let (unit, changed) =
            silent(environment, decision, expected, &shown, &basis.terms, Sealed::default(), now).await?;
        ticket = changed;
        units.push(unit);
    }
    Ok(units)
}

async fn silent(
    environment: &Environment,
    decision: desk::Decision,
    expected: u64,
    shown: &Shown,
    terms: &terms::Terms,
    sealed: Sealed,
    at: Instant,
) -> Result<(UnitOfWork, Ticket), Failure> {
    let baggage = Baggage { sealed, ..Baggage::default() };
    let (unit, ticket) = unit_of_work(environment, decision, expected, shown, terms, baggage, at).await?;
    Ok((UnitOfWork { outbox: Vec::new(), thread_keys: Vec::new(), ..unit }, ticket))
}
