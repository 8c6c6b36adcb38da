//! The customer's request: whose turn it is, by when, where it stands, and what was said.

use crate::door::NamedDeed;
use crate::draft::{Draft, Field, Wrong};
use crate::error::{Fault, explain, status};
use crate::happening;
use crate::icon::icon;
use crate::page::{Frame, Head, Place};
use crate::rating::answer_name;
use crate::reading::{ICONS, clause, due, moment, nearest, phrase, turn_mark, whose_turn};
use crate::series::{fold, series};
use crate::state::Web;
use crate::submission::Submission;
use crate::thread::{files, messages};
use crate::viewer::Customer;
use crate::why::why;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use desk::{MessageKind, Refusal, Right, TicketEvent, TicketState, Turn};
use maud::{Markup, html};
use meters::{ClockChange, ClockState};
use operations::{
    ClockExplanation, Failure, Request, TicketView, command_ticket_once, explain_ticket, view_ticket,
};

/// `GET /portal/demandes/{number}`.
pub(crate) async fn show(
    State(web): State<Web>,
    customer: Customer,
    Path(number): Path<String>,
) -> Result<Response, Fault> {
    let shown = explain_ticket(&web.environment, &customer.viewer, &number).await;
    let (view, why) = shown.map_err(|failure| customer.frame.fault(failure))?;
    Ok(page(&customer.frame, &view, &why, &Draft::default()).into_response())
}

/// The form, with its field, in which words come back that an act was refused with: where they can still be sent, as a
/// message or as what goes on from a closed request; else under the request, to be read.
fn comes_back_in(frame: &Frame, view: &TicketView, act: &str, wrote: bool) -> (&'static str, &'static str) {
    match act {
        "champs" => ("champs", "geste-champs"),
        _ if goes_on(frame, view) && (wrote || act == "suite") => ("suite", "suite-corps"),
        _ => ("message", "message"),
    }
}

fn has_ended(view: &TicketView) -> bool {
    matches!(view.state, TicketState::Closed | TicketState::Declined)
}

/// Whether a new request may follow this one.
fn goes_on(frame: &Frame, view: &TicketView) -> bool {
    has_ended(view) && view.merged_into.is_none() && frame.may(Right::Open)
}

