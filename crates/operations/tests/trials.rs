//! The requirements on requests, lived: the trials of `conformance/` whose deeds are commands of the
//! desk are carried out through operations, on both databases, and must come out as they do on the bare
//! meters. What only a contract knows (outages, claims, packs) is left to the meters.

use agreement::{Example, ExampleEvent, Expectation, Options, compile, read_trial};
use calendar::{Instant, LocalDate, Span};
use desk::{AccountId, Contract, ContractId, DutyAnswer, Person, PersonId, ProviderId, Role};
use harness::{Postgres, TemporaryFolder};
use mail::{MaildirTransport, Transport};
use operations::{
    Environment, Failure, Installation, NewRequest, PostRules, ProductClock, Request, SecondFactor,
    TicketView, Via, Viewer, adopt_agreement, check_facts, command_ticket, move_clock, open_ticket,
    view_ticket,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::{Account, Database, PostgresConfig, Provider, SqliteConfig};
use terms::{AgreementName, FactValue, Facts, Terms, Verdict};

/// The four agreements with a help desk.
const AGREEMENTS: [&str; 4] = ["solidassist", "netmath", "aplicit", "olcare"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// How far an instant may lie from the expected one: the clock runs on while the desk works.
const TOLERANCE_SECONDS: i64 = 20;

struct House {
    store: Database,
    folder: TemporaryFolder,
}

/// What came of all examples.
#[derive(Default)]
struct Tally {
    lived: usize,
    rows: BTreeSet<String>,
    failures: Vec<String>,
    left: BTreeMap<String, usize>,
}

/// An agreement that a provider of its own has adopted.
struct Adopted {
    provider: Arc<Provider>,
    agreement: AgreementName,
    terms: Arc<Terms>,
}

impl House {
    fn environment(&self, now: Instant) -> Arc<Environment> {
        let transport = Transport::Maildir(MaildirTransport::new(self.folder.join("outgoing")));
        let installation = Installation {
            public_url: "http://desk.example".to_owned(),
            host_name: "desk.example".to_owned(),
            post: PostRules::default(),
            second_factor: SecondFactor::OfNobody,
            webhooks: operations::WebhookReach::Public,
            keys: operations::KeyRules::default(),
            storage: operations::AccountStorage::default(),
        };
        Arc::new(Environment::new(
            self.store.clone(),
            ProductClock::starting_at(now),
            transport,
            installation,
        ))
    }

    async fn adopt(&self, key: &str, text: &str, place: usize) -> Adopted {
        let environment = self.environment(Instant::parse("2026-01-02T12:00:00Z").expect("an instant"));
        let id = ProviderId(format!("provider-{place}"));
        let mut provider = Provider {
            id: id.clone(),
            name: format!("Prestataire {place}"),
            prefix: format!("T{place}"),
            mailbox: format!("aide{place}@prestataire.example"),
            from_name: "Assistance".to_owned(),
            language: "fr".to_owned(),
            zone: "Europe/Paris".to_owned(),
            agreement: None,
        };
        self.store.put_provider(&provider).await.expect("stored");
        let (agreement, _) = adopt_agreement(&environment, &id, text, key).await.expect("adopted");
        provider.agreement = Some(agreement.clone());
        self.store.put_provider(&provider).await.expect("stored");
        for (number, role, name) in [(1, Role::Agent, "agent"), (2, Role::Lead, "lead")] {
            self.store.put_person(&person(&id, number, role, name, None)).await.expect("stored");
        }
        let terms = compile(text, key, &Options::default()).terms.expect("it compiles");
        Adopted { provider: Arc::new(provider), agreement, terms: Arc::new(terms) }
    }
}

fn person(provider: &ProviderId, number: u128, role: Role, name: &str, account: Option<AccountId>) -> Person {
    Person {
        id: PersonId((u128::from(u64::MAX)).wrapping_mul(number) ^ hash(provider.as_str())),
        provider: provider.clone(),
        role,
        name: name.to_owned(),
        email: format!("{name}-{number}@{provider}.example"),
        account,
        language: "fr".to_owned(),
        zone: None,
    }
}

fn hash(text: &str) -> u128 {
    text.bytes().fold(7, |sum, byte| sum * 31 + u128::from(byte))
}

/// One example on its way through the desk.
struct Life<'a> {
    environment: Arc<Environment>,
    adopted: &'a Adopted,
    agent: Viewer,
    contact: Viewer,
    number: Option<String>,
    refused: Vec<String>,
}

impl Life<'_> {
    async fn go_to(&self, at: Instant) {
        if at > self.environment.now() {
            move_clock(&self.environment, at).await.expect("time passes");
        }
    }

    fn viewer(&self, event: &ExampleEvent) -> &Viewer {
        if event.attributes.text("by") == Some("customer") { &self.contact } else { &self.agent }
    }

    async fn take(&mut self, event: &ExampleEvent) -> Result<(), String> {
        self.go_to(event.at).await;
        if event.deed == "received" {
            return self.open(event).await;
        }
        let Some(number) = self.number.clone() else { return Err("nothing was received before".to_owned()) };
        let agent = self.agent.person.id;
        let Some(request) = request(event, &self.adopted.terms, agent)? else { return Ok(()) };
        let learnt = said(&self.adopted.terms, &event.attributes);
        if !learnt.is_empty() && !matches!(request, Request::Learn { .. } | Request::Resolve { .. }) {
            let learn = Request::Learn { facts: learnt, consent: BTreeSet::new() };
            let learnt = command_ticket(&self.environment, &self.agent, &number, learn, None).await;
            learnt.map_err(|failure| format!("facts with {}: {failure}", event.deed))?;
        }
        match command_ticket(&self.environment, self.viewer(event), &number, request, None).await {
            Ok(_) => Ok(()),
            Err(Failure::Refused(refusal)) => {
                let clause = match &refusal {
                    desk::Refusal::NotPermitted { clause, .. } | desk::Refusal::Needs { clause, .. } => {
                        clause.clone()
                    }
                    desk::Refusal::NeedsConsent { clause, .. }
                    | desk::Refusal::NeedsOne { clause, .. }
                    | desk::Refusal::WaitsForDuty { clause, .. } => Some((**clause).clone()),
                    _ => None,
                };
                let Some(clause) = clause else { return Err(format!("{}: {refusal}", event.deed)) };
                self.refused.push(clause.number.clone());
                Ok(())
            }
            Err(failure) => Err(format!("{}: {failure}", event.deed)),
        }
    }

    async fn open(&mut self, event: &ExampleEvent) -> Result<(), String> {
        if self.number.is_some() {
            return Err("a second request".to_owned());
        }
        let facts = check_facts(&self.adopted.terms, &said(&self.adopted.terms, &event.attributes))
            .map_err(|failure| format!("facts: {failure}"))?;
        let new = NewRequest {
            account: None,
            contact: Some(self.contact.person.email.clone()),
            channel: event.attributes.text("channel").unwrap_or("web").to_owned(),
            subject: "Essai".to_owned(),
            body: "Essai.".to_owned(),
            facts,
            fields: serde_json::Map::new(),
            received_at: Some(event.at),
            files: Vec::new(),
            idempotency_key: None,
        };
        let view = open_ticket(&self.environment, &self.agent, new)
            .await
            .map_err(|failure| format!("open: {failure}"))?;
        self.number = Some(view.number);
        Ok(())
    }

    async fn view(&self) -> Option<TicketView> {
        view_ticket(&self.environment, &self.agent, self.number.as_ref()?).await.ok()
    }

    async fn meets(&self, row: &Expectation) -> Result<bool, String> {
        let Some(view) = self.view().await else { return Ok(false) };
        let mut looked = false;
        if let Some(clause) = &row.refused
            && row.act.is_none()
            && row.promise.is_none()
        {
            looked = true;
            if !self.refused.contains(clause) {
                return Err(format!("refused by {clause} was expected, found {:?}", self.refused));
            }
        }
        if let Some(expected) = &row.coverage {
            looked = true;
            let found = match view.verdict {
                Verdict::Covered => "covered",
                Verdict::NotCovered => "not_covered",
                Verdict::NeedsJudgement => "needs_judgement",
            };
            if found != expected {
                return Err(format!("coverage {expected} was expected, found {found}"));
            }
        }
        if let Some(task) = row.more.get("task") {
            looked = true;
            let duty = view.duties.iter().find(|duty| duty.task == *task).ok_or(format!("no duty {task}"))?;
            let by_state = row.state.as_deref().is_none_or(|state| state == duty.state.as_str());
            let by_owner = row.more.get("who").is_none_or(|who| Some(who) == duty.owner.as_ref());
            if !by_state || !by_owner {
                return Err(format!("{task}: {:?} {:?} was not expected", duty.state, duty.owner));
            }
        }
        let Some(promise) = row.promise.as_deref().filter(|promise| *promise != "acknowledgement") else {
            return Ok(looked);
        };
        let of_promise: Vec<_> =
            view.clocks.iter().filter(|clock| clock.reading.promise == promise).collect();
        let near = |found: Option<Instant>, expected: Instant| {
            found.is_some_and(|found| found.seconds_since(expected).abs() <= TOLERANCE_SECONDS)
        };
        let by_due = row.due.and_then(|due| of_promise.iter().find(|clock| near(clock.reading.due_at, due)));
        let clock = by_due.or(of_promise.last());
        if let Some(due) = row.due {
            looked = true;
            if !near(clock.and_then(|clock| clock.reading.due_at), due) {
                let found = clock.map(|clock| clock.reading.due_at);
                return Err(format!("{promise} due {due} was expected, found {found:?}"));
            }
        }
        if let Some(expected) = &row.state {
            looked = true;
            let found = clock.map_or("none", |clock| match clock.reading.state {
                meters::ClockState::Running => "running",
                meters::ClockState::Paused => "paused",
                meters::ClockState::Met => "met",
                meters::ClockState::Missed => "missed",
                meters::ClockState::Stopped => "stopped",
            });
            // At the very instant at which it falls due, it is the next moment for a desk that works.
            let at_the_end = expected == "running"
                && found == "missed"
                && row.at.is_some_and(|at| near(clock.and_then(|clock| clock.reading.due_at), at));
            if found != expected && !at_the_end {
                return Err(format!("{promise} {expected} was expected, found {found}"));
            }
        }
        Ok(looked)
    }
}

