//! What needs care next.

use crate::door::NamedDeed;
use crate::error::{Fault, misread};
use crate::icon::icon;
use crate::page::{Frame, Head, Place};
use crate::reading::{ICONS, due_in_row, left};
use crate::say::count;
use crate::state::Web;
use crate::submission::Submission;
use crate::viewer::{Agent, encode};
use axum::Extension;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use calendar::{LocalDate, Zone};
use desk::Turn;
use maud::{Markup, html};
use meters::ClockState;
use operations::{
    Failure, QueueFilter, QueueKind, QueueOrder, QueueRow, QueueView, Request, Viewer, command_ticket_once,
    list_tickets,
};
use serde::Deserialize;

/// Rows of a page.
const ROWS: usize = 50;

/// The saved views: name in addresses, key of their words.
const VIEWS: [(QueueKind, &str, &str); 8] = [
    (QueueKind::Team, "equipe", "view-team"),
    (QueueKind::Mine, "moi", "view-mine"),
    (QueueKind::Unassigned, "libres", "view-unassigned"),
    (QueueKind::Missed, "manquees", "view-missed"),
    (QueueKind::Waiting, "attente", "view-waiting"),
    (QueueKind::Snoozed, "reportees", "view-snoozed"),
    (QueueKind::ToTakeOver, "reprendre", "view-to-take-over"),
    (QueueKind::All, "toutes", "view-all"),
];

/// What the address of the queue may say.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Sought {
    #[serde(default)]
    pub(crate) vue: String,
    #[serde(default)]
    pub(crate) q: String,
    #[serde(default)]
    pub(crate) suite: String,
    #[serde(default)]
    pub(crate) fait: String,
}

impl Sought {
    fn kind(&self) -> QueueKind {
        match self.vue.as_str() {
            "team" => QueueKind::Team,
            "mine" => QueueKind::Mine,
            "unassigned" => QueueKind::Unassigned,
            "missed" => QueueKind::Missed,
            "waiting" => QueueKind::Waiting,
            "snoozed" => QueueKind::Snoozed,
            "to_take_over" => QueueKind::ToTakeOver,
            "all" => QueueKind::All,
            other => {
                VIEWS.iter().find(|(_, name, _)| *name == other).map_or(QueueKind::Team, |(kind, ..)| *kind)
            }
        }
    }
}

