//! A real Postfix and a real Exim on both ways: what it hands over, what it hands back, and what it lets nobody smuggle
//! through.

#[path = "sample/desk.rs"]
mod sample;

use desk::Turn;
use harness::{Exim, Postfix, TemporaryFolder, free_port};
use mail::{Handover, ListenConfig, Listener, SmtpEncryption, SmtpSettings, SmtpTransport, Transport};
use operations::{PostRoom, QueueFilter, Request, command_ticket, list_tickets, settle, view_ticket};
use sample::{Desk, desk_with};
use std::sync::Arc;
use std::time::Duration;
use store::{Database, SqliteConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

fn to_port(port: u16) -> Transport {
    Transport::Smtp(
        SmtpTransport::new(SmtpSettings {
            host: "127.0.0.1".to_owned(),
            port,
            encryption: SmtpEncryption::None,
            credentials: None,
            hello_name: "desk.example".to_owned(),
            timeout: Duration::from_secs(20),
            connections_at_most: 2,
            authorities: None,
        })
        .expect("a transport"),
    )
}

/// A mail server between the desk and the world.
enum Server {
    Postfix(Postfix),
    Exim(Exim),
}

impl Server {
    fn postfix(routes: &[(&str, u16)]) -> Option<Self> {
        Some(Self::Postfix(Postfix::start(routes)))
    }

    /// None where Debian's package could not be had.
    fn exim(routes: &[(&str, u16)]) -> Option<Self> {
        let exim = Exim::start(routes).map(Self::Exim);
        if exim.is_none() {
            println!("skipped: there is no Exim here; ./test unpacks it");
        }
        exim
    }

    fn port(&self) -> u16 {
        match self {
            Self::Postfix(server) => server.port(),
            Self::Exim(server) => server.port(),
        }
    }

    fn log(&self) -> String {
        match self {
            Self::Postfix(server) => server.log(),
            Self::Exim(server) => server.log(),
        }
    }
}

/// A desk whose letters leave by a mail server, which hands over what comes for it; that server knows no
/// other mailbox of these domains.
async fn desk_behind(start: impl Fn(&[(&str, u16)]) -> Option<Server>) -> Option<(Desk, Server)> {
    let port = free_port();
    let server = start(&[("orvane.example", port), ("ailleurs.example", port)])?;
    let folder = TemporaryFolder::new("postfix");
    let path = folder.path().join("desk.sqlite");
    let store = Database::open_sqlite(&SqliteConfig::at(path)).await.expect("a store");
    let desk = desk_with(store, folder, to_port(server.port())).await;
    let socket = TcpListener::bind(("127.0.0.1", port)).await.expect("the port is free");
    let room = Arc::new(PostRoom::new(Arc::clone(&desk.environment), Vec::new()));
    let config = ListenConfig { hostname: "desk.example".to_owned(), ..ListenConfig::default() };
    tokio::spawn(Listener::new(config, room).serve(socket, std::future::pending()));
    Some((desk, server))
}

impl Desk {
    async fn numbers(&self) -> Vec<String> {
        let view = list_tickets(
            &self.environment,
            &self.viewer(1).await,
            &QueueFilter { limit: 100, ..QueueFilter::default() },
        )
        .await;
        view.expect("a list").rows.into_iter().map(|row| row.number).collect()
    }
}

/// Waits until something is so, for a server takes its time.
async fn until<F: Future<Output = bool>>(what: &str, server: &Server, is_so: impl Fn() -> F) {
    for _ in 0..600 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{what}\n{}", server.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_postfix_gives_back_becomes_the_state_of_the_letter() {
    given_back(desk_behind(Server::postfix).await.expect("Postfix")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_exim_gives_back_becomes_the_state_of_the_letter() {
    if let Some(behind) = desk_behind(Server::exim).await {
        given_back(behind).await;
    }
}

async fn given_back((desk, server): (Desk, Server)) {
    let letter = b"From: Ana <ana@ailleurs.example>\r\nTo: aide@orvane.example\r\nSubject: Panne\r\nMessage-ID: <p1@ailleurs.example>\r\n\r\nBonjour.\r\n";
    let sent = to_port(server.port())
        .hand_over_many(&[Handover {
            id: "p1",
            envelope_from: Some("ana@ailleurs.example"),
            to: "aide@orvane.example",
            bytes: letter,
        }])
        .await;
    assert!(sent[0].is_ok(), "{sent:?}");
    until("the letter came through", &server, || async { desk.numbers().await.len() == 1 }).await;
    let number = desk.numbers().await.remove(0);
    let agent = desk.viewer(1).await;
    let reply = Request::Reply {
        body: "Essayez.".to_owned(),
        files: Vec::new(),
        technical: true,
        turn: None,
        undo_seconds: 0,
    };
    command_ticket(&desk.environment, &agent, &number, reply, None).await.expect("answered");
    settle(&desk.environment).await.expect("rounds");
    // It takes the answer, finds nobody at its end, and writes a report of its own.
    until("the report came back", &server, || async {
        let view = view_ticket(&desk.environment, &agent, &number).await.expect("seen");
        view.deliveries.iter().any(|delivery| delivery.kind == "reply" && delivery.state == "returned")
    })
    .await;
    let view = view_ticket(&desk.environment, &agent, &number).await.expect("seen");
    let delivery = view.deliveries.iter().find(|delivery| delivery.kind == "reply").expect("listed");
    assert!(delivery.error.as_deref().is_some_and(|said| said.contains("5.1.1")), "{:?}", delivery.error);
    assert_eq!(view.turn, Turn::Provider);
    assert_eq!(desk.numbers().await.len(), 1, "a report is no request");
    assert_eq!(view.messages.len(), 2, "and no answer");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_smuggles_a_second_letter_through_postfix() {
    nothing_is_smuggled(desk_behind(Server::postfix).await.expect("Postfix")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_smuggles_a_second_letter_through_exim() {
    if let Some(behind) = desk_behind(Server::exim).await {
        nothing_is_smuggled(behind).await;
    }
}

async fn nothing_is_smuggled((desk, server): (Desk, Server)) {
    for (number, end) in harness::FALSE_ENDS.iter().enumerate() {
        let said = format!(
            "EHLO c\r\nMAIL FROM:<a@ailleurs.example>\r\nRCPT TO:<aide@orvane.example>\r\nDATA\r\n\
             From: a@ailleurs.example\r\nSubject: outer {number}\r\nMessage-ID: <o{number}@ailleurs.example>\r\n\r\nbefore{end}\
             MAIL FROM:<chef@orvane.example>\r\nRCPT TO:<aide@orvane.example>\r\nDATA\r\n\
             From: maude@client.example\r\nSubject: inner {number}\r\n\r\nsmuggled\r\n.\r\nQUIT\r\n"
        );
        let mut stream = TcpStream::connect(("127.0.0.1", server.port())).await.expect("it listens");
        stream.write_all(said.as_bytes()).await.expect("said");
        let mut answers = Vec::new();
        let _ = tokio::time::timeout(Duration::from_secs(15), stream.read_to_end(&mut answers)).await;
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let view = list_tickets(
        &desk.environment,
        &desk.viewer(1).await,
        &QueueFilter { limit: 100, ..QueueFilter::default() },
    )
    .await
    .expect("a list");
    let mut subjects: Vec<String> = view.rows.into_iter().map(|row| row.subject).collect();
    subjects.sort();
    // Some of them are whole letters by any reading, so that silence is no success.
    let outer = subjects.iter().filter(|subject| subject.contains("outer")).count();
    assert!(outer > 0, "no letter came through at all\n{}", server.log());
    let inner: Vec<&String> = subjects.iter().filter(|subject| subject.contains("inner")).collect();
    println!("{} letters came of {} tries", subjects.len(), harness::FALSE_ENDS.len());
    assert!(inner.is_empty(), "{inner:?}");
}
