//! Who is asked to look at a request above those who work on it, on which ground, and who decides.

use super::Draft;
use crate::content::ContentRef;
use crate::permit::grants;
use crate::refusal::Refusal;
use crate::rights::Right;
use crate::ticket::command::Words;
use crate::ticket::event::TicketEvent;
use crate::ticket::{EscalationAsked, Turn};
use terms::{Answer, Clause, EscalationGround, Evaluation, FactValue, Facts, Permission, Terms};

/// Whom an escalation reaches where the document names nobody.
const LEAD: &str = "lead";

impl<'a> Draft<'a> {
    /// Somebody escalates: at once where the document lets them, else by asking those who decide.
    pub(super) fn escalate(
        &mut self,
        ground: Option<String>,
        to: Option<String>,
        reason: Option<ContentRef>,
    ) -> Result<(), Refusal> {
        let (side, terms) = (self.by.side(), self.terms);
        self.must_be_open()?;
        let ground = self.ground_named(ground)?;
        if side == "agent" {
            Right::Escalate.permit(self.by, self.terms)?;
            return self.escalate_by(terms.permission("escalate"), ground, to, reason);
        }
        let granted = |act: &str| {
            let permission = terms.permission(act)?;
            let may = grants(&permission.who, side, terms);
            let there = to.as_ref().is_none_or(|to| permission.to.is_empty() || permission.to.contains(to));
            (may && there).then_some(permission)
        };
        let directly = to.as_ref().and_then(|_| granted("escalate_directly"));
        if let Some(permission) = directly.or_else(|| granted("escalate")) {
            return self.escalate_by(Some(permission), ground, to, reason);
        }
        // Who may turn to some by themselves asks nobody for leave to turn to others.
        let theirs: Vec<&Permission> = ["escalate", "escalate_directly"]
            .into_iter()
            .filter_map(|act| terms.permission(act))
            .filter(|permission| grants(&permission.who, side, terms))
            .collect();
        if let Some(to) = to.clone().filter(|_| !theirs.is_empty()) {
            let mut allowed: Vec<String> =
                theirs.iter().flat_map(|permission| permission.to.clone()).collect();
            allowed.dedup();
            return Err(Refusal::UnknownValue { fact: "to".to_owned(), value: to, allowed });
        }
        // Customers who may not escalate themselves may ask for it, whatever the document says of how.
        let asks = terms.permission("ask_escalation");
        Right::AskEscalation.permit(self.by, self.terms)?;
        if let Some(permission) = asks
            && permission.needs.iter().any(|need| need == "ground")
            && ground.is_none()
        {
            let allowed = self.terms.grounds.iter().map(|ground| ground.name.clone()).collect();
            return Err(Refusal::NeedsOne {
                what: "ground".to_owned(),
                allowed,
                clause: Box::new(permission.clause.clone()),
            });
        }
        let ground = ground.map(|ground| ground.name.clone());
        let clause = asks.map(|permission| permission.clause.clone());
        self.record(TicketEvent::EscalationAsked {
            asked: EscalationAsked { ground, to, at: self.now },
            reason,
            clause,
        });
        self.deed("ask-escalation", &Facts::new())
    }

    fn escalate_by(
        &mut self,
        permission: Option<&'a Permission>,
        ground: Option<&'a EscalationGround>,
        to: Option<String>,
        reason: Option<ContentRef>,
    ) -> Result<(), Refusal> {
        let clause = permission.map(|permission| permission.clause.clone());
        if permission.is_some_and(|permission| permission.reason) && reason.is_none() {
            return Err(Refusal::Needs { what: "reason".to_owned(), clause });
        }
        let to = self.step_above(permission, to)?;
        let ground = ground.map(|ground| ground.name.clone());
        self.climb(to, ground, reason, clause)
    }

    fn climb(
        &mut self,
        to: String,
        ground: Option<String>,
        reason: Option<ContentRef>,
        clause: Option<Clause>,
    ) -> Result<(), Refusal> {
        let attributes = Facts::new().with("to", FactValue::text(&to));
        self.record(TicketEvent::Escalated { to, ground, reason, clause });
        self.deed("escalate", &attributes)
    }

