//! An announcement that somebody does not want any more, by a link of the letter and without signing in. Opening it
//! changes nothing, so that whatever looks at letters before people do changes nothing either; mail programs that know
//! RFC 8058 send what the button sends, and are answered in one step.

use crate::error::Fault;
use crate::page::{Area, Frame, Head, Place};
use crate::rating::kept_private;
use crate::state::Web;
use crate::viewer::{Visitor, encode};
use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, html};
use operations::{Failure, Topic, Unsubscribing, follow_unsubscribe_link, unsubscribe};

/// `GET /desabonnement/{link}`.
pub(crate) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    Path(link): Path<String>,
) -> Result<Response, Fault> {
    answer(&visitor, &link, follow_unsubscribe_link(&web.environment, &link).await)
}

/// `POST /desabonnement/{link}`: whatever its body says, for the link says all there is. Source: RFC 8058 section 3.2,
/// which wants neither cookies nor a redirect.
pub(crate) async fn act(
    State(web): State<Web>,
    visitor: Visitor,
    Path(link): Path<String>,
) -> Result<Response, Fault> {
    answer(&visitor, &link, unsubscribe(&web.environment, &link).await)
}

fn answer(visitor: &Visitor, link: &str, found: Result<Unsubscribing, Failure>) -> Result<Response, Fault> {
    let found = found.map_err(|failure| visitor.frame.fault(failure))?;
    // The page is read by whoever got the letter, not by whoever is signed in.
    let frame = Frame {
        language: found.viewer.language(),
        area: Area::Gate,
        site: found.viewer.provider.name.clone(),
        mailbox: Some(found.viewer.provider.mailbox.clone()),
        person: None,
        ..visitor.frame.clone()
    };
    Ok(kept_private(page(&frame, &found.viewer.person.email, found.topic, found.is_wanted, link)))
}

/// The page, of whom the letter came to and what it announced.
pub(crate) fn page(frame: &Frame, address: &str, topic: Topic, is_wanted: bool, link: &str) -> Markup {
    let title = frame.say("unsubscribe-title");
    let head = Head { title, place: Place::Elsewhere, number: None, wrong: false, icons: &[] };
    let (ask, done) = match topic {
        Topic::Releases => ("unsubscribe-releases", "unsubscribe-releases-done"),
    };
    let said = |key| frame.say_with(key, &[("provider", &frame.site)]);
    frame.page(
        &head,
        html! {
            main.wrap.wrap--narrow #contenu tabindex="-1" {
                h1.gap-top { (title) }
                p.muted { (address) }
                @if is_wanted {
                    p { (said(ask)) }
                    form.stack action={ "/desabonnement/" (encode(link)) } method="post" {
                        input type="hidden" name="List-Unsubscribe" value="One-Click";
                        div.actions { button.btn.btn--primary { (frame.say("unsubscribe-do")) } }
                    }
                } @else {
                    p.banner role="status" { span { (said(done)) } }
                    p { (frame.say("unsubscribe-back")) " " a href="/compte" { (frame.say("account-title")) } }
                }
            }
        },
    )
}