/// `GET /agent`.
pub(crate) async fn show(
    State(web): State<Web>,
    agent: Agent,
    Query(sought): Query<Sought>,
) -> Result<Response, Fault> {
    let text = Some(sought.q.clone()).filter(|text| !text.trim().is_empty());
    let is_plain_all = sought.kind() == QueueKind::All && text.is_none();
    let filter = QueueFilter {
        view: sought.kind(),
        text,
        order: is_plain_all.then_some(QueueOrder::Updated),
        cursor: Some(sought.suite.clone()).filter(|cursor| !cursor.is_empty()),
        limit: ROWS,
        account: None,
    };
    let fault = |failure| agent.frame.fault(failure);
    match list_tickets(&web.environment, &agent.viewer, &filter).await {
        Ok(view) => Ok(page(&agent.frame, &view, &sought, None).into_response()),
        Err(Failure::Search(problem)) => {
            let view = nothing_found(&web, &agent.viewer, &filter).await.map_err(fault)?;
            let wrong = misread(&agent.frame, &problem);
            let page = page(&agent.frame, &view, &sought, Some(&wrong));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(failure) => Err(fault(failure)),
    }
}

/// A list around a search that cannot be understood.
pub(crate) async fn nothing_found(
    web: &Web,
    viewer: &Viewer,
    filter: &QueueFilter,
) -> Result<QueueView, Failure> {
    let filter = QueueFilter { text: None, cursor: None, limit: 1, ..filter.clone() };
    let view = list_tickets(&web.environment, viewer, &filter).await?;
    Ok(QueueView { rows: Vec::new(), cursor: None, ..view })
}

/// `POST /agent/demandes/lot`: one act on several requests, each decided for itself.
pub(crate) async fn act(
    State(web): State<Web>,
    agent: Agent,
    Extension(deed): Extension<NamedDeed>,
    submission: Submission,
) -> Result<Response, Fault> {
    let (mut done, mut refused) = (0_u32, 0_u32);
    for number in submission.each("n").take(ROWS) {
        let request = Request::TakeUp { reason: None };
        deed.name(request.right());
        match command_ticket_once(&web.environment, &agent.viewer, number, request, None, None).await {
            Ok(_) => done += 1,
            Err(failure) if failure.is_temporary() => return Err(agent.frame.fault(failure)),
            Err(_) => refused += 1,
        }
    }
    Ok(Redirect::to(&format!("/agent?fait={done}-{refused}")).into_response())
}

/// The page of the queue.
pub(crate) fn page(frame: &Frame, view: &QueueView, sought: &Sought, wrong: Option<&str>) -> Markup {
    let kind = sought.kind();
    let (_, _, key) =
        VIEWS.iter().find(|(known, ..)| *known == kind).expect("every kind of queue has a view");
    let name = frame.say(key);
    let counts = &view.counts;
    let title = frame.say_with("queue-title", &[("view", name), ("count", &counts.live.to_string())]);
    let icons = [&ICONS[..], &["us", "customer", "third"]].concat();
    let head =
        Head { title: &title, place: Place::Requests, number: None, wrong: wrong.is_some(), icons: &icons };
    let main = html! {
        main.shell #contenu tabindex="-1" data-live="file" {
            div.head {
                h1 { (name) }
                p {
                    (count(frame.language, "queue-live", counts.live)) ", "
                    (count(frame.language, "queue-ours", counts.ours))
                    @if counts.late > 0 { ", " b.late { (count(frame.language, "queue-late", counts.late)) } }
                    ". "
                    @match view.order {
                        QueueOrder::NextDue => { (frame.say("queue-sorted")) }
                        QueueOrder::Arrival => { (frame.say("queue-sorted-arrival")) }
                        QueueOrder::Updated => {}
                    }
                }
            }
            @if let Some((done, refused)) = sought.fait.split_once('-') {
                @if let (Ok(done), Ok(refused)) = (done.parse(), refused.parse()) {
                    p.small role="status" {
                        (count(frame.language, "queue-taken", done))
                        @if refused > 0 { " " (count(frame.language, "queue-refused", refused)) }
                    }
                }
            }
            (views(frame, view, kind))
            (sift(frame, sought, wrong))
            @if wrong.is_some() {
            } @else if view.rows.is_empty() {
                p.gap-top { (frame.say(if sought.q.is_empty() { "queue-empty" } else { "queue-nothing-found" })) }
            } @else {
                form action="/agent/demandes/lot" method="post" {
                    (table(frame, view))
                    (pager(frame, view, sought))
                    div.tray role="group" aria-label=(frame.say("queue-act-on-selection")) {
                        button.btn name="faire" value="prendre" { (frame.say("command-take-up")) }
                        p.keys.end {
                            span { kbd { "j" } " " kbd { "k" } " " (frame.say("keys-go")) } " "
                            span { kbd { "o" } " " (frame.say("keys-open")) } " "
                            span { kbd { "f" } " " (frame.say("keys-search")) } " "
                            span { kbd { "?" } " " (frame.say("keys-help")) }
                        }
                    }
                }
            }
        }
    };
    frame.page(&head, main)
}

fn views(frame: &Frame, view: &QueueView, kind: QueueKind) -> Markup {
    let counts = &view.counts;
    let number = |kind: QueueKind| match kind {
        QueueKind::Team => Some(counts.live.saturating_sub(counts.snoozed)),
        QueueKind::Mine => Some(counts.mine),
        QueueKind::Unassigned => Some(counts.unassigned),
        QueueKind::Missed => Some(counts.missed),
        QueueKind::Waiting => Some(counts.waiting),
        QueueKind::Snoozed => Some(counts.snoozed),
        QueueKind::All | QueueKind::ToTakeOver => None,
    };
    html! {
        nav.views aria-label=(frame.say("view-label")) {
            ul {
                @for (known, name, key) in VIEWS {
                    li {
                        a href={ "/agent?vue=" (name) } aria-current=[(known == kind).then_some("page")] {
                            (frame.say(key))
                            @if let Some(number) = number(known) { " " span.n { (number) } }
                        }
                    }
                }
            }
        }
    }
}

