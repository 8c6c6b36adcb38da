//! The agent's page of a request: the thread, the acts, and what the agreement says about it.

use crate::draft::{Draft, Field, Wrong};
use crate::error::{Fault, explain, status};
use crate::happening::{by_channel, fact_in_words, fact_label, outcome_name};
use crate::icon::icon;
use crate::page::{Frame, Head, Place};
use crate::rating::answer_name;
use crate::reading::{
    ICONS, answering, clause, day, left, look, moment, nearest, phrase, turn_mark, whose_turn,
};
use crate::state::Web;
use crate::submission::{FACT, Submission};
use crate::thread::thread;
use crate::viewer::Agent;
use crate::why::why;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use desk::{Refusal, TicketState, Turn};
use maud::{Markup, html};
use meters::{ClockState, Reading};
use operations::{
    ClockExplanation, ClockView, DraftForm, DraftsView, Failure, PersonView, Request, TicketView,
    command_ticket_once, explain_ticket, fill_reply, forget_draft, keep_draft, list_macros, list_replies,
    preview_time, run_macro, staff, view_drafts,
};
use serde::Deserialize;
use terms::{FactName, FactRule, FactType, FactValue, ParameterKind, ReasonAnswer, Terms, Verdict};

/// `GET /agent/demandes/{number}`.
pub(crate) async fn show(
    State(web): State<Web>,
    agent: Agent,
    Path(number): Path<String>,
    Query(sought): Query<Sought>,
) -> Result<Response, Fault> {
    let mut draft = Draft::default();
    if !sought.modele.is_empty() {
        let filled = fill_reply(&web.environment, &agent.viewer, &number, &sought.modele).await;
        let filled = filled.map_err(|failure| agent.frame.fault(failure))?;
        draft = Draft { form: "reponse", values: vec![("corps".to_owned(), filled)], wrong: Vec::new() };
    }
    Ok(render(&web, &agent, &number, &draft).await?.into_response())
}

/// What the address of the page may say: which canned reply the answer begins with.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Sought {
    #[serde(default)]
    modele: String,
}

/// What the desk keeps to be used on any request: keys and titles.
#[derive(Debug, Default)]
pub(crate) struct Offers {
    pub(crate) replies: Vec<(String, String)>,
    pub(crate) macros: Vec<(String, String)>,
    /// What is being written on this one.
    pub(crate) drafts: DraftsView,
}

impl Offers {
    async fn of(web: &Web, agent: &Agent, number: &str) -> Result<Self, Failure> {
        let replies = list_replies(&web.environment, &agent.viewer).await?;
        let macros = list_macros(&web.environment, &agent.viewer).await?;
        Ok(Self {
            replies: replies.into_iter().map(|reply| (reply.key, reply.title)).collect(),
            macros: macros.into_iter().map(|kept| (kept.key, kept.title)).collect(),
            drafts: view_drafts(&web.environment, &agent.viewer, number).await?,
        })
    }
}

async fn render(web: &Web, agent: &Agent, number: &str, draft: &Draft) -> Result<Markup, Fault> {
    let fault = |failure| agent.frame.fault(failure);
    let (view, why) = explain_ticket(&web.environment, &agent.viewer, number).await.map_err(fault)?;
    let colleagues = staff(&web.environment, &agent.viewer).await.map_err(fault)?;
    let offers = Offers::of(web, agent, number).await.map_err(fault)?;
    Ok(page(&agent.frame, &view, &why, &colleagues, &offers, draft))
}

/// What a form of the page asks for.
struct Asked {
    form: &'static str,
    /// The field that is to blame when the text is empty.
    field: &'static str,
    request: Request,
    /// Whether the words go to the customer, so that what came meanwhile must be read first.
    leaves: bool,
    /// Whether the form stands on the page of the other acts.
    apart: bool,
}

