//! Fetching from a real Dovecot: nothing is marked before it is durable, nothing is taken twice, one bad
//! message stops no other, and what comes later is told of at once.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use harness::Dovecot;
use mail::{Afterwards, ImapEncryption, ImapLogin, ImapSettings, TakeAnswer, fetch, fetch_once, parse};
use tokio::sync::watch;

fn settings(server: &Dovecot, user: &str) -> ImapSettings {
    ImapSettings {
        host: "127.0.0.1".to_owned(),
        port: server.port(),
        encryption: ImapEncryption::None,
        user: user.to_owned(),
        login: ImapLogin::Password(Dovecot::PASSWORD.to_owned()),
        folder: "INBOX".to_owned(),
        afterwards: Afterwards::Mark,
        size_limit_bytes: 1024 * 1024,
        authorities: None,
    }
}

fn message(subject: &str) -> Vec<u8> {
    format!("From: ana@client.example\nTo: aide@eole.example\nSubject: {subject}\n\nBonjour\n").into_bytes()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_durable_is_marked_and_the_rest_stays() {
    let server = Dovecot::start();
    for subject in ["un", "mauvais", "deux", "plein"] {
        server.put("aide", &message(subject));
    }
    server.put("aide", &vec![b'x'; 2 * 1024 * 1024]);
    let seen = Mutex::new(Vec::new());
    let marked_early = Mutex::new(false);
    let take = |bytes: Vec<u8>| {
        let subject = parse(&bytes).subject;
        // While it is being stored, the server shows no mark.
        let flagged = server
            .messages("aide")
            .iter()
            .filter(|name| name.contains(":2,") && name.ends_with(|end: char| end.is_ascii_lowercase()))
            .count();
        let before =
            seen.lock().unwrap().iter().filter(|one: &&String| *one == "un" || *one == "deux").count();
        if flagged > before {
            *marked_early.lock().unwrap() = true;
        }
        seen.lock().unwrap().push(subject.clone());
        async move {
            match subject.as_str() {
                "mauvais" => TakeAnswer::Rejected("no".to_owned()),
                "plein" => TakeAnswer::Temporary,
                _ => TakeAnswer::Durable,
            }
        }
    };
    let mailbox = settings(&server, "aide");
    assert_eq!(fetch_once(&mailbox, take).await.expect("fetched"), 2);
    let mut first = seen.lock().unwrap().clone();
    first.sort();
    assert_eq!(first, ["deux", "mauvais", "plein", "un"], "one that is bad or too large stops no other");
    assert!(!*marked_early.lock().unwrap());
    // The next look finds only what was not taken.
    seen.lock().unwrap().clear();
    assert_eq!(fetch_once(&mailbox, take).await.expect("fetched"), 0);
    let mut second = seen.lock().unwrap().clone();
    second.sort();
    assert_eq!(second, ["mauvais", "plein"]);
    // A wrong password is said, and nothing hangs.
    let wrong = ImapSettings { login: ImapLogin::Password("faux".to_owned()), ..mailbox };
    let failure = fetch_once(&wrong, |_| async { TakeAnswer::Durable }).await.unwrap_err();
    assert!(failure.to_string().contains("fetching from 127.0.0.1"), "{failure}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_later_is_told_of_and_removed_once_taken() {
    let server = Dovecot::start();
    server.put("aide", &message("zero"));
    let mailbox = ImapSettings { afterwards: Afterwards::Delete, ..settings(&server, "aide") };
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (stop, stopped) = watch::channel(false);
    let kept = Arc::clone(&seen);
    let fetching = tokio::spawn(fetch(
        mailbox,
        move |bytes| {
            kept.lock().unwrap().push(parse(&bytes).subject);
            async { TakeAnswer::Durable }
        },
        stopped,
    ));
    let waited = |count: usize| {
        let seen = Arc::clone(&seen);
        async move {
            for _ in 0..300 {
                if seen.lock().unwrap().len() >= count {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            panic!("{:?}", seen.lock().unwrap());
        }
    };
    waited(1).await;
    // The server tells of it while it is idled at: far sooner than any poll.
    server.put("aide", &message("un"));
    waited(2).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(*seen.lock().unwrap(), ["zero", "un"], "each once");
    assert!(server.messages("aide").is_empty(), "{:?}", server.messages("aide"));
    stop.send(true).unwrap();
    tokio::time::timeout(Duration::from_secs(10), fetching).await.expect("it stops").unwrap();
}
