//! Who is at work: absences with their deputies, languages and skills, teams.

use crate::environment::Environment;
use crate::error::Failure;
use async_recursion::async_recursion as boxed;
use calendar::Instant;
use desk::{NoticeChoice, Person, PersonId, ProviderId, Role};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use store::Team;

/// Under which kinds these are stored.
pub(crate) const ABSENCE: &str = "absence";
pub(crate) const TALENTS: &str = "talents";
pub(crate) const NOTICES: &str = "notices";
/// Under which kind the hours of teams are stored, by key of the team.
pub(crate) const TEAM_HOURS: &str = "team_hours";

/// How many deputies stand in for one another at most.
const DEPUTIES: usize = 5;

/// A stretch of time in which somebody is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence {
    /// Its key, unique for the person.
    pub key: String,
    /// Who.
    pub person: PersonId,
    /// From when on.
    pub from: Instant,
    /// Until when, excluded.
    pub until: Instant,
    /// Who stands in.
    pub deputy: Option<PersonId>,
}

/// An absence as it is stored.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StoredAbsence {
    pub(crate) from: Instant,
    pub(crate) until: Instant,
    pub(crate) deputy: Option<PersonId>,
}

/// What somebody speaks and knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Talents {
    /// Languages in which they answer (`fr`, `ja`).
    pub languages: BTreeSet<String>,
    /// Skills, in lower case.
    pub skills: BTreeSet<String>,
}

/// Everybody who works for a provider, as lately read.
#[derive(Debug, Default)]
pub(crate) struct AtWork {
    pub(crate) absences: Vec<Absence>,
    pub(crate) talents: HashMap<PersonId, Talents>,
    pub(crate) teams: Vec<Team>,
    /// The calendar in which a team works, by key of the team, where it has one of its own.
    pub(crate) team_hours: HashMap<String, String>,
    /// How people of both sides want to be told.
    pub(crate) choices: HashMap<PersonId, NoticeChoice>,
    /// Those who may come in.
    pub(crate) staff: Vec<Person>,
}

impl AtWork {
    #[boxed]
    pub(crate) async fn read(environment: &Environment, provider: &ProviderId) -> Result<Self, Failure> {
        let store = &environment.store;
        let staff = store.staff(provider, None).await?;
        let absences = store.person_entries(provider, ABSENCE).await?;
        let talents = store.person_entries(provider, TALENTS).await?;
        let choices = store.person_entries(provider, NOTICES).await?;
        let read = |entry: store::PersonEntry| {
            let StoredAbsence { from, until, deputy } = serde_json::from_str(&entry.body).ok()?;
            Some(Absence { key: entry.key, person: entry.person, from, until, deputy })
        };
        Ok(Self {
            absences: absences.into_iter().filter_map(read).collect(),
            talents: talents
                .into_iter()
                .filter_map(|entry| Some((entry.person, serde_json::from_str(&entry.body).ok()?)))
                .collect(),
            choices: choices
                .into_iter()
                .filter_map(|entry| Some((entry.person, serde_json::from_str(&entry.body).ok()?)))
                .collect(),
            teams: store.teams(provider).await?,
            team_hours: store
                .entries(provider, TEAM_HOURS)
                .await?
                .into_iter()
                .map(|entry| (entry.key, entry.body))
                .collect(),
            staff,
        })
    }

    /// The absence of somebody at an instant: the one that ends last where several meet.
    pub(crate) fn absence_of(&self, person: PersonId, now: Instant) -> Option<&Absence> {
        let now = self
            .absences
            .iter()
            .filter(|known| known.person == person && known.from <= now && now < known.until);
        now.max_by_key(|known| known.until)
    }

    pub(crate) fn works_here(&self, person: PersonId) -> bool {
        self.staff.iter().any(|known| known.id == person)
    }

    /// Whether somebody works here and is not absent.
    pub(crate) fn is_present(&self, person: PersonId, now: Instant) -> bool {
        self.works_here(person) && self.absence_of(person, now).is_none()
    }

    /// Who is there for somebody: themselves, else the deputy, or the deputy's deputy.
    pub(crate) fn stand_in(&self, person: PersonId, now: Instant) -> Option<PersonId> {
        let mut who = person;
        for _ in 0..DEPUTIES {
            match self.absence_of(who, now) {
                None => return self.works_here(who).then_some(who),
                Some(absence) => who = absence.deputy?,
            }
        }
        None
    }

