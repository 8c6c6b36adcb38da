//! A letter in the form in which it was sent, in a page of its own where nothing runs and nothing loads.

use crate::error::Fault;
use crate::page::Frame;
use crate::say::count;
use crate::state::Web;
use crate::viewer::Visitor;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use desk::MessageId;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use operations::{Failure, ShownLetter, show_letter};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// How a letter looks; its own styles only mark words. Always dark on light, as letters are written.
const STYLE: &str = "html{color-scheme:light;background:#fff;color:#1d1c1a}\
body{margin:12px;font:15px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}\
img{max-width:100%;height:auto}table{max-width:100%;border-collapse:collapse}\
blockquote{margin:8px 0 8px 4px;padding-left:12px;border-left:2px solid #c9c8c4}\
pre{white-space:pre-wrap}.said{margin:0 0 12px;padding:6px 10px;background:#f3f3f1;font-size:13px}";

/// What the page may do: show images that are in it, with these styles and those of single elements.
/// Links open elsewhere, in a window that is no part of ours.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data:; \
         style-src-elem 'sha256-{style}'; style-src-attr 'unsafe-inline'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'self'"
    );
    HeaderValue::from_str(&policy).expect("visible ASCII")
});

/// `GET …/demandes/{number}/messages/{message}/forme`.
pub(crate) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    Path((number, message)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let fault = |failure| visitor.frame.fault(failure);
    let viewer = visitor.viewer.as_ref().ok_or_else(|| fault(Failure::NotSignedIn))?;
    let id: MessageId = message.parse().map_err(|_| fault(Failure::NotFound { what: "letter" }))?;
    let letter = show_letter(&web.environment, viewer, &number, id).await.map_err(fault)?;
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY.clone()),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    Ok((headers, page(&visitor.frame, &letter)).into_response())
}

fn page(frame: &Frame, letter: &ShownLetter) -> Markup {
    let elsewhere = letter.images_elsewhere as u64;
    html! {
        (DOCTYPE)
        html lang=(frame.language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (frame.say("letter-title")) }
                base target="_blank";
                style { (PreEscaped(STYLE)) }
            }
            body {
                @if elsewhere > 0 { p.said { (count(frame.language, "letter-images-elsewhere", elsewhere)) } }
                // Cleaned when it came in, and again on its way here.
                (PreEscaped(&letter.html))
            }
        }
    }
}
