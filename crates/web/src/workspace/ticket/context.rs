//! What stands beside a request: its clocks, duties and coverage, contract and contact, what is known and what was sent.

use crate::draft::Draft;
use crate::happening::{delivery_kind, fact_in_words, fact_label};
use crate::icon::icon;
use crate::page::Frame;
use crate::reading::{clause, days, look, moment, phrase};
use crate::series::{fold, series};
use crate::why::why;
use maud::{Markup, html};
use meters::{ClockState, Reading};
use operations::{ClockExplanation, ClockView, TicketView};
use terms::{FactName, FactValue, ParameterKind, ReasonAnswer, Verdict};

/// Who follows the request, and how to join them.
pub(super) fn followers(frame: &Frame, view: &TicketView, draft: &Draft) -> Markup {
    let to = |act: &str| format!("/agent/demandes/{}/{act}", view.number);
    let id = "suivi-personne";
    html! {
        details.fold open[draft.is_of("suivi")] {
            summary { (frame.say("followers-title")) " (" (view.followers.len()) ")" }
            ul {
                @for follower in &view.followers {
                    li {
                        form action=(to("fin-suivi")) method="post" {
                            input type="hidden" name="personne" value=(follower.id);
                            (follower.name) " "
                            button.btn.btn--quiet aria-label={ (frame.say("followers-remove")) " " (follower.name) } { (frame.say("followers-remove")) }
                        }
                    }
                }
            }
            @if !view.follows {
                form action=(to("suivi")) method="post" { button.btn { (frame.say("followers-join")) } }
            }
            form.stack action=(to("suivi")) method="post" {
                div.field {
                    label.label for=(id) { (frame.say("followers-add")) }
                    input.input id=(id) name="personne" type="email" autocomplete="off" required;
                }
                button.btn { (frame.say("followers-add-button")) }
            }
        }
    }
}

