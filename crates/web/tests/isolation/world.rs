//! Two providers, four customers, and a canary in everything that belongs to somebody.

use crate::laws;
use crate::probe::leak;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use calendar::{Instant, LocalDate};
use desk::{
    AccountId, AccountRole, Capacity, Contract, ContractId, Person, PersonId, ProviderId, Right, Role,
    Standing, TicketId,
};
use harness::{Postgres, TemporaryFolder};
use mail::{MaildirTransport, Transport, list_maildir, parse};
use operations::{
    AccountStorage, Admitted, Environment, Installation, IssuerReach, KeyRules, NewFile, NewRequest,
    OpenIdProvider, Origin, Post, PostRules, ProductClock, Received, Request as Deed, RequestRates, Scope,
    SecondFactor, Via, Viewer, WebhookReach, adopt_agreement, command_ticket, enter, issue_token,
    open_ticket, receive_letter, settle, view_ticket, viewer_of_session,
};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use store::{Account, Database, KeptLetter, PostgresConfig, Provider, Purpose, SqliteConfig};
use terms::{AgreementName, FactValue, Facts};
use tower::ServiceExt;
use web::{Door, TrustedProxies, WebSettings};

/// How every canary begins. What follows is whose it is.
pub const CANARY: &str = "KNR7QX";

/// How every address of a person begins, so that one that turns up where it was not sent is seen.
pub const ADDRESS: &str = "zq7w.";

/// Whose a canary is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Owner {
    /// A customer, by letter.
    Customer(char),
    /// Colleagues of a provider among themselves, by letter.
    House(char),
}

impl Owner {
    fn letters(self) -> String {
        match self {
            Self::Customer(letter) => format!("C{letter}"),
            Self::House(letter) => format!("H{letter}"),
        }
    }

    fn by_letter(letter: char) -> Self {
        if "HK".contains(letter) { Self::House(letter) } else { Self::Customer(letter) }
    }

    /// Whose the canary is whose text goes on like this.
    pub fn of(text: &str) -> Option<Self> {
        let mut letters = text.chars();
        match (letters.next()?, letters.next()?) {
            ('C', letter) => Some(Self::Customer(letter)),
            ('H', letter) => Some(Self::House(letter)),
            _ => None,
        }
    }
}

/// Somebody who tries doors.
pub struct Trier {
    pub name: &'static str,
    pub person: Option<Person>,
    pub capacities: Vec<Capacity>,
    /// Canaries that they may receive.
    pub sees: Vec<Owner>,
    pub cookie: Mutex<String>,
    pub token: String,
}

impl Trier {
    pub fn has(&self, right: Right) -> bool {
        self.capacities.iter().any(|capacity| right.is_given_to(*capacity))
    }
}

/// A request of somebody, with the names under which it might be asked for.
pub struct Asked {
    pub owner: char,
    pub provider: ProviderId,
    pub id: TicketId,
    pub number: String,
    pub files: Vec<String>,
    pub messages: Vec<String>,
}

pub struct World {
    pub environment: Arc<Environment>,
    pub router: Router,
    pub doors: Vec<Door>,
    pub viewers: Vec<Trier>,
    pub asked: Vec<Asked>,
    /// Names of everything, of whatever kind, with whose it is.
    pub names: Vec<(char, String)>,
    pub agreements: Vec<(String, String)>,
    /// Keys of accounts.
    pub account_keys: Vec<String>,
    /// People who try no doors, so that whoever keeps people may change them.
    pub spares: Vec<Person>,
    standings: Vec<(PersonId, Vec<Standing>)>,
    accounts: Vec<(char, AccountId)>,
    folder: TemporaryFolder,
    counter: AtomicU32,
    /// Addresses that probes wrote, each with what their writer sees.
    written: Mutex<Vec<(Vec<Owner>, String)>>,
}

const AGREEMENTS: [(&str, &str); 2] = [
    ("orvane", include_str!("../../../../agreements/solidassist.md")),
    ("brume", include_str!("../../../../agreements/aplicit.md")),
];

fn at(text: &str) -> Instant {
    Instant::parse(text).expect("an instant")
}

