//! A JSON body, read by hand so that what is wrong with it is a problem document too.

use super::json;
use super::problem::Problem;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use std::borrow::Cow;

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
        match json::read(&whole_numbers(text)) {
            Ok(value) => Ok(Self(value)),
            Err(error) => {
                Err(Problem::malformed(&format!("the body cannot be read: {error}")).into_response())
            }
        }
    }
}

/// The same JSON with `12.0` written as `12`: to JSON Schema both are the same whole number, and programs in languages
/// that know one kind of number write either.
fn whole_numbers(json: &[u8]) -> Cow<'_, [u8]> {
    if !json.windows(2).any(|pair| pair == b".0") {
        return Cow::Borrowed(json);
    }
    let mut out = Vec::with_capacity(json.len());
    let (mut place, mut is_text) = (0, false);
    while let Some(byte) = json.get(place) {
        match byte {
            b'"' => is_text = !is_text,
            // Whatever stands behind it belongs to the text.
            b'\\' if is_text => {
                out.push(*byte);
                place += 1;
            }
            b'0'..=b'9' if !is_text => {
                let is_part = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
                let length = json[place..].iter().take_while(is_part).count();
                let number = &json[place..place + length];
                let dot = number.iter().position(|byte| *byte == b'.').unwrap_or(length);
                let is_whole = dot + 1 < length && number[dot + 1..].iter().all(|digit| *digit == b'0');
                let is_plain = number[..dot].iter().all(u8::is_ascii_digit);
                out.extend_from_slice(if is_whole && is_plain { &number[..dot] } else { number });
                place += length;
                continue;
            }
            _ => {}
        }
        out.extend(json.get(place));
        place += 1;
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::whole_numbers;
    use serde_json::Value;

    #[test]
    fn a_whole_number_is_one_however_it_is_written() {
        for (given, read) in [
            (r#"{"a":16050.0,"b":-3.00,"c":[0.0]}"#, r#"{"a":16050,"b":-3,"c":[0]}"#),
            (r#"{"a":1.5,"b":1.05,"c":1.0e3,"d":12}"#, r#"{"a":1.5,"b":1.05,"c":1.0e3,"d":12}"#),
            (r#"{"version 2.0":"2.0 \" 3.0","b":4.0}"#, r#"{"version 2.0":"2.0 \" 3.0","b":4}"#),
            (r#"1.0"#, "1"),
            (r#"[1.,2.0"#, "[1.,2"),
        ] {
            assert_eq!(String::from_utf8_lossy(&whole_numbers(given.as_bytes())), read, "{given}");
        }
    }

    fn says_the_same(one: &Value, other: &Value) -> bool {
        match (one, other) {
            // With a fraction the library reads sixteen digits and more to within a unit of the last place.
            (Value::Number(one), Value::Number(other)) => match (one.as_f64(), other.as_f64()) {
                (Some(one), Some(other)) => (one - other).abs() <= one.abs() * f64::EPSILON,
                (one, other) => one == other,
            },
            (Value::Array(one), Value::Array(other)) => {
                one.len() == other.len()
                    && one.iter().zip(other).all(|(one, other)| says_the_same(one, other))
            }
            (Value::Object(one), Value::Object(other)) => {
                one.len() == other.len()
                    && one.iter().zip(other).all(|((name, one), (same_name, other))| {
                        name == same_name && says_the_same(one, other)
                    })
            }
            (one, other) => one == other,
        }
    }

    #[test]
    fn garbled_bodies_keep_their_meaning() {
        let seeds: [&[u8]; 4] = [
            br#"{"a":16050.0,"b":["x\"1.0",-2.50e1]}"#,
            br#"{"body":"Bonjour","until":null}"#,
            b"1.0",
            b"1101111111111111.0000000",
        ];
        let words = ["\"", "\\", ".0", "1.0", "-", "e1", "{", "}", "[", "]", ":", ",", "\\u0022"];
        harness::fuzz("bodies", &seeds, &words, |bytes| {
            let read = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok();
            let (before, after) = (read(bytes), read(&whole_numbers(bytes)));
            // What was JSON says the same; what was none is told so.
            match (before, after) {
                (Some(before), Some(after)) => assert!(says_the_same(&before, &after), "{before} {after}"),
                (before, after) => assert_eq!(before, after),
            }
        });
    }
}
