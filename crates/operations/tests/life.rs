//! The life of a request as its people live it, on both databases. A trial that proves a requirement
//! names its row; `conformance/rows.toml` points here.

use calendar::Instant;
use desk::{DutyAnswer, MessageKind, PersonId, Refusal, TicketEvent, TicketState, Turn};
use harness::{Postgres, TemporaryFolder};
use mail::{MaildirTransport, Transport};
use meters::ClockState;
use operations::{
    Failure, NewRequest, QueueFilter, QueueKind, Received, Request, TicketView, command_ticket, list_tickets,
    open_ticket, settle, view_ticket,
};
use std::collections::BTreeSet;
use store::{Database, PostgresConfig, SqliteConfig};
use terms::{FactValue, Facts, Verdict};

#[path = "sample/desk.rs"]
mod sample;

use sample::{Desk, at, desk_under};

const SOLIDASSIST: &str = include_str!("../../../agreements/solidassist.md");
const NETMATH: &str = include_str!("../../../agreements/netmath.md");
const APLICIT: &str = include_str!("../../../agreements/aplicit.md");
const OLCARE: &str = include_str!("../../../agreements/olcare.md");

const AGENT: u128 = 1;
const MAUDE: u128 = 3;
const PAUL: u128 = 4;
const ROSE: u128 = 5;
const IDA: u128 = 6;

/// An agreement with what its contracts say.
struct Under {
    text: &'static str,
    parameters: Facts,
}

fn solidassist() -> Under {
    let parameters = Facts::new()
        .with("tier", FactValue::text("solidassist"))
        .with("region", FactValue::text("quebec"))
        .with("provider_of_record", FactValue::YesNo(true));
    Under { text: SOLIDASSIST, parameters }
}

fn netmath() -> Under {
    let silence = FactValue::Span(calendar::Span::parse("10 business days").expect("a span"));
    Under {
        text: NETMATH,
        parameters: Facts::new().with("licence_valid", FactValue::YesNo(true)).with("silence", silence),
    }
}

fn aplicit() -> Under {
    Under { text: APLICIT, parameters: Facts::new() }
}

fn olcare() -> Under {
    Under { text: OLCARE, parameters: Facts::new().with("region", FactValue::text("france")) }
}

/// Somebody of the house with what they do to one request.
struct Life {
    desk: Desk,
    number: String,
}

impl Life {
    async fn on(desk: Desk) -> Self {
        Self { desk, number: String::new() }
    }

    async fn open(&mut self, who: u128, facts: Facts) -> TicketView {
        let new = NewRequest {
            channel: "portal".to_owned(),
            subject: "La visionneuse se ferme".to_owned(),
            body: "Elle se ferme dès l’ouverture.".to_owned(),
            facts,
            ..NewRequest::default()
        };
        let viewer = self.desk.viewer(who).await;
        let view = open_ticket(&self.desk.environment, &viewer, new).await.expect("opened");
        self.number = view.number.clone();
        view
    }

    async fn ask(&self, who: u128, request: Request) -> Result<TicketView, Failure> {
        let viewer = self.desk.viewer(who).await;
        command_ticket(&self.desk.environment, &viewer, &self.number, request, None).await
    }

    #[track_caller]
    fn done(outcome: Result<TicketView, Failure>) -> TicketView {
        match outcome {
            Ok(view) => view,
            Err(failure) => panic!("it should be done: {failure}"),
        }
    }

    async fn does(&self, who: u128, request: Request) -> TicketView {
        Self::done(self.ask(who, request).await)
    }

    async fn refuses(&self, who: u128, request: Request) -> Refusal {
        match self.ask(who, request).await {
            Err(Failure::Refused(refusal)) => refusal,
            Err(failure) => panic!("a refusal was expected, not {failure}"),
            Ok(_) => panic!("a refusal was expected"),
        }
    }

    async fn view(&self, who: u128) -> TicketView {
        let viewer = self.desk.viewer(who).await;
        view_ticket(&self.desk.environment, &viewer, &self.number).await.expect("seen")
    }

    /// Numbers of what the agent's list shows.
    async fn listed(&self, view: QueueKind, text: &str) -> Vec<String> {
        let text = Some(text.to_owned());
        let filter = QueueFilter { view, text, limit: 50, ..QueueFilter::default() };
        let viewer = self.desk.viewer(AGENT).await;
        let found = list_tickets(&self.desk.environment, &viewer, &filter).await.expect("listed");
        found.rows.into_iter().map(|row| row.number).collect()
    }

    async fn round(&self) {
        settle(&self.desk.environment).await.expect("rounds");
    }

    /// Subjects of what left to an address, in order.
    async fn letters(&self, address: &str) -> Vec<String> {
        self.round().await;
        self.desk.outgoing_to(address).into_iter().map(|letter| letter.subject).collect()
    }
}

fn reply(body: &str, undo_seconds: u32) -> Request {
    Request::Reply { body: body.to_owned(), files: Vec::new(), technical: true, turn: None, undo_seconds }
}

fn clock<'a>(view: &'a TicketView, promise: &str) -> &'a meters::Reading {
    let found = view.clocks.iter().rfind(|clock| clock.reading.promise == promise);
    &found
        .unwrap_or_else(|| {
            panic!(
                "{promise} among {:?}",
                view.clocks.iter().map(|clock| &clock.reading.promise).collect::<Vec<_>>()
            )
        })
        .reading
}

fn names(view: &TicketView) -> Vec<String> {
    let events = view.timeline.iter().map(|entry| serde_json::to_value(&entry.event).expect("plain data"));
    let name = |event: serde_json::Value| match event {
        serde_json::Value::Object(fields) => fields.keys().next().cloned().unwrap_or_default(),
        other => other.as_str().unwrap_or_default().to_owned(),
    };
    events.map(name).collect()
}

fn near(found: Option<Instant>, expected: &str) -> bool {
    found.is_some_and(|found| found.seconds_since(at(expected)).abs() <= 20)
}

// ---- SolidAssist ---------------------------------------------------------------------------------

