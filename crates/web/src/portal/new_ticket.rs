//! Asking for help: what happens, then what is promised, then sending.

use crate::draft::{Draft, Field, Wrong};
use crate::error::{Fault, explain, status};
use crate::fact_field::{choices, settable, suggestions};
use crate::fields::FIELD;
use crate::happening::fact_label;
use crate::icon::icon;
use crate::page::{Frame, Head, Place};
use crate::reading::{ICONS, clause, phrase};
use crate::state::Web;
use crate::submission::{FACT, Submission};
use crate::viewer::Customer;
use crate::workspace::ticket::context::reasons;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use desk::Right;
use maud::{Markup, html};
use operations::{
    AccountRecord, AdvisedWay, ClockView, CustomField, Failure, NewRequest, Preview, RequiredBy,
    open_ticket_unshown, own_accounts, preview_ticket,
};
use terms::{FactRule, FactType, Terms, Verdict};

const FORM: &str = "demande";

/// `GET /portal/demandes/nouvelle`.
pub(crate) async fn show(State(web): State<Web>, customer: Customer) -> Result<Response, Fault> {
    let accounts = accounts(&web, &customer).await?;
    let own = own_fields(&web, &customer).await?;
    let preview = preview(&web, &customer, &NewRequest::default()).await?;
    Ok(form_page(&customer.frame, &preview, &accounts, &own, &Draft::default()).into_response())
}

/// `POST /portal/demandes/verifier`: shows what the agreement promises; writes nothing.
pub(crate) async fn check(
    State(web): State<Web>,
    customer: Customer,
    submission: Submission,
) -> Result<Response, Fault> {
    let frame = &customer.frame;
    let accounts = accounts(&web, &customer).await?;
    let own = own_fields(&web, &customer).await?;
    let basis = preview(&web, &customer, &basis(&submission)).await?;
    let wrong = missing(frame, &submission, &own);
    if !wrong.is_empty() || !submission.get("modifier").is_empty() {
        let code = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let wrong = if submission.get("modifier").is_empty() { wrong } else { Vec::new() };
        let draft = Draft { form: FORM, values: submission.fields, wrong };
        return Ok((code, form_page(frame, &basis, &accounts, &own, &draft)).into_response());
    }
    let preview = preview(&web, &customer, &asked(&submission, &basis.terms)).await?;
    Ok(check_page(frame, &preview, &accounts, &own, &submission).into_response())
}

/// `POST /portal/demandes`.
pub(crate) async fn open(
    State(web): State<Web>,
    customer: Customer,
    submission: Submission,
) -> Result<Response, Fault> {
    let frame = &customer.frame;
    let accounts = accounts(&web, &customer).await?;
    let own = own_fields(&web, &customer).await?;
    let basis = preview(&web, &customer, &basis(&submission)).await?;
    let wrong = missing(frame, &submission, &own);
    let mut new = asked(&submission, &basis.terms);
    let draft = |wrong| Draft { form: FORM, values: submission.fields.clone(), wrong };
    if !wrong.is_empty() {
        return Ok((
            StatusCode::UNPROCESSABLE_ENTITY,
            form_page(frame, &basis, &accounts, &own, &draft(wrong)),
        )
            .into_response());
    }
    new.idempotency_key = submission.given("cle");
    let fields = submission.fields.clone();
    new.files = submission.files;
    match open_ticket_unshown(&web.environment, &customer.viewer, new).await {
        Ok(done) => Ok(Redirect::to(&format!("/portal/demandes/{}", done.number)).into_response()),
        Err(failure @ (Failure::Invalid { .. } | Failure::Refused(_))) => {
            let wrong = vec![Wrong { field: "objet".to_owned(), message: explain(frame, &failure) }];
            let draft = Draft { form: FORM, values: fields, wrong };
            Ok((status(&failure), form_page(frame, &basis, &accounts, &own, &draft)).into_response())
        }
        Err(failure) => Err(frame.fault(failure)),
    }
}

/// The accounts for which the viewer may ask.
async fn accounts(web: &Web, customer: &Customer) -> Result<Vec<AccountRecord>, Fault> {
    let accounts = own_accounts(&web.environment, &customer.viewer, Right::Open).await;
    accounts.map_err(|failure| customer.frame.fault(failure))
}

/// A request of which only the account is known: by it the agreement is, and what it asks for.
fn basis(submission: &Submission) -> NewRequest {
    NewRequest { account: submission.given("client"), ..NewRequest::default() }
}

