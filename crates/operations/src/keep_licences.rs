//! What a customer holds of a provider's products: licences, and subscriptions that go with them.

use crate::environment::Environment;
use crate::error::Failure;
use crate::keep_texts::{title_of, usable_key};
use crate::open_ticket::basis;
use crate::remove_entry::remove_entry;
use crate::viewer::Viewer;
use calendar::LocalDate;
use desk::{Refusal, Right};
use serde::{Deserialize, Serialize};
use store::{Account, Entry};
use terms::{Answer, Clause, Evaluation, Permission, Terms};

/// The kind of their entries; the account follows it.
pub(crate) const LICENCE: &str = "licence";

/// Licences of one account at most.
const AT_MOST: usize = 1_000;

/// A licence or a subscription of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Licence {
    /// Its key: small letters, digits and hyphens.
    #[serde(skip)]
    pub key: String,
    /// Of which product.
    pub product: String,
    /// Which of the two it is.
    pub kind: LicenceKind,
    /// For how many, where that is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seats: Option<u32>,
    /// First day, in the zone of the agreement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<LocalDate>,
    /// Last day, in the zone of the agreement; none where it does not expire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<LocalDate>,
    /// Number under which the provider knows it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reference: String,
}

/// What a customer holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LicenceKind {
    /// The right to use a product.
    #[default]
    Licence,
    /// What goes with it for a time: support, updates.
    Subscription,
}

impl LicenceKind {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Licence, Self::Subscription];

    /// The one that a text names.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Licence => "licence",
            Self::Subscription => "subscription",
        }
    }
}

/// Where a licence stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LicenceState {
    /// It begins later.
    ToCome,
    /// It holds.
    InForce,
    /// It is over.
    Expired,
}

impl LicenceState {
    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ToCome => "to_come",
            Self::InForce => "in_force",
            Self::Expired => "expired",
        }
    }
}

/// What an account holds, as it stands today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicencesView {
    /// The account: key and name.
    pub account: (String, String),
    /// By product, what expires first before what expires later.
    pub licences: Vec<(Licence, LicenceState)>,
    /// The clause that has them shown.
    pub clause: Option<Clause>,
    /// Whether the agreement lets the account download what is published, with the clause; none where it does not
    /// speak of it.
    pub download: Option<(bool, Clause)>,
}

/// What an account holds, for its own people and for the provider's.
///
/// # Errors
/// - there is no such account for the viewer;
/// - the store fails.
pub async fn view_licences(
    environment: &Environment,
    viewer: &Viewer,
    account: &str,
) -> Result<LicencesView, Failure> {
    let account = account_for(environment, viewer, account).await?;
    let now = environment.now();
    let basis = match basis(environment, &viewer.provider, Some(account.id), now).await {
        Ok(basis) => Some(basis),
        Err(Failure::NotFound { .. }) => None,
        Err(failure) => return Err(failure),
    };
    let zone = basis.as_ref().map_or_else(calendar::Zone::utc, |basis| basis.terms.zone.clone());
    let today = zone.local(now).date;
    let mut licences: Vec<(Licence, LicenceState)> = stored(environment, viewer, &account)
        .await?
        .into_iter()
        .map(|licence| {
            let state = match (licence.from, licence.until) {
                (Some(from), _) if today < from => LicenceState::ToCome,
                (_, Some(until)) if until < today => LicenceState::Expired,
                _ => LicenceState::InForce,
            };
            (licence, state)
        })
        .collect();
    licences.sort_by(|(left, _), (right, _)| {
        (&left.product, left.until.is_none(), left.until, &left.key).cmp(&(
            &right.product,
            right.until.is_none(),
            right.until,
            &right.key,
        ))
    });
    let (mut clause, mut download) = (None, None);
    if let Some(basis) = &basis {
        let facts = basis.facts_on(now, &terms::Facts::new());
        let permission = |act: &str| basis.terms.permission(act);
        clause = permission("view_licences").map(|permission| permission.clause.clone());
        download = permission("download").map(|permission| {
            let evaluation = Evaluation::new(&basis.terms, &facts, now);
            let is_let =
                is_for_customers(&basis.terms, permission) && permission.when.ask(&evaluation) != Answer::No;
            (is_let, permission.clause.clone())
        });
    }
    Ok(LicencesView { account: (account.key, account.name), licences, clause, download })
}

