use crate::environment::Environment;
use crate::error::Failure;
use crate::keep_keys::{fresh, fresh_in_session};
use crate::keep_people::{By, note_change, subject};
use crate::sign_in::Origin;
use crate::tell_key_change::tell_key_change;
use crate::viewer::Viewer;
use calendar::Instant;
use data_encoding::HEXLOWER;
use desk::{Person, PersonId, ProviderId};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use store::IdentityLink;
use words::KeyChange;

/// A link of somebody to an identity provider, as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityView {
    /// Name by which it is removed.
    pub id: String,
    /// The address of the identity provider.
    pub issuer: String,
    /// Since when.
    pub linked_at: Instant,
}

/// The links of a person, the oldest first.
pub(crate) async fn view_identities(
    environment: &Environment,
    provider: &ProviderId,
    person: PersonId,
) -> Result<Vec<IdentityView>, Failure> {
    let links = environment.store.identity_links_of(provider, person).await?;
    Ok(links
        .into_iter()
        .map(|link| IdentityView { id: name_of(&link), issuer: link.issuer, linked_at: link.linked_at })
        .collect())
}

/// Removes a link of the viewer's by its name. The identity provider may vouch for them anew by their address.
///
/// # Errors
/// - the sign-in is too long ago, or they have no such link;
/// - the store fails.
pub async fn remove_identity(
    environment: &Arc<Environment>,
    viewer: &Viewer,
    session: &str,
    name: &str,
) -> Result<(), Failure> {
    fresh(environment, viewer, session).await?;
    remove(environment, &viewer.person, name).await.map(drop)
}

/// As [`remove_identity`], of somebody of the viewer's provider.
///
/// # Errors
/// - the viewer does not keep people, or signed in too long ago in a browser;
/// - there is no such person of their provider, or no such link of theirs;
/// - the store fails.
pub async fn remove_person_identity(
    environment: &Arc<Environment>,
    viewer: &Viewer,
    session: Option<&str>,
    person: &str,
    name: &str,
    origin: &Origin<'_>,
) -> Result<(), Failure> {
    let person = subject(environment, viewer, person).await?;
    fresh_in_session(environment, viewer, session).await?;
    let link = remove(environment, &person, name).await?;
    note_change(environment, &By::viewer(viewer, origin), "identity_removed", &person, &link.issuer);
    Ok(())
}

async fn remove(
    environment: &Arc<Environment>,
    person: &Person,
    name: &str,
) -> Result<IdentityLink, Failure> {
    let links = environment.store.identity_links_of(&person.provider, person.id).await?;
    let missing = Failure::NotFound { what: "identity" };
    let Some(link) = links.into_iter().find(|link| name_of(link) == name) else { return Err(missing) };
    if !environment.store.remove_identity_link(&link).await? {
        return Err(missing);
    }
    tell_key_change(environment, person, KeyChange::IdentityGone);
    Ok(link)
}

fn name_of(link: &IdentityLink) -> String {
    HEXLOWER.encode(&Sha256::digest(format!("{}\n{}", link.issuer, link.subject))[..8])
}
