//! What is kept of one customer, for whoever answers for it: handing it over, destroying it, and the certificate.

use crate::error::{Fault, explain, status};
use crate::page::{Frame, Head, Place};
use crate::privacy::archive;
use crate::reading::{days, moment};
use crate::state::Web;
use crate::submission::Submission;
use crate::viewer::{Agent, Visitor, encode};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use calendar::Zone;
use desk::AccountId;
use maud::{Markup, html};
use operations::{
    AccountPrivacy, DestructionAsked, DestructionReport, DestructionRow, Failure, Stays, Viewer,
    account_for_privacy, destroy_account, export_account, list_destructions,
};

/// `GET /admin/vie-privee/comptes/{account}`.
pub(crate) async fn show(
    State(web): State<Web>,
    agent: Agent,
    Path(key): Path<String>,
) -> Result<Response, Fault> {
    let account = account_for_privacy(&web.environment, &agent.viewer, &key).await;
    let account = account.map_err(|failure| agent.frame.fault(failure))?;
    Ok(page(&agent.frame, &account, None).into_response())
}

/// `POST /admin/vie-privee/comptes/{account}/{act}`.
pub(crate) async fn act(
    State(web): State<Web>,
    agent: Agent,
    visitor: Visitor,
    Path((key, act)): Path<(String, String)>,
    submission: Submission,
) -> Result<Response, Fault> {
    let fault = |failure| agent.frame.fault(failure);
    let account = account_for_privacy(&web.environment, &agent.viewer, &key).await.map_err(fault)?;
    let token = visitor.token;
    let failure = match act.as_str() {
        "exporter" => match export_account(&web.environment, &agent.viewer, token.as_deref(), &key).await {
            Ok(export) => return Ok(archive(export)),
            Err(failure) => failure,
        },
        "detruire" => {
            let asked = DestructionAsked {
                confirm: submission.get("cle").to_owned(),
                close_requests: submission.get("clore") == "oui",
                end_contracts: submission.get("terminer") == "oui",
            };
            match destroy(&web, agent.viewer.clone(), token, key, asked).await {
                Ok(report) => return Ok(destroyed_page(&agent.frame, &report).into_response()),
                Err(failure) => failure,
            }
        }
        _ => Failure::NotFound { what: "act" },
    };
    match failure {
        failure @ Failure::Invalid { .. } => {
            let wrong = explain(&agent.frame, &failure);
            Ok((status(&failure), page(&agent.frame, &account, Some(&wrong))).into_response())
        }
        failure => Err(fault(failure)),
    }
}

/// Destroys an account, to the end even where nobody waits for the answer any more.
pub(crate) async fn destroy(
    web: &Web,
    viewer: Viewer,
    token: Option<String>,
    key: String,
    asked: DestructionAsked,
) -> Result<DestructionReport, Failure> {
    let environment = web.environment.clone();
    let done =
        tokio::spawn(
            async move { destroy_account(&environment, &viewer, token.as_deref(), &key, &asked).await },
        );
    done.await.map_err(|panicked| Failure::Panicked { said: panicked.to_string() })?
}

/// `GET /admin/vie-privee/certificats/{id}`.
pub(crate) async fn certificate(
    State(web): State<Web>,
    agent: Agent,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let fault = |failure| agent.frame.fault(failure);
    let rows = list_destructions(&web.environment, &agent.viewer).await.map_err(fault)?;
    let id: Option<AccountId> = id.parse().ok();
    let row = rows.iter().find(|row| Some(row.account) == id && row.certificate.is_some());
    let row = row.ok_or_else(|| fault(Failure::NotFound { what: "certificate" }))?;
    Ok(certificate_page(&agent.frame, row).into_response())
}

