//! Destroying a whole account (GDPR art. 28): everything on its requests, its people, its licences and settings, and
//! of its contracts all but the least. What happened stays in the logs, whose chains verify; a certificate says what
//! went.

use crate::carry_out::{Erasing, Ground, carry_out_erasure};
use crate::certificate::{Certificate, Destroyed};
use crate::environment::{Environment, drawn_bytes};
use crate::erase_person::{erase, permit, unword_mentions};
use crate::error::Failure;
use crate::keep_journal::write_journal;
use crate::keep_keys::fresh_in_session;
use crate::keep_looks::write_looks;
use crate::keep_retention::Kept;
use crate::keep_tombstones::{Tombstone, add_tombstone};
use crate::seal_day::digest_of;
use crate::traces::names_key;
use crate::viewer::Viewer;
use calendar::{Instant, LocalDate};
use desk::{
    AccountId, Actor, ContentId, Contract, FileId, PersonId, ProviderId, TicketEvent, TicketId, TicketState,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use store::{Account, AccountErasure, AuditEntry, EntryRemoval, ErasureExtent, TicketPage, fold_words};
use terms::{AgreementName, Facts};
use words::Language;

/// An account, for whoever keeps privacy: what its destruction would take, and what is in its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountPrivacy {
    /// Its id.
    pub id: AccountId,
    /// A short name for programs.
    pub key: String,
    /// Name as shown.
    pub name: String,
    /// Its people, who would be erased.
    pub people: u64,
    /// Those who are of another account as well, and would lose their role in this one.
    pub released: u64,
    /// Numbers of requests that are not closed, fifty at most: they are in the way.
    pub open: Vec<String>,
    /// Contracts that run or begin later, with their first and last day: they are in the way.
    pub running: Vec<(AgreementName, LocalDate, Option<LocalDate>)>,
    /// Whether it is being destroyed already, and broke off.
    pub is_under_way: bool,
}

/// How a destruction is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DestructionAsked {
    /// The key of the account once more, so that none is destroyed by mistake.
    pub confirm: String,
    /// Whether requests that are not closed are closed with it.
    pub close_requests: bool,
    /// Whether contracts that run end with it.
    pub end_contracts: bool,
}

/// What a destruction came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DestructionReport {
    /// What was destroyed, and what stays.
    pub certificate: Certificate,
    /// The same as it is kept and handed on, signed where the installation has a key.
    pub line: String,
    /// Numbers of requests of others whose texts name the account, for somebody to look at.
    pub mentions: Vec<String>,
    /// Kind and key of what the desk keeps for itself that names it, for somebody to look at.
    pub entries: Vec<String>,
}

/// A destruction, as a page lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DestructionRow {
    /// Of which account.
    pub account: AccountId,
    /// When it was asked for.
    pub at: Instant,
    /// By whom, by name; none for the operator of the installation.
    pub asked_by: Option<String>,
    /// What it came to, and the line of it; none while it is under way.
    pub certificate: Option<(Certificate, String)>,
    /// When the pages of the database were clean as well.
    pub scrubbed_at: Option<Instant>,
}

/// What is to be done, as it was when it was asked for: what breaks off counts on from it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Plan {
    /// Who is erased.
    people: Vec<PersonId>,
    /// How many are of another account as well.
    released: u64,
    /// How many contracts end with it.
    ended: u64,
    /// How many licences, named contacts and settings there are.
    entries: u64,
}

/// Open requests that are named at most.
const NUMBERS: u32 = 50;
/// Requests that are read at once.
const PAGE: u32 = 500;

/// Accounts of the viewer's provider by name or key; the first fifty.
///
/// # Errors
/// - the viewer does not keep privacy;
/// - the store fails.
pub async fn find_accounts(
    environment: &Environment,
    viewer: &Viewer,
    sought: &str,
) -> Result<Vec<(String, String)>, Failure> {
    permit(viewer)?;
    let sought = fold_words(sought);
    let all = environment.store.accounts(&viewer.provider.id).await?.into_iter();
    let found = all.filter(|account| crate::list_accounts::holds(&sought, &[&account.name, &account.key]));
    Ok(found.map(|account| (account.key, account.name)).take(50).collect())
}

