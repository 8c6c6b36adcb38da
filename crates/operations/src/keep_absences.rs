//! Absences, languages and skills: one's own, and those of one's team for whoever leads it.

use crate::at_work::{ABSENCE, AtWork, StoredAbsence, TALENTS, Talents};
use crate::environment::Environment;
use crate::error::Failure;
use crate::viewer::Viewer;
use calendar::Instant;
use desk::{PersonId, Right, Role};
use std::collections::BTreeSet;
use store::PersonEntry;

/// The longest absence, in seconds: two years.
const LONGEST_SECONDS: i64 = 2 * 366 * 86_400;
/// Absences of one person at most, languages and skills of one at most, letters of one at most.
const ABSENCES_AT_MOST: usize = 50;
const TALENTS_AT_MOST: usize = 50;
const LETTERS: usize = 60;

/// Somebody of the desk, for their colleagues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffRecord {
    /// Their id.
    pub id: PersonId,
    /// Name as shown.
    pub name: String,
    /// Keys of the teams they are in.
    pub teams: Vec<String>,
    /// What they speak and know.
    pub talents: Talents,
    /// Absences that are not over, by their beginning.
    pub absences: Vec<AbsenceRecord>,
    /// Whether they are absent now.
    pub is_absent: bool,
    /// Who is there for them now; none while nobody is.
    pub stand_in: Option<(PersonId, String)>,
    /// Whether the viewer may change this.
    pub may_change: bool,
}

/// An absence, as colleagues see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbsenceRecord {
    /// Its key, unique for the person.
    pub key: String,
    /// From when on.
    pub from: Instant,
    /// Until when, excluded.
    pub until: Instant,
    /// Who stands in.
    pub deputy: Option<(PersonId, String)>,
}

/// An absence to keep.
#[derive(Clone, Copy, Debug)]
pub struct NewAbsence {
    /// Of whom.
    pub person: PersonId,
    /// From when on.
    pub from: Instant,
    /// Until when, excluded.
    pub until: Instant,
    /// Who stands in.
    pub deputy: Option<PersonId>,
}

/// Everybody of the viewer's desk, by name, the viewer first.
///
/// # Errors
/// - the viewer does not work there;
/// - the store fails.
pub async fn list_staff(environment: &Environment, viewer: &Viewer) -> Result<Vec<StaffRecord>, Failure> {
    must_work_here(viewer)?;
    let work = AtWork::read(environment, &viewer.provider.id).await?;
    let now = environment.now();
    let name = |id: PersonId| {
        let person = work.staff.iter().find(|person| person.id == id)?;
        Some((id, person.name.clone()))
    };
    let mut records: Vec<StaffRecord> = work
        .staff
        .iter()
        .map(|person| {
            let mut absences: Vec<AbsenceRecord> = work
                .absences
                .iter()
                .filter(|absence| absence.person == person.id && absence.until > now)
                .map(|absence| AbsenceRecord {
                    key: absence.key.clone(),
                    from: absence.from,
                    until: absence.until,
                    deputy: absence.deputy.and_then(name),
                })
                .collect();
            absences.sort_by_key(|absence| absence.from);
            let teams = work.teams.iter().filter(|team| team.members.contains(&person.id));
            StaffRecord {
                id: person.id,
                name: person.name.clone(),
                teams: teams.map(|team| team.key.clone()).collect(),
                talents: work.talents.get(&person.id).cloned().unwrap_or_default(),
                absences,
                is_absent: work.absence_of(person.id, now).is_some(),
                stand_in: work.stand_in(person.id, now).and_then(name),
                may_change: may_change(viewer, &work, person.id),
            }
        })
        .collect();
    records.sort_by_key(|record| (record.id != viewer.person.id, store::fold_words(&record.name)));
    Ok(records)
}