/// `POST /portal/demandes/{number}/{act}`.
pub(crate) async fn act(
    State(web): State<Web>,
    customer: Customer,
    Extension(deed): Extension<NamedDeed>,
    Path((number, act)): Path<(String, String)>,
    submission: Submission,
) -> Result<Response, Fault> {
    let fault = |failure| customer.frame.fault(failure);
    let fields = submission.fields.clone();
    let request = match act.as_str() {
        "messages" => {
            let body = submission.get("corps").to_owned();
            Request::Reply { body, files: submission.files, technical: true, turn: None, undo_seconds: 0 }
        }
        "confirmation" => Request::Confirm,
        "suivi" => Request::Follow { person: None },
        "fin-suivi" => Request::Unfollow { person: None },
        "pas-regle" => Request::RefuseResolution { body: submission.get("corps").to_owned() },
        "point" => Request::RequestUpdate { body: submission.given("corps") },
        "escalade" => Request::Escalate {
            ground: submission.given("motif"),
            to: submission.given("vers"),
            reason: submission.given("corps"),
        },
        "contestation" => Request::Contest {
            what: submission.get("quoi").to_owned(),
            body: submission.get("corps").to_owned(),
        },
        "tache" => Request::AnswerDuty {
            task: submission.get("tache").to_owned(),
            answer: match submission.get("reponse") {
                "impossible" => desk::DutyAnswer::Cannot,
                _ => desk::DutyAnswer::Done,
            },
            given: std::collections::BTreeSet::new(),
            body: submission.given("corps"),
        },
        "reouverture" => Request::Reopen,
        "avis" => {
            Request::Rate { score: submission.get("avis").to_owned(), comment: submission.given("corps") }
        }
        "precision" => {
            let view = view_ticket(&web.environment, &customer.viewer, &number).await.map_err(fault)?;
            let consent = std::collections::BTreeSet::new();
            Request::Learn { facts: submission.facts(&view.terms), consent }
        }
        "reclamation" => Request::Claim {
            consequence: submission.given("quoi"),
            period: submission.get("periode").to_owned(),
            given: submission.each("donne").map(str::to_owned).collect(),
            body: submission.given("corps"),
        },
        "suite" => Request::FollowUp {
            subject: submission.given("objet"),
            body: submission.get("corps").to_owned(),
            files: submission.files,
        },
        "champs" => {
            let view = view_ticket(&web.environment, &customer.viewer, &number).await.map_err(fault)?;
            Request::SetFields { fields: crate::fields::changes(&submission, &view.fields) }
        }
        _ => return Err(fault(Failure::NotFound { what: "act" })),
    };
    deed.name(request.right());
    match command_ticket_once(&web.environment, &customer.viewer, &number, request, None, None).await {
        Ok(done) => Ok(Redirect::to(&format!("/portal/demandes/{}", done.number)).into_response()),
        Err(failure @ (Failure::Refused(_) | Failure::Invalid { .. })) => {
            let message = match &failure {
                Failure::Refused(Refusal::Empty) => {
                    customer.frame.say("portal-request-error-message").to_owned()
                }
                failure => explain(&customer.frame, failure),
            };
            let (view, why) =
                explain_ticket(&web.environment, &customer.viewer, &number).await.map_err(fault)?;
            let wrote = fields.iter().any(|(name, value)| name == "corps" && !value.trim().is_empty());
            let (form, field) = comes_back_in(&customer.frame, &view, &act, wrote);
            let wrong = vec![Wrong { field: field.to_owned(), message }];
            let draft = Draft { form, values: fields, wrong };
            Ok((status(&failure), page(&customer.frame, &view, &why, &draft)).into_response())
        }
        Err(failure) => Err(fault(failure)),
    }
}

/// The page.
pub(crate) fn page(frame: &Frame, view: &TicketView, why_each: &[ClockExplanation], draft: &Draft) -> Markup {
    let title = format!("{} ({})", view.subject, view.number);
    let icons = [&ICONS[..], &["clip", "plus"]].concat();
    let head = Head {
        title: &title,
        place: Place::Requests,
        number: Some(&view.number),
        wrong: !draft.wrong.is_empty(),
        icons: &icons,
    };
    let main = html! {
        main.wrap #contenu tabindex="-1" {
            div data-live="tete" {
                p.trail.gap-top {
                    a href="/portal" { (frame.say("portal-list-title")) } " " span aria-hidden="true" { "/" } " "
                    (frame.say_with("portal-request-number", &[("number", &view.number)]))
                }
                h1 { (view.subject) }
                (promise(frame, view))
                (standing(frame, view))
                (duties(frame, view))
                @if frame.may(Right::Reply) {
                    (crate::wanted::wanted(frame, view, &format!("/portal/demandes/{}/precision", view.number)))
                }
            }
            (rating(frame, view))
            (follow_up(frame, view, draft))
            (draft.summary(frame))
            div.split.gap-top {
                div {
                    section.section aria-labelledby="suivi" data-live="suivi" {
                        h2 #suivi { (frame.say("portal-request-timeline")) }
                        (timeline(frame, view))
                    }
                    section.section aria-labelledby="echanges" {
                        h2 #echanges { (frame.say("portal-request-thread")) }
                        (write(frame, view, draft))
                        div data-live="echanges" { (messages(frame, view)) }
                    }
                }
                aside.aside aria-label=(frame.say("portal-request-side")) data-live="contexte" {
                    (clocks(frame, view, why_each))
                    (crate::fields::filled(frame, &view.fields))
                    (all_files(frame, view))
                    @if frame.may(Right::SetFields) {
                        (crate::fields::form(frame, &view.fields, &format!("/portal/demandes/{}/champs", view.number), draft))
                    }
                    (following(frame, view))
                    (acts(frame, view))
                }
            }
        }
    };
    frame.page(&head, main)
}

