use crate::environment::Environment;
use crate::error::Failure;
use crate::folded::Folded;
use crate::view_ticket::{TicketView, show, view_ticket};
use crate::viewer::Viewer;
use desk::{ProviderId, TicketId};
use std::sync::Arc;
use store::TicketPage;

/// What a command did: which request to look at now. Whoever wants to see it asks for it.
#[derive(Debug)]
pub struct Done {
    /// Number of the request; of the new one, where the command opened one.
    pub number: String,
    /// Its version once the command was carried out, or as it stood when the command was found carried out before.
    pub version: u64,
    read: Option<(Box<TicketPage>, Arc<Folded>)>,
}

impl Done {
    pub(crate) fn of(number: String, version: u64) -> Self {
        Self { number, version, read: None }
    }

    /// A request as it stands: a command was carried out before, or opened or bound it.
    pub(crate) async fn standing(
        environment: &Environment,
        provider: &ProviderId,
        ticket: TicketId,
    ) -> Result<Self, Failure> {
        let row = environment.store.ticket_row(provider, ticket).await?;
        row.map(|row| Self::of(row.number, row.version)).ok_or(Failure::NotFound { what: "request" })
    }

    /// With what reading the request back would give.
    pub(crate) fn read(page: TicketPage, folded: Arc<Folded>) -> Self {
        let (number, version) = (page.row.number.clone(), page.row.version);
        Self { number, version, read: Some((Box::new(page), folded)) }
    }

    /// Shows the request as it stands.
    ///
    /// # Errors
    /// - the viewer may not see it;
    /// - the store fails.
    pub async fn show(self, environment: &Environment, viewer: &Viewer) -> Result<TicketView, Failure> {
        match self.read {
            Some((page, folded)) => show(environment, viewer, *page, &folded.ticket).await,
            None => view_ticket(environment, viewer, &self.number).await,
        }
    }
}
