//! The customer's agreement, by clause.

use crate::agreement_page;
use crate::error::Fault;
use crate::state::Web;
use crate::viewer::Customer;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use operations::{Failure, list_agreements, view_agreement};

/// `GET /portal/contrat`: leads to the agreement of the account.
pub(crate) async fn own(State(web): State<Web>, customer: Customer) -> Result<Response, Fault> {
    let fault = |failure| customer.frame.fault(failure);
    let views = list_agreements(&web.environment, &customer.viewer).await.map_err(fault)?;
    let own = views.iter().find(|view| view.contract.is_some()).or(views.first());
    let own = own.ok_or_else(|| fault(Failure::NotFound { what: "agreement" }))?;
    Ok(Redirect::to(&customer.frame.agreement_path(&own.name.key, &own.name.version)).into_response())
}

/// `GET /portal/contrat/{key}/{version}`.
pub(crate) async fn show(
    State(web): State<Web>,
    customer: Customer,
    Path((key, version)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let page = view_agreement(&web.environment, &customer.viewer, &key, &version)
        .await
        .map_err(|failure| customer.frame.fault(failure))?;
    Ok(agreement_page::page(&customer.frame, &page).into_response())
}