async fn preview(web: &Web, customer: &Customer, new: &NewRequest) -> Result<Preview, Fault> {
    let new = NewRequest { channel: "portal".to_owned(), ..new.clone() };
    preview_ticket(&web.environment, &customer.viewer, &new)
        .await
        .map_err(|failure| customer.frame.fault(failure))
}

fn asked(submission: &Submission, terms: &Terms) -> NewRequest {
    NewRequest {
        account: submission.given("client"),
        channel: "portal".to_owned(),
        subject: submission.get("objet").to_owned(),
        body: submission.get("corps").to_owned(),
        facts: submission.facts(terms),
        fields: crate::fields::values(submission),
        ..NewRequest::default()
    }
}

/// The desk's own fields that the viewer fills.
async fn own_fields(web: &Web, customer: &Customer) -> Result<Vec<CustomField>, Fault> {
    let own = crate::fields::for_opening(web, &customer.viewer).await;
    own.map_err(|failure| customer.frame.fault(failure))
}

fn missing(frame: &Frame, submission: &Submission, own: &[CustomField]) -> Vec<Wrong> {
    let wanted = own.iter().filter(|field| field.required == Some(RequiredBy::Opening));
    let empty = wanted.filter(|field| submission.get(&format!("{FIELD}{}", field.key)).is_empty());
    let of_fields = empty.map(|field| Wrong {
        field: format!("{FIELD}{}", field.key),
        message: frame.say_with("refusal-needs", &[("what", field.label(frame.language))]),
    });
    [("objet", "portal-new-error-subject"), ("corps", "portal-new-error-body")]
        .into_iter()
        .filter(|(field, _)| submission.get(field).is_empty())
        .map(|(field, key)| Wrong { field: field.to_owned(), message: frame.say(key).to_owned() })
        .chain(of_fields)
        .collect()
}

/// Facts that the customer is asked for.
fn asked_of_customer(rule: &FactRule) -> bool {
    settable(rule) && rule.from == "customer"
}

fn named(accounts: &[AccountRecord]) -> Vec<(String, String)> {
    accounts.iter().map(|account| (account.key.clone(), account.name.clone())).collect()
}

fn steps(frame: &Frame, second: bool) -> Markup {
    html! {
        nav.gap-top aria-label=(frame.say("portal-new-steps")) {
            ol.steps {
                @if second {
                    li { (icon("met")) span { "1. " (frame.say("portal-new-step-describe")) } }
                    li aria-current="step" { "2. " (frame.say("portal-new-step-check")) }
                } @else {
                    li aria-current="step" { "1. " (frame.say("portal-new-step-describe")) }
                    li { "2. " (frame.say("portal-new-step-check")) }
                }
            }
        }
    }
}

/// The first step: what happens.
pub(crate) fn form_page(
    frame: &Frame,
    basis: &Preview,
    accounts: &[AccountRecord],
    own: &[CustomField],
    draft: &Draft,
) -> Markup {
    let terms = &basis.terms;
    let title = frame.say("portal-new-step-describe");
    let icons = [&ICONS[..], &["plus"]].concat();
    let head =
        Head { title, place: Place::NewRequest, number: None, wrong: !draft.wrong.is_empty(), icons: &icons };
    let person = frame.person.as_ref().map_or("", |person| person.id.as_str());
    let subject = Field {
        form: FORM,
        id: "objet",
        name: "objet",
        label: frame.say("portal-new-subject"),
        hint: Some(frame.say("portal-new-subject-hint")),
        required: true,
    };
    let body = Field {
        form: FORM,
        id: "corps",
        name: "corps",
        label: frame.say("portal-new-body"),
        hint: Some(frame.say("portal-new-body-hint")),
        required: true,
    };
    frame.page(
        &head,
        html! {
            main.wrap.wrap--narrow #contenu tabindex="-1" {
                (steps(frame, false))
                (draft.summary(frame))
                h1.gap-top { (title) }
                (look_first(frame, basis))
                @for way in &basis.advised { p.hint { (advised(frame, way)) } }
                form.form.gap-top action="/portal/demandes/verifier" method="post" data-draft={ (person) ":demande" } {
                    @if accounts.len() > 1 {
                        (Field { form: FORM, id: "client", name: "client", label: frame.say("portal-which-account"), hint: None, required: true }
                            .choice(draft, &named(accounts), &accounts[0].key))
                    }
                    (subject.line(draft, "text", Some("off")))
                    (body.lines(draft, 8))
                    @for rule in terms.facts.iter().filter(|rule| asked_of_customer(rule)) {
                        @let id = format!("fait-{}", rule.name);
                        @let name = format!("{FACT}{}", rule.name);
                        @let label = fact_label(frame, terms, rule.name.as_str());
                        @let field = Field { form: FORM, id: &id, name: &name, label: &label, hint: None, required: false };
                        @match choices(frame, rule) {
                            Some(choices) => { (field.choice(draft, &choices, "")) }
                            None if rule.kind == FactType::Words => { (field.lines(draft, 2)) }
                            None => { (field.suggested(draft, &suggestions(terms, rule))) }
                        }
                    }
                    (crate::fields::asked_at_opening(frame, own, &draft.values))
                    div.actions {
                        button.btn.btn--primary { (frame.say("portal-new-continue")) }
                        span.hint role="status" data-draft-status=(frame.say("compose-draft-kept")) {}
                    }
                }
            }
        },
    )
}

