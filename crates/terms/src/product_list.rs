use crate::clause::Clause;
use crate::condition::{Answer, Condition};
use crate::evaluation::Evaluation;
use crate::label::Label;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A list of products that a clause names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductList {
    /// Name in the document.
    pub name: String,
    /// What people read.
    #[serde(default)]
    pub label: Label,
    /// The clause that holds the list.
    pub clause: Clause,
    /// Other lists that this one contains.
    pub includes: Vec<String>,
    /// The entries, in the document's order.
    pub entries: Vec<ListEntry>,
}

/// One entry of a product list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListEntry {
    /// The title as printed.
    pub title: String,
    /// Titles that belong to the entry.
    pub family: Family,
    /// Under which condition the entry holds; outside it a person must judge.
    pub limited: Option<Condition>,
}

/// Which other titles belong to an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// The title alone.
    #[default]
    None,
    /// These titles.
    Members(Vec<String>),
    /// Every title that begins with one of these words.
    StartsWith(Vec<String>),
}

impl ListEntry {
    /// Whether a title is this entry or of its family. Case and surrounding space do not matter.
    #[must_use]
    pub fn names(&self, product: &str) -> bool {
        self.names_folded(&folded(product))
    }

    fn names_folded(&self, product: &str) -> bool {
        let same = |title: &String| is_folded_as(title, product);
        same(&self.title)
            || match &self.family {
                Family::None => false,
                Family::Members(members) => members.iter().any(same),
                Family::StartsWith(beginnings) => {
                    beginnings.iter().any(|beginning| product.starts_with(&folded(beginning)))
                }
            }
    }
}

impl ProductList {
    /// Whether the list names a product in this case. An entry limited to other circumstances
    /// answers unknown, so that a person judges.
    #[must_use]
    pub fn holds(&self, product: &str, evaluation: &Evaluation<'_>) -> Answer {
        self.holds_folded(&folded(product), evaluation)
    }

    fn holds_folded(&self, product: &str, evaluation: &Evaluation<'_>) -> Answer {
        let mut best = Answer::No;
        for entry in self.entries.iter().filter(|entry| entry.names_folded(product)) {
            let limit = entry.limited.as_ref().map_or(Answer::Yes, |limit| limit.ask(evaluation));
            match limit {
                Answer::Yes => return Answer::Yes,
                Answer::Unknown(facts) => best = Answer::Unknown(facts),
                Answer::No if best == Answer::No => best = Answer::Unknown(BTreeSet::new()),
                Answer::No => {}
            }
        }
        for list in self.includes.iter().filter_map(|name| evaluation.list(name)) {
            match list.holds_folded(product, evaluation) {
                Answer::Yes => return Answer::Yes,
                unknown @ Answer::Unknown(_) => best = unknown,
                Answer::No => {}
            }
        }
        best
    }
}

/// Whether a title folds to this, told without folding it where that shows at once.
fn is_folded_as(title: &str, folded_other: &str) -> bool {
    let title = title.trim();
    if title.is_ascii() {
        return title.eq_ignore_ascii_case(folded_other);
    }
    folded(title) == folded_other
}

fn folded(title: &str) -> String {
    title.trim().to_lowercase().replace('’', "'")
}
