//! Logging a call: a request that came by telephone or voicemail, at its true time.

use crate::draft::{Draft, Field, Wrong};
use crate::error::{Fault, explain, status};
use crate::page::{Frame, Head, Place};
use crate::state::Web;
use crate::submission::Submission;
use crate::viewer::Agent;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use calendar::{Instant, LocalDate, LocalTime, Zone};
use desk::Refusal;
use maud::{Markup, html};
use operations::{CustomField, Failure, NewRequest, open_ticket_unshown};

const FORM: &str = "appel";

/// `GET /agent/demandes/nouvelle`.
pub(crate) async fn show(State(web): State<Web>, agent: Agent) -> Result<Response, Fault> {
    let own = own_fields(&web, &agent).await?;
    Ok(page(&agent.frame, &own, &Draft::default()).into_response())
}

/// The desk's own fields.
async fn own_fields(web: &Web, agent: &Agent) -> Result<Vec<CustomField>, Fault> {
    let own = crate::fields::for_opening(web, &agent.viewer).await;
    own.map_err(|failure| agent.frame.fault(failure))
}

/// `POST /agent/demandes`.
pub(crate) async fn open(
    State(web): State<Web>,
    agent: Agent,
    submission: Submission,
) -> Result<Response, Fault> {
    let frame = &agent.frame;
    let own = own_fields(&web, &agent).await?;
    let mut wrong = Vec::new();
    for (field, key) in [
        ("contact", "call-needs-contact"),
        ("objet", "portal-new-error-subject"),
        ("corps", "portal-new-error-body"),
    ] {
        if submission.get(field).is_empty() {
            wrong.push(Wrong { field: field.to_owned(), message: frame.say(key).to_owned() });
        }
    }
    let received_at = match received_at(&submission, &agent.viewer.zone(), frame.now) {
        Ok(received_at) => received_at,
        Err(key) => {
            wrong.push(Wrong { field: "heure".to_owned(), message: frame.say(key).to_owned() });
            None
        }
    };
    let draft = |wrong| Draft { form: FORM, values: submission.fields.clone(), wrong };
    if !wrong.is_empty() {
        return Ok(
            (axum::http::StatusCode::UNPROCESSABLE_ENTITY, page(frame, &own, &draft(wrong))).into_response()
        );
    }
    let channel = if submission.get("canal") == "voicemail" { "voicemail" } else { "phone" };
    let new = NewRequest {
        contact: submission.given("contact"),
        channel: channel.to_owned(),
        subject: submission.get("objet").to_owned(),
        body: submission.get("corps").to_owned(),
        received_at,
        fields: crate::fields::values(&submission),
        ..NewRequest::default()
    };
    match open_ticket_unshown(&web.environment, &agent.viewer, new).await {
        Ok(done) => Ok(Redirect::to(&format!("/agent/demandes/{}", done.number)).into_response()),
        Err(failure @ (Failure::Invalid { .. } | Failure::Refused(_))) => {
            let field = match &failure {
                Failure::Invalid { field: "contact" | "account", .. } => "contact",
                Failure::Refused(Refusal::Empty) => "corps",
                _ => "objet",
            };
            let wrong = vec![Wrong { field: field.to_owned(), message: explain(frame, &failure) }];
            Ok((status(&failure), page(frame, &own, &draft(wrong))).into_response())
        }
        Err(failure) => Err(frame.fault(failure)),
    }
}

/// When the call came, on the agent's wall; none for now.
fn received_at(submission: &Submission, zone: &Zone, now: Instant) -> Result<Option<Instant>, &'static str> {
    let text = submission.get("heure");
    if text.is_empty() {
        return Ok(None);
    }
    let (date, time) = text.split_once('T').ok_or("call-time-wrong")?;
    let date = LocalDate::parse(date).map_err(|_| "call-time-wrong")?;
    let time = LocalTime::parse(time.get(..5).unwrap_or(time)).map_err(|_| "call-time-wrong")?;
    let at = zone.instant_of(date, time);
    if at > now { Err("call-time-future") } else { Ok(Some(at)) }
}

/// The form.
pub(crate) fn page(frame: &Frame, own: &[CustomField], draft: &Draft) -> Markup {
    let title = frame.say("command-log-call");
    let head = Head {
        title,
        place: Place::NewRequest,
        number: None,
        wrong: !draft.wrong.is_empty(),
        icons: &["late"],
    };
    let field = |id: &'static str, label: &'static str, hint: Option<&'static str>, required: bool| Field {
        form: FORM,
        id,
        name: id,
        label: frame.say(label),
        hint: hint.map(|hint| frame.say(hint)),
        required,
    };
    let channels = ["phone", "voicemail"]
        .map(|channel| (channel.to_owned(), words::channel_name(frame.language, channel)));
    let person = frame.person.as_ref().map_or("", |person| person.id.as_str());
    frame.page(
        &head,
        html! {
            main.shell #contenu tabindex="-1" {
                div.head { h1 { (title) } }
                (draft.summary(frame))
                form.form.gap-top action="/agent/demandes" method="post" data-draft={ (person) ":appel" } {
                    (field("contact", "call-contact", Some("call-contact-hint"), true).line(draft, "email", Some("off")))
                    (field("canal", "call-channel", None, false).choice(draft, &channels, "phone"))
                    (field("heure", "call-time", Some("call-time-hint"), false).line(draft, "datetime-local", None))
                    (field("objet", "portal-new-subject", None, true).line(draft, "text", Some("off")))
                    (field("corps", "call-body", None, true).lines(draft, 7))
                    (crate::fields::asked_at_opening(frame, own, &draft.values))
                    div.actions { button.btn.btn--primary { (frame.say("call-open")) } }
                }
            }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::received_at;
    use crate::submission::Submission;
    use calendar::{Instant, Zone};

    #[test]
    fn the_hour_of_a_call_is_read_on_the_wall_of_whoever_logs_it() {
        let now = Instant::parse("2026-11-24T11:20:00-05:00").unwrap();
        let montreal = Zone::parse("America/Montreal").unwrap();
        let given = |hour: &str| {
            let fields = vec![("heure".to_owned(), hour.to_owned())];
            received_at(&Submission { fields, files: Vec::new() }, &montreal, now)
        };
        assert_eq!(given("2026-11-24T10:00"), Ok(Some(Instant::parse("2026-11-24T15:00:00Z").unwrap())));
        assert_eq!(given("2026-11-24T11:30"), Err("call-time-future"));
        assert_eq!(given("hier"), Err("call-time-wrong"));
        assert_eq!(given(""), Ok(None));
    }
}