/// What whoever asks says of it: what the contract supplies is not theirs to say.
fn said(terms: &Terms, given: &Facts) -> Facts {
    let mut facts = Facts::new();
    for (name, value) in given.iter() {
        let of_contract = terms.facts.iter().any(|rule| rule.name == *name && rule.from == "contract")
            || terms.parameters.iter().any(|rule| rule.name == *name);
        if !of_contract && terms.fact(name.as_str()).is_some() && name.as_str() != "channel" {
            facts.set(name.clone(), value.clone());
        }
    }
    facts
}

fn names(event: &ExampleEvent, key: &str) -> BTreeSet<String> {
    match event.attributes.get(key) {
        Some(FactValue::Names(names)) => names.clone(),
        Some(FactValue::Text(name)) => BTreeSet::from([name.clone()]),
        _ => BTreeSet::new(),
    }
}

/// The command that a deed is; none for what the desk does by itself. An error is a deed that no command
/// of a request can be.
fn request(event: &ExampleEvent, terms: &Terms, agent: PersonId) -> Result<Option<Request>, String> {
    let text = |key: &str| event.attributes.text(key).map(str::to_owned);
    let words = || "Essai.".to_owned();
    Ok(Some(match event.deed.as_str() {
        "acknowledge" => return Ok(None),
        "reply" => {
            let technical = event.attributes.get("technical") != Some(&FactValue::YesNo(false));
            if event.attributes.get("automatic") == Some(&FactValue::YesNo(true)) {
                return Err("an automatic reply".to_owned());
            }
            Request::Reply { body: words(), files: Vec::new(), technical, turn: None, undo_seconds: 0 }
        }
        "note" => Request::Note { body: words() },
        "take-up" => Request::TakeUp { reason: None },
        // A document only says that somebody is given it.
        "assign" => Request::Assign { agent: Some(agent), team: None },
        "set-severity" => {
            let severity = text("severity").ok_or("no severity")?;
            let facts = Facts::new().with("severity", FactValue::Text(severity));
            Request::Learn { facts, consent: names(event, "consent") }
        }
        "classify" => Request::Learn { facts: said(terms, &event.attributes), consent: BTreeSet::new() },
        "wait" => Request::Wait {
            party: text("for").unwrap_or_else(|| "customer".to_owned()),
            task: text("task"),
            reason: None,
        },
        "resume" => Request::Resume,
        "pass-to-vendor" => {
            Request::PassToVendor { vendor: "Éditeur".to_owned(), reference: "E-1".to_owned() }
        }
        "back-from-vendor" => {
            Request::BackFromVendor { result: text("vendor_result").unwrap_or_else(|| "fix".to_owned()) }
        }
        "update" => Request::Update { body: words() },
        "log-call" => {
            Request::LogCall { reached: text("outcome").as_deref() == Some("reached"), body: words() }
        }
        "called-back" => Request::LogCall { reached: true, body: words() },
        "ask" => Request::Ask { task: text("task").ok_or("no task")?, body: words() },
        "fulfil" => Request::AnswerDuty {
            task: text("task").ok_or("no task")?,
            answer: DutyAnswer::Done,
            given: names(event, "given"),
            body: None,
        },
        "refuse" => Request::AnswerDuty {
            task: text("task").ok_or("no task")?,
            answer: DutyAnswer::Cannot,
            given: BTreeSet::new(),
            body: Some(words()),
        },
        "take-over" => Request::TakeOverDuty { task: text("task").ok_or("no task")? },
        "milestone" => Request::Milestone { name: text("name").ok_or("no name")?, body: None },
        "escalate" => Request::Escalate { ground: text("ground"), to: text("to"), reason: Some(words()) },
        "hand-over" => Request::HandOver { to: text("to"), kind: text("kind") },
        "convert" => Request::Convert { to: text("to") },
        "agree" => Request::Agree {
            promise: text("promise").ok_or("no promise")?,
            span: Span::parse(event.attributes.text("span").unwrap_or_default())
                .map_err(|error| error.to_string())?,
            consent: names(event, "consent"),
        },
        "resolve" => Request::Resolve { outcome: outcome(event, terms), body: words() },
        "confirm" => Request::Confirm,
        "close" => Request::Close { reason: words(), consent: BTreeSet::from(["customer".to_owned()]) },
        "reopen" => Request::Reopen,
        other => return Err(format!("`{other}` is no command of a request")),
    }))
}