fn node(
    store: Database,
    folder: &TemporaryFolder,
    second_factor: SecondFactor,
    keys: KeyRules,
    files_url: Option<String>,
    (rates, storage): (RequestRates, AccountStorage),
) -> (Arc<Environment>, WebSettings) {
    let transport = Transport::Maildir(MaildirTransport::new(folder.join("outgoing")));
    let clock = ProductClock::starting_at(at("2026-08-14T15:00:00-04:00"));
    let installation = Installation {
        public_url: "https://desk.example".to_owned(),
        host_name: "desk.example".to_owned(),
        post: PostRules::default(),
        second_factor,
        webhooks: WebhookReach::AlsoThisMachine,
        keys: KeyRules { standing: true, ..keys },
        storage,
    };
    let environment = Arc::new(Environment::new(store, clock, transport, installation));
    let settings = WebSettings {
        public_url: "https://desk.example".to_owned(),
        demo: false,
        secure_cookies: true,
        files_url,
        trusted_proxies: TrustedProxies::read(&["10.0.0.0/8".to_owned()]).expect("a network"),
        rates: Some(rates),
        outgoing: None,
        stopped: None,
    };
    (environment, settings)
}

impl World {
    pub async fn sqlite() -> Self {
        let folder = TemporaryFolder::new("isolation");
        let store =
            Database::open_sqlite(&SqliteConfig::at(folder.join("desk.sqlite"))).await.expect("a store");
        Self::over(store, folder, SecondFactor::OfNobody).await
    }

    /// One where the provider's people have to have a second factor.
    pub async fn strict() -> Self {
        let folder = TemporaryFolder::new("keys");
        let store =
            Database::open_sqlite(&SqliteConfig::at(folder.join("desk.sqlite"))).await.expect("a store");
        Self::over(store, folder, SecondFactor::OfStaff).await
    }

    pub async fn postgres() -> Self {
        let url = Postgres::shared().fresh_database();
        let store = Database::open_postgres(&PostgresConfig { url, pool_size: 6 }).await.expect("a store");
        Self::over(store, TemporaryFolder::new("isolation"), SecondFactor::OfNobody).await
    }

    async fn over(store: Database, folder: TemporaryFolder, second_factor: SecondFactor) -> Self {
        Self::with_keys(store, folder, second_factor, KeyRules::default()).await
    }

    /// One with rules of its own.
    pub async fn sqlite_with(keys: KeyRules) -> Self {
        let folder = TemporaryFolder::new("isolation");
        let store =
            Database::open_sqlite(&SqliteConfig::at(folder.join("desk.sqlite"))).await.expect("a store");
        Self::with_keys(store, folder, SecondFactor::OfNobody, keys).await
    }

    /// As that, on PostgreSQL.
    pub async fn postgres_with(keys: KeyRules) -> Self {
        let url = Postgres::shared().fresh_database();
        let store = Database::open_postgres(&PostgresConfig { url, pool_size: 6 }).await.expect("a store");
        Self::with_keys(store, TemporaryFolder::new("isolation"), SecondFactor::OfNobody, keys).await
    }

    /// One with identity providers.
    pub async fn with_openid(openid: Vec<OpenIdProvider>) -> Self {
        Self::with_openid_and(SecondFactor::OfNobody, openid).await
    }

    /// As that, where the provider's people have to have a second factor.
    pub async fn strict_with_openid(openid: Vec<OpenIdProvider>) -> Self {
        Self::with_openid_and(SecondFactor::OfStaff, openid).await
    }

    async fn with_openid_and(second_factor: SecondFactor, openid: Vec<OpenIdProvider>) -> Self {
        let folder = TemporaryFolder::new("openid");
        let store =
            Database::open_sqlite(&SqliteConfig::at(folder.join("desk.sqlite"))).await.expect("a store");
        let keys = KeyRules { openid, issuers: IssuerReach::AlsoThisMachine, ..KeyRules::default() };
        Self::with_keys(store, folder, second_factor, keys).await
    }

    /// One whose files come from a host of their own.
    pub async fn with_files_host(store: Database, folder: TemporaryFolder) -> Self {
        let files_url = Some("https://files.example".to_owned());
        let bounds = Default::default();
        Self::built(store, folder, SecondFactor::OfNobody, KeyRules::default(), files_url, bounds).await
    }

    /// One in which the files of an account may take so many bytes.
    pub async fn with_storage(store: Database, folder: TemporaryFolder, bytes: u64) -> Self {
        let bounds = (RequestRates::default(), AccountStorage { bytes_at_most: Some(bytes) });
        Self::built(store, folder, SecondFactor::OfNobody, KeyRules::default(), None, bounds).await
    }