/// An account of the viewer's provider, by key.
///
/// # Errors
/// - the viewer does not keep privacy;
/// - there is no such account;
/// - the store fails.
pub async fn account_for_privacy(
    environment: &Environment,
    viewer: &Viewer,
    key: &str,
) -> Result<AccountPrivacy, Failure> {
    permit(viewer)?;
    let account = by_key(environment, &viewer.provider.id, key).await?;
    view_of(environment, account).await
}

/// Destroys an account of the viewer's provider, by key. What broke off is gone on with by asking again.
///
/// # Errors
/// - the viewer does not keep privacy, may not write, or signed in too long ago;
/// - there is no such account of the viewer's provider;
/// - its key was not written once more, a request is not closed or a contract runs, and it was not said that they end
///   with it: [`Failure::Invalid`];
/// - the store fails.
pub async fn destroy_account(
    environment: &Environment,
    viewer: &Viewer,
    session: Option<&str>,
    key: &str,
    asked: &DestructionAsked,
) -> Result<DestructionReport, Failure> {
    permit(viewer)?;
    if !viewer.may_write() {
        return Err(Failure::NotPermitted);
    }
    fresh_in_session(environment, viewer, session).await?;
    begin(environment, &viewer.provider.id, key, asked, Some(viewer.person.id)).await
}

/// The same for whoever runs the installation.
///
/// # Errors
/// As [`destroy_account`], but for who asks.
pub async fn destroy_account_here(
    environment: &Environment,
    provider: &ProviderId,
    key: &str,
    asked: &DestructionAsked,
) -> Result<DestructionReport, Failure> {
    begin(environment, provider, key, asked, None).await
}

/// The accounts that the viewer's provider destroyed, the latest first.
///
/// # Errors
/// - the viewer does not keep privacy;
/// - the store fails.
pub async fn list_destructions(
    environment: &Environment,
    viewer: &Viewer,
) -> Result<Vec<DestructionRow>, Failure> {
    permit(viewer)?;
    let mut rows = Vec::new();
    for erasure in environment.store.account_erasures(&viewer.provider.id).await? {
        let asked_by = match erasure.asked_by {
            Some(id) => environment.person(&erasure.provider, id).await?.map(|person| person.name.clone()),
            None => None,
        };
        let certificate = erasure.certificate.and_then(|line| Some((Certificate::read(&line)?, line)));
        rows.push(DestructionRow {
            account: erasure.account,
            at: erasure.at,
            asked_by,
            certificate,
            scrubbed_at: erasure.scrubbed_at,
        });
    }
    Ok(rows)
}

/// Goes on with destructions that broke off. Gives how many there were.
///
/// # Errors
/// When the store fails.
pub async fn resume_destructions(environment: &Environment) -> Result<usize, Failure> {
    let mut resumed = 0;
    for erasure in environment.store.all_account_erasures().await? {
        if erasure.done_at.is_none() {
            destroy(environment, &erasure).await?;
            resumed += 1;
        }
    }
    Ok(resumed)
}

/// Destroys an account once more in a store that was restored. Whether it had been brought back.
pub(crate) async fn destroy_again(
    environment: &Environment,
    provider: &ProviderId,
    account: AccountId,
    at: Instant,
) -> Result<bool, Failure> {
    let store = &environment.store;
    if store.provider(provider).await?.is_none() {
        return Ok(false);
    }
    let came_back = store.account(provider, account).await?.is_some();
    let plan = plan_of(environment, provider, account).await?;
    let erasure = noted(provider, account, at, None, &plan);
    store.begin_account_erasure(&erasure).await?;
    destroy(environment, &erasure).await?;
    Ok(came_back)
}

async fn begin(
    environment: &Environment,
    provider: &ProviderId,
    key: &str,
    asked: &DestructionAsked,
    by: Option<PersonId>,
) -> Result<DestructionReport, Failure> {
    let store = &environment.store;
    let account = by_key(environment, provider, key).await?;
    let invalid = |field, problem: &str| Err(Failure::Invalid { field, problem: problem.to_owned() });
    if asked.confirm.trim() != account.key {
        return invalid("confirm", "error-destruction-key");
    }
    let known = store.account_erasures(provider).await?;
    if let Some(known) = known.iter().find(|known| known.account == account.id) {
        return destroy(environment, known).await;
    }
    if !asked.close_requests && !store.open_of_account(provider, account.id, 1).await?.is_empty() {
        return invalid("close_requests", "error-destruction-open");
    }
    let contracts = store.contracts_of(provider, account.id).await?;
    if !asked.end_contracts && contracts.iter().any(|contract| runs(contract, today(environment))) {
        return invalid("end_contracts", "error-destruction-runs");
    }
    let plan = plan_of(environment, provider, account.id).await?;
    let erasure = noted(provider, account.id, environment.now(), by, &plan);
    // Known outside the database before anything goes, so that no backup brings it back.
    if let Some(path) = environment.tombstones() {
        add_tombstone(path, &Tombstone::of_account(&erasure))?;
    }
    store.begin_account_erasure(&erasure).await?;
    destroy(environment, &erasure).await
}

