//! What each customer holds, kept by the desk.

use crate::draft::{Draft, Field, Wrong};
use crate::error::{Fault, explain, status};
use crate::named_contacts::section;
use crate::page::{Frame, Head, Place};
use crate::reading::size;
use crate::state::Web;
use crate::submission::{Submission, day};
use crate::viewer::{Agent, encode};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use calendar::LocalDate;
use maud::{Markup, html};
use operations::{
    AccountList, Failure, Licence, LicenceKind, LicencesView, NamedContactsView, StoredFiles, list_accounts,
    name_contacts, put_licence, remove_licence, stored_files, view_licences, view_named_contacts,
};
use serde::Deserialize;

const FORM: &str = "licence";

/// Customers of a page.
const ROWS: usize = 100;

/// What the address of the list may say.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Sought {
    #[serde(default)]
    pub(crate) q: String,
    #[serde(default)]
    pub(crate) suite: String,
}

/// `GET /admin/licences`.
pub(crate) async fn list(
    State(web): State<Web>,
    agent: Agent,
    Query(sought): Query<Sought>,
) -> Result<Response, Fault> {
    let cursor = Some(sought.suite.as_str()).filter(|cursor| !cursor.is_empty());
    let found = list_accounts(&web.environment, &agent.viewer, Some(&sought.q), cursor, ROWS).await;
    let found = found.map_err(|failure| agent.frame.fault(failure))?;
    Ok(accounts_page(&agent.frame, &found, &sought).into_response())
}

/// `GET /admin/licences/{account}`.
pub(crate) async fn show(
    State(web): State<Web>,
    agent: Agent,
    Path(account): Path<String>,
) -> Result<Response, Fault> {
    render(&web, &agent, &account, &Draft::default(), StatusCode::OK).await
}

/// `POST /admin/licences/{account}`.
pub(crate) async fn act(
    State(web): State<Web>,
    agent: Agent,
    Path(account): Path<String>,
    submission: Submission,
) -> Result<Response, Fault> {
    let (environment, viewer) = (&web.environment, &agent.viewer);
    let done = match submission.get("faire") {
        "supprimer" => remove_licence(environment, viewer, &account, submission.get("cle")).await,
        "designer" => {
            let people: Vec<desk::PersonId> =
                submission.each("personne").filter_map(|id| id.parse().ok()).collect();
            name_contacts(environment, viewer, &account, submission.get("role"), &people).await
        }
        _ => match read(&submission) {
            Ok(licence) => put_licence(environment, viewer, &account, &licence).await,
            Err(failure) => Err(failure),
        },
    };
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/admin/licences/{}", encode(&account))).into_response()),
        Err(failure @ (Failure::Invalid { .. } | Failure::Refused(_))) => {
            let field = match &failure {
                Failure::Invalid { field: "product", .. } => "produit",
                Failure::Invalid { field: "until", .. } => "jusque",
                Failure::Invalid { field: "from", .. } => "depuis",
                Failure::Invalid { field: "reference", .. } => "reference",
                _ => "cle",
            };
            let wrong = vec![Wrong { field: field.to_owned(), message: explain(&agent.frame, &failure) }];
            let draft = Draft { form: FORM, values: submission.fields, wrong };
            render(&web, &agent, &account, &draft, status(&failure)).await
        }
        Err(failure) => Err(agent.frame.fault(failure)),
    }
}

async fn render(
    web: &Web,
    agent: &Agent,
    account: &str,
    draft: &Draft,
    code: StatusCode,
) -> Result<Response, Fault> {
    let view = view_licences(&web.environment, &agent.viewer, account).await;
    let view = view.map_err(|failure| agent.frame.fault(failure))?;
    let named = view_named_contacts(&web.environment, &agent.viewer, account).await;
    let named = named.map_err(|failure| agent.frame.fault(failure))?;
    let stored = stored_files(&web.environment, &agent.viewer, account).await;
    let stored = stored.map_err(|failure| agent.frame.fault(failure))?;
    Ok((code, page(&agent.frame, &view, &named, &stored, draft)).into_response())
}

/// How much room the files of an account's requests take.
fn used(frame: &Frame, stored: &StoredFiles) -> String {
    let used = size(frame, stored.bytes);
    match stored.bytes_at_most {
        Some(most) => frame.say_with("storage-used", &[("used", &used), ("most", &size(frame, most))]),
        None => frame.say_with("storage-used-unbounded", &[("used", &used)]),
    }
}

fn read(submission: &Submission) -> Result<Licence, Failure> {
    Ok(Licence {
        key: submission.get("cle").to_owned(),
        product: submission.get("produit").to_owned(),
        kind: LicenceKind::parse(submission.get("nature")).unwrap_or_default(),
        seats: submission.get("nombre").parse().ok(),
        from: day("from", submission.given("depuis"))?,
        until: day("until", submission.given("jusque"))?,
        reference: submission.get("reference").trim().to_owned(),
    })
}