async fn sa_2_1e_the_judgement_bears_its_author_and_time(mut life: Life) {
    life.desk.go_to("2026-08-17T10:00:00-04:00").await;
    life.open(MAUDE, Facts::new()).await;
    let request =
        Request::JudgeCoverage { verdict: Verdict::Covered, reason: "Possible à distance.".to_owned() };
    let view = life.does(AGENT, request).await;
    let judgement = view.judgement.expect("there is one");
    assert_eq!((judgement.by.as_str(), judgement.reason.as_str()), ("Noé", "Possible à distance."));
    assert!(near(Some(judgement.at), "2026-08-17T10:00:00-04:00"));
    assert_eq!(view.verdict, Verdict::Covered);
    // The request keeps it, whoever looks later.
    let entry = life
        .view(IDA)
        .await
        .timeline
        .into_iter()
        .rfind(|entry| matches!(entry.event, TicketEvent::CoverageJudged { .. }));
    assert_eq!(entry.expect("an event").by.as_deref(), Some("Noé"));
}

async fn sa_2_3c_a_meeting_is_proposed_by_mail_and_kept(mut life: Life) {
    // Whoever has no zone of their own is told on the wall of their agreement.
    let (store, provider) = (&life.desk.environment.store, &life.desk.provider.id);
    let known = store.person_with_standings(provider, PersonId(MAUDE)).await.expect("read");
    let (maude, _) = known.expect("she is known");
    store.put_person(&desk::Person { zone: None, ..maude }).await.expect("stored");
    life.desk.go_to("2026-08-17T10:00:00-04:00").await;
    life.open(MAUDE, Facts::new()).await;
    let past = Request::ProposeMeeting { slots: vec![at("2026-08-17T09:00:00-04:00")], body: String::new() };
    assert_eq!(life.refuses(AGENT, past).await, Refusal::InThePast { what: "slots".to_owned() });
    let slots = vec![at("2026-08-18T14:00:00-04:00"), at("2026-08-19T09:30:00-04:00")];
    let view = life.does(AGENT, Request::ProposeMeeting { slots, body: String::new() }).await;
    assert!(names(&view).contains(&"meeting_proposed".to_owned()));
    assert_eq!(view.turn, Turn::Customer);
    life.round().await;
    let letters = life.desk.outgoing_to("maude@client.example");
    let letter = letters.iter().find(|letter| letter.text.contains("14:00")).expect("it left");
    assert!(letter.text.contains("09:30") || letter.text.contains("9:30"), "{}", letter.text);
}

async fn sa_5_0b_who_had_it_is_kept(mut life: Life) {
    life.open(MAUDE, Facts::new()).await;
    life.does(AGENT, Request::TakeUp { reason: None }).await;
    let view = life.does(AGENT, Request::Assign { agent: Some(PersonId(IDA)), team: None }).await;
    assert_eq!(view.assignee.expect("somebody").name, "Ida");
    let owners: Vec<Option<PersonId>> = view
        .timeline
        .iter()
        .filter_map(|entry| match &entry.event {
            TicketEvent::Assigned { to, .. } => Some(*to),
            _ => None,
        })
        .collect();
    assert_eq!(owners, [Some(PersonId(AGENT)), Some(PersonId(IDA))]);
    let unknown = life.ask(AGENT, Request::Assign { agent: Some(PersonId(MAUDE)), team: None }).await;
    assert!(matches!(unknown, Err(Failure::Invalid { field: "agent", .. })), "a contact owns no request");
}

async fn a_request_is_given_to_somebody_or_given_back(mut life: Life) {
    life.open(MAUDE, Facts::new()).await;
    let nobody = Request::Assign { agent: None, team: None };
    let refused = life.refuses(AGENT, nobody).await;
    assert_eq!(refused, Refusal::Needs { what: "agent".to_owned(), clause: None });
    life.does(AGENT, Request::Assign { agent: Some(PersonId(IDA)), team: None }).await;
    let view = life.does(AGENT, Request::Unassign).await;
    assert!(view.assignee.is_none());
    let version = view.version;
    let view = life.does(AGENT, Request::Unassign).await;
    assert_eq!(view.version, version, "what nobody has is given back by nobody");
    assert_eq!(life.listed(QueueKind::Unassigned, "").await, ["ORV-1"]);
}

/// An agreement that wants more known than the sample does, and an act that needs a fact.
fn solidassist_that_wants_more() -> Under {
    static TEXT: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
        let urgency = "urgency = { type = \"one-of\", from = \"agent\", required = \"triage\"";
        assert!(SOLIDASSIST.contains(urgency));
        SOLIDASSIST.replace(urgency, &urgency.replace("triage", "resolve"))
    });
    Under { text: &TEXT, ..solidassist() }
}

async fn what_the_agreement_wants_known_is_known_first(mut life: Life) {
    let view = life.open(MAUDE, Facts::new()).await;
    assert!(view.wanted.iter().any(|(name, step)| name.as_str() == "urgency" && step == "resolve"));
    let resolve = || Request::Resolve { outcome: "alternative".to_owned(), body: "Voici.".to_owned() };
    let refused = life.refuses(AGENT, resolve()).await;
    let Refusal::Needs { what, clause: Some(clause) } = &refused else { panic!("{refused:?}") };
    assert_eq!(what, "urgency");
    assert!(!clause.number.is_empty());
    assert!(life.view(AGENT).await.messages.len() == 1, "a refusal says nothing to the customer");
    let facts = Facts::new().with("urgency", FactValue::text("urgent"));
    life.does(AGENT, Request::Learn { facts, consent: BTreeSet::new() }).await;
    assert_eq!(life.does(AGENT, resolve()).await.state, TicketState::Resolved);
}

async fn sa_6_2b_no_other_customer_reads_it(mut life: Life) {
    let view = life.open(MAUDE, Facts::new()).await;
    let paul = life.desk.viewer(PAUL).await;
    let seen = view_ticket(&life.desk.environment, &paul, &view.number).await;
    assert!(matches!(seen, Err(Failure::NotFound { .. })), "there is none for him");
    assert!(matches!(
        life.ask(PAUL, Request::RequestUpdate { body: None }).await,
        Err(Failure::NotFound { .. })
    ));
    // And what is another's is never merged into his.
    let own = life.number.clone();
    life.open(PAUL, Facts::new()).await;
    assert_eq!(life.refuses(AGENT, Request::Merge { into: own }).await, Refusal::OtherAccount);
}

