//! What the customer holds, until when, and the versions that they may have.

use crate::error::Fault;
use crate::licences::table;
use crate::page::{Frame, Head, Place};
use crate::reading::clause;
use crate::releases::item;
use crate::state::Web;
use crate::viewer::Customer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use desk::Right;
use maud::{Markup, html};
use operations::{LicencesView, Release, list_releases, own_accounts, view_licences};

/// `GET /portal/licences`.
pub(crate) async fn show(State(web): State<Web>, customer: Customer) -> Result<Response, Fault> {
    let fault = |failure| customer.frame.fault(failure);
    let accounts = own_accounts(&web.environment, &customer.viewer, Right::UsePortal).await.map_err(fault)?;
    let mut held = Vec::with_capacity(accounts.len());
    for account in &accounts {
        held.push(view_licences(&web.environment, &customer.viewer, &account.key).await.map_err(fault)?);
    }
    let releases = list_releases(&web.environment, &customer.viewer).await.map_err(fault)?;
    Ok(page(&customer.frame, &held, &releases).into_response())
}

/// The page.
pub(crate) fn page(frame: &Frame, held: &[LicencesView], releases: &[Release]) -> Markup {
    let title = frame.say("licences-title");
    let head = Head { title, place: Place::Licences, number: None, wrong: false, icons: &["plus"] };
    let terms = held.iter().find_map(|view| view.download.as_ref());
    frame.page(&head, html! {
        main.wrap #contenu tabindex="-1" {
            h1.gap-top { (title) }
            @for view in held {
                section.section {
                    @if held.len() > 1 { h2 { (view.account.1) } }
                    (table(frame, view, None))
                    @if let Some(by) = &view.clause { p.small.muted { (clause(frame, by)) } }
                }
            }
            @if !releases.is_empty() {
                section.section aria-labelledby="versions" {
                    h2 #versions { (frame.say("releases-title")) }
                    @if let Some((is_let, by)) = terms {
                        p { (frame.say(if *is_let { "release-free" } else { "release-not-free" })) " " (clause(frame, by)) }
                    }
                    ul.requests.gap-top { @for release in releases { (item(frame, release, Markup::default())) } }
                }
            }
        }
    })
}
