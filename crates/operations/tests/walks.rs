//! The three walks through the house, on both databases: a letter becomes a request with deadlines,
//! a clock falls due, a customer opens her request.

use calendar::{LocalDate, Zone};
use desk::{AccountId, Contract, ContractId, Refusal, TicketState, Turn};
use harness::{Postgres, TemporaryFolder};
use mail::{MaildirTransport, Transport};
use meters::ClockState;
use operations::{
    Environment, Failure, Installation, NewRequest, PostRules, ProductClock, QueueFilter, QueueKind,
    Received, Request, SecondFactor, command_ticket, explain_ticket, list_tickets, move_clock, open_ticket,
    preview_ticket, settle, view_ticket,
};
use std::sync::Arc;
use store::{Database, PostgresConfig};
use terms::{FactValue, Facts, Verdict};

#[path = "sample/desk.rs"]
mod sample;

use sample::{Desk, LETTER, at, desk, parameters, postgres, sqlite};

async fn a_letter_walks_through_the_house(desk: Desk) {
    let Received::Opened(number) = desk.receive(LETTER, true).await else { panic!("it opens a request") };
    assert_eq!(number, "ORV-1");
    settle(&desk.environment).await.expect("rounds");

    // The acknowledgement left with the number and the deadline in words, and met its clock.
    let letters = desk.outgoing_to("maude@client.example");
    assert_eq!(letters.len(), 1);
    assert!(letters[0].subject.contains("ORV-1"), "{}", letters[0].subject);
    assert!(
        letters[0].text.contains("lundi 10:59") || letters[0].text.contains("lundi 11:00"),
        "{}",
        letters[0].text
    );
    assert!(letters[0].text.contains(mail::REPLY_MARKER));
    assert_eq!(letters[0].in_reply_to.as_deref(), Some("one@client.example"));

    let agent = desk.viewer(1).await;
    let view = view_ticket(&desk.environment, &agent, &number).await.expect("seen");
    assert_eq!(view.subject, "Revit ne s'ouvre plus");
    assert_eq!(view.verdict, Verdict::NeedsJudgement, "nobody has said what the problem is");
    let clocks: Vec<(&str, ClockState, &str, &str)> = view
        .clocks
        .iter()
        .map(|clock| {
            let reading = &clock.reading;
            (
                reading.promise.as_str(),
                reading.state,
                reading.calendar.as_str(),
                reading.clause.number.as_str(),
            )
        })
        .collect();
    assert_eq!(
        clocks,
        [
            ("acknowledgement", ClockState::Met, "elapsed", "5.1"),
            ("response", ClockState::Running, "office", "5.1")
        ]
    );

    // The same copy again, and a copy by another route, change nothing.
    assert!(matches!(desk.receive(LETTER, true).await, Received::Before(_)));
    let rerouted = format!("Received: from elsewhere.example\n{LETTER}");
    assert!(matches!(desk.receive(&rerouted, true).await, Received::Before(_)));

    // The agent answers; the answer leaves and meets the response.
    let reply = Request::Reply {
        body: "Essayez le mode sans échec.".into(),
        files: Vec::new(),
        technical: true,
        turn: None,
        undo_seconds: 0,
    };
    let view = command_ticket(&desk.environment, &agent, &number, reply, Some(view.version))
        .await
        .expect("answered");
    assert_eq!(view.clocks[1].reading.state, ClockState::Met);
    assert_eq!(view.turn, Turn::Customer);
    settle(&desk.environment).await.expect("rounds");
    let answer = desk
        .outgoing_to("maude@client.example")
        .into_iter()
        .find(|letter| letter.text.contains("mode sans échec"));
    let answer = answer.expect("the answer left");

    // Her answer to it joins the request, though its subject was changed.
    let id = answer.message_id.expect("an id");
    let again = format!(
        "From: Maude <maude@client.example>\nTo: aide@orvane.example\nSubject: merci\nMessage-ID: <two@client.example>\n\
         In-Reply-To: <{id}>\nReferences: <{id}>\n\nÇa marche, merci.\n"
    );
    assert_eq!(desk.receive(&again, true).await, Received::Joined("ORV-1".to_owned()));
    let view = view_ticket(&desk.environment, &agent, &number).await.expect("seen");
    assert_eq!((view.messages.len(), view.turn), (3, Turn::Provider));

    // Somebody else who quotes the same references does not get in.
    let stranger =
        again.replace("Maude <maude@client.example>", "mal@ailleurs.example").replace("two@", "three@");
    assert_eq!(desk.receive(&stranger, true).await, Received::Opened("ORV-2".to_owned()));
    let forged = again.replace("two@", "four@").replace(&id, "one@client.example");
    assert_eq!(
        desk.receive(&forged, false).await,
        Received::Opened("ORV-3".to_owned()),
        "its From was not checked"
    );
}