async fn an_answer_counts_from_the_click_and_is_void_when_undone(mut life: Life) {
    life.desk.go_to("2026-08-17T10:00:00-04:00").await;
    life.open(MAUDE, Facts::new()).await;
    life.desk.go_to("2026-08-17T13:59:30-04:00").await;
    let view = life.does(AGENT, reply("Essayez ceci.", 90)).await;
    assert_eq!(clock(&view, "response").state, ClockState::Running, "it may still be undone");
    assert_eq!(view.held.as_ref().map(|held| held.body.as_str()), Some("Essayez ceci."));
    assert_eq!(view.messages.len(), 1);
    let by_customer = life.refuses(MAUDE, Request::Undo).await;
    assert!(matches!(by_customer, Refusal::NotPermitted { .. }), "no customer keeps an answer away");
    let view = life.does(AGENT, Request::Undo).await;
    assert!(view.held.is_none());
    assert_eq!(life.refuses(AGENT, Request::Undo).await, Refusal::NothingHeld);
    life.desk.go_to("2026-08-17T14:30:00-04:00").await;
    let view = life.view(AGENT).await;
    assert!(clock(&view, "response").missed, "nothing was answered");
    assert!(!life.letters("maude@client.example").await.iter().any(|subject| subject.contains("Essayez")));
    assert_eq!(view.messages.len(), 1, "an undone answer reaches nobody");

    // Another: pressed a minute before it falls due, it leaves after, and was in time.
    life.desk.go_to("2026-08-18T10:00:00-04:00").await;
    life.open(MAUDE, Facts::new()).await;
    life.desk.go_to("2026-08-18T13:59:00-04:00").await;
    life.does(AGENT, reply("Voilà zqretenue.", 120)).await;
    let found = async |life: &Life| {
        let text = Some("zqretenue".to_owned());
        let filter = QueueFilter { view: QueueKind::All, text, limit: 50, ..QueueFilter::default() };
        let agent = life.desk.viewer(AGENT).await;
        list_tickets(&life.desk.environment, &agent, &filter).await.expect("sought").rows.len()
    };
    assert_eq!(found(&life).await, 0, "it may still be undone");
    life.desk.go_to("2026-08-18T14:02:00-04:00").await;
    assert_eq!(found(&life).await, 1, "what was held back is found once it left");
    let view = life.view(AGENT).await;
    let response = clock(&view, "response");
    assert_eq!((response.state, response.missed), (ClockState::Met, false));
    assert!(near(response.met_at, "2026-08-18T13:59:00-04:00"));
    assert_eq!((view.messages.len(), view.turn), (2, Turn::Customer));
}

async fn what_is_not_covered_is_taken_refused_or_passed_on(mut life: Life) {
    let outside = Facts::new().with("problem", FactValue::text("hardware"));
    life.desk.go_to("2026-08-17T10:00:00-04:00").await;
    let view = life.open(MAUDE, outside.clone()).await;
    assert_eq!(view.verdict, Verdict::NotCovered);
    let request =
        Request::AcceptException { reason: "Fidèle client.".to_owned(), price: Some("120 CAD".to_owned()) };
    let view = life.does(AGENT, request).await;
    assert_eq!((view.verdict, view.exception.clone()), (Verdict::Covered, Some(Some("120 CAD".to_owned()))));
    assert!(view.clocks.iter().any(|clock| clock.reading.promise == "response"), "it is owed from now on");
    let again = Request::AcceptException { reason: "Encore.".to_owned(), price: None };
    assert_eq!(life.refuses(AGENT, again).await, Refusal::Covered);

    life.open(MAUDE, outside).await;
    let decline = Request::Decline { clause: None, body: "Ceci n’est pas couvert.".to_owned() };
    let view = life.does(AGENT, decline).await;
    let clause = view.declined.expect("it names the clause");
    assert!(clause.number.starts_with("2."), "{}", clause.number);
    assert_eq!(view.state, TicketState::Declined);
    life.round().await;
    let told = life.desk.outgoing_to("maude@client.example");
    assert!(told.iter().any(|letter| letter.text.contains("n’est pas couvert")), "and is told");

    life.open(MAUDE, Facts::new()).await;
    let nothing = Request::Decline { clause: Some("99".to_owned()), body: "Non.".to_owned() };
    assert!(matches!(life.refuses(AGENT, nothing).await, Refusal::UnknownValue { .. }));
    life.does(AGENT, reply("Cela relève d’un autre service.", 0)).await;
    let view = life.does(AGENT, Request::Convert { to: None }).await;
    assert_eq!(view.converted_to.as_deref(), Some("professional_services"));
    assert_eq!((view.verdict, view.team.as_deref()), (Verdict::NotCovered, Some("professional_services")));
    assert_eq!(clock(&view, "response").state, ClockState::Met, "what was kept stays kept");
}

async fn a_vendor_without_a_fix_leaves_something_to_say(mut life: Life) {
    life.open(MAUDE, Facts::new()).await;
    let bare = Request::PassToVendor { vendor: "Autodesk".to_owned(), reference: " ".to_owned() };
    assert!(matches!(life.refuses(AGENT, bare).await, Refusal::Needs { .. }));
    life.does(AGENT, Request::PassToVendor { vendor: "Autodesk".to_owned(), reference: "A-17".to_owned() })
        .await;
    let view = life.does(AGENT, Request::BackFromVendor { result: "none".to_owned() }).await;
    assert!(view.duties.iter().any(|duty| duty.task == "after_vendor" && duty.is_open()));
    let close = || Request::Close { reason: "Fini.".to_owned(), consent: BTreeSet::new() };
    assert!(matches!(life.refuses(AGENT, close()).await, Refusal::WaitsForDuty { .. }));
    let answer = |given: &[&str]| Request::AnswerDuty {
        task: "after_vendor".to_owned(),
        answer: DutyAnswer::Done,
        given: given.iter().map(|name| (*name).to_owned()).collect(),
        body: Some("Passer par l’export.".to_owned()),
    };
    assert!(matches!(life.refuses(AGENT, answer(&[])).await, Refusal::NeedsOne { .. }));
    life.does(AGENT, answer(&["workaround"])).await;
    let view = life.does(AGENT, close()).await;
    assert_eq!(view.state, TicketState::Closed);
}

