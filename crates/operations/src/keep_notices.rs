//! How somebody wants to be told: at once, hourly, daily; and whether nights are quiet.

use crate::at_work::NOTICES;
use crate::environment::Environment;
use crate::error::Failure;
use crate::viewer::Viewer;
use desk::NoticeChoice;
use store::PersonEntry;

/// How the viewer wants to be told.
///
/// # Errors
/// When the store fails.
pub async fn notice_choice(environment: &Environment, viewer: &Viewer) -> Result<NoticeChoice, Failure> {
    let entries = environment.store.person_entries_of(&viewer.provider.id, viewer.person.id).await?;
    let entry = entries.iter().find(|entry| entry.kind == NOTICES);
    Ok(entry.and_then(|entry| serde_json::from_str(&entry.body).ok()).unwrap_or_default())
}

/// Says how the viewer wants to be told from now on. What waits already leaves when it was to.
///
/// # Errors
/// - the viewer came in by what may not write;
/// - the store fails.
pub async fn keep_notice_choice(
    environment: &Environment,
    viewer: &Viewer,
    choice: NoticeChoice,
) -> Result<(), Failure> {
    if !viewer.may_write() {
        return Err(Failure::NotPermitted);
    }
    let entry = PersonEntry {
        provider: viewer.provider.id.clone(),
        person: viewer.person.id,
        kind: NOTICES.to_owned(),
        key: "all".to_owned(),
        body: serde_json::to_string(&choice).expect("a choice is plain data"),
        changed_at: environment.now(),
    };
    environment.store.put_person_entry(&entry).await?;
    environment.work_changed();
    Ok(())
}
