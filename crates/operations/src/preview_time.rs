use crate::environment::Environment;
use crate::error::Failure;
use crate::find_ticket::find_ticket;
use crate::folded::Folded;
use crate::viewer::Viewer;
use desk::Right;
use meters::WorkCounted;

/// What the agreement of a request would count of minutes spent on it until now; writes nothing. None where it does
/// not count work, or does not know yet.
///
/// # Errors
/// - there is no such request for the viewer, or they note no time;
/// - the store fails.
pub async fn preview_time(
    environment: &Environment,
    viewer: &Viewer,
    number: &str,
    minutes: u32,
) -> Result<Option<WorkCounted>, Failure> {
    if !viewer.may(Right::LogTime) {
        return Err(Failure::NotPermitted);
    }
    let (provider, id) = (&viewer.provider.id, find_ticket(environment, viewer, number).await?);
    let ticket = Folded::read(environment, provider, id).await?.ticket;
    let terms = environment.terms(provider, &ticket.agreement).await?;
    Ok(ticket.counted(&terms, environment.now(), minutes.min(24 * 60)))
}