    /// One in which so many requests may come from one person as never do elsewhere.
    pub async fn for_probes(store: Database, folder: TemporaryFolder) -> Self {
        let rates = RequestRates { person: 10_000_000, ..RequestRates::default() };
        let bounds = (rates, AccountStorage::default());
        Self::built(store, folder, SecondFactor::OfNobody, KeyRules::default(), None, bounds).await
    }

    async fn with_keys(
        store: Database,
        folder: TemporaryFolder,
        second_factor: SecondFactor,
        keys: KeyRules,
    ) -> Self {
        Self::built(store, folder, second_factor, keys, None, Default::default()).await
    }

    async fn built(
        store: Database,
        folder: TemporaryFolder,
        second_factor: SecondFactor,
        keys: KeyRules,
        files_url: Option<String>,
        bounds: (RequestRates, AccountStorage),
    ) -> Self {
        let (environment, settings) = node(store, &folder, second_factor, keys, files_url, bounds);
        let router = web::router(Arc::clone(&environment), settings.clone());
        let doors = web::doors(Arc::clone(&environment), settings);
        let mut world = Self {
            environment,
            router,
            doors,
            viewers: Vec::new(),
            asked: Vec::new(),
            names: Vec::new(),
            agreements: Vec::new(),
            account_keys: Vec::new(),
            spares: Vec::new(),
            standings: Vec::new(),
            accounts: Vec::new(),
            folder,
            counter: AtomicU32::new(0),
            written: Mutex::default(),
        };
        world.settle_in().await;
        world
    }

    /// A second node over the same database, and how it answers.
    pub async fn on_two_nodes() -> (Self, Router, Arc<Environment>) {
        let url = Postgres::shared().fresh_database();
        let open = async || {
            let config = PostgresConfig { url: url.clone(), pool_size: 6 };
            Database::open_postgres(&config).await.expect("a store")
        };
        let folder = TemporaryFolder::new("isolation");
        let world = Self::over(open().await, folder, SecondFactor::OfNobody).await;
        let (second, settings) = node(
            open().await,
            &world.folder,
            SecondFactor::OfNobody,
            KeyRules::default(),
            None,
            Default::default(),
        );
        (world, web::router(Arc::clone(&second), settings), second)
    }

    fn canary(&self, owner: Owner) -> String {
        let number = self.counter.fetch_add(1, Ordering::Relaxed);
        format!("{CANARY}{}{number:05}", owner.letters())
    }

    async fn settle_in(&mut self) {
        let mut adopted = Vec::new();
        for (key, text) in AGREEMENTS {
            adopted.push(self.provider(key, text).await);
        }
        // One customer signed something of its own, which the others of the same provider are not to read.
        let clause = format!("\n\n## 91 Ce qui est à nous\n\n{}.\n", self.canary(Owner::Customer('B')));
        let text = AGREEMENTS[0].1.replacen("\"solidassist\"", "\"montrosier\"", 1) + &clause;
        let orvane = adopted[0].0.clone();
        let signed = adopt_agreement(&self.environment, &orvane, &text, "montrosier.md").await;
        adopted.push((orvane, signed.expect("adopted").0));
        self.agreements.push((adopted[2].1.key.clone(), adopted[2].1.version.clone()));
        for (letter, provider, key) in
            [('A', 0, "bouleaux"), ('B', 2, "montrosier"), ('D', 0, "revente"), ('Q', 1, "galets")]
        {
            let (provider, agreement) = &adopted[provider];
            self.account(letter, provider, key, agreement).await;
        }
        let account = |world: &Self, letter: char| {
            world.accounts.iter().find(|(known, _)| *known == letter).expect("an account").1
        };
        let (a, b, d, q) = (account(self, 'A'), account(self, 'B'), account(self, 'D'), account(self, 'Q'));
        let (orvane, brume) = (adopted[0].0.clone(), adopted[1].0.clone());
        self.stranger();
        for (number, name, role) in [
            (1, "agent", Role::Agent),
            (2, "lead", Role::Lead),
            (3, "manager", Role::Manager),
            (4, "admin", Role::Admin),
        ] {
            self.person(number, name, &orvane, role, None, &[], "ABDH").await;
        }
        for (number, name, role) in [
            (11, "reader of A", AccountRole::Reader),
            (12, "requester of A", AccountRole::Requester),
            (13, "manager of A", AccountRole::Manager),
        ] {
            self.person(number, name, &orvane, Role::Contact, Some(a), &[(a, role)], "A").await;
        }
        self.person(21, "contact of B", &orvane, Role::Contact, Some(b), &[], "B").await;
        let both = [(d, AccountRole::Requester), (b, AccountRole::Reader)];
        self.person(31, "reseller", &orvane, Role::Contact, Some(d), &both, "BD").await;
        self.person(101, "agent of Q", &brume, Role::Agent, None, &[], "QK").await;
        self.person(104, "admin of Q", &brume, Role::Admin, None, &[], "QK").await;
        self.person(111, "contact of Q", &brume, Role::Contact, Some(q), &[], "Q").await;
        for (number, provider, role, account) in [
            (51, &orvane, Role::Agent, None),
            (52, &orvane, Role::Contact, Some(a)),
            (53, &orvane, Role::Contact, Some(b)),
            (151, &brume, Role::Lead, None),
        ] {
            self.spare(number, provider, role, account).await;
        }
        for (letter, contact, agent) in [('A', 12, 1), ('B', 21, 1), ('D', 31, 2), ('Q', 111, 101)] {
            for round in 0..3 {
                self.request(letter, contact, agent, round).await;
            }
        }
        for (house, provider) in [('H', &orvane), ('K', &brume)] {
            self.kept_letter(house, provider).await;
        }
        settle(&self.environment).await.expect("everything is sent");
    }

