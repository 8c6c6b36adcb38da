use crate::environment::Environment;
use crate::error::Failure;
use crate::keep_people::may_keep_people;
use crate::list_accounts::{holds, page};
use crate::viewer::Viewer;
use desk::{AccountId, AccountRole, Person, PersonId, Role, Standing};
use std::collections::{HashMap, HashSet};
use store::{CredentialKind, Purpose, fold_words};

/// Which people a list shows.
#[derive(Clone, Debug, Default)]
pub struct PeopleFilter {
    /// Beginnings of words of their names, addresses and customers.
    pub text: Option<String>,
    /// Which side.
    pub side: PeopleSide,
    /// Where to go on, as an earlier page gave it.
    pub cursor: Option<String>,
    /// How many at most; between 1 and 200.
    pub limit: usize,
}

/// Sides of a list of people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PeopleSide {
    /// Everybody who may come in.
    #[default]
    Everybody,
    /// The provider's people.
    Staff,
    /// Contacts of customers.
    Contacts,
    /// Who may come in no more.
    Gone,
}

/// A page of people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeopleList {
    /// By name.
    pub items: Vec<PersonRecord>,
    /// Where the next page begins; none on the last.
    pub cursor: Option<String>,
}

/// Somebody, for whoever keeps people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRecord {
    /// Their id.
    pub id: PersonId,
    /// Name as shown.
    pub name: String,
    /// Address.
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// Whether they may come in.
    pub is_active: bool,
    /// Language in which they read.
    pub language: String,
    /// IANA zone in which they read times; none to read in the calendar's.
    pub zone: Option<String>,
    /// The roles of a contact in accounts; none for staff.
    pub accounts: Vec<AccountStanding>,
    /// Keys of the teams they are in.
    pub teams: Vec<String>,
    /// Whether they have a second factor; known of one person, not in lists.
    pub has_second_factor: Option<bool>,
    /// How many browsers are let in as them; known of one person, not in lists.
    pub sessions: Option<usize>,
    /// How many tokens of programs act for them; known of one person, not in lists.
    pub tokens: Option<usize>,
}

/// The role of a contact in an account, with the account's names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountStanding {
    /// Id of the account.
    pub id: AccountId,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// The role there.
    pub role: AccountRole,
}

/// Lists the people of the viewer's provider, by name.
///
/// # Errors
/// - the viewer does not keep people;
/// - the cursor is none that a list gave;
/// - the store fails.
pub async fn list_people(
    environment: &Environment,
    viewer: &Viewer,
    filter: &PeopleFilter,
) -> Result<PeopleList, Failure> {
    may_keep_people(viewer)?;
    let everybody = Everybody::read(environment, viewer).await?;
    let sought = fold_words(filter.text.as_deref().unwrap_or_default());
    let people = environment.store.people(&viewer.provider.id).await?;
    let mut found: Vec<PersonRecord> = people
        .into_iter()
        .map(|person| everybody.record(person))
        .filter(|record| match filter.side {
            PeopleSide::Everybody => record.is_active,
            PeopleSide::Staff => record.is_active && record.role.is_staff(),
            PeopleSide::Contacts => record.is_active && !record.role.is_staff(),
            PeopleSide::Gone => !record.is_active,
        })
        .filter(|record| {
            let mut texts = vec![record.name.as_str(), record.email.as_str()];
            texts.extend(record.accounts.iter().map(|account| account.name.as_str()));
            holds(&sought, &texts)
        })
        .collect();
    found.sort_by_cached_key(|record| (fold_words(&record.name), record.id));
    let (items, cursor) =
        page(found, filter.cursor.as_deref(), filter.limit, |record| record.id.to_string())?;
    Ok(PeopleList { items, cursor })
}

/// Shows one person of the viewer's provider.
///
/// # Errors
/// - the viewer does not keep people, or there is no such person of their provider;
/// - the store fails.
pub async fn view_person(
    environment: &Environment,
    viewer: &Viewer,
    person: &str,
) -> Result<PersonRecord, Failure> {
    may_keep_people(viewer)?;
    let missing = Failure::NotFound { what: "person" };
    let Ok(id) = person.parse::<PersonId>() else { return Err(missing) };
    let (store, provider) = (&environment.store, &viewer.provider.id);
    let person = store.person(provider, id).await?.ok_or(missing)?;
    let mut record = Everybody::read(environment, viewer).await?.record(person);
    let credentials = store.credentials(provider, id).await?;
    let second = credentials.iter().find(|known| known.kind == CredentialKind::Totp);
    let has_passkey = !store.passkeys_of(provider, id).await?.is_empty();
    record.has_second_factor = Some(has_passkey || second.is_some_and(|known| known.confirmed_at.is_some()));
    let now = environment.now();
    record.sessions = Some(store.sessions_of(provider, id, now).await?.len());
    let tokens = store.sign_ins_of(provider, id).await?;
    let lives = tokens.iter().filter(|known| {
        known.purpose == Purpose::ApiToken && known.expires_at.is_none_or(|until| until > now)
    });
    record.tokens = Some(lives.count());
    Ok(record)
}

/// What is known of all people of a provider beside their names.
struct Everybody {
    standings: HashMap<PersonId, Vec<Standing>>,
    accounts: HashMap<AccountId, (String, String)>,
    departed: HashSet<PersonId>,
    teams: Vec<store::Team>,
}

impl Everybody {
    async fn read(environment: &Environment, viewer: &Viewer) -> Result<Self, Failure> {
        let (store, provider) = (&environment.store, &viewer.provider.id);
        let mut standings: HashMap<PersonId, Vec<Standing>> = HashMap::new();
        for (person, standing) in store.standings(provider).await? {
            standings.entry(person).or_default().push(standing);
        }
        let accounts = store.accounts(provider).await?;
        Ok(Self {
            standings,
            accounts: accounts.into_iter().map(|known| (known.id, (known.key, known.name))).collect(),
            departed: store.departed(provider).await?.into_iter().collect(),
            teams: store.teams(provider).await?,
        })
    }

    fn record(&self, person: Person) -> PersonRecord {
        let mut standings = self.standings.get(&person.id).cloned().unwrap_or_default();
        if person.role.is_staff() {
            standings.clear();
        } else if let (true, Some(account)) = (standings.is_empty(), person.account) {
            standings.push(Standing { account, role: AccountRole::Requester });
        }
        standings.sort_by_key(|standing| Some(standing.account) != person.account);
        let named = |standing: Standing| {
            let (key, name) = self.accounts.get(&standing.account)?.clone();
            Some(AccountStanding { id: standing.account, key, name, role: standing.role })
        };
        let teams = self.teams.iter().filter(|team| team.members.contains(&person.id));
        PersonRecord {
            id: person.id,
            is_active: !self.departed.contains(&person.id),
            accounts: standings.into_iter().filter_map(named).collect(),
            teams: teams.map(|team| team.key.clone()).collect(),
            name: person.name,
            email: person.email,
            role: person.role,
            language: person.language,
            zone: person.zone,
            has_second_factor: None,
            sessions: None,
            tokens: None,
        }
    }
}