/// `POST /agent/demandes/{number}/{act}`.
pub(crate) async fn act(
    State(web): State<Web>,
    agent: Agent,
    Path((number, act)): Path<(String, String)>,
    submission: Submission,
) -> Result<Response, Fault> {
    let fault = |failure| agent.frame.fault(failure);
    if act == "brouillon" {
        return keep(&web, &agent, &number, &submission).await.map_err(fault);
    }
    let (view, _) = explain_ticket(&web.environment, &agent.viewer, &number).await.map_err(fault)?;
    let fields = submission.fields.clone();
    if act == "macro" {
        let done = run_macro(&web.environment, &agent.viewer, &number, submission.get("macro")).await;
        return match done {
            Ok(_) => Ok(Redirect::to(&format!("/agent/demandes/{number}")).into_response()),
            Err(failure @ Failure::Step { .. }) => {
                let message = explain(&agent.frame, &failure);
                let wrong = vec![Wrong { field: "agir-macro".to_owned(), message }];
                let draft = Draft { form: "macro", values: fields, wrong };
                let page = render(&web, &agent, &number, &draft).await?;
                Ok((status(&failure), page).into_response())
            }
            Err(failure) => Err(fault(failure)),
        };
    }
    if act == "temps" && !submission.get("apercu").is_empty() {
        let minutes = submission.get("minutes").parse().unwrap_or(0);
        let counted = preview_time(&web.environment, &agent.viewer, &number, minutes).await.map_err(fault)?;
        let draft = Draft { form: "temps", values: fields, wrong: Vec::new() };
        return Ok(super::deeds::page(&agent.frame, &view, &draft, Some(&(minutes, counted))).into_response());
    }
    let seen = submission.get("vus").parse::<usize>().ok();
    let Some(asked) = asked(&act, submission, &view) else {
        return Err(fault(Failure::NotFound { what: "act" }));
    };
    let Asked { form, field, request, leaves, apart } = asked;
    let back = |wrong: Wrong| Draft { form, values: fields, wrong: vec![wrong] };
    // Something came while this was being written: it is read first, and the text is kept.
    if leaves && seen.is_some_and(|seen| seen < view.messages.len()) {
        let message = agent.frame.say("reply-stopped").to_owned();
        let draft = back(Wrong { field: field.to_owned(), message });
        let page = render(&web, &agent, &number, &draft).await?;
        return Ok((axum::http::StatusCode::CONFLICT, page).into_response());
    }
    match command_ticket_once(&web.environment, &agent.viewer, &number, request, None, None).await {
        Ok(done) => {
            // What was sent is written no more.
            if let Some(sent) = sent_form(form) {
                forget_draft(&web.environment, &agent.viewer, &number, sent).await.map_err(fault)?;
            }
            Ok(Redirect::to(&format!("/agent/demandes/{}", done.number)).into_response())
        }
        Err(failure @ (Failure::Refused(_) | Failure::Invalid { .. } | Failure::NotPermitted)) => {
            let message = match &failure {
                Failure::Refused(Refusal::Empty) => agent.frame.say("refusal-empty").to_owned(),
                Failure::Refused(Refusal::Needs { clause: Some(clause), .. }) if form == "prise" => {
                    let clause = words::clause_reference(agent.frame.language, clause);
                    agent.frame.say_with("jump-needs-reason", &[("clause", &clause)])
                }
                failure => explain(&agent.frame, failure),
            };
            let draft = back(Wrong { field: field.to_owned(), message });
            let page = match apart {
                true => super::deeds::page(&agent.frame, &view, &draft, None),
                false => render(&web, &agent, &number, &draft).await?,
            };
            Ok((status(&failure), page).into_response())
        }
        Err(failure) => Err(fault(failure)),
    }
}

/// Keeps what is being written: quietly for a page that goes on, and for a person who pressed the button
/// with the page again.
async fn keep(web: &Web, agent: &Agent, number: &str, submission: &Submission) -> Result<Response, Failure> {
    let form = DraftForm::parse(submission.get("forme")).ok_or(Failure::NotFound { what: "form" })?;
    keep_draft(&web.environment, &agent.viewer, number, form, submission.get("corps")).await?;
    Ok(match submission.get("discret") {
        "" => Redirect::to(&format!("/agent/demandes/{number}")).into_response(),
        _ => axum::http::StatusCode::NO_CONTENT.into_response(),
    })
}

/// The draft that a form sends.
fn sent_form(form: &str) -> Option<DraftForm> {
    match form {
        "reponse" => Some(DraftForm::Reply),
        "note" => Some(DraftForm::Note),
        _ => None,
    }
}

