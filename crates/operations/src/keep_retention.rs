//! How long what is kept is kept: set by a provider for all of its desk and for single accounts, or said by
//! the contract. The journal and who saw what are kept for twelve months where nothing else is set; nothing else goes
//! by itself.

use crate::environment::Environment;
use crate::erase_person::permit;
use crate::error::Failure;
use crate::forget_outlived::{Cutoffs, due_now};
use crate::keep_keys::fresh_in_session;
use crate::viewer::Viewer;
use calendar::Instant;
use desk::{AccountId, ProviderId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::{Entry, Swept};

/// What may be kept for a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// Texts of ended requests, their subjects, and who asked as far as no contact is known.
    Messages,
    /// Files of ended requests.
    Attachments,
    /// Letters of ended requests as they came, and their formatting.
    Letters,
    /// Letters that became no request.
    KeptMail,
    /// The journal.
    Journal,
    /// Who saw what.
    Looks,
    /// Browsers that somebody came in by, and invitations that nobody took.
    Access,
}

impl Kept {
    /// Everything, in the order of the page.
    pub const ALL: [Self; 7] = [
        Self::Messages,
        Self::Attachments,
        Self::Letters,
        Self::KeptMail,
        Self::Journal,
        Self::Looks,
        Self::Access,
    ];

    /// What belongs to requests: this a contract or an account may have kept otherwise.
    pub const OF_REQUESTS: [Self; 3] = [Self::Messages, Self::Attachments, Self::Letters];

    /// Its name, as programs and the log write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::Attachments => "attachments",
            Self::Letters => "letters",
            Self::KeptMail => "kept_mail",
            Self::Journal => "journal",
            Self::Looks => "looks",
            Self::Access => "access",
        }
    }

    /// What a name means.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == text)
    }

    /// The bit by which the store knows that it is gone of a request.
    pub(crate) fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// How many months each thing is kept; what is not named is kept for ever, but for what [`Retention::BY_DEFAULT`] names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// Whole months after the end of a request, or after the row itself.
    pub months: BTreeMap<Kept, u32>,
}

impl Retention {
    /// Months for which a desk keeps what it does not name. Source: CNIL, délibération 2021-122, on logs.
    pub const BY_DEFAULT: [(Kept, u32); 2] = [(Kept::Journal, 12), (Kept::Looks, 12)];

    /// With what goes by default where it names nothing else.
    pub(crate) fn with_defaults(mut self) -> Self {
        for (kept, months) in Self::BY_DEFAULT {
            self.months.entry(kept).or_insert(months);
        }
        self
    }
}

/// What an account's requests are kept for, otherwise than the desk's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRetention {
    /// Which account.
    pub account: AccountId,
    /// Its short name.
    pub key: String,
    /// Its name.
    pub name: String,
    /// How long.
    pub retention: Retention,
    /// From when on.
    pub from: Instant,
}

/// What stands, and what would go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetentionView {
    /// For the whole desk, with what goes by default.
    pub own: Retention,
    /// From when on.
    pub from: Option<Instant>,
    /// For single accounts, by name.
    pub accounts: Vec<AccountRetention>,
    /// What goes, by kind: how many requests, or rows. As it stands now, or as it is tried.
    pub due: BTreeMap<Kept, u64>,
    /// Numbers of the first requests of which something goes.
    pub numbers: Vec<String>,
    /// What went so far.
    pub swept: SweptView,
}

/// What went so far because it was kept long enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SweptView {
    /// Requests.
    pub requests: u64,
    /// Texts.
    pub texts: u64,
    /// Files.
    pub files: u64,
    /// When the last went.
    pub last_at: Option<Instant>,
}

impl SweptView {
    fn of(swept: &Swept) -> Self {
        Self { requests: swept.tickets, texts: swept.texts, files: swept.files, last_at: swept.last_at }
    }
}

/// Under which kind the store keeps it.
pub(crate) const RETENTION: &str = "retention";
/// The key of the desk's own; an account's is its id.
const OWN: &str = "desk";
/// Months at most.
const MONTHS_AT_MOST: u32 = 600;
/// Hours after which what was set holds, so that a slip can be taken back.
pub const HOURS_BEFORE: i64 = 24;

/// Days after which a default holds, from the first look of a program that has it: time to set another, before what a
/// program of before kept for ever goes.
const DAYS_BEFORE_DEFAULTS: i64 = 30;
/// The setting that says from when on.
const DEFAULTS_FROM: &str = "retention_defaults_from";

/// From when on what goes by default goes.
pub(crate) async fn defaults_from(environment: &Environment) -> Result<Instant, Failure> {
    let from = environment.now().plus_seconds(DAYS_BEFORE_DEFAULTS * 86_400).milliseconds();
    let kept = environment.store.setting_or_put(DEFAULTS_FROM, &from.to_string()).await?;
    Ok(Instant::from_milliseconds(kept.parse().unwrap_or(from)))
}

/// A rule as it is stored, and from when on it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Set {
    pub(crate) account: Option<AccountId>,
    pub(crate) retention: Retention,
    pub(crate) from: Instant,
}

/// What a provider set.
pub(crate) async fn set_by(environment: &Environment, provider: &ProviderId) -> Result<Vec<Set>, Failure> {
    let entries = environment.store.entries(provider, RETENTION).await?;
    Ok(entries.iter().filter_map(read).collect())
}

