//! What a command makes happen. Each family of commands has a file of its own; what all of them stand
//! on is here.

mod bonds;
mod claims;
mod conversation;
mod coverage;
mod destruction;
mod duties;
mod escalation;
mod outcome;
mod progress;
mod silence;
mod work;

use bonds::FOLLOWS;

use crate::notice::Notice;
use crate::person::Actor;
use crate::refusal::Refusal;
use crate::rights::Right;
use crate::ticket::command::{NewTicket, TicketCommand};
use crate::ticket::event::{Recorded, TicketEvent};
use crate::ticket::tell::notices_of_document;
use crate::ticket::{Message, MessageKind, Ticket, TicketState, Turn};
use calendar::Instant;
use meters::{ClockChange, Happening, StopReason};
use std::collections::BTreeSet;
use terms::{FactValue, Facts, Terms};

/// What was decided: the events to append, and the request as they make it.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Events in order; empty when nothing is to be recorded.
    pub events: Vec<Recorded>,
    /// The request with these events folded; its version counts the commit they make.
    pub ticket: Ticket,
    /// What the document wants told of it, and to whom.
    pub told: Vec<Notice>,
}

/// A decision in the making: each event is folded as it is found, so that what follows sees it.
pub(super) struct Draft<'a> {
    pub(super) terms: &'a Terms,
    pub(super) ticket: Ticket,
    pub(super) events: Vec<Recorded>,
    pub(super) by: &'a Actor,
    pub(super) now: Instant,
    /// What was known before the command.
    pub(super) known: Facts,
    /// What happened by it, as the document speaks of it.
    pub(super) happened: Vec<Happening>,
}

impl Draft<'_> {
    pub(super) fn record(&mut self, event: TicketEvent) {
        let recorded = Recorded { at: self.now, by: self.by.clone(), event };
        self.ticket.evolve(&recorded);
        self.events.push(recorded);
    }

    /// Meters a deed of now, by its name in agreements' examples.
    fn deed(&mut self, deed: &str, attributes: &Facts) -> Result<(), Refusal> {
        self.meter_deed(deed, self.now, attributes)
    }

    fn must_be_open(&self) -> Result<(), Refusal> {
        if self.ticket.has_ended() { Err(Refusal::NotOpen) } else { Ok(()) }
    }

    /// Who answers a request that nobody has takes it.
    fn take_if_free(&mut self) {
        if self.ticket.assignee.is_none()
            && let Actor::Staff { id } = self.by
        {
            self.record(TicketEvent::Assigned { to: Some(*id), team: None });
        }
    }

    /// Ends the decision: a state that turned is an event that the document may speak of, and so is
    /// everything else that happened.
    fn finish(mut self, state_before: Option<TicketState>) -> Result<Decision, Refusal> {
        let state = self.ticket.state;
        if state_before.is_some_and(|before| before != state) {
            self.record(TicketEvent::StatusChanged { state });
            self.deed("status-changed", &Facts::new().with("state", FactValue::text(state.as_str())))?;
        }
        let told = notices_of_document(&mut self);
        if !self.events.is_empty() {
            self.ticket.version += 1;
        }
        Ok(Decision { events: self.events, ticket: self.ticket, told })
    }
}

