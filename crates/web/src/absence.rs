//! Who is away and who stands in, what each speaks and knows: one's own, and one's team's for whoever leads.

use crate::error::{Fault, explain, status};
use crate::icon::icon;
use crate::line::line;
use crate::page::{Frame, Head, Place};
use crate::reading::{days, moment};
use crate::state::Web;
use crate::submission::Submission;
use crate::viewer::Agent;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use calendar::{Instant, LocalDate, LocalTime, Zone};
use desk::PersonId;
use maud::{Markup, html};
use operations::{
    Failure, NewAbsence, StaffRecord, Talents, end_absence, keep_absence, keep_talents, list_staff,
};

/// What the form of what somebody speaks and knows asks for.
const TALENTS: &str = "competences";

/// `GET /agent/absence`.
pub(crate) async fn show(State(web): State<Web>, agent: Agent) -> Result<Response, Fault> {
    let staff = list_staff(&web.environment, &agent.viewer).await;
    let staff = staff.map_err(|failure| agent.frame.fault(failure))?;
    let page = page(&agent.frame, &agent.viewer.zone(), &staff, &Submission::default(), None);
    Ok(page.into_response())
}

/// `POST /agent/absence`: keeps or ends an absence, or what somebody speaks and knows.
pub(crate) async fn act(
    State(web): State<Web>,
    agent: Agent,
    submission: Submission,
) -> Result<Response, Fault> {
    let (environment, viewer, zone) = (&web.environment, &agent.viewer, agent.viewer.zone());
    let person = submission.get("personne").parse::<PersonId>().unwrap_or(viewer.person.id);
    let done = match submission.get("faire") {
        "finir" => end_absence(environment, viewer, person, submission.get("absence")).await,
        TALENTS => {
            let words = |name: &str| {
                let words = submission.get(name).split([',', ';', '\n']).map(str::trim);
                words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
            };
            let talents = Talents { languages: words("langues"), skills: words("savoirs") };
            keep_talents(environment, viewer, person, &talents).await
        }
        _ => match absence(&submission, person, &zone) {
            Ok(new) => keep_absence(environment, viewer, new).await.map(drop),
            Err(failure) => Err(failure),
        },
    };
    match done {
        Ok(()) => Ok(Redirect::to("/agent/absence").into_response()),
        Err(failure @ Failure::Invalid { .. }) => {
            let staff = list_staff(environment, viewer).await;
            let staff = staff.map_err(|failure| agent.frame.fault(failure))?;
            let wrong = explain(&agent.frame, &failure);
            let code: StatusCode = status(&failure);
            Ok((code, page(&agent.frame, &zone, &staff, &submission, Some(&wrong))).into_response())
        }
        Err(failure) => Err(agent.frame.fault(failure)),
    }
}

/// From the beginning of the first day to the end of the last.
fn absence(submission: &Submission, person: PersonId, zone: &Zone) -> Result<NewAbsence, Failure> {
    let day = |name: &'static str| {
        let wrong = Failure::Invalid { field: name, problem: "error-absence-dates".into() };
        LocalDate::parse(submission.get(name)).map_err(|_| wrong)
    };
    Ok(NewAbsence {
        person,
        from: zone.instant_of(day("du")?, LocalTime::MIDNIGHT),
        until: zone.instant_of(day("au")?, LocalTime::END_OF_DAY),
        deputy: submission.get("remplacement").parse().ok(),
    })
}

/// For how long somebody is away: by days, unless a program gave hours.
fn away(frame: &Frame, zone: &Zone, from: Instant, until: Instant) -> Markup {
    let (first, last) = (zone.local(from), zone.local(until.plus_seconds(-1)).date);
    if first.time == LocalTime::MIDNIGHT && zone.instant_of(last, LocalTime::END_OF_DAY) == until {
        return days(frame, zone, first.date, Some(last));
    }
    html! { (moment(frame, zone, from)) " – " (moment(frame, zone, until)) }
}

