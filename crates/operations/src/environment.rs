use crate::assign_requests::AssignedLater;
use crate::at_work::AtWork;
use crate::error::Failure;
use crate::fire_rules::RuleTimes;
use crate::folded::Folded;
use crate::gathered::Gathered;
use crate::installation::{AccountStorage, IssuerReach, KeyRules, SecondFactor, WebhookReach};
use crate::keep_looks::Looks;
use crate::key_ring::{KeyRing, Signed};
use crate::limit::Limits;
use crate::list_recipients::Recipient;
use crate::note_attempt::Attempts;
use crate::openid::Issuers;
use crate::password_tries::PasswordTries;
use crate::pulse::Pulse;
use crate::scan_files::Scanner;
use crate::seal_day::Seal;
use crate::turns::Turns;
use crate::view_ticket::PersonView;
use async_recursion::async_recursion as boxed;
use calendar::Instant;
use desk::{AccountId, Contract, Person, PersonId, ProviderId, TicketId, WebhookId};
use mail::Transport;
use outside::{Outside, Reach};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::Duration;
use store::{AuditEntry, Change, Database, DraftMark, Entry, Letter, Provider, StoreError};
use terms::{AgreementName, Terms};
use tokio::sync::{Notify, broadcast, watch};

/// All that the core may not reach for: the store, the time, ids, the transport.
pub struct Environment {
    /// Where everything is recorded.
    pub store: Database,
    /// What time it is for the product.
    pub clock: ProductClock,
    /// How letters leave.
    pub transport: Transport,
    /// What the operator set.
    pub installation: Installation,
    /// How often what was done lately.
    pub limits: Limits,
    /// Whether this node's loops go on.
    pub pulse: Pulse,
    /// Passwords that did not fit lately.
    pub(crate) password_tries: PasswordTries,
    /// What was refused within the minute.
    pub(crate) attempts: Attempts,
    /// Deeds that wait to be written down.
    pub(crate) journal: Gathered<AuditEntry>,
    /// Looks that wait to be written down.
    pub(crate) looks: Looks,
    /// The way out to other programs.
    pub(crate) outside: Outside,
    /// The way to identity providers, and what was lately heard of them.
    pub(crate) issuers_way: Outside,
    pub(crate) issuers: Issuers,
    /// Held by whoever changes people, so that what one decides on stands until it is written.
    pub(crate) people_in_hand: tokio::sync::Mutex<()>,
    token_uses: Remembered<[u8; 32], ()>,
    sessions_seen: Remembered<([u8; 32], Instant), ()>,
    /// The webhooks whose secret does not open here, each noted once.
    pub(crate) unopened: Mutex<HashSet<WebhookId>>,
    /// Woken when there is something to send or a clock to keep.
    pub(crate) work: Notify,
    /// Told when letters were put out.
    pub(crate) letters: Notify,
    /// Told when somebody wants a webhook to be told something now.
    pub(crate) webhooks: Notify,
    /// Told when something was erased whose pages are to be cleaned.
    pub(crate) erased: Notify,
    /// Counts the changes of rights that this node made.
    rights: watch::Sender<u64>,
    shelf: RwLock<HashMap<(ProviderId, AgreementName), Arc<Terms>>>,
    people: Remembered<(ProviderId, PersonId), Arc<Person>>,
    accounts: Remembered<(ProviderId, AccountId), Arc<str>>,
    providers: Remembered<ProviderId, Arc<Provider>>,
    mailboxes: Remembered<String, Arc<Provider>>,
    colleagues: Remembered<ProviderId, Arc<[PersonView]>>,
    entries: Remembered<(ProviderId, &'static str), Arc<[Entry]>>,
    drafts: Remembered<ProviderId, Arc<[DraftMark]>>,
    contracts: Remembered<(ProviderId, AccountId), Arc<[Contract]>>,
    at_work: Remembered<ProviderId, Arc<AtWork>>,
    /// When assigning is tried again for requests for which nobody was there.
    pub(crate) assigned_later: AssignedLater,
    fresh: Remembered<(ProviderId, TicketId), Arc<Folded>>,
    /// Where rules on time are, and when they look again.
    pub(crate) rule_times: RuleTimes,
    counter: AtomicU64,
    /// Held by whoever makes a round, so that one waits for what another has in hand.
    pub(crate) round: tokio::sync::Mutex<()>,
    /// Whether receipts leave late.
    letters_are_late: watch::Sender<bool>,
    /// Held by whoever sends letters.
    pub(crate) sending: tokio::sync::Mutex<()>,
    pub(crate) rings: Remembered<Signed, Arc<KeyRing>>,
    tombstones: OnceLock<PathBuf>,
    seal: OnceLock<Seal>,
    scanner: OnceLock<Scanner>,
    recipients: OnceLock<Vec<Recipient>>,
    /// Who waits to write to a request.
    pub(crate) turns: Turns,
}

/// What the operator set for the whole installation.
#[derive(Clone, Debug)]
pub struct Installation {
    /// Address under which people reach the pages, without a slash at its end.
    pub public_url: String,
    /// Host name used in Message-IDs and in the mail greeting.
    pub host_name: String,
    /// Of whom a second factor is asked.
    pub second_factor: SecondFactor,
    /// How letters are written and answered.
    pub post: PostRules,
    /// Which machines other programs may be told on.
    pub webhooks: WebhookReach,
    /// How people show who they are.
    pub keys: KeyRules,
    /// How much the files of one account's requests may take.
    pub storage: AccountStorage,
}

/// How the desk behaves by mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostRules {
    /// How many letters go by themselves to one stranger within a day.
    pub strangers_per_address: u64,
    /// How many letters go by themselves to all strangers of one domain within a day.
    pub strangers_per_domain: u64,
    /// How many letters go by themselves to all strangers of all desks within a day.
    pub strangers_in_all: u64,
    /// About how many requests that one person opened by letter within an hour they are written to by themselves;
    /// within a day about three times as many.
    pub requests_per_person: u64,
    /// Whether letters ask for answers at an address of their own (`mailbox+…@`), which the server
    /// that receives for the mailbox must then pass on.
    pub reply_addresses: bool,
    /// The addresses from which telephone systems send what was said to them, or whole domains of them
    /// (`@telephone.example`).
    pub telephone_systems: Vec<String>,
}

