use calendar::LocalDate;
use serde::{Deserialize, Serialize};
use std::fmt;
use terms::{Clause, Label};

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
    /// One of several things must be given.
    NeedsOne {
        /// Of what.
        what: String,
        /// Which.
        allowed: Vec<String>,
        /// The clause that asks for it.
        clause: Box<Clause>,
    },
    /// Others must consent first.
    NeedsConsent {
        /// To which act.
        act: String,
        /// Roles whose consent is missing.
        of: Vec<String>,
        /// The clause that asks for it.
        clause: Box<Clause>,
    },
    /// The act waits for a duty.
    WaitsForDuty {
        /// The act.
        act: String,
        /// The duty, by its name in the document.
        task: String,
        /// What people read.
        label: Box<Label>,
        /// The clause that asks for it.
        clause: Box<Clause>,
    },
    /// It is covered: there is nothing to make an exception of.
    Covered,
    /// It is not resolved: there is nothing to refuse.
    NotResolved,
    /// It is not closed: nobody is asked yet how they were helped.
    NotClosed,
    /// It was said already how one was helped.
    AlreadyRated,
    /// Nobody is asked how they were helped: the agreement says so, or the request was refused.
    NotAsked {
        /// The clause that says so.
        clause: Option<Clause>,
    },
    /// Nothing was claimed that could be decided.
    NothingClaimed,
    /// The claim is decided, for good.
    ClaimDecided {
        /// The clause that says who decides.
        clause: Option<Clause>,
    },
    /// The last day of the claim has passed.
    ClaimTooLate {
        /// The last day.
        last_day: LocalDate,
        /// The clause that says so.
        clause: Box<Clause>,
    },
    /// The first day of the claim has not come.
    ClaimTooEarly {
        /// The first day.
        first_day: LocalDate,
        /// The clause that says so.
        clause: Box<Clause>,
    },
    /// A condition of the claim does not hold.
    ClaimRefused {
        /// The clause that sets it.
        clause: Box<Clause>,
    },
    /// Nothing was asked that could be decided.
    NothingAsked,
    /// No answer is held back any more.
    NothingHeld,
    /// The message began a request of its own already.
    AlreadySplitOff,
    /// It goes on in another request, and is commanded there.
    Merged,
    /// It is merged into none.
    NotMerged,
    /// The other request is this one, or goes on in this one.
    SameRequest,
    /// The other request belongs to another customer.
    OtherAccount,
    /// An instant that is over.
    InThePast {
        /// The field.
        what: String,
    },
    /// An instant that has not come.
    InTheFuture {
        /// The field.
        what: String,
    },
    /// A number out of its bounds.
    OutOfBounds {
        /// The field.
        what: String,
        /// The least.
        least: u32,
        /// The most.
        most: u32,
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
            Self::NeedsOne { what, allowed, .. } => {
                write!(formatter, "`{what}` must be one of {}", allowed.join(", "))
            }
            Self::NeedsConsent { act, of, .. } => {
                write!(formatter, "`{act}` needs the consent of {}", of.join(", "))
            }
            Self::WaitsForDuty { act, task, .. } => write!(formatter, "`{act}` waits for `{task}`"),
            Self::Covered => formatter.write_str("the request is covered"),
            Self::NotResolved => formatter.write_str("the request is not resolved"),
            Self::NotClosed => formatter.write_str("the request is not closed"),
            Self::AlreadyRated => formatter.write_str("it was rated already"),
            Self::NotAsked { .. } => formatter.write_str("nobody is asked how they were helped"),
            Self::NothingClaimed => formatter.write_str("nothing was claimed"),
            Self::ClaimDecided { .. } => formatter.write_str("the claim is decided"),
            Self::ClaimTooLate { last_day, .. } => {
                write!(formatter, "it could be claimed until {last_day}")
            }
            Self::ClaimTooEarly { first_day, .. } => {
                write!(formatter, "it can be claimed from {first_day}")
            }
            Self::ClaimRefused { .. } => formatter.write_str("a condition of the claim does not hold"),
            Self::NothingAsked => formatter.write_str("no escalation was asked for"),
            Self::NothingHeld => formatter.write_str("no answer is held back"),
            Self::AlreadySplitOff => formatter.write_str("the message began a request of its own already"),
            Self::Merged => formatter.write_str("the request goes on in another"),
            Self::NotMerged => formatter.write_str("the request is merged into none"),
            Self::SameRequest => formatter.write_str("both are the same request"),
            Self::OtherAccount => formatter.write_str("the other request belongs to another customer"),
            Self::InThePast { what } => write!(formatter, "`{what}` is over"),
            Self::InTheFuture { what } => write!(formatter, "`{what}` has not come"),
            Self::OutOfBounds { what, least, most } => {
                write!(formatter, "`{what}` must lie between {least} and {most}")
            }
            Self::Empty => formatter.write_str("the text is empty"),
            Self::Terms { text } => formatter.write_str(text),
        }
    }
}

impl std::error::Error for Refusal {}
