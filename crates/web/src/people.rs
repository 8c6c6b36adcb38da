//! People and teams, for whoever keeps them.

use crate::error::{Fault, explain, status};
use crate::line::line;
use crate::network::Seen;
use crate::page::{Frame, Head, Place};
use crate::state::Web;
use crate::submission::Submission;
use crate::viewer::{Agent, encode};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use desk::{AccountRole, Role};
use maud::{Markup, html};
use operations::{
    AccountRecord, Failure, NewPerson, PeopleFilter, PeopleList, PeopleSide, PersonChange, PersonRecord,
    TeamRecord, change_person, end_person_sessions, invite_person, keep_team_hours, list_accounts,
    list_people, list_teams, make_person, make_team, remove_person_identity, rename_team,
    reset_second_factor, team_calendars, view_person,
};
use serde::Deserialize;

/// People of a page.
const ROWS: usize = 50;

/// Accounts that a form lets choose from at most; more are named over the interface for programs.
const CHOICES: usize = 200;

/// What the address of the list may say.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Sought {
    #[serde(default)]
    pub(crate) q: String,
    #[serde(default)]
    pub(crate) cote: String,
    #[serde(default)]
    pub(crate) suite: String,
}

/// What a page says beside what it shows.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// What is wrong with what was sent.
    pub(crate) wrong: Option<String>,
    /// What was done.
    pub(crate) done: Option<&'static str>,
}

const SIDES: [(PeopleSide, &str, &str); 4] = [
    (PeopleSide::Everybody, "", "people-everybody"),
    (PeopleSide::Staff, "prestataire", "people-staff"),
    (PeopleSide::Contacts, "clients", "people-contacts"),
    (PeopleSide::Gone, "sans-acces", "people-gone"),
];

/// `GET /admin/personnes`.
pub(crate) async fn list(
    State(web): State<Web>,
    agent: Agent,
    Query(sought): Query<Sought>,
) -> Result<Response, Fault> {
    listed(&web, &agent, &sought, StatusCode::OK, &Submission::default(), &Said::default()).await
}

async fn listed(
    web: &Web,
    agent: &Agent,
    sought: &Sought,
    code: StatusCode,
    given: &Submission,
    said: &Said,
) -> Result<Response, Fault> {
    let fault = |failure| agent.frame.fault(failure);
    let side =
        SIDES.iter().find(|(_, name, _)| *name == sought.cote).map_or(PeopleSide::Everybody, |side| side.0);
    let filter = PeopleFilter {
        text: Some(sought.q.clone()),
        side,
        cursor: Some(sought.suite.clone()).filter(|cursor| !cursor.is_empty()),
        limit: ROWS,
    };
    let people = list_people(&web.environment, &agent.viewer, &filter).await.map_err(fault)?;
    let accounts = choices(web, agent).await?;
    Ok((code, list_page(&agent.frame, &people, &accounts, sought, given, said)).into_response())
}

async fn choices(web: &Web, agent: &Agent) -> Result<Vec<AccountRecord>, Fault> {
    let accounts = list_accounts(&web.environment, &agent.viewer, None, None, CHOICES).await;
    Ok(accounts.map_err(|failure| agent.frame.fault(failure))?.items)
}

/// `POST /admin/personnes`.
pub(crate) async fn make(
    State(web): State<Web>,
    agent: Agent,
    seen: Seen,
    submission: Submission,
) -> Result<Response, Fault> {
    let made = match new_person(&submission) {
        Ok(new) => {
            make_person(&web.environment, &agent.viewer, agent.token.as_deref(), &new, &seen.origin()).await
        }
        Err(failure) => Err(failure),
    };
    match made {
        Ok(id) => Ok(Redirect::to(&format!("/admin/personnes/{id}")).into_response()),
        Err(failure @ Failure::Invalid { .. }) => {
            let said = Said { wrong: Some(explain(&agent.frame, &failure)), done: None };
            listed(&web, &agent, &Sought::default(), status(&failure), &submission, &said).await
        }
        Err(failure) => Err(agent.frame.fault(failure)),
    }
}