/// The second step: what the agreement promises, then sending.
pub(crate) fn check_page(
    frame: &Frame,
    preview: &Preview,
    accounts: &[AccountRecord],
    own: &[CustomField],
    submission: &Submission,
) -> Markup {
    let title = frame.say("portal-new-step-check");
    let icons = [&ICONS[..], &["plus", "unknown"]].concat();
    let head = Head { title, place: Place::NewRequest, number: None, wrong: false, icons: &icons };
    let rows: Vec<(String, String)> = preview
        .terms
        .facts
        .iter()
        .filter(|rule| asked_of_customer(rule))
        .filter_map(|rule| {
            let value = submission.get(&format!("{FACT}{}", rule.name)).to_owned();
            let shown = match &rule.kind {
                _ if value.is_empty() => return None,
                FactType::OneOf(_) | FactType::YesNo => choices(frame, rule)?
                    .into_iter()
                    .find(|(name, _)| *name == value)
                    .map_or(value, |(_, label)| label),
                _ => value,
            };
            Some((fact_label(frame, &preview.terms, rule.name.as_str()), shown))
        })
        .chain(own.iter().filter_map(|field| {
            let value = submission.given(&format!("{FIELD}{}", field.key))?;
            Some((
                field.label(frame.language).to_owned(),
                crate::fields::written_in_words(frame, field, value),
            ))
        }))
        .collect();
    let hidden = html! {
        @for (name, value) in submission.fields.iter().filter(|(name, _)| name != "cle") { input type="hidden" name=(name) value=(value); }
    };
    let line = |label: &str, value: &str| {
        html! { div { dt { (label) } dd.body { (value) } dd { button.plain form="modifier-demande" { (frame.say("portal-new-change")) span.sr-only { " " (label) } } } } }
    };
    frame.page(
        &head,
        html! {
            main.wrap.wrap--narrow #contenu tabindex="-1" {
                (steps(frame, true))
                h1.gap-top { (title) }
                (pledge(frame, preview))
                @for way in preview.advised.iter().filter(|_| is_urgent(&preview.terms, submission)) { p.banner { (advised(frame, way)) } }
                form #modifier-demande action="/portal/demandes/verifier" method="post" {
                    input type="hidden" name="modifier" value="oui";
                    (hidden)
                }
                form action="/portal/demandes" method="post" enctype="multipart/form-data" {
                    (hidden)
                    input type="hidden" name="cle" value=(key_of(frame, submission));
                    section.section aria-labelledby="resume" {
                        h2 #resume { (frame.say("portal-new-yours")) }
                        dl.facts.facts--lined {
                            @if let Some(account) = accounts.iter().find(|account| accounts.len() > 1 && account.key == submission.get("client")) {
                                (line(frame.say("portal-which-account"), &account.name))
                            }
                            (line(frame.say("portal-new-subject"), submission.get("objet")))
                            (line(frame.say("portal-new-body"), submission.get("corps")))
                            @for (label, value) in &rows { (line(label, value)) }
                        }
                    }
                    section.section aria-labelledby="couvert" {
                        h2 #couvert { (frame.say("request-coverage")) }
                        p { (frame.say(match preview.coverage.verdict {
                            Verdict::Covered => "portal-new-covered",
                            Verdict::NotCovered => "portal-new-not-covered",
                            Verdict::NeedsJudgement => "portal-new-needs-judgement",
                        })) }
                        details.fold.fold--link { summary { (frame.say("new-reasons")) } (reasons(frame, &preview.coverage)) }
                    }
                    section.section aria-labelledby="pieces" {
                        h2 #pieces { (frame.say("portal-new-files")) }
                        div.field {
                            label.sr-only for="fichiers" { (frame.say("reply-files")) }
                            input.input #fichiers name="fichiers" type="file" multiple;
                        }
                    }
                    div.actions.gap-top { button.btn.btn--primary { (frame.say("portal-new-send")) } }
                }
            }
        },
    )
}

