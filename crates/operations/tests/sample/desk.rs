//! A desk of its own for a test, on either database.

// Each test program uses what it needs of it.
#![allow(dead_code)]

use calendar::{Instant, LocalDate};
use desk::{AccountId, Contract, ContractId, Person, PersonId, ProviderId, Role};
use harness::{Postgres, TemporaryFolder};
use mail::{MaildirTransport, Transport, list_maildir, parse};
use operations::{
    Environment, Installation, Post, PostRules, ProductClock, Received, SecondFactor, Via, Viewer,
    WebhookReach, adopt_agreement, move_clock, receive_letter,
};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use store::{Account, Database, PostgresConfig, Provider, Session, SqliteConfig};
use terms::{FactValue, Facts};

pub const AGREEMENT: &str = include_str!("../../../../agreements/solidassist.md");

/// The sample with facts that people give in their own words.
pub const WITH_WORDS: &str = concat!(
    include_str!("../../../../agreements/solidassist.md"),
    r#"

## 90 Ce qui est demandé

```terms
[fact]
steps  = { type = "words", from = "customer", required = "triage", fr = "Étapes", en = "Steps" }
impact = { type = "words", from = "agent", fr = "Incidence", en = "Impact" }
```
"#
);

/// What is stored of a secret.
pub fn hash_of(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// A desk of its own: one provider, one agent, one lead, two accounts, a folder for what leaves.
pub struct Desk {
    pub environment: Arc<Environment>,
    pub provider: Arc<Provider>,
    pub folder: TemporaryFolder,
}

pub fn at(text: &str) -> Instant {
    Instant::parse(text).expect("an instant")
}

pub async fn sqlite() -> Desk {
    let folder = TemporaryFolder::new("walks");
    let store = Database::open_sqlite(&SqliteConfig::at(folder.join("walks.sqlite"))).await.expect("a store");
    desk(store, folder).await
}

pub async fn postgres() -> Desk {
    let url = Postgres::shared().fresh_database();
    let store = Database::open_postgres(&PostgresConfig { url, pool_size: 4 }).await.expect("a store");
    desk(store, TemporaryFolder::new("walks")).await
}

pub async fn desk(store: Database, folder: TemporaryFolder) -> Desk {
    let transport = Transport::Maildir(MaildirTransport::new(folder.join("outgoing")));
    desk_with(store, folder, transport).await
}

/// A desk whose letters leave by this transport.
pub async fn desk_with(store: Database, folder: TemporaryFolder, transport: Transport) -> Desk {
    desk_under(store, folder, transport, AGREEMENT, &parameters()).await
}

/// What the contracts of the sample say.
pub fn parameters() -> Facts {
    Facts::new()
        .with("tier", FactValue::text("solidassist"))
        .with("region", FactValue::text("quebec"))
        .with("provider_of_record", FactValue::YesNo(true))
}

/// A desk whose agreement says more than the sample.
pub async fn sqlite_under(document: &str) -> Desk {
    let folder = TemporaryFolder::new("walks");
    let store = Database::open_sqlite(&SqliteConfig::at(folder.join("walks.sqlite"))).await.expect("a store");
    let transport = Transport::Maildir(MaildirTransport::new(folder.join("outgoing")));
    desk_under(store, folder, transport, document, &parameters()).await
}

/// As [`sqlite_under`], on PostgreSQL.
pub async fn postgres_under(document: &str) -> Desk {
    let url = Postgres::shared().fresh_database();
    let store = Database::open_postgres(&PostgresConfig { url, pool_size: 4 }).await.expect("a store");
    let folder = TemporaryFolder::new("walks");
    let transport = Transport::Maildir(MaildirTransport::new(folder.join("outgoing")));
    desk_under(store, folder, transport, document, &parameters()).await
}

/// A desk that has adopted an agreement, with contracts of these parameters.
pub async fn desk_under(
    store: Database,
    folder: TemporaryFolder,
    transport: Transport,
    text: &str,
    parameters: &Facts,
) -> Desk {
    let clock = ProductClock::starting_at(at("2026-08-14T17:59:50-04:00"));
    let installation = Installation {
        public_url: "http://desk.example".to_owned(),
        host_name: "desk.example".to_owned(),
        post: PostRules {
            telephone_systems: vec!["@telephone.example".to_owned()],
            requests_per_person: 10,
            ..PostRules::default()
        },
        second_factor: SecondFactor::OfNobody,
        webhooks: WebhookReach::AlsoThisMachine,
        keys: operations::KeyRules::default(),
        storage: operations::AccountStorage::default(),
    };
    let environment = Arc::new(Environment::new(store, clock, transport, installation));
    let id = ProviderId("orvane".to_owned());
    let mut provider = Provider {
        id: id.clone(),
        name: "Orvane".to_owned(),
        prefix: "ORV".to_owned(),
        mailbox: "aide@orvane.example".to_owned(),
        from_name: "Orvane, assistance".to_owned(),
        language: "fr".to_owned(),
        zone: "America/Toronto".to_owned(),
        agreement: None,
    };
    let store = &environment.store;
    store.put_provider(&provider).await.expect("stored");
    let (agreement, _) = adopt_agreement(&environment, &id, text, "agreement.md").await.expect("adopted");
    provider.agreement = Some(agreement.clone());
    store.put_provider(&provider).await.expect("stored");
    for (number, key, active) in [(1, "bouleaux", true), (2, "montrosier", false)] {
        let account = Account {
            id: AccountId(number),
            provider: id.clone(),
            key: key.to_owned(),
            name: key.to_uppercase(),
        };
        store.put_account(&account).await.expect("stored");
        let contract = Contract {
            id: ContractId(number),
            account: account.id,
            agreement: agreement.clone(),
            parameters: parameters.clone(),
            from: LocalDate::new(2026, 1, 1).expect("a day"),
            to: Some(LocalDate::new(2026, if active { 12 } else { 7 }, 31).expect("a day")),
        };
        store.put_contract(&id, &contract).await.expect("stored");
    }
    for (number, role, name, account) in [
        (1, Role::Agent, "Noé", None),
        (2, Role::Lead, "Léa", None),
        (3, Role::Contact, "Maude", Some(1)),
        (4, Role::Contact, "Paul", Some(2)),
        (5, Role::Contact, "Rose", Some(1)),
        (6, Role::Agent, "Ida", None),
        (7, Role::Manager, "Max", None),
    ] {
        let person = Person {
            id: PersonId(number),
            provider: id.clone(),
            role,
            name: name.to_owned(),
            email: format!(
                "{}@{}.example",
                name.to_lowercase().replace('é', "e"),
                account.map_or("orvane", |_| "client")
            ),
            account: account.map(AccountId),
            language: "fr".to_owned(),
            zone: Some("America/Toronto".to_owned()),
        };
        store.put_person(&person).await.expect("stored");
    }
    Desk { environment, provider: Arc::new(provider), folder }
}

impl Desk {
    /// An administrator of the desk, who has the number 40.
    pub async fn administrator(&self) -> Viewer {
        let admin = Person {
            id: PersonId(40),
            provider: self.provider.id.clone(),
            role: Role::Admin,
            name: "Ada".to_owned(),
            email: "ada@orvane.example".to_owned(),
            account: None,
            language: "fr".to_owned(),
            zone: None,
        };
        self.environment.store.put_person(&admin).await.expect("stored");
        self.viewer(40).await
    }

    /// A session of somebody who proved so many seconds ago who they are; its token is the name.
    pub async fn signed_in(&self, name: &str, person: u128, seconds_ago: i64) {
        let now = self.environment.now();
        let session = Session {
            hash: hash_of(name),
            provider: self.provider.id.clone(),
            person: PersonId(person),
            label: String::new(),
            created_at: now.plus_seconds(-seconds_ago),
            seen_at: now,
            proofs: "password".to_owned(),
            proved_at: Some(now.plus_seconds(-seconds_ago)),
            expires_at: now.plus_seconds(86_400),
        };
        self.environment.store.put_session(&session).await.expect("stored");
    }

    pub async fn viewer(&self, person: u128) -> Viewer {
        let store = &self.environment.store;
        let found = store.person_with_standings(&self.provider.id, PersonId(person)).await.expect("read");
        let (person, standings) = found.expect("the person stands");
        Viewer {
            person: Arc::new(person),
            provider: Arc::clone(&self.provider),
            account_name: None,
            via: Via::Session,
            standings,
        }
    }

    pub async fn receive(&self, bytes: &str, is_authentic: bool) -> Received {
        let bytes = bytes.replace('\n', "\r\n");
        let letter = parse(bytes.as_bytes());
        let received_at = self.environment.now();
        let post = Post {
            is_refusable: false,
            provider: &self.provider,
            letter,
            bytes: bytes.as_bytes(),
            recipient: &self.provider.mailbox,
            received_at,
            is_authentic,
            checks: None,
        };
        receive_letter(&self.environment, post).await.expect("taken in")
    }

    pub fn outgoing(&self) -> Vec<mail::Letter> {
        let folder = self.folder.path().join("outgoing");
        let listed = list_maildir(&folder, 1_000).unwrap_or_default();
        listed.iter().map(|(_, bytes)| parse(bytes)).collect()
    }

    pub fn outgoing_to(&self, address: &str) -> Vec<mail::Letter> {
        let all = self.outgoing().into_iter();
        all.filter(|letter| letter.to.iter().any(|to| to.address == address)).collect()
    }

    pub async fn go_to(&self, instant: &str) {
        move_clock(&self.environment, at(instant)).await.expect("time passes");
    }
}

pub const LETTER: &str = "From: Maude <maude@client.example>\nTo: aide@orvane.example\nSubject: Revit ne s'ouvre plus\n\
    Message-ID: <one@client.example>\nDate: Fri, 14 Aug 2026 17:59:00 -0400\n\nBonjour, Revit se ferme au lancement.\n";

/// Each walk once on each database.
#[macro_export]
macro_rules! on_both_databases {
    ($($walk:ident => $sqlite:ident, $postgres:ident;)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $sqlite() {
                $walk(sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $postgres() {
                $walk(postgres().await).await;
            }
        )*
    };
}