fn noted(
    provider: &ProviderId,
    account: AccountId,
    at: Instant,
    asked_by: Option<PersonId>,
    plan: &Plan,
) -> AccountErasure {
    AccountErasure {
        provider: provider.clone(),
        account,
        at,
        asked_by,
        plan: serde_json::to_string(plan).expect("a plan is plain data"),
        certificate: None,
        done_at: None,
        scrubbed_at: None,
    }
}

async fn plan_of(
    environment: &Environment,
    provider: &ProviderId,
    account: AccountId,
) -> Result<Plan, Failure> {
    let store = &environment.store;
    let (elsewhere, own): (Vec<_>, Vec<_>) = store
        .members_of_account(provider, account)
        .await?
        .into_iter()
        .partition(|member| member.is_elsewhere);
    let today = today(environment);
    let contracts = store.contracts_of(provider, account).await?;
    Ok(Plan {
        people: own.into_iter().map(|member| member.person.id).collect(),
        released: elsewhere.len() as u64,
        ended: contracts.iter().filter(|contract| runs(contract, today)).count() as u64,
        entries: store.entries_of_account(provider, account).await?.len() as u64,
    })
}

async fn destroy(environment: &Environment, erasure: &AccountErasure) -> Result<DestructionReport, Failure> {
    let store = &environment.store;
    let (provider, account) = (&erasure.provider, erasure.account);
    let plan: Plan = serde_json::from_str(&erasure.plan).unwrap_or_default();
    let by = erasure.asked_by.map_or(Actor::System, |id| Actor::Staff { id });
    // Nobody comes in as them any more, nor is told anything, before anything goes.
    for person in &plan.people {
        store.let_go(provider, *person, environment.now()).await?;
    }
    environment.rights_changed();
    let (mut mentions, mut entries) = (Vec::new(), Vec::new());
    let named = store.account(provider, account).await?.map(|known| (known.key, known.name));
    empty_requests(environment, provider, account, &by).await?;
    let erased: BTreeSet<PersonId> = store
        .erasures(provider)
        .await?
        .into_iter()
        .filter(|known| known.done_at.is_some() && known.extent == ErasureExtent::Everything)
        .map(|known| known.person)
        .collect();
    // Who came to the account since it was asked for goes as well.
    let mut people: BTreeSet<PersonId> = plan.people.iter().copied().collect();
    let members = store.members_of_account(provider, account).await?.into_iter();
    people.extend(members.filter(|member| !member.is_elsewhere).map(|member| member.person.id));
    for person in people.difference(&erased) {
        match erase(environment, provider, *person, true, &by).await {
            // Brought by no store: a plan of before a backup knows more people than it.
            Ok(_) | Err(Failure::NotFound { .. }) => {}
            Err(failure) => return Err(failure),
        }
    }
    // What was written on a request meanwhile, as by a rule that had begun before, goes as well.
    empty_requests(environment, provider, account, &by).await?;
    let (new_key, new_name) = pseudonym(environment, provider, account).await?;
    // Where it broke off after that, the name is known no more.
    if let Some((key, name)) = named.filter(|(key, _)| *key != new_key) {
        mentions = store.mentions(provider, &name, &name).await?;
        entries = store.mentioning_entries(provider, &name, &key).await?;
        unword_mentions(environment, provider, &name, &key, names_key).await?;
    }
    for (kind, key, ..) in store.entries_of_account(provider, account).await? {
        let (kind, key, at, by) = (&*kind, &*key, environment.now(), erasure.asked_by);
        store.remove_entry(&EntryRemoval { provider, kind, key, at, by }).await?;
    }
    store.unword_versions(&store.versions_of_account(provider, account).await?).await?;
    let contracts = store.contracts_of(provider, account).await?;
    let today = today(environment);
    let least: Vec<Contract> = contracts.into_iter().map(|contract| least_of(contract, today)).collect();
    store.erase_account(provider, account, (&new_key, &new_name), &least).await?;
    environment.accounts_changed();
    write_looks(environment).await?;
    write_journal(environment).await?;

    let destroyed = Destroyed {
        people: people.len() as u64,
        released: plan.released,
        contracts: least.len() as u64,
        ended: plan.ended,
        entries: plan.entries,
        ..count(environment, provider, account).await?
    };
    // Another node may have gone on with it at the same time: there is one certificate.
    let known = store.account_erasures(provider).await?.into_iter().find(|known| known.account == account);
    if let Some(line) = known.and_then(|known| known.certificate)
        && let Some(certificate) = Certificate::read(&line)
    {
        return Ok(DestructionReport { certificate, line, mentions, entries });
    }
    let whose = (provider.clone(), account);
    let asked = (erasure.at, erasure.asked_by);
    let certificate = Certificate::new(whose, asked, environment.now(), destroyed);
    let line = certificate.line(environment);
    let told = AuditEntry {
        provider: provider.clone(),
        id: environment.new_id(),
        at: certificate.done_at,
        person: erasure.asked_by,
        deed: "account_destroyed".to_owned(),
        object: format!("account {account} {}", digest_of(&line)),
        outcome: "done".to_owned(),
        network: String::new(),
    };
    store.end_account_erasure(account, &line, &told, drawn_bytes()).await?;
    environment.erased.notify_one();
    Ok(DestructionReport { certificate, line, mentions, entries })
}

