//! The files of an account's requests take no more room than they may; words are always taken.

#[path = "sample/desk.rs"]
mod sample;

use desk::{AccountId, PersonId};
use mail::{Envelope, Intake, TakeAnswer};
use operations::{
    AccountStorage, Failure, NewFile, NewRequest, PostRoom, Redaction, Request, Scope, Via, Viewer,
    command_ticket, erase_person_here, open_ticket, redact, room_for_upload, stored_files, view_ticket,
};
use sample::{Desk, postgres, sqlite};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

const AGENT: u128 = 1;
const MAUDE: u128 = 3;
/// How much the first account may store.
const LIMIT: usize = 1_000;

fn file(bytes: usize) -> NewFile {
    NewFile { name: "trace.txt".to_owned(), media_type: "text/plain".to_owned(), bytes: vec![b'x'; bytes] }
}

fn bounded(mut desk: Desk) -> Desk {
    let environment = Arc::get_mut(&mut desk.environment).expect("nobody has it yet");
    environment.installation.storage = AccountStorage { bytes_at_most: Some(LIMIT as u64) };
    desk
}

async fn opened(desk: &Desk, viewer: &Viewer, bytes: usize) -> Result<String, Failure> {
    let new = NewRequest {
        channel: "portal".to_owned(),
        subject: "Panne".to_owned(),
        body: "Voir la trace.".to_owned(),
        files: vec![file(bytes)],
        ..NewRequest::default()
    };
    open_ticket(&desk.environment, viewer, new).await.map(|view| view.number)
}

fn reply(bytes: usize) -> Request {
    let files = if bytes == 0 { Vec::new() } else { vec![file(bytes)] };
    Request::Reply { body: "Voici.".to_owned(), files, technical: true, turn: None, undo_seconds: 0 }
}

async fn used(desk: &Desk, account: u128) -> u64 {
    desk.environment.store.stored_bytes(&desk.provider.id, AccountId(account)).await.expect("read")
}

fn is_full(failure: &Failure) -> bool {
    matches!(failure, Failure::Invalid { field: "files", problem } if problem == "error-storage-full")
}

async fn files_fit_or_are_refused_and_room_comes_back(desk: Desk) {
    let desk = bounded(desk);
    let environment = &desk.environment;
    let (agent, maude, paul) = (desk.viewer(AGENT).await, desk.viewer(MAUDE).await, desk.viewer(4).await);
    let number = opened(&desk, &maude, LIMIT - 10).await.expect("it fits");
    assert_eq!(used(&desk, 1).await, LIMIT as u64 - 10);
    assert_eq!(room_for_upload(environment, &maude).await.expect("read"), Some(10));
    let refused = command_ticket(environment, &maude, &number, reply(11), None).await.expect_err("too much");
    assert!(is_full(&refused), "{refused:?}");
    assert!(is_full(&opened(&desk, &maude, 11).await.expect_err("too much")));
    assert_eq!(used(&desk, 1).await, LIMIT as u64 - 10, "what was refused takes no room");
    command_ticket(environment, &maude, &number, reply(10), None).await.expect("to the last byte");
    command_ticket(environment, &maude, &number, reply(0), None).await.expect("words are taken");
    assert!(is_full(&opened(&desk, &maude, 1).await.expect_err("full")));
    assert_eq!(room_for_upload(environment, &maude).await.expect("read"), Some(0));

    // Another account has its own room, and whoever works here answers all the same.
    assert_eq!(used(&desk, 2).await, 0);
    assert_eq!(room_for_upload(environment, &paul).await.expect("read"), Some(LIMIT as u64));
    opened(&desk, &paul, LIMIT).await.expect("it is another's");
    assert_eq!((used(&desk, 1).await, used(&desk, 2).await), (LIMIT as u64, LIMIT as u64));
    command_ticket(environment, &agent, &number, reply(5), None).await.expect("answered");
    assert_eq!(room_for_upload(environment, &agent).await.expect("read"), None);
    let shown = stored_files(environment, &agent, "bouleaux").await.expect("shown");
    assert_eq!(
        (shown.bytes, shown.bytes_at_most, shown.room()),
        (LIMIT as u64 + 5, Some(LIMIT as u64), Some(0))
    );
    assert!(matches!(stored_files(environment, &maude, "bouleaux").await, Err(Failure::NotPermitted)));

    // What goes gives its room back: one file blacked out, then all of a person.
    let view = view_ticket(environment, &agent, &number).await.expect("shown");
    let (message, first) = (view.messages[0].id, view.messages[0].files[0].id);
    let lead = Viewer { via: Via::Token { scopes: vec![Scope::Read, Scope::Write] }, ..desk.viewer(2).await };
    let whole = Redaction { message, passage: None, found: false, file: Some(first) };
    redact(environment, &lead, None, &number, &whole, None).await.expect("destroyed");
    assert_eq!(used(&desk, 1).await, 15);
    opened(&desk, &maude, 985).await.expect("there is room again");
    erase_person_here(environment, &desk.provider.id, PersonId(MAUDE), true).await.expect("erased");
    assert_eq!((used(&desk, 1).await, used(&desk, 2).await), (0, LIMIT as u64));
    let ticket = environment.store.ticket_by_number(&number).await.expect("read").expect("stands").1;
    assert!(!environment.store.erase_file(&desk.provider.id, ticket, first).await.expect("gone before"));
    assert_eq!(used(&desk, 1).await, 0, "what is gone is not counted twice");
}