/// What was asked of the customer, and steps of the desk that something waits for.
pub(super) fn duties(frame: &Frame, view: &TicketView) -> Markup {
    let shown: Vec<&desk::TicketDuty> = view
        .duties
        .iter()
        .filter(|duty| {
            duty.is_open() && !duty.blocks.is_empty()
                || view.timeline.iter().any(|entry| is_about(entry, &duty.task))
        })
        .collect();
    html! {
        @if !shown.is_empty() {
            details.fold open {
                summary { (frame.say("request-duties")) }
                ul.ticks {
                    @for duty in shown {
                        @let drawing = match duty.state {
                            meters::DutyState::Done => "met",
                            meters::DutyState::Refused => "late",
                            _ => "clock",
                        };
                        li {
                            (icon(drawing))
                            span {
                                (crate::happening::duty_name(frame, &duty.task, &duty.label)) ", "
                                (words::text(frame.language, &format!("duty-state-{}", duty.state.as_str())))
                                @if let Some(by) = &duty.clause { ". " (clause(frame, by)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn is_about(entry: &operations::TimelineEntry, wanted: &str) -> bool {
    use desk::TicketEvent::{Asked, DutyRefused, Fulfilled, TakenOver};
    match &entry.event {
        Asked { task } | Fulfilled { task, .. } | DutyRefused { task } | TakenOver { task, .. } => {
            task == wanted
        }
        _ => false,
    }
}

pub(super) fn clocks(frame: &Frame, view: &TicketView, why_each: &[ClockExplanation]) -> Markup {
    html! {
        section aria-labelledby="echeances" {
            div.stack {
                h2 #echeances { (frame.say("request-deadlines")) }
                @if view.clocks.is_empty() { p.muted { (frame.say("ticket-no-clock")) } }
                (crate::reading::time_taken(frame, view.taken.as_ref()))
                @for one in series(&view.clocks, view.nearest) {
                    (clock_and_why(frame, view, why_each, one.shown))
                    @let before = one.before.iter().map(|place| clock_and_why(frame, view, why_each, *place));
                    (fold(frame, &one, &html! { div.stack { @for clock in before { (clock) } } }))
                }
            }
        }
    }
}

fn clock_and_why(frame: &Frame, view: &TicketView, why_each: &[ClockExplanation], place: usize) -> Markup {
    let clock = &view.clocks[place];
    html! {
        (self::clock(frame, clock))
        @if let Some(explained) = why_each.iter().find(|explained| explained.clock == place) {
            @if clock.reading.due_at.is_some() { (why(frame, view, explained, view.nearest == Some(place))) }
        }
    }
}

fn clock(frame: &Frame, clock: &ClockView) -> Markup {
    let reading = &clock.reading;
    let language = frame.language;
    let target = reading.target.as_ref().map(|target| words::span_in_words(language, target));
    let gauge = match (reading.left_seconds, reading.met_at) {
        (Some(left), None) if left >= 0 && reading.stopped.is_none() => {
            Some((reading.used_seconds, reading.used_seconds + left))
        }
        _ => None,
    };
    let said = words::state_in_words(&frame.reader(), reading, &clock.zone, frame.now);
    let running = reading.state == ClockState::Running;
    let mut details = vec![words::strength_in_words(language, reading.strength)];
    details.extend(target);
    if let Some(left) = words::left_in_words(language, reading) {
        details.push(
            frame.say_with("ticket-used", &[("used", &words::duration(language, reading.used_seconds))]),
        );
        details.push(left);
    }
    if reading.calendar != "elapsed" && !clock.calendar_label.is_empty() {
        details.push(words::in_sentence(clock.calendar_label.text(language.tag())));
    }
    let (state, drawing) = look(reading, frame.now);
    html! {
        div.clock.due data-state=(state) {
            (icon(drawing))
            h3 { (words::promise_name(language, &reading.promise, &reading.label)) }
            @if running && !said.instant_text.is_empty() {
                b { time datetime=(said.datetime) { (said.instant_text) } }
            } @else {
                span { (frame.say(state_key(reading))) }
            }
            @if !running || said.instant_text.is_empty() { p { (phrase(&said)) } }
            p { (details.join(", ")) ". " (clause(frame, &reading.clause)) }
        }
        @if let Some((used, all)) = gauge {
            @let told = frame.say_with("ticket-used-of", &[("used", &words::duration(language, used)), ("all", &words::duration(language, all))]);
            meter.gauge min="0" max=(all.max(1)) value=(used) aria-label=(told) { (told) }
        }
    }
}

fn state_key(reading: &Reading) -> &'static str {
    match reading.state {
        ClockState::Running => "request-no-figure",
        ClockState::Paused => "clock-state-paused",
        ClockState::Met => "clock-state-met",
        ClockState::Missed => "clock-state-missed",
        ClockState::Stopped => "clock-state-stopped",
    }
}

pub(super) fn coverage(frame: &Frame, view: &TicketView) -> Markup {
    let mark = match view.verdict {
        Verdict::Covered => "ok",
        Verdict::NotCovered => "late",
        Verdict::NeedsJudgement => "wait",
    };
    html! {
        details.fold open {
            summary { (frame.say("request-coverage")) " " span class=(mark) { (words::verdict_in_words(frame.language, view.verdict)) } }
            @if let Some(judgement) = &view.judgement {
                p.with-icon.muted {
                    (icon("pen"))
                    span {
                        (frame.say_with("ticket-judged", &[("by", &judgement.by)])) " "
                        (moment(frame, &view.terms.zone, judgement.at))
                        (frame.say_with("ticket-quoted", &[("words", &judgement.reason)]))
                    }
                }
            }
            (reasons(frame, &view.coverage))
        }
    }
}

/// Every condition and exclusion consulted, with its answer and its clause.
pub(crate) fn reasons(frame: &Frame, coverage: &terms::Coverage) -> Markup {
    html! {
        ul.ticks {
            @for reason in &coverage.reasons {
                @let drawing = match (reason.against, reason.answer) {
                    (true, _) => "late",
                    (false, ReasonAnswer::Unknown) => "unknown",
                    (false, _) => "met",
                };
                li { (icon(drawing)) span { (words::reason_in_words(frame.language, reason)) ". " (clause(frame, &reason.clause)) } }
            }
        }
    }
}

pub(super) fn contract(frame: &Frame, view: &TicketView) -> Markup {
    let zone = &view.terms.zone;
    html! {
        details.fold open {
            summary { (frame.say("request-contract")) }
            dl.facts {
                dt { (frame.say("request-agreement")) }
                dd { a href=(frame.agreement_path(&view.agreement.key, &view.agreement.version)) {
                    (view.terms.title.text(frame.language.tag())) ", " (frame.say_with("agreement-version", &[("version", &view.agreement.version)]))
                } }
                @match &view.contract {
                    Some(contract) => {
                        dt { (frame.say("request-period")) }
                        dd { (days(frame, zone, contract.from, contract.to)) }
                        @for (name, value) in contract.parameters.iter().filter(|(name, value)| tells_something(view, name, value)) {
                            dt { (fact_label(frame, &view.terms, name.as_str())) }
                            dd { (fact_in_words(frame, view, name.as_str(), value)) }
                        }
                    }
                    None => { dt { (frame.say("request-contract")) } dd.late { (frame.say("ticket-no-contract")) } }
                }
            }
        }
    }
}

/// Whether a parameter is for people to read here: addresses and tables have their own places.
fn tells_something(view: &TicketView, name: &FactName, value: &FactValue) -> bool {
    let kind = view
        .terms
        .parameters
        .iter()
        .find(|parameter| parameter.name == *name)
        .map(|parameter| parameter.kind);
    !matches!(value, FactValue::Table(_)) && kind != Some(ParameterKind::Contact)
}

pub(super) fn contact(frame: &Frame, view: &TicketView) -> Markup {
    html! {
        details.fold open {
            summary { (view.requester) }
            dl.facts {
                @match &view.contact {
                    Some(contact) => {
                        dt { (frame.say("request-contact-address")) } dd { a href={ "mailto:" (contact.email) } { (contact.email) } }
                        @if let Some(zone) = &contact.zone {
                            dt { (frame.say("request-contact-time")) }
                            @let local = zone.local(frame.now);
                            dd { time datetime=(local.to_string()) {
                                (frame.say_with("request-contact-time-in", &[("time", &local.time.to_minute()), ("city", &words::city_of(zone, frame.language))]))
                            } }
                        }
                        dt { (frame.say("request-contact-language")) } dd { (frame.say(if contact.language == "en" { "language-en" } else { "language-fr" })) }
                    }
                    None => { dt { (frame.say("request-contact")) } dd { (frame.say("request-unknown-contact")) } }
                }
            }
        }
    }
}

/// Facts that stand under the title of the page.
const TOLD_ABOVE: [&str; 2] = ["channel", "received_at"];

pub(super) fn known(frame: &Frame, view: &TicketView) -> Markup {
    let parameter =
        |name: &str| view.contract.as_ref().is_some_and(|contract| contract.parameters.get(name).is_some());
    let is_told = |name: &str| parameter(name) || TOLD_ABOVE.contains(&name);
    let facts: Vec<_> = view.facts.iter().filter(|(name, _)| !is_told(name.as_str())).collect();
    html! {
        @if !facts.is_empty() {
            details.fold {
                summary { (frame.say("request-facts")) }
                dl.facts {
                    @for (name, value) in facts {
                        dt { (fact_label(frame, &view.terms, name.as_str())) }
                        dd { (fact_in_words(frame, view, name.as_str(), value)) }
                    }
                }
            }
        }
    }
}

pub(super) fn deliveries(frame: &Frame, view: &TicketView) -> Markup {
    html! {
        @if !view.deliveries.is_empty() {
            details.fold open[view.deliveries.iter().any(|delivery| matches!(delivery.state.as_str(), "failed" | "returned"))] {
                summary { (frame.say("ticket-deliveries")) }
                ul.ticks {
                    @for delivery in &view.deliveries {
                        @let (drawing, mark, key) = match delivery.state.as_str() {
                            "sent" => ("met", "ok", "delivery-sent"),
                            "failed" => ("late", "late", "delivery-failed"),
                            "returned" => ("late", "late", "delivery-returned"),
                            "held" => ("clock", "muted", "delivery-held"),
                            _ => ("clock", "muted", "delivery-waiting"),
                        };
                        li {
                            (icon(drawing))
                            span {
                                (delivery_kind(frame, &delivery.kind)) ", " span class=(mark) { (frame.say(key)) } ". "
                                span.muted { (delivery.recipient) }
                                @if let Some(error) = &delivery.error { " " span.late { (error) } }
                            }
                        }
                    }
                }
            }
        }
    }
}
