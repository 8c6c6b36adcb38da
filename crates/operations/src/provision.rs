//! People kept by a directory elsewhere: what it may do, and no more.

use crate::environment::Environment;
use crate::error::Failure;
use crate::keep_people::{
    By, NewPerson, PersonChange, add_person, change_known, checked_address, is_of_domain, set_standing,
};
use crate::sign_in::hash;
use desk::{AccountId, AccountRole, Person, PersonId, ProviderId, Role};
use std::sync::Arc;
use store::{Entry, EntryRemoval};

/// A directory that keeps people (SCIM 2.0, RFC 7643 and RFC 7644).
#[derive(Clone, PartialEq, Eq)]
pub struct Directory {
    /// Whose people it keeps.
    pub provider: ProviderId,
    /// The account whose contacts alone it keeps, by key; none for the provider's own people.
    pub account: Option<String>,
    /// Domains of the addresses that it may give. When there is none, any address of the provider's own people, and none
    /// of contacts.
    pub domains: Vec<String>,
    /// Hash of the token by which it is known.
    pub token_hash: [u8; 32],
}

impl std::fmt::Debug for Directory {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.debug_struct("Directory")
            .field("provider", &self.provider)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

impl Directory {
    /// One that is known by a token.
    #[must_use]
    pub fn new(provider: ProviderId, account: Option<String>, domains: Vec<String>, token: &str) -> Self {
        Self { provider, account, domains, token_hash: hash(token) }
    }

    /// Whether it may give this address: whoever has it is believed to be one of its people.
    fn check_address(&self, address: &str) -> Result<(), Failure> {
        let is_any = self.domains.is_empty() && self.account.is_none();
        if is_any || is_of_domain(&checked_address(address)?, &self.domains) {
            Ok(())
        } else {
            Err(Failure::Invalid { field: "email", problem: "error-address-domain".into() })
        }
    }
}

/// Somebody whom a directory keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptPerson {
    /// Their id.
    pub id: PersonId,
    /// Their address, which is their user name.
    pub email: String,
    /// Their name.
    pub name: String,
    /// Whether they may come in; of a contact, for this account.
    pub is_active: bool,
}

/// What a directory changes of somebody; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptChange {
    /// Their address.
    pub email: Option<String>,
    /// Their name.
    pub name: Option<String>,
    /// Whether they may come in.
    pub is_active: Option<bool>,
}

/// The directory that is known by a token.
///
/// # Errors
/// [`Failure::NotSignedIn`] when none is.
pub fn directory_of(environment: &Environment, token: &str) -> Result<Directory, Failure> {
    // Hashes are compared, so that the time taken tells nothing of the token.
    let hash = hash(token);
    let found = environment.installation.keys.directories.iter().find(|known| known.token_hash == hash);
    found.cloned().ok_or(Failure::NotSignedIn)
}

/// The people whom a directory keeps, by id; of an address alone where one is given.
///
/// # Errors
/// When the store fails.
pub async fn kept_people(
    environment: &Environment,
    directory: &Directory,
    email: Option<&str>,
) -> Result<Vec<KeptPerson>, Failure> {
    let (store, provider) = (&environment.store, &directory.provider);
    let account = account_of(environment, directory).await?;
    let people = match email {
        Some(email) => store.person_by_email(provider, email.trim()).await?.into_iter().collect(),
        None => store.people(provider).await?,
    };
    let mut found = Vec::new();
    for person in people {
        found.extend(kept(environment, account, &person).await?);
    }
    found.sort_by_key(|known| known.id);
    Ok(found)
}

/// One of the people whom a directory keeps.
///
/// # Errors
/// - it keeps nobody of this id;
/// - the store fails.
pub async fn kept_person(
    environment: &Environment,
    directory: &Directory,
    id: &str,
) -> Result<KeptPerson, Failure> {
    let missing = || Failure::NotFound { what: "person" };
    let id: PersonId = id.parse().map_err(|_| missing())?;
    let person = environment.store.person(&directory.provider, id).await?.ok_or_else(missing)?;
    let account = account_of(environment, directory).await?;
    kept(environment, account, &person).await?.ok_or_else(missing)
}

/// Adds somebody: an agent of the provider, or a contact of the account who may ask.
///
/// # Errors
/// - address or name is none, or the address is somebody's or not of a domain of the directory;
/// - the store fails.
pub async fn keep_person(
    environment: &Arc<Environment>,
    directory: &Directory,
    email: &str,
    name: &str,
    network: &str,
) -> Result<KeptPerson, Failure> {
    directory.check_address(email)?;
    let provider = &directory.provider;
    let (role, accounts) = match &directory.account {
        Some(account) => (Role::Contact, vec![(account.clone(), AccountRole::Requester)]),
        None => (Role::Agent, Vec::new()),
    };
    let new = NewPerson {
        name: name.to_owned(),
        email: email.to_owned(),
        role,
        language: Some(environment.provider(provider).await?.language.clone()),
        zone: None,
        accounts,
        teams: Vec::new(),
    };
    let by = By { provider, person: None, network };
    let id = add_person(environment, &by, &new).await?;
    kept_person(environment, directory, &id.to_string()).await
}

