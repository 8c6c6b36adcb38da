use crate::environment::Environment;
use crate::error::Failure;
use crate::keep_journal::{Deed, DeedOutcome, note_deed};
use crate::keep_keys::fresh_in_session;
use crate::provision::{forget_every_let_go, forget_let_go};
use crate::sign_in::Origin;
use crate::tell_key_change::tell_key_change;
use crate::viewer::Viewer;
use desk::{AccountId, AccountRole, Person, PersonId, ProviderId, Right, Role, Standing};
use std::sync::Arc;
use store::{CredentialKind, StoreError};
use words::{KeyChange, Language};

/// Somebody to add.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// Name as shown.
    pub name: String,
    /// Address.
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// Language in which they read; the provider's when absent.
    pub language: Option<String>,
    /// IANA zone in which they read times.
    pub zone: Option<String>,
    /// For a contact, the accounts by key with the role in each, their own first.
    pub accounts: Vec<(String, AccountRole)>,
    /// For the provider's people, the teams by key.
    pub teams: Vec<String>,
}

/// What is to change of somebody; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct PersonChange {
    /// Name as shown.
    pub name: Option<String>,
    /// Address. Sessions, links, tokens and links to identity providers end with the old one.
    pub email: Option<String>,
    /// What they may do.
    pub role: Option<Role>,
    /// Language in which they read.
    pub language: Option<String>,
    /// IANA zone in which they read times; an empty one to read in the calendar's.
    pub zone: Option<String>,
    /// Whether they may come in. When not, their sessions, links and tokens end.
    pub is_active: Option<bool>,
    /// The accounts of a contact by key with the role in each, in place of all they have.
    pub accounts: Option<Vec<(String, AccountRole)>>,
    /// The teams of one of the provider's people by key, in place of all they are in.
    pub teams: Option<Vec<String>>,
}

/// Who changes people, and from where, for the journal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct By<'a> {
    pub(crate) provider: &'a ProviderId,
    pub(crate) person: Option<PersonId>,
    pub(crate) network: &'a str,
}

impl<'a> By<'a> {
    pub(crate) fn viewer(viewer: &'a Viewer, origin: &Origin<'a>) -> Self {
        Self { provider: &viewer.provider.id, person: Some(viewer.person.id), network: origin.network }
    }
}

/// Adds somebody to the viewer's provider. Nothing is sent: [`crate::invite_person`] does that.
///
/// # Errors
/// - the viewer does not keep people, or signed in too long ago in a browser;
/// - name, address, language, zone, an account or a team is none, the address is taken, a contact
///   has no account, or one of the provider's people has one;
/// - the store fails.
pub async fn make_person(
    environment: &Arc<Environment>,
    viewer: &Viewer,
    session: Option<&str>,
    new: &NewPerson,
    origin: &Origin<'_>,
) -> Result<PersonId, Failure> {
    may_change_people(viewer)?;
    fresh_in_session(environment, viewer, session).await?;
    let by = By::viewer(viewer, origin);
    let language = new.language.clone().unwrap_or_else(|| viewer.provider.language.clone());
    add_person(environment, &by, &NewPerson { language: Some(language), ..new.clone() }).await
}

/// As [`make_person`], for whoever may, in the provider's name. A contact who was asked in somewhere and has not come
/// is added by this.
pub(crate) async fn add_person(
    environment: &Arc<Environment>,
    by: &By<'_>,
    new: &NewPerson,
) -> Result<PersonId, Failure> {
    let _alone = environment.people_in_hand.lock().await;
    let (store, provider) = (&environment.store, by.provider);
    let email = checked_address(&new.email)?;
    let awaited = awaited(environment, provider, &email).await?.filter(|_| new.role == Role::Contact);
    let person = Person {
        id: awaited.map_or_else(|| PersonId(environment.new_id()), |known| known.id),
        provider: provider.clone(),
        role: new.role,
        name: checked_name(&new.name)?,
        email,
        account: None,
        language: checked_language(new.language.as_deref().unwrap_or("fr"))?,
        zone: checked_zone(new.zone.as_deref().unwrap_or_default())?,
    };
    let standings = standings_of(environment, provider, person.role, &new.accounts).await?;
    let account = standings.first().map(|standing| standing.account);
    check_teams(environment, provider, person.role, &new.teams).await?;
    let person = Person { account, ..person };
    put(environment, &person).await?;
    store.put_standings(provider, person.id, &standings).await?;
    join_teams(environment, &person, &new.teams).await?;
    environment.rights_changed();
    let known = Known::read(environment, &person).await?;
    note_change(environment, by, "person_made", &person, &known.text());
    Ok(person.id)
}

