//! Many who write to one request at the same moment: each is heard, once.

use desk::MessageKind;
use futures_util::future::join_all;
use operations::{NewRequest, Request, command_ticket, open_ticket, view_ticket};
use std::collections::BTreeSet;

#[path = "sample/desk.rs"]
mod sample;

use sample::{Desk, postgres, sqlite};

const WRITERS: usize = 40;

async fn each_is_heard_once(desk: Desk) {
    let new = NewRequest {
        channel: "portal".to_owned(),
        subject: "Panne".to_owned(),
        body: "Rien ne s’ouvre.".to_owned(),
        ..NewRequest::default()
    };
    let environment = &desk.environment;
    let number = open_ticket(environment, &desk.viewer(3).await, new).await.expect("opened").number;
    let agent = desk.viewer(1).await;
    let written = join_all((0..WRITERS).map(|place| {
        let (environment, agent, number) = (environment.clone(), agent.clone(), number.clone());
        tokio::spawn(async move {
            let note = Request::Note { body: format!("Note {place}") };
            command_ticket(&environment, &agent, &number, note, None).await.map(drop)
        })
    }));
    for outcome in written.await {
        outcome.expect("no writer panics").expect("written");
    }
    let view = view_ticket(environment, &agent, &number).await.expect("shown");
    let notes = view.messages.iter().filter(|message| message.kind == MessageKind::Note);
    let notes: Vec<String> = notes.filter_map(|message| message.body.clone()).collect();
    let expected: BTreeSet<String> = (0..WRITERS).map(|place| format!("Note {place}")).collect();
    assert_eq!((notes.len(), notes.into_iter().collect::<BTreeSet<_>>()), (WRITERS, expected));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn together_sqlite() {
    each_is_heard_once(sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn together_postgres() {
    each_is_heard_once(postgres().await).await;
}