/// Empties every request of an account, each by a commit of its own.
async fn empty_requests(
    environment: &Environment,
    provider: &ProviderId,
    account: AccountId,
    by: &Actor,
) -> Result<(), Failure> {
    let store = &environment.store;
    let language = environment.provider(provider).await?.language.clone();
    let language = Language::parse(&language).unwrap_or(Language::French);
    let subject = words::text(language, "outlived-subject").into_owned();
    let nobody = words::text(language, "outlived-requester").into_owned();
    let gone = Kept::OF_REQUESTS.iter().fold(0, |gone, kept| gone | kept.bit());
    let mut requests = RequestsOf::new(environment, provider, account);
    while let Some(page) = requests.next().await? {
        for ticket in &page {
            let erased = carry_out_erasure(environment, provider, *ticket, by, |page| {
                let (contents, files) = all_of(page);
                let is_open = !matches!(page.row.state, TicketState::Closed | TicketState::Declined);
                let is_named = page.row.subject != subject || page.row.requester != nobody;
                (is_open || is_named || !contents.is_empty() || !files.is_empty()).then(|| Erasing {
                    ground: Ground::Destruction,
                    subject: Some(subject.clone()),
                    requester: Some(nobody.clone()),
                    files,
                    contents,
                })
            })
            .await?;
            if let Some(erased) = erased {
                let now = environment.now();
                store.note_sweep(provider, *ticket, gone, now, erased.texts, erased.files).await?;
            }
        }
    }
    Ok(())
}

/// The requests of an account, page by page.
pub(crate) struct RequestsOf<'a> {
    environment: &'a Environment,
    provider: &'a ProviderId,
    account: AccountId,
    after: Option<TicketId>,
    is_over: bool,
}

impl<'a> RequestsOf<'a> {
    pub(crate) fn new(environment: &'a Environment, provider: &'a ProviderId, account: AccountId) -> Self {
        Self { environment, provider, account, after: None, is_over: false }
    }

    /// The next page of them; none after the last.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<TicketId>>, Failure> {
        if self.is_over {
            return Ok(None);
        }
        let store = &self.environment.store;
        let page = store.tickets_of_account(self.provider, self.account, self.after, PAGE).await?;
        self.after = page.last().copied();
        self.is_over = page.len() < PAGE as usize;
        Ok(Some(page))
    }
}

fn all_of(page: &TicketPage) -> (Vec<ContentId>, Vec<FileId>) {
    let contents: BTreeSet<ContentId> = page.contents.keys().copied().collect();
    (contents.into_iter().collect(), page.files.iter().map(|file| file.id).collect())
}

