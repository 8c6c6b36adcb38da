//! The life of a request: given what happened, when something is asked, then events or a refusal.
//!
//! The agreement is a small one of its own, so that each test shows the rule it rests on.

use agreement::{Options, compile};
use calendar::Instant;
use desk::{
    AccountId, Actor, Audience, Author, Brought, ContentId, ContentRef, DutyAnswer, MessageId, MessageKind,
    NewTicket, NoticeId, NoticeKind, PersonId, ProviderId, Recorded, Refusal, Return, Right, Ticket,
    TicketCommand, TicketEvent, TicketId, TicketState, Turn, Words, notices,
};
use meters::{ClockState, Course, StopReason};
use proptest::prelude::*;
use std::collections::BTreeSet;
use terms::{AgreementName, FactValue, Facts, Terms, Verdict};

const AGREEMENT: &str = r#"# Entente d’essai
```terms
[agreement]
format = 1
key = "essai"
version = "1"
effective = 2026-01-01
languages = ["fr"]
country = "FR"
currency = "EUR"
zone = "Europe/Paris"
```
## 1 Couverture
La demande porte sur le produit.
```terms
[fact]
covered_kind = { type = "yes-no", from = "agent", fr = "Produit couvert" }
severity = { type = "one-of", from = "agent", fr = "Gravité", values = [{ name = "low", fr = "Faible" }, { name = "high", fr = "Forte" }] }
outcome = { type = "one-of", from = "agent", fr = "Issue", values = [{ name = "fixed", fr = "Corrigé" }, { name = "unresolved", fr = "Non résolu" }] }
[cover]
kind = { when = { covered_kind = true }, fr = "produit couvert" }
[permission]
close = { who = ["agent"] }
set_severity = { who = ["agent"] }
pass_to_vendor = { who = ["agent"], needs = ["vendor_reference"] }
```
## 2 Heures
Du lundi au vendredi, de 9 h à 17 h, heure de Paris.
```terms
[calendar.office]
fr = "Heures d’ouverture"
zone = "Europe/Paris"
open = { mon-fri = ["09:00-17:00"] }
```
## 3 Délais
Accusé de réception dans les 10 minutes. Réponse dans les 4 heures ouvrables, 2 heures ouvrables si la gravité est forte. L’équipe est prévenue 1 heure ouvrable avant ; passé le délai, le responsable l’est.
```terms
[promise.acknowledgement]
fr = "Accusé de réception"
start = "received"
stop = ["acknowledged"]
pause = []
within = "10 minutes"
strength = "binding"
[promise.response]
fr = "Première réponse"
start = "received"
stop = ["answered"]
pause = ["customer", "vendor"]
within = { by = "severity", high = "2 business hours", else = "4 business hours" }
calendar = "office"
strength = "binding"
warn = [{ left = "1 business hour", tell = ["owner"] }]
missed = [{ tell = ["owner"], climb = "lead" }]
[pause]
customer = { begin = { event = "waiting", when = { for = "customer" } }, end = ["resumed"], party = "customer", effect = "pause", fr = "en attente du client" }
vendor = { begin = "passed_to_vendor", end = ["back_from_vendor"], party = "vendor", effect = "pause", fr = "chez l’éditeur" }
```
"#;

fn terms() -> Terms {
    terms_of(AGREEMENT)
}

fn terms_of(document: &str) -> Terms {
    let compilation = compile(document, "essai.md", &Options::default());
    let complaints: Vec<String> = compilation
        .diagnostics
        .iter()
        .filter(|found| found.is_error())
        .map(|found| format!("{} {}", found.code.as_str(), found.sentence("en")))
        .collect();
    compilation.terms.unwrap_or_else(|| panic!("the test agreement compiles: {complaints:#?}"))
}

fn at(text: &str) -> Instant {
    Instant::parse(text).expect("an instant")
}

fn content(id: u128) -> ContentRef {
    ContentRef { id: ContentId(id), digest: "00".repeat(32) }
}

const CONTACT: Actor = Actor::Contact { id: PersonId(1) };
const AGENT: Actor = Actor::Staff { id: PersonId(2) };

fn new_ticket(received_at: Instant) -> NewTicket {
    NewTicket {
        id: TicketId(7),
        provider: ProviderId("orvane".to_owned()),
        account: Some(AccountId(3)),
        contact: Some(PersonId(1)),
        channel: "email".to_owned(),
        subject: content(10),
        received_at,
        sent_at: received_at,
        agreement: AgreementName { key: "essai".to_owned(), version: "1".to_owned() },
        contract: None,
        facts: Facts::new().with("covered_kind", FactValue::YesNo(true)),
        message: MessageId(20),
        author: Author::Person { id: PersonId(1) },
        body: content(11),
        brought: Brought::default(),
    }
}

/// A request on its way: its log, and the state that the log folds to.
struct Desk {
    terms: Terms,
    log: Vec<Vec<Recorded>>,
    ticket: Ticket,
}

impl Desk {
    fn opened(received_at: &str) -> Self {
        Self::opened_as(new_ticket(at(received_at)))
    }

    fn opened_as(new: NewTicket) -> Self {
        Self::opened_under(terms(), new)
    }

    fn opened_under(terms: Terms, new: NewTicket) -> Self {
        let now = new.received_at;
        let decision = Ticket::open(new, &terms, &CONTACT, now).expect("it opens");
        Self { terms, log: vec![decision.events], ticket: decision.ticket }
    }

    fn ask(&mut self, when: &str, by: &Actor, command: TicketCommand) -> Result<Vec<TicketEvent>, Refusal> {
        let decision = self.ticket.decide(command, &self.terms, by, at(when))?;
        let events = decision.events.iter().map(|recorded| recorded.event.clone()).collect();
        if !decision.events.is_empty() {
            self.log.push(decision.events);
        }
        self.ticket = decision.ticket;
        Ok(events)
    }

    fn clock(&self, promise: &str, now: &str) -> meters::Reading {
        let readings = self.ticket.readings(&self.terms, at(now));
        readings.into_iter().rfind(|reading| reading.promise == promise).expect("the clock runs")
    }
}

fn reply(id: u128) -> TicketCommand {
    TicketCommand::Reply {
        message: MessageId(id),
        body: content(id),
        files: Vec::new(),
        technical: true,
        turn: None,
        undo_seconds: 0,
    }
}

fn letter(id: u128, received_at: Instant) -> TicketCommand {
    TicketCommand::Receive {
        message: MessageId(id),
        author: Author::Person { id: PersonId(1) },
        channel: "email".to_owned(),
        sent_at: received_at,
        received_at,
        body: content(id),
        history: None,
        html: None,
        files: Vec::new(),
        automatic: false,
        checks: None,
    }
}

fn wait(party: &str) -> TicketCommand {
    TicketCommand::Wait { party: party.to_owned(), task: None, reason: None }
}

fn severity(value: &str) -> TicketCommand {
    TicketCommand::Learn {
        facts: Facts::new().with("severity", FactValue::text(value)),
        consent: BTreeSet::new(),
    }
}

