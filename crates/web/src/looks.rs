//! Who saw what, for whoever administers.

use crate::error::Fault;
use crate::page::{Frame, Head, Place};
use crate::reading::moment;
use crate::state::Web;
use crate::viewer::{Agent, encode};
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use calendar::{LocalDate, LocalTime, Zone};
use maud::{Markup, html};
use operations::{LookFilter, LookRow, read_looks};
use serde::Deserialize;

const ROWS: u32 = 100;

/// What the address of the page may say.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Sought {
    #[serde(default)]
    pub(crate) demande: String,
    #[serde(default)]
    pub(crate) personne: String,
    #[serde(default)]
    pub(crate) concerne: String,
    #[serde(default)]
    pub(crate) du: String,
    #[serde(default)]
    pub(crate) au: String,
    #[serde(default)]
    pub(crate) suite: String,
}

/// `GET /admin/consultations`.
pub(crate) async fn show(
    State(web): State<Web>,
    agent: Agent,
    Query(sought): Query<Sought>,
) -> Result<Response, Fault> {
    let zone = agent.viewer.zone();
    let at = |day: &str, time| Some(zone.instant_of(LocalDate::parse(day).ok()?, time));
    let filter = LookFilter {
        request: Some(sought.demande.clone()),
        person: Some(sought.personne.clone()),
        subject: Some(sought.concerne.clone()),
        after: at(&sought.du, LocalTime::MIDNIGHT),
        before: at(&sought.au, LocalTime::END_OF_DAY),
        cursor: Some(sought.suite.clone()),
        at_most: ROWS,
    };
    let rows = read_looks(&web.environment, &agent.viewer, &filter).await;
    let rows = rows.map_err(|failure| agent.frame.fault(failure))?;
    Ok(page(&agent.frame, &zone, &rows, &sought).into_response())
}

/// The page, with its times in this zone.
pub(crate) fn page(frame: &Frame, zone: &Zone, rows: &[LookRow], sought: &Sought) -> Markup {
    let title = frame.say("looks-title");
    let head = Head { title, place: Place::Journal, number: None, wrong: false, icons: &[] };
    let what = |what: &str| {
        frame.say(match what {
            "request" => "looks-request",
            "file" => "looks-file",
            "letter" => "looks-letter",
            "raw_letter" => "looks-raw_letter",
            "export" => "looks-export",
            _ => "looks-journal",
        })
    };
    frame.page(
        &head,
        html! {
            main.shell #contenu tabindex="-1" {
                p.gap-top { a href="/admin/journal" { (frame.say("journal-title")) } }
                div.head { h1 { (title) } }
                p.muted { (frame.say("looks-what")) }
                (frame.times())
                form.form.stack action="/admin/consultations" method="get" role="search" aria-label=(title) {
                    div.field {
                        label.label for="demande" { (frame.say("looks-number")) }
                        input.input #demande name="demande" value=(sought.demande) maxlength="40" autocomplete="off";
                    }
                    div.field {
                        label.label for="personne" { (frame.say("looks-person")) }
                        input.input #personne name="personne" value=(sought.personne) maxlength="320" autocomplete="off";
                    }
                    div.field {
                        label.label for="concerne" { (frame.say("looks-subject")) }
                        input.input #concerne name="concerne" value=(sought.concerne) maxlength="320" autocomplete="off";
                    }
                    div.field {
                        label.label for="du" { (frame.say("looks-from")) }
                        input.input #du name="du" type="date" value=(sought.du);
                    }
                    div.field {
                        label.label for="au" { (frame.say("looks-until")) }
                        input.input #au name="au" type="date" value=(sought.au);
                    }
                    button.btn { (frame.say("looks-find")) }
                }
                @if rows.is_empty() { p.gap-top role="status" { (frame.say("looks-none")) } }
                ul.requests {
                    @for row in rows {
                        li {
                            (moment(frame, zone, row.at))
                            div {
                                p {
                                    b { (row.name.as_deref().unwrap_or(frame.say("journal-nobody"))) } " "
                                    (what(&row.what)) " "
                                    @match row.object.split_once('/') {
                                        Some((number, _)) => a href=(frame.ticket_path(number)) { (number) },
                                        None => code { (row.object) },
                                    }
                                }
                                p.small.muted {
                                    (frame.say(if row.way == "token" { "looks-by-token" } else { "looks-by-session" }))
                                    @if !row.network.is_empty() { " · " (row.network) }
                                }
                            }
                        }
                    }
                }
                @if let Some(last) = rows.last().filter(|_| rows.len() == ROWS as usize) {
                    (frame.next_page(html! { "/admin/consultations?demande=" (encode(&sought.demande)) "&personne=" (encode(&sought.personne)) "&concerne=" (encode(&sought.concerne)) "&du=" (encode(&sought.du)) "&au=" (encode(&sought.au)) "&suite=" (encode(&last.cursor)) }))
                }
            }
        },
    )
}