    /// Where an escalation leads: where it is said, else one step up the document's ladder, else to the
    /// first that the document names.
    fn step_above(&self, permission: Option<&Permission>, to: Option<String>) -> Result<String, Refusal> {
        let named = permission.map(|permission| permission.to.as_slice()).unwrap_or_default();
        let ladder = self.terms.ladder.as_ref();
        let steps = ladder.map(|ladder| ladder.steps.as_slice()).unwrap_or_default();
        let roles = self.terms.roles.iter().map(|role| role.name.as_str());
        if let Some(to) = to.filter(|to| !to.trim().is_empty()) {
            let known = match named.is_empty() {
                false => named.contains(&to) || steps.contains(&to),
                true => to == LEAD || steps.contains(&to) || roles.clone().any(|role| role == to),
            };
            if known {
                return Ok(to);
            }
            let allowed = match named.is_empty() {
                false => named.to_vec(),
                true => {
                    steps.iter().map(String::as_str).chain(roles).chain([LEAD]).map(str::to_owned).collect()
                }
            };
            return Err(Refusal::UnknownValue { fact: "to".to_owned(), value: to, allowed });
        }
        let stands = self.ticket.climbed_to.as_deref().or(steps.first().map(String::as_str));
        let above = ladder.zip(stands).and_then(|(ladder, stands)| ladder.above(stands));
        let top = steps.last().map(String::as_str);
        Ok(above.or(top).or(named.first().map(String::as_str)).unwrap_or(LEAD).to_owned())
    }

    /// Those who decide grant what was asked, or do not, and say why.
    pub(super) fn decide_escalation(&mut self, granted: bool, words: Option<Words>) -> Result<(), Refusal> {
        Right::DecideEscalation.permit(self.by, self.terms)?;
        let asked = self.ticket.escalation.clone().ok_or(Refusal::NothingAsked)?;
        let to = if granted { Some(self.step_above(None, asked.to.clone())?) } else { None };
        self.say(words, Some(Turn::Provider));
        self.record(TicketEvent::EscalationDecided { granted });
        let clause = self.terms.permission("decide_escalation").map(|permission| permission.clause.clone());
        match to {
            Some(to) => self.climb(to, asked.ground, None, clause),
            None => self.deed("decide-escalation", &Facts::new()),
        }
    }

    fn ground_named(&self, given: Option<String>) -> Result<Option<&'a EscalationGround>, Refusal> {
        let Some(given) = given.filter(|given| !given.trim().is_empty()) else { return Ok(None) };
        let terms: &'a Terms = self.terms;
        let grounds = &terms.grounds;
        let found = grounds.iter().find(|ground| ground.name == given);
        if found.is_none() && !grounds.is_empty() {
            let allowed = grounds.iter().map(|ground| ground.name.clone()).collect();
            return Err(Refusal::UnknownValue { fact: "ground".to_owned(), value: given, allowed });
        }
        Ok(found)
    }
}

impl crate::ticket::Ticket {
    /// The grounds on which an escalation may be asked for, each with whether it is there now: the
    /// document offers some by itself as soon as they are.
    #[must_use]
    pub fn grounds<'a>(
        &self,
        terms: &'a terms::Terms,
        now: calendar::Instant,
    ) -> Vec<(&'a EscalationGround, bool)> {
        if terms.grounds.is_empty() {
            return Vec::new();
        }
        let mut facts = self.facts.clone();
        for reading in self.readings(terms, now) {
            let state = if reading.missed { "missed" } else { "kept" };
            facts.set(format!("promise.{}", reading.promise).as_str(), FactValue::text(state));
        }
        let evaluation = Evaluation::new(terms, &facts, now);
        terms
            .grounds
            .iter()
            .map(|ground| (ground, ground.automatic && ground.when.ask(&evaluation) == Answer::Yes))
            .collect()
    }
}