/// The page, with what was sent where something is wrong with it.
pub(crate) fn page(
    frame: &Frame,
    zone: &Zone,
    staff: &[StaffRecord],
    given: &Submission,
    wrong: Option<&str>,
) -> Markup {
    let title = frame.say("work-title");
    let head = Head { title, place: Place::Work, number: None, wrong: wrong.is_some(), icons: &["late"] };
    let own: Vec<&StaffRecord> = staff.iter().filter(|record| record.may_change).collect();
    // The button of an absence has no name.
    let of_absence = |name| if given.get("faire").is_empty() { given.get(name) } else { "" };
    let of_talents = |record: &StaffRecord, name, words| {
        let is_theirs = given.get("faire") == TALENTS && given.get("personne") == record.id.to_string();
        if is_theirs { given.get(name).to_owned() } else { joined(words) }
    };
    frame.page(&head, html! {
        main.shell #contenu tabindex="-1" {
            div.head { h1 { (title) } }
            p.muted { (frame.say("work-what")) }
            @if let Some(wrong) = wrong { p.error role="alert" { (icon("late")) span { (wrong) } } }
            h2 { (frame.say("work-absences")) }
            @if staff.iter().all(|record| record.absences.is_empty()) { p { (frame.say("work-no-absences")) } }
            ul.requests {
                @for record in staff {
                    @for absence in &record.absences {
                        li {
                            span.small { @if record.is_absent { (frame.say("work-absent-now")) } }
                            div {
                                p {
                                    b { (record.name) } " " (away(frame, zone, absence.from, absence.until)) ", "
                                    (frame.say("work-deputy")) " "
                                    (absence.deputy.as_ref().map_or(frame.say("work-deputy-none"), |(_, name)| name.as_str()))
                                }
                                @if record.may_change {
                                    form action="/agent/absence" method="post" {
                                        input type="hidden" name="personne" value=(record.id);
                                        input type="hidden" name="absence" value=(absence.key);
                                        button.btn.btn--quiet name="faire" value="finir" aria-label={ (frame.say("work-end")) " " (record.name) } { (frame.say("work-end")) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            h2.gap-top { (frame.say("work-add")) }
            form.stack action="/agent/absence" method="post" {
                (choice(frame, ("personne", of_absence("personne")), "work-who", &own, None))
                (line(frame, "du", "work-from", of_absence("du")).kind("date"))
                (line(frame, "au", "work-to", of_absence("au")).kind("date"))
                (choice(frame, ("remplacement", of_absence("remplacement")), "work-deputy-choose", &staff.iter().collect::<Vec<_>>(), Some("work-deputy-none")))
                div.actions { button.btn.btn--primary { (frame.say("work-keep")) } }
            }
            h2.gap-top { (frame.say("work-talents")) }
            @for record in staff {
                h3 { (record.name) }
                @if !record.teams.is_empty() { p.small.muted { (frame.say("work-teams")) " " (record.teams.join(", ")) } }
                @let languages = of_talents(record, "langues", &record.talents.languages);
                @let skills = of_talents(record, "savoirs", &record.talents.skills);
                @if record.may_change {
                    form.stack action="/agent/absence" method="post" {
                        input type="hidden" name="personne" value=(record.id);
                        (line(frame, "langues", "work-languages", &languages).id(&format!("langues-{}", record.id)))
                        (line(frame, "savoirs", "work-skills", &skills).id(&format!("savoirs-{}", record.id)))
                        div.actions { button.btn name="faire" value=(TALENTS) { (frame.say("work-keep-talents")) " " (record.name) } }
                    }
                } @else {
                    p { (frame.say("work-speaks")) " " (languages) " · " (frame.say("work-knows")) " " (skills) }
                }
            }
        }
    })
}

fn joined(words: &std::collections::BTreeSet<String>) -> String {
    words.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn choice(
    frame: &Frame,
    (name, chosen): (&str, &str),
    label: &'static str,
    people: &[&StaffRecord],
    none: Option<&'static str>,
) -> Markup {
    html! {
        div.field {
            label.label for=(name) { (frame.say(label)) }
            select.input.select id=(name) name=(name) {
                @if let Some(none) = none { option value="" { (frame.say(none)) } }
                @for person in people { option value=(person.id) selected[person.id.to_string() == chosen] { (person.name) } }
            }
        }
    }
}
