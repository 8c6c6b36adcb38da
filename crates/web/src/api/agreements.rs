//! Agreements over HTTP.

use super::problem::{ApiFault, Problem};
use super::shapes::{AgreementListShape, AgreementPageShape, AgreementShape};
use crate::state::Web;
use crate::viewer::Caller;
use axum::Json;
use axum::extract::{Path, State};
use operations::{list_agreements, view_agreement};

/// Lists the agreements that the caller may read.
#[utoipa::path(get, path = "/api/v1/agreements", tag = "agreements",
    responses((status = 200, body = AgreementListShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(web): State<Web>,
    caller: Caller,
) -> Result<Json<AgreementListShape>, ApiFault> {
    let views = list_agreements(&web.environment, &caller.viewer)
        .await
        .map_err(|failure| caller.frame.problem(&failure))?;
    Ok(Json(AgreementListShape {
        items: views.iter().map(|view| AgreementShape::of(&caller.frame, view)).collect(),
    }))
}

/// Shows an agreement by clause.
#[utoipa::path(get, path = "/api/v1/agreements/{key}/{version}", tag = "agreements",
    params(("key" = String, Path, description = "Key of the agreement."), ("version" = String, Path, description = "Its version.")),
    responses((status = 200, body = AgreementPageShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(web): State<Web>,
    caller: Caller,
    Path((key, version)): Path<(String, String)>,
) -> Result<Json<AgreementPageShape>, ApiFault> {
    let view = view_agreement(&web.environment, &caller.viewer, &key, &version)
        .await
        .map_err(|failure| caller.frame.problem(&failure))?;
    Ok(Json(AgreementPageShape::of(&caller.frame, &view)))
}