fn resolve(id: u128) -> TicketCommand {
    TicketCommand::Resolve { outcome: "fixed".to_owned(), message: MessageId(id), body: content(id) }
}

fn names(events: &[TicketEvent]) -> Vec<String> {
    events
        .iter()
        .map(|event| {
            let value = serde_json::to_value(event).expect("plain data");
            let name = |value: &serde_json::Value| match value {
                serde_json::Value::String(name) => name.clone(),
                other => {
                    other.as_object().and_then(|fields| fields.keys().next()).cloned().unwrap_or_default()
                }
            };
            value.get("metered").map_or_else(|| name(&value), |metered| name(&metered["change"]))
        })
        .collect()
}

#[test]
fn an_opening_starts_every_clock_that_its_clause_promises() {
    let desk = Desk::opened("2026-03-06T16:00:00+01:00");
    assert_eq!(desk.ticket.verdict(), Verdict::Covered);
    assert_eq!((desk.ticket.state, desk.ticket.turn), (TicketState::New, Turn::Provider));
    let acknowledgement = desk.clock("acknowledgement", "2026-03-06T16:00:00+01:00");
    assert_eq!(acknowledgement.due_at, Some(at("2026-03-06T16:10:00+01:00")));
    assert_eq!((acknowledgement.calendar.as_str(), acknowledgement.clause.number.as_str()), ("elapsed", "3"));
    let response = desk.clock("response", "2026-03-06T16:30:00+01:00");
    assert_eq!(response.due_at, Some(at("2026-03-09T12:00:00+01:00")), "one hour on Friday, three on Monday");
    assert_eq!((response.used_seconds, response.left_seconds), (1_800, Some(12_600)));
    assert_eq!(response.provisional.iter().map(|fact| fact.as_str()).collect::<Vec<_>>(), ["severity"]);
}

#[test]
fn an_answer_meets_the_response_and_a_receipt_does_not() {
    let mut desk = Desk::opened("2026-03-10T10:00:00+01:00");
    let sent = TicketCommand::NoteSent { notice: NoticeId(1), kind: "acknowledgement".to_owned() };
    desk.ask("2026-03-10T10:00:05+01:00", &Actor::System, sent).expect("noted");
    assert_eq!(desk.clock("acknowledgement", "2026-03-10T11:00:00+01:00").state, ClockState::Met);
    assert_eq!(desk.clock("response", "2026-03-10T11:00:00+01:00").state, ClockState::Running);
    desk.ask("2026-03-10T11:30:00+01:00", &AGENT, reply(30)).expect("answered");
    let response = desk.clock("response", "2026-03-12T11:00:00+01:00");
    assert_eq!((response.state, response.used_seconds), (ClockState::Met, 5_400));
    assert_eq!((desk.ticket.state, desk.ticket.turn), (TicketState::Open, Turn::Customer));
    assert_eq!(desk.ticket.assignee, Some(PersonId(2)), "who answers takes it");
}

#[test]
fn one_late_round_records_what_a_hundred_punctual_ones_would() {
    let mut late = Desk::opened("2026-03-10T10:00:00+01:00");
    late.ask("2026-03-10T18:00:00+01:00", &Actor::System, TicketCommand::NoteTime).expect("noted");
    let mut often = Desk::opened("2026-03-10T10:00:00+01:00");
    for minute in 0..=480 {
        let now = at("2026-03-10T10:00:00+01:00").plus_seconds(minute * 60).to_string();
        often.ask(&now, &Actor::System, TicketCommand::NoteTime).expect("noted");
    }
    let steps = |desk: &Desk| -> Vec<TicketEvent> {
        desk.log.iter().skip(1).flatten().map(|recorded| recorded.event.clone()).collect()
    };
    assert_eq!(steps(&late), steps(&often));
    assert_eq!(names(&steps(&late)), ["missed", "warned", "missed", "miss_followed"]);
    assert_eq!(late.ticket.climbed_to.as_deref(), Some("lead"));
    assert_eq!(
        late.ask("2026-03-11T18:00:00+01:00", &Actor::System, TicketCommand::NoteTime),
        Ok(Vec::new())
    );
}

#[test]
fn what_fell_due_is_told_once_with_its_clause() {
    let mut desk = Desk::opened("2026-03-10T10:00:00+01:00");
    desk.ask("2026-03-10T18:00:00+01:00", &Actor::System, TicketCommand::NoteTime).expect("noted");
    let last = desk.log.last().expect("steps were recorded");
    let told = notices(&desk.ticket, last, Vec::new(), &desk.terms);
    let kinds: Vec<(&str, Audience)> =
        told.iter().map(|notice| (notice.kind.as_str(), notice.to.clone())).collect();
    let lead = Audience::Role { role: "lead".to_owned() };
    // Nobody is warned of a deadline that is past by now.
    assert_eq!(kinds, [("missed", Audience::Owner), ("missed", lead)]);
    let clauses = told.iter().map(|notice| match &notice.kind {
        NoticeKind::Warning { clause, .. } | NoticeKind::Missed { clause, .. } => clause.number.clone(),
        _ => String::new(),
    });
    assert!(clauses.into_iter().all(|number| number == "3"), "each names its clause");
}

#[test]
fn a_deed_never_hides_a_miss() {
    let mut desk = Desk::opened("2026-03-10T10:00:00+01:00");
    let events = desk.ask("2026-03-10T15:00:00+01:00", &AGENT, reply(30)).expect("answered late");
    assert_eq!(
        names(&events),
        [
            "missed",
            "warned",
            "missed",
            "miss_followed",
            "assigned",
            "wrote",
            "happened",
            "happened",
            "met",
            "status_changed",
            "happened"
        ]
    );
    let response = desk.clock("response", "2026-03-10T15:00:00+01:00");
    assert_eq!(
        (response.state, response.met_at),
        (ClockState::Missed, Some(at("2026-03-10T15:00:00+01:00")))
    );
}

#[test]
fn an_answer_at_the_due_instant_is_in_time() {
    let mut desk = Desk::opened("2026-03-10T10:00:00+01:00");
    desk.ask("2026-03-10T14:00:00+01:00", &AGENT, reply(30)).expect("answered");
    assert_eq!(desk.clock("response", "2026-03-10T14:00:00+01:00").state, ClockState::Met);
}

#[test]
fn waiting_for_the_customer_stands_still_and_an_answer_of_theirs_goes_on() {
    let mut desk = Desk::opened("2026-03-10T10:00:00+01:00");
    let wait = TicketCommand::Wait { party: "customer".to_owned(), task: None, reason: Some(content(40)) };
    desk.ask("2026-03-10T11:00:00+01:00", &AGENT, wait).expect("waits");
    let paused = desk.clock("response", "2026-03-10T16:00:00+01:00");
    assert_eq!((paused.state, paused.used_seconds), (ClockState::Paused, 3_600));
    let looked = desk.ask("2026-03-13T16:00:00+01:00", &Actor::System, TicketCommand::NoteTime);
    assert_eq!(looked, Ok(Vec::new()), "three days of waiting make nothing due");
    let received_at = at("2026-03-13T16:30:00+01:00");
    desk.ask("2026-03-13T16:31:00+01:00", &CONTACT, letter(31, received_at)).expect("received");
    assert_eq!((desk.ticket.state, desk.ticket.turn), (TicketState::Open, Turn::Provider));
    let running = desk.clock("response", "2026-03-13T16:31:00+01:00");
    assert_eq!(
        running.due_at,
        Some(at("2026-03-16T11:30:00+01:00")),
        "half an hour on Friday, 2 h 30 on Monday"
    );
}

