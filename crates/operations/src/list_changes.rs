//! What was changed of a desk's settings: when, by whom, what they said before and after (ISO 27001 A 8.32).

use crate::at_work::TEAM_HOURS;
use crate::environment::Environment;
use crate::error::Failure;
use crate::keep_assignment::{ADVISER, ASSIGNMENT};
use crate::keep_fields::FIELD;
use crate::keep_licences::LICENCE;
use crate::keep_mail_keys::MAIL_KEY;
use crate::keep_mail_templates::{MAIL_TEMPLATE, latest_words};
use crate::keep_named_contacts::NAMED_CONTACTS;
use crate::keep_retention::RETENTION;
use crate::keep_rules::RULE;
use crate::keep_texts::{MACRO, REPLY};
use crate::provision::LET_GO;
use crate::publish_release::RELEASE;
use crate::viewer::Viewer;
use calendar::Instant;
use desk::{AccountId, PersonId, Right};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use store::{EntryVersion, VersionPlace, VersionQuery};

/// Webhooks have a table of their own; the store calls them so among the versions.
const WEBHOOK: &str = "webhook";

/// Kinds of settings of which changes are kept, by their names.
pub const SETTING_KINDS: [&str; 15] = [
    ADVISER,
    ASSIGNMENT,
    FIELD,
    LET_GO,
    LICENCE,
    MACRO,
    MAIL_KEY,
    MAIL_TEMPLATE,
    NAMED_CONTACTS,
    RELEASE,
    REPLY,
    RETENTION,
    RULE,
    TEAM_HOURS,
    WEBHOOK,
];

/// What became of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It came to be; or what it said before is kept no more.
    Made,
    /// It says something else.
    Changed,
    /// It is gone.
    Removed,
    /// Somebody's erasure took out what it said.
    Erased,
}

impl ChangeKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Made, Self::Changed, Self::Removed, Self::Erased];

    /// The kind as programs read it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Changed => "changed",
            Self::Removed => "removed",
            Self::Erased => "erased",
        }
    }
}

/// A part of a setting that says something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingDifference {
    /// Which part, as the setting is written: `texts.fr`, `steps[0].command`; empty where it has no parts.
    pub part: String,
    /// What it said; none where it was not there.
    pub before: Option<String>,
    /// What it says; none where it is gone.
    pub after: Option<String>,
}

/// A change of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingChange {
    /// Where the next page begins: before this one.
    pub cursor: String,
    /// Which kind of setting, of [`SETTING_KINDS`].
    pub kind: String,
    /// Its key among its kind.
    pub key: String,
    /// The customer whose setting it is, by name; none where it is the desk's.
    pub account: Option<String>,
    /// Which version of it came to be, from 1.
    pub version: u64,
    /// When.
    pub at: Instant,
    /// By whom; none where the desk itself did it.
    pub person_id: Option<PersonId>,
    /// The same by name.
    pub person: Option<String>,
    /// What became of it.
    pub what: ChangeKind,
    /// What is said otherwise, part by part.
    pub differences: Vec<SettingDifference>,
}

/// Which changes are wanted; what is empty wants all.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChangesWanted<'a> {
    /// Of one kind alone, of [`SETTING_KINDS`].
    pub kind: &'a str,
    /// Of one key alone.
    pub key: &'a str,
    /// From before this one.
    pub cursor: &'a str,
    /// How many at most.
    pub at_most: u32,
}

