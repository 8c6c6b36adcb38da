//! Who of a customer has which role that the agreement names: a technical contact, whoever may raise a severity.

use crate::deliver_letters::letter_to;
use crate::environment::Environment;
use crate::error::Failure;
use crate::keep_licences::account_for;
use crate::open_ticket::basis;
use crate::viewer::Viewer;
use desk::{AccountId, Person, PersonId, ProviderId, Refusal, Right, Role};
use meters::people_faults;
use std::collections::{BTreeMap, BTreeSet};
use store::{Account, Entry, Provider};
use terms::{Clause, Label, Permission, Side, Terms};
use words::Language;

/// Under which kind they are stored, by id of the account, and under which the roles that managers know to be missing.
pub(crate) const NAMED_CONTACTS: &str = "named_contacts";
const KNOWN_MISSING: &str = "missing_contacts";
/// Persons of one role at most.
const AT_MOST: usize = 50;

/// The roles of a customer that its agreement names, and who has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedContactsView {
    /// The account: key and name.
    pub account: (String, String),
    /// In the order of the agreement.
    pub roles: Vec<NamedRole>,
    /// Who may be named: everybody of the account.
    pub people: Vec<(PersonId, String)>,
    /// Names of required roles that nobody has.
    pub missing: BTreeSet<String>,
    /// Those who have several roles of which one may not be combined.
    pub combined: Vec<String>,
    /// The clause that names the roles.
    pub clause: Option<Clause>,
}

/// A role of a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedRole {
    /// Its name in the agreement.
    pub name: String,
    /// What people read.
    pub label: Label,
    /// Whether somebody must have it.
    pub required: bool,
    /// Who has it: id and name.
    pub holders: Vec<(PersonId, String)>,
    /// The clause that names it.
    pub clause: Clause,
}

/// The roles that the agreement of an account names, with who has them and who is missing. Somebody who left the
/// account has none.
///
/// # Errors
/// - there is no such account for the viewer;
/// - the store fails.
pub async fn view_named_contacts(
    environment: &Environment,
    viewer: &Viewer,
    account: &str,
) -> Result<NamedContactsView, Failure> {
    let account = account_for(environment, viewer, account).await?;
    view_of(environment, &viewer.provider.id, &account).await
}

async fn view_of(
    environment: &Environment,
    provider: &ProviderId,
    account: &Account,
) -> Result<NamedContactsView, Failure> {
    let provider = environment.provider(provider).await?;
    let terms = match basis(environment, &provider, Some(account.id), environment.now()).await {
        Ok(basis) => Some(basis.terms),
        Err(Failure::NotFound { .. }) => None,
        Err(failure) => return Err(failure),
    };
    let people = people_of(environment, &provider.id, account.id).await?;
    let held = held(environment, &provider.id, account.id).await?;
    let name_of = |id: &PersonId| people.iter().find(|(known, _)| known == id).cloned();
    let mut view = NamedContactsView {
        account: (account.key.clone(), account.name.clone()),
        roles: Vec::new(),
        people: people.clone(),
        missing: BTreeSet::new(),
        combined: Vec::new(),
        clause: None,
    };
    let Some(terms) = terms else { return Ok(view) };
    let mut by_role: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for role in terms.roles.iter().filter(|role| role.side == Side::Customer) {
        let holders: Vec<(PersonId, String)> =
            held.get(&role.name).into_iter().flatten().filter_map(name_of).collect();
        by_role.insert(role.name.clone(), holders.iter().map(|(id, _)| id.to_string()).collect());
        view.roles.push(NamedRole {
            name: role.name.clone(),
            label: role.label.clone(),
            required: role.required,
            holders,
            clause: role.clause.clone(),
        });
    }
    let faults = people_faults(&terms, &by_role);
    let combined = faults.combined.iter().filter_map(|id| id.parse::<PersonId>().ok());
    view.combined = combined.filter_map(|id| name_of(&id)).map(|(_, name)| name).collect();
    view.missing = faults.missing;
    view.clause = faults.clause;
    Ok(view)
}