/// The outcome that is given, else the first of the document's.
fn outcome(event: &ExampleEvent, terms: &Terms) -> String {
    if let Some(outcome) = event.attributes.text("outcome") {
        return outcome.to_owned();
    }
    match terms.fact("outcome").map(|rule| &rule.kind) {
        Some(terms::FactType::OneOf(values)) if !values.is_empty() => values[0].name.clone(),
        _ => "solved".to_owned(),
    }
}

/// Whether anything of it can be lived: it opens a request, and every deed is a command.
fn reason_to_leave(example: &Example, terms: &Terms) -> Option<String> {
    if !example.interpretations.is_empty() {
        return Some("another interpretation".to_owned());
    }
    if example.events.first().is_none_or(|event| event.deed != "received") {
        return Some("no request".to_owned());
    }
    if example.events.iter().filter(|event| event.deed == "received").count() > 1 {
        return Some("several requests".to_owned());
    }
    let somebody_else = |event: &ExampleEvent| {
        event.attributes.text("by").is_some_and(|by| !matches!(by, "agent" | "customer"))
    };
    if example.events.iter().any(somebody_else) {
        return Some("neither agent nor customer".to_owned());
    }
    // A desk always knows from when to when its contracts run.
    let pending = example.expect.iter().any(|row| row.coverage.as_deref() == Some("needs_judgement"));
    if pending && terms.fact("contract_active").is_some() && example.given.get("contract_active").is_none() {
        return Some("a contract without dates".to_owned());
    }
    example.events.iter().skip(1).find_map(|event| request(event, terms, PersonId(0)).err())
}

