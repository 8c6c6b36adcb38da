//! Other programs are told what happens: signed, until it arrives, and nothing is lost on the way.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use harness::{Postgres, TemporaryFolder};
use mail::{MaildirTransport, Transport};
use operations::{
    Environment, Failure, Installation, PostRules, ProductClock, Request, Rounds, SealingKey, SecondFactor,
    WebhookChange, WebhookReach, WebhookStanding, change_webhook, command_ticket, list_deliveries,
    list_webhooks, make_webhook, read_journal, remove_webhook, replay_delivery, rotate_webhook_secret,
    seal_webhook_secrets, settle, tell_webhooks, test_webhook, view_webhook,
};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::{Database, NewDelivery, PostgresConfig, SqliteConfig, Webhook, WebhookState};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;

#[path = "sample/desk.rs"]
mod sample;

use desk::{Person, PersonId, Role, WebhookId};
use sample::{Desk, LETTER, at, postgres, sqlite};

/// One call that came in.
#[derive(Clone, Debug)]
struct Call {
    headers: BTreeMap<String, String>,
    body: String,
}

impl Call {
    fn value(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// Whether one of its signatures is the one that this secret makes, computed here anew (RFC 2104).
    fn is_signed_with(&self, secret: &str) -> bool {
        let mut key = STANDARD.decode(secret.strip_prefix("whsec_").expect("a secret")).expect("base64");
        assert!(key.len() <= 64);
        key.resize(64, 0);
        let text =
            format!("{}.{}.{}", self.headers["webhook-id"], self.headers["webhook-timestamp"], self.body);
        let pad = |with: u8| key.iter().map(|byte| byte ^ with).collect::<Vec<u8>>();
        let inner = Sha256::new().chain_update(pad(0x36)).chain_update(text).finalize();
        let outer = Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize();
        let expected = format!("v1,{}", STANDARD.encode(outer));
        self.headers["webhook-signature"].split(' ').any(|signature| signature == expected)
    }
}

/// A program that is told. It answers with the status that is set.
struct Receiver {
    url: String,
    calls: Arc<Mutex<Vec<Call>>>,
    /// The status, and what more the head says; 0 for no answer at all.
    status: Arc<Mutex<(u16, &'static str)>>,
}

impl Receiver {
    async fn listening() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/in", listener.local_addr().expect("an address"));
        let (calls, status) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new((204, ""))));
        let (heard, answered) = (Arc::clone(&calls), Arc::clone(&status));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (heard, answered) = (Arc::clone(&heard), Arc::clone(&answered));
                tokio::spawn(async move {
                    let mut read = Vec::new();
                    let mut part = [0; 4096];
                    let (head, length) = loop {
                        let count = stream.read(&mut part).await.expect("read");
                        read.extend_from_slice(&part[..count]);
                        let text = String::from_utf8_lossy(&read).into_owned();
                        let Some((head, _)) = text.split_once("\r\n\r\n") else { continue };
                        let headers: BTreeMap<String, String> = head
                            .lines()
                            .skip(1)
                            .filter_map(|line| line.split_once(": "))
                            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
                            .collect();
                        let length: usize = headers["content-length"].parse().expect("a length");
                        break (headers, head.len() + 4 + length);
                    };
                    while read.len() < length {
                        let count = stream.read(&mut part).await.expect("read");
                        read.extend_from_slice(&part[..count]);
                    }
                    let text = String::from_utf8(read).expect("text");
                    let body = text.split_once("\r\n\r\n").expect("a body").1.to_owned();
                    heard.lock().expect("sound").push(Call { headers: head, body });
                    let (status, more) = *answered.lock().expect("sound");
                    if status == 0 {
                        return std::future::pending().await;
                    }
                    let answer = format!("HTTP/1.1 {status} So\r\n{more}Content-Length: 0\r\n\r\n");
                    stream.write_all(answer.as_bytes()).await.expect("answered");
                });
            }
        });
        Self { url, calls, status }
    }

    fn answer(&self, status: u16) {
        *self.status.lock().expect("sound") = (status, "");
    }

    fn answer_nothing(&self) {
        self.answer(0);
    }

    fn answer_with(&self, status: u16, header: &'static str) {
        *self.status.lock().expect("sound") = (status, header);
    }

    fn take(&self) -> Vec<Call> {
        std::mem::take(&mut *self.calls.lock().expect("sound"))
    }
}

/// A place at which nobody ever answers: connections stand, and nothing is read. As many as a listener queues.
fn silent_place() -> (std::net::TcpListener, String) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/silence", listener.local_addr().expect("an address"));
    (listener, url)
}

