//! The commands of a request and their fields, described once: what reads a command, the document of the
//! interface for programs and the forms of macros and rules are all made from this table.

use serde_json::{Map, Value};

/// A command that may be given to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandForm {
    /// Its name, as programs write it.
    pub name: &'static str,
    /// What it takes, in the order in which a form asks.
    pub fields: &'static [CommandField],
    /// Whether it may be given together with others: what writes to two requests, and what takes back a
    /// command before, may not.
    pub is_step: bool,
}

/// A field of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandField {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: FieldKind,
    /// How much a form makes of it.
    pub weight: Weight,
    /// What it means, for people who write programs.
    pub about: &'static str,
}

/// How much a form makes of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// The command means nothing without it.
    Required,
    /// It may be left out.
    Optional,
    /// A shorter way to write other fields, for programs: forms show it only where it was used.
    Short,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Words of several lines.
    Words,
    /// Words of one line.
    Line,
    /// A name of the agreement's, or of the desk's people.
    Name(Known),
    /// One of a few names.
    OneOf(&'static [&'static str]),
    /// Yes or no.
    YesNo,
    /// A whole number from 0.
    Whole,
    /// Several names.
    Names,
    /// An instant (RFC 3339).
    Instant,
    /// Several instants.
    Instants,
    /// A span, as agreements write it: `2 business days`.
    Span,
    /// Roles: `true` for the other side, one, or several.
    Roles,
    /// `true`, or the words.
    Said,
    /// Values by name.
    Facts,
}

/// Where a name is known, so that a form may propose those that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Known {
    /// People of the desk.
    Colleague,
    /// Roles of the provider in the agreement.
    Team,
    /// Severities.
    Severity,
    /// Kinds of problems.
    Problem,
    /// Outcomes of a resolution.
    Outcome,
    /// Duties of the customer.
    Duty,
    /// Promises whose rhythm may be agreed.
    Promise,
}

use FieldKind::{Facts, Instant, Instants, Line, Name, Names, OneOf, Roles, Said, Span, Whole, Words, YesNo};
use Weight::{Optional, Required, Short};

const fn field(name: &'static str, kind: FieldKind, weight: Weight, about: &'static str) -> CommandField {
    CommandField { name, kind, weight, about }
}

const fn step(name: &'static str, fields: &'static [CommandField]) -> CommandForm {
    CommandForm { name, fields, is_step: true }
}

const fn alone(name: &'static str, fields: &'static [CommandField]) -> CommandForm {
    CommandForm { name, fields, is_step: false }
}

const BODY: CommandField = field("body", Words, Required, "words for the other side");
const WORDS: CommandField = field("body", Words, Optional, "words for the other side");
const CONSENT: CommandField = field(
    "consent",
    Roles,
    Optional,
    "who consented besides the caller: `true` for the other side, a role, or a list of roles",
);