async fn live(house: &House, adopted: &Adopted, example: &Example, place: u128) -> Result<bool, String> {
    let first = example.events[0].at;
    let environment = house.environment(first);
    let provider = &adopted.provider.id;
    let account = AccountId(place + 1000);
    let kept = Account {
        id: account,
        provider: provider.clone(),
        key: format!("client-{place}"),
        name: "Client".to_owned(),
    };
    house.store.put_account(&kept).await.map_err(|error| error.to_string())?;
    let mut parameters = Facts::new();
    let terms = &adopted.terms;
    let mut active = true;
    for (name, value) in example.given.iter() {
        let of_contract = terms.facts.iter().any(|rule| rule.name == *name && rule.from == "contract")
            || terms.parameters.iter().any(|rule| rule.name == *name);
        if name.as_str() == "contract_active" {
            active = *value == FactValue::YesNo(true);
        } else if of_contract {
            parameters.set(name.clone(), value.clone());
        }
    }
    let day = |year, month, date| LocalDate::new(year, month, date).expect("a day");
    let contract = Contract {
        id: ContractId(place + 1000),
        account,
        agreement: adopted.agreement.clone(),
        parameters,
        from: day(2015, 1, 1),
        to: Some(if active { day(2039, 12, 31) } else { day(2015, 1, 2) }),
    };
    house.store.put_contract(provider, &contract).await.map_err(|error| error.to_string())?;
    let contact = person(provider, place + 10, Role::Contact, "contact", Some(account));
    house.store.put_person(&contact).await.map_err(|error| error.to_string())?;
    let agent = person(provider, 1, Role::Agent, "agent", None);
    let mut life = Life {
        agent: viewer(house, adopted, agent.id).await,
        contact: viewer(house, adopted, contact.id).await,
        environment,
        adopted,
        number: None,
        refused: Vec::new(),
    };
    // What an example gives stands from the beginning.
    let mut events = example.events.clone();
    let mut given = example.given.clone();
    given.extend(&events[0].attributes);
    events[0].attributes = given;
    let looked = course(&mut life, example, &events).await;
    // What is over no longer costs later rounds anything.
    if let Some(number) = &life.number {
        let _ = command_ticket(&life.environment, &life.contact, number, Request::Confirm, None).await;
    }
    looked
}

