//! Who gets which request: the adviser of each customer, and the rules by which new requests are given.

use crate::at_work::AtWork;
use crate::environment::Environment;
use crate::error::Failure;
use crate::keep_rules::must_keep;
use crate::keep_texts::{title_of, unknown, usable_key};
use crate::list_accounts::view_account;
use crate::open_ticket::is_in_force;
use crate::remove_entry::remove_entry;
use crate::viewer::Viewer;
use desk::{AccountId, Person, PersonId, ProviderId, Refusal};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use store::Entry;

/// Under which kinds these are stored.
pub(crate) const ASSIGNMENT: &str = "assignment";
pub(crate) const ADVISER: &str = "adviser";
/// Rules of one provider at most.
const AT_MOST: usize = 100;

/// A rule by which new requests are given to somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AssignmentRule {
    /// Its key: small letters, digits and hyphens.
    #[serde(skip)]
    pub key: String,
    /// What it is called.
    pub title: String,
    /// Whether it gives anything.
    pub enabled: bool,
    /// Its place: the smallest that finds somebody gives the request.
    pub place: u32,
    /// For requests with these values of facts (`product`, `region`, `problem`, `severity`, …); with none,
    /// for every request.
    pub of: Vec<(String, String)>,
    /// For requests in this language.
    pub language: Option<String>,
    /// To whom.
    pub to: AssignTo,
    /// Among those of this team; among everybody who answers where none is said.
    pub team: Option<String>,
    /// Among those with this skill.
    pub skill: Option<String>,
    /// Among those who speak the language of the request.
    pub speaking: bool,
}

/// To whom a rule gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssignTo {
    /// The adviser of the customer, or who stands in for them.
    Adviser,
    /// Each in turn.
    #[default]
    Turn,
    /// Who has the fewest requests.
    LeastLoaded,
}

impl AssignTo {
    /// Every one, in order.
    pub const ALL: [Self; 3] = [Self::Adviser, Self::Turn, Self::LeastLoaded];

    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Adviser => "adviser",
            Self::Turn => "turn",
            Self::LeastLoaded => "least_loaded",
        }
    }

    /// What a text names.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == text)
    }
}

/// The adviser of a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdviserRecord {
    /// Key of the account.
    pub account: String,
    /// Its name.
    pub account_name: String,
    /// Who; none where nobody was named.
    pub adviser: Option<(PersonId, String)>,
    /// Whether the contract names them, so that nothing else counts.
    pub by_contract: bool,
}

/// What a rule can name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssignmentChoices {
    /// Teams: key and name, by name.
    pub teams: Vec<(String, String)>,
    /// Languages that somebody of the desk speaks.
    pub languages: BTreeSet<String>,
    /// Skills that somebody of the desk has.
    pub skills: BTreeSet<String>,
}

/// What the rules of the viewer's desk can name.
///
/// # Errors
/// - the viewer does not keep rules;
/// - the store fails.
pub async fn assignment_choices(
    environment: &Environment,
    viewer: &Viewer,
) -> Result<AssignmentChoices, Failure> {
    must_keep(viewer)?;
    let work = AtWork::read(environment, &viewer.provider.id).await?;
    let mut teams: Vec<(String, String)> =
        work.teams.iter().map(|team| (team.key.clone(), team.name.clone())).collect();
    teams.sort_by(|one, other| one.1.cmp(&other.1).then(one.0.cmp(&other.0)));
    let languages = work.talents.values().flat_map(|talents| talents.languages.iter().cloned()).collect();
    let skills = work.talents.values().flat_map(|talents| talents.skills.iter().cloned()).collect();
    Ok(AssignmentChoices { teams, languages, skills })
}

/// The assignment rules of the viewer's desk, in their order.
///
/// # Errors
/// - the viewer does not keep rules;
/// - the store fails.
pub async fn list_assignment_rules(
    environment: &Environment,
    viewer: &Viewer,
) -> Result<Vec<AssignmentRule>, Failure> {
    must_keep(viewer)?;
    Ok(in_order(&environment.store.entries(&viewer.provider.id, ASSIGNMENT).await?))
}

/// Keeps a rule under its key, in place of what stood there. It acts in the name of whoever keeps it, with
/// their rights.
///
/// # Errors
/// - the viewer does not keep rules;
/// - something of it is not usable: what is named;
/// - there are too many, or the store fails.
pub async fn put_assignment_rule(
    environment: &Environment,
    viewer: &Viewer,
    rule: &AssignmentRule,
) -> Result<(), Failure> {
    must_keep(viewer)?;
    if !viewer.may_write() {
        return Err(Failure::NotPermitted);
    }
    let key = usable_key(&rule.key)?;
    let some = |text: &Option<String>| text.as_deref().map(|text| text.trim().to_lowercase());
    let some = |text: &Option<String>| some(text).filter(|text| !text.is_empty());
    let kept = AssignmentRule {
        title: title_of(&rule.title)?,
        language: some(&rule.language),
        skill: some(&rule.skill),
        team: some(&rule.team),
        ..rule.clone()
    };
    let provider = &viewer.provider.id;
    let work = AtWork::read(environment, provider).await?;
    if let Some(team) = &kept.team
        && !work.teams.iter().any(|known| known.key == *team)
    {
        return Err(unknown("team", team, work.teams.iter().map(|team| team.key.clone()).collect()));
    }
    if kept.of.iter().any(|(name, value)| name.is_empty() || value.is_empty()) {
        return Err(Failure::Invalid { field: "of", problem: "error-assignment-of".into() });
    }
    let known = environment.store.entries(provider, ASSIGNMENT).await?;
    if known.len() >= AT_MOST && known.iter().all(|entry| entry.key != key) {
        let (what, most) = (ASSIGNMENT.to_owned(), AT_MOST as u32);
        return Err(Failure::Refused(Refusal::OutOfBounds { what, least: 0, most }));
    }
    let body = serde_json::to_string(&kept).expect("a rule is plain data");
    put(environment, viewer, ASSIGNMENT, &key, body).await
}

