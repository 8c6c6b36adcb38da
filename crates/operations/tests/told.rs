//! Who is told what, and when: followers, letters together, quiet nights; on both databases.

use desk::{NoticeChoice, Rhythm};
use meters::ClockState;
use operations::{
    Failure, History, PastMessage, Request, command_ticket, keep_notice_choice, notice_choice, settle,
    store_histories, view_ticket,
};
use terms::{FactValue, Facts};

#[path = "sample/desk.rs"]
mod sample;

use sample::{AGREEMENT, Desk, LETTER, at, postgres, postgres_under, sqlite, sqlite_under};

const NOE: u128 = 1;
const MAUDE: u128 = 3;
const PAUL: u128 = 4;
const ROSE: u128 = 5;
const IDA: u128 = 6;

async fn does(desk: &Desk, person: u128, number: &str, request: Request) -> Result<(), Failure> {
    let viewer = desk.viewer(person).await;
    command_ticket(&desk.environment, &viewer, number, request, None).await?;
    settle(&desk.environment).await
}

fn reply(body: &str) -> Request {
    Request::Reply { body: body.to_owned(), files: Vec::new(), technical: true, turn: None, undo_seconds: 0 }
}

fn follow(person: Option<&str>) -> Request {
    Request::Follow { person: person.map(str::to_owned) }
}

/// How many letters to somebody hold a word.
fn told(desk: &Desk, address: &str, word: &str) -> usize {
    desk.outgoing_to(address).iter().filter(|letter| letter.text.contains(word)).count()
}

async fn who_follows_is_told_what_both_sides_write_and_no_note(desk: Desk) {
    desk.receive(LETTER, true).await;
    settle(&desk.environment).await.expect("rounds");
    does(&desk, NOE, "ORV-1", Request::TakeUp { reason: None }).await.expect("taken");
    does(&desk, ROSE, "ORV-1", follow(None)).await.expect("of the same account");
    does(&desk, NOE, "ORV-1", follow(Some("ida@orvane.example"))).await.expect("a colleague");
    let stranger = does(&desk, PAUL, "ORV-1", follow(None)).await;
    assert!(matches!(stranger, Err(Failure::NotFound { .. })), "what is not theirs is not there");
    let asked = does(&desk, NOE, "ORV-1", follow(Some("paul@client.example"))).await;
    assert!(matches!(asked, Err(Failure::Invalid { .. })), "nor is it shown to them");
    let other = does(&desk, ROSE, "ORV-1", follow(Some(&format!("{MAUDE:032x}")))).await;
    assert!(matches!(other, Err(Failure::Invalid { .. })), "contacts ask nobody");
    let view = view_ticket(&desk.environment, &desk.viewer(ROSE).await, "ORV-1").await.expect("seen");
    assert!(view.follows && view.followers.iter().all(|person| person.name == "Rose"));
    let view = view_ticket(&desk.environment, &desk.viewer(NOE).await, "ORV-1").await.expect("seen");
    assert_eq!((view.follows, view.followers.len()), (false, 2));

    does(&desk, NOE, "ORV-1", reply("Essayez la version 2026.")).await.expect("answered");
    for (address, count) in [("maude@client", 1), ("rose@client", 1), ("ida@orvane", 1), ("noe@orvane", 0)] {
        let address = format!("{address}.example");
        assert_eq!(told(&desk, &address, "Essayez la version 2026."), count, "{address}");
    }
    does(&desk, NOE, "ORV-1", Request::Note { body: "Entre nous.".to_owned() }).await.expect("noted");
    for letter in desk.outgoing() {
        assert!(!letter.text.contains("Entre nous."), "a note reaches nobody by mail");
    }
    let before = desk.outgoing_to("rose@client.example").len();
    does(&desk, MAUDE, "ORV-1", reply("Toujours la même panne.")).await.expect("written");
    assert_eq!(desk.outgoing_to("rose@client.example").len(), before + 1);
    assert_eq!(desk.outgoing_to("ida@orvane.example").len(), 2);
    does(&desk, ROSE, "ORV-1", Request::Unfollow { person: None }).await.expect("left");
    does(&desk, NOE, "ORV-1", reply("Voici le correctif.")).await.expect("answered");
    assert_eq!(told(&desk, "rose@client.example", "Voici le correctif."), 0);
    assert_eq!(told(&desk, "ida@orvane.example", "Voici le correctif."), 1);
}