/// Names who has a role, in place of whoever had it; managers of the provider are told once somebody comes to be
/// missing.
///
/// # Errors
/// - the viewer keeps neither contracts nor the people of the account;
/// - the agreement has no such role of the customer, or somebody is none of the account;
/// - the store fails.
pub async fn name_contacts(
    environment: &Environment,
    viewer: &Viewer,
    account: &str,
    role: &str,
    people: &[PersonId],
) -> Result<(), Failure> {
    let account = account_for(environment, viewer, account).await?;
    let keeps = match viewer.is_staff() {
        true => viewer.may(Right::KeepAgreements),
        false => viewer.may_in(Right::KeepAccountPeople, Some(account.id)),
    };
    if !keeps || !viewer.may_write() {
        return Err(Failure::NotPermitted);
    }
    let provider = &viewer.provider.id;
    let before = view_of(environment, provider, &account).await?;
    if before.roles.iter().all(|known| known.name != role) {
        let allowed = before.roles.into_iter().map(|known| known.name).collect();
        let (fact, value) = ("role".to_owned(), role.to_owned());
        return Err(Failure::Refused(Refusal::UnknownValue { fact, value, allowed }));
    }
    let is_of_account = |id: &PersonId| before.people.iter().any(|(known, _)| known == id);
    if people.len() > AT_MOST || !people.iter().all(is_of_account) {
        return Err(Failure::Invalid { field: "people", problem: "error-named-contact".into() });
    }
    let key = account.id.to_string();
    // One entry holds all roles: whoever is overtaken by another looks anew, so that what the other named stays.
    loop {
        let read = environment.store.entry(provider, NAMED_CONTACTS, &key).await?;
        let mut held = held_in(read.as_ref());
        held.insert(role.to_owned(), people.iter().copied().collect());
        let entry = Entry {
            provider: provider.clone(),
            kind: NAMED_CONTACTS.to_owned(),
            key: key.clone(),
            body: serde_json::to_string(&held).expect("ids by name are plain data"),
            changed_at: environment.now(),
            changed_by: viewer.person.id,
        };
        if environment.store.replace_entry(read.as_ref(), &entry).await? {
            break;
        }
    }
    tell_of_account(environment, provider, &account, &before.missing).await
}

/// Tells the managers of every provider, in one letter each, which roles of its customers came to have nobody since it
/// was last looked at, whatever made it so: a contract that begins, another agreement, somebody who left.
///
/// # Errors
/// When the store fails.
pub async fn tell_of_missing_contacts(environment: &Environment) -> Result<(), Failure> {
    for provider in environment.store.providers().await? {
        let mut looked_at = Vec::new();
        for account in environment.store.accounts(&provider.id).await? {
            looked_at.push((view_of(environment, &provider.id, &account).await?, account.id));
        }
        tell_of(environment, &provider, looked_at, &BTreeSet::new()).await?;
    }
    Ok(())
}

/// Tells them of one account at once, where more is missing than what they know, or than `before` where they know of
/// nothing yet.
///
/// # Errors
/// When the store fails.
pub(crate) async fn tell_of_account(
    environment: &Environment,
    provider: &ProviderId,
    account: &Account,
    before: &BTreeSet<String>,
) -> Result<(), Failure> {
    let view = view_of(environment, provider, account).await?;
    let provider = environment.provider(provider).await?;
    tell_of(environment, &provider, vec![(view, account.id)], before).await
}

