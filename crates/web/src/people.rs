//! People and teams, for whoever keeps them.

use crate::error::{Fault, explain, status, told};
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
    AccountRecord, AccountStanding, Failure, NewPerson, PeopleFilter, PeopleList, PeopleSide, PersonChange,
    PersonRecord, TeamRecord, change_person, end_person_sessions, invite_person, keep_team_hours,
    list_accounts, list_people, list_teams, make_person, make_team, remove_person_identity, rename_team,
    reset_second_factor, team_calendars, view_person,
};
use serde::{Deserialize, Serialize};

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
    Ok(shown(&web, &agent, &id, None, &Said::default()).await?.into_response())
}

async fn shown(
    web: &Web,
    agent: &Agent,
    id: &str,
    form: Option<&PersonForm>,
    said: &Said,
) -> Result<Markup, Fault> {
    let fault = |failure| agent.frame.fault(failure);
    let person = view_person(&web.environment, &agent.viewer, id).await.map_err(fault)?;
    let teams = list_teams(&web.environment, &agent.viewer).await.map_err(fault)?;
    let accounts = choices(web, agent).await?;
    Ok(page(&agent.frame, &person, form, &accounts, &teams, said))
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
        "enregistrer" => return save(&web, &agent, &seen, &id, &submission).await,
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
    answer(&web, &agent, &id, outcome.map(|()| done), None).await
}

/// Saves what a form changes of what it showed, on top of what stands.
async fn save(
    web: &Web,
    agent: &Agent,
    seen: &Seen,
    id: &str,
    submission: &Submission,
) -> Result<Response, Fault> {
    let (environment, viewer) = (&web.environment, &agent.viewer);
    let known = view_person(environment, viewer, id).await.map_err(|failure| agent.frame.fault(failure))?;
    let now = PersonForm::of(&known);
    let showed = serde_json::from_str(submission.get("vu")).unwrap_or_else(|_| now.clone());
    let (wanted, clashes) = PersonForm::sent(submission, &showed).onto(&showed, &now);
    if !clashes.is_empty() {
        let now: Vec<String> =
            clashes.into_iter().map(|label| what_stands(&agent.frame, &known, label)).collect();
        let now = now.join(" ; ");
        let said =
            Said { wrong: Some(agent.frame.say_with("error-person-changed", &[("now", &now)])), done: None };
        let page = shown(web, agent, id, Some(&wanted), &said).await?;
        return Ok((StatusCode::CONFLICT, page).into_response());
    }
    let outcome = match wanted.changes(&now) {
        Ok(change) => {
            change_person(environment, viewer, agent.token.as_deref(), id, &change, &seen.origin()).await
        }
        Err(failure) => Err(failure),
    };
    answer(web, agent, id, outcome.map(|()| "people-done"), Some(&wanted)).await
}

/// What a field of the form would say now, behind its label.
fn what_stands(frame: &Frame, known: &PersonRecord, label: &'static str) -> String {
    let account =
        |known: &AccountStanding| format!("{} ({})", known.name, account_role_name(frame, known.role));
    let value = match label {
        "people-name" => known.name.clone(),
        "people-email" => known.email.clone(),
        "people-role" => role_name(frame, known.role).to_owned(),
        "people-language" if known.language == "en" => frame.say("people-language-en").to_owned(),
        "people-language" => frame.say("people-language-fr").to_owned(),
        "people-zone" => known.zone.clone().unwrap_or_default(),
        "people-teams" => known.teams.join(", "),
        _ => known.accounts.iter().map(account).collect::<Vec<_>>().join(", "),
    };
    let value = if value.is_empty() { "–" } else { &value };
    format!("{}{} {value}", frame.say(label), frame.say("page-colon"))
}

/// The page of somebody, which says what was done, or what is wrong with a form that is to be sent again.
async fn answer(
    web: &Web,
    agent: &Agent,
    id: &str,
    outcome: Result<&'static str, Failure>,
    form: Option<&PersonForm>,
) -> Result<Response, Fault> {
    let (failure, done) = match outcome {
        Ok(done) => (None, Some(done)),
        Err(failure @ (Failure::Invalid { .. } | Failure::TooMany { .. })) => (Some(failure), None),
        Err(failure) => return Err(agent.frame.fault(failure)),
    };
    // Whoever took their own session away by this has no page to see.
    let session = agent.token.as_deref().unwrap_or_default();
    if operations::viewer_of_session(&web.environment, session).await.is_err() {
        return Ok(Redirect::to("/").into_response());
    }
    let said = Said { wrong: failure.as_ref().map(|failure| explain(&agent.frame, failure)), done };
    match failure {
        None => Ok(shown(web, agent, id, None, &said).await?.into_response()),
        Some(failure) => Ok(told(&failure, shown(web, agent, id, form, &said).await?)),
    }
}

/// What a form says of somebody: what it shows, or what it is sent with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PersonForm {
    name: String,
    email: String,
    role: String,
    language: String,
    zone: String,
    teams: Vec<String>,
    accounts: Vec<(String, String)>,
}

impl PersonForm {
    /// As it shows somebody.
    fn of(person: &PersonRecord) -> Self {
        let account = |known: &AccountStanding| (known.key.clone(), known.role.as_str().to_owned());
        let mut teams = person.teams.clone();
        teams.sort();
        Self {
            name: person.name.clone(),
            email: person.email.clone(),
            role: person.role.as_str().to_owned(),
            language: person.language.clone(),
            zone: person.zone.clone().unwrap_or_default(),
            teams,
            accounts: person.accounts.iter().map(account).collect(),
        }
    }

