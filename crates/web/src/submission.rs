//! A form as it arrives: fields, and files where it may have some.

use crate::door::{FILES_BYTES, FORM_BYTES};
use crate::error::failure_page;
use crate::page::Frame;
use crate::state::Web;
use crate::viewer::{Known, frame};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use calendar::LocalDate;
use operations::{Failure, NewFile};
use terms::{FactRule, FactType, FactValue, Facts, Terms};

/// The fields and files of a form that was sent.
#[derive(Debug, Default)]
pub(crate) struct Submission {
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) files: Vec<NewFile>,
}

/// Fields of a form at most; a selection of many requests names each in one.
const FIELDS_AT_MOST: usize = 2_000;

/// Files of a form at most.
const FILES_AT_MOST: usize = 50;

/// Bytes of one field at most, with its name.
const TEXT_BYTES: usize = 1 << 20;

/// Prefix of the fields that carry a fact of the agreement.
pub(crate) const FACT: &str = "fait-";

/// Prefix of the fields that say what another field showed when its form was opened.
pub(crate) const SHOWN: &str = "avant-";

impl Submission {
    /// The value of a field, without the white space around it; empty when it is absent.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.whole(name).trim()
    }

    /// The value of a field to the last byte, for a document that is the same only as it was written; empty when it is
    /// absent.
    pub(crate) fn whole(&self, name: &str) -> &str {
        self.fields.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// The value of a field, when something was written.
    pub(crate) fn given(&self, name: &str) -> Option<String> {
        Some(self.get(name)).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    /// Every value of a field that may repeat.
    pub(crate) fn each<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// What a field showed when its form was opened, where the form says it.
    pub(crate) fn shown(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        let (_, value) = fields.find(|(field, _)| field.strip_prefix(SHOWN) == Some(name))?;
        Some(value.trim())
    }

    /// Whether a value is no more than what its field showed: what others changed meanwhile is not changed back by it.
    pub(crate) fn is_as_shown(&self, name: &str, value: &str) -> bool {
        self.shown(name) == Some(value.trim())
    }

    /// The facts of the agreement that the form gives, without those that it shows already.
    pub(crate) fn facts(&self, terms: &Terms) -> Facts {
        self.facts_where(terms, |rule, value| !self.is_as_shown(&format!("{FACT}{}", rule.name), value))
    }

    /// The facts that a form gives which changes none: whoever sends it says that they are so. What somebody else changed
    /// meanwhile is not among them.
    pub(crate) fn confirmed(&self, terms: &Terms, stands: &Facts) -> Facts {
        self.facts_where(terms, |rule, value| {
            stands.get(rule.name.as_str()).and_then(FactValue::as_key) == Some(value)
        })
    }

    fn facts_where(&self, terms: &Terms, counts: impl Fn(&FactRule, &str) -> bool) -> Facts {
        let mut facts = Facts::new();
        for rule in &terms.facts {
            let mut values = self
                .fields
                .iter()
                .filter(|(field, _)| field.strip_prefix(FACT) == Some(rule.name.as_str()))
                .map(|(_, value)| value.trim())
                .filter(|value| counts(rule, value));
            let value = if matches!(rule.kind, FactType::SetOf(_)) {
                let names: std::collections::BTreeSet<String> =
                    values.filter(|value| !value.is_empty()).map(str::to_owned).collect();
                (!names.is_empty()).then_some(FactValue::Names(names))
            } else {
                values.next().and_then(|value| fact_value(rule, value))
            };
            if let Some(value) = value {
                facts.set(rule.name.clone(), value);
            }
        }
        facts
    }

    /// Reads a form; the status says why one is not read.
    async fn read(request: Request) -> Result<Self, StatusCode> {
        let kind =
            request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        if kind.starts_with("multipart/form-data") {
            let mut parts = Multipart::from_request(request, &()).await.map_err(|wrong| wrong.status())?;
            let mut submission = Self::default();
            while let Some(part) = parts.next_field().await.map_err(|wrong| wrong.status())? {
                if submission.fields.len() >= FIELDS_AT_MOST || submission.files.len() >= FILES_AT_MOST {
                    return Err(TOO_MUCH);
                }
                let name = part.name().unwrap_or_default().to_owned();
                match part.file_name().map(str::to_owned) {
                    Some(file) => {
                        let media_type = part.content_type().unwrap_or("application/octet-stream").to_owned();
                        let bytes = part.bytes().await.map_err(|wrong| wrong.status())?;
                        if !(file.is_empty() && bytes.is_empty()) {
                            submission.files.push(NewFile { name: file, media_type, bytes: bytes.to_vec() });
                        }
                    }
                    None => {
                        let value = part.text().await.map_err(|wrong| wrong.status())?;
                        if name.len() + value.len() > TEXT_BYTES {
                            return Err(TOO_MUCH);
                        }
                        submission.fields.push((name, value));
                    }
                }
            }
            return Ok(submission);
        }
        if !kind.is_empty() && !kind.starts_with("application/x-www-form-urlencoded") {
            return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        }
        let axum::extract::RawForm(bytes) =
            axum::extract::RawForm::from_request(request, &()).await.map_err(|wrong| wrong.status())?;
        let axum::extract::Form(fields) = decode(&bytes);
        if fields.len() > FIELDS_AT_MOST
            || fields.iter().any(|(name, value)| name.len() + value.len() > TEXT_BYTES)
        {
            return Err(TOO_MUCH);
        }
        Ok(Self { fields, files: Vec::new() })
    }
}

/// More than anybody fills in by hand.
const TOO_MUCH: StatusCode = StatusCode::PAYLOAD_TOO_LARGE;

/// How much may be sent.
fn bounds(frame: &Frame) -> String {
    let mebibytes = |bytes: usize| (bytes >> 20).to_string();
    frame.say_with(
        "error-form-too-large",
        &[
            ("text", &mebibytes(TEXT_BYTES)),
            ("form", &mebibytes(FORM_BYTES)),
            ("files", &mebibytes(FILES_BYTES)),
            ("count", &FILES_AT_MOST.to_string()),
        ],
    )
}

fn decode(bytes: &[u8]) -> axum::extract::Form<Vec<(String, String)>> {
    let text = String::from_utf8_lossy(bytes);
    let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (unescape(name), unescape(value).replace("\r\n", "\n"))
    });
    axum::extract::Form(pairs.collect())
}

