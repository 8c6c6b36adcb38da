//! What a desk says and does again and again: canned replies, and macros.

use crate::environment::Environment;
use crate::error::Failure;
use crate::fill_template::{TEMPLATE_NAMES, unknown_gap};
use crate::read_command::check_command;
use crate::remove_entry::remove_entry;
use crate::viewer::Viewer;
use desk::{Refusal, Right};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use store::Entry;

/// Under which kind replies and macros are stored.
pub(crate) const REPLY: &str = "reply";
pub(crate) const MACRO: &str = "macro";
/// Texts of one kind that a provider keeps at most, characters of one, and steps of a macro.
const AT_MOST: usize = 500;
const CHARACTERS: usize = 20_000;
const STEPS: usize = 20;

/// An answer that is written once and used often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CannedReply {
    /// Its key: small letters, digits and hyphens.
    #[serde(skip)]
    pub key: String,
    /// What it is called.
    pub title: String,
    /// Its text by language (`fr`, `en`), with gaps such as `{{number}}`.
    pub texts: BTreeMap<String, String>,
}

/// Commands that are given together, under a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Macro {
    /// Its key: small letters, digits and hyphens.
    #[serde(skip)]
    pub key: String,
    /// What it is called.
    pub title: String,
    /// What it does, in order.
    pub steps: Vec<MacroStep>,
}

/// A command of a macro, in the form that the interface for programs takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MacroStep {
    /// Its name: `tag`, `reply`, ….
    pub command: String,
    /// Its fields. Texts may have gaps, as replies do.
    #[serde(default)]
    pub with: Map<String, Value>,
}

/// The replies of the viewer's desk, by key.
///
/// # Errors
/// - the viewer is a contact;
/// - the store fails.
pub async fn list_replies(environment: &Environment, viewer: &Viewer) -> Result<Vec<CannedReply>, Failure> {
    must_answer(viewer)?;
    let entries = environment.entries(&viewer.provider.id, REPLY).await?;
    Ok(entries.iter().filter_map(reply_of).collect())
}

/// The macros of the viewer's desk, by key.
///
/// # Errors
/// As [`list_replies`].
pub async fn list_macros(environment: &Environment, viewer: &Viewer) -> Result<Vec<Macro>, Failure> {
    must_answer(viewer)?;
    let entries = environment.entries(&viewer.provider.id, MACRO).await?;
    Ok(entries.iter().filter_map(macro_of).collect())
}

/// One reply.
///
/// # Errors
/// As [`list_replies`], and when there is no such one.
pub async fn view_reply(
    environment: &Environment,
    viewer: &Viewer,
    key: &str,
) -> Result<CannedReply, Failure> {
    must_answer(viewer)?;
    let found = environment.store.entry(&viewer.provider.id, REPLY, key).await?;
    found.as_ref().and_then(reply_of).ok_or(Failure::NotFound { what: "reply" })
}

/// One macro.
///
/// # Errors
/// As [`list_replies`], and when there is no such one.
pub async fn view_macro(environment: &Environment, viewer: &Viewer, key: &str) -> Result<Macro, Failure> {
    must_answer(viewer)?;
    let found = environment.store.entry(&viewer.provider.id, MACRO, key).await?;
    found.as_ref().and_then(macro_of).ok_or(Failure::NotFound { what: "macro" })
}

/// Keeps a reply under its key, in place of what stood there.
///
/// # Errors
/// - the viewer does not keep texts;
/// - the key, the title or the texts are not usable, or a gap has no known name;
/// - there are too many, or the store fails.
pub async fn put_reply(
    environment: &Environment,
    viewer: &Viewer,
    reply: &CannedReply,
) -> Result<(), Failure> {
    must_keep(viewer)?;
    let texts: BTreeMap<String, String> = reply
        .texts
        .iter()
        .map(|(language, text)| (language.clone(), text.trim().replace("\r\n", "\n")))
        .filter(|(_, text)| !text.is_empty())
        .collect();
    if let Some(language) = texts.keys().find(|language| words::Language::parse(language).is_none()) {
        return Err(unknown("language", language, ["fr", "en"].map(str::to_owned).to_vec()));
    }
    if texts.is_empty() {
        return Err(Failure::Refused(Refusal::Empty));
    }
    for text in texts.values() {
        must_fit(text)?;
    }
    let kept = CannedReply { title: title_of(&reply.title)?, texts, key: String::new() };
    put(environment, viewer, REPLY, &reply.key, &kept).await
}

/// Keeps a macro under its key, in place of what stood there.
///
/// # Errors
/// - the viewer does not keep texts;
/// - the key, the title or a step is not usable: what is wrong with it is named;
/// - there are too many, or the store fails.
pub async fn put_macro(environment: &Environment, viewer: &Viewer, kept: &Macro) -> Result<(), Failure> {
    must_keep(viewer)?;
    must_be_steps(&kept.steps)?;
    let kept_macro = Macro { title: title_of(&kept.title)?, ..kept.clone() };
    put(environment, viewer, MACRO, &kept.key, &kept_macro).await
}

