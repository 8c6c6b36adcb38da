use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// The name of a clause: which agreement, which version, which number, and the item of its list.
///
/// Nothing computed from an agreement leaves the house without one. Every reading and reason carries
/// its own, so a copy shares the words.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Clause(Arc<ClauseName>);

/// What a [`Clause`] is named by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ClauseName {
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

impl From<ClauseName> for Clause {
    fn from(name: ClauseName) -> Self {
        Self(Arc::new(name))
    }
}

impl Deref for Clause {
    type Target = ClauseName;

    fn deref(&self) -> &ClauseName {
        &self.0
    }
}

impl fmt::Debug for Clause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

impl ClauseName {
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
        let mut anchor = String::with_capacity(2 + self.number.len());
        anchor.push_str("c-");
        let plain = |character: char| character.is_alphanumeric() || character == '.';
        anchor.extend(self.number.chars().map(|character| if plain(character) { character } else { '-' }));
        anchor
    }
}

impl fmt::Display for Clause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} {}", self.agreement, self.version, self.mark())
    }
}
