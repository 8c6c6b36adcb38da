use crate::permit::Act;
use crate::person::Actor;
use crate::refusal::Refusal;
use crate::ticket::command::{NewTicket, TicketCommand};
use crate::ticket::event::{Recorded, TicketEvent};
use crate::ticket::{Judgement, Message, MessageKind, Ticket, TicketState, Turn};
use calendar::Instant;
use meters::{ClockChange, StopReason};
use terms::{FactType, FactValue, Facts, Reason, Terms, Verdict};

/// What was decided: the events to append, and the request as they make it.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Events in order; empty when nothing is to be recorded.
    pub events: Vec<Recorded>,
    /// The request with these events folded; its version counts the commit they make.
    pub ticket: Ticket,
}

/// A decision in the making: each event is folded as it is found, so that what follows sees it.
pub(super) struct Draft<'a> {
    pub(super) terms: &'a Terms,
    pub(super) ticket: Ticket,
    events: Vec<Recorded>,
    by: &'a Actor,
    now: Instant,
}

impl Draft<'_> {
    pub(super) fn record(&mut self, event: TicketEvent) {
        let recorded = Recorded { at: self.now, by: self.by.clone(), event };
        self.ticket.evolve(&recorded);
        self.events.push(recorded);
    }

    fn finish(mut self) -> Decision {
        if !self.events.is_empty() {
            self.ticket.version += 1;
        }
        Decision { events: self.events, ticket: self.ticket }
    }
}

impl Ticket {
    /// Decides on a new request.
    ///
    /// # Errors
    /// - the actor may not open requests;
    /// - the agreement cannot be computed for these facts.
    pub fn open(new: NewTicket, terms: &Terms, by: &Actor, now: Instant) -> Result<Decision, Refusal> {
        Act::Open.permit(by, terms)?;
        let facts = new
            .facts
            .with("channel", FactValue::text(terms.channel_meant(&new.channel)))
            .with("received_at", FactValue::Instant(new.received_at));
        let opened = Recorded {
            at: now,
            by: by.clone(),
            event: TicketEvent::Opened {
                id: new.id,
                provider: new.provider,
                account: new.account,
                contact: new.contact,
                channel: new.channel.clone(),
                subject: new.subject,
                received_at: new.received_at,
                agreement: new.agreement,
                contract: new.contract,
                facts: facts.clone(),
            },
        };
        let ticket = Self::opened(&opened).expect("the first event opens the request");
        let mut draft = Draft { terms, ticket, events: vec![opened], by, now };
        draft.record(TicketEvent::Wrote {
            message: Message {
                id: new.message,
                kind: MessageKind::Incoming,
                by: new.author,
                channel: new.channel,
                sent_at: new.sent_at,
                received_at: new.received_at,
                body: new.body,
                history: new.history,
                files: new.files,
                technical: false,
                automatic: new.automatic,
                checks: new.checks,
            },
            turn: Some(Turn::Provider),
        });
        if let Some(ticket) = new.suspected.filter(|suspected| *suspected != new.id) {
            draft.record(TicketEvent::Suspected { ticket });
        }
        find_coverage(&mut draft);
        draft.meter_deed(&facts, "received", new.received_at, &Facts::new())?;
        if new.automatic
            && let Some(clock) = draft.ticket.progress.latest("acknowledgement")
        {
            let (key, at) = (clock.key.clone(), new.received_at);
            let change = ClockChange::Stopped { key, at, reason: StopReason::Automatic };
            draft.record(TicketEvent::Metered { change });
        }
        Ok(draft.finish())
    }

