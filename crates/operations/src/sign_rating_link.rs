//! Links in letters by which the customer of a closed request says how they were helped, without signing in: signed,
//! for one person and one request, and good for nothing else. Opening one shows the question and answers nothing.

use crate::command_ticket::{Request, command_ticket};
use crate::environment::Environment;
use crate::error::Failure;
use crate::key_ring::Signed;
use crate::signed_link::SignedLink;
use crate::view_ticket::{TicketView, view_ticket};
use crate::viewer::Viewer;
use desk::{PersonId, ProviderId, TicketId};
use serde::{Deserialize, Serialize};

/// For ninety days somebody may say it.
const LINK: SignedLink = SignedLink { by: Signed::RatingLinks, missing: "page" };

/// Where a link leads.
#[derive(Serialize, Deserialize)]
struct RatedTicket {
    ticket: TicketId,
}

/// What a link of a letter asks.
#[derive(Clone, Debug)]
pub struct RatingAsked {
    /// Whom.
    pub viewer: Viewer,
    /// Of which request.
    pub view: TicketView,
}

/// The last part of the link by which one person says how they were helped on one request.
pub(crate) async fn sign_rating_link(
    environment: &Environment,
    provider: &ProviderId,
    ticket: TicketId,
    person: PersonId,
) -> Result<String, Failure> {
    LINK.sign(environment, provider, person, RatedTicket { ticket }).await
}

/// What a link asks, of the person it was made for, by the rights that they have now. Nothing is written.
///
/// # Errors
/// - the link is none, is over, or was changed, or the request is not theirs any more: [`Failure::NotFound`] for
///   all of it;
/// - the store fails.
pub async fn follow_rating_link(environment: &Environment, link: &str) -> Result<RatingAsked, Failure> {
    let missing = || Failure::NotFound { what: LINK.missing };
    let (viewer, RatedTicket { ticket }) = LINK.follow(environment, link).await?;
    let row = environment.store.ticket_row(&viewer.provider.id, ticket).await?.ok_or_else(missing)?;
    let view = match view_ticket(environment, &viewer, &row.number).await {
        Err(Failure::NotFound { .. }) => return Err(missing()),
        view => view?,
    };
    Ok(RatingAsked { viewer, view })
}

/// Says how one was helped, by a link of a letter; gives what the request then is.
///
/// # Errors
/// As [`follow_rating_link`], and when the request is not closed, or it was said already.
pub async fn rate_by_link(
    environment: &Environment,
    link: &str,
    score: String,
    comment: Option<String>,
) -> Result<RatingAsked, Failure> {
    let RatingAsked { viewer, view } = follow_rating_link(environment, link).await?;
    let request = Request::Rate { score, comment };
    let view = command_ticket(environment, &viewer, &view.number, request, None).await?;
    Ok(RatingAsked { viewer, view })
}