fn sift(frame: &Frame, sought: &Sought, wrong: Option<&str>) -> Markup {
    html! {
        @if let Some(wrong) = wrong { (misread_search(wrong)) }
        form.sift action="/agent" method="get" {
            @if !sought.vue.is_empty() { input type="hidden" name="vue" value=(sought.vue); }
            label.sr-only for="q" { (frame.say("queue-filter-label")) }
            input.input #q name="q" value=(sought.q) spellcheck="false" autocomplete="off" placeholder=(frame.say("queue-filter-hint"))
                aria-invalid=[wrong.map(|_| "true")] aria-describedby=[wrong.map(|_| "q-erreur")];
            button.btn { (frame.say("queue-filter")) " " kbd { "f" } }
            @if !sought.q.is_empty() { a.btn.btn--quiet href={ "/agent?vue=" (sought.vue) } { (frame.say("queue-filter-clear")) } }
            a.small href="/chercher" { (frame.say("search-help-title")) }
        }
    }
}

/// Says above a search field what is wrong with what was written.
pub(crate) fn misread_search(wrong: &str) -> Markup {
    html! { p.error #q-erreur role="alert" { (icon("late")) span { (wrong) } } }
}

fn pager(frame: &Frame, view: &QueueView, sought: &Sought) -> Markup {
    let path = format!("/agent?vue={}&q={}", encode(&sought.vue), encode(&sought.q));
    html! {
        @if view.cursor.is_some() || !sought.suite.is_empty() {
            nav.pager aria-label=(frame.say("page-pages")) {
                @if !sought.suite.is_empty() { a href=(path) { (frame.say("page-first")) } }
                @if let Some(cursor) = &view.cursor {
                    a href={ (path) "&suite=" (encode(cursor)) } rel="next" { (frame.say("list-more")) }
                }
            }
        }
    }
}

/// Groups of rows, in the order in which a queue shows them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Late,
    Today,
    Tomorrow(LocalDate),
    Later,
    Paused,
}

fn group(row: &QueueRow, zone: &Zone, today: LocalDate) -> Group {
    let Some(clock) = &row.nearest else { return Group::Later };
    match (clock.reading.state, clock.reading.due_at) {
        (ClockState::Paused, _) => Group::Paused,
        (ClockState::Missed, _) if clock.reading.met_at.is_none() => Group::Late,
        (_, Some(due)) => match today.days_until(zone.local(due).date) {
            ..=0 => Group::Today,
            1 => Group::Tomorrow(zone.local(due).date),
            _ => Group::Later,
        },
        _ => Group::Later,
    }
}

fn table(frame: &Frame, view: &QueueView) -> Markup {
    let fallback =
        view.rows.iter().find_map(|row| row.nearest.as_ref()).map_or(&frame.home, |clock| &clock.zone);
    let zone = frame.wall(fallback);
    let today = zone.local(view.now).date;
    let mut groups: Vec<(Group, Vec<&QueueRow>)> = Vec::new();
    for row in &view.rows {
        let of = group(row, zone, today);
        match groups.iter_mut().find(|(known, _)| *known == of) {
            Some((_, rows)) => rows.push(row),
            None => groups.push((of, vec![row])),
        }
    }
    groups.sort_by_key(|(group, _)| match group {
        Group::Late => 0,
        Group::Today => 1,
        Group::Tomorrow(_) => 2,
        Group::Later => 3,
        Group::Paused => 4,
    });
    if !groups.iter().any(|(group, _)| *group == Group::Today) {
        // The line "now" stands between what is late and what comes, even when nothing is due today.
        let at = usize::from(groups.first().is_some_and(|(group, _)| *group == Group::Late));
        groups.insert(at, (Group::Today, Vec::new()));
    }
    let reader = frame.reader();
    html! {
        table.queue {
            caption.sr-only { (frame.say("queue-caption")) }
            thead { tr {
                th.c-sel scope="col" { span.sr-only { (frame.say("queue-head-select")) } }
                th.c-due scope="col" { (frame.say("queue-head-deadline")) }
                th.c-left.left scope="col" { (frame.say("queue-head-left")) }
                th.c-what scope="col" { (frame.say("queue-head-promise")) }
                th.c-turn scope="col" { (frame.say("queue-head-turn")) }
                th.c-num scope="col" { (frame.say("queue-head-number")) }
                th.c-subj scope="col" { (frame.say("queue-head-request")) }
                th.c-acct scope="col" { (frame.say("queue-head-customer")) }
                th.c-own scope="col" { (frame.say("queue-head-care")) }
            } }
            @for (of, rows) in &groups {
                tbody {
                    (group_head(frame, *of, zone, view))
                    @for row in rows { (self::row(frame, &reader, row, view)) }
                }
            }
        }
    }
}

