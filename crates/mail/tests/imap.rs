//! Fetching from a real Dovecot: nothing is marked before it is durable, nothing is taken twice, one bad
//! message stops no other, and what comes later is told of at once.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use harness::Dovecot;
use mail::{
    Afterwards, ClientCertificate, Fetched, ImapEncryption, ImapLogin, ImapSettings, MessageRemoval,
    SourceMessage, TakeAnswer, fetch, fetch_once, parse, remove_messages,
};
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
        answer_timeout: Duration::from_secs(60),
        authorities: None,
        certificate: None,
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
    let take = |Fetched { bytes, .. }: Fetched| {
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

/// Where there is nowhere to move what was taken, all is taken once nevertheless, and moved as soon as it can be.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_folder_stops_nothing() {
    let server = Dovecot::start();
    for subject in ["un", "deux"] {
        server.put("aide", &message(subject));
    }
    let seen = Mutex::new(Vec::new());
    let take = |Fetched { bytes, .. }: Fetched| {
        seen.lock().unwrap().push(parse(&bytes).subject);
        async { TakeAnswer::Durable }
    };
    let mailbox =
        ImapSettings { afterwards: Afterwards::Move("Pris".to_owned()), ..settings(&server, "aide") };
    fetch_once(&mailbox, take).await.expect_err("it is said");
    server.put("aide", &message("trois"));
    fetch_once(&mailbox, take).await.expect_err("and again");
    let mut taken = seen.lock().unwrap().clone();
    taken.sort();
    assert_eq!(taken, ["deux", "trois", "un"], "each once");
    assert_eq!(server.messages("aide").len(), 3);
    server.make_folder("aide", "Pris");
    assert_eq!(fetch_once(&mailbox, take).await.expect("all goes"), 0);
    assert_eq!(seen.lock().unwrap().len(), 3);
    assert!(server.messages("aide").is_empty(), "{:?}", server.messages("aide"));
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
        move |Fetched { bytes, .. }| {
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

/// What an agreement wants destroyed goes from the mailbox too: by its number there, and never another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_destroyed_where_it_came_from() {
    let server = Dovecot::start();
    let with_id = |id: &str| {
        let text = String::from_utf8(message(id)).unwrap();
        text.replacen("Subject", &format!("Message-ID: <{id}@client.example>\nSubject"), 1).into_bytes()
    };
    for id in ["un", "deux", "trois"] {
        server.put("aide", &with_id(id));
    }
    let fetched = Mutex::new(Vec::new());
    let take = |Fetched { bytes, uid, uid_validity }: Fetched| {
        let message_id = parse(&bytes).message_id.unwrap_or_default();
        fetched.lock().unwrap().push(SourceMessage { uid, uid_validity, message_id });
        async { TakeAnswer::Durable }
    };
    let mailbox = settings(&server, "aide");
    assert_eq!(fetch_once(&mailbox, take).await.expect("fetched"), 3);
    let source = |id: &str| {
        let found = fetched.lock().unwrap();
        found
            .iter()
            .find(|known| known.message_id == format!("{id}@client.example"))
            .cloned()
            .expect("fetched")
    };
    let (one, two, three) = (source("un"), source("deux"), source("trois"));
    assert!(one.uid_validity > 0);
    // By its number; another's Message-ID is left alone; after a new reckoning by its Message-ID.
    let another = SourceMessage { message_id: "autre@client.example".to_owned(), ..two.clone() };
    let reckoned = SourceMessage { uid: 999, uid_validity: 1, ..three };
    let asked = [one.clone(), another, reckoned];
    let removed = remove_messages(&mailbox, &asked).await.expect("removed");
    assert_eq!(removed, [MessageRemoval::Done, MessageRemoval::Another, MessageRemoval::Done]);
    assert_eq!(server.messages("aide").len(), 1, "{:?}", server.messages("aide"));
    let again = remove_messages(&mailbox, &[one, two]).await.expect("looked");
    assert_eq!(again, [MessageRemoval::NotThere, MessageRemoval::Done]);
    assert!(server.messages("aide").is_empty());
    let wrong = ImapSettings { login: ImapLogin::Password("faux".to_owned()), ..mailbox };
    assert!(remove_messages(&wrong, &asked).await.is_err());
}

/// A provider that gives one token, and an IMAP server that lets in whoever brings it and no password.
#[tokio::test]
async fn an_access_token_opens_a_mailbox() {
    use base64::Engine;
    use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
    let provider = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/token", provider.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = provider.accept().await.unwrap();
        let _ = stream.read(&mut [0; 2048]).await.unwrap();
        let body = "{\"access_token\":\"jeton\",\"expires_in\":3600}";
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).await.unwrap();
    });
    let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = server.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (stream, _) = server.accept().await.unwrap();
        let mut stream = BufStream::new(stream);
        stream.write_all(b"* OK ready\r\n").await.unwrap();
        stream.flush().await.unwrap();
        let mut awaits_token = None;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return;
            }
            let mut words = line.split_whitespace();
            let tag = words.next().unwrap_or_default().to_owned();
            let answer = if let Some(waiting) = awaits_token.take() {
                let said = base64::engine::general_purpose::STANDARD.decode(line.trim()).unwrap();
                if said == b"user=aide@eole.example\x01auth=Bearer jeton\x01\x01" {
                    format!("{waiting} OK in\r\n")
                } else {
                    format!("{waiting} NO bad token\r\n")
                }
            } else {
                match words.next().unwrap_or_default().to_uppercase().as_str() {
                    "AUTHENTICATE" => {
                        awaits_token = Some(tag);
                        "+ \r\n".to_owned()
                    }
                    "SELECT" => format!(
                        "* FLAGS (\\Seen)\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] ok\r\n* 0 EXISTS\r\n* 0 RECENT\r\n{tag} OK selected\r\n"
                    ),
                    "UID" => format!("* SEARCH\r\n{tag} OK done\r\n"),
                    "LOGIN" => format!("{tag} NO use a token\r\n"),
                    _ => format!("{tag} OK\r\n"),
                }
            };
            stream.write_all(answer.as_bytes()).await.unwrap();
            stream.flush().await.unwrap();
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
    let mailbox = ImapSettings {
        host: "127.0.0.1".to_owned(),
        port,
        encryption: ImapEncryption::None,
        user: "aide@eole.example".to_owned(),
        login: ImapLogin::Tokens(Arc::new(tokens)),
        folder: "INBOX".to_owned(),
        afterwards: Afterwards::Mark,
        size_limit_bytes: 1024,
        answer_timeout: Duration::from_secs(60),
        authorities: None,
        certificate: None,
    };
    let taken = fetch_once(&mailbox, |_| async { TakeAnswer::Durable }).await;
    assert_eq!(taken.map_err(|failure| failure.to_string()), Ok(0));
}