/// The contact of an address who was asked into an account and has not come: nobody's, until they do.
pub(crate) async fn awaited(
    environment: &Environment,
    provider: &ProviderId,
    email: &str,
) -> Result<Option<Person>, Failure> {
    let found = environment.store.person_with_standings_by_email(provider, email).await?;
    let is_awaited =
        |person: &Person, standings: &[Standing]| person.role == Role::Contact && standings.is_empty();
    Ok(found.filter(|(person, standings)| is_awaited(person, standings)).map(|(person, _)| person))
}

/// Changes somebody of the viewer's provider. Holds at once, on open streams too.
///
/// # Errors
/// - the viewer does not keep people, or there is no such person of their provider;
/// - it would change the viewer's own role, accounts or teams, or let the viewer go;
/// - a contact would become one of the provider's people, or the reverse;
/// - nobody would be left who administers;
/// - a role, an account or the address changes, or somebody is taken back, in a browser where one signed in too
///   long ago;
/// - a value is none, as for [`make_person`];
/// - the store fails.
pub async fn change_person(
    environment: &Arc<Environment>,
    viewer: &Viewer,
    session: Option<&str>,
    person: &str,
    change: &PersonChange,
    origin: &Origin<'_>,
) -> Result<(), Failure> {
    let person = subject(environment, viewer, person).await?;
    // Nobody raises themselves, nor takes their own keys away by mistake: another administrator has to.
    let raises = change.role.is_some_and(|role| role != person.role)
        || change.is_active == Some(false)
        || change.accounts.is_some();
    if person.id == viewer.person.id && raises {
        return Err(Failure::NotPermitted);
    }
    let gives = change.role.is_some_and(|role| role != person.role)
        || change.accounts.is_some()
        || change.email.as_ref().is_some_and(|email| *email != person.email)
        || change.is_active == Some(true);
    if gives {
        fresh_in_session(environment, viewer, session).await?;
    }
    change_known(environment, &By::viewer(viewer, origin), person.id, change).await
}

