//! How much room the files of an account's requests may take. Whoever asks for an account is told before anything of
//! theirs is acknowledged; the provider's people are not held up, and words are always taken.

use crate::environment::Environment;
use crate::error::Failure;
use crate::list_accounts::view_account;
use crate::viewer::Viewer;
use desk::{AccountId, ProviderId, Right};

/// How much the files of an account's requests take, and may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredFiles {
    /// Bytes that are stored.
    pub bytes: u64,
    /// Bytes that may be; none where nothing bounds them.
    pub bytes_at_most: Option<u64>,
}

impl StoredFiles {
    /// Bytes for which there is room; none where nothing bounds them.
    #[must_use]
    pub fn room(&self) -> Option<u64> {
        self.bytes_at_most.map(|most| most.saturating_sub(self.bytes))
    }
}

/// What is stored for an account, for whoever works for the provider.
///
/// # Errors
/// - the viewer is a contact, or there is no account of that key for them;
/// - the store fails.
pub async fn stored_files(
    environment: &Environment,
    viewer: &Viewer,
    account: &str,
) -> Result<StoredFiles, Failure> {
    if !viewer.is_staff() {
        return Err(Failure::NotPermitted);
    }
    let account = view_account(environment, viewer, account).await?;
    stored(environment, &viewer.provider.id, account.id).await
}

/// Bytes of files that a contact may bring with one form, whichever of their accounts it is for; none where nothing
/// bounds them. Known before anything of the form is read.
///
/// # Errors
/// When the store fails.
pub async fn room_for_upload(environment: &Environment, viewer: &Viewer) -> Result<Option<u64>, Failure> {
    if viewer.is_staff() || environment.installation.storage.bytes_at_most.is_none() {
        return Ok(None);
    }
    let mut most = 0;
    for standing in viewer.standings.iter().filter(|known| Right::Reply.is_given_to(known.role.capacity())) {
        let room = stored(environment, &viewer.provider.id, standing.account).await?.room();
        most = most.max(room.unwrap_or(u64::MAX));
    }
    Ok(Some(most))
}

/// Refuses files for which an account has no room. Others may bring some at the same moment: what is beyond is less
/// than each brings.
///
/// # Errors
/// - there is no room for them;
/// - the store fails.
pub(crate) async fn must_have_room(
    environment: &Environment,
    provider: &ProviderId,
    account: Option<AccountId>,
    bytes: usize,
) -> Result<(), Failure> {
    let (Some(account), true) = (account, bytes > 0) else { return Ok(()) };
    if environment.installation.storage.bytes_at_most.is_none() {
        return Ok(());
    }
    match stored(environment, provider, account).await?.room() {
        Some(room) if room < bytes as u64 => {
            Err(Failure::Invalid { field: "files", problem: "error-storage-full".into() })
        }
        _ => Ok(()),
    }
}

async fn stored(
    environment: &Environment,
    provider: &ProviderId,
    account: AccountId,
) -> Result<StoredFiles, Failure> {
    let bytes = environment.store.stored_bytes(provider, account).await?;
    Ok(StoredFiles { bytes, bytes_at_most: environment.installation.storage.bytes_at_most })
}