impl PostRules {
    /// Whether a telephone system writes from this address.
    pub(crate) fn is_telephone_system(&self, address: &str) -> bool {
        let address = address.to_lowercase();
        self.telephone_systems
            .iter()
            .map(|known| known.to_lowercase())
            .any(|known| if known.starts_with('@') { address.ends_with(&known) } else { address == known })
    }
}

impl Default for PostRules {
    fn default() -> Self {
        Self {
            strangers_per_address: 1,
            strangers_per_domain: 100,
            strangers_in_all: 1_000,
            requests_per_person: 1_000,
            reply_addresses: false,
            telephone_systems: Vec::new(),
        }
    }
}

/// What time it is for the product: the machine's time, or, in a demonstration, an instant that was
/// set and runs on from there at real speed.
#[derive(Debug, Default)]
pub struct ProductClock {
    ahead_milliseconds: AtomicI64,
}

impl ProductClock {
    /// A clock that starts at an instant.
    #[must_use]
    pub fn starting_at(instant: Instant) -> Self {
        let clock = Self::default();
        clock
            .ahead_milliseconds
            .store(instant.milliseconds() - machine_now().milliseconds(), Ordering::SeqCst);
        clock
    }

    /// A clock that runs so far ahead of the machine's.
    #[must_use]
    pub fn ahead_by(milliseconds: i64) -> Self {
        Self { ahead_milliseconds: AtomicI64::new(milliseconds) }
    }

    /// The instant now.
    #[must_use]
    pub fn now(&self) -> Instant {
        machine_now().plus_milliseconds(self.ahead_milliseconds.load(Ordering::SeqCst))
    }

    /// Moves the clock forward to an instant; never back. Gives the instant that then is now.
    pub fn move_to(&self, instant: Instant) -> Instant {
        let ahead = instant.milliseconds() - machine_now().milliseconds();
        self.ahead_milliseconds.fetch_max(ahead, Ordering::SeqCst);
        self.now()
    }

