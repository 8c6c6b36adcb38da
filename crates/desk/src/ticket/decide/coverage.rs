//! What is known, whether it is covered, and what follows where it is not.

use super::Draft;
use crate::content::ContentRef;
use crate::id::MessageId;
use crate::refusal::Refusal;
use crate::rights::Right;
use crate::ticket::event::TicketEvent;
use crate::ticket::{Judgement, MessageKind, Turn};
use meters::{consents_missing, permission_of};
use std::collections::BTreeSet;
use terms::{Clause, FactName, FactType, FactValue, Facts, Permission, Reason, ReasonAnswer, Terms, Verdict};

impl Draft<'_> {
    /// Facts are learnt. Another severity after the first is a change, which the document may keep to
    /// some and make depend on the consent of others. What was wanted at the opening is told by whoever may open.
    pub(super) fn learn(&mut self, facts: Facts, consent: BTreeSet<String>) -> Result<(), Refusal> {
        let sets_severity = facts.get("severity").is_some();
        let (right, deed) =
            if sets_severity { (Right::SetSeverity, "set-severity") } else { (Right::Classify, "classify") };
        let wanted = self.ticket.wanted(self.terms);
        let tells = |name: &FactName| wanted.iter().any(|rule| rule.name == *name);
        let is_telling = self.by.side() != "agent" && facts.iter().all(|(name, _)| tells(name));
        let permission = permission_of(self.terms, deed, &self.known).filter(|_| !is_telling);
        match is_telling {
            true => Right::Open.permit(self.by, self.terms)?,
            false => right.permit_by(permission, self.by, self.terms)?,
        }
        for (name, value) in facts.iter() {
            must_be_known(self.terms, name.as_str(), value)?;
        }
        let changes = facts.get("severity") != self.known.get("severity");
        if let Some(permission) = permission.filter(|_| sets_severity && changes) {
            self.must_have_consent(permission, consent)?;
        }
        let verdict = self.ticket.verdict();
        self.record(TicketEvent::Learnt { facts });
        self.find_coverage();
        // Of what has ended nothing is owed, whatever becomes known of it.
        if self.ticket.has_ended() {
            return Ok(());
        }
        self.deed(deed, &Facts::new())?;
        if self.ticket.verdict() != verdict {
            self.meter_verdict(self.now)?;
        }
        Ok(())
    }

    /// Refuses where the consent of somebody is missing, and records what was given.
    pub(super) fn must_have_consent(
        &mut self,
        permission: &Permission,
        given: BTreeSet<String>,
    ) -> Result<(), Refusal> {
        let of = consents_missing(permission, self.by.side(), &given);
        if !of.is_empty() {
            let path = format!("permission.{}", permission.act);
            let clause = self.terms.key_clause(&path, "consent").unwrap_or(&permission.clause).clone();
            return Err(Refusal::NeedsConsent { act: permission.act.clone(), of, clause: Box::new(clause) });
        }
        let roles: Vec<String> = given.into_iter().filter(|role| permission.consent.contains(role)).collect();
        if !roles.is_empty() {
            self.record(TicketEvent::Consented { act: permission.act.clone(), roles });
        }
        Ok(())
    }

    /// The customer does not agree with what was set.
    pub(super) fn contest(
        &mut self,
        what: String,
        message: MessageId,
        body: ContentRef,
    ) -> Result<(), Refusal> {
        Right::Contest.permit(self.by, self.terms)?;
        self.must_be_open()?;
        if what.trim().is_empty() {
            return Err(Refusal::Needs { what: "what".to_owned(), clause: None });
        }
        let words = Some(crate::ticket::command::Words { message, body });
        self.say(words, Some(Turn::Provider));
        self.record(TicketEvent::Contested { what });
        self.deed("contest", &Facts::new())
    }

    pub(super) fn judge_coverage(&mut self, verdict: Verdict, reason: ContentRef) -> Result<(), Refusal> {
        Right::JudgeCoverage.permit(self.by, self.terms)?;
        self.judge(verdict, reason)
    }

    fn judge(&mut self, verdict: Verdict, reason: ContentRef) -> Result<(), Refusal> {
        let judgement = Judgement { verdict, reason, by: self.by.clone(), at: self.now };
        self.record(TicketEvent::CoverageJudged { judgement });
        if self.ticket.has_ended() {
            return Ok(());
        }
        self.meter_verdict(self.now)
    }

    /// What the document does not cover is taken all the same: who, why and at what price is kept.
    pub(super) fn accept_exception(
        &mut self,
        reason: ContentRef,
        price: Option<String>,
    ) -> Result<(), Refusal> {
        Right::AcceptException.permit(self.by, self.terms)?;
        self.must_be_open()?;
        if self.ticket.verdict() == Verdict::Covered {
            return Err(Refusal::Covered);
        }
        self.record(TicketEvent::ExceptionAccepted { price });
        self.judge(Verdict::Covered, reason)
    }

    /// The request is refused, with the clause that says so.
    pub(super) fn decline(
        &mut self,
        clause: Option<String>,
        message: MessageId,
        body: ContentRef,
    ) -> Result<(), Refusal> {
        Right::Decline.permit(self.by, self.terms)?;
        self.must_be_open()?;
        let clause = match clause.as_deref().map(str::trim).filter(|given| !given.is_empty()) {
            Some(given) => self.clause_named(given)?,
            None => self
                .reason_against()
                .ok_or_else(|| Refusal::Needs { what: "clause".to_owned(), clause: None })?,
        };
        self.take_if_free();
        self.write(MessageKind::Outgoing, message, body, false, Some(Turn::Nobody));
        self.record(TicketEvent::Declined { clause });
        self.meter_verdict(self.now)?;
        self.deed("decline", &Facts::new())
    }

    /// The clause of the first condition that does not hold, or exclusion that does.
    fn reason_against(&self) -> Option<Clause> {
        let coverage = self.ticket.coverage(self.terms);
        coverage.reasons.iter().find(|reason| reason.against).map(|reason| reason.clause.clone())
    }

    /// A clause as people write it: `2.2`, `2.2 b`, `art. 2.2`.
    fn clause_named(&self, given: &str) -> Result<Clause, Refusal> {
        let plain = |text: &str| {
            text.to_lowercase()
                .trim_start_matches("article")
                .trim_start_matches("art.")
                .replace([' ', '\u{a0}', '(', ')'], "")
        };
        let wanted = plain(given);
        let number_of = |clause: &Clause| plain(&clause.number);
        let with_item = |clause: &Clause| {
            let item = clause.item.as_deref().map(plain).unwrap_or_default();
            let number = number_of(clause);
            [format!("{number}{item}"), format!("{number}.{item}")]
        };
        let of_rules = self.terms.coverage.iter().map(|rule| &rule.clause);
        let exact =
            of_rules.clone().find(|clause| clause.item.is_some() && with_item(clause).contains(&wanted));
        let heading =
            self.terms.clauses.iter().map(|text| &text.clause).find(|clause| number_of(clause) == wanted);
        exact.or(heading).cloned().ok_or_else(|| Refusal::UnknownValue {
            fact: "clause".to_owned(),
            value: given.to_owned(),
            allowed: self
                .terms
                .clauses
                .iter()
                .map(|text| text.clause.number.clone())
                .filter(|number| !number.is_empty())
                .collect(),
        })
    }

    /// The request turns out to be work of another kind, under an agreement of its own: what was kept
    /// or missed so far stays, what still runs is no longer owed.
    pub(super) fn convert(&mut self, to: Option<String>) -> Result<(), Refusal> {
        Right::Convert.permit(self.by, self.terms)?;
        self.must_be_open()?;
        let to = self.target_of("convert", to)?.unwrap_or_else(|| "professional_services".to_owned());
        self.record(TicketEvent::Converted { to: to.clone() });
        self.meter_verdict(self.now)?;
        self.deed("convert", &Facts::new().with("to", FactValue::Text(to)))
    }

    /// Where an act leads, among the targets that its permission names; the first where none is said.
    pub(super) fn target_of(&self, act: &str, given: Option<String>) -> Result<Option<String>, Refusal> {
        let allowed = self.terms.permission(act).map(|permission| permission.to.clone()).unwrap_or_default();
        match given.filter(|given| !given.trim().is_empty()) {
            None => Ok(allowed.into_iter().next()),
            Some(given) if allowed.is_empty() || allowed.contains(&given) => Ok(Some(given)),
            Some(value) => Err(Refusal::UnknownValue { fact: "to".to_owned(), value, allowed }),
        }
    }

    /// Computes coverage anew and records it when the verdict, or what decides it, has changed.
    pub(super) fn find_coverage(&mut self) {
        let coverage = self.ticket.coverage(self.terms);
        let counts = |reason: &&Reason| match coverage.verdict {
            Verdict::NotCovered => reason.against,
            Verdict::NeedsJudgement => reason.answer == ReasonAnswer::Unknown,
            Verdict::Covered => false,
        };
        let deciding: Vec<String> =
            coverage.reasons.iter().filter(counts).map(|reason| reason.rule.clone()).collect();
        let first = self.events.iter().any(|recorded| matches!(recorded.event, TicketEvent::Opened { .. }));
        if first || coverage.verdict != self.ticket.found {
            self.record(TicketEvent::CoverageFound { verdict: coverage.verdict, deciding });
        }
    }
}

/// A value of a vocabulary must be one of the document's.
pub(super) fn must_be_known(terms: &Terms, fact: &str, value: &FactValue) -> Result<(), Refusal> {
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