/// A webhook that stands beside those that one desk may make.
async fn put_webhook(desk: &Desk, id: u128, url: &str) -> Webhook {
    let keeper = with_manager(desk).await;
    let webhook = Webhook {
        provider: desk.provider.id.clone(),
        id: WebhookId(id),
        url: url.to_owned(),
        kinds: all(),
        secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned(),
        former: Vec::new(),
        state: WebhookState::On,
        position: desk.environment.store.latest_position(&desk.provider.id).await.expect("read"),
        failing_since: None,
        resting_until: None,
        created_at: desk.environment.now(),
        created_by: keeper.person.id,
    };
    desk.environment.store.add_webhook(&webhook).await.expect("stored");
    webhook
}

/// Queues so many messages for a webhook.
async fn queue(desk: &Desk, webhook: &Webhook, count: usize) {
    let payload = r#"{"type":"webhook.test","timestamp":"2026-08-14T22:00:00Z","data":{}}"#;
    let deliveries: Vec<NewDelivery> = (0..count)
        .map(|place| NewDelivery {
            id: format!("msg_queued_{place:04}"),
            kind: "webhook.test".to_owned(),
            payload: payload.to_owned(),
        })
        .collect();
    let store = &desk.environment.store;
    let now = desk.environment.now();
    store.queue_deliveries(webhook, webhook.position, &deliveries, now).await.expect("queued");
}

/// A thousand receivers that never answer, each with more to hear than it is called with at once, cost the one that
/// does less than one call to one of them: neither when all are told for the first time, nor when something happens
/// meanwhile.
async fn who_never_answers_delays_nobody(desk: Desk) {
    let environment = &desk.environment;
    let manager = with_manager(&desk).await;
    let (_listener, silence) = silent_place();
    let mut webhooks = Vec::new();
    for id in 0..1_000 {
        webhooks.push(put_webhook(&desk, 1_000 + id, &silence).await);
    }
    for webhook in &webhooks {
        queue(&desk, webhook, 3).await;
    }
    let receiver = Receiver::listening().await;
    let own = put_webhook(&desk, 9_999, &receiver.url).await;
    queue(&desk, &own, 1).await;
    let (stop, stopped) = watch::channel(false);
    let rounds = tokio::spawn(Rounds::run(Arc::clone(environment), stopped));
    let heard = || receiver.calls.lock().expect("sound").len();
    wait_until("the first message came", || heard() == 1).await;
    for turn in 0..5 {
        receiver.take();
        let begun = tokio::time::Instant::now();
        test_webhook(environment, &manager, &own.id.to_string()).await.expect("queued");
        wait_until("a message came", || heard() == 1).await;
        // A call to a single one of the silent is given up after 15 seconds.
        assert!(begun.elapsed() < Duration::from_secs(10), "turn {turn}: after {:?}", begun.elapsed());
    }
    let _ = stop.send(true);
    rounds.await.expect("ended");
}

/// Two nodes call one receiver as often at once as one node does.
async fn a_webhook_is_in_one_hand_at_a_time(desk: Desk, store: Database) {
    let (listener, url) = {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/in", listener.local_addr().expect("an address"));
        (listener, url)
    };
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = (Arc::clone(&now), Arc::clone(&most), Arc::clone(&calls));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (now, most, calls) = counted.clone();
            tokio::spawn(async move {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                let _ = stream.read(&mut [0; 4096]).await;
                tokio::time::sleep(Duration::from_millis(20)).await;
                now.fetch_sub(1, Ordering::SeqCst);
                calls.fetch_add(1, Ordering::SeqCst);
                let _ = stream.write_all(b"HTTP/1.1 204 So\r\n\r\n").await;
            });
        }
    });
    let webhook = put_webhook(&desk, 1_000, &url).await;
    queue(&desk, &webhook, 120).await;
    let other = environment_over(store, &desk.folder, "2026-08-14T17:59:50-04:00");
    // What one node put there is due for the other as well.
    other.clock.move_to(desk.environment.now());
    let (stop, stopped) = watch::channel(false);
    let nodes = [Arc::clone(&desk.environment), other]
        .map(|environment| tokio::spawn(Rounds::run(environment, stopped.clone())));
    wait_until("all came", || calls.load(Ordering::SeqCst) >= 120).await;
    let _ = stop.send(true);
    for node in nodes {
        node.await.expect("ended");
    }
    assert_eq!(calls.load(Ordering::SeqCst), 120, "each once");
    assert_eq!(most.load(Ordering::SeqCst), 2);
}