/// A form-encoded text (URL standard, section 5.1). What is no escape stays as it is.
pub(crate) fn unescape(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut found = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%')
            .then(|| bytes.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (escaped, bytes[at]) {
            (Some(byte), _) => {
                found.push(byte);
                at += 2;
            }
            (None, b'+') => found.push(b' '),
            (None, byte) => found.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&found).into_owned()
}

/// A fact as its rule wants it; none when nothing was chosen.
pub(crate) fn fact_value(rule: &FactRule, text: &str) -> Option<FactValue> {
    match (&rule.kind, text) {
        (_, "") => None,
        (FactType::YesNo, "yes") => Some(FactValue::YesNo(true)),
        (FactType::YesNo, "no") => Some(FactValue::YesNo(false)),
        (FactType::YesNo, _) => None,
        _ => Some(FactValue::text(text)),
    }
}

impl FromRequest<Web> for Submission {
    type Rejection = Response;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let read = Self::read(Request::from_parts(parts.clone(), body)).await;
        read.map_err(|code| {
            let viewer = parts.extensions.get::<Known>().and_then(|known| known.viewer.as_ref());
            let frame = frame(&parts, web, viewer);
            let what = match code {
                TOO_MUCH => bounds(&frame),
                _ => frame.say("error-form-unread").to_owned(),
            };
            (code, failure_page(&frame, code, &what)).into_response()
        })
    }
}

/// A day as a form or a program writes it (`2026-01-31`); none where nothing is written.
pub(crate) fn day(field: &'static str, text: Option<String>) -> Result<Option<LocalDate>, Failure> {
    let parsed = text.filter(|text| !text.is_empty()).map(|text| LocalDate::parse(&text)).transpose();
    parsed.map_err(|_| Failure::Invalid { field, problem: "error-date".into() })
}

