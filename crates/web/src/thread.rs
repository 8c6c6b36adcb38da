//! Messages and happenings of a request in one thread, with the hour in the left margin.

use crate::happening;
use crate::icon::icon;
use crate::page::{Area, Frame};
use crate::reading::{clock_time, due, moment, size};
use crate::say::count;
use crate::sound::may_play;
use crate::workspace::redact::offer;
use calendar::{Instant, LocalDate, Zone};
use desk::{MessageId, MessageKind, TicketEvent};
use maud::{Markup, html};
use operations::{ClockView, FileScan, MessageView, SignatureView, TicketView};
use std::collections::HashMap;

/// The thread in order of time, events among the messages.
pub(crate) fn thread(frame: &Frame, view: &TicketView) -> Markup {
    let mut margin = Margin::new(frame, view);
    let shown: HashMap<MessageId, &MessageView> =
        view.messages.iter().map(|message| (message.id, message)).collect();
    let earlier = left_out(frame, view.timeline.len());
    let items: Vec<Markup> = view.timeline[earlier..]
        .iter()
        .filter_map(|entry| match &entry.event {
            TicketEvent::Wrote { message, .. } => {
                let found = shown.get(&message.id)?;
                Some(message_item(frame, view, found, margin.time(found.received_at)))
            }
            _ => {
                let line = happening::line(frame, view, entry)?;
                Some(html! { li.event { (margin.time(entry.at)) p { (line) } } })
            }
        })
        .collect();
    html! {
        (link_to_all(frame, earlier))
        ol.thread { @for item in &items { (item) } }
    }
}

/// Entries of a thread that are shown at once; of a longer one the latest.
const AT_ONCE: usize = 100;

/// How many of the earliest entries are left out, unless the address asks for all (`?fil=tout`).
fn left_out(frame: &Frame, count: usize) -> usize {
    let query = frame.path.split_once('?').map_or("", |(_, query)| query);
    let wants_all = query.split('&').any(|part| part == "fil=tout");
    if wants_all { 0 } else { count.saturating_sub(AT_ONCE) }
}

fn link_to_all(frame: &Frame, left_out: usize) -> Markup {
    let path = frame.path.split('?').next().unwrap_or("");
    html! {
        @if left_out > 0 {
            p { a href={ (path) "?fil=tout" } rel="nofollow" { (count(frame.language, "thread-earlier", left_out as u64)) } }
        }
    }
}

/// Messages only, newest first.
pub(crate) fn messages(frame: &Frame, view: &TicketView) -> Markup {
    let zone = &view.terms.zone;
    let earlier = left_out(frame, view.messages.len());
    html! {
        ol.thread {
            @for message in view.messages[earlier..].iter().rev() {
                (message_item(frame, view, message, moment(frame, zone, message.received_at)))
            }
        }
        (link_to_all(frame, earlier))
    }
}

/// The hours in the left margin: the day is told once, where it begins.
struct Margin<'a> {
    frame: &'a Frame,
    zone: &'a Zone,
    day: Option<LocalDate>,
}

impl<'a> Margin<'a> {
    fn new(frame: &'a Frame, view: &'a TicketView) -> Self {
        Self { frame, zone: frame.zone.as_ref().unwrap_or(&view.terms.zone), day: None }
    }

    fn time(&mut self, at: Instant) -> Markup {
        let day = self.zone.local(at).date;
        if self.day.replace(day) == Some(day) {
            clock_time(self.zone, at)
        } else {
            moment(self.frame, self.zone, at)
        }
    }
}

fn message_item(frame: &Frame, view: &TicketView, message: &MessageView, time: Markup) -> Markup {
    let note = message.kind == MessageKind::Note;
    html! {
        li class=[note.then_some("is-note")] id={ "m-" (message.id) } {
            (time)
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
                @if let Some(found) = &message.signature { (signature(frame, found)) }
                @match &message.body {
                    Some(body) => { div.body { (body) } }
                    None => { p.muted { (frame.say("request-message-deleted")) } }
                }
                @if let Some(history) = &message.history {
                    details.fold.fold--link.small { summary { (frame.say("request-earlier")) } div.body { (history) } }
                }
                @if message.has_form { (form(frame, view, message)) }
                @if !message.files.is_empty() { (files(frame, view, message)) }
                @if frame.area == Area::Workspace { (offer(frame, view, message)) }
                @for kept in kept_by(view, message) { p.small { (due(frame, kept)) } }
            }
        }
    }
}