#[tokio::test]
async fn a_mail_leaves_in_the_words_that_the_agreement_prescribes() {
    let receipt = r#"

## 2.9 Accusé de réception

Le prestataire accuse réception en ces termes.

```terms
[mail.receipt]
for     = "acknowledgement"
subject = { fr = "{number} – reçu : {subject}" }
body    = { fr = """
Votre demande {number} est reçue, formule {tier}.
Problème : {problem}
{promise} : {due} ({clause}).
{provider}
""" }
```
"#;
    let document = sample::AGREEMENT.replacen("\n## 3.0 ", &format!("{receipt}\n## 3.0 "), 1);
    assert!(document.contains("[mail.receipt]"));
    let desk = sample::sqlite_under(&document).await;
    let Received::Opened(number) = desk.receive(LETTER, true).await else { panic!("it opens a request") };
    settle(&desk.environment).await.expect("rounds");
    let letters = desk.outgoing_to("maude@client.example");
    assert_eq!(letters[0].subject, format!("{number} – reçu : Revit ne s'ouvre plus"));
    let text = letters[0].text.replace("\r\n", "\n");
    assert!(text.starts_with(mail::REPLY_MARKER), "{text}");
    assert!(text.contains(&format!("Votre demande {number} est reçue, formule SolidAssist.\n")), "{text}");
    assert!(!text.contains("Problème"), "nobody has said it, so its line is left out: {text}");
    assert!(text.contains("lundi 10:59") || text.contains("lundi 11:00"), "{text}");
    assert!(text.trim_end().ends_with("Orvane"), "{text}");
}

async fn a_clock_falls_due(desk: Desk) {
    desk.receive(LETTER, true).await;
    settle(&desk.environment).await.expect("rounds");
    let told = |desk: &Desk| {
        desk.outgoing_to("lea@orvane.example").len() + desk.outgoing_to("noe@orvane.example").len()
    };
    assert_eq!(told(&desk), 0);
    // Friday 17:59:50 and four business hours: Monday 10:59:50. The warning comes an hour before.
    desk.go_to("2026-08-17T09:59:00-04:00").await;
    assert_eq!(told(&desk), 0);
    desk.go_to("2026-08-17T10:00:00-04:00").await;
    assert_eq!(desk.outgoing_to("noe@orvane.example").len(), 1, "the team is warned while nobody owns it");
    desk.go_to("2026-08-17T18:00:00-04:00").await;
    let after = desk.outgoing();
    assert!(!desk.outgoing_to("lea@orvane.example").is_empty(), "the lead is told of the miss");
    for _ in 0..5 {
        desk.go_to("2026-08-18T12:00:00-04:00").await;
    }
    assert_eq!(desk.outgoing().len(), after.len(), "nothing is told twice");
    let view = view_ticket(&desk.environment, &desk.viewer(1).await, "ORV-1").await.expect("seen");
    assert_eq!(view.clocks[1].reading.state, ClockState::Missed);
    let rows = |view: operations::QueueView| {
        view.rows.iter().map(|row| (row.number.clone(), row.missed)).collect::<Vec<_>>()
    };
    let missed = QueueFilter { view: QueueKind::Missed, limit: 50, ..QueueFilter::default() };
    let queue = list_tickets(&desk.environment, &desk.viewer(1).await, &missed).await.expect("listed");
    assert_eq!((queue.counts.live, queue.counts.missed, queue.counts.late), (1, 1, 1));
    assert_eq!(rows(queue), [("ORV-1".to_owned(), true)]);
}