#[test]
fn time_with_the_vendor_is_not_charged_and_needs_a_reference() {
    let mut desk = Desk::opened("2026-03-10T10:00:00+01:00");
    let without = TicketCommand::PassToVendor { vendor: "Editeur".to_owned(), reference: " ".to_owned() };
    let refusal = desk.ask("2026-03-10T11:00:00+01:00", &AGENT, without).expect_err("a reference is needed");
    assert!(matches!(refusal, Refusal::Needs { clause: Some(clause), .. } if clause.number == "1"));
    let with = TicketCommand::PassToVendor { vendor: "Editeur".to_owned(), reference: "E-1".to_owned() };
    desk.ask("2026-03-10T11:00:00+01:00", &AGENT, with).expect("passed");
    let back = TicketCommand::BackFromVendor { result: "fix".to_owned() };
    desk.ask("2026-03-10T13:00:00+01:00", &AGENT, back).expect("back");
    let response = desk.clock("response", "2026-03-10T13:00:00+01:00");
    assert_eq!(response.due_at, Some(at("2026-03-10T16:00:00+01:00")));
}

#[test]
fn customer_and_vendor_may_be_waited_for_at_once_and_each_ends_apart() {
    let mut desk = Desk::opened("2026-03-10T10:00:00+01:00");
    let wait = TicketCommand::Wait { party: "customer".to_owned(), task: None, reason: Some(content(40)) };
    desk.ask("2026-03-10T11:00:00+01:00", &AGENT, wait).expect("waits");
    let with = TicketCommand::PassToVendor { vendor: "Editeur".to_owned(), reference: "E-1".to_owned() };
    desk.ask("2026-03-10T11:30:00+01:00", &AGENT, with).expect("passed");
    assert_eq!((desk.ticket.state, desk.ticket.turn), (TicketState::Waiting, Turn::Customer));
    desk.ask("2026-03-10T14:00:00+01:00", &AGENT, TicketCommand::Resume).expect("the customer has answered");
    assert_eq!((desk.ticket.state, desk.ticket.turn), (TicketState::Waiting, Turn::ThirdParty));
    let response = desk.clock("response", "2026-03-10T14:30:00+01:00");
    assert_eq!((response.state, response.used_seconds), (ClockState::Paused, 3_600));
    assert_eq!(response.paused_since, Some(at("2026-03-10T11:00:00+01:00")));
    let back = TicketCommand::BackFromVendor { result: "fix".to_owned() };
    desk.ask("2026-03-10T15:00:00+01:00", &AGENT, back).expect("back");
    assert_eq!((desk.ticket.state, desk.ticket.turn), (TicketState::Open, Turn::Provider));
    let after = desk.clock("response", "2026-03-10T15:00:00+01:00");
    assert_eq!((after.state, after.used_seconds), (ClockState::Running, 3_600));
    assert_eq!(after.left_seconds, response.left_seconds, "what was left is left still");
}

#[test]
fn a_higher_severity_keeps_the_time_used() {
    let mut desk = Desk::opened("2026-03-10T10:00:00+01:00");
    let facts = Facts::new().with("severity", FactValue::text("high"));
    desk.ask("2026-03-10T11:00:00+01:00", &AGENT, TicketCommand::Learn { facts, consent: BTreeSet::new() })
        .expect("set");
    let response = desk.clock("response", "2026-03-10T11:00:00+01:00");
    assert_eq!((response.due_at, response.used_seconds), (Some(at("2026-03-10T12:00:00+01:00")), 3_600));
    let unknown = TicketCommand::Learn {
        facts: Facts::new().with("severity", FactValue::text("huge")),
        consent: BTreeSet::new(),
    };
    let refusal = desk.ask("2026-03-10T11:01:00+01:00", &AGENT, unknown).expect_err("no such value");
    assert!(matches!(refusal, Refusal::UnknownValue { allowed, .. } if allowed == ["low", "high"]));
}

#[test]
fn refused_coverage_stops_what_was_owed_for_it_and_granting_it_starts_it_from_receipt() {
    let mut desk = Desk::opened("2026-03-10T10:00:00+01:00");
    let refuse = TicketCommand::JudgeCoverage { verdict: Verdict::NotCovered, reason: content(50) };
    desk.ask("2026-03-10T10:30:00+01:00", &AGENT, refuse).expect("refused");
    let response = desk.clock("response", "2026-03-10T16:00:00+01:00");
    assert_eq!((response.state, response.stopped), (ClockState::Stopped, Some(StopReason::NotCovered)));
    let again = TicketCommand::JudgeCoverage { verdict: Verdict::Covered, reason: content(52) };
    desk.ask("2026-03-10T11:00:00+01:00", &AGENT, again).expect("granted after all");
    let latest = desk.ticket.progress.latest("response").expect("it is owed again");
    assert_eq!((latest.is_open(), latest.due_at), (true, Some(at("2026-03-10T14:00:00+01:00"))));
    let grant = TicketCommand::JudgeCoverage { verdict: Verdict::Covered, reason: content(52) };
    desk.ask("2026-03-10T11:00:00+01:00", &AGENT, grant).expect("granted again");
    let response = desk.clock("response", "2026-03-10T11:00:00+01:00");
    assert_eq!((response.state, response.used_seconds), (ClockState::Running, 3_600));
    assert_eq!(response.due_at, Some(at("2026-03-10T14:00:00+01:00")));

    let mut new = new_ticket(at("2026-03-10T10:00:00+01:00"));
    new.facts = Facts::new().with("covered_kind", FactValue::YesNo(false));
    let mut excluded = Desk::opened_as(new);
    let started: Vec<&str> =
        excluded.ticket.progress.clocks.iter().map(|clock| clock.key.promise.as_str()).collect();
    assert_eq!(started, ["acknowledgement"], "a receipt is owed for every request");
    let grant = TicketCommand::JudgeCoverage { verdict: Verdict::Covered, reason: content(51) };
    excluded.ask("2026-03-10T11:00:00+01:00", &AGENT, grant).expect("granted");
    assert_eq!(
        excluded.clock("response", "2026-03-10T11:00:00+01:00").due_at,
        Some(at("2026-03-10T14:00:00+01:00"))
    );
}

