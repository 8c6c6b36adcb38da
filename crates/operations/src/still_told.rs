use crate::deliver_notices::put_off;
use crate::environment::Environment;
use crate::error::Failure;
use crate::pulse::caught;
use desk::{Notice, may_be_told};
use futures_util::future::join_all;
use serde::Deserialize;
use store::OutboxItem;

/// Of notices that are due those whose reader may still be told. A notice waits: for the morning, for a server
/// that is down, for an answer that may be undone; meanwhile somebody leaves, or loses their role. What is
/// not told any more is held, and shown with the mail that did not arrive; of whom it cannot be found out, it is tried
/// again later.
///
/// # Errors
/// When the store fails.
pub(crate) async fn still_told(
    environment: &Environment,
    due: Vec<OutboxItem>,
) -> Result<Vec<OutboxItem>, Failure> {
    let asked = due.into_iter().map(async |item| (caught(why_not(environment, &item)).await, item));
    let mut told = Vec::new();
    for (why, item) in join_all(asked).await {
        match why {
            Ok(Some(why)) => {
                tracing::info!(notice = %item.id, why, "a notice is not sent");
                environment.store.hold_notice(&item, why).await?;
            }
            Ok(None) => told.push(item),
            // Nobody is told what they may not be known to read, and the others do not wait for it.
            Err(failure) => put_off(environment, &item, &failure.to_string(), failure.is_temporary()).await?,
        }
    }
    Ok(told)
}

async fn why_not(environment: &Environment, item: &OutboxItem) -> Result<Option<&'static str>, Failure> {
    let Some(person) = item.recipient.person else { return Ok(None) };
    let found = environment.store.person_with_standings(&item.provider, person).await?;
    let Some((person, standings)) = found else { return Ok(Some("the person has left")) };
    // What cannot be read is said where it is worded.
    let Ok(notice) = Notice::deserialize(&item.payload) else { return Ok(None) };
    let folded = environment.folded(&item.provider, item.ticket, item.version).await?;
    let may = may_be_told(&person, &standings, &folded.ticket, &notice);
    // It is worded from the same reading.
    environment.keep_fresh(&folded);
    Ok((!may).then_some("the person may not see the request any more"))
}