async fn a_customer_opens_her_request(desk: Desk) {
    let maude = desk.viewer(3).await;
    let new = NewRequest {
        channel: "portal".to_owned(),
        subject: "Licence refusée".to_owned(),
        body: "La licence est refusée depuis ce matin.".to_owned(),
        facts: Facts::new()
            .with("product", FactValue::text("Autodesk Revit"))
            .with("version", FactValue::text("N-1"))
            .with("problem", FactValue::text("licence"))
            // What the contract says is not hers to change.
            .with("tier", FactValue::text("premium"))
            .with("contract_active", FactValue::YesNo(false)),
        idempotency_key: Some("k1".to_owned()),
        ..NewRequest::default()
    };
    let preview = preview_ticket(&desk.environment, &maude, &new).await.expect("previewed");
    let number = open_ticket(&desk.environment, &maude, new.clone()).await.expect("opened").number;
    let again = open_ticket(&desk.environment, &maude, new.clone()).await.expect("the same");
    assert_eq!(again.number, number);
    let other = NewRequest { body: "Autre chose.".to_owned(), ..new.clone() };
    assert!(matches!(open_ticket(&desk.environment, &maude, other).await, Err(Failure::KeyReused)));
    let endless = NewRequest { idempotency_key: Some("k".repeat(256)), ..new };
    let endless = open_ticket(&desk.environment, &maude, endless).await;
    assert!(matches!(endless, Err(Failure::Refused(Refusal::OutOfBounds { .. }))), "{endless:?}");

    let (view, explained) = explain_ticket(&desk.environment, &maude, &number).await.expect("seen");
    let promised = |clocks: &[operations::ClockView]| {
        clocks.iter().map(|clock| (clock.reading.promise.clone(), clock.reading.target)).collect::<Vec<_>>()
    };
    assert_eq!(
        promised(&view.clocks),
        promised(&preview.clocks),
        "what was shown before is what is owed after"
    );
    assert_eq!(view.facts.text("tier"), Some("solidassist"));
    let counted: i64 = explained[0].explanation.days.iter().map(|day| day.counted_seconds).sum();
    assert_eq!(counted, 4 * 3600, "the days add up to the target");

    // A note of the agent is never hers to see; another account's contact sees nothing at all.
    let agent = desk.viewer(1).await;
    let note = Request::Note { body: "Client difficile.".to_owned() };
    command_ticket(&desk.environment, &agent, &number, note, None).await.expect("noted");
    let hers = view_ticket(&desk.environment, &maude, &number).await.expect("seen");
    assert_eq!(hers.messages.len(), 1);
    assert!(hers.timeline.iter().all(|entry| !format!("{:?}", entry.event).contains("Note,")));
    let paul = desk.viewer(4).await;
    assert!(matches!(view_ticket(&desk.environment, &paul, &number).await, Err(Failure::NotFound { .. })));
    let reply = Request::Reply {
        body: "Bonjour".into(),
        files: Vec::new(),
        technical: true,
        turn: None,
        undo_seconds: 0,
    };
    assert!(matches!(
        command_ticket(&desk.environment, &paul, &number, reply, None).await,
        Err(Failure::NotFound { .. })
    ));

    // She says that it is solved.
    let view =
        command_ticket(&desk.environment, &maude, &number, Request::Confirm, None).await.expect("confirmed");
    assert_eq!(view.state, TicketState::Closed);
    let stale = command_ticket(&desk.environment, &agent, &number, Request::Reopen, Some(1)).await;
    assert!(matches!(stale, Err(Failure::Changed { .. })));
}

async fn who_has_no_contract_is_told_by_which_clause(desk: Desk) {
    let expired = LETTER.replace("maude@", "paul@").replace("one@", "paul-one@");
    let Received::Opened(number) = desk.receive(&expired, true).await else { panic!("it opens a request") };
    let view = view_ticket(&desk.environment, &desk.viewer(1).await, &number).await.expect("seen");
    assert_eq!(view.verdict, Verdict::NotCovered, "the contract ended in July");
    let reason = &view.coverage.reasons[0];
    assert_eq!((reason.rule.as_str(), reason.clause.number.as_str()), ("cover.contract", "2.1"));
    assert_eq!(reason.clause.item.as_deref(), Some("b"));
    let started: Vec<&str> = view.clocks.iter().map(|clock| clock.reading.promise.as_str()).collect();
    assert_eq!(started, ["acknowledgement"]);

    // A stranger is taken in, judged by nobody yet, and told nothing that they chose.
    let stranger =
        LETTER.replace("Maude <maude@client.example>", "Gagnez <x@ailleurs.example>").replace("one@", "x@");
    let Received::Opened(number) = desk.receive(&stranger, true).await else { panic!("it opens a request") };
    settle(&desk.environment).await.expect("rounds");
    let view = view_ticket(&desk.environment, &desk.viewer(1).await, &number).await.expect("seen");
    assert_eq!((view.verdict, view.account.is_none()), (Verdict::NeedsJudgement, true));
    let letters = desk.outgoing_to("x@ailleurs.example");
    assert_eq!(letters.len(), 1);
    let said = format!("{} {}", letters[0].subject, letters[0].text);
    assert!(said.contains(&number) && !said.contains("Revit") && !said.contains("Gagnez"), "{said}");

    // A machine is not answered.
    let machine = LETTER.replace("one@", "auto@").replace("Date:", "Auto-Submitted: auto-replied\nDate:");
    desk.receive(&machine, true).await;
    settle(&desk.environment).await.expect("rounds");
    assert!(desk.outgoing_to("maude@client.example").is_empty());
    assert_eq!(Zone::utc().name(), "UTC");
}

