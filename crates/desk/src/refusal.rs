use serde::{Deserialize, Serialize};
use std::fmt;
use terms::Clause;

/// Why a command is refused: an expected answer of the domain, not a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Refusal {
    /// The actor may not do this.
    NotPermitted {
        /// The act.
        act: String,
        /// The clause that keeps it to others, where one does.
        clause: Option<Clause>,
    },
    /// The request is closed or declined; it can be reopened first.
    NotOpen,
    /// The request stands open already.
    AlreadyOpen,
    /// There is no such waiting to end.
    NotWaiting,
    /// Something must be given with the act.
    Needs {
        /// What is missing.
        what: String,
        /// The clause that asks for it.
        clause: Option<Clause>,
    },
    /// A value that the agreement's vocabulary does not have.
    UnknownValue {
        /// The fact.
        fact: String,
        /// The value given.
        value: String,
        /// The values it may take.
        allowed: Vec<String>,
    },
    /// The text is empty.
    Empty,
    /// The agreement cannot be computed for these facts.
    Terms {
        /// What is missing.
        text: String,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPermitted { act, .. } => write!(formatter, "`{act}` is not permitted"),
            Self::NotOpen => formatter.write_str("the request is not open"),
            Self::AlreadyOpen => formatter.write_str("the request is open already"),
            Self::NotWaiting => formatter.write_str("the request waits for nobody"),
            Self::Needs { what, .. } => write!(formatter, "`{what}` must be given"),
            Self::UnknownValue { fact, value, allowed } => {
                write!(formatter, "`{value}` is no value of `{fact}`; write one of {}", allowed.join(", "))
            }
            Self::Empty => formatter.write_str("the text is empty"),
            Self::Terms { text } => formatter.write_str(text),
        }
    }
}

impl std::error::Error for Refusal {}