/// What is missing now is known to be from then on, and told where it is more than what was; in one transaction.
async fn tell_of(
    environment: &Environment,
    provider: &Provider,
    looked_at: Vec<(NamedContactsView, AccountId)>,
    before: &BTreeSet<String>,
) -> Result<(), Failure> {
    let known = environment.store.entries(&provider.id, KNOWN_MISSING).await?;
    let (mut noted, mut told, mut name) = (Vec::new(), Vec::new(), String::new());
    for (view, account) in looked_at {
        let key = account.to_string();
        let entry = known.iter().find(|entry| entry.key == key);
        let missing_before: BTreeSet<String> = match entry {
            Some(entry) => serde_json::from_str(&entry.body).unwrap_or_default(),
            None => before.clone(),
        };
        if view.missing == missing_before && (entry.is_some() || view.missing.is_empty()) {
            continue;
        }
        noted.push(Entry {
            provider: provider.id.clone(),
            kind: KNOWN_MISSING.to_owned(),
            key: key.clone(),
            body: serde_json::to_string(&view.missing).expect("names are plain data"),
            changed_at: environment.now(),
            changed_by: PersonId(0),
        });
        if !view.missing.is_subset(&missing_before) {
            let since = entry.map_or(0, |entry| entry.changed_at.milliseconds());
            name.push_str(&format!("{key} {since} {:?} ", view.missing));
            told.push(view);
        }
    }
    let mut letters = Vec::new();
    if !told.is_empty() {
        for manager in environment.store.staff(&provider.id, Some(Role::Manager)).await? {
            let text = missing_mail(environment, &manager, &told);
            letters.push(letter_to(environment, &manager, "contacts", &name, text));
        }
    }
    if noted.is_empty() { Ok(()) } else { Ok(environment.put_letters(&noted, &letters).await?) }
}

fn missing_mail(environment: &Environment, manager: &Person, told: &[NamedContactsView]) -> words::MailText {
    let language = Language::parse(&manager.language).unwrap_or(Language::French);
    let customers = told.iter().map(|view| {
        let lacking = view.roles.iter().filter(|role| view.missing.contains(&role.name));
        let roles: Vec<String> =
            lacking.map(|role| words::role_name(language, &role.name, &role.label)).collect();
        let (key, name) = &view.account;
        words::MissingContacts {
            account: name,
            roles: roles.join(", "),
            clause: view.clause.as_ref(),
            link: format!("{}/admin/licences/{key}", environment.installation.public_url),
        }
    });
    words::missing_contacts_mail(language, &customers.collect::<Vec<_>>())
}

/// The missing roles of an account before its people or its contract change.
///
/// # Errors
/// When the store fails.
pub(crate) async fn missing_of(
    environment: &Environment,
    provider: &ProviderId,
    account: &Account,
) -> Result<BTreeSet<String>, Failure> {
    Ok(view_of(environment, provider, account).await?.missing)
}

/// The clause that keeps an act to people of the customer whom the agreement names, where this contact is none of
/// them.
///
/// # Errors
/// When the store fails.
pub(crate) async fn kept_to_others(
    environment: &Environment,
    terms: &Terms,
    permission: Option<&Permission>,
    account: Option<AccountId>,
    contact: &Person,
) -> Result<Option<Clause>, Failure> {
    let Some(permission) = permission else { return Ok(None) };
    let is_role =
        |who: &&String| terms.roles.iter().any(|role| role.name == **who && role.side == Side::Customer);
    let named: Vec<&String> = permission.who.iter().filter(is_role).collect();
    let anybody = permission.who.iter().any(|who| who == "customer" || who == "contact");
    let (false, false, Some(account)) = (named.is_empty(), anybody, account) else { return Ok(None) };
    let held = held(environment, &contact.provider, account).await?;
    let has = |role: &&String| held.get(*role).is_some_and(|people| people.contains(&contact.id));
    Ok((!named.iter().any(has)).then(|| permission.clause.clone()))
}

pub(crate) async fn held(
    environment: &Environment,
    provider: &ProviderId,
    account: AccountId,
) -> Result<BTreeMap<String, BTreeSet<PersonId>>, Failure> {
    let entry = environment.store.entry(provider, NAMED_CONTACTS, &account.to_string()).await?;
    Ok(held_in(entry.as_ref()))
}

fn held_in(entry: Option<&Entry>) -> BTreeMap<String, BTreeSet<PersonId>> {
    entry.and_then(|entry| serde_json::from_str(&entry.body).ok()).unwrap_or_default()
}

async fn people_of(
    environment: &Environment,
    provider: &ProviderId,
    account: AccountId,
) -> Result<Vec<(PersonId, String)>, Failure> {
    let found = environment.store.people_of_account(provider, account).await?;
    let mut people: Vec<(PersonId, String)> =
        found.into_iter().map(|(person, _)| (person.id, person.name)).collect();
    people.sort_by(|one, other| one.1.cmp(&other.1).then(one.0.cmp(&other.0)));
    Ok(people)
}
