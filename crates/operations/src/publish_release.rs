//! New versions of a provider's products: kept, shown to whoever may download them, and announced once where an
//! agreement wants that.

use crate::deliver_letters::letter_to;
use crate::environment::Environment;
use crate::error::Failure;
use crate::keep_licences::{products_of, view_licences};
use crate::keep_named_contacts::held;
use crate::keep_texts::{title_of, usable_key};
use crate::list_accounts::own_accounts;
use crate::open_ticket::is_in_force;
use crate::remove_entry::remove_entry;
use crate::unsubscribe::{Topic, unsubscribe_link, unwanted_by};
use crate::viewer::Viewer;
use calendar::LocalDate;
use desk::{AccountId, Person, PersonId, Refusal, Right};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::{Entry, Letter, Provider};
use terms::Clause;
use words::Language;

/// Under which kind they are stored.
pub(crate) const RELEASE: &str = "release";
/// The event by which agreements speak of a new version.
const VERSION_RELEASED: &str = "version_released";
/// Versions that are kept at most.
const AT_MOST: usize = 1_000;

/// A version of a product that was published.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Its key: small letters, digits and hyphens.
    #[serde(skip)]
    pub key: String,
    /// Of which product.
    pub product: String,
    /// Which version.
    pub version: String,
    /// What it is to who holds the one before.
    pub kind: ReleaseKind,
    /// Since when.
    pub released_on: Option<LocalDate>,
    /// Where it is had.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub link: String,
    /// What is new, by language (`fr`, `en`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub news: BTreeMap<String, String>,
}

/// What a version is to who holds the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseKind {
    /// A minor version.
    #[default]
    Update,
    /// A major version.
    Upgrade,
}

impl ReleaseKind {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Update, Self::Upgrade];

    /// The one that a text names.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::Upgrade => "upgrade",
        }
    }
}

/// The versions that a provider published, the newest first.
///
/// # Errors
/// - the viewer reads no requests;
/// - the store fails.
pub async fn list_releases(environment: &Environment, viewer: &Viewer) -> Result<Vec<Release>, Failure> {
    if !viewer.may(Right::ReadRequests) {
        return Err(Failure::NotPermitted);
    }
    let entries = environment.entries(&viewer.provider.id, RELEASE).await?;
    let mut releases: Vec<Release> = entries.iter().filter_map(release_of).collect();
    releases.sort_by(|left, right| {
        (right.released_on, &left.product, &right.version).cmp(&(
            left.released_on,
            &right.product,
            &left.version,
        ))
    });
    if !viewer.is_staff() && !may_download(environment, viewer).await? {
        releases.iter_mut().for_each(|release| release.link.clear());
    }
    Ok(releases)
}

