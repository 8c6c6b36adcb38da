//! What a customer claims by a consequence of the document, and what the desk decides on it.

use super::Draft;
use crate::refusal::Refusal;
use crate::rights::Right;
use crate::ticket::command::Words;
use crate::ticket::event::TicketEvent;
use crate::ticket::{TicketClaim, Turn};
use calendar::LocalDate;
use meters::{ClaimMade, Refused, Why, objections};
use std::collections::BTreeSet;
use terms::{Consequence, Days, Facts};

/// Characters of the figures of a decision at most.
const FIGURES_AT_MOST: usize = 500;

impl Draft<'_> {
    /// A claim for a period. What the document says against it for sure refuses it; what nobody knows yet is
    /// looked at by whoever decides.
    pub(super) fn claim(
        &mut self,
        consequence: Option<String>,
        period: &str,
        given: BTreeSet<String>,
        words: Option<Words>,
    ) -> Result<(), Refusal> {
        Right::Claim.permit(self.by, self.terms)?;
        self.must_be_open()?;
        if let Some(TicketClaim { decision: Some(decision), .. }) = &self.ticket.claim {
            return Err(Refusal::ClaimDecided { clause: decision.clause.clone() });
        }
        let consequence = self.consequence_named(consequence)?;
        let days = period_named(period).ok_or_else(|| Refusal::UnknownValue {
            fact: "period".to_owned(),
            value: period.to_owned(),
            allowed: vec!["2026-09".to_owned(), "2026".to_owned()],
        })?;
        let measure = self.terms.measure_of(consequence);
        let zone = measure.and_then(|measure| measure.zone.as_ref()).unwrap_or(&self.terms.zone);
        let claim = ClaimMade {
            at: self.now,
            by: if self.by.side() == "agent" { "agent" } else { "customer" }.to_owned(),
            through: if self.ticket.channel == "web" { "portal" } else { &self.ticket.channel }.to_owned(),
            fields: given.clone(),
            outages: Vec::new(),
            granted: Vec::new(),
        };
        let against = objections(self.terms, consequence, &claim, days, zone, &self.ticket.facts);
        if let Some(first) =
            against.into_iter().find(|objection| !matches!(objection.why, Why::Unknown { .. }))
        {
            return Err(refusal_of(first));
        }
        let clause = consequence.claim.as_ref().map_or(&consequence.clause, |rule| &rule.clause).clone();
        self.record(TicketEvent::Claimed {
            consequence: consequence.name.clone(),
            period: period.trim().to_owned(),
            given: given.into_iter().collect(),
            clause,
        });
        self.say(words, Some(Turn::Provider));
        self.deed("claim", &Facts::new())
    }

    /// The consequence of a name that can be claimed; the only one where none is named.
    fn consequence_named(&self, named: Option<String>) -> Result<&Consequence, Refusal> {
        let mut claimed = self.terms.consequences.iter().filter(|known| known.claim.is_some());
        let all: Vec<String> = claimed.clone().map(|known| known.name.clone()).collect();
        let found = match &named {
            Some(named) => claimed.find(|known| known.name == *named),
            None if all.len() == 1 => claimed.next(),
            None => None,
        };
        found.ok_or_else(|| Refusal::UnknownValue {
            fact: "consequence".to_owned(),
            value: named.unwrap_or_default(),
            allowed: all,
        })
    }

    /// The decision on a claim, which is the last word: with the figures that the desk measured, where the
    /// document asks for them, and with words to the customer.
    pub(super) fn decide_claim(
        &mut self,
        granted: bool,
        figures: Option<String>,
        words: Option<Words>,
    ) -> Result<(), Refusal> {
        Right::DecideClaim.permit(self.by, self.terms)?;
        let claim = self.ticket.claim.as_ref().ok_or(Refusal::NothingClaimed)?;
        if let Some(decision) = &claim.decision {
            return Err(Refusal::ClaimDecided { clause: decision.clause.clone() });
        }
        let permission = self.terms.permission("decide_claim");
        let clause = permission.map(|permission| permission.clause.clone());
        let figures = figures.map(|figures| figures.trim().to_owned()).filter(|figures| !figures.is_empty());
        if figures.as_ref().is_some_and(|figures| figures.chars().count() > FIGURES_AT_MOST) {
            let (what, most) = ("figures".to_owned(), FIGURES_AT_MOST as u32);
            return Err(Refusal::OutOfBounds { what, least: 1, most });
        }
        if figures.is_none()
            && permission.is_some_and(|permission| permission.needs.iter().any(|need| need == "figures"))
        {
            return Err(Refusal::Needs { what: "figures".to_owned(), clause });
        }
        if words.is_none() && permission.is_some_and(|permission| permission.reason) {
            return Err(Refusal::Needs { what: "reason".to_owned(), clause });
        }
        self.say(words, None);
        self.record(TicketEvent::ClaimDecided { granted, figures, clause });
        self.deed("decide-claim", &Facts::new())
    }
}

/// A month (`2026-09`) or a year (`2026`), as days.
fn period_named(text: &str) -> Option<Days> {
    let text = text.trim();
    let (first, next) = match text.split_once('-') {
        Some((year, month)) => {
            let (year, month): (i32, u8) = (year.parse().ok()?, month.parse().ok()?);
            let next = if month == 12 { (year.checked_add(1)?, 1) } else { (year, month + 1) };
            (LocalDate::new(year, month, 1)?, LocalDate::new(next.0, next.1, 1)?)
        }
        None => {
            let year: i32 = text.parse().ok()?;
            (LocalDate::new(year, 1, 1)?, LocalDate::new(year.checked_add(1)?, 1, 1)?)
        }
    };
    Some(Days { first, last: next.plus_days(-1) })
}

fn refusal_of(against: Refused) -> Refusal {
    let clause = against.clause;
    match against.why {
        Why::Missing { names } => Refusal::Needs { what: names.join(", "), clause: Some(*clause) },
        Why::NotBy { .. } => Refusal::NotPermitted { act: "claim".to_owned(), clause: Some(*clause) },
        Why::NotThrough { channels } => {
            Refusal::NeedsOne { what: "channel".to_owned(), allowed: channels, clause }
        }
        Why::TooLate { last_day } => Refusal::ClaimTooLate { last_day, clause },
        Why::TooEarly { first_day } => Refusal::ClaimTooEarly { first_day, clause },
        _ => Refusal::ClaimRefused { clause },
    }
}
