use crate::environment::Environment;
use crate::error::Failure;
use crate::find_ticket::find_ticket;
use crate::view_ticket::{TicketView, fold, show};
use crate::viewer::Viewer;
use async_recursion::async_recursion as boxed;
use meters::{Course, Explanation, explain};

/// Why a clock of a request falls due when it does.
#[derive(Clone, Debug)]
pub struct ClockExplanation {
    /// Place of the clock in the view.
    pub clock: usize,
    /// The steps that lead to its due instant.
    pub explanation: Explanation,
}

/// Shows a request together with the steps that lead to each due instant.
///
/// # Errors
/// As [`crate::view_ticket()`].
#[boxed]
pub async fn explain_ticket(
    environment: &Environment,
    viewer: &Viewer,
    number: &str,
) -> Result<(TicketView, Vec<ClockExplanation>), Failure> {
    let missing = || Failure::NotFound { what: "request" };
    let id = find_ticket(environment, viewer, number).await?;
    let page = environment.store.ticket_page(&viewer.provider.id, id).await?.ok_or_else(missing)?;
    let ticket = fold(&page)?;
    let view = show(environment, viewer, page, &ticket).await?;
    let course = Course::new(&view.terms);
    let progress = ticket.progress_read();
    let explanations = progress
        .clocks
        .iter()
        .enumerate()
        .filter_map(|(place, clock)| {
            let explanation = explain(&course, &progress, clock, &ticket.facts).ok()?;
            Some(ClockExplanation { clock: place, explanation })
        })
        .collect();
    Ok((view, explanations))
}
