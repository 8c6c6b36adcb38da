//! Time passes: clocks fall due, silences are reminded and then count, what slept wakes.

use super::Draft;
use crate::refusal::Refusal;
use crate::ticket::event::TicketEvent;
use crate::ticket::{Ticket, TicketState, Turn};
use calendar::Instant;
use meters::{Course, SilenceCourse, silence_course};
use terms::{Facts, Permission, Silence, Terms};

/// What comes next of a silence.
enum SilenceStep {
    /// A reminder, by its place from 0.
    Remind(usize),
    /// It counts.
    Counts,
}

impl Draft<'_> {
    /// Records whatever fell due until `now`, in the order of time, each step once.
    pub(super) fn pass_time(&mut self, now: Instant) -> Result<(), Refusal> {
        if self.ticket.merged_into.is_some() {
            return Ok(());
        }
        if let Some(held) = &self.ticket.held {
            if held.until > now {
                // Whether an answer kept its promise is known once it can no longer be undone.
                self.meter_time(held.message.sent_at.min(now));
                return Ok(());
            }
            self.meter_time(held.message.sent_at);
            self.release_held()?;
        }
        while let Some((at, step)) = next_of_silence(&self.ticket, self.terms).filter(|(at, _)| *at <= now) {
            self.meter_time(at);
            match step {
                SilenceStep::Remind(place) => {
                    let clause = self.terms.permission("close").map(|permission| permission.clause.clone());
                    self.record(TicketEvent::Reminded { place, at, clause });
                }
                SilenceStep::Counts => {
                    let course = course_of(&self.ticket, self.terms);
                    let reason = course.map_or_else(|| "no reply".to_owned(), |(course, _)| course.counts_as);
                    self.record_closing(reason);
                    self.meter_deed("close", at, &Facts::new())?;
                }
            }
        }
        self.meter_time(now);
        if self.ticket.snoozed_until.is_some_and(|until| until <= now) {
            self.record(TicketEvent::Woke);
        }
        Ok(())
    }
}

impl Ticket {
    /// When time alone next changes something: a clock, a reminder, a silence that counts, what was held
    /// back or put off. None while nothing of the kind is to come.
    #[must_use]
    pub fn next_step_at(&self, terms: &Terms) -> Option<Instant> {
        if self.merged_into.is_some() {
            return None;
        }
        let clocks = Course::new(terms).next_step_at(&self.progress, &self.facts);
        let silence = next_of_silence(self, terms).map(|(at, _)| at);
        let held = self.held.as_ref().map(|held| held.until);
        [clocks, silence, held, self.snoozed_until].into_iter().flatten().min()
    }

    /// The silence that runs since the customer was asked whether the matter is closed, or since their last
    /// word: when it is reminded and when it counts, with the permission of the document that says so. None
    /// while it is another's turn, or while another request goes on for it.
    #[must_use]
    pub fn silence<'a>(&self, terms: &'a Terms) -> Option<(SilenceCourse, &'a Permission)> {
        course_of(self, terms)
    }
}

/// Nobody is silent who has spoken and was not answered, or whom no letter reached: only while the turn is the
/// customer's does their silence run.
fn course_of<'a>(ticket: &Ticket, terms: &'a Terms) -> Option<(SilenceCourse, &'a Permission)> {
    if ticket.turn != Turn::Customer || ticket.merged_into.is_some() {
        return None;
    }
    let permission = terms.permission("close")?;
    let silence = permission.silence.as_ref()?;
    let asked_at = match silence.follows() {
        Silence::SOLUTION => ticket.resolved_at.filter(|_| ticket.state == TicketState::Resolved),
        // What was asked in a former life of the request is asked no more.
        event => {
            ticket.progress.last_of(event).filter(|at| ticket.reopened_at.is_none_or(|again| *at > again))
        }
    }?;
    let asked_at = asked_at.max(ticket.silent_since);
    let course = silence_course(terms, permission, silence, asked_at, &ticket.facts).ok()?;
    Some((course, permission))
}

fn next_of_silence(ticket: &Ticket, terms: &Terms) -> Option<(Instant, SilenceStep)> {
    let (course, _) = course_of(ticket, terms)?;
    match course.remind_at.get(ticket.reminded) {
        Some(at) => Some((*at, SilenceStep::Remind(ticket.reminded))),
        None => Some((course.ends_at, SilenceStep::Counts)),
    }
}
