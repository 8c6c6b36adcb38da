//! Whose time a request took, on both databases.

use calendar::Instant;
use operations::{
    Failure, NewRequest, Request, TicketView, command_ticket, open_ticket, preview_time, view_ticket,
};
use terms::Facts;

#[path = "sample/desk.rs"]
mod sample;

use sample::{Desk, LETTER, postgres, postgres_under, sqlite, sqlite_under};

const AGENT: u128 = 1;
const MAUDE: u128 = 3;

/// Every second since the clock began is somebody's, or nobody's because the desk is closed.
fn every_second_is_counted_once(view: &TicketView, now: Instant) {
    let taken = view.taken.as_ref().expect("a clock ran");
    let clock = view.clocks.iter().find(|clock| clock.reading.promise == taken.promise).expect("its clock");
    let end = clock.reading.met_at.unwrap_or(now);
    let waited: i64 = taken.waited_seconds.iter().map(|(_, seconds)| seconds).sum();
    let all = taken.provider_seconds + waited + taken.closed_seconds;
    assert_eq!(all, end.seconds_since(clock.reading.started_at), "{taken:?}");
}

async fn time_is_whose_it_was(desk: Desk) {
    let environment = &desk.environment;
    let (agent, maude) = (desk.viewer(AGENT).await, desk.viewer(MAUDE).await);
    desk.receive(LETTER, true).await;
    desk.go_to("2026-08-17T10:00:00-04:00").await;
    command_ticket(environment, &agent, "ORV-1", Request::TakeUp { reason: None }, None)
        .await
        .expect("taken up");
    let view = view_ticket(environment, &agent, "ORV-1").await.expect("shown");
    every_second_is_counted_once(&view, view.now);
    let before = view.taken.clone().expect("a clock ran");
    assert!(before.closed_seconds > 24 * 3600, "a weekend lies between: {before:?}");
    let wait = Request::Wait { party: "customer".to_owned(), task: None, reason: None };
    command_ticket(environment, &agent, "ORV-1", wait, None).await.expect("waits");
    desk.go_to("2026-08-17T12:00:00-04:00").await;
    command_ticket(environment, &agent, "ORV-1", Request::Resume, None).await.expect("goes on");
    desk.go_to("2026-08-17T13:00:00-04:00").await;
    let view = view_ticket(environment, &agent, "ORV-1").await.expect("shown");
    every_second_is_counted_once(&view, view.now);
    let after = view.taken.clone().expect("a clock ran");
    assert!(after.provider_seconds > before.provider_seconds, "the desk’s time goes on: {after:?}");
    // What is told is what the deadline is explained with.
    let clock = view.clocks.iter().find(|clock| clock.reading.promise == after.promise).expect("its clock");
    assert_eq!(after.provider_seconds, clock.reading.used_seconds);
    let seen = view_ticket(environment, &maude, "ORV-1").await.expect("shown");
    assert_eq!(seen.taken, view.taken, "the customer reads the same");
}

#[tokio::test]
async fn time_is_whose_it_was_sqlite() {
    time_is_whose_it_was(sqlite().await).await;
}

#[tokio::test]
async fn time_is_whose_it_was_postgres() {
    time_is_whose_it_was(postgres().await).await;
}

const FLEXO2: &str = include_str!("../../../agreements/flexo2.md");

/// What is shown before time is noted is what is then kept with it, by the clause that rounds it.
async fn what_counts_is_shown_before_it_is_noted(desk: Desk) {
    let environment = &desk.environment;
    let (agent, maude) = (desk.viewer(AGENT).await, desk.viewer(MAUDE).await);
    let new = NewRequest {
        channel: "portal".to_owned(),
        subject: "Une question".to_owned(),
        body: "Comment faire ?".to_owned(),
        facts: Facts::new(),
        ..NewRequest::default()
    };
    let number = open_ticket(environment, &maude, new).await.expect("opened").number;
    for (minutes, counted) in [(22, 60), (60, 60), (61, 120)] {
        let shown = preview_time(environment, &agent, &number, minutes).await.expect("shown");
        let shown = shown.expect("the agreement counts work");
        assert_eq!((shown.minutes, shown.clause.number.as_str()), (Some(counted), "0c"), "{minutes}");
        let log = Request::LogTime { minutes, at: None, kind: None };
        let view = command_ticket(environment, &agent, &number, log, None).await.expect("noted");
        assert_eq!(view.time.last().expect("an entry").counted, Some(shown));
    }
    let view = view_ticket(environment, &agent, &number).await.expect("shown");
    assert_eq!(view.time.len(), 3, "looking notes nothing");
    let by_customer = preview_time(environment, &maude, &number, 22).await;
    assert!(matches!(by_customer, Err(Failure::NotPermitted)), "{by_customer:?}");
}

#[tokio::test]
async fn what_counts_sqlite() {
    what_counts_is_shown_before_it_is_noted(sqlite_under(FLEXO2).await).await;
}

#[tokio::test]
async fn what_counts_postgres() {
    what_counts_is_shown_before_it_is_noted(postgres_under(FLEXO2).await).await;
}