/// Removes a rule.
///
/// # Errors
/// - the viewer does not keep rules, or there is no such one;
/// - the store fails.
pub async fn remove_assignment_rule(
    environment: &Environment,
    viewer: &Viewer,
    key: &str,
) -> Result<(), Failure> {
    must_keep(viewer)?;
    if !viewer.may_write() {
        return Err(Failure::NotPermitted);
    }
    let removed = remove_entry(environment, viewer, ASSIGNMENT, key).await?;
    environment.entries_changed();
    if removed { Ok(()) } else { Err(Failure::NotFound { what: "rule" }) }
}

/// The customers of the viewer's desk with their advisers, by name.
///
/// # Errors
/// - the viewer does not keep rules;
/// - the store fails.
pub async fn list_advisers(
    environment: &Environment,
    viewer: &Viewer,
) -> Result<Vec<AdviserRecord>, Failure> {
    must_keep(viewer)?;
    let provider = &viewer.provider.id;
    let work = AtWork::read(environment, provider).await?;
    let mut records = Vec::new();
    for account in environment.store.accounts(provider).await? {
        let by_contract = of_contract(environment, &work, provider, account.id).await?;
        let adviser = match by_contract {
            Some(adviser) => Some(adviser),
            None => named(environment, provider, account.id).await?,
        };
        let person = adviser.and_then(|id| work.staff.iter().find(|person| person.id == id));
        records.push(AdviserRecord {
            account: account.key,
            account_name: account.name,
            adviser: person.map(|person| (person.id, person.name.clone())),
            by_contract: by_contract.is_some(),
        });
    }
    Ok(records)
}

/// Names the adviser of a customer, or none. One whom the contract names stays.
///
/// # Errors
/// - the viewer does not keep rules;
/// - there is no such account, or nobody of the desk is meant;
/// - the store fails.
pub async fn name_adviser(
    environment: &Environment,
    viewer: &Viewer,
    account: &str,
    adviser: Option<PersonId>,
) -> Result<(), Failure> {
    must_keep(viewer)?;
    if !viewer.may_write() {
        return Err(Failure::NotPermitted);
    }
    let account = view_account(environment, viewer, account).await?;
    let provider = &viewer.provider.id;
    let key = account.id.to_string();
    match adviser {
        Some(adviser) => {
            if !AtWork::read(environment, provider).await?.works_here(adviser) {
                return Err(Failure::Invalid { field: "adviser", problem: "error-adviser".into() });
            }
            let body = serde_json::to_string(&adviser).expect("an id is plain data");
            put(environment, viewer, ADVISER, &key, body).await
        }
        None => {
            remove_entry(environment, viewer, ADVISER, &key).await?;
            environment.entries_changed();
            Ok(())
        }
    }
}

async fn put(
    environment: &Environment,
    viewer: &Viewer,
    kind: &str,
    key: &str,
    body: String,
) -> Result<(), Failure> {
    let entry = Entry {
        provider: viewer.provider.id.clone(),
        kind: kind.to_owned(),
        key: key.to_owned(),
        body,
        changed_at: environment.now(),
        changed_by: viewer.person.id,
    };
    environment.store.put_entry(&entry).await?;
    environment.entries_changed();
    environment.work.notify_one();
    Ok(())
}

/// Rules in the order in which they are tried.
pub(crate) fn in_order(entries: &[Entry]) -> Vec<AssignmentRule> {
    let rule = |entry: &Entry| {
        let rule: AssignmentRule = serde_json::from_str(&entry.body).ok()?;
        Some(AssignmentRule { key: entry.key.clone(), ..rule })
    };
    let mut rules: Vec<AssignmentRule> = entries.iter().filter_map(rule).collect();
    rules.sort_by(|one, other| one.place.cmp(&other.place).then(one.key.cmp(&other.key)));
    rules
}

/// The adviser of a customer: whom the contract in force names by their address under `adviser`, else whom
/// the desk named.
pub(crate) async fn adviser_of(
    environment: &Environment,
    provider: &ProviderId,
    account: AccountId,
) -> Result<Option<PersonId>, Failure> {
    let work = environment.at_work(provider).await?;
    let adviser = match of_contract(environment, &work, provider, account).await? {
        Some(adviser) => Some(adviser),
        None => named(environment, provider, account).await?,
    };
    Ok(adviser.filter(|adviser| work.works_here(*adviser)))
}

async fn of_contract(
    environment: &Environment,
    work: &AtWork,
    provider: &ProviderId,
    account: AccountId,
) -> Result<Option<PersonId>, Failure> {
    let contracts = environment.contracts(provider, account).await?;
    for contract in contracts.iter() {
        let Some(address) = contract.parameters.text("adviser") else { continue };
        let is_meant = |person: &&Person| person.email.eq_ignore_ascii_case(address.trim());
        if let Some(person) = work.staff.iter().find(is_meant)
            && is_in_force(environment, provider, contract, environment.now()).await?
        {
            return Ok(Some(person.id));
        }
    }
    Ok(None)
}

async fn named(
    environment: &Environment,
    provider: &ProviderId,
    account: AccountId,
) -> Result<Option<PersonId>, Failure> {
    let key = account.to_string();
    let entries = environment.entries(provider, ADVISER).await?;
    let entry = entries.iter().find(|entry| entry.key == key);
    Ok(entry.and_then(|entry| serde_json::from_str(&entry.body).ok()))
}
