//! A JSON body, read by hand so that what is wrong with it is a problem document too.

use super::problem::Problem;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;

/// A JSON body; an empty one is `{}`.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let kind =
            request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let json =
            kind.is_empty() || kind.split(';').next().is_some_and(|kind| kind.trim().ends_with("json"));
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            let problem = match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(),
                _ => Problem::malformed(&rejection.body_text()),
            };
            problem.into_response()
        })?;
        if !json && !bytes.is_empty() {
            return Err(Problem::malformed("send the body as application/json").into_response());
        }
        let text: &[u8] = if bytes.iter().all(u8::is_ascii_whitespace) { b"{}" } else { &bytes };
        match serde_json::from_slice(text) {
            Ok(value) => Ok(Self(value)),
            Err(error) => {
                Err(Problem::malformed(&format!("the body cannot be read: {error}")).into_response())
            }
        }
    }
}