/// An answer bears the name of whoever wrote it. Colleagues who follow are neither asked to answer it nor told that they
/// have what went to others.
async fn who_follows_is_told_what_is_so(desk: Desk) {
    desk.receive(LETTER, true).await;
    settle(&desk.environment).await.expect("rounds");
    does(&desk, NOE, "ORV-1", Request::TakeUp { reason: None }).await.expect("taken");
    does(&desk, NOE, "ORV-1", follow(Some("max@orvane.example"))).await.expect("a colleague");
    does(&desk, IDA, "ORV-1", reply("Essayez la version 2026.")).await.expect("answered");
    let answer = |address: &str| {
        let mut letters = desk.outgoing_to(address).into_iter();
        letters.rfind(|letter| letter.text.contains("Essayez la version 2026.")).expect("the answer").text
    };
    let hers = answer("maude@client.example");
    assert!(hers.contains("Ida") && !hers.contains("Noé"), "{hers}");
    assert!(hers.contains("C’est à vous") && hers.contains("Répondez au-dessus"), "{hers}");
    let colleagues = answer("max@orvane.example");
    assert!(colleagues.contains("C’est au client") && !colleagues.contains("C’est à vous"), "{colleagues}");
    assert!(!colleagues.contains("Répondez au-dessus"), "{colleagues}");
    let escalate = Request::Escalate {
        ground: None,
        to: Some("specialist".to_owned()),
        reason: Some("Hors de ma portée.".to_owned()),
    };
    does(&desk, NOE, "ORV-1", escalate).await.expect("escalated");
    assert_eq!(told(&desk, "max@orvane.example", "vous est confiée"), 0);
    assert_eq!(told(&desk, "max@orvane.example", "que vous suivez, a été portée plus haut"), 1);
    assert_eq!(told(&desk, "ida@orvane.example", "vous est confiée"), 1);
}

/// The sample's agreement, which tells whoever asked of one thing and those in charge of another.
fn telling() -> String {
    let receipt = "says = [\"number\"] }\n";
    let more = "status = { on = \"status_changed\", tell = [\"requester\"], by = [\"email\"] }\n\
        taken = { on = \"assigned\", tell = [\"lead\"], by = [\"email\"] }\n";
    AGREEMENT.replacen(receipt, &format!("{receipt}{more}"), 1)
}