    /// By how much the product's time is ahead of the machine's, in milliseconds.
    #[must_use]
    pub fn ahead_milliseconds(&self) -> i64 {
        self.ahead_milliseconds.load(Ordering::SeqCst)
    }
}

/// The one place where the machine's clock is read.
#[expect(clippy::disallowed_methods, reason = "time enters the house here and nowhere else")]
fn machine_now() -> Instant {
    let since_epoch = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("the machine's clock stands after 1970");
    Instant::from_milliseconds(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}

impl Environment {
    /// Wires an environment.
    #[must_use]
    pub fn new(
        store: Database,
        clock: ProductClock,
        transport: Transport,
        installation: Installation,
    ) -> Self {
        let reach = match installation.webhooks {
            WebhookReach::Public => Reach::Public,
            WebhookReach::AlsoThisMachine => Reach::AlsoThisMachine,
        };
        let issuers = match installation.keys.issuers {
            IssuerReach::Public => Reach::Public,
            IssuerReach::AlsoThisMachine => Reach::AlsoThisMachine,
        };
        Self {
            store,
            clock,
            transport,
            installation,
            outside: Outside::new(reach),
            limits: Limits::default(),
            pulse: Pulse::default(),
            password_tries: PasswordTries::default(),
            attempts: Attempts::default(),
            journal: Gathered::default(),
            looks: Looks::default(),
            issuers_way: Outside::new(issuers),
            issuers: Issuers::default(),
            people_in_hand: tokio::sync::Mutex::default(),
            token_uses: Remembered::default(),
            sessions_seen: Remembered::default(),
            unopened: Mutex::default(),
            work: Notify::new(),
            letters: Notify::new(),
            webhooks: Notify::new(),
            erased: Notify::new(),
            rights: watch::Sender::default(),
            shelf: RwLock::default(),
            people: Remembered::default(),
            accounts: Remembered::default(),
            providers: Remembered::default(),
            mailboxes: Remembered::default(),
            colleagues: Remembered::default(),
            entries: Remembered::default(),
            drafts: Remembered::default(),
            contracts: Remembered::default(),
            at_work: Remembered::default(),
            assigned_later: AssignedLater::default(),
            fresh: Remembered::at_most(FRESH_AT_MOST),
            rule_times: RuleTimes::default(),
            counter: AtomicU64::new(0),
            round: tokio::sync::Mutex::default(),
            letters_are_late: watch::Sender::new(false),
            sending: tokio::sync::Mutex::default(),
            rings: Remembered::default(),
            tombstones: OnceLock::new(),
            seal: OnceLock::new(),
            scanner: OnceLock::new(),
            recipients: OnceLock::new(),
            turns: Turns::default(),
        }
    }

    /// The instant now, for the product.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// What changes from now on, as it is committed.
    #[must_use]
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.store.subscribe()
    }

    /// Changes whenever this node changed what somebody may do, so that whoever serves an open
    /// stream looks again. What other nodes change is seen when a stream next asks by itself.
    #[must_use]
    pub fn rights(&self) -> watch::Receiver<u64> {
        self.rights.subscribe()
    }

    /// Says how the checkpoint of each day is signed. Only the first call counts.
    pub fn seal_days_with(&self, seal: Seal) {
        let _ = self.seal.set(seal);
    }

    pub(crate) fn seal(&self) -> Option<&Seal> {
        self.seal.get()
    }

    /// Says which scanner looks at files before they are handed on. Only the first call counts.
    pub fn scan_with(&self, scanner: Scanner) {
        let _ = self.scanner.set(scanner);
    }

    pub(crate) fn scanner(&self) -> Option<&Scanner> {
        self.scanner.get()
    }

    /// Says who gets data by the configuration. Only the first call counts.
    pub fn hand_over_to(&self, recipients: Vec<Recipient>) {
        let _ = self.recipients.set(recipients);
    }

    pub(crate) fn recipients(&self) -> &[Recipient] {
        self.recipients.get().map_or(&[], Vec::as_slice)
    }

    /// Puts letters out that belong to no request, with the entries that they tell of, all or nothing.
    pub(crate) async fn put_letters(&self, told: &[Entry], letters: &[Letter]) -> Result<(), StoreError> {
        self.store.put_letters(told, letters).await?;
        if !told.is_empty() {
            self.entries_changed();
        }
        self.letters.notify_one();
        Ok(())
    }

    /// Says in which file erasures are listed outside the database. Only the first call counts.
    pub fn keep_tombstones_in(&self, path: PathBuf) {
        let _ = self.tombstones.set(path);
    }

    /// The file in which erasures are listed outside the database, where there is one.
    pub(crate) fn tombstones(&self) -> Option<&Path> {
        self.tombstones.get().map(PathBuf::as_path)
    }

    /// Forgets what was lately read of people and requests, as after an erasure.
    pub(crate) fn forget_people(&self) {
        self.people.forget();
        self.colleagues.forget();
        self.at_work.forget();
        self.fresh.forget();
    }

    /// Says that somebody's rights changed. Names and roles lately read are read anew.
    pub(crate) fn rights_changed(&self) {
        self.people.forget();
        self.colleagues.forget();
        self.work_changed();
        self.rights.send_modify(|count| *count += 1);
    }

    /// Notes, beside the request, that a token is in use; every quarter of a minute at most for each.
    pub(crate) fn note_token_use(&self, hash: &[u8; 32]) {
        if self.token_uses.get(hash).is_some() {
            return;
        }
        self.token_uses.put(*hash, ());
        let (store, hash, now) = (self.store.clone(), *hash, self.now());
        tokio::spawn(async move {
            if let Err(failure) = store.note_token_use(&hash, now).await {
                tracing::debug!(error = &failure as &dyn std::error::Error, "a token's use was not noted");
            }
        });
    }

    /// Notes, beside the request, that a session is in use, to so many seconds.
    pub(crate) fn see_session(&self, hash: [u8; 32], seconds: i64) {
        let now = self.now();
        // To a minute of the product's time: most looks at a page write nothing.
        let until =
            Instant::from_milliseconds(now.milliseconds().div_euclid(seconds * 1000) * seconds * 1000);
        if self.sessions_seen.get(&(hash, until)).is_some() {
            return;
        }
        self.sessions_seen.put((hash, until), ());
        let store = self.store.clone();
        tokio::spawn(async move {
            if let Err(failure) = store.see_session(&hash, now).await {
                tracing::debug!(error = &failure as &dyn std::error::Error, "a session's use was not noted");
            }
        });
    }

    /// A new id: 48 bits of product time in milliseconds, a counter, and random bits
    /// (the layout of a version 7 UUID, RFC 9562 section 5.7), so that ids sort by age.
    pub(crate) fn new_id(&self) -> u128 {
        let time = u128::from(self.now().milliseconds().unsigned_abs()) & 0xffff_ffff_ffff;
        let counter = u128::from(self.counter.fetch_add(1, Ordering::Relaxed) & 0xfff);
        let random = u128::from_be_bytes(drawn_bytes());
        (time << 80) | (0x7 << 76) | (counter << 64) | (0b10 << 62) | (random & 0x3fff_ffff_ffff_ffff)
    }

    /// Keeps a request as a commit left it, for the letters that the commit put out.
    pub(crate) fn keep_fresh(&self, folded: &Arc<Folded>) {
        let key = (folded.ticket.provider.clone(), folded.ticket.id);
        self.fresh.put(key, Arc::clone(folded));
    }

    /// A request at a version: as it was kept, if nobody wrote since and it was not yet taken, else
    /// read anew.
    pub(crate) async fn folded(
        &self,
        provider: &ProviderId,
        id: TicketId,
        version: u64,
    ) -> Result<Arc<Folded>, Failure> {
        match self.fresh.take(&(provider.clone(), id)).filter(|kept| kept.ticket.version == version) {
            Some(kept) => Ok(kept),
            None => Folded::read(self, provider, id).await.map(Arc::new),
        }
    }

    /// The terms of an adopted agreement. What was adopted never changes, so they are read once.
    ///
    /// # Errors
    /// There is none of that name, or the store fails.
    pub async fn terms(&self, provider: &ProviderId, name: &AgreementName) -> Result<Arc<Terms>, Failure> {
        let key = (provider.clone(), name.clone());
        // Asked for each row of a list: what is on the shelf costs no future of its own.
        if let Some(terms) = self.shelf.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Arc::clone(terms));
        }
        self.take_from_store(key).await
    }

    #[boxed]
    async fn take_from_store(&self, key: (ProviderId, AgreementName)) -> Result<Arc<Terms>, Failure> {
        let (provider, name) = &key;
        let terms = self.store.agreement_terms(provider, name).await?;
        let terms = terms.ok_or(Failure::NotFound { what: "agreement" })?;
        let unreadable = |error: serde_json::Error| Failure::Agreement {
            agreement: name.to_string(),
            problem: error.to_string(),
        };
        let terms: Arc<Terms> = Arc::new(serde_json::from_str(&terms).map_err(unreadable)?);
        self.shelf.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&terms));
        Ok(terms)
    }

    /// A provider, as lately read.
    pub(crate) async fn provider(&self, id: &ProviderId) -> Result<Arc<Provider>, Failure> {
        if let Some(provider) = self.providers.get(id) {
            return Ok(provider);
        }
        let provider = self.store.provider(id).await?.ok_or(Failure::NotFound { what: "provider" })?;
        let provider = Arc::new(provider);
        self.providers.put(id.clone(), Arc::clone(&provider));
        Ok(provider)
    }

    /// The provider whose mailbox has this address, as lately read; none is asked for anew each time.
    pub(crate) async fn provider_by_mailbox(
        &self,
        address: &str,
    ) -> Result<Option<Arc<Provider>>, StoreError> {
        let address = address.to_lowercase();
        if let Some(provider) = self.mailboxes.get(&address) {
            return Ok(Some(provider));
        }
        let found = self.store.provider_by_mailbox(&address).await?.map(Arc::new);
        if let Some(provider) = &found {
            self.mailboxes.put(address, Arc::clone(provider));
        }
        Ok(found)
    }

    /// A person, as lately read; for names on pages and addresses of letters, never for rights.
    pub(crate) async fn person(
        &self,
        provider: &ProviderId,
        id: PersonId,
    ) -> Result<Option<Arc<Person>>, Failure> {
        let key = (provider.clone(), id);
        if let Some(person) = self.people.get(&key) {
            return Ok(Some(person));
        }
        let Some(person) = self.store.person(provider, id).await? else { return Ok(None) };
        let person = Arc::new(person);
        self.people.put(key, Arc::clone(&person));
        Ok(Some(person))
    }

    /// Everybody who answers a provider's requests, as lately read; for choosing from, never for rights.
    pub(crate) async fn colleagues(&self, provider: &ProviderId) -> Result<Arc<[PersonView]>, Failure> {
        if let Some(colleagues) = self.colleagues.get(provider) {
            return Ok(colleagues);
        }
        let people = self.store.staff(provider, None).await?;
        let colleagues: Arc<[PersonView]> = people.iter().map(PersonView::of).collect();
        self.colleagues.put(provider.clone(), Arc::clone(&colleagues));
        Ok(colleagues)
    }

    /// Notes whether receipts leave late.
    pub(crate) fn note_late_letters(&self, are_late: bool) {
        self.letters_are_late.send_if_modified(|known| std::mem::replace(known, are_late) != are_late);
    }

    /// Lets whoever brought a letter wait while receipts leave late, at most a second: so no more comes than can be
    /// answered in time.
    pub(crate) async fn keep_pace(&self) {
        let mut late = self.letters_are_late.subscribe();
        let in_time = late.wait_for(|are_late| !are_late);
        // After a second it goes on all the same.
        let _ = tokio::time::timeout(Duration::from_secs(1), in_time).await;
    }

    /// Who is at work for a provider, as lately read; for choosing and showing, never for rights.
    pub(crate) async fn at_work(&self, provider: &ProviderId) -> Result<Arc<AtWork>, Failure> {
        if let Some(work) = self.at_work.get(provider) {
            return Ok(work);
        }
        let work = Arc::new(AtWork::read(self, provider).await?);
        self.at_work.put(provider.clone(), Arc::clone(&work));
        Ok(work)
    }

    /// Says that this node changed who is at work. Other nodes see it a little later.
    pub(crate) fn work_changed(&self) {
        self.at_work.forget();
        self.assigned_later.forget();
        self.work.notify_one();
    }

    /// What all providers keep of a kind, as lately read, by provider.
    pub(crate) async fn entries_of_all(&self, kind: &'static str) -> Result<Arc<[Entry]>, Failure> {
        // No provider has an empty key.
        let key = (ProviderId(String::new()), kind);
        if let Some(entries) = self.entries.get(&key) {
            return Ok(entries);
        }
        let entries: Arc<[Entry]> = self.store.entries_of_all(kind).await?.into();
        self.entries.put(key, Arc::clone(&entries));
        Ok(entries)
    }

    /// What a provider keeps for its desk, as lately read.
    pub(crate) async fn entries(
        &self,
        provider: &ProviderId,
        kind: &'static str,
    ) -> Result<Arc<[Entry]>, Failure> {
        let key = (provider.clone(), kind);
        if let Some(entries) = self.entries.get(&key) {
            return Ok(entries);
        }
        let entries: Arc<[Entry]> = self.store.entries(provider, kind).await?.into();
        self.entries.put(key, Arc::clone(&entries));
        Ok(entries)
    }

    /// Who is writing at a desk, as lately read.
    pub(crate) async fn draft_marks(&self, provider: &ProviderId) -> Result<Arc<[DraftMark]>, Failure> {
        if let Some(marks) = self.drafts.get(provider) {
            return Ok(marks);
        }
        let marks: Arc<[DraftMark]> = self.store.draft_marks(provider).await?.into();
        self.drafts.put(provider.clone(), Arc::clone(&marks));
        Ok(marks)
    }

    /// Says that somebody of this node began to write, or ended. Other nodes see it a little later.
    pub(crate) fn drafts_changed(&self) {
        self.drafts.forget();
    }

    /// Says that this node changed what a provider keeps. Other nodes see it a little later.
    pub(crate) fn entries_changed(&self) {
        self.entries.forget();
        self.assigned_later.forget();
    }

    /// Says that this node changed contracts.
    pub(crate) fn contracts_changed(&self) {
        self.contracts.forget();
        self.providers.forget();
        self.mailboxes.forget();
    }

    /// The contracts of an account, as lately read; for showing, never for deciding.
    pub(crate) async fn contracts(
        &self,
        provider: &ProviderId,
        account: AccountId,
    ) -> Result<Arc<[Contract]>, Failure> {
        let key = (provider.clone(), account);
        if let Some(contracts) = self.contracts.get(&key) {
            return Ok(contracts);
        }
        let contracts: Arc<[Contract]> = self.store.contracts_of(provider, account).await?.into();
        self.contracts.put(key, Arc::clone(&contracts));
        Ok(contracts)
    }

    /// Forgets what was lately read of accounts, their contracts and what is kept of them, as after a destruction.
    pub(crate) fn accounts_changed(&self) {
        self.accounts.forget();
        self.contracts_changed();
        self.entries_changed();
        self.forget_people();
        self.rights_changed();
    }

    /// The name of an account, as lately read.
    pub(crate) async fn account_name(
        &self,
        provider: &ProviderId,
        id: AccountId,
    ) -> Result<Option<Arc<str>>, Failure> {
        let key = (provider.clone(), id);
        if let Some(name) = self.accounts.get(&key) {
            return Ok(Some(name));
        }
        let Some(account) = self.store.account(provider, id).await? else { return Ok(None) };
        let name: Arc<str> = account.name.into();
        self.accounts.put(key, Arc::clone(&name));
        Ok(Some(name))
    }
}