/// Whose licences to look at.
pub(crate) fn accounts_page(frame: &Frame, accounts: &AccountList, sought: &Sought) -> Markup {
    let title = frame.say("licences-title");
    let head = Head { title, place: Place::Licences, number: None, wrong: false, icons: &[] };
    frame.page(
        &head,
        html! {
            main.shell #contenu tabindex="-1" {
                div.head { h1 { (title) } }
                p.muted { (frame.say("licences-what")) }
                form.sift action="/admin/licences" method="get" role="search" aria-label=(frame.say("licences-find")) {
                    label.sr-only for="q" { (frame.say("licences-find")) }
                    input.input #q name="q" type="search" value=(sought.q) placeholder=(frame.say("licences-find"));
                    button.btn { (frame.say("people-find-button")) }
                }
                @if accounts.items.is_empty() { p.gap-top role="status" { (frame.say("licences-no-account")) } }
                ul.settings.gap-top {
                    @for account in &accounts.items {
                        li { a href={ "/admin/licences/" (encode(&account.key)) } { (account.name) } }
                    }
                }
                @if let Some(cursor) = &accounts.cursor {
                    (frame.next_page(html! { "/admin/licences?q=" (encode(&sought.q)) "&suite=" (encode(cursor)) }))
                }
            }
        },
    )
}

/// The licences of one account, with the form that adds another.
pub(crate) fn page(
    frame: &Frame,
    view: &LicencesView,
    named: &NamedContactsView,
    stored: &StoredFiles,
    draft: &Draft,
) -> Markup {
    let (key, name) = &view.account;
    let title = frame.say_with("licences-of", &[("account", name)]);
    let head = Head {
        title: &title,
        place: Place::Licences,
        number: None,
        wrong: !draft.wrong.is_empty(),
        icons: &["late"],
    };
    let field = |id, label, required| Field::of(FORM, id, frame.say(label), required);
    let kinds = LicenceKind::ALL.map(|kind| (kind.as_str().to_owned(), kind_name(frame, kind)));
    frame.page(&head, html! {
        main.shell #contenu tabindex="-1" {
            p.trail.gap-top { a href="/admin/licences" { (frame.say("licences-title")) } " " span aria-hidden="true" { "/" } " " (name) }
            h1 { (title) }
            (draft.summary(frame))
            p.small.muted { (used(frame, stored)) }
            (table(frame, view, Some(&format!("/admin/licences/{}", encode(key)))))
            (section(frame, named, &format!("/admin/licences/{}", encode(key)), false))
            h2.gap-top { (frame.say("licence-new")) }
            form.stack action={ "/admin/licences/" (encode(key)) } method="post" {
                (Field { hint: Some(frame.say("licence-key-hint")), ..field("cle", "texts-key", true) }.line(draft, "text", Some("off")))
                (field("produit", "licence-product", true).line(draft, "text", Some("off")))
                (field("nature", "licence-kind", false).choice(draft, &kinds, "licence"))
                (field("nombre", "licence-seats", false).line(draft, "number", Some("off")))
                (field("depuis", "licence-from", false).line(draft, "date", Some("off")))
                (field("jusque", "licence-until", false).line(draft, "date", Some("off")))
                (field("reference", "licence-reference", false).line(draft, "text", Some("off")))
                div.actions { button.btn.btn--primary { (frame.say("texts-save")) } }
            }
        }
    })
}

/// What is held, each with the day on which it expires. `action` is where it can be removed.
pub(crate) fn table(frame: &Frame, view: &LicencesView, action: Option<&str>) -> Markup {
    if view.licences.is_empty() {
        return html! { p { (frame.say("licences-none")) } };
    }
    let day = |day: LocalDate| words::date_in_words(frame.language, day, frame.home.local(frame.now).date);
    html! {
        div.table-scroll.gap-top tabindex="0" role="region" aria-label=(frame.say("licences-title")) {
            table.lines {
                thead { tr {
                    th scope="col" { (frame.say("licence-product")) }
                    th scope="col" { (frame.say("licence-kind")) }
                    th scope="col" { (frame.say("licence-seats")) }
                    th scope="col" { (frame.say("licence-until")) }
                    th scope="col" { (frame.say("licence-state")) }
                    @if action.is_some() { th scope="col" { span.sr-only { (frame.say("texts-remove")) } } }
                } }
                tbody {
                    @for (licence, state) in &view.licences {
                        tr {
                            th scope="row" {
                                (licence.product)
                                @if !licence.reference.is_empty() { " " span.muted.small { (licence.reference) } }
                            }
                            td { (kind_name(frame, licence.kind)) }
                            td { @if let Some(seats) = licence.seats { (seats) } }
                            td { @match licence.until { Some(until) => { (day(until)) } None => { (frame.say("licence-for-ever")) } } }
                            td { (words::text(frame.language, &format!("licence-state-{}", state.as_str()))) }
                            @if let Some(action) = action {
                                td {
                                    form action=(action) method="post" {
                                        input type="hidden" name="cle" value=(licence.key);
                                        button.btn.btn--quiet name="faire" value="supprimer" aria-label={ (frame.say("texts-remove")) " " (licence.product) } { (frame.say("texts-remove")) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn kind_name(frame: &Frame, kind: LicenceKind) -> String {
    words::text(frame.language, &format!("licence-kind-{}", kind.as_str())).into_owned()
}
