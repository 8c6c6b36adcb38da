//! How far along: clocks set running by what happens, and what they read at an instant.
//!
//! [`Course`] is the only place that maps a happening (received, answered, waiting, level changed)
//! to its effect on every clock. It is driven alike by the desk and by an agreement's own worked
//! examples. It is pure: it takes the present instant as an argument and gives back changes, which
//! [`Progress::apply`] folds. No ticket, no document and no person is known here.
//!
//! Start reading at [`Clock`], then [`Course`], then [`Reading`].

mod clock;
mod course;
mod deed;
mod explanation;
mod progress;
mod reading;

pub use clock::{Clock, ClockKey, StopReason, Wait};
pub use course::Course;
pub use deed::{Happening, happenings};
pub use explanation::{CountedDay, Explanation, explain};
pub use progress::{ClockChange, Progress};
pub use reading::{ClockState, Reading, read};