/// What was changed of the settings of the viewer's desk, the latest first.
///
/// # Errors
/// - the viewer does not read the journal;
/// - the kind or the cursor is none;
/// - the store fails.
pub async fn list_changes(
    environment: &Environment,
    viewer: &Viewer,
    wanted: &ChangesWanted<'_>,
) -> Result<Vec<SettingChange>, Failure> {
    if !viewer.may(Right::ReadAudit) {
        return Err(Failure::NotPermitted);
    }
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let kind = given(wanted.kind);
    if kind.as_deref().is_some_and(|kind| !SETTING_KINDS.contains(&kind)) {
        return Err(Failure::Invalid { field: "kind", problem: "error-setting-kind".into() });
    }
    let wrong = || Failure::Invalid { field: "cursor", problem: "error-cursor".into() };
    let before = match given(wanted.cursor) {
        Some(cursor) => Some(place_of(&cursor).ok_or_else(wrong)?),
        None => None,
    };
    let query = VersionQuery { kind, key: given(wanted.key), by: None, before, at_most: wanted.at_most };
    let provider = &viewer.provider.id;
    let versions = environment.store.entry_versions(provider, &query).await?;
    let names = Names::of(environment, viewer, &versions).await?;
    Ok(versions.into_iter().map(|version| change(version, &names)).collect())
}

fn change(version: EntryVersion, names: &Names) -> SettingChange {
    // Settings of one customer have the customer in their kind or as their key.
    let (kind, account) = version.kind.split_once(' ').unwrap_or((&version.kind, &version.key));
    let said = |body: Option<&str>| body.map_or_else(BTreeMap::new, |body| parts(&says(kind, body), names));
    let (before, after) = (said(version.former.as_deref()), said(version.body.as_deref()));
    let what = match (version.former.as_deref(), version.body.as_deref()) {
        (_, Some("")) => ChangeKind::Erased,
        (_, None) => ChangeKind::Removed,
        (None, Some(_)) => ChangeKind::Made,
        (Some(_), Some(_)) => ChangeKind::Changed,
    };
    let all: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differences =
        all.into_iter().filter(|part| before.get(*part) != after.get(*part)).map(|part| SettingDifference {
            part: part.clone(),
            before: before.get(part).cloned(),
            after: after.get(part).cloned(),
        });
    SettingChange {
        cursor: cursor_of(&version),
        account: account.parse().ok().and_then(|id| names.accounts.get(&id).cloned()),
        kind: kind.to_owned(),
        differences: differences.collect(),
        version: version.number,
        at: version.at,
        person: version.by.and_then(|id| names.people.get(&id).cloned()),
        person_id: version.by,
        what,
        key: version.key,
    }
}

/// What an entry says to people: without what stands in it for the program alone.
fn says(kind: &str, body: &str) -> Value {
    // The hours of a team are a name and no JSON.
    let mut value = serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned()));
    match kind {
        MAIL_TEMPLATE => return latest_words(body),
        RULE | ASSIGNMENT => value.as_object_mut().map(|rule| rule.remove("from_position")),
        MAIL_KEY => value.as_object_mut().map(|key| key.remove("file")),
        _ => None,
    };
    if let Value::Object(parts) = &mut value {
        parts.remove("key");
    }
    value
}

/// What stands in a value, each under its place.
fn parts(value: &Value, names: &Names) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    gather(value, String::new(), names, &mut found);
    found
}

fn gather(value: &Value, place: String, names: &Names, found: &mut BTreeMap<String, String>) {
    match value {
        Value::Null => {}
        Value::Object(parts) => {
            for (name, part) in parts {
                let dot = if place.is_empty() { "" } else { "." };
                gather(part, format!("{place}{dot}{name}"), names, found);
            }
        }
        Value::Array(parts) => {
            for (number, part) in parts.iter().enumerate() {
                gather(part, format!("{place}[{number}]"), names, found);
            }
        }
        Value::String(text) => {
            let name = text.parse().ok().and_then(|id| names.people.get(&id));
            found.insert(place, name.unwrap_or(text).clone());
        }
        Value::Bool(_) | Value::Number(_) => {
            found.insert(place, value.to_string());
        }
    }
}

/// What ids in settings are called.
struct Names {
    accounts: BTreeMap<AccountId, String>,
    people: BTreeMap<PersonId, String>,
}