async fn sa_6_2c_what_the_customer_gave_goes_at_the_resolution(mut life: Life) {
    life.desk.go_to("2026-08-17T10:00:00-04:00").await;
    let file = |name: &str| operations::NewFile {
        name: name.to_owned(),
        media_type: "text/plain".to_owned(),
        bytes: b"dossier confidentiel".to_vec(),
    };
    life.open(MAUDE, Facts::new()).await;
    let given = Request::Reply {
        body: "Voici le journal.".to_owned(),
        files: vec![file("journal-kervinel.txt")],
        technical: true,
        turn: None,
        undo_seconds: 0,
    };
    life.does(MAUDE, given).await;
    let ours = Request::Reply {
        body: "Voici la marche à suivre.".to_owned(),
        files: vec![file("marche.txt")],
        technical: true,
        turn: None,
        undo_seconds: 0,
    };
    let view = life.does(AGENT, ours).await;
    let ids: Vec<desk::FileId> =
        view.messages.iter().flat_map(|message| &message.files).map(|file| file.id).collect();
    assert_eq!(ids.len(), 2);
    let store = &life.desk.environment.store;
    let provider = &life.desk.provider.id;
    assert!(store.file(provider, ids[0]).await.expect("read").is_some());
    let resolve = Request::Resolve { outcome: "existing_fix".to_owned(), body: "Réparé.".to_owned() };
    let view = life.does(AGENT, resolve).await;
    assert!(store.file(provider, ids[0]).await.expect("read").is_none(), "every copy is gone");
    assert!(store.file(provider, ids[1]).await.expect("read").is_some(), "what the desk gave is its own");
    let names: Vec<Option<&str>> =
        view.messages.iter().flat_map(|message| &message.files).map(|file| file.name.as_deref()).collect();
    assert_eq!(names, [None, Some("marche.txt")]);
    assert!(
        view.messages.iter().any(|message| message.body.as_deref() == Some("Voici le journal.")),
        "the conversation stays"
    );
    // The certificate names the clause, and the chain still proves what was there.
    let certificate = view.timeline.iter().find_map(|entry| match &entry.event {
        TicketEvent::Destroyed { files, clause, .. } => Some((files.clone(), clause.number.clone())),
        _ => None,
    });
    assert_eq!(certificate, Some((vec![ids[0]], "6.2".to_owned())));
    let page = store.ticket_by_number(&life.number).await.expect("read").expect("it stands");
    assert!(
        store.verify(provider, page.1).await.expect("read").is_empty(),
        "nothing is missing that should be there"
    );
    let filter = operations::QueueFilter {
        text: Some("journal-kervinel".to_owned()),
        limit: 10,
        ..operations::QueueFilter::default()
    };
    let found = operations::list_tickets(&life.desk.environment, &life.desk.viewer(AGENT).await, &filter)
        .await
        .expect("searched");
    assert!(found.rows.is_empty(), "nor is it found");
}

async fn what_was_given_in_a_merged_request_goes_with_it(mut life: Life) {
    life.desk.go_to("2026-08-17T10:00:00-04:00").await;
    // Four requests of one customer; each but the first gives a file.
    let (mut numbers, mut files) = (Vec::new(), Vec::new());
    for (place, who) in [MAUDE, ROSE, MAUDE, ROSE].into_iter().enumerate() {
        life.open(who, Facts::new()).await;
        numbers.push(life.number.clone());
        if place == 0 {
            continue;
        }
        let given = Request::Reply {
            body: format!("Voici le journal {place}."),
            files: vec![operations::NewFile {
                name: format!("journal-{place}.txt"),
                media_type: "text/plain".to_owned(),
                bytes: b"dossier confidentiel".to_vec(),
            }],
            technical: true,
            turn: None,
            undo_seconds: 0,
        };
        let view = life.does(who, given).await;
        files.extend(view.messages.iter().flat_map(|message| &message.files).map(|file| file.id));
    }
    life.round().await;
    assert_eq!(files.len(), 3);
    let still_there = async |life: &Life| {
        let mut there = Vec::new();
        for file in &files {
            let found = life.desk.environment.store.file(&life.desk.provider.id, *file).await;
            there.push(found.expect("read").is_some());
        }
        there
    };

    // The third goes on in the second, and that in the first: all are read together.
    for (from, into) in [(2, 1), (1, 0)] {
        life.number.clone_from(&numbers[from]);
        life.does(AGENT, Request::Merge { into: numbers[into].clone() }).await;
    }
    life.number.clone_from(&numbers[0]);
    let view = life.does(AGENT, reply("Nous regardons.", 0)).await;
    assert_eq!(view.absorbed, numbers[1..3]);
    for place in [1, 2] {
        let body = format!("Voici le journal {place}.");
        assert!(view.messages.iter().any(|message| message.body.as_deref() == Some(body.as_str())), "{body}");
    }
    life.round().await;
    assert_eq!(still_there(&life).await, [true; 3], "nothing is resolved yet");

    let resolve = Request::Resolve { outcome: "existing_fix".to_owned(), body: "Réparé.".to_owned() };
    life.does(AGENT, resolve).await;
    life.round().await;
    assert_eq!(still_there(&life).await, [false, false, true]);
    // What goes on in it afterwards is as resolved as it is.
    life.number.clone_from(&numbers[3]);
    life.does(AGENT, Request::Merge { into: numbers[0].clone() }).await;
    life.round().await;
    assert_eq!(still_there(&life).await, [false; 3]);
    let store = &life.desk.environment.store;
    for (place, number) in numbers.iter().enumerate() {
        life.number.clone_from(number);
        let view = life.view(AGENT).await;
        let certificates = view.timeline.iter().filter_map(|entry| match &entry.event {
            TicketEvent::Destroyed { files, clause, .. } => Some((files.len(), clause.number.clone())),
            _ => None,
        });
        let expected = (usize::from(place > 0), "6.2".to_owned());
        assert_eq!(certificates.collect::<Vec<_>>(), [expected], "{number}");
        let found = store.ticket_by_number(number).await.expect("read").expect("it stands");
        assert!(store.verify(&found.0, found.1).await.expect("read").is_empty(), "{number}");
    }

    // The last of the chain is taken out of it, whatever the one that it was merged into goes on in.
    life.number.clone_from(&numbers[2]);
    let view = life.does(AGENT, Request::Unmerge).await;
    assert!(view.merged_into.is_none());
    life.number.clone_from(&numbers[1]);
    assert!(life.view(AGENT).await.absorbed.is_empty());
    life.number.clone_from(&numbers[0]);
    assert_eq!(life.view(AGENT).await.absorbed, [numbers[1].as_str(), numbers[3].as_str()]);
}