/// Asked once, of what was closed: one press says it, and words may stand beside.
fn rating(frame: &Frame, view: &TicketView) -> Markup {
    let is_asked = view.terms.satisfaction.as_ref().is_none_or(|rule| rule.asked) && view.declined.is_none();
    html! {
        @if let Some((rating, _)) = &view.rating {
            p.banner { span { (frame.say("rating-thanks")) " " (answer_name(frame, view, rating.score, rating.answer.as_deref())) "." } }
        } @else if is_asked && view.state == TicketState::Closed && frame.may(Right::Rate) {
            section.section aria-labelledby="avis-titre" {
                h2 #avis-titre { (frame.say("rating-title")) }
                (crate::rating::form(frame, view, &format!("/portal/demandes/{}/avis", view.number), ""))
            }
        }
    }
}

/// Where a closed request goes on: in those that follow it, or in a new one.
fn follow_up(frame: &Frame, view: &TicketView, draft: &Draft) -> Markup {
    let field = |id, name, label, required| Field { form: "suite", id, name, label, hint: None, required };
    html! {
        @for (number, kind) in &view.links {
            @let key = match kind.as_str() { "follow_up" => "follow-up-of", "followed_by" => "followed-by", _ => continue };
            p.banner { span { (frame.say(key)) " " a href=(frame.ticket_path(number)) { (number) } "." } }
        }
        @if goes_on(frame, view) {
            details.fold open[draft.is_of("suite")] {
                summary { (frame.say("follow-up-title")) }
                p.small { (frame.say("follow-up-what")) @if let Some(by) = &view.follows_up { " " (clause(frame, by)) } }
                form.stack action={ "/portal/demandes/" (view.number) "/suite" } method="post" {
                    (field("suite-objet", "objet", frame.say("follow-up-subject"), false).line(draft, "text", Some("off")))
                    (field("suite-corps", "corps", frame.say("follow-up-words"), true).lines(draft, 3))
                    button.btn { (frame.say("follow-up-send")) }
                }
            }
        }
    }
}

fn promise(frame: &Frame, view: &TicketView) -> Markup {
    let said = whose_turn(frame, view);
    let post = |act: &str| format!("/portal/demandes/{}/{act}", view.number);
    let ended = has_ended(view);
    html! {
        section.promise.gap-top data-turn=(turn_mark(said.data_turn)) aria-label=(frame.say("request-promise-label")) {
            p.promise__say { span.turn-word { (said.turn_word) } (phrase(&said.rest)) }
            p.promise__more {
                @if let Some(own) = own_wall(frame, view) { (own) " " }
                @match &view.assignee {
                    Some(assignee) if view.state.is_live() => {
                        (frame.say_with(cared_for(view.turn), &[("person", &assignee.name)])) " "
                    }
                    None if view.state.is_live() && view.turn != Turn::Customer => { (frame.say("portal-request-not-yet-cared-for")) " " }
                    _ => {}
                }
                @if let Some(clock) = nearest(view).filter(|_| view.state.is_live()) { (clause(frame, &clock.reading.clause)) }
            }
            @if let Some(adviser) = &view.adviser { p.small { (frame.say_with("adviser-yours", &[("name", &adviser.name)])) } }
            (crate::reading::answering(frame, view))
            @if frame.may(Right::Reply) {
                div.actions {
                    @if ended {
                        @if view.follows_up.is_none() {
                            form action=(post("reouverture")) method="post" { button.btn { (frame.say("command-reopen")) } }
                        }
                    } @else {
                        a.btn.btn--primary href="#ecrire" { (frame.say("portal-request-add-message")) }
                        a.btn href="#fichiers" { (icon("clip")) " " (frame.say("portal-request-add-file")) }
                        form action=(post("confirmation")) method="post" { button.btn { (icon("met")) " " (frame.say("portal-request-settled")) } }
                    }
                }
            }
        }
    }
}

