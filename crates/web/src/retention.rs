//! How long what is kept is kept, for whoever answers for it: for the desk, for single accounts, and what would go.

use crate::error::{Fault, explain, status};
use crate::line::line;
use crate::page::{Frame, Head, Place};
use crate::people::problem;
use crate::reading::moment;
use crate::say::count;
use crate::state::Web;
use crate::submission::Submission;
use crate::viewer::{Agent, Visitor, encode};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use operations::{
    AccountList, Failure, Kept, Retention, RetentionView, list_accounts, set_retention, view_account,
    view_retention,
};
use serde::Deserialize;

/// What the address of the page may say.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Sought {
    #[serde(default)]
    compte: String,
    /// Key of an account that the choice does not hold.
    #[serde(default)]
    cle: String,
}

/// Customers that the choice holds; others are named by their key.
const CHOICES: usize = 200;

/// What the page shows beside what stands.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    /// Key of the account in the form; empty for the desk.
    pub(crate) account: String,
    /// What is tried, in place of what stands.
    pub(crate) tried: Option<Retention>,
    /// What is wrong with what was sent.
    pub(crate) wrong: Option<String>,
}

/// `GET /admin/vie-privee/conservation`.
pub(crate) async fn show(
    State(web): State<Web>,
    agent: Agent,
    Query(sought): Query<Sought>,
) -> Result<Response, Fault> {
    let named = Some(sought.cle.trim().to_owned()).filter(|key| !key.is_empty());
    let shown = Shown { account: named.unwrap_or(sought.compte), ..Shown::default() };
    answer(&web, &agent, StatusCode::OK, shown).await
}

/// `POST /admin/vie-privee/conservation`: keeps it, or shows what would go.
pub(crate) async fn act(
    State(web): State<Web>,
    agent: Agent,
    visitor: Visitor,
    submission: Submission,
) -> Result<Response, Fault> {
    let account = submission.get("compte").trim().to_owned();
    let mut shown = Shown { account: account.clone(), ..Shown::default() };
    let retention = match read(&submission) {
        Ok(retention) => retention,
        Err(failure) => {
            shown.wrong = Some(explain(&agent.frame, &failure));
            return answer(&web, &agent, status(&failure), shown).await;
        }
    };
    if submission.get("faire") == "essayer" {
        shown.tried = Some(retention);
        return answer(&web, &agent, StatusCode::OK, shown).await;
    }
    let (environment, viewer) = (&web.environment, &agent.viewer);
    match set_retention(environment, viewer, visitor.token.as_deref(), Some(&account), &retention).await {
        Ok(()) => {
            let place = format!("/admin/vie-privee/conservation?compte={}", encode(&account));
            Ok(Redirect::to(&place).into_response())
        }
        Err(failure @ Failure::Invalid { .. }) => {
            shown.wrong = Some(explain(&agent.frame, &failure));
            answer(&web, &agent, status(&failure), shown).await
        }
        Err(failure) => Err(agent.frame.fault(failure)),
    }
}

async fn answer(web: &Web, agent: &Agent, mut code: StatusCode, mut shown: Shown) -> Result<Response, Fault> {
    let (environment, viewer) = (&web.environment, &agent.viewer);
    let accounts = match choices(web, agent, &shown.account).await {
        Err(Failure::NotFound { .. }) => {
            let unknown = Failure::Invalid { field: "account", problem: "error-account-unknown".into() };
            code = status(&unknown);
            shown = Shown { wrong: Some(explain(&agent.frame, &unknown)), ..Shown::default() };
            choices(web, agent, "").await
        }
        found => found,
    };
    let accounts = accounts.map_err(|failure| agent.frame.fault(failure))?;
    let tried = shown.tried.as_ref().map(|tried| (Some(shown.account.as_str()), tried));
    let view = match view_retention(environment, viewer, tried).await {
        Ok(view) => view,
        Err(failure @ Failure::Invalid { .. }) => {
            shown.wrong = Some(explain(&agent.frame, &failure));
            let standing = view_retention(environment, viewer, None).await;
            let standing = standing.map_err(|failure| agent.frame.fault(failure))?;
            let code = status(&failure);
            return Ok((code, page(&agent.frame, &standing, &accounts, &shown)).into_response());
        }
        Err(failure) => return Err(agent.frame.fault(failure)),
    };
    Ok((code, page(&agent.frame, &view, &accounts, &shown)).into_response())
}

/// The customers to choose from, the chosen one among them.
async fn choices(web: &Web, agent: &Agent, chosen: &str) -> Result<AccountList, Failure> {
    let (environment, viewer) = (&web.environment, &agent.viewer);
    let mut found = list_accounts(environment, viewer, None, None, CHOICES).await?;
    if !chosen.is_empty() && found.items.iter().all(|account| account.key != chosen) {
        found.items.push(view_account(environment, viewer, chosen).await?);
    }
    Ok(found)
}

/// Months by thing; an empty field is for ever.
fn read(submission: &Submission) -> Result<Retention, Failure> {
    let mut retention = Retention::default();
    for kept in Kept::ALL {
        let text = submission.get(kept.as_str()).trim();
        if text.is_empty() {
            continue;
        }
        let months = text.parse();
        let months =
            months.map_err(|_| Failure::Invalid { field: "months", problem: "error-months".into() })?;
        retention.months.insert(kept, months);
    }
    Ok(retention)
}

