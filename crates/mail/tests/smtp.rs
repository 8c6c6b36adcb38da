//! Letters over real sockets and real folders: a listener on loopback with
//! another library's client, and the transports out.

// A panic is how a test fails, in its helpers too.
#![allow(clippy::unwrap_used)]

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lettre::address::Envelope as ClientEnvelope;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use mail::{
    Answer, Automatic, Envelope, HandedOver, Handover, Intake, ListenConfig, Listener, Mailbox,
    MaildirTransport, OutgoingLetter, Persistence, Protocol, RecipientAnswer, SmtpCredentials,
    SmtpEncryption, SmtpSettings, SmtpTransport, TakeAnswer, Transport, compose, list_maildir, parse,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::Instant;

/// An intake that keeps what it takes in memory and answers by the name of the
/// recipient.
#[derive(Default)]
struct Shelf {
    taken: Mutex<Vec<(Envelope, Vec<u8>)>>,
    is_durable: AtomicBool,
    delay: Duration,
}

impl Intake for Shelf {
    fn recipient<'a>(&'a self, address: &'a str) -> Answer<'a, RecipientAnswer> {
        Box::pin(async move {
            match address.split('@').next() {
                Some("nobody") => RecipientAnswer::UnknownMailbox,
                Some("later") => RecipientAnswer::Temporary,
                _ => RecipientAnswer::Accept,
            }
        })
    }

    fn take(&self, envelope: Envelope, message: Vec<u8>) -> Answer<'_, Vec<TakeAnswer>> {
        Box::pin(async move {
            tokio::time::sleep(self.delay).await;
            let answers = envelope
                .recipients
                .iter()
                .map(|recipient| match recipient.split('@').next() {
                    Some("full") => TakeAnswer::Full,
                    Some("down") => TakeAnswer::Temporary,
                    Some("never") => TakeAnswer::Rejected("not wanted".to_owned()),
                    _ => TakeAnswer::Durable,
                })
                .collect();
            self.taken.lock().unwrap().push((envelope, message));
            self.is_durable.store(true, Ordering::SeqCst);
            answers
        })
    }
}