async fn requests_are_merged_taken_apart_split_and_linked(mut life: Life) {
    life.desk.go_to("2026-08-17T10:00:00-04:00").await;
    let first = life.open(MAUDE, Facts::new()).await.number;
    life.round().await;
    life.open(ROSE, Facts::new()).await;
    let second = life.number.clone();
    life.does(AGENT, reply("Nous regardons.", 0)).await;
    life.round().await;
    let before = (life.view(AGENT).await, second.clone());
    assert!(life.listed(QueueKind::Team, "").await.contains(&second));
    let view = life.does(AGENT, Request::Merge { into: first.clone() }).await;
    assert_eq!(view.merged_into.as_deref(), Some(first.as_str()));
    assert_eq!(life.refuses(AGENT, reply("Ici ?", 0)).await, Refusal::Merged);
    assert!(view.nearest.is_none(), "its clocks stand still");
    for queue in [QueueKind::Team, QueueKind::Mine] {
        assert!(!life.listed(queue, "").await.contains(&second), "the work is on the other");
    }
    assert!(life.listed(QueueKind::All, "").await.contains(&second));
    assert_eq!(life.listed(QueueKind::All, &format!("number:{second}")).await, [second.as_str()]);

    // A request that goes on elsewhere gives nothing away, and nothing is opened in vain.
    let latest = life.listed(QueueKind::All, "").await.len();
    let given = life.view(AGENT).await.messages[0].id;
    let split = Request::Split { message: Some(given), subject: None };
    assert_eq!(life.refuses(AGENT, split).await, Refusal::Merged);
    assert_eq!(life.listed(QueueKind::All, "").await.len(), latest);
    life.number = first.clone();
    let link = Request::Link { to: second.clone(), kind: "causes".to_owned() };
    assert_eq!(life.refuses(AGENT, link).await, Refusal::Merged);
    assert!(life.view(AGENT).await.links.is_empty());
    life.number = second.clone();

    // A letter that answers the merged one joins the other.
    let answer = life.desk.outgoing_to("rose@client.example").pop().expect("an answer");
    let answers = answer.message_id.expect("an identity");
    let again = format!(
        "From: Rose <rose@client.example>\nTo: aide@orvane.example\nSubject: Re: suite\n\
         Message-ID: <rose-2@client.example>\nIn-Reply-To: <{answers}>\n\nEncore là.\n"
    );
    assert_eq!(life.desk.receive(&again, true).await, Received::Joined(first.clone()));
    life.number = first.clone();
    for place in 0..50 {
        life.does(AGENT, Request::Note { body: format!("Note {place}.") }).await;
        life.desk.go_to(&format!("2026-08-17T11:{place:02}:00-04:00")).await;
    }
    let whole = life.view(AGENT).await;
    assert_eq!(whole.absorbed, std::slice::from_ref(&second));
    let of_other: Vec<_> =
        whole.messages.iter().filter(|message| message.of.as_deref() == Some(second.as_str())).collect();
    assert_eq!(of_other.len(), 2, "both are read together");

    life.number = second.clone();
    let view = life.does(AGENT, Request::Unmerge).await;
    assert!(view.merged_into.is_none());
    let (before, _) = before;
    let same = |view: &TicketView| {
        let clocks: Vec<_> = view
            .clocks
            .iter()
            .map(|clock| (clock.reading.promise.clone(), clock.reading.started_at, clock.reading.due_at))
            .collect();
        (clocks, view.state, view.turn, view.messages.len(), view.facts.clone(), view.verdict)
    };
    assert_eq!(same(&view), same(&before), "it is what it was");
    assert_eq!(view.nearest.is_some(), before.nearest.is_some());
    assert!(life.listed(QueueKind::Team, "").await.contains(&second));
    assert_eq!(life.refuses(AGENT, Request::Unmerge).await, Refusal::NotMerged);
    life.number = first.clone();
    assert!(life.view(AGENT).await.absorbed.is_empty());

    // A message becomes a request of its own, at the instant at which it came.
    let view = life.view(AGENT).await;
    let moved = view
        .messages
        .iter()
        .rfind(|message| message.kind == MessageKind::Incoming)
        .expect("Rose wrote")
        .clone();
    let request = Request::Split { message: Some(moved.id), subject: Some("Autre chose".to_owned()) };
    let view = life.does(AGENT, request.clone()).await;
    let all = life.listed(QueueKind::All, "").await.len();
    assert_eq!(life.refuses(AGENT, request).await, Refusal::AlreadySplitOff);
    assert_eq!(life.listed(QueueKind::All, "").await.len(), all, "nothing is opened twice");
    let split = view
        .timeline
        .iter()
        .rfind(|entry| matches!(entry.event, TicketEvent::SplitOff { .. }))
        .expect("an event");
    let third = split.reason.clone().expect("its number");
    life.number = third.clone();
    let view = life.view(AGENT).await;
    assert_eq!((view.subject.as_str(), view.received_at), ("Autre chose", moved.received_at));
    assert_eq!(view.split_from.as_deref(), Some(first.as_str()));
    assert_eq!(view.messages[0].body, moved.body);

    let view = life.does(AGENT, Request::Link { to: second.clone(), kind: "causes".to_owned() }).await;
    assert_eq!(view.links, [(second.clone(), "causes".to_owned())]);
    life.number = second;
    assert_eq!(life.view(AGENT).await.links, [(third, "related".to_owned())]);
    assert!(life.view(MAUDE).await.links.is_empty(), "links are the desk's");
}