fn asked(act: &str, submission: Submission, view: &TicketView) -> Option<Asked> {
    let text = |name: &str| submission.get(name).to_owned();
    let of = |form, field, request| Some(Asked { form, field, request, leaves: false, apart: false });
    match act {
        "reponses" => {
            let turn = match submission.get("tour") {
                "nous" => Some(Turn::Provider),
                "client" => Some(Turn::Customer),
                "tiers" => Some(Turn::ThirdParty),
                _ => None,
            };
            let technical = submission.get("courtoisie").is_empty();
            let body = text("corps");
            let request = Request::Reply { body, files: submission.files, technical, turn, undo_seconds: 0 };
            Some(Asked { form: "reponse", field: "reponse", request, leaves: true, apart: false })
        }
        "notes" => of("note", "note", Request::Note { body: text("corps") }),
        "prise-en-charge" => {
            of("prise", "prise-motif", Request::TakeUp { reason: submission.given("motif") })
        }
        "assignation" => {
            let agent = submission.get("agent").parse().ok();
            let request = match (agent, submission.given("equipe")) {
                (None, team) if team.is_none() || team == view.team => Request::Unassign,
                (agent, team) => Request::Assign { agent, team },
            };
            of("assignation", "assignation-agent", request)
        }
        "classement" => of(
            "classement",
            "classement",
            Request::Learn { facts: submission.facts(&view.terms), consent: consent(&submission) },
        ),
        "couverture" => {
            let verdict = match submission.get("verdict") {
                "not_covered" => Verdict::NotCovered,
                "needs_judgement" => Verdict::NeedsJudgement,
                _ => Verdict::Covered,
            };
            of("couverture", "couverture-motif", Request::JudgeCoverage { verdict, reason: text("motif") })
        }
        "attente" => {
            let request =
                Request::Wait { party: text("partie"), task: None, reason: submission.given("motif") };
            of("attente", "attente-motif", request)
        }
        "reprise" => of("reprise", "contenu", Request::Resume),
        "editeur" => {
            let request = Request::PassToVendor { vendor: text("editeur"), reference: text("reference") };
            of("editeur", "editeur-nom", request)
        }
        "retour-editeur" => {
            of("retour-editeur", "retour-resultat", Request::BackFromVendor { result: text("resultat") })
        }
        "resolution" => {
            let request = Request::Resolve { outcome: text("issue"), body: text("corps") };
            Some(Asked { form: "resolution", field: "resolution-corps", request, leaves: true, apart: false })
        }
        "cloture" => of(
            "cloture",
            "cloture-motif",
            Request::Close { reason: text("motif"), consent: consent(&submission) },
        ),
        "reouverture" => of("reouverture", "contenu", Request::Reopen),
        "champs" => {
            let fields = crate::fields::changes(&submission, &view.fields);
            of("champs", "geste-champs", Request::SetFields { fields })
        }
        "annulation" => of("annulation", "contenu", Request::Undo),
        "suivi" => of("suivi", "suivi-personne", Request::Follow { person: submission.given("personne") }),
        "fin-suivi" => of("suivi", "contenu", Request::Unfollow { person: submission.given("personne") }),
        act => {
            let (form, field, request) = super::deeds::asked(act, &submission, view)?;
            Some(Asked { form, field, request, leaves: false, apart: true })
        }
    }
}

/// That the customer consented, as whoever fills the form heard it.
pub(super) fn consent(submission: &Submission) -> std::collections::BTreeSet<String> {
    let given = !submission.get("accord").is_empty();
    given.then(|| "customer".to_owned()).into_iter().collect()
}

/// The page.
pub(crate) fn page(
    frame: &Frame,
    view: &TicketView,
    why: &[ClockExplanation],
    colleagues: &[PersonView],
    offers: &Offers,
    draft: &Draft,
) -> Markup {
    let title = format!("{} {}", view.number, view.subject);
    let icons = [&ICONS[..], &["pen", "note", "reply", "lock", "clip", "unknown"]].concat();
    let head = Head {
        title: &title,
        place: Place::Requests,
        number: Some(&view.number),
        wrong: !draft.wrong.is_empty(),
        icons: &icons,
    };
    let main = html! {
        main.shell #contenu tabindex="-1" {
            div.split.split--agent {
                div {
                    div data-live="tete" {
                        div.head { p.trail { a href="/agent" { (frame.say("view-team")) } " " span aria-hidden="true" { "/" } " " span { (view.number) } } }
                        h1 { (view.subject) }
                        p.small.muted { (about(frame, view)) }
                        (promise(frame, view))
                        (standing(frame, view))
                        @for (name, is_now) in &offers.drafts.others {
                            p.banner { (frame.say_with(if *is_now { "draft-writing" } else { "draft-of-other" }, &[("person", name)])) }
                        }
                    }
                    (draft.summary(frame))
                    (acts(frame, view, colleagues, offers, draft))
                    section.gap-top aria-labelledby="fil" {
                        h2.sr-only #fil { (frame.say("request-thread")) }
                        div data-live="fil" { (thread(frame, view)) }
                        (composers(frame, view, offers, draft))
                    }
                }
                aside.context aria-label=(frame.say("request-context")) data-live="contexte" {
                    (clocks(frame, view, why))
                    (duties(frame, view))
                    (crate::wanted::wanted(frame, view, &format!("/agent/demandes/{}/classement", view.number)))
                    (coverage(frame, view))
                    (contract(frame, view))
                    (contact(frame, view))
                    (crate::fields::filled(frame, &view.fields))
                    (known(frame, view))
                    (followers(frame, view, draft))
                    (deliveries(frame, view))
                }
            }
        }
    };
    frame.page(&head, main)
}

fn about(frame: &Frame, view: &TicketView) -> Markup {
    html! {
        (view.account.as_ref().map_or(view.requester.as_str(), |(_, name)| name.as_str()))
        " · " (view.terms.title.text(frame.language.tag()))
        @if let Some(severity) = &view.severity {
            " · " (fact_label(frame, &view.terms, "severity")) " "
            (fact_in_words(frame, view, "severity", &FactValue::text(severity)))
        }
        " · " (frame.say("ticket-received")) " " (moment(frame, &view.terms.zone, view.received_at)) " "
        (by_channel(frame, &view.channel))
    }
}