/// Keeps an absence. Gives its key.
///
/// # Errors
/// - it is not the viewer's own, nor that of somebody they lead;
/// - it ends before it begins, is over, or lasts longer than two years;
/// - the deputy is nobody of the desk, or the absent themselves;
/// - the store fails.
pub async fn keep_absence(
    environment: &Environment,
    viewer: &Viewer,
    new: NewAbsence,
) -> Result<String, Failure> {
    let work = changing(environment, viewer, new.person).await?;
    let wrong = |field, problem: &str| Failure::Invalid { field, problem: problem.to_owned() };
    let now = environment.now();
    let lasts = new.until.seconds_since(new.from);
    if new.until <= new.from || new.until <= now || lasts > LONGEST_SECONDS {
        return Err(wrong("until", "error-absence-until"));
    }
    if new.deputy.is_some_and(|deputy| deputy == new.person || !work.works_here(deputy)) {
        return Err(wrong("deputy", "error-absence-deputy"));
    }
    let known = work.absences.iter().filter(|absence| absence.person == new.person);
    if known.filter(|absence| absence.until > now).count() >= ABSENCES_AT_MOST {
        return Err(wrong("until", "error-absence-many"));
    }
    let stored = StoredAbsence { from: new.from, until: new.until, deputy: new.deputy };
    let key = format!("{:032x}", environment.new_id());
    let body = serde_json::to_string(&stored).expect("an absence is plain data");
    put(environment, viewer, new.person, ABSENCE, &key, body).await?;
    Ok(key)
}

/// Ends an absence, or takes one back that has not begun.
///
/// # Errors
/// - it is not the viewer's own, nor that of somebody they lead;
/// - there is none of this key;
/// - the store fails.
pub async fn end_absence(
    environment: &Environment,
    viewer: &Viewer,
    person: PersonId,
    key: &str,
) -> Result<(), Failure> {
    changing(environment, viewer, person).await?;
    let removed = environment.store.remove_person_entry(&viewer.provider.id, ABSENCE, person, key).await?;
    environment.work_changed();
    if removed { Ok(()) } else { Err(Failure::NotFound { what: "absence" }) }
}

/// Says what somebody speaks and knows, in place of what was known.
///
/// # Errors
/// - it is not the viewer themselves, nor somebody they lead;
/// - a language is no language tag, or there are too many;
/// - the store fails.
pub async fn keep_talents(
    environment: &Environment,
    viewer: &Viewer,
    person: PersonId,
    talents: &Talents,
) -> Result<(), Failure> {
    changing(environment, viewer, person).await?;
    let tidy = |words: &BTreeSet<String>| -> BTreeSet<String> {
        let words = words.iter().map(|word| word.trim().to_lowercase());
        words.filter(|word| !word.is_empty()).map(|word| word.chars().take(LETTERS).collect()).collect()
    };
    let kept = Talents { languages: tidy(&talents.languages), skills: tidy(&talents.skills) };
    let is_language = |tag: &String| {
        (2..=8).contains(&tag.len())
            && tag.bytes().all(|letter| letter.is_ascii_lowercase() || letter == b'-')
    };
    if !kept.languages.iter().all(is_language) || kept.languages.len() > TALENTS_AT_MOST {
        return Err(Failure::Invalid { field: "languages", problem: "error-talents-languages".into() });
    }
    if kept.skills.len() > TALENTS_AT_MOST {
        return Err(Failure::Invalid { field: "skills", problem: "error-talents-skills".into() });
    }
    let body = serde_json::to_string(&kept).expect("talents are plain data");
    put(environment, viewer, person, TALENTS, "all", body).await
}

async fn put(
    environment: &Environment,
    viewer: &Viewer,
    person: PersonId,
    kind: &str,
    key: &str,
    body: String,
) -> Result<(), Failure> {
    let entry = PersonEntry {
        provider: viewer.provider.id.clone(),
        person,
        kind: kind.to_owned(),
        key: key.to_owned(),
        body,
        changed_at: environment.now(),
    };
    environment.store.put_person_entry(&entry).await?;
    environment.work_changed();
    Ok(())
}

/// Everybody at work, where the viewer may change what is kept of somebody.
async fn changing(environment: &Environment, viewer: &Viewer, person: PersonId) -> Result<AtWork, Failure> {
    must_work_here(viewer)?;
    if !viewer.may_write() {
        return Err(Failure::NotPermitted);
    }
    let work = AtWork::read(environment, &viewer.provider.id).await?;
    if !work.works_here(person) {
        return Err(Failure::NotFound { what: "person" });
    }
    if may_change(viewer, &work, person) { Ok(work) } else { Err(Failure::NotPermitted) }
}

/// One's own; those of one's teams for a lead; everybody's for managers and administrators.
fn may_change(viewer: &Viewer, work: &AtWork, person: PersonId) -> bool {
    match viewer.person.role {
        Role::Manager | Role::Admin => true,
        Role::Lead => viewer.person.id == person || work.teammates(viewer.person.id).contains(&person),
        _ => viewer.person.id == person,
    }
}

fn must_work_here(viewer: &Viewer) -> Result<(), Failure> {
    if viewer.may(Right::UseWorkspace) { Ok(()) } else { Err(Failure::NotPermitted) }
}