/// The contract of a request is the one of the day on which it was received, as the agreement's zone counts days.
async fn the_contract_is_the_one_of_the_day_of_receipt(desk: Desk) {
    let (environment, provider) = (&desk.environment, &desk.provider.id);
    let next = Contract {
        id: ContractId(9),
        account: AccountId(1),
        agreement: desk.provider.agreement.clone().expect("it has one"),
        parameters: parameters(),
        from: LocalDate::new(2027, 1, 1).expect("a day"),
        to: None,
    };
    environment.store.put_contract(provider, &next).await.expect("stored");
    let agent = desk.viewer(1).await;
    let basis_of = async |number: &str| {
        let view = view_ticket(environment, &agent, number).await.expect("seen");
        let contract = view.contract.map(|contract| contract.id.0);
        (contract, view.verdict != Verdict::NotCovered)
    };
    // In UTC it is the next year already.
    desk.go_to("2026-12-31T20:00:00-05:00").await;
    let Received::Opened(number) = desk.receive(LETTER, true).await else { panic!("it opens a request") };
    assert_eq!(basis_of(&number).await, (Some(1), true), "it came on the last day of the first");
    desk.go_to("2027-01-04T10:00:00-05:00").await;
    let call = NewRequest {
        contact: Some("maude@client.example".to_owned()),
        channel: "voicemail".to_owned(),
        subject: "Message".to_owned(),
        body: "Revit se ferme.".to_owned(),
        ..NewRequest::default()
    };
    let then = NewRequest { received_at: Some(at("2026-12-31T16:00:00-05:00")), ..call.clone() };
    let number = open_ticket(environment, &agent, then).await.expect("opened").number;
    assert_eq!(basis_of(&number).await, (Some(1), true), "it was left on that day");
    let number = open_ticket(environment, &agent, call).await.expect("opened").number;
    assert_eq!(basis_of(&number).await, (Some(9), true), "it came now");
}

on_both_databases! {
    a_letter_walks_through_the_house => letter_sqlite, letter_postgres;
    a_clock_falls_due => clock_sqlite, clock_postgres;
    a_customer_opens_her_request => customer_sqlite, customer_postgres;
    who_has_no_contract_is_told_by_which_clause => no_contract_sqlite, no_contract_postgres;
    the_contract_is_the_one_of_the_day_of_receipt => contract_of_day_sqlite, contract_of_day_postgres;
}

/// Two nodes on one database: each due step is taken once, each letter leaves once, and what one
/// node changes the other tells to its browsers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_share_the_work_on_postgres() {
    let url = Postgres::shared().fresh_database();
    let open = |url: String| async move {
        Database::open_postgres(&PostgresConfig { url, pool_size: 4 }).await.expect("a store")
    };
    let first = desk(open(url.clone()).await, TemporaryFolder::new("walks")).await;
    let installation = Installation {
        public_url: "http://desk.example".to_owned(),
        host_name: "desk.example".to_owned(),
        post: PostRules::default(),
        second_factor: SecondFactor::OfNobody,
        webhooks: operations::WebhookReach::Public,
        keys: operations::KeyRules::default(),
        storage: operations::AccountStorage::default(),
    };
    let transport = Transport::Maildir(MaildirTransport::new(first.folder.join("outgoing")));
    let clock = ProductClock::starting_at(at("2026-08-14T17:59:50-04:00"));
    let second = Arc::new(Environment::new(open(url).await, clock, transport, installation));
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let following = tokio::spawn(operations::follow_changes(Arc::clone(&second), stopped));
    let mut told = second.changes();
    tokio::time::sleep(std::time::Duration::from_millis(1_300)).await;

    for number in 0..10 {
        let letter = LETTER.replace("one@", &format!("n{number}@"));
        assert!(matches!(first.receive(&letter, true).await, Received::Opened(_)));
    }
    let (one, other) = tokio::join!(settle(&first.environment), settle(&second));
    one.and(other).expect("both hand over");
    let due = at("2026-08-18T12:00:00-04:00");
    let (one, other) = tokio::join!(move_clock(&first.environment, due), move_clock(&second, due));
    one.expect("the first node settles");
    other.expect("the second node settles");
    settle(&first.environment).await.expect("what one left, the other takes");
    let receipts = first.outgoing_to("maude@client.example").len();
    assert_eq!(receipts, 10, "one acknowledgement each");
    let agent = first.viewer(1).await;
    for number in 1..=10 {
        let view = view_ticket(&first.environment, &agent, &format!("ORV-{number}")).await.expect("seen");
        let misses = view.timeline.iter().filter(|entry| format!("{:?}", entry.event).contains("Missed {"));
        assert_eq!(misses.count(), 1, "the response is missed once; the receipt was in time");
    }
    let heard = tokio::time::timeout(std::time::Duration::from_secs(5), told.recv()).await;
    assert!(heard.is_ok_and(|change| change.is_ok()), "the second node tells of the first one's commits");
    stop.send(true).expect("it still follows");
    following.await.expect("it ends");
}