/// Whose turn, what, by when: once per page, first thing after the title.
fn promise(frame: &Frame, view: &TicketView) -> Markup {
    let said = whose_turn(frame, view);
    let clock = nearest(view).filter(|_| view.state.is_live());
    html! {
        section.promise.promise--agent.gap-top data-turn=(turn_mark(said.data_turn)) aria-label=(frame.say("request-promise-label")) {
            p.promise__say { span.turn-word { (said.turn_word) } (phrase(&said.rest)) }
            @if let Some(clock) = clock {
                @if let Some(target) = &clock.reading.target {
                    p.promise__left {
                        b { (left(frame, &clock.reading)) }
                        (frame.say_with("ticket-of-target", &[("target", &words::span_in_words(frame.language, target))]))
                    }
                }
            }
            p.promise__more {
                @match &view.assignee {
                    Some(assignee) => { (frame.say_with("ticket-cared-for", &[("by", &assignee.name)])) }
                    None => { (frame.say("ticket-unassigned")) }
                }
                @if let Some(clock) = clock { " " (clause(frame, &clock.reading.clause)) }
            }
        }
    }
}

/// What an agent must know before anything else, where there is something: that it goes on elsewhere,
/// that an answer can still be undone, that an escalation waits to be decided, that it is put off.
fn standing(frame: &Frame, view: &TicketView) -> Markup {
    let zone = &view.terms.zone;
    let link = |number: &String| html! { a href=(frame.ticket_path(number)) { (number) } };
    html! {
        @if let Some(into) = &view.merged_into { p.banner { (frame.say("standing-merged")) " " (link(into)) "." } }
        @if !view.absorbed.is_empty() {
            p.banner { (frame.say("standing-absorbed")) @for number in &view.absorbed { " " (link(number)) } "." }
        }
        @if let Some(held) = &view.held {
            form.banner action={ "/agent/demandes/" (view.number) "/annulation" } method="post" {
                (frame.say("standing-held")) " " (moment(frame, zone, held.until)) ". " q { (held.body) } " "
                button.btn { (frame.say("standing-undo")) }
            }
        }
        @if let Some(asked) = &view.escalation {
            p.banner {
                (frame.say("standing-escalation"))
                @if let Some((_, label, by, _)) = view.grounds.iter().find(|(name, ..)| Some(name) == asked.ground.as_ref()) {
                    " " (label.text(frame.language.tag())) ". " (clause(frame, by))
                }
                " " a href={ "/agent/demandes/" (view.number) "/gestes#geste-decision" } { (frame.say("standing-decide")) }
            }
        }
        @if let (Some(owner), Some(stand_in)) = (&view.assignee, &view.stand_in) {
            p.banner { @match stand_in {
                Some(deputy) => { (frame.say_with("owner-absent", &[("name", &owner.name), ("deputy", &deputy.name)])) }
                None => { (frame.say_with("owner-absent-nobody", &[("name", &owner.name)])) }
            } }
        }
        (answering(frame, view))
        @if let Some(adviser) = &view.adviser { p.small.muted { (frame.say_with("adviser-of-customer", &[("name", &adviser.name)])) } }
        @if let Some(until) = view.snoozed_until { p.banner { (frame.say("standing-snoozed")) " " (moment(frame, zone, until)) "." } }
        @if let Some((at, by)) = &view.closes_by_silence {
            p.banner { (frame.say("standing-silence")) " " (moment(frame, zone, *at)) ". " (clause(frame, by)) }
        }
        @if let Some(price) = &view.exception {
            p.banner { @match price {
                Some(price) => { (frame.say_with("standing-exception-price", &[("price", price)])) }
                None => { (frame.say("standing-exception")) }
            } }
        }
        (crate::happening::claim(frame, view))
        @if let Some(awaited) = &view.awaited_opening {
            p.banner {
                @match &awaited.team {
                    Some(team) => { (frame.say_with("assignment-waits-team", &[("team", team)])) }
                    None => { (frame.say("assignment-waits")) }
                }
                " " (moment(frame, &view.terms.zone, awaited.at)) "."
            }
        }
        @if let Some((rating, said)) = &view.rating {
            p.banner {
                (frame.say("rating-of-customer")) " " (answer_name(frame, view, rating.score, rating.answer.as_deref())) "."
                @if let Some(said) = said { " " q { (said) } }
            }
        }
        @if !view.tags.is_empty() { p.small.muted { (frame.say("standing-tags")) " " (view.tags.join(", ")) } }
    }
}