async fn what_is_put_off_wakes_and_time_is_kept(mut life: Life) {
    life.desk.go_to("2026-08-17T10:00:00-04:00").await;
    life.open(MAUDE, Facts::new()).await;
    life.does(AGENT, Request::TakeUp { reason: None }).await;
    life.does(AGENT, reply("Nous y revenons.", 0)).await;
    let until = Some(at("2026-08-19T09:00:00-04:00"));
    let view = life.does(AGENT, Request::Snooze { until }).await;
    assert_eq!(view.snoozed_until, until);
    let past = Request::Snooze { until: Some(at("2026-08-16T09:00:00-04:00")) };
    assert_eq!(life.refuses(AGENT, past).await, Refusal::InThePast { what: "until".to_owned() });
    // Meanwhile it is out of sight of those who look for work, but not of those who look for it.
    assert_eq!(life.listed(QueueKind::Team, "").await, Vec::<String>::new());
    assert_eq!(life.listed(QueueKind::Mine, "").await, Vec::<String>::new());
    assert_eq!(life.listed(QueueKind::Snoozed, "").await, ["ORV-1"]);
    assert_eq!(life.listed(QueueKind::Team, "reportée:oui").await, ["ORV-1"]);
    assert_eq!(life.listed(QueueKind::Team, "snoozed:no").await, Vec::<String>::new());
    life.desk.go_to("2026-08-19T09:00:01-04:00").await;
    let view = life.view(AGENT).await;
    assert!(view.snoozed_until.is_none());
    assert_eq!(life.listed(QueueKind::Mine, "").await, ["ORV-1"]);
    assert_eq!(names(&view).iter().filter(|name| *name == "woke").count(), 1);
    assert!(life.letters("noe@orvane.example").await.iter().any(|subject| subject.contains("à reprendre")));

    let time = |minutes, kind: &str| Request::LogTime { minutes, at: None, kind: Some(kind.to_owned()) };
    let view = life.does(AGENT, time(25, "remote")).await;
    assert_eq!((view.time[0].minutes, view.time[0].by.as_str()), (25, "Noé"));
    assert!(matches!(life.refuses(AGENT, time(0, "remote")).await, Refusal::OutOfBounds { .. }));
    let on_site = life.refuses(AGENT, time(25, "on_site")).await;
    let Refusal::NotPermitted { clause: Some(clause), .. } = on_site else { panic!("{on_site:?}") };
    assert!(clause.number == "2.0" || clause.number == "2.2", "{}", clause.number);
    let view = life.does(AGENT, Request::Tag { add: vec![" Revit ".to_owned()], remove: Vec::new() }).await;
    assert_eq!(view.tags, ["revit"]);
    life.does(AGENT, Request::Tag { add: vec!["À rappeler".to_owned()], remove: Vec::new() }).await;
    for (text, found) in [
        ("étiquette:Revit", 1),
        ("tag:a-rappeler", 1),
        ("tag:\"à rappeler\"", 1),
        ("tag:revi", 0),
        ("-tag:revit", 0),
        ("étiquette:autre,revit visionneuse", 1),
    ] {
        assert_eq!(life.listed(QueueKind::Team, text).await.len(), found, "{text}");
    }
    life.does(AGENT, Request::Tag { add: Vec::new(), remove: vec!["revit".to_owned()] }).await;
    assert_eq!(life.listed(QueueKind::Team, "tag:revit").await.len(), 0);
    let contact = life.view(MAUDE).await;
    assert!(contact.time.is_empty() && contact.tags.is_empty() && contact.snoozed_until.is_none());
}

// ---- the academic platform -----------------------------------------------------------------------

fn failure_of(severity: &str) -> Facts {
    Facts::new().with("ticket_class", FactValue::text("failure")).with("severity", FactValue::text(severity))
}

async fn sc_2_2_and_sc_a_1_every_request_stands_in_the_log_with_its_channel(mut life: Life) {
    life.desk.go_to("2026-08-17T09:00:00-04:00").await;
    let view = life.open(MAUDE, failure_of("1")).await;
    assert_eq!(view.channel, "portal");
    assert!(near(Some(view.received_at), "2026-08-17T09:00:00-04:00"));
    let letter = "From: Maude <maude@client.example>\nTo: aide@orvane.example\nSubject: Panne\nMessage-ID: <sc@client.example>\n\nPanne.\n";
    let Received::Opened(number) = life.desk.receive(letter, true).await else {
        panic!("it opens a request")
    };
    life.number = number;
    let view = life.view(AGENT).await;
    assert_eq!(view.channel, "email");
    assert_eq!(names(&view)[0], "opened");
}

async fn a_late_response_offers_its_ground_and_the_desk_decides(mut life: Life) {
    life.desk.go_to("2026-08-17T09:00:00-04:00").await;
    life.open(MAUDE, failure_of("3")).await;
    let view = life.view(MAUDE).await;
    assert!(view.grounds.iter().all(|(.., there)| !there), "nothing is late");
    let escalate = |ground: Option<&str>| Request::Escalate {
        ground: ground.map(str::to_owned),
        to: None,
        reason: Some("Toute l’école attend.".to_owned()),
    };
    assert!(matches!(life.refuses(MAUDE, escalate(None)).await, Refusal::NeedsOne { .. }));
    assert!(matches!(life.refuses(MAUDE, escalate(Some("mood"))).await, Refusal::UnknownValue { .. }));
    life.desk.go_to("2026-08-17T14:00:00-04:00").await;
    let view = life.view(MAUDE).await;
    let offered: Vec<&str> =
        view.grounds.iter().filter(|(.., there)| *there).map(|(name, ..)| name.as_str()).collect();
    assert_eq!(offered, ["late_response"]);
    let view = life.does(MAUDE, escalate(Some("late_response"))).await;
    assert!(view.escalation.is_some());
    assert!(
        life.letters("noe@orvane.example").await.iter().any(|subject| subject.contains("Escalade demandée"))
    );
    let refused = life
        .does(AGENT, Request::DecideEscalation { granted: false, body: Some("Nous y sommes.".to_owned()) })
        .await;
    assert!(refused.escalation.is_none() && refused.climbed_to.is_none());
    assert_eq!(
        life.refuses(AGENT, Request::DecideEscalation { granted: true, body: None }).await,
        Refusal::NothingAsked
    );
    life.does(MAUDE, escalate(Some("impact"))).await;
    let granted = life.does(AGENT, Request::DecideEscalation { granted: true, body: None }).await;
    assert!(granted.climbed_to.is_some());
    let by_staff = life
        .does(AGENT, Request::Escalate { ground: None, to: None, reason: Some("Grave.".to_owned()) })
        .await;
    assert_eq!(names(&by_staff).iter().filter(|name| *name == "escalated").count(), 2);
}

