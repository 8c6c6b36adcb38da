//! What was changed of the desk's settings, for whoever administers: by whom, before and after.

use crate::error::Fault;
use crate::page::{Frame, Head, Place};
use crate::reading::moment;
use crate::state::Web;
use crate::viewer::{Agent, encode};
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use operations::{ChangeKind, ChangesWanted, SETTING_KINDS, SettingChange, SettingDifference, list_changes};
use serde::Deserialize;

const ROWS: u32 = 50;

/// What the address of the page may say.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Sought {
    /// The kind of setting.
    #[serde(default)]
    pub(crate) reglage: String,
    #[serde(default)]
    pub(crate) cle: String,
    #[serde(default)]
    pub(crate) suite: String,
}

/// `GET /admin/historique`.
pub(crate) async fn show(
    State(web): State<Web>,
    agent: Agent,
    Query(sought): Query<Sought>,
) -> Result<Response, Fault> {
    let wanted =
        ChangesWanted { kind: &sought.reglage, key: &sought.cle, cursor: &sought.suite, at_most: ROWS };
    let rows = list_changes(&web.environment, &agent.viewer, &wanted).await;
    let rows = rows.map_err(|failure| agent.frame.fault(failure))?;
    Ok(page(&agent.frame, &rows, &sought).into_response())
}

/// The page.
pub(crate) fn page(frame: &Frame, rows: &[SettingChange], sought: &Sought) -> Markup {
    let title = frame.say("changes-title");
    let head = Head { title, place: Place::Journal, number: None, wrong: false, icons: &[] };
    let zone = &frame.home;
    let kind_in_words = |kind: &str| words::text(frame.language, &format!("setting-kind-{kind}"));
    frame.page(
        &head,
        html! {
            main.shell #contenu tabindex="-1" {
                p.gap-top { a href="/admin/journal" { (frame.say("journal-title")) } }
                div.head { h1 { (title) } }
                p.muted { (frame.say("changes-what")) }
                (frame.times())
                form.form.stack action="/admin/historique" method="get" role="search" aria-label=(title) {
                    div.field {
                        label.label for="reglage" { (frame.say("changes-kind")) }
                        select.input.select #reglage name="reglage" {
                            option value="" { (frame.say("changes-all")) }
                            @for kind in SETTING_KINDS {
                                option value=(kind) selected[kind == sought.reglage] { (kind_in_words(kind)) }
                            }
                        }
                    }
                    div.field {
                        label.label for="cle" { (frame.say("changes-key")) }
                        input.input #cle name="cle" value=(sought.cle) maxlength="100" autocomplete="off";
                    }
                    button.btn { (frame.say("looks-find")) }
                }
                @if rows.is_empty() { p.gap-top role="status" { (frame.say("changes-none")) } }
                ul.requests {
                    @for row in rows {
                        li {
                            (moment(frame, zone, row.at))
                            div {
                                p {
                                    b { (row.person.as_deref().unwrap_or(frame.say("changes-itself"))) } " "
                                    (frame.say(match row.what {
                                        ChangeKind::Made => "changes-made",
                                        ChangeKind::Changed => "changes-changed",
                                        ChangeKind::Removed => "changes-removed",
                                        ChangeKind::Erased => "changes-erased",
                                    }))
                                    " " (kind_in_words(&row.kind)) " "
                                    @match &row.account {
                                        Some(account) => { (account) @if row.kind == "licence" { ", " code { (row.key) } } },
                                        None => code { (row.key) },
                                    }
                                }
                                @for difference in &row.differences { (said_otherwise(frame, difference)) }
                                p.small.muted { a href={ "/admin/historique?reglage=" (encode(&row.kind)) "&cle=" (encode(&row.key)) } {
                                    (frame.say("changes-of-this"))
                                } }
                            }
                        }
                    }
                }
                @if let Some(last) = rows.last().filter(|_| rows.len() == ROWS as usize) {
                    (frame.next_page(html! { "/admin/historique?reglage=" (encode(&sought.reglage)) "&cle=" (encode(&sought.cle)) "&suite=" (encode(&last.cursor)) }))
                }
            }
        },
    )
}

/// A part of a setting, before and after. The lines through and under are told by word too, for whoever hears the page.
fn said_otherwise(frame: &Frame, difference: &SettingDifference) -> Markup {
    html! {
        p.small.body {
            @if !difference.part.is_empty() { code { (difference.part) } " " }
            @if let Some(before) = &difference.before {
                span.sr-only { (frame.say("changes-before")) " " } del { (before) }
            }
            @if difference.before.is_some() && difference.after.is_some() { " → " }
            @if let Some(after) = &difference.after {
                span.sr-only { (frame.say("changes-after")) " " } ins { (after) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_kind_of_setting_has_words() {
        for kind in operations::SETTING_KINDS {
            for language in [words::Language::French, words::Language::English] {
                assert!(words::has_text(language, &format!("setting-kind-{kind}")), "{kind}");
            }
        }
    }
}