/// What is told of one request bears its place in the history of that request.
async fn messages_of_a_request_are_numbered(desk: Desk) {
    let environment = &desk.environment;
    let manager = with_manager(&desk).await;
    let receiver = Receiver::listening().await;
    desk.receive(LETTER, true).await;
    settle(environment).await.expect("rounds");
    let before = {
        let found = environment.store.ticket_by_number("ORV-1").await.expect("read");
        let (provider, ticket) = found.expect("it is there");
        let log = environment.store.load_log(&provider, ticket).await.expect("read");
        log.iter().map(|entry| entry.commit.len() as u64).sum::<u64>()
    };
    make_webhook(environment, &manager, &receiver.url, &all()).await.expect("made");
    let agent = desk.viewer(1).await;
    for turn in 0..3 {
        let note = Request::Note { body: format!("Un mot, le {turn}e") };
        command_ticket(environment, &agent, "ORV-1", note, None).await.expect("noted");
        if turn == 1 {
            desk.receive(&LETTER.replace("one@", "two@"), true).await;
            let up = Request::TakeUp { reason: None };
            command_ticket(environment, &agent, "ORV-1", up, None).await.expect("taken up");
        }
    }
    settle(environment).await.expect("rounds");
    let mut places: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for call in receiver.take() {
        let data = &call.value()["data"];
        let number = data["number"].as_str().expect("a number").to_owned();
        places.entry(number).or_default().push(data["sequence"].as_u64().expect("a place"));
    }
    for (number, from) in [("ORV-1", before + 1), ("ORV-2", 1)] {
        let found = places.get_mut(number).expect(number);
        found.sort_unstable();
        let all: Vec<u64> = (from..from + found.len() as u64).collect();
        assert!(found.len() > 3 && *found == all, "{number}: {found:?} from {from}");
    }
}

/// A receiver that is overloaded is left alone with all that waits for it; others are told meanwhile, and whoever
/// wants to know at once is told at once.
async fn who_is_overloaded_is_left_alone_altogether(desk: Desk) {
    let environment = &desk.environment;
    let manager = with_manager(&desk).await;
    for (status, header) in [
        (429, ""),
        (502, ""),
        (503, ""),
        (504, ""),
        (500, "Retry-After: 5\r\n"),
        (429, "Retry-After: 30\r\n"),
    ] {
        let (receiver, beside) = (Receiver::listening().await, Receiver::listening().await);
        let made = make_webhook(environment, &manager, &receiver.url, &all()).await.expect("made").id;
        let other = make_webhook(environment, &manager, &beside.url, &all()).await.expect("made").id;
        receiver.answer_with(status, header);
        for _ in 0..6 {
            for id in [made, other] {
                test_webhook(environment, &manager, &id.to_string()).await.expect("queued");
            }
        }
        settle(environment).await.expect("rounds");
        let tried = receiver.take().len();
        assert!((1..=2).contains(&tried), "{status} {header}: {tried} calls under way when it said so");
        assert_eq!(beside.take().len(), 6, "{status}");
        let seen = view_webhook(environment, &manager, &made.to_string()).await.expect("seen");
        assert!(seen.resting_until.is_some_and(|until| until > environment.now()), "{status}: {seen:?}");
        receiver.answer(204);
        settle(environment).await.expect("rounds");
        assert!(receiver.take().is_empty(), "{status}: not one of them before its time");
        environment.clock.move_to(environment.now().plus_seconds(40));
        settle(environment).await.expect("rounds");
        assert_eq!(receiver.take().len(), 6, "{status}: and then all of them");
        receiver.answer_with(503, "Retry-After: 3600\r\n");
        test_webhook(environment, &manager, &made.to_string()).await.expect("queued");
        settle(environment).await.expect("rounds");
        receiver.take();
        receiver.answer(204);
        test_webhook(environment, &manager, &made.to_string()).await.expect("queued");
        settle(environment).await.expect("rounds");
        assert_eq!(receiver.take().len(), 1, "{status}: who asks for a trial is shown one");
        for id in [made, other] {
            remove_webhook(environment, &manager, &id.to_string()).await.expect("removed");
        }
    }
    // A message that it cannot take is its own trouble alone.
    let receiver = Receiver::listening().await;
    let made = make_webhook(environment, &manager, &receiver.url, &all()).await.expect("made").id;
    receiver.answer(422);
    for _ in 0..6 {
        test_webhook(environment, &manager, &made.to_string()).await.expect("queued");
    }
    settle(environment).await.expect("rounds");
    assert_eq!(receiver.take().len(), 6);
}

/// Whoever keeps webhooks.
async fn with_manager(desk: &Desk) -> operations::Viewer {
    let manager = Person {
        id: PersonId(9),
        provider: desk.provider.id.clone(),
        role: Role::Admin,
        name: "Inès".to_owned(),
        email: "ines@orvane.example".to_owned(),
        account: None,
        language: "fr".to_owned(),
        zone: None,
    };
    desk.environment.store.put_person(&manager).await.expect("stored");
    desk.viewer(9).await
}

fn all() -> Vec<String> {
    vec!["*".to_owned()]
}