fn new_person(submission: &Submission) -> Result<NewPerson, Failure> {
    let role = role(submission.get("role"))?;
    let accounts = match (role, submission.get("client")) {
        (Role::Contact, key) if !key.is_empty() => {
            vec![(key.to_owned(), account_role(submission.get("role-client"))?)]
        }
        _ => Vec::new(),
    };
    Ok(NewPerson {
        name: submission.get("nom").to_owned(),
        email: submission.get("courriel").to_owned(),
        role,
        language: submission.given("langue"),
        zone: None,
        accounts,
        teams: Vec::new(),
    })
}

fn role(text: &str) -> Result<Role, Failure> {
    Role::parse(text).ok_or(Failure::Invalid { field: "role", problem: "error-role-unknown".into() })
}

pub(crate) fn account_role(text: &str) -> Result<AccountRole, Failure> {
    AccountRole::parse(text).ok_or(Failure::Invalid { field: "role", problem: "error-role-unknown".into() })
}

/// `GET /admin/personnes/{id}`.
pub(crate) async fn show(
    State(web): State<Web>,
    agent: Agent,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    shown(&web, &agent, &id, StatusCode::OK, &Said::default()).await
}

async fn shown(web: &Web, agent: &Agent, id: &str, code: StatusCode, said: &Said) -> Result<Response, Fault> {
    let fault = |failure| agent.frame.fault(failure);
    let person = view_person(&web.environment, &agent.viewer, id).await.map_err(fault)?;
    let teams = list_teams(&web.environment, &agent.viewer).await.map_err(fault)?;
    let accounts = choices(web, agent).await?;
    Ok((code, page(&agent.frame, &person, &accounts, &teams, said)).into_response())
}

/// `POST /admin/personnes/{id}/{act}`.
pub(crate) async fn act(
    State(web): State<Web>,
    agent: Agent,
    seen: Seen,
    Path((id, act)): Path<(String, String)>,
    submission: Submission,
) -> Result<Response, Fault> {
    let (environment, viewer, origin) = (&web.environment, &agent.viewer, seen.origin());
    let session = agent.token.as_deref();
    let mut done = "people-done";
    let change = async |change: Result<PersonChange, Failure>| match change {
        Ok(change) => change_person(environment, viewer, session, &id, &change, &origin).await,
        Err(failure) => Err(failure),
    };
    let active = |is_active| Ok(PersonChange { is_active: Some(is_active), ..PersonChange::default() });
    let outcome = match act.as_str() {
        "enregistrer" => {
            let known = view_person(environment, viewer, &id).await;
            let known = known.map_err(|failure| agent.frame.fault(failure))?;
            change(changed(&known, &submission)).await
        }
        "retirer" => change(active(false)).await,
        "rendre" => change(active(true)).await,
        "inviter" => {
            done = "people-invited";
            invite_person(environment, viewer, session, &id, &origin).await
        }
        "connexions" => end_person_sessions(environment, viewer, session, &id, &origin).await,
        "delier" => {
            let name = submission.get("nom");
            remove_person_identity(environment, viewer, session, &id, name, &origin).await
        }
        "second-facteur" => reset_second_factor(environment, viewer, session, &id, &origin).await,
        _ => Err(Failure::NotFound { what: "act" }),
    };
    let (code, said) = match outcome {
        Ok(()) => (StatusCode::OK, Said { wrong: None, done: Some(done) }),
        Err(failure @ (Failure::Invalid { .. } | Failure::TooMany { .. })) => {
            (status(&failure), Said { wrong: Some(explain(&agent.frame, &failure)), done: None })
        }
        Err(failure) => return Err(agent.frame.fault(failure)),
    };
    // Whoever took their own session away by this has no page to see.
    if operations::viewer_of_session(environment, session.unwrap_or_default()).await.is_err() {
        return Ok(Redirect::to("/").into_response());
    }
    shown(&web, &agent, &id, code, &said).await
}