/// Every command, in the order in which the documents tell of them.
pub static COMMANDS: [CommandForm; 50] = [
    step(
        "reply",
        &[
            BODY,
            field("technical", YesNo, Optional, "whether it answers the matter; true when absent"),
            field(
                "undo_s",
                Whole,
                Optional,
                "seconds during which `undo` takes it back, at most 120; at once when absent",
            ),
            field(
                "turn",
                OneOf(&["provider", "customer", "third_party", "nobody"]),
                Optional,
                "whose turn it then is",
            ),
        ],
    ),
    step("undo", &[]),
    step("note", &[field("body", Words, Required, "words for colleagues")]),
    step("update", &[BODY]),
    step("request-update", &[WORDS]),
    step(
        "log-call",
        &[
            field("outcome", OneOf(&["reached", "voicemail"]), Required, "`reached` or `voicemail`"),
            field("body", Words, Required, "what was said, for colleagues"),
        ],
    ),
    step("propose-meeting", &[field("slots", Instants, Required, "when it may be"), WORDS]),
    step(
        "milestone",
        &[field("name", Line, Required, "name of an event that the agreement speaks of"), WORDS],
    ),
    step("take-up", &[field("reason", Line, Optional, "why before others")]),
    step(
        "assign",
        &[
            field("agent", Name(Known::Colleague), Optional, "a person, by id or address"),
            field("team", Name(Known::Team), Optional, "a team of the agreement"),
        ],
    ),
    step("unassign", &[]),
    step(
        "hand-over",
        &[
            field("to", Name(Known::Team), Optional, "to whom, of the agreement's names"),
            field("kind", Line, Optional, "the kind of work"),
        ],
    ),
    step(
        "set-severity",
        &[field("severity", Name(Known::Severity), Required, "a severity of the agreement"), CONSENT],
    ),
    step(
        "classify",
        &[
            field("problem", Name(Known::Problem), Optional, "a kind of problem of the agreement"),
            field("product", Line, Optional, "the product"),
            field("product_version", Line, Optional, "its version"),
            field("severity", Name(Known::Severity), Optional, "a severity of the agreement"),
            field("facts", Facts, Optional, "facts of the agreement, by name"),
            CONSENT,
        ],
    ),
    step("contest", &[field("what", Line, Required, "what (`severity`, `coverage`, …)"), BODY]),
    step(
        "tag",
        &[field("add", Names, Optional, "tags to add"), field("remove", Names, Optional, "tags to remove")],
    ),
    step(
        "set-fields",
        &[field("fields", Facts, Required, "values of the desk's own fields, by key; null empties")],
    ),
    step(
        "agree",
        &[
            field("promise", Name(Known::Promise), Required, "the promise whose rhythm or target is agreed"),
            field("span", Span, Required, "the span (`2 business days`)"),
            CONSENT,
        ],
    ),
    step(
        "judge-coverage",
        &[
            field(
                "verdict",
                OneOf(&["covered", "not_covered", "needs_judgement"]),
                Required,
                "`covered`, `not_covered` or `needs_judgement`",
            ),
            field("reason", Line, Required, "why"),
        ],
    ),
    step(
        "accept-exception",
        &[field("reason", Line, Required, "why"), field("price", Line, Optional, "at what price")],
    ),
    step(
        "decline",
        &[
            field("clause", Line, Optional, "the clause that says so; the first reason against when absent"),
            BODY,
        ],
    ),
    step("convert", &[field("to", Name(Known::Team), Optional, "to whom, of the agreement's names")]),
    step(
        "ask",
        &[
            field(
                "kind",
                Name(Known::Duty),
                Required,
                "what, by kind (`evidence`, `access`, `test`, `contact`) or by the duty's name",
            ),
            WORDS,
            field("duty", Name(Known::Duty), Short, "another name of `kind`"),
            field("what", Line, Short, "another name of `kind`"),
            field("evidence", Said, Short, "evidence, as `true` or as the words"),
            field("access", Said, Short, "access, as `true` or as the words"),
            field("test", Said, Short, "a test, as `true` or as the words"),
            field("contact", Said, Short, "somebody to reach, as `true` or as the words"),
        ],
    ),
    step(
        "answer-duty",
        &[
            field("duty", Name(Known::Duty), Required, "the duty, by name or kind"),
            field(
                "answer",
                OneOf(&["done", "cannot"]),
                Optional,
                "`done` or `cannot`, where neither field is given",
            ),
            field(
                "given",
                Names,
                Optional,
                "what is given, of what the agreement asks (`workaround`, `plan`, …)",
            ),
            WORDS,
            field("done", Said, Short, "it is done"),
            field("cannot", Said, Short, "it cannot be done; `body` says why"),
            field("kind", Name(Known::Duty), Short, "another name of `duty`"),
            field("reason", Line, Short, "another name of `body`"),
        ],
    ),
    step("take-over", &[field("duty", Name(Known::Duty), Required, "the duty, by name or kind")]),
    step(
        "wait",
        &[
            field(
                "for",
                OneOf(&["customer", "vendor", "third_party"]),
                Required,
                "`customer`, `vendor` or `third_party`",
            ),
            field("reason", Line, Optional, "for what"),
            field("duty", Name(Known::Duty), Optional, "the duty that is lacking, by name or kind"),
        ],
    ),
    step("resume", &[]),
    step(
        "pass-to-vendor",
        &[
            field("vendor", Line, Required, "which vendor"),
            field("reference", Line, Optional, "under which reference there"),
        ],
    ),
    step(
        "back-from-vendor",
        &[field("result", OneOf(&["fix", "answer", "none"]), Optional, "`fix`, `answer` or `none`")],
    ),
    step(
        "escalate",
        &[
            field("to", Name(Known::Team), Optional, "to whom, of the agreement's names"),
            field("ground", Line, Optional, "a ground of the agreement"),
            field("reason", Line, Optional, "why"),
            field("body", Words, Short, "another name of `reason`"),
        ],
    ),
    step("decide-escalation", &[field("granted", YesNo, Required, "whether"), WORDS]),
    step("follow", &[field("person", Line, Optional, "who, by id or address; the caller when absent")]),
    step("unfollow", &[field("person", Line, Optional, "who, by id or address; the caller when absent")]),
    step("snooze", &[field("until", Instant, Optional, "until when; absent takes it back at once")]),
    step(
        "log-time",
        &[
            field("minutes", Whole, Required, "how long"),
            field("at", Instant, Optional, "when it began; now when absent"),
            field("kind", Line, Optional, "of what kind: `remote`, `on_site`, …"),
        ],
    ),
    step(
        "resolve",
        &[field("outcome", Name(Known::Outcome), Required, "an outcome of the agreement's vocabulary"), BODY],
    ),
    step("refuse-resolution", &[BODY]),
    step("confirm", &[]),
    alone(
        "rate",
        &[
            field(
                "score",
                Line,
                Required,
                "`good`, `fair`, `bad`, or an answer of the agreement’s own scale; once, of what is closed",
            ),
            field("body", Words, Optional, "in the customer's words"),
        ],
    ),
    step(
        "claim",
        &[
            field("period", Line, Required, "the month or year claimed, as `2026-09` or `2026`"),
            field(
                "consequence",
                Line,
                Optional,
                "which one of the agreement; absent where only one can be claimed",
            ),
            field(
                "given",
                Names,
                Optional,
                "what is given, of what the agreement asks (`workaround`, `plan`, …)",
            ),
            WORDS,
        ],
    ),
    step(
        "decide-claim",
        &[
            field("granted", YesNo, Required, "whether"),
            field("figures", Line, Optional, "what the desk measured and reckoned, as it stays"),
            WORDS,
        ],
    ),
    step("close", &[field("reason", Line, Optional, "why"), CONSENT]),
    step("reopen", &[]),
    alone("merge", &[field("into", Line, Required, "number of the request that goes on for both")]),
    alone("unmerge", &[]),
    alone(
        "split",
        &[
            field("message", Line, Optional, "id of the message; the last of the customer's when absent"),
            field("subject", Line, Optional, "what the new request is about"),
        ],
    ),
    alone(
        "follow-up",
        &[
            field("subject", Line, Optional, "what the new request is about"),
            field("body", Words, Required, "words for the other side"),
        ],
    ),
    alone(
        "redact",
        &[
            field("message", Line, Required, "id of the message"),
            field("passage", Words, Optional, "the words that go, wherever the request repeats them"),
            field("found", YesNo, Optional, "whether all goes that looks like a card, an IBAN or a password"),
            field("file", Line, Optional, "id of a file of the message, which goes whole"),
        ],
    ),
    alone(
        "link",
        &[
            field("to", Line, Required, "number of the other request"),
            field(
                "kind",
                OneOf(&["related", "follow_up", "causes", "duplicates"]),
                Optional,
                "`related`, `follow_up`, `causes` or `duplicates`",
            ),
            field("into", Line, Short, "another name of `to`"),
        ],
    ),
    alone(
        "unlink",
        &[
            field("to", Line, Required, "number of the other request"),
            field("into", Line, Short, "another name of `to`"),
        ],
    ),
];