/// What the customer must know first, where there is something.
fn standing(frame: &Frame, view: &TicketView) -> Markup {
    html! {
        @if let Some(into) = &view.merged_into {
            p.banner { span { (frame.say("standing-merged")) " " a href=(frame.ticket_path(into)) { (into) } "." } }
        }
        @if let Some((at, by)) = &view.closes_by_silence {
            p.banner { span { (frame.say("portal-silence")) " " (moment(frame, &view.terms.zone, *at)) "." } (clause(frame, by)) }
        }
        @if let Some(by) = &view.declined { p.banner { (frame.say("portal-declined")) " " (clause(frame, by)) } }
        @if view.escalation.is_some() { p.banner { (frame.say("portal-escalation-asked")) } }
        (happening::claim(frame, view))
    }
}

/// What was asked of the customer: each can be said to be done, or not to be possible.
fn duties(frame: &Frame, view: &TicketView) -> Markup {
    let asked = |task: &str| {
        view.timeline
            .iter()
            .any(|entry| matches!(&entry.event, TicketEvent::Asked { task: known } if known == task))
    };
    let open: Vec<&desk::TicketDuty> =
        view.duties.iter().filter(|duty| duty.is_open() && asked(&duty.task)).collect();
    html! {
        @if !open.is_empty() && frame.may(Right::AnswerDuty) && view.state.is_live() {
            section.section aria-labelledby="taches" {
                h2 #taches { (frame.say("portal-duties")) }
                @for duty in open {
                    @let name = happening::duty_name(frame, &duty.task, &duty.label);
                    @let id = format!("tache-{}", duty.task);
                    form.stack action={ "/portal/demandes/" (view.number) "/tache" } method="post" {
                        p { b { (name) } @if let Some(by) = &duty.clause { " " (clause(frame, by)) } }
                        input type="hidden" name="tache" value=(duty.task);
                        div.field {
                            label.label for=(id) { (frame.say("portal-duty-words")) }
                            textarea.input id=(id) name="corps" rows="2" {}
                        }
                        div.actions {
                            button.btn.btn--primary name="reponse" value="fait" { (frame.say("portal-duty-done")) }
                            button.btn name="reponse" value="impossible" { (frame.say("portal-duty-cannot")) }
                        }
                    }
                }
            }
        }
    }
}

/// What else the customer may ask for.
/// Following what a colleague asked; whoever asked is told anyway.
fn following(frame: &Frame, view: &TicketView) -> Markup {
    let is_own = view.contact.as_ref().is_some_and(|contact| {
        frame.person.as_ref().is_some_and(|person| person.id == contact.id.to_string())
    });
    let (act, what, button) = match view.follows {
        true => ("fin-suivi", "followers-what", "followers-leave"),
        false => ("suivi", "followers-invite", "followers-join"),
    };
    html! {
        @if !is_own || view.follows {
            form.section action={ "/portal/demandes/" (view.number) "/" (act) } method="post" {
                p.small { (frame.say(what)) }
                button.btn { (frame.say(button)) }
            }
        }
    }
}