    /// Decides on a command.
    ///
    /// Whatever fell due before it is recorded first, so that a deed never hides a miss.
    ///
    /// # Errors
    /// Every [`Refusal`] says what to do instead; nothing is recorded then.
    pub fn decide(
        &self,
        command: TicketCommand,
        terms: &Terms,
        by: &Actor,
        now: Instant,
    ) -> Result<Decision, Refusal> {
        let mut draft = Draft { terms, ticket: self.clone(), events: Vec::new(), by, now };
        let known = self.facts.clone();
        let nothing = Facts::new();
        if !matches!(command, TicketCommand::Receive { .. }) {
            draft.meter_time(now);
        }
        match command {
            TicketCommand::NoteTime => {}
            TicketCommand::NoteSent { notice, kind } => {
                let acknowledges = kind == "acknowledgement";
                draft.record(TicketEvent::NoticeSent { notice, kind });
                if acknowledges {
                    draft.meter_deed(&known, "acknowledge", now, &nothing)?;
                }
            }
            TicketCommand::NoteReturned { notice, kind, class, reason } => {
                if !self.returned.contains(&(notice, class)) {
                    draft.record(TicketEvent::NoticeReturned { notice, kind, class, reason });
                }
            }
            TicketCommand::Receive {
                message,
                author,
                channel,
                sent_at,
                received_at,
                body,
                history,
                files,
                automatic,
                checks,
            } => {
                Act::Reply.permit(by, terms)?;
                draft.meter_time(received_at);
                if !automatic && matches!(self.state, TicketState::Closed | TicketState::Declined) {
                    draft.record(TicketEvent::Reopened);
                    draft.meter_deed(&known, "reopen", received_at, &nothing)?;
                }
                draft.record(TicketEvent::Wrote {
                    message: Message {
                        id: message,
                        kind: MessageKind::Incoming,
                        by: author,
                        channel,
                        sent_at,
                        received_at,
                        body,
                        history,
                        files,
                        technical: false,
                        automatic,
                        checks,
                    },
                    turn: (!automatic).then_some(Turn::Provider),
                });
                if !automatic && self.state == TicketState::Waiting && self.turn == Turn::Customer {
                    draft.record(TicketEvent::Resumed);
                    draft.meter_deed(&known, "resume", received_at, &nothing)?;
                }
            }
            TicketCommand::Reply { message, body, files, technical, turn } => {
                Act::Reply.permit(by, terms)?;
                self.must_be_open()?;
                take_if_free(&mut draft);
                write(
                    &mut draft,
                    MessageKind::Outgoing,
                    message,
                    body,
                    files,
                    technical,
                    turn.or(Some(Turn::Customer)),
                );
                let attributes = Facts::new()
                    .with("technical", FactValue::YesNo(technical))
                    .with("automatic", FactValue::YesNo(false));
                draft.meter_deed(&known, "reply", now, &attributes)?;
            }
            TicketCommand::Note { message, body } => {
                Act::Note.permit(by, terms)?;
                write(&mut draft, MessageKind::Note, message, body, Vec::new(), false, None);
            }
            TicketCommand::TakeUp => {
                Act::Assign.permit(by, terms)?;
                self.must_be_open()?;
                draft.record(TicketEvent::Assigned { to: by.person(), team: None });
                draft.meter_deed(&known, "take-up", now, &nothing)?;
            }
            TicketCommand::Assign { to, team } => {
                Act::Assign.permit(by, terms)?;
                self.must_be_open()?;
                draft.record(TicketEvent::Assigned { to, team });
                draft.meter_deed(&known, "assign", now, &nothing)?;
            }
            TicketCommand::Learn { facts } => {
                let sets_severity = facts.get("severity").is_some();
                if sets_severity { Act::SetSeverity } else { Act::Classify }.permit(by, terms)?;
                for (name, value) in facts.iter() {
                    must_be_known(terms, name.as_str(), value)?;
                }
                let verdict = self.verdict();
                draft.record(TicketEvent::Learnt { facts });
                find_coverage(&mut draft);
                let deed = if sets_severity { "set-severity" } else { "classify" };
                draft.meter_deed(&known, deed, now, &nothing)?;
                if draft.ticket.verdict() != verdict {
                    draft.meter_verdict(now)?;
                }
            }
            TicketCommand::JudgeCoverage { verdict, reason } => {
                Act::JudgeCoverage.permit(by, terms)?;
                let judgement = Judgement { verdict, reason, by: by.clone(), at: now };
                draft.record(TicketEvent::CoverageJudged { judgement });
                draft.meter_verdict(now)?;
            }
            TicketCommand::Wait { party, reason } => {
                Act::Wait.permit(by, terms)?;
                self.must_be_open()?;
                draft.record(TicketEvent::Waited { party: party.clone(), reason });
                draft.meter_deed(&known, "wait", now, &Facts::new().with("for", FactValue::Text(party)))?;
            }
            TicketCommand::Resume => {
                Act::Wait.permit(by, terms)?;
                if self.state != TicketState::Waiting {
                    return Err(Refusal::NotWaiting);
                }
                draft.record(TicketEvent::Resumed);
                draft.meter_deed(&known, "resume", now, &nothing)?;
            }
            TicketCommand::PassToVendor { vendor, reference } => {
                Act::PassToVendor.permit(by, terms)?;
                self.must_be_open()?;
                if reference.trim().is_empty()
                    && let Some(permission) = terms.permission("pass_to_vendor")
                    && permission.needs.iter().any(|need| need == "vendor_reference")
                {
                    return Err(Refusal::Needs {
                        what: "reference".to_owned(),
                        clause: Some(permission.clause.clone()),
                    });
                }
                draft.record(TicketEvent::PassedToVendor { vendor, reference });
                draft.meter_deed(&known, "pass-to-vendor", now, &nothing)?;
            }
            TicketCommand::BackFromVendor { result } => {
                Act::PassToVendor.permit(by, terms)?;
                if self.vendor.is_none() {
                    return Err(Refusal::NotWaiting);
                }
                draft.record(TicketEvent::CameBackFromVendor { result: result.clone() });
                let attributes = Facts::new().with("vendor_result", FactValue::Text(result));
                draft.meter_deed(&known, "back-from-vendor", now, &attributes)?;
            }
            TicketCommand::Resolve { outcome, message, body } => {
                Act::Resolve.permit(by, terms)?;
                self.must_be_open()?;
                must_be_known(terms, "outcome", &FactValue::text(&outcome))?;
                take_if_free(&mut draft);
                write(
                    &mut draft,
                    MessageKind::Outgoing,
                    message,
                    body,
                    Vec::new(),
                    true,
                    Some(Turn::Customer),
                );
                let reply = Facts::new()
                    .with("technical", FactValue::YesNo(true))
                    .with("automatic", FactValue::YesNo(false));
                draft.meter_deed(&known, "reply", now, &reply)?;
                draft.record(TicketEvent::Resolved { outcome: outcome.clone() });
                draft.meter_deed(
                    &known,
                    "resolve",
                    now,
                    &Facts::new().with("outcome", FactValue::Text(outcome)),
                )?;
            }
            TicketCommand::Confirm => {
                Act::Confirm.permit(by, terms)?;
                if self.state == TicketState::Closed {
                    return Err(Refusal::NotOpen);
                }
                draft.record(TicketEvent::Confirmed);
                draft.meter_deed(&known, "confirm", now, &nothing)?;
                draft.record(TicketEvent::Closed { reason: "confirmed".to_owned() });
                draft.meter_deed(&known, "close", now, &nothing)?;
            }
            TicketCommand::Close { reason } => {
                Act::Close.permit(by, terms)?;
                if self.state == TicketState::Closed {
                    return Err(Refusal::NotOpen);
                }
                draft.record(TicketEvent::Closed { reason });
                draft.meter_deed(&known, "close", now, &nothing)?;
            }
            TicketCommand::Reopen => {
                Act::Reopen.permit(by, terms)?;
                if self.state.is_live() {
                    return Err(Refusal::AlreadyOpen);
                }
                draft.record(TicketEvent::Reopened);
                draft.meter_deed(&known, "reopen", now, &nothing)?;
            }
        }
        Ok(draft.finish())
    }