async fn what_happens_is_told_and_signed(desk: Desk) {
    let environment = &desk.environment;
    let manager = with_manager(&desk).await;
    let receiver = Receiver::listening().await;
    desk.receive(LETTER, true).await;
    settle(environment).await.expect("rounds");
    let made = make_webhook(environment, &manager, &receiver.url, &all()).await.expect("made");
    let secret = made.secret.expect("shown once");
    let few = make_webhook(environment, &manager, &receiver.url, &["ticket.noted".to_owned()]).await;
    let few = few.expect("made");
    assert_eq!(view_webhook(environment, &manager, &made.id.to_string()).await.expect("seen").secret, None);
    settle(environment).await.expect("rounds");
    assert!(receiver.take().is_empty(), "what was before is not told");

    let agent = desk.viewer(1).await;
    let note = Request::Note { body: "Un mot que personne d’autre ne lit".to_owned() };
    command_ticket(environment, &agent, "ORV-1", note, None).await.expect("noted");
    command_ticket(environment, &agent, "ORV-1", Request::TakeUp { reason: None }, None)
        .await
        .expect("taken up");
    settle(environment).await.expect("rounds");
    let calls = receiver.take();
    let (own, others): (Vec<_>, Vec<_>) = calls.iter().partition(|call| call.is_signed_with(&secret));
    assert_eq!(others.len(), 1, "the other webhook asked for notes alone");
    assert!(others[0].is_signed_with(&few.secret.expect("shown once")));
    assert_eq!(others[0].value()["type"], "ticket.noted");
    let kinds: Vec<String> =
        own.iter().map(|call| call.value()["type"].as_str().expect("a kind").to_owned()).collect();
    for kind in ["ticket.noted", "ticket.assigned"] {
        assert!(kinds.iter().any(|known| known == kind), "{kind} in {kinds:?}");
    }
    for call in &calls {
        assert!(!call.body.contains("personne d’autre"), "{}", call.body);
        let value = call.value();
        assert_eq!(value["data"]["number"], "ORV-1");
        assert_eq!(value["data"]["url"], "http://desk.example/api/v1/tickets/ORV-1");
        assert_eq!(call.headers["content-type"], "application/json");
        let sent: i64 = call.headers["webhook-timestamp"].parse().expect("seconds");
        assert!((environment.now().seconds() - sent).abs() < 60);
    }
    // Each event has an id of its own, the same for every webhook.
    let ids: BTreeSet<&String> = own.iter().map(|call| &call.headers["webhook-id"]).collect();
    assert_eq!(ids.len(), own.len());
    assert!(ids.contains(&others[0].headers["webhook-id"]));

    // Of the customer's letter it is told that it came, and nothing that it says.
    let again = LETTER.replace("one@", "two@").replace("\nDate", "\nIn-Reply-To: <one@client.example>\nDate");
    desk.receive(&again, true).await;
    settle(environment).await.expect("rounds");
    let calls = receiver.take();
    assert!(calls.iter().any(|call| call.value()["type"] == "ticket.message_received"), "{calls:?}");
    assert!(calls.iter().all(|call| !call.body.contains("Revit") && !call.body.contains("maude")));

    let told = list_deliveries(environment, &manager, &made.id.to_string(), None, 2).await.expect("listed");
    assert_eq!((told.rows.len(), told.rows[0].state), (2, "done"));
    let next = told.cursor.expect("there are more");
    let more = list_deliveries(environment, &manager, &made.id.to_string(), Some(&next), 200).await;
    assert!(more.expect("listed").rows.iter().all(|row| told.rows.iter().all(|first| first.id != row.id)));
    remove_webhook(environment, &manager, &made.id.to_string()).await.expect("removed");
    assert_eq!(list_webhooks(environment, &manager).await.expect("listed").len(), 1);
}