fn acts(frame: &Frame, view: &TicketView) -> Markup {
    if !frame.may(Right::RequestUpdate) || has_ended(view) {
        return Markup::default();
    }
    let post = |act: &str| format!("/portal/demandes/{}/{act}", view.number);
    let words = |id: &str, label: &str, required: bool| {
        html! {
            div.field {
                label.label for=(id) { (label) }
                textarea.input id=(id) name="corps" rows="3" required[required] {}
            }
        }
    };
    let offered = view.grounds.iter().find(|(.., there)| *there).map(|(name, ..)| name);
    html! {
        section.section aria-labelledby="autre" {
            h2 #autre { (frame.say("portal-acts")) }
            @if view.state == TicketState::Resolved {
                details.fold open {
                    summary { (frame.say("portal-not-settled")) }
                    form.stack action=(post("pas-regle")) method="post" {
                        (words("pas-regle-corps", frame.say("portal-not-settled-why"), true))
                        button.btn { (frame.say("portal-request-send")) }
                    }
                }
            }
            details.fold {
                summary { (frame.say("portal-ask-update")) }
                form.stack action=(post("point")) method="post" {
                    (words("point-corps", frame.say("portal-duty-words"), false))
                    button.btn { (frame.say("portal-request-send")) }
                }
            }
            details.fold open[offered.is_some() && view.escalation.is_none()] {
                summary { (frame.say("portal-ask-escalation")) }
                form.stack action=(post("escalade")) method="post" {
                    @if !view.grounds.is_empty() {
                        fieldset.field {
                            legend.label { (frame.say("portal-escalation-ground")) }
                            @for (name, label, by, _) in &view.grounds {
                                label.check {
                                    input type="radio" name="motif" value=(name) checked[offered == Some(name)] required;
                                    span { (label.text(frame.language.tag())) " " (clause(frame, by)) }
                                }
                            }
                        }
                    }
                    (words("escalade-corps", frame.say("portal-escalation-why"), view.grounds.is_empty()))
                    button.btn { (frame.say("portal-request-send")) }
                }
            }
            (claim_form(frame, view))
            @if view.severity.is_some() {
                details.fold {
                    summary { (frame.say("portal-contest")) }
                    form.stack action=(post("contestation")) method="post" {
                        input type="hidden" name="quoi" value="severity";
                        (words("contestation-corps", frame.say("portal-contest-why"), true))
                        button.btn { (frame.say("portal-request-send")) }
                    }
                }
            }
        }
    }
}

/// A claim of what the agreement gives, where it gives something that is claimed.
fn claim_form(frame: &Frame, view: &TicketView) -> Markup {
    let claimed: Vec<&terms::Consequence> =
        view.terms.consequences.iter().filter(|known| known.claim.is_some()).collect();
    let decided = view.claim.as_ref().is_some_and(|claim| claim.decision.is_some());
    if claimed.is_empty() || decided || !frame.may(Right::Claim) {
        return Markup::default();
    }
    let mut needs: Vec<&String> = Vec::new();
    for rule in claimed.iter().filter_map(|known| known.claim.as_ref()) {
        needs.extend(rule.needs.value.iter().filter(|need| !needs.contains(need)).collect::<Vec<_>>());
    }
    html! {
        details.fold {
            summary { (frame.say("claim-ask")) }
            form.stack action={ "/portal/demandes/" (view.number) "/reclamation" } method="post" {
                @if claimed.len() > 1 {
                    fieldset.field {
                        @for known in &claimed {
                            label.check {
                                input type="radio" name="quoi" value=(known.name) required;
                                span { (known.label.text(frame.language.tag())) " " (clause(frame, &known.clause)) }
                            }
                        }
                    }
                }
                div.field {
                    label.label for="reclamation-periode" { (frame.say("claim-period")) }
                    input.input #reclamation-periode name="periode" required autocomplete="off";
                }
                @if !needs.is_empty() {
                    fieldset.field { legend.label { (frame.say("claim-given")) }
                        @for need in &needs {
                            label.check { input type="checkbox" name="donne" value=(need); span { (happening::fact_label(frame, &view.terms, need)) } }
                        }
                    }
                }
                div.field {
                    label.label for="reclamation-corps" { (frame.say("claim-words")) }
                    textarea.input #reclamation-corps name="corps" rows="3" {}
                }
                button.btn { (frame.say("claim-send")) }
            }
        }
    }
}

fn cared_for(turn: Turn) -> &'static str {
    match turn {
        Turn::Customer => "portal-request-cared-for-your-turn",
        _ => "portal-request-cared-for",
    }
}

