//! What leaves, as a mail server is handed it: each letter that no person wrote says so, asks for no answer of machines,
//! and refers to what it answers. Source: RFC 3834.

#[path = "sample/disk.rs"]
mod disk;
#[path = "sample/desk.rs"]
mod sample;

use async_recursion::async_recursion as boxed;
use desk::{AccountId, AccountRole, NoticeChoice, PersonId, Rhythm, Standing};
use disk::Disk;
use harness::{FakeMailServer, HandedLetter, Postgres, TemporaryFolder, free_port};
use mail::{SmtpEncryption, SmtpSettings, SmtpTransport, Transport};
use operations::{
    AskedIn, Environment, MacroStep, Origin, Request, Rule, Scope, Tell, Via, Viewer, command_ticket,
    deliver_notices, invite_person, invite_to_account, keep_notice_choice, move_clock, put_rule,
    request_link, settle, view_ticket,
};
use sample::{AGREEMENT, Desk, LETTER, desk_under, parameters};
use std::collections::BTreeSet;
use std::net::TcpListener;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use store::{Database, PostgresConfig, SqliteConfig};

/// A header of a letter, its lines put together.
fn header(letter: &HandedLetter, name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(&letter.bytes);
    let head = text.split("\r\n\r\n").next()?.replace("\r\n ", " ").replace("\r\n\t", " ");
    head.split("\r\n").find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

// Boxed, so that the test that does much needs little stack.
#[boxed]
async fn does(desk: &Desk, person: u128, number: &str, request: Request) {
    let viewer = desk.viewer(person).await;
    command_ticket(&desk.environment, &viewer, number, request, None).await.expect("done");
    goes_round(desk).await;
}

#[boxed]
async fn goes_round(desk: &Desk) {
    settle(&desk.environment).await.expect("rounds");
}

fn reply(body: &str) -> Request {
    Request::Reply { body: body.to_owned(), files: Vec::new(), technical: true, turn: None, undo_seconds: 0 }
}

async fn every_letter_that_no_person_wrote_says_so(desk: Desk, server: FakeMailServer) {
    let environment = &desk.environment;
    let answer = serde_json::json!({ "body": "Une règle répond." });
    let rule = Rule {
        key: "repondre".to_owned(),
        title: "Répondre".to_owned(),
        enabled: true,
        on: vec!["ticket.opened".to_owned()],
        condition: "plantage".to_owned(),
        then: vec![MacroStep {
            command: "reply".to_owned(),
            with: answer.as_object().cloned().expect("an object"),
        }],
        tell: vec![Tell { to: "requester".to_owned(), body: "Une règle dit.".to_owned() }],
        ..Rule::default()
    };
    put_rule(environment, &desk.viewer(7).await, &rule).await.expect("kept");
    // Receipts, to a contact and to a stranger; a rule that answers and tells; what the agreement tells.
    desk.receive(LETTER, true).await;
    let stranger =
        LETTER.replace("Maude <maude@client.example>", "x@ailleurs.example").replace("<one@", "<x@");
    desk.receive(&stranger, false).await;
    let ruled = LETTER.replace("<one@", "<two@").replace("Subject: Revit", "Subject: Plantage, Revit");
    desk.receive(&ruled, true).await;
    goes_round(&desk).await;
    does(&desk, 1, "ORV-1", Request::TakeUp { reason: None }).await;
    // What people write, the one with files of none, and who is told of it.
    does(&desk, 1, "ORV-1", reply("Essayez en mode sans échec.")).await;
    does(&desk, 3, "ORV-1", reply("Ça ne va pas.")).await;
    does(&desk, 3, "ORV-1", Request::RequestUpdate { body: None }).await;
    // Letters together.
    let hourly = NoticeChoice { rhythm: Rhythm::Hourly, quiet_nights: false };
    keep_notice_choice(environment, &desk.viewer(6).await, hourly).await.expect("kept");
    does(&desk, 1, "ORV-1", Request::Assign { agent: Some(PersonId(6)), team: None }).await;
    does(&desk, 3, "ORV-1", reply("Encore une précision.")).await;
    does(&desk, 3, "ORV-1", reply("Et une autre.")).await;
    desk.go_to("2026-08-14T19:30:00-04:00").await;
    // Letters that let in.
    let link = request_link(environment, "maude@client.example", "", &Origin::default()).await;
    link.expect("answered");
    for _ in 0..200 {
        if server.taken().iter().any(|letter| String::from_utf8_lossy(&letter.bytes).contains("/entrer/")) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let admin = Viewer {
        via: Via::Token { scopes: vec![Scope::Read, Scope::Write, Scope::People] },
        ..desk.administrator().await
    };
    let rose = format!("{:032x}", 5);
    invite_person(environment, &admin, None, &rose, &Origin::default()).await.expect("invited");
    // A report that the answer did not arrive.
    let handed = server.taken();
    let answer = handed.iter().find(|letter| !letter.from.is_empty()).expect("what a person wrote");
    let id = header(answer, "Message-ID").expect("an identity");
    let report = format!(
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.client.example\nTo: aide@orvane.example\nSubject: Undelivered\n\
         Message-ID: <b@mx.client.example>\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
         --b\n\nGone.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n\
         Final-Recipient: rfc822; maude@client.example\nAction: failed\nStatus: 5.1.1\n--b\n\
         Content-Type: text/rfc822-headers\n\nMessage-ID: {id}\n--b--\n"
    );
    desk.receive(&report, false).await;
    goes_round(&desk).await;
    // What falls due, and is waited for.
    desk.go_to("2026-08-18T12:00:00-04:00").await;
    let resolve = Request::Resolve { outcome: "new_fix".to_owned(), body: "C’est réglé.".to_owned() };
    does(&desk, 1, "ORV-3", resolve).await;
    desk.go_to("2026-09-18T12:00:00-04:00").await;

    let mut kinds = BTreeSet::new();
    for number in ["ORV-1", "ORV-2", "ORV-3"] {
        let view = view_ticket(environment, &desk.viewer(1).await, number).await.expect("seen");
        kinds.extend(
            view.deliveries.into_iter().filter(|sent| sent.state != "held").map(|delivery| delivery.kind),
        );
    }
    for kind in
        ["acknowledgement", "reply", "told", "missed", "customer_wrote", "rule", "returned", "update_asked"]
    {
        assert!(kinds.contains(kind), "{kind} left: {kinds:?}");
    }
    let handed = server.taken();
    let (mut written, mut answering) = (0, 0);
    for letter in &handed {
        let text = String::from_utf8_lossy(&letter.bytes);
        let what = format!("{:?} to {:?}\n{text}", header(letter, "Subject"), letter.to);
        assert_eq!(letter.to.len(), 1, "{what}");
        let says = header(letter, "Auto-Submitted");
        if !letter.from.is_empty() {
            // A person wrote it: whoever cannot deliver it says so to the mailbox, and it claims no machine.
            assert_eq!((letter.from.as_str(), says), ("aide@orvane.example", None), "{what}");
            let said = mail::parse(&letter.bytes).text;
            assert!(said.contains("mode sans échec") || said.contains("C’est réglé"), "{what}");
            written += 1;
        } else {
            assert!(matches!(says.as_deref(), Some("auto-replied" | "auto-generated")), "{what}");
            assert!(header(letter, mail::LOOP_HEADER).is_some(), "{what}");
        }
        // What answers a letter refers to it.
        if says_answers(letter) {
            let (answers, refers) = (header(letter, "In-Reply-To"), header(letter, "References"));
            let (answers, refers) = (answers.expect(&what), refers.expect(&what));
            assert!(refers.ends_with(&answers) && refers.contains("@client.example>"), "{what}");
            answering += 1;
        }
    }
    assert!(written >= 2 && answering >= 4, "{written} written, {answering} answering");
    let of = |words: &str| {
        handed.iter().filter(|letter| String::from_utf8_lossy(&letter.bytes).contains(words)).count()
    };
    assert_eq!((of("/entrer/") >= 2, of("ORV-1") > 5), (true, true), "letters that let in left too");
}

/// Whether a letter answers what somebody wrote: receipts, and what a person or a rule answers.
fn says_answers(letter: &HandedLetter) -> bool {
    header(letter, "Auto-Submitted").is_none_or(|says| says == "auto-replied")
}

fn telling() -> String {
    let receipt = "says = [\"number\"] }\n";
    let more = "taken = { on = \"assigned\", tell = [\"requester\"], by = [\"email\"] }\n";
    AGREEMENT.replacen(receipt, &format!("{receipt}{more}"), 1)
}

/// A mail server that is away for four days: what waited is given up then, and whoever takes care of the request is
/// told that it did not leave.
async fn what_is_given_up_is_told(desk: Desk) {
    let environment = &desk.environment;
    desk.receive(LETTER, true).await;
    let agent = desk.viewer(1).await;
    let seen = async || view_ticket(environment, &agent, "ORV-1").await.expect("seen").deliveries;
    let start = environment.now();
    let mut told_after = None;
    for _ in 0..400 {
        let next = environment.store.next_outbox_due().await.expect("read").expect("something waits");
        move_clock(environment, next.plus_milliseconds(1)).await.expect("time passes");
        let deliveries = seen().await;
        let receipt = deliveries.iter().find(|delivery| delivery.kind == "acknowledgement").expect("owed");
        let is_told = deliveries.iter().any(|delivery| delivery.kind == "returned");
        assert_eq!(receipt.state == "returned", is_told, "told once it is given up");
        if is_told {
            assert!(receipt.error.is_some());
            told_after = Some((environment.now().seconds() - start.seconds()) / 3600);
            break;
        }
    }
    assert!(told_after.is_some_and(|hours| (96..=120).contains(&hours)), "{told_after:?}");
}

/// Whoever asks a colleague in waits for no mail server, and keeps nobody waiting who changes people meanwhile: nor does
/// the time tell whether the address was known.
async fn an_invitation_waits_for_no_mail_server(desk: Desk) {
    let (environment, provider) = (&desk.environment, &desk.provider.id);
    let standing = Standing { account: AccountId(1), role: AccountRole::Manager };
    environment.store.put_standing(provider, PersonId(3), standing).await.expect("given");
    let via = Via::Token { scopes: vec![Scope::Read, Scope::Write] };
    let maude = Viewer { via, ..desk.viewer(3).await };
    let asked = |email| AskedIn { account: "bouleaux", name: "Zoé", email, role: AccountRole::Reader };
    let invitations = async {
        for email in ["zoe@client.example", "zelie@client.example", "paul@client.example"] {
            let origin = Origin::default();
            invite_to_account(environment, &maude, None, &asked(email), &origin).await.expect("asked in");
        }
    };
    tokio::time::timeout(Duration::from_secs(5), invitations).await.expect("answered before the server is");
    let waiting = environment.store.invitations(provider, AccountId(1), environment.now()).await;
    assert_eq!(waiting.expect("read").len(), 3);
}

/// A mail server that takes connections and says nothing.
fn silent_server() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    (listener, port)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asked_in_sqlite() {
    let (_server, port) = silent_server();
    let folder = TemporaryFolder::new("wire");
    let store = Database::open_sqlite(&SqliteConfig::at(folder.join("wire.sqlite"))).await.expect("a store");
    an_invitation_waits_for_no_mail_server(desk_before(store, folder, port).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asked_in_postgres() {
    let (_server, port) = silent_server();
    let url = Postgres::shared().fresh_database();
    let store = Database::open_postgres(&PostgresConfig { url, pool_size: 4 }).await.expect("a store");
    an_invitation_waits_for_no_mail_server(desk_before(store, TemporaryFolder::new("wire"), port).await)
        .await;
}

/// So many requests of the contact, each with an answer that waits to leave.
async fn answered(desk: &Desk, count: usize) {
    for place in 0..count {
        let letter = LETTER
            .replace("<one@", &format!("<un{place}@"))
            .replace("ne s'ouvre", &format!("{place} ne s'ouvre"));
        desk.receive(&letter, true).await;
    }
    goes_round(desk).await;
    let agent = desk.viewer(1).await;
    for place in 1..=count {
        let number = format!("ORV-{place}");
        command_ticket(&desk.environment, &agent, &number, reply("Essayez encore."), None)
            .await
            .expect("answered");
    }
}

fn answers(server: &FakeMailServer) -> Vec<HandedLetter> {
    let taken = server.taken().into_iter();
    taken.filter(|letter| mail::parse(&letter.bytes).text.contains("Essayez encore.")).collect()
}

/// Letters are noted as sent a few at a time, and none leaves when another node may have been given it.
async fn slow_letters_leave_once(store: Database, folder: TemporaryFolder) {
    let known = Arc::<OnceLock<Arc<Environment>>>::default();
    let slow = Arc::clone(&known);
    let server = FakeMailServer::start_with(move || {
        if let Some(environment) = slow.get() {
            environment.clock.move_to(environment.now().plus_seconds(31));
        }
    });
    let mut desk = desk_before(store, folder, server.port()).await;
    let environment = Arc::get_mut(&mut desk.environment).expect("nobody else");
    environment.installation.post.requests_per_person = 100;
    answered(&desk, 30).await;
    let before = server.taken().len();
    assert!(known.set(Arc::clone(&desk.environment)).is_ok());
    let first = deliver_notices(&desk.environment).await.expect("a round");
    assert!((1..30).contains(&first), "{first} left at once");
    assert_eq!(server.taken().len() - before, first, "and no more");
    while deliver_notices(&desk.environment).await.expect("a round") > 0 {}
    let identities: Vec<_> = answers(&server).iter().map(|letter| header(letter, "Message-ID")).collect();
    assert_eq!(identities.len(), 30, "each once");
    assert_eq!(identities.into_iter().collect::<BTreeSet<_>>().len(), 30);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_letters_sqlite() {
    let (store, folder, _) = Disk::sqlite("wire").await;
    slow_letters_leave_once(store, folder).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_letters_postgres() {
    let (store, folder, _) = Disk::postgres("wire").await;
    slow_letters_leave_once(store, folder).await;
}

/// A request that cannot be read any more keeps its own letters back, and nobody else's.
async fn what_cannot_be_read_holds_nothing_up(store: Database, folder: TemporaryFolder, disk: Disk) {
    let server = FakeMailServer::start();
    let desk = desk_before(store, folder, server.port()).await;
    answered(&desk, 2).await;
    let of = "(SELECT id FROM ticket WHERE number = 'ORV-1')";
    disk.tamper(&format!("UPDATE log SET body = '[' WHERE ticket = {of}"));
    // What was read before is read anew at another version.
    disk.tamper("UPDATE ticket SET version = version + 1 WHERE number = 'ORV-1'");
    deliver_notices(&desk.environment).await.expect("a round");
    assert_eq!(answers(&server).len(), 1, "the other's answer left");
    deliver_notices(&desk.environment).await.expect("another round");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unreadable_sqlite() {
    let (store, folder, disk) = Disk::sqlite("wire").await;
    what_cannot_be_read_holds_nothing_up(store, folder, disk).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unreadable_postgres() {
    let (store, folder, disk) = Disk::postgres("wire").await;
    what_cannot_be_read_holds_nothing_up(store, folder, disk).await;
}

async fn desk_before_a_server(store: Database, folder: TemporaryFolder) -> (Desk, FakeMailServer) {
    let server = FakeMailServer::start();
    (desk_before(store, folder, server.port()).await, server)
}

/// A desk whose letters go to a mail server at a port of this machine.
async fn desk_before(store: Database, folder: TemporaryFolder, port: u16) -> Desk {
    let settings = SmtpSettings {
        host: "127.0.0.1".to_owned(),
        port,
        encryption: SmtpEncryption::None,
        credentials: None,
        hello_name: "desk.example".to_owned(),
        timeout: Duration::from_secs(10),
        connections_at_most: 2,
        authorities: None,
    };
    let transport = Transport::Smtp(SmtpTransport::new(settings).expect("settings"));
    desk_under(store, folder, transport, &telling(), &parameters()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn given_up_sqlite() {
    let folder = TemporaryFolder::new("wire");
    let store = Database::open_sqlite(&SqliteConfig::at(folder.join("wire.sqlite"))).await.expect("a store");
    what_is_given_up_is_told(desk_before(store, folder, free_port()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn given_up_postgres() {
    let url = Postgres::shared().fresh_database();
    let store = Database::open_postgres(&PostgresConfig { url, pool_size: 4 }).await.expect("a store");
    what_is_given_up_is_told(desk_before(store, TemporaryFolder::new("wire"), free_port()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_the_wire_sqlite() {
    let folder = TemporaryFolder::new("wire");
    let store = Database::open_sqlite(&SqliteConfig::at(folder.join("wire.sqlite"))).await.expect("a store");
    let (desk, server) = desk_before_a_server(store, folder).await;
    every_letter_that_no_person_wrote_says_so(desk, server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_the_wire_postgres() {
    let url = Postgres::shared().fresh_database();
    let store = Database::open_postgres(&PostgresConfig { url, pool_size: 4 }).await.expect("a store");
    let (desk, server) = desk_before_a_server(store, TemporaryFolder::new("wire")).await;
    every_letter_that_no_person_wrote_says_so(desk, server).await;
}