/// Random bytes from the operating system.
///
/// # Panics
/// When the operating system has none to give: nothing safe can be done then.
pub(crate) fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// Random bytes that are no secret: for ids and for salts, of which a request needs a dozen. They
/// come from the operating system too, but many at once.
pub(crate) fn drawn_bytes<const N: usize>() -> [u8; N] {
    thread_local! {
        static POOL: RefCell<(usize, [u8; 1024])> = const { RefCell::new((1024, [0; 1024])) };
    }
    const { assert!(N <= 1024, "the pool holds what is drawn from it") };
    POOL.with_borrow_mut(|(used, pool)| {
        if *used + N > pool.len() {
            *pool = random_bytes();
            *used = 0;
        }
        let mut bytes = [0; N];
        bytes.copy_from_slice(&pool[*used..*used + N]);
        // What was given out is not kept.
        pool[*used..*used + N].fill(0);
        *used += N;
        bytes
    })
}

/// Values lately read from the store, kept for a short while and bounded in number, so that a page
/// of fifty rows does not ask for the same name fifty times.
pub(crate) struct Remembered<K, V> {
    values: RwLock<HashMap<K, (V, std::time::Instant)>>,
    at_most: usize,
}

const REMEMBERED_FOR: std::time::Duration = std::time::Duration::from_secs(15);
const REMEMBERED_AT_MOST: usize = 4_096;
/// Whole requests are larger than names.
const FRESH_AT_MOST: usize = 256;