fn read(entry: &Entry) -> Option<Set> {
    let account = match entry.key.as_str() {
        OWN => None,
        id => Some(id.parse().ok()?),
    };
    let retention = serde_json::from_str(&entry.body).ok()?;
    Some(Set { account, retention, from: entry.changed_at.plus_seconds(HOURS_BEFORE * 3600) })
}

/// What stands and what goes by it now; where something is `tried`, what would go by that at once.
///
/// # Errors
/// - the viewer does not keep privacy;
/// - there is no such account, or a number of months is none: [`Failure::Invalid`];
/// - the store fails.
pub async fn view_retention(
    environment: &Environment,
    viewer: &Viewer,
    tried: Option<(Option<&str>, &Retention)>,
) -> Result<RetentionView, Failure> {
    permit(viewer)?;
    let provider = &viewer.provider.id;
    let now = environment.now();
    let mut sets = set_by(environment, provider).await?;
    let shown = sets.clone();
    if let Some((account, retention)) = tried {
        let account = account_of(environment, provider, account).await?;
        let retention = usable(retention, account.is_some())?;
        sets.retain(|set| set.account != account);
        sets.push(Set { account, retention, from: now });
    }
    let mut view = RetentionView {
        own: Retention::default().with_defaults(),
        from: Some(defaults_from(environment).await?),
        accounts: Vec::new(),
        due: BTreeMap::new(),
        numbers: Vec::new(),
        swept: SweptView::of(&environment.store.swept(provider).await?),
    };
    for set in shown {
        match set.account {
            None => (view.own, view.from) = (set.retention.with_defaults(), Some(set.from)),
            // What was taken back, and is so by now.
            Some(_) if set.retention.months.is_empty() && set.from <= now => {}
            Some(id) => {
                let Some(account) = environment.store.account(provider, id).await? else { continue };
                let (key, name) = (account.key, account.name);
                let (retention, from) = (set.retention, set.from);
                view.accounts.push(AccountRetention { account: id, key, name, retention, from });
            }
        }
    }
    view.accounts.sort_by(|one, other| one.name.cmp(&other.name));
    let cutoffs = Cutoffs::of(environment, provider, sets).await?;
    (view.due, view.numbers) = due_now(environment, provider, &cutoffs).await?;
    Ok(view)
}

/// Sets how long things are kept, for the whole desk or for one account. It holds a day later.
///
/// # Errors
/// - the viewer does not keep privacy, may not write, or signed in too long ago;
/// - there is no such account, or a number of months is none: [`Failure::Invalid`];
/// - the store fails.
pub async fn set_retention(
    environment: &Environment,
    viewer: &Viewer,
    session: Option<&str>,
    account: Option<&str>,
    retention: &Retention,
) -> Result<(), Failure> {
    permit(viewer)?;
    if !viewer.may_write() {
        return Err(Failure::NotPermitted);
    }
    fresh_in_session(environment, viewer, session).await?;
    let provider = &viewer.provider.id;
    let account = account_of(environment, provider, account).await?;
    let retention = usable(retention, account.is_some())?;
    let key = account.map_or_else(|| OWN.to_owned(), |id| id.to_string());
    // What takes everything back stands for a day as well: until then nothing goes that went not before.
    let known = environment.store.entry(provider, RETENTION, &key).await?;
    let known = known.as_ref().and_then(read).map(|set| set.retention);
    let stands = known.or_else(|| account.is_some().then(Retention::default));
    if stands.as_ref() == Some(&retention) {
        return Ok(());
    }
    let entry = Entry {
        provider: provider.clone(),
        kind: RETENTION.to_owned(),
        key,
        body: serde_json::to_string(&retention).expect("numbers by name are plain data"),
        changed_at: environment.now(),
        changed_by: viewer.person.id,
    };
    Ok(environment.store.put_entry(&entry).await?)
}

async fn account_of(
    environment: &Environment,
    provider: &ProviderId,
    key: Option<&str>,
) -> Result<Option<AccountId>, Failure> {
    let Some(key) = key.map(str::trim).filter(|key| !key.is_empty()) else { return Ok(None) };
    let account = environment.store.account_by_key(provider, key).await?;
    account
        .map(|account| Some(account.id))
        .ok_or(Failure::Invalid { field: "account", problem: "error-account-unknown".into() })
}

fn usable(retention: &Retention, of_account: bool) -> Result<Retention, Failure> {
    let wrong = || Failure::Invalid { field: "months", problem: "error-months".into() };
    for (kept, months) in &retention.months {
        if !(1..=MONTHS_AT_MOST).contains(months) || (of_account && !Kept::OF_REQUESTS.contains(kept)) {
            return Err(wrong());
        }
    }
    Ok(retention.clone())
}

#[cfg(test)]
mod tests {
    use super::{Kept, Retention, usable};

    #[test]
    fn months_have_bounds_and_accounts_keep_requests_alone() {
        let of = |kept, months| Retention { months: [(kept, months)].into_iter().collect() };
        assert!(usable(&of(Kept::Messages, 1), true).is_ok());
        assert!(usable(&of(Kept::Journal, 600), false).is_ok());
        for (kept, months, of_account) in
            [(Kept::Messages, 0, false), (Kept::Letters, 601, false), (Kept::Journal, 24, true)]
        {
            assert!(usable(&of(kept, months), of_account).is_err(), "{kept:?} {months}");
        }
        for kept in Kept::ALL {
            assert_eq!(Kept::parse(kept.as_str()), Some(kept));
        }
    }
}