#[test]
fn a_letter_of_a_machine_is_not_acknowledged() {
    let mut new = new_ticket(at("2026-03-10T10:00:00+01:00"));
    new.brought.automatic = true;
    let desk = Desk::opened_as(new);
    assert_eq!(
        desk.clock("acknowledgement", "2026-03-11T10:00:00+01:00").stopped,
        Some(StopReason::Automatic)
    );
    assert!(notices(&desk.ticket, &desk.log[0], Vec::new(), &desk.terms).is_empty());
}

#[test]
fn permissions_are_the_documents() {
    let terms = terms();
    let refusal = Right::Close.permit(&CONTACT, &terms).expect_err("the document keeps it to agents");
    assert!(matches!(refusal, Refusal::NotPermitted { clause: Some(clause), .. } if clause.number == "1"));
    assert_eq!(Right::Close.permit(&AGENT, &terms), Ok(()));
    assert!(Right::Note.permit(&CONTACT, &terms).is_err(), "where it says nothing, the trade's rule holds");
    assert_eq!(Right::Reply.permit(&Actor::Stranger, &terms), Ok(()));
}

#[test]
fn a_resolution_needs_an_outcome_of_the_document_and_a_closed_request_reopens() {
    let mut desk = Desk::opened("2026-03-10T10:00:00+01:00");
    let resolve = |outcome: &str| TicketCommand::Resolve {
        outcome: outcome.to_owned(),
        message: MessageId(60),
        body: content(60),
    };
    assert!(desk.ask("2026-03-10T11:00:00+01:00", &AGENT, resolve("magic")).is_err());
    desk.ask("2026-03-10T11:00:00+01:00", &AGENT, resolve("fixed")).expect("resolved");
    assert_eq!(desk.ticket.state, TicketState::Resolved);
    assert_eq!(
        desk.clock("response", "2026-03-10T11:00:00+01:00").state,
        ClockState::Met,
        "it was an answer too"
    );
    desk.ask("2026-03-10T12:00:00+01:00", &CONTACT, TicketCommand::Confirm).expect("confirmed");
    assert_eq!((desk.ticket.state, desk.ticket.turn), (TicketState::Closed, Turn::Nobody));
    assert_eq!(desk.ask("2026-03-10T12:01:00+01:00", &AGENT, reply(70)), Err(Refusal::NotOpen));
    desk.ask("2026-03-10T13:00:00+01:00", &CONTACT, TicketCommand::Reopen).expect("reopened");
    assert_eq!((desk.ticket.state, desk.ticket.turn), (TicketState::Open, Turn::Provider));
}

#[test]
fn an_answer_of_the_customer_ends_the_wait_for_them_and_no_other() {
    let mut desk = Desk::opened("2026-03-10T10:00:00+01:00");
    desk.ask("2026-03-10T11:00:00+01:00", &AGENT, wait("customer")).expect("waits");
    let asks = TicketCommand::RequestUpdate { words: None };
    desk.ask("2026-03-10T11:30:00+01:00", &CONTACT, asks).expect("asked");
    assert_eq!((desk.ticket.state, desk.ticket.turn), (TicketState::Waiting, Turn::Provider));
    let answer = letter(31, at("2026-03-10T12:00:00+01:00"));
    desk.ask("2026-03-10T12:00:00+01:00", &CONTACT, answer).expect("received");
    assert_eq!((desk.ticket.state, desk.ticket.turn), (TicketState::Open, Turn::Provider));
    assert_eq!(desk.clock("response", "2026-03-10T12:00:00+01:00").state, ClockState::Running);

    let mut desk = Desk::opened("2026-03-10T10:00:00+01:00");
    desk.ask("2026-03-10T11:00:00+01:00", &AGENT, wait("third_party")).expect("waits");
    desk.ask("2026-03-10T11:30:00+01:00", &AGENT, reply(30)).expect("answered");
    assert_eq!((desk.ticket.state, desk.ticket.turn), (TicketState::Waiting, Turn::Customer));
    let thanks = letter(31, at("2026-03-10T12:00:00+01:00"));
    desk.ask("2026-03-10T12:00:00+01:00", &CONTACT, thanks).expect("received");
    assert_eq!(desk.ticket.state, TicketState::Waiting);
    assert!(desk.ticket.waits_for.contains("third_party"), "thanks bring nothing from a third party");
}

#[test]
fn whoever_else_is_waited_for_is_told_by_name_where_one_is_known() {
    let mut desk = Desk::opened("2026-03-10T10:00:00+01:00");
    desk.ask("2026-03-10T11:00:00+01:00", &AGENT, wait("third_party")).expect("waits");
    assert_eq!(desk.ticket.third_party(), "third_party");
    desk.ask("2026-03-10T11:10:00+01:00", &AGENT, TicketCommand::Resume).expect("goes on");
    desk.ask("2026-03-10T11:20:00+01:00", &AGENT, wait("vendor")).expect("waits");
    assert_eq!(desk.ticket.third_party(), "vendor");
    let with = TicketCommand::PassToVendor { vendor: "Editeur".to_owned(), reference: "E-1".to_owned() };
    desk.ask("2026-03-10T11:30:00+01:00", &AGENT, with).expect("passed");
    assert_eq!(desk.ticket.third_party(), "Editeur");
}

/// Another promise, for what is severe.
const CALLBACK: &str = r#"## 4 Rappel
Rappel pour ce qui est grave.
```terms
[promise.callback]
fr = "Rappel"
start = "received"
stop = ["called_back"]
pause = []
when = { severity = "high" }
within = "1 business hour"
calendar = "office"
strength = "binding"
```
"#;

#[test]
fn what_is_learnt_of_a_closed_request_starts_no_clock_until_it_is_opened_again() {
    let mut new = new_ticket(at("2026-03-10T10:00:00+01:00"));
    new.facts.set("severity", FactValue::text("low"));
    let mut desk = Desk::opened_under(terms_of(&format!("{AGREEMENT}{CALLBACK}")), new);
    let close = TicketCommand::Close { reason: "done".to_owned(), consent: BTreeSet::new() };
    desk.ask("2026-03-10T11:00:00+01:00", &AGENT, close).expect("closed");
    desk.ask("2026-03-12T11:00:00+01:00", &AGENT, severity("high")).expect("learnt");
    assert_eq!(desk.ticket.facts.text("severity"), Some("high"));
    assert_eq!(desk.ticket.progress.latest("callback"), None);
    assert_eq!(desk.ticket.next_step_at(&desk.terms), None);
    desk.ask("2026-03-12T12:00:00+01:00", &AGENT, TicketCommand::Reopen).expect("reopened");
    assert!(desk.ticket.progress.latest("callback").is_some(), "what was learnt meanwhile counts now");
}