/// As [`change_person`], for whoever may, in the provider's name.
pub(crate) async fn change_known(
    environment: &Arc<Environment>,
    by: &By<'_>,
    person: PersonId,
    change: &PersonChange,
) -> Result<(), Failure> {
    let _alone = environment.people_in_hand.lock().await;
    let (store, provider) = (&environment.store, by.provider);
    let missing = || Failure::NotFound { what: "person" };
    let person = store.person(provider, person).await?.ok_or_else(missing)?;
    let before = Known::read(environment, &person).await?;
    let role = change.role.unwrap_or(person.role);
    if role.is_staff() != person.role.is_staff() {
        return Err(Failure::Invalid { field: "role", problem: "error-role-side".into() });
    }
    let ends = change.is_active == Some(false) || role != Role::Admin;
    let was_admin = person.role == Role::Admin && before.is_active;
    if was_admin && ends && store.administrators(provider).await? <= 1 {
        return Err(last_administrator());
    }
    let mut changed = Person { role, ..person.clone() };
    if let Some(name) = &change.name {
        changed.name = checked_name(name)?;
    }
    if let Some(email) = &change.email {
        changed.email = checked_address(email)?;
    }
    if let Some(language) = &change.language {
        changed.language = checked_language(language)?;
    }
    if let Some(zone) = &change.zone {
        changed.zone = checked_zone(zone)?;
    }
    let standings = match &change.accounts {
        Some(accounts) => Some(standings_of(environment, provider, role, accounts).await?),
        None => None,
    };
    if let Some(standings) = &standings
        && !standings.iter().any(|standing| Some(standing.account) == changed.account)
    {
        changed.account = standings.first().map(|standing| standing.account);
    }
    if let Some(teams) = &change.teams {
        check_teams(environment, provider, role, teams).await?;
    }
    // All is checked: from here on it is written.
    // Whoever came in by an old address, or was vouched for with it, may be somebody else by now: all that ends with it.
    if changed != person {
        put_changed(environment, &person, &changed).await?;
    }
    if let Some(standings) = &standings {
        store.put_standings(provider, person.id, standings).await?;
    }
    if let Some(teams) = &change.teams {
        join_teams(environment, &changed, teams).await?;
    }
    if change.is_active.is_some() || change.accounts.is_some() {
        forget_every_let_go(environment, by, person.id).await?;
    }
    match change.is_active {
        Some(false) => store.let_go(provider, person.id, environment.now()).await?,
        Some(true) => {
            store.take_back(provider, person.id).await?;
        }
        None => {}
    }
    // Two administrators may let each other go at once, on two nodes: then neither is gone.
    if was_admin && ends && store.administrators(provider).await? == 0 {
        store.take_back(provider, person.id).await?;
        put_changed(environment, &changed, &Person { role: Role::Admin, ..changed.clone() }).await?;
        environment.rights_changed();
        return Err(last_administrator());
    }
    environment.rights_changed();
    if changed.email != person.email {
        // Told where it was and where it is, so that nobody moves an address away unseen.
        tell_key_change(environment, &person, KeyChange::Address);
        tell_key_change(environment, &changed, KeyChange::Address);
    }
    let after = Known::read(environment, &changed).await?;
    note_change(environment, by, "person_changed", &person, &before.difference(&after));
    Ok(())
}

fn last_administrator() -> Failure {
    Failure::Invalid { field: "role", problem: "error-last-administrator".into() }
}

/// Gives a contact a role in an account, or with none takes it away. Holds at once.
///
/// # Errors
/// - the viewer does not keep people;
/// - there is no such contact or account of the viewer's provider;
/// - the store fails.
pub async fn give_standing(
    environment: &Arc<Environment>,
    viewer: &Viewer,
    person: PersonId,
    account: AccountId,
    role: Option<AccountRole>,
    origin: &Origin<'_>,
) -> Result<(), Failure> {
    let person = subject(environment, viewer, &person.to_string()).await?;
    let provider = &viewer.provider.id;
    let missing = |what| Failure::NotFound { what };
    if person.role != Role::Contact {
        return Err(missing("contact"));
    }
    environment.store.account(provider, account).await?.ok_or(missing("account"))?;
    set_standing(environment, &By::viewer(viewer, origin), &person, account, role).await
}

/// As [`give_standing`], for whoever may.
pub(crate) async fn set_standing(
    environment: &Arc<Environment>,
    by: &By<'_>,
    person: &Person,
    account: AccountId,
    role: Option<AccountRole>,
) -> Result<(), Failure> {
    let _alone = environment.people_in_hand.lock().await;
    let before = Known::read(environment, person).await?;
    // Another node may change them too: whoever is overtaken looks anew.
    while !write_standing(environment, by, person, account, role).await? {}
    environment.rights_changed();
    let after = Known::read(environment, person).await?;
    note_change(environment, by, "person_changed", person, &before.difference(&after));
    Ok(())
}