async fn what_does_not_arrive_is_sent_again(desk: Desk) {
    let environment = &desk.environment;
    let manager = with_manager(&desk).await;
    let receiver = Receiver::listening().await;
    receiver.answer(500);
    let made = make_webhook(environment, &manager, &receiver.url, &["ticket.opened".to_owned()]).await;
    let id = made.expect("made").id.to_string();
    desk.receive(LETTER, true).await;
    settle(environment).await.expect("rounds");
    let first = receiver.take();
    assert_eq!(first.len(), 1, "not before its time again");
    let row = list_deliveries(environment, &manager, &id, None, 1).await.expect("listed").rows.remove(0);
    assert_eq!((row.state, row.attempts, row.status), ("waiting", 1, Some(500)));
    let seen = view_webhook(environment, &manager, &id).await.expect("seen");
    assert!(seen.failing_since.is_some());
    // A redirect is no arrival either, and is not followed.
    receiver.answer(302);
    desk.go_to("2026-08-14T18:00:10-04:00").await;
    assert_eq!(receiver.take().len(), 1);
    receiver.answer(200);
    desk.go_to("2026-08-14T18:10:00-04:00").await;
    let again = receiver.take();
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].headers["webhook-id"], first[0].headers["webhook-id"]);
    assert_ne!(again[0].headers["webhook-timestamp"], first[0].headers["webhook-timestamp"]);
    let row = list_deliveries(environment, &manager, &id, None, 1).await.expect("listed").rows.remove(0);
    assert_eq!((row.state, row.attempts, row.status), ("done", 3, Some(200)));
    assert_eq!(view_webhook(environment, &manager, &id).await.expect("seen").failing_since, None);

    // What arrived is told again when somebody asks for it.
    replay_delivery(environment, &manager, &id, &row.id).await.expect("queued");
    settle(environment).await.expect("rounds");
    assert_eq!(receiver.take()[0].headers["webhook-id"], row.id);
    let unknown = replay_delivery(environment, &manager, &id, "msg_ORV_999_0").await;
    assert!(matches!(unknown, Err(Failure::NotFound { .. })));

    // Days of failures switch it off, and the journal tells. Nothing is tried meanwhile.
    receiver.answer(503);
    test_webhook(environment, &manager, &id).await.expect("queued");
    for day in ["15", "16", "17", "18", "19", "20", "21"] {
        for hour in ["01", "07", "13", "19"] {
            desk.go_to(&format!("2026-08-{day}T{hour}:00:00-04:00")).await;
        }
        test_webhook(environment, &manager, &id).await.expect("queued");
        settle(environment).await.expect("rounds");
    }
    let seen = view_webhook(environment, &manager, &id).await.expect("seen");
    assert_eq!(seen.state, WebhookStanding::Failed);
    let journal = read_journal(environment, &manager, None, 50).await.expect("read");
    assert_eq!(journal.iter().filter(|row| row.deed == "webhook_switched_off").count(), 1);
    let told = desk.outgoing_to("ines@orvane.example");
    assert_eq!(told.iter().filter(|letter| letter.text.contains("/admin/webhooks/")).count(), 1, "{told:?}");
    receiver.take();
    let agent = desk.viewer(1).await;
    command_ticket(environment, &agent, "ORV-1", Request::TakeUp { reason: None }, None)
        .await
        .expect("taken up");
    desk.receive(&LETTER.replace("one@", "three@"), true).await;
    settle(environment).await.expect("rounds");
    assert!(receiver.take().is_empty());
    // Switched on again, it hears what it missed.
    receiver.answer(200);
    let on = WebhookChange { is_on: Some(true), ..WebhookChange::default() };
    change_webhook(environment, &manager, &id, &on).await.expect("changed");
    settle(environment).await.expect("rounds");
    let calls = receiver.take();
    let opened: Vec<_> = calls.iter().filter(|call| call.value()["type"] == "ticket.opened").collect();
    assert_eq!(opened.len(), 1, "{calls:?}");
    // Who is gone for good is asked no more.
    receiver.answer(410);
    test_webhook(environment, &manager, &id).await.expect("queued");
    settle(environment).await.expect("rounds");
    assert_eq!(view_webhook(environment, &manager, &id).await.expect("seen").state, WebhookStanding::Failed);
}

async fn a_secret_is_changed_without_a_gap(desk: Desk) {
    let environment = &desk.environment;
    let manager = with_manager(&desk).await;
    let receiver = Receiver::listening().await;
    let made = make_webhook(environment, &manager, &receiver.url, &all()).await.expect("made");
    let (id, old) = (made.id.to_string(), made.secret.expect("shown"));
    let fresh =
        rotate_webhook_secret(environment, &manager, &id).await.expect("rotated").secret.expect("shown");
    assert_ne!(old, fresh);
    test_webhook(environment, &manager, &id).await.expect("queued");
    settle(environment).await.expect("rounds");
    let call = receiver.take().remove(0);
    assert!(call.is_signed_with(&old) && call.is_signed_with(&fresh));
    assert_eq!(call.headers["webhook-signature"].split(' ').count(), 2);
    // Each lives its own day: what is made later takes nothing from what was there before.
    desk.go_to("2026-08-15T12:00:00-04:00").await;
    let (one, other) = tokio::join!(
        rotate_webhook_secret(environment, &manager, &id),
        rotate_webhook_secret(environment, &manager, &id)
    );
    let both = [one, other].map(|made| made.expect("rotated").secret.expect("shown"));
    receiver.take();
    test_webhook(environment, &manager, &id).await.expect("queued");
    settle(environment).await.expect("rounds");
    let call = receiver.take().remove(0);
    for secret in [&old, &fresh, &both[0], &both[1]] {
        assert!(call.is_signed_with(secret), "all that were shown within a day sign");
    }
    // Another change of the webhook leaves its secrets alone, and there is an end to them.
    change_webhook(
        environment,
        &manager,
        &id,
        &WebhookChange { kinds: Some(all()), ..WebhookChange::default() },
    )
    .await
    .expect("changed");
    let last = rotate_webhook_secret(environment, &manager, &id).await.expect("rotated");
    let refused = rotate_webhook_secret(environment, &manager, &id).await;
    assert!(matches!(refused, Err(Failure::Invalid { field: "secret", .. })), "{refused:?}");
    desk.go_to("2026-08-15T18:00:10-04:00").await;
    receiver.take();
    test_webhook(environment, &manager, &id).await.expect("queued");
    settle(environment).await.expect("rounds");
    let call = receiver.take().remove(0);
    assert!(!call.is_signed_with(&old), "its day is over");
    assert!(call.is_signed_with(&fresh) && call.is_signed_with(&last.secret.expect("shown")));
    desk.go_to("2026-08-16T12:00:10-04:00").await;
    receiver.take();
    test_webhook(environment, &manager, &id).await.expect("queued");
    settle(environment).await.expect("rounds");
    assert_eq!(receiver.take().remove(0).headers["webhook-signature"].split(' ').count(), 1);
}