/// What a form changes: only what differs from what is known.
fn changed(known: &PersonRecord, submission: &Submission) -> Result<PersonChange, Failure> {
    let given = |field: &str, old: &str| {
        let has_field = submission.fields.iter().any(|(name, _)| name == field);
        Some(submission.get(field).to_owned()).filter(|new| has_field && new != old)
    };
    let role = given("role", known.role.as_str()).map(|text| role(&text)).transpose()?;
    let mut change = PersonChange {
        name: given("nom", &known.name),
        email: given("courriel", &known.email),
        role,
        language: given("langue", &known.language),
        zone: given("fuseau", known.zone.as_deref().unwrap_or_default()),
        ..PersonChange::default()
    };
    if submission.get("avec-equipes") == "oui" {
        let mut teams: Vec<String> = submission.each("equipe").map(str::to_owned).collect();
        teams.sort();
        let mut old = known.teams.clone();
        old.sort();
        change.teams = Some(teams).filter(|teams| *teams != old);
    }
    let keys = submission.each("client");
    let roles = submission.each("role-client");
    let mut accounts = Vec::new();
    for (key, role) in keys.zip(roles).filter(|(key, _)| !key.is_empty()) {
        accounts.push((key.to_owned(), account_role(role)?));
    }
    let old: Vec<(String, AccountRole)> =
        known.accounts.iter().map(|account| (account.key.clone(), account.role)).collect();
    if submission.fields.iter().any(|(name, _)| name == "client") && accounts != old {
        change.accounts = Some(accounts);
    }
    Ok(change)
}

/// `GET /admin/personnes/equipes`.
pub(crate) async fn teams(State(web): State<Web>, agent: Agent) -> Result<Response, Fault> {
    with_teams(&web, &agent, StatusCode::OK, &Said::default()).await
}

async fn with_teams(web: &Web, agent: &Agent, code: StatusCode, said: &Said) -> Result<Response, Fault> {
    let teams = list_teams(&web.environment, &agent.viewer).await;
    let teams = teams.map_err(|failure| agent.frame.fault(failure))?;
    let calendars = team_calendars(&web.environment, &agent.viewer).await;
    let calendars = calendars.map_err(|failure| agent.frame.fault(failure))?;
    Ok((code, teams_page(&agent.frame, &teams, &calendars, said)).into_response())
}

/// `POST /admin/personnes/equipes`: makes a team, or renames the one named.
pub(crate) async fn keep_team(
    State(web): State<Web>,
    agent: Agent,
    seen: Seen,
    submission: Submission,
) -> Result<Response, Fault> {
    let (environment, viewer, origin) = (&web.environment, &agent.viewer, seen.origin());
    let name = submission.get("nom");
    let done = match submission.given("equipe") {
        Some(key) if submission.get("faire") == "heures" => {
            let hours = submission.given("heures");
            keep_team_hours(environment, viewer, &key, hours.as_deref(), &origin).await
        }
        Some(key) => rename_team(environment, viewer, &key, name, &origin).await,
        None => make_team(environment, viewer, submission.get("cle"), name, &origin).await,
    };
    match done {
        Ok(()) => Ok(Redirect::to("/admin/personnes/equipes").into_response()),
        Err(failure @ Failure::Invalid { .. }) => {
            let said = Said { wrong: Some(explain(&agent.frame, &failure)), done: None };
            with_teams(&web, &agent, status(&failure), &said).await
        }
        Err(failure) => Err(agent.frame.fault(failure)),
    }
}

pub(crate) fn problem(frame: &Frame, wrong: Option<&str>) -> Markup {
    html! {
        @if let Some(wrong) = wrong {
            div.errors.gap-top tabindex="-1" aria-labelledby="probleme" {
                div role="alert" { h2 #probleme { (frame.say("errors-title")) } p { (wrong) } }
            }
        }
    }
}

fn role_name(frame: &Frame, role: Role) -> &'static str {
    frame.say(match role {
        Role::Agent => "people-role-agent",
        Role::Lead => "people-role-lead",
        Role::Manager => "people-role-manager",
        Role::Admin => "people-role-admin",
        Role::Contact => "people-role-contact",
    })
}

pub(crate) fn account_role_name(frame: &Frame, role: AccountRole) -> &'static str {
    frame.say(match role {
        AccountRole::Reader => "people-account-reader",
        AccountRole::Requester => "people-account-requester",
        AccountRole::Manager => "people-account-manager",
    })
}

/// Choices of a role in an account.
pub(crate) fn account_roles(
    frame: &Frame,
    id: &str,
    name: &str,
    label: Markup,
    chosen: AccountRole,
) -> Markup {
    html! {
        div.field {
            label.label for=(id) { (label) }
            select.input id=(id) name=(name) {
                @for role in AccountRole::ALL {
                    option value=(role.as_str()) selected[role == chosen] { (account_role_name(frame, role)) }
                }
            }
        }
    }
}