/// Who follows the request, and how to join them.
fn followers(frame: &Frame, view: &TicketView, draft: &Draft) -> Markup {
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
fn duties(frame: &Frame, view: &TicketView) -> Markup {
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

fn is_about(entry: &operations::TimelineEntry, wanted: &str) -> bool {
    use desk::TicketEvent::{Asked, DutyRefused, Fulfilled, TakenOver};
    match &entry.event {
        Asked { task } | Fulfilled { task, .. } | DutyRefused { task } | TakenOver { task, .. } => {
            task == wanted
        }
        _ => false,
    }
}

struct Act<'a> {
    name: &'static str,
    label: &'a str,
}

fn fold(draft: &Draft, act: &Act<'_>, action: &str, body: Markup) -> Markup {
    html! {
        details.act name="agir" open[draft.is_of(act.name)] id={ "agir-" (act.name) } {
            summary.btn { (act.label) }
            form action=(action) method="post" { (body) }
        }
    }
}

fn acts(
    frame: &Frame,
    view: &TicketView,
    colleagues: &[PersonView],
    offers: &Offers,
    draft: &Draft,
) -> Markup {
    let to = |act: &str| format!("/agent/demandes/{}/{act}", view.number);
    let live = view.state.is_live();
    let say = |key| frame.say(key);
    let submit = |label: &str| html! { button.btn.btn--primary { (label) } };
    let mine = view.assignee.as_ref().is_some_and(|assignee| {
        frame.person.as_ref().is_some_and(|person| person.id == assignee.id.to_string())
    });
    html! {
        div.acts role="group" aria-label=(say("request-actions-label")) data-live="agir" {
            @if live && !mine && draft.is_of("prise") {
                (fold(draft, &Act { name: "prise", label: say("command-take-up") }, &to("prise-en-charge"), html! {
                    (Field { form: "prise", id: "prise-motif", name: "motif", label: say("command-take-up-reason"), hint: None, required: true }
                        .line(draft, "text", None))
                    (submit(say("command-take-up")))
                }))
            } @else if live && !mine {
                form action=(to("prise-en-charge")) method="post" { button.btn { (say("command-take-up")) } }
            }
            @if live {
                (fold(draft, &Act { name: "assignation", label: say("command-assign") }, &to("assignation"), html! {
                    (Field { form: "assignation", id: "assignation-agent", name: "agent", label: say("command-assign-person"), hint: None, required: false }
                        .choice(draft, &people(frame, colleagues), &view.assignee.as_ref().map(|person| person.id.to_string()).unwrap_or_default()))
                    @let teams = teams(frame, view);
                    @if teams.len() > 1 {
                        (Field { form: "assignation", id: "assignation-equipe", name: "equipe", label: say("command-assign-team"), hint: None, required: false }
                            .choice(draft, &teams, view.team.as_deref().unwrap_or_default()))
                    }
                    (submit(say("command-assign")))
                }))
                (fold(draft, &Act { name: "classement", label: say("command-classify") }, &to("classement"), html! {
                    div.pairs #classement { (fact_fields(frame, view, draft)) }
                    (draft.at("classement"))
                    @if view.severity.is_some() && view.terms.permission("change_severity").is_some_and(asks_customer) {
                        (consent_box(frame))
                    }
                    (submit(say("command-classify")))
                }))
                (fold(draft, &Act { name: "couverture", label: say("command-judge-coverage") }, &to("couverture"), html! {
                    @let verdicts = [(Verdict::Covered, "covered"), (Verdict::NotCovered, "not_covered")]
                        .map(|(verdict, name)| (name.to_owned(), words::verdict_in_words(frame.language, verdict)));
                    (Field { form: "couverture", id: "couverture-verdict", name: "verdict", label: say("command-judge-coverage-verdict"), hint: None, required: false }
                        .choice(draft, &verdicts, if view.verdict == Verdict::NotCovered { "not_covered" } else { "covered" }))
                    (Field { form: "couverture", id: "couverture-motif", name: "motif", label: say("command-judge-coverage-reason"), hint: Some(say("command-judge-coverage-reason-hint")), required: true }
                        .lines(draft, 3))
                    (submit(say("command-judge-coverage")))
                }))
                @if view.state == TicketState::Waiting {
                    form action=(to("reprise")) method="post" { button.btn { (say("command-resume")) } }
                } @else {
                    (fold(draft, &Act { name: "attente", label: say("command-wait") }, &to("attente"), html! {
                        @let parties = ["customer", "vendor", "third_party"].map(|party| (party.to_owned(), words::party_name(frame.language, party)));
                        (Field { form: "attente", id: "attente-partie", name: "partie", label: say("command-wait-for"), hint: None, required: false }.choice(draft, &parties, "customer"))
                        (Field { form: "attente", id: "attente-motif", name: "motif", label: say("command-wait-reason"), hint: Some(say("act-wait-what-hint")), required: false }.line(draft, "text", Some("off")))
                        (submit(say("command-wait")))
                    }))
                }
                @match &view.vendor {
                    None => {
                        (fold(draft, &Act { name: "editeur", label: say("command-pass-to-vendor") }, &to("editeur"), html! {
                            (Field { form: "editeur", id: "editeur-nom", name: "editeur", label: say("command-pass-to-vendor-vendor"), hint: None, required: true }.line(draft, "text", Some("off")))
                            (Field { form: "editeur", id: "editeur-reference", name: "reference", label: say("command-pass-to-vendor-reference"), hint: None, required: false }.line(draft, "text", Some("off")))
                            (submit(say("command-pass-to-vendor")))
                        }))
                    }
                    Some(_) => {

                        (fold(draft, &Act { name: "retour-editeur", label: say("command-back-from-vendor") }, &to("retour-editeur"), html! {
                            @let results = ["fix", "answer", "none"].map(|result| (result.to_owned(), words::text(frame.language, &format!("command-back-from-vendor-{result}")).into_owned()));
                            (Field { form: "retour-editeur", id: "retour-resultat", name: "resultat", label: say("command-back-from-vendor-result"), hint: None, required: false }.choice(draft, &results, "fix"))
                            (submit(say("button-save")))
                        }))
                    }
                }
                (fold(draft, &Act { name: "resolution", label: say("command-resolve") }, &to("resolution"), html! {
                    input type="hidden" name="vus" value=(view.messages.len());
                    (Field { form: "resolution", id: "resolution-issue", name: "issue", label: say("command-resolve-outcome"), hint: None, required: false }.choice(draft, &outcomes(frame, view), ""))
                    (Field { form: "resolution", id: "resolution-corps", name: "corps", label: say("command-resolve-body"), hint: Some(say("act-resolve-body-hint")), required: true }.lines(draft, 5))
                    (submit(say("command-resolve")))
                }))
            }
            @if !matches!(view.state, TicketState::Closed | TicketState::Declined) {
                (fold(draft, &Act { name: "cloture", label: say("command-close") }, &to("cloture"), html! {
                    (Field { form: "cloture", id: "cloture-motif", name: "motif", label: say("command-close-reason"), hint: None, required: true }.line(draft, "text", Some("off")))
                    @if view.terms.permission("close").is_some_and(asks_customer) { (consent_box(frame)) }
                    (submit(say("command-close")))
                }))
            }
            @if !live {
                form action=(to("reouverture")) method="post" { button.btn { (say("command-reopen")) } }
            }
            @if !offers.macros.is_empty() {
                (fold(draft, &Act { name: "macro", label: say("act-macro") }, &to("macro"), html! {
                    (draft.at("agir-macro"))
                    @for (key, title) in &offers.macros {
                        button.btn name="macro" value=(key) { (title) }
                    }
                }))
            }
            (crate::fields::form(frame, &view.fields, &to("champs"), draft.is_of("champs")))
            a.btn href=(to("gestes")) { (say("deeds-more")) }
        }
    }
}

fn asks_customer(permission: &terms::Permission) -> bool {
    permission.consent.iter().any(|role| role == "customer")
}

pub(super) fn consent_box(frame: &Frame) -> Markup {
    html! { label.check { input type="checkbox" name="accord" value="client"; span { (frame.say("deed-consent")) } } }
}

fn people(frame: &Frame, colleagues: &[PersonView]) -> Vec<(String, String)> {
    let nobody = (String::new(), frame.say("command-assign-nobody").to_owned());
    std::iter::once(nobody)
        .chain(colleagues.iter().map(|person| (person.id.to_string(), person.name.clone())))
        .collect()
}

fn teams(frame: &Frame, view: &TicketView) -> Vec<(String, String)> {
    let nobody = (String::new(), "–".to_owned());
    let teams = view.terms.roles.iter().filter(|role| role.side == terms::Side::Provider && role.own_queue);
    let named =
        teams.map(|role| (role.name.clone(), words::role_name(frame.language, &role.name, &role.label)));
    std::iter::once(nobody).chain(named).collect()
}

fn outcomes(frame: &Frame, view: &TicketView) -> Vec<(String, String)> {
    let rule = view.terms.facts.iter().find(|rule| rule.name.as_str() == "outcome");
    if let Some(FactType::OneOf(values)) = rule.map(|rule| &rule.kind) {
        return values
            .iter()
            .map(|value| (value.name.clone(), outcome_name(frame, view, &value.name)))
            .collect();
    }
    ["solved", "answered", "not_reproduced"]
        .map(|name| (name.to_owned(), outcome_name(frame, view, name)))
        .to_vec()
}

/// A field for each fact that an agent may set, from the agreement's own vocabulary.
fn fact_fields(frame: &Frame, view: &TicketView, draft: &Draft) -> Markup {
    html! {
        @for rule in view.terms.facts.iter().filter(|rule| settable(rule)) {
            @let id = format!("fait-{}", rule.name);
            @let name = format!("{FACT}{}", rule.name);
            @let label = fact_label(frame, &view.terms, rule.name.as_str());
            @let field = Field { form: "classement", id: &id, name: &name, label: &label, hint: None, required: false };
            @let now = view.facts.get(rule.name.as_str()).and_then(|value| value.as_key()).unwrap_or_default();
            @match choices(frame, rule) {
                Some(choices) => { (field.choice(draft, &choices, now)) }
                None => { (text_field(&field, draft, now, suggestions(&view.terms, rule))) }
            }
        }
    }
}

fn text_field(field: &Field<'_>, draft: &Draft, now: &str, suggestions: Vec<&str>) -> Markup {
    if draft.is_of(field.form) {
        return field.suggested(draft, &suggestions);
    }
    let known =
        Draft { form: field.form, values: vec![(field.name.to_owned(), now.to_owned())], wrong: Vec::new() };
    field.suggested(&known, &suggestions)
}

/// What the agreement's lists offer for a fact: its products.
pub(crate) fn suggestions<'a>(terms: &'a Terms, rule: &FactRule) -> Vec<&'a str> {
    if rule.kind != FactType::Product {
        return Vec::new();
    }
    let mut titles: Vec<&str> = Vec::new();
    for entry in terms.lists.iter().flat_map(|list| &list.entries) {
        if !titles.contains(&entry.title.as_str()) {
            titles.push(&entry.title);
        }
    }
    titles
}