/// The command of a name.
#[must_use]
pub fn command_form(name: &str) -> Option<&'static CommandForm> {
    COMMANDS.iter().find(|command| command.name == name)
}

impl FieldKind {
    /// Whether a value is of the kind, as JSON writes it; nothing is of every kind.
    #[must_use]
    pub fn holds(self, value: &Value) -> bool {
        let all_texts = |value: &Value| value.as_array().is_some_and(|all| all.iter().all(Value::is_string));
        value.is_null()
            || match self {
                Words | Line | Name(_) | OneOf(_) | Instant | Span => value.is_string(),
                YesNo => value.is_boolean(),
                Whole => whole(value).is_some(),
                Names | Instants => all_texts(value),
                Roles | Said => true,
                Facts => value.is_object(),
            }
    }

    /// What a value of the kind is, for the message that one of another kind is not.
    #[must_use]
    pub fn wanted(self) -> &'static str {
        match self {
            Words | Line | Name(_) | OneOf(_) | Instant | Span => "a string",
            YesNo => "true or false",
            Whole => "a whole number that is possible here",
            Names | Instants => "a list of strings",
            Roles => "true, a role or a list of roles",
            Said => "true or the words",
            Facts => "an object",
        }
    }
}

/// A whole number, also one that a program writes with a fraction of nothing (`30.0`), as JSON Schema
/// counts it among the integers.
pub(crate) fn whole(value: &Value) -> Option<u32> {
    let number = value.as_f64()?;
    let is_whole = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
    is_whole.then_some(number as u32)
}