/// What the due instant is on the reader's own wall, where that differs.
fn own_wall(frame: &Frame, view: &TicketView) -> Option<String> {
    let clock = nearest(view)?;
    let own = frame.zone.as_ref()?;
    let due = clock.reading.due_at.filter(|_| clock.reading.met_at.is_none())?;
    // While time stands still the sentence above names no due instant.
    if clock.reading.state == ClockState::Paused || own.local(due) == clock.zone.local(due) {
        return None;
    }
    let at = words::instant_in_words(&frame.reader(), due, frame.now);
    Some(frame.say_with(
        "portal-request-your-time",
        &[("time", &at), ("city", &words::city_of(own, frame.language))],
    ))
}

struct Stop {
    class: &'static str,
    at: Markup,
    title: String,
    more: Markup,
}

fn timeline(frame: &Frame, view: &TicketView) -> Markup {
    let zone = &view.terms.zone;
    let at = |instant| moment(frame, zone, instant);
    let plain = |at, title: &str, more| Stop { class: "", at, title: title.to_owned(), more };
    let mut stops = Vec::new();
    let channel = capitalised(&happening::by_channel(frame, &view.channel));
    stops.push(plain(
        at(view.received_at),
        frame.say("portal-request-step-received"),
        html! { (frame.say_with("portal-stop-by-channel", &[("channel", &channel), ("person", &view.requester)])) },
    ));
    let mut answered = false;
    let mut taken = false;
    for entry in &view.timeline {
        match &entry.event {
            TicketEvent::Assigned { to: Some(_), .. } if !taken => {
                taken = true;
                let by =
                    view.assignee.as_ref().map_or(frame.site.as_str(), |assignee| assignee.name.as_str());
                let more = html! { (frame.say_with("portal-request-step-taken-up-by", &[("person", by)])) };
                stops.push(plain(at(entry.at), frame.say("portal-request-step-taken-up"), more));
            }
            TicketEvent::Wrote { message, .. }
                if !answered && message.kind == MessageKind::Outgoing && message.technical =>
            {
                answered = true;
                let clock = view.clocks.iter().find(|clock| clock.reading.promise == "response");
                let more = html! { @if let Some(clock) = clock { (due(frame, clock)) } };
                stops.push(plain(at(entry.at), frame.say("portal-request-step-first-response"), more));
            }
            TicketEvent::Waited { .. } | TicketEvent::PassedToVendor { .. } => {
                let title = match &entry.event {
                    TicketEvent::Waited { party, .. } if party == "customer" => {
                        frame.say("portal-request-step-waiting-for-you")
                    }
                    _ => frame.say("portal-request-step-waiting-for-third-party"),
                };
                // What is awaited says more than who put it on hold.
                let line = match &entry.reason {
                    Some(awaited) => Some(
                        html! { (frame.say_with("portal-awaited", &[("what", awaited.trim_end_matches('.'))])) },
                    ),
                    None => happening::line(frame, view, entry),
                };
                stops.push(Stop {
                    class: "is-wait",
                    at: at(entry.at),
                    title: title.to_owned(),
                    more: html! { @if let Some(line) = line { (line) } },
                });
            }
            TicketEvent::Metered {
                change: ClockChange::Missed { .. } | ClockChange::MissFollowed { climb: Some(_), .. },
            } => {
                if let Some(line) = happening::line(frame, view, entry) {
                    let title = frame.say("portal-stop-missed");
                    stops.push(plain(at(entry.at), title, line));
                }
            }
            TicketEvent::CoverageJudged { .. }
            | TicketEvent::Resolved { .. }
            | TicketEvent::Confirmed
            | TicketEvent::Closed { .. }
            | TicketEvent::Reopened
            | TicketEvent::Resumed
            | TicketEvent::CameBackFromVendor { .. }
            | TicketEvent::Declined { .. }
            | TicketEvent::Converted { .. }
            | TicketEvent::HandedOver { .. }
            | TicketEvent::EscalationAsked { .. }
            | TicketEvent::EscalationDecided { .. }
            | TicketEvent::Escalated { .. }
            | TicketEvent::MeetingProposed { .. }
            | TicketEvent::Milestone { .. }
            | TicketEvent::Asked { .. }
            | TicketEvent::Fulfilled { .. }
            | TicketEvent::DutyRefused { .. }
            | TicketEvent::Reminded { .. }
            | TicketEvent::ResolutionRefused
            | TicketEvent::Destroyed { .. }
            | TicketEvent::MergedInto { .. }
            | TicketEvent::Unmerged { .. } => {
                let key = match &entry.event {
                    TicketEvent::CoverageJudged { .. } => "portal-stop-coverage",
                    TicketEvent::Resolved { .. } => "portal-request-step-resolved",
                    TicketEvent::Confirmed => "portal-stop-confirmed",
                    TicketEvent::Closed { .. } => "portal-request-step-closed",
                    TicketEvent::Reopened => "portal-request-step-reopened",
                    TicketEvent::Declined { .. } => "portal-request-step-declined",
                    TicketEvent::EscalationAsked { .. }
                    | TicketEvent::EscalationDecided { .. }
                    | TicketEvent::Escalated { .. } => "portal-stop-escalation",
                    TicketEvent::MeetingProposed { .. } => "portal-stop-meeting",
                    TicketEvent::Asked { .. }
                    | TicketEvent::Fulfilled { .. }
                    | TicketEvent::DutyRefused { .. } => "portal-stop-duty",
                    TicketEvent::Reminded { .. } => "portal-stop-reminder",
                    TicketEvent::ResolutionRefused => "portal-stop-not-solved",
                    TicketEvent::Destroyed { .. } => "portal-stop-destroyed",
                    TicketEvent::MergedInto { .. } | TicketEvent::Unmerged { .. } => "portal-stop-merge",
                    _ => "portal-request-step-in-progress",
                };
                if let Some(line) = happening::line(frame, view, entry) {
                    stops.push(plain(at(entry.at), frame.say(key), line));
                }
            }
            _ => {}
        }
    }
    // The last thing that happened is where it stands.
    if let Some(last) = stops.last_mut() {
        last.class =
            if last.class == "is-wait" && view.state == TicketState::Waiting { "is-wait" } else { "is-now" };
    }
    let current = stops.len();
    if let Some(clock) = nearest(view).filter(|clock| view.state.is_live() && clock.reading.due_at.is_some())
    {
        let due_at = clock.reading.due_at.unwrap_or(frame.now);
        let name = words::promise_name(frame.language, &clock.reading.promise, &clock.reading.label);
        let title = frame.say_with("portal-stop-next", &[("promise", &name)]);
        let more = html! { (due(frame, clock)) " " (clause(frame, &clock.reading.clause)) };
        stops.push(Stop { class: "is-next", at: moment(frame, &clock.zone, due_at), title, more });
    }
    html! {
        ol.timeline {
            @for (place, stop) in stops.iter().enumerate() {
                li class=[(!stop.class.is_empty()).then_some(stop.class)] aria-current=[(place + 1 == current).then_some("step")] {
                    (stop.at) span.dot {} div { h3 { (stop.title) } p { (stop.more) } }
                }
            }
        }
    }
}