#[test]
fn what_was_refused_by_mistake_is_owed_again_once_it_is_reopened() {
    let mut desk = Desk::opened("2026-03-10T10:00:00+01:00");
    let decline =
        TicketCommand::Decline { clause: Some("1".to_owned()), message: MessageId(40), body: content(40) };
    desk.ask("2026-03-10T10:30:00+01:00", &AGENT, decline).expect("declined");
    let stopped = desk.ticket.progress.latest("response").expect("it ran").stopped;
    assert_eq!(stopped.map(|(_, reason)| reason), Some(StopReason::NotCovered));
    let answer = letter(41, at("2026-03-10T10:45:00+01:00"));
    desk.ask("2026-03-10T10:45:00+01:00", &CONTACT, answer).expect("received");
    assert_eq!(desk.ticket.verdict(), Verdict::Covered);
    let response = desk.ticket.progress.latest("response").expect("it runs");
    assert_eq!((response.is_open(), response.due_at), (true, Some(at("2026-03-10T14:00:00+01:00"))));
}

#[test]
fn a_warning_is_given_again_before_a_later_deadline() {
    let mut desk = Desk::opened("2026-03-10T10:00:00+01:00");
    desk.ask("2026-03-10T10:30:00+01:00", &AGENT, severity("high")).expect("learnt");
    let first = desk.ask("2026-03-10T11:15:00+01:00", &Actor::System, TicketCommand::NoteTime);
    assert!(names(&first.expect("noted")).contains(&"warned".to_owned()), "an hour before noon");
    desk.ask("2026-03-10T11:30:00+01:00", &AGENT, severity("low")).expect("learnt");
    let again = desk.ask("2026-03-10T13:15:00+01:00", &Actor::System, TicketCommand::NoteTime);
    assert_eq!(names(&again.expect("noted")), ["warned"], "an hour before two");
}

#[test]
fn a_warning_is_given_again_once_where_other_hours_move_a_deadline_on() {
    let mut desk = Desk::opened("2026-03-10T10:00:00+01:00");
    let first = desk.ask("2026-03-10T13:15:00+01:00", &Actor::System, TicketCommand::NoteTime);
    assert!(names(&first.expect("noted")).contains(&"warned".to_owned()), "an hour before two");
    let shorter = AGREEMENT.replace("de 9 h à 17 h", "de 9 h à 12 h 30");
    let shorter = terms_of(&shorter.replace("09:00-17:00", "09:00-12:30"));
    let now = at("2026-03-10T13:20:00+01:00");
    let moved = desk.ticket.recount(&Facts::new(), &shorter, now).expect("the calendar can be had");
    (desk.ticket, desk.terms) = (moved.ticket, shorter);
    let response = desk.ticket.progress.latest("response").expect("it runs");
    assert_eq!(response.due_at, Some(at("2026-03-11T10:30:00+01:00")));
    let mut noted =
        |instant| names(&desk.ask(instant, &Actor::System, TicketCommand::NoteTime).expect("noted"));
    assert_eq!(noted("2026-03-11T09:15:00+01:00"), [""; 0]);
    assert_eq!(noted("2026-03-11T09:45:00+01:00"), ["warned"], "an hour before half past ten");
    assert_eq!(noted("2026-03-11T09:50:00+01:00"), [""; 0]);
}

#[test]
fn a_wait_gives_no_warning_twice() {
    let mut desk = Desk::opened("2026-03-10T10:00:00+01:00");
    let first = desk.ask("2026-03-10T13:15:00+01:00", &Actor::System, TicketCommand::NoteTime);
    assert!(names(&first.expect("noted")).contains(&"warned".to_owned()), "an hour before two");
    desk.ask("2026-03-10T13:20:00+01:00", &AGENT, wait("customer")).expect("waited");
    desk.ask("2026-03-10T15:20:00+01:00", &AGENT, TicketCommand::Resume).expect("resumed");
    let again = desk.ask("2026-03-10T15:30:00+01:00", &Actor::System, TicketCommand::NoteTime);
    assert_eq!(names(&again.expect("noted")), [""; 0]);
}

#[test]
fn other_terms_make_no_miss_undone() {
    let desk = Desk::opened("2026-03-10T10:00:00+01:00");
    let longer = AGREEMENT.replace("4 heures ouvrables", "8 heures ouvrables");
    let longer = terms_of(&longer.replace("4 business hours", "8 business hours"));
    let name = AgreementName { key: "essai".to_owned(), version: "2".to_owned() };
    let now = at("2026-03-10T15:00:00+01:00");
    let adopted = desk.ticket.adopt(&name, &Facts::new(), &desk.terms, &longer, now).expect("adopted");
    let response = adopted.ticket.progress.latest("response").expect("it ran");
    assert_eq!(response.missed_at, Some(at("2026-03-10T14:00:00+01:00")));
    assert_eq!(adopted.ticket.agreement, name);
    let early = at("2026-03-10T13:00:00+01:00");
    let adopted = desk.ticket.adopt(&name, &Facts::new(), &desk.terms, &longer, early).expect("adopted");
    let response = adopted.ticket.progress.latest("response").expect("it runs");
    assert_eq!((response.missed_at, response.due_at), (None, Some(at("2026-03-11T10:00:00+01:00"))));
}

/// At noon a version of a document comes that is open from eleven to half past one; gives what happened.
fn other_hours_come(desk: &mut Desk, document: &str) -> Vec<TicketEvent> {
    let other = document.replace("de 9 h à 17 h", "de 11 h à 13 h 30");
    let other = terms_of(&other.replace("09:00-17:00", "11:00-13:30"));
    let name = AgreementName { key: "essai".to_owned(), version: "2".to_owned() };
    let noon = at("2026-03-10T12:00:00+01:00");
    let adopted = desk.ticket.adopt(&name, &Facts::new(), &desk.terms, &other, noon).expect("adopted");
    (desk.ticket, desk.terms) = (adopted.ticket, other);
    adopted.events.into_iter().map(|recorded| recorded.event).collect()
}

/// Where a deadline may only come nearer, a wait after other hours came counts what was used before by those that held.
#[test]
fn other_hours_count_nothing_anew_that_was_used_before_them() {
    let nearer = AGREEMENT.replace("warn = [", "on_change = { agreement = \"earlier\" }\nwarn = [");
    let mut desk = Desk::opened_under(terms_of(&nearer), new_ticket(at("2026-03-10T10:00:00+01:00")));
    let events = other_hours_come(&mut desk, &nearer);
    // Nobody acknowledged it in ten minutes.
    assert_eq!(names(&events), ["missed", "agreement_changed", "stood"], "no deadline is another");
    let due = |desk: &Desk| desk.ticket.progress.latest("response").expect("it runs").due_at;
    assert_eq!(due(&desk), Some(at("2026-03-10T14:00:00+01:00")), "no later than it was");
    desk.ask("2026-03-10T12:10:00+01:00", &AGENT, wait("customer")).expect("waited");
    desk.ask("2026-03-10T12:40:00+01:00", &AGENT, TicketCommand::Resume).expect("resumed");
    assert_eq!(due(&desk), Some(at("2026-03-11T12:00:00+01:00")), "two hours were used by noon, one since");
}

