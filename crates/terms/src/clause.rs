use serde::{Deserialize, Serialize};
use std::fmt;

/// The name of a clause: which agreement, which version, which number, and the item of its list.
///
/// Nothing computed from an agreement leaves the house without one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Clause {
    /// Key of the agreement, as its document writes it.
    pub agreement: String,
    /// Version of the agreement.
    pub version: String,
    /// Number of the heading (`5.1`, `A`); empty for what stands before the first numbered heading.
    pub number: String,
    /// Item of the list under the heading (`a`), where the rule names one.
    pub item: Option<String>,
    /// Words of the heading, without its number, in the document's first language.
    pub heading: String,
}

impl Clause {
    /// Number and item in one word: `2.1 c`, `5.1`, `A`.
    #[must_use]
    pub fn mark(&self) -> String {
        match &self.item {
            Some(item) => format!("{} {item}", self.number),
            None => self.number.clone(),
        }
    }

    /// The fragment of the woven page where this clause stands (`c-5.1`).
    #[must_use]
    pub fn anchor(&self) -> String {
        let number: String = self
            .number
            .chars()
            .map(|character| if character.is_alphanumeric() || character == '.' { character } else { '-' })
            .collect();
        format!("c-{number}")
    }
}

impl fmt::Display for Clause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} {}", self.agreement, self.version, self.mark())
    }
}