    /// Whether somebody is away because each team of theirs that has hours of its own is closed.
    pub(crate) fn is_off(&self, person: PersonId, is_closed: impl Fn(&str) -> bool) -> bool {
        let mut timed = self
            .teams
            .iter()
            .filter(|team| team.members.contains(&person) && self.team_hours.contains_key(&team.key))
            .peekable();
        timed.peek().is_some() && timed.all(|team| is_closed(&team.key))
    }

    /// Everybody in one team with somebody, without them.
    pub(crate) fn teammates(&self, person: PersonId) -> BTreeSet<PersonId> {
        let teams = self.teams.iter().filter(|team| team.members.contains(&person));
        teams.flat_map(|team| team.members.iter().copied()).filter(|member| *member != person).collect()
    }

    /// The absent people whose requests somebody is asked to look after now: those who named them, and,
    /// where no deputy is there, those of their teams; for whoever leads or manages, everybody.
    pub(crate) fn looked_after_by(&self, viewer: &Person, now: Instant) -> BTreeSet<PersonId> {
        let absent = self.staff.iter().filter(|person| person.id != viewer.id);
        let absent = absent.filter(|person| self.absence_of(person.id, now).is_some());
        let teammates = self.teammates(viewer.id);
        let is_mine = |person: &&Person| {
            let stands_in = self.stand_in(person.id, now);
            stands_in == Some(viewer.id)
                || teammates.contains(&person.id)
                || matches!(viewer.role, Role::Lead | Role::Manager | Role::Admin)
        };
        absent.filter(is_mine).map(|person| person.id).collect()
    }

    /// The languages that those speak who are there; none where nobody's languages are known.
    pub(crate) fn spoken(&self, now: Instant) -> Option<BTreeSet<String>> {
        if self.talents.values().all(|talents| talents.languages.is_empty()) {
            return None;
        }
        let there = self.talents.iter().filter(|(person, _)| self.is_present(**person, now));
        Some(there.flat_map(|(_, talents)| talents.languages.iter().cloned()).collect())
    }

    pub(crate) fn speaks(&self, person: PersonId, language: &str) -> bool {
        self.talents.get(&person).is_some_and(|talents| talents.languages.contains(language))
    }

    pub(crate) fn knows(&self, person: PersonId, skill: &str) -> bool {
        self.talents.get(&person).is_some_and(|talents| talents.skills.contains(skill))
    }
}

#[cfg(test)]
mod tests {
    use super::{Absence, AtWork};
    use calendar::Instant;
    use desk::{Person, PersonId, ProviderId, Role};
    use store::Team;

    fn person(id: u128, role: Role) -> Person {
        Person {
            id: PersonId(id),
            provider: ProviderId("orvane".to_owned()),
            role,
            name: id.to_string(),
            email: format!("{id}@orvane.example"),
            account: None,
            language: "fr".to_owned(),
            zone: None,
        }
    }

    fn absence(person: u128, from: i64, until: i64, deputy: Option<u128>) -> Absence {
        Absence {
            key: from.to_string(),
            person: PersonId(person),
            from: Instant::EPOCH.plus_seconds(from),
            until: Instant::EPOCH.plus_seconds(until),
            deputy: deputy.map(PersonId),
        }
    }

    #[test]
    fn deputies_stand_in_for_one_another_and_never_in_circles() {
        let mut work = AtWork {
            staff: (1..=4).map(|id| person(id, Role::Agent)).collect(),
            absences: vec![absence(1, 10, 20, Some(2)), absence(2, 15, 30, Some(3))],
            teams: vec![Team {
                key: "a".to_owned(),
                name: "A".to_owned(),
                members: vec![PersonId(1), PersonId(4)],
            }],
            ..AtWork::default()
        };
        let at = |seconds| Instant::EPOCH.plus_seconds(seconds);
        assert_eq!(work.stand_in(PersonId(1), at(9)), Some(PersonId(1)));
        assert_eq!(work.stand_in(PersonId(1), at(10)), Some(PersonId(2)));
        assert_eq!(work.stand_in(PersonId(1), at(15)), Some(PersonId(3)));
        assert_eq!(work.stand_in(PersonId(1), at(20)), Some(PersonId(1)));
        let looked_after = |viewer: u128, seconds| {
            let found = work.looked_after_by(&person(viewer, Role::Agent), at(seconds));
            found.into_iter().map(|person| person.0).collect::<Vec<_>>()
        };
        assert_eq!(looked_after(2, 12), [1]);
        assert_eq!(looked_after(3, 16), [1, 2]);
        assert_eq!(looked_after(4, 16), [1], "of the same team");
        assert!(looked_after(3, 40).is_empty());
        work.absences.push(absence(3, 0, 99, Some(1)));
        assert_eq!(work.stand_in(PersonId(1), at(16)), None);
    }
}