/// Whether commands can be given together: each is known and can be read, and its gaps have names.
pub(crate) fn must_be_steps(steps: &[MacroStep]) -> Result<(), Failure> {
    if steps.is_empty() || steps.len() > STEPS {
        let (what, most) = ("steps".to_owned(), STEPS as u32);
        return Err(Failure::Refused(Refusal::OutOfBounds { what, least: 1, most }));
    }
    for step in steps {
        for text in step.with.values().filter_map(Value::as_str) {
            must_fit(text)?;
        }
        check_command(&step.command, &step.with)?;
    }
    Ok(())
}

/// Removes a reply.
///
/// # Errors
/// - the viewer does not keep texts, or there is no such one;
/// - the store fails.
pub async fn remove_reply(environment: &Environment, viewer: &Viewer, key: &str) -> Result<(), Failure> {
    remove(environment, viewer, REPLY, key, "reply").await
}

/// Removes a macro.
///
/// # Errors
/// As [`remove_reply`].
pub async fn remove_macro(environment: &Environment, viewer: &Viewer, key: &str) -> Result<(), Failure> {
    remove(environment, viewer, MACRO, key, "macro").await
}

async fn remove(
    environment: &Environment,
    viewer: &Viewer,
    kind: &'static str,
    key: &str,
    what: &'static str,
) -> Result<(), Failure> {
    must_keep(viewer)?;
    let removed = remove_entry(environment, viewer, kind, key).await?;
    environment.entries_changed();
    if removed { Ok(()) } else { Err(Failure::NotFound { what }) }
}

async fn put(
    environment: &Environment,
    viewer: &Viewer,
    kind: &'static str,
    key: &str,
    body: &impl Serialize,
) -> Result<(), Failure> {
    let key = usable_key(key)?;
    let provider = &viewer.provider.id;
    let known = environment.store.entries(provider, kind).await?;
    if known.len() >= AT_MOST && known.iter().all(|entry| entry.key != key) {
        let (what, most) = (kind.to_owned(), AT_MOST as u32);
        return Err(Failure::Refused(Refusal::OutOfBounds { what, least: 0, most }));
    }
    let entry = Entry {
        provider: provider.clone(),
        kind: kind.to_owned(),
        key,
        body: serde_json::to_string(body).expect("what is kept is plain data"),
        changed_at: environment.now(),
        changed_by: viewer.person.id,
    };
    environment.store.put_entry(&entry).await?;
    environment.entries_changed();
    Ok(())
}

fn reply_of(entry: &Entry) -> Option<CannedReply> {
    let reply: CannedReply = serde_json::from_str(&entry.body).ok()?;
    Some(CannedReply { key: entry.key.clone(), ..reply })
}

fn macro_of(entry: &Entry) -> Option<Macro> {
    let kept: Macro = serde_json::from_str(&entry.body).ok()?;
    Some(Macro { key: entry.key.clone(), ..kept })
}

/// A key that fits into addresses.
pub(crate) fn usable_key(key: &str) -> Result<String, Failure> {
    let key = key.trim();
    let fits = (1..=60).contains(&key.len())
        && key.bytes().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-');
    match fits {
        true => Ok(key.to_owned()),
        false => Err(Failure::Invalid { field: "key", problem: "error-key".into() }),
    }
}

/// A title of one line.
pub(crate) fn title_of(title: &str) -> Result<String, Failure> {
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    if title.is_empty() || title.chars().count() > 120 {
        return Err(Failure::Invalid { field: "title", problem: "error-title".into() });
    }
    Ok(title)
}

fn must_fit(text: &str) -> Result<(), Failure> {
    if text.chars().count() > CHARACTERS {
        let (what, most) = ("text".to_owned(), CHARACTERS as u32);
        return Err(Failure::Refused(Refusal::OutOfBounds { what, least: 1, most }));
    }
    match unknown_gap(text) {
        None => Ok(()),
        Some(gap) => {
            let known = TEMPLATE_NAMES.iter().map(|(english, _)| (*english).to_owned()).collect();
            Err(unknown("variable", gap, known))
        }
    }
}

pub(crate) fn unknown(fact: &str, value: &str, allowed: Vec<String>) -> Failure {
    Failure::Refused(Refusal::UnknownValue { fact: fact.to_owned(), value: value.to_owned(), allowed })
}

fn must_answer(viewer: &Viewer) -> Result<(), Failure> {
    if viewer.may(Right::UseWorkspace) { Ok(()) } else { Err(Failure::NotPermitted) }
}

fn must_keep(viewer: &Viewer) -> Result<(), Failure> {
    if viewer.may(Right::KeepTexts) && viewer.may_write() { Ok(()) } else { Err(Failure::NotPermitted) }
}
