//! Files of messages: given to be kept, never to be run by the browser.

use crate::error::Fault;
use crate::state::Web;
use crate::viewer::{Visitor, encode};
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use operations::{Failure, follow_file_link, read_file, sign_file_link};

/// `GET …/demandes/{number}/fichiers/{file}`.
///
/// The declared type is not trusted: everything is an attachment of no particular kind, in a
/// sandbox, on its own.
pub(crate) async fn file(
    State(web): State<Web>,
    visitor: Visitor,
    Path((number, file)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let fault = |failure| visitor.frame.fault(failure);
    let viewer = visitor.viewer.as_ref().ok_or_else(|| fault(Failure::NotSignedIn))?;
    let id = file.parse().map_err(|_| fault(Failure::NotFound { what: "file" }))?;
    if let Some(host) = &web.settings.files_url {
        // Looked at before, so that what is not theirs or is held is told on this host's pages.
        read_file(&web.environment, viewer, &number, id).await.map_err(fault)?;
        let link = sign_file_link(&web.environment, viewer, &number, id).await.map_err(fault)?;
        let mut response = Redirect::to(&format!("{host}/f/{link}")).into_response();
        response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        return Ok(response);
    }
    let (shown, bytes) = read_file(&web.environment, viewer, &number, id).await.map_err(fault)?;
    Ok(attachment(shown.name.as_deref().unwrap_or("fichier"), bytes))
}

/// `GET /f/{link}`, on the host of files alone: whoever has the link is the one it was made for, within its minute.
pub(crate) async fn linked(State(web): State<Web>, Path(link): Path<String>) -> Response {
    match follow_file_link(&web.environment, &link).await {
        Ok((_, _, shown, bytes)) => attachment(shown.name.as_deref().unwrap_or("fichier"), bytes),
        Err(failure @ Failure::Store(_)) => {
            tracing::error!(error = &failure as &dyn std::error::Error, "a file could not be handed over");
            (StatusCode::SERVICE_UNAVAILABLE, "try again later\n").into_response()
        }
        Err(_) => (StatusCode::NOT_FOUND, "there is nothing here\n").into_response(),
    }
}

/// Bytes to keep: of no particular kind, in a sandbox, on their own.
pub(crate) fn attachment(name: &str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (header::CONTENT_DISPOSITION, disposition(name)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("sandbox; default-src 'none'; frame-ancestors 'none'"),
        ),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    (headers, bytes).into_response()
}

/// An attachment by its name: plain letters for old programs, all of it for the others (RFC 6266).
fn disposition(name: &str) -> HeaderValue {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let plain: String = name
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || ".-_ ".contains(letter) { letter } else { '_' })
        .collect();
    let whole = encode(name).replace('/', "%2F");
    HeaderValue::from_str(&format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{whole}"))
        .expect("a name made plain is visible ASCII")
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn names_cannot_break_out_of_the_header() {
        assert_eq!(
            disposition("../é\"\r\nx.html").to_str().unwrap(),
            "attachment; filename=\"____x.html\"; filename*=UTF-8''%C3%A9%22%0D%0Ax.html"
        );
    }
}