/// A letter of somebody, with a file of so many bytes.
fn letter(from: &str, id: &str, bytes: usize) -> Vec<u8> {
    let head = format!(
        "From: <{from}>\nTo: aide@orvane.example\nSubject: Trace {id}\nMessage-ID: <{id}@client.example>\n\
         Date: Fri, 14 Aug 2026 17:59:00 -0400\nMIME-Version: 1.0\n"
    );
    let body = match bytes {
        0 => "Content-Type: text/plain\n\nSans fichier.\n".to_owned(),
        _ => format!(
            "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nVoici.\n\
             --b\nContent-Type: application/octet-stream; name=trace.bin\n\
             Content-Disposition: attachment; filename=trace.bin\n\n{}\n--b--\n",
            "x".repeat(bytes)
        ),
    };
    format!("{head}{body}").replace('\n', "\r\n").into_bytes()
}

async fn letters_are_answered_before_anything_is_acknowledged(desk: Desk) {
    let desk = bounded(desk);
    let environment = &desk.environment;
    let room = PostRoom::new(Arc::clone(environment), Vec::new());
    let take = async |bytes: Vec<u8>| {
        let envelope = Envelope {
            from: Some("maude@client.example".to_owned()),
            recipients: vec!["aide@orvane.example".to_owned()],
            peer_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            loopback: true,
            helo: "client.example".to_owned(),
            is_encrypted: false,
        };
        room.take(envelope, bytes).await.remove(0)
    };
    let (maude, paul) = ("maude@client.example", "paul@client.example");
    let first = letter(maude, "one", LIMIT);
    assert_eq!(take(first.clone()).await, TakeAnswer::Durable, "to the last byte");
    assert_eq!(used(&desk, 1).await, LIMIT as u64);
    let refused = take(letter(maude, "two", 1)).await;
    let TakeAnswer::OverQuota(said) = &refused else { panic!("{refused:?}") };
    assert!(said.contains("without files") && said.is_ascii(), "{said}");
    assert_eq!(used(&desk, 1).await, LIMIT as u64);
    assert!(
        environment.store.ticket_by_number("ORV-2").await.expect("read").is_none(),
        "nothing of it is kept"
    );
    // What was acknowledged is known, words are taken, and others are not held up.
    assert_eq!(take(first).await, TakeAnswer::Durable, "a second copy of what was taken");
    assert_eq!(take(letter(maude, "three", 0)).await, TakeAnswer::Durable);
    assert_eq!(take(letter(paul, "four", LIMIT)).await, TakeAnswer::Durable);
    assert_eq!(take(letter("inconnu@ailleurs.example", "five", 2 * LIMIT)).await, TakeAnswer::Durable);
    // Another server has taken it already, and tells nobody: it is not lost.
    let fetched = room.take_message("aide@orvane.example", letter(maude, "six", 7), true, None).await;
    assert_eq!(fetched, TakeAnswer::Durable);
    assert_eq!(used(&desk, 1).await, LIMIT as u64 + 7);
}

on_both_databases! {
    files_fit_or_are_refused_and_room_comes_back => room_sqlite, room_postgres;
    letters_are_answered_before_anything_is_acknowledged => letters_sqlite, letters_postgres;
}