impl Names {
    async fn of(
        environment: &Environment,
        viewer: &Viewer,
        versions: &[EntryVersion],
    ) -> Result<Self, Failure> {
        let provider = &viewer.provider.id;
        let mut names = Self { accounts: BTreeMap::new(), people: BTreeMap::new() };
        for version in versions {
            let account = version.kind.split_once(' ').map_or(version.key.as_str(), |(_, account)| account);
            if let Ok(id) = account.parse::<AccountId>()
                && !names.accounts.contains_key(&id)
                && let Some(name) = environment.account_name(provider, id).await?
            {
                names.accounts.insert(id, name.to_string());
            }
            let bodies = version.body.iter().chain(&version.former);
            let ids = bodies.flat_map(|body| body.split('"')).filter_map(|text| text.parse().ok());
            for id in ids.chain(version.by) {
                if !names.people.contains_key(&id)
                    && let Some(person) = environment.person(provider, id).await?
                {
                    names.people.insert(id, person.name.clone());
                }
            }
        }
        Ok(names)
    }
}

fn cursor_of(version: &EntryVersion) -> String {
    let (at, number) = (version.at.milliseconds(), version.number);
    // Neither kinds nor keys have a tilde.
    format!("{at}~{number}~{}~{}", version.kind, version.key)
}

fn place_of(cursor: &str) -> Option<VersionPlace> {
    let mut parts = cursor.splitn(4, '~');
    Some(VersionPlace {
        at: Instant::from_milliseconds(parts.next()?.parse().ok()?),
        number: parts.next()?.parse().ok()?,
        kind: parts.next()?.to_owned(),
        key: parts.next()?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(kind: &str, former: Option<&str>, body: Option<&str>) -> EntryVersion {
        EntryVersion {
            provider: desk::ProviderId("orvane".to_owned()),
            kind: kind.to_owned(),
            key: "urgent".to_owned(),
            number: 2,
            body: body.map(str::to_owned),
            former: former.map(str::to_owned),
            at: Instant::from_milliseconds(5),
            by: Some(PersonId(9)),
        }
    }

    fn names() -> Names {
        Names {
            accounts: BTreeMap::new(),
            people: [(PersonId(9), "Aline Roux".to_owned()), (PersonId(10), "Sacha Petit".to_owned())].into(),
        }
    }

    #[test]
    fn what_is_said_otherwise_is_told_part_by_part() {
        let former = r#"{"title":"Urgent","enabled":true,"from_position":3,"texts":{"fr":"Bonjour"}}"#;
        let body = r#"{"title":"Urgent","enabled":false,"from_position":9,"texts":{"en":"Hello"}}"#;
        let told = change(version(RULE, Some(former), Some(body)), &names());
        assert_eq!((told.what, told.person.as_deref()), (ChangeKind::Changed, Some("Aline Roux")));
        let told: Vec<_> = told
            .differences
            .iter()
            .map(|it| (it.part.as_str(), it.before.as_deref(), it.after.as_deref()))
            .collect();
        assert_eq!(
            told,
            [
                ("enabled", Some("true"), Some("false")),
                ("texts.en", None, Some("Hello")),
                ("texts.fr", Some("Bonjour"), None)
            ]
        );
    }

    #[test]
    fn people_are_called_by_their_names_and_plain_texts_have_no_parts() {
        let body = format!("\"{}\"", PersonId(10));
        let told = change(version(ADVISER, None, Some(&body)), &names());
        assert_eq!(told.what, ChangeKind::Made);
        assert_eq!(told.differences[0].after.as_deref(), Some("Sacha Petit"));
        let told = change(version(TEAM_HOURS, Some("nights"), None), &names());
        assert_eq!(told.what, ChangeKind::Removed);
        assert_eq!(told.differences[0].before.as_deref(), Some("nights"));
    }

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let version = version("licence 0a", None, None);
        let place = place_of(&cursor_of(&version)).expect("a place");
        assert_eq!((place.at, place.number), (version.at, version.number));
        assert_eq!((place.kind, place.key), (version.kind, version.key));
        for wrong in ["", "5", "5~x~a~b", "5~2~a"] {
            assert_eq!(place_of(wrong), None, "{wrong}");
        }
    }
}
