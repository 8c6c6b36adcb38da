//! What somebody said to a telephone, played in the page.

use crate::error::Fault;
use crate::state::Web;
use crate::viewer::Visitor;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use operations::{Failure, read_file};

/// `GET …/demandes/{number}/fichiers/{file}/son`, whole or in the part that a player asks for.
///
/// What is served as a sound is told by its first bytes, never by what the letter says; all else is not
/// found here.
pub(crate) async fn sound(
    State(web): State<Web>,
    visitor: Visitor,
    Path((number, file)): Path<(String, String)>,
    asked: HeaderMap,
) -> Result<Response, Fault> {
    let fault = |failure| visitor.frame.fault(failure);
    let viewer = visitor.viewer.as_ref().ok_or_else(|| fault(Failure::NotSignedIn))?;
    let missing = || Failure::NotFound { what: "file" };
    let id = file.parse().map_err(|_| fault(missing()))?;
    let (_, bytes) = read_file(&web.environment, viewer, &number, id).await.map_err(fault)?;
    let media_type = sound_type(&bytes).ok_or_else(|| fault(missing()))?;
    let whole = bytes.len();
    let wanted = asked.get(header::RANGE).and_then(|range| range.to_str().ok());
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::ACCEPT_RANGES, HeaderValue::from_static("bytes")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("sandbox; default-src 'none'; frame-ancestors 'none'"),
        ),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    Ok(match wanted.map(|wanted| part(wanted, whole)) {
        None | Some(Wanted::All) => (headers, bytes).into_response(),
        Some(Wanted::Part(from, to)) => {
            let range = format!("bytes {from}-{to}/{whole}");
            (
                StatusCode::PARTIAL_CONTENT,
                [(header::CONTENT_RANGE, range)],
                headers,
                bytes[from..=to].to_vec(),
            )
                .into_response()
        }
        Some(Wanted::Nothing) => {
            let range = format!("bytes */{whole}");
            (StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, range)], headers).into_response()
        }
    })
}

/// Whether a file may be one that plays, by its name and what its sender says of it.
pub(crate) fn may_play(name: &str, media_type: &str) -> bool {
    let name = name.to_lowercase();
    let ends = [".wav", ".mp3", ".ogg", ".oga", ".opus", ".m4a", ".flac", ".webm"];
    let known = [
        "wav", "x-wav", "wave", "vnd.wave", "mpeg", "mp3", "ogg", "opus", "mp4", "m4a", "x-m4a", "flac",
        "webm",
    ];
    let declared = media_type.strip_prefix("audio/").is_some_and(|sub| known.contains(&sub));
    declared || (ends.iter().any(|end| name.ends_with(end)) && !media_type.starts_with("video/"))
}

/// What a sound is by its first bytes: the kinds that browsers play.
fn sound_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Some("audio/wav"),
        [b'O', b'g', b'g', b'S', ..] => Some("audio/ogg"),
        [b'f', b'L', b'a', b'C', ..] => Some("audio/flac"),
        [b'I', b'D', b'3', ..] => Some("audio/mpeg"),
        // A frame of layer III without a tag before it.
        [0xff, second, ..] if second & 0xe6 == 0xe2 => Some("audio/mpeg"),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some("audio/mp4"),
        [0x1a, 0x45, 0xdf, 0xa3, ..] => Some("audio/webm"),
        _ => None,
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    All,
    Part(usize, usize),
    Nothing,
}

/// The part that a player asks for. Several parts at once, and what cannot be read, get the whole.
///
/// Source: RFC 9110 section 14.
fn part(wanted: &str, whole: usize) -> Wanted {
    let Some(range) = wanted.trim().strip_prefix("bytes=") else { return Wanted::All };
    let Some((from, to)) = range.split_once('-') else { return Wanted::All };
    let number = |text: &str| text.trim().parse::<usize>().ok();
    let (from, to) = match (from.trim(), to.trim()) {
        ("", last) => match number(last) {
            Some(last) => (whole.saturating_sub(last), if last == 0 { None } else { whole.checked_sub(1) }),
            None => return Wanted::All,
        },
        (from, "") => match number(from) {
            Some(from) => (from, whole.checked_sub(1)),
            None => return Wanted::All,
        },
        (from, to) => match (number(from), number(to)) {
            (Some(from), Some(to)) if from <= to => (from, whole.checked_sub(1).map(|last| last.min(to))),
            _ => return Wanted::All,
        },
    };
    match to {
        Some(to) if from <= to => Wanted::Part(from, to),
        _ => Wanted::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::{Wanted, may_play, part, sound_type};

    #[test]
    fn a_sound_is_told_by_its_first_bytes() {
        for (bytes, expected) in [
            (&b"RIFF\0\0\0\0WAVEfmt "[..], Some("audio/wav")),
            (b"OggS", Some("audio/ogg")),
            (b"ID3\x04", Some("audio/mpeg")),
            (b"\xff\xfb\x90", Some("audio/mpeg")),
            (b"\0\0\0\x20ftypM4A ", Some("audio/mp4")),
            (b"\xff\xd8\xff", None),
            (b"<html>", None),
            (b"RIFF\0\0\0\0WEBP", None),
            (b"", None),
        ] {
            assert_eq!(sound_type(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn players_get_the_part_they_ask_for() {
        for (wanted, whole, expected) in [
            ("bytes=0-", 10, Wanted::Part(0, 9)),
            ("bytes=2-4", 10, Wanted::Part(2, 4)),
            ("bytes=2-400", 10, Wanted::Part(2, 9)),
            ("bytes=-3", 10, Wanted::Part(7, 9)),
            ("bytes=-30", 10, Wanted::Part(0, 9)),
            ("bytes=-0", 10, Wanted::Nothing),
            ("bytes=10-", 10, Wanted::Nothing),
            ("bytes=0-", 0, Wanted::Nothing),
            ("bytes=4-2", 10, Wanted::All),
            ("bytes=0-1,3-4", 10, Wanted::All),
            ("bytes=99999999999999999999-", 10, Wanted::All),
            ("lines=0-1", 10, Wanted::All),
        ] {
            assert_eq!(part(wanted, whole), expected, "{wanted} of {whole}");
        }
    }

    #[test]
    fn what_may_play_is_named_or_declared_a_sound() {
        assert!(may_play("msg.WAV", "application/octet-stream"));
        assert!(may_play("", "audio/mpeg"));
        assert!(!may_play("msg.amr", "audio/amr"));
        assert!(!may_play("page.html", "text/html"));
    }
}
