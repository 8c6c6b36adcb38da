//! Who else of a customer may ask: one of its managers says so, and sees of others no more than
//! their own account.

use crate::environment::Environment;
use crate::error::Failure;
use crate::invite_person::{INVITATION_SECONDS, keep_invitation, send_kept_invitation};
use crate::keep_keys::fresh_in_session;
use crate::keep_named_contacts::{missing_of, tell_of_account};
use crate::keep_people::{By, checked_address, checked_name, note_change, set_standing};
use crate::limit::Limit;
use crate::list_accounts::{AccountRecord, own_accounts};
use crate::sign_in::{Origin, may_mail};
use crate::viewer::Viewer;
use desk::{AccountId, AccountRole, Person, PersonId, Right, Role};
use std::sync::Arc;
use store::{Account, Invitation, Purpose, SignIn};

/// The people of one account, for one of its managers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountPeople {
    /// The account.
    pub account: AccountRecord,
    /// Its people, by name; then those who were asked in and have not come.
    pub people: Vec<AccountPerson>,
}

/// Somebody of an account, as one of its managers sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountPerson {
    /// Their id.
    pub id: PersonId,
    /// Their name; of who has not come yet, the one that was written when they were asked in.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Their role, or the one they were offered.
    pub role: AccountRole,
    /// Whether they were asked in and have not come.
    pub is_invited: bool,
    /// Whether it is the one who looks.
    pub is_viewer: bool,
}

/// The people of each account that the viewer manages.
///
/// # Errors
/// - the viewer manages no account;
/// - the store fails.
pub async fn view_account_people(
    environment: &Environment,
    viewer: &Viewer,
) -> Result<Vec<AccountPeople>, Failure> {
    if !viewer.may(Right::KeepAccountPeople) {
        return Err(Failure::NotPermitted);
    }
    let (store, provider, now) = (&environment.store, &viewer.provider.id, environment.now());
    let mut all = Vec::new();
    for account in own_accounts(environment, viewer, Right::KeepAccountPeople).await? {
        let found = store.people_of_account(provider, account.id).await?;
        let mut people: Vec<AccountPerson> = found
            .into_iter()
            .map(|(person, role)| AccountPerson {
                id: person.id,
                is_viewer: person.id == viewer.person.id,
                name: person.name,
                email: person.email,
                role,
                is_invited: false,
            })
            .collect();
        people.sort_by(|one, other| one.name.cmp(&other.name).then(one.id.cmp(&other.id)));
        for offer in store.invitations(provider, account.id, now).await? {
            if !people.iter().any(|known| known.id == offer.person) {
                people.push(AccountPerson {
                    id: offer.person,
                    name: offer.name,
                    email: offer.email,
                    role: offer.role,
                    is_invited: true,
                    is_viewer: false,
                });
            }
        }
        all.push(AccountPeople { account, people });
    }
    Ok(all)
}

/// Somebody to ask into an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskedIn<'a> {
    /// The account, by key.
    pub account: &'a str,
    /// Their name.
    pub name: &'a str,
    /// Their address.
    pub email: &'a str,
    /// The role that they are offered.
    pub role: AccountRole,
}

/// Asks somebody into an account that the viewer manages. They have the role once they follow the
/// link that is sent to them: whether the desk knew their address before shows nowhere.
///
/// # Errors
/// - the viewer does not manage such an account, or signed in too long ago in a browser;
/// - name or address is none;
/// - the viewer asked in too many;
/// - the store fails.
pub async fn invite_to_account(
    environment: &Arc<Environment>,
    viewer: &Viewer,
    session: Option<&str>,
    asked: &AskedIn<'_>,
    origin: &Origin<'_>,
) -> Result<(), Failure> {
    let account = managed(environment, viewer, asked.account).await?;
    fresh_in_session(environment, viewer, session).await?;
    let (name, email) = (checked_name(asked.name)?, checked_address(asked.email)?);
    let (store, provider, now) = (&environment.store, &viewer.provider, environment.now());
    environment.limits.take(Limit::InvitationOfPerson, &viewer.person.id.to_string(), now)?;
    // What went to this address before is not theirs to know: then nothing more leaves, unsaid.
    let may_be_sent = may_mail(environment, &email).await?;
    let alone = environment.people_in_hand.lock().await;
    let known = store.person_by_email(&provider.id, &email).await?;
    let is_new = known.is_none();
    let person = known.unwrap_or_else(|| Person {
        id: PersonId(environment.new_id()),
        provider: provider.id.clone(),
        role: Role::Contact,
        name: name.clone(),
        email: email.clone(),
        account: None,
        language: viewer.person.language.clone(),
        zone: viewer.person.zone.clone(),
    });
    // Somebody known is written as they are: what a disk takes would tell them from somebody new.
    if is_new {
        store.put_person(&person).await?;
    } else {
        store.change_person(&person, &person).await?;
    }
    let may_come =
        person.role == Role::Contact && store.person_with_standings(&provider.id, person.id).await?.is_some();
    let offer = Invitation {
        provider: provider.id.clone(),
        account: account.id,
        person: person.id,
        email,
        name,
        role: asked.role,
        expires_at: now.plus_seconds(INVITATION_SECONDS),
    };
    store.put_invitation(&offer).await?;
    // With the address in hand: the ways in by a former one end together with it.
    let token = match may_come && may_be_sent {
        true => {
            let label = account.id.to_string();
            Some(keep_invitation(environment, &person, Purpose::Invitation, &label).await?)
        }
        false => None,
    };
    drop(alone);
    let what = format!("account {}: offered {}", account.key, asked.role.as_str());
    note_change(environment, &By::viewer(viewer, origin), "person_invited", &person, &what);
    if let Some(token) = token {
        let environment = Arc::clone(environment);
        // Outside the request, so that an address to which a letter leaves takes no longer than another.
        tokio::spawn(async move {
            if let Err(failure) = send_kept_invitation(&environment, &person, &token).await {
                tracing::error!(
                    error = &failure as &dyn std::error::Error,
                    "an invitation could not be sent"
                );
            }
        });
    }
    Ok(())
}