/// A receiver knows nothing of how its secret is kept. A node that does not know the key sends nothing, and loses nothing.
async fn sealed_secrets_sign(desk: Desk) {
    let plain = &desk.environment;
    let manager = with_manager(&desk).await;
    let receiver = Receiver::listening().await;
    let made = make_webhook(plain, &manager, &receiver.url, &all()).await.expect("made");
    let (id, old) = (made.id.to_string(), made.secret.expect("shown"));
    let sealing = SealingKey::new("of-2026", "of-2026, thirty-two characters and more").expect("a key");
    let mut installation = plain.installation.clone();
    installation.keys.sealing = vec![sealing];
    let clock = ProductClock::starting_at(plain.now());
    let sealed = Environment::new(plain.store.clone(), clock, plain.transport.clone(), installation);
    let sealed = Arc::new(sealed);
    assert_eq!(seal_webhook_secrets(&sealed).await, Ok(1));
    let fresh = rotate_webhook_secret(&sealed, &manager, &id).await.expect("rotated").secret.expect("shown");
    test_webhook(&sealed, &manager, &id).await.expect("queued");
    settle(&sealed).await.expect("rounds");
    let call = receiver.take().remove(0);
    assert!(call.is_signed_with(&old) && call.is_signed_with(&fresh));
    // It failed before: the days in which nobody calls it are none of its failing.
    receiver.answer(500);
    test_webhook(&sealed, &manager, &id).await.expect("queued");
    settle(&sealed).await.expect("rounds");
    assert_eq!(receiver.take().len(), 1);
    let failing = view_webhook(&sealed, &manager, &id).await.expect("seen");
    assert!(failing.failing_since.is_some() && !failing.waits_for_key);

    test_webhook(plain, &manager, &id).await.expect("queued");
    for _ in 0..12 {
        plain.clock.move_to(plain.now().plus_seconds(12 * 3600));
        settle(plain).await.expect("rounds");
    }
    assert!(receiver.take().is_empty(), "its secrets do not open here");
    let waiting = view_webhook(plain, &manager, &id).await.expect("seen");
    assert!(waiting.waits_for_key && waiting.failing_since.is_none(), "{waiting:?}");
    assert_eq!(waiting.state, WebhookStanding::On);
    let attempts = async || {
        let told = list_deliveries(plain, &manager, &id, None, 2).await.expect("listed");
        let mut attempts: Vec<(&str, u32)> = told.rows.iter().map(|row| (row.state, row.attempts)).collect();
        attempts.sort_unstable();
        attempts
    };
    assert_eq!(attempts().await, [("waiting", 0), ("waiting", 1)], "what is not tried is not counted");

    // A node that knows the key is refused once more: nothing is given up for the days before.
    sealed.clock.move_to(plain.now().plus_seconds(600));
    settle(&sealed).await.expect("rounds");
    assert!(!receiver.take().is_empty());
    assert_eq!(view_webhook(&sealed, &manager, &id).await.expect("seen").state, WebhookStanding::On);
    assert!(attempts().await.iter().all(|(state, _)| *state == "waiting"));
    receiver.answer(204);
    sealed.clock.move_to(sealed.now().plus_seconds(600));
    settle(&sealed).await.expect("rounds");
    let calls = receiver.take();
    // The day of the former secret is over meanwhile.
    assert!(!calls.is_empty() && calls.iter().all(|call| call.is_signed_with(&fresh)));
    assert!(attempts().await.iter().all(|(state, _)| *state == "done"));

    // What a new secret signs opens here too, once it is made here.
    rotate_webhook_secret(plain, &manager, &id).await.expect("rotated");
    assert!(!view_webhook(plain, &manager, &id).await.expect("seen").waits_for_key);
}