/// A key that makes two copies of one sending a single request.
fn key_of(frame: &Frame, submission: &Submission) -> String {
    use sha2::{Digest, Sha256};
    let mut digest = Sha256::new();
    digest.update(frame.now.milliseconds().to_be_bytes());
    for (name, value) in &submission.fields {
        digest.update(name.as_bytes());
        digest.update(value.as_bytes());
    }
    if let Some(person) = &frame.person {
        digest.update(person.id.as_bytes());
    }
    let bytes = digest.finalize();
    let head: [u8; 16] = bytes[..16].try_into().expect("a SHA-256 digest has 32 bytes");
    format!("portal-{:032x}", u128::from_be_bytes(head))
}

fn pledge(frame: &Frame, preview: &Preview) -> Markup {
    let owed: Vec<&ClockView> =
        preview.clocks.iter().filter(|clock| clock.reading.stopped.is_none()).collect();
    html! {
        section.pledge.gap-top aria-labelledby="promis" {
            h2 #promis { (frame.say("portal-new-promises")) }
            @if owed.is_empty() { p { (frame.say("portal-new-no-promise")) } }
            dl {
                @for clock in owed { (promised(frame, clock)) }
            }
            p.small {
                (frame.say("new-reckoned")) " "
                (crate::reading::moment(frame, &preview.terms.zone, preview.now)) "."
            }
        }
    }
}

/// Where the agreement proposes to look before asking; nobody has to.
fn look_first(frame: &Frame, basis: &Preview) -> Markup {
    html! {
        @for step in &basis.look_first {
            section.section aria-label=(frame.say("look-first")) {
                p {
                    b { (frame.say("look-first")) (frame.say("page-colon")) } " " (step.label.text(frame.language.tag())) ". "
                    (clause(frame, &step.clause))
                }
                @if !step.places.is_empty() {
                    ul { @for (label, place) in &step.places {
                        @let label = label.text(frame.language.tag());
                        li {
                            @if place.starts_with("https://") || place.starts_with("http://") {
                                a href=(place) rel="noreferrer" { (label) }
                            } @else { (label) ", " (place) }
                        }
                    } }
                }
                p.small.muted { (frame.say("look-first-skip")) }
            }
        }
    }
}

/// A way in that the agreement advises.
fn advised(frame: &Frame, way: &AdvisedWay) -> Markup {
    let name = words::channel_name(frame.language, &way.channel);
    html! {
        @match &way.contact {
            Some(contact) => { (frame.say_with("advised-way-at", &[("way", &name), ("contact", contact)])) }
            None => { (frame.say_with("advised-way", &[("way", &name)])) }
        }
        " " (clause(frame, &way.clause))
    }
}

/// Whether the gravest of the severities was chosen: documents name them in order.
fn is_urgent(terms: &Terms, submission: &Submission) -> bool {
    let severity = terms.fact("severity").map(|rule| &rule.kind);
    let Some(FactType::OneOf(values)) = severity else { return false };
    values.first().is_some_and(|first| first.name == submission.get(&format!("{FACT}severity")))
}

fn promised(frame: &Frame, clock: &ClockView) -> Markup {
    let reading = &clock.reading;
    let said = words::state_in_words(&frame.reader(), reading, &clock.zone, frame.now);
    let name = words::promise_name(frame.language, &reading.promise, &reading.label);
    html! {
        div.deadline {
            dt { (name) ", " (words::strength_in_words(frame.language, reading.strength)) }
            dd.deadline__say.deadline__say--big { (phrase(&said)) }
            dd.small.muted {
                @if let Some(target) = &reading.target { (words::span_in_words(frame.language, target)) ". " }
                (clause(frame, &reading.clause))
            }
        }
    }
}