fn group_head(frame: &Frame, group: Group, zone: &Zone, view: &QueueView) -> Markup {
    match group {
        Group::Today => html! {
            tr.queue__when.queue__now { th colspan="9" scope="rowgroup" { div { span {
                (frame.say("queue-now")) " " (crate::reading::moment(frame, zone, view.now))
            } } } }
        },
        Group::Late => html! {
            tr.queue__when.queue__when--late { th colspan="9" scope="rowgroup" {
                (frame.say("queue-group-late")) " " span { (frame.say("queue-group-late-note")) }
            } }
        },
        Group::Tomorrow(date) => html! {
            tr.queue__when { th colspan="9" scope="rowgroup" {
                (frame.say("queue-tomorrow")) " " span { (crate::reading::day(frame, zone, date)) }
            } }
        },
        Group::Later => {
            html! { tr.queue__when { th colspan="9" scope="rowgroup" { (frame.say("queue-group-later")) } } }
        }
        Group::Paused => html! {
            tr.queue__when { th colspan="9" scope="rowgroup" {
                (frame.say("queue-group-paused")) " " span { (frame.say("queue-group-paused-note")) }
            } }
        },
    }
}

fn row(frame: &Frame, reader: &words::Reader, row: &QueueRow, view: &QueueView) -> Markup {
    let clock = row.nearest.as_ref();
    html! {
        tr {
            td.c-sel { input type="checkbox" name="n" value=(row.number) aria-label=(frame.say_with("queue-select", &[("number", &row.number)])); }
            td.c-due {
                @match clock {
                    Some(clock) => { (due_in_row(reader, clock, view.now)) }
                    None => { span.due.with-icon data-state="none" { (icon("none")) span { (frame.say("queue-no-clock")) } } }
                }
            }
            td.c-left.left { @match clock { Some(clock) => { (left(frame, &clock.reading)) } None => { "–" } } }
            td.c-what { @if let Some(clock) = clock { (words::promise_name(frame.language, &clock.reading.promise, &clock.reading.label)) } }
            td.c-turn { (turn(frame, row.turn)) }
            td.c-num.num { (row.number) }
            th.c-subj scope="row" { div.queue__subj {
                span { a href={ "/agent/demandes/" (row.number) } { (row.subject) } }
                @if row.missed && !clock.is_some_and(|clock| clock.reading.state == ClockState::Missed && clock.reading.met_at.is_none()) {
                    " " span.missed { (icon("late")) (frame.say("queue-missed-mark")) }
                }
                @if row.verdict == terms::Verdict::NeedsJudgement { " " span.sub { (frame.say("queue-to-judge")) } }
            } }
            td.c-acct {
                (row.account.as_deref().unwrap_or(&row.requester)) " "
                @if let Some(severity) = &row.severity { span.sub { (severity_label(frame, row, severity)) } }
            }
            td.c-own {
                (row.assignee.as_deref().map_or("–", first_name)) " "
                span.sub { (words::elapsed_duration(frame.language, coarse(view.now.seconds_since(row.received_at)))) }
            }
        }
    }
}

/// The severity as the agreement calls it.
fn severity_label<'a>(frame: &Frame, row: &'a QueueRow, severity: &'a str) -> &'a str {
    let rule = row.terms.facts.iter().find(|rule| rule.name.as_str() == "severity");
    let Some(terms::FactType::OneOf(values)) = rule.map(|rule| &rule.kind) else { return severity };
    let label = values
        .iter()
        .find(|value| value.name == severity)
        .map(|value| value.label.text(frame.language.tag()));
    label.filter(|label| !label.is_empty()).unwrap_or(severity)
}

/// An age without false precision: days alone from two days on, hours alone from two hours on.
fn coarse(seconds: i64) -> i64 {
    match seconds {
        ..7_200 => seconds,
        7_200..172_800 => seconds - seconds % 3_600,
        _ => seconds - seconds % 86_400,
    }
}

fn first_name(name: &str) -> &str {
    name.split(' ').next().unwrap_or(name)
}

/// Whose turn it is, in one word.
pub(crate) fn turn(frame: &Frame, turn: Turn) -> Markup {
    let (mark, drawing, key) = match turn {
        Turn::Provider => ("us", "us", "turn-short-provider"),
        Turn::Customer => ("customer", "customer", "turn-short-customer"),
        Turn::ThirdParty => ("third", "third", "turn-short-third_party"),
        Turn::Nobody => return html! { span.turn.muted { (frame.say("turn-short-nobody")) } },
    };
    html! { span.turn data-turn=(mark) { (icon(drawing)) (frame.say(key)) } }
}
