//! Messages and happenings of a request in one thread, with the hour in the left margin.

use crate::happening;
use crate::icon::icon;
use crate::page::{Area, Frame};
use crate::reading::{moment, size};
use desk::{MessageKind, TicketEvent};
use maud::{Markup, html};
use operations::{MessageView, TicketView};
use words::channel_name;

/// The thread in order of time, events among the messages.
pub(crate) fn thread(frame: &Frame, view: &TicketView) -> Markup {
    let zone = &view.terms.zone;
    html! {
        ol.thread {
            @for entry in &view.timeline {
                @if let TicketEvent::Wrote { message, .. } = &entry.event {
                    @if let Some(found) = view.messages.iter().find(|shown| shown.id == message.id) {
                        (message_item(frame, view, found))
                    }
                } @else if let Some(line) = happening::line(frame, view, entry) {
                    li.event { (moment(frame, zone, entry.at)) p { (line) } }
                }
            }
        }
    }
}

/// Messages only, newest first.
pub(crate) fn messages(frame: &Frame, view: &TicketView) -> Markup {
    html! { ol.thread { @for message in view.messages.iter().rev() { (message_item(frame, view, message)) } } }
}

fn message_item(frame: &Frame, view: &TicketView, message: &MessageView) -> Markup {
    let note = message.kind == MessageKind::Note;
    html! {
        li.is-note[note] id={ "m-" (message.id) } {
            (moment(frame, &view.terms.zone, message.received_at))
            article.message {
                div.message__by {
                    @if note {
                        h3.with-icon { (icon("note")) span { (frame.say_with("request-note-by", &[("person", &message.by.name)])) } }
                        span { (frame.say("request-note-audience")) }
                    } @else {
                        h3 { @if message.by.is_viewer && frame.area == Area::Portal { (frame.say("portal-request-you")) } @else { (message.by.name) } }
                        span { (manner(frame, view, message)) }
                    }
                }
                @match &message.body {
                    Some(body) => { div.body { (body) } }
                    None => { p.muted { (frame.say("request-message-deleted")) } }
                }
                @if let Some(history) = &message.history {
                    details.fold.fold--link.small { summary { (frame.say("request-earlier")) } div.body { (history) } }
                }
                @if !message.files.is_empty() { (files(frame, view, message)) }
            }
        }
    }
}

fn manner(frame: &Frame, view: &TicketView, message: &MessageView) -> String {
    match (message.kind, frame.area) {
        (MessageKind::Outgoing, Area::Workspace) => {
            let key = if message.technical { "request-technical-answer-to" } else { "request-answer-to" };
            frame.say_with(key, &[("person", &view.requester)])
        }
        (MessageKind::Outgoing, _) => frame.site.clone(),
        _ => {
            let channel = channel_name(frame.language, &message.channel);
            frame.say_with("request-by-channel", &[("channel", &channel)])
        }
    }
}

/// The files of a message.
pub(crate) fn files(frame: &Frame, view: &TicketView, message: &MessageView) -> Markup {
    let path = frame.ticket_path(&view.number);
    html! {
        ul.files {
            @for file in &message.files {
                li {
                    (icon("clip"))
                    @match &file.name {
                        Some(name) => {
                            a href={ (path) "/fichiers/" (file.id) } download { (name) } " "
                            span.n { (size(frame, file.size)) }
                        }
                        None => { span.muted { (frame.say("thread-file-erased")) } }
                    }
                }
            }
        }
    }
}