fn accounts_choice(frame: &Frame, id: &str, label: &str, accounts: &[AccountRecord], chosen: &str) -> Markup {
    html! {
        div.field {
            label.label for=(id) { (label) }
            select.input id=(id) name="client" {
                option value="" { (frame.say("people-account-none")) }
                @if !chosen.is_empty() && !accounts.iter().any(|account| account.key == chosen) {
                    option value=(chosen) selected { (chosen) }
                }
                @for account in accounts { option value=(account.key) selected[account.key == chosen] { (account.name) } }
            }
        }
    }
}

fn languages(frame: &Frame, chosen: &str) -> Markup {
    html! {
        div.field {
            label.label for="langue-personne" { (frame.say("people-language")) }
            select.input #langue-personne name="langue" {
                @for (tag, name) in [("fr", "people-language-fr"), ("en", "people-language-en")] {
                    option value=(tag) selected[tag == chosen] { (frame.say(name)) }
                }
            }
        }
    }
}

/// The list, with a form that adds somebody.
pub(crate) fn list_page(
    frame: &Frame,
    people: &PeopleList,
    accounts: &[AccountRecord],
    sought: &Sought,
    given: &Submission,
    said: &Said,
) -> Markup {
    let title = frame.say("people-title");
    let head = Head { title, place: Place::People, number: None, wrong: said.wrong.is_some(), icons: &[] };
    let query = |side: &str, cursor: &str| {
        format!("/admin/personnes?cote={}&q={}&suite={}", encode(side), encode(&sought.q), encode(cursor))
    };
    frame.page(
        &head,
        html! {
            main.shell #contenu tabindex="-1" {
                div.head {
                    h1 { (title) }
                    a.btn href="/admin/personnes/equipes" { (frame.say("teams-title")) }
                    a.btn href="/admin/personnes/droits.csv" { (frame.say("people-rights")) }
                }
                p.muted { (frame.say("people-what")) }
                (problem(frame, said.wrong.as_deref()))
                nav.views.gap-top aria-label=(frame.say("people-sides")) {
                    ul {
                        @for (_, name, key) in SIDES {
                            li { a href=(query(name, "")) aria-current=[(name == sought.cote).then_some("page")] { (frame.say(key)) } }
                        }
                    }
                }
                form.sift action="/admin/personnes" method="get" {
                    @if !sought.cote.is_empty() { input type="hidden" name="cote" value=(sought.cote); }
                    label.sr-only for="q" { (frame.say("people-find")) }
                    input.input #q name="q" type="search" value=(sought.q) placeholder=(frame.say("people-find"));
                    button.btn { (frame.say("people-find-button")) }
                }
                @if people.items.is_empty() { p.gap-top { (frame.say("people-none")) } }
                ul.requests {
                    @for person in &people.items {
                        li {
                            span.small { (role_name(frame, person.role)) }
                            div {
                                h2 { a href={ "/admin/personnes/" (person.id) } { (person.name) } }
                                p.small.muted {
                                    (person.email)
                                    @for account in &person.accounts { " · " (account.name) " (" (account_role_name(frame, account.role)) ")" }
                                    @if !person.is_active { " · " b { (frame.say("people-is-gone")) } }
                                }
                            }
                        }
                    }
                }
                @if let Some(cursor) = &people.cursor {
                    (frame.next_page(query(&sought.cote, cursor)))
                }
                h2.gap-top { (frame.say("people-new")) }
                form.form.stack action="/admin/personnes" method="post" {
                    (line(frame, "nom", "people-name", given.get("nom")).at_most(320).required())
                    (line(frame, "courriel", "people-email", given.get("courriel")).kind("email").at_most(320).required())
                    div.field {
                        label.label for="role" { (frame.say("people-role")) }
                        select.input #role name="role" {
                            @for role in [Role::Contact, Role::Agent, Role::Lead, Role::Manager, Role::Admin] {
                                option value=(role.as_str()) selected[given.get("role") == role.as_str()] { (role_name(frame, role)) }
                            }
                        }
                    }
                    (accounts_choice(frame, "client", frame.say("people-account"), accounts, given.get("client")))
                    (account_roles(frame, "role-client", "role-client", html! { (frame.say("people-account-role")) },
                        AccountRole::parse(given.get("role-client")).unwrap_or(AccountRole::Requester)))
                    (languages(frame, if given.get("langue").is_empty() { frame.language.tag() } else { given.get("langue") }))
                    button.btn.btn--primary { (frame.say("people-make")) }
                }
            }
        },
    )
}