struct Running {
    address: SocketAddr,
    shelf: Arc<Shelf>,
    stop: Option<oneshot::Sender<()>>,
    served: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Running {
    async fn start(config: ListenConfig, shelf: Shelf) -> Running {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let shelf = Arc::new(shelf);
        let (stop, stopped) = oneshot::channel();
        let listener = Listener::new(config, Arc::clone(&shelf) as Arc<dyn Intake>);
        let served = tokio::spawn(listener.serve(socket, async {
            let _ = stopped.await;
        }));
        Running { address, shelf, stop: Some(stop), served }
    }

    fn taken(&self) -> Vec<(Envelope, Vec<u8>)> {
        self.shelf.taken.lock().unwrap().clone()
    }

    fn client(&self) -> AsyncSmtpTransport<Tokio1Executor> {
        AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1")
            .port(self.address.port())
            .timeout(Some(Duration::from_secs(30)))
            .build()
    }

    /// Says everything at once and gives all that is answered until the end.
    async fn say(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answers = String::new();
        tokio::time::timeout(Duration::from_secs(30), stream.read_to_string(&mut answers))
            .await
            .unwrap()
            .unwrap();
        answers
    }

    async fn stop(mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        tokio::time::timeout(Duration::from_secs(20), self.served).await.unwrap().unwrap().unwrap();
    }
}

fn config() -> ListenConfig {
    ListenConfig { hostname: "mx.eole.example".to_owned(), ..ListenConfig::default() }
}

fn envelope(from: &str, to: &[&str]) -> ClientEnvelope {
    ClientEnvelope::new(
        Some(from.parse().unwrap()),
        to.iter().map(|address| address.parse().unwrap()).collect(),
    )
    .unwrap()
}

fn letter(text: &str) -> Vec<u8> {
    compose(&OutgoingLetter {
        from: Mailbox::named("Ana", "ana@client.example"),
        to: vec![Mailbox::bare("support@eole.example")],
        subject: "Bonjour à tous".to_owned(),
        text: text.to_owned(),
        message_id: "1@client.example".to_owned(),
        ..OutgoingLetter::default()
    })
}

#[tokio::test]
async fn another_librarys_client_delivers_a_letter_as_it_was() {
    let server = Running::start(config(), Shelf::default()).await;
    let client = server.client();
    let text = "One\n.\n..two\n.three\nend";
    let to = envelope("ana@client.example", &["support@eole.example"]);
    for _ in 0..2 {
        client.send_raw(&to, &letter(text)).await.unwrap();
    }
    client.shutdown().await;
    let taken = server.taken();
    assert_eq!(taken.len(), 2);
    let (envelope, message) = &taken[0];
    assert_eq!(envelope.from.as_deref(), Some("ana@client.example"));
    assert_eq!(envelope.recipients, ["support@eole.example"]);
    assert!(envelope.loopback && envelope.peer_ip.is_loopback());
    assert!(!envelope.helo.is_empty());
    assert_eq!(parse(message).text, text);
    assert_eq!(parse(message).subject, "Bonjour à tous");
    server.stop().await;
}

#[tokio::test]
async fn refusals_reach_the_client() {
    let server = Running::start(config(), Shelf::default()).await;
    for (to, code) in [
        (vec!["nobody@eole.example"], 550_u16),
        (vec!["later@eole.example"], 451),
        (vec!["full@eole.example"], 452),
        (vec!["support@eole.example", "down@eole.example"], 451),
        (vec!["never@eole.example"], 554),
    ] {
        let failure =
            server.client().send_raw(&envelope("ana@client.example", &to), &letter("x")).await.unwrap_err();
        assert_eq!(failure.status().map(u16::from), Some(code), "{to:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn the_answer_waits_until_the_message_is_durable() {
    let shelf = Shelf { delay: Duration::from_millis(300), ..Shelf::default() };
    let server = Running::start(config(), shelf).await;
    let client = server.client();
    let to = envelope("ana@client.example", &["support@eole.example"]);
    let began = Instant::now();
    client.send_raw(&to, &letter("x")).await.unwrap();
    assert!(server.shelf.is_durable.load(Ordering::SeqCst));
    assert!(began.elapsed() >= Duration::from_millis(300));
    client.shutdown().await;
    server.stop().await;
}

#[tokio::test]
async fn pipelined_commands_are_answered_in_order() {
    let server = Running::start(config(), Shelf::default()).await;
    let answers = server
        .say(
            b"EHLO c.example\r\nMAIL FROM:<a@c.example>\r\nRCPT TO:<nobody@eole.example>\r\n\
              RCPT TO:<one@eole.example>\r\nRCPT TO:<two@eole.example>\r\nDATA\r\nSubject: x\r\n\r\nHi\r\n.\r\n\
              MAIL FROM:<b@c.example>\r\nRCPT TO:<three@eole.example>\r\nRSET\r\nNOOP\r\nQUIT\r\n",
        )
        .await;
    let codes: Vec<&str> =
        answers.lines().filter(|line| line.as_bytes()[3] == b' ').map(|line| &line[..3]).collect();
    assert_eq!(
        codes,
        ["220", "250", "250", "550", "250", "250", "354", "250", "250", "250", "250", "250", "221"]
    );
    for offered in ["PIPELINING", "SIZE 41943040", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"] {
        assert!(answers.contains(offered), "{offered}");
    }
    let taken = server.taken();
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].0.recipients, ["one@eole.example", "two@eole.example"]);
    assert_eq!(taken[0].1, b"Return-Path: <a@c.example>\r\nSubject: x\r\n\r\nHi\r\n");
    server.stop().await;
}

/// Source: RFC 2033 section 4.2.
#[tokio::test]
async fn lmtp_answers_for_each_recipient() {
    let server =
        Running::start(ListenConfig { protocol: Protocol::Lmtp, ..config() }, Shelf::default()).await;
    let answers = server
        .say(
            b"LHLO c.example\r\nMAIL FROM:<>\r\nRCPT TO:<one@eole.example>\r\nRCPT TO:<nobody@eole.example>\r\n\
              RCPT TO:<full@eole.example>\r\nRCPT TO:<never@eole.example>\r\nDATA\r\nHi\r\n.\r\nQUIT\r\n",
        )
        .await;
    let after_data: Vec<&str> =
        answers.lines().skip_while(|line| !line.starts_with("354")).skip(1).map(|line| &line[..9]).collect();
    assert_eq!(after_data, ["250 2.6.0", "452 4.3.1", "554 5.7.1", "221 2.0.0"]);
    assert_eq!(server.taken()[0].0.from, None);
    server.stop().await;
}

#[tokio::test]
async fn what_is_too_large_is_refused_early_and_late() {
    let server =
        Running::start(ListenConfig { size_limit_bytes: 200_000, ..config() }, Shelf::default()).await;
    let answers = server.say(b"EHLO c.example\r\nMAIL FROM:<a@c.example> SIZE=200001\r\nQUIT\r\n").await;
    assert!(answers.contains("\r\n552 5.3.4 "), "{answers}");
    let mut message =
        b"EHLO c.example\r\nMAIL FROM:<a@c.example>\r\nRCPT TO:<s@eole.example>\r\nDATA\r\n".to_vec();
    message.extend(std::iter::repeat_n(b"0123456789abcdef\r\n".as_slice(), 20_000).flatten());
    message.extend_from_slice(b".\r\nNOOP\r\nQUIT\r\n");
    let answers = server.say(&message).await;
    assert!(answers.contains("\r\n552 5.3.4 ") && answers.contains("\r\n221 "), "{answers}");
    assert!(server.taken().is_empty());
    server.stop().await;
}

/// Source: CVE-2023-51764 and its kin.
#[tokio::test]
async fn a_second_message_cannot_be_smuggled_in() {
    let server = Running::start(config(), Shelf::default()).await;
    let ends = ["\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r\r\n", "\r\r\n.\r\r\n", "\n.\r"];
    for greeting in ["EHLO", "LHLO"] {
        for end in ends {
            let said = format!(
                "{greeting} c.example\r\nMAIL FROM:<a@c.example>\r\nRCPT TO:<s@eole.example>\r\nDATA\r\nSubject: good\r\n\r\nx{end}\
                 MAIL FROM:<evil@c.example>\r\nRCPT TO:<s@eole.example>\r\nDATA\r\nSubject: evil\r\n\r\ny\r\n.\r\nQUIT\r\n"
            );
            let answers = server.say(said.as_bytes()).await;
            // The own server's are taken whole; anybody's are refused, and the conversation ends as it should.
            let (taken, refused) = if greeting == "LHLO" { (1, 0) } else { (0, 1) };
            assert_eq!(answers.matches("250 2.6.0").count(), taken, "{greeting} {end:?}");
            assert_eq!(answers.matches("550 5.6.0").count(), refused, "{greeting} {end:?}");
            assert!(answers.contains("\r\n221 "), "{answers}");
        }
    }
    let taken = server.taken();
    assert_eq!(taken.len(), ends.len());
    for (envelope, message) in taken {
        assert_eq!(envelope.from.as_deref(), Some("a@c.example"));
        assert!(String::from_utf8(message).unwrap().contains("MAIL FROM:<evil"));
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_megabytes_arrive_whole() {
    let server = Running::start(config(), Shelf::default()).await;
    let client = server.client();
    let line: Vec<u8> = (0..76_u8).map(|place| b'A' + place % 26).chain(*b"\r\n").collect();
    let mut message =
        b"From: ana@client.example\r\nSubject: large\r\nContent-Type: application/octet-stream; name=a.bin\r\n\
          Content-Transfer-Encoding: base64\r\n\r\n"
            .to_vec();
    while message.len() < 30 * 1024 * 1024 {
        message.extend_from_slice(&line);
    }
    let to = envelope("ana@client.example", &["support@eole.example"]);
    client.send_raw(&to, &message).await.unwrap();
    client.shutdown().await;
    let taken = server.taken();
    let trace = b"Return-Path: <ana@client.example>\r\n";
    let arrived = taken[0].1.strip_prefix(trace).unwrap();
    assert!(arrived.starts_with(&message) && arrived.len() <= message.len() + 2);
    let letter = parse(&taken[0].1);
    assert_eq!(letter.attachments.len(), 1);
    assert!(letter.attachments[0].size > 22_000_000);
    server.stop().await;
}

#[tokio::test]
async fn a_full_house_turns_away_and_a_silent_peer_is_let_go() {
    let server = Running::start(
        ListenConfig { connections_at_most: 1, idle_timeout: Duration::from_millis(400), ..config() },
        Shelf::default(),
    )
    .await;
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    let mut greeting = [0_u8; 4];
    silent.read_exact(&mut greeting).await.unwrap();
    assert_eq!(&greeting, b"220 ");
    let mut second = TcpStream::connect(server.address).await.unwrap();
    let mut answer = String::new();
    second.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("421 4.3.2"), "{answer}");
    let mut rest = String::new();
    silent.read_to_string(&mut rest).await.unwrap();
    assert!(rest.contains("421 4.4.2"), "{rest}");
    server.stop().await;
}

#[tokio::test]
async fn too_much_mail_at_once_is_put_off() {
    let server =
        Running::start(ListenConfig { held_bytes_at_most: 2 * 1024 * 1024, ..config() }, Shelf::default())
            .await;
    let message = |lines: usize| {
        let mut bytes = b"EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<s@eole.example>\r\nDATA\r\n".to_vec();
        bytes.extend(std::iter::repeat_n(b"0123456789abcd\r\n".as_slice(), lines).flatten());
        bytes.extend_from_slice(b".\r\nQUIT\r\n");
        bytes
    };
    for _ in 0..3 {
        let answers = server.say(&message(300_000)).await;
        assert!(answers.contains("\r\n452 4.3.1"), "{answers}");
        let answers = server.say(&message(100_000)).await;
        assert!(answers.contains("\r\n250 2.6.0"), "{answers}");
    }
    server.stop().await;
}

/// Source: RFC 3834 section 2: what has the null return path is never answered.
#[tokio::test]
async fn the_null_return_path_is_seen_in_the_letter() {
    let server = Running::start(config(), Shelf::default()).await;
    for from in ["", "a@c.example"] {
        let said = format!(
            "EHLO c\r\nMAIL FROM:<{from}>\r\nRCPT TO:<s@eole.example>\r\nDATA\r\nFrom: a@c.example\r\nSubject: x\r\n\r\nHi\r\n.\r\nQUIT\r\n"
        );
        server.say(said.as_bytes()).await;
    }
    let taken = server.taken();
    assert_eq!(parse(&taken[0].1).automatic, Some(Automatic::Reply));
    assert_eq!(parse(&taken[1].1).automatic, None);
    server.stop().await;
}

#[tokio::test]
async fn stopping_finishes_what_is_being_stored() {
    let shelf = Shelf { delay: Duration::from_millis(500), ..Shelf::default() };
    let server = Running::start(config(), shelf).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream
        .write_all(b"EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<s@eole.example>\r\nDATA\r\nHi\r\n.\r\n")
        .await
        .unwrap();
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    tokio::time::sleep(Duration::from_millis(150)).await;
    server.stop().await;
    let mut answers = String::new();
    stream.read_to_string(&mut answers).await.unwrap();
    assert!(answers.contains("250 2.6.0") && answers.contains("421 4.3.2"), "{answers}");
    let mut answers = String::new();
    idle.read_to_string(&mut answers).await.unwrap();
    assert!(answers.contains("421 4.3.2"), "{answers}");
}

fn smtp_transport(address: SocketAddr, encryption: SmtpEncryption) -> Transport {
    Transport::Smtp(SmtpTransport::new(smtp_settings(address.port(), encryption)).unwrap())
}

fn smtp_settings(port: u16, encryption: SmtpEncryption) -> SmtpSettings {
    SmtpSettings {
        host: "127.0.0.1".to_owned(),
        port,
        encryption,
        credentials: None,
        hello_name: "desk.eole.example".to_owned(),
        timeout: Duration::from_secs(10),
        connections_at_most: 2,
        authorities: None,
    }
}

#[tokio::test]
async fn letters_go_out_by_smtp_and_failures_are_classified() {
    let server = Running::start(config(), Shelf::default()).await;
    let transport = smtp_transport(server.address, SmtpEncryption::None);
    let bytes = letter("x");
    let handed = transport.hand_over("n1", None, "support@eole.example", &bytes).await;
    assert_eq!(handed, Ok(HandedOver::Now));
    assert_eq!(server.taken()[0].0.from, None);
    assert_eq!(server.taken()[0].0.helo, "desk.eole.example");
    for (to, expected) in [
        ("nobody@eole.example", Persistence::Permanent),
        ("later@eole.example", Persistence::Temporary),
        ("full@eole.example", Persistence::Temporary),
        ("never@eole.example", Persistence::Permanent),
        ("not an address", Persistence::Permanent),
    ] {
        let failure = transport.hand_over("n2", Some("support@eole.example"), to, &bytes).await.unwrap_err();
        assert_eq!(failure.persistence, expected, "{failure}");
    }
    let names = ["a", "nobody", "b", "full", "c"].map(|name| format!("{name}@eole.example"));
    let many: Vec<Handover<'_>> =
        names.iter().map(|to| Handover { id: to, envelope_from: None, to, bytes: &bytes }).collect();
    let answers = transport.hand_over_many(&many).await;
    let went_well: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(went_well, [true, false, true, false, true]);
    let address = server.address;
    server.stop().await;
    let failure = smtp_transport(address, SmtpEncryption::None)
        .hand_over("n3", None, "support@eole.example", &bytes)
        .await
        .unwrap_err();
    assert_eq!(failure.persistence, Persistence::Temporary);
}

/// An address that could end its line never reaches a mail server. Source: CVE-2024-27305 and its kin.
#[tokio::test]
async fn an_address_of_two_lines_never_leaves() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let transport = smtp_transport(server.local_addr().unwrap(), SmtpEncryption::None);
    let reads = Reads::default();
    let seen = Arc::clone(&reads);
    tokio::spawn(async move {
        while let Ok((stream, _)) = server.accept().await {
            tokio::spawn(take_everything(stream, Arc::clone(&seen), 100));
        }
    });
    for end in ["\r\n", "\n", "\r", "\0", "\u{b}", ">\r\n"] {
        for hostile in [
            format!("a@b.example{end}RCPT TO:<evil@b.example>"),
            format!("a{end}RCPT TO:<evil@b.example>"),
            format!("\"a{end}\"@b.example"),
            format!("{end}a@b.example"),
            format!("a@b.example{end}"),
        ] {
            for (from, to) in
                [(Some("desk@eole.example"), hostile.as_str()), (Some(hostile.as_str()), "a@b.example")]
            {
                let failure = transport.hand_over("n1", from, to, &letter("x")).await.unwrap_err();
                assert_eq!(failure.persistence, Persistence::Permanent, "{hostile:?}: {failure}");
            }
        }
    }
    assert!(reads.lock().unwrap().is_empty(), "something was said to the server");
    let handed =
        transport.hand_over("n2", Some("desk@eole.example"), "ana@client.example", &letter("x")).await;
    assert_eq!(handed, Ok(HandedOver::Now));
}

#[tokio::test]
async fn encryption_that_is_required_is_not_given_up() {
    let server = Running::start(config(), Shelf::default()).await;
    let bytes = letter("x");
    let opportunistic = smtp_transport(server.address, SmtpEncryption::Opportunistic);
    let handed = opportunistic.hand_over("n1", None, "support@eole.example", &bytes).await;
    assert_eq!(handed, Ok(HandedOver::Now));
    let required = smtp_transport(server.address, SmtpEncryption::Required);
    let failure = required.hand_over("n2", None, "support@eole.example", &bytes).await.unwrap_err();
    assert_eq!(failure.persistence, Persistence::Temporary, "{failure}");
    assert_eq!(server.taken().len(), 1);
    server.stop().await;
}

/// A folder of this test run that is removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let name = format!("mail-test-{}-{number}", std::process::id());
        Folder(std::env::temp_dir().join(name))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn a_maildir_holds_each_delivery_once() {
    let folder = Folder::new();
    let transport = Transport::Maildir(MaildirTransport::new(&folder.0));
    assert!(list_maildir(&folder.0, 10).unwrap().is_empty());
    let letters: Vec<(String, Vec<u8>)> =
        (0..5).map(|number| (format!("note/{number}"), letter(&number.to_string()))).collect();
    let batch: Vec<Handover<'_>> = letters
        .iter()
        .map(|(id, bytes)| Handover { id, envelope_from: None, to: "ana@client.example", bytes })
        .collect();
    let answers = transport.hand_over_many(&batch).await;
    assert!(answers.iter().all(|answer| *answer == Ok(HandedOver::Now)));
    // A reader has seen one, and the run that handed them over forgot.
    std::fs::rename(folder.0.join("new/note=2F0"), folder.0.join("cur/note=2F0:2,S")).unwrap();
    let answers = transport.hand_over_many(&batch).await;
    assert!(answers.iter().all(|answer| *answer == Ok(HandedOver::Before)));
    let listed = list_maildir(&folder.0, 10).unwrap();
    assert_eq!(listed.len(), 5);
    assert!(letters.iter().all(|letter| listed.contains(letter)));
    assert_eq!(list_maildir(&folder.0, 2).unwrap().len(), 2);
    assert_eq!(std::fs::read_dir(folder.0.join("tmp")).unwrap().count(), 0);
}

#[tokio::test]
async fn a_maildir_that_cannot_be_written_fails_for_now() {
    let folder = Folder::new();
    std::fs::write(&folder.0, b"a file where the folder should be").unwrap();
    let transport = Transport::Maildir(MaildirTransport::new(&folder.0));
    let failure = transport.hand_over("n1", None, "ana@client.example", b"x").await.unwrap_err();
    assert_eq!(failure.persistence, Persistence::Temporary);
    std::fs::remove_file(&folder.0).unwrap();
    let handed = transport.hand_over("n1", None, "ana@client.example", b"x").await;
    assert_eq!(handed, Ok(HandedOver::Now));
}

/// A certificate for 127.0.0.1 that nobody else trusts.
fn certificate() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem())
}

