//! What only the demonstration has: its mail, and a clock that can be moved.

use crate::api::problem::Problem;
use crate::error::Fault;
use crate::page::{Frame, Head, Place};
use crate::state::{SentLetter, Web};
use crate::viewer::Visitor;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use calendar::Instant;
use maud::{Markup, html};
use operations::{Failure, move_clock};
use serde::Deserialize;

/// `GET /demo/mail`.
pub(crate) async fn mail(State(web): State<Web>, visitor: Visitor) -> Result<Response, Fault> {
    let Some(outgoing) = web.settings.outgoing.clone() else {
        return Err(visitor.frame.fault(Failure::NotFound { what: "page" }));
    };
    // Letters lie in files.
    let letters = tokio::task::spawn_blocking(move || (outgoing.0)()).await.unwrap_or_default();
    Ok(mail_page(&visitor.frame, &letters).into_response())
}

/// The letters that left, newest first.
pub(crate) fn mail_page(frame: &Frame, letters: &[SentLetter]) -> Markup {
    let title = frame.say("outbox-title");
    let head = Head { title, place: Place::Elsewhere, number: None, wrong: false, icons: &["plus"] };
    frame.page(
        &head,
        html! {
            main.wrap #contenu tabindex="-1" {
                h1.gap-top { (title) }
                p.lede.muted { (frame.say("outbox-intro")) }
                @if letters.is_empty() { p.gap-top { (frame.say("outbox-empty")) } }
                div.gap-top {
                    @for letter in letters {
                        article.letter {
                            h2 { (letter.subject) }
                            dl.facts {
                                dt { (frame.say("outbox-head-to")) } dd { (letter.to) }
                                dt { (frame.say("demo-mail-from")) } dd { (letter.from) }
                                dt { (frame.say("outbox-head-when")) } dd { (letter.date) }
                            }
                            pre { (linked(&letter.text)) }
                        }
                    }
                }
            }
        },
    )
}

/// A text whose web addresses lead there.
fn linked(text: &str) -> Markup {
    html! {
        @for (place, part) in text.split("http").enumerate() {
            @if place == 0 { (part) } @else {
                @let end = part.find(|letter: char| letter.is_whitespace() || letter == '>' || letter == '<').unwrap_or(part.len());
                @let whole = format!("http{}", &part[..end]);
                @if part.starts_with("://") || part.starts_with("s://") { a href=(whole) { (whole) } (part[end..]) }
                @else { "http" (part) }
            }
        }
    }
}

#[derive(Deserialize)]
struct Move {
    advance: Option<String>,
    set: Option<String>,
}

/// `POST /demo/clock`: moves the product's clock forward and answers once everything due by then is
/// done, outgoing mail included.
pub(crate) async fn clock(State(web): State<Web>, body: Bytes) -> Response {
    let wrong = |detail: &str| Problem::malformed(detail).into_response();
    let Ok(asked) = serde_json::from_slice::<Move>(&body) else {
        return wrong(r#"send {"advance":"PT3H"} or {"set":"2026-03-06T16:30:00+01:00"}"#);
    };
    let now = web.environment.now();
    let to = match (asked.advance, asked.set) {
        (Some(advance), None) => match seconds_of(&advance) {
            Some(seconds) => now.plus_seconds(seconds),
            None => return wrong("`advance` is an ISO 8601 duration such as PT3H or P1DT2H"),
        },
        (None, Some(set)) => match Instant::parse(&set) {
            Ok(set) => set,
            Err(_) => return wrong("`set` is an RFC 3339 instant with an offset"),
        },
        _ => return wrong("send either `advance` or `set`"),
    };
    if to < now {
        return wrong("the clock never goes back");
    }
    match move_clock(&web.environment, to).await {
        Ok(now) => axum::Json(serde_json::json!({ "now": now })).into_response(),
        Err(failure) => Problem::plain(&failure).into_response(),
    }
}

/// Seconds of an ISO 8601 duration in weeks, days, hours, minutes and seconds; a day has 24 hours.
fn seconds_of(text: &str) -> Option<i64> {
    let rest = text.strip_prefix('P')?;
    let (days, time) = rest.split_once('T').map_or((rest, None), |(days, time)| (days, Some(time)));
    let mut seconds: i64 = 0;
    let mut any = false;
    for (part, units) in [
        (days, &[('W', 604_800), ('D', 86_400)][..]),
        (time.unwrap_or(""), &[('H', 3_600), ('M', 60), ('S', 1)]),
    ] {
        let mut digits = String::new();
        for letter in part.chars() {
            if letter.is_ascii_digit() {
                digits.push(letter);
                continue;
            }
            let (_, unit) = units.iter().find(|(name, _)| *name == letter)?;
            seconds = seconds.checked_add(digits.parse::<i64>().ok()?.checked_mul(*unit)?)?;
            digits.clear();
            any = true;
        }
        if !digits.is_empty() {
            return None;
        }
    }
    any.then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::{linked, seconds_of};

    #[test]
    fn durations_are_read() {
        for (text, seconds) in [
            ("PT3H", Some(10_800)),
            ("P1DT2H30M", Some(95_400)),
            ("P2W", Some(1_209_600)),
            ("PT90S", Some(90)),
            ("P", None),
            ("3H", None),
            ("PT3", None),
            ("PTH", None),
            ("P1M", None),
        ] {
            assert_eq!(seconds_of(text), seconds, "{text}");
        }
    }

    #[test]
    fn addresses_in_letters_lead_there_and_nothing_else_does() {
        let shown = linked("Voir http://a.example/x\n<b> https://b.example. httpd").into_string();
        assert!(shown.contains(r#"<a href="http://a.example/x">http://a.example/x</a>"#));
        assert!(shown.contains("&lt;b&gt;"));
        assert!(shown.ends_with("httpd"));
    }
}