impl Ticket {
    /// Decides on a new request.
    ///
    /// # Errors
    /// - the actor may not open requests;
    /// - the agreement cannot be computed for these facts.
    pub fn open(new: NewTicket, terms: &Terms, by: &Actor, now: Instant) -> Result<Decision, Refusal> {
        Right::Open.permit(by, terms)?;
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
        let brought = new.brought;
        let mut draft = Draft {
            terms,
            ticket,
            events: vec![opened],
            by,
            now,
            known: facts.clone(),
            happened: Vec::new(),
        };
        draft.record(TicketEvent::Wrote {
            message: Message {
                id: new.message,
                kind: MessageKind::Incoming,
                by: new.author,
                channel: new.channel,
                sent_at: new.sent_at,
                received_at: new.received_at,
                body: new.body,
                history: brought.history,
                html: brought.html,
                files: brought.files,
                technical: false,
                automatic: brought.automatic,
                checks: brought.checks,
                may_backscatter: brought.may_backscatter,
            },
            turn: Some(Turn::Provider),
        });
        if !brought.fields.is_empty() {
            draft.record(TicketEvent::FieldsSet { set: brought.fields, cleared: BTreeSet::new() });
        }
        if let Some(ticket) = brought.suspected.filter(|suspected| *suspected != new.id) {
            draft.record(TicketEvent::Suspected { ticket });
        }
        if let Some((ticket, message)) = brought.split_from {
            draft.record(TicketEvent::SplitFrom { ticket, message });
        }
        if let Some(ticket) = brought.follows {
            draft.record(TicketEvent::Linked { ticket, kind: FOLLOWS.to_owned() });
        }
        for person in brought.followers {
            draft.record(TicketEvent::Followed { person });
        }
        draft.find_coverage();
        draft.meter_deed("received", new.received_at, &Facts::new())?;
        if brought.automatic
            && let Some(clock) = draft.ticket.progress.latest("acknowledgement")
        {
            let (key, at) = (clock.key.clone(), new.received_at);
            let change = ClockChange::Stopped { key, at, reason: StopReason::Automatic };
            draft.record(TicketEvent::Metered { change });
        }
        draft.finish(None)
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
        let mut draft = Draft {
            terms,
            ticket: self.clone(),
            events: Vec::new(),
            by,
            now,
            known: self.facts.clone(),
            happened: Vec::new(),
        };
        let is_deed = command.is_deed();
        if is_deed {
            draft.must_not_be_merged(&command)?;
        }
        if command.sends_held() {
            draft.release_held()?;
        }
        if !matches!(command, TicketCommand::Receive { .. }) {
            draft.pass_time(now)?;
        }
        if is_deed {
            draft.must_not_wait_for_duty(command.act())?;
            draft.must_meet_conditions(command.act())?;
        }
        draft.carry_out(command)?;
        draft.finish(Some(self.state))
    }
}