/// A text as the beginning of a sentence.
pub(crate) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn write(frame: &Frame, view: &TicketView, draft: &Draft) -> Markup {
    let ended = has_ended(view);
    if ended || !frame.may(Right::Reply) {
        let why = frame.say(if ended { "portal-ended" } else { "portal-reads-only" });
        let written = draft.value("message", "corps");
        return html! {
            p.muted id=[(draft.is_of("message") && written.is_empty()).then_some("message")] { (why) }
            @if !written.is_empty() {
                div.field {
                    label.label for="message" { (frame.say("portal-not-sent")) }
                    (draft.at("message"))
                    textarea.input #message rows="5" readonly { (written) }
                }
            }
        };
    }
    let person = frame.person.as_ref().map_or("", |person| person.id.as_str());
    let message = Field {
        form: "message",
        id: "message",
        name: "corps",
        label: frame.say("portal-request-message"),
        hint: Some(frame.say("portal-request-message-hint")),
        required: true,
    };
    html! {
        form.stack #ecrire action={ "/portal/demandes/" (view.number) "/messages" } method="post" enctype="multipart/form-data"
            data-draft={ (person) ":" (view.number) ":message" } {
            (message.lines(draft, 5))
            div.field {
                label.label for="fichiers" { (frame.say("reply-files")) }
                input.input #fichiers name="fichiers" type="file" multiple;
            }
            div.actions {
                button.btn.btn--primary { (frame.say("portal-request-send")) }
                span.hint role="status" data-draft-status=(frame.say("compose-draft-kept")) {}
            }
        }
    }
}