/// What went of the requests of an account, as their logs say.
async fn count(
    environment: &Environment,
    provider: &ProviderId,
    account: AccountId,
) -> Result<Destroyed, Failure> {
    let store = &environment.store;
    let mut found = Destroyed::default();
    let mut requests = RequestsOf::new(environment, provider, account);
    while let Some(page) = requests.next().await? {
        for ticket in &page {
            found.requests += 1;
            let log = store.ticket_log(provider, *ticket).await?.map(|(_, log)| log).unwrap_or_default();
            for recorded in log.iter().flat_map(|entry| &entry.commit) {
                match &recorded.event {
                    TicketEvent::Outlived { by, contents, files, .. } if by == "destruction" => {
                        found.texts += contents.len() as u64;
                        found.files += files.len() as u64;
                    }
                    TicketEvent::Closed { reason } if reason == "account_destroyed" => found.closed += 1,
                    _ => {}
                }
            }
        }
    }
    Ok(found)
}

/// Of a contract that which stays: by which agreement one was bound, and when. It ends where it still runs.
fn least_of(contract: Contract, today: LocalDate) -> Contract {
    let to = if runs(&contract, today) {
        // One that was still to come never held.
        Some(today.max(contract.from.plus_days(-1)))
    } else {
        contract.to
    };
    Contract { parameters: Facts::new(), to, ..contract }
}

/// Whether a contract holds on a day or will.
fn runs(contract: &Contract, today: LocalDate) -> bool {
    contract.to.is_none_or(|last| today <= last)
}

fn today(environment: &Environment) -> LocalDate {
    calendar::Zone::utc().local(environment.now()).date
}

/// The key and the name that stand for an account from now on.
async fn pseudonym(
    environment: &Environment,
    provider: &ProviderId,
    account: AccountId,
) -> Result<(String, String), Failure> {
    let language = environment.provider(provider).await?.language.clone();
    let language = Language::parse(&language).unwrap_or(Language::French);
    let name = format!("{} {:06x}", words::text(language, "erased-account"), account.0 & 0x00ff_ffff);
    Ok((format!("erased-{account}"), name))
}

pub(crate) async fn by_key(
    environment: &Environment,
    provider: &ProviderId,
    key: &str,
) -> Result<Account, Failure> {
    let found = environment.store.account_by_key(provider, key).await?;
    found.ok_or(Failure::NotFound { what: "account" })
}

async fn view_of(environment: &Environment, account: Account) -> Result<AccountPrivacy, Failure> {
    let store = &environment.store;
    let (provider, id) = (&account.provider, account.id);
    let plan = plan_of(environment, provider, id).await?;
    let today = today(environment);
    let contracts = store.contracts_of(provider, id).await?.into_iter();
    let running = contracts.filter(|contract| runs(contract, today));
    let known = store.account_erasures(provider).await?;
    Ok(AccountPrivacy {
        people: plan.people.len() as u64,
        released: plan.released,
        open: store.open_of_account(provider, id, NUMBERS).await?,
        running: running.map(|contract| (contract.agreement, contract.from, contract.to)).collect(),
        is_under_way: known.iter().any(|known| known.account == id),
        id,
        key: account.key,
        name: account.name,
    })
}

#[cfg(test)]
mod tests {
    use super::least_of;
    use calendar::LocalDate;
    use desk::{AccountId, Contract, ContractId};
    use terms::{AgreementName, FactValue, Facts};

    #[test]
    fn of_a_contract_the_agreement_and_its_days_stay() {
        let day = |text: &str| LocalDate::parse(text).expect("a day");
        let contract = |from: &str, to: Option<&str>| Contract {
            id: ContractId(1),
            account: AccountId(1),
            agreement: AgreementName { key: "care".to_owned(), version: "1".to_owned() },
            parameters: Facts::new().with("tier", FactValue::text("gold")),
            from: day(from),
            to: to.map(day),
        };
        let today = day("2026-08-14");
        for (from, to, expected) in [
            ("2026-01-01", None, "2026-08-14"),
            ("2026-01-01", Some("2026-12-31"), "2026-08-14"),
            ("2026-01-01", Some("2026-07-31"), "2026-07-31"),
            ("2027-01-01", None, "2026-12-31"),
        ] {
            let least = least_of(contract(from, to), today);
            assert_eq!((least.from, least.to), (day(from), Some(day(expected))), "{from} {to:?}");
            assert_eq!(least.parameters, Facts::new());
        }
    }
}