/// Whether the agreement of any of a contact's accounts lets them have what is published, or says nothing of it.
async fn may_download(environment: &Environment, viewer: &Viewer) -> Result<bool, Failure> {
    for account in own_accounts(environment, viewer, Right::UsePortal).await? {
        let view = view_licences(environment, viewer, &account.key).await?;
        if view.download.is_none_or(|(is_let, _)| is_let) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Publishes a version, or says anew what is published of it. What is new is announced once to the contacts of each
/// account whose agreement wants new versions announced; of an account whose licences are kept, only where it holds
/// the product.
///
/// # Errors
/// - the viewer does not keep texts;
/// - key, product, version or link are none; there are too many;
/// - the store fails.
pub async fn publish_release(
    environment: &Environment,
    viewer: &Viewer,
    release: &Release,
) -> Result<(), Failure> {
    must_keep(viewer)?;
    let key = usable_key(&release.key)?;
    let line = |field, text: &str| {
        title_of(text).map_err(|_| Failure::Invalid { field, problem: "error-title".into() })
    };
    let mut kept = release.clone();
    kept.key.clone_from(&key);
    kept.product = line("product", &release.product)?;
    kept.version = line("version", &release.version)?;
    let is_link =
        kept.link.is_empty() || kept.link.starts_with("https://") || kept.link.starts_with("http://");
    if !is_link || kept.link.len() > 2_000 {
        return Err(Failure::Invalid { field: "link", problem: "error-link".into() });
    }
    kept.news.retain(|language, text| Language::parse(language).is_some() && !text.trim().is_empty());
    if kept.news.values().any(|text| text.chars().count() > 10_000) {
        let (what, most) = ("news".to_owned(), 10_000);
        return Err(Failure::Refused(Refusal::OutOfBounds { what, least: 0, most }));
    }
    let now = environment.now();
    kept.released_on = Some(kept.released_on.unwrap_or_else(|| {
        let zone = calendar::Zone::parse(&viewer.provider.zone).unwrap_or_else(|_| calendar::Zone::utc());
        zone.local(now).date
    }));
    let provider = &viewer.provider.id;
    let known = environment.store.entries(provider, RELEASE).await?;
    let is_new = known.iter().all(|entry| entry.key != key);
    if is_new && known.len() >= AT_MOST {
        let (what, most) = ("release".to_owned(), AT_MOST as u32);
        return Err(Failure::Refused(Refusal::OutOfBounds { what, least: 0, most }));
    }
    let letters = if is_new { announcements(environment, viewer, &kept).await? } else { Vec::new() };
    let entry = Entry {
        provider: provider.clone(),
        kind: RELEASE.to_owned(),
        key: key.clone(),
        body: serde_json::to_string(&kept).expect("a version is plain data"),
        changed_at: now,
        changed_by: viewer.person.id,
    };
    Ok(environment.put_letters(&[entry], &letters).await?)
}

/// Takes a version back. What was told of it stays told.
///
/// # Errors
/// - the viewer does not keep texts, or there is no such version;
/// - the store fails.
pub async fn remove_release(environment: &Environment, viewer: &Viewer, key: &str) -> Result<(), Failure> {
    must_keep(viewer)?;
    let removed = remove_entry(environment, viewer, RELEASE, key).await?;
    environment.entries_changed();
    if removed { Ok(()) } else { Err(Failure::NotFound { what: "release" }) }
}

/// Letters to the contacts of each account whose agreement of today wants new versions announced, and which holds the
/// product: one to each, of however many accounts they are. Whoever said that they want none gets one only where an
/// agreement promises it to them.
async fn announcements(
    environment: &Environment,
    viewer: &Viewer,
    release: &Release,
) -> Result<Vec<Letter>, Failure> {
    let provider = &viewer.provider;
    let unwanted = unwanted_by(environment, &provider.id, Topic::Releases).await?;
    let mut told: BTreeMap<PersonId, (Person, Clause, bool)> = BTreeMap::new();
    for account in environment.store.accounts(&provider.id).await? {
        let Some(notice) = announced_by(environment, provider, account.id).await? else { continue };
        let products = products_of(environment, viewer, &account).await?;
        if !products.is_empty() && products.iter().all(|held| !held.eq_ignore_ascii_case(&release.product)) {
            continue;
        }
        let named = held(environment, &provider.id, account.id).await?;
        for (contact, _) in environment.store.people_of_account(&provider.id, account.id).await? {
            let is_named = |role: &String| named.get(role).is_some_and(|people| people.contains(&contact.id));
            let is_owed = notice.roles.iter().any(is_named);
            let known = told.get(&contact.id).is_some_and(|(_, _, owed_before)| *owed_before || !is_owed);
            if !known && (is_owed || !unwanted.contains(&contact.id)) {
                told.insert(contact.id, (contact, notice.clause.clone(), is_owed));
            }
        }
    }
    let mut letters = Vec::with_capacity(told.len());
    for (contact, clause, is_owed) in told.values() {
        letters.push(announcement(environment, provider, release, contact, clause, *is_owed).await?);
    }
    Ok(letters)
}

/// Under which kind the announcement leaves that its reader may want no more, and the one that is promised to them.
pub(crate) const ANNOUNCED: &str = "release";
const OWED: &str = "owed_release";

/// The letter that tells one contact of a version, in their language.
async fn announcement(
    environment: &Environment,
    provider: &Provider,
    release: &Release,
    contact: &Person,
    clause: &Clause,
    is_owed: bool,
) -> Result<Letter, Failure> {
    let language = Language::parse(&contact.language).unwrap_or(Language::French);
    let news = release.news.get(language.tag()).or_else(|| release.news.values().next());
    let unsubscribe = match is_owed {
        true => None,
        false => Some(unsubscribe_link(environment, &provider.id, contact.id, Topic::Releases).await?),
    };
    let text = words::release_mail(
        language,
        &words::ReleaseMail {
            provider: &provider.name,
            product: &release.product,
            version: &release.version,
            news: news.map(String::as_str).unwrap_or_default(),
            clause,
            link: &format!("{}/portal/licences", environment.installation.public_url),
            unsubscribe: unsubscribe.as_deref(),
        },
    );
    let kind = if is_owed { OWED } else { ANNOUNCED };
    Ok(letter_to(environment, contact, kind, &release.key, text))
}

/// What an agreement says of new versions.
struct Announced {
    /// The clause that wants them announced.
    clause: Clause,
    /// The roles it names for that; whoever has one of them is owed it.
    roles: Vec<String>,
}

/// By what the agreement in force for an account wants new versions announced.
async fn announced_by(
    environment: &Environment,
    provider: &Provider,
    account: AccountId,
) -> Result<Option<Announced>, Failure> {
    for contract in environment.store.contracts_of(&provider.id, account).await? {
        if !is_in_force(environment, &provider.id, &contract, environment.now()).await? {
            continue;
        }
        let terms = environment.terms(&provider.id, &contract.agreement).await?;
        let notice = terms.notices.iter().find(|notice| notice.on.event == VERSION_RELEASED);
        if let Some(notice) = notice {
            return Ok(Some(Announced { clause: notice.clause.clone(), roles: notice.tell.clone() }));
        }
    }
    Ok(None)
}

fn release_of(entry: &Entry) -> Option<Release> {
    let release: Release = serde_json::from_str(&entry.body).ok()?;
    Some(Release { key: entry.key.clone(), ..release })
}

fn must_keep(viewer: &Viewer) -> Result<(), Failure> {
    if viewer.may(Right::KeepTexts) && viewer.may_write() { Ok(()) } else { Err(Failure::NotPermitted) }
}