/// What was waited before other hours came extends a deadline after them, whether it may only come nearer or is
/// counted by the new hours at once.
#[test]
fn what_extended_a_deadline_extends_it_under_other_hours() {
    let extending = AGREEMENT
        .replace("party = \"customer\", effect = \"pause\"", "party = \"customer\", effect = \"extend\"");
    let nearer = extending.replace("warn = [", "on_change = { agreement = \"earlier\" }\nwarn = [");
    // Two hours were used by noon, and the other two end on the next morning at half past eleven.
    for (document, stands, last) in [
        (&nearer, "2026-03-10T14:30:00+01:00", "2026-03-11T12:30:00+01:00"),
        (&extending, "2026-03-11T12:00:00+01:00", "2026-03-11T12:30:00+01:00"),
    ] {
        let mut desk = Desk::opened_under(terms_of(document), new_ticket(at("2026-03-10T10:00:00+01:00")));
        desk.ask("2026-03-10T10:10:00+01:00", &AGENT, wait("customer")).expect("waited");
        desk.ask("2026-03-10T10:40:00+01:00", &AGENT, TicketCommand::Resume).expect("resumed");
        other_hours_come(&mut desk, document);
        let due = |desk: &Desk| desk.ticket.progress.latest("response").expect("it runs").due_at;
        assert_eq!(due(&desk), Some(at(stands)));
        desk.ask("2026-03-10T12:10:00+01:00", &AGENT, wait("customer")).expect("waited");
        desk.ask("2026-03-10T12:40:00+01:00", &AGENT, TicketCommand::Resume).expect("resumed");
        assert_eq!(due(&desk), Some(at(last)), "half an hour before noon, half an hour after it");
    }
}

/// A wait that lasts when other hours come counts before them and after them.
#[test]
fn a_wait_over_a_change_of_hours_extends_once() {
    let extending = AGREEMENT
        .replace("party = \"customer\", effect = \"pause\"", "party = \"customer\", effect = \"extend\"");
    let mut desk = Desk::opened_under(terms_of(&extending), new_ticket(at("2026-03-10T10:00:00+01:00")));
    desk.ask("2026-03-10T11:50:00+01:00", &AGENT, wait("customer")).expect("waited");
    other_hours_come(&mut desk, &extending);
    desk.ask("2026-03-10T12:20:00+01:00", &AGENT, TicketCommand::Resume).expect("resumed");
    let due = desk.ticket.progress.latest("response").expect("it runs").due_at;
    assert_eq!(due, Some(at("2026-03-11T12:00:00+01:00")), "half past eleven, and half an hour");
}

/// What fell due before other terms came is told as ever, and all of it is one commit.
#[test]
fn a_miss_that_other_terms_find_is_told() {
    let late = "## 9 Avis\nUn délai manqué est dit au client.\n```terms\n[notice]\n\
        late = { on = \"promise.response.missed\", tell = [\"requester\"], by = [\"email\"] }\n```\n";
    let telling = format!("{AGREEMENT}{late}");
    let desk = Desk::opened_under(terms_of(&telling), new_ticket(at("2026-03-10T10:00:00+01:00")));
    let longer = telling.replace("4 heures ouvrables", "8 heures ouvrables");
    let longer = terms_of(&longer.replace("4 business hours", "8 business hours"));
    let name = AgreementName { key: "essai".to_owned(), version: "2".to_owned() };
    let now = at("2026-03-10T15:00:00+01:00");
    let adopted = desk.ticket.adopt(&name, &Facts::new(), &desk.terms, &longer, now).expect("adopted");
    assert_eq!(adopted.told.len(), 1, "{:?}", adopted.told);
    assert_eq!(adopted.ticket.version, desk.ticket.version + 1);
}

#[test]
fn nothing_is_idle_while_somebody_works() {
    let effort = r#"## 4 Travail
Le travail ne s’arrête pas.
```terms
[promise.effort]
fr = "Travail sans relâche"
start = "received"
stop = ["resolved"]
pause = []
effort = "continuous"
idle = "2 business hours"
calendar = "office"
strength = "binding"
```
"#;
    let terms = terms_of(&format!("{AGREEMENT}{effort}"));
    let mut desk = Desk::opened_under(terms, new_ticket(at("2026-03-10T10:00:00+01:00")));
    let work = TicketCommand::LogTime { minutes: 60, at: Some(at("2026-03-10T10:30:00+01:00")), kind: None };
    desk.ask("2026-03-10T11:50:00+01:00", &AGENT, work).expect("logged");
    let effort = desk.ticket.progress.latest("effort").expect("it runs");
    assert_eq!(effort.due_at, Some(at("2026-03-10T13:30:00+01:00")), "two hours after half past eleven");
}

/// The agreement with a silence that closes.
fn with_silence(from: &str) -> Terms {
    let silence = format!(
        "close = {{ who = [\"agent\"], silence = {{ after = \"10 days\", {from}remind = [\"3 days\"], counts_as = \"no reply\", reopens = true }} }}"
    );
    let event = "[event]\nsolution_proposed = { recorded_by = [\"agent\"], fr = \"Solution proposée\" }\n";
    let document = AGREEMENT.replace("close = { who = [\"agent\"] }", &silence);
    terms_of(&document.replace("[cover]\n", &format!("{event}[cover]\n")))
}

#[test]
fn nobody_is_silent_who_asks_and_is_not_answered() {
    let mut desk = Desk::opened_under(with_silence(""), new_ticket(at("2026-03-10T10:00:00+01:00")));
    desk.ask("2026-03-10T11:00:00+01:00", &AGENT, resolve(60)).expect("resolved");
    assert!(desk.ticket.silence(&desk.terms).is_some());
    let asks = TicketCommand::RequestUpdate { words: None };
    desk.ask("2026-03-15T10:00:00+01:00", &CONTACT, asks).expect("asked");
    assert_eq!(desk.ticket.silence(&desk.terms), None);
    desk.ask("2026-03-26T09:00:00+01:00", &Actor::System, TicketCommand::NoteTime).expect("noted");
    assert_eq!(desk.ticket.state, TicketState::Resolved, "it is for the desk to answer");
    // Once it has, silence begins anew, and so do its reminders.
    desk.ask("2026-03-26T10:00:00+01:00", &AGENT, reply(61)).expect("answered");
    desk.ask("2026-04-04T10:00:00+02:00", &Actor::System, TicketCommand::NoteTime).expect("noted");
    assert_eq!(desk.ticket.state, TicketState::Resolved);
    desk.ask("2026-04-06T10:00:00+02:00", &Actor::System, TicketCommand::NoteTime).expect("noted");
    assert_eq!(desk.ticket.state, TicketState::Closed);
    let events: Vec<TicketEvent> = desk.log.iter().flatten().map(|recorded| recorded.event.clone()).collect();
    assert_eq!(names(&events).iter().filter(|name| *name == "reminded").count(), 2);
}