async fn silence_is_reminded_and_closes_and_a_word_reopens(mut life: Life) {
    life.desk.go_to("2026-08-17T09:00:00-04:00").await;
    life.open(MAUDE, failure_of("1")).await;
    let close = || Request::Close { reason: "Résolu.".to_owned(), consent: BTreeSet::new() };
    assert!(
        matches!(life.refuses(AGENT, close()).await, Refusal::NeedsConsent { .. }),
        "the customer has not consented"
    );
    let outcome = match life.view(AGENT).await.terms.fact("outcome").map(|rule| rule.kind.clone()) {
        Some(terms::FactType::OneOf(values)) => values[0].name.clone(),
        _ => "solved".to_owned(),
    };
    let resolve = || Request::Resolve { outcome: outcome.clone(), body: "C’est réparé.".to_owned() };
    let view = life.does(AGENT, resolve()).await;
    let (closes_at, _) = view.closes_by_silence.expect("silence runs");
    life.desk.go_to("2026-08-25T12:00:00-04:00").await;
    let view = life.view(AGENT).await;
    assert_eq!(names(&view).iter().filter(|name| *name == "reminded").count(), 1);
    assert_eq!(
        life.letters("maude@client.example")
            .await
            .iter()
            .filter(|subject| subject.contains("attendons votre réponse"))
            .count(),
        1
    );

    // A word in time ends the silence; another resolution begins another.
    let view = life.does(MAUDE, Request::RefuseResolution { body: "Toujours pas.".to_owned() }).await;
    assert_eq!((view.state, view.turn), (TicketState::Open, Turn::Provider));
    assert!(view.closes_by_silence.is_none());
    life.desk.go_to(&closes_at.plus_seconds(60).to_string()).await;
    assert_eq!(life.view(AGENT).await.state, TicketState::Open, "the old silence is over");
    let view = life.does(AGENT, resolve()).await;
    let (closes_at, _) = view.closes_by_silence.expect("silence runs anew");
    life.desk.go_to(&closes_at.plus_seconds(60).to_string()).await;
    let view = life.view(AGENT).await;
    assert_eq!(view.state, TicketState::Closed);
    assert_eq!(names(&view).iter().filter(|name| *name == "closed").count(), 1);
    let view = life.does(MAUDE, reply("Cela recommence.", 0)).await;
    assert_eq!(view.state, TicketState::Open, "an answer afterwards reopens it");
}

// ---- the partner with a portal alone -------------------------------------------------------------

async fn mail_opens_nothing_where_the_portal_is_the_only_way(life: Life) {
    let letter = "From: Maude <maude@client.example>\nTo: aide@orvane.example\nSubject: Panne\nMessage-ID: <ap@client.example>\n\nPanne.\n";
    assert_eq!(life.desk.receive(letter, true).await, Received::Kept);
    let letters = life.desk.outgoing_to("maude@client.example");
    assert_eq!(letters.len(), 1);
    assert!(letters[0].text.contains("http://desk.example/portal"), "{}", letters[0].text);
    assert!(letters[0].text.contains("2a"), "it names the clause: {}", letters[0].text);
    let kept = life.desk.environment.store.kept_letters(&life.desk.provider.id, 10).await.expect("read");
    assert_eq!((kept.len(), kept[0].why.as_str()), (1, "channel"), "and loses nothing");
    // A second copy is answered no second time.
    assert_eq!(life.desk.receive(letter, true).await, Received::Kept);
    assert_eq!(life.desk.outgoing_to("maude@client.example").len(), 1);
}

async fn each_change_of_status_is_one_notice_and_a_comment_is_none(mut life: Life) {
    life.desk.go_to("2026-08-17T10:00:00+02:00").await;
    life.open(MAUDE, Facts::new().with("severity", FactValue::text("blocking"))).await;
    let told = async |life: &Life| {
        let letters = life.letters("maude@client.example").await;
        letters.iter().filter(|subject| subject.contains("Demande ") && !subject.contains("reçue")).count()
    };
    assert_eq!(told(&life).await, 0);
    life.does(AGENT, Request::TakeUp { reason: None }).await;
    assert_eq!(told(&life).await, 1, "new to open");
    life.does(AGENT, Request::Note { body: "Vu.".to_owned() }).await;
    life.does(MAUDE, reply("Merci.", 0)).await;
    assert_eq!(told(&life).await, 1, "words change no status");
    let wait = Request::Wait { party: "customer".to_owned(), task: None, reason: None };
    life.does(AGENT, wait).await;
    assert_eq!(told(&life).await, 2);
}

async fn ap_2f_three_people_write_in_one_thread(mut life: Life) {
    let number = life.open(MAUDE, Facts::new().with("severity", FactValue::text("hindering"))).await.number;
    life.does(AGENT, reply("Bonjour.", 0)).await;
    life.does(ROSE, reply("J’ai le même souci.", 0)).await;
    let view = life.does(IDA, reply("Nous regardons.", 0)).await;
    let writers: Vec<&str> = view.messages.iter().map(|message| message.by.name.as_str()).collect();
    assert_eq!(writers, ["Maude", "Noé", "Rose", "Ida"]);
    assert_eq!(view.number, number);
}

// ---- the international care ----------------------------------------------------------------------

async fn ol_5e_the_customer_knows_the_adviser(mut life: Life) {
    life.desk.go_to("2026-08-17T10:00:00+02:00").await;
    life.open(MAUDE, Facts::new().with("severity", FactValue::text("P2"))).await;
    life.does(AGENT, Request::Assign { agent: Some(PersonId(IDA)), team: None }).await;
    assert_eq!(life.view(MAUDE).await.assignee.expect("an adviser").name, "Ida");
    assert!(life.letters("maude@client.example").await.iter().any(|subject| subject.contains("conseiller")));
}