    async fn provider(&mut self, key: &str, text: &str) -> (ProviderId, AgreementName) {
        let id = ProviderId(key.to_owned());
        let mut provider = Provider {
            id: id.clone(),
            name: key.to_uppercase(),
            prefix: key[..3].to_uppercase(),
            mailbox: format!("aide@{key}.example"),
            from_name: key.to_uppercase(),
            language: "fr".to_owned(),
            zone: "America/Toronto".to_owned(),
            agreement: None,
        };
        self.environment.store.put_provider(&provider).await.expect("stored");
        let (agreement, _) =
            adopt_agreement(&self.environment, &id, text, "agreement.md").await.expect("adopted");
        provider.agreement = Some(agreement.clone());
        self.environment.store.put_provider(&provider).await.expect("stored");
        self.agreements.push((agreement.key.clone(), agreement.version.clone()));
        (id, agreement)
    }

    async fn account(&mut self, letter: char, provider: &ProviderId, key: &str, agreement: &AgreementName) {
        let id = AccountId(0x0195_0000_0000_7000_8000_0000_0000_0000 + letter as u128);
        let name = self.canary(Owner::Customer(letter));
        let account = Account { id, provider: provider.clone(), key: key.to_owned(), name };
        self.environment.store.put_account(&account).await.expect("stored");
        let contract = Contract {
            id: ContractId(0x0195_0000_0000_7000_8000_0000_0001_0000 + letter as u128),
            account: id,
            agreement: agreement.clone(),
            parameters: Facts::new()
                .with("tier", FactValue::text("solidassist"))
                .with("region", FactValue::text("quebec"))
                .with("provider_of_record", FactValue::YesNo(true)),
            from: LocalDate::new(2026, 1, 1).expect("a day"),
            to: Some(LocalDate::new(2026, 12, 31).expect("a day")),
        };
        self.environment.store.put_contract(provider, &contract).await.expect("stored");
        self.account_keys.push(key.to_owned());
        for name in [key.to_owned(), id.to_string(), contract.id.to_string()] {
            self.names.push((letter, name));
        }
        self.accounts.push((letter, id));
    }

    fn stranger(&mut self) {
        self.viewers.push(Trier {
            name: "stranger",
            person: None,
            capacities: vec![Capacity::Stranger],
            sees: Vec::new(),
            cookie: Mutex::default(),
            token: String::new(),
        });
    }

