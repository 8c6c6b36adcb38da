//! JSON on the wire. What stands here stays: fields are added, never renamed.

mod agreement;
mod explanation;
mod ticket;

pub(crate) use agreement::{AgreementListShape, AgreementPageShape, AgreementShape};
pub(crate) use explanation::ExplanationListShape;
pub(crate) use ticket::{NewTicketShape, TicketListShape, TicketRowShape, TicketShape};

use crate::page::Frame;
use calendar::Instant;
use operations::ClockView;
use serde::Serialize;
use terms::{Clause, Coverage, ReasonAnswer, Verdict};
use utoipa::ToSchema;

/// The name of a clause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ClauseShape {
    /// Key of the agreement.
    agreement: String,
    /// Its version.
    version: String,
    /// Number of the heading (`5.1`, `A`).
    number: String,
    /// Item of the list under it, where one is meant.
    item: Option<String>,
    /// Words of the heading.
    heading: String,
}

impl ClauseShape {
    pub(crate) fn of(clause: &Clause) -> Self {
        Self {
            agreement: clause.agreement.clone(),
            version: clause.version.clone(),
            number: clause.number.clone(),
            item: clause.item.clone(),
            heading: clause.heading.clone(),
        }
    }
}

/// Coverage with every condition and exclusion consulted, the deciding ones first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CoverageShape {
    /// `covered`, `not_covered` or `needs_judgement`: the verdict in force.
    verdict: &'static str,
    /// What was consulted.
    reasons: Vec<ReasonShape>,
}

/// One condition or exclusion as it was consulted.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ReasonShape {
    /// In words.
    text: String,
    /// Whether what the rule says is true of the case: `yes`, `no` or `unknown`.
    answer: &'static str,
    /// The clause.
    clause: ClauseShape,
}

impl CoverageShape {
    fn of(frame: &Frame, coverage: &Coverage, verdict: Verdict) -> Self {
        let reasons = coverage.reasons.iter().map(|reason| ReasonShape {
            text: words::reason_in_words(frame.language, reason),
            answer: match reason.answer {
                ReasonAnswer::Yes => "yes",
                ReasonAnswer::No => "no",
                ReasonAnswer::Unknown => "unknown",
            },
            clause: ClauseShape::of(&reason.clause),
        });
        Self { verdict: verdict_name(verdict), reasons: reasons.collect() }
    }
}

fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Covered => "covered",
        Verdict::NotCovered => "not_covered",
        Verdict::NeedsJudgement => "needs_judgement",
    }
}

/// An interpretation in force, with what it set aside.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct InterpretationShape {
    /// Name in the document.
    name: String,
    /// How the clause is understood.
    text: String,
    /// How it could be understood otherwise.
    alternatives: Vec<AlternativeShape>,
}

/// An interpretation that was set aside.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AlternativeShape {
    /// Name in the document.
    name: String,
    /// What it would mean.
    text: String,
}

/// A clock of a request.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ClockShape {
    /// `acknowledgement`, `response`, `take_up`, `callback`, `resolution`, `update`, or a name of
    /// the agreement's own.
    promise: String,
    /// `binding`, `objective`, `estimate`, `best-effort` or `without-figure`.
    strength: String,
    /// `running`, `paused`, `met`, `missed` or `stopped`.
    state: &'static str,
    /// Why it is no longer owed: `not_covered`, `no_longer_applies`, `closed`, `automatic` or `merged` (it goes on in the
    /// request that `merged_into` names).
    stopped_reason: Option<&'static str>,
    /// Where the customer's time began.
    #[schema(value_type = String, format = DateTime)]
    started_at: Instant,
    /// When it falls due.
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<Instant>,
    /// When it was kept, perhaps late.
    #[schema(value_type = Option<String>, format = DateTime)]
    met_at: Option<Instant>,
    /// Since when it stands paused.
    #[schema(value_type = Option<String>, format = DateTime)]
    paused_since: Option<Instant>,
    /// Time used, in seconds of its calendar.
    used_s: i64,
    /// Time left, in seconds of its calendar; negative once overdue.
    left_s: Option<i64>,
    /// The span as the agreement writes it (`4 business hours`).
    target: Option<String>,
    /// The clause that gives the target.
    clause: ClauseShape,
    /// The calendar in force; `elapsed` for wall-clock time.
    calendar: String,
    /// Interpretations in force that speak of it.
    interpretations: Vec<InterpretationShape>,
    /// How it stands, in the words that the pages use.
    words: String,
}

impl ClockShape {
    pub(crate) fn of(frame: &Frame, clock: &ClockView) -> Self {
        let reading = &clock.reading;
        let language = frame.language.tag();
        let interpretations = clock.interpretations.iter().map(|interpretation| InterpretationShape {
            name: interpretation.name.clone(),
            text: interpretation.text.text(language).to_owned(),
            alternatives: interpretation
                .alternatives
                .iter()
                .map(|(name, text)| AlternativeShape {
                    name: name.clone(),
                    text: text.text(language).to_owned(),
                })
                .collect(),
        });
        Self {
            promise: reading.promise.clone(),
            strength: reading.strength.to_string(),
            state: match reading.state {
                meters::ClockState::Running => "running",
                meters::ClockState::Paused => "paused",
                meters::ClockState::Met => "met",
                meters::ClockState::Missed => "missed",
                meters::ClockState::Stopped => "stopped",
            },
            stopped_reason: reading.stopped.map(|reason| match reason {
                meters::StopReason::Automatic => "automatic",
                meters::StopReason::NotCovered => "not_covered",
                meters::StopReason::NoLongerApplies => "no_longer_applies",
                meters::StopReason::Closed => "closed",
                meters::StopReason::Merged => "merged",
            }),
            started_at: reading.started_at,
            due_at: reading.due_at,
            met_at: reading.met_at,
            paused_since: reading.paused_since,
            used_s: reading.used_seconds,
            left_s: reading.left_seconds,
            target: reading.target.as_ref().filter(|target| target.has_figure()).map(ToString::to_string),
            clause: ClauseShape::of(&reading.clause),
            calendar: reading.calendar.clone(),
            interpretations: interpretations.collect(),
            words: words::state_in_words(&frame.reader(), reading, &clock.zone, frame.now).plain(),
        }
    }
}

/// A customer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AccountShape {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
}

/// A person.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PersonShape {
    /// Their id.
    id: String,
    /// Their name.
    name: String,
    /// Their address.
    email: String,
}

/// Key and version of an agreement.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AgreementNameShape {
    /// Key.
    key: String,
    /// Version.
    version: String,
}

fn fact(value: &terms::FactValue) -> serde_json::Value {
    match value {
        terms::FactValue::YesNo(yes) => (*yes).into(),
        terms::FactValue::Names(names) => names.iter().cloned().collect(),
        terms::FactValue::Table(table) => serde_json::json!(table),
        // Words that were erased.
        terms::FactValue::Words(_) => serde_json::Value::Null,
        other => other.to_string().into(),
    }
}
