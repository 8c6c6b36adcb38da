//! Announcements that somebody does not want any more: by a link of the letter, without signing in, or among their own
//! settings. What an agreement promises to those whom it names is none of them, and comes whatever they want.

use crate::environment::Environment;
use crate::error::Failure;
use crate::key_ring::Signed;
use crate::signed_link::SignedLink;
use crate::viewer::Viewer;
use desk::{PersonId, ProviderId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use store::PersonEntry;

const LINK: SignedLink = SignedLink { by: Signed::UnsubscribeLinks, missing: "page" };

/// Under which kind it is kept of somebody that they do not want something announced, by what it is.
const UNWANTED: &str = "unwanted";

/// What is announced to people who may not want it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// New versions of products.
    Releases,
}

impl Topic {
    fn as_str(self) -> &'static str {
        match self {
            Self::Releases => "releases",
        }
    }
}

/// Where a link leads.
#[derive(Serialize, Deserialize)]
struct Unwanted {
    topic: Topic,
}

/// What a link of a letter is about.
#[derive(Clone, Debug)]
pub struct Unsubscribing {
    /// Whose letter it was.
    pub viewer: Viewer,
    /// What it announced.
    pub topic: Topic,
    /// Whether they want it still.
    pub is_wanted: bool,
}

/// The address by which one person says that they do not want something announced any more.
pub(crate) async fn unsubscribe_link(
    environment: &Environment,
    provider: &ProviderId,
    person: PersonId,
    topic: Topic,
) -> Result<String, Failure> {
    let link = LINK.sign(environment, provider, person, Unwanted { topic }).await?;
    Ok(format!("{}/desabonnement/{link}", environment.installation.public_url))
}

/// What a link is about, and whether it is wanted. Nothing is written.
///
/// # Errors
/// - the link is none, is over, or was changed, or they are nobody here any more: [`Failure::NotFound`] for all of it;
/// - the store fails.
pub async fn follow_unsubscribe_link(
    environment: &Environment,
    link: &str,
) -> Result<Unsubscribing, Failure> {
    let (viewer, Unwanted { topic }) = LINK.follow(environment, link).await?;
    let is_wanted = is_wanted(environment, &viewer, topic).await?;
    Ok(Unsubscribing { viewer, topic, is_wanted })
}

/// Says by a link that what it is about is not wanted any more; once or several times is the same.
///
/// # Errors
/// As [`follow_unsubscribe_link`].
pub async fn unsubscribe(environment: &Environment, link: &str) -> Result<Unsubscribing, Failure> {
    let (viewer, Unwanted { topic }) = LINK.follow(environment, link).await?;
    want(environment, &viewer, topic, false).await?;
    Ok(Unsubscribing { viewer, topic, is_wanted: false })
}

/// Says whether the viewer wants something announced to them from now on.
///
/// # Errors
/// - the viewer came in by what may not write;
/// - the store fails.
pub async fn keep_subscription(
    environment: &Environment,
    viewer: &Viewer,
    topic: Topic,
    is_wanted: bool,
) -> Result<(), Failure> {
    if !viewer.may_write() {
        return Err(Failure::NotPermitted);
    }
    want(environment, viewer, topic, is_wanted).await
}

async fn want(
    environment: &Environment,
    viewer: &Viewer,
    topic: Topic,
    is_wanted: bool,
) -> Result<(), Failure> {
    let (store, provider, person) = (&environment.store, &viewer.provider.id, viewer.person.id);
    if is_wanted {
        store.remove_person_entry(provider, UNWANTED, person, topic.as_str()).await?;
        return Ok(());
    }
    let entry = PersonEntry {
        provider: provider.clone(),
        person,
        kind: UNWANTED.to_owned(),
        key: topic.as_str().to_owned(),
        body: "{}".to_owned(),
        changed_at: environment.now(),
    };
    Ok(store.put_person_entry(&entry).await?)
}

/// Whether the viewer wants something announced to them.
///
/// # Errors
/// When the store fails.
pub(crate) async fn is_wanted(
    environment: &Environment,
    viewer: &Viewer,
    topic: Topic,
) -> Result<bool, Failure> {
    let entries = environment.store.person_entries_of(&viewer.provider.id, viewer.person.id).await?;
    Ok(entries.iter().all(|entry| entry.kind != UNWANTED || entry.key != topic.as_str()))
}

/// Who of a provider does not want something announced.
///
/// # Errors
/// When the store fails.
pub(crate) async fn unwanted_by(
    environment: &Environment,
    provider: &ProviderId,
    topic: Topic,
) -> Result<BTreeSet<PersonId>, Failure> {
    let entries = environment.store.person_entries(provider, UNWANTED).await?;
    Ok(entries.into_iter().filter(|entry| entry.key == topic.as_str()).map(|entry| entry.person).collect())
}
