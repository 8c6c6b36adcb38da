//! Versions that the desk publishes: shown to whoever may have them, and announced where agreements want it.

use crate::draft::{Draft, Field, Wrong};
use crate::error::{Fault, explain, status};
use crate::page::{Frame, Head, Place};
use crate::state::Web;
use crate::submission::{Submission, day};
use crate::viewer::Agent;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use operations::{Failure, Release, ReleaseKind, list_releases, publish_release, remove_release};
use std::collections::BTreeMap;

const FORM: &str = "version";

/// `GET /admin/versions`.
pub(crate) async fn list(State(web): State<Web>, agent: Agent) -> Result<Response, Fault> {
    render(&web, &agent, &Draft::default(), StatusCode::OK).await
}

/// `POST /admin/versions`.
pub(crate) async fn act(
    State(web): State<Web>,
    agent: Agent,
    submission: Submission,
) -> Result<Response, Fault> {
    let (environment, viewer) = (&web.environment, &agent.viewer);
    let done = match submission.get("faire") {
        "supprimer" => remove_release(environment, viewer, submission.get("cle")).await,
        _ => match read(&submission) {
            Ok(release) => publish_release(environment, viewer, &release).await,
            Err(failure) => Err(failure),
        },
    };
    match done {
        Ok(()) => Ok(Redirect::to("/admin/versions").into_response()),
        Err(failure @ (Failure::Invalid { .. } | Failure::Refused(_))) => {
            let field = match &failure {
                Failure::Invalid { field: "product", .. } => "produit",
                Failure::Invalid { field: "version", .. } => "version",
                Failure::Invalid { field: "released_on", .. } => "parue",
                Failure::Invalid { field: "link", .. } => "adresse",
                _ => "cle",
            };
            let wrong = vec![Wrong { field: field.to_owned(), message: explain(&agent.frame, &failure) }];
            let draft = Draft { form: FORM, values: submission.fields, wrong };
            render(&web, &agent, &draft, status(&failure)).await
        }
        Err(failure) => Err(agent.frame.fault(failure)),
    }
}

async fn render(web: &Web, agent: &Agent, draft: &Draft, code: StatusCode) -> Result<Response, Fault> {
    let found = list_releases(&web.environment, &agent.viewer).await;
    let found = found.map_err(|failure| agent.frame.fault(failure))?;
    Ok((code, page(&agent.frame, &found, draft)).into_response())
}

fn read(submission: &Submission) -> Result<Release, Failure> {
    let news = [("fr", "nouveautes-fr"), ("en", "nouveautes-en")];
    let news: BTreeMap<String, String> = news
        .into_iter()
        .filter_map(|(language, name)| Some((language.to_owned(), submission.given(name)?)))
        .collect();
    Ok(Release {
        key: submission.get("cle").to_owned(),
        product: submission.get("produit").to_owned(),
        version: submission.get("version").to_owned(),
        kind: ReleaseKind::parse(submission.get("nature")).unwrap_or_default(),
        released_on: day("released_on", submission.given("parue"))?,
        link: submission.get("adresse").trim().to_owned(),
        news,
    })
}

/// The page.
pub(crate) fn page(frame: &Frame, releases: &[Release], draft: &Draft) -> Markup {
    let title = frame.say("releases-title");
    let head = Head {
        title,
        place: Place::Releases,
        number: None,
        wrong: !draft.wrong.is_empty(),
        icons: &["late"],
    };
    let field = |id, label, required| Field::of(FORM, id, frame.say(label), required);
    let kinds = ReleaseKind::ALL.map(|kind| (kind.as_str().to_owned(), kind_name(frame, kind)));
    frame.page(&head, html! {
        main.shell #contenu tabindex="-1" {
            div.head { h1 { (title) } }
            p.muted { (frame.say("releases-what")) }
            (draft.summary(frame))
            @if releases.is_empty() { p { (frame.say("releases-none")) } }
            ul.requests.gap-top {
                @for release in releases {
                    (item(frame, release, html! {
                        form action="/admin/versions" method="post" {
                            input type="hidden" name="cle" value=(release.key);
                            button.btn.btn--quiet name="faire" value="supprimer" aria-label={ (frame.say("texts-remove")) " " (release.product) " " (release.version) } { (frame.say("texts-remove")) }
                        }
                    }))
                }
            }
            h2.gap-top { (frame.say("release-new")) }
            form.stack action="/admin/versions" method="post" {
                (field("cle", "texts-key", true).line(draft, "text", Some("off")))
                (field("produit", "licence-product", true).line(draft, "text", Some("off")))
                (field("version", "release-version", true).line(draft, "text", Some("off")))
                (field("nature", "release-kind", false).choice(draft, &kinds, "update"))
                (field("parue", "release-on", false).line(draft, "date", Some("off")))
                (field("adresse", "release-link", false).line(draft, "url", Some("off")))
                (field("nouveautes-fr", "release-news-fr", false).lines(draft, 3))
                (field("nouveautes-en", "release-news-en", false).lines(draft, 3))
                div.actions { button.btn.btn--primary { (frame.say("release-new")) } }
            }
        }
    })
}

/// A version in a list, with where it is had; whoever may not have it was given no address. `more` stands below.
pub(crate) fn item(frame: &Frame, release: &Release, more: Markup) -> Markup {
    let told = release.news.get(frame.language.tag()).or_else(|| release.news.values().next());
    let today = frame.home.local(frame.now).date;
    html! {
        li {
            span.small.muted {
                @if let Some(day) = release.released_on { (words::date_in_words(frame.language, day, today)) }
            }
            div {
                h3 { (release.product) " " (release.version) }
                p.small.muted { (kind_name(frame, release.kind)) }
                @if let Some(told) = told { p { (told) } }
                @if !release.link.is_empty() {
                    p { a href=(release.link) rel="noreferrer" { (frame.say("release-get")) span.sr-only { " " (release.product) " " (release.version) } } }
                }
                (more)
            }
        }
    }
}

fn kind_name(frame: &Frame, kind: ReleaseKind) -> String {
    words::text(frame.language, &format!("release-kind-{}", kind.as_str())).into_owned()
}