async fn ol_5f_ol_5g_and_ol_5h_each_step_of_the_work_is_kept(mut life: Life) {
    life.desk.go_to("2026-08-17T10:00:00+02:00").await;
    life.open(MAUDE, Facts::new()).await;
    let facts = Facts::new().with("severity", FactValue::text("P2"));
    life.does(AGENT, Request::Learn { facts, consent: BTreeSet::new() }).await;
    life.does(AGENT, Request::Note { body: "Reproduit en laboratoire.".to_owned() }).await;
    life.does(AGENT, Request::Ask { task: "evidence".to_owned(), body: "Envoyez le journal.".to_owned() })
        .await;
    let view =
        life.does(AGENT, Request::Milestone { name: "solution_proposed".to_owned(), body: None }).await;
    let happened = names(&view);
    for step in ["learnt", "asked", "milestone"] {
        assert!(happened.contains(&step.to_owned()), "{step} in {happened:?}");
    }
    assert!(
        life.letters("maude@client.example")
            .await
            .iter()
            .any(|subject| subject.contains("Solution proposée"))
    );
    let played = Request::Milestone { name: "answered".to_owned(), body: None };
    assert!(
        matches!(life.refuses(AGENT, played).await, Refusal::UnknownValue { .. }),
        "a name cannot stop a clock"
    );
}

async fn ol_16a_the_customer_turns_to_a_named_role(mut life: Life) {
    life.open(MAUDE, Facts::new()).await;
    let to = |role: &str| Request::Escalate {
        ground: None,
        to: Some(role.to_owned()),
        reason: Some("Trop long.".to_owned()),
    };
    let view = life.does(MAUDE, to("senior_services_director")).await;
    assert_eq!(view.climbed_to.as_deref(), Some("senior_services_director"));
    let entry = view
        .timeline
        .iter()
        .rfind(|entry| matches!(entry.event, TicketEvent::Escalated { .. }))
        .expect("an event");
    let TicketEvent::Escalated { clause: Some(clause), .. } = &entry.event else {
        panic!("it names its clause")
    };
    assert!(clause.number.contains("16"), "{}", clause.number);
    assert!(matches!(life.refuses(MAUDE, to("somebody")).await, Refusal::UnknownValue { .. }));
}

async fn a_severity_once_set_changes_only_with_consent(mut life: Life) {
    life.open(MAUDE, Facts::new().with("severity", FactValue::text("P3"))).await;
    let set = |consent: &[&str]| Request::Learn {
        facts: Facts::new().with("severity", FactValue::text("P1")),
        consent: consent.iter().map(|role| (*role).to_owned()).collect(),
    };
    let refused = life.refuses(AGENT, set(&[])).await;
    let Refusal::NeedsConsent { of, .. } = &refused else { panic!("{refused:?}") };
    assert_eq!(of, &["customer"]);
    let view = life.does(AGENT, set(&["customer"])).await;
    assert_eq!(view.severity.as_deref(), Some("P1"));
    assert!(names(&view).contains(&"consented".to_owned()));
    let asked = life.does(MAUDE, Request::RequestUpdate { body: Some("Où en êtes-vous ?".to_owned()) }).await;
    assert_eq!(asked.turn, Turn::Provider);
}

/// Each trial once on each database, under its agreement.
macro_rules! lived {
    ($($trial:ident under $under:ident;)*) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $trial() {
                    let folder = super::TemporaryFolder::new("life");
                    let config = super::SqliteConfig::at(folder.join("life.sqlite"));
                    let store = super::Database::open_sqlite(&config).await.expect("a store");
                    super::$trial(super::life(store, folder, super::$under()).await).await;
                }
            )*
        }
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $trial() {
                    let url = super::Postgres::shared().fresh_database();
                    let config = super::PostgresConfig { url, pool_size: 4 };
                    let store = super::Database::open_postgres(&config).await.expect("a store");
                    let folder = super::TemporaryFolder::new("life");
                    super::$trial(super::life(store, folder, super::$under()).await).await;
                }
            )*
        }
    };
}

async fn life(store: Database, folder: TemporaryFolder, under: Under) -> Life {
    let transport = Transport::Maildir(MaildirTransport::new(folder.join("outgoing")));
    Life::on(desk_under(store, folder, transport, under.text, &under.parameters).await).await
}

lived! {
    sa_2_1e_the_judgement_bears_its_author_and_time under solidassist;
    sa_2_3c_a_meeting_is_proposed_by_mail_and_kept under solidassist;
    sa_5_0b_who_had_it_is_kept under solidassist;
    sa_6_2b_no_other_customer_reads_it under solidassist;
    an_answer_counts_from_the_click_and_is_void_when_undone under solidassist;
    what_is_not_covered_is_taken_refused_or_passed_on under solidassist;
    a_vendor_without_a_fix_leaves_something_to_say under solidassist;
    sa_6_2c_what_the_customer_gave_goes_at_the_resolution under solidassist;
    what_was_given_in_a_merged_request_goes_with_it under solidassist;
    requests_are_merged_taken_apart_split_and_linked under solidassist;
    what_is_put_off_wakes_and_time_is_kept under solidassist;
    a_request_is_given_to_somebody_or_given_back under solidassist;
    what_the_agreement_wants_known_is_known_first under solidassist_that_wants_more;
    sc_2_2_and_sc_a_1_every_request_stands_in_the_log_with_its_channel under netmath;
    a_late_response_offers_its_ground_and_the_desk_decides under netmath;
    silence_is_reminded_and_closes_and_a_word_reopens under netmath;
    mail_opens_nothing_where_the_portal_is_the_only_way under aplicit;
    each_change_of_status_is_one_notice_and_a_comment_is_none under aplicit;
    ap_2f_three_people_write_in_one_thread under aplicit;
    ol_5e_the_customer_knows_the_adviser under olcare;
    ol_5f_ol_5g_and_ol_5h_each_step_of_the_work_is_kept under olcare;
    ol_16a_the_customer_turns_to_a_named_role under olcare;
    a_severity_once_set_changes_only_with_consent under olcare;
}
