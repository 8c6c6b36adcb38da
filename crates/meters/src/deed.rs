use calendar::Instant;
use serde::{Deserialize, Serialize};
use terms::{FactValue, Facts};

/// Something that happened to a request at an instant, with the attributes that rules may ask about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happening {
    /// When it truly happened.
    pub at: Instant,
    /// Standard name (`received`, `answered`, `waiting`) or an event of the document.
    pub event: String,
    /// What rules may ask of it (`technical`, `for`, `by`).
    pub attributes: Facts,
}

impl Happening {
    /// A happening without attributes.
    #[must_use]
    pub fn new(event: &str, at: Instant) -> Self {
        Self { at, event: event.to_owned(), attributes: Facts::new() }
    }

    /// The same happening with one more attribute.
    #[must_use]
    pub fn with(mut self, name: &str, value: FactValue) -> Self {
        self.attributes.set(name, value);
        self
    }
}

/// What a deed of the desk (a command's name, as agreements' examples write it) makes happen.
///
/// An unknown name is an event of the document's own, handed through as it is.
#[must_use]
pub fn happenings(deed: &str, at: Instant, attributes: &Facts) -> Vec<Happening> {
    let yes = |name: &str| attributes.get(name) == Some(&FactValue::YesNo(true));
    let plain: &[&str] = match deed {
        "received" => &["received", "opened"],
        "acknowledge" => &["acknowledged"],
        // An answer is a technical reply by a person; a receipt alone is none.
        "reply" if yes("technical") && !yes("automatic") => &["replied", "answered"],
        "reply" => &["replied"],
        "note" => &[],
        "take-up" => &["taken_up"],
        "assign" => &["assigned"],
        // A rule only says whose turn it is, which is no deed of anybody.
        "assign-by-rule" => &["assigned_by_rule"],
        "set-severity" => &["severity_set", "classified"],
        "classify" => &["classified"],
        // Waiting for a duty asks for it.
        "wait" if attributes.text("task").is_some() => &["asked", "waiting"],
        "wait" => &["waiting"],
        "resume" => &["resumed"],
        "pass-to-vendor" => &["passed_to_vendor"],
        "back-from-vendor" => &["back_from_vendor"],
        "update" => &["updated"],
        // A call that reaches the contact is the callback, and a person who speaks answers.
        "log-call" if attributes.text("outcome") == Some("reached") => {
            &["called_back", "replied", "answered"]
        }
        "log-call" => &["called"],
        "escalate" => &["escalated"],
        "hand-over" => &["handed_over"],
        "resolve" => &["resolved"],
        "confirm" => &["confirmed"],
        "close" => &["closed"],
        "reopen" => &["reopened"],
        "log-time" => &["work_logged"],
        "ask" => &["asked"],
        "fulfil" => &["fulfilled"],
        "refuse" => &["refused"],
        "take-over" => &["taken_over"],
        other => {
            return vec![Happening { at, event: other.replace('-', "_"), attributes: attributes.clone() }];
        }
    };
    plain
        .iter()
        .map(|event| Happening { at, event: (*event).to_owned(), attributes: attributes.clone() })
        .collect()
}