/// What is wrong with the fields of a command, whichever it is: a name that no command has, or a value of
/// another kind.
///
/// # Errors
/// The name of the field, and what is wrong with it.
pub fn check_fields(fields: &Map<String, Value>) -> Result<(), (String, String)> {
    for (name, value) in fields {
        let all = COMMANDS.iter().flat_map(|command| command.fields);
        let mut known = all.filter(|field| field.name == name).peekable();
        if known.peek().is_none() {
            return Err((name.clone(), format!("unknown field `{name}`")));
        }
        if let Some(field) = known.find(|field| !field.kind.holds(value)) {
            return Err((name.clone(), format!("`{name}` must be {}", field.kind.wanted())));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{COMMANDS, check_fields, command_form};
    use serde_json::json;
    use std::collections::{BTreeMap, BTreeSet};

    /// A program that has read the document may send one body whatever the command.
    #[test]
    fn a_field_is_of_one_kind_wherever_it_stands() {
        let mut kinds: BTreeMap<&str, &str> = BTreeMap::new();
        for command in &COMMANDS {
            let names: BTreeSet<&str> = command.fields.iter().map(|field| field.name).collect();
            assert_eq!(names.len(), command.fields.len(), "{} names a field twice", command.name);
            for field in command.fields {
                let wanted = kinds.entry(field.name).or_insert(field.kind.wanted());
                assert_eq!(*wanted, field.kind.wanted(), "{} of {}", field.name, command.name);
            }
            assert_eq!(command_form(command.name), Some(command), "{} stands there twice", command.name);
        }
    }

    #[test]
    fn what_is_wrong_with_a_field_is_named() {
        let wrong = |value: serde_json::Value| check_fields(value.as_object().unwrap()).unwrap_err().0;
        assert_eq!(wrong(json!({"bodi": "x"})), "bodi");
        assert_eq!(wrong(json!({"minutes": 1.5})), "minutes");
        assert_eq!(wrong(json!({"minutes": -1})), "minutes");
        assert_eq!(wrong(json!({"add": ["a", 1]})), "add");
        assert_eq!(check_fields(json!({"minutes": 30.0, "reason": null}).as_object().unwrap()), Ok(()));
    }
}