/// A server that asks for a certificate lets in who shows one of its authority, with a password or by it alone, and
/// nobody else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_is_shown_to_a_server_that_asks_for_one() {
    let made = |name: &str| {
        let mut authority = rcgen::CertificateParams::new(Vec::new()).expect("parameters");
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        authority.distinguished_name.push(rcgen::DnType::CommonName, format!("authority of {name}"));
        let authority_key = rcgen::KeyPair::generate().expect("a key");
        let authority_certificate = authority.self_signed(&authority_key).expect("signed");
        let issuer = rcgen::Issuer::new(authority, authority_key);
        let issued = move |subject: &str, names: Vec<String>| {
            let mut parameters = rcgen::CertificateParams::new(names).expect("parameters");
            parameters.distinguished_name.push(rcgen::DnType::CommonName, subject);
            let key = rcgen::KeyPair::generate().expect("a key");
            let certificate = parameters.signed_by(&key, &issuer).expect("signed");
            (certificate.pem(), key.serialize_pem())
        };
        (authority_certificate.pem(), issued)
    };
    let (authority, issued) = made("ours");
    let (_, foreign) = made("others");
    let (certificate, key) = issued("localhost", vec!["localhost".to_owned()]);
    let server = Dovecot::asking_for_certificates(&certificate, &key, &authority);
    server.put("aide", &message("un"));
    let shown = |(certificate, key): (String, String)| {
        Some(ClientCertificate::from_pem(certificate.as_bytes(), key.as_bytes()).expect("a certificate"))
    };
    let base = ImapSettings {
        host: "localhost".to_owned(),
        encryption: ImapEncryption::Implicit,
        authorities: Some(authority.clone().into_bytes()),
        ..settings(&server, "aide")
    };
    let take = |_| async { TakeAnswer::Durable };
    fetch_once(&base, take).await.expect_err("nothing is shown");
    let other = ImapSettings { certificate: shown(foreign("aide", Vec::new())), ..base.clone() };
    fetch_once(&other, take).await.expect_err("another authority's is shown");
    let own = ImapSettings { certificate: shown(issued("aide", Vec::new())), ..base.clone() };
    assert_eq!(fetch_once(&own, take).await.expect("let in"), 1);
    server.put("aide", &message("deux"));
    let alone = ImapSettings { login: ImapLogin::Certificate, ..own };
    assert_eq!(fetch_once(&alone, take).await.expect("let in"), 1);
}

/// How much a hostile server's message may weigh.
const LIMIT_BYTES: u32 = 64 * 1024;

/// What a server does when it is asked for the first message.
#[derive(Clone, Copy, Debug)]
enum Hostile {
    /// It says ten bytes, and sends these many.
    LiesBy(usize),
    /// It announces these many bytes, and sends for ever.
    Announces(u64),
    /// It answers something else, for ever.
    Floods,
    /// It sends one line for ever.
    NeverEndsALine,
    /// It says nothing.
    Stalls,
    /// It sends a byte now and then.
    Dribbles,
}

