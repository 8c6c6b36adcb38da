//! The journal, for whoever administers: who did what, when and from where, refusals included.

use crate::csv::{Table, line};
use crate::error::Fault;
use crate::page::{Frame, Head, Place};
use crate::reading::moment;
use crate::state::Web;
use crate::viewer::Agent;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use operations::{JournalRow, read_journal};
use serde::Deserialize;
use std::borrow::Cow;

/// Rows of a page, and those of an export that are read at once.
const ROWS: u32 = 100;
const EXPORTED: u32 = 1_000;

/// What the address of the journal may say.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Sought {
    #[serde(default)]
    suite: String,
}

/// `GET /admin/journal`.
pub(crate) async fn show(
    State(web): State<Web>,
    agent: Agent,
    Query(sought): Query<Sought>,
) -> Result<Response, Fault> {
    let before = Some(sought.suite.as_str()).filter(|cursor| !cursor.is_empty());
    let rows = read_journal(&web.environment, &agent.viewer, before, ROWS)
        .await
        .map_err(|failure| agent.frame.fault(failure))?;
    Ok(page(&agent.frame, &rows).into_response())
}

/// `GET /admin/journal.csv`: all of it, the latest first, for a spreadsheet; read while it is handed over.
pub(crate) async fn export(State(web): State<Web>, agent: Agent) -> Result<Response, Fault> {
    let first = read_journal(&web.environment, &agent.viewer, None, EXPORTED)
        .await
        .map_err(|failure| agent.frame.fault(failure))?;
    let (environment, viewer) = (web.environment.clone(), agent.viewer);
    let file = Table {
        name: "journal.csv",
        columns: "at,person,deed,object,outcome,network",
        lines,
        cursor: |rows: &Vec<JournalRow>| {
            rows.last().filter(|_| rows.len() == EXPORTED as usize).map(|row| row.cursor.clone())
        },
    };
    Ok(file.hand_over(first, move |cursor| {
        let (environment, viewer) = (environment.clone(), viewer.clone());
        async move { read_journal(&environment, &viewer, Some(&cursor), EXPORTED).await }
    }))
}

fn lines(rows: &Vec<JournalRow>) -> String {
    let mut text = String::new();
    for row in rows {
        let at = row.at.to_string();
        text += &line([
            &at,
            row.person.as_deref().unwrap_or(""),
            &row.deed,
            &row.object,
            &row.outcome,
            &row.network,
        ]);
    }
    text
}

fn page(frame: &Frame, rows: &[JournalRow]) -> Markup {
    let title = frame.say("journal-title");
    let head = Head { title, place: Place::Journal, number: None, wrong: false, icons: &[] };
    let zone = &frame.home;
    frame.page(
        &head,
        html! {
            main.shell #contenu tabindex="-1" {
                div.head {
                    h1 { (title) }
                    a.btn href="/admin/historique" { (frame.say("changes-title")) }
                    a.btn href="/admin/consultations" { (frame.say("looks-title")) }
                    a.btn href="/admin/journal.csv" { (frame.say("journal-export")) }
                }
                (frame.times())
                p.muted { (frame.say("journal-what")) }
                @if rows.is_empty() { p.gap-top { (frame.say("journal-empty")) } }
                ul.requests {
                    @for row in rows {
                        li {
                            (moment(frame, zone, row.at))
                            div {
                                p {
                                    b { (row.person.as_deref().unwrap_or(frame.say("journal-nobody"))) } " "
                                    (frame.say(match row.outcome.as_str() {
                                        "done" => "journal-done",
                                        "refused" => "journal-refused",
                                        _ => "journal-failed",
                                    }))
                                    " " (deed_in_words(frame, &row.deed))
                                }
                                p.small.muted { code { (row.object) } @if !row.network.is_empty() { " · " (row.network) } }
                            }
                        }
                    }
                }
                @if let Some(last) = rows.last().filter(|_| rows.len() == ROWS as usize) {
                    (frame.next_page(html! { "/admin/journal?suite=" (last.cursor) }))
                }
            }
        },
    )
}

/// A deed as people call it; one that the catalogue does not know yet is shown as it is stored.
fn deed_in_words(frame: &Frame, deed: &str) -> String {
    let key = format!("deed-{deed}");
    words::known_text(frame.language, &key).map_or_else(|| deed.to_owned(), Cow::into_owned)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_deed_has_words() {
        let names = desk::Right::all().map(|(right, _)| right.name()).chain([
            "sign_in",
            "person_made",
            "person_changed",
            "person_invited",
            "second_factor_reset",
            "sessions_ended",
            "team_changed",
        ]);
        for name in names {
            for language in [words::Language::French, words::Language::English] {
                assert!(words::has_text(language, &format!("deed-{name}")), "{name}");
            }
        }
    }
}
