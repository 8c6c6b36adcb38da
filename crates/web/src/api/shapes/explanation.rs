//! Why each clock reads as it does, step by step.

use super::{ClauseShape, ClockShape};
use crate::page::Frame;
use calendar::Instant;
use operations::{ClockExplanation, TicketView};
use serde::Serialize;
use utoipa::ToSchema;

/// Why the clocks of a request fall due when they do.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ExplanationListShape {
    /// The request.
    number: String,
    /// Each clock with the steps that lead to its due instant.
    clocks: Vec<ClockExplanationShape>,
    /// When it was taken before others that the agreement puts first; for the provider's people.
    jumps: Vec<JumpShape>,
}

/// That a request was taken before others.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct JumpShape {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
    /// By whom.
    by: Option<String>,
    /// Why, where somebody said it.
    reason: Option<String>,
    /// The clause that gives the order.
    clause: Option<ClauseShape>,
}

/// A clock with the steps that lead to its due instant.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ClockExplanationShape {
    #[serde(flatten)]
    clock: ClockShape,
    /// What the calendar is called.
    calendar_label: String,
    /// The clause that gives the hours; null for wall-clock time.
    calendar_clause: Option<ClauseShape>,
    /// Release of the time zone rules that were used.
    tzdb_version: Option<&'static str>,
    /// Zone whose wall shows the days.
    zone: String,
    /// Where counting began; later than `started_at` after a restart.
    #[schema(value_type = String, format = DateTime)]
    counted_from: Instant,
    /// Time used before that which still counts, in seconds.
    carried_s: i64,
    /// The steps in words, as the pages tell them.
    steps: Vec<StepShape>,
    /// Day by day, what was counted.
    days: Vec<DayShape>,
    /// The waits that touched the clock.
    pauses: Vec<PauseShape>,
}

/// A step of an explanation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct StepShape {
    /// What it says.
    text: String,
    /// The clause that says so, where one does.
    clause: Option<ClauseShape>,
}

/// One day of a count.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DayShape {
    /// The day on the wall of the zone.
    date: String,
    /// The open intervals that lie between start and due instant.
    #[schema(value_type = Vec<Vec<String>>)]
    open: Vec<(Instant, Instant)>,
    /// The parts of them during which nothing counted.
    #[schema(value_type = Vec<Vec<String>>)]
    paused: Vec<(Instant, Instant)>,
    /// Seconds that the day gave.
    counted_s: i64,
    /// Seconds counted by its end.
    total_s: i64,
    /// Holidays that closed it.
    holidays: Vec<String>,
}

/// A wait that touched a clock.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PauseShape {
    /// Name in the agreement.
    name: String,
    /// Whose waiting it is.
    party: String,
    /// `pause` or `extend`.
    effect: &'static str,
    #[schema(value_type = String, format = DateTime)]
    from: Instant,
    #[schema(value_type = Option<String>, format = DateTime)]
    to: Option<Instant>,
    /// The clause that allows it.
    clause: ClauseShape,
}

impl ExplanationListShape {
    pub(crate) fn of(frame: &Frame, view: &TicketView, explained: &[ClockExplanation]) -> Self {
        let jumps = view.timeline.iter().filter_map(|entry| match &entry.event {
            desk::TicketEvent::Jumped { clause, .. } => Some(JumpShape {
                at: entry.at,
                by: entry.by.clone(),
                reason: entry.reason.clone(),
                clause: clause.as_ref().map(ClauseShape::of),
            }),
            _ => None,
        });
        let jumps = jumps.collect();
        let clocks = explained.iter().filter_map(|each| {
            let clock = view.clocks.get(each.clock)?;
            let explanation = &each.explanation;
            let language = frame.language.tag();
            let steps = crate::why::steps(frame, view, each);
            Some(ClockExplanationShape {
                clock: ClockShape::of(frame, clock),
                calendar_label: explanation.calendar_label.text(language).to_owned(),
                calendar_clause: explanation.calendar_clause.as_ref().map(ClauseShape::of),
                tzdb_version: calendar::tzdb_version(),
                zone: explanation.zone.clone(),
                counted_from: explanation.counted_from,
                carried_s: explanation.carried_seconds,
                steps: steps
                    .iter()
                    .map(|step| StepShape {
                        text: step.text.plain(),
                        clause: step.clause.as_ref().map(ClauseShape::of),
                    })
                    .collect(),
                days: explanation.days.iter().map(|day| day_shape(language, day)).collect(),
                pauses: explanation
                    .waits
                    .iter()
                    .map(|wait| PauseShape {
                        name: wait.pause.clone(),
                        party: wait.party.clone(),
                        effect: match wait.effect {
                            terms::Effect::Pause => "pause",
                            terms::Effect::Extend => "extend",
                        },
                        from: wait.from,
                        to: wait.to,
                        clause: ClauseShape::of(&wait.clause),
                    })
                    .collect(),
            })
        });
        Self { number: view.number.clone(), clocks: clocks.collect(), jumps }
    }
}

fn day_shape(language: &str, day: &meters::CountedDay) -> DayShape {
    DayShape {
        date: day.date.to_string(),
        open: day.windows.clone(),
        paused: day.paused.clone(),
        counted_s: day.counted_seconds,
        total_s: day.total_seconds,
        holidays: day
            .holidays
            .iter()
            .filter_map(|labels| labels.in_language(language))
            .map(str::to_owned)
            .collect(),
    }
}
