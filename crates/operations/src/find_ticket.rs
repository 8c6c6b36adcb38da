use crate::environment::Environment;
use crate::error::Failure;
use crate::viewer::Viewer;
use desk::TicketId;

/// The request of a number, where the viewer may see it. One of others costs what none costs: a look at its
/// row, and nothing of it is read.
///
/// # Errors
/// - [`Failure::NotFound`] where there is none for this viewer;
/// - the store fails.
pub(crate) async fn find_ticket(
    environment: &Environment,
    viewer: &Viewer,
    number: &str,
) -> Result<TicketId, Failure> {
    let found = environment.store.ticket_place(number).await?;
    found
        .filter(|(provider, _, account)| *provider == viewer.provider.id && viewer.sees(*account))
        .map(|(_, ticket, _)| ticket)
        .ok_or(Failure::NotFound { what: "request" })
}