    fn must_be_open(&self) -> Result<(), Refusal> {
        match self.state {
            TicketState::Closed | TicketState::Declined => Err(Refusal::NotOpen),
            _ => Ok(()),
        }
    }
}

/// Who answers a request that nobody has takes it.
fn take_if_free(draft: &mut Draft<'_>) {
    if draft.ticket.assignee.is_none()
        && let Some(person) = draft.by.person()
    {
        draft.record(TicketEvent::Assigned { to: Some(person), team: None });
    }
}

fn write(
    draft: &mut Draft<'_>,
    kind: MessageKind,
    id: crate::id::MessageId,
    body: crate::content::ContentRef,
    files: Vec<crate::content::FileRef>,
    technical: bool,
    turn: Option<Turn>,
) {
    let Some(person) = draft.by.person() else { return };
    let message = Message {
        id,
        kind,
        by: crate::ticket::Author::Person { id: person },
        channel: "portal".to_owned(),
        sent_at: draft.now,
        received_at: draft.now,
        body,
        history: None,
        files,
        technical,
        automatic: false,
        checks: None,
    };
    draft.record(TicketEvent::Wrote { message, turn });
}

/// Computes coverage anew and records it when the verdict, or what decides it, has changed.
fn find_coverage(draft: &mut Draft<'_>) {
    let coverage = draft.ticket.coverage(draft.terms);
    let counts = |reason: &&Reason| match coverage.verdict {
        Verdict::NotCovered => reason.against,
        Verdict::NeedsJudgement => reason.answer == terms::ReasonAnswer::Unknown,
        Verdict::Covered => false,
    };
    let deciding: Vec<String> =
        coverage.reasons.iter().filter(counts).map(|reason| reason.rule.clone()).collect();
    let first = draft.events.iter().any(|recorded| matches!(recorded.event, TicketEvent::Opened { .. }));
    if first || coverage.verdict != draft.ticket.found {
        draft.record(TicketEvent::CoverageFound { verdict: coverage.verdict, deciding });
    }
}

/// A value of a vocabulary must be one of the document's.
fn must_be_known(terms: &Terms, fact: &str, value: &FactValue) -> Result<(), Refusal> {
    let Some(rule) = terms.fact(fact) else { return Ok(()) };
    let (FactType::OneOf(values) | FactType::SetOf(values)) = &rule.kind else { return Ok(()) };
    let known = |name: &str| values.iter().any(|value| value.name == name);
    let unknown = match value {
        FactValue::Text(text) => (!known(text)).then(|| text.clone()),
        FactValue::Names(names) => names.iter().find(|name| !known(name)).cloned(),
        other => Some(other.to_string()),
    };
    match unknown {
        None => Ok(()),
        Some(value) => Err(Refusal::UnknownValue {
            fact: fact.to_owned(),
            value,
            allowed: values.iter().map(|value| value.name.clone()).collect(),
        }),
    }
}