/// What the signature of a letter said when it came. What is wrong or proves nothing never looks like what is good.
pub(crate) fn signature(frame: &Frame, found: &SignatureView) -> Markup {
    let (key, symbol) = match (found.verdict, &found.signer) {
        ("pass", _) => ("signature-verified", "met"),
        ("fail", _) => ("signature-broken", "late"),
        ("expired", _) => ("signature-expired", "late"),
        ("other", _) => ("signature-other", "late"),
        ("partial", _) => ("signature-partial", "late"),
        ("encrypted", _) => ("signature-encrypted", "lock"),
        (_, Some(_)) => ("signature-unverified-by", "unknown"),
        (_, None) => ("signature-unverified", "unknown"),
    };
    let said = [("signer", found.signer.as_deref().unwrap_or("?")), ("scheme", found.scheme)];
    html! { p.small.with-icon { (icon(symbol)) span { (frame.say_with(key, &said)) } } }
}

/// The letter in the form in which it was sent, folded: words come first. It stands in a page of its
/// own, where nothing runs and nothing loads.
fn form(frame: &Frame, view: &TicketView, message: &MessageView) -> Markup {
    let path = format!("{}/messages/{}/forme", frame.ticket_path(&view.number), message.id);
    html! {
        details.fold.fold--link.small {
            summary { (frame.say("letter-show")) }
            iframe.letter src=(path) title=(frame.say("letter-title")) loading="lazy" referrerpolicy="no-referrer"
                sandbox="allow-popups allow-popups-to-escape-sandbox" {}
            p { a href=(path) target="_blank" rel="noopener" { (frame.say("letter-alone")) } }
        }
    }
}

/// The promises that an answer kept.
fn kept_by<'a>(view: &'a TicketView, message: &MessageView) -> impl Iterator<Item = &'a ClockView> {
    let at = (message.kind == MessageKind::Outgoing && message.technical).then_some(message.received_at);
    view.clocks.iter().filter(move |clock| at.is_some() && clock.reading.met_at == at)
}

fn manner(frame: &Frame, view: &TicketView, message: &MessageView) -> String {
    match (message.kind, frame.area) {
        (MessageKind::Outgoing, Area::Workspace) => {
            let key = if message.technical { "request-technical-answer-to" } else { "request-answer-to" };
            frame.say_with(key, &[("person", &view.requester)])
        }
        (MessageKind::Outgoing, _) => frame.site.clone(),
        _ => {
            let mut manner = happening::by_channel(frame, &message.channel);
            if message.automatic {
                manner.push_str(&format!(", {}", frame.say("message-automatic")));
            }
            if let Some(checks) = &message.checks {
                manner.push_str(&format!(", {checks}"));
            }
            manner
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
                        Some(name) if file.scan != FileScan::Free => {
                            (name) " " span.n { (size(frame, file.size)) } " "
                            b { (frame.say(match file.scan {
                                FileScan::Waiting => "file-waiting",
                                FileScan::Infected(_) => "file-infected",
                                _ => "file-unscannable",
                            })) }
                            @if let FileScan::Infected(Some(finding)) = &file.scan { " " code { (finding) } }
                        }
                        Some(name) => {
                            a href={ (path) "/fichiers/" (file.id) } download { (name) } " "
                            span.n { (size(frame, file.size)) }
                            @if may_play(name, &file.media_type) {
                                audio controls preload="none" src={ (path) "/fichiers/" (file.id) "/son" }
                                    aria-label=(frame.say_with("thread-listen", &[("file", name)])) {}
                            }
                        }
                        None => { span.muted { (frame.say("thread-file-erased")) } }
                    }
                }
            }
        }
    }
}
