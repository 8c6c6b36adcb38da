//! The customer's requests: whose turn it is, and by when.

use crate::error::{Fault, misread};
use crate::icon::icon;
use crate::page::{Frame, Head, Place};
use crate::reading::{ICONS, clause, due, moment};
use crate::say::count;
use crate::state::Web;
use crate::viewer::{Customer, encode};
use crate::workspace::queue::{misread_search, nothing_found};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use desk::{Right, TicketState, Turn};
use maud::{Markup, html};
use operations::{
    AccountRecord, Failure, QueueFilter, QueueKind, QueueOrder, QueueRow, QueueView, list_tickets,
    own_accounts,
};
use serde::Deserialize;

/// What the address of the list may say.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Sought {
    #[serde(default)]
    pub(crate) vue: String,
    #[serde(default)]
    pub(crate) q: String,
    #[serde(default)]
    pub(crate) suite: String,
    /// Key of an account, for who has a role in several.
    #[serde(default)]
    pub(crate) client: String,
}

/// `GET /portal`.
pub(crate) async fn show(
    State(web): State<Web>,
    customer: Customer,
    Query(mut sought): Query<Sought>,
) -> Result<Response, Fault> {
    let fault = |failure| customer.frame.fault(failure);
    let accounts = if customer.viewer.standings.len() > 1 {
        own_accounts(&web.environment, &customer.viewer, Right::ReadRequests).await.map_err(fault)?
    } else {
        Vec::new()
    };
    // The list is one account's at a time; the first that is offered is the one that stands there.
    if let (true, Some(first)) = (sought.client.is_empty(), accounts.first()) {
        sought.client.clone_from(&first.key);
    }
    let text = Some(sought.q.clone()).filter(|text| !text.trim().is_empty());
    let is_plain_all = sought.vue == "toutes" && text.is_none();
    let filter = QueueFilter {
        view: if sought.vue == "toutes" { QueueKind::All } else { QueueKind::Team },
        text,
        order: is_plain_all.then_some(QueueOrder::Updated),
        cursor: Some(sought.suite.clone()).filter(|cursor| !cursor.is_empty()),
        limit: 25,
        account: Some(sought.client.clone()).filter(|key| !key.is_empty()),
    };
    match list_tickets(&web.environment, &customer.viewer, &filter).await {
        Ok(view) => Ok(page(&customer.frame, &view, &accounts, &sought, None).into_response()),
        Err(Failure::Search(problem)) => {
            let view = nothing_found(&web, &customer.viewer, &filter).await.map_err(fault)?;
            let wrong = misread(&customer.frame, &problem);
            let page = page(&customer.frame, &view, &accounts, &sought, Some(&wrong));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(failure) => Err(fault(failure)),
    }
}

/// The list.
pub(crate) fn page(
    frame: &Frame,
    view: &QueueView,
    accounts: &[AccountRecord],
    sought: &Sought,
    wrong: Option<&str>,
) -> Markup {
    let title = frame.say("portal-list-title");
    let icons = [&ICONS[..], &["plus", "us", "customer", "third"]].concat();
    let head = Head { title, place: Place::Requests, number: None, wrong: wrong.is_some(), icons: &icons };
    let all = sought.vue == "toutes";
    let with = |before: &str| match sought.client.as_str() {
        "" => String::new(),
        key => format!("{before}client={}", encode(key)),
    };
    let (of, and_of) = (with("?"), with("&"));
    frame.page(
        &head,
        html! {
            main.wrap #contenu tabindex="-1" data-live="demandes" {
                h1.gap-top { (title) }
                p.lede.muted { (count(frame.language, "portal-list-open", view.counts.live)) }
                nav.views.gap-top aria-label=(frame.say("view-label")) {
                    ul {
                        li { a href={ "/portal" (of) } aria-current=[(!all).then_some("page")] { (frame.say("portal-list-filter-open")) } }
                        li { a href={ "/portal?vue=toutes" (and_of) } aria-current=[all.then_some("page")] { (frame.say("portal-list-filter-all")) } }
                    }
                }
                @if let Some(wrong) = wrong { (misread_search(wrong)) }
                form.sift action="/portal" method="get" {
                    @if all { input type="hidden" name="vue" value="toutes"; }
                    @if accounts.len() > 1 {
                        label.sr-only for="client" { (frame.say("portal-account-of-list")) }
                        select.input #client name="client" {
                            @for account in accounts { option value=(account.key) selected[account.key == sought.client] { (account.name) } }
                        }
                    }
                    label.sr-only for="q" { (frame.say("portal-find")) }
                    input.input #q name="q" type="search" value=(sought.q) placeholder=(frame.say("portal-find"))
                        aria-invalid=[wrong.map(|_| "true")] aria-describedby=[wrong.map(|_| "q-erreur")];
                    button.btn { (frame.say("portal-find-button")) }
                    a.small href="/chercher" { (frame.say("search-help-title")) }
                }
                @if wrong.is_some() {
                } @else if view.rows.is_empty() {
                    p.gap-top { (frame.say(if sought.q.is_empty() { "portal-list-empty" } else { "queue-nothing-found" })) }
                    @if frame.may(Right::Open) {
                        p.gap-top { a.btn.btn--primary href="/portal/demandes/nouvelle" { (frame.say("nav-new-request")) } }
                    }
                } @else {
                    ol.requests { @for row in &view.rows { (self::row(frame, row)) } }
                }
                @if let Some(cursor) = &view.cursor {
                    (frame.next_page(html! { "/portal?vue=" (encode(&sought.vue)) "&q=" (encode(&sought.q)) (and_of) "&suite=" (encode(cursor)) }))
                }
            }
        },
    )
}

fn row(frame: &Frame, row: &QueueRow) -> Markup {
    let zone = row.nearest.as_ref().map_or(&frame.home, |clock| &clock.zone);
    let (mark, drawing, key) = match row.turn {
        _ if matches!(row.state, TicketState::Closed | TicketState::Declined) => {
            ("nobody", "none", "portal-turn-nobody")
        }
        Turn::Provider => ("us", "us", "portal-turn-us"),
        Turn::Customer => ("customer", "customer", "portal-turn-you"),
        Turn::ThirdParty => ("third", "third", "portal-turn-third"),
        Turn::Nobody => ("nobody", "none", "portal-turn-nobody"),
    };
    html! {
        li {
            (moment(frame, zone, row.received_at))
            div.stack {
                h2 { a href={ "/portal/demandes/" (row.number) } { (row.subject) } " " small.muted { (row.number) } }
                p {
                    span.turn data-turn=(mark) { (icon(drawing)) (frame.say(key)) }
                    @if row.missed { " " span.missed { (icon("late")) (frame.say("queue-missed-mark")) } }
                }
                @if let Some(clock) = &row.nearest {
                    p {
                        (words::promise_name(frame.language, &clock.reading.promise, &clock.reading.label))
                        (frame.say("page-colon")) " "
                        (due(frame, clock)) ". " (clause(frame, &clock.reading.clause))
                    }
                }
                p.small.muted { (frame.say_with("portal-asked-by", &[("by", &row.requester)])) }
            }
        }
    }
}