    #[expect(clippy::too_many_arguments, reason = "a row of a table")]
    async fn person(
        &mut self,
        number: u128,
        name: &'static str,
        provider: &ProviderId,
        role: Role,
        account: Option<AccountId>,
        standings: &[(AccountId, AccountRole)],
        sees: &str,
    ) {
        let letter = |of: AccountId| self.accounts.iter().find(|(_, id)| *id == of).expect("an account").0;
        let own = account.map(letter);
        let person = Person {
            id: PersonId(0x0195_0000_0000_7000_8000_0000_0002_0000 + number),
            provider: provider.clone(),
            role,
            // Colleagues are known to customers by name.
            name: own.map_or_else(|| format!("Collègue {number}"), |own| self.canary(Owner::Customer(own))),
            email: format!("{ADDRESS}{number}@{}.example", provider.as_str()),
            account,
            language: if number.is_multiple_of(2) { "fr" } else { "en" }.to_owned(),
            zone: Some("America/Toronto".to_owned()),
        };
        let store = &self.environment.store;
        store.put_person(&person).await.expect("stored");
        for (account, role) in standings {
            let standing = Standing { account: *account, role: *role };
            store.put_standing(provider, person.id, standing).await.expect("stored");
        }
        let (_, standings) =
            store.person_with_standings(provider, person.id).await.expect("read").expect("stored");
        let capacities = match role.capacity() {
            Some(capacity) => vec![capacity],
            None => standings.iter().map(|standing| standing.role.capacity()).collect(),
        };
        let scopes = [Scope::Read, Scope::Write, Scope::People];
        let token =
            issue_token(&self.environment, &person, Purpose::ApiToken, &scopes, None).await.expect("a token");
        for name in [person.id.to_string(), person.email.clone()] {
            self.names.push((own.unwrap_or(if provider.as_str() == "orvane" { 'H' } else { 'K' }), name));
        }
        self.standings.push((person.id, standings));
        self.viewers.push(Trier {
            name,
            capacities,
            sees: sees.chars().map(Owner::by_letter).collect(),
            cookie: Mutex::new(self.session(&person).await),
            token: token.token,
            person: Some(person),
        });
    }

    async fn spare(&mut self, number: u128, provider: &ProviderId, role: Role, account: Option<AccountId>) {
        let own = self.accounts.iter().find(|(_, id)| Some(*id) == account).map(|(letter, _)| *letter);
        let person = Person {
            id: PersonId(0x0195_0000_0000_7000_8000_0000_0002_0000 + number),
            provider: provider.clone(),
            role,
            name: own.map_or_else(|| format!("Collègue {number}"), |own| self.canary(Owner::Customer(own))),
            email: format!("{ADDRESS}{number}@{}.example", provider.as_str()),
            account,
            language: "fr".to_owned(),
            zone: None,
        };
        self.environment.store.put_person(&person).await.expect("stored");
        for name in [person.id.to_string(), person.email.clone()] {
            self.names.push((own.unwrap_or(if provider.as_str() == "orvane" { 'H' } else { 'K' }), name));
        }
        self.spares.push(person);
    }

    /// Ids of people that a probe by somebody who keeps people may name: all but those whom they may
    /// change and who try doors themselves.
    pub fn people_for(&self, viewer: &Trier) -> Vec<String> {
        let own = viewer.person.as_ref().map(|person| (&person.provider, person.role.is_staff()));
        let is_theirs = |person: &Person| match own {
            Some((provider, true)) => person.provider == *provider,
            Some((provider, false)) => {
                person.provider == *provider
                    && person.account.is_some_and(|account| {
                        viewer.person.as_ref().is_some_and(|own| own.account == Some(account))
                    })
            }
            None => false,
        };
        let others = self.viewers.iter().filter_map(|known| known.person.as_ref());
        let others = others.filter(|person| !is_theirs(person));
        others.chain(&self.spares).map(|person| person.id.to_string()).collect()
    }

    /// Whoever tried the doors is who they were: nobody changed them.
    pub async fn nobody_was_changed(&self) {
        for viewer in &self.viewers {
            let Some(person) = &viewer.person else { continue };
            let store = &self.environment.store;
            let found = store.person_with_standings(&person.provider, person.id).await.expect("read");
            let (found, standings) = found.unwrap_or_else(|| panic!("{} was let go", viewer.name));
            assert_eq!(found, *person, "{}", viewer.name);
            let before = &self.standings.iter().find(|(id, _)| *id == person.id).expect("known").1;
            assert_eq!(standings, *before, "{}", viewer.name);
        }
    }

    /// A new session of somebody: its cookie.
    async fn session(&self, person: &Person) -> String {
        let link = issue_token(&self.environment, person, Purpose::Demo, &[], None).await.expect("a link");
        let entered = enter(&self.environment, &link.token, &Origin::default()).await.expect("let in");
        let Admitted::In(entered) = entered else { panic!("a standing link lets in at once") };
        format!("__Host-entente={}", entered.session)
    }

