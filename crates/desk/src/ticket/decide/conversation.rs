//! Messages, notes, calls and what machines report of letters.

use super::Draft;
use crate::content::{ContentRef, FileRef};
use crate::id::{MessageId, NoticeId, PersonId};
use crate::person::Actor;
use crate::refusal::Refusal;
use crate::rights::Right;
use crate::ticket::command::Words;
use crate::ticket::event::TicketEvent;
use crate::ticket::{Author, CUSTOMER, Held, Message, MessageKind, Return, TicketState, Turn};
use calendar::Instant;
use meters::{Happening, is_made_by_a_deed};
use terms::{FactValue, Facts};

/// How long an answer may be held back at most, in seconds.
const HELD_AT_MOST_SECONDS: u32 = 120;

impl Draft<'_> {
    pub(super) fn note_sent(&mut self, notice: NoticeId, kind: String) -> Result<(), Refusal> {
        let acknowledges = kind == "acknowledgement";
        self.record(TicketEvent::NoticeSent { notice, kind });
        if acknowledges {
            self.deed("acknowledge", &Facts::new())?;
        }
        Ok(())
    }

    pub(super) fn note_returned(
        &mut self,
        notice: NoticeId,
        kind: String,
        to: Option<PersonId>,
        class: Return,
        reason: ContentRef,
    ) {
        if !self.ticket.returned.contains(&(notice, class)) {
            let follower = to.is_some() && to != self.ticket.contact;
            self.record(TicketEvent::NoticeReturned { notice, kind, follower, class, reason });
        }
    }

    /// What the customer's side wrote; it counts at its own instant.
    pub(super) fn receive(&mut self, message: Message) -> Result<(), Refusal> {
        Right::Reply.permit(self.by, self.terms)?;
        let (at, automatic) = (message.received_at, message.automatic);
        let is_waited_for =
            self.ticket.state == TicketState::Waiting && self.ticket.waits_for.contains(CUSTOMER);
        self.pass_time(at)?;
        if !automatic && self.ticket.has_ended() {
            self.open_again(at)?;
        }
        self.record(TicketEvent::Wrote { message, turn: (!automatic).then_some(Turn::Provider) });
        if automatic {
            return Ok(());
        }
        if self.ticket.snoozed_until.is_some() {
            self.record(TicketEvent::Woke);
        }
        if is_waited_for {
            let waited = self.ticket.waited_for();
            self.record(TicketEvent::Resumed);
            self.meter_deed("resume", at, &waited)?;
        }
        Ok(())
    }

    pub(super) fn reply(
        &mut self,
        message: MessageId,
        body: ContentRef,
        files: Vec<FileRef>,
        technical: bool,
        turn: Option<Turn>,
        undo_seconds: u32,
    ) -> Result<(), Refusal> {
        Right::Reply.permit(self.by, self.terms)?;
        self.must_be_open()?;
        self.take_if_free();
        let turn = turn.or(Some(Turn::Customer));
        let Some(message) = self.message(MessageKind::Outgoing, message, body, files, technical) else {
            return Ok(());
        };
        if undo_seconds > 0 {
            let until = self.now.plus_seconds(i64::from(undo_seconds.min(HELD_AT_MOST_SECONDS)));
            self.record(TicketEvent::Held { held: Box::new(Held { message, turn, until }) });
            return Ok(());
        }
        let is_automatic = message.automatic;
        self.record(TicketEvent::Wrote { message, turn });
        let how = of_reply(technical).with("automatic", FactValue::YesNo(is_automatic));
        self.deed("reply", &how)
    }

    /// Sends what was held back: it counts from the instant at which somebody pressed the button.
    pub(super) fn release_held(&mut self) -> Result<(), Refusal> {
        let Some(held) = self.ticket.held.clone() else { return Ok(()) };
        let (technical, pressed_at) = (held.message.technical, held.message.sent_at);
        self.record(TicketEvent::Wrote { message: held.message, turn: held.turn });
        self.meter_deed("reply", pressed_at, &of_reply(technical))
    }

    pub(super) fn undo(&mut self) -> Result<(), Refusal> {
        Right::Undo.permit(self.by, self.terms)?;
        let held = self.ticket.held.as_ref().ok_or(Refusal::NothingHeld)?;
        let message = held.message.id;
        self.record(TicketEvent::Unsent { message });
        Ok(())
    }

    pub(super) fn note(
        &mut self,
        message: MessageId,
        body: ContentRef,
        history: Option<ContentRef>,
        html: Option<FileRef>,
        files: Vec<FileRef>,
    ) -> Result<(), Refusal> {
        Right::Note.permit(self.by, self.terms)?;
        if let Some(note) = self.message(MessageKind::Note, message, body, files, false) {
            self.record(TicketEvent::Wrote { message: Message { history, html, ..note }, turn: None });
        }
        Ok(())
    }

    /// How the work goes on, told to the customer.
    pub(super) fn update(&mut self, message: MessageId, body: ContentRef) -> Result<(), Refusal> {
        Right::Update.permit(self.by, self.terms)?;
        self.must_be_open()?;
        self.take_if_free();
        self.write(MessageKind::Outgoing, message, body, false, None);
        self.record(TicketEvent::Updated);
        self.deed("update", &Facts::new())
    }

    /// Somebody asks how the work goes on.
    pub(super) fn request_update(&mut self, words: Option<Words>) -> Result<(), Refusal> {
        Right::RequestUpdate.permit(self.by, self.terms)?;
        self.must_be_open()?;
        self.say(words, Some(Turn::Provider));
        self.record(TicketEvent::UpdateRequested);
        self.deed("request-update", &Facts::new())
    }

    /// A call to the customer; one that reaches them is the callback and answers.
    pub(super) fn log_call(
        &mut self,
        reached: bool,
        message: MessageId,
        body: ContentRef,
    ) -> Result<(), Refusal> {
        Right::LogCall.permit(self.by, self.terms)?;
        self.must_be_open()?;
        self.take_if_free();
        let outcome = if reached { "reached" } else { "voicemail" };
        if let Some(mut note) = self.message(MessageKind::Note, message, body, Vec::new(), false) {
            note.channel = "phone".to_owned();
            self.record(TicketEvent::Wrote { message: note, turn: None });
        }
        self.record(TicketEvent::Called { outcome: outcome.to_owned() });
        let attributes = of_reply(true).with("outcome", FactValue::text(outcome));
        self.deed("log-call", &attributes)
    }

    pub(super) fn propose_meeting(
        &mut self,
        slots: Vec<Instant>,
        message: MessageId,
        body: ContentRef,
    ) -> Result<(), Refusal> {
        Right::ProposeMeeting.permit(self.by, self.terms)?;
        self.must_be_open()?;
        if slots.is_empty() {
            return Err(Refusal::Needs { what: "slots".to_owned(), clause: None });
        }
        if slots.iter().any(|slot| *slot <= self.now) {
            return Err(Refusal::InThePast { what: "slots".to_owned() });
        }
        self.take_if_free();
        self.write(MessageKind::Outgoing, message, body, false, Some(Turn::Customer));
        self.record(TicketEvent::MeetingProposed { slots });
        self.deed("meeting-proposed", &Facts::new())
    }

    /// A step of the work that the document speaks of by a name of its own (`solution_proposed`).
    pub(super) fn milestone(&mut self, name: String, words: Option<Words>) -> Result<(), Refusal> {
        Right::Milestone.permit(self.by, self.terms)?;
        self.must_be_open()?;
        let name = name.trim().replace('-', "_");
        if name.is_empty() {
            return Err(Refusal::Needs { what: "name".to_owned(), clause: None });
        }
        let plain = name
            .chars()
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_');
        if !plain || is_made_by_a_deed(&name) {
            return Err(Refusal::UnknownValue { fact: "name".to_owned(), value: name, allowed: Vec::new() });
        }
        self.take_if_free();
        self.say(words, None);
        self.record(TicketEvent::Milestone { name: name.clone() });
        self.meter_happenings(vec![Happening::new(&name, self.now)])
    }

    /// Words of whoever acts, to the other side: the customer writes to the desk, the desk to the customer.
    pub(super) fn say(&mut self, words: Option<Words>, turn: Option<Turn>) {
        let Some(Words { message, body }) = words else { return };
        let kind = if self.by.side() == "agent" { MessageKind::Outgoing } else { MessageKind::Incoming };
        self.write(kind, message, body, false, turn);
    }

    pub(super) fn write(
        &mut self,
        kind: MessageKind,
        id: MessageId,
        body: ContentRef,
        technical: bool,
        turn: Option<Turn>,
    ) {
        if let Some(message) = self.message(kind, id, body, Vec::new(), technical) {
            self.record(TicketEvent::Wrote { message, turn });
        }
    }

    fn message(
        &self,
        kind: MessageKind,
        id: MessageId,
        body: ContentRef,
        files: Vec<FileRef>,
        technical: bool,
    ) -> Option<Message> {
        let person = self.by.person()?;
        Some(Message {
            id,
            kind,
            by: Author::Person { id: person },
            channel: "portal".to_owned(),
            sent_at: self.now,
            received_at: self.now,
            body,
            history: None,
            html: None,
            files,
            technical,
            automatic: matches!(self.by, Actor::Rule { .. }),
            checks: None,
            may_backscatter: false,
        })
    }
}

pub(super) fn of_reply(technical: bool) -> Facts {
    Facts::new().with("technical", FactValue::YesNo(technical)).with("automatic", FactValue::YesNo(false))
}