/// While messages leave all the time, a receiver that knows the old secret and one that knows the new refuse none.
async fn no_message_is_refused_while_a_secret_changes(desk: Desk) {
    let environment = &desk.environment;
    let manager = with_manager(&desk).await;
    let receiver = Receiver::listening().await;
    let made = make_webhook(environment, &manager, &receiver.url, &all()).await.expect("made");
    let (id, old) = (made.id.to_string(), made.secret.expect("shown"));
    let (stop, stopped) = watch::channel(false);
    let rounds = tokio::spawn(Rounds::run(Arc::clone(environment), stopped));
    let mut fresh = None;
    let mut known_from = 0;
    for message in 0..90 {
        test_webhook(environment, &manager, &id).await.expect("queued");
        if message == 30 {
            let rotated = rotate_webhook_secret(environment, &manager, &id).await.expect("rotated");
            fresh = rotated.secret;
            // Whoever was shown the new secret takes from here on what the new one signs.
            known_from = receiver.calls.lock().expect("sound").len();
        }
        if message % 10 == 0 {
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }
    let fresh = fresh.expect("shown");
    wait_until("all came", || receiver.calls.lock().expect("sound").len() == 90).await;
    let _ = stop.send(true);
    rounds.await.expect("ended");
    let calls = receiver.take();
    assert!(calls.iter().all(|call| call.is_signed_with(&old)), "the old one signs for a day");
    // Two may have been under way when it changed.
    let unknown = calls[known_from..].iter().filter(|call| !call.is_signed_with(&fresh)).count();
    assert!(unknown <= 2, "{unknown} of {}", calls.len() - known_from);
    assert!(
        calls[known_from + unknown..].iter().filter(|call| !call.is_signed_with(&fresh)).count() <= unknown
    );
    for secret in [&old, &fresh] {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").expect("its beginning")).expect("base64");
        assert!((24..=64).contains(&key.len()), "{} bytes", key.len());
    }
    assert_ne!(old, fresh);
}

async fn only_keepers_make_them_and_only_to_public_machines(desk: Desk) {
    let environment = &desk.environment;
    let manager = with_manager(&desk).await;
    for person in [1, 3] {
        let viewer = desk.viewer(person).await;
        let made = make_webhook(environment, &viewer, "https://hooks.client.example/", &all()).await;
        assert!(matches!(made, Err(Failure::NotPermitted)));
        assert!(matches!(list_webhooks(environment, &viewer).await, Err(Failure::NotPermitted)));
    }
    for url in [
        "https://10.1.2.3/",
        "https://169.254.169.254/latest",
        "https://[::ffff:192.168.1.1]/",
        "https://[fd00::1]/",
        "ftp://a.example/",
        "nonsense",
        "",
    ] {
        let made = make_webhook(environment, &manager, url, &all()).await;
        assert!(matches!(made, Err(Failure::Invalid { field: "url", .. })), "{url}: {made:?}");
    }
    let unknown =
        make_webhook(environment, &manager, "https://hooks.client.example/", &["ticket.sung".to_owned()])
            .await;
    assert!(matches!(unknown, Err(Failure::Refused(desk::Refusal::UnknownValue { .. }))));
    let none = make_webhook(environment, &manager, "https://hooks.client.example/", &[]).await;
    assert!(matches!(none, Err(Failure::Invalid { field: "events", .. })));
}

async fn who_is_busy_is_left_alone_as_long_as_they_ask(desk: Desk) {
    let environment = &desk.environment;
    let manager = with_manager(&desk).await;
    let receiver = Receiver::listening().await;
    let made = make_webhook(environment, &manager, &receiver.url, &all()).await.expect("made");
    receiver.answer_with(503, "Retry-After: 600\r\n");
    test_webhook(environment, &manager, &made.id.to_string()).await.expect("queued");
    settle(environment).await.expect("rounds");
    assert_eq!(receiver.take().len(), 1);
    receiver.answer(204);
    desk.go_to("2026-08-14T18:09:00-04:00").await;
    assert!(receiver.take().is_empty(), "the schedule alone would have come back long ago");
    desk.go_to("2026-08-14T18:11:00-04:00").await;
    assert_eq!(receiver.take().len(), 1);
}

/// What stands on a store that another process had, at another instant.
fn environment_over(store: Database, folder: &TemporaryFolder, instant: &str) -> Arc<Environment> {
    let installation = Installation {
        public_url: "http://desk.example".to_owned(),
        host_name: "desk.example".to_owned(),
        post: PostRules::default(),
        second_factor: SecondFactor::OfNobody,
        webhooks: WebhookReach::AlsoThisMachine,
        keys: operations::KeyRules::default(),
        storage: operations::AccountStorage::default(),
    };
    let transport = Transport::Maildir(MaildirTransport::new(folder.join("outgoing")));
    let clock = ProductClock::starting_at(at(instant));
    Arc::new(Environment::new(store, clock, transport, installation))
}

fn ids_of(calls: &[Call]) -> BTreeSet<String> {
    calls.iter().map(|call| call.headers["webhook-id"].clone()).collect()
}

/// Waits until something holds, for some seconds at most.
async fn wait_until(what: &str, holds: impl Fn() -> bool) -> Duration {
    let begun = tokio::time::Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    begun.elapsed()
}

/// A process that ends at any point leaves what it was to tell to the next one, under the same ids.
async fn a_process_that_is_killed_loses_nothing(first: Desk, store: Database) {
    let manager = with_manager(&first).await;
    let receiver = Receiver::listening().await;
    let kinds = vec!["ticket.opened".to_owned()];
    make_webhook(&first.environment, &manager, &receiver.url, &kinds).await.expect("made");
    for letter in 0..5 {
        first.receive(&LETTER.replace("one@", &format!("k{letter}@")), true).await;
    }
    receiver.answer(500);
    tell_webhooks(&first.environment).await.expect("told");
    let tried = ids_of(&receiver.take());
    assert_eq!(tried.len(), 5);
    // It ends between what it sent and what it would have noted of it: two were heard and never answered.
    receiver.answer_nothing();
    first.environment.clock.move_to(first.environment.now().plus_seconds(8));
    let environment = Arc::clone(&first.environment);
    let telling = tokio::spawn(async move { tell_webhooks(&environment).await.map(drop) });
    wait_until("a call came", || !receiver.calls.lock().expect("sound").is_empty()).await;
    telling.abort();
    let _ = telling.await;
    let heard = ids_of(&receiver.take());
    assert!(!heard.is_empty() && heard.is_subset(&tried), "{heard:?} of {tried:?}");
    first.receive(&LETTER.replace("one@", "last@"), true).await;
    let Desk { folder, environment, .. } = first;
    drop(environment);

    let second = environment_over(store, &folder, "2026-08-14T18:00:10-04:00");
    receiver.answer(200);
    while tell_webhooks(&second).await.expect("told") > 0 {}
    assert!(receiver.take().is_empty(), "the webhook is in the first process's hand for a minute");
    second.clock.move_to(at("2026-08-14T19:59:50-04:00"));
    while tell_webhooks(&second).await.expect("told") > 0 {}
    let again = receiver.take();
    let mut expected = tried.clone();
    expected.insert("msg_ORV_6_0".to_owned());
    assert_eq!(ids_of(&again), expected, "no message has a second id, those of {heard:?} neither");
    assert_eq!(again.len(), ids_of(&again).len(), "each once");
}

/// A desk, and its database once more as another node has it.
async fn sqlite_twice() -> (Desk, Database) {
    let folder = TemporaryFolder::new("webhooks");
    let config = SqliteConfig::at(folder.join("desk.sqlite"));
    let store = Database::open_sqlite(&config).await.expect("a store");
    let second = Database::open_sqlite(&config).await.expect("a store");
    (sample::desk(store, folder).await, second)
}

async fn postgres_twice() -> (Desk, Database) {
    let config = PostgresConfig { url: Postgres::shared().fresh_database(), pool_size: 4 };
    let store = Database::open_postgres(&config).await.expect("a store");
    let second = Database::open_postgres(&config).await.expect("a store");
    (sample::desk(store, TemporaryFolder::new("webhooks")).await, second)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_killed_loses_nothing_sqlite() {
    let (desk, second) = sqlite_twice().await;
    a_process_that_is_killed_loses_nothing(desk, second).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_killed_loses_nothing_postgres() {
    let (desk, second) = postgres_twice().await;
    a_process_that_is_killed_loses_nothing(desk, second).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_is_in_one_hand_at_a_time_sqlite() {
    let (desk, second) = sqlite_twice().await;
    a_webhook_is_in_one_hand_at_a_time(desk, second).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_is_in_one_hand_at_a_time_postgres() {
    let (desk, second) = postgres_twice().await;
    a_webhook_is_in_one_hand_at_a_time(desk, second).await;
}

on_both_databases! {
    what_happens_is_told_and_signed => what_happens_is_told_and_signed_sqlite, what_happens_is_told_and_signed_postgres;
    what_does_not_arrive_is_sent_again => what_does_not_arrive_is_sent_again_sqlite, what_does_not_arrive_is_sent_again_postgres;
    who_never_answers_delays_nobody => who_never_answers_delays_nobody_sqlite, who_never_answers_delays_nobody_postgres;
    messages_of_a_request_are_numbered => messages_of_a_request_are_numbered_sqlite, messages_of_a_request_are_numbered_postgres;
    who_is_overloaded_is_left_alone_altogether => who_is_overloaded_is_left_alone_sqlite, who_is_overloaded_is_left_alone_postgres;
    no_message_is_refused_while_a_secret_changes => no_message_is_refused_while_a_secret_changes_sqlite, no_message_is_refused_while_a_secret_changes_postgres;
    who_is_busy_is_left_alone_as_long_as_they_ask => who_is_busy_is_left_alone_sqlite, who_is_busy_is_left_alone_postgres;
    sealed_secrets_sign => sealed_secrets_sign_sqlite, sealed_secrets_sign_postgres;
    a_secret_is_changed_without_a_gap => a_secret_is_changed_without_a_gap_sqlite, a_secret_is_changed_without_a_gap_postgres;
    only_keepers_make_them_and_only_to_public_machines => only_keepers_make_them_sqlite, only_keepers_make_them_postgres;
}
