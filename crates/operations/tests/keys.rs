//! The keys that sign what a desk gives out: sealed at rest, and changed without what was given out losing its worth.

use harness::Postgres;
use operations::{
    Environment, Failure, Former, Origin, ProductClock, Received, Scope, SealingFault, SealingKey, Signed,
    enter, follow_file_link, issue_token, make_webhook, rotate_key, rotate_webhook_secret, seal_signing_keys,
    seal_webhook_secrets, settle, sign_file_link, view_ticket, viewer_of_token,
};
use std::sync::Arc;
use store::{Database, PostgresConfig, Purpose, SqliteConfig};

#[path = "sample/desk.rs"]
mod sample;

use sample::{Desk, LETTER};

/// A secret as a program of before kept it.
const OF_BEFORE: &str = "00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210";

enum Disk {
    Sqlite(String),
    Postgres(String),
}

impl Disk {
    /// All rows of all tables, as a dump holds them.
    fn dump(&self) -> String {
        match self {
            Self::Sqlite(path) => {
                let open = rusqlite::Connection::open(path).expect("opened");
                let mut tables = open
                    .prepare(
                        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'",
                    )
                    .expect("read");
                let names: Vec<String> =
                    tables.query_map([], |row| row.get(0)).expect("read").flatten().collect();
                let mut dump = String::new();
                for name in names {
                    let mut all = open.prepare(&format!("SELECT * FROM \"{name}\"")).expect("read");
                    let columns = all.column_count();
                    let mut rows = all.query([]).expect("read");
                    while let Some(row) = rows.next().expect("read") {
                        for column in 0..columns {
                            let cell: rusqlite::types::Value = row.get(column).expect("a cell");
                            dump += &format!("{cell:?}\n");
                        }
                    }
                }
                dump
            }
            Self::Postgres(url) => {
                let names =
                    Postgres::query(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
                let all = |name: &str| Postgres::query(url, &format!("SELECT t.* FROM {name} t"));
                names.lines().map(all).collect::<Vec<_>>().join("\n")
            }
        }
    }
}

async fn sqlite() -> (Desk, Disk) {
    let folder = harness::TemporaryFolder::new("keys");
    let path = folder.join("keys.sqlite");
    let store = Database::open_sqlite(&SqliteConfig::at(&path)).await.expect("a store");
    (sample::desk(store, folder).await, Disk::Sqlite(path))
}

async fn postgres() -> (Desk, Disk) {
    let url = Postgres::shared().fresh_database();
    let config = PostgresConfig { url: url.clone(), pool_size: 4 };
    let store = Database::open_postgres(&config).await.expect("a store");
    (sample::desk(store, harness::TemporaryFolder::new("keys")).await, Disk::Postgres(url))
}

fn key(name: &str) -> SealingKey {
    SealingKey::new(name, &format!("{name}, thirty-two characters and more")).expect("a key")
}

/// The same desk as another start of the program finds it, with these sealing keys.
fn restarted(desk: &Desk, sealing: Vec<SealingKey>) -> Desk {
    let environment = &desk.environment;
    let mut installation = environment.installation.clone();
    installation.keys.sealing = sealing;
    let clock = ProductClock::starting_at(environment.now());
    let environment =
        Environment::new(environment.store.clone(), clock, environment.transport.clone(), installation);
    Desk {
        environment: Arc::new(environment),
        provider: Arc::clone(&desk.provider),
        folder: harness::TemporaryFolder::new("keys"),
    }
}

/// The Message-ID of the receipt that the request got.
async fn receipt(desk: &Desk) -> String {
    desk.receive(LETTER, true).await;
    settle(&desk.environment).await.expect("sent");
    let sent = desk.outgoing_to("maude@client.example");
    sent.last().and_then(|letter| letter.message_id.clone()).expect("a receipt")
}

/// Whether an answer that nothing but the token vouches for joins.
async fn joins(desk: &Desk, receipt: &str, name: &str) -> bool {
    let answer = format!(
        "From: Maude <maude@client.example>\nTo: aide@orvane.example\nSubject: Re: {name}\nMessage-ID: <{name}@client.example>\n\
         In-Reply-To: <{receipt}>\nDate: Fri, 14 Aug 2026 18:30:00 -0400\n\nVoici {name}.\n"
    );
    match desk.receive(&answer, false).await {
        Received::Joined(_) => true,
        Received::Opened(_) => false,
        other => panic!("{other:?}"),
    }
}

/// Secrets that the settings hold readable: 64 hexadecimal digits in a row.
fn readable(dump: &str) -> Option<&str> {
    let is_hex = |letter: char| letter.is_ascii_digit() || ('a'..='f').contains(&letter);
    let mut words = dump.lines().filter(|line| line.contains("-key") || line.contains("secret"));
    words.find(|line| line.split(|letter| !is_hex(letter)).any(|word| word.len() == 64))
}

async fn keys_are_sealed_and_what_they_signed_is_known((desk, disk): (Desk, Disk)) {
    desk.environment.store.put_setting("reply-key", OF_BEFORE).await.expect("stored");
    let receipt = receipt(&desk).await;
    assert!(disk.dump().contains(OF_BEFORE), "without a sealing key it stands there");
    let sealed = restarted(&desk, vec![key("of-2026")]);
    assert_eq!(seal_signing_keys(&sealed.environment).await, Ok(1));
    assert!(!disk.dump().contains(OF_BEFORE), "no secret is in a dump");
    assert!(joins(&sealed, &receipt, "sealed").await);
    assert_eq!(seal_signing_keys(&sealed.environment).await, Ok(0), "once is enough");
    rotate_key(&sealed.environment, Signed::Replies, Former::ForTheirLife).await.expect("made");
    let dump = disk.dump();
    assert!(!dump.contains(OF_BEFORE) && readable(&dump).is_none(), "{:?}", readable(&dump));

    // Another sealing key comes first: all is sealed by it. One that is missing is named, and nothing is served.
    let both = restarted(&desk, vec![key("of-2027"), key("of-2026")]);
    assert_eq!(seal_signing_keys(&both.environment).await, Ok(1));
    assert!(joins(&both, &receipt, "sealed anew").await);
    assert_eq!(seal_signing_keys(&restarted(&desk, vec![key("of-2027")]).environment).await, Ok(0));
    let missing = seal_signing_keys(&restarted(&desk, vec![key("of-2026")]).environment).await;
    assert_eq!(missing, Err(SealingFault::Missing { name: "of-2027".to_owned() }));
}

/// Former secrets among them, of webhooks that stood there readable and of those that are made since.
async fn secrets_of_webhooks_are_sealed((desk, disk): (Desk, Disk)) {
    let store = &desk.environment.store;
    let id = desk::PersonId(900);
    let manager = desk::Person {
        id,
        provider: desk.provider.id.clone(),
        role: desk::Role::Manager,
        name: "Odile Sorel".into(),
        email: "odile@orvane.example".into(),
        account: None,
        language: "fr".into(),
        zone: None,
    };
    store.put_person(&manager).await.expect("stored");
    let viewer = desk.viewer(id.0).await;
    let kinds = ["ticket.opened".to_owned()];
    let url = "https://recepteur.example/in";
    let shown = |view: operations::WebhookView| view.secret.expect("shown once");
    let made = make_webhook(&desk.environment, &viewer, url, &kinds).await.expect("made");
    let (made_id, hook) = (made.id, made.id.to_string());
    let former = shown(made);
    let signs = shown(rotate_webhook_secret(&desk.environment, &viewer, &hook).await.expect("rotated"));
    assert!(disk.dump().contains(&former) && disk.dump().contains(&signs), "no sealing key is configured");

    let sealed = restarted(&desk, vec![key("of-2026")]);
    assert_eq!(seal_webhook_secrets(&sealed.environment).await, Ok(1));
    assert_eq!(seal_webhook_secrets(&sealed.environment).await, Ok(0), "once is enough");
    let rotated = shown(rotate_webhook_secret(&sealed.environment, &viewer, &hook).await.expect("rotated"));
    let other = shown(make_webhook(&sealed.environment, &viewer, url, &kinds).await.expect("made"));
    let dump = disk.dump();
    for secret in [&former, &signs, &rotated, &other] {
        assert!(!dump.contains(secret.as_str()), "no secret is in a dump");
    }
    let both = restarted(&desk, vec![key("of-2027"), key("of-2026")]);
    assert_eq!(seal_webhook_secrets(&both.environment).await, Ok(2));
    assert_eq!(seal_webhook_secrets(&restarted(&desk, vec![key("of-2027")]).environment).await, Ok(0));
    let missing = seal_webhook_secrets(&restarted(&desk, vec![key("of-2026")]).environment).await;
    assert_eq!(missing, Err(SealingFault::Missing { name: "of-2027".to_owned() }));

    // A former one whose key is away for a while is not thrown away with the others.
    let with_former =
        async || store.all_webhooks().await.expect("read").into_iter().find(|one| one.id == made_id);
    let before = with_former().await.expect("the webhook").former;
    let elsewhere: Vec<_> = before
        .iter()
        .map(|(secret, until)| (secret.replacen("of-2027", "of-elsewhere", 1), *until))
        .collect();
    let webhook = with_former().await.expect("the webhook");
    assert!(store.replace_webhook_secret(&webhook, &webhook.secret, &elsewhere).await.expect("replaced"));
    let next = restarted(&desk, vec![key("of-2028"), key("of-2027")]);
    assert_eq!(seal_webhook_secrets(&next.environment).await, Ok(2));
    assert_eq!(with_former().await.expect("the webhook").former, elsewhere);
    assert_eq!(seal_webhook_secrets(&next.environment).await, Ok(0), "once is enough");
}

async fn a_former_key_verifies_for_its_life_and_not_longer((desk, _): (Desk, Disk)) {
    let environment = &desk.environment;
    let receipt = receipt(&desk).await;
    // A node that read the keys before learns of the new one when it meets what it signed.
    let other_node = restarted(&desk, Vec::new());
    assert!(joins(&other_node, &receipt, "before").await);
    let ids =
        |keys: Vec<(u32, Option<calendar::Instant>)>| keys.into_iter().map(|(id, _)| id).collect::<Vec<_>>();
    let keys = rotate_key(environment, Signed::Replies, Former::ForTheirLife).await.expect("made");
    assert_eq!(ids(keys), [1, 0]);
    assert!(joins(&desk, &receipt, "after").await);
    desk.receive(&LETTER.replace("one@", "two@").replace("lancement", "départ"), true).await;
    settle(environment).await.expect("sent");
    let sent = desk.outgoing_to("maude@client.example");
    let newest = sent.iter().filter_map(|letter| letter.message_id.clone()).find(|id| *id != receipt);
    let newest = newest.expect("a second receipt");
    assert!(joins(&other_node, &newest, "of the new key").await);

    environment.clock.move_to(environment.now().plus_seconds(401 * 24 * 3600));
    assert!(!joins(&desk, &receipt, "too late").await, "the former key has ended");
    assert!(joins(&desk, &newest, "late").await, "the one that signs has not");
    let keys = rotate_key(environment, Signed::Replies, Former::EndNow).await.expect("made");
    assert_eq!(ids(keys), [2]);
    assert!(!joins(&desk, &newest, "stolen").await, "what a stolen key signed is worth nothing");
}

async fn links_outlive_a_new_key_and_end_with_it_where_it_was_stolen((desk, _): (Desk, Disk)) {
    let environment = &desk.environment;
    let viewer = desk.viewer(3).await;
    let with_a_file = "From: Maude <maude@client.example>\nTo: aide@orvane.example\nSubject: Plan\nMessage-ID: <file@client.example>\n\
        Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\n\nVoici.\n--x\n\
        Content-Type: application/octet-stream\nContent-Disposition: attachment; filename=plan.bin\n\nabc\n--x--\n";
    let opened = desk.receive(with_a_file, true).await;
    let Received::Opened(number) = opened else { panic!("{opened:?}") };
    let view = view_ticket(environment, &viewer, &number).await.expect("seen");
    let file = view.messages[0].files[0].id;
    let link = async || sign_file_link(environment, &viewer, &number, file).await.expect("signed");
    let leads = async |link: &str| match follow_file_link(environment, link).await {
        Ok(_) => true,
        Err(Failure::NotFound { .. }) => false,
        Err(failure) => panic!("{failure}"),
    };
    let before = link().await;
    rotate_key(environment, Signed::FileLinks, Former::ForTheirLife).await.expect("made");
    assert!(leads(&before).await && leads(&link().await).await);
    let stolen = link().await;
    rotate_key(environment, Signed::FileLinks, Former::EndNow).await.expect("made");
    assert!(!leads(&before).await && !leads(&stolen).await);
    assert!(leads(&link().await).await);
}

macro_rules! on_both_with_disk {
    ($($deed:ident => $sqlite:ident, $postgres:ident;)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $sqlite() {
                $deed(sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $postgres() {
                $deed(postgres().await).await;
            }
        )*
    };
}

on_both_with_disk! {
    keys_are_sealed_and_what_they_signed_is_known => sealed_sqlite, sealed_postgres;
    secrets_of_webhooks_are_sealed => webhooks_sqlite, webhooks_postgres;
    a_former_key_verifies_for_its_life_and_not_longer => rotated_sqlite, rotated_postgres;
    links_outlive_a_new_key_and_end_with_it_where_it_was_stolen => links_sqlite, links_postgres;
}

/// The links and tokens that a demonstration prints never end: whoever serves its data to others lets nobody in by them.
async fn what_never_ends_lets_in_in_a_demonstration_alone(mut desk: Desk) {
    let person = (*desk.viewer(1).await.person).clone();
    for is_demonstration in [false, true] {
        let environment = Arc::get_mut(&mut desk.environment).expect("nobody else");
        environment.installation.keys.standing = is_demonstration;
        let environment = &desk.environment;
        let link = issue_token(environment, &person, Purpose::Demo, &[], None).await.expect("made");
        let entered = enter(environment, &link.token, &Origin::default()).await;
        assert_eq!(entered.is_ok(), is_demonstration);
        let token = issue_token(environment, &person, Purpose::ApiToken, &[Scope::Read], None).await;
        let seen = viewer_of_token(environment, &token.expect("made").token).await;
        assert_eq!(seen.is_ok(), is_demonstration);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn standing_sqlite() {
    what_never_ends_lets_in_in_a_demonstration_alone(sqlite().await.0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn standing_postgres() {
    what_never_ends_lets_in_in_a_demonstration_alone(postgres().await.0).await;
}