/// Whether a person may set the fact: what contracts or rules supply is not theirs to change.
pub(crate) fn settable(rule: &FactRule) -> bool {
    let asked = matches!(rule.from.as_str(), "customer" | "agent");
    let simple = matches!(
        rule.kind,
        FactType::YesNo | FactType::OneOf(_) | FactType::Text | FactType::Product | FactType::Version
    );
    asked && simple && rule.derived.is_none() && rule.name.as_str() != "outcome"
}

/// The values of a fact that has a vocabulary.
pub(crate) fn choices(frame: &Frame, rule: &FactRule) -> Option<Vec<(String, String)>> {
    let unknown = (String::new(), frame.say("value-unspecified").to_owned());
    match &rule.kind {
        FactType::YesNo => Some(vec![
            unknown,
            ("yes".to_owned(), frame.say("value-yes").to_owned()),
            ("no".to_owned(), frame.say("value-no").to_owned()),
        ]),
        FactType::OneOf(values) => {
            let language = frame.language.tag();
            let named = values.iter().map(|value| {
                let label = match value.label.text(language) {
                    "" => value.name.replace('_', " "),
                    label => label.to_owned(),
                };
                (value.name.clone(), label)
            });
            Some(std::iter::once(unknown).chain(named).collect())
        }
        _ => None,
    }
}

