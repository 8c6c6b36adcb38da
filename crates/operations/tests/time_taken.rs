//! Whose time a request took, on both databases.

use calendar::Instant;
use operations::{Request, TicketView, command_ticket, view_ticket};

#[path = "sample/desk.rs"]
mod sample;

use sample::{Desk, LETTER, postgres, sqlite};

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