impl<K, V> Default for Remembered<K, V> {
    fn default() -> Self {
        Self::at_most(REMEMBERED_AT_MOST)
    }
}

impl<K, V> Remembered<K, V> {
    fn at_most(at_most: usize) -> Self {
        Self { values: RwLock::default(), at_most }
    }
}

impl<K: std::hash::Hash + Eq, V: Clone> Remembered<K, V> {
    pub(crate) fn get(&self, key: &K) -> Option<V> {
        let values = self.values.read().unwrap_or_else(PoisonError::into_inner);
        values
            .get(key)
            .filter(|(_, read_at)| read_at.elapsed() < REMEMBERED_FOR)
            .map(|(value, _)| value.clone())
    }

    fn take(&self, key: &K) -> Option<V> {
        let taken = self.values.write().unwrap_or_else(PoisonError::into_inner).remove(key);
        taken.filter(|(_, read_at)| read_at.elapsed() < REMEMBERED_FOR).map(|(value, _)| value)
    }

    pub(crate) fn forget(&self) {
        self.values.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the age of a cache entry is no business of the product's time"
    )]
    pub(crate) fn put(&self, key: K, value: V) {
        let mut values = self.values.write().unwrap_or_else(PoisonError::into_inner);
        if values.len() >= self.at_most {
            values.clear();
        }
        values.insert(key, (value, std::time::Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use super::{drawn_bytes, random_bytes};
    use std::collections::HashSet;

    /// None comes twice, and each bit is set in half of them, within seven standard deviations (by chance one run in
    /// a thousand million leans). Source: ASVS 5.0, 11.5.1.
    fn nothing_repeats_and_no_bit_leans<const N: usize>(make: fn() -> [u8; N]) {
        let count: u32 = if std::env::var_os("ENTENTE_LONG").is_some() { 1_000_000 } else { 50_000 };
        let (mut seen, mut set) = (HashSet::with_capacity(count as usize), vec![0_u32; N * 8]);
        for _ in 0..count {
            let token = make();
            for (bit, set) in set.iter_mut().enumerate() {
                *set += u32::from(token[bit / 8] >> (bit % 8) & 1);
            }
            // Sixteen bytes of it are enough to tell tokens apart, and cost half the memory.
            let half: [u8; 16] = token[N - 16..].try_into().expect("sixteen bytes");
            assert!(seen.insert(half), "a token came twice");
        }
        let allowed = 7.0 * f64::from(count).sqrt() / 2.0;
        for (bit, set) in set.into_iter().enumerate() {
            let off = (f64::from(set) - f64::from(count) / 2.0).abs();
            assert!(off < allowed, "bit {bit} was set {set} times of {count}");
        }
    }

    #[test]
    fn tokens_never_repeat_and_lean_to_no_side() {
        nothing_repeats_and_no_bit_leans(random_bytes::<32>);
    }

    #[test]
    fn ids_and_salts_never_repeat_and_lean_to_no_side() {
        nothing_repeats_and_no_bit_leans(drawn_bytes::<16>);
    }
}
