//! Links in letters by which the customer of a closed request says how they were helped, without signing in: signed,
//! for one person and one request, and good for nothing else. Opening one shows the question and answers nothing.

use crate::command_ticket::{Request, command_ticket};
use crate::environment::{Environment, random_bytes};
use crate::error::Failure;
use crate::sign_in::viewer;
use crate::view_ticket::{TicketView, view_ticket};
use crate::viewer::{Via, Viewer};
use aws_lc_rs::hmac;
use calendar::Instant;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use desk::{PersonId, ProviderId, TicketId};
use serde::{Deserialize, Serialize};
use store::StoreError;

/// For how long somebody may still say it: ninety days.
const LINK_SECONDS: i64 = 90 * 24 * 3600;
/// Under which name the store keeps the secret that signs.
const KEY: &str = "rating-link-key";
/// Bytes of a signature.
const SIGNATURE_BYTES: usize = 32;

/// What a link says, and what is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Claim {
    provider: ProviderId,
    person: PersonId,
    ticket: TicketId,
    until: Instant,
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
    let until = environment.now().plus_seconds(LINK_SECONDS);
    let claim = Claim { provider: provider.clone(), person, ticket, until };
    let mut bytes = serde_json::to_vec(&claim).expect("a claim is plain data");
    let signature = hmac::sign(&key(environment).await?, &bytes);
    bytes.extend_from_slice(signature.as_ref());
    Ok(BASE64URL_NOPAD.encode(&bytes))
}

/// What a link asks, of the person it was made for, by the rights that they have now. Nothing is written.
///
/// # Errors
/// - the link is none, is over, or was changed, or the request is not theirs any more: [`Failure::NotFound`] for
///   all of it;
/// - the store fails.
pub async fn follow_rating_link(environment: &Environment, link: &str) -> Result<RatingAsked, Failure> {
    let missing = || Failure::NotFound { what: "page" };
    let bytes = BASE64URL_NOPAD.decode(link.as_bytes()).map_err(|_| missing())?;
    let place = bytes.len().checked_sub(SIGNATURE_BYTES).ok_or_else(missing)?;
    let (said, signature) = bytes.split_at(place);
    hmac::verify(&key(environment).await?, said, signature).map_err(|_| missing())?;
    let claim: Claim = serde_json::from_slice(said).map_err(|_| missing())?;
    if claim.until < environment.now() {
        return Err(missing());
    }
    let viewer = match viewer(environment, &claim.provider, claim.person, Via::Session).await {
        Err(Failure::NotSignedIn) => return Err(missing()),
        viewer => viewer?,
    };
    let row = environment.store.ticket_row(&claim.provider, claim.ticket).await?.ok_or_else(missing)?;
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

async fn key(environment: &Environment) -> Result<hmac::Key, Failure> {
    let fresh = HEXLOWER.encode(&random_bytes::<32>());
    let kept = environment.store.setting_or_put(KEY, &fresh).await?;
    let secret = HEXLOWER
        .decode(kept.as_bytes())
        .map_err(|_| StoreError::Corrupt { what: "the key of links to ratings".to_owned() })?;
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &secret))
}