/// Where a draft stands, and since when.
fn kept_since(frame: &Frame, view: &TicketView, kept: Option<&(String, calendar::Instant)>) -> Markup {
    html! {
        @if let Some((_, at)) = kept { (frame.say("draft-kept")) " " (moment(frame, &view.terms.zone, *at)) }
    }
}

/// The button that keeps a draft; a page that runs script keeps it by itself.
fn keep_button(frame: &Frame, view: &TicketView, form: DraftForm) -> Markup {
    html! {
        input type="hidden" name="forme" value=(form.as_str());
        button.btn formaction={ "/agent/demandes/" (view.number) "/brouillon" } formnovalidate { (frame.say("draft-keep")) }
    }
}

fn composers(frame: &Frame, view: &TicketView, offers: &Offers, draft: &Draft) -> Markup {
    let who = &view.requester;
    let person = frame.person.as_ref().map_or("", |person| person.id.as_str());
    let say = |key| frame.say(key);
    let writable = !matches!(view.state, TicketState::Closed | TicketState::Declined);
    let (reply, note) = (offers.drafts.reply.as_ref(), offers.drafts.note.as_ref());
    let reply_text = match (draft.is_of("reponse"), reply) {
        (false, Some((text, _))) => text,
        _ => draft.value("reponse", "corps"),
    };
    let note_text = match (draft.is_of("note"), note) {
        (false, Some((text, _))) => text,
        _ => draft.value("note", "corps"),
    };
    let keep = format!("/agent/demandes/{}/brouillon", view.number);
    html! {
        @if writable {
            details.composer #repondre name="ecrire" open[!draft.is_of("note") && (note.is_none() || reply.is_some() || draft.is_of("reponse"))] {
                summary { (icon("reply")) span { (frame.say_with("reply-heading", &[("person", who)])) } " " kbd.end { "r" } }
                form action={ "/agent/demandes/" (view.number) "/reponses" } method="post" enctype="multipart/form-data"
                    data-draft={ (person) ":" (view.number) ":reponse" } data-keep=(keep) {
                    input type="hidden" name="vus" value=(view.messages.len());
                    @if let Some(contact) = &view.contact { p.hint { (frame.say_with("reply-recipients", &[("to", &contact.email)])) } }
                    @if !offers.replies.is_empty() {
                        details {
                            summary.small { (say("reply-canned")) }
                            ul.small { @for (key, title) in &offers.replies {
                                li { a href={ "?modele=" (key) "#repondre" } data-insert={ "/agent/demandes/" (view.number) "/modeles/" (key) } { (title) } }
                            } }
                        }
                    }
                    (draft.at("reponse"))
                    div {
                        label.sr-only for="reponse" { (say("reply-body")) }
                        textarea.input #reponse name="corps" rows="7" aria-describedby=[draft.wrong_with("reponse").map(|_| "reponse-erreur")]
                            aria-invalid=[draft.wrong_with("reponse").map(|_| "true")] { (reply_text) }
                    }
                    div.composer__row {
                        label { (say("reply-turn")) " "
                            select.input.select name="tour" {
                                @for (value, key) in [("client", "reply-turn-customer"), ("nous", "reply-turn-us"), ("tiers", "reply-turn-vendor")] {
                                    option value=(value) selected[draft.value("reponse", "tour") == value] { (say(key)) }
                                }
                            }
                        }
                        label { input type="checkbox" name="courtoisie" value="oui" checked[draft.value("reponse", "courtoisie") == "oui"]; " " (say("compose-courtesy")) }
                        label { (say("reply-files")) " " input type="file" name="fichiers" multiple; }
                    }
                    div.actions {
                        button.btn.btn--primary { (frame.say_with("reply-send", &[("person", who)])) " " kbd { (say("page-key-send")) } }
                        (keep_button(frame, view, DraftForm::Reply))
                        span.hint.end role="status" data-draft-status=(say("compose-draft-kept")) { (kept_since(frame, view, reply)) }
                    }
                }
            }
        }
        details.composer.composer--note #noter name="ecrire" open[draft.is_of("note") || (note.is_some() && reply.is_none() && !draft.is_of("reponse"))] {
            summary { (icon("note")) span { (say("note-heading")) } " " small { (say("note-audience")) } " " kbd.end { "n" } }
            form action={ "/agent/demandes/" (view.number) "/notes" } method="post" data-draft={ (person) ":" (view.number) ":note" } data-keep=(keep) {
                (draft.at("note"))
                div {
                    label.sr-only for="note" { (say("note-heading")) }
                    textarea.input #note name="corps" rows="4" { (note_text) }
                }
                div.actions {
                    button.btn.btn--note { (icon("lock")) " " (say("note-save")) }
                    (keep_button(frame, view, DraftForm::Note))
                    span.hint.end role="status" data-draft-status=(say("compose-draft-kept")) { (kept_since(frame, view, note)) }
                }
            }
        }
    }
}

