//! Agreements as the provider's people read them.

use crate::agreement_page;
use crate::error::Fault;
use crate::page::{Frame, Head, Place};
use crate::state::Web;
use crate::viewer::Agent;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use operations::{AgreementView, list_agreements, view_agreement};

/// `GET /agent/contrats`.
pub(crate) async fn list(State(web): State<Web>, agent: Agent) -> Result<Response, Fault> {
    let views = list_agreements(&web.environment, &agent.viewer)
        .await
        .map_err(|failure| agent.frame.fault(failure))?;
    Ok(list_page(&agent.frame, &views).into_response())
}

/// `GET /agent/contrats/{key}/{version}`.
pub(crate) async fn show(
    State(web): State<Web>,
    agent: Agent,
    Path((key, version)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let page = view_agreement(&web.environment, &agent.viewer, &key, &version)
        .await
        .map_err(|failure| agent.frame.fault(failure))?;
    Ok(agreement_page::page(&agent.frame, &page).into_response())
}

/// The agreements in force.
pub(crate) fn list_page(frame: &Frame, views: &[AgreementView]) -> Markup {
    let title = frame.say("nav-contracts");
    let head = Head { title, place: Place::Agreements, number: None, wrong: false, icons: &[] };
    frame.page(
        &head,
        html! {
            main.shell #contenu tabindex="-1" {
                div.head { h1 { (title) } }
                @if views.is_empty() { p { (frame.say("portal-agreement-none")) } }
                ul.requests {
                    @for view in views {
                        li {
                            (crate::reading::day(frame, &view.terms.zone, view.effective))
                            div {
                                h2 { a href=(frame.agreement_path(&view.name.key, &view.name.version)) { (view.title.text(frame.language.tag())) } }
                                p.muted { (frame.say_with("agreement-version", &[("version", &view.name.version)])) }
                                (agreement_page::adopted(frame, view))
                            }
                        }
                    }
                }
            }
        },
    )
}
