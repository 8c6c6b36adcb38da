//! The agent's page of a request: the thread, the acts, and what the agreement says about it.

pub(super) mod acts;
pub(crate) mod context;

use crate::door::NamedDeed;
use crate::draft::{Draft, Wrong};
use crate::error::{Fault, explain, status};
use crate::happening::{by_channel, fact_in_words, fact_label};
use crate::page::{Frame, Head, Place};
use crate::rating::answer_name;
use crate::reading::{ICONS, answering, clause, left, moment, nearest, phrase, turn_mark, whose_turn};
use crate::state::Web;
use crate::submission::Submission;
use crate::thread::thread;
use crate::viewer::Agent;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use calendar::Zone;
use desk::{Refusal, Turn};
use maud::{Markup, html};
use operations::{
    ClockExplanation, DraftForm, DraftsView, Failure, PersonView, Request, TicketView, command_ticket_once,
    explain_ticket, fill_reply, forget_draft, keep_draft, list_macros, list_replies, preview_time, run_macro,
    staff, view_drafts,
};
use serde::Deserialize;
use terms::{FactValue, Verdict};

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
    /// The request, or what is wrong with what was written.
    request: Result<Request, Failure>,
    /// Whether the words go to the customer, so that what came meanwhile must be read first.
    leaves: bool,
    /// Whether the form stands on the page of the other acts.
    apart: bool,
}

/// `POST /agent/demandes/{number}/{act}`.
pub(crate) async fn act(
    State(web): State<Web>,
    agent: Agent,
    Extension(deed): Extension<NamedDeed>,
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
        let key = submission.get("macro");
        let done = run_macro(&web.environment, &agent.viewer, &number, key, None, None).await;
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
    let zone = agent.frame.wall(&view.terms.zone);
    let Some(asked) = asked(&act, submission, &view, zone) else {
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
    let done = match request {
        Ok(request) => {
            deed.name(request.right());
            command_ticket_once(&web.environment, &agent.viewer, &number, request, None, None).await
        }
        Err(wrong) => Err(wrong),
    };
    match done {
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

fn asked(act: &str, submission: Submission, view: &TicketView, zone: &Zone) -> Option<Asked> {
    let text = |name: &str| submission.get(name).to_owned();
    let of =
        |form, field, request| Some(Asked { form, field, request: Ok(request), leaves: false, apart: false });
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
            Some(Asked {
                form: "reponse",
                field: "reponse",
                request: Ok(request),
                leaves: true,
                apart: false,
            })
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
        "classement" => {
            let changed = submission.facts(&view.terms);
            let changes_some = changed.iter().next().is_some();
            let facts = if changes_some { changed } else { submission.confirmed(&view.terms, &view.facts) };
            of("classement", "classement", Request::Learn { facts, consent: consent(&submission) })
        }
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
            Some(Asked {
                form: "resolution",
                field: "resolution-corps",
                request: Ok(request),
                leaves: true,
                apart: false,
            })
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
            let (form, field, request) = super::deeds::asked(act, &submission, view, zone)?;
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
                    (acts::acts(frame, view, colleagues, offers, draft))
                    section.gap-top aria-labelledby="fil" {
                        h2.sr-only #fil { (frame.say("request-thread")) }
                        div data-live="fil" { (thread(frame, view)) }
                        (acts::composers(frame, view, offers, draft))
                    }
                }
                aside.context aria-label=(frame.say("request-context")) data-live="contexte" {
                    (context::clocks(frame, view, why))
                    (context::duties(frame, view))
                    (crate::wanted::wanted(frame, view, &format!("/agent/demandes/{}/classement", view.number)))
                    (context::coverage(frame, view))
                    (context::contract(frame, view))
                    (context::contact(frame, view))
                    (crate::fields::filled(frame, &view.fields))
                    (context::known(frame, view))
                    (context::followers(frame, view, draft))
                    (context::deliveries(frame, view))
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
        @if let Some(into) = &view.merged_into { p.banner { span { (frame.say("standing-merged")) " " (link(into)) "." } } }
        @if !view.absorbed.is_empty() {
            p.banner { span { (frame.say("standing-absorbed")) @for number in &view.absorbed { " " (link(number)) } "." } }
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
        @if let Some(until) = view.snoozed_until { p.banner { span { (frame.say("standing-snoozed")) " " (moment(frame, zone, until)) "." } } }
        @if let Some((at, by)) = &view.closes_by_silence {
            p.banner { span { (frame.say("standing-silence")) " " (moment(frame, zone, *at)) "." } (clause(frame, by)) }
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