/// Whom a directory let go, as entries: it may take back these and nobody else.
pub(crate) const LET_GO: &str = "directory_let_go";

fn let_go_key(account: AccountId, person: PersonId) -> String {
    format!("{account}:{person}")
}

/// Forgets that a directory let somebody go from an account. Whether it had.
pub(crate) async fn forget_let_go(
    environment: &Environment,
    by: &By<'_>,
    account: AccountId,
    person: PersonId,
) -> Result<bool, Failure> {
    let (key, at) = (let_go_key(account, person), environment.now());
    let removal = EntryRemoval { provider: by.provider, kind: LET_GO, key: &key, at, by: by.person };
    Ok(environment.store.remove_entry(&removal).await?)
}

/// Forgets that directories let somebody go, from whatever account.
pub(crate) async fn forget_every_let_go(
    environment: &Environment,
    by: &By<'_>,
    person: PersonId,
) -> Result<(), Failure> {
    let (provider, at) = (by.provider, environment.now());
    let ending = format!(":{person}");
    let known = environment.store.entries(provider, LET_GO).await?;
    for entry in known.iter().filter(|entry| entry.key.ends_with(&ending)) {
        let removal = EntryRemoval { provider, kind: LET_GO, key: &entry.key, at, by: by.person };
        environment.store.remove_entry(&removal).await?;
    }
    Ok(())
}

/// Changes somebody. Whoever is active no more is out at once: sessions, links, tokens and open
/// streams end. Of a contact of several accounts only the role in this one ends.
///
/// # Errors
/// - it keeps nobody of this id;
/// - address or name is none, or the address is somebody else's or, if it is another than before, not of a domain of
///   the directory;
/// - somebody else let a contact go whom it would take back;
/// - nobody would be left who administers;
/// - the store fails.
pub async fn change_kept_person(
    environment: &Arc<Environment>,
    directory: &Directory,
    id: &str,
    change: &KeptChange,
    network: &str,
) -> Result<KeptPerson, Failure> {
    let known = kept_person(environment, directory, id).await?;
    let (store, provider) = (&environment.store, &directory.provider);
    let by = By { provider, person: None, network };
    let different = |new: &Option<String>, old: &str| new.clone().filter(|new| new.trim() != old);
    let mut wanted = PersonChange {
        name: different(&change.name, &known.name),
        email: change.email.clone().filter(|new| new.trim().to_lowercase() != known.email),
        ..PersonChange::default()
    };
    if let Some(address) = &wanted.email {
        directory.check_address(address)?;
    }
    let is_active = change.is_active.filter(|active| *active != known.is_active);
    let account = account_of(environment, directory).await?;
    match (account, is_active) {
        (None, active) => wanted.is_active = active,
        (Some(account), Some(active)) => {
            let person =
                store.person(provider, known.id).await?.ok_or(Failure::NotFound { what: "person" })?;
            if active {
                // Whom the account's own manager or the desk let go, they alone take back.
                if !forget_let_go(environment, &by, account, person.id).await? {
                    return Err(Failure::Invalid { field: "active", problem: "error-person-left".into() });
                }
                store.take_back(provider, person.id).await?;
            }
            let role = active.then_some(AccountRole::Requester);
            set_standing(environment, &by, &person, account, role).await?;
            if !active {
                let let_go = Entry {
                    provider: provider.clone(),
                    kind: LET_GO.to_owned(),
                    key: let_go_key(account, person.id),
                    body: "{}".to_owned(),
                    changed_at: environment.now(),
                    changed_by: person.id,
                };
                store.put_entry(&let_go).await?;
            }
        }
        (Some(_), None) => {}
    }
    if wanted.name.is_some() || wanted.email.is_some() || wanted.is_active.is_some() {
        change_known(environment, &by, known.id, &wanted).await?;
    }
    kept_person(environment, directory, id).await
}

async fn account_of(environment: &Environment, directory: &Directory) -> Result<Option<AccountId>, Failure> {
    match &directory.account {
        None => Ok(None),
        Some(key) => {
            let found = environment.store.account_by_key(&directory.provider, key).await?;
            Ok(Some(found.ok_or(Failure::NotFound { what: "account" })?.id))
        }
    }
}

/// The person as a directory keeps them; none when they are not its own. Contacts belong to the
/// directory of an account when it is theirs: who asks for several is kept by none but their own.
async fn kept(
    environment: &Environment,
    account: Option<AccountId>,
    person: &Person,
) -> Result<Option<KeptPerson>, Failure> {
    let present = environment.store.person_with_standings(&person.provider, person.id).await?;
    let is_active = match account {
        None if person.role.is_staff() => present.is_some(),
        Some(account) if person.role == Role::Contact && person.account == Some(account) => {
            present.is_some_and(|(_, standings)| standings.iter().any(|known| known.account == account))
        }
        _ => return Ok(None),
    };
    Ok(Some(KeptPerson { id: person.id, email: person.email.clone(), name: person.name.clone(), is_active }))
}
