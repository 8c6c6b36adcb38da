//! What the types of problem documents lead to: a page that explains each.

use crate::api::problem::KINDS;
use crate::error::Fault;
use crate::page::{Head, Place};
use crate::viewer::Visitor;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use maud::html;
use operations::Failure;

/// `GET /problems/{kind}`.
pub(crate) async fn show(visitor: Visitor, Path(kind): Path<String>) -> Result<Response, Fault> {
    let frame = &visitor.frame;
    let Some((kind, status)) = KINDS.into_iter().find(|(known, _)| *known == kind) else {
        return Err(frame.fault(Failure::NotFound { what: "page" }));
    };
    let title = words::text(frame.language, &format!("problem-{kind}"));
    let more = words::text(frame.language, &format!("problem-{kind}-more"));
    let head = Head { title: &title, place: Place::Elsewhere, number: None, wrong: false, icons: &["plus"] };
    let page = frame.page(
        &head,
        html! {
            main.wrap #contenu tabindex="-1" {
                div.stack.gap-top { h1 { (title) } p.lede { (more) } p.muted { "/problems/" (kind) " · HTTP " (status) } }
            }
        },
    );
    Ok(page.into_response())
}