/// The customers that were destroyed, for the page of privacy.
pub(crate) fn destructions(frame: &Frame, zone: &Zone, rows: &[DestructionRow]) -> Markup {
    html! {
        h2.gap-top { (frame.say("privacy-destructions")) }
        @if rows.is_empty() { p { (frame.say("privacy-no-erasures")) } }
        ul.requests {
            @for row in rows {
                li {
                    (moment(frame, zone, row.at))
                    div {
                        p {
                            @if row.certificate.is_some() {
                                a href={ "/admin/vie-privee/certificats/" (row.account) } { code { (row.account) } }
                            } @else { code { (row.account) } }
                            " "
                            b { (frame.say(match (&row.certificate, row.scrubbed_at) {
                                (None, _) => "privacy-under-way",
                                (Some(_), None) => "privacy-done",
                                (Some(_), Some(_)) => "privacy-scrubbed",
                            })) }
                        }
                        p.small.muted { (row.asked_by.as_deref().unwrap_or(frame.say("privacy-by-operator"))) }
                    }
                }
            }
        }
    }
}

/// The page of one customer.
pub(crate) fn page(frame: &Frame, account: &AccountPrivacy, wrong: Option<&str>) -> Markup {
    let title = frame.say("privacy-account");
    let head = Head { title, place: Place::Privacy, number: None, wrong: wrong.is_some(), icons: &["late"] };
    let zone = &frame.home;
    let path = format!("/admin/vie-privee/comptes/{}", encode(&account.key));
    frame.page(
        &head,
        html! {
            main.shell #contenu tabindex="-1" {
                p.gap-top { a href="/admin/vie-privee" { (frame.say("privacy-title")) } }
                div.head { h1 { (account.name) } }
                p.small.muted { code { (account.key) } " · " code { (account.id) } }
                h2.gap-top { (frame.say("privacy-account-export")) }
                p { (frame.say("privacy-account-export-what")) }
                form action={ (path) "/exporter" } method="post" { button.btn { (frame.say("privacy-export-go")) } }
                h2.gap-top { (frame.say("privacy-account-destroy")) }
                p { (frame.say("privacy-account-destroy-what")) }
                @if account.is_under_way {
                    p { b { (frame.say("privacy-account-under-way")) } }
                } @else {
                    p { (frame.say_with("privacy-account-counts", &[
                        ("people", &account.people.to_string()),
                        ("released", &account.released.to_string()),
                    ])) }
                }
                @if let Some(wrong) = wrong {
                    p.error #cle-erreur role="alert" { (crate::icon::icon("late")) span { (wrong) } }
                }
                form.stack action={ (path) "/detruire" } method="post" {
                    @if !account.open.is_empty() && !account.is_under_way {
                        h3 { (frame.say("privacy-account-open")) }
                        ul { @for number in &account.open {
                            li { a href={ "/agent/demandes/" (encode(number)) } { (number) } }
                        } }
                        label.check { input type="checkbox" name="clore" value="oui"; " " span { (frame.say("privacy-account-close")) } }
                    }
                    @if !account.running.is_empty() && !account.is_under_way {
                        h3 { (frame.say("privacy-account-running")) }
                        ul { @for (agreement, from, to) in &account.running {
                            li { code { (agreement.key) " " (agreement.version) } " " (days(frame, zone, *from, *to)) }
                        } }
                        label.check { input type="checkbox" name="terminer" value="oui"; " " span { (frame.say("privacy-account-end")) } }
                    }
                    div.field {
                        label.label for="cle" { (frame.say_with("privacy-account-confirm", &[("key", &account.key)])) }
                        input.input #cle name="cle" autocomplete="off" required
                            aria-invalid=[wrong.map(|_| "true")] aria-describedby=[wrong.map(|_| "cle-erreur")];
                    }
                    div.actions { button.btn.btn--primary { (frame.say("privacy-account-destroy-go")) } }
                }
            }
        },
    )
}

