//! Business time: what a calendar is, and how time is counted in it.
//!
//! Here live instants, local dates and zones, opening hours and holidays,
//! spans as an agreement writes them, and the two questions everything else
//! rests on: *when is it due* ([`due`]) and *how much time has passed*
//! ([`Calendar::between`]).
//!
//! What is deliberately not here: the present moment (instants are always
//! arguments), files, and any sentence for people. Nothing in this crate
//! knows what a promise or a ticket is.
//!
//! Start reading in `definition.rs` (what a calendar may say), then
//! `resolve.rs` (how that becomes a list of open intervals), `table.rs` and
//! `calendar.rs` (how the list answers any question with two binary
//! searches), then `reckon.rs` (what spans mean).
//!
//! ```
//! use calendar::{Calendar, CalendarDefinition, Instant, Weekday, Window, Zone};
//!
//! let office = CalendarDefinition::weekly(
//!     "office",
//!     Zone::parse("Europe/Paris")?,
//!     Weekday::MONDAY_TO_FRIDAY,
//!     &[Window::parse("08:00-12:00")?, Window::parse("13:00-17:00")?],
//! );
//! let office = Calendar::build(office)?;
//! let friday = Instant::parse("2026-03-06T16:00:00+01:00")?;
//! let due = office.add(friday, 2 * 3600)?;
//! assert_eq!(due, Instant::parse("2026-03-09T09:00:00+01:00")?);
//! assert_eq!(office.between(friday, due), 2 * 3600);
//! # Ok::<(), calendar::CalendarError>(())
//! ```

mod calendar;
mod definition;
mod digits;
mod error;
mod holidays;
mod instant;
mod local_date;
mod local_time;
mod questions;
mod read_icalendar;
mod read_text;
mod reckon;
mod resolve;
mod shipped_holidays;
mod span;
mod table;
mod trace;
mod weekday;
mod window;
mod zone;

pub use crate::calendar::{Calendar, Overlap, OverlapDay};
pub use crate::definition::{
    CalendarDefinition, CalendarRule, Closure, DatedHours, EveryWeeks, ExtraDay, Hours, OpenOn, SlidingBreak,
    SlidingBreakCounted,
};
pub use crate::error::CalendarError;
pub use crate::holidays::{Certainty, DayRule, Holiday, HolidaySet, Labels, Observed};
pub use crate::instant::Instant;
pub use crate::local_date::LocalDate;
pub use crate::local_time::LocalTime;
pub use crate::questions::Questions;
pub use crate::reckon::{BillingPeriods, BusinessDay, DayOne, DayReading, due};
pub use crate::shipped_holidays::{shipped_names, shipped_names_of};
pub use crate::span::{Period, Span, Unit};
pub use crate::trace::{DayCounted, trace};
pub use crate::weekday::Weekday;
pub use crate::window::Window;
pub use crate::zone::{LocalDateTime, Zone, tzdb_version};
