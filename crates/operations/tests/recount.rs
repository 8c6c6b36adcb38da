//! Hours that change: every deadline that they move is recorded, with progress told meanwhile.

#![expect(clippy::disallowed_methods, reason = "a test tells how long it took")]

use desk::ProviderId;
use operations::{History, PastMessage, Recounted, recount_clocks, store_histories, view_ticket};
use std::collections::BTreeSet;
use std::time::Instant as Stopwatch;
use terms::{FactValue, Facts};

#[path = "sample/desk.rs"]
mod sample;

use sample::{Desk, at};

/// The sample agreement with days that the provider may close while contracts run.
fn document() -> String {
    let document = sample::AGREEMENT.replacen(
        "[parameter]\n",
        "[parameter]\nclosing_days = { kind = \"dates\", during_term = true, set_by = \"provider\" }\n",
        1,
    );
    let document = document.replacen(
        "holidays = [\"$holidays\"]\n",
        "holidays = [\"$holidays\"]\nclosed   = \"$closing_days\"\n",
        1,
    );
    assert!(document.contains("closed   = \"$closing_days\""));
    document
}

/// Requests that came on a Friday evening and are due on Monday morning.
async fn with_requests(desk: &Desk, count: usize) -> Vec<String> {
    let environment = &desk.environment;
    let provider = environment.store.provider(&ProviderId("orvane".to_owned())).await;
    let provider = provider.expect("the store answers").expect("the provider is there");
    let people = environment.store.people_by_email("maude@client.example").await.expect("people");
    let contact = people.into_iter().next().expect("a contact");
    let facts = [
        ("problem", FactValue::text("operation")),
        ("product", FactValue::text("Autodesk Revit")),
        ("version", FactValue::text("N")),
        ("environment_recommended", FactValue::YesNo(true)),
        ("licence_respected", FactValue::YesNo(true)),
        ("remotely_solvable", FactValue::YesNo(true)),
    ];
    let history = History {
        contact: contact.clone(),
        channel: "email".to_owned(),
        subject: "Panne".to_owned(),
        facts: facts.into_iter().fold(Facts::new(), |facts, (name, value)| facts.with(name, value)),
        messages: vec![PastMessage {
            by: contact,
            at: at("2026-08-14T17:00:00-04:00"),
            text: "Rien ne s’ouvre.".to_owned(),
        }],
        closed: None,
    };
    let mut numbers = Vec::with_capacity(count);
    while numbers.len() < count {
        let batch = vec![history.clone(); (count - numbers.len()).min(500)];
        numbers.extend(store_histories(environment, &provider, &batch).await.expect("stored"));
    }
    numbers
}

async fn a_closed_day_moves_every_deadline_and_says_how_far_it_is(desk: Desk, count: usize) {
    let numbers = with_requests(&desk, count).await;
    let response = async |number: &str| {
        let viewer = desk.viewer(1).await;
        let view = view_ticket(&desk.environment, &viewer, number).await.expect("seen");
        let clocks = view.clocks.iter();
        let found = clocks.map(|clock| &clock.reading).find(|reading| reading.promise == "response");
        found.and_then(|reading| reading.due_at)
    };
    assert_eq!(response(&numbers[0]).await, Some(at("2026-08-17T10:00:00-04:00")));
    let closed = FactValue::Names(BTreeSet::from(["2026-08-17".to_owned()]));
    let facts = Facts::new().with("closing_days", closed);
    let provider = ProviderId("orvane".to_owned());
    let begun = Stopwatch::now();
    let mut told: Vec<Recounted> = Vec::new();
    let done = recount_clocks(&desk.environment, &provider, &facts, |so_far| {
        if so_far.looked_at % 10_000 == 0 {
            println!("{} of {}, {:?}", so_far.looked_at, so_far.requests, begun.elapsed());
        }
        told.push(so_far);
    });
    let done = done.await.expect("recounted");
    println!("{} moves recorded in {:?}", done.moved, begun.elapsed());
    assert_eq!((done.moved, done.looked_at, done.passed_over), (count, count, 0));
    assert_eq!(told.last(), Some(&done));
    assert!(told.windows(2).all(|pair| pair[0].moved < pair[1].moved), "each batch is told");
    for number in [&numbers[0], &numbers[count - 1]] {
        assert_eq!(response(number).await, Some(at("2026-08-18T10:00:00-04:00")));
    }
    // Run again, nothing moves twice.
    let again = recount_clocks(&desk.environment, &provider, &facts, |_| {}).await.expect("recounted");
    assert_eq!(again.moved, 0);
}

/// How many: 100,000 in the long run, a few batches otherwise.
fn sample_size() -> usize {
    if std::env::var_os("ENTENTE_LONG").is_some() { 100_000 } else { 1_200 }
}

#[tokio::test]
async fn deadlines_move_on_sqlite() {
    let desk = sample::sqlite_under(&document()).await;
    a_closed_day_moves_every_deadline_and_says_how_far_it_is(desk, sample_size()).await;
}

#[tokio::test]
async fn deadlines_move_on_postgres() {
    let desk = sample::postgres_under(&document()).await;
    a_closed_day_moves_every_deadline_and_says_how_far_it_is(desk, sample_size().min(20_000)).await;
}