/// What a destruction came to.
pub(crate) fn destroyed_page(frame: &Frame, report: &DestructionReport) -> Markup {
    let title = frame.say("privacy-destroyed");
    let head = Head { title, place: Place::Privacy, number: None, wrong: false, icons: &[] };
    let DestructionReport { certificate, line, mentions, entries } = report;
    frame.page(
        &head,
        html! {
            main.shell #contenu tabindex="-1" {
                p.gap-top { a href="/admin/vie-privee" { (frame.say("privacy-title")) } }
                div.head { h1 role="status" { (title) } }
                p { a href={ "/admin/vie-privee/certificats/" (certificate.account) } { (frame.say("privacy-certificate")) } }
                (told(frame, certificate, line, None))
                @if !mentions.is_empty() {
                    h2.gap-top { (frame.say("privacy-mentions")) }
                    p { (frame.say("privacy-account-mentions-what")) }
                    ul { @for number in mentions {
                        li { a href={ "/agent/demandes/" (encode(number)) } { (number) } }
                    } }
                }
                @if !entries.is_empty() {
                    h2.gap-top { (frame.say("privacy-entries")) }
                    p { (frame.say("privacy-account-entries-what")) }
                    ul { @for entry in entries { li { code { (entry) } } } }
                }
            }
        },
    )
}

/// The page of a certificate.
pub(crate) fn certificate_page(frame: &Frame, row: &DestructionRow) -> Markup {
    let title = frame.say("privacy-certificate");
    let head = Head { title, place: Place::Privacy, number: None, wrong: false, icons: &[] };
    let by = row.asked_by.as_deref().unwrap_or(frame.say("privacy-by-operator"));
    frame.page(
        &head,
        html! {
            main.shell #contenu tabindex="-1" {
                p.gap-top { a href="/admin/vie-privee" { (frame.say("privacy-title")) } }
                div.head { h1 { (title) } }
                @if let Some((certificate, line)) = &row.certificate { (told(frame, certificate, line, Some(by))) }
            }
        },
    )
}

/// A certificate in words, with its line.
fn told(frame: &Frame, certificate: &operations::Certificate, line: &str, by: Option<&str>) -> Markup {
    let zone = &frame.home;
    let went = &certificate.destroyed;
    let say = |key: &str, values: &[(&str, u64)]| {
        let values: Vec<(&str, String)> =
            values.iter().map(|(name, count)| (*name, count.to_string())).collect();
        let values: Vec<(&str, &str)> = values.iter().map(|(name, count)| (*name, count.as_str())).collect();
        frame.say_with(key, &values)
    };
    html! {
        (frame.times())
        dl {
            dt { (frame.say("privacy-certificate-of")) } dd { code { (certificate.account) } }
            dt { (frame.say("privacy-certificate-asked")) } dd { (moment(frame, zone, certificate.asked_at)) }
            dt { (frame.say("privacy-certificate-done")) } dd { (moment(frame, zone, certificate.done_at)) }
            @if let Some(by) = by { dt { (frame.say("privacy-certificate-by")) } dd { (by) } }
        }
        h2.gap-top { (frame.say("privacy-certificate-went")) }
        ul {
            li { (say("privacy-certificate-requests", &[
                ("requests", went.requests), ("closed", went.closed), ("texts", went.texts), ("files", went.files),
            ])) }
            li { (say("privacy-certificate-people", &[("people", went.people), ("released", went.released)])) }
            li { (say("privacy-certificate-contracts", &[
                ("contracts", went.contracts), ("ended", went.ended), ("entries", went.entries),
            ])) }
        }
        h2.gap-top { (frame.say("privacy-certificate-stays")) }
        ul { @for what in &certificate.stays { li { (frame.say(match what {
            Stays::Log => "privacy-stays-log",
            Stays::Contract => "privacy-stays-contract",
            Stays::Agreement => "privacy-stays-agreement",
            Stays::Journal => "privacy-stays-journal",
            Stays::Backup => "privacy-stays-backup",
        })) } } }
        h2.gap-top { (frame.say("privacy-certificate-line")) }
        pre { code { (line) } }
        p.small.muted { (frame.say(if line.contains('\t') { "privacy-certificate-signed" } else { "privacy-certificate-unsigned" })) }
    }
}