/// Gives somebody of an account that the viewer manages another role there, or with none takes it
/// away; an invitation that was not taken up ends with it. Holds at once.
///
/// # Errors
/// - the viewer does not manage such an account, or means themselves;
/// - the viewer signed in too long ago in a browser;
/// - there is no such person there;
/// - the store fails.
pub async fn change_account_person(
    environment: &Arc<Environment>,
    viewer: &Viewer,
    session: Option<&str>,
    account: &str,
    person: &str,
    role: Option<AccountRole>,
    origin: &Origin<'_>,
) -> Result<(), Failure> {
    let account = managed(environment, viewer, account).await?;
    fresh_in_session(environment, viewer, session).await?;
    let missing = || Failure::NotFound { what: "person" };
    let id: PersonId = person.parse().map_err(|_| missing())?;
    if id == viewer.person.id {
        return Err(Failure::NotPermitted);
    }
    let (store, provider, now) = (&environment.store, &viewer.provider.id, environment.now());
    let by = By::viewer(viewer, origin);
    let people = store.people_of_account(provider, account.id).await?;
    if let Some((person, _)) = people.iter().find(|(known, _)| known.id == id) {
        let stored = Account {
            id: account.id,
            provider: provider.clone(),
            key: account.key.clone(),
            name: account.name.clone(),
        };
        let before = missing_of(environment, provider, &stored).await?;
        set_standing(environment, &by, person, account.id, role).await?;
        return tell_of_account(environment, provider, &stored, &before).await;
    }
    let offers = store.invitations(provider, account.id, now).await?;
    let offer = offers.into_iter().find(|offer| offer.person == id).ok_or_else(missing)?;
    match role {
        Some(role) => store.put_invitation(&Invitation { role, ..offer }).await?,
        None => {
            store.remove_invitation(provider, account.id, id).await?;
        }
    }
    Ok(())
}

/// Takes up what a manager offered: the one who follows the link has shown that the address is theirs.
pub(crate) async fn take_up_invitation(
    environment: &Arc<Environment>,
    used: &SignIn,
    origin: &Origin<'_>,
) -> Result<(), Failure> {
    let (store, provider) = (&environment.store, &used.provider);
    let account: AccountId = used.label.parse().map_err(|_| Failure::NotSignedIn)?;
    let offers = store.invitations(provider, account, environment.now()).await?;
    let offer = offers.into_iter().find(|offer| offer.person == used.person);
    let offer = offer.ok_or(Failure::NotSignedIn)?;
    let person = store.person(provider, used.person).await?.ok_or(Failure::NotSignedIn)?;
    if !store.remove_invitation(provider, account, used.person).await? {
        return Err(Failure::NotSignedIn);
    }
    let by = By { provider, person: Some(used.person), network: origin.network };
    set_standing(environment, &by, &person, account, Some(offer.role)).await
}

async fn managed(environment: &Environment, viewer: &Viewer, key: &str) -> Result<AccountRecord, Failure> {
    if !viewer.may(Right::KeepAccountPeople) || !viewer.may_write() {
        return Err(Failure::NotPermitted);
    }
    let own = own_accounts(environment, viewer, Right::KeepAccountPeople).await?;
    own.into_iter().find(|account| account.key == key).ok_or(Failure::NotFound { what: "account" })
}
