//! Files that are made while they are read.

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt};
use operations::Failure;

/// A file that is handed over piece by piece, to be kept and never shown. A failure breaks it off, and whoever reads it sees that.
///
/// # Panics
/// When `name` is not visible ASCII.
pub(crate) fn download<P: Into<Bytes>>(
    name: &str,
    content_type: &'static str,
    pieces: impl Stream<Item = Result<P, Failure>> + Send + 'static,
) -> Response {
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::CONTENT_DISPOSITION, disposition.expect("a name of visible ASCII")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    // What compresses a body asks once more behind its end, which not every stream stands.
    let pieces =
        pieces.map(|piece| piece.map_err(|failure| std::io::Error::other(failure.to_string()))).fuse();
    #[expect(clippy::disallowed_methods, reason = "the one place that makes a body of a stream")]
    let body = Body::from_stream(pieces);
    (headers, body).into_response()
}