#[tokio::test]
async fn a_letter_travels_encrypted_and_nothing_said_before_counts() {
    let (certificate, key) = certificate();
    let tls = mail::ListenTls::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap();
    assert!(mail::ListenTls::from_pem(b"", key.as_bytes()).is_err());
    let server = Running::start(ListenConfig { tls: Some(tls), ..config() }, Shelf::default()).await;
    let settings = |authorities: Option<Vec<u8>>| SmtpSettings {
        connections_at_most: 1,
        authorities,
        ..smtp_settings(server.address.port(), SmtpEncryption::Required)
    };
    let trusting = Transport::Smtp(SmtpTransport::new(settings(Some(certificate.into_bytes()))).unwrap());
    let handed = trusting.hand_over("t1", None, "support@eole.example", &letter("x")).await;
    assert_eq!(handed, Ok(HandedOver::Now));
    assert!(server.taken()[0].0.is_encrypted);
    // A certificate that nobody vouches for is not enough.
    let doubting = Transport::Smtp(SmtpTransport::new(settings(None)).unwrap());
    let failure = doubting.hand_over("t2", None, "support@eole.example", &letter("x")).await.unwrap_err();
    assert_eq!(failure.persistence, Persistence::Temporary);
    // Commands sent along in clear behind STARTTLS are not carried out.
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream
        .write_all(b"EHLO c\r\nSTARTTLS\r\nMAIL FROM:<>\r\nRCPT TO:<s@eole.example>\r\nDATA\r\nHi\r\n.\r\n")
        .await
        .unwrap();
    // Nothing more comes: the server waits for the handshake.
    let mut answers = Vec::new();
    while let Ok(Ok(length)) =
        tokio::time::timeout(Duration::from_secs(1), stream.read_buf(&mut answers)).await
        && length > 0
    {}
    let answers = String::from_utf8_lossy(&answers).into_owned();
    assert!(answers.contains("220 2.0.0") && !answers.contains("354"), "{answers}");
    assert_eq!(server.taken().len(), 1);
    drop(stream);
    server.stop().await;
}

