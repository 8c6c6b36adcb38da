//! Merging moves nothing: taken apart after a hundred events, both requests are as if it had not been; on both
//! databases.

use operations::{Request, TicketView, command_ticket, settle, view_ticket};

#[path = "sample/desk.rs"]
mod sample;

use sample::{Desk, LETTER, postgres, sqlite};

const NOE: u128 = 1;

async fn seen(desk: &Desk, number: &str) -> TicketView {
    view_ticket(&desk.environment, &desk.viewer(NOE).await, number).await.expect("seen")
}

async fn does(desk: &Desk, number: &str, request: Request) {
    command_ticket(&desk.environment, &desk.viewer(NOE).await, number, request, None).await.expect("done");
}

/// What a request holds, without the bonds and what the passing of time shows.
fn held(view: &TicketView) -> String {
    let messages: Vec<_> =
        view.messages.iter().map(|message| (message.id, &message.body, &message.of)).collect();
    let clocks: Vec<_> = view
        .clocks
        .iter()
        .map(|clock| {
            let reading = &clock.reading;
            (&reading.promise, reading.state, reading.started_at, reading.due_at, reading.met_at)
        })
        .collect();
    format!(
        "{:?} {:?} {:?} {:?} {:?} {messages:?} {clocks:?} {:?} {:?}",
        view.state,
        view.assignee.as_ref().map(|person| person.id),
        view.severity,
        view.tags,
        view.outcome,
        view.absorbed,
        view.merged_into,
    )
}

async fn taken_apart_both_are_as_they_were(desk: Desk) {
    for letter in ["one@", "two@"] {
        desk.receive(&LETTER.replace("one@", letter), true).await;
    }
    settle(&desk.environment).await.expect("rounds");
    does(&desk, "ORV-2", Request::Tag { add: vec!["revit".to_owned()], remove: Vec::new() }).await;
    let merged_before = held(&seen(&desk, "ORV-2").await);
    does(&desk, "ORV-2", Request::Merge { into: "ORV-1".to_owned() }).await;
    assert!(seen(&desk, "ORV-1").await.messages.iter().any(|message| message.of.is_some()));
    for place in 0..50 {
        does(&desk, "ORV-1", Request::Note { body: format!("Note {place}") }).await;
        let tag = format!("t{place}");
        does(&desk, "ORV-1", Request::Tag { add: vec![tag], remove: Vec::new() }).await;
    }
    let with_both = seen(&desk, "ORV-1").await;
    let own = TicketView {
        messages: with_both.messages.iter().filter(|message| message.of.is_none()).cloned().collect(),
        absorbed: Vec::new(),
        ..with_both
    };
    does(&desk, "ORV-2", Request::Unmerge).await;
    assert_eq!(held(&seen(&desk, "ORV-2").await), merged_before, "the merged one");
    let apart = seen(&desk, "ORV-1").await;
    assert_eq!(held(&apart), held(&own), "the one that went on");
    assert_eq!((apart.messages.len(), apart.tags.len()), (51, 50));
}

on_both_databases! {
    taken_apart_both_are_as_they_were => apart_sqlite, apart_postgres;
}