    /// Signs somebody in again whose session a probe has ended.
    pub async fn sign_in_again(&self, viewer: &Trier) {
        let Some(person) = &viewer.person else { return };
        let cookie = viewer.cookie.lock().expect("not poisoned").clone();
        let session = cookie.split_once('=').map_or("", |(_, session)| session);
        if viewer_of_session(&self.environment, session).await.is_err() {
            let fresh = self.session(person).await;
            *viewer.cookie.lock().expect("not poisoned") = fresh;
        }
    }

    pub fn trier(&self, name: &str) -> &Trier {
        self.viewers.iter().find(|viewer| viewer.name == name).expect("somebody of this name")
    }

    pub async fn viewer(&self, trier: &Trier) -> Viewer {
        let person = trier.person.as_ref().expect("somebody");
        let provider =
            self.environment.store.provider(&person.provider).await.expect("read").expect("stored");
        let (_, standings) = self
            .environment
            .store
            .person_with_standings(&person.provider, person.id)
            .await
            .expect("read")
            .expect("stored");
        Viewer {
            person: Arc::new(person.clone()),
            provider: Arc::new(provider),
            account_name: None,
            via: Via::Session,
            standings,
        }
    }

    async fn request(&mut self, letter: char, contact: u128, agent: u128, round: u32) {
        let of = |number: u128| {
            let id = PersonId(0x0195_0000_0000_7000_8000_0000_0002_0000 + number);
            let found =
                self.viewers.iter().find(|known| known.person.as_ref().is_some_and(|known| known.id == id));
            found.expect("somebody")
        };
        let (contact, agent) = (self.viewer(of(contact)).await, self.viewer(of(agent)).await);
        let own = Owner::Customer(letter);
        let house = Owner::House(if letter == 'Q' { 'K' } else { 'H' });
        let file = |world: &Self| NewFile {
            name: format!("{}.txt", world.canary(own)),
            media_type: "text/plain".to_owned(),
            bytes: world.canary(own).into_bytes(),
        };
        let new = NewRequest {
            channel: "portal".to_owned(),
            subject: self.canary(own),
            body: format!("Bonjour {}", self.canary(own)),
            files: vec![file(self)],
            idempotency_key: Some(format!("key-{letter}-{round}")),
            ..NewRequest::default()
        };
        let environment = &self.environment;
        let number = open_ticket(environment, &contact, new).await.expect("opened").number;
        let deeds = [
            (&agent, Deed::Note { body: self.canary(house) }),
            (&agent, Deed::TakeUp { reason: None }),
            (
                &agent,
                Deed::Reply {
                    body: self.canary(own),
                    files: vec![file(self)],
                    technical: true,
                    turn: None,
                    undo_seconds: 0,
                },
            ),
            (&agent, Deed::Wait { party: "customer".to_owned(), task: None, reason: Some(self.canary(own)) }),
            (
                &contact,
                Deed::Reply {
                    body: self.canary(own),
                    files: vec![file(self)],
                    technical: true,
                    turn: None,
                    undo_seconds: 0,
                },
            ),
        ];
        for (who, deed) in deeds {
            command_ticket(environment, who, &number, deed, None).await.expect("done");
        }
        self.letter(&contact, &number, own).await;
        let view = view_ticket(environment, &agent, &number).await.expect("shown");
        let (provider, id) =
            environment.store.ticket_by_number(&number).await.expect("read").expect("stored");
        let files: Vec<String> =
            view.messages.iter().flat_map(|message| &message.files).map(|file| file.id.to_string()).collect();
        let messages: Vec<String> = view.messages.iter().map(|message| message.id.to_string()).collect();
        let mut names = vec![number.clone(), id.to_string(), format!("key-{letter}-{round}")];
        names.extend(files.iter().chain(&messages).cloned());
        self.names.extend(names.into_iter().map(|name| (letter, name)));
        self.asked.push(Asked { owner: letter, provider, id, number, files, messages });
    }

    /// A letter that became no request, for those who keep the mail of one provider.
    async fn kept_letter(&mut self, house: char, provider: &ProviderId) {
        for (place, why) in ["bounce", "channel", "unreadable"].into_iter().enumerate() {
            let (subject, words) = (self.canary(Owner::House(house)), self.canary(Owner::House(house)));
            let digest = [house as u8 + u8::try_from(place).expect("a few"); 32];
            let letter = KeptLetter {
                digest,
                mailbox: format!("aide@{}.example", provider.as_str()),
                why: why.to_owned(),
                sender: format!("{}@ailleurs.example", self.canary(Owner::House(house))),
                subject: subject.clone(),
                received_at: self.environment.now(),
            };
            let bytes = format!("From: <x@ailleurs.example>\r\nSubject: {subject}\r\n\r\n{words}\r\n");
            self.environment.store.keep_letter(provider, &letter, bytes.as_bytes()).await.expect("kept");
            let name: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            self.names.push((house, name));
        }
    }