#[cfg(test)]
mod tests {
    use super::{Submission, decode, unescape};
    use terms::{FactValue, Facts};

    #[test]
    fn what_a_form_showed_is_no_fact_that_it_gives() {
        let terms = crate::golden::terms();
        let given = |fields: &[(&str, &str)]| {
            let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let submission = Submission { fields: fields.collect(), files: Vec::new() };
            submission.facts(&terms).get("severity").cloned()
        };
        let (two, shown) = (("fait-severity", "2"), |value| ("avant-fait-severity", value));
        assert_eq!(given(&[two]), Some(FactValue::text("2")));
        assert_eq!(given(&[shown("1"), two]), Some(FactValue::text("2")));
        assert_eq!(given(&[shown("2"), two]), None);
        let form =
            Submission { fields: vec![("fait-severity".to_owned(), "2".to_owned())], files: Vec::new() };
        for (stands, confirmed) in [("2", true), ("1", false)] {
            let stands = Facts::new().with("severity", FactValue::text(stands));
            assert_eq!(form.confirmed(&terms, &stands).get("severity").is_some(), confirmed);
        }
    }

    #[test]
    fn forms_are_decoded_as_browsers_encode_them() {
        assert_eq!(unescape("caf%C3%A9+cr%c3%a8me"), "café crème");
        assert_eq!(unescape("100%"), "100%");
        assert_eq!(unescape("%zz%4"), "%zz%4");
        let axum::extract::Form(fields) = decode(b"a=1&b=&c&a=2%0D%0A3");
        let expected = [("a", "1"), ("b", ""), ("c", ""), ("a", "2\n3")];
        assert_eq!(fields, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn garbled_forms_are_read_in_peace() {
        let seeds: [&[u8]; 3] = [
            b"objet=Panne&texte=Rien+ne+va%21&fait.severity=high",
            b"a=%&b=%C3&c=%zz&=&&",
            b"%00=%0d%0a&x=1&x=2",
        ];
        let words = ["%", "%C3%A9", "&", "=", "+", "%00", "%25", "fait.", "__proto__[x]"];
        harness::fuzz("forms", &seeds, &words, |bytes| {
            let _ = super::decode(bytes);
            let _ = super::unescape(&String::from_utf8_lossy(bytes));
        });
    }

    #[test]
    fn garbled_uploads_are_read_in_peace() {
        let seeds: [&[u8]; 3] = [
            b"--x\r\nContent-Disposition: form-data; name=\"texte\"\r\n\r\nRien\r\n--x--\r\n",
            b"--x\r\nContent-Disposition: form-data; name=f; filename=\"a\\\"b.txt\"\r\nContent-Type: text/plain\r\n\r\na\r\n--x--",
            b"--x\r\ncontent-disposition: form-data; name*=utf-8''%e9; filename*=utf-8''%00\r\n\r\n\r\n--x\r\n\r\n--x--\r\n",
        ];
        let words = [
            "--x",
            "--x--",
            "\r\n",
            "\r\n\r\n",
            "Content-Disposition: form-data; name=",
            "filename=",
            "\"",
            "Content-Type: ",
            ";",
        ];
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        harness::fuzz("uploads", &seeds, &words, |bytes| {
            let request = axum::extract::Request::post("/")
                .header("content-type", "multipart/form-data; boundary=x")
                .body(axum::body::Body::from(bytes.to_vec()))
                .expect("a request");
            match runtime.block_on(super::Submission::read(request)) {
                Ok(read) => {
                    let all = read.fields.iter().map(|(_, value)| value.len()).sum::<usize>()
                        + read.files.iter().map(|file| file.bytes.len()).sum::<usize>();
                    // Text that is none is given with signs of three bytes.
                    assert!(all <= 3 * bytes.len(), "more is read than was sent");
                }
                Err(refused) => assert!(refused.is_client_error(), "{refused}"),
            }
        });
    }
}
