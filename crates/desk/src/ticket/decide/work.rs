//! What those who work on a request note for themselves: time spent, what is put off, tags.

use super::Draft;
use crate::field_value::FieldValue;
use crate::id::PersonId;
use crate::person::Actor;
use crate::refusal::Refusal;
use crate::rights::Right;
use crate::ticket::TimeEntry;
use crate::ticket::event::TicketEvent;
use calendar::Instant;
use std::collections::{BTreeMap, BTreeSet};
use terms::{FactValue, Facts, Verdict};

/// The longest stretch that one entry may hold, in minutes: a day.
const LONGEST_MINUTES: u32 = 24 * 60;
/// Who follows one request at most.
const FOLLOWERS_AT_MOST: usize = 100;
/// Letters of a tag at most.
const TAG_LETTERS: usize = 60;

impl Draft<'_> {
    /// Time spent. Work of a kind that the document rules out is refused with the clause that says so.
    pub(super) fn log_time(
        &mut self,
        minutes: u32,
        at: Option<Instant>,
        kind: Option<String>,
    ) -> Result<(), Refusal> {
        Right::LogTime.permit(self.by, self.terms)?;
        if minutes == 0 || minutes > LONGEST_MINUTES {
            return Err(Refusal::OutOfBounds { what: "minutes".to_owned(), least: 1, most: LONGEST_MINUTES });
        }
        let at = at.unwrap_or(self.now);
        if at > self.now {
            return Err(Refusal::InTheFuture { what: "at".to_owned() });
        }
        let kind =
            kind.filter(|kind| !kind.trim().is_empty()).map(|kind| kind.trim().replace(['-', ' '], "_"));
        if kind.as_deref() == Some("on_site") {
            self.must_allow_on_site()?;
        }
        let mut attributes = Facts::new().with("minutes", FactValue::text(&minutes.to_string()));
        if let Some(kind) = &kind {
            attributes.set("kind", FactValue::text(kind));
        }
        let counted = self.ticket.counted(self.terms, at, minutes);
        let entry = TimeEntry { by: self.by.clone(), minutes, at, kind, counted };
        self.record(TicketEvent::TimeLogged { entry });
        // Nothing is idle while somebody works, only from when they stop.
        let worked_until = at.plus_seconds(i64::from(minutes) * 60).min(self.now);
        self.meter_deed("log-time", worked_until, &attributes)
    }

    fn must_allow_on_site(&self) -> Result<(), Refusal> {
        let facts = self.ticket.facts.clone().with("on_site", FactValue::YesNo(true));
        let coverage = self.terms.coverage(&facts, self.ticket.received_at);
        let before = self.ticket.coverage(self.terms);
        let against = coverage.reasons.iter().find(|reason| {
            reason.against && !before.reasons.iter().any(|known| known.rule == reason.rule && known.against)
        });
        match against {
            Some(reason) if coverage.verdict == Verdict::NotCovered => {
                Err(Refusal::NotPermitted { act: "log_time".to_owned(), clause: Some(reason.clause.clone()) })
            }
            _ => Ok(()),
        }
    }

    /// Puts it off: it leaves the waiting work until then, or until the customer writes.
    pub(super) fn snooze(&mut self, until: Option<Instant>) -> Result<(), Refusal> {
        Right::Snooze.permit(self.by, self.terms)?;
        match until {
            None if self.ticket.snoozed_until.is_none() => Err(Refusal::NotWaiting),
            None => {
                self.record(TicketEvent::Woke);
                Ok(())
            }
            Some(until) if until <= self.now => Err(Refusal::InThePast { what: "until".to_owned() }),
            Some(until) => {
                self.must_be_open()?;
                self.record(TicketEvent::Snoozed { until });
                Ok(())
            }
        }
    }

    /// Fills fields, or empties them. What stands already is not said again.
    pub(super) fn set_fields(&mut self, values: BTreeMap<String, Option<FieldValue>>) -> Result<(), Refusal> {
        Right::SetFields.permit(self.by, self.terms)?;
        let (mut set, mut cleared) = (BTreeMap::new(), BTreeSet::new());
        for (name, value) in values {
            let now = self.ticket.fields.get(&name);
            match value {
                Some(value) if now != Some(&value) => {
                    set.insert(name, value);
                }
                None if now.is_some() => {
                    cleared.insert(name);
                }
                _ => {}
            }
        }
        if !set.is_empty() || !cleared.is_empty() {
            self.record(TicketEvent::FieldsSet { set, cleared });
        }
        Ok(())
    }

    /// A contact follows for themselves; a colleague may ask anybody to, whom operations let them.
    pub(super) fn follow(&mut self, person: PersonId) -> Result<(), Refusal> {
        self.must_follow_for_themselves(person)?;
        if self.ticket.followers.len() >= FOLLOWERS_AT_MOST {
            let most = FOLLOWERS_AT_MOST as u32;
            return Err(Refusal::OutOfBounds { what: "followers".to_owned(), least: 0, most });
        }
        if !self.ticket.followers.contains(&person) {
            self.record(TicketEvent::Followed { person });
        }
        Ok(())
    }

    pub(super) fn unfollow(&mut self, person: PersonId) -> Result<(), Refusal> {
        self.must_follow_for_themselves(person)?;
        if self.ticket.followers.contains(&person) {
            self.record(TicketEvent::Unfollowed { person });
        }
        Ok(())
    }

    fn must_follow_for_themselves(&self, person: PersonId) -> Result<(), Refusal> {
        match self.by {
            Actor::Staff { .. } | Actor::Rule { .. } => Right::FollowRequest.permit(self.by, self.terms),
            // Who may see it may be told of it, whatever their role in the account.
            Actor::Contact { id } if *id == person => Ok(()),
            _ => Err(Refusal::NotPermitted { act: "follow_request".to_owned(), clause: None }),
        }
    }

    pub(super) fn tag(&mut self, add: &[String], remove: &[String]) -> Result<(), Refusal> {
        Right::Classify.permit(self.by, self.terms)?;
        let plain = |tags: &[String]| -> BTreeSet<String> {
            let tags = tags.iter().map(|tag| tag.trim().to_lowercase());
            tags.filter(|tag| !tag.is_empty()).map(|tag| tag.chars().take(TAG_LETTERS).collect()).collect()
        };
        let mut added = plain(add);
        let mut removed = plain(remove);
        added.retain(|tag| !self.ticket.tags.contains(tag));
        removed.retain(|tag| self.ticket.tags.contains(tag) && !added.contains(tag));
        if !added.is_empty() || !removed.is_empty() {
            self.record(TicketEvent::Tagged { added, removed });
        }
        Ok(())
    }
}