    /// A letter with a form of its own about a request.
    async fn letter(&self, contact: &Viewer, number: &str, own: Owner) {
        let provider = &contact.provider;
        let (from, to) = (&contact.person.email, &provider.mailbox);
        let (words, image) = (self.canary(own), self.canary(own));
        let store = &self.environment.store;
        let (_, ticket) = store.ticket_by_number(number).await.expect("read").expect("it stands");
        let keys = store.thread_keys_of(&provider.id, ticket, self.environment.now()).await.expect("read");
        let answers = keys.first().expect("a letter of ours");
        let bytes = format!(
            "From: <{from}>\r\nTo: <{to}>\r\nSubject: Re\r\nIn-Reply-To: <{answers}>\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n\
             <p>Voici <b>{words}</b><img src=\"cid:i@x\"></p>\r\n--b\r\nContent-Type: image/gif\r\n\
             Content-ID: <i@x>\r\n\r\nGIF89a\u{1}\u{1}\u{1}\u{1}{image}\r\n--b--\r\n"
        );
        let post = Post {
            is_refusable: false,
            provider,
            letter: parse(bytes.as_bytes()),
            bytes: bytes.as_bytes(),
            recipient: to,
            received_at: self.environment.now(),
            is_authentic: true,
            checks: None,
        };
        let received = receive_letter(&self.environment, post).await.expect("taken in");
        assert_eq!(received, Received::Joined(number.to_owned()));
    }

    /// Remembers which addresses of people somebody is about to write themselves.
    pub fn note_addresses_in(&self, viewer: &Trier, holds: impl Fn(&str) -> bool) {
        for (_, name) in self.names.iter().filter(|(_, name)| name.starts_with(ADDRESS) && holds(name)) {
            let mut written = self.written.lock().expect("sound");
            let entry = (viewer.sees.clone(), name.clone());
            if !written.contains(&entry) {
                written.push(entry);
            }
        }
    }

    /// Whether somebody who reads some of the same requests wrote an address into a probe.
    pub fn is_written_by_one_of(&self, sees: &[Owner], address: &str) -> bool {
        let written = self.written.lock().expect("sound");
        written.iter().any(|(writer, known)| known == address && writer.iter().any(|own| sees.contains(own)))
    }

    /// Sends a request into the house.
    pub async fn send(&self, request: Request<Body>) -> axum::response::Response {
        let path = request.uri().path().to_owned();
        let answer = self.router.clone().oneshot(request).await.expect("the router never fails");
        laws::hold(&path, &answer);
        answer
    }

    /// The letters that left, as text, the newest last.
    pub fn letters_to(&self, address: &str) -> Vec<String> {
        let letters = list_maildir(&self.folder.path().join("outgoing"), 100_000).unwrap_or_default();
        let parsed = letters.iter().map(|(_, bytes)| parse(bytes));
        parsed
            .filter(|letter| letter.to.iter().any(|to| to.address == address))
            .map(|letter| letter.text)
            .collect()
    }

    /// The OpenAPI document.
    pub async fn document(&self) -> serde_json::Value {
        let request = Request::get("/api/v1/openapi.json").body(Body::empty()).expect("a request");
        let bytes =
            axum::body::to_bytes(self.send(request).await.into_body(), 1 << 22).await.expect("a body");
        serde_json::from_slice(&bytes).expect("JSON")
    }

