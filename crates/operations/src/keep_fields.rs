//! Fields that a provider adds to requests: what each holds, who sees and fills it, and by when.

use crate::environment::Environment;
use crate::error::Failure;
use crate::keep_texts::{unknown, usable_key};
use crate::remove_entry::remove_entry;
use crate::viewer::Viewer;
use desk::{Refusal, Right};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::Entry;
use words::Language;

/// Under which kind fields are stored.
pub(crate) const FIELD: &str = "field";
/// Fields of one provider, choices of one field, and letters of a name at most.
const AT_MOST: usize = 50;
const CHOICES: usize = 100;
const LETTERS: usize = 120;

/// A field that a provider adds to requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomField {
    /// Its key: small letters, digits and hyphens.
    #[serde(skip)]
    pub key: String,
    /// What it is called, by language (`fr`, `en`).
    pub labels: BTreeMap<String, String>,
    /// What it holds.
    pub holds: FieldType,
    /// What may be chosen, in order, where it holds a choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<FieldChoice>,
    /// Whether customers see it.
    #[serde(default)]
    pub is_shown_to_customers: bool,
    /// Whether customers fill it too.
    #[serde(default)]
    pub is_set_by_customers: bool,
    /// By when it must be filled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<RequiredBy>,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// Words of one line.
    #[default]
    Text,
    /// A number, with three places at most.
    Number,
    /// A day.
    Date,
    /// One of some choices.
    Choice,
    /// Yes or no.
    YesNo,
}

/// Something that may be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChoice {
    /// Its key.
    pub key: String,
    /// What people read, by language; the key where there is nothing.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
}

/// By when a field must be filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequiredBy {
    /// When somebody asks in the portal, by the interface or by telephone. A letter opens without.
    Opening,
    /// When it is resolved.
    Resolving,
}

impl FieldType {
    /// Every one, in the order in which a form offers them.
    pub const ALL: [Self; 5] = [Self::Text, Self::Number, Self::Date, Self::Choice, Self::YesNo];

    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Date => "date",
            Self::Choice => "choice",
            Self::YesNo => "yes_no",
        }
    }
}

impl RequiredBy {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Opening, Self::Resolving];

    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Resolving => "resolving",
        }
    }
}

impl CustomField {
    /// What people read.
    #[must_use]
    pub fn label(&self, language: Language) -> &str {
        label(&self.labels, language).unwrap_or(&self.key)
    }

    /// What people read of a choice.
    #[must_use]
    pub fn choice_label<'a>(&'a self, choice: &'a str, language: Language) -> &'a str {
        let known = self.choices.iter().find(|known| known.key == choice);
        known.and_then(|known| label(&known.labels, language)).unwrap_or(choice)
    }

    /// Whether a viewer reads it.
    pub(crate) fn is_shown_to(&self, viewer: &Viewer) -> bool {
        viewer.is_staff() || self.is_shown_to_customers
    }

    /// Whether a viewer fills it.
    #[must_use]
    pub fn is_set_by(&self, viewer: &Viewer) -> bool {
        viewer.is_staff() || (self.is_shown_to_customers && self.is_set_by_customers)
    }
}

fn label(labels: &BTreeMap<String, String>, language: Language) -> Option<&str> {
    labels.get(language.tag()).or_else(|| labels.values().next()).map(String::as_str)
}

/// The fields that a viewer reads, by key.
///
/// # Errors
/// When the store fails.
pub async fn list_fields(environment: &Environment, viewer: &Viewer) -> Result<Vec<CustomField>, Failure> {
    let entries = environment.entries(&viewer.provider.id, FIELD).await?;
    Ok(entries.iter().filter_map(field_of).filter(|field| field.is_shown_to(viewer)).collect())
}

/// One field.
///
/// # Errors
/// As [`list_fields`], and when there is no such one for the viewer.
pub async fn view_field(
    environment: &Environment,
    viewer: &Viewer,
    key: &str,
) -> Result<CustomField, Failure> {
    let fields = list_fields(environment, viewer).await?;
    fields.into_iter().find(|field| field.key == key).ok_or(Failure::NotFound { what: "field" })
}

