//! What may happen, to choose from: for rules, and for programs that are told.

use crate::page::Frame;
use crate::say::count;
use maud::{Markup, html};
use operations::{WEBHOOK_KINDS, WEBHOOK_PATTERNS};
use std::borrow::Cow;

/// An event as people call it; one that has no name yet as programs do.
pub(crate) fn event_name(frame: &Frame, kind: &str) -> String {
    words::known_text(frame.language, &key_of(kind)).map_or_else(|| kind.to_owned(), Cow::into_owned)
}

fn key_of(kind: &str) -> String {
    format!("kind-{}", kind.replace('*', "any").replace(['.', '_'], "-"))
}

/// Several events as people call them.
pub(crate) fn event_names(frame: &Frame, kinds: &[String]) -> String {
    kinds.iter().map(|kind| event_name(frame, kind)).collect::<Vec<_>>().join(", ")
}

/// Boxes to tick, sent as `name`; for programmers with the names that programs read. What is chosen and is none of
/// ours is offered as well, so that nothing is lost.
pub(crate) fn event_boxes(frame: &Frame, name: &str, chosen: &[String], with_names: bool) -> Markup {
    let is_chosen = |kind: &str| chosen.iter().any(|known| known == kind);
    let is_other = |kind: &&String| {
        !WEBHOOK_PATTERNS.contains(&kind.as_str()) && !WEBHOOK_KINDS.contains(&kind.as_str())
    };
    let others = chosen.iter().filter(is_other).map(String::as_str);
    let broad: Vec<&str> = WEBHOOK_PATTERNS.into_iter().chain(others).collect();
    let of =
        |beginning: &'static str| WEBHOOK_KINDS.into_iter().filter(move |kind| kind.starts_with(beginning));
    let one = |kind: &str| {
        html! {
            label.check {
                input type="checkbox" name=(name) value=(kind) checked[is_chosen(kind)];
                span { (event_name(frame, kind)) @if with_names { " " code { (kind) } } }
            }
        }
    };
    html! {
        @for kind in broad { (one(kind)) }
        @for (beginning, title) in [("clock.", "kinds-clock"), ("ticket.", "kinds-ticket")] {
            @let many = of(beginning).filter(|kind| is_chosen(kind)).count();
            details.fold open[many > 0] {
                summary { (frame.say(title)) " " span.muted { "(" (count(frame.language, "kinds-chosen", many as u64)) ")" } }
                div.stack { @for kind in of(beginning) { (one(kind)) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use operations::{WEBHOOK_KINDS, WEBHOOK_PATTERNS};
    use words::Language;

    #[test]
    fn every_event_has_a_name_in_both_languages() {
        for language in [Language::French, Language::English] {
            for kind in WEBHOOK_PATTERNS.into_iter().chain(WEBHOOK_KINDS) {
                let key = super::key_of(kind);
                assert!(words::has_text(language, &key), "{key} in {language:?}");
            }
        }
    }
}