    /// Every event in the log of every request was brought by somebody who has a right there.
    pub async fn nobody_wrote_where_they_may_not(&self) {
        for asked in &self.asked {
            let page = self.environment.store.ticket_page(&asked.provider, asked.id).await.expect("read");
            let page = page.expect("the request stands");
            let account = self.accounts.iter().find(|(letter, _)| *letter == asked.owner).map(|(_, id)| *id);
            for recorded in page.log.iter().flat_map(|entry| &entry.commit) {
                let Some(by) = recorded.by.person() else { continue };
                let trier = self
                    .viewers
                    .iter()
                    .find(|known| known.person.as_ref().is_some_and(|person| person.id == by))
                    .expect("somebody known");
                let person = trier.person.as_ref().expect("somebody");
                let standings = &self.standings.iter().find(|(id, _)| *id == by).expect("known").1;
                let may_write = person.provider == asked.provider
                    && (person.role.is_staff()
                        || standings.iter().any(|known| {
                            Some(known.account) == account && known.role != AccountRole::Reader
                        }));
                assert!(may_write, "{} wrote in {}: {:?}", trier.name, asked.number, recorded.event);
            }
        }
    }

    /// Writes what is noted beside requests, which waits for a moment otherwise.
    pub async fn has_written(&self) {
        operations::write_looks(&self.environment).await.expect("written");
        operations::write_journal(&self.environment).await.expect("written");
    }

    /// All that is kept for a provider, as it stands in the file, row by row.
    pub fn rows_of(&self, provider: &str) -> BTreeMap<String, Vec<String>> {
        let file =
            rusqlite::Connection::open(self.folder.join("desk.sqlite")).expect("the file of the store");
        let names = |sql: &str| -> Vec<String> {
            let mut asked = file.prepare(sql).expect("a statement");
            asked.query_map([], |row| row.get(0)).expect("rows").map(|name| name.expect("a name")).collect()
        };
        let tables = names("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'");
        let mut kept = BTreeMap::new();
        for table in tables {
            let columns = names(&format!("SELECT name FROM pragma_table_info('{table}')"));
            if !columns.iter().any(|column| column == "provider") {
                continue;
            }
            let quoted: Vec<String> = columns.iter().map(|column| format!("quote({column})")).collect();
            let sql = format!("SELECT {} FROM {table} WHERE provider = ?1", quoted.join(" || ' ' || "));
            let mut asked = file.prepare(&sql).expect("a statement");
            let rows = asked.query_map([provider], |row| row.get::<_, String>(0)).expect("rows");
            let mut rows: Vec<String> = rows.map(|row| row.expect("a row")).collect();
            rows.sort();
            kept.insert(table, rows);
        }
        kept
    }

    /// A colleague of whoever was made one under this address meanwhile.
    async fn colleague_made(&self, address: &str) -> Option<&Trier> {
        for trier in &self.viewers {
            let Some(person) = trier.person.as_ref().filter(|person| person.role.is_staff()) else {
                continue;
            };
            let store = &self.environment.store;
            let known = store.person_by_email(&person.provider, address).await.expect("read");
            if known.is_some_and(|known| known.role.is_staff()) {
                return Some(trier);
            }
        }
        None
    }

    /// No letter carries a canary to somebody whom it is kept from.
    pub async fn letters_went_to_whom_they_concern(&self) {
        let letters = list_maildir(&self.folder.path().join("outgoing"), 100_000).unwrap_or_default();
        assert!(!letters.is_empty(), "letters left");
        for (_, bytes) in letters {
            let letter = parse(&bytes);
            let files =
                letter.attachments.iter().map(|file| String::from_utf8_lossy(&file.bytes).into_owned());
            let parts =
                [letter.subject.clone(), letter.text.clone(), letter.html.clone().unwrap_or_default()];
            let raw = String::from_utf8_lossy(&bytes).into_owned();
            let whole = parts.into_iter().chain(files).chain([raw]).collect::<Vec<_>>().join("\n");
            for to in &letter.to {
                let trier = self
                    .viewers
                    .iter()
                    .find(|known| known.person.as_ref().is_some_and(|person| person.email == to.address));
                // Whom a probe made a colleague reads what colleagues read.
                let made = match trier {
                    None => self.colleague_made(&to.address).await,
                    Some(_) => None,
                };
                // Who tries no doors reads what is of their own account, their own name above all.
                let owners =
                    self.names.iter().filter(|(_, name)| *name == to.address).map(|(owner, _)| *owner);
                let own: Vec<Owner> = owners
                    .map(
                        |owner| {
                            if "HK".contains(owner) { Owner::House(owner) } else { Owner::Customer(owner) }
                        },
                    )
                    .collect();
                let sees = trier.or(made).map_or(own.as_slice(), |trier| trier.sees.as_slice());
                let told = leak(&whole, sees);
                assert!(told.is_none(), "a letter to {} carries {told:?}: {whole}", to.address);
            }
        }
    }
}