#[test]
fn nobody_is_silent_whom_no_letter_reached() {
    let mut desk = Desk::opened_under(with_silence(""), new_ticket(at("2026-03-10T10:00:00+01:00")));
    desk.ask("2026-03-10T11:00:00+01:00", &AGENT, resolve(60)).expect("resolved");
    let returned = TicketCommand::NoteReturned {
        notice: NoticeId(1),
        kind: "reply".to_owned(),
        to: Some(PersonId(1)),
        class: Return::Hard,
        reason: content(70),
    };
    desk.ask("2026-03-10T11:05:00+01:00", &Actor::System, returned).expect("noted");
    desk.ask("2026-03-26T09:00:00+01:00", &Actor::System, TicketCommand::NoteTime).expect("noted");
    assert_eq!(desk.ticket.state, TicketState::Resolved);
}

/// Whoever only follows owes no answer: their copy says nothing of whose turn it is.
#[test]
fn a_follower_whom_no_letter_reached_changes_no_turn() {
    let mut desk = Desk::opened_under(with_silence(""), new_ticket(at("2026-03-10T10:00:00+01:00")));
    desk.ask("2026-03-10T11:00:00+01:00", &AGENT, resolve(60)).expect("resolved");
    let counts = desk.ticket.silence(&desk.terms).map(|(course, _)| course.ends_at);
    let returned = |notice, to| TicketCommand::NoteReturned {
        notice: NoticeId(notice),
        kind: "reply".to_owned(),
        to,
        class: Return::Hard,
        reason: content(70),
    };
    let copy = returned(1, Some(PersonId(77)));
    desk.ask("2026-03-10T11:05:00+01:00", &Actor::System, copy).expect("noted");
    assert_eq!(desk.ticket.turn, Turn::Customer);
    assert_eq!(desk.ticket.silence(&desk.terms).map(|(course, _)| course.ends_at), counts);
    let own = returned(2, desk.ticket.contact);
    desk.ask("2026-03-10T11:06:00+01:00", &Actor::System, own).expect("noted");
    assert_eq!(desk.ticket.turn, Turn::Provider);
}

#[test]
fn silence_follows_the_event_that_the_document_names() {
    let terms = with_silence("from = \"solution_proposed\", ");
    let mut desk = Desk::opened_under(terms, new_ticket(at("2026-03-10T10:00:00+01:00")));
    let proposed = || TicketCommand::Milestone { name: "solution_proposed".to_owned(), words: None };
    let ends_at = |desk: &Desk| desk.ticket.silence(&desk.terms).map(|(course, _)| course.ends_at);
    desk.ask("2026-03-10T10:30:00+01:00", &AGENT, reply(30)).expect("answered");
    assert_eq!(ends_at(&desk), None, "nothing was proposed");
    desk.ask("2026-03-10T11:00:00+01:00", &AGENT, proposed()).expect("proposed");
    assert_eq!(ends_at(&desk), Some(at("2026-03-20T11:00:00+01:00")));
    desk.ask("2026-03-12T09:00:00+01:00", &AGENT, proposed()).expect("proposed again");
    assert_eq!(ends_at(&desk), Some(at("2026-03-22T09:00:00+01:00")));
    desk.ask("2026-03-23T09:00:00+01:00", &Actor::System, TicketCommand::NoteTime).expect("noted");
    assert_eq!(desk.ticket.state, TicketState::Closed);
}

#[test]
fn a_later_word_starts_a_silence_anew() {
    let terms = with_silence("from = \"solution_proposed\", ");
    let mut desk = Desk::opened_under(terms, new_ticket(at("2026-03-10T10:00:00+01:00")));
    let proposed = TicketCommand::Milestone { name: "solution_proposed".to_owned(), words: None };
    let ends_at = |desk: &Desk| desk.ticket.silence(&desk.terms).map(|(course, _)| course.ends_at);
    desk.ask("2026-03-10T10:30:00+01:00", &AGENT, reply(30)).expect("answered");
    desk.ask("2026-03-10T11:00:00+01:00", &AGENT, proposed).expect("proposed");
    let word = letter(31, at("2026-03-12T09:00:00+01:00"));
    desk.ask("2026-03-12T09:00:00+01:00", &CONTACT, word).expect("received");
    assert_eq!(ends_at(&desk), None, "it is for the desk to answer");
    desk.ask("2026-03-12T10:00:00+01:00", &AGENT, reply(32)).expect("answered");
    assert_eq!(ends_at(&desk), Some(at("2026-03-22T10:00:00+01:00")));
}

/// A deed at random, so many minutes after the one before.
fn deed() -> impl Strategy<Value = (u8, i64)> {
    (0_u8..44, 0_i64..600)
}

fn command(deed: u8, now: Instant, id: u128) -> (Actor, TicketCommand) {
    match deed {
        0 => (CONTACT, letter(id, now)),
        1 => (AGENT, reply(id)),
        2 => {
            let (message, body) = (MessageId(id), content(id));
            (AGENT, TicketCommand::Note { message, body, history: None, html: None, files: Vec::new() })
        }
        3 => (AGENT, TicketCommand::Wait { party: "customer".to_owned(), task: None, reason: None }),
        4 => (AGENT, TicketCommand::Resume),
        5 => (AGENT, severity("high")),
        6 => (AGENT, severity("low")),
        7 => (AGENT, TicketCommand::PassToVendor { vendor: "E".to_owned(), reference: "1".to_owned() }),
        8 => (AGENT, TicketCommand::BackFromVendor { result: "none".to_owned() }),
        9 => (AGENT, TicketCommand::Close { reason: "done".to_owned(), consent: BTreeSet::new() }),
        10 => (CONTACT, TicketCommand::Reopen),
        11..=30 => later_command(deed, now, id),
        _ => (Actor::System, TicketCommand::NoteTime),
    }
}

/// The acts beside conversation, waiting and the end.
fn later_command(deed: u8, now: Instant, id: u128) -> (Actor, TicketCommand) {
    let (message, body) = (MessageId(id), content(id));
    let words = Some(Words { message, body: body.clone() });
    let command = match deed {
        11 => TicketCommand::Reply {
            message,
            body,
            files: Vec::new(),
            technical: true,
            turn: None,
            undo_seconds: 60,
        },
        12 => TicketCommand::Undo,
        13 => TicketCommand::Update { message, body },
        14 => return (CONTACT, TicketCommand::RequestUpdate { words }),
        15 => TicketCommand::LogCall { reached: true, message, body },
        16 => TicketCommand::Milestone { name: "progressed".to_owned(), words },
        17 => TicketCommand::TakeUp { jumps: id.is_multiple_of(2), reason: None },
        18 => TicketCommand::HandOver { to: None, kind: None },
        19 => return (CONTACT, TicketCommand::Contest { what: "severity".to_owned(), message, body }),
        20 => TicketCommand::AcceptException { reason: body, price: Some("10".to_owned()) },
        21 => TicketCommand::Decline { clause: Some("1".to_owned()), message, body },
        22 => TicketCommand::Convert { to: None },
        23 => TicketCommand::Ask { task: "evidence".to_owned(), message, body },
        24 => {
            let (task, given) = ("evidence".to_owned(), BTreeSet::new());
            return (CONTACT, TicketCommand::AnswerDuty { task, answer: DutyAnswer::Cannot, given, words });
        }
        25 => return (CONTACT, TicketCommand::Escalate { ground: None, to: None, reason: Some(body) }),
        26 => TicketCommand::DecideEscalation { granted: id.is_multiple_of(2), words },
        27 => TicketCommand::Snooze { until: Some(now.plus_seconds(7_200)) },
        28 => TicketCommand::LogTime { minutes: 15, at: None, kind: None },
        29 => TicketCommand::Tag {
            add: vec![format!("t{}", id % 3)],
            remove: vec![format!("t{}", (id + 1) % 3)],
        },
        _ => TicketCommand::Resolve { outcome: "fixed".to_owned(), message, body },
    };
    (AGENT, command)
}