/// A server with two messages, hostile about the first.
async fn hostile(how: Hostile) -> u16 {
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufStream};
    let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let port = server.local_addr().expect("it is bound").port();
    tokio::spawn(async move {
        let (stream, _) = server.accept().await.expect("somebody comes");
        let mut stream = BufStream::new(stream);
        let _ = stream.write_all(b"* OK ready\r\n").await;
        loop {
            let _ = stream.flush().await;
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return;
            }
            let tag = line.split(' ').next().unwrap_or_default().to_owned();
            let (first, asks_body) = (line.contains(" FETCH 1 "), line.contains("BODY"));
            let mut answer = match () {
                () if line.contains("SELECT") => {
                    b"* FLAGS (\\Seen)\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] ok\r\n* 2 EXISTS\r\n* 0 RECENT\r\n".to_vec()
                }
                () if line.contains("SEARCH") => b"* SEARCH 1 2\r\n".to_vec(),
                () if line.contains("SIZE") => {
                    let uid = if first { 1 } else { 2 };
                    format!("* {uid} FETCH (UID {uid} RFC822.SIZE 10)\r\n").into_bytes()
                }
                () if asks_body && !first => {
                    let body = message("deux");
                    let head = format!("* 2 FETCH (UID 2 BODY[]<0> {{{}}}\r\n", body.len());
                    [head.as_bytes(), &body, b")\r\n"].concat()
                }
                () if asks_body => match how {
                    Hostile::LiesBy(bytes) => {
                        let head = format!("* 1 FETCH (UID 1 BODY[]<0> {{{bytes}}}\r\n");
                        [head.as_bytes(), &vec![b'x'; bytes], b")\r\n"].concat()
                    }
                    Hostile::Announces(bytes) => {
                        let _ = stream
                            .write_all(format!("* 1 FETCH (UID 1 BODY[] {{{bytes}}}\r\n").as_bytes())
                            .await;
                        while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
                        return;
                    }
                    Hostile::Floods => {
                        while stream.write_all(b"* 1 FETCH (FLAGS (\\Seen))\r\n").await.is_ok() {}
                        return;
                    }
                    Hostile::NeverEndsALine => {
                        let _ = stream.write_all(b"* OK ").await;
                        while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
                        return;
                    }
                    Hostile::Stalls => {
                        tokio::time::sleep(Duration::from_secs(60)).await;
                        return;
                    }
                    Hostile::Dribbles => {
                        let _ = stream.write_all(b"* 1 FETCH (UID 1 BODY[] {1000}\r\n").await;
                        while stream.write_all(b"x").await.is_ok() && stream.flush().await.is_ok() {
                            tokio::time::sleep(Duration::from_millis(50)).await;
                        }
                        return;
                    }
                },
                () => Vec::new(),
            };
            answer.extend_from_slice(format!("{tag} OK done\r\n").as_bytes());
            if stream.write_all(&answer).await.is_err() {
                return;
            }
        }
    });
    port
}

/// The most that this process ever held, in bytes.
fn held_at_most() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse::<usize>().ok()).unwrap_or(0) * 1024
}

/// A server that says one size and sends another, more than it was asked for or nothing at all, costs neither memory nor
/// time; a message that is merely larger than it says stays, and the next one is taken.
#[tokio::test]
async fn a_hostile_server_costs_neither_memory_nor_time() {
    for (how, expected) in [
        (Hostile::LiesBy(LIMIT_BYTES as usize), Ok(2)),
        (Hostile::LiesBy(LIMIT_BYTES as usize + 1), Ok(1)),
        (Hostile::LiesBy(1024 * 1024), Ok(1)),
        (Hostile::LiesBy(2 * 1024 * 1024), Err("sends more than")),
        (Hostile::Announces(2 * 1024 * 1024), Err("sends more than")),
        (Hostile::Announces(500 * 1024 * 1024), Err("sends more than")),
        (Hostile::Announces(u64::MAX), Err("sends more than")),
        (Hostile::Floods, Err("sends more than")),
        (Hostile::NeverEndsALine, Err("sends more than")),
        (Hostile::Stalls, Err("does not answer")),
        (Hostile::Dribbles, Err("does not answer")),
    ] {
        let mailbox = ImapSettings {
            host: "127.0.0.1".to_owned(),
            port: hostile(how).await,
            encryption: ImapEncryption::None,
            user: "aide".to_owned(),
            login: ImapLogin::Password("x".to_owned()),
            folder: "INBOX".to_owned(),
            afterwards: Afterwards::Mark,
            size_limit_bytes: LIMIT_BYTES,
            answer_timeout: Duration::from_secs(if matches!(expected, Err("does not answer")) {
                1
            } else {
                60
            }),
            authorities: None,
            certificate: None,
        };
        let before = held_at_most();
        let begun = tokio::time::Instant::now();
        let found = fetch_once(&mailbox, |_| async { TakeAnswer::Durable }).await;
        match (&found, expected) {
            (Ok(taken), Ok(expected)) => assert_eq!(*taken, expected, "{how:?}"),
            (Err(failure), Err(expected)) => {
                assert!(failure.to_string().contains(expected), "{how:?}: {failure}")
            }
            _ => panic!("{how:?}: {found:?}"),
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{how:?}: {:?}", begun.elapsed());
        let grew = held_at_most().saturating_sub(before);
        assert!(grew < 32 * 1024 * 1024, "{how:?} costs {grew} bytes");
    }
}