pub(crate) fn name_of(frame: &Frame, kept: Kept) -> &'static str {
    frame.say(match kept {
        Kept::Messages => "retention-messages",
        Kept::Attachments => "retention-attachments",
        Kept::Letters => "retention-letters",
        Kept::KeptMail => "retention-kept_mail",
        Kept::Journal => "retention-journal",
        Kept::Looks => "retention-looks",
        Kept::Access => "retention-access",
    })
}

/// The page.
pub(crate) fn page(frame: &Frame, view: &RetentionView, accounts: &AccountList, shown: &Shown) -> Markup {
    let title = frame.say("retention-title");
    let head =
        Head { title, place: Place::Privacy, number: None, wrong: shown.wrong.is_some(), icons: &["late"] };
    let zone = &frame.home;
    let of_account = !shown.account.is_empty();
    let known = view.accounts.iter().find(|known| known.key == shown.account);
    let standing = if of_account { known.map(|known| &known.retention) } else { Some(&view.own) };
    let empty = Retention::default();
    let form = shown.tried.as_ref().or(standing).unwrap_or(&empty);
    let from = if of_account { known.map(|known| known.from) } else { view.from };
    frame.page(
        &head,
        html! {
            main.shell #contenu tabindex="-1" {
                p.gap-top { a href="/admin/vie-privee" { (frame.say("privacy-title")) } }
                div.head { h1 { (title) } }
                p.muted { (frame.say("retention-what")) }
                (frame.times())
                (problem(frame, shown.wrong.as_deref()))
                form.form.stack action="/admin/vie-privee/conservation" method="get" {
                    div.field {
                        label.label for="pour" { (frame.say("retention-for")) }
                        select.input #pour name="compte" {
                            option value="" selected[!of_account] { (frame.say("retention-desk")) }
                            @for account in &accounts.items {
                                option value=(account.key) selected[account.key == shown.account] { (account.name) }
                            }
                        }
                    }
                    @if accounts.cursor.is_some() { (line(frame, "cle", "retention-key", "")) }
                    button.btn { (frame.say("retention-choose")) }
                }
                form.form.stack.gap-top action="/admin/vie-privee/conservation" method="post" {
                    input type="hidden" name="compte" value=(shown.account);
                    @for kept in Kept::ALL {
                        @if !of_account || Kept::OF_REQUESTS.contains(&kept) {
                            div.field {
                                label.label for={ "duree-" (kept.as_str()) } { (name_of(frame, kept)) }
                                input.input id={ "duree-" (kept.as_str()) } name=(kept.as_str()) type="number" min="1" max="600" inputmode="numeric"
                                    value=[form.months.get(&kept)] aria-describedby="mois";
                            }
                        }
                    }
                    p.small.muted #mois { (frame.say("retention-months")) }
                    @if let Some(from) = from { p { (frame.say("retention-from")) " " (moment(frame, zone, from)) } }
                    div.actions {
                        button.btn name="faire" value="essayer" { (frame.say("retention-try")) }
                        button.btn.btn--primary name="faire" value="garder" { (frame.say("retention-keep")) }
                    }
                }
                section.gap-top aria-labelledby="partirait" {
                    h2 #partirait { (frame.say(if shown.tried.is_some() { "retention-tried" } else { "retention-due" })) }
                    @if view.due.values().all(|count| *count == 0) { p role="status" { (frame.say("retention-nothing")) } }
                    @else {
                        ul role="status" {
                            @for (kept, gone) in view.due.iter().filter(|(_, gone)| **gone > 0) {
                                li { (name_of(frame, *kept)) " – " (count(frame.language, if Kept::OF_REQUESTS.contains(kept) { "retention-requests" } else { "retention-rows" }, *gone)) }
                            }
                        }
                        @if !view.numbers.is_empty() {
                            p { @for number in &view.numbers { a href=(frame.ticket_path(number)) { (number) } " " } }
                        }
                    }
                }
                @if !view.accounts.is_empty() {
                    section.gap-top aria-labelledby="clients" {
                        h2 #clients { (frame.say("retention-accounts")) }
                        ul { @for account in &view.accounts {
                            li {
                                a href={ "/admin/vie-privee/conservation?compte=" (encode(&account.key)) } { (account.name) } " –"
                                @for (kept, months) in &account.retention.months {
                                    " " (name_of(frame, *kept)) " " (count(frame.language, "retention-count", u64::from(*months)))
                                }
                            }
                        } }
                    }
                }
                section.gap-top aria-labelledby="fait" {
                    h2 #fait { (frame.say("retention-done")) }
                    p {
                        (frame.say_with("retention-swept", &[
                            ("requests", &view.swept.requests.to_string()),
                            ("texts", &view.swept.texts.to_string()),
                            ("files", &view.swept.files.to_string()),
                        ]))
                        @if let Some(at) = view.swept.last_at { " " (moment(frame, zone, at)) }
                    }
                }
            }
        },
    )
}
