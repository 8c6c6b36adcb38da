//! The first administrator, named once by whoever started the program.

use crate::error::{Fault, explain, status};
use crate::network::Seen;
use crate::page::Frame;
use crate::sign_in::{admitted, gate};
use crate::state::Web;
use crate::submission::Submission;
use crate::viewer::{Visitor, encode};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use operations::{Failure, set_up, set_up_choices};

/// `GET /installer/{token}`.
pub(crate) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    Path(token): Path<String>,
) -> Result<Response, Fault> {
    let choices =
        set_up_choices(&web.environment, &token).await.map_err(|failure| visitor.frame.fault(failure))?;
    let names: Vec<(String, String)> =
        choices.into_iter().map(|provider| (provider.id.as_str().to_owned(), provider.name)).collect();
    Ok(page(&visitor.frame, &token, &names, &Submission::default(), None).into_response())
}

/// `POST /installer/{token}`.
pub(crate) async fn name(
    State(web): State<Web>,
    visitor: Visitor,
    seen: Seen,
    Path(token): Path<String>,
    submission: Submission,
) -> Result<Response, Fault> {
    let choices =
        set_up_choices(&web.environment, &token).await.map_err(|failure| visitor.frame.fault(failure))?;
    let (provider, name, email) =
        (submission.get("prestataire"), submission.get("nom"), submission.get("courriel"));
    match set_up(&web.environment, &token, provider, name, email, &seen.origin()).await {
        Err(failure @ Failure::Invalid { .. }) => {
            let names: Vec<(String, String)> = choices
                .into_iter()
                .map(|provider| (provider.id.as_str().to_owned(), provider.name))
                .collect();
            let wrong = explain(&visitor.frame, &failure);
            let page = page(&visitor.frame, &token, &names, &submission, Some(&wrong));
            Ok((status(&failure), page).into_response())
        }
        entered => admitted(&web, &visitor, entered).await,
    }
}

fn page(
    frame: &Frame,
    token: &str,
    providers: &[(String, String)],
    given: &Submission,
    wrong: Option<&str>,
) -> Markup {
    let title = frame.say("set-up-title");
    gate(
        frame,
        title,
        wrong.is_some(),
        html! {
            @if let Some(wrong) = wrong {
                div.errors tabindex="-1" aria-labelledby="probleme" {
                    div role="alert" { h2 #probleme { (frame.say("errors-title")) } p { (wrong) } }
                }
            }
            h1 { (title) }
            p { (frame.say("set-up-how")) }
            @if providers.is_empty() { p { (frame.say("set-up-no-provider")) } } @else {
                form action={ "/installer/" (encode(token)) } method="post" {
                    div.field {
                        label.label for="prestataire" { (frame.say("set-up-provider")) }
                        select.input #prestataire name="prestataire" {
                            @for (id, name) in providers { option value=(id) selected[given.get("prestataire") == id] { (name) } }
                        }
                    }
                    div.field {
                        label.label for="nom" { (frame.say("set-up-name")) }
                        input.input #nom name="nom" autocomplete="name" maxlength="200" value=(given.get("nom")) required;
                    }
                    div.field {
                        label.label for="courriel" { (frame.say("sign-in-address")) }
                        input.input #courriel name="courriel" type="email" autocomplete="email" value=(given.get("courriel")) required;
                    }
                    button.btn.btn--primary { (frame.say("set-up-send")) }
                }
            }
        },
    )
}