/// Keeps a licence of an account under its key, in place of what stood there.
///
/// # Errors
/// - the viewer does not keep contracts, or there is no such account;
/// - its key or product is none, or it ends before it begins; there are too many;
/// - the store fails.
pub async fn put_licence(
    environment: &Environment,
    viewer: &Viewer,
    account: &str,
    licence: &Licence,
) -> Result<(), Failure> {
    must_keep(viewer)?;
    let account = account_for(environment, viewer, account).await?;
    let key = usable_key(&licence.key)?;
    let mut kept = licence.clone();
    kept.product = title_of(&licence.product)
        .map_err(|_| Failure::Invalid { field: "product", problem: "error-title".into() })?;
    if kept.reference.chars().count() > 120 {
        return Err(Failure::Invalid { field: "reference", problem: "error-title".into() });
    }
    if let (Some(from), Some(until)) = (kept.from, kept.until)
        && until < from
    {
        return Err(Failure::Invalid { field: "until", problem: "error-ends-before".into() });
    }
    let known = stored(environment, viewer, &account).await?;
    if known.len() >= AT_MOST && known.iter().all(|known| known.key != key) {
        let (what, most) = ("licence".to_owned(), AT_MOST as u32);
        return Err(Failure::Refused(Refusal::OutOfBounds { what, least: 0, most }));
    }
    let entry = Entry {
        provider: viewer.provider.id.clone(),
        kind: kind_of(&account),
        key,
        body: serde_json::to_string(&kept).expect("a licence is plain data"),
        changed_at: environment.now(),
        changed_by: viewer.person.id,
    };
    Ok(environment.store.put_entry(&entry).await?)
}

/// Removes a licence of an account.
///
/// # Errors
/// - the viewer does not keep contracts, or there is no such licence;
/// - the store fails.
pub async fn remove_licence(
    environment: &Environment,
    viewer: &Viewer,
    account: &str,
    key: &str,
) -> Result<(), Failure> {
    must_keep(viewer)?;
    let account = account_for(environment, viewer, account).await?;
    match remove_entry(environment, viewer, &kind_of(&account), key).await? {
        true => Ok(()),
        false => Err(Failure::NotFound { what: "licence" }),
    }
}

/// Products of which an account holds something.
pub(crate) async fn products_of(
    environment: &Environment,
    viewer: &Viewer,
    account: &Account,
) -> Result<Vec<String>, Failure> {
    Ok(stored(environment, viewer, account).await?.into_iter().map(|licence| licence.product).collect())
}

async fn stored(
    environment: &Environment,
    viewer: &Viewer,
    account: &Account,
) -> Result<Vec<Licence>, Failure> {
    let entries = environment.store.entries(&viewer.provider.id, &kind_of(account)).await?;
    let licences = entries.into_iter().filter_map(|entry| {
        let licence: Licence = serde_json::from_str(&entry.body).ok()?;
        Some(Licence { key: entry.key, ..licence })
    });
    Ok(licences.collect())
}

/// Each account's licences are a kind of their own, so that one account is read without the others.
fn kind_of(account: &Account) -> String {
    format!("{LICENCE} {}", account.id)
}

/// An account that the viewer may know, by key.
pub(crate) async fn account_for(
    environment: &Environment,
    viewer: &Viewer,
    key: &str,
) -> Result<Account, Failure> {
    let found = environment.store.account_by_key(&viewer.provider.id, key).await?;
    let found = found.filter(|account| viewer.may(Right::ReadRequests) && viewer.sees(Some(account.id)));
    found.ok_or(Failure::NotFound { what: "account" })
}

pub(crate) fn is_for_customers(terms: &Terms, permission: &Permission) -> bool {
    let customers = |who: &String| {
        who == "customer"
            || who == "contact"
            || terms.roles.iter().any(|role| role.name == *who && role.side == terms::Side::Customer)
    };
    permission.who.iter().any(customers)
}

fn must_keep(viewer: &Viewer) -> Result<(), Failure> {
    if viewer.may(Right::KeepAgreements) && viewer.may_write() { Ok(()) } else { Err(Failure::NotPermitted) }
}