/// Writes the roles of a contact with one more, another or one fewer. Whether they were still as they were read.
async fn write_standing(
    environment: &Environment,
    by: &By<'_>,
    person: &Person,
    account: AccountId,
    role: Option<AccountRole>,
) -> Result<bool, Failure> {
    let (store, provider) = (&environment.store, by.provider);
    let given = store.standings_of(provider, &[person.id]).await?;
    let read: Vec<Standing> = given.into_iter().map(|(_, standing)| standing).collect();
    // As they are now, and not when they were asked about: what was presumed is written down with the rest.
    let (known, mut standings) = match store.person_with_standings(provider, person.id).await? {
        Some((known, standings)) => (known, standings),
        None => {
            let known = store.person(provider, person.id).await?;
            (known.ok_or(Failure::NotFound { what: "contact" })?, Vec::new())
        }
    };
    let own = standings.iter_mut().find(|standing| standing.account == account);
    match (role, own) {
        (Some(role), Some(own)) => own.role = role,
        (Some(role), None) => standings.push(Standing { account, role }),
        (None, _) => standings.retain(|standing| standing.account != account),
    }
    // From now on it is what was done here that counts, and no more what a directory did.
    forget_let_go(environment, by, account, person.id).await?;
    // Without a role anywhere somebody has left.
    if standings.is_empty() {
        return Ok(store.let_go_from(provider, person.id, &read, environment.now()).await?);
    }
    if known.account.is_none() {
        let account = standings.first().map(|standing| standing.account);
        put_changed(environment, &known, &Person { account, ..known.clone() }).await?;
    }
    Ok(store.change_standings(provider, person.id, &read, &standings).await?)
}

/// Takes the second factor, the passkeys, the codes on paper and the links to identity providers of somebody away, and
/// ends their sessions: they set up another as they next come in.
///
/// # Errors
/// - the viewer does not keep people, or means themselves: that is done with a code;
/// - the viewer signed in too long ago in a browser;
/// - there is no such person of their provider;
/// - the store fails.
pub async fn reset_second_factor(
    environment: &Arc<Environment>,
    viewer: &Viewer,
    session: Option<&str>,
    person: &str,
    origin: &Origin<'_>,
) -> Result<(), Failure> {
    let person = subject(environment, viewer, person).await?;
    fresh_in_session(environment, viewer, session).await?;
    if person.id == viewer.person.id {
        return Err(Failure::NotPermitted);
    }
    let (store, provider) = (&environment.store, &viewer.provider.id);
    for kind in [CredentialKind::Totp, CredentialKind::Recovery] {
        store.remove_credential(provider, person.id, kind).await?;
    }
    store.remove_passkeys(provider, person.id).await?;
    store.unlink_person(provider, person.id).await?;
    store.end_sessions(provider, person.id).await?;
    store.end_links(provider, person.id).await?;
    environment.rights_changed();
    tell_key_change(environment, &person, KeyChange::SecondFactorGone);
    note_change(environment, &By::viewer(viewer, origin), "second_factor_reset", &person, "");
    Ok(())
}

/// Ends every session of somebody, and open streams with them.
///
/// # Errors
/// - the viewer does not keep people, or there is no such person of their provider;
/// - the viewer signed in too long ago in a browser;
/// - the store fails.
pub async fn end_person_sessions(
    environment: &Arc<Environment>,
    viewer: &Viewer,
    session: Option<&str>,
    person: &str,
    origin: &Origin<'_>,
) -> Result<(), Failure> {
    let person = subject(environment, viewer, person).await?;
    fresh_in_session(environment, viewer, session).await?;
    let ended = environment.store.end_sessions(&viewer.provider.id, person.id).await?;
    environment.rights_changed();
    let what = format!("sessions {ended} → 0");
    note_change(environment, &By::viewer(viewer, origin), "sessions_ended", &person, &what);
    Ok(())
}

/// Whether the viewer sees people and their roles.
pub(crate) fn may_keep_people(viewer: &Viewer) -> Result<(), Failure> {
    if viewer.may(Right::KeepPeople) && viewer.reaches(Right::KeepPeople) {
        Ok(())
    } else {
        Err(Failure::NotPermitted)
    }
}

