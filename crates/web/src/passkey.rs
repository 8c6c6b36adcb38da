//! Signing in by a passkey. It needs the script; the other ways do not.

use crate::error::Fault;
use crate::network::Seen;
use crate::page::Frame;
use crate::sign_in::{gate, let_in};
use crate::state::Web;
use crate::submission::Submission;
use crate::viewer::{Visitor, own_path};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use operations::{Failure, PasskeyAnswer, begin_passkey_sign_in, enter_by_passkey};

/// `POST /connexion/cle`: what is to be signed, for the script.
pub(crate) async fn begin(State(web): State<Web>, visitor: Visitor, seen: Seen) -> Result<Response, Fault> {
    let asked = begin_passkey_sign_in(&web.environment, &seen.origin()).await;
    let asked = asked.map_err(|failure| visitor.frame.fault(failure))?;
    Ok(Json(asked).into_response())
}

/// `POST /connexion/cle/preuve`: the answer. Whatever is wrong with it is answered alike.
pub(crate) async fn enter(
    State(web): State<Web>,
    visitor: Visitor,
    seen: Seen,
    submission: Submission,
) -> Result<Response, Fault> {
    let answer = PasskeyAnswer {
        id: submission.get("id"),
        client: submission.get("client"),
        data: submission.get("data"),
        signature: submission.get("signature"),
        user: submission.get("user"),
    };
    let ticket = submission.given("billet");
    let wanted = own_path(submission.get("retour"));
    let entered =
        enter_by_passkey(&web.environment, &answer, ticket.as_deref(), wanted, &seen.origin()).await;
    match entered {
        Ok(entered) => let_in(&web, &visitor, entered).await,
        Err(Failure::NotSignedIn) => {
            Ok((StatusCode::FORBIDDEN, refused_page(&visitor.frame)).into_response())
        }
        Err(failure) => Err(visitor.frame.fault(failure)),
    }
}

/// The form that the script shows where the browser knows passkeys. With a ticket it is the second
/// step of a sign-in.
pub(crate) fn form(frame: &Frame, wanted: &str, ticket: Option<&str>) -> Markup {
    html! {
        form.stack action="/connexion/cle/preuve" method="post" data-passkey="get" data-from="/connexion/cle"
            data-failed=(frame.say("passkey-failed")) hidden {
            @if let Some(ticket) = ticket { input type="hidden" name="billet" value=(ticket); }
            @if wanted != "/" { input type="hidden" name="retour" value=(wanted); }
            @for name in ["id", "client", "data", "signature", "user"] { input type="hidden" name=(name); }
            button.btn { (frame.say(if ticket.is_some() { "passkey-prove" } else { "passkey-enter" })) }
            p role="status" {}
        }
    }
}

/// What is said whatever was wrong.
pub(crate) fn refused_page(frame: &Frame) -> Markup {
    let title = frame.say("openid-refused");
    gate(
        frame,
        title,
        true,
        html! { h1 { (title) } p { (frame.say("passkey-refused")) } p { a.btn.btn--primary href="/" { (frame.say("sign-in-again")) } } },
    )
}
