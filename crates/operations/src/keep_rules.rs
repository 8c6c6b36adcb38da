//! Rules of a desk: when something happens or time passes, and if a request is so, then this is done.

use crate::environment::Environment;
use crate::error::Failure;
use crate::keep_texts::{MacroStep, must_be_steps, title_of, unknown, usable_key};
use crate::read_command::no_duration;
use crate::remove_entry::remove_entry;
use crate::resolve_search::resolve_search;
use crate::viewer::Viewer;
use crate::webhook_event::{WEBHOOK_KINDS, WEBHOOK_PATTERNS};
use calendar::{Span, Unit};
use desk::{Refusal, Right};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Entry;

/// Under which kind rules are stored.
pub(crate) const RULE: &str = "rule";
/// Rules of one provider at most.
const AT_MOST: usize = 100;
/// Commands that no rule gives: they are somebody's.
const NOT_OF_RULES: [&str; 4] = ["take-up", "undo", "confirm", "refuse-resolution"];

/// Whether a rule may give a command: what is somebody's own to do is not a rule's.
#[must_use]
pub fn is_for_rules(command: &str) -> bool {
    !NOT_OF_RULES.contains(&command)
}

/// A rule of a desk. It begins by one of `on`, `after` and `before`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its key: small letters, digits and hyphens.
    #[serde(skip)]
    pub key: String,
    /// What it is called.
    pub title: String,
    /// Whether it does anything.
    pub enabled: bool,
    /// Kinds of events that begin it, as webhooks name them, or patterns of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<String>,
    /// Time that has passed since something begins it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<After>,
    /// Time left of the nearest deadline begins it: hours or minutes, of the clock's own calendar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What must hold of the request: a search, as the search fields take it; empty for every request.
    #[serde(default, rename = "if")]
    pub condition: String,
    /// What is done, as macros do it: all at once, or nothing.
    #[serde(default)]
    pub then: Vec<MacroStep>,
    /// Who is told, and what.
    #[serde(default)]
    pub tell: Vec<Tell>,
    /// How far the log was when it was switched on: what happened before begins nothing.
    #[serde(default)]
    pub from_position: i64,
}

/// Time that passes since something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct After {
    /// Since what.
    pub since: Since,
    /// How long: `3 days`, `4 business hours`, `4 heures ouvrables`, in the agreement's hours.
    pub span: String,
}

/// Since when time counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Since {
    /// Since it arrived.
    Opened,
    /// Since the customer last wrote.
    CustomerMessage,
    /// Since the desk last wrote to the customer.
    OurMessage,
    /// Since it came into the state that it is in.
    State,
}

impl Since {
    /// Every one, in order.
    pub const ALL: [Self; 4] = [Self::Opened, Self::CustomerMessage, Self::OurMessage, Self::State];

    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::CustomerMessage => "customer_message",
            Self::OurMessage => "our_message",
            Self::State => "state",
        }
    }
}

/// Somebody who is told something by mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tell {
    /// Who: `owner` (everybody, while nobody has it), `lead`, `manager`, or a team of the agreement.
    pub to: String,
    /// What, with gaps such as `{{number}}`.
    pub body: String,
}

/// The rules of the viewer's desk, by key.
///
/// # Errors
/// - the viewer does not keep rules;
/// - the store fails.
pub async fn list_rules(environment: &Environment, viewer: &Viewer) -> Result<Vec<Rule>, Failure> {
    must_keep(viewer)?;
    let entries = environment.store.entries(&viewer.provider.id, RULE).await?;
    Ok(entries.iter().filter_map(rule_of).collect())
}

/// One rule.
///
/// # Errors
/// As [`list_rules`], and when there is no such one.
pub async fn view_rule(environment: &Environment, viewer: &Viewer, key: &str) -> Result<Rule, Failure> {
    must_keep(viewer)?;
    let found = environment.store.entry(&viewer.provider.id, RULE, key).await?;
    found.as_ref().and_then(rule_of).ok_or(Failure::NotFound { what: "rule" })
}

