//! An entry of the desk goes, in the viewer's name.

use crate::environment::Environment;
use crate::error::Failure;
use crate::viewer::Viewer;
use store::EntryRemoval;

/// Removes an entry of the viewer's desk; whether there was one. Whether they may is asked before.
///
/// # Errors
/// When the store fails.
pub(crate) async fn remove_entry(
    environment: &Environment,
    viewer: &Viewer,
    kind: &str,
    key: &str,
) -> Result<bool, Failure> {
    let (provider, at, by) = (&viewer.provider.id, environment.now(), Some(viewer.person.id));
    Ok(environment.store.remove_entry(&EntryRemoval { provider, kind, key, at, by }).await?)
}
