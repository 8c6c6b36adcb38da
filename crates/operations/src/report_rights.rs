//! Who may do what, for whoever reviews it (ISO 27001 A 5.15 to 5.18): people with their roles and teams, what each role
//! lets them do by the table of rights, the scopes of their tokens, and when each was last used.

use crate::environment::Environment;
use crate::error::Failure;
use crate::list_people::{PeopleFilter, PersonRecord, list_people};
use crate::viewer::Viewer;
use calendar::Instant;
use desk::{Capacity, Right};
use store::{CredentialKind, Purpose};

/// Somebody with all that they may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRights {
    /// Who, with roles and teams.
    pub person: PersonRecord,
    /// Names of the rights that their role with the provider gives; none of a contact, nor of whoever was let go.
    pub rights: Vec<&'static str>,
    /// The same of each account, in the order of their roles there.
    pub in_accounts: Vec<Vec<&'static str>>,
    /// Whether they have a second factor, or a passkey.
    pub has_second_factor: bool,
    /// When a browser was last used as them, of those that are still let in.
    pub seen_at: Option<Instant>,
    /// Tokens of programs that act for them.
    pub tokens: Vec<TokenRights>,
}

/// What a token lets a program do for its owner, and no more than they may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRights {
    /// What its owner calls it.
    pub label: String,
    /// Its scopes: `read`, `write`, `people`.
    pub scopes: Vec<String>,
    /// When it was made.
    pub made_at: Instant,
    /// When it ends by itself, if it does.
    pub ends_at: Option<Instant>,
    /// When it was last used.
    pub used_at: Option<Instant>,
}

/// A page of the report, by name; the cursor leads to the next one.
///
/// # Errors
/// As [`list_people`].
pub async fn report_rights(
    environment: &Environment,
    viewer: &Viewer,
    filter: &PeopleFilter,
) -> Result<(Vec<PersonRights>, Option<String>), Failure> {
    let page = list_people(environment, viewer, filter).await?;
    let (store, provider, now) = (&environment.store, &viewer.provider.id, environment.now());
    let mut rows = Vec::with_capacity(page.items.len());
    for person in page.items {
        let uses = store.token_uses(provider, person.id).await?;
        let tokens = store.sign_ins_of(provider, person.id).await?.into_iter();
        let tokens = tokens.filter(|entry| entry.purpose == Purpose::ApiToken).map(|entry| TokenRights {
            used_at: uses.iter().find(|(known, _)| *known == entry.hash).map(|(_, at)| *at),
            label: entry.label,
            scopes: entry.scopes,
            made_at: entry.created_at,
            ends_at: entry.expires_at,
        });
        let credentials = store.credentials(provider, person.id).await?;
        let is_second =
            |known: &store::Credential| known.kind == CredentialKind::Totp && known.confirmed_at.is_some();
        let has_second_factor =
            credentials.iter().any(is_second) || !store.passkeys_of(provider, person.id).await?.is_empty();
        let sessions = store.sessions_of(provider, person.id, now).await?;
        let own = person.role.capacity().filter(|_| person.is_active);
        rows.push(PersonRights {
            rights: own.map(given_to).unwrap_or_default(),
            in_accounts: person.accounts.iter().map(|known| given_to(known.role.capacity())).collect(),
            has_second_factor,
            seen_at: sessions.iter().map(|known| known.seen_at).max(),
            tokens: tokens.collect(),
            person,
        });
    }
    Ok((rows, page.cursor))
}

fn given_to(capacity: Capacity) -> Vec<&'static str> {
    Right::all().filter(|(_, holders)| holders.contains(&capacity)).map(|(right, _)| right.name()).collect()
}