/// The page of one person.
pub(crate) fn page(
    frame: &Frame,
    person: &PersonRecord,
    accounts: &[AccountRecord],
    teams: &[TeamRecord],
    said: &Said,
) -> Markup {
    let head = Head {
        title: &person.name,
        place: Place::People,
        number: None,
        wrong: said.wrong.is_some(),
        icons: &[],
    };
    let path = format!("/admin/personnes/{}", person.id);
    let is_self = frame.person.as_ref().is_some_and(|known| known.id == person.id.to_string());
    frame.page(
        &head,
        html! {
            main.shell #contenu tabindex="-1" {
                p.gap-top { a href="/admin/personnes" { (frame.say("people-title")) } }
                div.head { h1 { (person.name) } @if !person.is_active { b { (frame.say("people-is-gone")) } } }
                (problem(frame, said.wrong.as_deref()))
                @if let Some(done) = said.done { p role="status" { b { (frame.say(done)) } } }
                @if is_self { p { (frame.say("people-self")) } }
                form.form.stack action={ (path) "/enregistrer" } method="post" {
                    (line(frame, "nom", "people-name", &person.name).at_most(320).required())
                    (line(frame, "courriel", "people-email", &person.email).kind("email").at_most(320).required())
                    @if person.role.is_staff() && !is_self {
                        div.field {
                            label.label for="role" { (frame.say("people-role")) }
                            select.input #role name="role" {
                                @for role in Role::ALL.into_iter().filter(|role| role.is_staff()) {
                                    option value=(role.as_str()) selected[role == person.role] { (role_name(frame, role)) }
                                }
                            }
                        }
                    }
                    (languages(frame, &person.language))
                    div.field {
                        label.label for="fuseau" { (frame.say("people-zone")) }
                        p.hint #fuseau-aide { (frame.say("people-zone-hint")) }
                        input.input #fuseau name="fuseau" value=(person.zone.as_deref().unwrap_or_default()) autocomplete="off" aria-describedby="fuseau-aide" maxlength="80";
                    }
                    @if person.role.is_staff() {
                        @if !teams.is_empty() {
                            fieldset.stack {
                                legend { (frame.say("people-teams")) }
                                input type="hidden" name="avec-equipes" value="oui";
                                @for team in teams {
                                    label.check { input type="checkbox" name="equipe" value=(team.key) checked[person.teams.contains(&team.key)]; " " span { (team.name) } }
                                }
                            }
                        }
                    } @else {
                        fieldset.stack {
                            legend { (frame.say("people-accounts")) }
                            p.hint { (frame.say("people-accounts-hint")) }
                            @for (place, account) in person.accounts.iter().enumerate() {
                                (standing(frame, place, accounts, &account.key, account.role))
                            }
                            (standing(frame, person.accounts.len(), accounts, "", AccountRole::Requester))
                        }
                    }
                    button.btn.btn--primary { (frame.say("people-save")) }
                }
                section.gap-top.stack aria-labelledby="acces" {
                    h2 #acces { (frame.say("people-access")) }
                    @if let Some(has_one) = person.has_second_factor {
                        p { (frame.say(if has_one { "people-second-yes" } else { "people-second-no" })) }
                    }
                    @if let Some(sessions) = person.sessions { p { (count(frame, "people-sessions", sessions)) } }
                    @if let Some(tokens) = person.tokens { p { (count(frame, "people-tokens", tokens)) } }
                    @if !person.identities.is_empty() {
                        h3 { (frame.say("people-identities")) }
                        ul {
                            @for identity in &person.identities {
                                li {
                                    (identity.issuer)
                                    form action={ (path) "/delier" } method="post" {
                                        input type="hidden" name="nom" value=(identity.id);
                                        button.btn.btn--quiet { (frame.say("people-identity-remove")) }
                                    }
                                }
                            }
                        }
                    }
                    @if person.is_active { (button(&path, "inviter", frame.say("people-invite"))) }
                    @if person.sessions.is_some_and(|sessions| sessions > 0) { (button(&path, "connexions", frame.say("people-end-sessions"))) }
                    @if !is_self {
                        @if person.has_second_factor == Some(true) { (button(&path, "second-facteur", frame.say("people-reset-second"))) }
                        @if person.is_active {
                            p.small.muted { (frame.say("people-let-go-more")) }
                            (button(&path, "retirer", frame.say("people-let-go")))
                        } @else {
                            (button(&path, "rendre", frame.say("people-take-back")))
                        }
                    }
                }
            }
        },
    )
}