    /// As it was sent; a field that it had not says what was shown.
    fn sent(submission: &Submission, showed: &Self) -> Self {
        let has = |name: &str| submission.fields.iter().any(|(field, _)| field == name);
        let field =
            |name: &str, showed: &str| if has(name) { submission.get(name) } else { showed }.to_owned();
        let mut teams: Vec<String> = submission.each("equipe").map(str::to_owned).collect();
        teams.sort();
        let accounts = submission.each("client").zip(submission.each("role-client"));
        let accounts = accounts.filter(|(key, _)| !key.is_empty());
        Self {
            name: field("nom", &showed.name),
            email: field("courriel", &showed.email),
            role: field("role", &showed.role),
            language: field("langue", &showed.language),
            zone: field("fuseau", &showed.zone),
            teams: if has("avec-equipes") { teams } else { showed.teams.clone() },
            accounts: match has("client") {
                true => accounts.map(|(key, role)| (key.to_owned(), role.to_owned())).collect(),
                false => showed.accounts.clone(),
            },
        }
    }

    /// What its writer changed of what it showed, the rest as it stands now; with the labels of the fields that somebody
    /// else changed otherwise.
    fn onto(&self, showed: &Self, now: &Self) -> (Self, Vec<&'static str>) {
        let mut clashes = Vec::new();
        let onto = Self {
            name: merged("people-name", &self.name, &showed.name, &now.name, &mut clashes),
            email: merged("people-email", &self.email, &showed.email, &now.email, &mut clashes),
            role: merged("people-role", &self.role, &showed.role, &now.role, &mut clashes),
            language: merged(
                "people-language",
                &self.language,
                &showed.language,
                &now.language,
                &mut clashes,
            ),
            zone: merged("people-zone", &self.zone, &showed.zone, &now.zone, &mut clashes),
            teams: merged("people-teams", &self.teams, &showed.teams, &now.teams, &mut clashes),
            accounts: merged(
                "people-accounts",
                &self.accounts,
                &showed.accounts,
                &now.accounts,
                &mut clashes,
            ),
        };
        (onto, clashes)
    }

    /// What it changes of what stands.
    fn changes(&self, now: &Self) -> Result<PersonChange, Failure> {
        let new = |wanted: &String, now: &String| Some(wanted.clone()).filter(|wanted| wanted != now);
        let account = |(key, role): &(String, String)| account_role(role).map(|role| (key.clone(), role));
        let accounts = self.accounts.iter().map(account).collect::<Result<Vec<_>, Failure>>()?;
        Ok(PersonChange {
            name: new(&self.name, &now.name),
            email: new(&self.email, &now.email),
            role: new(&self.role, &now.role).map(|text| role(&text)).transpose()?,
            language: new(&self.language, &now.language),
            zone: new(&self.zone, &now.zone),
            is_active: None,
            accounts: Some(accounts).filter(|_| self.accounts != now.accounts),
            teams: Some(self.teams.clone()).filter(|teams| *teams != now.teams),
        })
    }
}

/// What was sent where its writer changed it, else what stands; the label of the field is noted where somebody else changed
/// it otherwise.
fn merged<T: Clone + PartialEq>(
    label: &'static str,
    sent: &T,
    showed: &T,
    now: &T,
    clashes: &mut Vec<&'static str>,
) -> T {
    if sent == showed {
        return now.clone();
    }
    if now != showed && now != sent {
        clashes.push(label);
    }
    sent.clone()
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

/// The page of one person; `form` is what was sent to change them and is to be sent again.
pub(crate) fn page(
    frame: &Frame,
    person: &PersonRecord,
    form: Option<&PersonForm>,
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
    let stands = PersonForm::of(person);
    let form = form.unwrap_or(&stands);
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
                    input type="hidden" name="vu" value=(serde_json::to_string(&stands).unwrap_or_default());
                    (line(frame, "nom", "people-name", &form.name).at_most(320).required())
                    (line(frame, "courriel", "people-email", &form.email).kind("email").at_most(320).required())
                    @if person.role.is_staff() && !is_self {
                        div.field {
                            label.label for="role" { (frame.say("people-role")) }
                            select.input #role name="role" {
                                @for role in Role::ALL.into_iter().filter(|role| role.is_staff()) {
                                    option value=(role.as_str()) selected[role.as_str() == form.role] { (role_name(frame, role)) }
                                }
                            }
                        }
                    }
                    (languages(frame, &form.language))
                    div.field {
                        label.label for="fuseau" { (frame.say("people-zone")) }
                        p.hint #fuseau-aide { (frame.say("people-zone-hint")) }
                        input.input #fuseau name="fuseau" value=(form.zone) autocomplete="off" aria-describedby="fuseau-aide" maxlength="80";
                    }
                    @if person.role.is_staff() {
                        @if !teams.is_empty() {
                            fieldset.stack {
                                legend { (frame.say("people-teams")) }
                                input type="hidden" name="avec-equipes" value="oui";
                                @for team in teams {
                                    label.check { input type="checkbox" name="equipe" value=(team.key) checked[form.teams.contains(&team.key)]; " " span { (team.name) } }
                                }
                            }
                        }
                    } @else {
                        fieldset.stack {
                            legend { (frame.say("people-accounts")) }
                            p.hint { (frame.say("people-accounts-hint")) }
                            @for (place, (key, role)) in form.accounts.iter().enumerate() {
                                (standing(frame, place, accounts, key, AccountRole::parse(role).unwrap_or(AccountRole::Requester)))
                            }
                            (standing(frame, form.accounts.len(), accounts, "", AccountRole::Requester))
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