/// Whether the viewer changes people and their roles.
pub(crate) fn may_change_people(viewer: &Viewer) -> Result<(), Failure> {
    may_keep_people(viewer)?;
    if viewer.may_write() { Ok(()) } else { Err(Failure::NotPermitted) }
}

/// The person meant, when the viewer keeps people and it is one of their provider's.
pub(crate) async fn subject(
    environment: &Environment,
    viewer: &Viewer,
    person: &str,
) -> Result<Person, Failure> {
    may_change_people(viewer)?;
    let missing = || Failure::NotFound { what: "person" };
    let id: PersonId = person.parse().map_err(|_| missing())?;
    environment.store.person(&viewer.provider.id, id).await?.ok_or_else(missing)
}

/// Writes into the journal what was done to somebody.
pub(crate) fn note_change(
    environment: &Arc<Environment>,
    by: &By<'_>,
    deed: &str,
    person: &Person,
    what: &str,
) {
    note_deed_of(environment, by, deed, &format!("person {}: {what}", person.id));
}

/// Writes a deed among people into the journal.
pub(crate) fn note_deed_of(environment: &Arc<Environment>, by: &By<'_>, deed: &str, object: &str) {
    let By { provider, person, network } = *by;
    note_deed(
        environment,
        &Deed {
            provider,
            person,
            deed,
            object: object.trim_end_matches([' ', ':']),
            outcome: DeedOutcome::Done,
            network,
        },
    );
}

/// What somebody is at one moment, as the journal writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    is_active: bool,
    fields: [(&'static str, String); 7],
}

impl Known {
    async fn read(environment: &Environment, person: &Person) -> Result<Self, Failure> {
        let (store, provider) = (&environment.store, &person.provider);
        let person = store.person(provider, person.id).await?.unwrap_or_else(|| person.clone());
        let present = store.person_with_standings(provider, person.id).await?;
        let mut accounts = Vec::new();
        for standing in present.iter().flat_map(|(_, standings)| standings) {
            let account = store.account(provider, standing.account).await?;
            let key = account.map_or_else(|| standing.account.to_string(), |account| account.key);
            accounts.push(format!("{key} {}", standing.role.as_str()));
        }
        let teams = store.teams(provider).await?;
        let teams = teams.iter().filter(|team| team.members.contains(&person.id));
        let teams: Vec<&str> = teams.map(|team| team.key.as_str()).collect();
        let is_active = present.is_some();
        Ok(Self {
            is_active,
            fields: [
                ("active", if is_active { "yes" } else { "no" }.to_owned()),
                ("role", person.role.as_str().to_owned()),
                ("accounts", accounts.join(", ")),
                ("teams", teams.join(", ")),
                ("email", person.email),
                ("name", person.name),
                ("language", person.language),
            ],
        })
    }

    fn text(&self) -> String {
        let fields = self.fields.iter().filter(|(_, value)| !value.is_empty());
        fields.map(|(field, value)| format!("{field} {value}")).collect::<Vec<_>>().join("; ")
    }

    fn difference(&self, after: &Self) -> String {
        let changes = self.fields.iter().zip(&after.fields).filter(|((_, old), (_, new))| old != new);
        let shown = |text: &str| if text.is_empty() { "–".to_owned() } else { text.to_owned() };
        let changes =
            changes.map(|((field, old), (_, new))| format!("{field} {} → {}", shown(old), shown(new)));
        changes.collect::<Vec<_>>().join("; ")
    }
}

async fn put(environment: &Environment, person: &Person) -> Result<(), Failure> {
    environment.store.put_person(person).await.map_err(taken)
}

/// Changes somebody as they were read; whoever lost to another change does it anew.
async fn put_changed(environment: &Environment, read: &Person, changed: &Person) -> Result<(), Failure> {
    let is_done = environment.store.change_person(read, changed).await.map_err(taken)?;
    if is_done { Ok(()) } else { Err(StoreError::Conflict.into()) }
}

fn taken(error: StoreError) -> Failure {
    match error {
        StoreError::Taken { .. } => {
            Failure::Invalid { field: "email", problem: "error-address-taken".into() }
        }
        error => error.into(),
    }
}

/// The roles that somebody is to have, by the keys of accounts of the provider.
async fn standings_of(
    environment: &Environment,
    provider: &ProviderId,
    role: Role,
    accounts: &[(String, AccountRole)],
) -> Result<Vec<Standing>, Failure> {
    let invalid = |problem: &str| Failure::Invalid { field: "accounts", problem: problem.into() };
    if role.is_staff() {
        return if accounts.is_empty() { Ok(Vec::new()) } else { Err(invalid("error-accounts-of-staff")) };
    }
    if accounts.is_empty() {
        return Err(invalid("error-accounts-missing"));
    }
    let mut standings: Vec<Standing> = Vec::new();
    for (key, role) in accounts {
        let account = environment.store.account_by_key(provider, key).await?;
        let account = account.ok_or_else(|| invalid("error-account-unknown"))?.id;
        match standings.iter_mut().find(|known| known.account == account) {
            Some(known) => known.role = *role,
            None => standings.push(Standing { account, role: *role }),
        }
    }
    Ok(standings)
}

async fn check_teams(
    environment: &Environment,
    provider: &ProviderId,
    role: Role,
    teams: &[String],
) -> Result<(), Failure> {
    let known = environment.store.teams(provider).await?;
    let all_known = teams.iter().all(|key| known.iter().any(|team| team.key == *key));
    if !all_known || (!role.is_staff() && !teams.is_empty()) {
        return Err(Failure::Invalid { field: "teams", problem: "error-team-unknown".into() });
    }
    Ok(())
}

async fn join_teams(environment: &Environment, person: &Person, teams: &[String]) -> Result<(), Failure> {
    let (store, provider) = (&environment.store, &person.provider);
    for mut team in store.teams(provider).await? {
        let (is_in, is_to_be) = (team.members.contains(&person.id), teams.contains(&team.key));
        if is_in != is_to_be {
            team.members.retain(|member| *member != person.id);
            if is_to_be {
                team.members.push(person.id);
            }
            store.put_team(provider, &team).await?;
        }
    }
    Ok(())
}

/// A name of a person: one line, not empty, 200 characters at most.
pub(crate) fn checked_name(name: &str) -> Result<String, Failure> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 200 || name.chars().any(char::is_control) {
        return Err(Failure::Invalid { field: "name", problem: "set-up-name-missing".into() });
    }
    Ok(name.to_owned())
}

