use crate::at_work::TEAM_HOURS;
use crate::environment::Environment;
use crate::error::Failure;
use crate::keep_people::{By, may_change_people, may_keep_people, note_deed_of};
use crate::remove_entry::remove_entry;
use crate::sign_in::Origin;
use crate::viewer::Viewer;
use desk::PersonId;
use std::sync::Arc;
use store::{Entry, Team};
use terms::Label;

/// A team, for whoever keeps people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamRecord {
    /// A short name for programs.
    pub key: String,
    /// Name as shown.
    pub name: String,
    /// Who is in it and may come in: id and name, by name.
    pub members: Vec<(PersonId, String)>,
    /// The calendar in which it works, where it has one of its own.
    pub hours: Option<String>,
}

/// The teams of the viewer's provider, by name.
///
/// # Errors
/// - the viewer does not keep people;
/// - the store fails.
pub async fn list_teams(environment: &Environment, viewer: &Viewer) -> Result<Vec<TeamRecord>, Failure> {
    may_keep_people(viewer)?;
    let (store, provider) = (&environment.store, &viewer.provider.id);
    let staff = store.staff(provider, None).await?;
    let hours = store.entries(provider, TEAM_HOURS).await?;
    let mut teams: Vec<TeamRecord> = Vec::new();
    for team in store.teams(provider).await? {
        let members = staff
            .iter()
            .filter(|person| team.members.contains(&person.id))
            .map(|person| (person.id, person.name.clone()))
            .collect();
        let hours = hours.iter().find(|entry| entry.key == team.key).map(|entry| entry.body.clone());
        teams.push(TeamRecord { key: team.key, name: team.name, members, hours });
    }
    teams.sort_by(|one, other| one.name.cmp(&other.name).then(one.key.cmp(&other.key)));
    Ok(teams)
}

/// Makes a team without anybody in it.
///
/// # Errors
/// - the viewer does not keep people;
/// - the key is none (small letters, digits and `-`, 40 at most), or taken, or the name is empty;
/// - the store fails.
pub async fn make_team(
    environment: &Arc<Environment>,
    viewer: &Viewer,
    key: &str,
    name: &str,
    origin: &Origin<'_>,
) -> Result<(), Failure> {
    may_change_people(viewer)?;
    let _alone = environment.people_in_hand.lock().await;
    let (key, name) = (key.trim(), checked_name(name)?);
    let is_key = (1..=40).contains(&key.len())
        && key.bytes().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-');
    if !is_key {
        return Err(Failure::Invalid { field: "key", problem: "error-team-key".into() });
    }
    let provider = &viewer.provider.id;
    if environment.store.teams(provider).await?.iter().any(|known| known.key == key) {
        return Err(Failure::Invalid { field: "key", problem: "error-team-key-taken".into() });
    }
    let team = Team { key: key.to_owned(), name, members: Vec::new() };
    environment.store.put_team(provider, &team).await?;
    environment.work_changed();
    let what = format!("team {key}: name – → {}", team.name);
    note_deed_of(environment, &By::viewer(viewer, origin), "team_changed", &what);
    Ok(())
}

/// Gives a team another name.
///
/// # Errors
/// - the viewer does not keep people, or there is no such team of their provider;
/// - the name is empty;
/// - the store fails.
pub async fn rename_team(
    environment: &Arc<Environment>,
    viewer: &Viewer,
    key: &str,
    name: &str,
    origin: &Origin<'_>,
) -> Result<(), Failure> {
    may_change_people(viewer)?;
    let _alone = environment.people_in_hand.lock().await;
    let provider = &viewer.provider.id;
    let teams = environment.store.teams(provider).await?;
    let known = teams.into_iter().find(|known| known.key == key);
    let known = known.ok_or(Failure::NotFound { what: "team" })?;
    let renamed = Team { name: checked_name(name)?, ..known.clone() };
    environment.store.put_team(provider, &renamed).await?;
    environment.work_changed();
    let what = format!("team {key}: name {} → {}", known.name, renamed.name);
    note_deed_of(environment, &By::viewer(viewer, origin), "team_changed", &what);
    Ok(())
}

/// Calendars in which teams may work: those of the provider's agreement, each with what people read.
///
/// # Errors
/// - the viewer does not keep people;
/// - the store fails, or the agreement cannot be read.
pub async fn team_calendars(
    environment: &Environment,
    viewer: &Viewer,
) -> Result<Vec<(String, Label)>, Failure> {
    may_keep_people(viewer)?;
    let mut calendars: Vec<(String, Label)> = Vec::new();
    for adopted in environment.store.agreements(&viewer.provider.id).await? {
        let terms = environment.terms(&viewer.provider.id, &adopted.name).await?;
        for calendar in &terms.calendars {
            if calendars.iter().all(|(known, _)| *known != calendar.name) {
                calendars.push((calendar.name.clone(), calendar.label.clone()));
            }
        }
    }
    Ok(calendars)
}

/// Says in which calendar of the agreement a team works; none for the hours of each request. Requests are given by
/// rules only to those of a team that is open.
///
/// # Errors
/// - the viewer does not keep people, or there is no such team of their provider;
/// - no agreement of the provider has such a calendar;
/// - the store fails.
pub async fn keep_team_hours(
    environment: &Arc<Environment>,
    viewer: &Viewer,
    key: &str,
    calendar: Option<&str>,
    origin: &Origin<'_>,
) -> Result<(), Failure> {
    may_change_people(viewer)?;
    let provider = &viewer.provider.id;
    if environment.store.teams(provider).await?.iter().all(|known| known.key != key) {
        return Err(Failure::NotFound { what: "team" });
    }
    let calendar = calendar.map(str::trim).filter(|calendar| !calendar.is_empty());
    match calendar {
        Some(calendar) => {
            let known = team_calendars(environment, viewer).await?;
            if known.iter().all(|(name, _)| name != calendar) {
                return Err(Failure::Invalid { field: "hours", problem: "error-team-hours".into() });
            }
            let entry = Entry {
                provider: provider.clone(),
                kind: TEAM_HOURS.to_owned(),
                key: key.to_owned(),
                body: calendar.to_owned(),
                changed_at: environment.now(),
                changed_by: viewer.person.id,
            };
            environment.store.put_entry(&entry).await?;
        }
        None => {
            remove_entry(environment, viewer, TEAM_HOURS, key).await?;
        }
    }
    environment.work_changed();
    let what = format!("team {key}: hours → {}", calendar.unwrap_or("–"));
    note_deed_of(environment, &By::viewer(viewer, origin), "team_changed", &what);
    Ok(())
}

fn checked_name(name: &str) -> Result<String, Failure> {
    let name: String = name.trim().chars().filter(|letter| !letter.is_control()).take(100).collect();
    if name.is_empty() {
        return Err(Failure::Invalid { field: "name", problem: "error-team-name".into() });
    }
    Ok(name)
}