/// A server that lets in whoever brings the second of two tokens, and a provider that gives both.
#[tokio::test]
async fn a_token_that_is_refused_is_asked_for_anew() {
    let provider = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/token", provider.local_addr().unwrap());
    tokio::spawn(async move {
        for number in 1.. {
            let (mut stream, _) = provider.accept().await.unwrap();
            let mut request = [0; 2048];
            let _ = stream.read(&mut request).await.unwrap();
            let body = format!("{{\"access_token\":\"t{number}\",\"expires_in\":3600}}");
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = server.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (stream, _) = server.accept().await.unwrap();
            tokio::spawn(async move {
                let mut stream = tokio::io::BufStream::new(stream);
                let mut in_data = false;
                let _ = say(&mut stream, "220 mx ESMTP\r\n").await;
                loop {
                    let mut line = String::new();
                    if tokio::io::AsyncBufReadExt::read_line(&mut stream, &mut line).await.unwrap_or(0) == 0 {
                        return;
                    }
                    let answer = if in_data {
                        if line != ".\r\n" {
                            continue;
                        }
                        in_data = false;
                        "250 ok\r\n"
                    } else if line.starts_with("EHLO") {
                        "250-mx\r\n250 AUTH PLAIN XOAUTH2\r\n"
                    } else if let Some(token) = line.strip_prefix("AUTH XOAUTH2 ") {
                        use base64::Engine;
                        let said = base64::engine::general_purpose::STANDARD.decode(token.trim()).unwrap();
                        if said == b"user=desk@eole.example\x01auth=Bearer t2\x01\x01" {
                            "235 ok\r\n"
                        } else {
                            "535 5.7.8 bad token\r\n"
                        }
                    } else if line.starts_with("DATA") {
                        in_data = true;
                        "354 go\r\n"
                    } else {
                        "250 ok\r\n"
                    };
                    if say(&mut stream, answer).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    let tokens = mail::TokenSource::new(mail::TokenSettings {
        endpoint,
        client: "desk".to_owned(),
        secret: None,
        refresh_token: Some("r".to_owned()),
        scope: None,
    })
    .unwrap();
    let transport = SmtpTransport::new(SmtpSettings {
        host: "127.0.0.1".to_owned(),
        port,
        encryption: SmtpEncryption::None,
        credentials: Some(SmtpCredentials { user: "desk@eole.example".to_owned(), password: String::new() }),
        hello_name: "desk.eole.example".to_owned(),
        timeout: Duration::from_secs(10),
        connections_at_most: 1,
        authorities: None,
    })
    .unwrap();
    let transport = Transport::Smtp(transport.with_tokens(Arc::new(tokens)));
    let refused = transport.hand_over("o1", None, "ana@client.example", &letter("x")).await.unwrap_err();
    assert_eq!(refused.persistence, Persistence::Temporary, "{refused}");
    let handed = transport.hand_over("o1", None, "ana@client.example", &letter("x")).await;
    assert_eq!(handed, Ok(HandedOver::Now));
}

async fn say(stream: &mut tokio::io::BufStream<TcpStream>, line: &str) -> std::io::Result<()> {
    stream.write_all(line.as_bytes()).await?;
    stream.flush().await
}

/// Every way of ending a message early that some server once took for one: between the words of the
/// outer message stands what would be a second one.
#[tokio::test]
async fn forty_false_ends_of_data_end_nothing() {
    let mut tried = 0;
    for end in harness::FALSE_ENDS {
        for around in ["", "x"] {
            let server = Running::start(config(), Shelf::default()).await;
            let said = format!(
                "EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<s@eole.example>\r\nDATA\r\nSubject: outer\r\n\r\nbefore{around}{end}\
                 MAIL FROM:<evil@b.example>\r\nRCPT TO:<s@eole.example>\r\nDATA\r\nSubject: inner\r\n\r\nsmuggled\r\n.\r\nQUIT\r\n"
            );
            let answers = server.say(said.as_bytes()).await;
            let taken = server.taken();
            assert!(taken.len() <= 1, "{end:?} {around}: {answers}");
            assert!(
                taken.iter().all(|(envelope, _)| envelope.from.as_deref() == Some("a@b.example")),
                "{end:?}"
            );
            // One with a CR or an LF alone is refused, any other is taken whole.
            let is_bare = format!("{end}M").replace("\r\n", "").contains(['\r', '\n']);
            assert_eq!(taken.is_empty(), is_bare, "{end:?} {around}: {answers}");
            assert_eq!(answers.contains("550 5.6.0"), is_bare, "{end:?} {around}: {answers}");
            if let Some((_, bytes)) = taken.first() {
                assert!(String::from_utf8_lossy(bytes).contains("smuggled"), "{end:?}");
            }
            tried += 1;
            server.stop().await;
        }
    }
    assert_eq!(tried, 40);
}

/// What arrived at a mail server, read by read, of each connection.
type Reads = Arc<Mutex<Vec<Vec<Vec<u8>>>>>;

/// A mail server that takes everything and hangs up after so many letters.
async fn take_everything<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, reads: Reads, letters: usize) {
    let place = {
        let mut reads = reads.lock().unwrap();
        reads.push(Vec::new());
        reads.len() - 1
    };
    let mut taken = 0;
    let mut answer: &[u8] = b"220 mx ESMTP\r\n";
    loop {
        if stream.write_all(answer).await.is_err() || stream.flush().await.is_err() || taken == letters {
            return;
        }
        let mut read = vec![0; 65_536];
        let length = stream.read(&mut read).await.unwrap_or(0);
        if length == 0 {
            return;
        }
        read.truncate(length);
        answer = match () {
            () if read.starts_with(b"DATA") => b"354 go\r\n",
            () if read.starts_with(b"EHLO") => b"250-mx\r\n250 8BITMIME\r\n",
            () if read.ends_with(b"\r\n.\r\n") => {
                taken += 1;
                b"250 ok\r\n"
            }
            () => b"250 mx\r\n",
        };
        reads.lock().unwrap()[place].push(read);
    }
}

/// A connection is kept, and each step of it is one packet: the end of a letter waits for nothing.
#[tokio::test]
async fn letters_go_out_over_one_connection_in_few_packets() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let transport = smtp_transport(server.local_addr().unwrap(), SmtpEncryption::None);
    let reads = Reads::default();
    let seen = Arc::clone(&reads);
    tokio::spawn(async move {
        // It hangs up after two letters, as servers do.
        while let Ok((stream, _)) = server.accept().await {
            tokio::spawn(take_everything(stream, Arc::clone(&seen), 2));
        }
    });
    for number in 0..3 {
        let handed =
            transport.hand_over(&format!("n{number}"), None, "ana@client.example", &letter("x")).await;
        assert_eq!(handed, Ok(HandedOver::Now), "{number}");
    }
    let reads = reads.lock().unwrap();
    let counts: Vec<usize> = reads.iter().map(Vec::len).collect();
    assert_eq!(counts, [1 + 2 * 4, 1 + 4], "one read for each answer that is waited for");
    let letter = String::from_utf8_lossy(&reads[0][4]);
    assert!(letter.contains("Subject:") && reads[0][4].ends_with(b"\r\n.\r\n"), "a letter with its end");
}

#[tokio::test]
async fn a_letter_travels_encrypted_from_the_first_byte() {
    let (certificate, key) = certificate();
    let chain = rustls::pki_types::pem::PemObject::from_pem_slice(certificate.as_bytes()).unwrap();
    let key = rustls::pki_types::pem::PemObject::from_pem_slice(key.as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![chain], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = server.local_addr().unwrap().port();
    let reads = Reads::default();
    let seen = Arc::clone(&reads);
    tokio::spawn(async move {
        while let Ok((stream, _)) = server.accept().await {
            let (acceptor, seen) = (acceptor.clone(), Arc::clone(&seen));
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    take_everything(stream, seen, 9).await;
                }
            });
        }
    });
    let settings = |authorities: Option<Vec<u8>>| SmtpSettings {
        connections_at_most: 1,
        authorities,
        ..smtp_settings(port, SmtpEncryption::Implicit)
    };
    let trusting = Transport::Smtp(SmtpTransport::new(settings(Some(certificate.into_bytes()))).unwrap());
    for id in ["i1", "i2"] {
        let handed = trusting.hand_over(id, None, "ana@client.example", &letter("x")).await;
        assert_eq!(handed, Ok(HandedOver::Now), "{id}");
    }
    assert_eq!(reads.lock().unwrap().len(), 1, "the connection is kept");
    let doubting = Transport::Smtp(SmtpTransport::new(settings(None)).unwrap());
    let failure = doubting.hand_over("i3", None, "ana@client.example", &letter("x")).await.unwrap_err();
    assert_eq!(failure.persistence, Persistence::Temporary, "{failure}");
}