/// The events in their order, each expectation at its time.
async fn course(life: &mut Life<'_>, example: &Example, events: &[ExampleEvent]) -> Result<bool, String> {
    let mut rows: Vec<&Expectation> = example.expect.iter().collect();
    let last = events[events.len() - 1].at;
    let when = |row: &Expectation| row.at.unwrap_or(last);
    rows.sort_by_key(|row| when(row));
    let mut rows = rows.into_iter().peekable();
    let mut looked = false;
    for (place, event) in events.iter().enumerate() {
        life.take(event).await?;
        let next = events.get(place + 1).map(|event| event.at);
        while let Some(row) = rows.next_if(|row| next.is_none_or(|next| when(row) < next)) {
            life.go_to(when(row)).await;
            looked |= life.meets(row).await?;
        }
    }
    Ok(looked)
}

async fn viewer(house: &House, adopted: &Adopted, person: PersonId) -> Viewer {
    let found = house.store.person_with_standings(&adopted.provider.id, person).await.expect("read");
    let (person, standings) = found.expect("the person stands");
    Viewer {
        person: Arc::new(person),
        provider: Arc::clone(&adopted.provider),
        account_name: None,
        via: Via::Session,
        standings,
    }
}

async fn live_all(house: House) {
    let mut tally = Tally::default();
    for (place, key) in AGREEMENTS.iter().enumerate() {
        let text = std::fs::read_to_string(root().join(format!("agreements/{key}.md"))).expect("read");
        let compilation = compile(&text, key, &Options::default());
        let adopted = house.adopt(key, &text, place + 1).await;
        let folder = root().join("conformance").join(key);
        let mut examples: Vec<(String, Example)> = Vec::new();
        for entry in std::fs::read_dir(folder).expect("trials") {
            let path = entry.expect("an entry").path();
            let trial = read_trial(&compilation, &std::fs::read_to_string(&path).expect("read"));
            examples.extend(trial.examples.into_iter().map(|example| (trial.row.clone(), example)));
        }
        examples.sort_by_key(|(row, example)| (example.events.first().map(|event| event.at), row.clone()));
        for (number, (row, example)) in examples.iter().enumerate() {
            if let Some(reason) = reason_to_leave(example, &adopted.terms) {
                *tally.left.entry(reason).or_default() += 1;
                continue;
            }
            match live(&house, &adopted, example, number as u128).await {
                Ok(true) => {
                    tally.lived += 1;
                    tally.rows.insert(row.clone());
                }
                Ok(false) => *tally.left.entry("nothing that a request shows".to_owned()).or_default() += 1,
                Err(why) => tally.failures.push(format!("{row} \"{}\": {why}", example.title)),
            }
        }
    }
    println!("{} examples of {} rows lived; left: {:?}", tally.lived, tally.rows.len(), tally.left);
    assert!(
        tally.failures.is_empty(),
        "{} of {}:\n{}",
        tally.failures.len(),
        tally.lived,
        tally.failures.join("\n")
    );
    assert!(tally.rows.len() >= 100, "only {} rows were lived: {:?}", tally.rows.len(), tally.left);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trials_are_lived_on_sqlite() {
    let folder = TemporaryFolder::new("trials");
    let store =
        Database::open_sqlite(&SqliteConfig::at(folder.join("trials.sqlite"))).await.expect("a store");
    live_all(House { store, folder }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trials_are_lived_on_postgres() {
    let url = Postgres::shared().fresh_database();
    let store = Database::open_postgres(&PostgresConfig { url, pool_size: 4 }).await.expect("a store");
    live_all(House { store, folder: TemporaryFolder::new("trials") }).await;
}