fn count(frame: &Frame, key: &str, number: usize) -> String {
    crate::say::count(frame.language, key, u64::try_from(number).unwrap_or(u64::MAX))
}

fn standing(frame: &Frame, place: usize, accounts: &[AccountRecord], key: &str, role: AccountRole) -> Markup {
    let number = (place + 1).to_string();
    let label = format!("{} {number}", frame.say("people-account"));
    html! {
        (accounts_choice(frame, &format!("client-{number}"), &label, accounts, key))
        (account_roles(frame, &format!("role-client-{number}"), "role-client",
            html! { (frame.say("people-account-role")) " " (number) }, role))
    }
}

fn button(path: &str, act: &str, name: &str) -> Markup {
    html! { form action={ (path) "/" (act) } method="post" { button.btn { (name) } } }
}

/// The page of teams.
pub(crate) fn teams_page(
    frame: &Frame,
    teams: &[TeamRecord],
    calendars: &[(String, terms::Label)],
    said: &Said,
) -> Markup {
    let title = frame.say("teams-title");
    let head = Head { title, place: Place::People, number: None, wrong: said.wrong.is_some(), icons: &[] };
    frame.page(
        &head,
        html! {
            main.shell #contenu tabindex="-1" {
                p.gap-top { a href="/admin/personnes" { (frame.say("people-title")) } }
                div.head { h1 { (title) } }
                p.muted { (frame.say("teams-what")) }
                (problem(frame, said.wrong.as_deref()))
                ul.requests {
                    @for team in teams {
                        @let field = format!("nom-{}", team.key);
                        li {
                            span.small { code { (team.key) } }
                            div.stack {
                                h2 { (team.name) }
                                @if team.members.is_empty() { p.small { (frame.say("teams-nobody")) } }
                                p.small {
                                    @for (place, (id, name)) in team.members.iter().enumerate() {
                                        @if place > 0 { ", " } a href={ "/admin/personnes/" (id) } { (name) }
                                    }
                                }
                                form.form action="/admin/personnes/equipes" method="post" {
                                    input type="hidden" name="equipe" value=(team.key);
                                    div.field {
                                        label.label for=(field) { (frame.say("teams-name")) }
                                        input.input id=(field) name="nom" value=(team.name) maxlength="100" autocomplete="off" required;
                                    }
                                    button.btn.btn--quiet { (frame.say("teams-rename")) }
                                }
                                @if !calendars.is_empty() {
                                    @let field = format!("heures-{}", team.key);
                                    form.form action="/admin/personnes/equipes" method="post" {
                                        input type="hidden" name="equipe" value=(team.key);
                                        div.field {
                                            label.label for=(field) { (frame.say("team-hours")) }
                                            select.input.select id=(field) name="heures" {
                                                option value="" { (frame.say("team-hours-any")) }
                                                @for (name, label) in calendars {
                                                    @let label = label.text(frame.language.tag());
                                                    option value=(name) selected[team.hours.as_ref() == Some(name)] { @if label.is_empty() { (name) } @else { (label) } }
                                                }
                                            }
                                        }
                                        button.btn.btn--quiet name="faire" value="heures" { (frame.say("team-hours-keep")) }
                                    }
                                }
                            }
                        }
                    }
                }
                h2.gap-top { (frame.say("teams-new")) }
                form.form.stack action="/admin/personnes/equipes" method="post" {
                    div.field {
                        label.label for="cle" { (frame.say("teams-key")) }
                        p.hint #cle-aide { (frame.say("teams-key-hint")) }
                        input.input #cle name="cle" maxlength="40" autocomplete="off" aria-describedby="cle-aide" required;
                    }
                    div.field {
                        label.label for="nom" { (frame.say("teams-name")) }
                        input.input #nom name="nom" maxlength="100" autocomplete="off" required;
                    }
                    button.btn.btn--primary { (frame.say("teams-make")) }
                }
            }
        },
    )
}