fn clocks(frame: &Frame, view: &TicketView, why_each: &[ClockExplanation]) -> Markup {
    html! {
        section.section aria-labelledby="ech" {
            div {
                h2 #ech { (frame.say("request-deadlines")) }
                @if view.clocks.is_empty() { p.muted { (frame.say("ticket-no-clock")) } }
                (crate::reading::time_taken(frame, view.taken.as_ref()))
                @for one in series(&view.clocks, view.nearest) {
                    (clock(frame, view, why_each, one.shown))
                    @let before = one.before.iter().map(|place| clock(frame, view, why_each, *place));
                    (fold(frame, &one, &html! { @for clock in before { (clock) } }))
                }
            }
        }
    }
}

fn clock(frame: &Frame, view: &TicketView, why_each: &[ClockExplanation], place: usize) -> Markup {
    let clock = &view.clocks[place];
    let reading = &clock.reading;
    html! {
        div.deadline {
            h3.deadline__what {
                (words::promise_name(frame.language, &reading.promise, &reading.label)) ", "
                (words::strength_in_words(frame.language, reading.strength))
            }
            p { (due(frame, clock)) }
            p.small.muted {
                @if let Some(left) = words::left_in_words(frame.language, reading) { (left) ". " }
                (clause(frame, &reading.clause))
            }
            @if let Some(explained) = why_each.iter().find(|explained| explained.clock == place) {
                @if reading.due_at.is_some() { div.small { (why(frame, view, explained, false)) } }
            }
        }
    }
}

fn all_files(frame: &Frame, view: &TicketView) -> Markup {
    html! {
        @if view.messages.iter().any(|message| !message.files.is_empty()) {
            section aria-labelledby="fic" {
                h2 #fic { (frame.say("portal-request-file-list")) }
                @for message in view.messages.iter().filter(|message| !message.files.is_empty()) { (files(frame, view, message)) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{comes_back_in, page};
    use crate::draft::Draft;
    use crate::golden::{frame, ticket};
    use crate::page::Area;
    use desk::{Capacity, TicketState};
    use operations::TicketView;
    use words::Language;

    #[test]
    fn words_come_back_although_the_request_ended_meanwhile() {
        let closed = TicketView { state: TicketState::Closed, ..ticket() };
        let asks = frame(Area::Portal, Language::French);
        let mut reads = asks.clone();
        reads.person.as_mut().expect("somebody").capacities = vec![Capacity::Reader];
        for act in ["contestation", "point", "escalade", "pas-regle", "suite", "messages"] {
            for (frame, view) in
                [(&asks, &closed), (&reads, &closed), (&asks, &ticket()), (&reads, &ticket())]
            {
                let (form, _) = comes_back_in(frame, view, act, true);
                let values = vec![("corps".to_owned(), "Mes mots".to_owned())];
                let page = page(frame, view, &[], &Draft { form, values, wrong: Vec::new() }).into_string();
                assert_eq!(page.matches("Mes mots").count(), 1, "{act}: {form} {:?}", view.state);
            }
        }
    }
}
