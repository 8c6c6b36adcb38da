//! The value of a field that a provider added to requests.

use crate::content::ContentRef;
use calendar::LocalDate;
use serde::{Deserialize, Serialize};

/// A value of a provider's own field. Words of people stand beside the log, where they can be erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldValue {
    /// Words.
    Text(ContentRef),
    /// A number, in thousandths.
    Number(i64),
    /// A day.
    Date(LocalDate),
    /// A choice, by its key.
    Choice(String),
    /// Yes or no.
    YesNo(bool),
}

impl FieldValue {
    /// Its words, where it has some.
    #[must_use]
    pub fn text(&self) -> Option<&ContentRef> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}
