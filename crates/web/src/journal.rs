//! The journal, for whoever administers: who did what, when and from where, refusals included.

use crate::error::Fault;
use crate::page::{Frame, Head, Place};
use crate::reading::moment;
use crate::state::Web;
use crate::viewer::Agent;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use calendar::Zone;
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
    let rows = futures_util::stream::unfold(Some((first, true)), move |next| {
        let (environment, viewer) = (environment.clone(), viewer.clone());
        async move {
            let (rows, is_first) = next?;
            let piece = lines(&rows, is_first);
            let Some(last) = rows.last().filter(|_| rows.len() == EXPORTED as usize) else {
                return Some((Ok(piece), None));
            };
            match read_journal(&environment, &viewer, Some(&last.cursor), EXPORTED).await {
                Ok(rows) => Some((Ok(piece), Some((rows, false)))),
                // Whoever reads it sees that it broke off.
                Err(failure) => Some((Err(std::io::Error::other(failure.to_string())), None)),
            }
        }
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"journal.csv\"")),
    ];
    Ok((headers, Body::from_stream(rows)).into_response())
}

fn lines(rows: &[JournalRow], is_first: bool) -> String {
    let mut text = String::from(if is_first { "at,person,deed,object,outcome,network\r\n" } else { "" });
    for row in rows {
        let at = row.at.to_string();
        let cells =
            [&at, row.person.as_deref().unwrap_or(""), &row.deed, &row.object, &row.outcome, &row.network];
        text.push_str(&cells.map(cell).join(","));
        text.push_str("\r\n");
    }
    text
}

/// A cell that no spreadsheet takes for a formula (CWE-1236), also where it is told to part cells at other signs than commas, as
/// it is where decimals have commas: then a cell may begin within ours.
pub(crate) fn cell(text: &str) -> String {
    let mut cell = String::with_capacity(text.len() + 2);
    cell.push('"');
    let mut begins = true;
    for sign in text.chars() {
        if begins && matches!(sign, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠')
        {
            cell.push('\'');
        }
        begins = matches!(sign, ',' | ';' | '\t' | '|' | '"' | '\r' | '\n') || begins && sign == ' ';
        cell.push(sign);
        if sign == '"' {
            cell.push(sign);
        }
    }
    cell.push('"');
    cell
}

fn page(frame: &Frame, rows: &[JournalRow]) -> Markup {
    let title = frame.say("journal-title");
    let head = Head { title, place: Place::Journal, number: None, wrong: false, icons: &[] };
    let zone = frame.zone.clone().unwrap_or_else(Zone::utc);
    frame.page(
        &head,
        html! {
            main.shell #contenu tabindex="-1" {
                div.head {
                    h1 { (title) }
                    a.btn href="/admin/consultations" { (frame.say("looks-title")) }
                    a.btn href="/admin/journal.csv" { (frame.say("journal-export")) }
                }
                p.muted { (frame.say("journal-what")) }
                @if rows.is_empty() { p.gap-top { (frame.say("journal-empty")) } }
                ul.requests {
                    @for row in rows {
                        li {
                            (moment(frame, &zone, row.at))
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
                    nav.pager aria-label=(frame.say("page-pages")) {
                        a href={ "/admin/journal?suite=" (last.cursor) } rel="next" { (frame.say("list-more")) }
                    }
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
    use super::cell;

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

    #[test]
    fn no_cell_is_a_formula_and_none_breaks_out() {
        for (text, expected) in [
            ("Noé", "\"Noé\""),
            ("=1+1", "\"'=1+1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("+33 1", "\"'+33 1\""),
            ("-1", "\"'-1\""),
            ("＝1+1", "\"'＝1+1\""),
            ("\t=1", "\"'\t'=1\""),
            ("\r\n@a", "\"'\r'\n'@a\""),
            (" =1", "\" '=1\""),
            ("a\",=1", "\"a\"\",'=1\""),
            ("Mozilla; =cmd|'/C calc'!A0", "\"Mozilla; '=cmd|'/C calc'!A0\""),
            ("a-b=c, d", "\"a-b=c, d\""),
        ] {
            assert_eq!(cell(text), expected);
        }
    }
}
