use crate::environment::Environment;
use crate::error::Failure;
use crate::keep_people::{By, may_change_people, may_keep_people, note_deed_of};
use crate::sign_in::Origin;
use crate::viewer::Viewer;
use desk::PersonId;
use std::sync::Arc;
use store::Team;

/// A team, for whoever keeps people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamRecord {
    /// A short name for programs.
    pub key: String,
    /// Name as shown.
    pub name: String,
    /// Who is in it and may come in: id and name, by name.
    pub members: Vec<(PersonId, String)>,
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
    let departed = store.departed(provider).await?;
    let mut teams: Vec<TeamRecord> = Vec::new();
    for team in store.teams(provider).await? {
        let members = staff
            .iter()
            .filter(|person| team.members.contains(&person.id) && !departed.contains(&person.id))
            .map(|person| (person.id, person.name.clone()))
            .collect();
        teams.push(TeamRecord { key: team.key, name: team.name, members });
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

fn checked_name(name: &str) -> Result<String, Failure> {
    let name: String = name.trim().chars().filter(|letter| !letter.is_control()).take(100).collect();
    if name.is_empty() {
        return Err(Failure::Invalid { field: "name", problem: "error-team-name".into() });
    }
    Ok(name)
}