/// What the agreement tells those in charge alone is told to no customer who follows.
async fn no_customer_is_told_what_is_told_above(desk: Desk) {
    desk.receive(LETTER, true).await;
    settle(&desk.environment).await.expect("rounds");
    does(&desk, ROSE, "ORV-1", follow(None)).await.expect("of the same account");
    does(&desk, NOE, "ORV-1", follow(Some("max@orvane.example"))).await.expect("a colleague");
    let assigned = Request::Assign { agent: Some(desk::PersonId(NOE)), team: None };
    does(&desk, NOE, "ORV-1", assigned).await.expect("assigned");
    does(&desk, NOE, "ORV-1", reply("Essayez la version 2026.")).await.expect("answered");
    desk.go_to("2026-08-17T10:00:00-04:00").await;
    for (address, count) in [("lea@orvane", 1), ("max@orvane", 1), ("rose@client", 0), ("maude@client", 0)] {
        let address = format!("{address}.example");
        assert_eq!(told(&desk, &address, "Une personne suit désormais"), count, "{address}");
    }
    let of_status = |address: &str| told(&desk, address, "L’état de la demande");
    assert!(of_status("maude@client.example") > 0);
    assert_eq!(of_status("rose@client.example"), of_status("maude@client.example"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn told_above_sqlite() {
    no_customer_is_told_what_is_told_above(sqlite_under(&telling()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn told_above_postgres() {
    no_customer_is_told_what_is_told_above(postgres_under(&telling()).await).await;
}

async fn what_may_wait_comes_in_one_letter_and_not_at_night(desk: Desk) {
    let environment = &desk.environment;
    let ida = desk.viewer(IDA).await;
    assert_eq!(notice_choice(environment, &ida).await.expect("read"), NoticeChoice::default());
    let hourly = NoticeChoice { rhythm: Rhythm::Hourly, quiet_nights: true };
    keep_notice_choice(environment, &ida, hourly).await.expect("kept");
    assert_eq!(notice_choice(environment, &ida).await.expect("read"), hourly);
    for (letter, number) in [("one@", "ORV-1"), ("two@", "ORV-2")] {
        desk.receive(&LETTER.replace("one@", letter), true).await;
        settle(environment).await.expect("rounds");
        does(&desk, IDA, number, Request::TakeUp { reason: None }).await.expect("taken");
        does(&desk, NOE, number, Request::Assign { agent: Some(desk::PersonId(IDA)), team: None })
            .await
            .expect("assigned");
    }
    desk.go_to("2026-08-14T18:10:00-04:00").await;
    let before = desk.outgoing_to("ida@orvane.example").len();
    for number in ["ORV-1", "ORV-2"] {
        does(&desk, MAUDE, number, reply("Encore une précision.")).await.expect("written");
    }
    assert_eq!(desk.outgoing_to("ida@orvane.example").len(), before, "it waits for the hour");
    desk.go_to("2026-08-14T19:00:30-04:00").await;
    let letters = desk.outgoing_to("ida@orvane.example");
    assert_eq!(letters.len(), before + 1, "one letter");
    let letter = letters.iter().find(|letter| letter.text.contains("ORV-2")).expect("the letter");
    assert!(letter.text.contains("ORV-1") && letter.subject.contains('2'), "{}", letter.subject);
    for number in ["ORV-1", "ORV-2"] {
        let view = view_ticket(environment, &ida, number).await.expect("seen");
        let sent =
            view.deliveries.iter().filter(|sent| sent.kind == "customer_wrote" && sent.state == "sent");
        assert_eq!(sent.count(), 1, "each is known to have left");
    }
    // Nobody is woken: the desk is closed, and no clock runs.
    does(&desk, NOE, "ORV-1", Request::Assign { agent: Some(desk::PersonId(NOE)), team: None })
        .await
        .expect("assigned");
    desk.go_to("2026-08-14T23:30:00-04:00").await;
    let before = desk.outgoing_to("noe@orvane.example").len();
    does(&desk, MAUDE, "ORV-1", reply("Au milieu de la nuit.")).await.expect("written");
    desk.go_to("2026-08-15T06:59:00-04:00").await;
    assert_eq!(desk.outgoing_to("noe@orvane.example").len(), before);
    desk.go_to("2026-08-15T07:00:30-04:00").await;
    assert_eq!(desk.outgoing_to("noe@orvane.example").len(), before + 1);
    // What somebody waits for leaves at any hour.
    desk.go_to("2026-08-15T23:30:00-04:00").await;
    does(&desk, NOE, "ORV-1", reply("Une réponse de nuit.")).await.expect("answered");
    assert_eq!(told(&desk, "maude@client.example", "Une réponse de nuit."), 1);
}

/// What was missed before a request was brought here is known of it and is news to nobody.
async fn a_history_is_told_to_nobody(desk: Desk) {
    let store = &desk.environment.store;
    let provider =
        store.provider(&desk::ProviderId("orvane".to_owned())).await.expect("read").expect("there");
    let people = store.people_by_email("maude@client.example").await.expect("people");
    let contact = people.into_iter().next().expect("a contact");
    let history = History {
        contact: contact.clone(),
        channel: "email".to_owned(),
        subject: "Panne".to_owned(),
        facts: Facts::new().with("problem", FactValue::text("operation")),
        messages: vec![PastMessage {
            by: contact,
            at: at("2026-08-04T10:00:00-04:00"),
            text: "Rien ne s’ouvre.".to_owned(),
        }],
        closed: None,
    };
    let numbers = store_histories(&desk.environment, &provider, &[history]).await.expect("stored");
    settle(&desk.environment).await.expect("rounds");
    let view = view_ticket(&desk.environment, &desk.viewer(NOE).await, &numbers[0]).await.expect("seen");
    assert!(view.clocks.iter().any(|clock| clock.reading.state == ClockState::Missed), "it was missed");
    assert_eq!(desk.outgoing().len(), 0, "no letter leaves about what is past");
    // What comes to pass here is told as ever.
    does(&desk, MAUDE, &numbers[0], reply("Toujours rien.")).await.expect("written");
    assert!(!desk.outgoing().is_empty());
}

on_both_databases! {
    a_history_is_told_to_nobody => history_sqlite, history_postgres;
    who_follows_is_told_what_both_sides_write_and_no_note => follow_sqlite, follow_postgres;
    who_follows_is_told_what_is_so => so_sqlite, so_postgres;
    what_may_wait_comes_in_one_letter_and_not_at_night => together_sqlite, together_postgres;
}