/// Keeps a field under its key, in place of what stood there.
///
/// # Errors
/// - the viewer does not keep fields;
/// - something of it is not usable: what is named; what a field holds stays as it is, once it is there;
/// - there are too many, or the store fails.
pub async fn put_field(
    environment: &Environment,
    viewer: &Viewer,
    field: &CustomField,
) -> Result<(), Failure> {
    must_keep(viewer)?;
    let key = usable_key(&field.key)?;
    let mut kept = field.clone();
    kept.labels = usable_labels(&field.labels)?;
    if kept.labels.is_empty() {
        return Err(Failure::Invalid { field: "title", problem: "error-title".into() });
    }
    if field.holds != FieldType::Choice {
        kept.choices.clear();
    } else if field.choices.is_empty() || field.choices.len() > CHOICES {
        let (what, most) = ("choices".to_owned(), CHOICES as u32);
        return Err(Failure::Refused(Refusal::OutOfBounds { what, least: 1, most }));
    }
    for choice in &mut kept.choices {
        choice.key = usable_key(&choice.key)?;
        choice.labels = usable_labels(&choice.labels)?;
    }
    if kept.is_set_by_customers && !kept.is_shown_to_customers {
        let allowed = vec!["shown_to_customers".to_owned()];
        return Err(unknown("set_by_customers", "true", allowed));
    }
    let provider = &viewer.provider.id;
    let known = environment.store.entries(provider, FIELD).await?;
    let before = known.iter().find(|entry| entry.key == key).and_then(field_of);
    if let Some(before) = before.filter(|before| before.holds != kept.holds) {
        return Err(unknown("holds", kept.holds.as_str(), vec![before.holds.as_str().to_owned()]));
    }
    if known.len() >= AT_MOST && known.iter().all(|entry| entry.key != key) {
        let (what, most) = (FIELD.to_owned(), AT_MOST as u32);
        return Err(Failure::Refused(Refusal::OutOfBounds { what, least: 0, most }));
    }
    let entry = Entry {
        provider: provider.clone(),
        kind: FIELD.to_owned(),
        key,
        body: serde_json::to_string(&kept).expect("a field is plain data"),
        changed_at: environment.now(),
        changed_by: viewer.person.id,
    };
    environment.store.put_entry(&entry).await?;
    environment.entries_changed();
    Ok(())
}

/// Removes a field. What requests hold of it stays in their histories and is shown no more.
///
/// # Errors
/// - the viewer does not keep fields, or there is no such one;
/// - the store fails.
pub async fn remove_field(environment: &Environment, viewer: &Viewer, key: &str) -> Result<(), Failure> {
    must_keep(viewer)?;
    let removed = remove_entry(environment, viewer, FIELD, key).await?;
    environment.entries_changed();
    if removed { Ok(()) } else { Err(Failure::NotFound { what: "field" }) }
}

fn field_of(entry: &Entry) -> Option<CustomField> {
    let field: CustomField = serde_json::from_str(&entry.body).ok()?;
    Some(CustomField { key: entry.key.clone(), ..field })
}

/// Names of one line, by a language that is spoken here.
fn usable_labels(labels: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Failure> {
    let mut usable = BTreeMap::new();
    for (language, label) in labels {
        let label = label.trim();
        if Language::parse(language).is_none() {
            return Err(unknown("language", language, ["fr", "en"].map(str::to_owned).to_vec()));
        }
        if label.chars().count() > LETTERS || label.chars().any(char::is_control) {
            return Err(Failure::Invalid { field: "title", problem: "error-title".into() });
        }
        if !label.is_empty() {
            usable.insert(language.clone(), label.to_owned());
        }
    }
    Ok(usable)
}

fn must_keep(viewer: &Viewer) -> Result<(), Failure> {
    if viewer.may(Right::KeepFields) && viewer.may_write() { Ok(()) } else { Err(Failure::NotPermitted) }
}