/// Keeps a rule under its key, in place of what stood there. It acts in the name of whoever keeps it,
/// with their rights; what happened before is none of its business.
///
/// # Errors
/// - the viewer does not keep rules;
/// - something of it is not usable: what is named;
/// - there are too many, or the store fails.
pub async fn put_rule(environment: &Environment, viewer: &Viewer, rule: &Rule) -> Result<(), Failure> {
    must_keep(viewer)?;
    if !viewer.may_write() {
        return Err(Failure::NotPermitted);
    }
    let key = usable_key(&rule.key)?;
    let mut kept = Rule { title: title_of(&rule.title)?, ..rule.clone() };
    must_be_usable(environment, viewer, &kept).await?;
    let provider = &viewer.provider.id;
    let known = environment.store.entries(provider, RULE).await?;
    if known.len() >= AT_MOST && known.iter().all(|entry| entry.key != key) {
        let (what, most) = (RULE.to_owned(), AT_MOST as u32);
        return Err(Failure::Refused(Refusal::OutOfBounds { what, least: 0, most }));
    }
    kept.from_position = environment.store.latest_position(provider).await?;
    let entry = Entry {
        provider: provider.clone(),
        kind: RULE.to_owned(),
        key,
        body: serde_json::to_string(&kept).expect("a rule is plain data"),
        changed_at: environment.now(),
        changed_by: viewer.person.id,
    };
    environment.store.put_entry(&entry).await?;
    environment.entries_changed();
    Ok(())
}

/// Removes a rule.
///
/// # Errors
/// - the viewer does not keep rules, or there is no such one;
/// - the store fails.
pub async fn remove_rule(environment: &Environment, viewer: &Viewer, key: &str) -> Result<(), Failure> {
    must_keep(viewer)?;
    if !viewer.may_write() {
        return Err(Failure::NotPermitted);
    }
    let removed = remove_entry(environment, viewer, RULE, key).await?;
    environment.entries_changed();
    if removed { Ok(()) } else { Err(Failure::NotFound { what: "rule" }) }
}

pub(crate) fn rule_of(entry: &Entry) -> Option<Rule> {
    let rule: Rule = serde_json::from_str(&entry.body).ok()?;
    Some(Rule { key: entry.key.clone(), ..rule })
}

/// Whether a rule can be followed.
pub(crate) async fn must_be_usable(
    environment: &Environment,
    viewer: &Viewer,
    rule: &Rule,
) -> Result<(), Failure> {
    let beginnings = [!rule.on.is_empty(), rule.after.is_some(), rule.before.is_some()];
    if beginnings.iter().filter(|begins| **begins).count() != 1 {
        let allowed = ["on", "after", "before"].map(str::to_owned).to_vec();
        return Err(unknown("when", "", allowed));
    }
    let kinds: Vec<&str> = WEBHOOK_PATTERNS.into_iter().chain(WEBHOOK_KINDS).collect();
    if let Some(kind) = rule.on.iter().find(|kind| !kinds.contains(&kind.as_str())) {
        return Err(unknown("on", kind, kinds.iter().map(|kind| (*kind).to_owned()).collect()));
    }
    if let Some(after) = &rule.after {
        span_of(&after.span).ok_or_else(no_duration)?;
    }
    if let Some(before) = &rule.before {
        seconds_left(before).ok_or_else(no_duration)?;
    }
    if !rule.condition.trim().is_empty() {
        resolve_search(environment, viewer, &rule.condition, environment.now()).await?;
    }
    if rule.then.is_empty() && rule.tell.is_empty() {
        return Err(Failure::Refused(Refusal::Needs { what: "then".to_owned(), clause: None }));
    }
    if let Some(step) = rule.then.iter().find(|step| !is_for_rules(&step.command)) {
        return Err(unknown("command", &step.command, Vec::new()));
    }
    if !rule.then.is_empty() {
        must_be_steps(&rule.then)?;
    }
    for tell in &rule.tell {
        let with = serde_json::Map::from_iter([("body".to_owned(), Value::String(tell.body.clone()))]);
        must_be_steps(&[MacroStep { command: "note".to_owned(), with }])?;
        if tell.body.trim().is_empty() || tell.to.trim().is_empty() {
            return Err(Failure::Refused(Refusal::Empty));
        }
    }
    Ok(())
}

/// A span with a length.
pub(crate) fn span_of(text: &str) -> Option<Span> {
    words::read_span(text).filter(|span| matches!(span, Span::Of { .. }))
}

/// A span of hours or minutes in seconds, whichever calendar counts them.
pub(crate) fn seconds_left(text: &str) -> Option<i64> {
    let Span::Of { count, unit } = span_of(text)? else { return None };
    let each = match unit {
        Unit::Minute | Unit::BusinessMinute => 60,
        Unit::Hour | Unit::BusinessHour => 3600,
        _ => return None,
    };
    i64::from(count).checked_mul(each)
}

pub(crate) fn must_keep(viewer: &Viewer) -> Result<(), Failure> {
    if viewer.may(Right::KeepRules) { Ok(()) } else { Err(Failure::NotPermitted) }
}
