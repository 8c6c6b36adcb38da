//! The register of processing (GDPR art. 30): what every column of every table is, why it is kept and how
//! long. Written in `register.toml`; a column that it does not list fails a test on both engines.

use crate::environment::Environment;
use crate::error::Failure;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// What a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DataClass {
    /// About a person.
    Personal,
    /// What people wrote or sent.
    Content,
    /// What lets in.
    Secret,
    /// Names a row or another, and nobody by itself.
    Key,
    /// None of these.
    Technical,
}

impl DataClass {
    /// Every class, what matters most first.
    pub const ALL: [Self; 5] = [Self::Personal, Self::Content, Self::Secret, Self::Key, Self::Technical];

    /// The class as the register names it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Personal => "personal",
            Self::Content => "content",
            Self::Secret => "secret",
            Self::Key => "key",
            Self::Technical => "technical",
        }
    }
}

/// A table of the register.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisteredTable {
    /// Its name.
    pub name: String,
    /// Why it is kept: a key of the words.
    pub purpose: String,
    /// How long: a key of the words.
    pub kept: String,
    #[serde(default)]
    personal: String,
    #[serde(default)]
    content: String,
    #[serde(default)]
    secret: String,
    #[serde(default)]
    key: String,
    #[serde(default)]
    technical: String,
}

impl RegisteredTable {
    /// Its columns of a class.
    pub fn columns(&self, class: DataClass) -> impl Iterator<Item = &str> {
        let names = match class {
            DataClass::Personal => &self.personal,
            DataClass::Content => &self.content,
            DataClass::Secret => &self.secret,
            DataClass::Key => &self.key,
            DataClass::Technical => &self.technical,
        };
        names.split_whitespace()
    }
}

#[derive(Deserialize)]
struct File {
    table: Vec<RegisteredTable>,
}

static REGISTER: LazyLock<Vec<RegisteredTable>> = LazyLock::new(|| {
    let file: File =
        toml_edit::de::from_str(include_str!("../register.toml")).expect("a test reads the register");
    file.table
});

/// The register, in its own order.
#[must_use]
pub fn register() -> &'static [RegisteredTable] {
    &REGISTER
}

/// Columns of the store that the register does not class, and those that it classes twice, as
/// `table.column`.
///
/// # Errors
/// When the store fails.
pub async fn unregistered(environment: &Environment) -> Result<Vec<String>, Failure> {
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for table in register() {
        for class in DataClass::ALL {
            for column in table.columns(class) {
                if !seen.insert((table.name.clone(), column.to_owned())) {
                    wrong.push(format!("{}.{column}, twice", table.name));
                }
            }
        }
    }
    for (table, column) in environment.store.columns().await? {
        if !seen.contains(&(table.clone(), column.clone())) {
            wrong.push(format!("{table}.{column}"));
        }
    }
    Ok(wrong)
}