fn clocks(frame: &Frame, view: &TicketView, why_each: &[ClockExplanation]) -> Markup {
    html! {
        section aria-labelledby="echeances" {
            div.stack {
                h2 #echeances { (frame.say("request-deadlines")) }
                @if view.clocks.is_empty() { p.muted { (frame.say("ticket-no-clock")) } }
                (crate::reading::time_taken(frame, view.taken.as_ref()))
                @for (place, clock) in view.clocks.iter().enumerate() {
                    (self::clock(frame, clock))
                    @if let Some(explained) = why_each.iter().find(|explained| explained.clock == place) {
                        @if clock.reading.due_at.is_some() { (why(frame, view, explained, view.nearest == Some(place))) }
                    }
                }
            }
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

fn coverage(frame: &Frame, view: &TicketView) -> Markup {
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

fn contract(frame: &Frame, view: &TicketView) -> Markup {
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
                        dd {
                            (frame.say("ticket-period-from")) " " (day(frame, zone, contract.from))
                            @if let Some(to) = contract.to { " " (frame.say("page-to")) " " (day(frame, zone, to)) }
                        }
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

fn contact(frame: &Frame, view: &TicketView) -> Markup {
    html! {
        details.fold open {
            summary { (view.requester) }
            dl.facts {
                @match &view.contact {
                    Some(contact) => {
                        dt { (frame.say("request-contact-address")) } dd { a href={ "mailto:" (contact.email) } { (contact.email) } }
                        @if let Some(zone) = &contact.zone {
                            dt { (frame.say("request-contact-time")) }
                            dd { time datetime=(crate::reading::datetime(frame.now, zone)) {
                                (frame.say_with("request-contact-time-in", &[("time", &wall(zone, frame)), ("city", &words::city_of(zone, frame.language))]))
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

fn wall(zone: &calendar::Zone, frame: &Frame) -> String {
    let time = zone.local(frame.now).time;
    format!("{:02}:{:02}", time.hour(), time.minute())
}

fn known(frame: &Frame, view: &TicketView) -> Markup {
    let parameter =
        |name: &str| view.contract.as_ref().is_some_and(|contract| contract.parameters.get(name).is_some());
    let facts: Vec<_> = view.facts.iter().filter(|(name, _)| !parameter(name.as_str())).collect();
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

fn deliveries(frame: &Frame, view: &TicketView) -> Markup {
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

pub(crate) fn delivery_kind(frame: &Frame, kind: &str) -> String {
    let key = format!("delivery-kind-{}", kind.replace('_', "-"));
    if words::has_text(frame.language, &key) {
        words::text(frame.language, &key).into_owned()
    } else {
        kind.replace('_', " ")
    }
}