impl Draft<'_> {
    fn carry_out(&mut self, command: TicketCommand) -> Result<(), Refusal> {
        use TicketCommand as Command;
        match command {
            Command::NoteTime => Ok(()),
            Command::FireRule { rule, cause, told, refused } => {
                self.record(TicketEvent::RuleFired { rule, cause, told, refused });
                Ok(())
            }
            Command::NoteSent { notice, kind } => self.note_sent(notice, kind),
            Command::NoteReturned { notice, kind, to, class, reason } => {
                self.note_returned(notice, kind, to, class, reason);
                Ok(())
            }
            Command::Receive {
                message,
                author,
                channel,
                sent_at,
                received_at,
                body,
                history,
                html,
                files,
                automatic,
                checks,
            } => self.receive(Message {
                id: message,
                kind: MessageKind::Incoming,
                by: author,
                channel,
                sent_at,
                received_at,
                body,
                history,
                html: html.map(|html| *html),
                files,
                technical: false,
                automatic,
                checks,
                may_backscatter: false,
            }),
            Command::Reply { message, body, files, technical, turn, undo_seconds } => {
                self.reply(message, body, files, technical, turn, undo_seconds)
            }
            Command::Undo => self.undo(),
            Command::Note { message, body, history, html, files } => {
                self.note(message, body, history, html.map(|html| *html), files)
            }
            Command::Update { message, body } => self.update(message, body),
            Command::RequestUpdate { words } => self.request_update(words),
            Command::LogCall { reached, message, body } => self.log_call(reached, message, body),
            Command::ProposeMeeting { slots, message, body } => self.propose_meeting(slots, message, body),
            Command::Milestone { name, words } => self.milestone(name, words),
            Command::TakeUp { jumps, reason } => self.take_up(jumps, reason),
            Command::Assign { to, team } => self.assign(to, team),
            Command::Unassign => self.unassign(),
            Command::HandOver { to, kind } => self.hand_over(to, kind),
            Command::Learn { facts, consent } => self.learn(facts, consent),
            Command::Contest { what, message, body } => self.contest(what, message, body),
            Command::JudgeCoverage { verdict, reason } => self.judge_coverage(verdict, reason),
            Command::AcceptException { reason, price } => self.accept_exception(reason, price),
            Command::Decline { clause, message, body } => self.decline(clause, message, body),
            Command::Convert { to } => self.convert(to),
            Command::Ask { task, message, body } => self.ask(&task, message, body),
            Command::AnswerDuty { task, answer, given, words } => {
                self.answer_duty(&task, answer, given, words)
            }
            Command::TakeOverDuty { task } => self.take_over_duty(&task),
            Command::Wait { party, task, reason } => self.wait(party, task, reason),
            Command::Resume => self.resume(),
            Command::PassToVendor { vendor, reference } => self.pass_to_vendor(vendor, reference),
            Command::BackFromVendor { result } => self.back_from_vendor(result),
            Command::Escalate { ground, to, reason } => self.escalate(ground, to, reason),
            Command::DecideEscalation { granted, words } => self.decide_escalation(granted, words),
            Command::Agree { promise, span, consent } => self.agree(&promise, span, consent),
            Command::Snooze { until } => self.snooze(until),
            Command::Follow { person } => self.follow(person),
            Command::Unfollow { person } => self.unfollow(person),
            Command::LogTime { minutes, at, kind } => self.log_time(minutes, at, kind),
            Command::Tag { add, remove } => self.tag(&add, &remove),
            Command::SetFields { values } => self.set_fields(values),
            Command::Resolve { outcome, message, body } => self.resolve(outcome, message, body),
            Command::RefuseResolution { message, body } => self.refuse_resolution(message, body),
            Command::Rate { score, comment } => self.rate(&score, comment),
            Command::Claim { consequence, period, given, words } => {
                self.claim(consequence, &period, given, words)
            }
            Command::DecideClaim { granted, figures, words } => self.decide_claim(granted, figures, words),
            Command::FollowedUp { into } => self.followed_up(into),
            Command::Confirm => self.confirm(),
            Command::Close { reason, consent } => self.close(reason, &consent),
            Command::Reopen => self.reopen(),
            Command::Merge { into } => self.merge(into),
            Command::Unmerge => self.unmerge(),
            Command::Absorb { ticket } => self.absorb(ticket),
            Command::Release { ticket } => self.release(ticket),
            Command::Link { ticket, kind } => self.link(ticket, kind),
            Command::Unlink { ticket } => self.unlink(ticket),
            Command::SplitOff { message, into } => self.split_off(message, into),
            Command::Erase { person, files, contents } => {
                self.record(TicketEvent::Erased { person, files, contents });
                Ok(())
            }
            Command::Redact { message, kinds, texts, renamed, files } => {
                Right::Redact.permit(self.by, self.terms)?;
                self.record(TicketEvent::Redacted { message, kinds, texts, renamed, files });
                Ok(())
            }
            Command::NoteSource { uid_validity, uid, removal } => {
                if !self.ticket.sources_gone.contains(&(uid_validity, uid)) {
                    self.record(TicketEvent::SourceRemoved { uid_validity, uid, removal });
                }
                Ok(())
            }
            Command::Destroy { files, contents } => self.destroy_with_account(files, contents),
            Command::DestroyWith { duty, found } => {
                self.destroy_what_was_given(duty, found, false);
                Ok(())
            }
            Command::Outlive { what, by, files, contents } => {
                self.record(TicketEvent::Outlived { what, by, files, contents });
                Ok(())
            }
        }
    }
}
