//! Blacking out what should not stand in a request: a number of a card, a password. It is gone from every text of the
//! request, from the letters that said it and from what is being written; a mark stands instead, and the log says who
//! did it and what kind of thing it was.

use crate::carry_out::{TRIES, carry_out_redaction};
use crate::clean_pages::leave_to_clean;
use crate::done::Done;
use crate::environment::Environment;
use crate::error::Failure;
use crate::find_ticket::find_ticket;
use crate::folded::Folded;
use crate::keep_keys::fresh_in_session;
use crate::redaction::{Redacting, Redaction, Wanted};
use crate::view_ticket::fold;
use crate::viewer::Viewer;
use async_recursion::async_recursion as boxed;
use desk::{ProviderId, Right, Ticket, TicketId};
use std::collections::{BTreeSet, VecDeque};
use store::{StoreError, TicketPage};

/// Requests that are looked at beside the one that is meant, at most.
const BOUND_AT_MOST: usize = 500;

/// Blacks something out, for good. All that hangs together with the request, split off, merged or following, says the
/// same words no more either, and holds the same file no more.
///
/// # Errors
/// - the viewer may not, or signed in too long ago;
/// - there is no such request, message or file for this viewer;
/// - nothing was found to black out, or the passage is too short;
/// - the request changed since `expected_version`;
/// - the store fails.
#[boxed]
pub async fn redact(
    environment: &Environment,
    viewer: &Viewer,
    session: Option<&str>,
    number: &str,
    redaction: &Redaction,
    expected_version: Option<u64>,
) -> Result<Done, Failure> {
    let id = find_ticket(environment, viewer, number).await?;
    if !viewer.is_staff() || !viewer.may_write() || !viewer.may(Right::Redact) {
        return Err(Failure::NotPermitted);
    }
    fresh_in_session(environment, viewer, session).await?;
    let provider = &viewer.provider.id;
    let page = page_of(environment, provider, id).await?;
    if let Some(expected) = expected_version
        && expected != page.row.version
    {
        return Err(Failure::Changed { version: page.row.version });
    }
    let wanted = Wanted::of(environment, &page, redaction).await?;
    leave_to_clean(environment).await?;
    // Copies elsewhere first: whoever tries again after a failure still finds the passage here.
    for other in bound_to(environment, provider, &fold(&page)?).await? {
        black_out_in(environment, viewer, other, &wanted).await?;
    }
    black_out_in(environment, viewer, id, &wanted).await?;
    // Again, should the pages have been cleaned meanwhile.
    leave_to_clean(environment).await?;
    Done::standing(environment, provider, id).await
}

/// The requests that hang together with one, whatever lies between: the nearest first, and so many at most.
async fn bound_to(
    environment: &Environment,
    provider: &ProviderId,
    ticket: &Ticket,
) -> Result<Vec<TicketId>, Failure> {
    let mut seen = BTreeSet::from([ticket.id]);
    let (mut found, mut next) = (Vec::new(), VecDeque::from(ticket.bonds()));
    while let Some(id) = next.pop_front().filter(|_| found.len() < BOUND_AT_MOST) {
        if seen.insert(id) {
            found.push(id);
            next.extend(Folded::read(environment, provider, id).await?.ticket.bonds());
        }
    }
    Ok(found)
}

/// Blacks out what is wanted in one request, once more where another writer was faster.
async fn black_out_in(
    environment: &Environment,
    viewer: &Viewer,
    id: TicketId,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let provider = &viewer.provider.id;
    let mut turn = environment.turns.join(id).await;
    for _ in 0..TRIES {
        let page = page_of(environment, provider, id).await?;
        rewrite_drafts(environment, provider, id, wanted).await?;
        let Some(redacting) = Redacting::of(environment, &page, wanted).await? else { return Ok(()) };
        match carry_out_redaction(environment, provider, &page, redacting, &viewer.actor()).await {
            Err(Failure::Store(StoreError::Conflict)) => environment.turns.wait(id, &mut turn).await,
            done => {
                done?;
                // What was kept meanwhile by a page that stood open.
                return rewrite_drafts(environment, provider, id, wanted).await;
            }
        }
    }
    Err(StoreError::Conflict.into())
}

async fn page_of(
    environment: &Environment,
    provider: &ProviderId,
    id: TicketId,
) -> Result<TicketPage, Failure> {
    environment.store.ticket_page(provider, id).await?.ok_or(Failure::NotFound { what: "request" })
}

async fn rewrite_drafts(
    environment: &Environment,
    provider: &ProviderId,
    id: TicketId,
    wanted: &Wanted,
) -> Result<(), Failure> {
    for (person, form, body) in environment.store.drafts_on(provider, id).await? {
        if let Some(blacked) = wanted.blacked(&body) {
            environment.store.rewrite_draft(provider, id, (person, &form), &body, &blacked).await?;
        }
    }
    Ok(())
}
