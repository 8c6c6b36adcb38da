//! Many at the same moment: who writes to one request is heard, once; who brings the token of set-up is one.

use desk::{MessageKind, Role};
use futures_util::future::join_all;
use operations::{
    Failure, NewRequest, Origin, Request, command_ticket, open_ticket, set_up, set_up_token, view_ticket,
};
use std::collections::BTreeSet;

#[path = "sample/desk.rs"]
mod sample;

use sample::{Desk, postgres, sqlite};

const WRITERS: usize = 40;

/// Whoever brings the token of set-up at the same moment as others is one of many, and one alone is named.
async fn one_administrator_is_named_by_a_token(desk: Desk) {
    let environment = &desk.environment;
    let token = set_up_token(environment).await.expect("read").expect("nobody administers this desk");
    let named = join_all((0..WRITERS).map(|place| {
        let (environment, token) = (environment.clone(), token.clone());
        tokio::spawn(async move {
            let (name, email) = (format!("Ada {place}"), format!("ada{place}@orvane.example"));
            set_up(&environment, &token, "orvane", &name, &email, &Origin::default()).await.map(drop)
        })
    }));
    let outcomes: Vec<Result<(), Failure>> =
        named.await.into_iter().map(|outcome| outcome.expect("nobody panics")).collect();
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for failure in outcomes.into_iter().filter_map(Result::err) {
        assert!(matches!(failure, Failure::NotFound { .. }), "{failure:?}");
    }
    let people = environment.store.people(&desk.provider.id).await.expect("read");
    assert_eq!(people.iter().filter(|person| person.role == Role::Admin).count(), 1);
}

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
async fn one_administrator_is_named_sqlite() {
    one_administrator_is_named_by_a_token(sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_administrator_is_named_postgres() {
    one_administrator_is_named_by_a_token(postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn together_sqlite() {
    each_is_heard_once(sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn together_postgres() {
    each_is_heard_once(postgres().await).await;
}
