//! One stretch of opening on the wall clock.

use serde::{Deserialize, Serialize};

use crate::error::CalendarError;
use crate::local_time::LocalTime;
use crate::zone::Zone;

/// A half-open stretch of local time, `09:00-12:00`.
///
/// It belongs to the day it opens on: one whose end is before its start ends
/// on the next day. One whose ends are equal is empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Window {
    /// When it opens.
    pub from: LocalTime,
    /// When it closes; the closing second is no longer open.
    pub to: LocalTime,
    /// The zone the opening is written in, when it is not the calendar's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_zone: Option<Zone>,
    /// The zone the closing is written in, when it is not the calendar's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_zone: Option<Zone>,
}

impl Window {
    /// The window between two times in the calendar's zone.
    pub const fn new(from: LocalTime, to: LocalTime) -> Window {
        Window { from, to, from_zone: None, to_zone: None }
    }

    /// Reads `09:00-12:00`.
    ///
    /// # Errors
    /// Another shape, or a time no day has.
    pub fn parse(text: &str) -> Result<Window, CalendarError> {
        let fail = || CalendarError::Window { text: text.into() };
        let (from, to) = text.split_once('-').ok_or_else(fail)?;
        let from = LocalTime::parse(from.trim()).map_err(|_| fail())?;
        let to = LocalTime::parse(to.trim()).map_err(|_| fail())?;
        Ok(Window::new(from, to))
    }

    /// Whether both ends are written in one zone.
    pub(crate) fn has_one_zone(&self) -> bool {
        self.from_zone == self.to_zone
    }
}

impl std::fmt::Display for Window {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let zone = |zone: &Option<Zone>| match zone {
            Some(zone) => format!(" {zone}"),
            None => String::new(),
        };
        let (from_zone, to_zone) = (zone(&self.from_zone), zone(&self.to_zone));
        write!(out, "{}{from_zone}-{}{to_zone}", self.from, self.to)
    }
}
