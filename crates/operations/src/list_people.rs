use crate::environment::Environment;
use crate::error::Failure;
use crate::keep_identities::{IdentityView, view_identities};
use crate::keep_people::may_keep_people;
use crate::list_accounts::holds;
use crate::viewer::Viewer;
use desk::{AccountId, AccountRole, Person, PersonId, Role, Standing};
use std::collections::{HashMap, HashSet};
use store::{CredentialKind, PeoplePage, Purpose, fold_words};

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
    /// Who vouches for them; shown of one person alone.
    pub identities: Vec<IdentityView>,
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
    let (store, provider) = (&environment.store, &viewer.provider.id);
    let after = match filter.cursor.as_deref() {
        None => None,
        Some(cursor) => {
            let wrong = || Failure::Invalid { field: "cursor", problem: "error-cursor".into() };
            let id = cursor.parse::<PersonId>().map_err(|_| wrong())?;
            Some(store.person(provider, id).await?.ok_or_else(wrong)?.id)
        }
    };
    let accounts = store.accounts(provider).await?;
    let called = |word: &String| {
        let named = accounts.iter().filter(|account| holds(std::slice::from_ref(word), &[&account.name]));
        named.map(|account| account.id).take(ACCOUNTS_SOUGHT).collect::<Vec<AccountId>>()
    };
    let sought = fold_words(filter.text.as_deref().unwrap_or_default());
    let limit = filter.limit.clamp(1, 200);
    let page = PeoplePage {
        gone: filter.side == PeopleSide::Gone,
        staff: match filter.side {
            PeopleSide::Staff => Some(true),
            PeopleSide::Contacts => Some(false),
            PeopleSide::Everybody | PeopleSide::Gone => None,
        },
        words: sought.into_iter().take(WORDS_SOUGHT).map(|word| (word.clone(), called(&word))).collect(),
        after,
        at_most: u32::try_from(limit).expect("at most two hundred") + 1,
    };
    let mut people = store.people_page(provider, &page).await?;
    let is_last = people.len() <= limit;
    people.truncate(limit);
    let cursor = people.last().filter(|_| !is_last).map(|last| last.id.to_string());
    let ids: Vec<PersonId> = people.iter().map(|person| person.id).collect();
    let known = Known::read(environment, viewer, &ids).await?;
    Ok(PeopleList { items: people.into_iter().map(|person| known.record(person)).collect(), cursor })
}

/// Words that are looked for at most; whatever is written after them is passed over.
const WORDS_SOUGHT: usize = 8;
/// Customers that one word may stand for at most.
const ACCOUNTS_SOUGHT: usize = 500;

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
    let mut record = Known::read(environment, viewer, &[id]).await?.record(person);
    let credentials = store.credentials(provider, id).await?;
    let second = credentials.iter().find(|known| known.kind == CredentialKind::Totp);
    let has_passkey = !store.passkeys_of(provider, id).await?.is_empty();
    record.has_second_factor = Some(has_passkey || second.is_some_and(|known| known.confirmed_at.is_some()));
    let now = environment.now();
    record.sessions = Some(store.sessions_of(provider, id, now).await?.len());
    record.identities = view_identities(environment, provider, id).await?;
    let tokens = store.sign_ins_of(provider, id).await?;
    let lives = tokens.iter().filter(|known| {
        known.purpose == Purpose::ApiToken && known.expires_at.is_none_or(|until| until > now)
    });
    record.tokens = Some(lives.count());
    Ok(record)
}

/// What is known of some people of a provider beside their names.
struct Known {
    standings: HashMap<PersonId, Vec<Standing>>,
    accounts: HashMap<AccountId, (String, String)>,
    departed: HashSet<PersonId>,
    teams: Vec<store::Team>,
}

impl Known {
    async fn read(environment: &Environment, viewer: &Viewer, people: &[PersonId]) -> Result<Self, Failure> {
        let (store, provider) = (&environment.store, &viewer.provider.id);
        let mut standings: HashMap<PersonId, Vec<Standing>> = HashMap::new();
        for (person, standing) in store.standings_of(provider, people).await? {
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
            identities: Vec::new(),
            tokens: None,
        }
    }
}
