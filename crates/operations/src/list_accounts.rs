use crate::environment::Environment;
use crate::error::Failure;
use crate::viewer::Viewer;
use desk::{AccountId, AccountRole, Right};
use store::{Account, fold_words};

/// A customer as its people and the provider's see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRecord {
    /// Its id.
    pub id: AccountId,
    /// A short name for programs.
    pub key: String,
    /// Name as shown.
    pub name: String,
    /// The viewer's own role there; none for staff.
    pub role: Option<AccountRole>,
}

/// A page of accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountList {
    /// By name.
    pub items: Vec<AccountRecord>,
    /// Where the next page begins; none on the last.
    pub cursor: Option<String>,
}

/// The accounts that a viewer may know: all of their provider for its people, for a contact those
/// where they have a role. `text` is looked for in names and keys, by the beginnings of words.
///
/// # Errors
/// - the viewer reads no requests;
/// - the cursor is none that a list gave;
/// - the store fails.
pub async fn list_accounts(
    environment: &Environment,
    viewer: &Viewer,
    text: Option<&str>,
    cursor: Option<&str>,
    limit: usize,
) -> Result<AccountList, Failure> {
    if !viewer.may(Right::ReadRequests) {
        return Err(Failure::NotPermitted);
    }
    let sought = fold_words(text.unwrap_or_default());
    let all = environment.store.accounts(&viewer.provider.id).await?;
    let mut found: Vec<Account> = all
        .into_iter()
        .filter(|account| viewer.sees(Some(account.id)))
        .filter(|account| holds(&sought, &[&account.name, &account.key]))
        .collect();
    found.sort_by_key(|account| (fold_words(&account.name), account.id));
    let (items, cursor) = page(found, cursor, limit, |account| account.id.to_string())?;
    Ok(AccountList { items: items.into_iter().map(|account| record(viewer, account)).collect(), cursor })
}

/// The accounts of a contact in which they have a right, their own first; none for staff.
///
/// # Errors
/// When the store fails.
pub async fn own_accounts(
    environment: &Environment,
    viewer: &Viewer,
    right: Right,
) -> Result<Vec<AccountRecord>, Failure> {
    let mut found = Vec::new();
    for standing in viewer.standings.iter().filter(|known| right.is_given_to(known.role.capacity())) {
        if let Some(account) = environment.store.account(&viewer.provider.id, standing.account).await? {
            found.push(record(viewer, account));
        }
    }
    Ok(found)
}

/// One account that the viewer may know, by key.
///
/// # Errors
/// - there is none for them;
/// - the store fails.
pub async fn view_account(
    environment: &Environment,
    viewer: &Viewer,
    key: &str,
) -> Result<AccountRecord, Failure> {
    let found = environment.store.account_by_key(&viewer.provider.id, key).await?;
    let found = found.filter(|account| viewer.may(Right::ReadRequests) && viewer.sees(Some(account.id)));
    found.map(|account| record(viewer, account)).ok_or(Failure::NotFound { what: "account" })
}

fn record(viewer: &Viewer, account: Account) -> AccountRecord {
    let role = viewer.standings.iter().find(|known| known.account == account.id).map(|known| known.role);
    AccountRecord { id: account.id, key: account.key, name: account.name, role }
}

/// Whether each word sought begins a word of one of the texts.
pub(crate) fn holds(sought: &[String], texts: &[&str]) -> bool {
    let words: Vec<String> = texts.iter().flat_map(|text| fold_words(text)).collect();
    sought.iter().all(|wanted| words.iter().any(|word| word.starts_with(wanted.as_str())))
}

/// A part of a sorted list: what follows the one that the cursor names.
pub(crate) fn page<T>(
    mut all: Vec<T>,
    cursor: Option<&str>,
    limit: usize,
    name: impl Fn(&T) -> String,
) -> Result<(Vec<T>, Option<String>), Failure> {
    let limit = limit.clamp(1, 200);
    let begin = match cursor {
        None => 0,
        Some(cursor) => {
            let place = all.iter().position(|item| name(item) == cursor);
            place.ok_or(Failure::Invalid { field: "cursor", problem: "error-cursor".into() })? + 1
        }
    };
    let mut items: Vec<T> = all.drain(begin..).collect();
    let is_last = items.len() <= limit;
    items.truncate(limit);
    let cursor = if is_last { None } else { items.last().map(name) };
    Ok((items, cursor))
}

#[cfg(test)]
mod tests {
    use super::{holds, page};
    use store::fold_words;

    #[test]
    fn pages_follow_one_another_without_gap_or_copy() {
        let all: Vec<u32> = (0..7).collect();
        let (mut seen, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let (part, next) = page(all.clone(), cursor.as_deref(), 3, u32::to_string).expect("a page");
            seen.extend(part);
            match next {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        assert_eq!(seen, all);
        assert!(page(all, Some("none"), 3, u32::to_string).is_err());
    }

    #[test]
    fn words_are_found_by_their_beginnings_without_accents() {
        let texts = ["Zoé Le Goff", "zoe@bouleaux.example"];
        for sought in ["", "zoe", "ZOÉ go", "boul", "goff zoe"] {
            assert!(holds(&fold_words(sought), &texts), "{sought}");
        }
        assert!(!holds(&fold_words("zoe off"), &texts));
    }
}