/// An address of a person, in lower case.
pub(crate) fn checked_address(address: &str) -> Result<String, Failure> {
    let address = address.trim().to_lowercase();
    let is_one = address.len() <= 320
        && !address.contains(|letter: char| {
            letter.is_whitespace() || letter.is_control() || "<>,;\"".contains(letter)
        })
        && address
            .split_once('@')
            .is_some_and(|(local, host)| !local.is_empty() && host.contains('.') && !host.contains('@'));
    if is_one {
        Ok(address)
    } else {
        Err(Failure::Invalid { field: "email", problem: "sign-in-error-address".into() })
    }
}

/// Whether an address is of one of these domains.
pub(crate) fn is_of_domain(address: &str, domains: &[String]) -> bool {
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    domains.iter().any(|known| known.eq_ignore_ascii_case(domain))
}

fn checked_language(language: &str) -> Result<String, Failure> {
    let known = Language::ALL.into_iter().find(|known| known.tag() == language);
    let known = known.ok_or(Failure::Invalid { field: "language", problem: "error-language".into() })?;
    Ok(known.tag().to_owned())
}

fn checked_zone(zone: &str) -> Result<Option<String>, Failure> {
    if zone.trim().is_empty() {
        return Ok(None);
    }
    match calendar::Zone::parse(zone.trim()) {
        Ok(_) => Ok(Some(zone.trim().to_owned())),
        Err(_) => Err(Failure::Invalid { field: "zone", problem: "error-zone".into() }),
    }
}
