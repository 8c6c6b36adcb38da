//! Commands of a request as programs write them.

use crate::state::Web;
use crate::viewer::Caller;
use operations::{Failure, Request, read_command};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What a command takes; each takes only its own fields.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CommandShape {
    /// Words for the other side, or for colleagues (`note`, `log-call`).
    body: Option<String>,
    /// `reply`: whether it answers the matter; true when absent.
    technical: Option<bool>,
    /// `reply`: seconds during which `undo` takes it back, at most 120. At once when absent.
    #[serde(default, deserialize_with = "whole")]
    undo_s: Option<u32>,
    /// `reply`: whose turn it then is.
    turn: Option<String>,
    /// `assign`: a person, by id or address.
    agent: Option<String>,
    /// `assign`: a team of the agreement.
    team: Option<String>,
    /// `set-severity`: a severity of the agreement.
    severity: Option<String>,
    /// `set-severity`, `close`, `agree`: who consented besides the caller: `true` for the other side, a role,
    /// or a list of roles.
    #[schema(value_type = Option<Value>)]
    consent: Option<Value>,
    /// `classify`
    problem: Option<String>,
    /// `classify`
    product: Option<String>,
    /// `classify`
    product_version: Option<String>,
    /// `classify`: facts of the agreement, by name.
    facts: Option<Map<String, Value>>,
    /// `judge-coverage`: `covered`, `not_covered` or `needs_judgement`.
    verdict: Option<String>,
    /// `judge-coverage`, `accept-exception`, `take-up`, `wait`, `escalate`, `close`: why.
    reason: Option<String>,
    /// `accept-exception`: at what price.
    price: Option<String>,
    /// `decline`: the clause that says so; the first reason against when absent.
    clause: Option<String>,
    /// `convert`, `hand-over`, `escalate`: to whom, of the agreement's names; `link`, `unlink`: number of the
    /// other request.
    to: Option<String>,
    /// `contest`: what (`severity`, `coverage`, …).
    what: Option<String>,
    /// `ask`: evidence, as `true` or as the words.
    #[schema(value_type = Option<Value>)]
    evidence: Option<Value>,
    /// `ask`: access.
    #[schema(value_type = Option<Value>)]
    access: Option<Value>,
    /// `ask`: a test.
    #[schema(value_type = Option<Value>)]
    test: Option<Value>,
    /// `ask`: somebody to reach.
    #[schema(value_type = Option<Value>)]
    contact: Option<Value>,
    /// `ask`: what, by kind (`evidence`, `access`, `test`, `contact`) or by the duty's name; `hand-over`: the
    /// kind of work; `link`: `related`, `follow_up`, `causes` or `duplicates`; `log-time`: `remote`, `on_site`, ….
    kind: Option<String>,
    /// `answer-duty`, `take-over`, `wait`: the duty, by name or kind.
    duty: Option<String>,
    /// `answer-duty`: it is done.
    #[schema(value_type = Option<Value>)]
    done: Option<Value>,
    /// `answer-duty`: it cannot be done; `body` says why.
    #[schema(value_type = Option<Value>)]
    cannot: Option<Value>,
    /// `answer-duty`: `done` or `cannot`, where neither field is given.
    answer: Option<String>,
    /// `answer-duty`: what is given, of what the agreement asks (`workaround`, `plan`, …).
    given: Option<Vec<String>>,
    /// `escalate`: a ground of the agreement.
    ground: Option<String>,
    /// `decide-escalation`
    granted: Option<bool>,
    /// `wait`: `customer`, `vendor` or `third_party`.
    #[serde(rename = "for")]
    party: Option<String>,
    /// `pass-to-vendor`
    vendor: Option<String>,
    /// `pass-to-vendor`
    reference: Option<String>,
    /// `back-from-vendor`: `fix`, `answer` or `none`.
    result: Option<String>,
    /// `propose-meeting`: when it may be.
    #[schema(value_type = Option<Vec<String>>)]
    slots: Option<Vec<String>>,
    /// `log-call`: `reached` or `voicemail`; `resolve`: an outcome of the agreement's vocabulary.
    outcome: Option<String>,
    /// `milestone`: name of an event that the agreement speaks of.
    name: Option<String>,
    /// `agree`: the promise whose rhythm or target is agreed.
    promise: Option<String>,
    /// `agree`: the span (`2 business days`).
    span: Option<String>,
    /// `snooze`: until when; absent takes it back at once.
    until: Option<String>,
    /// `log-time`
    #[serde(default, deserialize_with = "whole")]
    minutes: Option<u32>,
    /// `log-time`: when it began; now when absent.
    at: Option<String>,
    /// `tag`: tags to add.
    add: Option<Vec<String>>,
    /// `tag`: tags to remove.
    remove: Option<Vec<String>>,
    /// `merge`: number of the request that goes on for both.
    into: Option<String>,
    /// `split`: id of the message; the last of the customer's when absent.
    message: Option<String>,
    /// `split`: what the new request is about.
    subject: Option<String>,
}

/// A whole number, also one that a program writes with a fraction of nothing (`30.0`), as JSON Schema counts
/// it among the integers.
fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let Some(number) = Option::<f64>::deserialize(deserializer)? else { return Ok(None) };
    let is_whole = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
    if is_whole {
        Ok(Some(number as u32))
    } else {
        Err(D::Error::custom("not a whole number that is possible here"))
    }
}

/// The request that a command's name and fields make.
///
/// # Errors
/// - there is no command of that name;
/// - a field is missing or has a value that it cannot have.
pub(super) async fn asked_of(
    web: &Web,
    caller: &Caller,
    number: &str,
    command: &str,
    asked: CommandShape,
) -> Result<Request, Failure> {
    let fields = match serde_json::to_value(&asked) {
        Ok(Value::Object(fields)) => fields.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        _ => Map::new(),
    };
    read_command(&web.environment, &caller.viewer, number, command, fields).await
}