#[test]
fn what_no_customer_sees_sends_no_answer_that_may_be_undone() {
    let now = at("2026-03-10T10:01:00+01:00");
    let is_held_after = |command: TicketCommand| {
        let mut desk = Desk::opened("2026-03-10T10:00:00+01:00");
        let (agent, held) = later_command(11, now, 30);
        desk.ask(&now.to_string(), &agent, held).expect("held back");
        desk.ask(&now.to_string(), &AGENT, command).expect("done");
        desk.ticket.held.is_some()
    };
    let note = TicketCommand::Note {
        message: MessageId(40),
        body: content(40),
        history: None,
        html: None,
        files: Vec::new(),
    };
    assert!(is_held_after(note));
    assert!(is_held_after(TicketCommand::Tag { add: vec!["vu".to_owned()], remove: Vec::new() }));
    let cleared = std::iter::once(("site".to_owned(), None)).collect();
    assert!(is_held_after(TicketCommand::SetFields { values: cleared }));
    let update = TicketCommand::Update { message: MessageId(40), body: content(40) };
    assert!(!is_held_after(update), "what the customer reads comes after it");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_happens_the_log_folds_to_what_was_decided(deeds in prop::collection::vec(deed(), 1..25)) {
        let mut desk = Desk::opened("2026-03-10T10:00:00+01:00");
        let mut now = at("2026-03-10T10:00:00+01:00");
        for (place, (deed, minutes)) in deeds.into_iter().enumerate() {
            now = now.plus_seconds(minutes * 60);
            let (actor, command) = command(deed, now, 1_000 + place as u128);
            // A refusal records nothing; everything else must fold.
            let _ = desk.ask(&now.to_string(), &actor, command);
            // What is stored is what was decided: every event survives its JSON.
            let stored = serde_json::to_string(&desk.log).expect("plain data");
            let read: Vec<Vec<Recorded>> = serde_json::from_str(&stored).expect("it reads what it wrote");
            prop_assert_eq!(&read, &desk.log);
            let folded = Ticket::fold(desk.log.iter().map(Vec::as_slice)).expect("the log begins with an opening");
            prop_assert_eq!(&folded, &desk.ticket);

            // A clock is never missed while it waits, never missed twice, and always names its clause.
            for reading in desk.ticket.readings(&desk.terms, now) {
                prop_assert!(!reading.clause.number.is_empty());
                prop_assert!(!(reading.state == ClockState::Paused && reading.missed));
                prop_assert!(reading.used_seconds >= 0);
            }
            let misses: Vec<_> = desk.log.iter().flatten().filter_map(|recorded| match &recorded.event {
                TicketEvent::Metered { change: meters::ClockChange::Missed { key, .. } } => Some(key.clone()),
                _ => None,
            }).collect();
            let mut once = misses.clone();
            once.sort();
            once.dedup();
            prop_assert_eq!(misses.len(), once.len());

            // When nothing is due, the next look lies ahead; looking then records something.
            let course = Course::new(&desk.terms);
            if course.steps_due(&desk.ticket.progress, &desk.ticket.facts, now).is_empty()
                && let Some(next) = course.next_step_at(&desk.ticket.progress, &desk.ticket.facts)
            {
                prop_assert!(next > now);
                prop_assert!(!course.steps_due(&desk.ticket.progress, &desk.ticket.facts, next).is_empty());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if std::env::var_os("ENTENTE_LONG").is_some() { 10_000 } else { 64 }))]

    /// What was merged and taken apart again is what it would be had it never been merged.
    #[test]
    fn taking_apart_gives_back_what_was(deeds in prop::collection::vec(deed(), 1..20), after in 1_i64..2_000) {
        let opened = "2026-03-10T10:00:00+01:00";
        let (mut merged, mut alone) = (Desk::opened(opened), Desk::opened(opened));
        let mut now = at(opened);
        for (place, (deed, minutes)) in deeds.into_iter().enumerate() {
            now = now.plus_seconds(minutes * 60);
            let (actor, command) = command(deed, now, 1_000 + place as u128);
            let one = merged.ask(&now.to_string(), &actor, command.clone());
            let other = alone.ask(&now.to_string(), &actor, command);
            prop_assert_eq!(one.is_ok(), other.is_ok());
        }
        // What was held back has left by then, and this is the same deed on both.
        let settle = TicketCommand::Tag { add: vec!["seen".to_owned()], remove: Vec::new() };
        now = now.plus_seconds(60);
        merged.ask(&now.to_string(), &AGENT, settle.clone()).expect("tagged");
        alone.ask(&now.to_string(), &AGENT, settle).expect("tagged");
        merged.ask(&now.to_string(), &AGENT, TicketCommand::Merge { into: TicketId(77) }).expect("merged");
        now = now.plus_seconds(after * 60);
        merged.ask(&now.to_string(), &Actor::System, TicketCommand::NoteTime).expect("time passes");
        prop_assert_eq!(merged.ticket.next_step_at(&merged.terms), None, "nothing runs while it goes on elsewhere");
        merged.ask(&now.to_string(), &AGENT, TicketCommand::Unmerge).expect("taken apart");
        alone.ask(&now.to_string(), &Actor::System, TicketCommand::NoteTime).expect("time passes");
        let mut back = merged.ticket.clone();
        back.version = alone.ticket.version;
        prop_assert_eq!(&back, &alone.ticket);
    }

    /// Words between colleagues are of a kind that no notice to the other side can carry.
    #[test]
    fn a_note_reaches_no_customer(deeds in prop::collection::vec(deed(), 1..25)) {
        let mut desk = Desk::opened("2026-03-10T10:00:00+01:00");
        let mut now = at("2026-03-10T10:00:00+01:00");
        for (place, (deed, minutes)) in deeds.into_iter().enumerate() {
            now = now.plus_seconds(minutes * 60);
            let (actor, command) = command(deed, now, 1_000 + place as u128);
            if desk.ask(&now.to_string(), &actor, command).is_err() {
                continue;
            }
            let last = desk.log.last().expect("it was opened");
            for notice in notices(&desk.ticket, last, Vec::new(), &desk.terms) {
                let (NoticeKind::Reply { message } | NoticeKind::CustomerWrote { message }) = notice.kind else { continue };
                let told = desk.ticket.messages.iter().find(|known| known.id == message).expect("it is there");
                prop_assert!(told.kind != MessageKind::Note);
            }
        }
    }
}
